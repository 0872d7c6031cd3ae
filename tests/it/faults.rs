//! `download` from a proxy that stumbles: every third request meets a fault, then all of them.
//!
//! `GOMOD_FAULTS=all` tries every fault and status, and permanent ones under the limits that
//! users have; otherwise some, with shorter ones. Prints how many faults were met and survived,
//! by how many requests.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use gomod::config::{self, HttpProxies, Patience, VersionControl};
use gomod::fetch::auth::Credentials;
use gomod::fetch::http::{Http, Purpose, Security};
use gomod::ui::progress::Progress;
use regex::Regex;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::fixture::{Catalogue, ModuleVersion};
use crate::support::forge;
use crate::support::program::{Program, Room};
use crate::support::proxy::{Fault, Proxy};
use crate::support::sumdb::Database;
use crate::support::tree::Tree;

const MODULES: usize = 180;

/// Within this a run ends, whatever happens to it.
const LIMIT: Duration = Duration::from_secs(60);

const EVERYTHING: &str = "";
const ZIPS: &str = r"\.zip$";

fn tries_all() -> bool {
    std::env::var("GOMOD_FAULTS").is_ok_and(|value| value == "all")
}

/// A module that requires all of a graph of 180, and what a proxy has of them.
struct World {
    catalogue: Arc<Catalogue>,
    go_mod: String,
    /// The module cache after a download that nothing disturbed, and how many requests it took.
    whole: Tree,
    requests: usize,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let mut catalogue = Catalogue::default();
    let mut go_mod = "module example.com/main\n\ngo 1.21\n\nrequire (\n".to_owned();
    for n in 0..MODULES {
        let path = format!("example.com/m{n}");
        go_mod.push_str(&format!("\t{path} v1.0.0\n"));
        let required: String = [2 * n + 1, 2 * n + 2]
            .into_iter()
            .filter(|other| *other < MODULES)
            .map(|other| format!("require example.com/m{other} v1.0.0\n"))
            .collect();
        // Some are so large that they go to the disk as they arrive.
        let lines = if n % 60 == 7 { 180_000 } else { 20 };
        let noise = |line: u64| {
            let line = line + 1_000_000 * n as u64;
            format!("// {:016x}\n", line.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29))
        };
        let noise: String = (0..lines).map(noise).collect();
        let text = format!(
            "module {path} v1.0.0\n-- go.mod --\nmodule {path}\n\ngo 1.21\n\n{required}\
             -- m.go --\npackage m\n\n{noise}-- sub/sub.go --\npackage sub\n"
        );
        catalogue.add(ModuleVersion::parse(&text).unwrap());
    }
    go_mod.push_str(")\n");
    let mut world =
        World { catalogue: Arc::new(catalogue), go_mod, whole: Tree::default(), requests: 0 };
    let run = world.run(|_| {}, &[]);
    assert!(run.output.status.success(), "{}", run.stderr());
    assert_eq!(run.stderr(), "");
    (world.whole, world.requests) = (run.cache, run.requests.len());
    world
});

struct Run {
    output: Output,
    cache: Tree,
    requests: Vec<String>,
    faults: usize,
}

impl Run {
    fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// How often a URL path was asked for.
    fn count(&self, path: &str) -> usize {
        self.requests.iter().filter(|request| *request == path).count()
    }
}

impl World {
    /// A cold download while the proxy has faults.
    fn run(&self, arm: impl Fn(&Proxy), settings: &[(&str, &str)]) -> Run {
        let room = Room::new("gomod-faults-").unwrap();
        let home = room.path();
        fs::create_dir_all(home.join("m")).unwrap();
        fs::write(home.join("m/go.mod"), &self.go_mod).unwrap();
        let proxy = Proxy::start(self.catalogue.clone()).unwrap();
        arm(&proxy);
        let mut command = Command::new(env!("CARGO_BIN_EXE_gomod"));
        command.arg("download").current_dir(home.join("m")).env_clear().env("HOME", home);
        command
            .env("GOPATH", home.join("gopath"))
            .env("GOPROXY", proxy.url())
            .env("GOSUMDB", Database::verifier_key())
            .envs([("GOENV", "off"), ("GOFLAGS", ""), ("LC_ALL", "C")])
            .envs(settings.iter().copied());
        let output = Program::start(command).unwrap().finish(LIMIT).unwrap();
        let requests = proxy.requests().into_iter().map(|request| request.path).collect();
        let faults = proxy.recurred();
        let cache = home.join("gopath/pkg/mod");
        let is_lock = |name: &str| Path::new(name).ends_with("lock");
        let cache = Tree::read(&cache).unwrap_or_default().without(is_lock);
        room.close().unwrap();
        Run { output, cache, requests, faults }
    }

    /// A download where every third request meets this fault, but none twice at the same place.
    fn stumbling(&self, fault: &Fault, pattern: &str) -> Run {
        let pattern = Regex::new(pattern).unwrap();
        let arm = |proxy: &Proxy| proxy.set_recurring_fault(fault.clone(), pattern.clone(), 3);
        self.run(arm, &[("GOMOD_STALL_TIMEOUT", "1s")])
    }
}

/// The faults that a second try gets over, and where.
fn passing() -> Vec<(&'static str, &'static str)> {
    const CONTENT: &str = r"\.(zip|info)$";
    let some = [
        ("429:1", EVERYTHING),
        ("503", EVERYTHING),
        ("reset", EVERYTHING),
        ("truncate", EVERYTHING),
        ("stall", EVERYTHING),
        // What arrives makes no sense by itself. Where it is to be told by its sum alone, it is a
        // breach of security, and that is the end of it.
        ("html", CONTENT),
        ("flip", ZIPS),
    ];
    let others = [
        ("408", EVERYTHING),
        ("425", EVERYTHING),
        ("500", EVERYTHING),
        ("502", EVERYTHING),
        ("504", EVERYTHING),
        ("503:0", EVERYTHING),
        ("drip", EVERYTHING),
        ("latency:300", EVERYTHING),
        ("redirect:?again", EVERYTHING),
        ("wrong-length", CONTENT),
        ("swap:/example.com/m0/@v/v1.0.0.zip", r"/m[1-9]\d*/@v/v1.0.0.zip$"),
        ("swap:/example.com/m0/@v/v1.0.0.mod", r"\.info$"),
        ("endless", r"\.(info|mod)$"),
    ];
    some.into_iter().chain(others.into_iter().filter(|_| tries_all())).collect()
}

#[test]
fn what_passes_is_survived() {
    for (verb, pattern) in passing() {
        let run = WORLD.stumbling(&Fault::parse(verb).unwrap(), pattern);
        let stderr = run.stderr();
        assert!(run.output.status.success(), "{verb}: {stderr}");
        let difference = WORLD.whole.diff(&run.cache);
        assert!(difference.is_empty(), "{verb}:\n{difference}");
        assert!(run.faults >= MODULES / 4, "{verb}: {} faults", run.faults);
        let slow = ["drip", "latency:300", "redirect:?again"].contains(&verb);
        let told = match stderr.lines().collect::<Vec<_>>()[..] {
            [] if slow => String::new(),
            [line] if line.starts_with("gomod: retried ") && !slow => line.to_owned(),
            _ => panic!("{verb}: {stderr}"),
        };
        assert!(slow || told.ends_with("; all were answered in the end"), "{verb}: {told}");
        println!(
            "{verb}{pattern}: {} faults survived by {} requests, {} without faults; {told}",
            run.faults,
            run.requests.len(),
            WORLD.requests,
        );
    }
}

/// What fails for good is asked for four times, and told with its cause.
#[test]
fn what_does_not_pass_is_told() {
    let mut verbs = vec!["503", "reset", "truncate"];
    let mut settings = vec![("GOMOD_STALL_TIMEOUT", "1s")];
    if tries_all() {
        settings.clear();
        verbs.extend(["429:7", "stall", "wrong-length", "html", "flip", "latency:3600000"]);
    }
    let pattern = Regex::new(r"/m\d*[05]/@v/v1.0.0.zip$").unwrap();
    for verb in verbs {
        let fault = Fault::parse(verb).unwrap();
        let run =
            WORLD.run(|proxy| proxy.set_fault(fault.clone(), pattern.clone(), None), &settings);
        let stderr = run.stderr();
        assert_eq!(run.output.status.code(), Some(1), "{verb}: {stderr}");
        let mut named = 0;
        for line in stderr.lines().filter(|line| line.contains("@v1.0.0: ")) {
            assert!(line.starts_with("gomod: example.com/m"), "{verb}: {line}");
            named += 1;
        }
        assert_eq!(named, MODULES / 5, "{verb}: {stderr}");
        println!(
            "{verb} for good: {named} modules named, {} requests; {}",
            run.requests.len(),
            stderr.lines().next().unwrap_or_default()
        );
        if verb == "503" {
            assert_eq!(run.count("/example.com/m5/@v/v1.0.0.zip"), 4, "{verb}");
        }
    }
}

/// A server that speaks HTTP/2 and, on its first connection, answers a request with GOAWAY of this
/// error code (RFC 9113, section 6.8); on others with status 200 and nothing more.
fn serve_goaway(listener: &TcpListener, tls: &Arc<ServerConfig>, code: u32) -> io::Result<()> {
    let frame = |kind: u8, flags: u8, stream: u32, payload: &[u8]| {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
        [&head[..], payload].concat()
    };
    for connection in 0..2 {
        let (stream, _) = listener.accept()?;
        let session = ServerConnection::new(tls.clone()).map_err(io::Error::other)?;
        let mut wire = StreamOwned::new(session, stream);
        wire.read_exact(&mut [0; 24])?;
        wire.write_all(&frame(SETTINGS, 0, 0, &[]))?;
        loop {
            let mut head = [0; 9];
            if wire.read_exact(&mut head).is_err() {
                break;
            }
            let [_, a, b] = head[..3] else { unreachable!("three bytes") };
            let mut payload = vec![0; usize::from(u16::from_be_bytes([a, b]))];
            wire.read_exact(&mut payload)?;
            let stream = u32::from_be_bytes(head[5..].try_into().unwrap());
            match (head[3], connection) {
                (HEADERS, 0) => {
                    let last_and_code = [0_u32.to_be_bytes(), code.to_be_bytes()].concat();
                    wire.write_all(&frame(GOAWAY, 0, 0, &last_and_code))?;
                    break;
                }
                // The ninth entry of HPACK's static table is `:status: 200`.
                (HEADERS, _) => {
                    wire.write_all(&frame(HEADERS, END_HEADERS | END_STREAM, stream, &[0x88]))?
                }
                (SETTINGS, _) if head[4] & ACK == 0 => {
                    wire.write_all(&frame(SETTINGS, ACK, 0, &[]))?
                }
                _ => {}
            }
        }
    }
    Ok(())
}

const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

#[tokio::test]
async fn a_connection_that_goes_away_passes() {
    struct Silent;
    impl Progress for Silent {}
    let room = Room::new("gomod-goaway-").unwrap();
    let mut tls = forge::certificate(&room.path().join("ca.pem")).unwrap();
    tls.alpn_protocols = vec![b"h2".to_vec()];
    let tls = Arc::new(tls);
    // NO_ERROR, INTERNAL_ERROR and ENHANCE_YOUR_CALM.
    for code in [0, 2, 11] {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("https://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let tls = tls.clone();
        std::thread::spawn(move || serve_goaway(&listener, &tls, code));
        let nobody = config::Credentials { goauth: "off".to_owned(), ..Default::default() };
        let nobody = Credentials::of(nobody, VersionControl::default());
        let patience = Patience::default();
        let http = Http::new(HttpProxies::default(), None, patience, nobody, Arc::new(Silent));
        let ask = || http.ask(&url, Purpose::Small, Security::Unverified);
        // The client itself repeats what the server surely has not looked at.
        if let Err(error) = ask().await {
            assert!(error.may_pass(), "{code}: {error}");
            assert_ne!(code, 0, "{error}");
            assert!(ask().await.is_ok(), "{code}");
        }
    }
}

/// What breaks trust, and what is not there, is asked for once.
#[test]
fn neither_absence_nor_a_breach_of_security_is_retried() {
    let path = "/example.com/m5/@v/v1.0.0.mod";
    for (verb, told) in [
        ("404", "404 Fixture"),
        ("410", "410 Fixture"),
        ("403", "403 Forbidden"),
        ("flip", "SECURITY ERROR"),
        ("html", "SECURITY ERROR"),
    ] {
        let fault = Fault::parse(verb).unwrap();
        let pattern = Regex::new(&format!("{path}$")).unwrap();
        let run = WORLD.run(|proxy| proxy.set_fault(fault.clone(), pattern.clone(), Some(1)), &[]);
        let stderr = run.stderr();
        assert_eq!(run.output.status.code(), Some(1), "{verb}: {stderr}");
        let told = told.replace("Fixture", if verb == "404" { "Not Found" } else { "Gone" });
        assert!(stderr.contains(&told), "{verb}: {stderr}");
        assert_eq!(run.count(path), 1, "{verb}");
        assert!(!stderr.contains("retried"), "{verb}: {stderr}");
    }
}
