//! go.mod and go.sum of the main module, and go.work: read under shared locks, edited in place
//! under exclusive ones, as go does, so that symlinks, bind mounts and a go that waits
//! for the same file keep working.
//!
//! An edit that a crash cuts short is undone by the next run: before it begins, old
//! and new content are copied below `cache/gomod/undo`, and a file that is found in a
//! state which only the interrupted edit can have left gets its old content back.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use crate::config::{Overlaid, Overlay};

use super::cache::{Cache, create_whole, write_small_file};
use super::lock::{LockedFile, is_torn_write, read_shared};
use super::{Context, DiskError};

/// Why go.mod, go.sum or go.work was not written.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError<E> {
    /// The file is not what it was when it was read.
    #[error("updating {}: existing contents have changed since last read", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// Something stands in for the file, by `-overlay`.
    #[error(
        "updates to go.{0} needed, but go.{0} is part of the overlay specified with -overlay",
        path.extension().unwrap_or_default().display()
    )]
    Overlaid {
        /// The file.
        path: PathBuf,
    },
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The new content could not be made from what the file holds now.
    #[error("{0}")]
    Content(E),
}

/// The files of modules outside the cache: those of the main module, go.mod in
/// replacement folders and in those of a workspace, and go.work. Undo copies of edits lie in the cache.
#[derive(Clone, Debug)]
pub struct ModuleFiles {
    cache: Cache,
    overlay: Overlay,
    /// Edits that were kept from the disk, where none may reach it.
    held: Option<Arc<Mutex<BTreeMap<PathBuf, HeldEdit>>>>,
}

/// An edit that was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldEdit {
    /// The file.
    pub path: PathBuf,
    /// What it holds.
    pub old: Vec<u8>,
    /// What it would hold.
    pub new: Vec<u8>,
}

impl ModuleFiles {
    /// Files as they are, but for what stands in for some of them.
    pub fn new(cache: Cache, overlay: Overlay) -> Self {
        Self { cache, overlay, held: None }
    }

    /// The same, as they would be: what is written is kept in memory, and read from there.
    pub fn held(self) -> Self {
        Self { held: Some(Arc::default()), ..self }
    }

    /// The edits that were kept from the disk, by their paths.
    pub fn held_edits(&self) -> Vec<HeldEdit> {
        let edits = self.edits().map(|edits| edits.values().cloned().collect::<Vec<_>>());
        let mut edits = edits.unwrap_or_default();
        edits.retain(|edit| edit.old != edit.new);
        edits
    }

    fn edits(&self) -> Option<MutexGuard<'_, BTreeMap<PathBuf, HeldEdit>>> {
        // Each change is one insertion, so what another thread left behind is whole.
        Some(self.held.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What stands in for files.
    pub fn overlay(&self) -> &Overlay {
        &self.overlay
    }

    /// Reads a file; `None` where it does not exist. Undoes an interrupted edit first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, DiskError> {
        if let Some(edit) = self.edits().and_then(|edits| edits.get(path).cloned()) {
            return Ok(Some(edit.new));
        }
        match self.overlay.look_up(path) {
            Overlaid::Not => {
                undo_torn_write(&self.cache, path)?;
                read_shared(path)
            }
            Overlaid::Deleted => Ok(None),
            // Nobody edits it, so it is not locked; it may be a file that cannot be.
            Overlaid::By(file) => fs::read(file).map(Some).context("reading", file),
        }
    }

    /// Replaces a file's content where it is still what was read.
    ///
    /// # Errors
    /// [`UpdateError::Changed`] where somebody else has changed the file meanwhile.
    pub fn replace(
        &self,
        path: &Path,
        read: &[u8],
        new: &[u8],
    ) -> Result<(), UpdateError<DiskError>> {
        self.update(path, |current| {
            if current == new || current == read {
                return Ok(new.to_vec());
            }
            Err(UpdateError::Changed { path: path.to_owned() })
        })
    }

    /// Makes a file's new content from what it holds under its lock.
    ///
    /// # Errors
    /// Those of `make`, and what keeps the file from being written.
    pub fn merge<E>(
        &self,
        path: &Path,
        make: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
    ) -> Result<(), UpdateError<E>> {
        self.update(path, |current| make(current).map_err(UpdateError::Content))
    }

    fn update<E>(
        &self,
        path: &Path,
        make: impl FnOnce(&[u8]) -> Result<Vec<u8>, UpdateError<E>>,
    ) -> Result<(), UpdateError<E>> {
        if self.overlay.look_up(path) != Overlaid::Not {
            return Err(UpdateError::Overlaid { path: path.to_owned() });
        }
        if self.held.is_none() {
            return update(&self.cache, path, make);
        }
        let current = self.read(path)?.unwrap_or_default();
        let new = make(&current)?;
        if let Some(mut edits) = self.edits() {
            let first = || HeldEdit { path: path.to_owned(), old: current, new: Vec::new() };
            edits.entry(path.to_owned()).or_insert_with(first).new = new;
        }
        Ok(())
    }
}

fn update<E>(
    cache: &Cache,
    path: &Path,
    make: impl FnOnce(&[u8]) -> Result<Vec<u8>, UpdateError<E>>,
) -> Result<(), UpdateError<E>> {
    let _side_lock = cache.side_lock();
    let existed = fs::symlink_metadata(path).is_ok();
    if !existed {
        let new = make(b"")?;
        // One that is opened to be written would be there, and empty, for whoever comes after
        // this run is killed.
        if create_whole(path, &new).context("writing", path)? {
            return Ok(());
        }
        // Another was faster, or the file system cannot do it.
        return write(cache, path, existed, |current| match current {
            b"" => Ok(new),
            current if current == new => Ok(new),
            _ => Err(UpdateError::Changed { path: path.to_owned() }),
        });
    }
    write(cache, path, existed, make)
}

/// Writes in place.
fn write<E>(
    cache: &Cache,
    path: &Path,
    existed: bool,
    make: impl FnOnce(&[u8]) -> Result<Vec<u8>, UpdateError<E>>,
) -> Result<(), UpdateError<E>> {
    let mut file = LockedFile::open(path)?;
    let current = file.read()?;
    let made = make(&current).and_then(|new| {
        if new != current {
            let undo = UndoCopy::write(cache, path, &current, &new);
            file.overwrite(&current, &new)?;
            undo.discard();
        }
        Ok(())
    });
    if made.is_err() && !existed && current.is_empty() {
        // Opening created it.
        let _ = fs::remove_file(path);
    }
    made
}

/// Old and new content of a file during an edit: one file holding the length of the
/// old content in decimal, a newline, and both.
struct UndoCopy {
    path: PathBuf,
}

impl UndoCopy {
    fn place(cache: &Cache, path: &Path) -> PathBuf {
        let absolute = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let digest = Sha256::digest(absolute.as_os_str().as_encoded_bytes());
        let name: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        cache.root().join("cache").join("gomod").join("undo").join(name)
    }

    fn write(cache: &Cache, path: &Path, old: &[u8], new: &[u8]) -> Self {
        let place = Self::place(cache, path);
        let mut content = format!("{}\n", old.len()).into_bytes();
        content.extend_from_slice(old);
        content.extend_from_slice(new);
        // A cache that cannot be written must not keep go.mod from being written. Another run
        // may remove the folders, which are empty at first.
        let mut tries = 3;
        while tries > 0
            && write_small_file(&place, &content)
                .is_err_and(|error| error.source.kind() == io::ErrorKind::NotFound)
        {
            tries -= 1;
        }
        Self { path: place }
    }

    /// Leaves no trace, so that the cache is what go's would be. A folder stays where
    /// it holds another copy.
    fn discard(self) {
        let _ = fs::remove_file(&self.path);
        self.remove_empty_folders();
    }

    fn remove_empty_folders(&self) {
        for folder in self.path.ancestors().skip(1).take(2) {
            match fs::remove_dir(folder) {
                // A run may have been killed between the two.
                Err(error) if error.kind() != io::ErrorKind::NotFound => break,
                _ => {}
            }
        }
    }
}

fn undo_torn_write(cache: &Cache, path: &Path) -> Result<(), DiskError> {
    let place = UndoCopy::place(cache, path);
    if !place.exists() {
        // Killed before the copy was there, or after it was gone.
        UndoCopy { path: place }.remove_empty_folders();
        return Ok(());
    }
    if !path.exists() {
        return Ok(());
    }
    // Under the lock: an edit that is still going on has finished by now.
    let mut file = LockedFile::open(path)?;
    let copy = match fs::read(&place) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        read => read.context("reading", &place)?,
    };
    if let Some((old, new)) = parse_copy(&copy) {
        let found = file.read()?;
        if is_torn_write(&found, old, new) {
            file.overwrite(&found, old)?;
        }
    }
    UndoCopy { path: place }.discard();
    Ok(())
}

fn parse_copy(copy: &[u8]) -> Option<(&[u8], &[u8])> {
    let newline = copy.iter().position(|byte| *byte == b'\n')?;
    let length: usize = std::str::from_utf8(&copy[..newline]).ok()?.parse().ok()?;
    copy[newline + 1..].split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting() -> (tempfile::TempDir, ModuleFiles, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(&folder.path().join("mod"), false);
        let file = folder.path().join("go.mod");
        fs::write(&file, "old").expect("written");
        (folder, ModuleFiles::new(cache, Overlay::default()), file)
    }

    #[test]
    fn a_changed_file_is_not_replaced() {
        let (_folder, files, file) = setting();
        files.replace(&file, b"old", b"new content").expect("replaced");
        assert_eq!(fs::read(&file).expect("read"), b"new content");
        let error = files.replace(&file, b"old", b"newer").expect_err("changed");
        assert!(matches!(error, UpdateError::Changed { .. }));
        assert_eq!(fs::read(&file).expect("read"), b"new content");
        assert!(!files.cache.root().join("cache/gomod").exists(), "the undo copy is gone");
    }

    #[test]
    fn merging_sees_the_current_content() {
        let (folder, files, file) = setting();
        files.merge(&file, |current| Ok::<_, String>([current, b"+"].concat())).expect("merged");
        assert_eq!(fs::read(&file).expect("read"), b"old+");
        let missing = folder.path().join("go.sum");
        assert!(files.merge(&missing, |_| Err("no")).is_err());
        assert!(!missing.exists());
    }

    #[test]
    fn a_torn_write_is_undone_and_an_edit_by_hand_is_not() {
        for (found, want) in [("new", "old"), ("mine", "mine"), ("new content", "new content")] {
            let (_folder, files, file) = setting();
            UndoCopy::write(&files.cache, &file, b"old", b"new content");
            let torn = if found == "new" { "new conte" } else { found };
            let torn =
                if found == "new" { torn.replacen("new", "old", 1) } else { torn.to_owned() };
            fs::write(&file, torn).expect("written");
            let content = files.read(&file).expect("read").expect("there");
            assert_eq!(String::from_utf8_lossy(&content), want);
            assert!(!UndoCopy::place(&files.cache, &file).exists());
        }
    }

    #[test]
    fn what_is_held_is_read_and_not_written() {
        let (folder, files, file) = setting();
        let held = files.held();
        held.replace(&file, b"old", b"new").expect("held");
        held.merge(&file, |current| Ok::<_, String>([current, b"+"].concat())).expect("held");
        let none = folder.path().join("go.sum");
        held.merge(&none, |current| Ok::<_, String>(current.to_vec())).expect("nothing to do");
        assert_eq!(fs::read(&file).expect("read"), b"old");
        assert!(!none.exists());
        assert_eq!(held.clone().read(&file).expect("read").as_deref(), Some(&b"new+"[..]));
        let edit = HeldEdit { path: file, old: b"old".into(), new: b"new+".into() };
        assert_eq!(held.held_edits(), [edit]);
    }

    #[cfg(unix)]
    #[test]
    fn symlinks_stay() {
        let (folder, files, file) = setting();
        let link = folder.path().join("link.mod");
        std::os::unix::fs::symlink(&file, &link).expect("link");
        files.replace(&link, b"old", b"new").expect("replaced");
        assert!(fs::symlink_metadata(&link).expect("metadata").is_symlink());
        assert_eq!(fs::read(&file).expect("read"), b"new");
    }
}
