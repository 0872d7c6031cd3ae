//! `cache` as it is typed and shown.

use std::path::PathBuf;
use std::time::SystemTime;

use anyhow::{Result, anyhow};
use indicatif::HumanBytes;
use jiff::Timestamp;
use serde::Serialize;

use crate::commands::Failures;
use crate::commands::cache::{Manner, Options, Removal, Selection, Summary};
use crate::fetch::info::to_go_json;
use crate::spec::ModuleVersion;
use crate::spec::duration;
use crate::store::DiskError;
use crate::store::inventory::{CachedModule, Sizes};
use crate::store::last_use::AccessTimes;
use crate::ui::Ui;
use crate::ui::progress::Progress as _;

use super::parse::{Settings, UsageError};
use super::report;

/// A verb of `cache` with its flags.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// What is asked for.
    pub options: Options,
    json: bool,
}

impl Invocation {
    /// Reads the flags of a verb, `cache` before it.
    ///
    /// # Errors
    /// They or the arguments mean nothing.
    pub(super) fn new(
        verb: &str,
        settings: &Settings,
        arguments: Vec<String>,
    ) -> Result<Self, UsageError> {
        if let Some(flag) = arguments.iter().find(|argument| argument.starts_with('-')) {
            let text = format!("{flag} comes too late: flags stand before the first argument");
            return Err(UsageError(text));
        }
        let manner = Manner { dry_run: settings.is_on("dry-run"), force: settings.is_on("force") };
        let options = match verb {
            "cache size" => Options::Size,
            "cache list" => Options::List(arguments),
            "cache drop-zips" => Options::DropZips(manner),
            "cache remove" => {
                check_named(&arguments)?;
                Options::Remove(Selection::Named(arguments), manner)
            }
            _ => Options::Remove(unused(settings, arguments)?, manner),
        };
        Ok(Self { options, json: settings.is_on("json") })
    }

    /// Shows what came of it.
    pub(super) fn show(&self, ui: &Ui, summary: Summary) -> Result<u8> {
        match summary {
            Summary::Sizes(sizes, unreadable) => {
                ui.data(&sizes_text(&sizes))?;
                tell(unreadable).map(|()| 0)
            }
            Summary::List { modules, unmatched, access, unreadable } => {
                ui.data(&if self.json { list_json(&modules) } else { list_text(&modules) })?;
                if let Some(text) = doubt(access) {
                    ui.note(text);
                }
                let mut code = 0;
                for pattern in unmatched {
                    if pattern.contains("...") {
                        ui.note(&format!("warning: {pattern} matches nothing in the module cache"));
                    } else {
                        ui.say(&format!("gomod: {pattern}: not in the module cache"));
                        code = report::FAILURE;
                    }
                }
                tell(unreadable).map(|()| code)
            }
            Summary::Removal(removal) => show_removal(ui, removal),
        }
    }
}

fn check_named(arguments: &[String]) -> Result<(), UsageError> {
    if arguments.is_empty() {
        let text = "'gomod cache remove' needs modules: MODULE@VERSION, or MODULE@all";
        return Err(UsageError(text.to_owned()));
    }
    let whole = |argument: &String| {
        argument
            .split_once('@')
            .is_some_and(|(path, version)| !path.is_empty() && !version.is_empty())
    };
    match arguments.iter().find(|argument| !whole(argument)) {
        Some(argument) => {
            let path = argument.split('@').next().unwrap_or_default();
            Err(UsageError(format!(
                "{argument}: which version? {path}@VERSION removes one, {path}@all removes all"
            )))
        }
        None => Ok(()),
    }
}

fn unused(settings: &Settings, arguments: Vec<String>) -> Result<Selection, UsageError> {
    let unused_for = settings.value("unused-for").map(|text| {
        duration::parse(&text).map_err(|error| {
            UsageError(format!("invalid value {text:?} for flag -unused-for: {error}"))
        })
    });
    let unused_for = unused_for.transpose()?;
    let mut keep: Vec<PathBuf> = settings.each_of("keep").map(PathBuf::from).collect();
    if unused_for.is_none() && keep.is_empty() {
        let text = "'gomod cache prune' needs -unused-for DURATION, or -keep FILE, or both";
        return Err(UsageError(text.to_owned()));
    }
    if let Some(first) = arguments.first().filter(|_| keep.is_empty()) {
        let text = format!("{first}: files to keep modules of stand behind -keep");
        return Err(UsageError(text));
    }
    // A shell makes several files of a pattern.
    keep.extend(arguments.into_iter().map(PathBuf::from));
    Ok(Selection::Unused { unused_for, keep })
}

/// What there is to doubt about the last uses that are shown and counted with.
fn doubt(access: AccessTimes) -> Option<&'static str> {
    match access {
        AccessTimes::Exact | AccessTimes::Daily => None,
        AccessTimes::Partly => Some(
            "uses of modules that lie in a container's image are not recorded (overlay file \
             system): they seem unused",
        ),
        AccessTimes::Never => Some(
            "uses are not recorded where the cache lies (noatime, or read-only): a module seems \
             unused since it was downloaded",
        ),
    }
}

fn sizes_text(sizes: &Sizes) -> String {
    let Sizes { folders, zips, small, sumdb, repositories, own, other } = sizes;
    let rows = [
        ("module folders", folders),
        ("zips", zips),
        (".mod, .info, .ziphash, list", small),
        ("checksum database", sumdb),
        ("repositories", repositories),
        ("gomod's own", own),
        ("other", other),
    ];
    let row = |name: &str, count: &str, bytes: u64| {
        format!("{name:27}  {count:>8}  {bytes:>15}  {:>12}\n", HumanBytes(bytes).to_string())
    };
    let mut text: String =
        rows.iter().map(|(name, kind)| row(name, &kind.count.to_string(), kind.bytes)).collect();
    text.push_str(&row("total", "", sizes.total_bytes()));
    text
}

fn time(time: SystemTime) -> String {
    // What no calendar has is shown as the beginning of all.
    let timestamp = Timestamp::try_from(time).unwrap_or(Timestamp::UNIX_EPOCH);
    timestamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The row of a module, its columns as wide as the widest.
fn list_text(modules: &[CachedModule]) -> String {
    let rows: Vec<[String; 4]> = modules
        .iter()
        .map(|CachedModule { module, bytes, last_use, .. }| {
            let bytes = bytes.total().to_string();
            [module.path.to_string(), module.version.to_string(), bytes, time(last_use.seen)]
        })
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or_default();
    let (path, version, bytes) = (width(0), width(1), width(2));
    rows.iter()
        .map(|row| {
            format!("{:path$}  {:version$}  {:>bytes$}  {}\n", row[0], row[1], row[2], row[3])
        })
        .collect()
}

/// A module of the cache, as `-json` shows it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Listed<'a> {
    path: &'a str,
    version: &'a str,
    bytes: u64,
    folder_bytes: u64,
    zip_bytes: u64,
    other_bytes: u64,
    last_use: String,
    unused_since: String,
}

fn list_json(modules: &[CachedModule]) -> String {
    let now = SystemTime::now();
    let json = |CachedModule { module, bytes, last_use, .. }: &CachedModule| {
        let listed = Listed {
            path: &module.path,
            version: &module.version,
            bytes: bytes.total(),
            folder_bytes: bytes.folder,
            zip_bytes: bytes.zip,
            other_bytes: bytes.rest,
            last_use: time(last_use.seen),
            unused_since: time(last_use.bound.min(now)),
        };
        to_go_json(&listed, "\t") + "\n"
    };
    modules.iter().map(json).collect()
}

/// So many failures are told one by one.
const FAILURES_SHOWN: usize = 10;

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn show_removal(ui: &Ui, removal: Removal) -> Result<u8> {
    let Removal {
        manner, removed, in_use, locked, behind_links, swept, odd, access, is_named, ..
    } = &removal;
    let noun = if removal.zips_only { "zip" } else { "module" };
    if manner.dry_run {
        let mut text = String::new();
        for (module, bytes) in removed {
            text.push_str(&format!("{} {} {bytes}\n", module.path, module.version));
        }
        ui.data(&text)?;
    }
    let verb = if manner.dry_run { "would remove" } else { "removed" };
    let bytes = HumanBytes(removed.iter().map(|(_, bytes)| bytes).sum());
    ui.note(&format!("{verb} {}, {bytes}", count(removed.len(), noun)));
    if !swept.is_empty() {
        let number = count(swept.len(), "module");
        ui.note(&format!("{verb} what interrupted runs left of {number}"));
    }
    let kept = |modules: &[ModuleVersion], reason: &str| {
        if modules.is_empty() {
            return;
        }
        // Who named it wants to know which.
        let names: String = match is_named {
            true => modules.iter().map(|module| format!("\n\t{module}")).collect(),
            false => String::new(),
        };
        ui.note(&format!("kept {} {reason}{names}", count(modules.len(), "module")));
    };
    let daily = match access {
        AccessTimes::Daily | AccessTimes::Partly => {
            " (or the last 25 hours: here uses are recorded once a day)"
        }
        AccessTimes::Exact | AccessTimes::Never => "",
    };
    kept(
        in_use,
        &format!(
            "used or downloaded within the last hour{daily}; -force removes them all the same"
        ),
    );
    kept(locked, "that another process is working on");
    kept(behind_links, "to which links lead: none is followed");
    if *odd > 0 {
        ui.note(&format!("left alone {} that no cache has", count(*odd, "name")));
    }
    if removal.unknown_folders > 0 {
        let number = count(removal.unknown_folders, "module folder");
        ui.note(&format!(
            "left alone {number} without files in cache/download: remove such a folder by hand, \
             or the whole cache with 'gomod clean -modcache'"
        ));
    }
    if let Some(text) = doubt(*access) {
        ui.note(text);
    }
    let is_refused =
        *is_named && [in_use, locked, behind_links].iter().any(|kept| !kept.is_empty());
    tell(removal.failures)?;
    Ok(if is_refused { report::FAILURE } else { 0 })
}

/// Ends with what failed, if anything did.
fn tell(errors: Vec<DiskError>) -> Result<()> {
    if errors.is_empty() {
        return Ok(());
    }
    // A cache that cannot be written to fails for each.
    let more = errors.len().saturating_sub(FAILURES_SHOWN);
    let mut failures: Vec<anyhow::Error> =
        errors.into_iter().take(FAILURES_SHOWN).map(Into::into).collect();
    if more > 0 {
        failures.push(anyhow!("and {more} more of the kind"));
    }
    Err(Failures(failures).into())
}
