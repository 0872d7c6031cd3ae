//! How Go's fmt prints values: `print`, `println`, `printf`, and an action's own output.
//!
//! Source: fmt/print.go, fmt/format.go.

use std::fmt::Write as _;

use crate::spec::unicode;

use super::value::{Operand, Struct, StructType, Value};

/// A number in a format that is beyond this ends the format there.
const TOO_LARGE: usize = 1_000_000;

/// What gomod does not print, in words.
#[derive(Debug)]
pub(super) struct Unprintable(pub String);

type Printed = Result<(), Unprintable>;

/// A character as go names it in errors: `U+0021 '!'`.
pub(super) fn code_point(c: char) -> String {
    let printable = if unicode::is_printable(c) { format!(" '{c}'") } else { String::new() };
    format!("U+{:04X}{printable}", u32::from(c))
}

/// A Go string literal in double quotes. Source: `strconv.Quote`, `QuoteToASCII`.
pub fn quoted(text: &str, only_ascii: bool) -> String {
    let mut out = String::from('"');
    text.chars().for_each(|c| push_quoted(&mut out, c, '"', only_ascii));
    out.push('"');
    out
}

fn push_quoted(out: &mut String, c: char, quote: char, only_ascii: bool) {
    match c {
        '\x07' => out.push_str("\\a"),
        '\x08' => out.push_str("\\b"),
        '\x0c' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\x0b' => out.push_str("\\v"),
        '\\' => out.push_str("\\\\"),
        _ if c == quote => out.extend(['\\', c]),
        _ if unicode::is_printable(c) && (c.is_ascii() || !only_ascii) => out.push(c),
        '\0'..' ' | '\x7f' => push_number(out, "\\x", u32::from(c), 2),
        '\u{80}'..='\u{ffff}' => push_number(out, "\\u", u32::from(c), 4),
        _ => push_number(out, "\\U", u32::from(c), 8),
    }
}

fn push_number(out: &mut String, prefix: &str, number: u32, digits: usize) {
    // A String takes everything.
    let _ = write!(out, "{prefix}{number:0digits$x}");
}

/// Prints values with a space between two that are no strings.
pub(super) fn print(operands: &[Operand<'_>]) -> Result<String, Unprintable> {
    let mut out = Printer::default();
    let mut after_string = false;
    for (index, operand) in operands.iter().enumerate() {
        let is_string = matches!(operand, Operand::Text(_));
        if index > 0 && !is_string && !after_string {
            out.out.push(' ');
        }
        out.operand(operand, 'v')?;
        after_string = is_string;
    }
    Ok(out.out)
}

/// Prints values with a space between any two, and a newline.
pub(super) fn print_line(operands: &[Operand<'_>]) -> Result<String, Unprintable> {
    let mut out = Printer::default();
    for (index, operand) in operands.iter().enumerate() {
        if index > 0 {
            out.out.push(' ');
        }
        out.operand(operand, 'v')?;
    }
    out.out.push('\n');
    Ok(out.out)
}

/// Prints what an action gives: a pointer as what it points to.
/// Source: `printValue` in text/template/exec.go.
pub(super) fn print_action(operand: &Operand<'_>) -> Result<String, Unprintable> {
    let mut out = Printer::default();
    match operand {
        Operand::Nothing => out.out.push_str("<no value>"),
        Operand::Pointer(class, Some(target)) if target.text.is_none() => {
            out.fields(class, target, 'v')?;
        }
        _ => out.operand(operand, 'v')?,
    }
    Ok(out.out)
}

/// Shows a value in an error. Where Go shows addresses, which are chance, the type
/// stands for the value.
pub(super) fn print_in_error(operand: &Operand<'_>) -> String {
    let mut out = Printer::default();
    match out.operand(operand, 'v') {
        Ok(()) => out.out,
        Err(Unprintable(_)) => operand.type_name().unwrap_or_default(),
    }
}

/// Prints values by a format.
pub(super) fn print_format(format: &str, operands: &[Operand<'_>]) -> Result<String, Unprintable> {
    let mut out = Printer::default();
    let mut operands = operands.iter();
    let mut rest = format;
    while let Some((text, directive)) = rest.split_once('%') {
        out.out.push_str(text);
        let (flags, directive) = Flags::parse(directive)?;
        out.flags = flags;
        let Some(verb) = directive.chars().next() else {
            out.out.push_str("%!(NOVERB)");
            rest = "";
            break;
        };
        rest = &directive[verb.len_utf8()..];
        if verb == '%' {
            out.out.push('%');
            continue;
        }
        match operands.next() {
            None => {
                let _ = write!(out.out, "%!{verb}(MISSING)");
            }
            Some(operand) => {
                if verb == 'v' {
                    out.flags.names_fields = std::mem::take(&mut out.flags.plus);
                }
                out.operand(operand, verb)?;
            }
        }
    }
    out.out.push_str(rest);
    if operands.len() > 0 {
        out.flags = Flags::default();
        out.out.push_str("%!(EXTRA ");
        for (index, operand) in operands.enumerate() {
            if index > 0 {
                out.out.push_str(", ");
            }
            out.with_type(operand)?;
        }
        out.out.push(')');
    }
    Ok(out.out)
}

/// What stands between the percent sign and the verb.
#[derive(Clone, Copy, Default)]
struct Flags {
    plus: bool,
    minus: bool,
    space: bool,
    zero: bool,
    /// A plus before the verb v.
    names_fields: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

impl Flags {
    fn parse(directive: &str) -> Result<(Self, &str), Unprintable> {
        let mut flags = Self::default();
        let mut rest = directive;
        while let Some(first) = rest.chars().next() {
            match first {
                '+' => flags.plus = true,
                '-' => flags.minus = true,
                ' ' => flags.space = true,
                '0' => flags.zero = true,
                _ => break,
            }
            rest = &rest[1..];
        }
        (flags.width, rest) = number(rest);
        // A dot at the end is a verb.
        if rest.len() > 1 && rest.starts_with('.') {
            let (precision, after) = number(&rest[1..]);
            (flags.precision, rest) = (Some(precision.unwrap_or(0)), after);
        }
        match rest.chars().next() {
            Some(other @ ('#' | '*' | '[')) => {
                Err(Unprintable(format!("the flag {other:?} of printf")))
            }
            _ => Ok((flags, rest)),
        }
    }
}

/// A decimal number, if there is one, and what is behind it.
fn number(text: &str) -> (Option<usize>, &str) {
    let mut value = None;
    for (offset, byte) in text.bytes().enumerate() {
        if !byte.is_ascii_digit() {
            return (value, &text[offset..]);
        }
        let so_far = value.unwrap_or(0);
        if so_far > TOO_LARGE {
            return (None, "");
        }
        value = Some(so_far * 10 + usize::from(byte - b'0'));
    }
    (value, "")
}

#[derive(Default)]
struct Printer {
    out: String,
    flags: Flags,
}

impl Printer {
    /// A value by a verb.
    fn operand(&mut self, operand: &Operand<'_>, verb: char) -> Printed {
        match verb {
            'T' => {
                let name = operand.type_name().unwrap_or_else(|| "<nil>".to_owned());
                self.string(&name);
                return Ok(());
            }
            'p' | 'w' => return Err(Unprintable(format!("the verb %{verb} of printf"))),
            _ => {}
        }
        match operand {
            Operand::Nothing if verb == 'v' => self.pad("<nil>"),
            Operand::Nothing => {
                let _ = write!(self.out, "%!{verb}(<nil>)");
            }
            Operand::Bool(value) if matches!(verb, 't' | 'v') => self.pad(&value.to_string()),
            Operand::Bool(_) => return self.bad_verb(operand, verb),
            Operand::Int(value) => return self.integer(*value, verb, operand),
            Operand::Byte(value) => return self.integer(i64::from(*value), verb, operand),
            Operand::Text(text) => match verb {
                's' | 'v' => self.string(text),
                'q' => {
                    let text = quoted(self.truncated(text), self.flags.plus);
                    self.pad(&text);
                }
                'x' | 'X' => self.hexadecimal(text, verb),
                _ => return self.bad_verb(operand, verb),
            },
            Operand::Texts(texts) => {
                self.out.push('[');
                for (index, text) in texts.iter().enumerate() {
                    if index > 0 {
                        self.out.push(' ');
                    }
                    self.operand(&Operand::from(text.as_str()), verb)?;
                }
                self.out.push(']');
            }
            Operand::Pointer(class, target) => return self.pointer(class, *target, verb),
        }
        Ok(())
    }

    fn pointer(
        &mut self,
        class: &'static StructType,
        target: Option<&Struct>,
        verb: char,
    ) -> Printed {
        let is_textual = matches!(verb, 'v' | 's' | 'q' | 'x' | 'X');
        match target {
            // The panic of a method that was called on nil ends so.
            None if class.has_text && is_textual => self.out.push_str("<nil>"),
            None if verb == 'v' => self.pad("<nil>"),
            None if matches!(verb, 's' | 'q' | 't') => {
                return self.bad_verb(&Operand::Pointer(class, None), verb);
            }
            Some(Struct { text: Some(text), .. }) if is_textual => {
                return self.operand(&Operand::from(text.as_str()), verb);
            }
            Some(target) if !class.has_text => {
                self.out.push('&');
                return self.fields(class, target, verb);
            }
            _ => return Err(Unprintable(format!("printing *{} with %{verb}", class.name))),
        }
        Ok(())
    }

    fn fields(&mut self, class: &StructType, target: &Struct, verb: char) -> Printed {
        self.out.push('{');
        for (index, (name, value)) in class.fields.iter().zip(&target.values).enumerate() {
            if index > 0 {
                self.out.push(' ');
            }
            if self.flags.names_fields {
                let _ = write!(self.out, "{name}:");
            }
            if let Value::Pointer(class, Some(inner)) = value
                && inner.text.is_none()
            {
                let what = format!("printing the address of the *{} in {name}", class.name);
                return Err(Unprintable(what));
            }
            self.operand(&Operand::from(value), verb)?;
        }
        self.out.push('}');
        Ok(())
    }

    /// The answer to a verb that the kind of value does not have.
    fn bad_verb(&mut self, operand: &Operand<'_>, verb: char) -> Printed {
        let _ = write!(self.out, "%!{verb}(");
        self.with_type(operand)?;
        self.out.push(')');
        Ok(())
    }

    fn with_type(&mut self, operand: &Operand<'_>) -> Printed {
        let Some(name) = operand.type_name() else {
            self.out.push_str("<nil>");
            return Ok(());
        };
        self.out.push_str(&name);
        self.out.push('=');
        self.operand(operand, 'v')
    }

    fn truncated<'t>(&self, text: &'t str) -> &'t str {
        let end = self.flags.precision.and_then(|length| text.char_indices().nth(length));
        end.map_or(text, |(end, _)| &text[..end])
    }

    fn string(&mut self, text: &str) {
        self.pad(self.truncated(text));
    }

    fn pad(&mut self, text: &str) {
        let width = self.flags.width.unwrap_or(0).saturating_sub(text.chars().count());
        if self.flags.minus {
            self.out.push_str(text);
            self.out.extend(std::iter::repeat_n(' ', width));
        } else {
            let fill = if self.flags.zero { '0' } else { ' ' };
            self.out.extend(std::iter::repeat_n(fill, width));
            self.out.push_str(text);
        }
    }

    /// As [`Self::pad`], with spaces whatever the flags say.
    fn pad_with_spaces(&mut self, text: &str) {
        let zero = std::mem::take(&mut self.flags.zero);
        self.pad(text);
        self.flags.zero = zero;
    }

    fn hexadecimal(&mut self, text: &str, verb: char) {
        let length = self.flags.precision.unwrap_or(usize::MAX).min(text.len());
        let separator = if self.flags.space { " " } else { "" };
        let digits: Vec<String> = text.as_bytes()[..length]
            .iter()
            .map(|byte| if verb == 'x' { format!("{byte:02x}") } else { format!("{byte:02X}") })
            .collect();
        self.pad(&digits.join(separator));
    }

    fn integer(&mut self, value: i64, verb: char, operand: &Operand<'_>) -> Printed {
        let magnitude = value.unsigned_abs();
        let digits = match verb {
            'v' | 'd' => magnitude.to_string(),
            'b' => format!("{magnitude:b}"),
            'o' | 'O' => format!("{magnitude:o}"),
            'x' => format!("{magnitude:x}"),
            'X' => format!("{magnitude:X}"),
            'c' | 'q' => {
                let c = u32::try_from(value).ok().and_then(char::from_u32);
                let c = c.unwrap_or(char::REPLACEMENT_CHARACTER);
                let mut text = String::from(c);
                if verb == 'q' {
                    text = String::from('\'');
                    push_quoted(&mut text, c, '\'', self.flags.plus);
                    text.push('\'');
                }
                self.pad(&text);
                return Ok(());
            }
            'U' => {
                let digits = self.flags.precision.unwrap_or(0).max(4);
                #[allow(clippy::cast_sign_loss, reason = "go shows -1 as its bits")]
                let shown = format!("{:X}", value as u64);
                self.pad_with_spaces(&format!("U+{}", filled_up(&shown, digits)));
                return Ok(());
            }
            _ => return self.bad_verb(operand, verb),
        };
        let sign = match (value < 0, self.flags.plus, self.flags.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        };
        let prefix = if verb == 'O' { "0o" } else { "" };
        let least = match (self.flags.precision, self.flags.width) {
            (Some(0), _) if value == 0 => {
                self.pad_with_spaces("");
                return Ok(());
            }
            (Some(precision), _) => precision,
            (None, Some(width)) if self.flags.zero && !self.flags.minus => {
                width.saturating_sub(sign.len())
            }
            _ => 0,
        };
        self.pad_with_spaces(&format!("{sign}{prefix}{}", filled_up(&digits, least)));
        Ok(())
    }
}

/// A number with at least so many digits. The width of Rust's formatter ends at 65,535.
fn filled_up(digits: &str, least: usize) -> String {
    "0".repeat(least.saturating_sub(digits.len())) + digits
}
