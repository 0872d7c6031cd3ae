//! `-overlay`: files that stand in for others, without being written where those are.
//!
//! It concerns the files of modules outside the cache: go.mod and go.sum of the main module, and
//! go.mod of replacement folders. Source: `go help build`, cmd/go/internal/fsys/fsys.go.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::{ConfigError, clean};

/// Files by the absolute path that they are asked for by. Empty without `-overlay`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlay(BTreeMap<PathBuf, Option<PathBuf>>);

/// What an overlay says of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlaid<'a> {
    /// Nothing: it is what it is.
    Not,
    /// The file counts as not there.
    Deleted,
    /// This file stands in.
    By(&'a Path),
}

impl Overlay {
    /// Reads an overlay file. Relative paths in it are those of the working directory.
    ///
    /// # Errors
    /// It cannot be read or is not such JSON, or names a path twice.
    pub(crate) fn read(file: &Path, directory: &Path) -> Result<Self, ConfigError> {
        let failed = |reason: String| ConfigError::Overlay(file.to_owned(), reason);
        let data = fs::read(directory.join(file)).map_err(|error| failed(error.to_string()))?;
        let written: BTreeMap<String, serde_json::Value> = serde_json::from_slice(&data)
            .map_err(|error| failed(format!("parsing overlay JSON: {error}")))?;
        let mut replace: BTreeMap<String, Option<String>> = BTreeMap::new();
        // As Go's decoder reads it: the key in any case, null for nothing.
        for (key, value) in written {
            if key.eq_ignore_ascii_case("Replace") {
                let paths: Option<BTreeMap<String, Option<String>>> = serde_json::from_value(value)
                    .map_err(|error| failed(format!("parsing overlay JSON: {error}")))?;
                replace.extend(paths.unwrap_or_default());
            }
        }
        let absolute = |path: &str| clean(&directory.join(path));
        let mut overlay = BTreeMap::new();
        for (path, stand_in) in &replace {
            if path.is_empty() {
                return Err(failed("empty string key in overlay map".to_owned()));
            }
            let stand_in = stand_in.as_deref().filter(|path| !path.is_empty()).map(absolute);
            if overlay.insert(absolute(path), stand_in).is_some() {
                return Err(failed(format!("duplicate paths {path} in overlay map")));
            }
        }
        Ok(Self(overlay))
    }

    /// What stands in for an absolute path.
    pub fn look_up(&self, path: &Path) -> Overlaid<'_> {
        match self.0.get(path) {
            None => Overlaid::Not,
            Some(None) => Overlaid::Deleted,
            Some(Some(file)) => Overlaid::By(file),
        }
    }

    /// Whether nothing stands in for anything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The paths below a folder that the overlay speaks of, from the folder, in order, and
    /// what stands in; without a stand-in a path counts as not there.
    pub fn below<'a>(
        &'a self,
        folder: &'a Path,
    ) -> impl Iterator<Item = (&'a Path, Option<&'a Path>)> + 'a {
        let from = self.0.range(folder.to_owned()..);
        let below = from.map_while(move |(path, stand_in)| {
            Some((path.strip_prefix(folder).ok()?, stand_in.as_deref()))
        });
        below.filter(|(path, _)| !path.as_os_str().is_empty())
    }

    /// Whether a path is a file, once the overlay is laid over the disk.
    pub fn is_file(&self, path: &Path) -> bool {
        let path = match self.look_up(path) {
            Overlaid::Not => path,
            Overlaid::Deleted => return false,
            Overlaid::By(file) => file,
        };
        fs::metadata(path).is_ok_and(|metadata| !metadata.is_dir())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_working_directory() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        fs::write(at("o.json"), r#"{"Replace": {"m/go.mod": "x.mod", "gone/go.mod": ""}}"#)
            .expect("written");
        fs::write(at("x.mod"), "module x\n").expect("written");
        let overlay = Overlay::read(Path::new("o.json"), folder.path()).expect("read");
        assert_eq!(overlay.look_up(&at("m/go.mod")), Overlaid::By(&at("x.mod")));
        assert_eq!(overlay.look_up(&at("gone/go.mod")), Overlaid::Deleted);
        assert!(overlay.is_file(&at("m/go.mod")) && overlay.is_file(&at("x.mod")));
        assert!(!overlay.is_file(&at("gone/go.mod")));
        fs::write(at("lower.json"), r#"{"replace": {"a": null}, "x": 1}"#).expect("written");
        let lower = Overlay::read(Path::new("lower.json"), folder.path()).expect("read");
        assert_eq!(lower.look_up(&at("a")), Overlaid::Deleted);
        for bad in
            ["", "7", "[]", r#"{"Replace": {"": "x"}}"#, r#"{"Replace": {"a": "x", "./a": "y"}}"#]
        {
            fs::write(at("bad.json"), bad).expect("written");
            Overlay::read(Path::new("bad.json"), folder.path()).expect_err(bad);
        }
    }
}
