//! Which module of the graph provides a package.
//!
//! Source: ref/mod#resolve-pkg-mod, importFromModules in cmd/go/internal/modload/import.go.

use std::path::{Path, PathBuf};
use std::sync::{Arc, MutexGuard, PoisonError};

use foldhash::HashMap;
use futures_util::future::join_all;

use crate::fetch::error::FetchError;
use crate::spec::version::{self, Version};
use crate::spec::{ModulePath, ModuleVersion, path, pattern, standard_library};
use crate::store::DiskError;
use crate::store::package_folder::{self, Folder, ModuleFolder, ScanError, Tree};
use crate::verify::gate::SumKey;

use super::error::ResolveError;
use super::roots::{LoadedGraph, NONE, Roots};
use super::{Resolver, blocking};

/// Why a package cannot be imported.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ImportError {
    /// What is imported is no import path.
    #[error("{0}")]
    Invalid(String),
    /// No module of the graph provides the package.
    #[error("{}", absence.text(package))]
    Missing {
        /// The path.
        package: String,
        /// What else is known.
        absence: Absence,
    },
    /// go.sum lacks modules that may provide the package, and must not be changed.
    #[error("{}", missing_sums_text(package, *.found, modules, importer.as_ref()))]
    MissingSums {
        /// The path.
        package: String,
        /// Whether another module is known to provide it.
        found: bool,
        /// The modules whose sums are missing, the shortest path first.
        modules: Vec<ModuleVersion>,
        /// What imports it, once that is known.
        importer: Option<Importer>,
    },
    /// A package of the main module imports another from a module that go.mod does not list,
    /// and must not be changed.
    #[error(
        "package {importer} imports {package} from implicitly required module; \
         to add missing requirements, run:\n\tgomod get {module}"
    )]
    Implicit {
        /// What imports it.
        importer: String,
        /// The path.
        package: String,
        /// The module that provides it.
        module: ModuleVersion,
    },
    /// The path is one of the standard library, which has no such package.
    #[error("package {package} is not in std{}", folder.as_ref().map(|folder| format!(" ({})", folder.display())).unwrap_or_default())]
    NotInStandardLibrary {
        /// The path.
        package: String,
        /// Where it would be; `None` where no GOROOT is at hand.
        folder: Option<PathBuf>,
    },
    /// Several modules of the graph provide the package.
    #[error(
        "ambiguous import: found package {package} in multiple modules:{}",
        providers_text(providers)
    )]
    Ambiguous {
        /// The path.
        package: String,
        /// Each module with the folder of the package, the shortest path first; `None` is the
        /// standard library.
        providers: Vec<(Option<ModuleVersion>, PathBuf)>,
    },
    /// The files of the package cannot be read, or none of them is built here.
    #[error("{0}")]
    Scan(Arc<ScanError>),
    /// A module that may provide the package cannot be had.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// The package's module is to be selected at another version first.
    #[error("version change needed")]
    VersionChange,
}

/// What is known of a package that no module of the graph provides.
/// Source: ImportMissingError in cmd/go/internal/modload/import.go.
#[derive(Clone, Debug)]
pub enum Absence {
    /// It was not looked for any further.
    Unsought,
    /// The sources were asked in vain.
    NotFound(Box<ResolveError>),
    /// go.mod must not be changed, so it was not looked for.
    Readonly {
        /// Where it can be added: the folder of another module of the workspace.
        from: Option<PathBuf>,
    },
    /// The same; a replacement would provide it, if it were required at this version.
    Replaced(ModuleVersion),
    /// A module provides it at its latest version, but not at a newer one that is selected.
    Dropped {
        /// The module at its latest version.
        module: ModuleVersion,
        /// The selected version.
        selected: Version,
    },
}

impl Absence {
    fn text(&self, package: &str) -> String {
        match self {
            Self::Unsought => format!("cannot find module providing package {package}"),
            Self::NotFound(error) => {
                format!("cannot find module providing package {package}: {error}")
            }
            Self::Readonly { from } => {
                let folder = from.as_ref().map(|folder| format!("\n\tcd {}", folder.display()));
                format!(
                    "no required module provides package {package}; to add it:{}\n\tgomod get {package}",
                    folder.unwrap_or_default()
                )
            }
            Self::Replaced(module) => {
                let argument = match version::is_zero_pseudo(&module.version) {
                    true => module.path.to_string(),
                    false => module.to_string(),
                };
                format!(
                    "module {} provides package {package} and is replaced but not required; \
                     to add it:\n\tgomod get {argument}",
                    module.path
                )
            }
            Self::Dropped { module, selected } => format!(
                "package {package} provided by {} at latest version {} \
                 but not at required version {selected}",
                module.path, module.version
            ),
        }
    }
}

/// A package, or its tests, that imports another.
#[derive(Clone, Debug)]
pub struct Importer {
    /// Its path.
    pub package: String,
    /// The version of its module; empty where that has none.
    pub version: Version,
    /// Whether a test imports it.
    pub is_test: bool,
}

/// Source: ImportMissingSumError.
fn missing_sums_text(
    package: &str,
    found: bool,
    modules: &[ModuleVersion],
    importer: Option<&Importer>,
) -> String {
    let by = importer.map_or_else(String::new, |by| format!(" (imported by {})", by.package));
    let message = match found {
        true => format!(
            "missing go.sum entry needed to verify package {package}{by} is provided by exactly one module"
        ),
        false => format!("missing go.sum entry for module providing package {package}{by}"),
    };
    let paths: Vec<&str> = modules.iter().map(|module| module.path.as_str()).collect();
    match importer {
        None if paths.is_empty() => message,
        None => format!("{message}; to add:\n\tgomod mod download {}", paths.join(" ")),
        Some(Importer { package, version, is_test }) => {
            let flag = if *is_test { " -t" } else { "" };
            let at = if version.is_empty() { "" } else { "@" };
            format!("{message}; to add:\n\tgomod get{flag} {package}{at}{version}")
        }
    }
}

fn providers_text(providers: &[(Option<ModuleVersion>, PathBuf)]) -> String {
    let line = |(module, folder): &(Option<ModuleVersion>, PathBuf)| {
        let name = match module {
            Some(module) if module.version.is_empty() => module.path.to_string(),
            Some(module) => format!("{} {}", module.path, module.version),
            None => String::new(),
        };
        format!("\n\t{name} ({})", folder.display())
    };
    providers.iter().map(line).collect()
}

impl From<Arc<ScanError>> for ImportError {
    fn from(error: Arc<ScanError>) -> Self {
        Self::Scan(error)
    }
}

impl From<ImportError> for ResolveError {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Resolve(error) => error,
            error => Self::Query(error.to_string()),
        }
    }
}

impl From<DiskError> for ImportError {
    fn from(error: DiskError) -> Self {
        Self::Scan(Arc::new(ScanError::Disk(error)))
    }
}

impl ImportError {
    /// Whether another selection of modules may provide the package.
    pub fn is_missing_or_ambiguous(&self) -> bool {
        matches!(
            self,
            Self::Missing { .. } | Self::NotInStandardLibrary { .. } | Self::Ambiguous { .. }
        )
    }

    /// Whether nothing provides the package.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing { .. } | Self::NotInStandardLibrary { .. })
    }

    /// Whether the package is there, but no file of it is built with the tags that were given.
    pub fn has_no_files(&self) -> bool {
        matches!(self, Self::Scan(error) if matches!(**error, ScanError::NoGo))
    }
}

/// A package that was found.
#[derive(Debug)]
pub struct Provided {
    /// The module; `None` for the standard library.
    pub module: Option<ModuleVersion>,
    /// The folder of the package.
    pub folder: PathBuf,
    /// What its files import; of the standard library nothing that matters.
    pub package: Option<Arc<Folder>>,
    /// The other modules whose paths would let them provide it, and which do not.
    pub others: Vec<ModuleVersion>,
}

/// Where packages are looked for.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The requirements; the graph below them is read where they do not provide a package.
    pub roots: &'a Roots,
    /// The graph, where that is to be asked first and last.
    pub graph: Option<&'a LoadedGraph>,
    /// Whether the go.mod of the module that provides a package need not be known.
    pub skips_go_mod: bool,
    /// Whether it matters what is imported by files that are built here.
    pub builds: bool,
}

impl<'a> Scope<'a> {
    /// The roots first, and then their graph.
    pub fn of(roots: &'a Roots) -> Self {
        Self { roots, graph: None, skips_go_mod: false, builds: false }
    }
}

/// The paths that a module providing a package may have, the longest first.
pub fn prefixes(package: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(package), |path| path.rfind('/').map(|end| &path[..end]))
}

impl Resolver {
    /// Where the files of a module lie, which are fetched where they have to be.
    /// Source: fetch in cmd/go/internal/modload/import.go.
    ///
    /// # Errors
    /// They cannot be had, or the folder of a replacement is not there.
    pub async fn module_folder(
        &self,
        module: &ModuleVersion,
    ) -> Result<ModuleFolder, ResolveError> {
        if let Some(known) = self.known_module_folder(module) {
            return Ok(known);
        }
        let folder = self.look_for_module_folder(module).await?;
        self.places().insert(module.clone(), folder.clone());
        Ok(folder)
    }

    /// The same where it has been found before.
    fn known_module_folder(&self, module: &ModuleVersion) -> Option<ModuleFolder> {
        self.places().get(module).cloned()
    }

    fn places(&self) -> MutexGuard<'_, HashMap<ModuleVersion, ModuleFolder>> {
        // A panic elsewhere leaves the map whole: each change is one insertion.
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn look_for_module_folder(
        &self,
        module: &ModuleVersion,
    ) -> Result<ModuleFolder, ResolveError> {
        let main = self.mains().of_path(&module.path).filter(|_| module.version.is_empty());
        if let Some(main) = main {
            return Ok(ModuleFolder::local(&main.files.root));
        }
        let actual = self.actual(module);
        if !actual.version.is_empty() {
            return self.cached_folder(&actual).await;
        }
        let root = self.mains().folder(&actual.path);
        if package_folder::exists(self.files.overlay(), &root) {
            return Ok(ModuleFolder::local(&root));
        }
        Err(ResolveError::ReplacementFolder {
            module: module.clone(),
            folder: actual.path.to_string(),
        })
    }

    async fn cached_folder(&self, actual: &ModuleVersion) -> Result<ModuleFolder, ResolveError> {
        let fetched = self.fetcher().folder(actual).await;
        let hash = fetched
            .map_err(|error| ResolveError::answer(error.error, &error.path, &error.version))?;
        let paths = self
            .fetcher()
            .cache()
            .paths(actual)
            .map_err(|error| FetchError::from(error).of(&actual.path, &actual.version))?;
        Ok(ModuleFolder::cached(paths.folder, hash))
    }

    /// Whether one of these modules, each in its folder, has a package.
    /// Source: PkgIsInLocalModule in cmd/go/internal/modload/import.go.
    pub(super) fn is_in_any(&self, package: &str, modules: &[(ModulePath, ModuleFolder)]) -> bool {
        modules.iter().any(|(path, folder)| {
            self.folders.find(folder, path, package, false).is_ok_and(|found| found.is_some())
        })
    }

    /// Whether this is a package of the standard library, commands and what Go keeps to itself
    /// included.
    pub fn is_standard_package(&self, package: &str) -> bool {
        if !pattern::is_standard(package) {
            return false;
        }
        let in_goroot = || {
            let folder = self.standard_folder(package)?;
            let overlay = self.files.overlay();
            package_folder::find_package(overlay, &folder, Tree::Cached, package, package).ok()?
        };
        standard_library::contains(package) || in_goroot().is_some()
    }

    /// Where a package of the standard library lies in the GOROOT at hand.
    fn standard_folder(&self, package: &str) -> Option<PathBuf> {
        Some(self.goroot.as_ref()?.join("src").join(package))
    }

    /// The module that provides a package, which is to be the only one.
    ///
    /// # Errors
    /// Nothing provides it, or several modules do, or a module that may do so cannot be had.
    pub async fn find_package(
        &self,
        package: &str,
        scope: Scope<'_>,
    ) -> Result<Provided, ImportError> {
        if package.contains('@') {
            let text = format!("import path {package:?} should not have @version");
            return Err(ImportError::Invalid(text));
        }
        if pattern::is_relative(package) {
            return Err(ImportError::Invalid(format!(
                "{package:?} is relative, but relative import paths are not supported in module mode"
            )));
        }
        if Path::new(package).is_absolute() {
            let text = format!("{package:?} is not a package path; see 'gomod help get'");
            return Err(ImportError::Invalid(text));
        }
        if pattern::is_meta(package) {
            let text = format!("{package:?} is not an importable package; see 'gomod help get'");
            return Err(ImportError::Invalid(text));
        }
        path::check_import(package).map_err(|error| ImportError::Invalid(error.to_string()))?;
        let Scope { roots, .. } = scope;
        if scope.graph.is_none() {
            let selected = |path: &str| self.root_selected(roots, path);
            if let Some(found) = self.search(package, selected, scope).await? {
                return Ok(found);
            }
        }
        let graph;
        let loaded = match scope.graph {
            Some(loaded) => loaded,
            None => {
                // Without the whole graph a module of it might be looked for elsewhere.
                graph = self.graph(roots).await?.complete()?;
                &graph
            }
        };
        let selected = |path: &str| loaded.selection.version(path).cloned();
        if let Some(found) = self.search(package, selected, scope).await? {
            return Ok(found);
        }
        if pattern::is_standard(package) {
            return Err(self.not_in_standard_library(package));
        }
        let absence =
            if self.is_fixed() { Absence::Readonly { from: None } } else { Absence::Unsought };
        Err(ImportError::Missing { package: package.to_owned(), absence })
    }

    pub(super) fn not_in_standard_library(&self, package: &str) -> ImportError {
        let folder = self.standard_folder(package);
        ImportError::NotInStandardLibrary { package: package.to_owned(), folder }
    }

    async fn search(
        &self,
        package: &str,
        selected: impl Fn(&str) -> Option<Version>,
        scope: Scope<'_>,
    ) -> Result<Option<Provided>, ImportError> {
        let module_at = |prefix: &str| {
            let is_toolchain = matches!(prefix, "go" | "toolchain");
            let version = selected(prefix).filter(|v| !is_toolchain && v.as_str() != NONE)?;
            Some(ModuleVersion { path: prefix.into(), version })
        };
        let modules: Vec<ModuleVersion> = prefixes(package).filter_map(module_at).collect();
        let is_standard = self.is_standard_package(package);
        if modules.is_empty() && is_standard {
            return Ok(Some(self.standard(package)));
        }
        // Only the sums of those that are there tell whether a package is provided once.
        let lacks_sum = |module: &ModuleVersion| {
            let actual = self.actual(module);
            self.is_readonly()
                && super::is_version(&actual)
                && !self.fetcher().gate().lists(&SumKey::zip(&actual))
        };
        let (unlisted, modules): (Vec<_>, Vec<_>) = modules.into_iter().partition(lacks_sum);
        if modules.is_empty() && unlisted.is_empty() {
            return Ok(None);
        }
        let looked = match self.known_folders(&modules, package, scope.builds) {
            Some(looked) => looked,
            None => self.look_into(&modules, package, scope.builds).await?,
        };
        let (mut found, mut others) = (Vec::new(), Vec::new());
        for (module, folder) in modules.into_iter().zip(looked) {
            match folder {
                Some(folder) => found.push((module, folder)),
                None => others.push(module),
            }
        }
        let mut found: Vec<Provided> = found
            .into_iter()
            .map(|(module, package)| Provided {
                module: Some(module),
                folder: package.path.clone(),
                package: Some(package),
                others: Vec::new(),
            })
            .collect();
        if is_standard {
            found.insert(0, self.standard(package));
        }
        if found.len() > 1 {
            let providers = found.into_iter().rev().map(|found| (found.module, found.folder));
            return Err(ImportError::Ambiguous {
                package: package.to_owned(),
                providers: providers.collect(),
            });
        }
        if !unlisted.is_empty() {
            return Err(ImportError::MissingSums {
                package: package.to_owned(),
                found: !found.is_empty(),
                modules: unlisted.into_iter().rev().collect(),
                importer: None,
            });
        }
        let Some(found) = found.pop() else { return Ok(None) };
        // A build needs to know the go line of the module.
        if let Some(module) = &found.module
            && !scope.skips_go_mod
            && !self.is_main(&module.path)
        {
            self.requires(module).await?;
        }
        Ok(Some(Provided { others, ..found }))
    }

    /// The folder of the package in each module that has it, where all that is known.
    fn known_folders(
        &self,
        modules: &[ModuleVersion],
        package: &str,
        builds: bool,
    ) -> Option<Vec<Option<Arc<Folder>>>> {
        let known = |module: &ModuleVersion| {
            let at = self.known_module_folder(module)?;
            self.folders.known(&at, &module.path, package, builds)
        };
        modules.iter().map(known).collect()
    }

    async fn look_into(
        &self,
        modules: &[ModuleVersion],
        package: &str,
        builds: bool,
    ) -> Result<Vec<Option<Arc<Folder>>>, ImportError> {
        let folders = join_all(modules.iter().map(|module| self.module_folder(module))).await;
        let mut candidates = Vec::with_capacity(modules.len());
        for (module, folder) in modules.iter().zip(folders) {
            candidates.push((module.path.clone(), folder?));
        }
        let (folders, name) = (self.folders.clone(), package.to_owned());
        let find = move || {
            let find = |(path, at): &(ModulePath, _)| folders.find(at, path, &name, builds);
            candidates.iter().map(find).collect::<Result<Vec<_>, DiskError>>()
        };
        Ok(blocking(find).await?)
    }

    fn standard(&self, package: &str) -> Provided {
        let folder = self.standard_folder(package).unwrap_or_else(|| PathBuf::from(package));
        Provided { module: None, folder, package: None, others: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::error::FetchError;

    /// The texts of cmd/go's ImportMissingError.
    #[test]
    fn what_is_known_of_a_missing_package_is_told() {
        let text = |absence| {
            let package = "example.com/m/pkg".to_owned();
            ImportError::Missing { package, absence }.to_string()
        };
        let module = |version| ModuleVersion::new("example.com/m", version);
        let not_found = "cannot find module providing package example.com/m/pkg";
        assert_eq!(text(Absence::Unsought), not_found);
        let error = ResolveError::from(FetchError::NoCommits);
        assert_eq!(text(Absence::NotFound(Box::new(error))), format!("{not_found}: no commits"));
        assert_eq!(
            text(Absence::Readonly { from: None }),
            "no required module provides package example.com/m/pkg; to add it:\n\
             \tgomod get example.com/m/pkg"
        );
        let replaced = "module example.com/m provides package example.com/m/pkg and is \
                        replaced but not required; to add it:\n\tgomod get example.com/m";
        let any = module("v0.0.0-00010101000000-000000000000");
        assert_eq!(text(Absence::Replaced(any)), replaced);
        assert_eq!(text(Absence::Replaced(module("v1.2.0"))), format!("{replaced}@v1.2.0"));
        let dropped =
            Absence::Dropped { module: module("v1.2.0"), selected: Version::new("v1.3.0-rc.1") };
        assert_eq!(
            text(dropped),
            "package example.com/m/pkg provided by example.com/m at latest version v1.2.0 \
             but not at required version v1.3.0-rc.1"
        );
    }

    /// The texts of cmd/go's ImportMissingSumError.
    #[test]
    fn what_go_sum_lacks_is_told_with_what_adds_it() {
        let text = |found, modules: &[&str], importer| {
            let package = "example.com/m/pkg".to_owned();
            let modules = modules.iter().map(|path| ModuleVersion::new(path, "v1.0.0")).collect();
            ImportError::MissingSums { package, found, modules, importer }.to_string()
        };
        let importer = |version: &str, is_test| {
            let package = "example.com/by".to_owned();
            Some(Importer { package, version: Version::new(version), is_test })
        };
        let missing = "missing go.sum entry for module providing package example.com/m/pkg";
        assert_eq!(text(false, &[], None), missing);
        assert_eq!(
            text(false, &["example.com", "example.com/m"], None),
            format!("{missing}; to add:\n\tgomod mod download example.com example.com/m")
        );
        let imported = format!("{missing} (imported by example.com/by)");
        assert_eq!(
            text(false, &["example.com/m"], importer("", false)),
            format!("{imported}; to add:\n\tgomod get example.com/by")
        );
        assert_eq!(
            text(false, &["example.com/m"], importer("v1.0.0", true)),
            format!("{imported}; to add:\n\tgomod get -t example.com/by@v1.0.0")
        );
        assert_eq!(
            text(true, &["example.com"], importer("", false)),
            "missing go.sum entry needed to verify package example.com/m/pkg \
             (imported by example.com/by) is provided by exactly one module; to add:\n\
             \tgomod get example.com/by"
        );
    }
}
