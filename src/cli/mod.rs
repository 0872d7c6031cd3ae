//! Layer 6: what the user types and sees.

pub mod flags;
pub mod parse;
pub mod report;

use std::sync::Arc;

use anyhow::{Result, bail};
use clap_complete::Shell;

use crate::commands::{Session, download, edit, get, init};
use crate::config::{Config, Environment};
use crate::fetch::info::to_go_json;
use crate::ui::progress::Progress;
use crate::ui::{Ui, Verbosity};

use parse::{Action, Invocation};

/// Does what was asked, and answers the exit code.
///
/// # Errors
/// Whatever kept it from being done; see [`report::report`].
pub async fn run(environment: Environment, invocation: Invocation) -> Result<u8> {
    let verbosity = Verbosity {
        quiet: invocation.quiet,
        trace: invocation.trace,
        names_downloads: !matches!(invocation.action, Action::Download(_)),
    };
    match invocation.action {
        Action::Help(text) => print(&text),
        Action::Version => print(&version(&environment)),
        Action::Completion(shell) => print(&completion(&shell)?),
        Action::Download(options) => {
            let json = options.json;
            let config = Config::new(&environment, &invocation.module)?;
            let ui = Arc::new(Ui::new(verbosity));
            let progress = ui.clone();
            let work = async move {
                let session = Session::open(config, progress).await?;
                download::run(&session, &options).await
            };
            match until_interrupted(&ui, work).await? {
                Some(summary) => show_download(&ui, summary, json),
                None => Ok(report::INTERRUPTED),
            }
        }
        Action::Edit(options) => {
            let config = Config::new(&environment, &invocation.module)?;
            let ui = Ui::new(verbosity);
            let work = async move { edit::run(&config, &options) };
            match until_interrupted(&ui, work).await? {
                Some(summary) => {
                    ui.bytes(&summary.output)?;
                    Ok(0)
                }
                None => Ok(report::INTERRUPTED),
            }
        }
        Action::Init(options) => {
            let config = Config::new(&environment, &invocation.module)?;
            let ui = Ui::new(verbosity);
            let work = async move { init::run(&config, &options) };
            let Some(made) = until_interrupted(&ui, work).await? else {
                return Ok(report::INTERRUPTED);
            };
            ui.say(&format!("gomod: creating new go.mod: module {}", made.module));
            if made.needs_tidy {
                ui.say("gomod: to add module requirements and sums:\n\tgomod mod tidy");
            }
            Ok(0)
        }
        Action::Get(options) => {
            let config = Config::new(&environment, &invocation.module)?;
            let ui = Arc::new(Ui::new(verbosity));
            let progress = ui.clone();
            let work = async move {
                let session = Session::open(config, progress).await?;
                get::run(&session, &options).await
            };
            let Some(changes) = until_interrupted(&ui, work).await? else {
                return Ok(report::INTERRUPTED);
            };
            for change in changes {
                ui.note(&change.to_string());
            }
            Ok(0)
        }
    }
}

/// Waits for work, or for the user to interrupt it: then there is no outcome. Either
/// way the progress display is gone afterwards.
///
/// The work is a task of its own, so that an interrupt is heard while it waits for a file
/// that another process has locked.
async fn until_interrupted<T: Send + 'static>(
    ui: &Ui,
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<Option<T>> {
    let outcome = tokio::select! {
        outcome = tokio::spawn(work) => match outcome {
            Ok(outcome) => outcome.map(Some),
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Ok(None),
            },
        },
        _ = tokio::signal::ctrl_c() => Ok(None),
    };
    ui.finish();
    outcome
}

fn print(text: &str) -> Result<u8> {
    let text = text.trim_end_matches('\n');
    Ui::new(Verbosity { quiet: true, ..Verbosity::default() }).data(&format!("{text}\n"))?;
    Ok(0)
}

fn version(environment: &Environment) -> String {
    let go = environment.local_go();
    let source = match &go.goroot {
        Some(goroot) => format!("from {}", goroot.join("VERSION").display()),
        None => "built in".to_owned(),
    };
    format!(
        "gomod version {}\nlocal Go version {} ({source})",
        env!("CARGO_PKG_VERSION"),
        go.version
    )
}

fn completion(shell: &str) -> Result<String> {
    let Ok(shell) = shell.parse::<Shell>() else {
        bail!("unknown shell {shell:?}: bash, elvish, fish, powershell and zsh are known");
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut parse::command(), "gomod", &mut script);
    Ok(String::from_utf8_lossy(&script).into_owned())
}

/// Shows what became of the modules. Where one of them failed, JSON alone still has why not
/// all arguments could be looked at beside it, as go's has.
fn show_download(ui: &Ui, summary: download::Summary, json: bool) -> Result<u8> {
    let mut failed = false;
    for module in &summary.modules {
        failed |= !module.error.is_empty();
        if json {
            ui.data(&format!("{}\n", to_go_json(module, "\t")))?;
        } else if !module.error.is_empty() {
            ui.say(&format!("gomod: {}", module.error));
        }
    }
    match summary.failure {
        Some(failure) if json || !failed => Err(failure.into()),
        _ => Ok(if failed { report::FAILURE } else { 0 }),
    }
}
