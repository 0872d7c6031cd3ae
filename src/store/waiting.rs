//! Whose lock is waited for, as far as the system tells.
//!
//! Linux lists the locks of all processes in `/proc/locks`, by device and inode. The device is
//! that of the mounted file system, which on some (btrfs, overlays) is none that `stat` tells:
//! `/proc/self/fdinfo` and `/proc/self/mountinfo` do. Elsewhere, and of processes that
//! cannot be seen from here, such as those in other containers, the file alone is known.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A lock that another process has held for some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    path: PathBuf,
    holders: Vec<Holder>,
}

/// A process that holds a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Holder {
    process: u32,
    /// The name of its program, as the system has it.
    program: String,
}

impl fmt::Display for Held {
    /// `go (process 12) holds FILE`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.holders.as_slice() {
            [] => write!(f, "it holds {}", self.path.display()),
            holders => {
                for (index, Holder { process, program }) in holders.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{program} (process {process})")?;
                }
                let verb = if holders.len() == 1 { "holds" } else { "hold" };
                write!(f, " {verb} {}", self.path.display())
            }
        }
    }
}

/// A file, as [`Held`] is to be asked for once it has been waited for.
#[derive(Debug)]
pub(super) struct Awaited {
    path: PathBuf,
    #[cfg(target_os = "linux")]
    place: Option<linux::Place>,
}

impl Awaited {
    /// The opened file that has this path.
    pub(super) fn new(path: &Path, file: &File) -> Self {
        #[cfg(not(target_os = "linux"))]
        let _ = file;
        Self {
            path: path.to_owned(),
            #[cfg(target_os = "linux")]
            place: linux::place(file),
        }
    }

    /// Who holds its lock now.
    pub(super) fn held(&self) -> Held {
        #[cfg(target_os = "linux")]
        let holders = self.place.map(linux::holders).unwrap_or_default();
        #[cfg(not(target_os = "linux"))]
        let holders = Vec::new();
        Held { path: self.path.clone(), holders }
    }
}

type Listener = Box<dyn Fn(&Held) + Send + Sync>;

/// Who hears of locks that a thread waits for. Any function that reads or edits a file may come
/// to wait, and a process has one user to tell.
static LISTENER: OnceLock<Listener> = OnceLock::new();

/// Lets locks that a thread has waited for longer than a few seconds be told; the first
/// listener of a process stays.
pub fn listen(listener: impl Fn(&Held) + Send + Sync + 'static) {
    let _ = LISTENER.set(Box::new(listener));
}

pub(super) fn tell(held: &Held) {
    if let Some(listener) = LISTENER.get() {
        listener(held);
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::{self, File};
    use std::os::fd::AsRawFd as _;
    use std::os::unix::fs::MetadataExt as _;

    use super::Holder;

    /// A file, as `/proc/locks` names it: major and minor number of the device, and inode.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Place(pub u32, pub u32, pub u64);

    pub fn place(file: &File) -> Option<Place> {
        let metadata = file.metadata().ok()?;
        let device = metadata.dev();
        let seen = Place(rustix::fs::major(device), rustix::fs::minor(device), metadata.ino());
        let info = fs::read_to_string(format!("/proc/self/fdinfo/{}", file.as_raw_fd()));
        let mounts = fs::read_to_string("/proc/self/mountinfo");
        let (Ok(info), Ok(mounts)) = (info, mounts) else { return Some(seen) };
        Some(mounted(&info, &mounts, seen))
    }

    /// The place by what the system says of an open file and of what is mounted.
    /// Source: proc_pid_fdinfo(5), proc_pid_mountinfo(5).
    pub fn mounted(info: &str, mounts: &str, seen: Place) -> Place {
        let value = |name: &str| {
            let mut values = info.lines().filter_map(|line| line.strip_prefix(name));
            values.next().map(str::trim)
        };
        let inode = value("ino:").and_then(|inode| inode.parse().ok()).unwrap_or(seen.2);
        let device = value("mnt_id:").and_then(|mount| {
            let mut lines = mounts.lines().map(|line| line.split(' '));
            let mut line =
                lines.find_map(|mut line| (line.next() == Some(mount)).then_some(line))?;
            let (major, minor) = line.nth(1)?.split_once(':')?;
            Some((major.parse().ok()?, minor.parse().ok()?))
        });
        let (major, minor) = device.unwrap_or((seen.0, seen.1));
        Place(major, minor, inode)
    }

    pub fn holders(place: Place) -> Vec<Holder> {
        let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
        let holder = |process: u32| {
            // Without a name it has ended, or is not to be seen from here.
            let name = fs::read_to_string(format!("/proc/{process}/comm")).ok()?;
            Some(Holder { process, program: name.trim_end().to_owned() })
        };
        numbers(&locks, place).into_iter().filter_map(holder).collect()
    }

    /// The processes that hold a lock of a file. Source: proc_locks(5).
    pub fn numbers(locks: &str, place: Place) -> Vec<u32> {
        let holder = |line: &str| {
            // Behind an arrow stands who waits.
            let fields: Vec<&str> = line.split_ascii_whitespace().collect();
            let &[_, "FLOCK", _, _, process, file, ..] = fields.as_slice() else { return None };
            let mut parts = file.split(':');
            let mut number = || u32::from_str_radix(parts.next()?, 16).ok();
            let (major, minor) = (number()?, number()?);
            let inode = parts.next()?.parse().ok()?;
            // One of another name space has no number here.
            let process = process.parse().ok().filter(|process| *process > 0)?;
            (Place(major, minor, inode) == place).then_some(process)
        };
        locks.lines().filter_map(holder).collect()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::linux::{Place, mounted, numbers};
    use super::*;

    const LOCKS: &str = "1: POSIX  ADVISORY  WRITE 5 08:01:77 0 EOF\n\
        2: FLOCK  ADVISORY  WRITE 6 08:1a:77 0 EOF\n\
        2: -> FLOCK  ADVISORY  WRITE 7 08:1a:77 0 EOF\n\
        3: FLOCK  ADVISORY  READ 8 08:1a:78 0 EOF\n\
        4: FLOCK  ADVISORY  READ 9 08:1a:78 0 EOF\n\
        5: FLOCK  ADVISORY  READ 0 08:1a:79 0 EOF\n\
        6: FLOCK  ADVISORY  READ -1 08:1a:79 0 EOF\n\
        7: FLOCK\n";

    #[test]
    fn holders_are_found() {
        assert_eq!(numbers(LOCKS, Place(8, 26, 77)), [6]);
        assert_eq!(numbers(LOCKS, Place(8, 26, 78)), [8, 9]);
        assert_eq!(numbers(LOCKS, Place(8, 26, 79)), [0; 0]);
        assert_eq!(numbers(LOCKS, Place(8, 1, 77)), [0; 0]);
    }

    #[test]
    fn the_device_is_that_of_the_mount() {
        let mounts = "29 1 8:2 / / rw - ext4 /dev/x rw\n31 29 0:30 /@home /home rw - btrfs x rw\n";
        let seen = Place(0, 44, 7);
        let found = |info: &str| mounted(info, mounts, seen);
        assert_eq!(found("pos:\t0\nmnt_id:\t31\nino:\t9\n"), Place(0, 30, 9));
        assert_eq!(found("pos:\t0\nmnt_id:\t29\n"), Place(8, 2, 7));
        assert_eq!(found("mnt_id:\t99\n"), seen);
    }

    #[test]
    fn this_process_is_found() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let awaited = Awaited::new(file.path(), file.as_file());
        let text = format!("it holds {}", file.path().display());
        assert_eq!(awaited.held().to_string(), text);
        file.as_file().lock().expect("locked");
        let text = awaited.held().to_string();
        assert!(text.contains(&format!(" (process {}) holds ", std::process::id())), "{text}");
    }

    #[test]
    fn several_hold_a_shared_lock() {
        let holder = |process, program: &str| Holder { process, program: program.to_owned() };
        let holders = vec![holder(8, "go"), holder(9, "gomod")];
        let held = Held { path: "/m/go.mod".into(), holders };
        assert_eq!(held.to_string(), "go (process 8), gomod (process 9) hold /m/go.mod");
    }
}
