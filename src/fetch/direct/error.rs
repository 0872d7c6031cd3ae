//! Why version control has no such module, or no such version of it.

use crate::fetch::error::{ErrorKind, Obstacle};
use crate::fetch::info::Origin;
use crate::fetch::vcs::VcsError;
use crate::spec::modfile::quote;
use crate::spec::version::InvalidVersion;
use crate::store::archive::ArchiveError;

use super::layout::{LayoutError, LocationError};

/// A failure of a module at version control, without the module's name.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CodeError {
    /// The repository cannot hold a module with this path.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The version of the module is not what it says, or not there. The name of the module goes
    /// before it together with this version, which need not be the one that was asked for.
    #[error("invalid {}: {problem}", if *.is_pseudo { "pseudo-version" } else { "version" })]
    Invalid {
        /// The version.
        version: String,
        /// Whether it is refused as a pseudo-version.
        is_pseudo: bool,
        /// What is wrong with it.
        problem: Box<VersionProblem>,
    },
    /// Only canonical versions have files.
    #[error("version {0} is not canonical")]
    NotCanonical(String),
    /// The revision does not have the module.
    #[error(transparent)]
    Location(#[from] LocationError),
    /// The repository has no answer.
    #[error(transparent)]
    Vcs(#[from] VcsError),
    /// There is no zip to be made of the revision.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

impl CodeError {
    /// An invalid version.
    pub(super) fn invalid(version: &str, problem: impl Into<VersionProblem>) -> Self {
        let problem = Box::new(problem.into());
        Self::Invalid { version: version.to_owned(), is_pseudo: false, problem }
    }

    /// An invalid pseudo-version.
    pub(super) fn invalid_pseudo(version: &str, problem: impl Into<VersionProblem>) -> Self {
        let problem = Box::new(problem.into());
        Self::Invalid { version: version.to_owned(), is_pseudo: true, problem }
    }

    /// The message where no name of the module goes before it: then it names the version itself.
    /// Source: InvalidVersionError in golang.org/x/mod/module.
    pub fn unnamed(&self) -> String {
        match self {
            Self::Invalid { version, is_pseudo, problem } => {
                let noun = if *is_pseudo { "pseudo-version" } else { "version" };
                format!("{noun} {} invalid: {problem}", quote(version.as_bytes()))
            }
            other => other.to_string(),
        }
    }

    /// Whether it is that no zip can be made of the revision.
    pub fn is_of_zip(&self) -> bool {
        matches!(
            self,
            Self::Archive(ArchiveError::Create(_))
                | Self::Vcs(VcsError::ArchiveTooLong | VcsError::ZipTooLong)
        )
    }

    /// What keeps the user from the repository, where that is plain.
    pub fn obstacle(&self) -> Option<Obstacle> {
        match self {
            Self::Vcs(error) => error.obstacle(),
            Self::Invalid { problem, .. } => match &**problem {
                VersionProblem::Vcs(error) => error.obstacle(),
                _ => None,
            },
            _ => None,
        }
    }

    /// What the error means for the walk over the GOPROXY list.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Layout(_) | Self::NotCanonical(_) => ErrorKind::Local,
            Self::Invalid { problem, .. } => match &**problem {
                VersionProblem::Vcs(error) => error.kind(),
                // Whatever the reason: in this repository there is no such version.
                VersionProblem::Location(_) => ErrorKind::NotFound,
                _ => ErrorKind::Transient,
            },
            Self::Location(_) => ErrorKind::Transient,
            Self::Vcs(error) => error.kind(),
            Self::Archive(ArchiveError::Create(_)) => ErrorKind::Transient,
            Self::Archive(ArchiveError::Disk(_)) => ErrorKind::Local,
        }
    }
}

impl From<InvalidVersion> for CodeError {
    fn from(error: InvalidVersion) -> Self {
        let InvalidVersion { version, pseudo, reason } = error;
        Self::Invalid {
            version,
            is_pseudo: pseudo,
            problem: Box::new(VersionProblem::Malformed(reason)),
        }
    }
}

/// What is wrong with a version.
#[derive(Clone, Debug, thiserror::Error)]
pub enum VersionProblem {
    /// The repository has no answer.
    #[error(transparent)]
    Vcs(#[from] VcsError),
    /// The revision does not have the module. Counts as not found.
    #[error(transparent)]
    Location(#[from] LocationError),
    /// It breaks the rules for its form.
    #[error("{0}")]
    Malformed(String),
    /// The module's path names another major version.
    #[error("module path includes a major version suffix, so major version must match")]
    OtherMajor,
    /// The module declares its path, which then has to name the major version.
    #[error(
        "module contains a go.mod file, so module path must match major version ({})",
        quote(.0.as_bytes())
    )]
    NeedsSuffix(String),
    /// The module's path allows the major version as it is.
    #[error("+incompatible suffix not allowed: major version {0} is compatible")]
    Compatible(String),
    /// It is canonical, but the revision that it names has another version.
    #[error("resolves to version {version} ({tag} is not a tag)")]
    Resolves {
        /// The version of the revision.
        version: String,
        /// What would have to be a tag.
        tag: String,
    },
    /// A pseudo-version's revision goes on after the twelve digits, or what its kind of version
    /// control has instead.
    #[error("revision is longer than canonical (expected {0})")]
    LongRevision(String),
    /// A pseudo-version's revision is cut off.
    #[error("revision is shorter than canonical (expected {0})")]
    ShortRevision(String),
    /// A pseudo-version's revision is a name of another form.
    #[error("does not match short name of revision (expected {0})")]
    OtherRevision(String),
    /// A pseudo-version's time is not that of the commit.
    #[error("does not match version-control timestamp (expected {0})")]
    OtherTime(String),
    /// A module without a major version suffix has v0 pseudo-versions, where no v1 tag is before.
    #[error("major version without preceding tag must be v0, not v1")]
    BareMajor,
    /// The revision has the tag that the pseudo-version claims to follow.
    #[error(
        "tag ({tag}) found on revision {revision} is already canonical, so should not be replaced with a pseudo-version derived from that tag"
    )]
    Tagged {
        /// The tag.
        tag: String,
        /// The revision.
        revision: String,
    },
    /// The tag that the pseudo-version claims to follow does not exist.
    #[error("preceding tag ({0}) not found")]
    NoTag(String),
    /// The tag that the pseudo-version claims to follow is on another branch.
    #[error("revision {revision} is not a descendent of preceding tag ({tag})")]
    NotDescendent {
        /// The revision.
        revision: String,
        /// The tag.
        tag: String,
    },
}

/// A failure, and what it depends on: as long as that stays, asking again is no use.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{error}")]
pub struct StatError {
    /// The failure.
    pub error: CodeError,
    /// What it depends on, where that is known.
    pub origin: Option<Box<Origin>>,
}

impl From<CodeError> for StatError {
    fn from(error: CodeError) -> Self {
        Self { error, origin: None }
    }
}
