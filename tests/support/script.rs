//! The script engine: one text archive is one test.
//!
//! The comment of the archive is the script, its files are laid out in `$WORK/src`,
//! and the commands run there. The language is that of the go command's own scripts:
//!
//! * Words are parted by blanks; `#` begins a comment, and one at the start of a line
//!   names the phase that follows. `'…'` keeps blanks and `$`, with `''` for a quote.
//! * `$NAME` and `${NAME}` are replaced, `${/}` and `${:}` by the separators of paths
//!   and lists; inside a pattern the replacement matches itself.
//! * `!` before a command: it must fail. `?`: it may. `[CONDITION]`: only where it
//!   holds; `[!CONDITION]`: only where not.
//!
//! | command | |
//! |---|---|
//! | `gomod ARG… [&]`, `go ARG… [&]` | run the binary under test, the real go |
//! | `exec PROGRAM ARG… [&]` | run a program of `$PATH`, which is `$WORK/bin`: gomod, and go, git and sh where the host has them |
//! | `wait` | wait for what `&` started; its output, in order, is the output |
//! | `kill SIGNAL` | send INT, TERM or KILL to what `&` started; that it ends by a signal is then a failure as `!` allows |
//! | `user [FILE…]` | from here programs run as an ordinary user, who now owns these, or all of `$WORK`, with all below; changes nothing unless the suite runs as root |
//! | `status N` | the last program ended with this exit status |
//! | `stdout`, `stderr` `[-count=N] PATTERN` | the last output has matching lines |
//! | `grep [-count=N] PATTERN FILE` | so has a file |
//! | `cmp A B`, `cmpenv A B` | two files are equal; cmpenv replaces variables in B. `stdout` and `stderr` are files here and in cp, cat and grep |
//! | `exists [-readonly] [-exec] FILE…` | |
//! | `cat`, `cd`, `chmod`, `cp`, `echo`, `mkdir`, `mv`, `rm`, `symlink A -> B` | |
//! | `env [NAME=VALUE…]` | |
//! | `age DAYS PATH…` | set back, by so many days, when these and all below were last read and written |
//! | `tree FOLDER` | print path, mode, SHA-256 of everything below, lock files left out |
//! | `requests [-sort] [-count=N] [PATTERN]` | print the fixture proxy's requests `METHOD PATH OUTCOME`, or those that match, of which there must be some |
//! | `requests -clear`, `requests -max-in-flight` | forget them; print the most at one moment |
//! | `requests -wait PATTERN` | wait until there is one that matches |
//! | `proxy FAULT PATTERN [N]`, `proxy -clear` | set a fault ([`Fault::parse`]) for URL paths that match, N times or always |
//! | `sumdb LIE…`, `sumdb honest`, `sumdb grow N` | make the fixture database lie ([`Lie::parse`]), be honest, get longer |
//! | `skip [WHY]`, `stop [WHY]` | |
//!
//! Conditions: `root`, `exec:NAME` (on `$PATH`), `GOOS:NAME` or just the name,
//! `GOARCH:NAME` or just the name.
//!
//! A panic or a signal fails the script whatever the prefix says. With `update` set, a
//! `cmp` that differs from a file of the archive rewrites the archive instead.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use regex::{Regex, RegexBuilder};
use similar::TextDiff;

use super::fixture::Catalogue;
use super::program::{Program, Room};
use super::proxy::{Fault, Proxy};
use super::sumdb::{Database, Lie};
use super::tree::{self, Tree};
use super::txtar::{self, Archive};

/// How long one program may run: far above what any script needs, so that a hang is a
/// failure with a log and not a silent run.
const PROGRAM_LIMIT: Duration = Duration::from_secs(120);

/// Programs that scripts find on `$PATH` where the host has them.
const HOST_PROGRAMS: [&str; 3] = ["go", "git", "sh"];

/// The user and group of `user`: nobody's, by their usual number.
const ORDINARY_USER: u32 = 65534;

/// What a script came to, when it did not fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every command did what the script said.
    Passed,
    /// The script does not apply here.
    Skipped {
        /// The script's own words, or the condition.
        reason: String,
        /// Whether the reason is a program that the host lacks.
        missing_program: bool,
    },
}

/// Runs the script in `file`. The error is the log, ready to print.
pub fn run(file: &Path, update: bool) -> Result<Outcome, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut updated = None;
    let outcome = run_text(&name, &text, update.then_some(&mut updated))?;
    if let Some(text) = updated {
        fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(outcome)
}

/// Runs a script given as text. Where `update` is given, what `cmp` finds to differ is
/// no failure, and the archive with the new contents is put there.
pub fn run_text(
    name: &str,
    text: &str,
    update: Option<&mut Option<String>>,
) -> Result<Outcome, String> {
    let setup = |error: io::Error| format!("{name}: setting up: {error}");
    let room = Room::new("gomod-script-").map_err(setup)?;
    let mut engine = Engine::new(room.path().to_owned(), Archive::parse(text), update.is_some())
        .map_err(|error| format!("{name}: setting up: {error}"))?;
    let result = engine.run(name);
    if let (Ok(_), Some(slot)) = (&result, update) {
        *slot = engine.changed.then(|| engine.archive.format());
    }
    // What still runs in the background would outlive the folder it works in.
    drop(engine);
    room.close().map_err(|error| format!("{name}: cleaning up: {error}"))?;
    result
}

/// Why a command did not succeed.
enum Failure {
    /// The script is wrong; no prefix excuses it.
    Usage(String),
    /// The command failed, as `!` and `?` allow.
    Failed(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

type CommandResult = Result<Flow, Failure>;

/// What the script does after a command.
enum Flow {
    Continue,
    /// A program runs in the background: `wait` judges it by its prefix.
    Started,
    Stop,
    Skip(String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Success,
    Failure,
    Either,
}

/// One word of a line: parts that are quoted and parts that are not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Word(Vec<(String, bool)>);

impl Word {
    /// The text where no part of it is quoted: prefixes and conditions.
    fn plain(&self) -> Option<&str> {
        match &self.0[..] {
            [(text, false)] => Some(text),
            _ => None,
        }
    }
}

struct Engine {
    work: PathBuf,
    cwd: PathBuf,
    env: BTreeMap<String, String>,
    stdout: String,
    stderr: String,
    status: Option<ExitStatus>,
    proxy: Proxy,
    jobs: Vec<Job>,
    /// Whether programs run as [`ORDINARY_USER`].
    as_user: bool,
    log: Log,
    archive: Archive,
    /// Where each file of the archive was laid out, in its order.
    laid_out: Vec<PathBuf>,
    update: bool,
    changed: bool,
}

impl Engine {
    fn new(work: PathBuf, archive: Archive, update: bool) -> io::Result<Self> {
        let path = |name: &str| work.join(name).to_string_lossy().into_owned();
        for folder in ["bin", "home", "gopath", "src", "tmp"] {
            fs::create_dir(work.join(folder))?;
        }
        tree::without_telemetry(&work.join("home"))?;
        let host_path = std::env::var("PATH").unwrap_or_default();
        for program in HOST_PROGRAMS {
            if let Some(found) = look_up_program(&host_path, program) {
                std::os::unix::fs::symlink(found, work.join("bin").join(program))?;
            }
        }
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_gomod"), work.join("bin/gomod"))?;
        let proxy = Proxy::start(Catalogue::fixtures())?;
        let environment = [
            ("WORK", work.to_string_lossy().into_owned()),
            ("PATH", path("bin")),
            ("HOME", path("home")),
            ("TMPDIR", path("tmp")),
            ("LC_ALL", "C".to_owned()),
            ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
            ("GOPATH", path("gopath")),
            ("GOPROXY", proxy.url()),
            ("GOSUMDB", Database::verifier_key()),
            ("GOENV", "off".to_owned()),
            ("GOFLAGS", String::new()),
            ("GOTOOLCHAIN", "local".to_owned()),
            // What is asked for again is asked after pauses; scripts about that set it.
            ("GOMOD_RETRIES", "0".to_owned()),
            // Kept from run to run, outside the user's own: a build is not under test.
            ("GOCACHE", concat!(env!("CARGO_TARGET_TMPDIR"), "/gocache").to_owned()),
        ];
        let mut engine = Self {
            cwd: work.join("src"),
            env: environment.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            stdout: String::new(),
            stderr: String::new(),
            status: None,
            proxy,
            jobs: Vec::new(),
            as_user: false,
            log: Log::default(),
            archive,
            laid_out: Vec::new(),
            update,
            changed: false,
            work,
        };
        for file in &engine.archive.files {
            let path = engine.cwd.join(engine.replace(&file.name, false));
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(&path, &file.data)?;
            engine.laid_out.push(path);
        }
        Ok(engine)
    }

    fn run(&mut self, name: &str) -> Result<Outcome, String> {
        let script = self.archive.comment.clone();
        for (index, line) in script.lines().enumerate() {
            if line.starts_with('#') {
                self.log.begin_phase(line);
                continue;
            }
            let missing_program = line.contains("exec:");
            match self.run_line(line) {
                Ok(Flow::Continue | Flow::Started) => {}
                Ok(Flow::Stop) => break,
                Ok(Flow::Skip(reason)) => return Ok(Outcome::Skipped { reason, missing_program }),
                Err(message) => return Err(self.report(name, index + 1, &message)),
            }
        }
        match self.wait() {
            Ok(_) => Ok(Outcome::Passed),
            Err(Failure::Usage(message) | Failure::Failed(message)) => {
                Err(self.report(name, script.lines().count(), &message))
            }
        }
    }

    fn report(&self, name: &str, line: usize, message: &str) -> String {
        let text = format!("{}FAIL: {name}:{line}: {message}\n", self.log.text());
        text.replace(&*self.work.to_string_lossy(), "$WORK")
    }

    fn run_line(&mut self, line: &str) -> Result<Flow, String> {
        let words = split(line)?;
        let mut expect = Expect::Success;
        let mut start = 0;
        for word in &words {
            match word.plain() {
                Some("!") => expect = Expect::Failure,
                Some("?") => expect = Expect::Either,
                Some(text) if text.starts_with('[') && text.ends_with(']') => {
                    if !self.holds(&text[1..text.len() - 1])? {
                        return Ok(Flow::Continue);
                    }
                }
                _ => break,
            }
            start += 1;
        }
        let Some((command, arguments)) = words[start..].split_first() else {
            return Ok(Flow::Continue);
        };
        self.log.push(&format!("> {}\n", line.trim()));
        let command = self.expand(command, false);
        match self.execute(&command, arguments, expect) {
            Ok(Flow::Started) => Ok(Flow::Continue),
            Ok(_) if expect == Expect::Failure => Err(format!("{command} succeeded unexpectedly")),
            Ok(flow) => Ok(flow),
            Err(Failure::Usage(message)) => Err(format!("{command}: {message}")),
            Err(Failure::Failed(message)) if expect == Expect::Success => {
                Err(format!("{command}: {message}"))
            }
            Err(Failure::Failed(message)) => {
                self.log.push(&format!("[{message}]\n"));
                Ok(Flow::Continue)
            }
        }
    }

    fn execute(&mut self, command: &str, words: &[Word], expect: Expect) -> CommandResult {
        let pattern = pattern_position(command, words);
        let arguments: Vec<String> = words
            .iter()
            .enumerate()
            .map(|(index, word)| self.expand(word, Some(index) == pattern))
            .collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        match command {
            "gomod" => self.start(&self.work.join("bin/gomod"), &arguments, expect),
            "go" => self.start(&self.work.join("bin/go"), &arguments, expect),
            "exec" => {
                let (program, arguments) =
                    arguments.split_first().ok_or_else(|| usage("exec PROGRAM"))?;
                let found = look_up_program(&self.env["PATH"], program)
                    .ok_or_else(|| Failure::Failed(format!("{program}: not found on $PATH")))?;
                self.start(&found, arguments, expect)
            }
            "wait" => self.wait(),
            "kill" => self.kill(&arguments),
            "user" => self.become_user(&arguments),
            "status" => self.check_status(&arguments),
            "stdout" | "stderr" => {
                let [flags @ .., pattern] = &arguments[..] else {
                    return Err(usage("stdout PATTERN"));
                };
                self.grep(flags, pattern, command)
            }
            "grep" => {
                let [flags @ .., pattern, file] = &arguments[..] else {
                    return Err(usage("grep PATTERN FILE"));
                };
                self.grep(flags, pattern, file)
            }
            "cmp" | "cmpenv" => {
                let expanding = command == "cmpenv";
                // What a prefix lets differ is meant to, and cmpenv's variables are gone.
                let rewriting = self.update && !expanding && expect == Expect::Success;
                self.compare(&arguments, expanding, rewriting)
            }
            "exists" => self.exists(&arguments),
            "tree" => {
                let [folder] = arguments[..] else { return Err(usage("tree FOLDER")) };
                let listing = Tree::read(&self.cwd.join(folder))?.to_string();
                self.show(listing)
            }
            "age" => {
                let Some((days, paths)) = arguments.split_first().filter(|(_, p)| !p.is_empty())
                else {
                    return Err(usage("age DAYS PATH…"));
                };
                let days = days.parse().map_err(|_| usage("age DAYS PATH…"))?;
                for path in paths {
                    tree::age(&self.cwd.join(path), days)?;
                }
                Ok(Flow::Continue)
            }
            "requests" => self.requests(&arguments),
            "proxy" => self.set_fault(&arguments),
            "sumdb" => self.set_lie(&arguments),
            "env" => self.set_env(&arguments),
            "skip" => Ok(Flow::Skip(arguments.join(" "))),
            "stop" => Ok(Flow::Stop),
            _ => self.file_command(command, &arguments),
        }
    }

    /// The commands that do to files what the shell's of the same name do.
    fn file_command(&mut self, command: &str, arguments: &[&str]) -> CommandResult {
        let at = |name: &str| self.cwd.join(name);
        match (command, arguments) {
            ("cat", files) => {
                let texts: Result<Vec<String>, Failure> =
                    files.iter().map(|file| self.read(file)).collect();
                let text = texts?.concat();
                return self.print(text);
            }
            ("echo", words) => {
                let text = words.join(" ") + "\n";
                return self.print(text);
            }
            ("cd", [folder]) => {
                let folder = at(folder).canonicalize()?;
                if !folder.is_dir() {
                    return Err(Failure::Failed("not a folder".to_owned()));
                }
                self.cwd = folder;
            }
            ("chmod", [mode, files @ ..]) => {
                let mode = u32::from_str_radix(mode, 8).map_err(|_| usage("chmod OCTAL FILE…"))?;
                for file in files {
                    fs::set_permissions(at(file), fs::Permissions::from_mode(mode))?;
                }
            }
            ("cp", [sources @ .., target]) if !sources.is_empty() => {
                for source in sources {
                    let mut to = at(target);
                    if to.is_dir() {
                        to.push(Path::new(source).file_name().unwrap_or_default());
                    }
                    match *source {
                        "stdout" => fs::write(&to, &self.stdout)?,
                        "stderr" => fs::write(&to, &self.stderr)?,
                        _ => drop(fs::copy(at(source), &to)?),
                    }
                    self.own(&to)?;
                }
            }
            ("mkdir", folders) => {
                for folder in folders {
                    fs::create_dir_all(at(folder))?;
                    self.own(&at(folder))?;
                }
            }
            ("mv", [from, to]) => fs::rename(at(from), at(to))?,
            ("rm", names) => names.iter().try_for_each(|name| tree::remove(&at(name)))?,
            ("symlink", [link, "->", target]) => {
                std::os::unix::fs::symlink(target, at(link))?;
                self.own(&at(link))?;
            }
            ("cd" | "chmod" | "cp" | "mv" | "symlink", _) => {
                return Err(usage("wrong number of arguments"));
            }
            _ => return Err(usage("unknown command")),
        }
        Ok(Flow::Continue)
    }

    fn holds(&self, condition: &str) -> Result<bool, String> {
        if let Some(condition) = condition.strip_prefix('!') {
            return self.holds(condition).map(|holds| !holds);
        }
        let (os, arch) = (go_os(), go_arch());
        Ok(match condition.split_once(':').unwrap_or((condition, "")) {
            ("root", "") => rustix::process::geteuid().is_root() && !self.as_user,
            ("exec", program) => look_up_program(&self.env["PATH"], program).is_some(),
            ("GOOS", name) => name == os,
            ("GOARCH", name) => name == arch,
            ("linux" | "darwin" | "windows" | "freebsd" | "openbsd" | "netbsd" | "plan9", "") => {
                condition == os
            }
            ("amd64" | "arm64" | "386" | "arm", "") => condition == arch,
            _ => return Err(format!("unknown condition [{condition}]")),
        })
    }

    fn start(&mut self, program: &Path, arguments: &[&str], expect: Expect) -> CommandResult {
        let (arguments, background) = match arguments {
            [arguments @ .., "&"] => (arguments, true),
            _ => (arguments, false),
        };
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.cwd).env_clear().envs(&self.env);
        command.env("PWD", &self.cwd);
        if self.as_user {
            // This also leaves root's other groups behind.
            command.uid(ORDINARY_USER).gid(ORDINARY_USER);
        }
        let program = Program::start(command)?;
        if background {
            self.jobs.push(Job { program, expect, signalled: false });
            return Ok(Flow::Started);
        }
        let output = finish(program)?;
        self.take_output(std::slice::from_ref(&output));
        judge(output.status, false)?;
        Ok(Flow::Continue)
    }

    fn wait(&mut self) -> CommandResult {
        let jobs = std::mem::take(&mut self.jobs);
        if jobs.is_empty() {
            return Ok(Flow::Continue);
        }
        let mut outputs = Vec::new();
        let mut failures = Vec::new();
        for Job { program, expect, signalled } in jobs {
            let output = finish(program)?;
            match judge(output.status, signalled) {
                Ok(()) if expect == Expect::Failure => {
                    failures.push("a program in the background succeeded unexpectedly".to_owned());
                }
                Err(Failure::Usage(message)) => failures.push(message),
                Err(Failure::Failed(message)) if expect == Expect::Success => {
                    failures.push(message)
                }
                _ => {}
            }
            outputs.push(output);
        }
        self.take_output(&outputs);
        match failures.is_empty() {
            true => Ok(Flow::Continue),
            false => Err(Failure::Usage(failures.join("; "))),
        }
    }

    fn kill(&mut self, arguments: &[&str]) -> CommandResult {
        use rustix::process::Signal;
        let signal = match arguments {
            ["INT"] => Signal::INT,
            ["TERM"] => Signal::TERM,
            ["KILL"] => Signal::KILL,
            _ => return Err(usage("kill INT|TERM|KILL")),
        };
        if self.jobs.is_empty() {
            return Err(usage("nothing runs in the background"));
        }
        for job in &mut self.jobs {
            job.program.signal(signal)?;
            job.signalled = true;
        }
        Ok(Flow::Continue)
    }

    fn become_user(&mut self, owned: &[&str]) -> CommandResult {
        if !rustix::process::geteuid().is_root() {
            return Ok(Flow::Continue);
        }
        if !self.as_user {
            // The user may not pass through the folders above the one that was built.
            let binary = self.work.join("bin/gomod");
            fs::remove_file(&binary)?;
            // By another process: a program that another thread starts meanwhile would inherit
            // the file open for writing, and what is open for writing does not run.
            let copied =
                Command::new("cp").arg(env!("CARGO_BIN_EXE_gomod")).arg(&binary).status()?;
            if !copied.success() {
                return Err(usage("the binary cannot be copied"));
            }
            // Nor write to the build cache that the scripts share.
            self.env.insert("GOCACHE".to_owned(), self.work.join("gocache").display().to_string());
            let cache = self.work.join("gocache");
            fs::create_dir(&cache)?;
            tree::give_away(&cache, ORDINARY_USER)?;
            fs::set_permissions(&self.work, fs::Permissions::from_mode(0o755))?;
            self.as_user = true;
        }
        if owned.is_empty() {
            tree::give_away(&self.work, ORDINARY_USER)?;
        }
        for name in owned {
            tree::give_away(&self.cwd.join(name), ORDINARY_USER)?;
        }
        Ok(Flow::Continue)
    }

    /// What a command makes after `user` is the user's.
    fn own(&self, path: &Path) -> io::Result<()> {
        if self.as_user { tree::give_away(path, ORDINARY_USER) } else { Ok(()) }
    }

    fn take_output(&mut self, outputs: &[Output]) {
        self.stdout.clear();
        self.stderr.clear();
        for output in outputs {
            self.stdout.push_str(&String::from_utf8_lossy(&output.stdout));
            self.stderr.push_str(&String::from_utf8_lossy(&output.stderr));
            self.status = Some(output.status);
        }
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                let end = if text.ends_with('\n') { "" } else { "\n" };
                self.log.push(&format!("[{name}]\n{text}{end}"));
            }
        }
    }

    /// Makes a text the output, as if a program had printed it.
    fn print(&mut self, text: String) -> CommandResult {
        self.stderr.clear();
        self.show(text)
    }

    /// Makes a text the standard output. What the last program wrote to standard error
    /// stays, so that a script may look at both.
    fn show(&mut self, text: String) -> CommandResult {
        self.log.push(&text);
        self.stdout = text;
        Ok(Flow::Continue)
    }

    fn check_status(&self, arguments: &[&str]) -> CommandResult {
        let [want] = arguments else { return Err(usage("status N")) };
        let want: i32 = want.parse().map_err(|_| usage("status N"))?;
        match self.status.map(|status| status.code()) {
            Some(Some(status)) if status == want => Ok(Flow::Continue),
            Some(Some(status)) => Err(Failure::Failed(format!("it was {status}"))),
            _ => Err(usage("no program has run to its end")),
        }
    }

    fn grep(&mut self, flags: &[&str], pattern: &str, file: &str) -> CommandResult {
        let count = count_flag(flags)?;
        let pattern = compile(pattern)?;
        let text = self.read(file)?;
        check_count(pattern.find_iter(&text).count(), count)?;
        Ok(Flow::Continue)
    }

    fn compare(&mut self, arguments: &[&str], expanding: bool, rewriting: bool) -> CommandResult {
        let arguments = arguments.strip_prefix(&["-q"]).unwrap_or(arguments);
        let [left, right] = *arguments else { return Err(usage("cmp A B")) };
        let actual = self.read(left)?;
        let mut wanted = self.read(right)?;
        if expanding {
            wanted = self.replace(&wanted, false);
        }
        if actual == wanted {
            return Ok(Flow::Continue);
        }
        let named = self.cwd.join(right).canonicalize().ok();
        let source = self.laid_out.iter().position(|path| Some(path) == named.as_ref());
        if let Some(source) = source.filter(|_| rewriting) {
            if txtar::has_marker(&actual) || !(actual.is_empty() || actual.ends_with('\n')) {
                return Err(usage("an archive cannot hold this text"));
            }
            fs::write(&self.laid_out[source], &actual)?;
            self.archive.files[source].data = actual;
            self.changed = true;
            return Ok(Flow::Continue);
        }
        let diff = TextDiff::from_lines(&wanted, &actual);
        let diff = diff.unified_diff().header(right, left).to_string();
        self.log.push(&diff);
        Err(Failure::Failed(format!("{left} and {right} differ")))
    }

    fn exists(&self, arguments: &[&str]) -> CommandResult {
        let flags: Vec<&str> =
            arguments.iter().copied().take_while(|word| word.starts_with('-')).collect();
        if let Some(flag) = flags.iter().find(|flag| !["-readonly", "-exec"].contains(flag)) {
            return Err(usage(&format!("unknown flag {flag}")));
        }
        if arguments.len() == flags.len() {
            return Err(usage("exists FILE…"));
        }
        for name in &arguments[flags.len()..] {
            let failed = |what: &str| Err(Failure::Failed(format!("{name} {what}")));
            let Ok(metadata) = fs::metadata(self.cwd.join(name)) else {
                return failed("does not exist");
            };
            let mode = metadata.permissions().mode();
            if flags.contains(&"-readonly") && mode & 0o222 != 0 {
                return failed("is writable");
            }
            if flags.contains(&"-exec") && mode & 0o111 == 0 {
                return failed("is not executable");
            }
        }
        Ok(Flow::Continue)
    }

    fn requests(&mut self, arguments: &[&str]) -> CommandResult {
        match arguments {
            ["-clear"] => {
                self.proxy.clear_requests();
                return Ok(Flow::Continue);
            }
            ["-max-in-flight"] => {
                let most = self.proxy.max_in_flight();
                return self.show(format!("{most}\n"));
            }
            ["-wait", pattern] => {
                let found = self.proxy.wait_for_request(&compile(pattern)?, PROGRAM_LIMIT);
                return if found { Ok(Flow::Continue) } else { Err(usage("none came")) };
            }
            _ => {}
        }
        let (sort, arguments) = match arguments {
            ["-sort", rest @ ..] => (true, rest),
            _ => (false, arguments),
        };
        let (flags, pattern) = match arguments {
            [] => (arguments, None),
            [flags @ .., pattern] => (flags, Some(compile(pattern)?)),
        };
        let count = count_flag(flags)?;
        let mut lines: Vec<String> =
            self.proxy.requests().iter().map(|request| format!("{request}\n")).collect();
        if let Some(pattern) = &pattern {
            lines.retain(|line| pattern.is_match(line));
        }
        if sort {
            lines.sort_unstable();
        }
        let found = lines.len();
        self.show(lines.concat())?;
        if pattern.is_some() {
            check_count(found, count)?;
        }
        Ok(Flow::Continue)
    }

    fn set_fault(&mut self, arguments: &[&str]) -> CommandResult {
        let (fault, pattern, count) = match *arguments {
            ["-clear"] => {
                self.proxy.clear_faults();
                return Ok(Flow::Continue);
            }
            [fault, pattern] => (fault, pattern, None),
            [fault, pattern, count] => {
                (fault, pattern, Some(count.parse().map_err(|_| usage("the count is no number"))?))
            }
            _ => return Err(usage("proxy FAULT PATTERN [N]")),
        };
        let fault = Fault::parse(fault).map_err(Failure::Usage)?;
        self.proxy.set_fault(fault, compile(pattern)?, count);
        Ok(Flow::Continue)
    }

    fn set_lie(&mut self, arguments: &[&str]) -> CommandResult {
        match arguments {
            ["honest"] => self.proxy.set_lie(None).map_err(Failure::Usage)?,
            ["grow", count] => {
                self.proxy.grow_database(count.parse().map_err(|_| usage("sumdb grow N"))?);
            }
            words => {
                let lie = Lie::parse(words).map_err(Failure::Usage)?;
                self.proxy.set_lie(Some(lie)).map_err(Failure::Usage)?;
            }
        }
        Ok(Flow::Continue)
    }

    fn set_env(&mut self, arguments: &[&str]) -> CommandResult {
        if arguments.is_empty() {
            let lines: String =
                self.env.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
            return self.print(lines);
        }
        for argument in arguments {
            let (name, value) = argument.split_once('=').ok_or_else(|| usage("env NAME=VALUE"))?;
            self.env.insert(name.to_owned(), value.to_owned());
        }
        Ok(Flow::Continue)
    }

    /// The text of a file, or of the last output.
    fn read(&self, name: &str) -> Result<String, Failure> {
        match name {
            "stdout" => Ok(self.stdout.clone()),
            "stderr" => Ok(self.stderr.clone()),
            _ => fs::read(self.cwd.join(name))
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
                .map_err(|error| Failure::Failed(format!("{name}: {error}"))),
        }
    }

    fn expand(&self, word: &Word, pattern: bool) -> String {
        let parts = word.0.iter();
        parts
            .map(|(text, quoted)| if *quoted { text.clone() } else { self.replace(text, pattern) })
            .collect()
    }

    /// Replaces variables; a name that is not set is replaced by nothing.
    fn replace(&self, text: &str, pattern: bool) -> String {
        static VARIABLE: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"\$(?:\{([^}]*)\}|([A-Za-z0-9_]+))").expect("a pattern"));
        let value = |captures: &regex::Captures<'_>| {
            let name = captures.get(1).or_else(|| captures.get(2)).map_or("", |name| name.as_str());
            let value = match name {
                "/" => "/",
                ":" => ":",
                "GOOS" => go_os(),
                "GOARCH" => go_arch(),
                _ => self.env.get(name).map_or("", String::as_str),
            };
            if pattern { regex::escape(value) } else { value.to_owned() }
        };
        VARIABLE.replace_all(text, value).into_owned()
    }
}

/// A program in the background.
struct Job {
    program: Program,
    expect: Expect,
    /// Whether the script sent it a signal.
    signalled: bool,
}

/// Waits for a program; one that hangs is killed, whatever the script expects.
fn finish(program: Program) -> Result<Output, Failure> {
    program.finish(PROGRAM_LIMIT).map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut => Failure::Usage(error.to_string()),
        _ => error.into(),
    })
}

/// The log: what is past is folded to its headings, the phase that runs is whole.
#[derive(Default)]
struct Log {
    folded: String,
    heading: String,
    current: String,
    began: Option<Instant>,
}

impl Log {
    fn begin_phase(&mut self, heading: &str) {
        if let Some(began) = self.began.take()
            && !self.heading.is_empty()
        {
            let seconds = began.elapsed().as_secs_f64();
            let _ = writeln!(self.folded, "{} ({seconds:.3}s)", self.heading);
        }
        self.began = Some(Instant::now());
        self.heading = heading.to_owned();
        self.current.clear();
    }

    fn push(&mut self, text: &str) {
        self.current.push_str(text);
    }

    fn text(&self) -> String {
        let end = if self.heading.is_empty() { "" } else { "\n" };
        format!("{}{}{end}{}", self.folded, self.heading, self.current)
    }
}

fn usage(message: &str) -> Failure {
    Failure::Usage(message.to_owned())
}

/// An exit status as a result. A panic (101) is never what a script expects, nor a
/// signal that it did not send.
fn judge(status: ExitStatus, signalled: bool) -> Result<(), Failure> {
    match status.code() {
        Some(0) => Ok(()),
        Some(101) => Err(usage("the program panicked")),
        Some(code) => Err(Failure::Failed(format!("exit status {code}"))),
        None => {
            let signal = status.signal().unwrap_or_default();
            let message = format!("the program was ended by signal {signal}");
            Err(if signalled { Failure::Failed(message) } else { Failure::Usage(message) })
        }
    }
}

/// Which argument of a command is a pattern: the first that is no flag, and the
/// second of `proxy`.
fn pattern_position(command: &str, words: &[Word]) -> Option<usize> {
    match command {
        "stdout" | "stderr" | "grep" | "requests" => words
            .iter()
            .position(|word| !word.0.first().is_some_and(|(text, _)| text.starts_with('-'))),
        "proxy" => Some(1),
        _ => None,
    }
}

/// `-count=N`, and `-q`, which says nothing here: matches are in the log already.
fn count_flag(flags: &[&str]) -> Result<Option<usize>, Failure> {
    let mut count = None;
    for flag in flags {
        match flag.strip_prefix("-count=") {
            Some(number) => count = Some(number.parse().map_err(|_| usage("-count=N"))?),
            None if *flag == "-q" => {}
            None => return Err(Failure::Usage(format!("unknown flag {flag}"))),
        }
    }
    Ok(count)
}

fn check_count(found: usize, wanted: Option<usize>) -> Result<(), Failure> {
    match wanted {
        None if found == 0 => Err(Failure::Failed("no match".to_owned())),
        Some(wanted) if found != wanted => {
            Err(Failure::Failed(format!("{found} matches, not {wanted}")))
        }
        _ => Ok(()),
    }
}

fn compile(pattern: &str) -> Result<Regex, Failure> {
    let compiled = RegexBuilder::new(pattern).multi_line(true).build();
    compiled.map_err(|error| Failure::Usage(error.to_string()))
}

fn look_up_program(path: &str, name: &str) -> Option<PathBuf> {
    path.split(':')
        .filter(|folder| !folder.is_empty())
        .map(|folder| Path::new(folder).join(name))
        .find(|file| {
            fs::metadata(file).is_ok_and(|metadata| {
                metadata.is_file() && metadata.permissions().mode() & 0o111 != 0
            })
        })
}

/// Splits a line into words.
fn split(line: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' => words.extend(word.take()),
            '#' if word.is_none() => break,
            '\'' => {
                let mut text = String::new();
                loop {
                    match characters.next() {
                        Some('\'') if characters.peek() == Some(&'\'') => {
                            characters.next();
                            text.push('\'');
                        }
                        Some('\'') => break,
                        Some(other) => text.push(other),
                        None => return Err("a quote has no end".to_owned()),
                    }
                }
                word.get_or_insert_default().0.push((text, true));
            }
            _ => {
                let parts = &mut word.get_or_insert_default().0;
                match parts.last_mut() {
                    Some((text, false)) => text.push(character),
                    _ => parts.push((character.to_string(), false)),
                }
            }
        }
    }
    words.extend(word);
    Ok(words)
}

/// The host's GOOS.
fn go_os() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    }
}

/// The host's GOARCH.
fn go_arch() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    }
}
