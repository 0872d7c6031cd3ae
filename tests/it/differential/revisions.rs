//! Modules at version control: what go makes of a repository's revisions, and that gomod makes
//! the same of them.
//!
//! Git is told that the host lies in a folder of this machine, so nothing is asked elsewhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use gomod::config::{self, HttpProxies, Patience, VersionControl};
use gomod::fetch::auth::Credentials;
use gomod::fetch::direct::CodeRepository;
use gomod::fetch::direct::error::CodeError;
use gomod::fetch::error::FetchError;
use gomod::fetch::http::Http;
use gomod::fetch::vcs::{Repositories, Repository, System};
use gomod::spec::ModuleVersion;
use gomod::spec::sums::H1;
use gomod::spec::zip::read_directory;
use gomod::store::cache::Cache;
use gomod::store::unzip::{Options, hash_only};
use gomod::ui::progress::Progress;
use serde_json::Value;
use tokio::sync::Semaphore;

use super::go_is_there;
use crate::support::program::Room;

struct Quiet;

impl Progress for Quiet {}

/// The path at the root of a repository.
const ROOT: &str = "vcs.example/m.git";

/// A folder with a repository and the module caches of both sides.
struct Bench(Room);

impl Bench {
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        let here = format!("url.file://{}/.insteadOf", self.path("host").display());
        let mut variables = vec![
            ("HOME", self.path("home").display().to_string()),
            ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
            ("GIT_TERMINAL_PROMPT", "0".to_owned()),
            ("GIT_CONFIG_COUNT", "1".to_owned()),
            ("GIT_CONFIG_KEY_0", here),
            ("GIT_CONFIG_VALUE_0", "https://vcs.example/".to_owned()),
        ];
        for name in
            ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"]
        {
            variables.push((name, "a@example.com".to_owned()));
        }
        variables
    }

    fn git(&self, day: u32, words: &[&str]) -> String {
        let date = format!("2020-01-{day:02}T12:00:00+02:00");
        let output = Command::new("git")
            .args(words)
            .current_dir(self.path("host/m"))
            .envs(self.variables())
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", date)
            .output()
            .expect("git runs");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {words:?}: {stderr}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Commits files on top of what there is, with tags.
    fn commit(&self, day: u32, files: &[(&str, &str)], tags: &[&str]) -> String {
        for (name, content) in files {
            let path = self.path("host/m").join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            match content.strip_prefix("-> ") {
                Some(target) => std::os::unix::fs::symlink(target, path).expect("a link"),
                None => fs::write(path, content).expect("a file"),
            }
        }
        self.git(day, &["add", "-A"]);
        self.git(day, &["commit", "-q", "--allow-empty", "-m", "message"]);
        for tag in tags {
            self.git(day, &["tag", tag]);
        }
        self.git(day, &["rev-parse", "HEAD"])
    }

    /// Repositories in a module cache of this name.
    fn repositories(&self, cache: &str) -> Repositories {
        let path = std::env::var_os("PATH").expect("a path");
        // A user has them in the environment, which tests share.
        let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
        let settings = VersionControl {
            program_folders: std::env::split_paths(&path).collect(),
            variables: self
                .variables()
                .into_iter()
                .map(|(key, value)| (key, leak(value)))
                .collect(),
            ..VersionControl::default()
        };
        let progress: Arc<dyn Progress> = Arc::new(Quiet);
        let http = Arc::new(Http::new(
            HttpProxies::default(),
            None,
            Patience::default(),
            Credentials::of(config::Credentials::default(), VersionControl::default()),
            progress.clone(),
        ));
        let cache = Cache::new(&self.path(cache), true);
        Repositories::new(settings, cache, http, Arc::new(Semaphore::new(4)), progress)
    }

    /// What go says of modules at revisions, with a module cache of this name.
    fn go(&self, cache: &str, wanted: &[String]) -> Vec<Value> {
        let output = Command::new("go")
            .args(["mod", "download", "-json"])
            .args(wanted)
            .current_dir(self.path("main"))
            .envs(self.variables())
            .env("GOMODCACHE", self.path(cache))
            .env("GOFLAGS", "-modcacherw")
            .env("GOPROXY", "direct")
            .env("GONOSUMDB", "*")
            .env("GOTOOLCHAIN", "local")
            .env("GOENV", "off")
            .output()
            .expect("go runs");
        let values = serde_json::Deserializer::from_slice(&output.stdout).into_iter();
        values.collect::<Result<_, _>>().expect("JSON")
    }
}

/// What is compared of a module at a revision, by the names of go's fields.
type Answer = BTreeMap<&'static str, Value>;

async fn answer(repositories: &Repositories, path: &str, asked: &str) -> Answer {
    let code = repositories.open(System::Git, "https://vcs.example/m").await.expect("a repository");
    let error = match fetch(code, path, asked).await {
        Ok(answer) => return answer,
        // go does not say which module it is, where there is no zip to be made of it.
        Err(FetchError::Code(error)) if matches!(error.error, CodeError::Archive(_)) => {
            error.to_string()
        }
        Err(error) => error.of(&path.into(), asked).to_string(),
    };
    [("Error", Value::from(error))].into()
}

async fn fetch(code: Repository, path: &str, asked: &str) -> Result<Answer, FetchError> {
    let module = CodeRepository::new(code, ROOT, "", &path.into())?;
    let info = module.stat(asked).await.map_err(|failed| failed.error)?;
    let go_mod = module.go_mod(&info.version).await?;
    let archive = module.archive(&info.version).await?;
    let mut zip = Vec::new();
    let written = archive.write(|piece| {
        zip.extend_from_slice(piece);
        Ok(())
    });
    written.map_err(CodeError::from)?;
    let wanted = ModuleVersion::new(path, &info.version);
    let directory = read_directory(&zip, &wanted).expect("a zip");
    directory.judge().expect("a module zip");
    let cancelled = AtomicBool::new(false);
    let options =
        Options { threads: 1, cancelled: &cancelled, writable_dirs: false, used: &|_| {} };
    let sum = hash_only(&directory, options).expect("sound contents");
    let cached = serde_json::from_slice(&info.to_cache()).expect("JSON");
    Ok([
        ("Version", Value::from(info.version)),
        ("GoModSum", Value::from(H1::of_go_mod(&go_mod).to_string())),
        ("Sum", Value::from(sum.to_string())),
        ("Origin", serde_json::to_value(info.origin).expect("JSON")),
        ("Info", cached),
    ]
    .into())
}

/// The same of go's answer, with the contents of the `.info` file.
fn answer_of_go(value: &Value) -> Answer {
    let fields = ["Version", "GoModSum", "Sum", "Origin", "Error"];
    let mut answer: Answer = fields
        .into_iter()
        .filter(|field| value["Error"].is_null() || *field == "Error")
        .filter_map(|field| Some((field, value.get(field)?.clone())))
        .collect();
    if let (Some(info), None) = (value["Info"].as_str(), answer.get("Error")) {
        let info = fs::read(Path::new(info)).expect("an info file");
        answer.insert("Info", serde_json::from_slice(&info).expect("JSON"));
    }
    answer
}

/// Takes from an origin what depends on the question that led to the version.
fn forget_question(value: &mut Value) {
    let Value::Object(fields) = value else { return };
    for field in ["Ref", "TagPrefix", "TagSum"] {
        fields.remove(field);
    }
    fields.values_mut().for_each(forget_question);
}

fn build(bench: &Bench) -> Vec<String> {
    fs::create_dir_all(bench.path("host/m")).expect("a folder");
    fs::create_dir_all(bench.path("home")).expect("a folder");
    fs::create_dir_all(bench.path("main")).expect("a folder");
    fs::write(bench.path("main/go.mod"), "module main\n\ngo 1.26\n").expect("a file");
    bench.git(1, &["init", "-q", "-b", "main", "."]);
    let first = [("LICENSE", "free\n"), ("p.go", "package p\n"), ("link", "-> p.go")];
    let mut commits = vec![bench.commit(1, &first, &["v0.0.0", "v1.0.0", "mytag"])];
    let files = [
        ("vendor/modules.txt", "# x\n"),
        ("vendor/a.b/c/c.go", "package c\n"),
        ("pkg/vendor/vendor.go", "package vendor\n"),
        (".hg_archival.txt", "x\n"),
        ("sub/.hg_archival.txt", "x\n"),
        ("café.txt", "x\n"),
    ];
    commits.push(bench.commit(2, &files, &["v2.0.0", "v1.1", "v1.2.0+meta"]));
    let files = [
        ("x/go.mod", "module vcs.example/m.git/x\n\ngo 1.24\n"),
        ("x/x.go", "package x\n"),
        ("x/vendor/modules.txt", "# x\n"),
        ("x/pkg/vendor/vendor.go", "package vendor\n"),
        ("x/y/go.mod", "module other.example/y\n"),
        ("x/y/LICENSE", "another\n"),
    ];
    commits.push(bench.commit(3, &files, &["x/v0.1.0", "x/y/v0.9.0"]));
    let files = [("go.mod", "module vcs.example/m.git\n"), ("x/LICENSE.md", "x")];
    commits.push(bench.commit(4, &files, &["v1.5.0-pre", "v1.4.0+meta"]));
    let files = [
        ("v3/go.mod", "module vcs.example/m.git/v3\n"),
        ("v3/p.go", "package p\n"),
        ("v4/go.mod", "module vcs.example/m.git\n"),
        ("v5/go.mod", "// nothing\n"),
        ("z/go.mod", "module vcs.example/m.git/z\n"),
        ("z/A", "a"),
        ("z/a", "a"),
        ("z/b?", "b"),
    ];
    commits.push(bench.commit(5, &files, &["v3.0.0", "v4.0.0", "v5.0.0", "z/v1.0.0"]));
    let link = format!("160000,{},module", commits[0]);
    bench.git(6, &["update-index", "--add", "--cacheinfo", &link]);
    bench.git(6, &["commit", "-q", "-m", "a submodule"]);
    bench.git(6, &["tag", "v1.6.0"]);
    commits.push(bench.git(6, &["rev-parse", "HEAD"]));
    bench.git(6, &["reset", "-q", "--hard"]);
    bench.git(6, &["checkout", "-q", "-b", "side", &commits[0]]);
    commits.push(bench.commit(7, &[("side.go", "package p\n")], &[]));
    bench.git(7, &["branch", "v1.7.0"]);
    bench.git(7, &["checkout", "-q", "main"]);
    commits
}

fn questions(commits: &[String]) -> Vec<(String, String)> {
    let paths = ["", "/x", "/x/y", "/z", "/v2", "/v3", "/v4", "/v5", "/none"];
    let mut asked: Vec<String> = ["main", "side", "mytag", "v1.7.0", "v1.0.0", "v9.9.9", "nowhere"]
        .map(str::to_owned)
        .into();
    asked.extend(commits.iter().map(|commit| commit[..9].to_owned()));
    for tag in ["v0.0.0", "v0.1.0", "v0.9.0", "v2.0.0", "v3.0.0", "v4.0.0", "v5.0.0"] {
        asked.push(tag.to_owned());
    }
    for version in ["v1.5.0-pre", "v1.6.0", "v2.0.0+incompatible", "v1.0.0+incompatible"] {
        asked.push(version.to_owned());
    }
    for (at, commit) in commits.iter().enumerate() {
        let short = &commit[..12];
        let day = at + 1;
        let time = format!("202001{day:02}100000");
        for form in [
            format!("v0.0.0-{time}-{short}"),
            format!("v1.0.1-0.{time}-{short}"),
            format!("v2.0.1-0.{time}-{short}+incompatible"),
            format!("v3.0.1-0.{time}-{short}"),
        ] {
            asked.push(form);
        }
    }
    let side = &commits[commits.len() - 1];
    for bad in [
        format!("v0.0.0-20200107100000-{}", &side[..9]),
        format!("v0.0.0-20200107100000-{}", &side[..14]),
        format!("v0.0.0-20200107100001-{}", &side[..12]),
        format!("v0.0.0-20209907100001-{}", &side[..12]),
        format!("v1.0.0-20200107100000-{}", &side[..12]),
        format!("v1.9.1-0.20200107100000-{}", &side[..12]),
        format!("v1.0.0-0.20200107100000-{}", &side[..12]),
        "v0.0.0-20200101100000-mytag".to_owned(),
    ] {
        asked.push(bad);
    }
    let all = paths
        .iter()
        .flat_map(|path| asked.iter().map(move |asked| (format!("{ROOT}{path}"), asked.clone())));
    all.collect()
}

#[tokio::test]
async fn revisions() {
    if !go_is_there() {
        return;
    }
    let bench = Bench(Room::new("gomod-direct-").expect("a folder"));
    let commits = build(&bench);
    let questions = questions(&commits);
    let words: Vec<String> =
        questions.iter().map(|(path, asked)| format!("{path}@{asked}")).collect();
    let answers = bench.go("go", &words);
    let repositories = bench.repositories("gomod");
    let mut differing = Vec::new();
    let mut versions = 0;
    for (path, asked) in &questions {
        let named = |value: &&Value| {
            let query = value["Query"].as_str().or(value["Version"].as_str());
            value["Path"] == path.as_str() && query == Some(asked)
        };
        let Some(of_go) = answers.iter().find(named) else {
            differing.push(format!("{path}@{asked}: go says nothing"));
            continue;
        };
        let mut of_go = answer_of_go(of_go);
        let mut ours = answer(&repositories, path, asked).await;
        // Several questions lead to one version, and one of them writes its `.info` file.
        of_go.iter_mut().chain(&mut ours).for_each(|(_, value)| forget_question(value));
        versions += usize::from(ours.contains_key("Sum"));
        if of_go != ours {
            differing.push(format!("{path}@{asked}:\n  go:    {of_go:?}\n  gomod: {ours:?}"));
        }
    }
    assert!(versions > 20, "{versions} versions of {} questions", questions.len());
    assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing.join("\n"));
}

/// What an answer depends on: each question for itself, with caches of its own.
#[tokio::test]
async fn origins() {
    if !go_is_there() {
        return;
    }
    let bench = Bench(Room::new("gomod-direct-").expect("a folder"));
    let commits = build(&bench);
    let pseudo = format!("v1.0.1-0.20200107100000-{}", &commits[6][..12]);
    for (path, asked) in [
        ("", "mytag"),
        ("", "v2.0.0"),
        ("", "side"),
        ("", &*pseudo),
        ("", &commits[4][..10]),
        ("/x", "main"),
        ("/v3", "v3.0.0"),
        ("/v3", "main"),
    ] {
        let path = format!("{ROOT}{path}");
        let cache = format!("{}-{asked}", path.replace('/', "-"));
        let answers = bench.go(&format!("go-{cache}"), &[format!("{path}@{asked}")]);
        let of_go = answer_of_go(answers.first().expect("an answer"));
        let repositories = bench.repositories(&format!("gomod-{cache}"));
        let ours = answer(&repositories, &path, asked).await;
        assert_eq!(of_go, ours, "{path}@{asked}");
    }
}
