//! A vendor folder that is made beside the one it takes the place of.
//!
//! Beside a folder `vendor` the new one is made as `.vendor.gomod-new-<digits>`; where the file
//! system can exchange two names at once, the old folder has that name afterwards, until it is
//! gone. Elsewhere the old one is first called `.vendor.gomod-old-<digits>`, and where a run
//! ends before the new one is in place, the next one puts it back.
//!
//! Folders that cannot be renamed are mount points, and those in the lower layers of an overlay,
//! such as what a container's image has from before. Of such a one there is first a copy, which
//! is called `.vendor.gomod-copy-<digits>` as soon as it is whole; then it is emptied and filled
//! anew. As long as there is the copy the folder may be half of the one or the other, and the
//! next run puts the copy in its place.
//!
//! The digits of an old folder or a copy are its inode number: what a repository has of that
//! name, or what was copied from elsewhere, was not put there by a run, and stays.
//!
//! A run holds the lock of every such folder that it works on: one that nobody holds is what a
//! dead run left, and the next run removes it. On file systems without locks it stays.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::spec::{path, version};
use crate::store::lock::{FolderLock, lock_folder};
use crate::store::{Context as _, DiskError, remove_tree};

use super::{CREATING, MODULES, WRITING};

/// What the name of a folder says that is being made, or was taken away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    New,
    Old,
    Copy,
}

impl Stage {
    /// What stands in a name between the vendor folder's and the digits.
    fn mark(self) -> &'static str {
        match self {
            Self::New => ".gomod-new-",
            Self::Old => ".gomod-old-",
            Self::Copy => ".gomod-copy-",
        }
    }
}

/// Why a folder is not replaced.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// There is something else.
    #[error("{} is there and is no vendor folder, which would have a modules.txt as go writes it: remove it first, or name another with -o", .0.display())]
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
/// A vendor folder has a modules.txt such as the go command writes: other tools have folders
/// called `vendor` as well, and what lies in those is not made anew from modules. So one from
/// before there were modules is not replaced either.
///
/// # Errors
/// It may not, or that cannot be found out.
pub fn check_target(target: &Path, kept: &[PathBuf]) -> Result<(), TargetError> {
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
    match is_free || is_vendor(target)? {
        true => Ok(()),
        false => Err(TargetError::NotVendor(target.to_owned())),
    }
}

fn is_missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

/// Whether this is a vendor folder, or an empty one.
fn is_vendor(folder: &Path) -> Result<bool, DiskError> {
    let mut entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        // A file, or a link that leads nowhere.
        Err(error) if is_missing(&error) || error.kind() == io::ErrorKind::NotADirectory => {
            return Ok(false);
        }
        Err(error) => return Err(error).context("reading", folder),
    };
    if entries.next().transpose().context("reading", folder)?.is_none() {
        return Ok(true);
    }
    let list = folder.join(MODULES);
    match fs::read(&list) {
        Ok(text) => Ok(is_list(&String::from_utf8_lossy(&text))),
        Err(error) if is_missing(&error) => {
            is_from_before_modules(folder).context("reading", folder)
        }
        Err(error) if error.kind() == io::ErrorKind::IsADirectory => Ok(false),
        Err(error) => Err(error).context("reading", &list),
    }
}

/// Whether this is a vendor folder from before modules, which has no list: it is called so, and
/// all that it holds is Go sources below the names of hosts.
fn is_from_before_modules(folder: &Path) -> io::Result<bool> {
    if folder.file_name().is_none_or(|name| name != "vendor") {
        return Ok(false);
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_host = entry.file_name().as_encoded_bytes().contains(&b'.');
        if !is_host || !entry.file_type()?.is_dir() || !has_go_source(entry.path())? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn has_go_source(folder: PathBuf) -> io::Result<bool> {
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_file() && entry.path().extension().is_some_and(|suffix| suffix == "go") {
                return Ok(true);
            }
            if kind.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    Ok(false)
}

/// Whether a modules.txt is the go command's: a line in it is for a module, or it is that of a
/// workspace. Where a merge left its marks in it, it still is.
/// Source: vendorFile and moduleLine in cmd/go/internal/modcmd/vendor.go.
fn is_list(text: &str) -> bool {
    let is_module = |line: &str| {
        let mut words = line.strip_prefix("# ").into_iter().flat_map(|header| header.split(' '));
        let path = words.next().is_some_and(|word| path::check_import(word).is_ok());
        path && words.next().is_some_and(|word| word == "=>" || version::is_valid(word))
    };
    text.lines().next() == Some("## workspace") || text.lines().any(is_module)
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
    /// Makes an empty folder beside the target.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn new(target: &Path) -> Result<Self, DiskError> {
        let parent = target.parent().unwrap_or(target);
        fs::create_dir_all(parent).context(CREATING, parent)?;
        loop {
            let folder = beside(target, Stage::New);
            match fs::create_dir(&folder) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                made => made.context(CREATING, &folder)?,
            }
            let lock = match lock_folder(&folder) {
                FolderLock::Held(file) => Some(file),
                FolderLock::Unknown => None,
                // Another run took it for a dead one's in the moment before.
                FolderLock::Taken => continue,
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
    /// The folder cannot be put there: then what was there is whole, in its place or beside it
    /// for the next run to put back. Or what was there cannot be removed, and lies beside under
    /// another name.
    pub fn publish(mut self) -> Result<(), DiskError> {
        let target = &self.target;
        // Held while another run could take the old folder for a dead run's.
        let lock = lock_folder(target);
        let old = if fs::symlink_metadata(target).is_err() {
            fs::rename(&self.folder, target).context(RENAMING, &self.folder)?;
            None
        } else {
            match exchange(&self.folder, target) {
                Ok(true) => Some(self.folder.clone()),
                Ok(false) => match take_away(target) {
                    Ok(old) => {
                        if let Err(error) = fs::rename(&self.folder, target) {
                            fs::rename(&old, target).context(RENAMING, &old)?;
                            return Err(error).context(RENAMING, &self.folder);
                        }
                        Some(old)
                    }
                    Err(error) if can_only_be_filled(target, &lock, &error) => {
                        return fill_anew(target, Some(&self.folder));
                    }
                    Err(error) => return Err(error).context(RENAMING, target),
                },
                Err(error) if can_only_be_filled(target, &lock, &error) => {
                    return fill_anew(target, Some(&self.folder));
                }
                Err(error) => return Err(error).context(RENAMING, &self.folder),
            }
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

/// Removes a vendor folder, which is there whole or not at all at every instant where it can be
/// renamed.
///
/// # Errors
/// It cannot be taken away, or not be removed, and lies beside under another name. Or it is a
/// mount point, which is empty then.
pub fn remove(target: &Path) -> Result<(), DiskError> {
    if fs::symlink_metadata(target).is_err() {
        return Ok(());
    }
    let lock = lock_folder(target);
    // Not the name of a folder that is put back.
    let gone = beside(target, Stage::New);
    match fs::rename(target, &gone) {
        Ok(()) => remove_old(&gone),
        Err(error) if can_only_be_filled(target, &lock, &error) => fill_anew(target, None),
        Err(error) => Err(error).context(RENAMING, target),
    }
}

/// Whether a folder could not be renamed because of where it lies, and no other run works on it.
fn can_only_be_filled(target: &Path, lock: &FolderLock, error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::CrossesDevices | io::ErrorKind::ResourceBusy)
        && !matches!(lock, FolderLock::Taken)
        && fs::symlink_metadata(target).is_ok_and(|found| found.is_dir())
}

/// Removes what is in a folder that cannot be renamed, and puts a new one there, if any. Until
/// that is done a copy of what was there lies beside.
fn fill_anew(target: &Path, new: Option<&Path>) -> Result<(), DiskError> {
    let half = beside(target, Stage::New);
    fs::create_dir(&half).context(CREATING, &half)?;
    let _lock = lock_folder(&half);
    let copied = copy_into(target, &half)
        .and_then(|()| beside_by_inode(target, &half, Stage::Copy).context("reading", &half))
        .and_then(|copy| fs::rename(&half, &copy).context(RENAMING, &half).map(|()| copy));
    let copy = copied.inspect_err(|_| {
        // What is not removed now the next run sweeps.
        let _ = remove_tree(&half);
    })?;
    let filled = match new {
        Some(new) => put(new, target),
        None => empty(target),
    };
    if let Err(error) = filled {
        put_back(&copy, target)?;
        return Err(error);
    }
    retire(&copy, target)?;
    match new {
        // Of a mount point the new one is a copy.
        Some(new) => remove_old(new),
        None => fs::remove_dir(target).or_else(ignore_missing).context(REMOVING, target),
    }
}

fn ignore_missing(error: io::Error) -> io::Result<()> {
    if is_missing(&error) { Ok(()) } else { Err(error) }
}

/// Puts a copy of what was there in the target's place again.
fn put_back(copy: &Path, target: &Path) -> Result<(), DiskError> {
    put(copy, target)?;
    if fs::symlink_metadata(copy).is_ok() {
        retire(copy, target)?;
    }
    Ok(())
}

/// Removes a copy, which under its name would be put in the target's place.
fn retire(copy: &Path, target: &Path) -> Result<(), DiskError> {
    let gone = beside(target, Stage::New);
    fs::rename(copy, &gone).context(RENAMING, copy)?;
    remove_old(&gone)
}

/// Puts a folder in the place of one that cannot be renamed: under its name where that can be
/// removed, and else, as a mount point cannot, by a copy of what is in it.
fn put(folder: &Path, target: &Path) -> Result<(), DiskError> {
    empty(target)?;
    match fs::remove_dir(target).or_else(ignore_missing) {
        Ok(()) => fs::rename(folder, target).context(RENAMING, folder),
        Err(error) if error.kind() == io::ErrorKind::ResourceBusy => copy_into(folder, target),
        Err(error) => Err(error).context(REMOVING, target),
    }
}

/// Removes what is in a folder.
fn empty(folder: &Path) -> Result<(), DiskError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if is_missing(&error) => return Ok(()),
        entries => entries.context("reading", folder)?,
    };
    for entry in entries {
        remove_old(&entry.context("reading", folder)?.path())?;
    }
    Ok(())
}

/// Copies what is in a folder into another one: folders, files with their modes, and links as
/// such.
fn copy_into(from: &Path, to: &Path) -> Result<(), DiskError> {
    for entry in fs::read_dir(from).context("reading", from)? {
        let entry = entry.context("reading", from)?;
        let (source, place) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().context("reading", &source)?;
        if kind.is_dir() {
            fs::create_dir(&place).context(CREATING, &place)?;
            copy_into(&source, &place)?;
            let mode = entry.metadata().context("reading", &source)?.permissions();
            fs::set_permissions(&place, mode).context(WRITING, &place)?;
        } else if kind.is_symlink() {
            let link = fs::read_link(&source).context("reading", &source)?;
            std::os::unix::fs::symlink(link, &place).context(CREATING, &place)?;
        } else if kind.is_file() {
            fs::copy(&source, &place).context(WRITING, &place)?;
        } else {
            let what = io::Error::other("neither a file nor a folder");
            return Err(what).context("copying", &source);
        }
    }
    Ok(())
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
    named(target, stage, &digits)
}

/// The name beside the target for a folder that may be put back.
fn beside_by_inode(target: &Path, folder: &Path, stage: Stage) -> io::Result<PathBuf> {
    Ok(named(target, stage, &fs::symlink_metadata(folder)?.ino().to_string()))
}

fn named(target: &Path, stage: Stage, digits: &str) -> PathBuf {
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
fn take_away(target: &Path) -> io::Result<PathBuf> {
    let old = beside_by_inode(target, target, Stage::Old)?;
    fs::rename(target, &old)?;
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

/// Removes what dead runs left beside the target, and puts back what one took away. Answers the
/// folders that are named as if they could be put back, but were not taken away by a run, or are
/// no vendor folders: these stay.
///
/// # Errors
/// A copy of the vendor folder, which may be half there, cannot be put in its place.
pub fn sweep(target: &Path) -> Result<Vec<PathBuf>, DiskError> {
    let parent = target.parent().unwrap_or(target);
    let mut strange = Vec::new();
    let names: Vec<OsString> = match fs::read_dir(parent) {
        Ok(entries) => entries.flatten().map(|entry| entry.file_name()).collect(),
        Err(_) => return Ok(strange),
    };
    for stage in [Stage::Copy, Stage::Old, Stage::New] {
        let prefix = prefix(target, stage);
        let is_ours = |name: &&OsString| {
            let rest = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes());
            rest.is_some_and(|rest| !rest.is_empty() && rest.iter().all(u8::is_ascii_digit))
        };
        for name in names.iter().filter(is_ours) {
            let folder = parent.join(name);
            let is_link = fs::symlink_metadata(&folder).is_ok_and(|found| found.is_symlink());
            if stage == Stage::New && is_link {
                // A link that a vendor folder took the place of; what it leads to stays.
                let _ = fs::remove_file(&folder);
                continue;
            }
            let FolderLock::Held(_lock) = lock_folder(&folder) else { continue };
            let was_moved = stage == Stage::New
                || beside_by_inode(target, &folder, stage).is_ok_and(|path| path == folder);
            let is_gone = fs::symlink_metadata(target).is_err();
            let goes_back = stage == Stage::Copy || (stage == Stage::Old && is_gone);
            if !was_moved || (goes_back && !is_vendor(&folder).unwrap_or(false)) {
                strange.push(folder);
            } else if stage == Stage::Copy {
                put_back(&folder, target)?;
            } else if goes_back {
                // What cannot be moved or removed is no reason not to go on.
                let _ = fs::rename(&folder, target);
            } else {
                let _ = remove_tree(&folder);
            }
        }
    }
    strange.sort();
    Ok(strange)
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

    const LIST: &str = "# example.com/a v1.0.0\n";

    /// What a run that was killed left.
    fn leave(target: &Path, stage: Stage, name: &str) {
        let folder = beside(target, Stage::New);
        write(&folder.join(name), LIST);
        let left = beside_by_inode(target, &folder, stage).expect("an inode");
        fs::rename(&folder, left).expect("renamed");
    }

    #[test]
    fn what_a_dead_run_took_away_comes_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("vendor");
        leave(&target, Stage::Old, MODULES);
        write(&folder.path().join(".vendor.gomod-new-17/half"), "");
        write(&folder.path().join("elsewhere/file"), "");
        symlink("elsewhere", folder.path().join(".vendor.gomod-new-18")).expect("a link");
        assert_eq!(sweep(&target).expect("swept"), Vec::<PathBuf>::new());
        assert_eq!(names(folder.path()), ["elsewhere", "vendor"]);
        assert_eq!(names(&folder.path().join("elsewhere")), ["file"]);
        assert_eq!(names(&target), [MODULES]);
        leave(&target, Stage::Old, "other");
        sweep(&target).expect("swept");
        assert_eq!(names(folder.path()), ["elsewhere", "vendor"]);
        assert_eq!(names(&target), [MODULES]);
    }

    #[test]
    fn the_copy_of_a_folder_that_may_be_half_there_comes_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("vendor");
        for is_there in [true, false] {
            if is_there {
                write(&target.join("half/file"), "");
            }
            leave(&target, Stage::Copy, MODULES);
            assert_eq!(sweep(&target).expect("swept"), Vec::<PathBuf>::new());
            assert_eq!(names(folder.path()), ["vendor"]);
            assert_eq!(names(&target), [MODULES]);
            remove(&target).expect("removed");
        }
    }

    #[test]
    fn what_no_run_took_away_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("vendor");
        leave(&target, Stage::Old, "no-list");
        let of_another = [".vendor.gomod-copy-1", ".vendor.gomod-old-1"];
        for name in of_another {
            write(&folder.path().join(name).join(MODULES), LIST);
        }
        let before = names(folder.path());
        let strange = sweep(&target).expect("swept");
        assert_eq!(names(folder.path()), before);
        assert_eq!(strange, before.iter().map(|name| folder.path().join(name)).collect::<Vec<_>>());
        assert_eq!(strange.len(), 3);
        write(&target.join(MODULES), LIST);
        let strange = sweep(&target).expect("swept");
        assert_eq!(strange, of_another.map(|name| folder.path().join(name)));
        assert_eq!(names(&target), [MODULES]);
    }

    #[test]
    fn a_folder_is_filled_anew_or_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("vendor");
        write(&target.join("old/file"), "old");
        symlink("old/file", target.join("link")).expect("a link");
        let new = beside(&target, Stage::New);
        write(&new.join("new/file"), "new");
        // What is not there cannot be put there.
        fill_anew(&target, Some(&folder.path().join("missing"))).expect_err("nothing new");
        assert_eq!(names(&target), ["link", "old"]);
        assert_eq!(fs::read(target.join("link")).expect("a file"), b"old");
        fill_anew(&target, Some(&new)).expect("filled");
        assert_eq!(names(&target), ["new"]);
        assert_eq!(names(folder.path()), ["vendor"]);
        fill_anew(&target, None).expect("removed");
        assert_eq!(names(folder.path()), Vec::<String>::new());
    }
}
