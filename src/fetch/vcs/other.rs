//! Mercurial, Subversion and Fossil, through the user's own hg, svn and fossil.
//!
//! Of Mercurial and Fossil the folder holds a clone, which is brought up to date as a whole;
//! Subversion's server is asked for everything. One command at a time runs in a folder.
//!
//! Source: cmd/go/internal/modfetch/codehost/vcs.go.

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsString;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use tempfile::NamedTempFile;
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

use crate::store::lock::FileLock;
use crate::store::repository_folder::RepositoryFolder;

use super::super::info::Origin;
use super::command::{Command, Outcome, Secrets};
use super::{
    Context, Failed, Revision, Stat, System, Tag, Tags, VcsError, moved, shortened, subversion,
};

/// The file that is Fossil's clone.
const FOSSIL_CLONE: &str = ".fossil";

/// Commands for Mercurial that ask a server without cloning from it: hg has none that prints
/// the heads of all branches. The checksum is that of go's own extension, so that answers can
/// be compared with those that go was given.
/// Source: what lib/hg/goreposum.py of a GOROOT computes.
const EXTENSION: &str = r#"import base64
import hashlib

from mercurial import hg, node, registrar

cmdtable = {}
command = registrar.command(cmdtable)


@command(b"goreposum", [], b"URL", norepo=True)
def print_sum(ui, url):
    """prints a checksum of the branches, their heads and the bookmarks of a repository"""
    server = hg.peer(ui, {}, url)
    state = []
    for branch, heads in server.branchmap().items():
        state.append(b" ".join([branch, *heads]))
    if b"bookmarks" in server.listkeys(b"namespaces"):
        for bookmark, head in server.listkeys(b"bookmarks").items():
            state.append(bookmark + b"=" + head)
    digest = hashlib.sha256(b"".join(line + b"\n" for line in state)).digest()
    ui.write(b"r1:" + base64.b64encode(digest) + b"\n")


@command(b"golookup", [], b"URL REVISION", norepo=True)
def print_hash(ui, url, revision):
    """prints the hash of a revision of a repository"""
    ui.write(node.hex(hg.peer(ui, {}, url).lookup(revision)) + b"\n")
"#;

/// The name of the file that it lies in.
const EXTENSION_FILE: &str = "goreposum.py";

/// A repository of another kind than git's.
pub(super) struct Other {
    context: Context,
    system: System,
    folder: RepositoryFolder,
    url: String,
    secrets: Secrets,
    one: Semaphore,
    fetched: OnceCell<Result<(), VcsError>>,
    /// Whether the folder has been brought up to date, or that was tried.
    is_fetched: AtomicBool,
    tags: OnceCell<BTreeSet<String>>,
    branches: OnceCell<HashSet<String>>,
    repo_sum: OnceCell<String>,
    /// How Mercurial is to start ssh.
    ssh: Option<OsString>,
}

/// An option of Mercurial's that names an ssh.
pub(super) fn ssh_option(ssh: Option<&str>) -> Option<OsString> {
    Some(format!("--config=ui.ssh={}", ssh?).into())
}

/// The right to run commands in the folder.
struct Turn<'a> {
    _one: SemaphorePermit<'a>,
    lock: FileLock,
}

impl Other {
    /// Opens the repository, making its folder where there is none, and cloning into it.
    ///
    /// # Errors
    /// The URL is none, the program cannot be run or fails, or the disk fails.
    pub(super) async fn open(
        context: Context,
        system: System,
        url: &str,
    ) -> Result<Self, VcsError> {
        let secrets = Secrets::of(url);
        if !url.contains("://") {
            return Err(VcsError::InvalidUrl { system, url: url.to_owned() });
        }
        let kind = match system {
            System::Mercurial => "vcs1.hg",
            System::Subversion => "vcs1.svn",
            System::Fossil => "vcs1.fossil",
            System::Git | System::Bazaar => {
                return Err(VcsError::Unsupported { system, question: "NewRepo" });
            }
        };
        let folder = RepositoryFolder::new(&context.cache, kind, url);
        let ssh = match url.starts_with("ssh://") {
            true => ssh_option(context.ssh(system).await?),
            false => None,
        };
        let other = Self {
            context,
            system,
            folder,
            url: url.to_owned(),
            secrets,
            one: Semaphore::new(1),
            fetched: OnceCell::new(),
            is_fetched: AtomicBool::new(false),
            tags: OnceCell::new(),
            branches: OnceCell::new(),
            repo_sum: OnceCell::new(),
            ssh,
        };
        let turn = other.turn().await?;
        other.context.prepare(&other.folder, &turn.lock, &other.secrets)?;
        let made = match system {
            System::Mercurial if !other.folder.has(".hg") => other.init_mercurial(&turn).await,
            System::Fossil if !other.folder.has(FOSSIL_CLONE) => {
                other.run(["clone", "--", url, FOSSIL_CLONE]).await.map(drop)
            }
            _ => Ok(()),
        };
        if made.is_err() {
            other.folder.remove(&turn.lock)?;
        }
        made?;
        other.folder.made(&turn.lock)?;
        drop(turn);
        Ok(other)
    }

    async fn init_mercurial(&self, turn: &Turn<'_>) -> Result<(), VcsError> {
        self.run(["init", "."]).await?;
        let settings = format!("[paths]\ndefault = {}\n", self.url);
        Ok(self.folder.write(&turn.lock, ".hg/hgrc", &settings)?)
    }

    async fn turn(&self) -> Result<Turn<'_>, VcsError> {
        let one = self.one.acquire().await.map_err(|_| VcsError::Interrupted)?;
        let lock = self.context.lock(&self.folder, &self.url, &self.secrets).await?;
        Ok(Turn { _one: one, lock })
    }

    fn command<'a, I: IntoIterator<Item: AsRef<std::ffi::OsStr>>>(
        &'a self,
        arguments: I,
    ) -> Command<'a> {
        let program = self.system.as_str();
        let command = Command::new(program, self.folder.path(), &self.secrets);
        let command = command.arguments(&self.ssh);
        // The user's aliases and ways to print would change what is read here.
        command.arguments(arguments).variable("HGPLAIN", "+strictflags")
    }

    async fn run<I: IntoIterator<Item: AsRef<std::ffi::OsStr>>>(
        &self,
        arguments: I,
    ) -> Result<String, VcsError> {
        let printed = self.context.programs.run(&self.command(arguments)).await?;
        Ok(String::from_utf8_lossy(&printed).into_owned())
    }

    /// What a command prints; nothing where it ran and failed.
    async fn try_run<I: IntoIterator<Item: AsRef<std::ffi::OsStr>>>(
        &self,
        arguments: I,
    ) -> Result<Option<String>, VcsError> {
        match self.run(arguments).await {
            Ok(printed) => Ok(Some(printed)),
            Err(VcsError::Command(error)) if matches!(error.outcome, Outcome::Exit(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn unsupported(&self, question: &'static str) -> VcsError {
        VcsError::Unsupported { system: self.system, question }
    }

    /// The name of the newest revision of the default branch.
    fn latest(&self) -> &'static str {
        match self.system {
            System::Mercurial => "tip",
            System::Fossil => "trunk",
            _ => "latest",
        }
    }

    fn named<'a>(&self, revision: &'a str) -> &'a str {
        if revision == "latest" { self.latest() } else { revision }
    }

    /// Brings the clone up to date, once in a run.
    async fn fetch(&self) -> Result<(), VcsError> {
        let fetch = || async {
            let arguments: &[&str] = match self.system {
                System::Mercurial => &["pull", "-f"],
                System::Fossil => &["pull", "-R", FOSSIL_CLONE],
                _ => return Ok(()),
            };
            let fetched = self.run(arguments).await;
            self.is_fetched.store(true, Ordering::Relaxed);
            fetched.map(drop)
        };
        self.fetched.get_or_init(fetch).await.clone()
    }

    /// The names that a command lists, one a line; none where it fails. Of Mercurial's names
    /// not the one that every repository has.
    async fn list(&self, arguments: &[&str]) -> Result<Vec<String>, VcsError> {
        let listed = self.try_run(arguments).await?.unwrap_or_default();
        let left_out = if self.system == System::Mercurial { "tip" } else { "" };
        let is_name = |line: &&str| !line.is_empty() && *line != left_out;
        Ok(listed.lines().filter(is_name).map(str::to_owned).collect())
    }

    async fn all_tags(&self) -> Result<&BTreeSet<String>, VcsError> {
        let list = || async {
            let tags = match self.system {
                System::Mercurial => {
                    // Whoever needs what could not be fetched is told then.
                    let _ = self.fetch().await;
                    self.list(&["tags", "-q"]).await?
                }
                System::Subversion => {
                    let root = self.url.strip_suffix("/trunk").unwrap_or(&self.url);
                    // They keep the slash with which svn marks folders, and so are no versions:
                    // go finds none either.
                    self.list(&["list", "--", &format!("{root}/tags")]).await?
                }
                // go has never been able to read Fossil's.
                _ => Vec::new(),
            };
            Ok(tags.into_iter().collect())
        };
        self.tags.get_or_try_init(list).await
    }

    async fn branches(&self) -> Result<&HashSet<String>, VcsError> {
        let list = || async {
            if self.system != System::Mercurial {
                return Ok(HashSet::new());
            }
            let _ = self.fetch().await;
            Ok(self.list(&["branches", "-c", "-q"]).await?.into_iter().collect())
        };
        self.branches.get_or_try_init(list).await
    }

    async fn extension(&self, command: &str) -> Result<[OsString; 3], VcsError> {
        let write = || async {
            let folder = self.context.temporary().await?;
            folder.write(EXTENSION_FILE, EXTENSION)
        };
        let file = self.context.extension.get_or_try_init(write).await?;
        let mut setting = OsString::from("--config=extensions.goreposum=");
        setting.push(file);
        Ok([setting, command.into(), "--".into()])
    }

    /// A checksum of all that the repository has; empty where there is none.
    async fn repo_sum(&self) -> Result<&str, VcsError> {
        let ask = || async {
            if self.system != System::Mercurial {
                return Ok(String::new());
            }
            let command = self.extension("goreposum").await?;
            let what = if self.is_fetched.load(Ordering::Relaxed) { "." } else { &self.url };
            let sum = self.try_run(command.into_iter().chain([what.into()])).await?;
            Ok::<_, VcsError>(sum.unwrap_or_default().trim().to_owned())
        };
        Ok(self.repo_sum.get_or_try_init(ask).await?)
    }

    async fn whole_origin(&self) -> Result<Origin, VcsError> {
        Ok(Origin { repo_sum: self.repo_sum().await?.to_owned(), ..self.origin() })
    }

    fn origin(&self) -> Origin {
        let vcs = self.system.as_str().to_owned();
        Origin { vcs, url: self.url.clone(), ..Origin::default() }
    }

    async fn look_up(&self, revision: &str) -> Result<String, VcsError> {
        if self.system != System::Mercurial {
            return Err(VcsError::Changed("no lookupRef".to_owned()));
        }
        let command = self.extension("golookup").await?;
        let hash =
            self.run(command.into_iter().chain([(&self.url).into(), revision.into()])).await?;
        Ok(hash.trim().to_owned())
    }

    pub(super) async fn check_reuse(&self, old: &Origin, subdir: &str) -> Result<(), VcsError> {
        moved(old, self.system.as_str(), &self.url, subdir, &self.secrets)?;
        let changed = |reason: &str| Err(VcsError::Changed(reason.to_owned()));
        if old.reference.is_empty() && old.repo_sum.is_empty() && !old.hash.is_empty() {
            return match self.look_up(&old.hash).await {
                Ok(hash) if hash == old.hash => Ok(()),
                Ok(_) => changed("hash changed"),
                Err(error) => changed(&format!("looking up hash: {error}")),
            };
        }
        if !old.reference.is_empty()
            && old.repo_sum.is_empty()
            && let Ok(hash) = self.look_up(&old.reference).await
            && !hash.is_empty()
            && hash == old.hash
        {
            return Ok(());
        }
        let sum = self.repo_sum().await?;
        match (sum, old.repo_sum.as_str()) {
            ("", _) => Err(self.unsupported("CheckReuse")),
            (_, "") => changed("non-specific origin"),
            (now, was) if now != was => changed("repo changed"),
            _ => Ok(()),
        }
    }

    pub(super) async fn tags(&self, prefix: &str) -> Result<Tags, VcsError> {
        let _turn = self.turn().await?;
        let named = self.all_tags().await?.iter().filter(|tag| tag.starts_with(prefix));
        let list = named.map(|tag| Tag { name: tag.clone(), hash: String::new() }).collect();
        Ok(Tags { list, origin: Some(self.whole_origin().await?) })
    }

    pub(super) async fn stat(&self, revision: &str) -> Stat {
        let _turn = self.turn().await?;
        let revision = self.named(revision);
        // These mean something else when the clone has been brought up to date.
        let moves = self.branches().await?.contains(revision)
            || (self.system == System::Mercurial && revision == "tip");
        if !moves {
            match self.stat_local(revision).await {
                Err(Failed { error: VcsError::Interrupted, .. }) => {
                    return Err(VcsError::Interrupted.into());
                }
                Err(_) => {}
                known => return known,
            }
        }
        self.fetch().await?;
        let known = self.stat_local(revision).await?;
        if !moves {
            return Ok(known);
        }
        let version = known.name.clone();
        Ok(Arc::new(Revision { version, ..Revision::clone(&known) }))
    }

    async fn stat_local(&self, revision: &str) -> Stat {
        let printed = match self.system {
            System::Mercurial => {
                let revision = format!("--rev={revision}");
                let template = "{node} {date|hgdate} {tags}";
                self.try_run(["log", "-l1", &revision, "--template", template]).await?
            }
            System::Fossil => self.try_run(["info", "-R", FOSSIL_CLONE, "--", revision]).await?,
            _ => {
                let at = match revision {
                    "latest" => self.url.clone(),
                    _ => format!("{}@{revision}", self.url),
                };
                self.try_run(["log", "-l1", "--xml", "--", &at]).await?
            }
        };
        let Some(printed) = printed else {
            let error = VcsError::UnknownRevision(revision.to_owned());
            return Err(Failed { error, origin: Some(self.whole_origin().await?) });
        };
        let mut known = match self.system {
            System::Mercurial => parse_mercurial(revision, printed)?,
            System::Fossil => parse_fossil(revision, &printed)?,
            _ => subversion::parse_log(revision, printed)?,
        };
        let is_name = known.name.starts_with(revision) && revision.len() >= 12;
        known.origin = Some(Origin {
            hash: known.origin.take().map(|origin| origin.hash).unwrap_or_default(),
            reference: if is_name { String::new() } else { revision.to_owned() },
            ..self.origin()
        });
        Ok(Arc::new(known))
    }

    /// A file of a revision that was found.
    pub(super) async fn read_file(
        &self,
        revision: &str,
        file: &str,
        limit: u64,
    ) -> Result<Bytes, VcsError> {
        let _turn = self.turn().await?;
        let revision = self.named(revision);
        let command = match self.system {
            System::Mercurial => self.command(["cat", &format!("--rev={revision}"), "--", file]),
            System::Fossil => {
                let revision = format!("-r={revision}");
                self.command(["cat", "-R", FOSSIL_CLONE, &revision, "--", file])
            }
            _ => self.command(["cat", "--", &format!("{}/{file}@{revision}", self.url)]),
        };
        let missing: &[&str] = match self.system {
            System::Mercurial => &["no such file in rev"],
            System::Fossil => &["does not exist in check-in", "no such file"],
            // Not found, or a folder.
            _ => &["W160013", "W195007"],
        };
        self.context.programs.read_file(&command, file, limit, missing).await
    }

    /// The tags of a revision and of those before it.
    pub(super) async fn merged_tags(&self, revision: &str) -> Result<Vec<String>, VcsError> {
        if self.system != System::Mercurial {
            return Err(self.unsupported("RecentTag"));
        }
        let _turn = self.turn().await?;
        let revisions = format!("--rev=ancestors({revision}) and tag()");
        let listed = self.run(["log", &revisions, "--template", "{tags}\n"]).await?;
        Ok(listed.split_whitespace().map(str::to_owned).collect())
    }

    pub(super) async fn descends_from(&self, revision: &str, tag: &str) -> Result<bool, VcsError> {
        if self.system != System::Mercurial {
            return Err(self.unsupported("DescendsFrom"));
        }
        let _turn = self.turn().await?;
        let listed = self.run(["log", &format!("--rev=ancestors({revision}) and {tag}")]).await?;
        Ok(!listed.trim().is_empty())
    }

    /// A zip of a folder of a revision that was found.
    pub(super) async fn read_zip(
        &self,
        revision: &str,
        subdir: &str,
        limit: u64,
    ) -> Result<NamedTempFile, VcsError> {
        let turn = self.turn().await?;
        let revision = self.named(revision);
        let file = self.context.temporary().await?.archive_file()?;
        let command = match self.system {
            System::Mercurial => {
                let revision = format!("--rev={revision}");
                let options =
                    ["archive", "-t", "zip", "--no-decode", &revision, "--prefix=prefix/"];
                let include = format!("--include={subdir}/**");
                let include = Some(include).filter(|_| !subdir.is_empty());
                self.command(options).arguments(include).arguments(["--"]).arguments([file.path()])
            }
            System::Fossil => {
                let include = format!("--include={subdir}");
                let is_plain = !subdir.is_empty() && !subdir.contains(['*', '?', '[', ']', ',']);
                // Given the whole path of a file fossil tries to make the folders in it.
                let (Some(folder), Some(name)) = (file.path().parent(), file.path().file_name())
                else {
                    return Err(self.unsupported("ReadZip"));
                };
                Command::new("fossil", folder, &self.secrets)
                    .arguments(["zip", "-R"])
                    .arguments([self.folder.path().join(FOSSIL_CLONE)])
                    .arguments(["--name", "prefix"])
                    .arguments(Some(include).filter(|_| is_plain))
                    .arguments(["--", revision])
                    .arguments([name])
            }
            _ => {
                let remote = Some(subdir).filter(|subdir| !subdir.is_empty());
                let remote =
                    remote.map_or_else(|| self.url.clone(), |s| format!("{}/{s}", self.url));
                return self.export(&turn, revision, &remote, subdir, file, limit).await;
            }
        };
        self.context.programs.run_writing(&command, &file, limit).await?;
        Ok(file)
    }

    /// Exports a folder of Subversion's, and puts it into a zip.
    async fn export(
        &self,
        turn: &Turn<'_>,
        revision: &str,
        remote: &str,
        subdir: &str,
        file: NamedTempFile,
        limit: u64,
    ) -> Result<NamedTempFile, VcsError> {
        // The names that are listed are those of the server; what the export writes, and says
        // that it writes, is in the encoding of this machine.
        let list = ["list", "--non-interactive", "--xml", "--incremental", "--recursive"];
        let what = ["--revision", revision, "--", remote];
        let listed = self.run(list.into_iter().chain(what)).await?;
        let files = subversion::parse_list(listed)?;
        // They are not compressed, so that a zip of them would be longer still.
        let length = files.iter().map(|file| file.size).fold(0, u64::saturating_add);
        if length > limit {
            return Err(VcsError::ZipTooLong);
        }

        let export = self.folder.export(&turn.lock)?;
        // Nothing that depends on this machine is to change files.
        let quiet = ["export", "--non-interactive", "--quiet"];
        let plain = ["--native-eol", "LF", "--ignore-externals", "--ignore-keywords"];
        let command = self.command(quiet.into_iter().chain(plain).chain(what));
        self.context.programs.run(&command.arguments([export.path()])).await?;

        let base = self.url.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let base = if subdir.is_empty() { base.to_owned() } else { format!("{base}/{subdir}") };
        subversion::zip(export, files, base, file, limit).await
    }
}

fn parse_mercurial(revision: &str, printed: String) -> Result<Revision, VcsError> {
    let mut fields = printed.split_whitespace();
    let (Some(hash), Some(seconds), Some(_)) = (fields.next(), fields.next(), fields.next()) else {
        return Err(VcsError::Unexpected { program: "hg log", answer: printed });
    };
    let time = seconds.parse().ok().and_then(|s| jiff::Timestamp::from_second(s).ok());
    let Some(time) = time else {
        return Err(VcsError::Time { program: "hg log", answer: printed });
    };
    let mut tags: Vec<String> = fields.filter(|tag| *tag != "tip").map(str::to_owned).collect();
    tags.sort_unstable();
    Ok(of_hash(revision, hash, time, tags))
}

fn parse_fossil(revision: &str, printed: &str) -> Result<Revision, VcsError> {
    let unexpected =
        |answer: &str| VcsError::Unexpected { program: "fossil info", answer: answer.to_owned() };
    let is_hash = |line: &&str| line.starts_with("uuid:") || line.starts_with("hash:");
    let line = printed.lines().find(is_hash).ok_or_else(|| unexpected(printed))?;
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [_, hash, date, time, "UTC"] = fields[..] else { return Err(unexpected(line)) };
    let time = format!("{date}T{time}Z").parse().map_err(|_| unexpected(line))?;
    if hash.len() != 40 {
        return Err(unexpected(line));
    }
    Ok(of_hash(revision, hash, time, Vec::new()))
}

fn of_hash(revision: &str, hash: &str, time: jiff::Timestamp, tags: Vec<String>) -> Revision {
    Revision {
        origin: Some(Origin { hash: hash.to_owned(), ..Origin::default() }),
        name: hash.to_owned(),
        short: shortened(hash, 40),
        version: if hash.starts_with(revision) { hash } else { revision }.to_owned(),
        time,
        tags,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_mercurial() {
        let hash = "c0ffee0000000000000000000000000000000000";
        let printed = format!("{hash} 1500000000 -7200 v1.1.0 tip v1.0.0");
        let known = parse_mercurial("c0ffee", printed).expect("understood");
        assert_eq!((known.name.as_str(), known.version.as_str()), (hash, hash));
        assert_eq!(known.short, "c0ffee000000");
        assert_eq!(known.tags, ["v1.0.0", "v1.1.0"]);
        assert_eq!(known.time.to_string(), "2017-07-14T02:40:00Z");
        for (printed, message) in [
            ("x 1", "unexpected response from hg log: \"x 1\""),
            ("x y 0", "invalid time from hg log: \"x y 0\""),
        ] {
            let error = parse_mercurial("x", printed.to_owned()).expect_err("refused");
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn answers_of_fossil() {
        let hash = "c0ffee0000000000000000000000000000000000";
        for key in ["hash", "uuid"] {
            let printed = format!("project-name: x\n{key}:  {hash} 2017-07-14 02:40:00 UTC\n");
            let known = parse_fossil("trunk", &printed).expect("understood");
            assert_eq!((known.name.as_str(), known.version.as_str()), (hash, "trunk"));
            assert_eq!(known.time.to_string(), "2017-07-14T02:40:00Z");
        }
        for line in [
            format!("hash: {hash} 2017-07-14 02:40:00"),
            format!("hash: {hash}0 2017-07-14 02:40:00 UTC"),
            format!("hash: {hash} 2017-07-34 02:40:00 UTC"),
        ] {
            let error = parse_fossil("trunk", &line).expect_err("refused");
            let message = format!("unexpected response from fossil info: \"{line}\"");
            assert_eq!(error.to_string(), message);
        }
    }
}
