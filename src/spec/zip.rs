//! Module zips: the central directory as go reads it, and the rules for what is in it.
//!
//! What go accepts is what Go's archive/zip accepts, and that is lenient in ways of
//! its own: leading bytes, the last of several end records, entries that overlap,
//! wrong disk numbers. So the records are read here, by the same steps; a zip library
//! with another idea of validity would refuse or, worse, see other files than go does.
//!
//! Source: ref/mod#zip-files, golang.org/x/mod/zip, Go's archive/zip/reader.go.

pub mod create;

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map;
use std::fmt;

use super::path::{self, InvalidPath};
use super::unicode;
use super::version::{self, CheckError, ModuleVersion};

/// The most bytes that a module zip may have, and its files together: 500 MiB.
pub const MAX_ZIP: u64 = 500 << 20;
/// The most bytes that the go.mod file in a zip may have: 16 MiB.
pub const MAX_GO_MOD: u64 = 16 << 20;
/// The most bytes that the LICENSE file in the module's root may have: 16 MiB.
pub const MAX_LICENSE: u64 = 16 << 20;

const FILE_HEADER: u32 = 0x0403_4b50;
const DIRECTORY_HEADER: u32 = 0x0201_4b50;
const DIRECTORY_END: [u8; 4] = *b"PK\x05\x06";
const DIRECTORY64_LOCATOR: u32 = 0x0706_4b50;
const DIRECTORY64_END: u32 = 0x0606_4b50;
/// The compression methods that a module zip has.
const STORED: u16 = 0;
const DEFLATE: u16 = 8;
const DATA_DESCRIPTOR: u32 = 0x0807_4b50;
const FILE_HEADER_SIZE: usize = 30;
const DIRECTORY_HEADER_SIZE: usize = 46;
const DIRECTORY_END_SIZE: usize = 22;
const ZIP64_EXTRA: u16 = 1;

/// What is wrong with the bytes of a zip, in the words that the go command uses.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FormatError {
    /// A record is not where it should be, or contents exceed their declared size.
    #[error("zip: not a valid zip file")]
    NotZip,
    /// Contents are shorter than their declared size, or a record is cut off.
    #[error("unexpected EOF")]
    UnexpectedEof,
    /// A record should begin where the zip ends.
    #[error("EOF")]
    Eof,
    /// The compression method is neither stored nor deflate.
    #[error("zip: unsupported compression algorithm")]
    Algorithm,
    /// The contents' CRC-32 is not the recorded one.
    #[error("zip: checksum error")]
    Checksum,
    /// The contents are no deflate stream.
    #[error("flate: corrupt input")]
    Corrupt,
}

/// Why a module zip cannot be read, or must not be extracted.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ZipError {
    /// It is no zip.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// An entry lies outside the folder that bears the module's name and version.
    #[error("zip for {module} has unexpected file {name}")]
    UnexpectedFile {
        /// The module version that the zip is for.
        module: ModuleVersion,
        /// The entry's name, with U+FFFD for what is no UTF-8.
        name: String,
    },
    /// The module version is not in canonical form.
    #[error("version {version:?} is not canonical (should be {canonical:?})")]
    NotCanonical {
        /// The version as given.
        version: String,
        /// Its canonical form, or empty where it is invalid.
        canonical: String,
    },
    /// The module path or version is malformed.
    #[error(transparent)]
    Module(#[from] CheckError),
    /// The zip itself has more than [`MAX_ZIP`] bytes.
    #[error("module zip file is too large ({size} bytes; limit is {MAX_ZIP} bytes)")]
    ZipTooLarge {
        /// The size of the zip.
        size: u64,
    },
    /// The files of a source tree have more than [`MAX_ZIP`] bytes together.
    #[error("module source tree too large (max size is {MAX_ZIP} bytes)")]
    TreeTooLarge,
    /// The files have more than [`MAX_ZIP`] bytes by their declared sizes.
    #[error("total uncompressed size of module contents too large (max size is {MAX_ZIP} bytes)")]
    ContentsTooLarge,
    /// Entries break rules; all that do, in the order of the zip.
    #[error("{}", Lines(.0))]
    Files(Vec<InvalidFile>),
}

/// An entry that a module zip must not have.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct InvalidFile {
    /// The entry's name, with U+FFFD for what is no UTF-8.
    pub name: String,
    /// The rule it breaks.
    pub problem: FileProblem,
}

/// The rules for one entry.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FileProblem {
    /// It has empty, `.` or `..` elements.
    #[error("file path is not clean")]
    NotClean,
    /// It begins with a slash.
    #[error("file path is not relative")]
    NotRelative,
    /// It is no valid file path.
    #[error(transparent)]
    Path(#[from] InvalidPath),
    /// Another entry, or a folder of one, has a name that is equal but for the case.
    #[error("case-insensitive file name collision: {first:?} and {second:?}")]
    Collision {
        /// The name that came first.
        first: String,
        /// This entry's name, or that of a folder it lies in.
        second: String,
    },
    /// The name is used for a file and for a folder.
    #[error("entry {name:?} is both a file and a directory")]
    FileAndDirectory {
        /// The name, relative to the module's root.
        name: String,
    },
    /// There are several files with the name.
    #[error("multiple entries for file {name:?}")]
    Repeated {
        /// The name, relative to the module's root.
        name: String,
    },
    /// A go.mod in another folder belongs to another module.
    #[error("go.mod file not in module root directory")]
    NestedGoMod,
    /// Such as `Go.mod`.
    #[error("go.mod files must have lowercase names")]
    GoModCase,
    /// The go.mod in the module's root would be a folder. go extracts such a module, then
    /// fails to read its go.mod.
    #[error("go.mod is a directory")]
    GoModFolder,
    /// More than [`MAX_GO_MOD`] bytes.
    #[error("go.mod file too large (max size is {MAX_GO_MOD} bytes)")]
    GoModSize,
    /// More than [`MAX_LICENSE`] bytes.
    #[error("LICENSE file too large (max size is {MAX_LICENSE} bytes)")]
    LicenseSize,
}

struct Lines<'a>(&'a [InvalidFile]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, file) in self.0.iter().enumerate() {
            let separator = if at == 0 { "" } else { "\n" };
            write!(f, "{separator}{file}")?;
        }
        Ok(())
    }
}

/// The central directory of a module zip; every name begins with `path@version/`.
#[derive(Clone, Debug)]
pub struct Directory<'zip> {
    zip: &'zip [u8],
    module: ModuleVersion,
    /// Length of `path@version/`.
    prefix: usize,
    entries: Vec<Entry<'zip>>,
}

/// An entry of the central directory. Its sizes are the sender's word.
#[derive(Clone, Debug)]
pub struct Entry<'zip> {
    /// The name with its `path@version/`; no promise of UTF-8.
    pub name: &'zip [u8],
    /// The declared size of the contents in bytes.
    pub size: u64,
    compressed_size: u64,
    /// Negative where the directory says so; such an entry cannot be opened.
    header_offset: i64,
    crc32: u32,
    method: u16,
    flags: u16,
    /// The system whose attributes the entry has.
    creator: u8,
    attributes: u32,
}

impl Entry<'_> {
    /// Whether the entry stands for a folder, by the slash that ends its name.
    pub fn is_dir(&self) -> bool {
        self.name.ends_with(b"/")
    }
}

/// How the contents of an entry are stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Contents<'zip> {
    /// As they are.
    Stored(&'zip [u8]),
    /// As a deflate stream, of which the slice may hold more than the whole.
    Deflate(&'zip [u8]),
}

/// Reads the central directory and checks that every name lies in the module's folder.
/// That and the contents' hash come before [`Directory::judge`]: a sum that does
/// not match is told first. Source: `zip.NewReader`, `downloadZip`.
pub fn read_directory<'zip>(
    zip: &'zip [u8],
    module: &ModuleVersion,
) -> Result<Directory<'zip>, ZipError> {
    let prefix = format!("{}@{}/", module.path, module.version);
    let entries = read_entries(zip)?;
    if let Some(entry) = entries.iter().find(|entry| !entry.name.starts_with(prefix.as_bytes())) {
        let name = String::from_utf8_lossy(entry.name).into_owned();
        return Err(ZipError::UnexpectedFile { module: module.clone(), name });
    }
    Ok(Directory { zip, module: module.clone(), prefix: prefix.len(), entries })
}

/// Reads the central directory of any zip.
fn read_entries(zip: &[u8]) -> Result<Vec<Entry<'_>>, FormatError> {
    let end = DirectoryEnd::find(zip)?;
    // The sender may claim any number of entries: reserve no more than fit.
    let fit = zip.len() / DIRECTORY_HEADER_SIZE;
    let mut entries =
        Vec::with_capacity(usize::try_from(end.records).unwrap_or(usize::MAX).min(fit));
    let start = end.base.wrapping_add_unsigned(end.offset);
    let mut rest = usize::try_from(start).ok().and_then(|at| zip.get(at..)).unwrap_or_default();
    // Only the low 16 bits of the number are certain, so read until something
    // else comes, and compare then.
    let stop = loop {
        match Entry::read(&mut rest) {
            Ok(mut entry) => {
                entry.header_offset = entry.header_offset.wrapping_add(end.base);
                entries.push(entry);
            }
            Err(stop @ FormatError::Eof) => return Err(stop),
            Err(stop) => break stop,
        }
    };
    if entries.len() as u16 != end.records as u16 {
        return Err(stop);
    }
    Ok(entries)
}

/// Finds an entry's contents in its zip; see [`Directory::open`].
fn open<'zip>(zip: &'zip [u8], entry: &Entry<'zip>) -> Result<Contents<'zip>, FormatError> {
    let body = body(zip, entry)?;
    if entry.is_dir() {
        return match entry.size {
            0 => Ok(Contents::Stored(&[])),
            _ => Err(FormatError::NotZip),
        };
    }
    let data = &body[..clamp(entry.compressed_size, body.len())];
    match entry.method {
        STORED => Ok(Contents::Stored(data)),
        DEFLATE => Ok(Contents::Deflate(data)),
        _ => Err(FormatError::Algorithm),
    }
}

/// What follows the local header of an entry, to the end of the zip.
fn body<'zip>(zip: &'zip [u8], entry: &Entry<'zip>) -> Result<&'zip [u8], FormatError> {
    let header = usize::try_from(entry.header_offset)
        .ok()
        .and_then(|at| zip.get(at..))
        .filter(|header| header.len() >= FILE_HEADER_SIZE)
        .ok_or(FormatError::Eof)?;
    let mut fields = Fields(header);
    if fields.u32() != Some(FILE_HEADER) {
        return Err(FormatError::NotZip);
    }
    let lengths = fields.take(22).and_then(|_| Some((fields.u16()?, fields.u16()?)));
    let (name, extra) = lengths.ok_or(FormatError::Eof)?;
    Ok(fields.0.get(usize::from(name) + usize::from(extra)..).unwrap_or_default())
}

impl<'zip> Directory<'zip> {
    /// The entries in the order of the zip, among them folders and repeated names.
    pub fn entries(&self) -> &[Entry<'zip>] {
        &self.entries
    }

    /// The bytes that the directory was read from.
    pub fn zip(&self) -> &'zip [u8] {
        self.zip
    }

    /// The declared size of all files together, in bytes: what hashing them would cost.
    pub fn declared_size(&self) -> u64 {
        let files = self.entries.iter().filter(|entry| !entry.is_dir());
        files.fold(0, |sum, entry| sum.saturating_add(entry.size))
    }

    /// An entry's name, relative to the module's root; empty for the root itself.
    pub fn relative_name(&self, entry: &Entry<'zip>) -> &'zip [u8] {
        &entry.name[self.prefix..]
    }

    /// Finds an entry's contents by its local header, of which nothing but the length is
    /// believed. A folder has empty contents, whatever its method.
    pub fn open(&self, entry: &Entry<'zip>) -> Result<Contents<'zip>, FormatError> {
        open(self.zip, entry)
    }

    /// Checks the CRC-32 of an entry's contents, once all are read and have the declared
    /// size. Behind a data descriptor flag it must be recorded twice; without one, zero
    /// means that it is not recorded. Source: `checksumReader.Read`.
    pub fn check_crc32(&self, entry: &Entry<'zip>, crc32: u32) -> Result<(), FormatError> {
        const HAS_DATA_DESCRIPTOR: u16 = 8;
        if entry.is_dir() {
            return Ok(());
        }
        if entry.flags & HAS_DATA_DESCRIPTOR == 0 {
            let matches = entry.crc32 == 0 || entry.crc32 == crc32;
            return if matches { Ok(()) } else { Err(FormatError::Checksum) };
        }
        let body = body(self.zip, entry)?;
        let descriptor = &body[clamp(entry.compressed_size, body.len())..];
        let mut fields = Fields(descriptor);
        // The signature is optional. The sizes behind the CRC, of 4 or 8 bytes, are not
        // looked at, but two of 4 have to be there.
        let mut recorded = fields.u32().ok_or(FormatError::UnexpectedEof)?;
        if recorded == DATA_DESCRIPTOR {
            recorded = fields.u32().ok_or(FormatError::UnexpectedEof)?;
        }
        fields.take(8).ok_or(FormatError::UnexpectedEof)?;
        if recorded != entry.crc32 || crc32 != entry.crc32 {
            return Err(FormatError::Checksum);
        }
        Ok(())
    }

    /// Holds the zip to the rules for module zips. Source: `zip.checkZip`.
    pub fn judge(&self) -> Result<Judged<'_, 'zip>, ZipError> {
        check_module(&self.module)?;
        let size = self.zip.len() as u64;
        if size > MAX_ZIP {
            return Err(ZipError::ZipTooLarge { size });
        }
        let mut names = Names::default();
        let mut room = Some(MAX_ZIP);
        let mut files = Vec::new();
        for entry in &self.entries {
            if let Err(problem) = self.judge_entry(entry, &mut names, &mut room) {
                let name = String::from_utf8_lossy(entry.name).into_owned();
                files.push(InvalidFile { name, problem });
            }
        }
        if room.is_none() {
            return Err(ZipError::ContentsTooLarge);
        }
        if !files.is_empty() {
            return Err(ZipError::Files(files));
        }
        Ok(Judged(self))
    }

    /// `room` is what is left of the total size, `None` once that is used up.
    fn judge_entry(
        &self,
        entry: &Entry<'zip>,
        names: &mut Names<'zip>,
        room: &mut Option<u64>,
    ) -> Result<(), FileProblem> {
        let name = self.relative_name(entry);
        if name.is_empty() {
            return Ok(());
        }
        let name = if entry.is_dir() { &name[..name.len() - 1] } else { name };
        if !is_clean(name) {
            return Err(FileProblem::NotClean);
        }
        let name = check_name(name)?;
        names.add(name, entry.is_dir())?;
        if entry.is_dir() {
            return Ok(());
        }
        let base = name.rsplit_once('/').map_or(name, |(_, base)| base);
        if base.eq_ignore_ascii_case("go.mod") {
            if base != name {
                return Err(FileProblem::NestedGoMod);
            }
            if name != "go.mod" {
                return Err(FileProblem::GoModCase);
            }
        }
        if name.starts_with("go.mod/") {
            return Err(FileProblem::GoModFolder);
        }
        *room = room.and_then(|room| room.checked_sub(entry.size));
        // Sizes above i64::MAX are negative to go, so they exceed the total alone.
        let size = entry.size.cast_signed();
        if name == "go.mod" && size > MAX_GO_MOD.cast_signed() {
            return Err(FileProblem::GoModSize);
        }
        if name == "LICENSE" && size > MAX_LICENSE.cast_signed() {
            return Err(FileProblem::LicenseSize);
        }
        Ok(())
    }
}

/// Checks that there may be a zip for the module version.
fn check_module(module: &ModuleVersion) -> Result<(), ZipError> {
    if !version::is_canonical(&module.version) {
        return Err(ZipError::NotCanonical {
            version: module.version.to_string(),
            canonical: version::canonical(&module.version),
        });
    }
    Ok(version::check(&module.path, &module.version)?)
}

/// A directory that keeps the rules: what may be extracted. Its files have distinct,
/// valid names, and their declared sizes are within [`MAX_ZIP`] together.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'directory, 'zip>(&'directory Directory<'zip>);

impl<'directory, 'zip> Judged<'directory, 'zip> {
    /// The directory that was judged.
    pub fn directory(self) -> &'directory Directory<'zip> {
        self.0
    }
}

fn clamp(size: u64, limit: usize) -> usize {
    usize::try_from(size).map_or(limit, |size| size.min(limit))
}

/// Whether Go's `path.Clean` leaves the name as it is.
fn is_clean(name: &[u8]) -> bool {
    if name == b"." || name == b"/" {
        return true;
    }
    let relative = name.strip_prefix(b"/").unwrap_or(name);
    // A relative path may begin with `..`, and only begin.
    let mut climbing = relative.len() == name.len();
    relative.split(|&byte| byte == b'/').all(|element| match element {
        b"" | b"." => false,
        b".." => climbing,
        _ => {
            climbing = false;
            true
        }
    })
}

/// A name that is a valid file path.
fn check_name(name: &[u8]) -> Result<&str, InvalidPath> {
    let name = std::str::from_utf8(name).map_err(|_| InvalidPath {
        kind: path::Kind::File,
        path: String::from_utf8_lossy(name).into_owned(),
        reason: "invalid UTF-8".to_owned(),
    })?;
    path::check_file(name)?;
    Ok(name)
}

/// The names met so far and the folders they lie in, by their folded form.
/// Source: `collisionChecker`.
#[derive(Default)]
struct Names<'zip> {
    met: HashMap<Cow<'zip, str>, (&'zip str, bool)>,
    /// The folder of the last name that passed: its own folders have passed too.
    folder: &'zip str,
}

impl<'zip> Names<'zip> {
    fn add(&mut self, name: &'zip str, is_dir: bool) -> Result<(), FileProblem> {
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        self.add_one(name, is_dir)?;
        let mut parent = folder;
        while !parent.is_empty() && parent != self.folder {
            self.add_one(parent, true)?;
            parent = parent.rsplit_once('/').map_or("", |(folder, _)| folder);
        }
        self.folder = folder;
        Ok(())
    }

    fn add_one(&mut self, name: &'zip str, is_dir: bool) -> Result<(), FileProblem> {
        match self.met.entry(fold(name)) {
            hash_map::Entry::Vacant(vacant) => {
                vacant.insert((name, is_dir));
                Ok(())
            }
            hash_map::Entry::Occupied(met) => match *met.get() {
                (first, _) if first != name => {
                    Err(FileProblem::Collision { first: first.to_owned(), second: name.to_owned() })
                }
                (_, was_dir) if was_dir != is_dir => {
                    Err(FileProblem::FileAndDirectory { name: name.to_owned() })
                }
                _ if !is_dir => Err(FileProblem::Repeated { name: name.to_owned() }),
                _ => Ok(()),
            },
        }
    }
}

/// Two names are equal but for the case exactly where this gives the same for both.
fn fold(name: &str) -> Cow<'_, str> {
    if name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return Cow::Borrowed(name);
    }
    // The least equal character of a letter is upper case, which the names above are not.
    Cow::Owned(name.chars().map(|c| unicode::fold(c).to_ascii_lowercase()).collect())
}

/// Little-endian fields, taken from the front.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
}

/// What an end record says, and how far its offsets are off.
struct DirectoryEnd {
    /// How many entries it claims.
    records: u64,
    /// Where the directory begins, not counting what precedes the zip proper.
    offset: u64,
    /// Where the zip proper begins.
    base: i64,
}

impl DirectoryEnd {
    fn find(zip: &[u8]) -> Result<Self, FormatError> {
        let at = find_end_record(zip).ok_or(FormatError::NotZip)?;
        let mut fields = Fields(&zip[at + 10..]);
        let parse = |fields: &mut Fields<'_>| Some((fields.u16()?, fields.u32()?, fields.u32()?));
        let (records, size, offset) = parse(&mut fields).ok_or(FormatError::NotZip)?;
        let (mut records, mut size, mut offset) =
            (u64::from(records), u64::from(size), u64::from(offset));
        // The size is compared with a sixteen-bit mark, as go does it.
        let mut end = at.cast_signed() as i64;
        if (records == 0xffff || size == 0xffff || offset == 0xffff_ffff)
            && let Some(at64) = find_zip64_end(zip, at)
        {
            let record = usize::try_from(at64).ok().and_then(|at| zip.get(at..));
            let mut fields = Fields(record.unwrap_or_default());
            if fields.0.len() < 56 {
                return Err(FormatError::Eof);
            }
            let signature = fields.u32();
            let parse = |fields: &mut Fields<'_>| {
                fields.take(28)?;
                Some((fields.u64()?, fields.u64()?, fields.u64()?))
            };
            match (signature, parse(&mut fields)) {
                (Some(DIRECTORY64_END), Some(wide)) => (records, size, offset) = wide,
                _ => return Err(FormatError::NotZip),
            }
            end = at64;
        }
        let signed = |value: u64| i64::try_from(value).map_err(|_| FormatError::NotZip);
        let (size, start) = (signed(size)?, signed(offset)?);
        let mut base = end.wrapping_sub(size).wrapping_sub(start);
        if !(0..zip.len() as i64).contains(&base.wrapping_add(start)) {
            return Err(FormatError::NotZip);
        }
        // Where an entry stands at the offset as it is written, that is believed.
        if base > 0
            && let Some(mut rest) = zip.get(clamp(offset, zip.len())..)
            && Entry::read(&mut rest).is_ok()
        {
            base = 0;
        }
        Ok(Self { records, offset, base })
    }
}

/// Finds the last end record in the last 65 KiB; its comment must be there as a whole,
/// and bytes may follow it.
fn find_end_record(zip: &[u8]) -> Option<usize> {
    let start = zip.len().saturating_sub(65 << 10);
    let last = zip.len().checked_sub(DIRECTORY_END_SIZE)?;
    let at = (start..=last).rev().find(|&at| zip[at..].starts_with(&DIRECTORY_END))?;
    let comment = u16::from_le_bytes([zip[at + 20], zip[at + 21]]);
    (at + DIRECTORY_END_SIZE + usize::from(comment) <= zip.len()).then_some(at)
}

/// The offset of the zip64 end record, by the locator before the end record; `None`
/// where there is no locator, it names other disks, or the offset is negative.
fn find_zip64_end(zip: &[u8], end: usize) -> Option<i64> {
    let mut fields = Fields(&zip[end.checked_sub(20)?..end]);
    if fields.u32()? != DIRECTORY64_LOCATOR || fields.u32()? != 0 {
        return None;
    }
    let offset = fields.u64()?.cast_signed();
    (fields.u32()? == 1 && offset >= 0).then_some(offset)
}

impl<'zip> Entry<'zip> {
    /// Reads a record of the central directory from the front of the bytes.
    /// Source: `readDirectoryHeader`.
    fn read(rest: &mut &'zip [u8]) -> Result<Self, FormatError> {
        let cut_off = |missing: &[u8]| match missing {
            [] => FormatError::Eof,
            _ => FormatError::UnexpectedEof,
        };
        let (header, variable) =
            rest.split_at_checked(DIRECTORY_HEADER_SIZE).ok_or_else(|| cut_off(rest))?;
        let mut fields = Fields(header);
        if fields.u32() != Some(DIRECTORY_HEADER) {
            return Err(FormatError::NotZip);
        }
        let record = Self::parse_fixed(&mut fields).ok_or(FormatError::UnexpectedEof)?;
        let (mut entry, [name, extra, comment]) = record;
        let length = usize::from(name) + usize::from(extra) + usize::from(comment);
        let (variable, after) =
            variable.split_at_checked(length).ok_or_else(|| cut_off(variable))?;
        *rest = after;
        let (name, variable) = variable.split_at(name.into());
        entry.name = name;
        entry.read_zip64(&variable[..extra.into()])?;
        Ok(entry)
    }

    /// The fixed fields behind the signature, and the lengths of name, extra and comment.
    fn parse_fixed(fields: &mut Fields<'_>) -> Option<(Self, [u16; 3])> {
        let [_, creator] = fields.array()?;
        fields.take(2)?;
        let (flags, method) = (fields.u16()?, fields.u16()?);
        fields.take(4)?;
        let (crc32, compressed_size, size) = (fields.u32()?, fields.u32()?, fields.u32()?);
        let lengths = [fields.u16()?, fields.u16()?, fields.u16()?];
        fields.take(4)?;
        let attributes = fields.u32()?;
        let entry = Self {
            name: &[],
            size: size.into(),
            compressed_size: compressed_size.into(),
            header_offset: fields.u32()?.into(),
            crc32,
            method,
            flags,
            creator,
            attributes,
        };
        Some((entry, lengths))
    }

    /// Takes the sizes and the offset that do not fit 32 bits from the extra field.
    fn read_zip64(&mut self, extra: &[u8]) -> Result<(), FormatError> {
        const WIDE: u64 = u32::MAX as u64;
        let mut need_size = self.size == WIDE;
        let mut need_compressed = self.compressed_size == WIDE;
        let mut need_offset = self.header_offset == WIDE.cast_signed();
        let mut extra = Fields(extra);
        while let (Some(tag), Some(length)) = (extra.u16(), extra.u16()) {
            let Some(block) = extra.take(length.into()) else { break };
            if tag != ZIP64_EXTRA {
                continue;
            }
            let mut block = Fields(block);
            if std::mem::take(&mut need_size) {
                self.size = block.u64().ok_or(FormatError::NotZip)?;
            }
            if std::mem::take(&mut need_compressed) {
                self.compressed_size = block.u64().ok_or(FormatError::NotZip)?;
            }
            if std::mem::take(&mut need_offset) {
                self.header_offset = block.u64().ok_or(FormatError::NotZip)?.cast_signed();
            }
        }
        // A size of 2³²-1 may be meant as such; the other two cannot.
        if need_compressed || need_offset { Err(FormatError::NotZip) } else { Ok(()) }
    }
}
