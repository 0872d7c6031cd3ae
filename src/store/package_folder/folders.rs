//! Folders of packages that have been looked at.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use foldhash::HashMap;

use crate::config::Overlay;
use crate::spec::source::Tags;
use crate::spec::sums::H1;
use crate::store::DiskError;

use super::index::Indexes;
use super::{Entry, Imports, ScanError, Tree, are_sources, list, place, scan, scan_entries};

/// Where the files of a module lie.
#[derive(Clone, Debug)]
pub struct ModuleFolder {
    /// Its root.
    pub root: Arc<Path>,
    /// What kind of tree it is the root of.
    pub tree: Tree,
    /// Of a module in the cache the hash of its zip.
    pub hash: Option<H1>,
}

impl ModuleFolder {
    /// A module outside the cache.
    pub fn local(root: &Path) -> Self {
        Self { root: root.into(), tree: Tree::Local, hash: None }
    }

    /// A module in the cache, by the hash of its zip.
    pub fn cached(root: PathBuf, hash: H1) -> Self {
        Self { root: root.into(), tree: Tree::Cached, hash: Some(hash) }
    }
}

/// Folders of packages that have been looked at in this run, and what was seen: each is listed
/// once, and each of its files read once, for both sets of tags. Of modules in the cache what
/// an earlier run has seen is kept.
#[derive(Debug)]
pub struct Folders {
    overlay: Overlay,
    any: Tags,
    built: Tags,
    /// By the path as it is spelled: it is looked up for every import, and comparing one by its
    /// elements takes long.
    seen: Mutex<HashMap<OsString, Arc<Folder>>>,
    /// Whether a folder of a local tree is the root of a module.
    roots: Mutex<HashMap<OsString, bool>>,
    indexes: Indexes,
}

/// A folder that may be a package.
#[derive(Debug)]
pub struct Folder {
    /// Where it lies.
    pub path: PathBuf,
    /// Whether it has Go files, whatever they say.
    has_sources: bool,
    any: Scanned,
    built: OnceLock<Scanned>,
}

type Scanned = Result<Imports, Arc<ScanError>>;

impl Folder {
    /// What its files import: of those that are built anywhere, or here. Where only the first
    /// is known, the files are read for the second.
    ///
    /// # Errors
    /// No file is built, or one cannot be read.
    pub fn imports(&self, tags: &Tags) -> Result<&Imports, Arc<ScanError>> {
        let imports = if tags.are_any() { &self.any } else { self.built(tags) };
        imports.as_ref().map_err(Arc::clone)
    }

    fn built(&self, tags: &Tags) -> &Scanned {
        // What was read in earlier runs is of the cache, where nothing stands in for files.
        let scan = || scan(&Overlay::default(), &self.path, Tree::Cached, tags).map_err(Arc::new);
        self.built.get_or_init(scan)
    }
}

impl Folders {
    /// Folders with what stands in for files of theirs, the tags of a build here, and the
    /// folder where what cached modules import is kept, if it is.
    pub fn new(overlay: Overlay, built: Tags, kept: Option<PathBuf>) -> Self {
        let (seen, roots) = (Mutex::default(), Mutex::default());
        let indexes = Indexes::new(kept.filter(|_| overlay.is_empty()));
        Self { overlay, any: Tags::any(), built, seen, roots, indexes }
    }

    /// The folder of a package, where a module has it; see [`super::find_package`]. What its
    /// files import that are built here can be had without waiting where `builds` is set.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn find(
        &self,
        at: &ModuleFolder,
        module: &str,
        package: &str,
        builds: bool,
    ) -> Result<Option<Arc<Folder>>, DiskError> {
        let Some(path) = place(&at.root, module, package) else { return Ok(None) };
        if at.tree == Tree::Local {
            let mut between = path.ancestors().take_while(|folder| **folder != *at.root);
            if between.any(|folder| self.is_module(folder)) {
                return Ok(None);
            }
        }
        if let Some(hash) = &at.hash {
            self.indexes.read(hash);
        }
        let folder = match self.known_folder(&path, at) {
            Some(folder) => folder,
            None => {
                let entries = list(&self.overlay, &path)?.unwrap_or_default();
                self.look(&path, at, &entries)?
            }
        };
        if builds && folder.has_sources {
            folder.built(&self.built);
        }
        Ok(folder.has_sources.then_some(folder))
    }

    /// The same where nothing has to be read for it; `None` where something has.
    pub fn known(
        &self,
        at: &ModuleFolder,
        module: &str,
        package: &str,
        builds: bool,
    ) -> Option<Option<Arc<Folder>>> {
        let Some(path) = place(&at.root, module, package) else { return Some(None) };
        if at.tree == Tree::Local {
            let roots = self.roots();
            let between = path.ancestors().take_while(|folder| **folder != *at.root);
            for folder in between {
                if *roots.get(folder.as_os_str())? {
                    return Some(None);
                }
            }
        }
        let folder = self.known_folder(&path, at)?;
        let is_known = !builds || !folder.has_sources || folder.built.get().is_some();
        is_known.then(|| folder.has_sources.then_some(folder))
    }

    /// Whether a folder of a module, which holds this, is a package: files in it are built with
    /// these tags, or cannot be read.
    pub(super) fn is_package(
        &self,
        at: &ModuleFolder,
        path: &Path,
        entries: &[Entry],
        tags: &Tags,
    ) -> bool {
        if let Some(hash) = &at.hash {
            self.indexes.read(hash);
        }
        let folder = self.known_folder(path, at).map_or_else(|| self.look(path, at, entries), Ok);
        // A link that leads nowhere does not make a package, but forbids to say that it is none.
        let is_none = match folder {
            Ok(folder) => folder.imports(tags).is_err_and(|e| matches!(*e, ScanError::NoGo)),
            Err(_) => matches!(scan(&self.overlay, path, at.tree, tags), Err(ScanError::NoGo)),
        };
        !is_none
    }

    /// What stands in for files.
    pub fn overlay(&self) -> &Overlay {
        &self.overlay
    }

    /// Keeps what was seen of modules in the cache, for later runs.
    pub fn keep(&self) {
        self.indexes.write();
    }

    fn roots(&self) -> MutexGuard<'_, HashMap<OsString, bool>> {
        // A panic elsewhere leaves the map whole: each change is one insertion.
        self.roots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<OsString, Arc<Folder>>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, folder: &Arc<Folder>) {
        self.seen().insert(folder.path.clone().into(), folder.clone());
    }

    fn is_module(&self, folder: &Path) -> bool {
        if let Some(is_module) = self.roots().get(folder.as_os_str()) {
            return *is_module;
        }
        let is_module = self.overlay.is_file(&folder.join("go.mod"));
        self.roots().insert(folder.into(), is_module);
        is_module
    }

    /// A folder that was seen in this run or an earlier one.
    fn known_folder(&self, path: &Path, at: &ModuleFolder) -> Option<Arc<Folder>> {
        if let Some(folder) = self.seen().get(path.as_os_str()) {
            return Some(folder.clone());
        }
        let imports = self.indexes.known(at.hash.as_ref()?, relative(path, at)?)?;
        let any = imports.ok_or_else(|| Arc::new(ScanError::NoGo));
        let path = path.to_owned();
        let folder = Arc::new(Folder { path, has_sources: true, any, built: OnceLock::new() });
        self.remember(&folder);
        Some(folder)
    }

    fn look(
        &self,
        path: &Path,
        at: &ModuleFolder,
        entries: &[Entry],
    ) -> Result<Arc<Folder>, DiskError> {
        let has_sources = are_sources(entries, at.tree)?;
        let (any, built) = if has_sources {
            let tags = [&self.any, &self.built];
            let [any, built] = scan_entries(entries, path, at.tree, tags);
            (any.map_err(Arc::new), built.map_err(Arc::new))
        } else {
            let nothing = || Err(Arc::new(ScanError::NoGo));
            (nothing(), nothing())
        };
        if let (true, Some(hash), Some(folder)) = (has_sources, &at.hash, relative(path, at)) {
            match &any {
                Ok(imports) => self.indexes.add(hash, folder, Some(imports)),
                Err(error) if matches!(**error, ScanError::NoGo) => {
                    self.indexes.add(hash, folder, None);
                }
                Err(_) => {}
            }
        }
        let path = path.to_owned();
        let folder = Arc::new(Folder { path, has_sources, any, built: built.into() });
        self.remember(&folder);
        Ok(folder)
    }
}

/// The place of a folder in its module, between slashes.
fn relative<'p>(path: &'p Path, at: &ModuleFolder) -> Option<&'p str> {
    path.strip_prefix(&at.root).ok()?.to_str()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn imports(folder: Option<Arc<Folder>>, tags: &Tags) -> Option<String> {
        let folder = folder.expect("a package");
        folder.imports(tags).ok().map(|imports| imports.imports.join(" "))
    }

    #[test]
    fn what_cached_modules_import_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let (root, kept) = (folder.path().join("m"), folder.path().join("kept"));
        for (name, text) in [
            ("a/x.go", "package a\nimport \"x\"\n"),
            ("a/y_plan9.go", "package a\nimport \"y\"\n"),
            ("never/x.go", "//go:build ignore\n\npackage never\n"),
        ] {
            let file = root.join(name);
            fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            fs::write(file, text).expect("written");
        }
        let built = Tags::of(crate::spec::source::Platform {
            system: "linux",
            architecture: "amd64",
            cgo: true,
            release: 26,
            others: &[],
        });
        let at = ModuleFolder::cached(root.clone(), H1::of_go_mod(b"module m\n"));
        let folders = || Folders::new(Overlay::default(), built.clone(), Some(kept.clone()));
        let any = Tags::any();
        let first = folders();
        assert!(first.known(&at, "m", "m/a", false).is_none());
        let found = first.find(&at, "m", "m/a", false).expect("read");
        assert_eq!(imports(found, &any).as_deref(), Some("x y"));
        first.find(&at, "m", "m/never", false).expect("read");
        assert!(first.find(&at, "m", "m/none", false).expect("read").is_none());
        first.keep();

        // The files are read for a build only.
        fs::write(root.join("a/x.go"), "package a\nimport \"z\"\n").expect("written");
        let second = folders();
        let found = second.find(&at, "m", "m/a", false).expect("read");
        assert_eq!(imports(found.clone(), &any).as_deref(), Some("x y"));
        assert!(second.known(&at, "m", "m/a", false).is_some());
        assert!(second.known(&at, "m", "m/a", true).is_none());
        assert_eq!(imports(found, &built).as_deref(), Some("z"));
        assert!(second.known(&at, "m", "m/a", true).is_some());
        let never = second.find(&at, "m", "m/never", false).expect("read").expect("a package");
        assert!(never.imports(&any).is_err());

        // Another zip is another module, and what is damaged is not there.
        let other = ModuleFolder::cached(root.clone(), H1::of_go_mod(b"module n\n"));
        let found = second.find(&other, "m", "m/never", false).expect("read");
        assert!(found.is_some());
        for entry in walkdir::WalkDir::new(&kept).into_iter().flatten() {
            if entry.file_type().is_file() {
                fs::write(entry.path(), "{\"a\":").expect("written");
            }
        }
        let found = folders().find(&at, "m", "m/a", false).expect("read");
        assert_eq!(imports(found, &any).as_deref(), Some("y z"));
    }
}
