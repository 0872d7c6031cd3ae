//! A folder of one run's own, for what programs of version control write before it is packed
//! into the cache.
//!
//! It is `cache/gomod/temporary-<digits>`, and goes with the run. Its lock is held meanwhile:
//! one that nobody holds is what a killed run left, and the next run removes it. The system's
//! folder for temporary files would keep it, and be full when the cache is not.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

use super::cache::Cache;
use super::lock::{FolderLock, lock_folder};
use super::module_folder::temporary_digits;
use super::{Context as _, DiskError, create_folders, remove_tree};

const PREFIX: &str = "temporary-";

fn home(cache: &Cache) -> PathBuf {
    cache.root().join("cache").join("gomod")
}

/// The folders of this process that are there. What a run has begun and nobody waits for any
/// longer may hold one until the process ends, which drops nothing.
static THERE: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn there() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    // A panic elsewhere leaves it whole: each change is one call.
    THERE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes the folders of this process, before it ends.
pub fn remove_all() {
    let all = std::mem::take(&mut *there());
    all.iter().for_each(|path| remove(path));
}

fn remove(path: &Path) {
    // There is nobody to tell here; the next run sweeps the rest.
    let _ = remove_tree(path);
    // It stays where something else is in it.
    let _ = path.parent().map(fs::remove_dir);
}

/// The folder; it goes when this is dropped.
#[derive(Debug)]
pub struct TemporaryFolder {
    path: PathBuf,
    _lock: Option<File>,
}

impl TemporaryFolder {
    /// Makes an empty one.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn new(cache: &Cache) -> Result<Self, DiskError> {
        let home = home(cache);
        loop {
            create_folders(&home)?;
            let path = home.join(format!("{PREFIX}{}", temporary_digits()));
            match fs::create_dir(&path) {
                // Another run may have removed the one around it, which was empty.
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound
                    ) => {}
                made => {
                    made.context("creating", &path)?;
                    let lock = match lock_folder(&path) {
                        FolderLock::Held(file) => Some(file),
                        FolderLock::Unknown => None,
                        // Another run took it for a dead one's in the moment before.
                        FolderLock::Taken => continue,
                    };
                    there().insert(path.clone());
                    return Ok(Self { path, _lock: lock });
                }
            }
        }
    }

    /// A file for an archive; it goes when it is dropped.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn archive_file(&self) -> Result<NamedTempFile, DiskError> {
        let builder =
            tempfile::Builder::new().prefix("archive-").suffix(".zip").tempfile_in(&self.path);
        builder.context("creating a temporary file in", &self.path)
    }

    /// Writes a file into it; says where that is.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, name: &str, content: &str) -> Result<PathBuf, DiskError> {
        let path = self.path.join(name);
        fs::write(&path, content).context("writing", &path)?;
        Ok(path)
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if there().remove(&self.path) {
            remove(&self.path);
        }
    }
}

/// Removes what killed runs left. What cannot be removed is no reason not to go on.
pub fn sweep(cache: &Cache) {
    let home = home(cache);
    let Ok(entries) = fs::read_dir(&home) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if is_temporary(&path)
            && let FolderLock::Held(_lock) = lock_folder(&path)
        {
            let _ = remove_tree(&path);
        }
    }
    // Both stay where something is in them.
    for folder in [home.join("undo"), home] {
        let _ = fs::remove_dir(folder);
    }
}

fn is_temporary(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.strip_prefix(PREFIX).is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alive_stays_and_what_is_dead_goes() {
        let root = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(root.path(), false);
        sweep(&cache);
        let folder = TemporaryFolder::new(&cache).expect("made");
        let file = folder.archive_file().expect("a file");
        let dead = home(&cache).join("temporary-1");
        let other = home(&cache).join("temporary-x");
        for path in [&dead, &other, &home(&cache).join("undo")] {
            fs::create_dir(path).expect("made");
        }
        fs::write(dead.join("archive-1.zip"), "").expect("written");
        sweep(&cache);
        assert!(!dead.exists() && other.exists() && file.path().exists());
        assert!(!home(&cache).join("undo").exists());
        fs::remove_dir(other).expect("removed");
        drop(folder);
        assert!(!home(&cache).exists());
    }
}
