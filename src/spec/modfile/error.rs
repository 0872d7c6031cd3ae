//! What can be wrong with a go.mod file, in the words the go command uses.

use std::fmt;

use super::text::{quote, quote_character};
use crate::spec::version::InvalidVersion;

/// A place in a file: line and column from 1, columns counted in characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
}

/// Everything that is wrong with a file: its first syntax error, or all errors of its
/// directives in the order of the file. It displays as one line for each.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseErrors {
    /// The errors, at least one.
    pub errors: Vec<ParseError>,
}

impl fmt::Display for ParseErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.errors.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for ParseErrors {}

/// One error with its place: `go.mod:3: require example.com/m: reason`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    /// The file's name as given to the parser; a caller may show another.
    pub file: String,
    /// Where it is; a column of 1 is not displayed.
    pub position: Position,
    /// The verb of the directive; empty where the reason says enough.
    pub verb: &'static str,
    /// The module path that the directive names, or empty.
    pub module_path: String,
    /// What is wrong.
    pub reason: Reason,
}

impl ParseError {
    pub(super) fn new(file: &str, position: Position, reason: Reason) -> Self {
        Self { file: file.to_owned(), position, verb: "", module_path: String::new(), reason }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column } = self.position;
        write!(f, "{}:{line}:", self.file)?;
        if column > 1 {
            write!(f, "{column}:")?;
        }
        f.write_str(" ")?;
        match (self.module_path.as_str(), self.verb) {
            ("", "") => {}
            ("", verb) => write!(f, "{verb}: ")?,
            (path, verb) => write!(f, "{verb} {path}: ")?,
        }
        self.reason.fmt(f)
    }
}

impl std::error::Error for ParseError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.reason)
    }
}

/// Why a string token has no value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InvalidString {
    /// A string in double quotes that Go would not accept.
    #[error("invalid syntax")]
    Syntax,
    /// Another kind of quote, or a quote inside a word.
    #[error("unquoted string cannot contain quote")]
    Quote,
}

/// What is wrong, without the place.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Reason {
    /// A `/* */` comment.
    #[error("mod files must use // comments (not /* */ comments)")]
    BlockComment,
    /// A string that does not end.
    #[error("unexpected EOF in string")]
    StringAtEndOfFile,
    /// A string that does not end on its line.
    #[error("unexpected newline in string")]
    NewlineInString,
    /// A character that no token begins with.
    #[error("unexpected input character {}", quote_character(*.0))]
    UnexpectedCharacter(char),
    /// A block without a closing parenthesis; the file and place are those of its start.
    #[error(
        "syntax error (unterminated block started at {file}:{}:{})",
        position.line, position.column
    )]
    UnterminatedBlock {
        /// The file's name as given to the parser.
        file: String,
        /// Where the block begins.
        position: Position,
    },
    /// Something behind a closing parenthesis.
    #[error("syntax error (expected newline after closing paren)")]
    TokenAfterBlock,
    /// A block of a verb that has no blocks.
    #[error("unknown block type: {0}")]
    UnknownBlock(String),
    /// A verb that is none.
    #[error("unknown directive: {0}")]
    UnknownDirective(String),
    /// A second line of a verb that may stand once.
    #[error("repeated {0} statement")]
    Repeated(&'static str),
    /// Another number of arguments than one.
    #[error("{0} directive expects exactly one argument")]
    OneArgument(&'static str),
    /// A go line with something else than a Go version.
    #[error("invalid go version '{0}': must match format 1.23.0")]
    GoVersion(String),
    /// A toolchain line with something else than a toolchain's name.
    #[error("invalid toolchain version '{0}': must match format go1.23.0 or default")]
    Toolchain(String),
    /// Arguments of another number or shape than this.
    #[error("usage: {0}")]
    Usage(&'static str),
    /// A string without a value.
    #[error("invalid quoted string: {0}")]
    String(InvalidString),
    /// A version that is none, or does not fit its module path.
    #[error("version {} invalid: {}", quote(.0.version.as_bytes()), .0.reason)]
    Version(InvalidVersion),
    /// A module path whose major version suffix is malformed.
    #[error("invalid module path")]
    ModulePath,
    /// A retracted interval that lacks something.
    #[error("expected {0}")]
    Interval(&'static str),
    /// More than a version or interval to retract.
    #[error("unexpected token after version: {}", quote(.0.as_bytes()))]
    TokenAfterVersion(String),
    /// A replacement `path@version`.
    #[error("replacement module must match format 'path version', not 'path@version'")]
    ReplacementWithAt,
    /// A replacement without a version that is no directory.
    #[error(
        "replacement module without version must be directory path \
         (rooted or starting with . or ..)"
    )]
    ReplacementNotDirectory,
    /// A replacement directory with backslashes.
    #[error("replacement directory appears to be Windows path (on a non-windows system)")]
    ReplacementForWindows,
    /// A replacement directory with a version.
    #[error("replacement module directory path {} cannot have version", quote(.0.as_bytes()))]
    ReplacementDirectoryWithVersion(String),
    /// A retract line in a file without a module line.
    #[error("no module directive found, so retract cannot be used")]
    RetractWithoutModule,
    /// What the fixer of versions said.
    #[error("{0}")]
    Fixer(String),
}

/// A fixer's refusal of a version.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FixError {
    /// An error of the module (a `ModuleError` in go): the parser names the directive and
    /// the module path before it, so the text must not.
    #[error("{0}")]
    OfModule(String),
    /// Any other error, shown as it is.
    #[error("{0}")]
    Other(String),
}

/// Why an edit was refused; the file is unchanged.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EditError {
    /// Not a Go version.
    #[error("invalid language version {}", quote(.0.as_bytes()))]
    GoVersion(String),
    /// Not a toolchain's name.
    #[error("invalid toolchain name {}", quote(.0.as_bytes()))]
    Toolchain(String),
    /// Not a canonical version, or not one of the module path.
    #[error("version {} invalid: {}", quote(.0.version.as_bytes()), .0.reason)]
    Version(InvalidVersion),
}
