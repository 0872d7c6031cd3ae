//! `gomod edit`: a go.mod file changed as flags say, without a look at any other module.
//!
//! Source: ref/mod#go-mod-edit, cmd/go/internal/modcmd/edit.go.

use std::path::Path;

use anyhow::{Result, anyhow, bail};
use serde::Serialize;

use crate::config::{Config, Overlay};
use crate::fetch::info::to_go_json;
use crate::resolve::main_module::shown;
use crate::spec::modfile::{
    self, Directive, EditError, ModFile, Mode, VersionInterval, is_directory_path, is_go_version,
    is_toolchain_name, must_quote,
};
use crate::spec::path::{self, InvalidPath};
use crate::spec::{ModulePath, ModuleVersion};
use crate::store::cache::Cache;
use crate::store::main_module::{ModuleFiles, UpdateError};

/// The value of `-go` and `-toolchain` that takes the line away.
pub(super) const NO_LINE: &str = "none";

/// A change to a go.mod file, as one flag says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    flag: String,
    value: String,
    change: Change,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Change {
    Godebug { key: String, value: String },
    DropGodebug(String),
    Require(ModuleVersion),
    DropRequire(String),
    Exclude(ModuleVersion),
    DropExclude(ModuleVersion),
    Replace { old: ModuleVersion, new: ModuleVersion },
    DropReplace(ModuleVersion),
    Retract(VersionInterval),
    DropRetract(VersionInterval),
    Tool(String),
    DropTool(String),
    Ignore(String),
    DropIgnore(String),
}

/// A flag with a value that means no edit, or none that the file allows; the text is go's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("-{flag}={value}: {reason}")]
pub struct FlagError {
    /// The flag without dashes.
    pub flag: String,
    /// Its value as given.
    pub value: String,
    /// What is wrong with it.
    pub reason: FlagReason,
}

/// What is wrong with the value of a flag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlagReason {
    /// The flag is none that edits.
    #[error("no such edit")]
    UnknownFlag,
    /// A setting for `godebug` without `=`, or with quotes or commas.
    #[error("need key=value")]
    NoKeyAndValue,
    /// A module path without a version.
    #[error("need path@version")]
    NoVersion,
    /// A version where only a path makes sense.
    #[error("need just path, not path@version")]
    PathWithVersion,
    /// A version that could be taken for a flag or a file.
    #[error("invalid module version {}", quoted(.0))]
    UnsafeVersion(String),
    /// A malformed path; `side` is `old ` or `new ` for replacements, or empty.
    #[error("invalid {side}path: {error}")]
    Path {
        /// Which of two paths it is.
        side: &'static str,
        /// What is wrong.
        error: InvalidPath,
    },
    /// A version that cannot be one token of a go.mod line.
    #[error("invalid version {}", quoted(.0))]
    Version(String),
    /// Such a version on one side of a replacement.
    #[error("invalid {side} version: {}", quoted(version))]
    ReplacementVersion {
        /// `old` or `new`.
        side: &'static str,
        /// The version.
        version: String,
    },
    /// A replacement without `=`.
    #[error("need old[@v]=new[@w] (missing =)")]
    NoReplacement,
    /// A replacement written with the arrow of go.mod.
    #[error("separator between old and new is =, not =>")]
    Arrow,
    /// A replacement by a module, without a version.
    #[error("unversioned new path must be local directory")]
    UnversionedReplacement,
    /// A retracted version that cannot be one token of a go.mod line.
    #[error("invalid version: {}", quoted(.0))]
    RetractedVersion(String),
    /// A retracted interval of another form than `[low,high]`.
    #[error("invalid version interval: {}", quoted(.0))]
    Interval(String),
    /// The edit itself is refused.
    #[error(transparent)]
    Edit(#[from] EditError),
}

fn quoted(text: &str) -> String {
    modfile::quote(text.as_bytes())
}

/// Splits `path@version`; without an `@` there is no version.
/// Source: `modload.ParsePathVersion`.
pub(super) fn split(argument: &str) -> Result<(&str, Option<&str>), FlagReason> {
    match argument.split_once('@') {
        None => Ok((argument, None)),
        Some((_, version)) if version.starts_with(['-', '/']) => {
            Err(FlagReason::UnsafeVersion(version.to_owned()))
        }
        Some((path, version)) => Ok((path.trim(), Some(version.trim()))),
    }
}

pub(super) fn check_path(path: &str, side: &'static str) -> Result<(), FlagReason> {
    path::check_import(path).map_err(|error| FlagReason::Path { side, error })
}

fn only_path(argument: &str) -> Result<String, FlagReason> {
    if argument.contains('@') {
        return Err(FlagReason::PathWithVersion);
    }
    check_path(argument, "")?;
    Ok(argument.to_owned())
}

/// A version need not be semantic: a branch is looked up by the next command that loads
/// the module. It must be a token.
fn path_and_version(argument: &str) -> Result<ModuleVersion, FlagReason> {
    let (path, version) = split(argument)?;
    let version = version.ok_or(FlagReason::NoVersion)?;
    check_path(path, "")?;
    if must_quote(version) {
        return Err(FlagReason::Version(version.to_owned()));
    }
    Ok(ModuleVersion::new(path, version))
}

/// One side of a replacement: a path with or without a version.
pub(super) fn replaced(argument: &str) -> Result<ModuleVersion, FlagReason> {
    side_of_replacement(argument, "old", "old ")
}

/// The key and value of a GODEBUG setting.
pub(super) fn setting(argument: &str) -> Result<(String, String), FlagReason> {
    match argument.split_once('=') {
        Some((key, value)) if !argument.contains(['"', '`', '\'', ',']) => {
            Ok((key.to_owned(), value.to_owned()))
        }
        _ => Err(FlagReason::NoKeyAndValue),
    }
}

/// The two sides of a replacement.
pub(super) fn sides(argument: &str) -> Result<(&str, &str), FlagReason> {
    let (old, new) = argument.split_once('=').ok_or(FlagReason::NoReplacement)?;
    let (old, new) = (old.trim(), new.trim());
    if new.starts_with('>') {
        return Err(FlagReason::Arrow);
    }
    Ok((old, new))
}

fn replacement(argument: &str) -> Result<ModuleVersion, FlagReason> {
    if is_directory_path(argument) {
        return Ok(ModuleVersion::new(argument, ""));
    }
    let new = side_of_replacement(argument, "new", "new ")?;
    if !argument.contains('@') {
        return Err(FlagReason::UnversionedReplacement);
    }
    Ok(new)
}

fn side_of_replacement(
    argument: &str,
    side: &'static str,
    before_path: &'static str,
) -> Result<ModuleVersion, FlagReason> {
    let (path, version) = split(argument)?;
    check_path(path, before_path)?;
    match version {
        Some(version) if must_quote(version) => {
            Err(FlagReason::ReplacementVersion { side, version: version.to_owned() })
        }
        _ => Ok(ModuleVersion::new(path, version.unwrap_or_default())),
    }
}

fn interval(argument: &str) -> Result<VersionInterval, FlagReason> {
    let Some(rest) = argument.strip_prefix('[') else {
        if must_quote(argument) {
            return Err(FlagReason::RetractedVersion(argument.to_owned()));
        }
        return Ok(VersionInterval { low: argument.into(), high: argument.into() });
    };
    let ends = rest.strip_suffix(']').and_then(|ends| ends.split_once(','));
    let ends = ends.map(|(low, high)| (low.trim(), high.trim()));
    match ends {
        Some((low, high)) if !must_quote(low) && !must_quote(high) => {
            Ok(VersionInterval { low: low.into(), high: high.into() })
        }
        _ => Err(FlagReason::Interval(argument.to_owned())),
    }
}

impl Change {
    fn parse(flag: &str, value: &str) -> Result<Self, FlagReason> {
        Ok(match flag {
            "godebug" => {
                let (key, value) = setting(value)?;
                Self::Godebug { key, value }
            }
            "dropgodebug" => Self::DropGodebug(value.to_owned()),
            "require" => Self::Require(path_and_version(value)?),
            "droprequire" => Self::DropRequire(only_path(value)?),
            "exclude" => Self::Exclude(path_and_version(value)?),
            "dropexclude" => Self::DropExclude(path_and_version(value)?),
            "replace" => {
                let (old, new) = sides(value)?;
                Self::Replace { old: replaced(old)?, new: replacement(new)? }
            }
            "dropreplace" if is_directory_path(value) => {
                Self::DropReplace(ModuleVersion::new(value, ""))
            }
            "dropreplace" => Self::DropReplace(replaced(value)?),
            "retract" => Self::Retract(interval(value)?),
            "dropretract" => Self::DropRetract(interval(value)?),
            "tool" => Self::Tool(only_path(value)?),
            "droptool" => Self::DropTool(only_path(value)?),
            "ignore" => Self::Ignore(value.to_owned()),
            "dropignore" => Self::DropIgnore(value.to_owned()),
            _ => return Err(FlagReason::UnknownFlag),
        })
    }

    fn apply(&self, file: &mut ModFile) -> Result<(), EditError> {
        match self {
            Self::Godebug { key, value } => file.add_godebug(key, value),
            Self::DropGodebug(key) => file.drop_godebug(key),
            Self::Require(module) => file.add_require(&module.path, &module.version),
            Self::DropRequire(path) => file.drop_require(path),
            Self::Exclude(module) => return file.add_exclude(&module.path, &module.version),
            Self::DropExclude(module) => file.drop_exclude(&module.path, &module.version),
            Self::Replace { old, new } => file.add_replace(old, new),
            Self::DropReplace(old) => file.drop_replace(old),
            Self::Retract(interval) => return file.add_retract(interval, ""),
            Self::DropRetract(interval) => file.drop_retract(interval),
            Self::Tool(path) => file.add_tool(path),
            Self::DropTool(path) => file.drop_tool(path),
            Self::Ignore(path) => file.add_ignore(path),
            Self::DropIgnore(path) => file.drop_ignore(path),
        }
        Ok(())
    }
}

impl Edit {
    /// Reads the value of a flag that may stand several times: `require`, `dropreplace`
    /// and so on, without dashes.
    ///
    /// # Errors
    /// The value means no edit, or there is no such flag.
    pub fn parse(flag: &str, value: &str) -> Result<Self, FlagError> {
        let (flag, value) = (flag.to_owned(), value.to_owned());
        match Change::parse(&flag, &value) {
            Ok(change) => Ok(Self { flag, value, change }),
            Err(reason) => Err(FlagError { flag, value, reason }),
        }
    }

    fn apply(&self, file: &mut ModFile) -> Result<(), FlagError> {
        let Self { flag, value, change } = self;
        change.apply(file).map_err(|error| FlagError {
            flag: flag.clone(),
            value: value.clone(),
            reason: error.into(),
        })
    }
}

/// What the user asks for. A text that is empty counts as not given, as for go.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `-module`: the module path.
    pub module: String,
    /// `-go`: the version of the go line, or `none`.
    pub go: String,
    /// `-toolchain`: the name in the toolchain line, or `none`.
    pub toolchain: String,
    /// The flags that may stand several times, in their order. They come after the three
    /// above.
    pub edits: Vec<Edit>,
    /// `-fmt`: write the file in go's layout though nothing else is asked for.
    pub fmt: bool,
    /// `-json`: answer with the file as JSON rather than writing it.
    pub json: bool,
    /// `-print`: answer with the file rather than writing it.
    pub print: bool,
    /// The file; the main module's go.mod where none is named.
    pub files: Vec<String>,
}

/// What an edit came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// What was asked for on stdout; empty where the file was written. It has the bytes of
    /// the file, which need not be UTF-8.
    pub output: Vec<u8>,
}

/// Edits a go.mod file.
///
/// # Errors
/// What is wrong with the options, the file, or an edit of it; then the file is as it was.
pub fn run(config: &Config, options: &Options) -> Result<Summary> {
    let Options { module, go, toolchain, edits, fmt, json, print, files: named } = options;
    let any_flag = *fmt || *json || *print || !edits.is_empty();
    if !any_flag && module.is_empty() && go.is_empty() && toolchain.is_empty() {
        bail!("no flags specified (see 'gomod help edit').");
    }
    if *json && *print {
        bail!("cannot use both -json and -print");
    }
    let target = match (named.as_slice(), &config.main_module) {
        ([], Some(main)) => main.go_mod.as_path(),
        ([], None) => bail!(
            "go.mod file not found in current directory or any parent directory; \
             see 'gomod help edit'"
        ),
        ([file], _) => Path::new(file),
        _ => bail!("too many arguments"),
    };
    check_single_flags(options, &config.local_go.version)?;

    // go edits the file itself, whatever stands in for it elsewhere.
    let cache = Cache::new(&config.module_cache, config.cache_writable);
    let files = ModuleFiles::new(cache, Overlay::default());
    let data = files
        .read(target)?
        .ok_or_else(|| anyhow!("open {}: no such file or directory", target.display()))?;
    let mut file = ModFile::parse(&target.display().to_string(), &data, Mode::Strict, None)
        .map_err(|errors| {
            anyhow!("errors parsing {}:\n{errors}", shown(target, &config.directory))
        })?;
    edit(&mut file, options)?;

    if *json {
        return Ok(Summary { output: as_json(&file, &data) });
    }
    let text = file.format();
    if *print {
        return Ok(Summary { output: text });
    }
    files.replace(target, &data, &text).map_err(|error| match error {
        UpdateError::Changed { .. } => anyhow!("go.mod changed during editing; not overwriting"),
        error => error.into(),
    })?;
    Ok(Summary::default())
}

fn check_single_flags(options: &Options, local_go: &str) -> Result<()> {
    let Options { module, go, toolchain, .. } = options;
    if !module.is_empty() {
        path::check_import(module).map_err(|error| anyhow!("invalid -module: {error}"))?;
        if ModulePath::new(module).is_toolchain() {
            bail!("invalid -module: module path is reserved");
        }
    }
    check_versions(go, toolchain, local_go)
}

/// Checks the values of `-go` and `-toolchain`.
pub(super) fn check_versions(go: &str, toolchain: &str, local_go: &str) -> Result<()> {
    let given = |value: &str| !value.is_empty() && value != NO_LINE;
    if given(go) && !is_go_version(go) {
        bail!("invalid -go option; expecting something like \"-go {local_go}\"");
    }
    if given(toolchain) && !is_toolchain_name(toolchain) {
        bail!("invalid -toolchain option; expecting something like \"-toolchain go{local_go}\"");
    }
    Ok(())
}

fn edit(file: &mut ModFile, options: &Options) -> Result<()> {
    if !options.module.is_empty() {
        file.add_module_stmt(&options.module);
    }
    match options.go.as_str() {
        "" => {}
        NO_LINE => file.drop_go_stmt(),
        version => file.add_go_stmt(version)?,
    }
    match options.toolchain.as_str() {
        "" => {}
        NO_LINE => file.drop_toolchain_stmt(),
        name => file.add_toolchain_stmt(name)?,
    }
    for edit in &options.edits {
        edit.apply(file)?;
    }
    file.sort_blocks();
    file.cleanup();
    Ok(())
}

/// A go.mod file in the form and order of go's JSON.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FileJson<'a> {
    module: ModuleJson<'a>,
    #[serde(skip_serializing_if = "str::is_empty")]
    go: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    toolchain: &'a str,
    #[serde(rename = "GoDebug", skip_serializing_if = "Option::is_none")]
    godebug: List<GodebugJson<'a>>,
    require: List<RequireJson<'a>>,
    exclude: List<VersionJson<'a>>,
    replace: List<ReplaceJson<'a>>,
    retract: List<RetractJson<'a>>,
    tool: List<PathJson<'a>>,
    ignore: List<PathJson<'a>>,
}

/// A list as go shows it: an empty one is null.
pub(super) type List<T> = Option<Vec<T>>;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ModuleJson<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    deprecated: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GodebugJson<'a> {
    key: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RequireJson<'a> {
    #[serde(flatten)]
    module: VersionJson<'a>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    indirect: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct VersionJson<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    version: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReplaceJson<'a> {
    pub(super) old: VersionJson<'a>,
    pub(super) new: VersionJson<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RetractJson<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    low: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    high: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    rationale: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PathJson<'a> {
    path: &'a str,
}

impl<'a> From<&'a ModuleVersion> for VersionJson<'a> {
    fn from(module: &'a ModuleVersion) -> Self {
        Self { path: &module.path, version: &module.version }
    }
}

pub(super) fn list<'a, T, J>(directives: &'a [Directive<T>], show: impl Fn(&'a T) -> J) -> List<J> {
    let shown: Vec<J> = directives.iter().map(|directive| show(directive)).collect();
    (!shown.is_empty()).then_some(shown)
}

fn as_json(file: &ModFile, data: &[u8]) -> Vec<u8> {
    let (path, deprecated) =
        file.module().map_or(("", ""), |module| (&*module.path, &*module.deprecated));
    let shown = FileJson {
        module: ModuleJson { path, deprecated },
        go: file.go().unwrap_or_default(),
        toolchain: file.toolchain().unwrap_or_default(),
        godebug: list(file.godebug(), |godebug| GodebugJson {
            key: &godebug.key,
            value: &godebug.value,
        }),
        require: list(file.require(), |require| RequireJson {
            module: (&require.module).into(),
            indirect: require.indirect,
        }),
        exclude: list(file.exclude(), VersionJson::from),
        replace: list(file.replace(), |replace| ReplaceJson {
            old: (&replace.old).into(),
            new: (&replace.new).into(),
        }),
        retract: list(file.retract(), |retract| RetractJson {
            low: &retract.interval.low,
            high: &retract.interval.high,
            rationale: &retract.rationale,
        }),
        tool: list(file.tool(), |path| PathJson { path }),
        ignore: list(file.ignore(), |path| PathJson { path }),
    };
    let mut json = to_go_json(&shown, "\t");
    json.push('\n');
    if std::str::from_utf8(data).is_err() {
        // What stands here for malformed bytes go writes as an escape.
        json = json.replace('\u{fffd}', "\\ufffd");
    }
    json.into_bytes()
}
