//! The settings that a `godebug` line may name.
//!
//! Source: ref/mod#go-mod-file-godebug, internal/godebugs/table.go, CheckGodebug in
//! cmd/go/internal/modload/init.go.

use std::cmp::Ordering;

use super::goversion;

/// The release whose settings are known here. A go.mod for a newer one may name others.
const KNOWN_UNTIL: &str = "1.26";

/// The settings of that release, sorted.
const KNOWN: &[&str] = &[
    "allowmultiplevcs",
    "asynctimerchan",
    "containermaxprocs",
    "cryptocustomrand",
    "dataindependenttiming",
    "decoratemappings",
    "embedfollowsymlinks",
    "execerrdot",
    "fips140",
    "fips140ems",
    "gocachehash",
    "gocachetest",
    "gocacheverify",
    "gotestjsonbuildtext",
    "gotypesalias",
    "htmlmetacontenturlescape",
    "http2client",
    "http2debug",
    "http2server",
    "httpcookiemaxnum",
    "httplaxcontentlength",
    "httpmuxgo121",
    "httpservecontentkeepheaders",
    "installgoroot",
    "jstmpllitinterp",
    "multipartfiles",
    "multipartmaxheaders",
    "multipartmaxparts",
    "multipathtcp",
    "netdns",
    "netedns0",
    "panicnil",
    "randautoseed",
    "randseednop",
    "rsa1024min",
    "tarinsecurepath",
    "tls10server",
    "tls3des",
    "tlsmaxrsasize",
    "tlsmlkem",
    "tlsrsakex",
    "tlssecpmlkem",
    "tlssha1",
    "tlsunsafeekm",
    "updatemaxprocs",
    "urlmaxqueryparams",
    "urlstrictcolons",
    "winreadlinkvolume",
    "winsymlink",
    "x509keypairleaf",
    "x509negativeserial",
    "x509rsacrt",
    "x509sha256skid",
    "x509usefallbackroots",
    "x509usepolicies",
    "zipinsecurepath",
];

/// Settings that are gone, with the minor version of Go that took them away.
const REMOVED: &[(&str, u32)] = &[("x509sha1", 24)];

/// Checks one setting of a go.mod file with this go line.
///
/// # Errors
/// What is wrong with it, in go's words.
pub fn check(key: &str, value: &str, go: &str) -> Result<(), String> {
    for (text, noun) in [(key, "key"), (value, "value")] {
        if text.contains([' ', '\t']) {
            return Err(format!("{noun} contains space"));
        }
    }
    for (text, noun) in [(key, "key"), (value, "value")] {
        if text.contains(',') {
            return Err(format!("{noun} contains comma"));
        }
    }
    if key == "default" {
        // Any version will do, as any go line does.
        return match value.strip_prefix("go") {
            Some(version) if goversion::is_valid(version) => Ok(()),
            _ => Err("value for default= must be goVERSION".to_owned()),
        };
    }
    let is_newer = goversion::compare(&goversion::language(go), KNOWN_UNTIL) == Ordering::Greater;
    if is_newer || KNOWN.binary_search(&key).is_ok() {
        return Ok(());
    }
    if let Some((_, minor)) = REMOVED.iter().find(|(removed, _)| *removed == key) {
        return Err(format!(
            "use of removed godebug {key:?}, see https://go.dev/doc/godebug#go-1{minor}"
        ));
    }
    Err(format!("unknown godebug {key:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings() {
        assert!(KNOWN.is_sorted(), "for the binary search");
        for (key, value, go) in [
            ("panicnil", "1", "1.21"),
            ("default", "go1.21", "1.23"),
            ("default", "go1.99", "1.23"),
            ("notyetknown", "1", "1.27"),
        ] {
            assert_eq!(check(key, value, go), Ok(()), "{key}={value}");
        }
        for (key, value, says) in [
            ("a b", "1", "key contains space"),
            ("a,b", "1", "key contains comma"),
            ("panicnil", "1,2", "value contains comma"),
            ("default", "1.21", "value for default= must be goVERSION"),
            ("notyetknown", "1", "unknown godebug \"notyetknown\""),
            ("x509sha1", "1", "use of removed godebug \"x509sha1\""),
        ] {
            let error = check(key, value, "1.26.8").expect_err(key);
            assert!(error.starts_with(says), "{error}");
        }
    }
}
