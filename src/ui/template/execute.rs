//! Runs a template's tree on a value.
//!
//! Source: text/template/exec.go.

use std::fmt::Display;

use super::TemplateError;
use super::format;
use super::functions::{CallError, Function, Parameter};
use super::syntax::{Branch, BranchKind, Command, Pipeline, Statement, Term, Word};
use super::time;
use super::value::{Operand, Struct, StructType, TIME, Value};

pub(super) fn execute(
    text: &str,
    statements: &[Statement],
    data: &Value,
    out: &mut String,
) -> Result<(), TemplateError> {
    let dot = Operand::from(data);
    let place = Place { offset: 0, shown: &"" };
    let variables = vec![("$", dot.clone())];
    let mut run = Run { text, out, variables, place };
    run.statements(statements, &dot).map(|_| ())
}

/// How a list of statements ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}

/// The part of the template that is evaluated, for errors. Other than one might think,
/// go's errors name what was begun last, not what it is a part of.
#[derive(Clone, Copy)]
struct Place<'a> {
    offset: usize,
    shown: &'a dyn Display,
}

struct Run<'a, 'o> {
    text: &'a str,
    out: &'o mut String,
    /// The variables in scope, the innermost last.
    variables: Vec<(&'a str, Operand<'a>)>,
    place: Place<'a>,
}

type Evaluated<T> = Result<T, TemplateError>;

impl<'a> Run<'a, '_> {
    fn at(&mut self, offset: usize, shown: &'a dyn Display) {
        self.place = Place { offset, shown };
    }

    fn failed(&self, message: impl Into<String>) -> TemplateError {
        let before = &self.text[..self.place.offset];
        let column = before.len() - before.rfind('\n').map_or(0, |newline| newline + 1);
        TemplateError::Failed {
            line: 1 + before.matches('\n').count(),
            column,
            context: self.place.shown.to_string(),
            message: message.into(),
        }
    }

    fn unsupported(&self, what: String) -> TemplateError {
        let before = &self.text[..self.place.offset];
        let line = 1 + before.matches('\n').count();
        TemplateError::Unsupported { line, what, supported: String::new() }
    }

    fn statements(&mut self, statements: &'a [Statement], dot: &Operand<'a>) -> Evaluated<Flow> {
        for statement in statements {
            let flow = match statement {
                Statement::Text(text) => {
                    self.out.push_str(text);
                    Flow::Next
                }
                Statement::Action(pipeline) => {
                    let value = self.pipeline(pipeline, dot)?;
                    if pipeline.variables.is_empty() {
                        self.at(pipeline.offset, pipeline);
                        let printed = format::print_action(&value)
                            .map_err(|unprintable| self.unsupported(unprintable.0))?;
                        self.out.push_str(&printed);
                    }
                    Flow::Next
                }
                Statement::Branch(branch) => {
                    let scope = self.variables.len();
                    let flow = self.branch(branch, dot)?;
                    self.variables.truncate(scope);
                    flow
                }
                Statement::Break => Flow::Break,
                Statement::Continue => Flow::Continue,
            };
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn branch(&mut self, branch: &'a Branch, dot: &Operand<'a>) -> Evaluated<Flow> {
        let value = self.pipeline(&branch.pipeline, dot)?;
        if branch.kind == BranchKind::Range {
            return self.range(branch, &value, dot);
        }
        if !value.is_true() {
            return self.statements(&branch.otherwise, dot);
        }
        let inner = if branch.kind == BranchKind::With { &value } else { dot };
        self.statements(&branch.body, inner)
    }

    fn range(
        &mut self,
        branch: &'a Branch,
        value: &Operand<'a>,
        dot: &Operand<'a>,
    ) -> Evaluated<Flow> {
        let mut is_empty = true;
        match value {
            Operand::Texts(texts) => {
                for (index, text) in (0..).zip(*texts) {
                    is_empty = false;
                    let element = text.as_str().into();
                    if self.iteration(branch, Operand::Int(index), element)? == Flow::Break {
                        break;
                    }
                }
            }
            Operand::Int(_) | Operand::Byte(_) => {
                let (end, element): (i64, fn(i64) -> Operand<'a>) = match *value {
                    Operand::Int(end) => (end, Operand::Int),
                    // Below a byte there are bytes alone.
                    Operand::Byte(end) => (end.into(), |value| Operand::Byte(value as u8)),
                    _ => (0, Operand::Int),
                };
                if branch.pipeline.variables.len() > 1 {
                    let message = format!("can't use {end} to iterate over more than one variable");
                    return Err(self.failed(message));
                }
                for value in 0..end {
                    is_empty = false;
                    if self.iteration(branch, Operand::Nothing, element(value))? == Flow::Break {
                        break;
                    }
                }
            }
            Operand::Nothing => {}
            _ => {
                let shown = format::print_in_error(value);
                return Err(self.failed(format!("range can't iterate over {shown}")));
            }
        }
        if is_empty {
            return self.statements(&branch.otherwise, dot);
        }
        Ok(Flow::Next)
    }

    fn iteration(
        &mut self,
        branch: &'a Branch,
        index: Operand<'a>,
        element: Operand<'a>,
    ) -> Evaluated<Flow> {
        let scope = self.variables.len();
        let values = match branch.pipeline.variables.len() {
            0 => Vec::new(),
            1 => vec![element.clone()],
            _ => vec![index, element.clone()],
        };
        let count = values.len();
        for (at, (name, value)) in branch.pipeline.variables.iter().zip(values).enumerate() {
            if branch.pipeline.assigns {
                self.assign(name, value)?;
            } else {
                // The pipeline has just declared them.
                self.variables[scope - count + at].1 = value;
            }
        }
        let flow = self.statements(&branch.body, &element)?;
        self.variables.truncate(scope);
        Ok(flow)
    }

    fn assign(&mut self, name: &str, value: Operand<'a>) -> Evaluated<()> {
        match self.variables.iter_mut().rev().find(|(known, _)| *known == name) {
            Some((_, variable)) => *variable = value,
            None => return Err(self.failed(format!("undefined variable: {name}"))),
        }
        Ok(())
    }

    fn pipeline(&mut self, pipeline: &'a Pipeline, dot: &Operand<'a>) -> Evaluated<Operand<'a>> {
        self.at(pipeline.offset, pipeline);
        let mut value = None;
        for command in &pipeline.commands {
            value = Some(self.command(command, value, dot)?);
        }
        let value = value.unwrap_or(Operand::Nothing);
        for name in &pipeline.variables {
            if pipeline.assigns {
                self.assign(name, value.clone())?;
            } else {
                self.variables.push((name, value.clone()));
            }
        }
        Ok(value)
    }

    /// Evaluates a command; `last` is what the one before it in the pipeline gave, and is
    /// its last argument.
    fn command(
        &mut self,
        command: &'a Command,
        last: Option<Operand<'a>>,
        dot: &Operand<'a>,
    ) -> Evaluated<Operand<'a>> {
        let Some((first, arguments)) = command.words.split_first() else {
            return Ok(Operand::Nothing);
        };
        let given = Given { words: arguments, last };
        match &first.term {
            Term::Field(_) | Term::Chain(..) | Term::Variable(..) => {
                self.reference(first, given, dot)
            }
            Term::Function(function) => {
                self.at(first.offset, first);
                self.call(*function, given, Place { offset: command.offset, shown: command }, dot)
            }
            Term::Pipeline(pipeline) => {
                self.no_arguments(first, &given)?;
                self.pipeline(pipeline, dot)
            }
            _ => {
                self.at(first.offset, first);
                self.no_arguments(first, &given)?;
                match &first.term {
                    Term::Nil => Err(self.failed("nil is not a command")),
                    _ => self.constant(first, dot),
                }
            }
        }
    }

    fn no_arguments(&self, word: &Word, given: &Given<'_>) -> Evaluated<()> {
        if given.is_empty() {
            return Ok(());
        }
        let shown = match &word.term {
            Term::Pipeline(pipeline) => pipeline.to_string(),
            _ => word.to_string(),
        };
        Err(self.failed(format!("can't give argument to non-function {shown}")))
    }

    /// The dot or a literal.
    fn constant(&mut self, word: &'a Word, dot: &Operand<'a>) -> Evaluated<Operand<'a>> {
        Ok(match &word.term {
            Term::Dot => dot.clone(),
            Term::Bool(value) => Operand::Bool(*value),
            Term::Number { value: Some(value), .. } => Operand::Int(*value),
            Term::Number { value: None, written } => {
                self.at(word.offset, word);
                return Err(self.failed(format!("{written} overflows int")));
            }
            Term::Text { value, .. } => value.as_str().into(),
            _ => Operand::Nothing,
        })
    }

    /// A field, a variable, or a chain of fields behind a pipeline or function.
    fn reference(
        &mut self,
        word: &'a Word,
        given: Given<'a>,
        dot: &Operand<'a>,
    ) -> Evaluated<Operand<'a>> {
        self.at(word.offset, word);
        let (mut value, fields) = match &word.term {
            Term::Variable(name, fields) => {
                let known = self.variables.iter().rev().find(|(known, _)| known == name);
                let Some((_, value)) = known else {
                    return Err(self.failed(format!("undefined variable: {name}")));
                };
                (value.clone(), fields)
            }
            Term::Chain(inner, fields) => (self.argument(inner, Parameter::Any, dot)?, fields),
            Term::Field(fields) => (dot.clone(), fields),
            _ => return self.constant(word, dot),
        };
        let Some((last, outer)) = fields.split_last() else {
            self.no_arguments(word, &given)?;
            return Ok(value);
        };
        for field in outer {
            value = self.field(&value, field, Given::default(), word, dot)?;
        }
        self.field(&value, last, given, word, dot)
    }

    fn field(
        &mut self,
        value: &Operand<'a>,
        name: &str,
        given: Given<'a>,
        word: &'a Word,
        dot: &Operand<'a>,
    ) -> Evaluated<Operand<'a>> {
        let Some(type_name) = value.type_name() else { return Ok(Operand::Nothing) };
        let unknown = format!("can't evaluate field {name} in type {type_name}");
        let Operand::Pointer(class, target) = value else { return Err(self.failed(unknown)) };
        if class.has_text && name == "String" {
            return self.text_of(class, *target, &given, word);
        }
        if std::ptr::eq(*class, &TIME) && name == "Format" {
            return self.time_format(*target, given, word, dot);
        }
        let Some(index) = class.fields.iter().position(|field| *field == name) else {
            if class.other_methods.contains(&name) {
                return Err(self.unsupported(format!("{name} of *{}", class.name)));
            }
            return Err(self.failed(unknown));
        };
        let Some(target) = target else {
            return Err(self.failed(format!("nil pointer evaluating {type_name}.{name}")));
        };
        if !given.is_empty() {
            let message = format!("{name} has arguments but cannot be invoked as function");
            return Err(self.failed(message));
        }
        Ok(target.values.get(index).map_or(Operand::Nothing, Operand::from))
    }

    /// Calls `Format` of a time.
    fn time_format(
        &mut self,
        target: Option<&'a Struct>,
        given: Given<'a>,
        word: &'a Word,
        dot: &Operand<'a>,
    ) -> Evaluated<Operand<'a>> {
        let count = given.words.len() + usize::from(given.last.is_some());
        if count != 1 {
            let message = format!("wrong number of args for Format: want 1 got {count}");
            return Err(self.failed(message));
        }
        let layout = match (given.words.first(), given.last) {
            (Some(layout), _) => self.argument(layout, Parameter::Text, dot)?,
            (None, Some(last)) => self.fitting(last, Parameter::Text)?,
            (None, None) => Operand::Nothing,
        };
        self.at(word.offset, word);
        let Some(target) = target else {
            return Err(self.failed(
                "error calling Format: value method time.Time.Format called using nil *Time pointer",
            ));
        };
        match (target.values.first(), &layout) {
            (Some(Value::Text(time)), Operand::Text(layout)) => {
                Ok(time::format(time, layout).unwrap_or_else(|| time.clone()).into())
            }
            _ => Err(self.failed("can't call method/function \"Format\" with 0 results")),
        }
    }

    /// Calls the `String` method.
    fn text_of(
        &mut self,
        class: &StructType,
        target: Option<&'a Struct>,
        given: &Given<'a>,
        word: &'a Word,
    ) -> Evaluated<Operand<'a>> {
        if !given.is_empty() {
            let count = given.words.len() + usize::from(given.last.is_some());
            let message = format!("wrong number of args for String: want 0 got {count}");
            return Err(self.failed(message));
        }
        self.at(word.offset, word);
        match target.map(|target| &target.text) {
            Some(Some(text)) => Ok(text.as_str().into()),
            Some(None) => Err(self.unsupported(format!("String of *{}", class.name))),
            None => Err(self.failed(
                "error calling String: runtime error: invalid memory address or nil pointer dereference",
            )),
        }
    }

    fn call(
        &mut self,
        function: Function,
        given: Given<'a>,
        place: Place<'a>,
        dot: &Operand<'a>,
    ) -> Evaluated<Operand<'a>> {
        let (parameters, takes_more) = function.parameters();
        let name = function.name();
        let count = given.words.len() + usize::from(given.last.is_some());
        if takes_more && count < parameters.len() {
            let (least, got) = (parameters.len(), given.words.len());
            let message =
                format!("wrong number of args for {name}: want at least {least} got {got}");
            return Err(self.failed(message));
        }
        if !takes_more && count != parameters.len() {
            let wanted = parameters.len();
            let message = format!("wrong number of args for {name}: want {wanted} got {count}");
            return Err(self.failed(message));
        }
        let mut arguments = Vec::with_capacity(count);
        for (index, word) in given.words.iter().enumerate() {
            let parameter = parameters.get(index).copied().unwrap_or(Parameter::Any);
            let argument = self.argument(word, parameter, dot)?;
            let ends = match function {
                Function::And => !argument.is_true(),
                Function::Or => argument.is_true(),
                _ => false,
            };
            if ends {
                return Ok(argument);
            }
            arguments.push(argument);
        }
        if let Some(last) = given.last {
            let parameter = parameters.get(arguments.len()).copied().unwrap_or(Parameter::Any);
            arguments.push(self.fitting(last, parameter)?);
        }
        if matches!(function, Function::And | Function::Or) {
            return Ok(arguments.pop().unwrap_or(Operand::Nothing));
        }
        function.call(&arguments).map_err(|error| {
            self.place = place;
            match error {
                CallError::Failed(message) => {
                    self.failed(format!("error calling {name}: {message}"))
                }
                CallError::Refused(what) => self.unsupported(what),
            }
        })
    }

    /// Evaluates an argument for a parameter. Source: `evalArg`.
    fn argument(
        &mut self,
        word: &'a Word,
        parameter: Parameter,
        dot: &Operand<'a>,
    ) -> Evaluated<Operand<'a>> {
        self.at(word.offset, word);
        let value = match &word.term {
            Term::Dot => dot.clone(),
            Term::Nil => match parameter {
                Parameter::Any => return Ok(Operand::Nothing),
                Parameter::Texts => return Ok(Operand::Texts(&[])),
                Parameter::Text => return Err(self.failed("cannot assign nil to string")),
            },
            Term::Field(_) | Term::Variable(..) | Term::Chain(..) => {
                self.reference(word, Given::default(), dot)?
            }
            Term::Pipeline(pipeline) => self.pipeline(pipeline, dot)?,
            Term::Function(function) => {
                let place = Place { offset: word.offset, shown: word };
                self.call(*function, Given::default(), place, dot)?
            }
            Term::Bool(_) | Term::Number { .. } | Term::Text { .. } => {
                return match (parameter, &word.term) {
                    (Parameter::Any, _) | (Parameter::Text, Term::Text { .. }) => {
                        self.constant(word, dot)
                    }
                    (Parameter::Text, _) => {
                        Err(self.failed(format!("expected string; found {word}")))
                    }
                    (Parameter::Texts, _) => {
                        let message = format!("can't handle {word} for arg of type []string");
                        Err(self.failed(message))
                    }
                };
            }
        };
        self.fitting(value, parameter)
    }

    /// Checks a value against a parameter. Source: `validateType`.
    fn fitting(&self, value: Operand<'a>, parameter: Parameter) -> Evaluated<Operand<'a>> {
        let wanted = match (parameter, &value) {
            (Parameter::Any, _)
            | (Parameter::Text, Operand::Text(_))
            | (Parameter::Texts, Operand::Texts(_)) => return Ok(value),
            (Parameter::Texts, Operand::Nothing) => return Ok(Operand::Texts(&[])),
            (Parameter::Text, _) => "string",
            (Parameter::Texts, _) => "[]string",
        };
        Err(self.failed(match value.type_name() {
            Some(got) => format!("wrong type for value; expected {wanted}; got {got}"),
            None => format!("invalid value; expected {wanted}"),
        }))
    }
}

/// The arguments of a command: those written behind it, and what comes through the pipe.
#[derive(Default)]
struct Given<'a> {
    words: &'a [Word],
    last: Option<Operand<'a>>,
}

impl Given<'_> {
    fn is_empty(&self) -> bool {
        self.words.is_empty() && self.last.is_none()
    }
}
