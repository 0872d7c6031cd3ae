//! Runs that wait for another process's lock say whose it is; and what is said where a file
//! system has no locks.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use crate::crash::strace_works;
use crate::support::fixture::Catalogue;
use crate::support::program::{Program, Room};
use crate::support::proxy::Proxy;
use crate::support::sumdb::Database;

const MODULE: &str = "example.com/hello@v1.0.0";
/// Above the seconds that are waited for in silence.
const HELD: Duration = Duration::from_secs(5);
/// Far above what a run needs.
const LIMIT: Duration = Duration::from_secs(60);

struct Bench {
    room: Room,
    proxy: Proxy,
}

impl Bench {
    fn new() -> Self {
        let room = Room::new("gomod-waiting-").unwrap();
        let proxy = Proxy::start(Catalogue::fixtures()).unwrap();
        fs::create_dir(room.path().join("m")).unwrap();
        fs::write(room.path().join("m/go.mod"), "module example.com/m\n\ngo 1.21\n").unwrap();
        Self { room, proxy }
    }

    /// gomod with these arguments, which some program may run that has arguments before them.
    fn start(&self, before: &[&str], arguments: &[&str]) -> Program {
        let home = self.room.path();
        let gomod = env!("CARGO_BIN_EXE_gomod");
        let words: Vec<&str> = before.iter().chain(&[gomod]).chain(arguments).copied().collect();
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .current_dir(home.join("m"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home)
            .env("TMPDIR", home)
            .env("GOPATH", home.join("gopath"))
            .env("GOMODCACHE", home.join("cache"))
            .env("GOPROXY", self.proxy.url())
            .env("GOSUMDB", Database::verifier_key())
            .env("GONOSUMDB", if before.is_empty() { "" } else { "*" })
            .envs([("GOENV", "off"), ("GOFLAGS", ""), ("LC_ALL", "C")]);
        Program::start(command).unwrap()
    }

    fn run(&self, before: &[&str], arguments: &[&str]) -> Output {
        self.start(before, arguments).finish(LIMIT).unwrap()
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What a run says that finds this file locked for some seconds.
fn told(file: &str, arguments: &[&str]) -> String {
    let bench = Bench::new();
    let path: PathBuf = bench.room.path().join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let held = File::options().create(true).append(true).open(&path).unwrap();
    held.lock().unwrap();
    let run = bench.start(&[], arguments);
    std::thread::sleep(HELD);
    drop(held);
    let output = run.finish(LIMIT).unwrap();
    let text = stderr(&output);
    assert!(output.status.success(), "{file}: {text}");
    // It is this process that holds the lock. Systems other than Linux do not say so.
    let whose = if cfg!(target_os = "linux") {
        format!(" (process {}) holds {}\n", std::process::id(), path.display())
    } else {
        format!("it holds {}\n", path.display())
    };
    assert!(text.contains(&whose), "{file}: no {whose} in {text}");
    assert_eq!(text.matches("waiting for another process").count(), 1, "{text}");
    bench.room.close().unwrap();
    text
}

#[test]
fn whose_lock_is_waited_for_is_said() {
    let cases: [(&str, &[&str], &str); 5] = [
        (
            "cache/cache/download/example.com/hello/@v/v1.0.0.lock",
            &["download", MODULE],
            "waiting for another process to download example.com/hello@v1.0.0: ",
        ),
        (
            "cache/cache/download/example.com/hello/@v/list",
            &["download", MODULE],
            "waiting for another process: ",
        ),
        ("m/go.mod", &["get", MODULE], "waiting for another process: "),
        ("m/go.sum", &["get", MODULE], "waiting for another process: "),
        ("cache/cache/lock", &["get", MODULE], "waiting for another process: "),
    ];
    std::thread::scope(|scope| {
        for (file, arguments, says) in cases {
            scope.spawn(move || {
                let text = told(file, arguments);
                assert!(text.contains(says), "{file}: {text}");
            });
        }
    });
}

#[test]
fn without_locks_the_way_out_is_said() {
    if !strace_works() {
        println!("skipped: there is no strace that works");
        return;
    }
    for error in ["ENOLCK", "EOPNOTSUPP", "ENOSYS"] {
        let bench = Bench::new();
        let inject = format!("inject=flock:error={error}");
        let strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=flock", "-e", &inject];
        // No other cache helps the main module's files.
        let text = stderr(&bench.run(&strace, &["list", "-m"]));
        assert!(text.contains("its file system has no locks; move it"), "{error}: {text}");
        assert!(!text.contains("GOMODCACHE"), "{error}: {text}");
        fs::remove_file(bench.room.path().join("m/go.mod")).unwrap();
        let output = bench.run(&strace, &["download", MODULE]);
        let text = stderr(&output);
        assert!(!output.status.success(), "{error}: {text}");
        assert!(text.contains("locking ") && text.contains("/example.com/hello/@v/"), "{text}");
        let says = "its file system has no locks, without which processes cannot share a cache\n\t\
                    set GOMODCACHE, to a folder of its own for each process or machine";
        assert!(text.contains(says), "{error}: {text}");
        bench.room.close().unwrap();
    }
}
