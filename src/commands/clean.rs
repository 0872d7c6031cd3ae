//! `gomod clean -modcache`: removes the module cache.
//!
//! Source: cmd/go/internal/clean/clean.go.

use anyhow::Result;

use crate::config::Config;
use crate::store::cache::Cache;

/// The shell command that does the same, which go prints on stdout: for `-n` instead of
/// doing it, for `-x` before.
pub fn shell_command(config: &Config) -> String {
    format!("rm -rf {}\n", config.module_cache.display())
}

/// Removes all of GOMODCACHE.
///
/// # Errors
/// Something cannot be removed; what could be is gone.
pub async fn run(config: &Config) -> Result<()> {
    let cache = Cache::new(&config.module_cache, config.cache_writable);
    Ok(tokio::task::spawn_blocking(move || cache.remove()).await??)
}
