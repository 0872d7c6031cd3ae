//! Text as go.mod files hold it: bytes that are UTF-8 as a rule but need not be,
//! bare words, and strings in Go's double quotes.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::spec::unicode;

/// The characters of a text; a byte that is part of none stands alone as `Err`.
fn characters(text: &[u8]) -> impl Iterator<Item = Result<char, u8>> + '_ {
    text.utf8_chunks()
        .flat_map(|part| part.valid().chars().map(Ok).chain(part.invalid().iter().map(|&b| Err(b))))
}

/// How many characters the text has, a malformed byte counting as one.
pub(super) fn count_characters(text: &[u8]) -> usize {
    if text.is_ascii() { text.len() } else { characters(text).count() }
}

/// The character that the text begins with; `None` where it is empty or malformed there.
pub(in crate::spec) fn first_character(text: &[u8]) -> Option<char> {
    let window = &text[..text.len().min(4)];
    window.utf8_chunks().next()?.valid().chars().next()
}

fn last_character(text: &[u8]) -> Option<char> {
    (1..=text.len().min(4)).find_map(|size| {
        let tail = std::str::from_utf8(&text[text.len() - size..]).ok()?;
        tail.chars().next()
    })
}

/// The text without Unicode white space at both ends.
pub(in crate::spec) fn trim(mut text: &[u8]) -> &[u8] {
    while let Some(c) = first_character(text).filter(|c| c.is_whitespace()) {
        text = &text[c.len_utf8()..];
    }
    while let Some(c) = last_character(text).filter(|c| c.is_whitespace()) {
        text = &text[..text.len() - c.len_utf8()];
    }
    text
}

/// The punctuation that is a token by itself and so cannot stand in a bare word.
pub(super) const fn is_punctuation(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'[' | b']' | b'{' | b'}' | b',')
}

pub(super) fn must_quote_bytes(text: &[u8]) -> bool {
    // Nearly all there is: versions and paths.
    let is_harmless =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+');
    if !text.is_empty() && text.iter().all(is_harmless) {
        return false;
    }
    let special = |c: Result<char, u8>| match c {
        Ok(' ' | '"' | '\'' | '`') => true,
        Ok(c) if c.is_ascii() && is_punctuation(c as u8) => text.len() > 1,
        Ok(c) => !unicode::is_printable(c),
        // Go sees U+FFFD here, which is printable.
        Err(_) => false,
    };
    text.is_empty()
        || text.windows(2).any(|pair| pair == b"//" || pair == b"/*")
        || characters(text).any(special)
}

/// Whether a string has to be quoted to be one token of a go.mod line.
/// Source: `modfile.MustQuote`.
pub fn must_quote(text: &str) -> bool {
    must_quote_bytes(text.as_bytes())
}

/// The string as one token of a go.mod line: itself, or quoted where it
/// [must](must_quote) be. Source: `modfile.AutoQuote`.
pub fn auto_quote(text: &str) -> Cow<'_, str> {
    if must_quote(text) { Cow::Owned(quote(text.as_bytes())) } else { Cow::Borrowed(text) }
}

fn push_escaped(out: &mut String, c: char, delimiter: char) {
    match c {
        '\\' => out.push_str(r"\\"),
        c if c == delimiter => out.extend(['\\', c]),
        c if unicode::is_printable(c) => out.push(c),
        '\x07' => out.push_str(r"\a"),
        '\x08' => out.push_str(r"\b"),
        '\x0c' => out.push_str(r"\f"),
        '\n' => out.push_str(r"\n"),
        '\r' => out.push_str(r"\r"),
        '\t' => out.push_str(r"\t"),
        '\x0b' => out.push_str(r"\v"),
        _ => {
            let code = u32::from(c);
            // Writing to a string cannot fail.
            let _ = match code {
                0..=0x7f => write!(out, r"\x{code:02x}"),
                0x80..=0xffff => write!(out, r"\u{code:04x}"),
                _ => write!(out, r"\U{code:08x}"),
            };
        }
    }
}

/// The text in double quotes, as Go's `strconv.Quote` and `%q` write it.
pub fn quote(text: &[u8]) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in characters(text) {
        match c {
            Ok(c) => push_escaped(&mut out, c, '"'),
            Err(byte) => out.push_str(&format!(r"\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}

/// A character in single quotes, as Go's `%q` writes it.
pub(in crate::spec) fn quote_character(c: char) -> String {
    let mut out = String::from("'");
    push_escaped(&mut out, c, '\'');
    out.push('\'');
    out
}

/// The value of a whole text in double quotes; `None` where Go's `strconv.Unquote`
/// finds a syntax error. The value need not be UTF-8.
pub fn unquote(literal: &[u8]) -> Option<Vec<u8>> {
    let mut rest = literal.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let mut value = Vec::with_capacity(rest.len());
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'"' | b'\n' => return None,
            b'\\' => rest = push_unescaped(&mut value, rest)?,
            _ => {
                // As in Go, a literal that holds a malformed byte stands for U+FFFD there.
                let tail = &literal[literal.len() - 2 - rest.len()..];
                let c = first_character(tail);
                let c_or_replacement = c.unwrap_or(char::REPLACEMENT_CHARACTER);
                rest = &rest[c.map_or(0, |c| c.len_utf8() - 1)..];
                value.extend(c_or_replacement.encode_utf8(&mut [0; 4]).bytes());
            }
        }
    }
    Some(value)
}

/// Decodes the escape sequence whose backslash has been read, answers what follows it.
fn push_unescaped<'a>(value: &mut Vec<u8>, rest: &'a [u8]) -> Option<&'a [u8]> {
    let number = |digits: &'a [u8], radix: u32| {
        digits.iter().try_fold(0u32, |sum, &digit| {
            sum.checked_mul(radix)?.checked_add(char::from(digit).to_digit(radix)?)
        })
    };
    let (&kind, after) = rest.split_first()?;
    let simple = match kind {
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        b'\\' | b'"' => kind,
        b'x' => u8::try_from(number(after.get(..2)?, 16)?).ok()?,
        b'0'..=b'7' => u8::try_from(number(rest.get(..3)?, 8)?).ok()?,
        b'u' | b'U' => {
            let size = if kind == b'u' { 4 } else { 8 };
            let c = char::from_u32(number(after.get(..size)?, 16)?)?;
            value.extend(c.encode_utf8(&mut [0; 4]).bytes());
            return Some(&after[size..]);
        }
        _ => return None,
    };
    value.push(simple);
    Some(match kind {
        b'x' | b'0'..=b'7' => &after[2..],
        _ => after,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting() {
        for (text, want) in [
            ("example.com/a", "example.com/a"),
            ("(", "("),
            ("a(b", r#""a(b""#),
            ("", r#""""#),
            ("a b", r#""a b""#),
            ("a//b", r#""a//b""#),
            ("a/*b", r#""a/*b""#),
            ("it's", r#""it's""#),
            ("\u{ad}\u{7}\u{1}\u{10ffff}\"\\", r#""\u00ad\a\x01\U0010ffff\"\\""#),
            ("é", "é"),
        ] {
            assert_eq!(auto_quote(text), want);
            assert_eq!(must_quote(text), text != want, "{text:?}");
        }
        assert_eq!(quote(b"\xff\xe2\x82"), r#""\xff\xe2\x82""#);
        assert_eq!(quote_character('\u{feff}'), r"'\ufeff'");
        assert_eq!(quote_character('\''), r"'\''");
    }

    #[test]
    fn unquoting() {
        for (literal, want) in [
            (&br#""a b""#[..], Some(&b"a b"[..])),
            (br#""\a\b\f\n\r\t\v\\\"\x41\101\u00e9\U0001f600""#, {
                Some("\x07\x08\x0c\n\r\t\x0b\\\"AA\u{e9}\u{1f600}".as_bytes())
            }),
            (br#""\xff""#, Some(b"\xff")),
            (b"\"\xff\xe9\"", Some("\u{fffd}\u{fffd}".as_bytes())),
            ("\"é😀\"".as_bytes(), Some("é😀".as_bytes())),
            (br#""""#, Some(b"")),
            (br#"""#, None),
            (br#""a"b""#, None),
            (br#""\'""#, None),
            (br#""\q""#, None),
            (br#""\x4""#, None),
            (br#""\400""#, None),
            (br#""\08""#, None),
            (br#""\ud800""#, None),
            (br#""\""#, None),
            (b"\"a\\\nb\"", None),
        ] {
            assert_eq!(unquote(literal).as_deref(), want, "{}", literal.escape_ascii());
        }
    }

    #[test]
    fn trimming() {
        assert_eq!(trim("\u{a0} \ta b\u{3000}\r\n\u{85}".as_bytes()), b"a b");
        assert_eq!(trim(b" \xff\x85 "), b"\xff\x85");
        assert_eq!(trim(b" \t"), b"");
        assert_eq!(count_characters(b"a\xc3\xa9\xff\xe2\x82"), 5);
    }
}
