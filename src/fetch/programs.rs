//! Programs of the machine that this process runs: where it ends before they do, they end first.
//!
//! They stay in the process group of gomod: one that asks the user for something, as ssh does for
//! the words that unlock a key, could not read the terminal from another.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use crate::config::VersionControl;
use crate::store::descriptors::restore_limit_of;
use crate::store::processes::families;

/// How long programs that were told to end are waited for. They remove their lock files and what
/// they have not finished, for which moments are enough.
const PATIENCE: Duration = Duration::from_millis(700);

/// How long it takes until it is looked again whether they have.
const PAUSE: Duration = Duration::from_millis(5);

/// Variables by which git, when it runs a hook, tells what it starts which repository to work
/// on: gomod may be run by a hook, and works on repositories of its own.
/// Source: `git rev-parse --local-env-vars`, but for configuration, which is the user's.
pub const OTHER_REPOSITORY: [&str; 11] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// A program that was found for a name, with the variables that the settings have for it. Tokens
/// that gomod is told by variables are not for it.
pub fn command(settings: &VersionControl, name: &str, program: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg0(name);
    for hidden in &settings.hidden_variables {
        command.env_remove(hidden);
    }
    command.envs(settings.variables.iter().copied());
    command
}

/// A text without what stands between `://` and `@` in its URLs of http and https: passwords, and
/// tokens in the place of a user. Programs repeat URLs that nobody gave them, such as those
/// that a user's settings put in the place of others.
pub fn without_users(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + "://".len());
        shown.push_str(before);
        rest = after;
        let scheme = before[..at].to_ascii_lowercase();
        let is_end =
            |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '\'' | '"' | '<' | '>');
        let end = after.find(is_end).unwrap_or(after.len());
        if (scheme.ends_with("http") || scheme.ends_with("https"))
            && let Some(user) = after[..end].rfind('@')
        {
            shown.push_str("xxxxx");
            rest = &after[user..];
        }
    }
    shown.push_str(rest);
    shown
}

/// The programs that run.
struct Running {
    numbers: BTreeSet<u32>,
    /// Whether this process is about to end: nothing is started any more.
    is_over: bool,
}

static RUNNING: Mutex<Running> = Mutex::new(Running { numbers: BTreeSet::new(), is_over: false });

fn running() -> MutexGuard<'static, Running> {
    // A panic elsewhere leaves it whole: each change is one call.
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A program that runs; it is told to end where nobody waits for it any longer.
pub struct Program {
    child: Child,
    /// `None` once it has ended, as another program may have the number then.
    number: Option<u32>,
}

impl Program {
    /// Starts a program.
    ///
    /// # Errors
    /// It cannot be run; or this process is about to end, which is of kind
    /// [`io::ErrorKind::Interrupted`].
    pub fn start(command: &mut Command) -> io::Result<Self> {
        let mut running = running();
        if running.is_over {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let child = command.spawn()?;
        let number = child.id();
        number.into_iter().for_each(restore_limit_of);
        running.numbers.extend(number);
        Ok(Self { child, number })
    }

    /// Its pipes can be taken from it.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Waits for its end.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        let status = self.child.wait().await;
        self.forget();
        status
    }

    fn forget(&mut self) -> Option<u32> {
        let number = self.number.take()?;
        running().numbers.remove(&number);
        Some(number)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(number) = self.forget() {
            // The runtime waits for its end in the background.
            send(number, Signal::TERM);
        }
    }
}

/// Tells a process to end; it may just have done so.
fn send(process: u32, signal: Signal) {
    if let Some(process) = Pid::from_raw(process.cast_signed()) {
        let _ = kill_process(process, signal);
    }
}

/// Ends all programs, and what these have started, before this process ends. git leaves the
/// processes that speak to a server where it is itself told to end; so all are told. Whatever of
/// them still runs after most of a second is killed.
pub fn end() {
    let start = Instant::now();
    let mut told = BTreeSet::new();
    loop {
        let roots: Vec<u32> = {
            let mut running = running();
            running.is_over = true;
            running.numbers.union(&told).copied().collect()
        };
        let left = if roots.is_empty() { Vec::new() } else { families(&roots) };
        if left.is_empty() {
            return;
        }
        let is_late = start.elapsed() > PATIENCE;
        for process in left {
            if is_late {
                send(process, Signal::KILL);
            } else if told.insert(process) {
                send(process, Signal::TERM);
            }
        }
        if is_late {
            return;
        }
        std::thread::sleep(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_lose_their_users() {
        for (text, want) in [
            ("no URL, a@b", "no URL, a@b"),
            ("'https://u:p@a.b/c@d': bad", "'https://xxxxx@a.b/c@d': bad"),
            ("HTTPS://token@a.b http://u:p@ss@c", "HTTPS://xxxxx@a.b http://xxxxx@c"),
            ("https://a.b, then c@d", "https://a.b, then c@d"),
            ("https://a.b/x?y=z://u@v https://u@w", "https://a.b/x?y=z://u@v https://xxxxx@w"),
            ("ssh://git@a.b/c", "ssh://git@a.b/c"),
            ("\"https://a.b\"@", "\"https://a.b\"@"),
            ("https://", "https://"),
        ] {
            assert_eq!(without_users(text), want);
        }
    }
}
