//! `get`'s solver: which versions satisfy all arguments together, and what their packages
//! import.
//!
//! Each argument has candidates: modules that a path may be had from. What is unambiguous is
//! decided first; that may change the build list, and with it what other arguments match, so
//! everything is looked at again until nothing changes. Queries are relative to the build list
//! before the command, `-u` to the one that has come about.
//!
//! Source: ref/mod#go-get, cmd/go/internal/modget/get.go.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::join_all;

use crate::config::clean;
use crate::spec::source::Tags;
use crate::spec::version::Version;
use crate::spec::{ModulePath, ModuleVersion, path};
use crate::verify::once::OnceMap;

use super::Resolver;
use super::argument::{Argument, ArgumentError, Candidates};
use super::edit::{Conflict, EditError, Problem, Wanted};
use super::error::ResolveError;
use super::import::ImportError;
use super::load::{Judge, Options};
use super::packages::Modules;
use super::roots::{LoadedGraph, NONE, Roots};

/// How the solver goes about it.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// The query by which what is imported is updated: `upgrade` or `patch`; `None` without
    /// `-u`.
    pub update: Option<&'a str>,
    /// Whether imports of tests count: `-t`.
    pub tests: bool,
    /// Whether steps are told: `-v`.
    pub tells: bool,
}

/// Why the arguments cannot be satisfied; never empty.
pub type Failures = Vec<ArgumentError>;

/// A version that an argument has decided.
#[derive(Clone, Debug)]
struct Reason {
    version: Version,
    /// The argument's place.
    argument: usize,
}

/// What a round of the solver begins with. All else follows from it and from what does not
/// change.
#[derive(PartialEq, Eq)]
struct State {
    roots: Vec<ModuleVersion>,
    /// How many versions the arguments have decided, which stay.
    decided: usize,
    /// How many paths were looked up, which is not done again.
    seen: usize,
}

type InModule = Result<Vec<String>, ImportError>;

/// The solver, and once it has run, what it has found.
pub struct Solver<'a> {
    resolver: &'a Resolver,
    settings: Settings<'a>,
    /// The arguments, with what they were found to stand for.
    pub arguments: Vec<Argument>,
    /// The roots that satisfy the arguments.
    pub roots: Roots,
    /// The build list before the command.
    pub initial: Arc<LoadedGraph>,
    /// The build list that has come about.
    pub graph: Arc<LoadedGraph>,
    resolved: BTreeMap<ModulePath, Reason>,
    failures: Failures,
    any: Tags,
    in_module: OnceMap<(String, ModuleVersion), InModule>,
}

impl<'a> Solver<'a> {
    /// A solver for these arguments, beginning at the requirements of go.mod.
    ///
    /// # Errors
    /// The module graph cannot be read.
    pub async fn new(
        resolver: &'a Resolver,
        settings: Settings<'a>,
        arguments: Vec<Argument>,
        roots: Roots,
    ) -> Result<Self, ResolveError> {
        let (roots, loaded) = resolver.expand(roots).await?;
        let graph = loaded.complete()?;
        Ok(Self {
            resolver,
            settings,
            arguments,
            roots,
            initial: graph.clone(),
            graph,
            resolved: BTreeMap::new(),
            failures: Vec::new(),
            any: Tags::any(),
            in_module: OnceMap::default(),
        })
    }

    /// The versions that the arguments have decided.
    pub fn resolved(&self) -> impl Iterator<Item = ModuleVersion> {
        self.resolved.iter().map(|(path, reason)| ModuleVersion {
            path: path.clone(),
            version: reason.version.clone(),
        })
    }

    /// The patterns of the arguments that match packages.
    pub fn package_patterns(&self) -> Vec<String> {
        let matching = self.arguments.iter().filter(|argument| argument.matches_packages);
        matching.map(|argument| argument.pattern.clone()).collect()
    }

    /// Looks for versions until all arguments are satisfied.
    ///
    /// # Errors
    /// They cannot be, or it is not known how.
    pub async fn run(&mut self) -> Result<(), Failures> {
        self.find_local().await;
        self.find_paths().await;
        self.find_tools().await;
        self.find_work().await;
        let mut states: Vec<State> = Vec::new();
        loop {
            self.check_progress(&mut states)?;
            self.find_wildcards().await;
            self.find_all().await?;
            let every: Vec<usize> = (0..self.arguments.len()).collect();
            if self.resolve(&every).await? {
                continue;
            }
            let upgrades = self.find_upgrades().await?;
            if self.apply(upgrades).await? {
                continue;
            }
            self.find_missing_wildcards().await;
            let wildcards = self.which(|argument| argument.is_plain_wildcard());
            if self.resolve(&wildcards).await? {
                continue;
            }
            break;
        }
        self.check_wildcards().await;
        self.check()
    }

    /// Ends where a round begins as an earlier one did: what follows would be the same again.
    /// go does not notice, and goes on for ever.
    fn check_progress(&self, states: &mut Vec<State>) -> Result<(), Failures> {
        let state = State {
            roots: self.roots.roots.clone(),
            decided: self.resolved.len(),
            seen: self.arguments.iter().map(|argument| argument.seen.len()).sum(),
        };
        if let Some(first) = states.iter().position(|earlier| *earlier == state) {
            let round = &states[first..];
            let comes_and_goes =
                |root: &&ModuleVersion| !round.iter().all(|state| state.roots.contains(root));
            let all = round.iter().flat_map(|state| &state.roots);
            let changing: BTreeSet<String> =
                all.filter(comes_and_goes).map(ToString::to_string).collect();
            let changing: Vec<String> = changing.into_iter().collect();
            return Err(vec![ArgumentError::Refused(format!(
                "the versions that imports ask for take turns: {}\n\tname the version of one of them to decide",
                changing.join(", ")
            ))]);
        }
        states.push(state);
        Ok(())
    }

    /// The places of arguments of a kind.
    fn which(&self, is_meant: impl Fn(&Argument) -> bool) -> Vec<usize> {
        let meant = self.arguments.iter().enumerate().filter(|(_, argument)| is_meant(argument));
        meant.map(|(index, _)| index).collect()
    }

    /// Ends where something has failed.
    fn check(&mut self) -> Result<(), Failures> {
        let gate = self.resolver.fetcher().gate();
        if let Err(error) = gate.check() {
            // Nothing else counts.
            let error = crate::fetch::error::FetchError::from(error);
            return Err(vec![ResolveError::from(error).into()]);
        }
        if self.failures.is_empty() { Ok(()) } else { Err(std::mem::take(&mut self.failures)) }
    }

    fn fail(&mut self, index: usize, error: ResolveError) {
        let text = self.arguments[index].named(&error);
        self.failures.push(ArgumentError::Failed { text, error: Box::new(error) });
    }

    fn is_main(&self, path: &str) -> bool {
        self.resolver.is_main(path)
    }

    /// The argument that a module must not be there for.
    fn none_for(&self, path: &ModulePath) -> bool {
        let nones = self.arguments.iter().filter(|argument| argument.is_none());
        let mut plain = nones.filter(|argument| !argument.is_local());
        plain.any(|argument| argument.matches_path(path))
    }

    /// The packages of a module that match a pattern; looked for once.
    async fn in_module(&self, text: &str, module: &ModuleVersion) -> InModule {
        let key = (text.to_owned(), module.clone());
        let begin = || {
            let (resolver, any) = (self.resolver.clone(), self.any.clone());
            let (text, module) = key.clone();
            async move { resolver.match_in_module(&text, &module, &any).await }
        };
        self.in_module.get(key.clone(), begin).await
    }

    async fn find_local(&mut self) {
        for index in self.which(Argument::is_local) {
            let text = self.arguments[index].pattern.clone();
            if self.arguments[index].seen.insert(text.clone()) {
                let modules = self.local(index).await;
                self.arguments[index].add(&text, modules);
            }
        }
    }

    /// What a local argument stands for: the main module, or nothing.
    async fn local(&self, index: usize) -> Modules {
        let argument = &self.arguments[index];
        let Some(main) = self.resolver.main() else { return Modules::default() };
        let text = &argument.pattern;
        let detail = match std::path::Path::new(text).is_absolute() {
            true => String::new(),
            false => format!(" ({})", clean(&self.resolver.directory().join(text)).display()),
        };
        let root = main.files.root.display();
        let failed =
            |text: String| Modules { error: Some(ResolveError::Query(text)), ..Modules::default() };
        let Some(wanted) = self.resolver.local_pattern(text) else {
            return failed(format!("{text}{detail} is not within module rooted at {root}"));
        };
        match self.in_module(&wanted, &main.version()).await {
            Err(error) => failed(error.to_string()),
            Ok(packages) if !packages.is_empty() => {
                Modules { with_packages: vec![main.version()], ..Modules::default() }
            }
            Ok(_) if argument.raw.is_empty() || argument.raw == "." => {
                failed("no package to get in current directory".to_owned())
            }
            Ok(_) if !argument.is_wildcard() => {
                failed(format!("{text}{detail} is not a package in module rooted at {root}"))
            }
            Ok(_) => {
                self.resolver.warn_unmatched(&wanted);
                Modules::default()
            }
        }
    }

    async fn find_paths(&mut self) {
        let plain = self.which(|argument| {
            let is_special = matches!(argument.pattern.as_str(), "all" | "work" | "tool");
            !argument.is_local() && !argument.is_wildcard() && !is_special
        });
        let finding = plain.into_iter().map(|index| {
            let solver = &*self;
            async move {
                let argument = &solver.arguments[index];
                let found = match argument.is_none() {
                    true => solver.removed(argument),
                    false => vec![(argument.pattern.clone(), solver.path(argument).await)],
                };
                (index, found)
            }
        });
        for (index, found) in join_all(finding).await {
            for (path, modules) in found {
                let argument = &mut self.arguments[index];
                if argument.seen.insert(path.clone()) {
                    let is_standard = modules.is_none();
                    argument.matches_packages |= is_standard;
                    argument.add(&path, modules.unwrap_or_default());
                }
            }
        }
    }

    /// What a package or module path stands for; `None` for the standard library.
    async fn path(&self, argument: &Argument) -> Option<Modules> {
        let text = &argument.pattern;
        if self.resolver.is_standard_package(text) {
            if argument.given.is_empty() {
                return None;
            }
            let text = format!(
                "can't request explicit version {:?} of standard library package {text}",
                argument.query
            );
            let error = Some(ResolveError::Query(text));
            return Some(Modules { error, ..Modules::default() });
        }
        let current = |path: &str| self.initial.selected(path);
        Some(self.resolver.query_pattern(text, &argument.query, &current).await)
    }

    /// What `@none` stands for: the module of the path, and those of the build list that match.
    /// Source: queryNone.
    fn removed(&self, argument: &Argument) -> Vec<(String, Option<Modules>)> {
        let of_main = |path: &ModulePath| {
            let error = ResolveError::QueryOfMain {
                main: path.clone(),
                pattern: argument.pattern.clone(),
                query: argument.query.clone(),
            };
            Modules { error: Some(error), ..Modules::default() }
        };
        let gone = |path: &ModulePath| Modules {
            alone: Some(ModuleVersion { path: path.clone(), version: Version::new(NONE) }),
            ..Modules::default()
        };
        let mut found = Vec::new();
        if !argument.is_wildcard() {
            let path = ModulePath::new(&argument.pattern);
            let modules = if self.is_main(&path) { of_main(&path) } else { gone(&path) };
            found.push((argument.pattern.clone(), Some(modules)));
        }
        for module in self.graph.selection.build_list() {
            if argument.matches_path(&module.path) {
                let is_main = self.is_main(&module.path);
                let modules = if is_main { of_main(&module.path) } else { gone(&module.path) };
                found.push((module.path.to_string(), Some(modules)));
            }
        }
        found
    }

    async fn find_tools(&mut self) {
        let Some(main) = self.resolver.main() else { return };
        let tools: Vec<String> = main.file.tool().iter().map(|line| line.to_string()).collect();
        for index in self.which(|argument| argument.pattern == "tool") {
            let initial = self.initial.clone();
            let current = move |path: &str| initial.selected(path);
            let query = self.arguments[index].query.clone();
            let finding =
                tools.iter().map(|tool| self.resolver.query_packages(tool, &query, &current));
            for (tool, modules) in tools.iter().zip(join_all(finding).await) {
                let argument = &mut self.arguments[index];
                if argument.seen.insert(tool.clone()) {
                    argument.add(tool, modules);
                }
            }
        }
    }

    async fn find_work(&mut self) {
        let Some(main) = self.resolver.main() else { return };
        for index in self.which(|argument| argument.pattern == "work") {
            if !self.arguments[index].seen.insert("work".to_owned()) {
                continue;
            }
            let modules = match self.in_module("work", &main.version()).await {
                Err(error) => Modules {
                    error: Some(ResolveError::Query(error.to_string())),
                    ..Modules::default()
                },
                Ok(packages) if packages.is_empty() => {
                    self.resolver.warn_unmatched("work");
                    Modules::default()
                }
                Ok(_) => Modules { with_packages: vec![main.version()], ..Modules::default() },
            };
            self.arguments[index].add("work", modules);
        }
    }

    /// Looks for modules of the build list that wildcards match, or that have packages which
    /// they do.
    async fn find_wildcards(&mut self) {
        for index in self.which(Argument::is_plain_wildcard) {
            let argument = &self.arguments[index];
            let found = if argument.is_none() {
                let found = self.removed(argument).into_iter();
                found.filter_map(|(path, modules)| Some((path, modules?))).collect()
            } else {
                let is_new = |module: &ModuleVersion| {
                    argument.can_match_in(&module.path)
                        && !argument.seen.contains(module.path.as_str())
                };
                let modules = self.graph.selection.build_list().into_iter().filter(is_new);
                let solver = &*self;
                let finding = modules.map(|module| async move {
                    (module.path.to_string(), solver.wildcard(argument, module).await)
                });
                join_all(finding).await
            };
            for (path, modules) in found {
                let argument = &mut self.arguments[index];
                if argument.seen.insert(path.clone()) {
                    argument.add(&path, modules);
                }
            }
        }
    }

    /// What a wildcard stands for in one module of the build list. Source: queryWildcard.
    async fn wildcard(&self, argument: &Argument, selected: ModuleVersion) -> Modules {
        if self.none_for(&selected.path) {
            return Modules::default();
        }
        let failed = |error| Modules { error: Some(error), ..Modules::default() };
        let is_main = self.is_main(&selected.path);
        if is_main && !super::packages::is_relative_to_current(&argument.query) {
            let (pattern, query) = (argument.pattern.clone(), argument.query.clone());
            if argument.matches_path(&selected.path) {
                let main = selected.path.clone();
                return failed(ResolveError::QueryOfMain { main, pattern, query });
            }
            match self.in_module(&argument.pattern, &selected).await {
                Err(error) => return failed(ResolveError::Query(error.to_string())),
                Ok(packages) if !packages.is_empty() => {
                    return failed(ResolveError::QueryOfMainPackages { pattern, query, packages });
                }
                Ok(_) => return self.try_wildcard(argument, selected).await,
            }
        }
        let current = |path: &str| self.initial.selected(path);
        match self.resolver.query_module(&selected.path, &argument.query, &current).await {
            Ok(module) => self.try_wildcard(argument, module).await,
            // It may yet be required at another version, or not at all.
            Err(error) if error.is_absence() => Modules::default(),
            Err(error) => failed(error),
        }
    }

    async fn try_wildcard(&self, argument: &Argument, module: ModuleVersion) -> Modules {
        match self.in_module(&argument.pattern, &module).await {
            Err(ImportError::Resolve(error)) => {
                Modules { error: Some(error), ..Modules::default() }
            }
            Err(error) => Modules {
                error: Some(ResolveError::Query(error.to_string())),
                ..Modules::default()
            },
            Ok(packages) if !packages.is_empty() => {
                Modules { with_packages: vec![module], ..Modules::default() }
            }
            Ok(_) if argument.matches_path(&module.path) => {
                Modules { alone: Some(module), ..Modules::default() }
            }
            Ok(_) => Modules::default(),
        }
    }

    /// Looks beyond the build list for what wildcards match that match no package in it.
    async fn find_missing_wildcards(&mut self) {
        for index in self.which(Argument::is_plain_wildcard) {
            let argument = &self.arguments[index];
            let text = argument.pattern.clone();
            if argument.is_none() || argument.matches_packages || argument.seen.contains(&text) {
                continue;
            }
            let current = |path: &str| self.initial.selected(path);
            let query = argument.query.clone();
            let mut modules = self.resolver.query_pattern(&text, &query, &current).await;
            // A module whose own path matches is enough.
            if modules.error.as_ref().is_some_and(is_no_such_package)
                && !self.arguments[index].resolved.is_empty()
            {
                modules = Modules::default();
            }
            let argument = &mut self.arguments[index];
            argument.seen.insert(text.clone());
            argument.add(&text, modules);
        }
    }

    /// Looks for modules that provide the packages of `all`.
    async fn find_all(&mut self) -> Result<(), Failures> {
        let all = self.which(|argument| argument.pattern == "all");
        if all.is_empty() {
            return Ok(());
        }
        let mut seen: Vec<(usize, String, HashSet<String>)> = Vec::new();
        for &index in &all {
            let argument = &mut self.arguments[index];
            seen.push((index, argument.query.clone(), std::mem::take(&mut argument.seen)));
        }
        let state = Mutex::new((seen, Vec::new()));
        let (resolver, initial) = (self.resolver, self.initial.clone());
        let judge = |package: String, module: Option<ModuleVersion>| {
            let (state, initial) = (&state, initial.clone());
            async move {
                let mut asked = Vec::new();
                {
                    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                    for (index, query, seen) in &mut state.0 {
                        if seen.insert(package.clone()) {
                            asked.push((*index, query.clone()));
                        }
                    }
                }
                let mut may_stay = true;
                for (index, query) in asked {
                    let current = |path: &str| initial.selected(path);
                    let modules = resolver.query_packages(&package, &query, &current).await;
                    may_stay &= modules.with_packages.as_slice() == module.as_slice();
                    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                    state.1.push((index, package.clone(), modules));
                }
                may_stay
            }
        };
        let loaded = self.load(&["all".to_owned()], &judge).await;
        let (seen, mut found) = state.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (index, _, seen) in seen {
            self.arguments[index].seen = seen;
        }
        found.sort_by(|a, b| a.1.cmp(&b.1));
        for (index, package, modules) in found {
            self.arguments[index].add(&package, modules);
        }
        self.roots = loaded?;
        Ok(())
    }

    /// Loads packages, and has everything judged that may need another module or version of
    /// it; answers the roots that this has led to. Source: loadPackages.
    async fn load<'j, F>(
        &self,
        patterns: &[String],
        judge: &'j (impl Fn(String, Option<ModuleVersion>) -> F + Sync),
    ) -> Result<Roots, Failures>
    where
        F: Future<Output = bool> + Send + 'j,
    {
        let of_module =
            |package: String, module: ModuleVersion| judge(package, Some(module)).boxed();
        let of_module: &Judge<'j> = &of_module;
        let options = Options { tags: &self.any, tests: self.settings.tests, roots_imported: true };
        let loaded =
            self.resolver.load_packages(&self.roots, options, patterns, Some(of_module)).await;
        let loaded = loaded.map_err(|error| vec![ArgumentError::from(error)])?;
        if let Some(problem) = loaded.problem {
            return Err(vec![problem.into()]);
        }
        let mut missing: Vec<String> = loaded
            .packages()
            .filter(|package| {
                let error = package.error.as_ref();
                !package.is_test() && error.is_some_and(ImportError::is_missing_or_ambiguous)
            })
            .map(|package| package.path.clone())
            .collect();
        missing.sort();
        join_all(missing.into_iter().map(|package| judge(package, None))).await;
        Ok(loaded.roots)
    }

    /// Looks for modules that provide missing imports of the packages that match, and with
    /// `-u` for newer versions of those that provide the others.
    /// Source: findAndUpgradeImports.
    async fn find_upgrades(&mut self) -> Result<Vec<Candidates>, Failures> {
        let patterns = self.package_patterns();
        if patterns.is_empty() {
            return Ok(Vec::new());
        }
        let upgrades = Mutex::new(Vec::new());
        let (resolver, update) = (self.resolver, self.settings.update);
        let (graph, resolved) = (self.graph.clone(), &self.resolved);
        let judge = |package: String, module: Option<ModuleVersion>| {
            let (upgrades, graph) = (&upgrades, graph.clone());
            async move {
                let query = match (&module, update) {
                    (None, _) => "latest",
                    (Some(module), Some(update)) if !resolved.contains_key(&module.path) => update,
                    _ => return true,
                };
                let current = |path: &str| graph.selected(path);
                let modules = resolver.query_packages(&package, query, &current).await;
                if module.as_ref().is_some_and(|m| modules.with_packages.contains(m)) {
                    return true;
                }
                let cannot_be_there = |error: &ResolveError| {
                    is_no_such_package(error)
                        || (module.is_none() && path::check(&package).is_err())
                };
                if modules.error.as_ref().is_some_and(cannot_be_there) {
                    return true;
                }
                let mut upgrades = upgrades.lock().unwrap_or_else(PoisonError::into_inner);
                upgrades.push(Candidates { path: package, modules });
                false
            }
        };
        let roots = self.load(&patterns, &judge).await?;
        let mut upgrades = upgrades.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.roots = roots;
        upgrades.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(upgrades)
    }

    /// Decides what is unambiguous; where that changes nothing, the rest arbitrarily. Answers
    /// whether the build list changed. Source: resolveQueries.
    async fn resolve(&mut self, which: &[usize]) -> Result<bool, Failures> {
        let mut decided = 0;
        loop {
            let before = decided;
            for &index in which {
                let mut undecided = Vec::new();
                for candidates in std::mem::take(&mut self.arguments[index].candidates) {
                    if let Some(error) = candidates.modules.error {
                        self.fail(index, error);
                        decided += 1;
                        continue;
                    }
                    let choice = match self.disambiguate(&candidates) {
                        Choice::Several(rest) => {
                            undecided.push(rest);
                            continue;
                        }
                        Choice::One { module, is_package } => Some((module, is_package)),
                        // So that the conflict gets told.
                        Choice::None => self.any_of(&candidates),
                    };
                    if let Some((module, is_package)) = choice {
                        self.decide(index, module, is_package);
                    }
                    decided += 1;
                }
                self.arguments[index].candidates = undecided;
            }
            self.check()?;
            if decided == before {
                break;
            }
        }
        if decided > 0 && self.update(&[]).await? {
            return Ok(true);
        }
        let mut is_arbitrary = false;
        for &index in which {
            for candidates in self.arguments[index].candidates.clone() {
                if let Some((module, is_package)) = self.any_of(&candidates) {
                    self.decide(index, module, is_package);
                }
                is_arbitrary = true;
            }
        }
        if is_arbitrary { self.update(&[]).await } else { Ok(false) }
    }

    /// Raises, or adds, what imports need, as far as the arguments let it.
    /// Source: applyUpgrades.
    async fn apply(&mut self, upgrades: Vec<Candidates>) -> Result<bool, Failures> {
        let mut tentative = Vec::new();
        for candidates in upgrades {
            if let Some(error) = candidates.modules.error {
                self.failures.push(error.into());
                continue;
            }
            let module = match self.disambiguate(&candidates) {
                Choice::One { module, .. } => Some(module),
                Choice::Several(rest) => self.any_of(&rest).map(|(module, _)| module),
                Choice::None => None,
            };
            tentative.extend(module);
        }
        self.check()?;
        self.update(&tentative).await
    }

    /// Drops candidates that other arguments rule out.
    fn disambiguate(&self, candidates: &Candidates) -> Choice {
        let mut left = Vec::new();
        for module in &candidates.modules.with_packages {
            if self.none_for(&module.path) {
                continue;
            }
            if self.is_main(&module.path) {
                if module.version.is_empty() {
                    return Choice::One { module: module.clone(), is_package: true };
                }
                continue;
            }
            match self.resolved.get(&module.path) {
                None => left.push(module.clone()),
                // From any other module the package would be there twice.
                Some(reason) if reason.version == module.version => {
                    return Choice::One { module: module.clone(), is_package: true };
                }
                Some(_) => {}
            }
        }
        let may_be = |module: &&ModuleVersion| {
            let reason = self.resolved.get(&module.path);
            reason.is_none_or(|reason| reason.version == module.version)
        };
        let alone = candidates.modules.alone.as_ref().filter(may_be).cloned();
        match (left.as_slice(), &alone) {
            ([module], None) => Choice::One { module: module.clone(), is_package: true },
            ([module], Some(alone)) if module == alone => {
                Choice::One { module: module.clone(), is_package: true }
            }
            ([], Some(alone)) => Choice::One { module: alone.clone(), is_package: false },
            ([], None) => Choice::None,
            _ => Choice::Several(Candidates {
                path: candidates.path.clone(),
                modules: Modules { with_packages: left, alone, error: None },
            }),
        }
    }

    /// One of several candidates: a module of the first build list where there is one, and
    /// the one with the longest path otherwise. Source: chooseArbitrarily.
    fn any_of(&self, candidates: &Candidates) -> Option<(ModuleVersion, bool)> {
        let Modules { with_packages, alone, .. } = &candidates.modules;
        let was_there =
            |module: &&ModuleVersion| self.initial.selected(&module.path).as_str() != NONE;
        let package = with_packages.iter().find(was_there).or(with_packages.first());
        let package = package.map(|module| (module.clone(), true));
        package.or_else(|| alone.clone().map(|module| (module, false)))
    }

    /// Notes the version of a module that an argument asks for, or the conflict with another.
    fn decide(&mut self, index: usize, module: ModuleVersion, is_package: bool) {
        self.arguments[index].matches_packages |= is_package;
        if self.is_main(&module.path) && !module.version.is_empty() {
            let argument = &self.arguments[index];
            let error = ResolveError::QueryOfMain {
                main: module.path.clone(),
                pattern: argument.pattern.clone(),
                query: argument.query.clone(),
            };
            return self.fail(index, error);
        }
        if let Some(reason) = self.resolved.get(&module.path)
            && reason.version != module.version
        {
            let reason = reason.clone();
            return self.conflict(index, &module, &reason);
        }
        let reason = Reason { version: module.version.clone(), argument: index };
        self.resolved.insert(module.path.clone(), reason);
        self.arguments[index].resolved.push(module);
    }

    /// Source: reportConflict.
    fn conflict(&mut self, index: usize, module: &ModuleVersion, reason: &Reason) {
        if std::mem::replace(&mut self.arguments[index].has_conflict, true) {
            return;
        }
        let (mine, other) = (&self.arguments[index], &self.arguments[reason.argument]);
        let (mine, other) = ((mine, &module.version), (other, &reason.version));
        // The one that says more comes first.
        let (first, second) = match mine.0.is_wildcard() && !other.0.is_wildcard() {
            true => (other, mine),
            false => (mine, other),
        };
        let detail = match first.0.pattern == module.path.as_str() {
            true => String::new(),
            false => format!("for module {}, ", module.path),
        };
        let text =
            format!("{detail}{} conflicts with {}", first.0.at(first.1), second.0.at(second.1));
        let text = self.arguments[index].named(text);
        self.failures.push(ArgumentError::Refused(text));
    }

    /// Brings the build list up to what was decided, and with the additions as far as they
    /// agree with it. Answers whether it changed. Source: updateBuildList.
    async fn update(&mut self, additions: &[ModuleVersion]) -> Result<bool, Failures> {
        let decided = self.resolved().filter(|module| !self.is_main(&module.path));
        let must_select: Vec<ModuleVersion> = decided.collect();
        let wanted = Wanted {
            must_select: &must_select,
            try_upgrade: additions,
            tells: self.settings.tells,
        };
        let (roots, changed) = match self.resolver.edit(&self.roots, wanted).await {
            Ok(edited) => edited,
            Err(EditError::Resolve(error)) => {
                self.check()?;
                return Err(vec![error.into()]);
            }
            Err(EditError::Conflicts(conflicts)) => {
                self.check()?;
                return Err(conflicts.into_iter().map(|one| self.explained(one)).collect());
            }
        };
        if !changed {
            return Ok(false);
        }
        let failed = |error: ResolveError| vec![ArgumentError::from(error)];
        let (roots, loaded) = self.resolver.expand(roots).await.map_err(failed)?;
        self.graph = loaded.complete().map_err(failed)?;
        self.roots = roots;
        self.check()?;
        Ok(true)
    }

    /// A conflict in terms of the arguments.
    fn explained(&self, conflict: Conflict) -> ArgumentError {
        if self.settings.tells {
            self.resolver.fetcher().progress().note(&conflict.to_string());
        }
        let reason = |module: &ModuleVersion| match self.resolved.get(&module.path) {
            Some(reason) => {
                let version = reason.version.clone();
                let module = ModuleVersion { path: module.path.clone(), version };
                self.arguments[reason.argument].resolved_to(&module)
            }
            None => module.to_string(),
        };
        let ((first, last), adverb) = (conflict.ends(), conflict.adverb());
        let text = format!("{} {adverb}requires {last}", reason(first));
        match &conflict.problem {
            Problem::Above(constraint) => {
                ArgumentError::Refused(format!("{text}, not {}", reason(constraint)))
            }
            Problem::Unreadable(error) => ArgumentError::Failed {
                text: format!("{text}: {}", conflict.reason()),
                error: Box::new(error.clone()),
            },
        }
    }

    /// Refuses a build list that has modules which a wildcard matches, at other versions than
    /// it asks for. Source: checkWildcardVersions.
    async fn check_wildcards(&mut self) {
        let solver = &*self;
        let build_list = solver.graph.selection.build_list();
        let pairs = solver.which(Argument::is_plain_wildcard).into_iter().flat_map(|index| {
            let may_match = move |selected: &&ModuleVersion| {
                solver.arguments[index].can_match_in(&selected.path)
            };
            build_list.iter().filter(may_match).map(move |selected| (index, selected))
        });
        let checks = pairs.map(|(index, selected)| async move {
            (index, solver.check_wildcard(&solver.arguments[index], selected).await)
        });
        for (index, result) in join_all(checks).await {
            if let Err(error) = result {
                self.fail(index, error);
            }
        }
    }

    async fn check_wildcard(
        &self,
        argument: &Argument,
        selected: &ModuleVersion,
    ) -> Result<(), ResolveError> {
        let text = &argument.pattern;
        let plain = |error: ImportError| match error {
            ImportError::Resolve(error) => error,
            error => ResolveError::Query(error.to_string()),
        };
        let is_named = argument.matches_path(&selected.path);
        if !is_named && self.in_module(text, selected).await.map_err(plain)?.is_empty() {
            return Ok(());
        }
        let current = |path: &str| self.initial.selected(path);
        let module = self.resolver.query_module(&selected.path, &argument.query, &current).await?;
        if module.version == selected.version {
            return Ok(());
        }
        if !is_named && self.in_module(text, &module).await.map_err(plain)?.is_empty() {
            let other = match module.version.as_str() == argument.query {
                true => module.to_string(),
                false => format!("{}@{} ({})", module.path, argument.query, module.version),
            };
            return Err(ResolveError::Query(format!(
                "{argument} matches packages in {selected} but not {other}: specify a different version for module {}",
                module.path
            )));
        }
        let text = format!("internal error: selected {selected} instead of {}", module.version);
        Err(ResolveError::Query(text))
    }
}

impl Argument {
    /// Whether it is a wildcard for packages of any module.
    fn is_plain_wildcard(&self) -> bool {
        self.is_wildcard() && !self.is_local()
    }
}

/// What is left of candidates.
enum Choice {
    One { module: ModuleVersion, is_package: bool },
    Several(Candidates),
    None,
}

/// Whether there is no such module version, or it does not have the package.
fn is_no_such_package(error: &ResolveError) -> bool {
    error.is_absence() || matches!(error, ResolveError::PackageNotInModule { .. })
}
