//! The credentials of the user's git: `git credential`.
//!
//! Source: git-credential(1), cmd/go/internal/auth/gitauth.go.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::config::VersionControl;
use crate::spec::address;

use super::super::programs::{OTHER_REPOSITORY, without_users};
use super::MethodError;
use super::command::{INSTALL, NoProgram, ending, find, output};

/// The variables in which the helper finds who the user is.
pub(super) const HELPER_USER: &str = "GOMOD_GIT_USERNAME";
pub(super) const HELPER_PASSWORD: &str = "GOMOD_GIT_PASSWORD";

/// A helper of git's, for a shell: it answers, and keeps nothing.
pub(super) const HELPER: &str = "!f() { test \"$1\" = get || return 0; \
    printf 'username=%s\\npassword=%s\\n' \"$GOMOD_GIT_USERNAME\" \"$GOMOD_GIT_PASSWORD\"; }; f";

/// What git knows of a URL. It cannot be printed: it holds a password.
pub(super) struct Filled {
    /// The URL that it is for.
    pub(super) prefix: String,
    pub(super) user: String,
    pub(super) password: String,
    /// All that git said, for its helpers.
    said: String,
    /// Where git was asked.
    folder: PathBuf,
}

/// Whether a server took a credential.
pub(super) enum Verdict {
    Approve,
    Reject,
}

/// A command of git's in a folder, whose settings count, and no others: those of the working
/// directory may be a stranger's, and name helpers, which are programs.
/// Source: golang.org/issue/29230.
fn credential(
    settings: &VersionControl,
    folder: &Path,
    action: &str,
) -> Result<Command, NoProgram> {
    let mut command = find(settings, "git")?;
    command.args(["credential", action]).current_dir(folder).env("PWD", folder);
    for other in OTHER_REPOSITORY {
        command.env_remove(other);
    }
    Ok(command)
}

/// Asks git, in a folder whose settings count, for a URL that names no user: git would answer
/// for one without.
pub(super) async fn fill(
    folder: &Path,
    url: &str,
    settings: &VersionControl,
) -> Result<Filled, MethodError> {
    let failed =
        |reason: String, said: String| MethodError::Fill { url: url.to_owned(), reason, said };
    let command = credential(settings, folder, "fill");
    let command = command.map_err(|error| failed(error.to_string(), INSTALL.to_owned()))?;
    let output = output(command, &format!("url={url}\n")).await;
    let output = output.map_err(|error| failed(error.to_string(), String::new()))?;
    if !output.status.success() {
        let said = without_users(&String::from_utf8_lossy(&output.stderr));
        return Err(failed(ending(output.status), said));
    }
    let filled = parse(String::from_utf8_lossy(&output.stdout).into_owned(), folder);
    if filled.prefix.is_empty() {
        return Err(MethodError::NoPrefix(url.to_owned()));
    }
    if !url.starts_with(&filled.prefix) {
        let other = without_users(&filled.prefix);
        return Err(MethodError::OtherPrefix { url: url.to_owned(), other });
    }
    Ok(filled)
}

/// Reads lines `KEY=VALUE`. Source: parseGitAuth.
fn parse(said: String, folder: &Path) -> Filled {
    let [mut protocol, mut host, mut path, mut user, mut password] = [""; 5];
    let mut url = "";
    for line in said.split('\n') {
        let Some((key, value)) = line.trim().split_once('=') else { continue };
        match key {
            "protocol" => protocol = value,
            "host" => host = value,
            "path" => path = value,
            "username" => user = value,
            "password" => password = value,
            "url" if address::scheme(value, address::Place::Request).is_ok() => url = value,
            _ => {}
        }
    }
    let prefix = match (url, protocol, host) {
        ("", "", "") => path.to_owned(),
        ("", protocol, host) => {
            let slash = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
            format!("{protocol}://{host}{slash}{path}")
        }
        (url, ..) => url.to_owned(),
    };
    let (user, password) = (user.to_owned(), password.to_owned());
    Filled { prefix, user, password, said, folder: folder.to_owned() }
}

impl Filled {
    /// Tells git's helpers what a server said; that they fail is their own affair.
    pub(super) async fn report(&self, verdict: Verdict, settings: &VersionControl) {
        let action = match verdict {
            Verdict::Approve => "approve",
            Verdict::Reject => "reject",
        };
        if let Ok(command) = credential(settings, &self.folder, action) {
            let _ = output(command, &self.said).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_git() {
        for (said, want) in [
            ("", ["", "", ""]),
            ("protocol:https\nhost:a.b\n", ["", "", ""]),
            ("protocol=https\nhost=a.b\nusername=c\npassword=d=e\n", ["https://a.b", "c", "d=e"]),
            ("protocol=https\nhost=a.b:1\npath=c/d\n", ["https://a.b:1/c/d", "", ""]),
            (" protocol=https \nhost=a.b\nurl=x.y\n", ["https://a.b", "", ""]),
            ("protocol=https\nhost=a.b\nurl=https://c.d/e\n", ["https://c.d/e", "", ""]),
        ] {
            let Filled { prefix, user, password, .. } = parse(said.to_owned(), Path::new("/"));
            assert_eq!([prefix, user, password], want, "{said:?}");
        }
    }

    /// Whether it was right is told where git was asked, not in the working directory.
    #[tokio::test]
    #[allow(clippy::disallowed_methods, reason = "tests arrange the disk")]
    async fn verdicts_are_told_where_git_was_asked() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let program_folders = std::env::split_paths(&path).collect();
        let settings = VersionControl { program_folders, ..VersionControl::default() };
        let git = |arguments: &[&str]| {
            let mut git = std::process::Command::new("git");
            git.args(arguments).current_dir(&folder).status().is_ok_and(|status| status.success())
        };
        if !git(&["init", "-q"]) {
            return; // There is no git here.
        }
        let told = folder.path().join("told");
        let helper = format!("!f() {{ echo $1 >>{}; }}; f", told.display());
        assert!(git(&["config", "credential.helper", &helper]));
        let said = "protocol=https\nhost=a.b\nusername=c\npassword=d\n".to_owned();
        let filled = parse(said, folder.path());
        filled.report(Verdict::Approve, &settings).await;
        filled.report(Verdict::Reject, &settings).await;
        assert_eq!(std::fs::read_to_string(told).expect("told"), "store\nerase\n");

        let command = credential(&settings, folder.path(), "fill").expect("git");
        let removed =
            |name: &str| command.as_std().get_envs().any(|set| set == (name.as_ref(), None));
        assert!(OTHER_REPOSITORY.into_iter().all(removed));
    }
}
