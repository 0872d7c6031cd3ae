//! Programs of the machine that this process runs: where it ends before they do, they end first.
//!
//! They stay in the process group of gomod: one that asks the user for something, as ssh does for
//! the words that unlock a key, could not read the terminal from another.

use std::collections::BTreeSet;
use std::io;
use std::process::ExitStatus;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use crate::store::processes::families;

/// How long programs that were told to end are waited for. They remove their lock files and what
/// they have not finished, for which moments are enough.
const PATIENCE: Duration = Duration::from_millis(700);

/// How long it takes until it is looked again whether they have.
const PAUSE: Duration = Duration::from_millis(5);

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
