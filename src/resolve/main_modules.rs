//! The main modules of a run: the one that the working directory lies in, or all of a workspace.
//!
//! Source: ref/mod#workspaces, MainModuleSet and makeMainModules in
//! cmd/go/internal/modload/init.go, replacementFrom in cmd/go/internal/modload/modfile.go.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::config;
use crate::spec::graph::{Pruning, Requires};
use crate::spec::modfile::{WorkFile, is_directory_path};
use crate::spec::vendor::{Replaced, Stated};
use crate::spec::{ModulePath, ModuleVersion, godebug, goversion};
use crate::store::main_module::ModuleFiles;

use super::error::ResolveError;
use super::main_module::{MainModule, Requirements, relative, shown};

/// A go.work file as it was read.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// Where it lies.
    pub path: PathBuf,
    /// The folder that it lies in, which its paths are relative to.
    pub root: PathBuf,
    /// The file.
    pub file: WorkFile,
    /// Its bytes.
    pub read: Vec<u8>,
}

impl Workspace {
    /// Reads a go.work file. Source: ReadWorkFile in cmd/go/internal/modload/init.go.
    ///
    /// # Errors
    /// It is not there, or cannot be read or parsed.
    pub fn read(files: &ModuleFiles, path: &Path, directory: &Path) -> Result<Self, ResolveError> {
        let name = shown(path, directory);
        let failed = |text: String| ResolveError::File(text);
        let read = files
            .read(path)
            .map_err(|error| failed(format!("reading go.work: {}", error.as_go_tells(&name))))?
            .ok_or_else(|| {
                failed(format!("reading go.work: open {name}: no such file or directory"))
            })?;
        let file = WorkFile::parse(&name, &read, None)
            .map_err(|errors| failed(format!("errors parsing go.work:\n{errors}")))?;
        let root = config::clean(path.parent().unwrap_or(path));
        Ok(Self { path: path.to_owned(), root, file, read })
    }

    /// The folders of the modules that it uses, in its order.
    /// Source: LoadWorkFile.
    ///
    /// # Errors
    /// It names one twice, or a setting of its own means nothing.
    pub fn folders(&self, directory: &Path) -> Result<Vec<PathBuf>, ResolveError> {
        let name = shown(&self.path, directory);
        let mut folders = Vec::new();
        for line in self.file.uses() {
            let folder = config::clean(&self.root.join(&line.path));
            if folders.contains(&folder) {
                let number = self.file.line_number(line).unwrap_or_default();
                return Err(ResolveError::File(format!(
                    "error loading go.work:\n{name}:{number}: path {} appears multiple times in workspace",
                    folder.display()
                )));
            }
            folders.push(folder);
        }
        for line in self.file.godebug() {
            if let Err(reason) = godebug::check(&line.key, &line.value, self.go_version()) {
                let number = self.file.line_number(line).unwrap_or_default();
                return Err(ResolveError::File(format!(
                    "error loading go.work:\n{name}:{number}: {reason}"
                )));
            }
        }
        Ok(folders)
    }

    /// The Go version that it is written for.
    pub fn go_version(&self) -> &str {
        self.file.go().unwrap_or(goversion::DEFAULT_GO_WORK)
    }

    /// The sums that its modules' own files do not list.
    pub fn go_work_sum(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".sum");
        name.into()
    }

    /// Refuses a module that is written for a higher Go version than the workspace.
    /// Source: errWorkTooOld.
    pub(super) fn check_go_line(
        &self,
        module: &MainModule,
        directory: &Path,
    ) -> Result<(), ResolveError> {
        let (wanted, have) = (module.go_version(), self.go_version());
        let is_strict = goversion::compare(wanted, goversion::STRICT).is_ge();
        if goversion::compare(wanted, have).is_le() || !is_strict {
            return Ok(());
        }
        let verb = if self.file.go().is_some() { "lists" } else { "implicitly requires" };
        let folder = shown(&module.files.root, directory);
        Err(ResolveError::File(format!(
            "module {folder} listed in go.work file requires go >= {wanted}, but go.work {verb} go \
             {have}; to update it:\n\tgomod work use"
        )))
    }
}

/// The main modules, none of them where the working directory lies in no module.
#[derive(Clone, Debug, Default)]
pub struct MainModules {
    modules: Vec<MainModule>,
    workspace: Option<Workspace>,
    /// What go.work replaces, which counts before anything that its modules replace.
    replace: HashMap<ModuleVersion, ModuleVersion>,
    /// The place of the module that the working directory lies in.
    here: Option<usize>,
}

impl From<MainModule> for MainModules {
    fn from(module: MainModule) -> Self {
        Self { modules: vec![module], here: Some(0), ..Self::default() }
    }
}

impl MainModules {
    /// The modules of a workspace, as they were read.
    ///
    /// # Errors
    /// They do not go together.
    pub fn of_workspace(
        workspace: Workspace,
        mut modules: Vec<MainModule>,
        directory: &Path,
    ) -> Result<Self, ResolveError> {
        let mut problems = Vec::new();
        let mut seen = HashSet::new();
        for module in modules.iter().filter(|module| !seen.insert(module.path.clone())) {
            let text = format!("module {} appears multiple times in workspace", module.path);
            problems.push(ResolveError::File(text));
        }
        let mut replace = HashMap::new();
        for line in workspace.file.replace() {
            if line.old.version.is_empty() && seen.contains(&line.old.path) {
                problems.push(ResolveError::File(format!(
                    "workspace module {} is replaced at all versions in the go.work file. To fix, \
                     remove the replacement from the go.work file or specify the version at which \
                     to replace the module.",
                    line.old.path
                )));
            }
            replace.insert(line.old.clone(), line.new.clone());
        }
        told(&problems)?;
        check_replacements(&modules, &replace)?;
        for module in &mut modules {
            module.rebase_replacements(&workspace.root);
        }
        let here = directory.ancestors().find_map(|folder| {
            let has_go_mod = |module: &MainModule| module.files.root == folder;
            modules.iter().position(has_go_mod)
        });
        Ok(Self { modules, workspace: Some(workspace), replace, here })
    }

    /// What decides on a vendor folder; files are named relative to this one.
    pub fn stated(&self, directory: &Path) -> Stated {
        let mut replaced: Vec<Replaced> = Vec::new();
        let mut add = |old: &ModuleVersion, new: &ModuleVersion, file: &Path, in_go_work: bool| {
            let (written, deciding) = match self.deciding(old) {
                Some((written, deciding)) if !in_go_work => (written, deciding),
                _ => (new, file),
            };
            replaced.push(Replaced {
                old: old.clone(),
                new: self.replacement(old).cloned(),
                written: written.clone(),
                file: shown(deciding, directory),
                in_go_work,
            });
        };
        for main in &self.modules {
            let lines = main.file.replace().iter();
            lines.for_each(|line| add(&line.old, &line.new, &main.files.go_mod, false));
        }
        if let Some(workspace) = &self.workspace {
            let lines = workspace.file.replace().iter();
            lines.for_each(|line| add(&line.old, &line.new, &workspace.path, true));
        }
        let required = self.iter().flat_map(|main| main.file.require());
        let go = match &self.workspace {
            Some(workspace) => workspace.file.go(),
            None => self.single().and_then(|main| main.file.go()),
        };
        Stated {
            is_workspace: self.workspace.is_some(),
            go: go.map(str::to_owned),
            required: required.map(|line| line.module.clone()).collect(),
            replaced,
        }
    }

    /// The right side, as it is written, of the line that decides what takes the place of a module
    /// version, and the file that it is in.
    fn deciding(&self, module: &ModuleVersion) -> Option<(&ModuleVersion, &Path)> {
        let of_version = |old: &ModuleVersion| old == module;
        let of_path = |old: &ModuleVersion| old.version.is_empty() && old.path == module.path;
        if let Some(workspace) = &self.workspace {
            let mut lines = workspace.file.replace().iter();
            let mut again = workspace.file.replace().iter();
            let line = lines.rfind(|line| of_version(&line.old));
            if let Some(line) = line.or_else(|| again.rfind(|line| of_path(&line.old))) {
                return Some((&line.new, &workspace.path));
            }
        }
        self.modules.iter().rev().find_map(|main| {
            let mut lines = main.file.replace().iter();
            let mut again = main.file.replace().iter();
            let line = lines.rfind(|line| of_version(&line.old));
            let line = line.or_else(|| again.rfind(|line| of_path(&line.old)))?;
            Some((&line.new, main.files.go_mod.as_path()))
        })
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }

    /// In the order of go.work.
    pub fn iter(&self) -> impl Iterator<Item = &MainModule> {
        self.modules.iter()
    }

    /// As module versions, which they have none of.
    pub fn versions(&self) -> Vec<ModuleVersion> {
        self.iter().map(MainModule::version).collect()
    }

    /// The one of a path.
    pub fn of_path(&self, path: &str) -> Option<&MainModule> {
        self.iter().find(|module| module.path.as_str() == path)
    }

    /// The main module, where there is no workspace.
    pub fn single(&self) -> Option<&MainModule> {
        self.modules.first().filter(|_| self.workspace.is_none())
    }

    /// The workspace.
    pub fn workspace(&self) -> Option<&Workspace> {
        self.workspace.as_ref()
    }

    /// The one that the working directory lies in.
    pub fn here(&self) -> Option<&MainModule> {
        self.modules.get(self.here?)
    }

    /// The main module, where there is no workspace, to be changed.
    pub fn single_mut(&mut self) -> Option<&mut MainModule> {
        self.modules.first_mut().filter(|_| self.workspace.is_none())
    }

    /// Puts another go.mod into the place of a module's own.
    pub fn set(&mut self, module: MainModule) {
        let root = self.workspace.as_ref().map(|workspace| workspace.root.clone());
        if let Some(place) = self.modules.iter_mut().find(|held| held.path == module.path) {
            *place = module;
            if let Some(root) = root {
                place.rebase_replacements(&root);
            }
        }
    }

    /// The Go version that go.mod, or go.work, is written for.
    pub fn go_version(&self) -> &str {
        match &self.workspace {
            Some(workspace) => workspace.go_version(),
            None => self.single().map_or(goversion::DEFAULT_GO_MOD, MainModule::go_version),
        }
    }

    /// The folder that relative replacements start from, and that a vendor folder lies in.
    pub fn root(&self) -> Option<&Path> {
        match &self.workspace {
            Some(workspace) => Some(&workspace.root),
            None => self.single().map(|module| module.files.root.as_path()),
        }
    }

    /// Whether an `exclude` line names this version.
    pub fn excludes(&self, module: &ModuleVersion) -> bool {
        self.iter().any(|main| main.excludes(module))
    }

    /// What takes the place of a module version; without a version its path is a folder. In a
    /// workspace this is what go.work says, before what its modules say.
    pub fn replacement(&self, module: &ModuleVersion) -> Option<&ModuleVersion> {
        if module.version.is_empty() && self.of_path(&module.path).is_some() {
            return None;
        }
        if self.workspace.is_some() {
            let whole_path = ModuleVersion::new(&module.path, "");
            let own = self.replace.get(module).or_else(|| self.replace.get(&whole_path));
            if own.is_some() {
                return own;
            }
        }
        // go takes the last where several do; they agree.
        self.modules.iter().rev().find_map(|main| main.replacement(module))
    }

    /// Whether all versions of a path are replaced.
    pub fn replaces_path(&self, module: &ModulePath) -> bool {
        self.replace.contains_key(&ModuleVersion::new(module, ""))
            || self.iter().any(|main| main.replaces_path(module))
    }

    /// The versions of a path that `replace` lines name; empty for a line without one.
    pub fn replaced_versions(&self, module: &ModulePath) -> Vec<&str> {
        let own = self.replace.keys().filter(|old| old.path == *module);
        let mut versions: Vec<&str> = own.map(|old| old.version.as_str()).collect();
        if versions.is_empty() {
            versions.extend(self.iter().flat_map(|main| main.replaced_versions(module)));
        }
        versions
    }

    /// The folders that replace modules, as `replace` lines have them.
    pub fn replacing_folders(&self) -> impl Iterator<Item = &ModulePath> {
        let new = self.replace.values().chain(self.iter().flat_map(MainModule::replacements));
        new.filter(|new| new.version.is_empty()).map(|new| &new.path)
    }

    /// A replacement's folder as an absolute path.
    pub fn folder(&self, replacement: &str) -> PathBuf {
        match self.root() {
            Some(root) => config::clean(&root.join(replacement)),
            None => PathBuf::from(replacement),
        }
    }

    /// The packages that they declare to be tools.
    pub fn tools(&self) -> BTreeSet<String> {
        let lines = self.iter().flat_map(|main| main.file.tool());
        lines.map(|line| line.to_string()).collect()
    }

    /// What go.work requires: its modules, its Go version and its toolchain.
    /// Source: requirementsFromModFiles.
    pub fn requirements_of_workspace(&self) -> Option<Requirements> {
        let workspace = self.workspace.as_ref()?;
        let mut roots = self.versions();
        roots.push(ModuleVersion::new("go", workspace.go_version()));
        if let Some(toolchain) = workspace.file.toolchain() {
            roots.push(ModuleVersion::new("toolchain", toolchain));
        }
        roots.sort_by(ModuleVersion::compare);
        let required = self.iter().flat_map(|main| main.file.require());
        let direct = required.filter(|line| !line.indirect);
        let direct = direct.map(|line| line.module.path.clone()).collect();
        Some(Requirements { pruning: Pruning::Workspace, roots, direct })
    }

    /// What one of them brings into the graph of a workspace.
    /// Source: goModSummary in cmd/go/internal/modload/modfile.go.
    pub fn requires(&self, module: &ModuleVersion) -> Option<Requires> {
        if self.workspace.is_none() || !module.version.is_empty() {
            return None;
        }
        let main = self.of_path(&module.path)?;
        let required = main.file.require().iter().map(|line| line.module.clone());
        let mut modules: Vec<ModuleVersion> =
            required.filter(|module| !self.excludes(module)).collect();
        let go = main.file.go();
        if let Some(go) = go.filter(|go| goversion::compare(go, goversion::STRICT).is_ge()) {
            modules.push(ModuleVersion::new("go", go));
        }
        let pruning = go.map_or(Pruning::Unpruned, Pruning::of_go_version);
        Some(Requires { pruning, modules })
    }
}

/// All problems as one error.
pub(super) fn told(problems: &[ResolveError]) -> Result<(), ResolveError> {
    match problems {
        [] => Ok(()),
        [one] => Err(one.clone()),
        many => {
            let texts: Vec<_> = many.iter().map(ToString::to_string).collect();
            Err(ResolveError::File(texts.join("\ngomod: ")))
        }
    }
}

/// Refuses modules that replace the same by different things, where go.work does not decide.
fn check_replacements(
    modules: &[MainModule],
    decided: &HashMap<ModuleVersion, ModuleVersion>,
) -> Result<(), ResolveError> {
    let decided: HashSet<&ModulePath> = decided.keys().map(|old| &old.path).collect();
    let mut replaced: HashMap<&ModuleVersion, ModuleVersion> = HashMap::new();
    for main in modules {
        for line in main.file.replace() {
            if decided.contains(&line.old.path) {
                continue;
            }
            let mut new = line.new.clone();
            if new.version.is_empty() {
                let folder = config::clean(&main.files.root.join(new.path.as_str()));
                new.path = ModulePath::new(&folder.display().to_string());
            }
            if let Some(held) = replaced.get(&line.old)
                && *held != new
            {
                return Err(ResolveError::ConflictingReplacements {
                    old: line.old.clone(),
                    first: held.clone(),
                    second: new,
                });
            }
            replaced.insert(&line.old, new);
        }
    }
    Ok(())
}

/// A folder as replacements name it: relative to another one, with dots before it.
/// Source: canonicalizeReplacePath in cmd/go/internal/modload/modfile.go.
pub(super) fn directory_path(folder: &Path, from: &Path) -> String {
    let text = relative(folder, from).display().to_string();
    match text.as_str() {
        "" => ".".to_owned(),
        text if is_directory_path(text) => text.to_owned(),
        text => format!("./{text}"),
    }
}
