//! Which module of the graph provides a package.
//!
//! Source: ref/mod#resolve-pkg-mod, importFromModules in cmd/go/internal/modload/import.go.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::future::join_all;

use crate::fetch::error::FetchError;
use crate::spec::version::Version;
use crate::spec::{ModuleVersion, path, pattern, standard_library};
use crate::store::DiskError;
use crate::store::package_folder::{self, Folder, ScanError, Tree};

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
    #[error("cannot find module providing package {0}")]
    Missing(String),
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
            Self::Missing(_) | Self::NotInStandardLibrary { .. } | Self::Ambiguous { .. }
        )
    }

    /// Whether the package is there, but no file of it is built with the tags that were given.
    pub fn has_no_files(&self) -> bool {
        matches!(self, Self::Scan(error) if matches!(**error, ScanError::NoGo))
    }
}

/// Where the files of a module lie.
#[derive(Clone, Debug)]
pub struct ModuleFolder {
    /// Its root.
    pub root: PathBuf,
    /// What kind of tree it is the root of.
    pub tree: Tree,
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
        let Some(main) = self.main() else { return self.cached_folder(module).await };
        if module.version.is_empty() && main.path == module.path {
            return Ok(ModuleFolder { root: main.files.root.clone(), tree: Tree::Local });
        }
        let actual = self.actual(module);
        if !actual.version.is_empty() {
            return self.cached_folder(&actual).await;
        }
        let root = main.folder(&actual.path);
        if package_folder::exists(self.files.overlay(), &root) {
            return Ok(ModuleFolder { root, tree: Tree::Local });
        }
        Err(ResolveError::ReplacementFolder {
            module: module.clone(),
            folder: actual.path.to_string(),
        })
    }

    async fn cached_folder(&self, actual: &ModuleVersion) -> Result<ModuleFolder, ResolveError> {
        self.fetcher().folder(actual).await?;
        let paths = self
            .fetcher()
            .cache()
            .paths(actual)
            .map_err(|error| FetchError::from(error).of(&actual.path, &actual.version))?;
        Ok(ModuleFolder { root: paths.folder, tree: Tree::Cached })
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

    /// The module that provides a package, which is to be the only one; looked for among the
    /// roots first and then, where `loaded` is not given, in the whole graph.
    ///
    /// # Errors
    /// Nothing provides it, or several modules do, or a module that may do so cannot be had.
    pub async fn find_package(
        &self,
        package: &str,
        roots: &Roots,
        loaded: Option<&LoadedGraph>,
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
        if loaded.is_none() {
            let selected = |path: &str| self.root_selected(roots, path);
            if let Some(found) = self.search(package, selected).await? {
                return Ok(found);
            }
        }
        let graph;
        let loaded = match loaded {
            Some(loaded) => loaded,
            None => {
                // Without the whole graph a module of it might be looked for elsewhere.
                graph = self.graph(roots).await?.complete()?;
                &graph
            }
        };
        let selected = |path: &str| loaded.selection.version(path).cloned();
        match self.search(package, selected).await? {
            Some(found) => Ok(found),
            None if pattern::is_standard(package) => Err(ImportError::NotInStandardLibrary {
                package: package.to_owned(),
                folder: self.standard_folder(package),
            }),
            None => Err(ImportError::Missing(package.to_owned())),
        }
    }

    async fn search(
        &self,
        package: &str,
        selected: impl Fn(&str) -> Option<Version>,
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
        let folders = join_all(modules.iter().map(|module| self.module_folder(module))).await;
        let mut candidates = Vec::with_capacity(modules.len());
        for (module, folder) in modules.into_iter().zip(folders) {
            candidates.push((module, folder?));
        }
        if candidates.is_empty() {
            return Ok(None);
        }
        let find = {
            let (folders, name) = (self.folders.clone(), package.to_owned());
            move || {
                let mut found: Vec<Provided> = Vec::new();
                for (module, at) in candidates {
                    let package = folders.find(&at.root, at.tree, &module.path, &name)?;
                    found.extend(package.map(|package| Provided {
                        module: Some(module),
                        folder: package.path.clone(),
                        package: Some(package),
                    }));
                }
                Ok::<_, DiskError>(found)
            }
        };
        self.only(package, blocking(find).await?, is_standard).await
    }

    async fn only(
        &self,
        package: &str,
        mut found: Vec<Provided>,
        is_standard: bool,
    ) -> Result<Option<Provided>, ImportError> {
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
        let Some(found) = found.pop() else { return Ok(None) };
        // A build needs to know the go line of the module.
        if let Some(module) = &found.module
            && !self.is_main(&module.path)
        {
            self.requires(module).await?;
        }
        Ok(Some(found))
    }

    fn standard(&self, package: &str) -> Provided {
        let folder = self.standard_folder(package).unwrap_or_else(|| PathBuf::from(package));
        Provided { module: None, folder, package: None }
    }
}
