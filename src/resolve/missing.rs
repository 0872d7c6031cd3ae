//! The module to require for a package that no module of the graph provides.
//!
//! Source: queryImport in cmd/go/internal/modload/import.go.

use crate::spec::version;
use crate::spec::{ModulePath, ModuleVersion, path, pattern};
use crate::verify::gate::SumKey;

use super::import::{Absence, ImportError, prefixes};
use super::main_modules::MainModules;
use super::roots::Roots;
use super::{Resolver, blocking, is_version};

impl Resolver {
    /// The module version that is to be required so that a package is there: a replacement
    /// that go.mod does not require yet, or else the latest version of what the sources know,
    /// the longest path first.
    ///
    /// # Errors
    /// Nothing provides it, go.mod must not be changed, or the sources fail.
    pub(super) async fn query_import(
        &self,
        package: &str,
        roots: &Roots,
    ) -> Result<ModuleVersion, ImportError> {
        let missing = |absence| ImportError::Missing { package: package.to_owned(), absence };
        let replaced = self.unrequired_replacements(package, roots).await?;
        for module in &replaced {
            let actual = self.actual(module);
            let zip = SumKey::zip(&actual);
            if self.is_readonly() && is_version(&actual) && !self.fetcher().gate().lists(&zip) {
                let (package, modules) = (package.to_owned(), Vec::new());
                let (found, importer) = (false, None);
                return Err(ImportError::MissingSums { package, found, modules, importer });
            }
            let at = self.module_folder(module).await?;
            let (folders, path, name) =
                (self.folders.clone(), module.path.clone(), package.to_owned());
            let find = move || folders.find(&at, &path, &name, false);
            match blocking(find).await? {
                None => {}
                Some(_) if self.is_fixed() => {
                    return Err(missing(Absence::Replaced(module.clone())));
                }
                Some(_) => return Ok(module.clone()),
            }
        }
        if let Some(first) = replaced.first()
            && path::check(package).is_err()
        {
            // The sources cannot have it.
            return Err(self.not_in_module(first.clone(), package, "latest").into());
        }
        if pattern::is_standard(package) {
            return Err(self.not_in_standard_library(package));
        }
        if self.is_fixed() {
            return Err(missing(Absence::Readonly { from: None }));
        }
        self.fetcher().progress().note(&format!("finding module for package {package}"));
        let loaded = self.graph(roots).await?.complete()?;
        // Where a +incompatible version is selected, the latest may be another one.
        let current = |path: &str| loaded.selected(path);
        let modules = self.query_packages(package, "latest", &current).await;
        if let Some(error) = modules.error {
            return Err(match error.is_not_there() {
                true => missing(Absence::NotFound(Box::new(error))),
                false => error.into(),
            });
        }
        let is_newer = |module: &&ModuleVersion| {
            let selected = loaded.selected(&module.path);
            ModuleVersion::compare_versions(&module.path, &selected, &module.version).is_gt()
        };
        let mut found = modules.with_packages.iter();
        match found.find(|module| !is_newer(module)) {
            Some(module) => Ok(module.clone()),
            None => Err(missing(match modules.with_packages.into_iter().next() {
                Some(module) => {
                    let selected = loaded.selected(&module.path);
                    Absence::Dropped { module, selected }
                }
                None => Absence::Unsought,
            })),
        }
    }

    /// The highest replaced version of each path that may hold the package, above what is
    /// selected of it; the longest path first.
    async fn unrequired_replacements(
        &self,
        package: &str,
        roots: &Roots,
    ) -> Result<Vec<ModuleVersion>, ImportError> {
        let mut replaced = Vec::new();
        for prefix in prefixes(package) {
            let Some(module) = highest_replaced(self.mains(), &ModulePath::new(prefix)) else {
                continue;
            };
            let selected = self.graph(roots).await?.complete()?.selected(prefix);
            if ModuleVersion::compare_versions(prefix, &selected, &module.version).is_lt() {
                replaced.push(module);
            }
        }
        Ok(replaced)
    }
}

/// The highest version of a path that is replaced. Where all are, and none by name, it is one
/// below all that there can be.
fn highest_replaced(mains: &MainModules, module: &ModulePath) -> Option<ModuleVersion> {
    let versions = mains.replaced_versions(module);
    let highest =
        versions.into_iter().max_by(|a, b| ModuleVersion::compare_versions(module, a, b))?;
    if !highest.is_empty() {
        return Some(ModuleVersion::new(module, highest));
    }
    let suffix = path::split_major(module).map_or("", |(_, suffix)| suffix);
    Some(ModuleVersion::new(module, &version::zero_pseudo(path::major_of_suffix(suffix))))
}
