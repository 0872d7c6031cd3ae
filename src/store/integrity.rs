//! Whether zips and folders in the cache are still what they were when they were
//! downloaded: each is hashed again and compared with its ziphash.
//!
//! Source: cmd/go/internal/modcmd/verify.go, golang.org/x/mod/sumdb/dirhash
//! (`HashZip`, `HashDir`).

use std::convert::Infallible;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use sha2::{Digest as _, Sha256};

use crate::spec::ModuleVersion;
use crate::spec::sums::H1;
use crate::spec::zip::{FormatError, ZipError, read_directory};

use super::cache::{Cache, ModulePaths, NameError};
use super::module_folder::map_published_zip;
use super::spread::spread;
use super::unzip::{self, UnzipError};
use super::words;

/// Zips from this many bytes on are worked on by all threads together, one at a time.
const SPREAD: u64 = 2 << 20;
/// How much of a file is read at a time.
const CHUNK: usize = 128 << 10;
/// A thread takes this many files at a time.
const BATCH: usize = 16;

/// A module version whose cached content is not what it was, or cannot be looked at.
/// The text is go's.
#[derive(Debug, thiserror::Error)]
#[error("{} {}: {problem}", module.path, module.version)]
pub struct Finding {
    /// The module version.
    pub module: ModuleVersion,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with the content of a module version in the cache.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The hash of the zip is not the recorded one.
    #[error("zip has been modified ({})", .0.display())]
    ZipModified(PathBuf),
    /// The hash of the extracted folder is not the recorded one.
    #[error("dir has been modified ({})", .0.display())]
    FolderModified(PathBuf),
    /// Zip or folder is there, but no readable hash.
    #[error("missing ziphash: {0}")]
    MissingHash(FileError),
    /// The zip is none, or broken.
    #[error(transparent)]
    Zip(#[from] FormatError),
    /// The format of `h1:` hashes has no way to name such a file.
    #[error("dirhash: filenames with newlines are not supported")]
    Newline,
    /// The extracted folder is a link.
    #[error("{} is not a directory", .0.display())]
    NotFolder(PathBuf),
    /// Something cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The module version has no place in the cache.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// A file or folder that cannot be read, told as go tells it.
#[derive(Debug, thiserror::Error)]
#[error("{action} {}: {}", path.display(), words(source))]
pub struct FileError {
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl FileError {
    fn of(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self { action, path: path.to_owned(), source }
    }
}

/// Checks what is in the cache of these module versions, on so many threads. What is not
/// there is as it should be. Findings are in the order of the modules.
pub fn check(cache: &Cache, modules: &[ModuleVersion], threads: usize) -> Vec<Finding> {
    let is_large = |module: &ModuleVersion| {
        let paths = cache.paths(module).ok();
        let zip = paths.and_then(|paths| fs::metadata(paths.zip()).ok());
        zip.is_some_and(|metadata| metadata.len() >= SPREAD)
    };
    let (large, small): (Vec<_>, Vec<_>) =
        modules.iter().enumerate().partition(|(_, m)| is_large(m));
    let mut found: Vec<(usize, Vec<Problem>)> = large
        .into_iter()
        .map(|(index, module)| (index, check_module(cache, module, threads)))
        .collect();
    let checked: Result<Vec<_>, Infallible> = spread(&small, 1, threads, || {
        |&(index, module)| Ok((index, check_module(cache, module, 1)))
    });
    let Ok(checked) = checked;
    found.extend(checked);
    found.sort_by_key(|(index, _)| *index);
    let of_module = |(index, problems): (usize, Vec<Problem>)| {
        let module = &modules[index];
        problems.into_iter().map(move |problem| Finding { module: module.clone(), problem })
    };
    found.into_iter().flat_map(of_module).collect()
}

/// Checks one module version. Like go it stops at what cannot be read, and tells of zip
/// and folder both where both are modified.
fn check_module(cache: &Cache, module: &ModuleVersion, threads: usize) -> Vec<Problem> {
    let paths = match cache.paths(module) {
        Ok(paths) => paths,
        Err(error) => return vec![error.into()],
    };
    let (zip, ziphash) = (paths.zip(), paths.ziphash());
    let is_missing = |path: &Path| {
        fs::metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    };
    let has_zip = !is_missing(&zip);
    let has_folder = fs::metadata(&paths.folder).is_ok_and(|metadata| metadata.is_dir())
        && is_missing(&paths.partial())
        && !is_missing(&ziphash);
    let recorded = match read(&ziphash) {
        Ok(recorded) => recorded,
        // Nothing is downloaded.
        Err(_) if !has_zip && !has_folder => return Vec::new(),
        Err(error) => return vec![Problem::MissingHash(error)],
    };
    let recorded = String::from_utf8_lossy(&recorded);
    let is_recorded = |hash: H1| hash.to_string() == recorded.trim();
    let mut problems = Vec::new();
    if has_zip {
        match hash_zip(&paths, module, threads) {
            Ok(hash) if is_recorded(hash) => {}
            Ok(_) => problems.push(Problem::ZipModified(zip)),
            Err(problem) => return vec![problem],
        }
    }
    if has_folder {
        match hash_folder(&paths.folder, module, threads) {
            Ok(hash) if is_recorded(hash) => {}
            Ok(_) => problems.push(Problem::FolderModified(paths.folder)),
            Err(problem) => problems.push(problem),
        }
    }
    problems
}

/// The hashes of what the cache has of a module version; `None` of what it does not have.
#[derive(Debug, Default)]
pub struct Hashes {
    /// Of the zip.
    pub zip: Option<Result<H1, Problem>>,
    /// Of the extracted folder.
    pub folder: Option<Result<H1, Problem>>,
    /// Of the go.mod file.
    pub go_mod: Option<Result<H1, Problem>>,
}

/// Hashes everything that the cache has of these module versions, on so many threads; the
/// answers are in the order of the modules.
///
/// # Errors
/// A module version has no place in the cache.
pub fn hashes(
    cache: &Cache,
    modules: &[ModuleVersion],
    threads: usize,
) -> Result<Vec<Hashes>, NameError> {
    let is_there = |path: &Path| fs::symlink_metadata(path).is_ok();
    spread(modules, 1, threads, || {
        |module: &ModuleVersion| {
            let paths = cache.paths(module)?;
            let go_mod = || {
                let content = read(&paths.go_mod())?;
                Ok(H1::of_go_mod(&content))
            };
            Ok(Hashes {
                zip: is_there(&paths.zip()).then(|| hash_zip(&paths, module, 1)),
                folder: (is_there(&paths.folder) && !is_there(&paths.partial()))
                    .then(|| hash_folder(&paths.folder, module, 1)),
                go_mod: is_there(&paths.go_mod()).then(go_mod),
            })
        }
    })
}

fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    let mut data = Vec::new();
    open(path)?.read_to_end(&mut data).map_err(FileError::of("read", path))?;
    Ok(data)
}

/// Opens a file, following links. What is no plain file is refused: a pipe would be waited
/// for, a device never end.
fn open(path: &Path) -> Result<File, FileError> {
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)
        .map_err(FileError::of("open", path))?;
    let metadata = file.metadata().map_err(FileError::of("read", path))?;
    if metadata.is_file() {
        return Ok(file);
    }
    let error = match metadata.is_dir() {
        true => io::ErrorKind::IsADirectory.into(),
        false => io::Error::other("not a regular file"),
    };
    Err(FileError::of("read", path)(error))
}

/// The hash of a published zip. Where an entry lies outside the module's folder this is
/// no zip that was ever downloaded, and go's hash of it would not be the recorded one.
fn hash_zip(paths: &ModulePaths, module: &ModuleVersion, threads: usize) -> Result<H1, Problem> {
    let path = paths.zip();
    let zip = map_published_zip(&open(&path)?).map_err(FileError::of("read", &path))?;
    let directory = match read_directory(zip.as_ref(), module) {
        Ok(directory) => directory,
        Err(ZipError::Format(error)) => return Err(error.into()),
        Err(_) => return Err(Problem::ZipModified(path)),
    };
    let options = unzip::Options {
        threads,
        cancelled: &AtomicBool::new(false),
        writable_dirs: true,
        used: &|bytes| zip.used(bytes),
    };
    unzip::hash_only(&directory, options).map_err(|error| match error {
        UnzipError::Entry { problem, .. } => problem.into(),
        UnzipError::Newline => Problem::Newline,
        UnzipError::Io { path, error } => FileError::of("read", &path)(error).into(),
        UnzipError::Cancelled => {
            FileError::of("read", &path)(io::ErrorKind::Interrupted.into()).into()
        }
    })
}

/// The hash of an extracted folder: everything in it that is no folder counts, links as
/// what they lead to.
fn hash_folder(folder: &Path, module: &ModuleVersion, threads: usize) -> Result<H1, Problem> {
    let mut names = files(folder)?;
    names.sort_unstable();
    let digests = spread(&names, BATCH, threads, || {
        let mut buffer = vec![0; CHUNK];
        move |name: &Vec<u8>| {
            if name.contains(&b'\n') {
                return Err(Problem::Newline);
            }
            let path = folder.join(OsStr::from_bytes(name));
            let mut file = open(&path)?;
            let mut sha256 = Sha256::new();
            loop {
                match file.read(&mut buffer) {
                    Ok(0) => return Ok(<[u8; 32]>::from(sha256.finalize())),
                    Ok(length) => sha256.update(&buffer[..length]),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(FileError::of("read", &path)(error).into()),
                }
            }
        }
    })?;
    let prefix = format!("{}@{}/", module.path, module.version);
    let names: Vec<Vec<u8>> =
        names.iter().map(|name| [prefix.as_bytes(), name.as_slice()].concat()).collect();
    Ok(H1::of_entries(names.iter().map(Vec::as_slice).zip(digests)))
}

/// The names of everything below a folder that is no folder, relative to it. A link is
/// not followed, not even in the place of the folder itself.
fn files(folder: &Path) -> Result<Vec<Vec<u8>>, Problem> {
    let metadata = fs::symlink_metadata(folder).map_err(FileError::of("lstat", folder))?;
    if !metadata.is_dir() {
        return Err(Problem::NotFolder(folder.to_owned()));
    }
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(relative) = folders.pop() {
        let path = folder.join(&relative);
        for entry in fs::read_dir(&path).map_err(FileError::of("open", &path))? {
            let entry = entry.map_err(FileError::of("read", &path))?;
            let name = relative.join(entry.file_name());
            match entry.file_type().map_err(FileError::of("lstat", &entry.path()))? {
                kind if kind.is_dir() => folders.push(name),
                _ => files.push(name.into_os_string().into_vec()),
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_hashed_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let module = ModuleVersion::new("a.b/c", "v1.0.0");
        let told = |path: &Path| {
            hash_folder(path, &module, 2).map(|_| ()).expect_err("a problem").to_string()
        };
        let root = folder.path().join("m");
        fs::create_dir_all(root.join("d")).expect("a folder");
        fs::write(root.join("d/f"), "content").expect("a file");
        hash_folder(&root, &module, 2).expect("a hash");
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&root, &link).expect("a link");
        assert_eq!(told(&link), format!("{} is not a directory", link.display()));

        std::os::unix::fs::symlink("d", root.join("b")).expect("a link");
        let is_folder = format!("read {}: is a directory", root.join("b").display());
        assert_eq!(told(&root), is_folder);
        fs::write(root.join("a\n"), "").expect("a file");
        assert_eq!(told(&root), "dirhash: filenames with newlines are not supported");
        fs::remove_file(root.join("a\n")).expect("removed");
        fs::remove_file(root.join("b")).expect("removed");
        std::os::unix::fs::symlink("nowhere", root.join("b")).expect("a link");
        let nowhere = format!("open {}: no such file or directory", root.join("b").display());
        assert_eq!(told(&root), nowhere);
        fs::remove_file(root.join("b")).expect("removed");
        std::os::unix::fs::symlink("/dev/zero", root.join("b")).expect("a link");
        assert_eq!(told(&root), format!("read {}: not a regular file", root.join("b").display()));
    }
}
