//! The GOSUMDB setting: which checksum database is asked, with which key, and where.
//!
//! Source: ref/mod#environment-variables (GOSUMDB), `dbDial` in cmd/go/internal/modfetch/sumdb.go.

use url::Url;

use super::note::{InvalidVerifier, Verifier};

/// The database whose key need not be written out in GOSUMDB.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KnownDatabase {
    /// Its name.
    pub name: String,
    /// Its verifier key `NAME+HASH+BASE64`.
    pub verifier_key: String,
    /// The host under which it can also be reached, and which alone as the whole setting
    /// means: the known database, at `https://ALIAS`.
    pub alias: String,
}

/// A checksum database as GOSUMDB names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SumdbSetting {
    /// The database's key, which also has its name.
    pub verifier: Verifier,
    /// The URL given after the key: it bypasses proxies and the database's own address.
    pub url: Option<Url>,
    /// The database's own address, `https://NAME`.
    pub direct: Url,
}

/// Why GOSUMDB names no checksum database.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InvalidSumdbSetting {
    /// It says `off`, yet a look-up is demanded.
    #[error("checksum database disabled by GOSUMDB=off")]
    Off,
    /// It is blank.
    #[error("missing GOSUMDB")]
    Missing,
    /// More than a key and a URL.
    #[error("invalid GOSUMDB: too many fields")]
    TooManyFields,
    /// The first field is neither a known name nor a key.
    #[error("invalid GOSUMDB: {0}")]
    Key(InvalidVerifier),
    /// The key's name is no host and path.
    #[error("invalid sumdb name (must be host[/path]): {name}")]
    Name {
        /// The name in the key.
        name: String,
    },
    /// The second field is no absolute URL.
    #[error("invalid GOSUMDB URL: {reason}: {:?}", without_password(url))]
    Url {
        /// The field as written.
        url: String,
        /// What is wrong with it.
        reason: url::ParseError,
    },
}

/// A text that should have been a URL as it may be shown: without what stands before an
/// `@`, which may be a password.
pub fn without_password(text: &str) -> String {
    let Some(at) = text.rfind('@') else { return text.to_owned() };
    let start = text[..at].find("//").map_or(0, |slashes| slashes + 2);
    format!("{}xxxxx{}", &text[..start], &text[at..])
}

impl SumdbSetting {
    /// Reads `NAME`, `NAME+HASH+BASE64`, or either followed by a URL.
    pub fn parse(text: &str, known: &KnownDatabase) -> Result<Self, InvalidSumdbSetting> {
        if text == "off" {
            return Err(InvalidSumdbSetting::Off);
        }
        let aliased;
        let text = if text == known.alias {
            aliased = format!("{} https://{}", known.name, known.alias);
            &aliased
        } else {
            text
        };
        let mut fields = text.split_whitespace();
        let key = fields.next().ok_or(InvalidSumdbSetting::Missing)?;
        let url = fields.next();
        if fields.next().is_some() {
            return Err(InvalidSumdbSetting::TooManyFields);
        }
        let key = if key == known.name { &known.verifier_key } else { key };
        let verifier = Verifier::parse(key).map_err(InvalidSumdbSetting::Key)?;
        let direct = direct_url(verifier.name())
            .ok_or_else(|| InvalidSumdbSetting::Name { name: verifier.name().to_owned() })?;
        let url = url.map(|url| {
            Url::parse(url)
                .map_err(|reason| InvalidSumdbSetting::Url { url: url.to_owned(), reason })
        });
        Ok(Self { verifier, url: url.transpose()?, direct })
    }
}

/// `https://NAME`, where the name is a host, perhaps with a port and a path that needs no
/// escaping. As the name is also a folder of the cache, `.` and `..` are no elements of it.
fn direct_url(name: &str) -> Option<Url> {
    let (host, path) = name.split_once('/').map_or((name, None), |(host, path)| (host, Some(path)));
    // Where the URL standard would see something else than a host, or leave something out.
    let is_host = !host.contains(['@', '\\', '?', '#', '%'])
        && !host.contains(|c: char| c.is_ascii_control())
        && !matches!(host, "" | "." | "..");
    let is_element = |element: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.~$&+,:;=@".contains(c);
        element != "." && element != ".." && element.chars().all(plain)
    };
    let is_path = path.is_none_or(|path| {
        !path.is_empty() && !path.ends_with('/') && path.split('/').all(is_element)
    });
    if !is_host || !is_path {
        return None;
    }
    Url::parse(&format!("https://{name}")).ok()
}

#[cfg(test)]
mod tests {
    use super::super::note::Signer;
    use super::*;

    fn key(name: &str) -> String {
        Signer::from_seed(name, &[7; 32]).unwrap().verifier_key()
    }

    fn parse(text: &str) -> Result<(String, Option<String>, String), String> {
        let known = KnownDatabase {
            name: "sum.example.com".to_owned(),
            verifier_key: key("sum.example.com"),
            alias: "sum.mirror.example.com".to_owned(),
        };
        SumdbSetting::parse(text, &known)
            .map(|setting| {
                let name = setting.verifier.name().to_owned();
                (name, setting.url.map(String::from), setting.direct.into())
            })
            .map_err(|error| error.to_string())
    }

    #[test]
    fn forms() {
        let known = |url: Option<&str>| {
            let direct = "https://sum.example.com/".to_owned();
            Ok(("sum.example.com".to_owned(), url.map(str::to_owned), direct))
        };
        assert_eq!(parse("sum.example.com"), known(None));
        assert_eq!(parse(" sum.example.com\u{a0}"), known(None));
        assert_eq!(parse("sum.mirror.example.com"), known(Some("https://sum.mirror.example.com/")));
        let with_url = "sum.example.com http://127.0.0.1:8080/db";
        assert_eq!(parse(with_url), known(Some("http://127.0.0.1:8080/db")));
        let own = key("db.example.com/a/b");
        let direct = "https://db.example.com/a/b".to_owned();
        assert_eq!(parse(&own), Ok(("db.example.com/a/b".into(), None, direct.clone())));
        let file = Some("file:///srv/db".to_owned());
        let got = parse(&format!("{own}\tfile:///srv/db"));
        assert_eq!(got, Ok(("db.example.com/a/b".into(), file, direct)));
    }

    #[test]
    fn refusals() {
        let other = key("other.example.com");
        let torn = other.replace("other", "another");
        for (text, want) in [
            ("off", "checksum database disabled by GOSUMDB=off"),
            ("", "missing GOSUMDB"),
            (" \t", "missing GOSUMDB"),
            ("sum.example.com https://a.example.com x", "invalid GOSUMDB: too many fields"),
            // Only the bare alias is one.
            (
                "sum.mirror.example.com https://a.example.com",
                "invalid GOSUMDB: malformed verifier id",
            ),
            (" off", "invalid GOSUMDB: malformed verifier id"),
            ("other.example.com", "invalid GOSUMDB: malformed verifier id"),
            (&torn, "invalid GOSUMDB: invalid verifier hash"),
            (
                "sum.example.com a.example.com",
                "invalid GOSUMDB URL: relative URL without a base: \"a.example.com\"",
            ),
        ] {
            assert_eq!(parse(text), Err(want.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        for (text, want) in [
            ("https://user:secret@a.example.com/x", "https://xxxxx@a.example.com/x"),
            ("/user:secret@a.example.com//x", "xxxxx@a.example.com//x"),
            ("//user:se//cret@a@b", "//xxxxx@b"),
            ("https://a.example.com", "https://a.example.com"),
        ] {
            assert_eq!(without_password(text), want);
            assert_eq!(without_password(want), want);
        }
    }

    #[test]
    fn names() {
        for name in ["localhost", "a.example.com:8080", "[::1]:80", "a.example.com/b/c-d_e.f~@,"] {
            assert!(parse(&key(name)).is_ok(), "{name}");
        }
        for name in [
            "/a", "a/", "a/b/", "a/../b", "a/./b", "..", "u@a", "@a", "a?q", "a/b?q", "a#f",
            "a/b#f", "a:b", "a\\b", "a/b\\c", "a/b%20c", "a/\u{e9}", "a<b", "a\0", "a\u{1f}",
            "a\u{7f}",
        ] {
            let want = format!("invalid sumdb name (must be host[/path]): {name}");
            assert_eq!(parse(&key(name)), Err(want), "{name}");
        }
    }
}
