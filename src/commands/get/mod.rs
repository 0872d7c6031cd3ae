//! `gomod get`: requirements added, raised, lowered or removed, so that packages and modules
//! are there at the versions that are asked for.
//!
//! Source: ref/mod#go-get, cmd/go/internal/modget/get.go.

mod changes;
mod neighbours;
mod problems;

pub use changes::Change;

use anyhow::{Result, anyhow, bail};

use crate::resolve::argument::Argument;
use crate::resolve::import::ImportError;
use crate::resolve::load::{self, Loaded};
use crate::resolve::main_module::{MainModule, ToolchainLine};
use crate::resolve::roots::Roots;
use crate::resolve::solver::{Settings, Solver};
use crate::spec::graph::Pruning;
use crate::spec::pattern;
use crate::spec::source::Tags;
use crate::store::source_folder;

use super::packages::failures_of;
use super::{Failures, Session};
use changes::Stated;
use neighbours::Neighbours;

/// What the user asks for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Packages, modules and patterns, each maybe with `@query`; nothing is `.`.
    pub arguments: Vec<String>,
    /// `-u`: the query by which what is imported is updated too, `upgrade` or `patch`.
    pub update: Option<String>,
    /// `-t`: imports of tests count.
    pub tests: bool,
    /// `-tool`: the packages become tools of go.mod, or with `@none` cease to be.
    pub tool: bool,
    /// `-v`: steps are told.
    pub tells: bool,
    /// `-dry-run`: nothing is written.
    pub dry_run: bool,
    /// What the user has to know of other flags.
    pub notes: Vec<&'static str>,
}

/// What has become of go.mod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The requirements that are not what they were.
    pub changes: Vec<Change>,
    /// What would be written, as a unified diff, where nothing was.
    pub diff: Option<String>,
}

/// Changes the requirements of the main module.
///
/// # Errors
/// Anything that keeps the result from being what was asked for; then go.mod is as it was,
/// and go.sum too unless writing go.mod is what failed.
pub async fn run(session: &Session, options: &Options) -> Result<Summary> {
    options.notes.iter().for_each(|note| session.progress.note(note));
    let Some(main) = session.main() else {
        bail!(
            "go.mod file not found in current directory or any parent directory.\n\
             \t'gomod get' changes the requirements of a module.\n\
             \tTo fetch a module outside of one, use 'gomod download' with a version,\n\
             \tlike 'gomod download example.com/cmd@latest'"
        );
    };
    let (arguments, toolchain) = parse_arguments(session, options)?;
    let mut main = main.clone();
    let roots = session.requirements_of(&mut main).await?;
    // A go line that go.mod had to be given is not what the user asked for.
    let mut before = Stated::of(&main);
    let neighbours = Neighbours::read(session);
    let settings = Settings {
        update: options.update.as_deref(),
        tests: options.tests,
        tells: options.tells,
        neighbours: neighbours.modules(),
    };
    let mut solver = Solver::new(&session.resolver, settings, arguments, roots).await?;
    if let Err(failures) = solver.run().await {
        return Err(failed(failures.into_iter().map(anyhow::Error::from).collect()));
    }
    let tags = session.resolver.build_tags().clone();
    let mut failures = Vec::new();
    let mut around = None;
    if neighbours.have(&main.path) {
        let mut updated = main.clone();
        updated.set_requirements(&solver.roots, true, ToolchainLine::Implied)?;
        // As go does, which has written to what it compares with by then.
        before = Stated::of(&updated);
        around = Some(neighbours::enter(session, updated).await?);
    }
    let around = around.as_ref();
    let mut loaded =
        problems::check(session, around, &solver, &tags, options.tests, &mut failures).await?;
    session.check_trust()?;
    if !failures.is_empty() {
        return Err(failed(failures));
    }
    if options.tool {
        let roots = own_roots(&solver, loaded.as_ref()).clone();
        let tools = load_tools(session, &solver, &roots, &tags, options.tests).await?;
        set_tools(&mut main, &solver, &tools);
        loaded = Some(tools);
    }
    let roots = own_roots(&solver, loaded.as_ref());
    main.set_requirements(roots, true, toolchain)?;
    // Locked, nothing is written either, and what would change is an error.
    let diff = match options.dry_run && !session.config.locked {
        true => {
            let diff = session.preview(&main, roots, loaded.as_ref()).await?;
            Some(diff + &neighbours::preview_workspace(session, &main)?)
        }
        false => {
            session.write_files(&main, roots, loaded.as_ref()).await?;
            neighbours::raise_workspace(session, &main)?;
            None
        }
    };
    let after = Stated::of(&main);
    let changes =
        changes::changes(&before, &after, solver.resolved(), &solver.initial, &solver.graph);
    Ok(Summary { changes, diff })
}

/// The roots that loading the packages came to. Those of a workspace are not the module's.
fn own_roots<'a>(solver: &'a Solver<'_>, loaded: Option<&'a Loaded>) -> &'a Roots {
    let own = loaded.filter(|loaded| loaded.roots.pruning != Pruning::Workspace);
    own.map_or(&solver.roots, |loaded| &loaded.roots)
}

fn failed(mut failures: Vec<anyhow::Error>) -> anyhow::Error {
    match failures.len() {
        1 => failures.remove(0),
        _ => Failures(failures).into(),
    }
}

/// Takes the arguments apart, and finds out what they want to become of the toolchain line.
/// Source: parseArgs.
fn parse_arguments(session: &Session, options: &Options) -> Result<(Vec<Argument>, ToolchainLine)> {
    let update = options.update.as_deref().unwrap_or("upgrade");
    let mut arguments = Vec::new();
    let mut failures = Vec::new();
    let mut toolchain = ToolchainLine::Implied;
    let is_default = options.arguments.is_empty();
    let default = [".".to_owned()];
    let raw = if is_default { &default[..] } else { &options.arguments };
    for raw in raw {
        let mut argument = match Argument::parse(raw, update) {
            Ok(argument) => argument,
            Err(error) => {
                failures.push(error.into());
                continue;
            }
        };
        match (argument.pattern.as_str(), argument.is_none()) {
            ("go", true) => {
                failures.push(anyhow!("cannot use go@none"));
                continue;
            }
            ("toolchain", true) => {
                toolchain = ToolchainLine::Dropped;
                continue;
            }
            ("toolchain", false) if toolchain != ToolchainLine::Dropped => {
                toolchain = ToolchainLine::Explicit;
            }
            _ => {}
        }
        if is_default {
            argument.raw = String::new();
        }
        if argument.raw.ends_with(".go") && argument.given.is_empty() {
            let raw = &argument.raw;
            let file = session.config.directory.join(raw);
            if !raw.contains('/') {
                failures.push(anyhow!("{raw}: arguments must be package or module paths"));
                continue;
            }
            if source_folder::is_file(&file) {
                failures.push(anyhow!(
                    "{raw} exists as a file, but 'gomod get' requires package arguments"
                ));
                continue;
            }
        }
        arguments.push(argument);
    }
    if failures.is_empty() { Ok((arguments, toolchain)) } else { Err(failed(failures)) }
}

/// Finds the packages of every argument. Source: updateTools.
async fn load_tools(
    session: &Session,
    solver: &Solver<'_>,
    roots: &Roots,
    tags: &Tags,
    tests: bool,
) -> Result<Loaded> {
    let patterns: Vec<String> =
        solver.arguments.iter().map(|argument| argument.pattern.clone()).collect();
    for text in &patterns {
        if pattern::is_meta(text) || text == "toolchain" {
            bail!("gomod get -tool does not work with {text:?}.");
        }
    }
    let options = load::Options::new(tags, tests);
    let loaded = session.resolver.load_packages(roots, options, &patterns, None).await?;
    for failure in failures_of(&loaded, ImportError::has_no_files) {
        session.progress.note(&failure.to_string());
    }
    Ok(loaded)
}

fn set_tools(main: &mut MainModule, solver: &Solver<'_>, tools: &Loaded) {
    let of_arguments = || solver.arguments.iter().zip(&tools.matches);
    for (_, one) in of_arguments().filter(|(argument, _)| !argument.is_none()) {
        for package in &one.packages {
            main.add_tool(package);
        }
    }
    for (_, one) in of_arguments().filter(|(argument, _)| argument.is_none()) {
        for package in &one.packages {
            main.drop_tool(package);
        }
    }
}
