//! `gomod cache`: what the module cache holds, and taking out of it what is not used any more.
//! go has nothing of the kind but `go clean -modcache`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use jiff::SignedDuration;

use crate::config::Config;
use crate::spec::ModuleVersion;
use crate::spec::modfile::{ModFile, Mode};
use crate::spec::pattern;
use crate::spec::sums::{GoSum, Kind};
use crate::store::cache::Cache;
use crate::store::inventory::{self, CachedModule, Sizes};
use crate::store::last_use::AccessTimes;
use crate::store::removal::{self, Fate, Terms};
use crate::store::{self, DiskError, read_file};

use super::Failures;

/// What was used or downloaded within this time stays: a go that is at work takes no lock for
/// what it reads.
const AT_WORK: Duration = Duration::from_secs(60 * 60);

/// What the user asks for.
#[derive(Clone, Debug)]
pub enum Options {
    /// How much there is of each kind.
    Size,
    /// The module versions; those whose paths match the patterns, where there are any.
    List(Vec<String>),
    /// Remove module versions.
    Remove(Selection, Manner),
    /// Remove zips of modules that are extracted.
    DropZips(Manner),
}

/// Which module versions are to go.
#[derive(Clone, Debug)]
pub enum Selection {
    /// These: `PATH@VERSION`, or `PATH@all`.
    Named(Vec<String>),
    /// What has not been used for so long, and is not listed in these files.
    Unused {
        /// At least so long; `None` where files decide alone.
        unused_for: Option<SignedDuration>,
        /// go.sum, go.work.sum and go.mod files.
        keep: Vec<PathBuf>,
    },
}

/// How something is removed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// `-dry-run`: it is only told.
    pub dry_run: bool,
    /// `-force`: what was used of late goes too.
    pub force: bool,
}

/// What the user gets to know.
#[derive(Debug)]
pub enum Summary {
    /// How much there is, and what cannot be read.
    Sizes(Sizes, Vec<DiskError>),
    /// Module versions.
    List {
        /// In order.
        modules: Vec<CachedModule>,
        /// Patterns that match none of them.
        unmatched: Vec<String>,
        /// What is recorded of uses.
        access: AccessTimes,
        /// What cannot be read.
        unreadable: Vec<DiskError>,
    },
    /// What was removed.
    Removal(Removal),
}

/// What was removed, or would be.
#[derive(Debug)]
pub struct Removal {
    /// Whether whole modules go, or zips alone.
    pub zips_only: bool,
    /// How it was to be done.
    pub manner: Manner,
    /// What went, with its bytes.
    pub removed: Vec<(ModuleVersion, u64)>,
    /// What stays because it was used of late, or may have been.
    pub in_use: Vec<ModuleVersion>,
    /// What stays because another process works on it.
    pub locked: Vec<ModuleVersion>,
    /// What stays because a link leads to it.
    pub behind_links: Vec<ModuleVersion>,
    /// What was left by runs that were stopped, and went.
    pub swept: Vec<ModuleVersion>,
    /// Names below `cache/download` that nothing in a cache has.
    pub odd: usize,
    /// Module folders of which `cache/download` holds nothing. They stay.
    pub unknown_folders: usize,
    /// What is recorded of uses.
    pub access: AccessTimes,
    /// Whether what stays is all that was asked for by name.
    pub is_named: bool,
    /// What could not be read, or not be removed.
    pub failures: Vec<DiskError>,
}

/// Does what is asked.
///
/// # Errors
/// A file to keep cannot be read; or a module that is named is not in the cache:
/// then nothing is removed.
pub fn run(config: &Config, options: &Options) -> Result<Summary> {
    let cache = Cache::new(&config.module_cache, config.cache_writable);
    let threads = store::threads();
    match options {
        Options::Size => {
            let own = config.import_index.as_deref();
            let (sizes, unreadable) = Sizes::read(&cache, own, threads);
            Ok(Summary::Sizes(sizes, unreadable))
        }
        Options::List(patterns) => Ok(list(&cache, patterns, threads)),
        Options::Remove(selection, manner) => {
            let removal = remove(config, &cache, selection, *manner, threads)?;
            Ok(Summary::Removal(removal))
        }
        Options::DropZips(manner) => {
            let has_both = |module: &CachedModule| module.has_zip && module.has_folder;
            let inventory = inventory::read(&cache, threads, |_| false);
            let modules: Vec<_> = inventory.modules.iter().filter(|one| has_both(one)).collect();
            let terms = terms(*manner, Duration::ZERO);
            let fates = removal::drop_zips(&cache, &modules, terms, threads);
            let mut removal = Removal::new(&cache, *manner);
            removal.zips_only = true;
            removal.odd = inventory.odd;
            removal.add(&modules, fates, |module| module.bytes.zip);
            removal.failures.extend(inventory.unreadable);
            Ok(Summary::Removal(removal))
        }
    }
}

fn terms(manner: Manner, unused_for: Duration) -> Terms {
    let idle = if manner.force { unused_for } else { unused_for.max(AT_WORK) };
    Terms { idle, is_alone: manner.force, dry_run: manner.dry_run }
}

fn list(cache: &Cache, patterns: &[String], threads: usize) -> Summary {
    let matches = |module: &ModuleVersion| {
        patterns.is_empty() || patterns.iter().any(|pattern| is_match(pattern, module))
    };
    let inventory = inventory::read(cache, threads, |found| matches(&found.module));
    let mut modules = inventory.modules;
    modules.retain(|found| matches(&found.module));
    let is_unmatched =
        |pattern: &&String| !modules.iter().any(|found| is_match(pattern, &found.module));
    let unmatched = patterns.iter().filter(is_unmatched).cloned().collect();
    let access = AccessTimes::of(cache.root());
    Summary::List { modules, unmatched, access, unreadable: inventory.unreadable }
}

/// Whether an argument of `cache list` means a module version: `PATTERN` or `PATTERN@VERSION`.
fn is_match(argument: &str, module: &ModuleVersion) -> bool {
    let (pattern, version) = split(argument);
    pattern::matches(pattern, &module.path)
        && version.is_none_or(|version| version == ALL || *version == *module.version)
}

/// Stands for every version.
const ALL: &str = "all";

fn split(argument: &str) -> (&str, Option<&str>) {
    match argument.split_once('@') {
        Some((path, version)) => (path, Some(version)),
        None => (argument, None),
    }
}

fn remove(
    config: &Config,
    cache: &Cache,
    selection: &Selection,
    manner: Manner,
    threads: usize,
) -> Result<Removal> {
    let mut removal = Removal::new(cache, manner);
    let (named, keep, unused_for) = match selection {
        Selection::Named(arguments) => {
            removal.is_named = true;
            (Some(arguments), None, None)
        }
        Selection::Unused { unused_for, keep } => {
            let listed = (!keep.is_empty()).then(|| listed(&config.directory, keep)).transpose()?;
            (None, listed, *unused_for)
        }
    };
    let unused_for = unused_for.map(SignedDuration::unsigned_abs);
    let is_selected = |found: &CachedModule| {
        let module = &found.module;
        if let Some(arguments) = named {
            return arguments.iter().any(|argument| is_named(argument, module));
        }
        // What no such file lists says nothing of what is never listed.
        let is_listed = keep.as_ref().is_some_and(|keep| {
            keep.contains(module) || (unused_for.is_none() && is_unlisted(module))
        });
        !is_listed && unused_for.is_none_or(|span| found.last_use.idle() >= span)
    };
    let inventory = inventory::read(cache, threads, is_selected);
    // Measuring may have shown a use.
    let modules: Vec<_> = inventory.modules.iter().filter(|found| is_selected(found)).collect();
    let mut missing = missing(named.map_or(&[], Vec::as_slice), &modules);
    if !missing.is_empty() {
        // It may be among what cannot be read.
        missing.extend(inventory.unreadable.into_iter().map(Into::into));
        return Err(Failures(missing).into());
    }
    let terms = terms(manner, unused_for.unwrap_or_default());
    let fates = removal::remove(cache, &modules, terms, threads);
    removal.odd = inventory.odd;
    removal.add(&modules, fates, |module| module.bytes.total());
    removal.unknown_folders = inventory.unknown_folders;
    removal.failures.extend(inventory.unreadable);
    if named.is_none() {
        for module in inventory.unfinished {
            match removal::sweep(cache, &module, manner.dry_run) {
                Ok(true) => removal.swept.push(module),
                Ok(false) => {}
                Err(error) => removal.failures.push(error),
            }
        }
        for (module, file) in inventory.stale {
            match removal::sweep_stale(&file, manner.dry_run) {
                Ok(()) => removal.swept.push(module),
                Err(error) => removal.failures.push(error),
            }
        }
        removal.swept.sort_by(|a, b| a.compare(b));
        removal.swept.dedup();
    }
    Ok(removal)
}

fn is_named(argument: &str, module: &ModuleVersion) -> bool {
    let (path, version) = split(argument);
    path == &*module.path
        && version.is_some_and(|version| version == ALL || *version == *module.version)
}

/// The arguments that name nothing that is there.
fn missing(arguments: &[String], found: &[&CachedModule]) -> Vec<anyhow::Error> {
    let is_missing =
        |argument: &&String| !found.iter().any(|found| is_named(argument, &found.module));
    let missing = arguments.iter().filter(is_missing);
    missing.map(|argument| anyhow!("{argument}: not in the module cache")).collect()
}

/// What go fetches, or unpacks out of its own installation, without a line in any go.sum.
fn is_unlisted(module: &ModuleVersion) -> bool {
    matches!(&*module.path, "golang.org/toolchain" | "golang.org/fips140")
}

/// The module versions that go.sum, go.work.sum and go.mod files list.
fn listed(directory: &Path, files: &[PathBuf]) -> Result<HashSet<ModuleVersion>> {
    let mut listed = HashSet::new();
    for file in files {
        let (name, data) = (file.display().to_string(), read_file(&directory.join(file))?);
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("sum") => {
                let sums = GoSum::parse(&name, &data)?;
                listed.extend(sums.modules(Kind::Zip));
                listed.extend(sums.modules(Kind::GoMod));
            }
            Some("mod") => {
                let go_mod = ModFile::parse(&name, &data, Mode::Strict, None)?;
                let replacements = go_mod.replace().iter().map(|line| line.new.clone());
                listed.extend(replacements.filter(|new| !new.version.is_empty()));
                listed.extend(go_mod.into_required());
            }
            _ => bail!("-keep {name}: neither a .sum nor a .mod file"),
        }
    }
    Ok(listed)
}

impl Removal {
    fn new(cache: &Cache, manner: Manner) -> Self {
        Self {
            zips_only: false,
            manner,
            removed: Vec::new(),
            in_use: Vec::new(),
            locked: Vec::new(),
            behind_links: Vec::new(),
            swept: Vec::new(),
            odd: 0,
            unknown_folders: 0,
            access: AccessTimes::of(cache.root()),
            is_named: false,
            failures: Vec::new(),
        }
    }

    fn add(
        &mut self,
        modules: &[&CachedModule],
        fates: Vec<Fate>,
        bytes: impl Fn(&CachedModule) -> u64,
    ) {
        for (found, fate) in modules.iter().zip(fates) {
            let module = found.module.clone();
            match fate {
                Fate::Removed => self.removed.push((module, bytes(found))),
                Fate::InUse => self.in_use.push(module),
                Fate::Locked => self.locked.push(module),
                Fate::BehindLink => self.behind_links.push(module),
                Fate::Nothing => {}
                Fate::Failed(error) => self.failures.push(error),
            }
        }
    }
}
