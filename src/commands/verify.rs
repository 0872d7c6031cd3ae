//! `gomod verify`: whether the cached modules of the build list are as they were downloaded.
//!
//! Source: ref/mod#go-mod-verify, cmd/go/internal/modcmd/verify.go.

use anyhow::{Result, bail};

use crate::store::integrity::{self, Finding};

use super::Session;
use super::arguments::NO_MAIN_MODULE;

/// What a verification found.
#[derive(Debug, Default)]
pub struct Summary {
    /// What has changed or cannot be read, in the order of the build list. go prints these
    /// without its name before them.
    pub findings: Vec<Finding>,
}

/// Hashes the zip and the folder of every module of the build list again, as far as they
/// are in the cache, and compares with what was recorded at the download. go.sum is not
/// looked at, nor what replaces a module. Nothing is written.
///
/// # Errors
/// There is no main module, or a part of the module graph cannot be read.
pub async fn run(session: &Session) -> Result<Summary> {
    let Some(main) = session.main() else { bail!(NO_MAIN_MODULE) };
    let stated = session.stated_requirements(main);
    let (_, loaded) = session.resolver.load_consistent(&stated).await?;
    session.check_trust()?;
    let mut modules = loaded.complete()?.selection.build_list();
    modules.retain(|module| module.path != main.path && !module.path.is_toolchain());
    let cache = session.fetcher().cache().clone();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let check = move || integrity::check(&cache, &modules, threads);
    let findings = match tokio::task::spawn_blocking(check).await {
        Ok(findings) => findings,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => return Err(error.into()),
        },
    };
    Ok(Summary { findings })
}
