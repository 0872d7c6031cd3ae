//! Repositories under version control, as far as modules need them.
//!
//! [`Repositories`] are those of a run. Each is opened once, by its URL, however many modules it
//! holds, and lies in a folder of the module cache that go uses too: see
//! [`repository_folder`](crate::store::repository_folder). The user's own programs do the work,
//! with the user's own settings and credentials.
//!
//! Every question is a task of its own, which goes on where whoever asked has gone away: the
//! locks that it holds are wanted by others. It ends with the [`Repositories`].
//!
//! Source: cmd/go/internal/modfetch/codehost: the interface Repo in codehost.go, git.go, vcs.go.

mod command;
mod git;
mod other;
mod subversion;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use tempfile::NamedTempFile;
use tokio::sync::{OnceCell, Semaphore};

use crate::config::VersionControl;
use crate::spec::version;
use crate::store::DiskError;
use crate::store::cache::Cache;
use crate::store::lock::FileLock;
use crate::store::repository_folder::{RepositoryFolder, RepositoryFolderError};
use crate::store::temporary_folder::TemporaryFolder;
use crate::store::waiting::Held;
use crate::ui::progress::Progress;
use crate::ui::template::quoted;
use crate::verify::once::OnceMap;

use super::error::{ErrorKind, Obstacle};
use super::http::Http;
use super::info::Origin;

pub use command::{CommandError, Outcome};

use command::{Command, Programs, Secrets};
use git::Git;
use other::Other;

/// The longest go.mod file that is read from a repository, in bytes.
pub const MAX_GO_MOD: u64 = 16 << 20;
/// The longest LICENSE file that is read from a repository, in bytes.
pub const MAX_LICENSE: u64 = 16 << 20;

/// An ssh that fails where it would ask.
const QUIET_SSH: &str = "ssh -o BatchMode=yes";

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

impl System {
    /// Its name, in go-import meta tags, origins and GOVCS: that of its program.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Git => "git",
            Self::Mercurial => "hg",
            Self::Subversion => "svn",
            Self::Fossil => "fossil",
            Self::Bazaar => "bzr",
        }
    }
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

/// Why a repository has no answer. No password is shown.
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
    /// A file is longer than it may be.
    #[error("{file}: file is longer than {limit} bytes")]
    TooLong {
        /// The file, from the root of the repository.
        file: String,
        /// How long it may be, in bytes.
        limit: u64,
    },
    /// The zip that is made of what Subversion exported is longer than it may be.
    #[error("ReadZip: encoded file exceeds allowed size")]
    ZipTooLong,
    /// The archive of a revision is longer than it may be.
    #[error("downloaded zip file too large")]
    ArchiveTooLong,
    /// A program printed more than anybody can want of it.
    #[error("{command}: printed more than {limit} bytes")]
    PrintedTooLong {
        /// The program and its arguments.
        command: String,
        /// How much it may print, in bytes.
        limit: u64,
    },
    /// Several commits begin with these digits.
    #[error("ambiguous revision {0}")]
    Ambiguous(String),
    /// An earlier answer does not hold any more, or it cannot be told.
    #[error("{0}")]
    Changed(String),
    /// A program failed, or could not be run.
    #[error(transparent)]
    Command(#[from] Box<CommandError>),
    /// It is not known which version of git this is.
    #[error("unable to resolve git version: failed to execute git version: {0}")]
    GitVersion(Outcome),
    /// A program's answer cannot be understood.
    #[error("unexpected response from {program}: {}", quoted(answer, false))]
    Unexpected {
        /// The command.
        program: &'static str,
        /// What it printed.
        answer: String,
    },
    /// A program's answer has a time that is none.
    #[error("invalid time from {program}: {}", quoted(answer, false))]
    Time {
        /// The command.
        program: &'static str,
        /// What it printed.
        answer: String,
    },
    /// What Subversion listed is not what it exported.
    #[error("{0}")]
    Export(String),
    /// This kind of version control has no answer to this question.
    #[error("vcs {system}: {question}: unsupported operation", system = system.as_str())]
    Unsupported {
        /// The kind.
        system: System,
        /// The question, by go's name for it.
        question: &'static str,
    },
    /// A folder of this machine, where only what everybody can reach may be used.
    #[error("git remote ({url}) must not be local directory{advice}")]
    NoUrl {
        /// The repository.
        url: String,
        /// What to write instead; or empty.
        advice: &'static str,
    },
    /// What should be a URL is none.
    #[error("invalid vcs remote: {} {url}", system.as_str())]
    InvalidUrl {
        /// The kind of version control.
        system: System,
        /// The repository.
        url: String,
    },
    /// Bazaar.
    #[error(
        "{url} is a Bazaar repository, which gomod does not read, as go from 1.27 on does not\n\tset \
         GOPROXY to a proxy that has the module"
    )]
    Bazaar {
        /// The repository.
        url: String,
    },
    /// The folder of the repository cannot be used.
    #[error(transparent)]
    Folder(Arc<RepositoryFolderError>),
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] Arc<DiskError>),
    /// The run is over.
    #[error("interrupted")]
    Interrupted,
}

impl From<DiskError> for VcsError {
    fn from(error: DiskError) -> Self {
        Self::Disk(Arc::new(error))
    }
}

impl From<RepositoryFolderError> for VcsError {
    fn from(error: RepositoryFolderError) -> Self {
        match error {
            RepositoryFolderError::Disk(error) => error.into(),
            other => Self::Folder(Arc::new(other)),
        }
    }
}

impl From<CommandError> for VcsError {
    fn from(error: CommandError) -> Self {
        Self::Command(Box::new(error))
    }
}

impl VcsError {
    /// What keeps the user from the repository, where that is plain.
    pub fn obstacle(&self) -> Option<Obstacle> {
        match self {
            Self::Command(error) => error.obstacle,
            Self::GitVersion(Outcome::NotFound(_)) => Some(Obstacle::NoProgram),
            _ => None,
        }
    }

    /// What the error means for the walk over the GOPROXY list.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownRevision(_) | Self::NoCommits | Self::NoFile { .. } => ErrorKind::NotFound,
            Self::Command(error) => error.kind(),
            Self::Ambiguous(_)
            | Self::TooLong { .. }
            | Self::ZipTooLong
            | Self::ArchiveTooLong
            | Self::PrintedTooLong { .. }
            | Self::Changed(_)
            | Self::Unexpected { .. }
            | Self::Time { .. }
            | Self::Export(_) => ErrorKind::Transient,
            Self::GitVersion(_)
            | Self::Unsupported { .. }
            | Self::NoUrl { .. }
            | Self::InvalidUrl { .. }
            | Self::Bazaar { .. }
            | Self::Folder(_)
            | Self::Disk(_)
            | Self::Interrupted => ErrorKind::Local,
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

/// What is known of a revision, or why nothing is.
type Stat = Result<Arc<Revision>, Failed>;

/// What repositories of a run share.
#[derive(Clone)]
struct Context {
    cache: Cache,
    programs: Arc<Programs>,
    http: Arc<Http>,
    /// What git says of its version.
    git_version: Arc<OnceCell<Result<Vec<u8>, VcsError>>>,
    /// The run's own folder, once something is written there.
    temporary: Arc<OnceCell<TemporaryFolder>>,
    /// The file of our extension of Mercurial.
    extension: Arc<OnceCell<PathBuf>>,
    /// How git and Mercurial are to start ssh, by the settings of each.
    ssh: Arc<[OnceCell<Option<&'static str>>; 2]>,
}

impl Context {
    async fn temporary(&self) -> Result<&TemporaryFolder, DiskError> {
        self.temporary.get_or_try_init(|| async { TemporaryFolder::new(&self.cache) }).await
    }

    /// The ssh that git or Mercurial is to start in place of its own, so that nothing is asked:
    /// none where the user's settings name one.
    ///
    /// # Errors
    /// The program cannot be run.
    async fn ssh(&self, system: System) -> Result<Option<&'static str>, VcsError> {
        let (cell, settings) = match system {
            System::Git => (&self.ssh[0], ["config", "--get", "core.sshCommand"].as_slice()),
            System::Mercurial => (&self.ssh[1], ["config", "ui.ssh"].as_slice()),
            _ => return Ok(None),
        };
        let look = || async {
            if !self.programs.quiets_ssh() {
                return Ok(None);
            }
            let secrets = Secrets::default();
            let command = Command::new(system.as_str(), Path::new("/"), &secrets);
            match self.programs.run(&command.arguments(settings)).await {
                // There is no such setting.
                Err(VcsError::Command(error)) if error.outcome == Outcome::Exit(1) => {
                    Ok(Some(QUIET_SSH))
                }
                Err(VcsError::Command(error)) if matches!(error.outcome, Outcome::Exit(_)) => {
                    Ok(None)
                }
                Err(error) => Err(error),
                Ok(_) => Ok(None),
            }
        };
        cell.get_or_try_init(look).await.copied()
    }

    /// What git needs to speak to a server as the user: the token of the host, and how to start
    /// ssh. Nothing that stays on this machine needs it.
    async fn git_environment(&self, url: &str) -> Result<Vec<(String, String)>, VcsError> {
        let mut variables = self.http.credentials().git_environment(url);
        if let Some(ssh) = self.ssh(System::Git).await? {
            variables.push(("GIT_SSH_COMMAND".to_owned(), ssh.to_owned()));
        }
        Ok(variables)
    }

    /// Takes the lock of a repository's folder.
    async fn lock(
        &self,
        folder: &RepositoryFolder,
        url: &str,
        secrets: &Secrets,
    ) -> Result<FileLock, DiskError> {
        let waiting = |held: &Held| {
            let url = secrets.redact(url);
            self.programs
                .progress()
                .note(&format!("waiting for another process to be done with {url}: {held}"));
        };
        folder.lock(waiting).await
    }

    /// Makes a repository's folder where it is not there.
    fn prepare(
        &self,
        folder: &RepositoryFolder,
        lock: &FileLock,
        secrets: &Secrets,
    ) -> Result<(), VcsError> {
        let is_new = folder.prepare(lock).map_err(|error| match error {
            RepositoryFolderError::OtherRepository { info, have, want } => {
                let have = Secrets::of(&have).redact(&have);
                RepositoryFolderError::OtherRepository { info, have, want: secrets.redact(&want) }
            }
            other => other,
        })?;
        let (path, url) = (folder.path().display(), secrets.redact(folder.url()));
        let kind = folder.kind();
        self.programs.progress().command(&match is_new {
            true => format!("mkdir -p {path} # {kind} {url}"),
            false => format!("# {path} for {kind} {url}"),
        });
        Ok(())
    }
}

/// The repositories of a run. Cheap to clone; with the last one ends what is still going on in
/// them.
#[derive(Clone)]
pub struct Repositories(Arc<Opened>);

struct Opened {
    context: Context,
    repositories: OnceMap<(System, String), Result<Repository, VcsError>>,
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.context.programs.stop();
    }
}

impl Repositories {
    /// Repositories with folders in this cache, of which at most as many programs run at a time
    /// as `limit` has permits. Http asks whether a server has a repository at all, where git
    /// does not tell.
    pub fn new(
        settings: VersionControl,
        cache: Cache,
        http: Arc<Http>,
        limit: Arc<Semaphore>,
        progress: Arc<dyn Progress>,
    ) -> Self {
        let programs = Arc::new(Programs::new(settings, limit, progress));
        let (git_version, temporary, extension, ssh) = Default::default();
        let context = Context { cache, programs, http, git_version, temporary, extension, ssh };
        Self(Arc::new(Opened { context, repositories: OnceMap::default() }))
    }

    /// Opens a repository, once in a run; its server need not be asked for that.
    ///
    /// # Errors
    /// The URL is none, a program is missing, or the disk fails: see [`VcsError`].
    pub async fn open(&self, system: System, url: &str) -> Result<Repository, VcsError> {
        let begin = || {
            let (context, url) = (self.0.context.clone(), url.to_owned());
            on_its_own(async move {
                let source = Source::open(context, system, &url).await?;
                let memory = Memory::default();
                Ok(Repository { source: Arc::new(source), memory: Arc::new(memory) })
            })
        };
        self.0.repositories.get((system, url.to_owned()), begin).await
    }

    /// Asks the server whether there is a repository at a URL; nothing is written.
    /// Source: Ping in cmd/go/internal/vcs/vcs.go.
    ///
    /// # Errors
    /// There is none, or it cannot be asked.
    pub async fn answers(&self, system: System, url: &str) -> Result<(), VcsError> {
        let context = &self.0.context;
        let secrets = Secrets::of(url);
        let command = |program, arguments: &[&str]| {
            Command::new(program, Path::new("/"), &secrets).arguments(arguments)
        };
        let command = match system {
            System::Git => command("git", &["ls-remote", "-q", "--end-of-options", url, "HEAD"])
                .variables(&context.git_environment(url).await?),
            System::Mercurial => {
                let ssh = other::ssh_option(context.ssh(system).await?);
                command("hg", &["identify"]).arguments(ssh).arguments(["--", url])
            }
            System::Subversion => command("svn", &["info", "--non-interactive", "--", url]),
            // There is no way to find out.
            System::Fossil | System::Bazaar => return Ok(()),
        };
        context.programs.run(&command).await.map(drop)
    }

    /// Ends what is still going on; no repository has answers any more.
    pub fn stop(&self) {
        self.0.context.programs.stop();
    }
}

/// Work as a task of its own, from now on.
fn on_its_own<T, E>(
    work: impl Future<Output = Result<T, E>> + Send + 'static,
) -> impl Future<Output = Result<T, E>> + Send + 'static
where
    T: Send + 'static,
    E: From<VcsError> + Send + 'static,
{
    let task = tokio::spawn(work);
    async move {
        match task.await {
            Ok(outcome) => outcome,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(VcsError::Interrupted.into()),
            },
        }
    }
}

/// A repository by the kind of its version control.
enum Source {
    Git(Git),
    Other(Other),
}

impl Source {
    async fn open(context: Context, system: System, url: &str) -> Result<Self, VcsError> {
        match system {
            // git and the others would take it for an option.
            _ if url.starts_with('-') => {
                Err(VcsError::InvalidUrl { system, url: Secrets::of(url).redact(url) })
            }
            System::Git => Ok(Self::Git(Git::open(context, url).await?)),
            System::Mercurial | System::Subversion | System::Fossil => {
                Ok(Self::Other(Other::open(context, system, url).await?))
            }
            System::Bazaar => Err(VcsError::Bazaar { url: Secrets::of(url).redact(url) }),
        }
    }
}

/// What was asked in this run.
#[derive(Default)]
struct Memory {
    stats: OnceMap<String, Stat>,
    files: OnceMap<(String, String, u64), Result<Bytes, VcsError>>,
}

/// A repository, in a folder of the module cache that go uses too. Cheap to clone; what was
/// asked once in a run is not asked again.
#[derive(Clone)]
pub struct Repository {
    source: Arc<Source>,
    memory: Arc<Memory>,
}

impl std::fmt::Debug for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match &*self.source {
            Source::Git(_) => "Git",
            Source::Other(_) => "Other",
        };
        f.debug_struct("Repository").field("source", &name).finish_non_exhaustive()
    }
}

impl Repository {
    /// Checks that what an earlier answer depended on is as it was.
    ///
    /// # Errors
    /// It is not, or nobody knows.
    pub async fn check_reuse(&self, old: &Origin, subdir: &str) -> Result<(), VcsError> {
        let (source, old, subdir) = (self.source.clone(), old.clone(), subdir.to_owned());
        let check = async move {
            match &*source {
                Source::Git(git) => git.check_reuse(&old, &subdir).await,
                Source::Other(other) => other.check_reuse(&old, &subdir).await,
            }
        };
        on_its_own(check).await
    }

    /// The tags that begin with a prefix.
    pub async fn tags(&self, prefix: &str) -> Result<Arc<Tags>, VcsError> {
        let (source, prefix) = (self.source.clone(), prefix.to_owned());
        let list = async move {
            match &*source {
                Source::Git(git) => git.tags(&prefix).await.map(Arc::new),
                Source::Other(other) => other.tags(&prefix).await.map(Arc::new),
            }
        };
        on_its_own(list).await
    }

    /// A revision by any name that the version control knows: commit, branch or tag. `latest`
    /// is [`Repository::latest`].
    pub async fn stat(&self, revision: &str) -> Result<Arc<Revision>, Failed> {
        if let (Source::Git(_), "latest") = (&*self.source, revision) {
            return self.latest().await;
        }
        self.stat_named(revision).await
    }

    async fn stat_named(&self, revision: &str) -> Stat {
        if revision.starts_with('-') {
            // Programs would take it for an option.
            return Err(VcsError::UnknownRevision(revision.to_owned()).into());
        }
        let begin = || {
            let (source, revision) = (self.source.clone(), revision.to_owned());
            on_its_own(async move {
                match &*source {
                    Source::Git(git) => git.stat(&revision).await.map(Arc::new),
                    Source::Other(other) => other.stat(&revision).await,
                }
            })
        };
        self.memory.stats.get(revision.to_owned(), begin).await
    }

    /// The newest revision of the default branch.
    pub async fn latest(&self) -> Result<Arc<Revision>, Failed> {
        let Source::Git(_) = &*self.source else {
            return self.stat_named("latest").await;
        };
        let source = self.source.clone();
        let head = on_its_own(async move {
            match &*source {
                Source::Git(git) => git.head().await,
                Source::Other(_) => Err(VcsError::NoCommits),
            }
        });
        let head = head.await?;
        let revision = self.stat_named(&head).await?;
        let mut latest = Revision::clone(&revision);
        let origin = latest.origin.get_or_insert_default();
        origin.reference = "HEAD".to_owned();
        origin.hash = head;
        Ok(Arc::new(latest))
    }

    /// A file of a revision.
    ///
    /// # Errors
    /// There is none, or it is longer than so many bytes.
    pub async fn read_file(
        &self,
        revision: &str,
        file: &str,
        limit: u64,
    ) -> Result<Bytes, VcsError> {
        let known = self.stat(revision).await.map_err(|failed| failed.error)?;
        let begin = || {
            let (source, revision, file) =
                (self.source.clone(), revision.to_owned(), file.to_owned());
            let commit = known.name.clone();
            on_its_own(async move {
                match &*source {
                    Source::Git(git) => git.read_file(&commit, &file, limit).await,
                    Source::Other(other) => other.read_file(&revision, &file, limit).await,
                }
            })
        };
        let key = match &*self.source {
            Source::Git(_) => known.name.clone(),
            Source::Other(_) => revision.to_owned(),
        };
        self.memory.files.get((key, file.to_owned(), limit), begin).await
    }

    /// A zip of a folder of a revision: every name begins with one folder, of any name.
    ///
    /// # Errors
    /// There is no such folder, or the zip is longer than so many bytes; the program that makes
    /// it is ended then.
    pub async fn read_zip(
        &self,
        revision: &str,
        subdir: &str,
        limit: u64,
    ) -> Result<NamedTempFile, VcsError> {
        let known = self.stat(revision).await.map_err(|failed| failed.error)?;
        let (source, revision, subdir) =
            (self.source.clone(), revision.to_owned(), subdir.to_owned());
        let archive = async move {
            match &*source {
                Source::Git(git) => git.read_zip(&known.name, &subdir, limit).await,
                Source::Other(other) => other.read_zip(&revision, &subdir, limit).await,
            }
        };
        on_its_own(archive).await
    }

    /// The highest tag of a revision or of one before it: those that begin with the prefix and
    /// are allowed; empty where there is none.
    ///
    /// # Errors
    /// The revision is not known, or there is no way to tell.
    pub async fn recent_tag(
        &self,
        revision: &str,
        prefix: &str,
        is_allowed: impl Fn(&str) -> bool + Send,
    ) -> Result<String, VcsError> {
        let Source::Git(_) = &*self.source else {
            let tags = self.merged_tags(revision, false).await?;
            return Ok(highest(&tags, prefix, &is_allowed).unwrap_or_default());
        };
        let known = self.stat(revision).await.map_err(|failed| failed.error)?;
        let tags = self.merged_tags(&known.name, false).await?;
        // A tag that could be the beginning of a hash is no sure answer.
        let found = highest(&tags, prefix, &is_allowed);
        if let Some(tag) = found.as_ref().filter(|tag| !is_hex(tag)) {
            return Ok(tag.clone());
        }
        if self.tags(&format!("{prefix}v")).await?.list.is_empty() {
            return Ok(String::new());
        }
        // Whether they come before the revision only its history tells.
        let tags = self.merged_tags(&known.name, true).await?;
        Ok(highest(&tags, prefix, &is_allowed).or(found).unwrap_or_default())
    }

    async fn merged_tags(&self, revision: &str, in_all: bool) -> Result<Vec<String>, VcsError> {
        let (source, revision) = (self.source.clone(), revision.to_owned());
        let list = async move {
            match &*source {
                Source::Git(git) => {
                    if in_all {
                        git.fetch_history().await?;
                    }
                    git.merged_tags(&revision).await
                }
                Source::Other(other) => other.merged_tags(&revision).await,
            }
        };
        on_its_own(list).await
    }

    /// Whether a revision or one before it has this tag.
    ///
    /// # Errors
    /// The revision is not known, or there is no way to tell.
    pub async fn descends_from(&self, revision: &str, tag: &str) -> Result<bool, VcsError> {
        if let Source::Other(_) = &*self.source {
            return self.has_ancestor(revision, tag, false).await;
        }
        // With a part of the history only a way that is found is an answer.
        if let Ok(true) = self.has_ancestor(revision, tag, false).await {
            return Ok(true);
        }
        if self.tags(tag).await?.list.is_empty() {
            return Ok(false);
        }
        self.stat(revision).await.map_err(|failed| failed.error)?;
        self.has_ancestor(revision, tag, true).await
    }

    async fn has_ancestor(
        &self,
        revision: &str,
        tag: &str,
        in_all: bool,
    ) -> Result<bool, VcsError> {
        let (source, revision, tag) = (self.source.clone(), revision.to_owned(), tag.to_owned());
        let look = async move {
            match &*source {
                Source::Git(git) => {
                    if in_all {
                        git.fetch_history().await?;
                    }
                    git.is_ancestor(&tag, &revision).await
                }
                Source::Other(other) => other.descends_from(&revision, &tag).await,
            }
        };
        on_its_own(look).await
    }
}

/// The highest of the tags that begin with a prefix and are allowed, by what follows the prefix.
fn highest(tags: &[String], prefix: &str, is_allowed: &impl Fn(&str) -> bool) -> Option<String> {
    let mut highest = "";
    for tag in tags {
        if let Some(version) = tag.strip_prefix(prefix)
            && is_allowed(tag)
            && version::compare(version, highest).is_gt()
        {
            highest = version;
        }
    }
    (!highest.is_empty()).then(|| format!("{prefix}{highest}"))
}

/// Whether all are hexadecimal digits in small letters; so it is where there are none.
fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A hash of so many digits as pseudo-versions have it; what is none stays.
fn shortened(hash: &str, digits: usize) -> String {
    let is_hash = hash.len() == digits && is_hex(hash);
    if is_hash { hash[..12].to_owned() } else { hash.to_owned() }
}

/// Checks that an earlier answer was of this repository and folder.
fn moved(
    old: &Origin,
    vcs: &str,
    url: &str,
    subdir: &str,
    secrets: &Secrets,
) -> Result<(), VcsError> {
    let shown = |url: &str| quoted(&secrets.redact(&Secrets::of(url).redact(url)), false);
    let (old_url, url_now) = (shown(&old.url), shown(url));
    if old.vcs != vcs || old.url != url {
        let reason = format!("origin moved from {} {old_url} to {vcs} {url_now}", old.vcs);
        return Err(VcsError::Changed(reason));
    }
    if old.subdir != subdir {
        let (was, is) = (quoted(&old.subdir, false), quoted(subdir, false));
        let reason =
            format!("origin moved from {} {old_url} {was} to {vcs} {url_now} {is}", old.vcs);
        return Err(VcsError::Changed(reason));
    }
    Ok(())
}
