//! Runs that are told to end while git waits for a server.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use rustix::process::Signal;
use walkdir::WalkDir;

use crate::differential::go_is_there;
use crate::repositories::is_there;
use crate::support::forge::{Forge, Import};
use crate::support::program::{Program, Room, running_in};
use crate::support::tree;

/// Far above what a run needs.
const LIMIT: Duration = Duration::from_secs(60);

const MODULE: &str = "vcs.example.com/stalled@v1.0.0";

struct Bench {
    room: Room,
    forge: Forge,
}

impl Bench {
    /// A host with one repository.
    fn new() -> Self {
        let room = Room::new("gomod-interrupted-").expect("a folder");
        let repository = room.path().join("served/git/stalled");
        fs::create_dir_all(&repository).expect("a folder");
        tree::without_telemetry(&room.path().join("home")).expect("a home");
        fs::write(repository.join("go.mod"), "module vcs.example.com/stalled\n").expect("written");
        // Hardly any of it can be compressed, so half of what is sent is in the middle of it.
        let noise: String = (0_u64..20_000)
            .map(|n| format!("{:016x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)))
            .collect();
        fs::write(repository.join("noise"), noise).expect("written");
        for arguments in [
            &["init", "-q"][..],
            &["add", "-A"],
            &["-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-q", "-m", "all"],
            &["tag", "v1.0.0"],
        ] {
            let mut command = Command::new("git");
            command.args(arguments).current_dir(&repository).env("GIT_CONFIG_GLOBAL", "/dev/null");
            let output = command.output().expect("git runs");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        let forge = Forge::start(&room.path().join("served")).expect("a host");
        let import = "vcs.example.com/stalled git https://git.example.com/stalled";
        forge.set_import(Import::parse(import).expect("an import"));
        Self { room, forge }
    }

    fn start(&self, program: &str, arguments: &[&str]) -> Program {
        let room = self.room.path();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let own: [(&str, OsString); 3] = [
            ("HOME", room.join("home").into()),
            ("GOMODCACHE", self.cache().into()),
            ("PATH", path),
        ];
        let mut command = Command::new(program);
        command
            .args(arguments)
            .arg(MODULE)
            .current_dir(room)
            .env_clear()
            .envs(self.forge.environment())
            .envs(own)
            .envs([("GOPROXY", "direct"), ("GOSUMDB", "off"), ("GOENV", "off"), ("GOFLAGS", "")])
            .envs([("GOTOOLCHAIN", "local"), ("GIT_CONFIG_GLOBAL", "/dev/null"), ("LC_ALL", "C")]);
        Program::start(command).expect("it runs")
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        self.start(program, arguments).finish(LIMIT).expect("its end")
    }

    fn cache(&self) -> PathBuf {
        self.room.path().join("cache")
    }

    /// The lock files that git has left in its repositories.
    fn locks_of_git(&self) -> Vec<PathBuf> {
        let below = WalkDir::new(self.cache().join("cache/vcs")).min_depth(2);
        let is_lock = |path: &Path| path.extension().is_some_and(|extension| extension == "lock");
        // Files come and go meanwhile.
        let paths = below.into_iter().flatten().map(walkdir::DirEntry::into_path);
        paths.filter(|path| is_lock(path)).collect()
    }

    /// Starts a program and waits until its git has half of what it asked for and waits for the
    /// rest.
    fn start_stalled(&self, program: &str, arguments: &[&str]) -> Program {
        let before = self.forge.kept_waiting();
        self.forge.set_stalled("git.example.com/stalled", true);
        let program = self.start(program, arguments);
        while self.forge.kept_waiting() == before || self.locks_of_git().is_empty() {
            assert!(!program.running().is_empty(), "it ended before git had begun");
            std::thread::sleep(Duration::from_millis(5));
        }
        program
    }
}

/// gomod alone is told, as by a supervisor: no terminal tells git too.
#[test]
fn programs_end_with_gomod() {
    if !is_there("git") {
        return;
    }
    let bench = Bench::new();
    let gomod = env!("CARGO_BIN_EXE_gomod");
    for signal in [Signal::INT, Signal::TERM] {
        let program = bench.start_stalled(gomod, &["download"]);
        // gomod, git, and what speaks to the server for git.
        assert!(program.running().len() >= 3, "{:?}", program.running());
        let group = program.group();
        program.signal_alone(signal).expect("told");
        let output = program.finish(LIMIT).expect("its end");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), stderr.as_str()), (Some(130), ""), "{signal:?}");
        assert_eq!(running_in(group), [""; 0], "{signal:?}");
        assert_eq!(bench.locks_of_git(), [""; 0].map(PathBuf::from), "{signal:?}");

        // The next run finds nothing in its way.
        bench.forge.set_stalled("git.example.com/stalled", false);
        let sides = [(gomod, &["download"][..]), ("go", &["mod", "download"])];
        let (program, arguments) = sides[usize::from(signal == Signal::TERM && go_is_there())];
        let output = bench.run(program, arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        tree::remove(&bench.cache()).expect("removed");
    }
}
