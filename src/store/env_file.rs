//! The go/env file, which go and gomod share.
//!
//! go writes it in place. It is replaced as a whole here, so that a run that is cut short
//! leaves it as it was; a symbolic link to it stays one.

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
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
/// It cannot be read or written; then it is as it was.
pub fn update(
    path: &Path,
    must_exist: bool,
    edit: impl FnOnce(&str) -> String,
) -> Result<(), DiskError> {
    let (path, text) = match fs::canonicalize(path) {
        Ok(real) => {
            let data = fs::read(&real).context(READING, &real)?;
            (real, String::from_utf8_lossy(&data).into_owned())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && !must_exist => {
            (path.to_owned(), String::new())
        }
        Err(error) => return Err(error).context(READING, path),
    };
    let edited = edit(&text);
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).context(WRITING, folder)?;
    let write = || {
        // Less the umask, as for any new file; one that was there keeps its mode.
        let new = Permissions::from_mode(0o666);
        let mut file = tempfile::Builder::new().permissions(new).tempfile_in(folder)?;
        file.write_all(edited.as_bytes())?;
        if let Ok(metadata) = fs::metadata(&path) {
            file.as_file().set_permissions(metadata.permissions())?;
        }
        file.persist(&path)?;
        Ok::<_, io::Error>(())
    };
    write().context(WRITING, &path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_stays_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&file, "GOBIN=/a\n").expect("written");
        std::os::unix::fs::symlink(&file, &link).expect("linked");
        update(&link, true, |text| format!("{text}GOVCS=x\n")).expect("updated");
        assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
        assert_eq!(fs::read_to_string(&file).expect("read"), "GOBIN=/a\nGOVCS=x\n");
        update(&folder.path().join("new/go/env"), false, |text| format!("{text}A=b\n"))
            .expect("made");
        assert_eq!(fs::read_to_string(folder.path().join("new/go/env")).expect("read"), "A=b\n");
    }
}
