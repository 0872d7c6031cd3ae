//! Module checksums: the `h1:` hash and the go.sum table.
//!
//! Source: ref/mod#go-sum-files, golang.org/x/mod/sumdb/dirhash,
//! cmd/go/internal/modfetch/fetch.go.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use foldhash::HashMap;
use sha2::{Digest as _, Sha256};

use super::path::ModulePath;
use super::version::{ModuleVersion, Version};

/// The `h1:` hash of a list of files: the SHA-256 of one line a file, in the order of
/// the names, each with the hexadecimal SHA-256 of the content, two spaces and the name.
/// Source: `dirhash.Hash1`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct H1([u8; 32]);

impl H1 {
    /// The hash of a go.mod file, which go.sum records under `version/go.mod`: that of
    /// a list with this one file.
    pub fn of_go_mod(content: &[u8]) -> Self {
        Self::of_entries([("go.mod".as_bytes(), Sha256::digest(content).into())])
    }

    /// The hash of named files, each given with the SHA-256 of its content. The
    /// entries come sorted by name, bytewise; no name holds a newline.
    pub fn of_entries<'a>(entries: impl IntoIterator<Item = (&'a [u8], [u8; 32])>) -> Self {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut hasher = Sha256::new();
        let mut last: Option<&[u8]> = None;
        for (name, digest) in entries {
            debug_assert!(last.is_none_or(|last| last <= name), "entries are not sorted");
            last = Some(name);
            let mut field = [b' '; 66];
            for (pair, byte) in field.chunks_exact_mut(2).zip(digest) {
                pair[0] = HEX[usize::from(byte >> 4)];
                pair[1] = HEX[usize::from(byte & 15)];
            }
            hasher.update(field);
            hasher.update(name);
            hasher.update(b"\n");
        }
        Self(hasher.finalize().into())
    }

    /// The hash itself, without its name and encoding.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for H1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("h1:")?;
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for H1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not `h1:` and the base64 of 32 bytes.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("invalid h1 hash {text:?}")]
pub struct InvalidH1 {
    /// The text as given.
    pub text: String,
}

impl FromStr for H1 {
    type Err = InvalidH1;
    fn from_str(text: &str) -> Result<Self, InvalidH1> {
        let decode = || STANDARD.decode(text.strip_prefix("h1:")?).ok()?.try_into().ok();
        decode().map(Self).ok_or_else(|| InvalidH1 { text: text.to_owned() })
    }
}

/// Which of a module version's two checksums is meant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// That of the files in the module's zip.
    Zip,
    /// That of its go.mod alone; go.sum names it `version/go.mod`.
    GoMod,
}

/// The suffix of a version in go.sum whose line stands for the go.mod file.
const GO_MOD_SUFFIX: &str = "/go.mod";

/// The hash of an empty go.mod. An old go command wrote it for repositories without a
/// go.mod, so a line that has it says nothing.
const EMPTY_GO_MOD: &str = "h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY=";

/// The lines of a go.sum or go.work.sum, by module version.
///
/// Hashes are kept as they are written, of whatever algorithm: go compares texts, and
/// keeps lines that it does not understand.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct GoSum {
    modules: HashMap<ModulePath, Vec<Sums>>,
}

/// What go.sum says of one version, in the order of its lines.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Sums {
    /// The version, without the suffix that tells the kind.
    version: Version,
    kind: Kind,
    hashes: Vec<String>,
}

/// A go.sum line that does not have three fields.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("malformed go.sum:\n{file}:{line}: wrong number of fields {fields}")]
pub struct MalformedGoSum {
    /// The file, as the caller named it.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// How many fields it has.
    pub fields: usize,
}

impl GoSum {
    /// Reads a go.sum file; `file` names it in the error. Fields are separated by
    /// Unicode white space, and bytes that are no UTF-8 read as U+FFFD. Source: `readGoSum`.
    pub fn parse(file: &str, data: &[u8]) -> Result<Self, MalformedGoSum> {
        let (table, malformed) = Self::read(data);
        match malformed {
            None => Ok(table),
            Some((line, fields)) => Err(MalformedGoSum { file: file.to_owned(), line, fields }),
        }
    }

    /// Reads a go.sum file and passes over malformed lines, as `go mod tidy` does: it
    /// repairs the file by writing it anew.
    pub fn parse_lax(data: &[u8]) -> Self {
        Self::read(data).0
    }

    /// The table, and line number and field count of the first malformed line.
    fn read(data: &[u8]) -> (Self, Option<(usize, usize)>) {
        let mut table = Self::default();
        let mut malformed = None;
        for (number, line) in (1..).zip(data.split(|&byte| byte == b'\n')) {
            let line = String::from_utf8_lossy(line);
            let mut fields = line.split_whitespace();
            match (fields.next(), fields.next(), fields.next(), fields.next()) {
                (None, ..) => {}
                (Some(_), Some(_), Some(EMPTY_GO_MOD), None) => {}
                (Some(path), Some(version), Some(hash), None) => {
                    let (version, kind) = match version.strip_suffix(GO_MOD_SUFFIX) {
                        Some(version) => (version, Kind::GoMod),
                        None => (version, Kind::Zip),
                    };
                    table.sums_mut(path, version, kind).hashes.push(hash.to_owned());
                }
                _ => {
                    malformed.get_or_insert_with(|| (number, line.split_whitespace().count()));
                }
            }
        }
        (table, malformed)
    }

    fn sums_mut(&mut self, path: &str, version: &str, kind: Kind) -> &mut Sums {
        let versions = self.modules.entry(ModulePath::new(path)).or_default();
        let at = versions.iter().position(|sums| sums.kind == kind && *sums.version == *version);
        let at = at.unwrap_or_else(|| {
            versions.push(Sums { version: Version::new(version), kind, hashes: Vec::new() });
            versions.len() - 1
        });
        &mut versions[at]
    }

    /// The hashes of a module version, in the order of the file: of several the first
    /// `h1:` decides. Empty where the file has none.
    pub fn hashes(&self, module: &ModuleVersion, kind: Kind) -> &[String] {
        let versions = self.modules.get(&module.path).map_or(&[][..], Vec::as_slice);
        versions
            .iter()
            .find(|sums| sums.kind == kind && sums.version == module.version)
            .map_or(&[], |sums| &sums.hashes)
    }

    /// The module versions that have a hash of this kind, in no order.
    pub fn modules(&self, kind: Kind) -> impl Iterator<Item = ModuleVersion> {
        self.modules.iter().flat_map(move |(path, versions)| {
            let of_kind = versions.iter().filter(move |sums| sums.kind == kind);
            of_kind.map(|sums| ModuleVersion { path: path.clone(), version: sums.version.clone() })
        })
    }

    /// Adds a hash behind those that the module version has, unless it is among them.
    /// Says whether it was added.
    pub fn insert(&mut self, module: &ModuleVersion, kind: Kind, hash: &str) -> bool {
        let hashes = &mut self.sums_mut(&module.path, &module.version, kind).hashes;
        let new = hashes.iter().all(|known| known != hash);
        if new {
            hashes.push(hash.to_owned());
        }
        new
    }

    /// Keeps the hashes for which the function holds, and drops the others.
    pub fn retain(&mut self, mut keep: impl FnMut(&ModuleVersion, Kind, &str) -> bool) {
        self.modules.retain(|path, versions| {
            versions.retain_mut(|sums| {
                let module = ModuleVersion { path: path.clone(), version: sums.version.clone() };
                sums.hashes.retain(|hash| keep(&module, sums.kind, hash));
                !sums.hashes.is_empty()
            });
            !versions.is_empty()
        });
    }

    /// Whether there is no line at all.
    pub fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }

    /// The file as go writes it: by path, then by version with its zip before its
    /// go.mod, the hashes of a version sorted and each once. Versions that are equal in
    /// semantic versioning but written differently come in the order of their text,
    /// where go leaves the order open. Source: `tidyGoSum`, `module.Sort`.
    pub fn format(&self) -> String {
        let mut modules: Vec<_> = self
            .modules
            .iter()
            .flat_map(|(path, versions)| versions.iter().map(move |sums| (path, sums)))
            .map(|(path, sums)| {
                let version = match sums.kind {
                    Kind::Zip => sums.version.clone(),
                    Kind::GoMod => Version::new(&format!("{}{GO_MOD_SUFFIX}", sums.version)),
                };
                (ModuleVersion { path: path.clone(), version }, &sums.hashes)
            })
            .collect();
        modules.sort_unstable_by(|(a, _), (b, _)| {
            a.compare(b).then_with(|| a.version.as_str().cmp(b.version.as_str()))
        });
        let mut text = String::new();
        for (module, hashes) in modules {
            let mut hashes: Vec<&String> = hashes.iter().collect();
            hashes.sort_unstable();
            hashes.dedup();
            for hash in hashes {
                text.push_str(&format!("{} {} {hash}\n", module.path, module.version));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(hashes: &[String]) -> Vec<&str> {
        hashes.iter().map(String::as_str).collect()
    }

    #[test]
    fn hash_of_go_mod() {
        assert_eq!(H1::of_go_mod(b"").to_string(), EMPTY_GO_MOD);
        // As go records `module github.com/pkg/errors` for the versions without a go.mod.
        assert_eq!(
            H1::of_go_mod(b"module github.com/pkg/errors\n").to_string(),
            "h1:bwawxfHBFNV+L2hUp1rHADufV3IMtnDRdf1r5NINEl0="
        );
    }

    #[test]
    fn hash_of_nothing() {
        let empty = H1::of_entries([]);
        assert_eq!(empty.to_string(), "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    #[test]
    fn hash_text() {
        let hash = H1::of_go_mod(b"module m\n");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        for bad in ["", "h1:", "h2:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "h1:47DEQpj8"] {
            assert_eq!(bad.parse::<H1>(), Err(InvalidH1 { text: bad.to_owned() }));
        }
    }

    #[test]
    fn reads_lines() {
        let file = "\n  \t\n\
            m.org v1.0.0 h1:b\n\
            m.org v1.0.0 h1:a\r\n\
            m.org\u{a0}v1.0.0/go.mod\u{3000}h1:c\u{85}\n\
            m.org v1.0.0 h2:x\n\
            old.org v1.0.0/go.mod h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY=\n\
            last.org v1.0.0 h1:z";
        let table = GoSum::parse("go.sum", file.as_bytes()).unwrap();
        let module = ModuleVersion::new("m.org", "v1.0.0");
        assert_eq!(text(table.hashes(&module, Kind::Zip)), ["h1:b", "h1:a", "h2:x"]);
        assert_eq!(text(table.hashes(&module, Kind::GoMod)), ["h1:c"]);
        let old = ModuleVersion::new("old.org", "v1.0.0");
        assert!(table.hashes(&old, Kind::GoMod).is_empty());
        let last = ModuleVersion::new("last.org", "v1.0.0");
        assert_eq!(text(table.hashes(&last, Kind::Zip)), ["h1:z"]);
        let other = ModuleVersion::new("m.org", "v1.0.1");
        assert!(table.hashes(&other, Kind::Zip).is_empty());
    }

    #[test]
    fn malformed_lines() {
        let file = b"m.org v1.0.0 h1:a\n\nm.org v1.0.0\na b c d e\n";
        assert_eq!(
            GoSum::parse("/x/go.sum", file).unwrap_err().to_string(),
            "malformed go.sum:\n/x/go.sum:3: wrong number of fields 2"
        );
        assert_eq!(GoSum::parse_lax(file).format(), "m.org v1.0.0 h1:a\n");
        assert_eq!(GoSum::parse("f", b"\na b c d e").unwrap_err().fields, 5);
    }

    #[test]
    fn insertion() {
        let mut table = GoSum::default();
        let module = ModuleVersion::new("m.org", "v1.0.0");
        assert!(table.is_empty());
        assert!(table.insert(&module, Kind::Zip, "h1:b"));
        assert!(table.insert(&module, Kind::Zip, "h1:a"));
        assert!(!table.insert(&module, Kind::Zip, "h1:b"));
        assert!(table.insert(&module, Kind::GoMod, "h1:b"));
        assert_eq!(text(table.hashes(&module, Kind::Zip)), ["h1:b", "h1:a"]);
        table.retain(|m, kind, hash| *m == module && kind == Kind::Zip && hash == "h1:a");
        assert_eq!(table.format(), "m.org v1.0.0 h1:a\n");
        table.retain(|_, _, _| false);
        assert!(table.is_empty());
    }

    #[test]
    fn order_of_lines() {
        let sorted = "\
            a.org v1.2.0 h1:a\n\
            a.org v1.2.0/go.mod h1:a\n\
            a.org v1.10.0-pre/go.mod h1:a\n\
            a.org v1.10.0/go.mod h1:a\n\
            a.org v1.10.0/go.mod h1:b\n\
            a.org/b v1.0.0 h1:a\n\
            b.org v0.0.0-20200101000000-abcdefabcdef h1:a\n\
            b.org v0.1.0 h1:a\n\
            b.org v0.1.0 h2:a\n\
            b.org v0.1.0/other h1:a\n";
        let mut lines: Vec<&str> = sorted.lines().collect();
        lines.push(lines[4]);
        lines.reverse();
        let table = GoSum::parse("go.sum", lines.join("\n").as_bytes()).unwrap();
        assert_eq!(table.format(), sorted);
    }
}
