//! Takes module versions out of the cache while others use it.
//!
//! Locks tell of writers only: go, and gomod, look at a folder and its ziphash without one, and
//! read on. So what was used of late stays (see [`last_use`](super::last_use)), and what goes
//! does so in an order in which every look finds the module whole, or not there:
//!
//! 1. Under `V.lock`, if it is free, the last use is looked at again.
//! 2. The zip gets a temporary name. A folder that has none is as good as ever; a zip beside a
//!    missing folder would be taken for one that can be extracted, by a go that then waits for
//!    our lock and finds nothing.
//! 3. The folder gets a temporary name. From here on the module is not there: who wants it
//!    waits for the lock, and downloads it.
//! 4. The last use is looked at once more: who has seen zip or folder before they moved has
//!    read `.info` or `.mod` before that, most times. Then both move back.
//! 5. Ziphash, `.mod` (and its line in `list`), `.info`, zip and folder are removed, in this
//!    order, and the lock is released.
//!
//! A run that ends in the midst leaves temporary names, which go and gomod sweep at the next
//! download of the version, and [`sweep`] at any time; and small files, which say nothing that
//! is not so.
//!
//! The lock file stays. Somebody may wait for it: removed, it would be locked by one who waited
//! and, under its name, by one who came later. Folders stay as well, unless nobody else is at
//! work: go makes the folders on the way to a file first and the file afterwards, and fails
//! where one of them has gone between.
//!
//! Source: DownloadDir in cmd/go/internal/modfetch/cache.go; download, unzip and DownloadZip in
//! fetch.go.

use std::convert::Infallible;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::spec::ModuleVersion;

use super::cache::{Cache, ModulePaths, remove_go_mods, remove_if_there};
use super::inventory::{CachedModule, last_use, metadata};
use super::last_use::AccessTimes;
use super::lock::{FileLock, try_lock_existing, try_lock_file};
use super::module_folder::{LockedModule, temporary_digits};
use super::spread::spread;
use super::{Context as _, DiskError, remove_tree};

/// So many locks are held by a thread at most.
const GROUP: usize = 64;

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
    /// It stays: there is nothing to remove of it (any more).
    Nothing,
    /// It could not be removed, or not all of it.
    Failed(DiskError),
}

/// Removes module versions, whole, on so many threads; the answers are in their order. They
/// must be in the order of an inventory.
pub fn remove(cache: &Cache, modules: &[&CachedModule], terms: Terms, threads: usize) -> Vec<Fate> {
    let removal = Removal { cache, terms, access: AccessTimes::of(cache.root()) };
    let same_folder = |a: &&CachedModule, b: &&CachedModule| a.paths.versions == b.paths.versions;
    let groups: Vec<&[&CachedModule]> =
        modules.chunk_by(same_folder).flat_map(|versions| versions.chunks(GROUP)).collect();
    let removed: Result<Vec<Vec<Fate>>, Infallible> =
        spread(&groups, 1, threads, || |group: &&[&CachedModule]| Ok(removal.remove(group)));
    let Ok(removed) = removed;
    removed.into_iter().flatten().collect()
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
    let dropped: Result<Vec<Fate>, Infallible> = spread(modules, GROUP, threads, || {
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
    let lock = match dry_run {
        true => return Ok(!matches!(try_lock_existing(&paths.lock())?, Some(None))),
        false => try_lock_file(&paths.lock())?,
    };
    let Some(lock) = lock else { return Ok(false) };
    drop(LockedModule::new(cache, paths, lock));
    Ok(true)
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

/// A module version whose zip and folder have temporary names.
struct TakenOut {
    /// Those names.
    temporary: Vec<PathBuf>,
    _hold: Hold,
}

impl Removal<'_> {
    /// Removes versions of one path.
    fn remove(&self, group: &[&CachedModule]) -> Vec<Fate> {
        let mut taken: Vec<Result<TakenOut, Fate>> =
            group.iter().map(|module| self.take_out(module)).collect();
        let is_taken = |outcome: &Result<TakenOut, Fate>| outcome.is_ok() && !self.terms.dry_run;
        let go_mods: Vec<PathBuf> = group
            .iter()
            .zip(&taken)
            .filter(|(_, outcome)| is_taken(outcome))
            .map(|(module, _)| module.paths.go_mod())
            .collect();
        if let Some(first) = group.first()
            && let Err(error) = remove_go_mods(&first.paths.versions, &go_mods)
            && let Some(slot) = taken.iter_mut().find(|outcome| is_taken(outcome))
        {
            // The list is one for all of them, and so is its failure, which is told once.
            *slot = Err(Fate::Failed(error));
        }
        let finish = |(module, outcome): (&&CachedModule, Result<TakenOut, Fate>)| match outcome {
            Err(fate) => fate,
            Ok(_) if self.terms.dry_run => Fate::Removed,
            Ok(taken) => match self.finish(module, taken) {
                Ok(()) => Fate::Removed,
                Err(error) => Fate::Failed(error),
            },
        };
        group.iter().zip(taken).map(finish).collect()
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

    /// Why a module version stays, if it does.
    fn objection(&self, paths: &ModulePaths) -> Result<Option<Fate>, DiskError> {
        let Some(last_use) = last_use(paths, self.access)? else { return Ok(Some(Fate::Nothing)) };
        Ok((last_use.idle() < self.terms.idle).then_some(Fate::InUse))
    }

    fn take_out(&self, module: &CachedModule) -> Result<TakenOut, Fate> {
        let paths = &module.paths;
        let hold = self.hold(module).map_err(Fate::Failed)?.ok_or(Fate::Locked)?;
        if let Some(fate) = self.objection(paths).map_err(Fate::Failed)? {
            return Err(fate);
        }
        if self.terms.dry_run {
            return Ok(TakenOut { temporary: Vec::new(), _hold: hold });
        }
        let mut moved: Vec<(PathBuf, PathBuf)> = Vec::new();
        let moves = || -> Result<Option<Fate>, DiskError> {
            let digits = temporary_digits();
            let with = |path: &Path, suffix: String| {
                let mut name = path.as_os_str().to_owned();
                name.push(suffix);
                PathBuf::from(name)
            };
            let zip = paths.zip();
            let zip_aside = with(&zip, format!("{digits}.tmp"));
            let folder_aside = with(&paths.folder, format!(".tmp-{digits}"));
            for (from, to) in [(zip, zip_aside), (paths.folder.clone(), folder_aside)] {
                if move_if_there(&from, &to)? {
                    moved.push((from, to));
                }
            }
            // Of what has moved and of nothing else there is nothing left to look at.
            Ok(self.objection(paths)?.filter(|fate| !matches!(fate, Fate::Nothing)))
        };
        let objection = { moves }().unwrap_or_else(|error| Some(Fate::Failed(error)));
        if let Some(fate) = objection {
            for (from, to) in moved.iter().rev() {
                // Where this fails it is not there, as if it had been removed.
                move_if_there(to, from).map_err(Fate::Failed)?;
            }
            return Err(fate);
        }
        let temporary = moved.into_iter().map(|(_, to)| to).collect();
        let removed = remove_if_there(&paths.ziphash())
            // With the folder gone it marks nothing.
            .and_then(|()| remove_if_there(&paths.partial()));
        removed.map_err(Fate::Failed)?;
        Ok(TakenOut { temporary, _hold: hold })
    }

    /// Removes what is left, still under the lock.
    fn finish(&self, module: &CachedModule, taken: TakenOut) -> Result<(), DiskError> {
        remove_if_there(&module.paths.info())?;
        taken.temporary.iter().try_for_each(|path| remove_tree(path))?;
        if self.terms.is_alone {
            let parents = module.paths.folder.ancestors().skip(1);
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
        if let Some(fate) = self.objection(paths)? {
            return Ok(fate);
        }
        if !self.terms.dry_run {
            remove_if_there(&zip)?;
        }
        Ok(Fate::Removed)
    }
}

/// Gives a file or folder another name beside it. Says whether there was one.
fn move_if_there(from: &Path, to: &Path) -> Result<bool, DiskError> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        moved => moved.context("renaming", from).map(|()| true),
    }
}
