//! The commands of GOAUTH.

use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Output, Stdio};

use reqwest::header::{HeaderMap, HeaderName};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

use crate::config::{VersionControl, split_quoted};
use crate::spec::user_auth::{self, InvalidGrants};
use crate::store::repository_folder;

use super::super::programs::{self, Program};
use super::{MethodError, secret};

/// How a program ended, as Go says it.
pub(super) fn ending(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit status {code}"),
        None => status.to_string(),
    }
}

/// There is no program of this name.
#[derive(Debug, thiserror::Error)]
#[error("exec: \"{0}\": executable file not found in $PATH")]
pub(super) struct NoProgram(String);

/// What to try then.
pub(super) const INSTALL: &str =
    "install it, or correct GOAUTH; of the folders in PATH only absolute ones count";

/// A command by the name of its program. A name without a slash is looked for as programs of
/// version control are: what lies in the working directory must not be run by mistake.
///
/// # Errors
/// There is no such program.
pub(super) fn find(settings: &VersionControl, name: &str) -> Result<Command, NoProgram> {
    let program = if name.contains('/') {
        Some(PathBuf::from(name))
    } else {
        repository_folder::find_program(&settings.program_folders, name)
    };
    let program = program.ok_or_else(|| NoProgram(name.to_owned()))?;
    Ok(programs::command(settings, name, &program))
}

/// Runs a program to its end; it reads `input`, and ends with the run.
pub(super) async fn output(mut command: Command, input: &str) -> io::Result<Output> {
    let stdin = if input.is_empty() { Stdio::null() } else { Stdio::piped() };
    let mut program =
        Program::start(command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let child = program.child();
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let write = async move {
        if let Some(mut stdin) = stdin {
            // A program need not read what it is told.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
    };
    let ((), stdout, stderr) = tokio::join!(write, all_of(stdout), all_of(stderr));
    Ok(Output { status: program.wait().await?, stdout: stdout?, stderr: stderr? })
}

async fn all_of(pipe: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut read = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_end(&mut read).await?;
    }
    Ok(read)
}

/// What a command grants: the headers for each prefix. `failed` is a URL that could not be had,
/// and the head of the answer, which the command is told. Others on this machine can see the
/// arguments of a program, so the URL must have no password.
pub(super) async fn run(
    text: &str,
    failed: Option<(&str, &str)>,
    settings: &VersionControl,
) -> Result<Vec<(String, HeaderMap)>, MethodError> {
    let named = || text.to_owned();
    let words =
        split_quoted(text).map_err(|quote| MethodError::Words { command: named(), quote })?;
    let Some((program, arguments)) = words.split_first() else { return Ok(Vec::new()) };
    let not_run =
        |reason: String, said: String| MethodError::Command { command: named(), reason, said };
    let mut command =
        find(settings, program).map_err(|error| not_run(error.to_string(), INSTALL.to_owned()))?;
    command.args(arguments).args(failed.map(|(url, _)| url));
    let input = failed.map_or("", |(_, head)| head);
    let output = output(command, input).await;
    let output = output.map_err(|error| not_run(error.to_string(), String::new()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(not_run(ending(output.status), said));
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
