//! The go/env file, which go and gomod share.
//!
//! It is written in place, as go does it: owner, mode, links and mounts stay what they are,
//! and a device that GOENV names stays one.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use super::{Context as _, DiskError};

/// What it is called in errors; go says the same.
pub(super) const NOUN: &str = "go env config";
const READING: &str = "reading go env config";
const WRITING: &str = "writing go env config";

/// Edits the file; one that need not exist and does not counts as empty, and its folder is
/// made.
///
/// # Errors
/// It cannot be read, and then is as it was; or it cannot be written.
pub fn update(
    path: &Path,
    must_exist: bool,
    edit: impl FnOnce(&[u8]) -> Vec<u8>,
) -> Result<(), DiskError> {
    let before = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && !must_exist => Vec::new(),
        read => read.context(READING, path)?,
    };
    let after = edit(&before);
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).context(WRITING, folder)?;
    }
    let write = || {
        let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        file.write_all(&after)?;
        match file.metadata()?.is_file() {
            true => file.set_len(after.len() as u64),
            false => Ok(()),
        }
    };
    write().context(WRITING, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt as _, symlink};

    fn with(line: &'static [u8]) -> impl FnOnce(&[u8]) -> Vec<u8> {
        move |before| [before, line].concat()
    }

    #[test]
    fn the_file_stays_the_file_that_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&file, b"#\xff\nGOBIN=/a\n").expect("written");
        symlink(&file, &link).expect("linked");
        let number = fs::metadata(&file).expect("there").ino();
        update(&link, true, with(b"GOVCS=x\n")).expect("updated");
        assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
        assert_eq!(fs::read(&file).expect("read"), b"#\xff\nGOBIN=/a\nGOVCS=x\n");
        update(&link, true, |_| b"A=b\n".to_vec()).expect("shortened");
        assert_eq!(fs::read(&file).expect("read"), b"A=b\n");
        assert_eq!(fs::metadata(&file).expect("there").ino(), number);
        update(Path::new("/dev/null"), true, with(b"A=b\n")).expect("written to nowhere");
    }

    #[test]
    fn a_missing_file_is_made_where_it_may_be() {
        let folder = tempfile::tempdir().expect("a folder");
        let new = folder.path().join("new/go/env");
        update(&new, true, with(b"")).expect_err("missing");
        assert!(!new.exists());
        update(&new, false, with(b"A=b\n")).expect("made");
        assert_eq!(fs::read(&new).expect("read"), b"A=b\n");
        let link = folder.path().join("link");
        symlink(folder.path().join("target"), &link).expect("linked");
        update(&link, false, with(b"A=b\n")).expect("made behind the link");
        assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    }
}
