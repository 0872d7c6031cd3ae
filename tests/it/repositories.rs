//! Repositories under version control, made here by the programs themselves.
//!
//! Where a program is missing, what needs it is not tested: that is said on stderr, and fails
//! where CI=true.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gomod::config::{self, HttpProxies, Patience, VersionControl};
use gomod::fetch::auth::Credentials;
use gomod::fetch::error::ErrorKind;
use gomod::fetch::http::Http;
use gomod::fetch::info::Origin;
use gomod::fetch::vcs::{Repositories, Repository, Revision, System, VcsError};
use gomod::store::cache::Cache;
use gomod::store::lock::try_lock_file;
use gomod::ui::progress::Progress;
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use crate::differential::go_is_there;
use crate::support::program::Room;

/// Longer than any file here.
const LIMIT: u64 = 1 << 20;

/// Whether there is such a program.
pub(crate) fn is_there(program: &str) -> bool {
    let quiet = || Stdio::null();
    let found = Command::new(program).arg("version").stdout(quiet()).stderr(quiet()).status();
    if found.is_ok() {
        return true;
    }
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "no {program} to test with");
    // Past the capture of the test harness: what is not tested must not look tested.
    let _ = writeln!(std::io::stderr(), "SKIPPED: no {program} to test with");
    false
}

/// What was shown of the commands that ran.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Progress for Heard {
    fn command(&self, text: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(text.to_owned());
    }
}

/// A folder with a repository, a module cache, and the settings of a user.
struct Bench {
    room: Room,
    heard: Arc<Heard>,
}

impl Bench {
    fn new() -> Self {
        let room = Room::new("gomod-vcs-").expect("a folder");
        fs::create_dir(room.path().join("home")).expect("a folder");
        // Settings that must not change what is read.
        let settings = "[core]\n\tautocrlf = true\n[log]\n\tshowSignature = true\n\
                        [safe]\n\tbareRepository = explicit\n[tag]\n\tsort = -refname\n";
        fs::write(room.path().join("home/.gitconfig"), settings).expect("written");
        let settings = "[ui]\nverbose = True\nusername = A U Thor <a@example.com>\n";
        fs::write(room.path().join("home/.hgrc"), settings).expect("written");
        Self { room, heard: Arc::default() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.room.path().join(name)
    }

    /// The variables of whoever uses this folder.
    fn variables(&self) -> Vec<(&'static str, String)> {
        let home = self.path("home").display().to_string();
        vec![
            ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
            ("GIT_TERMINAL_PROMPT", "0".to_owned()),
            ("HGRCPATH", format!("{home}/.hgrc")),
            ("FOSSIL_HOME", home.clone()),
            ("USER", "author".to_owned()),
            ("XDG_CONFIG_HOME", format!("{home}/.config")),
            ("HOME", home),
        ]
    }

    fn command(&self, program: &str, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder).envs(self.variables()).stdin(Stdio::null());
        let person = [("NAME", "A U Thor"), ("EMAIL", "a@example.com")];
        for (key, value) in person {
            for who in ["AUTHOR", "COMMITTER"] {
                command.env(format!("GIT_{who}_{key}"), value);
            }
        }
        command
    }

    /// Runs a program in a folder below, and gives what it printed.
    fn run(&self, folder: &str, program: &str, arguments: &[&str]) -> String {
        let output = self.command(program, &self.path(folder), arguments).output();
        said(&output.expect("a program that runs"), arguments)
    }

    /// Commits everything, so many days after the first of 2020.
    fn commit(&self, folder: &str, day: u32, files: &[(&str, &str)]) -> String {
        self.write(folder, files);
        self.run(folder, "git", &["add", "-A"]);
        let date = format!("2020-01-{:02}T12:00:00Z", day + 1);
        let arguments = ["commit", "-q", "--allow-empty", "-m", "message"];
        let mut command = self.command("git", &self.path(folder), &arguments);
        command.env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date);
        said(&command.output().expect("git runs"), &arguments);
        self.run(folder, "git", &["rev-parse", "HEAD"]).trim().to_owned()
    }

    fn write(&self, folder: &str, files: &[(&str, &str)]) {
        for (name, content) in files {
            let path = self.path(folder).join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, content).expect("written");
        }
    }

    fn cache(&self) -> Cache {
        Cache::new(&self.path("mod"), true)
    }

    /// What a run of gomod has, with a cache that runs share.
    fn repositories(&self) -> Repositories {
        self.repositories_with(self.settings())
    }

    fn settings(&self) -> VersionControl {
        let path = std::env::var_os("PATH").expect("a path");
        // A user has them in the environment, which tests share.
        let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
        let variables = self.variables().into_iter().map(|(name, value)| (name, leak(value)));
        VersionControl {
            program_folders: std::env::split_paths(&path).collect(),
            variables: variables.collect(),
            ..VersionControl::default()
        }
    }

    /// The same with a script in the place of a program.
    fn repositories_where(&self, program: &str, script: &str) -> Repositories {
        let bin = self.path("bin");
        fs::create_dir_all(&bin).expect("a folder");
        fs::write(bin.join(program), script).expect("written");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(bin.join(program), mode).expect("set");
        let mut settings = self.settings();
        settings.program_folders.insert(0, bin);
        self.repositories_with(settings)
    }

    fn repositories_with(&self, settings: VersionControl) -> Repositories {
        let http = Arc::new(Http::new(
            HttpProxies::default(),
            None,
            Patience::default(),
            Credentials::of(config::Credentials::default(), VersionControl::default()),
            self.heard.clone(),
        ));
        let limit = Arc::new(Semaphore::new(4));
        Repositories::new(settings, self.cache(), http, limit, self.heard.clone())
    }

    /// How many commands have begun so since the last time.
    fn count(&self, beginning: &str) -> usize {
        let mut heard = self.heard.0.lock().unwrap_or_else(PoisonError::into_inner);
        let begins = |line: &&String| {
            line.split_once("; ").is_some_and(|(cd, command)| {
                cd.starts_with("cd ") && command.starts_with(beginning)
            })
        };
        let count = heard.iter().filter(begins).count();
        heard.clear();
        count
    }
}

fn said(output: &Output, arguments: &[&str]) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {}\n{stderr}", output.status);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The checksum of named commits, in the order given.
fn sum<S: AsRef<str>>(named: &[(&str, S)]) -> String {
    let text: String =
        named.iter().map(|(name, commit)| format!("\"{name}\" {}\n", commit.as_ref())).collect();
    STANDARD.encode(Sha256::digest(text.as_bytes()))
}

/// Names and contents in a zip, without the folder that all lie in.
fn unzip(mut file: impl std::io::Read + std::io::Seek) -> Vec<(String, String)> {
    file.rewind().expect("a file");
    let mut archive = zip::ZipArchive::new(file).expect("a zip");
    let mut files = Vec::new();
    let mut folders = BTreeSet::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).expect("an entry");
        let name = entry.name().expect("a name").into_owned();
        let (folder, name) = name.split_once('/').expect("a folder");
        folders.insert(folder.to_owned());
        let name = name.to_owned();
        let mut content = String::new();
        entry.read_to_string(&mut content).expect("a text");
        if !name.ends_with('/') && !name.is_empty() {
            files.push((name, content));
        }
    }
    assert!(folders.len() <= 1, "{folders:?}");
    files.sort();
    files
}

/// A repository of git, and its commits in their order.
struct Sample {
    url: String,
    commits: Vec<String>,
    /// Of a branch that begins at the first commit.
    aside: String,
}

const GO_MOD: &str = "module example.com/m\n";

impl Sample {
    fn make(bench: &Bench, format: &str) -> Self {
        let folder = "repo";
        bench.run("", "git", &["init", "-q", "-b", "main", format, folder]);
        bench.run(folder, "git", &["config", "core.autocrlf", "false"]);
        let attributes =
            "* text=auto\nversion.go export-subst\nhidden.go export-ignore\nsub/x export-ignore\n";
        let first = bench.commit(
            folder,
            0,
            &[
                ("go.mod", GO_MOD),
                (".gitattributes", attributes),
                ("version.go", "// $Format:%H$\npackage m\n"),
                ("hidden.go", "package m\n"),
            ],
        );
        bench.run(folder, "git", &["tag", "-a", "-m", "message", "v1.0.0"]);
        bench.run(folder, "git", &["tag", "first"]);
        let second = bench.commit(folder, 1, &[("sub/go.mod", "module example.com/m/sub\n")]);
        bench.run(folder, "git", &["tag", "v1.1.0-rc.1"]);
        bench.run(folder, "git", &["tag", "sub/v0.1.0"]);
        let third = bench.commit(folder, 2, &[("sub/x", "text\n")]);
        bench.run(folder, "git", &["checkout", "-q", "-b", "dev/aside", &first]);
        let aside = bench.commit(folder, 3, &[("aside.go", "package m\n")]);
        bench.run(folder, "git", &["tag", "v1.9.0"]);
        bench.run(folder, "git", &["checkout", "-q", "main"]);
        let url = format!("file://{}", bench.path(folder).display());
        Self { url, commits: vec![first, second, third], aside }
    }

    fn references(&self) -> Vec<(&'static str, &String)> {
        let [first, second, third] = &self.commits[..] else { unreachable!("three commits") };
        vec![
            ("HEAD", third),
            ("refs/heads/dev/aside", &self.aside),
            ("refs/heads/main", third),
            ("refs/tags/first", first),
            ("refs/tags/sub/v0.1.0", second),
            ("refs/tags/v1.0.0", first),
            ("refs/tags/v1.1.0-rc.1", second),
            ("refs/tags/v1.9.0", &self.aside),
        ]
    }

    fn repo_sum(&self) -> String {
        format!("r1:{}", sum(&self.references()))
    }

    fn origin(&self) -> Origin {
        Origin { vcs: "git".to_owned(), url: self.url.clone(), ..Origin::default() }
    }

    fn revision(&self, commit: usize, version: Option<&str>, reference: &str) -> Revision {
        let name = &self.commits[commit];
        let tags: &[&str] = match commit {
            0 => &["first", "v1.0.0"],
            1 => &["sub/v0.1.0", "v1.1.0-rc.1"],
            _ => &[],
        };
        let reference = reference.to_owned();
        Revision {
            origin: Some(Origin { hash: name.clone(), reference, ..self.origin() }),
            name: name.clone(),
            short: name[..12].to_owned(),
            version: version.unwrap_or(name).to_owned(),
            time: format!("2020-01-{:02}T12:00:00Z", commit + 1).parse().expect("a time"),
            tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
        }
    }
}

async fn open(repositories: &Repositories, sample: &Sample) -> Repository {
    repositories.open(System::Git, &sample.url).await.expect("opened")
}

async fn stat(repository: &Repository, revision: &str) -> Revision {
    Revision::clone(&*repository.stat(revision).await.expect(revision))
}

#[tokio::test]
async fn git_tells_what_revisions_are() {
    if !is_there("git") {
        return;
    }
    for format in ["--object-format=sha1", "--object-format=sha256"] {
        let bench = Bench::new();
        let sample = Sample::make(&bench, format);
        let repositories = bench.repositories();
        let repository = open(&repositories, &sample).await;

        let tag = stat(&repository, "v1.0.0").await;
        assert_eq!(tag, sample.revision(0, Some("v1.0.0"), "refs/tags/v1.0.0"));
        assert_eq!(stat(&repository, "main").await, sample.revision(2, None, "refs/heads/main"));
        let latest = sample.revision(2, None, "HEAD");
        assert_eq!(*repository.latest().await.expect("latest"), latest);
        assert_eq!(stat(&repository, "latest").await, latest);
        assert_eq!(stat(&repository, "HEAD").await, latest);
        let aside = stat(&repository, "dev/aside").await;
        assert_eq!(
            (aside.name.as_str(), &aside.tags[..]),
            (&*sample.aside, &["v1.9.0".into()][..])
        );

        // A commit by its hash, at which a tag points that is named first.
        let second = sample.revision(1, None, "refs/tags/sub/v0.1.0");
        assert_eq!(stat(&repository, &sample.commits[1][..9]).await, second);
        // It is in the folder now, so there is no reference that mattered.
        assert_eq!(stat(&repository, &sample.commits[1]).await, sample.revision(1, None, ""));

        let unknown = ["v1.0.1", "none", "abcdef", "-x", "refs/tags/v1.0.0"];
        for revision in unknown {
            let failed = repository.stat(revision).await.expect_err(revision);
            assert_eq!(failed.error.to_string(), format!("unknown revision {revision}"));
            assert_eq!(failed.error.kind(), ErrorKind::NotFound);
            let origin = Origin { repo_sum: sample.repo_sum(), ..sample.origin() };
            let expected = (revision != "-x").then_some(origin);
            assert_eq!(failed.origin, expected, "{revision}");
        }
        let failed = repository.stat("0123456789").await.expect_err("no such commit");
        assert_eq!(failed.error.to_string(), "unknown revision 0123456789");
        assert_eq!(failed.origin.expect("an origin").repo_sum, sample.repo_sum());
        assert_eq!(bench.count("git ls-remote"), 1);
    }
}

#[tokio::test]
async fn git_lists_tags_with_a_sum_of_those_that_matter() {
    if !is_there("git") {
        return;
    }
    let bench = Bench::new();
    let sample = Sample::make(&bench, "--object-format=sha1");
    let repositories = bench.repositories();
    let repository = open(&repositories, &sample).await;
    let [first, second, _] = &sample.commits[..] else { unreachable!("three commits") };
    let all = [
        ("first", first),
        ("sub/v0.1.0", second),
        ("v1.0.0", first),
        ("v1.1.0-rc.1", second),
        ("v1.9.0", &sample.aside),
    ];
    for (prefix, listed, counted) in
        [("", &all[..], &all[2..]), ("v", &all[2..], &all[2..]), ("sub/v", &all[1..2], &all[1..2])]
    {
        let tags = repository.tags(prefix).await.expect("tags");
        let found: Vec<_> = tags.list.iter().map(|tag| (tag.name.as_str(), &tag.hash)).collect();
        assert_eq!(found, listed);
        let origin = Origin {
            tag_prefix: prefix.to_owned(),
            tag_sum: format!("t1:{}", sum(counted)),
            ..sample.origin()
        };
        assert_eq!(tags.origin.as_ref(), Some(&origin));
        repository.check_reuse(&origin, "").await.expect("as it was");
    }
}

#[tokio::test]
async fn git_reads_files_and_archives_them_as_they_are() {
    if !is_there("git") {
        return;
    }
    let bench = Bench::new();
    let sample = Sample::make(&bench, "--object-format=sha1");
    let repositories = bench.repositories();
    let repository = open(&repositories, &sample).await;
    let read = async |file: &str, limit| repository.read_file("v1.0.0", file, limit).await;
    assert_eq!(read("go.mod", GO_MOD.len() as u64).await.expect("a file"), GO_MOD);
    let error = read("go.mod", GO_MOD.len() as u64 - 1).await.expect_err("too long");
    assert_eq!(error.to_string(), "go.mod: file is longer than 20 bytes");
    for none in ["none", "sub"] {
        let error = read(none, LIMIT).await.expect_err("no file");
        assert_eq!(error.kind(), ErrorKind::NotFound, "{none}");
    }

    let archive = async |revision: &str, subdir: &str| {
        repository.read_zip(revision, subdir, LIMIT).await.map(|zip| unzip(zip.as_file()))
    };
    let files = archive("v1.0.0", "").await.expect("a zip");
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, [".gitattributes", "go.mod", "hidden.go", "version.go"]);
    assert_eq!(files[3].1, "// $Format:%H$\npackage m\n");
    let files = archive("main", "sub").await.expect("a zip");
    let expected = [("sub/go.mod", "module example.com/m/sub\n"), ("sub/x", "text\n")];
    assert_eq!(files, expected.map(|(name, content)| (name.to_owned(), content.to_owned())));
    let error = archive("v1.0.0", "sub").await.expect_err("no folder");
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

/// git says the same of what is no file as of a file that it cannot read.
#[tokio::test]
async fn a_damaged_file_is_not_a_missing_one() {
    if !is_there("git") {
        return;
    }
    let bench = Bench::new();
    let sample = Sample::make(&bench, "--object-format=sha1");
    let repositories = bench.repositories();
    let repository = open(&repositories, &sample).await;
    stat(&repository, "main").await;
    let folders = fs::read_dir(bench.path("mod/cache/vcs")).expect("a folder").flatten();
    let folder = folders.map(|entry| entry.path()).find(|path| path.is_dir()).expect("a folder");
    // Out of the pack, from where one can be taken away.
    let packs = fs::read_dir(folder.join("objects/pack")).expect("a folder").flatten();
    for pack in packs.map(|entry| entry.path()) {
        let moved = bench.path(&pack.file_name().expect("a name").to_string_lossy());
        fs::rename(&pack, &moved).expect("moved");
        if moved.extension().is_some_and(|extension| extension == "pack") {
            let arguments = ["unpack-objects", "-q"];
            let mut unpack = bench.command("git", &folder, &arguments);
            unpack.env("GIT_DIR", &folder).stdin(fs::File::open(&moved).expect("a pack"));
            said(&unpack.output().expect("git runs"), &arguments);
        }
    }
    let blob = bench.run("repo", "git", &["rev-parse", "main:sub/go.mod"]);
    let (first, rest) = blob.trim().split_at(2);
    fs::remove_file(folder.join("objects").join(first).join(rest)).expect("an object");

    let read = async |file: &str| repository.read_file("main", file, LIMIT).await;
    assert_eq!(read("go.mod").await.expect("a file"), GO_MOD);
    for none in ["none", "sub", "sub/none", "go.mod/none"] {
        let error = read(none).await.expect_err("no file");
        assert!(matches!(error, VcsError::NoFile { .. }), "{none}: {error}");
    }
    let error = read("sub/go.mod").await.expect_err("a damaged file");
    assert_eq!(error.kind(), ErrorKind::Transient, "{error}");
    assert!(error.to_string().contains("sub/go.mod: bad file"), "{error}");
}

/// An archive is cut where it is too long, and the program that makes it is ended.
#[tokio::test]
async fn archives_have_limits() {
    const SHORT: u64 = 100;
    const TOO_LARGE: &str = "downloaded zip file too large";
    let too_large = async |repositories: &Repositories, system, url: &str, revision: &str| {
        let repository = repositories.open(system, url).await.expect("opened");
        let zip = async |limit| repository.read_zip(revision, "", limit).await.map(drop);
        assert_eq!(zip(SHORT).await.expect_err("too long").to_string(), TOO_LARGE);
        zip(LIMIT).await.expect("a zip");
    };
    let endless = async |repositories: Repositories, system, url: &str, revision: &str| {
        let repository = repositories.open(system, url).await.expect("opened");
        let error = repository.read_zip(revision, "", LIMIT).await.expect_err("without an end");
        assert_eq!(error.to_string(), TOO_LARGE);
    };
    if is_there("git") {
        let bench = Bench::new();
        let sample = Sample::make(&bench, "--object-format=sha1");
        too_large(&bench.repositories(), System::Git, &sample.url, "v1.0.0").await;
        // Not even a program that does not end with its pipe is waited for.
        let script = "#!/bin/sh\ncase $* in *archive*) trap '' PIPE; while :; do yes; done 2>/dev/null;; \
                      *) exec git \"$@\";; esac\n";
        let repositories = bench.repositories_where("git", script);
        endless(repositories, System::Git, &sample.url, "v1.0.0").await;
    }
    if is_there("hg") {
        let bench = Bench::new();
        bench.run("", "hg", &["init", "repo"]);
        bench.write("repo", &[("go.mod", GO_MOD)]);
        bench.run("repo", "hg", &["commit", "-A", "-q", "-m", "message"]);
        let url = format!("file://{}", bench.path("repo").display());
        too_large(&bench.repositories(), System::Mercurial, &url, "tip").await;
        let script = "#!/bin/sh\nfor last; do :; done\n\
                      case $1 in archive) exec yes >\"$last\";; *) exec hg \"$@\";; esac\n";
        let repositories = bench.repositories_where("hg", script);
        endless(repositories, System::Mercurial, &url, "tip").await;
    }
    if is_there("fossil") {
        let bench = Bench::new();
        let clone = bench.path("repo.fossil").display().to_string();
        bench.run("", "fossil", &["init", &clone]);
        let url = format!("file://{clone}");
        let repositories = bench.repositories();
        let repository = repositories.open(System::Fossil, &url).await.expect("opened");
        let error = repository.read_zip("trunk", "", 10).await.expect_err("too long");
        assert_eq!(error.to_string(), TOO_LARGE);
    }
}

#[tokio::test]
async fn git_fetches_the_history_only_where_it_matters() {
    if !is_there("git") {
        return;
    }
    let bench = Bench::new();
    let sample = Sample::make(&bench, "--object-format=sha1");
    let repositories = bench.repositories();
    let repository = open(&repositories, &sample).await;
    let [first, second, third] = &sample.commits[..] else { unreachable!("three commits") };
    let everything =
        "git -c fetch.unpackLimit=1 -c gc.auto=0 fetch -f --end-of-options origin 'refs/heads/*";

    stat(&repository, "main").await;
    let any = |_: &str| true;
    assert_eq!(repository.recent_tag("main", "none/", any).await.expect("no tag"), "");
    assert_eq!(bench.count(everything), 0);
    assert_eq!(repository.recent_tag("main", "", any).await.expect("a tag"), "v1.1.0-rc.1");
    assert_eq!(bench.count(everything), 1);
    let no_rc = |tag: &str| !tag.contains("rc");
    assert_eq!(repository.recent_tag(third, "", no_rc).await.expect("a tag"), "v1.0.0");
    assert_eq!(repository.recent_tag("main", "sub/", any).await.expect("a tag"), "sub/v0.1.0");
    assert_eq!(bench.count(everything), 0);

    // Each in a run of its own, with the folder that there is.
    for (revision, tag, expected) in [
        (third, "v1.0.0", true),
        (first, "v1.0.0", true),
        (first, "v1.1.0-rc.1", false),
        (third, "v1.9.0", false),
        (third, "v7.0.0", false),
        (&sample.aside, "first", true),
    ] {
        let repositories = bench.repositories();
        let repository = open(&repositories, &sample).await;
        let descends = repository.descends_from(revision, tag).await.expect("an answer");
        assert_eq!(descends, expected, "{revision} from {tag}");
    }

    // A commit to which no name leads is found in the history only.
    let other = Bench::new();
    let repositories = other.repositories();
    let repository = open(&repositories, &sample).await;
    stat(&repository, "v1.0.0").await;
    assert_eq!(
        other.count(
            "git -c protocol.version=2 -c fetch.unpackLimit=1 -c gc.auto=0 fetch -f --depth=1"
        ),
        1
    );
    bench.run("repo", "git", &["tag", "-d", "v1.1.0-rc.1", "sub/v0.1.0"]);
    let repositories = other.repositories();
    let repository = open(&repositories, &sample).await;
    let known = stat(&repository, &second[..12]).await;
    assert_eq!((&known.name, known.origin.expect("an origin").reference.as_str()), (second, ""));
    assert_eq!(other.count("git -c fetch.unpackLimit=1 -c gc.auto=0 fetch -f --unshallow"), 1);
}

#[tokio::test]
async fn git_knows_what_changed() {
    if !is_there("git") {
        return;
    }
    let bench = Bench::new();
    let sample = Sample::make(&bench, "--object-format=sha1");
    let origin = |change: &dyn Fn(&mut Origin)| {
        let mut origin = sample.origin();
        change(&mut origin);
        origin
    };
    let head = origin(&|origin| {
        origin.reference = "refs/heads/main".to_owned();
        origin.hash.clone_from(&sample.commits[2]);
    });
    let whole = origin(&|origin| origin.repo_sum = sample.repo_sum());
    let hash = origin(&|origin| origin.hash.clone_from(&sample.commits[0]));
    let repositories = bench.repositories();
    let repository = open(&repositories, &sample).await;
    for same in [&head, &whole, &hash] {
        repository.check_reuse(same, "").await.expect("as it was");
    }
    let error = repository.check_reuse(&head, "sub").await.expect_err("another folder");
    let url = &sample.url;
    let message = format!("origin moved from git \"{url}\" \"\" to git \"{url}\" \"sub\"");
    assert_eq!(error.to_string(), message);
    let secret = origin(&|origin| origin.url = "https://user:secret@host/".to_owned());
    let error = repository.check_reuse(&secret, "").await.expect_err("another repository");
    let message = format!("origin moved from git \"https://user:xxxxx@host/\" to git \"{url}\"");
    assert_eq!(error.to_string(), message);
    let error = repository.check_reuse(&sample.origin(), "").await.expect_err("nothing to check");
    assert_eq!(error.to_string(), "non-specific origin");

    let tags = repository.tags("v").await.expect("tags").origin.clone().expect("an origin");
    bench.commit("repo", 5, &[]);
    bench.run("repo", "git", &["tag", "v1.2.0"]);
    let now = bench.run("repo", "git", &["rev-parse", "HEAD"]);
    let repositories = bench.repositories();
    let repository = open(&repositories, &sample).await;
    let (was, now) = (&sample.commits[2], now.trim());
    let gone = origin(&|origin| origin.reference = "refs/heads/gone".to_owned());
    let gone = Origin { hash: was.clone(), ..gone };
    for (old, message) in [
        (&head, format!("ref \"refs/heads/main\" moved from {was} to {now}")),
        (&gone, "ref \"refs/heads/gone\" deleted".to_owned()),
        (&whole, "refs changed".to_owned()),
        (&tags, "tags changed".to_owned()),
    ] {
        let error = repository.check_reuse(old, "").await.expect_err("changed");
        assert_eq!(error.to_string(), message);
    }
    repository.check_reuse(&hash, "").await.expect("a hash stays");
}

#[tokio::test]
async fn an_empty_repository_has_no_commits() {
    if !is_there("git") {
        return;
    }
    let bench = Bench::new();
    bench.run("", "git", &["init", "-q", "--bare", "empty"]);
    let repositories = bench.repositories();
    let url = format!("file://{}", bench.path("empty").display());
    let repository = repositories.open(System::Git, &url).await.expect("opened");
    let failed = repository.latest().await.expect_err("no commits");
    assert!(matches!(failed.error, VcsError::NoCommits), "{failed:?}");
}

/// Ten modules of one repository cost no more than one.
#[tokio::test]
async fn a_repository_is_asked_and_fetched_once() {
    if !is_there("git") {
        return;
    }
    let bench = Bench::new();
    let sample = Sample::make(&bench, "--object-format=sha1");
    let repositories = bench.repositories();
    let asked = (0..10).map(|_| async {
        let repository = open(&repositories, &sample).await;
        let known = repository.stat("v1.0.0").await.expect("a tag");
        repository.read_file(&known.name, "go.mod", LIMIT).await.expect("a file")
    });
    for content in futures_util::future::join_all(asked).await {
        assert_eq!(content, GO_MOD);
    }
    let heard = bench.heard.0.lock().expect("heard").clone();
    for (command, times) in [
        ("git init", 1),
        ("git ls-remote", 1),
        ("git -c protocol.version=2 -c fetch.unpackLimit=1 -c gc.auto=0 fetch", 1),
        ("git cat-file", 1),
    ] {
        let begins = |line: &&String| {
            line.starts_with("cd ")
                && line.split("; ").nth(1).is_some_and(|c| c.starts_with(command))
        };
        assert_eq!(heard.iter().filter(begins).count(), times, "{command}: {heard:#?}");
    }
}

/// Whoever asked may go away while the answer is on its way, and others still get it.
#[tokio::test]
async fn an_answer_comes_though_the_first_to_ask_has_gone() {
    if !is_there("git") {
        return;
    }
    let bench = Bench::new();
    let sample = Sample::make(&bench, "--object-format=sha1");
    let repositories = bench.repositories();
    let repository = open(&repositories, &sample).await;
    {
        let mut first = std::pin::pin!(repository.stat("v1.0.0"));
        assert!(futures_util::poll!(&mut first).is_pending());
    }
    assert_eq!(stat(&repository, "v1.0.0").await.version, "v1.0.0");
    assert_eq!(bench.count("git ls-remote"), 1);
}

#[tokio::test]
async fn a_folder_is_changed_under_its_lock_alone() {
    if !is_there("git") {
        return;
    }
    let bench = Bench::new();
    let sample = Sample::make(&bench, "--object-format=sha1");
    let repositories = bench.repositories();
    let repository = open(&repositories, &sample).await;
    let lock = fs::read_dir(bench.path("mod/cache/vcs")).expect("a folder");
    let lock = lock.map(|entry| entry.expect("an entry").path());
    let lock = lock.filter(|path| path.extension().is_some_and(|e| e == "lock"));
    let lock: Vec<PathBuf> = lock.collect();
    // Whoever made the folder lets go of it in its own time.
    let mut held = None;
    for _ in 0..1000 {
        held = try_lock_file(&lock[0]).expect("a file");
        if held.is_some() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let held = held.expect("free");
    {
        let stat = repository.stat("v1.0.0");
        let pause = tokio::time::sleep(std::time::Duration::from_millis(300));
        tokio::select! {
            known = stat => panic!("changed without the lock: {known:?}"),
            () = pause => {}
        }
    }
    assert_eq!(
        bench.count("git -c protocol.version=2 -c fetch.unpackLimit=1 -c gc.auto=0 fetch"),
        0
    );
    drop(held);
    assert_eq!(stat(&repository, "v1.0.0").await.version, "v1.0.0");
}

#[tokio::test]
async fn what_ends_ends_its_programs() {
    if !is_there("git") {
        return;
    }
    let bench = Bench::new();
    let program = bench.path("bin/git");
    fs::create_dir(bench.path("bin")).expect("a folder");
    let script = format!("#!/bin/sh\necho $$ >{0}/pid; exec sleep 600\n", bench.path("").display());
    fs::write(&program, script).expect("written");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&program, mode).expect("set");
    let program_folders = vec![bench.path("bin")];
    let repositories =
        bench.repositories_with(VersionControl { program_folders, ..VersionControl::default() });
    let pid = {
        let mut opening = std::pin::pin!(repositories.open(System::Git, "file:///none"));
        loop {
            let pause = tokio::time::sleep(std::time::Duration::from_millis(10));
            tokio::select! {
                opened = &mut opening => panic!("{opened:?}"),
                () = pause => {}
            }
            let pid = fs::read_to_string(bench.path("pid")).unwrap_or_default();
            if let Some(pid) = pid.strip_suffix('\n') {
                break pid.parse().expect("a number");
            }
        }
    };
    drop(repositories);
    let pid = rustix::process::Pid::from_raw(pid).expect("a process");
    for _ in 0..1000 {
        if rustix::process::test_kill_process(pid).is_err() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("it still runs");
}

#[tokio::test]
async fn what_cannot_be_asked_says_why() {
    if !is_there("git") {
        return;
    }
    let bench = Bench::new();
    let repositories = bench.repositories();
    let url = format!("file://{}", bench.path("none").display());
    let repository = repositories.open(System::Git, &url).await.expect("a folder of its own");
    let failed = repository.stat("v1.0.0").await.expect_err("no repository");
    let folder = fs::read_dir(bench.path("mod/cache/vcs")).expect("a folder").flatten();
    let folder = folder.map(|entry| entry.path()).find(|path| path.is_dir()).expect("a folder");
    let message = format!(
        "git ls-remote -q --end-of-options {url} in {}: exit status 128:\n\tfatal: ",
        folder.display()
    );
    assert!(failed.error.to_string().starts_with(&message), "{}", failed.error);
    assert_eq!(failed.error.kind(), ErrorKind::Transient);

    for (system, url, message) in [
        (System::Git, "/a/b", "git remote (/a/b) must not be local directory"),
        (
            System::Git,
            "host:path",
            "git remote (host:path) must not be local directory (use URL syntax not host:path \
             syntax)",
        ),
        (System::Mercurial, "/a/b", "invalid vcs remote: hg /a/b"),
        (System::Git, "-x://host", "invalid vcs remote: git -x://host"),
    ] {
        let error = repositories.open(system, url).await.expect_err("refused");
        assert_eq!(error.to_string(), message);
    }
    let bazaar = repositories.open(System::Bazaar, "https://host/b").await.expect_err("refused");
    assert!(bazaar.to_string().starts_with("https://host/b is a Bazaar repository"), "{bazaar}");

    let without = bench.repositories_with(VersionControl::default());
    let error = without.open(System::Git, "file:///other").await.expect_err("no git");
    let message = "unable to resolve git version: failed to execute git version: exec: \"git\": \
                   executable file not found in $PATH";
    assert_eq!(error.to_string(), message);
    assert_eq!(error.kind(), ErrorKind::Local);
    let error = without.open(System::Mercurial, "file:///other").await.expect_err("no hg");
    let message = ": exec: \"hg\": executable file not found in $PATH";
    assert!(error.to_string().ends_with(message), "{error}");
}

#[tokio::test]
async fn a_folder_of_another_repository_is_not_touched() {
    if !is_there("git") {
        return;
    }
    let bench = Bench::new();
    let url = "https://user:secret@none.invalid/repo";
    let name = Sha256::digest(format!("git3:{url}").as_bytes());
    let name: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
    let folder = bench.path("mod/cache/vcs").join(&name);
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.with_extension("info"), "git3:https://user:hidden@host/x").expect("written");
    let error = bench.repositories().open(System::Git, url).await.expect_err("refused");
    let message = format!(
        "{}.info exists with wrong content (have \"git3:https://user:xxxxx@host/x\" want \
         \"git3:https://user:xxxxx@none.invalid/repo\")",
        folder.display()
    );
    assert_eq!(error.to_string(), message);
}

/// A server that answers every request with this status.
async fn server(status: &'static str) -> std::net::SocketAddr {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let answer = format!(
                "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\
                 WWW-Authenticate: Basic realm=\"x\"\r\n\r\n"
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    address
}

#[tokio::test]
async fn servers_refuse_in_ways_that_are_told_apart() {
    if !is_there("git") {
        return;
    }
    let bench = Bench::new();
    let repositories = bench.repositories();
    for (status, kind, hint) in [
        ("404 Not Found", ErrorKind::NotFound, false),
        ("401 Unauthorized", ErrorKind::Denied, true),
        ("403 Forbidden", ErrorKind::Denied, false),
        ("500 Internal Server Error", ErrorKind::Transient, false),
    ] {
        let url = format!("http://{}/repo", server(status).await);
        let repository = repositories.open(System::Git, &url).await.expect("a folder");
        let error = repository.tags("v").await.expect_err(status);
        assert_eq!(error.kind(), kind, "{status}: {error}");
        let help = "Confirm the import path was entered correctly.\nIf this is a private \
                    repository, see https://golang.org/doc/faq#git_https for additional \
                    information.";
        assert_eq!(error.to_string().ends_with(help), hint, "{error}");
        assert_eq!(error.to_string().contains("terminal prompts disabled"), hint, "{error}");
    }
    let url = format!("http://user:hush%21@{}/repo", server("403 Forbidden").await);
    let repository = repositories.open(System::Git, &url).await.expect("a folder");
    let error = repository.tags("v").await.expect_err("refused").to_string();
    assert!(error.contains("http://user:xxxxx@127.0.0.1"), "{error}");
    assert!(!error.contains("hush"), "{error}");
    let heard = bench.heard.0.lock().expect("heard").join("\n");
    assert!(heard.contains("user:xxxxx@") && !heard.contains("hush"), "{heard}");
}

/// go fetches nothing that gomod has fetched, nor the other way round.
#[tokio::test]
async fn go_and_gomod_use_the_same_folder() {
    if !is_there("git") || !go_is_there() {
        return;
    }
    let path = "github.com/gomod-fixture/one";
    for go_first in [true, false] {
        let bench = Bench::new();
        let mut sample = Sample::make(&bench, "--object-format=sha1");
        // go asks this host's git without asking around before.
        bench.run(
            "repo",
            "git",
            &[
                "config",
                "--global",
                &format!("url.file://{}.insteadOf", bench.path("repo").display()),
                &format!("https://{path}"),
            ],
        );
        sample.url = format!("https://{path}");
        let go = || {
            let arguments = ["mod", "download", "-x", "-json", &format!("{path}@v1.1.0-rc.1")];
            let mut command = bench.command("go", &bench.path(""), &arguments);
            command
                .env("GOPROXY", "direct")
                .env("GONOSUMDB", "*")
                .env("GOFLAGS", "-modcacherw")
                .env("GOTOOLCHAIN", "local")
                .env("GOMODCACHE", bench.path("mod"))
                .env("GOPATH", bench.path("gopath"))
                .env("GOENV", "off")
                .env("GOWORK", "off");
            command.output().expect("go runs")
        };
        let gomod = async || {
            let repositories = bench.repositories();
            let repository = open(&repositories, &sample).await;
            let known = stat(&repository, "v1.1.0-rc.1").await;
            assert_eq!(known.name, sample.commits[1]);
            repository.read_zip("v1.1.0-rc.1", "", LIMIT).await.expect("a zip");
        };
        for is_go in [go_first, !go_first] {
            let is_second = is_go != go_first;
            let commands = if is_go {
                let output = go();
                // The module of the fixture has another path; what counts comes before that.
                String::from_utf8_lossy(&output.stderr).into_owned()
            } else {
                bench.count("");
                gomod().await;
                bench.heard.0.lock().expect("heard").join("\n")
            };
            let fetching = "origin refs/tags/v1.1.0-rc.1:refs/tags/v1.1.0-rc.1";
            for making in [fetching, "git init", "git remote add"] {
                assert_eq!(commands.contains(making), !is_second, "{making}:\n{commands}");
            }
            let attributes = fs::read_dir(bench.path("mod/cache/vcs")).expect("a folder").flatten();
            let attributes = attributes.map(|entry| entry.path().join("info/attributes"));
            let attributes = attributes.filter_map(|path| fs::read_to_string(path).ok());
            assert_eq!(attributes.collect::<Vec<_>>(), ["\n* -export-subst -export-ignore\n"]);
        }
    }
}

#[tokio::test]
async fn mercurial_answers() {
    if !is_there("hg") {
        return;
    }
    let bench = Bench::new();
    bench.run("", "hg", &["init", "repo"]);
    let url = format!("file://{}", bench.path("repo").display());
    let hash = |revision: &str| {
        let arguments = ["log", "-r", revision, "-T", "{node}"];
        bench.run("repo", "hg", &arguments)
    };
    let commit = |day: u32, files: &[(&str, &str)]| {
        bench.write("repo", files);
        let date = format!("{} 0", 1_577_880_000 + day * 86_400);
        let arguments = ["commit", "-A", "-q", "-m", "message", "-d", &date];
        bench.run("repo", "hg", &arguments);
        hash(".")
    };
    let first = commit(0, &[("go.mod", GO_MOD), ("sub/x", "text\n")]);
    bench.run("repo", "hg", &["tag", "-d", "1577890000 0", "v1.0.0"]);
    let second = commit(1, &[("a.go", "package m\n")]);
    bench.run("repo", "hg", &["branch", "-q", "aside"]);
    let aside = commit(2, &[("b.go", "package m\n")]);

    let repositories = bench.repositories();
    let repository = repositories.open(System::Mercurial, &url).await.expect("opened");
    let hgrc = fs::read_dir(bench.path("mod/cache/vcs")).expect("a folder").flatten();
    let hgrc = hgrc.filter_map(|entry| fs::read_to_string(entry.path().join(".hg/hgrc")).ok());
    assert_eq!(hgrc.collect::<Vec<_>>(), [format!("[paths]\ndefault = {url}\n")]);

    let revision = |name: &String, time: &str, version: &str, reference: &str, tags: &[&str]| {
        let (vcs, reference) = ("hg".to_owned(), reference.to_owned());
        let (url, hash) = (url.clone(), name.clone());
        Revision {
            origin: Some(Origin { vcs, url, hash, reference, ..Origin::default() }),
            name: name.clone(),
            short: name[..12].to_owned(),
            version: version.to_owned(),
            time: time.parse().expect("a time"),
            tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
        }
    };
    let tag = revision(&first, "2020-01-01T12:00:00Z", "v1.0.0", "v1.0.0", &["v1.0.0"]);
    assert_eq!(stat(&repository, "v1.0.0").await, tag);
    let branch = revision(&second, "2020-01-02T12:00:00Z", &second, "default", &[]);
    assert_eq!(stat(&repository, "default").await, branch);
    let latest = revision(&aside, "2020-01-03T12:00:00Z", &aside, "tip", &[]);
    assert_eq!(*repository.latest().await.expect("latest"), latest);
    let commit_itself = revision(&second, "2020-01-02T12:00:00Z", &second, "", &[]);
    assert_eq!(stat(&repository, &second[..12]).await, commit_itself);
    let failed = repository.stat("none").await.expect_err("no revision");
    assert_eq!(failed.error.to_string(), "unknown revision none");

    let tags = repository.tags("v").await.expect("tags");
    assert_eq!(tags.list.iter().map(|tag| &*tag.name).collect::<Vec<_>>(), ["v1.0.0"]);
    let whole = tags.origin.clone().expect("an origin");
    assert!(whole.repo_sum.starts_with("r1:"), "{whole:?}");
    assert_eq!(failed.origin.as_ref(), Some(&whole));

    let content = repository.read_file("v1.0.0", "go.mod", LIMIT).await.expect("a file");
    assert_eq!(content, GO_MOD);
    let error = repository.read_file("v1.0.0", "none", LIMIT).await.expect_err("no file");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let names = async |revision: &str, subdir: &str| -> Vec<String> {
        let zip = repository.read_zip(revision, subdir, LIMIT).await.expect("a zip");
        unzip(zip.as_file()).into_iter().map(|(name, _)| name).collect()
    };
    assert_eq!(names("v1.0.0", "").await, [".hg_archival.txt", "go.mod", "sub/x"]);
    assert_eq!(names("v1.0.0", "sub").await, ["sub/x"]);

    let recent = repository.recent_tag(&second, "", |_| true).await.expect("a tag");
    assert_eq!(recent, "v1.0.0");
    assert!(repository.descends_from(&second, "v1.0.0").await.expect("an answer"));

    // Another run has not fetched anything, so it asks the server.
    let repositories = bench.repositories();
    let repository = repositories.open(System::Mercurial, &url).await.expect("opened");
    let of_hash = Origin { reference: String::new(), ..tag.origin.clone().expect("an origin") };
    for same in [&whole, &of_hash, &tag.origin.clone().expect("an origin")] {
        repository.check_reuse(same, "").await.expect("as it was");
    }
    assert_eq!(bench.count("hg pull"), 1);
    commit(3, &[("c.go", "package m\n")]);
    let repositories = bench.repositories();
    let repository = repositories.open(System::Mercurial, &url).await.expect("opened");
    let error = repository.check_reuse(&whole, "").await.expect_err("changed");
    assert_eq!(error.to_string(), "repo changed");
    repository.check_reuse(&of_hash, "").await.expect("a hash stays");
}

#[tokio::test]
async fn subversion_answers() {
    if !is_there("svn") || !is_there("svnadmin") {
        return;
    }
    let bench = Bench::new();
    bench.run("", "svnadmin", &["create", "repo"]);
    let root = format!("file://{}", bench.path("repo").display());
    let trunk = format!("{root}/trunk");
    bench.write("", &[("trunk/go.mod", GO_MOD), ("trunk/sub/a&b.go", "package sub\n")]);
    bench.write("", &[("trunk/keyword.go", "// $Id$\r\npackage m\r\n")]);
    bench.run("", "svn", &["import", "-q", "-m", "message", "trunk", &trunk]);
    bench.run("", "svn", &["checkout", "-q", &trunk, "work"]);
    bench.run("work", "svn", &["propset", "-q", "svn:keywords", "Id", "keyword.go"]);
    bench.run("work", "svn", &["commit", "-q", "-m", "message"]);
    let tag = format!("{root}/tags/v1.0.0");
    bench.run("", "svn", &["copy", "-q", "--parents", "-m", "message", &trunk, &tag]);

    let repositories = bench.repositories();
    let repository = repositories.open(System::Subversion, &trunk).await.expect("opened");
    let origin = |reference: &str| {
        let (vcs, url, reference) = ("svn".to_owned(), trunk.clone(), reference.to_owned());
        Some(Origin { vcs, url, reference, ..Origin::default() })
    };
    let latest = repository.latest().await.expect("latest");
    assert_eq!((&*latest.name, &*latest.short), ("2", "000000000002"));
    assert_eq!((&*latest.version, &latest.origin), ("latest", &origin("latest")));
    let first = stat(&repository, "1").await;
    assert_eq!((&*first.version, &first.origin), ("1", &origin("1")));
    let failed = repository.stat("7").await.expect_err("no revision");
    assert_eq!(failed.error.to_string(), "unknown revision 7");

    // As go has them.
    let tags = repository.tags("v").await.expect("tags");
    assert_eq!(tags.list.iter().map(|tag| &*tag.name).collect::<Vec<_>>(), ["v1.0.0/"]);

    let content = repository.read_file("2", "go.mod", LIMIT).await.expect("a file");
    assert_eq!(content, GO_MOD);
    let error = repository.read_file("2", "none", LIMIT).await.expect_err("no file");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let zip = async |subdir: &str, limit: u64| {
        repository.read_zip("2", subdir, limit).await.map(|zip| unzip(zip.as_file()))
    };
    let owned = |files: &[(&str, &str)]| -> Vec<(String, String)> {
        files.iter().map(|&(name, content)| (name.to_owned(), content.to_owned())).collect()
    };
    let (sub, keyword) = (("sub/a&b.go", "package sub\n"), "// $Id$\r\npackage m\r\n");
    let all = [("go.mod", GO_MOD), ("keyword.go", keyword), sub];
    assert_eq!(zip("", LIMIT).await.expect("a zip"), owned(&all));
    assert_eq!(zip("sub", LIMIT).await.expect("a zip"), owned(&[sub]));
    let error = zip("", 100).await.expect_err("too long");
    assert_eq!(error.to_string(), "ReadZip: encoded file exceeds allowed size");
    let left = fs::read_dir(bench.path("mod/cache/vcs")).expect("a folder").flatten();
    assert!(!left.into_iter().any(|entry| entry.path().join("export").exists()));

    let error = repository.recent_tag("2", "", |_| true).await.expect_err("no such question");
    assert_eq!(error.to_string(), "vcs svn: RecentTag: unsupported operation");
    let error = repository.descends_from("2", "v1.0.0").await.expect_err("no such question");
    assert_eq!(error.to_string(), "vcs svn: DescendsFrom: unsupported operation");
    let old = origin("2").expect("an origin");
    let error = repository.check_reuse(&old, "").await.expect_err("no such question");
    assert_eq!(error.to_string(), "vcs svn: CheckReuse: unsupported operation");
}

#[tokio::test]
async fn fossil_answers() {
    if !is_there("fossil") {
        return;
    }
    let bench = Bench::new();
    let clone = bench.path("repo.fossil").display().to_string();
    bench.run("", "fossil", &["init", "--sha1", "--date-override", "2019-01-01 12:00:00", &clone]);
    fs::create_dir(bench.path("work")).expect("a folder");
    bench.run("work", "fossil", &["open", "-f", &clone]);
    bench.run("work", "fossil", &["settings", "hash-digits", "12"]);
    bench.run("work", "fossil", &["settings", "autosync", "off"]);
    bench.write("work", &[("go.mod", GO_MOD), ("sub/x", "text\n")]);
    bench.run("work", "fossil", &["add", "go.mod", "sub/x"]);
    let date = ["--date-override", "2020-01-01 12:00:00"];
    let commit = ["commit", "-m", "message", "--no-warnings", "--tag", "v1.0.0", "--hash"];
    let commit: Vec<&str> = commit.into_iter().chain(date).collect();
    bench.run("work", "fossil", &commit);
    let info = bench.run("work", "fossil", &["info", "v1.0.0"]);
    let hash = info.lines().find_map(|line| line.strip_prefix("hash:")).expect("a hash");
    let hash = hash.split_whitespace().next().expect("a hash").to_owned();

    let url = format!("file://{clone}");
    let repositories = bench.repositories();
    let repository = repositories.open(System::Fossil, &url).await.expect("opened");
    let origin = |reference: &str| {
        let (vcs, url, hash) = ("fossil".to_owned(), url.clone(), hash.clone());
        Some(Origin { vcs, url, hash, reference: reference.to_owned(), ..Origin::default() })
    };
    let tag = stat(&repository, "v1.0.0").await;
    assert_eq!((&tag.name, &*tag.version, &tag.origin), (&hash, "v1.0.0", &origin("v1.0.0")));
    assert_eq!(tag.time.to_string(), "2020-01-01T12:00:00Z");
    let latest = repository.latest().await.expect("latest");
    assert_eq!((&latest.name, &latest.origin), (&hash, &origin("trunk")));
    assert_eq!(stat(&repository, &hash[..12]).await.origin, origin(""));
    let failed = repository.stat("none").await.expect_err("no revision");
    assert_eq!(failed.error.to_string(), "unknown revision none");
    assert!(repository.tags("").await.expect("tags").list.is_empty());
    let content = repository.read_file("v1.0.0", "go.mod", LIMIT).await.expect("a file");
    assert_eq!(content, GO_MOD);
    let error = repository.read_file("v1.0.0", "none", LIMIT).await.expect_err("no file");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let names = async |subdir: &str| -> Vec<String> {
        let zip = repository.read_zip("v1.0.0", subdir, LIMIT).await.expect("a zip");
        unzip(zip.as_file()).into_iter().map(|(name, _)| name).collect()
    };
    assert_eq!(names("").await, ["go.mod", "sub/x"]);
    // fossil takes it for the name of a file; so go, too, gets nothing of a folder.
    assert!(names("sub").await.is_empty());
    let error = repository.recent_tag("v1.0.0", "", |_| true).await.expect_err("no such question");
    assert_eq!(error.to_string(), "vcs fossil: RecentTag: unsupported operation");
}
