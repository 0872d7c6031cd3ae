//! Which repository a path stands for: by the path itself, or by the page that it names.
//!
//! Source: ref/mod#vcs-find, RepoRootForImportPath in cmd/go/internal/vcs/vcs.go.

use std::sync::Arc;

use url::Url;

use crate::config::Config;
use crate::spec::address::{self, InvalidAddress};
use crate::spec::go_import::{self, GoImport, MatchError, PageError};
use crate::spec::govcs::{Disallowed, Govcs, GovcsError};
use crate::spec::modfile::quote;
use crate::spec::path::matches_prefix_patterns;
use crate::spec::repository_root::{self as spec, InvalidRoot, KnownRoot, Place};
use crate::verify::once::OnceMap;

use super::super::error::{ErrorKind, FetchError, HttpError, Obstacle};
use super::super::goproxy;
use super::super::http::{Answer, Http, Purpose, Security};
use super::super::vcs::System;

/// The largest part of a page that is read before its head ends, in bytes; go has no limit.
const MAX_HEAD: usize = 1 << 20;

/// How much of a page is read before it is looked at for the first time, in bytes.
const FIRST_LOOK: usize = 4 << 10;

/// Where a module comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RepositoryRoot {
    /// The path that the root of the repository, or its folder `subdir`, stands for.
    pub root: String,
    /// What is there.
    pub provider: Provider,
    /// Where it is: a URL, as the page, or the path, has it.
    pub url: String,
    /// A folder of the repository; empty for its root.
    pub subdir: String,
}

/// What a module comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Provider {
    /// A repository.
    Repository(System),
    /// A module proxy, for the modules below the root alone.
    Proxy,
}

impl RepositoryRoot {
    /// The URL of the proxy that answers for the module.
    ///
    /// # Errors
    /// It is no URL that a proxy can have.
    pub fn proxy(&self) -> Result<Url, FetchError> {
        goproxy::check_proxy(&self.url)
    }
}

impl System {
    /// The system of a name, as pages, paths and GOVCS have it: `git`.
    pub fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "git" => Self::Git,
            "hg" => Self::Mercurial,
            "svn" => Self::Subversion,
            "fossil" => Self::Fossil,
            "bzr" => Self::Bazaar,
            _ => return None,
        })
    }
}

/// No repository is known for a path.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DiscoveryError {
    /// The path is no path of a module.
    #[error(transparent)]
    Path(#[from] InvalidRoot),
    /// GOVCS cannot be read.
    #[error(transparent)]
    Govcs(#[from] GovcsError),
    /// GOVCS forbids the version control.
    #[error(transparent)]
    Disallowed(#[from] Disallowed),
    /// The repository does not answer by any scheme.
    #[error("no {}protocol found for repository", if *.only_secure { "secure " } else { "" })]
    NoProtocol {
        /// GOINSECURE does not have the path.
        only_secure: bool,
        /// What kept the user from the first that was tried and has one.
        obstacle: Option<Obstacle>,
    },
    /// The page does not tell.
    #[error("unrecognized import path {}: {}", quote(.path.as_bytes()), .error)]
    Unrecognized {
        /// The path.
        path: String,
        /// What came of asking.
        error: Box<LookUpError>,
    },
    /// A wildcard is in what would be the root.
    #[error("cannot expand ... in {}", quote(.0.as_bytes()))]
    Wildcard(String),
}

impl DiscoveryError {
    /// What keeps the user from the page or the repository, where that is plain.
    pub fn obstacle(&self) -> Option<Obstacle> {
        let Self::Unrecognized { error, .. } = self else {
            return match self {
                Self::NoProtocol { obstacle, .. } => *obstacle,
                _ => None,
            };
        };
        match &**error {
            LookUpError::Fetch { error, .. } | LookUpError::FetchPrefix { error, .. } => {
                error.obstacle()
            }
            LookUpError::Status(HttpError { code: 401 | 403 | 407, .. }) => {
                Some(Obstacle::Credentials)
            }
            _ => None,
        }
    }

    /// What the error means for the walk over the GOPROXY list: to go it always is that there
    /// is no such module. What is wrong with this machine is another matter.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Unrecognized { error, .. } => match &**error {
                LookUpError::Fetch { error, .. } | LookUpError::FetchPrefix { error, .. }
                    if error.kind() == ErrorKind::Local =>
                {
                    ErrorKind::Local
                }
                _ => ErrorKind::NotFound,
            },
            _ => ErrorKind::NotFound,
        }
    }
}

/// A page that does not tell where a path's repository is.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LookUpError {
    /// The first element is no host.
    #[error("import path does not begin with hostname")]
    NoHost,
    /// There was no answer.
    #[error("{}https fetch: {error}", if *.is_insecure { "http/" } else { "" })]
    Fetch {
        /// Whether http was tried too.
        is_insecure: bool,
        /// What happened.
        error: FetchError,
    },
    /// There was none for the page of a prefix.
    #[error("fetching {prefix}: {error}")]
    FetchPrefix {
        /// The prefix.
        prefix: String,
        /// What happened.
        error: FetchError,
    },
    /// There is no tag, and the status says that there is no page.
    #[error(transparent)]
    Status(HttpError),
    /// The page cannot be read.
    #[error("parsing {page}: {error}")]
    Parse {
        /// The path, or the URL where it is that of a prefix.
        page: String,
        /// What is wrong.
        error: PageError,
    },
    /// The tags do not match.
    #[error("parse {page}: no go-import meta tags ({mismatch})")]
    NoMatch {
        /// The URL.
        page: String,
        /// What they are for.
        mismatch: MatchError,
    },
    /// Several do.
    #[error("parse //{page}: {error}")]
    Ambiguous {
        /// The URL without its scheme.
        page: String,
        /// What matches.
        error: MatchError,
    },
    /// The page of a prefix has no tag.
    #[error("fetching {prefix}: no go-import meta tag found in {page}")]
    NoTag {
        /// The prefix.
        prefix: String,
        /// The URL of its page.
        page: String,
    },
    /// The page of the prefix says something else.
    #[error("{page} and //{prefix_page} disagree about go-import for {prefix}")]
    Disagree {
        /// The URL of the path's page.
        page: String,
        /// That of the prefix, without its scheme.
        prefix_page: String,
        /// The prefix.
        prefix: String,
    },
    /// The folder is none.
    #[error("{page}: invalid subdirectory {}: {reason}", quote(.subdir.as_bytes()))]
    Subdirectory {
        /// The URL.
        page: String,
        /// The folder.
        subdir: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// The place of the repository is no URL.
    #[error("{page}: invalid repo root {}: {reason}", quote(.url.as_bytes()))]
    Root {
        /// The URL of the page.
        page: String,
        /// What it names.
        url: String,
        /// What is wrong.
        reason: InvalidRepository,
    },
    /// The version control is unknown.
    #[error("{page}: unknown vcs {}", quote(.name.as_bytes()))]
    UnknownVersionControl {
        /// The URL.
        page: String,
        /// What it names.
        name: String,
    },
    /// GOVCS cannot be read.
    #[error(transparent)]
    Govcs(#[from] GovcsError),
    /// GOVCS forbids the version control.
    #[error(transparent)]
    Disallowed(#[from] Disallowed),
}

/// Why a repository cannot be where a page says. Source: validateRepoRoot.
#[derive(Clone, Debug, thiserror::Error)]
pub enum InvalidRepository {
    /// It is no URL.
    #[error("parse {}: {error}", quote(.url.as_bytes()))]
    Address {
        /// What it is.
        url: String,
        /// What is wrong with it.
        error: InvalidAddress,
    },
    /// It is relative.
    #[error("no scheme")]
    NoScheme,
    /// It is a folder of this machine.
    #[error("file scheme disallowed")]
    File,
}

fn check_repository(url: &str) -> Result<(), InvalidRepository> {
    match address::scheme(url, address::Place::Reference) {
        Err(error) => Err(InvalidRepository::Address { url: url.to_owned(), error }),
        Ok("") => Err(InvalidRepository::NoScheme),
        Ok(scheme) if scheme.eq_ignore_ascii_case("file") => Err(InvalidRepository::File),
        Ok(_) => Ok(()),
    }
}

/// A page that was asked for.
#[derive(Clone, Debug)]
struct Page {
    /// Its URL.
    url: String,
    content: Result<Vec<GoImport>, Unread>,
}

/// Why nothing is known of a page.
#[derive(Clone, Debug)]
enum Unread {
    Fetch(FetchError),
    Status(HttpError),
    Parse(PageError),
}

/// Finds repositories; cheap to clone. A page is asked for once a run.
#[derive(Clone)]
pub struct Discovery(Arc<Inner>);

struct Inner {
    http: Arc<Http>,
    govcs: Result<Govcs, GovcsError>,
    private: String,
    insecure: String,
    git_allow_protocol: String,
    /// By the path, and whether GOINSECURE has what it is asked for.
    pages: OnceMap<(String, bool), Arc<Page>>,
}

impl Discovery {
    /// By the settings of a run; nothing is asked yet.
    pub fn new(config: &Config, http: Arc<Http>) -> Self {
        Self(Arc::new(Inner {
            http,
            govcs: Govcs::parse(&config.govcs),
            private: config.goprivate.clone(),
            insecure: config.goinsecure.clone(),
            git_allow_protocol: config.git_allow_protocol.clone(),
            pages: OnceMap::default(),
        }))
    }

    /// The repository of a module path. Some paths leave open by which scheme the repository
    /// is asked: `answers` is told a system and a URL, and says whether there is one, or what
    /// keeps the user from it.
    ///
    /// # Errors
    /// None is known.
    pub async fn find<A>(
        &self,
        path: &str,
        answers: impl Fn(System, String) -> A,
    ) -> Result<RepositoryRoot, DiscoveryError>
    where
        A: Future<Output = Result<(), Option<Obstacle>>>,
    {
        let found = match spec::known(path) {
            Ok(Some(known)) => self.choose_scheme(path, known, answers).await,
            Ok(None) => self.ask(path).await.map_err(|error| {
                let (path, error) = (path.to_owned(), Box::new(error));
                DiscoveryError::Unrecognized { path, error }
            }),
            Err(error) => Err(error.into()),
        };
        let found = match found {
            Err(error) => self.launchpad(path).await.ok_or(error),
            found => found,
        }?;
        if found.root.contains("...") {
            return Err(DiscoveryError::Wildcard(path.to_owned()));
        }
        Ok(found)
    }

    fn is_insecure(&self, path: &str) -> bool {
        matches_prefix_patterns(&self.0.insecure, path)
    }

    fn check_govcs<E>(&self, vcs: &str, root: &str) -> Result<(), E>
    where
        E: From<GovcsError> + From<Disallowed>,
    {
        let govcs = self.0.govcs.as_ref().map_err(Clone::clone)?;
        Ok(govcs.check(vcs, root, &self.0.private)?)
    }

    async fn choose_scheme<A>(
        &self,
        path: &str,
        known: KnownRoot,
        answers: impl Fn(System, String) -> A,
    ) -> Result<RepositoryRoot, DiscoveryError>
    where
        A: Future<Output = Result<(), Option<Obstacle>>>,
    {
        let KnownRoot { root, vcs, place } = known;
        self.check_govcs::<DiscoveryError>(vcs, &root)?;
        let only_secure = !self.is_insecure(path);
        let Some(system) = System::of_name(vcs) else {
            return Err(DiscoveryError::NoProtocol { only_secure, obstacle: None });
        };
        let found = |url| {
            let provider = Provider::Repository(system);
            Ok(RepositoryRoot { root, provider, url, subdir: String::new() })
        };
        let place = match place {
            Place::Url(url) => return found(url),
            Place::WithoutScheme(place) => place,
        };
        let mut obstacle = None;
        for scheme in spec::schemes(vcs) {
            if only_secure && !spec::is_secure(vcs, scheme, &self.0.git_allow_protocol) {
                continue;
            }
            let url = format!("{scheme}://{place}");
            // Fossil has no way to find out.
            if system == System::Fossil {
                return found(url);
            }
            match answers(system, url.clone()).await {
                Ok(()) => return found(url),
                Err(met) => obstacle = obstacle.or(met),
            }
        }
        Err(DiscoveryError::NoProtocol { only_secure, obstacle })
    }

    /// Asks the page of a path, and where that speaks for a prefix of it that of the prefix:
    /// who owns a part of a site must not speak for all of it.
    async fn ask(&self, path: &str) -> Result<RepositoryRoot, LookUpError> {
        let is_insecure = self.is_insecure(path);
        let page = self.page(path, is_insecure).await?;
        let imports = page.content.as_ref().map_err(|unread| match unread.clone() {
            Unread::Fetch(error) => LookUpError::Fetch { is_insecure, error },
            Unread::Status(error) => LookUpError::Status(error),
            Unread::Parse(error) => LookUpError::Parse { page: path.to_owned(), error },
        })?;
        let url = || page.url.clone();
        let import = go_import::find(imports, path).map_err(|error| match error {
            MatchError::Mismatch { .. } => LookUpError::NoMatch { page: url(), mismatch: error },
            MatchError::Multiple(_) => {
                LookUpError::Ambiguous { page: page_without_scheme(path), error }
            }
        })?;
        let tell = |text: String| {
            self.0.http.progress().detail(&format!("get {}: {text}", quote(path.as_bytes())));
        };
        let GoImport { prefix, vcs, url: place, subdir } = import;
        let [prefix, vcs, place, subdir] =
            [prefix, vcs, place, subdir].map(|text| quote(text.as_bytes()));
        tell(format!(
            "found meta tag vcs.metaImport{{Prefix:{prefix}, VCS:{vcs}, RepoRoot:{place}, \
             SubDir:{subdir}}} at //{}",
            page_without_scheme(path)
        ));
        if import.prefix != path {
            tell("verifying non-authoritative meta tag".to_owned());
            let confirmed = self.ask_prefix(&import.prefix, is_insecure).await?;
            if go_import::find(&confirmed, path).ok() != Some(import) {
                return Err(LookUpError::Disagree {
                    page: url(),
                    prefix_page: page_without_scheme(&import.prefix),
                    prefix: import.prefix.clone(),
                });
            }
        }
        import.check_subdir().map_err(|reason| {
            let subdir = import.subdir.clone();
            LookUpError::Subdirectory { page: url(), subdir, reason }
        })?;
        check_repository(&import.url).map_err(|reason| {
            let repository = import.url.clone();
            LookUpError::Root { page: url(), url: repository, reason }
        })?;
        let provider = if import.is_proxy() {
            Provider::Proxy
        } else {
            let system = System::of_name(&import.vcs).ok_or_else(|| {
                let name = import.vcs.clone();
                LookUpError::UnknownVersionControl { page: url(), name }
            })?;
            self.check_govcs::<LookUpError>(&import.vcs, &import.prefix)?;
            Provider::Repository(system)
        };
        let GoImport { prefix: root, url, subdir, .. } = import.clone();
        Ok(RepositoryRoot { root, provider, url, subdir })
    }

    /// What the page of a prefix says.
    async fn ask_prefix(
        &self,
        prefix: &str,
        is_insecure: bool,
    ) -> Result<Vec<GoImport>, LookUpError> {
        let page = self.page(prefix, is_insecure).await?;
        let url = page.url.clone();
        match page.content.clone() {
            Ok(imports) if imports.is_empty() => {
                Err(LookUpError::NoTag { prefix: prefix.to_owned(), page: url })
            }
            Ok(imports) => Ok(imports),
            Err(Unread::Fetch(error)) => {
                Err(LookUpError::FetchPrefix { prefix: prefix.to_owned(), error })
            }
            Err(Unread::Status(error)) => Err(LookUpError::Status(error)),
            Err(Unread::Parse(error)) => Err(LookUpError::Parse { page: url, error }),
        }
    }

    /// The page of a path, asked for once.
    async fn page(&self, path: &str, is_insecure: bool) -> Result<Arc<Page>, LookUpError> {
        let host = path.split('/').next().unwrap_or_default();
        if !host.contains('.') {
            return Err(LookUpError::NoHost);
        }
        let begin = || {
            let (http, path) = (self.0.http.clone(), path.to_owned());
            async move { Arc::new(fetch_page(&http, &path, is_insecure).await) }
        };
        Ok(self.0.pages.get((path.to_owned(), is_insecure), begin).await)
    }

    /// Where no page tells, paths of Launchpad are known; by `bzr`, which few may use.
    async fn launchpad(&self, path: &str) -> Option<RepositoryRoot> {
        let found = spec::launchpad(path)?;
        let mut root = found.root;
        if let Some(series) = found.series {
            let url = Url::parse(&series.url).ok()?;
            if self.0.http.get_small(&url).await.is_err() {
                root = series.project;
            }
        }
        self.check_govcs::<DiscoveryError>("bzr", &root).ok()?;
        let url = format!("https://{root}");
        let provider = Provider::Repository(System::Bazaar);
        Some(RepositoryRoot { root, provider, url, subdir: String::new() })
    }
}

/// `example.com/path?go-get=1`
fn page_without_scheme(path: &str) -> String {
    let slash = if path.contains('/') { "" } else { "/" };
    format!("{path}{slash}?go-get=1")
}

/// Asks for the page of a path by https; by http too where that fails and the path may be
/// fetched without TLS.
async fn fetch_page(http: &Http, path: &str, is_insecure: bool) -> Page {
    let page = page_without_scheme(path);
    let security = if is_insecure { Security::Unverified } else { Security::Verified };
    let schemes: &[&str] = if is_insecure { &["https", "http"] } else { &["https"] };
    let mut asked = String::new();
    let mut failure = FetchError::Interrupted;
    for scheme in schemes {
        asked = format!("{scheme}://{page}");
        let url = match Url::parse(&asked) {
            Ok(url) => url,
            Err(error) => {
                failure = FetchError::Transport {
                    action: "Get",
                    url: asked.clone(),
                    reason: error.to_string(),
                    may_pass: false,
                };
                continue;
            }
        };
        let mut tries = http.tries(asked.clone());
        loop {
            let content = match http.ask(&url, Purpose::Small, security).await {
                Ok(answer) => read_page(answer).await,
                // Whether there is TLS is not known either.
                Err(error) if is_insecure => {
                    failure = error;
                    break;
                }
                Err(error) => Err(Unread::Fetch(error)),
            };
            let again = match content {
                Err(Unread::Fetch(error)) => tries.again(error).await.map_err(Unread::Fetch),
                Err(Unread::Status(error)) => {
                    tries.again(error.clone().into()).await.map_err(|_| Unread::Status(error))
                }
                content => return Page { url: asked, content },
            };
            if let Err(unread) = again {
                return Page { url: asked, content: Err(unread) };
            }
        }
    }
    Page { url: asked, content: Err(Unread::Fetch(failure)) }
}

/// Reads as much of a page as its head takes.
async fn read_page(mut answer: Answer) -> Result<Vec<GoImport>, Unread> {
    let mut text = Vec::new();
    let mut next_look = FIRST_LOOK;
    let (found, broken) = loop {
        let (is_whole, broken) = match answer.chunk().await {
            Ok(Some(chunk)) => {
                text.extend_from_slice(&chunk);
                let broken = (text.len() > MAX_HEAD).then(|| FetchError::Transport {
                    action: "read",
                    url: answer.url.clone(),
                    reason: format!("no go-import meta tag in the first {MAX_HEAD} bytes"),
                    may_pass: false,
                });
                text.truncate(MAX_HEAD);
                (broken.is_some(), broken)
            }
            Ok(None) => (true, None),
            Err(error) => (true, Some(error)),
        };
        // Looking from the start each time costs little where the next look is at twice as much.
        if is_whole || text.len() >= next_look {
            next_look = 2 * text.len();
            if let Some(found) = go_import::read(&text, is_whole) {
                break (found, broken);
            }
        }
    };
    if !matches!(&found, Ok(found) if !found.is_empty()) {
        // That the server has no page says more than what is wrong with this one.
        if let Some(error) = answer.error(&text) {
            return Err(Unread::Status(error));
        }
        if let Some(error) = broken {
            return Err(Unread::Fetch(error));
        }
    }
    found.map_err(Unread::Parse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use std::sync::Mutex;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use crate::config::{self, HttpProxies, Patience};
    use crate::fetch::auth::Credentials;
    use crate::ui::progress::Progress;

    struct Silent;
    impl Progress for Silent {}

    /// A site that speaks plain http: what it answers by path and query, and what it was asked.
    struct Site {
        host: String,
        asked: Arc<Mutex<Vec<String>>>,
    }

    impl Site {
        /// `HOST` in an answer stands for the host with its port. An answer that begins with
        /// `=` is a redirect.
        async fn open(answers: &[(&str, u16, &str)]) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let host = listener.local_addr().expect("an address").to_string();
            let answers: HashMap<String, (u16, String)> = answers
                .iter()
                .map(|(path, status, body)| {
                    ((*path).to_owned(), (*status, body.replace("HOST", &host)))
                })
                .collect();
            let asked = Arc::new(Mutex::new(Vec::new()));
            let site = Self { host, asked: asked.clone() };
            tokio::spawn(async move {
                while let Ok((mut stream, _)) = listener.accept().await {
                    let mut request = Vec::new();
                    while !request.ends_with(b"\r\n\r\n") {
                        // A client that begins with TLS goes away.
                        match stream.read_u8().await {
                            Ok(byte) if !request.is_empty() || byte == b'G' => request.push(byte),
                            _ => break,
                        }
                    }
                    let text = String::from_utf8_lossy(&request).into_owned();
                    let Some(path) = text.split(' ').nth(1) else { continue };
                    asked.lock().expect("asked").push(path.to_owned());
                    let (status, body) = match answers.get(path) {
                        Some((status, body)) => (*status, body.as_str()),
                        None => (404, "not here\n"),
                    };
                    let answer = match body.strip_prefix('=') {
                        Some(location) => format!(
                            "HTTP/1.1 302 Found\r\nLocation: {location}\r\n\
                             Content-Length: 0\r\nConnection: close\r\n\r\n"
                        ),
                        None => format!(
                            "HTTP/1.1 {status} Said\r\nContent-Type: text/plain\r\n\
                             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
                            body.len()
                        ),
                    };
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            });
            site
        }

        fn discovery(&self, govcs: &str, insecure: &str) -> Discovery {
            let nobody = config::Credentials { goauth: "off".to_owned(), ..Default::default() };
            Discovery(Arc::new(Inner {
                http: Arc::new(Http::new(
                    HttpProxies::default(),
                    None,
                    Patience { retries: 0, ..Patience::default() },
                    Credentials::of(nobody, config::VersionControl::default()),
                    Arc::new(Silent),
                )),
                govcs: Govcs::parse(govcs),
                private: String::new(),
                insecure: insecure.to_owned(),
                git_allow_protocol: String::new(),
                pages: OnceMap::default(),
            }))
        }

        /// What is found for a path below the host, or what is said with the host as `HOST`.
        async fn find(&self, discovery: &Discovery, path: &str) -> Result<RepositoryRoot, String> {
            let path = format!("{}{path}", self.host);
            let found = discovery.find(&path, async |_, _| Err(None)).await;
            found.map_err(|error| error.to_string().replace(&self.host, "HOST"))
        }

        fn asked(&self) -> Vec<String> {
            std::mem::take(&mut *self.asked.lock().expect("asked"))
        }
    }

    fn tag(content: &str) -> String {
        format!("<html><head><meta name=\"go-import\" content=\"{content}\"></head><body>&")
    }

    #[tokio::test]
    async fn pages_tell() {
        let a = tag("HOST/a git https://git.example.com/a");
        let padded =
            format!("<!-- {} -->{}", "x".repeat(3 * FIRST_LOOK), tag("HOST/p mod http://x/"));
        let subdir = tag("HOST/s hg https://hg.example.com/s go/s");
        let site = Site::open(&[
            ("/a?go-get=1", 404, &a),
            ("/a/b?go-get=1", 200, &a),
            ("/a/c?go-get=1", 200, &a),
            ("/p?go-get=1", 200, &padded),
            ("/s?go-get=1", 200, "=/elsewhere"),
            ("/elsewhere", 200, &subdir),
        ])
        .await;
        let discovery = site.discovery("", &site.host);
        let root = |path: &str, provider, url: &str, subdir: &str| {
            let (url, subdir) = (url.to_owned(), subdir.to_owned());
            Ok(RepositoryRoot { root: format!("{}{path}", site.host), provider, url, subdir })
        };
        let git = Provider::Repository(System::Git);
        let want = root("/a", git, "https://git.example.com/a", "");
        assert_eq!(site.find(&discovery, "/a/b").await, want);
        assert_eq!(site.asked(), ["/a/b?go-get=1", "/a?go-get=1"]);
        assert_eq!(site.find(&discovery, "/a/c").await, want);
        assert_eq!(site.find(&discovery, "/a").await, want);
        assert_eq!(site.asked(), ["/a/c?go-get=1"]);

        let found = site.find(&discovery, "/p").await;
        assert_eq!(found, root("/p", Provider::Proxy, "http://x/", ""));
        assert_eq!(
            found.and_then(|root| root.proxy().map_err(|e| e.to_string())).map(String::from),
            Ok("http://x/".into())
        );
        let mercurial = Provider::Repository(System::Mercurial);
        let want = root("/s", mercurial, "https://hg.example.com/s", "go/s");
        assert_eq!(site.find(&discovery, "/s").await, want);
    }

    /// A page without an end ends.
    #[tokio::test]
    async fn pages_have_limits() {
        let tag = tag("HOST/m git https://git.example.com/m");
        let padded = |length: usize| format!("<head><!-- {} -->{tag}", "x".repeat(length));
        let (short, long) = (padded(MAX_HEAD - 1000), padded(MAX_HEAD + 1));
        let pages = [("/m?go-get=1", 200, &*short), ("/m/long?go-get=1", 200, &*long)];
        let site = Site::open(&pages).await;
        let discovery = site.discovery("", &site.host);
        assert_eq!(
            site.find(&discovery, "/m").await.map(|found| found.url).as_deref(),
            Ok("https://git.example.com/m")
        );
        let error = site.find(&discovery, "/m/long").await.expect_err("too long");
        assert!(error.ends_with("no go-import meta tag in the first 1048576 bytes"), "{error}");
    }

    #[tokio::test]
    async fn pages_that_do_not_tell() {
        let tagged = |content: &str| tag(content);
        let pages = [
            ("/other", tagged("HOST/elsewhere git https://a.b/c")),
            ("/none", "<head></head>".to_owned()),
            ("/broken", "<head <".to_owned()),
            (
                "/twice",
                tagged("HOST/twice git https://a.b/c").replace("</head>", "")
                    + &tagged("HOST git https://a.b/c"),
            ),
            ("/up/a", tagged("HOST/up git https://a.b/c")),
            ("/up", tagged("HOST/up git https://a.b/another")),
            ("/lone/a", tagged("HOST/lone git https://a.b/c")),
            ("/bare/a", tagged("HOST/bare git https://a.b/c")),
            ("/bare", String::new()),
            ("/folder", tagged("HOST/folder git https://a.b/c -x")),
            ("/file", tagged("HOST/file git file:///srv/git")),
            ("/cvs", tagged("HOST/cvs cvs https://a.b/c")),
            ("/svn", tagged("HOST/svn svn https://a.b/c")),
        ];
        let pages: Vec<_> =
            pages.iter().map(|(path, page)| (format!("{path}?go-get=1"), page)).collect();
        let pages: Vec<_> =
            pages.iter().map(|(path, page)| (path.as_str(), 200, page.as_str())).collect();
        let site = Site::open(&pages).await;
        let discovery = site.discovery("", &site.host);
        for (path, want) in [
            (
                "/gone",
                "reading http://HOST/gone?go-get=1: 404 Not Found\n\tserver response: not here",
            ),
            ("", "reading http://HOST/?go-get=1: 404 Not Found\n\tserver response: not here"),
            (
                "/other",
                "parse http://HOST/other?go-get=1: no go-import meta tags (meta tag \
                 HOST/elsewhere did not match import path HOST/other)",
            ),
            ("/none", "parse http://HOST/none?go-get=1: no go-import meta tags ()"),
            (
                "/broken",
                "parsing HOST/broken: XML syntax error on line 1: expected attribute name in element",
            ),
            (
                "/up/a",
                "http://HOST/up/a?go-get=1 and //HOST/up?go-get=1 disagree about go-import for HOST/up",
            ),
            (
                "/lone/a",
                "reading http://HOST/lone?go-get=1: 404 Not Found\n\tserver response: not here",
            ),
            (
                "/bare/a",
                "fetching HOST/bare: no go-import meta tag found in http://HOST/bare?go-get=1",
            ),
            ("/folder", "http://HOST/folder?go-get=1: invalid subdirectory \"-x\": leading hyphen"),
            (
                "/file",
                "http://HOST/file?go-get=1: invalid repo root \"file:///srv/git\": file scheme disallowed",
            ),
            ("/cvs", "http://HOST/cvs?go-get=1: unknown vcs \"cvs\""),
            ("/svn", "GOVCS disallows using svn for public HOST/svn; see 'go help vcs'"),
        ] {
            let want = format!("unrecognized import path \"HOST{path}\": {want}");
            assert_eq!(site.find(&discovery, path).await, Err(want));
        }
        let twice = site.find(&discovery, "/twice").await;
        assert_eq!(twice.map(|found| found.url), Ok("https://a.b/c".to_owned()));
        let strict = site.discovery("x", &site.host);
        let said = site.find(&strict, "/svn").await.expect_err("GOVCS is malformed");
        assert!(said.ends_with("malformed entry in GOVCS (missing colon): \"x\""), "{said}");
    }

    #[tokio::test]
    async fn without_goinsecure_only_https() {
        let a = tag("HOST/a git https://git.example.com/a");
        let site = Site::open(&[("/a?go-get=1", 200, &a)]).await;
        let secure = site.discovery("", "example.com");
        let said = site.find(&secure, "/a").await.expect_err("no https");
        let start =
            "unrecognized import path \"HOST/a\": https fetch: Get \"https://HOST/a?go-get=1\": ";
        assert!(said.starts_with(start), "{said}");
        assert_eq!(site.asked(), [""; 0]);
    }

    #[tokio::test]
    async fn schemes_are_tried() {
        let site = Site::open(&[]).await;
        for (insecure, answering, want) in [
            ("", "https", Ok("https://a.b/c")),
            ("", "ssh", Ok("ssh://a.b/c")),
            ("", "http", Err("no secure protocol found for repository")),
            ("a.b", "http", Ok("http://a.b/c")),
            ("a.b", "ftp", Err("no protocol found for repository")),
        ] {
            let discovery = site.discovery("", insecure);
            let answers = async |system, url: String| {
                assert_eq!(system, System::Git);
                let answers = url.starts_with(&format!("{answering}://"));
                if answers { Ok(()) } else { Err(None) }
            };
            let found = discovery.find("a.b/c.git/d", answers).await;
            let found = found.map(|found| {
                assert_eq!((found.root.as_str(), found.subdir.as_str()), ("a.b/c.git", ""));
                found.url
            });
            assert_eq!(
                found.map_err(|error| error.to_string()),
                want.map(str::to_owned).map_err(str::to_owned)
            );
        }
    }

    #[tokio::test]
    async fn known_paths_ask_nobody() {
        let discovery = Site::open(&[]).await.discovery("github.com/x:none", "");
        let find = async |path: &str| {
            let found = discovery.find(path, async |_, _| unreachable!()).await;
            found.map(|found| found.url).map_err(|error| error.to_string())
        };
        assert_eq!(find("github.com/a/b/c").await, Ok("https://github.com/a/b".to_owned()));
        for (path, want) in [
            (
                "github.com/x/b",
                "GOVCS disallows using git for public github.com/x/b; see 'go help vcs'",
            ),
            (
                "chiselapp.com/user/a/repository/b",
                "GOVCS disallows using fossil for public chiselapp.com/user/a/repository/b; see 'go help vcs'",
            ),
            ("github.com/a", "invalid github.com import path \"github.com/a\""),
            ("github.com/a/b...c", "cannot expand ... in \"github.com/a/b...c\""),
            (
                "nodot/a",
                "unrecognized import path \"nodot/a\": import path does not begin with hostname",
            ),
        ] {
            assert_eq!(find(path).await, Err(want.to_owned()));
        }
    }

    #[test]
    fn places_of_repositories() {
        for (url, want) in [
            ("https://git.example.com/a", None),
            ("git+ssh://", None),
            ("http://", None),
            ("", Some("no scheme")),
            ("-config", Some("no scheme")),
            ("http#://", Some("no scheme")),
            ("/srv/git/a", Some("no scheme")),
            ("file:///srv/git/a", Some("file scheme disallowed")),
            ("FILE:///srv/git/a", Some("file scheme disallowed")),
            (
                "git@git.example.com:a/b",
                Some(
                    "parse \"git@git.example.com:a/b\": first path segment in URL cannot contain colon",
                ),
            ),
        ] {
            let error = check_repository(url).err().map(|error| error.to_string());
            assert_eq!(error.as_deref(), want, "{url}");
        }
    }

    #[test]
    fn pages() {
        assert_eq!(page_without_scheme("example.com"), "example.com/?go-get=1");
        assert_eq!(page_without_scheme("example.com/a"), "example.com/a?go-get=1");
    }
}
