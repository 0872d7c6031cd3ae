//! Random sequences of `get` over modules whose packages import each other, by go and by
//! gomod.
//!
//! The go.mod and go.sum of a world's main module are made up, or what `go mod tidy` or a
//! `go get` leaves. Then come one to four `get`, of which go.mod, go.sum, what is said and
//! whether it failed must be go's. `GOMOD_GETS` chooses the seeds; see
//! [`sequences`](super::sequences).

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use super::go_is_there;
use super::sequences::{Outcome, Sequences};
use super::sides::{Case, GOMOD, Seen, Step, run_alone};
use super::worlds::{MAIN, Module, World, rank, required};

/// The go lines of main modules, in turn.
const MAIN_GO_LINES: [&str; 4] = ["1.16", "1.17", "1.21", "1.25"];

impl World {
    /// What is run before the comparison, by go alone.
    fn preparation(&mut self) -> Vec<Vec<String>> {
        let all = ["./...".to_owned()];
        let get = |arguments: &[String]| {
            let mut words = vec!["get".to_owned()];
            words.extend_from_slice(arguments);
            words
        };
        let tidy = vec!["mod".to_owned(), "tidy".to_owned(), "-e".to_owned()];
        match self.dice.below(10) {
            0..5 => Vec::new(),
            5..7 => vec![tidy],
            7 => vec![get(&all)],
            8 => vec![get(&["-u".to_owned(), all[0].clone()])],
            _ => {
                let (path, version) = self.dice.pick(&self.modules).module.clone();
                vec![tidy, get(&[format!("{path}@{version}")])]
            }
        }
    }

    /// A version below or above this one of the same path, if there is one.
    fn other_version(
        &mut self,
        module: &Module,
        is_wanted: impl Fn(usize, usize) -> bool,
    ) -> Option<String> {
        let versions: Vec<String> = self
            .modules
            .iter()
            .filter(|other| other.module.0 == module.0)
            .map(|other| other.module.1.clone())
            .filter(|version| is_wanted(rank(version), rank(&module.1)))
            .collect();
        if versions.is_empty() { None } else { Some(self.dice.pick(&versions).clone()) }
    }

    /// A path to ask for: of a module or a package, more often one that the main module uses.
    fn path(&mut self, roots: &[Module]) -> String {
        match self.dice.below(10) {
            0..2 if !roots.is_empty() => self.dice.pick(roots).0.clone(),
            0..4 if !self.imports.is_empty() => {
                let imports: Vec<String> = self.imports.iter().cloned().collect();
                self.dice.pick(&imports).clone()
            }
            4..8 => self.target(MAIN),
            _ => self.dice.pick(&self.modules).module.0.clone(),
        }
    }

    /// One argument that names a path.
    fn argument(&mut self, roots: &[Module]) -> String {
        let path = self.path(roots);
        let in_second = path.contains("/v2") || path.contains(".v2");
        let in_early = path.contains("/D") || path.contains("/g") || path.ends_with("/tool");
        let (major, minor, middle) = match (in_second, in_early) {
            (true, _) => ("v2", "v2.0", "v2.1.0"),
            (_, true) => ("v0", "v0.1", "v0.2.0"),
            _ => ("v1", "v1.0", "v1.1.0"),
        };
        let query = match self.dice.below(22) {
            0..4 => String::new(),
            4..6 => "@latest".to_owned(),
            6 => "@upgrade".to_owned(),
            7 | 8 => "@patch".to_owned(),
            9 => format!("@{major}"),
            10 => format!("@{minor}"),
            11 | 12 => format!("@<{middle}"),
            13 => format!("@>={middle}"),
            14 => format!("@<={middle}"),
            15 => "@main".to_owned(),
            16 => "@none".to_owned(),
            17 => format!("@>{minor}.0"),
            _ => {
                let of_path: Vec<String> = self
                    .modules
                    .iter()
                    .filter(|other| path.starts_with(&other.module.0))
                    .map(|other| other.module.1.clone())
                    .collect();
                let version = if of_path.is_empty() { "v1.0.0" } else { self.dice.pick(&of_path) };
                format!("@{version}")
            }
        };
        format!("{path}{query}")
    }

    fn pattern(&mut self) -> String {
        let pattern = *self.dice.pick(&[
            "./...",
            "./...",
            ".",
            "all",
            "example.com/a/...",
            "example.com/...",
            "...",
            "./p",
            "example.com/b...",
            "other.example/...",
            "tool",
            "example.com/g/...",
        ]);
        let query = if pattern.starts_with('.') || matches!(pattern, "tool" | "all") {
            *self.dice.pick(&["", "", "", "", "", "@upgrade", "@patch"])
        } else {
            *self.dice.pick(&["", "@latest", "@upgrade", "@patch", "@v1.1.0", "@none"])
        };
        format!("{pattern}{query}")
    }

    /// Two arguments that are at odds: a module version, and less than it requires.
    fn conflict(&mut self) -> Vec<String> {
        for _ in 0..20 {
            let generated = self.dice.pick(&self.modules).clone();
            let requires: Vec<Module> =
                generated.requires.iter().chain(&generated.indirect).map(owned).collect();
            if requires.is_empty() || !generated.has_go_mod {
                continue;
            }
            let wanted = self.dice.pick(&requires).clone();
            let lower = match self.dice.percent(20) {
                true => Some("none".to_owned()),
                false => self.other_version(&wanted, |other, own| other < own),
            };
            if let Some(lower) = lower {
                let (path, version) = &generated.module;
                return vec![format!("{path}@{version}"), format!("{}@{lower}", wanted.0)];
            }
        }
        let (path, version) = self.dice.pick(&self.modules).module.clone();
        let other = self.other_version(&(path.clone(), version.clone()), |other, own| other != own);
        vec![format!("{path}@{version}"), format!("{path}@{}", other.unwrap_or_default())]
    }

    /// The arguments of one `get`, over what the main module requires.
    fn operation(&mut self, roots: &[Module]) -> Vec<String> {
        let mut words = vec!["get".to_owned()];
        let mut push = |all: &[&str]| words.extend(all.iter().map(|word| (*word).to_owned()));
        match self.dice.below(100) {
            0..24 => words.push(self.argument(roots)),
            24..32 => {
                for _ in 0..2 + self.dice.below(2) {
                    words.push(self.argument(roots));
                }
            }
            // Back to an older version of what is there.
            32..46 if !roots.is_empty() => {
                let module = self.dice.pick(roots).clone();
                let lower = self.other_version(&module, |other, own| other < own);
                words.push(format!("{}@{}", module.0, lower.unwrap_or("none".to_owned())));
            }
            46..51 if !roots.is_empty() => {
                let path = self.dice.pick(roots).0.clone();
                words.push(format!("{path}@none"));
            }
            51..65 => {
                push(&[*self.dice.pick(&["-u", "-u", "-u=patch"])]);
                if self.dice.percent(25) {
                    push(&["-t"]);
                }
                match self.dice.below(6) {
                    0 => push(&["all"]),
                    1 => push(&["tool"]),
                    2 => words.push(self.argument(roots)),
                    3 => words.push(self.pattern()),
                    _ => push(&["./..."]),
                }
            }
            65..69 => {
                push(&["-t"]);
                let word =
                    if self.dice.percent(50) { self.argument(roots) } else { self.pattern() };
                words.push(word);
            }
            69..75 => words.extend(self.conflict()),
            75..77 => {
                let generated = self.dice.pick(&self.modules).module.clone();
                let other = self.other_version(&generated, |other, own| other != own);
                let (path, version) = generated;
                words.push(format!("{path}@{version}"));
                words.push(format!("{path}@{}", other.unwrap_or("none".to_owned())));
            }
            77..83 => {
                push(&["-tool"]);
                let tool = *self.dice.pick(&[
                    "example.com/a/cmd/at",
                    "example.com/e/cmd/et",
                    "other.example/tool",
                    "other.example/tool/...",
                    "example.com/e/...",
                    "./cmd/app",
                ]);
                let query = *self.dice.pick(&["", "", "@latest", "@none", "@v1.1.0"]);
                words.push(format!("{tool}{query}"));
            }
            83..90 => words.push(self.pattern()),
            90..95 => {
                push(&[*self.dice.pick(&[
                    "go@1.22",
                    "go@1.21.4",
                    "go@1.17",
                    "go@1.25.0",
                    "go@none",
                    "go@latest",
                    "go",
                    "go@patch",
                    "toolchain@none",
                    "toolchain@go1.25.0",
                    "toolchain@go1.22.5",
                    "toolchain",
                    "toolchain@patch",
                    "go@1.16",
                ])]);
                if self.dice.percent(30) {
                    words.push(self.argument(roots));
                }
            }
            95..97 => {
                words.push(self.argument(roots));
                words.push(self.pattern());
            }
            _ => {}
        }
        words
    }
}

fn owned((path, version): (&String, &String)) -> Module {
    (path.clone(), version.clone())
}

/// What a `get` may come to, by what go says of it.
fn came_to(_: [&str; 2], Step { go: seen, .. }: &Step) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    let line = |begin: &str, not: &[&str]| {
        let mut lines = seen.stderr.lines().filter_map(|line| line.strip_prefix(begin));
        lines.any(|rest| !not.iter().any(|word| rest.starts_with(word)))
    };
    let go_itself = ["go ", "toolchain "];
    let says = |text: &str| seen.stderr.contains(text);
    let conflict = says(") conflicts with ")
        || says(" conflicts with ")
        || says("version constraints conflict")
        || says(", not ") && says(" requires ");
    for (what, holds) in [
        ("succeeds", seen.status == 0),
        ("fails", seen.status != 0),
        ("adds", line("go: added ", &go_itself)),
        ("upgrades", line("go: upgraded ", &go_itself)),
        ("downgrades", line("go: downgraded ", &go_itself)),
        ("removes", line("go: removed ", &go_itself)),
        ("reports a conflict", conflict),
        ("raises the go line", says("go: upgraded go ")),
        ("crosses 1.17", says("note: expanded dependencies")),
        ("warns of a deprecation", says(" is deprecated: ")),
        ("warns of a retraction", says("retracted by module author")),
        ("finds an ambiguous import", says("ambiguous import")),
        ("misses a package", says("does not contain package")),
        ("says nothing", seen.status == 0 && Outcome::of(seen).said.is_empty()),
    ] {
        if holds {
            found.insert(what);
        }
    }
    found
}

/// The least share of sequences, in hundredths, in which a step of go's comes to this.
const LEAST: &[(&str, usize)] = &[
    ("succeeds", 60),
    ("fails", 25),
    ("adds", 15),
    ("upgrades", 20),
    ("downgrades", 12),
    ("removes", 10),
    ("reports a conflict", 15),
    ("raises the go line", 8),
    ("crosses 1.17", 2),
    ("warns of a deprecation", 8),
    ("warns of a retraction", 5),
];

const SEQUENCES: Sequences = Sequences {
    variable: "GOMOD_GETS",
    seeds: 20..60,
    world,
    commands,
    set_aside: |_, _, _| false,
    came_to,
    least: LEAST,
};

fn world(seed: u64) -> (World, Vec<Vec<String>>) {
    let mut world = World::new(seed, &MAIN_GO_LINES);
    let preparation = world.preparation();
    (world, preparation)
}

fn commands(mut world: World, case: &mut Case) {
    let roots = required(case.file("go.mod"));
    let count = 1 + world.dice.below(4);
    case.steps = (0..count).map(|_| world.operation(&roots)).collect();
    if world.dice.percent(25) {
        let mut words = vec!["get", "./..."];
        if world.dice.percent(30) {
            words.insert(1, "-t");
        }
        case.steps[0] = words.into_iter().map(str::to_owned).collect();
    }
}

#[test]
fn random_gets_have_gos_results() {
    if go_is_there() {
        SEQUENCES.compare();
    }
}

/// Worlds in which go comes to no end, and what gomod says of them; nothing where it succeeds.
const ENDLESS: [(u64, &str); 2] =
    [(11, "the versions that imports ask for take turns: example.com/a/v2@v2.0.1"), (135, "")];

#[test]
fn gomod_comes_to_an_end_where_go_does_not() {
    if !go_is_there() {
        return;
    }
    for (seed, says) in ENDLESS {
        let (world, mut case) = SEQUENCES.beginning(seed);
        let failed = |error: io::Error| -> Vec<Seen> { panic!("{seed}: {error}") };
        if case.steps.is_empty() {
            case = SEQUENCES.case(world, &case).unwrap_or_else(|error| panic!("{seed}: {error}"));
        } else {
            // go comes to no end in the last step that makes the main module.
            let endless = case.steps.split_off(case.steps.len() - 1);
            let seen = run_alone(&case, "go", Path::new("go")).unwrap_or_else(failed);
            if let Some(Seen { go_mod, go_sum, .. }) = seen.into_iter().next_back() {
                case.set_file("go.mod", go_mod);
                case.set_file("go.sum", go_sum);
            }
            case.steps = endless;
        }
        let seen = run_alone(&case, "gomod", Path::new(GOMOD)).unwrap_or_else(failed);
        assert_eq!(seen[0].status, i32::from(!says.is_empty()), "{seed}: {seen:?}");
        assert!(seen[0].stderr.contains(says), "{seed}: {seen:?}");
    }
}
