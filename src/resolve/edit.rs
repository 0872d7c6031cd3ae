//! Edits: requirements changed so that the versions that are asked for are selected.
//!
//! Roots that lead to a version above one that must be selected are lowered until none does;
//! what must be selected and leads there itself is a conflict. A module version counts as
//! disqualified together with what requires it, and where the requirements are pruned as far
//! as pruning lets it.
//!
//! Source: ref/mod#go-get, editRequirements and dqTracker in cmd/go/internal/modload/edit.go.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use foldhash::HashMap;

use crate::spec::graph::Pruning;
use crate::spec::version::Version;
use crate::spec::{ModulePath, ModuleVersion, VersionNames, goversion};

use super::Resolver;
use super::error::ResolveError;
use super::main_module::Requirements;
use super::query::Allow;
use super::roots::{LoadedGraph, NONE, Roots};

/// What an edit is to bring about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// These are selected, or there is a conflict; `none` where nothing is to be selected.
    pub must_select: &'a [ModuleVersion],
    /// Raised to these versions as far as the others let them.
    pub try_upgrade: &'a [ModuleVersion],
    /// Whether each step is told: `-v`.
    pub tells: bool,
}

/// Why a version that must be selected cannot be.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// The requirements from a version that must be selected to the one that is in the way;
    /// never empty.
    pub path: Vec<ModuleVersion>,
    /// What is wrong with the last of them.
    pub problem: Problem,
}

/// What is wrong with a module version.
#[derive(Clone, Debug)]
pub enum Problem {
    /// It is above the version that must be selected.
    Above(ModuleVersion),
    /// Its requirements cannot be read.
    Unreadable(ResolveError),
}

impl Conflict {
    /// The first and the last of the chain.
    pub fn ends(&self) -> (&ModuleVersion, &ModuleVersion) {
        match self.path.as_slice() {
            [only] => (only, only),
            [first, .., last] => (first, last),
            [] => unreachable!("a conflict is about a module version"),
        }
    }

    /// The word before `requires` where the chain is long.
    pub fn adverb(&self) -> &'static str {
        if self.path.len() > 2 { "indirectly " } else { "" }
    }

    /// The problem alone, without the name of the module version that has it.
    pub fn reason(&self) -> String {
        match &self.problem {
            Problem::Above(constraint) => format!("but {} is requested", constraint.version),
            Problem::Unreadable(error) => error.without_name_of(self.ends().1),
        }
    }

    /// The conflict in a line, with the ends of the chain.
    pub fn summary(&self) -> String {
        let ((first, last), adverb) = (self.ends(), self.adverb());
        match &self.problem {
            Problem::Above(constraint) if self.path.len() == 1 => {
                format!("{first} is above {}", constraint.version)
            }
            Problem::Above(_) => format!("{first} {adverb}requires {last}, {}", self.reason()),
            Problem::Unreadable(_) if self.path.len() == 1 => {
                format!("{first}: {}", self.reason())
            }
            Problem::Unreadable(_) => {
                format!("{first} {adverb}requires {last}: {}", self.reason())
            }
        }
    }
}

/// The whole chain, a line for each module version.
impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.ends().0)?;
        if self.path.len() == 1 {
            f.write_str(" found")?;
        }
        for module in self.path.iter().skip(1) {
            write!(f, " requires\n\t{module}")?;
        }
        match &self.problem {
            Problem::Above(_) => write!(f, ", {}", self.reason()),
            Problem::Unreadable(_) => write!(f, ": {}", self.reason()),
        }
    }
}

/// Why requirements could not be edited.
#[derive(Clone, Debug, thiserror::Error)]
pub enum EditError {
    /// The versions that must be selected exclude each other.
    #[error("version constraints conflict:{}", .0.iter().map(|c| format!("\n\t{}", c.summary())).collect::<String>())]
    Conflicts(Vec<Conflict>),
    /// Something that decides cannot be read.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
}

/// The roots of a module graph while they are edited: `none` where there is to be no root.
type Selected = BTreeMap<ModulePath, Version>;

impl Resolver {
    /// The roots changed so that the wanted versions are selected, everything else being as
    /// near to what it was as that allows; and whether that is a change.
    ///
    /// # Errors
    /// The wanted versions exclude each other, or a part of the graph cannot be read.
    pub async fn edit(
        &self,
        original: &Roots,
        wanted: Wanted<'_>,
    ) -> Result<(Roots, bool), EditError> {
        let pruning = pruning_after(original.pruning, wanted.must_select);
        let before = self.convert_pruning(original.clone(), pruning).await?;
        let mut selected: Selected = match pruning {
            // Of a path that is listed twice, the last is the highest.
            Pruning::Pruned => {
                before.roots.iter().map(|m| (m.path.clone(), m.version.clone())).collect()
            }
            // A package of the main module may be imported from what no root names.
            // Of a workspace one module is edited at a time.
            Pruning::Unpruned | Pruning::Workspace => {
                let loaded = self.graph(&before).await?.complete()?;
                let build_list = loaded.selection.build_list().into_iter().skip(1);
                build_list.map(|m| (m.path, m.version)).collect()
            }
        };
        for upgrade in wanted.try_upgrade {
            let is_there = selected.get(&upgrade.path).is_some_and(|version| {
                ModuleVersion::compare_versions(&upgrade.path, version, &upgrade.version).is_ge()
            });
            if !is_there {
                self.tell(wanted, || format!("trying upgrade to {upgrade}"));
                selected.insert(upgrade.path.clone(), upgrade.version.clone());
            }
        }
        let (fixed, conflicts) = fixed_versions(wanted.must_select);
        if !conflicts.is_empty() {
            return Err(EditError::Conflicts(conflicts));
        }
        selected.extend(fixed.clone());

        let edit = Edit { resolver: self, original, pruning, wanted, fixed: &fixed };
        let mut rejected = HashSet::new();
        let mut roots = loop {
            let roots = listed(&selected);
            if !edit.step(&roots, &mut selected, &mut rejected).await? {
                break roots;
            }
        };
        if pruning == Pruning::Unpruned {
            let must = wanted.must_select.iter();
            let must = must.filter(|m| m.version.as_str() != NONE && !self.is_main(&m.path));
            let stays_listed = |root: &&ModuleVersion| {
                before.root_version(&root.path).is_some_and(|version| {
                    *version == root.version || before.direct.contains(&root.path)
                })
            };
            let base = must.chain(roots.iter().filter(stays_listed));
            let base: Vec<ModulePath> = base.map(|module| module.path.clone()).collect();
            roots = self.minimal_roots(roots, &base).await?;
        }
        if pruning == original.pruning && roots == original.roots {
            return Ok((original.clone(), false));
        }
        // What is not in the build list any more provides no package.
        let direct =
            roots.iter().map(|m| &m.path).filter(|path| before.direct.contains(*path)).cloned();
        let edited = Requirements { pruning, direct: direct.collect(), roots };
        let edited = match edited.outgrows_its_pruning() {
            true => self.convert_pruning(edited.into(), Pruning::Pruned).await?,
            false => edited.into(),
        };
        Ok((edited, true))
    }

    fn tell(&self, wanted: Wanted<'_>, text: impl FnOnce() -> String) {
        if wanted.tells {
            self.fetcher().progress().note(&text());
        }
    }

    /// The tagged version below this one that may be chosen; `none` where there is none.
    /// Source: previousVersion in cmd/go/internal/modload/mvs.go.
    async fn previous(&self, module: &ModuleVersion) -> Result<Version, ResolveError> {
        let versions = match self.allowed_versions(&module.path, Allow::Unretracted).await {
            Ok(versions) => versions.list,
            Err(error) if error.is_absence() => VersionNames::default(),
            Err(error) => return Err(error),
        };
        let is_lower = |version: &str| {
            ModuleVersion::compare_versions(&module.path, version, &module.version).is_lt()
        };
        let end = versions.partition_point(is_lower);
        let last = end.checked_sub(1).and_then(|last| versions.get(last));
        Ok(Version::new(last.unwrap_or(NONE)))
    }

    /// The graph below the roots, with the requirements of the selected version of each path
    /// in `selected`: made consistent, the graph would have them, and only with them does it
    /// show why each version is selected. Answers also the versions that are not roots.
    /// Source: extendGraph.
    async fn extended_graph(
        &self,
        requirements: &Requirements,
        selected: &Selected,
    ) -> Result<(LoadedGraph, HashSet<ModuleVersion>), ResolveError> {
        let mut extended: HashSet<ModuleVersion> = HashSet::new();
        loop {
            let loaded =
                self.load_extended(requirements, extended.iter().cloned().collect()).await?;
            if requirements.pruning == Pruning::Unpruned {
                return Ok((loaded, extended));
            }
            let known = extended.len();
            for path in selected.keys() {
                let Some(version) = loaded.selection.version(path) else { continue };
                let module = ModuleVersion { path: path.clone(), version: version.clone() };
                if loaded.graph.required_by(&module).is_none() {
                    extended.insert(module);
                }
            }
            if extended.len() == known {
                return Ok((loaded, extended));
            }
        }
    }
}

/// The pruning after the edit, as far as what must be selected tells.
fn pruning_after(before: Pruning, must_select: &[ModuleVersion]) -> Pruning {
    for module in must_select {
        match module.path.as_str() {
            "go" => return Pruning::of_go_version(&module.version),
            "toolchain" => {
                let version = goversion::from_toolchain(&module.version);
                if Pruning::of_go_version(version) == Pruning::Unpruned {
                    return Pruning::Unpruned;
                }
            }
            _ => {}
        }
    }
    before
}

/// What must be selected, by path; and a conflict for each path that has two versions.
fn fixed_versions(must_select: &[ModuleVersion]) -> (Selected, Vec<Conflict>) {
    let mut fixed = Selected::new();
    let mut conflicts = Vec::new();
    for module in must_select {
        let held = fixed.get(&module.path).cloned();
        match held {
            Some(version) if version != module.version => {
                let held = ModuleVersion { path: module.path.clone(), version };
                let (higher, lower) = if held.compare(module).is_gt() {
                    (held, module.clone())
                } else {
                    (module.clone(), held)
                };
                conflicts.push(Conflict { path: vec![higher], problem: Problem::Above(lower) });
            }
            _ => {
                fixed.insert(module.path.clone(), module.version.clone());
            }
        }
    }
    (fixed, conflicts)
}

/// The roots that there are to be, in order.
fn listed(selected: &Selected) -> Vec<ModuleVersion> {
    let roots = selected.iter().filter(|(_, version)| version.as_str() != NONE);
    let mut roots: Vec<_> = roots
        .map(|(path, version)| ModuleVersion { path: path.clone(), version: version.clone() })
        .collect();
    roots.sort_by(ModuleVersion::compare);
    roots
}

/// An edit that is under way.
struct Edit<'a> {
    resolver: &'a Resolver,
    original: &'a Roots,
    pruning: Pruning,
    wanted: Wanted<'a>,
    fixed: &'a Selected,
}

impl Edit<'_> {
    fn is_above_fixed(&self, module: &ModuleVersion) -> bool {
        self.fixed.get(&module.path).is_some_and(|limit| {
            ModuleVersion::compare_versions(&module.path, &module.version, limit).is_gt()
        })
    }

    /// Looks for roots that lead to what must not be selected, and lowers each by a version;
    /// where there are none, locks in what other roots raise. Answers whether anything changed.
    async fn step(
        &self,
        roots: &[ModuleVersion],
        selected: &mut Selected,
        rejected: &mut HashSet<ModuleVersion>,
    ) -> Result<bool, EditError> {
        let requirements =
            Requirements { pruning: self.pruning, roots: roots.to_vec(), direct: HashSet::new() };
        let (loaded, extended) = self.resolver.extended_graph(&requirements, selected).await?;
        let own_pruning = |module: &ModuleVersion| match self.pruning {
            Pruning::Pruned => loaded.graph.pruning_of(module).unwrap_or(Pruning::Pruned),
            Pruning::Unpruned | Pruning::Workspace => Pruning::Unpruned,
        };
        let every_root = roots.iter().chain(&extended);
        let root_pruning = every_root.map(|m| (m.clone(), own_pruning(m))).collect();
        let disqualified = self.disqualify(&loaded, root_pruning);

        let mut conflicts = Vec::new();
        let mut is_changed = false;
        for root in roots {
            let Some(conflict) = self.conflict(&disqualified, root, own_pruning(root)) else {
                continue;
            };
            if self.fixed.get(&root.path) == Some(&root.version) {
                conflicts.push(conflict);
                continue;
            }
            // Another root raises it anyway: where that version will do, so be it.
            let actual = loaded.selected(&root.path);
            if actual != root.version {
                let raised = ModuleVersion { path: root.path.clone(), version: actual };
                let cause = disqualified.cause(&raised, own_pruning(root));
                if cause.is_none() && !rejected.contains(&raised) {
                    continue;
                }
            }
            let graph = self.resolver.graph(self.original).await?;
            let origin = graph.selected(&root.path);
            let is_unreadable = matches!(conflict.problem, Problem::Unreadable(_));
            if is_unreadable && origin == root.version {
                // It was there before, and may well do no harm.
                conflicts.push(conflict);
                continue;
            }
            rejected.insert(root.clone());
            let lower =
                self.lower(root, &origin, rejected, &disqualified, own_pruning(root)).await?;
            if is_unreadable || self.wanted.tells {
                let lower = ModuleVersion { path: root.path.clone(), version: lower.clone() };
                let action = if lower.version.as_str() == NONE {
                    format!("removing {root}")
                } else if lower.version == origin {
                    format!("restoring {lower}")
                } else {
                    format!("trying {lower}")
                };
                let text = format!("{}\n\t{action}", conflict.summary());
                self.resolver.fetcher().progress().note(&text);
            }
            selected.insert(root.path.clone(), lower);
            is_changed = true;
        }
        if !conflicts.is_empty() {
            return Err(EditError::Conflicts(conflicts));
        }
        if is_changed {
            return Ok(true);
        }
        for (path, version) in selected.iter_mut() {
            let actual = loaded.selected(path);
            if !self.fixed.contains_key(path) && actual != *version {
                self.resolver.tell(self.wanted, || {
                    format!("accepting indirect upgrade from {path}@{version} to {actual}")
                });
                *version = actual;
                is_changed = true;
            }
        }
        Ok(is_changed)
    }

    /// Marks what must not be selected, and what leads there.
    fn disqualify(
        &self,
        loaded: &LoadedGraph,
        root_pruning: HashMap<ModuleVersion, Pruning>,
    ) -> Disqualified {
        let mut disqualified = Disqualified { root_pruning, ..Disqualified::default() };
        for module in loaded.graph.breadth_first() {
            if self.is_above_fixed(module) {
                // Even where its requirements would be pruned out.
                disqualified.add(module, Pruning::Pruned, Cause::Requires(module.clone()));
                continue;
            }
            if let Some(error) = loaded.failed.get(module) {
                disqualified.add(module, Pruning::Pruned, Cause::Unreadable(error.clone()));
                continue;
            }
            let is_main = module.version.is_empty();
            let Some(required) = loaded.graph.required_by(module).filter(|_| !is_main) else {
                continue;
            };
            if let Some(above) = required.iter().find(|required| self.is_above_fixed(required)) {
                disqualified.add(module, Pruning::Pruned, Cause::Requires(above.clone()));
                continue;
            }
            for required in required {
                if !disqualified.require(module, required) {
                    break;
                }
            }
        }
        disqualified
    }

    fn conflict(
        &self,
        disqualified: &Disqualified,
        root: &ModuleVersion,
        pruning: Pruning,
    ) -> Option<Conflict> {
        let (path, error) = disqualified.path(root, pruning);
        let last = path.last()?;
        let problem = match (error, self.fixed.get(&last.path)) {
            (Some(error), _) => Problem::Unreadable(error),
            (None, Some(version)) => {
                Problem::Above(ModuleVersion { path: last.path.clone(), version: version.clone() })
            }
            (None, None) => unreachable!("only what must be selected disqualifies a version"),
        };
        Some(Conflict { path, problem })
    }

    /// The next lower version of a root that nothing is known against. The version before
    /// the edit is among them, also where it is not tagged.
    async fn lower(
        &self,
        root: &ModuleVersion,
        origin: &Version,
        rejected: &mut HashSet<ModuleVersion>,
        disqualified: &Disqualified,
        pruning: Pruning,
    ) -> Result<Version, EditError> {
        let below = |version: &Version, other: &Version| {
            ModuleVersion::compare_versions(&root.path, version, other).is_lt()
        };
        let mut lower = root.clone();
        loop {
            let was_higher = below(origin, &lower.version);
            lower.version = match self.resolver.previous(&lower).await {
                Ok(previous) if !(was_higher && below(&previous, origin)) => previous,
                Err(error) if !was_higher => return Err(error.into()),
                _ => origin.clone(),
            };
            if rejected.contains(&lower) {
                continue;
            }
            if disqualified.cause(&lower, pruning).is_none() {
                return Ok(lower.version);
            }
            rejected.insert(lower.clone());
        }
    }
}

/// Why a module version must not be selected.
#[derive(Clone, Debug)]
enum Cause {
    /// It is, or requires, this version.
    Requires(ModuleVersion),
    Unreadable(ResolveError),
}

/// What holds where the requirements are pruned, and what where they are not.
#[derive(Clone, Debug, Default)]
struct Causes {
    pruned: Option<Cause>,
    unpruned: Option<Cause>,
}

impl Causes {
    fn from(&self, pruning: Pruning) -> Option<&Cause> {
        match pruning {
            Pruning::Pruned => self.pruned.as_ref(),
            Pruning::Unpruned | Pruning::Workspace => self.unpruned.as_ref(),
        }
    }
}

/// The module versions that must not be selected, with the reason. Source: dqTracker.
#[derive(Debug, Default)]
struct Disqualified {
    /// The pruning that each root's own go.mod file has.
    root_pruning: HashMap<ModuleVersion, Pruning>,
    causes: HashMap<ModuleVersion, Causes>,
    /// By whom each version is required that may still become disqualified.
    required_by: HashMap<ModuleVersion, Vec<ModuleVersion>>,
}

impl Disqualified {
    fn cause(&self, module: &ModuleVersion, pruning: Pruning) -> Option<&Cause> {
        self.causes.get(module)?.from(pruning)
    }

    /// Notes a requirement, and disqualifies the module for it where the required version is
    /// disqualified. Answers whether others of its requirements can still matter.
    fn require(&mut self, module: &ModuleVersion, required: &ModuleVersion) -> bool {
        let by_required = || Cause::Requires(required.clone());
        let root_pruning = self.root_pruning.get(required).copied();
        if root_pruning.is_some_and(|pruning| self.cause(required, pruning).is_some()) {
            self.add(module, Pruning::Pruned, by_required());
            return false;
        }
        if self.cause(required, Pruning::Unpruned).is_some() {
            self.add(module, Pruning::Unpruned, by_required());
            if !self.root_pruning.contains_key(module) {
                return false;
            }
        }
        self.required_by.entry(required.clone()).or_default().push(module.clone());
        true
    }

    /// Disqualifies a module version where it is reached through requirements of this
    /// pruning, and what requires it as far as it would then be reached.
    fn add(&mut self, module: &ModuleVersion, pruning: Pruning, cause: Cause) {
        // Depth first, in order: of several causes the first counts.
        let mut stack = vec![(module.clone(), pruning, cause)];
        while let Some((module, pruning, cause)) = stack.pop() {
            let root_pruning = self.root_pruning.get(&module).copied();
            let causes = self.causes.entry(module.clone()).or_default();
            if causes.from(pruning).is_some() {
                continue;
            }
            let is_always_unpruned = root_pruning == Some(Pruning::Unpruned);
            if pruning == Pruning::Pruned {
                // What is read with pruning is read without it too.
                causes.unpruned.get_or_insert_with(|| cause.clone());
                causes.pruned = Some(cause);
            } else {
                if is_always_unpruned {
                    causes.pruned = Some(cause.clone());
                }
                causes.unpruned = Some(cause);
            }
            let is_root = root_pruning.is_some();
            let spreads_everywhere = is_root && (pruning == Pruning::Pruned || is_always_unpruned);
            let spread = if spreads_everywhere { Pruning::Pruned } else { Pruning::Unpruned };
            let requiring = if spreads_everywhere || !is_root {
                self.required_by.remove(&module).unwrap_or_default()
            } else {
                self.required_by.get(&module).cloned().unwrap_or_default()
            };
            let next = requiring.into_iter().rev();
            stack.extend(next.map(|next| (next, spread, Cause::Requires(module.clone()))));
        }
    }

    /// The chain of requirements from a module version to the one that disqualifies it, and
    /// why that cannot be read; empty where the version is not disqualified.
    fn path(
        &self,
        start: &ModuleVersion,
        mut pruning: Pruning,
    ) -> (Vec<ModuleVersion>, Option<ResolveError>) {
        let mut path = Vec::new();
        let mut module = start;
        loop {
            if self.root_pruning.get(module) == Some(&Pruning::Unpruned) {
                pruning = Pruning::Unpruned;
            }
            let Some(cause) = self.cause(module, pruning) else { return (path, None) };
            path.push(module.clone());
            match cause {
                Cause::Unreadable(error) => return (path, Some(error.clone())),
                Cause::Requires(dependency) if dependency == module => return (path, None),
                Cause::Requires(dependency) => module = dependency,
            }
        }
    }
}
