//! `gomod work init`: a new workspace.
//!
//! Source: ref/mod#go-work-init, cmd/go/internal/workcmd/init.go.

use std::path::Path;

use anyhow::{Result, anyhow, bail};

use crate::config::{Config, Overlaid};
use crate::spec::modfile::WorkFile;
use crate::store::cache::Cache;
use crate::store::main_module::{ModuleFiles, UpdateError};
use crate::store::source_folder as sources;

use super::r#use::{self, Folders};

/// What the user asks for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The folders of the modules to use.
    pub folders: Vec<String>,
}

/// Writes the go.work file of a new workspace: the go line, and the modules to use. It lies
/// where GOWORK says, or else in the working directory, even where one above is in force.
///
/// # Errors
/// There is such a file, or a folder without a module.
pub fn run(config: &Config, options: &Options) -> Result<()> {
    let here = config.directory.join("go.work");
    let path = config.work_file.as_deref().unwrap_or(&here);
    if exists(config, path) {
        bail!("{} already exists", path.display());
    }
    let mut file = WorkFile::new();
    file.add_go_stmt(&config.local_go.version)?;
    let cache = Cache::new(&config.module_cache, config.cache_writable);
    let files = ModuleFiles::new(cache, config.overlay.clone());
    let folders = Folders { arguments: &options.folders, recursive: false };
    // Without -r there is nothing to warn of.
    r#use::adopt(config, &files, path, &mut file, folders, &|_| {})?;
    if path.parent().is_some_and(|folder| !sources::exists(folder)) {
        bail!("open {}: no such file or directory", path.display());
    }
    super::write(&files, path, b"", file).map_err(|error| match error {
        // Somebody else was faster.
        UpdateError::Changed { path } => anyhow!("{} already exists", path.display()),
        error => error.into(),
    })
}

fn exists(config: &Config, path: &Path) -> bool {
    match config.overlay.look_up(path) {
        Overlaid::Not => sources::exists(path),
        Overlaid::Deleted => false,
        Overlaid::By(_) => true,
    }
}
