//! `gomod tidy`: go.mod and go.sum with what the packages of the main module need, and
//! nothing else.
//!
//! Source: ref/mod#go-mod-tidy, cmd/go/internal/modcmd/tidy.go, LoadPackages in
//! cmd/go/internal/modload/load.go.

use std::cmp::Ordering;

use anyhow::{Result, anyhow, bail};
use foldhash::{HashSet, HashSetExt as _};

use crate::resolve::load::{self, Loaded, Tidy};
use crate::resolve::main_module::{MainModule, Requirements, ToolchainLine};
use crate::resolve::roots::Roots;
use crate::resolve::tidy::Incompatible;
use crate::spec::goversion;
use crate::spec::graph::Pruning;
use crate::spec::source::Tags;
use crate::spec::sums::GoSum;
use crate::ui::diff::unified;
use crate::verify::gate::SumKey;

use super::arguments::{NO_MAIN_MODULE, check_go_version};
use super::{Failures, Session};

/// What the user asks for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `-e`: what goes wrong with packages is told, and is no failure.
    pub is_tolerant: bool,
    /// `-v`: modules that are not used are named.
    pub tells: bool,
    /// `-diff`: nothing is written.
    pub diff: bool,
    /// `-go VERSION`: the go line that go.mod is to have.
    pub go: Option<String>,
    /// `-compat VERSION`: the oldest Go version that is to find the same packages.
    pub compatible: Option<String>,
}

/// The usage line that stands behind a wrong value of `-go` or `-compat`.
const USAGE: &str = "tidy [-e] [-v] [-x] [-diff] [-go=version] [-compat=version]";

/// Brings go.mod and go.sum up to date. With `-diff` answers what would change, and writes
/// nothing.
///
/// # Errors
/// Packages cannot be found or read, or would be others for an older Go version; then go.mod
/// and go.sum are as they were.
pub async fn run(session: &Session, options: &Options) -> Result<String> {
    for (name, value) in [("go", &options.go), ("compat", &options.compatible)] {
        if let Some(value) = value {
            check_go_version(name, value, &session.config.local_go.version, USAGE)?;
        }
    }
    let Some(main) = session.main() else { bail!(NO_MAIN_MODULE) };
    let mut main = main.clone();
    let local = session.config.local_go.version.as_str();
    let initial =
        session.requirements_for(&mut main, options.go.as_deref().unwrap_or(local)).await?;
    let before = main.file.format();
    let keep = tidy(session, &mut main, &initial, options, false).await?;
    if options.diff {
        return difference(session, &main, &before, &keep);
    }
    session.write_tidied(&main, &keep)?;
    Ok(String::new())
}

/// Writes go.mod and go.sum tidied, from requirements that have been edited. What is wrong with
/// packages is not told, and modules are not looked for.
///
/// # Errors
/// As for [`run`].
pub(super) async fn tidy_edited(
    session: &Session,
    main: &mut MainModule,
    edited: &Roots,
    options: &Options,
) -> Result<()> {
    let keep = tidy(session, main, edited, options, true).await?;
    session.write_tidied(main, &keep)
}

/// Tidies requirements, and answers the sums that they need.
async fn tidy(
    session: &Session,
    main: &mut MainModule,
    initial: &Roots,
    options: &Options,
    quietly: bool,
) -> Result<HashSet<SumKey>> {
    let own_go = main.go_version().to_owned();
    let tags = Tags::any();
    let tidy = Tidy { go: options.go.as_deref(), tells: options.tells };
    let loading = load::Options {
        resolves_missing: !quietly,
        tidy: Some(tidy),
        is_tolerant: options.is_tolerant,
        ..load::Options::new(&tags, true)
    };
    let loaded = session.resolver.load_packages(initial, loading, &["all".to_owned()], None).await;
    session.look_for_required().await;
    // What cannot be trusted comes before all that follows from it.
    session.check_trust()?;
    let loaded = loaded?;
    if options.is_tolerant {
        // What cannot be looked at would be taken for what is not needed.
        session.check_nothing_lacks()?;
    }
    if !quietly {
        session.check_packages(&loaded, options.is_tolerant)?;
    }
    if options.tells {
        name_unused(session, initial, &loaded.roots).await?;
    }
    let mut keep = session.resolver.tidy_sums(&loaded.roots, &loaded).await?;
    keep.extend(sums_for_compatibility(session, options, &loaded, &own_go).await?);
    main.set_requirements(&loaded.roots, true, ToolchainLine::Implied)?;
    session.check_trust()?;
    Ok(keep)
}

/// Names the requirements that have become unnecessary.
async fn name_unused(session: &Session, before: &Roots, after: &Roots) -> Result<()> {
    let graph = match after.pruning {
        Pruning::Unpruned | Pruning::Workspace => Some(session.resolver.graph(after).await?),
        Pruning::Pruned => None,
    };
    for root in &before.roots {
        let is_unused = match &graph {
            Some(graph) => graph.selection.version(&root.path).is_none(),
            None => session.resolver.root_selected(after, &root.path).is_none(),
        };
        if is_unused {
            session.progress.line(&format!("unused {}", root.path));
        }
    }
    Ok(())
}

/// The sums that the Go version needs which go.mod is to stay compatible with, where that
/// reads another graph from it. Before go 1.21 that is the version before go.mod's.
async fn sums_for_compatibility(
    session: &Session,
    options: &Options,
    loaded: &Loaded,
    own_go: &str,
) -> Result<HashSet<SumKey>> {
    let resolver = &session.resolver;
    let go = loaded.roots.root("go").unwrap_or(goversion::DEFAULT_GO_MOD);
    let is_before = |a: &str, b: &str| goversion::compare(a, b) == Ordering::Less;
    let default = match is_before(go, goversion::STRICT) {
        true => goversion::previous(go),
        false => go.to_owned(),
    };
    let mut compatible = options.compatible.clone().unwrap_or(default);
    if is_before(go, &compatible) {
        compatible = go.to_owned();
    }
    let pruning = Pruning::of_go_version(&compatible);
    if pruning == loaded.roots.pruning {
        return Ok(HashSet::new());
    }
    let others = Roots::from(Requirements { pruning, ..(*loaded.roots).clone() });
    let found = resolver.check_compatibility(loaded, &others, &compatible).await?;
    session.check_trust()?;
    if let Some(found) = found {
        if !options.is_tolerant {
            let advice = advice(&found, go, own_go, &compatible);
            let mut problems = found.problems;
            if let Some(last) = problems.last_mut() {
                last.push_str(&advice);
            }
            return Err(Failures(problems.into_iter().map(|text| anyhow!(text)).collect()).into());
        }
        found.problems.iter().for_each(|text| session.progress.note(text));
    }
    Ok(resolver.tidy_sums(&others, loaded).await?)
}

/// What the user can do where an older Go version would load something else; behind an empty
/// line. Source: checkTidyCompatibility.
fn advice(found: &Incompatible, go: &str, own_go: &str, compatible: &str) -> String {
    let go_flag = if go == own_go { String::new() } else { format!(" -go={go}") };
    let compat_flag = match goversion::previous(go) == compatible {
        true => String::new(),
        false => format!(" -compat={compatible}"),
    };
    let mut text = "\n\n".to_owned();
    if found.selects_others {
        let (unresolved, flag) = match found.misses_packages {
            true => (", leaving some packages unresolved", " -e"),
            false => ("", ""),
        };
        text += &format!(
            "To upgrade to the versions selected by go {compatible}{unresolved}:\n\
             \tgomod mod tidy{flag} -go={compatible} && gomod mod tidy{flag} -go={go}{compat_flag}\n"
        );
    } else if found.misses_packages {
        text += &format!(
            "To proceed despite packages unresolved in go {compatible}:\n\
             \tgomod mod tidy -e{go_flag}{compat_flag}\n"
        );
    }
    text += &format!(
        "If reproducibility with go {compatible} is not needed:\n\
         \tgomod mod tidy{go_flag} -compat={go}\n\
         For information about 'gomod mod tidy' compatibility, see:\n\
         \thttps://go.dev/ref/mod#graph-pruning"
    );
    text
}

/// What writing the files would change.
fn difference(
    session: &Session,
    main: &MainModule,
    before: &[u8],
    keep: &HashSet<SumKey>,
) -> Result<String> {
    let path = &main.files.go_sum;
    let sums = session.files.read(path)?.unwrap_or_default();
    let tidied = session.fetcher().gate().tidied(GoSum::parse_lax(&sums), keep)?;
    let of_go_mod = unified("current/go.mod", before, "tidy/go.mod", &main.file.format());
    let of_go_sum = unified("current/go.sum", &sums, "tidy/go.sum", &tidied);
    let shown: Vec<String> = [of_go_mod, of_go_sum]
        .into_iter()
        .filter(|diff| !diff.is_empty())
        .map(|diff| format!("{diff}\n"))
        .collect();
    Ok(shown.concat())
}

impl Session {
    /// Writes go.sum with these sums and no others, where it has to change, and go.mod in its
    /// layout. Other than with go, sums are dropped only once go.mod is there that does without
    /// them: it may have been edited meanwhile, and then it stays.
    fn write_tidied(&self, main: &MainModule, keep: &HashSet<SumKey>) -> Result<()> {
        self.check_overlay(main)?;
        let gate = self.fetcher().gate();
        let needs_tidying = gate.needs_tidying(keep);
        if needs_tidying && self.is_overlaid(&main.files.go_sum) {
            // Fails, while go.mod is still as it was.
            self.merge_sums(&main.files.go_sum, |current| Ok(current.to_vec()))?;
        }
        if main.is_dirty() && gate.needs_update(keep) {
            self.merge_sums(&main.files.go_sum, |current| {
                Ok(gate.updated(GoSum::parse_lax(current), keep)?)
            })?;
        }
        if main.is_dirty() || !self.is_overlaid(&main.files.go_mod) {
            main.write_formatted(&self.files)?;
        }
        if needs_tidying {
            self.merge_sums(&main.files.go_sum, |current| {
                Ok(gate.tidied(GoSum::parse_lax(current), keep)?)
            })?;
        }
        self.tell_warnings();
        Ok(())
    }
}
