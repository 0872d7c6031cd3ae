//! What the lines of a go.mod file say.

use std::borrow::Cow;
use std::ops::Deref;

use super::error::{FixError, InvalidString, ParseError, ParseErrors, Position, Reason};
use super::syntax::{BlockId, Comments, LineId, List, Statement, Syntax};
use super::text;
use super::{Fixer, ModFile, Mode};
use crate::spec::decimal;
use crate::spec::path::{self, ModulePath};
use crate::spec::version::{self, InvalidVersion, ModuleVersion, Version};

/// Something that a line of a file says; it dereferences to that.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Directive<T> {
    pub(super) value: T,
    pub(super) line: LineId,
}

impl<T> Deref for Directive<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// `module path`. Source: ref/mod#go-mod-file-module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Module {
    /// The module's path.
    pub path: ModulePath,
    /// The message of the paragraph `// Deprecated: message` on the line, or empty.
    pub deprecated: String,
}

/// `godebug key=value`. Source: ref/mod#go-mod-file-godebug.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Godebug {
    /// The setting.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// `require path version`. Source: ref/mod#go-mod-file-require.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Require {
    /// What is required.
    pub module: ModuleVersion,
    /// Whether the line has an `// indirect` comment.
    pub indirect: bool,
}

/// `replace old => new`. Source: ref/mod#go-mod-file-replace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Replace {
    /// What is replaced; all its versions where the version is empty.
    pub old: ModuleVersion,
    /// What takes its place; without a version, the path is a directory.
    pub new: ModuleVersion,
}

/// The versions from `low` to `high`, both included; the two are equal for one version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VersionInterval {
    /// The lowest version.
    pub low: Version,
    /// The highest version.
    pub high: Version,
}

/// `retract interval`. Source: ref/mod#go-mod-file-retract.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Retract {
    /// What is retracted.
    pub interval: VersionInterval,
    /// The comments on the line, or those on its block; lines end in `\n` but for the last.
    pub rationale: String,
}

/// `1.21` taken from the front of `1.21.3`.
fn take_language(s: &str) -> Option<(&str, &str)> {
    let (major, rest) = decimal::take(s)?;
    let (_, rest) = decimal::take(rest.strip_prefix('.')?)?;
    (major != "0").then(|| s.split_at(s.len() - rest.len()))
}

/// Whether a go line may say this: `1.21`, `1.21.3`, `1.21rc1`. Source: `modfile.GoVersionRE`.
pub fn is_go_version(version: &str) -> bool {
    let judge = || {
        let (_, mut rest) = take_language(version)?;
        if let Some(patch) = rest.strip_prefix('.') {
            (_, rest) = decimal::take(patch)?;
        }
        if rest.is_empty() {
            return Some(());
        }
        let number = rest.trim_start_matches(|c: char| c.is_ascii_lowercase());
        let digits = number.bytes().all(|b| b.is_ascii_digit());
        (digits && !number.is_empty() && number.len() < rest.len()).then_some(())
    };
    judge().is_some()
}

/// The language version that `v1.21.x` and the like begin with, for dependencies.
fn lax_go_version(version: &str) -> Option<&str> {
    let version = version.strip_prefix('v').unwrap_or(version);
    let (language, rest) = take_language(version)?;
    (!rest.is_empty() && !rest.contains('\n')).then_some(language)
}

/// Whether a toolchain line may say this: `default`, `go1` or `go1.` and anything.
/// Source: `modfile.ToolchainRE`.
pub fn is_toolchain_name(name: &str) -> bool {
    matches!(name, "default" | "go1") || name.starts_with("go1.")
}

/// Whether a replacement is a directory: rooted or beginning with `.` or `..`, in the
/// notation of any system. Source: `modfile.IsDirectoryPath`.
pub fn is_directory_path(path: &str) -> bool {
    match path.as_bytes() {
        b"." | b".." | [b'/' | b'\\', ..] => true,
        [b'.', b'/' | b'\\', ..] | [b'.', b'.', b'/' | b'\\', ..] => true,
        [drive, b':', ..] => drive.is_ascii_alphabetic(),
        _ => false,
    }
}

/// What is wrong with a directive, and what it is about.
pub(super) struct Complaint {
    verb: &'static str,
    module_path: String,
    reason: Reason,
}

impl Complaint {
    fn about(verb: &'static str, module_path: &str, reason: Reason) -> Self {
        Self { verb, module_path: module_path.to_owned(), reason }
    }

    /// The complaint with its place: where a line or block begins.
    pub(super) fn at(self, file: &str, syntax: &Syntax, start: usize, line: usize) -> ParseError {
        let position = Position { line, column: syntax.column(start) };
        let Self { verb, module_path, reason } = self;
        ParseError { file: file.to_owned(), position, verb, module_path, reason }
    }
}

impl From<Reason> for Complaint {
    fn from(reason: Reason) -> Self {
        Self { verb: "", module_path: String::new(), reason }
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn invalid_version(version: &str, reason: impl ToString) -> Reason {
    let (version, reason) = (version.to_owned(), reason.to_string());
    Reason::Version(InvalidVersion { version, pseudo: false, reason })
}

struct Reader<'a, 'f> {
    file: &'a str,
    mode: Mode,
    fix: Option<&'a mut Fixer<'f>>,
    parsed: ModFile,
    errors: Vec<ParseError>,
}

/// Reads the directives of a tree.
pub(super) fn read(
    file: &str,
    syntax: Syntax,
    mode: Mode,
    fix: Option<&mut Fixer<'_>>,
) -> Result<ModFile, ParseErrors> {
    let statements = syntax.statements.len();
    // Nearly all lines of nearly all files require something.
    let require = Vec::with_capacity(syntax.line_count());
    let parsed = ModFile { syntax, require, ..ModFile::default() };
    let mut reader = Reader { file, mode, fix, parsed, errors: Vec::new() };
    for index in 0..statements {
        match reader.parsed.syntax.statements[index] {
            Statement::Comments(_) => {}
            Statement::Line(id) => {
                let tokens = reader.parsed.syntax.line(id).tokens;
                reader.line(None, id, tokens, tokens.rest());
            }
            Statement::Block(id) => reader.block(id),
        }
    }
    reader.fix_retractions();
    if reader.errors.is_empty() {
        Ok(reader.parsed)
    } else {
        Err(ParseErrors { errors: reader.errors })
    }
}

impl Reader<'_, '_> {
    fn block(&mut self, id: BlockId) {
        let syntax = &self.parsed.syntax;
        let header = syntax.block(id).header;
        let mut known =
            ["module", "godebug", "require", "exclude", "replace", "retract", "tool", "ignore"]
                .into_iter();
        if header.len() > 1 || !known.any(|verb| syntax.nth(header, 0) == Some(verb.as_bytes())) {
            if self.mode == Mode::Strict {
                let (start, number) = (syntax.block(id).start, syntax.block(id).number);
                self.complain(start, number, unknown_block(syntax, header));
            }
            return;
        }
        for index in 0..self.parsed.syntax.block(id).lines.len() {
            let line = self.parsed.syntax.block(id).lines[index];
            let tokens = self.parsed.syntax.line(line).tokens;
            self.line(Some(id), line, header, tokens);
        }
    }

    fn complain(&mut self, start: usize, line: usize, complaint: Complaint) {
        self.errors.push(complaint.at(self.file, &self.parsed.syntax, start, line));
    }

    fn line(&mut self, block: Option<BlockId>, id: LineId, verb: List, args: List) {
        if let Err(complaint) = self.directive(block, id, verb, args) {
            let line = self.parsed.syntax.line(id);
            let (start, number) = (line.start, line.number);
            self.complain(start, number, complaint);
        }
    }

    /// Reads one directive whose verb is the first text of a list.
    fn directive(
        &mut self,
        block: Option<BlockId>,
        line: LineId,
        verb: List,
        args: List,
    ) -> Result<(), Complaint> {
        let strict = self.mode == Mode::Strict;
        let usage = |count, usage| {
            if args.len() == count { Ok(()) } else { Err(Reason::Usage(usage)) }
        };
        match self.parsed.syntax.nth(verb, 0).unwrap_or_default() {
            b"module" => {
                if self.parsed.module.is_some() {
                    return Err(Reason::Repeated("module").into());
                }
                let deprecated =
                    deprecation(&comments(&self.parsed.syntax, block, line)).to_owned();
                let path = ModulePath::new("");
                let module = self
                    .parsed
                    .module
                    .insert(Directive { value: Module { path, deprecated }, line });
                usage(1, "module module/path")?;
                let path = string(&mut self.parsed.syntax, args, 0).map_err(Reason::String)?;
                module.value.path = ModulePath::new(&path);
            }
            b"go" => {
                let (go, syntax) = (&mut self.parsed.go, &mut self.parsed.syntax);
                read_go(go, syntax, line, args, self.mode)?;
            }
            b"require" => {
                usage(2, "require module/path v1.2.3")?;
                let module = self.module_version("require", args)?;
                let indirect = self.parsed.syntax.is_indirect(line);
                self.parsed.require.push(Directive { value: Require { module, indirect }, line });
            }
            b"retract" => self.retract(block, line, args)?,
            b"ignore" => {
                one_argument("ignore", args)?;
                let value = string(&mut self.parsed.syntax, args, 0).map_err(Reason::String)?;
                self.parsed.ignore.push(Directive { value: value.into_owned(), line });
            }
            _ if !strict => {}
            b"toolchain" => {
                let (toolchain, syntax) = (&mut self.parsed.toolchain, &self.parsed.syntax);
                read_toolchain(toolchain, syntax, line, args)?;
            }
            b"godebug" => {
                let value = godebug(&self.parsed.syntax, args)?;
                self.parsed.godebug.push(Directive { value, line });
            }
            b"exclude" => {
                usage(2, "exclude module/path v1.2.3")?;
                let value = self.module_version("exclude", args)?;
                self.parsed.exclude.push(Directive { value, line });
            }
            b"replace" => {
                let value = replace(&mut self.parsed.syntax, args, self.fix.as_deref_mut())?;
                self.parsed.replace.push(Directive { value, line });
            }
            b"tool" => {
                one_argument("tool", args)?;
                let value = string(&mut self.parsed.syntax, args, 0).map_err(Reason::String)?;
                self.parsed.tool.push(Directive { value: value.into_owned(), line });
            }
            unknown => return Err(unknown_directive(unknown)),
        }
        Ok(())
    }

    fn argument(&self, args: List, index: usize) -> &[u8] {
        self.parsed.syntax.nth(args, index).unwrap_or_default()
    }

    /// Reads the arguments of a require or exclude line.
    fn module_version(
        &mut self,
        verb: &'static str,
        args: List,
    ) -> Result<ModuleVersion, Complaint> {
        let syntax = &mut self.parsed.syntax;
        let path = ModulePath::new(&string(syntax, args, 0).map_err(Reason::String)?);
        let version = version(syntax, verb, &path, args, 1, self.fix.as_deref_mut())?;
        let (_, major) = path::split_major(&path).ok_or(Reason::ModulePath)?;
        path::check_major(&version, major)
            .map_err(|error| Complaint::about(verb, &path, Reason::Version(error)))?;
        Ok(ModuleVersion { path, version })
    }

    fn retract(
        &mut self,
        block: Option<BlockId>,
        line: LineId,
        args: List,
    ) -> Result<(), Complaint> {
        // The module line, whose path a fixer needs, may come later.
        let mut as_written = |_: &str, version: &str| Ok(version.to_owned());
        let read = interval(&mut self.parsed.syntax, "", args, Some(&mut as_written));
        let (interval, count) = match read {
            Ok(read) => read,
            // A dependency may have been written for a go with other kinds of intervals.
            Err(_) if self.mode == Mode::Lax => return Ok(()),
            Err(complaint) => return Err(complaint),
        };
        if count < args.len() && self.mode == Mode::Strict {
            return Err(Reason::TokenAfterVersion(lossy(self.argument(args, count))).into());
        }
        let rationale = comments(&self.parsed.syntax, block, line);
        self.parsed.retract.push(Directive { value: Retract { interval, rationale }, line });
        Ok(())
    }

    /// Gives the versions of retract lines to the fixer, now that the module path is known.
    fn fix_retractions(&mut self) {
        let Some(fix) = self.fix.take() else { return };
        let path = self.parsed.module.as_ref().map_or(ModulePath::new(""), |m| m.path.clone());
        for index in 0..self.parsed.retract.len() {
            let line = *self.parsed.syntax.line(self.parsed.retract[index].line);
            if path.is_empty() {
                // One such error is enough.
                return self.complain(line.start, line.number, Reason::RetractWithoutModule.into());
            }
            // As in go, also where the word stands in a block as if it were a version.
            let skips_verb = self.argument(line.tokens, 0) == b"retract";
            let args = if skips_verb { line.tokens.rest() } else { line.tokens };
            match interval(&mut self.parsed.syntax, &path, args, Some(&mut *fix)) {
                Ok((interval, _)) => self.parsed.retract[index].value.interval = interval,
                Err(complaint) => self.complain(line.start, line.number, complaint),
            }
        }
    }
}

/// Reads a go line, which stands at most once.
pub(super) fn read_go(
    go: &mut Option<Directive<String>>,
    syntax: &mut Syntax,
    line: LineId,
    args: List,
    mode: Mode,
) -> Result<(), Complaint> {
    if go.is_some() {
        return Err(Reason::Repeated("go").into());
    }
    one_argument("go", args)?;
    let mut version = lossy(syntax.nth(args, 0).unwrap_or_default());
    if !is_go_version(&version) {
        match lax_go_version(&version).filter(|_| mode == Mode::Lax) {
            Some(language) => version = language.to_owned(),
            None => return Err(Reason::GoVersion(version).into()),
        }
        syntax.set(args, 0, version.as_bytes());
    }
    *go = Some(Directive { value: version, line });
    Ok(())
}

/// The complaint about a block whose header is none that a file may have.
pub(super) fn unknown_block(syntax: &Syntax, header: List) -> Complaint {
    let words: Vec<_> = syntax.texts(header).map(String::from_utf8_lossy).collect();
    Reason::UnknownBlock(words.join(" ")).into()
}

/// The complaint about a verb that is none.
pub(super) fn unknown_directive(verb: &[u8]) -> Complaint {
    Reason::UnknownDirective(lossy(verb)).into()
}

fn one_argument(verb: &'static str, args: List) -> Result<(), Reason> {
    if args.len() == 1 { Ok(()) } else { Err(Reason::OneArgument(verb)) }
}

/// Reads a toolchain line, which stands at most once.
pub(super) fn read_toolchain(
    toolchain: &mut Option<Directive<String>>,
    syntax: &Syntax,
    line: LineId,
    args: List,
) -> Result<(), Complaint> {
    if toolchain.is_some() {
        return Err(Reason::Repeated("toolchain").into());
    }
    one_argument("toolchain", args)?;
    let value = lossy(syntax.nth(args, 0).unwrap_or_default());
    if !is_toolchain_name(&value) {
        return Err(Reason::Toolchain(value).into());
    }
    *toolchain = Some(Directive { value, line });
    Ok(())
}

/// Reads the arguments of a godebug line.
pub(super) fn godebug(syntax: &Syntax, args: List) -> Result<Godebug, Complaint> {
    let usage = || Reason::Usage("godebug key=value");
    let setting = lossy(syntax.nth(args, 0).unwrap_or_default());
    if args.len() != 1 || setting.contains(['"', '`', '\'', ',']) {
        return Err(usage().into());
    }
    let (key, value) = setting.split_once('=').ok_or_else(usage)?;
    Ok(Godebug { key: key.to_owned(), value: value.to_owned() })
}

/// Reads the arguments of a replace line.
pub(super) fn replace(
    syntax: &mut Syntax,
    args: List,
    mut fix: Option<&mut Fixer<'_>>,
) -> Result<Replace, Complaint> {
    const VERB: &str = "replace";
    let arrow = if syntax.nth(args, 1) == Some(b"=>") { 1 } else { 2 };
    let count_fits = args.len() == arrow + 2 || args.len() == arrow + 3;
    if !count_fits || syntax.nth(args, arrow) != Some(b"=>") {
        return Err(Reason::Usage(
            "replace module/path [v1.2.3] => other/module v1.4\n\t or \
             replace module/path [v1.2.3] => ../local/directory",
        )
        .into());
    }
    let path = ModulePath::new(&string(syntax, args, 0).map_err(Reason::String)?);
    let (_, major) = path::split_major(&path)
        .ok_or_else(|| Complaint::about(VERB, &path, Reason::ModulePath))?;
    let mut old_version = Version::none();
    if arrow == 2 {
        old_version = version(syntax, VERB, &path, args, 1, fix.as_deref_mut())?;
        path::check_major(&old_version, major)
            .map_err(|error| Complaint::about(VERB, &path, Reason::Version(error)))?;
    }
    let new_path = ModulePath::new(&string(syntax, args, arrow + 1).map_err(Reason::String)?);
    let is_directory = is_directory_path(&new_path);
    let mut new_version = Version::none();
    if args.len() == arrow + 3 {
        new_version = version(syntax, VERB, &new_path, args, arrow + 2, fix)?;
        if is_directory {
            return Err(Reason::ReplacementDirectoryWithVersion(new_path.to_string()).into());
        }
    } else if !is_directory {
        return Err(if new_path.contains('@') {
            Reason::ReplacementWithAt.into()
        } else {
            Reason::ReplacementNotDirectory.into()
        });
    } else if std::path::MAIN_SEPARATOR == '/' && new_path.contains('\\') {
        return Err(Reason::ReplacementForWindows.into());
    }
    Ok(Replace {
        old: ModuleVersion { path, version: old_version },
        new: ModuleVersion { path: new_path, version: new_version },
    })
}

/// The value of a string token, which is rewritten without quotes where it needs none.
pub(super) fn string(
    syntax: &mut Syntax,
    list: List,
    index: usize,
) -> Result<Cow<'_, str>, InvalidString> {
    let token = syntax.nth(list, index).unwrap_or_default();
    if token.starts_with(b"\"") {
        let value = text::unquote(token).ok_or(InvalidString::Syntax)?;
        if text::must_quote_bytes(&value) {
            syntax.set(list, index, text::quote(&value).as_bytes());
        } else {
            syntax.set(list, index, &value);
        }
        return Ok(Cow::Owned(lossy(&value)));
    }
    if token.iter().any(|b| matches!(b, b'"' | b'\'' | b'`')) {
        return Err(InvalidString::Quote);
    }
    Ok(String::from_utf8_lossy(syntax.nth(list, index).unwrap_or_default()))
}

/// The canonical form of a version token, which is rewritten to it.
fn version(
    syntax: &mut Syntax,
    verb: &'static str,
    path: &str,
    list: List,
    index: usize,
    fix: Option<&mut Fixer<'_>>,
) -> Result<Version, Complaint> {
    let about = |reason| Complaint::about(verb, path, reason);
    let written = match string(syntax, list, index) {
        Ok(written) => written,
        Err(error) => {
            let token = lossy(syntax.nth(list, index).unwrap_or_default());
            return Err(about(invalid_version(&token, error)));
        }
    };
    let version = match fix {
        Some(fix) => match fix(path, &written) {
            Ok(fixed) => Version::new(&fixed),
            Err(FixError::OfModule(text)) => return Err(about(Reason::Fixer(text))),
            Err(FixError::Other(text)) => return Err(Reason::Fixer(text).into()),
        },
        None if version::is_canonical(&written) => Version::new(&written),
        None => match version::canonical(&written) {
            canonical if canonical.is_empty() => {
                return Err(about(invalid_version(&written, "must be of the form v1.2.3")));
            }
            canonical => Version::new(&canonical),
        },
    };
    // Only then may the token differ: a malformed byte must not become U+FFFD in the file.
    if *version != *written || text::must_quote(&written) {
        syntax.set(list, index, version.as_bytes());
    }
    Ok(version)
}

/// Reads a version or an interval, answers with it how many tokens it takes.
fn interval(
    syntax: &mut Syntax,
    path: &str,
    args: List,
    mut fix: Option<&mut Fixer<'_>>,
) -> Result<(VersionInterval, usize), Complaint> {
    let mut version_at = |syntax: &mut Syntax, index| {
        version(syntax, "retract", path, args, index, fix.as_deref_mut())
    };
    let expected = |what| Err(Reason::Interval(what).into());
    match syntax.nth(args, 0) {
        None | Some(b"(") => return expected("'[' or version"),
        Some(b"[") => {}
        Some(_) => {
            let low = version_at(syntax, 0)?;
            return Ok((VersionInterval { high: low.clone(), low }, 1));
        }
    }
    if args.len() < 2 {
        return expected("version after '['");
    }
    let low = version_at(syntax, 1)?;
    if syntax.nth(args, 2) != Some(b",") {
        return expected("',' after version");
    }
    if args.len() < 4 {
        return expected("version after ','");
    }
    let high = version_at(syntax, 3)?;
    if syntax.nth(args, 4) != Some(b"]") {
        return expected("']' after version");
    }
    Ok((VersionInterval { low, high }, 5))
}

/// The text of the comments on a line, or of those on its block if it has none.
fn comments(syntax: &Syntax, block: Option<BlockId>, line: LineId) -> String {
    let Comments { mut before, mut suffix } = syntax.line(line).comments;
    if let Some(block) = block.filter(|_| before.is_empty() && suffix.is_empty()) {
        Comments { before, suffix } = syntax.block(block).comments;
    }
    let comments = syntax.texts(before).chain(syntax.texts(suffix));
    let lines = comments.filter_map(|comment| {
        // Blank lines, and what an edit adds without slashes, do not count.
        let text = comment.strip_prefix(b"//")?;
        Some(String::from_utf8_lossy(text::trim(text)))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The message of the first paragraph that begins with `Deprecated:`.
fn deprecation(comments: &str) -> &str {
    const MARK: &str = "Deprecated:";
    let begins = |at: usize| at == 0 || comments[..at].ends_with("\n\n");
    let Some((at, _)) = comments.match_indices(MARK).find(|&(at, _)| begins(at)) else {
        return "";
    };
    let message = comments[at + MARK.len()..].trim_start_matches(' ');
    message.split_once("\n\n").map_or(message, |(paragraph, _)| paragraph)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, mode: Mode) -> Result<ModFile, String> {
        ModFile::parse("go.mod", text.as_bytes(), mode, None).map_err(|errors| errors.to_string())
    }

    #[test]
    fn go_versions() {
        for good in ["1.0", "1.21", "1.21.0", "1.21rc1", "1.21.3rc10", "2.1"] {
            assert!(is_go_version(good), "{good}");
        }
        let bad = [
            "", "1", "0.1", "01.2", "1.02", "1.2.03", "1.2.", "1.2rc", "1.2RC1", "1.2-x",
            "1.2.3.4", "v1.2", "1.2rc1x",
        ];
        for bad in bad {
            assert!(!is_go_version(bad), "{bad}");
        }
        for (version, want) in [
            ("v1.21.x", Some("1.21")),
            ("1.2.3.", Some("1.2")),
            ("1.2-x", Some("1.2")),
            ("v1.2", None),
            ("1.05x", None),
            ("go1.2x", None),
            ("1.2\"\n", None),
        ] {
            assert_eq!(lax_go_version(version), want, "{version:?}");
        }
    }

    #[test]
    fn toolchains_and_directories() {
        for good in ["default", "go1", "go1.21.0-custom", "go1."] {
            assert!(is_toolchain_name(good), "{good}");
        }
        for bad in ["", "local", "go11", "go2.1", "default1"] {
            assert!(!is_toolchain_name(bad), "{bad}");
        }
        for directory in [".", "..", "./a", "../a", "/a", r".\a", r"..\a", r"\a", "C:a", "z:"] {
            assert!(is_directory_path(directory), "{directory}");
        }
        for module in ["", "a", ".a", "...", "a/./b", "1:", "example.com/m"] {
            assert!(!is_directory_path(module), "{module}");
        }
    }

    #[test]
    fn deprecations() {
        for (comments, want) in [
            ("Deprecated: old", "old"),
            ("Deprecated:old\nand gone\n\nmore", "old\nand gone"),
            ("first\n\nDeprecated:   second", "second"),
            ("first\nDeprecated: same paragraph", ""),
            ("not Deprecated: x", ""),
            ("deprecated: x", ""),
        ] {
            assert_eq!(deprecation(comments), want, "{comments:?}");
        }
    }

    #[test]
    fn a_dependency_may_be_newer_than_we_are() {
        let text = "module a.b/m\ngo 1.99.x\ntoolchain future\nfuture x ( y\nfuture (\n\tz\n)\n\
                    require a.b/x v1\nretract >v1\nreplace x\nignore \"./w\"\n";
        let file = parse(text, Mode::Lax).expect("read");
        assert_eq!(file.go(), Some("1.99"));
        assert_eq!(file.toolchain(), None);
        assert_eq!(file.require()[0].module, ModuleVersion::new("a.b/x", "v1.0.0"));
        assert_eq!(file.retract()[0].interval.low, ">v1".into());
        assert_eq!(*file.ignore()[0], *"./w");
        for broken in ["require a.b/x", "go 1", "module a b", "ignore", "retract \"\n"] {
            assert!(parse(broken, Mode::Lax).is_err(), "{broken}");
        }
        assert!(parse("retract [v1", Mode::Lax).expect("read").retract().is_empty());
    }

    #[test]
    fn a_fixer_decides_about_versions() {
        let text = "retract [master, v1.9]\nrequire a.b/x master\nreplace a.b/y => a.b/z dev\n\
                    module a.b/m\nretract v1.0.0";
        let mut asked = Vec::new();
        let mut fix = |path: &str, version: &str| {
            asked.push(format!("{path}@{version}"));
            Ok(if version.starts_with('v') { version } else { "v1.5.0" }.to_owned())
        };
        let file = ModFile::parse("go.mod", text.as_bytes(), Mode::Strict, Some(&mut fix));
        let file = file.expect("read");
        let want = ["a.b/x@master", "a.b/z@dev", "a.b/m@master", "a.b/m@v1.9", "a.b/m@v1.0.0"];
        assert_eq!(asked, want);
        assert_eq!(*file.retract()[0].interval.low, *"v1.5.0");
        assert_eq!(
            String::from_utf8_lossy(&file.format()),
            "retract [v1.5.0, v1.9]\n\nrequire a.b/x v1.5.0\n\nreplace a.b/y => a.b/z v1.5.0\n\n\
             module a.b/m\n\nretract v1.0.0\n"
        );
    }

    #[test]
    fn a_fixers_errors_have_the_place() {
        let text = "require a.b/x one\nrequire a.b/x two\nretract v1\nretract v1";
        let mut fix = |_: &str, version: &str| match version {
            "one" => Err(FixError::OfModule("no such version".to_owned())),
            _ => Err(FixError::Other("no network".to_owned())),
        };
        let read = ModFile::parse("go.mod", text.as_bytes(), Mode::Strict, Some(&mut fix));
        assert_eq!(
            read.expect_err("refused").to_string(),
            "go.mod:1: require a.b/x: no such version\ngo.mod:2: no network\n\
             go.mod:3: no module directive found, so retract cannot be used"
        );
    }

    #[test]
    fn every_error_is_told_with_its_place() {
        let text = "module a.b/m\nrequire (\n\ta.b/x v2.0.0\n\n\ta.b/y\n)\nfoo bar\n";
        let errors = parse(text, Mode::Strict).expect_err("malformed");
        assert_eq!(
            errors,
            "go.mod:3:2: require a.b/x: version \"v2.0.0\" invalid: should be v0 or v1, not v2\n\
             go.mod:5:2: usage: require module/path v1.2.3\ngo.mod:7: unknown directive: foo"
        );
    }

    #[test]
    fn lines_of_the_source_are_known() {
        let mut file =
            parse("module a.b/m\n\nrequire (\n\ta.b/x v1.0.0\n)\n", Mode::Strict).expect("read");
        file.add_require("a.b/y", "v1.0.0");
        let lines: Vec<_> = file.require().iter().map(|r| file.line_number(r)).collect();
        assert_eq!(lines, [Some(4), None]);
    }
}
