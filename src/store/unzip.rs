//! Hashing and extraction of a module zip in one pass: each file is inflated, checked,
//! hashed and written while it is in the processor's cache, and nothing is read twice.
//!
//! Source: golang.org/x/mod/zip (`Unzip`), golang.org/x/mod/sumdb/dirhash (`HashZip`),
//! cmd/go/internal/modfetch/fetch.go (`makeDirsReadOnly`).

use std::ffi::OsStr;
use std::io;
use std::iter;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use flate2::{Decompress, FlushDecompress, Status};
use libdeflater::{DecompressionError, Decompressor};
use rustix::fs::{AtFlags, Mode, OFlags};
use sha2::{Digest as _, Sha256};

use crate::spec::sums::H1;
use crate::spec::zip::{Contents, Directory, Entry, FormatError, Judged};

/// Entries of at most this many bytes are inflated as a whole, which is faster, into a
/// buffer that each thread has; larger ones go through [`CHUNK`].
const WHOLE: u64 = 4 << 20;
/// How much of a large entry is held at a time.
const CHUNK: usize = 128 << 10;
/// A thread takes this many entries at a time: neighbours mostly share a folder.
const BATCH: usize = 16;
/// Zips with less than this are not worth a second thread.
const SMALL_ZIP: usize = 64 << 10;
/// Linux's limit for a path with its final NUL. Files are opened by their folder, so the
/// kernel sees no whole path, but a tree beyond this could not be used by its path.
const PATH_MAX: usize = 4096;

/// How to work on a zip.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// How many threads may work, the calling one among them.
    pub threads: usize,
    /// Set by another thread to end the work early, with [`UnzipError::Cancelled`].
    pub cancelled: &'a AtomicBool,
    /// Whether folders stay writable, as -modcacherw asks.
    pub writable_dirs: bool,
    /// Told how many more bytes of the zip are not needed any more, so that a map of it
    /// can give its memory back.
    pub used: &'a (dyn Fn(usize) + Sync),
}

/// What an extraction did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Extracted {
    /// The hash of all entries.
    pub h1: H1,
    /// The number of files written.
    pub files: usize,
    /// Their size together.
    pub bytes: u64,
}

/// Why a zip could not be hashed or extracted.
#[derive(Debug, thiserror::Error)]
pub enum UnzipError {
    /// An entry cannot be read. Of several such entries this is the first by name, as
    /// go meets it.
    #[error("{problem}: {name:?}")]
    Entry {
        /// The entry's name, with U+FFFD for what is no UTF-8.
        name: String,
        /// What is wrong with it.
        problem: FormatError,
    },
    /// The format of `h1:` hashes has no way to name such a file.
    #[error("dirhash: filenames with newlines are not supported")]
    Newline,
    /// A file or folder cannot be made.
    #[error("{}: {error}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The work was cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// Hashes the contents of a zip without writing them. Entries for folders count,
/// and of entries with the same name the last one's contents count for each.
/// The zip need not keep the rules, so its declared sizes bound neither work nor output;
/// the memory is bounded.
pub fn hash_only(directory: &Directory<'_>, options: Options<'_>) -> Result<H1, UnzipError> {
    Pass::new(directory, None, options).run().map(|(h1, _)| h1)
}

/// Extracts a zip into a folder that exists and is empty, hashing it on the way. Files get
/// mode 0444 and folders 0777, both less the umask; at the end the folders, the given
/// one included, lose their write permission. After an error the folder holds a
/// part of the files and all its folders are writable.
///
/// The hash is of the same pass, so the files are there before it is known to
/// be the right one: extract to a place that nothing reads yet. Where the error is
/// [`UnzipError::Io`], go would have compared the sum first: [`hash_only`] gives it.
pub fn extract(
    judged: Judged<'_, '_>,
    into: &Path,
    options: Options<'_>,
) -> Result<Extracted, UnzipError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let root = rustix::fs::open(into, flags, Mode::empty()).map_err(io_error(into))?;
    let tree = Tree { path: into, root };
    let (h1, written) = Pass::new(judged.directory(), Some(&tree), options).run()?;
    if !options.writable_dirs {
        tree.make_read_only(written.folders)?;
    }
    Ok(Extracted { h1, files: written.files, bytes: written.bytes })
}

fn io_error(path: impl Into<PathBuf>) -> impl FnOnce(rustix::io::Errno) -> UnzipError {
    move |errno| UnzipError::Io { path: path.into(), error: errno.into() }
}

/// The folder that is extracted into.
struct Tree<'a> {
    path: &'a Path,
    root: OwnedFd,
}

impl Tree<'_> {
    fn io_error(&self, name: &[u8]) -> impl FnOnce(rustix::io::Errno) -> UnzipError {
        io_error(self.path.join(OsStr::from_bytes(name)))
    }

    /// Takes the write permission from the root and the folders below it, deepest first.
    fn make_read_only(&self, mut folders: Vec<&[u8]>) -> Result<(), UnzipError> {
        // All folders were made alike, so the mode of one (with what set-group-id bits
        // and access control lists made of it) is that of all.
        let mode_of = |stat: rustix::fs::Stat| Mode::from_raw_mode(stat.st_mode);
        let read_only = |mode: Mode| mode - (Mode::WUSR | Mode::WGRP | Mode::WOTH);
        folders.sort_unstable();
        if let Some(first) = folders.first() {
            let stat = rustix::fs::statat(&self.root, *first, AtFlags::SYMLINK_NOFOLLOW)
                .map_err(self.io_error(first))?;
            let mode = read_only(mode_of(stat));
            for folder in folders.iter().rev() {
                rustix::fs::chmodat(&self.root, *folder, mode, AtFlags::empty())
                    .map_err(self.io_error(folder))?;
            }
        }
        let stat = rustix::fs::fstat(&self.root).map_err(io_error(self.path))?;
        rustix::fs::fchmod(&self.root, read_only(mode_of(stat))).map_err(io_error(self.path))
    }
}

/// What the threads of a pass wrote.
#[derive(Default)]
struct Written<'zip> {
    files: usize,
    bytes: u64,
    /// The folders made, relative to the root.
    folders: Vec<&'zip [u8]>,
}

/// One pass over all entries, by name.
struct Pass<'a, 'zip> {
    directory: &'a Directory<'zip>,
    tree: Option<&'a Tree<'a>>,
    options: Options<'a>,
    /// Sorted by name, one entry a name: the last of the zip.
    order: Vec<&'a Entry<'zip>>,
    /// How many entries have the name, where that is not one.
    repeated: Vec<(usize, usize)>,
}

impl<'a, 'zip> Pass<'a, 'zip> {
    fn new(
        directory: &'a Directory<'zip>,
        tree: Option<&'a Tree<'a>>,
        options: Options<'a>,
    ) -> Self {
        // The stable sort keeps entries of a name in the order of the zip, and zips are
        // mostly sorted already, which it profits from.
        let mut order: Vec<&Entry<'zip>> = directory.entries().iter().collect();
        order.sort_by_key(|entry| entry.name);
        let mut repeated: Vec<(usize, usize)> = Vec::new();
        let mut kept = 0;
        for at in 0..order.len() {
            if kept > 0 && order[kept - 1].name == order[at].name {
                match repeated.last_mut() {
                    Some((name, count)) if *name == kept - 1 => *count += 1,
                    _ => repeated.push((kept - 1, 2)),
                }
                order[kept - 1] = order[at];
            } else {
                order[kept] = order[at];
                kept += 1;
            }
        }
        order.truncate(kept);
        Self { directory, tree, options, order, repeated }
    }

    fn run(&self) -> Result<(H1, Written<'zip>), UnzipError> {
        let mut digests = vec![[0; 32]; self.order.len()];
        let written = self.spread(&mut digests)?;
        let mut repeated = self.repeated.iter().peekable();
        let lines = self.order.iter().zip(digests).enumerate().flat_map(|(at, (entry, digest))| {
            let count = repeated.next_if(|(name, _)| *name == at).map_or(1, |&(_, count)| count);
            iter::repeat_n((entry.name, digest), count)
        });
        Ok((H1::of_entries(lines), written))
    }

    /// Spreads the entries over the threads.
    fn spread(&self, digests: &mut [[u8; 32]]) -> Result<Written<'zip>, UnzipError> {
        let batches = self.order.len().div_ceil(BATCH);
        let threads = match self.directory.zip().len() {
            ..SMALL_ZIP => 1,
            _ => self.options.threads.min(batches),
        };
        let queue = Mutex::new(self.order.chunks(BATCH).zip(digests.chunks_mut(BATCH)).enumerate());
        let failed = AtomicBool::new(false);
        let work = || {
            let mut worker = Worker::new(self);
            // Looked at before a batch is taken: one that is taken will be processed, so that
            // of several errors the first is always found.
            while !failed.load(Ordering::Relaxed) {
                // A panic elsewhere leaves the iterator whole, and ends the scope anyway.
                let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some((at, (entries, digests))) = next else { break };
                if let Err(error) = worker.process(entries, digests) {
                    failed.store(true, Ordering::Relaxed);
                    return Err((at, error));
                }
            }
            Ok(worker.written)
        };
        let mut outcomes = Vec::with_capacity(threads);
        std::thread::scope(|scope| {
            let helpers: Vec<_> = (1..threads)
                .map_while(|_| std::thread::Builder::new().spawn_scoped(scope, work).ok())
                .collect();
            outcomes.push(work());
            for helper in helpers {
                match helper.join() {
                    Ok(outcome) => outcomes.push(outcome),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
        // Batches are taken in order and ended by their first error, so the least one is
        // what a single thread would have met.
        let mut written = Written::default();
        let mut first: Option<(usize, UnzipError)> = None;
        for outcome in outcomes {
            match outcome {
                Ok(part) => {
                    written.files += part.files;
                    written.bytes += part.bytes;
                    written.folders.extend(part.folders);
                }
                Err((at, error)) => {
                    if first.as_ref().is_none_or(|(least, _)| at < *least) {
                        first = Some((at, error));
                    }
                }
            }
        }
        match first {
            Some((_, error)) => Err(error),
            None => Ok(written),
        }
    }
}

/// What a thread keeps between entries.
struct Worker<'a, 'zip> {
    pass: &'a Pass<'a, 'zip>,
    whole: Decompressor,
    buffer: Vec<u8>,
    /// The folder that was written to last and its name; `None` for the root.
    folder: Option<(&'zip [u8], OwnedFd)>,
    written: Written<'zip>,
}

/// Contents are too long, too short or corrupt, or cannot be written.
enum Failure {
    Format(FormatError),
    Write(rustix::io::Errno),
    Cancelled,
}

impl From<FormatError> for Failure {
    fn from(error: FormatError) -> Self {
        Self::Format(error)
    }
}

impl From<rustix::io::Errno> for Failure {
    fn from(errno: rustix::io::Errno) -> Self {
        Self::Write(errno)
    }
}

impl<'a, 'zip> Worker<'a, 'zip> {
    fn new(pass: &'a Pass<'a, 'zip>) -> Self {
        Self {
            pass,
            whole: Decompressor::new(),
            buffer: Vec::new(),
            folder: None,
            written: Written::default(),
        }
    }

    fn process(
        &mut self,
        entries: &[&Entry<'zip>],
        digests: &mut [[u8; 32]],
    ) -> Result<(), UnzipError> {
        for (entry, digest) in entries.iter().zip(digests) {
            if entry.name.contains(&b'\n') {
                return Err(UnzipError::Newline);
            }
            *digest = self.process_one(entry)?;
        }
        Ok(())
    }

    fn process_one(&mut self, entry: &Entry<'zip>) -> Result<[u8; 32], UnzipError> {
        let directory = self.pass.directory;
        let format_error = |problem| UnzipError::Entry {
            name: String::from_utf8_lossy(entry.name).into_owned(),
            problem,
        };
        if self.pass.options.cancelled.load(Ordering::Relaxed) {
            return Err(UnzipError::Cancelled);
        }
        let contents = directory.open(entry).map_err(format_error)?;
        if entry.is_dir() {
            // No folder is made for it: go makes those only that files lie in.
            return Ok(Sha256::digest([]).into());
        }
        let file = match self.pass.tree {
            Some(tree) => Some(self.create(tree, directory.relative_name(entry))?),
            None => None,
        };
        let mut sink = Sink { file, sha256: Sha256::new(), crc32: crc32fast::Hasher::new() };
        let outcome = self.read(entry, contents, &mut sink);
        match outcome {
            Ok(()) => {}
            Err(Failure::Format(error)) => return Err(format_error(error)),
            Err(Failure::Cancelled) => return Err(UnzipError::Cancelled),
            Err(Failure::Write(errno)) => {
                let path = self.pass.tree.map_or(Path::new(""), |tree| tree.path);
                let name = OsStr::from_bytes(directory.relative_name(entry));
                return Err(io_error(path.join(name))(errno));
            }
        }
        let (Contents::Stored(data) | Contents::Deflate(data)) = contents;
        (self.pass.options.used)(data.len());
        directory.check_crc32(entry, sink.crc32.finalize()).map_err(format_error)?;
        if sink.file.is_some() {
            self.written.files += 1;
            self.written.bytes += entry.size;
        }
        Ok(sink.sha256.finalize().into())
    }

    /// Passes an entry's contents to the sink, up to the declared size.
    fn read(
        &mut self,
        entry: &Entry<'zip>,
        contents: Contents<'zip>,
        sink: &mut Sink,
    ) -> Result<(), Failure> {
        match contents {
            Contents::Stored(data) => {
                if data.len() as u64 > entry.size {
                    return Err(FormatError::NotZip.into());
                }
                if (data.len() as u64) < entry.size {
                    return Err(FormatError::UnexpectedEof.into());
                }
                for chunk in data.chunks(CHUNK) {
                    self.check_cancelled()?;
                    sink.add(chunk)?;
                }
                Ok(())
            }
            Contents::Deflate(data) if entry.size <= WHOLE => {
                let size = entry.size as usize;
                if self.buffer.len() < size {
                    self.buffer.resize(size.next_power_of_two(), 0);
                }
                let buffer = &mut self.buffer[..size];
                match self.whole.deflate_decompress(data, buffer) {
                    Ok(length) if length == size => Ok(sink.add(buffer)?),
                    Ok(_) => Err(FormatError::UnexpectedEof.into()),
                    Err(DecompressionError::InsufficientSpace) => Err(FormatError::NotZip.into()),
                    // This reader does not tell a stream that is cut off from a corrupt
                    // one; the other does, and nobody waits for a bad zip.
                    Err(DecompressionError::BadData) => {
                        self.inflate(entry, data, |chunk| sink.add(chunk))
                    }
                }
            }
            Contents::Deflate(data) => self.inflate(entry, data, |chunk| sink.add(chunk)),
        }
    }

    /// Inflates an entry in chunks.
    fn inflate(
        &mut self,
        entry: &Entry<'zip>,
        mut data: &[u8],
        mut add: impl FnMut(&[u8]) -> Result<(), rustix::io::Errno>,
    ) -> Result<(), Failure> {
        if self.buffer.len() < CHUNK {
            self.buffer.resize(CHUNK, 0);
        }
        let mut stream = Decompress::new(false);
        loop {
            self.check_cancelled()?;
            let (read, made) = (stream.total_in(), stream.total_out());
            let chunk = &mut self.buffer[..CHUNK];
            let status = stream
                .decompress(data, chunk, FlushDecompress::None)
                .map_err(|_| FormatError::Corrupt)?;
            data = &data[(stream.total_in() - read) as usize..];
            if stream.total_out() > entry.size {
                return Err(FormatError::NotZip.into());
            }
            add(&chunk[..(stream.total_out() - made) as usize])?;
            let stuck = (read, made) == (stream.total_in(), stream.total_out());
            match status {
                Status::StreamEnd if stream.total_out() == entry.size => return Ok(()),
                Status::StreamEnd => return Err(FormatError::UnexpectedEof.into()),
                _ if stuck => return Err(FormatError::UnexpectedEof.into()),
                _ => {}
            }
        }
    }

    fn check_cancelled(&self) -> Result<(), Failure> {
        match self.pass.options.cancelled.load(Ordering::Relaxed) {
            true => Err(Failure::Cancelled),
            false => Ok(()),
        }
    }

    /// Makes a file, and the folders it lies in.
    fn create(&mut self, tree: &Tree<'_>, name: &'zip [u8]) -> Result<OwnedFd, UnzipError> {
        if tree.path.as_os_str().len() + 1 + name.len() >= PATH_MAX {
            return Err(tree.io_error(name)(rustix::io::Errno::NAMETOOLONG));
        }
        let slash = name.iter().rposition(|&byte| byte == b'/');
        let (folder, base) =
            slash.map_or((&[][..], name), |slash| (&name[..slash], &name[slash + 1..]));
        if self.folder.as_ref().map_or(&[][..], |(open, _)| *open) != folder {
            self.enter(tree, folder)?;
        }
        let parent = self.folder.as_ref().map_or(&tree.root, |(_, parent)| parent);
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        rustix::fs::openat(parent, base, flags, Mode::from_raw_mode(0o444))
            .map_err(tree.io_error(name))
    }

    /// Makes a folder the current one, after making it where it does not exist.
    fn enter(&mut self, tree: &Tree<'_>, folder: &'zip [u8]) -> Result<(), UnzipError> {
        let previous = self.folder.take();
        if folder.is_empty() {
            return Ok(());
        }
        // What both names begin with exists since the last call.
        let previous = previous.as_ref().map_or(&[][..], |(name, _)| *name);
        let ends = folder.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
        for end in ends.chain([folder.len()]) {
            let part = &folder[..end];
            if previous.starts_with(part) && matches!(previous.get(end), None | Some(b'/')) {
                continue;
            }
            match rustix::fs::mkdirat(&tree.root, part, Mode::from_raw_mode(0o777)) {
                Ok(()) => self.written.folders.push(part),
                // Made for another file, perhaps by another thread.
                Err(rustix::io::Errno::EXIST) => {}
                Err(errno) => return Err(tree.io_error(part)(errno)),
            }
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = rustix::fs::openat(&tree.root, folder, flags, Mode::empty())
            .map_err(tree.io_error(folder))?;
        self.folder = Some((folder, opened));
        Ok(())
    }
}

/// Where contents go, chunk by chunk.
struct Sink {
    file: Option<OwnedFd>,
    sha256: Sha256,
    crc32: crc32fast::Hasher,
}

impl Sink {
    fn add(&mut self, chunk: &[u8]) -> Result<(), rustix::io::Errno> {
        self.crc32.update(chunk);
        self.sha256.update(chunk);
        let Some(file) = &self.file else { return Ok(()) };
        let mut rest = chunk;
        while !rest.is_empty() {
            match rustix::io::write(file, rest) {
                Ok(0) => return Err(rustix::io::Errno::IO),
                Ok(count) => rest = &rest[count..],
                Err(rustix::io::Errno::INTR) => {}
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }
}
