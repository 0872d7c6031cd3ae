//! `gomod work`: the verbs that begin and change a go.work file.
//!
//! go neither locks go.work nor looks whether it has changed; here it is edited with the same
//! care as go.mod. Source: ref/mod#workspaces, cmd/go/internal/workcmd.

pub mod edit;
pub mod init;
pub mod sync;
pub mod r#use;

use std::path::Path;

use anyhow::{Result, anyhow};

use crate::config::Config;
use crate::spec::goversion;
use crate::spec::modfile::WorkFile;
use crate::store::DiskError;
use crate::store::main_module::{ModuleFiles, UpdateError};

/// The go.work file in force.
///
/// # Errors
/// There is none.
pub(super) fn file_in_force(config: &Config) -> Result<&Path> {
    config.work_file.as_deref().ok_or_else(|| {
        anyhow!(
            "no go.work file found\n\t(run 'gomod work init' first or specify path using GOWORK \
             environment variable)"
        )
    })
}

/// Writes a go.work file in go's layout, where it is still what was read.
/// Source: WriteWorkFile in cmd/go/internal/modload/init.go, which tells nobody when it fails.
fn write(
    files: &ModuleFiles,
    path: &Path,
    read: &[u8],
    file: WorkFile,
) -> Result<(), UpdateError<DiskError>> {
    files.replace(path, read, &layout(file))
}

/// A go.work file as it is written.
pub(super) fn layout(mut file: WorkFile) -> Vec<u8> {
    file.sort_blocks();
    file.cleanup();
    file.format()
}

/// The same for a file that was there before.
pub(super) fn rewrite(files: &ModuleFiles, path: &Path, read: &[u8], file: WorkFile) -> Result<()> {
    write(files, path, read, file).map_err(|error| match error {
        UpdateError::Changed { .. } => anyhow!("go.work changed during editing; not overwriting"),
        error => error.into(),
    })
}

/// Raises the go line to this version, and drops a toolchain line that no longer adds
/// anything. Source: UpdateWorkGoVersion in cmd/go/internal/modload/init.go.
pub(super) fn raise_go_line(file: &mut WorkFile, version: &str) -> Result<()> {
    let is_older = |a: &str, b: &str| goversion::compare(a, b).is_lt();
    if !is_older(file.go().unwrap_or(goversion::DEFAULT_GO_WORK), version) {
        return Ok(());
    }
    file.add_go_stmt(version)?;
    let adds_nothing = file.toolchain().is_some_and(|toolchain| {
        let of_toolchain = goversion::from_toolchain(toolchain);
        toolchain.strip_prefix("go") == Some(version)
            || is_older(of_toolchain, version)
            || is_older(of_toolchain, goversion::STRICT)
    });
    if adds_nothing {
        file.drop_toolchain_stmt();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_lines_are_raised_and_toolchains_implied() {
        for (text, version, want) in [
            ("", "1.18", ""),
            ("", "1.19", "go 1.19\n"),
            ("go 1.20\n", "1.19", "go 1.20\n"),
            ("go 1.20\ntoolchain go1.22.0\n", "1.21", "go 1.21\n\ntoolchain go1.22.0\n"),
            ("go 1.20\ntoolchain go1.22.0\n", "1.22.0", "go 1.22.0\n"),
            ("go 1.20\ntoolchain go1.22.0\n", "1.23", "go 1.23\n"),
            ("go 1.18\ntoolchain go1.20\n", "1.19", "go 1.19\n"),
            ("go 1.20\ntoolchain default\n", "1.21", "go 1.21\n"),
            ("go 1.22\ntoolchain go1.20\n", "1.21", "go 1.22\n\ntoolchain go1.20\n"),
        ] {
            let mut file = WorkFile::parse("go.work", text.as_bytes(), None).expect("read");
            raise_go_line(&mut file, version).expect("raised");
            file.cleanup();
            assert_eq!(String::from_utf8_lossy(&file.format()), want, "{text} {version}");
        }
    }
}
