//! Running the programs of version control.
//!
//! Source: Run in cmd/go/internal/modfetch/codehost/codehost.go.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::NamedTempFile;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{ChildStderr, ChildStdout};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use crate::config::VersionControl;
use crate::store::lock::FileLock;
use crate::store::repository_folder;
use crate::ui::progress::Progress;

use super::super::error::{ErrorKind, Obstacle};
use super::super::programs::{self, OTHER_REPOSITORY, Program, without_users};
use super::VcsError;

/// How much of what a program says of its troubles is kept, in bytes.
const MAX_STDERR: u64 = 64 << 10;

/// How much a program may print where that is no file, in bytes: a list of references, tags or
/// files, which is held in memory. go has no limit.
const MAX_PRINTED: u64 = 256 << 20;

/// How long it takes until it is looked again how long a file has become.
const LOOK: Duration = Duration::from_millis(50);

/// How a program ended, or why it never began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With this exit status, which is not 0.
    Exit(i32),
    /// By this signal.
    Signal(i32),
    /// There is no such program.
    NotFound(&'static str),
    /// The system refused.
    Failed(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit(status) => write!(f, "exit status {status}"),
            Self::Signal(2) => f.write_str("signal: interrupt"),
            Self::Signal(6) => f.write_str("signal: aborted"),
            Self::Signal(9) => f.write_str("signal: killed"),
            Self::Signal(11) => f.write_str("signal: segmentation fault"),
            Self::Signal(15) => f.write_str("signal: terminated"),
            Self::Signal(number) => write!(f, "signal: signal {number}"),
            Self::NotFound(program) => {
                write!(f, "exec: \"{program}\": executable file not found in $PATH")
            }
            Self::Failed(reason) => f.write_str(reason),
        }
    }
}

/// A command that failed. Nothing of it shows a password. Source: codehost.RunError.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{command} in {directory}: {outcome}{}{help}", indented(stderr))]
pub struct CommandError {
    /// The program and its arguments.
    pub command: String,
    /// Where it ran.
    pub directory: String,
    /// How it ended.
    pub outcome: Outcome,
    /// What it said.
    pub stderr: String,
    /// What kept the user from the server, or the program from being run, where that is plain.
    pub obstacle: Option<Obstacle>,
    /// What to try: empty, or a line break and the advice.
    pub help: &'static str,
    /// Whether the server has no such repository.
    pub is_missing: bool,
}

fn indented(stderr: &str) -> String {
    let stderr = stderr.trim_end_matches('\n');
    if stderr.is_empty() { String::new() } else { format!(":\n\t{}", stderr.replace('\n', "\n\t")) }
}

impl CommandError {
    /// What the error means for the walk over the GOPROXY list.
    pub fn kind(&self) -> ErrorKind {
        match (&self.outcome, self.obstacle) {
            _ if self.is_missing => ErrorKind::NotFound,
            (Outcome::NotFound(_) | Outcome::Failed(_), _) => ErrorKind::Local,
            (_, Some(Obstacle::Credentials)) => ErrorKind::Denied,
            (Outcome::Exit(_) | Outcome::Signal(_), _) => ErrorKind::Transient,
        }
    }
}

/// What programs say of what keeps the user from a server: they tell it in words only, which are
/// English, as they are asked for that. The first that are found count.
const OBSTACLES: [(Obstacle, &[&str]); 3] = [
    // ssh goes on to say that the user is refused.
    (Obstacle::HostKey, &["Host key verification failed"]),
    (
        Obstacle::Credentials,
        &[
            // git and curl.
            "could not read Username",
            "could not read Password",
            "terminal prompts disabled",
            "Authentication failed",
            "returned error: 401",
            "returned error: 403",
            // ssh.
            "Permission denied (",
            // hg.
            "authorization failed",
            "authorization required",
            "HTTP Error 401",
            "HTTP Error 403",
            // svn.
            "Authorization failed",
            "No more credentials",
            // fossil.
            "login failed",
            "not authorized to clone",
        ],
    ),
    (
        Obstacle::UnknownHost,
        &[
            // curl and ssh.
            "Could not resolve host",
            "Could not resolve proxy",
            // What the system says, also to hg.
            "Name or service not known",
            "No address associated with hostname",
            "Temporary failure in name resolution",
            "nodename nor servname provided",
            // svn.
            "Unknown hostname",
            // fossil.
            "can't resolve host name",
        ],
    ),
];

fn obstacle(stderr: &str) -> Option<Obstacle> {
    let is_said = |words: &[&str]| words.iter().any(|words| stderr.contains(words));
    OBSTACLES.into_iter().find(|(_, words)| is_said(words)).map(|(obstacle, _)| obstacle)
}

/// What of a URL must never be shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    /// The password of a URL, as it is written and as it is meant.
    pub(super) fn of(url: &str) -> Self {
        let authority = url.split_once("://").map_or("", |(_, rest)| rest);
        let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
        let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
        let Some((_, written)) = user.split_once(':').filter(|(_, password)| !password.is_empty())
        else {
            return Self::default();
        };
        let mut secrets = vec![written.to_owned()];
        let meant = percent_decoded(written);
        if meant != written {
            secrets.push(meant);
        }
        // What contains another goes first.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self(secrets)
    }

    /// The text without them.
    pub(super) fn redact(&self, text: &str) -> String {
        /// A shorter one may well be part of a word.
        const TELLING: usize = 4;
        let mut shown = text.to_owned();
        for secret in &self.0 {
            shown = shown.replace(&format!(":{secret}@"), ":xxxxx@");
            if secret.len() >= TELLING {
                shown = shown.replace(secret.as_str(), "xxxxx");
            }
        }
        shown
    }
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(&byte) = bytes.get(index) {
        let digits = text.get(index + 1..index + 3).filter(|_| byte == b'%');
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(meant) => {
                decoded.push(meant);
                index += 3;
            }
            None => {
                decoded.push(byte);
                index += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// A command to be run.
#[derive(Clone, Debug)]
pub(super) struct Command<'a> {
    /// The name of the program.
    program: &'static str,
    arguments: Vec<OsString>,
    /// Where it runs, and which it is to take for the current one.
    directory: &'a Path,
    /// Set for it beside what all programs get.
    variables: Vec<(OsString, OsString)>,
    secrets: &'a Secrets,
    /// A lock that it holds, too, until it has ended.
    lock: Option<&'a FileLock>,
}

impl<'a> Command<'a> {
    pub(super) fn new(program: &'static str, directory: &'a Path, secrets: &'a Secrets) -> Self {
        let (arguments, variables) = (Vec::new(), Vec::new());
        Self { program, arguments, directory, variables, secrets, lock: None }
    }

    /// Lets it hold a lock: where gomod is killed and it runs on, others wait for its end.
    pub(super) fn holding(self, lock: &'a FileLock) -> Self {
        Self { lock: Some(lock), ..self }
    }

    pub(super) fn arguments<I: IntoIterator<Item: AsRef<OsStr>>>(mut self, arguments: I) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    pub(super) fn variable(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.variables.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    pub(super) fn variables(mut self, variables: &[(String, String)]) -> Self {
        self.variables.extend(variables.iter().map(|(name, value)| (name.into(), value.into())));
        self
    }

    fn words(&self) -> impl Iterator<Item = String> {
        let arguments = self.arguments.iter().map(|argument| {
            let argument = argument.to_string_lossy();
            self.secrets.redact(&argument)
        });
        std::iter::once(self.program.to_owned()).chain(arguments)
    }

    /// As a shell would read it, and as `-x` of go shows it.
    fn for_shell(&self) -> String {
        let words: Vec<String> = self.words().map(|word| for_shell(&word)).collect();
        format!("cd {}; {}", self.directory.display(), words.join(" "))
    }

    fn failed(&self, outcome: Outcome, stderr: &[u8]) -> CommandError {
        let stderr = self.secrets.redact(&String::from_utf8_lossy(stderr));
        let stderr = without_users(&stderr);
        let obstacle = match outcome {
            Outcome::NotFound(_) => Some(Obstacle::NoProgram),
            Outcome::Exit(_) => obstacle(&stderr),
            Outcome::Signal(_) | Outcome::Failed(_) => None,
        };
        CommandError {
            command: self.words().collect::<Vec<_>>().join(" "),
            directory: self.directory.display().to_string(),
            outcome,
            stderr,
            obstacle,
            help: "",
            is_missing: false,
        }
    }
}

/// A word in quotes where a shell would not take it as it is.
fn for_shell(word: &str) -> String {
    if word.contains('\'') {
        let mut quoted = String::from('"');
        for c in word.chars() {
            if matches!(c, '"' | '$' | '`' | '\\') {
                quoted.push('\\');
            }
            quoted.push(c);
        }
        quoted.push('"');
        quoted
    } else if word.contains([
        '$', '`', '\\', '*', '?', '[', '"', '\t', '\n', '\u{b}', '\u{c}', '\r', ' ', '\u{85}',
        '\u{a0}',
    ]) {
        format!("'{word}'")
    } else {
        word.to_owned()
    }
}

/// Runs programs for one run of gomod.
pub(super) struct Programs {
    settings: VersionControl,
    limit: Arc<Semaphore>,
    progress: Arc<dyn Progress>,
    running: Mutex<Running>,
}

#[derive(Default)]
struct Running {
    programs: HashSet<Pid>,
    is_over: bool,
}

impl Programs {
    /// As many at a time as the semaphore allows.
    pub(super) fn new(
        settings: VersionControl,
        limit: Arc<Semaphore>,
        progress: Arc<dyn Progress>,
    ) -> Self {
        Self { settings, limit, progress, running: Mutex::default() }
    }

    /// Hears what is going on.
    pub(super) fn progress(&self) -> &dyn Progress {
        &*self.progress
    }

    /// Ends what runs and starts nothing any more. Programs get the chance to remove their own
    /// lock files and unfinished downloads, for which nobody would wait as long.
    pub(super) fn stop(&self) {
        let mut running = self.running();
        running.is_over = true;
        for &program in &running.programs {
            // It may just have ended.
            let _ = kill_process(program, Signal::TERM);
        }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, Running> {
        // A panic elsewhere leaves the set whole: each change is one call.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether ssh is to be told not to ask, where no setting names another ssh.
    pub(super) fn quiets_ssh(&self) -> bool {
        self.settings.quiets_ssh
    }

    /// What a command prints.
    ///
    /// # Errors
    /// It cannot be run, or fails, or prints more than anybody can want.
    pub(super) async fn run(&self, command: &Command<'_>) -> Result<Vec<u8>, VcsError> {
        self.run_within(command, MAX_PRINTED).await
    }

    async fn run_within(&self, command: &Command<'_>, limit: u64) -> Result<Vec<u8>, VcsError> {
        match self.run_up_to(command, limit).await? {
            (printed, true) => Ok(printed),
            (_, false) => {
                let command = command.words().collect::<Vec<_>>().join(" ");
                Err(VcsError::PrintedTooLong { command, limit })
            }
        }
    }

    /// The file that a command prints. It fails where there is none, and says so in these words:
    /// whatever else it fails for says nothing about the file.
    ///
    /// # Errors
    /// The command cannot be run or fails, or there is no such file, or it is longer than so
    /// many bytes.
    pub(super) async fn read_file(
        &self,
        command: &Command<'_>,
        file: &str,
        limit: u64,
        missing: &[&str],
    ) -> Result<Bytes, VcsError> {
        match self.run_up_to(command, limit).await {
            Ok((content, true)) => Ok(Bytes::from(content)),
            Ok((_, false)) => Err(VcsError::TooLong { file: file.to_owned(), limit }),
            Err(VcsError::Command(error))
                if matches!(error.outcome, Outcome::Exit(_))
                    && missing.iter().any(|words| error.stderr.contains(words)) =>
            {
                Err(VcsError::NoFile { file: file.to_owned() })
            }
            Err(error) => Err(error),
        }
    }

    /// What a command prints, and whether that is all: it is ended once it has printed more than
    /// so many bytes.
    ///
    /// # Errors
    /// As [`Programs::run`].
    async fn run_up_to(
        &self,
        command: &Command<'_>,
        limit: u64,
    ) -> Result<(Vec<u8>, bool), VcsError> {
        let _shown = self.show(command);
        let (program, stdout, stderr) = self.start(command).await?;
        let mut printed = Vec::new();
        let reading = async {
            let mut limited = stdout.take(limit.saturating_add(1));
            limited.read_to_end(&mut printed).await
        };
        let (read, said) = tokio::join!(reading, read_beginning(stderr));
        read.and(said.as_ref().map(|_| 0).map_err(|error| io::Error::from(error.kind())))
            .map_err(|error| command.failed(Outcome::Failed(error.to_string()), b""))?;
        if printed.len() as u64 > limit {
            return Ok((printed, false));
        }
        program.finish(command, &said.unwrap_or_default()).await?;
        Ok((printed, true))
    }

    /// Puts what a command prints into a file. It is ended once it has printed more than so many
    /// bytes.
    ///
    /// # Errors
    /// As [`Programs::run`], or the file cannot be written.
    pub(super) async fn run_into(
        &self,
        command: &Command<'_>,
        mut file: NamedTempFile,
        limit: u64,
    ) -> Result<NamedTempFile, VcsError> {
        let _shown = self.show(command);
        let (program, stdout, stderr) = self.start(command).await?;
        let lost = |error: io::Error| command.failed(Outcome::Failed(error.to_string()), b"");
        let mut stdout = std::fs::File::from(stdout.into_owned_fd().map_err(lost)?);
        let copying = spawn_blocking(move || {
            let length = repository_folder::copy(&mut stdout, &mut file, limit.saturating_add(1))?;
            Ok((file, length))
        });
        let copying = async {
            match copying.await {
                // The program ends with what is dropped here.
                Ok(Ok((_, length))) if length > limit => Err(VcsError::ArchiveTooLong),
                copied => Ok(copied),
            }
        };
        let (copied, said) = tokio::try_join!(copying, async { Ok(read_beginning(stderr).await) })?;
        // What the program says of its own end tells more than a pipe that was cut.
        program.finish(command, &said.map_err(lost)?).await?;
        let copied: Result<_, VcsError> =
            copied.unwrap_or_else(|error| match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(VcsError::Interrupted),
            });
        Ok(copied?.0)
    }

    /// Runs a command that writes a file. It is ended once that is longer than so many bytes.
    ///
    /// # Errors
    /// As [`Programs::run`], or the file cannot be looked at.
    pub(super) async fn run_writing(
        &self,
        command: &Command<'_>,
        file: &NamedTempFile,
        limit: u64,
    ) -> Result<(), VcsError> {
        let check = || match repository_folder::length(file)? > limit {
            true => Err(VcsError::ArchiveTooLong),
            false => Ok(()),
        };
        {
            let mut running = std::pin::pin!(self.run(command));
            loop {
                tokio::select! {
                    ended = &mut running => {
                        ended?;
                        break;
                    }
                    () = tokio::time::sleep(LOOK) => check()?,
                }
            }
        }
        check()
    }

    fn show(&self, command: &Command<'_>) -> Shown<'_> {
        let text = command.for_shell();
        self.progress.command(&text);
        Shown { text, start: Instant::now(), progress: &*self.progress }
    }

    async fn start(
        &self,
        command: &Command<'_>,
    ) -> Result<(Started<'_>, ChildStdout, ChildStderr), VcsError> {
        let name = command.program;
        let folders = &self.settings.program_folders;
        let found = repository_folder::find_program(folders, name)
            .ok_or_else(|| command.failed(Outcome::NotFound(name), b""))?;
        let permit = self.limit.clone().acquire_owned().await;
        let permit = permit.map_err(|_| VcsError::Interrupted)?;
        let not_started =
            |error: io::Error| command.failed(Outcome::Failed(error.to_string()), b"");
        let input = command.lock.map_or_else(|| Ok(Stdio::null()), FileLock::as_input);
        let mut process = programs::command(&self.settings, name, &found);
        process
            .args(&command.arguments)
            .current_dir(command.directory)
            .stdin(input.map_err(not_started)?)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for other in OTHER_REPOSITORY {
            process.env_remove(other);
        }
        process
            .env("PWD", command.directory)
            // Some of what they say has to be understood; characters stay in the user's encoding.
            .env("LANGUAGE", "en")
            .envs(command.variables.iter().map(|(name, value)| (name, value)));
        let mut running = self.running();
        if running.is_over {
            return Err(VcsError::Interrupted);
        }
        let mut program = match Program::start(&mut process) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                return Err(VcsError::Interrupted);
            }
            started => started.map_err(not_started)?,
        };
        let child = program.child();
        let number = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        running.programs.extend(number);
        drop(running);
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let started = Started { program, number, programs: self, _permit: permit };
        match (stdout, stderr) {
            (Some(stdout), Some(stderr)) => Ok((started, stdout, stderr)),
            _ => Err(VcsError::Interrupted),
        }
    }
}

impl Drop for Programs {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A command that `-x` has shown; how long it took follows.
struct Shown<'a> {
    text: String,
    start: Instant,
    progress: &'a dyn Progress,
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        let took = self.start.elapsed().as_secs_f64();
        self.progress.command(&format!("{took:.3}s # {}", self.text));
    }
}

/// A program that runs for these.
struct Started<'a> {
    program: Program,
    /// `None` once it has ended, as another program may have the number then.
    number: Option<Pid>,
    programs: &'a Programs,
    _permit: OwnedSemaphorePermit,
}

impl Started<'_> {
    async fn finish(mut self, command: &Command<'_>, stderr: &[u8]) -> Result<(), VcsError> {
        let status = self.program.wait().await;
        if let Some(number) = self.number.take() {
            self.programs.running().programs.remove(&number);
        }
        let outcome = match status {
            Ok(status) if status.success() => return Ok(()),
            Ok(status) => outcome(status),
            Err(error) => Outcome::Failed(error.to_string()),
        };
        if self.programs.running().is_over {
            return Err(VcsError::Interrupted);
        }
        Err(command.failed(outcome, stderr).into())
    }
}

impl Drop for Started<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number.take() {
            self.programs.running().programs.remove(&number);
        }
    }
}

fn outcome(status: ExitStatus) -> Outcome {
    match (status.code(), status.signal()) {
        (Some(code), _) => Outcome::Exit(code),
        (None, Some(signal)) => Outcome::Signal(signal),
        (None, None) => Outcome::Failed(status.to_string()),
    }
}

/// The first of what can be read; the rest is read too, so that nobody waits to write it.
async fn read_beginning(mut from: impl AsyncRead + Unpin) -> io::Result<Vec<u8>> {
    let mut beginning = Vec::new();
    (&mut from).take(MAX_STDERR).read_to_end(&mut beginning).await?;
    tokio::io::copy(&mut from, &mut tokio::io::sink()).await?;
    Ok(beginning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_as_go_does() {
        for (word, expected) in [
            ("--depth=1", "--depth=1"),
            ("refs/tags/*:refs/tags/*", "'refs/tags/*:refs/tags/*'"),
            ("--format=format:%H %ct %D", "'--format=format:%H %ct %D'"),
            ("it's \"$x\"", "\"it's \\\"\\$x\\\"\""),
        ] {
            assert_eq!(for_shell(word), expected);
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        let secrets = Secrets::of("https://user:p%40ss@host/path@v:1");
        let text = "unable to access 'https://user:p%40ss@host/': p@ss, user:p@ss@host";
        let shown = "unable to access 'https://user:xxxxx@host/': xxxxx, user:xxxxx@host";
        assert_eq!(secrets.redact(text), shown);
        // Of what programs say, nobody knows whose URLs they are.
        let command = Command::new("git", Path::new("/"), &secrets);
        let failed =
            command.failed(Outcome::Exit(1), b"https://token@other https://user:p@ss@host");
        assert_eq!(failed.stderr, "https://xxxxx@other https://xxxxx@host");
        let short = Secrets::of("https://user:it@host/x");
        assert_eq!(short.redact("it is https://user:it@host"), "it is https://user:xxxxx@host");
        for none in ["https://user@host/a:b", "https://host/a:b@c", "file:///a:b@c"] {
            assert!(Secrets::of(none).0.is_empty(), "{none}");
        }
    }

    #[tokio::test]
    async fn what_is_printed_has_a_limit() {
        struct Silent;
        impl Progress for Silent {}
        let settings =
            VersionControl { program_folders: vec!["/usr/bin".into()], ..Default::default() };
        let programs = Programs::new(settings, Arc::new(Semaphore::new(1)), Arc::new(Silent));
        let secrets = Secrets::of("https://u:hidden@a.b");
        let words = ["-c", "yes https://u:hidden@a.b"];
        let command = Command::new("env", Path::new("/"), &secrets);
        let command = command.arguments(["sh"]).arguments(words);
        let error = programs.run_within(&command, 1 << 20).await.expect_err("without an end");
        let message = "env sh -c yes https://u:xxxxx@a.b: printed more than 1048576 bytes";
        assert_eq!(error.to_string(), message);
        assert_eq!(error.kind(), ErrorKind::Transient);
    }

    #[test]
    fn failures_fall_into_their_kinds() {
        let secrets = Secrets::default();
        let command = Command::new("git", Path::new("/"), &secrets).arguments(["ls-remote"]);
        let kind = |outcome, stderr: &str| command.failed(outcome, stderr.as_bytes()).kind();
        let exit = Outcome::Exit(128);
        let denied = (ErrorKind::Denied, Some(Obstacle::Credentials));
        let unknown = (ErrorKind::Transient, Some(Obstacle::UnknownHost));
        for (stderr, expected) in [
            (
                "fatal: could not read Username for 'https://host': terminal prompts disabled",
                denied,
            ),
            ("git@host: Permission denied (publickey).", denied),
            ("fatal: unable to access: The requested URL returned error: 403", denied),
            ("abort: authorization failed", denied),
            ("svn: E170001: Authorization failed", denied),
            (
                "Host key verification failed.\nfatal: Could not read from remote repository.",
                (ErrorKind::Transient, Some(Obstacle::HostKey)),
            ),
            ("fatal: unable to access 'https://host/': Could not resolve host: host", unknown),
            ("ssh: Could not resolve hostname host: Name or service not known", unknown),
            ("abort: error: Name or service not known", unknown),
            ("svn: E670002: Unknown hostname 'host'", unknown),
            ("fatal: repository 'https://host/' not found", (ErrorKind::Transient, None)),
        ] {
            let failed = command.failed(exit.clone(), stderr.as_bytes());
            assert_eq!((failed.kind(), failed.obstacle), expected, "{stderr}");
        }
        assert_eq!(kind(Outcome::NotFound("git"), ""), ErrorKind::Local);
        let missing = CommandError { is_missing: true, ..command.failed(exit, b"a\nb\n") };
        assert_eq!(missing.kind(), ErrorKind::NotFound);
        assert_eq!(missing.to_string(), "git ls-remote in /: exit status 128:\n\ta\n\tb");
    }
}
