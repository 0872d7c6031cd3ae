//! Many processes of gomod and of go at once, on one cache and one main module.
//!
//! `GOMOD_SHARING_ROUNDS` says how often; one round where it says nothing. As root the same is
//! done once more as an ordinary user, for whom read-only folders are read-only.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use crate::differential;
use crate::support::fixture::{Catalogue, ModuleVersion};
use crate::support::program::{Program, Room};
use crate::support::proxy::Proxy;
use crate::support::sumdb::Database;
use crate::support::tree::{self, Tree};

const GOMOD: &str = env!("CARGO_BIN_EXE_gomod");

/// How many of each program run together.
const GOMODS: usize = 8;
const GOS: usize = 4;

/// Modules that the main module requires.
const MODULES: usize = 14;

/// What go and gomod say where go.mod is not what they have read.
const CHANGED: &str = "existing contents have changed since last read";

/// Who has no rights that root has.
const ORDINARY_USER: u32 = 65_534;

/// Far above what any of them needs, twelve of which share the cores.
const LIMIT: Duration = Duration::from_secs(120);

fn rounds() -> usize {
    let rounds = std::env::var("GOMOD_SHARING_ROUNDS").ok();
    rounds.map_or(1, |rounds| rounds.parse().expect("GOMOD_SHARING_ROUNDS is a number"))
}

/// Those as whom a test can run; `None` is whoever runs it.
fn users() -> Vec<Option<u32>> {
    if rustix::process::getuid().is_root() {
        return vec![None, Some(ORDINARY_USER)];
    }
    println!("not root: nothing is tried as another user");
    vec![None]
}

/// Modules with some files and a go.mod that requires the next ones; every fifth has a zip that
/// does not go through memory.
fn catalogue() -> Arc<Catalogue> {
    let mut catalogue = Catalogue::default();
    for n in 0..MODULES {
        let mut text = format!("module {} v1.0.0\n-- go.mod --\nmodule {0}\n\ngo 1.21\n", path(n));
        for next in [2 * n + 1, 2 * n + 2].into_iter().filter(|next| *next < MODULES) {
            text += &format!("\nrequire {} v1.0.0\n", path(next));
        }
        for file in 0..6 {
            text += &format!("-- d{file}/f.go --\npackage d{file}\n");
        }
        text += "-- m.go --\npackage m\n";
        if n % 5 == 0 {
            // Of little sense, so that it stays large when it is compressed.
            let mut state = n as u64 + 1;
            text += "-- large --\n";
            for _ in 0..200_000 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                text += &format!("{state:016x}");
            }
            text += "\n";
        }
        catalogue.add(ModuleVersion::parse(&text).unwrap());
    }
    catalogue.into()
}

fn path(n: usize) -> String {
    format!("example.com/shared/m{n}")
}

struct Bench {
    room: Room,
    proxy: Proxy,
    user: Option<u32>,
}

impl Bench {
    fn new(user: Option<u32>) -> Self {
        let proxy = Proxy::start(catalogue()).unwrap();
        let room = Room::new("gomod-sharing-").unwrap();
        tree::without_telemetry(room.path()).unwrap();
        if user.is_some() {
            // The folder that it is built in may be one that others cannot reach.
            fs::copy(env!("CARGO_BIN_EXE_gomod"), room.path().join("gomod")).unwrap();
        }
        let bench = Self { room, proxy, user };
        bench.prepare("");
        bench
    }

    /// An empty cache, and a main module of this go.mod file.
    fn prepare(&self, requirements: &str) {
        for name in ["gopath", "m"] {
            tree::remove(&self.room.path().join(name)).unwrap();
            fs::create_dir(self.room.path().join(name)).unwrap();
        }
        let go_mod = format!("module example.com/main\n\ngo 1.21\n{requirements}");
        fs::write(self.module().join("go.mod"), go_mod).unwrap();
        if let Some(user) = self.user {
            tree::give_away(self.room.path(), user).unwrap();
        }
    }

    fn module(&self) -> PathBuf {
        self.room.path().join("m")
    }

    fn start(&self, program: &str, arguments: &[String]) -> Program {
        let home = self.room.path();
        let own = home.join("gomod");
        let program = if program == GOMOD && own.exists() { own } else { program.into() };
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.module())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home)
            .env("TMPDIR", home)
            .env("GOPATH", home.join("gopath"))
            .env("GOCACHE", home.join("gocache"))
            .env("GOPROXY", self.proxy.url())
            .env("GOSUMDB", Database::verifier_key())
            .envs([("GOENV", "off"), ("GOFLAGS", ""), ("GOTOOLCHAIN", "local"), ("LC_ALL", "C")]);
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        Program::start(command).unwrap()
    }

    fn run(&self, program: &str, arguments: &str) -> Output {
        self.start(program, &words(arguments)).finish(LIMIT).unwrap()
    }

    /// What lies in the cache, and beside it below GOPATH; and the files of the main module.
    fn tree(&self) -> (Tree, Tree) {
        (Tree::read(&self.room.path().join("gopath")).unwrap(), Tree::read(&self.module()).unwrap())
    }

    /// What lies where and is no file that a run leaves, by the names of such.
    fn left_over(&self) -> Vec<String> {
        let (cache, module) = self.tree();
        let is_left = |name: &&String| {
            name.contains(".tmp") || name.ends_with(".partial") || name.contains("cache/gomod")
        };
        let names = cache.entries().keys().chain(module.entries().keys());
        names.filter(is_left).cloned().collect()
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn assert_done(what: &str, output: &Output) {
    assert!(output.status.success(), "{what}: {:?}\n{}", output.status, stderr(output));
}

#[test]
fn twelve_downloads_make_one_tree() {
    let gos = if differential::go_is_there() { GOS } else { 0 };
    let requirements: String =
        (0..MODULES).map(|n| format!("require {} v1.0.0\n", path(n))).collect();
    for user in users() {
        let bench = Bench::new(user);
        bench.prepare(&requirements);
        assert_done("alone", &bench.run(GOMOD, "download"));
        let whole = bench.tree();
        for round in 0..rounds() {
            bench.prepare(&requirements);
            let mut programs = Vec::new();
            for n in 0..GOMODS.max(gos) {
                if n < gos {
                    programs.push(("go", bench.start("go", &words("mod download"))));
                }
                if n < GOMODS {
                    programs.push((GOMOD, bench.start(GOMOD, &words("download"))));
                }
            }
            for (name, program) in programs {
                let output = program.finish(LIMIT).unwrap();
                assert_done(&format!("as {user:?}, round {round}, {name}"), &output);
            }
            let (cache, module) = bench.tree();
            let difference = whole.0.diff(&cache) + &whole.1.diff(&module);
            assert!(difference.is_empty(), "as {user:?}, round {round}:\n{difference}");
            assert_eq!(bench.left_over(), [""; 0], "as {user:?}, round {round}");
        }
        println!("as {user:?}: {} rounds of {GOMODS} gomod and {gos} go, one tree", rounds());
        bench.room.close().unwrap();
    }
}

/// Each asks for another module; `program` says by what each is run.
fn get_at_once(program: impl Fn(usize) -> &'static str) {
    let mut survived = BTreeMap::new();
    for user in users() {
        let bench = Bench::new(user);
        for round in 0..rounds() {
            bench.prepare("");
            let start = |n: usize| {
                let arguments = ["get".to_owned(), format!("{}@v1.0.0", path(MODULES - 1 - n))];
                (n, bench.start(program(n), &arguments))
            };
            let programs: Vec<_> = (0..8).map(start).collect();
            let mut done = Vec::new();
            for (n, program) in programs {
                let output = program.finish(LIMIT).unwrap();
                match output.status.success() {
                    true => done.push(path(MODULES - 1 - n)),
                    false => {
                        let text = stderr(&output);
                        assert!(text.contains(CHANGED), "round {round}, {n}: {text}");
                    }
                }
            }
            *survived.entry(done.len()).or_insert(0) += 1;
            let what = format!("as {user:?}, round {round}");
            assert!(!done.is_empty(), "{what}: nobody was first");
            let go_mod = fs::read_to_string(bench.module().join("go.mod")).unwrap();
            let go_sum = fs::read_to_string(bench.module().join("go.sum")).unwrap();
            assert_done(&what, &bench.run(GOMOD, "edit -json"));
            for module in &done {
                let line = format!("{module} v1.0.0");
                let is_required = go_mod.lines().any(|found| found.contains(&line));
                assert!(is_required, "{what}: no {line} in\n{go_mod}");
                for line in [format!("{line} h1:"), format!("{line}/go.mod h1:")] {
                    assert!(go_sum.contains(&line), "{what}: no {line} in\n{go_sum}");
                }
            }
            for line in go_sum.lines() {
                let fields: Vec<_> = line.split(' ').collect();
                let is_whole = fields.len() == 3 && fields[2].len() == 47;
                assert!(is_whole, "{what}: a torn line in\n{go_sum}");
            }
            assert_done(&what, &bench.run(GOMOD, "verify"));
            assert_done(&what, &bench.run(GOMOD, "download"));
            if differential::go_is_there() {
                assert_done(&what, &bench.run("go", "mod verify"));
            }
            assert_eq!(bench.left_over(), [""; 0], "{what}");
        }
        bench.room.close().unwrap();
    }
    println!("how many of eight were done, and how often: {survived:?}");
}

#[test]
fn eight_gets_leave_whole_files() {
    get_at_once(|_| GOMOD);
}

#[test]
fn gets_of_both_programs_leave_whole_files() {
    if differential::go_is_there() {
        get_at_once(|n| if n % 2 == 0 { GOMOD } else { "go" });
    }
}
