//! The packages of the standard library, as the newest Go release that gomod knows has them.

/// Go 1.26's, one a line, sorted by byte. Made by scripts/standard-library.go.
const PACKAGES: &str = include_str!("standard_library.txt");

/// Every package of the standard library, sorted: the commands below `cmd` as well, and what
/// only the library itself may import (`internal/…`, `vendor/…`).
pub fn packages() -> impl Iterator<Item = &'static str> {
    PACKAGES.lines()
}

/// Whether the standard library has a package of this path, which the go command then takes,
/// whatever modules there are. Source: `modindex.IsStandardPackage`.
pub fn contains(path: &str) -> bool {
    // Where lines begin is found by halving: what is before a place belongs to its line.
    let line_at = |at: usize| {
        let start = PACKAGES[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let length = PACKAGES[start..].find('\n').unwrap_or(PACKAGES.len() - start);
        (start, &PACKAGES[start..start + length])
    };
    let (mut low, mut high) = (0, PACKAGES.len());
    while low < high {
        let (start, line) = line_at(low.midpoint(high));
        match line.cmp(path) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = start + line.len() + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_is_found_and_nothing_else() {
        let all: Vec<&str> = packages().collect();
        assert!(all.len() > 500 && all.is_sorted() && PACKAGES.is_ascii());
        for path in all {
            assert!(contains(path), "{path}");
            assert_eq!(
                contains(&path[..path.len() - 1]),
                packages().any(|p| p == &path[..path.len() - 1])
            );
            assert!(!contains(&format!("{path}~")) && !contains(&format!("{path}/-")), "{path}");
        }
        for path in ["", "C", "~", "!", "fmt\n", "archive/tar\narchive/zip", "testdata", "net/h"] {
            assert!(!contains(path), "{path:?}");
        }
        for path in ["unsafe", "builtin", "cmd/go", "internal/abi", "vendor/golang.org/x/net/idna"]
        {
            assert!(contains(path), "{path}");
        }
    }
}
