//! `gomod list -m`: modules described.
//!
//! Source: ref/mod#go-list-m, cmd/go/internal/list/list.go, ListModules in
//! cmd/go/internal/modload/list.go.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail};
use futures_util::future::join_all;
use tokio::task::JoinSet;

use crate::resolve::Resolver;
use crate::resolve::error::ResolveError;
use crate::resolve::listing::{Details, ModuleInfo};
use crate::resolve::main_module::Requirements;
use crate::resolve::query::split_argument;

use super::arguments::{self, Named, Reading};
use crate::spec::vendor::VendorList;
use crate::spec::{ModulePath, ModuleVersion};

use super::{Session, reuse};

/// What the user asks for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Module paths, patterns and `path@query`; none for the main module.
    pub arguments: Vec<String>,
    /// What is asked beyond the versions.
    pub details: Details,
    /// `-reuse FILE`
    pub reuse: Option<PathBuf>,
}

/// The modules of the answer.
#[derive(Debug, Default)]
pub struct Summary {
    /// In the order of the arguments, with an error each where it failed.
    pub modules: Vec<ModuleInfo>,
    /// Why the answer may be incomplete.
    pub failure: Option<anyhow::Error>,
    /// The first module's error, with what the sources answered.
    pub explained: Option<anyhow::Error>,
}

/// Describes modules. go.mod and go.sum are brought up to date where `-mod` allows it and the
/// command is not about updates.
///
/// # Errors
/// What keeps the command from doing anything. All else is in the [`Summary`].
pub async fn run(session: &Session, options: &Options) -> Result<Summary> {
    let Options { arguments, details, reuse } = options;
    let earlier = match reuse {
        Some(_) if arguments.is_empty() => {
            bail!("list -m -reuse only has an effect with module@version arguments")
        }
        Some(file) => Some(reuse::read(session, "go list", file)?),
        None => None,
    };
    if let Some(list) = &session.vendored {
        check_vendored(options)?;
        arguments::check(session, arguments, Reading::default())?;
        let modules = describe_vendored(session, list, arguments).await;
        return Ok(Summary { modules, failure: None, explained: None });
    }
    let Details { versions: any_path, retracted, .. } = *details;
    let reading = Reading { any_path, retracted, earlier: earlier.as_ref() };
    arguments::check(session, arguments, reading)?;
    let mut mains = session.mains().clone();
    let mut roots = session.requirements(&mut mains).await?;
    let mut loaded = None;
    if !mains.is_empty() && arguments::need_graph(session, arguments, &roots) {
        let (consistent, graph) = session.resolver.expand(roots).await?;
        (roots, loaded) = (consistent, Some(graph));
    }
    let modules = match arguments.as_slice() {
        [] if mains.is_empty() => vec![no_main_module(session)],
        [] => {
            let named = mains.iter().map(Named::main).collect();
            describe(session, named, &roots, *details).await?
        }
        _ => {
            let (asked, loaded) = (Some(&*roots), loaded.as_deref());
            let named = arguments::resolve(session, arguments, asked, loaded, reading).await;
            describe(session, named, &roots, *details).await?
        }
    };
    session.check_trust()?;
    let failure = loaded.and_then(|loaded| loaded.failure.clone());
    let mut failure = failure.map(anyhow::Error::from);
    // Sums of what is looked at for updates are not those of the build.
    if failure.is_none() && !details.updates && !mains.is_empty() {
        failure = session.write(&mut mains, &roots, None).await.err();
    }
    let first = modules.iter().find_map(|module| module.error.as_ref()?.cause.as_ref());
    let explained = first.map(|error| session.explained(ResolveError::clone(error).into()));
    Ok(Summary { modules, failure, explained })
}

/// What go shows outside a module.
fn no_main_module(session: &Session) -> ModuleInfo {
    ModuleInfo {
        path: "command-line-arguments".to_owned(),
        main: true,
        go_version: session.config.local_go.version.clone(),
        ..ModuleInfo::default()
    }
}

/// The vendor folder knows less than the module graph.
fn check_vendored(options: &Options) -> Result<(), ResolveError> {
    if options.details.versions {
        return Err(ResolveError::Vendored("determine available versions"));
    }
    if options.details.updates {
        return Err(ResolveError::Vendored("determine available upgrades"));
    }
    for argument in &options.arguments {
        if argument == "all" {
            return Err(ResolveError::Vendored("compute 'all'"));
        }
        if argument.contains("...") {
            return Err(ResolveError::Vendored("match module patterns"));
        }
    }
    Ok(())
}

/// What go.mod, or those of a workspace, state beside a vendor folder.
fn stated_beside_vendor(session: &Session) -> Requirements {
    let mut stated = session.stated();
    if session.main().is_some() {
        return stated;
    }
    for main in session.mains().iter() {
        for required in session.stated_requirements(main).roots {
            match stated.roots.iter_mut().find(|root| root.path == required.path) {
                Some(root) if root.version.is_empty() || root.path.is_toolchain() => {}
                Some(root) => {
                    if ModuleVersion::compare(&required, root).is_gt() {
                        *root = required;
                    }
                }
                None => stated.roots.push(required),
            }
        }
    }
    stated
}

/// Describes modules by go.mod and the vendor folder alone.
async fn describe_vendored(
    session: &Session,
    list: &VendorList,
    arguments: &[String],
) -> Vec<ModuleInfo> {
    let requirements = stated_beside_vendor(session);
    if arguments.is_empty() {
        let mains = session.mains().versions();
        return join_all(
            mains.iter().map(|main| session.resolver.describe(main, Some(&requirements))),
        )
        .await;
    }
    let mut modules = Vec::new();
    for argument in arguments {
        let (path, query) = split_argument(argument).unwrap_or((argument, None));
        let mut info = ModuleInfo::of(&ModuleVersion::new(path, query.unwrap_or_default()));
        let selected = match (requirements.root(path), list.version(path)) {
            (Some(root), Some(vendored)) => {
                let is_higher = ModuleVersion::compare_versions(path, vendored, root).is_gt();
                Some(if is_higher { vendored } else { root })
            }
            (root, vendored) => root.or(vendored),
        };
        match (query, selected) {
            (Some(query), _) => {
                let file = if session.main().is_some() { "go.mod" } else { "go.work" };
                let by_default = session.config.mode.is_none().then_some(file);
                let error = ResolveError::QueryVendored { by_default };
                info.fail(&error.of(&ModulePath::new(path), query));
            }
            (None, _) if session.mains().of_path(path).is_some() => {
                let main = ModuleVersion::new(path, "");
                info = session.resolver.describe(&main, Some(&requirements)).await;
            }
            (None, Some(version)) => {
                let module = ModuleVersion::new(path, version);
                info = session.resolver.describe_vendored(&module, &requirements, list);
            }
            (None, None) => {
                let error = ResolveError::Vendored("resolve module");
                info.fail(&ResolveError::Query(format!("module {path}: {error}")));
            }
        }
        modules.push(info);
    }
    modules
}

/// The modules that one task describes; most are in the cache, and cost less than a task.
const AT_A_TIME: usize = 16;

/// Describes modules side by side; the answers keep the order.
async fn describe(
    session: &Session,
    named: Vec<Named>,
    requirements: &Requirements,
    details: Details,
) -> Result<Vec<ModuleInfo>> {
    let requirements = Arc::new(requirements.clone());
    let mut describing = JoinSet::new();
    let mut parts: Vec<Vec<ModuleInfo>> = Vec::new();
    let mut named = named.into_iter().peekable();
    while named.peek().is_some() {
        let some: Vec<Named> = named.by_ref().take(AT_A_TIME).collect();
        let (resolver, requirements) = (session.resolver.clone(), requirements.clone());
        let part = parts.len();
        parts.push(Vec::new());
        describing.spawn(async move {
            let each = some
                .into_iter()
                .map(|named| describe_one(&resolver, named, &requirements, details));
            (part, join_all(each).await)
        });
    }
    while let Some(joined) = describing.join_next().await {
        let (part, described) = joined?;
        parts[part] = described;
    }
    Ok(parts.into_iter().flatten().collect())
}

async fn describe_one(
    resolver: &Resolver,
    named: Named,
    requirements: &Requirements,
    details: Details,
) -> ModuleInfo {
    let Named { module, query, origin, in_build_list, reused, error } = named;
    let mut info = match (error, reused) {
        (_, Some(reused)) => *reused,
        (Some(error), None) => {
            let mut info = ModuleInfo::of(&module);
            info.fail(&error);
            info
        }
        (None, None) if module.version.is_empty() && !in_build_list => ModuleInfo::of(&module),
        (None, None) => resolver.describe(&module, in_build_list.then_some(requirements)).await,
    };
    (info.query, info.origin) = (query, origin);
    resolver.add_details(&mut info, details).await;
    info
}
