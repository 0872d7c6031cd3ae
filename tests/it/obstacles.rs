//! What keeps a user from a repository is told, each with what can be done about it.

use std::ffi::OsString;
use std::fs;
use std::process::Command;
use std::time::Duration;

use gomod::cli::report::way_around;
use gomod::fetch::error::Obstacle::{Credentials, HostKey, NoProgram, UnknownHost};

use crate::repositories::is_there;
use crate::support::forge::{Forge, Import};
use crate::support::program::{Program, Room};

/// Far above what a run needs.
const LIMIT: Duration = Duration::from_secs(60);

const NO_PROTOCOL: &str = "no secure protocol found for repository";

/// A label of a host's name that is longer than one may be: nobody is asked for it.
const TOO_LONG: &str =
    "a-label-that-is-longer-than-the-sixty-three-bytes-that-one-can-have-at-most";

#[test]
fn obstacles_are_told_apart() {
    if !is_there("git") {
        return;
    }
    let room = Room::new("gomod-obstacles-").expect("a folder");
    for folder in ["served/git/locked", "home", "none"] {
        fs::create_dir_all(room.path().join(folder)).expect("a folder");
    }
    let forge = Forge::start(&room.path().join("served")).expect("a host");
    for import in [
        "vcs.example.com/locked git https://git.example.com/locked",
        "vcs.example.com/page git https://git.example.com/locked",
        "vcs.example.com/ssh git ssh://git.example.com/locked",
        "vcs.example.com/met git ssh://git.example.com/met",
    ] {
        forge.set_import(Import::parse(import).expect("an import"));
    }
    forge.set_password("git.example.com/locked", "me", "secret");
    forge.set_password("vcs.example.com/page", "me", "secret");
    let nothing = Vec::new();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let none = room.path().join("none").into_os_string();
    let ssh = |says: &str| format!("sh -c 'echo {says} >&2; exit 255'");
    let refused = ssh("\"git@git.example.com: Permission denied (publickey).\"");
    let unmet = ssh("Host key verification failed.");
    let hosts = forge.environment();
    let unknown_proxy = OsString::from(format!("http://{TOO_LONG}.example.com:1"));
    let unknown = vec![("HTTPS_PROXY", unknown_proxy.clone()), ("https_proxy", unknown_proxy)];
    let unknown_host = format!("{TOO_LONG}.example.com/m.git");
    let cases = [
        ("vcs.example.com/locked", &hosts, &path, "", "terminal prompts disabled", Credentials),
        ("git.example.com/locked.git", &hosts, &path, "", NO_PROTOCOL, Credentials),
        ("vcs.example.com/page", &hosts, &path, "", "401 Unauthorized", Credentials),
        ("vcs.example.com/ssh", &hosts, &path, &*refused, "Permission denied", Credentials),
        ("vcs.example.com/ssh", &hosts, &path, &*unmet, "Host key verification", HostKey),
        (
            "vcs.example.com/locked",
            &hosts,
            &none,
            "",
            "exec: \"git\": executable file not",
            NoProgram,
        ),
        ("git.example.com/locked.git", &hosts, &none, "", NO_PROTOCOL, NoProgram),
        ("vcs.example.com/page", &unknown, &path, "", "https fetch: Get", UnknownHost),
        ("git.example.com/locked.git", &unknown, &path, "", NO_PROTOCOL, UnknownHost),
        (&*unknown_host, &nothing, &path, "", NO_PROTOCOL, UnknownHost),
    ];
    for (number, (module, variables, path, ssh, says, obstacle)) in cases.into_iter().enumerate() {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gomod"));
        command
            .current_dir(room.path())
            .env_clear()
            .envs(variables.iter().cloned())
            .args(["list", "-m", &format!("{module}@v1.0.0")])
            .env("PATH", path)
            .env("HOME", room.path().join("home"))
            .env("GOMODCACHE", room.path().join(number.to_string()))
            .envs([("GOPROXY", "direct"), ("GOSUMDB", "off"), ("GOENV", "off"), ("LC_ALL", "C")])
            .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")]);
        if !ssh.is_empty() {
            command.env("GIT_SSH_COMMAND", ssh);
        }
        let output = Program::start(command).expect("it runs").finish(LIMIT).expect("its end");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{module}: {stderr}");
        assert!(stderr.contains(says), "{module}: {stderr}");
        let hint = format!("\nhint: {}\n", way_around(obstacle));
        assert!(stderr.ends_with(&hint), "{module}: {stderr}");
    }
}
