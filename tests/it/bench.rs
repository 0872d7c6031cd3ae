//! Tests of the bench itself: what it says of a program is worth as much as it is.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use regex::{Regex, RegexBuilder};

use crate::support::fixture::{Catalogue, ModuleVersion, escape, unescape};
use crate::support::proxy::{Fault, Proxy};
use crate::support::script::{Outcome, run_text};
use crate::support::sumdb::Lie;
use crate::support::tree::{self, Tree};
use crate::support::txtar::Archive;

#[test]
fn archives_survive_a_round_trip() {
    for text in ["", "only a comment\n", "-- a --\n", "c\n-- a --\n1\n--no--\n-- b/c --\n\n2\n"] {
        assert_eq!(Archive::parse(text).format(), text);
    }
    let archive = Archive::parse("x\n-- a --\n--  --\n-- b --\r\nlast");
    assert_eq!(archive.comment, "x\n");
    assert_eq!(archive.get("a"), Some("--  --\n"));
    assert_eq!(archive.get("b"), Some("last\n"));
}

#[test]
fn escapes_as_the_proxy_protocol_does() {
    assert_eq!(escape("github.com/Azure/X"), "github.com/!azure/!x");
    assert_eq!(unescape("github.com/!azure/!x").as_deref(), Some("github.com/Azure/X"));
    for not_escaped in ["A", "a!", "!A", "!1"] {
        assert_eq!(unescape(not_escaped), None);
    }
}

#[test]
fn fixtures_are_made_alike_each_time() {
    let text =
        "module example.com/a v1.0.0\n-- go.mod --\nmodule example.com/a\n-- a.go --\npackage a\n";
    let module = ModuleVersion::parse(text).expect("a fixture");
    assert_eq!(module.zip, ModuleVersion::parse(text).expect("a fixture").zip);
    // sha256sum over the two lines of sha256sum, by hand.
    assert_eq!(module.go_mod_sum, "h1:NeOsx/KTizj35klXP3wYh3O0751aAtYrRoX+a6YAye8=");
    assert!(ModuleVersion::parse("-- go.mod --\n").is_err());
    assert!(ModuleVersion::parse("module a v1\nsurprise\n").is_err());
}

#[test]
fn a_catalogue_answers_by_the_protocol() {
    let mut catalogue = Catalogue::default();
    for comment in [
        "module example.com/A v1.10.0",
        "module example.com/A v1.9.0\nquery main",
        "module example.com/A v1.11.0-rc.1",
        "module example.com/A v1.12.0\nunlisted",
        "module example.com/A v0.0.0-20240101000000-abcdef123456",
    ] {
        catalogue.add(ModuleVersion::parse(comment).expect("a fixture"));
    }
    let ask = |path: &str| {
        let answer = catalogue.answer(path);
        (answer.status, String::from_utf8_lossy(&answer.body).into_owned())
    };
    let info = |version: &str| {
        (200, format!(r#"{{"Version":"{version}","Time":"2024-01-01T00:00:00Z"}}"#))
    };
    let list = "v1.9.0\nv1.10.0\nv1.11.0-rc.1\n".to_owned();
    assert_eq!(ask("/example.com/!a/@v/list"), (200, list));
    assert_eq!(ask("/example.com/!a/@latest"), info("v1.10.0"));
    assert_eq!(ask("/example.com/!a/@v/main.info"), info("v1.9.0"));
    assert_eq!(ask("/example.com/!a/@v/v1.12.0.info"), info("v1.12.0"));
    assert_eq!(ask("/example.com/!a/@v/v1.9.0.mod"), (200, "module example.com/A\n".to_owned()));
    for missing in
        ["/example.com/A/@v/list", "/example.com/!a/@v/main.mod", "/example.com/!a/@v/v1.9.0"]
    {
        assert_eq!(ask(missing).0, 404, "{missing}");
    }
}

#[test]
fn trees_tell_what_differs() -> io::Result<()> {
    let room = tempfile::tempdir()?;
    let (left, right) = (room.path().join("left"), room.path().join("right"));
    for folder in [&left, &right] {
        fs::create_dir_all(folder.join("sub"))?;
        fs::write(folder.join("sub/same"), "same")?;
        fs::write(folder.join("changed"), folder.as_os_str().as_encoded_bytes())?;
        fs::write(folder.join("mode"), "")?;
        std::os::unix::fs::symlink("sub/same", folder.join("link"))?;
    }
    fs::write(left.join("v1.0.0.lock"), "")?;
    fs::write(right.join("more"), "")?;
    fs::set_permissions(left.join("mode"), fs::Permissions::from_mode(0o444))?;
    let (left, right) = (Tree::read(&left)?, Tree::read(&right)?);
    assert_eq!(left.diff(&left), "");
    let diff = left.diff(&right);
    let names: Vec<&str> =
        diff.lines().map(|line| line.rsplit_once(' ').expect("words").0).collect();
    let bits = right
        .to_string()
        .lines()
        .find_map(|line| line.strip_prefix("more ").map(|l| l[..4].to_owned()));
    let bits = bits.expect("the file is listed");
    assert_eq!(
        names,
        [
            format!("- changed {bits}"),
            format!("+ changed {bits}"),
            "- mode 0444".to_owned(),
            format!("+ mode {bits}"),
            format!("+ more {bits}"),
        ]
    );
    assert_eq!(left.without(|_| true), Tree::default());

    let locked = room.path().join("right/sub");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555))?;
    tree::remove(&room.path().join("right"))?;
    assert!(!room.path().join("right").exists());
    tree::remove(&room.path().join("right"))
}

/// What a client sees of one request: the whole answer, or what came of it before the
/// connection ended or fell silent.
fn get(proxy: &Proxy, path: &str) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(proxy.address())?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while !is_whole(&answer) {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(answer),
            Ok(count) => answer.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(answer),
            Err(error) => return Err(error),
        }
    }
    Ok(answer)
}

fn is_whole(answer: &[u8]) -> bool {
    let has_head = answer.windows(4).any(|window| window == b"\r\n\r\n");
    has_head && body(answer).len() >= declared(answer)
}

fn body(answer: &[u8]) -> &[u8] {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    &answer[end + 4..]
}

fn declared(answer: &[u8]) -> usize {
    let text = String::from_utf8_lossy(answer).into_owned();
    let length = text.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    length.and_then(|length| length.parse().ok()).expect("a length")
}

#[test]
fn each_fault_reaches_the_wire() -> io::Result<()> {
    let proxy = Proxy::start(Catalogue::fixtures())?;
    let path = "/example.com/hello/@v/v1.0.0.zip";
    let plain = get(&proxy, path)?;
    let whole = body(&plain).to_vec();
    assert_eq!(declared(&plain), whole.len());
    let with = |name: &str| {
        let fault = Fault::parse(name).expect("a fault");
        proxy.set_fault(fault, Regex::new("v1.0.0.zip$").expect("a pattern"), Some(1));
        get(&proxy, path)
    };

    for status in ["401", "403", "404", "410", "429", "500", "503"] {
        assert!(with(status)?.starts_with(format!("HTTP/1.1 {status} ").as_bytes()));
    }
    let text = |answer: Vec<u8>| String::from_utf8_lossy(&answer).into_owned();
    assert!(text(with("429:7")?).contains("\r\nRetry-After: 7\r\n"));
    let moved = text(with("redirect:/elsewhere")?);
    assert!(moved.starts_with("HTTP/1.1 302 ") && moved.contains("\r\nLocation: /elsewhere\r\n"));
    assert_eq!(with("reset").map_err(|error| error.kind()), Err(io::ErrorKind::ConnectionReset));
    for name in ["truncate", "stall"] {
        let answer = with(name)?;
        assert_eq!(declared(&answer), whole.len(), "{name}");
        assert_eq!(body(&answer), &whole[..whole.len() / 2], "{name}");
    }
    assert_eq!(body(&with("drip")?), whole);
    assert_eq!(body(&with("latency:1")?), whole);
    assert_eq!(declared(&with("wrong-length")?), whole.len() - 1);
    let flipped = with("flip")?;
    let differing = body(&flipped).iter().zip(&whole).filter(|(left, right)| left != right);
    assert_eq!((differing.count(), body(&flipped).len()), (1, whole.len()));
    assert_eq!(body(&with("swap:/example.com/hello/@v/list")?), b"v1.0.0\nv1.1.0\nv1.2.0-beta.1\n");
    assert!(body(&with("html")?).starts_with(b"<!DOCTYPE html>"));
    let empty = "/example.com/untagged/@v/list";
    proxy.set_fault(Fault::Drip, Regex::new("list$").expect("a pattern"), Some(1));
    assert_eq!(body(&get(&proxy, empty)?), b"");
    assert_eq!(body(&get(&proxy, path)?), whole, "a fault outlived its count");
    assert!(Fault::parse("unheard-of").is_err());

    let log: Vec<String> = proxy.requests().iter().map(|request| request.outcome.clone()).collect();
    let order = "200 401 403 404 410 429 500 503 429 redirect reset truncate stall drip 200 wrong-length flip swap html drip 200";
    assert_eq!(log.join(" "), order);
    proxy.clear_requests();
    assert_eq!(proxy.requests(), []);
    Ok(())
}

#[test]
fn one_connection_serves_many_requests() -> io::Result<()> {
    let proxy = Proxy::start(Catalogue::fixtures())?;
    let mut stream = TcpStream::connect(proxy.address())?;
    let request = "GET /example.com/%21upper/!case/@v/list HTTP/1.1\r\nHost: x\r\n\r\n";
    for _ in 0..3 {
        // In two pieces, as a network may deliver it.
        stream.write_all(&request.as_bytes()[..20])?;
        stream.write_all(&request.as_bytes()[20..])?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"v1.0.0\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            answer.extend(byte);
        }
    }
    assert_eq!(proxy.requests().len(), 3);
    assert_eq!(proxy.max_in_flight(), 1);
    // Dropping the proxy ends a connection that is still open.
    drop(proxy);
    assert_eq!(stream.read(&mut [0])?, 0);
    Ok(())
}

#[test]
fn requests_at_one_moment_are_counted() -> io::Result<()> {
    let proxy = Proxy::start(Catalogue::fixtures())?;
    // Each holds its answer back until the proxy closes, so all three meet.
    let forever = Fault::Latency(Duration::from_secs(3600));
    proxy.set_fault(forever, Regex::new("list$").expect("a pattern"), None);
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(proxy.address())?;
        write!(stream, "GET /example.com/hello/@v/list HTTP/1.1\r\nHost: x\r\n\r\n")?;
        clients.push(stream);
    }
    while proxy.requests().len() < 3 {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(proxy.max_in_flight(), 3);
    Ok(())
}

#[test]
fn the_database_lies_only_when_told() -> io::Result<()> {
    let proxy = Proxy::start(Arc::clone(&Catalogue::fixtures()))?;
    let ask = |path: &str| {
        get(&proxy, &format!("/sumdb/sum.example.com/{path}")).map(|all| body(&all).to_vec())
    };
    let look_up = "lookup/example.com/hello@v1.0.0";
    let (honest, tile) = (ask(look_up)?, ask("tile/8/0/000")?);
    assert_eq!(tile.len(), 256 * 32);
    for words in [
        &["wrong-hash", "example.com/hello@v1.0.0"][..],
        &["forked-tree"],
        &["old-tree"],
        &["missing-signature"],
        &["foreign-key"],
    ] {
        proxy.set_lie(Some(Lie::parse(words).expect("a lie"))).expect("a known module");
        assert_ne!(ask(look_up)?, honest, "{words:?}");
        proxy.set_lie(None).expect("the truth");
        assert_eq!(ask(look_up)?, honest, "{words:?}");
    }
    proxy.set_lie(Some(Lie::BadTile)).expect("a lie");
    assert_ne!(ask("tile/8/0/000")?, tile);
    assert!(proxy.set_lie(Some(Lie::WrongHash("a@v1".to_owned()))).is_err());
    assert!(Lie::parse(&["unheard-of"]).is_err());
    Ok(())
}

#[test]
fn scripts_fail_with_the_phase_that_failed() {
    let failed = |text: &str| run_text("x.txtar", text, None).expect_err(text);
    let log = failed("# one\necho a\n# two\necho b\nstdout c\n");
    let (first, rest) = log.split_once('\n').expect("lines");
    assert!(first.starts_with("# one ("), "{log}");
    assert_eq!(rest, "# two\n> echo b\nb\n> stdout c\nFAIL: x.txtar:5: stdout: no match\n");
    for (text, message) in [
        ("! echo a\n", "echo succeeded unexpectedly"),
        ("? unknown\n", "unknown: unknown command"),
        ("! stdout '('\n", "stdout: regex parse error"),
        ("[none] echo\n", "unknown condition [none]"),
        ("echo 'a\n", "a quote has no end"),
        ("cmp stdout a\n-- a --\nx\n", "cmp: stdout and a differ"),
        ("echo x\nstdout -count=2 x\n", "1 matches, not 2"),
        ("? exec sh -c 'kill -9 $$'\n", "ended by signal 9"),
        ("! exec sh -c 'exit 101'\n", "the program panicked"),
        ("exec sh -c 'exit 1' &\n", "exit status 1"),
        ("! exec sh -c 'exit 0' &\nwait\n", "succeeded unexpectedly"),
        ("proxy teapot x\n", "unknown fault"),
    ] {
        let log = failed(text);
        assert!(log.contains(message), "{text}{log}");
    }
}

#[test]
fn scripts_skip_and_stop() {
    let skipped = |reason: &str, missing_program| {
        Ok(Outcome::Skipped { reason: reason.to_owned(), missing_program })
    };
    assert_eq!(run_text("x", "skip 'not here'\nunknown\n", None), skipped("not here", false));
    assert_eq!(run_text("x", "[!exec:none] skip\n", None), skipped("", true));
    assert_eq!(run_text("x", "stop\nunknown\n", None), Ok(Outcome::Passed));
}

#[test]
fn updating_rewrites_what_cmp_compares_with() {
    let text =
        "echo new\ncmp stdout want\n! cmp stdout other\n-- want --\nold\n-- other --\nkept\n";
    let mut updated = None;
    assert_eq!(run_text("x", text, Some(&mut updated)), Ok(Outcome::Passed));
    assert_eq!(updated.as_deref(), Some(&*text.replace("old", "new")));
    let text = updated.expect("the new text");
    let mut updated = None;
    assert_eq!(run_text("x", &text, Some(&mut updated)), Ok(Outcome::Passed));
    assert_eq!(updated, None);
}

/// A fault or a lie that no script tells is one whose handling nobody has seen.
#[test]
fn every_fault_and_every_lie_has_its_script() {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut needed = Vec::new();
    for verb in Fault::VERBS {
        let told = if verb == "status" { "404" } else { verb };
        needed.push((format!("fault_{verb}"), format!("proxy {told}")));
    }
    for status in ["401", "403", "410", "429:", "500", "503"] {
        needed.push(("fault_status".to_owned(), format!("proxy {status}")));
    }
    for verb in Lie::VERBS {
        needed.push((format!("lie_{verb}"), format!("sumdb {verb}")));
    }
    for (name, told) in &needed {
        let text = fs::read_to_string(scripts.join(format!("{name}.txtar")))
            .unwrap_or_else(|error| panic!("{name}.txtar, where `{told}` belongs: {error}"));
        let told = text.lines().filter(|line| line.starts_with(told)).count();
        assert!(told > 0, "{name}.txtar does not tell its fault");
        for piece in told_faults(&Archive::parse(&text).comment) {
            let says = |command: &str| piece.lines().any(|line| line.starts_with(command));
            let mut lacking = Vec::new();
            if says("! gomod ") {
                lacking.extend(["status ", "stderr "].iter().filter(|command| !says(command)));
            }
            lacking.extend(["requests "].iter().filter(|command| !says(command)));
            if !["! exists ", "exists ", "tree ", "cmp "].iter().any(|command| says(command)) {
                lacking.push(&"exists FILE or tree");
            }
            assert!(lacking.is_empty(), "{name}.txtar does not assert {lacking:?} in:\n{piece}");
        }
    }
}

/// The pieces of a script from where a fault or lie is told to the next, those in which
/// gomod does not run left out.
fn told_faults(script: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for line in script.lines() {
        let telling = line.starts_with("proxy ") || line.starts_with("sumdb ");
        let last = pieces.last_mut().expect("there is one");
        if telling && last.lines().any(|line| line.trim_start_matches("! ").starts_with("gomod ")) {
            pieces.push(String::new());
        }
        let last = pieces.last_mut().expect("there is one");
        last.push_str(line);
        last.push('\n');
    }
    let told = |piece: &String| {
        let mut lines =
            piece.lines().filter(|l| l.starts_with("proxy ") || l.starts_with("sumdb "));
        let last = lines.next_back();
        last.is_some_and(|line| line != "proxy -clear" && line != "sumdb honest")
            && piece.lines().any(|line| line.trim_start_matches("! ").starts_with("gomod "))
    };
    pieces.retain(told);
    pieces
}

#[test]
fn programs_in_the_background_are_signalled_and_judged() {
    let run = |text: &str| run_text("x.txtar", text, None);
    let waiting = "[!exec:sh] stop\n! exec sh -c 'sleep 100' &\n";
    let killed = run(&format!("{waiting}kill KILL\nwait\n"));
    assert_eq!(killed, Ok(Outcome::Passed));
    assert!(run("kill INT\n").expect_err("no program").contains("nothing runs"));
    // A signal that the script did not send is never what it expects.
    let own = run("[!exec:sh] stop\n! exec sh -c 'kill -9 $$'\n");
    assert!(own.is_err_and(|log| log.contains("signal 9")));
}

#[test]
fn scripts_run_as_an_ordinary_user() {
    let text = "user\n[!exec:sh] stop\nexec sh -c 'echo own > file; test -w /etc/passwd || echo ordinary'\n\
                stdout ordinary\nexists file\n";
    assert_eq!(run_text("x.txtar", text, None), Ok(Outcome::Passed));
}

/// The fixtures are the shapes that the tests can meet; one that goes missing takes the
/// tests of it along.
#[test]
fn fixtures_cover_every_shape() {
    let catalogue = Catalogue::fixtures();
    let line = |module: &ModuleVersion, pattern: &str| {
        let pattern = RegexBuilder::new(pattern).multi_line(true).build().expect("a pattern");
        pattern.is_match(&String::from_utf8_lossy(&module.go_mod))
    };
    let mut missing: Vec<String> = Vec::new();
    let in_go_mod = [
        ("pruned", r"^go 1\.(1[7-9]|2)"),
        ("unpruned", r"^go 1\.1[1-6]$"),
        ("the newest go line", r"^go 1\.26$"),
        ("a toolchain line", "^toolchain "),
        ("replace", "^replace "),
        ("exclude", "^exclude "),
        ("retract", r"^retract "),
        ("a retracted range", r"^retract \[v.*, ?v.*\]"),
        ("deprecated", "^// Deprecated: "),
        ("tools", "^tool "),
        ("godebug", "^godebug "),
        ("ignore", "^ignore "),
        ("an unknown directive", "^unheard "),
    ];
    for (shape, pattern) in in_go_mod {
        if !catalogue.iter().any(|module| line(module, pattern)) {
            missing.push(shape.to_owned());
        }
    }
    let of_module = |shape: &str, holds: &dyn Fn(&ModuleVersion) -> bool| {
        (!catalogue.iter().any(holds)).then(|| shape.to_owned())
    };
    let paths: Vec<&str> = catalogue.iter().map(|module| &*module.path).collect();
    missing.extend(of_module("no go line", &|module| !line(module, "^go ")));
    missing.extend(of_module("incompatible", &|m| m.version.ends_with("+incompatible")));
    missing.extend(of_module("a major suffix", &|m| m.path.ends_with("/v2")));
    missing.extend(of_module("a dotted major", &|m| m.path.ends_with(".v1")));
    missing.extend(of_module("upper case", &|m| m.path.contains(char::is_uppercase)));
    missing.extend(of_module("a prerelease", &|m| m.version.contains("-alpha.")));
    missing.extend(of_module("a pseudo-version", &|m| m.version.starts_with("v0.0.0-2")));
    missing.extend(of_module("one behind a tag", &|m| m.version.starts_with("v1.0.1-0.2")));
    missing.extend(of_module("a nested module", &|m| {
        paths.iter().any(|path| m.path.strip_prefix(path).is_some_and(|r| r == "/inner"))
    }));
    assert!(missing.is_empty(), "no fixture has: {missing:?}");
}
