//! The credentials of the user's git: `git credential`.
//!
//! Source: git-credential(1), cmd/go/internal/auth/gitauth.go.

use std::path::Path;

use tokio::process::Command;

use crate::config::VersionControl;
use crate::spec::address;

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
}

/// Whether a server took a credential.
pub(super) enum Verdict {
    Approve,
    Reject,
}

fn credential(settings: &VersionControl, action: &str) -> Result<Command, NoProgram> {
    let mut command = find(settings, "git")?;
    command.args(["credential", action]);
    Ok(command)
}

/// Asks git, in a folder whose settings count.
pub(super) async fn fill(
    folder: &Path,
    url: &str,
    settings: &VersionControl,
) -> Result<Filled, MethodError> {
    let failed =
        |reason: String, said: String| MethodError::Fill { url: url.to_owned(), reason, said };
    let command = credential(settings, "fill");
    let mut command = command.map_err(|error| failed(error.to_string(), INSTALL.to_owned()))?;
    command.current_dir(folder);
    let output = output(command, &format!("url={url}\n")).await;
    let output = output.map_err(|error| failed(error.to_string(), String::new()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(failed(ending(output.status), said));
    }
    let filled = parse(String::from_utf8_lossy(&output.stdout).into_owned());
    if filled.prefix.is_empty() {
        return Err(MethodError::NoPrefix(url.to_owned()));
    }
    if !url.starts_with(&filled.prefix) {
        return Err(MethodError::OtherPrefix { url: url.to_owned(), other: filled.prefix });
    }
    Ok(filled)
}

/// Reads lines `KEY=VALUE`. Source: parseGitAuth.
fn parse(said: String) -> Filled {
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
    Filled { prefix, user, password, said }
}

impl Filled {
    /// Tells git's helpers what a server said; that they fail is their own affair.
    pub(super) async fn report(&self, verdict: Verdict, settings: &VersionControl) {
        let action = match verdict {
            Verdict::Approve => "approve",
            Verdict::Reject => "reject",
        };
        if let Ok(command) = credential(settings, action) {
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
            let Filled { prefix, user, password, .. } = parse(said.to_owned());
            assert_eq!([prefix, user, password], want, "{said:?}");
        }
    }
}
