//! From a module path to the repository, or the proxy, that has the module.
//!
//! Source: lookupDirect in cmd/go/internal/modfetch/repo.go.

use std::sync::Arc;

use tokio::sync::Semaphore;
use url::Url;

use crate::config::Config;
use crate::spec::ModulePath;
use crate::store::cache::Cache;
use crate::store::descriptors::OpenFiles;
use crate::ui::progress::Progress;
use crate::verify::once::OnceMap;

use super::super::error::FetchError;
use super::super::http::Http;
use super::super::vcs::Repositories;
use super::CodeRepository;
use super::discovery::{Discovery, Provider, RepositoryRoot};

/// Programs of version control at work at a time. Mostly they wait for the network.
const PROGRAMS: usize = 16;

/// Where a module comes from that no proxy of the user's list is asked for.
#[derive(Clone)]
pub enum Origin {
    /// A proxy that the page of the path names.
    Proxy(Url),
    /// A repository.
    Code(Arc<CodeRepository>),
}

/// Looks modules up for one run. Cheap to clone; a path is looked up once.
#[derive(Clone)]
pub struct Direct(Arc<Inner>);

struct Inner {
    discovery: Discovery,
    repositories: Repositories,
    origins: OnceMap<ModulePath, Result<Origin, FetchError>>,
}

impl Direct {
    /// By the settings of a run, with repositories in the cache; nothing is asked yet.
    pub fn new(
        config: &Config,
        http: Arc<Http>,
        cache: Cache,
        progress: Arc<dyn Progress>,
    ) -> Self {
        let limit = Arc::new(Semaphore::new(OpenFiles::allowed().programs(PROGRAMS)));
        let settings = config.version_control.clone();
        Self(Arc::new(Inner {
            discovery: Discovery::new(config, http.clone()),
            repositories: Repositories::new(settings, cache, http, limit, progress),
            origins: OnceMap::default(),
        }))
    }

    /// Finds where a module comes from; whether it is there at all need not be known then.
    ///
    /// # Errors
    /// Nothing is known of the path, or what its page names cannot be used.
    pub async fn find(&self, module: &ModulePath) -> Result<Origin, FetchError> {
        let begin = || {
            let (direct, module) = (self.clone(), module.clone());
            async move { direct.look_up(&module).await }
        };
        self.0.origins.get(module.clone(), begin).await
    }

    async fn look_up(&self, module: &ModulePath) -> Result<Origin, FetchError> {
        let repositories = &self.0.repositories;
        let answers = |system, url: String| async move {
            let answer = repositories.answers(system, &url).await;
            answer.map_err(|error| error.obstacle())
        };
        let found = self.0.discovery.find(module, answers).await.map_err(Box::new)?;
        let system = match found.provider {
            Provider::Proxy => return Ok(Origin::Proxy(found.proxy()?)),
            Provider::Repository(system) => system,
        };
        let RepositoryRoot { root, url, subdir, .. } = found;
        let code = repositories
            .open(system, &url)
            .await
            .map_err(|error| FetchError::LookUp { root: root.clone(), error: Box::new(error) })?;
        Ok(Origin::Code(Arc::new(CodeRepository::new(code, &root, &subdir, module)?)))
    }
}
