//! Module zips, honest and hostile: what gomod makes of each, and that the go command
//! makes the same of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use crate::support::fixture::{self, Catalogue};
use crate::support::program::{Program, Room};
use crate::support::proxy::Proxy;
use crate::support::raw_zip::{Entry, write, write_with};
use crate::support::sumdb::Database;
use crate::support::tree::{self, Tree};
use gomod::spec::ModuleVersion;
use gomod::spec::zip::{self, ZipError};
use gomod::store::unzip::{self, Extracted, Options, UnzipError};
use proptest::prelude::*;
use regex::Regex;

use super::go_is_there;

static NEVER: AtomicBool = AtomicBool::new(false);
const OPTIONS: Options<'static> =
    Options { threads: 2, cancelled: &NEVER, writable_dirs: false, used: &|_| {} };

/// A zip and what gomod says of it.
struct Case {
    name: &'static str,
    zip: Vec<u8>,
    /// The error's beginning, with `P/` for `path@version/`; empty where there is none.
    error: String,
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
    fn raw(
        &mut self,
        name: &'static str,
        error: impl Into<String>,
        zip: impl FnOnce(&str) -> Vec<u8>,
    ) {
        assert!(self.0.iter().all(|case| case.name != name), "two cases {name}");
        let prefix = format!("zip.example/{name}@v1.0.0/");
        self.0.push(Case { name, zip: zip(&prefix), error: error.into() });
    }

    fn entries(&mut self, name: &'static str, error: impl Into<String>, mut entries: Vec<Entry>) {
        self.raw(name, error, |prefix| {
            for entry in &mut entries {
                entry.name.splice(0..0, prefix.bytes());
            }
            write(&entries)
        });
    }

    /// Stored files with a byte each.
    fn names(&mut self, name: &'static str, error: impl Into<String>, names: &[&str]) {
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

    // Contents that lie about their size, and streams that are none.
    c.entries(
        "bomblittle",
        "zip: not a valid zip file",
        vec![Entry::zeros("bomb", 1024).with(|e| e.size = 100)],
    );
    c.entries(
        "bombempty",
        "zip: not a valid zip file",
        vec![Entry::zeros("bomb", 1024).with(|e| e.size = 0)],
    );
    c.entries(
        "bombmuch",
        "zip: not a valid zip file",
        vec![Entry::zeros("bomb", 1024).with(|e| e.size = 400 << 20)],
    );
    c.entries(
        "bombgomod",
        "zip: not a valid zip file",
        vec![Entry::zeros("go.mod", 1024).with(|e| e.size = 16 << 20)],
    );
    c.raw("bombnested", "", |p| {
        let inner = write(&[Entry::zeros(format!("{p}bomb"), 1024)]);
        let middle = write(&[Entry::stored(format!("{p}inner.zip"), &inner)]);
        write(&[Entry::deflated(format!("{p}middle.zip"), &middle)])
    });
    c.raw("bombinself", "", |p| {
        // Unpacked again and again it would be itself.
        let name = format!("{p}bombinself.zip");
        let mut zip = write(&[Entry::stored(&name, b"")]);
        for _ in 0..3 {
            zip = write(&[Entry::stored(&name, &zip)]);
        }
        zip
    });
    c.entries(
        "bombshared",
        "total uncompressed size of module contents too large",
        bomb_of_shared_content(501),
    );
    c.entries(
        "hasless",
        "unexpected EOF",
        vec![Entry::deflated("a", text).with(|e| e.size = 400 << 20)],
    );
    c.entries("hasnothing", "unexpected EOF", vec![Entry::deflated("a", b"").with(|e| e.size = 1)]);
    c.entries(
        "emptyblocks",
        "",
        vec![Entry::deflated("a", b"").with(|e| {
            e.body = [[0, 0, 0, 0xff, 0xff].repeat(100_000), vec![3, 0]].concat();
            e.compressed_size = 500_002;
        })],
    );
    c.entries(
        "nofinalblock",
        "unexpected EOF",
        vec![Entry::deflated("a", b"").with(|e| {
            e.body = [0, 0, 0, 0xff, 0xff].repeat(3);
            e.compressed_size = 15;
        })],
    );
    c.entries(
        "toofarback",
        "flate: corrupt input",
        vec![Entry::deflated("a", b"123").with(|e| {
            e.body = vec![3, 2, 0];
            e.compressed_size = 3;
        })],
    );
    c.entries(
        "blocktype",
        "flate: corrupt input",
        vec![Entry::deflated("a", b"123").with(|e| {
            e.body = vec![7, 0, 0];
            e.compressed_size = 3;
        })],
    );
    c.entries("storedasdeflate", "flate: corrupt input", vec![one("a").with(|e| e.method = 8)]);
    c.entries(
        "deflateasstored",
        "unexpected EOF",
        vec![Entry::deflated("a", text).with(|e| e.method = 0)],
    );
    c.entries(
        "emptycrc",
        "zip: checksum error",
        vec![Entry::stored("a", b"").with(|e| e.crc32 = 1)],
    );
    c.entries("descriptor64", "", vec![one("a").with(descriptor(b"PK\x07\x08", 0, 16))]);
    c.entries(
        "descriptorcut",
        "unexpected EOF",
        vec![
            one("b"),
            one("a").with(|e| {
                e.flags = 8;
                e.compressed_size = 0xffff;
                e.size = 0xffff;
            }),
        ],
    );
    for (name, method) in
        [("shrink", 1), ("implode", 6), ("deflate64", 9), ("lzma", 14), ("zstd", 93), ("aes", 99)]
    {
        c.entries(
            name,
            "zip: unsupported compression algorithm",
            vec![one("a").with(|e| e.method = method)],
        );
    }
    c.entries("encryptedstrong", "", vec![one("a").with(|e| e.flags = 0x2041)]);
    c.entries("utf8flag", "", vec![one("é").with(|e| e.flags = 0x800)]);

    // What the local header says otherwise is not believed.
    c.entries("localflags", "", vec![one("a").with(|e| e.local_flags = Some(9))]);
    c.entries("localmethod", "", vec![one("a").with(|e| e.local_method = Some(8))]);
    c.entries(
        "localdeflate",
        "",
        vec![Entry::deflated("a", text).with(|e| e.local_method = Some(0))],
    );
    c.entries("localcrc", "", vec![one("a").with(|e| e.local_crc32 = Some(7))]);
    c.entries("localsizes", "", vec![one("a").with(|e| e.local_sizes = Some((1, 1 << 30)))]);
    c.entries(
        "localright",
        "zip: checksum error",
        vec![one("a").with(|e| {
            e.crc32 ^= 1;
            e.local_crc32 = Some(e.crc32 ^ 1);
        })],
    );
    c.entries("localnul", "", vec![one("a").with(|e| e.local_name = Some(b"a\0../b".to_vec()))]);
    c.raw("localprefix", "", |p| {
        let local = format!("{p}../../../../etc/passwd").into_bytes();
        write(&[one(&format!("{p}a")).with(|e| e.local_name = Some(local))])
    });
    c.entries(
        "localextra",
        "EOF",
        vec![one("a").with(|e| {
            // The content begins beyond the end of the zip.
            e.local_extra = vec![0; 9];
            e.offset = Some(u32::MAX - 1);
        })],
    );
    for (name, mode) in [
        ("setuid", 0o104_755_u32),
        ("executable", 0o100_755),
        ("chardevice", 0o020_666),
        ("pipe", 0o010_666),
        ("socket", 0o140_777),
        ("foldermode", 0o040_777),
        ("nomode", 0),
    ] {
        c.entries(name, "", vec![one("a").with(|e| e.attributes = mode << 16)]);
    }
    c.entries(
        "symlinkout",
        "",
        vec![
            Entry::stored("a", b"../../../../etc").with(|e| e.attributes = 0o120_777 << 16),
            one("b/passwd"),
        ],
    );
    c.entries(
        "symlinkthrough",
        "P/a/passwd: entry \"a\" is both a file and a directory",
        vec![Entry::stored("a", b"/etc").with(|e| e.attributes = 0o120_777 << 16), one("a/passwd")],
    );
    c.entries("folderattribute", "", vec![one("a").with(|e| e.attributes = 0x10)]);

    // Records that contradict each other.
    c.raw("overlapinside", "", |p| {
        // The second entry lies in the content of the first.
        let inner = write(&[one(&format!("{p}b"))]);
        let outer = Entry::stored(format!("{p}a"), &inner);
        let at = u32::try_from(30 + outer.name.len()).unwrap();
        write(&[outer, one(&format!("{p}b")).with(|e| e.offset = Some(at))])
    });
    c.raw("indirectory", "", |p| {
        // The local header and the content lie in a comment of the directory.
        let hidden = write(&[one(&format!("{p}b"))]);
        let first = one(&format!("{p}a"));
        let local = 30 + first.name.len() + first.body.len();
        let at = local + 46 + first.name.len();
        let first = first.with(|e| e.comment = hidden[..local].to_vec());
        let second = one(&format!("{p}b")).with(|e| {
            e.body.clear();
            e.offset = Some(u32::try_from(at + local - 3).unwrap());
        });
        write(&[first, second])
    });
    c.raw("twodirectories", "", |p| {
        // The end record leads to the first of two directories.
        let first = write(&[one(&format!("{p}a"))]);
        let second = write(&[one(&format!("{p}b"))]);
        [&first[..first.len() - 22], &second[..second.len() - 22], &first[first.len() - 22..]]
            .concat()
    });
    c.raw("endincomment", "", |p| {
        let zip = write_with(&[one(&format!("{p}a"))], |end| end.comment = 40);
        let other = write(&[one(&format!("{p}b"))]);
        [&zip[..], &other[other.len() - 22..], &[b'.'; 18]].concat()
    });
    c.raw("signatureincomment", "", |p| {
        let zip = write_with(&[one(&format!("{p}a"))], |end| end.comment = 4);
        [&zip[..], b"PK\x05\x06"].concat()
    });
    c.raw("commentlong", "", |p| {
        let zip = write_with(&[one(&format!("{p}a"))], |end| end.comment = 4);
        [&zip[..], b"four and more"].concat()
    });
    c.raw("offsetplus", "EOF", |p| write_with(&[one(&format!("{p}a"))], |end| end.offset += 1));
    c.raw("offsetminus", "zip: not a valid zip file", |p| {
        write_with(&[one(&format!("{p}a"))], |end| end.offset -= 1)
    });
    c.raw("offsetzero", "zip: not a valid zip file", |p| {
        write_with(&[one(&format!("{p}a"))], |end| end.offset = 0)
    });
    c.raw("offsethuge", "EOF", |p| {
        write_with(&[one(&format!("{p}a"))], |end| end.offset = 0xffff_fff0)
    });
    c.raw("sizezero", "", |p| write_with(&[one(&format!("{p}a"))], |end| end.size = 0));
    c.raw("sizehuge", "zip: not a valid zip file", |p| {
        write_with(&[one(&format!("{p}a"))], |end| end.size = 0xffff_fff0)
    });
    c.raw("recordsnone", "unexpected EOF", |p| {
        write_with(&[one(&format!("{p}a"))], |end| end.records = 0)
    });
    c.raw("recordsmost", "unexpected EOF", |p| {
        write_with(&[one(&format!("{p}a"))], |end| end.records = u16::MAX)
    });
    c.raw("leadingzip", "", |p| {
        [write(&[one("other@v1.0.0/x")]), b"junk".to_vec(), write(&[one(&format!("{p}a"))])]
            .concat()
    });
    c.raw("endcut", "zip: not a valid zip file", |p| {
        let mut zip = write(&[one(&format!("{p}a"))]);
        zip.truncate(zip.len() - 1);
        zip
    });
    c.raw("endonlyhalf", "zip: not a valid zip file", |_| b"PK\x05\x06\0\0\0\0\0\0".to_vec());
    c.raw("directorycut", "zip: not a valid zip file", |p| {
        let mut zip = write(&[one(&format!("{p}a")), one(&format!("{p}b"))]);
        let end = zip.split_off(zip.len() - 22);
        zip.truncate(zip.len() - 9);
        [zip, end].concat()
    });
    c.raw("zip64locatorout", "zip: not a valid zip file", |p| {
        let mut zip = zip64_end(p, 1);
        let at = zip.len() - 22 - 12;
        zip[at..at + 8].copy_from_slice(&u64::MAX.to_le_bytes());
        zip
    });
    c.raw("zip64locatorself", "EOF", |p| {
        let mut zip = zip64_end(p, 1);
        let (at, locator) = (zip.len() - 22 - 12, zip.len() as u64 - 42);
        zip[at..at + 8].copy_from_slice(&locator.to_le_bytes());
        zip
    });
    c.entries(
        "zip64huge",
        "unexpected EOF",
        vec![one("a").with(|e| {
            e.size = u32::MAX;
            e.extra = zip64_extra(&[1 << 62]);
        })],
    );
    c.entries("zip64unasked", "", vec![one("a").with(|e| e.extra = zip64_extra(&[9, 9, 9]))]);
    c.entries(
        "zip64twice",
        "",
        vec![one("a").with(|e| {
            e.size = u32::MAX;
            e.extra = [zip64_extra(&[3]), zip64_extra(&[9])].concat();
        })],
    );
    c.entries("extracut", "", vec![one("a").with(|e| e.extra = vec![1, 0, 99, 0, 1])]);

    // More names.
    c.raw("prefixbare", "zip for zip.example/prefixbare@v1.0.0 has unexpected file zip.", |p| {
        write(&[one(p.trim_end_matches('/'))])
    });
    c.raw("prefixversion", "zip for zip.example/prefixversion@v1.0.0 has unexpected file", |_| {
        write(&[one("zip.example/prefixversion@v1.0.1/a")])
    });
    c.raw("prefixclimb", "zip for zip.example/prefixclimb@v1.0.0 has unexpected file ../", |p| {
        write(&[one(&format!("../{p}a"))])
    });
    c.raw("prefixabsolute", "zip for zip.example/prefixabsolute@v1.0.0 has unexpected", |p| {
        write(&[one(&format!("/{p}a"))])
    });
    c.raw("prefixbackslash", "zip for zip.example/prefixbackslash@v1.0.0 has unexpected", |p| {
        write(&[one(&p.replace('/', "\\")), one(&format!("{p}a"))])
    });
    c.raw("prefixempty", "zip for zip.example/prefixempty@v1.0.0 has unexpected file ", |p| {
        write(&[one(&format!("{p}a")), one("")])
    });
    c.raw("prefixtwice", "", |p| write(&[one(&format!("{p}{p}a"))]));
    for (name, file) in [
        ("climbend", "a/.."),
        ("climbmiddle", "a/../b"),
        ("doubleslash", "//a"),
        ("endslashes", "a//"),
    ] {
        c.names(name, format!("P/{file}: file path is not clean"), &[file]);
    }
    for (name, file) in [
        ("climbalone", ".."),
        ("climbfolder", "../"),
        ("climbbackslash", "..\\..\\a"),
        ("threedots", "..."),
        ("trailingdot", "a."),
        ("trailingdotfolder", "a./b"),
        ("drive", "c:/a"),
        ("stream", "a:b"),
        ("share", "\\\\host\\share"),
        ("nulfile", "nul"),
        ("nulfolder", "NUL/a"),
        ("lpt", "lpt9.txt"),
        ("com", "a/COM1"),
        ("comsuperscript", "COM²"),
        ("asterisk", "a*"),
        ("question", "a?"),
        ("quote", "a\"b"),
        ("pipesign", "a|b"),
        ("less", "<a>"),
        ("backquote", "a`b"),
        ("quotesingle", "a'b"),
        ("semicolon", "a;b"),
        ("escape", "a\u{1b}[31mb"),
        ("tab", "a\tb"),
        ("carriage", "a\rb"),
        ("delete", "a\u{7f}"),
        ("bidi", "a\u{202e}og.b"),
        ("zerowidth", "a\u{200b}"),
        ("byteorder", "\u{feff}go.mod"),
        ("nobreak", "a\u{a0}b"),
        ("linesep", "a\u{2028}b"),
        ("roman", "Ⅷ"),
        ("digit", "٣"),
        ("newletter", "\u{1c89}"),
        ("private", "\u{e000}"),
        ("fullslash", "a／b"),
    ] {
        c.names(name, format!("P/{file}: malformed file path"), &[file]);
    }
    c.names("dotspace", "", &[". "]);
    c.names("blanks", "", &[" a", "a /b", "a b", "c  "]);
    c.names("signs", "", &["!#$%&()+,-.=@[]^_{}~ a"]);
    c.names("dashes", "", &["-rf", "--help", "-/a"]);
    for (name, bytes) in [
        ("latin", &b"caf\xe9"[..]),
        ("overlong", b"a\xc0\xafb"),
        ("surrogate", b"a\xed\xa0\x80"),
        ("tooplane", b"a\xf4\x90\x80\x80"),
        ("cutrune", b"a\xe6\xbc"),
    ] {
        let shown = String::from_utf8_lossy(bytes);
        let error = format!("P/{shown}: malformed file path \"{shown}\": invalid UTF-8");
        c.entries(name, error, vec![Entry::stored(bytes, b"")]);
    }
    c.names("nameend", "", &["a", &*"b".repeat(200)]);
    for (name, files) in [
        ("readme", ["README", "readme"]),
        ("casedeep", ["a/B/c", "a/b/d"]),
        ("casefile", ["a", "A/b"]),
        ("casefolder", ["A/b", "a"]),
        ("caseemptyfolder", ["A/", "a/b"]),
        ("longs", ["ſ", "s"]),
        ("angstrom", ["\u{212b}", "å"]),
        ("sharps", ["ẞ", "ß"]),
        ("micro", ["µ", "μ"]),
        ("cherokee", ["Ꭰ", "ꭰ"]),
        ("dz", ["ǆ", "ǅ"]),
        ("deseret", ["𐐀", "𐐨"]),
        ("gomodboth", ["go.mod", "GO.MOD"]),
    ] {
        c.names(name, format!("P/{}: case-insensitive file name collision", files[1]), &files);
    }
    for (name, files) in [("twicefar", ["a/b", "a/b"]), ("gomodtwice", ["go.mod", "go.mod"])] {
        c.names(name, format!("P/{}: multiple entries for file", files[1]), &files);
    }
    for (name, files) in
        [("gomodbelow", ["go.mod", "b/go.mod"]), ("gomodbelowcase", ["go.mod", "b/Go.Mod"])]
    {
        c.names(name, format!("P/{}: go.mod file not in module root directory", files[1]), &files);
    }
    c.names("filefolderdeep", "P/a/b/c/d: entry \"a/b\" is both a file", &["a/b", "a/b/c/d"]);
    c.names("folderfiledeep", "P/a/b: entry \"a/b\" is both a file", &["a/b/c/d", "a/b"]);
    c.names("gomodupper", "P/GO.MOD: go.mod files must have lowercase names", &["GO.MOD", "a"]);
    c.names("gomodfolder", "P/go.mod/a: go.mod is a directory", &["go.mod/", "go.mod/a"]);
    c.names("gomodemptyfolder", "", &["go.mod/", "a"]);
    c.names("gomodfolderbelow", "", &["b/go.mod/a"]);
    c.names("gomodfolderupper", "", &["GO.MOD/a"]);
    c.names("gomodasfolder", "P/go.mod/a: go.mod is a directory", &["go.mod/a", "b"]);
    c.names(
        "casechain",
        "P/k: case-insensitive file name collision: \"K\" and \"k\"\nP/",
        &["K", "k", "\u{212a}"],
    );
    let endless = "e".repeat(60_000);
    c.names("endless", "os: ", &[Box::leak(endless.into_boxed_str())]);
    let folders = vec!["folder"; 8000].join("/") + "/";
    c.names("manyfolders", "", &["a", Box::leak(folders.into_boxed_str())]);
    c.entries("licenselower", "", vec![Entry::deflated("license", &large)]);
    c.entries("licensemost", "", vec![Entry::deflated("LICENSE", &large[1..])]);
    c.entries(
        "gomodbelowlarge",
        "P/b/go.mod: go.mod file not in module root directory",
        vec![Entry::deflated("b/go.mod", &large)],
    );
    c.entries("gomodother", "", vec![Entry::stored("go.mod", b"module other.example/m\n")]);
    c.entries("gomodtext", "", vec![Entry::stored("go.mod", b"\0 no go.mod at all")]);
    c.0
}

/// So many files of a MiB that all have the content of the first.
fn bomb_of_shared_content(files: u32) -> Vec<Entry> {
    let first = Entry::zeros("f0", 1);
    let others = (1..files).map(|n| {
        let name = format!("f{n}").into_bytes();
        Entry { name, body: Vec::new(), offset: Some(0), ..first.clone() }
    });
    std::iter::once(first.clone()).chain(others).collect()
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
fn contents(root: &Path) -> BTreeMap<String, (u32, Vec<u8>)> {
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
        let as_expected = match &*case.error {
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
    let mut wrong = Vec::new();
    for case in cases {
        let module = case.module();
        let report = reports.iter().find(|report| report["Path"] == *module.path).unwrap();
        let into = ours.join(case.name);
        fs::create_dir(&into).unwrap();
        match (unpack(&case.zip, &module, &into), report["Error"].as_str()) {
            (Ok(extracted), None) => {
                assert_eq!(report["Sum"], extracted.h1.to_string(), "{}", case.name);
                let theirs = contents(Path::new(report["Dir"].as_str().unwrap()));
                let ours = contents(&into);
                let files = ours.values().filter(|(mode, _)| mode & 0o170_000 == 0o100_000);
                let bytes = files.clone().map(|(_, content)| content.len() as u64).sum::<u64>();
                assert_eq!((extracted.files, extracted.bytes), (files.count(), bytes));
                assert!(ours == theirs, "{}: {:?}", case.name, (ours.keys(), theirs.keys()));
            }
            (Ok(_), Some(error)) => wrong.push(format!("{}: go refuses it: {error}", case.name)),
            (Err(error), None) => {
                wrong.push(format!("{}: go accepts it, gomod: {error:?}", case.name));
            }
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
                static BYTES: LazyLock<Regex> = LazyLock::new(|| {
                    Regex::new(r"(\u{fffd}|\\u\{fffd\}|\\x[89a-f][0-9a-f])+").unwrap()
                });
                let plain = |text: &str| {
                    let text = BYTES.replace_all(text, "\u{fffd}");
                    text.replace("\\u{301}", "\u{301}").replace("\\x00", "\\0")
                };
                let (ours, theirs) = (plain(&ours), plain(theirs));
                // Of a header before the zip's beginning the system speaks, not archive/zip.
                let before = ours == "EOF" && theirs.ends_with(": negative offset");
                // go meets it when it reads the extracted file.
                let folder = ours.ends_with(": go.mod is a directory")
                    && theirs.ends_with("/go.mod: is a directory");
                let same = theirs.ends_with(&ours) || ours.starts_with("flate");
                if !(same || before || folder) {
                    wrong.push(format!("{}:\n ours: {ours:?}\n go's: {theirs:?}", case.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(refused_with_sum > 20, "only {refused_with_sum} refused zips have a sum");
}

/// Zips as authors publish them, or odd ones that nobody needs to fear: the rest is hostile.
const HONEST: [&str; 25] = [
    "plain",
    "none",
    "big",
    "medium",
    "many",
    "limit",
    "letters",
    "siblings",
    "longest",
    "root",
    "dirs",
    "descriptor",
    "descriptor64",
    "descriptorbare",
    "utf8flag",
    "executable",
    "nomode",
    "setuid",
    "blanks",
    "signs",
    "dotfiles",
    "gomodother",
    "licenselower",
    "licensemost",
    "gomodemptyfolder",
];

/// A side of the comparison: what it says of each module, and what its cache holds then.
struct Side {
    reports: BTreeMap<String, serde_json::Value>,
    tree: Tree,
}

impl Side {
    /// Downloads all cases with one command line, in a folder outside of any module.
    fn download(room: &Room, program: &str, words: &[&str], proxy: &Proxy) -> Self {
        let home = room.path().join(if words.len() == 3 { "go" } else { "gomod" });
        for part in ["work", "tmp", "gopath"] {
            fs::create_dir_all(home.join(part)).unwrap();
        }
        tree::without_telemetry(&home.join("home")).unwrap();
        let mut command = Command::new(program);
        command
            .args(words)
            .args(CASES.iter().map(|case| case.module().to_string()))
            .current_dir(home.join("work"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home.join("home"))
            .env("TMPDIR", home.join("tmp"))
            .env("GOPATH", home.join("gopath"))
            .env("GOPROXY", proxy.url())
            .env("GOSUMDB", Database::verifier_key())
            .envs([("GOENV", "off"), ("GOFLAGS", ""), ("GOTOOLCHAIN", "local"), ("LC_ALL", "C")]);
        let output = Program::start(command).unwrap().finish(Duration::from_secs(300)).unwrap();
        let reports = serde_json::Deserializer::from_slice(&output.stdout)
            .into_iter::<serde_json::Value>()
            .map(|report| report.unwrap())
            .map(|report| (report["Path"].as_str().unwrap().to_owned(), report))
            .collect::<BTreeMap<_, _>>();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(reports.len(), CASES.len(), "{program}: {stderr}");
        assert_eq!(output.status.code(), Some(1), "{program}: {stderr}");
        Self { reports, tree: Tree::read(&home.join("gopath/pkg/mod")).unwrap() }
    }

    fn accepts(&self, case: &Case) -> bool {
        self.reports[&*case.module().path].get("Error").is_none()
    }

    /// What the cache holds of a module.
    fn files(&self, case: &Case) -> BTreeMap<&String, &tree::Entry> {
        let folder = format!("{}", case.module());
        let downloads = format!("cache/download/{}/", case.module().path);
        let belongs = |name: &str| {
            name.starts_with(&downloads)
                || name.strip_prefix(&folder).is_some_and(|rest| {
                    rest.is_empty() || rest.starts_with('/') || rest.starts_with(".tmp")
                })
        };
        self.tree.entries().iter().filter(|(name, _)| belongs(name)).collect()
    }
}

/// Every zip, served with a record of the checksum database that vouches for it, as the programs
/// meet it: what is accepted leaves the same cache, and what is refused leaves nothing.
#[test]
fn end_to_end() {
    let hostile = CASES.iter().filter(|case| !HONEST.contains(&case.name)).count();
    assert_eq!(CASES.len() - hostile, HONEST.len(), "a name of HONEST is no case");
    assert!(hostile >= 70, "only {hostile} hostile zips");
    let mut catalogue = Catalogue::default();
    for case in &*CASES {
        let module = case.module();
        let mut served =
            fixture::ModuleVersion::parse(&format!("module {} {}\n", module.path, module.version))
                .unwrap();
        if let Ok(directory) = zip::read_directory(&case.zip, &module)
            && let Ok(h1) = unzip::hash_only(&directory, OPTIONS)
        {
            served.zip_sum = h1.to_string();
        }
        served.zip.clone_from(&case.zip);
        catalogue.add(served);
    }
    let proxy = Proxy::start(Arc::new(catalogue)).unwrap();
    let room = Room::new("gomod-zips-").unwrap();
    let gomod = Side::download(&room, env!("CARGO_BIN_EXE_gomod"), &["download", "-json"], &proxy);
    let mut wrong = Vec::new();
    for case in &*CASES {
        let accepts = case.error.is_empty();
        if gomod.accepts(case) != accepts {
            let error = &gomod.reports[&*case.module().path]["Error"];
            wrong.push(format!("{}: gomod says {error}", case.name));
        } else if !accepts {
            let remains = gomod.files(case).into_keys().filter(|name| {
                let may_stay = ["/@v", "/@v/list", "/@v/v1.0.0.info", "/@v/v1.0.0.mod"];
                !may_stay.iter().any(|end| name.ends_with(end))
            });
            wrong.extend(remains.map(|name| format!("{}: {name} remains", case.name)));
        }
    }
    let outside = gomod.tree.entries().keys().filter(|name| {
        let known = ["cache", "cache/download", "zip.example"];
        let inside = ["zip.example/", "cache/download/zip.example", "cache/download/sumdb"];
        !known.contains(&name.as_str()) && !inside.iter().any(|folder| name.starts_with(folder))
    });
    wrong.extend(outside.map(|name| format!("{name} is no module's")));
    let refused = CASES.iter().filter(|case| !gomod.accepts(case)).count();
    let counts =
        format!("{} zips, {hostile} of them hostile: gomod refuses {refused}", CASES.len());
    if !go_is_there() {
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        println!("{counts}");
        return;
    }
    let go = Side::download(&room, "go", &["mod", "download", "-json"], &proxy);
    for case in &*CASES {
        let path = &*case.module().path;
        match (gomod.accepts(case), go.accepts(case)) {
            (true, true) => {
                let (ours, theirs) = (gomod.files(case), go.files(case));
                for name in ours.keys().chain(theirs.keys()).collect::<BTreeSet<_>>() {
                    let (ours, theirs) = (ours.get(name), theirs.get(name));
                    if ours != theirs {
                        wrong.push(format!("{}: {name}: {ours:?}, go's {theirs:?}", case.name));
                    }
                }
                let (ours, theirs) = (&gomod.reports[path]["Sum"], &go.reports[path]["Sum"]);
                if ours != theirs || !ours.is_string() {
                    wrong.push(format!("{}: sum {ours}, go's {theirs}", case.name));
                }
            }
            (false, false) => {}
            (_, accepts) => {
                let error = &go.reports[path]["Error"];
                wrong.push(format!("{}: go accepts: {accepts}, {error}", case.name));
            }
        }
    }
    let gos = CASES.iter().filter(|case| go.accepts(case)).count();
    println!("{counts}; go accepts {gos} and refuses {}", CASES.len() - gos);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    room.close().unwrap();
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

/// What is written of contents that are longer than declared ends at the declared size.
#[test]
fn bombs_end_at_the_declared_size() {
    let scratch = Scratch::new();
    let module = ModuleVersion::new("zip.example/m", "v1.0.0");
    // Inflated as a whole, and in chunks.
    for declared in [0, 1, 100, 4 << 20, (4 << 20) + 1, 9 << 20] {
        let bomb = Entry::zeros(format!("{module}/bomb"), 1024).with(|e| e.size = declared);
        let zip = write(&[bomb]);
        let directory = zip::read_directory(&zip, &module).unwrap();
        let into = scratch.folder(&declared.to_string());
        let error = unzip::extract(directory.judge().unwrap(), &into, OPTIONS).unwrap_err();
        assert_eq!(error.to_string(), format!("zip: not a valid zip file: \"{module}/bomb\""));
        let written = fs::metadata(into.join("bomb")).unwrap().len();
        assert!(written <= u64::from(declared), "{written} bytes of {declared} declared");
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
        let files = contents(&into).into_iter().filter(|(_, (mode, _))| mode & 0o100_000 != 0);
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
