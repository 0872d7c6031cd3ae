//! The module graph: minimal version selection over pruned and unpruned requirements.
//!
//! The graph asks and is told: [`ModuleGraph::pending`] names module versions whose
//! go.mod must be known, [`ModuleGraph::supply`] adds what it says. Nothing depends on
//! the order in which answers arrive; selection, build list and paths are computed
//! over the finished graph in breadth-first order.
//!
//! A version may be met twice: from a pruned requirement, where its own requirements
//! count but theirs do not, and from an unpruned one, where the whole tree below does.
//!
//! Source: ref/mod#minimal-version-selection, ref/mod#graph-pruning,
//! cmd/go/internal/modload/buildlist.go (readModGraph), cmd/go/internal/mvs.

use std::cmp::Ordering;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt as _, HashSet};

use super::goversion;
use super::path::ModulePath;
use super::version::{ModuleVersion, Version};

/// Whether requirements of requirements count.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Pruning {
    /// Those of modules at go 1.17 or higher do not.
    Pruned,
    /// All do.
    Unpruned,
    /// Those of the modules of a workspace do, and of what these require directly as much as
    /// their own pruning says. Source: `workspace` in cmd/go/internal/modload/modfile.go.
    Workspace,
}

impl Pruning {
    /// The pruning that a go line brings.
    pub fn of_go_version(version: &str) -> Self {
        if goversion::compare(version, goversion::EXPLICIT_INDIRECT) == Ordering::Less {
            Self::Unpruned
        } else {
            Self::Pruned
        }
    }
}

/// What the graph needs to know of one go.mod file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requires {
    /// The pruning of its own requirements.
    pub pruning: Pruning,
    /// Its requirements, excluded ones left out, its go version among them.
    pub modules: Vec<ModuleVersion>,
}

impl Requires {
    /// What the pseudo-modules `go` and `toolchain` require: a Go version brings the
    /// toolchain of its name along.
    pub fn of_toolchain_module(module: &ModuleVersion) -> Self {
        let strict = module.path.as_str() == "go"
            && goversion::compare(&module.version, goversion::STRICT) != Ordering::Less;
        let modules = if strict {
            vec![ModuleVersion::new("toolchain", &format!("go{}", module.version))]
        } else {
            Vec::new()
        };
        Self { pruning: Pruning::Pruned, modules }
    }
}

/// Where a module version stands in the list of nodes.
type Id = u32;

#[derive(Clone, Debug)]
struct Node {
    module: ModuleVersion,
    /// Filled by `supply`; stays empty for a node that failed or was never asked for.
    requires: Option<Arc<Requires>>,
    /// The nodes of what it requires, in order; what is required at no version has none.
    edges: Vec<Id>,
    pruned: bool,
    unpruned: bool,
    in_workspace: bool,
}

/// A module graph that is being read, or has been.
#[derive(Clone, Debug)]
pub struct ModuleGraph {
    /// What the main module requires; in a workspace its modules, and what go.work requires.
    roots: Vec<ModuleVersion>,
    /// Every module version that is required anywhere; the main module first, or what stands
    /// for the workspace.
    nodes: Vec<Node>,
    ids: HashMap<ModuleVersion, Id>,
    pending: Vec<ModuleVersion>,
    /// Whose requirements are read although pruning would leave them out.
    extended: HashSet<ModuleVersion>,
    is_workspace: bool,
}

/// The main module's place.
const MAIN: Id = 0;

impl ModuleGraph {
    /// A graph with the main module (its version is empty) and its requirements.
    pub fn new(main: &ModulePath, pruning: Pruning, roots: &[ModuleVersion]) -> Self {
        Self::extended(main, pruning, roots, HashSet::default())
    }

    /// The same; the requirements of the versions in `extended` are read wherever one of
    /// them is required, although pruning would leave them out.
    pub fn extended(
        main: &ModulePath,
        pruning: Pruning,
        roots: &[ModuleVersion],
        extended: HashSet<ModuleVersion>,
    ) -> Self {
        let main = ModuleVersion { path: main.clone(), version: Version::none() };
        let mut graph = Self {
            roots: roots.to_vec(),
            nodes: Vec::new(),
            ids: HashMap::new(),
            pending: Vec::new(),
            extended,
            is_workspace: pruning == Pruning::Workspace,
        };
        graph.id(&main);
        let edges = graph.edges(roots);
        for &root in &edges {
            graph.enqueue(root, pruning);
        }
        graph.nodes[MAIN as usize].edges = edges;
        graph
    }

    /// A graph of a workspace: `roots` are its modules, each without a version, and the Go
    /// version and toolchain of go.work.
    pub fn of_workspace(roots: &[ModuleVersion]) -> Self {
        // What stands for the workspace has no path, which no module lacks.
        Self::new(&ModulePath::new(""), Pruning::Workspace, roots)
    }

    fn node(&self, id: Id) -> &Node {
        &self.nodes[id as usize]
    }

    /// The place of a module version, which it gets here where it has none.
    fn id(&mut self, module: &ModuleVersion) -> Id {
        if let Some(id) = self.ids.get(module) {
            return *id;
        }
        // More nodes than there are numbers would not fit into memory.
        let id = Id::try_from(self.nodes.len()).unwrap_or(Id::MAX);
        let module = module.clone();
        self.ids.insert(module.clone(), id);
        let (requires, edges) = (None, Vec::new());
        self.nodes.push(Node {
            module,
            requires,
            edges,
            pruned: false,
            unpruned: false,
            in_workspace: false,
        });
        id
    }

    fn edges(&mut self, required: &[ModuleVersion]) -> Vec<Id> {
        let at_a_version = required.iter().filter(|module| module.version.as_str() != "none");
        at_a_version.map(|module| self.id(module)).collect()
    }

    /// The module versions that must be supplied next; each is named once.
    pub fn pending(&mut self) -> Vec<ModuleVersion> {
        std::mem::take(&mut self.pending)
    }

    /// Adds what a module version requires. A version that cannot be read is simply not
    /// supplied.
    pub fn supply(&mut self, module: &ModuleVersion, requires: Arc<Requires>) {
        let Some(&id) = self.ids.get(module) else { return };
        if id == MAIN || self.node(id).requires.is_some() {
            return;
        }
        let edges = self.edges(&requires.modules);
        let node = &mut self.nodes[id as usize];
        (node.edges, node.requires) = (edges, Some(requires));
        let (pruned, unpruned, in_workspace) = (node.pruned, node.unpruned, node.in_workspace);
        let mut queue = Vec::new();
        if pruned {
            self.expand(id, Pruning::Pruned, &mut queue);
        }
        if unpruned {
            self.expand(id, Pruning::Unpruned, &mut queue);
        }
        if in_workspace {
            self.expand(id, Pruning::Workspace, &mut queue);
        }
        for (next, pruning) in queue {
            self.enqueue(next, pruning);
        }
    }

    /// Notes that a node was met, and what follows from it.
    fn enqueue(&mut self, start: Id, pruning: Pruning) {
        // Unpruned expansion recurses along chains of known modules, so it keeps a list.
        let mut queue = vec![(start, pruning)];
        while let Some((id, pruning)) = queue.pop() {
            let node = &mut self.nodes[id as usize];
            let asked = node.pruned || node.unpruned || node.in_workspace;
            let met = match pruning {
                Pruning::Pruned => &mut node.pruned,
                Pruning::Unpruned => &mut node.unpruned,
                Pruning::Workspace => &mut node.in_workspace,
            };
            if id != MAIN && !std::mem::replace(met, true) {
                if node.requires.is_some() {
                    self.expand(id, pruning, &mut queue);
                } else if !asked {
                    self.pending.push(node.module.clone());
                }
            }
        }
    }

    /// Adds the requirements of a node that are read in turn.
    fn expand(&self, id: Id, pruning: Pruning, queue: &mut Vec<(Id, Pruning)>) {
        let node = self.node(id);
        if let (Pruning::Workspace, Some(requires)) = (pruning, &node.requires) {
            queue.extend(node.edges.iter().map(|&edge| (edge, requires.pruning)));
            return;
        }
        let is_pruned = |requires: &Arc<Requires>| requires.pruning == Pruning::Pruned;
        let stops = pruning == Pruning::Pruned && node.requires.as_ref().is_some_and(is_pruned);
        if !stops {
            queue.extend(node.edges.iter().map(|&edge| (edge, Pruning::Unpruned)));
        } else if !self.extended.is_empty() {
            let is_extended = |edge: &&Id| self.extended.contains(&self.node(**edge).module);
            let edges = node.edges.iter().filter(is_extended);
            queue.extend(edges.map(|&edge| (edge, Pruning::Pruned)));
        }
    }

    /// Adds what the workspace needs beyond its modules' own requirements, once everything
    /// pending was supplied: where a module requires a version lower than the selected one, the
    /// requirements of that one. Whether anything was added, and is pending perhaps.
    /// Source: the end of readModGraph.
    pub fn extend_workspace(&mut self) -> bool {
        let selection = self.select();
        let selected = |path: &str| selection.version(path);
        let mut wanted: Vec<Id> = Vec::new();
        for (id, node) in self.nodes.iter().enumerate() {
            if !node.in_workspace || selected(&node.module.path) != Some(&node.module.version) {
                continue;
            }
            let id = Id::try_from(id).unwrap_or(Id::MAX);
            for required in self.required_by_id(id).unwrap_or_default() {
                let Some(version) = selected(&required.path) else { continue };
                if ModuleVersion::compare_versions(&required.path, version, &required.version)
                    .is_gt()
                {
                    let module =
                        ModuleVersion { path: required.path.clone(), version: version.clone() };
                    wanted.extend(self.ids.get(&module).filter(|id| !self.node(**id).in_workspace));
                }
            }
        }
        // Of a path that was followed the selected version is, too.
        let followed: HashSet<&ModulePath> = self
            .nodes
            .iter()
            .filter(|node| node.in_workspace)
            .map(|node| &node.module.path)
            .collect();
        for path in followed {
            let Some(version) = selected(path) else { continue };
            let module = ModuleVersion { path: path.clone(), version: version.clone() };
            wanted.extend(self.ids.get(&module).filter(|id| !self.node(**id).in_workspace));
        }
        wanted.iter().for_each(|&id| self.enqueue(id, Pruning::Workspace));
        !wanted.is_empty()
    }

    /// The pruning that a module version's own go.mod file has, where it was supplied.
    pub fn pruning_of(&self, module: &ModuleVersion) -> Option<Pruning> {
        let requires = self.node(*self.ids.get(module)?).requires.as_ref()?;
        Some(requires.pruning)
    }

    /// What a module version requires, where it was supplied; the main module's roots.
    pub fn required_by(&self, module: &ModuleVersion) -> Option<&[ModuleVersion]> {
        self.required_by_id(*self.ids.get(module)?)
    }

    fn required_by_id(&self, id: Id) -> Option<&[ModuleVersion]> {
        if id == MAIN {
            return Some(&self.roots);
        }
        Some(&self.node(id).requires.as_ref()?.modules)
    }

    /// Every node once, in breadth-first order from the main module, with the node that led
    /// to it first.
    fn walk(&self) -> Vec<(Id, Id)> {
        let mut seen = vec![false; self.nodes.len()];
        seen[MAIN as usize] = true;
        let mut order = vec![(MAIN, MAIN)];
        let mut next = 0;
        while let Some(&(id, _)) = order.get(next) {
            for &required in &self.node(id).edges {
                if !std::mem::replace(&mut seen[required as usize], true) {
                    order.push((required, id));
                }
            }
            next += 1;
        }
        order
    }

    /// Every module version of the graph once, in breadth-first order from the main
    /// module, selected or not.
    pub fn breadth_first(&self) -> Vec<&ModuleVersion> {
        let walk = self.walk().into_iter().filter(|(id, _)| !self.is_stand_in(*id));
        walk.map(|(id, _)| &self.node(id).module).collect()
    }

    /// Whether this node stands for the workspace, and is no module.
    fn is_stand_in(&self, id: Id) -> bool {
        self.is_workspace && id == MAIN
    }

    /// Every module version that was supplied, and the main module, with what it requires; in
    /// breadth-first order.
    pub fn requirements(&self) -> impl Iterator<Item = (&ModuleVersion, &[ModuleVersion])> {
        let walk = self.walk().into_iter().filter(|(id, _)| !self.is_stand_in(*id));
        walk.filter_map(|(id, _)| Some((&self.node(id).module, self.required_by_id(id)?)))
    }

    /// Computes the selection over what has been supplied.
    pub fn select(&self) -> Selection {
        let mut selected: HashMap<ModulePath, Version> = HashMap::new();
        for module in self.breadth_first() {
            // A main module, which has no version, stands above every version of its path.
            let higher = selected.get(&module.path).is_none_or(|held| {
                !held.is_empty()
                    && (module.version.is_empty()
                        || ModuleVersion::compare_versions(&module.path, held, &module.version)
                            == Ordering::Less)
            });
            if higher {
                selected.insert(module.path.clone(), module.version.clone());
            }
        }
        let main = &self.node(MAIN).module;
        let first = if self.is_workspace { &self.roots[..] } else { std::slice::from_ref(main) };
        let mut first: Vec<ModulePath> = first.iter().map(|module| module.path.clone()).collect();
        first.dedup();
        Selection { first, selected }
    }

    /// The shortest chain of requirements from the main module to a module version that
    /// the predicate holds for; both ends included. Empty where there is none.
    pub fn find_path(&self, found: impl Fn(&ModuleVersion) -> bool) -> Vec<ModuleVersion> {
        let walk = self.walk();
        let is_found = |id: Id| !self.is_stand_in(id) && found(&self.node(id).module);
        let Some(&(mut id, _)) = walk.iter().find(|(id, _)| is_found(*id)) else {
            return Vec::new();
        };
        let origin: HashMap<Id, Id> = walk.into_iter().collect();
        let mut path = vec![self.node(id).module.clone()];
        while id != MAIN {
            id = origin.get(&id).copied().unwrap_or(MAIN);
            if !self.is_stand_in(id) {
                path.push(self.node(id).module.clone());
            }
        }
        path.reverse();
        path
    }
}

/// The selected version of every module path in a graph.
#[derive(Debug, Clone)]
pub struct Selection {
    /// What begins the build list: the main module, or what the workspace begins with.
    first: Vec<ModulePath>,
    selected: HashMap<ModulePath, Version>,
}

impl Selection {
    /// The selected version of a path; empty for the main module.
    pub fn version(&self, path: &str) -> Option<&Version> {
        self.selected.get(path)
    }

    /// The main module, or those of the workspace and what go.work requires; then every other
    /// selected version by path. Source: Graph.BuildList in cmd/go/internal/mvs/graph.go.
    pub fn build_list(&self) -> Vec<ModuleVersion> {
        let module = |path: &ModulePath, version: &Version| ModuleVersion {
            path: path.clone(),
            version: version.clone(),
        };
        let others = self.selected.iter().filter(|(path, _)| !self.first.contains(path));
        let mut others: Vec<_> = others.map(|(path, version)| module(path, version)).collect();
        others.sort_by(ModuleVersion::compare);
        let first =
            self.first.iter().filter_map(|path| Some(module(path, self.selected.get(path)?)));
        first.chain(others).collect()
    }
}

/// The fewest requirements that give the same build list without pruning: those on
/// `base`, which must be listed, and whatever they do not bring along. Sorted by path.
/// Source: `mvs.Req`.
pub fn minimal_requirements(
    graph: &ModuleGraph,
    selection: &Selection,
    base: &[ModulePath],
) -> Vec<ModuleVersion> {
    let build_list = selection.build_list();
    // A post-order over everything that is required, dependencies first.
    let mut order = Vec::new();
    let mut seen: HashSet<&ModuleVersion> = HashSet::from_iter([&graph.node(MAIN).module]);
    for start in &build_list {
        if !seen.insert(start) {
            continue;
        }
        let mut stack = vec![(start, 0)];
        while let Some((module, next)) = stack.pop() {
            let required = graph.required_by(module).unwrap_or_default();
            match required.get(next) {
                Some(dependency) => {
                    stack.push((module, next + 1));
                    if seen.insert(dependency) {
                        stack.push((dependency, 0));
                    }
                }
                None => order.push(module),
            }
        }
    }
    let mut brought = HashSet::default();
    let mut minimal = Vec::new();
    for path in base {
        if let Some(version) = selection.version(path) {
            let module = ModuleVersion { path: path.clone(), version: version.clone() };
            if !minimal.contains(&module) {
                bring(graph, &module, &mut brought);
                minimal.push(module);
            }
        }
    }
    for module in order.into_iter().rev() {
        let is_selected = selection.version(&module.path) == Some(&module.version);
        if is_selected && *module != graph.node(MAIN).module && !brought.contains(module) {
            bring(graph, module, &mut brought);
            minimal.push(module.clone());
        }
    }
    minimal.sort_by(|a, b| a.path.cmp(&b.path));
    minimal
}

/// Adds a module version and everything that it requires, transitively.
fn bring(graph: &ModuleGraph, start: &ModuleVersion, brought: &mut HashSet<ModuleVersion>) {
    let mut stack = vec![start.clone()];
    while let Some(module) = stack.pop() {
        if brought.insert(module.clone()) {
            stack.extend_from_slice(graph.required_by(&module).unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(text: &str) -> ModuleVersion {
        let (path, version) = text.split_once('@').unwrap_or((text, ""));
        ModuleVersion::new(path, version)
    }

    /// Reads a graph from lines `module [pruned|unpruned]: requirements`; the first line
    /// is the main module's.
    fn read(text: &str, arrival: impl Fn(&mut Vec<ModuleVersion>)) -> ModuleGraph {
        let mut facts = HashMap::new();
        let mut main = None;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (head, tail) = line.split_once(':').expect("a colon");
            let (name, mode) = head.split_once(' ').expect("a mode");
            let pruning = if mode == "pruned" { Pruning::Pruned } else { Pruning::Unpruned };
            let modules: Vec<_> = tail.split_whitespace().map(module).collect();
            if main.is_none() {
                main = Some((ModulePath::new(name), pruning, modules));
            } else {
                facts.insert(module(name), Arc::new(Requires { pruning, modules }));
            }
        }
        let (path, pruning, roots) = main.expect("a main module");
        let mut graph = ModuleGraph::new(&path, pruning, &roots);
        let mut waiting = graph.pending();
        while !waiting.is_empty() {
            arrival(&mut waiting);
            let next = waiting.pop().expect("not empty");
            if let Some(requires) = facts.get(&next) {
                graph.supply(&next, requires.clone());
            }
            waiting.extend(graph.pending());
        }
        graph
    }

    fn list(graph: &ModuleGraph) -> String {
        let list = graph.select().build_list();
        list[1..].iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    /// The example of ref/mod#minimal-version-selection.
    const MVS: &str = "
        main unpruned: a@v1.2.0 b@v1.2.0
        a@v1.2.0 unpruned: c@v1.3.0
        b@v1.2.0 unpruned: c@v1.4.0
        c@v1.3.0 unpruned: d@v1.2.0
        c@v1.4.0 unpruned: d@v1.2.0
        d@v1.2.0 unpruned:";

    #[test]
    fn selection() {
        let graph = read(MVS, |_| {});
        assert_eq!(list(&graph), "a@v1.2.0 b@v1.2.0 c@v1.4.0 d@v1.2.0");
        let path = graph.find_path(|m| m.path.as_str() == "d");
        assert_eq!(path, ["main", "a@v1.2.0", "c@v1.3.0", "d@v1.2.0"].map(module));
        assert!(graph.find_path(|m| m.path.as_str() == "e").is_empty());
    }

    #[test]
    fn pruning_stops_below_the_requirements_of_a_pruned_module() {
        let text = |mode: &str| {
            format!(
                "main pruned: a@v1.0.0
                 a@v1.0.0 {mode}: b@v1.0.0
                 b@v1.0.0 pruned: c@v1.0.0
                 c@v1.0.0 pruned: d@v1.0.0
                 d@v1.0.0 pruned:"
            )
        };
        assert_eq!(list(&read(&text("pruned"), |_| {})), "a@v1.0.0 b@v1.0.0");
        assert_eq!(list(&read(&text("unpruned"), |_| {})), "a@v1.0.0 b@v1.0.0 c@v1.0.0 d@v1.0.0");
    }

    #[test]
    fn a_module_met_pruned_may_be_met_again_unpruned() {
        let text = "
            main pruned: a@v1.0.0 b@v1.0.0
            a@v1.0.0 pruned: x@v1.0.0
            b@v1.0.0 unpruned: a@v1.0.0
            x@v1.0.0 pruned: y@v1.0.0
            y@v1.0.0 pruned:";
        for arrival in
            [|_: &mut Vec<ModuleVersion>| {}, |waiting: &mut Vec<ModuleVersion>| waiting.reverse()]
        {
            assert_eq!(list(&read(text, arrival)), "a@v1.0.0 b@v1.0.0 x@v1.0.0 y@v1.0.0");
        }
    }

    #[test]
    fn go_versions_bring_toolchains() {
        let requires = Requires::of_toolchain_module(&module("go@1.21.3"));
        assert_eq!(requires.modules, [module("toolchain@go1.21.3")]);
        assert!(Requires::of_toolchain_module(&module("go@1.20")).modules.is_empty());
        assert!(Requires::of_toolchain_module(&module("toolchain@go1.21")).modules.is_empty());
    }

    #[test]
    fn a_version_that_was_not_supplied_is_still_selected() {
        let graph = read(
            "main unpruned: a@v1.0.0
 a@v1.0.0 unpruned: b@v2.0.0",
            |_| {},
        );
        assert_eq!(list(&graph), "a@v1.0.0 b@v2.0.0");
        assert!(graph.required_by(&module("b@v2.0.0")).is_none());
    }

    #[test]
    fn the_main_module_is_above_its_other_versions() {
        let graph = read(
            "main unpruned: a@v1.0.0
             a@v1.0.0 unpruned: main@v9.0.0
             main@v9.0.0 unpruned: b@v1.0.0
             b@v1.0.0 unpruned:",
            |_| {},
        );
        assert_eq!(list(&graph), "a@v1.0.0 b@v1.0.0");
        assert_eq!(graph.select().version("main").map(|v| v.is_empty()), Some(true));
    }

    #[test]
    fn minimal() {
        let graph = read(MVS, |_| {});
        let selection = graph.select();
        let minimal = |base: &[&str]| {
            let base: Vec<_> = base.iter().map(|path| ModulePath::new(path)).collect();
            minimal_requirements(&graph, &selection, &base)
        };
        assert_eq!(minimal(&[]), ["a@v1.2.0", "b@v1.2.0"].map(module));
        assert_eq!(minimal(&["d"]), ["a@v1.2.0", "b@v1.2.0", "d@v1.2.0"].map(module));
    }
}
