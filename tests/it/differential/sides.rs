//! One case run by go and by gomod, each in folders of its own, and what differs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use regex::Regex;
use similar::TextDiff;
use walkdir::WalkDir;

use crate::support::fixture::Catalogue;
use crate::support::program::{Program, Room};
use crate::support::proxy::Proxy;
use crate::support::sumdb::Database;
use crate::support::tree::{self, Tree};

use super::allowed::{Allowed, SetAside};

/// How long one program may run where a case says nothing else: far above what any needs.
const PROGRAM_LIMIT: Duration = Duration::from_secs(60);

/// How many cases run at once.
const WORKERS: usize = 2;

/// A main module, and the commands that are run in it, one after the other.
#[derive(Clone, Debug)]
pub struct Case {
    /// What a report calls it.
    pub name: String,
    /// What the proxy serves.
    pub catalogue: Arc<Catalogue>,
    /// The files of the main module, by path; without a go.mod the commands run outside
    /// of a module.
    pub files: Vec<(String, String)>,
    /// The arguments of go and of gomod, a list a command. As in a shell, words `NAME=VALUE`
    /// before the verb are for the environment; PWD is a folder of the main module.
    pub steps: Vec<Vec<String>>,
    /// How long each may run; one that is not done by then is killed, and that is an error
    /// of kind [`io::ErrorKind::TimedOut`].
    pub limit: Duration,
}

impl Case {
    /// A case of one command line, its words parted by blanks.
    pub fn new(name: &str, catalogue: Arc<Catalogue>, go_mod: &str, commands: &[&str]) -> Self {
        let words = |command: &&str| command.split_whitespace().map(str::to_owned).collect();
        let files = match go_mod {
            "" => Vec::new(),
            text => vec![("go.mod".to_owned(), text.to_owned())],
        };
        let steps = commands.iter().map(words).collect();
        Self { name: name.to_owned(), catalogue, files, steps, limit: PROGRAM_LIMIT }
    }

    /// The text of a file of the main module; empty where there is none.
    pub fn file(&self, name: &str) -> &str {
        let found = self.files.iter().find(|(other, _)| other == name);
        found.map_or("", |(_, text)| text.as_str())
    }

    /// Gives the main module a file, in place of one of that name.
    pub fn set_file(&mut self, name: &str, text: String) {
        self.files.retain(|(other, _)| other != name);
        self.files.push((name.to_owned(), text));
    }
}

/// What a command left behind.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The exit status.
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
    /// go.mod and go.sum; empty where there is none.
    pub go_mod: String,
    pub go_sum: String,
    /// vendor/modules.txt; empty where there is none.
    pub modules_txt: String,
    /// The same and go.work, go.work.sum, wherever they lie, by path.
    pub files: BTreeMap<String, String>,
    /// Everything in the main module but go.mod and go.sum.
    pub main: Tree,
    /// Everything below GOPATH.
    pub tree: Tree,
    /// The URL paths that were asked for.
    pub requests: BTreeSet<String>,
}

/// Both outcomes of one step.
pub struct Step {
    pub arguments: Vec<String>,
    pub go: Seen,
    pub gomod: Seen,
}

/// The program under test.
pub const GOMOD: &str = env!("CARGO_BIN_EXE_gomod");

/// Runs the cases, two at a time, and answers in their order.
pub fn run_all(cases: &[Case]) -> Vec<Verdict> {
    in_order(cases, |case| {
        let steps = run(case, Path::new(GOMOD));
        compare(case, steps.unwrap_or_else(|error| panic!("{}: {error}", case.name)))
    })
}

/// What `work` makes of each item, two at a time, in the order of the items.
pub fn in_order<I: Sync, O: Send>(items: &[I], work: impl Fn(&I) -> O + Sync) -> Vec<O> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<Option<O>>> = Mutex::new(items.iter().map(|_| None).collect());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { return };
                    let made = work(item);
                    done.lock().expect("no worker panicked")[index] = Some(made);
                }
            });
        }
    });
    let done = done.into_inner().expect("no worker panicked");
    done.into_iter().map(|made| made.expect("each item has been worked on")).collect()
}

/// Runs one case by one program alone.
pub fn run_alone(case: &Case, name: &'static str, program: &Path) -> io::Result<Vec<Seen>> {
    let room = Room::new("gomod-differential-")?;
    let proxy = Proxy::start(Arc::clone(&case.catalogue))?;
    let side = Side::new(room.path(), name, program, case)?;
    let steps = case.steps.iter().map(|arguments| side.run(arguments, &proxy)).collect();
    room.close()?;
    steps
}

/// Runs one case on both sides, that of go and that of `program`.
pub fn run(case: &Case, program: &Path) -> io::Result<Vec<Step>> {
    let room = Room::new("gomod-differential-")?;
    let proxy = Proxy::start(Arc::clone(&case.catalogue))?;
    let go = Side::new(room.path(), "go", Path::new("go"), case)?;
    let gomod = Side::new(room.path(), "gomod", program, case)?;
    let mut steps = Vec::new();
    for arguments in &case.steps {
        let step = Step {
            arguments: arguments.clone(),
            go: go.run(arguments, &proxy)?,
            gomod: gomod.run(arguments, &proxy)?,
        };
        steps.push(step);
    }
    room.close()?;
    Ok(steps)
}

/// The folders of one of the two programs.
struct Side {
    name: &'static str,
    program: PathBuf,
    folder: PathBuf,
    limit: Duration,
}

impl Side {
    fn new(work: &Path, name: &'static str, program: &Path, case: &Case) -> io::Result<Self> {
        let folder = work.join(name);
        for part in ["gopath", "main", "tmp"] {
            fs::create_dir_all(folder.join(part))?;
        }
        tree::without_telemetry(&folder.join("home"))?;
        for (name, text) in &case.files {
            let path = folder.join("main").join(name);
            fs::create_dir_all(path.parent().unwrap_or(&folder))?;
            fs::write(path, text)?;
        }
        Ok(Self { name, program: program.to_owned(), folder, limit: case.limit })
    }

    fn run(&self, arguments: &[String], proxy: &Proxy) -> io::Result<Seen> {
        proxy.clear_requests();
        let main = self.folder.join("main");
        let is_setting = |word: &&String| {
            word.split_once('=')
                .is_some_and(|(name, _)| name.bytes().all(|c| c.is_ascii_uppercase()))
        };
        let settings: Vec<_> = arguments.iter().take_while(is_setting).collect();
        let arguments = &arguments[settings.len()..];
        let settings = settings.into_iter().filter_map(|word| word.split_once('='));
        let (places, settings): (Vec<_>, Vec<_>) = settings.partition(|(name, _)| *name == "PWD");
        let below = places.first().map_or(".", |(_, folder)| folder);
        let place = if below == "." { main.clone() } else { main.join(below) };
        let path = |name: &str| self.folder.join(name).into_os_string();
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(&place)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("PWD", &place)
            .env("HOME", path("home"))
            .env("TMPDIR", path("tmp"))
            .env("GOPATH", path("gopath"))
            .env("GOPROXY", proxy.url())
            .env("GOSUMDB", Database::verifier_key())
            .env("GOCACHE", concat!(env!("CARGO_TARGET_TMPDIR"), "/gocache"))
            .envs([("LC_ALL", "C"), ("GOENV", "off"), ("GOFLAGS", ""), ("GOTOOLCHAIN", "local")])
            .envs(settings);
        let finished = Program::start(command)?.finish(self.limit);
        let named = |error: io::Error| {
            io::Error::new(error.kind(), format!("{} {arguments:?}: {error}", self.name))
        };
        let output = finished.map_err(named)?;
        let folder = self.folder.to_string_lossy();
        let text = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            text.replace(&*folder, "$SIDE").replace(&proxy.url(), "$PROXY")
        };
        let file = |name: &str| match fs::read_to_string(main.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            read => read,
        };
        let requests = proxy.requests().into_iter().map(|request| request.path).collect();
        Ok(Seen {
            // A signal has no code, and nothing else has this one.
            status: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            go_mod: file("go.mod")?,
            go_sum: file("go.sum")?,
            modules_txt: file("vendor/modules.txt")?,
            files: module_files(&main)?,
            main: Tree::read(&main)?.without(|name| matches!(name, "go.mod" | "go.sum")),
            tree: Tree::read(&self.folder.join("gopath"))?,
            requests,
        })
    }
}

/// The files below a folder that say which versions there are, by path.
fn module_files(folder: &Path) -> io::Result<BTreeMap<String, String>> {
    const NAMES: [&str; 5] = ["go.mod", "go.sum", "go.work", "go.work.sum", "vendor/modules.txt"];
    let mut files = BTreeMap::new();
    for entry in WalkDir::new(folder).min_depth(1) {
        let entry = entry?;
        let name = entry.path().strip_prefix(folder).map_err(io::Error::other)?;
        if entry.file_type().is_file() && NAMES.iter().any(|end| name.ends_with(end)) {
            files.insert(name.display().to_string(), fs::read_to_string(entry.path())?);
        }
    }
    Ok(files)
}

/// A text of gomod's as go would word it.
pub fn in_gos_name(text: &str) -> String {
    static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bgomod\b").expect("a pattern"));
    let text = text.replace("'gomod download", "'go mod download");
    // gomod's help has no pages but those of its verbs.
    let text = text.replace("see 'gomod help'", "see 'go help modules'");
    without_help(&NAME.replace_all(&text, "go"))
}

/// A text without what gomod tells beside go's words: what each source answered, and hints.
fn without_help(text: &str) -> String {
    let mut kept = String::new();
    let mut in_trace = false;
    for line in text.split_inclusive('\n') {
        in_trace = line.starts_with("asked for ") || (in_trace && line.starts_with('\t'));
        if !in_trace && !line.starts_with("hint: ") {
            kept.push_str(line);
        }
    }
    kept
}

/// stderr with the lines that come in the order of arrival in front, sorted.
fn sorted(stderr: &str) -> String {
    let lines = stderr.split_inclusive('\n');
    let (mut arrived, others): (Vec<&str>, Vec<&str>) =
        lines.partition(|line| line.starts_with("go: downloading "));
    arrived.sort_unstable();
    arrived.concat() + &others.concat()
}

/// What a case came to.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// What differs and should not, ready to print; empty where nothing does.
    pub report: String,
    /// The steps that could be compared, as go left them.
    pub compared: Vec<Seen>,
    /// The known differences that were met.
    pub allowed: BTreeSet<Allowed>,
}

/// Fails where something differs, and says what in all of the cases.
pub fn fail_on_differences(verdicts: &[Verdict]) {
    let reports = verdicts.iter().map(|verdict| verdict.report.as_str());
    let reports: Vec<&str> = reports.filter(|report| !report.is_empty()).collect();
    let (count, cases) = (reports.len(), verdicts.len());
    assert!(reports.is_empty(), "{}\n{count} of {cases} cases differ", reports.join("\n"));
}

/// Compares the two sides, step by step, up to the first that differs.
fn compare(case: &Case, steps: Vec<Step>) -> Verdict {
    let mut verdict = Verdict::default();
    let mut set_aside = SetAside::default();
    for Step { arguments, mut go, mut gomod } in steps {
        let seen = go.clone();
        gomod.stdout = in_gos_name(&gomod.stdout);
        gomod.stderr = sorted(&in_gos_name(&gomod.stderr));
        go.stderr = sorted(&go.stderr);
        set_aside.apply(&arguments, &mut go, &mut gomod);
        let found = differences(&go, &gomod);
        if !found.is_empty() {
            let _ = writeln!(verdict.report, "=== {}: {}\n{found}", case.name, arguments.join(" "));
            break;
        }
        verdict.compared.push(seen);
        if set_aside.ends_case() {
            break;
        }
    }
    if !verdict.report.is_empty() {
        for (name, text) in &case.files {
            let _ = writeln!(verdict.report, "-- {name} --\n{text}");
        }
    }
    verdict.allowed = set_aside.met;
    verdict
}

/// What is not equal; empty where nothing is. Requests are looked at where both began with
/// the same cache.
fn differences(go: &Seen, gomod: &Seen) -> String {
    let mut found = String::new();
    if go.status != gomod.status {
        let _ = writeln!(found, "status: {}, gomod {}", go.status, gomod.status);
    }
    let texts = [
        ("stdout", &go.stdout, &gomod.stdout),
        ("stderr", &go.stderr, &gomod.stderr),
        ("go.mod", &go.go_mod, &gomod.go_mod),
        ("go.sum", &go.go_sum, &gomod.go_sum),
    ];
    for (what, theirs, ours) in texts {
        if theirs != ours {
            let diff = TextDiff::from_lines(theirs.as_str(), ours.as_str());
            found.push_str(&diff.unified_diff().header(what, "gomod's").to_string());
        }
    }
    found.push_str(&go.tree.diff(&gomod.tree));
    // What gomod reads ahead is what go comes to. An .info that one argument asks for while
    // another is about to store it is asked for twice: that is left to chance.
    if go.status == 0 {
        for path in gomod.requests.difference(&go.requests) {
            if !path.ends_with(".info") {
                let _ = writeln!(found, "gomod alone asks for {path}");
            }
        }
    }
    found
}
