//! Patterns of packages: what `./...`, `all`, `example.com/...` or a path match.
//!
//! Source: `go help packages`, LoadPackages and resolveLocalPackage in
//! cmd/go/internal/modload/load.go, matchPackages in cmd/go/internal/modload/search.go.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use futures_util::future::join_all;

use crate::config::clean;
use crate::spec::pattern::{self, Ignored};
use crate::spec::source::Tags;
use crate::spec::{ModulePath, ModuleVersion, standard_library};
use crate::store;
use crate::store::package_folder::{self, FolderSearch, Found, ModuleFolder, ScanError, Search};

use super::error::ResolveError;
use super::import::ImportError;
use super::load::{self, Loaded, all_pattern};
use super::main_module::{MainModule, shown};
use super::roots::Roots;
use super::{Resolver, blocking};

/// A pattern with what it matches.
#[derive(Clone, Debug)]
pub struct Match {
    /// The pattern.
    pub pattern: String,
    /// The import paths that it matches.
    pub packages: Vec<String>,
    /// Why it may match more, or stands for nothing.
    pub errors: Vec<ImportError>,
    /// Where it names folders: what they are.
    folders: Option<Vec<PathBuf>>,
}

impl Match {
    /// A pattern of which nothing is known yet.
    pub fn new(pattern: &str) -> Self {
        let pattern = pattern.to_owned();
        Self { pattern, packages: Vec::new(), errors: Vec::new(), folders: None }
    }

    /// The errors as they are told of a pattern.
    pub fn messages(&self) -> impl Iterator<Item = String> {
        let kind = if pattern::is_literal(&self.pattern) { "" } else { "pattern " };
        self.errors.iter().map(move |error| format!("{kind}{}: {error}", self.pattern))
    }
}

impl Resolver {
    /// Finds what a pattern matches among the modules that these roots select. Packages that
    /// have been `loaded` tell what belongs to `all`, and errors are kept with them only.
    pub(super) async fn match_packages(
        &self,
        one: &mut Match,
        roots: &Roots,
        options: load::Options<'_>,
        loaded: Option<&Loaded>,
    ) -> Result<(), ResolveError> {
        let text = one.pattern.clone();
        if pattern::is_local(&text) {
            if one.folders.is_none() {
                one.folders = Some(match self.local_folders(&text).await {
                    Ok(folders) => folders,
                    Err(error) => {
                        one.errors.push(error);
                        Vec::new()
                    }
                });
            }
            one.packages.clear();
            for folder in one.folders.iter().flatten() {
                match self.local_package(folder) {
                    Ok(package) => one.packages.push(package),
                    Err(error) if loaded.is_some() => one.errors.push(error),
                    Err(_) => {}
                }
            }
            return Ok(());
        }
        one.errors.clear();
        let tags = options.tags;
        let of_main = || {
            let mut versions = self.mains().versions();
            versions.retain(|main| options.main.is_none_or(|only| main.path == *only));
            versions
        };
        one.packages = match text.as_str() {
            "std" | "cmd" => {
                let is_command = |path: &&str| path.split('/').next() == Some("cmd");
                let wanted = standard_library::packages();
                let wanted = wanted.filter(|path| is_command(path) == (text == "cmd"));
                wanted.map(str::to_owned).collect()
            }
            "tool" => self.tools().into_iter().collect(),
            "all" if let Some(loaded) = loaded => all_pattern(loaded),
            "all" => {
                let mut packages = self.search_modules("all", &of_main(), tags, one).await?;
                // go takes them in no order.
                packages.extend(self.tools());
                packages
            }
            "work" => self.search_modules("work", &of_main(), tags, one).await?,
            _ if !text.contains("...") => vec![text],
            _ => {
                let graph = self.graph(roots).await?;
                one.errors.extend(graph.failure.clone().map(ImportError::from));
                let build_list = graph.selection.build_list();
                let mut packages = self.search_modules(&text, &build_list, tags, one).await?;
                let standard = standard_library::packages();
                let standard = standard.filter(|path| pattern::matches(&text, path));
                packages.extend(standard.map(str::to_owned));
                packages.sort();
                packages.dedup();
                packages
            }
        };
        Ok(())
    }

    /// The packages of modules that match a pattern; why there may be more is put beside it.
    async fn search_modules(
        &self,
        text: &str,
        modules: &[ModuleVersion],
        tags: &Tags,
        one: &mut Match,
    ) -> Result<Vec<String>, ResolveError> {
        let may_match = |module: &&ModuleVersion| {
            let is_module = !module.path.is_toolchain();
            is_module && (pattern::is_meta(text) || pattern::can_match_below(text, &module.path))
        };
        let modules: Vec<&ModuleVersion> = modules.iter().filter(may_match).collect();
        let folders = join_all(modules.iter().map(|module| self.module_folder(module))).await;
        let mut packages: Vec<String> = Vec::new();
        let mut visited = HashSet::new();
        for (module, folder) in modules.into_iter().zip(folders) {
            match folder {
                Ok(folder) => {
                    let found;
                    (found, visited) =
                        self.search_folder(text, module, &folder, tags, visited).await;
                    packages.extend(self.told(found, one));
                }
                Err(error) => one.errors.push(error.into()),
            }
        }
        packages.sort();
        Ok(packages)
    }

    fn told(&self, found: Found, one: &mut Match) -> Vec<String> {
        for link in &found.links {
            let text = format!("warning: ignoring symlink {}", link.display());
            self.fetcher().progress().warning(&text);
        }
        one.errors.extend(found.failures.into_iter().map(ImportError::from));
        found.packages
    }

    async fn search_folder(
        &self,
        text: &str,
        module: &ModuleVersion,
        at: &ModuleFolder,
        tags: &Tags,
        mut visited: HashSet<String>,
    ) -> (Found, HashSet<String>) {
        let ignored = match self.mains().of_path(&module.path) {
            Some(main) => ignored_by(main),
            None => match self.summary(&self.actual(module)).await {
                Ok(summary) => Ignored::new(summary.ignore.iter().map(String::as_str)),
                Err(_) => Ignored::default(),
            },
        };
        let (folders, text, prefix) =
            (self.folders.clone(), text.to_owned(), module.path.to_string());
        let (at, tags) = (at.clone(), tags.clone());
        let threads = store::threads();
        let walk = move || {
            let search =
                Search { at: &at, prefix: &prefix, pattern: &text, ignored: &ignored, tags: &tags };
            let found = search.run(&folders, &mut visited, threads);
            (found, visited)
        };
        blocking(walk).await
    }

    /// The packages of one module version that match a pattern, whether the graph has the
    /// module or not. Source: MatchInModule.
    ///
    /// # Errors
    /// The module cannot be had, or part of it cannot be read.
    pub async fn match_in_module(
        &self,
        text: &str,
        module: &ModuleVersion,
        tags: &Tags,
    ) -> Result<Vec<String>, ImportError> {
        if !pattern::is_literal(text) {
            let mut one = Match::new(text);
            let module = std::slice::from_ref(module);
            let packages = self.search_modules(text, module, tags, &mut one).await?;
            return match one.errors.into_iter().next() {
                Some(error) => Err(error),
                None => Ok(packages),
            };
        }
        let at = self.module_folder(module).await?;
        let (folders, path, name) = (self.folders.clone(), module.path.clone(), text.to_owned());
        let builds = !tags.are_any();
        let found = blocking(move || folders.find(&at, &path, &name, builds)).await?;
        let Some(folder) = found else { return Ok(Vec::new()) };
        match folder.imports(tags) {
            Err(error) if matches!(*error, ScanError::NoGo) => Ok(Vec::new()),
            // A broken package is one nevertheless.
            Ok(_) | Err(_) => Ok(vec![text.to_owned()]),
        }
    }

    /// The import path that a local pattern stands for in a main module, dots included; `None`
    /// where it lies outside. Source: DirImportPath.
    pub fn local_pattern(&self, main: &MainModule, text: &str) -> Option<String> {
        let folder = clean(&self.directory.join(text));
        let below = folder.strip_prefix(&main.files.root).ok()?;
        Some(match below.strip_prefix("vendor") {
            // There packages lie by their whole path.
            Ok(package) if !package.as_os_str().is_empty() => package.display().to_string(),
            _ => import_path(&main.path, below),
        })
    }

    /// The folders that a local pattern names: of many those with packages that are built here,
    /// whatever else is looked at.
    async fn local_folders(&self, text: &str) -> Result<Vec<PathBuf>, ImportError> {
        let Some(dots) = text.find("...") else {
            return Ok(vec![clean(&self.directory.join(text))]);
        };
        if self.mains().is_empty() {
            return Ok(Vec::new());
        }
        let start = text[..dots].rfind('/').map_or("", |end| &text[..=end]);
        let start = clean(&self.directory.join(start));
        let Some(main) = self.around(&start) else {
            let outside = match self.mains().workspace() {
                Some(_) => "modules listed in go.work or their selected dependencies",
                None => "main module or its selected dependencies",
            };
            return Err(ImportError::Invalid(format!(
                "directory prefix {} does not contain {outside}",
                shown(&start, &self.directory)
            )));
        };
        let (overlay, tags, directory) =
            (self.files.overlay().clone(), self.build_tags.clone(), self.directory.clone());
        let (root, ignored, text) = (main.files.root.clone(), ignored_by(main), text.to_owned());
        let found = blocking(move || {
            let search = FolderSearch {
                directory: &directory,
                pattern: &text,
                module_root: &root,
                ignored: &ignored,
                tags: &tags,
            };
            search.run(&overlay)
        });
        Ok(found.await?)
    }

    /// The main module that a folder belongs to: the next go.mod above is its own.
    fn around(&self, folder: &Path) -> Option<&MainModule> {
        let module = self.module_around(folder)?;
        self.mains().iter().find(|main| main.files.root == module)
    }

    /// The nearest folder with a go.mod file.
    fn module_around<'a>(&self, folder: &'a Path) -> Option<&'a Path> {
        let overlay = self.files.overlay();
        folder.ancestors().find(|folder| overlay.is_file(&folder.join("go.mod")))
    }

    /// The import path of a folder of a main module. Source: resolveLocalPackage.
    fn local_package(&self, folder: &Path) -> Result<String, ImportError> {
        let invalid = |reason: String| Err(ImportError::Invalid(reason));
        let overlay = self.files.overlay();
        if self.mains().is_empty() {
            return invalid("directory outside a module".to_owned());
        }
        if !package_folder::has_sources(overlay, folder)? {
            return invalid(match package_folder::exists(overlay, folder) {
                true => format!("no Go files in {}", folder.display()),
                false => format!("stat {}: directory not found", folder.display()),
            });
        }
        if let Some(main) = self.mains().iter().find(|main| main.files.root == folder) {
            return Ok(main.path.to_string());
        }
        let mut missing: Option<(ModulePath, String)> = None;
        for main in self.mains().iter() {
            let root = &main.files.root;
            let Ok(below) = folder.strip_prefix(root) else { continue };
            if below.starts_with("vendor") {
                return invalid(format!(
                    "without -mod=vendor, directory {} has no package path",
                    folder.display()
                ));
            }
            let package = import_path(&main.path, below);
            match self.folders.find(&ModuleFolder::local(root), &main.path, &package, false)? {
                Some(_) => return Ok(package),
                // Another module may lie within this one.
                None => {
                    let held = missing.as_ref().map_or(0, |(main, _)| main.as_str().len());
                    if main.path.as_str().len() > held {
                        missing = Some((main.path.clone(), package));
                    }
                }
            }
        }
        if let Some((main, pattern)) = missing {
            return Err(ResolveError::PackageNotInMain { main, pattern }.into());
        }
        let name = match shown(folder, &self.directory) {
            name if name == "." => "current directory".to_owned(),
            name => format!("directory {name}"),
        };
        invalid(match self.mains().workspace() {
            Some(_) => self.outside_workspace(folder, &name),
            None => format!("{name} outside main module or its selected dependencies"),
        })
    }

    /// What is said of a folder in no module of the workspace.
    fn outside_workspace(&self, folder: &Path, name: &str) -> String {
        match self.module_around(folder) {
            Some(module) => {
                let module = shown(module, &self.directory);
                format!(
                    "{name} is contained in a module that is not one of the workspace modules \
                     listed in go.work. You can add the module to the workspace using:\n\t\
                     gomod work use {module}"
                )
            }
            None => {
                format!("{name} outside modules listed in go.work or their selected dependencies")
            }
        }
    }
}

fn ignored_by(main: &MainModule) -> Ignored {
    Ignored::new(main.file.ignore().iter().map(|line| line.as_str()))
}

fn import_path(module: &ModulePath, below: &Path) -> String {
    if below.as_os_str().is_empty() {
        return module.to_string();
    }
    format!("{module}/{}", below.display())
}
