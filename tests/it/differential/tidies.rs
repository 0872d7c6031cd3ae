//! Random sequences of `mod tidy`, `mod vendor` and `mod why` over modules whose packages
//! import each other, by go and by gomod.
//!
//! To a world come what matters to a vendor folder (licences, embedded files, C, files that
//! no build uses) and, in some, packages that are broken. The go.mod and go.sum of its main
//! module are made up, or what a `go mod tidy` or `go get` leaves; requirements are dropped,
//! added, at other versions and commented otherwise, sums dropped, added and made wrong. Of
//! one to four commands everything that is printed, what is left in the main module and
//! whether they failed must be go's. `GOMOD_TIDIES` chooses the seeds; see
//! [`sequences`](super::sequences).

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::go_is_there;
use super::sequences::{Outcome, Sequences, is_lost};
use super::sides::{Case, Step};
use super::worlds::{KINDS, MAIN, Package, World, import_path, required, source};

/// The go lines of main modules, in turn; empty for none.
const MAIN_GO_LINES: [&str; 10] =
    ["1.21", "1.16", "1.25", "1.17", "1.15", "1.22", "1.20", "", "1.25", "1.16"];

/// Versions for -go and -compat, most of which mean something.
const GO_VERSIONS: [&str; 16] = [
    "1.11", "1.15", "1.16", "1.16", "1.17", "1.17", "1.18", "1.20", "1.21", "1.21.4", "1.22",
    "1.25", "1.26", "1.99.0", "go1.17", "",
];

/// Patterns of `//go:embed`; the last two match nothing or nothing that may be embedded.
const EMBEDS: [&str; 9] = [
    "data.txt",
    "assets",
    "assets/*",
    "all:assets",
    "*.txt",
    "\"data.txt\" assets/deep",
    "assets/deep/b.txt",
    "missing.txt",
    "../p.go",
];

/// Go files that cannot be read, or import what nobody may.
const BROKEN: [&str; 8] = [
    "package\n",
    "pakage p\n",
    "package p\n\nimport \"example.com/a\n",
    "package p\n\nimport \"a b\"\n",
    "package p\n\nimport _ \"./y\"\n",
    "package p\n\nimport _ \"/abs\"\n",
    "package p\n\nimport _ \"example.com/b/internal/i\"\n",
    "package p\n\nimport _ \"nodots/p\"\n",
];

type File = (String, String);

fn file(name: impl Into<String>, text: impl Into<String>) -> File {
    (name.into(), text.into())
}

/// The name that a package's first file gives it.
fn package_name(package: &Package) -> String {
    let lines = package.files.iter().flat_map(|(_, text)| text.lines());
    let mut names = lines.filter_map(|line| line.strip_prefix("package "));
    names.next().unwrap_or("p").to_owned()
}

impl World {
    /// Files that matter to `mod vendor`, and in some worlds packages that are broken.
    fn add_files(&mut self) {
        let is_broken = self.dice.percent(12);
        for index in 0..self.modules.len() {
            for place in 0..self.modules[index].packages.len() {
                let name = package_name(&self.modules[index].packages[place]);
                let mut files = self.files_beside(&name);
                if is_broken && self.dice.percent(8) {
                    let text = *self.dice.pick(&BROKEN);
                    files.push(file("broken.go", text));
                }
                let package = &mut self.modules[index].packages[place];
                package.files.extend(files);
                if is_broken && self.dice.percent(4) {
                    package.files.retain(|(name, _)| name.ends_with("_test.go"));
                }
            }
            for folder in ["", "sub/", "cmd/", "deep/"] {
                if self.dice.percent(20) {
                    let names = ["LICENSE", "LICENSE.txt", "NOTICE", "COPYING", "license"];
                    let name = *self.dice.pick(&names);
                    self.modules[index]
                        .files
                        .push(file(format!("{folder}{name}"), "As you like.\n"));
                }
            }
        }
        if self.files.iter().any(|(name, _)| name == "replaced/go.mod") {
            let more = self.files_beside("root");
            self.files
                .extend(more.into_iter().map(|(name, text)| (format!("replaced/{name}"), text)));
            self.files.push(file("replaced/LICENSE", "Mine.\n"));
        }
        if is_broken && self.dice.percent(30) {
            let text = *self.dice.pick(&BROKEN);
            self.files.push(file("p/broken.go", text));
        }
        if self.dice.percent(12) {
            self.files.extend([
                file("vendor/modules.txt", "# example.com/stale v1.0.0\n## explicit\n"),
                file("vendor/example.com/a/a.go", "package a\n"),
                file("vendor/stale", "\n"),
            ]);
        }
    }

    /// Gives every version of a module the packages that others import of it, each in one
    /// module alone: what goes wrong then is not that something is missing.
    pub fn mend(&mut self) {
        let known: BTreeSet<&str> = self.kinds.iter().map(|kind| KINDS[*kind].path).collect();
        for generated in &mut self.modules {
            let path = generated.module.0.clone();
            let is_elsewhere = |folder: &str| {
                known.iter().any(|other| {
                    let import = import_path(&path, folder);
                    *other != path
                        && other.starts_with(&format!("{path}/"))
                        && (import == *other || import.starts_with(&format!("{other}/")))
                })
            };
            generated.packages.retain(|package| !is_elsewhere(&package.folder));
            let kind = KINDS.iter().find(|kind| kind.path == path);
            for folder in kind.map_or(&[][..], |kind| kind.packages) {
                let is_there = generated.packages.iter().any(|package| package.folder == *folder);
                if !is_there && !is_elsewhere(folder) {
                    let mut package =
                        Package { folder: (*folder).to_owned(), ..Package::default() };
                    let is_program = folder.starts_with("cmd") || path.ends_with("tool");
                    let name = if is_program { "main" } else { "mended" };
                    package.files.push(file("p.go", source("", name, &[])));
                    generated.packages.push(package);
                }
            }
        }
        let is_known = |import: &str| {
            let within = |path: &&str| import == *path || import.starts_with(&format!("{path}/"));
            !import.contains('.') || import.starts_with(MAIN) || known.iter().any(within)
        };
        self.files.retain(|(_, text)| {
            let mut imports = text.split('"').skip(1).step_by(2);
            imports.all(is_known)
        });
        if let Some((_, go_mod)) = self.files.iter_mut().find(|(name, _)| name == "go.mod") {
            let is_fine = |line: &&str| line.strip_prefix("tool ").is_none_or(is_known);
            *go_mod = go_mod.lines().filter(is_fine).map(|line| format!("{line}\n")).collect();
        }
    }

    /// Files of a package beside those that import something.
    fn files_beside(&mut self, name: &str) -> Vec<File> {
        let mut files = Vec::new();
        if self.dice.percent(12) {
            let other =
                *self.dice.pick(&["c.c", "c.h", "asm_amd64.s", "x.proto", ".dot", "go.sum"]);
            files.push(file(other, "\n"));
        }
        if self.dice.percent(10) {
            let range = if self.dice.percent(6) { EMBEDS.len() } else { EMBEDS.len() - 2 };
            let pattern = EMBEDS[self.dice.below(range)];
            let text = format!("\nimport _ \"embed\"\n\n//go:embed {pattern}\nvar data string\n");
            let (place, package) = *self.dice.pick(&[
                ("embed.go", ""),
                ("embed.go", ""),
                ("embed.go", ""),
                ("embed_test.go", ""),
                ("embed_test.go", "_test"),
                ("embed_plan9.go", ""),
            ]);
            files.extend([
                file(place, format!("package {name}{package}\n{text}")),
                file("data.txt", "data\n"),
                file("assets/a.txt", "a\n"),
                file("assets/.hidden", "hidden\n"),
                file("assets/_under", "under\n"),
                file("assets/deep/b.txt", "b\n"),
            ]);
        }
        if self.dice.percent(3) {
            let text = format!("//go:build ignore\n\npackage {name}\n\n//go:embed none.txt\n");
            files.push(file("ignored.go", text));
        }
        if self.dice.percent(3) {
            files.push(file("apart.go", source("//go:build !linux", "other", &["fmt"])));
        }
        if self.dice.percent(5) {
            files.push(file("inner/inner.h", "\n"));
            files.push(file("testdata/t.txt", "\n"));
        }
        files
    }

    /// What is run before the comparison, by go alone.
    fn before(&mut self) -> Vec<Vec<String>> {
        let (path, version) = self.dice.pick(&self.modules).module.clone();
        let get = format!("get {path}@{version}");
        let commands: &[&str] = match self.dice.below(10) {
            0..4 => &[],
            4..7 => &["mod tidy -e"],
            7 => &["get ./..."],
            8 => &["get -u ./..."],
            _ => &["mod tidy -e", &get],
        };
        commands.iter().map(|command| words(command)).collect()
    }

    /// Any version of the same path.
    fn any_version(&mut self, path: &str) -> Option<String> {
        let of_path = self.modules.iter().filter(|other| other.module.0 == path);
        let versions: Vec<String> = of_path.map(|other| other.module.1.clone()).collect();
        if versions.is_empty() { None } else { Some(self.dice.pick(&versions).clone()) }
    }

    /// A go.mod that is no longer tidy, if it was.
    fn disturbed(&mut self, go_mod: &str) -> String {
        let dropped = *self.dice.pick(&[0, 0, 0, 20, 50, 100]);
        let known = required(go_mod);
        let mut text = String::new();
        for line in go_mod.lines() {
            let mut parts = line.split_whitespace();
            let (path, version) = match (parts.next(), parts.next(), parts.next()) {
                (Some("require"), Some(path), Some(version)) => (path, version),
                (Some(path), Some(version), _) if line.starts_with('\t') => (path, version),
                _ => ("", ""),
            };
            let is_required = known.iter().any(|module| module.0 == path && module.1 == version);
            if is_required && self.dice.percent(dropped) {
                continue;
            }
            let mut line = line.to_owned();
            if is_required
                && self.dice.percent(12)
                && let Some(other) = self.any_version(path)
            {
                line = line.replace(version, &other);
            }
            if is_required && self.dice.percent(8) {
                line = match line.strip_suffix(" // indirect") {
                    Some(direct) => direct.to_owned(),
                    None => line + " // indirect",
                };
            }
            text = text + &line + "\n";
        }
        let mut module = |chance: usize| {
            let (path, version) = self.dice.pick(&self.modules).module.clone();
            let other = self.any_version(&path).unwrap_or_default();
            self.dice.percent(chance).then_some((path, version, other))
        };
        if let Some((path, version, _)) = module(35) {
            let _ = writeln!(text, "\nrequire {path} {version}");
        }
        if let Some((path, version, _)) = module(12) {
            let _ = writeln!(text, "\nexclude {path} {version}");
        }
        if let Some((path, version, other)) = module(8) {
            let _ = writeln!(text, "\nreplace {path} {version} => {path} {other}");
        }
        if let Some((path, _, other)) = module(6) {
            let _ = writeln!(text, "\nreplace {path} => {path} {other}");
        }
        if let Some((path, ..)) = module(2) {
            let _ =
                writeln!(text, "\nrequire {path} {}", self.dice.pick(&["main", "v1", "v9.0.0"]));
        }
        // In which order tools are loaded, and complained of, go leaves to chance.
        if self.dice.percent(8) && !go_mod.contains("tool ") {
            let tool = *self.dice.pick(&[
                "example.com/a/cmd/at",
                "example.com/e/cmd/et",
                "other.example/tool/cmd/t",
                "example.com/main/cmd/app",
                "example.com/none/tool",
            ]);
            let _ = writeln!(text, "\ntool {tool}");
        }
        if self.dice.percent(2) {
            text.push_str("\nrequire example.com/nowhere v1.0.0\n");
        }
        text
    }

    /// A go.sum that lacks lines, has too many or wrong ones.
    fn disturbed_sums(&mut self, go_sum: &str) -> String {
        let mut lines: Vec<String> = go_sum.lines().map(str::to_owned).collect();
        match self.dice.below(30) {
            0..8 => lines.clear(),
            8..12 => lines.retain(|_| self.dice.percent(70)),
            12..15 => lines.push(format!("example.com/unused v1.0.0 h1:{}=", "A".repeat(43))),
            15 if !lines.is_empty() => {
                let index = self.dice.below(lines.len());
                let sum = lines[index].rfind(':').unwrap_or_default();
                lines[index].replace_range(sum + 1..sum + 9, "AAAAAAAA");
            }
            16 => lines.push("example.com/unused v1.0.0".to_owned()),
            _ => {}
        }
        lines.iter().map(|line| format!("{line}\n")).collect()
    }

    fn command(&mut self) -> Vec<String> {
        match self.dice.below(100) {
            0..55 => self.tidy(),
            55..75 => self.vendor(),
            _ => self.why(),
        }
    }

    fn tidy(&mut self) -> Vec<String> {
        let mut command = words("mod tidy");
        let switches = [("-e", 35), ("-v", 45), ("-diff", 15)];
        for (switch, chance) in switches {
            if self.dice.percent(chance) {
                command.push(switch.to_owned());
            }
        }
        for flag in ["-go", "-compat"] {
            if self.dice.percent(18) {
                command.push(format!("{flag}={}", self.dice.pick(&GO_VERSIONS)));
            }
        }
        if self.dice.percent(1) {
            command.push("./...".to_owned());
        }
        command
    }

    fn vendor(&mut self) -> Vec<String> {
        let mut command = words("mod vendor");
        for (words, chance) in [("-e", 45), ("-v", 35), ("-o=out/of", 10), ("./...", 1)] {
            if self.dice.percent(chance) {
                command.push(words.to_owned());
            }
        }
        command
    }

    fn why(&mut self) -> Vec<String> {
        let mut command = words("mod why");
        let of_modules = self.dice.percent(45);
        if of_modules {
            command.push("-m".to_owned());
        }
        if self.dice.percent(35) {
            command.push("-vendor".to_owned());
        }
        for _ in 0..1 + self.dice.below(4) {
            let argument = match of_modules {
                true => self.module_asked_for(),
                false => self.package_asked_for(),
            };
            command.push(argument);
        }
        command
    }

    fn module_asked_for(&mut self) -> String {
        let (path, version) = self.dice.pick(&self.modules).module.clone();
        match self.dice.below(12) {
            0..7 => path,
            7..9 => "all".to_owned(),
            9 => (*self.dice.pick(&["example.com/...", "...", "other.example/..."])).to_owned(),
            10 => self.package_asked_for(),
            _ if self.dice.percent(30) => format!("{path}@{version}"),
            _ => (*self.dice.pick(&[MAIN, "example.com/none", "std", "go", "./..."])).to_owned(),
        }
    }

    fn package_asked_for(&mut self) -> String {
        match self.dice.below(12) {
            0..4 if !self.imports.is_empty() => {
                let imports: Vec<String> = self.imports.iter().cloned().collect();
                self.dice.pick(&imports).clone()
            }
            0..7 => {
                let module = self.dice.pick(&self.modules).clone();
                match module.packages.is_empty() {
                    true => module.module.0,
                    false => {
                        let package = self.dice.pick(&module.packages);
                        import_path(&module.module.0, &package.folder)
                    }
                }
            }
            7 => (*self.dice.pick(&["fmt", "embed", "net/http", "C", "unsafe"])).to_owned(),
            8 => (*self.dice.pick(&["./...", ".", "./p", "./cmd/app", "./none"])).to_owned(),
            9 => (*self.dice.pick(&["all", "example.com/...", "other.example/..."])).to_owned(),
            10 => (*self.dice.pick(&["example.com/none/p", "nodots/p", "tool"])).to_owned(),
            _ if self.dice.percent(30) => "example.com/a@v1.0.0".to_owned(),
            _ => self.target(MAIN),
        }
    }
}

fn words(command: &str) -> Vec<String> {
    command.split_whitespace().map(str::to_owned).collect()
}

const SEQUENCES: Sequences = Sequences {
    variable: "GOMOD_TIDIES",
    seeds: 0..24,
    world,
    commands,
    set_aside: |_, _, _| false,
    came_to,
    least: LEAST,
};

fn world(seed: u64) -> (World, Vec<Vec<String>>) {
    let mut world = World::new(seed, &MAIN_GO_LINES);
    if world.dice.percent(60) {
        world.mend();
    }
    world.add_files();
    let before = world.before();
    (world, before)
}

fn commands(mut world: World, case: &mut Case) {
    if world.dice.percent(75) {
        let go_mod = world.disturbed(case.file("go.mod"));
        case.set_file("go.mod", go_mod);
    }
    let go_sum = world.disturbed_sums(case.file("go.sum"));
    if !go_sum.is_empty() {
        case.set_file("go.sum", go_sum);
    } else {
        case.files.retain(|(name, _)| name != "go.sum");
    }
    let count = 1 + world.dice.below(4);
    case.steps = (0..count).map(|_| world.command()).collect();
    // The others want a go.mod that is tidy.
    if world.dice.percent(60) {
        let command =
            *world.dice.pick(&["mod tidy", "mod tidy -e", "mod tidy -v", "mod tidy -e -v"]);
        case.steps.insert(0, words(command));
    }
}

/// What a command may come to, by what go says of it and what it leaves.
fn came_to(before: [&str; 2], step: &Step) -> BTreeSet<&'static str> {
    let seen = &step.go;
    let verb = step.arguments.get(1).map_or("", String::as_str);
    let says = |text: &str| seen.stderr.contains(text);
    let is = |other: &str| verb == other;
    let succeeds = seen.status == 0;
    let is_changed = before[0] != seen.go_mod;
    let is_resummed = before[1] != seen.go_sum;
    let vendors = is("vendor") && succeeds;
    let mut found = BTreeSet::new();
    for (what, holds) in [
        ("tidy succeeds", is("tidy") && succeeds),
        ("tidy fails", is("tidy") && !succeeds),
        ("tidy changes go.mod", is("tidy") && is_changed),
        ("tidy changes go.sum alone", is("tidy") && is_resummed && !is_changed),
        ("tidy changes nothing", is("tidy") && succeeds && !is_changed && !is_resummed),
        ("tidy adds a requirement", is("tidy") && says("go: found ")),
        ("tidy names what it removes", is("tidy") && says("unused ")),
        ("tidy goes on after errors", is("tidy") && succeeds && says(" imports")),
        ("tidy prints a difference", is("tidy") && seen.stdout.contains("diff current/go.")),
        ("tidy raises the go line", is("tidy") && go_line(before[0]) != go_line(&seen.go_mod)),
        (
            "tidy finds versions incompatible",
            is("tidy") && says("To proceed despite packages")
                || says("to upgrade to the versions selected by"),
        ),
        ("is lost", is_lost(seen)),
        ("tidy refuses a flag", is("tidy") && seen.status == 2),
        ("misses a package", says("does not contain package")),
        ("misses a module", says("cannot find module")),
        ("finds an ambiguous import", says("ambiguous import")),
        ("finds a wrong sum", says("checksum mismatch")),
        ("vendor succeeds", vendors),
        ("vendor fails", is("vendor") && !succeeds),
        ("vendors packages", vendors && seen.main.entries().len() > 10),
        ("vendors a replacement", vendors && seen.modules_txt.contains(" => ")),
        ("vendors embedded files", vendors && embeds(step)),
        ("vendors a licence", vendors && holds_file(step, "/LICENSE")),
        ("vendors nothing", is("vendor") && says("no dependencies to vendor")),
        ("cannot embed", says("resolving embeds in")),
        ("why shows a chain", is("why") && shows_chain(&seen.stdout)),
        ("why finds no need", is("why") && seen.stdout.contains("does not need")),
        ("why fails", is("why") && !succeeds),
        ("says nothing", succeeds && Outcome::of(seen).said.is_empty()),
    ] {
        if holds {
            found.insert(what);
        }
    }
    found
}

fn go_line(go_mod: &str) -> &str {
    go_mod.lines().find_map(|line| line.strip_prefix("go ")).unwrap_or_default()
}

fn holds_file(step: &Step, end: &str) -> bool {
    let mut names = step.go.main.entries().keys();
    names.any(|name| name.starts_with("vendor/") && name.ends_with(end))
}

fn embeds(step: &Step) -> bool {
    holds_file(step, "/assets/a.txt") || holds_file(step, "/assets/deep/b.txt")
}

/// Whether a stanza has a package, and another that is imported by it.
fn shows_chain(printed: &str) -> bool {
    printed.split("\n\n").any(|stanza| stanza.lines().count() > 2)
}

/// The least share of sequences, in hundredths, in which a step of go's comes to this.
const LEAST: &[(&str, usize)] = &[
    ("tidy succeeds", 50),
    ("tidy fails", 15),
    ("tidy changes go.mod", 40),
    ("tidy changes nothing", 25),
    ("tidy adds a requirement", 15),
    ("tidy goes on after errors", 5),
    ("tidy raises the go line", 8),
    ("misses a module", 4),
    ("misses a package", 4),
    ("vendor succeeds", 20),
    ("vendor fails", 4),
    ("vendors packages", 15),
    ("vendors embedded files", 4),
    ("why shows a chain", 15),
    ("why finds no need", 15),
    ("says nothing", 40),
];

#[test]
fn random_tidies_have_gos_results() {
    if go_is_there() {
        SEQUENCES.compare();
    }
}
