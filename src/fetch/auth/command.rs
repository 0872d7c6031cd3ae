//! The commands of GOAUTH.

use std::io;
use std::process::{ExitStatus, Stdio};

use reqwest::header::{HeaderMap, HeaderName};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::config::split_quoted;
use crate::spec::user_auth::{self, InvalidGrants};

use super::{MethodError, secret};

/// How a program ended, as Go says it.
pub(super) fn ending(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit status {code}"),
        None => status.to_string(),
    }
}

/// Runs a program to its end; it reads `input`, and ends with the run.
pub(super) async fn output(mut command: Command, input: &str) -> io::Result<std::process::Output> {
    let stdin = if input.is_empty() { Stdio::null() } else { Stdio::piped() };
    let mut child = command
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let stdin = child.stdin.take();
    let write = async move {
        if let Some(mut stdin) = stdin {
            // A program need not read what it is told.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
    };
    let ((), output) = tokio::join!(write, child.wait_with_output());
    output
}

/// What a command grants: the headers for each prefix. `failed` is a URL that could not be had,
/// and the head of the answer, which the command is told.
pub(super) async fn run(
    text: &str,
    failed: Option<(&str, &str)>,
    variables: &[(&'static str, &'static str)],
) -> Result<Vec<(String, HeaderMap)>, MethodError> {
    let named = || text.to_owned();
    let words =
        split_quoted(text).map_err(|quote| MethodError::Words { command: named(), quote })?;
    let Some((program, arguments)) = words.split_first() else { return Ok(Vec::new()) };
    let mut command = Command::new(program);
    command.args(arguments).args(failed.map(|(url, _)| url)).envs(variables.iter().copied());
    let input = failed.map_or("", |(_, head)| head);
    let output = output(command, input).await.map_err(|error| MethodError::Command {
        command: named(),
        reason: error.to_string(),
        said: String::new(),
    })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let reason = ending(output.status);
        return Err(MethodError::Command { command: named(), reason, said });
    }
    let malformed = |error| MethodError::Output { command: named(), error };
    let text = String::from_utf8(output.stdout).map_err(|_| malformed(InvalidGrants::Header))?;
    let grants = user_auth::parse(&text).map_err(malformed)?;
    let granted = grants.into_iter().map(|grant| {
        let headers = grant.headers.iter().filter_map(|(name, value)| {
            Some((HeaderName::from_bytes(name.as_bytes()).ok()?, secret(value)?))
        });
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            all.append(name, value);
        }
        (grant.url, all)
    });
    Ok(granted.collect())
}
