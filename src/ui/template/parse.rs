//! From a template's text to its tree.
//!
//! Source: text/template/parse/parse.go, node.go.

use super::TemplateError;
use super::format::quoted;
use super::functions::{Function, REFUSED};
use super::lex::{self, Keyword, Kind, Token};
use super::syntax::{Branch, BranchKind, Command, Pipeline, Statement, Term, Word};

/// How deep parentheses and branches may be nested. Go allows more; a list of modules
/// needs a few.
const MAX_DEPTH: usize = 100;

const ACTIONS: &str =
    "if, else, with, range, break, continue, end, variables, and pipelines that print";

pub(super) fn parse(text: &str) -> Result<Vec<Statement>, TemplateError> {
    let tokens = lex::tokens(text);
    let mut parser = Parser {
        tokens,
        next: 0,
        seen: 0,
        variables: vec!["$".to_owned()],
        ranges: 0,
        depth: 0,
        action_line: None,
    };
    let (statements, end) = parser.statements(false)?;
    match end {
        Ending::EndOfText => Ok(statements),
        Ending::End => Err(parser.malformed("unexpected {{end}}")),
        Ending::Else => Err(parser.malformed("unexpected {{else}}")),
    }
}

/// What ended a list of statements.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    EndOfText,
    End,
    Else,
}

/// One action.
enum Action {
    Statement(Statement),
    Ending(Ending),
}

struct Parser<'t> {
    /// Never empty.
    tokens: Vec<Token<'t>>,
    next: usize,
    /// The last token that was looked at: errors name its line.
    seen: usize,
    /// Those that are declared here, with their dollar signs.
    variables: Vec<String>,
    /// How many ranges are open.
    ranges: usize,
    depth: usize,
    /// The line on which the action began.
    action_line: Option<usize>,
}

type Parsed<T> = Result<T, TemplateError>;

impl<'t> Parser<'t> {
    fn malformed(&self, message: impl Into<String>) -> TemplateError {
        TemplateError::Malformed { line: self.tokens[self.seen].line, message: message.into() }
    }

    fn unsupported(&self, what: String, supported: String) -> TemplateError {
        TemplateError::Unsupported { line: self.tokens[self.seen].line, what, supported }
    }

    /// The last token stays where it is.
    fn peek_at(&mut self, index: usize) -> Token<'t> {
        let index = index.min(self.tokens.len() - 1);
        self.seen = self.seen.max(index);
        self.tokens[index].clone()
    }

    fn peek(&mut self) -> Token<'t> {
        self.peek_at(self.next)
    }

    fn take(&mut self) -> Token<'t> {
        let token = self.peek();
        self.next += 1;
        token
    }

    fn skip_space(&mut self) {
        while self.peek().kind == Kind::Space {
            self.next += 1;
        }
    }

    fn peek_word(&mut self) -> Token<'t> {
        self.skip_space();
        self.peek()
    }

    fn take_word(&mut self) -> Token<'t> {
        self.skip_space();
        self.take()
    }

    fn unexpected<T>(&self, token: &Token<'_>, context: &str) -> Parsed<T> {
        if token.kind != Kind::Error {
            return Err(self.malformed(format!("unexpected {} in {context}", token.shown())));
        }
        let mut message = token.text.clone().into_owned();
        if let Some(line) = self.action_line.filter(|line| *line != token.line) {
            let action = if message.ends_with(" action") { "" } else { " in action" };
            message.push_str(&format!("{action} started at main:{line}"));
        }
        Err(self.malformed(message))
    }

    fn expect_right_delimiter(&mut self, context: &str) -> Parsed<()> {
        let token = self.take_word();
        match token.kind {
            Kind::RightDelimiter => Ok(()),
            _ => self.unexpected(&token, context),
        }
    }

    fn descend<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == MAX_DEPTH {
            let what = format!("nesting deeper than {MAX_DEPTH} levels");
            return Err(self.unsupported(what, String::new()));
        }
        self.depth += 1;
        let parsed = inner(self);
        self.depth -= 1;
        parsed
    }

    /// Statements up to what ends them: inside of a branch that is not the text's end.
    fn statements(&mut self, in_branch: bool) -> Parsed<(Vec<Statement>, Ending)> {
        let mut statements = Vec::new();
        loop {
            let token = self.take_word();
            match token.kind {
                Kind::End if in_branch => return Err(self.malformed("unexpected EOF")),
                Kind::End => return Ok((statements, Ending::EndOfText)),
                Kind::Text => statements.push(Statement::Text(token.text.into_owned())),
                Kind::LeftDelimiter => {
                    self.action_line = Some(token.line);
                    let action = self.action(in_branch)?;
                    self.action_line = None;
                    match action {
                        Action::Statement(statement) => statements.push(statement),
                        Action::Ending(ending) => return Ok((statements, ending)),
                    }
                }
                _ => return self.unexpected(&token, "input"),
            }
        }
    }

    fn action(&mut self, in_branch: bool) -> Parsed<Action> {
        let token = self.peek_word();
        let Kind::Keyword(keyword) = token.kind else {
            let pipeline = self.pipeline("command", Kind::RightDelimiter)?;
            return Ok(Action::Statement(Statement::Action(pipeline)));
        };
        if keyword == Keyword::Define && in_branch {
            return self.unexpected(&token, "command");
        }
        self.next += 1;
        Ok(match keyword {
            Keyword::Block | Keyword::Define | Keyword::Template => {
                let what = format!("action {:?}", token.text);
                return Err(self.unsupported(what, ACTIONS.to_owned()));
            }
            Keyword::Break => Action::Statement(self.leave_iteration("break", Statement::Break)?),
            Keyword::Continue => {
                Action::Statement(self.leave_iteration("continue", Statement::Continue)?)
            }
            Keyword::Else => {
                // What follows an `else` directly is parsed as an action of its own.
                let next = self.peek_word().kind;
                if !matches!(next, Kind::Keyword(Keyword::If | Keyword::With)) {
                    self.expect_right_delimiter("else")?;
                }
                Action::Ending(Ending::Else)
            }
            Keyword::End => {
                self.expect_right_delimiter("end")?;
                Action::Ending(Ending::End)
            }
            Keyword::If => Action::Statement(self.branch(BranchKind::If)?),
            Keyword::With => Action::Statement(self.branch(BranchKind::With)?),
            Keyword::Range => Action::Statement(self.branch(BranchKind::Range)?),
        })
    }

    fn leave_iteration(&mut self, name: &str, statement: Statement) -> Parsed<Statement> {
        self.expect_right_delimiter(&format!("{{{{{name}}}}}"))?;
        if self.ranges == 0 {
            return Err(self.malformed(format!("{{{{{name}}}}} outside {{{{range}}}}")));
        }
        Ok(statement)
    }

    fn branch(&mut self, kind: BranchKind) -> Parsed<Statement> {
        let variables = self.variables.len();
        let branch = self.descend(|parser| parser.branch_body(kind))?;
        self.variables.truncate(variables);
        Ok(Statement::Branch(branch))
    }

    fn branch_body(&mut self, kind: BranchKind) -> Parsed<Branch> {
        let pipeline = self.pipeline(kind.name(), Kind::RightDelimiter)?;
        let is_range = usize::from(kind == BranchKind::Range);
        self.ranges += is_range;
        let (body, ending) = self.statements(true)?;
        self.ranges -= is_range;
        let mut otherwise = Vec::new();
        if ending == Ending::Else {
            let next = self.peek().kind;
            let chains = match kind {
                BranchKind::If => next == Kind::Keyword(Keyword::If),
                BranchKind::With => next == Kind::Keyword(Keyword::With),
                BranchKind::Range => false,
            };
            if chains {
                // Its `end` is this branch's too.
                self.next += 1;
                otherwise.push(self.branch(kind)?);
            } else {
                let ending;
                (otherwise, ending) = self.statements(true)?;
                if ending != Ending::End {
                    return Err(self.malformed("expected end; found {{else}}"));
                }
            }
        }
        Ok(Branch { kind, pipeline, body, otherwise })
    }

    fn pipeline(&mut self, context: &str, end: Kind) -> Parsed<Pipeline> {
        let offset = self.peek_word().offset;
        let mut pipeline =
            Pipeline { offset, variables: Vec::new(), assigns: false, commands: Vec::new() };
        self.declarations(context, &mut pipeline)?;
        loop {
            let token = self.peek_word();
            match token.kind {
                kind if kind == end => {
                    self.next += 1;
                    break;
                }
                Kind::Bool
                | Kind::Character
                | Kind::Complex
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::Raw
                | Kind::Quoted
                | Kind::Variable
                | Kind::LeftParenthesis => pipeline.commands.push(self.command()?),
                _ => return self.unexpected(&token, context),
            }
        }
        if pipeline.commands.is_empty() {
            return Err(self.malformed(format!("missing value for {context}")));
        }
        let is_constant = |command: &Command| {
            use Term::{Bool, Dot, Nil, Number, Text};
            let first = command.words.first().map(|word| &word.term);
            matches!(first, Some(Bool(_) | Dot | Nil | Number { .. } | Text { .. }))
        };
        if let Some(index) = pipeline.commands.iter().skip(1).position(is_constant) {
            let message = format!("non executable command in pipeline stage {}", index + 2);
            return Err(self.malformed(message));
        }
        Ok(pipeline)
    }

    /// `$x :=`, `$x =`, and in a range `$i, $x :=`.
    fn declarations(&mut self, context: &str, pipeline: &mut Pipeline) -> Parsed<()> {
        loop {
            let start = self.next;
            let variable = self.peek_word();
            if variable.kind != Kind::Variable {
                return Ok(());
            }
            self.next += 1;
            let sign = self.peek_word();
            let is_comma = sign.kind == Kind::Other && sign.text == ",";
            if !is_comma && !matches!(sign.kind, Kind::Assign | Kind::Declare) {
                self.next = start;
                return Ok(());
            }
            self.next += 1;
            pipeline.variables.push(variable.text.clone().into_owned());
            self.variables.push(variable.text.into_owned());
            if !is_comma {
                pipeline.assigns = sign.kind == Kind::Assign;
                return Ok(());
            }
            if context != "range" || pipeline.variables.len() > 1 {
                return Err(self.malformed(format!("too many declarations in {context}")));
            }
            let next = self.peek_word().kind;
            if !matches!(next, Kind::Variable | Kind::RightDelimiter | Kind::RightParenthesis) {
                return Err(self.malformed("range can only initialize variables"));
            }
        }
    }

    fn command(&mut self) -> Parsed<Command> {
        let mut command = Command { offset: self.peek_word().offset, words: Vec::new() };
        loop {
            self.skip_space();
            command.words.extend(self.operand()?);
            let token = self.peek();
            match token.kind {
                Kind::Space => self.next += 1,
                Kind::RightDelimiter | Kind::RightParenthesis => break,
                Kind::Pipe => {
                    self.next += 1;
                    break;
                }
                _ => return self.unexpected(&token, "operand"),
            }
        }
        if command.words.is_empty() {
            return Err(self.malformed("empty command"));
        }
        Ok(command)
    }

    /// A term and the fields behind it, if there is one.
    fn operand(&mut self) -> Parsed<Option<Word>> {
        let Some(mut word) = self.term()? else { return Ok(None) };
        let chain = self.peek();
        if chain.kind != Kind::Field {
            return Ok(Some(word));
        }
        let mut fields = Vec::new();
        while self.peek().kind == Kind::Field {
            fields.push(self.take().text[1..].to_owned());
        }
        match &mut word.term {
            Term::Field(names) | Term::Variable(_, names) => {
                // The place of an error is that of the first field behind.
                names.append(&mut fields);
                word.offset = chain.offset;
            }
            Term::Dot | Term::Nil | Term::Bool(_) | Term::Number { .. } | Term::Text { .. } => {
                let term = quoted(&word.to_string(), false);
                return Err(self.malformed(format!("unexpected . after term {term}")));
            }
            Term::Function(_) | Term::Pipeline(_) | Term::Chain(..) => {
                word = Word { offset: chain.offset, term: Term::Chain(Box::new(word), fields) };
            }
        }
        Ok(Some(word))
    }

    fn term(&mut self) -> Parsed<Option<Word>> {
        let token = self.peek_word();
        let text = &*token.text;
        let starts_term = !matches!(
            token.kind,
            Kind::Error
                | Kind::End
                | Kind::Text
                | Kind::LeftDelimiter
                | Kind::RightDelimiter
                | Kind::Space
                | Kind::Declare
                | Kind::Assign
                | Kind::Pipe
                | Kind::RightParenthesis
                | Kind::Other
                | Kind::Keyword(_)
        );
        if !starts_term {
            return Ok(None);
        }
        self.next += 1;
        let term = match token.kind {
            Kind::Identifier => Term::Function(self.function(text)?),
            Kind::Nil => Term::Nil,
            Kind::Variable if self.variables.iter().any(|name| name == text) => {
                Term::Variable(text.to_owned(), Vec::new())
            }
            Kind::Variable => {
                return Err(self.malformed(format!("undefined variable {text:?}")));
            }
            Kind::Field => Term::Field(vec![text[1..].to_owned()]),
            Kind::Bool => Term::Bool(text == "true"),
            Kind::Number => Term::Number { value: self.number(text)?, written: text.to_owned() },
            Kind::Character => {
                let value = Some(self.character(text)?);
                Term::Number { value, written: text.to_owned() }
            }
            Kind::Complex => return Err(self.no_number("the complex constant", text)),
            Kind::LeftParenthesis => Term::Pipeline(self.descend(|parser| {
                parser.pipeline("parenthesized pipeline", Kind::RightParenthesis)
            })?),
            Kind::Quoted | Kind::Raw => {
                let value = match token.kind {
                    // Go leaves carriage returns out.
                    Kind::Raw => text[1..text.len() - 1].replace('\r', ""),
                    _ => self.unquoted(text)?,
                };
                Term::Text { value, written: text.to_owned() }
            }
            _ => Term::Dot,
        };
        Ok(Some(Word { offset: token.offset, term }))
    }

    fn function(&self, name: &str) -> Parsed<Function> {
        Function::named(name).ok_or_else(|| {
            if REFUSED.contains(&name) {
                self.unsupported(format!("function {name:?}"), Function::names())
            } else {
                self.malformed(format!("function {} not defined", quoted(name, false)))
            }
        })
    }

    fn no_number(&self, what: &str, text: &str) -> TemplateError {
        self.unsupported(format!("{what} {text}"), "integers".to_owned())
    }

    /// The value of an integer; `None` where only Go's uint64 has it.
    fn number(&self, text: &str) -> Parsed<Option<i64>> {
        let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
        if has_digit && text.ends_with('i') {
            return Err(self.no_number("the complex constant", text));
        }
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        if let Some(magnitude) = magnitude(unsigned) {
            let value = i128::from(magnitude) * if text.starts_with('-') { -1 } else { 1 };
            if let Ok(value) = i64::try_from(value) {
                return Ok(Some(value));
            }
            if unsigned.len() == text.len() {
                return Ok(None);
            }
        }
        if unsigned.bytes().all(|byte| byte.is_ascii_digit()) && has_digit {
            return Err(self.malformed(format!("integer overflow: {text:?}")));
        }
        if has_digit && text.contains(['.', 'e', 'E', 'p', 'P']) {
            return Err(self.no_number("the floating-point constant", text));
        }
        Err(self.malformed(format!("illegal number syntax: {text:?}")))
    }

    fn invalid_syntax(&self) -> TemplateError {
        self.malformed("invalid syntax")
    }

    fn character(&self, text: &str) -> Parsed<i64> {
        let mut rest = text[1..].chars();
        let unescaped = unescape(&mut rest, '\'').ok_or_else(|| self.invalid_syntax())?;
        if rest.as_str() != "'" {
            return Err(self.malformed(format!("malformed character constant: {text}")));
        }
        Ok(match unescaped {
            Unescaped::Character(c) => i64::from(u32::from(c)),
            Unescaped::Byte(byte) => i64::from(byte),
        })
    }

    fn unquoted(&self, text: &str) -> Parsed<String> {
        let mut rest = text[1..text.len() - 1].chars();
        let mut bytes = Vec::new();
        while !rest.as_str().is_empty() {
            match unescape(&mut rest, '"').ok_or_else(|| self.invalid_syntax())? {
                Unescaped::Character(c) => {
                    bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                Unescaped::Byte(byte) => bytes.push(byte),
            }
        }
        String::from_utf8(bytes).map_err(|_| {
            self.unsupported(format!("the string {text}, which is no UTF-8,"), String::new())
        })
    }
}

/// The value of an integer literal without a sign, in any base that Go has.
/// Source: `strconv.ParseUint` with base 0.
fn magnitude(text: &str) -> Option<u64> {
    let prefix = |letters: [&str; 2]| letters.iter().find_map(|letter| text.strip_prefix(letter));
    let (base, digits, after_prefix) = if let Some(digits) = prefix(["0x", "0X"]) {
        (16, digits, true)
    } else if let Some(digits) = prefix(["0b", "0B"]) {
        (2, digits, true)
    } else if let Some(digits) = prefix(["0o", "0O"]) {
        (8, digits, true)
    } else if text.len() > 1 && text.starts_with('0') {
        (8, &text[1..], true)
    } else {
        (10, text, false)
    };
    // An underscore stands between digits, or between a prefix and a digit.
    let (mut value, mut may_separate, mut is_complete) = (0u64, after_prefix, false);
    for c in digits.chars() {
        if c == '_' && may_separate {
            (may_separate, is_complete) = (false, false);
            continue;
        }
        let digit = c.to_digit(base)?;
        value = value.checked_mul(u64::from(base))?.checked_add(u64::from(digit))?;
        (may_separate, is_complete) = (true, true);
    }
    is_complete.then_some(value)
}

enum Unescaped {
    Character(char),
    Byte(u8),
}

/// Takes one character or escape of a literal in these quotes; `None` where it is none.
/// Source: `strconv.UnquoteChar`.
fn unescape(rest: &mut std::str::Chars<'_>, quote: char) -> Option<Unescaped> {
    let first = rest.next()?;
    if first == quote {
        return None;
    }
    if first != '\\' {
        return Some(Unescaped::Character(first));
    }
    let letter = rest.next()?;
    let (count, base, value) = match letter {
        'a' => return Some(Unescaped::Character('\x07')),
        'b' => return Some(Unescaped::Character('\x08')),
        'f' => return Some(Unescaped::Character('\x0c')),
        'n' => return Some(Unescaped::Character('\n')),
        'r' => return Some(Unescaped::Character('\r')),
        't' => return Some(Unescaped::Character('\t')),
        'v' => return Some(Unescaped::Character('\x0b')),
        '\\' => return Some(Unescaped::Character(letter)),
        _ if letter == quote => return Some(Unescaped::Character(letter)),
        'x' => (2, 16, 0),
        'u' => (4, 16, 0),
        'U' => (8, 16, 0),
        _ => (2, 8, letter.to_digit(8)?),
    };
    let value = (0..count).try_fold(value, |value: u32, _| {
        value.checked_mul(base)?.checked_add(rest.next()?.to_digit(base)?)
    })?;
    match letter {
        'u' | 'U' => char::from_u32(value).map(Unescaped::Character),
        _ => u8::try_from(value).ok().map(Unescaped::Byte),
    }
}
