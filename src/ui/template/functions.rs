//! The functions of templates: text/template's own, and `join`, which go list adds.
//!
//! Source: text/template/funcs.go, cmd/go/internal/list/list.go.

use std::cmp::Ordering;

use super::format::{self, Unprintable};
use super::value::Operand;

/// A function that a template may call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Function {
    And,
    Or,
    Not,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Len,
    Index,
    Slice,
    Join,
    Print,
    Println,
    Printf,
}

const FUNCTIONS: [(&str, Function); 16] = [
    ("and", Function::And),
    ("or", Function::Or),
    ("not", Function::Not),
    ("eq", Function::Eq),
    ("ne", Function::Ne),
    ("lt", Function::Lt),
    ("le", Function::Le),
    ("gt", Function::Gt),
    ("ge", Function::Ge),
    ("len", Function::Len),
    ("index", Function::Index),
    ("slice", Function::Slice),
    ("join", Function::Join),
    ("print", Function::Print),
    ("println", Function::Println),
    ("printf", Function::Printf),
];

/// What go list has beside these.
pub(super) const REFUSED: [&str; 6] = ["call", "context", "html", "js", "module", "urlquery"];

/// What a parameter takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Parameter {
    Any,
    Text,
    Texts,
}

/// Why a call has no result.
pub(super) enum CallError {
    /// In Go's words.
    Failed(String),
    /// gomod does not do this.
    Refused(String),
}

impl From<Unprintable> for CallError {
    fn from(Unprintable(what): Unprintable) -> Self {
        Self::Refused(what)
    }
}

fn failed<T>(message: impl Into<String>) -> Result<T, CallError> {
    Err(CallError::Failed(message.into()))
}

impl Function {
    pub fn named(name: &str) -> Option<Self> {
        FUNCTIONS.iter().find(|(known, _)| *known == name).map(|&(_, function)| function)
    }

    pub fn name(self) -> &'static str {
        FUNCTIONS.iter().find(|(_, known)| *known == self).map_or("", |&(name, _)| name)
    }

    /// All names, for an error.
    pub fn names() -> String {
        FUNCTIONS.map(|(name, _)| name).join(", ")
    }

    /// The parameters that every call has, and whether more may follow, of any type.
    pub fn parameters(self) -> (&'static [Parameter], bool) {
        use Parameter::{Any, Text, Texts};
        match self {
            Self::And | Self::Or | Self::Eq | Self::Index | Self::Slice => (&[Any], true),
            Self::Not | Self::Len => (&[Any], false),
            Self::Ne | Self::Lt | Self::Le | Self::Gt | Self::Ge => (&[Any, Any], false),
            Self::Join => (&[Texts, Text], false),
            Self::Print | Self::Println => (&[], true),
            Self::Printf => (&[Text], true),
        }
    }

    /// Calls the function with arguments that fit its parameters. `and` and `or` are the
    /// caller's, who knows which arguments need no evaluation.
    pub fn call<'a>(self, arguments: &[Operand<'a>]) -> Result<Operand<'a>, CallError> {
        Ok(match (self, arguments) {
            (Self::Not, [value]) => Operand::Bool(!value.is_true()),
            (Self::Eq, [first, others @ ..]) => Operand::Bool(equals_one(first, others)?),
            (Self::Ne, [a, b]) => Operand::Bool(!equal(a, b)?),
            (Self::Lt, [a, b]) => Operand::Bool(order(a, b)? == Ordering::Less),
            (Self::Le, [a, b]) => Operand::Bool(order(a, b)? != Ordering::Greater),
            (Self::Gt, [a, b]) => Operand::Bool(order(a, b)? == Ordering::Greater),
            (Self::Ge, [a, b]) => Operand::Bool(order(a, b)? != Ordering::Less),
            (Self::Len, [value]) => Operand::Int(length(value)?),
            (Self::Index, [value, indexes @ ..]) => index(value, indexes)?,
            (Self::Slice, [value, indexes @ ..]) => slice(value, indexes)?,
            (Self::Join, [texts, Operand::Text(separator)]) => match texts {
                Operand::Texts(texts) => texts.join(separator).into(),
                _ => String::new().into(),
            },
            (Self::Print, operands) => format::print(operands)?.into(),
            (Self::Println, operands) => format::print_line(operands)?.into(),
            (Self::Printf, [Operand::Text(format), operands @ ..]) => {
                format::print_format(format, operands)?.into()
            }
            _ => return failed(format!("wrong arguments for {}", self.name())),
        })
    }
}

/// A type for errors; the untyped nil ends in Go's own panic before.
fn type_of(value: &Operand<'_>) -> Result<String, CallError> {
    value.type_name().ok_or_else(|| {
        CallError::Failed("reflect: call of reflect.Value.Type on zero Value".to_owned())
    })
}

fn length(value: &Operand<'_>) -> Result<i64, CallError> {
    let length = match value {
        Operand::Text(text) => text.len(),
        Operand::Texts(texts) => texts.len(),
        Operand::Pointer(_, None) => return failed("len of nil pointer"),
        Operand::Pointer(class, Some(_)) => return failed(format!("len of type {}", class.name)),
        _ => return failed(format!("len of type {}", type_of(value)?)),
    };
    i64::try_from(length).or_else(|_| failed("len overflows int"))
}

/// An index up to the length, which is allowed here.
fn position(index: &Operand<'_>, length: usize) -> Result<usize, CallError> {
    let index = match index {
        Operand::Int(index) => *index,
        Operand::Byte(index) => i64::from(*index),
        Operand::Nothing => return failed("cannot index slice/array with nil"),
        _ => return failed(format!("cannot index slice/array with type {}", type_of(index)?)),
    };
    match usize::try_from(index) {
        Ok(position) if position <= length => Ok(position),
        _ => failed(format!("index out of range: {index}")),
    }
}

fn index<'a>(value: &Operand<'a>, indexes: &[Operand<'a>]) -> Result<Operand<'a>, CallError> {
    if matches!(value, Operand::Nothing) {
        return failed("index of untyped nil");
    }
    let mut value = value.clone();
    for index in indexes {
        value = match &value {
            Operand::Texts(texts) => match texts.get(position(index, texts.len())?) {
                Some(text) => text.as_str().into(),
                None => return failed("reflect: slice index out of range"),
            },
            Operand::Text(text) => match text.as_bytes().get(position(index, text.len())?) {
                Some(byte) => Operand::Byte(*byte),
                None => return failed("reflect: string index out of range"),
            },
            Operand::Pointer(_, None) => return failed("index of nil pointer"),
            Operand::Pointer(class, Some(_)) => {
                return failed(format!("can't index item of type {}", class.name));
            }
            other => return failed(format!("can't index item of type {}", type_of(other)?)),
        };
    }
    Ok(value)
}

fn slice<'a>(value: &Operand<'a>, indexes: &[Operand<'a>]) -> Result<Operand<'a>, CallError> {
    let text = match value {
        Operand::Nothing => return failed("slice of untyped nil"),
        Operand::Pointer(_, None) => return failed("slice of nil pointer"),
        _ if indexes.len() > 3 => {
            return failed(format!("too many slice indexes: {}", indexes.len()));
        }
        Operand::Text(_) if indexes.len() == 3 => return failed("cannot 3-index slice a string"),
        Operand::Text(text) => text,
        // Go allows indexes beyond the length, up to a capacity that is chance.
        Operand::Texts(_) => return Err(CallError::Refused("slice of a []string".to_owned())),
        Operand::Pointer(class, Some(_)) => {
            return failed(format!("can't slice item of type {}", class.name));
        }
        other => return failed(format!("can't slice item of type {}", type_of(other)?)),
    };
    let mut range = [0, text.len()];
    for (end, index) in range.iter_mut().zip(indexes) {
        *end = position(index, text.len())?;
    }
    let [start, end] = range;
    if start > end {
        return failed(format!("invalid slice index: {start} > {end}"));
    }
    match text.get(start..end) {
        Some(part) => Ok(part.to_owned().into()),
        None => Err(CallError::Refused("slicing inside of a character".to_owned())),
    }
}

fn incompatible<T>(a: &Operand<'_>, b: &Operand<'_>) -> Result<T, CallError> {
    let (a, b) = (type_of(a)?, type_of(b)?);
    failed(format!("incompatible types for comparison: {a} and {b}"))
}

fn integer(value: &Operand<'_>) -> Option<i64> {
    match value {
        Operand::Int(value) => Some(*value),
        Operand::Byte(value) => Some(i64::from(*value)),
        _ => None,
    }
}

fn is_basic(value: &Operand<'_>) -> bool {
    matches!(value, Operand::Bool(_) | Operand::Text(_)) || integer(value).is_some()
}

fn equals_one(first: &Operand<'_>, others: &[Operand<'_>]) -> Result<bool, CallError> {
    if others.is_empty() {
        return failed("missing argument for comparison");
    }
    for other in others {
        if equal(first, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal(a: &Operand<'_>, b: &Operand<'_>) -> Result<bool, CallError> {
    if let (Some(a), Some(b)) = (integer(a), integer(b)) {
        return Ok(a == b);
    }
    match (a, b) {
        (Operand::Bool(a), Operand::Bool(b)) => Ok(a == b),
        (Operand::Text(a), Operand::Text(b)) => Ok(a == b),
        (Operand::Nothing, other) | (other, Operand::Nothing) => Ok(other.is_nil()),
        _ if is_basic(a) || is_basic(b) => incompatible(a, b),
        (Operand::Pointer(_, Some(a)), Operand::Pointer(_, Some(b))) => Ok(std::ptr::eq(*a, *b)),
        (Operand::Pointer(..), Operand::Pointer(..)) => Ok(a.is_nil() == b.is_nil()),
        (Operand::Texts(_), Operand::Texts(_)) => {
            if a.is_nil() || b.is_nil() {
                return Ok(a.is_nil() == b.is_nil());
            }
            let shown = format::print_in_error(b);
            failed(format!("non-comparable type {shown}: []string"))
        }
        _ => {
            let [shown_a, shown_b] = [a, b].map(format::print_in_error);
            let [type_a, type_b] = [type_of(a)?, type_of(b)?];
            failed(format!("non-comparable types {shown_a}: {type_a}, {type_b}: {shown_b}"))
        }
    }
}

fn order(a: &Operand<'_>, b: &Operand<'_>) -> Result<Ordering, CallError> {
    if let (Some(a), Some(b)) = (integer(a), integer(b)) {
        return Ok(a.cmp(&b));
    }
    match (a, b) {
        (Operand::Text(a), Operand::Text(b)) => Ok(a.cmp(b)),
        _ if !is_basic(a) || !is_basic(b) => failed("invalid type for comparison"),
        (Operand::Bool(_), Operand::Bool(_)) => failed("invalid type for comparison"),
        _ => incompatible(a, b),
    }
}
