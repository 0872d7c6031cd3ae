//! A vendor folder that is made beside the one it takes the place of.
//!
//! Beside a folder `vendor` the new one is made as `.vendor.gomod-new-<digits>`; where the file
//! system can exchange two names at once, the old folder has that name afterwards, until it is
//! gone. Elsewhere the old one is first called `.vendor.gomod-old-<digits>`, and where a run
//! ends before the new one is in place, the next one puts it back.
//!
//! A run holds the lock of every such folder that it works on: one that nobody holds is what a
//! dead run left, and the next run removes it. On file systems without locks it stays.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::spec::path;
use crate::store::{Context as _, DiskError, remove_tree};

use super::{CREATING, MODULES};

/// What the name of a folder says that is being made, or was taken away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    New,
    Old,
}

impl Stage {
    /// What stands in a name between the vendor folder's and the digits.
    fn mark(self) -> &'static str {
        match self {
            Self::New => ".gomod-new-",
            Self::Old => ".gomod-old-",
        }
    }
}

/// Why a folder is not replaced.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// There is something else.
    #[error("{} is there and is no vendor folder, which would have a modules.txt: remove it first, or name another with -o", .0.display())]
    NotVendor(PathBuf),
    /// What is needed would go with it.
    #[error("{} cannot be replaced by a vendor folder: {} lies in it", folder.display(), kept.display())]
    Holds {
        /// The folder.
        folder: PathBuf,
        /// What lies in it.
        kept: PathBuf,
    },
    /// It is not known what is there.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// Checks that what has the target's name may be replaced: a vendor folder, an empty folder, or
/// nothing. A link counts as what it leads to, but only the link would be replaced. None of
/// `kept` may lie in it.
///
/// A vendor folder has a modules.txt, which must be such as the go command writes where the
/// folder is not called `vendor`. One that is may be older than modules, too: then it holds
/// nothing but folders, each named like the beginning of a module path, such as `github.com`.
///
/// # Errors
/// It may not, or that cannot be found out.
pub fn check_target(target: &Path, kept: &[PathBuf]) -> Result<(), TargetError> {
    let is_missing = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    let is_free = fs::symlink_metadata(target).is_err_and(|error| is_missing(&error));
    let real = fs::canonicalize(target).ok();
    let holds = |path: &Path| {
        path.starts_with(target) || real.as_ref().is_some_and(|real| path.starts_with(real))
    };
    for kept in kept {
        if holds(kept) || fs::canonicalize(kept).is_ok_and(|kept| holds(&kept)) {
            return Err(TargetError::Holds { folder: target.to_owned(), kept: kept.clone() });
        }
    }
    let entries = match fs::read_dir(target) {
        _ if is_free => return Ok(()),
        Ok(entries) => entries,
        // A file, or a link that leads nowhere.
        Err(error) if is_missing(&error) || error.kind() == io::ErrorKind::NotADirectory => {
            return Err(TargetError::NotVendor(target.to_owned()));
        }
        Err(error) => return Err(error).context("reading", target).map_err(TargetError::Disk),
    };
    let entries = entries.collect::<io::Result<Vec<_>>>().context("reading", target)?;
    // Whatever else has a file of this name, the go command's has lines that begin so.
    let is_list = |text: Vec<u8>| text.starts_with(b"# ") || text.starts_with(b"## ");
    let is_path = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        is_folder && name.contains('.') && path::check(&name).is_ok()
    };
    let is_vendor = match target.file_name() == Some(OsStr::new("vendor")) {
        true => {
            entries.iter().all(is_path) || entries.iter().any(|entry| entry.file_name() == MODULES)
        }
        false => fs::read(target.join(MODULES)).is_ok_and(is_list),
    };
    match is_vendor || entries.is_empty() {
        true => Ok(()),
        false => Err(TargetError::NotVendor(target.to_owned())),
    }
}

/// A folder that is being made. Dropped without being published, it is removed.
#[derive(Debug)]
pub struct Staging {
    target: PathBuf,
    folder: PathBuf,
    /// Of the folder.
    _lock: Option<File>,
    is_published: bool,
}

impl Staging {
    /// Makes an empty folder beside the target, and removes what dead runs left there.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn new(target: &Path) -> Result<Self, DiskError> {
        sweep(target);
        let parent = target.parent().unwrap_or(target);
        fs::create_dir_all(parent).context(CREATING, parent)?;
        loop {
            let folder = beside(target, Stage::New);
            match fs::create_dir(&folder) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                made => made.context(CREATING, &folder)?,
            }
            let lock = match lock(&folder) {
                Lock::Held(file) => Some(file),
                Lock::Unknown => None,
                // Another run took it for a dead one's in the moment before.
                Lock::Taken => continue,
            };
            let (target, is_published) = (target.to_owned(), false);
            return Ok(Self { target, folder, _lock: lock, is_published });
        }
    }

    /// The folder that is filled.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Puts the folder in the target's place and removes what was there: at no instant is
    /// there something between the two, where the file system can exchange names.
    ///
    /// # Errors
    /// The folder cannot be put there: then what was there is whole. Or what was there cannot
    /// be removed, and lies beside under another name.
    pub fn publish(mut self) -> Result<(), DiskError> {
        let target = &self.target;
        // Held while another run could take the old folder for a dead run's.
        let _old = lock(target);
        let old = if fs::symlink_metadata(target).is_err() {
            fs::rename(&self.folder, target).context(RENAMING, &self.folder)?;
            None
        } else if exchange(&self.folder, target).context(RENAMING, &self.folder)? {
            Some(self.folder.clone())
        } else {
            let old = take_away(target)?;
            if let Err(error) = fs::rename(&self.folder, target) {
                fs::rename(&old, target).context(RENAMING, &old)?;
                return Err(error).context(RENAMING, &self.folder);
            }
            Some(old)
        };
        self.is_published = true;
        old.map_or(Ok(()), |old| remove_old(&old))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.is_published {
            // There is nobody to tell here; the next run sweeps the rest.
            let _ = remove_tree(&self.folder);
        }
    }
}

/// Removes a vendor folder, which is there whole or not at all at every instant.
///
/// # Errors
/// It cannot be taken away, or not be removed, and lies beside under another name.
pub fn remove(target: &Path) -> Result<(), DiskError> {
    sweep(target);
    if fs::symlink_metadata(target).is_err() {
        return Ok(());
    }
    let _old = lock(target);
    // Not the name of a folder that is put back.
    let gone = beside(target, Stage::New);
    fs::rename(target, &gone).context(RENAMING, target)?;
    remove_old(&gone)
}

const RENAMING: &str = "renaming vendor folder";
const REMOVING: &str = "removing old vendor folder";

fn remove_old(folder: &Path) -> Result<(), DiskError> {
    remove_tree(folder).map_err(|error| DiskError { action: REMOVING, ..error })
}

/// A name beside the target that no other run uses.
fn beside(target: &Path, stage: Stage) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let digits = format!("{}{:04}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let mut name = prefix(target, stage);
    name.push(digits);
    target.with_file_name(name)
}

fn prefix(target: &Path, stage: Stage) -> OsString {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or(OsStr::new("vendor")));
    name.push(stage.mark());
    name
}

/// Moves what is there aside.
fn take_away(target: &Path) -> Result<PathBuf, DiskError> {
    let old = beside(target, Stage::Old);
    fs::rename(target, &old).context(RENAMING, target)?;
    Ok(old)
}

/// Exchanges two names at once; `false` where that cannot be done here.
fn exchange(one: &Path, other: &Path) -> io::Result<bool> {
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
            Ok(()) => Ok(true),
            Err(Errno::NOSYS | Errno::INVAL | Errno::NOTSUP) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    {
        let _ = (one, other);
        Ok(false)
    }
}

/// What came of asking for the lock of a folder.
#[derive(Debug)]
enum Lock {
    Held(File),
    /// Another run has it, or the folder is another one by now.
    Taken,
    /// There are no locks here, or it is no folder.
    Unknown,
}

fn lock(folder: &Path) -> Lock {
    use rustix::fs::{CWD, Mode, OFlags, openat};
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let Ok(file) = openat(CWD, folder, flags, Mode::empty()).map(File::from) else {
        return match fs::symlink_metadata(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Lock::Taken,
            _ => Lock::Unknown,
        };
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => return Lock::Taken,
        Err(fs::TryLockError::Error(_)) => return Lock::Unknown,
    }
    let identity = |found: io::Result<fs::Metadata>| found.ok().map(|f| (f.dev(), f.ino()));
    match identity(file.metadata()) == identity(fs::symlink_metadata(folder)) {
        true => Lock::Held(file),
        false => Lock::Taken,
    }
}

/// Removes what dead runs left beside the target, and puts back what one took away.
fn sweep(target: &Path) {
    let parent = target.parent().unwrap_or(target);
    let names: Vec<OsString> = match fs::read_dir(parent) {
        Ok(entries) => entries.flatten().map(|entry| entry.file_name()).collect(),
        Err(_) => return,
    };
    for stage in [Stage::Old, Stage::New] {
        let prefix = prefix(target, stage);
        let is_ours = |name: &&OsString| {
            let rest = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes());
            rest.is_some_and(|rest| !rest.is_empty() && rest.iter().all(u8::is_ascii_digit))
        };
        for name in names.iter().filter(is_ours) {
            let folder = parent.join(name);
            let Lock::Held(_lock) = lock(&folder) else { continue };
            let is_gone = || fs::symlink_metadata(target).is_err();
            // What cannot be moved or removed is no reason not to go on.
            if stage == Stage::Old && is_gone() {
                let _ = fs::rename(&folder, target);
            } else {
                let _ = remove_tree(&folder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, text).expect("written");
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        let name = |entry: io::Result<fs::DirEntry>| entry.expect("an entry").file_name();
        let mut names: Vec<String> =
            entries.map(|entry| name(entry).to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_folder_takes_the_place_of_what_is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("vendor");
        for (number, before) in
            ["nothing", "an empty folder", "a folder", "a link"].iter().enumerate()
        {
            let _ = remove_tree(&target);
            write(&folder.path().join("elsewhere/file"), "");
            match number {
                0 => {}
                1 => fs::create_dir(&target).expect("made"),
                2 => write(&target.join("old/file"), ""),
                _ => symlink("elsewhere", &target).expect("a link"),
            }
            let staging = Staging::new(&target).expect("staged");
            write(&staging.folder().join("new"), "");
            staging.publish().expect("published");
            assert_eq!(names(&target), ["new"], "{before}");
            assert!(fs::symlink_metadata(&target).expect("there").is_dir(), "{before}");
            assert_eq!(names(folder.path()), ["elsewhere", "vendor"], "{before}");
            assert_eq!(names(&folder.path().join("elsewhere")), ["file"], "{before}");
        }
        drop(Staging::new(&target).expect("staged"));
        assert_eq!(names(folder.path()), ["elsewhere", "vendor"]);
        remove(&target).expect("removed");
        remove(&target).expect("nothing to remove");
        assert_eq!(names(folder.path()), ["elsewhere"]);
    }

    #[test]
    fn what_another_run_works_on_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("vendor");
        let first = Staging::new(&target).expect("staged");
        let second = Staging::new(&target).expect("staged");
        assert_eq!(names(folder.path()).len(), 2);
        write(&first.folder().join("first"), "");
        write(&second.folder().join("second"), "");
        first.publish().expect("published");
        assert_eq!(names(&target), ["first"]);
        second.publish().expect("published");
        assert_eq!(names(&target), ["second"]);
        assert_eq!(names(folder.path()), ["vendor"]);
    }

    #[test]
    fn what_a_dead_run_took_away_comes_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("vendor");
        write(&folder.path().join(".vendor.gomod-old-17/file"), "");
        write(&folder.path().join(".vendor.gomod-new-17/half"), "");
        sweep(&target);
        assert_eq!(names(folder.path()), ["vendor"]);
        assert_eq!(names(&target), ["file"]);
        write(&folder.path().join(".vendor.gomod-old-18/other"), "");
        sweep(&target);
        assert_eq!(names(folder.path()), ["vendor"]);
        assert_eq!(names(&target), ["file"]);
    }
}
