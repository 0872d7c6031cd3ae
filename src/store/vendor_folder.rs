//! The vendor folder of the main module, as far as it is read.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::spec::ModulePath;
use crate::spec::source::{Header, Tags};

use super::{Context as _, DiskError};

/// Whether the main module has one.
pub fn exists(root: &Path) -> bool {
    root.join("vendor").is_dir()
}

/// What `vendor/modules.txt` says; `None` where there is none.
///
/// # Errors
/// It cannot be read.
pub fn modules_text(root: &Path) -> Result<Option<String>, DiskError> {
    let file = root.join("vendor").join("modules.txt");
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

/// How the vendored files of a module compare with its own. Names are relative to the vendor
/// folder.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Compared {
    /// How many files are the same.
    pub same: usize,
    /// Other content.
    pub changed: Vec<String>,
    /// Files that the module does not have.
    pub added: Vec<String>,
    /// Go files of its packages that are not there.
    pub missing: Vec<String>,
}

/// Compares every file of the vendor folder with the module that it is from: one answer for
/// each module, in order, and the files that belong to none of them.
///
/// # Errors
/// A file or folder cannot be read.
pub fn compare(
    root: &Path,
    modules: &[Vendored],
) -> Result<(Vec<Compared>, Vec<String>), DiskError> {
    let vendor = root.join("vendor");
    let mut owners: HashMap<&str, usize> = HashMap::new();
    for (index, module) in modules.iter().enumerate() {
        owners.entry(module.path.as_str()).or_insert(index);
        owners.extend(module.packages.iter().map(|package| (package.as_str(), index)));
    }
    let mut compared = vec![Compared::default(); modules.len()];
    let mut strays = Vec::new();
    for (name, path) in files_below(&vendor)? {
        if name == "modules.txt" {
            continue;
        }
        // What lies below a package and is none itself was embedded by it.
        let folders = std::iter::successors(name.rfind('/').map(|end| &name[..end]), |folder| {
            folder.rfind('/').map(|end| &folder[..end])
        });
        let owner = folders.into_iter().find_map(|folder| owners.get(folder).copied());
        let Some(owner) = owner else {
            strays.push(name);
            continue;
        };
        let (module, found) = (&modules[owner], &mut compared[owner]);
        let below = name.strip_prefix(module.path.as_str()).unwrap_or_default();
        let own = module.folder.join(below.trim_start_matches('/'));
        if !own.is_file() {
            found.added.push(name);
        } else if fs::read(&path).context("reading", &path)?
            == fs::read(&own).context("reading", &own)?
        {
            found.same += 1;
        } else {
            found.changed.push(name);
        }
    }
    for (module, found) in modules.iter().zip(&mut compared) {
        for package in &module.packages {
            let below = package.strip_prefix(module.path.as_str()).unwrap_or_default();
            let own = module.folder.join(below.trim_start_matches('/'));
            for file in vendored_sources(&own)? {
                if !vendor.join(package).join(&file).is_file() {
                    found.missing.push(format!("{package}/{file}"));
                }
            }
        }
    }
    Ok((compared, strays))
}

/// Every file below a folder by its name from there, between slashes.
fn files_below(folder: &Path) -> Result<BTreeMap<String, PathBuf>, DiskError> {
    let mut files = BTreeMap::new();
    let mut folders = vec![(String::new(), folder.to_owned())];
    while let Some((prefix, folder)) = folders.pop() {
        for entry in fs::read_dir(&folder).context("reading", &folder)? {
            let entry = entry.context("reading", &folder)?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            match entry.file_type().context("reading", &entry.path())?.is_dir() {
                true => folders.push((format!("{name}/"), entry.path())),
                false => drop(files.insert(name, entry.path())),
            }
        }
    }
    Ok(files)
}

/// The Go files of a package that vendoring copies: no tests, and none that are built nowhere.
/// Source: vendorPkg and matchPotentialSourceFile in cmd/go/internal/modcmd/vendor.go.
fn vendored_sources(package: &Path) -> Result<Vec<String>, DiskError> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(package).context("reading", package)? {
        let entry = entry.context("reading", package)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.ends_with(".go") || name.ends_with("_test.go") || !entry.path().is_file() {
            continue;
        }
        let content = fs::read(entry.path()).context("reading", &entry.path())?;
        let constraint = Header::of_file(&content).constraint();
        if constraint.is_ok_and(|constraint| constraint.holds(&Tags::any())) {
            sources.push(name);
        }
    }
    sources.sort();
    Ok(sources)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        write("mod/ab/c.go", go);
        for file in ["a/LICENSE", "a/p/b.go", "a/p/data/x.txt", "a/p/new.go", "stray/x.go"] {
            write(&format!("main/vendor/example.com/{file}"), go);
        }
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
        let (found, strays) = compare(&folder.path().join("main"), &modules).expect("compared");
        let names = |names: &[&str]| -> Vec<String> {
            names.iter().map(|name| format!("example.com/{name}")).collect()
        };
        let first = Compared {
            same: 2,
            changed: Vec::new(),
            added: names(&["a/LICENSE", "a/p/new.go"]),
            missing: names(&["a/p/gone.go"]),
        };
        let second = Compared { changed: names(&["a/b/c.go"]), ..Compared::default() };
        assert_eq!(found, [first, second]);
        assert_eq!(strays, names(&["stray/x.go"]));
    }
}
