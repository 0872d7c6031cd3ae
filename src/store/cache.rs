//! The layout of GOMODCACHE, and its small files: `.info`, `.mod`, `.ziphash`, `list`.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io::{self, Read as _, Write};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, fstat, openat, statat};
use rustix::io::Errno;

use crate::spec::sums::H1;
use crate::spec::version::{self, InvalidVersion};
use crate::spec::{ModulePath, ModuleVersion, path};
use crate::verify::gate::Admitted;

use super::lock::{
    FileLock, LockedFile, lock_file, lock_file_briefly, read_shared, try_lock_existing,
    try_lock_file,
};
use super::waiting::Held;
use super::{Context, DiskError, create_folders, remove_tree};

/// A module path or version that has no place in the cache.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NameError {
    /// The path is malformed.
    #[error(transparent)]
    Path(#[from] path::InvalidPath),
    /// The version is not a semantic version.
    #[error("non-semver module version {0:?}")]
    NotSemver(String),
    /// The version has a longer canonical form.
    #[error("non-canonical module version {0:?}")]
    NotCanonical(String),
    /// The version or query has characters that file names must not have.
    #[error(transparent)]
    Version(#[from] InvalidVersion),
}

/// What the cache holds of a module version's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModuleState {
    /// Folder, zip and a readable ziphash are there.
    Complete(H1),
    /// The folder is there and complete, and so is a ziphash file, readable or not, but the zip
    /// is not. Who needs the folder alone needs nothing else.
    FolderOnly(Option<H1>),
    /// The zip is there; folder or hash are missing, partial or unreadable.
    ZipOnly,
    /// There is no zip.
    Missing,
}

/// Where the files of one module version lie.
#[derive(Debug, Clone)]
pub struct ModulePaths {
    /// `cache/download/PATH/@v`
    pub versions: PathBuf,
    /// `cache/download/PATH/@v/VERSION`, to which a suffix is added.
    stem: PathBuf,
    /// The extracted folder.
    pub folder: PathBuf,
}

impl ModulePaths {
    fn with_suffix(&self, suffix: &str) -> PathBuf {
        let mut path = self.stem.clone().into_os_string();
        path.push(suffix);
        PathBuf::from(path)
    }

    /// The version, time and origin, as JSON.
    pub fn info(&self) -> PathBuf {
        self.with_suffix(".info")
    }

    /// The go.mod file.
    pub fn go_mod(&self) -> PathBuf {
        self.with_suffix(".mod")
    }

    /// The zip.
    pub fn zip(&self) -> PathBuf {
        self.with_suffix(".zip")
    }

    /// The zip's hash.
    pub fn ziphash(&self) -> PathBuf {
        self.with_suffix(".ziphash")
    }

    /// The lock around zip and folder.
    pub fn lock(&self) -> PathBuf {
        self.with_suffix(".lock")
    }

    /// Present while the folder is incomplete.
    pub fn partial(&self) -> PathBuf {
        self.with_suffix(".partial")
    }
}

/// The module cache. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Cache {
    root: Arc<Folder>,
    writable_folders: bool,
    download: Arc<Folder>,
}

/// A folder, and a handle of it for the many files that are looked at in it: the way there need
/// not be walked for each.
#[derive(Debug)]
struct Folder {
    path: PathBuf,
    /// Opened when it is first wanted; `None` where it was not there then.
    handle: OnceLock<Option<OwnedFd>>,
}

impl Folder {
    fn new(path: PathBuf) -> Arc<Self> {
        Arc::new(Self { path, handle: OnceLock::new() })
    }

    /// Does something by the handle and the rest of the path, or by the working directory and
    /// the whole of it.
    fn at<T>(
        &self,
        path: &Path,
        mut act: impl FnMut(BorrowedFd<'_>, &Path) -> rustix::io::Result<T>,
    ) -> io::Result<T> {
        let handle = self.handle.get_or_init(|| {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            rustix::fs::open(&self.path, flags, Mode::empty()).ok()
        });
        // What is below the folder, all of whose names are made of it.
        let (folder, whole) = (self.path.as_os_str().as_bytes(), path.as_os_str().as_bytes());
        let inside = whole.strip_prefix(folder).and_then(|rest| rest.strip_prefix(b"/"));
        if let (Some(folder), Some(inside)) = (handle, inside) {
            match act(folder.as_fd(), Path::new(OsStr::from_bytes(inside))) {
                // Somebody has removed the cache meanwhile; there may be a new one.
                Err(_) if fstat(folder).is_ok_and(|folder| folder.st_nlink == 0) => {}
                done => return Ok(done?),
            }
        }
        Ok(act(CWD, path)?)
    }

    /// Opens a file to be read.
    fn open(&self, path: &Path) -> io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        self.at(path, |folder, path| openat(folder, path, flags, Mode::empty()))
    }

    /// What kind of file is there, if there is one; links are followed.
    fn kind(&self, path: &Path) -> Result<Option<FileType>, DiskError> {
        match self.at(path, |folder, path| statat(folder, path, AtFlags::empty())) {
            Ok(status) => Ok(Some(FileType::from_raw_mode(status.st_mode))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).context("examining", path),
        }
    }

    /// Reads a small file; `None` where it does not exist.
    fn read_if_exists(&self, path: &Path) -> Result<Option<Vec<u8>>, DiskError> {
        let file = match self.open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.context("reading", path)?,
        };
        // Most of them fit into a buffer that stays in use, and what is kept is no larger than
        // they are. Asking for their size first would take longer than reading.
        let mut buffer = [0; USUAL_SIZE];
        let mut data = Vec::new();
        loop {
            match rustix::io::read(&file, &mut buffer) {
                Ok(0) => return Ok(Some(data)),
                Ok(read) => data.extend_from_slice(&buffer[..read]),
                Err(Errno::INTR) => {}
                Err(error) => return Err(io::Error::from(error)).context("reading", path),
            }
        }
    }
}

impl Cache {
    /// A cache below an absolute folder, which need not exist yet. With
    /// `writable_folders` (`-modcacherw`) extracted folders can be written.
    pub fn new(root: &Path, writable_folders: bool) -> Self {
        let download = Folder::new(root.join("cache").join("download"));
        Self { root: Folder::new(root.to_owned()), writable_folders, download }
    }

    /// GOMODCACHE itself.
    pub fn root(&self) -> &Path {
        &self.root.path
    }

    /// Whether extracted folders can be written.
    pub fn writable_folders(&self) -> bool {
        self.writable_folders
    }

    /// `cache/download`.
    pub fn download(&self) -> &Path {
        &self.download.path
    }

    /// Makes sure that the cache can be used at all, before anything is fetched for it.
    ///
    /// # Errors
    /// It is no folder, or cannot be created.
    pub fn prepare(&self) -> Result<(), DiskError> {
        let root = self.root();
        match fs::metadata(root) {
            Ok(metadata) if metadata.is_dir() => Ok(()),
            Ok(_) => Err(io::Error::from(io::ErrorKind::NotADirectory))
                .context("could not create module cache:", root),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(root).context("could not create module cache:", root)
            }
            Err(error) => Err(error).context("could not create module cache:", root),
        }
    }

    /// Removes all of it, whatever is there in its place: of a link, the link.
    /// Source: RemoveAll in cmd/go/internal/modfetch/fetch.go.
    pub fn remove(&self) -> Result<(), DiskError> {
        remove_tree(self.root())
    }

    fn versions_folder(&self, path: &str) -> Result<(String, PathBuf), NameError> {
        let escaped = path::escape_path(path)?;
        let folder = self.download().join(&escaped).join("@v");
        Ok((escaped, folder))
    }

    /// Where a canonical module version lies.
    ///
    /// # Errors
    /// The path is malformed or the version is not canonical.
    pub fn paths(&self, module: &ModuleVersion) -> Result<ModulePaths, NameError> {
        let (escaped_path, versions) = self.versions_folder(&module.path)?;
        if !version::is_valid(&module.version) {
            return Err(NameError::NotSemver(module.version.to_string()));
        }
        if !version::is_canonical(&module.version) {
            return Err(NameError::NotCanonical(module.version.to_string()));
        }
        let escaped_version = path::escape_version(&module.version)?;
        Ok(ModulePaths {
            stem: versions.join(&escaped_version),
            versions,
            folder: self.root().join(format!("{escaped_path}@{escaped_version}")),
        })
    }

    /// Takes the lock around a module version's zip and folder where it is free.
    pub fn try_lock(&self, paths: &ModulePaths) -> Result<Option<FileLock>, DiskError> {
        try_lock_file(&paths.lock())
    }

    /// Takes the lock around a module version's zip and folder, waiting for it; `waiting` is told
    /// whose it is where that takes long.
    pub async fn lock(
        &self,
        paths: &ModulePaths,
        waiting: impl FnOnce(&Held),
    ) -> Result<FileLock, DiskError> {
        lock_file(&paths.lock(), waiting).await
    }

    /// Looks at what is there of a module version's content, as go does: a folder
    /// counts only without `.partial` beside it and with a ziphash.
    /// Source: DownloadDir in cmd/go/internal/modfetch/cache.go.
    pub fn state(&self, paths: &ModulePaths) -> Result<ModuleState, DiskError> {
        let exists = |path: PathBuf| self.download.kind(&path).map(|kind| kind.is_some());
        let folder = self.root.kind(&paths.folder)? == Some(FileType::Directory)
            && !exists(paths.partial())?;
        let zip = exists(paths.zip())?;
        let without = if zip { ModuleState::ZipOnly } else { ModuleState::Missing };
        if !folder {
            return Ok(without);
        }
        let Some(recorded) = self.recorded(paths)? else { return Ok(without) };
        if !zip {
            return Ok(ModuleState::FolderOnly(recorded));
        }
        Ok(recorded.map_or(ModuleState::ZipOnly, ModuleState::Complete))
    }

    /// Whether the extracted folder is there, as go tells it; what cannot be looked at is not.
    /// Source: DownloadDir in cmd/go/internal/modfetch/cache.go.
    pub fn has_folder(&self, paths: &ModulePaths) -> bool {
        paths.folder.is_dir()
            && matches!(paths.partial().try_exists(), Ok(false))
            && paths.ziphash().exists()
    }

    /// Whether the recorded hash can be read. Looking does not count as a use of the module,
    /// where the system can be told so.
    pub(super) fn has_readable_hash(&self, paths: &ModulePaths) -> Result<bool, DiskError> {
        let ziphash = paths.ziphash();
        let read = read_unrecorded(&ziphash);
        match read {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            read => Ok(parse_ziphash(&read.context("reading", &ziphash)?).is_some()),
        }
    }

    /// Whether the go.mod file is there.
    pub fn has_go_mod(&self, paths: &ModulePaths) -> bool {
        paths.go_mod().is_file()
    }

    /// As [`Cache::state`] where the folder does not matter: complete is a zip with a
    /// readable ziphash. Source: DownloadZip in cmd/go/internal/modfetch/fetch.go.
    pub fn zip_state(&self, paths: &ModulePaths) -> Result<ModuleState, DiskError> {
        let zip = paths.zip();
        if !zip.try_exists().context("examining", &zip)? {
            return Ok(ModuleState::Missing);
        }
        let recorded = self.recorded(paths)?.flatten();
        Ok(recorded.map_or(ModuleState::ZipOnly, ModuleState::Complete))
    }

    /// The recorded hash of the zip, where there is such a file and it can be read as one.
    fn recorded(&self, paths: &ModulePaths) -> Result<Option<Option<H1>>, DiskError> {
        let path = paths.ziphash();
        let Some(data) = self.download.read_if_exists(&path)? else { return Ok(None) };
        if let Some(hash) = parse_ziphash(&data) {
            return Ok(Some(Some(hash)));
        }
        // Somebody may be writing it, which they do under its lock. No part of a hash is one, so
        // that what could be read without the lock need not be read again.
        Ok(read_shared(&path)?.map(|data| parse_ziphash(&data)))
    }

    /// A cached go.mod file. It must pass the gate before it is used.
    pub fn read_go_mod(&self, paths: &ModulePaths) -> Result<Option<Vec<u8>>, DiskError> {
        let content = self.download.read_if_exists(&paths.go_mod())?;
        // A go command from before modules were released wrote such files by itself.
        Ok(content.filter(|data| !data.starts_with(b"//vgo 0.0.")))
    }

    /// A cached `.info` file.
    pub fn read_info(&self, paths: &ModulePaths) -> Result<Option<Vec<u8>>, DiskError> {
        self.download.read_if_exists(&paths.info())
    }

    /// The `list` of a module path: a line for each version whose go.mod file is there.
    pub fn read_list(&self, path: &ModulePath) -> Result<Option<Vec<u8>>, DiskError> {
        let Ok((_, folder)) = self.versions_folder(path) else { return Ok(None) };
        read_shared(&folder.join("list"))
    }

    /// Every version of a module path that has a `.info` file, in no order.
    pub fn versions_with_info(&self, path: &ModulePath) -> Result<Vec<String>, DiskError> {
        let Ok((_, folder)) = self.versions_folder(path) else { return Ok(Vec::new()) };
        let mut versions = Vec::new();
        for entry in fs::read_dir(&folder).context("reading", &folder)? {
            let name = entry.context("reading", &folder)?.file_name();
            let escaped = name.to_str().and_then(|name| name.strip_suffix(".info"));
            versions.extend(escaped.and_then(path::unescape_version));
        }
        Ok(versions)
    }

    /// Writes a `.info` file under its final name.
    pub fn write_info(&self, paths: &ModulePaths, content: &[u8]) -> Result<PathBuf, DiskError> {
        let path = paths.info();
        write_small_file(&path, content)?;
        Ok(path)
    }

    /// Writes an admitted go.mod file under its final name and brings `list` up to date.
    pub fn publish_go_mod<T: AsRef<[u8]>>(
        &self,
        paths: &ModulePaths,
        admitted: &Admitted<T>,
    ) -> Result<PathBuf, DiskError> {
        let path = paths.go_mod();
        create_folders(&paths.versions)?;
        let write = || write_small_file(&path, admitted.content().as_ref());
        edit_list(&paths.versions, &[], Some((&path, &write)))?;
        Ok(path)
    }

    /// Takes the side lock that go holds around edits of go.mod and go.sum. Where it
    /// cannot be had, go edits without it.
    pub(super) fn side_lock(&self) -> Option<FileLock> {
        lock_file_briefly(&self.root().join("cache").join("lock")).ok()
    }
}

/// Reads a file and leaves the time at which it was last read as it is. Only its owner may.
fn read_unrecorded(path: &Path) -> io::Result<Vec<u8>> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{Mode, OFlags, open};
        let flags = OFlags::RDONLY | OFlags::NOATIME | OFlags::CLOEXEC;
        if let Ok(descriptor) = open(path, flags, Mode::empty()) {
            let mut content = Vec::new();
            File::from(descriptor).read_to_end(&mut content)?;
            return Ok(content);
        }
    }
    fs::read(path)
}

fn parse_ziphash(data: &[u8]) -> Option<H1> {
    std::str::from_utf8(data).ok()?.trim().parse().ok()
}

/// More than most `.mod` and `.info` files hold, in bytes.
const USUAL_SIZE: usize = 4096;

/// Writes a file that appears under its name only once it is whole. Others may write
/// the same file at the same time; the last one stays.
pub(super) fn write_small_file(path: &Path, content: &[u8]) -> Result<(), DiskError> {
    create_folders(path.parent().unwrap_or(path))?;
    #[cfg(target_os = "linux")]
    if write_unnamed(path, content).context("writing", path)? {
        return Ok(());
    }
    write_named(path, content)
}

/// As [`write_small_file`], through a name beside the file's.
fn write_named(path: &Path, content: &[u8]) -> Result<(), DiskError> {
    let folder = path.parent().unwrap_or(path);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    sweep_named(folder, &name);
    let file = tempfile::Builder::new()
        .prefix(&name)
        .suffix(".tmp")
        // The process's umask takes its share, as it does for go's files.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)
        .context("writing", path)?;
    // The lock tells a sweep that the file's writer is alive.
    file.as_file().lock().context("locking", path)?;
    file.as_file().write_all(content).context("writing", path)?;
    file.persist(path).map_err(|error| error.error).context("writing", path)?;
    Ok(())
}

/// Removes the temporary files of a name whose writers are dead: nobody holds their locks.
fn sweep_named(folder: &Path, prefix: &OsStr) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let rest = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes());
        if !rest.is_some_and(|rest| rest.ends_with(b".tmp")) {
            continue;
        }
        let path = entry.path();
        // One that was created this very moment and is not locked yet is not a dead run's.
        let is_old = entry.metadata().and_then(|metadata| metadata.modified()).is_ok_and(|time| {
            time.elapsed().is_ok_and(|age| age > std::time::Duration::from_secs(60))
        });
        if is_old && let Ok(Some(Some(_lock))) = try_lock_existing(&path) {
            let _ = fs::remove_file(&path);
        }
    }
}

/// Writes to a file that has no name until it is whole, so that a killed run leaves
/// nothing behind. Answers `false` where the file system cannot do this, or where another file
/// has the name.
#[cfg(target_os = "linux")]
fn write_unnamed(path: &Path, content: &[u8]) -> io::Result<bool> {
    let Some(file) = Unnamed::write(path, content)? else { return Ok(false) };
    match file.link(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            // No call puts a file without a name in another's place: what differs is replaced by
            // way of a second name, as there must be no instant without any.
            let is_file = fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
            Ok(is_file && fs::read(path).is_ok_and(|found| found == content))
        }
        linked => Ok(linked.is_ok()),
    }
}

/// Makes a file that is not there: whole, or not at all. Answers `false` where it is there, or
/// the file system cannot do this.
#[cfg(target_os = "linux")]
pub(super) fn create_whole(path: &Path, content: &[u8]) -> io::Result<bool> {
    Ok(Unnamed::write(path, content)?.is_some_and(|file| file.link(path).is_ok()))
}

/// As above: other systems have no files without names.
#[cfg(not(target_os = "linux"))]
pub(super) fn create_whole(_path: &Path, _content: &[u8]) -> io::Result<bool> {
    Ok(false)
}

/// A file that has no name yet.
#[cfg(target_os = "linux")]
struct Unnamed(File);

#[cfg(target_os = "linux")]
impl Unnamed {
    /// Writes one for the folder of a path; `None` where the file system has none.
    fn write(path: &Path, content: &[u8]) -> io::Result<Option<Self>> {
        use rustix::fs::{Mode, OFlags, open};
        let flags = OFlags::WRONLY | OFlags::TMPFILE | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(0o666);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let Ok(descriptor) = open(folder, flags, mode) else { return Ok(None) };
        let mut file = File::from(descriptor);
        file.write_all(content)?;
        Ok(Some(Self(file)))
    }

    fn link(&self, path: &Path) -> io::Result<()> {
        use rustix::fs::{AtFlags, CWD, linkat};
        use std::os::fd::AsRawFd as _;
        let source = format!("/proc/self/fd/{}", self.0.as_raw_fd());
        Ok(linkat(CWD, source, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
    }
}

/// Removes `.mod` files of a folder `@v`, and their versions from `list`, under its lock. Where
/// a run ends between the two, `list` has versions too many until a `.mod` file is written again:
/// with the files still there, nobody would have a reason to mend it.
pub(super) fn remove_go_mods(versions: &Path, go_mods: &[PathBuf]) -> Result<(), DiskError> {
    let is_there = |path: &Path| fs::symlink_metadata(path).is_ok();
    // Without either there is nothing to do, and no list to be made.
    if !is_there(&versions.join("list")) && !go_mods.iter().any(|path| is_there(path)) {
        return Ok(());
    }
    edit_list(versions, go_mods, None)
}

/// A `.mod` file, and what writes it.
type Added<'a> = (&'a Path, &'a dyn Fn() -> Result<(), DiskError>);

/// Brings `list` up to date: every canonical version with a `.mod` file, sorted. One that is
/// added gets its line first, and its file while the lock is still held: where a run is killed
/// between the two the next one, for which the file is missing, does both again. The other way
/// round nobody would have a reason to mend the list.
/// Source: rewriteVersionList in cmd/go/internal/modfetch/cache.go.
fn edit_list(
    versions: &Path,
    removed: &[PathBuf],
    added: Option<Added<'_>>,
) -> Result<(), DiskError> {
    let path = versions.join("list");
    let mut list_file = LockedFile::open_unlinked(&path)?;
    removed.iter().try_for_each(|path| remove_if_there(path))?;
    let name_of = |path: &Path| path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
    let added_name = added.and_then(|(path, _)| name_of(path)).unwrap_or_default();
    let mut list: Vec<String> = Vec::new();
    list.extend(
        added_name.strip_suffix(".mod").filter(|v| version::is_canonical(v)).map(str::to_owned),
    );
    for entry in fs::read_dir(versions).context("reading", versions)? {
        let name = entry.context("reading", versions)?.file_name();
        let Some(version) = name.to_str().and_then(|name| name.strip_suffix(".mod")) else {
            continue;
        };
        if version::is_canonical(version) && name != *added_name {
            list.push(version.to_owned());
        }
    }
    list.sort_by(|a, b| version::compare_for_list(a, b));
    let content: String = list.iter().flat_map(|version| [version, "\n"]).collect();
    let old = list_file.read()?;
    if old != content.as_bytes() {
        list_file.rewrite(&old, content.as_bytes())?;
    }
    let Some((_, write)) = added else { return Ok(()) };
    write().inspect_err(|_| {
        // The failure to tell is the first one.
        let _ = list_file.rewrite(content.as_bytes(), &old);
    })
}

/// Removes a file, or a link, that may be gone already.
pub(super) fn remove_if_there(path: &Path) -> Result<(), DiskError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).context("removing", path)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache() -> (tempfile::TempDir, Cache) {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(&folder.path().join("mod"), false);
        (folder, cache)
    }

    #[test]
    fn names() {
        let (_folder, cache) = cache();
        let paths = cache
            .paths(&ModuleVersion::new("github.com/BurntSushi/toml", "v1.0.0-RC1"))
            .expect("paths");
        assert!(
            paths
                .zip()
                .ends_with("cache/download/github.com/!burnt!sushi/toml/@v/v1.0.0-!r!c1.zip")
        );
        assert!(paths.folder.ends_with("mod/github.com/!burnt!sushi/toml@v1.0.0-!r!c1"));
        for (path, version) in
            [("x", "v1.0.0"), ("a.b/c", "v1"), ("a.b/c", "master"), ("a.b/c", "")]
        {
            assert!(cache.paths(&ModuleVersion::new(path, version)).is_err(), "{path}@{version}");
        }
    }

    #[test]
    fn states() {
        let (_folder, cache) = cache();
        let paths = cache.paths(&ModuleVersion::new("a.b/c", "v1.0.0")).expect("paths");
        let state = || cache.state(&paths).expect("state");
        assert_eq!(state(), ModuleState::Missing);
        fs::create_dir_all(&paths.versions).expect("folder");
        fs::create_dir_all(&paths.folder).expect("folder");
        let zip_state = || cache.zip_state(&paths).expect("state of the zip");
        assert_eq!(zip_state(), ModuleState::Missing);
        fs::write(paths.zip(), "zip").expect("zip");
        assert_eq!((state(), zip_state()), (ModuleState::ZipOnly, ModuleState::ZipOnly));
        let hash = H1::of_go_mod(b"module a.b/c\n");
        fs::write(paths.ziphash(), hash.to_string()).expect("ziphash");
        assert_eq!(state(), ModuleState::Complete(hash));
        fs::write(paths.partial(), "").expect("partial");
        assert_eq!((state(), zip_state()), (ModuleState::ZipOnly, ModuleState::Complete(hash)));
        fs::remove_file(paths.partial()).expect("partial");
        fs::write(paths.ziphash(), [0; 47]).expect("ziphash");
        assert_eq!(state(), ModuleState::ZipOnly);
        fs::write(paths.ziphash(), hash.to_string()).expect("ziphash");
        fs::remove_file(paths.zip()).expect("zip");
        assert_eq!(state(), ModuleState::FolderOnly(Some(hash)));
        fs::write(paths.ziphash(), [0; 47]).expect("ziphash");
        assert_eq!(state(), ModuleState::FolderOnly(None));
    }

    #[test]
    fn small_files_and_the_list() {
        let (_folder, cache) = cache();
        for version in ["v1.10.0", "v1.2.0", "v1.2.0-0.20060102150405-abcdef123456", "v1.0.0-!r!c1"]
        {
            let folder = cache.download().join("a.b/c/@v");
            write_small_file(&folder.join(format!("{version}.mod")), b"module a.b/c\n")
                .expect("written");
            write_small_file(&folder.join(format!("{version}.mod")), b"module a.b/c\n")
                .expect("again");
            edit_list(&folder, &[], None).expect("list");
        }
        let list = fs::read_to_string(cache.download().join("a.b/c/@v/list")).expect("list");
        assert_eq!(list, "v1.2.0-0.20060102150405-abcdef123456\nv1.2.0\nv1.10.0\n");
        let folder = cache.download().join("a.b/c/@v");
        let gone = ["v1.2.0.mod", "v1.0.0-!r!c1.mod", "v9.0.0.mod"].map(|name| folder.join(name));
        remove_go_mods(&folder, &gone).expect("removed");
        remove_go_mods(&cache.download().join("a.b/none/@v"), &gone[2..]).expect("nothing there");
        let list = fs::read_to_string(cache.download().join("a.b/c/@v/list")).expect("list");
        assert_eq!(list, "v1.2.0-0.20060102150405-abcdef123456\nv1.10.0\n");
        assert!(!gone[0].exists() && !gone[1].exists());
        assert!(!cache.download().join("a.b/none").exists());
        let names: Vec<_> = fs::read_dir(cache.download().join("a.b/c/@v"))
            .expect("folder")
            .map(|entry| entry.expect("entry").file_name())
            .collect();
        assert_eq!(names.len(), 3, "nothing else is left: {names:?}");
    }

    #[test]
    fn a_line_of_the_list_comes_before_its_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let (list, file) = (folder.path().join("list"), folder.path().join("v1.1.0.mod"));
        fs::write(folder.path().join("v1.0.0.mod"), "").expect("written");
        let read = || fs::read_to_string(&list).expect("a list");
        let write = || {
            assert_eq!(read(), "v1.0.0\nv1.1.0\n");
            write_small_file(&file, b"module m\n")
        };
        edit_list(folder.path(), &[], Some((&file, &write))).expect("written");
        edit_list(folder.path(), &[], Some((&file, &write))).expect("again");
        assert_eq!(read(), "v1.0.0\nv1.1.0\n");
        // A file that cannot be written has no line.
        fs::remove_file(&file).expect("removed");
        let full = || Err(io::Error::from(io::ErrorKind::StorageFull)).context("writing", &file);
        edit_list(folder.path(), &[], None).expect("written");
        edit_list(folder.path(), &[], Some((&file, &full))).expect_err("no space");
        assert_eq!(read(), "v1.0.0\n");
    }

    #[test]
    fn files_appear_whole_and_nothing_is_left_beside_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("v1.0.0.mod");
        let dead = folder.path().join("v1.0.0.mod.abc.tmp");
        let (alive, foreign) =
            (folder.path().join("v1.0.0.mod.def.tmp"), folder.path().join("v1.0.0.mod123.tmp"));
        let old = std::time::SystemTime::now() - std::time::Duration::from_secs(100);
        let mut held = None;
        for file in [&dead, &alive, &foreign] {
            let opened = File::create(file).expect("created");
            opened.set_modified(old).expect("aged");
            if file == &alive {
                opened.lock().expect("locked");
                held = Some(opened);
            }
        }
        for write in [write_named, write_small_file] {
            for content in ["one", "another"] {
                write(&path, content.as_bytes()).expect("written");
                assert_eq!(fs::read_to_string(&path).expect("read"), content);
            }
        }
        assert!(!dead.exists() && alive.exists() && foreign.exists());
        drop(held);
        let names = fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(names, 3);
    }

    #[test]
    fn a_file_is_created_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("go.mod");
        if create_whole(&path, b"module m\n").expect("created") {
            assert_eq!(fs::read(&path).expect("read"), b"module m\n");
        }
        fs::write(&path, "mine").expect("written");
        assert!(!create_whole(&path, b"module m\n").expect("it is there"));
        assert_eq!(fs::read(&path).expect("read"), b"mine");
    }

    /// On file systems that do not tell case apart, nothing lies in another's place.
    #[test]
    fn no_two_names_differ_in_case_alone() {
        let (_folder, cache) = cache();
        let mut names = std::collections::HashSet::new();
        for path in ["example.com/m", "example.com/M", "example.com/mM", "example.com/Mm"] {
            for version in ["v1.0.0-a", "v1.0.0-A", "v1.0.0-aA", "v1.0.0-Aa"] {
                let paths = cache.paths(&ModuleVersion::new(path, version)).expect("paths");
                for path in [&paths.folder, &paths.zip(), &paths.go_mod(), &paths.lock()] {
                    let inside = path.strip_prefix(cache.root()).expect("inside");
                    let name = inside.to_str().expect("a name");
                    assert_eq!(name, name.to_lowercase());
                    assert!(names.insert(name.to_owned()), "{name}");
                }
            }
        }
    }
}
