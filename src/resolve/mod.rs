//! Layer 4: which versions. Reads the main module, its graph, and what queries stand
//! for; knows no terminal, no flags and no environment.

pub mod argument;
pub mod edit;
pub mod error;
pub mod import;
pub mod listing;
pub mod load;
pub mod main_module;
pub mod main_modules;
pub mod matches;
mod missing;
pub mod packages;
pub mod query;
pub mod reuse;
pub mod roots;
pub mod solver;
pub mod standard;
pub mod tidy;
mod toolchain;

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};
use tokio::task::JoinSet;

use crate::config::{self, Config, ModMode};
use crate::fetch::Fetcher;
use crate::spec::graph::{ModuleGraph, Pruning, Requires};
use crate::spec::modfile::{ModFile, Mode, Retract};
use crate::spec::source::{Platform, Tags};
use crate::spec::version::Version;
use crate::spec::{ModulePath, ModuleVersion, goversion, path};
use crate::store;
use crate::store::main_module::ModuleFiles;
use crate::store::package_folder::{Folders, ModuleFolder};
use crate::verify::gate::SumKey;
use crate::verify::once::OnceMap;

use error::ResolveError;
use load::Loaded;
use main_module::{MainModule, Requirements, ResolvedVersions};
use main_modules::{MainModules, Workspace};
use roots::{LoadedGraph, Roots};

/// What a dependency's go.mod says, as far as versions are concerned.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The path that it declares; empty where it declares none.
    pub path: ModulePath,
    /// Its requirements, excluded ones not yet left out, and its go version where
    /// that counts as a requirement.
    pub requires: Arc<Requires>,
    /// Its go line; empty where it has none.
    pub go: String,
    /// What it retracts.
    pub retract: Vec<Retract>,
    /// The folders that are no packages.
    pub ignore: Vec<String>,
    /// Why the module is deprecated; empty where it is not.
    pub deprecated: String,
}

/// What a go.mod file says, or why that is not known.
type Summarized = Result<Arc<Summary>, ResolveError>;

/// The most go.mod files that one task reads out of the cache.
const AT_A_TIME: usize = 32;

/// Whether this is a module version, which has sums: neither a folder nor a Go version.
fn is_version(actual: &ModuleVersion) -> bool {
    !actual.version.is_empty() && !actual.path.is_toolchain()
}

/// Finds versions for one run. Cheap to clone.
#[derive(Clone)]
pub struct Resolver {
    fetcher: Fetcher,
    files: ModuleFiles,
    /// The version of the local Go.
    local_go: Arc<str>,
    /// Where the standard library of the local Go lies.
    goroot: Option<Arc<Path>>,
    /// The working directory, which local patterns are relative to.
    directory: Arc<Path>,
    /// What packages are built with here.
    build_tags: Arc<Tags>,
    /// The folders of packages that have been looked at.
    folders: Arc<Folders>,
    /// The folders of modules.
    places: Arc<Mutex<HashMap<ModuleVersion, ModuleFolder>>>,
    mains: Arc<MainModules>,
    /// Whether go.mod and go.sum must be up to date: `-mod=readonly`.
    is_readonly: bool,
    /// Whether what is required must stay: `-mod=readonly`, in a workspace too.
    is_fixed: bool,
    /// The mode that the user has asked for.
    asked_mode: Option<&'static str>,
    /// Of go.mod files that were in the cache and in go.sum: for most there is no need to
    /// wait.
    known: Arc<Mutex<HashMap<ModuleVersion, Arc<Summary>>>>,
    summaries: Arc<OnceMap<ModuleVersion, Summarized>>,
    /// Of the latest version of each path, retracted or not.
    latest: Arc<OnceMap<ModulePath, Summarized>>,
}

/// The main module as it was read, or its versions that have to be looked up first.
pub type ReadMainModule = Result<MainModule, Vec<(String, String)>>;

/// Reads the main module as far as no source has to be asked; `None` outside a module.
///
/// # Errors
/// Its go.mod cannot be used.
pub fn read_main_module(
    files: &ModuleFiles,
    config: &Config,
) -> Result<Option<ReadMainModule>, ResolveError> {
    let Some(module_files) = &config.main_module else { return Ok(None) };
    MainModule::read(files, module_files, &config.directory, &ResolvedVersions::new()).map(Some)
}

/// The main module, once the sources have said what versions in it stand for that are not
/// canonical.
///
/// # Errors
/// Versions cannot be looked up, or the go.mod cannot be used with them.
pub async fn look_up_versions(
    mut read: ReadMainModule,
    module_files: &config::MainModule,
    fetcher: &Fetcher,
    files: &ModuleFiles,
    config: &Config,
) -> Result<MainModule, ResolveError> {
    let mut resolved = ResolvedVersions::new();
    let mut failure = None;
    loop {
        let unknown = match read {
            Ok(main) => return Ok(main),
            Err(unknown) => unknown,
        };
        // Nothing of the main module is known yet, so it cannot replace or exclude.
        let none = MainModules::default();
        let resolver = Resolver::new(fetcher.clone(), files.clone(), config, none);
        for (path, text) in unknown {
            let module = ModulePath::new(&path);
            let found = match config.mode {
                Some(ModMode::Vendor) => Err(ResolveError::QueryVendored { by_default: None }),
                _ => resolver.query(&module, &text, "", query::Allow::All).await,
            };
            let version = match found {
                Ok(info) => Ok(info.version.clone()),
                Err(error) => {
                    let reason = error.of_stated_version(&text);
                    failure.get_or_insert(error);
                    Err(reason)
                }
            };
            resolved.insert((path, text), version);
        }
        read = MainModule::read(files, module_files, &config.directory, &resolved).map_err(
            |error| match (error, failure.take()) {
                (ResolveError::Parse { file, errors }, Some(error)) => {
                    ResolveError::StatedVersions { file, errors, error: Box::new(error) }
                }
                (error, _) => error,
            },
        )?;
    }
}

/// The modules of a workspace, which lie in these folders, as they were read. Versions that are
/// not canonical are looked up. Where the command is not there to mend go.work (`checks_go_line`),
/// its go line must not be below those of its modules.
///
/// # Errors
/// Modules that cannot be used, all of which are named; or they do not go together.
pub async fn read_workspace(
    workspace: Workspace,
    folders: Vec<PathBuf>,
    fetcher: &Fetcher,
    files: &ModuleFiles,
    config: &Config,
    checks_go_line: bool,
) -> Result<MainModules, ResolveError> {
    let mut modules = Vec::new();
    let mut failures = Vec::new();
    for root in folders {
        let (go_mod, go_sum) = (root.join("go.mod"), root.join("go.sum"));
        let module_files = config::MainModule { root, go_mod, go_sum };
        let read =
            MainModule::read(files, &module_files, &config.directory, &ResolvedVersions::new());
        let looked_up = match read {
            Ok(read) => look_up_versions(read, &module_files, fetcher, files, config).await,
            Err(error) => Err(error),
        };
        match looked_up {
            Ok(module) => {
                if checks_go_line {
                    failures.extend(workspace.check_go_line(&module, &config.directory).err());
                }
                modules.push(module);
            }
            Err(error) => {
                let name = |file: &Path| main_module::shown(file, &config.directory);
                let (folder, whole) = (name(&module_files.root), module_files.go_mod.display());
                // Here go names the file as it does the folder.
                let error =
                    error.to_string().replace(&whole.to_string(), &name(&module_files.go_mod));
                failures.push(ResolveError::File(format!(
                    "cannot load module {folder} listed in go.work file: {error}"
                )));
            }
        }
    }
    main_modules::told(&failures)?;
    MainModules::of_workspace(workspace, modules, &config.directory)
}

impl Resolver {
    /// A resolver for a main module, for a workspace, or for none.
    pub fn new(fetcher: Fetcher, files: ModuleFiles, config: &Config, mains: MainModules) -> Self {
        let local_go = config.local_go.version.as_str().into();
        let goroot = config.local_go.goroot.as_deref().map(Arc::from);
        let directory = config.directory.as_path().into();
        let build_tags = Arc::new(build_tags(config));
        let overlay = files.overlay().clone();
        let folders =
            Arc::new(Folders::new(overlay, (*build_tags).clone(), config.import_index.clone()));
        let (known, summaries, latest) = (Arc::default(), Arc::default(), Arc::default());
        Self {
            fetcher,
            files,
            local_go,
            goroot,
            directory,
            build_tags,
            folders,
            places: Arc::default(),
            mains: Arc::new(mains),
            is_readonly: false,
            is_fixed: false,
            asked_mode: config.mode.map(ModMode::as_str),
            known,
            summaries,
            latest,
        }
    }

    /// The same, refusing what go.sum does not list and what would change go.mod:
    /// `-mod=readonly`. Outside a module there is neither, and in a workspace what its files do
    /// not list is added to go.work.sum.
    pub fn readonly(self) -> Self {
        let (is_readonly, is_fixed) = (self.mains.single().is_some(), !self.mains.is_empty());
        Self { is_readonly, is_fixed, ..self }
    }

    /// Whether go.mod and go.sum must be up to date.
    pub fn is_readonly(&self) -> bool {
        self.is_readonly
    }

    /// Whether no module may be added for what is missing.
    pub fn is_fixed(&self) -> bool {
        self.is_fixed
    }

    /// That go.mod would have to be changed, and must not be.
    pub fn go_mod_is_dirty(&self) -> ResolveError {
        ResolveError::GoModDirty(self.asked_mode)
    }

    /// The fetcher that is asked.
    pub fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }

    /// The same with another go.mod in the place of a main module's own.
    pub fn with_main(mut self, main: MainModule) -> Self {
        Arc::make_mut(&mut self.mains).set(main);
        self
    }

    /// The main modules.
    pub fn mains(&self) -> &MainModules {
        &self.mains
    }

    /// The main module, where there is no workspace.
    pub fn main(&self) -> Option<&MainModule> {
        self.mains.single()
    }

    /// The tags that packages are built with here.
    pub fn build_tags(&self) -> &Tags {
        &self.build_tags
    }

    /// Keeps what the files of cached modules import, for later runs.
    pub fn keep_imports(&self) {
        self.folders.keep();
    }

    /// The working directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The module that stands in for a requirement: its replacement, or itself.
    pub fn actual(&self, module: &ModuleVersion) -> ModuleVersion {
        self.mains.replacement(module).unwrap_or(module).clone()
    }

    /// What the go.mod of a module version, or of a replacement's folder, says; read once.
    pub async fn summary(&self, actual: &ModuleVersion) -> Result<Arc<Summary>, ResolveError> {
        if let Some(summary) = self.cached_summary(actual) {
            return Ok(summary);
        }
        let begin = || {
            let (resolver, actual) = (self.clone(), actual.clone());
            async move { resolver.read_summary(&actual).await.map(Arc::new) }
        };
        self.summaries.get(actual.clone(), begin).await
    }

    /// What the go.mod of a module version says, where it is in the cache and go.sum vouches
    /// for it.
    fn cached_summary(&self, actual: &ModuleVersion) -> Option<Arc<Summary>> {
        // A panic elsewhere leaves the map whole: each change is one insertion.
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(summary) = known().get(actual) {
            return Some(summary.clone());
        }
        if actual.path.is_toolchain() || actual.version.is_empty() {
            return None;
        }
        let data = self.fetcher.cached_go_mod(actual)?;
        let summary = Arc::new(summarize(actual, "go.mod", "go.mod", &data).ok()?);
        known().insert(actual.clone(), summary.clone());
        Some(summary)
    }

    async fn read_summary(&self, actual: &ModuleVersion) -> Result<Summary, ResolveError> {
        if actual.path.is_toolchain() {
            return Ok(Summary {
                path: actual.path.clone(),
                requires: Arc::new(Requires::of_toolchain_module(actual)),
                go: String::new(),
                retract: Vec::new(),
                ignore: Vec::new(),
                deprecated: String::new(),
            });
        }
        if actual.version.is_empty() {
            let file = self.mains.folder(&actual.path).join("go.mod");
            let name = main_module::shown(&file, &self.directory);
            let unreadable = |reason: String| ResolveError::Folder {
                module: actual.clone(),
                file: PathBuf::from(&name),
                reason,
            };
            let data = self
                .files
                .read(&file)
                .map_err(|error| unreadable(error.source.to_string()))?
                .ok_or_else(|| {
                    unreadable(format!("open {}: no such file or directory", file.display()))
                })?;
            return summarize(actual, &name, &file.display().to_string(), &data);
        }
        let data = self.fetcher.go_mod(actual).await?;
        summarize(actual, "go.mod", "go.mod", &data)
    }

    /// What a requirement brings into the graph: replaced, checked against the path
    /// that it was required by, without what the main module excludes.
    /// Source: goModSummary in cmd/go/internal/modload/modfile.go.
    async fn requires(&self, module: &ModuleVersion) -> Result<Arc<Requires>, ResolveError> {
        if let Some(requires) = self.mains.requires(module) {
            return Ok(Arc::new(requires));
        }
        let actual = self.actual(module);
        if is_version(&actual)
            && self.is_readonly
            && !self.fetcher.gate().lists(&SumKey::go_mod(&actual))
        {
            return Err(ResolveError::MissingSum { module: actual, required: module.path.clone() });
        }
        let summary = self.summary(&actual).await?;
        self.required_of(module, &actual, &summary)
    }

    /// The same where nothing has to be waited for.
    fn cached_requires(
        &self,
        module: &ModuleVersion,
    ) -> Option<Result<Arc<Requires>, ResolveError>> {
        let actual = self.actual(module);
        let summary = self.cached_summary(&actual)?;
        Some(self.required_of(module, &actual, &summary))
    }

    fn required_of(
        &self,
        module: &ModuleVersion,
        actual: &ModuleVersion,
        summary: &Summary,
    ) -> Result<Arc<Requires>, ResolveError> {
        if is_version(actual) {
            let refused = |reason: String| ResolveError::GoMod { module: actual.clone(), reason };
            if summary.path.is_empty() {
                return Err(refused("parsing go.mod: missing module line".to_owned()));
            }
            if summary.path != module.path && summary.path != actual.path {
                return Err(refused(format!(
                    "parsing go.mod:\n\tmodule declares its path as: {}\n\t        but was required as: {}",
                    summary.path, module.path
                )));
            }
        }
        let excludes = |required: &ModuleVersion| self.mains.excludes(required);
        let mut requires = summary.requires.clone();
        if requires.modules.iter().any(excludes) {
            Arc::make_mut(&mut requires).modules.retain(|required| !excludes(required));
        }
        Ok(requires)
    }

    /// Reads the module graph below the given requirements, everything that is known to
    /// be needed at once.
    ///
    /// What cannot be read is missing in the graph, which says so.
    ///
    /// # Errors
    /// The run was interrupted.
    pub async fn load_graph(
        &self,
        requirements: &Requirements,
    ) -> Result<LoadedGraph, ResolveError> {
        self.load_extended(requirements, HashSet::new()).await
    }

    /// The same, with the requirements of the versions in `extended`, which pruning would
    /// leave out.
    async fn load_extended(
        &self,
        requirements: &Requirements,
        extended: HashSet<ModuleVersion>,
    ) -> Result<LoadedGraph, ResolveError> {
        let (pruning, roots) = (requirements.pruning, &requirements.roots);
        let mut graph = match self.mains.single() {
            _ if pruning == Pruning::Workspace => ModuleGraph::of_workspace(roots),
            Some(main) => ModuleGraph::extended(&main.path, pruning, roots, extended),
            None => ModuleGraph::extended(&ModulePath::new(""), pruning, roots, extended),
        };
        let mut failed: HashMap<ModuleVersion, ResolveError> = HashMap::new();
        let mut reading = JoinSet::new();
        let cores = store::threads();
        loop {
            let mut pending = graph.pending();
            pending.retain(|module| {
                let is_toolchain = module.path.is_toolchain();
                if is_toolchain {
                    graph.supply(module, Arc::new(Requires::of_toolchain_module(module)));
                }
                !is_toolchain
            });
            // What the cache has is read some at a time, which costs less than a task each.
            let size = pending.len().div_ceil(2 * cores).clamp(1, AT_A_TIME);
            for some in pending.chunks(size) {
                let (resolver, some) = (self.clone(), some.to_vec());
                reading.spawn(async move {
                    let read = |module| (resolver.cached_requires(&module), module);
                    some.into_iter().map(read).collect::<Vec<_>>()
                });
            }
            match reading.join_next().await {
                Some(Ok(read)) => {
                    for (requires, module) in read {
                        match requires {
                            Some(Ok(requires)) => graph.supply(&module, requires),
                            Some(Err(error)) => {
                                failed.insert(module, error);
                            }
                            None => {
                                let resolver = self.clone();
                                reading.spawn(async move {
                                    let requires = resolver.requires(&module).await;
                                    vec![(Some(requires), module)]
                                });
                            }
                        }
                    }
                }
                Some(Err(error)) => match error.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    Err(_) => return Err(crate::fetch::error::FetchError::Interrupted.into()),
                },
                None if pruning == Pruning::Workspace && graph.extend_workspace() => {}
                None => break,
            }
        }
        let chain = match failed.is_empty() {
            true => Vec::new(),
            false => graph.find_path(|module| failed.contains_key(module)),
        };
        let error = chain.last().and_then(|module| failed.get(module)).cloned();
        let failure = error.map(|error| ResolveError::Chain { chain, error: Box::new(error) });
        let selection = graph.select();
        Ok(LoadedGraph { graph, selection, failure, failed })
    }

    /// Refuses a build list in which a module version stands for two paths: what a package
    /// of it is called would be left to chance. Without its graph (`with_graph`) the roots alone
    /// are looked at. Source: checkMultiplePaths.
    ///
    /// # Errors
    /// The first such module version.
    pub fn check_paths(&self, roots: &Roots, with_graph: bool) -> Result<(), ResolveError> {
        let mut paths: HashMap<ModuleVersion, ModulePath> = HashMap::new();
        let build_list = match roots.loaded() {
            Some(loaded) if with_graph => loaded.selection.build_list(),
            _ => roots.roots.clone(),
        };
        for required in build_list {
            let module = self.actual(&required);
            let first = paths.entry(module.clone()).or_insert_with(|| required.path.clone());
            if *first != required.path {
                let (first, second) = (first.clone(), required.path);
                return Err(ResolveError::TwoPaths { module, first, second });
            }
        }
        Ok(())
    }

    /// The sums that go.sum must list for this state: those of every go.mod that was read
    /// for the graph, and of the zips in the build list. Without a graph, those of
    /// the roots. Of packages that were loaded, those of every module that might provide one
    /// of them. Source: keepSums in cmd/go/internal/modload/init.go.
    ///
    /// # Errors
    /// The run was interrupted.
    pub async fn kept_sums(
        &self,
        roots: &Roots,
        packages: Option<&Loaded>,
    ) -> Result<HashSet<SumKey>, ResolveError> {
        let mut keep = self.sums_of_packages(roots, packages, true).await?;
        let mut keep_both = |module: &ModuleVersion| {
            let actual = self.actual(module);
            keep.insert(SumKey::go_mod(&actual));
            keep.insert(SumKey::zip(&actual));
        };
        match roots.loaded() {
            None => roots.roots.iter().for_each(keep_both),
            Some(loaded) => loaded.selection.build_list().iter().for_each(&mut keep_both),
        }
        keep.extend(self.sums_of_graph(roots));
        Ok(keep)
    }

    /// The same where go.sum is to list nothing else: of zips those of modules that might
    /// provide a package, and no others. Before go 1.21 the go.mod files of these modules count
    /// only where they are part of the graph.
    ///
    /// # Errors
    /// The run was interrupted.
    pub async fn tidy_sums(
        &self,
        roots: &Roots,
        packages: &Loaded,
    ) -> Result<HashSet<SumKey>, ResolveError> {
        let go = packages.roots.root("go").unwrap_or(goversion::DEFAULT_GO_MOD);
        let lists_providers = goversion::compare(go, load::SUMS_OF_PROVIDERS) != Ordering::Less;
        let mut keep = self.sums_of_packages(roots, Some(packages), lists_providers).await?;
        keep.extend(self.sums_of_graph(roots));
        Ok(keep)
    }

    /// Those of every go.mod that was read for the graph, or of the roots where none was.
    fn sums_of_graph(&self, roots: &Roots) -> HashSet<SumKey> {
        let key = |module: &ModuleVersion| SumKey::go_mod(&self.actual(module));
        match roots.loaded() {
            None => roots.roots.iter().map(key).collect(),
            Some(loaded) => loaded.graph.requirements().map(|(module, _)| key(module)).collect(),
        }
    }

    async fn sums_of_packages(
        &self,
        roots: &Roots,
        packages: Option<&Loaded>,
        with_go_mods: bool,
    ) -> Result<HashSet<SumKey>, ResolveError> {
        let mut keep = HashSet::new();
        for package in packages.into_iter().flat_map(Loaded::packages) {
            let is_standard = package.module.is_none() && package.error.is_none();
            if package.is_test() || is_standard || path::check_import(&package.path).is_err() {
                continue;
            }
            let is_root = |module: &ModuleVersion| {
                self.root_selected(roots, &module.path).as_ref() == Some(&module.version)
            };
            let found_in_root =
                roots.pruning == Pruning::Pruned && package.module.as_ref().is_some_and(is_root);
            let graph;
            let selected: &(dyn Fn(&str) -> Option<Version> + Send + Sync) = if found_in_root {
                &|path| self.root_selected(roots, path)
            } else {
                graph = self.graph(roots).await?;
                &|path| graph.selection.version(path).cloned()
            };
            let module = package.module.as_ref().filter(|module| !module.version.is_empty());
            if let Some(module) = module.filter(|_| with_go_mods) {
                keep.insert(SumKey::go_mod(&self.actual(module)));
            }
            for prefix in import::prefixes(&package.path) {
                let version = selected(prefix).filter(|version| !version.is_empty());
                if let Some(version) = version {
                    let module = ModuleVersion { path: prefix.into(), version };
                    keep.insert(SumKey::zip(&self.actual(&module)));
                }
            }
        }
        Ok(keep)
    }
}

fn build_tags(config: &Config) -> Tags {
    let config::Target { system, architecture, cgo, tags, .. } = &config.target;
    // The local Go's version is one that go could have.
    let language = goversion::language(&config.local_go.version);
    let release = language.split('.').nth(1).and_then(|minor| minor.parse().ok());
    let release = release.unwrap_or_default();
    Tags::of(Platform { system, architecture, cgo: *cgo, release, others: tags })
}

/// Does work that waits for the disk.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Only the end of the run cancels work.
            Err(_) => std::future::pending().await,
        },
    }
}

/// Reads what matters in a dependency's go.mod. An error has the file's name, and before each line
/// what it is called in full.
/// Source: summaryFromModFile in cmd/go/internal/modload/modfile.go.
fn summarize(
    module: &ModuleVersion,
    file: &str,
    in_full: &str,
    data: &[u8],
) -> Result<Summary, ResolveError> {
    let parsed = ModFile::parse(in_full, data, Mode::Lax, None).map_err(|errors| {
        ResolveError::GoMod { module: module.clone(), reason: format!("parsing {file}: {errors}") }
    })?;
    let go = parsed.go().unwrap_or_default().to_owned();
    let path = parsed.module().map_or_else(|| ModulePath::new(""), |line| line.path.clone());
    let deprecated = parsed.module().map_or_else(String::new, |line| line.deprecated.to_string());
    let retract = parsed.retract().iter().map(|line| (**line).clone()).collect();
    let ignore = parsed.ignore().iter().map(|line| line.to_string()).collect();
    let required = parsed.into_required();
    let mut modules = Vec::with_capacity(required.len() + 1);
    modules.extend(required);
    if !go.is_empty() && goversion::compare(&go, goversion::STRICT) != Ordering::Less {
        modules.push(ModuleVersion::new("go", &go));
    }
    let pruning = if go.is_empty() { Pruning::Unpruned } else { Pruning::of_go_version(&go) };
    let requires = Arc::new(Requires { pruning, modules });
    Ok(Summary { path, requires, go, retract, ignore, deprecated })
}
