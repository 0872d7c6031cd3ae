//! Speculation: what go.sum lists will most likely be asked for, so it is fetched at
//! once instead of one level of the module graph after the other.
//!
//! It begins with the first go.mod file that a command needs and the cache does not
//! have, so a full cache asks for nothing. It holds bytes in memory only: what nobody
//! asks for never reaches the cache, nor does an error here concern anybody else.

use std::sync::{Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use futures_util::FutureExt;
use tokio::task::JoinSet;

use crate::spec::ModuleVersion;
use crate::verify::once::OnceMap;

use super::Fetcher;
use super::error::FetchError;

/// What is being fetched ahead in one run.
#[derive(Default)]
pub(super) struct Ahead {
    begun: OnceLock<()>,
    go_mods: OnceMap<ModuleVersion, Result<Bytes, FetchError>>,
    /// Dropped with the run, and the tasks with it.
    tasks: Mutex<JoinSet<()>>,
}

impl Ahead {
    /// The go.mod file of a module version, or why it cannot be had, where it was fetched ahead.
    pub(super) async fn take(
        &self,
        fetcher: &Fetcher,
        module: &ModuleVersion,
    ) -> Option<Result<Bytes, FetchError>> {
        self.begun.get_or_init(|| self.begin(fetcher));
        Some(self.go_mods.take(module)?.await)
    }

    fn begin(&self, fetcher: &Fetcher) {
        let Ok(list) = fetcher.list() else { return };
        // Offline it would save nothing, and whatever is asked for in vain is told.
        if list.is_off() || list.is_offline() {
            return;
        }
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        for module in fetcher.gate().listed_go_mods() {
            let missing = fetcher
                .cache()
                .paths(&module)
                .is_ok_and(|paths| !fetcher.cache().has_go_mod(&paths));
            // A repository that may not be needed costs more than a small answer of a proxy.
            if !missing || fetcher.asks_version_control(&module.path) {
                continue;
            }
            // The fetcher owns this task, so the task must not own the fetcher.
            let weak = std::sync::Arc::downgrade(&fetcher.0);
            let wanted = module.clone();
            let flight = self.go_mods.get(module, || async move {
                let fetcher = Fetcher(weak.upgrade().ok_or(FetchError::Interrupted)?);
                fetcher.transfer_go_mod(&wanted).await
            });
            tasks.spawn(flight.map(drop));
        }
    }
}
