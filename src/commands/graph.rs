//! `gomod graph`: the module graph, an edge a line.
//!
//! Source: ref/mod#go-mod-graph, cmd/go/internal/modcmd/graph.go, LoadModGraph in
//! cmd/go/internal/modload/buildlist.go.

use std::cmp::Ordering;

use anyhow::{Result, bail};

use crate::spec::graph::Pruning;
use crate::spec::modfile::is_go_version;
use crate::spec::{ModuleVersion, goversion};

use super::Session;
use super::arguments::NO_MAIN_MODULE;

/// What the user asks for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `-go VERSION`: the graph as that version reads it.
    pub go: Option<String>,
}

/// The graph as text: each line a module and one of its requirements, `path@version`, the
/// main module without a version. Nothing is written.
///
/// # Errors
/// There is no main module, or a part of the graph cannot be read.
pub async fn run(session: &Session, options: &Options) -> Result<String> {
    let Some(main) = session.main() else { bail!(NO_MAIN_MODULE) };
    if let Some(version) = &options.go
        && !is_go_version(version)
    {
        let local = &session.config.local_go.version;
        bail!("invalid value {version:?} for flag -go: expecting a Go version like {local:?}");
    }
    let stated = session.stated_requirements(main);
    let loaded = match &options.go {
        None => session.resolver.load_consistent(&stated).await?.1.complete()?,
        Some(version) => {
            let stated = if stated.has_duplicates(&main.path) {
                session.resolver.load_consistent(&stated).await?.0
            } else {
                stated
            };
            let own = stated.root("go").unwrap_or_default();
            if goversion::compare(own, goversion::STRICT) != Ordering::Less
                && goversion::compare(version, own) == Ordering::Less
            {
                bail!(
                    "requested Go version {version} cannot load module graph (requires Go >= {own})"
                );
            }
            let mut requirements = stated;
            if Pruning::of_go_version(version) == Pruning::Unpruned {
                requirements.pruning = Pruning::Unpruned;
            }
            session.resolver.load_graph(&requirements).await?.complete()?
        }
    };
    let mut text = String::new();
    for module in loaded.graph.breadth_first() {
        for required in loaded.graph.required_by(module).unwrap_or_default() {
            write(&mut text, module);
            text.push(' ');
            write(&mut text, required);
            text.push('\n');
        }
    }
    Ok(text)
}

fn write(text: &mut String, module: &ModuleVersion) {
    text.push_str(&module.path);
    if !module.version.is_empty() {
        text.push('@');
        text.push_str(&module.version);
    }
}
