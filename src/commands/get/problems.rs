//! What the user has to know of the packages and modules that `get` has chosen: packages that
//! cannot be built, deprecated modules, retracted versions; and the sums that a build will
//! want.
//!
//! Source: checkPackageProblems in cmd/go/internal/modget/get.go.

use std::collections::HashMap;

use anyhow::{Result, anyhow};
use futures_util::future::join_all;

use crate::fetch::error::ErrorKind;
use crate::resolve::error::ResolveError;
use crate::resolve::import::ImportError;
use crate::resolve::load::{Loaded, Options};
use crate::resolve::query::short_message;
use crate::resolve::solver::Solver;
use crate::spec::graph::Selection;
use crate::spec::source::Tags;
use crate::spec::{ModulePath, ModuleVersion, Version};
use crate::verify::gate::SumKey;

use crate::commands::Session;
use crate::commands::packages::failures_of;

/// Why a module matters to the user.
#[derive(Clone, Copy, Default)]
struct Relevance {
    /// An argument has decided its version.
    is_resolved: bool,
    /// It provides a package that an argument names.
    is_named: bool,
    /// It provides a package that those import.
    is_needed: bool,
}

/// Loads the packages that were asked for as they are built here, and tells what is wrong with
/// them. Answers the packages, where any were asked for. Where the module is one of a
/// workspace (`around`), that is what they are loaded in.
pub async fn check(
    session: &Session,
    around: Option<&Session>,
    solver: &Solver<'_>,
    tags: &Tags,
    tests: bool,
    failures: &mut Vec<anyhow::Error>,
) -> Result<Option<Loaded>> {
    let mut relevant: HashMap<ModuleVersion, Relevance> = HashMap::new();
    for module in solver.resolved() {
        relevant.entry(module).or_default().is_resolved = true;
    }
    let patterns = solver.package_patterns();
    let (checker, initial) = match around {
        Some(around) => (around, around.stated().into()),
        None => (session, solver.roots.clone()),
    };
    let mut loaded = None;
    if !patterns.is_empty() {
        let options = Options::new(tags, tests);
        let packages = checker.resolver.load_packages(&initial, options, &patterns, None).await?;
        failures.extend(failures_of(&packages, ImportError::has_no_files));
        for package in packages.packages().filter(|package| !package.is_test()) {
            if let Some(ImportError::Ambiguous { providers, .. }) = &package.error {
                for module in providers.iter().filter_map(|(module, _)| module.as_ref()) {
                    relevant.entry(module.clone()).or_default().is_needed = true;
                }
            }
            if let Some(module) = &package.module {
                relevant.entry(module.clone()).or_default().is_needed = true;
            }
        }
        let named = packages.matches.iter().flat_map(|one| &one.packages);
        for package in named.filter_map(|path| packages.package(path)) {
            if let Some(module) = &package.module {
                relevant.entry(module.clone()).or_default().is_named = true;
            }
        }
        loaded = Some(packages);
    }
    let roots = loaded.as_ref().map_or(&initial, |loaded| &loaded.roots);
    let mut relevant: Vec<(ModuleVersion, Relevance)> = relevant.into_iter().collect();
    relevant.sort_by(|(a, _), (b, _)| a.compare(b));
    let warnings = warnings(checker, &relevant, |path| roots.direct.contains(path)).await;
    if failures.is_empty() {
        warnings.iter().for_each(|text| session.progress.note(text));
    } else {
        // Told after the failures, as go does.
        failures.extend(warnings.into_iter().map(anyhow::Error::msg));
    }

    let moved = moved(session, &solver.initial.selection, &solver.graph.selection);
    session.progress.planned(moved.len());
    for result in join_all(moved.iter().map(|moved| moved.fetch(session))).await {
        failures.extend(result.err());
    }
    Ok(loaded)
}

/// Which modules their authors have deprecated, and which versions they have retracted.
/// Where that cannot be found out nothing is said.
async fn warnings(
    session: &Session,
    relevant: &[(ModuleVersion, Relevance)],
    is_direct: impl Fn(&ModulePath) -> bool,
) -> Vec<String> {
    // The user can do little about a deprecated module that only others import.
    let is_deprecation_told = |module: &ModuleVersion, relevance: Relevance| {
        relevance.is_resolved
            || relevance.is_named
            || (relevance.is_needed && is_direct(&module.path))
    };
    let look_up = relevant.iter().map(|(module, relevance)| {
        let tells_deprecation = is_deprecation_told(module, *relevance);
        async move {
            let resolver = &session.resolver;
            let deprecation = async {
                match tells_deprecation {
                    true => resolver.deprecation(module).await.unwrap_or_default(),
                    false => String::new(),
                }
            };
            tokio::join!(deprecation, resolver.retraction(module))
        }
    });
    let found = join_all(look_up).await;
    let mut warnings = Vec::new();
    for ((module, _), (deprecation, _)) in relevant.iter().zip(&found) {
        let words = short_message(deprecation, "");
        if !words.is_empty() {
            warnings.push(format!("module {} is deprecated: {words}", module.path));
        }
    }
    let mut retracted = Vec::new();
    for ((module, _), (_, retraction)) in relevant.iter().zip(found) {
        if let Ok(Some(rationale)) = retraction {
            let error = ResolveError::Retracted { module: module.clone(), rationale };
            warnings.push(format!("warning: {error}"));
            retracted.push(module.path.as_str());
        }
    }
    if let [first, others @ ..] = retracted.as_slice() {
        let path = if others.is_empty() { first } else { "<module>" };
        warnings.push(format!(
            "to switch to the latest unretracted version, run:\n\tgomod get {path}@latest"
        ));
    }
    warnings
}

/// A module of the build list whose zip has another sum than before.
struct Moved {
    path: ModulePath,
    old: Version,
    new: Version,
    /// The new version or its replacement.
    actual: ModuleVersion,
}

impl Moved {
    async fn fetch(&self, session: &Session) -> Result<()> {
        let Self { path, old, new, actual } = self;
        let Err(error) = session.fetcher().zip(actual).await else { return Ok(()) };
        let rises = ModuleVersion::compare_versions(path, new, old).is_ge();
        let verb = if rises { "upgraded" } else { "downgraded" };
        let is_replaced = actual.path != *path || actual.version != *new;
        let replaced = if is_replaced { format!(" (replaced by {actual})") } else { String::new() };
        // What holds for every module has no name before it, as with go.
        let reason = match error.kind() {
            ErrorKind::Disabled => error.error.to_string(),
            _ => error.to_string(),
        };
        Err(anyhow!(
            "{verb} {path} {old} => {new}{replaced}: error finding sum for {actual}: {reason}"
        ))
    }
}

/// The modules whose old version had a zip sum in go.sum: a build that worked with that
/// sum needs the new version's.
fn moved(session: &Session, before: &Selection, after: &Selection) -> Vec<Moved> {
    let build_list = after.build_list().split_off(1);
    let moved = |module: ModuleVersion| {
        let old = ModuleVersion {
            path: module.path.clone(),
            version: before.version(&module.path)?.clone(),
        };
        let (actual, old_actual) =
            (session.resolver.actual(&module), session.resolver.actual(&old));
        let needs_sum = actual != old_actual
            && !actual.version.is_empty()
            && session.fetcher().gate().lists(&SumKey::zip(&old_actual));
        let (path, old, new) = (module.path, old.version, module.version);
        needs_sum.then_some(Moved { path, old, new, actual })
    };
    build_list.into_iter().filter_map(moved).collect()
}
