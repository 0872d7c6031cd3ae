//! `get`'s solver: which versions satisfy all arguments together, and what their packages
//! import.
//!
//! Each argument has candidates: modules that a path may be had from. What is unambiguous is
//! decided first; that may change the build list, and with it what other arguments match, so
//! everything is looked at again until nothing changes. Queries are relative to the build list
//! before the command, `-u` to the one that has come about.
//!
//! Source: ref/mod#go-get, cmd/go/internal/modget/get.go.

mod find;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::spec::source::Tags;
use crate::spec::version::Version;
use crate::spec::{ModulePath, ModuleVersion};
use crate::store::package_folder::ModuleFolder;
use crate::verify::once::OnceMap;

use super::Resolver;
use super::argument::{Argument, ArgumentError, Candidates};
use super::edit::{Conflict, EditError, Problem, Wanted};
use super::error::ResolveError;
use super::import::ImportError;
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
    /// The modules of the workspace around the main module: what they have is not missing.
    pub neighbours: &'a [(ModulePath, ModuleFolder)],
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
