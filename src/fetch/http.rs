//! GET over https, http and file, as go's own client does it: which redirects are
//! followed, where passwords may travel, which proxies are used, what an error says.
//!
//! Source: cmd/go/internal/web/http.go, net/http.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use reqwest::Method;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, LOCATION};
use tokio::io::AsyncReadExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::{Host, Url};

use crate::config::HttpProxies;
use crate::spec::unicode;
use crate::store;

use super::auth::{Credentials, Found, Head, Sent};
use super::error::{FetchError, HttpError};
use super::goproxy::redact;
use crate::ui::progress::Progress;
use crate::verify::once::OnceMap;

/// Requests for small answers in flight; it does not depend on the cores.
const SMALL_REQUESTS: usize = 64;

/// Requests to the checksum database in flight. Tiles depend on look-ups and are many and
/// small, so each round of requests that waits for another costs a whole latency.
const DATABASE_REQUESTS: usize = 192;

/// Zips in flight.
const ZIP_REQUESTS: usize = 24;

/// Redirects that go follows; the next one fails.
const REDIRECTS: usize = 9;

/// How often it is tried to find out whether a server takes credentials.
const CREDENTIAL_TRIES: usize = 3;

/// The largest answer that is held in memory as a whole, in bytes: that of a go.mod file in a
/// zip (golang.org/x/mod/zip, MaxGoMod). go has no limit for answers.
const MAX_SMALL_BODY: usize = 16 << 20;

/// The largest answer of a checksum database, in bytes. A tile has 8 KiB and a record a few
/// hundred bytes; go has no limit, but takes no signed note above a million bytes.
const MAX_DATABASE_BODY: usize = 1 << 20;

/// How much of a plain-text error answer is shown, in lines and bytes.
const DETAIL_LINES: usize = 8;
const DETAIL_BYTES: usize = DETAIL_LINES * 81;

/// How long go waits for the whole answer of a server that it does not verify.
const UNVERIFIED_TIMEOUT: Duration = Duration::from_secs(5);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// What an answer is for, and so which limit it counts against.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// A text of a few kilobytes; compression is welcome.
    Small,
    /// A record or tile of the checksum database, which many others wait for.
    Database,
    /// A zip, which nothing may recode on its way.
    Zip,
}

/// Whether a server has to prove who it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Security {
    /// It has to, where the URL has the scheme https.
    Verified,
    /// GOINSECURE: any certificate will do, and redirects may lead to http. go gives such
    /// servers five seconds.
    Unverified,
}

/// The clients of one run. A client is made when it is first needed, so that file
/// trees, a warm cache and plain http work on a machine without CA certificates.
pub struct Http {
    plain: OnceLock<Result<reqwest::Client, String>>,
    secure: OnceLock<Result<reqwest::Client, String>>,
    unverified: OnceLock<Result<reqwest::Client, String>>,
    names: HostNames,
    small: Arc<Semaphore>,
    database: Arc<Semaphore>,
    zips: Arc<Semaphore>,
    proxies: HttpProxies,
    credentials: Credentials,
    progress: Arc<dyn Progress>,
}

/// An answer whose body is still to be read; with status 200 but for [`Http::ask`].
pub struct Answer {
    /// What was asked for, without a password.
    pub url: String,
    /// The length of the body in bytes, where the server says it.
    pub length: Option<u64>,
    status: reqwest::StatusCode,
    is_plain_text: bool,
    body: Body,
    _permit: OwnedSemaphorePermit,
}

enum Body {
    Network(reqwest::Response),
    File(tokio::fs::File),
}

fn transport(action: &'static str, url: &str, error: &dyn std::error::Error) -> FetchError {
    let mut reason = String::new();
    let mut is_unknown_host = false;
    let mut cause = error.source();
    while let Some(error) = cause {
        is_unknown_host |= error.is::<UnknownHost>();
        let text = error.to_string();
        // hyper's layers often repeat the same words.
        if !reason.ends_with(&text) {
            if !reason.is_empty() {
                reason.push_str(": ");
            }
            reason.push_str(&text);
        }
        cause = error.source();
    }
    if reason.is_empty() {
        reason = error.to_string();
    }
    let url = url.to_owned();
    if is_unknown_host {
        return FetchError::UnknownHost { url, reason };
    }
    FetchError::Transport { action, url, reason }
}

impl Answer {
    /// The next piece of the body, `None` at its end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, FetchError> {
        match &mut self.body {
            Body::Network(response) => response
                .chunk()
                .await
                .map_err(|error| transport("read", &self.url, &error.without_url())),
            Body::File(file) => {
                let mut chunk = BytesMut::with_capacity(256 << 10);
                let read =
                    file.read_buf(&mut chunk).await.map_err(|error| FetchError::Transport {
                        action: "read",
                        url: self.url.clone(),
                        reason: error.to_string(),
                    })?;
                Ok((read > 0).then(|| chunk.freeze()))
            }
        }
    }

    /// What an answer with another status than 200 says, where `text` is, or begins, its body;
    /// `None` for one with that status.
    pub fn error(&self, text: &[u8]) -> Option<HttpError> {
        if self.status == reqwest::StatusCode::OK {
            return None;
        }
        let mut detail = String::new();
        if self.is_plain_text {
            detail = shorten_detail(&text[..text.len().min(2 * DETAIL_BYTES)]);
        }
        if !detail.is_empty() {
            let separator = if detail.contains('\n') { "\n\t" } else { " " };
            detail = format!("\n\tserver response:{separator}{detail}");
        }
        let (url, code) = (self.url.clone(), self.status.as_u16());
        Some(HttpError { url, status: status_text(self.status), code, detail })
    }

    /// The first bytes of the body, as much as is shown of an error.
    async fn beginning(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        // One line more than is shown says that there is more.
        while self.is_plain_text && text.len() < 2 * DETAIL_BYTES {
            match self.chunk().await {
                Ok(Some(chunk)) => text.extend_from_slice(&chunk),
                _ => break,
            }
        }
        text
    }

    /// The whole body, up to a limit in bytes.
    async fn bytes(mut self, limit: usize) -> Result<Bytes, FetchError> {
        let mut body = BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            if body.len() + chunk.len() > limit {
                return Err(FetchError::Transport {
                    action: "read",
                    url: self.url,
                    reason: format!("answer is longer than {limit} bytes"),
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}

/// Host names that have been looked up. A run asks few hosts, by many connections at once:
/// each name is looked up once, as resolvers lose some of many questions, and wait for seconds
/// before they ask again.
#[derive(Clone, Default)]
struct HostNames(Arc<OnceMap<String, Addresses>>);

type Addresses = Result<Arc<[SocketAddr]>, UnknownHost>;

/// A host's name is not known.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
struct UnknownHost(String);

impl Resolve for HostNames {
    fn resolve(&self, name: Name) -> Resolving {
        let (known, host) = (self.0.clone(), name.as_str().to_owned());
        Box::pin(async move {
            let look_up = || {
                let host = host.clone();
                async move {
                    // The port is put in by whoever connects.
                    let found = tokio::net::lookup_host((host.as_str(), 0)).await;
                    found.map(Iterator::collect).map_err(|error| UnknownHost(error.to_string()))
                }
            };
            let found = known.get(host.clone(), look_up).await;
            if found.is_err() {
                // The next request may have more luck.
                known.take(&host);
            }
            let addresses: Addrs = Box::new(found?.to_vec().into_iter());
            Ok(addresses)
        })
    }
}

impl Http {
    /// Clients that use the given proxies; `limit` caps the requests in flight.
    pub fn new(
        proxies: HttpProxies,
        limit: Option<usize>,
        credentials: Credentials,
        progress: Arc<dyn Progress>,
    ) -> Self {
        let permits = |default: usize| limit.map_or(default, |limit| default.min(limit.max(1)));
        let small = Arc::new(Semaphore::new(permits(SMALL_REQUESTS)));
        // A limit holds for all requests together, so all purposes share one semaphore.
        let others = |default: usize| match limit {
            Some(_) => small.clone(),
            None => Arc::new(Semaphore::new(default)),
        };
        let (database, zips) = (others(DATABASE_REQUESTS), others(ZIP_REQUESTS));
        let (plain, secure, unverified) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        let names = HostNames::default();
        Self {
            plain,
            secure,
            unverified,
            names,
            small,
            database,
            zips,
            proxies,
            credentials,
            progress,
        }
    }

    /// What is known of the user.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Hears what is going on.
    pub fn progress(&self) -> &dyn Progress {
        &*self.progress
    }

    fn client(&self, url: &Url, security: Security) -> Result<&reqwest::Client, FetchError> {
        type Change = fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder;
        let build = |change: Change| {
            let proxies = self.proxies.clone();
            let builder = reqwest::Client::builder()
                .user_agent(concat!("gomod/", env!("CARGO_PKG_VERSION")))
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(CONNECT_TIMEOUT)
                .dns_resolver(Arc::new(self.names.clone()))
                .http2_adaptive_window(true)
                .no_proxy()
                .proxy(reqwest::Proxy::custom(move |url| proxy_for(&proxies, url)));
            change(builder).build().map_err(|error| match transport("", "", &error) {
                FetchError::Transport { reason, .. } => reason,
                error => error.to_string(),
            })
        };
        // A client that verifies nothing needs no certificates, nor does one without TLS.
        let client = match (url.scheme(), security) {
            ("https", Security::Verified) => self.secure.get_or_init(|| build(|builder| builder)),
            ("https", Security::Unverified) => self.unverified.get_or_init(|| {
                build(|builder| {
                    builder.tls_danger_accept_invalid_certs(true).timeout(UNVERIFIED_TIMEOUT)
                })
            }),
            _ => self.plain.get_or_init(|| build(|builder| builder.tls_certs_only([]))),
        };
        client.as_ref().map_err(|reason| FetchError::Tls(reason.clone()))
    }

    /// Asks for a URL and answers once status 200 has arrived.
    ///
    /// # Errors
    /// Any other status, no answer, or a redirect that must not be followed.
    pub async fn get(&self, url: &Url, purpose: Purpose) -> Result<Answer, FetchError> {
        let mut answer = self.ask(url, purpose, Security::Verified).await?;
        let text = match answer.status {
            reqwest::StatusCode::OK => return Ok(answer),
            _ => answer.beginning().await,
        };
        answer.error(&text).map_or(Ok(answer), |error| Err(error.into()))
    }

    /// Asks for a URL and answers whatever the status is.
    ///
    /// # Errors
    /// No answer, or a redirect that must not be followed.
    pub async fn ask(
        &self,
        url: &Url,
        purpose: Purpose,
        security: Security,
    ) -> Result<Answer, FetchError> {
        let limit = match purpose {
            Purpose::Small => &self.small,
            Purpose::Database => &self.database,
            Purpose::Zip => &self.zips,
        };
        let permit = limit.clone().acquire_owned().await.map_err(|_| FetchError::Interrupted)?;
        let shown = redact(url);
        let start = Instant::now();
        if url.scheme() == "file" {
            return open_file(url, shown, permit);
        }
        if url.scheme() == "http" && (!url.username().is_empty() || url.password().is_some()) {
            return Err(FetchError::InsecureCredentials(shown));
        }
        self.progress.request(&shown);
        let result = self.ask_as_user(url, purpose, security).await;
        let outcome = match &result {
            Ok(response) => status_text(response.status()),
            Err(error) => error.to_string(),
        };
        self.progress.answer(&shown, &outcome, start.elapsed());
        let response = result?;
        Ok(Answer {
            url: shown,
            length: response.content_length(),
            status: response.status(),
            is_plain_text: is_plain_text(response.headers()),
            body: Body::Network(response),
            _permit: permit,
        })
    }

    /// The whole of a small answer.
    pub async fn get_small(&self, url: &Url) -> Result<Bytes, FetchError> {
        self.get(url, Purpose::Small).await?.bytes(MAX_SMALL_BODY).await
    }

    /// The whole answer of a checksum database.
    pub async fn get_from_database(&self, url: &Url) -> Result<Bytes, FetchError> {
        self.get(url, Purpose::Database).await?.bytes(MAX_DATABASE_BODY).await
    }

    /// Asks with what is known of the user, and again where an answer that refuses leads to
    /// more being known.
    async fn ask_as_user(
        &self,
        url: &Url,
        purpose: Purpose,
        security: Security,
    ) -> Result<reqwest::Response, FetchError> {
        let mut sent = self.credentials.for_request(self, url, security).await?;
        let (mut is_second, mut is_last) = (false, false);
        loop {
            let response = self.follow(&Method::GET, url, purpose, security, &sent).await?;
            if !response.status().is_client_error() || is_last {
                return Ok(response);
            }
            // Once by what another request has found out meanwhile, and once by what is found
            // out for this one: GOAUTH is asked once for an answer, as by go.
            let (head, told) = (Head::of(&response), (&sent, security));
            let found = self.credentials.for_repetition(self, url, told, &head, is_second).await?;
            let Some(Found { sent: new, was_asked }) = found else { return Ok(response) };
            (sent, is_second, is_last) = (new, true, was_asked);
        }
    }

    /// The status that a server answers to credentials, asked for nothing else; `None` where it
    /// does not answer.
    pub(super) async fn try_credentials(&self, url: &Url, sent: &Sent) -> Option<u16> {
        let (purpose, security) = (Purpose::Small, Security::Verified);
        for _ in 0..CREDENTIAL_TRIES {
            if let Ok(response) = self.follow(&Method::HEAD, url, purpose, security, sent).await {
                return Some(response.status().as_u16());
            }
        }
        None
    }

    async fn follow(
        &self,
        method: &Method,
        url: &Url,
        purpose: Purpose,
        security: Security,
        sent: &Sent,
    ) -> Result<reqwest::Response, FetchError> {
        let (mut current, mut sent) = (url.clone(), sent.clone());
        for _ in 0..=REDIRECTS {
            let client = self.client(&current, security)?;
            let mut request =
                client.request(method.clone(), current.clone()).headers(sent.headers().clone());
            if purpose == Purpose::Zip {
                request = request.header(ACCEPT_ENCODING, "identity");
            }
            let response = request
                .send()
                .await
                .map_err(|error| transport("Get", &redact(&current), &error.without_url()))?;
            let location = redirect_target(response.headers(), response.status());
            let Some(location) = location else { return Ok(response) };
            current = redirected(&current, location, security)?;
            sent.redirect(url, &current);
        }
        Err(FetchError::Transport {
            action: "Get",
            url: redact(&current),
            reason: "stopped after 10 redirects".to_owned(),
        })
    }
}

fn redirect_target(headers: &HeaderMap, status: reqwest::StatusCode) -> Option<&str> {
    let redirects = matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308);
    headers.get(LOCATION).filter(|_| redirects)?.to_str().ok()
}

/// Where a redirect leads. A user and password go along to where only the path is another:
/// all else names its host, and its own credentials.
fn redirected(from: &Url, location: &str, security: Security) -> Result<Url, FetchError> {
    let next = from.join(location).map_err(|error| FetchError::Transport {
        action: "Get",
        url: redact(from),
        reason: format!("failed to parse Location header {location:?}: {error}"),
    })?;
    let leaves_tls = from.scheme() == "https" && next.scheme() != "https";
    if leaves_tls && (security == Security::Verified || next.scheme() != "http") {
        return Err(FetchError::InsecureRedirect { from: redact(from), to: redact(&next) });
    }
    Ok(next)
}

fn open_file(url: &Url, shown: String, permit: OwnedSemaphorePermit) -> Result<Answer, FetchError> {
    let failed =
        |reason: String| FetchError::Transport { action: "Get", url: shown.clone(), reason };
    let path = url.to_file_path().map_err(|()| failed("file URL has no local path".to_owned()))?;
    match store::open_file(&path) {
        Ok((file, length)) => {
            let body = Body::File(tokio::fs::File::from_std(file));
            let status = reqwest::StatusCode::OK;
            let length = Some(length);
            Ok(Answer { url: shown, length, status, is_plain_text: false, body, _permit: permit })
        }
        Err(error) => {
            let code = match error.kind() {
                std::io::ErrorKind::NotFound => 404,
                std::io::ErrorKind::PermissionDenied => 403,
                _ => return Err(failed(error.to_string())),
            };
            // go names the system's error without its number.
            let reason =
                if code == 404 { "no such file or directory" } else { "permission denied" };
            Err(HttpError { url: shown, status: reason.to_owned(), code, detail: String::new() }
                .into())
        }
    }
}

fn status_text(status: reqwest::StatusCode) -> String {
    format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default())
        .trim_end()
        .to_owned()
}

fn is_plain_text(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let mut parts = value.split(';').map(|part| part.trim().to_ascii_lowercase());
    parts.next().as_deref() == Some("text/plain")
        && parts.all(|part| {
            let charset = part.strip_prefix("charset=").map(|name| name.trim_matches('"'));
            charset.is_none_or(|name| matches!(name, "utf-8" | "us-ascii" | ""))
        })
}

/// The first lines of a server's explanation; nothing where it is not plain text that
/// may reach a terminal.
fn shorten_detail(text: &[u8]) -> String {
    let text = match std::str::from_utf8(text) {
        Ok(text) => text,
        // The limit may have cut a character.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&text[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return String::new(),
    };
    let text = text.replace("\r\n", "\n");
    let is_space = |c: char| c.is_whitespace() && !c.is_control();
    let harmless = |c: char| unicode::is_printable(c) || matches!(c, '\n' | '\t') || is_space(c);
    if !text.chars().all(harmless) {
        return String::new();
    }
    let mut detail = String::new();
    for (index, line) in text.split('\n').enumerate() {
        if line.trim().is_empty() {
            break;
        }
        if index > 0 {
            detail.push_str("\n\t");
        }
        if index >= DETAIL_LINES {
            detail.push_str("[Truncated: too many lines.]");
            break;
        }
        if detail.len() + line.len() > DETAIL_BYTES {
            detail.push_str("[Truncated: too long.]");
            break;
        }
        detail.push_str(line);
    }
    detail
}

/// The proxy for a URL, as Go's net/http picks it: never for this machine itself.
fn proxy_for(proxies: &HttpProxies, url: &Url) -> Option<Url> {
    let setting = match url.scheme() {
        "https" => &proxies.https,
        "http" if !proxies.is_cgi => &proxies.http,
        _ => return None,
    };
    if setting.is_empty() || bypasses_proxy(&proxies.exceptions, url) {
        return None;
    }
    Url::parse(setting)
        .ok()
        .filter(|proxy| proxy.has_host())
        .or_else(|| Url::parse(&format!("http://{setting}")).ok())
}

fn bypasses_proxy(exceptions: &str, url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let host =
        host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_lowercase();
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        _ => None,
    };
    if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
        return true;
    }
    let port = url.port_or_known_default();
    exceptions
        .split(',')
        .map(|entry| entry.trim().to_lowercase())
        .filter(|entry| !entry.is_empty())
        .any(|entry| {
            if entry == "*" {
                return true;
            }
            if let Some(in_network) = address.and_then(|address| network_contains(&entry, address))
            {
                return in_network;
            }
            let (name, wanted) = match entry.rsplit_once(':') {
                Some((name, digits)) if digits.parse::<u16>().is_ok() && !name.contains(':') => {
                    (name.to_owned(), digits.parse::<u16>().ok())
                }
                _ => (entry.clone(), None),
            };
            if wanted.is_some() && wanted != port {
                return false;
            }
            if let Some(address) = address {
                return name.parse::<IpAddr>().is_ok_and(|entry| entry == address);
            }
            let name = name.strip_prefix('*').unwrap_or(&name);
            match name.strip_prefix('.') {
                Some(_) => host.ends_with(name),
                None => host == name || host.ends_with(&format!(".{name}")),
            }
        })
}

/// Whether an address lies in `a.b.c.d/n`; `None` where the text is no network.
fn network_contains(network: &str, address: IpAddr) -> Option<bool> {
    let (base, bits) = network.split_once('/')?;
    let bits: u32 = bits.parse().ok()?;
    let prefix = |address: u128, width: u32| address.checked_shr(width - bits).unwrap_or(0);
    match (base.parse().ok()?, address) {
        (IpAddr::V4(base), IpAddr::V4(address)) if bits <= 32 => {
            let (base, address) = (u128::from(base.to_bits()), u128::from(address.to_bits()));
            Some(prefix(base, 32) == prefix(address, 32))
        }
        (IpAddr::V6(base), IpAddr::V6(address)) if bits <= 128 => {
            Some(prefix(base.to_bits(), 128) == prefix(address.to_bits(), 128))
        }
        _ => Some(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details() {
        assert_eq!(shorten_detail(b"not found: x\nmore\n\nhidden"), "not found: x\n\tmore");
        assert_eq!(shorten_detail(b"\x1b[31mred"), "");
        assert_eq!(shorten_detail(b"over\rwritten"), "");
        assert_eq!(shorten_detail(b"\xff"), "");
        let long = "line\n".repeat(20);
        assert!(shorten_detail(long.as_bytes()).ends_with("line\n\t[Truncated: too many lines.]"));
        assert_eq!(shorten_detail("x".repeat(1000).as_bytes()), "[Truncated: too long.]");
    }

    #[test]
    fn redirects() {
        let from = Url::parse("https://user:secret@proxy.example.com/a/b").expect("URL");
        for (location, want) in [
            ("c", "https://user:secret@proxy.example.com/a/c"),
            ("/c", "https://user:secret@proxy.example.com/c"),
            ("//other.example.com/c", "https://other.example.com/c"),
            ("https://other.example.com/c", "https://other.example.com/c"),
            ("https://proxy.example.com/c", "https://proxy.example.com/c"),
            ("https://proxy.example.com:444/c", "https://proxy.example.com:444/c"),
        ] {
            assert_eq!(
                redirected(&from, location, Security::Verified).expect(location).as_str(),
                want
            );
        }
        for location in ["http://proxy.example.com/c", "http://u:p@other.example.com/", "file:///c"]
        {
            let error = redirected(&from, location, Security::Verified).expect_err(location);
            assert!(matches!(error, FetchError::InsecureRedirect { .. }), "{error}");
            let text = error.to_string();
            assert!(!text.contains("secret") && !text.contains(":p@"), "{text}");
        }
        let error =
            redirected(&from, "https://[", Security::Verified).expect_err("no URL").to_string();
        assert!(!error.contains("secret"), "{error}");
    }

    #[test]
    fn proxies() {
        let proxies = HttpProxies {
            http: "proxy.example.com:3128".into(),
            https: "http://secure.example.com".into(),
            exceptions: "internal.example.com,.dot.example.com,10.0.0.0/8,192.168.1.1:8080,[::2]"
                .into(),
            is_cgi: false,
        };
        for (url, want) in [
            ("http://a.example.com", Some("http://proxy.example.com:3128/")),
            ("https://a.example.com", Some("http://secure.example.com/")),
            ("http://localhost:1", None),
            ("http://127.0.0.9", None),
            ("http://[::1]:5", None),
            ("https://internal.example.com", None),
            ("https://x.internal.example.com", None),
            ("https://xinternal.example.com", Some("http://secure.example.com/")),
            ("https://dot.example.com", Some("http://secure.example.com/")),
            ("https://a.dot.example.com", None),
            ("http://10.1.2.3", None),
            ("http://11.1.2.3", Some("http://proxy.example.com:3128/")),
            ("http://192.168.1.1:8080", None),
            ("http://192.168.1.1", Some("http://proxy.example.com:3128/")),
        ] {
            let url = Url::parse(url).expect("URL");
            assert_eq!(proxy_for(&proxies, &url).as_ref().map(Url::as_str), want, "{url}");
        }
        let cgi = HttpProxies { is_cgi: true, ..proxies };
        assert_eq!(proxy_for(&cgi, &Url::parse("http://a.example.com").expect("URL")), None);
    }
}
