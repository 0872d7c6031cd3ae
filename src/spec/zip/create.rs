//! Which files of a source tree belong to a module, and the zip that holds them.
//!
//! Source: ref/mod#zip-files, `Create` and `checkFiles` in golang.org/x/mod/zip, codeRepo.Zip in
//! cmd/go/internal/modfetch/coderepo.go, Go's archive/zip/struct.go.

use std::collections::HashSet;

use super::{
    Contents, DEFLATE, DIRECTORY_END, DIRECTORY_END_SIZE, DIRECTORY_HEADER, DIRECTORY_HEADER_SIZE,
    DIRECTORY64_END, DIRECTORY64_LOCATOR, Entry, FILE_HEADER, FILE_HEADER_SIZE, FileProblem,
    FormatError, InvalidFile, MAX_GO_MOD, MAX_LICENSE, MAX_ZIP, Names, STORED, ZipError,
    check_module, check_name, is_clean, open, read_entries,
};
use crate::spec::goversion;
use crate::spec::version::ModuleVersion;

/// The first Go version whose modules leave out all of their vendor folders.
const VENDOR_LEFT_OUT: &str = "1.24";

/// What a name in a source tree stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileKind {
    /// A file with contents.
    Regular,
    /// A folder.
    Folder,
    /// A symbolic link.
    SymbolicLink,
    /// A device, socket or pipe.
    Irregular,
}

impl Entry<'_> {
    /// What the entry's attributes say that it is. Source: FileHeader.Mode.
    fn kind(&self) -> FileKind {
        const FAT: u8 = 0;
        const UNIX: u8 = 3;
        const NTFS: u8 = 11;
        const VFAT: u8 = 14;
        const MACOS: u8 = 19;
        const FAT_FOLDER: u32 = 0x10;
        let of_attributes = match self.creator {
            UNIX | MACOS => match (self.attributes >> 16) & 0xf000 {
                0x4000 => FileKind::Folder,
                0xa000 => FileKind::SymbolicLink,
                0x1000 | 0x2000 | 0x6000 | 0xc000 => FileKind::Irregular,
                _ => FileKind::Regular,
            },
            FAT | NTFS | VFAT if self.attributes & FAT_FOLDER != 0 => FileKind::Folder,
            _ => FileKind::Regular,
        };
        match of_attributes {
            FileKind::Regular if self.is_dir() => FileKind::Folder,
            kind => kind,
        }
    }
}

/// A file of a source tree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TreeFile<'a> {
    /// The name, relative to the module's root; no promise of UTF-8.
    pub name: &'a [u8],
    /// What it is.
    pub kind: FileKind,
    /// The size in bytes.
    pub size: u64,
}

/// Whether a go.mod file lets the vendor folders be judged by the rules since Go 1.24.
/// `go` is its go line, or empty.
fn leaves_out_vendor(go: &str) -> bool {
    goversion::is_valid(go) && goversion::compare(&goversion::language(go), VENDOR_LEFT_OUT).is_ge()
}

/// Whether a file lies in a vendored package. Before Go 1.24 the listing counted as the module's
/// own, and files of packages that are themselves called vendor did not; its sums depend on
/// that.
/// Source: isVendoredPackage, golang.org/issue/37397.
fn is_vendored(name: &[u8], is_strict: bool) -> bool {
    const NESTED: &[u8] = b"/vendor/";
    if is_strict && name == b"vendor/modules.txt" {
        return true;
    }
    let inside = match name.strip_prefix(&NESTED[1..]) {
        Some(inside) => inside,
        None => match name.windows(NESTED.len()).position(|part| part == NESTED) {
            Some(at) if is_strict => &name[at + NESTED.len()..],
            // Whatever stands before the folder: so it was once, and so it stays.
            Some(_) => &name[NESTED.len()..],
            None => return false,
        },
    };
    inside.contains(&b'/')
}

/// Splits off the last element; the folder keeps its slash, as Go's `path.Split` does it.
fn split(name: &[u8]) -> (&[u8], &[u8]) {
    let slash = name.iter().rposition(|&byte| byte == b'/');
    name.split_at(slash.map_or(0, |slash| slash + 1))
}

/// Chooses the files of a tree that belong to the module in its root: not those of vendor
/// folders and of modules below, nor links and what is no file. Answers their places in the
/// list, in its order. `go` is the go line of the tree's go.mod file, or empty.
///
/// # Errors
/// A file that would belong to the module breaks a rule, or all together are too large.
pub fn choose(files: &[TreeFile<'_>], go: &str) -> Result<Vec<usize>, ZipError> {
    let is_go_mod = |base: &[u8]| base.eq_ignore_ascii_case(b"go.mod");
    let modules: HashSet<&[u8]> = files
        .iter()
        .filter(|file| file.kind == FileKind::Regular && is_go_mod(split(file.name).1))
        .map(|file| split(file.name).0)
        .collect();
    let is_elsewhere = |name: &[u8]| {
        let slashes = name.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        slashes.map(|(at, _)| &name[..=at]).any(|folder| modules.contains(folder))
    };
    let is_strict = leaves_out_vendor(go);
    let mut names = Names::default();
    // Of several things that are wrong with a name, only the first counts, even where that
    // is a reason to leave it out.
    let mut told = HashSet::new();
    let mut room = Some(MAX_ZIP);
    let (mut chosen, mut invalid) = (Vec::new(), Vec::new());
    for (at, file) in files.iter().enumerate() {
        let left_out = || {
            is_vendored(file.name, is_strict)
                || is_elsewhere(file.name)
                || file.name == b".hg_archival.txt"
        };
        let verdict = match check_form(file.name) {
            Ok(()) if left_out() => Ok(false),
            Ok(()) => judge(file, &mut names, &mut room),
            Err(problem) => Err(problem),
        };
        match verdict {
            Ok(true) => chosen.push(at),
            Ok(false) => {
                told.insert(file.name);
            }
            Err(problem) => {
                if told.insert(file.name) {
                    let name = String::from_utf8_lossy(file.name).into_owned();
                    invalid.push(InvalidFile { name, problem });
                }
            }
        }
    }
    if room.is_none() {
        return Err(ZipError::TreeTooLarge);
    }
    if !invalid.is_empty() {
        return Err(ZipError::Files(invalid));
    }
    Ok(chosen)
}

fn check_form(name: &[u8]) -> Result<(), FileProblem> {
    if !is_clean(name) {
        return Err(FileProblem::NotClean);
    }
    if name.starts_with(b"/") {
        return Err(FileProblem::NotRelative);
    }
    Ok(())
}

/// Whether a file that lies in the module belongs to it. `room` is what is left of the total
/// size, `None` once that is used up.
fn judge<'a>(
    file: &TreeFile<'a>,
    names: &mut Names<'a>,
    room: &mut Option<u64>,
) -> Result<bool, FileProblem> {
    let name = check_name(file.name)?;
    if name.eq_ignore_ascii_case("go.mod") && name != "go.mod" {
        return Err(FileProblem::GoModCase);
    }
    names.add(name, file.kind == FileKind::Folder)?;
    if file.kind != FileKind::Regular {
        return Ok(false);
    }
    *room = room.and_then(|room| room.checked_sub(file.size));
    // Sizes above i64::MAX are negative to go, so they exceed the total alone.
    let size = file.size.cast_signed();
    if name == "go.mod" && size > MAX_GO_MOD.cast_signed() {
        return Err(FileProblem::GoModSize);
    }
    if name == "LICENSE" && size > MAX_LICENSE.cast_signed() {
        return Err(FileProblem::LicenseSize);
    }
    Ok(true)
}

/// Why no module zip can be made of what version control archived.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CreateError {
    /// The archive is no zip.
    #[error(transparent)]
    Archive(FormatError),
    /// The archive's first entry lies in no folder.
    #[error("missing top-level directory prefix")]
    NoTopFolder,
    /// An entry lies in another folder than the first.
    #[error("zip file contains more than one top-level directory")]
    SeveralTopFolders,
    /// The files may not make up a module.
    #[error("create zip: {0}")]
    Rules(#[from] ZipError),
    /// A file's contents cannot be read.
    #[error("create zip: {0}")]
    Contents(FormatError),
    /// A name, with the module's path and version before it, is longer than a zip can say.
    #[error("create zip: zip: FileHeader.Name too long")]
    NameTooLong,
}

/// The source tree of a module, in an archive of the repository that holds it.
#[derive(Debug)]
pub struct SourceTree<'a> {
    zip: &'a [u8],
    files: Vec<(&'a [u8], Entry<'a>)>,
}

impl<'a> SourceTree<'a> {
    /// Reads the files below a folder of the repository (empty for its root) from an archive in
    /// which all names begin with one folder, whatever its name.
    pub fn read(archive: &'a [u8], folder: &str) -> Result<Self, CreateError> {
        let entries = read_entries(archive).map_err(CreateError::Archive)?;
        let folder = match folder.trim_matches('/') {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        let mut top: Option<&[u8]> = None;
        let mut files = Vec::with_capacity(entries.len());
        for entry in entries {
            let top = match top {
                Some(top) => top,
                None => {
                    let slash = entry.name.iter().position(|&byte| byte == b'/');
                    *top.insert(&entry.name[..=slash.ok_or(CreateError::NoTopFolder)?])
                }
            };
            let name = entry.name.strip_prefix(top).ok_or(CreateError::SeveralTopFolders)?;
            match name.strip_prefix(folder.as_bytes()) {
                None | Some(b"") => {}
                Some(name) if name.ends_with(b"/") => {}
                Some(name) => files.push((name, entry)),
            }
        }
        Ok(Self { zip: archive, files })
    }

    /// Whether there is a file, or something else, with this name in the tree's root.
    pub fn has(&self, wanted: &str) -> bool {
        self.files.iter().any(|(name, _)| *name == wanted.as_bytes())
    }

    /// The contents and the size of the go.mod file in the tree's root; `None` where there is
    /// none that a module may have.
    pub fn go_mod(&self) -> Option<(Contents<'a>, u64)> {
        let is_wanted = |(name, entry): &&(&[u8], Entry<'_>)| {
            *name == b"go.mod" && entry.kind() == FileKind::Regular && entry.size <= MAX_GO_MOD
        };
        let (_, entry) = self.files.iter().rev().find(is_wanted)?;
        Some((open(self.zip, entry).ok()?, entry.size))
    }

    /// Chooses the module's files. `go` is the go line of the tree's go.mod file, or empty;
    /// `license` a LICENSE file that the tree inherits.
    ///
    /// # Errors
    /// The module version or one of its files breaks a rule, or cannot be read.
    pub fn into_module(
        self,
        module: &ModuleVersion,
        go: &str,
        license: Option<&'a [u8]>,
    ) -> Result<NewZip<'a>, CreateError> {
        check_module(module)?;
        let mut tree: Vec<TreeFile<'_>> = self
            .files
            .iter()
            .map(|(name, entry)| TreeFile { name, kind: entry.kind(), size: entry.size })
            .collect();
        let license = license.map(|data| NewFile {
            name: b"LICENSE",
            method: STORED,
            crc32: crc32fast::hash(data),
            size: data.len() as u64,
            data,
        });
        if let Some(NewFile { name, size, .. }) = license {
            tree.push(TreeFile { name, kind: FileKind::Regular, size });
        }
        let chosen = choose(&tree, go)?;
        let mut files = Vec::with_capacity(chosen.len());
        for at in chosen {
            match self.files.get(at) {
                Some((name, entry)) => files.push(self.file(name, entry)?),
                None => files.extend(license),
            }
        }
        NewZip::new(module, files)
    }

    fn file(&self, name: &'a [u8], entry: &Entry<'a>) -> Result<NewFile<'a>, CreateError> {
        let contents = open(self.zip, entry).map_err(CreateError::Contents)?;
        let (method, data) = match contents {
            Contents::Stored(data) => (STORED, data),
            Contents::Deflate(data) => (DEFLATE, data),
        };
        Ok(NewFile { name, method, crc32: entry.crc32, size: entry.size, data })
    }
}

/// A file of a new zip, as it is compressed.
#[derive(Clone, Copy, Debug)]
struct NewFile<'a> {
    /// Relative to the module's root.
    name: &'a [u8],
    method: u16,
    crc32: u32,
    size: u64,
    data: &'a [u8],
}

/// A module zip to be written. The files' contents are taken from the archive as they are
/// compressed there; nobody has checked them yet.
#[derive(Debug)]
pub struct NewZip<'a> {
    prefix: String,
    files: Vec<NewFile<'a>>,
}

impl<'a> NewZip<'a> {
    fn new(module: &ModuleVersion, files: Vec<NewFile<'a>>) -> Result<Self, CreateError> {
        let zip = Self { prefix: format!("{}@{}/", module.path, module.version), files };
        let longest = zip.files.iter().map(|file| file.name.len()).max().unwrap_or(0);
        if zip.prefix.len() + longest > usize::from(u16::MAX) {
            return Err(CreateError::NameTooLong);
        }
        let size = zip.size();
        if size > MAX_ZIP {
            return Err(ZipError::ZipTooLarge { size }.into());
        }
        Ok(zip)
    }

    /// How many bytes it has, but for the two records that announce many entries.
    fn size(&self) -> u64 {
        let headers = FILE_HEADER_SIZE + DIRECTORY_HEADER_SIZE + 2 * self.prefix.len();
        let sizes = self.files.iter().map(|file| headers + 2 * file.name.len() + file.data.len());
        // Entries may share their bytes in the archive, so these numbers have no bound.
        let files = sizes.fold(0, |sum: u64, size| sum.saturating_add(size as u64));
        files.saturating_add(DIRECTORY_END_SIZE as u64)
    }

    /// Writes the zip piece by piece.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write<E>(&self, mut write: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let mut offset = 0;
        let mut directory = Vec::new();
        for file in &self.files {
            let mut header = Vec::with_capacity(FILE_HEADER_SIZE);
            put32(&mut header, FILE_HEADER);
            let fields = self.fields(file);
            header.extend_from_slice(&fields);
            self.put_name(&mut header, file);
            write(&header)?;
            write(file.data)?;

            put32(&mut directory, DIRECTORY_HEADER);
            put16(&mut directory, VERSION);
            directory.extend_from_slice(&fields);
            // No comment, the first disk, no attributes.
            directory.extend_from_slice(&[0; 10]);
            put32(&mut directory, offset);
            self.put_name(&mut directory, file);
            offset += narrow(header.len() + file.data.len());
        }
        let directory_size = narrow(directory.len());
        put_end(&mut directory, self.files.len() as u64, directory_size, offset);
        write(&directory)
    }

    /// What a local header and a record of the directory both say.
    fn fields(&self, file: &NewFile<'_>) -> Vec<u8> {
        const UTF_8: u16 = 1 << 11;
        let mut fields = Vec::new();
        put16(&mut fields, VERSION);
        put16(&mut fields, if file.name.is_ascii() { 0 } else { UTF_8 });
        put16(&mut fields, file.method);
        // No time and no date.
        put32(&mut fields, 0);
        put32(&mut fields, file.crc32);
        put32(&mut fields, narrow(file.data.len()));
        // The rules bound the declared size too.
        put32(&mut fields, file.size as u32);
        put16(&mut fields, (self.prefix.len() + file.name.len()) as u16);
        put16(&mut fields, 0);
        fields
    }

    fn put_name(&self, into: &mut Vec<u8>, file: &NewFile<'_>) {
        into.extend_from_slice(self.prefix.as_bytes());
        into.extend_from_slice(file.name);
    }
}

/// The version of the format that deflate needs.
const VERSION: u16 = 20;

fn put16(into: &mut Vec<u8>, value: u16) {
    into.extend_from_slice(&value.to_le_bytes());
}

fn put32(into: &mut Vec<u8>, value: u32) {
    into.extend_from_slice(&value.to_le_bytes());
}

fn put64(into: &mut Vec<u8>, value: u64) {
    into.extend_from_slice(&value.to_le_bytes());
}

/// A size within a zip of at most [`MAX_ZIP`] bytes.
fn narrow(size: usize) -> u32 {
    size as u32
}

/// The records that end a zip; two more where the number of entries needs more than 16 bits.
fn put_end(zip: &mut Vec<u8>, entries: u64, size: u32, offset: u32) {
    let short = u16::try_from(entries).ok().filter(|&entries| entries != u16::MAX);
    if short.is_none() {
        const VERSION64: u16 = 45;
        put32(zip, DIRECTORY64_END);
        put64(zip, 44);
        put16(zip, VERSION64);
        put16(zip, VERSION64);
        put64(zip, 0);
        put64(zip, entries);
        put64(zip, entries);
        put64(zip, size.into());
        put64(zip, offset.into());
        put32(zip, DIRECTORY64_LOCATOR);
        put32(zip, 0);
        put64(zip, u64::from(offset) + u64::from(size));
        put32(zip, 1);
    }
    zip.extend_from_slice(&DIRECTORY_END);
    put32(zip, 0);
    put16(zip, short.unwrap_or(u16::MAX));
    put16(zip, short.unwrap_or(u16::MAX));
    put32(zip, size);
    put32(zip, offset);
    put16(zip, 0);
}
