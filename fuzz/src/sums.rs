//! The law of go.sum files.

use std::collections::BTreeSet;

use gomod::spec::ModuleVersion;
use gomod::spec::sums::{GoSum, Kind};

use super::Verdict;

/// A file is refused for its first line with some but not three fields, and otherwise read
/// as by the lenient reader. What is printed has one line a sum, in order and none twice, and
/// is read and printed the same. Inserting adds what is not there yet, and only that.
pub fn gosum(data: &[u8]) -> Verdict {
    let lax = GoSum::parse_lax(data);
    let text = lax.format();
    let reread = GoSum::parse("go.sum", text.as_bytes()).expect("printed");
    assert_eq!(reread.format(), text);
    for kind in [Kind::Zip, Kind::GoMod] {
        let set = |table: &GoSum| -> BTreeSet<(String, Vec<String>)> {
            let sums = |module: &ModuleVersion| {
                let mut hashes = table.hashes(module, kind).to_vec();
                hashes.sort();
                hashes.dedup();
                hashes
            };
            table.modules(kind).map(|module| (module.to_string(), sums(&module))).collect()
        };
        assert_eq!(set(&reread), set(&lax));
    }
    assert_order(&text);
    insertion(&lax);

    let text = String::from_utf8_lossy(data);
    let counts = text.split('\n').map(|line| line.split_whitespace().count());
    let bad = (1..).zip(counts).find(|(_, count)| ![0, 3].contains(count));
    match (GoSum::parse("go.sum", data), bad) {
        (Ok(table), None) => {
            assert_eq!(table, lax);
            Verdict::Accepted
        }
        (Err(error), Some((line, fields))) => {
            assert_eq!((error.line, error.fields), (line, fields));
            Verdict::Refused
        }
        (read, bad) => panic!("{read:?}, where the first bad line is {bad:?}"),
    }
}

fn assert_order(text: &str) {
    let lines: Vec<[&str; 3]> = text
        .lines()
        .map(|line| {
            let fields: Vec<&str> = line.split(' ').collect();
            fields.try_into().unwrap_or_else(|_| panic!("not three fields: {line:?}"))
        })
        .collect();
    let distinct: BTreeSet<_> = lines.iter().collect();
    assert_eq!(distinct.len(), lines.len(), "a line twice: {text:?}");
    for pair in lines.windows(2) {
        let ([path, version, hash], [next_path, next_version, next_hash]) = (pair[0], pair[1]);
        assert!(path <= next_path, "{text:?}");
        if path == next_path && version == next_version {
            assert!(hash < next_hash, "{text:?}");
        }
        if path == next_path {
            // What the file says of one version stands together, the zip's sums first.
            let without = |version: &str| version.strip_suffix("/go.mod").map(str::to_owned);
            assert_ne!(without(version).as_deref(), Some(next_version), "{text:?}");
        }
    }
}

fn insertion(table: &GoSum) {
    let hash = "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let new = ModuleVersion::new("fuzz.example/added", "v1.2.3");
    for kind in [Kind::Zip, Kind::GoMod] {
        for module in table.modules(kind).chain([new.clone()]).take(20) {
            let mut changed = table.clone();
            let before = table.hashes(&module, kind);
            let is_new = !before.iter().any(|known| known == hash);
            assert_eq!(changed.insert(&module, kind, hash), is_new);
            assert!(!changed.insert(&module, kind, hash));
            let after = changed.hashes(&module, kind);
            assert!(after.starts_with(before) && after.len() == before.len() + usize::from(is_new));
            changed.retain(|m, k, h| (m, k, h) != (&module, kind, hash));
            let mut rest = table.clone();
            rest.retain(|m, k, h| (m, k, h) != (&module, kind, hash));
            assert_eq!(changed, rest);
        }
    }
}
