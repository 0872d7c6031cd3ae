//! Random sequences of `get` over modules whose packages import each other, by go and by
//! gomod.
//!
//! A world is made from its seed alone: module versions with packages, tests, tools and
//! build constraints, that a proxy serves, and a main module that imports some of them. Its
//! go.mod and go.sum are made up, or what `go mod tidy` or a `go get` leaves. Then come one
//! to four `get`, of which go.mod, go.sum, what is said and whether it failed must be go's.
//!
//! The same worlds are for `mod tidy` with its flags, whose seeds `GOMOD_TIDIES` names.
//!
//! `GOMOD_GETS=17` runs the world of one seed, `GOMOD_GETS=0..500` those of a range. With
//! `GOMOD_GETS_KEEP=DIR` each one is left below DIR to be looked at and run again by hand, and
//! `GOMOD_GETS_AGAINST=go` runs go on both sides, which shows what go itself leaves to chance.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use similar::TextDiff;

use crate::support::fixture::{Catalogue, ModuleVersion, escape};

use super::go_is_there;
use super::graphs::{Dice, seeds};
use super::sides::{self, Case, GOMOD, Seen, Step, in_gos_name, in_order, run_alone};

/// The seeds of an ordinary run.
const SEEDS: Range<u64> = 20..60;

/// How long one `get` may run. There are worlds in which that of go does not come to an end.
const LIMIT: Duration = Duration::from_secs(20);

/// The go lines of main modules, in turn.
const MAIN_GO_LINES: [&str; 4] = ["1.16", "1.17", "1.21", "1.25"];

/// What is run in a world.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Commands {
    Gets,
    /// One or two `mod tidy` instead.
    Tidies,
}

impl Commands {
    /// The variable that names seeds.
    fn variable(self) -> &'static str {
        match self {
            Self::Gets => "GOMOD_GETS",
            Self::Tidies => "GOMOD_TIDIES",
        }
    }
}

/// What the module path of every main module is.
const MAIN: &str = "example.com/main";

/// A module as the worlds know it: what its versions and packages may be.
struct Kind {
    path: &'static str,
    versions: &'static [&'static str],
    /// Folders of packages; one below `cmd`, or `.` of a path that ends in `tool`, is a
    /// program.
    packages: &'static [&'static str],
}

const RELEASES: &[&str] = &["v1.0.0", "v1.0.1", "v1.1.0", "v1.2.0", "v1.2.1", "v1.3.0-rc.1"];
const SECOND: &[&str] = &["v2.0.0", "v2.0.1", "v2.1.0", "v2.2.0-beta.1"];
const EARLIEST: &[&str] = &["v0.1.0-alpha.1", "v0.1.0-beta.1", "v1.0.0-rc.1"];
const EARLY: &[&str] = &["v0.1.0", "v0.1.1", "v0.2.0", "v0.3.0", "v0.3.1-alpha.2"];

#[rustfmt::skip]
const KINDS: [Kind; 18] = [
    Kind { path: "example.com/a", versions: RELEASES, packages: &[".", "x", "sub", "sub/p", "cmd/at"] },
    // What is below sub moves between the two.
    Kind { path: "example.com/a/sub", versions: RELEASES, packages: &[".", "p", "q"] },
    Kind { path: "example.com/a/v2", versions: SECOND, packages: &[".", "x"] },
    Kind { path: "example.com/b", versions: RELEASES, packages: &[".", "y", "internal/i"] },
    Kind { path: "example.com/b/v2", versions: SECOND, packages: &[".", "y"] },
    Kind { path: "example.com/c", versions: RELEASES, packages: &["m", "n"] },
    Kind { path: "example.com/D", versions: EARLY, packages: &[".", "k"] },
    Kind { path: "example.com/e", versions: RELEASES, packages: &[".", "cmd/et", "lib"] },
    Kind { path: "example.com/f", versions: RELEASES, packages: &["."] },
    Kind { path: "example.com/g", versions: EARLY, packages: &[".", "deep", "deep/er"] },
    Kind { path: "example.com/g/deep/er", versions: EARLY, packages: &["."] },
    Kind { path: "example.com/h", versions: EARLIEST, packages: &[".", "u"] },
    Kind { path: "example.com/incompatible", versions: &["v1.0.0", "v1.1.0", "v2.0.0+incompatible", "v3.0.0+incompatible"], packages: &["."] },
    Kind { path: "example.com/untagged", versions: &["v0.0.0-20240102030405-0123456789ab", "v0.0.0-20240203040506-abcdef012345"], packages: &[".", "w"] },
    Kind { path: "other.example/k", versions: RELEASES, packages: &[".", "z"] },
    Kind { path: "other.example/l", versions: RELEASES, packages: &[".", "o"] },
    Kind { path: "other.example/tool", versions: EARLY, packages: &[".", "cmd/t"] },
    Kind { path: "gopkg.in/y.v2", versions: SECOND, packages: &["."] },
];

/// A path and a version.
type Module = (String, String);

/// The import path of a package of a module.
fn import_path(module: &str, folder: &str) -> String {
    if folder == "." { module.to_owned() } else { format!("{module}/{folder}") }
}

/// The place of a version among all of its kind, for those of one path.
fn rank(version: &str) -> usize {
    let of = |kind: &Kind| kind.versions.iter().position(|other| *other == version);
    KINDS.iter().find_map(of).unwrap_or_default()
}

/// The Go files of one folder.
#[derive(Clone, Debug, Default)]
struct Package {
    folder: String,
    /// Name and text.
    files: Vec<(String, String)>,
    /// What the files import, those of tests left out.
    imports: BTreeSet<String>,
    /// What the tests import too.
    test_imports: BTreeSet<String>,
}

/// A module version as it is made up.
#[derive(Clone, Debug)]
struct Generated {
    module: Module,
    has_go_mod: bool,
    go: &'static str,
    packages: Vec<Package>,
    requires: BTreeMap<String, String>,
    indirect: BTreeMap<String, String>,
    /// Lines at the end of go.mod, and those before its module line.
    trailer: String,
    header: String,
    /// The branch `main` answers with this version.
    branch: bool,
}

impl Generated {
    fn go_mod(&self) -> String {
        let mut text = format!("{}module {}\n", self.header, self.module.0);
        if !self.go.is_empty() {
            let _ = write!(text, "\ngo {}\n", self.go);
        }
        let blocks = [(&self.requires, ""), (&self.indirect, " // indirect")];
        for (requires, comment) in blocks.into_iter().filter(|(requires, _)| !requires.is_empty()) {
            text.push_str("\nrequire (\n");
            for (path, version) in requires {
                let _ = writeln!(text, "\t{path} {version}{comment}");
            }
            text.push_str(")\n");
        }
        text + &self.trailer
    }

    fn module_version(&self) -> ModuleVersion {
        let (path, version) = &self.module;
        let mut text = format!("module {path} {version}\n");
        if self.branch {
            text.push_str("query main\n");
        }
        if self.has_go_mod {
            let _ = write!(text, "-- go.mod --\n{}", self.go_mod());
        }
        let _ = write!(text, "-- README --\n{path} {version}\n");
        for package in &self.packages {
            for (name, contents) in &package.files {
                let folder =
                    if package.folder == "." { "" } else { &format!("{}/", package.folder) };
                let _ = write!(text, "-- {folder}{name} --\n{contents}");
            }
        }
        ModuleVersion::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn has(&self, import: &str) -> bool {
        let path = &self.module.0;
        self.packages.iter().any(|package| import_path(path, &package.folder) == import)
    }
}

/// The text of a Go file.
fn source(constraint: &str, package: &str, imports: &[&str]) -> String {
    let mut text = String::new();
    if !constraint.is_empty() {
        let _ = write!(text, "{constraint}\n\n");
    }
    let _ = writeln!(text, "package {package}");
    match imports {
        [] => {}
        [one] => {
            let _ = write!(text, "\nimport _ {one:?}\n");
        }
        several => {
            text.push_str("\nimport (\n");
            for import in several {
                let _ = writeln!(text, "\t_ {import:?}");
            }
            text.push_str(")\n");
        }
    }
    text
}

/// Modules and a main module over them.
#[derive(Clone, Debug)]
struct World {
    seed: u64,
    /// The kinds that occur, importers mostly before what they import.
    kinds: Vec<usize>,
    modules: Vec<Generated>,
    /// The files of the main module.
    files: Vec<(String, String)>,
    /// What the main module requires, as it is made up.
    roots: BTreeMap<String, String>,
    /// What it imports.
    imports: BTreeSet<String>,
    dice: Dice,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let count = 6 + dice.below(9);
        let mut kinds: BTreeSet<usize> = BTreeSet::new();
        while kinds.len() < count {
            let kind = dice.below(KINDS.len());
            kinds.insert(kind);
            // Those that share import paths are met together more often than not.
            if let 0 | 1 = kind
                && dice.percent(60)
            {
                kinds.extend([0, 1]);
            }
        }
        let mut order: Vec<(usize, usize)> =
            kinds.into_iter().map(|kind| (dice.below(1000), kind)).collect();
        order.sort_unstable();
        let mut world = Self {
            seed,
            kinds: order.into_iter().map(|(_, kind)| kind).collect(),
            modules: Vec::new(),
            files: Vec::new(),
            roots: BTreeMap::new(),
            imports: BTreeSet::new(),
            dice,
        };
        let main_go = MAIN_GO_LINES[seed as usize % MAIN_GO_LINES.len()];
        // One that is newer raises the main module's own at the first get.
        let is_old = matches!(main_go, "1.16" | "1.17") && world.dice.percent(50);
        let go_lines: &[&str] = match is_old {
            true => &["", "1.16", "1.16", "1.17"],
            false => &["", "1.16", "1.17", "1.17", "1.21", "1.21", "1.25"],
        };
        for index in world.kinds.clone() {
            world.add_versions(&KINDS[index], go_lines);
        }
        world.add_requirements();
        world.add_remarks();
        world.add_main_module(main_go);
        world
    }

    /// A package for a module to import, one that its module may have: of a kind that comes
    /// later, as cycles of modules rarely leave a choice. Now and then one that nobody has.
    fn target(&mut self, from: &str) -> String {
        if self.dice.below(300) == 0 {
            return "example.com/none/p".to_owned();
        }
        let place = self.kinds.iter().position(|kind| KINDS[*kind].path == from);
        let later = place.map_or(0, |place| place + 1);
        let first = if self.dice.percent(4) || later == self.kinds.len() { 0 } else { later };
        let kind = &KINDS[*self.dice.pick(&self.kinds[first..])];
        import_path(kind.path, self.dice.pick::<&str>(kind.packages))
    }

    fn add_versions(&mut self, kind: &Kind, go_lines: &[&'static str]) {
        let keep = 45 + self.dice.below(50);
        let mut versions: Vec<&str> = kind.versions.to_vec();
        versions.retain(|version| {
            let is_release = kind.versions == EARLIEST || !version.contains("-");
            self.dice.percent(if is_release { keep } else { 35 })
        });
        if versions.len() < 2 {
            versions = kind.versions[..2].to_vec();
        }
        let go = *self.dice.pick(go_lines);
        // Of each package, the versions that have it.
        let mut present: Vec<Range<usize>> = Vec::new();
        for folder in kind.packages {
            let end = kind.versions.len();
            let moves = folder.starts_with("sub") || *folder == "deep/er";
            present.push(if moves && self.dice.percent(80) {
                // Gone early, to the module of that path: rarely in both of what is selected.
                0..self.dice.below(3)
            } else if self.dice.percent(6) {
                if self.dice.percent(60) {
                    0..1 + self.dice.below(end - 1)
                } else {
                    1 + self.dice.below(end - 1)..end
                }
            } else {
                0..end
            });
        }
        let mut before: Vec<Package> = Vec::new();
        for version in &versions {
            let has_go_mod = !version.ends_with("+incompatible")
                && (!RELEASES.contains(version) || self.dice.percent(96));
            let place = kind.versions.iter().position(|other| other == version).unwrap_or(0);
            let mut packages: Vec<Package> = Vec::new();
            for (folder, present) in kind.packages.iter().zip(&present) {
                if !present.contains(&place) {
                    continue;
                }
                let old = before.iter().find(|package| package.folder == *folder);
                packages.push(match old {
                    Some(old) if self.dice.percent(65) => old.clone(),
                    _ => self.package(kind, folder),
                });
            }
            self.modules.push(Generated {
                module: (kind.path.to_owned(), (*version).to_owned()),
                has_go_mod,
                go: if self.dice.percent(75) { go } else { self.dice.pick::<&str>(go_lines) },
                packages: packages.clone(),
                requires: BTreeMap::new(),
                indirect: BTreeMap::new(),
                trailer: String::new(),
                header: String::new(),
                branch: version == versions.last().unwrap_or(version),
            });
            before = packages;
        }
    }

    fn package(&mut self, kind: &Kind, folder: &str) -> Package {
        let is_program = folder.starts_with("cmd") || folder == "." && kind.path.ends_with("tool");
        let word = folder.rsplit('/').next().unwrap_or(folder);
        let name = if is_program {
            "main"
        } else if word == "." {
            "root"
        } else {
            word
        };
        let mut package = Package { folder: folder.to_owned(), ..Package::default() };
        let mut imports: BTreeSet<String> = BTreeSet::new();
        for _ in 0..*self.dice.pick(&[0, 0, 0, 1, 1, 1, 2, 3]) {
            imports.insert(self.target(kind.path));
        }
        if self.dice.percent(25) {
            imports.insert((*self.dice.pick(&["fmt", "C", "net/http", "embed"])).to_owned());
        }
        let own = import_path(kind.path, folder);
        imports.remove(&own);
        let listed: Vec<&str> = imports.iter().map(String::as_str).collect();
        package.files.push(("p.go".to_owned(), source("", name, &listed)));
        if self.dice.percent(25) {
            let import = self.target(kind.path);
            let external = if self.dice.percent(40) { "_test" } else { "" };
            let text = source("", &format!("{name}{external}"), &[&import, "testing"]);
            package.files.push(("p_test.go".to_owned(), text));
            package.test_imports.insert(import);
        }
        if self.dice.percent(18) {
            let import = self.target(kind.path);
            let (file, constraint) = *self.dice.pick(&[
                ("p_windows.go", ""),
                ("p_linux_arm64.go", ""),
                ("tagged.go", "//go:build custom"),
                ("tagged.go", "//go:build linux && !cgo || go1.50"),
                ("tagged.go", "// +build plan9,386 custom"),
                ("other.go", "// A remark.\n\n//go:build linux"),
            ]);
            package.files.push((file.to_owned(), source(constraint, name, &[&import])));
            imports.insert(import);
        }
        if self.dice.percent(8) {
            let text = source("//go:build ignore", "main", &["example.com/none/ignored"]);
            package.files.push(("generate.go".to_owned(), text));
        }
        if self.dice.percent(5) {
            let text = source("", name, &["example.com/none/hidden"]);
            package.files.push(("_hidden.go".to_owned(), text));
        }
        package.imports = imports;
        package
    }

    /// The version that a requirement on an import names: of the module's that has it most
    /// often, about as far along its versions as `along` is (in hundredths).
    fn version_for(&mut self, import: &str, along: usize, from: &str) -> Option<Module> {
        let mut providers: Vec<&Generated> = self
            .modules
            .iter()
            .filter(|generated| generated.module.0 != from && generated.has(import))
            .collect();
        let longest = providers.iter().map(|provider| provider.module.0.len()).max()?;
        if self.dice.percent(80) {
            providers.retain(|provider| provider.module.0.len() == longest);
        }
        let path = self.dice.pick(&providers).module.0.clone();
        let versions: Vec<&Generated> = match self.dice.percent(93) {
            true => providers.into_iter().filter(|other| other.module.0 == path).collect(),
            // Whatever version, one that lacks the package too.
            false => self.modules.iter().filter(|other| other.module.0 == path).collect(),
        };
        let along = (along + self.dice.below(50)).saturating_sub(25).min(99);
        let version = versions[along * versions.len() / 100].module.1.clone();
        Some((path, version))
    }

    fn add_requirements(&mut self) {
        for index in 0..self.modules.len() {
            let (path, version) = self.modules[index].module.clone();
            let kind = KINDS.iter().find(|kind| kind.path == path);
            let count = kind.map_or(1, |kind| kind.versions.len());
            let along = rank(&version) * 100 / count;
            let packages = &self.modules[index].packages;
            let imports: BTreeSet<String> = packages
                .iter()
                .flat_map(|package| package.imports.iter().chain(&package.test_imports).cloned())
                .collect();
            let mut requires = BTreeMap::new();
            for import in imports {
                if self.dice.percent(4) {
                    continue;
                }
                if let Some((path, version)) = self.version_for(&import, along, &path) {
                    raise(&mut requires, path, version);
                }
            }
            if self.dice.percent(8) {
                let (other, version) = self.dice.pick(&self.modules).module.clone();
                if other != path {
                    raise(&mut requires, other, version);
                }
            }
            self.modules[index].requires = requires;
        }
        // What a tidy go.mod of go 1.17 and later says of the rest.
        for index in 0..self.modules.len() {
            let generated = &self.modules[index];
            if matches!(generated.go, "" | "1.16") {
                continue;
            }
            let closure = self.closure(&generated.requires);
            let own = generated.module.0.clone();
            for (path, version) in closure {
                let direct = self.modules[index].requires.get(&path);
                if direct.is_some() {
                    if self.dice.percent(85) {
                        self.modules[index].requires.insert(path, version);
                    }
                } else if path != own && self.dice.percent(85) {
                    self.modules[index].indirect.insert(path, version);
                }
            }
        }
    }

    /// The highest version of each module that requirements lead to.
    fn closure(&self, requires: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut found: BTreeMap<String, String> = BTreeMap::new();
        let mut next: Vec<Module> = requires.clone().into_iter().collect();
        let mut seen: BTreeSet<Module> = BTreeSet::new();
        while let Some(module) = next.pop() {
            if !seen.insert(module.clone()) {
                continue;
            }
            if let Some(generated) = self.find(&module) {
                next.extend(generated.requires.clone());
            }
            raise(&mut found, module.0, module.1);
        }
        found
    }

    fn find(&self, module: &Module) -> Option<&Generated> {
        self.modules.iter().find(|generated| generated.module == *module && generated.has_go_mod)
    }

    /// Deprecations and retractions, which the newest version tells.
    fn add_remarks(&mut self) {
        for index in self.kinds.clone() {
            let path = KINDS[index].path;
            let of_path = |generated: &&mut Generated| generated.module.0 == path;
            let versions: Vec<String> = self
                .modules
                .iter()
                .filter(|generated| generated.module.0 == path)
                .map(|generated| generated.module.1.clone())
                .collect();
            let deprecated = self.dice.percent(22);
            let retracted = self.dice.percent(30);
            let version = self.dice.pick(&versions).clone();
            let reason = *self.dice.pick(&["", " // broken", " // two\twords"]);
            let Some(newest) = self.modules.iter_mut().rfind(of_path) else { continue };
            if deprecated {
                newest.header = "// Deprecated: use another.\n".to_owned();
            }
            if retracted && !version.ends_with("+incompatible") {
                newest.trailer = format!("\nretract {version}{reason}\n");
            }
        }
    }

    fn add_main_module(&mut self, go: &str) {
        let layout: &[&str] = match self.dice.below(4) {
            0 => &["."],
            1 => &[".", "p"],
            2 => &["p", "internal/q", "cmd/app"],
            _ => &[".", "p", "cmd/app"],
        };
        let mut ends = String::new();
        for folder in layout {
            let mut imports: BTreeSet<String> = BTreeSet::new();
            for _ in 0..self.dice.below(4) {
                imports.insert(self.target(MAIN));
            }
            self.imports.extend(imports.iter().cloned());
            if *folder == "." && layout.len() > 1 && self.dice.percent(50) {
                imports.insert(format!("{MAIN}/p"));
            }
            let listed: Vec<&str> = imports.iter().map(String::as_str).collect();
            let name = if folder.starts_with("cmd") { "main" } else { "p" };
            let place = if *folder == "." { String::new() } else { format!("{folder}/") };
            self.files.push((format!("{place}p.go"), source("", name, &listed)));
            if self.dice.percent(30) {
                let import = self.target(MAIN);
                let text = source("", &format!("{name}_test"), &[&import, "testing"]);
                self.files.push((format!("{place}p_test.go"), text));
                self.imports.insert(import);
            }
            if self.dice.percent(15) {
                let text = source("//go:build ignore", "main", &["example.com/none/ignored"]);
                self.files.push((format!("{place}generate.go"), text));
            }
            if self.dice.percent(15) {
                let import = self.target(MAIN);
                let constraint = *self.dice.pick(&["//go:build tools", "//go:build windows"]);
                self.files.push((format!("{place}tools.go"), source(constraint, name, &[&import])));
                self.imports.insert(import);
            }
        }
        if self.dice.percent(10) {
            let text = source("", "x", &["example.com/none/testdata"]);
            self.files.push(("testdata/x/x.go".to_owned(), text.clone()));
            self.files.push(("_x/x.go".to_owned(), text.clone()));
            self.files.push(("nested/x.go".to_owned(), text.clone()));
            self.files.push(("nested/go.mod".to_owned(), format!("module {MAIN}/nested\n")));
            if go == "1.25" {
                self.files.push(("skipped/x.go".to_owned(), text));
                ends.push_str("\nignore ./skipped\n");
            }
        }
        if self.dice.percent(18) {
            let tools = ["example.com/a/cmd/at", "example.com/e/cmd/et", "other.example/tool"];
            let tool = *self.dice.pick(&tools);
            let _ = write!(ends, "\ntool {tool}\n");
            self.imports.insert(tool.to_owned());
        }
        let along = self.dice.below(80);
        let is_bare = self.dice.percent(35);
        for import in self.imports.clone() {
            if is_bare || self.dice.percent(12) {
                continue;
            }
            if let Some((path, version)) = self.version_for(&import, along, MAIN) {
                raise(&mut self.roots, path, version);
            }
        }
        if self.dice.percent(15) {
            let (path, version) = self.dice.pick(&self.modules).module.clone();
            raise(&mut self.roots, path, version);
        }
        if self.dice.percent(15) {
            let (path, version) = self.dice.pick(&self.modules).module.clone();
            let _ = write!(ends, "\nexclude {path} {version}\n");
        }
        if self.dice.percent(18) {
            ends.push_str(&self.replacement());
        }
        if self.seed % 6 == 4 {
            // A package that is built on other systems alone, or with a tag.
            let imports = ["example.com/a", "example.com/e", "other.example/l"];
            let import = imports[(self.seed / 6) as usize % imports.len()];
            let (constraint, name) = match self.seed % 12 {
                4 => ("", "elsewhere/x_plan9.go"),
                _ => ("//go:build special", "elsewhere/x.go"),
            };
            self.files.push((name.to_owned(), source(constraint, "elsewhere", &[import])));
        }
        let mut text = format!("module {MAIN}\n\ngo {go}\n");
        if !self.roots.is_empty() {
            text.push_str("\nrequire (\n");
            let roots: Vec<(String, String)> = self.roots.clone().into_iter().collect();
            for (path, version) in roots {
                let comment = if self.dice.percent(15) { " // indirect" } else { "" };
                let _ = writeln!(text, "\t{path} {version}{comment}");
            }
            text.push_str(")\n");
        }
        self.files.push(("go.mod".to_owned(), text + &ends));
    }

    /// A replace line; where it names a folder, that too is among the files.
    fn replacement(&mut self) -> String {
        let old = self.dice.pick(&self.modules).clone();
        let (path, version) = &old.module;
        let left = if self.dice.percent(50) { format!(" {version}") } else { String::new() };
        if self.dice.percent(50) {
            let same: Vec<String> = self
                .modules
                .iter()
                .filter(|other| other.module.0 == *path)
                .map(|other| other.module.1.clone())
                .collect();
            let by = self.dice.pick(&same);
            return format!("\nreplace {path}{left} => {path} {by}\n");
        }
        self.files.push(("replaced/go.mod".to_owned(), old.go_mod()));
        for package in &old.packages {
            for (name, text) in &package.files {
                let name = format!("replaced/{}/{name}", package.folder).replace("/./", "/");
                self.files.push((name, text.clone()));
            }
        }
        format!("\nreplace {path}{left} => ./replaced\n")
    }

    fn catalogue(&self) -> Catalogue {
        let mut catalogue = Catalogue::default();
        for generated in &self.modules {
            catalogue.add(generated.module_version());
        }
        // The releases of go that `go@` and `toolchain@` know.
        for release in ["1.17", "1.20.3", "1.21.0", "1.21.4", "1.22.0", "1.22.5", "1.25.0"] {
            let text = format!("module golang.org/toolchain v0.0.1-go{release}.linux-amd64\n");
            let text = text + "-- go.mod --\nmodule golang.org/toolchain\n";
            catalogue.add(ModuleVersion::parse(&text).expect("a fixture"));
        }
        catalogue
    }

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

    /// The case as far as it is made up: with what go is to run before anything is compared.
    fn beginning(&mut self, commands: Commands) -> Case {
        Case {
            name: format!("{}={}", commands.variable(), self.seed),
            catalogue: Arc::new(self.catalogue()),
            files: self.files.clone(),
            steps: self.preparation(),
            limit: LIMIT,
        }
    }

    /// The case to compare, after its beginning.
    fn case(mut self, beginning: &Case, commands: Commands) -> io::Result<Case> {
        let mut case = beginning.clone();
        if let Some(last) = run_alone(beginning, "go", Path::new("go"))?.pop() {
            case.files.retain(|(name, _)| name != "go.mod");
            case.files.push(("go.mod".to_owned(), last.go_mod));
            if !last.go_sum.is_empty() {
                case.files.push(("go.sum".to_owned(), last.go_sum));
            }
        }
        let go_mod = case.files.iter().find(|(name, _)| name == "go.mod");
        let roots = required(&go_mod.map(|(_, text)| text.clone()).unwrap_or_default());
        let count = 1 + self.dice.below(4);
        case.steps = (0..count).map(|_| self.operation(&roots)).collect();
        if self.dice.percent(25) {
            let mut words = vec!["get", "./..."];
            if self.dice.percent(30) {
                words.insert(1, "-t");
            }
            case.steps[0] = words.into_iter().map(str::to_owned).collect();
        }
        if commands == Commands::Tidies {
            let count = 1 + self.dice.below(2);
            case.steps = (0..count).map(|_| self.tidy()).collect();
        }
        Ok(case)
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

    /// The arguments of one `mod tidy`.
    fn tidy(&mut self) -> Vec<String> {
        let mut words = vec!["mod".to_owned(), "tidy".to_owned()];
        for (flag, share) in [("-e", 40), ("-v", 30), ("-diff", 20)] {
            if self.dice.percent(share) {
                words.push(flag.to_owned());
            }
        }
        for (flag, share) in [("-go", 35), ("-compat", 40)] {
            if self.dice.percent(share) {
                let version =
                    *self.dice.pick(&["1.15", "1.16", "1.17", "1.18", "1.20", "1.21", "1.25"]);
                words.push(format!("{flag}={version}"));
            }
        }
        words
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

/// Sets a path's version where it has none or an older one.
fn raise(versions: &mut BTreeMap<String, String>, path: String, version: String) {
    let older = versions.get(&path).is_none_or(|old| rank(old) < rank(&version));
    if older {
        versions.insert(path, version);
    }
}

/// The module versions that the require lines of a go.mod written by go or here name.
fn required(go_mod: &str) -> Vec<Module> {
    let words = |line: &str| {
        let mut words = line.trim_start_matches("require ").split_whitespace();
        let (path, version) = (words.next()?, words.next()?);
        let is_requirement = version.starts_with('v') && path.contains('.');
        is_requirement.then(|| (path.to_owned(), version.to_owned()))
    };
    let of_rest = |line: &&str| line.starts_with('\t') || line.starts_with("require ");
    go_mod.lines().filter(of_rest).filter_map(words).collect()
}

/// What is compared of a side: whether it failed, what it said, and its two files.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    failed: bool,
    said: String,
    go_mod: String,
    go_sum: String,
}

impl Outcome {
    fn of(seen: &Seen) -> Self {
        // In the order of arrival, or of progress alone.
        // So is an empty line, which go lets follow some of what it says with -e.
        let dropped = ["go: downloading ", "go: finding ", "\n"];
        // gomod tells the reason of a status by its code, go as the server words it.
        let mut text = in_gos_name(&seen.stderr).replace("404 Fixture", "404 Not Found");
        // Behind its advice about -compat go says once more what it is about.
        const ADVICE_END: &str = "https://go.dev/ref/mod#graph-pruning\n";
        if let Some(end) = text.find(ADVICE_END) {
            text.truncate(end + ADVICE_END.len());
        }
        let lines = text.split_inclusive('\n');
        let lines = lines.filter(|line| !dropped.iter().any(|word| line.starts_with(word)));
        let (mut found, others): (Vec<&str>, Vec<&str>) =
            lines.partition(|line| line.starts_with("go: found "));
        found.sort_unstable();
        Self {
            failed: seen.status != 0,
            said: found.concat() + &others.concat() + &seen.stdout,
            go_mod: seen.go_mod.clone(),
            go_sum: seen.go_sum.clone(),
        }
    }

    /// What differs, ready to print; empty where nothing does.
    fn difference(&self, gomod: &Self) -> String {
        let mut found = String::new();
        if self.failed != gomod.failed {
            let word = |failed| if failed { "fails" } else { "succeeds" };
            let _ = writeln!(found, "go {}, gomod {}", word(self.failed), word(gomod.failed));
        }
        let texts = [
            ("stderr", &self.said, &gomod.said),
            ("go.mod", &self.go_mod, &gomod.go_mod),
            ("go.sum", &self.go_sum, &gomod.go_sum),
        ];
        for (what, theirs, ours) in texts {
            if theirs != ours {
                let diff = TextDiff::from_lines(theirs.as_str(), ours.as_str());
                found.push_str(&diff.unified_diff().header(what, "gomod's").to_string());
            }
        }
        found
    }
}

/// What a sequence came to.
struct Run {
    case: Case,
    steps: Vec<Step>,
    /// What differs, ready to print; empty where nothing does.
    report: String,
}

/// Runs the world of a seed. The error is a sequence in which go itself came to no end, which
/// nothing can be equal to.
fn run(seed: u64, commands: Commands, program: &Path) -> Result<Run, Run> {
    let failed = |case: Case, error: io::Error| match error.kind() {
        io::ErrorKind::TimedOut => {
            Run { report: format!("=== {}: {error}\n", case.name), case, steps: Vec::new() }
        }
        _ => panic!("{}={seed}: {error}", commands.variable()),
    };
    let mut world = World::new(seed);
    let beginning = world.beginning(commands);
    let case = match world.case(&beginning, commands) {
        Ok(case) => case,
        Err(error) => return Err(failed(beginning, error)),
    };
    let mut report = String::new();
    let steps = match sides::run(&case, program) {
        Ok(steps) => steps,
        Err(error) => {
            // Which of the two it was, go tells when it is alone.
            if let Err(error) = run_alone(&case, "go", Path::new("go")) {
                return Err(failed(case, error));
            }
            let _ = writeln!(report, "=== {}: {error}", case.name);
            Vec::new()
        }
    };
    for (number, step) in steps.iter().enumerate() {
        // go breaks down where -go is below 1.17 and something needs go 1.21, and ends even with
        // -e where that is so of the version of -compat.
        if step.go.stderr.contains("go: internal error: ") {
            break;
        }
        let found = Outcome::of(&step.go).difference(&Outcome::of(&step.gomod));
        if !found.is_empty() {
            let words = step.arguments.join(" ");
            let _ = writeln!(report, "=== {}, step {}: {words}\n{found}", case.name, number + 1);
            break;
        }
    }
    Ok(Run { case, steps, report })
}

impl Run {
    /// Leaves in a folder what it takes to run this again by hand: what the proxy serves
    /// (a folder for a `file:` GOPROXY), the main module, the commands, and what each side
    /// left step by step.
    fn keep(&self, folder: &Path) -> io::Result<()> {
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap_or(folder))?;
            fs::write(path, bytes)
        };
        let mut listed: BTreeSet<String> = BTreeSet::new();
        for module in self.case.catalogue.iter() {
            let place = format!("proxy/{}", escape(&module.path));
            let version = escape(&module.version);
            write(&format!("{place}/@v/{version}.info"), &module.info)?;
            write(&format!("{place}/@v/{version}.mod"), &module.go_mod)?;
            write(&format!("{place}/@v/{version}.zip"), &module.zip)?;
            for query in &module.queries {
                write(&format!("{place}/@v/{query}.info"), &module.info)?;
            }
            if listed.insert(place.clone()) {
                let served = place.strip_prefix("proxy").unwrap_or(&place);
                for name in ["@v/list", "@latest"] {
                    let answer = self.case.catalogue.answer(&format!("{served}/{name}"));
                    write(&format!("{place}/{name}"), &answer.body)?;
                }
            }
        }
        for (name, text) in &self.case.files {
            write(&format!("main/{name}"), text.as_bytes())?;
        }
        let mut commands = String::new();
        for words in &self.case.steps {
            let _ = writeln!(commands, "{}", words.join(" "));
        }
        for (number, step) in self.steps.iter().enumerate() {
            for (name, seen) in [("go", &step.go), ("gomod", &step.gomod)] {
                let place = format!("after/{}/{name}", number + 1);
                write(&format!("{place}/go.mod"), seen.go_mod.as_bytes())?;
                write(&format!("{place}/go.sum"), seen.go_sum.as_bytes())?;
                let said = format!("{}exit status {}\n", seen.stderr, seen.status);
                write(&format!("{place}/stderr"), said.as_bytes())?;
            }
        }
        write("commands", commands.as_bytes())?;
        write("report", self.report.as_bytes())
    }
}

/// Runs the worlds of these seeds: the sequences, and those in which go comes to no end.
fn run_all(seeds: &[u64], commands: Commands, program: &str) -> (Vec<Run>, Vec<Run>) {
    let (mut runs, mut hanging) = (Vec::new(), Vec::new());
    for run in in_order(seeds, |seed| run(*seed, commands, Path::new(program))) {
        match run {
            Ok(run) => runs.push(run),
            Err(run) => hanging.push(run),
        }
    }
    (runs, hanging)
}

/// Fails where anything differs. Leaves all of them to be looked at where that is asked for.
fn judge(runs: &[Run], hanging: &[Run]) {
    if let Some(folder) = std::env::var_os("GOMOD_GETS_KEEP") {
        for run in runs.iter().chain(hanging) {
            let (_, seed) = run.case.name.split_once('=').unwrap_or_default();
            let folder = Path::new(&folder).join(seed);
            run.keep(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        }
    }
    let differing: Vec<&Run> = runs.iter().filter(|run| !run.report.is_empty()).collect();
    let shown: String = differing.iter().take(10).map(|run| run.report.as_str()).collect();
    let names: Vec<&str> = differing.iter().map(|run| run.case.name.as_str()).collect();
    let of_all = format!("{} of {} sequences differ", names.len(), runs.len());
    assert!(names.is_empty(), "{shown}\n{of_all}: {}", names.join(" "));
}

/// What a `get` may come to, by what go says of it.
fn came_to(seen: &Seen) -> BTreeSet<&'static str> {
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
const LEAST: [(&str, usize); 11] = [
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

#[test]
fn random_gets_have_gos_results() {
    if !go_is_there() {
        return;
    }
    let program = std::env::var("GOMOD_GETS_AGAINST").unwrap_or(GOMOD.to_owned());
    let seeds: Vec<u64> = seeds("GOMOD_GETS", SEEDS).collect();
    let (runs, hanging) = run_all(&seeds, Commands::Gets, &program);

    let mut sequences: BTreeMap<&str, usize> = BTreeMap::new();
    let mut operations: BTreeMap<&str, usize> = BTreeMap::new();
    let mut count = 0;
    for run in &runs {
        let steps: Vec<BTreeSet<&str>> = run.steps.iter().map(|step| came_to(&step.go)).collect();
        count += steps.len();
        for what in steps.iter().flatten() {
            *operations.entry(what).or_default() += 1;
        }
        for what in steps.into_iter().flatten().collect::<BTreeSet<&str>>() {
            *sequences.entry(what).or_default() += 1;
        }
    }
    let mut shares = format!(
        "{} sequences of {count} gets, and {} in which go comes to no end; go, in % of each:\n",
        runs.len(),
        hanging.len()
    );
    for (what, number) in &sequences {
        let of_gets = operations[what] * 100 / count;
        let _ = writeln!(shares, "  {what}: {} and {of_gets}", number * 100 / runs.len());
    }
    shares.extend(hanging.iter().map(|run| run.report.as_str()));
    // Past the capture of the test harness: the figures matter where all is well, too.
    let _ = io::stderr().write_all(shares.as_bytes());

    judge(&runs, &hanging);

    if runs.len() < SEEDS.count() {
        return;
    }
    assert!(hanging.len() * 50 <= runs.len(), "too many worlds are none to go: {shares}");
    for (what, least) in LEAST {
        let number = sequences.get(what).copied().unwrap_or_default();
        assert!(number * 100 >= runs.len() * least, "go {what} too rarely: {shares}");
    }
}

/// The seeds of an ordinary run of `mod tidy`.
const TIDY_SEEDS: Range<u64> = 20..60;

#[test]
fn random_tidies_have_gos_results() {
    if !go_is_there() {
        return;
    }
    let program = std::env::var("GOMOD_GETS_AGAINST").unwrap_or(GOMOD.to_owned());
    let seeds: Vec<u64> = seeds(Commands::Tidies.variable(), TIDY_SEEDS).collect();
    let (runs, hanging) = run_all(&seeds, Commands::Tidies, &program);
    judge(&runs, &hanging);
    if runs.len() < TIDY_SEEDS.count() / 2 {
        return;
    }
    let steps = || runs.iter().flat_map(|run| &run.steps).map(|step| &step.go);
    let (count, done) = (steps().count(), steps().filter(|seen| seen.status == 0).count());
    assert!(done * 3 > count && done * 10 < count * 9, "{done} of {count} succeed");
    let went: usize = steps().filter(|seen| seen.stderr.contains("ambiguous import")).count();
    assert!(went * 20 > count, "{went} of {count} meet an ambiguous import");
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
        let mut world = World::new(seed);
        let mut case = world.beginning(Commands::Gets);
        let failed = |error: io::Error| -> Vec<Seen> { panic!("{seed}: {error}") };
        if case.steps.is_empty() {
            case =
                world.case(&case, Commands::Gets).unwrap_or_else(|error| panic!("{seed}: {error}"));
        } else {
            // go comes to no end in the last step that makes the main module.
            let endless = case.steps.split_off(case.steps.len() - 1);
            let seen = run_alone(&case, "go", Path::new("go")).unwrap_or_else(failed);
            if let Some(Seen { go_mod, go_sum, .. }) = seen.into_iter().next_back() {
                case.files.retain(|(name, _)| !matches!(name.as_str(), "go.mod" | "go.sum"));
                case.files.extend([("go.mod".to_owned(), go_mod), ("go.sum".to_owned(), go_sum)]);
            }
            case.steps = endless;
        }
        let seen = run_alone(&case, "gomod", Path::new(GOMOD)).unwrap_or_else(failed);
        assert_eq!(seen[0].status, i32::from(!says.is_empty()), "{seed}: {seen:?}");
        assert!(seen[0].stderr.contains(says), "{seed}: {seen:?}");
    }
}
