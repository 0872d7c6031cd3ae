//! The template language of `go list -f`: what scripts use of Go's text/template.
//!
//! There are text, fields, variables, literals (strings, integers, characters, booleans,
//! nil), `if`, `with`, `range`, `else`, `break`, `continue`, pipelines, parentheses,
//! comments, trim markers, and the functions of `functions.rs`. The rest is refused by
//! name: templates within templates, floating-point and complex numbers, methods but
//! `String` and the `Format` of times, the functions that escape, and what printf makes of addresses.
//!
//! Output and errors are go's, byte by byte where scripts could tell.

mod execute;
mod format;
mod functions;
mod lex;
mod parse;
mod syntax;
mod time;
mod value;

pub use format::quoted;
pub use value::{Struct, StructType, TIME, Value};

/// A template that was parsed, to be executed on any number of values.
#[derive(Debug)]
pub struct Template {
    text: String,
    statements: Vec<syntax::Statement>,
}

/// What is wrong with a template, by itself or with the value it is executed on. Go
/// names the template of `-f` main.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TemplateError {
    /// It is none.
    #[error("template: main:{line}: {message}")]
    Malformed {
        /// The line, from 1.
        line: usize,
        /// What is wrong, in go's words.
        message: String,
    },
    /// It cannot be executed on the value.
    #[error("template: main:{line}:{column}: executing \"main\" at <{context}>: {message}")]
    Failed {
        /// The line, from 1.
        line: usize,
        /// The place on the line, in bytes from 0.
        column: usize,
        /// The part of the template.
        context: String,
        /// What is wrong, in go's words.
        message: String,
    },
    /// go can, gomod cannot.
    #[error(
        "template: main:{line}: {what} is not supported by gomod{}{supported}",
        if supported.is_empty() { "" } else { "; supported are " }
    )]
    Unsupported {
        /// The line, from 1.
        line: usize,
        /// What the template wants.
        what: String,
        /// What it could use instead; may be empty.
        supported: String,
    },
}

impl Template {
    /// Parses a template.
    ///
    /// # Errors
    /// The text is no template, or one that gomod does not support.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        Ok(Self { text: text.to_owned(), statements: parse::parse(text)? })
    }

    /// Appends what the template makes of a value.
    ///
    /// # Errors
    /// The template wants what the value has not; what was printed until then stays in
    /// `out`.
    pub fn execute(&self, data: &Value, out: &mut String) -> Result<(), TemplateError> {
        execute::execute(&self.text, &self.statements, data, out)
    }
}

#[cfg(test)]
mod tests;
