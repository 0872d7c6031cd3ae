//! `gomod download`: modules into the cache.
//!
//! Source: ref/mod#go-mod-download, cmd/go/internal/modcmd/download.go.

use std::cmp::Ordering;
use std::path::PathBuf;

use anyhow::{Result, bail};
use futures_util::future::join_all;
use serde::Serialize;
use tokio::task::JoinSet;

use crate::fetch::error::{FetchError, ModuleError};
use crate::fetch::info::Origin;
use crate::fetch::{Downloaded, Fetcher};
use crate::resolve::error::ResolveError;
use crate::resolve::listing::ModuleInfo;
use crate::resolve::main_module::Requirements;
use crate::resolve::main_modules::MainModules;
use crate::resolve::query::split_argument;
use crate::resolve::roots::{LoadedGraph, Roots};
use crate::spec::sums::H1;
use crate::spec::{ModulePath, ModuleVersion, goversion};
use crate::verify::gate::VerifyError;

use super::arguments::{self, Named, Reading};
use super::{Session, reuse};

/// What the user asks for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Module paths, patterns and `path@query`; none for what go.mod requires.
    pub arguments: Vec<String>,
    /// The answer is to be JSON, errors among it: then a module that fails does not keep
    /// go.mod and go.sum from being brought up to date for the others.
    pub json: bool,
    /// `-reuse FILE`
    pub reuse: Option<PathBuf>,
}

/// One module of the answer, in the form and order of go's JSON.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Module {
    /// The module path.
    pub path: String,
    /// The version that was fetched.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// The query that it stands for, where it is another text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub query: String,
    /// Why it could not be fetched.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub error: String,
    /// The cached `.info` file.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub info: String,
    /// The cached `.mod` file.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub go_mod: String,
    /// The cached zip.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub zip: String,
    /// The extracted folder.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub dir: String,
    /// The hash of the zip.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sum: String,
    /// The hash of the go.mod file.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub go_mod_sum: String,
    /// Where the version came from, of a query; what a failure depends on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// Whether this was told before, and still holds; then nothing is fetched.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reuse: bool,
    /// The same as [`error`](Self::error), with what led to it.
    #[serde(skip)]
    pub cause: Option<anyhow::Error>,
}

/// What a download did.
#[derive(Debug, Default)]
pub struct Summary {
    /// The modules asked for, in order, with an error each where it failed.
    pub modules: Vec<Module>,
    /// Why not all arguments could be looked at.
    pub failure: Option<ResolveError>,
}

/// A module to fetch, or why there is none.
pub(super) struct Wanted {
    pub(super) module: ModuleVersion,
    query: String,
    origin: Option<Origin>,
    /// What was told of it before, where that still holds.
    reused: Option<Box<ModuleInfo>>,
    error: Option<ResolveError>,
}

impl Wanted {
    pub(super) fn of(module: ModuleVersion) -> Self {
        Self { module, query: String::new(), origin: None, reused: None, error: None }
    }

    fn is_fetched(&self) -> bool {
        self.reused.is_none() && self.error.is_none()
    }

    /// Why it is not fetched, as it is told.
    fn failure(&self) -> Option<String> {
        let told = || Some(self.reused.as_ref()?.error.as_ref()?.err.clone());
        self.error.as_ref().map(ToString::to_string).or_else(told)
    }
}

/// Downloads modules; go.mod and go.sum are brought up to date as go does it: without
/// arguments before the zips are fetched, with arguments afterwards.
///
/// # Errors
/// What keeps the command from doing anything. The failure of one module is in the
/// [`Summary`].
pub async fn run(session: &Session, options: &Options) -> Result<Summary> {
    let file = options.reuse.as_deref();
    let earlier = file.map(|file| reuse::read(session, "go mod download", file)).transpose()?;
    arguments::check(session, &options.arguments, Reading::default())?;
    let mut mains = session.mains().clone();
    let takes_all = options.arguments.is_empty() && mains.workspace().is_some();
    if takes_all && mains.is_empty() {
        return Err(session.no_main_module());
    }
    if mains.is_empty() {
        if options.arguments.is_empty() {
            bail!("no modules specified (see 'gomod help download')");
        }
        let reading = Reading { earlier: earlier.as_ref(), ..Reading::default() };
        let wanted = resolve_arguments(session, &options.arguments, None, None, reading).await;
        let modules = fetch(session, wanted).await?;
        session.check_trust()?;
        return Ok(Summary { modules, failure: None });
    }
    let requirements = session.requirements(&mut mains).await?;
    if !options.arguments.is_empty() {
        return download_arguments(session, mains, requirements, options).await;
    }
    if takes_all {
        let all = Options { arguments: vec!["all".to_owned()], ..options.clone() };
        return download_arguments(session, mains, requirements, &all).await;
    }
    download_requirements(session, mains, requirements).await
}

/// Without arguments: what go.mod requires explicitly, or everything for a main module
/// older than go 1.17; and the go.mod files of the whole graph.
async fn download_requirements(
    session: &Session,
    mut mains: MainModules,
    roots: Roots,
) -> Result<Summary> {
    let required = mains.iter().flat_map(|main| main.file.require());
    let paths: Vec<ModulePath> = required.map(|line| line.module.path.clone()).collect();
    if paths.is_empty() {
        session.progress.note("no module dependencies to download");
        return Ok(Summary::default());
    }
    let (roots, mut loaded) = session.resolver.expand(roots).await?;
    let lists_everything =
        goversion::compare(mains.go_version(), goversion::EXPLICIT_INDIRECT) != Ordering::Less;
    let selected: Vec<ModuleVersion> = if lists_everything {
        if loaded.failure.is_some() && session.fetcher().is_offline() {
            look_for(session, &mains, &paths, &roots).await;
        }
        loaded = loaded.complete()?;
        let version = |path: &ModulePath| loaded.selection.version(path).cloned();
        paths
            .iter()
            .filter_map(|path| Some(ModuleVersion { path: path.clone(), version: version(path)? }))
            .collect()
    } else {
        loaded.selection.build_list()
    };
    session.write(&mut mains, &roots, None).await?;
    let wanted = selected.iter().filter_map(|module| of_build_list(session, module)).collect();
    let modules = fetch(session, wanted).await?;
    // A build needs the sums of these zips; without -locked it is left to others to add them.
    if lists_everything && session.config.locked {
        session.write(&mut mains, &roots, None).await?;
    }
    Ok(Summary { modules, failure: loaded.failure.clone() })
}

/// Looks for all that is required in the cache, as it is required: where the graph lacks
/// something, nothing is selected, but what is lacking beside it is told with it.
async fn look_for(session: &Session, mains: &MainModules, paths: &[ModulePath], roots: &Roots) {
    let required = paths.iter().filter_map(|path| roots.root(path).map(|version| (path, version)));
    let wanted = required.filter(|(path, _)| mains.of_path(path).is_none());
    let wanted = wanted.filter_map(|(path, version)| {
        of_build_list(session, &ModuleVersion::new(path, version)).map(|wanted| wanted.module)
    });
    join_all(wanted.map(|module| async move {
        // What is lacking is kept, and nothing else is asked.
        drop(session.fetcher().module(&module).await);
    }))
    .await;
}

async fn download_arguments(
    session: &Session,
    mut mains: MainModules,
    mut roots: Roots,
    options: &Options,
) -> Result<Summary> {
    let arguments = &options.arguments;
    for argument in arguments {
        let (path, query) = split_argument(argument)?;
        if mains.of_path(path).is_some() && matches!(query, None | Some("upgrade" | "patch")) {
            let text = format!("skipping download of {argument} that resolves to the main module");
            session.progress.note(&text);
        }
    }
    let mut loaded = None;
    if arguments::need_graph(session, arguments, &roots) {
        let (consistent, graph) = session.resolver.expand(roots).await?;
        (roots, loaded) = (consistent, Some(graph));
    }
    let (asked, graph, reading) = (Some(&*roots), loaded.as_deref(), Reading::default());
    let wanted = resolve_arguments(session, arguments, asked, graph, reading).await;
    let modules = fetch(session, wanted).await?;
    let failure = loaded.and_then(|loaded| loaded.failure.clone());
    // Where a module failed, go.mod and go.sum stay as they are, but for JSON, which tells of
    // the failure beside what was had.
    if options.json || modules.iter().all(|module| module.error.is_empty()) {
        session.write(&mut mains, &roots, None).await?;
    }
    Ok(Summary { modules, failure })
}

/// A module of the build list as it is fetched: its replacement where it has one. Of
/// the main module, of folders and of the Go version there is nothing to fetch.
pub(super) fn of_build_list(session: &Session, module: &ModuleVersion) -> Option<Wanted> {
    let actual = session.resolver.actual(module);
    let fetched = !actual.version.is_empty() && !actual.path.is_toolchain();
    fetched.then(|| Wanted::of(actual))
}

/// What the arguments stand for, as far as there is something to fetch.
async fn resolve_arguments(
    session: &Session,
    arguments: &[String],
    requirements: Option<&Requirements>,
    loaded: Option<&LoadedGraph>,
    reading: Reading<'_>,
) -> Vec<Wanted> {
    let named = arguments::resolve(session, arguments, requirements, loaded, reading).await;
    let wanted = named.into_iter().filter_map(|named| {
        let Named { module, query, origin, in_build_list, reused, error } = named;
        if in_build_list {
            return of_build_list(session, &module);
        }
        let is_main = module.version.is_empty() && error.is_none();
        (!is_main).then_some(Wanted { module, query, origin, reused, error })
    });
    wanted.collect()
}

/// Module versions that one task looks for in the cache.
const AT_A_TIME: usize = 32;

/// Fetches modules side by side; the answers keep the order.
///
/// # Errors
/// go.sum lists another hash for one of them, or the checksum database has signed two
/// histories: then nothing else matters.
pub(super) async fn fetch(session: &Session, wanted: Vec<Wanted>) -> Result<Vec<Module>> {
    session.progress.planned(wanted.iter().filter(|wanted| wanted.is_fetched()).count());
    let mut modules = Vec::with_capacity(wanted.len());
    let mut fetched = Vec::with_capacity(wanted.len());
    for (index, wanted) in wanted.into_iter().enumerate() {
        let (is_fetched, failure) = (wanted.is_fetched(), wanted.failure());
        let Wanted { module, query, origin, reused, error } = wanted;
        if is_fetched {
            fetched.push((index, module.clone()));
        }
        modules.push(Module {
            cause: error.map(|error| session.explained(error.into())),
            path: module.path.to_string(),
            version: module.version.to_string(),
            query,
            origin,
            error: failure.unwrap_or_default(),
            reuse: reused.is_some(),
            ..Module::default()
        });
    }
    // What the cache has is looked at some at a time, which costs less than a task each.
    let mut looking = JoinSet::new();
    for some in fetched.chunks(AT_A_TIME) {
        let (fetcher, some) = (session.fetcher().clone(), some.to_vec());
        looking.spawn(async move {
            let look = |(index, module)| (index, fetcher.cached_module(&module), module);
            some.into_iter().map(look).collect::<Vec<_>>()
        });
    }
    let mut fetching = JoinSet::new();
    while let Some(looked) = looking.join_next().await {
        for (index, cached, module) in looked? {
            if let Some(downloaded) = cached {
                complete(&mut modules[index], &downloaded);
                continue;
            }
            let fetcher = session.fetcher().clone();
            fetching.spawn(async move {
                let result = fetcher.module(&module).await;
                let partial = match &result {
                    Err(error) if !ends_everything(error) => partial(&fetcher, &module).await,
                    _ => Module::default(),
                };
                (index, result, partial)
            });
        }
    }
    while let Some(joined) = fetching.join_next().await {
        let (index, result, partial) = joined?;
        match result {
            Ok(downloaded) => complete(&mut modules[index], &downloaded),
            Err(error) if ends_everything(&error) => return Err(error.into()),
            Err(error) => {
                let Module { info, go_mod, go_mod_sum, .. } = partial;
                modules[index] = Module {
                    error: error.to_string(),
                    cause: Some(session.explained(error.into())),
                    info,
                    go_mod,
                    go_mod_sum,
                    ..std::mem::take(&mut modules[index])
                };
            }
        }
    }
    Ok(modules)
}

/// What there is of a module that is not there as a whole.
async fn partial(fetcher: &Fetcher, module: &ModuleVersion) -> Module {
    let mut there = Module::default();
    let Ok(paths) = fetcher.cache().paths(module) else { return there };
    // What was asked for before is not asked for again.
    if fetcher.info(&module.path, &module.version).await.is_err() {
        return there;
    }
    there.info = paths.info().display().to_string();
    if let Ok(go_mod) = fetcher.go_mod(module).await {
        there.go_mod = paths.go_mod().display().to_string();
        there.go_mod_sum = H1::of_go_mod(&go_mod).to_string();
    }
    there
}

fn ends_everything(error: &ModuleError) -> bool {
    matches!(
        error.error,
        FetchError::Verify(VerifyError::GoSumMismatch { .. } | VerifyError::Fork { .. })
    )
}

fn complete(module: &mut Module, downloaded: &Downloaded) {
    let paths = &downloaded.paths;
    let text = |path: PathBuf| path.display().to_string();
    module.info = text(paths.info());
    module.go_mod = text(paths.go_mod());
    module.zip = text(paths.zip());
    module.dir = text(paths.folder.clone());
    module.sum = downloaded.sum.to_string();
    module.go_mod_sum = downloaded.go_mod_sum.to_string();
}
