//! Modules that a proxy serves, and main modules in which commands have much to do.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use super::LIMIT;
use crate::support::fixture::{Catalogue, ModuleVersion};
use crate::support::program::{Program, Room};
use crate::support::proxy::Proxy;
use crate::support::sumdb::Database;
use crate::support::tree::{self, Tree};

/// How many modules there are beside the large one.
const MODULES: usize = 24;

/// What is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Download,
    Get,
    Tidy,
    Vendor,
}

impl Verb {
    pub(super) const ALL: [Self; 4] = [Self::Download, Self::Get, Self::Tidy, Self::Vendor];

    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Download => &["download"],
            Self::Get => &["get", "example.com/m0/p0@v1.1.0", "example.com/large"],
            Self::Tidy => &["tidy"],
            Self::Vendor => &["vendor"],
        }
    }
}

/// Everything that does not change from run to run.
pub(super) struct World {
    proxy: Proxy,
    /// go.mod and go.sum of the main module as `tidy` leaves them.
    tidy: [Vec<u8>; 2],
}

/// A world in a folder of its own: what a command begins with, and what it leaves.
pub(super) struct Place<'a> {
    pub(super) world: &'a World,
    pub(super) verb: Verb,
    pub(super) folder: PathBuf,
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

/// A module whose zip is received on disk: hardly any of it can be compressed.
fn large() -> ModuleVersion {
    let mut state = 1_u64;
    let mut noise = String::new();
    while noise.len() < 5 << 20 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        noise += &format!("{:016x}", state ^ (state >> 29));
        if noise.len() % 1024 < 16 {
            noise.push('\n');
        }
    }
    let text = format!(
        "module example.com/large v1.0.0\n-- go.mod --\nmodule example.com/large\n\ngo 1.21\n\
         -- large.go --\npackage large\n-- noise --\n{noise}\n"
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
        let mut world = Self { proxy, tidy: [Vec::new(), Vec::new()] };
        let room = Room::new("gomod-cut-").expect("a folder");
        let place = Place { world: &world, verb: Verb::Tidy, folder: room.path().to_owned() };
        place.prepare();
        place.succeed("tidy");
        let main = room.path().join("main");
        let tidy = ["go.mod", "go.sum"].map(|name| fs::read(main.join(name)).expect("written"));
        room.close().expect("removed");
        world.tidy = tidy;
        world
    }
}

impl Place<'_> {
    fn main(&self) -> PathBuf {
        self.folder.join("main")
    }

    pub(super) fn cache(&self) -> PathBuf {
        self.folder.join("cache")
    }

    /// Removes what runs have left, and puts there what a run begins with.
    pub(super) fn prepare(&self) {
        for name in ["cache", "gopath", "main", "temporary", "home"] {
            tree::remove(&self.folder.join(name)).expect("removed");
        }
        for name in ["main", "temporary", "home"] {
            fs::create_dir(self.folder.join(name)).expect("a folder");
        }
        let write = |name: &str, data: &[u8]| {
            fs::write(self.main().join(name), data).expect("written");
        };
        let large = "import _ \"example.com/large\"\n";
        let imports = format!("package main\n\nimport _ \"example.com/m0/p0\"\n{large}");
        write("main.go", imports.as_bytes());
        let head = "module example.com/main\n\ngo 1.21\n";
        match self.verb {
            Verb::Tidy => write("go.mod", head.as_bytes()),
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
    pub(super) fn command(&self, mut command: Command, before: &[&str]) -> Command {
        command.args(before).args(self.verb.arguments());
        self.settle(&mut command);
        command
    }

    fn settle(&self, command: &mut Command) {
        let folder = |name: &str| self.folder.join(name);
        command
            .current_dir(self.main())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", folder("home"))
            .env("TMPDIR", folder("temporary"))
            .env("GOPATH", folder("gopath"))
            .env("GOMODCACHE", folder("cache"))
            .env("GOPROXY", self.world.proxy.url())
            .env("GOSUMDB", Database::verifier_key())
            .envs([("GOENV", "off"), ("GOFLAGS", ""), ("LC_ALL", "C"), ("GOTOOLCHAIN", "local")]);
    }

    pub(super) fn run(&self, command: Command) -> Output {
        Program::start(command).expect("it runs").finish(LIMIT).expect("its end")
    }

    /// Runs the command undisturbed, and says how long it took.
    pub(super) fn succeed(&self, what: &str) -> Duration {
        let start = Instant::now();
        let output = self.run(self.command(Command::new(env!("CARGO_BIN_EXE_gomod")), &[]));
        assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
        start.elapsed()
    }

    /// Runs another command of gomod, which writes nothing.
    pub(super) fn look(&self, what: &str) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gomod"));
        command.args(["list", "-m"]);
        self.settle(&mut command);
        let output = self.run(command);
        assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// `go mod verify` passes, without asking anybody.
    pub(super) fn verify(&self, what: &str) {
        let mut command = Command::new("go");
        command.args(["mod", "verify"]);
        self.settle(&mut command);
        command.envs([("GOPROXY", "off"), ("GOTELEMETRY", "off"), ("HOME", "/nonexistent")]);
        let output = self.run(command);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{what}: go mod verify: {text}{error}");
        assert_eq!(text, "all modules verified\n", "{what}");
    }

    /// All that is there, but for what is only locked.
    pub(super) fn tree(&self) -> Tree {
        read(&self.folder)
    }

    /// go.mod and go.sum, where they are there.
    pub(super) fn sums(&self) -> [Option<Vec<u8>>; 2] {
        ["go.mod", "go.sum"].map(|name| fs::read(self.main().join(name)).ok())
    }
}

/// A folder's tree.
fn read(folder: &Path) -> Tree {
    Tree::read(folder).expect("a tree")
}
