//! The folders of packages: what the Go files in them import, and which packages a module has.
//!
//! Source: cmd/go/internal/imports/scan.go, cmd/go/internal/modindex/read.go,
//! cmd/go/internal/modload (`scanDir`, `dirInModule`, `matchPackages`),
//! cmd/go/internal/fsys/fsys.go.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, FileType, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::config::{Overlaid, Overlay, clean};
use crate::spec::pattern::{self, Ignored};
use crate::spec::source::{Header, NulByte, Reading, Tags};

use super::spread::spread;
use super::{Context, DiskError};

mod folders;
mod index;

pub use folders::{Folder, Folders, ModuleFolder};
pub use index::remove as remove_index;

/// What kind of tree a folder belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tree {
    /// A module of the cache. It does not change, and holds no other module.
    Cached,
    /// A module outside the cache: the main module, or a replacement.
    Local,
    /// The vendor folder, where modules lie in each other.
    Vendored,
}

/// What the files of a package import: each path once, sorted, `C` left out.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Imports {
    /// Of all files but tests.
    pub imports: Vec<String>,
    /// Of `_test.go` files, those of external tests too.
    pub test_imports: Vec<String>,
}

/// Why a folder's imports are not known.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// No Go file in it is built with these tags.
    #[error("no Go source files")]
    NoGo,
    /// A file is no text.
    #[error("reading {}: {source}", path.display())]
    Nul {
        /// The file.
        path: PathBuf,
        /// What it holds.
        source: NulByte,
    },
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// Reads what the Go files of one folder import, where they are built with these tags.
///
/// The old paths `appengine` and `appengine_internal`, and those below, are left out: no
/// module provides them.
///
/// # Errors
/// No file is built, or one cannot be read.
pub fn scan(
    overlay: &Overlay,
    folder: &Path,
    tree: Tree,
    tags: &Tags,
) -> Result<Imports, ScanError> {
    let entries = read_folder(overlay, folder).context("reading", folder)?;
    let [imports] = scan_entries(&entries, folder, tree, [tags]);
    imports
}

/// Reads each file once, for several sets of tags.
fn scan_entries<const N: usize>(
    entries: &[Entry],
    folder: &Path,
    tree: Tree,
    tags: [&Tags; N],
) -> [Result<Imports, ScanError>; N] {
    let reading = reading(tree, entries);
    let mut scans = tags.map(|tags| (tags, Ok(Scan::default())));
    let mut buffers = Buffers::default();
    for entry in entries {
        let name = entry.name.to_string_lossy();
        let is_wanted = |(tags, scan): &(&Tags, Result<Scan, ScanError>)| {
            scan.is_ok() && tags.match_file_name(&name)
        };
        if !is_source_name(&entry.name) || !scans.iter().any(is_wanted) {
            continue;
        }
        let is_source = match reading {
            Reading::Afresh => entry.metadata().is_some_and(|metadata| metadata.is_file()),
            Reading::Indexed => !entry.leads_to_folder(),
        };
        if !is_source {
            continue;
        }
        let header = buffers.read(&entry.path);
        for (tags, result) in &mut scans {
            let Ok(scan) = result else { continue };
            if !tags.match_file_name(&name) {
                continue;
            }
            let paths = match &header {
                Ok(header) => header
                    .imports(reading, tags)
                    .map_err(|source| ScanError::Nul { path: folder.join(&entry.name), source }),
                // In the index such a file is one that imports nothing.
                Err(_) if reading == Reading::Indexed => Ok(Some(Vec::new())),
                Err(error) => {
                    let (action, path) = ("reading", entry.path.clone());
                    // The error is told once for each set of tags.
                    let source = io::Error::new(error.kind(), error.to_string());
                    Err(DiskError { action, path, source }.into())
                }
            };
            match paths {
                Ok(None) => {}
                Ok(Some(paths)) => scan.add(paths, name.ends_with("_test.go")),
                Err(error) => *result = Err(error),
            }
        }
    }
    scans.map(|(_, result)| result?.imports())
}

/// What the files of a folder import, as far as they were read.
#[derive(Default)]
struct Scan {
    imports: BTreeSet<String>,
    test_imports: BTreeSet<String>,
    is_package: bool,
}

impl Scan {
    fn add(&mut self, paths: Vec<Cow<'_, str>>, is_test: bool) {
        self.is_package = true;
        let list = if is_test { &mut self.test_imports } else { &mut self.imports };
        for path in paths {
            if !is_magic(&path) && !list.contains(path.as_ref()) {
                list.insert(path.into_owned());
            }
        }
    }

    fn imports(self) -> Result<Imports, ScanError> {
        if !self.is_package {
            return Err(ScanError::NoGo);
        }
        let sorted = |paths: BTreeSet<String>| paths.into_iter().collect();
        let (imports, test_imports) = (sorted(self.imports), sorted(self.test_imports));
        Ok(Imports { imports, test_imports })
    }
}

/// Whether a path is that of no package, though files import it.
fn is_magic(path: &str) -> bool {
    matches!(path.split('/').next(), Some("appengine" | "appengine_internal")) || path == "C"
}

fn is_source_name(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.ends_with(b".go") && !name.starts_with(b"_") && !name.starts_with(b".")
}

/// How go reads the files of a folder. Of a local one it asks the index where everything in
/// it is a plain file that was last changed two seconds ago or more.
fn reading(tree: Tree, entries: &[Entry]) -> Reading {
    const SETTLED: Duration = Duration::from_secs(2);
    if tree == Tree::Cached {
        return Reading::Indexed;
    }
    let now = SystemTime::now();
    let is_settled = |entry: &Entry| {
        let modified = || fs::metadata(&entry.path).and_then(|found| found.modified());
        match entry.kind {
            Kind::Folder => true,
            Kind::File => modified()
                .is_ok_and(|modified| now.duration_since(modified).is_ok_and(|age| age >= SETTLED)),
            Kind::Link | Kind::Other => false,
        }
    };
    if entries.iter().all(is_settled) { Reading::Indexed } else { Reading::Afresh }
}

/// Memory for the files of a folder, one after another.
#[derive(Default)]
pub(super) struct Buffers {
    beginning: Vec<u8>,
    whole: Vec<u8>,
}

impl Buffers {
    /// Reads as much of a file as its head needs.
    pub(super) fn read(&mut self, path: &Path) -> io::Result<Header<'_>> {
        /// Holds the head of nearly every file.
        const BEGINNING: usize = 8 << 10;
        let mut file = File::open(path)?;
        self.beginning.clear();
        self.beginning.reserve(BEGINNING);
        Read::by_ref(&mut file).take(BEGINNING as u64).read_to_end(&mut self.beginning)?;
        if self.beginning.len() < BEGINNING {
            return Ok(Header::of_file(&self.beginning));
        }
        if let Some(header) = Header::of_beginning(&self.beginning) {
            return Ok(header);
        }
        self.whole.clone_from(&self.beginning);
        file.read_to_end(&mut self.whole)?;
        Ok(Header::of_file(&self.whole))
    }
}

/// The folder of a package, where a module has it: a folder with a file that ends in `.go`,
/// whatever the file says, and in a local tree no other module between it and the root.
/// `module` is the module's path; nothing, where packages lie by their whole path.
///
/// # Errors
/// The folder cannot be read.
pub fn find_package(
    overlay: &Overlay,
    root: &Path,
    tree: Tree,
    module: &str,
    package: &str,
) -> Result<Option<PathBuf>, DiskError> {
    let Some(folder) = place(root, module, package) else { return Ok(None) };
    if tree == Tree::Local {
        let mut between = folder.ancestors().take_while(|folder| *folder != root);
        if between.any(|folder| overlay.is_file(&folder.join("go.mod"))) {
            return Ok(None);
        }
    }
    Ok(has_go_files(overlay, &folder, tree)?.then_some(folder))
}

/// Where a module with this root has a package, if it has it.
fn place(root: &Path, module: &str, package: &str) -> Option<PathBuf> {
    match package.strip_prefix(module)? {
        "" => Some(root.to_owned()),
        rest if module.is_empty() => Some(root.join(rest)),
        rest => Some(root.join(rest.strip_prefix('/')?)),
    }
}

/// What a folder holds; `None` where it is not there.
fn list(overlay: &Overlay, folder: &Path) -> Result<Option<Vec<Entry>>, DiskError> {
    match read_folder(overlay, folder) {
        Ok(entries) => Ok(Some(entries)),
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            Ok(None)
        }
        Err(error) => Err(error).context("reading", folder),
    }
}

fn has_go_files(overlay: &Overlay, folder: &Path, tree: Tree) -> Result<bool, DiskError> {
    let entries = list(overlay, folder)?;
    entries.map_or(Ok(false), |entries| are_sources(&entries, tree))
}

/// Whether there are Go files among the entries of a folder.
fn are_sources(entries: &[Entry], tree: Tree) -> Result<bool, DiskError> {
    if entries.iter().any(|entry| is_source_name(&entry.name) && entry.kind == Kind::File) {
        return Ok(true);
    }
    // What is left are odd files: links, and names that are passed over.
    let is_named = |entry: &&Entry| entry.name.as_encoded_bytes().ends_with(b".go");
    let mut odd = entries.iter().filter(is_named).filter(|entry| entry.kind != Kind::Folder);
    if reading(tree, entries) == Reading::Indexed {
        return Ok(odd.any(|entry| is_source_name(&entry.name) && !entry.leads_to_folder()));
    }
    let mut failed = None;
    for entry in odd {
        match fs::metadata(&entry.path) {
            Ok(metadata) if metadata.is_file() => return Ok(true),
            Ok(_) => {}
            Err(error) => failed = failed.or(Some((error, &entry.path))),
        }
    }
    match failed {
        Some((error, path)) => Err(error).context("reading", path),
        None => Ok(false),
    }
}

/// Whether a folder has Go files, built here or not: then it is a package, if maybe a broken
/// one.
///
/// # Errors
/// The folder cannot be read.
pub fn has_sources(overlay: &Overlay, folder: &Path) -> Result<bool, DiskError> {
    has_go_files(overlay, folder, Tree::Local)
}

/// Whether a folder is there, on the disk or by what stands in for its files.
pub fn exists(overlay: &Overlay, folder: &Path) -> bool {
    fs::metadata(folder).is_ok() || read_folder(overlay, folder).is_ok()
}

/// Where packages are looked for, and which.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    /// Where the module lies, or the vendor folder.
    pub at: &'a ModuleFolder,
    /// The import path of the root: the module's. Empty for the vendor folder, which is no
    /// package itself.
    pub prefix: &'a str,
    /// The pattern; one such as `all` matches every package.
    pub pattern: &'a str,
    /// What the module's go.mod ignores.
    pub ignored: &'a Ignored,
    /// The files that count: a folder without any is no package.
    pub tags: &'a Tags,
}

/// What a search found.
#[derive(Debug, Default)]
pub struct Found {
    /// Import paths, sorted.
    pub packages: Vec<String>,
    /// Links to folders, which are not followed: the user gets to know.
    pub links: Vec<PathBuf>,
    /// Folders that could not be read: there may be more packages.
    pub failures: Vec<DiskError>,
}

impl Search<'_> {
    /// Finds the packages of a module that match a pattern, on so many threads. A folder whose
    /// files cannot be read is a package nevertheless.
    ///
    /// `visited` has the import paths that were looked at: of several modules that have a
    /// folder for one, the first counts.
    pub fn run(&self, folders: &Folders, visited: &mut HashSet<String>, threads: usize) -> Found {
        /// How many folders a thread looks at before it asks for more.
        const BATCH: usize = 8;
        let (candidates, found) = (Vec::new(), Found::default());
        let mut walk =
            Walk { search: self, overlay: folders.overlay(), visited, candidates, found };
        walk.folder(&self.at.root, "");
        let Walk { candidates, mut found, .. } = walk;
        let Ok(packages) = spread(&candidates, BATCH, threads, || {
            |candidate: &Candidate| {
                let Candidate { path, folder, entries } = candidate;
                let is_package = folders.is_package(self.at, folder, entries, self.tags);
                Ok::<_, Infallible>(is_package.then(|| path.clone()))
            }
        });
        found.packages.extend(packages.into_iter().flatten());
        found.packages.sort();
        found
    }

    fn matches(&self, path: &str) -> bool {
        pattern::is_meta(self.pattern) || pattern::matches(self.pattern, path)
    }

    fn can_match_below(&self, path: &str) -> bool {
        pattern::is_meta(self.pattern) || pattern::can_match_below(self.pattern, path)
    }

    fn import_path(&self, relative: &str) -> String {
        match (self.prefix, relative) {
            ("", _) => relative.to_owned(),
            (_, "") => self.prefix.to_owned(),
            (prefix, relative) => format!("{prefix}/{relative}"),
        }
    }

    /// Whether a file or folder below the root can be, or hold, what is looked for.
    fn wants(&self, name: &str, relative: &str) -> bool {
        !name.starts_with(['.', '_'])
            && name != "testdata"
            && !self.ignored.contains(relative)
            && self.can_match_below(&self.import_path(relative))
    }
}

struct Walk<'a> {
    search: &'a Search<'a>,
    overlay: &'a Overlay,
    visited: &'a mut HashSet<String>,
    candidates: Vec<Candidate>,
    found: Found,
}

/// A folder that is a package if files in it are built.
struct Candidate {
    /// The import path.
    path: String,
    folder: PathBuf,
    entries: Vec<Entry>,
}

impl Walk<'_> {
    /// Looks at a folder, which is wanted, and what is below it.
    fn folder(&mut self, folder: &Path, relative: &str) {
        let tree = self.search.at.tree;
        let path = self.search.import_path(relative);
        let is_package_path = !path.is_empty() && self.search.can_match_below(&path);
        let is_candidate =
            is_package_path && self.visited.insert(path.clone()) && self.search.matches(&path);
        let entries = match read_folder(self.overlay, folder).context("reading", folder) {
            Ok(entries) => entries,
            Err(error) => {
                self.found.packages.extend(is_candidate.then_some(path));
                return self.found.failures.push(error);
            }
        };
        let is_vendor = relative.rsplit('/').next() == Some("vendor");
        if !is_vendor || tree == Tree::Vendored {
            self.below(folder, relative, &entries);
        }
        if is_candidate {
            self.candidates.push(Candidate { path, folder: folder.to_owned(), entries });
        }
    }

    /// Looks at the folders in a folder.
    fn below(&mut self, folder: &Path, relative: &str, entries: &[Entry]) {
        let tree = self.search.at.tree;
        for entry in entries {
            let name = entry.name.to_string_lossy();
            let relative = match relative {
                "" => name.to_string(),
                _ => format!("{relative}/{name}"),
            };
            match entry.kind {
                Kind::Folder if self.search.wants(&name, &relative) => {
                    let below = folder.join(&entry.name);
                    let is_module =
                        || fs::metadata(below.join("go.mod")).is_ok_and(|found| !found.is_dir());
                    if tree != Tree::Local || !is_module() {
                        self.folder(&below, &relative);
                    }
                }
                Kind::Link
                    if self.search.pattern.contains("...")
                        && self.search.wants(&name, &relative)
                        && entry.leads_to_folder() =>
                {
                    self.found.links.push(folder.join(&entry.name));
                }
                _ => {}
            }
        }
    }
}

/// Which folders are looked for, by a pattern with `...` that names folders.
#[derive(Clone, Copy, Debug)]
pub struct FolderSearch<'a> {
    /// The working directory, absolute.
    pub directory: &'a Path,
    /// The pattern: local, wild, and [clean](pattern::clean).
    pub pattern: &'a str,
    /// The root of the main module, absolute, from which `ignored` counts.
    pub module_root: &'a Path,
    /// What the main module's go.mod ignores.
    pub ignored: &'a Ignored,
    /// The files that count: a folder without any is left out.
    pub tags: &'a Tags,
}

impl FolderSearch<'_> {
    /// Finds the folders that match and may be packages, broken ones too, in the order of
    /// their names, absolute. Other modules are passed over, and links are not followed.
    /// Whether what is found lies in the module is for the caller to see.
    ///
    /// # Errors
    /// A folder cannot be read.
    pub fn run(&self, overlay: &Overlay) -> Result<Vec<PathBuf>, DiskError> {
        let wild = self.pattern.find("...").unwrap_or(self.pattern.len());
        let fixed = &self.pattern[..wild];
        let start = fixed.rfind('/').map_or("", |slash| &fixed[..=slash]);
        let mut found = Vec::new();
        let top = start.trim_end_matches('/');
        let path = match top.strip_prefix("./").unwrap_or(top) {
            "" if start == "/" => "/",
            "" => ".",
            path => path,
        };
        let folder = clean(&self.directory.join(start));
        self.folder(overlay, &folder, path, true, &mut found)?;
        Ok(found)
    }

    /// `path` is the folder's as the pattern's begins, without `./`.
    fn folder(
        &self,
        overlay: &Overlay,
        folder: &Path,
        path: &str,
        is_top: bool,
        found: &mut Vec<PathBuf>,
    ) -> Result<(), DiskError> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let is_hidden = name.starts_with('.') && !matches!(name, "." | "..");
        let in_module = folder.strip_prefix(self.module_root).unwrap_or(Path::new(""));
        if is_hidden
            || name.starts_with('_')
            || name == "testdata"
            || self.ignored.contains(&in_module.to_string_lossy())
            || (!is_top && overlay.is_file(&folder.join("go.mod")))
        {
            return Ok(());
        }
        let prefix = if self.pattern.starts_with("./") { "./" } else { "" };
        if pattern::matches(self.pattern, &format!("{prefix}{path}"))
            && self.may_be_package(overlay, folder)
        {
            found.push(folder.to_owned());
        }
        for entry in read_folder(overlay, folder).context("reading", folder)? {
            if entry.kind != Kind::Folder {
                continue;
            }
            let name = entry.name.to_string_lossy();
            let below = match path {
                "." => name.into_owned(),
                "/" => format!("/{name}"),
                _ => format!("{path}/{name}"),
            };
            self.folder(overlay, &folder.join(&entry.name), &below, false, found)?;
        }
        Ok(())
    }

    fn may_be_package(&self, overlay: &Overlay, folder: &Path) -> bool {
        // What cannot be read says why when it is loaded.
        let Ok(entries) = read_folder(overlay, folder) else { return true };
        let mut buffers = Buffers::default();
        entries.iter().any(|entry| {
            let name = entry.name.to_string_lossy();
            is_source_name(&entry.name)
                && self.tags.match_file_name(&name)
                && !entry.leads_to_folder()
                && buffers.read(&entry.path).map_or(true, |header| {
                    header.makes_package(name.ends_with("_test.go"), self.tags)
                })
        })
    }
}

/// What a folder holds, by name.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: OsString,
    pub(super) kind: Kind,
    /// The file itself, or what stands in for it.
    pub(super) path: PathBuf,
}

/// What an entry of a folder is, links not followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Folder,
    File,
    Link,
    Other,
}

impl From<FileType> for Kind {
    fn from(of: FileType) -> Self {
        match of {
            _ if of.is_dir() => Self::Folder,
            _ if of.is_file() => Self::File,
            _ if of.is_symlink() => Self::Link,
            _ => Self::Other,
        }
    }
}

impl Entry {
    /// What it is, or where it leads; `None` where that is nowhere.
    fn metadata(&self) -> Option<Metadata> {
        fs::metadata(&self.path).ok()
    }

    pub(super) fn leads_to_folder(&self) -> bool {
        match self.kind {
            Kind::Folder => true,
            Kind::Link => self.metadata().is_some_and(|metadata| metadata.is_dir()),
            Kind::File | Kind::Other => false,
        }
    }
}

/// Lists a folder, sorted by name, with what the overlay adds to it and takes from it.
pub(super) fn read_folder(overlay: &Overlay, folder: &Path) -> io::Result<Vec<Entry>> {
    let on_disk = || {
        fs::read_dir(folder)?
            .map(|entry| {
                let entry = entry?;
                let kind = entry.file_type()?.into();
                Ok(Entry { name: entry.file_name(), kind, path: entry.path() })
            })
            .collect::<io::Result<Vec<Entry>>>()
    };
    if overlay.is_empty() {
        let mut entries = on_disk()?;
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        return Ok(entries);
    }
    // A file that stands in for a folder above, or deletes it, leaves nothing below.
    for ancestor in folder.ancestors() {
        match overlay.look_up(ancestor) {
            Overlaid::Not => {}
            Overlaid::By(_) if ancestor == folder => {
                return Err(io::ErrorKind::NotADirectory.into());
            }
            Overlaid::Deleted | Overlaid::By(_) => return Err(io::ErrorKind::NotFound.into()),
        }
    }
    let mut overlaid = overlay.below(folder).peekable();
    let is_overlaid = overlaid.peek().is_some();
    let listed = match on_disk() {
        Err(error)
            if is_overlaid
                && matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
        {
            Err(error)
        }
        listed => Ok(listed?),
    };
    let (listed, missing) = match listed {
        Ok(listed) => (listed, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    let by_name = |entry: Entry| (entry.name.clone(), entry);
    let mut entries: BTreeMap<OsString, Entry> = listed.into_iter().map(by_name).collect();
    for (path, stand_in) in overlaid {
        let mut components = path.iter();
        let Some(name) = components.next().map(OsStr::to_owned) else { continue };
        let place = folder.join(&name);
        if components.next().is_some() {
            entries.insert(name.clone(), Entry { name, kind: Kind::Folder, path: place });
        } else if let Some(file) = stand_in {
            // What cannot be read will say so where it is.
            let kind = match fs::metadata(file) {
                Ok(metadata) if metadata.is_dir() => {
                    let text = format!("overlay maps child {} to directory", name.display());
                    return Err(io::Error::other(text));
                }
                Ok(metadata) if metadata.is_file() => Kind::File,
                _ => Kind::Other,
            };
            entries.insert(name.clone(), Entry { name, kind, path: file.to_owned() });
        } else {
            entries.remove(&name);
        }
    }
    match missing {
        Some(error) if entries.is_empty() => Err(error),
        _ => Ok(entries.into_values().collect()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A folder with files, changed an hour ago.
    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            fs::write(&path, text).expect("written");
            change(&path, Duration::from_secs(3600));
        }
        folder
    }

    fn change(path: &Path, ago: Duration) {
        let file = File::options().write(true).open(path).expect("opened");
        file.set_modified(SystemTime::now() - ago).expect("set");
    }

    fn none() -> Overlay {
        Overlay::default()
    }

    /// Both lists, or the error.
    fn imports(folder: &Path, tree: Tree, tags: &Tags) -> String {
        match scan(&none(), folder, tree, tags) {
            Ok(found) => format!("{} | {}", found.imports.join(" "), found.test_imports.join(" ")),
            Err(error) => error.to_string(),
        }
    }

    fn linux() -> Tags {
        Tags::of(crate::spec::source::Platform {
            system: "linux",
            architecture: "amd64",
            cgo: false,
            release: 26,
            others: &[],
        })
    }

    #[test]
    fn imports_of_a_folder() {
        let files = [
            ("a.go", "package p\nimport (\"z\"; \"b\"; \"C\")\n"),
            ("b_windows.go", "package p\nimport \"w\"\n"),
            ("c.go", "//go:build ignore\n\npackage main\nimport \"never\"\n"),
            (
                "d_test.go",
                "package p_test\nimport (\"b\"; \"t\"; \"appengine/x\"; \"appenginex\")\n",
            ),
            ("_e.go", "package p\nimport \"never\"\n"),
            (".f.go", "package p\nimport \"never\"\n"),
            ("g.txt", "package p\nimport \"never\"\n"),
            ("h.go/x.go", "package p\nimport \"never\"\n"),
        ];
        let folder = folder(&files);
        for tree in [Tree::Cached, Tree::Local, Tree::Vendored] {
            let any = imports(folder.path(), tree, &Tags::any());
            assert_eq!(any, "b w z | appenginex b t", "{tree:?}");
            // Without cgo, a.go is not built.
            let linux = imports(folder.path(), tree, &linux());
            assert_eq!(linux, " | appenginex b t", "{tree:?}");
        }
        fs::remove_file(folder.path().join("d_test.go")).expect("removed");
        let none = imports(folder.path(), Tree::Local, &linux());
        assert_eq!(none, "no Go source files");
        let missing = scan(&Overlay::default(), &folder.path().join("x"), Tree::Local, &linux());
        assert!(matches!(missing, Err(ScanError::Disk(_))));
    }

    #[test]
    fn a_broken_file_is_read_as_go_does() {
        // What go takes it for from its index, and afresh.
        for (text, indexed, afresh) in [
            ("package p\nimport (\"a\"; x)\n", " | ", "a | "),
            ("package p\nimport \"a b\"\n", " | ", "a b | "),
            ("package p\n\0", " | ", "reading FILE: unexpected NUL in input"),
            ("package p\nimport \"a\nx\0", " | ", "reading FILE: unexpected NUL in input"),
            (
                "//go:build linux\n//go:build linux\n\npackage p\nimport \"a\"\n",
                " | ",
                "no Go source files",
            ),
            (
                "//go:build (\n\npackage p\nimport \"a\"\n",
                "no Go source files",
                "no Go source files",
            ),
        ] {
            let folder = folder(&[("x.go", text), ("README", "")]);
            let file = folder.path().join("x.go");
            let read = |tree| {
                let found = imports(folder.path(), tree, &Tags::any());
                found.replace(file.to_str().expect("UTF-8"), "FILE")
            };
            assert_eq!(read(Tree::Local), indexed, "{text:?}");
            // The index is not asked where something has just changed, of any kind.
            change(&folder.path().join("README"), Duration::ZERO);
            assert_eq!(read(Tree::Local), afresh, "{text:?}");
            assert_eq!(read(Tree::Cached), indexed, "{text:?}");
            change(&folder.path().join("README"), Duration::from_secs(3));
            assert_eq!(read(Tree::Local), indexed, "{text:?}");
            symlink("nowhere", folder.path().join("link")).expect("a link");
            assert_eq!(read(Tree::Local), afresh, "{text:?}");
        }
    }

    #[test]
    fn long_heads_are_read_to_their_end() {
        let remark = "// remark\n".repeat(5000);
        let text = format!("{remark}\npackage p\n\nimport \"a\"\n{remark}import \"b\"\n{remark}");
        let folder = folder(&[("x.go", &text), ("y.go", "package p\nimport \"c\"\n")]);
        let found = imports(folder.path(), Tree::Cached, &Tags::any());
        assert_eq!(found, "a b c | ");
    }

    #[test]
    fn packages_of_a_module() {
        let folder = folder(&[
            ("m/go.mod", ""),
            ("m/x.go", ""),
            ("m/a/x.go", ""),
            ("m/none/x.txt", ""),
            ("m/hidden/_x.go", ""),
            ("m/inner/go.mod", ""),
            ("m/inner/b/x.go", ""),
            ("m/folder/x.go/y", ""),
            ("m/module/go.mod/x", ""),
            ("m/module/x.go", ""),
        ]);
        let root = folder.path().join("m");
        let find = |tree, package: &str| {
            let found = find_package(&none(), &root, tree, "a.b/m", package).expect("read");
            found.map(|path| path.strip_prefix(&root).expect("below").display().to_string())
        };
        for (package, local, cached) in [
            ("a.b/m", Some(""), Some("")),
            ("a.b/m/a", Some("a"), Some("a")),
            ("a.b/m/none", None, None),
            ("a.b/m/missing", None, None),
            ("a.b/m/x.go", None, None),
            ("a.b/m/hidden", None, None),
            ("a.b/m/inner", None, None),
            ("a.b/m/inner/b", None, Some("inner/b")),
            ("a.b/m/folder", None, None),
            ("a.b/m/module", Some("module"), Some("module")),
            ("a.b/mm", None, None),
            ("a.b", None, None),
        ] {
            assert_eq!(find(Tree::Local, package).as_deref(), local, "{package}");
            assert_eq!(find(Tree::Cached, package).as_deref(), cached, "{package}");
        }
        // Afresh, hidden files count.
        change(&root.join("hidden/_x.go"), Duration::ZERO);
        assert_eq!(find(Tree::Local, "a.b/m/hidden").as_deref(), Some("hidden"));
        let vendored = find_package(&none(), &root, Tree::Vendored, "", "inner/b");
        assert_eq!(vendored.expect("read"), Some(root.join("inner/b")));
        symlink("nowhere", root.join("none/y.go")).expect("a link");
        find_package(&none(), &root, Tree::Local, "a.b/m", "a.b/m/none").expect_err("no file");
        symlink("x.txt", root.join("none/z.go")).expect("a link");
        assert_eq!(find(Tree::Local, "a.b/m/none").as_deref(), Some("none"));
    }

    fn folders(overlay: Overlay) -> Folders {
        Folders::new(overlay, linux(), None)
    }

    #[test]
    fn searching_a_module() {
        let go = "package p\n";
        let folder = folder(&[
            ("m/go.mod", ""),
            ("m/x.go", go),
            ("m/a/x.go", go),
            ("m/a/b/x_windows.go", go),
            ("m/a/none/x.txt", go),
            ("m/a/broken/x.go", "\0"),
            ("m/ab/x.go", go),
            ("m/_c/x.go", go),
            ("m/.c/x.go", go),
            ("m/testdata/x.go", go),
            ("m/vendor/x.go", go),
            ("m/vendor/d/x.go", go),
            ("m/skip/e/x.go", go),
            ("m/inner/go.mod", ""),
            ("m/inner/x.go", go),
        ]);
        let root = folder.path().join("m");
        symlink("a", root.join("link")).expect("a link");
        let ignored = Ignored::new(["./skip"]);
        let search = |tree, prefix, pattern, tags: &Tags| {
            let at = ModuleFolder { root: root.as_path().into(), tree, hash: None };
            let search = Search { at: &at, prefix, pattern, ignored: &ignored, tags };
            search.run(&folders(none()), &mut HashSet::new(), 2)
        };
        let any = Tags::any();
        for (tree, prefix, pattern, tags, want) in [
            (Tree::Local, "m", "m/...", &any, "m m/a m/a/b m/a/broken m/ab m/vendor"),
            (Tree::Local, "m", "all", &any, "m m/a m/a/b m/a/broken m/ab m/vendor"),
            (Tree::Local, "m", "m/...", &linux(), "m m/a m/a/broken m/ab m/vendor"),
            (Tree::Local, "m", "m/a...", &any, "m/a m/a/b m/a/broken m/ab"),
            (Tree::Local, "m", "m/a/...", &any, "m/a m/a/b m/a/broken"),
            (Tree::Local, "m", "n/...", &any, ""),
            (Tree::Cached, "m", "...", &any, "m m/a m/a/b m/a/broken m/ab m/inner m/vendor"),
            (Tree::Vendored, "", "...", &any, "a a/b a/broken ab inner vendor"),
            (Tree::Vendored, "", "vendor/...", &any, "vendor vendor/d"),
        ] {
            let found = search(tree, prefix, pattern, tags);
            assert_eq!(found.packages.join(" "), want, "{tree:?} {pattern}");
            assert!(found.failures.is_empty());
            let is_linked = ["m/...", "..."].contains(&pattern);
            assert_eq!(found.links, Vec::from_iter(is_linked.then(|| root.join("link"))));
        }
        let missing = Search {
            at: &ModuleFolder::local(&root.join("x")),
            prefix: "m",
            pattern: "...",
            ignored: &ignored,
            tags: &any,
        };
        assert_eq!(missing.run(&folders(none()), &mut HashSet::new(), 1).failures.len(), 1);
        let mut visited = HashSet::from(["m/a".to_owned()]);
        let search = Search { at: &ModuleFolder::local(&root), ..missing };
        let found = search.run(&folders(none()), &mut visited, 1);
        assert!(!found.packages.contains(&"m/a".to_owned()));
    }

    #[test]
    fn an_overlay_adds_and_takes_away() {
        let folder = folder(&[
            ("m/go.mod", ""),
            ("m/x.go", "package p\nimport \"x\"\n"),
            ("m/gone/x.go", "package p\n"),
            ("new.go", "package p\nimport \"new\"\n"),
        ]);
        let root = folder.path().join("m");
        let text = r#"{"Replace": {"m/x.go": "new.go", "m/gone/x.go": "", "m/made/a/y.go": "new.go",
            "m/made/a/go.mod": "new.go"}}"#;
        fs::write(folder.path().join("overlay.json"), text).expect("written");
        let overlay = Overlay::read(Path::new("overlay.json"), folder.path()).expect("read");
        for (package, want) in [("", Some("new")), ("gone", None), ("made/a", Some("new"))] {
            let found = scan(&overlay, &root.join(package), Tree::Local, &Tags::any());
            assert_eq!(
                found.ok().map(|found| found.imports.join(" ")).as_deref(),
                want,
                "{package}"
            );
        }
        let find = |tree, package| find_package(&overlay, &root, tree, "m", package).expect("read");
        assert_eq!(find(Tree::Local, "m/gone"), None);
        assert_eq!(find(Tree::Local, "m/made/a"), None, "another module");
        assert_eq!(find(Tree::Vendored, "m/made/a"), Some(root.join("made/a")));
        let search = Search {
            at: &ModuleFolder { tree: Tree::Vendored, ..ModuleFolder::local(&root) },
            prefix: "m",
            pattern: "...",
            ignored: &Ignored::default(),
            tags: &Tags::any(),
        };
        let found = search.run(&folders(overlay), &mut HashSet::new(), 2);
        assert_eq!(found.packages, ["m", "m/made/a"]);
        assert!(found.failures.is_empty());
    }
}
