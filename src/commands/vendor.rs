//! `gomod vendor`: the packages that the main module needs, in a folder beside its go.mod.
//!
//! Source: ref/mod#go-mod-vendor, cmd/go/internal/modcmd/vendor.go.

use std::path::{Path, PathBuf};

use anyhow::Result;
use futures_util::future::join_all;
use tokio::task::spawn_blocking;

use crate::config::clean;
use crate::fetch::error::ErrorKind;
use crate::resolve::load::{Loaded, Options as LoadOptions};
use crate::resolve::main_module::shown;
use crate::resolve::roots::{NONE, Roots};
use crate::spec::ModuleVersion;
use crate::spec::graph::Pruning;
use crate::spec::source::Tags;
use crate::spec::vendor::{Listing, ListingError, Rules};
use crate::store::threads;
use crate::store::vendor_folder::plan::Choice;
use crate::store::vendor_folder::staging::{self, TargetError};
use crate::store::vendor_folder::{self, Vendored};
use crate::verify::gate::SumKey;

use super::{Failures, Session};

/// What the user asks for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `-e`: what cannot be loaded is told and left out.
    pub proceeds: bool,
    /// `-v`: what is vendored is told.
    pub tells: bool,
    /// `-o DIR`: the folder, instead of `vendor` in the main module's.
    pub output: Option<PathBuf>,
    /// `-check`: nothing is written; what differs is told.
    pub check: bool,
    /// `work vendor`: the folder is that of the workspace.
    pub of_workspace: bool,
    /// `-include-non-go`: folders without Go files below those of packages too.
    pub includes_non_go: bool,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// What was vendored, as modules.txt has it; empty where that was not asked for.
    pub listing: String,
    /// What differs from the folder that there should be, a line each; only where that was
    /// asked for.
    pub differences: Vec<String>,
}

/// Makes the vendor folder anew, or compares it with what it would be.
///
/// # Errors
/// There is no main module, what is in the folder's place is no vendor folder, or a package
/// cannot be loaded or copied. Then what is there stays as it was.
pub async fn run(session: &'static Session, options: &Options) -> Result<Summary> {
    let mains = session.mains();
    if options.of_workspace && mains.is_empty() {
        session.progress.note("no dependencies to vendor");
        return Ok(Summary::default());
    }
    session.need_main_module()?;
    let Some(root) = mains.root() else { return Err(session.no_main_module()) };
    let target = match &options.output {
        Some(output) => clean(&session.config.directory.join(output)),
        None => root.join("vendor"),
    };
    let place = Place::new(session, root, target);
    if !options.check {
        let checked = place.clone();
        spawn_blocking(move || checked.prepare(session)).await??;
    }
    let loaded = load(session, options).await?;
    let packages = loaded.packages().filter(|package| !package.is_test()).filter_map(|package| {
        let module =
            package.module.as_ref().filter(|module| !session.resolver.is_main(&module.path))?;
        package.folder.as_ref().map(|_| (package.path.as_str(), module))
    });
    let stated = mains.stated(session.resolver.directory());
    let replacement = |module: &ModuleVersion| mains.replacement(module).cloned();
    let mut listing = Listing::new(&stated, packages, replacement)?;
    let rules = Rules::of(&stated);
    if rules.tells_go {
        let go = listing
            .modules
            .iter()
            .map(|listed| go_line(session, &loaded.roots, listed.module.path.as_str()));
        let go = join_all(go).await;
        // A go.mod that is not what go.sum lists is no reason to go on without it.
        session.check_trust()?;
        for (listed, go) in listing.modules.iter_mut().zip(go) {
            listed.go = go?;
        }
    }
    let mut modules = Vec::new();
    for listed in listing.modules.iter().filter(|listed| !listed.packages.is_empty()) {
        modules.push(Vendored {
            path: listed.module.path.clone(),
            packages: listed.packages.clone(),
            folder: session.resolver.module_folder(&listed.module).await?.root.to_path_buf(),
        });
    }
    let text = listing.text();
    if text.is_empty() {
        session.progress.note("no dependencies to vendor");
    }
    let choice = Choice { includes_non_go: options.includes_non_go, ..choice(session, rules) };
    let listing = if options.tells { text.clone() } else { String::new() };
    let work = Work { place, choice, modules, text, proceeds: options.proceeds };
    let is_check = options.check;
    let done = spawn_blocking(move || match is_check {
        true => work.compare(session),
        false => work.write(session).map(|()| Vec::new()),
    });
    Ok(Summary { listing, differences: done.await?? })
}

/// What decides for this main module which files are vendored, as go decides it.
pub(super) fn choice(session: &Session, rules: Rules) -> Choice {
    Choice {
        rules,
        cgo: session.config.target.wants_cgo,
        includes_non_go: false,
        overlay: session.config.overlay.clone(),
    }
}

/// Loads every package that is vendored, and says what is wrong with them.
async fn load(session: &Session, options: &Options) -> Result<Loaded> {
    let mut mains = session.mains().clone();
    let roots = session.requirements(&mut mains).await?;
    let any = Tags::any();
    let how = LoadOptions {
        resolves_missing: true,
        narrows_all: true,
        is_tolerant: options.proceeds,
        ..LoadOptions::new(&any, false)
    };
    let loaded = session.resolver.load_packages(&roots, how, &["all".to_owned()], None).await;
    session.look_for_required().await;
    session.check_trust()?;
    let loaded = loaded?;
    if options.proceeds {
        // What is unknown is not what is wrong.
        session.check_nothing_lacks()?;
    }
    session.check_packages(&loaded, options.proceeds)?;
    session.write(&mut mains, &loaded.roots, Some(&loaded)).await?;
    // Before the folder is made.
    session.check_locked()?;
    Ok(loaded)
}

/// Why `mod vendor` does nothing in a workspace.
pub const OUTSIDE_WORKSPACES: &str = "'gomod mod vendor' cannot be run in workspace mode. Run \
    'gomod work vendor' to vendor the workspace or set 'GOWORK=off' to exit workspace mode.";

/// Where the vendor folder goes, and what may not go with what is there.
#[derive(Clone)]
struct Place {
    target: PathBuf,
    kept: Vec<PathBuf>,
    /// The folders that replace modules, as go.mod names them: go has its own words for these.
    replacements: Vec<(PathBuf, String)>,
}

impl Place {
    fn new(session: &Session, root: &Path, target: PathBuf) -> Self {
        let config = &session.config;
        let mains = session.mains();
        let members = mains.iter().map(|main| &main.files.root);
        let own = [&config.directory, &config.module_cache].into_iter().chain(members);
        let replacements: Vec<(PathBuf, String)> = mains
            .replacing_folders()
            .map(|folder| (mains.folder(folder), folder.to_string()))
            .collect();
        let folders: Vec<PathBuf> = replacements.iter().map(|(folder, _)| folder.clone()).collect();
        let kept = own.cloned().chain(folders).chain([root.to_owned()]).collect();
        Self { target, kept, replacements }
    }

    /// Tidies up behind runs that were killed, and checks that there is nothing but a vendor
    /// folder.
    fn prepare(&self, session: &Session) -> Result<()> {
        for strange in staging::sweep(&self.target)? {
            let name = shown(&strange, &session.config.directory);
            session.progress.note(&format!(
                "{name} stays: it is named like an old vendor folder that gomod put there, and is none"
            ));
        }
        self.check()
    }

    /// Checks that the folder may be replaced, and that nothing goes with it that is needed.
    fn check(&self) -> Result<()> {
        let Err(error) = staging::check_target(&self.target, &self.kept) else { return Ok(()) };
        if let TargetError::Holds { kept, .. } = &error
            && let Some((_, path)) = self.replacements.iter().find(|(folder, _)| folder == kept)
        {
            return Err(ListingError::Replacement(path.clone()).into());
        }
        Err(error.into())
    }
}

/// The go line of the version that is selected of a path, or of what replaces it; nothing where
/// it has none, or go.sum does not vouch for it. Source: ModuleInfo in
/// cmd/go/internal/modload/build.go.
async fn go_line(session: &Session, roots: &Roots, path: &str) -> Result<String> {
    let resolver = &session.resolver;
    let of_root = match roots.pruning {
        Pruning::Pruned => resolver.root_selected(roots, path),
        Pruning::Unpruned | Pruning::Workspace => None,
    };
    let version = match of_root {
        Some(version) => version,
        None => resolver.graph(roots).await?.complete()?.selected(path),
    };
    if version.as_str() == NONE {
        return Ok(String::new());
    }
    let module = ModuleVersion { path: path.into(), version };
    if let Some(main) = session.mains().of_path(&module.path) {
        return Ok(main.file.go().unwrap_or_default().to_owned());
    }
    let actual = resolver.actual(&module);
    let has_sum = || session.fetcher().gate().lists(&SumKey::go_mod(&actual));
    if resolver.is_readonly() && !actual.version.is_empty() && !has_sum() {
        return Ok(String::new());
    }
    match resolver.summary(&actual).await {
        Ok(summary) => Ok(summary.go.clone()),
        // modules.txt must not depend on the weather.
        Err(error) if error.kind() == ErrorKind::Transient => Err(error.into()),
        // What cannot be read was told where it mattered.
        Err(_) => Ok(String::new()),
    }
}

/// What is done on the disk, once everything is fetched.
struct Work {
    place: Place,
    choice: Choice,
    modules: Vec<Vendored>,
    text: String,
    proceeds: bool,
}

impl Work {
    fn plan(&self, session: &Session, threads: usize) -> Result<vendor_folder::plan::Plan> {
        let mut plan = self.choice.plan(&self.modules, threads)?;
        let failures = std::mem::take(&mut plan.failures);
        if !self.proceeds && !failures.is_empty() {
            let failures = failures.into_iter().map(anyhow::Error::from).collect();
            return Err(Failures(failures).into());
        }
        for failure in failures {
            session.progress.note(&failure.to_string());
        }
        Ok(plan)
    }

    fn write(&self, session: &Session) -> Result<()> {
        let threads = threads();
        let target = &self.place.target;
        // Something else may lie there by now: modules take their time to load.
        if self.text.is_empty() {
            self.place.check()?;
            return Ok(staging::remove(target)?);
        }
        let plan = self.plan(session, threads)?;
        let made = vendor_folder::make(target, &plan, &self.text, threads)?;
        self.place.check()?;
        Ok(made.publish()?)
    }

    fn compare(&self, session: &Session) -> Result<Vec<String>> {
        let threads = threads();
        let plan = self.plan(session, threads)?;
        let target = &self.place.target;
        let found = vendor_folder::differences(target, &plan, &self.text, threads)?;
        let name = |place: &Path| match place.as_os_str().is_empty() {
            true => shown(target, &session.config.directory),
            false => shown(&target.join(place), &session.config.directory),
        };
        Ok(found.iter().map(|one| format!("{} {}", name(&one.place), one.kind)).collect())
    }
}
