//! Package patterns: what an argument names, packages of a path, of many, or of folders.
//!
//! Source: `go help packages`, cmd/internal/pkgpattern, cmd/go/internal/search/search.go.

/// Whether a name stands for many packages: `all`, `std`, `cmd`, `tool` or `work`.
pub fn is_meta(pattern: &str) -> bool {
    matches!(pattern, "all" | "cmd" | "std" | "tool" | "work")
}

/// Whether a pattern names at most one package.
pub fn is_literal(pattern: &str) -> bool {
    !pattern.contains("...") && !is_meta(pattern)
}

/// Whether a path is taken from the working directory: `.`, `..`, and what begins with
/// `./` or `../`.
pub fn is_relative(path: &str) -> bool {
    matches!(path, "." | "..") || path.starts_with("./") || path.starts_with("../")
}

/// Whether a pattern names folders: it is [relative](is_relative) or absolute.
pub fn is_local(pattern: &str) -> bool {
    is_relative(pattern) || pattern.starts_with('/')
}

/// Whether a path could be that of a package of the standard library: its first element has
/// no dot.
pub fn is_standard(path: &str) -> bool {
    !path.split('/').next().unwrap_or(path).contains('.')
}

/// A pattern as it is looked up: without `.`, `..` and empty elements, but for `./` before
/// it. Backslashes are slashes, but in absolute paths. What stands behind `@` in patterns
/// that are not local is a version query and stays.
pub fn clean(pattern: &str) -> String {
    let at = pattern.find('@').filter(|_| !is_local(pattern)).unwrap_or(pattern.len());
    let (path, query) = pattern.split_at(at);
    if path.starts_with('/') {
        return clean_path(path);
    }
    let path = path.replace('\\', "/");
    let mut cleaned = clean_path(&path);
    if path.starts_with("./") && cleaned != "." {
        cleaned.insert_str(0, "./");
    }
    cleaned + query
}

/// The shortest path that names the same by its elements alone: Go's `path.Clean`.
pub fn clean_path(path: &str) -> String {
    let is_absolute = path.starts_with('/');
    let mut elements: Vec<&str> = Vec::new();
    for element in path.split('/') {
        match element {
            "" | "." => {}
            ".." if elements.last().is_some_and(|last| *last != "..") => {
                elements.pop();
            }
            ".." if is_absolute => {}
            _ => elements.push(element),
        }
    }
    let joined = elements.join("/");
    match (is_absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// Whether the pattern may match a path, or one below it.
pub fn can_match_below(pattern: &str, path: &str) -> bool {
    let (fixed, is_wild) = match pattern.split_once("...") {
        Some((fixed, _)) => (fixed, true),
        None => (pattern, false),
    };
    let leads_to = match fixed.strip_prefix(path) {
        Some(rest) => rest.is_empty() || rest.starts_with('/') || path.ends_with('/'),
        None => false,
    };
    leads_to || (is_wild && path.starts_with(fixed))
}

/// Whether a path matches a pattern in which `...` stands for any text, the empty one
/// and slashes included; `x/...` matches `x` as well. No `...` reaches into a folder
/// `vendor`, which the pattern has to name.
/// Source: `go help packages`, cmd/internal/pkgpattern.
pub fn matches(pattern: &str, path: &str) -> bool {
    if pattern.contains(VENDOR) || path.contains(VENDOR) {
        return false;
    }
    let (pattern, path) = (mark_vendor(pattern), mark_vendor(path));
    let without_dots = match pattern.strip_suffix("/...") {
        // The folder itself is not marked where nothing follows it.
        Some(head) => match head.strip_suffix(VENDOR) {
            Some(head) => matches_dots(&format!("{head}vendor"), &path),
            None => matches_dots(head, &path),
        },
        None => false,
    };
    without_dots || matches_dots(&pattern, &path)
}

/// Stands for an element `vendor` with others behind it; no path has this character.
const VENDOR: char = '\0';

fn mark_vendor(path: &str) -> String {
    let (folders, last) = path.rsplit_once('/').map_or((None, path), |(f, last)| (Some(f), last));
    let mark = |element| if element == "vendor" { "\0" } else { element };
    let folders = folders.into_iter().flat_map(|folders| folders.split('/')).map(mark);
    folders.chain([last]).collect::<Vec<_>>().join("/")
}

fn matches_dots(pattern: &str, path: &str) -> bool {
    fn matches(pieces: &[&str], path: &str) -> bool {
        let ([piece, ..], Some(at)) = (
            pieces,
            match pieces {
                [] => return path.is_empty(),
                [last] => path.strip_suffix(last).map(str::len),
                // The shortest match of each piece leaves the most for those behind it.
                [first, ..] => path.find(first),
            },
        ) else {
            return false;
        };
        !path[..at].contains(VENDOR) && matches(&pieces[1..], &path[at + piece.len()..])
    }
    let mut pieces = pattern.split("...");
    let first = pieces.next().unwrap_or_default();
    let rest: Vec<&str> = pieces.collect();
    path.strip_prefix(first).is_some_and(|tail| matches(&rest, tail))
}

/// Folders of a module that are no packages, by the `ignore` directives of its go.mod. A path
/// that begins with `./` is taken from the module's root; others are found anywhere.
/// Source: ref/mod#go-mod-file-ignore, search.IgnorePatterns.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ignored {
    /// Paths between slashes.
    at_root: Vec<String>,
    anywhere: Vec<String>,
}

impl Ignored {
    /// The paths as the directives have them.
    pub fn new<'a>(paths: impl IntoIterator<Item = &'a str>) -> Self {
        let mut ignored = Self::default();
        for path in paths {
            match path.strip_prefix("./") {
                Some(path) => ignored.at_root.push(between_slashes(path)),
                None => ignored.anywhere.push(between_slashes(path)),
            }
        }
        ignored
    }

    /// Whether a folder is ignored, given by its path from the module's root; the root itself
    /// never is.
    pub fn contains(&self, folder: &str) -> bool {
        if folder.is_empty() {
            return false;
        }
        let folder = between_slashes(folder);
        self.at_root.iter().any(|path| folder.starts_with(path))
            || self.anywhere.iter().any(|path| folder.contains(path))
    }
}

fn between_slashes(path: &str) -> String {
    let mut path = path.to_owned();
    if !path.starts_with('/') {
        path.insert(0, '/');
    }
    if !path.ends_with('/') {
        path.push('/');
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_patterns() {
        for (pattern, path, want) in [
            ("a.b/...", "a.b", true),
            ("a.b/...", "a.b/c/d", true),
            ("a.b/...", "a.bc", false),
            ("a.b...", "a.bc", true),
            ("...", "x", true),
            (".../c", "a/b/c", true),
            ("a/.../c", "a/c", false),
            ("a/.../c", "a/b/c", true),
            ("a...b...c", "axbxbyc", true),
            ("a", "a", true),
            ("a", "a/b", false),
            // Only the last dots may be left out with their slash.
            ("a/.../...", "a", false),
            ("a/.../...", "a/", true),
            ("a/...", "a/vendor/b", false),
            ("a/...", "a/vendor", true),
            ("a/...", "a/vendors/b", true),
            ("a/vendor/...", "a/vendor/b", true),
            ("a/vendor/...", "a/vendor", true),
            ("a/vendor/...", "a/vendor/b/vendor/c", false),
            ("...b", "vendor/b", false),
            ("vendor/b...", "vendor/b/c", true),
            ("a/.../vendor/x", "a/b/vendor/x", true),
            ("a/...", "a/\0", false),
        ] {
            assert_eq!(matches(pattern, path), want, "{pattern} {path}");
        }
    }

    #[test]
    fn trees_that_can_match() {
        for (pattern, path, want) in [
            ("...", "foo", true),
            ("net", "net", true),
            ("net", "net/http", false),
            ("net/http", "net", true),
            ("net/http", "ne", false),
            ("net...", "netchan", true),
            ("net...", "not/http", false),
            ("net/...", "net", true),
            ("net/...", "net/http", true),
            ("net/...", "netchan", false),
            ("abc.../def", "abcxyz", true),
            ("abc.../def", "xyzabc", false),
            ("x/y/z/...", "x/y/z/w", true),
            ("x/.../y/z", "x/a/b/c", true),
            ("x/.../y/z", "y/x/a", false),
        ] {
            assert_eq!(can_match_below(pattern, path), want, "{pattern} {path}");
        }
    }

    #[test]
    fn cleaning() {
        for (pattern, want) in [
            ("", "."),
            ("./", "."),
            ("./.", "."),
            ("./a/../b", "./b"),
            ("./..", "./.."),
            ("../a/", "../a"),
            ("a//b/./c", "a/b/c"),
            ("a/..", "."),
            ("a\\b", "a/b"),
            (".\\a", "./a"),
            ("/a\\b/../../..", "/"),
            ("a/b/@v1/../x", "a/b@v1/../x"),
            ("./a@v1/..", "."),
            ("a/../../b@", "../b@"),
        ] {
            assert_eq!(clean(pattern), want, "{pattern:?}");
        }
    }

    #[test]
    fn kinds() {
        assert!(is_local(".") && is_local("../x") && is_local("/x") && !is_local(".x"));
        assert!(is_literal("alle") && !is_literal("all") && !is_literal("a..."));
        assert!(is_standard("fmt") && is_standard("a/b.c") && !is_standard("a.b/c"));
    }

    #[test]
    fn ignored_folders() {
        let ignored = Ignored::new(["./root/x", "any", "a/b/"]);
        for (folder, want) in [
            ("", false),
            ("root", false),
            ("root/x", true),
            ("root/x/y", true),
            ("root/xy", false),
            ("c/root/x", false),
            ("any", true),
            ("c/any/d", true),
            ("many", false),
            ("c/a/b", true),
            ("c/a/bc", false),
        ] {
            assert_eq!(ignored.contains(folder), want, "{folder}");
        }
        assert!(Ignored::new(["./"]).contains("a"), "all there is");
    }
}
