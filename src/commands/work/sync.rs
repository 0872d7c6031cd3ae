//! `gomod work sync`: the build list of the workspace back into its modules.
//!
//! Source: ref/mod#go-work-sync, cmd/go/internal/workcmd/sync.go.

use anyhow::Result;

use crate::config::ModMode;
use crate::resolve::edit::Wanted;
use crate::resolve::load;
use crate::resolve::main_module::MainModule;
use crate::resolve::main_modules::Workspace;
use crate::resolve::roots::Roots;
use crate::spec::source::Tags;
use crate::spec::{ModuleVersion, goversion};

use super::super::{Opening, Session, tidy};
use super::{raise_go_line, rewrite};

/// Raises what each module of the workspace requires, of what its packages need, to the
/// versions that are selected for the workspace, and tidies those that change. The go line of
/// go.work is raised to theirs.
///
/// # Errors
/// The module graph of the workspace or one of its files cannot be read, or not be written.
/// A module whose requirements do not go together with those versions stays as it is.
pub async fn run(session: &Session) -> Result<()> {
    let mut mains = session.mains().clone();
    let roots = session.requirements(&mut mains).await?;
    session.resolver.graph(&roots).await?.complete()?;
    let mut members = Vec::new();
    for main in mains.iter() {
        members.push((main, modules_of(session, &roots, main).await?));
    }
    session.check_trust()?;
    // A module whose packages cannot be read would silently be left as it is.
    session.check_nothing_lacks()?;
    let mut go = String::new();
    for (main, selected) in members {
        if let Some(of_member) = sync(session, main, &selected).await?
            && (go.is_empty() || goversion::compare(&of_member, &go).is_gt())
        {
            go = of_member;
        }
    }
    let Some(path) = session.config.workspace() else { return Ok(()) };
    let mut work = Workspace::read(&session.files, path, session.resolver.directory())?;
    if !go.is_empty() {
        raise_go_line(&mut work.file, &go)?;
    }
    rewrite(&session.files, path, &work.read, work.file)
}

/// The modules, at the versions of the workspace, that provide packages which the packages of
/// one of its modules need, and their tests.
async fn modules_of(
    session: &Session,
    roots: &Roots,
    main: &MainModule,
) -> Result<Vec<ModuleVersion>> {
    let any = Tags::any();
    let options = load::Options {
        main: Some(&main.path),
        is_tolerant: true,
        is_silent: true,
        ..load::Options::new(&any, true)
    };
    let all = ["all".to_owned()];
    let loaded = session.resolver.load_packages(roots, options, &all, None).await?;
    let packages = loaded.packages().filter(|package| !package.is_test());
    let modules = packages.filter_map(|package| package.module.clone());
    let mut modules: Vec<_> = modules.filter(|module| !module.version.is_empty()).collect();
    modules.sort_by(ModuleVersion::compare);
    modules.dedup();
    Ok(modules)
}

/// Has one module require these versions, as if there were no workspace. Answers its go line;
/// `None` where it cannot require them.
async fn sync(
    session: &Session,
    main: &MainModule,
    selected: &[ModuleVersion],
) -> Result<Option<String>> {
    let config = session.config.of_member(main.files.clone());
    let opening = Opening { repairs_sums: true, ..ModMode::Mod.into() };
    let member = session.open_beside(config, opening).await?;
    let go = sync_member(&member, selected).await;
    session.fetcher().lacking().add(member.fetcher().lacking());
    go
}

async fn sync_member(member: &Session, selected: &[ModuleVersion]) -> Result<Option<String>> {
    let Some(main) = member.main() else { return Ok(None) };
    let mut main = main.clone();
    let roots = member.requirements_of(&mut main).await?;
    let wanted = Wanted { must_select: selected, try_upgrade: &[], tells: false };
    let Ok((edited, changed)) = member.resolver.edit(&roots, wanted).await else {
        member.check_trust()?;
        member.check_nothing_lacks()?;
        return Ok(None);
    };
    if changed {
        let options = tidy::Options { is_tolerant: true, ..tidy::Options::default() };
        tidy::tidy_edited(member, &mut main, &edited, &options).await?;
    }
    Ok(Some(main.go_version().to_owned()))
}
