//! The laws of module zips.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use flate2::read::DeflateEncoder;
use flate2::{Compression, Crc};
use gomod::spec::ModuleVersion;
use gomod::spec::zip::{self, Contents, Directory, MAX_ZIP, ZipError, read_directory};
use gomod::store::unzip::{self, Options, UnzipError};
use sha2::{Digest as _, Sha256};

use super::Verdict;

const PREFIX: &str = "zip.example/m@v1.0.0/";

fn module() -> ModuleVersion {
    ModuleVersion::new("zip.example/m", "v1.0.0")
}

/// What is read of a zip lies in it, in the module's folder; a plain zip is read as a plain
/// reader reads it. What passes the judge has distinct and valid names and at most the
/// permitted size.
pub fn zip_directory(data: &[u8]) -> Verdict {
    let plain = read_plainly(data);
    let directory = match read_directory(data, &module()) {
        Ok(directory) => directory,
        Err(error) => {
            let is_outside = matches!(&error, ZipError::UnexpectedFile { .. });
            assert!(plain.is_none() || is_outside, "a plain zip: {error}");
            return Verdict::Refused;
        }
    };
    if let Some(plain) = plain {
        let read = directory.entries().iter().map(|entry| (entry.name, entry.size));
        assert_eq!(read.collect::<Vec<_>>(), plain);
    }
    assert_eq!(directory.zip(), data);
    let is_inside = |part: &[u8]| part.is_empty() || data.as_ptr_range().contains(&part.as_ptr());
    for entry in directory.entries() {
        assert!(entry.name.starts_with(PREFIX.as_bytes()) && is_inside(entry.name));
        assert_eq!(directory.relative_name(entry), &entry.name[PREFIX.len()..]);
        if let Ok(Contents::Stored(data) | Contents::Deflate(data)) = directory.open(entry) {
            assert!(is_inside(data));
            // Whatever the sum, this is an answer and no panic.
            let _ = directory.check_crc32(entry, 0);
        }
    }
    match directory.judge() {
        Ok(_) => {
            assert_rules(&directory);
            Verdict::Accepted
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            Verdict::Refused
        }
    }
}

/// Names and sizes of a zip in its plainest form: the end record ends the file, the
/// directory ends where that begins, and nothing is larger than 32 bits say.
fn read_plainly(data: &[u8]) -> Option<Vec<(&[u8], u64)>> {
    let u16_at = |at: usize| Some(u16::from_le_bytes(data.get(at..at + 2)?.try_into().ok()?));
    let u32_at = |at: usize| Some(u32::from_le_bytes(data.get(at..at + 4)?.try_into().ok()?));
    let end = data.len().checked_sub(22)?;
    let (count, size, offset) = (u16_at(end + 10)?, u32_at(end + 12)?, u32_at(end + 16)?);
    let is_end = data[end..].starts_with(b"PK\x05\x06") && u16_at(end + 20)? == 0;
    let is_wide = count == 0xffff || size == 0xffff || size == u32::MAX || offset == u32::MAX;
    if !is_end || is_wide || u64::from(offset) + u64::from(size) != end as u64 {
        return None;
    }
    let mut entries = Vec::new();
    let mut at = offset as usize;
    while at < end {
        let (packed, size) = (u32_at(at + 20)?, u32_at(at + 24)?);
        let lengths = [u16_at(at + 28)?, u16_at(at + 30)?, u16_at(at + 32)?].map(usize::from);
        let is_wide = packed == u32::MAX || size == u32::MAX || u32_at(at + 42)? == u32::MAX;
        if u32_at(at)? != 0x0201_4b50 || is_wide {
            return None;
        }
        let name = data.get(at + 46..at + 46 + lengths[0])?;
        at += 46 + lengths.iter().sum::<usize>();
        entries.push((name, u64::from(size)));
    }
    (at == end && entries.len() == usize::from(count)).then_some(entries)
}

/// The rules for names and sizes, said once more.
fn assert_rules(directory: &Directory<'_>) {
    let mut folded: BTreeMap<String, (String, bool)> = BTreeMap::new();
    let mut files = BTreeSet::new();
    let mut total = 0u64;
    for entry in directory.entries() {
        let name = std::str::from_utf8(directory.relative_name(entry)).expect("UTF-8");
        let (name, is_dir) = match name.strip_suffix('/') {
            Some(name) => (name, true),
            None => (name, false),
        };
        assert_eq!(entry.is_dir(), is_dir || name.is_empty());
        if name.is_empty() {
            continue;
        }
        for element in name.split('/') {
            assert!(!["", ".", ".."].contains(&element), "{name:?}");
        }
        assert!(!name.contains(['\\', ':', '*', '"', '<', '>', '|', '?', '\0', '\n']), "{name:?}");
        // Each name, and each folder that it lies in, is spelled in one way and is one thing.
        for (end, is_dir) in
            name.match_indices('/').map(|(at, _)| (at, true)).chain([(name.len(), is_dir)])
        {
            let part = &name[..end];
            let entry = (part.to_owned(), is_dir);
            let known = folded.entry(part.to_lowercase()).or_insert_with(|| entry.clone());
            assert_eq!(*known, entry, "{name:?}");
        }
        if is_dir {
            continue;
        }
        assert!(files.insert(name), "twice: {name:?}");
        let base = name.rsplit('/').next().unwrap_or(name);
        assert!(!base.eq_ignore_ascii_case("go.mod") || name == "go.mod", "{name:?}");
        assert!(!["go.mod", "LICENSE"].contains(&name) || entry.size <= zip::MAX_GO_MOD);
        total += entry.size;
    }
    assert!(total <= MAX_ZIP);
}

/// An extraction writes the files of the directory and nothing else, nowhere else, with their
/// declared sizes, read-only and in read-only folders, none of which is empty; its hash is that
/// of the files, and hashing alone gives the same.
/// One that fails writes nothing outside either. The input is a zip, or the recipe of one.
pub fn unzip(data: &[u8]) -> Verdict {
    let made;
    let data = if data.starts_with(b"PK") {
        data
    } else {
        made = zip_of(data);
        &made
    };
    let module = module();
    let Ok(directory) = read_directory(data, &module) else { return Verdict::Refused };
    // A sender's word for a size costs time, and no more: let it be little.
    if directory.entries().iter().any(|entry| entry.size > 1 << 20) {
        return Verdict::Refused;
    }
    let never = AtomicBool::new(false);
    let options =
        Options { threads: 2, cancelled: &never, writable_dirs: false, used: &|_: usize| {} };
    let hashed = unzip::hash_only(&directory, options);
    let Ok(judged) = directory.judge() else { return Verdict::Refused };

    let outer = tempfile::tempdir().expect("a temporary folder");
    let inner = outer.path().join("m");
    fs::create_dir(&inner).expect("a folder");
    let extracted = unzip::extract(judged, &inner, options);
    let around: Vec<_> = fs::read_dir(outer.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(around, ["m"]);
    let found = walk(&inner);
    let declared: BTreeMap<String, u64> = directory
        .entries()
        .iter()
        .filter(|entry| !entry.is_dir())
        .map(|entry| {
            let name = String::from_utf8_lossy(directory.relative_name(entry));
            (name.into_owned(), entry.size)
        })
        .collect();
    match extracted {
        Ok(extracted) => {
            assert!(!found.has_empty_folder && !found.has_writable_folder);
            let hashed = hashed.expect("what can be extracted can be hashed");
            assert_eq!(extracted.h1, hashed);
            assert_eq!(extracted.h1.as_bytes(), &own_hash(&directory, &found.files));
            assert_eq!(extracted.files, declared.len());
            assert_eq!(extracted.bytes, declared.values().sum::<u64>());
            let sizes: BTreeMap<String, u64> = found
                .files
                .iter()
                .map(|(name, contents)| (name.clone(), contents.len() as u64))
                .collect();
            assert_eq!(sizes, declared);
            Verdict::Accepted
        }
        Err(error) => {
            assert!(found.files.keys().all(|name| declared.contains_key(name)), "{error}");
            // What a file system refuses, a hash need not.
            let is_io = matches!(error, UnzipError::Io { .. });
            assert!(is_io || hashed.is_err_and(|other| other.to_string() == error.to_string()));
            Verdict::Refused
        }
    }
}

/// What lies below a folder.
#[derive(Default)]
struct Tree {
    /// The files with their contents.
    files: BTreeMap<String, Vec<u8>>,
    /// Whether a folder other than the root is empty.
    has_empty_folder: bool,
    /// Whether a folder, the root included, can be written to.
    has_writable_folder: bool,
}

/// Looks at a tree of files, and makes its folders removable.
fn walk(root: &Path) -> Tree {
    let mut tree = Tree::default();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let mode = fs::metadata(&folder).expect("our folder").permissions().mode();
        tree.has_writable_folder |= mode & 0o222 != 0;
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("our folder");
        let mut count = 0;
        for entry in fs::read_dir(&folder).expect("our folder") {
            let path = entry.expect("an entry").path();
            let metadata = path.symlink_metadata().expect("an entry");
            count += 1;
            if metadata.is_dir() {
                folders.push(path);
                continue;
            }
            assert!(metadata.is_file(), "neither file nor folder: {path:?}");
            assert_eq!(metadata.permissions().mode() & 0o777 & !0o444, 0, "{path:?}");
            let name = path.strip_prefix(root).expect("below").to_str().expect("UTF-8");
            tree.files.insert(name.to_owned(), fs::read(&path).expect("a file"));
        }
        tree.has_empty_folder |= count == 0 && folder != root;
    }
    tree
}

/// The hash of the entries: a line each, sorted by name, folders as empty files.
fn own_hash(directory: &Directory<'_>, files: &BTreeMap<String, Vec<u8>>) -> [u8; 32] {
    let mut names: Vec<&[u8]> = directory.entries().iter().map(|entry| entry.name).collect();
    names.sort_unstable();
    let mut list = Vec::new();
    for name in names {
        let relative = std::str::from_utf8(&name[PREFIX.len()..]).expect("UTF-8");
        let contents = files.get(relative).map_or(&[][..], Vec::as_slice);
        for byte in Sha256::digest(contents) {
            list.extend_from_slice(format!("{byte:02x}").as_bytes());
        }
        list.extend_from_slice(b"  ");
        list.extend_from_slice(name);
        list.push(b'\n');
    }
    Sha256::digest(&list).into()
}

/// Writes a zip by a recipe: an entry a line, of one character for how it is written, the
/// name up to a tab, and the contents.
fn zip_of(recipe: &[u8]) -> Vec<u8> {
    let (mut zip, mut directory, mut count) = (Vec::new(), Vec::new(), 0u16);
    for line in recipe.split(|&byte| byte == b'\n').take(100) {
        let Some((&how, line)) = line.split_first() else { continue };
        let tab = line.iter().position(|&byte| byte == b'\t').unwrap_or(line.len());
        let (name, contents) = (&line[..tab], line.get(tab + 1..).unwrap_or_default());
        let name = [PREFIX.as_bytes(), name].concat();
        let deflated = || {
            let mut encoder = DeflateEncoder::new(contents, Compression::default());
            let mut body = Vec::new();
            encoder.read_to_end(&mut body).expect("in memory");
            body
        };
        let mut crc = Crc::new();
        crc.update(contents);
        let (mut crc, mut size, mut flags) = (crc.sum(), contents.len() as u32, 0u16);
        let (method, body) = match how {
            b'd' | b'D' | b'+' | b'-' => (8u16, deflated()),
            // A deflate stream as it is given, of which the size is guessed.
            b'r' => {
                (crc, size) = (0, 5);
                (8, contents.to_vec())
            }
            b'm' => (9, contents.to_vec()),
            _ => (0, contents.to_vec()),
        };
        match how {
            b'+' | b'>' => size += 1,
            b'-' | b'<' => size = size.saturating_sub(1),
            b'c' => crc ^= 1,
            b'0' => crc = 0,
            b'D' | b'S' => flags = 8,
            _ => {}
        }
        let offset = zip.len() as u32;
        let mut common = Vec::new();
        common.extend(20u16.to_le_bytes());
        common.extend(flags.to_le_bytes());
        common.extend(method.to_le_bytes());
        common.extend([0; 4]);
        common.extend(crc.to_le_bytes());
        common.extend((body.len() as u32).to_le_bytes());
        common.extend(size.to_le_bytes());
        common.extend((name.len() as u16).to_le_bytes());
        common.extend([0; 2]);
        zip.extend(b"PK\x03\x04");
        zip.extend(&common);
        zip.extend(&name);
        zip.extend(&body);
        if flags != 0 {
            zip.extend(b"PK\x07\x08");
            zip.extend(crc.to_le_bytes());
            zip.extend((body.len() as u32).to_le_bytes());
            zip.extend(size.to_le_bytes());
        }
        directory.extend(b"PK\x01\x02\x14\x03");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(&name);
        count += 1;
    }
    let (offset, size) = (zip.len() as u32, directory.len() as u32);
    zip.extend(&directory);
    zip.extend(b"PK\x05\x06\0\0\0\0");
    zip.extend(count.to_le_bytes());
    zip.extend(count.to_le_bytes());
    zip.extend(size.to_le_bytes());
    zip.extend(offset.to_le_bytes());
    zip.extend([0; 2]);
    zip
}
