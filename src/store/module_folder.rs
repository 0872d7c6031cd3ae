//! The zip and the folder of one module version: staged under the version's lock,
//! published once the gate has admitted their hash.
//!
//! go extracts in place behind a `.partial` file; a folder that is staged beside and
//! renamed looks the same to it at every instant.
//! Source: cmd/go/internal/modfetch/fetch.go (downloadZip, unzip).

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::spec::sums::H1;
use crate::verify::gate::Admitted;

use super::cache::{Cache, ModulePaths};
use super::lock::{FileLock, LockedFile};
use super::{Context, DiskError, create_folders, remove_tree};

/// The digits of a temporary name: unlike those of any other live process on this
/// machine, and collisions with the dead are met by trying again.
pub(super) fn temporary_digits() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{}{:04}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn try_names<T>(mut make: impl FnMut(&str) -> io::Result<T>) -> io::Result<T> {
    loop {
        match make(&temporary_digits()) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made,
        }
    }
}

/// A module version under its lock: the only state in which its zip and folder are
/// made. What is staged and not published is removed when this is dropped.
#[derive(Debug)]
pub struct LockedModule {
    paths: ModulePaths,
    writable_folders: bool,
    zip: Option<PathBuf>,
    folder: Option<PathBuf>,
    _lock: FileLock,
}

/// A zip staged under a temporary name.
#[derive(Debug)]
pub struct ZipFile {
    file: File,
    path: PathBuf,
}

impl ZipFile {
    /// Appends bytes as they arrive.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), DiskError> {
        self.file.write_all(bytes).context("writing", &self.path)
    }
}

/// How much of a mapped zip may be in memory before what was read is given back.
const RESIDENT: usize = 4 << 20;

/// The bytes of a zip on disk, mapped into memory.
#[derive(Debug)]
pub struct MappedZip {
    map: memmap2::Mmap,
    /// Bytes read since memory was last given back.
    used: AtomicUsize,
}

impl AsRef<[u8]> for MappedZip {
    fn as_ref(&self) -> &[u8] {
        &self.map
    }
}

impl MappedZip {
    /// Says that more bytes were read and are not needed any more. Now and then the
    /// map's memory is given back; what is still read comes back from the page cache.
    pub fn used(&self, bytes: usize) {
        if self.used.fetch_add(bytes, Ordering::Relaxed) + bytes < RESIDENT {
            return;
        }
        self.used.store(0, Ordering::Relaxed);
        #[cfg(target_os = "linux")]
        #[allow(unsafe_code, reason = "the safe interface leaves this advice out")]
        // SAFETY: of a map that was never written to, the pages given back are read again
        // from the file, with the same content. Failing costs memory only.
        let _ = unsafe { self.map.unchecked_advise(memmap2::UncheckedAdvice::DontNeed) };
    }
}

fn map(path: &Path) -> Result<MappedZip, DiskError> {
    File::open(path).and_then(|file| map_file(&file)).context("reading", path)
}

/// Maps a zip that has its final name. No lock is needed: go and gomod both replace such
/// a file whole, and what is mapped stays what it was.
pub(super) fn map_published_zip(file: &File) -> io::Result<MappedZip> {
    map_file(file)
}

pub(super) fn map_file(file: &File) -> io::Result<MappedZip> {
    #[allow(unsafe_code, reason = "reading a 500 MiB zip into memory is what this avoids")]
    // SAFETY: a change of the file under the map would be undefined behaviour. go and gomod
    // write a zip under a temporary name, under the version's lock alone, and give it its
    // final name when it is whole. The callers hold the lock,
    // have a final name, or a temporary file that this process alone knows of.
    let map = unsafe { memmap2::Mmap::map(file) }?;
    Ok(MappedZip { map, used: AtomicUsize::new(0) })
}

/// Marks content that was staged under the lock: a zip's hash, and its files.
#[derive(Debug)]
pub struct Staged(());

impl LockedModule {
    /// Enters the lock's scope and sweeps what dead runs left of this version.
    pub fn new(cache: &Cache, paths: ModulePaths, lock: FileLock) -> Self {
        let module = Self {
            writable_folders: cache.writable_folders(),
            paths,
            zip: None,
            folder: None,
            _lock: lock,
        };
        module.sweep();
        module
    }

    /// Removes temporary files of this version; safe only under the lock, and the best
    /// that can be done, as for go.
    fn sweep(&self) {
        let matching = |parent: &Path, prefix: String, suffix: &str| {
            let entries = fs::read_dir(parent).into_iter().flatten().flatten();
            let names = entries.filter(|entry| {
                entry.file_name().to_str().is_some_and(|name| {
                    name.len() > prefix.len() && name.starts_with(&prefix) && name.ends_with(suffix)
                })
            });
            names.map(|entry| entry.path()).collect::<Vec<_>>()
        };
        let name_of =
            |path: &Path| path.file_name().and_then(OsStr::to_str).unwrap_or_default().to_owned();
        for file in matching(&self.paths.versions, name_of(&self.paths.zip()), ".tmp") {
            let _ = fs::remove_file(file);
        }
        if let Some(parent) = self.paths.folder.parent() {
            for folder in matching(parent, format!("{}.tmp-", name_of(&self.paths.folder)), "") {
                let _ = remove_tree(&folder);
            }
        }
    }

    /// Where this version's files lie.
    pub fn paths(&self) -> &ModulePaths {
        &self.paths
    }

    /// Creates the file that a zip is received in. What an earlier attempt received goes.
    pub fn stage_zip(&mut self) -> Result<ZipFile, DiskError> {
        let zip = self.paths.zip();
        if let Some(earlier) = self.zip.take() {
            fs::remove_file(&earlier).context("removing", &earlier)?;
        }
        let (file, path) = try_names(|digits| {
            let mut name = zip.clone().into_os_string();
            name.push(digits);
            name.push(".tmp");
            let path = PathBuf::from(name);
            let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
            Ok((file, path))
        })
        .context("writing", &zip)?;
        self.zip = Some(path.clone());
        Ok(ZipFile { file, path })
    }

    /// Maps the staged zip, or the published one where none was staged.
    pub fn map_zip(&self) -> Result<MappedZip, DiskError> {
        match &self.zip {
            Some(path) => map(path),
            None => map(&self.paths.zip()),
        }
    }

    /// Creates the empty folder that the zip is extracted into. What was extracted earlier goes.
    pub fn stage_folder(&mut self) -> Result<PathBuf, DiskError> {
        if let Some(earlier) = self.folder.take() {
            remove_tree(&earlier)?;
        }
        let target = &self.paths.folder;
        create_folders(target.parent().unwrap_or(target))?;
        let folder = try_names(|digits| {
            let mut name = target.clone().into_os_string();
            name.push(".tmp-");
            name.push(digits);
            let folder = PathBuf::from(name);
            fs::create_dir(&folder).map(|()| folder)
        })
        .context("creating", target)?;
        self.folder = Some(folder.clone());
        Ok(folder)
    }

    /// Whether extracted folders stay writable.
    pub fn writable_folders(&self) -> bool {
        self.writable_folders
    }

    /// Says that zip and folder are staged: what a hash is checked for.
    pub fn staged(&self) -> Staged {
        Staged(())
    }

    /// Gives what was staged its final names: zip, ziphash, folder, in this order. A folder
    /// that stands in the place was incomplete when the lock was taken, and is replaced.
    ///
    /// # Errors
    /// The disk; then nothing half-made is visible under a final name.
    pub fn publish(mut self, admitted: &Admitted<Staged>) -> Result<(), DiskError> {
        let target = &self.paths.folder;
        let partial = self.paths.partial();
        let stands = |path: &Path| fs::symlink_metadata(path).is_ok();
        // Beside a ziphash a folder counts as complete. One that stands there without, or will
        // be replaced, must not for an instant: it was never verified.
        let unverified =
            stands(target) && (self.folder.is_some() || !stands(&self.paths.ziphash()));
        if unverified {
            File::create(&partial).context("writing", &partial)?;
        }
        self.publish_zip(admitted.hash())?;
        let (Some(staged), target) = (self.folder.clone(), &self.paths.folder) else {
            return Ok(());
        };
        if unverified {
            remove_tree(target)?;
        }
        fs::rename(&staged, target).context("renaming", &staged)?;
        self.folder = None;
        match fs::remove_file(&partial) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).context("removing", &partial)
            }
            _ => Ok(()),
        }
    }

    fn publish_zip(&mut self, hash: &H1) -> Result<(), DiskError> {
        if let Some(staged) = &self.zip {
            fs::rename(staged, self.paths.zip()).context("renaming", staged)?;
            self.zip = None;
        }
        let path = self.paths.ziphash();
        let written = hash.to_string();
        let mut file = LockedFile::open_unlinked(&path)?;
        if file.read()? == written.as_bytes() {
            return Ok(());
        }
        file.replace(written.as_bytes()).inspect_err(|_| {
            // A zip without its hash is hashed again; one with an empty hash looks modified.
            let _ = fs::remove_file(&path);
        })
    }
}

impl Drop for LockedModule {
    fn drop(&mut self) {
        // There is nobody to tell here; the next run under the lock sweeps the rest.
        if let Some(zip) = &self.zip {
            let _ = fs::remove_file(zip);
        }
        if let Some(folder) = &self.folder {
            let _ = remove_tree(folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::ModuleVersion;

    #[tokio::test]
    async fn another_attempt_leaves_nothing_of_the_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(folder.path(), false);
        let paths = cache.paths(&ModuleVersion::new("a.b/c", "v1.0.0")).expect("paths");
        let lock = cache.lock(&paths, |_| {}).await.expect("locked");
        let mut locked = LockedModule::new(&cache, paths.clone(), lock);
        locked.stage_zip().expect("staged").write(b"first").expect("written");
        locked.stage_zip().expect("staged").write(b"second").expect("written");
        assert_eq!(locked.map_zip().expect("mapped").as_ref(), b"second");
        let names = || fs::read_dir(&paths.versions).expect("folder").count();
        assert_eq!(names(), 2, "the lock file and one attempt");
        drop(locked);
        assert_eq!(names(), 1, "the lock file");
    }

    #[tokio::test]
    async fn what_a_dead_run_left_is_swept_under_the_lock() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(folder.path(), false);
        let paths = cache.paths(&ModuleVersion::new("a.b/c", "v1.0.0")).expect("paths");
        let lock = cache.lock(&paths, |_| {}).await.expect("locked");
        fs::write(paths.versions.join("v1.0.0.zip123.tmp"), "").expect("written");
        fs::write(paths.versions.join("v1.0.0.mod123.tmp"), "another's").expect("written");
        fs::create_dir_all(folder.path().join("a.b/c@v1.0.0.tmp-1/x")).expect("folder");
        drop(LockedModule::new(&cache, paths.clone(), lock));
        assert!(!paths.versions.join("v1.0.0.zip123.tmp").exists());
        assert!(paths.versions.join("v1.0.0.mod123.tmp").exists());
        assert!(!folder.path().join("a.b/c@v1.0.0.tmp-1").exists());
    }
}
