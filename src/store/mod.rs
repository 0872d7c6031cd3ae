//! Layer 2: the disk. The module cache that gomod shares with a running go, and the
//! main module's own files. Knows no network.
//!
//! ```text
//! GOMODCACHE/
//!   PATH@VERSION/                     an extracted module, read-only
//!   cache/lock                        side lock around edits of go.mod and go.sum
//!   cache/download/PATH/@v/
//!     list                            versions with a .mod file here, edited in place
//!     VERSION.info  VERSION.mod       as the proxy served them
//!     VERSION.zip   VERSION.ziphash   the zip, and its h1 hash without a newline
//!     VERSION.lock                    held while zip and folder are made
//!     VERSION.partial                 the folder beside is incomplete
//!   cache/download/sumdb/NAME/        records and tiles of the checksum database
//!   cache/vcs/HASH                    a repository under version control; HASH.info beside it
//!                                     says which, HASH.lock is held while it changes
//!   cache/gomod/undo/                 gomod's own, during an edit: copies that undo a torn one
//!   cache/gomod/temporary-<digits>/   gomod's own, during a run: see [`temporary_folder`]
//! GOPATH/pkg/sumdb/NAME/latest        the newest signed tree seen
//! ```
//!
//! Beside a vendor folder lies `.vendor.gomod-new-<digits>` while a new one is made.
//!
//! PATH and VERSION are escaped. Source: ref/mod#module-cache,
//! cmd/go/internal/modfetch/cache.go.
#![allow(clippy::disallowed_methods, reason = "this layer is the one user of the file system")]

pub mod archive;
pub mod cache;
pub mod descriptors;
pub mod env_file;
pub mod integrity;
pub mod inventory;
pub mod last_use;
pub mod lock;
pub mod main_module;
pub mod module_folder;
pub mod package_folder;
pub mod processes;
pub mod removal;
pub mod repository_folder;
pub mod source_folder;
mod spread;
mod stored_zip;
pub mod sumdb_files;
pub mod temporary_folder;
pub mod unzip;
pub mod vendor_folder;
pub mod waiting;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use spread::threads;

/// An operation on the disk that failed, with the path and what to try.
#[derive(Debug, thiserror::Error)]
#[error("{action} {}: {source}{}", path.display(), advice(action, path, source))]
pub struct DiskError {
    /// What was tried: `creating`, `reading`, `writing`, `renaming`, `locking`…
    pub action: &'static str,
    /// The file or folder.
    pub path: PathBuf,
    /// What the system answered.
    pub source: io::Error,
}

impl DiskError {
    /// The failure to read a file in go's words, under the name that the file is to have there.
    pub fn as_go_tells(&self, name: &str) -> String {
        let action = if self.action == "opening" { "open" } else { "read" };
        format!("{action} {name}: {}", words(&self.source))
    }
}

/// What to try. The main module's files are where they are; only the cache can move.
fn advice(action: &str, path: &Path, error: &io::Error) -> &'static str {
    let has = |name: &str| path.iter().any(|part| part == name);
    let has_extension = |name: &str| path.extension().is_some_and(|extension| extension == name);
    let is_main_file = ["mod", "sum", "work"].into_iter().any(has_extension) && !has("@v");
    // The latest signed tree lies below GOPATH.
    let is_tree = has("sumdb") && !has("cache");
    let is_setting = action.ends_with(env_file::NOUN);
    let in_vendor = action.ends_with(vendor_folder::NOUN);
    let in_cache = !is_main_file && !is_tree && !is_setting && !in_vendor;
    let is_write = !matches!(action, "reading" | "examining");
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded if in_cache => {
            "\n\tfree some space, or set GOMODCACHE to a folder on another disk"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
            if in_cache && is_write =>
        {
            "\n\tset GOMODCACHE to a folder that can be written"
        }
        _ if action == "locking" && is_without_locks(error) && in_cache => {
            "\n\tits file system has no locks, without which processes cannot share a cache\n\t\
             set GOMODCACHE, to a folder of its own for each process or machine, on a file \
             system that has them"
        }
        _ if action == "locking" && is_without_locks(error) && is_tree => {
            "\n\tits file system has no locks; set GOPATH to a folder on one that has them"
        }
        _ if action == "locking" && is_without_locks(error) => {
            "\n\tits file system has no locks; move it to one that has them"
        }
        io::ErrorKind::InvalidFilename if in_cache => {
            "\n\tset GOMODCACHE to a folder with a shorter path"
        }
        _ => "",
    }
}

/// Whether a file system answers that it has no locks, or a server that would keep them.
fn is_without_locks(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let errno = Errno::from_io_error(error);
    error.kind() == io::ErrorKind::Unsupported
        || errno
            .is_some_and(|errno| matches!(errno, Errno::NOLCK | Errno::OPNOTSUPP | Errno::NOSYS))
}

/// Attaches action and path to an error of the system.
pub(crate) trait Context<T> {
    fn context(self, action: &'static str, path: &Path) -> Result<T, DiskError>;
}

impl<T> Context<T> for io::Result<T> {
    fn context(self, action: &'static str, path: &Path) -> Result<T, DiskError> {
        self.map_err(|source| DiskError { action, path: path.to_owned(), source })
    }
}

/// What the system says, as Go's messages have it: without the number, in small letters.
fn words(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(characters).collect()
}

/// Reads a file that the user names.
///
/// # Errors
/// It cannot be read.
pub fn read_file(path: &Path) -> Result<Vec<u8>, DiskError> {
    fs::read(path).context("reading", path)
}

/// Whether a path leads to a folder.
///
/// # Errors
/// It leads nowhere, or cannot be followed; in the system's words.
pub fn is_folder(path: &Path) -> Result<bool, String> {
    fs::metadata(path).map(|metadata| metadata.is_dir()).map_err(|error| words(&error))
}

/// Opens a file to be read from its beginning, with its length in bytes. A folder
/// is an error.
pub fn open_file(path: &Path) -> io::Result<(fs::File, u64)> {
    let file = fs::File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok((file, metadata.len()))
}

/// Creates a folder and its parents. A folder that another process makes meanwhile
/// is as good.
pub(crate) fn create_folders(path: &Path) -> Result<(), DiskError> {
    fs::create_dir_all(path).context("creating", path)
}

/// Removes a tree that may hold read-only folders. A missing tree is no error; links are
/// removed, not followed.
pub(crate) fn remove_tree(path: &Path) -> Result<(), DiskError> {
    use rustix::fs::{CWD, Dir, FileType, Mode, OFlags, fchmod, fstat, openat};
    // For their owner alone: nobody else may put anything into a tree that goes. Each folder is
    // opened before it is changed, so a link that takes its place meanwhile leads nowhere.
    fn make_writable(
        parent: impl std::os::fd::AsFd,
        name: impl rustix::path::Arg,
    ) -> rustix::io::Result<()> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = openat(parent, name, flags, Mode::empty())?;
        fchmod(&folder, Mode::from_raw_mode(fstat(&folder)?.st_mode) | Mode::RWXU)?;
        for entry in Dir::read_from(&folder)? {
            let entry = entry?;
            let is_folder = matches!(entry.file_type(), FileType::Directory | FileType::Unknown);
            if is_folder && !matches!(entry.file_name().to_bytes(), b"." | b"..") {
                // What stays read-only cannot be removed, and that is what gets told.
                let _ = make_writable(&folder, entry.file_name());
            }
        }
        Ok(())
    }
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).context("removing", path),
        Ok(metadata) if !metadata.is_dir() => {
            return fs::remove_file(path).context("removing", path);
        }
        Ok(_) => {}
    }
    let _ = make_writable(CWD, path);
    fs::remove_dir_all(path).context("removing", path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::io::Errno;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_tree_is_removed_and_nothing_that_links_lead_to() {
        let folder = tempfile::tempdir().expect("a folder");
        let (kept, tree) = (folder.path().join("kept"), folder.path().join("tree"));
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        let make = || {
            fs::create_dir_all(tree.join("a/b")).expect("folders");
            fs::write(tree.join("a/b/file"), "").expect("a file");
            std::os::unix::fs::symlink(&kept, tree.join("a/b/link")).expect("a link");
            for read_only in ["a/b", "a", ""] {
                let permissions = Permissions::from_mode(0o555);
                fs::set_permissions(tree.join(read_only), permissions).expect("read-only");
            }
        };
        fs::create_dir(&kept).expect("a folder");
        fs::write(kept.join("file"), "").expect("a file");
        fs::set_permissions(&kept, Permissions::from_mode(0o500)).expect("read-only");
        make();
        remove_tree(&tree).expect("removed");
        assert!(fs::symlink_metadata(&tree).is_err());
        assert!(kept.join("file").exists());
        assert_eq!(mode(&kept), 0o500);

        remove_tree(&tree).expect("nothing to remove");
        std::os::unix::fs::symlink(&kept, &tree).expect("a link");
        remove_tree(&tree).expect("the link removed");
        assert!(fs::symlink_metadata(&tree).is_err() && kept.join("file").exists());
        fs::write(&tree, "").expect("a file");
        remove_tree(&tree).expect("the file removed");
        assert!(fs::symlink_metadata(&tree).is_err());
    }

    #[test]
    fn advice_is_given_where_it_helps() {
        let advice =
            |path: &str, kind: io::ErrorKind| advice("writing", Path::new(path), &kind.into());
        for cached in ["/mod/cache/download/a.b/m/@v/v1.0.0.mod", "/mod/a.b/m@v1.0.0/m.go"] {
            let space = "\n\tfree some space, or set GOMODCACHE to a folder on another disk";
            assert_eq!(advice(cached, io::ErrorKind::StorageFull), space);
            assert_eq!(advice(cached, io::ErrorKind::QuotaExceeded), space);
            let writable = "\n\tset GOMODCACHE to a folder that can be written";
            assert_eq!(advice(cached, io::ErrorKind::PermissionDenied), writable);
            assert_eq!(advice(cached, io::ErrorKind::ReadOnlyFilesystem), writable);
            let shorter = "\n\tset GOMODCACHE to a folder with a shorter path";
            assert_eq!(advice(cached, io::ErrorKind::InvalidFilename), shorter);
            assert_eq!(advice(cached, io::ErrorKind::NotFound), "");
            assert_eq!(advice(cached, io::ErrorKind::Unsupported), "");
            for errno in [Errno::NOLCK, Errno::OPNOTSUPP, Errno::NOSYS] {
                let told = super::advice("locking", Path::new(cached), &errno.into());
                assert!(told.contains("GOMODCACHE, to a folder of its own for each"), "{told}");
            }
        }
        let told = super::advice("locking", Path::new("/src/go.mod"), &Errno::NOLCK.into());
        assert!(told.contains("no locks") && !told.contains("GOMODCACHE"), "{told}");
        // These lie where they lie, wherever the cache is.
        for own in ["/src/go.mod", "/src/go.sum", "/gopath/pkg/sumdb/sum.example.com/latest"] {
            for kind in [
                io::ErrorKind::StorageFull,
                io::ErrorKind::PermissionDenied,
                io::ErrorKind::Unsupported,
            ] {
                assert_eq!(advice(own, kind), "", "{own}");
            }
        }
        let folder = Path::new("/mod/lost+found");
        let denied = io::ErrorKind::PermissionDenied;
        for reading in ["reading", "examining"] {
            assert_eq!(super::advice(reading, folder, &denied.into()), "");
        }
        let tile = "/mod/cache/download/sumdb/sum.example.com/tile/8/0/000";
        assert_ne!(advice(tile, io::ErrorKind::StorageFull), "");
    }
}
