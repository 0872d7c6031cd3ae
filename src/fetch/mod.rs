//! Layer 3: the bytes of one module, from wherever the user's settings allow, through
//! the gate, into the cache.
//!
//! [`Fetcher::module`] is the pipeline: look-up → lock → transfer → check → admit →
//! publish. It reads the cache first; what is missing is asked for along the GOPROXY
//! list. Limits live in two resources: requests in [`http::Http`], which do not depend
//! on the cores, and work on zips, which does.

mod ahead;
pub mod answers;
pub mod auth;
pub mod direct;
pub mod error;
pub mod goproxy;
pub mod http;
pub mod info;
pub mod lacking;
pub mod list;
pub mod programs;
mod repository;
pub mod retry;
pub mod sumdb;
pub mod vcs;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use foldhash::HashMap;
use reqwest::header::HeaderValue;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use url::Url;

use crate::config::Config;
use crate::spec::sums::H1;
use crate::spec::zip::{MAX_ZIP, ZipError, read_directory};
use crate::spec::{ModulePath, ModuleVersion, version};
use crate::store;
use crate::store::DiskError;
use crate::store::archive::ModuleArchive;
use crate::store::cache::{Cache, ModulePaths, ModuleState};
use crate::store::descriptors::OpenFiles;
use crate::store::module_folder::{LockedModule, Staged, ZipFile};
use crate::store::sumdb_files::SumdbFiles;
use crate::store::unzip::{self, UnzipError};
use crate::store::waiting::Held;
use crate::verify::gate::{Admitted, Checked, Gate, SumFiles, SumPolicy, VerifyError};
use crate::verify::gosumdb::SumdbSetting;
use crate::verify::once::OnceMap;
use crate::verify::sumdb::SumdbClient;

use crate::ui::progress::Progress;
use ahead::Ahead;
use answers::{Answers, Trace};
use auth::Credentials;
use direct::Versions;
use direct::error::CodeError;
use direct::look_up::Direct;
use error::{ErrorKind, FetchError, ModuleError};
use goproxy::{ProxyList, Source, Way, redact};
use http::{Http, Purpose, Rest};
use info::{Info, Origin};
use lacking::{Lack, Lacking, Part};
use repository::{Repository, Zip};
use sumdb::RemoteDatabase;

/// Zips up to this many bytes travel through memory; longer ones go to disk as they
/// arrive and are mapped.
const IN_MEMORY: u64 = 2 << 20;

/// Module versions between lock and publication at a time: each holds a few open files.
const VERSIONS_AT_WORK: usize = 48;

/// Bytes of zips in memory at a time.
const MEMORY: usize = 16 << 20;

/// A transfer that is cut short again and again goes on as long as each piece has so many bytes.
const PROGRESS: u64 = 1 << 20;

/// Zips from this many bytes on are worked on by all cores together.
const SPREAD: usize = 2 << 20;

/// The gate of a run.
pub type RunGate = Gate<RemoteDatabase>;

/// A module version that is complete in the cache.
#[derive(Clone, Debug)]
pub struct Downloaded {
    /// Its `.info` as the cache has it.
    pub info: Arc<Info>,
    /// Where its files lie.
    pub paths: ModulePaths,
    /// The hash of its zip.
    pub sum: H1,
    /// The hash of its go.mod file.
    pub go_mod_sum: H1,
}

/// Fetches modules for one run. Cheap to clone; work on the same thing is done once.
#[derive(Clone)]
pub struct Fetcher(Arc<Inner>);

struct Inner {
    cache: Cache,
    cache_usable: Result<(), Arc<DiskError>>,
    gate: RunGate,
    list: Result<Arc<ProxyList>, FetchError>,
    http: Arc<Http>,
    direct: Direct,
    progress: Arc<dyn Progress>,
    ahead: Ahead,
    answers: Answers,
    /// What was looked for in vain in the cache, offline.
    lacking: Lacking,
    /// By the source's place in the list, as are the answers to all that names no version; and
    /// by the prefix.
    versions: OnceMap<(usize, ModulePath, String), ListedVersions>,
    latest: OnceMap<(usize, ModulePath), Result<Arc<Info>, ModuleError>>,
    /// By the source's place, and what was asked.
    stats: OnceMap<(usize, ModuleVersion), Result<Arc<Info>, FetchError>>,
    infos: OnceMap<ModuleVersion, Result<Arc<Info>, ModuleError>>,
    go_mods: OnceMap<ModuleVersion, Result<Bytes, ModuleError>>,
    contents: OnceMap<(ModuleVersion, Extent), Result<H1, ModuleError>>,
    /// The hashes of go.mod files that were read in the cache and are in go.sum.
    vouched: Mutex<HashMap<ModuleVersion, H1>>,
    versions_at_work: Arc<Semaphore>,
    memory: Arc<Semaphore>,
    processor: Arc<Semaphore>,
    cores: usize,
    cancelled: Arc<AtomicBool>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

/// The tagged versions of a module at one source, or why they are not known.
type ListedVersions = Result<Arc<Versions>, FetchError>;

/// How much of a module version is wanted in the cache.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Extent {
    /// The zip, not extracted.
    Zip,
    /// The folder, and to make it the zip.
    Folder,
    /// Both, published only where `.info` and `.mod` can be had and trusted too.
    Whole,
}

/// A zip on its way from the network to the disk.
enum Transferred {
    /// It is in memory.
    Memory { zip: Bytes, _permit: OwnedSemaphorePermit, url: String },
    /// It is on disk: staged, or in the cache where it has no URL.
    Staged { url: Option<String> },
}

impl Transferred {
    fn url(&self) -> Option<String> {
        match self {
            Self::Memory { url, .. } => Some(url.clone()),
            Self::Staged { url } => url.clone(),
        }
    }
}

/// What has arrived of a zip whose transfer was cut short.
struct Arrived {
    file: ZipFile,
    bytes: u64,
    /// What the server said of the content that they belong to.
    validator: Option<HeaderValue>,
}

impl Arrived {
    fn add(&mut self, data: &[u8]) -> Result<(), FetchError> {
        self.file.write(data)?;
        self.bytes += data.len() as u64;
        Ok(())
    }

    /// What is missing; `None` where the server does not name the content, as the rest could then
    /// be that of another.
    fn rest(&self) -> Option<Rest> {
        let validator = self.validator.clone().filter(|_| self.bytes > 0)?;
        Some(Rest { from: self.bytes, validator })
    }
}

/// What the pass over a zip found.
struct Passed {
    hash: H1,
    /// The zip breaks a rule; said only once its hash is known to be the right one.
    refused: Option<FetchError>,
}

impl Fetcher {
    /// A fetcher for this configuration, verifying against parsed sum files.
    pub fn new(config: &Config, sums: SumFiles, progress: Arc<dyn Progress>) -> Self {
        let cache = Cache::new(&config.module_cache, config.cache_writable);
        let open_files = OpenFiles::allowed();
        let fewest = |limits: [Option<usize>; 2]| limits.into_iter().flatten().min();
        let http = Arc::new(Http::new(
            config.http_proxies.clone(),
            fewest([config.network_limit, open_files.connections()]),
            config.patience,
            Credentials::new(config),
            progress.clone(),
        ));
        let list = ProxyList::parse(&config.goproxy, &config.gonoproxy);
        let list = match config.offline {
            true => list.map(ProxyList::offline),
            false => list,
        };
        let list = list.map(Arc::new);
        let database =
            SumdbSetting::parse(&config.gosumdb, &config.known_database).map(|setting| {
                let files = SumdbFiles::new(cache.download(), config.sumdb_directory.as_deref());
                // Where the list cannot be used no module is fetched either; then it does not
                // matter what the database would be asked through.
                let list = list.clone().unwrap_or_else(|_| Arc::new(ProxyList::off()));
                let remote = RemoteDatabase::new(http.clone(), list, files, &setting);
                SumdbClient::new(setting.verifier, remote)
            });
        let single_file_tree =
            config.goproxy.starts_with("file://") && !config.goproxy.contains([',', '|']);
        let policy = SumPolicy {
            gonosumdb: config.gonosumdb.clone(),
            toolchain_exempt: single_file_tree || config.is_default_mirror,
        };
        let cores = store::threads();
        let direct = Direct::new(config, http.clone(), cache.clone(), progress.clone());
        store::temporary_folder::sweep(&cache);
        Self(Arc::new(Inner {
            cache_usable: cache.prepare().map_err(Arc::new),
            cache,
            gate: Gate::new(sums, policy, database),
            list,
            http,
            direct,
            progress,
            ahead: Ahead::default(),
            answers: Answers::default(),
            lacking: Lacking::default(),
            versions: OnceMap::default(),
            latest: OnceMap::default(),
            stats: OnceMap::default(),
            infos: OnceMap::default(),
            go_mods: OnceMap::default(),
            contents: OnceMap::default(),
            vouched: Mutex::default(),
            versions_at_work: Arc::new(Semaphore::new(open_files.versions(VERSIONS_AT_WORK))),
            memory: Arc::new(Semaphore::new(MEMORY)),
            processor: Arc::new(Semaphore::new(cores)),
            cores,
            cancelled: Arc::new(AtomicBool::new(false)),
        }))
    }

    /// The cache that is fetched into.
    pub fn cache(&self) -> &Cache {
        &self.0.cache
    }

    /// The gate that everything passes.
    pub fn gate(&self) -> &RunGate {
        &self.0.gate
    }

    /// Hears what is going on.
    pub fn progress(&self) -> &dyn Progress {
        &*self.0.progress
    }

    fn list(&self) -> Result<&ProxyList, FetchError> {
        self.0.list.as_deref().map_err(Clone::clone)
    }

    fn check_cache(&self) -> Result<(), FetchError> {
        self.0.cache_usable.clone().map_err(FetchError::Disk)
    }

    /// The sources of a module, one after the other.
    ///
    /// # Errors
    /// The cache or the GOPROXY list cannot be used.
    pub fn sources<'a, E>(&'a self, module: &'a ModulePath) -> Result<Sources<'a, E>, FetchError> {
        Ok(Sources { module, walk: self.walk()? })
    }

    /// The sources, one after the other, for several modules together.
    ///
    /// # Errors
    /// The cache or the GOPROXY list cannot be used.
    pub fn walk<E>(&self) -> Result<SourceWalk<'_, E>, FetchError> {
        self.check_cache()?;
        let list = self.list()?;
        Ok(SourceWalk { fetcher: self, list, walk: list.walk() })
    }

    /// Whether no connection is opened: whatever is not in the cache, or in a folder that GOPROXY
    /// names, is not to be had.
    pub fn is_offline(&self) -> bool {
        self.list().is_ok_and(ProxyList::is_offline)
    }

    /// What was looked for in vain so far, offline; otherwise nothing.
    pub fn lacking(&self) -> &Lacking {
        &self.0.lacking
    }

    /// Keeps what is lacking, and passes the answer on.
    fn noted<T>(
        &self,
        module: &ModulePath,
        answer: Result<T, FetchError>,
    ) -> Result<T, FetchError> {
        match &answer {
            Err(FetchError::Lacking(lack)) => self.0.lacking.note(module, lack.clone()),
            Err(error @ FetchError::Verify(VerifyError::Database { key, .. }))
                if error.is_lack() =>
            {
                let version = key.module.version.clone();
                self.0.lacking.note(&key.module.path, Lack { version, part: Part::Record });
            }
            _ => {}
        }
        answer
    }

    /// Lets checked content in; see [`Gate::admit`].
    async fn admit<T>(
        &self,
        module: &ModuleVersion,
        checked: Checked<T>,
    ) -> Result<Admitted<T>, FetchError> {
        let admitted = self.0.gate.admit(checked).await;
        self.noted(&module.path, admitted.map_err(FetchError::from))
    }

    /// What the sources answered about a module, where one of them failed.
    pub fn trace(&self, module: &ModulePath) -> Option<Trace> {
        self.0.answers.trace(module, self.list().ok()?)
    }

    /// Whether version control is the first that is asked for a module.
    pub fn asks_version_control(&self, module: &ModulePath) -> bool {
        let Ok(list) = self.list() else { return false };
        let mut walk = list.walk::<()>();
        let mut sources = std::iter::from_fn(|| walk.source());
        let first = sources.find_map(|source| list.way(source, module).ok());
        first == Some(Way::VersionControl)
    }

    /// What is known of a version: from the cache, else from the first source that has it.
    pub async fn info(&self, module: &ModulePath, version: &str) -> Result<Arc<Info>, ModuleError> {
        let wanted = ModuleVersion { path: module.clone(), version: version.into() };
        let begin = || {
            let (fetcher, wanted) = (self.clone(), wanted.clone());
            async move {
                let info = fetcher.fetch_info(&wanted.path, &wanted.version).await;
                info.map_err(|error| error.of_module(&wanted))
            }
        };
        self.0.infos.get(wanted.clone(), begin).await
    }

    async fn fetch_info(
        &self,
        module: &ModulePath,
        revision: &str,
    ) -> Result<Arc<Info>, FetchError> {
        let mut sources = self.sources(module)?;
        while let Some(at) = sources.source() {
            match at.stat(revision).await {
                Ok(info) => return Ok(info),
                Err(error) => sources.failed(error.kind(), error),
            }
        }
        Err(sources.into_error())
    }

    /// A `.info` file of the cache; what cannot be read is not there. Only canonical versions
    /// have one; with GOPROXY=off, and offline, a commit is found by the pseudo-versions that end
    /// in it, and offline a tag or branch by what the `.info` files say that they came from.
    fn cached_info(&self, module: &ModulePath, revision: &str) -> Option<Info> {
        let read = |version: &str| {
            let wanted = ModuleVersion { path: module.clone(), version: version.into() };
            let paths = self.0.cache.paths(&wanted).ok()?;
            Info::parse(&self.0.cache.read_info(&paths).ok()??).ok()
        };
        let of_name = || self.cached_info_of_name(module, revision);
        read(revision).or_else(of_name).or_else(|| {
            let is_commit = revision.len() >= 12
                && revision.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            let asks_nobody = |list: &ProxyList| list.is_off() || list.is_offline();
            if !is_commit || !self.list().is_ok_and(asks_nobody) {
                return None;
            }
            let versions = self.0.cache.versions_with_info(module).ok()?;
            let ends = |version: &&String| {
                version::parse_pseudo(version)
                    .is_some_and(|pseudo| pseudo.revision == &revision[..12])
            };
            let highest = versions.iter().filter(ends).max_by(|a, b| version::compare(a, b))?;
            read(highest)
        })
    }

    /// Offline: the one version of which a `.info` file says that it came from a tag, a branch or a
    /// commit with this name. Where several do, nobody knows which of them was the last.
    fn cached_info_of_name(&self, module: &ModulePath, name: &str) -> Option<Info> {
        if !self.is_offline() || version::is_valid(name) {
            return None;
        }
        let is_hash = name.len() >= 40;
        let is_named = |origin: &Origin| {
            let reference = origin.reference.as_str();
            let short =
                reference.strip_prefix("refs/tags/").or(reference.strip_prefix("refs/heads/"));
            reference == name || short == Some(name) || (is_hash && origin.hash == name)
        };
        let versions = self.0.cache.versions_with_info(module).ok()?;
        let read = |version: &String| {
            let paths = self.0.cache.paths(&ModuleVersion::new(module, version)).ok()?;
            let info = Info::parse(&self.0.cache.read_info(&paths).ok()??).ok()?;
            info.origin.as_ref().is_some_and(is_named).then_some(info)
        };
        let mut found = versions.iter().filter_map(read);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// Keeps an answer in the cache. go warns where that fails, and goes on to the next
    /// failure; a cache that cannot be written is one clear error here.
    fn write_info(&self, module: &ModulePath, info: &Info) -> Result<(), FetchError> {
        let wanted = ModuleVersion { path: module.clone(), version: info.version.as_str().into() };
        // What has no place in the cache is not kept, as with go.
        let Ok(paths) = self.0.cache.paths(&wanted) else { return Ok(()) };
        self.0.cache.write_info(&paths, &info.to_cache())?;
        Ok(())
    }

    /// What the cache knows of a version, as its `.info` file says.
    pub fn cached_version(&self, paths: &ModulePaths) -> Option<Info> {
        self.check_cache().ok()?;
        self.list().ok()?;
        Info::parse(&self.0.cache.read_info(paths).ok()??).ok()
    }

    /// The go.mod file of a module version where it is in the cache and go.sum vouches for it:
    /// then there is nothing to wait for. Whatever is amiss with it, [`Fetcher::go_mod`] says.
    pub fn cached_go_mod(&self, module: &ModuleVersion) -> Option<Bytes> {
        self.check_cache().ok()?;
        let paths = self.0.cache.paths(module).ok()?;
        let data = self.0.cache.read_go_mod(&paths).ok()??;
        let checked = Checked::go_mod(module, Bytes::from(data));
        let admitted = self.0.gate.admit_listed(checked).ok()?.ok()?;
        self.vouched().insert(module.clone(), *admitted.hash());
        Some(admitted.into_content())
    }

    fn vouched(&self) -> MutexGuard<'_, HashMap<ModuleVersion, H1>> {
        // A panic elsewhere leaves the map whole: each change is one insertion.
        self.0.vouched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A module version that is whole in the cache, where go.sum vouches for all of it: then there
    /// is nothing to wait for. Whatever else there is to it, [`Fetcher::module`] says.
    pub fn cached_module(&self, module: &ModuleVersion) -> Option<Downloaded> {
        self.check_cache().ok()?;
        let paths = self.0.cache.paths(module).ok()?;
        let ModuleState::Complete(recorded) = self.0.cache.state(&paths).ok()? else { return None };
        let info = self.cached_version(&paths)?;
        let known = || self.vouched().get(module).copied();
        // It was read with the module graph, as a rule.
        let go_mod_sum = known().or_else(|| self.cached_go_mod(module).and_then(|_| known()))?;
        let checked = Checked::recorded_zip(module, recorded);
        let sum = *self.0.gate.admit_listed(checked).ok()?.ok()?.hash();
        self.0.progress.finished(module, false);
        Some(Downloaded { info: Arc::new(info), paths, sum, go_mod_sum })
    }

    /// The go.mod file of a module version, verified: from the cache, else along the list.
    pub async fn go_mod(&self, module: &ModuleVersion) -> Result<Bytes, ModuleError> {
        let begin = || {
            let (fetcher, module) = (self.clone(), module.clone());
            async move { fetcher.fetch_go_mod(&module).await.map_err(|error| error.of_module(&module)) }
        };
        self.0.go_mods.get(module.clone(), begin).await
    }

    async fn fetch_go_mod(&self, module: &ModuleVersion) -> Result<Bytes, FetchError> {
        self.check_cache()?;
        let paths = self.0.cache.paths(module)?;
        // What cannot be read is fetched again, as with go.
        if let Ok(Some(data)) = self.0.cache.read_go_mod(&paths) {
            let admitted = self.admit(module, Checked::go_mod(module, Bytes::from(data))).await?;
            return Ok(admitted.into_content());
        }
        let data = match self.0.ahead.take(self, module).await {
            Some(fetched) => fetched?,
            None => self.transfer_go_mod(module).await?,
        };
        let admitted = self.admit(module, Checked::go_mod(module, data)).await?;
        let cache = self.0.cache.clone();
        let admitted = blocking(move || {
            cache.publish_go_mod(&paths, &admitted)?;
            Ok(admitted)
        })
        .await?;
        Ok(admitted.into_content())
    }

    async fn transfer_go_mod(&self, module: &ModuleVersion) -> Result<Bytes, FetchError> {
        let mut sources = self.sources(&module.path)?;
        while let Some(at) = sources.source() {
            let answer = async { at.open().await?.go_mod(&module.version).await };
            match at.told(answer.await) {
                Ok(data) => return Ok(data),
                Err(error) => sources.failed(error.kind(), error),
            }
        }
        Err(sources.into_error())
    }

    /// A whole module version in the cache: `.info`, `.mod`, zip and folder, verified.
    ///
    /// # Errors
    /// The first that go would have met: of the info, the go.mod file, the zip.
    pub async fn module(&self, module: &ModuleVersion) -> Result<Downloaded, ModuleError> {
        let (info, go_mod, sum) = tokio::join!(
            self.info(&module.path, &module.version),
            self.go_mod(module),
            self.content(module, Extent::Whole)
        );
        let info = info?;
        let go_mod_sum = H1::of_go_mod(&go_mod?);
        let sum = sum?;
        let paths = self
            .0
            .cache
            .paths(module)
            .map_err(|error| FetchError::from(error).of_module(module))?;
        Ok(Downloaded { info, paths, sum, go_mod_sum })
    }

    /// The folder of a module version; answers its zip's hash. The zip is there too unless
    /// somebody has removed it. Its `.info` is not asked for, and a source need not have one.
    /// Source: Download in cmd/go/internal/modfetch/fetch.go.
    pub async fn folder(&self, module: &ModuleVersion) -> Result<H1, ModuleError> {
        self.content(module, Extent::Folder).await
    }

    /// The zip of a module version, not extracted; answers its hash.
    /// Source: DownloadZip in cmd/go/internal/modfetch/fetch.go.
    pub async fn zip(&self, module: &ModuleVersion) -> Result<H1, ModuleError> {
        self.content(module, Extent::Zip).await
    }

    async fn content(&self, module: &ModuleVersion, extent: Extent) -> Result<H1, ModuleError> {
        let begin = || {
            let (fetcher, module) = (self.clone(), module.clone());
            async move { fetcher.fetch_content(&module, extent).await }
        };
        self.0.contents.get((module.clone(), extent), begin).await
    }

    async fn fetch_content(
        &self,
        module: &ModuleVersion,
        extent: Extent,
    ) -> Result<H1, ModuleError> {
        let named = |error: FetchError| error.of_module(module);
        self.check_cache().map_err(named)?;
        let cache = &self.0.cache;
        let look = |paths: &ModulePaths| match extent {
            Extent::Zip => cache.zip_state(paths),
            Extent::Folder | Extent::Whole => cache.state(paths),
        };
        // Who wants the folder does without its zip.
        let recorded = |state: &ModuleState| match state {
            ModuleState::Complete(recorded) => Some(*recorded),
            ModuleState::FolderOnly(recorded) if extent == Extent::Folder => *recorded,
            _ => None,
        };
        let paths = cache.paths(module).map_err(|error| named(error.into()))?;
        let state = look(&paths).map_err(|error| named(error.into()))?;
        if let Some(recorded) = recorded(&state) {
            return self.admit_recorded(module, recorded).await.map_err(named);
        }
        let needs_zip = state != ModuleState::ZipOnly;
        if needs_zip && self.list().is_ok_and(ProxyList::is_cache_alone) {
            // There is nothing to lock for, and the cache may be one that cannot be written.
            let version = module.version.clone();
            let lack = Err(FetchError::Lacking(Lack { version, part: Part::Zip }));
            return self.noted(&module.path, lack).map_err(named);
        }
        if needs_zip {
            self.0.progress.downloading(module);
        }
        let (locked, _permit) = self.lock(module, paths).await.map_err(named)?;

        // Somebody else may have made it while the lock was waited for.
        let state = look(locked.paths()).map_err(|error| named(error.into()))?;
        if let Some(recorded) = recorded(&state) {
            return self.admit_recorded(module, recorded).await.map_err(named);
        }
        let extract = extent != Extent::Zip && !matches!(state, ModuleState::FolderOnly(_));
        let staged = self.stage(module, locked, &state, extract).await;
        let (locked, admitted) = staged.map_err(named)?;
        if extent == Extent::Whole {
            // A module whose info or go.mod cannot be trusted is not published at all.
            self.info(&module.path, &module.version).await?;
            self.go_mod(module).await?;
        }
        let hash = *admitted.hash();
        blocking(move || Ok(locked.publish(&admitted)?)).await.map_err(named)?;
        self.0.progress.finished(module, state != ModuleState::ZipOnly);
        Ok(hash)
    }

    async fn admit_recorded(&self, module: &ModuleVersion, recorded: H1) -> Result<H1, FetchError> {
        let admitted = self.admit(module, Checked::recorded_zip(module, recorded)).await?;
        self.0.progress.finished(module, false);
        Ok(*admitted.hash())
    }

    /// Takes a module version's lock, within the number of versions that are worked on at
    /// a time. While somebody else holds the lock no permit is held, and
    /// without a permit no lock.
    async fn lock(
        &self,
        module: &ModuleVersion,
        paths: ModulePaths,
    ) -> Result<(LockedModule, OwnedSemaphorePermit), FetchError> {
        let acquire = || self.0.versions_at_work.clone().acquire_owned();
        let cache = &self.0.cache;
        let mut was_told = false;
        loop {
            let permit = acquire().await.map_err(|_| FetchError::Interrupted)?;
            if let Some(lock) = cache.try_lock(&paths)? {
                return Ok((LockedModule::new(cache, paths, lock), permit));
            }
            drop(permit);
            let tell = |held: &Held| {
                if !was_told {
                    self.0.progress.waiting(module, &held.to_string());
                }
                was_told = true;
            };
            // Given back at once: each that was held on to would be an open file.
            drop(cache.lock(&paths, tell).await?);
        }
    }

    /// Brings zip and folder of a locked module version to where they can be published.
    async fn stage(
        &self,
        module: &ModuleVersion,
        mut locked: LockedModule,
        state: &ModuleState,
        extract: bool,
    ) -> Result<(LockedModule, Admitted<Staged>), FetchError> {
        let mut tries = None;
        let Passed { hash, refused } = loop {
            let transferred = match state {
                ModuleState::ZipOnly => Transferred::Staged { url: None },
                _ => self.transfer_zip(module, &mut locked).await?,
            };
            let url = transferred.url();
            let passed;
            (locked, passed) = self.pass(module, locked, transferred, extract).await?;
            match (passed, url) {
                (Ok(passed), _) => break passed,
                (Err(error), None) => return Err(error),
                (Err(error), Some(url)) => {
                    tries.get_or_insert_with(|| self.0.http.tries(url)).again(error).await?;
                }
            }
        };
        let checked: Checked<Staged> = Checked::zip(module, hash, locked.staged());
        let admitted = self.admit(module, checked).await?;
        match refused {
            Some(error) => Err(error),
            None => Ok((locked, admitted)),
        }
    }

    async fn transfer_zip(
        &self,
        module: &ModuleVersion,
        locked: &mut LockedModule,
    ) -> Result<Transferred, FetchError> {
        let mut sources = self.sources(&module.path)?;
        while let Some(at) = sources.source() {
            let answer = async { at.open().await?.zip(&module.version).await };
            let received = match answer.await {
                Ok(Zip::Proxy(url)) => self.receive_zip(&url, locked).await,
                Ok(Zip::Archive(archive)) => self.make_zip(archive, locked).await,
                Err(error) => Err(error),
            };
            match at.told(received) {
                Ok(zip) => return Ok(zip),
                Err(error) => sources.failed(error.kind(), error),
            }
        }
        Err(sources.into_error())
    }

    /// Receives a zip, in as many pieces as it takes.
    async fn receive_zip(
        &self,
        url: &Url,
        locked: &mut LockedModule,
    ) -> Result<Transferred, FetchError> {
        let mut tries = self.0.http.tries(redact(url));
        let mut arrived = None;
        let mut renewed_at = 0;
        loop {
            match self.receive_rest(url, locked, &mut arrived).await {
                Ok(transferred) => return Ok(transferred),
                Err(error) => {
                    let bytes = arrived.as_ref().map_or(0, |arrived| arrived.bytes);
                    if bytes >= renewed_at + PROGRESS {
                        renewed_at = bytes;
                        tries.renew();
                    }
                    tries.again(error).await?;
                }
            }
        }
    }

    /// Receives a zip, or what has not arrived of it. One that stops in the middle is kept on
    /// disk: while it waits to go on it must hold nothing that others need.
    async fn receive_rest(
        &self,
        url: &Url,
        locked: &mut LockedModule,
        arrived: &mut Option<Arrived>,
    ) -> Result<Transferred, FetchError> {
        let rest = arrived.as_ref().and_then(Arrived::rest);
        let mut answer = self.0.http.get_rest(url, Purpose::Zip, rest.as_ref()).await?;
        if !answer.is_rest() {
            *arrived = None;
        }
        let in_memory = answer.length.filter(|length| *length <= IN_MEMORY && arrived.is_none());
        let count = |received: u64, chunk: &Bytes| {
            self.0.progress.received(chunk.len() as u64);
            let received = received + chunk.len() as u64;
            if received > MAX_ZIP { Err(FetchError::ZipTooLarge) } else { Ok(received) }
        };
        if let Some(length) = in_memory {
            let length = usize::try_from(length).map_err(|_| FetchError::ZipTooLarge)?;
            let permits = u32::try_from(length.max(1)).map_err(|_| FetchError::ZipTooLarge)?;
            let permit = self
                .0
                .memory
                .clone()
                .acquire_many_owned(permits)
                .await
                .map_err(|_| FetchError::Interrupted)?;
            let mut data = BytesMut::with_capacity(length);
            loop {
                match answer.chunk().await {
                    Ok(None) => break,
                    Ok(Some(chunk)) => {
                        count(data.len() as u64, &chunk)?;
                        data.extend_from_slice(&chunk);
                    }
                    Err(error) => {
                        let validator = answer.validator().cloned();
                        let mut part = Arrived { file: locked.stage_zip()?, bytes: 0, validator };
                        part.add(&data)?;
                        *arrived = Some(part);
                        return Err(error);
                    }
                }
            }
            return Ok(Transferred::Memory {
                zip: data.freeze(),
                _permit: permit,
                url: answer.url,
            });
        }
        let part = match arrived {
            Some(part) => part,
            None => {
                let validator = answer.validator().cloned();
                arrived.insert(Arrived { file: locked.stage_zip()?, bytes: 0, validator })
            }
        };
        while let Some(chunk) = answer.chunk().await? {
            count(part.bytes, &chunk)?;
            part.add(&chunk)?;
        }
        Ok(Transferred::Staged { url: Some(answer.url) })
    }

    /// Makes the zip of a module that came from version control. What is in it is judged like
    /// what a proxy sends.
    async fn make_zip(
        &self,
        archive: ModuleArchive,
        locked: &mut LockedModule,
    ) -> Result<Transferred, FetchError> {
        let mut file = locked.stage_zip()?;
        let make = move || Ok(archive.write(|piece| file.write(piece)).map_err(CodeError::from)?);
        blocking(make).await?;
        Ok(Transferred::Staged { url: None })
    }

    /// The one pass over a zip: read its directory, judge it, and hash and extract its
    /// files, under the lock of the module version.
    async fn pass(
        &self,
        module: &ModuleVersion,
        mut locked: LockedModule,
        transferred: Transferred,
        extract: bool,
    ) -> Result<(LockedModule, Result<Passed, FetchError>), FetchError> {
        // A zip that is large enough to be spread over the cores has them to itself.
        let spreads = match &transferred {
            Transferred::Memory { zip, .. } => zip.len() >= SPREAD,
            Transferred::Staged { .. } => true,
        };
        let cores = if spreads { self.0.cores } else { 1 };
        let permits = u32::try_from(cores).map_err(|_| FetchError::Interrupted)?;
        let permit = self.0.processor.clone().acquire_many_owned(permits);
        let permit = permit.await.map_err(|_| FetchError::Interrupted)?;
        let (module, cancelled) = (module.clone(), self.0.cancelled.clone());
        blocking(move || {
            let _permit = permit;
            let (zip_path, url) = (locked.paths().zip(), transferred.url());
            let zip_error = |error: ZipError| {
                let is_garbled =
                    matches!(error, ZipError::Format(_) | ZipError::UnexpectedFile { .. });
                let reason = match error {
                    // go names the zip where the rules refuse it.
                    ZipError::Files(_)
                    | ZipError::ContentsTooLarge
                    | ZipError::ZipTooLarge { .. } => {
                        format!("unzip {}: {error}", zip_path.display())
                    }
                    error => error.to_string(),
                };
                FetchError::Zip { reason, url: url.clone(), is_garbled }
            };
            let unzip_error = |error: UnzipError| match error {
                UnzipError::Io { path, error } => {
                    DiskError { action: "extracting", path, source: error }.into()
                }
                UnzipError::Cancelled => FetchError::Interrupted,
                error @ (UnzipError::Entry { .. } | UnzipError::Newline) => {
                    let is_garbled = matches!(error, UnzipError::Entry { .. });
                    FetchError::Zip { reason: error.to_string(), url: url.clone(), is_garbled }
                }
            };
            let pass = |locked: &mut LockedModule, zip: &[u8], used: &(dyn Fn(usize) + Sync)| {
                let options = unzip::Options {
                    threads: cores,
                    used,
                    cancelled: &cancelled,
                    writable_dirs: locked.writable_folders(),
                };
                let directory = read_directory(zip, &module).map_err(zip_error)?;
                let judged = match directory.judge() {
                    Ok(judged) if extract => judged,
                    // go hashes what it will refuse, so that a wrong hash is told first. Here
                    // that is so within the limit: of a few MiB any number of entries can each
                    // declare the same GiB.
                    Err(refused) if directory.declared_size() > MAX_ZIP => {
                        return Err(zip_error(refused));
                    }
                    verdict => {
                        let hash = unzip::hash_only(&directory, options).map_err(unzip_error)?;
                        return Ok((hash, verdict.err().map(zip_error)));
                    }
                };
                let folder = locked.stage_folder()?;
                let extracted = unzip::extract(judged, &folder, options).map_err(unzip_error)?;
                Ok::<_, FetchError>((extracted.h1, None))
            };
            let passed = match transferred {
                Transferred::Memory { zip, .. } => {
                    locked.stage_zip()?.write(&zip)?;
                    pass(&mut locked, &zip, &|_| {})
                }
                Transferred::Staged { .. } => {
                    let zip = locked.map_zip()?;
                    pass(&mut locked, zip.as_ref(), &|bytes| zip.used(bytes))
                }
            };
            Ok((locked, passed.map(|(hash, refused)| Passed { hash, refused })))
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FetchError> + Send + 'static,
) -> Result<T, FetchError> {
    match spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => Err(FetchError::Interrupted),
    }
}

/// A walk over the GOPROXY list; see [`goproxy::Walk`].
pub struct SourceWalk<'a, E> {
    fetcher: &'a Fetcher,
    list: &'a ProxyList,
    walk: goproxy::Walk<'a, E>,
}

impl<'a, E> SourceWalk<'a, E> {
    /// The source to ask now; `None` at the end.
    pub fn source(&mut self) -> Option<SourceAt<'a>> {
        let source = self.walk.source()?;
        Some(SourceAt { fetcher: self.fetcher, list: self.list, source })
    }

    /// Tells what the source answered.
    pub fn failed(&mut self, kind: ErrorKind, error: E) {
        self.walk.failed(kind, error);
    }

    /// The most telling error of those told.
    pub fn into_error(self) -> E {
        self.walk.into_error()
    }
}

/// One source of the list.
#[derive(Clone, Copy)]
pub struct SourceAt<'a> {
    fetcher: &'a Fetcher,
    list: &'a ProxyList,
    source: &'a Source,
}

impl<'a> SourceAt<'a> {
    /// A module there.
    pub fn module(self, module: &'a ModulePath) -> ModuleAt<'a> {
        ModuleAt { fetcher: self.fetcher, list: self.list, source: self.source, module }
    }
}

/// A walk over the GOPROXY list for one module.
pub struct Sources<'a, E> {
    module: &'a ModulePath,
    walk: SourceWalk<'a, E>,
}

impl<'a, E> Sources<'a, E> {
    /// The module at the source to ask now; `None` at the end.
    pub fn source(&mut self) -> Option<ModuleAt<'a>> {
        Some(self.walk.source()?.module(self.module))
    }

    /// Tells what the source answered.
    pub fn failed(&mut self, kind: ErrorKind, error: E) {
        self.walk.failed(kind, error);
    }

    /// The most telling error of those told.
    pub fn into_error(self) -> E {
        self.walk.into_error()
    }
}

/// A module at one source of the list, with the cache before it.
pub struct ModuleAt<'a> {
    fetcher: &'a Fetcher,
    list: &'a ProxyList,
    source: &'a Source,
    module: &'a ModulePath,
}

impl ModuleAt<'_> {
    /// Keeps an answer for [`Fetcher::trace`], and passes it on.
    fn told<T>(&self, answer: Result<T, FetchError>) -> Result<T, FetchError> {
        let answer = self.fetcher.noted(self.module, answer);
        self.fetcher.0.answers.told(self.module, self.list.place(self.source), answer)
    }

    async fn open(&self) -> Result<Repository<'_>, FetchError> {
        let Inner { http, direct, cache, .. } = &*self.fetcher.0;
        Repository::open(http, direct, cache, self.list, self.source, self.module).await
    }

    /// Checks that what an earlier answer depended on is as it was.
    ///
    /// # Errors
    /// It is not, or nobody knows: a proxy never does.
    pub async fn check_reuse(&self, old: &Origin) -> Result<(), FetchError> {
        self.open().await?.check_reuse(old).await
    }

    /// The tagged versions that begin with a prefix (empty for all), in ascending order, and
    /// what they depend on; asked for once a run. A proxy, which has one list, is asked for
    /// that once.
    pub async fn versions(&self, prefix: &str) -> Result<Arc<Versions>, FetchError> {
        let prefix = match self.open().await {
            Ok(repository) if repository.lists_by_prefix() => prefix,
            _ => "",
        };
        let (place, path) = self.key();
        let begin = || {
            let (at, prefix) = (self.detached(), prefix.to_owned());
            async move { Ok(Arc::new(at.open().await?.versions(&prefix).await?)) }
        };
        self.told(self.fetcher.0.versions.get((place, path, prefix.to_owned()), begin).await)
    }

    /// What is known of a version, branch, tag or commit; asked for once a run, and cached.
    pub async fn stat(&self, revision: &str) -> Result<Arc<Info>, FetchError> {
        let (place, path) = self.key();
        let asked = ModuleVersion { path, version: revision.into() };
        let begin = || {
            let (at, revision) = (self.detached(), revision.to_owned());
            async move {
                if let Some(info) = at.fetcher.cached_info(&at.module, &revision) {
                    return Ok(Arc::new(info));
                }
                let info = Arc::new(at.open().await?.stat(&revision).await?);
                at.remember(place, &info);
                at.fetcher.write_info(&at.module, &info)?;
                Ok(info)
            }
        };
        self.told(self.fetcher.0.stats.get((place, asked), begin).await)
    }

    /// The newest revision where no version is tagged; asked for once a run, and cached.
    pub async fn latest(&self) -> Result<Arc<Info>, ModuleError> {
        let (place, path) = self.key();
        let begin = || {
            let at = self.detached();
            async move {
                let named = |error: FetchError| error.of(&at.module, "");
                let info = Arc::new(at.open().await.map_err(named)?.latest().await?);
                at.remember(place, &info);
                if at.fetcher.cached_info(&at.module, &info.version).is_none() {
                    at.fetcher.write_info(&at.module, &info).map_err(named)?;
                }
                Ok(info)
            }
        };
        let latest = self.fetcher.0.latest.get((place, path), begin).await;
        if let Err(ModuleError { error, .. }) = &latest {
            // It is the named form that is passed on.
            drop(self.told::<()>(Err(error.clone())));
        }
        latest
    }

    fn key(&self) -> (usize, ModulePath) {
        (self.list.place(self.source), self.module.clone())
    }

    /// The same for work that others may wait for too.
    fn detached(&self) -> Detached {
        let Self { fetcher, source, module, .. } = self;
        let (fetcher, source) = ((*fetcher).clone(), (*source).clone());
        Detached { fetcher, source, module: (*module).clone() }
    }
}

/// A module at a source, by value.
struct Detached {
    fetcher: Fetcher,
    source: Source,
    module: ModulePath,
}

impl Detached {
    /// Keeps what is known of a version that was asked for by another name: in this run with all
    /// that it depends on, of which the cache leaves out what concerns that name alone.
    fn remember(&self, place: usize, info: &Arc<Info>) {
        let version = info.version.as_str().into();
        let known = ModuleVersion { path: self.module.clone(), version };
        let info = info.clone();
        drop(self.fetcher.0.stats.get((place, known), || std::future::ready(Ok(info))));
    }

    async fn open(&self) -> Result<Repository<'_>, FetchError> {
        let Inner { http, direct, cache, .. } = &*self.fetcher.0;
        let list = self.fetcher.list()?;
        Repository::open(http, direct, cache, list, &self.source, &self.module).await
    }
}
