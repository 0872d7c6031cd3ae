//! File locks, by the same system call as go's, so that both processes wait for each
//! other: flock on the Unix systems that have it.
//!
//! Source: cmd/go/internal/lockedfile.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use rustix::fs::OFlags;

use super::waiting::{self, Awaited, Held};
use super::{Context, DiskError, create_folders};

/// How long a lock is waited for in silence.
const SILENCE: Duration = Duration::from_secs(3);

/// A held lock; dropping it releases it.
#[derive(Debug)]
pub struct FileLock {
    file: File,
}

impl FileLock {
    /// What a program can have as its input: nothing is in it, and the lock is held until that
    /// program has ended, too, even where this one is killed.
    pub fn as_input(&self) -> io::Result<std::process::Stdio> {
        Ok(self.file.try_clone()?.into())
    }
}

/// Opens, creating it where it is missing, a file that is read and edited in place.
fn open_for_editing(path: &Path, flags: OFlags) -> Result<File, DiskError> {
    let open = || {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        options.custom_flags(flags.bits().cast_signed()).open(path)
    };
    match open() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            create_folders(path.parent().unwrap_or(path))?;
            open().context("opening", path)
        }
        opened => opened.context("opening", path),
    }
}

/// Takes a lock file's exclusive lock where it is free.
pub fn try_lock_file(path: &Path) -> Result<Option<FileLock>, DiskError> {
    let file = open_for_editing(path, OFlags::empty())?;
    match file.try_lock() {
        Ok(()) => Ok(Some(FileLock { file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(source).context("locking", path),
    }
}

/// As [`try_lock_file`], without making the file: `None` where there is none.
pub(super) fn try_lock_existing(path: &Path) -> Result<Option<Option<FileLock>>, DiskError> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.context("opening", path)?,
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(Some(FileLock { file }))),
        Err(TryLockError::WouldBlock) => Ok(Some(None)),
        Err(TryLockError::Error(source)) => Err(source).context("locking", path),
    }
}

/// Takes a lock file's exclusive lock, trying again until it is free; a thread is
/// never held meanwhile. After a few seconds `waiting` is told whose it is, once.
///
/// # Errors
/// The file cannot be made, or the file system has no locks.
pub async fn lock_file(path: &Path, waiting: impl FnOnce(&Held)) -> Result<FileLock, DiskError> {
    let mut pause = Duration::from_millis(1);
    let mut waited = Duration::ZERO;
    let mut waiting = Some(waiting);
    loop {
        if let Some(lock) = try_lock_file(path)? {
            return Ok(lock);
        }
        if waited >= SILENCE
            && let Some(waiting) = waiting.take()
        {
            let file = open_for_editing(path, OFlags::empty())?;
            waiting(&Awaited::new(path, &file).held());
        }
        tokio::time::sleep(pause).await;
        waited += pause;
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}

/// How a file is locked.
#[derive(Clone, Copy)]
enum Mode {
    Shared,
    Exclusive,
}

/// Locks a file, blocking this thread: these locks are held for moments, and who stands in the
/// system's queue is served in turn. Where it takes longer than a few seconds it is told
/// whose lock it is.
fn lock(file: &File, path: &Path, mode: Mode) -> Result<(), DiskError> {
    let tried = match mode {
        Mode::Shared => file.try_lock_shared(),
        Mode::Exclusive => file.try_lock(),
    };
    match tried {
        Ok(()) => return Ok(()),
        Err(TryLockError::Error(source)) => return Err(source).context("locking", path),
        Err(TryLockError::WouldBlock) => {}
    }
    let awaited = Awaited::new(path, file);
    let (_locked, lock_is_held) = mpsc::channel::<()>();
    // Where there can be no other thread, the wait is a silent one.
    let _ = thread::Builder::new().name("waiting".to_owned()).spawn(move || {
        if lock_is_held.recv_timeout(SILENCE) == Err(RecvTimeoutError::Timeout) {
            waiting::tell(&awaited.held());
        }
    });
    loop {
        let locked = match mode {
            Mode::Shared => file.lock_shared(),
            Mode::Exclusive => file.lock(),
        };
        match locked {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            locked => return locked.context("locking", path),
        }
    }
}

/// Takes a lock that is only ever held for a moment, blocking this thread.
pub(crate) fn lock_file_briefly(path: &Path) -> Result<FileLock, DiskError> {
    let file = open_for_editing(path, OFlags::empty())?;
    lock(&file, path, Mode::Exclusive)?;
    Ok(FileLock { file })
}

/// What came of asking for the lock of a folder.
#[derive(Debug)]
pub(super) enum FolderLock {
    /// It is held until this is dropped.
    Held(File),
    /// Another run has it, or the folder is another one by now.
    Taken,
    /// There are no locks here, or it is no folder.
    Unknown,
}

/// Takes the lock of a folder where it is free, without following a link.
pub(super) fn lock_folder(folder: &Path) -> FolderLock {
    use rustix::fs::{CWD, Mode, OFlags, openat};
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let Ok(file) = openat(CWD, folder, flags, Mode::empty()).map(File::from) else {
        return match fs::symlink_metadata(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => FolderLock::Taken,
            _ => FolderLock::Unknown,
        };
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return FolderLock::Taken,
        Err(TryLockError::Error(_)) => return FolderLock::Unknown,
    }
    let identity = |found: io::Result<fs::Metadata>| found.ok().map(|f| (f.dev(), f.ino()));
    match identity(file.metadata()) == identity(fs::symlink_metadata(folder)) {
        true => FolderLock::Held(file),
        false => FolderLock::Taken,
    }
}

/// Reads a file under its shared lock, as everything that go edits in place must be
/// read. `None` where it does not exist.
pub(crate) fn read_shared(path: &Path) -> Result<Option<Vec<u8>>, DiskError> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.context("opening", path)?,
    };
    lock(&file, path, Mode::Shared)?;
    let mut content = Vec::new();
    file.read_to_end(&mut content).context("reading", path)?;
    Ok(Some(content))
}

/// A file held open under its exclusive lock, to be edited in place.
#[derive(Debug)]
pub(crate) struct LockedFile<'a> {
    file: File,
    path: &'a Path,
}

impl<'a> LockedFile<'a> {
    /// Opens and locks, creating the file where it is missing.
    pub(crate) fn open(path: &'a Path) -> Result<Self, DiskError> {
        let file = open_for_editing(path, OFlags::empty())?;
        lock(&file, path, Mode::Exclusive)?;
        Ok(Self { file, path })
    }

    /// As [`LockedFile::open`], for a file of the cache that no link need stand for: one that
    /// does is removed. Whoever may write to a cache could otherwise have the file that it
    /// leads to written, with the rights of whoever uses the cache.
    pub(crate) fn open_unlinked(path: &'a Path) -> Result<Self, DiskError> {
        let file = loop {
            match open_for_editing(path, OFlags::NOFOLLOW) {
                Err(error) if is_loop(&error.source) => {
                    fs::remove_file(path).context("removing", path)?;
                }
                opened => break opened?,
            }
        };
        lock(&file, path, Mode::Exclusive)?;
        Ok(Self { file, path })
    }

    pub(crate) fn read(&mut self) -> Result<Vec<u8>, DiskError> {
        let mut content = Vec::new();
        let mut read = || {
            self.file.seek(SeekFrom::Start(0))?;
            self.file.read_to_end(&mut content)
        };
        read().context("reading", self.path)?;
        Ok(content)
    }

    /// Replaces the content. The file first gets its final length, filled with NULs, so
    /// that a reader can tell an interrupted write.
    pub(crate) fn replace(&mut self, content: &[u8]) -> Result<(), DiskError> {
        let mut write = || {
            self.file.set_len(0)?;
            self.file.set_len(content.len() as u64)?;
            self.file.seek(SeekFrom::Start(0))?;
            self.file.write_all(content)
        };
        let written = write();
        if written.is_err() {
            // An empty file counts as missing, NULs do not everywhere.
            let _ = self.file.set_len(0);
        }
        written.context("writing", self.path)
    }

    /// Replaces `old` by `new` in one write. Whoever is killed leaves the one or the other, or, of
    /// a shorter one, the end of the old one behind it: for what is short, and may hold lines
    /// twice.
    pub(crate) fn rewrite(&mut self, old: &[u8], new: &[u8]) -> Result<(), DiskError> {
        let mut put = |content: &[u8]| {
            self.file.seek(SeekFrom::Start(0))?;
            self.file.write_all(content)?;
            self.file.set_len(content.len() as u64)
        };
        let written = put(new);
        if written.is_err() {
            // What was there needs no more space than it had.
            let _ = put(old);
        }
        written.context("writing", self.path)
    }

    /// Replaces `old` by `new` in an order that fails early on a full disk and leaves,
    /// at every instant, a mixture that [`is_torn_write`] knows: first the part beyond
    /// the old end, then the beginning, then the cut.
    /// Source: `lockedfile.Transform`.
    pub(crate) fn overwrite(&mut self, old: &[u8], new: &[u8]) -> Result<(), DiskError> {
        let mut write = || {
            if new.len() > old.len() {
                self.file.seek(SeekFrom::Start(old.len() as u64))?;
                self.file.write_all(&new[old.len()..])?;
            }
            self.file.seek(SeekFrom::Start(0))?;
            self.file.write_all(&new[..new.len().min(old.len())])?;
            self.file.set_len(new.len() as u64)
        };
        if let Err(source) = write() {
            let mut restore = || {
                self.file.seek(SeekFrom::Start(0))?;
                self.file.write_all(old)?;
                self.file.set_len(old.len() as u64)
            };
            // Where even this fails the undo copy stays for the next run.
            restore().context("restoring", self.path)?;
            return Err(source).context("writing", self.path);
        }
        Ok(())
    }
}

fn is_loop(error: &io::Error) -> bool {
    rustix::io::Errno::from_io_error(error) == Some(rustix::io::Errno::LOOP)
}

/// Whether `found` is what [`LockedFile::overwrite`] can leave when it is stopped
/// between the first and the last byte: neither all old nor all new.
pub(crate) fn is_torn_write(found: &[u8], old: &[u8], new: &[u8]) -> bool {
    if found == old || found == new {
        return false;
    }
    // While the tail is being added the old content is whole.
    if found.len() > old.len() && found.len() <= new.len() && found.starts_with(old) {
        return found[old.len()..] == new[old.len()..found.len()];
    }
    // Afterwards some of the beginning is new and the rest, up to the old end, is old.
    if found.len() != old.len().max(new.len()) {
        return false;
    }
    let (head, tail) = found.split_at(old.len().min(found.len()));
    if new.len() > old.len() && *tail != new[old.len()..] {
        return false;
    }
    let overlap = new.len().min(old.len());
    let renewed = head.iter().zip(new).take_while(|(a, b)| a == b).count();
    (0..=renewed.min(overlap)).rev().any(|at| head[at..] == old[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_does_not_exist_is_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("list");
        assert!(read_shared(&file).is_ok_and(|content| content.is_none()));
        fs::write(&file, "v1.0.0\n").expect("written");
        assert_eq!(read_shared(&file).expect("read").as_deref(), Some(&b"v1.0.0\n"[..]));
        // A file where a folder should be, and a folder where a file should be.
        assert!(read_shared(&file.join("below")).is_err());
        assert!(read_shared(folder.path()).is_err());
    }

    #[test]
    fn torn_writes_are_known() {
        for (old, new) in
            [("old content", "new"), ("old", "new content"), ("aaaa", "aaba"), ("", "x\ny")]
        {
            let (old, new) = (old.as_bytes(), new.as_bytes());
            let mut states = Vec::new();
            let mut file = old.to_vec();
            for &byte in new.get(old.len()..).unwrap_or_default() {
                file.push(byte);
                states.push(file.clone());
            }
            for at in 0..old.len().min(new.len()) {
                file[at] = new[at];
                states.push(file.clone());
            }
            for state in states {
                let expected = state != old && state != new;
                assert_eq!(
                    is_torn_write(&state, old, new),
                    expected,
                    "{state:?} between {old:?} and {new:?}"
                );
            }
            assert!(!is_torn_write(old, old, new));
            assert!(!is_torn_write(new, old, new));
        }
        assert!(!is_torn_write(b"edited by hand", b"old content", b"new"));
        assert!(!is_torn_write(b"olX content", b"old content", b"new"));
    }

    #[test]
    fn overwriting_and_replacing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep/file");
        for (old, new) in [("", "first"), ("first", "the second"), ("the second", "3")] {
            let mut file = LockedFile::open(&path).expect("locked");
            assert_eq!(file.read().expect("read"), old.as_bytes());
            file.overwrite(old.as_bytes(), new.as_bytes()).expect("written");
        }
        LockedFile::open(&path).expect("locked").replace(b"four").expect("written");
        assert_eq!(read_shared(&path).expect("read").as_deref(), Some(&b"four"[..]));
        assert_eq!(read_shared(&folder.path().join("none")).expect("no error"), None);
    }

    #[test]
    fn a_link_is_replaced_and_not_written_through() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, elsewhere) = (folder.path().join("list"), folder.path().join("elsewhere"));
        for content in [Some("precious"), None] {
            match content {
                Some(content) => fs::write(&elsewhere, content).expect("written"),
                None => fs::remove_file(&elsewhere).expect("removed"),
            }
            let _ = fs::remove_file(&path);
            std::os::unix::fs::symlink(&elsewhere, &path).expect("a link");
            let mut file = LockedFile::open_unlinked(&path).expect("opened");
            file.replace(b"v1.0.0\n").expect("written");
            assert_eq!(fs::read_to_string(&elsewhere).ok().as_deref(), content);
            assert!(fs::symlink_metadata(&path).expect("there").is_file());
        }
    }

    #[tokio::test]
    async fn a_held_lock_is_waited_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a/b.lock");
        let held = lock_file(&path, |_| {}).await.expect("locked");
        let second = lock_file(&path, |_| {});
        tokio::pin!(second);
        let pause = tokio::time::sleep(Duration::from_millis(20));
        tokio::select! {
            _ = &mut second => panic!("a held lock was given out"),
            () = pause => {}
        }
        drop(held);
        second.await.expect("locked");
    }
}
