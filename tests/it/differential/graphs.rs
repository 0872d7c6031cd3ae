//! Random graphs by go and by gomod.
//!
//! A graph is made from its seed alone: module versions that a proxy serves, a main
//! module over them, and what is run there. `GOMOD_GRAPHS=17` runs the graph of one
//! seed, `GOMOD_GRAPHS=0..500` those of a range; a failure names its seed and shows the
//! graph. Packages import nothing: what gomod does not do yet for imports (loading
//! packages in `get`) is told by the fixtures, not here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng};

use crate::support::fixture::{Catalogue, ModuleVersion};

use super::allowed::{Run, check_met};
use super::go_is_there;
use super::sides::{Case, Seen, fail_on_differences, run_all};

/// The seeds of an ordinary run.
const SEEDS: Range<u64> = 0..32;

/// The go lines that modules have; empty for none.
const GO_LINES: [&str; 6] = ["", "1.11", "1.16", "1.17", "1.21", "1.24.1"];

/// Random decisions out of a seed.
#[derive(Clone, Debug)]
pub struct Dice(TestRng);

impl Dice {
    pub fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        Self(TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        self.0.next_u32() as usize % end
    }

    pub fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// A path and a version.
type Module = (String, String);

/// A module version as it is made up.
#[derive(Clone, Debug)]
struct Generated {
    module: Module,
    /// Whether it has a go.mod; without one it requires nothing.
    has_go_mod: bool,
    go: &'static str,
    requires: Vec<Module>,
    /// A branch that answers with this version.
    branch: bool,
}

impl Generated {
    fn text(&self) -> String {
        let (path, version) = &self.module;
        let mut text = format!("module {path} {version}\n");
        if self.branch {
            text.push_str("query main\n");
        }
        if self.has_go_mod {
            text.push_str("-- go.mod --\n");
            text.push_str(&go_mod(path, self.go, &self.requires, |_| false));
        }
        write!(text, "-- m.go --\npackage m\n\nconst Version = {version:?}\n").expect("a string");
        text
    }
}

/// The text of a go.mod file.
fn go_mod(path: &str, go: &str, requires: &[Module], indirect: impl Fn(usize) -> bool) -> String {
    let mut text = format!("module {path}\n");
    if !go.is_empty() {
        write!(text, "\ngo {go}\n").expect("a string");
    }
    if !requires.is_empty() {
        text.push_str("\nrequire (\n");
        for (index, (path, version)) in requires.iter().enumerate() {
            let comment = if indirect(index) { " // indirect" } else { "" };
            writeln!(text, "\t{path} {version}{comment}").expect("a string");
        }
        text.push_str(")\n");
    }
    text
}

/// Modules, a main module over them, and commands to run there.
#[derive(Clone, Debug)]
struct Graph {
    seed: u64,
    modules: Vec<Generated>,
    go: &'static str,
    roots: Vec<Module>,
    excludes: Vec<Module>,
    /// What is replaced, at one version or (empty) at all, and by what.
    replaces: Vec<(Module, Module)>,
    /// The files of the main module.
    files: Vec<(String, String)>,
    queries: Vec<String>,
}

/// Versions of a path of its kind, in no order.
fn versions(path: &str, dice: &mut Dice) -> Vec<&'static str> {
    let all: &[&str] = if path.ends_with("/v2") {
        &["v2.0.0", "v2.1.0", "v2.2.0-rc.1"]
    } else if path.ends_with("untagged") {
        &["v0.0.0-20240102030405-0123456789ab", "v0.0.0-20240203040506-abcdef012345"]
    } else if path.ends_with("incompatible") {
        &["v1.0.0", "v2.0.0+incompatible", "v3.0.0+incompatible"]
    } else {
        &["v1.0.0", "v1.0.1", "v1.1.0", "v1.2.0", "v1.3.0-rc.1"]
    };
    let mut chosen: Vec<&str> = all.iter().copied().filter(|_| dice.percent(60)).collect();
    if chosen.is_empty() {
        chosen.push(all[0]);
    }
    chosen
}

const PATHS: [&str; 15] = [
    "example.com/a",
    "example.com/a/nested",
    "example.com/a/v2",
    "example.com/b",
    "example.com/b/v2",
    "example.com/c",
    "example.com/D",
    "example.com/e",
    "example.com/f",
    "example.com/g",
    "example.com/h",
    "example.com/i",
    "example.com/incompatible",
    "example.com/untagged",
    "example.com/z",
];

impl Graph {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let density = 40 + dice.below(60);
        let paths: Vec<&str> = PATHS.into_iter().filter(|_| dice.percent(density)).collect();
        let mut all: Vec<Module> = Vec::new();
        for path in &paths {
            for version in versions(path, &mut dice) {
                all.push(((*path).to_owned(), version.to_owned()));
            }
        }
        if all.is_empty() {
            all.push((PATHS[0].to_owned(), "v1.0.0".to_owned()));
        }
        // Now and then a requirement that nothing can meet.
        let broken = dice.percent(15);
        let edges = 1 + dice.below(4);
        let modules: Vec<Generated> = all
            .iter()
            .map(|module| {
                let wanted = dice.below(edges + 1);
                let mut requires: BTreeMap<String, String> = BTreeMap::new();
                for _ in 0..wanted {
                    let (path, version) = dice.pick(&all).clone();
                    if path != module.0 {
                        requires.insert(path, version);
                    }
                }
                if broken && dice.percent(5) {
                    requires.insert("example.com/missing".to_owned(), "v1.0.0".to_owned());
                }
                Generated {
                    has_go_mod: !module.1.contains("incompatible")
                        && (module.0.ends_with("/v2") || dice.percent(92)),
                    go: GO_LINES[dice.below(GO_LINES.len())],
                    requires: requires.into_iter().collect(),
                    branch: false,
                    module: module.clone(),
                }
            })
            .collect();
        let mut graph = Self {
            seed,
            modules,
            go: GO_LINES[dice.below(GO_LINES.len())],
            roots: Vec::new(),
            excludes: Vec::new(),
            replaces: Vec::new(),
            files: Vec::new(),
            queries: Vec::new(),
        };
        for path in &paths {
            // The newest version that there is answers for the branch.
            let newest = graph.modules.iter_mut().rfind(|module| module.module.0 == *path);
            if let Some(newest) = newest {
                newest.branch = true;
            }
        }
        graph.add_main_module(&all, &mut dice);
        graph.add_queries(&all, &mut dice);
        graph
    }

    fn add_main_module(&mut self, all: &[Module], dice: &mut Dice) {
        let mut roots = BTreeMap::new();
        for _ in 0..1 + dice.below(5) {
            let (path, version) = dice.pick(all).clone();
            roots.insert(path, version);
        }
        self.roots = roots.into_iter().collect();
        let indirect: Vec<bool> = self.roots.iter().map(|_| dice.percent(30)).collect();
        let mut text = go_mod("example.com/main", self.go, &self.roots, |root| indirect[root]);
        if dice.percent(35) {
            for _ in 0..1 + dice.below(2) {
                // Often one that would be met.
                let met: Vec<Module> =
                    self.roots.iter().flat_map(|root| self.requires(root).to_vec()).collect();
                let from = if met.is_empty() || dice.percent(30) { all } else { &met };
                self.excludes.push(dice.pick(from).clone());
            }
        }
        for (path, version) in &self.excludes {
            write!(text, "\nexclude {path} {version}\n").expect("a string");
        }
        if dice.percent(40) {
            let (path, version) = dice.pick(all).clone();
            let version = if dice.percent(50) { version } else { String::new() };
            let by = match dice.below(3) {
                0 => ("./replaced".to_owned(), String::new()),
                1 => dice.pick(all).clone(),
                // Another version of the same module.
                _ => {
                    let same: Vec<&Module> = all.iter().filter(|other| other.0 == path).collect();
                    (*dice.pick(&same)).clone()
                }
            };
            write!(text, "\nreplace {path} {version} => {} {}\n", by.0, by.1).expect("a string");
            if by.1.is_empty() {
                let requires = [dice.pick(all).clone()];
                let requires = if requires[0].0 == path { &[][..] } else { &requires[..] };
                let text = go_mod(&path, GO_LINES[dice.below(GO_LINES.len())], requires, |_| false);
                self.files.push(("replaced/go.mod".to_owned(), text));
                self.files.push(("replaced/m.go".to_owned(), "package m\n".to_owned()));
            }
            self.replaces.push(((path, version), by));
        }
        self.files.push(("go.mod".to_owned(), text));
    }

    fn add_queries(&mut self, all: &[Module], dice: &mut Dice) {
        for _ in 0..3 {
            let (path, version) = dice.pick(all).clone();
            let query = match dice.below(9) {
                0 => String::new(),
                1 => "@latest".to_owned(),
                2 => "@patch".to_owned(),
                3 => "@main".to_owned(),
                4 => "@v1".to_owned(),
                5 => "@<v1.2.0".to_owned(),
                6 => "@>=v1.0.1".to_owned(),
                _ => format!("@{version}"),
            };
            self.queries.push(format!("{path}{query}"));
        }
    }

    fn catalogue(&self) -> Arc<Catalogue> {
        let mut catalogue = Catalogue::default();
        for module in &self.modules {
            let text = module.text();
            catalogue.add(ModuleVersion::parse(&text).unwrap_or_else(|e| panic!("{text}: {e}")));
        }
        Arc::new(catalogue)
    }

    /// The paths of the queries.
    fn paths(&self) -> Vec<&str> {
        let path = |query: &String| query.find('@').unwrap_or(query.len());
        self.queries.iter().map(|query| &query[..path(query)]).collect()
    }

    /// The runs over this graph: what go.mod requires and everything, then each query.
    fn cases(&self) -> Vec<Case> {
        let catalogue = self.catalogue();
        let case = |commands: &[&str]| {
            let name = format!("GOMOD_GRAPHS={}", self.seed);
            let mut case = Case::new(&name, Arc::clone(&catalogue), "", commands);
            case.files = self.files.clone();
            case
        };
        let [first, second, third] = &self.queries[..] else { panic!("three queries") };
        let several = format!("mod download -json {}", self.queries.join(" "));
        vec![
            case(&["mod download", "mod download -json all"]),
            case(&[&several]),
            case(&[&format!("get {first}"), &format!("get {second}")]),
            case(&["mod download", &format!("get {second} {third}")]),
            case(&[
                "mod download all",
                "mod graph",
                "mod graph -go=1.16",
                "list -m -json all",
                "list -m -u -json all",
                "list -m -retracted -versions -json all",
                &format!("list -m {}", self.queries.join(" ")),
                &format!("list -m -e -u {}", self.paths().join(" ")),
                "mod verify",
            ]),
            case(&["list -m all", "list -m -e all", "mod graph", "list -m -mod=mod -json all"]),
        ]
    }
}

/// What to run: the seeds that a variable of the environment names, or the ordinary.
pub fn seeds(variable: &str, ordinary: Range<u64>) -> Range<u64> {
    let Ok(text) = std::env::var(variable) else { return ordinary };
    let number = |text: &str| {
        let number = text.parse::<u64>();
        number.unwrap_or_else(|error| panic!("{variable} is N or N..M, not {text:?}: {error}"))
    };
    match text.split_once("..") {
        Some((first, end)) => number(first)..number(end),
        None => number(&text)..number(&text) + 1,
    }
}

/// Shapes of graphs, counted over the same seeds.
#[derive(Debug, Default)]
struct Shapes {
    cycle: usize,
    diamond: usize,
    pruned_over_unpruned: usize,
    raised_root: usize,
    replaced_in_use: usize,
    excluded_in_use: usize,
    no_go_mod: usize,
}

impl Graph {
    /// What a module version says that it requires.
    fn requires(&self, module: &Module) -> &[Module] {
        let found = self.modules.iter().find(|generated| generated.module == *module);
        found.filter(|generated| generated.has_go_mod).map_or(&[], |found| &found.requires)
    }

    /// Everything that the roots lead to without pruning, replacements left aside.
    fn reachable(&self) -> BTreeSet<&Module> {
        let mut reached: BTreeSet<&Module> = BTreeSet::new();
        let mut next: Vec<&Module> = self.roots.iter().collect();
        while let Some(module) = next.pop() {
            if reached.insert(module) {
                next.extend(self.requires(module));
            }
        }
        reached
    }

    fn count(&self, shapes: &mut Shapes) {
        let reached = self.reachable();
        let of_path = |from: &Module, path: &str| {
            let mut seen: BTreeSet<&Module> = BTreeSet::new();
            let mut next: Vec<&Module> = self.requires(from).iter().collect();
            while let Some(module) = next.pop() {
                if seen.insert(module) {
                    next.extend(self.requires(module));
                }
            }
            seen.iter().any(|module| module.0 == path)
        };
        let generated = |module: &Module| self.modules.iter().find(|g| g.module == *module);
        let is_pruned = |go: &str| !matches!(go, "" | "1.11" | "1.16");
        shapes.cycle += usize::from(reached.iter().any(|module| of_path(module, &module.0)));
        let requirers = |module: &Module| {
            reached.iter().filter(|other| self.requires(other).contains(module)).count()
        };
        shapes.diamond += usize::from(reached.iter().any(|module| requirers(module) > 1));
        let unpruned = |module: &Module| generated(module).is_some_and(|g| !is_pruned(g.go));
        let below_unpruned = reached.iter().any(|m| unpruned(m) && !self.requires(m).is_empty());
        let is_main_pruned = is_pruned(self.go) || self.go.is_empty();
        shapes.pruned_over_unpruned += usize::from(is_main_pruned && below_unpruned);
        let raised = self.roots.iter().any(|(path, version)| {
            reached.iter().any(|(other, newer)| other == path && newer > version)
        });
        shapes.raised_root += usize::from(raised);
        let is_replaced = |(path, version): &Module| {
            reached.iter().any(|(p, v)| p == path && (version.is_empty() || v == version))
        };
        shapes.replaced_in_use +=
            usize::from(self.replaces.iter().any(|(old, _)| is_replaced(old)));
        shapes.excluded_in_use += usize::from(self.excludes.iter().any(|m| reached.contains(m)));
        shapes.no_go_mod +=
            usize::from(reached.iter().any(|m| generated(m).is_some_and(|g| !g.has_go_mod)));
    }
}

#[test]
fn random_graphs_have_gos_results() {
    if !go_is_there() {
        return;
    }
    let graphs: Vec<Graph> = seeds("GOMOD_GRAPHS", SEEDS).map(Graph::new).collect();
    let cases: Vec<Case> = graphs.iter().flat_map(Graph::cases).collect();
    let verdicts = run_all(&cases);
    fail_on_differences(&verdicts);
    if std::env::var_os("GOMOD_GRAPHS").is_some() {
        return;
    }
    // What the runs came to, so that a generator gone lame is noticed.
    let compared: Vec<&Seen> = verdicts.iter().flat_map(|verdict| &verdict.compared).collect();
    let count = |what: &dyn Fn(&Seen) -> bool| compared.iter().filter(|seen| what(seen)).count();
    let says = |text: &'static str| move |seen: &Seen| seen.stderr.contains(text);
    let found = [
        ("compared", compared.len(), 120),
        ("refused by both", count(&|seen| seen.status != 0), 30),
        ("added", count(&says("go: added ")), 8),
        ("upgraded", count(&says("go: upgraded ")), 12),
        ("downgraded", count(&says("go: downgraded ")), 1),
        ("go line raised", count(&says("go: upgraded go ")), 5),
        ("crossed 1.17", count(&says("note: expanded dependencies")), 3),
        ("dropped", count(&says("go: dropping requirement on excluded")), 1),
        ("chain", count(&says(" requires\n\t")), 4),
    ];
    for (what, count, least) in found {
        assert!(count >= least, "{what}: only {count}, of {found:?}");
    }
    check_met(Run::Graphs, verdicts.iter().map(|verdict| &verdict.allowed));
}

#[test]
fn the_generator_reaches_the_shapes() {
    let mut shapes = Shapes::default();
    let mut lines: BTreeSet<&str> = BTreeSet::new();
    for seed in SEEDS {
        let graph = Graph::new(seed);
        assert_eq!(format!("{graph:?}"), format!("{:?}", Graph::new(seed)), "a seed is a graph");
        graph.count(&mut shapes);
        lines.insert(graph.go);
    }
    assert_eq!(lines.len(), GO_LINES.len(), "main modules of every kind: {lines:?}");
    let Shapes { cycle, diamond, pruned_over_unpruned, raised_root, .. } = shapes;
    let common = [cycle, diamond, pruned_over_unpruned, raised_root, shapes.no_go_mod];
    assert!(common.iter().all(|count| *count >= 5), "{shapes:?}");
    let rare = [shapes.replaced_in_use, shapes.excluded_in_use];
    assert!(rare.iter().all(|count| *count >= 3), "{shapes:?}");
}
