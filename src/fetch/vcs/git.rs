//! Git, through the user's own git.
//!
//! The references of the server are asked for once in a run. A tag or branch is fetched alone
//! and without its history, which is fetched only where a commit cannot be found otherwise, or
//! where ancestors matter. Commits that no branch or tag leads to are never fetched: servers
//! keep those of rejected changes too.
//!
//! Source: cmd/go/internal/modfetch/codehost/git.go.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};
use url::Url;

use crate::spec::modfile::quote;
use crate::spec::version;
use crate::store::lock::FileLock;
use crate::store::repository_folder::RepositoryFolder;
use crate::ui::template::quoted;

use super::super::error::{ErrorKind, FetchError};
use super::super::http::Purpose;
use super::super::info::Origin;
use super::command::{Command, CommandError, Outcome, Secrets};
use super::{Context, Failed, Revision, Tag, Tags, VcsError, is_hex, moved, shortened};

/// The kind of the folder, as go names it: see [`crate::store::repository_folder`].
const KIND: &str = "git3";

/// The least digits that are taken for the beginning of a commit's hash.
const MIN_HASH_DIGITS: usize = 7;

/// How many commands read a repository at a time.
const READERS: u32 = 8;

/// How anything is fetched. A pack is kept as one, whatever it holds: the objects of a small one
/// would be unpacked as they come, and a commit that came before the connection was lost, or the
/// run interrupted, would then be taken for whole. Nothing is tidied up behind it: that would go on
/// when git has ended, and nobody could tell its lock files from those of a git that was killed.
const FETCH: [&str; 6] = ["-c", "fetch.unpackLimit=1", "-c", "gc.auto=0", "fetch", "-f"];

const ASK_FOR_IMPORT_PATH: &str = "\nConfirm the import path was entered correctly.\nIf this is \
     a private repository, see https://golang.org/doc/faq#git_https for additional information.";

/// What is known of a revision, or why nothing is.
type Known = Result<Revision, Failed>;

/// What the server's references name, by their names: HEAD, branches and tags. Of an annotated
/// tag it is the commit. Names are what git takes for one, and need not be UTF-8.
type References = BTreeMap<Vec<u8>, String>;

/// How much has been fetched in this run.
mod level {
    /// Nothing.
    pub const NONE: u8 = 0;
    /// Single commits.
    pub const SOME: u8 = 1;
    /// All branches and tags with their history.
    pub const ALL: u8 = 2;
}

/// A repository of git.
pub(super) struct Git {
    context: Context,
    folder: RepositoryFolder,
    url: String,
    secrets: Secrets,
    /// Whether objects are named by SHA-256.
    is_sha256: bool,
    references: OnceCell<Result<Arc<References>, VcsError>>,
    /// Tags that are in the folder.
    local_tags: OnceCell<Mutex<HashSet<String>>>,
    level: AtomicU8,
    /// One at a time changes the folder.
    changing: Semaphore,
    /// While it is changed nobody in this process reads it.
    reading: Semaphore,
}

/// The right to change the folder.
struct Change<'a> {
    _one: SemaphorePermit<'a>,
    lock: FileLock,
    _alone: SemaphorePermit<'a>,
}

impl Git {
    /// Opens the repository, making its folder where there is none.
    ///
    /// # Errors
    /// The URL is none, git cannot be run, or the disk fails.
    pub(super) async fn open(context: Context, url: &str) -> Result<Self, VcsError> {
        if !url.contains("://") {
            let advice =
                if url.contains(':') { " (use URL syntax not host:path syntax)" } else { "" };
            return Err(VcsError::NoUrl { url: url.to_owned(), advice });
        }
        let secrets = Secrets::of(url);
        let folder = RepositoryFolder::new(&context.cache, KIND, url);
        let mut git = Self {
            context,
            folder,
            url: url.to_owned(),
            secrets,
            is_sha256: false,
            references: OnceCell::new(),
            local_tags: OnceCell::new(),
            level: AtomicU8::new(level::NONE),
            changing: Semaphore::new(1),
            reading: Semaphore::new(READERS as usize),
        };
        let change = git.change().await?;
        git.context.prepare(&git.folder, &change.lock, &git.secrets)?;
        let is_sha256 = if git.folder.has("objects") {
            git.read_settings(&change).await?
        } else {
            let made = git.make(&change).await;
            if made.is_err() {
                git.folder.remove(&change.lock)?;
            }
            git.folder.made(&change.lock)?;
            made?
        };
        drop(change);
        git.is_sha256 = is_sha256;
        Ok(git)
    }

    /// Makes the bare repository; whether its objects are named by SHA-256, as the server's are.
    async fn make(&self, change: &Change<'_>) -> Result<bool, VcsError> {
        // Where the server cannot be asked, whoever asks it for something is told.
        let references = self.references_from(&self.url).await;
        let is_sha256 =
            references.is_ok_and(|all| all.values().next().is_some_and(|hash| hash.len() == 64));
        let supports_formats = self.supports_object_formats().await?;
        let format = match (is_sha256, supports_formats) {
            (true, _) => Some("--object-format=sha256"),
            (false, true) => Some("--object-format=sha1"),
            (false, false) => None,
        };
        let init = ["init", "--bare"].into_iter().chain(format);
        self.run(&self.git(init).holding(&change.lock)).await?;
        self.add_origin(change).await?;
        Ok(is_sha256)
    }

    async fn add_origin(&self, _: &Change<'_>) -> Result<(), VcsError> {
        self.run(&self.git(["remote", "add", "origin", "--", &self.url])).await?;
        Ok(())
    }

    /// Whether the objects of a folder that is there are named by SHA-256.
    async fn read_settings(&self, change: &Change<'_>) -> Result<bool, VcsError> {
        let names = r"^(remote\.origin\.url|extensions\.objectformat)$";
        let settings = self.git(["config", "--local", "--get-regexp", names]);
        let settings = match self.run(&settings).await {
            Ok(settings) => settings,
            // There are none.
            Err(error) if is_exit(&error, 1) => Vec::new(),
            Err(error) => return Err(error),
        };
        let settings = String::from_utf8_lossy(&settings);
        if !settings.lines().any(|line| line.starts_with("remote.origin.url")) {
            // Whoever made the folder was stopped in between.
            self.add_origin(change).await?;
        }
        Ok(settings.lines().any(|line| line == "extensions.objectformat sha256"))
    }

    /// Whether git can be told how objects are named. Source: gitSupportsSHA256.
    async fn supports_object_formats(&self) -> Result<bool, VcsError> {
        let answer = self.context.git_version.get_or_init(|| async {
            let command = Command::new("git", self.folder.path(), &self.secrets);
            self.run(&command.arguments(["version"])).await
        });
        let answer = answer.await.clone().map_err(|error| match error {
            VcsError::Command(error) => VcsError::GitVersion(error.outcome),
            other => other,
        })?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let numbers = answer.trim().strip_prefix("git version").map(str::trim_start);
        let mut numbers = numbers.unwrap_or_default().split('.').map(leading_number);
        match (numbers.next().flatten(), numbers.next().flatten()) {
            (Some(major), Some(minor)) => Ok((major, minor) >= (2, 29)),
            _ => Err(VcsError::Unexpected { program: "git version", answer }),
        }
    }

    fn git<'a>(&'a self, arguments: impl IntoIterator<Item = &'a str>) -> Command<'a> {
        Command::new("git", self.folder.path(), &self.secrets)
            .arguments(arguments)
            // Otherwise safe.bareRepository=explicit keeps git from using the folder.
            .variable("GIT_DIR", self.folder.path())
    }

    /// A command that speaks to the server, by what is known of the user.
    async fn git_at_server<'a>(
        &'a self,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Result<Command<'a>, VcsError> {
        let variables = self.context.git_environment(&self.url).await?;
        Ok(self.git(arguments).variables(&variables))
    }

    async fn run(&self, command: &Command<'_>) -> Result<Vec<u8>, VcsError> {
        self.context.programs.run(command).await
    }

    /// Runs what only reads the folder, which the caller may already hold.
    async fn read(
        &self,
        held: Option<&Change<'_>>,
        command: &Command<'_>,
    ) -> Result<Vec<u8>, VcsError> {
        let _reading = match held {
            None => Some(self.reading().await?),
            Some(_) => None,
        };
        self.run(command).await
    }

    async fn reading(&self) -> Result<SemaphorePermit<'_>, VcsError> {
        self.reading.acquire().await.map_err(|_| VcsError::Interrupted)
    }

    /// Waits for the right to change the folder: first for that of this process, then for that
    /// of all, and then until nobody in this process reads.
    async fn change(&self) -> Result<Change<'_>, VcsError> {
        let one = self.changing.acquire().await.map_err(|_| VcsError::Interrupted)?;
        let lock = self.context.lock(&self.folder, &self.url, &self.secrets).await?;
        let alone = self.reading.acquire_many(READERS).await;
        let alone = alone.map_err(|_| VcsError::Interrupted)?;
        Ok(Change { _one: one, lock, _alone: alone })
    }

    fn origin(&self) -> Origin {
        Origin { vcs: "git".to_owned(), url: self.url.clone(), ..Origin::default() }
    }

    async fn references(&self) -> Result<Arc<References>, VcsError> {
        self.references_from("origin").await
    }

    /// What the server has; asked for once, under the name that it is then known by.
    async fn references_from(&self, remote: &str) -> Result<Arc<References>, VcsError> {
        let ask = || async {
            let words = ["ls-remote", "-q", "--end-of-options", remote];
            let command = self.git_at_server(words).await?;
            match self.run(&command).await {
                Ok(listed) => Ok(Arc::new(parse_references(&listed))),
                Err(VcsError::Command(error)) => Err(self.explained(*error).await.into()),
                Err(other) => Err(other),
            }
        };
        self.references.get_or_init(ask).await.clone()
    }

    /// Git does not tell a repository that is not there from one that cannot be had; the server
    /// of a web page does.
    async fn explained(&self, mut error: CommandError) -> CommandError {
        if error.stderr.contains("fatal: could not read Username") {
            error.help = ASK_FOR_IMPORT_PATH;
        }
        if matches!(error.outcome, Outcome::Exit(_))
            && let Ok(url) = Url::parse(&self.url)
            && matches!(url.scheme(), "http" | "https")
        {
            let page = self.context.http.get(&url, Purpose::Small).await;
            error.is_missing =
                page.is_err_and(|error: FetchError| error.kind() == ErrorKind::NotFound);
        }
        error
    }

    async fn local_tags(
        &self,
        held: Option<&Change<'_>>,
    ) -> Result<&Mutex<HashSet<String>>, VcsError> {
        let list = || async {
            let listed = match self.read(held, &self.git(["tag", "-l"])).await {
                Ok(listed) => listed,
                // Then the server is asked for every tag.
                Err(VcsError::Command(error)) if matches!(error.outcome, Outcome::Exit(_)) => {
                    Vec::new()
                }
                Err(error) => return Err(error),
            };
            let lines = listed.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            // Nobody asks for others.
            let tags = lines.filter_map(|line| str::from_utf8(line).ok());
            Ok(Mutex::new(tags.map(str::to_owned).collect()))
        };
        self.local_tags.get_or_try_init(list).await
    }

    fn is_hash(&self, revision: &str) -> bool {
        (MIN_HASH_DIGITS..=self.hash_length()).contains(&revision.len()) && is_hex(revision)
    }

    fn hash_length(&self) -> usize {
        if self.is_sha256 { 64 } else { 40 }
    }

    pub(super) async fn check_reuse(&self, old: &Origin, subdir: &str) -> Result<(), VcsError> {
        moved(old, "git", &self.url, subdir, &self.secrets)?;
        let changed = |reason: String| Err(VcsError::Changed(reason));
        // A hash alone is taken to stay: there is no cheap way to see whether it does.
        if old.hash.is_empty() && old.tag_sum.is_empty() && old.repo_sum.is_empty() {
            return changed("non-specific origin".to_owned());
        }
        let references = self.references().await?;
        if !old.reference.is_empty() {
            let reference = quoted(&old.reference, false);
            match references.get(old.reference.as_bytes()) {
                None => return changed(format!("ref {reference} deleted")),
                Some(hash) if *hash != old.hash => {
                    let was = &old.hash;
                    return changed(format!("ref {reference} moved from {was} to {hash}"));
                }
                Some(_) => {}
            }
        }
        if !old.tag_sum.is_empty() {
            let tags = self.tags(&old.tag_prefix).await?;
            if tags.origin.as_ref().is_none_or(|origin| origin.tag_sum != old.tag_sum) {
                return changed("tags changed".to_owned());
            }
        }
        if !old.repo_sum.is_empty() && repo_sum(&references) != old.repo_sum {
            return changed("refs changed".to_owned());
        }
        Ok(())
    }

    pub(super) async fn tags(&self, prefix: &str) -> Result<Tags, VcsError> {
        let references = self.references().await?;
        let list: Vec<Tag> = references
            .iter()
            .filter_map(|(reference, hash)| Some((tag_of(reference)?, hash)))
            .filter(|(tag, _)| tag.starts_with(prefix))
            .map(|(tag, hash)| Tag { name: tag.to_owned(), hash: hash.clone() })
            .collect();
        let folder = &prefix[..prefix.rfind('/').map_or(0, |slash| slash + 1)];
        let counts = |tag: &&Tag| is_origin_tag(tag.name.strip_prefix(folder).unwrap_or(&tag.name));
        let counted = list.iter().filter(counts).map(|tag| (tag.name.as_bytes(), &tag.hash));
        let origin = Origin {
            tag_prefix: prefix.to_owned(),
            tag_sum: format!("t1:{}", sum(counted)),
            ..self.origin()
        };
        Ok(Tags { list, origin: Some(origin) })
    }

    /// The commit of HEAD at the server.
    ///
    /// # Errors
    /// There is none, or the server cannot be asked.
    pub(super) async fn head(&self) -> Result<String, VcsError> {
        let references = self.references().await?;
        references.get(&b"HEAD"[..]).cloned().ok_or(VcsError::NoCommits)
    }

    /// Looks for a revision in the folder, then at the server.
    pub(super) async fn stat(&self, revision: &str) -> Known {
        let is_hash = self.is_hash(revision);
        if is_hash {
            match self.stat_local(None, revision, revision.as_bytes()).await {
                Err(Failed { error: VcsError::UnknownRevision(_), .. }) => {}
                known => return known,
            }
        }
        // Tags are taken never to move, branches do.
        let is_local_tag = {
            let tags = self.local_tags(None).await?;
            tags.lock().unwrap_or_else(PoisonError::into_inner).contains(revision)
        };
        if is_local_tag {
            let tag = format!("refs/tags/{revision}");
            return self.stat_local(None, revision, tag.as_bytes()).await;
        }
        let references = self.references().await?;
        let Some(mut target) = self.target(&references, revision, is_hash)? else {
            let error = VcsError::UnknownRevision(revision.to_owned());
            return Err(Failed { error, origin: Some(self.whole_origin(&references)) });
        };
        let mut answer = self.stat_remote(&mut target, !is_hash).await;
        // What the answer depends on is how the revision was found.
        match &mut answer {
            Ok(revision) => {
                let name = revision.name.clone();
                if let Some(origin) = &mut revision.origin {
                    if target.reference != name.as_bytes() {
                        origin.reference = lossy(&target.reference);
                    }
                    origin.hash = name;
                }
            }
            Err(Failed { origin: Some(origin), .. }) => origin.reference = lossy(&target.reference),
            Err(_) => {}
        }
        answer
    }

    /// What of the server a revision names; `None` where it is nothing that could be there.
    ///
    /// # Errors
    /// Several commits begin so.
    fn target(
        &self,
        references: &References,
        revision: &str,
        is_hash: bool,
    ) -> Result<Option<Target>, VcsError> {
        let of = |reference: String| {
            let reference = reference.into_bytes();
            Some((references.get(&reference)?.clone(), reference))
        };
        if let Some((hash, reference)) = of(format!("refs/tags/{revision}")) {
            return Ok(Some(Target { revision: revision.to_owned(), reference, hash }));
        }
        let head = || if revision == "HEAD" { of("HEAD".to_owned()) } else { None };
        if let Some((hash, reference)) = of(format!("refs/heads/{revision}")).or_else(head) {
            // What branches name changes, so the answer is for what it is now.
            return Ok(Some(Target { revision: hash.clone(), reference, hash }));
        }
        if !is_hash {
            return Ok(None);
        }
        // In the order of their names: the first of several is as good.
        let mut begin_so = references.iter().filter(|(_, hash)| hash.starts_with(revision));
        Ok(Some(match begin_so.next() {
            Some((_, hash)) if begin_so.any(|(_, other)| other != hash) => {
                return Err(VcsError::Ambiguous(revision.to_owned()));
            }
            Some((reference, hash)) => {
                Target { revision: hash.clone(), reference: reference.clone(), hash: hash.clone() }
            }
            None => {
                let is_whole = revision.len() == self.hash_length();
                let hash = if is_whole { revision.to_owned() } else { String::new() };
                Target { revision: revision.to_owned(), reference: Vec::new(), hash }
            }
        }))
    }

    /// Fetches what is needed to tell about a revision, and tells.
    async fn stat_remote(&self, target: &mut Target, look_first: bool) -> Known {
        let change = self.change().await?;
        let held = Some(&change);
        if look_first {
            // It may have come along with another one.
            match self.stat_local(held, &target.revision, target.hash.as_bytes()).await {
                Err(Failed { error: VcsError::UnknownRevision(_), .. }) => {}
                known => return known,
            }
        }
        let is_named = !target.reference.is_empty() && !target.hash.is_empty();
        if self.level.load(Ordering::Relaxed) <= level::SOME && is_named {
            self.level.store(level::SOME, Ordering::Relaxed);
            let what = if target.reference == b"HEAD" {
                // With a name of its own, which nobody looks at, its tags come along.
                target.reference = target.hash.clone().into_bytes();
                format!("{}:refs/dummy", target.hash).into_bytes()
            } else {
                // Some servers refuse hashes; and a tag is then in the folder under its name.
                [&target.reference[..], &target.reference].join(&b':')
            };
            // Git 2.21 and later lose tags by the first version of the protocol.
            let version = ["-c", "protocol.version=2"].into_iter();
            let fetch = version.chain(FETCH).chain(["--depth=1", "--end-of-options", "origin"]);
            let fetch = self.git_at_server(fetch).await?.arguments([OsStr::from_bytes(&what)]);
            match self.fetch(&change, fetch).await {
                Ok(()) => {
                    return self.stat_local(held, &target.revision, &target.reference).await;
                }
                // Servers refuse for many reasons; with everything they have it may go.
                Err(VcsError::Command(error)) if matches!(error.outcome, Outcome::Exit(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.fetch_all(&change).await?;
        self.stat_local(held, &target.revision, target.revision.as_bytes()).await
    }

    /// Fetches all branches and tags with their history, where this run has not yet.
    pub(super) async fn fetch_history(&self) -> Result<(), VcsError> {
        if self.level.load(Ordering::Relaxed) == level::ALL {
            return Ok(());
        }
        let change = self.change().await?;
        self.fetch_all(&change).await
    }

    /// Runs a command that fetches.
    async fn fetch(&self, change: &Change<'_>, command: Command<'_>) -> Result<(), VcsError> {
        self.folder.changing(&change.lock)?;
        let fetched = self.run(&command.holding(&change.lock)).await;
        match &fetched {
            Ok(_) => self.folder.changed(&change.lock)?,
            Err(VcsError::Command(error)) if matches!(error.outcome, Outcome::Exit(_)) => {
                self.folder.mend(&change.lock);
            }
            // The next run mends what it was at.
            Err(_) => {}
        }
        fetched.map(drop)
    }

    async fn fetch_all(&self, change: &Change<'_>) -> Result<(), VcsError> {
        if self.level.load(Ordering::Relaxed) == level::ALL {
            return Ok(());
        }
        // Git up to 2.23 at least does not do both at once.
        let everything = ["refs/heads/*:refs/heads/*", "refs/tags/*:refs/tags/*"];
        let fetch = FETCH.into_iter().chain(["--end-of-options", "origin"]).chain(everything);
        self.fetch(change, self.git_at_server(fetch).await?).await?;
        if self.folder.has("shallow") {
            let fetch = FETCH.into_iter().chain(["--unshallow", "--end-of-options", "origin"]);
            self.fetch(change, self.git_at_server(fetch).await?).await?;
        }
        self.level.store(level::ALL, Ordering::Relaxed);
        Ok(())
    }

    fn whole_origin(&self, references: &References) -> Origin {
        Origin { repo_sum: repo_sum(references), ..self.origin() }
    }

    /// What the folder knows of `name`, which `asked` was found to mean.
    async fn stat_local(&self, held: Option<&Change<'_>>, asked: &str, name: &[u8]) -> Known {
        let format = ["log", "--no-decorate", "-n1", "--format=format:%H %ct %D"];
        let log = ["-c", "log.showsignature=false"].into_iter().chain(format);
        let log = self.git(log.chain(["--end-of-options"]));
        let log = log.arguments([OsStr::from_bytes(name), OsStr::new("--")]);
        let answer = match self.read(held, &log).await {
            Ok(answer) => String::from_utf8_lossy(&answer).into_owned(),
            Err(VcsError::Command(error)) if matches!(error.outcome, Outcome::Exit(_)) => {
                // Where nothing is known of the server either, nothing is known of what the
                // answer depends on.
                let origin = self.references().await.ok().map(|all| self.whole_origin(&all));
                let error = VcsError::UnknownRevision(lossy(name));
                return Err(Failed { error, origin });
            }
            Err(error) => return Err(error.into()),
        };
        // By the blanks of Unicode, as go does it, so that both see the same tags.
        let mut fields = answer.split_whitespace();
        let (Some(hash), Some(seconds)) = (fields.next(), fields.next()) else {
            return Err(VcsError::Unexpected { program: "git log", answer }.into());
        };
        let time = seconds.parse().ok().and_then(|s| jiff::Timestamp::from_second(s).ok());
        let Some(time) = time else {
            return Err(VcsError::Time { program: "git log", answer }.into());
        };
        let asked = if hash.starts_with(asked) { hash } else { asked };

        let mut tags = Vec::new();
        while let Some(field) = fields.next() {
            if field == "tag:"
                && let Some(tag) = fields.next()
            {
                tags.push(tag.strip_suffix(',').unwrap_or(tag).to_owned());
            }
        }
        // What is fetched without its history may come without tags. A server that cannot be
        // asked has none to add.
        if let Ok(references) = self.references().await {
            let of_commit = references.iter().filter(|(_, of)| *of == hash);
            let names = of_commit.filter_map(|(reference, _)| tag_of(reference));
            tags.extend(names.map(str::to_owned));
        }
        tags.sort_unstable();
        tags.dedup();
        let is_tag = tags.iter().any(|tag| tag == asked);
        let is_hash = hash.as_bytes().starts_with(name);
        let reference = if is_hash { String::new() } else { lossy(name) };
        Ok(Revision {
            origin: Some(Origin { hash: hash.to_owned(), reference, ..self.origin() }),
            name: hash.to_owned(),
            short: shortened(hash, self.hash_length()),
            version: if is_tag { asked } else { hash }.to_owned(),
            time,
            tags,
        })
    }

    /// A file of a commit that is in the folder.
    pub(super) async fn read_file(
        &self,
        commit: &str,
        file: &str,
        limit: u64,
    ) -> Result<Bytes, VcsError> {
        /// What git says where there is nothing of this name.
        const MISSING: [&str; 2] = ["does not exist in", "exists on disk, but not in"];
        let object = format!("{commit}:{file}");
        let command = self.git(["cat-file", "--end-of-options", "blob", &object]);
        let _reading = self.reading().await?;
        match self.context.programs.read_file(&command, file, limit, &MISSING).await {
            // It says the same of what is no file as of a file that is damaged.
            Err(error) if is_exit(&error, 128) && !self.is_file(commit, file).await? => {
                Err(VcsError::NoFile { file: file.to_owned() })
            }
            read => read,
        }
    }

    /// Whether a commit has a file of this name, by its list of names: not a folder, and not
    /// another repository.
    async fn is_file(&self, commit: &str, file: &str) -> Result<bool, VcsError> {
        let list = ["ls-tree", "-z", "--full-tree", "--end-of-options", commit, "--", file];
        let listed = self.run(&self.git(list)).await?;
        // MODE, TYPE, HASH and, behind a tab, the name.
        Ok(listed.split(|byte| *byte == b' ').nth(1) == Some(b"blob"))
    }

    /// The tags of a commit that is in the folder and of those before it, as far as these are
    /// there.
    pub(super) async fn merged_tags(&self, commit: &str) -> Result<Vec<String>, VcsError> {
        let merged = format!("--merged={commit}");
        let command = self.git(["for-each-ref", "--format=%(refname)", &merged]);
        let listed = self.read(None, &command).await?;
        let listed = String::from_utf8_lossy(&listed);
        let tags = listed.lines().filter_map(|line| line.trim().strip_prefix("refs/tags/"));
        Ok(tags.map(str::to_owned).collect())
    }

    /// Whether the folder knows of a way from a tag to a revision: `false` is a sure answer
    /// only with the whole history.
    pub(super) async fn is_ancestor(&self, tag: &str, revision: &str) -> Result<bool, VcsError> {
        let command = self.git(["merge-base", "--is-ancestor", "--", tag, revision]);
        match self.read(None, &command).await {
            Ok(_) => Ok(true),
            Err(error) if is_exit(&error, 1) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// A zip of a folder of a commit that is in the folder, of at most so many bytes.
    pub(super) async fn read_zip(
        &self,
        commit: &str,
        subdir: &str,
        limit: u64,
    ) -> Result<NamedTempFile, VcsError> {
        let change = self.change().await?;
        self.folder.keep_attributes_out(&change.lock)?;
        drop(change);
        // On some systems git would change the ends of lines.
        let settings = ["-c", "core.autocrlf=input", "-c", "core.eol=lf"];
        let archive = ["archive", "--format=zip", "--prefix=prefix/", "--end-of-options", commit];
        let subdir_only = Some(subdir).filter(|subdir| !subdir.is_empty());
        let words = settings.into_iter().chain(archive).chain(subdir_only);
        let command = self.git(words);
        let file = self.context.temporary().await?.archive_file()?;
        let _reading = self.reading().await?;
        match self.context.programs.run_into(&command, file, limit).await {
            Err(VcsError::Command(error)) if error.stderr.contains("did not match any files") => {
                Err(VcsError::NoFile { file: subdir.to_owned() })
            }
            archived => archived,
        }
    }
}

/// What a revision that was asked for means at the server.
struct Target {
    /// What is asked for from here on: a tag, or a hash.
    revision: String,
    /// The reference that names it; empty where none does.
    reference: Vec<u8>,
    /// The whole hash; empty where it is not known.
    hash: String,
}

fn is_exit(error: &VcsError, status: i32) -> bool {
    matches!(error, VcsError::Command(error) if error.outcome == Outcome::Exit(status))
}

fn leading_number(text: &str) -> Option<u32> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}

/// A tag's name, where a reference is one and can be asked for: versions are UTF-8.
fn tag_of(reference: &[u8]) -> Option<&str> {
    str::from_utf8(reference.strip_prefix(b"refs/tags/")?).ok()
}

fn lossy(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

fn parse_references(listed: &[u8]) -> References {
    let mut references = References::new();
    let mut commits = Vec::new();
    for line in listed.split(|byte| *byte == b'\n') {
        let [hash, name] = fields(line)[..] else { continue };
        let is_wanted =
            name == b"HEAD" || name.starts_with(b"refs/heads/") || name.starts_with(b"refs/tags/");
        let Some(hash) = str::from_utf8(hash).ok().filter(|_| is_wanted) else { continue };
        match name.strip_suffix(b"^{}") {
            // What an annotated tag is for.
            Some(tag) => commits.push((tag.to_owned(), hash.to_owned())),
            None => drop(references.insert(name.to_owned(), hash.to_owned())),
        }
    }
    references.extend(commits);
    references
}

/// What stands between blanks, which are those of Unicode: git takes some of these for part of a
/// name, but go, whose checksums are compared with, does not.
fn fields(line: &[u8]) -> Vec<&[u8]> {
    let mut fields = Vec::new();
    let (mut at, mut start) = (0, None);
    for chunk in line.utf8_chunks() {
        for c in chunk.valid().chars() {
            if !c.is_whitespace() {
                start.get_or_insert(at);
            } else if let Some(start) = start.take() {
                fields.push(&line[start..at]);
            }
            at += c.len_utf8();
        }
        if !chunk.invalid().is_empty() {
            start.get_or_insert(at);
            at += chunk.invalid().len();
        }
    }
    fields.extend(start.map(|start| &line[start..]));
    fields
}

/// A checksum of all that the server has.
fn repo_sum(references: &References) -> String {
    format!("r1:{}", sum(references.iter().map(|(name, hash)| (&name[..], hash))))
}

fn sum<'a>(named: impl Iterator<Item = (&'a [u8], &'a String)>) -> String {
    let mut hash = Sha256::new();
    for (name, of) in named {
        hash.update(format!("{} {of}\n", quote(name)).as_bytes());
    }
    STANDARD.encode(hash.finalize())
}

/// Whether a tag can matter to which versions there are: those with something behind a version
/// matter to pseudo-versions.
fn is_origin_tag(tag: &str) -> bool {
    let canonical = version::canonical(tag);
    !canonical.is_empty() && tag.starts_with(&canonical) && !version::is_pseudo(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_name_commits() {
        let listed = "aa\tHEAD\naa\trefs/heads/main\nbb\trefs/pull/1/head\ncc\trefs/tags/v1.0.0\n\
                      aa\trefs/tags/v1.0.0^{}\ndd\trefs/tags/v1.1.0\n";
        let references = parse_references(listed.as_bytes());
        let expected = [
            ("HEAD", "aa"),
            ("refs/heads/main", "aa"),
            ("refs/tags/v1.0.0", "aa"),
            ("refs/tags/v1.1.0", "dd"),
        ];
        let expected = expected.map(|(name, hash)| (name.into(), hash.to_owned()));
        assert_eq!(references, References::from(expected));
    }

    #[test]
    fn names_are_bytes() {
        let listed = b"aa\trefs/heads/\xff\nbb\trefs/heads/\xfe\ncc\trefs/tags/a\xc2\xa0b\n\
                       dd\trefs/tags/v1\xc2\xa0\nee\trefs/tags/\xa0\n";
        let references = parse_references(listed);
        let names: Vec<&[u8]> = references.keys().map(Vec::as_slice).collect();
        let expected: [&[u8]; 4] =
            [b"refs/heads/\xfe", b"refs/heads/\xff", b"refs/tags/v1", b"refs/tags/\xa0"];
        assert_eq!(names, expected);
        assert_eq!(
            [tag_of(names[1]), tag_of(names[2]), tag_of(names[3])],
            [None, Some("v1"), None]
        );
    }

    #[test]
    fn tags_that_matter() {
        for tag in ["v1.0.0", "v1.0.0-rc.1", "v1.0.0+incompatible", "v1.0.0+meta"] {
            assert!(is_origin_tag(tag), "{tag}");
        }
        for tag in ["v1", "v1.0", "release", "v0.0.0-20200101000000-0123456789ab", "1.0.0"] {
            assert!(!is_origin_tag(tag), "{tag}");
        }
    }

    #[test]
    fn versions_of_git() {
        assert_eq!(leading_number("29"), Some(29));
        assert_eq!(leading_number("39 (Apple Git-1)"), Some(39));
        assert_eq!(leading_number("x"), None);
    }
}
