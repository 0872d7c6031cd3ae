//! The main suite: one test per `tests/scripts/*.txtar`.
//!
//! `UPDATE_SCRIPTS=1` or `--update` rewrites what `cmp` compares with. A script that
//! skips for want of a program says so at the end, and fails where `CI=true`.

// Tests arrange and read the disk and the environment directly; the bans are for the
// program's own rooms.
#![allow(clippy::disallowed_methods)]

mod support;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use libtest_mimic::{Arguments, Failed, Trial};
use support::script::{self, Outcome};

fn main() -> ExitCode {
    // Modes in expected trees are those of the common umask, whatever the caller's is.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    let update = std::env::args().any(|word| word == "--update")
        || std::env::var("UPDATE_SCRIPTS").is_ok_and(|value| value == "1");
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    let arguments = Arguments::from_iter(std::env::args().filter(|word| word != "--update"));

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let skipped = Arc::new(Mutex::new(Vec::new()));
    let mut trials = Vec::new();
    for file in scripts(&folder) {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let skipped = Arc::clone(&skipped);
        trials.push(Trial::test(name.clone(), move || {
            match script::run(&file, update).map_err(Failed::from)? {
                Outcome::Passed => Ok(()),
                Outcome::Skipped { reason, missing_program: true } if in_ci => {
                    Err(format!("skipped for want of a program, with CI=true: {reason}").into())
                }
                Outcome::Skipped { reason, .. } => {
                    skipped.lock().expect("no test panics here").push(format!("{name}: {reason}"));
                    Ok(())
                }
            }
        }));
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    let skipped = skipped.lock().expect("no test panics here");
    for line in skipped.iter() {
        eprintln!("SKIPPED {line}");
    }
    conclusion.exit_code()
}

/// The scripts in byte order of their names. Without any there is no suite to pass.
fn scripts(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("tests/scripts is a folder");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("tests/scripts can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txtar"))
        .collect();
    assert!(!files.is_empty(), "no script in {}", folder.display());
    files.sort_unstable();
    files
}
