//! The `go-import` meta tags of a page, and which of them speaks for a path.
//!
//! A page is read as Go's XML reader does where it is told not to be strict: whatever comes
//! before the end of `<head>` or the start of `<body>` counts, and what that reader trips over
//! ends the reading, so that tags behind it are not seen. Reading a page more kindly would find
//! modules that go does not find.
//!
//! Source: ref/mod#vcs-find, cmd/go/internal/vcs/discovery.go, encoding/xml.

mod names;
mod page;

pub use page::{PageError, read};

use super::modfile::quote;

/// What one tag says: `<meta name="go-import" content="PREFIX VCS URL [SUBDIR]">`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GoImport {
    /// The path that the root of the repository stands for.
    pub prefix: String,
    /// The version control, such as `git`; or `mod` for a module proxy.
    pub vcs: String,
    /// Where the repository is, or the proxy.
    pub url: String,
    /// The folder of the repository that the prefix stands for; empty for its root.
    pub subdir: String,
}

impl GoImport {
    /// Reads the content of a tag; `None` where it has not three or four fields, which go
    /// passes over.
    pub fn parse(content: &str) -> Option<Self> {
        let fields: Vec<&str> = content.split_whitespace().collect();
        let (prefix, vcs, url, subdir) = match fields[..] {
            [prefix, vcs, url] => (prefix, vcs, url, ""),
            [prefix, vcs, url, subdir] => (prefix, vcs, url, subdir),
            _ => return None,
        };
        let owned = str::to_owned;
        Some(Self {
            prefix: owned(prefix),
            vcs: owned(vcs),
            url: owned(url),
            subdir: owned(subdir),
        })
    }

    /// Whether modules come from a proxy rather than from a repository.
    pub fn is_proxy(&self) -> bool {
        self.vcs == "mod"
    }

    /// Checks the folder of the repository. Source: validateRepoSubDir.
    ///
    /// # Errors
    /// What is wrong with it, in go's words.
    pub fn check_subdir(&self) -> Result<(), &'static str> {
        match self.subdir.as_bytes().first() {
            Some(b'/') => Err("leading slash"),
            Some(b'-') => Err("leading hyphen"),
            _ => Ok(()),
        }
    }
}

/// Puts the proxies first, and drops what they stand in for: a repository with the prefix of
/// a proxy.
fn prefer_proxies(found: Vec<GoImport>) -> Vec<GoImport> {
    let (mut proxies, mut others): (Vec<_>, Vec<_>) =
        found.into_iter().partition(GoImport::is_proxy);
    others.retain(|import| proxies.iter().all(|proxy| proxy.prefix != import.prefix));
    proxies.append(&mut others);
    proxies
}

/// Why no tag speaks for a path.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MatchError {
    /// None has a prefix of the path; none may be there at all.
    #[error("{}", mismatches(.path, .prefixes))]
    Mismatch {
        /// The path.
        path: String,
        /// The prefixes that do not match.
        prefixes: Vec<String>,
    },
    /// Two do, and neither is to be preferred.
    #[error("multiple meta tags match import path {}", quote(.0.as_bytes()))]
    Multiple(String),
}

fn mismatches(path: &str, prefixes: &[String]) -> String {
    let said = |prefix: &String| format!("meta tag {prefix} did not match import path {path}");
    prefixes.iter().map(said).collect::<Vec<_>>().join(", ")
}

/// The tag that speaks for a path, of those of a page. Source: matchGoImport.
///
/// # Errors
/// There is none, or more than one.
pub fn find<'a>(imports: &'a [GoImport], path: &str) -> Result<&'a GoImport, MatchError> {
    let (matching, others): (Vec<_>, Vec<_>) =
        imports.iter().partition(|import| has_path_prefix(path, &import.prefix));
    match matching[..] {
        [] => Err(MatchError::Mismatch {
            path: path.to_owned(),
            prefixes: others.into_iter().map(|import| import.prefix.clone()).collect(),
        }),
        [only] => Ok(only),
        [first, second, ..] if first.is_proxy() && !second.is_proxy() => Ok(first),
        _ => Err(MatchError::Multiple(path.to_owned())),
    }
}

/// Whether a path is another, or lies below it. Source: cmd/go/internal/str.
pub fn has_path_prefix(path: &str, prefix: &str) -> bool {
    match path.strip_prefix(prefix) {
        Some(rest) => {
            rest.is_empty() || prefix.is_empty() || prefix.ends_with('/') || rest.starts_with('/')
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import(content: &str) -> GoImport {
        GoImport::parse(content).expect(content)
    }

    #[test]
    fn contents() {
        let parsed = import(" go.example.com/a \n git\thttps://git.example.com/a ");
        assert_eq!(parsed, import("go.example.com/a git https://git.example.com/a"));
        assert_eq!(parsed.subdir, "");
        assert_eq!(import("go.example.com/a git https://git.example.com/a go/a").subdir, "go/a");
        for content in ["", "go.example.com/a git", "a git https://git.example.com/a b c"] {
            assert_eq!(GoImport::parse(content), None, "{content}");
        }
    }

    #[test]
    fn folders() {
        let check = |subdir: &str| {
            let import = import(&format!("a.example.com git https://git.example.com/a {subdir}"));
            import.check_subdir()
        };
        for good in ["", "sub", "sub/dir", "a-b"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        assert_eq!(check("/sub"), Err("leading slash"));
        assert_eq!(check("-sub"), Err("leading hyphen"));
    }

    #[test]
    fn finding() {
        let git = |prefix: &str| import(&format!("{prefix} git https://git.example.com/r"));
        let proxy = |prefix: &str| import(&format!("{prefix} mod https://proxy.example.com"));
        let two = [git("example.com/user/a"), git("example.com/user/ab")];
        let nested = [git("example.com/user/a"), git("example.com/user/a/b")];
        for (imports, path, want) in [
            (&two[..], "example.com/user/a", Some(0)),
            (&two, "example.com/user/a/", Some(0)),
            (&two, "example.com/user/a/deep/er", Some(0)),
            (&two, "example.com/user/ab", Some(1)),
            (&two, "example.com", None),
            (&two, "sub.example.com/user/a", None),
            (&nested, "example.com/user/a", Some(0)),
            (&nested, "example.com/user/a/b", None),
            (&nested, "example.com/user/a/b/c", None),
            (&[proxy("example.com/a"), git("example.com")], "example.com/a/b", Some(0)),
            (&[proxy("example.com/a"), git("example.com")], "example.com/b", Some(1)),
            (&[proxy("example.com/a"), proxy("example.com")], "example.com/a", None),
            (&[], "example.com/a", None),
        ] {
            assert_eq!(find(imports, path).ok(), want.map(|at| &imports[at]), "{path}");
        }
        let said = |imports, path| find(imports, path).expect_err(path).to_string();
        assert_eq!(
            said(&two[..], "example.com/x"),
            "meta tag example.com/user/a did not match import path example.com/x, \
             meta tag example.com/user/ab did not match import path example.com/x"
        );
        assert_eq!(said(&[], "example.com/x"), "");
        assert_eq!(
            said(&nested, "example.com/user/a/b"),
            "multiple meta tags match import path \"example.com/user/a/b\""
        );
    }

    #[test]
    fn prefixes() {
        for (path, prefix, want) in [
            ("a/b", "a/b", true),
            ("a/b", "a", true),
            ("a/b", "a/", true),
            ("a/b", "", true),
            ("a", "a/", false),
            ("ab", "a", false),
            ("a", "a/b", false),
        ] {
            assert_eq!(has_path_prefix(path, prefix), want, "{path} {prefix}");
        }
    }
}
