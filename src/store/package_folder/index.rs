//! What packages of cached modules import, kept from one run to the next: modules of the cache
//! do not change, and opening each of their files takes most of the time of a run that has
//! nothing to fetch. go keeps such an index in GOCACHE for the same reason (modindex).
//!
//! There is a file for each module, named after the hash of its zip, with the folders that some
//! run has looked at. It says what files import that are built anywhere, which depends on
//! nothing else. What cannot be read or written is not there.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::spec::sums::H1;
use crate::store::cache::write_small_file;
use crate::store::{Context as _, DiskError};

use super::Imports;

/// The imports of packages of cached modules, by module and folder.
#[derive(Debug)]
pub(super) struct Indexes {
    /// Where the files lie; `None` keeps nothing.
    folder: Option<PathBuf>,
    modules: Mutex<HashMap<H1, Index>>,
}

/// Those of one module.
#[derive(Debug, Default)]
struct Index {
    packages: Packages,
    is_changed: bool,
}

/// Folders relative to the module's, between slashes; nothing of those where no file is built.
type Packages = BTreeMap<String, Option<Entry>>;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry {
    #[serde(rename = "i", default, skip_serializing_if = "Vec::is_empty")]
    imports: Vec<String>,
    #[serde(rename = "t", default, skip_serializing_if = "Vec::is_empty")]
    test_imports: Vec<String>,
}

/// Removes everything that is kept there.
///
/// # Errors
/// Something cannot be removed.
pub fn remove(folder: &Path) -> Result<(), DiskError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).context("removing", folder)
        }
        _ => Ok(()),
    }
}

impl Indexes {
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, modules: Mutex::default() }
    }

    fn modules(&self) -> MutexGuard<'_, HashMap<H1, Index>> {
        // A panic elsewhere leaves the map whole: each change is one insertion.
        self.modules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a folder imports (nothing inside: no file of it is built), where that is known and
    /// the module's file has been read.
    pub(super) fn known(&self, module: &H1, folder: &str) -> Option<Option<Imports>> {
        let modules = self.modules();
        let entry = modules.get(module)?.packages.get(folder)?.clone();
        Some(entry.map(|Entry { imports, test_imports }| Imports { imports, test_imports }))
    }

    /// Reads the file of a module, where that has not been done.
    pub(super) fn read(&self, module: &H1) {
        if self.modules().contains_key(module) {
            return;
        }
        let Some(file) = self.file(module) else { return };
        let read = fs::read(file).ok().and_then(|data| serde_json::from_slice(&data).ok());
        let packages: Packages = read.unwrap_or_default();
        self.modules().entry(*module).or_insert(Index { packages, is_changed: false });
    }

    /// Remembers what a folder imports.
    pub(super) fn add(&self, module: &H1, folder: &str, imports: Option<&Imports>) {
        if self.folder.is_none() {
            return;
        }
        let entry = imports.map(|Imports { imports, test_imports }| Entry {
            imports: imports.clone(),
            test_imports: test_imports.clone(),
        });
        let mut modules = self.modules();
        let index = modules.entry(*module).or_default();
        index.packages.insert(folder.to_owned(), entry);
        index.is_changed = true;
    }

    /// Writes the files of modules of which something new is known. Others that do so at the
    /// same time may win: then that is found out again.
    pub(super) fn write(&self) {
        if self.modules().values().any(|index| index.is_changed) {
            self.drop_other_versions();
        }
        for (module, index) in &mut *self.modules() {
            if !std::mem::take(&mut index.is_changed) {
                continue;
            }
            let Some(file) = self.file(module) else { return };
            let Ok(data) = serde_json::to_vec(&index.packages) else { continue };
            if write_small_file(&file, &data).is_err() {
                // The others would not be written either.
                return;
            }
        }
    }

    /// Drops what other versions of gomod have kept, before this one begins.
    fn drop_other_versions(&self) {
        let Some(folder) = self.folder.as_ref().filter(|folder| !folder.exists()) else { return };
        let Some(others) = folder.parent().and_then(|parent| fs::read_dir(parent).ok()) else {
            return;
        };
        for other in others.flatten() {
            if other.file_name().as_encoded_bytes().starts_with(b"imports-") {
                // Whoever uses it does without.
                let _ = fs::remove_dir_all(other.path());
            }
        }
    }

    fn file(&self, module: &H1) -> Option<PathBuf> {
        let name: String = module.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        Some(self.folder.as_ref()?.join(&name[..2]).join(name))
    }
}
