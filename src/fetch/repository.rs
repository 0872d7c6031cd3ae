//! One module at one source: the endpoints of the GOPROXY protocol.
//!
//! Source: ref/mod#goproxy-protocol, proxyRepo in cmd/go/internal/modfetch/proxy.go.

use bytes::Bytes;
use url::Url;

use crate::spec::{ModulePath, path, version};

use super::error::{ErrorKind, FetchError, ModuleError};
use super::goproxy::{ProxyList, Source, join, redact};
use super::http::{Answer, Http, Purpose};
use super::info::Info;
use super::list::VersionList;

/// A module at a proxy.
pub struct Repository<'a> {
    http: &'a Http,
    module: &'a ModulePath,
    base: Url,
    proxy: &'a Url,
}

impl<'a> Repository<'a> {
    /// Finds the module at a source of the list.
    ///
    /// # Errors
    /// The source must not, or cannot, be asked for this module.
    pub fn open(
        http: &'a Http,
        list: &ProxyList,
        source: &'a Source,
        module: &'a ModulePath,
    ) -> Result<Self, FetchError> {
        let is_private = list.is_private(module);
        match source {
            Source::Direct | Source::NoProxy if is_private => {
                Err(FetchError::Direct(", and GONOPROXY to other paths"))
            }
            _ if is_private => Err(FetchError::Private),
            Source::NoProxy => Err(FetchError::NotPrivate),
            Source::Direct => Err(FetchError::Direct("")),
            Source::Off => Err(FetchError::Off),
            Source::Proxy(proxy) => {
                let base = join(proxy, &path::escape_path(module)?);
                Ok(Self { http, module, base, proxy })
            }
        }
    }

    fn versioned(&self, version: &str, suffix: &str) -> Result<Url, FetchError> {
        let escaped = path::escape_version(version).map_err(FetchError::Unescapable)?;
        Ok(join(&self.base, &format!("@v/{escaped}{suffix}")))
    }

    fn parse_info(&self, url: &Url, data: &[u8]) -> Result<Info, FetchError> {
        Info::parse(data).map_err(|reason| {
            let mut proxy = redact(self.proxy);
            if self.proxy.path() == "/" {
                // Not written by the user, but put there by the parser of URLs.
                proxy.pop();
            }
            FetchError::InvalidResponse { proxy, url: redact(url), reason }
        })
    }

    /// What the module's `@v/list` says.
    pub async fn list(&self) -> Result<VersionList, FetchError> {
        let data = self.http.get_small(&join(&self.base, "@v/list")).await?;
        Ok(VersionList::parse(&data))
    }

    /// What the proxy knows of a version, branch, tag or commit.
    pub async fn stat(&self, revision: &str) -> Result<Info, FetchError> {
        let url = self.versioned(revision, ".info")?;
        let data = self.http.get_small(&url).await?;
        let info = self.parse_info(&url, &data)?;
        let must_be_same =
            version::is_canonical(revision) && version::check(self.module, revision).is_ok();
        if must_be_same && info.version != revision {
            return Err(FetchError::OtherVersion { version: info.version, url: redact(&url) });
        }
        Ok(info)
    }

    /// The newest revision where no version is tagged: `@latest`, or the youngest
    /// pseudo-version of the list where the proxy has no such endpoint.
    ///
    /// # Errors
    /// The source fails, as a whole or for that pseudo-version.
    pub async fn latest(&self) -> Result<Info, ModuleError> {
        let named = |error: FetchError| error.of(self.module, "");
        let url = join(&self.base, "@latest");
        match self.http.get_small(&url).await {
            Ok(data) => self.parse_info(&url, &data).map_err(named),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let youngest = self.list().await.map_err(named)?.youngest();
                let youngest = youngest.ok_or(FetchError::NoCommits).map_err(named)?;
                let stat = self.stat(&youngest).await;
                stat.map_err(|error| error.of(self.module, &youngest))
            }
            Err(error) => Err(named(error)),
        }
    }

    /// The go.mod file of a canonical version.
    pub async fn go_mod(&self, version: &str) -> Result<Bytes, FetchError> {
        self.http.get_small(&self.versioned(version, ".mod")?).await
    }

    /// The zip of a canonical version, still to be read.
    pub async fn zip(&self, version: &str) -> Result<Answer, FetchError> {
        self.http.get(&self.versioned(version, ".zip")?, Purpose::Zip).await
    }
}
