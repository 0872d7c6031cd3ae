//! The vendor folder of the main module, as far as it is read.

use std::fs;
use std::io;
use std::path::Path;

use super::{Context as _, DiskError};

/// Whether the main module has one.
pub fn exists(root: &Path) -> bool {
    root.join("vendor").is_dir()
}

/// What `vendor/modules.txt` says; `None` where there is none.
///
/// # Errors
/// It cannot be read.
pub fn modules_text(root: &Path) -> Result<Option<String>, DiskError> {
    let file = root.join("vendor").join("modules.txt");
    match fs::read(&file) {
        Ok(data) => Ok(Some(String::from_utf8_lossy(&data).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).context("reading", &file),
    }
}
