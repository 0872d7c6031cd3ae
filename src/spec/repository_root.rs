//! Repositories that a path alone tells: sites whose paths are known, and paths that name a
//! version control, such as `example.com/a.git/b`.
//!
//! The sites are those that are written into the go command; every other path is asked for by
//! its page.
//! Source: ref/mod#vcs-find, vcsPaths in cmd/go/internal/vcs/vcs.go.

use super::go_import::has_path_prefix;
use super::modfile::quote;

/// The names of version controls, as pages, paths and GOVCS have them: the names of their
/// programs too.
const NAMES: [&str; 5] = ["bzr", "fossil", "git", "hg", "svn"];

/// Where a repository is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// At this URL.
    Url(String),
    /// At this host and path, by the first of the [`schemes`] that answers.
    WithoutScheme(String),
}

/// A repository that a path tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KnownRoot {
    /// The path that its root stands for.
    pub root: String,
    /// The version control, such as `git`.
    pub vcs: &'static str,
    /// Where it is.
    pub place: Place,
}

/// A path that must not be asked for.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InvalidRoot {
    /// go never asks this host, which is one for examples.
    #[error("no modules on example.net")]
    Example,
    /// go never asks for this path.
    #[error("rsc.io is not a module")]
    NoModule,
    /// A URL instead of a path.
    #[error("\"{0}//\" not allowed in import path")]
    Scheme(&'static str),
    /// Not what paths of this site look like.
    #[error("invalid {site} import path {}", quote(.path.as_bytes()))]
    Path {
        /// The site.
        site: &'static str,
        /// The path.
        path: String,
    },
    /// The repository's name ends like one of a version control, as in URLs.
    #[error("invalid version control suffix in {0}/ path")]
    Suffix(&'static str),
}

/// How many elements of a path are the repository of a site.
type Reader = fn(&[&str]) -> Option<usize>;

/// The sites: what their paths begin with, how those go on, and the version control.
const SITES: [(&str, Reader, &str, bool); 6] = [
    ("github.com", two_names, "git", true),
    ("bitbucket.org", two_names, "git", true),
    ("hub.jazz.net/git", user_and_name, "git", true),
    ("git.apache.org", name_of_git, "git", false),
    ("git.openstack.org", two_names, "git", false),
    ("chiselapp.com", fossil_repository, "fossil", false),
];

fn is_name(element: &str) -> bool {
    let may_be = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    !element.is_empty() && element.bytes().all(may_be)
}

fn are_names(elements: &[&str]) -> bool {
    elements.iter().all(|element| is_name(element))
}

fn two_names(elements: &[&str]) -> Option<usize> {
    (elements.len() >= 2 && are_names(elements)).then_some(2)
}

fn user_and_name(elements: &[&str]) -> Option<usize> {
    let is_user = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    two_names(elements).filter(|_| elements[0].bytes().all(is_user))
}

fn name_of_git(elements: &[&str]) -> Option<usize> {
    let name = elements.first()?.strip_suffix(".git")?;
    let is_lower = !name.bytes().any(|byte| byte.is_ascii_uppercase());
    (is_name(name) && is_lower && are_names(elements)).then_some(1)
}

fn fossil_repository(elements: &[&str]) -> Option<usize> {
    match elements {
        ["user", user, "repository", name] => {
            let is_user = !user.is_empty() && user.bytes().all(|byte| byte.is_ascii_alphanumeric());
            (is_user && is_name(name)).then_some(4)
        }
        _ => None,
    }
}

/// Checks for the paths that are no paths of modules, whatever a page might say.
///
/// # Errors
/// It is one.
fn check(path: &str) -> Result<(), InvalidRoot> {
    if has_path_prefix(path, "example.net") {
        return Err(InvalidRoot::Example);
    }
    if path == "rsc.io" {
        return Err(InvalidRoot::NoModule);
    }
    match ["http:", "https:"].into_iter().find(|scheme| path.starts_with(scheme)) {
        Some(scheme) => Err(InvalidRoot::Scheme(scheme)),
        None => Ok(()),
    }
}

/// The repository of a path; `None` where a page has to be asked.
///
/// # Errors
/// The path is none of its site, or of no site at all.
pub fn known(path: &str) -> Result<Option<KnownRoot>, InvalidRoot> {
    check(path)?;
    let Some((site, read, vcs, must_be_plain)) =
        SITES.into_iter().find(|(site, ..)| has_path_prefix(path, site))
    else {
        return Ok(named(path));
    };
    let rest = path[site.len()..].trim_start_matches('/');
    let elements: Vec<&str> = rest.split('/').collect();
    let count = read(&elements).ok_or_else(|| InvalidRoot::Path { site, path: path.to_owned() })?;
    let root = format!("{site}/{}", elements[..count].join("/"));
    if must_be_plain && suffix(&root).is_some() {
        return Err(InvalidRoot::Suffix(site));
    }
    let place = Place::Url(format!("https://{root}"));
    Ok(Some(KnownRoot { root, vcs, place }))
}

/// The version control that a name ends in, with the name before it.
fn suffix(name: &str) -> Option<(&str, &'static str)> {
    let (stem, end) = name.rsplit_once('.')?;
    Some((stem, NAMES.into_iter().find(|vcs| *vcs == end)?))
}

/// A path with the name of a version control in it. What stands before the host, where a host
/// is not all of the first element, is not part of the root.
fn named(path: &str) -> Option<KnownRoot> {
    let elements: Vec<&str> = path.split('/').collect();
    let is_element = |element: &&str| is_name(element.strip_prefix('~').unwrap_or(element));
    (0..elements.len()).find_map(|first| {
        let host = host_at_end(elements[first])?;
        let rest = &elements[first + 1..];
        if !rest.iter().all(is_element) {
            return None;
        }
        let (last, vcs) = rest.iter().enumerate().find_map(|(at, element)| {
            let (stem, vcs) = suffix(element)?;
            is_element(&stem).then_some((at, vcs))
        })?;
        let root = [&[host], &rest[..=last]].concat().join("/");
        let place = Place::WithoutScheme(root[..root.len() - vcs.len() - 1].to_owned());
        Some(KnownRoot { root, vcs, place })
    })
}

/// The longest end of an element that is a host, perhaps with a port.
fn host_at_end(element: &str) -> Option<&str> {
    let host = match element.rsplit_once(':') {
        Some((host, port)) => {
            let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
            Some(host).filter(|_| is_port)?
        }
        None => element,
    };
    let may_be =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
    let start = host.bytes().rposition(|byte| !may_be(byte)).map_or(0, |at| at + 1);
    let inner = host.get(start + 1..host.len().saturating_sub(1))?;
    inner.contains('.').then_some(&element[start..])
}

/// A path of Launchpad, which is looked at where its page says nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LaunchpadRoot {
    /// The path that the root of the repository stands for.
    pub root: String,
    /// Where the second element may be a series of the project, and may be a folder: a series
    /// has this URL.
    pub series: Option<Series>,
}

/// What tells a series from a folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Series {
    /// Answered with success only for a series.
    pub url: String,
    /// The root where it is a folder.
    pub project: String,
}

/// The repository, by `bzr`, of a path of Launchpad; `None` for every other path.
/// Source: launchpadVCS.
pub fn launchpad(path: &str) -> Option<LaunchpadRoot> {
    const SITE: &str = "launchpad.net";
    let rest = path.strip_prefix(SITE)?.strip_prefix('/')?;
    let elements: Vec<&str> = rest.split('/').collect();
    let (first, others) = elements.split_first()?;
    if let Some(user) = first.strip_prefix('~') {
        let (project, names) = others.split_first()?;
        let is_branch = is_name(user)
            && (*project == "+junk" || is_name(project))
            && !names.is_empty()
            && are_names(names);
        let root = format!("{SITE}/{}", elements.get(..3)?.join("/"));
        return is_branch.then_some(LaunchpadRoot { root, series: None });
    }
    if !are_names(&elements) {
        return None;
    }
    let project = format!("{SITE}/{first}");
    Some(match others.first() {
        Some(second) => {
            let url = format!("https://code.{SITE}/{first}/{second}/.bzr/branch-format");
            let root = format!("{project}/{second}");
            LaunchpadRoot { root, series: Some(Series { url, project }) }
        }
        None => LaunchpadRoot { root: project, series: None },
    })
}

/// The schemes that a version control can be asked by, the preferred one first.
pub fn schemes(vcs: &str) -> &'static [&'static str] {
    match vcs {
        "git" => &["git", "https", "http", "git+ssh", "ssh"],
        "hg" => &["https", "http", "ssh"],
        "svn" => &["https", "http", "svn", "svn+ssh"],
        "bzr" => &["https", "http", "bzr", "bzr+ssh"],
        _ => &["https", "http"],
    }
}

/// Whether nobody on the way can read or change what a scheme carries. What GIT_ALLOW_PROTOCOL
/// lists, between colons, is all that counts for git where it is set.
pub fn is_secure(vcs: &str, scheme: &str, git_allow_protocol: &str) -> bool {
    if vcs == "git" && !git_allow_protocol.is_empty() {
        return git_allow_protocol.split(':').any(|allowed| allowed == scheme);
    }
    matches!(scheme, "https" | "git+ssh" | "bzr+ssh" | "svn+ssh" | "ssh")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites() {
        for (path, vcs, root) in [
            ("github.com/a/b", "git", "github.com/a/b"),
            ("github.com/A_-./b.c/d/v2", "git", "github.com/A_-./b.c"),
            ("bitbucket.org/a/b/c", "git", "bitbucket.org/a/b"),
            ("hub.jazz.net/git/user1/name", "git", "hub.jazz.net/git/user1/name"),
            ("hub.jazz.net/git/user/a.b/c/d", "git", "hub.jazz.net/git/user/a.b"),
            ("git.apache.org/a.git", "git", "git.apache.org/a.git"),
            ("git.apache.org/a-b_2.x.git/c/d", "git", "git.apache.org/a-b_2.x.git"),
            ("git.openstack.org/a/b", "git", "git.openstack.org/a/b"),
            ("git.openstack.org/a/b.git/c", "git", "git.openstack.org/a/b.git"),
            (
                "chiselapp.com/user/A1/repository/b.c",
                "fossil",
                "chiselapp.com/user/A1/repository/b.c",
            ),
        ] {
            let place = Place::Url(format!("https://{root}"));
            let want = KnownRoot { root: root.to_owned(), vcs, place };
            assert_eq!(known(path), Ok(Some(want)), "{path}");
        }
    }

    #[test]
    fn paths_of_no_repository() {
        for path in [
            "github.com",
            "github.com/a",
            "github.com/a/b c",
            "github.com/a/b/\u{438}",
            "github.com/a//b",
            "bitbucket.org/a",
            "hub.jazz.net/git",
            "hub.jazz.net/git/a",
            "hub.jazz.net/git/User/a",
            "hub.jazz.net/git/a.b/c",
            "git.apache.org/a",
            "git.apache.org/A.git",
            "git.apache.org/.git",
            "git.apache.org/a/b.git",
            "git.openstack.org/a",
            "chiselapp.com/user/a/b",
            "chiselapp.com/user/a-b/repository/c",
            "chiselapp.com/user/a/repository/b/c",
        ] {
            let error = known(path).expect_err(path).to_string();
            let want = format!(" import path \"{path}\"");
            assert!(error.starts_with("invalid ") && error.ends_with(&want), "{error}");
        }
        for (path, want) in [
            ("github.com/a/b.git", "invalid version control suffix in github.com/ path"),
            ("bitbucket.org/a/b.hg/c", "invalid version control suffix in bitbucket.org/ path"),
            ("example.net", "no modules on example.net"),
            ("example.net/a.git", "no modules on example.net"),
            ("rsc.io", "rsc.io is not a module"),
            ("https:/a.b", "\"https://\" not allowed in import path"),
            ("http:/a.b", "\"http://\" not allowed in import path"),
        ] {
            assert_eq!(known(path).expect_err(path).to_string(), want);
        }
    }

    #[test]
    fn named_version_controls() {
        for (path, want) in [
            ("a.example.com/b.git", Some(("git", "a.example.com/b.git", "a.example.com/b"))),
            ("a.b/c/~d/e.hg/f", Some(("hg", "a.b/c/~d/e.hg", "a.b/c/~d/e"))),
            ("a.b/c.svn/d.git", Some(("svn", "a.b/c.svn", "a.b/c"))),
            ("a.b/c.git.git", Some(("git", "a.b/c.git.git", "a.b/c.git"))),
            ("a.b:80/c.fossil", Some(("fossil", "a.b:80/c.fossil", "a.b:80/c"))),
            ("x/a.b/c.bzr", Some(("bzr", "a.b/c.bzr", "a.b/c"))),
            ("XA.b.c/d.git", Some(("git", ".b.c/d.git", ".b.c/d"))),
            ("xgithub.com/a/b.git", Some(("git", "xgithub.com/a/b.git", "xgithub.com/a/b"))),
            ("rsc.io/x.git", Some(("git", "rsc.io/x.git", "rsc.io/x"))),
            ("a.b", None),
            ("a.b/c", None),
            ("a.b.git/c", None),
            ("a.b/.git", None),
            ("a.b/~.git", None),
            ("a.b/c.cvs", None),
            ("a.b/c.git/d e", None),
            ("a.b/c d/e.git", None),
            ("ab/c.git", None),
            (".ab/c.git", None),
            ("ab./c.git", None),
            ("a.b:x/c.git", None),
        ] {
            let want = want.map(|(vcs, root, place)| {
                let place = Place::WithoutScheme(place.to_owned());
                KnownRoot { root: root.to_owned(), vcs, place }
            });
            assert_eq!(known(path), Ok(want), "{path}");
        }
    }

    #[test]
    fn launchpads() {
        let root = |path: &str| launchpad(path).map(|found| found.root);
        for (path, want) in [
            ("launchpad.net/a", Some("launchpad.net/a")),
            ("launchpad.net/a/b", Some("launchpad.net/a/b")),
            ("launchpad.net/a/b/c", Some("launchpad.net/a/b")),
            ("launchpad.net/~u/+junk/a/b", Some("launchpad.net/~u/+junk/a")),
            ("launchpad.net/~u/p/a", Some("launchpad.net/~u/p/a")),
            ("launchpad.net/~u/p", None),
            ("launchpad.net/~/p/a", None),
            ("launchpad.net", None),
            ("launchpad.net/a/+b", None),
            ("sub.launchpad.net/a", None),
        ] {
            assert_eq!(root(path).as_deref(), want, "{path}");
        }
        let series = launchpad("launchpad.net/a/b/c").and_then(|found| found.series);
        let series = series.expect("perhaps a series");
        assert_eq!(series.url, "https://code.launchpad.net/a/b/.bzr/branch-format");
        assert_eq!(series.project, "launchpad.net/a");
        assert_eq!(launchpad("launchpad.net/a").and_then(|found| found.series), None);
    }

    #[test]
    fn security() {
        for (vcs, allow, secure) in [
            ("git", "", vec!["https", "git+ssh", "ssh"]),
            ("git", "git:http", vec!["git", "http"]),
            ("hg", "http", vec!["https", "ssh"]),
            ("svn", "", vec!["https", "svn+ssh"]),
            ("fossil", "", vec!["https"]),
        ] {
            let found: Vec<_> =
                schemes(vcs).iter().copied().filter(|s| is_secure(vcs, s, allow)).collect();
            assert_eq!(found, secure, "{vcs} {allow}");
        }
    }
}
