//! The repositories of `fixtures/repositories`, made by the scripts there.
//!
//! One text archive, `SYSTEM/NAME.txtar`, is one repository. Its comment is a shell script
//! that makes it, in a folder of its own, with `$REPOSITORY` to say where it must come to
//! lie and these at hand:
//!
//! ```text
//! at TIME          the time of what is committed from here on, 2024-01-02T03:04:05Z
//! put FOLDER       copies the archive's files below FOLDER/ into the working tree
//! commit MESSAGE   commits all that there is
//! name LABEL       gives what was committed last a name for the questions
//! ```
//!
//! The file `later`, of git repositories alone, is a second script, which is run between two
//! questions ([`Repositories::go_on`]). Two files of the archive are not for scripts. `imports` has go-import lines,
//! `PREFIX SYSTEM URL [FOLDER]`, with `$SVN` for the URL of the Subversion server.
//! `questions` has lines `MODULE QUERY...` (see [`Question`]), in which `{LABEL}` is a
//! revision and `{LABEL:12}` its first twelve digits.
//!
//! Times, authors and settings are fixed, so that a repository has the same hashes
//! everywhere; the programs of version control see no settings of the machine.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use regex::{Captures, Regex};

use super::forge::{Forge, Import};
use super::program::{Program, Room};
use super::txtar::Archive;

/// Far above what any script needs.
const SCRIPT_LIMIT: Duration = Duration::from_secs(60);

/// What scripts have at hand, whatever the system.
const PRELUDE: &str = r#"
at() {
    DATE=$1
    export GIT_AUTHOR_DATE="$1" GIT_COMMITTER_DATE="$1"
}
put() { cp -R "$FILES/$1/." .; }
at 2024-01-01T00:00:00Z
"#;

/// The systems: the folder of their fixtures, the programs that they need, what `commit`
/// and `name` are, and what is done once the script is done.
const SYSTEMS: [System; 4] = [
    System {
        name: "git",
        programs: &["git"],
        prelude: r#"
export GIT_DIR="$REPOSITORY" GIT_WORK_TREE="$PWD"
commit() { git add -A; git commit -q --allow-empty -m "$1"; }
name() { echo "$1 $(git rev-parse HEAD)" >>"$NAMES"; }
"#,
        epilogue: "git config core.bare true; git config --unset core.worktree || true\n",
    },
    System {
        name: "hg",
        programs: &["hg"],
        prelude: r#"
hg init "$REPOSITORY"
cp -R "$REPOSITORY/.hg" . && rm -r "$REPOSITORY"
commit() { hg addremove -q; hg commit -d "$DATE" -m "$1"; }
name() { echo "$1 $(hg log -r . -T '{node}')" >>"$NAMES"; }
"#,
        epilogue: "cp -R . \"$REPOSITORY\"\n",
    },
    System {
        name: "svn",
        programs: &["svn", "svnadmin", "svnserve"],
        prelude: r#"
svnadmin create "$REPOSITORY"
svnadmin setuuid "$REPOSITORY" 6b9d6ac0-0000-4000-8000-000000000000
printf %s "${DATE%Z}.000000Z" >"$NAMES.date"
svnadmin setrevprop "$REPOSITORY" -r 0 svn:date "$NAMES.date"
svn checkout -q "file://$REPOSITORY" .
commit() {
    svn add -q --force .
    svn commit -q -m "$1"
    svn update -q
    revision=$(svn info --show-item last-changed-revision --no-newline)
    printf %s "${DATE%Z}.000000Z" >"$NAMES.date"
    svnadmin setrevprop "$REPOSITORY" -r "$revision" svn:date "$NAMES.date"
    printf fixture >"$NAMES.author"
    svnadmin setrevprop "$REPOSITORY" -r "$revision" svn:author "$NAMES.author"
}
name() { echo "$1 $(svn info --show-item last-changed-revision --no-newline)" >>"$NAMES"; }
"#,
        epilogue: "",
    },
    System {
        name: "fossil",
        programs: &["fossil"],
        prelude: r#"
fossil init --date-override "$DATE" "$REPOSITORY.fossil" >/dev/null
fossil open --keep "$REPOSITORY.fossil" >/dev/null
# Else a server leaves a process behind, for its chores.
fossil settings backoffice-disable on >/dev/null
commit() {
    fossil addremove >/dev/null
    fossil commit --no-prompt --nosign --no-warnings --allow-empty \
        --date-override "$DATE" -m "$1" >/dev/null
}
name() { echo "$1 $(fossil info | sed -n 's/^checkout: *\([0-9a-f]*\).*/\1/p')" >>"$NAMES"; }
"#,
        epilogue: "fossil close --force >/dev/null\n",
    },
];

struct System {
    name: &'static str,
    programs: &'static [&'static str],
    prelude: &'static str,
    epilogue: &'static str,
}

/// A module path, and what is asked of it: versions, branches, tags, commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub module: String,
    pub queries: Vec<String>,
}

/// A fixture, not yet made.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// `SYSTEM/NAME`.
    pub name: String,
    archive: Archive,
}

impl Fixture {
    /// All of them, by name. One that cannot be read ends the test run.
    pub fn all() -> Vec<Self> {
        let mut names = Vec::new();
        for system in SYSTEMS {
            let folder = fixtures().join(system.name);
            let entries = fs::read_dir(&folder);
            let entries = entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
            for entry in entries {
                let path = entry.expect("an entry of the folder").path();
                if path.extension().is_some_and(|extension| extension == "txtar") {
                    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
                    names.push(format!("{}/{stem}", system.name));
                }
            }
        }
        names.sort_unstable();
        names.iter().map(|name| Self::named(name)).collect()
    }

    /// The fixture of this name, `SYSTEM/NAME`.
    pub fn named(name: &str) -> Self {
        let path = fixtures().join(format!("{name}.txtar"));
        let text = fs::read_to_string(&path);
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { name: name.to_owned(), archive: Archive::parse(&text) }
    }

    fn system(&self) -> &'static System {
        let system = self.name.split('/').next().unwrap_or_default();
        let found = SYSTEMS.iter().find(|known| known.name == system);
        found.unwrap_or_else(|| panic!("{}: no such system", self.name))
    }

    /// The system's folder name: `git`, `hg`, `svn` or `fossil`.
    pub fn system_name(&self) -> &'static str {
        self.system().name
    }

    /// Whether the programs that it needs are there. Where one is not, that is said on
    /// stderr, and fails where CI=true.
    pub fn can_be_made(&self) -> bool {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let is_there = |program: &&&str| {
            std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
        };
        let missing = self.system().programs.iter().find(|program| !is_there(program));
        let Some(program) = missing else { return true };
        let name = &self.name;
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{name} needs {program}");
        // Past the capture of the test harness: what is not compared must not look compared.
        let _ = writeln!(io::stderr(), "SKIPPED: {name} needs {program}");
        false
    }

    /// Whether it has a second script.
    pub fn goes_on(&self) -> bool {
        self.archive.get("later").is_some()
    }

    /// Makes the repository. The revisions that have a name.
    fn make(&self, root: &Path) -> io::Result<BTreeMap<String, String>> {
        let system = self.system();
        let work = root.join("work").join(&self.name);
        let files = work.join("files");
        for folder in [&files, &work.join("tree"), &work.join("home"), &root.join(system.name)] {
            fs::create_dir_all(folder)?;
        }
        for file in &self.archive.files {
            let path = files.join(&file.name);
            fs::create_dir_all(path.parent().unwrap_or(&files))?;
            fs::write(path, &file.data)?;
        }
        let names = work.join("names");
        fs::write(&names, "")?;
        self.run(root, &self.archive.comment, system.epilogue)?;
        let names = fs::read_to_string(&names)?;
        let names = names.lines().filter_map(|line| line.split_once(' '));
        Ok(names.map(|(label, revision)| (label.to_owned(), revision.to_owned())).collect())
    }

    fn run(&self, root: &Path, script: &str, epilogue: &str) -> io::Result<()> {
        let system = self.system();
        let short = self.name.split('/').next_back().unwrap_or_default();
        let work = root.join("work").join(&self.name);
        let repository = root.join(system.name).join(short);
        let script = [PRELUDE, system.prelude, script, epilogue].concat();
        let mut command = Command::new("sh");
        command
            .args(["-euc", &script])
            .current_dir(work.join("tree"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("FILES", work.join("files"))
            .env("NAMES", work.join("names"))
            .env("REPOSITORY", &repository)
            .env("HOME", work.join("home"))
            .envs([("LC_ALL", "C.UTF-8"), ("TZ", "UTC"), ("USER", "fixture")])
            .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
            .envs([("GIT_AUTHOR_NAME", "A U Thor"), ("GIT_COMMITTER_NAME", "C O Mitter")])
            .envs([("GIT_AUTHOR_EMAIL", "author@example.com")])
            .envs([("GIT_COMMITTER_EMAIL", "committer@example.com")])
            .envs([("HGRCPATH", ""), ("HGUSER", "fixture"), ("HGPLAIN", "1")]);
        let output = Program::start(command)?.finish(SCRIPT_LIMIT)?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(io::Error::other(format!("{}: {}: {said}", self.name, output.status)));
        }
        Ok(())
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/repositories")
}

/// Repositories that have been made, and the hosts that serve them.
#[derive(Debug)]
pub struct Repositories {
    pub forge: Forge,
    fixtures: Vec<Fixture>,
    names: BTreeMap<String, String>,
    // After the forge, whose programs work in it.
    room: Room,
}

impl Repositories {
    /// Makes and serves these.
    pub fn make(fixtures: &[&Fixture]) -> io::Result<Self> {
        let room = Room::new("gomod-repositories-")?;
        let mut names = BTreeMap::new();
        for fixture in fixtures {
            names.append(&mut fixture.make(room.path())?);
        }
        let forge = Forge::start(room.path())?;
        for fixture in fixtures {
            for line in fixture.archive.get("imports").unwrap_or_default().lines() {
                let line = line.replace("$SVN", &forge.svn_url());
                forge.set_import(Import::parse(&line).map_err(io::Error::other)?);
            }
        }
        let fixtures = fixtures.iter().copied().cloned().collect();
        Ok(Self { forge, fixtures, names, room })
    }

    /// Runs the second scripts.
    pub fn go_on(&self) -> io::Result<()> {
        for fixture in &self.fixtures {
            if let Some(script) = fixture.archive.get("later") {
                fixture.run(self.room.path(), script, "")?;
            }
        }
        Ok(())
    }

    /// Where the repositories are: a folder a system, in it one a repository.
    pub fn root(&self) -> &Path {
        self.room.path()
    }

    /// A text in which `{LABEL}` and `{LABEL:12}` stand for revisions. A label that nothing
    /// has ends the test run.
    pub fn with_revisions(&self, text: &str) -> String {
        static LABEL: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"\{(\w+)(?::(\d+))?\}").expect("a pattern"));
        let revision = |found: &Captures<'_>| {
            let revision = self.names.get(&found[1]);
            let revision = revision.unwrap_or_else(|| panic!("no revision {}", &found[0]));
            let length = found.get(2).and_then(|digits| digits.as_str().parse().ok());
            revision.get(..length.unwrap_or(revision.len())).unwrap_or(revision).to_owned()
        };
        LABEL.replace_all(text, revision).into_owned()
    }

    /// What a fixture asks.
    pub fn questions(&self, fixture: &Fixture) -> Vec<Question> {
        let text = self.with_revisions(fixture.archive.get("questions").unwrap_or_default());
        let lines = text.lines().filter(|line| !line.is_empty());
        let questions = lines.map(|line| {
            let mut words = line.split_whitespace().map(str::to_owned);
            Question { module: words.next().unwrap_or_default(), queries: words.collect() }
        });
        questions.collect()
    }
}
