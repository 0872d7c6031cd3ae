//! `-reuse`: the JSON of an earlier run, of which what has not changed is not asked again.
//!
//! Whether it has changed only version control can tell: a proxy does not say, so through
//! proxies everything is asked again, with go too (`errProxyReuse` in
//! cmd/go/internal/modfetch/proxy.go). What is left to do is to refuse a file that is none.
//! Source: ListModules in cmd/go/internal/modload/list.go.

use std::path::Path;

use anyhow::{Result, anyhow, bail};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::store::read_file;

use super::Session;

/// As much of a module's JSON as tells one from other files.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Told {
    #[serde(default, rename = "Path")]
    _path: String,
    #[serde(default, rename = "Version")]
    _version: String,
    #[serde(default, rename = "Origin")]
    _origin: Option<IgnoredAny>,
}

/// Checks the file of `-reuse` for a command of this name.
///
/// # Errors
/// It is used inside a module, where go.mod says what is known; or the file cannot be
/// read, or holds something else.
pub fn check(session: &Session, command: &str, file: &Path) -> Result<()> {
    if session.main().is_some() {
        bail!("{command} -reuse cannot be used inside a module");
    }
    let data = read_file(&session.config.directory.join(file))?;
    for told in serde_json::Deserializer::from_slice(&data).into_iter::<Told>() {
        told.map_err(|error| anyhow!("parsing {}: {error}", file.display()))?;
    }
    Ok(())
}
