//! Layer 6: what the user types and sees.

pub mod cache;
pub mod flags;
pub mod list;
pub mod parse;
pub mod report;

use std::sync::{Arc, OnceLock};

use anyhow::{Result, bail};
use clap_complete::Shell;

use crate::commands::verify::Verdict;
use crate::commands::{
    self, Opening, Session, clean, download, edit, env, get, graph, init, prefetch, tidy, vendor,
    verify, why, work,
};
use crate::config::{Config, Environment, ModMode, ModuleFlags};
use crate::fetch::info::to_go_json;
use crate::store::descriptors::{OpenFiles, raise_limit};
use crate::store::waiting;
use crate::ui::progress::Progress;
use crate::ui::{Ui, Verbosity};

use parse::{Action, Invocation};
use report::Surroundings;

/// Does what was asked, and answers the exit code.
///
/// # Errors
/// Whatever kept it from being done; see [`report::report`].
pub async fn run(environment: Environment, invocation: Invocation) -> Result<u8> {
    let tells_each = matches!(
        invocation.action,
        Action::Download(_) | Action::Prefetch { .. } | Action::List(_)
    );
    let ui = Arc::new(Ui::new(verbosity(&invocation)));
    let hearing = ui.clone();
    waiting::listen(move |held| hearing.note(&format!("waiting for another process: {held}")));
    let lacking = Arc::new(OnceLock::new());
    let outcome = act(&environment, invocation, &ui, &lacking).await;
    let Some(lacking) = lacking.get() else { return outcome };
    match outcome {
        Ok(report::FAILURE) if tells_each => {
            ui.say(&format!("gomod: {}", report::offline(lacking)));
            Ok(report::FAILURE)
        }
        Err(error) => {
            let (message, lacking) = (error.to_string(), lacking.clone());
            Err(error.context(report::Offline { message, lacking }))
        }
        done => done,
    }
}

fn verbosity(invocation: &Invocation) -> Verbosity {
    Verbosity {
        quiet: invocation.quiet,
        trace: invocation.trace,
        verbose: invocation.verbose,
        names_downloads: !matches!(
            invocation.action,
            Action::Download(_) | Action::Prefetch { .. }
        ),
        draws: invocation.action.reads_modules(),
    }
}

async fn act(
    environment: &Environment,
    invocation: Invocation,
    ui: &Arc<Ui>,
    lacking: &Arc<OnceLock<Vec<String>>>,
) -> Result<u8> {
    let surroundings = Surroundings::of(environment);
    let start = Start { environment, flags: &invocation.module, ui, lacking };
    let code = match invocation.action {
        Action::Help(text) => Some(print(&text)?),
        Action::Version => Some(print(&version(environment))?),
        Action::Completion(shell) => Some(print(&completion(&shell)?)?),
        Action::Download(options) => {
            let json = options.json;
            let work = |session| async move { download::run(session, &options).await };
            let summary = start.session(ModMode::Mod, work).await?;
            summary.map(|summary| show_download(ui, summary, json, surroundings)).transpose()?
        }
        Action::Prefetch { options, json, tells } => {
            let patterns = options.patterns.join(" ");
            let work = |session| async move { prefetch::run(session, &options).await };
            let summary = start.session(ModMode::Readonly, work).await?;
            let show = |summary: prefetch::Summary| {
                if tells {
                    explain(ui, &summary, &patterns);
                }
                show_prefetch(ui, summary, json, surroundings)
            };
            summary.map(show).transpose()?
        }
        Action::Verify(true) => {
            let work = |session| async move { verify::run_deep(session).await };
            let rows = start.session(ModMode::Mod, work).await?;
            rows.map(|rows| show_comparisons(ui, &rows)).transpose()?
        }
        Action::Verify(false) => {
            let work = |session| async move { verify::run(session).await };
            let summary = start.session(ModMode::Mod, work).await?;
            summary.map(|summary| show_verification(ui, &summary)).transpose()?
        }
        Action::Clean(options) => {
            let done = start.without_session(move |config| clean::run(&config, options)).await?;
            done.map(|shown| ui.data(&shown).map(|()| 0)).transpose()?
        }
        Action::Cache(cache) => {
            let options = cache.options.clone();
            let work = move |config| commands::cache::run(&config, &options);
            let summary = start.without_session(work).await?;
            summary.map(|summary| cache.show(ui, summary)).transpose()?
        }
        Action::Env(options) => {
            let summary = env::run(environment, &invocation.module, &options)?;
            summary.warnings.iter().for_each(|warning| ui.say(warning));
            ui.data(&summary.text)?;
            Some(0)
        }
        Action::Edit(options) => {
            let summary = start.without_session(move |config| edit::run(&config, &options)).await?;
            summary.map(|summary| ui.bytes(&summary.output).map(|()| 0)).transpose()?
        }
        Action::Init(options) => {
            let made = start.without_session(move |config| init::run(&config, &options)).await?;
            made.map(|made| show_new_module(ui, &made))
        }
        Action::WorkInit(options) => {
            let done =
                start.without_session(move |config| work::init::run(&config, &options)).await?;
            done.map(|()| 0)
        }
        Action::WorkEdit(options) => {
            let output =
                start.without_session(move |config| work::edit::run(&config, &options)).await?;
            output.map(|output| ui.bytes(&output).map(|()| 0)).transpose()?
        }
        Action::WorkUse(options) => {
            let tell = ui.clone();
            let work = move |config: Config| {
                work::r#use::run(&config, &options, &|warning| tell.say(warning))
            };
            start.without_session(work).await?.map(|()| 0)
        }
        Action::Get(options) => {
            let work = |session| async move { get::run(session, &options).await };
            let summary = start.session(ModMode::Mod, work).await?;
            summary.map(|summary| show_changes(ui, &summary)).transpose()?
        }
        Action::Tidy(options) => {
            let work = |session| async move { tidy::run(session, &options).await };
            let opening = Opening { repairs_sums: true, ..ModMode::Mod.into() };
            let diff = start.session(opening, work).await?;
            let code = |diff: &str| if diff.is_empty() { 0 } else { report::FAILURE };
            diff.map(|diff| ui.data(&diff).map(|()| code(&diff))).transpose()?
        }
        Action::Graph(options) => {
            let work = |session| async move { graph::run(session, &options).await };
            let text = start.session(ModMode::Mod, work).await?;
            text.map(|text| ui.data(&text).map(|()| 0)).transpose()?
        }
        Action::Why(options) => {
            let work = |session| async move { why::run(session, &options).await };
            let text = start.session(ModMode::Mod, work).await?;
            text.map(|text| ui.data(&text).map(|()| 0)).transpose()?
        }
        Action::WorkSync => {
            let work = |session| async move { work::sync::run(session).await };
            let opening = Opening { is_work: true, ..ModMode::Mod.into() };
            start.session(opening, work).await?.map(|()| 0)
        }
        Action::Vendor(options) => {
            let is_work = options.of_workspace;
            let work = |session| async move { vendor::run(session, &options).await };
            let outside_workspaces = (!is_work).then_some(vendor::OUTSIDE_WORKSPACES);
            let opening = Opening {
                uses_vendor: false,
                is_work,
                outside_workspaces,
                ..ModMode::Readonly.into()
            };
            let summary = start.session(opening, work).await?;
            summary.map(|summary| show_vendored(ui, &summary)).transpose()?
        }
        Action::List(list) => {
            let options = list.options.clone();
            let work = |session| async move { commands::list::run(session, &options).await };
            let summary = start.session(ModMode::Readonly, work).await?;
            summary.map(|summary| list.show(ui, summary, surroundings)).transpose()?
        }
    };
    Ok(code.unwrap_or(report::INTERRUPTED))
}

/// What every command that reads modules begins with.
struct Start<'a> {
    environment: &'a Environment,
    flags: &'a ModuleFlags,
    ui: &'a Arc<Ui>,
    /// What was lacking, once that is known; where nothing was, it stays unset.
    lacking: &'a Arc<OnceLock<Vec<String>>>,
}

impl Start<'_> {
    /// Does work in a session, until it is done or the user interrupts it: then there is no
    /// outcome.
    async fn session<T, F>(
        &self,
        opening: impl Into<Opening>,
        work: impl FnOnce(&'static Session) -> F + Send + 'static,
    ) -> Result<Option<T>>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send,
    {
        let config = self.config()?;
        let (progress, opening) = (self.ui.clone(), opening.into());
        let told = self.lacking.clone();
        let work = async move {
            let session = Session::open(config, progress, opening).await?;
            // The process ends with its one command: what was read is not taken apart first.
            let session: &'static Session = Box::leak(Box::new(session));
            let outcome = work(session).await;
            tokio::task::spawn_blocking(|| session.close()).await?;
            let lacking = session.lacking();
            if !lacking.is_empty() {
                told.get_or_init(|| lacking);
            }
            let outcome = outcome.map_err(|error| session.explained(error))?;
            session.check_locked()?;
            Ok(outcome)
        };
        until_interrupted(self.ui, work).await
    }

    fn config(&self) -> Result<Config> {
        let config = Config::new(self.environment, self.flags)?;
        if let Some(root) = &config.ignored_root {
            let text = format!("warning: ignoring go.mod in system temp root {}", root.display());
            self.ui.note(&text);
        }
        Ok(config)
    }

    /// Does work that needs neither the main module nor the network, as a session does.
    async fn without_session<T: Send + 'static>(
        &self,
        work: impl FnOnce(Config) -> Result<T> + Send + 'static,
    ) -> Result<Option<T>> {
        let config = self.config()?;
        until_interrupted(self.ui, async move { work(config) }).await
    }
}

/// Tells what has changed of the requirements; or shows what would change of the files.
fn show_changes(ui: &Ui, summary: &get::Summary) -> Result<u8> {
    match &summary.diff {
        Some(diff) => ui.data(diff)?,
        None => summary.changes.iter().for_each(|change| ui.note(&change.to_string())),
    }
    Ok(0)
}

fn show_new_module(ui: &Ui, made: &init::Summary) -> u8 {
    ui.say(&format!("gomod: creating new go.mod: module {}", made.module));
    if made.needs_tidy {
        ui.say("gomod: to add module requirements and sums:\n\tgomod mod tidy");
    }
    0
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
    // Before the work begins: until then the signal ends the process as if nobody had cared.
    let interrupted = interrupted();
    let outcome = tokio::select! {
        // First, as programs that hear the same signal fail of it.
        biased;
        () = interrupted => Ok(None),
        outcome = tokio::spawn(work) => match outcome {
            Ok(outcome) => outcome.map(Some),
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Ok(None),
            },
        },
    };
    ui.finish();
    outcome
}

/// Hears from here on when the user, or the system, tells this process to end; what is answered
/// waits for that.
fn interrupted() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
    let signals = kinds.map(signal);
    async {
        let told = signals.into_iter().flatten().map(|mut signal| {
            Box::pin(async move {
                signal.recv().await;
            })
        });
        let told: Vec<_> = told.collect();
        match told.is_empty() {
            // The system ends the process by itself.
            true => std::future::pending().await,
            false => drop(futures_util::future::select_all(told).await),
        }
    }
}

/// Lets this process open as many files as it may, and answers how many threads these are enough
/// for, of so many that are wished for.
pub fn blocking_threads(wished: usize) -> usize {
    raise_limit();
    OpenFiles::allowed().threads(wished)
}

/// Ends the programs that still run, such as git's, before the process does, and removes what
/// they wrote for it.
pub fn end_programs() {
    crate::fetch::programs::end();
    crate::store::temporary_folder::remove_all();
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

/// Shows what has changed in the cache, in lines without a name before them, as go does.
fn show_verification(ui: &Ui, summary: &verify::Summary) -> Result<u8> {
    if summary.findings.is_empty() {
        ui.data("all modules verified\n")?;
        return Ok(0);
    }
    summary.findings.iter().for_each(|finding| ui.say(&finding.to_string()));
    Ok(report::FAILURE)
}

/// Shows the table of a deep verification, with a line for each thing that differs.
fn show_comparisons(ui: &Ui, rows: &[verify::Row]) -> Result<u8> {
    let width = |of: fn(&verify::Row) -> &str| {
        rows.iter().map(|row| of(row).chars().count()).max().unwrap_or_default()
    };
    let (module, compared) = (width(|row| &row.module), width(|row| &row.compared));
    let mut code = 0;
    for row in rows {
        let verdict = match &row.verdict {
            Verdict::Same => "ok".to_owned(),
            Verdict::Nothing(reason) => format!("- ({reason})"),
            Verdict::Differs(problems) => {
                code = report::FAILURE;
                format!("DIFFERS\n\t{}", problems.join("\n\t"))
            }
        };
        ui.data(&format!("{:module$}  {:compared$}  {verdict}\n", row.module, row.compared))?;
    }
    Ok(code)
}

/// Tells why each module is needed, and how many are not.
fn explain(ui: &Ui, summary: &prefetch::Summary, patterns: &str) {
    let prefetch::Summary { reasons, required, left_out, .. } = summary;
    reasons.iter().for_each(|reason| ui.note(&reason.to_string()));
    let noun = if reasons.len() == 1 { "module" } else { "modules" };
    ui.note(&format!(
        "{} {noun} for {patterns}; left out of what download fetches without -for: \
         {left_out} of {required}",
        reasons.len()
    ));
}

/// Shows what became of the modules that packages need, and what is wrong with the packages.
fn show_prefetch(
    ui: &Ui,
    summary: prefetch::Summary,
    json: bool,
    surroundings: Surroundings,
) -> Result<u8> {
    let prefetch::Summary { modules, unmatched, failures, .. } = summary;
    let code = show_download(ui, download::Summary { modules, failure: None }, json, surroundings)?;
    match failures.is_empty() {
        true if unmatched => Ok(report::FAILURE),
        true => Ok(code),
        false => Err(commands::Failures(failures).into()),
    }
}

/// Tells what was vendored, as far as that was asked for; or shows what differs.
fn show_vendored(ui: &Ui, summary: &vendor::Summary) -> Result<u8> {
    if !summary.listing.is_empty() {
        ui.say(&summary.listing);
    }
    summary.differences.iter().try_for_each(|line| ui.data(&format!("{line}\n")))?;
    Ok(if summary.differences.is_empty() { 0 } else { report::FAILURE })
}

/// Whether something fails because the cache lacks it, offline: all that is lacking is told
/// together.
fn is_lack(error: Option<&anyhow::Error>) -> bool {
    let failed = error.and_then(commands::failed_fetch);
    failed.is_some_and(|(_, error)| error.is_lack())
}

/// Shows what became of the modules. Where one of them failed, JSON alone still has why not
/// all arguments could be looked at beside it, as go's has.
fn show_download(
    ui: &Ui,
    summary: download::Summary,
    json: bool,
    surroundings: Surroundings,
) -> Result<u8> {
    let mut failed = false;
    for module in &summary.modules {
        if json {
            ui.data(&format!("{}\n", to_go_json(module, "\t")))?;
        } else if !module.error.is_empty() && !is_lack(module.cause.as_ref()) {
            ui.say(&format!("gomod: {}", module.error));
            // What helps with one of them helps with all.
            let cause = module.cause.as_ref().filter(|_| !failed);
            if let Some(help) = cause.and_then(|error| report::help(error, surroundings)) {
                ui.say(&help);
            }
        }
        failed |= !module.error.is_empty();
    }
    match summary.failure {
        Some(failure) if json || !failed => Err(failure.into()),
        _ => Ok(if failed { report::FAILURE } else { 0 }),
    }
}
