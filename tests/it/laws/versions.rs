//! Versions: forms, order, canonical forms, pseudo-versions.
//!
//! The oracle works on the parts that a version was made of and never reads one; what is
//! well formed is told by regular expressions after the grammar of semver.org.

use std::cmp::Ordering;
use std::fmt;
use std::sync::LazyLock;

use gomod::spec::version::{
    ModuleVersion, Version, build, canonical, compare, compare_for_list, is_canonical, is_pseudo,
    is_valid, major, major_minor, parse, parse_pseudo, prerelease, pseudo, pseudo_base,
};
use gomod::spec::{goversion, path};
use proptest::prelude::*;
use regex::Regex;

use super::{census, config, that_hold};

/// A version by its parts; the parts are well formed.
#[derive(Clone, PartialEq, Eq)]
struct Parts {
    /// One to three numbers.
    numbers: Vec<String>,
    prerelease: Vec<String>,
    build: Vec<String>,
}

impl fmt::Display for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}{}{}", self.numbers.join("."), self.suffix(), self.metadata())
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn listed(mark: &str, identifiers: &[String]) -> String {
    if identifiers.is_empty() { String::new() } else { format!("{mark}{}", identifiers.join(".")) }
}

/// Orders numerals by value: padded to one length, they are ordered as text.
fn by_value(a: &str, b: &str) -> Ordering {
    format!("{a:0>80}").cmp(&format!("{b:0>80}"))
}

fn is_numeral(identifier: &str) -> bool {
    identifier.chars().all(|c| c.is_ascii_digit())
}

impl Parts {
    fn number(&self, at: usize) -> &str {
        self.numbers.get(at).map_or("0", String::as_str)
    }

    fn suffix(&self) -> String {
        listed("-", &self.prerelease)
    }

    fn metadata(&self) -> String {
        listed("+", &self.build)
    }

    fn release(&self) -> String {
        format!("v{}.{}.{}", self.number(0), self.number(1), self.number(2))
    }

    /// Precedence as semver.org tells it, point 11.
    fn precedence(&self, other: &Self) -> Ordering {
        for at in 0..3 {
            let order = by_value(self.number(at), other.number(at));
            if order.is_ne() {
                return order;
            }
        }
        match (&self.prerelease[..], &other.prerelease[..]) {
            ([], []) => Ordering::Equal,
            // A prerelease comes before its release.
            ([], _) => Ordering::Greater,
            (_, []) => Ordering::Less,
            (mine, theirs) => {
                for (a, b) in mine.iter().zip(theirs) {
                    let order = match (is_numeral(a), is_numeral(b)) {
                        (true, true) => by_value(a, b),
                        // Numerals come before other identifiers.
                        (true, false) => Ordering::Less,
                        (false, true) => Ordering::Greater,
                        (false, false) => a.as_bytes().cmp(b.as_bytes()),
                    };
                    if order.is_ne() {
                        return order;
                    }
                }
                mine.len().cmp(&theirs.len())
            }
        }
    }
}

fn numeral() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec!["0", "1", "2", "9", "10", "19", "99", "100"])
            .prop_map(str::to_owned),
        1 => "[1-9][0-9]{18,21}",
    ]
}

fn identifier() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => numeral(),
        4 => prop::sample::select(vec![
            "alpha", "beta", "rc", "rc1", "rc10", "RC", "-", "--", "-1", "0a", "00a", "a-0", "x",
        ])
        .prop_map(str::to_owned),
    ]
}

fn prereleases() -> impl Strategy<Value = Vec<String>> {
    prop_oneof![1 => Just(vec![]), 2 => prop::collection::vec(identifier(), 1..4)]
}

fn builds() -> impl Strategy<Value = Vec<String>> {
    let other = prop_oneof![identifier(), Just("007".to_owned())];
    prop_oneof![
        4 => Just(vec![]),
        2 => Just(vec!["incompatible".to_owned()]),
        1 => prop::collection::vec(other, 1..3),
    ]
}

fn full_version() -> impl Strategy<Value = Parts> {
    (prop::collection::vec(numeral(), 3), prereleases(), builds())
        .prop_map(|(numbers, prerelease, build)| Parts { numbers, prerelease, build })
}

fn version() -> impl Strategy<Value = Parts> {
    let short = prop::collection::vec(numeral(), 1..3).prop_map(|numbers| Parts {
        numbers,
        prerelease: vec![],
        build: vec![],
    });
    prop_oneof![1 => short, 4 => full_version()]
}

/// A version and two more that differ from it in little, so that they are often equal or
/// equal up to a point.
fn three() -> impl Strategy<Value = [Parts; 3]> {
    let variant = |base: Parts| {
        (Just(base), version(), 0..6usize).prop_map(|(base, other, keep)| {
            let mut made = other.clone();
            if keep > 0 {
                made.numbers = base.numbers;
                if made.numbers.len() < 3 {
                    (made.prerelease, made.build) = (vec![], vec![]);
                }
            }
            if keep > 1 && made.numbers.len() == 3 {
                made.prerelease = base.prerelease.clone();
            }
            if keep == 3 && !made.prerelease.is_empty() {
                made.prerelease.pop();
            }
            if keep == 5
                && let Some(last) = made.prerelease.last_mut()
            {
                *last = other.number(0).to_owned();
            }
            if keep == 4 && made.numbers.len() == 3 {
                made.prerelease.push(other.number(0).to_owned());
            }
            made
        })
    };
    version().prop_flat_map(move |base| {
        (Just(base.clone()), variant(base.clone()), variant(base)).prop_map(|(a, b, c)| [a, b, c])
    })
}

/// A version with a place or two changed: mostly malformed, at times by a hair.
fn nearly_a_version() -> impl Strategy<Value = String> {
    let edit = (any::<prop::sample::Index>(), 0..3usize, "[v0-9a.+_ \\-\u{e9}]");
    (version(), prop::collection::vec(edit, 0..3)).prop_map(|(parts, edits)| {
        let mut text: Vec<char> = parts.to_string().chars().collect();
        for (at, kind, piece) in edits {
            let at = at.index(text.len() + 1);
            if kind != 0 && at < text.len() {
                text.remove(at);
            }
            if kind != 1 {
                text.splice(at..at, piece.chars());
            }
            if text.is_empty() {
                break;
            }
        }
        text.into_iter().collect()
    })
}

static WELL_FORMED: LazyLock<Regex> = LazyLock::new(|| {
    let number = "(?:0|[1-9][0-9]*)";
    let identifier = format!("(?:{number}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)");
    let pattern = format!(
        r"^v({number})(?:\.({number})(?:\.({number})(-{identifier}(?:\.{identifier})*)?(\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?)?)?$"
    );
    Regex::new(&pattern).expect("well formed")
});

/// The three forms of ref/mod#pseudo-versions, for a version that is well formed.
static PSEUDO: LazyLock<Regex> = LazyLock::new(|| {
    let first = r"\.0\.0-";
    let behind_release = r"\.[0-9]+\.[0-9]+-0\.";
    let behind_prerelease = r"\.[0-9]+\.[0-9]+-[0-9A-Za-z.-]+\.0\.";
    let pattern = format!(
        r"^v[0-9]+(?:{first}|{behind_release}|{behind_prerelease})[0-9]{{14}}-[0-9A-Za-z]+(?:\+.*)?$"
    );
    Regex::new(&pattern).expect("well formed")
});

fn stamp() -> impl Strategy<Value = String> {
    "20[0-2][0-9](0[1-9]|1[0-2])(0[1-9]|[12][0-9])([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]"
}

fn revision() -> impl Strategy<Value = String> {
    prop_oneof!["[0-9a-f]{12}", "[0-9]{12}"]
}

/// What looks like a pseudo-version, and is one or nearly.
fn pseudo_like() -> impl Strategy<Value = String> {
    let before = prop::sample::select(vec![
        "v0.0.0-",
        "v2.0.0-",
        "v0.0.1-",
        "v1.2.3-",
        "v1.2.3-0.",
        "v1.2.0-0.",
        "v1.2.3-rc.0.",
        "v1.2.3-rc.1.",
        "v1.2.3-rc0.",
        "v1.2.3-0.0.",
        "v0.0.0-0.",
        "v1.2.3-x-0.",
        "v1.2-",
        "v1.2.3",
        "v1.2.3-rc-.0.",
    ]);
    let stamp = prop_oneof![4 => stamp(), 1 => "[0-9]{13}", 1 => "[0-9]{15}", 1 => "[0-9a]{14}"];
    let revision = prop_oneof![4 => revision(), 1 => "[0-9a-z.-]{0,4}"];
    let after = prop::sample::select(vec!["", "", "+incompatible", "+a.b", "+", ".1"]);
    (before, stamp, revision, after)
        .prop_map(|(before, stamp, revision, after)| format!("{before}{stamp}-{revision}{after}"))
}

proptest! {
    #![proptest_config(config(1500))]

    #[test]
    fn a_version_comes_apart_as_it_was_made(parts in version()) {
        let text = parts.to_string();
        let read = parse(&text).expect("well formed");
        prop_assert_eq!([read.major, read.minor, read.patch], [0, 1, 2].map(|at| parts.number(at)));
        prop_assert_eq!(usize::from(read.numbers), parts.numbers.len());
        prop_assert_eq!(read.prerelease, parts.suffix());
        prop_assert_eq!(read.build, parts.metadata());
        prop_assert_eq!(prerelease(&text), parts.suffix());
        prop_assert_eq!(build(&text), parts.metadata());
        prop_assert_eq!(major(&text), format!("v{}", parts.number(0)));
        prop_assert_eq!(major_minor(&text), format!("v{}.{}", parts.number(0), parts.number(1)));
    }

    #[test]
    fn what_is_well_formed_follows_the_grammar(text in nearly_a_version()) {
        let groups = WELL_FORMED.captures(&text);
        prop_assert_eq!(is_valid(&text), groups.is_some());
        let group = |at: usize, absent: &'static str| -> String {
            let group = groups.as_ref().and_then(|groups| groups.get(at));
            group.map_or(absent, |group| group.as_str()).to_owned()
        };
        if let Some(read) = parse(&text) {
            let parts = [read.major, read.minor, read.patch, read.prerelease, read.build];
            let wanted = [group(1, ""), group(2, "0"), group(3, "0"), group(4, ""), group(5, "")];
            prop_assert_eq!(&parts[..], &wanted[..]);
        } else {
            for part in [major(&text), prerelease(&text), build(&text)] {
                prop_assert_eq!(part, "");
            }
            prop_assert_eq!((major_minor(&text), canonical(&text)), Default::default());
            prop_assert!(!is_canonical(&text) && !is_pseudo(&text));
            prop_assert_eq!(compare(&text, "v0.0.0-0"), Ordering::Less);
            prop_assert_eq!(compare(&text, "malformed"), Ordering::Equal);
        }
    }

    #[test]
    fn the_order_is_that_of_semver(all in three()) {
        for (a, b) in all.iter().flat_map(|a| all.iter().map(move |b| (a, b))) {
            let wanted = a.precedence(b);
            let (a, b) = (a.to_string(), b.to_string());
            prop_assert_eq!(compare(&a, &b), wanted, "{} against {}", &a, &b);
            let in_list = compare_for_list(&a, &b);
            prop_assert_eq!(in_list, wanted.then_with(|| a.cmp(&b)));
            prop_assert_eq!(in_list.is_eq(), a == b);
        }
    }

    /// Also where some are malformed.
    #[test]
    fn the_order_is_total(a in nearly_a_version(), others in three()) {
        let mut all = others.map(|parts| parts.to_string()).to_vec();
        all.push(a);
        for a in &all {
            prop_assert_eq!(compare(a, a), Ordering::Equal);
            for b in &all {
                prop_assert_eq!(compare(a, b), compare(b, a).reverse());
                for c in &all {
                    if compare(a, b).is_le() && compare(b, c).is_le() {
                        prop_assert!(compare(a, c).is_le(), "{} {} {}", a, b, c);
                    }
                }
            }
        }
    }

    #[test]
    fn a_canonical_form_is_equal_and_final(parts in version()) {
        let text = parts.to_string();
        let form = canonical(&text);
        let incompatible = parts.build == ["incompatible"];
        let metadata = if incompatible { "+incompatible" } else { "" };
        prop_assert_eq!(&form, &format!("{}{}{metadata}", parts.release(), parts.suffix()));
        prop_assert_eq!(canonical(&form), form.clone());
        prop_assert!(is_canonical(&form));
        prop_assert_eq!(is_canonical(&text), form == text);
        prop_assert_eq!(compare(&form, &text), Ordering::Equal);
    }

    /// Only `+incompatible` lets a version of another major go with a path without suffix.
    #[test]
    fn majors_agree_with_paths(parts in full_version(), in_path in 0..4u32) {
        let (suffix, text) = (format!("/v{in_path}"), parts.to_string());
        let zero_or_one = in_path < 2;
        let suffix = if zero_or_one { "" } else { &suffix };
        let fits = if zero_or_one {
            ["0", "1"].contains(&parts.number(0)) || parts.build == ["incompatible"]
        } else {
            parts.number(0) == in_path.to_string()
        };
        prop_assert_eq!(path::check_major(&text, suffix).is_ok(), fits);
    }

    #[test]
    fn a_pseudo_version_names_what_it_follows(
        older in full_version(), stamp in stamp(), revision in revision(),
    ) {
        let base = older.to_string();
        let made = pseudo("", &base, &stamp, &revision);
        prop_assert!(is_pseudo(&made), "{}", made);
        let read = parse_pseudo(&made).expect("a pseudo-version");
        prop_assert_eq!((read.timestamp, read.revision), (&*stamp, &*revision));
        prop_assert_eq!(read.build, older.metadata());
        prop_assert_eq!(pseudo_base(&made), Ok(base));
    }

    /// It is above what it follows and below every tag that may come next.
    #[test]
    fn a_pseudo_version_lies_between_its_neighbours(
        older in full_version(), stamps in (stamp(), stamp()), revision in revision(),
    ) {
        let base = older.to_string();
        let made = pseudo("", &base, &stamps.0, &revision);
        prop_assert_eq!(compare(&base, &made), Ordering::Less);
        // The release of a prerelease, or else the next patch.
        let patch = older.number(2).parse::<u128>().expect("short enough") + 1;
        let next = Parts { prerelease: vec![], ..older.clone() };
        let next = match older.prerelease.is_empty() {
            false => next.release(),
            true => format!("v{}.{}.{patch}", next.number(0), next.number(1)),
        };
        prop_assert_eq!(compare(&made, &next), Ordering::Less, "{} {}", made, next);
        let first_prerelease = match older.prerelease.is_empty() {
            true => format!("{next}-1"),
            false => format!("{}{}.1", older.release(), older.suffix()),
        };
        prop_assert_eq!(compare(&made, &first_prerelease), Ordering::Less);
        let later = pseudo("", &base, &stamps.1, &revision);
        prop_assert_eq!(compare(&made, &later), stamps.0.cmp(&stamps.1));
    }

    #[test]
    fn a_pseudo_version_without_base_is_the_least_of_its_major(
        n in 0..4u32, stamp in stamp(), revision in revision(),
    ) {
        let prefix = if n == 0 { String::new() } else { format!("v{n}") };
        let made = pseudo(&prefix, "", &stamp, &revision);
        prop_assert_eq!(&made, &format!("v{n}.0.0-{stamp}-{revision}"));
        prop_assert_eq!(pseudo_base(&made), Ok(String::new()));
        prop_assert_eq!(compare(&made, &format!("v{n}.0.0")), Ordering::Less);
        prop_assert_eq!(compare(&made, &format!("v{n}.0.0-a")), Ordering::Less);
    }

    #[test]
    fn pseudo_versions_have_three_forms(text in pseudo_like()) {
        let wanted = WELL_FORMED.is_match(&text) && PSEUDO.is_match(&text);
        prop_assert_eq!(is_pseudo(&text), wanted);
        let base = pseudo_base(&text);
        prop_assert!(wanted || base.is_err());
        if let (Ok(base), Some(read)) = (base, parse_pseudo(&text)) {
            let major = major(&text);
            prop_assert_eq!(pseudo(major, &base, read.timestamp, read.revision), text);
        }
    }

    /// By path, then as versions of that path, then by the file of go.sum.
    #[test]
    fn module_versions_are_ordered(versions in three(), swap in any::<bool>()) {
        let files = ["", "/go.mod"];
        let module = |path: &str, version: &Parts, file: &str| ModuleVersion {
            path: path.into(),
            version: Version::new(&format!("{version}{file}")),
        };
        let [a, b, _] = &versions;
        for (file, other_file) in files.iter().flat_map(|a| files.map(|b| (*a, b))) {
            let (x, y) = (module("a.b/x", a, file), module("a.b/x", b, other_file));
            let wanted = if a.to_string() == b.to_string() {
                file.cmp(other_file)
            } else {
                a.precedence(b)
            };
            prop_assert_eq!(x.compare(&y), wanted);
            let other_path = module("a.b/y", if swap { a } else { b }, file);
            prop_assert_eq!(x.compare(&other_path), Ordering::Less);
            prop_assert_eq!(other_path.compare(&x), Ordering::Greater);
        }
    }
}

/// A Go version by its parts: `1.minor`, and a patch or a kind of prerelease with a number.
#[derive(Clone, Debug)]
struct GoVersion {
    minor: u32,
    end: GoEnd,
}

#[derive(Clone, Debug)]
enum GoEnd {
    Language,
    Patch(u32),
    Prerelease(&'static str, u32),
}

impl fmt::Display for GoVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.minor)?;
        match self.end {
            GoEnd::Language => Ok(()),
            GoEnd::Patch(patch) => write!(f, ".{patch}"),
            GoEnd::Prerelease(kind, number) => write!(f, "{kind}{number}"),
        }
    }
}

impl GoVersion {
    /// A key that is ordered as doc/toolchain#version orders versions: up to 1.20 a
    /// release was called 1.N, since then 1.N is the language and comes before its candidates.
    fn key(&self) -> (u32, u32, &'static str, u32) {
        match self.end {
            GoEnd::Language if self.minor < 21 => (self.minor, 2, "", 0),
            GoEnd::Language => (self.minor, 0, "", 0),
            GoEnd::Prerelease(kind, number) => (self.minor, 1, kind, number),
            GoEnd::Patch(patch) => (self.minor, 2, "", patch),
        }
    }
}

fn go_version() -> impl Strategy<Value = GoVersion> {
    let minor = prop::sample::select(vec![1, 9, 16, 17, 20, 21, 22, 100]);
    let end = prop_oneof![
        Just(GoEnd::Language),
        prop::sample::select(vec![0, 1, 9, 10]).prop_map(GoEnd::Patch),
        (prop::sample::select(vec!["beta", "rc"]), prop::sample::select(vec![1, 2, 10]))
            .prop_map(|(kind, number)| GoEnd::Prerelease(kind, number)),
    ];
    (minor, end).prop_map(|(minor, end)| GoVersion { minor, end })
}

proptest! {
    #![proptest_config(config(1500))]

    #[test]
    fn go_versions_are_ordered(a in go_version(), b in go_version(), suffix in "(-[a-z]{1,3})?") {
        let wanted = a.key().cmp(&b.key());
        let is_language = matches!(a.end, GoEnd::Language) && a.minor >= 21;
        let language = format!("1.{}", a.minor);
        let (a, b) = (a.to_string(), b.to_string());
        prop_assert!(goversion::is_valid(&a));
        prop_assert_eq!(goversion::compare(&a, &b), wanted);
        prop_assert_eq!(goversion::max(&a, &b), if wanted.is_lt() { &*b } else { &*a });
        prop_assert_eq!(goversion::is_language(&a), is_language);
        prop_assert_eq!(goversion::language(&a), language);
        let toolchain = format!("go{a}{suffix}");
        prop_assert_eq!(goversion::from_toolchain(&toolchain), &*a);
        prop_assert_eq!(ModuleVersion::compare_versions("go", &a, &b), wanted);
        let other = format!("go{b}");
        prop_assert_eq!(ModuleVersion::compare_versions("toolchain", &toolchain, &other), wanted);
    }
}

#[test]
fn the_generators_reach_every_kind_of_version() {
    census(
        three(),
        1000,
        &[
            ("equal but not the same", 50),
            ("long number", 100),
            ("one prerelease begins with the other", 50),
            ("numeral against word", 20),
            ("numerals of different length", 10),
            ("release against its prerelease", 50),
            ("short form", 100),
            ("build metadata", 200),
            ("below", 200),
            ("above", 200),
        ],
        |[a, b, _]| {
            let same_numbers = (0..3).all(|at| a.number(at) == b.number(at));
            let pairs = || a.prerelease.iter().zip(&b.prerelease).filter(|_| same_numbers);
            let common = pairs().take_while(|(a, b)| a == b).count();
            let decisive = pairs().nth(common);
            let numerals = decisive.map(|(a, b)| (is_numeral(a), is_numeral(b)));
            that_hold(&[
                ("equal but not the same", a != b && a.precedence(b).is_eq()),
                ("long number", a.numbers.iter().any(|number| number.len() > 18)),
                (
                    "one prerelease begins with the other",
                    common > 0 && decisive.is_none() && a.prerelease.len() != b.prerelease.len(),
                ),
                ("numeral against word", matches!(numerals, Some((true, false) | (false, true)))),
                (
                    "numerals of different length",
                    numerals == Some((true, true))
                        && decisive.is_some_and(|(a, b)| a.len() != b.len()),
                ),
                (
                    "release against its prerelease",
                    same_numbers && a.prerelease.is_empty() != b.prerelease.is_empty(),
                ),
                ("short form", a.numbers.len() < 3),
                ("build metadata", !a.build.is_empty()),
                ("below", a.precedence(b).is_lt()),
                ("above", a.precedence(b).is_gt()),
            ])
        },
    );
    census(nearly_a_version(), 1000, &[("well formed", 200), ("malformed", 200)], |text| {
        vec![if WELL_FORMED.is_match(text) { "well formed" } else { "malformed" }]
    });
    let forms = [
        ("first", 40),
        ("behind a release", 40),
        ("behind a prerelease", 20),
        ("without base", 10),
        ("no pseudo-version", 200),
        ("malformed", 50),
    ];
    census(pseudo_like(), 1000, &forms, |text| {
        let is_pseudo = WELL_FORMED.is_match(text) && PSEUDO.is_match(text);
        let suffix = text.split_once('-').map_or("", |(_, suffix)| suffix);
        let shape = match () {
            () if !WELL_FORMED.is_match(text) => "malformed",
            () if !is_pseudo => "no pseudo-version",
            // There is no version before v1.2.0 that it could follow.
            () if suffix.starts_with("0.2") && text.starts_with("v1.2.0") => "without base",
            () if suffix.starts_with("0.") => "behind a release",
            () if suffix.contains(".0.") => "behind a prerelease",
            () => "first",
        };
        vec![shape]
    });
}
