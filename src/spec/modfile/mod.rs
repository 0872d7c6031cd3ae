//! go.mod files: read, edited and printed so that comments, blocks and order stay.
//!
//! A file is a tree of lines ([`syntax`]) with the directives read from it beside it
//! ([`directives`]); edits change both. Results are those of golang.org/x/mod/modfile.
//! Source: ref/mod#go-mod-file.
//!
//! A file need not be UTF-8. The tree keeps every byte; paths and texts read from it have
//! U+FFFD for malformed ones.

mod directives;
mod edit;
mod error;
mod parse;
mod print;
mod syntax;
mod text;

pub use directives::{
    Directive, Godebug, Module, Replace, Require, Retract, VersionInterval, is_directory_path,
    is_go_version, is_toolchain_name,
};
pub use error::{EditError, FixError, InvalidString, ParseError, ParseErrors, Position, Reason};
pub use text::{auto_quote, must_quote};

use super::version::ModuleVersion;
use syntax::Syntax;

/// How much of a file has to be understood.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// The main module's file: every directive must be known and well formed.
    Strict,
    /// A dependency's file: only `module`, `go`, `require`, `retract` and `ignore` are read,
    /// so that files for newer Go versions stay readable. A go version such as `v1.21.x`
    /// is cut down to `1.21`, a malformed `retract` is passed over.
    Lax,
}

/// Makes a version canonical: it is given the module path and the version as written. For
/// `retract` lines the path is that of the module itself.
///
/// A caller that has to ask the network can parse twice: first with a fixer that answers
/// any canonical version and notes what it was asked, then with one that knows.
pub type Fixer<'a> = dyn FnMut(&str, &str) -> Result<String, FixError> + 'a;

/// A go.mod file.
#[derive(Clone, Debug, Default)]
pub struct ModFile {
    syntax: Syntax,
    module: Option<Directive<Module>>,
    go: Option<Directive<String>>,
    toolchain: Option<Directive<String>>,
    godebug: Vec<Directive<Godebug>>,
    require: Vec<Directive<Require>>,
    exclude: Vec<Directive<ModuleVersion>>,
    replace: Vec<Directive<Replace>>,
    retract: Vec<Directive<Retract>>,
    tool: Vec<Directive<String>>,
    ignore: Vec<Directive<String>>,
}

impl ModFile {
    /// A file without statements.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a file; `file` names it in errors. Without a fixer, versions must be semantic
    /// versions, except in `retract` lines, and are made canonical.
    /// Source: `modfile.Parse`, `modfile.ParseLax`.
    pub fn parse(
        file: &str,
        data: &[u8],
        mode: Mode,
        fix: Option<&mut Fixer<'_>>,
    ) -> Result<Self, ParseErrors> {
        let syntax =
            parse::parse(file, data).map_err(|error| ParseErrors { errors: vec![error] })?;
        directives::read(file, syntax, mode, fix)
    }

    /// The file in go's layout. Source: `modfile.Format`.
    pub fn format(&self) -> Vec<u8> {
        print::print(&self.syntax)
    }

    /// The `module` line.
    pub fn module(&self) -> Option<&Module> {
        self.module.as_deref()
    }

    /// The version of the `go` line.
    pub fn go(&self) -> Option<&str> {
        self.go.as_ref().map(|go| go.as_str())
    }

    /// The name in the `toolchain` line.
    pub fn toolchain(&self) -> Option<&str> {
        self.toolchain.as_ref().map(|toolchain| toolchain.as_str())
    }

    /// The `godebug` lines in the order of the file, as are all lists here.
    pub fn godebug(&self) -> &[Directive<Godebug>] {
        &self.godebug
    }

    /// The `require` lines.
    pub fn require(&self) -> &[Directive<Require>] {
        &self.require
    }

    /// The `exclude` lines.
    pub fn exclude(&self) -> &[Directive<ModuleVersion>] {
        &self.exclude
    }

    /// The `replace` lines.
    pub fn replace(&self) -> &[Directive<Replace>] {
        &self.replace
    }

    /// The `retract` lines.
    pub fn retract(&self) -> &[Directive<Retract>] {
        &self.retract
    }

    /// The package paths of the `tool` lines.
    pub fn tool(&self) -> &[Directive<String>] {
        &self.tool
    }

    /// The directories of the `ignore` lines.
    pub fn ignore(&self) -> &[Directive<String>] {
        &self.ignore
    }

    /// The line of the source that a directive of this file was read from, from 1; `None`
    /// where an edit added it.
    pub fn line_number<T>(&self, directive: &Directive<T>) -> Option<usize> {
        Some(self.syntax.line(directive.line).number).filter(|&number| number > 0)
    }
}

/// The module path that a go.mod file declares, even where other parts of it are malformed;
/// empty where there is none. Source: `modfile.ModulePath`.
pub fn module_path(data: &[u8]) -> String {
    for line in data.split(|&b| b == b'\n') {
        let comment = line.windows(2).position(|pair| pair == b"//");
        let line = text::trim(&line[..comment.unwrap_or(line.len())]);
        let Some(rest) = line.strip_prefix(b"module") else { continue };
        let path = text::trim(rest);
        if path.len() == rest.len() || path.is_empty() {
            continue;
        }
        let path = match path {
            // Unlike a directive, this accepts backquotes; carriage returns in them do not count.
            [b'`', raw @ .., b'`'] if !raw.contains(&b'`') => {
                raw.iter().copied().filter(|&b| b != b'\r').collect()
            }
            [b'`', ..] => Vec::new(),
            [b'"', ..] => text::unquote(path).unwrap_or_default(),
            _ => path.to_vec(),
        };
        return String::from_utf8_lossy(&path).into_owned();
    }
    String::new()
}
