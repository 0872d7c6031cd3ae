//! `gomod graph`: the module graph, an edge a line.
//!
//! Source: ref/mod#go-mod-graph, cmd/go/internal/modcmd/graph.go, LoadModGraph in
//! cmd/go/internal/modload/buildlist.go.

use std::cmp::Ordering;

use anyhow::{Result, bail};

use crate::spec::graph::Pruning;
use crate::spec::{ModuleVersion, goversion};

use super::Session;
use super::arguments::check_go_version;

/// What the user asks for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `-go VERSION`: the graph as that version reads it.
    pub go: Option<String>,
}

/// The usage line that stands behind a wrong value of `-go`.
const USAGE: &str = "graph [-go=version] [-x]";

/// The graph as text: each line a module and one of its requirements, `path@version`, the
/// main module without a version. Nothing is written.
///
/// # Errors
/// There is no main module, or a part of the graph cannot be read.
pub async fn run(session: &Session, options: &Options) -> Result<String> {
    session.need_main_module()?;
    if let Some(value) = &options.go {
        check_go_version("go", value, &session.config.local_go.version, USAGE)?;
    }
    let stated = session.stated();
    let loaded = match &options.go {
        None => {
            let (roots, loaded) = session.resolver.load_consistent(&stated).await?;
            let loaded = loaded.complete()?;
            session.write_if_locked(&roots, None).await?;
            loaded
        }
        Some(version) => {
            let stated = session.resolver.roots(&stated).await?;
            let own = stated.root("go").unwrap_or_default();
            if goversion::compare(own, goversion::STRICT) != Ordering::Less
                && goversion::compare(version, own) == Ordering::Less
            {
                bail!(
                    "requested Go version {version} cannot load module graph (requires Go >= {own})"
                );
            }
            let mut requirements = (*stated).clone();
            if Pruning::of_go_version(version) == Pruning::Unpruned {
                requirements.pruning = Pruning::Unpruned;
            }
            session.resolver.graph(&requirements.into()).await?.complete()?
        }
    };
    session.check_trust()?;
    // A large graph is megabytes of text, which would be copied as often as it outgrows its place.
    let length = |module: &ModuleVersion| module.path.len() + module.version.len() + 2;
    let lengths = loaded.graph.requirements().map(|(module, requirements)| {
        requirements.iter().map(length).sum::<usize>() + requirements.len() * length(module)
    });
    let mut text = String::with_capacity(lengths.sum());
    for (module, requirements) in loaded.graph.requirements() {
        for required in requirements {
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
