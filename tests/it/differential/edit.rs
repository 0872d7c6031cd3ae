//! `gomod edit` and `go mod edit` with the same flags on the same file: what they print,
//! what they leave, and whether they fail.

use std::path::Path;
use std::process::{Command, Output};

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

use super::go_is_there;
use super::modfile::{MALFORMED, WELL_FORMED, without_ghosts};

/// The same cases in each run.
const SEED: [u8; 32] = *b"edits of go.mod files, in order.";

/// Values that mean something to flags which take such a thing, and values that do not.
const PATHS: &[&str] = &[
    "a.b/w",
    "a.b/x",
    "a.b/y/v2",
    "a.b/z",
    "gopkg.in/yaml.v2",
    "local",
    "a.b/x/cmd",
    "go",
    "a//b",
    "",
    "a b",
    "./w",
];
const VERSIONS: &[&str] =
    &["v1.0.0", "v1.9.0", "v1.10.0", "v2.0.0", "v2.0.0+incompatible", "v1", "master", "v 1", ""];
const SETTINGS: &[&str] = &["a=b", "a=b=c", "default=go1.21", "x=", "x", "a=b,c=d"];
const FOLDERS: &[&str] = &["./w", "../e f", "/abs", "node_modules"];

fn from(values: &'static [&'static str]) -> impl Strategy<Value = String> {
    // The first values of each list are the likely ones.
    let likely = prop::sample::select(&values[..values.len().div_ceil(2)]);
    prop_oneof![4 => likely, 1 => prop::sample::select(values)].prop_map(str::to_owned)
}

fn module() -> impl Strategy<Value = String> {
    (from(PATHS), from(VERSIONS)).prop_map(|(path, version)| format!("{path}@{version}"))
}

fn path_or_module() -> impl Strategy<Value = String> {
    prop_oneof![from(PATHS), module()]
}

fn any_flag() -> impl Strategy<Value = Vec<String>> {
    fn flag(
        names: &'static [&'static str],
        value: impl Strategy<Value = String>,
    ) -> impl Strategy<Value = Vec<String>> {
        (prop::sample::select(names), value, any::<bool>()).prop_map(|(name, value, attached)| {
            match attached {
                true => vec![format!("-{name}={value}")],
                false => vec![format!("--{name}"), value],
            }
        })
    }
    let setting = prop_oneof![from(SETTINGS), Just("a".to_owned()), Just("x".to_owned())];
    let new = prop_oneof![module(), from(FOLDERS)];
    let arrow = prop_oneof![8 => Just("="), 1 => Just(" = "), 1 => Just("=>")];
    let replacement =
        (path_or_module(), arrow, new).prop_map(|(old, arrow, new)| format!("{old}{arrow}{new}"));
    let interval =
        (from(VERSIONS), from(VERSIONS)).prop_map(|(low, high)| format!("[{low}, {high}]"));
    prop_oneof![
        2 => flag(&["require", "exclude", "dropexclude"], module()),
        1 => flag(&["require", "droprequire"], path_or_module()),
        1 => flag(&["droprequire", "tool", "droptool"], from(PATHS)),
        2 => flag(&["replace"], replacement),
        1 => flag(&["dropreplace"], path_or_module()),
        2 => flag(&["retract", "dropretract"], prop_oneof![from(VERSIONS), interval]),
        1 => flag(&["godebug", "dropgodebug"], setting),
        1 => flag(&["ignore", "dropignore"], from(FOLDERS)),
        1 => flag(&["module"], from(PATHS)),
        1 => flag(&["go"], from(&["1.22.0", "1.20", "none", "", "v1.20"])),
        1 => flag(&["toolchain"], from(&["go1.22.0", "none", "default", "local"])),
    ]
}

fn any_edit() -> impl Strategy<Value = (&'static [u8], Vec<String>)> {
    let well_formed = prop::sample::select(WELL_FORMED).prop_map(str::as_bytes);
    let text = prop_oneof![12 => well_formed, 1 => prop::sample::select(MALFORMED)];
    let flags = prop::collection::vec(any_flag(), 0..5).prop_map(|flags| flags.concat());
    let output = prop::sample::select(&["-fmt", "-fmt", "-json", "-print"][..]);
    // A file that is named is shown as it is named.
    let file = prop::option::of(Just("go.mod".to_owned()));
    (text, flags, output, file).prop_map(|(text, mut flags, output, file)| {
        flags.push(output.to_owned());
        flags.extend(file);
        (text, flags)
    })
}

fn run(program: &str, folder: &Path, text: &[u8], flags: &[String]) -> (Output, Vec<u8>) {
    let go_mod = folder.join("go.mod");
    std::fs::write(&go_mod, text).expect("go.mod written");
    let mut command = Command::new(program);
    command.current_dir(folder).args(["mod", "edit"]).args(flags).env("PWD", folder);
    command.env("GOMODCACHE", folder.join("cache"));
    for (name, value) in
        [("GOENV", "off"), ("GOFLAGS", ""), ("GOWORK", "off"), ("GOTOOLCHAIN", "local")]
    {
        command.env(name, value);
    }
    let output = command.output().unwrap_or_else(|error| panic!("{program}: {error}"));
    (output, std::fs::read(go_mod).expect("go.mod read"))
}

/// stderr as go would have it: it puts other words before two of its errors.
fn in_gos_name(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr).replace("gomod", "go");
    text.replace("go help edit", "go help mod edit").replace("go mod: ", "go: ")
}

#[test]
fn the_command_does_what_gos_does() {
    if !go_is_there() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    // Errors name the folder.
    let path = folder.path().canonicalize().expect("a path without links");
    let config = ProptestConfig { cases: 250, failure_persistence: None, ..Default::default() };
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &SEED);
    let outcome = TestRunner::new_with_rng(config, random).run(&any_edit(), |(text, flags)| {
        let (theirs, their_file) = run("go", &path, text, &flags);
        let (ours, our_file) = run(env!("CARGO_BIN_EXE_gomod"), &path, text, &flags);
        let shown = String::from_utf8_lossy;
        if theirs.stderr.starts_with(b"panic: ") {
            // As of 1.26.8, for a setting that is dropped twice.
            return Ok(());
        }
        prop_assert_eq!(in_gos_name(&ours.stderr), in_gos_name(&theirs.stderr));
        prop_assert_eq!(ours.status.code(), theirs.status.code());
        prop_assert_eq!(shown(&our_file), shown(&their_file));
        if let Ok(parsed) = serde_json::from_slice::<Value>(&theirs.stdout) {
            let seen = without_ghosts(parsed.clone());
            if seen != parsed {
                let ours: Value = serde_json::from_slice(&ours.stdout).expect("JSON");
                prop_assert_eq!(ours, seen);
                return Ok(());
            }
        }
        prop_assert_eq!(shown(&ours.stdout), shown(&theirs.stdout));
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
