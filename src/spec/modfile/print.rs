//! From the [tree](super::syntax) to bytes, in go's one standard layout: statements with a
//! blank line between them, blocks indented by a tab, single spaces between tokens.
//! Source: `modfile.Format`.

use super::syntax::{List, Statement, Syntax};
use super::text;

struct Printer<'a> {
    syntax: &'a Syntax,
    out: Vec<u8>,
}

pub(super) fn print(syntax: &Syntax) -> Vec<u8> {
    let mut printer = Printer { syntax, out: Vec::with_capacity(1024) };
    printer.file();
    let mut out = printer.out;
    while out.ends_with(b"\n\n") || out == b"\n" {
        out.pop();
    }
    out
}

impl Printer<'_> {
    fn file(&mut self) {
        self.whole_line_comments(self.syntax.stray, 0);
        for (index, &statement) in self.syntax.statements.iter().enumerate() {
            if index > 0 {
                self.end_line();
            }
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: Statement) {
        let syntax = self.syntax;
        match statement {
            Statement::Comments(at) => {
                let comments = syntax.apart[at];
                self.whole_line_comments(comments.before, 0);
                self.whole_line_comments(comments.suffix, 0);
            }
            Statement::Line(id) => {
                let line = syntax.line(id);
                self.whole_line_comments(line.comments.before, 0);
                self.tokens(line.tokens);
                self.suffix_comments(&[line.comments.suffix], 0);
            }
            Statement::Block(id) => {
                let block = syntax.block(id);
                self.whole_line_comments(block.comments.before, 0);
                self.tokens(block.header);
                self.out.extend(b" (");
                self.suffix_comments(&[block.opening], usize::from(!block.lines.is_empty()));
                for (index, &id) in block.lines.iter().enumerate() {
                    let line = syntax.line(id);
                    self.whole_line_comments(line.comments.before, 1);
                    self.indent(1);
                    self.tokens(line.tokens);
                    let is_last = index + 1 == block.lines.len();
                    self.suffix_comments(&[line.comments.suffix], usize::from(!is_last));
                }
                self.whole_line_comments(block.closing.before, 0);
                self.out.push(b')');
                self.suffix_comments(&[block.closing.suffix, block.comments.suffix], 0);
            }
        }
    }

    fn indent(&mut self, margin: usize) {
        self.out.resize(self.out.len() + margin, b'\t');
    }

    /// Ends a line without white space at its end. Of several blank lines one stays, and
    /// none at the top.
    fn end_line(&mut self) {
        while let Some(b' ' | b'\t') = self.out.last() {
            self.out.pop();
        }
        if !self.out.is_empty() && !self.out.ends_with(b"\n\n") {
            self.out.push(b'\n');
        }
    }

    fn whole_line_comments(&mut self, comments: List, margin: usize) {
        for comment in self.syntax.texts(comments) {
            self.indent(margin);
            self.out.extend_from_slice(text::trim(comment));
            self.end_line();
        }
    }

    /// Ends a line with its comments; from the second on they take lines of their own, with
    /// the margin of the line that follows.
    fn suffix_comments(&mut self, lists: &[List], margin: usize) {
        let comments = lists.iter().flat_map(|&list| self.syntax.texts(list));
        for (index, comment) in comments.enumerate() {
            if index == 0 {
                self.out.push(b' ');
            } else {
                self.end_line();
                self.indent(margin);
            }
            self.out.extend_from_slice(text::trim(comment));
        }
        self.end_line();
    }

    fn tokens(&mut self, tokens: List) {
        let mut apart = false;
        for token in self.syntax.texts(tokens) {
            if apart && !matches!(token, b"," | b")" | b"]" | b"}") {
                self.out.push(b' ');
            }
            self.out.extend_from_slice(token);
            apart = !matches!(token, b"(" | b"[" | b"{");
        }
    }
}
