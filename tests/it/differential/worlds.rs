//! Modules whose packages import each other, and a main module over them, made from a seed alone.
//!
//! A world holds module versions with packages, tests, tools and build constraints, for a
//! proxy to serve, and a main module that imports some of them and has a go.mod that is made
//! up. [`gets`](super::gets) and [`tidies`](super::tidies) say what is done in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::Range;

use crate::support::fixture::{Catalogue, ModuleVersion};

use super::graphs::Dice;

/// What the module path of every main module is.
pub const MAIN: &str = "example.com/main";

/// A module as the worlds know it: what its versions and packages may be.
pub struct Kind {
    pub path: &'static str,
    pub versions: &'static [&'static str],
    /// Folders of packages; one below `cmd`, or `.` of a path that ends in `tool`, is a
    /// program.
    pub packages: &'static [&'static str],
}

const RELEASES: &[&str] = &["v1.0.0", "v1.0.1", "v1.1.0", "v1.2.0", "v1.2.1", "v1.3.0-rc.1"];
const SECOND: &[&str] = &["v2.0.0", "v2.0.1", "v2.1.0", "v2.2.0-beta.1"];
const EARLIEST: &[&str] = &["v0.1.0-alpha.1", "v0.1.0-beta.1", "v1.0.0-rc.1"];
const EARLY: &[&str] = &["v0.1.0", "v0.1.1", "v0.2.0", "v0.3.0", "v0.3.1-alpha.2"];

#[rustfmt::skip]
pub const KINDS: [Kind; 18] = [
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
pub type Module = (String, String);

/// The import path of a package of a module.
pub fn import_path(module: &str, folder: &str) -> String {
    if folder == "." { module.to_owned() } else { format!("{module}/{folder}") }
}

/// The place of a version among all of its kind, for those of one path.
pub fn rank(version: &str) -> usize {
    let of = |kind: &Kind| kind.versions.iter().position(|other| *other == version);
    KINDS.iter().find_map(of).unwrap_or_default()
}

/// The Go files of one folder.
#[derive(Clone, Debug, Default)]
pub struct Package {
    pub folder: String,
    /// Name and text.
    pub files: Vec<(String, String)>,
    /// What the files import, those of tests left out.
    pub imports: BTreeSet<String>,
    /// What the tests import too.
    pub test_imports: BTreeSet<String>,
}

/// A module version as it is made up.
#[derive(Clone, Debug)]
pub struct Generated {
    pub module: Module,
    pub has_go_mod: bool,
    pub go: &'static str,
    pub packages: Vec<Package>,
    /// Files beside those of packages, by path.
    pub files: Vec<(String, String)>,
    pub requires: BTreeMap<String, String>,
    pub indirect: BTreeMap<String, String>,
    /// Lines at the end of go.mod, and those before its module line.
    pub trailer: String,
    pub header: String,
    /// The branch `main` answers with this version.
    pub branch: bool,
}

impl Generated {
    pub fn go_mod(&self) -> String {
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
        for (name, contents) in &self.files {
            let _ = write!(text, "-- {name} --\n{contents}");
        }
        ModuleVersion::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    pub fn has(&self, import: &str) -> bool {
        let path = &self.module.0;
        self.packages.iter().any(|package| import_path(path, &package.folder) == import)
    }
}

/// The text of a Go file.
pub fn source(constraint: &str, package: &str, imports: &[&str]) -> String {
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
pub struct World {
    pub seed: u64,
    /// The kinds that occur, importers mostly before what they import.
    pub kinds: Vec<usize>,
    pub modules: Vec<Generated>,
    /// The files of the main module.
    pub files: Vec<(String, String)>,
    /// What the main module requires, as it is made up.
    pub roots: BTreeMap<String, String>,
    /// What it imports.
    pub imports: BTreeSet<String>,
    pub dice: Dice,
}

impl World {
    /// The world of a seed, whose main module has one of these go lines.
    pub fn new(seed: u64, main_go_lines: &[&str]) -> Self {
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
        let main_go = main_go_lines[seed as usize % main_go_lines.len()];
        // One that is newer raises the main module's own at the first get.
        let is_old = matches!(main_go, "" | "1.15" | "1.16" | "1.17") && world.dice.percent(50);
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
    pub fn target(&mut self, from: &str) -> String {
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
                files: Vec::new(),
                requires: BTreeMap::new(),
                indirect: BTreeMap::new(),
                trailer: String::new(),
                header: String::new(),
                branch: version == versions.last().unwrap_or(version),
            });
            before = packages;
        }
    }

    pub fn package(&mut self, kind: &Kind, folder: &str) -> Package {
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
    pub fn version_for(&mut self, import: &str, along: usize, from: &str) -> Option<Module> {
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

    pub fn find(&self, module: &Module) -> Option<&Generated> {
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
        let mut text = format!("module {MAIN}\n");
        if !go.is_empty() {
            let _ = write!(text, "\ngo {go}\n");
        }
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
    pub fn replacement(&mut self) -> String {
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

    pub fn catalogue(&self) -> Catalogue {
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
}

/// Sets a path's version where it has none or an older one.
pub fn raise(versions: &mut BTreeMap<String, String>, path: String, version: String) {
    let older = versions.get(&path).is_none_or(|old| rank(old) < rank(&version));
    if older {
        versions.insert(path, version);
    }
}

/// The module versions that the require lines of a go.mod written by go or here name.
pub fn required(go_mod: &str) -> Vec<Module> {
    let words = |line: &str| {
        let mut words = line.trim_start_matches("require ").split_whitespace();
        let (path, version) = (words.next()?, words.next()?);
        let is_requirement = version.starts_with('v') && path.contains('.');
        is_requirement.then(|| (path.to_owned(), version.to_owned()))
    };
    let of_rest = |line: &&str| line.starts_with('\t') || line.starts_with("require ");
    go_mod.lines().filter(of_rest).filter_map(words).collect()
}
