//! `cache prune` and `cache remove` beside a `gomod download` and a `go build` on one cache:
//! none of them fails, what is removed is gone whole, and a later download makes the same tree.
//!
//! `GOMOD_CACHE_ROUNDS` says how often each is tried.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;

use crate::differential::go_is_there;
use crate::support::fixture::{Catalogue, ModuleVersion};
use crate::support::program::{Program, Room};
use crate::support::proxy::Proxy;
use crate::support::sumdb::Database;
use crate::support::tree::{self, Tree};

/// Far above what a run needs.
const LIMIT: Duration = Duration::from_secs(120);
/// How many modules nobody uses, and how many the main module does.
const MODULES: usize = 40;
const GOMOD: &str = env!("CARGO_BIN_EXE_gomod");

fn rounds() -> usize {
    let rounds = std::env::var("GOMOD_CACHE_ROUNDS");
    rounds.map_or(3, |rounds| rounds.parse().expect("GOMOD_CACHE_ROUNDS is a number"))
}

struct Bench {
    room: Room,
    proxy: Proxy,
    /// The cache with every module.
    whole: Tree,
}

/// Versions that the main module does not use, and those that it does, of the same paths and
/// below the same folders.
fn old(n: usize) -> String {
    format!("example.com/group{}/m{n}@v1.0.0", n % 5)
}

fn used(n: usize) -> String {
    format!("example.com/group{}/m{n}@v1.1.0", n % 5)
}

impl Bench {
    fn new() -> Self {
        let mut catalogue = Catalogue::default();
        let (mut go_mod, mut main) =
            ("module example.com/main\n\ngo 1.21\n\n".to_owned(), String::new());
        for n in 0..MODULES {
            for version in [old(n), used(n)] {
                let (path, version) = version.split_once('@').unwrap();
                let files: String = (0..12)
                    .map(|f| format!("-- f{f}.go --\npackage m\n\nconst F{f} = {f}\n"))
                    .collect();
                let text = format!(
                    "module {path} {version}\n-- go.mod --\nmodule {path}\n\ngo 1.21\n{files}"
                );
                catalogue.add(ModuleVersion::parse(&text).unwrap());
            }
            let used = used(n);
            let (path, version) = used.split_once('@').unwrap();
            go_mod.push_str(&format!("require {path} {version}\n"));
            main.push_str(&format!("import _ \"{path}\"\n"));
        }
        let proxy = Proxy::start(Arc::new(catalogue)).unwrap();
        let room = Room::new("gomod-cache-").unwrap();
        tree::without_telemetry(room.path()).unwrap();
        let folder = room.path().join("main");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("go.mod"), go_mod).unwrap();
        fs::write(folder.join("main.go"), format!("package main\n\n{main}\nfunc main() {{}}\n"))
            .unwrap();
        let mut bench = Self { room, proxy, whole: Tree::default() };
        bench.download_all();
        bench.whole = bench.tree();
        assert!(bench.whole.entries().len() > MODULES * 2 * 14);
        bench
    }

    fn cache(&self) -> PathBuf {
        self.room.path().join("cache")
    }

    /// Without what the checksum database's client keeps, and without folders on the way to
    /// modules, which stay.
    fn tree(&self) -> Tree {
        Tree::read(&self.cache()).unwrap().without(|name| {
            let is_list = name.ends_with("/@v/list");
            let is_on_the_way = !is_list
                && fs::metadata(self.cache().join(name)).is_ok_and(|m| m.is_dir())
                && !name.contains("@v1.");
            name.starts_with("cache/download/sumdb") || is_on_the_way
        })
    }

    fn command(&self, program: &str, arguments: &[String]) -> Command {
        let home = self.room.path();
        let mut command = Command::new(program);
        command.args(arguments).current_dir(home.join("main")).env_clear();
        command
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home)
            .env("TMPDIR", home)
            .env("GOPATH", home.join("gopath"))
            .env("GOMODCACHE", self.cache())
            .env("GOCACHE", concat!(env!("CARGO_TARGET_TMPDIR"), "/gocache"))
            .env("GOPROXY", self.proxy.url())
            .env("GOSUMDB", Database::verifier_key())
            .envs([
                ("GOENV", "off"),
                ("GOFLAGS", "-mod=mod"),
                ("GOTOOLCHAIN", "local"),
                ("LC_ALL", "C"),
            ]);
        command
    }

    fn start(&self, program: &str, arguments: &[&str]) -> Program {
        let arguments: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
        Program::start(self.command(program, &arguments)).unwrap()
    }

    fn download_all(&self) {
        let modules = (0..MODULES).flat_map(|n| [old(n), used(n)]);
        let arguments: Vec<String> = ["download".to_owned()].into_iter().chain(modules).collect();
        finish("download of all", Program::start(self.command(GOMOD, &arguments)).unwrap());
    }

    /// A cache in which some modules have not been used for long, and the others are not there:
    /// they are being downloaded while the first are removed.
    fn prepare(&self) {
        self.download_all();
        tree::age(&self.cache(), 60).unwrap();
        let used: Vec<String> = (0..MODULES).map(used).collect();
        let mut arguments = ["cache", "remove", "-force"].map(str::to_owned).to_vec();
        arguments.extend(used);
        finish("arranging", Program::start(self.command(GOMOD, &arguments)).unwrap());
        for n in 0..MODULES {
            assert!(
                self.cache().join(old(n)).exists() && !self.cache().join(self::used(n)).exists()
            );
        }
    }

    /// Nothing is left of what nobody uses, and everything else is there.
    fn judge(&self, round: usize) {
        let found = self.tree();
        let is_old = |name: &str| {
            name.contains("@v1.0.0") || name.contains("/@v/v1.0.0.") || name.contains(".tmp")
        };
        let left: Vec<&String> = found.entries().keys().filter(|name| is_old(name)).collect();
        assert!(left.is_empty(), "round {round}: {left:?}");
        let wanted = self.whole.clone().without(|name| is_old(name) || name.ends_with("/@v/list"));
        let difference = wanted.diff(&found.without(|name| name.ends_with("/@v/list")));
        assert!(difference.is_empty(), "round {round}:\n{difference}");
        for n in 0..MODULES {
            let list = format!("cache/download/example.com/group{}/m{n}/@v/list", n % 5);
            let list = fs::read_to_string(self.cache().join(&list)).unwrap();
            assert_eq!(list, "v1.1.0\n", "round {round}: m{n}");
        }
        self.download_all();
        let difference = self.whole.diff(&self.tree());
        assert!(difference.is_empty(), "round {round}, after another download:\n{difference}");
    }
}

fn finish(what: &str, program: Program) -> Output {
    let output = program.finish(LIMIT).unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what}: {:?} {text}", output.status);
    output
}

/// How many modules a run says that it has removed.
fn removed(output: &Output) -> usize {
    let text = String::from_utf8_lossy(&output.stderr);
    let number = text.split("gomod: removed ").nth(1).and_then(|rest| rest.split(' ').next());
    number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{text}"))
}

/// Removes what nobody uses while a program fetches and uses the rest, in two runs at once
/// that may meet, one of which is told names.
fn beside(program: &str, arguments: &[&str]) {
    let bench = Bench::new();
    let named: Vec<String> = (0..MODULES / 2).map(old).collect();
    let mut total = 0;
    for round in 0..rounds() {
        bench.prepare();
        let running = bench.start(program, arguments);
        // At another moment of its work each time.
        std::thread::sleep(Duration::from_millis(round as u64 * 7 % 120));
        let words = ["cache", "remove"].into_iter().chain(named.iter().map(String::as_str));
        let remove = bench.start(GOMOD, &words.collect::<Vec<_>>());
        let remove = finish("remove", remove);
        let prune = bench.start(GOMOD, &["cache", "prune", "-unused-for", "30d"]);
        let prune = finish("prune", prune);
        finish(program, running);
        assert_eq!((removed(&remove), removed(&prune)), (MODULES / 2, MODULES - MODULES / 2));
        total += removed(&remove) + removed(&prune);
        bench.judge(round);
    }
    println!("{} rounds beside {program}: {total} modules removed", rounds());
    bench.room.close().unwrap();
}

#[test]
fn modules_are_removed_beside_a_download() {
    beside(GOMOD, &["download"]);
}

#[test]
fn modules_are_removed_beside_a_build() {
    if go_is_there() {
        beside("go", &["build", "-o", "/dev/null", "."]);
    }
}

/// All modules have been unused for long, until the build begins to look at them at the same
/// moment: what it has found it must still find when it reads on.
#[test]
fn what_a_build_begins_to_use_is_not_taken_from_it() {
    if !go_is_there() {
        return;
    }
    let bench = Bench::new();
    let mut total = 0;
    for round in 0..rounds() {
        bench.download_all();
        tree::age(&bench.cache(), 60).unwrap();
        let build = bench.start("go", &["build", "-o", "/dev/null", "."]);
        std::thread::sleep(Duration::from_millis(round as u64 * 11 % 90));
        let prune = bench.start(GOMOD, &["cache", "prune", "-unused-for", "30d"]);
        total += removed(&finish("prune", prune));
        finish("go build", build);
        bench.download_all();
        let difference = bench.whole.diff(&bench.tree());
        assert!(difference.is_empty(), "round {round}:\n{difference}");
    }
    println!("{} rounds: {total} modules removed", rounds());
    bench.room.close().unwrap();
}

/// A run that is killed while it removes leaves whole modules and missing ones, and the next
/// removes the rest, temporary names too.
#[test]
fn a_killed_removal_is_finished_by_the_next() {
    let bench = Bench::new();
    for round in 0..rounds() * 4 {
        bench.download_all();
        tree::age(&bench.cache(), 60).unwrap();
        let prune = bench.start(GOMOD, &["cache", "prune", "-unused-for", "30d"]);
        // Before what goes is held back for a while, or afterwards.
        let late = if round % 3 == 0 { 0 } else { 500 };
        std::thread::sleep(Duration::from_millis(late + round as u64 * 3 % 40));
        prune.signal(Signal::KILL).ok();
        prune.finish(LIMIT).unwrap();
        if round % 2 == 0 {
            let prune = bench.start(GOMOD, &["cache", "prune", "-unused-for", "30d"]);
            finish("prune", prune);
            let left = bench.tree();
            let left: Vec<_> =
                left.entries().keys().filter(|name| !name.ends_with("/@v/list")).collect();
            assert!(left.is_empty(), "round {round}: {left:?}");
            for n in 0..MODULES {
                let list = format!("cache/download/example.com/group{}/m{n}/@v/list", n % 5);
                assert_eq!(fs::read_to_string(bench.cache().join(list)).unwrap(), "");
            }
        }
        bench.download_all();
        let difference = bench.whole.diff(&bench.tree());
        assert!(difference.is_empty(), "round {round}:\n{difference}");
    }
    bench.room.close().unwrap();
}
