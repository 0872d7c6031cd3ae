//! Semantic versions as Go writes them, pseudo-versions and module versions.
//!
//! Go's dialect differs from semver.org in three ways: a leading `v` is required,
//! `v1` and `v1.2` are valid short forms, and build metadata takes no part in the
//! order (`+incompatible` is the only build suffix a module version may carry).
//! Source: ref/mod#versions, golang.org/x/mod/semver, golang.org/x/mod/module.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::path::{self, ModulePath};
use super::{decimal, goversion};

/// A version string. It may be a semantic version, a Go version (of the `go` and
/// `toolchain` pseudo-modules), or empty (the main module, a folder replacement).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Version(Arc<str>);

impl Version {
    /// Wraps a string without judging it; see [`parse`] and [`canonical`].
    pub fn new(text: &str) -> Self {
        Self(Arc::from(text))
    }

    /// The version of a main module or of a folder replacement.
    pub fn none() -> Self {
        Self::new("")
    }

    /// The version as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Version {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl From<&str> for Version {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// A module path with a version: what a requirement names and a proxy serves.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ModuleVersion {
    /// The module path.
    pub path: ModulePath,
    /// The version; empty for a main module or a folder replacement.
    pub version: Version,
}

impl ModuleVersion {
    /// Pairs a path with a version, judging neither.
    pub fn new(path: &str, version: &str) -> Self {
        Self { path: ModulePath::new(path), version: Version::new(version) }
    }

    /// Compares versions by the rules of this module's path: Go versions for the
    /// pseudo-modules `go` and `toolchain`, semantic versions otherwise.
    pub fn compare_versions(path: &str, a: &str, b: &str) -> Ordering {
        match path {
            "go" => goversion::compare(a, b),
            "toolchain" => {
                goversion::compare(goversion::from_toolchain(a), goversion::from_toolchain(b))
            }
            _ => compare(a, b),
        }
    }

    /// Whether a version is well-formed by the rules of this path.
    /// Source: ModIsValid in cmd/go/internal/gover/mod.go, as the next three.
    pub fn is_valid_version(path: &str, version: &str) -> bool {
        match path {
            "go" => goversion::is_valid(version),
            "toolchain" => !goversion::from_toolchain(version).is_empty(),
            _ => is_valid(version),
        }
    }

    /// Whether a valid version names all that begin with it: `v1.2`, `1.21`.
    pub fn is_prefix(path: &str, version: &str) -> bool {
        match path {
            "go" => goversion::is_language(version),
            "toolchain" => goversion::is_language(goversion::from_toolchain(version)),
            _ => parse(version).is_some_and(|v| v.numbers < 3),
        }
    }

    /// Whether a valid version is a prerelease.
    pub fn is_prerelease(path: &str, version: &str) -> bool {
        match path {
            "go" => goversion::is_prerelease(version),
            "toolchain" => goversion::is_prerelease(goversion::from_toolchain(version)),
            _ => !prerelease(version).is_empty(),
        }
    }

    /// Major and minor version, with which all patch releases begin.
    pub fn major_minor(path: &str, version: &str) -> String {
        match path {
            "go" => goversion::language(version),
            "toolchain" => {
                format!("go{}", goversion::language(goversion::from_toolchain(version)))
            }
            _ => major_minor(version),
        }
    }

    /// The order of go.sum and of go's reports: by path, then by version, then by
    /// the `/go.mod` suffix. Source: cmd/go/internal/gover/mod.go.
    pub fn compare(&self, other: &Self) -> Ordering {
        fn split(v: &str) -> (&str, &str) {
            v.find('/').map_or((v, ""), |i| v.split_at(i))
        }
        self.path.as_str().cmp(other.path.as_str()).then_with(|| {
            let (version, file) = split(&self.version);
            let (other_version, other_file) = split(&other.version);
            if version == other_version {
                file.cmp(other_file)
            } else {
                Self::compare_versions(&self.path, version, other_version)
            }
        })
    }
}

impl fmt::Display for ModuleVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if !self.version.is_empty() {
            write!(f, "@{}", self.version)?;
        }
        Ok(())
    }
}

/// The pieces of a valid semantic version, borrowed from it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Semver<'a> {
    /// Decimal digits without leading zeros, of any length.
    pub major: &'a str,
    /// As `major`; `"0"` in a short form.
    pub minor: &'a str,
    /// As `major`; `"0"` in a short form.
    pub patch: &'a str,
    /// How many of the three numbers are written: 1 for `v1`, 2 for `v1.2`, else 3.
    pub numbers: u8,
    /// The prerelease with its leading `-`, or empty.
    pub prerelease: &'a str,
    /// The build metadata with its leading `+`, or empty.
    pub build: &'a str,
}

fn is_identifier(s: &str) -> bool {
    !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn is_number(s: &str) -> bool {
    s.bytes().all(|b| b.is_ascii_digit())
}

/// Takes a version apart, or answers `None` where Go calls it invalid.
/// Source: golang.org/x/mod/semver.
pub fn parse(version: &str) -> Option<Semver<'_>> {
    let (major, rest) = decimal::take(version.strip_prefix('v')?)?;
    let mut parsed =
        Semver { major, minor: "0", patch: "0", numbers: 1, prerelease: "", build: "" };
    if rest.is_empty() {
        return Some(parsed);
    }
    let (minor, rest) = decimal::take(rest.strip_prefix('.')?)?;
    parsed.minor = minor;
    parsed.numbers = 2;
    if rest.is_empty() {
        return Some(parsed);
    }
    let (patch, rest) = decimal::take(rest.strip_prefix('.')?)?;
    parsed.patch = patch;
    parsed.numbers = 3;
    let (prerelease, build) = rest.split_at(rest.find('+').unwrap_or(rest.len()));
    if !prerelease.is_empty() {
        let leading_zero = |id: &str| id.len() > 1 && id.starts_with('0') && is_number(id);
        let mut identifiers = prerelease.strip_prefix('-')?.split('.');
        if !identifiers.all(|id| is_identifier(id) && !leading_zero(id)) {
            return None;
        }
        parsed.prerelease = prerelease;
    }
    if !build.is_empty() {
        if !build[1..].split('.').all(is_identifier) {
            return None;
        }
        parsed.build = build;
    }
    Some(parsed)
}

/// Whether the string is a semantic version in Go's dialect, short forms included.
pub fn is_valid(version: &str) -> bool {
    parse(version).is_some()
}

fn compare_prereleases(a: &str, b: &str) -> Ordering {
    match (a.is_empty(), b.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut left, mut right) = (a[1..].split('.'), b[1..].split('.'));
    loop {
        let (x, y) = match (left.next(), right.next()) {
            (Some(x), Some(y)) => (x, y),
            (x, y) => return x.is_some().cmp(&y.is_some()),
        };
        let order = match (is_number(x), is_number(y)) {
            (true, true) => decimal::compare(x, y),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => x.cmp(y),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Semantic version precedence. Build metadata takes no part; invalid versions
/// are equal to each other and below every valid one.
pub fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = match (parse(a), parse(b)) {
        (Some(a), Some(b)) => (a, b),
        (a, b) => return a.is_some().cmp(&b.is_some()),
    };
    decimal::compare(a.major, b.major)
        .then_with(|| decimal::compare(a.minor, b.minor))
        .then_with(|| decimal::compare(a.patch, b.patch))
        .then_with(|| compare_prereleases(a.prerelease, b.prerelease))
}

/// [`compare`], with the strings themselves as tie-break: the order of version lists.
pub fn compare_for_list(a: &str, b: &str) -> Ordering {
    compare(a, b).then_with(|| a.cmp(b))
}

/// The canonical form: three numbers, and of build metadata only `+incompatible`.
/// Empty where the version is invalid. Source: `module.CanonicalVersion`.
pub fn canonical(version: &str) -> String {
    let Some(v) = parse(version) else {
        return String::new();
    };
    let build = if v.build == "+incompatible" { v.build } else { "" };
    format!("v{}.{}.{}{}{build}", v.major, v.minor, v.patch, v.prerelease)
}

/// The canonical form without any build metadata: what a tag has to be to name a version.
/// Empty where the version is invalid. Source: `semver.Canonical`.
pub fn canonical_tag(version: &str) -> String {
    parse(version)
        .map(|v| format!("v{}.{}.{}{}", v.major, v.minor, v.patch, v.prerelease))
        .unwrap_or_default()
}

/// Whether the version is already what [`canonical`] would make of it.
pub fn is_canonical(version: &str) -> bool {
    parse(version)
        .is_some_and(|v| v.numbers == 3 && (v.build.is_empty() || v.build == "+incompatible"))
}

/// `v2` of `v2.1.0`; empty where the version is invalid.
pub fn major(version: &str) -> &str {
    parse(version).map_or("", |v| &version[..1 + v.major.len()])
}

/// `v2.1` of `v2.1.0`; empty where the version is invalid.
pub fn major_minor(version: &str) -> String {
    parse(version).map_or(String::new(), |v| format!("v{}.{}", v.major, v.minor))
}

/// The prerelease with its leading `-`; empty where there is none.
pub fn prerelease(version: &str) -> &str {
    parse(version).map_or("", |v| v.prerelease)
}

/// The build metadata with its leading `+`; empty where there is none.
pub fn build(version: &str) -> &str {
    parse(version).map_or("", |v| v.build)
}

/// What is wrong with a version, in the words the go command uses.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{} {version:?} invalid: {reason}", if *.pseudo { "pseudo-version" } else { "version" })]
pub struct InvalidVersion {
    /// The version as given.
    pub version: String,
    /// Whether it has the shape of a pseudo-version.
    pub pseudo: bool,
    /// What is wrong with it.
    pub reason: String,
}

/// A pseudo-version taken apart: `base` is what stands before the timestamp.
/// Source: ref/mod#pseudo-versions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pseudo<'a> {
    /// `vX.0.0`, `vX.Y.Z-0` or `vX.Y.Z-pre.0`.
    pub base: &'a str,
    /// UTC commit time, `yyyymmddhhmmss`.
    pub timestamp: &'a str,
    /// The revision identifier, twelve hexadecimal digits for git.
    pub revision: &'a str,
    /// The build metadata with its leading `+`, or empty.
    pub build: &'a str,
}

/// Takes a pseudo-version apart, or answers `None` where the version is not one.
pub fn parse_pseudo(version: &str) -> Option<Pseudo<'_>> {
    let v = parse(version).filter(|v| v.numbers == 3 && !v.prerelease.is_empty())?;
    let without_build = &version[..version.len() - v.build.len()];
    let (rest, revision) = v.prerelease[1..].rsplit_once('-')?;
    if revision.is_empty() || !revision.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let stamp_start = rest.len().checked_sub(14)?;
    let (before, timestamp) = (rest.get(..stamp_start)?, rest.get(stamp_start..)?);
    if !is_number(timestamp) {
        return None;
    }
    let well_formed = match before {
        // vX.0.0-yyyymmddhhmmss-rev: there is no tag before it.
        "" => v.minor == "0" && v.patch == "0",
        // vX.Y.Z-0.yyyymmddhhmmss-rev: after the release vX.Y.(Z-1).
        "0." => true,
        // vX.Y.Z-pre.0.yyyymmddhhmmss-rev: after the prerelease vX.Y.Z-pre.
        _ => before.ends_with(".0."),
    };
    if !well_formed {
        return None;
    }
    let tail = 1 + revision.len();
    let stamp_end = without_build.len() - tail;
    Some(Pseudo {
        // One separator, `-` or `.`, stands between base and timestamp.
        base: &without_build[..stamp_end - 14 - 1],
        timestamp,
        revision,
        build: v.build,
    })
}

/// Whether the version has one of the three pseudo-version forms.
pub fn is_pseudo(version: &str) -> bool {
    parse_pseudo(version).is_some()
}

/// Builds the pseudo-version of a commit: `major` (`v0` where empty), the tag
/// `older` before it (or empty), its UTC time as `yyyymmddhhmmss`, its revision.
/// Source: `module.PseudoVersion`.
pub fn pseudo(major: &str, older: &str, timestamp: &str, revision: &str) -> String {
    let segment = format!("{timestamp}-{revision}");
    match parse(older) {
        None => format!("{}.0.0-{segment}", if major.is_empty() { "v0" } else { major }),
        Some(v) => {
            let (x, y, z) = (v.major, v.minor, v.patch);
            if v.prerelease.is_empty() {
                format!("v{x}.{y}.{}-0.{segment}{}", decimal::add_one(z), v.build)
            } else {
                format!("v{x}.{y}.{z}{}.0.{segment}{}", v.prerelease, v.build)
            }
        }
    }
}

/// The lowest pseudo-version of a major version, which stands for what has none.
/// Source: ZeroPseudoVersion in golang.org/x/mod/module.
pub fn zero_pseudo(major: &str) -> String {
    pseudo(major, "", "00010101000000", "000000000000")
}

/// Whether this is such a version.
pub fn is_zero_pseudo(version: &str) -> bool {
    version == zero_pseudo(major(version))
}

/// The version that a pseudo-version follows: empty where there is none.
/// Source: `module.PseudoVersionBase`.
pub fn pseudo_base(version: &str) -> Result<String, InvalidVersion> {
    let invalid =
        |reason: String| InvalidVersion { version: version.to_owned(), pseudo: true, reason };
    let pseudo = parse_pseudo(version).ok_or_else(|| invalid("syntax error".to_owned()))?;
    let prerelease = prerelease(pseudo.base);
    if prerelease.is_empty() {
        if !pseudo.build.is_empty() {
            return Err(invalid(format!(
                "lacks base version, but has build metadata {:?}",
                pseudo.build
            )));
        }
        return Ok(String::new());
    }
    if prerelease == "-0" {
        let release = pseudo.base.trim_end_matches("-0");
        let (head, patch) = release.rsplit_once('.').unwrap_or((release, ""));
        let patch = decimal::subtract_one(patch).ok_or_else(|| {
            invalid(format!("version before {release} would have negative patch number"))
        })?;
        return Ok(format!("{head}.{patch}{}", pseudo.build));
    }
    let base = pseudo.base.strip_suffix(".0").unwrap_or(pseudo.base);
    Ok(format!("{base}{}", pseudo.build))
}

/// The commit time that a pseudo-version names.
///
/// # Errors
/// The version is no pseudo-version, or its digits are no time.
/// Source: `module.PseudoVersionTime`.
pub fn pseudo_time(version: &str) -> Result<jiff::Timestamp, InvalidVersion> {
    let invalid =
        |reason: String| InvalidVersion { version: version.to_owned(), pseudo: true, reason };
    let timestamp =
        parse_pseudo(version).ok_or_else(|| invalid("syntax error".to_owned()))?.timestamp;
    let malformed = || invalid(format!("malformed time {timestamp:?}"));
    // By hand: a parser of times reads the digits of a year as far as there are any.
    let number = |digits: std::ops::Range<usize>| timestamp[digits].parse::<i16>().ok();
    let small = |digits| number(digits).and_then(|number| i8::try_from(number).ok());
    let parts = || {
        let (year, month, day) = (number(0..4)?, small(4..6)?, small(6..8)?);
        let (hour, minute, second) = (small(8..10)?, small(10..12)?, small(12..14)?);
        jiff::civil::DateTime::new(year, month, day, hour, minute, second, 0).ok()
    };
    let time = parts().ok_or_else(malformed)?.to_zoned(jiff::tz::TimeZone::UTC);
    time.map(|time| time.timestamp()).map_err(|_| malformed())
}

/// Checks a module path and version together: the path is valid, the version is a
/// semantic version, and its major number agrees with the path's suffix.
/// Source: `module.Check`.
pub fn check(module_path: &str, version: &str) -> Result<(), CheckError> {
    path::check(module_path)?;
    if !is_valid(version) {
        return Err(InvalidVersion {
            version: version.to_owned(),
            pseudo: false,
            reason: "not a semantic version".to_owned(),
        }
        .into());
    }
    path::check_major(version, path::split_major(module_path).map_or("", |(_, m)| m))?;
    Ok(())
}

/// Why a module path and version do not go together.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CheckError {
    /// The path is malformed.
    #[error(transparent)]
    Path(#[from] path::InvalidPath),
    /// The version is, or it does not fit the path.
    #[error(transparent)]
    Version(#[from] InvalidVersion),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In ascending order, equal ones on a line; from semver.org and Go's dialect.
    const ORDER: &[&[&str]] = &[
        &["bad", "v1-alpha.beta.gamma", "v1.2.3.4", "v01.0.0", "v1.0.0-01", "1.0.0"],
        &["v1.0.0-alpha", "v1.0.0-alpha+x"],
        &["v1.0.0-alpha.1"],
        &["v1.0.0-alpha.beta"],
        &["v1.0.0-beta.2"],
        &["v1.0.0-beta.11"],
        &["v1.0.0-rc.1"],
        &["v1", "v1.0", "v1.0.0", "v1.0.0+incompatible"],
        &["v1.2", "v1.2.0"],
        &["v1.10.0"],
        &["v2.0.0"],
        &["v99999999999999999999.0.0"],
    ];

    #[test]
    fn order() {
        for (i, left) in ORDER.iter().enumerate() {
            for (j, right) in ORDER.iter().enumerate() {
                for a in *left {
                    for b in *right {
                        assert_eq!(compare(a, b), i.cmp(&j), "{a} against {b}");
                    }
                }
            }
        }
    }

    #[test]
    fn canonical_forms() {
        for (given, want) in [
            ("v1", "v1.0.0"),
            ("v1.2", "v1.2.0"),
            ("v1.2.3-pre+meta", "v1.2.3-pre"),
            ("v2.0.0+incompatible", "v2.0.0+incompatible"),
            ("master", ""),
            ("v1.2-pre", ""),
        ] {
            assert_eq!(canonical(given), want);
            assert_eq!(is_canonical(given), given == want, "{given}");
        }
    }

    #[test]
    fn pseudo_versions() {
        for (older, want) in [
            ("", "v0.0.0-20060102150405-abcdef123456"),
            ("v1.2.3", "v1.2.4-0.20060102150405-abcdef123456"),
            ("v1.2.99", "v1.2.100-0.20060102150405-abcdef123456"),
            ("v1.2.3-pre", "v1.2.3-pre.0.20060102150405-abcdef123456"),
            ("v2.2.3+incompatible", "v2.2.4-0.20060102150405-abcdef123456+incompatible"),
        ] {
            let made = pseudo("", older, "20060102150405", "abcdef123456");
            assert_eq!(made, want);
            assert_eq!(pseudo_base(&made).as_deref(), Ok(older));
            let parts = parse_pseudo(&made).expect("a pseudo-version");
            assert_eq!(parts.timestamp, "20060102150405");
            assert_eq!(parts.revision, "abcdef123456");
        }
        for not_pseudo in [
            "v1.2.3",
            "v1.2.3-20060102150405-abcdef123456",
            "v1.2.3-pre.20060102150405-abcdef123456",
            "v0.0.0-2006010215040-abcdef123456",
            "v0.0.0-20060102150405",
        ] {
            assert!(!is_pseudo(not_pseudo), "{not_pseudo}");
        }
        assert!(pseudo_base("v1.0.0-0.20060102150405-abcdef123456").is_err());
    }

    #[test]
    fn tags() {
        for (tag, want) in [
            ("v1", "v1.0.0"),
            ("v1.2.3-pre+meta", "v1.2.3-pre"),
            ("v2.0.0+incompatible", "v2.0.0"),
            ("release-1", ""),
        ] {
            assert_eq!(canonical_tag(tag), want);
        }
    }

    #[test]
    fn pseudo_times() {
        let time = pseudo_time("v1.2.4-0.20060102150405-abcdef123456").expect("a time");
        assert_eq!(time.to_string(), "2006-01-02T15:04:05Z");
        for bad in ["20061302150405", "20060230150405", "20060102240405", "20060102150460"] {
            let version = format!("v0.0.0-{bad}-abcdef123456");
            let error = pseudo_time(&version).expect_err(bad).to_string();
            assert!(error.ends_with(&format!("invalid: malformed time {bad:?}")), "{error}");
        }
        assert!(pseudo_time("v1.0.0").is_err());
    }

    #[test]
    fn old_pseudo_versions_at_gopkg_in() {
        for path in ["gopkg.in/check.v1", "gopkg.in/check.v1-unstable"] {
            assert!(check(path, "v0.0.0-20161208181325-20d25e280405").is_ok(), "{path}");
        }
        assert!(check("gopkg.in/check.v2", "v0.0.0-20161208181325-20d25e280405").is_err());
    }

    #[test]
    fn path_and_version_agree() {
        assert!(check("example.com/m", "v1.2.3").is_ok());
        assert!(check("example.com/m/v2", "v2.0.0").is_ok());
        assert!(check("example.com/m", "v2.0.0+incompatible").is_ok());
        assert!(check("gopkg.in/yaml.v2", "v2.4.0").is_ok());
        assert_eq!(
            check("example.com/m", "v2.0.0").unwrap_err().to_string(),
            "version \"v2.0.0\" invalid: should be v0 or v1, not v2"
        );
        assert_eq!(
            check("example.com/m/v3", "v2.0.0").unwrap_err().to_string(),
            "version \"v2.0.0\" invalid: should be v3, not v2"
        );
    }
}
