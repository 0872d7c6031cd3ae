//! `gomod work edit`: a go.work file changed as flags say, without a look at any module.
//!
//! Source: ref/mod#go-work-edit, cmd/go/internal/workcmd/edit.go.

use std::path::Path;

use anyhow::{Result, anyhow, bail};
use serde::Serialize;

use crate::commands::edit::{
    FlagError, FlagReason, List, NO_LINE, ReplaceJson, check_path, check_versions, list, replaced,
    setting, sides, split,
};
use crate::config::{Config, Overlay, clean};
use crate::fetch::info::to_go_json;
use crate::resolve::main_module::shown;
use crate::resolve::main_modules::Workspace;
use crate::spec::ModuleVersion;
use crate::spec::modfile::{WorkFile, is_directory_path, must_quote};
use crate::store::cache::Cache;
use crate::store::main_module::ModuleFiles;

/// A change to a go.work file, as one flag says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// `-godebug`
    Godebug {
        /// The setting.
        key: String,
        /// Its value.
        value: String,
    },
    /// `-dropgodebug`
    DropGodebug(String),
    /// `-use`: a path as go.work has it.
    Use(String),
    /// `-dropuse`
    DropUse(String),
    /// `-replace`
    Replace {
        /// What is replaced.
        old: ModuleVersion,
        /// What takes its place.
        new: ModuleVersion,
    },
    /// `-dropreplace`
    DropReplace(ModuleVersion),
}

/// A path as go.work has it: one that could be a module's is made a folder's.
/// Source: ToDirectoryPath in cmd/go/internal/modload/modfile.go.
pub(super) fn directory_path(path: &str) -> String {
    if is_directory_path(path) {
        return path.to_owned();
    }
    format!("./{}", clean(Path::new(path)).display())
}

/// A side of a replacement that may be a folder. Other than for go.mod, what stands behind an
/// `@` in the name of a folder counts as a version.
fn folder_or_module(
    argument: &str,
    side: &'static str,
    before_path: &'static str,
) -> Result<ModuleVersion, FlagReason> {
    let (path, version) = split(argument)?;
    if !is_directory_path(path) {
        check_path(path, before_path)?;
    }
    match version {
        Some(version) if must_quote(version) => {
            Err(FlagReason::ReplacementVersion { side, version: version.to_owned() })
        }
        _ => Ok(ModuleVersion::new(path, version.unwrap_or_default())),
    }
}

impl Edit {
    /// Reads the value of a flag that may stand several times, named without dashes.
    ///
    /// # Errors
    /// The value means no edit, or there is no such flag.
    pub fn parse(flag: &str, value: &str) -> Result<Self, FlagError> {
        Self::read(flag, value).map_err(|reason| FlagError {
            flag: flag.to_owned(),
            value: value.to_owned(),
            reason,
        })
    }

    fn read(flag: &str, value: &str) -> Result<Self, FlagReason> {
        Ok(match flag {
            "godebug" => {
                let (key, value) = setting(value)?;
                Self::Godebug { key, value }
            }
            "dropgodebug" => Self::DropGodebug(value.to_owned()),
            "use" => Self::Use(directory_path(value)),
            "dropuse" => Self::DropUse(directory_path(value)),
            "replace" => {
                let (old, new) = sides(value)?;
                let old = replaced(old)?;
                let replacement = folder_or_module(new, "new", "new ")?;
                if !new.contains('@') && !is_directory_path(new) {
                    return Err(FlagReason::UnversionedReplacement);
                }
                Self::Replace { old, new: replacement }
            }
            "dropreplace" => Self::DropReplace(folder_or_module(value, "old", "old ")?),
            _ => return Err(FlagReason::UnknownFlag),
        })
    }

    fn apply(&self, file: &mut WorkFile) {
        match self {
            Self::Godebug { key, value } => file.add_godebug(key, value),
            Self::DropGodebug(key) => file.drop_godebug(key),
            Self::Use(path) => file.add_use(path, ""),
            Self::DropUse(path) => file.drop_use(path),
            Self::Replace { old, new } => file.add_replace(old, new),
            Self::DropReplace(old) => file.drop_replace(old),
        }
    }
}

/// What the user asks for. A text that is empty counts as not given, as for go.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `-go`: the version of the go line, or `none`.
    pub go: String,
    /// `-toolchain`: the name in the toolchain line, or `none`.
    pub toolchain: String,
    /// The flags that may stand several times, in their order. They come after the two above.
    pub edits: Vec<Edit>,
    /// `-fmt`: write the file in go's layout though nothing else is asked for.
    pub fmt: bool,
    /// `-json`: answer with the file as JSON rather than writing it.
    pub json: bool,
    /// `-print`: answer with the file rather than writing it.
    pub print: bool,
    /// The file; the one in force where none is named.
    pub files: Vec<String>,
}

/// Edits a go.work file, and answers with what was asked for on stdout. That has the bytes of
/// the file, which need not be UTF-8.
///
/// # Errors
/// What is wrong with the options or the file; then it is as it was.
pub fn run(config: &Config, options: &Options) -> Result<Vec<u8>> {
    let Options { go, toolchain, edits, fmt, json, print, files: named } = options;
    if *json && *print {
        bail!("cannot use both -json and -print");
    }
    let path = match named.as_slice() {
        [] => super::file_in_force(config)?,
        [file] => Path::new(file),
        _ => bail!("'gomod help work edit' accepts at most one argument"),
    };
    check_versions(go, toolchain, &config.local_go.version)?;
    let any_flag = *fmt || *json || *print || !edits.is_empty();
    if !any_flag && go.is_empty() && toolchain.is_empty() {
        bail!("no flags specified (see 'gomod help work edit').");
    }

    // go edits the file itself, whatever stands in for it elsewhere.
    let cache = Cache::new(&config.module_cache, config.cache_writable);
    let files = ModuleFiles::new(cache, Overlay::default());
    let Workspace { mut file, read: data, .. } = Workspace::read(&files, path, &config.directory)
        .map_err(|error| {
        anyhow!("errors parsing {}:\n{error}", shown(path, &config.directory))
    })?;
    match go.as_str() {
        "" => {}
        NO_LINE => file.drop_go_stmt(),
        version => file.add_go_stmt(version)?,
    }
    match toolchain.as_str() {
        "" => {}
        NO_LINE => file.drop_toolchain_stmt(),
        name => file.add_toolchain_stmt(name)?,
    }
    edits.iter().for_each(|edit| edit.apply(&mut file));

    file.sort_blocks();
    file.cleanup();
    if *json {
        return Ok(as_json(&file, &data));
    }
    if *print {
        return Ok(file.format());
    }
    super::rewrite(&files, path, &data, file)?;
    Ok(Vec::new())
}

/// A go.work file in the form and order of go's JSON, which leaves out toolchain and settings.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FileJson<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    go: &'a str,
    r#use: List<UseJson<'a>>,
    replace: List<ReplaceJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UseJson<'a> {
    disk_path: &'a str,
}

fn as_json(file: &WorkFile, data: &[u8]) -> Vec<u8> {
    let shown = FileJson {
        go: file.go().unwrap_or_default(),
        r#use: list(file.uses(), |one| UseJson { disk_path: &one.path }),
        replace: list(file.replace(), |replace| ReplaceJson {
            old: (&replace.old).into(),
            new: (&replace.new).into(),
        }),
    };
    let mut json = to_go_json(&shown, "\t");
    json.push('\n');
    if std::str::from_utf8(data).is_err() {
        // What stands here for malformed bytes go writes as an escape.
        json = json.replace('\u{fffd}', "\\ufffd");
    }
    json.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_folders() {
        for (path, want) in [
            ("a", "./a"),
            ("a//b/../c/", "./a/c"),
            ("", "./."),
            (".", "."),
            ("./a/", "./a/"),
            ("..", ".."),
            ("../a", "../a"),
            ("...", "./..."),
            ("/a/./b", "/a/./b"),
        ] {
            assert_eq!(directory_path(path), want, "{path}");
        }
    }

    #[test]
    fn flags_that_mean_no_edit() {
        for (flag, value, says) in [
            ("godebug", "a", "-godebug=a: need key=value"),
            ("replace", "a.b/x", "-replace=a.b/x: need old[@v]=new[@w] (missing =)"),
            ("replace", "a=>b", "separator between old and new is =, not =>"),
            ("replace", "./a=./b", "invalid old path"),
            ("replace", "a.b/x=a.b/y", "unversioned new path must be local directory"),
            ("replace", "a.b/x=a b@v1", "invalid new path"),
            ("replace", "a.b/x=a.b/y@v 1", "invalid new version: \"v 1\""),
            ("dropreplace", "a.b/x@-1", "invalid module version \"-1\""),
        ] {
            let error = Edit::parse(flag, value).expect_err(value).to_string();
            assert!(error.contains(says), "{error}");
        }
        // As for go, which looks for a version even there.
        assert_eq!(
            Edit::parse("replace", "a.b/x=./d@v1"),
            Ok(Edit::Replace {
                old: ModuleVersion::new("a.b/x", ""),
                new: ModuleVersion::new("./d", "v1")
            })
        );
    }
}
