//! Edits: requirements changed so that the versions that are asked for are selected.
//!
//! Source: ref/mod#go-get, editRequirements in cmd/go/internal/modload/edit.go.

use crate::spec::graph::{Pruning, Selection, minimal_requirements};
use crate::spec::{ModulePath, ModuleVersion};

use super::error::ResolveError;
use super::main_module::Requirements;
use super::{LoadedGraph, Resolver, raise};

impl Resolver {
    /// The requirements with the wanted versions among the roots, raised until they are
    /// consistent; and their graph. `selection` is that of the requirements before.
    ///
    /// A wanted version is not selected where something that stays requires a higher one:
    /// that is for the caller to see. Where nothing had to change, the requirements are
    /// as they were, also where their go line asks for a pruned graph and they are not.
    ///
    /// # Errors
    /// A part of the graph cannot be read.
    pub async fn edit(
        &self,
        before: &Requirements,
        selection: &Selection,
        wanted: &[ModuleVersion],
    ) -> Result<(Requirements, LoadedGraph), ResolveError> {
        let edited = match before.pruning {
            Pruning::Pruned => before.with(wanted),
            Pruning::Unpruned => self.edit_unpruned(before, selection, wanted).await?,
        };
        let (requirements, loaded) = self.load_consistent(&edited).await?;
        Ok((requirements, loaded.complete()?))
    }

    /// Without pruning go.mod need not list what a package of the main module is
    /// imported from. So that nothing is lost which only the roots of before brought
    /// along, the whole build list is edited, and then cut down to what must be listed.
    async fn edit_unpruned(
        &self,
        before: &Requirements,
        selection: &Selection,
        wanted: &[ModuleVersion],
    ) -> Result<Requirements, ResolveError> {
        let main = self.main().map(|main| &main.path);
        let all = selection.build_list().split_off(1);
        let mut edited = Requirements { roots: all, ..before.clone() }.with(wanted);
        let loaded = loop {
            let loaded = self.load_graph(&edited).await?.complete()?;
            let raised = raise(&edited, &loaded.selection, main).with(wanted);
            if raised == edited {
                break loaded;
            }
            edited = raised;
        };
        let stays_listed = |root: &&ModuleVersion| {
            before.root(&root.path).is_some_and(|version| {
                version == root.version.as_str() || before.direct.contains(&root.path)
            })
        };
        let listed = wanted.iter().chain(edited.roots.iter().filter(stays_listed));
        let base: Vec<ModulePath> = listed.map(|module| module.path.clone()).collect();
        let mut roots = minimal_requirements(&loaded.graph, &loaded.selection, &base);
        roots.sort_by(ModuleVersion::compare);
        let edited = Requirements { roots, ..before.clone() };
        if edited != *before && edited.outgrows_its_pruning() {
            return Ok(Requirements::of_build_list(&loaded.selection, edited.direct));
        }
        Ok(edited)
    }
}
