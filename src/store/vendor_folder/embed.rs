//! The files that `//go:embed` patterns of a package stand for.
//!
//! Source: resolveEmbed in cmd/go/internal/load/pkg.go, Glob in cmd/go/internal/fsys/fsys.go.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io;
use std::path::Path;

use crate::config::{Overlaid, Overlay};
use crate::spec::path::{check_file, glob_matches};
use crate::spec::source::EmbedPattern;
use crate::store::package_folder::{Kind, read_folder};
use crate::store::words;

/// A pattern that cannot be resolved. The text is go's.
#[derive(Debug, thiserror::Error)]
#[error("pattern {pattern}: {problem}")]
pub struct EmbedError {
    /// The pattern as it stands in the source.
    pub pattern: String,
    /// What is wrong with it, or with what it matches.
    pub problem: EmbedProblem,
}

/// Why a pattern cannot be resolved. Names are relative to the package's folder.
#[derive(Debug, thiserror::Error)]
pub enum EmbedProblem {
    /// It is no pattern, or leads out of the package.
    #[error("invalid pattern syntax")]
    Syntax,
    /// An element of it, between two slashes, is no pattern.
    #[error("syntax error in pattern")]
    Element,
    /// It matches nothing.
    #[error("no matching files found")]
    NoFiles,
    /// What it matches is of no kind that can be embedded, or lies in the wrong place.
    #[error("cannot embed {what} {name}: {reason}")]
    Unfit {
        /// File or directory.
        what: &'static str,
        /// What matches.
        name: String,
        /// Why it cannot be embedded.
        reason: String,
    },
    /// What it matches is neither a file nor a folder.
    #[error("cannot embed irregular file {0}")]
    Irregular(String),
    /// Something cannot be read.
    #[error("open {name}: {}", words(source))]
    Disk {
        /// The path of it.
        name: String,
        /// What the system answered.
        source: io::Error,
    },
}

/// The files that patterns stand for, by their names from the package's folder, sorted.
///
/// A pattern that names a folder takes all files below it, but for hidden ones, whose names or
/// folders begin with `.` or `_`, unless it begins with `all:`. What no module has is left out:
/// other modules, links, and the folders of version control.
///
/// # Errors
/// The first pattern that matches nothing, or something that cannot be embedded.
pub fn resolve(
    overlay: &Overlay,
    package: &Path,
    patterns: &[String],
) -> Result<BTreeSet<String>, EmbedError> {
    let mut files = BTreeSet::new();
    let mut checked = HashSet::new();
    for text in patterns {
        let failed = |problem| EmbedError { pattern: text.clone(), problem };
        let Some(pattern) = EmbedPattern::parse(text) else {
            return Err(failed(EmbedProblem::Syntax));
        };
        let folder = Folder { overlay, package };
        let found = folder.expand(&pattern, &mut checked).map_err(failed)?;
        if found.is_empty() {
            return Err(failed(EmbedProblem::NoFiles));
        }
        files.extend(found);
    }
    Ok(files)
}

/// Whether nothing with this name can be embedded: no module may have it.
fn is_bad_name(name: &str) -> bool {
    check_file(name).is_err() || matches!(name, ".bzr" | ".hg" | ".git" | ".svn")
}

fn is_hidden(name: &str) -> bool {
    name.starts_with(['.', '_'])
}

/// A name from a folder that has one; the package's own is empty.
fn below(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

struct Folder<'a> {
    overlay: &'a Overlay,
    package: &'a Path,
}

impl Folder<'_> {
    /// The files of one pattern. `checked` has the names that were found to be fit.
    fn expand(
        &self,
        pattern: &EmbedPattern<'_>,
        checked: &mut HashSet<String>,
    ) -> Result<Vec<String>, EmbedProblem> {
        let mut files = Vec::new();
        for name in self.glob(pattern.glob)? {
            let Some(kind) = self.kind(&name) else { continue };
            let what = if kind == Kind::Folder { "directory" } else { "file" };
            self.check_place(&name, what, checked)?;
            match kind {
                Kind::File => files.push(name),
                Kind::Folder => {
                    let found = files.len();
                    self.walk(&name, pattern.takes_hidden, &mut files)?;
                    if files.len() == found {
                        let reason = "contains no embeddable files".to_owned();
                        return Err(EmbedProblem::Unfit { what, name, reason });
                    }
                }
                Kind::Link | Kind::Other => return Err(EmbedProblem::Irregular(name)),
            }
        }
        Ok(files)
    }

    /// Every name that matches, sorted. Links to folders are followed here; that they cannot
    /// be embedded is said later.
    fn glob(&self, glob: &str) -> Result<Vec<String>, EmbedProblem> {
        let is_wild = |text: &str| text.contains(['*', '?', '[', '\\']);
        if !is_wild(glob) {
            return Ok(Vec::from_iter(self.kind(glob).map(|_| glob.to_owned())));
        }
        let elements: Vec<&str> = glob.split('/').collect();
        let fixed = elements.iter().take_while(|element| !is_wild(element)).count();
        let mut found = vec![elements[..fixed].join("/")];
        for element in &elements[fixed..] {
            let mut next = Vec::new();
            for folder in &found {
                // A folder that cannot be read has nothing that matches.
                let entries = read_folder(self.overlay, &self.package.join(folder));
                for entry in entries.unwrap_or_default() {
                    let name = entry.name.to_string_lossy();
                    if glob_matches(element, &name).ok_or(EmbedProblem::Element)? {
                        next.push(below(folder, &name));
                    }
                }
            }
            found = next;
        }
        Ok(found)
    }

    /// What has this name, links not followed; `None` where nothing has it.
    fn kind(&self, name: &str) -> Option<Kind> {
        self.look(name, |path| fs::symlink_metadata(path))
    }

    /// Whether a folder is a module of its own. A link that leads nowhere makes none.
    fn is_module(&self, folder: &str) -> bool {
        self.look(&below(folder, "go.mod"), |path| fs::metadata(path)).is_some()
    }

    /// What has this name once the overlay is laid over the disk, of which `read` tells.
    fn look(&self, name: &str, read: impl Fn(&Path) -> io::Result<fs::Metadata>) -> Option<Kind> {
        let path = self.package.join(name);
        let on_disk = |path: &Path| read(path).ok().map(|found| found.file_type().into());
        if self.overlay.is_empty() {
            return on_disk(&path);
        }
        // A file that stands in for a folder above, or deletes it, leaves nothing below.
        let mut above = path.ancestors().skip(1);
        if above.any(|folder| self.overlay.look_up(folder) != Overlaid::Not) {
            return None;
        }
        match self.overlay.look_up(&path) {
            Overlaid::Deleted => None,
            Overlaid::By(file) => {
                let found = fs::metadata(file).ok()?;
                Some(if found.is_file() { Kind::File } else { Kind::Other })
            }
            Overlaid::Not if self.overlay.below(&path).any(|(_, file)| file.is_some()) => {
                Some(Kind::Folder)
            }
            Overlaid::Not => on_disk(&path),
        }
    }

    /// Checks that what matches would be part of the module, and every folder that leads there.
    fn check_place(
        &self,
        matched: &str,
        what: &'static str,
        checked: &mut HashSet<String>,
    ) -> Result<(), EmbedProblem> {
        let unfit = |reason: String| {
            let name = matched.to_owned();
            Err(EmbedProblem::Unfit { what, name, reason })
        };
        let up = |name: &&str| name.rfind('/').map(|end| &matched[..end]);
        for name in std::iter::successors(Some(matched), up) {
            if checked.contains(name) {
                return Ok(());
            }
            if self.is_module(name) {
                return unfit("in different module".to_owned());
            }
            if name != matched && self.kind(name).is_some_and(|kind| kind != Kind::Folder) {
                return unfit(format!("in non-directory {name}"));
            }
            let element = name.rsplit('/').next().unwrap_or(name);
            if is_bad_name(element) {
                let place = if name == matched { "invalid name" } else { "in invalid directory" };
                return unfit(format!("{place} {element}"));
            }
            checked.insert(name.to_owned());
        }
        Ok(())
    }

    /// Adds the files below a folder that go with it when it is embedded.
    fn walk(
        &self,
        folder: &str,
        takes_hidden: bool,
        files: &mut Vec<String>,
    ) -> Result<(), EmbedProblem> {
        let path = self.package.join(folder);
        let entries = read_folder(self.overlay, &path)
            .map_err(|source| EmbedProblem::Disk { name: path.display().to_string(), source })?;
        for entry in entries {
            let element = entry.name.to_string_lossy();
            let name = below(folder, &element);
            let is_bad = is_bad_name(&element);
            if is_bad || (is_hidden(&element) && !takes_hidden) {
                if entry.kind == Kind::Folder || is_hidden(&element) {
                    continue;
                }
                let reason = format!("invalid name {element}");
                return Err(EmbedProblem::Unfit { what: "file", name, reason });
            }
            match entry.kind {
                Kind::Folder if !self.is_module(&name) => {
                    self.walk(&name, takes_hidden, files)?;
                }
                Kind::File => files.push(name),
                Kind::Folder | Kind::Link | Kind::Other => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for name in files {
            let path = folder.path().join("p").join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            fs::write(&path, name).expect("written");
        }
        folder
    }

    /// What patterns, between blanks, stand for; or the error.
    fn found(folder: &Path, patterns: &str) -> String {
        let patterns: Vec<String> = patterns.split(' ').map(str::to_owned).collect();
        match resolve(&Overlay::default(), &folder.join("p"), &patterns) {
            Ok(found) => found.into_iter().collect::<Vec<_>>().join(" "),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn patterns_stand_for_files() {
        let folder = folder(&[
            "a.txt",
            "b.txt",
            "c[1].md",
            "d/x.txt",
            "d/.hidden",
            "d/_y",
            "d/e/z.txt",
            "d/.git/config",
            "d/.svn",
            "d/mod/go.mod",
            "d/mod/in.txt",
            "d/.dir/f",
            ".top/x",
            "vendor/v.txt",
        ]);
        symlink("../a.txt", folder.path().join("p/d/link")).expect("a link");
        for (patterns, want) in [
            ("a.txt", "a.txt"),
            ("*.txt", "a.txt b.txt"),
            ("b.txt *.txt a.txt", "a.txt b.txt"),
            ("?.txt", "a.txt b.txt"),
            ("c\\[1].md", "c[1].md"),
            ("[^a-z]/[xz].txt", "pattern [^a-z]/[xz].txt: no matching files found"),
            ("[a-z]/[xz].txt", "d/x.txt"),
            ("d", "d/e/z.txt d/x.txt"),
            ("all:d", "d/.dir/f d/.hidden d/_y d/e/z.txt d/x.txt"),
            ("d/*/z.txt", "d/e/z.txt"),
            ("*/e/*", "d/e/z.txt"),
            (".top", ".top/x"),
            ("d/.hidden", "d/.hidden"),
            ("vendor", "vendor/v.txt"),
            ("all:a.txt", "a.txt"),
        ] {
            assert_eq!(found(folder.path(), patterns), want, "{patterns}");
        }
    }

    #[test]
    fn what_cannot_be_embedded_is_told() {
        let folder = folder(&[
            "a.txt",
            "mod/go.mod",
            "mod/in/x.txt",
            "d/nul",
            "d/x",
            "hidden/.x",
            "con/x.txt",
            ".git/config",
        ]);
        symlink("nowhere", folder.path().join("p/hidden/go.mod")).expect("a link");
        symlink("a.txt", folder.path().join("p/link")).expect("a link");
        symlink("d", folder.path().join("p/linked")).expect("a link");
        fs::create_dir(folder.path().join("p/empty")).expect("a folder");
        for (pattern, want) in [
            ("none.txt", "no matching files found"),
            ("none/*.txt", "no matching files found"),
            ("../p/a.txt", "invalid pattern syntax"),
            ("/a.txt", "invalid pattern syntax"),
            (".", "invalid pattern syntax"),
            ("./a.txt", "invalid pattern syntax"),
            ("d/", "invalid pattern syntax"),
            ("all:", "invalid pattern syntax"),
            ("[a", "invalid pattern syntax"),
            ("[a/b]", "syntax error in pattern"),
            ("mod", "cannot embed directory mod: in different module"),
            ("mod/in/x.txt", "cannot embed file mod/in/x.txt: in different module"),
            ("mod/go.mod", "cannot embed file mod/go.mod: in different module"),
            ("link", "cannot embed irregular file link"),
            ("linked", "cannot embed irregular file linked"),
            ("linked/x", "cannot embed file linked/x: in non-directory linked"),
            ("linked/*", "cannot embed file linked/nul: invalid name nul"),
            ("d/nul", "cannot embed file d/nul: invalid name nul"),
            ("d", "cannot embed file d/nul: invalid name nul"),
            ("con/x.txt", "cannot embed file con/x.txt: in invalid directory con"),
            (".git/config", "cannot embed file .git/config: in invalid directory .git"),
            ("hidden", "cannot embed directory hidden: contains no embeddable files"),
            ("empty", "cannot embed directory empty: contains no embeddable files"),
        ] {
            let want = format!("pattern {pattern}: {want}");
            assert_eq!(found(folder.path(), pattern), want);
        }
    }

    #[test]
    fn an_overlay_adds_files_and_takes_them_away() {
        let folder = folder(&["a.txt", "d/x.txt"]);
        let text =
            r#"{"Replace": {"p/a.txt": "", "p/d/y.txt": "p/a.txt", "p/new/z.txt": "p/a.txt"}}"#;
        fs::write(folder.path().join("overlay.json"), text).expect("written");
        let overlay = Overlay::read(Path::new("overlay.json"), folder.path()).expect("read");
        let found = |pattern: &str| {
            let found = resolve(&overlay, &folder.path().join("p"), &[pattern.to_owned()]);
            found.map(|found| found.into_iter().collect::<Vec<_>>().join(" ")).ok()
        };
        assert_eq!(found("a.txt"), None);
        assert_eq!(found("d").as_deref(), Some("d/x.txt d/y.txt"));
        assert_eq!(found("*/z.txt").as_deref(), Some("new/z.txt"));
        assert_eq!(found("new").as_deref(), Some("new/z.txt"));
        assert_eq!(found("d/y.txt").as_deref(), Some("d/y.txt"));
        assert_eq!(found("d/x.txt/y").as_deref(), None);
    }
}
