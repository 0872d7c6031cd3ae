//! Takes module versions out of the cache while others use it.
//!
//! Locks tell of writers only: go, and gomod, look at a folder and its marks without one, and
//! read on. So what was used of late stays (see [`last_use`](super::last_use)), and what goes
//! does so in an order in which every look finds the module whole, or not there:
//!
//! 1. Under `V.lock`, if it is free, the last use is looked at again.
//! 2. The zip gets a temporary name. A folder is as good without one; a zip beside a missing
//!    folder would be taken for one to extract, by a go that then waits for our lock and finds
//!    nothing.
//! 3. `.partial` is made: whoever looks from here on finds nothing, waits for the lock, and
//!    downloads the module anew. Whoever has looked before still finds every file.
//! 4. After a while that is long for a program, the last use is looked at once more. go reads the
//!    ziphash, and the go.mod file, right after its look, so this tells of everybody who has
//!    looked before. If there is anybody, the zip gets its name back, `.partial` goes, and the
//!    module stays as if nothing had been.
//! 5. Folder, `.partial`, ziphash, `.mod` (and its line in `list`), zip and `.info` are removed,
//!    in this order, and the lock is released.
//!
//! A run that ends in the midst leaves a module that is not there by go's rules, of which the
//! next download or removal takes what is left, and temporary names, which go and gomod sweep at
//! the next download of the version, and [`sweep`] at any time.
//!
//! The lock file stays. Somebody may wait for it: removed, it would be locked by one who waited
//! and, under its name, by one who came later. Folders stay as well, unless nobody else is at
//! work: go makes the folders on the way to a file first and the file afterwards, and fails
//! where one of them has gone between.
//!
//! Where the file system does not record reads, step 4 sees nothing.
//!
//! Source: DownloadDir in cmd/go/internal/modfetch/cache.go; Download, download, unzip, checkMod
//! and DownloadZip in fetch.go.

use std::convert::Infallible;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::spec::ModuleVersion;

use super::cache::{Cache, remove_go_mods, remove_if_there};
use super::inventory::{CachedModule, is_behind_link, last_use, metadata};
use super::last_use::AccessTimes;
use super::lock::{FileLock, try_lock_existing, try_lock_file};
use super::module_folder::{LockedModule, temporary_digits};
use super::spread::spread;
use super::{Context as _, DiskError, remove_tree};

/// How long a program may take from its look at a module to its first read, and how long
/// removed modules are held back for it.
const PAUSE: Duration = Duration::from_millis(500);

/// A thread takes this many modules at a time.
const BATCH: usize = 16;

/// How many modules are taken out together, their locks held meanwhile: there is one pause for
/// all of them. Other files need to be opened, too.
fn locks_at_once() -> usize {
    use rustix::process::{Resource, getrlimit};
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(limit / 4).unwrap_or(usize::MAX).clamp(16, 2048)
}

/// What may be removed.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// What has been used within this time stays.
    pub idle: Duration,
    /// The user says that nobody else is at work.
    pub is_alone: bool,
    /// Nothing is removed, only judged.
    pub dry_run: bool,
}

/// What became of a module version.
#[derive(Debug)]
pub enum Fate {
    /// It is gone, or would be.
    Removed,
    /// It stays: it was used, or may have been.
    InUse,
    /// It stays: another process holds its lock.
    Locked,
    /// It stays: a link leads to it, out of the cache perhaps.
    BehindLink,
    /// It stays: there is nothing to remove of it (any more).
    Nothing,
    /// It could not be removed, or not all of it.
    Failed(DiskError),
}

/// Removes module versions, whole, on so many threads; the answers are in their order. They
/// must be in the order of an inventory, and measured: what is read of a module's sources shows
/// in no other way.
pub fn remove(cache: &Cache, modules: &[&CachedModule], terms: Terms, threads: usize) -> Vec<Fate> {
    let removal = Removal { cache, terms, access: AccessTimes::of(cache.root()) };
    modules.chunks(locks_at_once()).flat_map(|batch| removal.remove(batch, threads)).collect()
}

/// Removes the zips of module versions that are extracted and complete, on so many threads;
/// the answers are in their order. The ziphash stays: a folder counts with it alone.
pub fn drop_zips(
    cache: &Cache,
    modules: &[&CachedModule],
    terms: Terms,
    threads: usize,
) -> Vec<Fate> {
    let removal = Removal { cache, terms, access: AccessTimes::of(cache.root()) };
    let dropped: Result<Vec<Fate>, Infallible> = spread(modules, BATCH, threads, || {
        |module: &&CachedModule| Ok(removal.drop_zip(module).unwrap_or_else(Fate::Failed))
    });
    let Ok(dropped) = dropped;
    dropped
}

/// Removes the temporary files and folders of a module version, where nobody works on it.
/// Says whether that was so.
///
/// # Errors
/// The lock cannot be taken.
pub fn sweep(cache: &Cache, module: &ModuleVersion, dry_run: bool) -> Result<bool, DiskError> {
    let Ok(paths) = cache.paths(module) else { return Ok(false) };
    if is_behind_link(cache.root(), &paths.folder)? {
        return Ok(false);
    }
    let lock = match dry_run {
        true => return Ok(!matches!(try_lock_existing(&paths.lock())?, Some(None))),
        false => try_lock_file(&paths.lock())?,
    };
    let Some(lock) = lock else { return Ok(false) };
    drop(LockedModule::new(cache, paths, lock));
    Ok(true)
}

/// Removes a temporary file that nobody writes any more.
///
/// # Errors
/// It cannot be removed.
pub fn sweep_stale(file: &Path, dry_run: bool) -> Result<(), DiskError> {
    if dry_run { Ok(()) } else { remove_if_there(file) }
}

struct Removal<'a> {
    cache: &'a Cache,
    terms: Terms,
    access: AccessTimes,
}

/// A version that nobody else works on. Where it never had a lock none is held: nobody takes it
/// for `.mod` and `.info`.
struct Hold {
    _lock: Option<FileLock>,
}

/// A module version that nobody finds any more.
struct TakenOut<'a> {
    module: &'a CachedModule,
    /// The temporary name of its zip, if it had one.
    zip: Option<PathBuf>,
    /// Whether `.partial` was made here.
    is_marked: bool,
    _hold: Hold,
}

impl Removal<'_> {
    fn remove(&self, batch: &[&CachedModule], threads: usize) -> Vec<Fate> {
        let judged: Result<Vec<_>, Infallible> =
            spread(batch, BATCH, threads, || |module: &&CachedModule| Ok(self.take_out(module)));
        let Ok(judged) = judged;
        let mut taken = judged.iter().filter_map(|outcome| outcome.as_ref().ok()?.as_ref());
        if !self.terms.is_alone && taken.any(|one| one.is_marked || one.zip.is_some()) {
            std::thread::sleep(PAUSE);
        }
        // Versions of one path have one list.
        let mut judged = judged.into_iter();
        let groups: Vec<Mutex<Vec<_>>> = batch
            .chunk_by(|a, b| a.paths.versions == b.paths.versions)
            .map(|group| Mutex::new(judged.by_ref().take(group.len()).collect()))
            .collect();
        let removed: Result<Vec<Vec<Fate>>, Infallible> = spread(&groups, 1, threads, || {
            |group: &Mutex<Vec<_>>| {
                let group =
                    std::mem::take(&mut *group.lock().unwrap_or_else(PoisonError::into_inner));
                Ok(self.finish(group))
            }
        });
        let Ok(removed) = removed;
        removed.into_iter().flatten().collect()
    }

    /// The lock, where it can be had. None is made for a look, nor where there never was one.
    fn hold(&self, module: &CachedModule) -> Result<Option<Hold>, DiskError> {
        let path = module.paths.lock();
        if self.terms.dry_run || !module.needs_lock {
            let lock = try_lock_existing(&path)?;
            return Ok(match lock {
                Some(None) => None,
                lock => Some(Hold { _lock: lock.flatten() }),
            });
        }
        Ok(try_lock_file(&path)?.map(|lock| Hold { _lock: Some(lock) }))
    }

    /// Why a module version stays, if it does. What the inventory has seen counts as well: it
    /// has looked at every file of the folder, and a build may read sources alone.
    fn objection(&self, module: &CachedModule) -> Result<Option<Fate>, DiskError> {
        // The inventory has looked before the lock was held.
        for path in [&module.paths.folder, &module.paths.lock()] {
            if is_behind_link(self.cache.root(), path)? {
                return Ok(Some(Fate::BehindLink));
            }
        }
        let Some(last_use) = last_use(&module.paths, self.access)? else {
            return Ok(Some(Fate::Nothing));
        };
        let last_use = last_use.max(module.last_use);
        Ok((last_use.idle() < self.terms.idle).then_some(Fate::InUse))
    }

    /// Has nobody find a module version any more, who looks from now on. There is nothing taken
    /// out in a dry run.
    fn take_out<'a>(&self, module: &'a CachedModule) -> Result<Option<TakenOut<'a>>, Fate> {
        let hold = self.hold(module).map_err(Fate::Failed)?.ok_or(Fate::Locked)?;
        if let Some(fate) = self.objection(module).map_err(Fate::Failed)? {
            return Err(fate);
        }
        check_removable(&module.paths.folder).map_err(Fate::Failed)?;
        if self.terms.dry_run {
            return Ok(None);
        }
        let mut taken = TakenOut { module, zip: None, is_marked: false, _hold: hold };
        match taken.hide() {
            Ok(()) => Ok(Some(taken)),
            Err(error) => {
                // What failed first is to be told; a module that stays hidden is one less.
                let _ = taken.show();
                Err(Fate::Failed(error))
            }
        }
    }

    /// Removes what was taken out of versions of one path, each still under its lock.
    fn finish(&self, group: Vec<Result<Option<TakenOut<'_>>, Fate>>) -> Vec<Fate> {
        let mut fates: Vec<Result<Option<TakenOut<'_>>, Fate>> =
            group.into_iter().map(|outcome| self.remove_content(outcome)).collect();
        let taken = || fates.iter().filter_map(|outcome| outcome.as_ref().ok()?.as_ref());
        let go_mods: Vec<PathBuf> = taken().map(|one| one.module.paths.go_mod()).collect();
        let edited = match taken().next() {
            Some(first) => remove_go_mods(&first.module.paths.versions, &go_mods),
            None => Ok(()),
        };
        if let Err(error) = edited
            && let Some(slot) = fates.iter_mut().find(|outcome| matches!(outcome, Ok(Some(_))))
        {
            // The list is one for all of them, and so is its failure, which is told once.
            *slot = Err(Fate::Failed(error));
        }
        let last = |outcome: Result<Option<TakenOut<'_>>, Fate>| match outcome {
            Err(fate) => fate,
            Ok(None) => Fate::Removed,
            Ok(Some(taken)) => match self.remove_rest(&taken) {
                Ok(()) => Fate::Removed,
                Err(error) => Fate::Failed(error),
            },
        };
        fates.into_iter().map(last).collect()
    }

    /// Removes folder and ziphash, unless somebody uses them.
    fn remove_content<'a>(
        &self,
        outcome: Result<Option<TakenOut<'a>>, Fate>,
    ) -> Result<Option<TakenOut<'a>>, Fate> {
        let Some(taken) = outcome? else { return Ok(None) };
        let paths = &taken.module.paths;
        let objection =
            self.objection(taken.module).unwrap_or_else(|error| Some(Fate::Failed(error)));
        match objection {
            // Of a zip alone there is nothing left to look at.
            None | Some(Fate::Nothing) => {}
            Some(fate) => {
                taken.show().map_err(Fate::Failed)?;
                return Err(fate);
            }
        }
        // Half removed under its own name it would look as if it had just been written to.
        let aside = with_digits(&paths.folder, ".tmp-", "");
        let is_aside = match move_if_there(&paths.folder, &aside) {
            Ok(is_aside) => is_aside,
            Err(error) => {
                // Whole as it was; what failed first is to be told.
                let _ = taken.show();
                return Err(Fate::Failed(error));
            }
        };
        let removed = || -> Result<(), DiskError> {
            // With the folder gone it marks nothing.
            remove_if_there(&paths.partial())?;
            if is_aside {
                remove_tree(&aside)?;
            }
            remove_if_there(&paths.ziphash())
        };
        removed().map_err(Fate::Failed)?;
        Ok(Some(taken))
    }

    fn remove_rest(&self, taken: &TakenOut<'_>) -> Result<(), DiskError> {
        let paths = &taken.module.paths;
        taken.zip.iter().try_for_each(|zip| remove_if_there(zip))?;
        // Last: as long as it is there the next removal looks at `list` again.
        remove_if_there(&paths.info())?;
        if self.terms.is_alone {
            let parents = paths.folder.ancestors().skip(1);
            for parent in parents.take_while(|parent| *parent != self.cache.root()) {
                // One that is not empty has to stay, and so have those above it.
                if fs::remove_dir(parent).is_err() {
                    break;
                }
            }
        }
        Ok(())
    }

    fn drop_zip(&self, module: &CachedModule) -> Result<Fate, DiskError> {
        let (paths, zip) = (&module.paths, module.paths.zip());
        let Some(_hold) = self.hold(module)? else { return Ok(Fate::Locked) };
        let is_extracted = metadata(&paths.folder)?.is_some_and(|folder| folder.is_dir())
            && metadata(&paths.partial())?.is_none()
            && self.cache.has_readable_hash(paths)?;
        if !is_extracted || metadata(&zip)?.is_none() {
            return Ok(Fate::Nothing);
        }
        if let Some(fate) = self.objection(module)? {
            return Ok(fate);
        }
        if !self.terms.dry_run {
            remove_if_there(&zip)?;
        }
        Ok(Fate::Removed)
    }
}

impl TakenOut<'_> {
    fn hide(&mut self) -> Result<(), DiskError> {
        let (zip, partial) = (self.module.paths.zip(), self.module.paths.partial());
        let aside = with_digits(&zip, "", ".tmp");
        if move_if_there(&zip, &aside)? {
            self.zip = Some(aside);
        }
        if self.module.has_folder && metadata(&partial)?.is_none() {
            File::create_new(&partial).context("writing", &partial)?;
            self.is_marked = true;
        }
        Ok(())
    }

    /// Has everybody find it as before.
    fn show(&self) -> Result<(), DiskError> {
        if let Some(aside) = &self.zip {
            move_if_there(aside, &self.module.paths.zip())?;
        }
        if self.is_marked {
            remove_if_there(&self.module.paths.partial())?;
        }
        Ok(())
    }
}

/// Checks that every folder of a tree can be emptied: it may be written to, or its mode may be
/// changed, by its owner alone. Otherwise it could be hidden, but not removed.
///
/// # Errors
/// One cannot, or cannot be read.
fn check_removable(folder: &Path) -> Result<(), DiskError> {
    use rustix::fs::{Access, access};
    use std::os::unix::fs::MetadataExt as _;
    let Some(found) = metadata(folder)?.filter(fs::Metadata::is_dir) else { return Ok(()) };
    let user = rustix::process::geteuid();
    if !user.is_root() && found.uid() != user.as_raw() {
        let writable = access(folder, Access::WRITE_OK | Access::EXEC_OK);
        writable.map_err(io::Error::from).context("removing files of another user in", folder)?;
    }
    let entries = match fs::read_dir(folder) {
        // Its owner can change that.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(()),
        entries => entries.context("reading", folder)?,
    };
    for entry in entries {
        let entry = entry.context("reading", folder)?;
        if entry.file_type().context("examining", folder)?.is_dir() {
            check_removable(&entry.path())?;
        }
    }
    Ok(())
}

/// A temporary name that go and gomod sweep.
fn with_digits(path: &Path, before: &str, after: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!("{before}{}{after}", temporary_digits()));
    PathBuf::from(name)
}

/// Gives a file or folder another name beside it. Says whether there was one.
fn move_if_there(from: &Path, to: &Path) -> Result<bool, DiskError> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        moved => moved.context("renaming", from).map(|()| true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::cache::ModulePaths;
    use crate::store::inventory;
    use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};
    use std::time::SystemTime;

    const HOUR: Duration = Duration::from_secs(3600);

    /// Sets when a file was last read, and written: so many hours ago.
    fn set_times(path: &Path, read: u64, written: u64) {
        let now =
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("later").as_secs();
        let ago = |hours: u64| Timespec { tv_sec: (now - hours * 3600).cast_signed(), tv_nsec: 0 };
        let times = Timestamps { last_access: ago(read), last_modification: ago(written) };
        utimensat(CWD, path, &times, AtFlags::empty()).expect("times set");
    }

    /// A module version that nobody has used for long.
    fn unused(cache: &Cache) -> ModulePaths {
        let paths = cache.paths(&ModuleVersion::new("a.b/c", "v1.0.0")).expect("paths");
        fs::create_dir_all(&paths.versions).expect("a folder");
        fs::create_dir_all(&paths.folder).expect("a folder");
        let files = [
            paths.go_mod(),
            paths.info(),
            paths.zip(),
            paths.ziphash(),
            paths.lock(),
            paths.versions.join("list"),
            paths.folder.join("c.go"),
        ];
        for file in files {
            fs::write(&file, "v1.0.0\n").expect("written");
            set_times(&file, 1000, 1000);
        }
        set_times(&paths.folder, 1000, 1000);
        paths
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("listed");
        let name = |entry: io::Result<fs::DirEntry>| {
            entry.expect("an entry").file_name().to_string_lossy().into_owned()
        };
        let mut names: Vec<String> = entries.map(name).collect();
        names.sort_unstable();
        names
    }

    fn remove_all(cache: &Cache) -> Vec<Fate> {
        let found = inventory::read(cache, 2, |_| true).modules;
        let terms = Terms { idle: HOUR, is_alone: false, dry_run: false };
        remove(cache, &found.iter().collect::<Vec<_>>(), terms, 2)
    }

    #[test]
    fn who_has_found_a_module_before_it_is_hidden_keeps_it() {
        let root = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(root.path(), false);
        let paths = unused(&cache);
        let before = names(&paths.versions);
        let fates = std::thread::scope(|scope| {
            scope.spawn(|| {
                // As one does that has looked just before: it reads on, and finds all.
                while !paths.partial().exists() && paths.folder.exists() {
                    std::thread::yield_now();
                }
                assert!(paths.folder.join("c.go").exists() && !paths.zip().exists());
                set_times(&paths.ziphash(), 0, 1000);
            });
            remove_all(&cache)
        });
        assert!(matches!(fates[..], [Fate::InUse]), "{fates:?}");
        assert_eq!(names(&paths.versions), before);
        assert!(paths.folder.join("c.go").exists());
    }

    #[test]
    fn nothing_stays_but_the_lock_and_the_list() {
        let root = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(root.path(), false);
        let paths = unused(&cache);
        assert!(matches!(remove_all(&cache)[..], [Fate::Removed]));
        assert_eq!(names(&paths.versions), ["list", "v1.0.0.lock"]);
        assert_eq!(fs::read(paths.versions.join("list")).expect("read"), b"");
        assert_eq!(names(root.path()), ["a.b", "cache"]);
        assert!(names(&root.path().join("a.b")).is_empty());
        assert!(remove_all(&cache).is_empty());
    }

    #[test]
    fn what_is_read_between_two_looks_stays() {
        let root = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(root.path(), false);
        let paths = unused(&cache);
        let found = inventory::read(&cache, 1, |_| false).modules;
        set_times(&paths.info(), 0, 1000);
        for dry_run in [true, false] {
            let terms = Terms { idle: HOUR, is_alone: false, dry_run };
            let fates = remove(&cache, &[&found[0]], terms, 1);
            assert!(matches!(fates[..], [Fate::InUse]), "{fates:?}");
        }
        assert!(paths.zip().exists());
    }

    #[test]
    fn a_read_of_a_source_file_alone_is_a_use() {
        let root = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(root.path(), false);
        let paths = unused(&cache);
        set_times(&paths.folder.join("c.go"), 0, 1000);
        assert!(matches!(remove_all(&cache)[..], [Fate::InUse]));
        assert!(paths.zip().exists() && !paths.partial().exists());
    }
}
