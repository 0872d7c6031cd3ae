//! Runs at a terminal: what is drawn there, and what becomes of it when the user interrupts.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use regex::Regex;
use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::repositories::is_there;
use crate::support::fixture::Catalogue;
use crate::support::program::Room;
use crate::support::proxy::{Fault, Proxy};
use crate::support::sumdb::Database;

/// Far above what a run needs.
const LIMIT: Duration = Duration::from_secs(60);

/// A terminal, with this process for the user.
struct Terminal {
    user: File,
    name: String,
    heard: Receiver<Vec<u8>>,
    shown: Vec<u8>,
    /// Open as long as the terminal is looked at: its settings go with the last that has it.
    line: File,
}

impl Terminal {
    fn open() -> io::Result<Self> {
        let user = File::from(openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?);
        grantpt(&user)?;
        unlockpt(&user)?;
        let name = ptsname(&user, Vec::new())?.to_string_lossy().into_owned();
        let line = Self::line(&name)?;
        let (sender, heard) = mpsc::channel();
        let mut reader = user.try_clone()?;
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // It ends with the last that has the terminal open, or with who listens.
            while let Ok(length @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..length].to_vec()).is_err() {
                    return;
                }
            }
        });
        Ok(Self { user, name, heard, shown: Vec::new(), line })
    }

    /// The program's end. This process must not take the terminal for its own.
    fn line(name: &str) -> io::Result<File> {
        let flags = OFlags::NOCTTY.bits().cast_signed();
        OpenOptions::new().read(true).write(true).custom_flags(flags).open(name)
    }

    fn settings(&self) -> String {
        let mut stty = Command::new("stty");
        let output = stty.arg("-a").stdin(self.line.try_clone().expect("it")).output();
        String::from_utf8(output.expect("stty runs").stdout).expect("text")
    }

    /// Hears until what is shown is as it should be, or for so long.
    fn wait_until(&mut self, is_right: impl Fn(&str) -> bool, limit: Duration) -> bool {
        let start = Instant::now();
        loop {
            if is_right(&String::from_utf8_lossy(&self.shown)) {
                return true;
            }
            let Some(left) = limit.checked_sub(start.elapsed()) else { return false };
            match self.heard.recv_timeout(left) {
                Ok(more) => self.shown.extend(more),
                Err(_) => return false,
            }
        }
    }
}

/// Whether the line that was drawn is gone, with the cursor at its beginning.
fn is_cleared(shown: &str) -> bool {
    shown.rsplit("\u{1b}[2K").next().is_some_and(|after| !after.contains("modules"))
}

#[test]
fn an_interrupt_ends_a_run_and_leaves_the_terminal_as_it_was() {
    if !(is_there("setsid") && is_there("stty")) {
        return;
    }
    let proxy = Proxy::start(Catalogue::fixtures()).expect("a proxy");
    let zips = Regex::new(r"\.zip$").expect("a pattern");
    let asked = Regex::new(r"\.zip ").expect("a pattern");
    for keys in ["\u{3}", "\u{3}\u{3}\u{3}"] {
        proxy.set_fault(Fault::Stall, zips.clone(), None);
        let room = Room::new("gomod-terminal-").expect("a folder");
        let mut terminal = Terminal::open().expect("a terminal");
        let settings = terminal.settings();
        let line = || Stdio::from(Terminal::line(&terminal.name).expect("its other end"));
        let all = Catalogue::fixtures();
        let module = all.iter().next().expect("a fixture");
        let module = format!("{}@{}", module.path, module.version);
        // The terminal becomes that of the program, and so tells it of keys.
        let mut command = Command::new("setsid");
        command
            .args(["-c", env!("CARGO_BIN_EXE_gomod"), "download", &module])
            .current_dir(room.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", room.path())
            .env("GOMODCACHE", room.path().join("cache"))
            .env("GOPROXY", proxy.url())
            .env("GOSUMDB", Database::verifier_key())
            .envs([("GOENV", "off"), ("GOFLAGS", ""), ("LC_ALL", "C"), ("TERM", "xterm")])
            .stdin(line())
            .stdout(line())
            .stderr(line());
        let mut child = command.spawn().expect("it runs");
        assert!(
            terminal.wait_until(|shown| shown.contains("modules"), LIMIT),
            "{:?}",
            terminal.shown
        );
        assert!(proxy.wait_for_request(&asked, LIMIT), "nobody asked for a zip");
        proxy.clear_requests();

        let start = Instant::now();
        terminal.user.write_all(keys.as_bytes()).expect("typed");
        let status = child.wait().expect("its end");
        let took = start.elapsed();
        assert_eq!(status.code(), Some(130), "{status}");
        // The promise is a second; a machine may be busy.
        assert!(took < Duration::from_secs(3), "{took:?}");
        println!("ended {took:?} after the interrupt");
        // Of several keys the later ones have the kernel drop what is not shown yet.
        let is_shown = keys.len() == 1;
        terminal.wait_until(is_cleared, if is_shown { LIMIT / 10 } else { Duration::ZERO });
        assert_eq!(terminal.settings(), settings);
        let shown = String::from_utf8_lossy(&terminal.shown).into_owned();
        // Whatever hid the cursor has shown it again.
        let last = |what: &str| shown.rfind(what);
        assert!(last("\u{1b}[?25l") <= last("\u{1b}[?25h"), "{shown:?}");
        // The line that was drawn is cleared; what comes next begins at its start.
        assert!(is_cleared(&shown) || !is_shown, "{shown:?}");
        // What was being made goes with the next run.
        proxy.clear_faults();
        let output =
            command.stdout(Stdio::null()).stderr(Stdio::piped()).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let left: Vec<_> = walkdir::WalkDir::new(room.path())
            .into_iter()
            .flatten()
            .filter(|entry| entry.path().to_string_lossy().contains(".tmp"))
            .collect();
        assert!(left.is_empty(), "{left:?}");
        room.close().expect("removed");
    }
}
