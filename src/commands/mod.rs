//! Layer 5: one file a verb. A verb takes options, uses the layers below, and answers
//! with a summary; what the user sees of it is the command line's business.

pub mod arguments;
pub mod cache;
pub mod clean;
pub mod download;
pub mod edit;
pub mod env;
pub mod get;
pub mod graph;
pub mod init;
pub mod list;
mod packages;
pub mod prefetch;
pub mod reuse;
pub mod tidy;
pub mod vendor;
pub mod verify;
pub mod why;
pub mod work;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use futures_util::future::join_all;
use tokio::task::spawn_blocking;

use crate::config::{Config, ModMode, Overlaid};
use crate::fetch::Fetcher;
use crate::fetch::answers::Trace;
use crate::fetch::error::FetchError;
use crate::fetch::lacking::Part;
use crate::resolve::error::{self, ResolveError};
use crate::resolve::load::Loaded;
use crate::resolve::main_module::{MainModule, Requirements, ToolchainLine, relative, shown};
use crate::resolve::main_modules::{MainModules, Workspace};
use crate::resolve::roots::Roots;
use crate::resolve::{Resolver, look_up_versions, read_main_module, read_workspace};
use crate::spec::graph::Pruning;
use crate::spec::sums::GoSum;
use crate::spec::vendor::{InconsistentVendoring, VendorList};
use crate::spec::{ModulePath, ModuleVersion, goversion};
use crate::store::cache::Cache;
use crate::store::main_module::{HeldEdit, ModuleFiles, UpdateError};
use crate::store::vendor_folder;
use crate::ui::diff::unified;
use crate::ui::progress::Progress;
use crate::verify::gate::SumFiles;

use arguments::NO_MAIN_MODULE;

/// What every module command begins with: the main module, its go.sum, and the means
/// to resolve and fetch.
pub struct Session {
    config: Config,
    mode: ModMode,
    /// Whether the command reads go.mod only, and its mode is there to find out what it would
    /// need: `-locked`.
    only_reads: bool,
    /// What `vendor/modules.txt` says, where versions are taken from it.
    vendored: Option<VendorList>,
    progress: Arc<dyn Progress>,
    files: ModuleFiles,
    resolver: Resolver,
}

/// How a command begins.
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    /// What becomes of go.mod and go.sum, where the user does not say it.
    pub mode: ModMode,
    /// Whether lines of go.sum that mean nothing are passed over, since the file is written anew.
    pub repairs_sums: bool,
    /// Whether the command is one of `work`: then there must be a workspace, whose go line may
    /// be below those of its modules.
    pub is_work: bool,
    /// Whether the command is refused in a workspace, with these words.
    pub outside_workspaces: Option<&'static str>,
    /// Whether a vendor folder is used where there is one, the mode is readonly, and the user did
    /// not say it.
    pub uses_vendor: bool,
}

impl From<ModMode> for Opening {
    fn from(mode: ModMode) -> Self {
        Self {
            mode,
            repairs_sums: false,
            is_work: false,
            outside_workspaces: None,
            uses_vendor: true,
        }
    }
}

impl Session {
    /// Reads the main module's files. Nothing is fetched unless go.mod names a branch. The
    /// mode is that of a command which was not told another.
    pub async fn open(
        config: Config,
        progress: Arc<dyn Progress>,
        opening: Opening,
    ) -> Result<Self> {
        let is_work = opening.is_work;
        if let (Some(refusal), Some(_)) = (opening.outside_workspaces, config.workspace()) {
            bail!(refusal);
        }
        if is_work {
            work::file_in_force(&config)?;
        }
        let cache = Cache::new(&config.module_cache, config.cache_writable);
        let files = ModuleFiles::new(cache, config.overlay.clone());
        let files = if config.locked { files.held() } else { files };
        Self::open_with(config, files, progress, opening).await
    }

    /// The same for another module of the workspace, or all of them, within the same run.
    async fn open_beside(&self, config: Config, opening: Opening) -> Result<Self> {
        Self::open_with(config, self.files.clone(), self.progress.clone(), opening).await
    }

    async fn open_with(
        config: Config,
        files: ModuleFiles,
        progress: Arc<dyn Progress>,
        opening: Opening,
    ) -> Result<Self> {
        let Opening { mode: default_mode, repairs_sums, is_work, uses_vendor, .. } = opening;
        let (fetcher, mains) = match config.workspace() {
            Some(path) => {
                let workspace = Workspace::read(&files, path, &config.directory)?;
                if config.mode == Some(ModMode::Mod) {
                    bail!(
                        "-mod may only be set to readonly or vendor when in workspace mode, but it \
                         is set to \"mod\"\n\tRemove the -mod flag to use the default readonly \
                         value, \n\tor set GOWORK=off to disable workspace mode."
                    );
                }
                let folders = workspace.folders(&config.directory)?;
                // What is wrong with go.mod files comes before what is wrong with sums.
                let (sums, failure) = match read_workspace_sums(&files, &workspace, &folders) {
                    Ok(sums) => (sums, None),
                    Err(error) => (SumFiles::default(), Some(error)),
                };
                let fetcher = Fetcher::new(&config, sums, progress.clone());
                let reading =
                    read_workspace(workspace, folders, &fetcher, &files, &config, !is_work);
                let mains = reading.await?;
                if let Some(error) = failure {
                    return Err(error);
                }
                (fetcher, mains)
            }
            None => Self::open_module(&config, &files, &progress, repairs_sums).await?,
        };
        let mut resolver = Resolver::new(fetcher, files.clone(), &config, mains);
        let mut mode = config.mode.unwrap_or(default_mode);
        let mains = resolver.mains();
        let vendored = match (mains.root(), config.mode, mode) {
            _ if mains.is_empty() => None,
            (Some(root), Some(ModMode::Vendor), _) => {
                let text = vendor_folder::modules_text(root)?.unwrap_or_default();
                Some(VendorList::parse(&text))
            }
            (Some(_), None, ModMode::Readonly) if uses_vendor => vendored_by_default(mains)?,
            _ => None,
        };
        if let Some(list) = &vendored {
            check_vendored(mains, list, &config.directory)?;
            mode = ModMode::Vendor;
        }
        // The changes that are not to be made are found by making them; see `check_locked`. In a
        // workspace modules are not added in either mode.
        let only_reads =
            mode == ModMode::Readonly && config.locked && resolver.mains().single().is_some();
        if only_reads {
            mode = ModMode::Mod;
        }
        if mode == ModMode::Readonly {
            resolver = resolver.readonly();
        }
        Ok(Self { config, mode, only_reads, vendored, progress, files, resolver })
    }

    /// The module that the working directory lies in, where it lies in one.
    async fn open_module(
        config: &Config,
        files: &ModuleFiles,
        progress: &Arc<dyn Progress>,
        repairs_sums: bool,
    ) -> Result<(Fetcher, MainModules)> {
        let go_sum = config.main_module.as_ref().map(|main| {
            let (files, go_sum) = (files.clone(), main.go_sum.clone());
            spawn_blocking(move || read_go_sum(&files, &go_sum, repairs_sums))
        });
        // In the meantime: both files may be long.
        let read = read_main_module(files, config);
        let table = match go_sum {
            Some(reading) => Some(reading.await??),
            None => None,
        };
        let sums = SumFiles { table, file_name: "go.sum".to_owned(), members: Vec::new() };
        let fetcher = Fetcher::new(config, sums, progress.clone());
        let mains = match (read?, &config.main_module) {
            (Some(read), Some(main)) => {
                look_up_versions(read, main, &fetcher, files, config).await?.into()
            }
            _ => MainModules::default(),
        };
        Ok((fetcher, mains))
    }

    /// The main modules.
    pub fn mains(&self) -> &MainModules {
        self.resolver.mains()
    }

    /// Refuses to go on where there is no main module.
    fn need_main_module(&self) -> Result<()> {
        if self.mains().is_empty() { Err(self.no_main_module()) } else { Ok(()) }
    }

    /// Says that there is no main module.
    fn no_main_module(&self) -> anyhow::Error {
        match self.mains().workspace() {
            Some(_) => {
                anyhow!("no modules were found in the current workspace; see 'gomod help work'")
            }
            None => anyhow!(NO_MAIN_MODULE),
        }
    }

    /// The main module, where there is no workspace.
    pub fn main(&self) -> Option<&MainModule> {
        self.resolver.main()
    }

    /// Keeps what helps later runs, whatever came of this one.
    pub fn close(&self) {
        self.resolver.keep_imports();
    }

    fn fetcher(&self) -> &Fetcher {
        self.resolver.fetcher()
    }

    /// The requirements as go.mod states them.
    fn stated_requirements(&self, main: &MainModule) -> Requirements {
        Requirements::of(main, |dropped: &ModuleVersion| {
            // Without leave to change go.mod it is still there the next time.
            let verb = if self.mode == ModMode::Mod { "dropping" } else { "ignoring" };
            let text = format!(
                "{verb} requirement on excluded version {} {}",
                dropped.path, dropped.version
            );
            self.progress.note(&text);
        })
    }

    /// The requirements as go.mod states them, or go.work.
    fn stated(&self) -> Requirements {
        match (self.mains().requirements_of_workspace(), self.main()) {
            (Some(stated), _) => stated,
            (None, Some(main)) => self.stated_requirements(main),
            (None, None) => (*self.no_requirements()).clone(),
        }
    }

    /// The requirements of a run: those of [`Self::requirements_of`], or of go.work.
    async fn requirements(&self, mains: &mut MainModules) -> Result<Roots> {
        if let Some(stated) = mains.requirements_of_workspace() {
            return Ok(stated.into());
        }
        match mains.single_mut() {
            Some(main) => self.requirements_of(main).await,
            None => Ok(self.no_requirements()),
        }
    }

    /// The requirements of go.mod, with a go line added where it has none, as commands
    /// that may write go.mod do.
    async fn requirements_of(&self, main: &mut MainModule) -> Result<Roots> {
        self.requirements_for(main, &self.config.local_go.version).await
    }

    /// The same with this go line, where there is none.
    async fn requirements_for(&self, main: &mut MainModule, go: &str) -> Result<Roots> {
        let stated = self.stated_requirements(main);
        let roots = self.resolver.roots(&stated).await?;
        if main.file.go().is_some() || self.mode != ModMode::Mod || self.only_reads {
            return Ok(roots);
        }
        main.file.add_go_stmt(go)?;
        Ok(self.resolver.add_go_line(&roots, go).await?)
    }

    /// With `-locked`: checks that go.mod and go.sum, and go.work and go.work.sum, need no change.
    ///
    /// # Errors
    /// What would change.
    pub fn check_locked(&self) -> Result<(), Locked> {
        let edits = self.files.held_edits();
        let diff = edits.iter().map(|HeldEdit { path, old, new }| {
            let name = relative(path, &self.config.directory).display().to_string();
            unified(&format!("a/{name}"), old, &format!("b/{name}"), new)
        });
        let diff: String = diff.collect();
        let name = |edit: &HeldEdit| shown(&edit.path, &self.config.directory);
        let files = edits.iter().map(name).collect();
        if diff.is_empty() { Ok(()) } else { Err(Locked { files, diff }) }
    }

    /// Where files are locked and the command would otherwise not look whether these need a
    /// change: finds out.
    ///
    /// # Errors
    /// As for [`Self::write`].
    async fn write_if_locked(&self, roots: &Roots, packages: Option<&Loaded>) -> Result<()> {
        if !self.config.locked {
            return Ok(());
        }
        let mut mains = self.mains().clone();
        match mains.single_mut() {
            Some(main) => self.write_what_is_needed(main, roots, packages).await,
            None => self.write(&mut mains, roots, packages).await,
        }
    }

    /// What was looked for in vain in the module cache, offline; a line each.
    pub fn lacking(&self) -> Vec<String> {
        self.fetcher().lacking().lines()
    }

    /// Offline, where zips are lacking: looks for those of everything that go.mod requires. A
    /// package that is lacking leads to others nobody knows of, but from go 1.17 on go.mod
    /// lists every module that provides one.
    async fn look_for_required(&self) {
        if !self.fetcher().lacking().has(Part::Zip) {
            return;
        }
        let lists_everything = |main: &&MainModule| {
            goversion::compare(main.go_version(), goversion::EXPLICIT_INDIRECT).is_ge()
        };
        let required = self.mains().iter().filter(lists_everything);
        let required = required.flat_map(|main| main.file.require()).map(|line| &line.module);
        let actual = required.map(|module| self.resolver.actual(module));
        let fetched =
            actual.filter(|module| !module.version.is_empty() && !module.path.is_toolchain());
        join_all(fetched.map(|module| async move {
            // What is lacking is kept; what else may be wrong is told by whoever needs it.
            drop(self.fetcher().folder(&module).await);
        }))
        .await;
    }

    /// Checks that nothing was looked for in vain in the module cache: for commands whose answer
    /// would be another one without what could not be read.
    ///
    /// # Errors
    /// Offline, something was; what it is is said with every error.
    fn check_nothing_lacks(&self) -> Result<()> {
        if self.lacking().is_empty() {
            return Ok(());
        }
        bail!("this run is offline, and the answer depends on what the module cache lacks")
    }

    /// Adds what the sources answered, where an error is about a module that they were asked for.
    pub fn explained(&self, error: anyhow::Error) -> anyhow::Error {
        let module = failed_fetch(&error).and_then(|(module, _)| module);
        match module.and_then(|module| self.fetcher().trace(module)) {
            Some(trace) => {
                let message = error.to_string();
                error.context(Explained { message, trace })
            }
            None => error,
        }
    }

    /// Checks that nothing was met that is not what go.sum or the checksum database recorded,
    /// also by what can do without an answer, such as a warning. Asked before anything is
    /// written or shown.
    fn check_trust(&self) -> Result<(), ResolveError> {
        Ok(self.fetcher().gate().check().map_err(FetchError::from)?)
    }

    /// What there is outside a module: the local Go, and nothing that it would require.
    fn no_requirements(&self) -> Roots {
        let version = &self.config.local_go.version;
        let toolchain = format!("go{version}");
        Requirements {
            pruning: Pruning::of_go_version(version),
            roots: vec![
                ModuleVersion::new("go", version),
                ModuleVersion::new("toolchain", &toolchain),
            ],
            direct: HashSet::from_iter([ModulePath::new("go")]),
        }
        .into()
    }

    /// Writes what [`Self::write_module`] does; in a workspace go.work.sum alone.
    ///
    /// # Errors
    /// As there.
    async fn write(
        &self,
        mains: &mut MainModules,
        roots: &Roots,
        packages: Option<&Loaded>,
    ) -> Result<()> {
        if let Some(main) = mains.single_mut() {
            return self.write_module(main, roots, packages).await;
        }
        self.check_trust()?;
        if let Some(workspace) = mains.workspace() {
            self.write_sums(&workspace.go_work_sum(), roots, packages).await?;
        }
        self.tell_warnings();
        Ok(())
    }

    /// Writes go.sum and go.mod where they have to change, to what these roots and the packages
    /// that were loaded need. go.sum comes first, other than
    /// with go: a sum too many does no harm, a requirement without its sum does.
    ///
    /// # Errors
    /// They cannot be written; or they have to change, and `-mod` forbids it.
    async fn write_module(
        &self,
        main: &mut MainModule,
        roots: &Roots,
        packages: Option<&Loaded>,
    ) -> Result<()> {
        if self.only_reads {
            return self.write_what_is_needed(main, roots, packages).await;
        }
        let may_write = self.mode == ModMode::Mod;
        main.set_requirements(roots, may_write, ToolchainLine::Implied)?;
        self.write_files(main, roots, packages).await
    }

    /// The same for commands that read go.mod only: whether it marks requirements as indirect,
    /// and has a go line, makes no difference to them.
    async fn write_what_is_needed(
        &self,
        main: &mut MainModule,
        roots: &Roots,
        packages: Option<&Loaded>,
    ) -> Result<()> {
        let direct = main.file.require().iter().filter(|line| !line.indirect);
        let direct = direct.map(|line| line.module.path.clone()).collect();
        let marked_as_before = Requirements { direct, ..(**roots).clone() };
        let mut needed = main.clone();
        needed.set_requirements(&marked_as_before, false, ToolchainLine::Implied)?;
        if needed.is_dirty() {
            main.set_requirements(roots, true, ToolchainLine::Implied)?;
        }
        self.write_files(main, roots, packages).await
    }

    /// The same for a go.mod that has been edited already.
    async fn write_files(
        &self,
        main: &MainModule,
        roots: &Roots,
        packages: Option<&Loaded>,
    ) -> Result<()> {
        self.check_trust()?;
        let may_write = self.mode == ModMode::Mod;
        if !may_write && main.is_dirty() {
            return Err(self.resolver.go_mod_is_dirty().into());
        }
        if may_write {
            self.check_overlay(main)?;
        }
        self.write_sums(&main.files.go_sum, roots, packages).await?;
        if may_write {
            main.write(&self.files)?;
        }
        self.tell_warnings();
        Ok(())
    }

    /// Writes the sum file where it has to list more.
    async fn write_sums(
        &self,
        file: &Path,
        roots: &Roots,
        packages: Option<&Loaded>,
    ) -> Result<()> {
        let gate = self.fetcher().gate();
        if !gate.has_news() {
            return Ok(());
        }
        let keep = self.resolver.kept_sums(roots, packages).await?;
        if !gate.needs_update(&keep) {
            return Ok(());
        }
        // In a workspace sums are never missing: they are added to a file of its own.
        if self.mode != ModMode::Mod && self.mains().workspace().is_none() {
            return Err(ResolveError::GoSumDirty.into());
        }
        let name = shown(file, &self.config.directory);
        self.merge_sums(file, |current| Ok(gate.updated(GoSum::parse(&name, current)?, &keep)?))
    }

    fn is_overlaid(&self, file: &Path) -> bool {
        self.config.overlay.look_up(file) != Overlaid::Not
    }

    /// Fails where go.mod has to change and something stands in for it, while go.sum is still
    /// as it was.
    fn check_overlay(&self, main: &MainModule) -> Result<()> {
        if self.is_overlaid(&main.files.go_mod) {
            main.write(&self.files)?;
        }
        Ok(())
    }

    /// Makes go.sum's new content from what it holds under its lock.
    fn merge_sums(&self, file: &Path, make: impl FnOnce(&[u8]) -> Result<Vec<u8>>) -> Result<()> {
        self.files.merge(file, make).map_err(|error| match error {
            overlaid @ UpdateError::Overlaid { .. } => anyhow!("{overlaid}"),
            error => anyhow!("updating go.sum: {error}"),
        })
    }

    fn tell_warnings(&self) {
        for warning in self.fetcher().gate().take_warnings() {
            self.progress.warning(&warning);
        }
    }

    /// What writing these files would change, as a unified diff that `patch -p1` takes.
    async fn preview(
        &self,
        main: &MainModule,
        roots: &Roots,
        packages: Option<&Loaded>,
    ) -> Result<String> {
        self.check_trust()?;
        let (old, new) = main.versions_of_file();
        let name = |path: &Path| path.file_name().unwrap_or_default().display().to_string();
        let diff = |name: String, old: &[u8], new: &[u8]| {
            unified(&format!("a/{name}"), old, &format!("b/{name}"), new)
        };
        let mut text = diff(name(&main.files.go_mod), old, &new);
        let path = &main.files.go_sum;
        let (gate, old) = (self.fetcher().gate(), self.files.read(path)?.unwrap_or_default());
        let keep = self.resolver.kept_sums(roots, packages).await?;
        if gate.needs_update(&keep) {
            let table = GoSum::parse(&shown(path, &self.config.directory), &old)?;
            text += &diff(name(path), &old, &gate.updated(table, &keep)?);
        }
        Ok(text)
    }
}

/// The list of a vendor folder that is used although nobody asked for it: where the go line
/// is 1.14 or higher, and the folder is that of a workspace if, and only if, this is one.
/// Source: setDefaultBuildMod in cmd/go/internal/modload/init.go.
fn vendored_by_default(mains: &MainModules) -> Result<Option<VendorList>> {
    const SINCE: &str = "1.14";
    let go = match mains.workspace() {
        Some(workspace) => workspace.file.go(),
        None => mains.single().and_then(|main| main.file.go()),
    };
    let is_old = go.is_none_or(|go| goversion::compare(go, SINCE) == std::cmp::Ordering::Less);
    let Some(root) = mains.root().filter(|root| !is_old && vendor_folder::exists(root)) else {
        return Ok(None);
    };
    let text = vendor_folder::modules_text(root)?.unwrap_or_default();
    let is_workspace = mains.workspace().is_some();
    Ok(Some(VendorList::parse(&text)).filter(|list| list.is_workspace == is_workspace))
}

/// Checks that a vendor folder which is used is the one that go.mod asks for.
fn check_vendored(
    mains: &MainModules,
    list: &VendorList,
    directory: &Path,
) -> Result<(), InconsistentVendoring> {
    let differences = list.differences(&mains.stated(directory));
    if differences.is_empty() {
        return Ok(());
    }
    let folder = mains.root().map(|root| root.display().to_string()).unwrap_or_default();
    let is_workspace = mains.workspace().is_some();
    Err(InconsistentVendoring { is_workspace, folder, differences })
}

/// The sums of a workspace: those that go.work.sum lists beside what the go.sum files of its
/// modules do.
fn read_workspace_sums(
    files: &ModuleFiles,
    workspace: &Workspace,
    folders: &[PathBuf],
) -> Result<SumFiles> {
    let mut members = Vec::new();
    for folder in folders {
        let file = folder.join("go.sum");
        members.push((file.display().to_string(), read_go_sum(files, &file, false)?));
    }
    let table = read_go_sum(files, &workspace.go_work_sum(), false)?;
    Ok(SumFiles { table: Some(table), file_name: "go.work.sum".to_owned(), members })
}

fn read_go_sum(files: &ModuleFiles, path: &Path, repairs: bool) -> Result<GoSum> {
    let data = files.read(path)?.unwrap_or_default();
    if repairs {
        return Ok(GoSum::parse_lax(&data));
    }
    Ok(GoSum::parse(&path.display().to_string(), &data)?)
}

/// Several failures of one command, each of which the user needs to see.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\ngomod: "))]
pub struct Failures(pub Vec<anyhow::Error>);

/// The first failed fetch behind an error, and the module that it was for, where that is known.
pub fn failed_fetch(error: &anyhow::Error) -> Option<(Option<&ModulePath>, &FetchError)> {
    if let Some(Failures(errors)) = error.downcast_ref::<Failures>() {
        return errors.iter().find_map(failed_fetch);
    }
    error.chain().find_map(error::failed_fetch)
}

/// With `-locked`: files would have to change.
#[derive(Debug, thiserror::Error)]
#[error("{} would have to change, and -locked (or GOMOD_LOCKED) forbids it:\n{diff}", files.join(" and "))]
pub struct Locked {
    /// The files.
    files: Vec<String>,
    /// What would change, as a unified diff that `patch -p1` takes.
    diff: String,
}

/// An error together with what the sources answered about the module that it is about.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Explained {
    /// The error's message.
    message: String,
    /// What the sources answered.
    pub trace: Trace,
}
