//! The files of the checksum database's client, shared with go: records and tiles in
//! GOMODCACHE, and the latest signed tree below GOPATH, outside the cache.
//!
//! Source: cmd/go/internal/modfetch/sumdb.go.

use std::path::{Path, PathBuf};

use super::cache::write_small_file;
use super::lock::{LockedFile, read_shared};
use super::{Context, DiskError};

/// What became of a compare-and-swap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swap {
    /// The file now holds the new content.
    Done,
    /// It held neither the old content nor nothing; it is unchanged.
    Conflict,
}

/// The folders of the checksum database's files.
#[derive(Debug, Clone)]
pub struct SumdbFiles {
    cache: PathBuf,
    config: Option<PathBuf>,
}

impl SumdbFiles {
    /// Files below `cache/download/sumdb` of a cache, and below `GOPATH/pkg/sumdb`,
    /// which is missing where there is no GOPATH.
    pub fn new(download: &Path, config: Option<&Path>) -> Self {
        Self { cache: download.join("sumdb"), config: config.map(Path::to_owned) }
    }

    fn config_file(&self, name: &str) -> Result<PathBuf, DiskError> {
        let missing = || std::io::Error::new(std::io::ErrorKind::NotFound, "missing $GOPATH");
        let folder = self
            .config
            .as_deref()
            .ok_or_else(missing)
            .context("locating sumdb file", Path::new(name))?;
        Ok(folder.join(name))
    }

    /// Reads a remembered file such as `NAME/latest`; empty where there is none, or where its
    /// writer was killed.
    pub fn read_config(&self, name: &str) -> Result<Vec<u8>, DiskError> {
        let content = read_shared(&self.config_file(name)?)?.unwrap_or_default();
        Ok(if is_unwritten(&content) { Vec::new() } else { content })
    }

    /// Replaces a remembered file where it still holds `old`, or nothing.
    pub fn swap_config(&self, name: &str, old: &[u8], new: &[u8]) -> Result<Swap, DiskError> {
        let path = self.config_file(name)?;
        let mut file = LockedFile::open(&path)?;
        let current = file.read()?;
        if !is_unwritten(&current) && current != old {
            return Ok(Swap::Conflict);
        }
        file.replace(new)?;
        Ok(Swap::Done)
    }

    /// Reads a cached record or tile. One whose writer was killed, or has created it and does
    /// not hold its lock yet, counts as missing.
    pub fn read_cache(&self, name: &str) -> Option<Vec<u8>> {
        read_shared(&self.cache.join(name)).ok().flatten().filter(|data| !is_unwritten(data))
    }

    /// Caches a record or tile. It never changes again, so it gets its name when it is whole:
    /// a part of one would be taken for the database's lie.
    pub fn write_cache(&self, name: &str, data: &[u8]) -> Result<(), DiskError> {
        write_small_file(&self.cache.join(name), data)
    }
}

/// Whether a file is as [`LockedFile::replace`] leaves it where it is killed: empty, or of NULs,
/// which no record, tile or signed tree is.
fn is_unwritten(content: &[u8]) -> bool {
    content.iter().all(|&byte| byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compare_and_swap() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = SumdbFiles::new(folder.path(), Some(&folder.path().join("config")));
        assert_eq!(files.read_config("db/latest").expect("read"), b"");
        assert_eq!(files.swap_config("db/latest", b"", b"one").expect("swap"), Swap::Done);
        assert_eq!(files.swap_config("db/latest", b"", b"two").expect("swap"), Swap::Conflict);
        assert_eq!(files.swap_config("db/latest", b"one", b"two").expect("swap"), Swap::Done);
        assert_eq!(files.read_config("db/latest").expect("read"), b"two");
        assert!(SumdbFiles::new(folder.path(), None).read_config("db/latest").is_err());
    }

    #[test]
    fn an_empty_cache_file_is_missing() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = SumdbFiles::new(folder.path(), None);
        assert_eq!(files.read_cache("db/tile/8/0/000"), None);
        files.write_cache("db/tile/8/0/000", b"").expect("written");
        assert_eq!(files.read_cache("db/tile/8/0/000"), None);
        for torn in ["", "\0\0\0"] {
            std::fs::write(folder.path().join("sumdb/db/tile/8/0/000"), torn).expect("torn");
            assert_eq!(files.read_cache("db/tile/8/0/000"), None);
        }
        files.write_cache("db/tile/8/0/000", b"x").expect("written");
        assert_eq!(files.read_cache("db/tile/8/0/000").as_deref(), Some(&b"x"[..]));
    }
}
