//! What arguments may stand for: each kind of argument has its way of being looked up.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::join_all;

use crate::config::clean;
use crate::spec::path;
use crate::spec::version::Version;
use crate::spec::{ModulePath, ModuleVersion};

use super::{Failures, InModule, Solver, is_no_such_package};
use crate::resolve::argument::{Argument, ArgumentError, Candidates};
use crate::resolve::error::ResolveError;
use crate::resolve::import::ImportError;
use crate::resolve::load::{Judge, Options};
use crate::resolve::packages::{Modules, is_relative_to_current};
use crate::resolve::roots::{NONE, Roots};

impl Solver<'_> {
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

    pub(super) async fn find_local(&mut self) {
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
        let Some(wanted) = self.resolver.local_pattern(main, text) else {
            return failed(format!("{text}{detail} is not within module rooted at {root}"));
        };
        match self.in_module(&wanted, &main.version()).await {
            Err(error) => Modules::failed(error),
            Ok(packages) if !packages.is_empty() => Modules::with_packages(main.version()),
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

    pub(super) async fn find_paths(&mut self) {
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
            return Some(Modules::failed(ResolveError::Query(text)));
        }
        let current = |path: &str| self.initial.selected(path);
        Some(self.resolver.query_pattern(text, &argument.query, &current).await)
    }

    /// What `@none` stands for: the module of the path, and those of the build list that match.
    /// Source: queryNone.
    fn removed(&self, argument: &Argument) -> Vec<(String, Option<Modules>)> {
        let of_main = |path: &ModulePath| {
            Modules::failed(ResolveError::QueryOfMain {
                main: path.clone(),
                pattern: argument.pattern.clone(),
                query: argument.query.clone(),
            })
        };
        let gone = |path: &ModulePath| {
            Modules::alone(ModuleVersion { path: path.clone(), version: Version::new(NONE) })
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

    pub(super) async fn find_tools(&mut self) {
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

    pub(super) async fn find_work(&mut self) {
        let Some(main) = self.resolver.main() else { return };
        for index in self.which(|argument| argument.pattern == "work") {
            if !self.arguments[index].seen.insert("work".to_owned()) {
                continue;
            }
            let modules = match self.in_module("work", &main.version()).await {
                Err(error) => Modules::failed(error),
                Ok(packages) if packages.is_empty() => {
                    self.resolver.warn_unmatched("work");
                    Modules::default()
                }
                Ok(_) => Modules::with_packages(main.version()),
            };
            self.arguments[index].add("work", modules);
        }
    }

    /// Looks for modules of the build list that wildcards match, or that have packages which
    /// they do.
    pub(super) async fn find_wildcards(&mut self) {
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
        let is_main = self.is_main(&selected.path);
        if is_main && !is_relative_to_current(&argument.query) {
            let (pattern, query) = (argument.pattern.clone(), argument.query.clone());
            if argument.matches_path(&selected.path) {
                let main = selected.path.clone();
                return Modules::failed(ResolveError::QueryOfMain { main, pattern, query });
            }
            match self.in_module(&argument.pattern, &selected).await {
                Err(error) => return Modules::failed(error),
                Ok(packages) if !packages.is_empty() => {
                    let error = ResolveError::QueryOfMainPackages { pattern, query, packages };
                    return Modules::failed(error);
                }
                Ok(_) => return self.try_wildcard(argument, selected).await,
            }
        }
        let current = |path: &str| self.initial.selected(path);
        match self.resolver.query_module(&selected.path, &argument.query, &current).await {
            Ok(module) => self.try_wildcard(argument, module).await,
            // It may yet be required at another version, or not at all.
            Err(error) if error.is_absence() => Modules::default(),
            Err(error) => Modules::failed(error),
        }
    }

    async fn try_wildcard(&self, argument: &Argument, module: ModuleVersion) -> Modules {
        match self.in_module(&argument.pattern, &module).await {
            Err(error) => Modules::failed(error),
            Ok(packages) if !packages.is_empty() => Modules::with_packages(module),
            Ok(_) if argument.matches_path(&module.path) => Modules::alone(module),
            Ok(_) => Modules::default(),
        }
    }

    /// Looks beyond the build list for what wildcards match that match no package in it.
    pub(super) async fn find_missing_wildcards(&mut self) {
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
    pub(super) async fn find_all(&mut self) -> Result<(), Failures> {
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
        let options =
            Options { roots_imported: true, ..Options::new(&self.any, self.settings.tests) };
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
            .filter(|package| !self.resolver.is_in_any(package, self.settings.neighbours))
            .collect();
        missing.sort();
        join_all(missing.into_iter().map(|package| judge(package, None))).await;
        Ok(loaded.roots)
    }

    /// Looks for modules that provide missing imports of the packages that match, and with
    /// `-u` for newer versions of those that provide the others.
    /// Source: findAndUpgradeImports.
    pub(super) async fn find_upgrades(&mut self) -> Result<Vec<Candidates>, Failures> {
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

    /// Refuses a build list that has modules which a wildcard matches, at other versions than
    /// it asks for. Source: checkWildcardVersions.
    pub(super) async fn check_wildcards(&mut self) {
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
        let is_named = argument.matches_path(&selected.path);
        if !is_named && self.in_module(text, selected).await?.is_empty() {
            return Ok(());
        }
        let current = |path: &str| self.initial.selected(path);
        let module = self.resolver.query_module(&selected.path, &argument.query, &current).await?;
        if module.version == selected.version {
            return Ok(());
        }
        if !is_named && self.in_module(text, &module).await?.is_empty() {
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
