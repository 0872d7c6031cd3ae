//! Minimal version selection: what a world of modules selects, whatever the order in which
//! it is learned.
//!
//! The oracle spreads sets of module versions until they stop growing, and orders versions
//! by their place in a table. Cases are golang.org/x/mod's own kinds: diamonds, cycles,
//! majors, prereleases, requirements on the main module, go lines.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use gomod::spec::graph::{ModuleGraph, Pruning, Requires, minimal_requirements};
use gomod::spec::{ModulePath, ModuleVersion};
use proptest::prelude::*;

use super::{census, config, that_hold};

const MAIN: &str = "main.test/m";

/// Module paths with versions in ascending order, which is not that of their text.
const TABLE: [(&str, [&str; 5]); 12] = [
    ("a.test/a", ["v0.9.0", "v0.10.0", "v1.0.0-rc.1", "v1.0.0", "v1.1.0"]),
    ("a.test/b", ["v1.0.0", "v1.2.0-alpha.9", "v1.2.0-alpha.10", "v1.2.0", "v1.10.0"]),
    ("a.test/b/v2", ["v2.0.0-pre", "v2.0.0", "v2.0.1", "v2.9.0", "v2.10.0"]),
    ("a.test/b/v3", ["v3.0.0", "v3.1.0", "v3.2.0", "v3.3.0", "v3.10.0"]),
    (
        "a.test/c",
        [
            "v0.0.0-20200101000000-aaaaaaaaaaaa",
            "v0.0.0-20210101000000-aaaaaaaaaaaa",
            "v0.1.0",
            "v0.1.1-0.20220101000000-aaaaaaaaaaaa",
            "v0.1.1",
        ],
    ),
    ("a.test/d", ["v1.0.0", "v1.1.0", "v1.9.0", "v1.10.0", "v2.0.0+incompatible"]),
    ("a.test/e", ["v1.0.0", "v1.0.1", "v1.0.2", "v1.0.9", "v1.0.10"]),
    ("a.test/f", ["v1.0.0-0", "v1.0.0-1", "v1.0.0-a", "v1.0.0-a.b", "v1.0.0"]),
    ("gopkg.test/g.v1", ["v1.0.0", "v1.1.0", "v1.2.0", "v1.3.0", "v1.4.0"]),
    ("go", ["1.9", "1.20", "1.21rc2", "1.21.0", "1.100.0"]),
    ("toolchain", ["go1.9", "go1.20", "go1.21rc2", "go1.21.0", "go1.100.0"]),
    (MAIN, ["v0.1.0", "v1.0.0", "v1.1.0", "v1.2.0", "v1.3.0"]),
];
/// The places in the table of paths that are modules like any other.
const ORDINARY: usize = 9;
const GO: usize = 9;
const TOOLCHAIN: usize = 10;

/// A module version by its place in the table.
type Place = (usize, usize);

fn at((path, version): Place) -> ModuleVersion {
    let (path, versions) = TABLE[path];
    ModuleVersion::new(path, versions[version])
}

#[derive(Clone)]
struct Facts {
    pruned: bool,
    requires: Vec<Place>,
}

/// A main module and all module versions whose go.mod files can be had.
#[derive(Clone)]
struct World {
    pruned: bool,
    roots: Vec<Place>,
    facts: BTreeMap<Place, Facts>,
}

/// As lines `module@version pruned|unpruned: requirements`, the main module first; only what
/// can be reached.
impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = |pruned| if pruned { "pruned" } else { "unpruned" };
        let list = |places: &[Place]| -> String {
            places.iter().map(|&place| format!(" {}", at(place))).collect()
        };
        write!(f, "\n{MAIN} {}:{}", mode(self.pruned), list(&self.roots))?;
        for place in self.reached(&self.roots) {
            if let Some(facts) = self.facts.get(&place) {
                write!(f, "\n{} {}:{}", at(place), mode(facts.pruned), list(&facts.requires))?;
            }
        }
        writeln!(f)
    }
}

impl World {
    fn requires(&self, place: Place) -> &[Place] {
        self.facts.get(&place).map_or(&[], |facts| &facts.requires)
    }

    /// Everything that is required from here on, pruning aside.
    fn reached(&self, from: &[Place]) -> BTreeSet<Place> {
        let mut reached: BTreeSet<Place> = from.iter().copied().collect();
        loop {
            let next: BTreeSet<Place> =
                reached.iter().flat_map(|&place| self.requires(place)).copied().collect();
            if next.is_subset(&reached) {
                return reached;
            }
            reached.extend(next);
        }
    }

    /// The module versions whose go.mod files count, by ref/mod#graph-pruning: without
    /// pruning all; with it those of the main module's requirements, and of whatever a
    /// requirement that does not support pruning needs.
    fn loaded(&self) -> BTreeSet<Place> {
        if !self.pruned {
            return self.reached(&self.roots);
        }
        let mut loaded: BTreeSet<Place> = self.roots.iter().copied().collect();
        for root in &self.roots {
            if self.facts.get(root).is_some_and(|facts| !facts.pruned) {
                loaded.extend(self.reached(&[*root]));
            }
        }
        loaded
    }

    /// All module versions of the graph, and the selected version of each path.
    fn graph(&self) -> (BTreeSet<Place>, BTreeMap<usize, usize>) {
        let mut nodes: BTreeSet<Place> = self.roots.iter().copied().collect();
        nodes.extend(self.loaded().into_iter().flat_map(|place| self.requires(place)).copied());
        // Ascending, so that the highest version of a path is the last to be put in.
        let selected = nodes.iter().copied().filter(|(path, _)| TABLE[*path].0 != MAIN).collect();
        (nodes, selected)
    }

    fn selected(&self) -> BTreeMap<usize, usize> {
        self.graph().1
    }

    /// The fewest steps from the main module, for every module version of the graph.
    fn distances(&self) -> BTreeMap<Place, usize> {
        let loaded = self.loaded();
        let mut distances = BTreeMap::new();
        let mut next: Vec<Place> = self.roots.clone();
        for distance in 1.. {
            next.retain(|place| !distances.contains_key(place));
            if next.is_empty() {
                break;
            }
            distances.extend(next.iter().map(|&place| (place, distance)));
            let read = next.iter().filter(|place| loaded.contains(place));
            next = read.flat_map(|&place| self.requires(place)).copied().collect();
        }
        distances
    }

    /// The library's graph over this world; `turns` decides which answer comes next.
    fn read(&self, turns: &[usize]) -> ModuleGraph {
        let pruning = |pruned| if pruned { Pruning::Pruned } else { Pruning::Unpruned };
        let modules = |places: &[Place]| places.iter().map(|&place| at(place)).collect::<Vec<_>>();
        let facts: BTreeMap<String, Arc<Requires>> = self
            .facts
            .iter()
            .map(|(&place, facts)| {
                let modules = modules(&facts.requires);
                let requires = Requires { pruning: pruning(facts.pruned), modules };
                (at(place).to_string(), Arc::new(requires))
            })
            .collect();
        let mut graph =
            ModuleGraph::new(&ModulePath::new(MAIN), pruning(self.pruned), &modules(&self.roots));
        let mut waiting = graph.pending();
        let mut turns = turns.iter().cycle();
        while !waiting.is_empty() {
            let turn = turns.next().expect("at least one") % waiting.len();
            let module = waiting.swap_remove(turn);
            if let Some(requires) = facts.get(&module.to_string()) {
                graph.supply(&module, Arc::clone(requires));
            }
            waiting.extend(graph.pending());
        }
        graph
    }

    fn list(&self) -> Vec<ModuleVersion> {
        self.read(&[0]).select().build_list()
    }
}

fn ordinary() -> impl Strategy<Value = Place> {
    (0..ORDINARY, 0..5usize)
}

/// A requirement: mostly an ordinary module, at times a Go version or the main module itself.
fn required() -> impl Strategy<Value = Place> {
    prop_oneof![12 => ordinary(), 1 => (GO..TABLE.len(), 0..5usize)]
}

/// What go versions bring along: since 1.21 the toolchain of their name.
fn of_go_versions() -> impl Iterator<Item = (Place, Facts)> {
    (0..5).flat_map(|version| {
        let requires = if version >= 2 { vec![(TOOLCHAIN, version)] } else { vec![] };
        [
            ((GO, version), Facts { pruned: true, requires }),
            ((TOOLCHAIN, version), Facts { pruned: true, requires: vec![] }),
        ]
    })
}

fn world() -> impl Strategy<Value = World> {
    let facts = (any::<bool>(), prop::collection::vec(required(), 0..4), 0..12u8);
    let known = prop::collection::vec(facts, (ORDINARY + 1) * 5);
    // Worlds of few paths have cycles, worlds of many are wide.
    (any::<bool>(), prop::collection::vec(required(), 1..4), known, 2..=ORDINARY).prop_map(
        |(pruned, roots, known, paths)| {
            let fold = |(path, version): Place| {
                (if path < ORDINARY { path % paths } else { path }, version)
            };
            let places = (0..ORDINARY).chain([TABLE.len() - 1]);
            let places = places.flat_map(|path| (0..5).map(move |version| (path, version)));
            let facts = places.zip(known).filter_map(|(place, (pruned, requires, known))| {
                // A few go.mod files cannot be had.
                let requires = requires.into_iter().map(fold).collect();
                (known > 0).then_some((place, Facts { pruned, requires }))
            });
            let facts = facts.chain(of_go_versions()).collect();
            World { pruned, roots: roots.into_iter().map(fold).collect(), facts }
        },
    )
}

/// A world in which later versions require all that earlier ones do, in no lower version,
/// and every path keeps to one kind of pruning.
fn growing_world() -> impl Strategy<Value = World> {
    (world(), any::<[bool; 12]>()).prop_map(|(mut world, pruned)| {
        for (path, pruned) in pruned.into_iter().enumerate() {
            let mut so_far: BTreeMap<usize, usize> = BTreeMap::new();
            for version in 0..5 {
                let facts = world.facts.entry((path, version));
                let facts = facts.or_insert(Facts { pruned: true, requires: vec![] });
                for (path, version) in &facts.requires {
                    let highest = so_far.entry(*path).or_default();
                    *highest = (*version).max(*highest);
                }
                facts.requires = so_far.iter().map(|(path, version)| (*path, *version)).collect();
                facts.pruned = pruned;
            }
        }
        world
    })
}

fn turns() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0..60usize, 1..20)
}

/// Nothing is selected in a lower version than before, or no longer.
fn not_lower(before: &World, after: &World) -> Result<(), TestCaseError> {
    let selection = after.read(&[0]).select();
    for (path, version) in before.selected() {
        let now = selection.version(TABLE[path].0).map(|version| version.to_string());
        let place = TABLE[path].1.iter().position(|text| now.as_deref() == Some(*text));
        prop_assert!(
            place.is_some_and(|place| place >= version),
            "{} became {now:?} in {after:?}",
            at((path, version))
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn the_selection_is_the_highest_of_what_is_required(world in world()) {
        let (nodes, selected) = world.graph();
        let graph = world.read(&[0]);
        let selection = graph.select();
        let list = selection.build_list();
        prop_assert_eq!(&list[0], &ModuleVersion::new(MAIN, ""));
        let mut wanted: Vec<_> = selected.iter().map(|(path, version)| at((*path, *version))).collect();
        wanted.sort_by(|a, b| a.path.as_str().cmp(b.path.as_str()));
        prop_assert_eq!(&list[1..], &wanted[..]);
        for (place, (path, versions)) in TABLE.iter().enumerate() {
            let wanted = selected.get(&place).map(|version| versions[*version]);
            let wanted = if *path == MAIN { Some("") } else { wanted };
            prop_assert_eq!(selection.version(path).map(|version| version.as_str()), wanted);
        }
        let all: BTreeSet<String> = graph.breadth_first()[1..].iter().map(ToString::to_string).collect();
        prop_assert_eq!(all.len() + 1, graph.breadth_first().len());
        prop_assert_eq!(all, nodes.into_iter().map(|place| at(place).to_string()).collect());
    }

    /// Each go.mod that counts is asked for once, and no other.
    #[test]
    fn only_what_counts_is_asked_for(world in world(), turns in turns()) {
        let mut asked = Vec::new();
        let pruning = if world.pruned { Pruning::Pruned } else { Pruning::Unpruned };
        let roots: Vec<_> = world.roots.iter().map(|&place| at(place)).collect();
        let mut graph = ModuleGraph::new(&ModulePath::new(MAIN), pruning, &roots);
        let mut waiting = graph.pending();
        let mut turns = turns.iter().cycle();
        while !waiting.is_empty() {
            let module = waiting.swap_remove(turns.next().expect("one") % waiting.len());
            let place = world.reached(&world.roots).into_iter().find(|&place| at(place) == module);
            asked.push(place.expect("something required"));
            if let Some(facts) = world.facts.get(&place.expect("something required")) {
                let pruning = if facts.pruned { Pruning::Pruned } else { Pruning::Unpruned };
                let modules: Vec<_> = facts.requires.iter().map(|&place| at(place)).collect();
                graph.supply(&module, Arc::new(Requires { pruning, modules }));
                // A second answer does not count.
                let modules = vec![ModuleVersion::new("a.test/other", "v1.0.0")];
                graph.supply(&module, Arc::new(Requires { pruning: Pruning::Unpruned, modules }));
            }
            waiting.extend(graph.pending());
        }
        asked.sort_unstable();
        prop_assert_eq!(asked, world.loaded().into_iter().collect::<Vec<_>>());
        // Nor does an answer that nobody asked for.
        let stranger = ModuleVersion::new("a.test/stranger", "v1.0.0");
        graph.supply(&stranger, Arc::new(Requires { pruning: Pruning::Unpruned, modules: vec![] }));
        prop_assert!(graph.required_by(&stranger).is_none());
        prop_assert_eq!(graph.select().build_list(), world.list());
    }

    #[test]
    fn the_order_of_arrival_does_not_matter(
        world in world(), turns in turns(), order in prop::collection::vec(any::<prop::sample::Index>(), 3),
    ) {
        let (first, second) = (world.read(&[0]), world.read(&turns));
        prop_assert_eq!(first.select().build_list(), second.select().build_list());
        prop_assert_eq!(first.breadth_first(), second.breadth_first());
        for module in first.breadth_first() {
            prop_assert_eq!(first.find_path(|m| m == module), second.find_path(|m| m == module));
        }
        // Nor does the order of the requirements within the files, for the selection.
        let mut turned = world.clone();
        for (index, requires) in
            turned.facts.values_mut().map(|facts| &mut facts.requires).chain([&mut turned.roots]).enumerate()
        {
            if !requires.is_empty() {
                let middle = order[index % order.len()].index(requires.len());
                requires.rotate_left(middle);
            }
        }
        prop_assert_eq!(turned.list(), first.select().build_list());
    }

    #[test]
    fn every_module_is_there_for_a_reason(world in world()) {
        let graph = world.read(&[0]);
        let distances = world.distances();
        for (place, distance) in distances {
            let module = at(place);
            let path = graph.find_path(|m| *m == module);
            prop_assert_eq!(path.len(), distance + 1, "{} by {:?}", module, path);
            prop_assert_eq!(&path[0], &ModuleVersion::new(MAIN, ""));
            prop_assert_eq!(&path[distance], &module);
            for pair in path.windows(2) {
                let required = graph.required_by(&pair[0]).unwrap_or_default();
                prop_assert!(required.contains(&pair[1]), "{} by {:?}", module, path);
            }
        }
        prop_assert!(graph.find_path(|m| m.path.as_str() == "a.test/absent").is_empty());
    }

    #[test]
    fn one_more_requirement_lowers_nothing(world in world(), added in required()) {
        let mut more = world.clone();
        more.roots.push(added);
        not_lower(&world, &more)?;
    }

    /// Where later versions require no less than earlier ones.
    #[test]
    fn a_raised_requirement_lowers_nothing(
        world in growing_world(), root in any::<prop::sample::Index>(), to in 0..5usize,
    ) {
        let mut raised = world.clone();
        let root = root.index(world.roots.len());
        raised.roots[root].1 = to.max(world.roots[root].1);
        not_lower(&world, &raised)?;
    }

    #[test]
    fn pruning_only_takes_away(mut world in world()) {
        world.pruned = true;
        let mut full = world.clone();
        full.pruned = false;
        not_lower(&world, &full)?;
        // With nothing that supports pruning among the requirements, nothing is pruned.
        for facts in world.facts.values_mut().chain(full.facts.values_mut()) {
            facts.pruned = false;
        }
        prop_assert_eq!(world.list(), full.list());
    }

    #[test]
    fn minimal_requirements_are_enough_and_all_needed(
        mut world in world(), base in prop::collection::vec(0..ORDINARY + 1, 0..4),
    ) {
        let graph = world.read(&[0]);
        let selection = graph.select();
        let base: Vec<ModulePath> = base.iter().map(|&path| ModulePath::new(TABLE[path].0)).collect();
        let minimal = minimal_requirements(&graph, &selection, &base);
        prop_assert!(minimal.is_sorted_by(|a, b| a.path.as_str() < b.path.as_str()));
        let find = |module: &ModuleVersion| {
            let place = world.graph().0.into_iter().find(|&place| at(place) == *module);
            place.expect("a module of the graph")
        };
        let minimal: Vec<Place> = minimal.iter().map(find).collect();
        let wanted = world.selected();
        for path in &base {
            let listed = minimal.iter().any(|place| TABLE[place.0].0 == path.as_str());
            prop_assert_eq!(listed, selection.version(path).is_some(), "{} in {:?}", path, minimal);
        }
        // Over what has been read, without pruning.
        let loaded = world.loaded();
        world.facts.retain(|place, _| loaded.contains(place));
        world.pruned = false;
        world.roots = minimal.clone();
        prop_assert_eq!(world.selected(), wanted.clone(), "{:?} of {:?}", minimal, base);
        // More requirements select no less, so it is enough to leave out one at a time.
        for left_out in 0..minimal.len() {
            if base.iter().any(|path| path.as_str() == TABLE[minimal[left_out].0].0) {
                continue;
            }
            world.roots = minimal.clone();
            world.roots.remove(left_out);
            prop_assert_ne!(world.selected(), wanted.clone(), "{:?} of {:?}", minimal, base);
        }
    }
}

#[test]
fn go_versions_bring_their_toolchains() {
    for (place, facts) in of_go_versions() {
        let requires = Requires::of_toolchain_module(&at(place));
        let wanted: Vec<_> = facts.requires.into_iter().map(at).collect();
        assert_eq!(requires, Requires { pruning: Pruning::Pruned, modules: wanted });
    }
    let below = Requires::of_toolchain_module(&ModuleVersion::new("go", "1.21"));
    assert_eq!(below.modules, [ModuleVersion::new("toolchain", "go1.21")]);
}

#[test]
fn pruning_begins_with_go_1_17() {
    for (version, pruning) in [
        ("1.9", Pruning::Unpruned),
        ("1.16", Pruning::Unpruned),
        ("1.16.15", Pruning::Unpruned),
        ("1.17rc1", Pruning::Unpruned),
        ("1.17", Pruning::Pruned),
        ("1.17.0", Pruning::Pruned),
        ("1.100", Pruning::Pruned),
        ("2", Pruning::Pruned),
        ("", Pruning::Unpruned),
    ] {
        assert_eq!(Pruning::of_go_version(version), pruning, "{version}");
    }
}

/// `none` asks for the absence of a module, so it is no module of the graph.
#[test]
fn the_version_none_is_passed_over() {
    let module = |text: &str| {
        let (path, version) = text.split_once('@').expect("a version");
        ModuleVersion::new(path, version)
    };
    let main = ModulePath::new(MAIN);
    let roots = ["a.test/a@v1.0.0", "a.test/b@none"].map(module);
    let mut graph = ModuleGraph::new(&main, Pruning::Unpruned, &roots);
    assert_eq!(graph.pending(), [module("a.test/a@v1.0.0")]);
    let modules = vec![module("a.test/c@none"), module("a.test/d@v1.0.0")];
    let requires = Requires { pruning: Pruning::Pruned, modules };
    graph.supply(&module("a.test/a@v1.0.0"), Arc::new(requires));
    assert_eq!(graph.pending(), [module("a.test/d@v1.0.0")]);
    let list = graph.select().build_list();
    assert_eq!(list[1..], ["a.test/a@v1.0.0", "a.test/d@v1.0.0"].map(module));
    assert!(graph.find_path(|m| m.version.as_str() == "none").is_empty());
}

#[test]
fn the_generator_reaches_every_kind_of_graph() {
    let expected = [
        ("pruned main module", 300),
        ("unpruned main module", 300),
        ("cycle", 100),
        ("several versions of a path", 300),
        ("diamond", 200),
        ("pruned root", 200),
        ("unpruned root under a pruned main module", 200),
        ("pruned module below an unpruned root", 100),
        ("read only because it was met unpruned", 40),
        ("pruning changes the selection", 100),
        ("pruning leaves a module out", 100),
        ("pruning changes nothing", 50),
        ("prerelease selected", 300),
        ("several majors", 100),
        ("requires the main module", 50),
        ("Go version", 50),
        ("missing go.mod", 100),
        ("ten modules", 30),
        ("fewer requirements than modules", 200),
    ];
    census(world(), 1000, &expected, |world| {
        let (nodes, selected) = world.graph();
        let loaded = world.loaded();
        let pruned = |place: &Place| world.facts.get(place).is_some_and(|facts| facts.pruned);
        let below = |place: Place| world.reached(world.requires(place));
        let mut full = world.clone();
        full.pruned = false;
        let full = full.selected();
        let requirers = |wanted: Place| {
            loaded.iter().filter(|&&place| world.requires(place).contains(&wanted)).count()
        };
        let unpruned_roots =
            || world.roots.iter().filter(|root| world.facts.contains_key(root) && !pruned(root));
        let changed = selected.iter().any(|(path, version)| full.get(path) != Some(version));
        that_hold(&[
            ("pruned main module", world.pruned),
            ("unpruned main module", !world.pruned),
            ("cycle", loaded.iter().any(|&place| below(place).contains(&place))),
            ("several versions of a path", nodes.len() > selected.len() + 1),
            ("diamond", nodes.iter().any(|&place| requirers(place) > 1)),
            ("pruned root", world.pruned && world.roots.iter().any(pruned)),
            (
                "unpruned root under a pruned main module",
                world.pruned && unpruned_roots().count() > 0,
            ),
            (
                "pruned module below an unpruned root",
                world.pruned && unpruned_roots().any(|&root| below(root).iter().any(pruned)),
            ),
            (
                "read only because it was met unpruned",
                world.pruned
                    && world.roots.iter().filter(|root| pruned(root)).any(|&root| {
                        world
                            .requires(root)
                            .iter()
                            .any(|place| loaded.contains(place) && !world.roots.contains(place))
                    }),
            ),
            ("pruning changes the selection", changed),
            ("pruning leaves a module out", world.pruned && selected.len() < full.len()),
            ("pruning changes nothing", world.pruned && selected == full),
            (
                "prerelease selected",
                selected.iter().any(|(path, version)| {
                    *path < ORDINARY && TABLE[*path].1[*version].contains('-')
                }),
            ),
            (
                "several majors",
                [1, 2, 3].iter().filter(|path| selected.contains_key(path)).count() > 1,
            ),
            ("requires the main module", nodes.iter().any(|(path, _)| TABLE[*path].0 == MAIN)),
            ("Go version", selected.contains_key(&GO)),
            ("missing go.mod", loaded.iter().any(|place| !world.facts.contains_key(place))),
            ("ten modules", selected.len() >= 10),
            ("fewer requirements than modules", {
                let graph = world.read(&[0]);
                minimal_requirements(&graph, &graph.select(), &[]).len() < selected.len()
            }),
        ])
    });
}
