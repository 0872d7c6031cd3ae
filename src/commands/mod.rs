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

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use tokio::task::spawn_blocking;

use crate::config::{Config, ModMode, Overlaid};
use crate::fetch::Fetcher;
use crate::fetch::error::FetchError;
use crate::resolve::error::ResolveError;
use crate::resolve::load::Loaded;
use crate::resolve::main_module::{MainModule, Requirements, ToolchainLine, shown};
use crate::resolve::roots::Roots;
use crate::resolve::{Resolver, look_up_versions, read_main_module};
use crate::spec::graph::Pruning;
use crate::spec::sums::GoSum;
use crate::spec::vendor::{InconsistentVendoring, VendorList};
use crate::spec::{ModulePath, ModuleVersion, goversion};
use crate::store::cache::Cache;
use crate::store::main_module::{ModuleFiles, UpdateError};
use crate::store::vendor_folder;
use crate::ui::diff::unified;
use crate::ui::progress::Progress;

/// What every module command begins with: the main module, its go.sum, and the means
/// to resolve and fetch.
pub struct Session {
    config: Config,
    mode: ModMode,
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
    /// Whether a vendor folder is used where there is one, the mode is readonly, and the user did
    /// not say it.
    pub uses_vendor: bool,
}

impl From<ModMode> for Opening {
    fn from(mode: ModMode) -> Self {
        Self { mode, repairs_sums: false, uses_vendor: true }
    }
}

impl Session {
    /// Reads the main module's files. Nothing is fetched unless go.mod names a branch. The
    /// mode is that of a command which was not told another.
    pub async fn open(
        config: Config,
        progress: Arc<dyn Progress>,
        Opening { mode: default_mode, repairs_sums, uses_vendor }: Opening,
    ) -> Result<Self> {
        let cache = Cache::new(&config.module_cache, config.cache_writable);
        let files = ModuleFiles::new(cache, config.overlay.clone());
        let go_sum = config.main_module.as_ref().map(|main| {
            let (files, go_sum) = (files.clone(), main.go_sum.clone());
            spawn_blocking(move || read_go_sum(&files, &go_sum, repairs_sums))
        });
        // In the meantime: both files may be long.
        let read = read_main_module(&files, &config);
        let go_sum = match go_sum {
            Some(reading) => Some(reading.await??),
            None => None,
        };
        let fetcher = Fetcher::new(&config, go_sum, progress.clone());
        let main = match (read?, &config.main_module) {
            (Some(read), Some(main)) => {
                Some(look_up_versions(read, main, &fetcher, &files, &config).await?)
            }
            _ => None,
        };
        let mut resolver = Resolver::new(fetcher, files.clone(), &config, main.map(Arc::new));
        let mut mode = config.mode.unwrap_or(default_mode);
        let vendored = match (resolver.main(), config.mode, mode) {
            (Some(main), Some(ModMode::Vendor), _) => {
                let text = vendor_folder::modules_text(&main.files.root)?.unwrap_or_default();
                Some(VendorList::parse(&text))
            }
            (Some(main), None, ModMode::Readonly) if uses_vendor => vendored_by_default(main)?,
            _ => None,
        };
        if let (Some(main), Some(list)) = (resolver.main(), &vendored) {
            check_vendored(main, list, &config.directory)?;
            mode = ModMode::Vendor;
        }
        if mode == ModMode::Readonly {
            resolver = resolver.readonly();
        }
        Ok(Self { config, mode, vendored, progress, files, resolver })
    }

    /// The module that the working directory lies in.
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

    /// The requirements of go.mod, with a go line added where it has none, as commands
    /// that may write go.mod do.
    async fn requirements(&self, main: &mut MainModule) -> Result<Roots> {
        self.requirements_for(main, &self.config.local_go.version).await
    }

    /// The same with this go line, where there is none.
    async fn requirements_for(&self, main: &mut MainModule, go: &str) -> Result<Roots> {
        let stated = self.stated_requirements(main);
        let roots = self.resolver.roots(&stated).await?;
        if main.file.go().is_some() || self.mode != ModMode::Mod {
            return Ok(roots);
        }
        main.file.add_go_stmt(go)?;
        Ok(self.resolver.add_go_line(&roots, go).await?)
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

    /// Writes go.sum and go.mod where they have to change, to what these roots and the packages
    /// that were loaded need. go.sum comes first, other than
    /// with go: a sum too many does no harm, a requirement without its sum does.
    ///
    /// # Errors
    /// They cannot be written; or they have to change, and `-mod` forbids it.
    async fn write(
        &self,
        main: &mut MainModule,
        roots: &Roots,
        packages: Option<&Loaded>,
    ) -> Result<()> {
        let may_write = self.mode == ModMode::Mod;
        main.set_requirements(roots, may_write, ToolchainLine::Implied)?;
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
        let gate = self.fetcher().gate();
        let keep = match gate.has_news() {
            true => Some(self.resolver.kept_sums(roots, packages).await?),
            false => None,
        };
        if let Some(keep) = keep.filter(|keep| gate.needs_update(keep)) {
            if !may_write {
                return Err(ResolveError::GoSumDirty.into());
            }
            let name = shown(&main.files.go_sum, &self.config.directory);
            self.merge_sums(main, |current| {
                Ok(gate.updated(GoSum::parse(&name, current)?, &keep)?)
            })?;
        }
        if may_write {
            main.write(&self.files)?;
        }
        self.tell_warnings();
        Ok(())
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
    fn merge_sums(
        &self,
        main: &MainModule,
        make: impl FnOnce(&[u8]) -> Result<Vec<u8>>,
    ) -> Result<()> {
        self.files.merge(&main.files.go_sum, make).map_err(|error| match error {
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
/// is 1.14 or higher, and the folder is not that of a workspace.
/// Source: setDefaultBuildMod in cmd/go/internal/modload/init.go.
fn vendored_by_default(main: &MainModule) -> Result<Option<VendorList>> {
    const SINCE: &str = "1.14";
    let is_old =
        main.file.go().is_none_or(|go| goversion::compare(go, SINCE) == std::cmp::Ordering::Less);
    if is_old || !vendor_folder::exists(&main.files.root) {
        return Ok(None);
    }
    let text = vendor_folder::modules_text(&main.files.root)?.unwrap_or_default();
    Ok(Some(VendorList::parse(&text)).filter(|list| !list.is_workspace))
}

/// Checks that a vendor folder which is used is the one that go.mod asks for.
fn check_vendored(
    main: &MainModule,
    list: &VendorList,
    directory: &Path,
) -> Result<(), InconsistentVendoring> {
    let differences = list.differences(&main.file, &shown(&main.files.go_mod, directory));
    if differences.is_empty() {
        return Ok(());
    }
    let folder = main.files.root.display().to_string();
    Err(InconsistentVendoring { folder, differences })
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
