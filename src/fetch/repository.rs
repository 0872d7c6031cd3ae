//! One module at one source: the endpoints of the GOPROXY protocol, or version control.
//!
//! Source: ref/mod#goproxy-protocol, proxyRepo in cmd/go/internal/modfetch/proxy.go.

use std::sync::Arc;

use bytes::Bytes;
use url::Url;

use crate::spec::{ModulePath, ModuleVersion, Version, path, version};

use crate::store::archive::ModuleArchive;
use crate::store::cache::Cache;

use super::direct::look_up::{self, Direct};
use super::direct::{CodeRepository, Versions};
use super::error::{ErrorKind, FetchError, ModuleError};
use super::goproxy::{ProxyList, Source, Way, join, redact};
use super::http::Http;
use super::info::{Info, Origin};
use super::lacking::{Lack, Part};
use super::list::{Asked, ListReader, VersionList};

/// A module at a source.
pub struct Repository<'a> {
    http: &'a Http,
    module: &'a ModulePath,
    at: At<'a>,
}

/// What a source is asked by.
enum At<'a> {
    /// The protocol of proxies.
    Proxy {
        /// The module there.
        base: Url,
        /// The proxy, as the user wrote it.
        proxy: Url,
    },
    /// Version control.
    Code(Arc<CodeRepository>),
    /// What the cache has.
    Cache(&'a Cache),
}

/// The zip of a module version.
pub enum Zip {
    /// To be asked for at this URL.
    Proxy(Url),
    /// To be made of this.
    Archive(ModuleArchive),
}

impl<'a> Repository<'a> {
    /// Finds the module at a source of the list.
    ///
    /// # Errors
    /// The source must not, or cannot, be asked for this module.
    pub async fn open(
        http: &'a Http,
        direct: &Direct,
        cache: &'a Cache,
        list: &ProxyList,
        source: &Source,
        module: &'a ModulePath,
    ) -> Result<Self, FetchError> {
        let place = match list.way(source, module)? {
            Way::Cache => return Ok(Self { http, module, at: At::Cache(cache) }),
            Way::VersionControl => direct.find(module).await?,
            Way::Proxy(proxy) => look_up::Origin::Proxy(proxy.clone()),
        };
        let at = match place {
            look_up::Origin::Proxy(proxy) => {
                At::Proxy { base: join(&proxy, &path::escape_path(module)?), proxy }
            }
            look_up::Origin::Code(code) => At::Code(code),
        };
        Ok(Self { http, module, at })
    }

    /// Checks that what an earlier answer depended on is as it was.
    ///
    /// # Errors
    /// It is not, or nobody knows: a proxy never does.
    pub async fn check_reuse(&self, old: &Origin) -> Result<(), FetchError> {
        match &self.at {
            At::Proxy { .. } | At::Cache(_) => Err(FetchError::ProxyReuse),
            At::Code(code) => Ok(code.check_reuse(old).await?),
        }
    }

    /// Whether the versions that the source lists depend on the prefix that is asked for.
    pub fn lists_by_prefix(&self) -> bool {
        matches!(self.at, At::Code(_))
    }

    /// The tagged versions, in ascending order. Version control lists those that begin with a
    /// prefix (empty for all), a proxy all.
    pub async fn versions(&self, prefix: &str) -> Result<Versions, FetchError> {
        match &self.at {
            At::Proxy { base, .. } => {
                let list = self.list(base, Asked::Tagged).await?.into_tagged();
                Ok(Versions { list, origin: None })
            }
            At::Cache(cache) => {
                Ok(Versions { list: self.cached_list(cache)?.into_tagged(), origin: None })
            }
            At::Code(code) => Ok(code.versions(prefix).await?),
        }
    }

    /// What the module's `@v/list` says.
    async fn list(&self, base: &Url, asked: Asked) -> Result<VersionList, FetchError> {
        self.http.read_list(&join(base, "@v/list"), || ListReader::new(asked)).await
    }

    /// What the cache's own `list` says, which has every version whose go.mod file it holds.
    fn cached_list(&self, cache: &Cache) -> Result<VersionList, FetchError> {
        let data = cache.read_list(self.module)?;
        let data = data.ok_or_else(|| lacks("", Part::Versions))?;
        Ok(VersionList::parse(&data))
    }

    /// What the source knows of a version, branch, tag or commit.
    pub async fn stat(&self, revision: &str) -> Result<Info, FetchError> {
        match &self.at {
            At::Proxy { base, proxy } => self.stat_at_proxy(base, proxy, revision).await,
            // It has been looked for in the cache already, as always.
            At::Cache(_) if version::is_canonical(revision) => Err(lacks(revision, Part::Info)),
            At::Cache(_) => Err(lacks(revision, Part::Revision)),
            At::Code(code) => Ok(code.stat(revision).await?),
        }
    }

    async fn stat_at_proxy(
        &self,
        base: &Url,
        proxy: &Url,
        revision: &str,
    ) -> Result<Info, FetchError> {
        let url = versioned(base, revision, ".info")?;
        let info = self.http.read_small(&url, |data| parse_info(proxy, &url, &data)).await?;
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
        let (base, proxy) = match &self.at {
            At::Proxy { base, proxy } => (base, proxy),
            At::Code(code) => {
                return code.latest().await.map_err(|failed| named(failed.into()));
            }
            At::Cache(cache) => return self.latest_in_cache(cache),
        };
        let url = join(base, "@latest");
        match self.http.read_small(&url, |data| parse_info(proxy, &url, &data)).await {
            Ok(info) => Ok(info),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let youngest = self.list(base, Asked::Youngest).await.map_err(named)?.youngest();
                let youngest = youngest.ok_or(FetchError::NoCommits).map_err(named)?;
                let stat = self.stat_at_proxy(base, proxy, &youngest).await;
                stat.map_err(|error| error.of(self.module, &youngest))
            }
            Err(error) => Err(named(error)),
        }
    }

    /// As of a proxy that has no `@latest`.
    fn latest_in_cache(&self, cache: &Cache) -> Result<Info, ModuleError> {
        let named = |error: FetchError| error.of(self.module, "");
        let youngest = self.cached_list(cache).map_err(named)?.youngest();
        let youngest = youngest.ok_or(FetchError::NoCommits).map_err(named)?;
        let wanted = ModuleVersion::new(self.module, &youngest);
        let read = || cache.read_info(&cache.paths(&wanted).ok()?).ok().flatten();
        let info = read().and_then(|data| Info::parse(&data).ok());
        info.ok_or_else(|| lacks(&youngest, Part::Info).of_module(&wanted))
    }

    /// The go.mod file of a canonical version.
    pub async fn go_mod(&self, version: &str) -> Result<Bytes, FetchError> {
        match &self.at {
            At::Proxy { base, .. } => self.http.get_small(&versioned(base, version, ".mod")?).await,
            At::Code(code) => Ok(code.go_mod(version).await?),
            At::Cache(_) => Err(lacks(version, Part::GoMod)),
        }
    }

    /// The zip of a canonical version.
    pub async fn zip(&self, version: &str) -> Result<Zip, FetchError> {
        match &self.at {
            At::Proxy { base, .. } => Ok(Zip::Proxy(versioned(base, version, ".zip")?)),
            At::Code(code) => Ok(Zip::Archive(code.archive(version).await?)),
            At::Cache(_) => Err(lacks(version, Part::Zip)),
        }
    }
}

fn lacks(version: &str, part: Part) -> FetchError {
    FetchError::Lacking(Lack { version: Version::new(version), part })
}

fn versioned(base: &Url, version: &str, suffix: &str) -> Result<Url, FetchError> {
    let escaped = path::escape_version(version).map_err(FetchError::Unescapable)?;
    Ok(join(base, &format!("@v/{escaped}{suffix}")))
}

fn parse_info(proxy: &Url, url: &Url, data: &[u8]) -> Result<Info, FetchError> {
    Info::parse(data).map_err(|reason| {
        let mut shown = redact(proxy);
        if proxy.path() == "/" {
            // Not written by the user, but put there by the parser of URLs.
            shown.pop();
        }
        FetchError::InvalidResponse { proxy: shown, url: redact(url), reason }
    })
}
