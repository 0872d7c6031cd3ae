//! What programs and hosts are told of the user.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::differential::go_is_there;
use crate::support::forge::{Forge, Import};
use crate::support::program::{Program, Room};
use crate::support::repositories::{Fixture, Repositories};

/// Far above what a run needs.
const LIMIT: Duration = Duration::from_secs(60);

const SECRET: &str = "planted-5b1e77aa";

/// A user: a home, programs before those of the machine, and the hosts of a forge.
struct User {
    room: Room,
    variables: BTreeMap<String, String>,
}

impl User {
    fn new(forge: &Forge) -> Self {
        let room = Room::new("gomod-credentials-").expect("a folder");
        for folder in ["home", "bin", "main"] {
            fs::create_dir(room.path().join(folder)).expect("a folder");
        }
        let mut variables = BTreeMap::new();
        for (name, value) in forge.environment() {
            variables.insert(name.to_owned(), value.into_string().expect("UTF-8"));
        }
        let path = std::env::var("PATH").expect("a path");
        let bin = room.path().join("bin").display().to_string();
        let settings = [
            ("PATH", &*format!("{bin}:{path}")),
            ("HOME", &*room.path().join("home").display().to_string()),
            ("GOPATH", &*room.path().join("gopath").display().to_string()),
            ("GOCACHE", &*room.path().join("gocache").display().to_string()),
            ("GOPROXY", "direct"),
            ("GOSUMDB", "off"),
            ("GOENV", "off"),
            ("GOTOOLCHAIN", "local"),
            ("LC_ALL", "C"),
        ];
        variables.extend(settings.map(|(name, value)| (name.to_owned(), value.to_owned())));
        Self { room, variables }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.room.path().join(name)
    }

    fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    /// Writes a program of the user's.
    fn script(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::write(&path, format!("#!/bin/sh\n{text}")).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its mode");
        path.display().to_string()
    }

    /// What a program says, on stdout and stderr.
    fn run(&self, program: &str, line: &str) -> String {
        let mut command = Command::new(program);
        command
            .args(line.split(' '))
            .current_dir(self.path("main"))
            .env_clear()
            .envs(&self.variables);
        let output = Program::start(command).expect("it runs").finish(LIMIT).expect("its end");
        let said = [output.stdout, output.stderr].concat();
        String::from_utf8_lossy(&said).into_owned()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }
}

const GOMOD: &str = env!("CARGO_BIN_EXE_gomod");

fn git_is_there() -> bool {
    Fixture::named("git/tags").can_be_made()
}

/// GOAUTH is asked at the start, and once for an answer that refuses, whatever it finds.
#[test]
fn methods_are_asked_once_for_an_answer() {
    let room = Room::new("gomod-forge-root-").expect("a folder");
    let forge = Forge::start(room.path()).expect("a host");
    forge.set_password("vcs.example.com/m", "nobody", "nothing");
    let programs = [Some(GOMOD), Some("go").filter(|_| go_is_there())];
    for program in programs.into_iter().flatten() {
        let mut user = User::new(&forge);
        let log = user.path("log");
        let text = format!(
            "echo \"asked $*\" >>{0}\nprintf 'https://vcs.example.com\\n\\n\
             Authorization: Basic %s\\n\\n' \"$(wc -l <{0} | tr -d ' ')\"\n",
            log.display()
        );
        let authority = user.script("authority", &text);
        user.set("GOAUTH", &authority);
        forge.clear_requests();
        let said = user.run(program, "list -m vcs.example.com/m@v1.0.0");
        assert!(said.contains("401"), "{program}: {said}");
        let asked = "asked \nasked https://vcs.example.com/m?go-get=1\n";
        assert_eq!(user.read("log"), asked, "{program}: {said}");
        let sent: Vec<_> = forge.requests().into_iter().filter_map(|r| r.authorization).collect();
        assert_eq!(sent, ["Basic 1", "Basic 2"], "{program}");
    }
}

/// A token is for a host that proves to be the one; GOAUTH is asked as by go.
#[test]
fn tokens_are_for_hosts_that_prove_themselves() {
    let room = Room::new("gomod-forge-root-").expect("a folder");
    let forge = Forge::start(room.path()).expect("a host");
    for (insecure, sent) in [("", true), ("vcs.example.com", false)] {
        let mut user = User::new(&forge);
        user.set("GOMOD_TOKEN_VCS_EXAMPLE_COM", SECRET);
        user.set("GOINSECURE", insecure);
        forge.clear_requests();
        let said = user.run(GOMOD, "list -m vcs.example.com/m@v1.0.0");
        let requests = forge.requests();
        assert!(requests.iter().any(|request| request.method == "GET"), "{said}");
        let token = STANDARD.encode(format!("x-access-token:{SECRET}"));
        let carries = |head: &str| head.contains(&token) || head.contains(SECRET);
        assert_eq!(requests.iter().any(|r| carries(&r.head)), sent, "{insecure}: {said}");
    }
}

/// Every program that ran, by its arguments, with its variables.
fn environments(log: &str) -> Vec<(String, Vec<String>)> {
    let runs = log.split("== ").skip(1);
    let read = |run: &str| {
        let mut lines = run.lines().map(str::to_owned);
        (lines.next().unwrap_or_default(), lines.collect())
    };
    runs.map(read).collect()
}

#[test]
fn programs_are_told_what_they_need_and_asked_for_nothing() {
    if !git_is_there() {
        return;
    }
    let repositories = Repositories::make(&[&Fixture::named("git/tags")]).expect("repositories");
    let forge = &repositories.forge;
    forge.set_password("git.example.com/tags", "x-access-token", SECRET);
    let own_ssh = "[core]\n\tsshCommand = ssh -v\n";
    for (name, value, settings, asks, starts_quiet_ssh) in [
        ("", "", "", false, true),
        ("GIT_TERMINAL_PROMPT", "1", "", true, false),
        ("SSH_ASKPASS_REQUIRE", "force", "", true, false),
        ("GIT_SSH", "ssh", "", false, false),
        ("GIT_SSH_COMMAND", "ssh -v", "", false, false),
        ("", "", own_ssh, false, false),
    ] {
        let mut user = User::new(forge);
        let log = user.path("log").display().to_string();
        let text = format!("{{ echo \"== $*\"; env; }} >>{log}\n");
        let found = format!("{text}PATH=${{PATH#*:}} exec git \"$@\"\n");
        user.script("bin/git", &found);
        let authority = user.script("authority", &text);
        fs::write(user.path("home/.gitconfig"), settings).expect("settings");
        fs::write(user.path("tokens"), "other.example.com x\n").expect("tokens");
        user.set("GOAUTH", &authority);
        user.set("GOMOD_TOKEN_GIT_EXAMPLE_COM", SECRET);
        let tokens = user.path("tokens").display().to_string();
        user.set("GOMOD_TOKEN_FILE", &tokens);
        user.set("SSH_ASKPASS", "/none/here");
        user.set("GIT_ASKPASS", "true");
        if !name.is_empty() {
            user.set(name, value);
        }
        let said = user.run(GOMOD, "list -m -x vcs.example.com/tags@v1.0.0");
        assert!(said.contains("vcs.example.com/tags v1.0.0"), "{said}");
        let ran = environments(&user.read("log"));
        assert!(ran.len() > 3, "{ran:?}");
        for (arguments, variables) in ran {
            let told = |name: &str| {
                let value =
                    |line: &String| line.strip_prefix(name)?.strip_prefix('=').map(str::to_owned);
                variables.iter().find_map(value)
            };
            let tells = |text: &str| variables.iter().any(|line| line.contains(text));
            assert!(!tells("GOMOD_TOKEN"), "{arguments}: {variables:?}");
            let is_at_server = ["ls-remote", "fetch"].iter().any(|word| arguments.contains(word));
            assert_eq!(tells(SECRET), is_at_server, "{arguments}: {variables:?}");
            let quiet = told("GIT_SSH_COMMAND").is_some_and(|ssh| ssh == "ssh -o BatchMode=yes");
            assert_eq!(quiet, is_at_server && starts_quiet_ssh, "{name} {settings} {arguments}");
            let askpass = told("SSH_ASKPASS").zip(told("SSH_ASKPASS_REQUIRE"));
            let silent = askpass == Some((String::new(), "never".to_owned()));
            assert_eq!(silent, !asks, "{name} {arguments}: {variables:?}");
            // This one is named for git alone, and answers as a credential helper does.
            assert_eq!(told("GIT_ASKPASS").as_deref(), Some("true"));
        }
    }
}

/// What a repository around the working directory says is not asked for the user's passwords.
#[test]
fn a_repository_here_is_told_nothing() {
    if !git_is_there() {
        return;
    }
    let room = Room::new("gomod-forge-root-").expect("a folder");
    let forge = Forge::start(room.path()).expect("a host");
    forge.set_password("vcs.example.com", "nobody", "nothing");
    let mut user = User::new(&forge);
    let helper = |user: &User, log: &str| {
        let log = user.path(log).display().to_string();
        format!("!f() {{ echo $1 >>{log}; echo username=me; echo password={SECRET}; }}; f")
    };
    for (folder, log) in [("trusted", "ours"), ("main", "theirs")] {
        let folder = user.path(folder).display().to_string();
        let said = user.run("git", &format!("init -q {folder}"));
        assert_eq!(said.replace("hint:", ""), said, "{said}");
        let text = format!("[credential]\n\thelper = \"{}\"\n", helper(&user, log));
        let config = Path::new(&folder).join(".git/config");
        let before = fs::read_to_string(&config).expect("settings");
        fs::write(config, before + &text).expect("settings");
    }
    let trusted = user.path("trusted").display().to_string();
    user.set("GOAUTH", &format!("git {trusted}"));
    // As a hook finds it.
    let theirs = user.path("main/.git").display().to_string();
    user.set("GIT_DIR", &theirs);
    let said = user.run(GOMOD, "list -m -x vcs.example.com/m@v1.0.0");
    assert!(said.contains("401"), "{said}");
    assert_eq!(user.read("theirs"), "", "{said}");
    assert_eq!(user.read("ours"), "get\nerase\n", "{said}");
}

/// A user's settings put a token into URLs, in the place of a user; git repeats them.
#[test]
fn what_programs_say_shows_no_user_of_a_url() {
    if !git_is_there() {
        return;
    }
    let room = Room::new("gomod-forge-root-").expect("a folder");
    fs::create_dir_all(room.path().join("git/locked")).expect("a folder");
    let forge = Forge::start(room.path()).expect("a host");
    forge.set_password("git.example.com/locked", "nobody", "nothing");
    let import = "vcs.example.com/m git https://git.example.com/locked";
    forge.set_import(Import::parse(import).expect("an import"));
    let user = User::new(&forge);
    let settings = format!(
        "[url \"https://{SECRET}@git.example.com/\"]\n\tinsteadOf = https://git.example.com/\n"
    );
    fs::write(user.path("home/.gitconfig"), settings).expect("settings");
    let said = user.run(GOMOD, "list -m -x vcs.example.com/m@v1.0.0");
    assert!(said.contains("'https://xxxxx@git.example.com'"), "{said}");
    assert!(!said.contains(SECRET), "{said}");
}
