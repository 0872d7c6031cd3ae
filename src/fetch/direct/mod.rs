//! A module at version control: what its tags and commits are called as versions, and the
//! go.mod file and zip of each.
//!
//! The rules ask a repository through [`CodeHost`] and know nothing of how it answers.
//! Source: ref/mod#vcs, cmd/go/internal/modfetch/coderepo.go.

pub mod discovery;
pub mod error;
mod incompatible;
pub mod layout;
pub mod look_up;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tempfile::NamedTempFile;
use tokio::task::spawn_blocking;

use crate::spec::modfile::{ModFile, Mode, VersionInterval, auto_quote};
use crate::spec::zip::create::CreateError;
use crate::spec::zip::{FileProblem, InvalidFile, MAX_ZIP, ZipError};
use crate::spec::{ModulePath, ModuleVersion, VersionNames, path, version};
use crate::store::archive::{ArchiveError, ModuleArchive};

use super::info::{Info, Origin};
use super::vcs::{Failed, MAX_GO_MOD, MAX_LICENSE, Repository, Revision, Tags, VcsError};
use error::{CodeError, StatError, VersionProblem};
use incompatible::IncompatibleRule;
use layout::{Layout, LocationError, Place};

/// What a repository under version control answers; see [`Repository`], which is the one
/// outside of tests.
pub trait CodeHost: Send + Sync {
    /// See [`Repository::check_reuse`].
    fn check_reuse(
        &self,
        old: &Origin,
        subdir: &str,
    ) -> impl Future<Output = Result<(), VcsError>> + Send;

    /// See [`Repository::tags`].
    fn tags(&self, prefix: &str) -> impl Future<Output = Result<Arc<Tags>, VcsError>> + Send;

    /// See [`Repository::stat`].
    fn stat(&self, revision: &str) -> impl Future<Output = Result<Arc<Revision>, Failed>> + Send;

    /// See [`Repository::latest`].
    fn latest(&self) -> impl Future<Output = Result<Arc<Revision>, Failed>> + Send;

    /// See [`Repository::read_file`].
    fn read_file(
        &self,
        revision: &str,
        file: &str,
        limit: u64,
    ) -> impl Future<Output = Result<Bytes, VcsError>> + Send;

    /// See [`Repository::read_zip`].
    fn read_zip(
        &self,
        revision: &str,
        subdir: &str,
        limit: u64,
    ) -> impl Future<Output = Result<NamedTempFile, VcsError>> + Send;

    /// See [`Repository::recent_tag`].
    fn recent_tag(
        &self,
        revision: &str,
        prefix: &str,
        is_allowed: impl Fn(&str) -> bool + Send,
    ) -> impl Future<Output = Result<String, VcsError>> + Send;

    /// See [`Repository::descends_from`].
    fn descends_from(
        &self,
        revision: &str,
        tag: &str,
    ) -> impl Future<Output = Result<bool, VcsError>> + Send;
}

impl CodeHost for Repository {
    async fn check_reuse(&self, old: &Origin, subdir: &str) -> Result<(), VcsError> {
        self.check_reuse(old, subdir).await
    }

    async fn tags(&self, prefix: &str) -> Result<Arc<Tags>, VcsError> {
        self.tags(prefix).await
    }

    async fn stat(&self, revision: &str) -> Result<Arc<Revision>, Failed> {
        self.stat(revision).await
    }

    async fn latest(&self) -> Result<Arc<Revision>, Failed> {
        self.latest().await
    }

    async fn read_file(&self, revision: &str, file: &str, limit: u64) -> Result<Bytes, VcsError> {
        self.read_file(revision, file, limit).await
    }

    async fn read_zip(
        &self,
        revision: &str,
        subdir: &str,
        limit: u64,
    ) -> Result<NamedTempFile, VcsError> {
        self.read_zip(revision, subdir, limit).await
    }

    async fn recent_tag(
        &self,
        revision: &str,
        prefix: &str,
        is_allowed: impl Fn(&str) -> bool + Send,
    ) -> Result<String, VcsError> {
        self.recent_tag(revision, prefix, is_allowed).await
    }

    async fn descends_from(&self, revision: &str, tag: &str) -> Result<bool, VcsError> {
        self.descends_from(revision, tag).await
    }
}

/// A module in a repository under version control.
#[derive(Clone, Debug)]
pub struct CodeRepository<C = Repository> {
    code: C,
    layout: Layout,
}

/// The tagged versions of a module.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Versions {
    /// In ascending order, the `+incompatible` ones behind the others.
    pub list: VersionNames,
    /// What the answer depends on.
    pub origin: Option<Origin>,
}

/// Where a revision has the module.
struct Found {
    revision: String,
    /// The module's root, from the root of the repository.
    folder: String,
    /// Its go.mod file, where it has one.
    go_mod: Option<Bytes>,
}

/// A version without the `+incompatible` behind it.
fn without_mark(version: &str) -> &str {
    version.strip_suffix("+incompatible").unwrap_or(version)
}

/// A file that is not there is an answer; whatever else keeps it from being read is none.
fn if_there(read: Result<Bytes, VcsError>) -> Result<Option<Bytes>, VcsError> {
    match read {
        Ok(data) => Ok(Some(data)),
        Err(VcsError::NoFile { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The go.mod file of a module that has none. Source: LegacyGoMod.
fn legacy_go_mod(module: &ModulePath) -> Bytes {
    format!("module {}\n", auto_quote(module)).into()
}

impl<C: CodeHost> CodeRepository<C> {
    /// The module in a repository that has the path `root` at its root. `subdir` is the folder
    /// of the repository that this path stands for; empty for the repository's own root.
    ///
    /// # Errors
    /// The repository cannot hold the module.
    pub fn new(code: C, root: &str, subdir: &str, module: &ModulePath) -> Result<Self, CodeError> {
        Ok(Self { code, layout: Layout::new(root, subdir, module)? })
    }

    /// Checks that what an earlier answer depended on is as it was.
    ///
    /// # Errors
    /// It is not, or nobody knows.
    pub async fn check_reuse(&self, old: &Origin) -> Result<(), CodeError> {
        Ok(self.code.check_reuse(old, &self.layout.folder).await?)
    }

    /// The tagged versions that begin with a prefix (empty for all). Which `+incompatible` ones
    /// are among them depends on the others, and so on the prefix.
    ///
    /// # Errors
    /// The repository fails.
    pub async fn versions(&self, prefix: &str) -> Result<Versions, CodeError> {
        let Layout { module, folder, .. } = &self.layout;
        // The tags are those of the path without -unstable.
        if module.starts_with("gopkg.in/") && module.ends_with("-unstable") {
            return Ok(Versions::default());
        }
        let tag_prefix = self.layout.tag_prefix();
        let tags = self.code.tags(&format!("{tag_prefix}{prefix}")).await?;
        let origin = tags.origin.clone().map(|mut origin| {
            folder.clone_into(&mut origin.subdir);
            origin
        });
        let (mut list, mut incompatible) = (Vec::new(), Vec::new());
        for tag in &tags.list {
            let Some(tag) = tag.name.strip_prefix(&tag_prefix) else { continue };
            let is_version = tag.starts_with(prefix)
                && !tag.is_empty()
                && version::canonical_tag(tag) == tag
                && !version::is_pseudo(tag);
            if !is_version {
                continue;
            }
            if self.layout.allows(tag) {
                list.push(tag.to_owned());
            } else if self.layout.may_be_incompatible() {
                incompatible.push(tag.to_owned());
            }
        }
        list.sort_by(|a, b| version::compare_for_list(a, b));
        incompatible.sort_by(|a, b| version::compare_for_list(a, b));
        self.add_incompatible(&mut list, &incompatible).await?;
        Ok(Versions { list: list.into_iter().collect(), origin })
    }

    /// Adds the incompatible versions that are still meant to be used: those of major versions
    /// of which the highest has no go.mod file, unless the highest compatible one has.
    async fn add_incompatible(
        &self,
        list: &mut Vec<String>,
        incompatible: &[String],
    ) -> Result<(), CodeError> {
        if incompatible.is_empty() {
            return Ok(());
        }
        let has_go_mod = async |tag: &str| {
            let read = self.code.read_file(tag, "go.mod", MAX_GO_MOD).await;
            if_there(read).map(|found| found.is_some())
        };
        // The author has moved to modules, and to v0 or v1: golang.org/issue/34189.
        if let Some(highest) = list.last()
            && has_go_mod(highest).await?
        {
            return Ok(());
        }
        let majors = incompatible.chunk_by(|a, b| version::major(a) == version::major(b));
        for versions in majors {
            let Some(highest) = versions.last() else { continue };
            if !has_go_mod(highest).await? {
                list.extend(versions.iter().map(|version| format!("{version}+incompatible")));
            }
        }
        Ok(())
    }

    /// The version that a version, branch, tag or commit stands for.
    ///
    /// # Errors
    /// There is no such revision, or it does not have the module, or the version is not what
    /// it says.
    pub async fn stat(&self, revision: &str) -> Result<Info, StatError> {
        if revision == "latest" {
            return self.latest().await;
        }
        match self.code.stat(&self.layout.revision_of(revision)).await {
            Ok(found) => self.convert(&found, revision).await,
            Err(Failed { error, origin }) => {
                let error = CodeError::invalid(revision, error);
                Err(StatError { error, origin: origin.map(Box::new) })
            }
        }
    }

    /// The version of the newest revision of the default branch.
    ///
    /// # Errors
    /// There is none, or it does not have the module.
    pub async fn latest(&self) -> Result<Info, StatError> {
        match self.code.latest().await {
            Ok(found) => self.convert(&found, "").await,
            Err(Failed { error, origin }) => {
                Err(StatError { error: error.into(), origin: origin.map(Box::new) })
            }
        }
    }

    /// What a revision is called as a version, and what that depends on. `asked` is what it was
    /// found by; empty where by nothing.
    async fn convert(&self, revision: &Revision, asked: &str) -> Result<Info, StatError> {
        let outcome = self.version_of(revision, asked).await;
        let mut origin = revision.origin.clone().map(Box::new);
        if let Some(origin) = &mut origin {
            self.layout.folder.clone_into(&mut origin.subdir);
        }
        let version = match outcome {
            Ok(version) => version,
            Err(error) => return Err(StatError { error, origin }),
        };
        // Another tag would have led to another pseudo-version.
        let depends_on_tags =
            version::is_pseudo(&version) && (version != asked || !version.starts_with("v0.0.0-"));
        if let Some(origin) = origin.as_mut().filter(|_| depends_on_tags) {
            let tags = self.code.tags(&self.layout.pseudo_tag_prefix()).await;
            let tags = tags.map_err(CodeError::from)?;
            if let Some(of_tags) = &tags.origin {
                origin.tag_prefix.clone_from(&of_tags.tag_prefix);
                origin.tag_sum.clone_from(&of_tags.tag_sum);
                if !of_tags.repo_sum.is_empty() {
                    origin.repo_sum.clone_from(&of_tags.repo_sum);
                }
            }
        }
        Ok(Info { version, time: revision.time.to_string(), origin: origin.map(|origin| *origin) })
    }

    async fn version_of(&self, revision: &Revision, asked: &str) -> Result<String, CodeError> {
        let mut rule = IncompatibleRule::new(&self.layout, asked);
        if version::is_pseudo(asked) {
            // The place first: it takes one commit, where the tag before it takes the history.
            let version = self.check_canonical(revision, asked, asked, &mut rule).await?;
            self.check_pseudo(revision, asked).await?;
            return Ok(version);
        }
        let retracted = self.retracted().await.unwrap_or_default();
        let is_retracted = |tagged: &str| {
            retracted.iter().any(|interval| {
                version::compare(&interval.low, tagged).is_le()
                    && version::compare(tagged, &interval.high).is_le()
            })
        };
        let tag_prefix = self.layout.tag_prefix();
        let tagged = |tag: &str| Tagged::parse(tag, &tag_prefix);
        if let Some(Tagged { version, is_canonical: true }) = tagged(&revision.version)
            && let Ok(checked) = self.check_canonical(revision, &version, asked, &mut rule).await
        {
            return Ok(checked);
        }

        let (mut highest, mut base) = (String::new(), String::new());
        for Tagged { version, is_canonical } in revision.tags.iter().filter_map(|tag| tagged(tag)) {
            if version::is_valid(asked) && version::compare(&version, asked).is_eq() {
                if is_canonical {
                    return self.check_canonical(revision, &version, asked, &mut rule).await;
                }
                // The tag may be one of several that are equal, so it is no name; but a
                // pseudo-version that follows it is.
                base.clone_from(&version);
            }
            if is_canonical
                && version::compare(&highest, &version).is_lt()
                && !is_retracted(&version)
                && (self.layout.allows(&version)
                    || self.allows(&mut rule, revision, &version).await?)
            {
                highest = version;
            }
        }
        if !highest.is_empty() {
            return self.check_canonical(revision, &highest, asked, &mut rule).await;
        }
        if base.is_empty() {
            let tag = self.recent_tag(revision, &mut rule, &is_retracted).await?;
            base = tagged(&tag).map(|tagged| tagged.version).unwrap_or_default();
        }
        let major = path::major_of_suffix(&self.layout.suffix);
        let timestamp = revision.time.strftime(TIMESTAMP).to_string();
        let pseudo = version::pseudo(major, &base, &timestamp, &revision.short);
        self.check_canonical(revision, &pseudo, asked, &mut rule).await
    }

    /// The highest tag before a revision that a pseudo-version may follow; or empty. The
    /// repository chooses among its tags in one go, so what the choice turns out to depend on is
    /// looked up between two attempts.
    async fn recent_tag(
        &self,
        revision: &Revision,
        rule: &mut IncompatibleRule,
        is_retracted: &(impl Fn(&str) -> bool + Sync),
    ) -> Result<String, CodeError> {
        let tag_prefix = self.layout.tag_prefix();
        loop {
            let unknown = Mutex::new(BTreeSet::new());
            let is_allowed = |tag: &str| {
                let Some(Tagged { version, .. }) = Tagged::parse(tag, &tag_prefix) else {
                    return false;
                };
                let is_allowed = self.layout.allows(&version)
                    || rule.judge(&version).unwrap_or_else(|file| {
                        // Each change is one insertion, so a panic elsewhere leaves it whole.
                        unknown.lock().unwrap_or_else(PoisonError::into_inner).insert(file);
                        false
                    });
                is_allowed && !is_retracted(&version)
            };
            let tag = match self.code.recent_tag(&revision.name, &tag_prefix, is_allowed).await {
                Ok(tag) => tag,
                // Then there is no tag to follow, as far as anybody knows.
                Err(VcsError::Unsupported { .. }) => return Ok(String::new()),
                Err(error) => return Err(error.into()),
            };
            let unknown = unknown.into_inner().unwrap_or_else(PoisonError::into_inner);
            if unknown.is_empty() {
                return Ok(tag);
            }
            for file in unknown {
                self.look(rule, revision, file).await?;
            }
        }
    }

    /// Whether a version may have `+incompatible` behind it, at this revision.
    async fn allows(
        &self,
        rule: &mut IncompatibleRule,
        revision: &Revision,
        version: &str,
    ) -> Result<bool, VcsError> {
        loop {
            match rule.judge(version) {
                Ok(verdict) => return Ok(verdict),
                Err(file) => self.look(rule, revision, file).await?,
            }
        }
    }

    /// Looks up a file for the rule, to which its length does not matter.
    ///
    /// # Errors
    /// It cannot be told whether there is one. To go it is not there then.
    async fn look(
        &self,
        rule: &mut IncompatibleRule,
        revision: &Revision,
        file: String,
    ) -> Result<(), VcsError> {
        let is_there = match self.code.read_file(&revision.name, &file, MAX_GO_MOD).await {
            Err(VcsError::TooLong { .. }) => true,
            read => if_there(read)?.is_some(),
        };
        rule.learn(file, is_there);
        Ok(())
    }

    /// Checks that a canonical version is what the module can have there, and marks it as
    /// incompatible where it is. `asked` is what the revision was found by.
    async fn check_canonical(
        &self,
        revision: &Revision,
        version: &str,
        asked: &str,
        rule: &mut IncompatibleRule,
    ) -> Result<String, CodeError> {
        self.find(version).await.map_err(|error| CodeError::invalid(version, error))?;
        let version = if version == without_mark(asked) { asked } else { version };
        let base = without_mark(version);
        let major = || version::major(version).to_owned();
        let mut marked = version.to_owned();
        let mut problem = None;
        if self.layout.allows(base) {
            if version != base {
                problem = Some(VersionProblem::Compatible(major()));
            }
        } else if self.allows(rule, revision, base).await? {
            marked = format!("{base}+incompatible");
        } else if self.layout.suffix.is_empty() {
            let suffixed = format!("{}/{}", self.layout.prefix, major());
            problem = Some(VersionProblem::NeedsSuffix(suffixed));
        } else {
            problem = Some(VersionProblem::OtherMajor);
        }
        // Nothing is as confusing as a canonical version that stands for another.
        if version::is_canonical(asked) && without_mark(asked) != base {
            let tag = without_mark(asked).to_owned();
            return Err(CodeError::invalid(
                asked,
                VersionProblem::Resolves { version: marked, tag },
            ));
        }
        match problem {
            Some(problem) => Err(CodeError::invalid(version, problem)),
            None => Ok(marked),
        }
    }

    /// Checks that a pseudo-version is what its revision could be called: the revision's name
    /// and time, behind a tag that comes before it.
    ///
    /// The tag keeps authors from making up versions as high as they like, and keeps the names
    /// of a commit few. It need not be the highest one, since that may have come later.
    async fn check_pseudo(&self, revision: &Revision, asked: &str) -> Result<(), CodeError> {
        let invalid = |problem: VersionProblem| CodeError::invalid_pseudo(asked, problem);
        let syntax = || invalid(VersionProblem::Malformed("syntax error".to_owned()));
        let named = version::parse_pseudo(asked).ok_or_else(syntax)?.revision;
        let short = &revision.short;
        if named != short {
            let expected = short.clone();
            return Err(invalid(if named.starts_with(short.as_str()) {
                VersionProblem::LongRevision(expected)
            } else if short.starts_with(named) {
                VersionProblem::ShortRevision(expected)
            } else {
                VersionProblem::OtherRevision(expected)
            }));
        }
        if version::pseudo_time(asked)?.as_second() != revision.time.as_second() {
            let expected = revision.time.strftime(TIMESTAMP).to_string();
            return Err(invalid(VersionProblem::OtherTime(expected)));
        }
        let base = version::pseudo_base(without_mark(asked))?;
        if base.is_empty() {
            if self.layout.suffix.is_empty() && version::major(asked) == "v1" {
                return Err(invalid(VersionProblem::BareMajor));
            }
            return Ok(());
        }
        let tag_prefix = self.layout.tag_prefix();
        let bare = |tag: &'_ str| tag.strip_prefix(&tag_prefix).unwrap_or(tag).to_owned();
        if let Some(tag) = revision.tags.iter().find(|tag| bare(tag) == base) {
            let (tag, revision) = (tag.clone(), named.to_owned());
            return Err(invalid(VersionProblem::Tagged { tag, revision }));
        }
        let tags = self.code.tags(&format!("{tag_prefix}{base}")).await;
        let tags = tags.map_err(|error| invalid(error.into()))?;
        let equal =
            tags.list.iter().filter(|tag| version::compare(&bare(&tag.name), &base).is_eq());
        let mut problem = VersionProblem::NoTag(base.clone());
        for tag in equal {
            problem = match self.code.descends_from(&revision.name, &tag.name).await {
                Ok(true) => return Ok(()),
                Ok(false) => {
                    let (tag, revision) = (tag.name.clone(), named.to_owned());
                    VersionProblem::NotDescendent { revision, tag }
                }
                Err(error) => error.into(),
            };
        }
        Err(invalid(problem))
    }

    /// What the go.mod file of the module's highest version retracts, of releases where there
    /// are any.
    async fn retracted(&self) -> Result<Vec<VersionInterval>, CodeError> {
        let versions = self.versions("").await?.list;
        // Those that are incompatible have no go.mod file.
        let mut compatible = versions.iter().rev().filter(|v| !v.ends_with("+incompatible"));
        let highest = compatible.clone().next();
        let release = compatible.find(|v| version::prerelease(v).is_empty());
        let Some(wanted) = release.or(highest) else { return Ok(Vec::new()) };
        let Some(data) = self.find(wanted).await?.go_mod else { return Ok(Vec::new()) };
        // A file that cannot be read retracts nothing.
        let file = ModFile::parse("go.mod", &data, Mode::Lax, None).unwrap_or_default();
        Ok(file.retract().iter().map(|retract| retract.interval.clone()).collect())
    }

    /// Finds the folder of a version's revision that is the module's root.
    async fn find(&self, asked: &str) -> Result<Found, LocationError> {
        let revision = self.layout.revision_of(asked);
        let read = async |file: String| {
            let read = self.code.read_file(&revision, &file, MAX_GO_MOD).await;
            if_there(read).map_err(|error| LocationError::Reading {
                root: self.layout.root.clone(),
                file,
                revision: revision.clone(),
                error: Box::new(error),
            })
        };
        let expected = read(self.layout.go_mod()).await?;
        let major_folder = self.layout.major_folder();
        let below = match &major_folder {
            Some(folder) => read(format!("{folder}/go.mod")).await?,
            None => None,
        };
        let place = self.layout.locate(asked, &revision, expected.as_deref(), below.as_deref())?;
        let (folder, go_mod) = match place {
            Place::Expected => (self.layout.folder.clone(), expected),
            Place::Major => (major_folder.unwrap_or_default(), below),
            Place::Bare => (String::new(), None),
        };
        Ok(Found { revision, folder, go_mod })
    }

    /// Finds the module at a canonical version, which has to be what it says.
    async fn find_checked(&self, asked: &str) -> Result<Found, CodeError> {
        if !version::is_canonical(asked) {
            return Err(CodeError::NotCanonical(asked.to_owned()));
        }
        if version::is_pseudo(asked) {
            // To find it takes the revision at the end; the rest must not be made up.
            self.stat(asked).await.map_err(|failed| failed.error)?;
        }
        Ok(self.find(asked).await?)
    }

    /// The go.mod file of a canonical version; one that names the module where there is none.
    ///
    /// # Errors
    /// There is no such version, or it does not have the module.
    pub async fn go_mod(&self, version: &str) -> Result<Bytes, CodeError> {
        let found = self.find_checked(version).await?;
        Ok(found.go_mod.unwrap_or_else(|| legacy_go_mod(&self.layout.module)))
    }

    /// The files of a canonical version, from which its zip is made.
    ///
    /// # Errors
    /// There is no such version, or it does not have the module, or the archive is too large.
    pub async fn archive(&self, version: &str) -> Result<ModuleArchive, CodeError> {
        let Found { revision, folder, .. } = self.find_checked(version).await?;
        let file = self.code.read_zip(&revision, &folder, MAX_ZIP).await?;
        let module = ModuleVersion::new(&self.layout.module, version);
        let archive = ModuleArchive { file, module, folder, license: None };
        let look = spawn_blocking(move || Ok((archive.inherits_license()?, archive)));
        let looked: Result<_, ArchiveError> =
            look.await.map_err(|error| match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => VcsError::Interrupted,
            })?;
        let (inherits, archive) = looked?;
        let license = if inherits { self.license(&revision).await? } else { None };
        Ok(ModuleArchive { license: license.map(Vec::from), ..archive })
    }

    /// The LICENSE file of the repository's root.
    async fn license(&self, revision: &str) -> Result<Option<Bytes>, CodeError> {
        match self.code.read_file(revision, "LICENSE", MAX_LICENSE).await {
            Err(VcsError::TooLong { file: name, .. }) => {
                let invalid = InvalidFile { name, problem: FileProblem::LicenseSize };
                let refused = CreateError::Rules(ZipError::Files(vec![invalid]));
                Err(ArchiveError::from(refused).into())
            }
            // To go there is none where it cannot be read; then the sum would be another one.
            read => Ok(if_there(read)?),
        }
    }
}

/// The form of a pseudo-version's time.
const TIMESTAMP: &str = "%Y%m%d%H%M%S";

/// A tag that stands for a version, in canonical form or with build metadata.
struct Tagged {
    version: String,
    is_canonical: bool,
}

impl Tagged {
    /// Reads a tag that begins with the prefix of the module; `None` where it is no whole
    /// version, or a confusing one.
    fn parse(tag: &str, prefix: &str) -> Option<Self> {
        let text = tag.strip_prefix(prefix)?;
        if version::is_pseudo(tag) {
            return None;
        }
        // The mark of incompatible versions is not taken from a tag.
        let version = version::canonical_tag(text);
        let is_whole = !version.is_empty() && text.starts_with(&version);
        is_whole.then(|| Self { is_canonical: version == text, version })
    }
}
