//! Go versions: what `go` lines say and releases are called (`1.21`, `1.22rc1`, `1.26.8`).
//!
//! Source: ref/mod#go-mod-file-go, doc/toolchain#version, internal/gover in the
//! Go distribution.

use std::cmp::Ordering;

use super::decimal;

/// The first Go version whose main modules list every module they need to build,
/// and whose module graphs are pruned. Source: ref/mod#graph-pruning.
pub const EXPLICIT_INDIRECT: &str = "1.17";

/// The first Go version that keeps indirect requirements in a block of their own.
pub const SEPARATE_INDIRECT: &str = "1.17";

/// The first Go version whose go line is a minimum that a dependency can raise.
pub const STRICT: &str = "1.21";

/// What a go.mod without a go line is taken for. Source: gover.DefaultGoModVersion.
pub const DEFAULT_GO_MOD: &str = "1.16";

/// The version of a go.work without a go line. Source: cmd/go/internal/gover/version.go.
pub const DEFAULT_GO_WORK: &str = "1.18";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Parts<'a> {
    major: &'a str,
    minor: &'a str,
    patch: &'a str,
    kind: &'a str,
    pre: &'a str,
}

fn parse(version: &str) -> Option<Parts<'_>> {
    let (major, rest) = decimal::take(version)?;
    let mut parts = Parts { major, minor: "", patch: "", kind: "", pre: "" };
    if rest.is_empty() {
        // "1" stands for "1.0.0".
        (parts.minor, parts.patch) = ("0", "0");
        return Some(parts);
    }
    let (minor, rest) = decimal::take(rest.strip_prefix('.')?)?;
    parts.minor = minor;
    if rest.is_empty() {
        // Until 1.20 a release was called 1.N; since 1.21 that is the language only.
        if decimal::compare(minor, "21") == Ordering::Less {
            parts.patch = "0";
        }
        return Some(parts);
    }
    if let Some(rest) = rest.strip_prefix('.') {
        let (patch, rest) = decimal::take(rest)?;
        if !rest.is_empty() {
            return None;
        }
        parts.patch = patch;
        return Some(parts);
    }
    let digits = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
    let (kind, pre) = rest.split_at(digits);
    if kind.is_empty() || !kind.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    parts.kind = kind;
    if !pre.is_empty() {
        let (pre, rest) = decimal::take(pre)?;
        if !rest.is_empty() {
            return None;
        }
        parts.pre = pre;
    }
    Some(parts)
}

/// The module whose versions are Go releases for one platform each.
/// Source: ref/toolchain#download.
pub const TOOLCHAIN_MODULE: &str = "golang.org/toolchain";

/// The Go version of a version of [`TOOLCHAIN_MODULE`]: `1.21.0` of
/// `v0.0.1-go1.21.0.linux-amd64`. Source: dlToGo in cmd/go/internal/modfetch/toolchain.go.
pub fn of_download(version: &str) -> Option<&str> {
    let (_, name) = version.split_once('-')?;
    let (name, platform) = name.rsplit_once('.')?;
    platform.contains('-').then(|| name.strip_prefix("go").unwrap_or(name))
}

/// The version of [`TOOLCHAIN_MODULE`] that has a Go release, for the one platform that
/// there has always been.
pub fn to_download(version: &str) -> String {
    format!("v0.0.1-go{version}.linux-amd64")
}

/// Whether the version is a prerelease: `1.21rc1`.
pub fn is_prerelease(version: &str) -> bool {
    parse(version).is_some_and(|v| !v.kind.is_empty())
}

/// Whether the string is a Go version: `1.21`, `1.21rc1`, `1.21.3`, without `go` before it.
pub fn is_valid(version: &str) -> bool {
    parse(version).is_some()
}

/// Whether the version names a language version (`1.21`) and not a release (`1.21.0`).
pub fn is_language(version: &str) -> bool {
    parse(version).is_some_and(|v| v.patch.is_empty() && v.kind.is_empty() && v.pre.is_empty())
}

/// `1.21` of `1.21.3`; empty where the version is malformed.
pub fn language(version: &str) -> String {
    match parse(version) {
        None => String::new(),
        Some(v) if v.minor.is_empty() || (v.major == "1" && v.minor == "0") => v.major.to_owned(),
        Some(v) => format!("{}.{}", v.major, v.minor),
    }
}

/// The language version before that of `1.21.3`: `1.20`. Source: Prev in
/// cmd/go/internal/gover/gover.go.
pub fn previous(version: &str) -> String {
    match parse(version) {
        None => String::new(),
        Some(v) if decimal::compare(v.minor, "1") != Ordering::Greater => v.major.to_owned(),
        Some(v) => {
            let before = decimal::subtract_one(v.minor).unwrap_or_default();
            format!("{}.{before}", v.major)
        }
    }
}

/// Orders Go versions: `1.21` < `1.21rc1` < `1.21.0`. Malformed ones are equal to
/// each other and below every other.
pub fn compare(a: &str, b: &str) -> Ordering {
    let empty = Parts { major: "", minor: "", patch: "", kind: "", pre: "" };
    let (a, b) = (parse(a).unwrap_or(empty), parse(b).unwrap_or(empty));
    decimal::compare(a.major, b.major)
        .then_with(|| decimal::compare(a.minor, b.minor))
        .then_with(|| decimal::compare(a.patch, b.patch))
        .then_with(|| a.kind.cmp(b.kind))
        .then_with(|| decimal::compare(a.pre, b.pre))
}

/// The later of two Go versions; the first where they are equal.
pub fn max<'a>(a: &'a str, b: &'a str) -> &'a str {
    if compare(a, b) == Ordering::Less { b } else { a }
}

/// The Go version in a toolchain name: `1.21.3` of `go1.21.3-suffix`; empty where
/// the name holds none. Source: cmd/go/internal/gover/toolchain.go.
pub fn from_toolchain(name: &str) -> &str {
    // A path separator would make the name a file to look for, not a release.
    let Some(version) = name.strip_prefix("go").filter(|_| !name.contains(['/', '\\'])) else {
        return "";
    };
    let version = &version[..version.find([' ', '\t', '-']).unwrap_or(version.len())];
    if is_valid(version) { version } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order() {
        let ascending = [
            "",
            "1.5",
            "1.20rc1",
            "1.20",
            "1.20.1",
            "1.21",
            "1.21beta1",
            "1.21rc1",
            "1.21rc2",
            "1.21.0",
            "1.21.10",
            "1.22",
            "2",
        ];
        for (i, a) in ascending.iter().enumerate() {
            for (j, b) in ascending.iter().enumerate() {
                assert_eq!(compare(a, b), i.cmp(&j), "{a} against {b}");
            }
        }
        assert_eq!(compare("1.20", "1.20.0"), Ordering::Equal);
    }

    #[test]
    fn the_language_version_before() {
        let cases = [
            ("1.21.3", "1.20"),
            ("1.21rc1", "1.20"),
            ("1.17", "1.16"),
            ("1.100", "1.99"),
            ("1.2", "1.1"),
            ("1.1", "1"),
            ("1", "1"),
            ("v1.21", ""),
            ("", ""),
        ];
        for (version, before) in cases {
            assert_eq!(previous(version), before, "{version}");
        }
    }

    #[test]
    fn forms() {
        for good in ["1", "1.2", "1.21", "1.21rc1", "1.21.0", "1.999testmod"] {
            assert!(is_valid(good), "{good}");
        }
        for bad in ["", "go1.21", "01.2", "1.21.3rc1", "1.2.3.4", "1.", "1.21-x", "v1.2"] {
            assert!(!is_valid(bad), "{bad}");
        }
        assert!(is_language("1.21"));
        assert!(!is_language("1.20"));
        assert_eq!(language("1.21.3"), "1.21");
        assert_eq!(from_toolchain("go1.21.3-custom"), "1.21.3");
        assert_eq!(from_toolchain("default"), "");
        assert!(is_prerelease("1.21rc1") && !is_prerelease("1.21") && !is_prerelease("1.21.0"));
        assert_eq!(of_download("v0.0.1-go1.21.0.linux-amd64"), Some("1.21.0"));
        assert_eq!(of_download(&to_download("1.22rc1")), Some("1.22rc1"));
        for other in ["v0.0.1", "v0.0.1-go1", "v0.0.1-go1.21.0", "v0.0.1-x.y"] {
            assert_eq!(of_download(other), None, "{other}");
        }
    }
}
