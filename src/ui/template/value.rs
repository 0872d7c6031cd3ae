//! The values that a template works on: data as it is given, and operands between.

use std::borrow::Cow;

/// A struct type of Go.
#[derive(Debug)]
pub struct StructType {
    /// The name with its package, as errors show it: `modinfo.ModulePublic`.
    pub name: &'static str,
    /// The exported fields, in order.
    pub fields: &'static [&'static str],
    /// Whether it has a `String` method, which is how it prints.
    pub has_text: bool,
    /// Go's other methods. gomod has none of them, and says so where a template wants one.
    pub other_methods: &'static [&'static str],
}

/// Go's `time.Time`. Its one value, which no field shows, is the time by RFC 3339; of its
/// methods there are `String` and `Format`. See [`Value::time`].
pub static TIME: StructType = StructType {
    name: "time.Time",
    fields: &[],
    has_text: true,
    other_methods: &[
        "Add",
        "AddDate",
        "After",
        "AppendBinary",
        "AppendFormat",
        "AppendText",
        "Before",
        "Clock",
        "Compare",
        "Date",
        "Day",
        "Equal",
        "GoString",
        "GobDecode",
        "GobEncode",
        "Hour",
        "ISOWeek",
        "In",
        "IsDST",
        "IsZero",
        "Local",
        "Location",
        "MarshalBinary",
        "MarshalJSON",
        "MarshalText",
        "Minute",
        "Month",
        "Nanosecond",
        "Round",
        "Second",
        "Sub",
        "Truncate",
        "UTC",
        "Unix",
        "UnixMicro",
        "UnixMilli",
        "UnixNano",
        "UnmarshalBinary",
        "UnmarshalJSON",
        "UnmarshalText",
        "Weekday",
        "Year",
        "YearDay",
        "Zone",
        "ZoneBounds",
    ],
};

/// A struct: a value for each field of its type.
#[derive(Clone, Debug)]
pub struct Struct {
    /// In the order of the type's fields.
    pub values: Vec<Value>,
    /// What its `String` method gives, where the type has one.
    pub text: Option<String>,
}

/// A value of a Go type.
#[derive(Clone, Debug)]
pub enum Value {
    /// `bool`
    Bool(bool),
    /// `int`
    Int(i64),
    /// `string`
    Text(String),
    /// `[]string`; an empty one is nil.
    Texts(Vec<String>),
    /// A pointer to a struct of this type, or nil.
    Pointer(&'static StructType, Option<Box<Struct>>),
}

impl Value {
    /// A `*time.Time` of a time by RFC 3339; nil where there is none.
    pub fn time(time: Option<&str>) -> Self {
        let target = time.map(|time| {
            let text = Some(super::time::plain(time).unwrap_or_else(|| time.to_owned()));
            Box::new(Struct { values: vec![time.into()], text })
        });
        Self::Pointer(&TIME, target)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&[String]> for Value {
    fn from(texts: &[String]) -> Self {
        Self::Texts(texts.to_vec())
    }
}

/// What is between the parts of a template: values of the data and of the template.
#[derive(Clone, Debug)]
pub(super) enum Operand<'a> {
    /// The untyped nil.
    Nothing,
    Bool(bool),
    Int(i64),
    /// A byte of a string.
    Byte(u8),
    Text(Cow<'a, str>),
    Texts(&'a [String]),
    Pointer(&'static StructType, Option<&'a Struct>),
}

impl<'a> From<&'a Value> for Operand<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Text(text) => Self::from(text.as_str()),
            Value::Texts(texts) => Self::Texts(texts),
            Value::Pointer(class, target) => Self::Pointer(class, target.as_deref()),
        }
    }
}

impl<'a> From<&'a str> for Operand<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Operand<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl Operand<'_> {
    /// The name of the type; the untyped nil has none.
    pub fn type_name(&self) -> Option<String> {
        Some(match self {
            Self::Nothing => return None,
            Self::Bool(_) => "bool".to_owned(),
            Self::Int(_) => "int".to_owned(),
            Self::Byte(_) => "uint8".to_owned(),
            Self::Text(_) => "string".to_owned(),
            Self::Texts(_) => "[]string".to_owned(),
            Self::Pointer(class, _) => format!("*{}", class.name),
        })
    }

    /// What `if` decides by. Source: `IsTrue`.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Bool(value) => *value,
            Self::Int(value) => *value != 0,
            Self::Byte(value) => *value != 0,
            Self::Text(text) => !text.is_empty(),
            Self::Texts(texts) => !texts.is_empty(),
            Self::Pointer(_, target) => target.is_some(),
        }
    }

    /// Whether it is nil, of whatever type.
    pub fn is_nil(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::Texts(texts) => texts.is_empty(),
            Self::Pointer(_, target) => target.is_none(),
            _ => false,
        }
    }
}
