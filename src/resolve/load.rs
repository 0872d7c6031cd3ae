//! Packages: what a set of patterns matches, what those packages import, transitively, and
//! the modules that provide them.
//!
//! Packages are read side by side, but what is known of them is put together in one place and
//! in the order of the imports, so that nothing depends on what arrives first. Where a package
//! lies changes with the roots, and the roots with the packages; it is begun again until
//! nothing changes.
//!
//! Source: cmd/go/internal/modload/load.go (loadFromRoots, updateRequirements).

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use foldhash::HashMap;
use futures_util::future::{BoxFuture, join_all};
use futures_util::stream::{FuturesUnordered, StreamExt};

use crate::spec::graph::Pruning;
use crate::spec::source::Tags;
use crate::spec::{ModulePath, ModuleVersion, Version, goversion, path};
use crate::store::package_folder::Folder;

use super::Resolver;
use super::error::ResolveError;
use super::import::{Absence, ImportError, Importer, Provided, Scope};
use super::matches::Match;
use super::roots::Roots;

/// Says of a package of a module outside the main one whether it may be used as it is.
pub type Judge<'a> = dyn Fn(String, ModuleVersion) -> BoxFuture<'a, bool> + Sync + 'a;

/// How packages are loaded.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// What is built.
    pub tags: &'a Tags,
    /// Whether the tests of the packages that match are loaded too.
    pub tests: bool,
    /// Whether what the matching packages import counts as imported by the main module: what
    /// provides it becomes a root.
    pub roots_imported: bool,
    /// Whether modules are looked for, and required, that provide what no module of the graph
    /// does.
    pub resolves_missing: bool,
    /// Whether tests outside the main module are left out of `all` whatever the go line says,
    /// as vendoring does.
    pub narrows_all: bool,
    /// Whether the roots are cut down to what the packages need in the end.
    pub tidy: Option<Tidy<'a>>,
    /// Whether what goes wrong is told, and loading goes on as far as it can.
    pub is_tolerant: bool,
    /// The one main module whose packages `all` begins with; `None` for every one.
    pub main: Option<&'a ModulePath>,
    /// Whether nothing is said of patterns that match nothing.
    pub is_silent: bool,
}

/// How the roots are cut down.
#[derive(Clone, Copy, Debug)]
pub struct Tidy<'a> {
    /// The go line that go.mod is to have, where that is another one.
    pub go: Option<&'a str>,
    /// Whether errors tell the whole chain of requirements.
    pub tells: bool,
}

impl<'a> Options<'a> {
    /// Packages as they stand in the module graph.
    pub fn new(tags: &'a Tags, tests: bool) -> Self {
        Self {
            tags,
            tests,
            roots_imported: false,
            resolves_missing: false,
            narrows_all: false,
            tidy: None,
            is_tolerant: false,
            main: None,
            is_silent: false,
        }
    }

    /// The go line that decides what is loaded.
    fn go_version<'r>(&self, roots: &'r Roots) -> &'r str
    where
        'a: 'r,
    {
        let asked = self.tidy.and_then(|tidy| tidy.go);
        asked.unwrap_or_else(|| roots.root("go").unwrap_or(goversion::DEFAULT_GO_MOD))
    }

    /// Whether the go.mod files of modules that provide packages need not be known.
    fn skips_go_mod(&self, roots: &Roots) -> bool {
        let go = self.go_version(roots);
        self.tidy.is_some() && goversion::compare(go, SUMS_OF_PROVIDERS) == Ordering::Less
    }
}

/// A set of facts about a package.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Flags(u8);

impl Flags {
    const NONE: Self = Self(0);
    /// In the pattern `all`. Of a test: what it imports is.
    pub(super) const IN_ALL: Self = Self(1);
    /// Matches a pattern that is loaded.
    const IS_ROOT: Self = Self(2);
    /// Imported, transitively, by what matches.
    const FROM_ROOT: Self = Self(4);
    /// Its imports are known.
    const IMPORTS_LOADED: Self = Self(8);

    pub(super) fn has(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    fn has_any(self, flags: Self) -> bool {
        self.0 & flags.0 != 0
    }

    fn with(self, flags: Self) -> Self {
        Self(self.0 | flags.0)
    }
}

/// The place of a package in the list.
pub(super) type Id = usize;

/// A package, or the tests of one.
#[derive(Debug)]
pub struct Package {
    /// The import path.
    pub path: String,
    /// The module that provides it; `None` for the standard library, and where it is not known.
    pub module: Option<ModuleVersion>,
    /// Where its files lie, once that is known.
    pub folder: Option<PathBuf>,
    /// Why it cannot be used.
    pub error: Option<ImportError>,
    /// The modules whose paths would let them provide it, and which do not.
    pub(super) others: Vec<ModuleVersion>,
    pub(super) test_of: Option<Id>,
    pub(super) test: Option<Id>,
    pub(super) flags: Flags,
    pub(super) imports: Vec<Id>,
    /// What its files import; nothing for the standard library, and until it is found.
    sources: Option<Arc<Folder>>,
    /// The package that leads here from one that matches a pattern, on a shortest way.
    stack: Option<Id>,
}

impl Package {
    fn new(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            module: None,
            folder: None,
            error: None,
            others: Vec::new(),
            test_of: None,
            test: None,
            flags: Flags::NONE,
            imports: Vec::new(),
            sources: None,
            stack: None,
        }
    }

    /// Whether no other package leads to it: it matches a pattern.
    pub(super) fn is_first(&self) -> bool {
        self.stack.is_none()
    }

    /// Whether it stands for the tests of a package.
    pub fn is_test(&self) -> bool {
        self.test_of.is_some()
    }
}

/// Packages that were loaded, with the roots that they were loaded from.
#[derive(Debug)]
pub struct Loaded {
    /// The roots, with what the packages need among them.
    pub roots: Roots,
    /// What each pattern matches, in the order of the patterns.
    pub matches: Vec<Match>,
    /// What is wrong with the selection as a whole.
    pub problem: Option<ResolveError>,
    pub(super) packages: Vec<Package>,
    /// All packages, those that match first, then as far away as they are imported.
    pub(super) order: Vec<Id>,
    by_path: HashMap<String, Id>,
}

impl Loaded {
    /// Every package and test, those that match first, then as far away as they are imported.
    pub fn packages(&self) -> impl Iterator<Item = &Package> {
        self.order.iter().map(|&id| &self.packages[id])
    }

    /// The package of a path, where it was met.
    pub fn package(&self, path: &str) -> Option<&Package> {
        self.by_path.get(path).map(|&id| &self.packages[id])
    }

    /// Every package that has an error, with the chain of imports that leads to it.
    pub fn errors(&self) -> impl Iterator<Item = (String, &ImportError)> {
        let failed = |&id: &Id| Some((id, self.packages[id].error.as_ref()?));
        self.order.iter().filter_map(failed).map(|(id, error)| (self.stack_text(id), error))
    }

    /// The packages that lead from one that matches a pattern to this, by a shortest way; a test
    /// is called `.test`. `None` where the package was not met. Source: why.
    pub fn chain(&self, path: &str) -> Option<Vec<String>> {
        let name = |id: Id| match &self.packages[id] {
            package if package.is_test() => format!("{}.test", package.path),
            package => package.path.clone(),
        };
        Some(stack(&self.packages, *self.by_path.get(path)?).into_iter().map(name).collect())
    }

    /// The chain of imports that leads to a package, a line each.
    pub(super) fn stack_text(&self, id: Id) -> String {
        stack_text(&self.packages, id)
    }
}

fn stack(packages: &[Package], id: Id) -> Vec<Id> {
    let next = |id: &Id| packages[*id].stack;
    let mut stack: Vec<Id> = std::iter::successors(Some(id), next).collect();
    stack.reverse();
    stack
}

/// Source: stackText.
fn stack_text(packages: &[Package], id: Id) -> String {
    let stack = stack(packages, id);
    let mut text = String::new();
    for (index, &id) in stack.iter().enumerate() {
        let package = &packages[id];
        text.push_str(&package.path);
        if package.is_test() {
            text.push_str(".test");
        }
        if let Some(&next) = stack.get(index + 1) {
            let is_tested = packages[next].test_of == Some(id);
            text.push_str(if is_tested { " tested by\n\t" } else { " imports\n\t" });
        }
    }
    text
}

/// Packages with the order that they are looked at in.
pub(super) struct Packages<'a> {
    pub(super) all: &'a [Package],
    pub(super) order: &'a [Id],
}

impl<'a> Packages<'a> {
    pub(super) fn iter(&self) -> impl Iterator<Item = &'a Package> {
        let all = self.all;
        self.order.iter().map(move |&id| &all[id])
    }
}

/// Packages while they are being loaded from one set of roots.
struct Loading<'a> {
    resolver: &'a Resolver,
    options: Options<'a>,
    /// Whether `all` is among the patterns.
    loads_all: bool,
    /// Whether tests of every package of `all` count: so it was before go 1.16.
    all_has_tests: bool,
    /// Whether the go.mod files of modules that provide packages need not be known.
    skips_go_mod: bool,
    tools: &'a BTreeSet<String>,
    packages: Vec<Package>,
    by_path: HashMap<String, Id>,
    /// Met, and still to be looked for.
    queue: Vec<Id>,
}

/// From this go line on, tests outside the main module are not in `all`.
/// Source: gover.NarrowAllVersion.
const NARROW_ALL: &str = "1.16";

/// From this go line on, go.sum lists the go.mod files of all modules that provide packages.
/// Source: gover.TidyGoModSumVersion.
pub(super) const SUMS_OF_PROVIDERS: &str = "1.21";

impl Resolver {
    /// Loads what patterns match. Where there is a judge, it is asked about every package of
    /// another module.
    ///
    /// # Errors
    /// Something that decides which modules there are cannot be read. What is wrong with one
    /// package is said of that package.
    pub async fn load_packages(
        &self,
        roots: &Roots,
        options: Options<'_>,
        patterns: &[String],
        judge: Option<&Judge<'_>>,
    ) -> Result<Loaded, ResolveError> {
        let mut roots = roots.clone();
        if roots.pruning == Pruning::Unpruned {
            let loaded;
            (roots, loaded) = self.expand(roots).await?;
            self.tolerate(options, loaded.complete())?;
        }
        let mut matches: Vec<Match> = patterns.iter().map(|pattern| Match::new(pattern)).collect();
        let tools = self.tools();
        let (mut loading, order) = loop {
            let go = options.go_version(&roots).to_owned();
            let converted = self.convert_pruning(roots.clone(), Pruning::of_go_version(&go)).await;
            roots = self.tolerate(options, converted)?.unwrap_or(roots);
            for one in &mut matches {
                self.match_packages(one, &roots, options, None).await?;
            }
            let root_paths: Vec<String> =
                matches.iter().flat_map(|one| one.packages.iter().cloned()).collect();
            if roots.pruning == Pruning::Pruned && !self.is_readonly() {
                let raised = self.preload(&roots, &root_paths, options).await;
                if let Some(raised) = self.tolerate(options, raised)?.flatten() {
                    roots = raised;
                    continue;
                }
            }
            let mut loading = Loading {
                resolver: self,
                options,
                loads_all: patterns.iter().any(|pattern| pattern == "all"),
                all_has_tests: !options.narrows_all
                    && goversion::compare(&go, NARROW_ALL) == Ordering::Less,
                skips_go_mod: options.skips_go_mod(&roots),
                tools: &tools,
                packages: Vec::new(),
                by_path: HashMap::default(),
                queue: Vec::new(),
            };
            let mut root_ids = Vec::new();
            let mut are_roots = HashSet::new();
            for path in &root_paths {
                let id = loading.package(path, Flags::IS_ROOT);
                if are_roots.insert(id) {
                    root_ids.push(id);
                }
            }
            loading.load(&roots).await?;
            let order = loading.order(&root_ids);
            if let Some(judge) = judge {
                loading.judge(&order, judge).await;
            }
            let updated = loading.update_roots(&order, &roots).await;
            let Some((changed, updated)) = self.tolerate(options, updated)? else {
                break (loading, order);
            };
            roots = updated;
            if changed {
                continue;
            }
            if !options.resolves_missing || self.mains().is_empty() {
                break (loading, order);
            }
            let resolved = loading.resolve_missing(&order, &roots).await;
            match self.tolerate(options, resolved)?.flatten() {
                Some(raised) => roots = raised,
                None => break (loading, order),
            }
        };
        if let Some(tidy) = options.tidy {
            let packages = Packages { all: &loading.packages, order: &order };
            let tidied = self.tidy_roots(&roots, &packages).await;
            if let Some(tidied) = self.tolerate(options, tidied)? {
                let finished = self.finish_tidy(&roots, tidied, tidy, options).await;
                roots = finished?;
            }
        }
        loading.name_importers();
        let Loading { packages, by_path, .. } = loading;
        // Of a workspace go has a graph at hand where it has looked for what is missing alone.
        // Source: updateWorkspaceRoots.
        let is_missing =
            |package: &Package| matches!(package.error, Some(ImportError::Missing { .. }));
        let with_graph = roots.pruning != Pruning::Workspace
            || options.resolves_missing && packages.iter().any(is_missing);
        let problem = self.check_paths(&roots, with_graph).err();
        let mut loaded = Loaded { roots, matches, problem, packages, order, by_path };
        let mut matches = std::mem::take(&mut loaded.matches);
        for one in &mut matches {
            let roots = &loaded.roots;
            self.match_packages(one, roots, options, Some(&loaded)).await?;
        }
        for one in &matches {
            if one.packages.is_empty() && one.errors.is_empty() && !options.is_silent {
                self.warn_unmatched(&one.pattern);
            }
        }
        loaded.matches = matches;
        Ok(loaded)
    }

    /// What there is, or an error: where loading goes on after it, that is told.
    pub(super) fn tolerate<T>(
        &self,
        options: Options<'_>,
        result: Result<T, ResolveError>,
    ) -> Result<Option<T>, ResolveError> {
        match result {
            Ok(value) => Ok(Some(value)),
            // What cannot be trusted ends the run.
            Err(error) if options.is_tolerant && self.fetcher().gate().check().is_ok() => {
                self.fetcher().progress().note(&error.to_string());
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    pub(super) fn warn_unmatched(&self, text: &str) {
        let text = format!("warning: {text:?} matched no packages");
        self.fetcher().progress().note(&text);
    }

    /// The packages that go.mod declares to be tools.
    pub(super) fn tools(&self) -> BTreeSet<String> {
        self.mains().tools()
    }

    /// Makes the modules that provide packages roots before their imports are read: mostly
    /// nothing changes after that. `None` where nothing has to be done.
    /// Source: preloadRootModules.
    async fn preload(
        &self,
        roots: &Roots,
        packages: &[String],
        options: Options<'_>,
    ) -> Result<Option<Roots>, ResolveError> {
        let scope = Scope { skips_go_mod: options.skips_go_mod(roots), ..Scope::of(roots) };
        let find = packages.iter().map(|package| async move {
            match self.find_package(package, scope).await {
                Err(error) if error.is_missing() && options.resolves_missing => {
                    self.query_import(package, roots).await.ok()
                }
                found => found.ok()?.module,
            }
        });
        let mut add: Vec<ModuleVersion> = Vec::new();
        for module in join_all(find).await.into_iter().flatten() {
            if self.root_selected(roots, &module.path).as_ref() != Some(&module.version)
                && !add.contains(&module)
            {
                add.push(module);
            }
        }
        if add.is_empty() {
            return Ok(None);
        }
        add.sort_by(ModuleVersion::compare);
        let updated = self.update_roots(roots.clone(), None, &[], &add).await?;
        if updated.roots == roots.roots {
            return Err(no_effect(&add));
        }
        Ok(Some(updated))
    }
}

impl Loading<'_> {
    /// The package of a path, which from now on has these flags too.
    fn package(&mut self, path: &str, flags: Flags) -> Id {
        let id = match self.by_path.get(path) {
            Some(&id) => id,
            None => {
                let id = self.packages.len();
                self.packages.push(Package::new(path));
                self.by_path.insert(path.to_owned(), id);
                self.queue.push(id);
                id
            }
        };
        self.mark(id, flags);
        id
    }

    /// Gives a package flags, with everything that follows for what it imports and for its
    /// tests. Source: applyPkgFlags.
    fn mark(&mut self, id: Id, flags: Flags) {
        let mut pending = vec![(id, flags)];
        while let Some((id, mut flags)) = pending.pop() {
            let package = &mut self.packages[id];
            if flags.has(Flags::IN_ALL) && self.loads_all && !package.is_test() {
                flags = flags.with(Flags::IS_ROOT);
            }
            if flags.has(Flags::IS_ROOT) {
                flags = flags.with(Flags::FROM_ROOT);
            }
            let old = package.flags;
            let new = old.with(flags);
            if new == old {
                continue;
            }
            package.flags = new;
            if !new.has(Flags::IMPORTS_LOADED) {
                continue;
            }
            let is_new =
                |flag: Flags| new.has(flag) && !(old.has(flag) && old.has(Flags::IMPORTS_LOADED));
            for flag in [Flags::IN_ALL, Flags::FROM_ROOT] {
                if is_new(flag) {
                    pending.extend(package.imports.iter().map(|&import| (import, flag)));
                }
            }
            if !package.is_test() {
                self.mark_test(id, new, &mut pending);
            }
        }
    }

    /// Makes and marks the tests of a package whose imports are known, where they count.
    fn mark_test(&mut self, id: Id, flags: Flags, pending: &mut Vec<(Id, Flags)>) {
        let module = self.packages[id].module.as_ref();
        let is_main = module.is_some_and(|module| self.resolver.is_main(&module.path));
        let closes = self.all_has_tests && flags.has(Flags::IN_ALL);
        let counts = (self.loads_all && (is_main || closes))
            || (self.options.tests && flags.has(Flags::IS_ROOT));
        if !counts {
            return;
        }
        let test_flags = if is_main || closes { Flags::IN_ALL } else { Flags::NONE };
        if let Some(test) = self.packages[id].test {
            pending.push((test, test_flags));
            return;
        }
        let package = &mut self.packages[id];
        let sources = package.sources.clone();
        let mut test = Package::new(&package.path);
        test.module = package.module.clone();
        test.folder = package.folder.clone();
        test.error = package.error.clone();
        test.test_of = Some(id);
        let test_id = self.packages.len();
        self.packages[id].test = Some(test_id);
        self.packages.push(test);
        let imports = sources.as_ref().and_then(|sources| sources.imports(self.options.tags).ok());
        let imports = imports.map(|imports| &imports.test_imports[..]).unwrap_or_default();
        let imports = imports.iter().map(|path| self.package(path, Flags::NONE)).collect();
        self.packages[test_id].imports = imports;
        pending.push((test_id, test_flags.with(Flags::IMPORTS_LOADED)));
    }

    /// Looks for everything in the queue, and for what that imports, and so on.
    async fn load(&mut self, roots: &Roots) -> Result<(), ResolveError> {
        let graph = match roots.pruning {
            Pruning::Pruned | Pruning::Workspace => None,
            // Where it is incomplete, the roots are looked at first after all.
            Pruning::Unpruned => self.resolver.graph(roots).await?.complete().ok(),
        };
        let (graph, skips_go_mod) = (graph.as_deref(), self.skips_go_mod);
        let scope = Scope { roots, graph, skips_go_mod, builds: !self.options.tags.are_any() };
        let resolver = self.resolver;
        let mut searching = FuturesUnordered::new();
        loop {
            for id in std::mem::take(&mut self.queue) {
                let path = self.packages[id].path.clone();
                searching.push(async move { (id, resolver.find_package(&path, scope).await) });
            }
            let Some((id, found)) = searching.next().await else { return Ok(()) };
            self.found(id, found);
        }
    }

    /// Takes in where a package lies and what it imports. Source: load.
    fn found(&mut self, id: Id, found: Result<Provided, ImportError>) {
        let package = &mut self.packages[id];
        let sources = match found {
            Err(error) => {
                package.error = Some(error);
                None
            }
            Ok(Provided { module, folder, package: sources, others }) => {
                package.module = module;
                package.others = others;
                package.folder = Some(folder);
                Some(sources)
            }
        };
        // What the standard library imports stands in it itself.
        let imports = match sources.as_ref().map(Option::as_ref) {
            Some(Some(sources)) => match sources.imports(self.options.tags) {
                Ok(imports) => Some(&imports.imports[..]),
                Err(error) => {
                    package.error = Some(error.into());
                    None
                }
            },
            Some(None) => Some(&[][..]),
            None => None,
        };
        let is_tool = self.tools.contains(&self.packages[id].path);
        let module = self.packages[id].module.as_ref();
        if is_tool || module.is_some_and(|module| self.resolver.is_main(&module.path)) {
            self.mark(id, Flags::IN_ALL);
        }
        let Some(imports) = imports else { return };
        let imports: Vec<Id> = imports.iter().map(|path| self.package(path, Flags::NONE)).collect();
        let package = &mut self.packages[id];
        package.imports = imports;
        package.sources = sources.flatten();
        self.mark(id, Flags::IMPORTS_LOADED);
    }

    /// All packages as far as they are imported, the roots first; and for each the one that
    /// leads there. Source: buildStacks.
    fn order(&mut self, roots: &[Id]) -> Vec<Id> {
        let mut order: Vec<Id> = roots.to_vec();
        let mut seen = vec![false; self.packages.len()];
        roots.iter().for_each(|&id| seen[id] = true);
        let mut next = 0;
        while let Some(&id) = order.get(next) {
            let package = &self.packages[id];
            let mut further = package.imports.clone();
            further.extend(package.test);
            for other in further {
                if !std::mem::replace(&mut seen[other], true) {
                    self.packages[other].stack = Some(id);
                    order.push(other);
                }
            }
            next += 1;
        }
        order
    }

    /// Asks about every package of another module.
    async fn judge(&mut self, order: &[Id], judge: &Judge<'_>) {
        let asked: Vec<(Id, String, ModuleVersion)> = order
            .iter()
            .filter_map(|&id| {
                let package = &self.packages[id];
                let module = package.module.clone().filter(|m| !m.version.is_empty())?;
                (!package.is_test()).then(|| (id, package.path.clone(), module))
            })
            .collect();
        let verdicts = asked
            .into_iter()
            .map(|(id, path, module)| async move { (id, judge(path, module).await) });
        for (id, may_stay) in join_all(verdicts).await {
            let package = &mut self.packages[id];
            if !may_stay && package.error.is_none() {
                package.error = Some(ImportError::VersionChange);
            }
        }
    }

    /// Brings the roots up to what was loaded, and says whether anything of it may have to be
    /// loaded again from them. Source: updateRequirements.
    async fn update_roots(
        &mut self,
        order: &[Id],
        roots: &Roots,
    ) -> Result<(bool, Roots), ResolveError> {
        let resolver = self.resolver;
        let external = |package: &&Package| {
            package.module.as_ref().is_some_and(|module| !resolver.is_main(&module.path))
        };
        // With every import of the main module at hand, what is not imported is indirect.
        let mut direct: HashSet<ModulePath> = match self.loads_all && self.options.tags.are_any() {
            true => HashSet::new(),
            false => roots.direct.clone(),
        };
        let mut in_workspace = None;
        for &id in order {
            let is_main = self.packages[id]
                .module
                .as_ref()
                .is_some_and(|module| module.version.is_empty() && resolver.is_main(&module.path));
            if !is_main {
                continue;
            }
            let mut implicit = None;
            let imported = self.packages[id].imports.iter().map(|&id| &self.packages[id]);
            for import in imported.filter(external) {
                let Some(module) = &import.module else { continue };
                if roots.pruning == Pruning::Workspace && in_workspace.is_none() {
                    in_workspace = Some(resolver.graph(roots).await?.complete()?);
                }
                if let Some(loaded) = &in_workspace {
                    // Its modules alone are roots; what they import one of them has to require.
                    if loaded.graph.required_by(module).is_none() {
                        implicit = Some(ImportError::Implicit {
                            importer: self.packages[id].path.clone(),
                            package: import.path.clone(),
                            module: module.clone(),
                        });
                    }
                    direct.insert(module.path.clone());
                    continue;
                }
                // Without leave to change go.mod it cannot be made a root.
                if resolver.is_readonly()
                    && self.packages[id].error.is_none()
                    && implicit.is_none()
                    && resolver.root_selected(roots, &module.path).as_ref() != Some(&module.version)
                {
                    implicit = Some(ImportError::Implicit {
                        importer: self.packages[id].path.clone(),
                        package: import.path.clone(),
                        module: module.clone(),
                    });
                } else {
                    direct.insert(module.path.clone());
                }
            }
            let package = &mut self.packages[id];
            package.error = package.error.take().or(implicit);
        }
        let packages = || order.iter().map(|&id| &self.packages[id]);
        let as_root = match self.options.roots_imported {
            true => Flags::IN_ALL.with(Flags::IS_ROOT).with(Flags::FROM_ROOT),
            false => Flags::IN_ALL.with(Flags::IS_ROOT),
        };
        let provided: Vec<ModuleVersion> = packages()
            .filter(external)
            .filter(|package| package.flags.has_any(as_root))
            .filter_map(|package| package.module.clone())
            .collect();
        let tidied;
        let add = match self.options.tidy {
            None => &[],
            Some(_) => {
                let packages = Packages { all: &self.packages, order };
                tidied = resolver.tidy_roots(roots, &packages).await?;
                tidied.roots.as_slice()
            }
        };
        let updated = resolver.update_roots(roots.clone(), Some(direct), &provided, add).await?;
        if updated.root("go") != roots.root("go") {
            return Ok((true, updated));
        }
        if updated.roots == roots.roots {
            return Ok((false, updated));
        }
        let loaded = resolver.graph(&updated).await?.complete()?;
        let scope = Scope { skips_go_mod: self.skips_go_mod, ..Scope::of(&updated) };
        for package in packages() {
            let is_elsewhere = external(&package)
                && package.module.as_ref().is_some_and(|module| {
                    loaded.selection.version(&module.path) != Some(&module.version)
                });
            let may_be_there = package.error.is_some();
            if is_elsewhere
                || (may_be_there && resolver.find_package(&package.path, scope).await.is_ok())
            {
                return Ok((true, updated));
            }
        }
        Ok((false, updated))
    }

    /// The roots with modules among them that provide what nothing did; `None` where there is
    /// nothing to add. Why a package remains missing is noted with it.
    /// Source: resolveMissingImports.
    async fn resolve_missing(
        &mut self,
        order: &[Id],
        roots: &Roots,
    ) -> Result<Option<Roots>, ResolveError> {
        let is_missing = |id: &Id| {
            let package = &self.packages[*id];
            !package.is_test() && package.error.as_ref().is_some_and(ImportError::is_missing)
        };
        let missing: Vec<Id> = order.iter().copied().filter(is_missing).collect();
        let resolver = self.resolver;
        let queries =
            missing.iter().map(|&id| resolver.query_import(&self.packages[id].path, roots));
        let mut add: Vec<ModuleVersion> = Vec::new();
        let mut wanted_by: HashMap<ModuleVersion, Id> = HashMap::default();
        for (&id, found) in missing.iter().zip(join_all(queries).await) {
            let package = &mut self.packages[id];
            match found {
                Err(error) => package.error = Some(error),
                Ok(module) => {
                    let text =
                        format!("found {} in {} {}", package.path, module.path, module.version);
                    resolver.fetcher().progress().note(&text);
                    if !wanted_by.contains_key(&module) {
                        wanted_by.insert(module.clone(), id);
                        add.push(module);
                    }
                }
            }
        }
        if add.is_empty() {
            return Ok(None);
        }
        add.sort_by(ModuleVersion::compare);
        let updated = resolver.update_roots(roots.clone(), None, &[], &add).await;
        let updated = updated.map_err(|error| match &error {
            // What imports a module tells more than what requires it.
            ResolveError::Chain { chain, error: cause } => {
                let importer = chain.last().and_then(|module| wanted_by.get(module));
                importer.map_or(error.clone(), |&id| ResolveError::Import {
                    stack: stack_text(&self.packages, id),
                    error: cause.clone(),
                })
            }
            _ => error,
        })?;
        if updated.roots == roots.roots {
            return Err(no_effect(&add));
        }
        Ok(Some(updated))
    }

    /// The folder of the module of a workspace that a package which is imported by this one is to
    /// be added to, where the working directory lies in another.
    fn folder_to_change(&self, importer: Id) -> Option<PathBuf> {
        let mains = self.resolver.mains();
        if !self.options.resolves_missing || mains.workspace().is_none() {
            return None;
        }
        let mut next = Some(importer);
        while let Some(package) = next.map(|id| &self.packages[id]) {
            let module = package.module.as_ref();
            if let Some(main) = module.and_then(|module| mains.of_path(&module.path)) {
                let is_here = mains.here().is_some_and(|here| here.path == main.path);
                return (!is_here).then(|| main.files.root.clone());
            }
            next = package.stack;
        }
        None
    }

    /// Puts the packages that import others into errors that depend on them.
    fn name_importers(&mut self) {
        for id in 0..self.packages.len() {
            let Package { stack: Some(by), error: Some(error), .. } = &self.packages[id] else {
                continue;
            };
            let mut error = error.clone();
            match &mut error {
                ImportError::MissingSums { importer, .. } => {
                    let by = &self.packages[*by];
                    let module = by.module.as_ref();
                    let version = module.map_or_else(Version::none, |m| m.version.clone());
                    let (package, is_test) = (by.path.clone(), by.is_test());
                    *importer = Some(Importer { package, version, is_test });
                }
                ImportError::Missing { absence: Absence::Readonly { from }, .. } => {
                    *from = self.folder_to_change(*by);
                }
                _ => continue,
            }
            self.packages[id].error = Some(error);
        }
    }
}

/// What would otherwise go on for ever.
fn no_effect(add: &[ModuleVersion]) -> ResolveError {
    let names: Vec<String> = add.iter().map(ToString::to_string).collect();
    ResolveError::NoEffect(names.join(", "))
}

/// The paths of `all` among loaded packages. Source: computePatternAll.
pub(super) fn all_pattern(loaded: &Loaded) -> Vec<String> {
    let in_all = loaded.packages().filter(|package| {
        package.flags.has(Flags::IN_ALL)
            && !package.is_test()
            && path::check_import(&package.path).is_ok()
    });
    let mut paths: Vec<String> = in_all.map(|package| package.path.clone()).collect();
    paths.sort();
    paths
}
