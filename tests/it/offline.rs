//! Runs with -offline make no connection: strace sees each of their system calls that could.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use crate::crash::strace_works;
use crate::support::fixture::Catalogue;
use crate::support::program::{Program, Room};
use crate::support::proxy::Proxy;
use crate::support::sumdb::Database;
use crate::support::tree;

/// Far above what a run needs.
const LIMIT: Duration = Duration::from_secs(60);

const GO_MOD: &str = "module example.com/m\n\ngo 1.21\n\nrequire example.com/hello v1.0.0\n";
const SOURCE: &str =
    "package m\n\nimport (\n\t_ \"example.com/chain/a\"\n\t_ \"example.com/hello\"\n)\n";

/// The files of the module.
const FILES: [&str; 3] = ["go.mod", "go.sum", "m.go"];

/// What is asked, and whether a cache with all that the module needs is enough for it.
const RUNS: &[(&[&str], bool)] = &[
    (&["tidy"], true),
    (&["download"], true),
    (&["download", "-for", "./..."], true),
    (&["download", "example.com/hello@latest"], true),
    (&["download", "example.com/hello@v1.1.0", "example.com/newest@main"], false),
    (&["get", "-u", "./..."], true),
    (&["get", "example.com/newest@latest"], false),
    (&["vendor"], true),
    (&["list", "-m", "-versions", "example.com/hello"], true),
    (&["list", "-m", "-u", "all"], true),
    (&["why", "-m", "example.com/hello"], true),
    (&["graph"], true),
    (&["verify"], true),
    (&["verify", "-deep"], true),
    (&["tidy", "-locked"], true),
    (&["tidy", "-e"], true),
    (&["vendor", "-e"], true),
];

struct Bench {
    room: Room,
    proxy: Proxy,
}

impl Bench {
    fn new() -> Self {
        let proxy = Proxy::start(Catalogue::fixtures()).unwrap();
        let room = Room::new("gomod-offline-").unwrap();
        let module = room.path().join("m");
        fs::create_dir(&module).unwrap();
        fs::write(module.join("go.mod"), GO_MOD).unwrap();
        fs::write(module.join("m.go"), SOURCE).unwrap();
        Self { room, proxy }
    }

    /// The module as it was when its cache was filled.
    fn prepare(&self) {
        let (module, tidy) = (self.room.path().join("m"), self.room.path().join("tidy"));
        tree::remove(&module).unwrap();
        fs::create_dir(&module).unwrap();
        for name in FILES {
            fs::copy(tidy.join(name), module.join(name)).unwrap();
        }
    }

    /// Runs a program with its arguments, of which gomod's are the last. The list of proxies is
    /// one that asks the network in every way.
    fn run(&self, mut command: Command, cache: &Path) -> Output {
        let home = self.room.path();
        command
            .current_dir(home.join("m"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home)
            .env("TMPDIR", home)
            .env("GOPATH", home.join("gopath"))
            .env("GOMODCACHE", cache)
            .env("GOPROXY", format!("{},direct", self.proxy.url()))
            .env("GOSUMDB", Database::verifier_key())
            .envs([("GOENV", "off"), ("GOFLAGS", ""), ("LC_ALL", "C")]);
        Program::start(command).unwrap().finish(LIMIT).unwrap()
    }

    /// Tidies the module, and fills a cache with what it needs.
    fn full_cache(&self) -> PathBuf {
        let cache = self.room.path().join("full");
        let gomod = |arguments: &[&str]| {
            let mut gomod = Command::new(env!("CARGO_BIN_EXE_gomod"));
            gomod.args(arguments);
            let output = self.run(gomod, &cache);
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        };
        gomod(&["tidy"]);
        let (module, tidy) = (self.room.path().join("m"), self.room.path().join("tidy"));
        fs::create_dir(&tidy).unwrap();
        for name in FILES {
            fs::copy(module.join(name), tidy.join(name)).unwrap();
        }
        gomod(&["download"]);
        gomod(&["list", "-m", "-u", "all"]);
        gomod(&["get", "-u", "./..."]);
        gomod(&["download"]);
        cache
    }

    /// The system calls of a run that could ask somebody, and its output.
    fn calls(&self, arguments: &[&str], cache: &Path) -> (Vec<String>, Output) {
        let trace = self.room.path().join("trace");
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-e", "trace=socket,connect,sendto,sendmsg,sendmmsg,execve"]);
        strace.arg("-o").arg(&trace).arg(env!("CARGO_BIN_EXE_gomod")).args(arguments);
        let output = self.run(strace, cache);
        let text = fs::read_to_string(&trace).unwrap();
        (text.lines().map(str::to_owned).collect(), output)
    }
}

/// Those of calls that reach out: all but the one that begins gomod itself.
fn reaching_out(calls: &[String]) -> Vec<&String> {
    let names = ["connect(", "sendto(", "sendmsg(", "sendmmsg(", "AF_INET"];
    let own = env!("CARGO_BIN_EXE_gomod");
    let starts_other = |call: &String| call.contains("execve(") && !call.contains(own);
    let asks = |call: &String| names.iter().any(|name| call.contains(name));
    calls.iter().filter(|call| asks(call) || starts_other(call)).collect()
}

#[test]
fn an_offline_run_makes_no_connection() {
    if !strace_works() {
        println!("skipped: there is no strace that works");
        return;
    }
    let bench = Bench::new();
    let full = bench.full_cache();
    let empty = bench.room.path().join("empty");

    // What is looked for is seen where it is there.
    bench.prepare();
    let (calls, output) = bench.calls(&["download", "-q"], &bench.room.path().join("online"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!reaching_out(&calls).is_empty());

    for (cache, is_full) in [(&full, true), (&empty, false)] {
        for (arguments, is_enough) in RUNS {
            bench.prepare();
            let (verb, rest) = arguments.split_first().unwrap();
            let words: Vec<&str> =
                [verb, "-offline"].into_iter().chain(rest.iter().copied()).collect();
            let (calls, output) = bench.calls(&words, cache);
            let text = String::from_utf8_lossy(&output.stderr);
            let found = reaching_out(&calls);
            assert!(found.is_empty(), "{words:?}: {found:#?}\n{text}");
            assert!(calls.iter().any(|call| call.contains("execve(")), "{words:?}: {calls:?}");
            let code = if is_full && *is_enough { 0 } else { 1 };
            assert_eq!(output.status.code(), Some(code), "{words:?}: {text}");
            if code == 1 {
                assert!(text.contains("offline, and not in the module cache:\n\t"), "{text}");
            }
        }
    }
}
