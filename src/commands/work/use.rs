//! `gomod work use`: which modules a workspace has.
//!
//! Source: ref/mod#go-work-use, cmd/go/internal/workcmd/use.go.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};

use crate::commands::Failures;
use crate::config::{Config, Overlaid, clean};
use crate::resolve::main_module::{relative, shown};
use crate::spec::goversion;
use crate::spec::modfile::{ModFile, Mode, WorkFile};
use crate::store::cache::Cache;
use crate::store::main_module::ModuleFiles;
use crate::store::source_folder::{self as sources, Kind};

use super::ReadFile;
use super::edit::directory_path;

/// What the user asks for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The folders of the modules; without any, only the go line is looked after.
    pub folders: Vec<String>,
    /// `-r`: those below them too.
    pub recursive: bool,
}

/// Has the go.work file in force use what has a go.mod file of these folders, and no longer
/// what has none. `warn` is given a line at a time.
///
/// # Errors
/// There is no go.work file, a folder does not exist, or a module that is used cannot be read.
pub fn run(config: &Config, options: &Options, warn: &dyn Fn(&str)) -> Result<()> {
    let path = super::file_in_force(config)?;
    let cache = Cache::new(&config.module_cache, config.cache_writable);
    let files = ModuleFiles::new(cache, config.overlay.clone());
    let ReadFile { mut file, data } = super::read(&files, path, &config.directory)?;
    let folders = Folders { arguments: &options.folders, recursive: options.recursive };
    adopt(config, &files, path, &mut file, folders, warn)?;
    super::rewrite(&files, path, &data, file)
}

/// A folder that is named in two ways, so that go.work can have but one of them.
#[derive(Debug, thiserror::Error)]
#[error("already added \"{written}\" as \"{other}\"")]
struct AddedTwice {
    written: String,
    other: String,
}

/// The folders that a command names.
#[derive(Clone, Copy)]
pub(super) struct Folders<'a> {
    pub arguments: &'a [String],
    pub recursive: bool,
}

/// Brings the use lines in line with what is in the folders, and the go line with the modules
/// that are used then.
pub(super) fn adopt(
    config: &Config,
    files: &ModuleFiles,
    path: &Path,
    file: &mut WorkFile,
    folders: Folders<'_>,
    warn: &dyn Fn(&str),
) -> Result<()> {
    let workspace = super::folder_of(path);
    let mut present: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
    for one in file.uses() {
        present.entry(clean(&workspace.join(&one.path))).or_default().push(one.path.clone());
    }
    let look = Look { config, files, workspace: &workspace, present: &present, warn };
    let (kept, mut failures) = look.at(folders);
    // As with go, which does not wait with these.
    failures.sort_by_key(|failure| !failure.is::<AddedTwice>());
    update_uses(file, &present, &kept);
    match newest_go(file, &look) {
        Ok(newest) if failures.is_empty() => super::raise_go_line(file, &newest)?,
        Ok(_) => return Err(Failures(failures).into()),
        Err(unusable) => {
            failures.extend(unusable);
            return Err(Failures(failures).into());
        }
    }
    drop_repeated(file, &look);
    Ok(())
}

/// What becomes of each folder that was looked at, by its absolute path: the path that go.work
/// is to have for it, or none where it is no module.
type Kept = BTreeMap<PathBuf, Option<String>>;

struct Look<'a> {
    config: &'a Config,
    files: &'a ModuleFiles,
    /// The folder of go.work.
    workspace: &'a Path,
    /// The folders that go.work uses, and how it writes them.
    present: &'a BTreeMap<PathBuf, Vec<String>>,
    warn: &'a dyn Fn(&str),
}

impl Look<'_> {
    fn shown(&self, path: &Path) -> String {
        shown(path, &self.config.directory)
    }

    fn at(&self, folders: Folders<'_>) -> (Kept, Vec<anyhow::Error>) {
        let (mut kept, mut failures) = (Kept::new(), Vec::new());
        for argument in folders.arguments {
            let folder = clean(&self.config.directory.join(argument));
            match sources::kind(&folder) {
                Ok(Some(Kind::Folder)) => {}
                Ok(Some(_)) => {
                    failures.push(anyhow!("{} is not a directory", self.shown(&folder)));
                    continue;
                }
                Ok(None) => {
                    failures.push(anyhow!("directory {} does not exist", self.shown(&folder)));
                    continue;
                }
                Err(error) => {
                    failures.push(error.into());
                    continue;
                }
            }
            if !folders.recursive {
                failures.extend(self.take(Path::new(argument), &mut kept).err());
                continue;
            }
            self.walk(Path::new(argument), &mut kept, &mut failures);
            // What go.work has below it and is gone was not met.
            for below in self.present.keys().filter(|below| below.starts_with(&folder)) {
                kept.entry(below.clone()).or_default();
            }
        }
        (kept, failures)
    }

    /// Looks at a folder, which is absolute or relative to the working directory, and at those
    /// below it.
    fn walk(&self, folder: &Path, kept: &mut Kept, failures: &mut Vec<anyhow::Error>) {
        failures.extend(self.take(folder, kept).err());
        let entries = match sources::list(&self.config.directory.join(folder)) {
            Ok(entries) => entries,
            Err(error) => return failures.push(error.into()),
        };
        for entry in entries {
            let path = clean(&folder.join(entry.path.file_name().unwrap_or_default()));
            match entry.kind {
                Kind::Folder => self.walk(&path, kept, failures),
                // What is none and leads to one.
                Kind::Other if sources::is_folder(&entry.path) => {
                    (self.warn)(&format!("warning: ignoring symlink {}", self.shown(&path)));
                }
                Kind::File | Kind::Other => {}
            }
        }
    }

    /// Decides about one folder.
    fn take(&self, folder: &Path, kept: &mut Kept) -> Result<()> {
        let absolute = clean(&self.config.directory.join(folder));
        let go_mod = absolute.join("go.mod");
        let kind = match self.config.overlay.look_up(&go_mod) {
            Overlaid::Not => sources::kind(&go_mod)?,
            Overlaid::Deleted => None,
            Overlaid::By(file) => sources::kind(file)?,
        };
        match kind {
            None => {
                kept.insert(absolute, None);
                return Ok(());
            }
            Some(Kind::File) => {}
            Some(_) => bail!("{} is not a regular file", self.shown(&go_mod)),
        }
        let written = match folder.is_absolute() {
            true => absolute.clone(),
            false => match relative(&absolute, self.workspace) {
                same if same.as_os_str().is_empty() => PathBuf::from("."),
                relative => relative,
            },
        };
        let Some(written) = written.to_str().map(directory_path) else {
            bail!("{} is not UTF-8, which go.work has to be", written.display());
        };
        match kept.insert(absolute, Some(written.clone())).flatten() {
            Some(other) if other != written => Err(AddedTwice { written, other }.into()),
            _ => Ok(()),
        }
    }

    /// Reads the go.mod file of a folder.
    /// Source: ReadModFile in cmd/go/internal/modload/modfile.go.
    fn module(&self, folder: &Path) -> Result<ModFile> {
        let path = folder.join("go.mod");
        let whole = path.display().to_string();
        let read = self.files.read(&path).map_err(|error| anyhow!(error.as_go_tells(&whole)))?;
        let Some(data) = read else { bail!("open {whole}: no such file or directory") };
        let name = self.shown(&path);
        let file = match ModFile::parse(&whole, &data, Mode::Strict, None) {
            Ok(file) => file,
            Err(mut errors) => {
                errors.errors.iter_mut().for_each(|error| error.file.clone_from(&name));
                // go leaves a file for a newer version to a newer go.
                let newer = ModFile::parse(&whole, &data, Mode::Lax, None).ok();
                let local = &self.config.local_go.version;
                let is_newer = |file: &ModFile| {
                    file.go().is_some_and(|go| goversion::compare(go, local).is_gt())
                };
                newer.filter(is_newer).ok_or_else(|| anyhow!("errors parsing {name}:\n{errors}"))?
            }
        };
        let Some(module) = file.module() else {
            bail!(
                "error reading {name}: missing module declaration. To specify the module path:\n\
                 \tgomod mod edit -module=example.com/mod"
            );
        };
        if module.path.is_toolchain() {
            bail!("error reading {name}: invalid module path: {:?}", module.path.as_str());
        }
        Ok(file)
    }
}

/// Drops and adds use lines as was decided.
fn update_uses(file: &mut WorkFile, present: &BTreeMap<PathBuf, Vec<String>>, kept: &Kept) {
    // Additions come first, so that new lines stand with the old ones even where all of those
    // go; go leaves it to chance.
    let (stay, go) = kept.iter().partition::<Vec<_>, _>(|(_, written)| written.is_some());
    for (folder, written) in stay.into_iter().chain(go) {
        let lines = present.get(folder).map(Vec::as_slice).unwrap_or_default();
        let written = written.as_deref();
        lines.iter().filter(|line| Some(line.as_str()) != written).for_each(|l| file.drop_use(l));
        let Some(written) = written else { continue };
        match lines.iter().filter(|line| *line == written).count() {
            1 => {}
            0 => file.add_use(written, ""),
            _ => {
                file.drop_use(written);
                file.add_use(written, "");
            }
        }
    }
}

/// The newest Go version of go.work and of the modules that it uses, or what is wrong with
/// these.
fn newest_go(file: &WorkFile, look: &Look<'_>) -> Result<String, Vec<anyhow::Error>> {
    let mut newest = file.go().unwrap_or(goversion::DEFAULT_GO_WORK).to_owned();
    let mut failures = Vec::new();
    for one in file.uses().iter().filter(|one| !one.path.is_empty()) {
        match look.module(&clean(&look.workspace.join(&one.path))) {
            Ok(module) => {
                let go = module.go().unwrap_or(goversion::DEFAULT_GO_MOD);
                newest = goversion::max(&newest, go).to_owned();
            }
            Err(error) => failures.push(error),
        }
    }
    if failures.is_empty() { Ok(newest) } else { Err(failures) }
}

/// Drops further lines for a path that is used already, where its module can be read. As for
/// go, the path is then taken to start from the working directory, wherever go.work lies.
/// Source: UpdateWorkFile in cmd/go/internal/modload/init.go.
fn drop_repeated(file: &mut WorkFile, look: &Look<'_>) {
    let paths: Vec<String> = file.uses().iter().map(|one| one.path.clone()).collect();
    for path in paths.iter().filter(|path| !path.is_empty()) {
        let Ok(module) = look.module(&look.config.directory.join(path)) else { continue };
        let module_path = module.module().map(|module| module.path.to_string());
        file.add_use(path, &module_path.unwrap_or_default());
    }
}
