//! Module zips, honest and hostile: what gomod makes of each, and that the go command
//! makes the same of it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;

use crate::support::raw_zip::{Entry, write, write_with};
use gomod::spec::ModuleVersion;
use gomod::spec::zip::{self, ZipError};
use gomod::store::unzip::{self, Extracted, Options, UnzipError};
use proptest::prelude::*;

use super::go_is_there;

static NEVER: AtomicBool = AtomicBool::new(false);
const OPTIONS: Options<'static> =
    Options { threads: 2, cancelled: &NEVER, writable_dirs: false, used: &|_| {} };

/// A zip and what gomod says of it.
struct Case {
    name: &'static str,
    zip: Vec<u8>,
    /// The error's beginning, with `P/` for `path@version/`; empty where there is none.
    error: &'static str,
}

impl Case {
    fn module(&self) -> ModuleVersion {
        ModuleVersion::new(&format!("zip.example/{}", self.name), "v1.0.0")
    }
}

/// Builds cases; names are completed with the prefix that the case needs.
#[derive(Default)]
struct Cases(Vec<Case>);

impl Cases {
    fn raw(&mut self, name: &'static str, error: &'static str, zip: impl FnOnce(&str) -> Vec<u8>) {
        let prefix = format!("zip.example/{name}@v1.0.0/");
        self.0.push(Case { name, zip: zip(&prefix), error });
    }

    fn entries(&mut self, name: &'static str, error: &'static str, mut entries: Vec<Entry>) {
        self.raw(name, error, |prefix| {
            for entry in &mut entries {
                entry.name.splice(0..0, prefix.bytes());
            }
            write(&entries)
        });
    }

    /// Stored files with a byte each.
    fn names(&mut self, name: &'static str, error: &'static str, names: &[&str]) {
        let entry = |name: &&str| match name.is_empty() || name.ends_with('/') {
            true => Entry::stored(name, b""),
            false => Entry::stored(name, b"x"),
        };
        self.entries(name, error, names.iter().map(entry).collect());
    }
}

fn big_text() -> Vec<u8> {
    (0..2_500_000u32).map(|n| b'a' + (n.wrapping_mul(0x9e37_79b1) >> 28) as u8).collect()
}

fn zip64_extra(values: &[u64]) -> Vec<u8> {
    let mut extra = vec![1, 0, u8::try_from(values.len() * 8).unwrap(), 0];
    extra.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    extra
}

/// The same zip with a zip64 end record and its locator.
fn zip64_end(prefix: &str, records: u64) -> Vec<u8> {
    let mut zip = write(&[Entry::stored(format!("{prefix}a"), b"x")]);
    let end = zip.split_off(zip.len() - 22);
    let at = zip.len() as u64;
    zip.extend(*b"PK\x06\x06");
    zip.extend([0; 20]);
    zip.extend(records.to_le_bytes());
    zip.extend(records.to_le_bytes());
    zip.extend(u64::from(u32::from_le_bytes(end[12..16].try_into().unwrap())).to_le_bytes());
    zip.extend(u64::from(u32::from_le_bytes(end[16..20].try_into().unwrap())).to_le_bytes());
    zip.extend(*b"PK\x06\x07\0\0\0\0");
    zip.extend(at.to_le_bytes());
    zip.extend([1, 0, 0, 0]);
    zip.extend(*b"PK\x05\x06\0\0\0\0");
    zip.extend([0xff; 12]);
    zip.extend([0; 2]);
    zip
}

static CASES: LazyLock<Vec<Case>> = LazyLock::new(cases);

fn cases() -> Vec<Case> {
    let mut c = Cases::default();
    let one = |name: &str| Entry::stored(name, b"one");
    let text = b"some text, some text, some text".as_slice();

    // Contents.
    c.entries(
        "plain",
        "",
        vec![
            Entry::deflated("go.mod", b"module zip.example/plain\n"),
            Entry::deflated("LICENSE", text),
            Entry::deflated("pkg/deep/er/a.go", b"package er\n"),
            Entry::stored("pkg/a.go", b"package pkg\n"),
            Entry::stored("empty", b""),
            Entry::deflated("pkg/empty", b""),
        ],
    );
    c.raw("none", "", |_| write(&[]));
    c.entries("big", "", vec![Entry::deflated("big.txt", &[big_text(), big_text()].concat())]);
    c.entries("medium", "", vec![Entry::deflated("medium.txt", &big_text())]);
    c.entries(
        "deflatejunk",
        "",
        vec![Entry::deflated("a", text).with(|e| {
            e.body.extend([7; 9]);
            e.compressed_size += 9;
        })],
    );
    c.entries(
        "deflatecut",
        "unexpected EOF",
        vec![Entry::deflated("a", text).with(|e| e.compressed_size -= 3)],
    );
    c.entries(
        "deflatebad",
        "flate: corrupt input",
        vec![Entry::deflated("a", text).with(|e| e.body[0] |= 6)],
    );
    c.entries(
        "long",
        "zip: not a valid zip file",
        vec![Entry::deflated("a", text).with(|e| e.size -= 1)],
    );
    c.entries("short", "unexpected EOF", vec![Entry::deflated("a", text).with(|e| e.size += 1)]);
    c.entries("storedlong", "zip: not a valid zip file", vec![one("a").with(|e| e.size -= 1)]);
    c.entries("storedshort", "unexpected EOF", vec![one("a").with(|e| e.size += 1)]);
    c.entries(
        "claimedhuge",
        "unexpected EOF",
        vec![Entry::deflated("a", text).with(|e| e.size = 0xffff_fff0)],
    );
    c.entries(
        "bigbad",
        "zip: checksum error",
        vec![Entry::deflated("big.txt", &[big_text(), big_text()].concat()).with(|e| e.crc32 ^= 1)],
    );
    c.entries("crc", "zip: checksum error", vec![one("a").with(|e| e.crc32 ^= 1)]);
    c.entries("crczero", "", vec![one("a").with(|e| e.crc32 = 0)]);
    c.entries(
        "firsterror",
        "zip: checksum error",
        vec![one("b").with(|e| e.size += 1), one("a").with(|e| e.crc32 ^= 1)],
    );
    let descriptor = |signature: &'static [u8], crc32: u32, sizes: usize| {
        move |e: &mut Entry| {
            e.flags = 8;
            e.body.extend(signature);
            e.body.extend((e.crc32 ^ crc32).to_le_bytes());
            e.body.extend(vec![0xee; sizes]);
        }
    };
    c.entries("descriptor", "", vec![one("a").with(descriptor(b"PK\x07\x08", 0, 8))]);
    c.entries("descriptorbare", "", vec![one("a").with(descriptor(b"", 0, 8))]);
    c.entries(
        "descriptorbad",
        "zip: checksum error",
        vec![one("a").with(descriptor(b"PK\x07\x08", 1, 8))],
    );
    c.entries(
        "descriptorzero",
        "zip: checksum error",
        vec![one("a").with(|e| e.crc32 = 0).with(descriptor(b"PK\x07\x08", 0, 8))],
    );
    c.entries(
        "descriptorhalf",
        "zip: checksum error",
        vec![one("a").with(|e| {
            descriptor(b"", 0, 8)(e);
            e.crc32 = 0;
        })],
    );
    c.entries(
        "method",
        "zip: unsupported compression algorithm",
        vec![one("a").with(|e| e.method = 12)],
    );
    c.entries("encrypted", "", vec![one("a").with(|e| e.flags = 1)]);
    c.entries("dirdata", "zip: not a valid zip file", vec![one("a/"), one("a/b")]);
    c.entries("dirjunk", "", vec![Entry::deflated("a/", b"").with(|e| e.method = 99), one("a/b")]);

    // Records.
    c.raw("notzip", "zip: not a valid zip file", |_| b"no zip at all, but text".to_vec());
    c.raw("empty", "zip: not a valid zip file", |_| Vec::new());
    c.raw("leading", "", |p| [b"#!/bin/sh\n", &*write(&[one(&format!("{p}a"))])].concat());
    c.raw("trailing", "", |p| [&*write(&[one(&format!("{p}a"))]), &[b'.'; 64_000]].concat());
    c.raw("trailingtoomuch", "zip: not a valid zip file", |p| {
        [&*write(&[one(&format!("{p}a"))]), &[b'.'; 66_600]].concat()
    });
    c.raw("twoends", "", |p| {
        [write(&[one(&format!("{p}a"))]), write(&[one(&format!("{p}b"))])].concat()
    });
    c.raw("commentcut", "zip: not a valid zip file", |p| {
        write_with(&[one(&format!("{p}a"))], |end| end.comment = 5)
    });
    c.raw("countlow", "unexpected EOF", |p| {
        write_with(&[one(&format!("{p}a")), one(&format!("{p}b"))], |end| end.records = 1)
    });
    c.raw("counthigh", "unexpected EOF", |p| {
        write_with(&[one(&format!("{p}a"))], |end| end.records = 2)
    });
    c.raw("offsetoff", "", |p| write_with(&[one(&format!("{p}a"))], |end| end.size -= 7));
    c.raw("offsetout", "zip: not a valid zip file", |p| {
        write_with(&[one(&format!("{p}a"))], |end| end.size += 700)
    });
    // A directory of 65,535 bytes makes go look for a zip64 end, found in a comment here.
    c.raw("zip64lure", "zip: not a valid zip file", |p| {
        let entry = one(&format!("{p}a"));
        let padding = 0xffff - 46 - entry.name.len() - 20;
        let locator = b"PK\x06\x07\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0";
        write(&[entry.with(|e| e.comment = [&vec![b' '; padding], &locator[..]].concat())])
    });
    c.raw("zip64end", "", |p| zip64_end(p, 1));
    c.raw("zip64count", "zip: not a valid zip file", |p| zip64_end(p, 2));
    c.raw("zip64wrap", "", |p| zip64_end(p, 65537));
    c.entries(
        "zip64size",
        "",
        vec![one("a").with(|e| {
            e.size = u32::MAX;
            e.compressed_size = u32::MAX;
            e.extra = zip64_extra(&[3, 3]);
        })],
    );
    c.entries(
        "zip64offset",
        "",
        vec![one("a").with(|e| {
            e.offset = Some(u32::MAX);
            e.extra = zip64_extra(&[0]);
        })],
    );
    c.entries(
        "zip64negative",
        "",
        vec![
            one("a"),
            one("b").with(|e| {
                e.compressed_size = u32::MAX;
                e.method = 8;
                e.body = vec![3, 0];
                e.size = 0;
                e.crc32 = 0;
                e.extra = zip64_extra(&[u64::MAX]);
            }),
        ],
    );
    c.entries(
        "zip64none",
        "zip: not a valid zip file",
        vec![one("a").with(|e| e.compressed_size = u32::MAX)],
    );
    c.entries(
        "zip64short",
        "zip: not a valid zip file",
        vec![one("a").with(|e| {
            e.size = u32::MAX;
            e.extra = vec![1, 0, 4, 0, 0, 0, 0, 0];
        })],
    );
    c.entries("outside", "EOF", vec![one("a").with(|e| e.offset = Some(1_000_000))]);
    c.entries(
        "localbad",
        "zip: not a valid zip file",
        vec![one("a").with(|e| e.local_signature = Some(1))],
    );
    c.entries(
        "local",
        "",
        vec![one("a").with(|e| {
            e.local_name = Some(b"../../other".to_vec());
            e.local_extra = vec![0; 30];
        })],
    );
    c.entries(
        "overlap",
        "",
        vec![
            one("a"),
            one("b").with(|e| {
                e.offset = Some(0);
            }),
        ],
    );
    c.entries("hidden", "", vec![one("a").with(|e| e.hidden = true), one("b")]);
    c.entries("symlink", "", vec![one("a").with(|e| e.attributes = 0o120_777 << 16)]);
    c.entries(
        "unicodepath",
        "",
        vec![one("a").with(|e| {
            e.extra = [&[0x75, 0x70, 10, 0, 1, 0, 0, 0, 0][..], b"other"].concat();
            e.comment = b"a comment".to_vec();
        })],
    );

    // Names.
    c.raw("prefix", "zip for zip.example/prefix@v1.0.0 has unexpected file other@v1.0.0/a", |p| {
        write(&[one(&format!("{p}a")), one("other@v1.0.0/a")])
    });
    c.raw("prefixcase", "zip for zip.example/prefixcase@v1.0.0 has unexpected file ZIP.", |_| {
        write(&[one("ZIP.example/prefixcase@v1.0.0/a")])
    });
    c.names("root", "", &["", "a"]);
    c.names("dirs", "", &["a/", "a/b/", "a/b/", "a/b/c", "empty/", "other/empty/"]);
    c.names("siblings", "", &["ab-c/d/x", "ab/d/x", "ab/d-e/x", "ab/x"]);
    c.names("newline", "dirhash: filenames with newlines are not supported", &["a\nb"]);
    c.names("climb", "P/../a: malformed file path", &["../a"]);
    c.names("climbmore", "P/b/../../../a: file path is not clean", &["b/../../../a"]);
    c.names("absolute", "P//etc/passwd: malformed file path", &["/etc/passwd"]);
    c.names("slash", "P//: file path is not clean", &["/"]);
    c.names("double", "P/a//b: file path is not clean", &["a//b"]);
    c.names("dot", "P/./a: file path is not clean", &["./a"]);
    c.names("justdot", "P/.: malformed file path", &["."]);
    c.names("backslash", "P/a\\b: malformed file path", &["a\\b"]);
    c.names("nulbyte", "P/a\0b: malformed file path", &["a\0b"]);
    c.names("colon", "P/c:a: malformed file path", &["c:a"]);
    c.names("device", "P/aux.go: malformed file path", &["aux.go", "con.tar.gz"]);
    c.names("devicelike", "", &["com0", "conin$", "con .txt", "progra~1", "a "]);
    c.names("superscript", "P/com¹: malformed file path", &["com¹"]);
    c.names("letters", "", &["é.txt", "漢字/ß.go", "ª"]);
    c.names("mark", "P/e\u{301}: malformed file path", &["e\u{301}"]);
    c.names("emoji", "P/😀: malformed file path", &["😀"]);
    c.entries(
        "utf8",
        "P/a\u{fffd}: malformed file path \"a\u{fffd}\": invalid UTF-8",
        vec![Entry::stored(b"a\xff", b"")],
    );
    c.names("dotfiles", "", &[".git/config", "vendor/a/b.go", "vendor/modules.txt", ".x"]);
    c.names(
        "case",
        "P/a.go: case-insensitive file name collision: \"A.go\" and \"a.go\"",
        &["A.go", "a.go"],
    );
    c.names(
        "casedir",
        "P/a/y: case-insensitive file name collision: \"A\" and \"a\"",
        &["A/x", "a/y", "a/z"],
    );
    c.names(
        "kelvin",
        "P/k: case-insensitive file name collision: \"\u{212a}\" and \"k\"",
        &["\u{212a}", "k"],
    );
    c.names("sigma", "P/ς: case-insensitive file name collision: \"σ\" and \"ς\"", &["σ", "ς"]);
    c.names("turkish", "", &["İ", "i", "ı", "ﬅ", "ﬆ"]);
    c.names("twice", "P/a: multiple entries for file \"a\"", &["a", "a"]);
    c.entries(
        "twiceother",
        "P/a: multiple entries for file \"a\"",
        vec![Entry::stored("a", b"1"), Entry::stored("a", b"2"), Entry::stored("a", b"3")],
    );
    c.names("fileanddir", "P/a/b: entry \"a\" is both a file and a directory", &["a", "a/b"]);
    c.names("dirandfile", "P/a: entry \"a\" is both a file and a directory", &["a/b", "a"]);
    c.names("dirfile", "P/a: entry \"a\" is both a file and a directory", &["a/", "a"]);
    c.names("gomodcase", "P/Go.mod: go.mod files must have lowercase names", &["Go.mod"]);
    c.names("gomodnested", "P/b/GO.MOD: go.mod file not in module root directory", &["b/GO.MOD"]);
    c.names("gomoddir", "", &["b/go.mod/", "go.mod"]);
    c.names(
        "several",
        "P/a//b: file path is not clean\nP/b:c: malformed file path",
        &["a//b", "ok", "b:c"],
    );
    let long = "x".repeat(255);
    c.names("longest", "", &[Box::leak(long.clone().into_boxed_str())]);
    c.names("toolong", "os: ", &[Box::leak(format!("{long}x").into_boxed_str())]);
    let deep = vec!["d"; 2200].join("/");
    c.names("toodeep", "os: ", &[Box::leak(deep.into_boxed_str())]);
    let large = vec![0; (16 << 20) + 1];
    c.entries(
        "gomodlarge",
        "P/go.mod: go.mod file too large (max size is 16777216 bytes)",
        vec![Entry::deflated("go.mod", &large), Entry::deflated("b/LICENSE", &large)],
    );
    c.entries(
        "licenselarge",
        "P/LICENSE: LICENSE file too large (max size is 16777216 bytes)",
        vec![Entry::deflated("LICENSE", &large)],
    );
    c.entries("limit", "", vec![Entry::deflated("go.mod", &large[1..])]);
    // Enough for several threads.
    let letters = big_text();
    c.entries(
        "many",
        "",
        (0..600)
            .map(|n| Entry::deflated(format!("d{}/e{}/f{n}", n % 7, n % 5), &letters[n..n * 30]))
            .collect(),
    );
    c.0
}

#[derive(Debug)]
enum Failed {
    Zip(ZipError),
    Unzip(UnzipError),
}

/// In the order that the verdicts have: directory, hash, rules, extraction.
fn unpack(zip: &[u8], module: &ModuleVersion, into: &Path) -> Result<Extracted, Failed> {
    let directory = zip::read_directory(zip, module).map_err(Failed::Zip)?;
    let h1 = unzip::hash_only(&directory, OPTIONS).map_err(Failed::Unzip)?;
    let judged = directory.judge().map_err(Failed::Zip)?;
    let extracted = unzip::extract(judged, into, OPTIONS).map_err(Failed::Unzip)?;
    assert_eq!(extracted.h1, h1, "{module}: the hash depends on whether files are written");
    Ok(extracted)
}

/// Path, mode and bytes of all that is in a folder.
fn tree(root: &Path) -> BTreeMap<String, (u32, Vec<u8>)> {
    walkdir::WalkDir::new(root)
        .into_iter()
        .map(|entry| {
            let entry = entry.unwrap();
            let metadata = entry.metadata().unwrap();
            let name = entry.path().strip_prefix(root).unwrap().display().to_string();
            let content = match metadata.is_file() {
                true => fs::read(entry.path()).unwrap(),
                false => Vec::new(),
            };
            (name, (metadata.permissions().mode(), content))
        })
        .collect()
}

/// A temporary folder whose content may be read-only.
struct Scratch(tempfile::TempDir);

impl Scratch {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn folder(&self, name: &str) -> std::path::PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir(&path).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let folders = walkdir::WalkDir::new(self.0.path()).into_iter().filter_map(Result::ok);
        for folder in folders.filter(|entry| entry.file_type().is_dir()) {
            // What cannot be made writable, the removal of the folder will report.
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).ok();
        }
    }
}

/// An error as the table of cases has it.
fn told(case: &Case, error: &Failed) -> String {
    let text = match error {
        Failed::Zip(error) => error.to_string(),
        Failed::Unzip(UnzipError::Io { .. }) => "os: ".to_owned(),
        Failed::Unzip(error) => error.to_string(),
    };
    text.replace(&format!("{}/", case.module()), "P/")
}

#[test]
fn verdicts() {
    let scratch = Scratch::new();
    let mut wrong = Vec::new();
    for case in &*CASES {
        let outcome = unpack(&case.zip, &case.module(), &scratch.folder(case.name));
        let told = outcome.map_or_else(|error| told(case, &error), |_| String::new());
        let as_expected = match case.error {
            "" => told.is_empty(),
            error => told.starts_with(error),
        };
        if !as_expected {
            wrong.push(format!("{}: {told:?}, expected {:?}", case.name, case.error));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The verdict, hash and tree of every case against those of the go command.
#[test]
fn same_as_go() {
    if !go_is_there() {
        return;
    }
    let scratch = Scratch::new();
    let (proxy, ours) = (scratch.folder("proxy"), scratch.folder("ours"));
    let (cache, work) = (scratch.folder("cache"), scratch.folder("work"));
    let cases = &*CASES;
    for case in cases {
        let folder = proxy.join("zip.example").join(case.name).join("@v");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("v1.0.0.info"), r#"{"Version":"v1.0.0"}"#).unwrap();
        let go_mod = format!("module zip.example/{}\n", case.name);
        fs::write(folder.join("v1.0.0.mod"), go_mod).unwrap();
        fs::write(folder.join("v1.0.0.zip"), &case.zip).unwrap();
    }
    let output = Command::new("go")
        .args(["mod", "download", "-json"])
        .args(cases.iter().map(|case| case.module().to_string()))
        .current_dir(&work)
        .env("GOPROXY", format!("file://{}", proxy.display()))
        .env("GOMODCACHE", &cache)
        .envs([("GOSUMDB", "off"), ("GOFLAGS", "-mod=mod"), ("GOTOOLCHAIN", "local")])
        .envs([("GOWORK", "off"), ("GOENV", "off"), ("GO111MODULE", "on")])
        .output()
        .unwrap();
    let reports: Vec<serde_json::Value> = serde_json::Deserializer::from_slice(&output.stdout)
        .into_iter()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(reports.len(), cases.len(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut refused_with_sum = 0;
    for case in cases {
        let module = case.module();
        let report = reports.iter().find(|report| report["Path"] == *module.path).unwrap();
        let into = ours.join(case.name);
        fs::create_dir(&into).unwrap();
        match (unpack(&case.zip, &module, &into), report["Error"].as_str()) {
            (Ok(extracted), None) => {
                assert_eq!(report["Sum"], extracted.h1.to_string(), "{}", case.name);
                let theirs = tree(Path::new(report["Dir"].as_str().unwrap()));
                let ours = tree(&into);
                let files = ours.values().filter(|(mode, _)| mode & 0o170_000 == 0o100_000);
                let bytes = files.clone().map(|(_, content)| content.len() as u64).sum::<u64>();
                assert_eq!((extracted.files, extracted.bytes), (files.count(), bytes));
                assert!(ours == theirs, "{}: {:?}", case.name, (ours.keys(), theirs.keys()));
            }
            (Ok(_), Some(error)) => panic!("{}: go refuses it: {error}", case.name),
            (Err(error), None) => panic!("{}: go accepts it, gomod: {error:?}", case.name),
            (Err(error), Some(theirs)) => {
                // Of what only the rules refuse, go has taken the hash.
                if let Some(sum) = report["Sum"].as_str() {
                    let directory = zip::read_directory(&case.zip, &module).unwrap();
                    let h1 = unzip::hash_only(&directory, OPTIONS).unwrap();
                    assert_eq!(sum, h1.to_string(), "{}", case.name);
                    refused_with_sum += 1;
                }
                let ours = match &error {
                    Failed::Unzip(UnzipError::Io { .. }) => "file name too long".to_owned(),
                    Failed::Unzip(UnzipError::Entry { problem, .. }) => problem.to_string(),
                    Failed::Unzip(error) => error.to_string(),
                    Failed::Zip(error) => error.to_string(),
                };
                // Both quote names, but what cannot be printed they write differently.
                let plain = |text: &str| {
                    text.replace("\\u{301}", "\u{301}")
                        .replace("\\u{fffd}", "\u{fffd}")
                        .replace("\\xff", "\u{fffd}")
                        .replace("\\x00", "\\0")
                };
                let (ours, theirs) = (plain(&ours), plain(theirs));
                assert!(
                    theirs.ends_with(&ours) || ours.starts_with("flate"),
                    "{}:\n ours: {ours:?}\n go's: {theirs:?}",
                    case.name
                );
            }
        }
    }
    assert!(refused_with_sum > 20, "only {refused_with_sum} refused zips have a sum");
}

/// Whichever thread is first, the error is that of the first bad entry by name.
#[test]
fn first_error() {
    let module = ModuleVersion::new("zip.example/m", "v1.0.0");
    // The first thread is at work for long before it comes to 15, the second fails at once.
    let entries: Vec<Entry> = (0..40)
        .map(|n| Entry::stored(format!("{module}/{n:02}"), &[b'x'; 100_000]))
        .enumerate()
        .map(|(n, entry)| entry.with(|entry| entry.crc32 ^= u32::from(n >= 15)))
        .collect();
    let zip = write(&entries);
    let directory = zip::read_directory(&zip, &module).unwrap();
    for _ in 0..10 {
        let error = unzip::hash_only(&directory, OPTIONS).unwrap_err();
        assert_eq!(error.to_string(), format!("zip: checksum error: \"{module}/15\""));
    }
}

#[test]
fn total_size() {
    let module = ModuleVersion::new("zip.example/total", "v1.0.0");
    let name = |n| format!("zip.example/total@v1.0.0/f{n}");
    let sized = |n, size| Entry::stored(name(n), b"").with(|entry| entry.size = size);
    let judge = |zip: &[u8]| zip::read_directory(zip, &module).unwrap().judge().map(|_| ());
    assert_eq!(judge(&write(&[sized(1, 499 << 20), sized(2, 1 << 20)])), Ok(()));
    let over = Err(ZipError::ContentsTooLarge);
    assert_eq!(judge(&write(&[sized(1, 500 << 20), sized(2, 1), sized(3, 0)])), over);
    let negative = sized(1, u32::MAX).with(|entry| entry.extra = zip64_extra(&[u64::MAX]));
    // It comes before what is wrong with single files.
    assert_eq!(judge(&write(&[negative, sized(1, 0)])), over);
    let mut large = write(&[]);
    large.splice(0..0, vec![0; 500 << 20]);
    assert_eq!(judge(&large), Err(ZipError::ZipTooLarge { size: (500 << 20) + 22 }));
}

#[test]
fn module_version() {
    let judge = |path: &str, version: &str| {
        let zip = write(&[]);
        let directory = zip::read_directory(&zip, &ModuleVersion::new(path, version)).unwrap();
        directory.judge().map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(judge("zip.example/m", "v1.0.0"), Ok(()));
    assert_eq!(
        judge("zip.example/m", "v1.0"),
        Err("version \"v1.0\" is not canonical (should be \"v1.0.0\")".to_owned())
    );
    assert!(judge("zip.example/m", "v2.0.0").unwrap_err().contains("should be v0 or v1, not v2"));
    assert!(judge("zip example", "v1.0.0").unwrap_err().contains("malformed module path"));
}

#[test]
fn known_hash() {
    // The sum that the go command gives a module with these files.
    let case = CASES.iter().find(|case| case.name == "plain").unwrap();
    let directory = zip::read_directory(&case.zip, &case.module()).unwrap();
    let h1 = unzip::hash_only(&directory, OPTIONS).unwrap().to_string();
    assert_eq!(h1, "h1:CDQYp4FhSJsJYx38Do+xPIxY01B5jBuFolwwz7hr24A=");
}

#[test]
fn writable_folders() {
    let scratch = Scratch::new();
    let case = CASES.iter().find(|case| case.name == "plain").unwrap();
    let directory = zip::read_directory(&case.zip, &case.module()).unwrap();
    let judged = directory.judge().unwrap();
    let into = scratch.folder("writable");
    let before = fs::metadata(&into).unwrap().permissions().mode();
    unzip::extract(judged, &into, Options { writable_dirs: true, ..OPTIONS }).unwrap();
    for folder in ["", "pkg", "pkg/deep/er"] {
        assert_eq!(fs::metadata(into.join(folder)).unwrap().permissions().mode(), before);
    }
    // A second extraction does not write over the first.
    let error = unzip::extract(judged, &into, OPTIONS).unwrap_err();
    assert!(matches!(error, UnzipError::Io { .. }), "{error}");
}

#[test]
fn cancellation() {
    let scratch = Scratch::new();
    let cancelled = AtomicBool::new(true);
    let options = Options { cancelled: &cancelled, ..OPTIONS };
    for case in CASES.iter().filter(|case| ["many", "big", "plain"].contains(&case.name)) {
        let directory = zip::read_directory(&case.zip, &case.module()).unwrap();
        let into = scratch.folder(case.name);
        let error = unzip::extract(directory.judge().unwrap(), &into, options).unwrap_err();
        assert!(matches!(error, UnzipError::Cancelled), "{error}");
        assert!(matches!(unzip::hash_only(&directory, options), Err(UnzipError::Cancelled)));
    }
}

fn hostile_name() -> impl Strategy<Value = String> {
    let element = prop_oneof![
        Just("..".to_owned()),
        Just(".".to_owned()),
        Just(String::new()),
        Just("a".to_owned()),
        Just("A".to_owned()),
        Just("etc".to_owned()),
        Just("\\..\\b".to_owned()),
        "[a-c./\0 ~]{0,4}",
        "\\PC{1,3}",
    ];
    proptest::collection::vec(element, 1..5).prop_map(|elements| elements.join("/"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Whatever the names, nothing appears outside of the folder, and what appears is
    /// what the hash was taken of.
    #[test]
    fn writes_only_inside(names in proptest::collection::vec(hostile_name(), 1..6)) {
        let scratch = Scratch::new();
        let into = scratch.folder("a");
        let module = ModuleVersion::new("zip.example/m", "v1.0.0");
        let entries: Vec<Entry> = names
            .iter()
            .map(|name| Entry::stored(format!("{module}/{name}"), name.trim_end_matches('/').as_bytes())
                .with(|entry| if name.ends_with('/') { entry.size = 0; entry.body.clear(); }))
            .collect();
        let outcome = unpack(&write(&entries), &module, &into);
        let outside: Vec<_> = fs::read_dir(scratch.0.path()).unwrap().collect();
        prop_assert_eq!(outside.len(), 1);
        let files = tree(&into).into_iter().filter(|(_, (mode, _))| mode & 0o100_000 != 0);
        match outcome {
            Ok(extracted) => prop_assert_eq!(files.count(), extracted.files),
            Err(_) => prop_assert_eq!(files.count(), 0),
        }
    }

    /// Damaged zips are refused or read, never the end of the program.
    #[test]
    fn survives_damage(
        flips in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
        cut in 0usize..40,
    ) {
        let module = ModuleVersion::new("zip.example/m", "v1.0.0");
        let text = "text ".repeat(40);
        let mut zip = write(&[
            Entry::deflated(format!("{module}/go.mod"), text.as_bytes()),
            Entry::stored(format!("{module}/a/b"), b"x").with(|e| e.extra = zip64_extra(&[1, 2, 3])),
        ]);
        zip.truncate(zip.len() - cut / 10);
        for (at, byte) in flips {
            let at = at.index(zip.len());
            zip[at] = byte;
        }
        if let Ok(directory) = zip::read_directory(&zip, &module) {
            let hashed = unzip::hash_only(&directory, OPTIONS);
            if let Ok(judged) = directory.judge() {
                let scratch = Scratch::new();
                let extracted = unzip::extract(judged, &scratch.folder("a"), OPTIONS);
                prop_assert_eq!(hashed.ok(), extracted.ok().map(|extracted| extracted.h1));
            }
        }
    }
}
