//! What a user's argument of `get` asks for, and what it has been found to stand for.
//!
//! Source: cmd/go/internal/modget/query.go.

use std::collections::HashSet;
use std::fmt;

use crate::spec::version::Version;
use crate::spec::{ModulePath, ModuleVersion, pattern};

use super::error::ResolveError;
use super::packages::{Modules, is_relative_to_current};
use super::query::split_argument;

/// An argument: a package, a module, or a pattern of packages, at a query.
#[derive(Clone, Debug)]
pub struct Argument {
    /// As the user wrote it; empty where there was none.
    pub raw: String,
    /// The query that the user wrote; empty where there is none.
    pub given: String,
    /// What stands before the query.
    pub pattern: String,
    /// The query, also where none was written.
    pub query: String,
    /// The paths that may be had from several modules, each to be decided.
    pub(super) candidates: Vec<Candidates>,
    /// The paths that candidates were looked for.
    pub(super) seen: HashSet<String>,
    /// What it was found to stand for.
    pub(super) resolved: Vec<ModuleVersion>,
    /// Whether that has packages which match.
    pub(super) matches_packages: bool,
    /// Whether a conflict with another argument was reported.
    pub(super) has_conflict: bool,
}

/// The modules that a path may be had from.
#[derive(Clone, Debug)]
pub(super) struct Candidates {
    /// A package, a module, or the pattern itself.
    pub path: String,
    pub modules: Modules,
}

impl Argument {
    /// Takes an argument apart. Where it has no query, `update` stands for one.
    ///
    /// # Errors
    /// It cannot be meant.
    pub fn parse(raw: &str, update: &str) -> Result<Self, ArgumentError> {
        let argument = pattern::clean(raw);
        let refused = |reason: String| ArgumentError::Refused(reason);
        let (pattern, given) = split_argument(&argument)?;
        if given.is_some_and(|query| query.is_empty() || query.contains('@')) {
            return Err(refused(format!("invalid module version syntax {argument:?}")));
        }
        let given = given.unwrap_or_default();
        let query = if given.is_empty() { update } else { given };
        if pattern::is_local(pattern) && !given.is_empty() {
            return Err(refused(format!(
                "can't request explicit version {given:?} of path {pattern:?} in main module"
            )));
        }
        if pattern == "all" && !is_relative_to_current(query) {
            return Err(refused(format!(
                "can't request version {query:?} of pattern \"all\" that includes the main modules"
            )));
        }
        if pattern::is_meta(pattern) && pattern != "all" && pattern != argument {
            return Err(refused(match pattern {
                "tool" => "can't request explicit version of \"tool\" pattern".to_owned(),
                _ => format!(
                    "can't request explicit version of standard-library pattern {pattern:?}"
                ),
            }));
        }
        Ok(Self {
            given: given.to_owned(),
            pattern: pattern.to_owned(),
            query: query.to_owned(),
            raw: argument,
            candidates: Vec::new(),
            seen: HashSet::new(),
            resolved: Vec::new(),
            matches_packages: false,
            has_conflict: false,
        })
    }

    /// Whether it names folders.
    pub fn is_local(&self) -> bool {
        pattern::is_local(&self.pattern)
    }

    /// Whether it may match many paths.
    pub fn is_wildcard(&self) -> bool {
        self.pattern.contains("...")
    }

    /// Whether it asks for nothing at all.
    pub fn is_none(&self) -> bool {
        self.query == super::roots::NONE
    }

    /// Whether a module path matches.
    pub(super) fn matches_path(&self, path: &ModulePath) -> bool {
        if self.is_wildcard() && !self.is_local() && !path.is_toolchain() {
            return pattern::matches(&self.pattern, path);
        }
        path.as_str() == self.pattern
    }

    /// Whether a module of this path can have packages that match.
    pub(super) fn can_match_in(&self, path: &ModulePath) -> bool {
        if path.is_toolchain() {
            return false;
        }
        if self.is_wildcard() && !self.is_local() {
            return pattern::can_match_below(&self.pattern, path);
        }
        let rest = self.pattern.strip_prefix(path.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Keeps candidates for a path, where there are any.
    pub(super) fn add(&mut self, path: &str, modules: Modules) {
        let is_empty =
            modules.with_packages.is_empty() && modules.alone.is_none() && modules.error.is_none();
        if !is_empty {
            self.candidates.push(Candidates { path: path.to_owned(), modules });
        }
    }

    /// The argument, with what it stands for where that is another version.
    pub(super) fn at(&self, version: &Version) -> String {
        if self.query != version.as_str() {
            return format!("{}@{} ({version})", self.pattern, self.query);
        }
        self.to_string()
    }

    /// A module that it stands for, with the argument.
    pub(super) fn resolved_to(&self, module: &ModuleVersion) -> String {
        if module.path.as_str() == self.pattern {
            return self.at(&module.version);
        }
        if self.query != module.version.as_str() {
            return format!("{module} (matching {}@{})", self.pattern, self.query);
        }
        format!("{module} (matching {self})")
    }

    /// A message about the argument, which is named where the message does not.
    /// Source: reportError.
    pub(super) fn named(&self, error: impl fmt::Display) -> String {
        let text = error.to_string();
        let names_pattern = has_word(&text, &self.pattern, " \t(\"`", " @:;)\"`");
        let names_query =
            self.given.is_empty() || has_word(&text, &self.query, " @(\"`", " :;)\"`");
        if self.raw.is_empty() || (names_pattern && names_query) {
            return text;
        }
        format!("{self}: {text}")
    }
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.raw)
    }
}

/// Whether a text has a word that stands between such characters, or at an end of a line.
fn has_word(text: &str, word: &str, before: &str, behind: &str) -> bool {
    text.match_indices(word).any(|(start, _)| {
        let is_end = |c: Option<char>, ends: &str| c.is_none_or(|c| c == '\n' || ends.contains(c));
        is_end(text[..start].chars().next_back(), before)
            && is_end(text[start + word.len()..].chars().next(), behind)
    })
}

/// Why an argument cannot be done as asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ArgumentError {
    /// It cannot be meant, or conflicts with another.
    #[error("{0}")]
    Refused(String),
    /// What it stands for cannot be found out.
    #[error("{text}")]
    Failed {
        /// The message, in which the argument is named.
        text: String,
        /// The cause.
        error: Box<ResolveError>,
    },
}

impl From<ResolveError> for ArgumentError {
    fn from(error: ResolveError) -> Self {
        Self::Failed { text: error.to_string(), error: Box::new(error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argument(raw: &str) -> Argument {
        Argument::parse(raw, "upgrade").expect(raw)
    }

    #[test]
    fn parts() {
        let one = argument("a.b/c@v1.2");
        assert_eq!((one.pattern.as_str(), one.query.as_str()), ("a.b/c", "v1.2"));
        assert_eq!(argument("a.b/c").query, "upgrade");
        assert!(argument("./...").is_local() && argument("./...").is_wildcard());
        for refused in ["a@", "a@b@c", "./x@v1.0.0", "all@v1", "std@v1", "tool@none", "a@-x"] {
            assert!(Argument::parse(refused, "upgrade").is_err(), "{refused}");
        }
        assert!(Argument::parse("all@patch", "upgrade").is_ok());
    }

    #[test]
    fn what_a_message_names_is_not_named_again() {
        let one = argument("a.b/c@v1");
        assert_eq!(one.named("module a.b/c: no v1 here"), "module a.b/c: no v1 here");
        assert_eq!(one.named("module a.b/c: no v1.2"), "a.b/c@v1: module a.b/c: no v1.2");
        assert_eq!(one.named("module a.b/c@v1: gone"), "module a.b/c@v1: gone");
        assert_eq!(argument("a.b/c").named("reading a.b/c: x"), "reading a.b/c: x");
        assert_eq!(argument("a.b/c").named("a.b/c/d: x"), "a.b/c: a.b/c/d: x");
    }

    #[test]
    fn resolutions() {
        let module = ModuleVersion::new("a.b/c", "v1.0.1");
        assert_eq!(argument("a.b/c@v1").resolved_to(&module), "a.b/c@v1 (v1.0.1)");
        assert_eq!(argument("a.b/c@v1.0.1").resolved_to(&module), "a.b/c@v1.0.1");
        let within = argument("a.b/c/d@v1.0.1");
        assert_eq!(within.resolved_to(&module), "a.b/c@v1.0.1 (matching a.b/c/d@v1.0.1)");
    }
}
