//! Package clause and imports as Go's own scanner and parser read them.
//!
//! The text comes from the reader of [`super::clauses`], so that up to where that stopped it
//! holds nothing but words, strings, dots, parentheses, semicolons, white space and comments.
//!
//! Source: go/scanner, go/parser (`ImportsOnly`), readGoInfo in cmd/go/internal/modindex.

use std::borrow::Cow;

use crate::spec::modfile::first_character;
use crate::spec::unicode;

use super::{Parsed, string_value};

/// What the parser tells apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Token<'a> {
    Package,
    Import,
    Name(&'a str),
    Text(&'a [u8]),
    Dot,
    Open,
    /// A closing parenthesis or brace.
    Close(u8),
    Semicolon,
    /// Anything else, the other keywords included.
    Other,
    End,
}

/// Parses the head of a file; `None` where Go's parser reports an error.
pub(super) fn parse(text: &[u8]) -> Option<Parsed<'_>> {
    let mut parser = Parser { scanner: Scanner::new(text), token: Token::End };
    parser.advance()?;
    parser.take(Token::Package)?;
    let Token::Name(package) = parser.token else { return None };
    parser.advance()?;
    parser.end_of_clause()?;
    let mut literals = Vec::new();
    while parser.token == Token::Import {
        parser.advance()?;
        if parser.token != Token::Open {
            literals.push(parser.import()?);
            continue;
        }
        parser.advance()?;
        while !matches!(parser.token, Token::Close(b')') | Token::End) {
            literals.push(parser.import()?);
        }
        parser.take(Token::Close(b')'))?;
        parser.end_of_clause()?;
    }
    // What was looked at has to be well formed, one character ahead.
    let at = parser.scanner.at;
    let ahead = first_character(&text[at..]).map_or(1, char::len_utf8);
    let seen = std::str::from_utf8(&text[..text.len().min(at + ahead)]).ok()?;
    if seen.contains(['\0', '\u{feff}']) {
        return None;
    }
    let path = |literal| string_value(literal).filter(|path| is_import_path(path));
    let imports = literals.into_iter().map(path).collect::<Option<Vec<Cow<'_, str>>>>()?;
    Some(Parsed { package, imports })
}

/// Whether a path may be imported at all, by the words of the language reference.
fn is_import_path(path: &str) -> bool {
    let is_allowed = |c: char| {
        c != ' ' && unicode::is_printable(c) && !"!\"#$%&'()*,:;<=>?[\\]^{|}`\u{fffd}".contains(c)
    };
    !path.is_empty() && path.chars().all(is_allowed)
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    token: Token<'a>,
}

impl<'a> Parser<'a> {
    fn advance(&mut self) -> Option<()> {
        self.token = self.scanner.next()?;
        Some(())
    }

    fn take(&mut self, token: Token<'_>) -> Option<()> {
        if self.token != token {
            return None;
        }
        self.advance()
    }

    fn end_of_clause(&mut self) -> Option<()> {
        match self.token {
            Token::Close(_) => Some(()),
            _ => self.take(Token::Semicolon),
        }
    }

    fn import(&mut self) -> Option<&'a [u8]> {
        if matches!(self.token, Token::Name(_) | Token::Dot) {
            self.advance()?;
        }
        let Token::Text(literal) = self.token else { return None };
        self.advance()?;
        self.end_of_clause()?;
        Some(literal)
    }
}

/// Go's keywords, but for those that are tokens of their own.
const KEYWORDS: [&str; 23] = [
    "break",
    "case",
    "chan",
    "const",
    "continue",
    "default",
    "defer",
    "else",
    "fallthrough",
    "for",
    "func",
    "go",
    "goto",
    "if",
    "interface",
    "map",
    "range",
    "return",
    "select",
    "struct",
    "switch",
    "type",
    "var",
];

pub(super) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    /// Whether a line break here ends a clause.
    ends_clause: bool,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, ends_clause: false }
    }

    /// The next token; `None` where the scanner reports an error.
    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = &self.text[self.at..];
            match *rest {
                [] if self.ends_clause => {
                    self.ends_clause = false;
                    return Some(Token::Semicolon);
                }
                [] => return Some(Token::End),
                [b'\n', ..] if self.ends_clause => {
                    self.at += 1;
                    self.ends_clause = false;
                    return Some(Token::Semicolon);
                }
                [b' ' | b'\t' | b'\r' | b'\n', ..] => self.at += 1,
                [b'/', b'/', ..] => {
                    let length = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
                    self.comment(&rest[..length], length)?;
                }
                [b'/', b'*', ..] => {
                    let close = rest[2..].windows(2).position(|pair| pair == b"*/")?;
                    let length = close + 4;
                    self.comment(&rest[..close + 2], length)?;
                    if self.ends_clause && rest[..length].contains(&b'\n') {
                        self.ends_clause = false;
                        return Some(Token::Semicolon);
                    }
                }
                _ => return self.token(rest),
            }
        }
    }

    fn token(&mut self, rest: &'a [u8]) -> Option<Token<'a>> {
        let (token, length) = match rest[0] {
            b'"' => {
                let length = quoted_length(rest)?;
                (Token::Text(&rest[..length]), length)
            }
            b'`' => {
                let length = rest[1..].iter().position(|&byte| byte == b'`')? + 2;
                (Token::Text(&rest[..length]), length)
            }
            // Of two more dots, or a digit, nothing good comes.
            b'.' => (Token::Dot, 1),
            b'(' => (Token::Open, 1),
            close @ (b')' | b'}') => (Token::Close(close), 1),
            b';' => (Token::Semicolon, 1),
            b'0'..=b'9' | b'\'' => (Token::Other, 1),
            byte if b":,[]{+-*/%^<>=!&|~".contains(&byte) => (Token::Other, 1),
            _ => {
                // No more is looked at than can be the name.
                let ends =
                    |byte: &u8| byte.is_ascii() && !byte.is_ascii_alphanumeric() && *byte != b'_';
                let name = &rest[..rest.iter().position(ends).unwrap_or(rest.len())];
                let valid = name.utf8_chunks().next()?.valid();
                let is_part = |c: char| c == '_' || unicode::is_letter(c) || unicode::is_digit(c);
                let length = valid.find(|c| !is_part(c)).unwrap_or(valid.len());
                if !valid.starts_with(|c| c == '_' || unicode::is_letter(c)) {
                    return None;
                }
                let token = match &valid[..length] {
                    "package" => Token::Package,
                    "import" => Token::Import,
                    word if KEYWORDS.contains(&word) => Token::Other,
                    word => Token::Name(word),
                };
                (token, length)
            }
        };
        self.at += length;
        self.ends_clause = matches!(token, Token::Name(_) | Token::Text(_) | Token::Close(_));
        Some(token)
    }

    /// Skips a comment, of which `text` is what does not close it. One that gives a place in
    /// another file has to give one.
    fn comment(&mut self, text: &[u8], length: usize) -> Option<()> {
        let is_first = self.at == 0 || self.text[self.at - 1] == b'\n';
        self.at += length;
        if !is_first && text[1] == b'/' {
            return Some(());
        }
        let Some(place) = text[2..].strip_prefix(b"line ") else { return Some(()) };
        // As the scanner does, with a line break of Windows.
        let place =
            if text[1] == b'/' { place.strip_suffix(b"\r").unwrap_or(place) } else { place };
        let split = |text: &'_ [u8]| {
            let colon = text.iter().rposition(|&byte| byte == b':')?;
            let digits = std::str::from_utf8(&text[colon + 1..]).ok();
            let is_number =
                |digits: &&str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            let number = digits.filter(is_number).and_then(|digits| digits.parse::<u64>().ok());
            Some((colon, number))
        };
        let Some((colon, number)) = split(place) else { return Some(()) };
        let is_place = |number: u64| (1..=1 << 30).contains(&number);
        let line = split(&place[..colon]).and_then(|(_, line)| line);
        (is_place(number?) && line.is_none_or(is_place)).then_some(())
    }
}

/// The length of a string literal in double quotes; `None` where the scanner reports an
/// error in it.
fn quoted_length(rest: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match rest.get(at)? {
            b'"' => return string_value(&rest[..=at]).map(|_| at + 1),
            b'\n' => return None,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}
