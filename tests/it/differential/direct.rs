//! Modules from version control, by go and by gomod over the same hosts.
//!
//! Each repository of `fixtures/repositories` is made, served and asked about: all at
//! once and again, each version alone with an empty cache, and by `get` in a main module.
//! What is compared is all that a command leaves, but for what git and the others keep of
//! a repository for themselves.
//!
//! Three settings are for those who work on this. `GOMOD_DIRECT_SIDE=PROGRAM` puts another
//! program in gomod's place: with `go`, what remains is what go does not do the same way
//! twice. `GOMOD_DIRECT_ALL=1` asks every question in every way, which takes many minutes,
//! where else each way gets a share of them. `GOMOD_DIRECT_ONLY=git/tags` leaves one
//! repository.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use similar::TextDiff;
use walkdir::WalkDir;

use crate::support::fixture::Catalogue;
use crate::support::forge::{Import, Request};
use crate::support::program::{Program, Room};
use crate::support::repositories::{Fixture, Question, Repositories};
use crate::support::tree::{self, Tree};

use super::go_is_there;
use super::sides::{GOMOD, in_gos_name, in_order};

/// How long one command may run: some fetch a dozen versions.
const LIMIT: Duration = Duration::from_secs(120);

/// In place of a command: the repositories go on.
const GO_ON: &str = "(go on)";

/// The settings of every command, before those of a case.
const SETTINGS: [(&str, &str); 10] = [
    ("LC_ALL", "C"),
    // Fossil clones for nobody without a name.
    ("USER", "fixture"),
    ("GOENV", "off"),
    ("GOFLAGS", ""),
    ("GOTOOLCHAIN", "local"),
    ("GOPROXY", "direct"),
    ("GOSUMDB", "off"),
    ("GOVCS", "*:all"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    // The hosts have no TLS for what Subversion speaks.
    ("GOINSECURE", "vcs.example.com/svn-*"),
];

/// Commands in a cache of their own, one after the other.
struct Case {
    name: String,
    commands: Vec<String>,
    /// The text of the main module's go.mod; without it the commands run outside of one.
    go_mod: Option<&'static str>,
    settings: Vec<(&'static str, String)>,
    /// Whether the words for errors are those of the network and may differ.
    loose: bool,
}

impl Case {
    fn new(name: impl Into<String>, commands: Vec<String>) -> Self {
        Self { name: name.into(), commands, go_mod: None, settings: Vec::new(), loose: false }
    }

    fn set(mut self, name: &'static str, value: &str) -> Self {
        self.settings.push((name, value.to_owned()));
        self
    }
}

/// What a command left.
#[derive(Debug)]
struct Seen {
    status: i32,
    stdout: String,
    stderr: String,
    go_mod: String,
    go_sum: String,
    /// The .info files by path: a digest does not tell what is wrong with one.
    infos: BTreeMap<String, String>,
    /// Everything below GOPATH but what is in folders of repositories.
    tree: Tree,
    requests: Vec<Request>,
}

impl Seen {
    /// The pages that were asked for, and the hosts of other requests.
    fn asked(&self) -> BTreeSet<String> {
        let requests = self.requests.iter().filter(|request| request.scheme != "connect");
        let asked = requests.map(|request| {
            if request.target.contains("go-get=1") {
                request.to_string()
            } else {
                format!("{}://{}", request.scheme, request.host)
            }
        });
        asked.collect()
    }
}

/// The program that stands beside go.
pub fn other_side() -> PathBuf {
    std::env::var_os("GOMOD_DIRECT_SIDE").map_or_else(|| PathBuf::from(GOMOD), PathBuf::from)
}

/// Of the questions of all repositories one in `share`, or all where that is asked for.
fn share_of(questions: Vec<String>, share: usize) -> Vec<String> {
    let share = if asks_all() { 1 } else { share };
    questions.into_iter().step_by(share).collect()
}

fn asks_all() -> bool {
    std::env::var_os("GOMOD_DIRECT_ALL").is_some()
}

fn only() -> Option<String> {
    std::env::var("GOMOD_DIRECT_ONLY").ok()
}

/// The repositories that can be made here.
fn fixtures() -> Vec<Fixture> {
    let only = only();
    let fixtures = Fixture::all().into_iter();
    let fixtures =
        fixtures.filter(|fixture| only.as_ref().is_none_or(|name| fixture.name == *name));
    fixtures.filter(Fixture::can_be_made).collect()
}

/// One of the two, with folders of its own.
struct Side<'a> {
    program: &'a Path,
    folder: PathBuf,
    repositories: &'a Repositories,
}

impl<'a> Side<'a> {
    fn new(
        folder: PathBuf,
        program: &'a Path,
        repositories: &'a Repositories,
        case: &Case,
    ) -> io::Result<Self> {
        for part in ["gopath", "main", "tmp", "answers"] {
            fs::create_dir_all(folder.join(part))?;
        }
        tree::without_telemetry(&folder.join("home"))?;
        if let Some(text) = case.go_mod {
            fs::write(folder.join("main/go.mod"), text)?;
        }
        Ok(Self { program, folder, repositories })
    }

    /// Runs one command of the case; `$ANSWERS` in it is the folder with the output of
    /// those before it, a file `NUMBER.json` each.
    fn run(&self, case: &Case, number: usize) -> io::Result<Seen> {
        self.run_by(self.program, case, number)
    }

    fn run_by(&self, program: &Path, case: &Case, number: usize) -> io::Result<Seen> {
        let forge = &self.repositories.forge;
        forge.clear_requests();
        let main = self.folder.join("main");
        let answers = self.folder.join("answers");
        let line = case.commands[number].replace("$ANSWERS", &answers.to_string_lossy());
        let mut command = Command::new(program);
        command
            .args(line.split_whitespace())
            .current_dir(&main)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("PWD", &main)
            .env("HOME", self.folder.join("home"))
            .env("TMPDIR", self.folder.join("tmp"))
            .env("GOPATH", self.folder.join("gopath"))
            .env("GOCACHE", concat!(env!("CARGO_TARGET_TMPDIR"), "/gocache"))
            .envs(forge.environment())
            .envs(SETTINGS)
            .envs(case.settings.iter().map(|(name, value)| (name, value)));
        let output = Program::start(command)?.finish(LIMIT)?;
        fs::write(answers.join(format!("{number}.json")), &output.stdout)?;
        let folder = self.folder.to_string_lossy();
        let text = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes).replace(&*folder, "$SIDE");
            bytes_as_gomod(&in_gos_name(&text))
        };
        let file = |name: &str| match fs::read_to_string(main.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            read => read,
        };
        let gopath = self.folder.join("gopath");
        Ok(Seen {
            // A signal has no code, and nothing else has this one.
            status: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            go_mod: file("go.mod")?,
            go_sum: file("go.sum")?,
            infos: infos(&gopath)?,
            tree: Tree::read(&gopath)?
                .without(|name| is_of_version_control(name) || is_made_early(name))
                .zips_by_content(&gopath)?,
            requests: forge.requests(),
        })
    }
}

/// Whether a path below GOPATH is within the folder of one repository.
fn is_of_version_control(name: &str) -> bool {
    let rest = name.strip_prefix("pkg/mod/cache/vcs/");
    rest.is_some_and(|rest| rest.contains('/'))
}

/// Whether gomod makes a folder to find out whether it can use the cache, before it knows that
/// there is something to put into it.
fn is_made_early(name: &str) -> bool {
    matches!(name, "pkg" | "pkg/mod")
}

/// The same where gomod shows U+FFFD as it is for a byte 0xff that is no UTF-8, and go its escape.
fn bytes_as_gomod(text: &str) -> String {
    let text = text.replace(r"\\xff", "\u{fffd}").replace(r"\xff", "\u{fffd}");
    text.replace(r"\ufffd", "\u{fffd}")
}

fn infos(gopath: &Path) -> io::Result<BTreeMap<String, String>> {
    let mut infos = BTreeMap::new();
    let downloads = gopath.join("pkg/mod/cache/download");
    if !downloads.exists() {
        return Ok(infos);
    }
    for entry in WalkDir::new(&downloads) {
        let entry = entry?;
        if entry.path().extension().is_some_and(|extension| extension == "info") {
            let name = entry.path().strip_prefix(&downloads).map_err(io::Error::other)?;
            infos.insert(name.to_string_lossy().into_owned(), fs::read_to_string(entry.path())?);
        }
    }
    Ok(infos)
}

/// What differs; empty where nothing does.
fn differences(go: &Seen, other: &Seen, loose: bool) -> String {
    let mut found = String::new();
    if go.status != other.status {
        let _ = writeln!(found, "status: {}, gomod {}", go.status, other.status);
    }
    let list = |infos: &BTreeMap<String, String>| {
        infos.iter().map(|(name, text)| format!("{name}: {text}\n")).collect::<String>()
    };
    // Which is downloaded or found first is left to chance.
    let sorted = |stderr: &str| {
        let lines = stderr.split_inclusive('\n');
        let (mut first, rest): (Vec<&str>, Vec<&str>) = lines
            .partition(|line| line.starts_with("go: downloading ") || line.starts_with("get \""));
        first.sort_unstable();
        first.concat() + &rest.concat()
    };
    let texts = [
        ("stdout", go.stdout.clone(), other.stdout.clone()),
        ("stderr", sorted(&go.stderr), sorted(&other.stderr)),
        ("go.mod", go.go_mod.clone(), other.go_mod.clone()),
        ("go.sum", go.go_sum.clone(), other.go_sum.clone()),
        (".info", list(&go.infos), list(&other.infos)),
    ];
    for (what, theirs, ours) in texts {
        if theirs != ours && !(loose && what.starts_with("std")) {
            let diff = TextDiff::from_lines(theirs.as_str(), ours.as_str());
            found.push_str(&diff.unified_diff().header(what, "gomod's").to_string());
        }
    }
    found.push_str(&go.tree.diff(&other.tree));
    for asked in other.asked().difference(&go.asked()) {
        let _ = writeln!(found, "gomod alone asks for {asked}");
    }
    found
}

/// Runs a case on both sides, up to the first command that differs. What differs, and
/// what was compared, as go left it.
fn compare(
    case: &Case,
    repositories: &Repositories,
    other: &Path,
) -> io::Result<(String, Vec<Seen>)> {
    let room = Room::new("gomod-direct-")?;
    let sides = [("go", Path::new("go")), ("other", other)];
    let [go, other] =
        sides.map(|(name, program)| Side::new(room.path().join(name), program, repositories, case));
    let (go, other) = (go?, other?);
    let (mut report, mut compared) = (String::new(), Vec::new());
    for (number, command) in case.commands.iter().enumerate() {
        if command == GO_ON {
            repositories.go_on()?;
            continue;
        }
        let seen = go.run(case, number)?;
        let found = differences(&seen, &other.run(case, number)?, case.loose);
        if !found.is_empty() {
            let _ = writeln!(report, "=== {}: {command}\n{found}", case.name);
            break;
        }
        compared.push(seen);
    }
    room.close()?;
    Ok((report, compared))
}

/// Runs the cases that each repository gives. What was compared.
fn check(cases: impl Fn(&Fixture, &[Question]) -> Vec<Case> + Sync) -> Vec<Seen> {
    let other = other_side();
    let fixtures = fixtures();
    let outcomes = in_order(&fixtures, |fixture| {
        let made = Repositories::make(&[fixture]);
        let repositories = made.unwrap_or_else(|error| panic!("{}: {error}", fixture.name));
        let cases = cases(fixture, &repositories.questions(fixture));
        let outcomes: Vec<_> = cases
            .iter()
            .map(|case| {
                let compared = compare(case, &repositories, &other);
                compared.unwrap_or_else(|error| panic!("{}: {error}", case.name))
            })
            .collect();
        outcomes
    });
    verdict(outcomes.into_iter().flatten().collect())
}

/// Fails where anything differs.
fn verdict(outcomes: Vec<(String, Vec<Seen>)>) -> Vec<Seen> {
    let cases = outcomes.len();
    let (reports, compared): (Vec<String>, Vec<Vec<Seen>>) = outcomes.into_iter().unzip();
    let reports: Vec<&str> =
        reports.iter().map(String::as_str).filter(|report| !report.is_empty()).collect();
    let count = reports.len();
    assert!(reports.is_empty(), "{}\n{count} of {cases} cases differ", reports.join("\n"));
    compared.into_iter().flatten().collect()
}

/// Fails where fewer of what was compared are so: little would have been seen. With one
/// repository little is what was asked for.
fn at_least(least: usize, compared: &[Seen], what: impl Fn(&Seen) -> bool) {
    let found = compared.iter().filter(|seen| what(seen)).count();
    assert!(only().is_some() || found >= least, "{found} of {}, not {least}", compared.len());
}

/// Every question that a fixture has, `MODULE@QUERY`.
fn all_of(questions: &[Question]) -> Vec<String> {
    let each = questions.iter().flat_map(|question| {
        question.queries.iter().map(|query| format!("{}@{query}", question.module))
    });
    each.collect()
}

#[test]
fn repositories_all_at_once() {
    if !go_is_there() {
        return;
    }
    let compared = check(|fixture, questions| {
        let modules: BTreeSet<&str> =
            questions.iter().map(|question| question.module.as_str()).collect();
        let modules = modules.into_iter().collect::<Vec<_>>().join(" ");
        let all = all_of(questions).join(" ");
        let mut commands = vec![
            format!("list -m -e -retracted -versions -json {modules}"),
            format!("mod download -json {all}"),
            format!("mod download -json -reuse=$ANSWERS/1.json {all}"),
            format!("list -m -versions {modules}"),
        ];
        if asks_all() {
            commands.push(format!("list -m -e -json {all}"));
            commands.push(format!("list -m -e -json -reuse=$ANSWERS/4.json {all}"));
        }
        vec![Case::new(&fixture.name, commands)]
    });
    for text in ["\"Versions\"", "\"Sum\": \"h1:", "\"Reuse\": true", "\"TagSum\"", "\"Error\""] {
        at_least(10, &compared, |seen| seen.stdout.contains(text));
    }
    // A question that go takes for misuse would leave the others of its repository unasked.
    at_least(28, &compared, |seen| seen.stdout.contains("\"Dir\""));
    // Each kind of version control has given a module.
    for folder in ["tags@v1.1.0", "hg-tags@v1.1.0", "svn-trunk@v0.0.0-", "fossil-tags@v1.1.0"] {
        let folder = format!("\"Dir\": \"$SIDE/gopath/pkg/mod/vcs.example.com/{folder}");
        at_least(1, &compared, |seen| seen.stdout.contains(&folder));
    }
}

#[test]
fn repositories_one_version_at_a_time() {
    if !go_is_there() {
        return;
    }
    let compared = check(|fixture, questions| {
        let cases = share_of(all_of(questions), 6)
            .into_iter()
            .map(|asked| Case::new(&fixture.name, vec![format!("mod download -json {asked}")]));
        cases.collect()
    });
    at_least(25, &compared, |seen| seen.status == 0);
    at_least(15, &compared, |seen| seen.status == 1);
}

#[test]
fn repositories_that_go_on() {
    if !go_is_there() {
        return;
    }
    let compared = check(|fixture, questions| {
        let all = all_of(questions).join(" ");
        let module = questions.first().map(|question| question.module.as_str()).unwrap_or_default();
        let commands = [
            format!("mod download -json {all}"),
            format!("list -m -versions -json {module}"),
            GO_ON.to_owned(),
            format!("mod download -json -reuse=$ANSWERS/0.json {all}"),
            format!("list -m -versions -json -reuse=$ANSWERS/1.json {module}"),
            format!("mod download -json {all}"),
        ];
        let case = Case::new(&fixture.name, commands.to_vec());
        if fixture.goes_on() { vec![case] } else { Vec::new() }
    });
    at_least(1, &compared, |seen| seen.stdout.contains("\"Reuse\": true"));
    at_least(2, &compared, |seen| seen.stdout.contains("\"v1.1.0\""));
}

#[test]
fn repositories_in_a_main_module() {
    if !go_is_there() {
        return;
    }
    let compared = check(|fixture, questions| {
        let first = |question: &Question| {
            let queries = question.queries.iter().take(if asks_all() { 3 } else { 1 });
            queries.map(|query| format!("get {}@{query}", question.module)).collect::<Vec<_>>()
        };
        let mut commands: Vec<String> = questions.iter().flat_map(first).collect();
        for question in questions.iter().take(1) {
            commands.extend(["patch", "upgrade"].map(|to| format!("get {}@{to}", question.module)));
        }
        commands.extend(
            ["list -m -u -json all", "mod download -json", "mod graph", "mod verify"]
                .map(str::to_owned),
        );
        let mut case = Case::new(&fixture.name, commands);
        case.go_mod = Some("module example.com/main\n\ngo 1.24\n");
        vec![case]
    });
    at_least(20, &compared, |seen| seen.stderr.contains("go: added "));
    at_least(60, &compared, |seen| !seen.go_sum.is_empty());
}

#[test]
fn repositories_in_one_cache() {
    if !go_is_there() {
        return;
    }
    // What one of the two has fetched, the other goes on from: the same as go alone.
    let other = other_side();
    let fixtures = fixtures();
    let outcomes = in_order(&fixtures, |fixture| {
        let together = || -> io::Result<String> {
            let repositories = Repositories::make(&[fixture])?;
            let asked = share_of(all_of(&repositories.questions(fixture)), 7);
            let commands = asked.iter().map(|asked| format!("mod download -json {asked}"));
            let case = Case::new(&fixture.name, commands.collect());
            let room = Room::new("gomod-direct-")?;
            let side = |name: &str| {
                Side::new(room.path().join(name), Path::new("go"), &repositories, &case)
            };
            let (alone, first, second) = (side("alone")?, side("first")?, side("second")?);
            let mut report = String::new();
            for (number, command) in case.commands.iter().enumerate() {
                let seen = alone.run(&case, number)?;
                let pair = [Path::new("go"), &other];
                for (side, turn) in [(&first, number), (&second, number + 1)] {
                    let found =
                        differences(&seen, &side.run_by(pair[turn % 2], &case, number)?, false);
                    if !found.is_empty() {
                        let by = pair[turn % 2].display();
                        let _ = writeln!(report, "=== {}: {command}, by {by}\n{found}", case.name);
                        room.close()?;
                        return Ok(report);
                    }
                }
            }
            room.close()?;
            Ok(report)
        };
        together().unwrap_or_else(|error| panic!("{}: {error}", fixture.name))
    });
    verdict(outcomes.into_iter().map(|report| (report, Vec::new())).collect());
}

/// Hosts of every kind over a few repositories, and the cases that meet them.
fn hosts(repositories: &Repositories) -> Vec<Case> {
    let forge = &repositories.forge;
    let root = repositories.root().display();
    forge.set_proxy("proxy.example.com", Catalogue::fixtures());
    let imports = [
        "plain.example.com/no-go-mod git https://git.example.com/no-go-mod",
        "vcs.example.com/by-http git http://git.example.com/no-go-mod",
        "vcs.example.com/by-file git file://ROOT/git/no-go-mod",
        "vcs.example.com/by-ssh git ssh://git.example.com/no-go-mod",
        "vcs.example.com/by-path git git.example.com/no-go-mod",
        "vcs.example.com/by-flag git -upload-pack=x://git.example.com/no-go-mod",
        "vcs.example.com/by-cvs cvs https://git.example.com/no-go-mod",
        "vcs.example.com/by-hg hg https://git.example.com/no-go-mod",
        "vcs.example.com/locked git https://git.example.com/locked",
        "vcs.example.com/locked-page git https://git.example.com/no-go-mod",
        "vcs.example.com/outer git https://git.example.com/no-go-mod",
        "vcs.example.com/outer/inner git https://git.example.com/tags",
        "vcs.example.com/slash git https://git.example.com/no-go-mod/",
        "example.com/hello mod https://proxy.example.com",
        "example.com/outer mod https://nowhere.example.com",
    ];
    for line in imports {
        let line = line.replace("ROOT", &root.to_string());
        forge.set_import(Import::parse(&line).expect("an import"));
    }
    let meta = |content: &str| format!("<meta name=\"go-import\" content=\"{content}\">");
    let git = "git https://git.example.com/no-go-mod";
    let pages = [
        // The page of the prefix says otherwise.
        ("disagreeing/sub", meta(&format!("vcs.example.com/disagreeing {git}"))),
        ("disagreeing", meta("vcs.example.com/disagreeing git https://git.example.com/tags")),
        ("unprefixed/sub", meta(&format!("vcs.example.com/unprefixed {git}"))),
        ("nothing", "<html><head></head><body>No lines.</body></html>".to_owned()),
        ("another", meta(&format!("vcs.example.com/elsewhere {git}"))),
        (
            "twice",
            meta(&format!("vcs.example.com/twice {git}"))
                + &meta("vcs.example.com/twice git https://git.example.com/tags"),
        ),
        (
            "proxied-too",
            meta(&format!("vcs.example.com/proxied-too {git}"))
                + &meta("vcs.example.com/proxied-too mod https://proxy.example.com"),
        ),
        ("in-body", format!("<body>{}", meta(&format!("vcs.example.com/in-body {git}")))),
        ("short", meta("vcs.example.com/short git")),
        (
            "untidy",
            format!(
                "<HTML><HEAD><!-- {} --><title>a & b</title><link href=x>\n\
                 <META content='  vcs.example.com/untidy\n {git} ' NAME=Go-Import />",
                meta("vcs.example.com/untidy git https://git.example.com/tags")
            ),
        ),
        ("cut", format!("<html><{}<broken", meta(&format!("vcs.example.com/cut {git}")))),
        ("five", meta(&format!("vcs.example.com/five {git} a b"))),
        ("up", meta(&format!("vcs.example.com/up {git} ../up"))),
    ];
    for (name, page) in pages {
        forge.set_page(&format!("vcs.example.com/{name}"), &page);
    }
    forge.set_page("other.example.com/moved", &meta(&format!("vcs.example.com/moved {git}")));
    forge.set_redirect("vcs.example.com/moved", "https://other.example.com/moved");
    forge.set_redirect("vcs.example.com/downhill", "http://other.example.com/moved");
    forge.set_redirect("vcs.example.com/round", "https://vcs.example.com/round");
    forge.set_redirect("git.example.com/renamed", "https://git.example.com/no-go-mod");
    forge.set_import(
        Import::parse("vcs.example.com/renamed git https://git.example.com/renamed")
            .expect("an import"),
    );
    forge.set_password("git.example.com/locked", "me", "secret");
    forge.set_password("vcs.example.com/locked-page", "me", "secret");
    forge.set_without_tls("plain.example.com");

    let asked = |module: &str| {
        Case::new(
            module,
            vec![
                format!("mod download -json {module}@v1.0.0"),
                format!("list -m -json {module}@latest"),
            ],
        )
    };
    let mut cases: Vec<Case> = [
        "vcs.example.com/by-http",
        "vcs.example.com/by-file",
        "vcs.example.com/by-path",
        "vcs.example.com/by-flag",
        "vcs.example.com/by-cvs",
        "vcs.example.com/by-hg",
        "vcs.example.com/locked",
        "vcs.example.com/locked-page",
        "vcs.example.com/outer",
        "vcs.example.com/outer/inner",
        "vcs.example.com/slash",
        "vcs.example.com/disagreeing",
        "vcs.example.com/disagreeing/sub",
        "vcs.example.com/unprefixed/sub",
        "vcs.example.com/nothing",
        "vcs.example.com/another",
        "vcs.example.com/twice",
        "vcs.example.com/proxied-too",
        "vcs.example.com/in-body",
        "vcs.example.com/short",
        "vcs.example.com/untidy",
        "vcs.example.com/cut",
        "vcs.example.com/five",
        "vcs.example.com/up",
        "vcs.example.com/moved",
        "vcs.example.com/renamed",
        "vcs.example.com/unknown",
        "git.example.com/no-go-mod.git",
        "git.example.com/no-go-mod.git/sub",
        "git.example.com/not-there.git",
        "example.com/hello",
        "undotted/module",
    ]
    .map(asked)
    .into();
    for module in ["plain.example.com/no-go-mod", "vcs.example.com/by-http"] {
        let name = format!("{module}, insecure");
        cases.push(Case { name, ..asked(module) }.set("GOINSECURE", "*.example.com"));
    }
    // What fails for want of a connection says so in words of its own.
    for module in [
        "plain.example.com/no-go-mod",
        "vcs.example.com/by-ssh",
        "vcs.example.com/downhill",
        "vcs.example.com/round",
        "example.com/outer",
    ] {
        cases.push(Case { loose: true, ..asked(module).set("GIT_SSH_COMMAND", "false") });
    }
    for rules in ["vcs.example.com:hg", "*:off", "public:hg,private:all", "vcs.example.com/t*:git"]
    {
        let name = format!("GOVCS={rules}");
        let case = Case { name, ..asked("vcs.example.com/tags") };
        cases.push(case.set("GOVCS", rules));
    }
    for module in
        ["vcs.example.com/tags", "vcs.example.com/tags/sub", "vcs.example.com/disagreeing/sub"]
    {
        let commands =
            vec![format!("list -m -v -json {module}@latest"), format!("get -v {module}@v1.0.0")];
        let case = Case::new(format!("{module}, -v"), commands);
        cases.push(Case { go_mod: Some("module example.com/main\n\ngo 1.24\n"), ..case });
    }
    // This alone ends a command, whatever else it asks for.
    cases.push(Case::new("a flag", vec!["mod download -json vcs.example.com/tags@-x".to_owned()]));
    let private = asked("vcs.example.com/tags").set("GOVCS", "public:hg,private:all");
    cases.push(Case { name: "private".into(), ..private }.set("GOPRIVATE", "*.example.com"));
    let proxy = "https://proxy.example.com";
    let both = vec![
        "mod download -json vcs.example.com/tags@v1.0.0 example.com/hello@v1.0.0".to_owned(),
        "list -m -json vcs.example.com/tags@latest example.com/hello@latest".to_owned(),
        "list -m -e -versions -json vcs.example.com/tags example.com/hello".to_owned(),
    ];
    let lists = [
        ("then direct", format!("{proxy},direct"), ""),
        ("or direct", format!("{proxy}|direct"), ""),
        ("then off", format!("{proxy},off"), ""),
        ("nowhere, then direct", "https://nowhere.example.com,direct".to_owned(), ""),
        ("private", proxy.to_owned(), "vcs.example.com"),
        ("private, off", "off".to_owned(), "vcs.example.com"),
    ];
    for (name, list, private) in lists {
        let case = Case::new(name, both.clone()).set("GOPROXY", &list);
        cases.push(case.set("GONOPROXY", private));
    }
    cases
}

#[test]
fn hosts_and_pages() {
    if !go_is_there() {
        return;
    }
    let fixtures = ["git/tags", "git/no-go-mod"].map(Fixture::named);
    if !fixtures.iter().all(Fixture::can_be_made) {
        return;
    }
    let other = other_side();
    let repositories = Repositories::make(&fixtures.each_ref()).expect("the repositories");
    let cases = hosts(&repositories);
    let outcomes = cases.iter().map(|case| {
        let compared = compare(case, &repositories, &other);
        compared.unwrap_or_else(|error| panic!("{}: {error}", case.name))
    });
    let compared = verdict(outcomes.collect());
    at_least(25, &compared, |seen| seen.status == 0);
    at_least(35, &compared, |seen| seen.status != 0);
}

#[test]
fn a_side_that_errs_is_seen() {
    if !go_is_there() {
        return;
    }
    let fixture = Fixture::named("git/tags");
    if !fixture.can_be_made() {
        return;
    }
    let repositories = Repositories::make(&[&fixture]).expect("the repositories");
    let module = "vcs.example.com/tags";
    let mut case = Case::new(
        "errs",
        vec![format!("get {module}@v1.0.0"), format!("mod download -json {module}@v1.0.0")],
    );
    case.go_mod = Some("module example.com/main\n\ngo 1.24\n");
    let room = Room::new("gomod-errs-").expect("a folder");
    let side = |name: &str, script: &str| {
        let path = room.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its mode");
        path
    };
    let downloads = "\"$GOPATH/pkg/mod/cache/download/vcs.example.com/tags/@v/v1.0.0";
    for (name, script, shown) in [
        ("same", "exec go \"$@\"".to_owned(), ""),
        ("status", "go \"$@\"; exit 3".to_owned(), "status: 0, gomod 3"),
        ("stdout", "go \"$@\" | sed s/h1:/h1:x/; exit 0".to_owned(), "--- stdout"),
        ("stderr", "echo more >&2; exec go \"$@\"".to_owned(), "--- stderr"),
        ("sum", "go \"$@\" && sed -i s/h1:/h1:x/ go.sum".to_owned(), "--- go.sum"),
        ("info", format!("go \"$@\" && echo >>{downloads}.info\""), "--- .info"),
        ("hash", format!("go \"$@\" && echo >>{downloads}.ziphash\""), "v1.0.0.ziphash"),
        (
            "vcs",
            "go \"$@\" && mkdir \"$GOPATH/pkg/mod/cache/vcs/more\"".to_owned(),
            "+ pkg/mod/cache/vcs/more",
        ),
        (
            "asks",
            "git ls-remote -q https://spy.example.com/x 2>&-; exec go \"$@\"".to_owned(),
            "gomod alone asks for https://spy.example.com",
        ),
    ] {
        let side = side(name, &script);
        let (report, _) = compare(&case, &repositories, &side).expect("both ran");
        assert_eq!(report.is_empty(), shown.is_empty(), "{name}: {report}");
        assert!(report.contains(shown), "{name}: {report}");
    }
}
