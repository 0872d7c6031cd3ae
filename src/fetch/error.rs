//! What can go wrong while a module is fetched, and what follows from it.

use std::sync::Arc;
use std::time::Duration;

use crate::spec::path::InvalidPath;
use crate::spec::version::InvalidVersion;
use crate::spec::{ModulePath, ModuleVersion, Version, version};
use crate::store::DiskError;
use crate::store::cache::NameError;
use crate::verify::gate::VerifyError;

use super::auth::AuthError;
use super::direct::discovery::DiscoveryError;
use super::direct::error::{CodeError, StatError};
use super::info::Origin;
use super::lacking::Lack;
use super::retry;
use super::vcs::VcsError;

/// What an error means for the walk over the GOPROXY list, and for trying again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorKind {
    /// The source does not have it; the next one may.
    NotFound,
    /// The source stumbled: refused, cut short, answered nonsense or a server error.
    Transient,
    /// The source refuses this user.
    Denied,
    /// The user's settings keep this source from being asked.
    Disabled,
    /// The bytes cannot be trusted. Nothing may be asked instead.
    Security,
    /// This machine failed, or the request made no sense.
    Local,
}

/// What keeps this machine or this user from a source, where that is plain. Each is mended in a way
/// of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Obstacle {
    /// A program of version control is not installed.
    NoProgram,
    /// The server refuses whoever does not say who they are, or refuses this user.
    Credentials,
    /// ssh has not met the server before, or met another.
    HostKey,
    /// The name of the host is not known.
    UnknownHost,
}

/// An answer other than 200. Source: cmd/go/internal/web/api.go (HTTPError).
#[derive(Clone, Debug, thiserror::Error)]
#[error("reading {url}: {status}{detail}")]
pub struct HttpError {
    /// The URL, without a password.
    pub url: String,
    /// The status line, such as `404 Not Found`.
    pub status: String,
    /// The code alone.
    pub code: u16,
    /// What a plain-text answer said, ready to be appended; or empty.
    pub detail: String,
    /// How long the server wants to be left alone, where it says so.
    pub retry_after: Option<Duration>,
}

impl HttpError {
    /// Whether a proxy that does not have a version says that it does know the module: proxies
    /// pass on what the go command, which they run, says of the repository.
    pub fn knows_module(&self) -> bool {
        self.detail.contains("unknown revision")
    }
}

/// An error below the level of a module version: see [`ModuleError`].
#[derive(Clone, Debug, thiserror::Error)]
pub enum FetchError {
    /// The server answered with another status than 200.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// No answer came, or it was cut short.
    #[error("{action} \"{url}\": {reason}")]
    Transport {
        /// `Get` before the answer, `read` within it.
        action: &'static str,
        /// The URL, without a password.
        url: String,
        /// The chain of causes.
        reason: String,
        /// Whether the same may succeed at another time.
        may_pass: bool,
    },
    /// The server sent nothing for too long.
    #[error("{action} \"{url}\": {reason}")]
    Silence {
        /// `Get` before the answer, `read` within it.
        action: &'static str,
        /// The URL, without a password.
        url: String,
        /// How long nothing was heard, and from whom.
        reason: String,
    },
    /// The name of the host, or of the HTTP proxy that stands before it, is not known.
    #[error("Get \"{url}\": {reason}")]
    UnknownHost {
        /// The URL, without a password.
        url: String,
        /// The chain of causes.
        reason: String,
        /// Whether nobody could tell just then.
        may_pass: bool,
    },
    /// The TLS set-up of this machine cannot be used.
    #[error("cannot set up TLS: {0}\n\tinstall a CA bundle, or name one in SSL_CERT_FILE")]
    Tls(String),
    /// A password must not travel in clear text.
    #[error("refusing to pass credentials to insecure URL: {0}")]
    InsecureCredentials(String),
    /// A redirect led from https to http.
    #[error("redirected from secure URL {from} to insecure URL {to}")]
    InsecureRedirect {
        /// The https URL, without a password.
        from: String,
        /// The http URL, without a password.
        to: String,
    },
    /// The GOPROXY list cannot be used.
    #[error("{0}")]
    ProxyList(String),
    /// The answer is not what the protocol says.
    #[error("invalid response from proxy \"{proxy}\": {reason}\n\tread from {url}")]
    InvalidResponse {
        /// The proxy, without a password.
        proxy: String,
        /// What was asked for, without a password.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The proxy answered for another version.
    #[error(
        "proxy returned info for version {version} instead of requested version\n\tread from {url}"
    )]
    OtherVersion {
        /// The version that it answered for.
        version: String,
        /// What was asked for, without a password.
        url: String,
    },
    /// The proxy's list holds no version, and it has no `@latest`.
    #[error("no commits")]
    NoCommits,
    /// The zip is larger than go accepts.
    #[error("downloaded zip file too large")]
    ZipTooLarge,
    /// The zip cannot be read, or breaks a rule.
    #[error("{reason}{}", url.as_ref().map(|url| format!("\n\tread from {url}")).unwrap_or_default())]
    Zip {
        /// What is wrong with it.
        reason: String,
        /// Where it came from, without a password; `None` where it was in the cache.
        url: Option<String>,
        /// Whether it was cut short, garbled or mixed up with another on its way: it cannot be
        /// read, or holds another module. Else it breaks a rule.
        is_garbled: bool,
    },
    /// GOPROXY=off was reached.
    #[error("module lookup disabled by GOPROXY=off")]
    Off,
    /// Nobody may be asked, and the module cache does not have it.
    #[error("{} is not in the module cache, and this run is offline", .0.part)]
    Lacking(Lack),
    /// Proxies are not asked about private paths.
    #[error("disabled by GOPRIVATE/GONOPROXY")]
    Private,
    /// The entry for private paths is not asked about public ones.
    #[error("path does not match GOPRIVATE/GONOPROXY")]
    NotPrivate,
    /// The repository that a path stands for cannot be used.
    #[error("lookup {root}: {error}")]
    LookUp {
        /// The path at the root of the repository.
        root: String,
        /// Why.
        error: Box<VcsError>,
    },
    /// No repository is known for the path.
    #[error(transparent)]
    Discovery(#[from] Box<DiscoveryError>),
    /// Version control has no answer.
    #[error(transparent)]
    Code(Box<StatError>),
    /// Only version control can tell whether an earlier answer holds.
    #[error("proxy does not support CheckReuse")]
    ProxyReuse,
    /// GOAUTH means nothing.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The path is malformed.
    #[error(transparent)]
    Path(#[from] InvalidPath),
    /// The version or query is malformed.
    #[error("{0}")]
    Version(InvalidVersion),
    /// No request can carry the version or query.
    #[error("{0}")]
    Unescapable(InvalidVersion),
    /// The module version has no place in the cache.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The gate did not let the bytes in.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The disk failed.
    #[error("{0}")]
    Disk(Arc<DiskError>),
    /// The run was interrupted.
    #[error("interrupted")]
    Interrupted,
}

impl From<CodeError> for FetchError {
    fn from(error: CodeError) -> Self {
        StatError::from(error).into()
    }
}

impl From<StatError> for FetchError {
    fn from(error: StatError) -> Self {
        Self::Code(Box::new(error))
    }
}

impl From<DiskError> for FetchError {
    fn from(error: DiskError) -> Self {
        Self::Disk(Arc::new(error))
    }
}

impl FetchError {
    /// What the error means for fallback and retry; this alone decides.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Http(error) => match error.code {
                404 | 410 => ErrorKind::NotFound,
                401 | 403 | 407 => ErrorKind::Denied,
                _ => ErrorKind::Transient,
            },
            Self::NoCommits | Self::Lacking(_) => ErrorKind::NotFound,
            Self::Discovery(error) => error.kind(),
            Self::Transport { .. }
            | Self::Silence { .. }
            | Self::UnknownHost { .. }
            | Self::InvalidResponse { .. }
            | Self::OtherVersion { .. }
            | Self::ZipTooLarge
            | Self::Zip { .. }
            | Self::ProxyReuse => ErrorKind::Transient,
            Self::Code(failed) => failed.error.kind(),
            Self::LookUp { error, .. } => error.kind(),
            Self::Off | Self::Private | Self::NotPrivate => ErrorKind::Disabled,
            Self::Verify(error) if !error.is_security() => ErrorKind::Transient,
            Self::Verify(_) | Self::InsecureRedirect { .. } | Self::InsecureCredentials(_) => {
                ErrorKind::Security
            }
            Self::Tls(_)
            | Self::Auth(_)
            | Self::ProxyList(_)
            | Self::Path(_)
            | Self::Version(_)
            | Self::Unescapable(_)
            | Self::Name(_)
            | Self::Disk(_)
            | Self::Interrupted => ErrorKind::Local,
        }
    }

    /// Whether the same request may succeed a little later: the server, or the way to it,
    /// stumbled, or what came cannot be what was sent. Nothing that concerns trust is.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Http(error) => retry::passes(error.code),
            Self::Transport { may_pass, .. } | Self::UnknownHost { may_pass, .. } => *may_pass,
            Self::Zip { is_garbled, url, .. } => *is_garbled && url.is_some(),
            Self::Silence { .. } | Self::InvalidResponse { .. } => true,
            _ => false,
        }
    }

    /// Whether it is only that nobody may be asked, and the cache does not have it.
    pub fn is_lack(&self) -> bool {
        match self {
            Self::Lacking(_) => true,
            Self::Verify(VerifyError::Database { error, .. }) => {
                let failed = error.operation().and_then(|error| error.downcast_ref::<Self>());
                failed.is_some_and(Self::is_lack)
            }
            _ => false,
        }
    }

    /// The kind of a failure that may pass, in a few words.
    pub fn in_short(&self) -> String {
        match self {
            Self::Http(error) => error.status.clone(),
            Self::Silence { .. } => "silence".to_owned(),
            Self::UnknownHost { .. } => "unknown host".to_owned(),
            Self::Transport { reason, .. } => {
                let last = reason.rsplit(": ").next().unwrap_or_default();
                last.split(" (os error").next().unwrap_or_default().to_lowercase()
            }
            _ => "unusable answer".to_owned(),
        }
    }

    /// What keeps the user from the source, where that is plain. A proxy that refuses somebody is
    /// told by [`FetchError::kind`].
    pub fn obstacle(&self) -> Option<Obstacle> {
        match self {
            Self::UnknownHost { .. } => Some(Obstacle::UnknownHost),
            Self::Discovery(error) => error.obstacle(),
            Self::Code(failed) => failed.error.obstacle(),
            Self::LookUp { error, .. } => error.obstacle(),
            _ => None,
        }
    }

    /// What the failure depends on, where that is known: as long as that stays, asking again is
    /// no use.
    pub fn origin(&self) -> Option<&Origin> {
        match self {
            Self::Code(failed) => failed.origin.as_deref(),
            _ => None,
        }
    }

    /// Adds the module version, once.
    pub fn of(self, path: &ModulePath, version: &str) -> ModuleError {
        ModuleError { path: path.clone(), version: Version::new(version), error: self }
    }

    /// Adds the module version, once.
    pub fn of_module(self, module: &ModuleVersion) -> ModuleError {
        self.of(&module.path, &module.version)
    }
}

/// A failed fetch with the module that it was for: the one place where path and
/// version join the message. Source: `module.ModuleError`.
#[derive(Clone, Debug)]
pub struct ModuleError {
    /// The module path.
    pub path: ModulePath,
    /// The version or query; empty for the module as a whole.
    pub version: Version,
    /// What went wrong.
    pub error: FetchError,
}

impl ModuleError {
    /// See [`FetchError::kind`].
    pub fn kind(&self) -> ErrorKind {
        self.error.kind()
    }
}

impl std::fmt::Display for ModuleError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { path, version: wanted, error } = self;
        // These name the module themselves, or hold for the whole run.
        if matches!(
            error,
            FetchError::Auth(_) | FetchError::Verify(VerifyError::GoSumMismatch { .. })
        ) {
            return write!(f, "{error}");
        }
        // go names no module where it makes a zip.
        if let FetchError::Code(failed) = error
            && failed.error.is_of_zip()
        {
            return write!(f, "{error}");
        }
        // This may be of another version than the one that was asked for, which need not even
        // be a version.
        if let FetchError::Code(failed) = error
            && let CodeError::Invalid { version, .. } = &failed.error
        {
            return write!(f, "{path}@{version}: {error}");
        }
        if wanted.is_empty() {
            return write!(f, "module {path}: {error}");
        }
        // It may well be valid; nobody knows.
        if version::is_canonical(wanted) || matches!(error, FetchError::Lacking(_)) {
            return write!(f, "{path}@{wanted}: {error}");
        }
        let noun = if version::is_pseudo(wanted) { "pseudo-version" } else { "version" };
        match error {
            FetchError::Version(invalid) => {
                write!(f, "{path}@{wanted}: invalid {noun}: {}", invalid.reason)
            }
            _ => write!(f, "{path}@{wanted}: invalid {noun}: {error}"),
        }
    }
}

// The message holds that of the cause, so the cause is not a source of its own.
impl std::error::Error for ModuleError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::sums::Kind;
    use crate::verify::gate::SumKey;
    use crate::verify::sumdb::SumdbError;

    #[test]
    fn statuses_fall_into_their_kinds() {
        for (code, kind) in [
            (404, ErrorKind::NotFound),
            (410, ErrorKind::NotFound),
            (401, ErrorKind::Denied),
            (403, ErrorKind::Denied),
            (407, ErrorKind::Denied),
            (400, ErrorKind::Transient),
            (429, ErrorKind::Transient),
            (500, ErrorKind::Transient),
        ] {
            let error = HttpError {
                url: String::new(),
                status: code.to_string(),
                code,
                detail: String::new(),
                retry_after: None,
            };
            assert_eq!(FetchError::Http(error).kind(), kind, "{code}");
        }
    }

    /// A database that is out of reach may be in reach the next time; one that lies is
    /// never asked around.
    #[test]
    fn a_silent_database_is_no_lying_one() {
        let path = ModulePath::new("a.b/m");
        let verifying = |error: SumdbError| {
            let module = ModuleVersion::new(&path, "v1.0.0");
            let key = SumKey { module, kind: Kind::Zip };
            FetchError::Verify(VerifyError::Database { key, error }).kind()
        };
        let silent = SumdbError::Operation(Arc::new(std::io::Error::other("reset")));
        assert_eq!(verifying(silent), ErrorKind::Transient);
        assert_eq!(verifying(SumdbError::RecordMismatch), ErrorKind::Security);
        let absent = VerifyError::DatabaseAbsent { noun: "module" };
        assert_eq!(FetchError::Verify(absent).kind(), ErrorKind::Security);
    }
}
