//! One module at one source: the endpoints of the GOPROXY protocol.
//!
//! Source: ref/mod#goproxy-protocol, proxyRepo in cmd/go/internal/modfetch/proxy.go.

use bytes::Bytes;
use url::Url;

use crate::spec::{ModulePath, path, version};

use super::error::{ErrorKind, FetchError};
use super::goproxy::{ProxyList, Source, join, redact};
use super::http::{Answer, Http, Purpose};
use super::info::Info;

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
        let escaped = path::escape_version(version).map_err(FetchError::Version)?;
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

    /// The lines of `@v/list`: a version each, perhaps with its time.
    async fn list_lines(&self) -> Result<Vec<String>, FetchError> {
        let data = self.http.get_small(&join(&self.base, "@v/list")).await?;
        Ok(String::from_utf8_lossy(&data).split('\n').map(str::to_owned).collect())
    }

    /// The tagged versions, in ascending order; pseudo-versions are left out.
    pub async fn versions(&self) -> Result<Vec<String>, FetchError> {
        let lines = self.list_lines().await?;
        let first_fields = lines.iter().filter_map(|line| line.split_whitespace().next());
        let mut versions: Vec<String> = first_fields
            .filter(|text| version::is_valid(text) && !version::is_pseudo(text))
            .map(str::to_owned)
            .collect();
        versions.sort_by(|a, b| version::compare_for_list(a, b));
        Ok(versions)
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
    pub async fn latest(&self) -> Result<Info, FetchError> {
        let url = join(&self.base, "@latest");
        match self.http.get_small(&url).await {
            Ok(data) => self.parse_info(&url, &data),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let youngest = youngest(&self.list_lines().await?).ok_or(FetchError::NoCommits)?;
                self.stat(&youngest).await
            }
            Err(error) => Err(error),
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

/// The version with the latest time, which a list may give behind a version; a
/// pseudo-version holds its own. Of equal times the first wins.
fn youngest(lines: &[String]) -> Option<String> {
    let mut best: Option<(jiff::Timestamp, &str)> = None;
    for line in lines {
        let mut fields = line.split_whitespace();
        let Some(candidate) = fields.next().filter(|text| version::is_valid(text)) else {
            continue;
        };
        let time = match (fields.next(), version::parse_pseudo(candidate)) {
            (Some(time), _) => time.parse().ok(),
            (None, Some(pseudo)) => {
                jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", pseudo.timestamp)
                    .and_then(|time| time.to_zoned(jiff::tz::TimeZone::UTC))
                    .ok()
                    .map(|time| time.timestamp())
            }
            // A tagged version: this is only asked where there was none.
            (None, None) => None,
        };
        if let Some(time) = time
            && best.is_none_or(|(held, _)| held < time)
        {
            best = Some((time, candidate));
        }
    }
    best.map(|(_, version)| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_youngest_of_a_list() {
        let lines = |text: &str| text.split('\n').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(
            youngest(&lines(
                "v0.0.0-20200101000000-abcdefabcdef\nv0.0.0-20210101000000-abcdefabcdef\nv1.0.0\nbad"
            ))
            .as_deref(),
            Some("v0.0.0-20210101000000-abcdefabcdef")
        );
        assert_eq!(
            youngest(&lines("v1.0.0 2022-01-01T00:00:00Z\nv0.0.0-20210101000000-abcdefabcdef"))
                .as_deref(),
            Some("v1.0.0")
        );
        assert_eq!(youngest(&lines("v1.0.0\n")), None);
    }
}
