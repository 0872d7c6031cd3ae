//! Where a repository has a module: which folder, which tags, and what its go.mod file may say.
//!
//! Source: ref/mod#vcs-dir, newCodeRepo and findDir in
//! cmd/go/internal/modfetch/coderepo.go.

use crate::fetch::vcs::VcsError;
use crate::spec::go_import::has_path_prefix;
use crate::spec::modfile::{module_path, quote};
use crate::spec::pattern::clean_path;
use crate::spec::{ModulePath, path, version};

/// How a module lies in its repository, as far as the module's path says it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layout {
    /// The module.
    pub module: ModulePath,
    /// The path at the repository's root.
    pub root: String,
    /// The folder where the module is expected: that of the path without its major version
    /// suffix. The module may lie in a folder of this one that bears the suffix's name.
    pub folder: String,
    /// The module's path without its major version suffix; with it where the repository's root
    /// has it.
    pub prefix: String,
    /// The major version suffix, such as `/v2` or `.v2`; or empty.
    pub suffix: String,
}

/// Why a repository cannot hold a module.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LayoutError {
    /// The module's path does not begin with that of the repository.
    #[error("mismatched repo: found {root} for {module}")]
    Mismatched {
        /// The path at the repository's root.
        root: String,
        /// The module.
        module: ModulePath,
    },
    /// The module's path has a malformed major version suffix.
    #[error("invalid module path {}", quote(.0.as_bytes()))]
    Path(ModulePath),
    /// The repository's path takes a part of the module's suffix.
    #[error("repository rooted at {root} cannot contain module {module}")]
    CannotContain {
        /// The path at the repository's root.
        root: String,
        /// The module.
        module: ModulePath,
    },
}

/// Why a revision does not have a module.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LocationError {
    /// A go.mod file cannot be read, though it may be there.
    #[error("reading {root}/{file} at revision {revision}: {error}")]
    Reading {
        /// The path at the repository's root.
        root: String,
        /// The file, from the root of the repository.
        file: String,
        /// The revision.
        revision: String,
        /// What went wrong.
        error: Box<VcsError>,
    },
    /// The module is there twice.
    #[error(
        "{prefix}/{file} and ...{suffix}/go.mod both have ...{suffix} module paths at revision {revision}"
    )]
    Twice {
        /// The module's path without its suffix.
        prefix: String,
        /// The go.mod file outside of the folder that bears the suffix's name.
        file: String,
        /// The major version suffix.
        suffix: String,
        /// The revision.
        revision: String,
    },
    /// A go.mod file declares no path.
    #[error("{file} is missing module path{aside} at revision {revision}")]
    NoPath {
        /// The file.
        file: String,
        /// That the other place has none, where there is another.
        aside: String,
        /// The revision.
        revision: String,
    },
    /// A go.mod file declares a path with another suffix than the module's.
    #[error(
        "{file} has non-...{suffix} module path {}{aside} at revision {revision}",
        quote(declared.as_bytes())
    )]
    OtherSuffix {
        /// The file.
        file: String,
        /// The module's suffix.
        suffix: String,
        /// The path that is declared.
        declared: String,
        /// That the other place has none, where there is another.
        aside: String,
        /// The revision.
        revision: String,
    },
    /// A go.mod file declares a path with a malformed suffix.
    #[error(
        "{file} has malformed module path {} at revision {revision}",
        quote(declared.as_bytes())
    )]
    Malformed {
        /// The file.
        file: String,
        /// The path that is declared.
        declared: String,
        /// The revision.
        revision: String,
    },
    /// A go.mod file declares a path with a suffix, and the module's path has none.
    #[error(
        "{file} has post-{major} module path {} at revision {revision}",
        quote(declared.as_bytes())
    )]
    TooHigh {
        /// The file.
        file: String,
        /// The major version that was asked for.
        major: String,
        /// The path that is declared.
        declared: String,
        /// The revision.
        revision: String,
    },
    /// There is no go.mod file, and there has to be one.
    #[error(
        "missing {prefix}/go.mod{} at revision {revision}",
        suffix.as_ref().map(|suffix| format!(" and ...{suffix}/go.mod")).unwrap_or_default()
    )]
    NoGoMod {
        /// The module's path without its suffix.
        prefix: String,
        /// The suffix, where a folder with its name would do.
        suffix: Option<String>,
        /// The revision.
        revision: String,
    },
}

/// Which folder of a revision is the module's root.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// The folder where it is expected, with a go.mod file.
    Expected,
    /// The folder below that bears the name of the major version, with a go.mod file.
    Major,
    /// The repository's root, without a go.mod file.
    Bare,
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { clean_path(name) } else { clean_path(&format!("{folder}/{name}")) }
}

/// Whether a path that a go.mod file declares allows the same versions as a module path with
/// this suffix.
fn has_major(declared: &str, suffix: &str) -> bool {
    // Which versions go with an empty path nobody knows; a malformed one goes with none.
    let Some((_, found)) = path::split_major(declared).filter(|_| !declared.is_empty()) else {
        return false;
    };
    if suffix.is_empty() {
        // gopkg.in has suffixes for the first two as well.
        return matches!(path::major_of_suffix(found), "" | "v0" | "v1");
    }
    // The rest of the path does not matter, since a fork may stand in for what it names.
    !found.is_empty() && suffix[1..] == found[1..]
}

impl Layout {
    /// The layout of a module in the repository at `root`. `subdir` is the folder of the
    /// repository that this path stands for; empty for the repository's root.
    ///
    /// # Errors
    /// The repository cannot hold the module.
    pub fn new(root: &str, subdir: &str, module: &ModulePath) -> Result<Self, LayoutError> {
        let named = || (root.to_owned(), module.clone());
        if !has_path_prefix(module, root) {
            let (root, module) = named();
            return Err(LayoutError::Mismatched { root, module });
        }
        let (prefix, suffix) =
            path::split_major(module).ok_or_else(|| LayoutError::Path(module.clone()))?;
        let (mut folder, mut prefix) = (String::new(), prefix);
        if root == module.as_str() {
            prefix = module;
        } else if has_path_prefix(prefix, root) {
            prefix[root.len()..].trim_matches('/').clone_into(&mut folder);
        } else {
            let (root, module) = named();
            return Err(LayoutError::CannotContain { root, module });
        }
        if !subdir.is_empty() {
            folder = join(&folder, subdir);
        }
        Ok(Self {
            module: module.clone(),
            root: root.to_owned(),
            folder,
            prefix: prefix.to_owned(),
            suffix: suffix.to_owned(),
        })
    }

    /// What the module's tags begin with: its folder and a slash, or nothing.
    pub fn tag_prefix(&self) -> String {
        if self.folder.is_empty() { String::new() } else { format!("{}/", self.folder) }
    }

    /// The tags that a pseudo-version of the module may follow begin with this.
    pub fn pseudo_tag_prefix(&self) -> String {
        let major = self.suffix.get(1..).map(|major| format!("{major}.")).unwrap_or_default();
        self.tag_prefix() + &major
    }

    /// The revision that a version names: that of a pseudo-version, else the tag. What is no
    /// version is a revision.
    pub fn revision_of(&self, asked: &str) -> String {
        if !version::is_valid(asked) {
            return asked.to_owned();
        }
        if let Some(pseudo) = version::parse_pseudo(asked) {
            return pseudo.revision.to_owned();
        }
        let tag = match version::build(asked) {
            mark @ "+incompatible" => &asked[..asked.len() - mark.len()],
            _ => asked,
        };
        self.tag_prefix() + tag
    }

    /// Whether the module's path allows the version.
    pub fn allows(&self, version: &str) -> bool {
        path::check_major(version, &self.suffix).is_ok()
    }

    /// Whether the module could have `+incompatible` versions: only in the root of a repository
    /// can there be one without a go.mod file.
    pub fn may_be_incompatible(&self) -> bool {
        self.folder.is_empty() && self.suffix.is_empty()
    }

    /// The folder that bears the name of the major version; `None` where that is no place for
    /// the module.
    pub fn major_folder(&self) -> Option<String> {
        let is_possible = self.suffix.starts_with('/') && self.root != self.module.as_str();
        is_possible.then(|| join(&self.folder, &self.suffix[1..]))
    }

    /// The go.mod file where it is expected, from the root of the repository.
    pub fn go_mod(&self) -> String {
        join(&self.folder, "go.mod")
    }

    /// Decides where a revision has the module. `expected` is the go.mod file in the folder
    /// where it is expected, `below` that in [`Layout::major_folder`], where there are such.
    ///
    /// # Errors
    /// It does not have it, or in both places.
    pub fn locate(
        &self,
        asked: &str,
        revision: &str,
        expected: Option<&[u8]>,
        below: Option<&[u8]>,
    ) -> Result<Place, LocationError> {
        let Self { root, prefix, suffix, .. } = self;
        let (suffix, revision) = (suffix.clone(), revision.to_owned());
        let declared = expected.map(module_path);
        let is_expected = declared.as_ref().is_some_and(|declared| {
            // An old bug let unversioned paths stand in for those of gopkg.in: golang.org/issue/34254.
            has_major(declared, &suffix) || (suffix.is_empty() && declared.starts_with("gopkg.in/"))
        });
        if let Some(folder) = self.major_folder()
            && let Some(below) = below
        {
            let declared = module_path(below);
            if has_major(&declared, &suffix) {
                if is_expected {
                    let (prefix, file) = (prefix.clone(), self.go_mod());
                    return Err(LocationError::Twice { prefix, file, suffix, revision });
                }
                return Ok(Place::Major);
            }
            let (file, aside) = (format!("{root}/{folder}/go.mod"), String::new());
            return Err(if declared.is_empty() {
                LocationError::NoPath { file, aside, revision }
            } else {
                LocationError::OtherSuffix { file, suffix, declared, aside, revision }
            });
        }
        if is_expected {
            return Ok(Place::Expected);
        }
        let Some(declared) = declared else {
            if self.folder.is_empty() && !suffix.starts_with('/') {
                return Ok(Place::Bare);
            }
            let suffix = self.major_folder().map(|_| suffix);
            return Err(LocationError::NoGoMod { prefix: prefix.clone(), suffix, revision });
        };
        let (file, aside) = (self.go_mod(), self.absent_below());
        Err(if declared.is_empty() {
            LocationError::NoPath { file, aside, revision }
        } else if !suffix.is_empty() {
            LocationError::OtherSuffix { file, suffix, declared, aside, revision }
        } else if path::split_major(&declared).is_none() {
            LocationError::Malformed { file, declared, revision }
        } else {
            let major = version::major(asked).to_owned();
            LocationError::TooHigh { file, major, declared, revision }
        })
    }

    fn absent_below(&self) -> String {
        match self.major_folder() {
            Some(_) => format!(" (and ...{}/go.mod does not exist)", self.suffix),
            None => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(root: &str, subdir: &str, module: &str) -> Layout {
        Layout::new(root, subdir, &module.into()).expect(module)
    }

    #[test]
    fn layouts() {
        // Root, subdir, module; folder, prefix, suffix, tag prefixes, folder of the major version.
        type Case = ([&'static str; 3], [&'static str; 5], Option<&'static str>);
        let cases: &[Case] = &[
            (["a.b/r", "", "a.b/r"], ["", "a.b/r", "", "", ""], None),
            (["a.b/r", "", "a.b/r/v2"], ["", "a.b/r", "/v2", "", "v2."], Some("v2")),
            (["a.b/r", "", "a.b/r/x/y"], ["x/y", "a.b/r/x/y", "", "x/y/", "x/y/"], None),
            (["a.b/r", "", "a.b/r/x/v3"], ["x", "a.b/r/x", "/v3", "x/", "x/v3."], Some("x/v3")),
            (["a.b/r/v2", "", "a.b/r/v2"], ["", "a.b/r/v2", "/v2", "", "v2."], None),
            (["gopkg.in/m.v2", "", "gopkg.in/m.v2"], ["", "gopkg.in/m.v2", ".v2", "", "v2."], None),
            (["a.b/r", "in/r", "a.b/r"], ["in/r", "a.b/r", "", "in/r/", "in/r/"], None),
            (
                ["a.b/r", "in//r/", "a.b/r/x/v2"],
                ["x/in/r", "a.b/r/x", "/v2", "x/in/r/", "x/in/r/v2."],
                Some("x/in/r/v2"),
            ),
        ];
        for ([root, subdir, module], [folder, prefix, suffix, tags, pseudo_tags], major) in cases {
            let made = layout(root, subdir, module);
            let shown = (&*made.folder, &*made.prefix, &*made.suffix);
            assert_eq!(shown, (*folder, *prefix, *suffix), "{root} {subdir} {module}");
            assert_eq!(made.tag_prefix(), *tags, "{module}");
            assert_eq!(made.pseudo_tag_prefix(), *pseudo_tags, "{module}");
            assert_eq!(made.major_folder().as_deref(), *major, "{module}");
        }
        for (root, module, says) in [
            ("a.b/r", "a.b/rr", "mismatched repo: found a.b/r for a.b/rr"),
            ("a.b/r/v1", "a.b/r/v1", "invalid module path \"a.b/r/v1\""),
            ("a.b/v2", "a.b/v2/v3", ""),
            ("a.b/r/", "a.b/r/v2", "repository rooted at a.b/r/ cannot contain module a.b/r/v2"),
            ("a.b/r/v2/x", "a.b/r/v2", "mismatched repo: found a.b/r/v2/x for a.b/r/v2"),
        ] {
            let made = Layout::new(root, "", &module.into());
            assert_eq!(made.err().map(|error| error.to_string()).unwrap_or_default(), says);
        }
        let whole = Layout::new("gopkg.in/m", "", &"gopkg.in/m/x.v2".into());
        assert_eq!(whole.map(|layout| layout.folder), Ok("x".to_owned()));
    }

    #[test]
    fn revisions() {
        let (top, below) = (layout("a.b/r", "", "a.b/r"), layout("a.b/r", "", "a.b/r/x"));
        for (asked, at_top, at_below) in [
            ("main", "main", "main"),
            ("v1.2.0", "v1.2.0", "x/v1.2.0"),
            ("v1", "v1", "x/v1"),
            ("v2.0.0+incompatible", "v2.0.0", "x/v2.0.0"),
            ("v1.0.0+meta", "v1.0.0+meta", "x/v1.0.0+meta"),
            ("v0.0.0-20200101000000-abcdefabcdef", "abcdefabcdef", "abcdefabcdef"),
            ("v2.0.1-0.20200101000000-abcdefabcdef+incompatible", "abcdefabcdef", "abcdefabcdef"),
        ] {
            assert_eq!(top.revision_of(asked), at_top);
            assert_eq!(below.revision_of(asked), at_below);
        }
    }

    /// Where a module is by what go.mod files there are, each given by the path it declares.
    #[test]
    fn places() {
        use Place::{Bare, Expected, Major};
        type Case =
            (&'static str, Option<&'static str>, Option<&'static str>, Result<Place, &'static str>);
        let cases: &[Case] = &[
            ("a.b/r", None, None, Ok(Bare)),
            ("a.b/r", Some("a.b/r"), None, Ok(Expected)),
            ("a.b/r", Some("other.c/fork"), None, Ok(Expected)),
            ("a.b/r", Some("gopkg.in/m.v1"), None, Ok(Expected)),
            ("a.b/r", Some("gopkg.in/m.v3"), None, Ok(Expected)),
            ("a.b/r", Some(""), None, Err("go.mod is missing module path at revision R")),
            (
                "a.b/r",
                Some("a.b/r/v2"),
                None,
                Err("go.mod has post-v1 module path \"a.b/r/v2\" at revision R"),
            ),
            (
                "a.b/r",
                Some("a.b/r/v1"),
                None,
                Err("go.mod has malformed module path \"a.b/r/v1\" at revision R"),
            ),
            // A folder of the major version is no place for a module without suffix.
            ("a.b/r", Some("a.b/r"), Some("a.b/r"), Ok(Expected)),
            ("a.b/r/v2", Some("a.b/r/v2"), None, Ok(Expected)),
            ("a.b/r/v2", None, Some("a.b/r/v2"), Ok(Major)),
            ("a.b/r/v2", Some("a.b/r"), Some("a.b/r/v2"), Ok(Major)),
            ("a.b/r/v2", Some("a.b/r"), Some("gopkg.in/m.v2"), Ok(Major)),
            (
                "a.b/r/v2",
                Some("a.b/r"),
                Some("gopkg.in/m.v2-unstable"),
                Err(
                    "a.b/r/v2/go.mod has non-.../v2 module path \"gopkg.in/m.v2-unstable\" at revision R",
                ),
            ),
            (
                "a.b/r/v2",
                Some("a.b/r/v2"),
                Some("a.b/r/v2"),
                Err("a.b/r/go.mod and .../v2/go.mod both have .../v2 module paths at revision R"),
            ),
            (
                "a.b/r/v2",
                Some("a.b/r"),
                None,
                Err(
                    "go.mod has non-.../v2 module path \"a.b/r\" (and .../v2/go.mod does not exist) at revision R",
                ),
            ),
            (
                "a.b/r/v2",
                Some(""),
                None,
                Err(
                    "go.mod is missing module path (and .../v2/go.mod does not exist) at revision R",
                ),
            ),
            (
                "a.b/r/v2",
                Some("a.b/r/v2"),
                Some("a.b/r"),
                Err("a.b/r/v2/go.mod has non-.../v2 module path \"a.b/r\" at revision R"),
            ),
            (
                "a.b/r/v2",
                None,
                Some(""),
                Err("a.b/r/v2/go.mod is missing module path at revision R"),
            ),
            ("a.b/r/v2", None, None, Err("missing a.b/r/go.mod and .../v2/go.mod at revision R")),
            ("a.b/r/x", Some("a.b/r/x"), None, Ok(Expected)),
            ("a.b/r/x", None, None, Err("missing a.b/r/x/go.mod at revision R")),
        ];
        for (module, expected, below, want) in cases {
            let file = |declared: &Option<&str>| {
                declared.map(|path| match path {
                    "" => "// nothing\n".to_owned(),
                    path => format!("module {path}\n"),
                })
            };
            let (expected, below) = (file(expected), file(below));
            let found = layout("a.b/r", "", module).locate(
                "v1.2.0",
                "R",
                expected.as_ref().map(String::as_bytes),
                below.as_ref().map(String::as_bytes),
            );
            let found = found.map_err(|error| error.to_string());
            assert_eq!(found.as_ref().map_err(|error| &**error).copied(), *want, "{module}");
        }
        // Where the repository has the suffix, its root is the place, with its go.mod file.
        let own = layout("a.b/r/v2", "", "a.b/r/v2");
        let error = own.locate("v2.0.0", "R", None, None).expect_err("none").to_string();
        assert_eq!(error, "missing a.b/r/v2/go.mod at revision R");
        let gopkg = layout("gopkg.in/m.v2", "", "gopkg.in/m.v2");
        assert_eq!(gopkg.locate("v2.0.0", "R", None, None).ok(), Some(Bare));
        let mismatched = gopkg.locate("v2.0.0", "R", Some(b"module a.b/m\n"), None);
        assert_eq!(
            mismatched.expect_err("another").to_string(),
            "go.mod has non-....v2 module path \"a.b/m\" at revision R"
        );
    }
}
