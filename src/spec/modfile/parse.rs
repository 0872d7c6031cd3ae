//! From bytes to the [tree](super::syntax).
//!
//! Every byte between tokens is a space, tab, carriage return, newline or part of a `//`
//! comment. Comments on lines of their own go to what follows them, comments at the end
//! of a line to what stands before them on it.

use super::error::{ParseError, ParseErrors, Position, Reason};
use super::syntax::{
    Block, BlockId, Comments, Line, LineId, List, Span, Statement, Syntax, column,
};
use super::text;
use crate::spec::unicode;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    EndOfFile,
    Newline,
    /// A comment with no token before it on its line; its newline belongs to it.
    WholeLineComment,
    /// A comment behind a token; its newline belongs to it.
    SuffixComment,
    Opening,
    Closing,
    /// A word, a quoted string or other punctuation.
    Other,
}

impl Kind {
    fn ends_line(self) -> bool {
        matches!(self, Kind::EndOfFile | Kind::Newline | Kind::SuffixComment)
    }
}

#[derive(Clone, Copy, Debug)]
struct Token {
    kind: Kind,
    span: Span,
    /// The line of the source that the token begins on, from 1.
    number: usize,
}

struct Lexer<'a> {
    source: &'a [u8],
    at: usize,
    number: usize,
    /// Whether a token has been seen on the current line.
    in_line: bool,
}

/// A syntax error and the place of it in the source.
type Failure = (usize, Reason);

/// Bytes that words are made of, as far as one byte can tell.
fn is_plain(byte: u8) -> bool {
    PLAIN[usize::from(byte)]
}

/// A look-up for each byte of thousands of files is cheaper than its conditions.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        let character = byte as u8;
        plain[byte] =
            character.is_ascii_graphic() && character != b'/' && !text::is_punctuation(character);
        byte += 1;
    }
    plain
};

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.source.get(self.at + ahead).copied()
    }

    /// How many bytes of the source from here on are one character of a word; zero at
    /// the end of a word.
    fn word_character(&self) -> usize {
        match self.peek(0) {
            None => 0,
            Some(byte) if byte.is_ascii() => usize::from(is_plain(byte) || byte == b'/'),
            Some(_) => match text::first_character(&self.source[self.at..]) {
                Some(c) if unicode::is_printable(c) => c.len_utf8(),
                Some(_) => 0,
                // go reads U+FFFD here, which is printable.
                None => 1,
            },
        }
    }

    fn next(&mut self) -> Result<Token, Failure> {
        while matches!(self.peek(0), Some(b' ' | b'\t' | b'\r')) {
            self.at += 1;
        }
        let (start, number) = (self.at, self.number);
        let kind = match self.peek(0) {
            None => Kind::EndOfFile,
            Some(b'/') if self.peek(1) == Some(b'/') => return Ok(self.comment()),
            Some(b'\n') => {
                self.at += 1;
                self.number += 1;
                self.in_line = false;
                Kind::Newline
            }
            Some(byte) => {
                self.in_line = true;
                match byte {
                    b'"' | b'`' => self.string(byte)?,
                    byte if text::is_punctuation(byte) => self.at += 1,
                    _ => self.word()?,
                }
                match byte {
                    b'(' => Kind::Opening,
                    b')' => Kind::Closing,
                    _ => Kind::Other,
                }
            }
        };
        Ok(Token { kind, span: Span { start, end: self.at }, number })
    }

    fn comment(&mut self) -> Token {
        let (start, number) = (self.at, self.number);
        let kind = if self.in_line { Kind::SuffixComment } else { Kind::WholeLineComment };
        let rest = &self.source[start..];
        let end = match rest.iter().position(|&b| b == b'\n') {
            None => {
                self.at = self.source.len();
                self.at
            }
            Some(newline) => {
                self.at = start + newline + 1;
                self.number += 1;
                self.in_line = false;
                start + newline - usize::from(rest[..newline].ends_with(b"\r"))
            }
        };
        Token { kind, span: Span { start, end }, number }
    }

    fn string(&mut self, delimiter: u8) -> Result<(), Failure> {
        let start = self.at;
        let unfinished = || (start, Reason::StringAtEndOfFile);
        self.at += 1;
        loop {
            match self.peek(0) {
                None => return Err(unfinished()),
                Some(b'\n') => return Err((self.at, Reason::NewlineInString)),
                Some(b'\\') if delimiter == b'"' => {
                    // Even a newline may follow; unquoting will refuse it.
                    let escaped = self.peek(1).ok_or_else(unfinished)?;
                    self.number += usize::from(escaped == b'\n');
                    self.at += 2;
                }
                Some(byte) => {
                    self.at += 1;
                    if byte == delimiter {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn word(&mut self) -> Result<(), Failure> {
        let start = self.at;
        loop {
            while self.peek(0).is_some_and(is_plain) {
                self.at += 1;
            }
            match (self.peek(0), self.peek(1)) {
                (Some(b'/'), Some(b'/')) => return Ok(()),
                (Some(b'/'), Some(b'*')) => return Err((self.at, Reason::BlockComment)),
                _ => {}
            }
            match self.word_character() {
                0 if self.at == start => {
                    let c = text::first_character(&self.source[start..]);
                    let c = c.unwrap_or(char::REPLACEMENT_CHARACTER);
                    return Err((start, Reason::UnexpectedCharacter(c)));
                }
                0 => return Ok(()),
                size => self.at += size,
            }
        }
    }
}

/// A part of the tree that end-of-line comments can belong to.
#[derive(Clone, Copy)]
enum Node {
    Apart(usize),
    Line(LineId),
    Opening(BlockId),
    Closing(BlockId),
    Block(BlockId),
}

struct Parser<'a> {
    file: &'a str,
    lexer: Lexer<'a>,
    ahead: Token,
    syntax: Syntax,
    /// The last finished node that begins and ends on one line.
    last: Option<Node>,
}

/// Parses a file; its name is for the error. Source: ref/mod#go-mod-file-lexical.
pub(super) fn parse(file: &str, source: &[u8]) -> Result<Syntax, ParseErrors> {
    let mut lexer = Lexer { source, at: 0, number: 1, in_line: false };
    let parsed = lexer.next().and_then(|ahead| {
        let syntax = Syntax::over(source);
        let mut parser = Parser { file, lexer, ahead, syntax, last: None };
        parser.file()?;
        Ok(parser.syntax)
    });
    parsed.map_err(|(at, reason)| {
        let line = 1 + source[..at].iter().filter(|&&b| b == b'\n').count();
        let position = Position { line, column: column(source, at) };
        ParseErrors { errors: vec![ParseError::new(file, position, reason)] }
    })
}

impl Parser<'_> {
    fn take(&mut self) -> Result<Token, Failure> {
        Ok(std::mem::replace(&mut self.ahead, self.lexer.next()?))
    }

    /// go names the place that it has read up to, which is behind the token ahead.
    fn fail<T>(&self, reason: Reason) -> Result<T, Failure> {
        Err((self.lexer.at, reason))
    }

    fn finish(&mut self, node: Node, on_one_line: bool) {
        if on_one_line {
            self.last = Some(node);
        }
    }

    /// Takes the end of a line, and gives its comment to the last node.
    fn end_line(&mut self) -> Result<(), Failure> {
        let token = self.take()?;
        if token.kind != Kind::SuffixComment {
            return Ok(());
        }
        let syntax = &mut self.syntax;
        let mut list = match self.last {
            None => syntax.stray,
            Some(Node::Apart(at)) => syntax.apart[at].suffix,
            Some(Node::Line(id)) => syntax.line(id).comments.suffix,
            Some(Node::Opening(id)) => syntax.block(id).opening,
            Some(Node::Closing(id)) => syntax.block(id).closing.suffix,
            Some(Node::Block(id)) => syntax.block(id).comments.suffix,
        };
        syntax.push(&mut list, token.span);
        *match self.last {
            None => &mut syntax.stray,
            Some(Node::Apart(at)) => &mut syntax.apart[at].suffix,
            Some(Node::Line(id)) => &mut syntax.line_mut(id).comments.suffix,
            Some(Node::Opening(id)) => &mut syntax.block_mut(id).opening,
            Some(Node::Closing(id)) => &mut syntax.block_mut(id).closing.suffix,
            Some(Node::Block(id)) => &mut syntax.block_mut(id).comments.suffix,
        } = list;
        Ok(())
    }

    fn apart(&mut self, before: List) {
        self.finish(Node::Apart(self.syntax.apart.len()), true);
        self.syntax.statements.push(Statement::Comments(self.syntax.apart.len()));
        self.syntax.apart.push(Comments { before, suffix: List::default() });
    }

    fn file(&mut self) -> Result<(), Failure> {
        let mut comments = List::default();
        loop {
            match self.ahead.kind {
                Kind::WholeLineComment => {
                    let token = self.take()?;
                    self.syntax.push(&mut comments, token.span);
                    continue;
                }
                Kind::Newline | Kind::EndOfFile => {
                    // Comments before a blank line belong to no statement.
                    if !comments.is_empty() {
                        self.apart(comments);
                    }
                    if self.ahead.kind == Kind::EndOfFile {
                        return Ok(());
                    }
                    self.take()?;
                }
                _ => self.statement(comments)?,
            }
            comments = List::default();
        }
    }

    fn statement(&mut self, before: List) -> Result<(), Failure> {
        let comments = Comments { before, suffix: List::default() };
        let first = self.take()?;
        let mut tokens = self.syntax.begin_list();
        self.syntax.push(&mut tokens, first.span);
        while !self.ahead.kind.ends_line() {
            let token = self.take()?;
            if token.kind == Kind::Opening && self.ahead.kind.ends_line() {
                return self.block(first, tokens, comments);
            }
            if token.kind == Kind::Opening && self.ahead.kind == Kind::Closing {
                let closing = self.take()?;
                if self.ahead.kind.ends_line() {
                    return self.empty_block(first, tokens, comments);
                }
                self.syntax.push(&mut tokens, token.span);
                self.syntax.push(&mut tokens, closing.span);
                continue;
            }
            self.syntax.push(&mut tokens, token.span);
        }
        let line = self.line(first, tokens, comments, false)?;
        self.syntax.statements.push(Statement::Line(line));
        Ok(())
    }

    /// Finishes a line whose tokens have been read.
    fn line(
        &mut self,
        first: Token,
        tokens: List,
        comments: Comments,
        in_block: bool,
    ) -> Result<LineId, Failure> {
        let (start, number) = (first.span.start, first.number);
        let id = self.syntax.new_line(Line { tokens, comments, in_block, start, number });
        let end = self.syntax.spans(tokens).last().map_or(start, |span| span.end);
        let on_one_line = self.on_one_line(start, end);
        self.finish(Node::Line(id), on_one_line);
        self.end_line()?;
        Ok(id)
    }

    /// Whether a run of tokens holds no newline: only a quoted string can.
    fn on_one_line(&self, start: usize, end: usize) -> bool {
        !self.lexer.source[start..end].contains(&b'\n')
    }

    fn open_block(&mut self, first: Token, header: List, comments: Comments) -> BlockId {
        let id = self.syntax.new_block(Block {
            header,
            comments,
            opening: List::default(),
            lines: Vec::new(),
            closing: Comments::default(),
            start: first.span.start,
            number: first.number,
        });
        self.syntax.statements.push(Statement::Block(id));
        id
    }

    fn empty_block(
        &mut self,
        first: Token,
        header: List,
        comments: Comments,
    ) -> Result<(), Failure> {
        let id = self.open_block(first, header, comments);
        let end = self.syntax.spans(header).last().map_or(0, |span| span.end);
        let on_one_line = self.on_one_line(first.span.start, end);
        self.finish(Node::Closing(id), true);
        self.finish(Node::Block(id), on_one_line);
        self.end_line()
    }

    /// Parses a block whose opening parenthesis has been read.
    fn block(&mut self, first: Token, header: List, comments: Comments) -> Result<(), Failure> {
        let id = self.open_block(first, header, comments);
        self.finish(Node::Opening(id), true);
        let mut before = List::default();
        loop {
            match self.ahead.kind {
                Kind::SuffixComment => self.end_line()?,
                Kind::Newline => {
                    self.take()?;
                    // Of several blank lines one is kept, and none before the first line.
                    let blank_stands = match self.syntax.spans(before).last() {
                        Some(last) => !last.is_blank(),
                        None => !self.syntax.block(id).lines.is_empty(),
                    };
                    if blank_stands {
                        self.syntax.push(&mut before, Span::BLANK);
                    }
                }
                Kind::WholeLineComment => {
                    let token = self.take()?;
                    self.syntax.push(&mut before, token.span);
                }
                Kind::EndOfFile => {
                    let position = Position {
                        line: first.number,
                        column: column(self.lexer.source, first.span.start),
                    };
                    let file = self.file.to_owned();
                    return self.fail(Reason::UnterminatedBlock { file, position });
                }
                Kind::Closing => {
                    self.take()?;
                    if self.syntax.spans(before) == [Span::BLANK] {
                        before = List::default();
                    }
                    self.syntax.block_mut(id).closing.before = before;
                    self.finish(Node::Closing(id), true);
                    if !self.ahead.kind.ends_line() {
                        return self.fail(Reason::TokenAfterBlock);
                    }
                    return self.end_line();
                }
                Kind::Opening | Kind::Other => {
                    let first = self.take()?;
                    let mut tokens = self.syntax.begin_list();
                    self.syntax.push(&mut tokens, first.span);
                    while !self.ahead.kind.ends_line() {
                        let token = self.take()?;
                        self.syntax.push(&mut tokens, token.span);
                    }
                    let comments = Comments { before, suffix: List::default() };
                    let line = self.line(first, tokens, comments, true)?;
                    self.syntax.block_mut(id).lines.push(line);
                    before = List::default();
                }
            }
        }
    }
}
