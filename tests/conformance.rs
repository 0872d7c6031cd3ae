//! The go command's own scripts, out of the `GOROOT` on this machine, run against gomod.
//!
//! `tests/conformance/scripts.txt` says of each script that uses a command of gomod's
//! whether it passes; it is stale, and the test fails, when a script does otherwise. Go's
//! own test engine runs them: `tests/conformance/engine.go.txt` is compiled into the test
//! binary of cmd/go, once, and kept below the target folder. Nothing of Go's is copied.
//!
//! ```text
//! cargo test --test conformance                           every script
//! cargo test --test conformance -- mod_get                those with this in their names
//! UPDATE_CONFORMANCE=1 cargo test --test conformance      write what happened into the list
//! ```
//!
//! It needs Linux, a Go with its source tree, and `unshare`: each script has a network of
//! its own, without a way out, in which the hosts of the scripts are this machine. Where
//! one of them is missing the test says so and skips, and fails with `CI=true`.

// Tests arrange and read the disk and the environment directly; the bans are for the
// program's own rooms.
#![allow(clippy::disallowed_methods)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use support::tree;

const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/scripts.txt");
const ENGINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/engine.go.txt");

/// How long the engine may take with one script; longer than its own limit, which leaves
/// a transcript.
const ENGINE_LIMIT: Duration = Duration::from_secs(6 * 60);

/// Stands for a reason that nobody has written yet. The test does not take it for one.
const NO_REASON: &str = "REASON?";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let update = std::env::var("UPDATE_CONFORMANCE").is_ok_and(|value| value == "1");
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    let list = match fs::read_to_string(LIST).map_err(|error| error.to_string()) {
        Ok(text) => List::parse(&text),
        Err(error) => Err(error),
    };
    let list = match list {
        Ok(list) => list,
        Err(error) => {
            eprintln!("{LIST}: {error}");
            return ExitCode::FAILURE;
        }
    };
    let engine = match Engine::prepare() {
        Ok(engine) => Arc::new(engine),
        Err(missing) if in_ci => {
            eprintln!("the conformance scripts cannot run, with CI=true: {missing}");
            return ExitCode::FAILURE;
        }
        Err(missing) => {
            eprintln!("SKIPPED all conformance scripts: {missing}");
            return ExitCode::SUCCESS;
        }
    };

    let names: BTreeSet<&String> = engine.picked.iter().chain(list.lines.keys()).collect();
    let outcomes = Arc::new(Mutex::new(BTreeMap::new()));
    let trials = names.into_iter().map(|name| {
        let (engine, outcomes) = (Arc::clone(&engine), Arc::clone(&outcomes));
        let (name, line) = (name.clone(), list.lines.get(name).cloned());
        let kind = line.as_ref().map_or("not listed", |line| line.state.word());
        let go_differs = (engine.minor != list.minor).then(|| {
            format!("NOTE: the list is of {}, and this is {}\n", list.minor, engine.minor)
        });
        let trial = Trial::ignorable_test(name.clone(), move || {
            judge(&engine, &name, line.as_ref(), update, in_ci, &outcomes).map_err(|message| {
                let note = go_differs.unwrap_or_default();
                Failed::from(format!(
                    "{note}{message}\n    cargo test --test conformance -- --exact {name}\n\
                     runs it alone, and with UPDATE_CONFORMANCE=1 writes its line anew."
                ))
            })
        });
        trial.with_kind(kind)
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    if arguments.list {
        return ExitCode::SUCCESS;
    }

    let outcomes = outcomes.lock().expect("no test panics with the lock");
    let count = |wanted: &str| outcomes.values().filter(|outcome| outcome.word() == wanted).count();
    eprintln!(
        "conformance with {}: {} pass, {} not yet, {} out, {} skipped themselves",
        engine.minor,
        count("pass"),
        count("fail"),
        count("out"),
        count("skip")
    );
    for (name, outcome) in outcomes.iter() {
        if let Outcome::Skip(message) = outcome {
            eprintln!("SKIPPED {name}: {message}");
        }
    }
    if update {
        let whole = conclusion.num_filtered_out == 0;
        let minor = if whole { &engine.minor } else { &list.minor };
        let text = list.updated(minor, &engine.picked, &outcomes);
        fs::write(LIST, text).expect("the list can be written");
    }
    conclusion.exit_code()
}

/// What came of a script. A failure's message tells all that there is to tell.
enum Outcome {
    Pass,
    Fail(String),
    Skip(String),
    Out,
}

impl Outcome {
    fn word(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail(_) => "fail",
            Self::Skip(_) => "skip",
            Self::Out => "out",
        }
    }
}

/// Runs a script, unless its line says that it is out, and compares.
fn judge(
    engine: &Engine,
    name: &str,
    line: Option<&Line>,
    update: bool,
    in_ci: bool,
    outcomes: &Mutex<BTreeMap<String, Outcome>>,
) -> Result<Completion, String> {
    let done = |outcome| {
        outcomes.lock().expect("no test panics with the lock").insert(name.to_owned(), outcome);
    };
    if !engine.picked.contains(name) {
        return if update {
            Ok(Completion::ignored_with("its line goes: no script counts under this name"))
        } else {
            Err("the list names it, but no script of this Go counts under this name".to_owned())
        };
    }
    let state = match line {
        None if update => None,
        None => return Err("it counts, but has no line in the list".to_owned()),
        Some(line) if line.reason == NO_REASON && !update => {
            return Err(format!("somebody has to write its reason in place of {NO_REASON}"));
        }
        Some(line) if line.state == State::Out => {
            done(Outcome::Out);
            return Ok(Completion::ignored_with(&line.reason));
        }
        Some(line) => Some(line.state),
    };
    let outcome = engine.run(name)?;
    let verdict = match (&outcome, state) {
        (Outcome::Skip(message), Some(State::Pass)) if in_ci && !update => {
            Err(format!("it is to pass, but skips itself, with CI=true: {message}"))
        }
        (Outcome::Skip(message), _) => Ok(Completion::ignored_with(message)),
        (Outcome::Fail(message), Some(State::Pass)) if !update => {
            Err(format!("it is to pass, but fails:\n{message}"))
        }
        (Outcome::Pass, Some(State::NotYet)) if !update => {
            let reason = line.map_or("", |line| &line.reason);
            Err(format!("it passes, where the list says not yet: {reason}"))
        }
        _ => Ok(Completion::Completed),
    };
    done(outcome);
    verdict
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Pass,
    NotYet,
    Out,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::NotYet => "not-yet",
            Self::Out => "out",
        }
    }
}

#[derive(Clone)]
struct Line {
    state: State,
    /// Empty for a script that passes.
    reason: String,
}

/// `scripts.txt`: `# go1.N`, more comments, then `NAME STATE REASON` lines by name.
struct List {
    /// The Go whose scripts these are, as `go1.N`.
    minor: String,
    remarks: String,
    lines: BTreeMap<String, Line>,
}

impl List {
    fn parse(text: &str) -> Result<Self, String> {
        let (first, text) = text.split_once('\n').unwrap_or((text, ""));
        let minor = first
            .strip_prefix("# ")
            .filter(|version| version.starts_with("go1."))
            .ok_or("the first line must be `# go1.N`, the Go whose scripts these are")?;
        let mut list =
            Self { minor: minor.to_owned(), remarks: String::new(), lines: BTreeMap::new() };
        for line in text.lines() {
            if line.starts_with('#') {
                list.remarks += &format!("{line}\n");
                continue;
            }
            let wrong = |what: &str| format!("{what}: {line}");
            let mut words = line.splitn(3, ' ');
            let (name, state) = (words.next().unwrap_or_default(), words.next());
            let reason = words.next().unwrap_or_default().trim().to_owned();
            let state = match (state, reason.is_empty()) {
                (Some("pass"), true) => State::Pass,
                (Some("not-yet"), false) => State::NotYet,
                (Some("out"), false) => State::Out,
                _ => return Err(wrong("not a name with `pass`, `not-yet REASON` or `out REASON`")),
            };
            if list.lines.last_key_value().is_some_and(|(last, _)| **last >= *name) {
                return Err(wrong("lines must be in order, one a script"));
            }
            list.lines.insert(name.to_owned(), Line { state, reason });
        }
        Ok(list)
    }

    /// The list as these outcomes would have it. Reasons that still have a use stay.
    fn updated(
        &self,
        minor: &str,
        picked: &BTreeSet<String>,
        outcomes: &BTreeMap<String, Outcome>,
    ) -> String {
        let mut text = format!("# {minor}\n{}", self.remarks);
        for name in picked {
            let line = self.lines.get(name);
            let state = match outcomes.get(name) {
                Some(Outcome::Pass) => State::Pass,
                Some(Outcome::Fail(_)) => State::NotYet,
                Some(Outcome::Skip(_)) if line.is_none() => State::Out,
                Some(Outcome::Skip(_) | Outcome::Out) | None => match line {
                    Some(line) => line.state,
                    None => continue,
                },
            };
            text += &match (state, line) {
                (State::Pass, _) => format!("{name} pass\n"),
                (_, Some(line)) if line.state == state => {
                    format!("{name} {} {}\n", state.word(), line.reason)
                }
                _ => format!("{name} {} {NO_REASON}\n", state.word()),
            };
        }
        text
    }
}

/// Go's test engine with our part in it, and what it needs to run.
struct Engine {
    program: PathBuf,
    goroot: PathBuf,
    gocache: PathBuf,
    /// The version without its patch level: `go1.N`.
    minor: String,
    /// `unshare` and its flags.
    isolation: Vec<&'static str>,
    /// The scripts that count.
    picked: BTreeSet<String>,
}

/// What `go env -json` tells.
#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
struct GoEnv {
    goroot: PathBuf,
    goversion: String,
    gocache: PathBuf,
}

/// What the engine writes about a script.
#[derive(Deserialize)]
struct Verdict {
    result: String,
    message: String,
    transcript: String,
}

impl Engine {
    /// Finds what a run needs, and builds the engine if it is not there yet. The error
    /// names what is missing.
    fn prepare() -> Result<Self, String> {
        if !cfg!(target_os = "linux") {
            return Err("only Linux has the namespaces in which they run".to_owned());
        }
        let isolation = isolation()?;
        let mut go = go_command(Path::new("go"));
        let env = output(go.args(["env", "-json", "GOROOT", "GOVERSION", "GOCACHE"]))?;
        let env: GoEnv = serde_json::from_str(&env).map_err(|error| format!("go env: {error}"))?;
        let folder = env.goroot.join("src/cmd/go");
        if !folder.join("testdata/script").is_dir() {
            return Err(format!("no scripts in {}/testdata/script", folder.display()));
        }
        let minor: Vec<&str> = env.goversion.split(['.', '-', ' ']).take(2).collect();
        let mut engine = Self {
            program: build(&env)?,
            goroot: env.goroot,
            gocache: env.gocache,
            minor: minor.join("."),
            isolation,
            picked: BTreeSet::new(),
        };
        let room = room().map_err(|error| error.to_string())?;
        let names = room.path().join("names");
        output(engine.command(&[], room.path()).env("GOMOD_CONFORMANCE_PICK", &names))?;
        let names = fs::read_to_string(names).map_err(|error| format!("the engine: {error}"))?;
        engine.picked = names.lines().map(str::to_owned).collect();
        Ok(engine)
    }

    /// The engine, in an environment of which nothing reaches a script but this.
    fn command(&self, prefix: &[&str], room: &Path) -> Command {
        let mut words = prefix.iter().map(AsRef::as_ref).chain([self.program.as_os_str()]);
        let mut command = Command::new(words.next().expect("the program is one"));
        command.args(words).args(["-test.run=^TestGomodConformance$", "-test.timeout=0"]);
        command.current_dir(self.goroot.join("src/cmd/go")).env_clear();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = [self.goroot.join("bin")].into_iter().chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(path).expect("they were split"));
        command.env("TMPDIR", room).env("GOCACHE", &self.gocache).env("GOENV", "off");
        command
    }

    /// Runs one script. An error is one of the engine's.
    fn run(&self, name: &str) -> Result<Outcome, String> {
        let failed = |error: io::Error| format!("running the engine: {error}");
        let room = room().map_err(failed)?;
        let outcome = self.run_in(room.path(), name).map_err(failed).flatten();
        // Module folders are read-only, which the folder's own clean-up does not get past.
        let removed = tree::remove(room.path()).map_err(|error| format!("cleaning up: {error}"));
        let outcome = outcome?;
        removed.map(|()| outcome)
    }

    fn run_in(&self, room: &Path, name: &str) -> io::Result<Result<Outcome, String>> {
        let (verdict, log) = (room.join("verdict"), room.join("log"));
        let temporary = room.join("tmp");
        fs::create_dir(&temporary)?;
        let talk = fs::File::create(&log)?;
        let mut child = self
            .command(&self.isolation, &temporary)
            .env("GOMOD_CONFORMANCE_SCRIPT", name)
            .env("GOMOD_CONFORMANCE_BIN", env!("CARGO_BIN_EXE_gomod"))
            .env("GOMOD_CONFORMANCE_OUT", &verdict)
            // Its end, when this process ends in whatever way, ends the engine.
            .stdin(Stdio::piped())
            .stdout(talk.try_clone()?)
            .stderr(talk)
            .spawn()?;
        let end = Instant::now() + ENGINE_LIMIT;
        while child.try_wait()?.is_none() {
            if Instant::now() > end {
                child.kill()?;
                child.wait()?;
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }

        let text = match fs::read_to_string(verdict) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let log = String::from_utf8_lossy(&fs::read(log)?).into_owned();
                return Ok(Err(format!("the engine ended without a verdict:\n{}", tail(&log))));
            }
            Err(error) => return Err(error),
        };
        let Verdict { result, message, transcript } = serde_json::from_str(&text)?;
        Ok(Ok(match &*result {
            "pass" => Outcome::Pass,
            "skip" => Outcome::Skip(message),
            _ => Outcome::Fail(format!("{}\n{message}", tail(&transcript))),
        }))
    }
}

/// A folder of a run. Not below the target folder: version control would take what is in
/// it for a part of this repository.
fn room() -> io::Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix("gomod-conformance-").tempdir()
}

/// The command that starts another in namespaces of its own.
fn isolation() -> Result<Vec<&'static str>, String> {
    // In a process namespace everything ends with the engine, daemons too: go starts one
    // that goes on writing into the folders of a script.
    let mut command = vec!["unshare", "-m", "-n", "-p", "--kill-child", "--propagation", "private"];
    if !rustix::process::geteuid().is_root() {
        command.push("-r");
    }
    output(Command::new(command[0]).args(&command[1..]).arg("true"))
        .map(|_| command)
        .map_err(|error| format!("no namespaces for mounts, network and processes: {error}"))
}

/// A go command that neither asks the network nor heeds the user's settings.
fn go_command(go: &Path) -> Command {
    let mut command = Command::new(go);
    command.env("GOENV", "off").env("GOFLAGS", "").env("GOWORK", "off");
    command.env("GOTOOLCHAIN", "local").env("GOPROXY", "off");
    command
}

/// How the names of compiled engines begin.
const BUILT: &str = "conformance-engine-";

/// Compiles the engine, or finds that this Go and this text were compiled before.
fn build(go: &GoEnv) -> Result<PathBuf, String> {
    let failed = |error: io::Error| format!("building the engine: {error}");
    let text = fs::read(ENGINE).map_err(failed)?;
    let mut key = Sha256::new();
    key.update(&text);
    key.update(&go.goversion);
    key.update(go.goroot.as_os_str().as_encoded_bytes());
    let key: String = key.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();

    let kept = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let program = kept.join(format!("{BUILT}{key}"));
    if program.is_file() {
        return Ok(program);
    }
    eprintln!("building the engine out of {}, once: about a minute", go.goroot.display());
    let folder = go.goroot.join("src/cmd/go");
    let room = tempfile::tempdir_in(kept).map_err(failed)?;
    let (overlay, built) = (room.path().join("overlay.json"), room.path().join("engine"));
    let added = folder.join("gomod_conformance_test.go");
    let replace = serde_json::json!({ "Replace": { added.to_string_lossy(): ENGINE } });
    fs::write(&overlay, replace.to_string()).map_err(failed)?;
    let mut command = go_command(&go.goroot.join("bin/go"));
    command.current_dir(&folder).args(["test", "-c", "-vet=off", "-overlay"]);
    output(command.arg(&overlay).arg("-o").arg(&built).arg("."))?;
    // Tens of megabytes each: only the last one stays.
    for entry in fs::read_dir(kept).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_name().as_encoded_bytes().starts_with(BUILT.as_bytes()) {
            fs::remove_file(entry.path()).map_err(failed)?;
        }
    }
    fs::rename(built, &program).map_err(failed)?;
    Ok(program)
}

/// Runs a command to its end. The error is a sentence about it.
fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{name}: {error}"))?;
    if !output.status.success() {
        let talk = [output.stdout, output.stderr].concat();
        let talk = String::from_utf8_lossy(&talk);
        return Err(format!("{name}: {}: {}", output.status, tail(talk.trim())));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The last lines of a text, which is where things went wrong.
fn tail(text: &str) -> String {
    const LINES: usize = 40;
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
