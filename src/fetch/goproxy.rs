//! The GOPROXY list: what it says, and the walk over it.
//!
//! Source: ref/mod#goproxy-protocol, cmd/go/internal/modfetch/proxy.go.

use url::Url;

use crate::spec::path::matches_prefix_patterns;
use crate::verify::gosumdb::without_password;

use super::error::{ErrorKind, FetchError};

/// Where a module may be fetched from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A proxy, by http, https or file.
    Proxy(Url),
    /// Version control.
    Direct,
    /// Version control, for private paths only; stands before the list where GONOPROXY
    /// is set.
    NoProxy,
    /// Nothing may be fetched.
    Off,
    /// The module cache itself: what it has is all that there is. Stands for every source that a
    /// network leads to where nobody may be asked.
    Cache,
}

/// How a source is asked for a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way<'a> {
    /// By the protocol of proxies.
    Proxy(&'a Url),
    /// Through version control.
    VersionControl,
    /// By what the module cache has.
    Cache,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    source: Source,
    /// Whether the next entry is tried after any error, and not only after 404 and 410.
    falls_back_on_error: bool,
}

/// A parsed GOPROXY list with the paths that bypass it.
#[derive(Clone, Debug)]
pub struct ProxyList {
    entries: Vec<Entry>,
    private: String,
}

impl ProxyList {
    /// Parses GOPROXY; `private` is GONOPROXY.
    ///
    /// # Errors
    /// An entry is no URL, or there is none at all.
    pub fn parse(goproxy: &str, private: &str) -> Result<Self, FetchError> {
        let mut entries = Vec::new();
        if !private.is_empty() && goproxy != "direct" {
            entries.push(Entry { source: Source::NoProxy, falls_back_on_error: false });
        }
        let implicit = entries.len();
        let mut rest = goproxy;
        while !rest.is_empty() {
            let end = rest.find([',', '|']).unwrap_or(rest.len());
            let falls_back_on_error = rest[end..].starts_with('|');
            let text = rest[..end].trim();
            rest = rest.get(end + 1..).unwrap_or("");
            let source = match text {
                "" => continue,
                "off" => Source::Off,
                "direct" => Source::Direct,
                url => Source::Proxy(parse_proxy(url)?),
            };
            let is_last = !matches!(source, Source::Proxy(_));
            entries.push(Entry { source, falls_back_on_error });
            if is_last {
                break;
            }
        }
        if entries.len() == implicit {
            let reason = "GOPROXY list is not the empty string, but contains no entries";
            return Err(FetchError::ProxyList(reason.to_owned()));
        }
        Ok(Self { entries, private: private.to_owned() })
    }

    /// The list that says `off`.
    pub fn off() -> Self {
        let entries = vec![Entry { source: Source::Off, falls_back_on_error: false }];
        Self { entries, private: String::new() }
    }

    /// The list for a run that opens no connection: proxies that are folders stay, and the module
    /// cache takes the place of all others, for private paths too.
    pub fn offline(self) -> Self {
        let is_folder =
            |entry: &Entry| matches!(&entry.source, Source::Proxy(url) if url.scheme() == "file");
        let mut entries: Vec<_> = self.entries.into_iter().filter(is_folder).collect();
        entries.push(Entry { source: Source::Cache, falls_back_on_error: false });
        Self { entries, ..self }
    }

    /// Whether this is the list of a run that opens no connection.
    pub fn is_offline(&self) -> bool {
        self.entries.last().is_some_and(|entry| entry.source == Source::Cache)
    }

    /// Whether nothing can be had that the module cache has not.
    pub fn is_cache_alone(&self) -> bool {
        matches!(self.entries.as_slice(), [Entry { source: Source::Cache, .. }])
    }

    /// Whether proxies must not hear of this module path.
    pub fn is_private(&self, path: &str) -> bool {
        matches_prefix_patterns(&self.private, path)
    }

    /// How a source of the list is asked for a module path.
    ///
    /// # Errors
    /// It is not: proxies must not hear of private paths, the entry for these is for no others,
    /// or nothing may be fetched.
    pub fn way<'a>(&self, source: &'a Source, path: &str) -> Result<Way<'a>, FetchError> {
        let is_private = self.is_private(path);
        match source {
            Source::Cache => Ok(Way::Cache),
            Source::Direct => Ok(Way::VersionControl),
            Source::NoProxy if is_private => Ok(Way::VersionControl),
            _ if is_private => Err(FetchError::Private),
            Source::NoProxy => Err(FetchError::NotPrivate),
            Source::Off => Err(FetchError::Off),
            Source::Proxy(proxy) => Ok(Way::Proxy(proxy)),
        }
    }

    /// The place of a source in the list.
    pub fn place(&self, source: &Source) -> usize {
        self.entries.iter().position(|entry| entry.source == *source).unwrap_or(self.entries.len())
    }

    /// The entries in their order: the place of each, and whether the next one is tried after
    /// any error.
    pub fn sources(&self) -> impl Iterator<Item = (usize, &Source, bool)> {
        let entries = self.entries.iter().enumerate();
        entries.map(|(place, entry)| (place, &entry.source, entry.falls_back_on_error))
    }

    /// Whether GOPROXY says `off` and nothing else.
    pub fn is_off(&self) -> bool {
        let named = self.entries.iter().filter(|entry| entry.source != Source::NoProxy);
        named.map(|entry| &entry.source).eq([&Source::Off])
    }

    /// Begins a walk over the list.
    pub fn walk<E>(&self) -> Walk<'_, E> {
        Walk { rest: &self.entries, current: None, best: None }
    }
}

/// How telling an error is to the user, in ascending order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Rank {
    NotFound,
    Proxy,
    Direct,
}

/// A walk over the list: one source after the other until one succeeds, or fails in a
/// way that forbids the next. It keeps the most telling error: of version control
/// rather than of a proxy, of a proxy rather than that nobody has it; of equal ones the
/// last. A breach of security ends it at once, and is what it says.
#[derive(Debug)]
pub struct Walk<'a, E> {
    rest: &'a [Entry],
    current: Option<&'a Entry>,
    best: Option<(Rank, E)>,
}

impl<'a, E> Walk<'a, E> {
    /// The source to ask now; `None` at the end.
    pub fn source(&mut self) -> Option<&'a Source> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        self.current = Some(first);
        Some(&first.source)
    }

    /// Tells what the source answered.
    pub fn failed(&mut self, kind: ErrorKind, error: E) {
        let Some(entry) = self.current else { return };
        let is_not_found = matches!(kind, ErrorKind::NotFound | ErrorKind::Disabled);
        // Whatever the entry for private paths says ranks above the proxies' answers,
        // unless it only says that the path is not private.
        let speaks_for_itself = entry.source == Source::Direct
            || (entry.source == Source::NoProxy && kind != ErrorKind::Disabled);
        let rank = match (speaks_for_itself, is_not_found) {
            (true, _) => Rank::Direct,
            (false, false) => Rank::Proxy,
            (false, true) => Rank::NotFound,
        };
        if kind == ErrorKind::Security || self.best.as_ref().is_none_or(|(held, _)| rank >= *held) {
            self.best = Some((rank, error));
        }
        let may_go_on = is_not_found || (entry.falls_back_on_error && kind != ErrorKind::Security);
        if !may_go_on {
            self.rest = &[];
        }
    }

    /// The most telling error of those told.
    pub fn into_error(self) -> E {
        match self.best {
            Some((_, error)) => error,
            None => unreachable!("a parsed list has an entry, and its failure was told"),
        }
    }
}

fn parse_proxy(text: &str) -> Result<Url, FetchError> {
    // A word without a dot, colon or slash is kept for names like "direct"; everything
    // else that is no URL and no absolute path is a host.
    let is_host = text.contains(['.', ':', '/']) && !text.contains(":/") && !text.starts_with('/');
    if is_host { check_proxy(&format!("https://{text}")) } else { check_proxy(text) }
}

/// The URL of a proxy.
///
/// # Errors
/// It has no scheme, or one that no proxy has.
pub fn check_proxy(text: &str) -> Result<Url, FetchError> {
    let invalid = |reason: String| FetchError::ProxyList(reason);
    let url = Url::parse(text).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => {
            invalid(format!("invalid proxy URL missing scheme: {}", without_password(text)))
        }
        error => invalid(format!("invalid proxy URL {}: {error}", without_password(text))),
    })?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        "file" => {
            let plain = url.host_str().is_none_or(str::is_empty)
                && url.query().is_none()
                && url.fragment().is_none()
                && text.starts_with("file:///");
            if plain {
                Ok(url)
            } else {
                Err(invalid(format!(
                    "invalid file:// proxy URL with non-path elements: {}",
                    redact(&url)
                )))
            }
        }
        _ => Err(invalid(format!(
            "invalid proxy URL scheme (must be https, http, file): {}",
            redact(&url)
        ))),
    }
}

/// A URL as it may be shown: with `xxxxx` for a password.
pub fn redact(url: &Url) -> String {
    if url.password().is_none() {
        return url.to_string();
    }
    let mut shown = url.clone();
    let _ = shown.set_password(Some("xxxxx"));
    shown.to_string()
}

/// A URL with a path below it; the path is escaped as Go's `url.PathEscape` does,
/// slashes excepted.
pub fn join(base: &Url, path: &str) -> Url {
    let mut escaped = String::with_capacity(path.len());
    for byte in path.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-_.~$&+=:@/".contains(&byte);
        if plain {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    let mut joined = base.clone();
    joined.set_path(&format!("{}/{escaped}", base.path().trim_end_matches('/')));
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(goproxy: &str) -> ProxyList {
        ProxyList::parse(goproxy, "").expect(goproxy)
    }

    #[test]
    fn forms() {
        let parsed = list(" proxy.example.com , http://a.example.com|file:///x,direct,never");
        let shown: Vec<_> =
            parsed.entries.iter().map(|e| (e.source.clone(), e.falls_back_on_error)).collect();
        let proxy = |text| Source::Proxy(Url::parse(text).expect("URL"));
        assert_eq!(
            shown,
            [
                (proxy("https://proxy.example.com"), false),
                (proxy("http://a.example.com"), true),
                (proxy("file:///x"), false),
                (Source::Direct, false),
            ]
        );
        for (bad, says) in [
            (",|", "contains no entries"),
            ("word", "missing scheme"),
            ("/x", "missing scheme"),
            ("ftp://x.example.com", "invalid proxy URL scheme"),
            ("file://host/x", "non-path elements"),
            ("file:///x?y", "non-path elements"),
        ] {
            let error = ProxyList::parse(bad, "").expect_err(bad).to_string();
            assert!(error.contains(says), "{bad}: {error}");
        }
        assert!(ProxyList::parse(",", "x.example.com").is_err());
    }

    #[test]
    fn passwords_are_not_shown() {
        let url = Url::parse("https://user:secret@proxy.example.com/x").expect("URL");
        assert_eq!(redact(&url), "https://user:xxxxx@proxy.example.com/x");
        let error =
            ProxyList::parse("https://user:secret@proxy.example.com:99999", "").expect_err("port");
        assert!(!error.to_string().contains("secret"), "{error}");
        let error = ProxyList::parse("//user:secret@proxy.example.com", "").expect_err("no scheme");
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    #[test]
    fn joining() {
        let base = Url::parse("https://proxy.example.com/base/").expect("URL");
        assert_eq!(
            join(&base, "example.com/!m/@v/v1.0.0+incompatible.info").as_str(),
            "https://proxy.example.com/base/example.com/!m/@v/v1.0.0+incompatible.info"
                .replace('!', "%21")
        );
    }

    #[test]
    fn ways() {
        let list =
            ProxyList::parse("proxy.example.com,direct", "private.example.com").expect("list");
        let mut walk = list.walk::<()>();
        let sources: Vec<_> = std::iter::from_fn(|| walk.source()).collect();
        let ways = |list: &ProxyList, sources: &[&Source], path: &str| -> Vec<String> {
            let shown = |source: &&Source| match list.way(source, path) {
                Ok(Way::Proxy(url)) => url.to_string(),
                Ok(Way::VersionControl) => "version control".to_owned(),
                Ok(Way::Cache) => "cache".to_owned(),
                Err(error) => error.to_string(),
            };
            sources.iter().map(shown).collect()
        };
        assert_eq!(
            ways(&list, &sources, "private.example.com/m"),
            ["version control", "disabled by GOPRIVATE/GONOPROXY", "version control"]
        );
        assert_eq!(
            ways(&list, &sources, "example.com/m"),
            [
                "path does not match GOPRIVATE/GONOPROXY",
                "https://proxy.example.com/",
                "version control"
            ]
        );
        let offline = ProxyList::parse("proxy.example.com|file:///x,direct", "private.example.com")
            .expect("list")
            .offline();
        let mut walk = offline.walk::<()>();
        let sources: Vec<_> = std::iter::from_fn(|| walk.source()).collect();
        assert_eq!(ways(&offline, &sources, "example.com/m"), ["file:///x", "cache"]);
        assert_eq!(
            ways(&offline, &sources, "private.example.com/m"),
            ["disabled by GOPRIVATE/GONOPROXY", "cache"]
        );
        assert!(offline.is_offline() && !offline.is_cache_alone());
        assert!(list.offline().is_cache_alone());
        let off = "module lookup disabled by GOPROXY=off";
        assert_eq!(ways(&ProxyList::off(), &[&Source::Off], "example.com/m"), [off]);
    }

    #[test]
    fn walking() {
        use ErrorKind::{Denied, NotFound, Security, Transient};
        // Answers of the entries in turn; the walk's error and how many were asked.
        for (goproxy, answers, best, asked) in [
            ("a.b,c.d,direct", vec![NotFound, NotFound, NotFound], 2, 3),
            ("a.b,c.d", vec![NotFound, NotFound], 1, 2),
            ("a.b,c.d", vec![Denied, NotFound], 0, 1),
            ("a.b|c.d", vec![Denied, NotFound], 0, 2),
            ("a.b|c.d", vec![Denied, Transient], 1, 2),
            ("a.b|c.d", vec![Security, NotFound], 0, 1),
            ("a.b|c.d", vec![Denied, Security], 1, 2),
        ] {
            let list = list(goproxy);
            let mut walk = list.walk();
            let mut count = 0;
            while walk.source().is_some() {
                walk.failed(answers[count], count);
                count += 1;
            }
            assert_eq!((walk.into_error(), count), (best, asked), "{goproxy} {answers:?}");
        }
    }
}
