//! Layer 4: which versions. Reads the main module, its graph, and what queries stand
//! for; knows no terminal, no flags and no environment.

mod edit;
pub mod error;
pub mod listing;
pub mod main_module;
pub mod query;
mod toolchain;

use std::cmp::Ordering;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};
use tokio::task::JoinSet;

use crate::config::{self, Config};
use crate::fetch::Fetcher;
use crate::spec::graph::{ModuleGraph, Pruning, Requires, Selection, minimal_requirements};
use crate::spec::modfile::{ModFile, Mode, Retract};
use crate::spec::{ModulePath, ModuleVersion, goversion};
use crate::store::main_module::ModuleFiles;
use crate::verify::gate::SumKey;
use crate::verify::once::OnceMap;

use error::ResolveError;
use main_module::{MainModule, Requirements, ResolvedVersions};

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
    main: Option<Arc<MainModule>>,
    /// Whether a go.mod file counts only where go.sum lists it: `-mod=readonly`.
    requires_sums: bool,
    /// Of go.mod files that were in the cache and in go.sum: for most there is no need to
    /// wait.
    known: Arc<Mutex<HashMap<ModuleVersion, Arc<Summary>>>>,
    summaries: Arc<OnceMap<ModuleVersion, Summarized>>,
    /// Of the latest version of each path, retracted or not.
    latest: Arc<OnceMap<ModulePath, Summarized>>,
}

/// A module graph with its selection.
#[derive(Debug)]
pub struct LoadedGraph {
    /// The graph.
    pub graph: ModuleGraph,
    /// The selected versions.
    pub selection: Selection,
    /// Why the graph is incomplete: the failure nearest to the main module, with the chain
    /// that leads there.
    pub failure: Option<ResolveError>,
}

impl LoadedGraph {
    /// The graph, where nothing is missing in it.
    ///
    /// # Errors
    /// What is missing.
    pub fn complete(self) -> Result<Self, ResolveError> {
        match self.failure {
            Some(failure) => Err(failure),
            None => Ok(self),
        }
    }

    /// Whether every root is the selected version of its path.
    fn is_consistent(&self, requirements: &Requirements) -> bool {
        let selected =
            |root: &ModuleVersion| self.selection.version(&root.path) == Some(&root.version);
        requirements.roots.iter().all(selected)
    }
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
/// A version cannot be looked up, or the go.mod cannot be used with it.
pub async fn look_up_versions(
    mut read: ReadMainModule,
    module_files: &config::MainModule,
    fetcher: &Fetcher,
    files: &ModuleFiles,
    config: &Config,
) -> Result<MainModule, ResolveError> {
    let mut resolved = ResolvedVersions::new();
    loop {
        let unknown = match read {
            Ok(main) => return Ok(main),
            Err(unknown) => unknown,
        };
        // Nothing of the main module is known yet, so it cannot replace or exclude.
        let resolver = Resolver::new(fetcher.clone(), files.clone(), config, None);
        for (path, text) in unknown {
            let module = ModulePath::new(&path);
            let info = resolver.query(&module, &text, "", query::Allow::All).await?;
            resolved.insert((path, text), info.version.clone());
        }
        read = MainModule::read(files, module_files, &config.directory, &resolved)?;
    }
}

impl Resolver {
    /// A resolver for a main module, or for none.
    pub fn new(
        fetcher: Fetcher,
        files: ModuleFiles,
        config: &Config,
        main: Option<Arc<MainModule>>,
    ) -> Self {
        let local_go = config.local_go.version.as_str().into();
        let (known, summaries, latest) = (Arc::default(), Arc::default(), Arc::default());
        Self { fetcher, files, local_go, main, requires_sums: false, known, summaries, latest }
    }

    /// The same, refusing what go.sum does not list: `-mod=readonly`. Outside a module
    /// there is no go.sum to list anything.
    pub fn requiring_sums(self) -> Self {
        Self { requires_sums: self.main.is_some(), ..self }
    }

    /// The fetcher that is asked.
    pub fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }

    /// The main module.
    pub fn main(&self) -> Option<&MainModule> {
        self.main.as_deref()
    }

    /// The module that stands in for a requirement: its replacement, or itself.
    pub fn actual(&self, module: &ModuleVersion) -> ModuleVersion {
        let replacement = self.main.as_ref().and_then(|main| main.replacement(module));
        replacement.unwrap_or(module).clone()
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
        let summary = Arc::new(summarize(actual, "go.mod", &data).ok()?);
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
                deprecated: String::new(),
            });
        }
        if actual.version.is_empty() {
            let folder = match &self.main {
                Some(main) => main.folder(&actual.path),
                None => Path::new(actual.path.as_str()).to_owned(),
            };
            let file = folder.join("go.mod");
            let unreadable = |reason: String| ResolveError::Folder {
                module: actual.clone(),
                file: file.clone(),
                reason,
            };
            let data = self
                .files
                .read(&file)
                .map_err(|error| unreadable(error.source.to_string()))?
                .ok_or_else(|| {
                    unreadable(format!("open {}: no such file or directory", file.display()))
                })?;
            return summarize(actual, &file.display().to_string(), &data);
        }
        let data = self.fetcher.go_mod(actual).await?;
        summarize(actual, "go.mod", &data)
    }

    /// What a requirement brings into the graph: replaced, checked against the path
    /// that it was required by, without what the main module excludes.
    /// Source: goModSummary in cmd/go/internal/modload/modfile.go.
    async fn requires(&self, module: &ModuleVersion) -> Result<Arc<Requires>, ResolveError> {
        let actual = self.actual(module);
        if is_version(&actual)
            && self.requires_sums
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
        let excludes = |required: &ModuleVersion| {
            self.main.as_ref().is_some_and(|main| main.excludes(required))
        };
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
        let main_path =
            self.main.as_ref().map_or_else(|| ModulePath::new(""), |main| main.path.clone());
        let mut graph = ModuleGraph::new(&main_path, requirements.pruning, &requirements.roots);
        let mut failed: HashMap<ModuleVersion, ResolveError> = HashMap::new();
        let mut reading = JoinSet::new();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
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
                None => break,
            }
        }
        let chain = match failed.is_empty() {
            true => Vec::new(),
            false => graph.find_path(|module| failed.contains_key(module)),
        };
        let error = chain.last().and_then(|module| failed.remove(module));
        let failure = error.map(|error| ResolveError::Chain { chain, error: Box::new(error) });
        let selection = graph.select();
        Ok(LoadedGraph { graph, selection, failure })
    }

    /// Loads the graph, and raises requirements until each is the selected version of
    /// its path. Source: expandGraph, updatePrunedRoots, updateUnprunedRoots.
    pub async fn load_consistent(
        &self,
        requirements: &Requirements,
    ) -> Result<(Requirements, LoadedGraph), ResolveError> {
        let main_path = self.main.as_ref().map(|main| &main.path);
        let mut requirements = requirements.clone();
        if requirements.pruning == Pruning::Pruned {
            // Of a path that is listed twice the lower version is not even read.
            requirements = requirements.highest(main_path);
        }
        loop {
            let loaded = self.load_graph(&requirements).await?;
            let duplicates = main_path.is_some_and(|path| requirements.has_duplicates(path));
            // Without the whole graph nobody knows what should be selected.
            let done = loaded.is_consistent(&requirements) && !duplicates;
            if done || loaded.failure.is_some() {
                return Ok((requirements, loaded));
            }
            requirements = match requirements.pruning {
                Pruning::Pruned => raise(&requirements, &loaded.selection, main_path),
                Pruning::Unpruned => minimize(&requirements, &loaded, main_path),
            };
        }
    }

    /// Gives go.mod a go line where it has none: the local Go's version, and with it a
    /// pruned graph, whose roots are the whole build list of the graph before.
    /// Source: the end of loadModFile, convertPruning.
    pub async fn add_go_line(
        &self,
        requirements: &Requirements,
        version: &str,
    ) -> Result<Requirements, ResolveError> {
        let with_go = requirements.with(&[ModuleVersion::new("go", version)]);
        if Pruning::of_go_version(version) == Pruning::Unpruned {
            return Ok(with_go);
        }
        let loaded = self.load_graph(&with_go).await?.complete()?;
        Ok(Requirements::of_build_list(&loaded.selection, with_go.direct))
    }

    /// Refuses a build list in which a module version stands for two paths: what a package
    /// of it is called would be left to chance. Source: checkMultiplePaths.
    ///
    /// # Errors
    /// The first such module version.
    pub fn check_paths(&self, loaded: &LoadedGraph) -> Result<(), ResolveError> {
        let mut paths: HashMap<ModuleVersion, ModulePath> = HashMap::new();
        for required in loaded.selection.build_list() {
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
    /// the roots. Source: keepSums in cmd/go/internal/modload/init.go.
    pub fn kept_sums(
        &self,
        requirements: &Requirements,
        loaded: Option<&LoadedGraph>,
    ) -> HashSet<SumKey> {
        let mut keep = HashSet::new();
        let mut keep_both = |module: &ModuleVersion| {
            let actual = self.actual(module);
            keep.insert(SumKey::go_mod(&actual));
            keep.insert(SumKey::zip(&actual));
        };
        match loaded {
            None => requirements.roots.iter().for_each(keep_both),
            Some(loaded) => {
                loaded.selection.build_list().iter().for_each(&mut keep_both);
                for (module, _) in loaded.graph.requirements() {
                    keep.insert(SumKey::go_mod(&self.actual(module)));
                }
            }
        }
        keep
    }
}

/// Replaces each root by the selected version of its path, once a path.
fn raise(
    requirements: &Requirements,
    selection: &Selection,
    main: Option<&ModulePath>,
) -> Requirements {
    let mut seen: HashSet<&ModulePath> = main.into_iter().collect();
    let mut roots = Vec::new();
    for root in &requirements.roots {
        if seen.insert(&root.path) {
            let version = selection.version(&root.path).unwrap_or(&root.version);
            roots.push(ModuleVersion { path: root.path.clone(), version: version.clone() });
        }
    }
    Requirements { roots, ..requirements.clone() }
}

/// The fewest roots that give the same build list, those that are already right or
/// direct staying listed.
fn minimize(
    requirements: &Requirements,
    loaded: &LoadedGraph,
    main: Option<&ModulePath>,
) -> Requirements {
    let selected =
        |module: &ModuleVersion| loaded.selection.version(&module.path) == Some(&module.version);
    let mut base: Vec<ModulePath> = Vec::new();
    let mut list = |path: &ModulePath| {
        if !base.contains(path) && main != Some(path) {
            base.push(path.clone());
        }
    };
    requirements.roots.iter().filter(|root| selected(root)).for_each(|root| list(&root.path));
    let build_list = loaded.selection.build_list();
    build_list.iter().filter(|m| requirements.direct.contains(&m.path)).for_each(|m| list(&m.path));
    let mut roots = minimal_requirements(&loaded.graph, &loaded.selection, &base);
    roots.retain(|root| main != Some(&root.path));
    roots.sort_by(ModuleVersion::compare);
    Requirements { roots, ..requirements.clone() }
}

/// Reads what matters in a dependency's go.mod.
/// Source: summaryFromModFile in cmd/go/internal/modload/modfile.go.
fn summarize(module: &ModuleVersion, file: &str, data: &[u8]) -> Result<Summary, ResolveError> {
    let parsed = ModFile::parse(file, data, Mode::Lax, None).map_err(|errors| {
        ResolveError::GoMod { module: module.clone(), reason: format!("parsing {file}: {errors}") }
    })?;
    let go = parsed.go().unwrap_or_default().to_owned();
    let path = parsed.module().map_or_else(|| ModulePath::new(""), |line| line.path.clone());
    let deprecated = parsed.module().map_or_else(String::new, |line| line.deprecated.to_string());
    let retract = parsed.retract().iter().map(|line| (**line).clone()).collect();
    let required = parsed.into_required();
    let mut modules = Vec::with_capacity(required.len() + 1);
    modules.extend(required);
    if !go.is_empty() && goversion::compare(&go, goversion::STRICT) != Ordering::Less {
        modules.push(ModuleVersion::new("go", &go));
    }
    let pruning = if go.is_empty() { Pruning::Unpruned } else { Pruning::of_go_version(&go) };
    let requires = Arc::new(Requires { pruning, modules });
    Ok(Summary { path, requires, go, retract, deprecated })
}
