//! The vendor folder of the main module: what it holds, what it should hold, and how it is made.

pub mod embed;
pub mod plan;
pub mod staging;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::spec::ModulePath;

use super::spread::spread;
use super::{Context as _, DiskError};

use plan::{Choice, Plan, PlanError};
use staging::Staging;

/// The file that says which modules the packages are from.
const MODULES: &str = "modules.txt";
/// The actions of errors with a vendor folder end so: none of them is about the module cache.
pub(super) const NOUN: &str = "vendor folder";
const CREATING: &str = "creating in vendor folder";
const WRITING: &str = "writing to vendor folder";

/// Whether the main module has one.
pub fn exists(root: &Path) -> bool {
    root.join("vendor").is_dir()
}

/// What `vendor/modules.txt` says; `None` where there is none.
///
/// # Errors
/// It cannot be read.
pub fn modules_text(root: &Path) -> Result<Option<String>, DiskError> {
    let file = root.join("vendor").join(MODULES);
    match fs::read(&file) {
        Ok(data) => Ok(Some(String::from_utf8_lossy(&data).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).context("reading", &file),
    }
}

/// A module with packages in the vendor folder, and where its own files lie.
#[derive(Clone, Debug)]
pub struct Vendored {
    /// The module path.
    pub path: ModulePath,
    /// The import paths of its packages in the folder.
    pub packages: Vec<String>,
    /// Its own files, or those of what replaces it.
    pub folder: PathBuf,
}

/// How the vendored files of a module compare with what vendoring takes of it. Names are
/// relative to the vendor folder.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Compared {
    /// How many files are the same.
    pub same: usize,
    /// Other content.
    pub changed: Vec<String>,
    /// Files that vendoring does not take.
    pub added: Vec<String>,
    /// Files that it takes, and that are not there.
    pub missing: Vec<String>,
    /// The packages of which it is not known what they embed, and why.
    pub failures: Vec<String>,
}

/// Compares every file of the vendor folder with the module that it is from, on so many threads:
/// one answer for each module, in order, and the files that belong to none of them. Folders
/// without Go files may be there or not; see [`Choice::includes_non_go`].
///
/// # Errors
/// A file or folder cannot be read.
pub fn compare(
    root: &Path,
    modules: &[Vendored],
    choice: &Choice,
    threads: usize,
) -> Result<(Vec<Compared>, Vec<String>), PlanError> {
    let vendor = root.join("vendor");
    let with = |includes_non_go| Choice { includes_non_go, ..choice.clone() };
    let (needed, allowed) =
        (with(false).plan(modules, threads)?, with(true).plan(modules, threads)?);
    let mut owners: HashMap<&str, usize> = HashMap::new();
    for (index, module) in modules.iter().enumerate() {
        owners.entry(module.path.as_str()).or_insert(index);
        owners.extend(module.packages.iter().map(|package| (package.as_str(), index)));
    }
    // What lies below a package and is none itself was embedded by it.
    let owner = |name: &str| {
        std::iter::successors(Some(name), |folder| Some(&folder[..folder.rfind('/')?]))
            .find_map(|folder| owners.get(folder).copied())
    };
    let mut compared = vec![Compared::default(); modules.len()];
    let mut strays = Vec::new();
    let mut found = files_below(&vendor)?;
    found.remove(Path::new(MODULES));
    let there: Vec<(&PathBuf, &PathBuf)> = found.iter().collect();
    let are_same = spread(&there, BATCH, threads, || {
        |(place, path)| {
            let source = allowed.files.get(*place);
            source.map(|source| is_copy(path, source)).transpose()
        }
    })?;
    for ((place, _), is_same) in there.iter().zip(are_same) {
        let name = place.to_string_lossy().into_owned();
        match (owner(&name), is_same) {
            (None, _) => strays.push(name),
            (Some(owner), None) => compared[owner].added.push(name),
            (Some(owner), Some(false)) => compared[owner].changed.push(name),
            (Some(owner), Some(true)) => compared[owner].same += 1,
        }
    }
    for place in needed.files.keys().filter(|place| !found.contains_key(*place)) {
        let name = place.to_string_lossy().into_owned();
        if let Some(owner) = owner(&name) {
            compared[owner].missing.push(name);
        }
    }
    for failure in needed.failures {
        if let Some(owner) = owner(&failure.package) {
            compared[owner].failures.push(failure.to_string());
        }
    }
    Ok((compared, strays))
}

/// Every file below a folder, links among them, by its path from there.
fn files_below(folder: &Path) -> Result<BTreeMap<PathBuf, PathBuf>, DiskError> {
    let mut files = BTreeMap::new();
    let mut folders = vec![(PathBuf::new(), folder.to_owned())];
    while let Some((prefix, folder)) = folders.pop() {
        for entry in fs::read_dir(&folder).context("reading", &folder)? {
            let entry = entry.context("reading", &folder)?;
            let place = prefix.join(entry.file_name());
            match entry.file_type().context("reading", &entry.path())?.is_dir() {
                true => folders.push((place, entry.path())),
                false => drop(files.insert(place, entry.path())),
            }
        }
    }
    Ok(files)
}

/// How many files a thread takes at a time.
const BATCH: usize = 32;

/// Makes a vendor folder as planned, with this modules.txt, on so many threads. It lies beside
/// the target until it is published.
///
/// # Errors
/// A file cannot be read or written.
pub fn make(target: &Path, plan: &Plan, text: &str, threads: usize) -> Result<Staging, DiskError> {
    let staging = Staging::new(target)?;
    let root = staging.folder();
    let mut folders: BTreeSet<&Path> = BTreeSet::new();
    let parents = plan.files.keys().filter_map(|file| file.parent());
    for folder in plan.folders.iter().map(PathBuf::as_path).chain(parents) {
        let new = folder.ancestors().take_while(|folder| !folder.as_os_str().is_empty());
        for folder in new {
            if !folders.insert(folder) {
                break;
            }
        }
    }
    for folder in folders {
        let folder = root.join(folder);
        fs::create_dir(&folder).context(CREATING, &folder)?;
    }
    let files: Vec<(&PathBuf, &PathBuf)> = plan.files.iter().collect();
    spread(&files, BATCH, threads, || {
        let mut buffer = Vec::new();
        move |(place, source)| copy(source, &root.join(place), &mut buffer)
    })?;
    let list = root.join(MODULES);
    fs::write(&list, text).context(WRITING, &list)?;
    Ok(staging)
}

/// Copies what a file holds into a new one, with the mode that new files have.
fn copy(source: &Path, place: &Path, buffer: &mut Vec<u8>) -> Result<(), DiskError> {
    /// What is longer goes from file to file: the system may share its blocks.
    const AT_ONCE: u64 = 128 << 10;
    let mut from = File::open(source).context("reading", source)?;
    let mut to =
        OpenOptions::new().write(true).create_new(true).open(place).context(WRITING, place)?;
    if from.metadata().context("reading", source)?.len() > AT_ONCE {
        return io::copy(&mut from, &mut to).map(drop).context(WRITING, place);
    }
    buffer.clear();
    from.read_to_end(buffer).context("reading", source)?;
    to.write_all(buffer).context(WRITING, place)
}

/// Something in which a vendor folder differs from what it should be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The file, from the vendor folder; nothing for the folder itself.
    pub place: PathBuf,
    /// What is the matter with it.
    pub kind: DifferenceKind,
}

/// How something differs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DifferenceKind {
    /// It should be there.
    Missing,
    /// It should hold something else.
    Changed,
    /// It should not be there.
    Added,
}

impl fmt::Display for DifferenceKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Missing => "missing",
            Self::Changed => "changed",
            Self::Added => "added",
        })
    }
}

/// Compares a vendor folder with what is planned, on so many threads: each file that differs,
/// in the order of their names. Modes and empty folders do not count, which no repository keeps.
///
/// # Errors
/// Something cannot be read.
pub fn differences(
    target: &Path,
    plan: &Plan,
    text: &str,
    threads: usize,
) -> Result<Vec<Difference>, DiskError> {
    let is_wanted = !text.is_empty();
    if fs::metadata(target).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        let missing = Difference { place: PathBuf::new(), kind: DifferenceKind::Missing };
        return Ok(Vec::from_iter(is_wanted.then_some(missing)));
    }
    let mut found = files_below(target)?;
    let list = found.remove(Path::new(MODULES));
    let of_list = match list {
        None => is_wanted.then_some(DifferenceKind::Missing),
        Some(_) if !is_wanted => Some(DifferenceKind::Added),
        Some(path) => {
            let is_same = fs::read(&path).context("reading", &path)? == text.as_bytes();
            (!is_same).then_some(DifferenceKind::Changed)
        }
    };
    let planned: Vec<(&PathBuf, &PathBuf)> = plan.files.iter().collect();
    let kinds = spread(&planned, BATCH, threads, || {
        |(place, source)| match found.get(*place) {
            None => Ok(Some(DifferenceKind::Missing)),
            Some(path) => Ok((!is_copy(path, source)?).then_some(DifferenceKind::Changed)),
        }
    })?;
    let planned = planned.iter().zip(kinds).map(|((place, _), kind)| ((*place).clone(), kind));
    let added = found.keys().filter(|place| !plan.files.contains_key(*place));
    let added = added.map(|place| (place.clone(), Some(DifferenceKind::Added)));
    let all = planned.chain(added).chain([(PathBuf::from(MODULES), of_list)]);
    let mut all: Vec<Difference> =
        all.filter_map(|(place, kind)| Some(Difference { place, kind: kind? })).collect();
    all.sort_by(|a, b| a.place.cmp(&b.place));
    Ok(all)
}

/// Whether a regular file holds what another does.
fn is_copy(file: &Path, source: &Path) -> Result<bool, DiskError> {
    let found = fs::symlink_metadata(file).context("reading", file)?;
    let wanted = fs::metadata(source).context("reading", source)?;
    Ok(found.is_file()
        && found.len() == wanted.len()
        && fs::read(file).context("reading", file)?
            == fs::read(source).context("reading", source)?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::config::Overlay;
    use crate::spec::modfile::{ModFile, Mode};
    use crate::spec::vendor::Rules;
    use crate::spec::vendor::Stated;

    #[test]
    fn files_are_compared_with_the_module_that_they_are_from() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            fs::write(path, text).expect("written");
        };
        let go = "package p\n";
        for file in ["a.go", "p/b.go", "p/gone.go", "p/data/x.txt", "p/only_test.go"] {
            write(&format!("mod/a/{file}"), go);
        }
        write("mod/a/p/never.go", "//go:build ignore\n\npackage p\n");
        write("mod/a/p/include/x.h", "");
        write("mod/a/p/include/y.h", "");
        symlink("b.go", folder.path().join("mod/a/p/link.go")).expect("a link");
        write("mod/ab/c.go", go);
        for file in ["a/x.txt", "a/p/b.go", "a/p/data/x.txt", "a/p/new.go", "stray/x.go"] {
            write(&format!("main/vendor/example.com/{file}"), go);
        }
        write("main/vendor/example.com/a/p/include/x.h", "");
        write("main/vendor/example.com/a/b/c.go", "package other\n");
        write("main/vendor/modules.txt", "");
        let module = |path: &str, packages: &[&str], own: &str| Vendored {
            path: ModulePath::new(path),
            packages: packages.iter().map(|package| (*package).to_owned()).collect(),
            folder: folder.path().join(own),
        };
        let modules = [
            module("example.com/a", &["example.com/a/p"], "mod/a"),
            module("example.com/a/b", &["example.com/a/b"], "mod/ab"),
        ];
        let file = ModFile::parse("go.mod", b"module m\n\ngo 1.26\n", Mode::Strict, None);
        let choice = Choice {
            rules: Rules::of(&Stated::of_module(&file.expect("a go.mod file"), "go.mod")),
            cgo: true,
            includes_non_go: false,
            overlay: Overlay::default(),
        };
        let main = folder.path().join("main");
        let (found, strays) = compare(&main, &modules, &choice, 2).expect("compared");
        let names = |names: &[&str]| -> Vec<String> {
            names.iter().map(|name| format!("example.com/{name}")).collect()
        };
        let first = Compared {
            same: 3,
            added: names(&["a/p/new.go", "a/x.txt"]),
            missing: names(&["a/p/gone.go"]),
            ..Compared::default()
        };
        let second = Compared { changed: names(&["a/b/c.go"]), ..Compared::default() };
        assert_eq!(found, [first, second]);
        assert_eq!(strays, names(&["stray/x.go"]));
    }
}
