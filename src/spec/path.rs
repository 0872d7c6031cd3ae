//! Module, import and file paths: what may stand in them, how they are escaped,
//! how their major version suffix reads, and the patterns that match their prefixes.
//!
//! Source: ref/mod#go-mod-file-ident, ref/mod#module-path, golang.org/x/mod/module.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::modfile::{quote, quote_character};
use super::unicode;
use super::version::{self, InvalidVersion};

/// A module path, cheap to clone. It is a name, not a promise: where a path comes
/// from outside, [`check`] says whether it is well formed, as go checks it there.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModulePath(Arc<str>);

impl ModulePath {
    /// Wraps a string without judging it.
    pub fn new(text: &str) -> Self {
        Self(Arc::from(text))
    }

    /// The path as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is one of the pseudo-modules `go` and `toolchain`, which stand
    /// for a go.mod's go and toolchain lines and are never downloaded.
    pub fn is_toolchain(&self) -> bool {
        matches!(self.as_str(), "go" | "toolchain")
    }
}

impl Deref for ModulePath {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for ModulePath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModulePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ModulePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl From<&str> for ModulePath {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// Which rules a path is held to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// ASCII letters, digits and `-._~`; no element begins with a dot.
    Module,
    /// As a module path, and `+`.
    Import,
    /// Any Unicode letter and most ASCII punctuation that file systems accept.
    File,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Module => "module",
            Kind::Import => "import",
            Kind::File => "file",
        })
    }
}

/// A malformed path and the reason, in the words the go command uses.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("malformed {kind} path {}: {reason}", quote(path.as_bytes()))]
pub struct InvalidPath {
    /// The rules that were applied.
    pub kind: Kind,
    /// The path as given.
    pub path: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Device names that Windows reserves in every folder, with any extension.
const WINDOWS_DEVICES: [&str; 4] = ["CON", "PRN", "AUX", "NUL"];

fn is_windows_device(stem: &str) -> bool {
    if WINDOWS_DEVICES.iter().any(|name| name.eq_ignore_ascii_case(stem)) {
        return true;
    }
    // COM1 to COM9 and LPT1 to LPT9.
    let (name, digit) = match stem.char_indices().nth(3) {
        Some((at, _)) => stem.split_at(at),
        None => return false,
    };
    let reserved = ["COM", "LPT"].iter().any(|r| r.eq_ignore_ascii_case(name));
    reserved && matches!(digit.as_bytes(), [b'1'..=b'9'])
}

fn is_module_path_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~')
}

fn is_file_name_char(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || "!#$%&()+,-.=@[]^_{}~ ".contains(c)
    } else {
        unicode::is_letter(c)
    }
}

fn check_element(element: &str, kind: Kind) -> Result<(), String> {
    if element.is_empty() {
        return Err("empty path element".into());
    }
    if element.bytes().all(|b| b == b'.') {
        return Err(format!("invalid path element {}", quote(element.as_bytes())));
    }
    if element.starts_with('.') && kind == Kind::Module {
        return Err("leading dot in path element".into());
    }
    if element.ends_with('.') {
        return Err("trailing dot in path element".into());
    }
    let allowed = |c: char| match kind {
        Kind::Module => is_module_path_char(c),
        Kind::Import => is_module_path_char(c) || c == '+',
        Kind::File => is_file_name_char(c),
    };
    if let Some(bad) = element.chars().find(|&c| !allowed(c)) {
        return Err(format!("invalid char {}", quote_character(bad)));
    }
    let stem = &element[..element.find('.').unwrap_or(element.len())];
    if is_windows_device(stem) {
        return Err(format!("{stem:?} disallowed as path element component on Windows"));
    }
    if kind != Kind::File
        && let Some((_, digits)) = stem.rsplit_once('~')
        && !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
    {
        // Windows makes short names of this form for longer ones.
        return Err("trailing tilde and digits in path element".into());
    }
    Ok(())
}

fn check_elements(path: &str, kind: Kind) -> Result<(), String> {
    if path.is_empty() {
        return Err("empty string".into());
    }
    if path.starts_with('-') && kind != Kind::File {
        return Err("leading dash".into());
    }
    if path.contains("//") {
        return Err("double slash".into());
    }
    if path.ends_with('/') {
        return Err("trailing slash".into());
    }
    path.split('/').try_for_each(|element| check_element(element, kind))
}

fn invalid(kind: Kind, path: &str) -> impl FnOnce(String) -> InvalidPath {
    move |reason| InvalidPath { kind, path: path.to_owned(), reason }
}

/// Checks that a module path can be required and downloaded: its first element
/// looks like a lower-case domain name, its suffix is no broken major version.
/// Source: ref/mod#go-mod-file-ident, `module.CheckPath`.
pub fn check(path: &str) -> Result<(), InvalidPath> {
    let judge = || {
        check_elements(path, Kind::Module)?;
        let first = &path[..path.find('/').unwrap_or(path.len())];
        if first.is_empty() {
            return Err("leading slash".into());
        }
        if !first.contains('.') {
            return Err("missing dot in first path element".into());
        }
        let allowed = |c: char| matches!(c, '-' | '.' | '0'..='9' | 'a'..='z');
        if let Some(bad) = first.chars().find(|&c| !allowed(c)) {
            return Err(format!("invalid char {} in first path element", quote_character(bad)));
        }
        if split_major(path).is_none() {
            return Err("invalid version".into());
        }
        Ok(())
    };
    judge().map_err(invalid(Kind::Module, path))
}

/// Checks an import path. Source: `module.CheckImportPath`.
pub fn check_import(path: &str) -> Result<(), InvalidPath> {
    check_elements(path, Kind::Import).map_err(invalid(Kind::Import, path))
}

/// Checks a file path inside a module. Source: `module.CheckFilePath`.
pub fn check_file(path: &str) -> Result<(), InvalidPath> {
    check_elements(path, Kind::File).map_err(invalid(Kind::File, path))
}

/// Splits off the major version suffix: `("example.com/m", "/v2")`, or
/// `("gopkg.in/yaml", ".v2")`; an empty suffix where the path has none. `None`
/// where the suffix is malformed. Source: ref/mod#major-version-suffixes.
pub fn split_major(path: &str) -> Option<(&str, &str)> {
    if path.starts_with("gopkg.in/") {
        let end = path.strip_suffix("-unstable").map_or(path.len(), str::len);
        let digits = path[..end].bytes().rev().take_while(u8::is_ascii_digit).count();
        let start = end - digits;
        if !path[..start].ends_with(".v") {
            return None;
        }
        let (prefix, suffix) = path.split_at(start - 2);
        if suffix.len() <= 2 || (suffix.as_bytes()[2] == b'0' && suffix != ".v0") {
            return None;
        }
        return Some((prefix, suffix));
    }
    let tail = path.bytes().rev().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let start = path.len() - tail;
    if tail == 0 || !path[..start].ends_with("/v") {
        return Some((path, ""));
    }
    let (prefix, suffix) = path.split_at(start - 2);
    if suffix.contains('.') || suffix.as_bytes()[2] == b'0' || suffix == "/v1" {
        return None;
    }
    Some((prefix, suffix))
}

/// The major version that a path suffix stands for: `v2` of `/v2`, `.v2` and
/// `.v2-unstable`; empty for an empty suffix. Source: `module.PathMajorPrefix`.
pub fn major_of_suffix(suffix: &str) -> &str {
    let suffix = suffix.strip_suffix("-unstable").unwrap_or(suffix);
    suffix.get(1..).unwrap_or("")
}

/// Checks that a version may stand behind a path with the given major suffix.
/// Source: `module.CheckPathMajor`.
pub fn check_major(version: &str, suffix: &str) -> Result<(), InvalidVersion> {
    let want = major_of_suffix(suffix);
    let major = version::major(version);
    let fits = if suffix.is_empty() {
        matches!(major, "v0" | "v1") || version::build(version) == "+incompatible"
    } else {
        // Old go commands wrote v0.0.0- pseudo-versions for gopkg.in's .v1 paths.
        let is_old = matches!(suffix, ".v1" | ".v1-unstable") && version.starts_with("v0.0.0-");
        major == want || is_old
    };
    if fits {
        return Ok(());
    }
    let want = if suffix.is_empty() { "v0 or v1" } else { want };
    Err(InvalidVersion {
        version: version.to_owned(),
        pseudo: false,
        reason: format!("should be {want}, not {major}"),
    })
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_uppercase() {
            escaped.push('!');
        }
        escaped.push(c.to_ascii_lowercase());
    }
    escaped
}

fn unescape(escaped: &str) -> Option<String> {
    let mut text = String::with_capacity(escaped.len());
    let mut chars = escaped.chars();
    while let Some(c) = chars.next() {
        match c {
            '!' => text.push(chars.next().filter(char::is_ascii_lowercase)?.to_ascii_uppercase()),
            'A'..='Z' => return None,
            c if c.is_ascii() => text.push(c),
            _ => return None,
        }
    }
    Some(text)
}

/// The path as it stands in URLs and in the cache: `github.com/!burnt!sushi/toml`.
/// Source: ref/mod#goproxy-protocol, `module.EscapePath`.
pub fn escape_path(path: &str) -> Result<String, InvalidPath> {
    check(path)?;
    Ok(escape(path))
}

/// The inverse of [`escape_path`]; `None` where the text is not an escaped path.
pub fn unescape_path(escaped: &str) -> Option<String> {
    unescape(escaped).filter(|path| check(path).is_ok())
}

/// A version or query as it stands in URLs and in the cache. It may be a branch
/// name, but no path: slashes and `!` are refused. Source: `module.EscapeVersion`.
pub fn escape_version(version: &str) -> Result<String, InvalidVersion> {
    let plain = version.is_ascii() && !version.contains('!');
    if !plain || check_element(version, Kind::File).is_err() {
        return Err(InvalidVersion {
            version: version.to_owned(),
            pseudo: false,
            reason: "disallowed version string".into(),
        });
    }
    Ok(escape(version))
}

/// The inverse of [`escape_version`]; `None` where the text is not an escaped version.
pub fn unescape_version(escaped: &str) -> Option<String> {
    unescape(escaped).filter(|version| check_element(version, Kind::File).is_ok())
}

/// Whether one of the comma-separated globs matches a leading part of the path with
/// as many elements as the glob has: GOPRIVATE, GONOPROXY, GONOSUMDB, GOINSECURE.
/// Malformed globs match nothing. Source: ref/mod#private-modules,
/// `module.MatchPrefixPatterns`.
pub fn matches_prefix_patterns(globs: &str, target: &str) -> bool {
    globs.split(',').any(|glob| {
        let glob = glob.strip_suffix('/').unwrap_or(glob);
        if glob.is_empty() {
            return false;
        }
        let elements = glob.matches('/').count() + 1;
        let mut ends = target.match_indices('/').map(|(at, _)| at).chain([target.len()]);
        ends.nth(elements - 1)
            .is_some_and(|end| glob_matches(glob, &target[..end]).unwrap_or(false))
    })
}

/// Go's `path.Match`: `*` and `?` stop at slashes, `[a-z]` and `[^a-z]` are classes,
/// `\` takes the next character as it is. `None` where the pattern is malformed.
pub fn glob_matches(pattern: &str, name: &str) -> Option<bool> {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    // One row of a dynamic programme: which name prefixes the pattern read so far matches.
    let mut reached = vec![false; name.len() + 1];
    reached[0] = true;
    let mut at = 0;
    while at < pattern.len() {
        let mut next = vec![false; name.len() + 1];
        if pattern[at] == '*' {
            at += 1;
            let mut open = false;
            for i in 0..=name.len() {
                open |= reached[i];
                next[i] = open;
                open &= i < name.len() && name[i] != '/';
            }
        } else {
            let (class, after) = CharClass::parse(&pattern, at)?;
            at = after;
            for i in 0..name.len() {
                next[i + 1] = reached[i] && class.contains(name[i]);
            }
        }
        reached = next;
    }
    Some(reached[name.len()])
}

enum CharClass {
    One(char),
    Any,
    Set { negated: bool, ranges: Vec<(char, char)> },
}

impl CharClass {
    fn parse(pattern: &[char], at: usize) -> Option<(Self, usize)> {
        let escaped = |at: usize| match *pattern.get(at)? {
            '\\' => pattern.get(at + 1).map(|&c| (c, at + 2)),
            c => Some((c, at + 1)),
        };
        match pattern[at] {
            '?' => Some((Self::Any, at + 1)),
            '[' => {
                let negated = pattern.get(at + 1) == Some(&'^');
                let mut at = at + 1 + usize::from(negated);
                let mut ranges = Vec::new();
                loop {
                    if pattern.get(at) == Some(&']') && !ranges.is_empty() {
                        return Some((Self::Set { negated, ranges }, at + 1));
                    }
                    if matches!(pattern.get(at), None | Some('-' | ']')) {
                        return None;
                    }
                    let (low, after) = escaped(at)?;
                    let (high, after) = if pattern.get(after) == Some(&'-') {
                        if matches!(pattern.get(after + 1), None | Some('-' | ']')) {
                            return None;
                        }
                        escaped(after + 1)?
                    } else {
                        (low, after)
                    };
                    ranges.push((low, high));
                    at = after;
                }
            }
            _ => escaped(at).map(|(c, after)| (Self::One(c), after)),
        }
    }

    fn contains(&self, c: char) -> bool {
        match self {
            Self::One(one) => c == *one,
            Self::Any => c != '/',
            Self::Set { negated, ranges } => {
                ranges.iter().any(|&(low, high)| low <= c && c <= high) != *negated
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn module_paths() {
        for good in
            ["example.com", "example.com/M~x/v2", "gopkg.in/yaml.v2", "a.b/v2-x", "gopkg.in/a.v0"]
        {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, reason) in [
            ("", "empty string"),
            ("example/x", "missing dot in first path element"),
            ("-x.com/y", "leading dash"),
            ("Example.com/y", "invalid char 'E' in first path element"),
            ("example.com//y", "double slash"),
            ("example.com/y/", "trailing slash"),
            ("example.com/.y", "leading dot in path element"),
            ("example.com/y.", "trailing dot in path element"),
            ("example.com/é", "invalid char 'é'"),
            ("example.com/con.x", "\"con\" disallowed as path element component on Windows"),
            ("example.com/x~1", "trailing tilde and digits in path element"),
            ("example.com/v1", "invalid version"),
            ("example.com/v02", "invalid version"),
            ("example.com/v2.1", "invalid version"),
            ("gopkg.in/yaml", "invalid version"),
        ] {
            let error = check(bad).expect_err(bad);
            assert_eq!(error.reason, reason, "{bad}");
        }
        assert_eq!(
            check("x").unwrap_err().to_string(),
            "malformed module path \"x\": missing dot in first path element"
        );
    }

    #[test]
    fn file_paths() {
        for good in
            ["a/b.go", "é/ß", "a b", "progra~1", "com0", "conin$", "con .txt", ".git/config"]
        {
            assert_eq!(check_file(good), Ok(()), "{good}");
        }
        for bad in [
            "/a",
            "a//b",
            "a/",
            "a/..",
            "con.tar.gz",
            "COM1",
            "lpt9.x",
            "a:b",
            "a\\b",
            "x\u{301}",
            "😀",
            "Ⅳ",
            "a*",
        ] {
            assert!(check_file(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn escaping() {
        assert_eq!(
            escape_path("github.com/BurntSushi/toml").as_deref(),
            Ok("github.com/!burnt!sushi/toml")
        );
        assert_eq!(
            unescape_path("github.com/!burnt!sushi/toml").as_deref(),
            Some("github.com/BurntSushi/toml")
        );
        assert_eq!(unescape_path("github.com/!!x"), None);
        assert_eq!(unescape_path("github.com/Upper"), None);
        assert_eq!(escape_version("v1.0.0-RC1").as_deref(), Ok("v1.0.0-!r!c1"));
        assert!(escape_version("feature/x").is_err());
        assert!(escape_version("v1!").is_err());
    }

    #[test]
    fn major_suffixes() {
        assert_eq!(split_major("a.b/c"), Some(("a.b/c", "")));
        assert_eq!(split_major("a.b/c/v2"), Some(("a.b/c", "/v2")));
        assert_eq!(split_major("a.b/c/v0"), None);
        assert_eq!(split_major("gopkg.in/c.v1-unstable"), Some(("gopkg.in/c", ".v1-unstable")));
        assert!(check_major("v0.0.0-20060102150405-abcdef123456", ".v1").is_ok());
        assert!(check_major("v1.0.0", ".v1-unstable").is_ok());
        for (version, suffix, reason) in [
            ("v2.0.0", "", "should be v0 or v1, not v2"),
            ("v1.0.0", "/v2", "should be v2, not v1"),
            ("v2.0.0", ".v1", "should be v1, not v2"),
            // Old pseudo-versions are let through for .v1 alone.
            ("v0.0.0-20060102150405-abcdef123456", ".v2", "should be v2, not v0"),
            ("v0.0.0-20060102150405-abcdef123456", "/v2", "should be v2, not v0"),
        ] {
            let error = check_major(version, suffix).expect_err(version);
            assert_eq!(error.reason, reason);
        }
        for (version, suffix) in
            [("v0.1.0", ""), ("v1.0.0", ""), ("v2.0.0+incompatible", ""), ("v2.0.0", "/v2")]
        {
            assert!(check_major(version, suffix).is_ok(), "{version} {suffix}");
        }
    }

    #[test]
    fn prefix_patterns() {
        for (globs, target, want) in [
            ("*.corp.example.com,rsc.io/private", "git.corp.example.com/x/y", true),
            ("rsc.io/private", "rsc.io/private/quux", true),
            ("rsc.io/private", "rsc.io/privateer", false),
            ("rsc.io/private/", "rsc.io/private", true),
            ("rsc.io/*/x", "rsc.io/a", false),
            ("[a", "a", false),
            (",,", "a", false),
            ("*", "a/b", true),
            ("[a-c].io/?", "b.io/x/y", true),
            ("[^a-c].io", "b.io", false),
        ] {
            assert_eq!(matches_prefix_patterns(globs, target), want, "{globs} {target}");
        }
    }
}
