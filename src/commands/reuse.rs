//! The file of `-reuse`: the JSON of an earlier run, of which what has not changed is not asked
//! again.
//!
//! Source: ListModules in cmd/go/internal/modload/list.go.

use std::path::Path;

use anyhow::{Result, anyhow, bail};

use crate::resolve::reuse::Earlier;
use crate::store::read_file;

use super::Session;

/// Reads the file for a command of this name.
///
/// # Errors
/// It is used inside a module, where go.mod says what is known; or the file cannot be
/// read, or holds something else.
pub fn read(session: &Session, command: &str, file: &Path) -> Result<Earlier> {
    if session.main().is_some() {
        bail!("{command} -reuse cannot be used inside a module");
    }
    let data = read_file(&session.config.directory.join(file))?;
    Earlier::parse(&data).map_err(|error| anyhow!("parsing {}: {error}", file.display()))
}
