//! The differences between go and gomod that are known, each with its reason and as
//! narrow as it can be told. What is here is set aside before the two are compared; all
//! else must be equal.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use crate::support::tree::{Entry, Tree};

use super::sides::{Seen, in_gos_name};

/// A known difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Allowed {
    /// Of an HTTP answer gomod shows the status with its standard reason, go with the
    /// words of the server, which not every version of HTTP carries.
    Reason,
    /// gomod makes the folder of a module version to lock it before it asks for
    /// anything, go once it has something to put there.
    LockFolder,
    /// `go mod download` looks for a requirement that it has itself dropped, as go.mod
    /// excludes it, and fails for want of it.
    DroppedRequirement,
    /// A get that fails has read more on one side or the other by then: go anything,
    /// gomod no more than versions and go.mod files, and their records in the checksum
    /// database.
    FailedGet,
}

/// The cases of one test.
#[derive(Clone, Copy, Debug)]
pub enum Run {
    Downloads,
    Queries,
    Lists,
    Gets,
    Graphs,
}

impl Run {
    /// The known differences that the cases meet, each in one of them at least and in at
    /// most so many of a hundred; they meet no others.
    fn meets(self) -> &'static [(Allowed, usize)] {
        match self {
            Self::Downloads => &[(Allowed::Reason, 8), (Allowed::LockFolder, 10)],
            Self::Queries => &[(Allowed::Reason, 35), (Allowed::LockFolder, 65)],
            Self::Lists => &[(Allowed::Reason, 90), (Allowed::LockFolder, 92)],
            Self::Gets => {
                &[(Allowed::Reason, 7), (Allowed::LockFolder, 8), (Allowed::FailedGet, 5)]
            }
            Self::Graphs => &[
                (Allowed::Reason, 23),
                (Allowed::LockFolder, 3),
                (Allowed::DroppedRequirement, 5),
                (Allowed::FailedGet, 15),
            ],
        }
    }
}

/// Fails where a known difference has outlived its cause, or is met so often that little
/// is compared. `met` is what each case of the run has met.
pub fn check_met<'a>(run: Run, met: impl Iterator<Item = &'a BTreeSet<Allowed>>) {
    let mut cases = 0;
    let mut counts: BTreeMap<Allowed, usize> =
        run.meets().iter().map(|(difference, _)| (*difference, 0)).collect();
    for difference in met.inspect(|_| cases += 1).flatten() {
        *counts.entry(*difference).or_default() += 1;
    }
    for (difference, count) in &counts {
        assert!(*count > 0, "{run:?}: {difference:?} is not met any more; allow it no longer");
        let row = run.meets().iter().find(|(other, _)| other == difference);
        let most = row.map_or(0, |(_, most)| *most);
        let often = format!("{difference:?} in {count} of {cases} cases, above {most} %");
        assert!(count * 100 <= cases * most, "{run:?}: {often}: {counts:?}");
    }
}

/// The folder of what has been downloaded, in GOPATH.
const DOWNLOADS: &str = "pkg/mod/cache/download/";

/// What has been set aside in a case, step by step: a cache keeps what one step put
/// there.
#[derive(Debug, Default)]
pub struct SetAside {
    /// Everything that was met.
    pub met: BTreeSet<Allowed>,
}

impl SetAside {
    /// Whether what has been set aside lets the two go different ways from here on.
    pub fn ends_case(&self) -> bool {
        self.met.contains(&Allowed::FailedGet)
    }

    /// Takes the known differences out of both sides.
    pub fn apply(&mut self, arguments: &[String], go: &mut Seen, gomod: &mut Seen) {
        for text in [&mut go.stdout, &mut go.stderr] {
            if text.contains("404 Fixture") {
                self.met.insert(Allowed::Reason);
                *text = text.replace("404 Fixture", "404 Not Found");
            }
        }
        let whole = gomod.tree.clone();
        self.dropped_requirement(go);
        let is_get = arguments.first().is_some_and(|argument| argument == "get");
        if is_get && go.status != 0 && gomod.status != 0 {
            self.failed_get(go, gomod);
        }
        self.folders(go, gomod, &whole);
    }

    fn dropped_requirement(&mut self, go: &mut Seen) {
        static DROPPED: LazyLock<Regex> = LazyLock::new(|| {
            let pattern = r"(?m)^go: dropping requirement on excluded version (\S+) \S+$";
            Regex::new(pattern).expect("a pattern")
        });
        let dropped: Vec<String> =
            DROPPED.captures_iter(&go.stderr).map(|found| found[1].to_owned()).collect();
        for path in dropped {
            let line = format!("go: module {path}: not a known dependency\n");
            if go.stderr.contains(&line) {
                self.met.insert(Allowed::DroppedRequirement);
                go.stderr = go.stderr.replace(&line, "");
                // Where it failed for this alone, nothing else says that it did.
                let notes = ["go: dropping ", "go: downloading "];
                let is_note = |line: &str| notes.iter().any(|note| line.starts_with(note));
                if go.status == 1 && go.stderr.lines().all(is_note) {
                    go.status = 0;
                }
            }
        }
    }

    fn failed_get(&mut self, go: &mut Seen, gomod: &mut Seen) {
        let without_downloads = |seen: &mut Seen| {
            let lines = seen.stderr.split_inclusive('\n');
            lines.filter(|line| !line.starts_with("go: downloading ")).collect::<String>()
        };
        let texts = [without_downloads(go), without_downloads(gomod)];
        let parted = texts != [&*go.stderr, &*gomod.stderr];
        [go.stderr, gomod.stderr] = texts;
        let more = differing(&go.tree, &gomod.tree);
        let (theirs, ours) = (go.tree.entries(), gomod.tree.entries());
        let read: BTreeSet<&String> = more
            .iter()
            .filter(|name| match (theirs.get(*name), ours.get(*name)) {
                (Some(_), Some(_)) => is_list(name),
                (None, Some(entry)) => is_read(name, entry),
                _ => true,
            })
            .collect();
        if parted || !read.is_empty() {
            self.met.insert(Allowed::FailedGet);
        }
        for seen in [go, gomod] {
            seen.tree =
                std::mem::take(&mut seen.tree).without(|name| read.contains(&name.to_owned()));
        }
    }

    /// Folders in which one side has nothing any more: those above what was set aside,
    /// and those made for a lock, in which gomod had nothing from the beginning: `whole` is
    /// all that it left.
    fn folders(&mut self, go: &mut Seen, gomod: &mut Seen, whole: &Tree) {
        let more = differing(&go.tree, &gomod.tree);
        let is_empty = |tree: &Tree, folder: &str| {
            let inside = format!("{folder}/");
            tree.entries().iter().all(|(name, entry)| {
                !name.starts_with(&inside) || matches!(entry, Entry::Folder { .. })
            })
        };
        let (theirs, ours) = (go.tree.clone(), gomod.tree.clone());
        let empty: BTreeSet<&String> = more
            .iter()
            .filter(|name| {
                let is_folder = |tree: &Tree| match tree.entries().get(*name) {
                    None => true,
                    Some(entry) => matches!(entry, Entry::Folder { .. }) && is_empty(tree, name),
                };
                let has = |tree: &Tree| tree.entries().contains_key(*name);
                let allowed = match (has(&theirs), has(&ours)) {
                    (true, false) => self.met.contains(&Allowed::FailedGet),
                    (false, _) => {
                        DOWNLOADS.starts_with(&format!("{name}/")) || name.starts_with(DOWNLOADS)
                    }
                    (true, true) => false,
                };
                allowed && is_folder(&theirs) && is_folder(&ours)
            })
            .collect();
        let is_lock_folder =
            |name: &String| ours.entries().contains_key(name) && is_empty(whole, name);
        if empty.iter().any(|name| is_lock_folder(name)) {
            self.met.insert(Allowed::LockFolder);
        }
        go.tree = theirs.without(|name| empty.contains(&name.to_owned()));
        gomod.tree = ours.clone().without(|name| empty.contains(&name.to_owned()));
    }
}

/// Takes out what go and gomod are known to do differently in a workspace, and answers whether
/// they part there.
///
/// Where modules of a workspace are at odds, go tells so, goes on with the command, and fails at
/// its end: gomod does nothing more. What is told first is the same.
///
/// `go work sync` reads each go.mod file once, when it loads the workspace, and records the sum of
/// none of those in the go.sum files that it writes: alone, their modules cannot be loaded for want
/// of them. gomod records them.
pub fn in_workspaces(arguments: &[String], go: &mut Seen, gomod: &mut Seen) -> bool {
    const AT_ODDS: [&str; 2] = [
        " appears multiple times in workspace\n",
        " is replaced at all versions in the go.work file",
    ];
    if AT_ODDS.iter().any(|text| go.stderr.contains(text)) {
        let told = in_gos_name(&gomod.stderr);
        let is_told = go.status != 0 && gomod.status != 0 && go.stderr.starts_with(&told);
        return if is_told { wholly(go, gomod) } else { true };
    }
    // Of two modules that replace a version by the same folder, go takes the way there from each
    // for another folder.
    if go.stderr.contains("conflicting replacements found for ") {
        return wholly(go, gomod);
    }
    if go.stdout.contains(": not a known dependency")
        && go.stderr.contains("go: dropping requirement on excluded version ")
    {
        // See [`Allowed::DroppedRequirement`].
        return wholly(go, gomod);
    }
    // go reads a go.mod file once in a run, and looks at the sums that it met first alone.
    const MISMATCH: &str = "checksum mismatch\n";
    let changes_go_mod = ["get", "sync"].map(str::to_owned);
    if arguments.iter().any(|word| changes_go_mod.contains(word))
        && gomod.stderr.contains(MISMATCH)
        && !go.stderr.contains(MISMATCH)
    {
        return wholly(go, gomod);
    }
    let is_sync = arguments.ends_with(&["work".to_owned(), "sync".to_owned()]);
    let mut parts = false;
    // Where the module beside go.work has another one of the workspace in the place of a module,
    // go tidies it by what that one's go.mod was before: the two call the folder the same. gomod
    // goes by what it has written.
    if is_sync && gomod.files.get("go.mod").is_some_and(|text| text.contains(" => ./")) {
        for side in [&mut *go, &mut *gomod] {
            let is_of_root = |name: &str| matches!(name, "go.mod" | "go.sum");
            parts |= ["go.mod", "go.sum"].iter().any(|name| side.files.remove(*name).is_some());
            side.main = std::mem::take(&mut side.main).without(is_of_root);
        }
    }
    if is_sync && go.status == gomod.status {
        let names: Vec<String> = gomod.files.keys().cloned().collect();
        for name in names.into_iter().filter(|name| name.ends_with("go.sum")) {
            let theirs = go.files.get(&name).cloned().unwrap_or_default();
            let ours = &gomod.files[&name];
            let is_theirs = |line: &&str| theirs.contains(*line) || !line.contains("/go.mod h1:");
            let kept: String = ours.split_inclusive('\n').filter(is_theirs).collect();
            let is_alone = !go.files.contains_key(&name);
            if kept == theirs && (is_alone || *ours != theirs) {
                parts = true;
                gomod.files.insert(name.clone(), theirs.clone());
                go.files.insert(name.clone(), theirs);
                for side in [&mut *go, &mut *gomod] {
                    side.main = std::mem::take(&mut side.main).without(|other| other == name);
                }
            }
        }
    }
    parts
}

/// Leaves nothing to compare.
fn wholly(go: &mut Seen, gomod: &Seen) -> bool {
    *go = gomod.clone();
    true
}

/// Whether a name in GOPATH is that of a list of versions: of those whose go.mod files are
/// beside it, so it differs as they do.
fn is_list(name: &str) -> bool {
    name.starts_with(DOWNLOADS) && name.ends_with("/@v/list")
}

/// Whether an entry of GOPATH is of what is read to choose versions: never contents of
/// a module.
fn is_read(name: &str, entry: &Entry) -> bool {
    if name.starts_with("pkg/sumdb") {
        return true;
    }
    let Some(file) = name.strip_prefix(DOWNLOADS) else { return false };
    matches!(entry, Entry::Folder { .. })
        || file.starts_with("sumdb/")
        || is_list(name)
        || [".info", ".mod"].iter().any(|suffix| file.ends_with(suffix))
}

/// The names of what is not the same in two trees.
fn differing(theirs: &Tree, ours: &Tree) -> BTreeSet<String> {
    let names = theirs.entries().keys().chain(ours.entries().keys());
    names.filter(|name| theirs.entries().get(*name) != ours.entries().get(*name)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Whether a hundred cases, so many of which meet these, pass for downloads.
    fn passes(met: &[(Allowed, usize)]) -> bool {
        let in_case =
            |case| met.iter().filter(move |(_, count)| case < *count).map(|(one, _)| *one);
        let cases: Vec<BTreeSet<Allowed>> = (0..100).map(|case| in_case(case).collect()).collect();
        std::panic::catch_unwind(|| check_met(Run::Downloads, cases.iter())).is_ok()
    }

    #[test]
    fn a_known_difference_is_met_neither_never_nor_too_often() {
        assert!(passes(&[(Allowed::Reason, 8), (Allowed::LockFolder, 1)]));
        assert!(!passes(&[(Allowed::Reason, 9), (Allowed::LockFolder, 1)]));
        assert!(!passes(&[(Allowed::LockFolder, 1)]));
        assert!(!passes(&[
            (Allowed::Reason, 1),
            (Allowed::LockFolder, 1),
            (Allowed::FailedGet, 1)
        ]));
    }

    const MODULE: &str = "pkg/mod/cache/download/example.com/m/@v";

    /// A side that failed, with these files in GOPATH.
    fn failed(files: &[(&str, &str)]) -> Seen {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        Seen {
            status: 1,
            stdout: String::new(),
            stderr: "go: failed\n".to_owned(),
            go_mod: String::new(),
            go_sum: String::new(),
            modules_txt: String::new(),
            files: BTreeMap::new(),
            main: Tree::default(),
            tree: Tree::read(folder.path()).expect("a tree"),
            requests: BTreeSet::new(),
        }
    }

    /// What is left to compare after a get that has failed on both sides.
    fn left(go: &[(&str, &str)], gomod: &[(&str, &str)]) -> (String, BTreeSet<Allowed>) {
        let (mut go, mut gomod) = (failed(go), failed(gomod));
        let mut set_aside = SetAside::default();
        let arguments = ["get", "other.example/x@v1.0.0"].map(str::to_owned);
        set_aside.apply(&arguments, &mut go, &mut gomod);
        let lines = go.tree.diff(&gomod.tree);
        let names = lines.lines().filter_map(|line| line.split(' ').nth(1));
        (names.map(|name| format!("{name}\n")).collect(), set_aside.met)
    }

    #[test]
    fn a_failed_get_may_have_read_more() {
        let module = |file: &str| format!("{MODULE}/{file}");
        let names = ["v1.0.0.info", "v1.0.0.mod", "list"].map(module);
        let mut read: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
        read.push(("pkg/mod/cache/download/sumdb/sum.example.com/lookup/example.com/m@v1.0.0", ""));
        read.push(("pkg/sumdb/sum.example.com/latest", ""));
        let failed_get = BTreeSet::from([Allowed::FailedGet]);
        assert_eq!(left(&[], &read), (String::new(), failed_get.clone()));
        assert_eq!(left(&read, &[]), (String::new(), failed_get.clone()));
        assert_eq!(left(&read, &read), (String::new(), BTreeSet::new()));
        // Contents that go alone has stored are no harm.
        let zip = module("v1.0.0.zip");
        assert_eq!(left(&[(&zip, "")], &[]), (String::new(), failed_get));
    }

    #[test]
    fn a_failed_get_publishes_nothing() {
        for name in [
            &format!("{MODULE}/v1.0.0.zip"),
            &format!("{MODULE}/v1.0.0.ziphash"),
            &format!("{MODULE}/v1.0.0.tmp"),
            "pkg/mod/example.com/m@v1.0.0/go.mod",
            "pkg/mod/cache/go.mod",
        ] {
            let (lines, _) = left(&[], &[(name, "")]);
            assert!(lines.lines().any(|line| line == name), "{name}: {lines}");
        }
    }

    #[test]
    fn what_both_have_after_a_failed_get_is_equal() {
        let list = format!("{MODULE}/list");
        assert_eq!(left(&[(&list, "")], &[(&list, "v1.0.0\n")]).0, "");
        let sumdb = "pkg/sumdb/sum.example.com/latest";
        for name in [&format!("{MODULE}/v1.0.0.mod"), &format!("{MODULE}/v1.0.0.zip"), sumdb] {
            let (lines, _) = left(&[(name, "")], &[(name, "other")]);
            assert_eq!(lines, format!("{name}\n{name}\n"));
        }
    }
}
