//! The main module: its go.mod as read, what it replaces and excludes, and how it is
//! written back.
//!
//! Source: ref/mod#go-mod-file, cmd/go/internal/modload/init.go.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Component, Path, PathBuf};

use crate::config;
use crate::spec::graph::{Pruning, Selection};
use crate::spec::modfile::{FixError, ModFile, Mode, Require};
use crate::spec::version::{self, Version};
use crate::spec::{ModulePath, ModuleVersion, godebug, goversion, path};
use crate::store::main_module::ModuleFiles;

use super::error::ResolveError;
use super::main_modules::directory_path;

/// Versions in go.mod that are no canonical versions, such as branches, by path and
/// text: what they stand for.
pub type ResolvedVersions = HashMap<(String, String), Result<String, FixError>>;

/// The main module's go.mod and what follows from it.
#[derive(Clone, Debug)]
pub struct MainModule {
    /// Where its files lie.
    pub files: config::MainModule,
    /// Its path.
    pub path: ModulePath,
    /// The file, which edits change.
    pub file: ModFile,
    /// The file's bytes when it was read.
    read: Vec<u8>,
    /// The file as it was read, to tell whether an edit means anything.
    original: Meaning,
    /// An edit was about tools.
    sets_tools: bool,
    exclude: HashSet<ModuleVersion>,
    replace: HashMap<ModuleVersion, ModuleVersion>,
}

/// What is wanted of the toolchain line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ToolchainLine {
    /// There is one where the go line does not imply it.
    Implied,
    /// The same, and the user has named a toolchain, which may be an old one.
    Explicit,
    /// None.
    Dropped,
}

/// What a go.mod file says, apart from its layout.
/// Source: modFileIndex in cmd/go/internal/modload/modfile.go.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Meaning {
    /// Cleared where a version had to be looked up: then the file must be rewritten.
    canonical: bool,
    go: Option<String>,
    toolchain: Option<String>,
    require: BTreeMap<(ModulePath, String), bool>,
    require_lines: usize,
}

impl Meaning {
    fn of(file: &ModFile, canonical: bool) -> Self {
        let key = |module: &ModuleVersion| (module.path.clone(), module.version.to_string());
        Self {
            canonical,
            go: file.go().map(str::to_owned),
            toolchain: file.toolchain().map(str::to_owned),
            require: file.require().iter().map(|line| (key(&line.module), line.indirect)).collect(),
            require_lines: file.require().len(),
        }
    }
}

/// A file name as go shows it: relative to the working directory where that is shorter.
/// Source: ShortPath in cmd/go/internal/base/path.go.
pub fn shown(file: &Path, directory: &Path) -> String {
    let relative = relative(file, directory).display().to_string();
    let whole = file.display().to_string();
    match relative.as_str() {
        "" => ".".to_owned(),
        _ if relative.len() < whole.len() => relative,
        _ => whole,
    }
}

/// The way from a folder to a file, by their names alone; both are absolute and clean. It is
/// empty where they are the same. Source: Go's `filepath.Rel`.
pub fn relative(file: &Path, directory: &Path) -> PathBuf {
    let common = file.components().zip(directory.components()).take_while(|(a, b)| a == b).count();
    let up = directory.components().skip(common).map(|_| Component::ParentDir);
    up.chain(file.components().skip(common)).collect()
}

impl MainModule {
    /// Reads the main module's go.mod. Versions that are not canonical are taken from
    /// `resolved`; those that it does not know are answered as a list, for the caller to
    /// look up and call again.
    ///
    /// # Errors
    /// The file cannot be read or parsed, or names no module.
    pub fn read(
        files: &ModuleFiles,
        module_files: &config::MainModule,
        directory: &Path,
        resolved: &ResolvedVersions,
    ) -> Result<Result<Self, Vec<(String, String)>>, ResolveError> {
        let file_name = shown(&module_files.go_mod, directory);
        let data = files
            .read(&module_files.go_mod)
            .map_err(|error| ResolveError::File(error.to_string()))?
            .ok_or_else(|| {
                ResolveError::File(format!("open {file_name}: no such file or directory"))
            })?;
        let mut unknown = Vec::new();
        let mut canonical = true;
        let mut fix = |path: &str, text: &str| {
            let fixed = fix_version(path, text, resolved)?;
            canonical &= fixed.as_deref() == Some(text);
            Ok(fixed.unwrap_or_else(|| {
                unknown.push((path.to_owned(), text.to_owned()));
                // Any canonical version of the path's major version will do for now.
                let major =
                    path::split_major(path).map_or("", |(_, suffix)| path::major_of_suffix(suffix));
                version::zero_pseudo(major)
            }))
        };
        let parsed = ModFile::parse(&file_name, &data, Mode::Strict, Some(&mut fix));
        if !unknown.is_empty() {
            return Ok(Err(unknown));
        }
        let file =
            parsed.map_err(|errors| ResolveError::Parse { file: file_name.clone(), errors })?;
        let unusable =
            |reason: String| ResolveError::MainModule { file: file_name.clone(), reason };
        let path = match file.module() {
            Some(module) => module.path.clone(),
            None => {
                return Err(unusable(
                    "missing module declaration. To specify the module path:\n\tgomod mod edit -module=example.com/mod"
                        .to_owned(),
                ));
            }
        };
        if path.is_toolchain() {
            return Err(unusable(format!("invalid module path: {:?}", path.as_str())));
        }
        if let Err(mut error) = path::check_import(&path) {
            error.kind = path::Kind::Module;
            return Err(ResolveError::File(error.to_string()));
        }
        let go = file.go().unwrap_or(goversion::DEFAULT_GO_MOD);
        let mut bad_settings = Vec::new();
        for line in file.godebug() {
            if let Err(reason) = godebug::check(&line.key, &line.value, go) {
                let number = file.line_number(line).unwrap_or_default();
                bad_settings.push(format!("error loading go.mod:\n{file_name}:{number}: {reason}"));
            }
        }
        if !bad_settings.is_empty() {
            return Err(ResolveError::File(bad_settings.join("\n")));
        }
        let mut replace: HashMap<ModuleVersion, ModuleVersion> = HashMap::new();
        for line in file.replace() {
            if let Some(other) = replace.insert(line.old.clone(), line.new.clone())
                && other != line.new
            {
                return Err(ResolveError::File(format!(
                    "conflicting replacements for {}:\n\t{other}\n\t{}",
                    line.old, line.new
                )));
            }
        }
        Ok(Ok(Self {
            files: module_files.clone(),
            path,
            original: Meaning::of(&file, canonical),
            sets_tools: false,
            exclude: file.exclude().iter().map(|line| (**line).clone()).collect(),
            replace,
            read: data,
            file,
        }))
    }

    /// The main module as a module version, which it has none of.
    pub fn version(&self) -> ModuleVersion {
        ModuleVersion { path: self.path.clone(), version: Version::none() }
    }

    /// The Go version that the file is written for.
    pub fn go_version(&self) -> &str {
        self.file.go().unwrap_or(goversion::DEFAULT_GO_MOD)
    }

    /// What takes the place of module versions, in no order.
    pub(super) fn replacements(&self) -> impl Iterator<Item = &ModuleVersion> {
        self.replace.values()
    }

    /// Names the folders that replace modules relative to that of the workspace, as its answers
    /// have them.
    pub(super) fn rebase_replacements(&mut self, workspace: &Path) {
        for new in self.replace.values_mut().filter(|new| new.version.is_empty()) {
            if Path::new(new.path.as_str()).is_relative() {
                let folder = config::clean(&self.files.root.join(new.path.as_str()));
                new.path = ModulePath::new(&directory_path(&folder, workspace));
            }
        }
    }

    /// Whether an `exclude` line names this version.
    pub fn excludes(&self, module: &ModuleVersion) -> bool {
        self.exclude.contains(module)
    }

    /// What takes the place of a module version: a line that names the version counts
    /// before one that names the path alone. Without a version the answer's path is a folder.
    pub fn replacement(&self, module: &ModuleVersion) -> Option<&ModuleVersion> {
        let whole_path = ModuleVersion::new(&module.path, "");
        self.replace.get(module).or_else(|| self.replace.get(&whole_path))
    }

    /// Whether all versions of a path are replaced.
    pub fn replaces_path(&self, module: &ModulePath) -> bool {
        self.replace.contains_key(&ModuleVersion::new(module, ""))
    }

    /// The versions of a path that `replace` lines name; empty for a line without one.
    pub fn replaced_versions(&self, module: &ModulePath) -> Vec<&str> {
        self.replace
            .keys()
            .filter(|old| old.path == *module)
            .map(|old| old.version.as_str())
            .collect()
    }

    /// Declares a package to be a tool; then the file is written even where it was one.
    pub fn add_tool(&mut self, package: &str) {
        self.file.add_tool(package);
        self.sets_tools = true;
    }

    /// Drops a tool; then the file is written even where it was none.
    pub fn drop_tool(&mut self, package: &str) {
        self.file.drop_tool(package);
        self.sets_tools = true;
    }

    /// Puts the roots of the module graph into the file: its requirements, go line and
    /// toolchain line. Source: UpdateGoModFromReqs.
    pub fn set_requirements(
        &mut self,
        requirements: &Requirements,
        update_go: bool,
        toolchain_line: ToolchainLine,
    ) -> Result<(), ResolveError> {
        let root = |wanted: &str| {
            requirements
                .roots
                .iter()
                .find(|m| m.path.as_str() == wanted)
                .map(|m| m.version.to_string())
        };
        let go = root("go").unwrap_or_else(|| goversion::DEFAULT_GO_MOD.to_owned());
        let stays_unsaid =
            self.file.go().is_none() && go == goversion::DEFAULT_GO_MOD && !update_go;
        let invalid =
            |error: crate::spec::modfile::EditError| ResolveError::File(error.to_string());
        if self.file.go() != Some(&go) && !stays_unsaid {
            self.file.add_go_stmt(&go).map_err(invalid)?;
        }
        let implied = format!("go{go}");
        let toolchain = root("toolchain").unwrap_or_else(|| implied.clone());
        let toolchain_version = goversion::from_toolchain(&toolchain);
        let is_old = goversion::compare(toolchain_version, goversion::STRICT) == Ordering::Less;
        if toolchain_line == ToolchainLine::Dropped
            || toolchain == implied
            || (is_old && toolchain_line != ToolchainLine::Explicit)
        {
            self.file.drop_toolchain_stmt();
        } else {
            self.file.add_toolchain_stmt(&toolchain).map_err(invalid)?;
        }
        let lines: Vec<Require> = requirements
            .roots
            .iter()
            .filter(|module| !module.path.is_toolchain())
            .map(|module| Require {
                module: module.clone(),
                indirect: !requirements.direct.contains(&module.path),
            })
            .collect();
        if goversion::compare(&go, goversion::SEPARATE_INDIRECT) == Ordering::Less {
            self.file.set_require(&lines);
        } else {
            self.file.set_require_separate_indirect(&lines);
        }
        self.file.cleanup();
        Ok(())
    }

    /// Whether the file says something else than what was read. Layout does not count.
    pub fn is_dirty(&self) -> bool {
        self.sets_tools
            || !self.original.canonical
            || Meaning::of(&self.file, true) != self.original
    }

    /// The file as it was read, and as it is to be written.
    pub fn versions_of_file(&self) -> (&[u8], Vec<u8>) {
        let new = if self.is_dirty() { self.file.format() } else { self.read.clone() };
        (&self.read, new)
    }

    /// Writes go.mod where it says something else than what was read.
    ///
    /// # Errors
    /// It has changed since, or cannot be written; then it is as it was.
    pub fn write(&self, files: &ModuleFiles) -> Result<bool, ResolveError> {
        if !self.is_dirty() {
            return Ok(false);
        }
        self.write_formatted(files)?;
        Ok(true)
    }

    /// The same, also where only the layout is another.
    ///
    /// # Errors
    /// As for [`Self::write`].
    pub fn write_formatted(&self, files: &ModuleFiles) -> Result<(), ResolveError> {
        let new = self.file.format();
        if new == self.read {
            return Ok(());
        }
        files
            .replace(&self.files.go_mod, &self.read, &new)
            .map_err(|error| ResolveError::File(error.to_string()))?;
        Ok(())
    }
}

/// Checks or looks up one version of go.mod; `None` where it must be asked for.
/// Source: fixVersion in cmd/go/internal/modload/init.go.
fn fix_version(
    path: &str,
    text: &str,
    resolved: &ResolvedVersions,
) -> Result<Option<String>, FixError> {
    // An old go command wrote such versions.
    let text = match text.split_once("-gopkgin-") {
        Some((_, rest)) if path.starts_with("gopkg.in/") => rest,
        _ => text,
    };
    let invalid = |reason: String| version::InvalidVersion {
        version: text.to_owned(),
        pseudo: false,
        reason,
    };
    let Some((_, suffix)) = path::split_major(path) else {
        return Err(FixError::OfModule(
            invalid(format!("malformed module path {path:?}")).to_string(),
        ));
    };
    if version::is_canonical(text) {
        path::check_major(text, suffix).map_err(|error| FixError::OfModule(error.to_string()))?;
        return Ok(Some(text.to_owned()));
    }
    resolved.get(&(path.to_owned(), text.to_owned())).cloned().transpose()
}

/// The roots of the module graph, as go.mod states them or as they should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirements {
    /// Whether the graph is pruned.
    pub pruning: Pruning,
    /// The requirements, `go` and `toolchain` among them, in go's order.
    pub roots: Vec<ModuleVersion>,
    /// The paths that are not marked `// indirect`.
    pub direct: HashSet<ModulePath>,
}

impl Requirements {
    /// The requirements of a go.mod file. Those on excluded versions are dropped, with
    /// a word about each. Source: rootsFromModFile.
    pub fn of(module: &MainModule, mut dropped: impl FnMut(&ModuleVersion)) -> Self {
        let mut roots = Vec::new();
        let mut direct = HashSet::from([ModulePath::new("go")]);
        for line in module.file.require() {
            if module.excludes(&line.module) {
                dropped(&line.module);
                continue;
            }
            roots.push(line.module.clone());
            if !line.indirect {
                direct.insert(line.module.path.clone());
            }
        }
        roots.push(ModuleVersion::new("go", module.go_version()));
        if let Some(toolchain) = module.file.toolchain() {
            roots.push(ModuleVersion::new("toolchain", toolchain));
        }
        roots.sort_by(ModuleVersion::compare);
        Self { pruning: Pruning::of_go_version(module.go_version()), roots, direct }
    }

    /// The requirements that a graph has once it is pruned: everything that was selected
    /// without pruning, explicitly. Source: convertPruning.
    pub fn of_build_list(selection: &Selection, direct: HashSet<ModulePath>) -> Self {
        Self { pruning: Pruning::Pruned, roots: selection.build_list().split_off(1), direct }
    }

    /// Whether the go line asks for a pruned graph, and these requirements are still those
    /// of an unpruned one.
    pub fn outgrows_its_pruning(&self) -> bool {
        let go = self.root("go").unwrap_or_default();
        self.pruning == Pruning::Unpruned && Pruning::of_go_version(go) == Pruning::Pruned
    }

    /// The highest version that is required of a path.
    pub fn root(&self, path: &str) -> Option<&str> {
        self.root_version(path).map(Version::as_str)
    }

    /// The same, as a version.
    pub fn root_version(&self, path: &str) -> Option<&Version> {
        // They are in order, so the last of a path is the highest.
        let end = self.roots.partition_point(|module| module.path.as_str() <= path);
        let last = self.roots[..end].last()?;
        (last.path.as_str() == path).then_some(&last.version)
    }

    /// Whether a path is required more than once.
    pub fn repeats_a_path(&self) -> bool {
        self.roots.windows(2).any(|pair| pair[0].path == pair[1].path)
    }

    /// Whether a path is required more than once; the main module's own is so when it is
    /// required at all.
    pub fn has_duplicates(&self, main: &ModulePath) -> bool {
        self.repeats_a_path() || self.roots.iter().any(|module| module.path == *main)
    }

    /// Puts requirements in the place of those on the same paths.
    pub fn with(&self, replacing: &[ModuleVersion]) -> Self {
        let replaced =
            |module: &&ModuleVersion| !replacing.iter().any(|new| new.path == module.path);
        let mut roots: Vec<_> =
            self.roots.iter().filter(replaced).chain(replacing).cloned().collect();
        roots.sort_by(ModuleVersion::compare);
        Self { roots, ..self.clone() }
    }
}
