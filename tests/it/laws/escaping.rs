//! Escaping: the one spelling of a path or version in URLs and in the cache, which must
//! keep apart on any file system what differs in case only.

use gomod::spec::path::{
    self, escape_path, escape_version, glob_matches, matches_prefix_patterns, split_major,
    unescape_path, unescape_version,
};
use gomod::spec::pattern;
use proptest::prelude::*;
use regex::Regex;

use super::{census, config, that_hold};

/// A major version suffix, or nearly.
fn any_major() -> impl Strategy<Value = String> {
    "(x[.])?v([0-3]|10|02)(-unstable)?"
}

/// Module paths, most of them well formed.
fn module_path() -> impl Strategy<Value = String> {
    let host = prop_oneof![
        6 => "[a-z]{1,3}\\.[a-z]{2}",
        1 => Just("gopkg.in".to_owned()),
        1 => "[a-zA-Z.\\-]{0,4}",
    ];
    let element = prop_oneof![
        8 => "[a-zA-Z]{1,4}",
        4 => "[a-cA-C0-9_~.\\-]{1,5}",
        1 => any_major(),
        1 => prop::sample::select(vec![
            "v2", "v1", "v02", "v2.1", "x.v1", "x.v0", "con", "Aux.x", "com1", "a~1", "a!b", "\u{c9}",
            "", ".", "..", "-", "a b", "a+b", "COM0", "LPT9",
        ])
        .prop_map(str::to_owned),
    ];
    (host, prop::collection::vec(element, 0..4)).prop_map(|(host, elements)| {
        let elements: String = elements.iter().map(|element| format!("/{element}")).collect();
        format!("{host}{elements}")
    })
}

/// Versions and queries, most of them well formed.
fn version() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "v[0-9]\\.[0-9]\\.[0-9](-[a-zA-Z.\\-]{1,4})?(\\+incompatible)?",
        4 => "[a-zA-Z][a-zA-Z0-9._\\-]{0,8}",
        2 => "[a-zA-Z!/\\\\: .\u{c9}]{0,5}",
    ]
}

/// What an escaped text may look like, right or wrong.
fn escaped(plain: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let edit = (
        any::<prop::sample::Index>(),
        prop::sample::select(vec!["!", "A", "a", "!a", "!!", "\u{c9}"]),
    );
    (plain, prop::collection::vec(edit, 0..2)).prop_map(|(plain, edits)| {
        let mut text: String = plain
            .chars()
            .flat_map(|c| [c.is_ascii_uppercase().then_some('!'), Some(c.to_ascii_lowercase())])
            .flatten()
            .collect();
        for (at, piece) in edits {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            text.insert_str(*places.get(at.index(places.len() + 1)).unwrap_or(&text.len()), piece);
        }
        text
    })
}

/// The text with the case of some of its letters turned.
fn with_other_case(text: &str, turned: &[bool]) -> String {
    let turn = |(c, turned): (char, &bool)| match c {
        c if !turned => c,
        c if c.is_ascii_lowercase() => c.to_ascii_uppercase(),
        c => c.to_ascii_lowercase(),
    };
    text.chars().zip(turned.iter().cycle()).map(turn).collect()
}

/// Each upper-case letter is a lower-case one behind an exclamation mark.
fn spelled(text: &str) -> String {
    text.split_inclusive(|c: char| c.is_ascii_uppercase())
        .map(|piece| match piece.char_indices().next_back() {
            Some((at, last)) if last.is_ascii_uppercase() => {
                format!("{}!{}", &piece[..at], last.to_ascii_lowercase())
            }
            _ => piece.to_owned(),
        })
        .collect()
}

type Escape = fn(&str) -> Option<String>;

/// Both pairs of functions, for laws that are the same for both.
const PAIRS: [(Escape, Escape); 2] = [
    (|path| escape_path(path).ok(), |text| unescape_path(text)),
    (|version| escape_version(version).ok(), |text| unescape_version(text)),
];

/// The rules of ref/mod#go-mod-file-ident, spelled out as expressions over the whole path.
fn is_module_path(text: &str) -> bool {
    let matches = |pattern: &str| Regex::new(pattern).expect("well formed").is_match(text);
    matches(r"^[a-z0-9.-]*\.[a-z0-9.-]*(/[A-Za-z0-9._~-]+)*$")
        && !matches(r"^-|(^|/)\.|\.(/|$)")
        && !matches(r"(?i)(^|/)(con|prn|aux|nul|com[1-9]|lpt[1-9])(\.[^/]*)?(/|$)")
        && !matches(r"(^|/)[^/.]*~[0-9]+(\.[^/]*)?(/|$)")
        && if text.starts_with("gopkg.in/") {
            matches(r"\.v(0|[1-9][0-9]*)(-unstable)?$")
                // go judges the zero before it takes -unstable away.
                && !matches(r"\.v0-unstable$")
        } else {
            !matches(r"/v[0-9.]*$") || matches(r"/v([2-9]|[1-9][0-9]+)$") || matches(r"/v$")
        }
}

proptest! {
    #![proptest_config(config(1000))]

    #[test]
    fn escaping_can_be_undone(path in module_path(), version in version()) {
        for ((escape, unescape), text) in PAIRS.iter().zip([path, version]) {
            let Some(escaped) = escape(&text) else { continue };
            prop_assert_eq!(&escaped, &spelled(&text));
            prop_assert_eq!(unescape(&escaped), Some(text));
        }
    }

    #[test]
    fn only_one_spelling_is_accepted(path in escaped(module_path()), version in escaped(version())) {
        for ((escape, unescape), text) in PAIRS.iter().zip([path, version]) {
            if let Some(plain) = unescape(&text) {
                prop_assert_eq!(escape(&plain), Some(text));
            }
        }
    }

    /// Not even a file system that ignores case takes one for the other.
    #[test]
    fn names_that_differ_in_case_stay_apart(
        path in module_path(), version in version(), turned in prop::collection::vec(any::<bool>(), 12),
    ) {
        for ((escape, _), text) in PAIRS.iter().zip([path, version]) {
            let other = with_other_case(&text, &turned);
            if let (Some(escaped), Some(of_other)) = (escape(&text), escape(&other)) {
                prop_assert_eq!(escaped.to_lowercase() == of_other.to_lowercase(), text == other);
                prop_assert!(escaped.is_ascii() && escaped.to_lowercase() == escaped);
            }
        }
    }

    #[test]
    fn an_escaped_version_is_one_element(version in version()) {
        let plain = path::check_file(&version).is_ok() && version.is_ascii();
        let accepted = plain && !version.contains(['/', '!']);
        prop_assert_eq!(escape_version(&version).is_ok(), accepted);
    }

    #[test]
    fn module_paths_keep_the_rules(path in module_path()) {
        prop_assert_eq!(path::check(&path).is_ok(), is_module_path(&path), "{:?}", path::check(&path));
        prop_assert_eq!(escape_path(&path).is_ok(), is_module_path(&path));
    }

    #[test]
    fn a_major_suffix_comes_off_whole(path in module_path()) {
        if let Some((prefix, suffix)) = split_major(&path) {
            prop_assert_eq!(format!("{prefix}{suffix}"), path.clone());
            let mark = if path.starts_with("gopkg.in/") { ".v" } else { "/v" };
            prop_assert!(suffix.is_empty() || suffix.starts_with(mark));
            if !suffix.is_empty() {
                let fitting = format!("{}.0.0", path::major_of_suffix(suffix));
                prop_assert!(path::check_major(&fitting, suffix).is_ok());
                prop_assert!(path::check_major("v77.0.0", suffix).is_err());
            }
        }
    }

    /// A glob without classes is a regular expression in other signs.
    #[test]
    fn globs_match_elements(glob in "[ab*?/]{0,6}", name in "[ab/]{0,6}") {
        let pattern: String = glob
            .chars()
            .map(|c| match c {
                '*' => "[^/]*".to_owned(),
                '?' => "[^/]".to_owned(),
                c => c.to_string(),
            })
            .collect();
        let matches = |name: &str| Regex::new(&format!("^{pattern}$")).expect("well formed").is_match(name);
        prop_assert_eq!(glob_matches(&glob, &name), Some(matches(&name)));
        // As a prefix pattern it has to match as many elements of the path as it has itself.
        if !glob.ends_with('/') && !glob.is_empty() {
            let count = glob.split('/').count();
            let elements: Vec<&str> = name.split('/').collect();
            let prefix = elements.get(..count).map(|elements| elements.join("/"));
            let wanted = prefix.is_some_and(|prefix| matches(&prefix));
            prop_assert_eq!(matches_prefix_patterns(&glob, &name), wanted);
            prop_assert_eq!(matches_prefix_patterns(&format!("{glob}/"), &name), wanted);
            prop_assert_eq!(matches_prefix_patterns(&format!("[,c,,{glob}"), &name), wanted);
        }
    }

    #[test]
    fn classes_of_globs_are_sets(negated in any::<bool>(), ranges in prop::collection::vec("[b-d](-[c-e])?", 1..3), c in "[a-f/]") {
        let class = format!("[{}{}]", if negated { "^" } else { "" }, ranges.concat());
        let character = c.chars().next().expect("one");
        let within = ranges.iter().any(|range| {
            let ends: Vec<char> = range.split('-').filter_map(|end| end.chars().next()).collect();
            ends[0] <= character && character <= ends[ends.len() - 1]
        });
        prop_assert_eq!(glob_matches(&class, &c), Some(within != negated));
        prop_assert_eq!(glob_matches(&class[..class.len() - 1], &c), None);
    }

    /// `x/...` stands for x itself, too; dots reach into no folder `vendor`.
    #[test]
    fn dots_of_package_patterns_match_anything(
        pattern in prop::collection::vec(prop::sample::select(&PATTERN_PIECES[..]), 0..6),
        path in prop::collection::vec(prop::sample::select(vec!["a", "b", "/", "vendor", "/vendor/"]), 0..6),
    ) {
        let (pattern, path) = (pattern.concat(), path.concat());
        let folder = Regex::new("(^|/)vendor(/)").expect("well formed");
        // Twice, since two neighbours share a slash.
        let marked = |text: &str| folder.replace_all(&folder.replace_all(text, "${1}V${2}"), "${1}V${2}").into_owned();
        let dots = |text: &str| marked(text).replace("...", "[^V]*");
        let mut wanted = vec![dots(&pattern)];
        wanted.extend(pattern.strip_suffix("/...").map(dots));
        let matches = wanted.iter().any(|expression| {
            Regex::new(&format!("^{expression}$")).expect("well formed").is_match(&marked(&path))
        });
        prop_assert_eq!(pattern::matches(&pattern, &path), matches, "{} {}", pattern, path);
    }
}

const PATTERN_PIECES: [&str; 7] = ["...", "/...", "a", "b", "/", "/vendor/", "vendor"];

#[test]
fn the_generators_reach_what_escaping_is_about() {
    let expected = [
        ("well formed", 300),
        ("upper case", 200),
        ("malformed", 200),
        ("major suffix", 10),
        ("gopkg.in", 50),
        ("device", 5),
        ("not ASCII", 5),
    ];
    census(module_path(), 1000, &expected, |path| {
        let accepted = is_module_path(path);
        that_hold(&[
            ("well formed", accepted),
            ("upper case", accepted && path.contains(|c: char| c.is_ascii_uppercase())),
            ("malformed", !accepted),
            (
                "major suffix",
                accepted && split_major(path).is_some_and(|(_, suffix)| !suffix.is_empty()),
            ),
            ("gopkg.in", path.starts_with("gopkg.in/")),
            ("device", path::check(path).is_err_and(|error| error.reason.contains("Windows"))),
            ("not ASCII", !path.is_ascii()),
        ])
    });
    let expected = [("accepted", 200), ("refused", 200), ("with a mark", 100), ("bad mark", 50)];
    let both = prop_oneof![escaped(module_path()), escaped(version())];
    census(both, 1000, &expected, |text| {
        let accepted = unescape_path(text).is_some() || unescape_version(text).is_some();
        that_hold(&[
            ("accepted", accepted),
            ("refused", !accepted),
            ("with a mark", accepted && text.contains('!')),
            ("bad mark", !accepted && text.contains('!')),
        ])
    });
}
