//! Replays the seeds of fuzzing: see `fuzz/src/lib.rs`.
//!
//! `fuzz/seeds/TARGET.txt` has an input a line, in the form of [`u8::escape_ascii`]; lines
//! that are blank or begin with `#` are none. Every target begins with the empty input.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::panic;
use std::path::{Path, PathBuf};

#[path = "../../fuzz/src/lib.rs"]
mod laws;

use laws::{LAWS, Verdict};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// The inputs of a target, each with the line of its file.
fn seeds(target: &str) -> Vec<(usize, Vec<u8>)> {
    let file = fuzz().join("seeds").join(target).with_extension("txt");
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file:?}: {error}"));
    let lines =
        (1..).zip(text.lines()).filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let read = |(number, line): (usize, &str)| match unescape(line) {
        Some(input) => (number, input),
        None => panic!("{file:?}:{number}: malformed escape"),
    };
    lines.map(read).chain([(0, Vec::new())]).collect()
}

/// The inverse of [`u8::escape_ascii`]; `None` where the text is nothing that it gives.
fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'\\' => match rest.next()? {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'x' => {
                    let mut digit = || char::from(rest.next()?).to_digit(16);
                    (digit()? * 16 + digit()?) as u8
                }
                plain @ (b'\\' | b'\'' | b'"') => plain,
                _ => return None,
            },
            b' '..=b'~' => byte,
            _ => return None,
        });
    }
    Some(bytes)
}

#[test]
fn every_seed_keeps_the_law_and_both_verdicts_are_met() {
    let (mut broken, mut one_sided) = (Vec::new(), Vec::new());
    for (target, law) in LAWS {
        let mut met = HashSet::new();
        for (line, input) in seeds(target) {
            match panic::catch_unwind(|| law(&input)) {
                Ok(verdict) => drop(met.insert(verdict)),
                Err(_) => broken.push(format!("fuzz/seeds/{target}.txt:{line}")),
            }
        }
        if ![Verdict::Accepted, Verdict::Refused].iter().all(|verdict| met.contains(verdict)) {
            one_sided.push(target);
        }
    }
    assert!(broken.is_empty(), "laws are broken (see above) by {broken:?}");
    assert!(one_sided.is_empty(), "all seeds are accepted, or none is: {one_sided:?}");
}

#[test]
fn laws_targets_and_seeds_belong_together() {
    let names = |folder: &str, extension: &str| -> BTreeSet<String> {
        let entries = fs::read_dir(fuzz().join(folder)).expect("a folder");
        let name = |entry: fs::DirEntry| {
            let name = entry.file_name().into_string().expect("UTF-8");
            name.strip_suffix(extension).unwrap_or_else(|| panic!("{folder}/{name}")).to_owned()
        };
        entries.map(|entry| name(entry.expect("an entry"))).collect()
    };
    let laws: BTreeSet<String> = LAWS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names("fuzz_targets", ".rs"), laws);
    assert_eq!(names("seeds", ".txt"), laws);
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).expect("a manifest");
    for name in laws {
        let target = format!("fuzz_targets/{name}.rs");
        assert!(manifest.contains(&format!("name = \"{name}\"\npath = \"{target}\"\n")), "{name}");
        let source = fs::read_to_string(fuzz().join(&target)).expect("a target");
        assert!(source.contains(&format!("gomod_fuzz::{name}(data);")), "{target}");
    }
}

#[test]
fn escaped_bytes_are_read() {
    let all: Vec<u8> = (0..=255).collect();
    assert_eq!(unescape(&all.escape_ascii().to_string()), Some(all));
    for malformed in ["\\", "\\x", "\\x1", "\\xg0", "\\q", "\u{e9}", "\t"] {
        assert_eq!(unescape(malformed), None, "{malformed:?}");
    }
}
