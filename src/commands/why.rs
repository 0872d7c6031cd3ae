//! `gomod why`: what needs a package or a module.
//!
//! Source: ref/mod#go-mod-why, cmd/go/internal/modcmd/why.go.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use crate::resolve::load::{self, Loaded};
use crate::resolve::matches::Match;
use crate::resolve::roots::Roots;
use crate::spec::pattern;
use crate::spec::source::Tags;

use super::Session;
use super::arguments::{self, Named, Reading};

/// What the user asks for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Packages and patterns of them; with `-m` modules and patterns of them.
    pub arguments: Vec<String>,
    /// `-m`: the arguments are modules.
    pub modules: bool,
    /// `-vendor`: tests outside the main module do not count.
    pub vendor: bool,
}

impl Options {
    fn load<'a>(&self, tags: &'a Tags) -> load::Options<'a> {
        load::Options { narrows_all: self.vendor, ..load::Options::new(tags, !self.vendor) }
    }

    fn unneeded(&self, noun: &str, path: &str) -> String {
        let purpose = if self.vendor { " to vendor" } else { "" };
        format!("(main module does not need{purpose} {noun} {path})")
    }
}

/// The answer as text: for each package or module a line with its name, then a shortest chain
/// of imports from the main module, a package a line. Nothing is written.
///
/// # Errors
/// There is no main module, an argument means nothing, or a part of the module graph cannot be
/// read. What is wrong with a package is no error: it may be needed nevertheless.
pub async fn run(session: &Session, options: &Options) -> Result<String> {
    session.need_main_module()?;
    let sections = match options.modules {
        true => why_modules(session, options).await?,
        false => why_packages(session, options).await?,
    };
    session.check_trust()?;
    session.look_for_required().await;
    // A package that is not there could be one that leads to others.
    session.check_nothing_lacks()?;
    let section =
        |(name, lines): (String, Vec<String>)| format!("# {name}\n{}\n", lines.join("\n"));
    Ok(sections.into_iter().map(section).collect::<Vec<_>>().join("\n"))
}

/// A name with the lines below it.
type Section = (String, Vec<String>);

async fn why_packages(session: &Session, options: &Options) -> Result<Vec<Section>> {
    let tags = Tags::any();
    let roots = session.resolver.roots(&session.stated()).await?;
    let mut patterns: Vec<String> =
        options.arguments.iter().map(|argument| pattern::clean(argument)).collect();
    if patterns.is_empty() {
        patterns.push(".".to_owned());
    }
    // First as if they were wanted for themselves: what provides them is found that way.
    let named = load(session, &roots, options.load(&tags), &patterns).await?;
    let all = load_all(session, &named.roots, options, &tags).await?;
    session.write_if_locked(&all.roots, Some(&all)).await?;
    let is_standard = |path: &String| session.resolver.is_standard_package(path);
    let reaches_standard =
        |one: &Match| one.pattern == "all" || one.packages.iter().any(is_standard);
    let standard = match named.matches.iter().any(reaches_standard) {
        true => session.resolver.standard_library(&all, &tags, !options.vendor).await,
        false => None,
    };
    let mut paths: Vec<String> = Vec::new();
    for one in &named.matches {
        let mut matching = one.packages.clone();
        if let (true, Some(standard)) = (one.pattern == "all", &standard) {
            matching.extend(standard.in_all.iter().cloned());
            matching.sort();
            matching.dedup();
        }
        paths.extend(matching);
    }
    let explain = |path: String| {
        let chain = match &standard {
            Some(standard) if is_standard(&path) => standard.chains.get(&path).cloned(),
            _ => all.chain(&path),
        };
        let lines = match chain {
            Some(chain) => chain,
            None if standard.is_none() && is_standard(&path) => vec![format!(
                "(only the standard library may need package {path}: there is no GOROOT to read it from)"
            )],
            None => vec![options.unneeded("package", &path)],
        };
        (path, lines)
    };
    Ok(paths.into_iter().map(explain).collect())
}

async fn why_modules(session: &Session, options: &Options) -> Result<Vec<Section>> {
    for argument in &options.arguments {
        if argument.contains('@') {
            bail!("{argument}: 'gomod mod why' requires a module path, not a version query");
        }
    }
    let reading = Reading::default();
    arguments::check(session, &options.arguments, reading)?;
    let mut roots = session.resolver.roots(&session.stated()).await?;
    let mut graph = None;
    if arguments::need_graph(session, &options.arguments, &roots) {
        let (consistent, loaded) = session.resolver.expand(roots).await?;
        (roots, graph) = (consistent, Some(loaded));
    }
    let named = match options.arguments.is_empty() {
        true => session.mains().iter().map(Named::main).collect(),
        false => {
            let (arguments, graph) = (&options.arguments, graph.as_deref());
            arguments::resolve(session, arguments, Some(&roots), graph, reading).await
        }
    };
    if let Some(graph) = graph {
        graph.complete()?;
    }
    let all = load_all(session, &roots, options, &Tags::any()).await?;
    session.write_if_locked(&all.roots, Some(&all)).await?;
    let nearest = nearest_packages(&all);
    let explain = |Named { module, .. }: Named| {
        let lines = match nearest.get(module.path.as_str()) {
            Some(chain) => chain.clone(),
            None => vec![options.unneeded("module", &module.path)],
        };
        (module.path.to_string(), lines)
    };
    Ok(named.into_iter().map(explain).collect())
}

async fn load_all(
    session: &Session,
    roots: &Roots,
    options: &Options,
    tags: &Tags,
) -> Result<Loaded> {
    load(session, roots, options.load(tags), &["all".to_owned()]).await
}

async fn load(
    session: &Session,
    roots: &Roots,
    options: load::Options<'_>,
    patterns: &[String],
) -> Result<Loaded> {
    let mut loaded = session.resolver.load_packages(roots, options, patterns, None).await?;
    match loaded.problem.take() {
        Some(problem) => Err(problem.into()),
        None => Ok(loaded),
    }
}

/// The chain to the package of each module that is the fewest imports away; of several, to the
/// first by its path.
fn nearest_packages(all: &Loaded) -> BTreeMap<&str, Vec<String>> {
    let mut packages: Vec<_> = all.packages().filter(|package| !package.is_test()).collect();
    packages.sort_by(|a, b| a.path.cmp(&b.path));
    let mut nearest: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for package in packages {
        let (Some(module), Some(chain)) = (&package.module, all.chain(&package.path)) else {
            continue;
        };
        let is_nearer = |best: &Vec<String>| chain.len() < best.len();
        if nearest.get(module.path.as_str()).is_none_or(is_nearer) {
            nearest.insert(&module.path, chain);
        }
    }
    nearest
}
