//! Modules that a proxy serves, and main modules in which commands have much to do.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use super::{LIMIT, is_staged, locks_of_git};
use crate::support::fixture::{Catalogue, ModuleVersion};
use crate::support::forge::{Forge, Import};
use crate::support::program::{Program, Room};
use crate::support::proxy::Proxy;
use crate::support::sumdb::Database;
use crate::support::tree::{self, Tree};

pub(super) const GOMOD: &str = env!("CARGO_BIN_EXE_gomod");

/// How many modules there are beside the large one.
const MODULES: usize = 24;

/// What is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Download,
    Get,
    Tidy,
    Vendor,
    /// `get` of modules out of repositories.
    Direct,
}

impl Verb {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Download => &["download"],
            Self::Get => &["get", "example.com/m0/p0@v1.1.0", "example.com/large"],
            Self::Tidy => &["tidy"],
            Self::Vendor => &["vendor"],
            Self::Direct => &[
                "get",
                "vcs.example.com/a@v1.1.0",
                "vcs.example.com/a/nested@v1.0.0",
                "vcs.example.com/b@v1.0.0",
                "vcs.example.com/b/v2@v2.0.0",
            ],
        }
    }
}

/// Everything that does not change from run to run.
pub(super) struct World {
    source: Source,
    /// go.mod and go.sum of the main module as `tidy` leaves them.
    tidy: [Vec<u8>; 2],
}

/// Where modules come from.
enum Source {
    Proxy(Proxy),
    /// Hosts with repositories, and the folder that has these.
    Hosts {
        forge: Forge,
        _served: Room,
    },
}

/// A world in a folder of its own: what a command begins with, and what it leaves.
pub(super) struct Place<'a> {
    pub(super) world: &'a World,
    pub(super) verb: Verb,
    /// The folder, as the programs see it.
    pub(super) folder: PathBuf,
    /// The folder, as this process sees it.
    pub(super) seen: PathBuf,
    /// What runs the programs, where they see another file system.
    pub(super) runner: Vec<String>,
}

/// Makes a repository of git.
fn repository(folder: &Path) {
    fs::create_dir_all(folder).expect("a folder");
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=A", "-c", "user.email=a@example.com"]).args(arguments);
        command.current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null");
        for date in ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"] {
            command.env(date, "2024-01-02T03:04:05Z");
        }
        let output = command.output().expect("git runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
    let path = format!("vcs.example.com/{name}");
    let write = |file: &str, text: &str| {
        let file = folder.join(file);
        fs::create_dir_all(file.parent().expect("a folder")).expect("folders");
        fs::write(file, text).expect("written");
    };
    git(&["init", "-q", "-b", "main"]);
    write("go.mod", &format!("module {path}\n\ngo 1.21\n"));
    write("nested/go.mod", &format!("module {path}/nested\n\ngo 1.21\n"));
    write("nested/n.go", "package nested\n");
    write("noise", &noise(1 << 20));
    for tag in ["v1.0.0", "v1.1.0", "v2.0.0"] {
        let go_mod = format!("module {path}/v2\n\ngo 1.21\n");
        if tag == "v2.0.0" {
            write("go.mod", &go_mod);
        }
        write("a.go", &format!("package a // {tag}\n"));
        git(&["add", "-A"]);
        git(&["commit", "-q", "-m", tag]);
        git(&["tag", tag]);
        if tag == "v1.0.0" {
            git(&["tag", "nested/v1.0.0"]);
        }
    }
}

/// Text of which hardly any can be compressed.
fn noise(length: usize) -> String {
    let mut state = 1_u64;
    let mut noise = String::new();
    while noise.len() < length {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        noise += &format!("{:016x}", state ^ (state >> 29));
        if noise.len() % 1024 < 16 {
            noise.push('\n');
        }
    }
    noise
}

fn version(number: usize, version: &str) -> ModuleVersion {
    let mut requires = String::new();
    let mut imports = String::new();
    for other in [2 * number + 1, 2 * number + 2].into_iter().filter(|other| *other < MODULES) {
        requires += &format!("require example.com/m{other} {version}\n");
        imports += &format!("import _ \"example.com/m{other}/p0\"\n");
    }
    let files: String = (0..4)
        .map(|n| {
            let imports = if n == 0 { imports.as_str() } else { "" };
            format!("-- p{n}/p.go --\npackage p{n}\n{imports}-- p{n}/text --\n{version}\n")
        })
        .collect();
    let text = format!(
        "module example.com/m{number} {version}\n-- go.mod --\nmodule example.com/m{number}\n\n\
         go 1.21\n\n{requires}{files}"
    );
    ModuleVersion::parse(&text).expect("a module")
}

/// A module whose zip is received on disk.
fn large() -> ModuleVersion {
    let text = format!(
        "module example.com/large v1.0.0\n-- go.mod --\nmodule example.com/large\n\ngo 1.21\n\
         -- large.go --\npackage large\n-- noise --\n{}\n",
        noise(5 << 20)
    );
    ModuleVersion::parse(&text).expect("a module")
}

impl World {
    pub(super) fn new() -> Self {
        let mut catalogue = Catalogue::default();
        for number in 0..MODULES {
            catalogue.add(version(number, "v1.0.0"));
            catalogue.add(version(number, "v1.1.0"));
        }
        catalogue.add(large());
        let proxy = Proxy::start(catalogue.into()).expect("a proxy");
        let source = Source::Proxy(proxy);
        let mut world = Self { source, tidy: [Vec::new(), Vec::new()] };
        let room = Room::new("gomod-cut-").expect("a folder");
        let place = Place::new(&world, Verb::Tidy, room.path());
        place.prepare();
        place.succeed("tidy");
        let main = room.path().join("main");
        let tidy = ["go.mod", "go.sum"].map(|name| fs::read(main.join(name)).expect("written"));
        room.close().expect("removed");
        world.tidy = tidy;
        world
    }

    /// One of repositories.
    pub(super) fn of_repositories() -> Self {
        let room = Room::new("gomod-cut-served-").expect("a folder");
        let forge = Forge::start(room.path()).expect("a host");
        for name in ["a", "b"] {
            repository(&room.path().join("git").join(name));
            let import = format!("vcs.example.com/{name} git https://git.example.com/{name}");
            forge.set_import(Import::parse(&import).expect("an import"));
        }
        Self { source: Source::Hosts { forge, _served: room }, tidy: [Vec::new(), Vec::new()] }
    }
}

impl<'a> Place<'a> {
    pub(super) fn new(world: &'a World, verb: Verb, folder: &Path) -> Self {
        let (folder, seen) = (folder.to_owned(), folder.to_owned());
        Self { world, verb, folder, seen, runner: Vec::new() }
    }

    fn main(&self) -> PathBuf {
        self.seen.join("main")
    }

    /// Removes what runs have left, and puts there what a run begins with.
    pub(super) fn prepare(&self) {
        for name in ["cache", "gopath", "main", "temporary", "home"] {
            tree::remove(&self.seen.join(name)).expect("removed");
        }
        for name in ["main", "temporary", "home"] {
            fs::create_dir(self.seen.join(name)).expect("a folder");
        }
        let write = |name: &str, data: &[u8]| {
            fs::write(self.main().join(name), data).expect("written");
        };
        let large = "import _ \"example.com/large\"\n";
        let imports = format!("package main\n\nimport _ \"example.com/m0/p0\"\n{large}");
        write("main.go", imports.as_bytes());
        let head = "module example.com/main\n\ngo 1.21\n";
        match self.verb {
            Verb::Tidy | Verb::Direct => write("go.mod", head.as_bytes()),
            Verb::Get => {
                write("go.mod", format!("{head}\nrequire example.com/m3 v1.0.0\n").as_bytes());
            }
            Verb::Download | Verb::Vendor => {
                for (name, data) in ["go.mod", "go.sum"].iter().zip(&self.world.tidy) {
                    write(name, data);
                }
            }
        }
    }

    /// The program with its arguments, after those of the one that runs it.
    pub(super) fn command(&self, program: &str, before: &[&str]) -> Command {
        let words: Vec<&str> = before.iter().chain(self.verb.arguments()).copied().collect();
        self.settled(program, &words)
    }

    /// A program with the settings of all of them.
    fn settled(&self, program: &str, arguments: &[&str]) -> Command {
        let folder = |name: &str| self.folder.join(name);
        let mut command = match self.runner.split_first() {
            None => {
                let mut command = Command::new(program);
                command.current_dir(self.main());
                command
            }
            Some((runner, words)) => {
                let mut command = Command::new(runner);
                // The folder is not there for this process.
                command.args(words).args(["sh", "-c", "cd \"$0\" && exec \"$@\""]);
                command.arg(folder("main")).arg(program);
                command
            }
        };
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", folder("home"))
            .env("TMPDIR", folder("temporary"))
            .env("GOPATH", folder("gopath"))
            .env("GOMODCACHE", folder("cache"))
            .envs([("GOENV", "off"), ("GOFLAGS", ""), ("LC_ALL", "C"), ("GOTOOLCHAIN", "local")]);
        match &self.world.source {
            Source::Proxy(proxy) => {
                command.env("GOPROXY", proxy.url()).env("GOSUMDB", Database::verifier_key())
            }
            Source::Hosts { forge, .. } => command
                .envs(forge.environment())
                .envs([("GOPROXY", "direct"), ("GOSUMDB", "off")])
                .env("GIT_CONFIG_GLOBAL", "/dev/null"),
        };
        command
    }

    pub(super) fn run(&self, command: Command) -> Output {
        Program::start(command).expect("it runs").finish(LIMIT).expect("its end")
    }

    /// Runs the command undisturbed, and says how long it took.
    pub(super) fn succeed(&self, what: &str) -> Duration {
        let start = Instant::now();
        let output = self.run(self.command(GOMOD, &[]));
        assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
        start.elapsed()
    }

    /// Runs another command of gomod, which writes nothing.
    pub(super) fn look(&self, what: &str) {
        let output = self.run(self.settled(GOMOD, &["list", "-m"]));
        assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// `go mod verify` passes, without asking anybody.
    pub(super) fn verify(&self, what: &str) {
        let mut command = self.settled("go", &["mod", "verify"]);
        command.envs([("GOPROXY", "off"), ("GOTELEMETRY", "off"), ("HOME", "/nonexistent")]);
        let output = self.run(command);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{what}: go mod verify: {text}{error}");
        assert_eq!(text, "all modules verified\n", "{what}");
    }

    /// All that is there and that matters: not what is only locked, what a repository keeps for
    /// itself, and what a run has seen of imports.
    pub(super) fn tree(&self) -> Tree {
        let tree = Tree::read(&self.seen).expect("a tree");
        tree.without(|name| {
            name == "home/.cache"
                || name.starts_with("home/.cache/")
                || name.starts_with("cache/cache/vcs/")
        })
    }

    /// What is there and should not be, when no run is.
    pub(super) fn left_over(&self) -> Vec<String> {
        let tree = Tree::read(&self.seen).expect("a tree");
        let names = tree.entries().keys().filter(|name| is_staged(name)).cloned();
        names.chain(locks_of_git(&self.seen.join("cache"))).collect()
    }

    /// go.mod and go.sum, where they are there.
    pub(super) fn sums(&self) -> [Option<Vec<u8>>; 2] {
        ["go.mod", "go.sum"].map(|name| fs::read(self.main().join(name)).ok())
    }
}
