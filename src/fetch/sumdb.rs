//! The checksum database as the verify layer's client sees it: requests through a
//! proxy that mirrors the database, or to the database itself; files shared with go.
//!
//! Source: ref/mod#checksum-database, cmd/go/internal/modfetch/sumdb.go.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::OnceCell;
use url::Url;

use crate::spec::Version;
use crate::store::sumdb_files::{SumdbFiles, Swap};
use crate::verify::gosumdb::SumdbSetting;
use crate::verify::sumdb::{SumdbOperations, WriteOutcome};

use super::error::{ErrorKind, FetchError};
use super::goproxy::{ProxyList, Source, join};
use super::http::Http;
use super::lacking::{Lack, Part};

/// The remote end and the files of one checksum database.
pub struct RemoteDatabase {
    http: Arc<Http>,
    list: Arc<ProxyList>,
    files: SumdbFiles,
    name: String,
    direct: Url,
    /// Found out once, or not: who waits for it meanwhile is told the same.
    base: OnceCell<Result<Url, FetchError>>,
}

impl RemoteDatabase {
    /// The database that GOSUMDB names; nothing is asked yet.
    pub fn new(
        http: Arc<Http>,
        list: Arc<ProxyList>,
        files: SumdbFiles,
        setting: &SumdbSetting,
    ) -> Self {
        Self {
            http,
            list,
            files,
            name: setting.verifier.name().to_owned(),
            direct: setting.direct.clone(),
            base: setting
                .url
                .clone()
                .map_or_else(OnceCell::new, |url| OnceCell::new_with(Some(Ok(url)))),
        }
    }

    /// The first proxy that says it mirrors the database, then for all requests; the
    /// database itself where none does.
    async fn find_base(&self) -> Result<Url, FetchError> {
        let mirror = format!("sumdb/{}", self.name);
        let mut walk = self.list.walk();
        while let Some(source) = walk.source() {
            let error = match source {
                Source::Proxy(proxy) => {
                    let base = join(proxy, &mirror);
                    match self.http.get_from_database(&join(&base, "supported")).await {
                        Ok(_) => return Ok(base),
                        Err(error) => error,
                    }
                }
                Source::NoProxy => FetchError::NotPrivate,
                Source::Direct | Source::Off | Source::Cache => FetchError::Off,
            };
            walk.failed(error.kind(), error);
        }
        match walk.into_error() {
            error if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Disabled) => {
                Ok(self.direct.clone())
            }
            error => Err(error),
        }
    }

    fn latest(&self) -> String {
        format!("{}/latest", self.name)
    }
}

impl SumdbOperations for RemoteDatabase {
    type Error = FetchError;

    async fn read_remote(&self, path: &str) -> Result<Bytes, FetchError> {
        let base = self.base.get_or_init(|| self.find_base()).await.as_ref();
        let base = base.map_err(Clone::clone)?;
        if self.list.is_offline() && base.scheme() != "file" {
            return Err(FetchError::Lacking(Lack { version: Version::none(), part: Part::Record }));
        }
        self.http.get_from_database(&join(base, path.trim_start_matches('/'))).await
    }

    async fn read_latest(&self) -> Result<Vec<u8>, FetchError> {
        Ok(self.files.read_config(&self.latest())?)
    }

    async fn write_latest(&self, old: &[u8], new: &[u8]) -> Result<WriteOutcome, FetchError> {
        Ok(match self.files.swap_config(&self.latest(), old, new)? {
            Swap::Done => WriteOutcome::Written,
            Swap::Conflict => WriteOutcome::Conflict,
        })
    }

    async fn read_cache(&self, file: &str) -> Option<Vec<u8>> {
        self.files.read_cache(file)
    }

    async fn write_cache(&self, file: &str, data: &[u8]) {
        // What cannot be cached is asked for again.
        let _ = self.files.write_cache(file, data);
    }
}
