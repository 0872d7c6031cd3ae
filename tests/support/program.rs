//! Programs that tests run, and the folder that they do so in: both end with the test,
//! however it ends.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tempfile::TempDir;

use super::tree;

/// A running program whose output is being read, and what it has started: all of them
/// are one process group, which is killed where this is dropped before its end.
#[derive(Debug)]
pub struct Program {
    group: Pid,
    /// Where the output will come from, until it has.
    output: Option<Receiver<io::Result<Output>>>,
}

impl Program {
    /// Starts a program that reads nothing.
    pub fn start(mut command: Command) -> io::Result<Self> {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let group = Pid::from_child(&child);
        let (sender, output) = mpsc::channel();
        std::thread::spawn(move || {
            // Nobody listens any more where the test has failed: then nothing is lost.
            let _ = sender.send(child.wait_with_output());
        });
        Ok(Self { group, output: Some(output) })
    }

    /// Sends a signal to the program and to what it has started.
    pub fn signal(&self, signal: Signal) -> io::Result<()> {
        Ok(kill_process_group(self.group, signal)?)
    }

    /// Sends a signal to the program alone.
    pub fn signal_alone(&self, signal: Signal) -> io::Result<()> {
        Ok(kill_process(self.group, signal)?)
    }

    /// What runs of the program and of what it has started, as `/proc` tells: numbers and names.
    pub fn running(&self) -> Vec<String> {
        running_in(self.group)
    }

    /// The number by which [`running_in`] knows it.
    pub fn group(&self) -> Pid {
        self.group
    }

    /// Waits until the program and all that share its output have ended. After `limit`
    /// they are killed, and that is an error of kind [`io::ErrorKind::TimedOut`].
    pub fn finish(mut self, limit: Duration) -> io::Result<Output> {
        let Some(output) = &self.output else { unreachable!("only this takes it") };
        match output.recv_timeout(limit) {
            Ok(finished) => {
                self.output = None;
                finished
            }
            Err(_) => {
                let message = format!("killed after {} s", limit.as_secs());
                Err(io::Error::new(io::ErrorKind::TimedOut, message))
            }
        }
    }
}

/// What runs in a group of processes, as `/proc` tells: numbers and names.
pub fn running_in(group: Pid) -> Vec<String> {
    let group = group.as_raw_nonzero().to_string();
    let stat = |entry: std::fs::DirEntry| {
        let stat = std::fs::read(entry.path().join("stat")).ok()?;
        let stat = String::from_utf8_lossy(&stat).into_owned();
        let (name, rest) = stat.rsplit_once(')')?;
        let mut fields = rest.split_ascii_whitespace();
        let is_over = fields.next()? == "Z";
        (!is_over && fields.nth(1)? == group).then(|| format!("{name})"))
    };
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(stat).collect()
}

impl Drop for Program {
    /// Waits for the end too: the folder of the program is about to go.
    fn drop(&mut self) {
        let Some(output) = self.output.take() else { return };
        // Once it has been waited for, another group may have its number.
        if matches!(output.try_recv(), Err(TryRecvError::Empty)) {
            // It may have ended by itself between the two.
            let _ = self.signal(Signal::KILL);
            let _ = output.recv();
        }
    }
}

/// A temporary folder that is removed with all that programs put there: module folders
/// too, in which not even their owner may remove anything.
#[derive(Debug)]
pub struct Room(TempDir);

impl Room {
    /// Makes a folder whose name begins so.
    pub fn new(prefix: &str) -> io::Result<Self> {
        // What a program prints of its folder is the path without symbolic links.
        let around = std::env::temp_dir().canonicalize()?;
        Ok(Self(tempfile::Builder::new().prefix(prefix).tempdir_in(around)?))
    }

    /// The absolute path, which leads through no symbolic link.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Removes the folder, and says where it cannot be: a drop is silent on that.
    pub fn close(self) -> io::Result<()> {
        tree::remove(self.path())
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // Most often a test is failing already, and that is the failure to show.
        let _ = tree::remove(self.0.path());
    }
}
