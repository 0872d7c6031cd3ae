//! `gomod download --for`: what the packages of a build need, and nothing else.
//!
//! The packages are loaded as `go build` loads them with `-mod=readonly`, so that the module
//! cache has what that command looks at afterwards: the modules that provide packages, those
//! that could provide one of them by their path, and the go.mod files that were read on the way.
//!
//! Source: LoadPackages and importFromModules in cmd/go/internal/modload.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, anyhow};

use crate::resolve::error::ResolveError;
use crate::resolve::import::{ImportError, prefixes};
use crate::resolve::load::{self, Loaded, Package};
use crate::resolve::main_modules::MainModules;
use crate::resolve::roots::{LoadedGraph, NONE};
use crate::spec::graph::Pruning;
use crate::spec::{ModuleVersion, pattern};

use super::download::{self, Module, Wanted};
use super::packages::failures_of;
use super::{Session, vendored_by_default};

/// What the user asks for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Patterns of packages, as for `go build`.
    pub patterns: Vec<String>,
    /// Whether the tests of the packages that match count, as for `go test`.
    pub tests: bool,
}

/// What a build needs.
#[derive(Debug, Default)]
pub struct Summary {
    /// The modules, in the order in which they are first needed, with an error each where it
    /// failed.
    pub modules: Vec<Module>,
    /// Why each of them is needed, in the same order.
    pub reasons: Vec<Reason>,
    /// How many modules a download without packages would have fetched.
    pub required: usize,
    /// How many of those are left out.
    pub left_out: usize,
    /// A pattern has matched no packages, of which the user was told.
    pub unmatched: bool,
    /// What would keep the packages from being built.
    pub failures: Vec<anyhow::Error>,
}

/// Why a module is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The module as it is fetched.
    pub module: ModuleVersion,
    /// What it is for.
    pub need: Need,
    /// The packages that lead to the first one that needs it, from one that was asked for; or
    /// the pattern.
    pub chain: Vec<String>,
}

/// What a build wants of a module.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Need {
    /// It provides the package at the end of the chain.
    Provides,
    /// By its path it could provide that package: only its files can tell.
    Searched,
    /// By its path it could have packages that match this pattern.
    Matched,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { module: ModuleVersion { path, version }, need, chain } = self;
        let what = chain.last().map(String::as_str).unwrap_or_default();
        match need {
            Need::Provides => write!(f, "{path} {version} provides {what}")?,
            Need::Searched => write!(f, "{path} {version} could provide {what}")?,
            Need::Matched => {
                return write!(f, "{path} {version} could have packages that match {what}");
            }
        }
        chain.iter().try_for_each(|package| write!(f, "\n\t{package}"))
    }
}

/// Loads the packages and downloads the modules that they need. go.mod and go.sum stay as they
/// are.
///
/// # Errors
/// There is no main module, or a part of the module graph that decides cannot be read. What is
/// wrong with packages and modules is in the [`Summary`]: the others are downloaded.
pub async fn run(session: &Session, options: &Options) -> Result<Summary> {
    session.need_main_module()?;
    let mut mains = session.mains().clone();
    if vendored_by_default(&mains)?.is_some() {
        session.progress.note(
            "there is a vendor folder, which a build uses instead of the module cache \
             unless it is told -mod=readonly or -mod=mod",
        );
    }
    let patterns: Vec<String> =
        options.patterns.iter().map(|argument| pattern::clean(argument)).collect();
    let roots = session.requirements(&mut mains).await?;
    let tags = session.resolver.build_tags();
    let loading =
        load::Options { resolves_missing: true, ..load::Options::new(tags, options.tests) };
    let loaded = session.resolver.load_packages(&roots, loading, &patterns, None).await?;
    let needed = needed(session, &loaded, &patterns).await?;
    let required = required(session, &mains, &loaded).await?;
    let wanted = needed.iter().map(|reason| Wanted::of(reason.module.clone())).collect();
    let modules = download::fetch(session, wanted).await?;
    let mut failures = failures_of(&loaded, ImportError::has_no_files);
    failures.extend(excluded(&loaded));
    session.check_trust()?;
    if failures.is_empty() {
        failures.extend(session.write(&mut mains, &loaded.roots, Some(&loaded)).await.err());
    }
    let kept: HashSet<&ModuleVersion> = needed.iter().map(|one| &one.module).collect();
    let left_out = required.iter().filter(|module| !kept.contains(module)).count();
    let unmatched =
        loaded.matches.iter().any(|one| one.packages.is_empty() && one.errors.is_empty());
    let (reasons, required) = (needed, required.len());
    Ok(Summary { modules, reasons, required, left_out, unmatched, failures })
}

/// The packages of which no file is built for the target.
fn excluded(loaded: &Loaded) -> impl Iterator<Item = anyhow::Error> {
    let failed = loaded.packages().filter(|package| package.error.is_some());
    let excluded = failed.zip(loaded.errors()).filter(|(_, (_, error))| error.has_no_files());
    excluded.map(|(package, (stack, _))| {
        let folder = package.folder.as_deref().unwrap_or(Path::new(&package.path));
        anyhow!("{stack}: build constraints exclude all Go files in {}", folder.display())
    })
}

/// What a download without packages fetches: what go.mod lists, or the whole build list of a
/// main module older than go 1.17.
async fn required(
    session: &Session,
    mains: &MainModules,
    loaded: &Loaded,
) -> Result<HashSet<ModuleVersion>, ResolveError> {
    let roots = &loaded.roots;
    let list = match roots.pruning {
        Pruning::Unpruned | Pruning::Workspace => {
            session.resolver.graph(roots).await?.selection.build_list()
        }
        Pruning::Pruned => {
            let lines = mains.iter().flat_map(|main| main.file.require());
            let selected = lines.filter_map(|line| {
                let path = line.module.path.clone();
                let version = roots.root_version(&path)?.clone();
                Some(ModuleVersion { path, version })
            });
            selected.collect()
        }
    };
    Ok(list.iter().filter_map(|module| fetched(session, module)).collect())
}

/// The module version that is fetched for one of the build list.
fn fetched(session: &Session, module: &ModuleVersion) -> Option<ModuleVersion> {
    download::of_build_list(session, module).map(|wanted| wanted.module)
}

/// Every module that loading the packages has to look at, with the first reason for it.
async fn needed(
    session: &Session,
    loaded: &Loaded,
    patterns: &[String],
) -> Result<Vec<Reason>, ResolveError> {
    let mut reasons: Vec<Reason> = Vec::new();
    let mut seen = HashSet::new();
    let mut add = |module: &ModuleVersion, need, chain: &dyn Fn() -> Vec<String>| {
        if let Some(module) = fetched(session, module)
            && seen.insert(module.clone())
        {
            reasons.push(Reason { module, need, chain: chain() });
        }
    };
    // What is only looked through comes second: most of it provides something else.
    for package in loaded.packages().filter(|package| is_fetched(package)) {
        if let Some(module) = &package.module {
            add(module, Need::Provides, &|| loaded.chain(&package.path).unwrap_or_default());
        }
    }
    for package in loaded.packages().filter(|package| is_fetched(package)) {
        for module in candidates(session, loaded, package).await? {
            add(&module, Need::Searched, &|| loaded.chain(&package.path).unwrap_or_default());
        }
    }
    for text in patterns.iter().filter(|text| text.contains("...") && !pattern::is_local(text)) {
        let graph = session.resolver.graph(&loaded.roots).await?;
        for module in graph.selection.build_list() {
            if pattern::can_match_below(text, &module.path) {
                add(&module, Need::Matched, &|| vec![text.clone()]);
            }
        }
    }
    Ok(reasons)
}

/// Whether a package is one that modules were looked through for, as far as they could be had.
fn is_fetched(package: &Package) -> bool {
    let is_standard = package.module.is_none() && package.error.is_none();
    let is_broken = matches!(
        package.error,
        Some(ImportError::Resolve(_) | ImportError::Invalid(_) | ImportError::MissingSums { .. })
    );
    !package.is_test() && !is_standard && !is_broken
}

/// The modules that could provide a package by their paths: those among the roots where one of
/// them does, and else those of the whole graph.
async fn candidates(
    session: &Session,
    loaded: &Loaded,
    package: &Package,
) -> Result<Vec<ModuleVersion>, ResolveError> {
    let (resolver, roots) = (&session.resolver, &loaded.roots);
    let of_root = |path: &str| resolver.root_selected(roots, path);
    let is_root = |module: &ModuleVersion| of_root(&module.path).as_ref() == Some(&module.version);
    let graph: Option<Arc<LoadedGraph>> = match &package.module {
        Some(module) if roots.pruning == Pruning::Pruned && is_root(module) => None,
        _ => Some(resolver.graph(roots).await?),
    };
    let selected = |path: &str| match &graph {
        Some(graph) => graph.selection.version(path).cloned(),
        None => of_root(path),
    };
    let module_at = |path: &str| {
        let version = selected(path).filter(|version| version.as_str() != NONE)?;
        Some(ModuleVersion { path: path.into(), version })
    };
    Ok(prefixes(&package.path).filter_map(module_at).collect())
}
