//! The tree of a go.mod file: statements, lines, blocks and the comments on them.
//!
//! A build reads thousands of these files, so the tree allocates by the file and not by
//! the node. One buffer holds the source and, behind it, whatever edits add; a [`Span`]
//! is a piece of that buffer, a [`List`] a run of spans (the tokens of a line, or
//! comments), and lines and blocks are known by their number.

use super::text;

/// A piece of the tree's text: a token, or a comment with its `//`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    /// A blank line among whole-line comments.
    pub const BLANK: Span = Span { start: 0, end: 0 };

    pub fn is_blank(self) -> bool {
        self.start == self.end
    }
}

/// A run of spans.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct List {
    start: usize,
    len: usize,
}

impl List {
    pub fn len(self) -> usize {
        self.len
    }

    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// The list without its first span.
    pub fn rest(self) -> List {
        List { start: self.start + 1, len: self.len - 1 }
    }
}

/// The comments on one part of the tree.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Comments {
    /// Whole-line comments above it, and blank lines among them inside a block.
    pub before: List,
    /// End-of-line comments behind it.
    pub suffix: List,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct LineId(usize);

impl LineId {
    /// Distinguishes lines of one tree: they are numbered from zero.
    pub fn index(self) -> usize {
        self.0
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct BlockId(usize);

/// A line of tokens, by itself or in a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// The tokens; without the verb in a block; none where an edit removed the line.
    pub tokens: List,
    pub comments: Comments,
    pub in_block: bool,
    /// Where the line begins in the source, and on which line of it (from 1, or 0
    /// where an edit added it).
    pub start: usize,
    pub number: usize,
}

/// `verb ( … )`.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// The tokens before the parenthesis.
    pub header: List,
    pub comments: Comments,
    /// End-of-line comments behind the opening parenthesis.
    pub opening: List,
    pub lines: Vec<LineId>,
    /// Comments on the closing parenthesis.
    pub closing: Comments,
    /// As in [`Line`].
    pub start: usize,
    pub number: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Statement {
    /// Comments that stand apart from any directive: an index into the tree's `apart`.
    Comments(usize),
    Line(LineId),
    Block(BlockId),
}

/// Where [`Syntax::add_line`] puts a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// With the last statement of the same verb, else at the end of the file.
    LastOfVerb,
    /// Behind this line; in its block, where the verb is the same.
    After(LineId),
    /// Before all statements but the comments at the top.
    Top,
    End,
}

/// A whole file.
#[derive(Clone, Debug, Default)]
pub(super) struct Syntax {
    text: Vec<u8>,
    spans: Vec<Span>,
    lines: Vec<Line>,
    blocks: Vec<Block>,
    pub apart: Vec<Comments>,
    pub statements: Vec<Statement>,
    /// End-of-line comments that follow no node on a single line.
    pub stray: List,
}

impl Syntax {
    /// A tree without statements over a source.
    pub fn over(source: &[u8]) -> Self {
        let lines = source.iter().filter(|byte| **byte == b'\n').count() + 1;
        Self {
            text: source.to_vec(),
            // Path, version and `// indirect`: few lines have more.
            spans: Vec::with_capacity(3 * lines),
            lines: Vec::with_capacity(lines),
            ..Self::default()
        }
    }

    pub fn bytes(&self, span: Span) -> &[u8] {
        &self.text[span.start..span.end]
    }

    pub fn spans(&self, list: List) -> &[Span] {
        &self.spans[list.start..list.start + list.len]
    }

    /// The texts of a list.
    pub fn texts(&self, list: List) -> impl DoubleEndedIterator<Item = &[u8]> + Clone {
        self.spans(list).iter().map(|&span| self.bytes(span))
    }

    /// One text of a list; `None` where the list is shorter.
    pub fn nth(&self, list: List, index: usize) -> Option<&[u8]> {
        self.spans(list).get(index).map(|&span| self.bytes(span))
    }

    pub fn line(&self, id: LineId) -> &Line {
        &self.lines[id.0]
    }

    pub fn line_mut(&mut self, id: LineId) -> &mut Line {
        &mut self.lines[id.0]
    }

    pub fn line_count(&self) -> usize {
        self.lines.len()
    }

    pub fn block(&self, id: BlockId) -> &Block {
        &self.blocks[id.0]
    }

    pub fn block_mut(&mut self, id: BlockId) -> &mut Block {
        &mut self.blocks[id.0]
    }

    pub fn new_line(&mut self, line: Line) -> LineId {
        self.lines.push(line);
        LineId(self.lines.len() - 1)
    }

    pub fn new_block(&mut self, block: Block) -> BlockId {
        self.blocks.push(block);
        BlockId(self.blocks.len() - 1)
    }

    /// Begins a list whose spans [`Syntax::push`] adds; it must be complete before
    /// the next one begins.
    pub fn begin_list(&self) -> List {
        List { start: self.spans.len(), len: 0 }
    }

    pub fn push(&mut self, list: &mut List, span: Span) {
        if list.start + list.len != self.spans.len() {
            // Another list lies behind this one: move it to the end.
            *list = self.join(*list, List::default());
        }
        self.spans.push(span);
        list.len += 1;
    }

    /// The first list followed by the second.
    pub fn join(&mut self, first: List, second: List) -> List {
        if second.is_empty() && first.start + first.len == self.spans.len() {
            return first;
        }
        let start = self.spans.len();
        self.spans.extend_from_within(first.start..first.start + first.len);
        self.spans.extend_from_within(second.start..second.start + second.len);
        List { start, len: first.len + second.len }
    }

    /// Adds a text that the source does not hold.
    pub fn store(&mut self, text: &[u8]) -> Span {
        let start = self.text.len();
        self.text.extend_from_slice(text);
        Span { start, end: self.text.len() }
    }

    /// Adds a list of texts that the source does not hold.
    pub fn store_list<'a>(&mut self, texts: impl IntoIterator<Item = &'a [u8]>) -> List {
        let mut list = self.begin_list();
        for text in texts {
            let span = self.store(text);
            self.push(&mut list, span);
        }
        list
    }

    /// Replaces one text of a list in place.
    pub fn set(&mut self, list: List, index: usize, text: &[u8]) {
        let at = list.start + index;
        if self.bytes(self.spans[at]) != text {
            self.spans[at] = self.store(text);
        }
    }

    /// The column of a place in the source: characters from the start of its line, from 1.
    pub fn column(&self, at: usize) -> usize {
        column(&self.text, at)
    }

    /// The verb of a statement; `None` for comments and removed lines.
    pub fn verb(&self, statement: Statement) -> Option<&[u8]> {
        match statement {
            Statement::Comments(_) => None,
            Statement::Line(id) => self.nth(self.line(id).tokens, 0),
            Statement::Block(id) => self.nth(self.block(id).header, 0),
        }
    }

    fn added_line(&mut self, tokens: &[&[u8]], in_block: bool) -> LineId {
        let tokens = self.store_list(tokens[usize::from(in_block)..].iter().copied());
        if in_block {
            self.keep_from_closing(tokens);
        }
        self.new_line(Line { tokens, comments: Comments::default(), in_block, start: 0, number: 0 })
    }

    /// A block of lines without comments, not yet part of the file.
    pub fn added_block(&mut self, header: List, lines: Vec<LineId>) -> BlockId {
        self.new_block(Block {
            header,
            comments: Comments::default(),
            opening: List::default(),
            lines,
            closing: Comments::default(),
            start: 0,
            number: 0,
        })
    }

    /// Quotes a parenthesis that a line of a block would begin with, and so end the block: on a
    /// line of its own it is a word. go leaves it, and cannot read the file that it has written.
    fn keep_from_closing(&mut self, tokens: List) {
        if self.nth(tokens, 0) == Some(b")") {
            self.set(tokens, 0, br#"")""#);
        }
    }

    /// The block that a statement is; a line becomes one that holds it.
    pub fn block_at(&mut self, statement: usize) -> BlockId {
        let id = match self.statements[statement] {
            Statement::Block(id) => return id,
            Statement::Line(id) => id,
            Statement::Comments(_) => unreachable!("only statements with a verb are asked for"),
        };
        let line = &mut self.lines[id.0];
        let header = List { len: 1, ..line.tokens };
        line.tokens = line.tokens.rest();
        line.in_block = true;
        let tokens = line.tokens;
        self.keep_from_closing(tokens);
        let block = self.added_block(header, vec![id]);
        self.statements[statement] = Statement::Block(block);
        block
    }

    /// Adds a line; `tokens` begins with the verb. A line that it joins becomes a block.
    pub fn add_line(&mut self, place: Place, tokens: &[&[u8]]) -> LineId {
        if place == Place::Top {
            let is_comment = |statement: &Statement| matches!(statement, Statement::Comments(_));
            let at = self.statements.iter().take_while(|statement| is_comment(statement)).count();
            let line = self.added_line(tokens, false);
            self.statements.insert(at, Statement::Line(line));
            return line;
        }
        // The statement to join, and where in it if it is a block.
        let found = match place {
            Place::LastOfVerb => (0..self.statements.len())
                .rev()
                .find(|&at| self.verb(self.statements[at]) == tokens.first().copied())
                .map(|at| (at, None)),
            Place::After(hint) => {
                self.statements.iter().enumerate().find_map(|(at, statement)| match *statement {
                    Statement::Line(id) => (id == hint).then_some((at, None)),
                    Statement::Block(id) => {
                        let within = self.block(id).lines.iter().position(|&id| id == hint)?;
                        Some((at, Some(within)))
                    }
                    Statement::Comments(_) => None,
                })
            }
            Place::Top | Place::End => None,
        };
        let Some((at, within)) = found else {
            let line = self.added_line(tokens, false);
            self.statements.push(Statement::Line(line));
            return line;
        };
        if self.verb(self.statements[at]) != tokens.first().copied() {
            let line = self.added_line(tokens, false);
            self.statements.insert(at + 1, Statement::Line(line));
            return line;
        }
        let line = self.added_line(tokens, true);
        let block = self.block_at(at);
        let lines = &mut self.block_mut(block).lines;
        lines.insert(within.map_or(lines.len(), |within| within + 1), line);
        line
    }

    /// Replaces the tokens of a line; `tokens` begins with the verb.
    pub fn update_line(&mut self, id: LineId, tokens: &[&[u8]]) {
        let in_block = self.line(id).in_block;
        let tokens = self.store_list(tokens[usize::from(in_block)..].iter().copied());
        if in_block {
            self.keep_from_closing(tokens);
        }
        self.line_mut(id).tokens = tokens;
    }

    /// Marks a line, and its end-of-line comment, for [`Syntax::cleanup`] to drop.
    pub fn remove_line(&mut self, id: LineId) {
        let line = self.line_mut(id);
        line.tokens = List::default();
        line.comments.suffix = List::default();
    }

    /// Drops the lines that are marked, empty blocks, and the parentheses around single
    /// lines. Source: `FileSyntax.Cleanup`.
    pub fn cleanup(&mut self) {
        let statements = std::mem::take(&mut self.statements);
        self.statements = statements
            .into_iter()
            .filter_map(|statement| match statement {
                Statement::Comments(_) => Some(statement),
                Statement::Line(id) => (!self.line(id).tokens.is_empty()).then_some(statement),
                Statement::Block(id) => self.cleanup_block(id),
            })
            .collect();
    }

    fn cleanup_block(&mut self, id: BlockId) -> Option<Statement> {
        let mut lines = std::mem::take(&mut self.block_mut(id).lines);
        lines.retain(|&line| !self.line(line).tokens.is_empty());
        let block = &mut self.blocks[id.0];
        block.lines = lines;
        let only = match block.lines[..] {
            [] => return None,
            // A comment before the closing parenthesis would have no place.
            [only] if block.closing.before.is_empty() => only,
            _ => return Some(Statement::Block(id)),
        };
        let (header, of_block) = (block.header, block.comments);
        let Line { tokens, comments, .. } = *self.line(only);
        let tokens = self.join(header, tokens);
        let before = self.join(of_block.before, comments.before);
        let suffix = self.join(comments.suffix, of_block.suffix);
        let line = self.line_mut(only);
        line.tokens = tokens;
        line.comments = Comments { before, suffix };
        line.in_block = false;
        Some(Statement::Line(only))
    }

    /// Drops the lines that are chosen, and every block that is empty then.
    pub fn drop_lines(&mut self, chosen: impl Fn(LineId) -> bool) {
        let blocks = &mut self.blocks;
        self.statements.retain(|statement| match *statement {
            Statement::Comments(_) => true,
            Statement::Line(id) => !chosen(id),
            Statement::Block(BlockId(id)) => {
                blocks[id].lines.retain(|&line| !chosen(line));
                !blocks[id].lines.is_empty()
            }
        });
    }

    /// The line of the source that a line stands on, from 1; `None` where an edit added it.
    pub fn line_number(&self, id: LineId) -> Option<usize> {
        Some(self.line(id).number).filter(|&number| number > 0)
    }

    /// Whether a line carries `// indirect`.
    pub fn is_indirect(&self, id: LineId) -> bool {
        let Some(comment) = self.nth(self.line(id).comments.suffix, 0) else { return false };
        let words = text::trim(comment.strip_prefix(b"//").unwrap_or(comment));
        // `indirect` alone, or `indirect;` and a reason.
        words == b"indirect"
            || words
                .strip_prefix(b"indirect;")
                .is_some_and(|reason| text::trim(reason).len() < reason.len())
    }
}

/// The column of a place: characters from the start of its line, from 1.
pub(super) fn column(source: &[u8], at: usize) -> usize {
    let start = source[..at].iter().rposition(|&b| b == b'\n').map_or(0, |newline| newline + 1);
    1 + text::count_characters(&source[start..at])
}
