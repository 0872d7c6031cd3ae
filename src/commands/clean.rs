//! `gomod clean -modcache`: removes the module cache.
//!
//! Source: cmd/go/internal/clean/clean.go.

use anyhow::Result;

use crate::config::Config;
use crate::store::cache::Cache;
use crate::store::package_folder;

/// What the user asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// `-n`: show the shell command that would do it, and do nothing.
    pub shows_only: bool,
    /// `-x`: show the shell command that does the same.
    pub shows: bool,
}

/// Removes all of GOMODCACHE, and what gomod knows of it by heart; answers the shell command
/// that removes the cache, where it is asked for.
///
/// # Errors
/// Something cannot be removed; what could be is gone.
pub fn run(config: &Config, options: Options) -> Result<String> {
    let shown = format!("rm -rf {}\n", config.module_cache.display());
    if options.shows_only {
        return Ok(shown);
    }
    Cache::new(&config.module_cache, config.cache_writable).remove()?;
    if let Some(folder) = &config.import_index {
        package_folder::remove_index(folder)?;
    }
    Ok(if options.shows { shown } else { String::new() })
}
