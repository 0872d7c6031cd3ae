//! The roots that packages need, and no others.
//!
//! Source: ref/mod#go-mod-tidy, tidyRoots in cmd/go/internal/modload/buildlist.go,
//! checkTidyCompatibility in cmd/go/internal/modload/load.go.

use std::collections::{HashMap, HashSet};

use futures_util::future::join_all;

use crate::spec::graph::Pruning;
use crate::spec::version::Version;
use crate::spec::{ModulePath, ModuleVersion, goversion};

use super::Resolver;
use super::edit::{Conflict, Problem};
use super::error::ResolveError;
use super::import::{ImportError, Scope};
use super::load::{Flags, Id, Loaded, Options, Package, Packages, SUMS_OF_PROVIDERS, Tidy};
use super::main_module::Requirements;
use super::roots::{NONE, Roots};

/// That another Go version loads something else from go.mod than what was loaded.
#[derive(Clone, Debug)]
pub struct Incompatible {
    /// What it would load or not, a package each; or why its graph cannot be read.
    pub problems: Vec<String>,
    /// A root would be selected at another version.
    pub selects_others: bool,
    /// A package would not be found.
    pub misses_packages: bool,
}

impl Resolver {
    /// The fewest roots with which each package is provided by the same module version as it
    /// is now.
    ///
    /// # Errors
    /// The graph below them cannot be read.
    pub(super) async fn tidy_roots(
        &self,
        old: &Roots,
        packages: &Packages<'_>,
    ) -> Result<Roots, ResolveError> {
        match old.pruning {
            Pruning::Pruned => self.tidy_pruned(old, packages).await,
            // A workspace as a whole is never tidied.
            Pruning::Unpruned | Pruning::Workspace => self.tidy_unpruned(old, packages).await,
        }
    }

    /// Roots are the modules of all packages in `all`; and of others where the graph without
    /// them would have a lower version, or leave open which module is meant.
    /// Source: tidyPrunedRoots.
    async fn tidy_pruned(
        &self,
        old: &Roots,
        packages: &Packages<'_>,
    ) -> Result<Roots, ResolveError> {
        let mut kept = Kept::of(old);
        let mut queue: Vec<Id> = Vec::new();
        let mut queued = vec![false; packages.all.len()];
        for &id in packages.order {
            let package = &packages.all[id];
            if !package.flags.has(Flags::IN_ALL) {
                continue;
            }
            if let Some(module) = self.provider(package) {
                kept.add(module);
            }
            queue.push(id);
            queued[id] = true;
        }
        let with = |modules: &[ModuleVersion]| {
            let mut roots = modules.to_vec();
            roots.sort_by(ModuleVersion::compare);
            Roots::from(Requirements {
                pruning: Pruning::Pruned,
                roots,
                direct: old.direct.clone(),
            })
        };
        let mut tidy = with(&kept.modules);
        // What is nearer to the main module is more likely to bring the rest along.
        while !queue.is_empty() {
            let loaded = self.graph(&tidy).await?.complete()?;
            for id in std::mem::take(&mut queue) {
                let package = &packages.all[id];
                let Some(module) = &package.module else { continue };
                for &next in package.imports.iter().chain(&package.test) {
                    if !std::mem::replace(&mut queued[next], true) {
                        queue.push(next);
                    }
                }
                let selected = loaded.selected(&module.path);
                if !self.is_main(&module.path)
                    && ModuleVersion::compare_versions(&module.path, &selected, &module.version)
                        .is_lt()
                {
                    kept.add(module);
                }
            }
            if kept.modules.len() > tidy.roots.len() {
                tidy = with(&kept.modules);
            }
        }
        loop {
            self.graph(&tidy).await?.complete()?;
            let is_open = |package: &&Package| {
                let module = package.module.as_ref();
                module.is_some_and(|m| !self.is_main(&m.path) && !kept.paths.contains(&m.path))
            };
            let scope = Scope { skips_go_mod: true, ..Scope::of(&tidy) };
            let checks = packages.iter().filter(is_open).map(|package| async move {
                let found = self.find_package(&package.path, scope).await;
                let is_ambiguous = matches!(found, Err(ImportError::Ambiguous { .. }));
                package.module.clone().filter(|_| is_ambiguous)
            });
            for module in join_all(checks).await.into_iter().flatten() {
                kept.add(&module);
            }
            // More roots may bring along more that is ambiguous.
            if kept.modules.len() == tidy.roots.len() {
                return Ok(tidy);
            }
            tidy = with(&kept.modules);
        }
    }

    /// Source: tidyUnprunedRoots.
    async fn tidy_unpruned(
        &self,
        old: &Roots,
        packages: &Packages<'_>,
    ) -> Result<Roots, ResolveError> {
        let mut kept = Kept::of(old);
        let mut base: Vec<ModulePath> = Vec::new();
        // What does not provide a package although its path would allow it may go, but not fall
        // to a version whose zip go.sum does not list: it could not be ruled out any more.
        let mut others: HashMap<&ModulePath, &Version> = HashMap::new();
        for package in packages.iter() {
            let Some(module) = self.provider(package) else { continue };
            if kept.add(module) && old.direct.contains(&module.path) {
                base.push(module.path.clone());
            }
            others.extend(package.others.iter().map(|module| (&module.path, &module.version)));
        }
        let minimal = self.minimal_roots(kept.modules.clone(), &base).await?;
        let requirements = |mut roots: Vec<ModuleVersion>| {
            roots.sort_by(ModuleVersion::compare);
            Requirements { pruning: Pruning::Unpruned, roots, direct: old.direct.clone() }
        };
        let loaded = self.graph(&requirements(kept.modules.clone()).into()).await?.complete()?;
        let fallen = loaded.selection.build_list().into_iter().filter_map(|module| {
            let version = *others.get(&module.path)?;
            let is_lower =
                ModuleVersion::compare_versions(&module.path, &module.version, version).is_lt();
            is_lower.then(|| ModuleVersion { path: module.path, version: version.clone() })
        });
        let fallen: Vec<ModuleVersion> = fallen.collect();
        if fallen.is_empty() {
            return Ok(requirements(minimal).into());
        }
        kept.modules.extend(fallen);
        Ok(requirements(self.minimal_roots(kept.modules, &base).await?).into())
    }

    /// The module of a package, where that is not the main one.
    fn provider<'p>(&self, package: &'p Package) -> Option<&'p ModuleVersion> {
        package.module.as_ref().filter(|module| !self.is_main(&module.path))
    }

    /// Puts the go line that is asked for into tidy roots.
    ///
    /// # Errors
    /// Something requires a newer one.
    pub(super) async fn finish_tidy(
        &self,
        loaded: &Roots,
        mut tidied: Roots,
        tidy: Tidy<'_>,
        options: Options<'_>,
    ) -> Result<Roots, ResolveError> {
        if let Some(version) = tidy.go {
            let go = ModuleVersion::new("go", version);
            let with_go = Roots::from(tidied.with(std::slice::from_ref(&go)));
            let graph = self.graph(&with_go).await?;
            self.tolerate(options, graph.failure.clone().map_or(Ok(()), Err))?;
            let selected = graph.selected("go");
            if selected.as_str() == version {
                tidied = with_go;
            } else {
                let is_newer = |m: &ModuleVersion| m.path.as_str() == "go" && m.version == selected;
                let path = graph.graph.find_path(is_newer).split_off(1);
                let conflict = Conflict { path, problem: Problem::Above(go) };
                let text = if tidy.tells { conflict.to_string() } else { conflict.summary() };
                let error = ResolveError::Query(text);
                if tidied.root("go").is_none() {
                    // Below 1.17 the go line went with what implies it, and none is left to
                    // keep. go breaks down here.
                    return Err(error);
                }
                self.tolerate(options, Err::<(), _>(error))?;
            }
        }
        if loaded.pruning == Pruning::Pruned {
            // While packages were loaded, roots were only added.
            for root in &tidied.roots {
                let selected = self.root_selected(loaded, &root.path);
                let is_asked_for = tidy.go.is_some() && root.path.as_str() == "go";
                if is_asked_for || selected.as_ref() == Some(&root.version) {
                    continue;
                }
                let selected = selected.unwrap_or_else(Version::none);
                self.tolerate(
                    options,
                    Err::<(), _>(ResolveError::Query(format!(
                        "internal error: a requirement on {root} is needed but was not added \
                         during package loading (selected {selected})"
                    ))),
                )?;
            }
        }
        Ok(tidied)
    }

    /// Whether a Go version with another pruning would load the same packages from these roots;
    /// `compatible` is its number. Source: checkTidyCompatibility.
    ///
    /// # Errors
    /// The run was interrupted, or a root is another one there although every package is the same.
    pub async fn check_compatibility(
        &self,
        loaded: &Loaded,
        others: &Roots,
        compatible: &str,
    ) -> Result<Option<Incompatible>, ResolveError> {
        let go = loaded.roots.root("go").unwrap_or(goversion::DEFAULT_GO_MOD);
        let skips_go_mod = goversion::compare(go, SUMS_OF_PROVIDERS).is_lt();
        let mut found =
            Incompatible { problems: Vec::new(), selects_others: false, misses_packages: false };
        let graph = match self.graph(others).await?.complete() {
            Ok(graph) => graph,
            Err(error) => {
                found.problems.push(format!("error loading go {compatible} module graph: {error}"));
                return Ok(Some(found));
            }
        };
        let scope = Scope { graph: Some(&graph), skips_go_mod, ..Scope::of(others) };
        // Each package is looked for anew, so that the sums of everything that might provide it
        // are known too.
        let is_looked_for = |id: &&Id| {
            let package = &loaded.packages[**id];
            package.module.is_some() || package.error.is_some()
        };
        let lookups = loaded.order.iter().filter(is_looked_for).map(|&id| async move {
            (id, self.find_package(&loaded.packages[id].path, scope).await)
        });
        let is_selected =
            |root: &ModuleVersion| graph.selection.version(&root.path) == Some(&root.version);
        let are_roots_selected = loaded.roots.roots.iter().all(&is_selected);
        for (id, result) in join_all(lookups).await {
            let package = &loaded.packages[id];
            let (module, error) = match result {
                Ok(provided) => (provided.module, None),
                Err(error) => (None, Some(error)),
            };
            // Of a test the same is told of what it tests.
            if module == package.module || package.is_test() {
                continue;
            }
            let stack = || loaded.stack_text(id);
            let from = package.module.as_ref().map(ToString::to_string).unwrap_or_default();
            found.problems.push(match (error, &package.error) {
                (Some(error), _) => {
                    found.misses_packages = true;
                    found.selects_others |= !are_roots_selected;
                    let missing = format!(
                        "{} loaded from {from},\n\tbut go {compatible} would fail to locate it",
                        stack()
                    );
                    match (&error, &package.module) {
                        (error, Some(module)) if error.is_missing() => {
                            let version = graph.selected(&module.path);
                            let name = match version.as_str() {
                                NONE => format!("{}@{NONE}", module.path),
                                _ => ModuleVersion { path: module.path.clone(), version }.to_string(),
                            };
                            format!("{missing} in {name}")
                        }
                        _ => format!("{missing}:\n\t{error}"),
                    }
                }
                (None, Some(_)) => {
                    found.selects_others = true;
                    let module = module.map(|module| module.to_string()).unwrap_or_default();
                    format!(
                        "{} failed to load from any module,\n\tbut go {compatible} would load it from {module}",
                        package.path
                    )
                }
                (None, None) => {
                    found.selects_others = true;
                    let version = module.map(|module| module.version.to_string());
                    format!(
                        "{} loaded from {from},\n\tbut go {compatible} would select {}",
                        stack(),
                        version.unwrap_or_default()
                    )
                }
            });
        }
        let other = |root: &&ModuleVersion| !is_selected(root);
        if found.problems.is_empty()
            && let Some(root) = loaded.roots.roots.iter().find(other)
        {
            // Every root provides some package, so this would have been seen.
            return Err(ResolveError::Query(format!(
                "internal error: failed to diagnose selected-version mismatch for module {}: \
                 go {go} selects {}, but go {compatible} selects {}",
                root.path,
                root.version,
                graph.selected(&root.path)
            )));
        }
        Ok((!found.problems.is_empty()).then_some(found))
    }
}

/// Modules that are kept, each path once.
struct Kept {
    modules: Vec<ModuleVersion>,
    paths: HashSet<ModulePath>,
}

impl Kept {
    /// The Go version and the toolchain of these roots.
    fn of(old: &Roots) -> Self {
        let mut kept = Self { modules: Vec::new(), paths: HashSet::new() };
        for path in ["go", "toolchain"] {
            if let Some(version) = old.root(path) {
                kept.add(&ModuleVersion::new(path, version));
            }
        }
        kept
    }

    /// Adds a module where there is none of its path; answers whether it did.
    fn add(&mut self, module: &ModuleVersion) -> bool {
        let is_new = self.paths.insert(module.path.clone());
        if is_new {
            self.modules.push(module.clone());
        }
        is_new
    }
}
