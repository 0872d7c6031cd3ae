//! Who the user is: which headers requests are to have so that a server knows it.
//!
//! Credentials travel by https only. Those of GOAUTH are looked up by the longest prefix of
//! the URL; where an answer has a status of 4xx, what GOAUTH names is asked for this URL, and
//! the request repeated with what is new. go repeats every such request; here one that would
//! be the same is not. A token of gomod's own comes before all of it.
//!
//! Source: `go help goauth`, cmd/go/internal/auth/auth.go, web/http.go.

mod command;
mod git;

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use tokio::sync::OnceCell;
use url::Url;

use crate::config::{self, Config, VersionControl};
use crate::spec::netrc::{self, Login};
use crate::spec::tokens::{Token, host_of};
use crate::spec::user_auth::InvalidGrants;
use crate::store;

use super::http::{Http, Security};

/// GOAUTH means nothing: the run cannot go on.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AuthError {
    /// There is nothing between two semicolons.
    #[error("GOAUTH encountered an empty command (GOAUTH={0})")]
    Empty(String),
    /// `off` is not alone.
    #[error("GOAUTH=off cannot be combined with other authentication commands (GOAUTH={0})")]
    Off(String),
    /// `git` has no folder, or several.
    #[error("GOAUTH=git dir method requires an absolute path to the git working directory")]
    GitWithoutFolder,
    /// It is relative.
    #[error(
        "GOAUTH=git dir method requires an absolute path to the git working directory, dir is not absolute"
    )]
    GitRelative,
    /// It cannot be looked at.
    #[error("GOAUTH=git encountered an error; cannot stat {0}: stat {0}: {reason}", .folder.display())]
    GitNoFolder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// It is a file.
    #[error(
        "GOAUTH=git dir method requires an absolute path to the git working directory, dir is not a directory"
    )]
    GitFile,
}

/// Why one of the methods of GOAUTH found nothing. Where another does, nobody hears of it.
/// No credential that was found is part of it.
#[derive(Debug, thiserror::Error)]
enum MethodError {
    #[error("{0}")]
    Netrc(String),
    #[error("cannot parse GOAUTH command {command}: unterminated {quote} string")]
    Words { command: String, quote: char },
    #[error("could not run command {command}: {reason}\n{said}")]
    Command { command: String, reason: String, said: String },
    #[error("cannot parse output of GOAUTH command {command}: {error}")]
    Output { command: String, error: InvalidGrants },
    #[error("'git credential fill' failed (url={url}): {reason}\n{said}")]
    Fill { url: String, reason: String, said: String },
    #[error("'git credential fill' failed for url={0}, could not parse url")]
    NoPrefix(String),
    #[error("requested a credential for {url}, but 'git credential fill' provided one for {other}")]
    OtherPrefix { url: String, other: String },
}

/// A method of GOAUTH, with its text.
#[derive(Debug)]
enum Method {
    Netrc,
    Git(PathBuf),
    Command,
}

impl Method {
    fn parse(text: &str, is_alone: bool, setting: &str) -> Result<Option<Self>, AuthError> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words[..] {
            [] => Err(AuthError::Empty(setting.to_owned())),
            ["off", ..] if is_alone => Ok(None),
            ["off", ..] => Err(AuthError::Off(setting.to_owned())),
            ["netrc", ..] => Ok(Some(Self::Netrc)),
            ["git", folder] => {
                let folder = PathBuf::from(folder);
                if !folder.is_absolute() {
                    return Err(AuthError::GitRelative);
                }
                match store::is_folder(&folder) {
                    Ok(true) => Ok(Some(Self::Git(folder))),
                    Ok(false) => Err(AuthError::GitFile),
                    Err(reason) => Err(AuthError::GitNoFolder { folder, reason }),
                }
            }
            ["git", ..] => Err(AuthError::GitWithoutFolder),
            _ => Ok(Some(Self::Command)),
        }
    }
}

/// Where the headers of a request may go with it when it is redirected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Reach {
    /// To the host and those below it, as go's client does.
    Domain,
    /// To the host and port alone.
    Host,
}

/// What a request tells of the user; the values are not shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sent {
    headers: HeaderMap,
    reach: Reach,
}

impl Sent {
    /// Nothing.
    pub fn nothing() -> Self {
        Self { headers: HeaderMap::new(), reach: Reach::Host }
    }

    fn of(headers: HeaderMap, reach: Reach) -> Self {
        Self { headers, reach }
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Forgets what must not go along to where a request is redirected. go keeps headers that
    /// are not known to be secret; here all of them were handed over as the user's.
    pub fn redirect(&mut self, from: &Url, to: &Url) {
        let may_go = to.scheme() == "https"
            && match self.reach {
                Reach::Host => host_of(from) == host_of(to),
                Reach::Domain => is_in_domain(to, from),
            };
        if !may_go {
            self.headers.clear();
        }
    }
}

/// Whether the host of a URL is that of another, or below it; the port does not matter.
/// Source: isDomainOrSubdomain, net/http.
fn is_in_domain(url: &Url, parent: &Url) -> bool {
    let (Some(host), Some(parent)) = (url.host_str(), parent.host_str()) else { return false };
    host == parent
        || (url.domain().is_some()
            && host.strip_suffix(parent).is_some_and(|below| below.ends_with('.')))
}

fn secret(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The header of HTTP's basic authentication.
fn basic(user: &str, password: &str) -> HeaderMap {
    let encoded = STANDARD.encode(format!("{user}:{password}"));
    let value = secret(&format!("Basic {encoded}"));
    value.into_iter().map(|value| (AUTHORIZATION, value)).collect()
}

/// An answer as far as a command of GOAUTH is told of it.
pub struct Head {
    /// Such as `HTTP/1.1 401 Unauthorized`, then a header a line, then an empty line.
    text: String,
    /// Whether the server refuses this user, or whoever it does not know.
    is_refusal: bool,
}

/// What there is to tell in a second request.
#[derive(Debug)]
pub struct Found {
    /// What is sent.
    pub sent: Sent,
    /// Whether the methods of GOAUTH were asked for this request: they are once.
    pub was_asked: bool,
}

impl Head {
    /// Of an answer.
    pub fn of(response: &reqwest::Response) -> Self {
        let version = match response.version() {
            reqwest::Version::HTTP_2 => "HTTP/2.0",
            reqwest::Version::HTTP_10 => "HTTP/1.0",
            _ => "HTTP/1.1",
        };
        let status = response.status();
        let reason = status.canonical_reason().unwrap_or_default();
        let mut text = format!("{version} {} {reason}\n", status.as_u16());
        for name in response.headers().keys() {
            let values = response.headers().get_all(name).iter();
            let values: Vec<_> =
                values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
            text.push_str(&format!("{}: {}\n", spelled(name), values.join(", ")));
        }
        text.push('\n');
        Self { text, is_refusal: matches!(status.as_u16(), 401 | 403) }
    }
}

/// A name as Go spells it: `Www-Authenticate`.
fn spelled(name: &HeaderName) -> String {
    let mut is_first = true;
    let spell = |c: char| {
        let c = if is_first { c.to_ascii_uppercase() } else { c };
        is_first = c == '-';
        c
    };
    name.as_str().chars().map(spell).collect()
}

/// What is known of the user in a run.
pub struct Credentials {
    settings: config::Credentials,
    /// Those of GOAUTH with their texts, the last one first: what stands before it prevails.
    methods: OnceLock<Result<Vec<(String, Method)>, AuthError>>,
    /// What programs are to find around them.
    programs: VersionControl,
    netrc: OnceLock<Result<Vec<Login>, String>>,
    /// By host and path, without a slash at the end.
    known: Mutex<HashMap<String, HeaderMap>>,
    first_run: OnceCell<()>,
    /// Held while the methods are asked for a URL, one at a time: what is found for one request
    /// often serves those that wait.
    turn: tokio::sync::Mutex<()>,
}

impl Credentials {
    /// By the settings of a run; nothing is read or run yet.
    pub fn new(config: &Config) -> Self {
        Self::of(config.credentials.clone(), config.version_control.clone())
    }

    /// By settings alone.
    pub fn of(settings: config::Credentials, programs: VersionControl) -> Self {
        Self {
            settings,
            methods: OnceLock::new(),
            programs,
            netrc: OnceLock::new(),
            known: Mutex::default(),
            first_run: OnceCell::new(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    fn methods(&self) -> Result<&[(String, Method)], AuthError> {
        let parse = || {
            let setting = self.settings.goauth.as_str();
            let texts: Vec<&str> = setting.split(';').map(str::trim).collect();
            let mut methods = Vec::new();
            for text in texts.iter().rev() {
                let method = Method::parse(text, texts.len() == 1, setting)?;
                methods.extend(method.map(|method| ((*text).to_owned(), method)));
            }
            Ok(methods)
        };
        self.methods.get_or_init(parse).as_deref().map_err(Clone::clone)
    }

    /// The token for a URL, which is for those alone who have proved to be the host.
    fn token(&self, url: &Url, security: Security) -> Option<&Token> {
        if security == Security::Unverified {
            return None;
        }
        let is_meant = url.scheme() == "https" && !is_user_named(url);
        self.settings.tokens.get(&host_of(url)?).filter(|_| is_meant)
    }

    /// What a request for a URL tells of the user. The first time, the methods of GOAUTH are
    /// asked what they know.
    ///
    /// # Errors
    /// GOAUTH means nothing.
    pub async fn for_request(
        &self,
        http: &Http,
        url: &Url,
        security: Security,
    ) -> Result<Sent, AuthError> {
        if url.scheme() != "https" {
            return Ok(Sent::nothing());
        }
        if let Some(Token { user, secret }) = self.token(url, security) {
            return Ok(Sent::of(basic(user, secret), Reach::Host));
        }
        let methods = self.methods()?;
        self.first_run.get_or_init(|| self.run(methods, http, None)).await;
        Ok(self.look_up(url))
    }

    /// What a request tells that was answered with a status of 4xx, having told `sent`; `None`
    /// where that is nothing new. `must_ask` says not to make do with what has been found for
    /// another request.
    ///
    /// # Errors
    /// GOAUTH means nothing.
    pub async fn for_repetition(
        &self,
        http: &Http,
        url: &Url,
        (sent, security): (&Sent, Security),
        head: &Head,
        must_ask: bool,
    ) -> Result<Option<Found>, AuthError> {
        if url.scheme() != "https" || self.token(url, security).is_some() {
            return Ok(None);
        }
        let methods = self.methods()?;
        let look_up = || {
            let found = self.look_up(url);
            let is_new = |found: &Sent| found.headers != sent.headers;
            let instead = || {
                // The server does not know whoever the URL names.
                let is_refused = head.is_refusal && is_user_named(url);
                is_refused.then(|| self.look_up(&without_user(url))).filter(is_new)
            };
            Some(found).filter(is_new).or_else(instead)
        };
        // A netrc file says the same each time; why there is none is told with a URL.
        let are_all_netrc = methods.iter().all(|(_, method)| matches!(method, Method::Netrc));
        if !are_all_netrc || self.netrc.get().is_some_and(Result::is_err) {
            let _turn = self.turn.lock().await;
            // Perhaps whoever had the turn before has found it.
            if let Some(sent) = look_up().filter(|_| !must_ask) {
                return Ok(Some(Found { sent, was_asked: false }));
            }
            self.run(methods, http, Some((url, head))).await;
        }
        Ok(look_up().map(|sent| Found { sent, was_asked: true }))
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, HeaderMap>> {
        // A panic elsewhere leaves the map whole: each change is one insertion.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known for the longest prefix of a URL. Source: loadCredential.
    fn look_up(&self, url: &Url) -> Sent {
        let known = self.known();
        let mut prefix = trimmed(url.as_str());
        let headers = loop {
            match (known.get(prefix), prefix.rfind('/')) {
                (Some(headers), _) => break headers.clone(),
                (None, Some(slash)) => prefix = &prefix[..slash],
                (None, None) => break HeaderMap::new(),
            }
        };
        Sent::of(headers, Reach::Domain)
    }

    /// Keeps headers for a prefix; none take away those that were there.
    fn keep(&self, prefix: &str, headers: HeaderMap) {
        let prefix = trimmed(prefix).to_owned();
        if headers.is_empty() {
            self.known().remove(&prefix);
        } else {
            self.known().insert(prefix, headers);
        }
    }

    /// Asks every method, for a URL where a request for it failed. Source: runGoAuth.
    async fn run(&self, methods: &[(String, Method)], http: &Http, failed: Option<(&Url, &Head)>) {
        let mut errors = Vec::new();
        for (text, method) in methods {
            let found = match (method, failed) {
                (Method::Netrc, _) => self.read_netrc(),
                // It has nothing to tell without a URL.
                (Method::Git(_), None) => Ok(Vec::new()),
                (Method::Git(folder), Some((url, _))) => self.ask_git(folder, url, http).await,
                (Method::Command, _) => {
                    let bare = failed.map(|(url, head)| (without_user(url), head));
                    let failed = bare.as_ref().map(|(url, head)| (url.as_str(), &*head.text));
                    command::run(text, failed, &self.programs).await
                }
            };
            match found {
                Ok(found) => {
                    for (prefix, headers) in found {
                        self.keep(&prefix, headers);
                    }
                }
                Err(error) => errors.push(format!("GOAUTH={text}: {error}")),
            }
        }
        if let Some((url, _)) = failed
            && !errors.is_empty()
            && self.look_up(url).headers.is_empty()
        {
            let lines: Vec<_> =
                errors.iter().map(|error| format!("  {}", error.trim_end())).collect();
            let url = super::goproxy::redact(url);
            let text = format!("GOAUTH encountered errors for {url}:\n{}", lines.join("\n"));
            http.progress().command(&text);
        }
    }

    /// The logins of the netrc file, the last one first: of two for a machine the first counts.
    fn read_netrc(&self) -> Result<Vec<(String, HeaderMap)>, MethodError> {
        let read = || {
            let file = self.settings.netrc.as_ref().ok_or("$HOME is not defined")?;
            match store::read_file(file) {
                Ok(text) => Ok(netrc::parse(&String::from_utf8_lossy(&text))),
                Err(error) if error.source.kind() == ErrorKind::NotFound => Ok(Vec::new()),
                Err(error) => Err(error.to_string()),
            }
        };
        let logins = self.netrc.get_or_init(read).as_deref();
        let logins = logins.map_err(|error| MethodError::Netrc(error.clone()))?;
        let grant =
            |Login { machine, login, password }: &Login| (machine.clone(), basic(login, password));
        Ok(logins.iter().rev().map(grant).collect())
    }

    async fn ask_git(
        &self,
        folder: &std::path::Path,
        url: &Url,
        http: &Http,
    ) -> Result<Vec<(String, HeaderMap)>, MethodError> {
        let filled = git::fill(folder, without_user(url).as_str(), &self.programs).await?;
        let headers = basic(&filled.user, &filled.password);
        let sent = Sent::of(headers.clone(), Reach::Domain);
        // git's helpers keep what works and forget what does not, so they are told.
        if let Ok(prefix) = Url::parse(&filled.prefix) {
            match http.try_credentials(&prefix, &sent).await {
                Some(200) => filled.report(git::Verdict::Approve, &self.programs).await,
                Some(401) => filled.report(git::Verdict::Reject, &self.programs).await,
                _ => {}
            }
        }
        Ok(vec![(filled.prefix, headers)])
    }

    /// Settings by which the user's git knows the token for the host of a repository, as
    /// variables for git alone: nothing of it is in its arguments or in a file. Empty where
    /// there is no token, or where the URL is not one of https.
    ///
    /// git asks a helper, which prints what the variables hold, once the host refuses to answer
    /// without: a header among git's settings would follow redirects to other hosts. The user's own
    /// helpers are not asked, so none of them keeps the token.
    pub fn git_environment(&self, repository: &str) -> Vec<(String, String)> {
        let url = Url::parse(repository).ok();
        // git verifies hosts, unless its own settings say otherwise.
        let token = |url: &Url| self.token(url, Security::Verified);
        let found = url.and_then(|url| Some((token(&url)?, host_of(&url)?)));
        let Some((Token { user, secret }, host)) = found else { return Vec::new() };
        let helper = format!("credential.https://{host}.helper");
        // The empty one takes away those before it.
        let settings = [(helper.clone(), String::new()), (helper, git::HELPER.to_owned())];
        let first = self.settings.git_settings;
        let mut variables = vec![
            ("GIT_CONFIG_COUNT".to_owned(), (first + settings.len()).to_string()),
            (git::HELPER_USER.to_owned(), user.clone()),
            (git::HELPER_PASSWORD.to_owned(), secret.clone()),
        ];
        for (index, (key, value)) in settings.into_iter().enumerate() {
            variables.push((format!("GIT_CONFIG_KEY_{}", first + index), key));
            variables.push((format!("GIT_CONFIG_VALUE_{}", first + index), value));
        }
        variables
    }
}

fn is_user_named(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// A URL without the user that it names.
fn without_user(url: &Url) -> Url {
    let mut bare = url.clone();
    // Of URLs with a host, which those of https are, both can be taken away.
    let _ = bare.set_username("").and_then(|()| bare.set_password(None));
    bare
}

/// A URL as credentials are kept for it.
fn trimmed(url: &str) -> &str {
    let url = url.strip_prefix("https://").unwrap_or(url);
    url.strip_suffix('/').unwrap_or(url)
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests arrange the disk")]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::config::{HttpProxies, Patience};
    use crate::spec::tokens::Tokens;
    use crate::ui::progress::Progress;

    #[derive(Default)]
    struct Heard(Mutex<Vec<String>>);

    impl Progress for Heard {
        fn command(&self, text: &str) {
            self.0.lock().expect("heard").push(text.to_owned());
        }
    }

    fn url(text: &str) -> Url {
        Url::parse(text).expect(text)
    }

    fn settings(goauth: &str) -> config::Credentials {
        config::Credentials { goauth: goauth.to_owned(), ..config::Credentials::default() }
    }

    /// The programs of the machine.
    fn programs() -> VersionControl {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let program_folders = std::env::split_paths(&path).collect();
        VersionControl { program_folders, ..VersionControl::default() }
    }

    fn http(settings: config::Credentials) -> (Http, Arc<Heard>) {
        let heard = Arc::new(Heard::default());
        let credentials = Credentials::of(settings, programs());
        let once = Patience { retries: 0, ..Patience::default() };
        (Http::new(HttpProxies::default(), None, once, credentials, heard.clone()), heard)
    }

    /// The headers, in the open.
    fn said(sent: &Sent) -> Vec<String> {
        let said = |(name, value): (&HeaderName, &HeaderValue)| {
            format!("{name}: {}", value.to_str().expect("ASCII"))
        };
        sent.headers.iter().map(said).collect()
    }

    async fn first(http: &Http, at: &str) -> Vec<String> {
        let sent = http.credentials().for_request(http, &url(at), Security::Verified).await;
        said(&sent.expect("GOAUTH means something"))
    }

    async fn again(http: &Http, at: &str, before: &Sent) -> Option<Vec<String>> {
        let text = "HTTP/1.1 401 Unauthorized\nWww-Authenticate: Basic\n\n".to_owned();
        let head = Head { text, is_refusal: true };
        let before = (before, Security::Verified);
        let found = http.credentials().for_repetition(http, &url(at), before, &head, false).await;
        found.expect("GOAUTH means something").map(|found| said(&found.sent))
    }

    #[tokio::test]
    async fn settings_that_mean_nothing() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let file = file.path().display();
        for (setting, want) in [
            ("", "GOAUTH encountered an empty command (GOAUTH=)"),
            ("netrc; ;x", "GOAUTH encountered an empty command (GOAUTH=netrc; ;x)"),
            (
                "off;netrc",
                "GOAUTH=off cannot be combined with other authentication commands (GOAUTH=off;netrc)",
            ),
            ("git", "an absolute path to the git working directory"),
            ("git /a /b", "an absolute path to the git working directory"),
            ("netrc;git a", "dir is not absolute"),
            (
                "git /none/here",
                "cannot stat /none/here: stat /none/here: no such file or directory",
            ),
            (&format!("git {file}"), "dir is not a directory"),
        ] {
            let (http, _) = http(settings(setting));
            let verified = Security::Verified;
            let asked = http.credentials().for_request(&http, &url("https://a.b"), verified).await;
            let error = asked.expect_err(setting).to_string();
            assert!(error.ends_with(want), "{setting}: {error}");
            let sent = http.credentials().for_request(&http, &url("http://a.b"), verified).await;
            assert_eq!(said(&sent.expect("http is not concerned")), [""; 0]);
        }
        let (http, _) = http(settings(" off "));
        assert_eq!(first(&http, "https://a.b").await, [""; 0]);
        assert_eq!(again(&http, "https://a.b", &Sent::nothing()).await, None);
    }

    #[tokio::test]
    async fn netrc_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("netrc");
        let text = "machine a.b login u password p\nmachine a.b login v password q\n\
                    machine a.b/deep login w password r\nmachine http://c.d login x password y";
        std::fs::write(&file, text).expect("a netrc file");
        let (http, _) = http(config::Credentials { netrc: Some(file), ..settings("netrc") });
        for (at, want) in [
            ("https://a.b", Some("u:p")),
            ("https://a.b/x/y", Some("u:p")),
            ("https://a.b/deep/x/", Some("w:r")),
            ("https://a.b/deeper", Some("u:p")),
            // As for go, the query is part of the last element.
            ("https://a.b/deep?go-get=1", Some("u:p")),
            ("https://a.b:444/", None),
            ("https://sub.a.b/", None),
            ("http://a.b/", None),
            ("https://c.d/", None),
            ("https://x.y/a.b/", None),
        ] {
            let want = want.map(|pair| format!("authorization: Basic {}", STANDARD.encode(pair)));
            assert_eq!(first(&http, at).await, Vec::from_iter(want), "{at}");
        }
        assert_eq!(again(&http, "https://x.y", &Sent::nothing()).await, None);
    }

    #[tokio::test]
    async fn a_netrc_file_need_not_be_there() {
        let folder = tempfile::tempdir().expect("a folder");
        for (netrc, error) in [
            (Some(folder.path().join("none")), None),
            (None, Some("GOAUTH=netrc: $HOME is not defined")),
            (Some(folder.path().to_owned()), Some("GOAUTH=netrc: reading ")),
        ] {
            let both = settings("netrc;sh -c true");
            let (http, heard) = http(config::Credentials { netrc, ..both });
            assert_eq!(first(&http, "https://a.b").await, [""; 0]);
            assert_eq!(again(&http, "https://a.b", &Sent::nothing()).await, None);
            let heard = heard.0.lock().expect("heard").join("\n");
            assert_eq!(heard.is_empty(), error.is_none(), "{heard}");
            assert!(heard.contains(error.unwrap_or_default()), "{heard}");
        }
    }

    #[tokio::test]
    async fn commands() {
        let setting = "sh -c 'printf \"https://a.b/x/\\n\\nOne: 1\\nOne: 2\\n\\n\"';\
                       sh -c 'printf \"https://a.b/x\\nhttps://a.b\\n\\nTwo: 3\\n\\n\"'";
        let (http, _) = http(settings(setting));
        // The first of them prevails.
        assert_eq!(first(&http, "https://a.b/x/y").await, ["one: 1", "one: 2"]);
        assert_eq!(first(&http, "https://a.b/y").await, ["two: 3"]);
    }

    #[tokio::test]
    async fn commands_are_told_of_a_failure() {
        // Without a URL behind it the shell has its own name for the first argument.
        let setting = "sh -c 'read line && test \"$line\" = \"HTTP/1.1 401 Unauthorized\" && \
                       printf \"%s\\n\\nTold: %s\\n\\n\" \"$0\" \"$(sed -n 1p)\" || test \"$0\" = sh'";
        let (http, heard) = http(settings(setting));
        assert_eq!(first(&http, "https://a.b/x").await, [""; 0]);
        let told = "told: Www-Authenticate: Basic";
        let nothing = Sent::nothing();
        assert_eq!(again(&http, "https://a.b/x", &nothing).await, Some(vec![told.to_owned()]));
        // Now that is known, and nobody is asked for what lies below.
        assert_eq!(first(&http, "https://a.b/x/y").await, [told]);
        let sent = http.credentials().look_up(&url("https://a.b/x"));
        assert_eq!(again(&http, "https://a.b/x", &sent).await, None);
        assert_eq!(*heard.0.lock().expect("heard"), [""; 0]);
    }

    #[tokio::test]
    async fn what_commands_get_wrong() {
        for (setting, want) in [
            ("sh -c 'echo secret && echo sorry >&2 && exit 3'", "exit status 3\nsorry"),
            ("sh -c 'echo secret'", "missing empty line after URLs"),
            ("sh -c \"", "unterminated \" string"),
            ("/none/here", "could not run command /none/here: "),
            (
                "none-here x",
                "could not run command none-here x: exec: \"none-here\": executable file not found in $PATH\ninstall it,",
            ),
        ] {
            let (http, heard) = http(settings(setting));
            assert_eq!(first(&http, "https://u:hidden@a.b/x").await, [""; 0]);
            let before = Sent::nothing();
            assert_eq!(again(&http, "https://u:hidden@a.b/x", &before).await, None);
            let heard = heard.0.lock().expect("heard").join("\n");
            let start = "GOAUTH encountered errors for https://u:xxxxx@a.b/x:\n  GOAUTH=";
            assert!(heard.starts_with(start) && heard.contains(want), "{heard}");
            let quoted = heard.replace(setting, "");
            assert!(!quoted.contains("secret") && !quoted.contains("hidden"), "{heard}");
        }
    }

    /// Whom the URL of a proxy names comes first; where the server refuses them, GOAUTH is asked
    /// as for a URL that names nobody, and told of nobody.
    #[tokio::test]
    async fn users_in_urls_are_told_to_no_program() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = "[credential]\n\thelper = \"!echo username=me; echo password=known; :\"\n";
        std::fs::create_dir(folder.path().join(".git")).expect("a folder");
        for (file, text) in [("config", text), ("HEAD", "ref: refs/heads/main\n")] {
            std::fs::write(folder.path().join(".git").join(file), text).expect("a repository");
        }
        for part in ["objects", "refs"] {
            std::fs::create_dir(folder.path().join(".git").join(part)).expect("a folder");
        }
        // Nobody answers there, so that nobody is asked whether the password is right.
        let at = "https://u:hidden@127.0.0.1:1/x/y";
        let (git, heard) = http(settings(&format!("git {}", folder.path().display())));
        assert_eq!(first(&git, at).await, [""; 0]);
        let basic = format!("authorization: Basic {}", STANDARD.encode("me:known"));
        assert_eq!(again(&git, at, &Sent::nothing()).await, Some(vec![basic]));
        assert_eq!(first(&git, at).await, [""; 0]);
        assert_eq!(*heard.0.lock().expect("heard"), [""; 0]);

        let command = "sh -c 'test \"$0\" = sh || printf \"%s\\n\\nTold: %s\\n\\n\" \"$0\" \"$0\"'";
        let (told, _) = http(settings(command));
        let want = vec!["told: https://127.0.0.1:1/x/y".to_owned()];
        assert_eq!(again(&told, at, &Sent::nothing()).await, Some(want));

        // What git's helpers say is in no error either.
        let other = "!echo url=https://v:secret@a.b; :";
        let text = format!("[credential]\n\thelper = \"{other}\"\n");
        std::fs::write(folder.path().join(".git/config"), text).expect("settings");
        let (git, heard) = http(settings(&format!("git {}", folder.path().display())));
        assert_eq!(again(&git, at, &Sent::nothing()).await, None);
        let heard = heard.0.lock().expect("heard").join("\n");
        assert!(heard.contains("127.0.0.1:1/x/y"), "{heard}");
        assert!(!heard.contains("hidden") && !heard.contains("secret"), "{heard}");
    }

    #[tokio::test]
    async fn tokens_come_first() {
        let mut tokens = Tokens::default();
        tokens.add_file("a.b one\nc.d:8443 me:two").expect("tokens");
        let grant = "sh -c 'printf \"https://a.b\\nhttps://e.f\\n\\nOne: 1\\n\\n\"'";
        let (http, _) = http(config::Credentials { tokens, ..settings(grant) });
        for (at, want) in [
            ("https://a.b/x", Some("x-access-token:one")),
            ("https://A.B:443/x", Some("x-access-token:one")),
            ("https://c.d:8443/x", Some("me:two")),
            ("https://a.b:8443/x", None),
            ("https://sub.a.b/x", None),
            ("http://a.b/x", None),
        ] {
            let want = want.map(|pair| format!("authorization: Basic {}", STANDARD.encode(pair)));
            assert_eq!(first(&http, at).await, Vec::from_iter(want), "{at}");
        }
        // Who is named in the URL is meant.
        assert_eq!(first(&http, "https://u:p@a.b/x").await, [""; 0]);
        assert_eq!(first(&http, "https://e.f/x").await, ["one: 1"]);
        let asked = url("https://a.b/x");
        let ask = |security| http.credentials().for_request(&http, &asked, security);
        let sent = ask(Security::Verified).await.expect("a token");
        assert_eq!(again(&http, "https://a.b/x", &sent).await, None);
        // Whoever need not prove to be the host gets what go would send, and no token.
        assert_eq!(said(&ask(Security::Unverified).await.expect("no token")), ["one: 1"]);
        let shown = format!("{:?}", http.credentials().settings);
        assert!(!shown.contains("one\"") && !shown.contains("two"), "{shown}");
    }

    #[test]
    fn what_goes_along_with_redirects() {
        for (to, reach, goes) in [
            ("https://a.b/y", Reach::Host, true),
            ("https://a.b:443/y", Reach::Host, true),
            ("https://a.b:444/y", Reach::Host, false),
            ("https://a.b:444/y", Reach::Domain, true),
            ("https://sub.a.b/y", Reach::Host, false),
            ("https://sub.a.b/y", Reach::Domain, true),
            ("https://xa.b/y", Reach::Domain, false),
            ("https://b/y", Reach::Domain, false),
            ("http://a.b/y", Reach::Domain, false),
            ("http://a.b/y", Reach::Host, false),
        ] {
            let from = url("https://a.b/x");
            let mut sent = Sent::of(basic("u", "p"), reach);
            sent.redirect(&from, &url(to));
            assert_eq!(!sent.headers.is_empty(), goes, "{to} {reach:?}");
            // It does not come back.
            sent.redirect(&from, &from);
            assert_eq!(!sent.headers.is_empty(), goes, "{to} {reach:?}");
        }
        let mut sent = Sent::of(basic("u", "p"), Reach::Domain);
        assert!(!format!("{sent:?}").contains("Basic"), "{sent:?}");
        sent.redirect(&url("https://0.1/x"), &url("https://127.0.0.1/y"));
        assert!(sent.headers.is_empty());
    }

    /// git itself understands what it is told.
    #[test]
    fn git_knows_the_token() {
        let mut tokens = Tokens::default();
        tokens.add_file("git.example.com:8443 me:it's $HOME").expect_err("blanks");
        tokens.add_file("git.example.com:8443 me:it's$HOME%s\\n").expect("tokens");
        let settings = config::Credentials { tokens, git_settings: 1, ..settings("off") };
        let credentials = Credentials::of(settings, VersionControl::default());
        for other in [
            "https://git.example.com/a",
            "http://git.example.com:8443/a",
            "https://me@git.example.com:8443/a",
            "git@git.example.com:a",
        ] {
            assert_eq!(credentials.git_environment(other), [], "{other}");
        }
        let variables = credentials.git_environment("https://git.example.com:8443/a");
        let folder = tempfile::tempdir().expect("a folder");
        let fill = |url: &str| {
            let asked = folder.path().join("asked");
            std::fs::write(&asked, format!("url={url}\n")).expect("a question");
            std::process::Command::new("git")
                .args(["credential", "fill"])
                .current_dir(&folder)
                .env("HOME", folder.path())
                .env("GIT_CONFIG_NOSYSTEM", "1")
                .env("GIT_TERMINAL_PROMPT", "0")
                .env("GIT_CONFIG_KEY_0", "credential.helper")
                .env("GIT_CONFIG_VALUE_0", "!f() { echo password=of-the-user; }; f")
                .envs(variables.iter().cloned())
                .stdin(std::fs::File::open(&asked).expect("a question"))
                .output()
        };
        let Ok(output) = fill("https://git.example.com:8443/a") else {
            return; // There is no git here.
        };
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains("username=me\npassword=it's$HOME%s\\n\n"), "{output:?}");
        let said = fill("https://me@git.example.com/a").expect("git").stdout;
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(said.contains("password=of-the-user\n"), "{said}");
    }
}
