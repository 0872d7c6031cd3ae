//! Random sequences of commands in workspaces over modules whose packages import each other,
//! by go and by gomod.
//!
//! A workspace has two to eight modules over those of a world: some lie in others, import each
//! other's packages with or without a requirement, stand in for a module that the proxy serves,
//! replace things, at times other than their neighbours do, and have other go lines. Everything
//! that one to four commands print, every file that they leave and whether they failed must be
//! go's. `GOMOD_WORKS` chooses the seeds; see [`sequences`](super::sequences).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::allowed::in_workspaces;
use super::go_is_there;
use super::sequences::{Outcome, Sequences};
use super::sides::{Case, Step};
use super::worlds::{Generated, MAIN, World, import_path, raise, required, source};

/// The go lines of modules; few have none.
const GO_LINES: [&str; 9] =
    ["1.16", "1.17", "1.17", "1.18", "1.20", "1.21", "1.21.4", "1.22.0", "1.25.0"];

/// Where modules of a workspace lie, and what they are called.
const FOLDERS: [(&str, &str); 10] = [
    ("a", "example.com/main/a"),
    ("b", "example.com/main/b"),
    ("a/inner", "example.com/main/a/inner"),
    ("b/v2", "example.com/main/b/w2"),
    ("c", "work.example/c"),
    ("deep/er/d", "work.example/d"),
    ("tools", "work.example/tools"),
    ("c/testdata/e", "work.example/e"),
    ("f", "example.com/main"),
    (".", "work.example/root"),
];

/// Queries of a module path.
const QUERIES: [&str; 12] = [
    "", "", "", "@latest", "@upgrade", "@patch", "@v1", "@v1.1.0", "@v1.0.0", "@none", "@main",
    "@<v1.1.0",
];

/// A module of a workspace.
#[derive(Clone, Debug, Default)]
struct Member {
    folder: &'static str,
    path: String,
    go: &'static str,
    /// The folders of its packages.
    packages: Vec<String>,
    files: Vec<(String, String)>,
    imports: BTreeSet<String>,
    requires: BTreeMap<String, String>,
    /// Lines at the end of go.mod.
    ends: String,
}

/// The place of a file below the folder of a module.
fn below(folder: &str, name: &str) -> String {
    if folder == "." { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The way from one folder to another one, both relative to the same.
fn from_to(from: &str, to: &str) -> String {
    let up = from.split('/').filter(|part| *part != ".").map(|_| "../").collect::<String>();
    format!("./{up}{}", if to == "." { "" } else { to })
}

/// Which of two go lines is higher, none being the lowest.
fn rank_of_go(line: &str) -> (u32, u32) {
    let mut numbers = line.split('.').skip(1).map(|part| part.parse().unwrap_or_default());
    (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default())
}

impl World {
    /// The modules of a workspace in the place of the main module, and go.work.
    fn add_workspace(&mut self) {
        self.files.clear();
        let count = 2 + *self.dice.pick(&[0, 0, 1, 1, 2, 2, 3, 4, 5, 6]);
        let mut chosen: BTreeMap<usize, &(&str, &str)> = BTreeMap::new();
        while chosen.len() < count {
            let place = self.dice.below(FOLDERS.len());
            chosen.insert(self.dice.below(1000), &FOLDERS[place]);
            let mut seen = BTreeSet::new();
            chosen.retain(|_, (folder, _)| seen.insert(*folder));
        }
        let mut members: Vec<Member> = Vec::new();
        let is_modern = self.dice.percent(40);
        for (folder, path) in chosen.into_values() {
            let mut go = if self.dice.percent(3) { "" } else { *self.dice.pick(&GO_LINES) };
            if is_modern && rank_of_go(go) < (17, 0) {
                go = "1.18";
            }
            let path = (*path).to_owned();
            let mut member = Member { folder, path, go, ..Member::default() };
            let served = self.dice.pick(&self.modules).clone();
            let is_taken = members.iter().any(|other| other.path == served.module.0);
            if self.dice.percent(15) && (!is_taken || self.dice.percent(10)) {
                // It stands in for one that is served.
                member.path.clone_from(&served.module.0);
                self.take_packages(&mut member, &served);
            }
            if self.dice.percent(1)
                && let Some(other) = members.first()
            {
                member.path.clone_from(&other.path);
            }
            members.push(member);
        }
        for index in 0..members.len() {
            let mut member = std::mem::take(&mut members[index]);
            if member.packages.is_empty() {
                self.add_packages(&mut member, &members);
            }
            self.add_lines(&mut member, &members);
            members[index] = member;
        }
        self.add_replacements(&mut members);
        for member in &members {
            self.imports.extend(member.imports.iter().cloned());
            self.files.extend(member.files.iter().cloned());
            let go_mod = self.go_mod_of(member);
            self.files.push((below(member.folder, "go.mod"), go_mod));
        }
        let go_work = self.go_work(&members);
        self.files.push(("go.work".to_owned(), go_work));
        self.files.push(("outside/x".to_owned(), String::new()));
    }

    /// Gives a member the packages of a module that is served.
    fn take_packages(&mut self, member: &mut Member, served: &Generated) {
        for package in &served.packages {
            member.packages.push(package.folder.clone());
            let folder = below(member.folder, &package.folder).replace("/./", "/");
            let folder = folder.strip_suffix("/.").unwrap_or(&folder);
            for (name, text) in &package.files {
                member.files.push((below(folder, name), text.clone()));
            }
            member.imports.extend(package.imports.iter().cloned());
        }
        member.imports.retain(|import| import.contains('.'));
        if self.dice.percent(80) {
            member.requires.clone_from(&served.requires);
        }
    }

    fn add_packages(&mut self, member: &mut Member, others: &[Member]) {
        let layout: &[&str] = match self.dice.below(4) {
            0 => &["."],
            1 => &[".", "p"],
            2 => &["p", "cmd/app"],
            _ => &[".", "p", "internal/q"],
        };
        member.packages = layout.iter().map(|folder| (*folder).to_owned()).collect();
        for folder in layout {
            let mut imports: BTreeSet<String> = BTreeSet::new();
            for _ in 0..self.dice.below(4) {
                imports.insert(self.target(MAIN));
            }
            if self.dice.percent(45)
                && let Some(import) = self.package_of(others)
            {
                imports.insert(import);
            }
            if *folder == "." && layout.len() > 1 {
                imports.insert(import_path(&member.path, "p"));
            }
            let listed: Vec<&str> = imports.iter().map(String::as_str).collect();
            let name = if folder.starts_with("cmd") { "main" } else { "p" };
            let place = below(member.folder, folder).replace("/.", "");
            let file = |name: &str| below(&place, name);
            member.files.push((file("p.go"), source("", name, &listed)));
            if self.dice.percent(25) {
                let import = self.target(MAIN);
                let text = source("", &format!("{name}_test"), &[&import, "testing"]);
                member.files.push((file("p_test.go"), text));
                imports.insert(import);
            }
            if self.dice.percent(10) {
                let import = self.target(MAIN);
                let constraint = *self.dice.pick(&["//go:build tools", "//go:build windows"]);
                member.files.push((file("tools.go"), source(constraint, name, &[&import])));
                imports.insert(import);
            }
            member.imports.extend(imports);
        }
    }

    /// A package of one of these modules.
    fn package_of(&mut self, members: &[Member]) -> Option<String> {
        let known: Vec<&Member> =
            members.iter().filter(|other| !other.packages.is_empty()).collect();
        if known.is_empty() {
            return None;
        }
        let member = *self.dice.pick(&known);
        let folder = self.dice.pick(&member.packages).clone();
        let fits = !folder.starts_with("cmd") && !folder.contains("internal");
        fits.then(|| import_path(&member.path, &folder))
    }

    /// What a member requires, excludes and declares.
    fn add_lines(&mut self, member: &mut Member, others: &[Member]) {
        let along = self.dice.below(100);
        let is_bare = self.dice.percent(12);
        for import in member.imports.clone() {
            let is_of = |other: &&Member| {
                let inside = import.starts_with(&format!("{}/", other.path));
                !other.path.is_empty() && (import == other.path || inside)
            };
            if let Some(other) = others.iter().find(is_of) {
                let (path, way) = (other.path.clone(), from_to(member.folder, other.folder));
                let version = match self.dice.below(10) {
                    0..4 => continue,
                    4..8 => "v0.0.0-00010101000000-000000000000",
                    8 => "v0.0.0",
                    _ => "v1.0.0",
                };
                if path != member.path && !member.requires.contains_key(&path) {
                    if self.dice.percent(95) {
                        let _ = write!(member.ends, "\nreplace {path} => {way}\n");
                    }
                    member.requires.insert(path, version.to_owned());
                }
                continue;
            }
            if is_bare || self.dice.percent(6) || !import.contains('.') {
                continue;
            }
            if let Some((path, version)) = self.version_for(&import, along, &member.path) {
                raise(&mut member.requires, path, version);
            }
        }
        if self.dice.percent(12) {
            let (path, version) = self.dice.pick(&self.modules).module.clone();
            if path != member.path {
                raise(&mut member.requires, path, version);
            }
        }
        if self.dice.percent(8) {
            let (path, version) = self.dice.pick(&self.modules).module.clone();
            let _ = write!(member.ends, "\nexclude {path} {version}\n");
        }
        if self.dice.percent(10) {
            let tools = ["example.com/a/cmd/at", "example.com/e/cmd/et", "other.example/tool"];
            let _ = write!(member.ends, "\ntool {}\n", self.dice.pick(&tools));
        }
        if self.dice.percent(6) && rank_of_go(member.go) >= (21, 0) {
            member.ends.push_str("\ntoolchain go1.25.3\n");
        }
        if self.dice.percent(1) {
            let path = self.dice.pick(&self.modules).module.0.clone();
            if !member.requires.contains_key(&path) {
                let _ = write!(member.ends, "\nrequire {path} main\n");
            }
        }
    }

    /// What members replace: each its own, or several the same, by one thing or by two.
    fn add_replacements(&mut self, members: &mut [Member]) {
        for _ in 0..*self.dice.pick(&[0, 0, 0, 1, 1, 2, 3]) {
            let old = self.dice.pick(&self.modules).clone();
            let path = old.module.0.clone();
            let left =
                if self.dice.percent(40) { format!(" {}", old.module.1) } else { String::new() };
            let to_folder = self.dice.percent(45);
            if to_folder {
                self.add_folder("replaced", &old);
            }
            let conflicts = self.dice.percent(15);
            let by = self.version_of(&path);
            for member in members.iter_mut() {
                if !self.dice.percent(40) || member.path == path {
                    continue;
                }
                let by = if conflicts { self.version_of(&path) } else { by.clone() };
                let new = match to_folder {
                    true => from_to(member.folder, "replaced"),
                    false => format!("{path} {by}"),
                };
                if !member.ends.contains(&format!("replace {path}{left} =>")) {
                    let _ = write!(member.ends, "\nreplace {path}{left} => {new}\n");
                }
            }
        }
    }

    /// The files of a module version in a folder of their own.
    fn add_folder(&mut self, folder: &str, old: &Generated) {
        if self.files.iter().any(|(name, _)| *name == format!("{folder}/go.mod")) {
            return;
        }
        self.files.push((format!("{folder}/go.mod"), old.go_mod()));
        for package in &old.packages {
            for (name, text) in &package.files {
                let name = format!("{folder}/{}/{name}", package.folder).replace("/./", "/");
                self.files.push((name, text.clone()));
            }
        }
    }

    /// Any version of a path.
    fn version_of(&mut self, path: &str) -> String {
        let of_path = self.modules.iter().filter(|other| other.module.0 == path);
        let versions: Vec<String> = of_path.map(|other| other.module.1.clone()).collect();
        if versions.is_empty() { "v1.0.0".to_owned() } else { self.dice.pick(&versions).clone() }
    }

    fn go_mod_of(&mut self, member: &Member) -> String {
        let mut text = format!("module {}\n", member.path);
        if !member.go.is_empty() {
            let _ = write!(text, "\ngo {}\n", member.go);
        }
        if !member.requires.is_empty() {
            text.push_str("\nrequire (\n");
            for (path, version) in &member.requires {
                let comment = if self.dice.percent(15) { " // indirect" } else { "" };
                let _ = writeln!(text, "\t{path} {version}{comment}");
            }
            text.push_str(")\n");
        }
        text + &member.ends
    }

    fn go_work(&mut self, members: &[Member]) -> String {
        let highest = members.iter().map(|member| member.go).max_by_key(|go| rank_of_go(go));
        let highest = highest.unwrap_or_default();
        let go = match self.dice.below(20) {
            0..12 => "1.25.0",
            12..17 if rank_of_go(highest) >= (18, 0) => highest,
            17 => "",
            18 => *self.dice.pick(&["1.18", "1.20", "1.21", "1.22.0"]),
            _ => "1.26.0",
        };
        let mut text = match go {
            "" => String::new(),
            go => format!("go {go}\n"),
        };
        if self.dice.percent(8) {
            let toolchain = *self.dice.pick(&["go1.25.3", "go1.26.1", "go1.22.5"]);
            let _ = write!(text, "\ntoolchain {toolchain}\n");
        }
        text.push_str("\nuse (\n");
        for member in members {
            let way = from_to(".", member.folder);
            let way = if way == "./" { "." } else { &way };
            let _ = writeln!(text, "\t{way}");
        }
        if self.dice.percent(2) {
            text.push_str("\t./missing\n");
        }
        if self.dice.percent(1) {
            text.push_str("\t./a/../a\n");
        }
        text.push_str(")\n");
        if self.dice.percent(30) {
            let old = self.dice.pick(&self.modules).clone();
            let (path, version) = &old.module;
            let left = if self.dice.percent(40) { format!(" {version}") } else { String::new() };
            let new = match self.dice.percent(40) {
                true => {
                    self.add_folder("ours", &old);
                    "./ours".to_owned()
                }
                false => format!("{path} {}", self.version_of(path)),
            };
            let _ = write!(text, "\nreplace {path}{left} => {new}\n");
        }
        if self.dice.percent(2) {
            let member = self.dice.pick(members);
            let _ = write!(text, "\nreplace {} => ./ours\n", member.path);
        }
        text
    }

    /// What is run before the comparison, by go alone.
    fn before_work(&mut self) -> Vec<Vec<String>> {
        let folders = folders(&self.files);
        let mut commands: Vec<String> = Vec::new();
        if self.dice.percent(35) {
            for folder in &folders {
                if self.dice.percent(85) {
                    commands.push(format!("PWD={folder} GOWORK=off mod tidy -e"));
                }
            }
        }
        match self.dice.below(10) {
            0..2 => commands.push("work sync".to_owned()),
            2..4 => commands.push("list -m all".to_owned()),
            4 => commands.push("mod download".to_owned()),
            _ => {}
        }
        commands.iter().map(|command| words(command)).collect()
    }

    /// A go.sum or go.work.sum that lacks lines, has too many or wrong ones.
    fn disturbed_work_sums(&mut self, sums: &str) -> String {
        let mut lines: Vec<String> = sums.lines().map(str::to_owned).collect();
        match self.dice.below(40) {
            0..8 => lines.clear(),
            8..14 => lines.retain(|_| self.dice.percent(70)),
            14..16 => lines.push(format!("example.com/unused v1.0.0 h1:{}=", "A".repeat(43))),
            16 if !lines.is_empty() => {
                let index = self.dice.below(lines.len());
                let sum = lines[index].rfind(':').unwrap_or_default();
                lines[index].replace_range(sum + 1..sum + 9, "AAAAAAAA");
            }
            _ => {}
        }
        lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// Where a command is run, with what comes before its verb.
    fn place(&mut self, folders: &[String]) -> String {
        match self.dice.below(20) {
            0..9 => String::new(),
            9..16 if !folders.is_empty() => format!("PWD={} ", self.dice.pick(folders)),
            16 => "PWD=outside ".to_owned(),
            _ => String::new(),
        }
    }

    fn module_of_work(&mut self, case: &Case, folders: &[String]) -> String {
        let folder = if folders.is_empty() { "." } else { self.dice.pick(folders).as_str() };
        let go_mod = case.file(&below(folder, "go.mod")).to_owned();
        let listed = required(&go_mod);
        match self.dice.below(10) {
            0..5 if !listed.is_empty() => self.dice.pick(&listed).0.clone(),
            0..8 => self.dice.pick(&self.modules).module.0.clone(),
            8 => (*self.dice.pick(&["example.com/main/a", "work.example/c", "example.com/none"]))
                .to_owned(),
            _ => {
                let path = go_mod.lines().find_map(|line| line.strip_prefix("module "));
                path.unwrap_or("example.com/a").to_owned()
            }
        }
    }

    fn package_in_work(&mut self) -> String {
        let imports: Vec<String> = self.imports.iter().cloned().collect();
        match self.dice.below(10) {
            0..6 if !imports.is_empty() => self.dice.pick(&imports).clone(),
            6 => (*self.dice.pick(&["fmt", "./...", ".", "./p", "all", "example.com/..."]))
                .to_owned(),
            _ => self.target(MAIN),
        }
    }

    /// The next commands: most often one.
    fn commands_in_work(&mut self, case: &Case, folders: &[String]) -> Vec<String> {
        let place = self.place(folders);
        let member = match folders.is_empty() {
            true => ".".to_owned(),
            false => self.dice.pick(folders).clone(),
        };
        let path = self.module_of_work(case, folders);
        let other = self.module_of_work(case, folders);
        let query = *self.dice.pick(&QUERIES);
        let off = if self.dice.percent(6) { "GOWORK=off " } else { "" };
        let flags = match self.dice.below(50) {
            0 => "GOFLAGS=-mod=mod ",
            1 => "GOFLAGS=-mod=readonly ",
            2 => "GOFLAGS=-mod=vendor ",
            3 => "GOFLAGS=-modfile=x.mod ",
            _ => "",
        };
        let one = match self.dice.below(100) {
            0..4 => "list -m".to_owned(),
            4..16 => "list -m all".to_owned(),
            16..20 => "list -m -json all".to_owned(),
            20..23 => "list -m -u all".to_owned(),
            23..26 => format!("list -m {path}"),
            26..30 => format!("list -m {path}{query} {other}"),
            30..32 => format!("list -m -versions -retracted {path}"),
            32..34 => format!(
                "list -m {}",
                self.dice.pick(&["example.com/...", "work.example/...", "-e all", "go toolchain"])
            ),
            34..38 => "mod download".to_owned(),
            38..40 => "mod download -json".to_owned(),
            40..42 => format!("mod download {path}"),
            42..44 => format!("mod download -json {path}{query} {other}@v1.1.0"),
            44..47 => "mod graph".to_owned(),
            47..51 => format!("mod why {} {}", self.package_in_work(), self.package_in_work()),
            51..54 => format!("mod why -m {path} {other}"),
            54..56 => "mod why -m -vendor all".to_owned(),
            56..58 => "mod verify".to_owned(),
            58..68 => "work sync".to_owned(),
            68..70 => return vec!["work use -r .".to_owned()],
            70..73 => return vec![format!("work use {member}")],
            73..80 => {
                let vendor = *self.dice.pick(&["work vendor", "work vendor -v", "work vendor -e"]);
                let then = match self.dice.below(8) {
                    0 => "list -m all".to_owned(),
                    1 => "list -m".to_owned(),
                    2 => format!("list -m {path}"),
                    3 => format!("list -m -json {path} {other}"),
                    4 => "mod verify".to_owned(),
                    5 => format!("mod why {}", self.package_in_work()),
                    6 => "-mod=readonly list -m all".to_owned(),
                    _ => "mod graph".to_owned(),
                };
                let then = match then.strip_prefix("-mod=readonly ") {
                    Some(rest) => format!("{place}GOFLAGS=-mod=readonly {rest}"),
                    None => format!("{place}{then}"),
                };
                return vec![format!("{off}{vendor}"), then];
            }
            80 => "mod vendor".to_owned(),
            81..84 => return vec![format!("PWD={member} mod tidy -e")],
            84..88 => return vec![format!("PWD={member} {off}get {path}{query}")],
            88..90 => {
                return vec![format!("PWD={member} {off}get {}{query}", self.package_in_work())];
            }
            90..93 => return vec![format!("PWD={member} {off}get -u ./...")],
            93..95 => return vec![format!("PWD={member} {off}get ./...")],
            95 => {
                let go = *self.dice.pick(&["go@1.25.0", "go@1.22", "toolchain@go1.25.0"]);
                return vec![format!("PWD={member} get {go}")];
            }
            96 => return vec![format!("PWD={member} get {path}{query} {other}")],
            97 => format!("list -m -mod={} all", self.dice.pick(&["mod", "readonly", "vendor"])),
            98 => "list -m -modfile=x.mod all".to_owned(),
            _ => "mod tidy".to_owned(),
        };
        vec![format!("{place}{off}{flags}{one}")]
    }
}

/// The folders of the modules that go.work names, as it is made up.
fn folders(files: &[(String, String)]) -> Vec<String> {
    let go_work = files.iter().find(|(name, _)| name == "go.work");
    let lines = go_work.map_or("", |(_, text)| text).lines();
    let used = lines.filter_map(|line| line.strip_prefix('\t'));
    let mut found: Vec<String> =
        used.map(|used| used.strip_prefix("./").unwrap_or(used).to_owned()).collect();
    found.retain(|folder| files.iter().any(|(name, _)| *name == below(folder, "go.mod")));
    found
}

fn words(command: &str) -> Vec<String> {
    command.split_whitespace().map(str::to_owned).collect()
}

const SEQUENCES: Sequences = Sequences {
    variable: "GOMOD_WORKS",
    seeds: 0..60,
    world,
    commands,
    set_aside: in_workspaces,
    came_to,
    least: LEAST,
};

fn world(seed: u64) -> (World, Vec<Vec<String>>) {
    let mut world = World::new(seed, &["1.25", "1.25", "1.21", "1.17"]);
    if world.dice.percent(70) {
        world.mend();
    }
    world.add_workspace();
    let before = world.before_work();
    (world, before)
}

fn commands(mut world: World, case: &mut Case) {
    let folders = folders(&case.files);
    let names: Vec<String> = case.files.iter().map(|(name, _)| name.clone()).collect();
    for name in names.iter().filter(|name| name.ends_with(".sum")) {
        let text = world.disturbed_work_sums(case.file(name));
        match text.is_empty() {
            true => case.files.retain(|(other, _)| other != name),
            false => case.set_file(name, text),
        }
    }
    let mut steps: Vec<String> = Vec::new();
    for _ in 0..1 + world.dice.below(4) {
        steps.extend(world.commands_in_work(case, &folders));
    }
    case.steps = steps.iter().map(|step| words(step)).collect();
}

/// What a command may come to, by what go says of it and what it leaves.
fn came_to(_: [&str; 2], step: &Step) -> BTreeSet<&'static str> {
    let seen = &step.go;
    let verbs: Vec<&str> =
        step.arguments.iter().map(String::as_str).filter(|word| !word.contains('=')).collect();
    let is = |words: &[&str]| verbs.starts_with(words);
    let succeeds = seen.status == 0;
    let says = |text: &str| seen.stderr.contains(text);
    let mut found = BTreeSet::new();
    for (what, holds) in [
        ("list succeeds", is(&["list"]) && succeeds),
        ("list fails", is(&["list"]) && !succeeds),
        ("sync succeeds", is(&["work", "sync"]) && succeeds),
        ("sync fails", is(&["work", "sync"]) && !succeeds),
        ("vendor succeeds", is(&["work", "vendor"]) && succeeds),
        ("vendor fails", is(&["work", "vendor"]) && !succeeds),
        ("download succeeds", is(&["mod", "download"]) && succeeds),
        ("why succeeds", is(&["mod", "why"]) && succeeds),
        ("get succeeds", is(&["get"]) && succeeds),
        ("get fails", is(&["get"]) && !succeeds),
        ("leaves a go.work.sum", seen.files.contains_key("go.work.sum")),
        ("finds go.work too old", says("listed in go.work file requires go >=")),
        ("finds replacements at odds", says("conflicting replacements")),
        ("finds a path twice", says("appears multiple times in workspace")),
        ("finds a wrong sum", says("checksum mismatch")),
        ("cannot load a module", says("cannot load module")),
        ("says nothing", succeeds && Outcome::of(seen).said.is_empty()),
        ("succeeds", succeeds),
        ("fails", !succeeds),
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
    ("list succeeds", 20),
    ("sync succeeds", 8),
    ("vendor succeeds", 3),
    ("get succeeds", 4),
    ("leaves a go.work.sum", 15),
];

#[test]
fn random_workspaces_have_gos_results() {
    if go_is_there() {
        SEQUENCES.compare();
    }
}
