//! The tokens of a template: text, and what stands between `{{` and `}}`.
//!
//! Source: text/template/parse/lex.go.

use std::borrow::Cow;

use crate::spec::unicode;

use super::format::code_point;

/// What a token is. Words that Go reserves come last: it shows those in angle brackets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// The text is why there are no more tokens.
    Error,
    End,
    Text,
    LeftDelimiter,
    RightDelimiter,
    Space,
    Bool,
    Number,
    Complex,
    Character,
    Quoted,
    Raw,
    Field,
    Variable,
    Identifier,
    Declare,
    Assign,
    Pipe,
    LeftParenthesis,
    RightParenthesis,
    /// Another printable ASCII character.
    Other,
    Dot,
    Nil,
    Keyword(Keyword),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Keyword {
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Template,
    With,
}

fn reserved(word: &str) -> Option<Kind> {
    Some(Kind::Keyword(match word {
        "nil" => return Some(Kind::Nil),
        "true" | "false" => return Some(Kind::Bool),
        "block" => Keyword::Block,
        "break" => Keyword::Break,
        "continue" => Keyword::Continue,
        "define" => Keyword::Define,
        "else" => Keyword::Else,
        "end" => Keyword::End,
        "if" => Keyword::If,
        "range" => Keyword::Range,
        "template" => Keyword::Template,
        "with" => Keyword::With,
        _ => return None,
    }))
}

#[derive(Clone, Debug)]
pub(super) struct Token<'t> {
    pub kind: Kind,
    /// Where it begins, in bytes.
    pub offset: usize,
    /// The line that it begins on, from 1.
    pub line: usize,
    pub text: Cow<'t, str>,
}

impl Token<'_> {
    /// The token as go's messages show it.
    pub fn shown(&self) -> String {
        match self.kind {
            Kind::End => "EOF".to_owned(),
            Kind::Error => self.text.clone().into_owned(),
            Kind::Dot | Kind::Nil | Kind::Keyword(_) => format!("<{}>", self.text),
            _ if self.text.len() > 10 => {
                let beginning: String = self.text.chars().take(10).collect();
                format!("{}...", super::format::quoted(&beginning, false))
            }
            _ => super::format::quoted(&self.text, false),
        }
    }
}

const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

fn is_word(c: char) -> bool {
    // Of the digits beyond ASCII Go's table is not at hand; a name in them means nothing
    // to a template either way.
    c == '_' || c.is_ascii_digit() || unicode::is_letter(c)
}

/// Splits a template. The last token is [`Kind::End`] or [`Kind::Error`].
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut lexer =
        Lexer { text, at: 0, start: 0, counted: (0, 1), parentheses: 0, tokens: Vec::new() };
    if let Err(message) = lexer.run() {
        lexer.push_text(Kind::Error, Cow::Owned(message));
    }
    lexer.tokens
}

struct Lexer<'t> {
    text: &'t str,
    /// What is read so far.
    at: usize,
    /// Where the current token begins.
    start: usize,
    /// An offset up to which lines were counted, and the line there.
    counted: (usize, usize),
    /// How many parentheses are open in this action.
    parentheses: usize,
    tokens: Vec<Token<'t>>,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(wanted).len();
    }

    fn take_one_of(&mut self, wanted: &str) -> bool {
        let found = self.peek().is_some_and(|c| wanted.contains(c));
        self.at += usize::from(found);
        found
    }

    fn push(&mut self, kind: Kind) {
        self.push_text(kind, Cow::Borrowed(&self.text[self.start..self.at]));
        self.start = self.at;
    }

    fn push_text(&mut self, kind: Kind, text: Cow<'t, str>) {
        let (offset, line) = self.counted;
        let line = line + self.text[offset..self.start].matches('\n').count();
        self.counted = (self.start, line);
        self.tokens.push(Token { kind, offset: self.start, line, text });
    }

    /// Leaves out what was read since the last token.
    fn skip(&mut self) {
        self.start = self.at;
    }

    fn run(&mut self) -> Result<(), String> {
        while let Some(length) = self.rest().find("{{") {
            let delimiter = self.at + length;
            let trims = trims_before(&self.text[delimiter + 2..]);
            let text = &self.text[self.start..delimiter];
            let kept = if trims { text.trim_end_matches(SPACES) } else { text };
            self.at = self.start + kept.len();
            if !kept.is_empty() {
                self.push(Kind::Text);
            }
            self.at = delimiter;
            self.skip();
            let marker = if trims { 2 } else { 0 };
            if self.text[delimiter + 2 + marker..].starts_with("/*") {
                self.at += 2 + marker;
                self.skip();
                self.comment()?;
                continue;
            }
            self.at += 2;
            self.push(Kind::LeftDelimiter);
            self.at += marker;
            self.skip();
            self.action()?;
        }
        self.at = self.text.len();
        if self.at > self.start {
            self.push(Kind::Text);
        }
        self.push(Kind::End);
        Ok(())
    }

    fn comment(&mut self) -> Result<(), String> {
        let length = self.rest()[2..].find("*/").ok_or("unclosed comment")?;
        self.at += length + 4;
        let trims = self.at_right_delimiter().ok_or("comment ends before closing delimiter")?;
        self.right_delimiter(trims);
        Ok(())
    }

    /// Whether an action ends here; then, whether it trims the text behind.
    fn at_right_delimiter(&self) -> Option<bool> {
        let rest = self.rest();
        if rest.starts_with("}}") {
            return Some(false);
        }
        let trims = rest.strip_prefix(SPACES).is_some_and(|rest| rest.starts_with("-}}"));
        trims.then_some(true)
    }

    /// Skips the delimiter and the space behind it that it trims.
    fn right_delimiter(&mut self, trims: bool) {
        self.at += if trims { 4 } else { 2 };
        if trims {
            self.take_while(|c| SPACES.contains(&c));
        }
        self.skip();
    }

    fn action(&mut self) -> Result<(), String> {
        self.parentheses = 0;
        loop {
            if let Some(trims) = self.at_right_delimiter() {
                if self.parentheses > 0 {
                    return Err("unclosed left paren".to_owned());
                }
                if trims {
                    self.at += 2;
                    self.skip();
                }
                self.at += 2;
                self.push(Kind::RightDelimiter);
                if trims {
                    self.take_while(|c| SPACES.contains(&c));
                    self.skip();
                }
                return Ok(());
            }
            self.element()?;
        }
    }

    fn element(&mut self) -> Result<(), String> {
        let Some(first) = self.peek() else { return Err("unclosed action".to_owned()) };
        if SPACES.contains(&first) {
            self.space();
            return Ok(());
        }
        if first.is_ascii_digit() || matches!(first, '+' | '-') {
            return self.number();
        }
        if is_word(first) {
            return self.word(Kind::Identifier);
        }
        self.at += first.len_utf8();
        match first {
            '=' => self.push(Kind::Assign),
            ':' if self.take_one_of("=") => self.push(Kind::Declare),
            ':' => return Err("expected :=".to_owned()),
            '|' => self.push(Kind::Pipe),
            '"' => return self.quoted('"', Kind::Quoted, "quoted string"),
            '\'' => return self.quoted('\'', Kind::Character, "character constant"),
            '`' => {
                let length = self.rest().find('`').ok_or("unterminated raw quoted string")?;
                self.at += length + 1;
                self.push(Kind::Raw);
            }
            '$' if self.at_word_end() => self.push(Kind::Variable),
            '$' => return self.word(Kind::Variable),
            '.' if self.peek().is_none_or(|c| c.is_ascii_digit()) => {
                self.at -= 1;
                return self.number();
            }
            '.' if self.at_word_end() => self.push(Kind::Dot),
            '.' => return self.word(Kind::Field),
            '(' => {
                self.parentheses += 1;
                self.push(Kind::LeftParenthesis);
            }
            ')' => {
                self.parentheses =
                    self.parentheses.checked_sub(1).ok_or("unexpected right paren")?;
                self.push(Kind::RightParenthesis);
            }
            c if c.is_ascii_graphic() => self.push(Kind::Other),
            c => return Err(format!("unrecognized character in action: {}", code_point(c))),
        }
        Ok(())
    }

    /// A run of spaces, but for the one that a trim marker begins with.
    fn space(&mut self) {
        self.take_while(|c| SPACES.contains(&c));
        if self.rest().starts_with("-}}") && self.at - self.start > 1 {
            self.at -= 1;
        }
        self.push(Kind::Space);
    }

    /// Whether what ends here may end as a word: `$x+2` is not allowed.
    fn at_word_end(&self) -> bool {
        let ends = |c: char| SPACES.contains(&c) || matches!(c, '.' | ',' | '|' | ':' | '(' | ')');
        self.peek().is_none_or(ends) || self.rest().starts_with("}}")
    }

    fn word(&mut self, kind: Kind) -> Result<(), String> {
        self.take_while(is_word);
        if !self.at_word_end() {
            // The end of the text is a word's end.
            let c = self.peek().unwrap_or_default();
            return Err(format!("bad character {}", code_point(c)));
        }
        let word = &self.text[self.start..self.at];
        self.push(if kind == Kind::Identifier { reserved(word).unwrap_or(kind) } else { kind });
        Ok(())
    }

    fn quoted(&mut self, quote: char, kind: Kind, what: &str) -> Result<(), String> {
        let mut escaped = false;
        for (offset, c) in self.rest().char_indices() {
            match c {
                '\n' => break,
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if c == quote => {
                    self.at += offset + 1;
                    self.push(kind);
                    return Ok(());
                }
                _ => {}
            }
        }
        Err(format!("unterminated {what}"))
    }

    fn number(&mut self) -> Result<(), String> {
        let mut kind = Kind::Number;
        let mut is_good = self.real_number();
        if is_good && matches!(self.peek(), Some('+' | '-')) {
            kind = Kind::Complex;
            is_good = self.real_number() && self.text[..self.at].ends_with('i');
        }
        if !is_good {
            let text = &self.text[self.start..self.at];
            return Err(format!("bad number syntax: {}", super::format::quoted(text, false)));
        }
        self.push(kind);
        Ok(())
    }

    /// Takes what looks like a number; whether it is one is the parser's business.
    fn real_number(&mut self) -> bool {
        self.take_one_of("+-");
        let (mut digits, mut exponent) = ("0123456789_", "eE");
        if self.take_one_of("0") {
            if self.take_one_of("xX") {
                (digits, exponent) = ("0123456789abcdefABCDEF_", "pP");
            } else if self.take_one_of("oO") {
                (digits, exponent) = ("01234567_", "");
            } else if self.take_one_of("bB") {
                (digits, exponent) = ("01_", "");
            }
        }
        self.take_while(|c| digits.contains(c));
        if self.take_one_of(".") {
            self.take_while(|c| digits.contains(c));
        }
        if self.take_one_of(exponent) {
            self.take_one_of("+-");
            self.take_while(|c| c.is_ascii_digit() || c == '_');
        }
        self.take_one_of("i");
        match self.peek() {
            Some(c) if is_word(c) => {
                self.at += c.len_utf8();
                false
            }
            _ => true,
        }
    }
}

/// Whether an action that begins so trims the text before it.
fn trims_before(action: &str) -> bool {
    action.strip_prefix('-').is_some_and(|rest| rest.starts_with(SPACES))
}
