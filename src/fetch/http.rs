//! GET over https, http and file, as go's own client does it: which redirects are
//! followed, where passwords may travel, which proxies are used, what an error says.
//!
//! Source: cmd/go/internal/web/http.go, net/http.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use bytes::{Bytes, BytesMut};
use reqwest::Method;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_RANGE,
    LAST_MODIFIED, LOCATION, RANGE, RETRY_AFTER,
};
use tokio::io::AsyncReadExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use url::{Host, Url};

use crate::config::{HttpProxies, Patience};
use crate::spec::unicode;
use crate::store;

use super::auth::{Credentials, Found, Head, Sent};
use super::error::{FetchError, HttpError};
use super::goproxy::redact;
use super::list::{ListReader, VersionList};
use super::retry::{Host as Server, Hosts, Tries, retry_after};
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

/// What of an answer is held in memory whatever the others hold, in bytes. Hardly any has more.
const FREE: usize = 64 << 10;

/// What answers that have more may hold together, in bytes: so many requests are in flight that
/// of the longest there is no room for all.
const ROOM: usize = 2 * MAX_SMALL_BODY;

/// The longest list of versions, in bytes. It is read as it comes, and only what counts is kept.
/// go has no limit.
const MAX_LIST: usize = 128 << 20;

/// The largest answer of a checksum database, in bytes. A tile has 8 KiB and a record a few
/// hundred bytes; go has no limit, but takes no signed note above a million bytes.
const MAX_DATABASE_BODY: usize = 1 << 20;

/// How much of a plain-text error answer is shown, in lines and bytes.
const DETAIL_LINES: usize = 8;
const DETAIL_BYTES: usize = DETAIL_LINES * 81;

/// How long go waits for the whole answer of a server that it does not verify.
const UNVERIFIED_TIMEOUT: Duration = Duration::from_secs(5);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

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
    hosts: Hosts,
    small: Arc<Semaphore>,
    database: Arc<Semaphore>,
    zips: Arc<Semaphore>,
    /// The bytes that answers may hold together.
    room: Arc<Semaphore>,
    /// Connections to a host that may stay open while nobody uses them.
    idle: usize,
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
    retry_after: Option<Duration>,
    /// What a later request for the rest names this content by.
    validator: Option<HeaderValue>,
    body: Body,
    room: Arc<Semaphore>,
    _permit: OwnedSemaphorePermit,
}

/// Where a transfer that was cut short is to go on.
#[derive(Clone, Debug)]
pub struct Rest {
    /// The bytes that are there.
    pub from: u64,
    /// What the server said of the content that they belong to.
    pub validator: HeaderValue,
}

/// What is asked for.
#[derive(Clone, Copy)]
struct Asked<'a> {
    url: &'a Url,
    purpose: Purpose,
    security: Security,
    rest: Option<&'a Rest>,
}

enum Body {
    Network(reqwest::Response, Arc<Server>),
    File(tokio::fs::File),
}

fn transport(action: &'static str, url: &str, error: &dyn std::error::Error) -> FetchError {
    let mut reason = String::new();
    let mut unknown_host = None;
    let mut may_pass = true;
    let mut cause = error.source();
    while let Some(error) = cause {
        unknown_host = unknown_host.or_else(|| error.downcast_ref::<UnknownHost>());
        if let Some(error) = error.downcast_ref::<std::io::Error>() {
            // So TLS says that a certificate, or the other side as a whole, cannot be accepted.
            may_pass &= error.kind() != std::io::ErrorKind::InvalidData;
        }
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
    if let Some(unknown) = unknown_host {
        return FetchError::UnknownHost { url, reason, may_pass: unknown.is_temporary };
    }
    FetchError::Transport { action, url, reason, may_pass }
}

impl Answer {
    /// The next piece of the body, `None` at its end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, FetchError> {
        match &mut self.body {
            Body::Network(response, server) => {
                let url = &self.url;
                let chunk = async {
                    let chunk = response.chunk().await;
                    chunk.map_err(|error| transport("read", url, &error.without_url()))
                };
                let silent =
                    |reason| FetchError::Silence { action: "read", url: url.clone(), reason };
                let chunk = server.listen(chunk, silent).await?;
                if chunk.is_none() {
                    server.has_answered(self.status.as_u16());
                }
                Ok(chunk)
            }
            Body::File(file) => {
                let mut chunk = BytesMut::with_capacity(256 << 10);
                let read =
                    file.read_buf(&mut chunk).await.map_err(|error| FetchError::Transport {
                        action: "read",
                        url: self.url.clone(),
                        reason: error.to_string(),
                        may_pass: false,
                    })?;
                Ok((read > 0).then(|| chunk.freeze()))
            }
        }
    }

    /// What an answer with another status than 200 says, where `text` is, or begins, its body;
    /// `None` for one with that status.
    pub fn error(&self, text: &[u8]) -> Option<HttpError> {
        (self.status != reqwest::StatusCode::OK).then(|| self.failure(text))
    }

    fn failure(&self, text: &[u8]) -> HttpError {
        let mut detail = String::new();
        if self.is_plain_text {
            detail = shorten_detail(&text[..text.len().min(2 * DETAIL_BYTES)]);
        }
        if !detail.is_empty() {
            let separator = if detail.contains('\n') { "\n\t" } else { " " };
            detail = format!("\n\tserver response:{separator}{detail}");
        }
        let (url, code, retry_after) = (self.url.clone(), self.status.as_u16(), self.retry_after);
        HttpError { url, status: status_text(self.status), code, detail, retry_after }
    }

    /// Whether only the rest comes that was asked for, with status 206.
    pub fn is_rest(&self) -> bool {
        self.status == reqwest::StatusCode::PARTIAL_CONTENT
    }

    /// What the server names this content by, so that the rest of it can be asked for.
    pub fn validator(&self) -> Option<&HeaderValue> {
        self.validator.as_ref()
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

    /// The whole body, up to a limit in bytes. A long one takes room as it grows, and gives way
    /// where there is none left, to be asked for again: one that waited for room would hold up
    /// its connection, and with it those that have the room.
    async fn bytes(mut self, limit: usize) -> Result<Bytes, FetchError> {
        let mut body = BytesMut::new();
        let mut held: Option<OwnedSemaphorePermit> = None;
        while let Some(chunk) = self.chunk().await? {
            let length = body.len() + chunk.len();
            if length > limit {
                return Err(self.too_long(limit));
            }
            let has = held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
            let lacks = length.saturating_sub(FREE + has);
            let more = u32::try_from(lacks).ok().filter(|more| *more > 0);
            match more.map(|more| self.room.clone().try_acquire_many_owned(more)) {
                None => {}
                Some(Err(_)) => {
                    return Err(self.failed("too many long answers at a time".to_owned()));
                }
                Some(Ok(more)) => match &mut held {
                    Some(held) => held.merge(more),
                    None => held = Some(more),
                },
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    fn too_long(self, limit: usize) -> FetchError {
        self.failed(format!("answer is longer than {limit} bytes"))
    }

    fn failed(self, reason: String) -> FetchError {
        FetchError::Transport { action: "read", url: self.url, reason, may_pass: true }
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
#[error("{reason}")]
struct UnknownHost {
    reason: String,
    /// Whether nobody could tell, rather than that there is none.
    is_temporary: bool,
}

impl From<dns_lookup::LookupError> for UnknownHost {
    fn from(error: dns_lookup::LookupError) -> Self {
        let is_temporary = matches!(error.kind(), dns_lookup::LookupErrorKind::Again);
        Self { reason: error.to_string(), is_temporary }
    }
}

impl Resolve for HostNames {
    fn resolve(&self, name: Name) -> Resolving {
        let (known, host) = (self.0.clone(), name.as_str().to_owned());
        Box::pin(async move {
            let look_up = || {
                let host = host.clone();
                async move {
                    let ask = move || dns_lookup::lookup_host(&host).map(Iterator::collect);
                    let asked: Result<Result<Vec<IpAddr>, _>, _> = spawn_blocking(ask).await;
                    let found = asked.map_err(|error| UnknownHost {
                        reason: error.to_string(),
                        is_temporary: false,
                    })?;
                    // The port is put in by whoever connects.
                    Ok(found?.into_iter().map(|address| SocketAddr::new(address, 0)).collect())
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
        patience: Patience,
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
            hosts: Hosts::new(patience),
            small,
            database,
            zips,
            room: Arc::new(Semaphore::new(ROOM)),
            // Where requests are few it is for want of open files, of which these are some.
            idle: limit.map_or(usize::MAX, |limit| limit.div_ceil(4)),
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

    /// The servers that are asked.
    pub(super) fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    /// The tries of a request that its maker is to repeat. The URL shows no password.
    pub fn tries(&self, url: String) -> Tries<'_> {
        Tries::new(self, url)
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
                .pool_max_idle_per_host(self.idle)
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

    /// Asks for a URL once and answers when status 200 has arrived.
    ///
    /// # Errors
    /// Any other status, no answer, or a redirect that must not be followed.
    pub async fn get(&self, url: &Url, purpose: Purpose) -> Result<Answer, FetchError> {
        self.get_rest(url, purpose, None).await
    }

    /// Asks for a URL once, or for the rest of what it holds, and answers when status 200 has
    /// arrived; or 206 where it is the rest.
    ///
    /// # Errors
    /// As [`Http::get`]; or the rest that comes is another than the one that was asked for.
    pub async fn get_rest(
        &self,
        url: &Url,
        purpose: Purpose,
        rest: Option<&Rest>,
    ) -> Result<Answer, FetchError> {
        let security = Security::Verified;
        let mut answer = self.answer(Asked { url, purpose, security, rest }).await?;
        let text = match answer.status {
            reqwest::StatusCode::OK => return Ok(answer),
            reqwest::StatusCode::PARTIAL_CONTENT if rest.is_some() => return Ok(answer),
            _ => answer.beginning().await,
        };
        Err(answer.failure(&text).into())
    }

    /// Asks for a URL once and answers whatever the status is.
    ///
    /// # Errors
    /// No answer, or a redirect that must not be followed.
    pub async fn ask(
        &self,
        url: &Url,
        purpose: Purpose,
        security: Security,
    ) -> Result<Answer, FetchError> {
        self.answer(Asked { url, purpose, security, rest: None }).await
    }

    async fn answer(&self, asked: Asked<'_>) -> Result<Answer, FetchError> {
        let Asked { url, purpose, .. } = asked;
        let limit = match purpose {
            Purpose::Small => &self.small,
            Purpose::Database => &self.database,
            Purpose::Zip => &self.zips,
        };
        let permit = limit.clone().acquire_owned().await.map_err(|_| FetchError::Interrupted)?;
        let shown = redact(url);
        let start = Instant::now();
        if url.scheme() == "file" {
            return open_file(url, shown, self.room.clone(), permit);
        }
        if url.scheme() == "http" && (!url.username().is_empty() || url.password().is_some()) {
            return Err(FetchError::InsecureCredentials(shown));
        }
        self.progress.request(&shown);
        let result = self.ask_as_user(asked).await;
        let outcome = match &result {
            Ok(response) => status_text(response.status()),
            Err(error) => error.to_string(),
        };
        self.progress.answer(&shown, &outcome, start.elapsed());
        let response = result?;
        let server = self.hosts.of(url);
        if response.status() != reqwest::StatusCode::OK {
            server.has_answered(response.status().as_u16());
        }
        Ok(Answer {
            url: shown,
            length: response.content_length(),
            status: response.status(),
            is_plain_text: is_plain_text(response.headers()),
            retry_after: text_of(response.headers(), RETRY_AFTER)
                .and_then(|header| retry_after(header, SystemTime::now())),
            validator: validator(response.headers()),
            body: Body::Network(response, server),
            room: self.room.clone(),
            _permit: permit,
        })
    }

    /// The whole of a small answer; asked for again where that may help.
    ///
    /// # Errors
    /// Any other status than 200, no whole answer, or a redirect that must not be followed.
    pub async fn get_small(&self, url: &Url) -> Result<Bytes, FetchError> {
        self.read(url, Purpose::Small, MAX_SMALL_BODY, Ok).await
    }

    /// What a small answer says; asked for again where that may help, as where it makes no
    /// sense.
    ///
    /// # Errors
    /// As [`Http::get_small`], and those of the reader.
    pub async fn read_small<T>(
        &self,
        url: &Url,
        reader: impl Fn(Bytes) -> Result<T, FetchError>,
    ) -> Result<T, FetchError> {
        self.read(url, Purpose::Small, MAX_SMALL_BODY, reader).await
    }

    /// The list of a module's versions, read as it comes; as [`Http::get_small`].
    pub async fn read_list(
        &self,
        url: &Url,
        reader: impl Fn() -> ListReader,
    ) -> Result<VersionList, FetchError> {
        let mut tries = self.tries(redact(url));
        loop {
            let answer = async {
                let mut answer = self.get(url, Purpose::Small).await?;
                let (mut list, mut length) = (reader(), 0);
                while let Some(piece) = answer.chunk().await? {
                    length += piece.len();
                    if length > MAX_LIST {
                        return Err(answer.too_long(MAX_LIST));
                    }
                    list.read(&piece);
                }
                Ok(list.finish())
            };
            match answer.await {
                Ok(list) => return Ok(list),
                Err(error) => tries.again(error).await?,
            }
        }
    }

    /// The whole answer of a checksum database; as [`Http::get_small`].
    pub async fn get_from_database(&self, url: &Url) -> Result<Bytes, FetchError> {
        self.read(url, Purpose::Database, MAX_DATABASE_BODY, Ok).await
    }

    async fn read<T>(
        &self,
        url: &Url,
        purpose: Purpose,
        limit: usize,
        reader: impl Fn(Bytes) -> Result<T, FetchError>,
    ) -> Result<T, FetchError> {
        let mut tries = self.tries(redact(url));
        loop {
            let answer = async { self.get(url, purpose).await?.bytes(limit).await };
            match answer.await.and_then(&reader) {
                Ok(read) => return Ok(read),
                Err(error) => tries.again(error).await?,
            }
        }
    }

    /// Asks with what is known of the user, and again where an answer that refuses leads to
    /// more being known.
    async fn ask_as_user(&self, asked: Asked<'_>) -> Result<reqwest::Response, FetchError> {
        let Asked { url, security, .. } = asked;
        let mut sent = self.credentials.for_request(self, url, security).await?;
        let (mut is_second, mut is_last) = (false, false);
        loop {
            let response = self.follow(&Method::GET, asked, &sent).await?;
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
        let asked = Asked { url, purpose, security, rest: None };
        for _ in 0..CREDENTIAL_TRIES {
            if let Ok(response) = self.follow(&Method::HEAD, asked, sent).await {
                return Some(response.status().as_u16());
            }
        }
        None
    }

    async fn follow(
        &self,
        method: &Method,
        asked: Asked<'_>,
        sent: &Sent,
    ) -> Result<reqwest::Response, FetchError> {
        let Asked { url, purpose, security, rest } = asked;
        let (mut current, mut sent) = (url.clone(), sent.clone());
        for _ in 0..=REDIRECTS {
            let client = self.client(&current, security)?;
            let mut request =
                client.request(method.clone(), current.clone()).headers(sent.headers().clone());
            if purpose == Purpose::Zip {
                request = request.header(ACCEPT_ENCODING, "identity");
            }
            if let Some(rest) = rest {
                request = request
                    .header(RANGE, format!("bytes={}-", rest.from))
                    .header(IF_RANGE, rest.validator.clone());
            }
            let shown = redact(&current);
            let silent = |reason| FetchError::Silence { action: "Get", url: shown.clone(), reason };
            let answered = async {
                request.send().await.map_err(|error| match error.is_connect() {
                    true if error.is_timeout() => silent("connecting took too long".to_owned()),
                    _ => transport("Get", &shown, &error.without_url()),
                })
            };
            let response = self.hosts.of(&current).listen(answered, silent).await?;
            if let Some(rest) = rest {
                check_rest(&response, rest, &shown)?;
            }
            let location = redirect_target(response.headers(), response.status());
            let Some(location) = location else { return Ok(response) };
            current = redirected(&current, location, security)?;
            sent.redirect(url, &current);
        }
        Err(FetchError::Transport {
            action: "Get",
            url: redact(&current),
            reason: "stopped after 10 redirects".to_owned(),
            may_pass: false,
        })
    }
}

/// Checks that where a part comes, it is the rest that was asked for. Source: RFC 9110, section 14.4.
fn check_rest(response: &reqwest::Response, rest: &Rest, url: &str) -> Result<(), FetchError> {
    let range = text_of(response.headers(), CONTENT_RANGE).unwrap_or_default();
    let begins = range.starts_with(&format!("bytes {}-", rest.from));
    if response.status() != reqwest::StatusCode::PARTIAL_CONTENT || begins {
        return Ok(());
    }
    Err(FetchError::Transport {
        action: "Get",
        url: url.to_owned(),
        reason: format!("asked for the bytes from {} on, got {range:?}", rest.from),
        may_pass: false,
    })
}

/// By what the server knows this content from another with the same URL: If-Range takes no weak
/// entity tags. Source: RFC 9110, section 13.1.5.
fn validator(headers: &HeaderMap) -> Option<HeaderValue> {
    let is_strong = |tag: &&HeaderValue| !tag.as_bytes().starts_with(b"W/");
    headers.get(ETAG).filter(is_strong).or_else(|| headers.get(LAST_MODIFIED)).cloned()
}

fn text_of(headers: &HeaderMap, name: reqwest::header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
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
        may_pass: false,
    })?;
    let leaves_tls = from.scheme() == "https" && next.scheme() != "https";
    if leaves_tls && (security == Security::Verified || next.scheme() != "http") {
        return Err(FetchError::InsecureRedirect { from: redact(from), to: redact(&next) });
    }
    Ok(next)
}

fn open_file(
    url: &Url,
    shown: String,
    room: Arc<Semaphore>,
    permit: OwnedSemaphorePermit,
) -> Result<Answer, FetchError> {
    let failed = |reason: String| FetchError::Transport {
        action: "Get",
        url: shown.clone(),
        reason,
        may_pass: false,
    };
    let path = url.to_file_path().map_err(|()| failed("file URL has no local path".to_owned()))?;
    match store::open_file(&path) {
        Ok((file, length)) => {
            let body = Body::File(tokio::fs::File::from_std(file));
            let status = reqwest::StatusCode::OK;
            Ok(Answer {
                url: shown,
                length: Some(length),
                status,
                is_plain_text: false,
                retry_after: None,
                validator: None,
                body,
                room,
                _permit: permit,
            })
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
            let (status, detail) = (reason.to_owned(), String::new());
            Err(HttpError { url: shown, status, code, detail, retry_after: None }.into())
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
