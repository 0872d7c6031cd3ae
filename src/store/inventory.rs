//! What the cache holds: the module versions that are found in it, and how much there is of
//! each kind of thing.
//!
//! Modules are found by their names below `cache/download`. What has another name is left
//! alone and counted, and no link is followed, not even to a folder inside.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::spec::path::{unescape_path, unescape_version};
use crate::spec::{ModuleVersion, version};

use super::cache::{Cache, ModulePaths};
use super::last_use::{AccessTimes, LastUse};
use super::spread::spread;
use super::{Context as _, DiskError};

/// A thread takes this many folders of versions at a time.
const BATCH: usize = 8;

/// Bytes of a module version, as its files' lengths add up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ModuleBytes {
    /// The extracted folder; zero where it was not measured.
    pub folder: u64,
    /// The zip.
    pub zip: u64,
    /// The small files: `.mod`, `.info`, `.ziphash`.
    pub rest: u64,
}

impl ModuleBytes {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.folder + self.zip + self.rest
    }
}

/// A module version of which the cache holds something: at least one of zip, ziphash, `.mod`,
/// `.info` and folder.
#[derive(Clone, Debug)]
pub struct CachedModule {
    /// Which one.
    pub module: ModuleVersion,
    /// How much of it.
    pub bytes: ModuleBytes,
    /// When it was last used.
    pub last_use: LastUse,
    /// Whether there is a zip.
    pub has_zip: bool,
    /// Whether something stands in the place of the folder.
    pub has_folder: bool,
    /// Whether that lies behind a link, and thus is not the cache's.
    pub is_behind_link: bool,
    /// Whether there ever was more of it than `.mod` and `.info`, which are written without
    /// its lock.
    pub(super) needs_lock: bool,
    pub(super) paths: ModulePaths,
}

/// What [`read`] finds.
#[derive(Debug, Default)]
pub struct Inventory {
    /// Module versions, by path and then in the order of versions.
    pub modules: Vec<CachedModule>,
    /// How many files and folders below `cache/download` have names that nothing in a cache
    /// has.
    pub odd: usize,
    /// Module versions with temporary files or folders.
    pub unfinished: Vec<ModuleVersion>,
    /// Temporary files of `.info` and `.mod` that are older than a day: no lock covers them.
    pub stale: Vec<(ModuleVersion, PathBuf)>,
    /// How many module folders there are of which `cache/download` holds nothing. Zero where
    /// something cannot be read: it may be theirs.
    pub unknown_folders: usize,
    /// What cannot be read. A module of which something cannot is none of `modules`: nobody
    /// knows when it was used.
    pub unreadable: Vec<DiskError>,
}

/// Goes on without what cannot be read, and remembers why.
fn readable<T>(read: Result<T, DiskError>, unreadable: &mut Vec<DiskError>) -> Option<T> {
    read.map_err(|error| unreadable.push(error)).ok()
}

/// Looks for everything that the cache holds of modules, on so many threads. Folders are
/// measured of those modules for which `measures` holds, their files' times included. A cache
/// that is not there holds nothing.
pub fn read(
    cache: &Cache,
    threads: usize,
    measures: impl Fn(&CachedModule) -> bool + Sync,
) -> Inventory {
    let access = AccessTimes::of(cache.root());
    let mut inventory = Inventory::default();
    let folders = version_folders(cache, &mut inventory);
    let found = spread(&folders, BATCH, threads, || {
        |(path, folder): &(String, PathBuf)| {
            let mut part = read_versions(cache, path, folder, access);
            let Inventory { modules, unreadable, .. } = &mut part;
            modules.retain_mut(|module| !measures(module) || module.measure(access, unreadable));
            Ok::<_, Infallible>(part)
        }
    });
    let Ok(found) = found;
    for part in found {
        inventory.unreadable.extend(part.unreadable);
        inventory.stale.extend(part.stale);
        inventory.modules.extend(part.modules);
        inventory.odd += part.odd;
        inventory.unfinished.extend(part.unfinished);
    }
    let known: HashSet<&ModuleVersion> = inventory.modules.iter().map(|one| &one.module).collect();
    let folders = ModuleFolders::read(cache, &mut inventory.unreadable);
    if inventory.unreadable.is_empty() {
        let known: HashSet<&Path> =
            inventory.modules.iter().map(|one| one.paths.folder.as_path()).collect();
        let is_unknown = |folder: &&PathBuf| !known.contains(folder.as_path());
        inventory.unknown_folders = folders.whole.iter().filter(is_unknown).count();
    }
    let folders: Vec<_> = folders
        .unfinished
        .into_iter()
        // A prerelease may be called so.
        .filter(|(whole, _)| whole.as_ref().is_none_or(|whole| !known.contains(whole)))
        .map(|(_, module)| module)
        .collect();
    inventory.unfinished.extend(folders);
    inventory.modules.sort_by(|a, b| in_order(&a.module, &b.module));
    inventory.unfinished.sort_by(in_order);
    inventory.unfinished.dedup();
    inventory
}

fn in_order(a: &ModuleVersion, b: &ModuleVersion) -> std::cmp::Ordering {
    let by_text = || a.version.as_str().cmp(b.version.as_str());
    a.compare(b).then_with(by_text)
}

impl CachedModule {
    /// Adds up the folder, and takes in when its files were read. Says whether all could be
    /// looked at.
    fn measure(&mut self, access: AccessTimes, unreadable: &mut Vec<DiskError>) -> bool {
        self.bytes.folder = 0;
        if self.is_behind_link {
            return true;
        }
        let before = unreadable.len();
        let last_use = &mut self.last_use;
        let bytes = &mut self.bytes.folder;
        let mut add = |metadata: &Metadata| {
            *bytes += metadata.len();
            *last_use = last_use.max(LastUse::of(metadata, access));
        };
        walk(&self.paths.folder, &mut add, unreadable);
        unreadable.len() == before
    }
}

/// Calls for every file below a folder, or for what is no folder itself. What vanishes
/// meanwhile was not there.
fn walk(path: &Path, found: &mut impl FnMut(&Metadata), unreadable: &mut Vec<DiskError>) {
    let Some(metadata) = readable(metadata(path), unreadable).flatten() else { return };
    if !metadata.is_dir() {
        found(&metadata);
        return;
    }
    for entry in readable(entries(path), unreadable).unwrap_or_default() {
        walk(&entry.path, found, unreadable);
    }
}

/// What stands in a place, without following a link; `None` where nothing does.
pub(super) fn metadata(path: &Path) -> Result<Option<Metadata>, DiskError> {
    match fs::symlink_metadata(path) {
        Err(error) if is_missing(&error) => Ok(None),
        found => found.map(Some).context("examining", path),
    }
}

/// Whether a link stands in for a folder on the way from a folder to what lies below it. What
/// the path itself leads to does not count.
pub(super) fn is_behind_link(root: &Path, path: &Path) -> Result<bool, DiskError> {
    let between = path.ancestors().skip(1).take_while(|folder| *folder != root);
    for folder in between {
        if metadata(folder)?.is_some_and(|metadata| metadata.is_symlink()) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

struct Entry {
    path: PathBuf,
    /// Its name; nothing in a cache has one that is no UTF-8.
    name: Option<String>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
    /// A link, or what is no file.
    Other,
}

fn entries(folder: &Path) -> Result<Vec<Entry>, DiskError> {
    let mut entries = Vec::new();
    let listing = match fs::read_dir(folder) {
        Err(error) if is_missing(&error) => return Ok(entries),
        listing => listing.context("reading", folder)?,
    };
    for entry in listing {
        let entry = entry.context("reading", folder)?;
        let kind = match entry.file_type() {
            Ok(kind) if kind.is_dir() => Kind::Folder,
            Ok(kind) if kind.is_file() => Kind::File,
            Err(error) if is_missing(&error) => continue,
            Ok(_) => Kind::Other,
            Err(source) => {
                return Err(DiskError { action: "examining", path: entry.path(), source });
            }
        };
        entries.push(Entry {
            path: entry.path(),
            name: entry.file_name().into_string().ok(),
            kind,
        });
    }
    Ok(entries)
}

/// Whether a folder is there and no link.
fn is_own_folder(path: &Path) -> Result<bool, DiskError> {
    Ok(metadata(path)?.is_some_and(|metadata| metadata.is_dir()))
}

/// The folders `@v` with their module paths. What else there is, is counted.
fn version_folders(cache: &Cache, inventory: &mut Inventory) -> Vec<(String, PathBuf)> {
    let Inventory { odd, unreadable, .. } = inventory;
    let mut found = Vec::new();
    let mut folders = Vec::new();
    let above = [cache.root().join("cache"), cache.download().to_owned()];
    if above.iter().all(|path| readable(is_own_folder(path), unreadable) == Some(true)) {
        folders.push((String::new(), cache.download().to_owned()));
    }
    while let Some((escaped, folder)) = folders.pop() {
        for Entry { path, name, kind } in readable(entries(&folder), unreadable).unwrap_or_default()
        {
            match (name.as_deref(), kind) {
                (Some("sumdb"), Kind::Folder) if escaped.is_empty() => {}
                (Some("@v"), Kind::Folder) => match unescape_path(&escaped) {
                    Some(module) => found.push((module, path)),
                    None => *odd += 1,
                },
                (Some(name), Kind::Folder) if escaped.is_empty() => {
                    folders.push((name.to_owned(), path));
                }
                (Some(name), Kind::Folder) => folders.push((format!("{escaped}/{name}"), path)),
                _ => *odd += 1,
            }
        }
    }
    found
}

/// The suffixes of a version's files.
const SUFFIXES: [&str; 6] = [".info", ".mod", ".zip", ".ziphash", ".lock", ".partial"];

/// What lies in one folder `@v`.
fn read_versions(cache: &Cache, path: &str, folder: &Path, access: AccessTimes) -> Inventory {
    let mut inventory = Inventory::default();
    let mut versions: HashMap<String, HashSet<&str>> = HashMap::new();
    let module = |escaped: &str| {
        let version = unescape_version(escaped).filter(|text| version::is_canonical(text))?;
        Some(ModuleVersion::new(path, &version))
    };
    let listing = readable(entries(folder), &mut inventory.unreadable).unwrap_or_default();
    for Entry { path: file, name, kind } in listing {
        let name = name.filter(|_| kind != Kind::Folder);
        let suffix = |name: &String| SUFFIXES.into_iter().find(|suffix| name.ends_with(suffix));
        match name {
            Some(name) if name == "list" => {}
            Some(name) if suffix(&name).is_some() => {
                let suffix = suffix(&name).unwrap_or_default();
                let escaped = &name[..name.len() - suffix.len()];
                if module(escaped).is_some() {
                    versions.entry(escaped.to_owned()).or_default().insert(suffix);
                } else {
                    inventory.odd += 1;
                }
            }
            Some(name) => {
                let of = |suffix| unfinished(&name, suffix).and_then(module);
                if let Some(module) = of(".zip") {
                    inventory.unfinished.push(module);
                } else if let Some(module) = of(".info").or_else(|| of(".mod")) {
                    let found = readable(metadata(&file), &mut inventory.unreadable).flatten();
                    if found.is_some_and(|metadata| is_stale(&metadata)) {
                        inventory.stale.push((module, file));
                    }
                } else {
                    inventory.odd += 1;
                }
            }
            None => inventory.odd += 1,
        }
    }
    for (escaped, suffixes) in versions {
        let Some(module) = module(&escaped) else { continue };
        let Ok(paths) = cache.paths(&module) else { continue };
        let found = examine(cache, module, paths, &suffixes, access);
        inventory.modules.extend(readable(found, &mut inventory.unreadable).flatten());
    }
    inventory
}

/// What there is of a module version, of which files with these suffixes were seen; its folder
/// is not measured. `None` where a lock alone is left of it.
fn examine(
    cache: &Cache,
    module: ModuleVersion,
    paths: ModulePaths,
    suffixes: &HashSet<&str>,
    access: AccessTimes,
) -> Result<Option<CachedModule>, DiskError> {
    let extracted = metadata(&paths.folder)?;
    let mut bytes = ModuleBytes::default();
    let mut holds_something = extracted.is_some();
    for (file, is_zip) in [
        (paths.zip(), true),
        (paths.ziphash(), false),
        (paths.go_mod(), false),
        (paths.info(), false),
    ] {
        let Some(metadata) = metadata(&file)? else { continue };
        holds_something = true;
        let bytes = if is_zip { &mut bytes.zip } else { &mut bytes.rest };
        *bytes += metadata.len();
    }
    if !holds_something {
        return Ok(None);
    }
    let never = LastUse { seen: std::time::UNIX_EPOCH, bound: std::time::UNIX_EPOCH };
    Ok(Some(CachedModule {
        has_zip: suffixes.contains(".zip"),
        has_folder: extracted.is_some(),
        is_behind_link: is_behind_link(cache.root(), &paths.folder)?,
        needs_lock: extracted.is_some()
            || [".zip", ".ziphash", ".lock", ".partial"].iter().any(|s| suffixes.contains(s)),
        bytes,
        last_use: last_use(&paths, access)?.unwrap_or(never),
        module,
        paths,
    }))
}

/// When a module version was last used, by what go and gomod read first of it. `None` where
/// there is nothing of it.
pub(super) fn last_use(
    paths: &ModulePaths,
    access: AccessTimes,
) -> Result<Option<LastUse>, DiskError> {
    let read_first = [
        paths.go_mod(),
        paths.info(),
        paths.ziphash(),
        paths.zip(),
        paths.folder.clone(),
        paths.folder.join("go.mod"),
    ];
    let mut newest: Option<LastUse> = None;
    for path in read_first {
        let Some(metadata) = metadata(&path)? else { continue };
        let of_file = LastUse::of(&metadata, access);
        newest = Some(newest.map_or(of_file, |newest| newest.max(of_file)));
    }
    Ok(newest)
}

/// After so long nobody writes a small file any more.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);

fn is_stale(metadata: &Metadata) -> bool {
    let age = metadata.modified().ok().and_then(|written| written.elapsed().ok());
    age.is_some_and(|age| age > STALE)
}

/// The escaped version of which a file was being written: `VERSION.zip<digits>.tmp`.
fn unfinished<'a>(name: &'a str, suffix: &str) -> Option<&'a str> {
    let (version, digits) = name.strip_suffix(".tmp")?.rsplit_once(suffix)?;
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(version)
}

/// The extracted folders, wherever they came from.
#[derive(Default)]
struct ModuleFolders {
    /// Those with a module's name.
    whole: Vec<PathBuf>,
    /// Those that were being made, `PATH@VERSION.tmp-<digits>`: the module version that the
    /// whole name would be, if it is one, and the one without the digits.
    unfinished: Vec<(Option<ModuleVersion>, ModuleVersion)>,
    /// Anything else outside `cache`.
    other: Vec<PathBuf>,
}

impl ModuleFolders {
    fn read(cache: &Cache, unreadable: &mut Vec<DiskError>) -> Self {
        let mut read = Self::default();
        let mut folders = vec![(String::new(), cache.root().to_owned())];
        while let Some((escaped, folder)) = folders.pop() {
            let listing = readable(entries(&folder), unreadable).unwrap_or_default();
            for Entry { path, name, kind } in listing {
                let Some(name) = name.filter(|_| kind == Kind::Folder) else {
                    read.other.push(path);
                    continue;
                };
                if escaped.is_empty() && name == "cache" {
                    continue;
                }
                let joined = if escaped.is_empty() { name } else { format!("{escaped}/{name}") };
                let Some((module, version)) = joined.split_once('@') else {
                    folders.push((joined, path));
                    continue;
                };
                let module = |version: &str| {
                    let version = unescape_version(version)?;
                    let path = unescape_path(module)?;
                    version::is_canonical(&version).then(|| ModuleVersion::new(&path, &version))
                };
                match (unfinished_folder(version).and_then(module), module(version)) {
                    (Some(without), whole) => {
                        read.unfinished.push((whole, without));
                        read.other.push(path);
                    }
                    (None, Some(_)) => read.whole.push(path),
                    (None, None) => read.other.push(path),
                }
            }
        }
        read
    }
}

/// The escaped version whose folder was being made: `VERSION.tmp-<digits>`.
fn unfinished_folder(version: &str) -> Option<&str> {
    let (version, digits) = version.rsplit_once(".tmp-")?;
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(version)
}

/// How much there is of one kind of thing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Amount {
    /// How many; of what is counted by files, files.
    pub count: u64,
    /// As their files' lengths add up.
    pub bytes: u64,
}

impl Amount {
    fn add(&mut self, metadata: &Metadata) {
        self.count += 1;
        self.bytes += metadata.len();
    }

    fn add_tree(&mut self, path: &Path, unreadable: &mut Vec<DiskError>) {
        walk(path, &mut |metadata| self.add(metadata), unreadable);
    }

    /// As one, whatever it consists of.
    fn add_whole(&mut self, path: &Path, unreadable: &mut Vec<DiskError>) {
        let mut files = Self::default();
        files.add_tree(path, unreadable);
        self.count += 1;
        self.bytes += files.bytes;
    }
}

/// How much the cache holds, by kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sizes {
    /// Extracted modules.
    pub folders: Amount,
    /// Their zips.
    pub zips: Amount,
    /// `.mod`, `.info`, `.ziphash` and `list`: files.
    pub small: Amount,
    /// Records and tiles of the checksum database: files.
    pub sumdb: Amount,
    /// Repositories under version control.
    pub repositories: Amount,
    /// What gomod alone keeps, in the cache and beside it: files.
    pub own: Amount,
    /// Locks, what runs have left, and what nobody knows: files.
    pub other: Amount,
}

impl Sizes {
    /// Adds everything up, on so many threads. `own` is what gomod keeps outside of the cache.
    /// A cache that is not there holds nothing. Besides: what cannot be read, and is not in the
    /// sums.
    pub fn read(cache: &Cache, own: Option<&Path>, threads: usize) -> (Self, Vec<DiskError>) {
        let mut sizes = Self::default();
        let mut unreadable = Vec::new();
        if let Some(own) = own {
            sizes.own.add_tree(own, &mut unreadable);
        }
        sizes.add_folders(cache, threads, &mut unreadable);
        sizes.add_cache(&cache.root().join("cache"), &mut unreadable);
        (sizes, unreadable)
    }

    /// What lies beside `cache`.
    fn add_folders(&mut self, cache: &Cache, threads: usize, unreadable: &mut Vec<DiskError>) {
        let ModuleFolders { whole, other, .. } = ModuleFolders::read(cache, unreadable);
        let measured = spread(&whole, BATCH, threads, || {
            |folder: &PathBuf| {
                let (mut amount, mut unreadable) = (Amount::default(), Vec::new());
                amount.add_whole(folder, &mut unreadable);
                Ok::<_, Infallible>((amount, unreadable))
            }
        });
        let Ok(measured) = measured;
        for (amount, errors) in measured {
            self.folders.count += amount.count;
            self.folders.bytes += amount.bytes;
            unreadable.extend(errors);
        }
        other.iter().for_each(|path| self.other.add_tree(path, unreadable));
    }

    /// The folder `cache`.
    fn add_cache(&mut self, below: &Path, unreadable: &mut Vec<DiskError>) {
        if !readable(is_own_folder(below), unreadable).unwrap_or_default() {
            self.other.add_tree(below, unreadable);
            return;
        }
        for Entry { path, name, kind } in readable(entries(below), unreadable).unwrap_or_default() {
            match (name.as_deref(), kind) {
                (Some("download"), Kind::Folder) => self.add_downloads(&path, unreadable),
                (Some("vcs"), Kind::Folder) => {
                    let listing = readable(entries(&path), unreadable).unwrap_or_default();
                    for Entry { path, kind, .. } in listing {
                        match kind {
                            Kind::Folder => self.repositories.add_whole(&path, unreadable),
                            _ => self.other.add_tree(&path, unreadable),
                        }
                    }
                }
                (Some("gomod"), Kind::Folder) => self.own.add_tree(&path, unreadable),
                _ => self.other.add_tree(&path, unreadable),
            }
        }
    }

    /// Of all kinds.
    pub fn total_bytes(&self) -> u64 {
        let Self { folders, zips, small, sumdb, repositories, own, other } = self;
        [folders, zips, small, sumdb, repositories, own, other].map(|kind| kind.bytes).iter().sum()
    }

    fn add_downloads(&mut self, download: &Path, unreadable: &mut Vec<DiskError>) {
        let mut folders = vec![download.to_owned()];
        while let Some(folder) = folders.pop() {
            let is_versions = folder.ends_with("@v");
            let listing = readable(entries(&folder), unreadable).unwrap_or_default();
            for Entry { path, name, kind } in listing {
                if kind == Kind::Folder {
                    match name.as_deref() {
                        Some("sumdb") if folder == download => {
                            self.sumdb.add_tree(&path, unreadable);
                        }
                        _ => folders.push(path),
                    }
                    continue;
                }
                let found = readable(metadata(&path), unreadable).flatten();
                let Some(metadata) = found else { continue };
                let name = name.filter(|_| is_versions && kind == Kind::File).unwrap_or_default();
                let is = |suffixes: &[&str]| suffixes.iter().any(|suffix| name.ends_with(suffix));
                let amount = if is(&[".zip"]) {
                    &mut self.zips
                } else if name == "list" || is(&[".mod", ".info", ".ziphash"]) {
                    &mut self.small
                } else {
                    &mut self.other
                };
                amount.add(&metadata);
            }
        }
    }
}
