//! Arguments that name modules: paths, patterns of the build list, `all`, and
//! `path@query`.
//!
//! Source: listModules in cmd/go/internal/modload/list.go.

use std::collections::{BTreeMap, HashSet};

use anyhow::{Result, bail};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};

use crate::fetch::info::Origin;
use crate::resolve::error::ResolveError;
use crate::resolve::listing::ModuleInfo;
use crate::resolve::main_module::{MainModule, Requirements};
use crate::resolve::query::{Allow, is_revision, split_argument};
use crate::resolve::reuse::{Answer, Earlier};
use crate::resolve::roots::LoadedGraph;
use crate::spec::graph::Pruning;
use crate::spec::modfile::is_go_version;
use crate::spec::pattern;
use crate::spec::{ModulePath, ModuleVersion, Version, goversion};

use super::Session;

/// Said of what needs a main module where there is none.
pub const NO_MAIN_MODULE: &str =
    "go.mod file not found in current directory or any parent directory; see 'gomod help'";

/// A value of `-go` or `-compat` that is no Go version, or a newer one than is known here. Shown
/// as it stands, as go shows what is wrong with a flag.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "invalid value {value:?} for flag -{flag}: {reason}\nusage: gomod mod {usage}\n\
     Run 'gomod help mod {}' for details.",
    usage.split(' ').next().unwrap_or_default()
)]
pub struct InvalidGoFlag {
    /// The name of the flag.
    pub flag: &'static str,
    /// As it was given.
    pub value: String,
    /// What is wrong with it.
    pub reason: String,
    /// The verb with its flags.
    pub usage: &'static str,
}

/// Checks a value of `-go` or `-compat`. Source: goVersionFlag in cmd/go/internal/modcmd/tidy.go.
///
/// # Errors
/// It is no Go version, or newer than the local one.
pub fn check_go_version(
    flag: &'static str,
    value: &str,
    local: &str,
    usage: &'static str,
) -> Result<(), InvalidGoFlag> {
    let reason = if !is_go_version(value) {
        format!("expecting a Go version like {local:?}")
    } else if goversion::compare(value, local).is_gt() {
        format!("maximum supported Go version is {local}")
    } else {
        return Ok(());
    };
    Err(InvalidGoFlag { flag, value: value.to_owned(), reason, usage })
}

/// What an argument stands for.
pub struct Named {
    /// The module version; without one where nothing more is known than the path.
    pub module: ModuleVersion,
    /// The query, where it is another text than the version.
    pub query: String,
    /// Where the version comes from, of a query; what a failure depends on.
    pub origin: Option<Origin>,
    /// Whether it is of the build list, where replacements count.
    pub in_build_list: bool,
    /// What was told of it before, where that still holds; its version and error count.
    pub reused: Option<Box<ModuleInfo>>,
    /// Why it stands for nothing.
    pub error: Option<ResolveError>,
}

impl Named {
    fn of(module: ModuleVersion, in_build_list: bool) -> Self {
        Self {
            module,
            query: String::new(),
            origin: None,
            in_build_list,
            reused: None,
            error: None,
        }
    }

    /// The main module.
    pub fn main(main: &MainModule) -> Self {
        Self::of(ModuleVersion::new(&main.path, ""), true)
    }

    /// An argument that stands for nothing; a query stands where the version would.
    fn failed(path: &str, query: &str, error: ResolveError) -> Self {
        Self { error: Some(error), ..Self::of(ModuleVersion::new(path, query), false) }
    }
}

/// What depends on the flags of the command.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reading<'a> {
    /// A path alone may be that of any module, of which more than the version is asked for:
    /// `-versions`.
    pub any_path: bool,
    /// Queries may choose retracted and excluded versions: `-retracted`.
    pub retracted: bool,
    /// What is not asked again as long as it holds: `-reuse`.
    pub earlier: Option<&'a Earlier>,
}

fn is_pattern(argument: &str) -> bool {
    argument == "all" || argument.contains("...")
}

/// Refuses arguments that mean nothing, or nothing outside a module.
///
/// # Errors
/// The first such argument.
pub fn check(session: &Session, arguments: &[String], reading: Reading<'_>) -> Result<()> {
    for argument in arguments {
        if argument.contains('\\') {
            bail!("module paths never use backslash");
        }
        if pattern::is_relative(argument) {
            bail!("cannot use relative path {argument} to specify module");
        }
        let has_main = !session.mains().is_empty();
        if is_pattern(argument) && !has_main {
            bail!("cannot match {argument:?}: {}", session.no_main_module());
        }
        let (_, query) = split_argument(argument)?;
        match query {
            _ if has_main => {}
            None if matches!(argument.as_str(), "go" | "toolchain") => {}
            None if !reading.any_path => bail!(
                "cannot match {argument:?} without -versions or an explicit version: {}",
                session.no_main_module()
            ),
            Some("upgrade" | "patch") => {
                bail!("cannot match {argument:?}: {}", session.no_main_module())
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether the arguments need more than the roots of the module graph.
pub fn need_graph(session: &Session, arguments: &[String], requirements: &Requirements) -> bool {
    let is_root =
        |path: &str| session.mains().of_path(path).is_some() || requirements.root(path).is_some();
    let is_known = |path: &str| is_root(path) && requirements.pruning != Pruning::Unpruned;
    arguments.iter().any(|argument| {
        let (path, query) = split_argument(argument).unwrap_or((argument, None));
        match query {
            _ if is_pattern(argument) => true,
            None => !is_known(path),
            Some(query) => matches!(query, "upgrade" | "patch") && !is_known(path),
        }
    })
}

/// Looks every argument up, side by side; the answers are in the arguments' order, and of
/// a pattern in that of the build list. Without a graph the roots tell what is selected.
pub async fn resolve(
    session: &Session,
    arguments: &[String],
    requirements: Option<&Requirements>,
    loaded: Option<&LoadedGraph>,
    reading: Reading<'_>,
) -> Vec<Named> {
    let selected = |path: &str| -> Option<String> {
        if session.mains().of_path(path).is_some() {
            return Some(String::new());
        }
        match loaded {
            Some(loaded) => loaded.selection.version(path).map(ToString::to_string),
            None => requirements?.root(path).map(str::to_owned),
        }
    };
    let graph_failed = loaded.is_some_and(|loaded| loaded.failure.is_some());
    let build_list = loaded.map(|loaded| loaded.selection.build_list()).unwrap_or_default();
    let mut matched_before = HashSet::new();
    let mut looked_up: Vec<(Option<&str>, BoxFuture<'_, Vec<Named>>)> = Vec::new();
    for argument in arguments {
        let (path, query) = split_argument(argument).unwrap_or((argument, None));
        let current = selected(path);
        let found = match query {
            Some(query) => {
                if current.is_none() && graph_failed && matches!(query, "upgrade" | "patch") {
                    // It is not known what would be upgraded; the graph's failure says why.
                    continue;
                }
                let current = current.unwrap_or_else(|| "none".to_owned());
                let looking = look_up(session, path, query, current, reading);
                let is_direct = session.fetcher().asks_version_control(&ModulePath::new(path));
                let host = is_direct.then(|| path.split('/').next().unwrap_or(path));
                looked_up.push((host, looking.boxed()));
                continue;
            }
            None if is_pattern(argument) => {
                let matches = |module: &&ModuleVersion| {
                    !module.path.is_toolchain()
                        && (argument == "all" || pattern::matches(argument, &module.path))
                };
                let matched: Vec<_> = build_list
                    .iter()
                    .filter(matches)
                    .filter(|module| matched_before.insert((*module).clone()))
                    .collect();
                if matched.is_empty() {
                    let text =
                        format!("warning: pattern {argument:?} matched no module dependencies");
                    session.progress.warning(&text);
                }
                matched.into_iter().map(|module| Named::of(module.clone(), true)).collect()
            }
            None => match current {
                Some(version) => vec![Named::of(ModuleVersion::new(path, &version), true)],
                None if graph_failed => Vec::new(),
                None if reading.any_path => vec![Named::of(ModuleVersion::new(path, ""), false)],
                None => {
                    let error =
                        ResolveError::Query(format!("module {path}: not a known dependency"));
                    vec![Named::failed(path, "", error)]
                }
            },
        };
        looked_up.push((None, std::future::ready(found).boxed()));
    }
    // What version control answers depends on what it was asked before: one host gets one
    // question after the other, as all do from go.
    let mut in_turn: BTreeMap<(&str, usize), Vec<_>> = BTreeMap::new();
    for (index, (host, looking)) in looked_up.into_iter().enumerate() {
        let key = host.map_or(("", index), |host| (host, 0));
        in_turn.entry(key).or_default().push((index, looking));
    }
    let in_turn = in_turn.into_values().map(|questions| async move {
        let mut answers = Vec::with_capacity(questions.len());
        for (index, looking) in questions {
            answers.push((index, looking.await));
        }
        answers
    });
    let mut answers: Vec<_> = join_all(in_turn).await.into_iter().flatten().collect();
    answers.sort_unstable_by_key(|(index, _)| *index);
    answers.into_iter().flat_map(|(_, named)| named).collect()
}

async fn look_up(
    session: &Session,
    path: &str,
    query: &str,
    current: String,
    reading: Reading<'_>,
) -> Vec<Named> {
    let module = ModulePath::new(path);
    let allow =
        if reading.retracted || is_revision(path, query) { Allow::All } else { Allow::Unretracted };
    let Answer { outcome, origin } =
        session.resolver.answer(&module, query, &current, allow, reading.earlier).await;
    match outcome {
        // Of the main module there is one version only, which has no name.
        Ok(info) if info.version.is_empty() => {
            vec![Named { query: query.to_owned(), ..Named::of(ModuleVersion::new(path, ""), true) }]
        }
        Ok(info) => {
            let mut module = ModuleVersion::new(path, &info.version);
            let reused = match reading.earlier {
                Some(earlier) => session.resolver.reuse(&module, earlier).await,
                None => None,
            };
            if let Some(reused) = &reused {
                module.version = Version::new(&reused.version);
            }
            let query =
                if module.version.as_str() == query { String::new() } else { query.to_owned() };
            let reused = reused.map(Box::new);
            vec![Named { query, origin, reused, ..Named::of(module, false) }]
        }
        Err(error) => vec![Named { origin, ..Named::failed(path, query, error) }],
    }
}
