//! Build constraints: which files of a package are built where.
//!
//! Source: go/build/constraint, cmd/go/internal/imports/build.go, tags.go.

use std::collections::HashSet;

use crate::spec::modfile::trim;
use crate::spec::unicode;

/// Operating systems that a file name may end in, whether Go still builds for them or not.
const SYSTEMS: [&str; 18] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
];

/// Those of [`SYSTEMS`] that the tag `unix` stands for.
const UNIX: [&str; 12] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "linux",
    "netbsd",
    "openbsd",
    "solaris",
];

/// Architectures that a file name may end in.
const ARCHITECTURES: [&str; 24] = [
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "arm64",
    "arm64be",
    "armbe",
    "loong64",
    "mips",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "mipsle",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

/// The platform and the tags that packages are read for.
#[derive(Clone, Debug)]
pub struct Tags(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Any,
    Of { tags: HashSet<String>, is_unix: bool },
}

/// What a build is made for.
#[derive(Clone, Copy, Debug)]
pub struct Platform<'a> {
    /// GOOS.
    pub system: &'a str,
    /// GOARCH.
    pub architecture: &'a str,
    /// Whether cgo is enabled.
    pub cgo: bool,
    /// The Go release: 26 of Go 1.26, of which `go1.1` to `go1.26` hold.
    pub release: u32,
    /// Other tags that hold: those of `-tags`, and the toolchain's own, such as `amd64.v1`
    /// and `goexperiment.regabiwrappers`.
    pub others: &'a [String],
}

impl Tags {
    /// Those of all platforms together: every tag but `ignore` both holds and does not,
    /// whichever lets a file be built. `go get`, `go mod tidy` and `go mod vendor` read so.
    pub fn any() -> Self {
        Self(Kind::Any)
    }

    /// Those of one platform.
    pub fn of(platform: Platform<'_>) -> Self {
        let mut tags: HashSet<String> = platform.others.iter().cloned().collect();
        tags.extend([platform.system, platform.architecture, "gc"].map(str::to_owned));
        tags.extend(platform.cgo.then(|| "cgo".to_owned()));
        tags.extend((1..=platform.release).map(|minor| format!("go1.{minor}")));
        Self(Kind::Of { tags, is_unix: UNIX.contains(&platform.system) })
    }

    /// Whether they are those of all platforms together.
    pub fn are_any(&self) -> bool {
        matches!(self.0, Kind::Any)
    }

    /// Whether files that use cgo are built.
    pub fn have_cgo(&self) -> bool {
        match &self.0 {
            Kind::Any => true,
            Kind::Of { tags, .. } => tags.contains("cgo"),
        }
    }

    /// Whether a tag holds; `wanted` where all of them may.
    fn hold(&self, tag: &str, wanted: bool) -> bool {
        let (tags, is_unix) = match &self.0 {
            Kind::Any => return tag != "ignore" && wanted,
            Kind::Of { tags, is_unix } => (tags, *is_unix),
        };
        tags.contains(tag)
            || match tag {
                "linux" => tags.contains("android"),
                "solaris" => tags.contains("illumos"),
                "darwin" => tags.contains("ios"),
                "unix" => is_unix,
                _ => false,
            }
    }

    /// Whether a file of this name may be built: names may end in `_GOOS`, `_GOARCH` or
    /// `_GOOS_GOARCH`, and `_test` behind that, before the first dot.
    pub fn match_file_name(&self, name: &str) -> bool {
        if matches!(self.0, Kind::Any) {
            return true;
        }
        let stem = name.split('.').next().unwrap_or(name);
        // What stands before the first underscore is never a platform: linux.go.
        let Some((_, words)) = stem.split_once('_') else { return true };
        let words = match words.rsplit_once('_') {
            Some((words, "test")) => words,
            None if words == "test" => return true,
            _ => words,
        };
        let (before, last) = match words.rsplit_once('_') {
            Some((before, last)) => (before.rsplit('_').next(), last),
            None => (None, words),
        };
        let is_architecture = ARCHITECTURES.contains(&last);
        let system = before.filter(|word| is_architecture && SYSTEMS.contains(word));
        let holds = |word: &str| self.hold(word, true);
        let is_word = is_architecture || SYSTEMS.contains(&last);
        (!is_word || holds(last)) && system.is_none_or(holds)
    }
}

/// A boolean expression over tags.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expression {
    /// A tag.
    Tag(String),
    /// `!`.
    Not(Box<Expression>),
    /// `&&`, or a comma.
    And(Box<Expression>, Box<Expression>),
    /// `||`, or a space in a `+build` line.
    Or(Box<Expression>, Box<Expression>),
}

/// Why a constraint is none.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InvalidConstraint {
    /// More than one `//go:build` line.
    #[error("multiple //go:build comments")]
    Multiple,
    /// A `//go:build` line that is no expression.
    #[error("parsing //go:build line: {0}")]
    Syntax(SyntaxError),
}

/// An expression that cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{reason}")]
pub struct SyntaxError {
    /// Where in the expression, in bytes.
    pub offset: usize,
    /// What is wrong there.
    pub reason: String,
}

impl Expression {
    /// Reads what stands behind `//go:build`.
    ///
    /// # Errors
    /// It is no expression, or has more than a thousand operands.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        Parser { text, at: 0, token: Token::End, start: 0 }.expression()
    }

    /// Reads what stands behind `// +build`: groups between spaces, of which one has to hold,
    /// of tags between commas, which have to hold all. `None` where there are too many.
    pub fn parse_plus_build(text: &str) -> Option<Self> {
        /// Go refuses lines with more operators.
        const MOST: usize = 100;
        // What cannot be a tag never holds, as `ignore` does not.
        let tag = |word: &str| {
            let is_tag = !word.is_empty() && word.chars().all(is_tag_character);
            Self::Tag(if is_tag { word } else { "ignore" }.to_owned())
        };
        let literal = |word: &str| match word.strip_prefix('!') {
            None => tag(word),
            Some(rest) if rest.is_empty() || rest.starts_with('!') => tag(""),
            Some(rest) => Self::Not(Box::new(tag(rest))),
        };
        let mut operators = 0;
        let mut whole: Option<Self> = None;
        for group in text.split_whitespace() {
            let literals = group.split(',').map(literal);
            let group = literals.reduce(|all, next| {
                operators += 1;
                Self::And(Box::new(all), Box::new(next))
            })?;
            whole = Some(match whole {
                None => group,
                Some(before) => {
                    operators += 1;
                    Self::Or(Box::new(before), Box::new(group))
                }
            });
            if operators > MOST {
                return None;
            }
        }
        Some(whole.unwrap_or_else(|| tag("")))
    }

    /// Whether the expression holds.
    pub fn holds(&self, tags: &Tags) -> bool {
        self.holds_where(tags, true)
    }

    fn holds_where(&self, tags: &Tags, wanted: bool) -> bool {
        match self {
            Self::Tag(tag) => tags.hold(tag, wanted),
            Self::Not(of) => !of.holds_where(tags, !wanted),
            Self::And(a, b) => a.holds_where(tags, wanted) && b.holds_where(tags, wanted),
            Self::Or(a, b) => a.holds_where(tags, wanted) || b.holds_where(tags, wanted),
        }
    }
}

fn is_tag_character(c: char) -> bool {
    c == '_' || c == '.' || unicode::is_letter(c) || unicode::is_digit(c)
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Token<'a> {
    End,
    Symbol(&'a str),
    Tag(&'a str),
}

impl std::fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::End => Ok(()),
            Self::Symbol(text) | Self::Tag(text) => f.write_str(text),
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    /// What follows the token.
    at: usize,
    token: Token<'a>,
    /// Where the token starts.
    start: usize,
}

/// What was read of an expression in parentheses, or of the whole.
#[derive(Default)]
struct Group {
    /// Where it opens.
    start: usize,
    is_negated: bool,
    /// What stands before the last `||`, and what behind it.
    any_of: Option<Expression>,
    all_of: Option<Expression>,
}

impl Group {
    fn push(&mut self, operand: Expression) {
        self.all_of = Some(match self.all_of.take() {
            Some(before) => Expression::And(Box::new(before), Box::new(operand)),
            None => operand,
        });
    }

    fn end_alternative(&mut self) {
        self.any_of = match (self.any_of.take(), self.all_of.take()) {
            (Some(a), Some(b)) => Some(Expression::Or(Box::new(a), Box::new(b))),
            (a, b) => a.or(b),
        };
    }
}

fn negate_if(is_negated: bool, operand: Expression) -> Expression {
    if is_negated { Expression::Not(Box::new(operand)) } else { operand }
}

impl<'a> Parser<'a> {
    fn failed(&self, reason: impl Into<String>) -> SyntaxError {
        SyntaxError { offset: self.start, reason: reason.into() }
    }

    /// Parentheses may be a thousand deep, so this keeps the open ones itself.
    fn expression(mut self) -> Result<Expression, SyntaxError> {
        /// Go refuses expressions with more.
        const MOST_OPERANDS: usize = 1000;
        const UNCLOSED: &str = "missing close paren";
        let mut outer: Vec<Group> = Vec::new();
        let mut group = Group::default();
        for _ in 0..MOST_OPERANDS {
            self.advance()?;
            let is_negated = self.token == Token::Symbol("!");
            if is_negated {
                self.advance()?;
            }
            match self.token {
                Token::Tag(tag) => {
                    group.push(negate_if(is_negated, Expression::Tag(tag.to_owned())));
                    self.advance()?;
                }
                Token::Symbol("(") => {
                    let inner = Group { start: self.start, is_negated, ..Group::default() };
                    outer.push(std::mem::replace(&mut group, inner));
                    continue;
                }
                Token::Symbol("!") => return Err(self.failed("double negation not allowed")),
                Token::End if outer.is_empty() => {
                    return Err(self.failed("unexpected end of expression"));
                }
                Token::End => return Err(self.failed(UNCLOSED)),
                token => return Err(self.failed(format!("unexpected token {token}"))),
            }
            while self.token == Token::Symbol(")")
                && let Some(around) = outer.pop()
            {
                group.end_alternative();
                let inner = std::mem::replace(&mut group, around);
                let is_negated = inner.is_negated;
                inner.any_of.into_iter().for_each(|of| group.push(negate_if(is_negated, of)));
                self.advance()?;
            }
            match self.token {
                Token::Symbol("&&") => {}
                Token::Symbol("||") => group.end_alternative(),
                _ if !outer.is_empty() => {
                    return Err(SyntaxError { offset: group.start, reason: UNCLOSED.to_owned() });
                }
                Token::End => {
                    group.end_alternative();
                    return group.any_of.ok_or_else(|| self.failed(UNCLOSED));
                }
                token => return Err(self.failed(format!("unexpected token {token}"))),
            }
        }
        Err(self.failed("build expression too large"))
    }

    fn advance(&mut self) -> Result<(), SyntaxError> {
        let rest = self.text[self.at..].trim_start_matches([' ', '\t']);
        self.start = self.text.len() - rest.len();
        let tag_length = rest.find(|c| !is_tag_character(c)).unwrap_or(rest.len());
        (self.token, self.at) = match rest.as_bytes() {
            [] => (Token::End, self.start),
            [b'(' | b')' | b'!', ..] => (Token::Symbol(&rest[..1]), self.start + 1),
            [b'&', b'&', ..] | [b'|', b'|', ..] => (Token::Symbol(&rest[..2]), self.start + 2),
            _ if tag_length > 0 => (Token::Tag(&rest[..tag_length]), self.start + tag_length),
            _ => {
                let c: String = rest.chars().take(1).collect();
                return Err(self.failed(format!("invalid syntax at {c}")));
            }
        };
        Ok(())
    }
}

/// What the head of a file says of where it is built.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Constraint {
    /// All of these have to hold.
    all_of: Vec<Expression>,
}

impl Constraint {
    /// Reads the constraint at the head of a file.
    ///
    /// A `//go:build` line counts wherever only blank lines and comments precede it, and
    /// alone. Without one, `// +build` lines count that stand, among `//` comments and blank
    /// lines only, before the last blank line above anything else; those that cannot be read
    /// count as not there.
    ///
    /// # Errors
    /// There are several `//go:build` lines, or what the one says cannot be read.
    pub fn read(source: &[u8]) -> Result<Self, InvalidConstraint> {
        let (go_build, plus_build_end) = scan_lines(source)?;
        if let Some(line) = go_build {
            let text = String::from_utf8_lossy(trim(&line[GO_BUILD.len()..]));
            let expression = Expression::parse(&text).map_err(InvalidConstraint::Syntax)?;
            return Ok(Self { all_of: vec![expression] });
        }
        let lines = source[..plus_build_end].split(|&byte| byte == b'\n');
        let expression = |line| Expression::parse_plus_build(&plus_build(trim(line))?);
        Ok(Self { all_of: lines.filter_map(expression).collect() })
    }

    /// Whether a file is built.
    pub fn holds(&self, tags: &Tags) -> bool {
        self.all_of.iter().all(|expression| expression.holds(tags))
    }
}

const GO_BUILD: &[u8] = b"//go:build";

/// Whether a line is one for Go's newer constraints, whatever it says.
fn is_go_build(line: &[u8]) -> bool {
    line.strip_prefix(GO_BUILD).is_some_and(|rest| rest.is_empty() || trim(rest).len() < rest.len())
}

/// What a line says behind `// +build`.
fn plus_build(line: &[u8]) -> Option<String> {
    let rest = trim(line.strip_prefix(b"//")?).strip_prefix(b"+build")?;
    let text = trim(rest);
    (rest.is_empty() || text.len() < rest.len()).then(|| String::from_utf8_lossy(text).into_owned())
}

/// The `//go:build` line of a file, and where the part ends in which `+build` lines count.
fn scan_lines(source: &[u8]) -> Result<(Option<&[u8]>, usize), InvalidConstraint> {
    let mut go_build = None;
    let mut end = 0;
    let mut at = 0;
    let mut only_line_comments = true;
    let mut in_comment = false;
    for whole in source.split_inclusive(|&byte| byte == b'\n') {
        at += whole.len();
        let mut line = trim(whole);
        if line.is_empty() && only_line_comments {
            end = at;
            continue;
        }
        if !line.starts_with(b"//") {
            only_line_comments = false;
        }
        if !in_comment && is_go_build(line) && go_build.replace(line).is_some() {
            return Err(InvalidConstraint::Multiple);
        }
        while !line.is_empty() {
            if in_comment {
                let Some(close) = line.windows(2).position(|pair| pair == b"*/") else { break };
                in_comment = false;
                line = trim(&line[close + 2..]);
            } else if line.starts_with(b"//") {
                break;
            } else if line.starts_with(b"/*") {
                in_comment = true;
                line = trim(&line[2..]);
            } else {
                return Ok((go_build, end));
            }
        }
    }
    Ok((go_build, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(system: &str, architecture: &str, others: &[&str]) -> Tags {
        let others: Vec<String> = others.iter().map(|tag| (*tag).to_owned()).collect();
        Tags::of(Platform { system, architecture, cgo: true, release: 26, others: &others })
    }

    #[test]
    fn expressions() {
        let linux = tags("linux", "amd64", &["own"]);
        for (text, want) in [
            ("linux && !windows", true),
            ("unix && gc && cgo && go1.1 && go1.26 && own", true),
            ("go1.27 || js", false),
            ("!(linux || windows)", false),
            ("linux || windows && js", true),
            ("(linux || windows) && js", false),
            ("!ignore", true),
        ] {
            let expression = Expression::parse(text).expect(text);
            assert_eq!(expression.holds(&linux), want, "{text}");
        }
        for (text, reason) in [
            ("", "unexpected end of expression"),
            ("a b", "unexpected token b"),
            ("a &&", "unexpected end of expression"),
            ("(a &&", "missing close paren"),
            ("(a", "missing close paren"),
            ("a)", "unexpected token )"),
            ("!!a", "double negation not allowed"),
            ("a & b", "invalid syntax at &"),
            ("a-b", "invalid syntax at -"),
        ] {
            assert_eq!(Expression::parse(text).expect_err(text).reason, reason, "{text}");
        }
        let deep = format!("{}a{}", "!(".repeat(999), ")".repeat(999));
        assert!(!Expression::parse(&deep).expect("read").holds(&tags("a", "b", &[])));
        assert!(Expression::parse(&format!("!({deep})")).is_err());
    }

    #[test]
    fn any_tags_hold_and_do_not() {
        for (text, want) in [
            ("linux && windows && !linux", true),
            ("!(linux && !linux)", true),
            ("ignore", false),
            ("!ignore", true),
            ("ignore || x", true),
            ("!(ignore || x)", true),
            ("!(!ignore || x)", false),
        ] {
            assert_eq!(Expression::parse(text).expect(text).holds(&Tags::any()), want, "{text}");
        }
    }

    #[test]
    fn systems_stand_for_others() {
        for (system, tag, want) in [
            ("android", "linux", true),
            ("linux", "android", false),
            ("illumos", "solaris", true),
            ("ios", "darwin", true),
            ("ios", "unix", true),
            ("plan9", "unix", false),
            ("js", "unix", false),
        ] {
            let holds = Expression::Tag(tag.to_owned()).holds(&tags(system, "arm64", &[]));
            assert_eq!(holds, want, "{system} {tag}");
        }
        // As the loader has it, a tag of the user's does the same.
        assert!(Expression::Tag("solaris".into()).holds(&tags("js", "wasm", &["illumos"])));
    }

    #[test]
    fn names_of_files() {
        let linux = tags("linux", "amd64", &["own"]);
        for (name, want) in [
            ("linux.go", true),
            ("windows.go", true),
            ("x_windows.go", false),
            ("x_windows_test.go", false),
            ("x_linux_arm64.go", false),
            ("x_windows_amd64.go", false),
            ("x_linux_amd64_test.go", true),
            ("x_windows_y.go", true),
            ("windows_amd64.go", true),
            ("x_test_windows.go", false),
            ("x_test_test.go", true),
            ("x_unix.go", true),
            ("x_own.go", true),
            ("x_windows.y_linux.go", false),
            ("_test.go", true),
        ] {
            assert_eq!(linux.match_file_name(name), want, "{name}");
            assert!(Tags::any().match_file_name(name), "{name}");
        }
    }

    #[test]
    fn the_lines_that_count() {
        let linux = tags("linux", "amd64", &["own"]);
        for (text, want) in [
            ("//go:build js\n\npackage p", Some(false)),
            ("//go:build js\npackage p", Some(false)),
            ("// a\n/* b */ //go:build js\npackage p", Some(true)),
            ("/* b */\n//go:build js\npackage p", Some(false)),
            ("/*\n//go:build js\n*/\npackage p", Some(true)),
            ("package p\n\n//go:build js\n", Some(true)),
            ("//go:buildjs\n\npackage p", Some(true)),
            ("//go:build\n\npackage p", None),
            ("//go:build linux\n// +build js\n\npackage p", Some(true)),
            ("//go:build js\n\n//go:build js\n", None),
            ("// +build js\n\npackage p", Some(false)),
            ("// +build js\npackage p", Some(true)),
            ("// +build js\n// a\npackage p", Some(true)),
            ("/* a */\n// +build js\n\npackage p", Some(true)),
            ("// +build linux\n// +build js\n\npackage p", Some(false)),
            ("// +build js linux,own\n\npackage p", Some(true)),
            ("// +build js linux,!own\n\npackage p", Some(false)),
            ("//+build !!linux\n\npackage p", Some(false)),
            ("// +build\n\npackage p", Some(false)),
        ] {
            let read = Constraint::read(text.as_bytes());
            assert_eq!(read.ok().map(|constraint| constraint.holds(&linux)), want, "{text:?}");
        }
    }
}
