//! What a folder holds, in a form that compares and prints.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use super::fixture::hex;

/// The entries of a folder by relative path, in byte order; the folder itself is not
/// among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    entries: BTreeMap<String, Entry>,
}

/// One entry of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A folder and its permission bits.
    Folder {
        /// Permission bits, set-id and sticky bits included.
        mode: u32,
    },
    /// A regular file.
    File {
        /// Permission bits, set-id and sticky bits included.
        mode: u32,
        /// SHA-256 of the contents, in hexadecimal.
        sha256: String,
    },
    /// A symbolic link and what it says.
    Symlink {
        /// The text of the link.
        target: String,
    },
    /// A socket, pipe or device, which no tree of modules has.
    Other,
}

impl Tree {
    /// Reads a folder. Files that exist only to be locked are left out (see
    /// [`is_lock_file`]): which of them a run leaves depends on what it had to wait for.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let mut entries = BTreeMap::new();
        for entry in WalkDir::new(folder).min_depth(1) {
            let entry = entry?;
            let name = entry.path().strip_prefix(folder).map_err(io::Error::other)?;
            let name = name.to_string_lossy().into_owned();
            if is_lock_file(&name) {
                continue;
            }
            let metadata = entry.metadata()?;
            let mode = metadata.permissions().mode() & 0o7777;
            let kind = metadata.file_type();
            let found = if kind.is_dir() {
                Entry::Folder { mode }
            } else if kind.is_symlink() {
                let target = fs::read_link(entry.path())?;
                Entry::Symlink { target: target.to_string_lossy().into_owned() }
            } else if kind.is_file() {
                Entry::File { mode, sha256: hex(&Sha256::digest(fs::read(entry.path())?)) }
            } else {
                Entry::Other
            };
            entries.insert(name, found);
        }
        Ok(Self { entries })
    }

    /// The tree of this folder with zips by what is in them: the digests of their files, and the
    /// files' names. How a zip is compressed is its writer's affair.
    pub fn zips_by_content(mut self, folder: &Path) -> io::Result<Self> {
        for (name, entry) in &mut self.entries {
            let Entry::File { sha256, .. } = entry else { continue };
            if !name.ends_with(".zip") {
                continue;
            }
            let mut zip = zip::ZipArchive::new(fs::File::open(folder.join(name))?)?;
            let mut lines = Vec::new();
            for index in 0..zip.len() {
                let mut file = zip.by_index(index)?;
                let mut data = Vec::new();
                io::copy(&mut file, &mut data)?;
                let name = file.name().map_err(io::Error::other)?;
                lines.push(format!("{}  {name}\n", hex(&Sha256::digest(data))));
            }
            lines.sort();
            *sha256 = hex(&Sha256::digest(lines.concat()));
        }
        Ok(self)
    }

    /// The tree without the entries whose path satisfies the predicate.
    pub fn without(mut self, predicate: impl Fn(&str) -> bool) -> Self {
        self.entries.retain(|name, _| !predicate(name));
        self
    }

    /// The entries by path.
    pub fn entries(&self) -> &BTreeMap<String, Entry> {
        &self.entries
    }

    /// What differs, one line an entry: `-` what only `self` has, `+` what only
    /// `other` has. Empty when the two are equal.
    pub fn diff(&self, other: &Self) -> String {
        let mut names: Vec<&String> = self.entries.keys().chain(other.entries.keys()).collect();
        names.sort_unstable();
        names.dedup();
        let mut lines = String::new();
        for name in names {
            let (ours, theirs) = (self.entries.get(name), other.entries.get(name));
            if ours == theirs {
                continue;
            }
            for (sign, entry) in [('-', ours), ('+', theirs)] {
                if let Some(entry) = entry {
                    lines.push_str(&format!("{sign} {name} {entry}\n"));
                }
            }
        }
        lines
    }
}

/// One line an entry: path, mode, SHA-256; for a folder or a link, its kind.
impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries.iter().try_for_each(|(name, entry)| writeln!(f, "{name} {entry}"))
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder { mode } => write!(f, "{mode:04o} folder"),
            Self::File { mode, sha256 } => write!(f, "{mode:04o} {sha256}"),
            Self::Symlink { target } => write!(f, "-> {target}"),
            Self::Other => f.write_str("special"),
        }
    }
}

/// Whether a path inside a GOMODCACHE or GOPATH names a file that is only ever locked:
/// `V.lock` beside a version, a repository's `.lock`, and the side lock `cache/lock`.
pub fn is_lock_file(name: &str) -> bool {
    name.ends_with(".lock") || name == "cache/lock" || name.ends_with("/cache/lock")
}

/// Removes a file or folder, read-only folders inside included; what is not there is
/// removed already.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
        Ok(metadata) if !metadata.is_dir() => return fs::remove_file(path),
        Ok(_) => {}
    }
    unlock_folder(path)?;
    fs::remove_dir_all(path)
}

/// Sets back, by so many days, when a file or folder and all below were read and written.
pub fn age(path: &Path, days: u64) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = since.map_err(io::Error::other)?.as_secs();
    let time = Timespec { tv_sec: (now - days * 86_400).cast_signed(), tv_nsec: 0 };
    let times = Timestamps { last_access: time, last_modification: time };
    for entry in WalkDir::new(path).contents_first(true) {
        utimensat(CWD, entry?.path(), &times, AtFlags::SYMLINK_NOFOLLOW)?;
    }
    Ok(())
}

/// Gives the owner every right to a folder and to those below it.
fn unlock_folder(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            unlock_folder(&entry.path())?;
        }
    }
    Ok(())
}

/// Makes a user, and the group of the same number, own a folder and all below it. Only
/// root may.
pub fn give_away(folder: &Path, user: u32) -> io::Result<()> {
    for entry in WalkDir::new(folder) {
        std::os::unix::fs::lchown(entry?.path(), Some(user), Some(user))?;
    }
    Ok(())
}

/// Tells a go whose `$HOME` is this to count nothing: the process that go leaves behind
/// for it would still write there while the folder is removed.
pub fn without_telemetry(home: &Path) -> io::Result<()> {
    let folder = home.join(".config/go/telemetry");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("mode"), "off")
}
