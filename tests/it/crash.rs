//! Runs that are killed: whatever instant they end at, the cache holds nothing under a final
//! name that was not verified, and the next run heals it.
//!
//! Where the host has strace the run ends before each of its system calls that change the disk,
//! one after the other; without it, after more and more time.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use rustix::process::Signal;

use crate::support::fixture::{Catalogue, ModuleVersion};
use crate::support::program::{Program, Room};
use crate::support::proxy::Proxy;
use crate::support::sumdb::Database;
use crate::support::tree::{self, Tree};

const MODULE: &str = "example.com/crash@v1.0.0";
const VERSIONS: &str = "cache/download/example.com/crash/@v";
/// Far above what a run needs.
const LIMIT: Duration = Duration::from_secs(60);

/// The calls that give the disk another state, as Linux names them.
const CHANGES: [&str; 13] = [
    "mkdir",
    "mkdirat",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "unlink",
    "unlinkat",
    "ftruncate",
    "fchmod",
    "fchmodat",
    "write",
];

/// The cache before a run.
#[derive(Clone, Copy, Debug)]
enum Before {
    Empty,
    /// Something that nobody has verified stands where the folder goes.
    ForeignFolder,
    /// What another run was about to make: the folder has content and its mark.
    Partial,
}

struct Bench {
    room: Room,
    proxy: Proxy,
    /// What a run that ends well leaves of the module.
    whole: Tree,
}

impl Bench {
    fn new() -> Self {
        let files: String =
            (0..40).map(|n| format!("-- d{}/f{n}.go --\npackage d{}\n", n % 4, n % 4)).collect();
        let text = format!(
            "module example.com/crash v1.0.0\n-- go.mod --\nmodule example.com/crash\n{files}"
        );
        let mut catalogue = Catalogue::default();
        catalogue.add(ModuleVersion::parse(&text).unwrap());
        let proxy = Proxy::start(catalogue.into()).unwrap();
        let room = Room::new("gomod-crash-").unwrap();
        let mut bench = Self { room, proxy, whole: Tree::default() };
        let output = bench.run(bench.gomod(Command::new(env!("CARGO_BIN_EXE_gomod")), &[]));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        bench.whole = bench.module();
        assert!(bench.whole.entries().len() > 40);
        bench
    }

    /// The program with its arguments, after those of the one that runs it.
    fn gomod(&self, mut command: Command, before: &[&str]) -> Command {
        let home = self.room.path();
        command.args(before).args(["download", MODULE]).current_dir(home).env_clear();
        command
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home)
            .env("TMPDIR", home)
            .env("GOPATH", home.join("gopath"))
            .env("GOMODCACHE", home.join("cache"))
            .env("GOPROXY", self.proxy.url())
            .env("GOSUMDB", Database::verifier_key())
            .envs([("GOENV", "off"), ("GOFLAGS", ""), ("LC_ALL", "C")]);
        command
    }

    fn run(&self, command: Command) -> Output {
        Program::start(command).unwrap().finish(LIMIT).unwrap()
    }

    fn cache(&self) -> PathBuf {
        self.room.path().join("cache")
    }

    fn prepare(&self, before: Before) {
        let cache = self.cache();
        tree::remove(&cache).unwrap();
        fs::create_dir(&cache).unwrap();
        let folder = cache.join(MODULE);
        if !matches!(before, Before::Empty) {
            fs::create_dir_all(folder.join("d0")).unwrap();
            fs::write(folder.join("d0/evil.go"), "package evil\n").unwrap();
        }
        if matches!(before, Before::Partial) {
            let versions = cache.join(VERSIONS);
            fs::create_dir_all(&versions).unwrap();
            fs::write(versions.join("v1.0.0.partial"), "").unwrap();
        }
    }

    /// What the cache holds of the module, without what the checksum database's client keeps.
    fn module(&self) -> Tree {
        let tree = Tree::read(&self.cache()).unwrap();
        tree.without(|name| name.starts_with("cache/download/sumdb"))
    }

    /// What is there under a final name and is not what was verified.
    fn unverified(&self) -> Vec<String> {
        let exists = |suffix: &str| self.cache().join(VERSIONS).join(suffix).exists();
        // By go's rule the folder counts only so.
        let folder_counts = exists("v1.0.0.ziphash") && !exists("v1.0.0.partial");
        let found = self.module();
        let is_folder = |name: &str| name == MODULE || name.starts_with(&format!("{MODULE}/"));
        let differs = |name: &String| found.entries().get(name) != self.whole.entries().get(name);
        let wrong = |name: &String| match name.strip_prefix(VERSIONS) {
            None => is_folder(name) && folder_counts && differs(name),
            // Written in place: an end in the middle leaves it empty or full of NULs, and that
            // counts as none.
            Some("/v1.0.0.ziphash") => {
                let written = fs::read(self.cache().join(name)).unwrap();
                written.iter().any(|byte| *byte != 0) && differs(name)
            }
            Some("/v1.0.0.zip" | "/v1.0.0.mod" | "/v1.0.0.info") => differs(name),
            Some(_) => false,
        };
        let mut names: Vec<String> =
            found.entries().keys().filter(|name| wrong(name)).cloned().collect();
        if folder_counts && self.cache().join(MODULE).exists() {
            let lacks = |name: &&String| is_folder(name) && !found.entries().contains_key(*name);
            names.extend(self.whole.entries().keys().filter(lacks).cloned());
        }
        names
    }

    /// Judges what a killed run left, and has another one heal it.
    fn judge(&self, what: &str) {
        let unverified = self.unverified();
        assert!(unverified.is_empty(), "{what}: {}", unverified.join(", "));
        let output = self.run(self.gomod(Command::new(env!("CARGO_BIN_EXE_gomod")), &[]));
        assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
        let difference = self.whole.diff(&self.module());
        assert!(difference.is_empty(), "{what}, after another run:\n{difference}");
    }
}

/// Whether the host has strace, and lets it trace; CI's must.
pub fn strace_works() -> bool {
    let strace = Command::new("strace").args(["-f", "-qq", "-o", "/dev/null", "true"]).output();
    let works = strace.is_ok_and(|output| output.status.success());
    let is_ci = std::env::var("CI").as_deref() == Ok("true");
    assert!(works || !is_ci, "no strace that works to test with");
    works
}

/// Kills runs before each change of the disk, or after more and more time, and has what each
/// left judged. Answers how many there were. `command` gets the program that runs and its first
/// arguments; `injected` are more things that strace does to system calls.
fn kill_everywhere(
    command: impl Fn(Command, &[&str]) -> Command,
    injected: &[&str],
    prepare: impl Fn(),
    judge: impl Fn(&str),
) -> usize {
    let run = |command: Command| Program::start(command).unwrap().finish(LIMIT).unwrap();
    let gomod = env!("CARGO_BIN_EXE_gomod");
    let mut ends = 0;
    if !strace_works() {
        for milliseconds in 0..40 {
            prepare();
            let program = Program::start(command(Command::new(gomod), &[])).unwrap();
            std::thread::sleep(Duration::from_millis(milliseconds));
            program.signal(Signal::KILL).ok();
            program.finish(LIMIT).unwrap();
            judge(&format!("killed after {milliseconds} ms"));
            ends += 1;
        }
        return ends;
    }
    for call in CHANGES {
        if injected.iter().any(|other| other.starts_with(&format!("{call}:"))) {
            continue;
        }
        for number in 1.. {
            prepare();
            let injections: Vec<String> = injected
                .iter()
                .map(|&other| other.to_owned())
                .chain([format!("{call}:signal=KILL:when={number}")])
                .map(|what| format!("inject={what}"))
                .collect();
            let others = injected.iter().filter_map(|other| other.split(':').next());
            let trace = format!("trace={}", others.chain([call]).collect::<Vec<_>>().join(","));
            let mut words = vec!["-f", "-qq", "-o", "/dev/null", "-e", &trace];
            words.extend(injections.iter().flat_map(|what| ["-e", what]));
            words.push(gomod);
            let output = run(command(Command::new("strace"), &words));
            if output.status.success() {
                break;
            }
            let killed = output.status.signal() == Some(9) || output.status.code() == Some(137);
            let text = String::from_utf8_lossy(&output.stderr);
            // Some architectures lack the older calls, and strace says so.
            if !killed && text.contains("invalid") {
                break;
            }
            assert!(killed, "{:?} {text}", output.status);
            judge(&format!("killed at {call} {number}"));
            ends += 1;
        }
    }
    ends
}

#[test]
fn a_killed_run_leaves_nothing_unverified() {
    let bench = Bench::new();
    let ends: usize = [Before::Empty, Before::ForeignFolder, Before::Partial]
        .map(|before| {
            kill_everywhere(
                |command, words| bench.gomod(command, words),
                &[],
                || bench.prepare(before),
                |what| bench.judge(&format!("{before:?}, {what}")),
            )
        })
        .iter()
        .sum();
    println!("killed {ends} times");
    bench.room.close().unwrap();
}

/// A main module with a vendor folder.
struct VendorBench {
    room: Room,
    old: Option<Tree>,
    new: Tree,
}

impl VendorBench {
    /// With an old folder, or with none.
    fn new(has_old: bool) -> Self {
        let room = Room::new("gomod-crash-vendor-").unwrap();
        let write = |name: &str, text: &str| {
            let path = room.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(
            "m/go.mod",
            "module example.com/m\n\ngo 1.21\n\nrequire example.com/dep v1.0.0\n\n\
             replace example.com/dep => ../dep\n",
        );
        write("dep/go.mod", "module example.com/dep\n");
        let mut imports = String::from("package m\n");
        for number in 0..4 {
            imports += &format!("import _ \"example.com/dep/p{number}\"\n");
            write(&format!("dep/p{number}/p.go"), &format!("package p{number}\n"));
            write(&format!("dep/p{number}/text"), "text");
        }
        write("m/m.go", &imports);
        let mut bench = Self { room, old: None, new: Tree::default() };
        let output = bench.run();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        bench.new = bench.vendor().unwrap();
        assert!(bench.new.entries().len() > 8);
        if has_old {
            for (name, text) in [("modules.txt", "# example.com/old v1.0.0\n"), ("old/old.go", "")]
            {
                let path = bench.room.path().join("old").join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            bench.old = Some(Tree::read(&bench.room.path().join("old")).unwrap());
        }
        bench
    }

    fn gomod(&self, mut command: Command, before: &[&str]) -> Command {
        let home = self.room.path();
        command.args(before).arg("vendor").current_dir(home.join("m")).env_clear();
        command
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home)
            .env("TMPDIR", home)
            .envs([("GOPROXY", "off"), ("GOENV", "off"), ("GOFLAGS", ""), ("LC_ALL", "C")]);
        command
    }

    fn run(&self) -> Output {
        let command = self.gomod(Command::new(env!("CARGO_BIN_EXE_gomod")), &[]);
        Program::start(command).unwrap().finish(LIMIT).unwrap()
    }

    fn vendor(&self) -> Option<Tree> {
        let folder = self.room.path().join("m/vendor");
        folder.exists().then(|| Tree::read(&folder).unwrap())
    }

    /// What lies in the module that is none of its files.
    fn beside(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.room.path().join("m")).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let is_left = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with('.');
        paths.filter(is_left).collect()
    }

    fn prepare(&self) {
        let module = self.room.path().join("m");
        self.beside().iter().for_each(|left| tree::remove(left).unwrap());
        tree::remove(&module.join("vendor")).unwrap();
        for name in self.old.iter().flat_map(|_| ["modules.txt", "old/old.go"]) {
            let path = module.join("vendor").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::copy(self.room.path().join("old").join(name), path).unwrap();
        }
    }

    /// The folder is the old or the new one, whole; where names cannot be exchanged, the old one
    /// may lie aside, until another run, and where a folder cannot be renamed, a copy of it.
    fn judge(&self, what: &str, exchanges: bool) {
        let found = self.vendor();
        let is_new = found.as_ref() == Some(&self.new);
        let mut is_whole = is_new || found == self.old;
        if !exchanges && !is_whole {
            let comes_back = |left: &PathBuf| {
                let name = left.file_name().unwrap().to_string_lossy();
                name.contains("-copy-") || (name.contains("-old-") && found.is_none())
            };
            let mut aside = self.beside().into_iter().filter(comes_back);
            is_whole = aside.any(|left| Some(Tree::read(&left).unwrap()) == self.old);
        }
        assert!(is_whole, "{what}: {found:?}, {:?}", self.beside());
        let output = self.run();
        assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
        let difference = self.new.diff(&self.vendor().unwrap());
        assert!(difference.is_empty(), "{what}, after another run:\n{difference}");
        assert_eq!(self.beside(), Vec::<PathBuf>::new(), "{what}, after another run");
    }
}

#[test]
fn a_killed_run_leaves_the_old_vendor_folder_or_the_new_one() {
    for (has_old, injected) in [
        (false, &[][..]),
        (true, &[]),
        // A file system that cannot exchange names.
        (true, &["renameat2:error=EINVAL"]),
        // A folder in the lower layer of an overlay.
        (true, &["renameat2:error=EXDEV"]),
        // A mount point.
        (true, &["renameat2:error=EBUSY", "rmdir:error=EBUSY"]),
    ] {
        let bench = VendorBench::new(has_old);
        let ends = kill_everywhere(
            |command, words| bench.gomod(command, words),
            injected,
            || bench.prepare(),
            |what| bench.judge(&format!("{injected:?}, {what}"), injected.is_empty()),
        );
        println!("killed {ends} times");
        bench.room.close().unwrap();
    }
}

#[test]
fn a_killed_run_makes_a_module_or_none() {
    let room = Room::new("gomod-crash-init-").unwrap();
    let main = room.path().join("m");
    let init = |mut command: Command, before: &[&str]| {
        command.args(before).args(["init", "example.com/m"]).current_dir(&main).env_clear();
        command
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", room.path())
            .env("GOMODCACHE", room.path().join("cache"))
            .envs([("GOENV", "off"), ("GOFLAGS", ""), ("LC_ALL", "C")]);
        command
    };
    let run = || {
        let command = init(Command::new(env!("CARGO_BIN_EXE_gomod")), &[]);
        Program::start(command).unwrap().finish(LIMIT).unwrap()
    };
    let prepare = || {
        tree::remove(&main).unwrap();
        fs::create_dir(&main).unwrap();
    };
    prepare();
    assert!(run().status.success());
    let whole = Tree::read(&main).unwrap();
    let judge = |what: &str| {
        let found = Tree::read(&main).unwrap();
        if found.entries().is_empty() {
            let output = run();
            assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
        }
        let difference = whole.diff(&Tree::read(&main).unwrap());
        assert!(difference.is_empty(), "{what}:\n{difference}");
    };
    let ends = kill_everywhere(init, &[], prepare, judge);
    println!("killed {ends} times");
    room.close().unwrap();
}
