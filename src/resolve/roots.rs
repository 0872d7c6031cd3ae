//! The roots of the module graph, and the graph below them from the moment that it is needed.
//!
//! Pruning lets much be said from the roots alone, so the graph is read at the first question
//! that they cannot answer, and kept: what go.sum must list depends on whether it was.
//!
//! Source: ref/mod#lazy-loading, cmd/go/internal/modload/buildlist.go.

use std::collections::HashSet;
use std::ops::Deref;
use std::sync::Arc;

use foldhash::HashMap;
use futures_util::future::join_all;
use tokio::sync::OnceCell;

use crate::spec::graph::{ModuleGraph, Pruning, Selection, minimal_requirements};
use crate::spec::version::Version;
use crate::spec::{ModulePath, ModuleVersion};

use super::Resolver;
use super::error::ResolveError;
use super::main_module::Requirements;

/// A module graph with its selection.
#[derive(Clone, Debug)]
pub struct LoadedGraph {
    /// The graph.
    pub graph: ModuleGraph,
    /// The selected versions.
    pub selection: Selection,
    /// Why the graph is incomplete: the failure nearest to the main module, with the chain
    /// that leads there.
    pub failure: Option<ResolveError>,
    /// Every module version that could not be read.
    pub(super) failed: HashMap<ModuleVersion, ResolveError>,
}

impl LoadedGraph {
    /// The graph, where nothing is missing in it.
    ///
    /// # Errors
    /// What is missing.
    pub fn complete(self: Arc<Self>) -> Result<Arc<Self>, ResolveError> {
        match &self.failure {
            Some(failure) => Err(failure.clone()),
            None => Ok(self),
        }
    }

    /// The version that is selected of a path, or `none`.
    pub fn selected(&self, path: &str) -> Version {
        self.selection.version(path).cloned().unwrap_or_else(|| Version::new(NONE))
    }

    /// Whether every root is the selected version of its path.
    fn is_consistent(&self, requirements: &Requirements) -> bool {
        let selected =
            |root: &ModuleVersion| self.selection.version(&root.path) == Some(&root.version);
        requirements.roots.iter().all(selected)
    }
}

/// The version of what is not required.
pub const NONE: &str = "none";

/// Requirements that a graph belongs to. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Roots(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    requirements: Requirements,
    graph: OnceCell<Arc<LoadedGraph>>,
}

impl Deref for Roots {
    type Target = Requirements;

    fn deref(&self) -> &Requirements {
        &self.0.requirements
    }
}

impl From<Requirements> for Roots {
    fn from(requirements: Requirements) -> Self {
        Self(Arc::new(Inner { requirements, graph: OnceCell::new() }))
    }
}

impl Roots {
    /// The graph, where somebody has needed it.
    pub fn loaded(&self) -> Option<&Arc<LoadedGraph>> {
        self.0.graph.get()
    }
}

impl Resolver {
    /// The graph below the roots, read at the first call.
    ///
    /// # Errors
    /// The run was interrupted; what cannot be read is missing in the graph, which says so.
    pub async fn graph(&self, roots: &Roots) -> Result<Arc<LoadedGraph>, ResolveError> {
        let load = || async { self.load_graph(roots).await.map(Arc::new) };
        roots.0.graph.get_or_try_init(load).await.cloned()
    }

    /// The version that the roots ask for of a path; of the main module the empty one.
    pub fn root_selected(&self, roots: &Roots, path: &str) -> Option<Version> {
        if self.is_main(path) {
            return Some(Version::none());
        }
        roots.root_version(path).cloned()
    }

    /// Whether this is the path of a main module.
    pub fn is_main(&self, path: &str) -> bool {
        self.mains().of_path(path).is_some()
    }

    /// The requirements of go.mod: of a path that is listed twice, once.
    ///
    /// # Errors
    /// A part of the graph that decides cannot be read.
    pub async fn roots(&self, stated: &Requirements) -> Result<Roots, ResolveError> {
        let roots = Roots::from(stated.clone());
        let repeats = match self.main() {
            _ if stated.pruning == Pruning::Workspace => false,
            Some(main) => stated.has_duplicates(&main.path),
            None => stated.repeats_a_path(),
        };
        if repeats { self.update_roots(roots, None, &[], &[]).await } else { Ok(roots) }
    }

    /// The graph of go.mod's requirements, and the roots raised until they agree with it, as
    /// [`Self::expand`] does.
    ///
    /// # Errors
    /// The run was interrupted.
    pub async fn load_consistent(
        &self,
        stated: &Requirements,
    ) -> Result<(Roots, Arc<LoadedGraph>), ResolveError> {
        let roots = match self.roots(stated).await {
            Ok(roots) => roots,
            // Without the whole graph nobody knows what should be selected.
            Err(_) => Roots::from(stated.clone()),
        };
        self.expand(roots).await
    }

    /// Loads the graph, and raises roots until each is the selected version of its path.
    /// Source: expandGraph.
    ///
    /// # Errors
    /// The run was interrupted. Where the graph or what makes it consistent cannot be read,
    /// the answer is what there is, and the graph says why.
    pub async fn expand(&self, roots: Roots) -> Result<(Roots, Arc<LoadedGraph>), ResolveError> {
        let loaded = self.graph(&roots).await?;
        if loaded.failure.is_some() || loaded.is_consistent(&roots) {
            return Ok((roots, loaded));
        }
        match self.update_roots(roots.clone(), None, &[], &[]).await {
            Ok(updated) => {
                let loaded = self.graph(&updated).await?;
                Ok((updated, loaded))
            }
            Err(failure) => {
                // The graph itself is whole; what would follow from it is not known.
                let loaded = LoadedGraph { failure: Some(failure), ..(*loaded).clone() };
                Ok((roots, Arc::new(loaded)))
            }
        }
    }

    /// Brings roots up to what is known: with `direct`, where given, as the paths that are
    /// imported directly, with the modules that provide packages (`provided`) and those of
    /// `add` among them, and each at the selected version of its path.
    ///
    /// # Errors
    /// The graph is needed for it and cannot be read.
    pub async fn update_roots(
        &self,
        roots: Roots,
        direct: Option<HashSet<ModulePath>>,
        provided: &[ModuleVersion],
        add: &[ModuleVersion],
    ) -> Result<Roots, ResolveError> {
        let direct = direct.unwrap_or_else(|| roots.direct.clone());
        match roots.pruning {
            Pruning::Pruned => self.update_pruned(roots, direct, provided, add).await,
            Pruning::Unpruned => self.update_unpruned(roots, direct, add).await,
            // go.work says what they are. Source: updateWorkspaceRoots.
            Pruning::Workspace if roots.direct == direct => Ok(roots),
            Pruning::Workspace => Ok(Requirements { direct, ..(*roots).clone() }.into()),
        }
    }

    /// Source: updatePrunedRoots.
    async fn update_pruned(
        &self,
        mut current: Roots,
        direct: HashSet<ModulePath>,
        provided: &[ModuleVersion],
        add: &[ModuleVersion],
    ) -> Result<Roots, ResolveError> {
        let mut list = current.roots.clone();
        let mut is_raised = false;
        let mut to_check: Vec<&ModuleVersion> = Vec::new();
        for module in provided {
            if current.root(&module.path).is_some() {
                to_check.push(module);
            } else if !list.contains(module) {
                list.push(module.clone());
                is_raised = true;
            }
        }
        for module in add {
            let is_lower = |version: &str| {
                ModuleVersion::compare_versions(&module.path, version, &module.version).is_lt()
            };
            if current.root(&module.path).is_none_or(is_lower) {
                list.push(module.clone());
                is_raised = true;
            }
        }
        list.sort_by(ModuleVersion::compare);
        loop {
            let loaded = if is_raised {
                if self.is_readonly() {
                    return Err(self.go_mod_is_dirty());
                }
                let pruning = Pruning::Pruned;
                current =
                    Roots::from(Requirements { pruning, roots: list, direct: direct.clone() });
                Some(self.graph(&current).await?.complete()?)
            } else if let Some(loaded) = current.loaded() {
                Some(loaded.clone())
            } else if self.satisfy(&current, &to_check).await {
                None
            } else {
                Some(self.graph(&current).await?.complete()?)
            };
            let selected = |module: &ModuleVersion| match &loaded {
                Some(loaded) => loaded.selection.version(&module.path).cloned(),
                None => self.root_selected(&current, &module.path),
            };
            list = Vec::with_capacity(current.roots.len());
            is_raised = false;
            for root in &current.roots {
                let is_listed =
                    list.last().is_some_and(|last: &ModuleVersion| last.path == root.path);
                if is_listed || self.is_main(&root.path) {
                    continue;
                }
                let version = selected(root).unwrap_or_else(|| root.version.clone());
                is_raised |= version != root.version;
                list.push(ModuleVersion { path: root.path.clone(), version });
            }
            if !is_raised {
                break;
            }
        }
        // What is marked as indirect makes no difference to a build.
        if self.is_readonly() {
            return Ok(current);
        }
        if current.roots == list && current.direct == direct {
            return Ok(current);
        }
        // The graph is that of before, but go has to read it again for new markings, and its
        // sums count only where something needs it still.
        Ok(Roots::from(Requirements { pruning: Pruning::Pruned, roots: list, direct }))
    }

    /// Whether the roots are at least what these modules require.
    /// Source: spotCheckRoots.
    async fn satisfy(&self, roots: &Roots, modules: &[&ModuleVersion]) -> bool {
        let mut seen = HashSet::new();
        let distinct = modules.iter().filter(|module| seen.insert(**module));
        let checks = distinct.map(|module| async move {
            let Ok(requires) = self.requires(module).await else { return false };
            requires.modules.iter().all(|required| {
                // A requirement of the main module is above it for go, which has no version.
                let ModuleVersion { path, version: least } = required;
                !self.is_main(path)
                    && self.root_selected(roots, path).is_none_or(|version| {
                        ModuleVersion::compare_versions(path, &version, least).is_ge()
                    })
            })
        });
        join_all(checks).await.into_iter().all(|is_satisfied| is_satisfied)
    }

    /// Source: updateUnprunedRoots.
    async fn update_unpruned(
        &self,
        roots: Roots,
        direct: HashSet<ModulePath>,
        add: &[ModuleVersion],
    ) -> Result<Roots, ResolveError> {
        let loaded = self.graph(&roots).await?.complete()?;
        let selected = |module: &&ModuleVersion| {
            loaded.selection.version(&module.path) == Some(&module.version)
        };
        if self.is_readonly() {
            let is_listed = |path: &ModulePath| self.root_selected(&roots, path).is_some();
            let is_up_to_date = roots.roots.iter().chain(add).all(|module| selected(&module))
                && direct.iter().all(is_listed);
            return if is_up_to_date { Ok(roots) } else { Err(self.go_mod_is_dirty()) };
        }
        // What is listed and right stays listed, whether it must be or not.
        let mut base: Vec<ModulePath> = Vec::new();
        let mut listed = HashSet::new();
        let mut list_path = |path: &ModulePath| {
            if !self.is_main(path) && listed.insert(path.clone()) {
                base.push(path.clone());
            }
        };
        roots.roots.iter().filter(selected).for_each(|root| list_path(&root.path));
        let mut kept = loaded.selection.build_list().split_off(1);
        kept.extend_from_slice(add);
        kept.iter().filter(|m| direct.contains(&m.path)).for_each(|m| list_path(&m.path));
        let minimal = self.minimal_roots(kept, &base).await?;
        if roots.pruning == Pruning::Unpruned && roots.roots == minimal && roots.direct == direct {
            return Ok(roots);
        }
        Ok(Roots::from(Requirements { pruning: Pruning::Unpruned, roots: minimal, direct }))
    }

    /// The fewest roots that bring along everything in `kept`, those on `base` among them.
    /// Source: mvs.Req.
    pub(super) async fn minimal_roots(
        &self,
        mut kept: Vec<ModuleVersion>,
        base: &[ModulePath],
    ) -> Result<Vec<ModuleVersion>, ResolveError> {
        kept.sort_by(ModuleVersion::compare);
        let all = Requirements { pruning: Pruning::Unpruned, roots: kept, direct: HashSet::new() };
        let loaded = Arc::new(self.load_graph(&all).await?).complete()?;
        let mut minimal = minimal_requirements(&loaded.graph, &loaded.selection, base);
        minimal.retain(|root| !self.is_main(&root.path));
        minimal.sort_by(ModuleVersion::compare);
        Ok(minimal)
    }

    /// The roots with another pruning, and the same build list. Source: convertPruning.
    ///
    /// # Errors
    /// The graph cannot be read.
    pub async fn convert_pruning(
        &self,
        roots: Roots,
        pruning: Pruning,
    ) -> Result<Roots, ResolveError> {
        match pruning {
            _ if roots.pruning == pruning || roots.pruning == Pruning::Workspace => Ok(roots),
            Pruning::Unpruned => {
                let direct = roots.direct.clone();
                self.update_unpruned(roots, direct, &[]).await
            }
            Pruning::Workspace => Ok(roots),
            Pruning::Pruned => {
                let loaded = self.graph(&roots).await?.complete()?;
                let direct = roots.direct.clone();
                Ok(Requirements::of_build_list(&loaded.selection, direct).into())
            }
        }
    }

    /// Gives go.mod a go line where it has none: the local Go's version, and with it a
    /// pruned graph, whose roots are the whole build list of the graph before.
    /// Source: the end of loadModFile.
    ///
    /// # Errors
    /// The graph cannot be read.
    pub async fn add_go_line(
        &self,
        requirements: &Requirements,
        version: &str,
    ) -> Result<Roots, ResolveError> {
        let with_go = requirements.with(&[ModuleVersion::new("go", version)]);
        match Pruning::of_go_version(version) {
            Pruning::Unpruned | Pruning::Workspace => Ok(with_go.into()),
            Pruning::Pruned => self.convert_pruning(with_go.into(), Pruning::Pruned).await,
        }
    }
}
