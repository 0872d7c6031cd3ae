//! Module zips made of what version control archives.
//!
//! The files' contents are copied as they are compressed in the archive. Whoever receives the
//! zip hashes and checks them anyway, as those of a zip that came from a proxy.
//! Source: codeRepo.Zip in cmd/go/internal/modfetch/coderepo.go.

use std::fs::File;
use std::sync::Arc;

use libdeflater::Decompressor;
use tempfile::NamedTempFile;

use crate::spec::ModuleVersion;
use crate::spec::modfile::{ModFile, Mode};
use crate::spec::zip::Contents;
use crate::spec::zip::create::{CreateError, SourceTree};

use super::module_folder::map_file;
use super::{Context as _, DiskError};

/// How much is gathered before it is written.
const CHUNK: usize = 128 << 10;

/// Why no module zip was made.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The archive, or what is in it, does not make up a module.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] Arc<DiskError>),
}

impl From<DiskError> for ArchiveError {
    fn from(error: DiskError) -> Self {
        Self::Disk(Arc::new(error))
    }
}

/// A module in an archive of the repository that holds it. The archive is a zip in which all
/// names begin with one folder, whatever its name; it is removed when this is dropped.
#[derive(Debug)]
pub struct ModuleArchive {
    /// The archive.
    pub file: NamedTempFile,
    /// The module version that the zip is for.
    pub module: ModuleVersion,
    /// The folder of the repository that is the module's root; empty for the repository's.
    pub folder: String,
    /// The LICENSE file of the repository's root, for a module below that has none.
    pub license: Option<Vec<u8>>,
}

impl ModuleArchive {
    /// Whether the module is below the repository's root and has no LICENSE file: then it
    /// inherits the root's.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub fn inherits_license(&self) -> Result<bool, ArchiveError> {
        if self.folder.is_empty() {
            return Ok(false);
        }
        self.read(|tree| Ok(!tree.has("LICENSE")))
    }

    fn read<T>(
        &self,
        use_tree: impl FnOnce(SourceTree<'_>) -> Result<T, ArchiveError>,
    ) -> Result<T, ArchiveError> {
        let path = self.file.path();
        let file = File::open(path).context("reading", path)?;
        // An empty file cannot be mapped, and is no zip.
        let map = match file.metadata().context("reading", path)?.len() {
            0 => None,
            _ => Some(map_file(&file).context("reading", path)?),
        };
        let bytes = map.as_ref().map_or(&[][..], AsRef::as_ref);
        use_tree(SourceTree::read(bytes, &self.folder)?)
    }

    /// Writes the module's zip, piece by piece.
    ///
    /// # Errors
    /// The archive breaks a rule for module zips, or cannot be read; or those of the writer.
    pub fn write(
        &self,
        write: impl FnMut(&[u8]) -> Result<(), DiskError>,
    ) -> Result<(), ArchiveError> {
        self.read(|tree| self.write_tree(tree, write))
    }

    fn write_tree(
        &self,
        tree: SourceTree<'_>,
        mut write: impl FnMut(&[u8]) -> Result<(), DiskError>,
    ) -> Result<(), ArchiveError> {
        let go = go_line(&tree);
        let license = self.license.as_deref().filter(|_| !tree.has("LICENSE"));
        let zip = tree.into_module(&self.module, &go, license)?;

        let mut gathered = Vec::with_capacity(CHUNK);
        zip.write(|piece| {
            if gathered.len() + piece.len() > CHUNK {
                write(&gathered)?;
                gathered.clear();
            }
            if piece.len() > CHUNK {
                return write(piece);
            }
            gathered.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(write(&gathered)?)
    }
}

/// What the go line of a tree's go.mod file says; empty where it has none that can be read.
/// Source: parseGoVers in golang.org/x/mod/zip.
fn go_line(tree: &SourceTree<'_>) -> String {
    let read = || {
        let (contents, size) = tree.go_mod()?;
        let data = match contents {
            Contents::Stored(data) => data.to_vec(),
            Contents::Deflate(data) => {
                let mut inflated = vec![0; usize::try_from(size).ok()?];
                let length = Decompressor::new().deflate_decompress(data, &mut inflated).ok()?;
                inflated.truncate(length);
                inflated
            }
        };
        let file = ModFile::parse("go.mod", &data, Mode::Lax, None).ok()?;
        file.go().map(str::to_owned)
    };
    read().unwrap_or_default()
}
