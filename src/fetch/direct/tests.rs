//! A repository in memory, and what its revisions are called.

use std::io::Write as _;

use crate::fetch::error::{ErrorKind, FetchError};
use crate::fetch::vcs::Tag;
use crate::spec::sums::H1;
use crate::spec::zip::read_directory;
use crate::store::unzip;

use super::*;

/// The contents of a file that is longer than it may be.
const LONG: &str = "long";

/// The contents of a file that cannot be read.
const BROKEN: &str = "broken";

/// A commit, called by one hexadecimal digit.
#[derive(Clone, Default)]
struct Commit {
    digit: char,
    /// Its place among the commits; the first has none.
    parent: Option<usize>,
    /// What it adds to the files of its parent: a name, and contents.
    files: Vec<(&'static str, &'static str)>,
    tags: Vec<&'static str>,
    branch: &'static str,
}

impl Commit {
    fn name(&self) -> String {
        String::from(self.digit).repeat(40)
    }

    fn short(&self) -> String {
        String::from(self.digit).repeat(12)
    }
}

/// The commits, in the order of their times, which are seconds of the first day of 2020.
#[derive(Clone)]
struct Fake(Vec<Commit>);

impl Fake {
    fn place(&self, revision: &str) -> Option<usize> {
        let has_tag = |commit: &Commit| commit.tags.contains(&revision);
        let named = self.0.iter().position(has_tag);
        named.or_else(|| self.0.iter().position(|commit| commit.branch == revision)).or_else(|| {
            let begins =
                |commit: &Commit| !revision.is_empty() && commit.name().starts_with(revision);
            self.0.iter().position(begins)
        })
    }

    /// A commit and those before it.
    fn history(&self, place: usize) -> Vec<&Commit> {
        let parent = |commit: &&Commit| commit.parent.map(|parent| &self.0[parent]);
        std::iter::successors(Some(&self.0[place]), parent).collect()
    }

    fn files(&self, place: usize) -> Vec<(&'static str, &'static str)> {
        self.history(place).into_iter().rev().flat_map(|commit| commit.files.clone()).collect()
    }

    fn origin() -> Origin {
        Origin { vcs: "git".to_owned(), ..Origin::default() }
    }

    fn revision(&self, asked: &str) -> Result<Arc<Revision>, Failed> {
        let unknown = VcsError::UnknownRevision(asked.to_owned());
        let place =
            self.place(asked).ok_or(Failed { error: unknown, origin: Some(Self::origin()) })?;
        let commit = &self.0[place];
        let version = if commit.tags.contains(&asked) { asked.to_owned() } else { commit.name() };
        Ok(Arc::new(Revision {
            origin: Some(Origin { hash: commit.name(), ..Self::origin() }),
            name: commit.name(),
            short: commit.short(),
            version,
            time: jiff::Timestamp::from_second(1_577_836_800 + place as i64).expect("a time"),
            tags: commit.tags.iter().map(|tag| (*tag).to_owned()).collect(),
        }))
    }
}

impl CodeHost for Fake {
    async fn check_reuse(&self, _: &Origin, subdir: &str) -> Result<(), VcsError> {
        Err(VcsError::NoFile { file: subdir.to_owned() })
    }

    async fn tags(&self, prefix: &str) -> Result<Arc<Tags>, VcsError> {
        let names = self.0.iter().flat_map(|commit| &commit.tags);
        let begins = names.filter(|name| name.starts_with(prefix));
        let mut list: Vec<Tag> =
            begins.map(|name| Tag { name: (*name).to_owned(), hash: String::new() }).collect();
        list.sort_by(|a, b| a.name.cmp(&b.name));
        let sum = format!("t1:{}", list.len());
        let origin = Origin { tag_prefix: prefix.to_owned(), tag_sum: sum, ..Self::origin() };
        Ok(Arc::new(Tags { list, origin: Some(origin) }))
    }

    async fn stat(&self, revision: &str) -> Result<Arc<Revision>, Failed> {
        self.revision(revision)
    }

    async fn latest(&self) -> Result<Arc<Revision>, Failed> {
        let Some(newest) = self.0.last() else { return Err(VcsError::NoCommits.into()) };
        self.revision(&newest.name())
    }

    async fn read_file(&self, revision: &str, file: &str, limit: u64) -> Result<Bytes, VcsError> {
        let unknown = || VcsError::UnknownRevision(revision.to_owned());
        let files = self.files(self.place(revision).ok_or_else(unknown)?);
        let found = files.iter().rev().find(|(name, _)| *name == file);
        let missing = || VcsError::NoFile { file: file.to_owned() };
        let (_, contents) = found.ok_or_else(missing)?;
        match *contents {
            LONG => return Err(VcsError::TooLong { file: file.to_owned(), limit }),
            BROKEN => return Err(VcsError::Changed("broken".to_owned())),
            _ => assert!(contents.len() as u64 <= limit),
        }
        Ok(Bytes::from_static(contents.as_bytes()))
    }

    async fn read_zip(
        &self,
        revision: &str,
        subdir: &str,
        _: u64,
    ) -> Result<NamedTempFile, VcsError> {
        let place = self.place(revision).expect("found before");
        let mut file = NamedTempFile::new().expect("a file");
        let mut zip = zip::ZipWriter::new(&mut file);
        let options = zip::write::SimpleFileOptions::default();
        zip.add_directory("top/", options).expect("a folder");
        for (name, contents) in self.files(place) {
            let within = name.strip_prefix(subdir).is_some_and(|rest| rest.starts_with('/'));
            if !subdir.is_empty() && !within {
                continue;
            }
            match contents.strip_prefix("-> ") {
                Some(target) => zip.add_symlink(format!("top/{name}"), target, options),
                None => zip.start_file(format!("top/{name}"), options),
            }
            .expect("an entry");
            zip.write_all(contents.as_bytes()).ok();
        }
        zip.finish().expect("a zip");
        Ok(file)
    }

    async fn recent_tag(
        &self,
        revision: &str,
        prefix: &str,
        is_allowed: impl Fn(&str) -> bool + Send,
    ) -> Result<String, VcsError> {
        let history = self.history(self.place(revision).expect("found before"));
        let tags = history.iter().flat_map(|commit| &commit.tags);
        let fitting = tags.filter_map(|tag| Some((tag, tag.strip_prefix(prefix)?)));
        let allowed = fitting.filter(|(tag, _)| is_allowed(tag));
        let highest = allowed.max_by(|a, b| version::compare(a.1, b.1));
        Ok(highest.map(|(tag, _)| (*tag).to_owned()).unwrap_or_default())
    }

    async fn descends_from(&self, revision: &str, tag: &str) -> Result<bool, VcsError> {
        let history = self.history(self.place(revision).expect("found before"));
        Ok(history.iter().any(|commit| commit.tags.contains(&tag)))
    }
}

/// A module's life: without a go.mod file, then with one, with a module below and one beside.
fn life() -> Fake {
    let commit = |digit, parent, files: &[_], tags: &[_], branch| Commit {
        digit,
        parent,
        files: files.to_vec(),
        tags: tags.to_vec(),
        branch,
    };
    Fake(vec![
        commit(
            '1',
            None,
            &[("LICENSE", "free"), ("p.go", "p")],
            &["mytag", "v0.0.0", "v1.0.0"],
            "old",
        ),
        commit('2', Some(0), &[("p.go", "p2")], &["v2.0.0", "v1.1"], ""),
        commit(
            '3',
            Some(1),
            &[("x/go.mod", "module a.b/r/x\ngo 1.24\n"), ("x/x.go", "x")],
            &["x/v0.1.0"],
            "",
        ),
        commit('4', Some(2), &[("go.mod", "module a.b/r\n")], &["v1.5.0-pre", "v1.4.0+meta"], ""),
        commit('5', Some(3), &[("v3/go.mod", "module a.b/r/v3\n")], &["v3.0.0"], ""),
        commit('6', Some(0), &[("side", "")], &[], "v1.7.0"),
        commit('7', Some(4), &[("main.go", "")], &[], "main"),
    ])
}

fn module(code: &Fake, root: &str, path: &str) -> CodeRepository<Fake> {
    CodeRepository::new(code.clone(), root, "", &path.into()).expect(path)
}

/// The version, or the whole message.
async fn called(code: &Fake, path: &str, asked: &str) -> String {
    let repository = module(code, "a.b/r", path);
    match repository.stat(asked).await {
        Ok(info) => info.version,
        Err(failed) => FetchError::from(failed.error).of(&path.into(), asked).to_string(),
    }
}

#[tokio::test]
async fn revisions_are_called_by_tags() {
    for (path, asked, want) in [
        ("a.b/r", "v1.0.0", "v1.0.0"),
        ("a.b/r", "mytag", "v1.0.0"),
        ("a.b/r", "old", "v1.0.0"),
        ("a.b/r", "1111111", "v1.0.0"),
        ("a.b/r", "v0.0.0", "v0.0.0"),
        ("a.b/r", "v2.0.0", "v2.0.0+incompatible"),
        ("a.b/r", "v2.0.0+incompatible", "v2.0.0+incompatible"),
        ("a.b/r", "2222", "v2.0.0+incompatible"),
        ("a.b/r", "v1.1", "v2.0.0+incompatible"),
        ("a.b/r", "3333", "v2.0.1-0.20200101000002-333333333333+incompatible"),
        ("a.b/r", "4444", "v1.5.0-pre"),
        ("a.b/r", "v1.4.0+meta", "v1.5.0-pre"),
        ("a.b/r", "5555", "v1.5.0-pre.0.20200101000004-555555555555"),
        ("a.b/r", "6666", "v1.0.1-0.20200101000005-666666666666"),
        ("a.b/r", "latest", "v1.5.0-pre.0.20200101000006-777777777777"),
        ("a.b/r/v3", "v3.0.0", "v3.0.0"),
        ("a.b/r/v3", "5555", "v3.0.0"),
        ("a.b/r/v3", "main", "v3.0.1-0.20200101000006-777777777777"),
        ("a.b/r/x", "v0.1.0", "v0.1.0"),
        ("a.b/r/x", "main", "v0.1.1-0.20200101000006-777777777777"),
    ] {
        assert_eq!(called(&life(), path, asked).await, want, "{path} {asked}");
    }
}

#[tokio::test]
async fn what_is_no_version_says_why() {
    for (path, asked, says) in [
        ("a.b/r", "v1.4.0", "@v1.4.0: invalid version: unknown revision v1.4.0"),
        (
            "a.b/r",
            "v1.0.0+incompatible",
            "@v1.0.0+incompatible: invalid version: +incompatible suffix not allowed: major version v1 is compatible",
        ),
        (
            "a.b/r",
            "v3.0.0",
            "@v3.0.0: invalid version: module contains a go.mod file, so module path must match major version (\"a.b/r/v3\")",
        ),
        (
            "a.b/r/v3",
            "v2.0.0",
            "@v2.0.0: invalid version: missing a.b/r/go.mod and .../v3/go.mod at revision v2.0.0",
        ),
        (
            "a.b/r/v2",
            "v2.0.0",
            "@v2.0.0: invalid version: missing a.b/r/go.mod and .../v2/go.mod at revision v2.0.0",
        ),
        (
            "a.b/r/x",
            "1111",
            "@v0.0.0-20200101000000-111111111111: invalid version: missing a.b/r/x/go.mod at revision 111111111111",
        ),
        (
            "a.b/r",
            "v1.7.0",
            "@v1.7.0: invalid version: resolves to version v1.0.1-0.20200101000005-666666666666 (v1.7.0 is not a tag)",
        ),
    ] {
        assert_eq!(called(&life(), path, asked).await, format!("{path}{says}"), "{asked}");
    }
}

/// Each is asked for of the module in the root; none of them is in the message twice.
#[tokio::test]
async fn pseudo_versions_are_checked() {
    for (asked, says) in [
        ("v0.0.0-20200101000000-111111111111", ""),
        ("v0.0.0-20200101000005-666666666666", ""),
        ("v1.0.1-0.20200101000005-666666666666", ""),
        ("v0.0.1-0.20200101000005-666666666666", ""),
        ("v1.4.1-0.20200101000004-555555555555", ""),
        ("v2.0.1-0.20200101000002-333333333333+incompatible", ""),
        (
            "v1.0.1-0.20200101000000-111111111111",
            "tag (v1.0.0) found on revision 111111111111 is already canonical, so should not be replaced with a pseudo-version derived from that tag",
        ),
        (
            "v0.0.0-20200101000005-6666666",
            "revision is shorter than canonical (expected 666666666666)",
        ),
        (
            "v0.0.0-20200101000005-6666666666666",
            "revision is longer than canonical (expected 666666666666)",
        ),
        (
            "v0.0.0-20200101000000-mytag",
            "does not match short name of revision (expected 111111111111)",
        ),
        (
            "v1.0.1-0.20200101000006-666666666666",
            "does not match version-control timestamp (expected 20200101000005)",
        ),
        ("v0.0.0-20209901000005-666666666666", "malformed time \"20209901000005\""),
        (
            "v1.0.0-20200101000005-666666666666",
            "major version without preceding tag must be v0, not v1",
        ),
        (
            "v1.0.0-0.20200101000005-666666666666",
            "version before v1.0.0 would have negative patch number",
        ),
        ("v1.9.1-0.20200101000005-666666666666", "preceding tag (v1.9.0) not found"),
        (
            "v2.0.1-0.20200101000005-666666666666+incompatible",
            "revision 666666666666 is not a descendent of preceding tag (v2.0.0)",
        ),
    ] {
        let want = match says {
            "" => asked.to_owned(),
            _ => format!("a.b/r@{asked}: invalid pseudo-version: {says}"),
        };
        assert_eq!(called(&life(), "a.b/r", asked).await, want);
        let go_mod = module(&life(), "a.b/r", "a.b/r").go_mod(asked).await;
        assert_eq!(go_mod.is_ok(), says.is_empty(), "{asked}");
    }
    // The place is judged first, and not as part of a pseudo-version.
    assert_eq!(
        called(&life(), "a.b/r/x", "v1.0.1-0.20200101000000-111111111111").await,
        "a.b/r/x@v1.0.1-0.20200101000000-111111111111: invalid version: missing a.b/r/x/go.mod at revision 111111111111"
    );
}

#[tokio::test]
async fn errors_fall_into_their_kinds() {
    let kind = async |asked: &str| {
        let failed = module(&life(), "a.b/r", "a.b/r/v3").stat(asked).await.expect_err(asked);
        (failed.error.kind(), failed.origin.map(|origin| (origin.vcs, origin.hash)))
    };
    let git = |hash: &str| Some(("git".to_owned(), hash.to_owned()));
    assert_eq!(kind("nowhere").await, (ErrorKind::NotFound, git("")));
    assert_eq!(kind("1111").await, (ErrorKind::NotFound, git(&"1".repeat(40))));
    let wrong = "v3.9.1-0.20200101000006-777777777777";
    assert_eq!(kind(wrong).await, (ErrorKind::Transient, git(&"7".repeat(40))));
    let latest = module(&Fake(Vec::new()), "a.b/r", "a.b/r").latest().await.expect_err("empty");
    assert_eq!(
        (latest.error.kind(), latest.to_string().as_str()),
        (ErrorKind::NotFound, "no commits")
    );
}

#[tokio::test]
async fn retracted_versions_are_neither_names_nor_bases() {
    let commit = |digit, parent, go_mod, tag| Commit {
        digit,
        parent,
        files: vec![("go.mod", go_mod)],
        tags: vec![tag],
        branch: "",
    };
    let retracting = "module a.b/r\nretract [v1.1.0, v1.2.0]\nretract v9.9.9-\n";
    let code = Fake(vec![
        commit('1', None, "module a.b/r\n", "v1.0.0"),
        commit('2', Some(0), "module a.b/r\n", "v1.1.0"),
        commit('3', Some(1), retracting, "v1.2.0"),
        commit('4', Some(2), "module a.b/r\n", "v1.3.0-pre"),
    ]);
    assert_eq!(called(&code, "a.b/r", "2222").await, "v1.0.1-0.20200101000001-222222222222");
    // What is asked for by name is had.
    assert_eq!(called(&code, "a.b/r", "v1.1.0").await, "v1.1.0");
    // The highest release retracts, and so itself; a prerelease above it has no say.
    assert_eq!(called(&code, "a.b/r", "3333").await, "v1.0.1-0.20200101000002-333333333333");
}

#[tokio::test]
async fn versions_are_listed() {
    let list = async |code: &Fake, path: &str, prefix: &str| {
        let root = if path.starts_with("gopkg.in/") { path } else { "a.b/r" };
        module(code, root, path).versions(prefix).await.expect(path)
    };
    let whole = list(&life(), "a.b/r", "").await;
    assert_eq!(whole.list, ["v0.0.0", "v1.0.0", "v1.5.0-pre"]);
    assert_eq!(whole.origin.map(|origin| origin.tag_sum), Some("t1:9".to_owned()));
    assert_eq!(list(&life(), "a.b/r", "v2").await.list, ["v2.0.0+incompatible"]);
    assert!(list(&life(), "a.b/r", "v3").await.list.is_empty());
    assert_eq!(list(&life(), "a.b/r/v3", "").await.list, ["v3.0.0"]);
    let below = list(&life(), "a.b/r/x", "").await;
    assert_eq!(below.list, ["v0.1.0"]);
    let origin = below.origin.expect("an origin");
    assert_eq!((&*origin.subdir, &*origin.tag_prefix), ("x", "x/"));

    let pseudo = "v1.0.0-0.20200101000000-111111111111";
    let commit = |digit, files: &[_], tags: &[_]| Commit {
        digit,
        files: files.to_vec(),
        tags: tags.to_vec(),
        ..Commit::default()
    };
    let old = Fake(vec![
        commit('1', &[], &["v10.0.0", "v1.0.0", "v1", "v2.0.0", "v3.0.0", "v1.0.0+x", pseudo]),
        commit('2', &[("go.mod", "module a.b/r/v2\n")], &["v2.1.0"]),
        commit('3', &[], &["v3.1.0"]),
    ]);
    assert_eq!(
        list(&old, "a.b/r", "").await.list,
        ["v1.0.0", "v3.0.0+incompatible", "v3.1.0+incompatible", "v10.0.0+incompatible"]
    );
    assert_eq!(list(&old, "gopkg.in/m.v2", "").await.list, ["v2.0.0", "v2.1.0"]);
    assert_eq!(list(&old, "gopkg.in/m.v2-unstable", "").await, Versions::default());
}

/// golang.org/issue/51324: a version of a repository with a folder for its major version.
#[tokio::test]
async fn a_folder_takes_the_major_version_from_the_root() {
    let code = Fake(vec![
        Commit { digit: '1', tags: vec!["v3.0.0", "v4.0.0"], ..Commit::default() },
        Commit {
            digit: '2',
            parent: Some(0),
            files: vec![("v3/go.mod", "module a.b/r/v3\n")],
            tags: vec!["v3.1.0"],
            ..Commit::default()
        },
    ]);
    assert_eq!(called(&code, "a.b/r", "v3.0.0").await, "v3.0.0+incompatible");
    assert_eq!(called(&code, "a.b/r", "v3.1.0+incompatible").await, "v3.1.0+incompatible");
    assert!(called(&code, "a.b/r", "v3.1.0").await.contains("(\"a.b/r/v3\")"));
    // Not after v3.1.0, which is another module's.
    let want = "v4.0.1-0.20200101000001-222222222222+incompatible";
    assert_eq!(called(&code, "a.b/r", "2222").await, want);
}

#[tokio::test]
async fn an_answer_says_what_it_depends_on() {
    let origin = async |path: &str, asked: &str| {
        let info = module(&life(), "a.b/r", path).stat(asked).await.expect(asked);
        let origin = info.origin.expect("an origin");
        assert_eq!((&*origin.vcs, origin.hash.len()), ("git", 40));
        [origin.subdir, origin.tag_prefix, origin.tag_sum]
    };
    assert_eq!(origin("a.b/r", "v1.0.0").await, ["", "", ""]);
    assert_eq!(origin("a.b/r", "main").await, ["", "", "t1:9"]);
    assert_eq!(origin("a.b/r", "v0.0.0-20200101000005-666666666666").await, ["", "", ""]);
    assert_eq!(origin("a.b/r", "v1.0.1-0.20200101000005-666666666666").await, ["", "", "t1:9"]);
    assert_eq!(origin("a.b/r/v3", "main").await, ["", "v3.", "t1:1"]);
    assert_eq!(origin("a.b/r/x", "main").await, ["x", "x/", "t1:1"]);
    let info = module(&life(), "a.b/r", "a.b/r").stat("v1.0.0").await.expect("a version");
    assert_eq!(info.time, "2020-01-01T00:00:00Z");
    let reused = module(&life(), "a.b/r", "a.b/r/x").check_reuse(&Origin::default()).await;
    assert!(reused.expect_err("the fake's answer").to_string().starts_with("x: "));
}

#[tokio::test]
async fn go_mod_files() {
    let read = async |path: &str, version: &str| {
        let read = module(&life(), "a.b/r", path).go_mod(version).await;
        read.map(|data| String::from_utf8_lossy(&data).into_owned()).map_err(|e| e.to_string())
    };
    let ok = |text: &str| Ok(text.to_owned());
    let err = |text: &str| Err(text.to_owned());
    assert_eq!(read("a.b/r", "v1.0.0").await, ok("module a.b/r\n"));
    assert_eq!(read("a.b/r", "v1.5.0-pre").await, ok("module a.b/r\n"));
    assert_eq!(read("a.b/r/v3", "v3.0.0").await, ok("module a.b/r/v3\n"));
    assert_eq!(read("a.b/r/x", "v0.1.0").await, ok("module a.b/r/x\ngo 1.24\n"));
    assert_eq!(read("a.b/r", "v1").await, err("version v1 is not canonical"));
    assert_eq!(read("a.b/r", "main").await, err("version main is not canonical"));
    assert_eq!(
        read("a.b/r/v2", "v2.0.0").await,
        err("missing a.b/r/go.mod and .../v2/go.mod at revision v2.0.0")
    );
    assert_eq!(
        read("a.b/r", "v1.8.0").await,
        err("reading a.b/r/go.mod at revision v1.8.0: unknown revision v1.8.0")
    );
}

/// The names in a version's zip, relative to the module's root.
async fn zipped(code: &Fake, path: &str, version: &str) -> Result<Vec<String>, String> {
    let repository = module(code, "a.b/r", path);
    let archive = repository.archive(version).await.map_err(|error| error.to_string())?;
    let mut zip = Vec::new();
    let written = archive.write(|piece| {
        zip.extend_from_slice(piece);
        Ok(())
    });
    written.map_err(|error| error.to_string())?;
    let wanted = ModuleVersion::new(path, version);
    let directory = read_directory(&zip, &wanted).expect("a zip");
    directory.judge().expect("a module zip");
    let cancelled = std::sync::atomic::AtomicBool::new(false);
    let options =
        unzip::Options { threads: 1, cancelled: &cancelled, writable_dirs: false, used: &|_| {} };
    let hash = unzip::hash_only(&directory, options).expect("sound contents");
    let names: Vec<String> = directory
        .entries()
        .iter()
        .map(|entry| String::from_utf8_lossy(directory.relative_name(entry)).into_owned())
        .collect();
    // The hash of the same files, from their contents in the repository.
    let place = code.place(&repository.layout.revision_of(version)).expect("found before");
    let files = code.files(place);
    let mut expected: Vec<(String, &str)> = names
        .iter()
        .map(|name| {
            let contents = |name: &str| files.iter().rev().find(|(file, _)| *file == name);
            let found = contents(&format!("{}/{name}", archive.folder)).or_else(|| contents(name));
            (format!("{path}@{version}/{name}"), found.expect("a file").1)
        })
        .collect();
    expected.sort();
    let lines = expected.iter().map(|(name, contents)| {
        use sha2::Digest as _;
        (name.as_bytes(), sha2::Sha256::digest(contents.as_bytes()).into())
    });
    assert_eq!(hash, H1::of_entries(lines));
    Ok(names)
}

#[tokio::test]
async fn zips() {
    let names = |names: &[&str]| Ok(names.iter().map(|name| (*name).to_owned()).collect());
    let code = Fake(vec![Commit {
        digit: '1',
        files: vec![
            ("LICENSE", "the root's"),
            ("go.mod", "module a.b/r\ngo 1.23\n"),
            (".hg_archival.txt", "no"),
            ("link", "-> go.mod"),
            ("pkg/vendor/vendor.go", "no, once"),
            ("vendor/modules.txt", "yes, once"),
            ("vendor/a.b/c/c.go", "no"),
            ("x/go.mod", "module a.b/r/x\ngo 1.24.1\n"),
            ("x/x.go", "x"),
            ("x/LICENSE.txt", "another name"),
            ("x/sub/GO.MOD", "as a file, the mark of a module"),
            ("x/sub/sub.go", "no"),
            ("x/vendor/modules.txt", "no"),
            ("x/pkg/vendor/vendor.go", "yes"),
            ("y/go.mod", "module a.b/r/y\n"),
            ("y/LICENSE", "its own"),
            ("z/go.mod", "module a.b/r/z\n"),
            ("z/A", ""),
            ("z/a", ""),
            ("z/b*", ""),
        ],
        tags: vec!["v1.0.0", "x/v1.0.0", "y/v1.0.0", "z/v1.0.0"],
        ..Commit::default()
    }]);
    assert_eq!(
        zipped(&code, "a.b/r", "v1.0.0").await,
        names(&["LICENSE", "go.mod", "vendor/modules.txt"])
    );
    assert_eq!(
        zipped(&code, "a.b/r/x", "v1.0.0").await,
        names(&["go.mod", "x.go", "LICENSE.txt", "pkg/vendor/vendor.go", "LICENSE"])
    );
    assert_eq!(zipped(&code, "a.b/r/y", "v1.0.0").await, names(&["go.mod", "LICENSE"]));
    assert_eq!(
        zipped(&code, "a.b/r/z", "v1.0.0").await,
        Err("create zip: a: case-insensitive file name collision: \"A\" and \"a\"\nb*: malformed file path \"b*\": invalid char '*'".to_owned())
    );
}

/// What cannot be read may be there: it is no reason to make do without it.
#[tokio::test]
async fn what_cannot_be_read_is_not_missing() {
    let of = |license: &'static str| {
        let files = vec![
            ("LICENSE", license),
            ("x/go.mod", "module a.b/r/x\n"),
            ("y/go.mod", "module a.b/r/y\n"),
            ("y/LICENSE", "its own"),
        ];
        let tags = vec!["x/v1.0.0", "y/v1.0.0"];
        Fake(vec![Commit { digit: '1', files, tags, ..Commit::default() }])
    };
    for (license, says) in [
        (LONG, "create zip: LICENSE: LICENSE file too large (max size is 16777216 bytes)"),
        (BROKEN, "broken"),
    ] {
        assert_eq!(zipped(&of(license), "a.b/r/x", "v1.0.0").await, Err(says.to_owned()));
        let own = zipped(&of(license), "a.b/r/y", "v1.0.0").await;
        assert_eq!(own, Ok(vec!["go.mod".to_owned(), "LICENSE".to_owned()]));
    }
    let error =
        module(&of(LONG), "a.b/r", "a.b/r/x").archive("v1.0.0").await.expect_err("too long");
    let error = FetchError::from(error).of(&"a.b/r/x".into(), "v1.0.0").to_string();
    assert!(error.starts_with("create zip: LICENSE: "), "{error}");

    let files = vec![("v2/go.mod", BROKEN)];
    let commit = Commit { digit: '1', files, tags: vec!["v2.0.0"], ..Commit::default() };
    assert_eq!(called(&Fake(vec![commit]), "a.b/r", "v2.0.0").await, "a.b/r@v2.0.0: broken");
}
