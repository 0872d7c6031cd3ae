//! Repositories under version control, as far as modules need them.
//!
//! Source: the interface Repo in cmd/go/internal/modfetch/codehost/codehost.go.

use std::sync::Arc;

use bytes::Bytes;
use tempfile::NamedTempFile;

use crate::store::DiskError;

use super::error::ErrorKind;
use super::info::Origin;

/// The longest go.mod file that is read from a repository, in bytes.
pub const MAX_GO_MOD: u64 = 16 << 20;
/// The longest LICENSE file that is read from a repository, in bytes.
pub const MAX_LICENSE: u64 = 16 << 20;

/// A kind of version control.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum System {
    /// Git.
    Git,
    /// Mercurial.
    Mercurial,
    /// Subversion.
    Subversion,
    /// Fossil.
    Fossil,
    /// Bazaar, which go dropped; it is refused.
    Bazaar,
}

/// What a repository says of a revision.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Revision {
    /// What the answer depends on.
    pub origin: Option<Origin>,
    /// The whole name, such as a commit hash.
    pub name: String,
    /// The name as pseudo-versions have it.
    pub short: String,
    /// What was asked for, as the repository knows it: the tag, where it is one.
    pub version: String,
    /// When it was committed; whole seconds.
    pub time: jiff::Timestamp,
    /// The tags that it has.
    pub tags: Vec<String>,
}

/// A tag.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tag {
    /// Its name, with the prefix.
    pub name: String,
    /// What it names, where that is known.
    pub hash: String,
}

/// The tags that begin with a prefix.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tags {
    /// In the order of their names.
    pub list: Vec<Tag>,
    /// What the answer depends on.
    pub origin: Option<Origin>,
}

/// Why a repository has no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum VcsError {
    /// No such revision. Counts as not found.
    #[error("unknown revision {0}")]
    UnknownRevision(String),
    /// There is nothing in it. Counts as not found.
    #[error("no commits")]
    NoCommits,
    /// The revision has no such file or folder. Counts as not found.
    #[error("{file}: file does not exist")]
    NoFile {
        /// The file, from the root of the repository.
        file: String,
    },
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] Arc<DiskError>),
}

impl VcsError {
    /// What the error means for the walk over the GOPROXY list.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownRevision(_) | Self::NoCommits | Self::NoFile { .. } => ErrorKind::NotFound,
            Self::Disk(_) => ErrorKind::Local,
        }
    }
}

/// A failure, and what it depends on: as long as that stays, asking again is no use.
#[derive(Clone, Debug)]
pub struct Failed {
    /// The failure.
    pub error: VcsError,
    /// What it depends on, where that is known.
    pub origin: Option<Origin>,
}

impl From<VcsError> for Failed {
    fn from(error: VcsError) -> Self {
        Self { error, origin: None }
    }
}

/// A repository, in a folder of the module cache that go uses too. Cheap to clone; what was
/// asked once in a run is not asked again.
#[derive(Clone, Debug)]
pub struct Repository(());

impl Repository {
    /// Checks that what an earlier answer depended on is as it was.
    ///
    /// # Errors
    /// It is not, or nobody knows.
    pub async fn check_reuse(&self, _old: &Origin, _subdir: &str) -> Result<(), VcsError> {
        unimplemented!()
    }

    /// The tags that begin with a prefix.
    pub async fn tags(&self, _prefix: &str) -> Result<Arc<Tags>, VcsError> {
        unimplemented!()
    }

    /// A revision by any name that the version control knows: commit, branch or tag.
    pub async fn stat(&self, _revision: &str) -> Result<Arc<Revision>, Failed> {
        unimplemented!()
    }

    /// The newest revision of the default branch.
    pub async fn latest(&self) -> Result<Arc<Revision>, Failed> {
        unimplemented!()
    }

    /// A file of a revision.
    ///
    /// # Errors
    /// There is none, or it is longer than so many bytes.
    pub async fn read_file(
        &self,
        _revision: &str,
        _file: &str,
        _limit: u64,
    ) -> Result<Bytes, VcsError> {
        unimplemented!()
    }

    /// A zip of a folder of a revision: every name begins with one folder, of any name.
    ///
    /// # Errors
    /// There is no such folder, or the zip is longer than so many bytes.
    pub async fn read_zip(
        &self,
        _revision: &str,
        _subdir: &str,
        _limit: u64,
    ) -> Result<NamedTempFile, VcsError> {
        unimplemented!()
    }

    /// The highest tag of a revision or of one before it: those that begin with the prefix and
    /// are allowed; empty where there is none.
    pub async fn recent_tag(
        &self,
        _revision: &str,
        _prefix: &str,
        _is_allowed: impl Fn(&str) -> bool + Send,
    ) -> Result<String, VcsError> {
        unimplemented!()
    }

    /// Whether a revision or one before it has this tag.
    pub async fn descends_from(&self, _revision: &str, _tag: &str) -> Result<bool, VcsError> {
        unimplemented!()
    }
}
