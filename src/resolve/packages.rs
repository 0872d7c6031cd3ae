//! Queries for packages: which modules, at a version that a query stands for, have packages
//! that match a pattern.
//!
//! A package may lie in any module whose path is a beginning of its own; all of them are asked
//! for at once, and source by source of the GOPROXY list together.
//!
//! Source: ref/mod#resolve-pkg-mod, QueryPattern and queryPrefixModules in
//! cmd/go/internal/modload/query.go.

use std::sync::Arc;

use futures_util::future::join_all;

use crate::fetch::SourceAt;
use crate::fetch::direct::error::CodeError;
use crate::fetch::error::FetchError;
use crate::spec::source::Tags;
use crate::spec::version::Version;
use crate::spec::{ModulePath, ModuleVersion, path, pattern};

use super::error::ResolveError;
use super::import::prefixes;
use super::main_module::MainModule;
use super::query::Allow;
use super::{Resolver, blocking};

/// What a pattern was found to stand for, at a query.
#[derive(Clone, Debug, Default)]
pub struct Modules {
    /// The modules with packages that match, the longest path first.
    pub with_packages: Vec<ModuleVersion>,
    /// The module whose own path matches, without such packages.
    pub alone: Option<ModuleVersion>,
    /// Why there may be others.
    pub error: Option<ResolveError>,
}

impl Modules {
    /// None, for this reason.
    pub fn failed(error: impl Into<ResolveError>) -> Self {
        Self { error: Some(error.into()), ..Self::default() }
    }

    /// One that has packages.
    pub fn with_packages(module: ModuleVersion) -> Self {
        Self { with_packages: vec![module], ..Self::default() }
    }

    /// One that only has the path.
    pub fn alone(module: ModuleVersion) -> Self {
        Self { alone: Some(module), ..Self::default() }
    }
}

/// The version of a path that queries are relative to; `none` where there is none.
pub type Current<'a> = dyn Fn(&str) -> Version + Send + Sync + 'a;

/// Whether a query is answered relative to the current version.
pub fn is_relative_to_current(query: &str) -> bool {
    matches!(query, "upgrade" | "patch")
}

impl Resolver {
    /// The version of a module that a query stands for. What is asked for by name, or is the
    /// current version, may be retracted. Source: queryModule in
    /// cmd/go/internal/modget/get.go.
    ///
    /// # Errors
    /// Nothing matches, the query is malformed, or the sources fail.
    pub async fn query_module(
        &self,
        module: &ModulePath,
        query: &str,
        current: &Current<'_>,
    ) -> Result<ModuleVersion, ResolveError> {
        let current = current(module);
        let allow = Allow::of_query(query, &current);
        let info = self.query_unnamed(module, query, &current, allow).await?;
        Ok(ModuleVersion::new(module, &info.version))
    }

    /// The modules with packages that match, without the one that only has the path.
    pub async fn query_packages(&self, text: &str, query: &str, current: &Current<'_>) -> Modules {
        let mut modules = self.query_pattern(text, query, current).await;
        let alone = modules.alone.take();
        if let (true, None, Some(module)) =
            (modules.with_packages.is_empty(), &modules.error, alone)
        {
            modules.error = Some(self.not_in_module(module, text, query));
        }
        modules
    }

    pub(super) fn not_in_module(
        &self,
        module: ModuleVersion,
        text: &str,
        query: &str,
    ) -> ResolveError {
        let replacement = self.mains().replacement(&module).cloned();
        let (pattern, query) = (text.to_owned(), query.to_owned());
        ResolveError::PackageNotInModule { module, replacement, query, pattern }
    }

    /// The modules that a pattern may stand for, which is a path or has dots behind its first
    /// element.
    pub async fn query_pattern(&self, text: &str, query: &str, current: &Current<'_>) -> Modules {
        let base = match text.find("...") {
            None => text,
            Some(dots) => match text[..dots].rfind('/') {
                Some(end) => &text[..end],
                None => {
                    let (pattern, query) = (text.to_owned(), query.to_owned());
                    return Modules::failed(ResolveError::WildcardFirst { pattern, query });
                }
            },
        };
        let mut alone = None;
        let main = self.main();
        let matches_main = main.is_some_and(|main| pattern::matches(text, &main.path));
        if let Some(main) = main {
            let version = main.version();
            match self.packages_in(text, &version).await {
                Err(error) => return Modules::failed(error),
                Ok(packages) if !packages.is_empty() => {
                    if is_relative_to_current(query) {
                        return Modules::with_packages(version);
                    }
                    let (pattern, query) = (text.to_owned(), query.to_owned());
                    return Modules::failed(ResolveError::QueryOfMainPackages {
                        pattern,
                        query,
                        packages,
                    });
                }
                Ok(_) => {}
            }
            if matches_main && is_relative_to_current(query) {
                alone = Some(version);
            }
        }
        let of_main = |main: &MainModule| ResolveError::QueryOfMain {
            main: main.path.clone(),
            pattern: text.to_owned(),
            query: query.to_owned(),
        };
        // What is no module path may be replaced by one.
        let candidates: Vec<ModulePath> = prefixes(base)
            .filter(|prefix| !self.is_main(prefix) && path::split_major(prefix).is_some())
            .map(ModulePath::new)
            .collect();
        if candidates.is_empty() {
            return match main {
                _ if alone.is_some() => Modules { alone, ..Modules::default() },
                Some(main) if matches_main => Modules::failed(of_main(main)),
                _ => Modules::failed(self.not_in_module(ModuleVersion::new("", ""), text, query)),
            };
        }
        let mut walk = match self.fetcher().walk() {
            Ok(walk) => walk,
            Err(error) => return Modules::failed(error),
        };
        while let Some(at) = walk.source() {
            let mut found = self.query_prefixes(&at, &candidates, text, query, current).await;
            let Some(error) = found.error.take() else {
                found.alone = found.alone.or(alone);
                return found;
            };
            walk.failed(error.kind(), (found, error));
        }
        let (mut found, error) = walk.into_error();
        found.alone = found.alone.or(alone);
        let found_any = !found.with_packages.is_empty() || found.alone.is_some();
        found.error = match main {
            Some(main) if matches_main && !found_any && error.is_not_there() => Some(of_main(main)),
            _ => Some(error),
        };
        found
    }

    /// Asks one source for every candidate, and picks the error that tells the user most.
    /// Source: queryPrefixModules.
    async fn query_prefixes(
        &self,
        at: &SourceAt<'_>,
        candidates: &[ModulePath],
        text: &str,
        query: &str,
        current: &Current<'_>,
    ) -> Modules {
        let queries =
            candidates.iter().map(|path| self.query_prefix(at, path, text, query, current));
        let mut found = Modules::default();
        // By how much each kind tells, with the longest path that has it.
        let mut telling: [Option<ResolveError>; 6] = Default::default();
        for result in join_all(queries).await {
            match result {
                Ok((module, true)) => found.with_packages.push(module),
                Ok((module, false)) => found.alone = Some(module),
                Err(error) => match rank(&error) {
                    Some(rank) => {
                        telling[rank].get_or_insert(error);
                    }
                    // A module that may have the package hides failures at shorter paths.
                    None if found.with_packages.is_empty()
                        && found.alone.is_none()
                        && telling[0].is_none() =>
                    {
                        found.error.get_or_insert(error);
                    }
                    None => {}
                },
            }
        }
        if found.error.is_none() && found.with_packages.is_empty() && found.alone.is_none() {
            found.error = telling.into_iter().flatten().next();
        }
        found
    }

    /// One candidate at one source: the module version, and whether it has packages.
    async fn query_prefix(
        &self,
        at: &SourceAt<'_>,
        path: &ModulePath,
        text: &str,
        query: &str,
        current: &Current<'_>,
    ) -> Result<(ModuleVersion, bool), ResolveError> {
        let current = current(path);
        let allow = Allow::of_query(query, &current);
        let info = self.query_source(at, path, query, &current, allow).await?;
        let module = ModuleVersion::new(path, &info.version);
        if path.is_toolchain() {
            return Ok((module, false));
        }
        let packages = self.packages_in(text, &module).await?;
        if packages.is_empty() && !pattern::matches(text, path) {
            return Err(self.not_in_module(module, text, query));
        }
        Ok((module, !packages.is_empty()))
    }

    /// The packages of a module that match: those of a wildcard, or the one of a path, whose
    /// files need not be built.
    async fn packages_in(
        &self,
        text: &str,
        module: &ModuleVersion,
    ) -> Result<Vec<String>, ResolveError> {
        if text.contains("...") {
            let found = self.match_in_module(text, module, &Tags::any()).await;
            return found.map_err(ResolveError::from);
        }
        let at = self.module_folder(module).await?;
        let (folders, path, name) = (self.folders.clone(), module.path.clone(), text.to_owned());
        let find = move || folders.find(&at, &path, &name, false);
        let folder = blocking(find)
            .await
            .map_err(|error| ResolveError::Fetch(FetchError::Disk(Arc::new(error))))?;
        Ok(folder.map(|_| text.to_owned()).into_iter().collect())
    }
}

/// How much an error tells, where it says that a module is not the one; 0 is most.
fn rank(error: &ResolveError) -> Option<usize> {
    Some(match error {
        ResolveError::PackageNotInModule { .. } => 0,
        ResolveError::NoMatchingVersion { .. } => 1,
        ResolveError::NoPatchBase(_) => 2,
        ResolveError::Fetch(FetchError::Path(_)) => 3,
        error if error.is_not_there() => 5,
        ResolveError::Fetch(FetchError::Version(_)) => 4,
        ResolveError::Module(module) if is_invalid_version(&module.error) => 4,
        _ => return None,
    })
}

fn is_invalid_version(error: &FetchError) -> bool {
    match error {
        FetchError::Version(_) | FetchError::Unescapable(_) => true,
        // So says version control.
        FetchError::Code(failed) => matches!(failed.error, CodeError::Invalid { .. }),
        _ => false,
    }
}
