//! Runs that are cut short, by a kill that nothing can catch or by a disk that is full: what
//! another run makes of what they left is what one run alone makes.
//!
//! How often is in the environment: `GOMOD_KILLS` kills of each command, `GOMOD_DISKS` disks.
//! `GOMOD_CUT_SEED` repeats a run; each prints its own.

mod direct;
mod full_disk;
mod killed;
mod world;

use std::fmt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::support::tree::Tree;

/// Far above what a run needs.
const LIMIT: Duration = Duration::from_secs(120);

/// A number out of the environment, or a small one that suits every day.
fn number_of(variable: &str, usual: usize) -> usize {
    std::env::var(variable).ok().map_or(usual, |text| text.parse().expect("a number"))
}

/// Chances that a seed decides.
struct Chances(u64);

impl Chances {
    fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        let usual = u64::from(now.subsec_nanos()) ^ now.as_secs();
        let seed = std::env::var("GOMOD_CUT_SEED").ok();
        let seed = seed.map_or(usual, |text| text.parse().expect("a number"));
        println!("GOMOD_CUT_SEED={seed}");
        Self(seed)
    }

    /// Source: splitmix64, of which the state is a counter.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }
}

/// Where a run was when it ended.
#[derive(Default)]
struct Met {
    untouched: usize,
    staging: usize,
    partly: usize,
    done: usize,
}

impl Met {
    /// Enters a run by what it began with, what it left, what it would have left in the end,
    /// and what it left that nothing keeps.
    fn enter(&mut self, before: &Tree, left: &Tree, whole: &Tree, staged: &[String]) {
        let count = if !staged.is_empty() {
            &mut self.staging
        } else if left == before {
            &mut self.untouched
        } else if left == whole {
            &mut self.done
        } else {
            &mut self.partly
        };
        *count += 1;
    }
}

impl fmt::Display for Met {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { untouched, staging, partly, done } = self;
        write!(
            f,
            "{untouched} before anything was there, {staging} while something was staged, \
             {partly} when a part was done, {done} after the end"
        )
    }
}

/// Whether a name is one that nothing keeps.
fn is_staged(name: &str) -> bool {
    let marks = [
        ".tmp",
        ".partial",
        ".gomod-",
        "cache/cache/gomod",
        "/tmp_",
        ".keep",
        "/gomod-",
        "temporary/",
    ];
    marks.iter().any(|mark| name.contains(mark))
}

/// What is under a final name after a run that was cut short, and is not what stands there in
/// the end. What programs write in place, and mend, is not among it.
fn unverified(left: &Tree, whole: &Tree) -> Vec<String> {
    let final_name = |name: &str| {
        name.starts_with("cache/cache/download/")
            && [".zip", ".mod", ".info"].iter().any(|suffix| name.ends_with(suffix))
    };
    let mut wrong: Vec<String> = left
        .entries()
        .iter()
        .filter(|(name, entry)| final_name(name) && whole.entries().get(*name) != Some(entry))
        .map(|(name, _)| name.clone())
        .collect();
    // A folder of a module counts with a ziphash, and without a mark.
    for hash in whole.entries().keys().filter(|name| name.ends_with(".ziphash")) {
        let stem = hash.trim_end_matches(".ziphash");
        let is_marked = left.entries().contains_key(&format!("{stem}.partial"));
        if is_marked || left.entries().get(hash) != whole.entries().get(hash) {
            continue;
        }
        let module = stem.trim_start_matches("cache/cache/download/").replace("/@v/", "@");
        let folder = format!("cache/{module}");
        if !left.entries().contains_key(&folder) {
            continue;
        }
        let inside = |name: &str| name == folder || name.starts_with(&format!("{folder}/"));
        let of = |tree: &Tree| tree.clone().without(|name| !inside(name));
        if of(left) != of(whole) {
            wrong.push(folder);
        }
    }
    wrong
}

/// The lock files of git, which [`Tree::read`] takes for ones that are only locked.
fn locks_of_git(cache: &Path) -> Vec<String> {
    let below = walkdir::WalkDir::new(cache.join("cache/vcs")).min_depth(2);
    let names = below.into_iter().flatten().map(|entry| entry.path().display().to_string());
    names.filter(|name| name.ends_with(".lock")).collect()
}
