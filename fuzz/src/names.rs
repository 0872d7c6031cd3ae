//! The laws of versions and of paths.

use std::cmp::Ordering;

use gomod::spec::path::{self, Kind};
use gomod::spec::version::{self, Pseudo};
use gomod::spec::{ModuleVersion, goversion, pattern};

use super::Verdict;

/// The grammar of semantic versions in Go's dialect, read from the back.
fn is_semver(text: &str) -> bool {
    let Some(text) = text.strip_prefix('v') else { return false };
    let words = |text: &str| {
        text.split('.').all(|word| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        })
    };
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let number = |text: &str| digits(text) && (text == "0" || !text.starts_with('0'));
    let (text, build) = text.split_once('+').map_or((text, None), |(a, b)| (a, Some(b)));
    let (text, pre) = text.split_once('-').map_or((text, None), |(a, b)| (a, Some(b)));
    let numbers: Vec<&str> = text.split('.').collect();
    let has_suffix = build.is_some() || pre.is_some();
    numbers.iter().all(|text| number(text))
        && (numbers.len() == 3 || (numbers.len() < 3 && !has_suffix))
        && build.is_none_or(words)
        && pre.is_none_or(|pre| {
            words(pre) && pre.split('.').all(|word| !digits(word) || number(word))
        })
}

/// A version is valid by its grammar; its canonical form is one, equal to it, and its own
/// canonical form. What a pseudo-version is taken apart into makes it up. Each order is total
/// over any three versions. Escaping is undone by unescaping. The input is up to four versions,
/// one a line.
pub fn version(data: &[u8]) -> Verdict {
    let Ok(text) = std::str::from_utf8(data) else { return Verdict::Refused };
    let versions: Vec<&str> = text.split('\n').take(4).collect();
    for version in &versions {
        one_version(version);
    }
    for (name, compare) in orders() {
        for a in &versions {
            assert_eq!(compare(a, a), Ordering::Equal, "{name}: {a:?}");
            for b in &versions {
                assert_eq!(compare(a, b), compare(b, a).reverse(), "{name}: {a:?} {b:?}");
                for c in &versions {
                    if compare(a, b).is_le() && compare(b, c).is_le() {
                        let equal = compare(a, b).is_eq() && compare(b, c).is_eq();
                        let want = if equal { Ordering::Equal } else { Ordering::Less };
                        assert_eq!(compare(a, c), want, "{name}: {a:?} {b:?} {c:?}");
                    }
                }
            }
        }
    }
    Verdict::of(versions.iter().any(|text| version::is_valid(text) || goversion::is_valid(text)))
}

type Order = fn(&str, &str) -> Ordering;

fn orders() -> [(&'static str, Order); 5] {
    [
        ("versions", version::compare),
        ("version lists", version::compare_for_list),
        ("go versions", goversion::compare),
        ("toolchains", |a, b| ModuleVersion::compare_versions("toolchain", a, b)),
        // As go.sum is sorted.
        ("module versions", |a, b| {
            let order = ModuleVersion::new("m", a).compare(&ModuleVersion::new("m", b));
            order.then_with(|| a.cmp(b))
        }),
    ]
}

fn one_version(text: &str) {
    assert_eq!(version::is_valid(text), is_semver(text), "{text:?}");
    let canonical = version::canonical(text);
    assert_eq!(canonical.is_empty(), !version::is_valid(text), "{text:?}");
    assert_eq!(version::is_canonical(text), !text.is_empty() && canonical == text, "{text:?}");
    if version::is_valid(text) {
        assert!(version::is_canonical(&canonical), "{text:?}: {canonical:?}");
        assert_eq!(version::compare(text, &canonical), Ordering::Equal, "{text:?}");
        assert!(canonical.starts_with(&version::major_minor(text)), "{text:?}");
        assert!(text.starts_with(version::major(text)), "{text:?}");
        let numbers = &canonical[..canonical.find(['-', '+']).unwrap_or(canonical.len())];
        let whole = format!("{numbers}{}{}", version::prerelease(text), version::build(text));
        let is_short = text.matches('.').count() < 2 && !text.contains('-');
        assert!(whole == text || is_short, "{text:?}: {whole:?}");
    } else {
        assert_eq!(version::compare(text, "v0.0.0-0"), Ordering::Less, "{text:?}");
    }
    match version::parse_pseudo(text) {
        Some(pseudo) => pseudo_version(text, pseudo),
        None => assert!(version::pseudo_base(text).is_err(), "{text:?}"),
    }
    go_version(text);
    if let Ok(escaped) = path::escape_version(text) {
        assert!(!escaped.contains(|c: char| c.is_ascii_uppercase()), "{escaped:?}");
        assert!(!escaped.contains(['/', '\\', '\0']) && escaped != "..", "{escaped:?}");
        assert_eq!(path::unescape_version(&escaped).as_deref(), Some(text));
    }
    if let Some(plain) = path::unescape_version(text) {
        assert_eq!(path::escape_version(&plain).as_deref(), Ok(text));
    }
}

fn pseudo_version(text: &str, pseudo: Pseudo<'_>) {
    let Pseudo { base, timestamp, revision, build } = pseudo;
    assert!(version::is_pseudo(text) && version::is_valid(text), "{text:?}");
    assert!(version::is_valid(base), "{text:?}");
    assert_eq!(timestamp.len(), 14, "{text:?}");
    assert!(timestamp.bytes().all(|byte| byte.is_ascii_digit()), "{text:?}");
    let joined = |by: char| format!("{base}{by}{timestamp}-{revision}{build}") == text;
    assert!(joined('-') || joined('.'), "{text:?}");
    let Ok(older) = version::pseudo_base(text) else { return };
    assert!(older.is_empty() || version::is_valid(&older), "{text:?}: {older:?}");
    let less = if older.is_empty() { "" } else { &older };
    assert_eq!(version::compare(less, text), Ordering::Less, "{text:?}: {older:?}");
    let made = version::pseudo(version::major(text), &older, timestamp, revision);
    assert_eq!(made, text, "from {older:?}");
}

fn go_version(text: &str) {
    if goversion::is_valid(text) {
        let language = goversion::language(text);
        assert!(goversion::is_valid(&language), "{text:?}: {language:?}");
        assert_eq!(goversion::language(&language), language, "{text:?}");
        assert_eq!(goversion::from_toolchain(&format!("go{text}")), text);
    } else {
        assert_eq!(goversion::compare(text, "0"), Ordering::Less, "{text:?}");
    }
    let inside = goversion::from_toolchain(text);
    assert!(inside.is_empty() || goversion::is_valid(inside), "{text:?}");
}

/// What is a module path is an import path, and what is one of these is a file path, which
/// stays below where it is put. Escaping is undone by unescaping and tells apart what a file
/// system might not. A path is made up of what its major suffix splits it into. A pattern made
/// of a path matches it. The input is a path, and perhaps a pattern on a second line.
pub fn path(data: &[u8]) -> Verdict {
    let Ok(text) = std::str::from_utf8(data) else { return Verdict::Refused };
    let (text, pattern) = text.split_once('\n').unwrap_or((text, ""));
    let (module, import, file) =
        (path::check(text), path::check_import(text), path::check_file(text));
    for (checked, kind) in [(&module, Kind::Module), (&import, Kind::Import), (&file, Kind::File)] {
        if let Err(error) = checked {
            assert_eq!((error.kind, error.path.as_str()), (kind, text));
            assert!(!error.reason.is_empty(), "{text:?}");
        }
    }
    assert!(module.is_err() || import.is_ok(), "{text:?}");
    assert!(import.is_err() || file.is_ok(), "{text:?}");
    if file.is_ok() {
        let inside = |element: &str| !["", ".", ".."].contains(&element);
        assert!(text.split('/').all(inside), "{text:?}");
        assert!(!text.contains(['\\', ':', '\0', '\n']), "{text:?}");
    }
    match path::escape_path(text) {
        Ok(escaped) => {
            assert!(module.is_ok(), "{text:?}");
            assert!(!escaped.contains(|c: char| c.is_ascii_uppercase()), "{escaped:?}");
            assert_eq!(escaped.replace('!', ""), text.to_ascii_lowercase());
            assert_eq!(path::unescape_path(&escaped).as_deref(), Some(text));
        }
        Err(error) => assert_eq!(Err(error), module),
    }
    if let Some(plain) = path::unescape_path(text) {
        assert_eq!(path::escape_path(&plain).as_deref(), Ok(text));
    }
    match path::split_major(text) {
        Some((prefix, suffix)) => {
            assert_eq!(format!("{prefix}{suffix}"), text);
            let major = path::major_of_suffix(suffix);
            // go takes it for a major version, and ends in a panic where it has to have a number.
            let is_numberless = suffix == ".v-unstable";
            let is_major = suffix.is_empty() || is_numberless || version::is_valid(major);
            assert!(is_major, "{text:?}: {major:?}");
            if !suffix.is_empty() && !is_numberless {
                let fits = format!("{major}.0.0");
                assert_eq!(path::check_major(&fits, suffix), Ok(()));
                assert_eq!(version::check(text, &fits).is_ok(), module.is_ok(), "{text:?}");
            }
        }
        None => assert!(module.is_err(), "{text:?}"),
    }
    patterns(text, pattern);
    Verdict::of(module.is_ok() || import.is_ok() || file.is_ok())
}

fn package_patterns(text: &str, pattern: &str) {
    if !text.contains("...") {
        assert!(pattern::matches(text, text), "{text:?}");
        assert!(pattern::matches(&format!("{text}/..."), text), "{text:?}");
    }
    let folders = text.rsplit_once('/').map_or("", |(folders, _)| folders);
    let is_vendored = folders.split('/').any(|element| element == "vendor");
    assert_eq!(pattern::matches("...", text), !is_vendored, "{text:?}");
    let matches = pattern::matches(pattern, text);
    if !pattern.contains("...") {
        assert_eq!(matches, pattern == text, "{pattern:?} {text:?}");
    }
}

fn patterns(text: &str, pattern: &str) {
    // A NUL, which no path has, stands for something else there.
    if !text.contains('\0') && !pattern.contains('\0') {
        package_patterns(text, pattern);
    }
    let literal: String = text.chars().flat_map(|c| ['\\', c]).collect();
    assert_eq!(path::glob_matches(&literal, text), Some(true), "{text:?}");
    assert_eq!(path::glob_matches("*", text), Some(!text.contains('/')), "{text:?}");
    let glob = path::glob_matches(pattern, text);
    if !pattern.contains(['*', '?', '[', '\\']) {
        assert_eq!(glob, Some(pattern == text), "{pattern:?} {text:?}");
    }
    let private = path::matches_prefix_patterns(pattern, text);
    if glob == Some(true) && !pattern.is_empty() && !pattern.contains([',', '[', '\\']) {
        // A glob that matches the whole matches the leading part that is all of it.
        assert!(private || pattern.ends_with('/'), "{pattern:?} {text:?}");
    }
    // Naming a path keeps what lies below it private as well.
    if private && !text.is_empty() {
        let below = format!("{text}/below");
        assert!(path::matches_prefix_patterns(pattern, &below), "{pattern:?} {text:?}");
    }
}
