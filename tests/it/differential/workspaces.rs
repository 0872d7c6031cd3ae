//! `gomod work` and `go work` in the same folders: go.work files, stdout, stderr and exit
//! codes, byte for byte.
//!
//! `GOMOD_WORKSPACES=17` runs the folders of one seed, `GOMOD_WORKSPACES=0..500` those of a
//! range, and `GOMOD_WORK_EDITS` does so for edits; a failure names its seed.

use std::fmt::Write as _;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::go_is_there;
use super::graphs::{Dice, seeds};

/// The seeds of an ordinary run.
const TREES: Range<u64> = 0..40;
const EDITS: Range<u64> = 0..200;

/// go changes use lines in the order of a hash table, so where one goes and one comes the place
/// of the new one is left to chance: so often go may try to come to what we did.
const TRIES: usize = 24;

/// What one command came to.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Outcome {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    files: Vec<(PathBuf, String)>,
}

fn run(program: &str, folder: &Path, environment: &[(&str, String)], words: &[String]) -> Outcome {
    let mut command = Command::new(program);
    command.current_dir(folder).args(words).env("PWD", folder);
    for (name, value) in
        [("GOENV", "off"), ("GOFLAGS", ""), ("GOWORK", ""), ("GOTOOLCHAIN", "local")]
    {
        command.env(name, value);
    }
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    let output = command.output().unwrap_or_else(|error| panic!("{program}: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Outcome {
        code: output.status.code(),
        stdout: text(&output.stdout),
        stderr: in_gos_name(&text(&output.stderr)),
        files: Vec::new(),
    }
}

/// stderr as go would have it: it puts other words before some of its errors.
fn in_gos_name(stderr: &str) -> String {
    let text = stderr.replace("gomod", "go").replace("go work: invalid -", "go: invalid -");
    // Of new modules go finds fault with in the order of a hash table.
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    lines.sort_unstable();
    lines.concat()
}

const SAMPLES: &[&str] = &[
    "",
    "go 1.21\n",
    "// head\n\ngo 1.20\ntoolchain go1.22.0 // why\nuse ./a\n",
    "// head\n\n// of use\nuse ./a // one\nuse \"./d e\" // two\nuse ./a // three\ngo 1.18\n",
    "use (\n\t./f // f\n\n\t./a\n\t// above\n\t./a/b\n\t// last\n)\ngodebug (\n\tx=y\n\ta=b=c\n)\n",
    "go 1.21\nreplace a.b/x => ./x\nreplace (\n\ta.b/y v1 => a.b/z v1.0.0\n\ta.b/x => ./y\n)\nuse a\n",
    "go 1.26.8\nuse (\n)\nuse (\n\t./missing\n\t.\n\t\"a\"\n)\ntoolchain default\n",
    "use ./a/\nuse ./f/../a\nuse ./a\nuse ROOT/a\nuse \"\"\n",
    "use ( // opening\n\t./a\n) // closing\r\nuse ./f//comment\ntoolchain go1.20\n",
    "godebug a=b\nuse caf\u{e9}\nreplace \"a b\" => \"./c d\"\n// end",
    "go 1.21\ngo 1.22\nuse a b\n",
    "go (\n\t1.21\n)\nmodule a.b/m\nuse 'a'\nweird x (\n)\n",
    "toolchain local\ngo 1\ngodebug a\nreplace a.b/x => b\nreplace a.b/x v2.0.0 => ./b\n",
    "use (\n\t./a\n",
    "go 1.99\nuse \"./a\\q\"\nreplace a.b/x => a.b/y master\n",
    "use /* no */ a\n",
];

/// A sample, now and then with a line that is out of place.
fn any_file(dice: &mut Dice, root: &Path) -> String {
    let mut lines: Vec<String> = dice.pick(SAMPLES).split('\n').map(str::to_owned).collect();
    if dice.percent(40) {
        let at = dice.below(lines.len());
        match dice.below(4) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, lines[dice.below(lines.len())].clone()),
            2 => {
                let debris = [" ", " x", "(", ")", "\"", " // c", "\t,", "@"];
                let piece: &str = dice.pick::<&str>(&debris);
                lines[at].push_str(piece);
            }
            _ => {
                let line = ["use ./n", "go 1.20", ")", "replace a.b/w v1.0.0 => ../w", "// c", ""];
                lines.insert(at, (*dice.pick(&line)).to_owned());
            }
        }
    }
    lines.join("\n").replace("ROOT", &root.display().to_string())
}

fn any_edit(dice: &mut Dice) -> String {
    const FOLDERS: [&str; 9] = ["./a", "a", "./d e", "..", "/abs/x", "a//b/", "", ".", "./f"];
    const MODULES: [&str; 9] = [
        "a.b/x",
        "a.b/y@v1",
        "a.b/y@v1.0.0",
        "a.b/w",
        "./d",
        "./d@v1",
        "a b",
        "a.b/z@v 1",
        "a.b/x@-",
    ];
    let setting = ["a=b", "x=z", "x", "a", "n=1=2", "q=\"", "a=b,c=d"];
    match dice.below(9) {
        0 | 1 => format!("-use={}", dice.pick(&FOLDERS)),
        2 => format!("-dropuse={}", dice.pick(&FOLDERS)),
        3 | 4 => {
            let arrow = *dice.pick(&["=", "=", "=", "= ", "=>", ""]);
            format!("-replace={}{arrow}{}", dice.pick(&MODULES), dice.pick(&MODULES))
        }
        5 => format!("-dropreplace={}", dice.pick(&MODULES)),
        6 => format!("-{}={}", dice.pick(&["godebug", "dropgodebug"]), dice.pick(&setting)),
        7 => format!("-go={}", dice.pick(&["1.22.0", "1.20", "none", "", "v1.20", "1.99"])),
        _ => format!("-toolchain={}", dice.pick(&["go1.22.0", "none", "default", "local"])),
    }
}

fn any_edits(dice: &mut Dice) -> Vec<String> {
    let mut words = vec!["work".to_owned(), "edit".to_owned()];
    for _ in 0..dice.below(4) {
        words.push(any_edit(dice));
    }
    let output = *dice.pick(&["-fmt", "-fmt", "-json", "-print", ""]);
    words.extend(Some(output.to_owned()).filter(|output| !output.is_empty()));
    words
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // Errors name the folder.
    let path = folder.path().canonicalize().expect("a path without links");
    (folder, path)
}

#[test]
fn edits_are_gos() {
    if !go_is_there() {
        return;
    }
    let (_folder, root) = folder();
    let go_work = root.join("go.work");
    let environment = [("GOMODCACHE", root.join("cache").display().to_string())];
    for seed in seeds("GOMOD_WORK_EDITS", EDITS) {
        let mut dice = Dice::new(seed);
        let text = any_file(&mut dice, &root);
        let mut words = any_edits(&mut dice);
        words.extend(dice.percent(30).then(|| "go.work".to_owned()));
        let outcome = |program: &str| {
            fs::write(&go_work, &text).expect("written");
            let outcome = run(program, &root, &environment, &words);
            let file = fs::read(&go_work).expect("read");
            let file = String::from_utf8_lossy(&file).into_owned();
            Outcome { files: vec![(go_work.clone(), file)], ..outcome }
        };
        let theirs = outcome("go");
        if theirs.stderr.contains("goroutine 1") {
            // As of 1.26.8, for a setting that is dropped twice.
            continue;
        }
        let ours = outcome(env!("CARGO_BIN_EXE_gomod"));
        assert_eq!(ours, theirs, "seed {seed}: {words:?} of\n{text}");
    }
}

/// Something that is done in a tree of folders.
#[derive(Clone, Debug)]
enum Step {
    Run { at: &'static str, environment: Vec<(&'static str, String)>, words: Vec<String> },
    Write(PathBuf, String),
    Link(PathBuf, &'static str),
    Remove(PathBuf),
}

const FOLDERS: [&str; 9] =
    ["", "a", "a/b", "a/b/c", "d e", "f", "f/vendor/g", ".h", "i/testdata/_j"];

fn any_go_mod(dice: &mut Dice) -> String {
    match dice.below(12) {
        0 => "go 1.21\n".to_owned(),
        1 => "module a.b/m\n\ngo 1.21\nmodule a.b/n\nrequire (\n".to_owned(),
        2 => "module toolchain\n".to_owned(),
        3 => "module a.b/m\nrequire a.b/x master\nfuture\n".to_owned(),
        _ => {
            let lines =
                ["", "1.11", "1.16", "1.18", "1.20", "1.21.0", "1.24.1", "1.26rc1", "1.26.8"];
            match *dice.pick(&lines) {
                "" => "module a.b/m\n".to_owned(),
                version => format!("module a.b/m\n\ngo {version}\n"),
            }
        }
    }
}

fn any_words(dice: &mut Dice, root: &Path) -> Vec<String> {
    let verb = match dice.below(10) {
        0 | 1 => return any_edits(dice),
        2 => "init",
        _ => "use",
    };
    let mut words = vec!["work".to_owned(), verb.to_owned()];
    let recursive = verb == "use" && dice.percent(40);
    words.extend(recursive.then(|| "-r".to_owned()));
    let arguments = [
        ".",
        "./a",
        "a",
        "a/b/",
        "../a",
        "..",
        "a/../f",
        "f",
        "d e",
        "missing",
        "l",
        "n",
        "a/go.mod",
        "ROOT/a",
        "ROOT",
        "a/m",
        ".h",
        "./a/b",
        "i/testdata/_j",
        "//a",
    ];
    for _ in 0..dice.below(4) {
        words.push(dice.pick(&arguments).replace("ROOT", &root.display().to_string()));
    }
    words
}

fn any_steps(dice: &mut Dice, root: &Path) -> Vec<Step> {
    // go does not tell that it cannot write a file for want of its folder.
    let mut steps = vec![Step::Write(root.join("w/x"), String::new())];
    for folder in FOLDERS {
        let go_mod = root.join(folder).join("go.mod");
        if dice.percent(65) {
            steps.push(Step::Write(go_mod, any_go_mod(dice)));
        } else if dice.percent(30) {
            // It is a folder.
            steps.push(Step::Write(go_mod.join("x"), String::new()));
        } else {
            steps.push(Step::Write(root.join(folder).join("x"), String::new()));
        }
    }
    for (name, target) in
        [("l", "a"), ("a/m", "../f"), ("n", "nowhere"), ("d e/go.mod", "../a/go.mod")]
    {
        if dice.percent(50) {
            steps.push(Step::Link(root.join(name), target));
        }
    }
    if dice.percent(60) {
        steps.push(Step::Write(root.join("go.work"), any_file(dice, root)));
    }
    for _ in 0..4 {
        if dice.percent(25) {
            let folder = root.join(*dice.pick(&FOLDERS[1..]));
            steps.push(match dice.percent(50) {
                true => Step::Remove(folder),
                false => Step::Write(folder.join("go.mod"), any_go_mod(dice)),
            });
        }
        let at = *dice.pick(&["", "", "", "a", "f", "f/vendor"]);
        let words = any_words(dice, root);
        let mut environment = Vec::new();
        match dice.below(12) {
            0 => environment.push(("GOWORK", root.join("w/x.work").display().to_string())),
            1 => environment.push(("GOWORK", "off".to_owned())),
            // What flags of edit mean is looked at before it by us, and after it by go.
            2 if words[1] != "edit" => environment.push(("GOWORK", "go.work".to_owned())),
            3 => environment.push(("GO111MODULE", "off".to_owned())),
            _ => {}
        }
        steps.push(Step::Run { at, environment, words });
    }
    steps
}

/// What the steps come to in a new folder of this name.
fn outcomes(program: &str, root: &Path, steps: &[Step]) -> Vec<Outcome> {
    let _ = fs::remove_dir_all(root);
    fs::create_dir_all(root).expect("made");
    // It lies beside the tree, so that nothing is found there.
    let cache = root.with_extension("cache").display().to_string();
    let mut outcomes = Vec::new();
    for step in steps {
        let make_room = |path: &Path| fs::create_dir_all(path.parent().expect("a folder"));
        match step {
            Step::Write(path, text) => {
                // A link, a folder or a file may be where a folder or a file is to be.
                if make_room(path).is_ok() {
                    let _ = fs::write(path, text);
                }
            }
            Step::Link(path, target) => {
                if make_room(path).is_ok() {
                    let _ = std::os::unix::fs::symlink(target, path);
                }
            }
            Step::Remove(path) => drop(fs::remove_dir_all(path)),
            Step::Run { at, environment, words } => {
                let at = root.join(at);
                if !at.is_dir() {
                    continue;
                }
                let mut environment = environment.clone();
                environment.push(("GOMODCACHE", cache.clone()));
                let outcome = run(program, &at, &environment, words);
                let files = ["go.work", "a/go.work", "f/go.work", "f/vendor/go.work", "w/x.work"];
                let files = files.map(|name| root.join(name));
                let read = |path: PathBuf| {
                    let text = String::from_utf8_lossy(&fs::read(&path).ok()?).into_owned();
                    Some((path, text))
                };
                let files = files.into_iter().filter_map(read).collect();
                outcomes.push(Outcome { files, ..outcome });
            }
        }
    }
    outcomes
}

/// Whether go did not do what gomod does, so that the folders are no longer the same: it
/// crashes, as of 1.26.8, where a folder is used whose path is empty, and a file for a newer go
/// is not for it.
fn gives_up(theirs: &Outcome) -> bool {
    ["goroutine 1", "GOTOOLCHAIN=local"].iter().any(|text| theirs.stderr.contains(text))
}

#[test]
fn workspaces_are_gos() {
    if !go_is_there() {
        return;
    }
    let (_folder, folder) = folder();
    let root = folder.join("tree");
    for seed in seeds("GOMOD_WORKSPACES", TREES) {
        let steps = any_steps(&mut Dice::new(seed), &root);
        let ours = outcomes(env!("CARGO_BIN_EXE_gomod"), &root, &steps);
        let mut theirs = Vec::new();
        let agrees = (0..TRIES).any(|_| {
            theirs = outcomes("go", &root, &steps);
            let end = theirs.iter().position(gives_up);
            theirs.truncate(end.unwrap_or(theirs.len()));
            ours.starts_with(&theirs) && (end.is_some() || ours.len() == theirs.len())
        });
        if agrees {
            continue;
        }
        let mut report = String::new();
        for step in &steps {
            let _ = writeln!(report, "{step:?}");
        }
        for (ours, theirs) in ours.iter().zip(&theirs).filter(|(ours, theirs)| ours != theirs) {
            let _ = writeln!(report, "\ngomod: {ours:#?}\ngo: {theirs:#?}");
        }
        panic!("seed {seed}:\n{report}");
    }
}
