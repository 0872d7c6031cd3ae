//! A folder of Go sources, looked at but not written: what `init` finds in it, and modules
//! that `work use -r` finds below it.

use std::fs;
use std::path::{Path, PathBuf};

use super::words;

/// What an entry of a folder is; a symbolic link is neither a file nor a folder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// Anything else.
    Other,
}

/// An entry of a folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Its path: the folder's, and the name.
    pub path: PathBuf,
    /// What it is.
    pub kind: Kind,
}

impl Entry {
    /// The name alone; U+FFFD stands for what is not UTF-8.
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// What the system refuses to tell, in go's words.
#[derive(Debug, thiserror::Error)]
#[error("{action} {}: {}", path.display(), words(source))]
pub struct Unreadable {
    /// What was tried: `open` or `stat`.
    pub action: &'static str,
    /// The file or folder.
    pub path: PathBuf,
    /// What the system answered.
    pub source: std::io::Error,
}

impl Unreadable {
    fn because(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self { action, path, source }
    }
}

/// The entries of a folder by name; none where it cannot be read, as for `go mod init`,
/// which only looks for hints.
pub fn entries(folder: &Path) -> Vec<Entry> {
    list(folder).unwrap_or_default()
}

/// The entries of a folder by name.
///
/// # Errors
/// The folder cannot be read.
pub fn list(folder: &Path) -> Result<Vec<Entry>, Unreadable> {
    let entry = |entry: fs::DirEntry| {
        let kind = match entry.file_type() {
            Ok(found) if found.is_file() => Kind::File,
            Ok(found) if found.is_dir() => Kind::Folder,
            _ => Kind::Other,
        };
        Entry { path: entry.path(), kind }
    };
    let read = fs::read_dir(folder).and_then(|entries| {
        entries.map(|found| found.map(entry)).collect::<std::io::Result<Vec<Entry>>>()
    });
    let mut found = read.map_err(Unreadable::because("open", folder))?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// Whether this leads to a folder.
pub fn is_folder(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

/// What a path leads to, by way of symbolic links; `None` where that does not exist.
///
/// # Errors
/// It cannot be told.
pub fn kind(path: &Path) -> Result<Option<Kind>, Unreadable> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(Some(Kind::File)),
        Ok(found) if found.is_dir() => Ok(Some(Kind::Folder)),
        Ok(_) => Ok(Some(Kind::Other)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Unreadable::because("stat", path)(error)),
    }
}

/// The content of a source file; `None` where it cannot be read.
pub fn read(file: &Path) -> Option<Vec<u8>> {
    fs::read(file).ok()
}

/// Whether this leads to something that is no folder.
pub fn is_file(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_dir())
}

/// Whether something has this name; a symbolic link that leads nowhere does not count.
pub fn exists(path: &Path) -> bool {
    fs::metadata(path).is_ok()
}

/// The path of `path` below `folder`, by their names or by where symbolic links lead;
/// `None` where it does not lie there. Source: `search.InDir`.
pub fn below(path: &Path, folder: &Path) -> Option<PathBuf> {
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folders = [folder.to_owned(), real(folder)];
    let paths = [path.to_owned(), real(path)];
    let mut pairs = folders.iter().flat_map(|folder| paths.iter().map(move |path| (path, folder)));
    pairs.find_map(|(path, folder)| path.strip_prefix(folder).ok()).map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_sorted_and_typed() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("b.go"), "").expect("written");
        fs::create_dir(folder.path().join("a")).expect("made");
        std::os::unix::fs::symlink("b.go", folder.path().join("c.go")).expect("linked");
        let found: Vec<_> =
            entries(folder.path()).iter().map(|entry| (entry.name(), entry.kind)).collect();
        let want = [("a", Kind::Folder), ("b.go", Kind::File), ("c.go", Kind::Other)];
        assert_eq!(found, want.map(|(name, kind)| (name.to_owned(), kind)));
        assert!(entries(&folder.path().join("none")).is_empty());
    }

    #[test]
    fn links_lead_below() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("a path without links");
        fs::create_dir_all(root.join("real/a/b")).expect("made");
        std::os::unix::fs::symlink("real", root.join("link")).expect("linked");
        let (real, link) = (root.join("real"), root.join("link"));
        for (path, folder, want) in [
            (real.join("a/b"), &real, Some("a/b")),
            (link.join("a/b"), &real, Some("a/b")),
            (real.join("a"), &link, Some("a")),
            (real.clone(), &link, Some("")),
            (root.clone(), &real, None),
            (root.join("really"), &real, None),
        ] {
            assert_eq!(below(&path, folder).as_deref(), want.map(Path::new), "{path:?} {folder:?}");
        }
    }
}
