//! The workspace around the module that `get` changes. Its modules provide packages that no
//! source may have yet; these are not looked for, and whether everything is there is checked
//! with them.
//!
//! Source: workspace, loadWorkspace and checkPackageProblems in cmd/go/internal/modget/get.go,
//! EnterWorkspace in cmd/go/internal/modload/init.go.

use std::path::PathBuf;

use anyhow::Result;

use crate::commands::work::{layout, raise_go_line, rewrite};
use crate::commands::{Opening, Session};
use crate::config::ModMode;
use crate::resolve::main_module::MainModule;
use crate::resolve::main_modules::Workspace;
use crate::spec::ModulePath;
use crate::spec::modfile::{ModFile, Mode};
use crate::store::package_folder::ModuleFolder;
use crate::ui::diff::unified;

/// The modules of the workspace in force.
#[derive(Debug, Default)]
pub struct Neighbours {
    modules: Vec<(ModulePath, ModuleFolder)>,
}

impl Neighbours {
    /// Those of the workspace in force; none where there is none. What cannot be read is left
    /// out: whoever loads the workspace says why.
    pub fn read(session: &Session) -> Self {
        let directory = session.resolver.directory();
        let Some(path) = &session.config.work_file else { return Self::default() };
        let Ok(workspace) = Workspace::read(&session.files, path, directory) else {
            return Self::default();
        };
        let folders = workspace.folders(directory).unwrap_or_default();
        let module = |root: PathBuf| {
            let data = session.files.read(&root.join("go.mod")).ok()??;
            // Versions in it are not looked up.
            let file = ModFile::parse("go.mod", &data, Mode::Strict, None).ok()?;
            let path = file.module()?.path.clone();
            Some((path, ModuleFolder::local(&root)))
        };
        Self { modules: folders.into_iter().filter_map(module).collect() }
    }

    /// The modules with their folders.
    pub fn modules(&self) -> &[(ModulePath, ModuleFolder)] {
        &self.modules
    }

    /// Whether a module is one of them.
    pub fn have(&self, module: &ModulePath) -> bool {
        self.modules.iter().any(|(path, _)| path == module)
    }
}

/// The workspace in force, with this go.mod in the place of the module's own.
///
/// # Errors
/// The workspace cannot be used.
pub async fn enter(session: &Session, main: MainModule) -> Result<Session> {
    let opening = Opening { uses_vendor: false, ..ModMode::Mod.into() };
    let config = session.config.of_workspace();
    let mut entered = session.open_beside(config, opening).await?;
    entered.resolver = entered.resolver.with_main(main);
    Ok(entered)
}

/// The go.work file in force with its go line raised to that of the module; `None` where it need
/// not be, or cannot be read: then it stays as it is.
fn raised(session: &Session, main: &MainModule) -> Result<Option<Workspace>> {
    let directory = session.resolver.directory();
    let Some(path) = &session.config.work_file else { return Ok(None) };
    let Ok(mut workspace) = Workspace::read(&session.files, path, directory) else {
        return Ok(None);
    };
    let before = workspace.file.go().map(str::to_owned);
    raise_go_line(&mut workspace.file, main.go_version())?;
    Ok((workspace.file.go() != before.as_deref()).then_some(workspace))
}

/// Raises the go line of the workspace in force to that of the module.
///
/// # Errors
/// go.work cannot be written.
pub fn raise_workspace(session: &Session, main: &MainModule) -> Result<()> {
    match raised(session, main)? {
        Some(Workspace { path, read, file, .. }) => rewrite(&session.files, &path, &read, file),
        None => Ok(()),
    }
}

/// What that would change, as a unified diff.
///
/// # Errors
/// The module's go line means nothing.
pub fn preview_workspace(session: &Session, main: &MainModule) -> Result<String> {
    let Some(Workspace { path, read, file, .. }) = raised(session, main)? else {
        return Ok(String::new());
    };
    let name = path.file_name().unwrap_or_default().display().to_string();
    let new = layout(file);
    Ok(unified(&format!("a/{name}"), &read, &format!("b/{name}"), &new))
}
