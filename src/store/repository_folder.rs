//! The folders of `cache/vcs` in which go, too, keeps repositories under version control.
//!
//! ```text
//! GOMODCACHE/cache/vcs/
//!   HASH        a bare repository of git, a clone of Mercurial's or Fossil's, or, for
//!               Subversion, nothing but what is being exported
//!   HASH.info   what HASH is the SHA-256 of: the kind, a colon and the URL, no newline
//!   HASH.lock   held while the folder is made, and whenever what it holds changes
//! ```
//!
//! The kind is `git3` for git, else `vcs1.` and the program: go counts it up when it changes
//! how it uses such a folder.
//!
//! Source: WorkDir in cmd/go/internal/modfetch/codehost/codehost.go, ensureGitAttributes in
//! git.go.

use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use super::cache::{Cache, remove_if_there, write_small_file};
use super::lock::{FileLock, lock_file};
use super::stored_zip::{self, StoredZip};
use super::waiting::Held;
use super::{Context as _, DiskError, create_folders, remove_tree};

/// Lies in a folder that does not hold yet what every program expects of one.
const HALF_MADE: &str = "gomod-half-made";

/// Lies in a folder while programs change it.
const CHANGING: &str = "gomod-changing";

/// Why the folder of a repository cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RepositoryFolderError {
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// It belongs to another repository.
    #[error("{} exists with wrong content (have {have:?} want {want:?})", info.display())]
    OtherRepository {
        /// The file that says which repository the folder belongs to.
        info: PathBuf,
        /// What it says.
        have: String,
        /// What it should say.
        want: String,
    },
}

/// The folder of one repository.
#[derive(Debug, Clone)]
pub struct RepositoryFolder {
    path: PathBuf,
    kind: &'static str,
    url: String,
}

impl RepositoryFolder {
    /// The folder for a kind of repository and a URL; it need not be there yet.
    pub fn new(cache: &Cache, kind: &'static str, url: &str) -> Self {
        let key = format!("{kind}:{url}");
        let name: String =
            Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        let path = cache.root().join("cache").join("vcs").join(name);
        Self { path, kind, url: url.to_owned() }
    }

    /// What the folder is for.
    fn key(&self) -> String {
        format!("{}:{}", self.kind, self.url)
    }

    /// The kind of repository.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// The repository, with a password where it has one.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The folder itself; absolute.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn with_suffix(&self, suffix: &str) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(suffix);
        PathBuf::from(path)
    }

    /// The lock file.
    pub fn lock_file(&self) -> PathBuf {
        self.with_suffix(".lock")
    }

    /// Takes the lock, under which alone the folder may be changed, waiting for it; `waiting` is
    /// told once whose it is where that takes long.
    pub async fn lock(&self, waiting: impl FnOnce(&Held)) -> Result<FileLock, DiskError> {
        lock_file(&self.lock_file(), waiting).await
    }

    /// Makes the folder where it is not there; what is there without an `.info` file is left
    /// over from a run that was stopped, and goes. The lock must be held. Says whether it was
    /// made.
    ///
    /// # Errors
    /// It belongs to another repository, or the disk fails.
    pub fn prepare(&self, _lock: &FileLock) -> Result<bool, RepositoryFolderError> {
        let info = self.with_suffix(".info");
        let is_folder = fs::metadata(&self.path).is_ok_and(|metadata| metadata.is_dir());
        if is_folder
            && !self.has(HALF_MADE)
            && !self.must_be_made_anew()
            && let Ok(have) = fs::read_to_string(&info)
        {
            let have = have.strip_suffix('\n').unwrap_or(&have);
            if have != self.key() {
                let (have, want) = (have.to_owned(), self.key());
                return Err(RepositoryFolderError::OtherRepository { info, have, want });
            }
            self.heal(self.has(CHANGING));
            return Ok(false);
        }
        // Half a folder is nobody's: it must not be known whose it is while it goes.
        remove_if_there(&info)?;
        remove_tree(&self.path)?;
        create_folders(&self.path)?;
        let mark = self.path.join(HALF_MADE);
        fs::write(&mark, "").context("writing", &mark)?;
        let written = write_small_file(&info, self.key().as_bytes());
        if written.is_err() {
            // The failure to tell is the first one.
            let _ = remove_tree(&self.path);
        }
        written?;
        Ok(true)
    }

    /// Whether a program that changed the folder was killed, and it is none of git's, which can
    /// be mended.
    fn must_be_made_anew(&self) -> bool {
        self.has(CHANGING) && !self.is_of_git()
    }

    fn is_of_git(&self) -> bool {
        self.kind.starts_with("git")
    }

    /// Says that a folder which was prepared holds all that it needs. The lock must be held.
    pub fn made(&self, _lock: &FileLock) -> Result<(), DiskError> {
        remove_if_there(&self.path.join(HALF_MADE))
    }

    /// Says that programs are about to change the folder; [`RepositoryFolder::changed`] says
    /// that they have ended by themselves. The lock must be held.
    pub fn changing(&self, _lock: &FileLock) -> Result<(), DiskError> {
        let mark = self.path.join(CHANGING);
        if self.has(CHANGING) {
            // One that was killed in this run.
            self.heal(true);
        }
        fs::write(&mark, "").context("writing", &mark)
    }

    /// See [`RepositoryFolder::changing`].
    pub fn changed(&self, _lock: &FileLock) -> Result<(), DiskError> {
        remove_if_there(&self.path.join(CHANGING))
    }

    /// As [`RepositoryFolder::changed`], where a program has ended and failed: one that it had
    /// started may have been killed. The lock must be held.
    pub fn mend(&self, _lock: &FileLock) {
        self.heal(true);
    }

    /// Removes what a git that was killed left: lock files, at which every later one would fail,
    /// and parts of packs. After a run of gomod all of them are a dead git's, for git itself
    /// holds the lock of the folder as long as it runs. A go that was killed may have left one
    /// that runs on; what is as old as this is a dead one's.
    fn heal(&self, was_killed: bool) {
        const OLD: Duration = Duration::from_secs(600);
        if !self.is_of_git() {
            return;
        }
        let mark = self.path.join(CHANGING);
        let is_dead = |metadata: &fs::Metadata| {
            let age = metadata.modified().ok().and_then(|time| time.elapsed().ok());
            was_killed || age.is_some_and(|age| age > OLD)
        };
        let mut folders = vec![(self.path.clone(), false)];
        folders.push((self.path.join("objects"), false));
        folders.push((self.path.join("objects/pack"), false));
        folders.push((self.path.join("objects/info"), false));
        folders.push((self.path.join("refs"), true));
        while let Some((folder, is_deep)) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let Ok(metadata) = entry.metadata() else { continue };
                let name = entry.file_name();
                let name = name.as_encoded_bytes();
                let is_left = name.ends_with(b".lock")
                    || name.starts_with(b"tmp_")
                    || (was_killed && name.ends_with(b".keep"));
                if is_left && is_dead(&metadata) {
                    // What stays is told by the git that it keeps from its work.
                    let _ = remove_tree(&entry.path());
                } else if is_deep && metadata.is_dir() {
                    folders.push((entry.path(), true));
                }
            }
        }
        let _ = fs::remove_file(mark);
    }

    /// Removes the folder: what could not be finished in it must not be taken for whole. The
    /// lock must be held.
    pub fn remove(&self, _lock: &FileLock) -> Result<(), DiskError> {
        remove_tree(&self.path)
    }

    /// Whether the folder has a file or folder of this name.
    pub fn has(&self, name: &str) -> bool {
        fs::metadata(self.path.join(name)).is_ok()
    }

    /// Writes a file below the folder, as a program would find it there that had made it. The
    /// lock must be held.
    pub fn write(&self, _lock: &FileLock, name: &str, content: &str) -> Result<(), DiskError> {
        let path = self.path.join(name);
        fs::write(&path, content).context("writing", &path)
    }

    /// A folder for an export, of which nothing is there; the lock must be held until it goes.
    pub fn export(&self, _lock: &FileLock) -> Result<Exported, DiskError> {
        let path = self.path.join("export");
        remove_tree(&path)?;
        Ok(Exported(path))
    }

    /// Has git archive files as they are, whatever `.gitattributes` of a revision say: nothing
    /// is substituted in them, and none is left out. The lock must be held.
    pub fn keep_attributes_out(&self, _lock: &FileLock) -> Result<(), DiskError> {
        const RULE: &[u8] = b"\n* -export-subst -export-ignore\n";
        let path = self.path.join("info").join("attributes");
        create_folders(&self.path.join("info"))?;
        let mut options = OpenOptions::new();
        let mut file =
            options.read(true).append(true).create(true).open(&path).context("opening", &path)?;
        let mut content = Vec::new();
        file.read_to_end(&mut content).context("reading", &path)?;
        if content.ends_with(RULE) {
            return Ok(());
        }
        file.write_all(RULE).context("writing", &path)
    }
}

/// Copies at most so many bytes, and says how many these were.
pub fn copy(from: &mut impl io::Read, to: &mut NamedTempFile, most: u64) -> Result<u64, DiskError> {
    let path = to.path().to_owned();
    io::copy(&mut from.take(most), to.as_file_mut()).context("writing", &path)
}

/// How long the file that has this one's name is now, in bytes; 0 where it has just gone.
pub fn length(file: &NamedTempFile) -> Result<u64, DiskError> {
    match fs::metadata(file.path()) {
        Ok(metadata) => Ok(metadata.len()),
        // A program may put another in its place.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error).context("reading", file.path()),
    }
}

/// The first of these folders that has a program of this name.
pub fn find_program(folders: &[PathBuf], name: &str) -> Option<PathBuf> {
    folders.iter().map(|folder| folder.join(name)).find(|file| {
        fs::metadata(file)
            .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    })
}

/// A file that Subversion lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedFile {
    /// Its name from the folder that was exported, with slashes.
    pub name: String,
    /// How long it is said to be, in bytes.
    pub size: u64,
}

/// Why what was exported cannot be put into a zip.
#[derive(Debug, thiserror::Error)]
pub enum ZipExportError {
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// A file was not exported.
    #[error("file reported by 'svn list', but not written by 'svn export': {0}")]
    Missing(String),
    /// A file was exported that is longer or shorter.
    #[error(
        "file size differs between 'svn list' and 'svn export': file {name} listed as {listed} \
         bytes, but exported as {exported} bytes"
    )]
    OtherSize {
        /// The file.
        name: String,
        /// Its length as listed, in bytes.
        listed: u64,
        /// Its length as exported, in bytes.
        exported: u64,
    },
    /// The zip would be longer than it may be.
    #[error("zip is too long")]
    TooLong,
    /// The run is over.
    #[error("interrupted")]
    Interrupted,
}

/// A folder below that of a repository, for what is exported; it goes when this is dropped.
#[derive(Debug)]
pub struct Exported(PathBuf);

impl Exported {
    /// The folder, which is to be made by the program that exports.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Puts files into a zip of at most so many bytes, with `base` and a slash before their
    /// names.
    pub fn zip(
        &self,
        files: &[ExportedFile],
        base: &str,
        zip: NamedTempFile,
        limit: u64,
    ) -> Result<NamedTempFile, ZipExportError> {
        let zip_path = zip.path().to_owned();
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::FileTooLarge => ZipExportError::TooLong,
            _ => DiskError { action: "writing", path: zip_path.clone(), source }.into(),
        };
        let mut writer = StoredZip::new(BufWriter::new(zip), limit);
        for ExportedFile { name, size } in files {
            let path = self.0.join(name);
            // A name that leads elsewhere is none that the export has written.
            let is_inside = Path::new(name).components().all(|c| matches!(c, Component::Normal(_)));
            let metadata = fs::symlink_metadata(&path).ok();
            let metadata = metadata.filter(|metadata| is_inside && metadata.is_file());
            let missing = || ZipExportError::Missing(name.clone());
            let exported = metadata.ok_or_else(missing)?.len();
            if exported != *size {
                let (name, listed) = (name.clone(), *size);
                return Err(ZipExportError::OtherSize { name, listed, exported });
            }
            if exported > limit.min(stored_zip::LONGEST) {
                // It need not even fit into memory.
                return Err(ZipExportError::TooLong);
            }
            let content = fs::read(&path).context("reading", &path)?;
            writer.add(&format!("{base}/{name}"), &content).map_err(&failed)?;
        }
        let written = writer.finish().map_err(&failed)?;
        written.into_inner().map_err(|error| failed(error.into_error()))
    }
}

impl Drop for Exported {
    fn drop(&mut self) {
        // What stays goes before the next export.
        let _ = remove_tree(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(root: &Path) -> RepositoryFolder {
        RepositoryFolder::new(&Cache::new(root, false), "git3", "https://example.com/repo")
    }

    #[tokio::test]
    async fn a_folder_lies_where_go_looks_for_it() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = folder(root.path());
        // echo -n git3:https://example.com/repo | sha256sum
        let name = "f2d8b978fe34180d261e011cb973f908f15a98a83320a2a1107eb17f6bca2eed";
        assert_eq!(folder.path(), root.path().join("cache/vcs").join(name));
        let lock = folder.lock(|_| {}).await.expect("locked");
        folder.prepare(&lock).expect("made");
        assert!(folder.path().is_dir());
        let beside = |suffix: &str| root.path().join(format!("cache/vcs/{name}{suffix}"));
        assert!(beside(".lock").is_file());
        let info = fs::read_to_string(beside(".info")).expect("an info file");
        assert_eq!(info, "git3:https://example.com/repo");
    }

    #[tokio::test]
    async fn a_folder_stays_where_it_is_known_whose_it_is() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = folder(root.path());
        let lock = folder.lock(|_| {}).await.expect("locked");
        folder.prepare(&lock).expect("made");
        folder.made(&lock).expect("made");
        folder.write(&lock, "objects", "").expect("written");
        folder.prepare(&lock).expect("reused");
        assert!(folder.has("objects"));

        let info = folder.with_suffix(".info");
        fs::remove_file(&info).expect("removed");
        folder.prepare(&lock).expect("made anew");
        assert!(!folder.has("objects"));
        folder.made(&lock).expect("made");

        fs::write(&info, "git3:https://example.com/other\n").expect("written");
        let error = folder.prepare(&lock).expect_err("another repository's");
        let expected = format!(
            "{} exists with wrong content (have \"git3:https://example.com/other\" want \
             \"git3:https://example.com/repo\")",
            info.display()
        );
        assert_eq!(error.to_string(), expected);
    }

    #[tokio::test]
    async fn what_killed_programs_left_is_mended() {
        let root = tempfile::tempdir().expect("a folder");
        let git = folder(root.path());
        let cache = Cache::new(root.path(), false);
        let other = RepositoryFolder::new(&cache, "vcs1.hg", "https://example.com/repo");
        for folder in [&git, &other] {
            let lock = folder.lock(|_| {}).await.expect("locked");
            folder.prepare(&lock).expect("made");
            folder.write(&lock, "content", "").expect("written");
            // Killed before all was there.
            assert!(folder.prepare(&lock).expect("made again"));
            assert!(!folder.has("content"));
            folder.write(&lock, "content", "").expect("written");
            folder.made(&lock).expect("made");

            let left = ["shallow.lock", "refs/heads/main.lock", "objects/pack/tmp_pack_1"];
            for name in ["refs/heads", "objects/pack"] {
                create_folders(&folder.path().join(name)).expect("made");
            }
            let leave = || left.map(|name| folder.write(&lock, name, "").expect("written"));
            // Another's, and too new to be a dead one's.
            leave();
            assert!(!folder.prepare(&lock).expect("there"));
            assert!(left.iter().all(|name| folder.has(name)));
            // Killed in the middle of a change.
            folder.changing(&lock).expect("marked");
            let is_made_anew = folder.prepare(&lock).expect("there");
            assert_eq!(is_made_anew, folder.kind() != KIND_OF_GIT);
            assert_eq!(folder.has("content"), !is_made_anew);
            assert!(!left.iter().any(|name| folder.has(name)) && !folder.has(CHANGING));
            // A change that ends by itself.
            folder.changing(&lock).expect("marked");
            folder.changed(&lock).expect("done");
            assert!(!folder.has(CHANGING));
        }
    }

    const KIND_OF_GIT: &str = "git3";

    #[tokio::test]
    async fn attributes_are_written_once_and_at_the_end() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = folder(root.path());
        let lock = folder.lock(|_| {}).await.expect("locked");
        folder.prepare(&lock).expect("made");
        let rule = "\n* -export-subst -export-ignore\n";
        let path = folder.path().join("info/attributes");
        let read = || fs::read_to_string(&path).expect("there");
        for _ in 0..2 {
            folder.keep_attributes_out(&lock).expect("written");
            assert_eq!(read(), rule);
        }
        fs::write(&path, "*.go text\n").expect("written");
        folder.keep_attributes_out(&lock).expect("written");
        assert_eq!(read(), format!("*.go text\n{rule}"));
    }

    #[tokio::test]
    async fn exports_have_limits() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = folder(root.path());
        let lock = folder.lock(|_| {}).await.expect("locked");
        folder.prepare(&lock).expect("made");
        let export = folder.export(&lock).expect("a place");
        create_folders(export.path()).expect("made");
        // Longer than zips without the 64-bit extension can tell; nothing of it is on the disk.
        const LONG: u64 = 5 << 30;
        let long = fs::File::create(export.path().join("long")).expect("a file");
        long.set_len(LONG).expect("its length");
        fs::write(export.path().join("short"), "x").expect("written");
        let zip = |name: &str, size: u64, limit: u64| {
            let files = [ExportedFile { name: name.to_owned(), size }];
            export.zip(&files, "base", NamedTempFile::new().expect("a file"), limit)
        };
        assert!(matches!(zip("long", LONG, u64::MAX), Err(ZipExportError::TooLong)));
        assert!(matches!(zip("long", LONG, 1 << 20), Err(ZipExportError::TooLong)));
        assert!(matches!(zip("long", 1, 1 << 20), Err(ZipExportError::OtherSize { .. })));
        assert!(matches!(zip("none", 1, 1 << 20), Err(ZipExportError::Missing(_))));
        assert!(matches!(zip("../../long", 1, 1 << 20), Err(ZipExportError::Missing(_))));
        assert!(zip("short", 1, 1 << 20).is_ok());
    }

    #[test]
    fn programs_are_files_that_can_be_run() {
        let root = tempfile::tempdir().expect("a folder");
        let [first, second] = ["first", "second"].map(|name| root.path().join(name));
        fs::create_dir_all(first.join("git")).expect("a folder");
        fs::create_dir_all(&second).expect("a folder");
        let folders = [first.clone(), second.clone()];
        assert_eq!(find_program(&folders, "git"), None);
        fs::write(second.join("git"), "").expect("written");
        assert_eq!(find_program(&folders, "git"), None);
        fs::set_permissions(second.join("git"), fs::Permissions::from_mode(0o755)).expect("set");
        assert_eq!(find_program(&folders, "git"), Some(second.join("git")));
    }
}
