//! The tree of a template. Its parts print as go shows them in errors: not as they
//! were written, but from the tree.

use std::fmt;

use super::functions::Function;

#[derive(Debug)]
pub(super) enum Statement {
    Text(String),
    /// `{{pipeline}}`: printed, unless it declares or assigns.
    Action(Pipeline),
    Branch(Branch),
    Break,
    Continue,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum BranchKind {
    If,
    With,
    Range,
}

impl BranchKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::If => "if",
            Self::With => "with",
            Self::Range => "range",
        }
    }
}

#[derive(Debug)]
pub(super) struct Branch {
    pub kind: BranchKind,
    pub pipeline: Pipeline,
    pub body: Vec<Statement>,
    pub otherwise: Vec<Statement>,
}

#[derive(Debug)]
pub(super) struct Pipeline {
    /// Where it begins, in bytes; so for the others.
    pub offset: usize,
    /// The variables that get the value, with their dollar signs.
    pub variables: Vec<String>,
    /// Whether those exist already.
    pub assigns: bool,
    pub commands: Vec<Command>,
}

#[derive(Debug)]
pub(super) struct Command {
    pub offset: usize,
    /// What is evaluated, then its arguments. There is at least the first.
    pub words: Vec<Word>,
}

#[derive(Debug)]
pub(super) struct Word {
    pub offset: usize,
    pub term: Term,
}

#[derive(Debug)]
pub(super) enum Term {
    Dot,
    Nil,
    Bool(bool),
    Number {
        /// `None` where it is beyond an int.
        value: Option<i64>,
        written: String,
    },
    Text {
        value: String,
        written: String,
    },
    /// `.A.B`
    Field(Vec<String>),
    /// `$x.A.B`, the name with its dollar sign.
    Variable(String, Vec<String>),
    Function(Function),
    Pipeline(Pipeline),
    /// `(pipeline).A.B` or `function.A.B`
    Chain(Box<Word>, Vec<String>),
}

fn write_fields(f: &mut fmt::Formatter<'_>, fields: &[String]) -> fmt::Result {
    fields.iter().try_for_each(|field| write!(f, ".{field}"))
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.term {
            Term::Dot => f.write_str("."),
            Term::Nil => f.write_str("nil"),
            Term::Bool(value) => write!(f, "{value}"),
            Term::Number { written, .. } | Term::Text { written, .. } => f.write_str(written),
            Term::Field(fields) => write_fields(f, fields),
            Term::Variable(name, fields) => {
                f.write_str(name)?;
                write_fields(f, fields)
            }
            Term::Function(function) => f.write_str(function.name()),
            Term::Pipeline(pipeline) => write!(f, "({pipeline})"),
            Term::Chain(word, fields) => {
                write!(f, "{word}")?;
                write_fields(f, fields)
            }
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.words.iter().enumerate() {
            let separator = if index > 0 { " " } else { "" };
            write!(f, "{separator}{word}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.variables.is_empty() {
            let sign = if self.assigns { "=" } else { ":=" };
            write!(f, "{} {sign} ", self.variables.join(", "))?;
        }
        for (index, command) in self.commands.iter().enumerate() {
            let separator = if index > 0 { " | " } else { "" };
            write!(f, "{separator}{command}")?;
        }
        Ok(())
    }
}
