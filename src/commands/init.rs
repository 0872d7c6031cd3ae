//! `gomod init`: a new module in the working directory.
//!
//! Source: ref/mod#go-mod-init, CreateModFile in cmd/go/internal/modload/init.go.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};

use crate::config::{Config, Overlay, clean};
use crate::spec::ModulePath;
use crate::spec::modfile::{self, ModFile};
use crate::spec::path::{self, InvalidPath, Kind};
use crate::spec::pattern;
use crate::store::cache::Cache;
use crate::store::main_module::{ModuleFiles, UpdateError};
use crate::store::source_folder::{self as sources, Entry};

/// What the user asks for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The module path, at most one; where there is none, or an empty one, it is looked for.
    pub arguments: Vec<String>,
}

/// The module that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Its path.
    pub module: ModulePath,
    /// Whether the folder has sources whose imports go.mod does not know yet.
    pub needs_tidy: bool,
}

/// Why a module path cannot be that of a new module. The text is go's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusablePath {
    /// Malformed, or that of a folder.
    #[error(transparent)]
    Malformed(#[from] InvalidPath),
    /// The path stands for go itself, or for toolchains.
    #[error("invalid module path {}: module path is reserved", modfile::quote(.0.as_bytes()))]
    Reserved(String),
    /// It ends in something like a major version.
    #[error(
        "invalid module path \"{path}\": major version suffixes must be in the form of /vN and are only allowed for v2 or later:\n\tgomod mod init {suggestion}"
    )]
    MajorVersion {
        /// The path.
        path: String,
        /// What may have been meant.
        suggestion: String,
    },
    /// It begins with `gopkg.in/` and ends in no major version.
    #[error(
        "invalid module path \"{path}\": module paths beginning with gopkg.in/ must always have a major version suffix in the form of .vN:\n\tgomod mod init {suggestion}"
    )]
    GopkgIn {
        /// The path.
        path: String,
        /// What may have been meant.
        suggestion: String,
    },
}

/// Writes the go.mod file of a new module: its path, and the local Go version.
///
/// # Errors
/// There is a go.mod file, or no path that a module can have.
pub fn run(config: &Config, options: &Options) -> Result<Summary> {
    let path = match options.arguments.as_slice() {
        [] => "",
        [path] => path.as_str(),
        _ => bail!("'gomod mod init' accepts at most one argument"),
    };
    let go_mod = match &config.main_module {
        Some(main) => main.go_mod.as_path(),
        None => bail!("no folder to make a module in"),
    };
    if sources::exists(go_mod) {
        bail!("{} already exists", go_mod.display());
    }
    if go_mod.parent().is_some_and(|folder| !sources::exists(folder)) {
        bail!("updating go.mod: open {}: no such file or directory", go_mod.display());
    }
    let path = match path {
        "" => infer(config)?,
        path => {
            check(path)?;
            path.to_owned()
        }
    };
    let mut file = ModFile::new();
    file.add_module_stmt(&path);
    file.add_go_stmt(&config.local_go.version)?;
    let cache = Cache::new(&config.module_cache, config.cache_writable);
    let files = ModuleFiles::new(cache, Overlay::default());
    files.replace(go_mod, b"", &file.format()).map_err(|error| match error {
        // Somebody else was faster.
        UpdateError::Changed { path } => anyhow!("{} already exists", path.display()),
        error => error.into(),
    })?;
    let has_sources = |entry: &Entry| {
        let name = entry.name();
        let is_source = name.ends_with(".go") || entry.kind == sources::Kind::Folder;
        is_source && !name.starts_with(['.', '_'])
    };
    let needs_tidy = sources::entries(&config.directory).iter().any(has_sources);
    Ok(Summary { module: ModulePath::new(&path), needs_tidy })
}

/// Checks a path that the user gives. It need not be one that can be downloaded: a module
/// may be local.
fn check(path: &str) -> Result<(), UnusablePath> {
    path::check_import(path).map_err(|mut error| {
        error.kind = Kind::Module;
        if pattern::is_relative(path) {
            error.reason = "is a local import path".to_owned();
        }
        error
    })?;
    check_reserved(path)?;
    if path::split_major(path).is_some() {
        return Ok(());
    }
    let path = path.to_owned();
    Err(if path.starts_with("gopkg.in/") {
        let suggestion = suggest_gopkg_in(&path);
        UnusablePath::GopkgIn { path, suggestion }
    } else {
        let suggestion = suggest(&path);
        UnusablePath::MajorVersion { path, suggestion }
    })
}

fn check_reserved(path: &str) -> Result<(), UnusablePath> {
    if ModulePath::new(path).is_toolchain() {
        return Err(UnusablePath::Reserved(path.to_owned()));
    }
    Ok(())
}

fn is_digit_or_dot(c: char) -> bool {
    c.is_ascii_digit() || c == '.'
}

fn without<'a>(text: &'a str, suffix: &str) -> &'a str {
    text.strip_suffix(suffix).unwrap_or(text)
}

/// The first number in a text, without the zeros before it.
fn first_number(text: &str) -> &str {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit());
    numbers.find(|number| !number.is_empty()).unwrap_or_default().trim_start_matches('0')
}

/// Source: `suggestModulePath`.
fn suggest(path: &str) -> String {
    let stem = path.trim_end_matches(is_digit_or_dot);
    let major = match first_number(&path[stem.len()..]) {
        "" | "1" => "2",
        major => major,
    };
    format!("{}/v{major}", without(without(stem, "/v"), "/"))
}

/// The number may stand anywhere in the path, as with go. Source: `suggestGopkgIn`.
fn suggest_gopkg_in(path: &str) -> String {
    let stem = path.trim_end_matches(is_digit_or_dot);
    let major = match first_number(path) {
        "" => "1",
        major => major,
    };
    format!("{}.v{major}", without(without(without(stem, ".v"), "/v"), "/"))
}

/// Looks for the module's path: in import comments of the folder, then of the folders in
/// it, then in where the folder lies in GOPATH. What a comment says is not judged.
fn infer(config: &Config) -> Result<String> {
    let found = comment_below(&config.directory);
    let mut reason = "outside GOPATH, module path must be specified".to_owned();
    let found = match found {
        Some(path) => Some(path),
        None => match in_gopath(config) {
            Some(path) => match path::check_import(&path) {
                Ok(()) => Some(path),
                Err(error) => {
                    reason = format!("bad module path inferred from directory in GOPATH: {error}");
                    None
                }
            },
            None => None,
        },
    };
    let Some(path) = found else {
        bail!(
            "cannot determine module path for source directory {} ({reason})\n\n\
             Example usage:\n\
             \t'gomod mod init example.com/m' to initialize a v0 or v1 module\n\
             \t'gomod mod init example.com/m/v2' to initialize a v2 module\n\n\
             Run 'gomod help init' for more information.",
            config.directory.display()
        );
    };
    // go makes such a file and then crashes.
    check_reserved(&path)?;
    Ok(path)
}

fn comment_below(folder: &Path) -> Option<String> {
    fn in_files(entries: &[Entry]) -> Option<String> {
        let is_source =
            |entry: &&Entry| entry.kind == sources::Kind::File && entry.name().ends_with(".go");
        let mut files = entries.iter().filter(is_source);
        files.find_map(|entry| import_comment(&sources::read(&entry.path)?))
    }
    let entries = sources::entries(folder);
    in_files(&entries).or_else(|| {
        let mut folders = entries.iter().filter(|entry| entry.kind == sources::Kind::Folder);
        let path = folders.find_map(|entry| in_files(&sources::entries(&entry.path)))?;
        // The comment is that of a package one folder down.
        Some(parent(&path))
    })
}

/// The path that an import path lies in, cleaned. Source: Go's `path.Dir`.
fn parent(path: &str) -> String {
    let folder = path.rfind('/').map_or("", |slash| &path[..slash + 1]);
    clean(Path::new(folder)).to_string_lossy().into_owned()
}

fn in_gopath(config: &Config) -> Option<String> {
    let below = |gopath: &PathBuf| {
        let below = sources::below(&config.directory, &gopath.join("src"))?;
        (!below.as_os_str().is_empty()).then(|| below.to_string_lossy().into_owned())
    };
    config.gopath.iter().find_map(below)
}

/// The path in the comment of the first line like `package name // import "path"`.
fn import_comment(source: &[u8]) -> Option<String> {
    let lines = source.split_inclusive(|&b| b == b'\n');
    let literal = lines.filter_map(|line| line.strip_suffix(b"\n")).find_map(import_literal)?;
    let path = modfile::unquote(literal)?;
    (!path.is_empty()).then(|| String::from_utf8_lossy(&path).into_owned())
}

/// The string of such a line, with its quotes.
fn import_literal(line: &[u8]) -> Option<&[u8]> {
    let is_blank = |b: &u8| matches!(b, b' ' | b'\t');
    let skip = |text: &[u8]| text.iter().take_while(|b| is_blank(b)).count();
    let after_blanks = |text| Some(skip(text)).filter(|&blanks| blanks > 0);

    let mut rest = line.strip_prefix(b"package")?;
    rest = &rest[after_blanks(rest)?..];
    let name = rest.iter().position(|b| matches!(b, b' ' | b'\t' | b'\r' | b'/'))?;
    if name == 0 {
        return None;
    }
    rest = &rest[name..];
    for word in [&b"//"[..], b"import"] {
        rest = rest[after_blanks(rest)?..].strip_prefix(word)?;
    }
    rest = &rest[after_blanks(rest)?..];
    let length = rest.strip_prefix(b"\"")?.iter().position(|&b| b == b'"')?;
    let (literal, behind) = rest.split_at(length + 2);
    let behind = &behind[skip(behind)..];
    (length > 0 && matches!(behind, b"" | b"\r")).then_some(literal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn import_comments() {
        for (source, want) in [
            ("package a // import \"a.b/c\"\n", Some("a.b/c")),
            ("// x\n\npackage\ta\t//\timport\t\"a.b/c\" \t\r\n", Some("a.b/c")),
            ("package a // import \"a.b/\\x63\"\n", Some("a.b/c")),
            ("package a //import \"a.b/c\"\npackage b // import \"a.b/d\"\n", Some("a.b/d")),
            ("package a // import \"a.b/c\"", None),
            ("package a // import \"a.b/c\" too\n", None),
            ("package a// import \"a.b/c\"\n", None),
            ("package // import \"a.b/c\"\n", None),
            ("package a // import \"\"\n", None),
            ("package a // import \"\\q\"\n", None),
            ("package a // import `a.b/c`\n", None),
            (" package a // import \"a.b/c\"\n", None),
            ("package a /* import \"a.b/c\" */\n", None),
            ("", None),
        ] {
            assert_eq!(import_comment(source.as_bytes()).as_deref(), want, "{source}");
        }
    }

    #[test]
    fn folders_of_import_paths() {
        for (path, want) in
            [("a.b/c/s", "a.b/c"), ("s", "."), ("a//b", "a"), ("a/../b", "."), ("/a", "/")]
        {
            assert_eq!(parent(path), want, "{path}");
        }
    }

    #[test]
    fn suggestions() {
        for (path, want) in [
            ("a.b/c/v0", "a.b/c/v2"),
            ("a.b/c/v1", "a.b/c/v2"),
            ("a.b/c/v023", "a.b/c/v23"),
            ("a.b/c/v3.5", "a.b/c/v3"),
            ("a.b/c/v.5.3", "a.b/c/v5"),
        ] {
            assert_eq!(suggest(path), want, "{path}");
        }
        for (path, want) in [
            ("gopkg.in/p", "gopkg.in/p.v1"),
            ("gopkg.in/u/p/v2", "gopkg.in/u/p.v2"),
            ("gopkg.in/u/p.v0.1", "gopkg.in/u/p.v1"),
            ("gopkg.in/u/p.v.2.3", "gopkg.in/u/p.v2"),
            ("gopkg.in/u2/p", "gopkg.in/u2/p.v2"),
        ] {
            assert_eq!(suggest_gopkg_in(path), want, "{path}");
        }
    }
}
