//! `gomod get`: requirements added or raised, resolved, fetched and written.
//!
//! It takes module paths. Packages, patterns, downgrades of what others require and
//! `@none` need the package loader and say so.
//!
//! Source: ref/mod#go-get, cmd/go/internal/modget/get.go.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use futures_util::future::join_all;

use crate::fetch::error::ErrorKind;
use crate::resolve::LoadedGraph;
use crate::resolve::error::ResolveError;
use crate::resolve::main_module::{MainModule, Requirements};
use crate::resolve::query::{Allow, short_message, split_argument};
use crate::spec::graph::{Pruning, Selection};
use crate::spec::{ModulePath, ModuleVersion, Version, goversion};
use crate::verify::gate::SumKey;

use super::{Session, all};

/// What the user asks for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `path` or `path@query`, one a module.
    pub arguments: Vec<String>,
}

/// A requirement that is not what it was; `go` and `toolchain` are requirements too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The module path.
    pub path: String,
    /// The version before; empty where there was none.
    pub old: String,
    /// The version now; empty where there is none.
    pub new: String,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { path, old, new } = self;
        if old.is_empty() {
            return write!(f, "added {path} {new}");
        }
        if new.is_empty() {
            return write!(f, "removed {path} {old}");
        }
        let rises = ModuleVersion::compare_versions(path, new, old).is_gt();
        write!(f, "{} {path} {old} => {new}", if rises { "upgraded" } else { "downgraded" })?;
        let is_pruned = |version: &str| Pruning::of_go_version(version) == Pruning::Pruned;
        if rises && path == "go" && !is_pruned(old) && is_pruned(new) {
            write!(
                f,
                "\n\tnote: expanded dependencies to upgrade to go {} or higher; run 'go mod tidy' to clean up",
                goversion::EXPLICIT_INDIRECT
            )?;
        }
        Ok(())
    }
}

/// An argument taken apart.
struct Query {
    path: ModulePath,
    /// What is asked for.
    version: String,
}

impl Query {
    /// The query, and where it is not a version itself, the version that it stands for.
    fn resolved_to(&self, module: &ModuleVersion) -> String {
        if self.version == module.version.as_str() {
            return module.to_string();
        }
        format!("{}@{} ({})", self.path, self.version, module.version)
    }
}

/// Adds or raises requirements of the main module.
///
/// # Errors
/// Anything that keeps the result from being what was asked for; then go.mod is as it was,
/// and go.sum too unless writing go.mod is what failed.
pub async fn run(session: &Session, options: &Options) -> Result<Vec<Change>> {
    let Some(main) = session.main() else {
        bail!(
            "go.mod file not found in current directory or any parent directory.\n\
             \t'gomod get' changes the requirements of a module.\n\
             \tTo fetch a module outside of one, use 'gomod download' with a version,\n\
             \tlike 'gomod download example.com/cmd@latest'"
        );
    };
    let queries = parse_arguments(main, &options.arguments)?;
    let mut main = main.clone();
    let stated_requirements = session.requirements(&mut main).await?;
    // A go line that go.mod had to be given is not what the user asked for.
    let before = stated(&main);
    let (initial, graph) = session.resolver.load_consistent(&stated_requirements).await?;
    let graph = graph.complete()?;

    let resolved =
        all(join_all(queries.iter().map(|query| resolve(session, query, &graph))).await)?;
    let named = |index: usize| queries[index].resolved_to(&resolved[index]);
    let mut wanted: Vec<ModuleVersion> = Vec::new();
    for (index, module) in resolved.iter().enumerate() {
        match resolved[..index].iter().position(|other| other.path == module.path) {
            Some(other) if resolved[other].version != module.version => {
                bail!("{} conflicts with {}", named(index), named(other))
            }
            Some(_) => {}
            None => wanted.push(module.clone()),
        }
    }
    let (requirements, loaded) = apply(session, &initial, &graph.selection, &wanted).await?;

    // The named modules' zips: their sums belong into go.sum, and a build will want them.
    let replaced_or_not = wanted.iter().map(|module| session.resolver.actual(module));
    let fetched: Vec<ModuleVersion> =
        replaced_or_not.filter(|module| !module.version.is_empty()).collect();
    let replaced_sums = replaced_sums(session, &graph.selection, &loaded.selection);
    session.progress.planned(fetched.len() + replaced_sums.len());
    all(join_all(fetched.iter().map(|module| session.fetcher().folder(module))).await)?;
    all(join_all(replaced_sums.iter().map(|moved| moved.fetch(session))).await)?;
    warn(session, &wanted).await;

    session.resolver.check_paths(&loaded)?;

    if requirements.outgrows_its_pruning() {
        // The go line had crossed 1.17 before the edit, which then had nothing to change. go
        // makes the build list explicit where it loads packages, which needs no more of the
        // new graph than its roots: go.sum lists those alone.
        let expanded = Requirements::of_build_list(&loaded.selection, requirements.direct);
        session.write(&mut main, &expanded, None)?;
    } else {
        session.write(&mut main, &requirements, Some(&loaded))?;
    }
    Ok(changes(&before, &stated(&main), &wanted, &graph, &loaded))
}

/// Says which of the modules that were asked for their authors have deprecated, and which of
/// the versions they have retracted. Where that cannot be found out nothing is said.
/// Source: checkPackageProblems.
async fn warn(session: &Session, wanted: &[ModuleVersion]) {
    let mut modules: Vec<&ModuleVersion> = wanted.iter().collect();
    modules.sort_by(|a, b| a.path.as_str().cmp(b.path.as_str()));
    let look_up = modules.iter().map(|module| async move {
        let resolver = &session.resolver;
        tokio::join!(resolver.deprecation(module), resolver.retraction(module))
    });
    let found = join_all(look_up).await;
    for (module, (deprecation, _)) in modules.iter().zip(&found) {
        if let Ok(words) = deprecation
            && !words.is_empty()
        {
            let words = short_message(words, "");
            session.progress.note(&format!("module {} is deprecated: {words}", module.path));
        }
    }
    let mut retracted = Vec::new();
    for (module, (_, retraction)) in modules.iter().zip(found) {
        if let Ok(Some(rationale)) = retraction {
            let error = ResolveError::Retracted { module: (*module).clone(), rationale };
            session.progress.note(&format!("warning: {error}"));
            retracted.push(module.path.as_str());
        }
    }
    if let [first, others @ ..] = retracted.as_slice() {
        let path = if others.is_empty() { first } else { "<module>" };
        session.progress.note(&format!(
            "to switch to the latest unretracted version, run:\n\tgomod get {path}@latest"
        ));
    }
}

fn parse_arguments(main: &MainModule, arguments: &[String]) -> Result<Vec<Query>> {
    if arguments.is_empty() {
        bail!(
            "getting packages is not built yet in gomod: name modules, like 'gomod get example.com/mod@latest'"
        );
    }
    let mut queries = Vec::new();
    for argument in arguments {
        let (path, query) = split_argument(argument)?;
        if query.is_some_and(|query| query.is_empty() || query.contains('@')) {
            bail!("invalid module version syntax {argument:?}");
        }
        let given = query.unwrap_or_default();
        let is_local = path.starts_with(['.', '/']);
        let is_pattern =
            path.contains("...") || matches!(path, "all" | "std" | "cmd" | "tool" | "work");
        if is_local || is_pattern {
            bail!(
                "{argument}: getting packages and patterns is not built yet in gomod: name a module"
            );
        }
        if query.is_none() && path.ends_with(".go") && !path.contains('/') {
            bail!("{path}: arguments must be package or module paths");
        }
        if given == "none" {
            bail!(
                "{argument}: removing requirements is not built yet in gomod: edit go.mod instead"
            );
        }
        if matches!(path, "go" | "toolchain") {
            bail!(
                "{argument}: changing the {path} line is not built yet in gomod: edit go.mod instead"
            );
        }
        if main.path.as_str() == path {
            bail!("{argument}: can't get the main module");
        }
        queries.push(Query {
            path: ModulePath::new(path),
            version: if given.is_empty() { "upgrade".to_owned() } else { given.to_owned() },
        });
    }
    Ok(queries)
}

async fn resolve(
    session: &Session,
    query: &Query,
    graph: &LoadedGraph,
) -> Result<ModuleVersion, ResolveError> {
    let current = graph.selection.version(&query.path).map_or("none", |version| version.as_str());
    // What is asked for by name, or selected already, may be retracted.
    let kept = if matches!(query.version.as_str(), "upgrade" | "patch") {
        current
    } else {
        &query.version
    };
    let info = session
        .resolver
        .query(&query.path, &query.version, current, Allow::UnretractedOr(kept))
        .await?;
    Ok(ModuleVersion::new(&query.path, &info.version))
}

/// Puts the wanted versions among the roots and makes the graph consistent.
async fn apply(
    session: &Session,
    initial: &Requirements,
    selection: &Selection,
    wanted: &[ModuleVersion],
) -> Result<(Requirements, LoadedGraph)> {
    let (requirements, loaded) = session.resolver.edit(initial, selection, wanted).await?;
    for module in wanted {
        let selected = loaded.selection.version(&module.path);
        if selected == Some(&module.version) {
            continue;
        }
        let selected = selected.map(ToString::to_string).unwrap_or_default();
        // The roots have been raised to what others require, so they are no reason.
        let requirer = loaded.graph.breadth_first().into_iter().skip(1).find(|requirer| {
            let required = loaded.graph.required_by(requirer).unwrap_or_default();
            required.iter().any(|m| m.path == module.path && m.version.as_str() == selected)
        });
        let by = requirer.map_or_else(|| "the main module".to_owned(), ToString::to_string);
        bail!(
            "{by} requires {}@{selected}, not {module}\n\tdowngrading what other modules require is not built yet in gomod",
            module.path
        );
    }
    Ok((requirements, loaded))
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
        bail!("{verb} {path} {old} => {new}{replaced}: error finding sum for {actual}: {reason}")
    }
}

/// The modules whose old version had a zip sum in go.sum: a build that worked with that
/// sum needs the new version's. Source: the end of checkPackageProblems.
fn replaced_sums(session: &Session, before: &Selection, after: &Selection) -> Vec<Moved> {
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

/// The requirements that go.mod states, with its go and toolchain lines.
fn stated(main: &MainModule) -> BTreeMap<String, String> {
    let lines = main
        .file
        .require()
        .iter()
        .map(|line| (line.module.path.to_string(), line.module.version.to_string()));
    let go = main.file.go().map(|version| ("go".to_owned(), version.to_owned()));
    let toolchain = main.file.toolchain().map(|name| ("toolchain".to_owned(), name.to_owned()));
    lines.chain(go).chain(toolchain).collect()
}

/// What changed of the stated requirements and of the modules that the user named: `go`
/// first, `toolchain` second, then by path. Of what go.mod stated before counts what is
/// selected now; of what it states now, what was selected before. Source: reportChanges.
fn changes(
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
    wanted: &[ModuleVersion],
    initial: &LoadedGraph,
    last: &LoadedGraph,
) -> Vec<Change> {
    let selected = |graph: &LoadedGraph, path: &str| {
        graph.selection.version(path).map(ToString::to_string).unwrap_or_default()
    };
    let is_module = |(path, _): &(&String, &String)| !matches!(path.as_str(), "go" | "toolchain");
    let line = |lines: &BTreeMap<String, String>, path| lines.get(path).cloned();
    let of_named = wanted.iter().map(|module| {
        (module.path.as_str(), selected(initial, &module.path), module.version.to_string())
    });
    let of_before = before
        .iter()
        .filter(is_module)
        .map(|(path, old)| (path.as_str(), old.clone(), selected(last, path)));
    let of_after = after
        .iter()
        .filter(is_module)
        .map(|(path, new)| (path.as_str(), selected(initial, path), new.clone()));
    let of_lines = ["go", "toolchain"].into_iter().map(|path| {
        (path, line(before, path).unwrap_or_default(), line(after, path).unwrap_or_default())
    });
    let mut changes: BTreeMap<&str, Change> = BTreeMap::new();
    for (path, old, new) in of_named.chain(of_before).chain(of_after).chain(of_lines) {
        if old != new {
            changes.insert(path, Change { path: path.to_owned(), old, new });
        }
    }
    let mut changes: Vec<Change> = changes.into_values().collect();
    changes.sort_by_key(|change| match change.path.as_str() {
        "go" => 0,
        "toolchain" => 1,
        _ => 2,
    });
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports() {
        let change = |path: &str, old: &str, new: &str| {
            Change { path: path.into(), old: old.into(), new: new.into() }.to_string()
        };
        assert_eq!(change("a.b/c", "", "v1.0.0"), "added a.b/c v1.0.0");
        assert_eq!(change("a.b/c", "v1.0.0", "v1.10.0"), "upgraded a.b/c v1.0.0 => v1.10.0");
        assert_eq!(change("a.b/c", "v1.10.0", "v1.9.0"), "downgraded a.b/c v1.10.0 => v1.9.0");
        assert_eq!(change("a.b/c", "v1.10.0", ""), "removed a.b/c v1.10.0");
        assert!(change("go", "1.16", "1.21").contains("note: expanded dependencies"));
        assert!(!change("go", "1.17", "1.21").contains('\n'));
    }
}
