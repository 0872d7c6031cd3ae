//! Writes zips whose entries are not compressed, to be read once.
//!
//! Source: APPNOTE.TXT of PKWARE, sections 4.3.7, 4.3.12, 4.3.16.

use std::io::{self, Write};

/// A zip that is being written. Every write fails with [`io::ErrorKind::FileTooLarge`] that
/// would make it longer than allowed, or than a zip without the 64-bit extension can be.
pub(super) struct StoredZip<W> {
    to: W,
    directory: Vec<u8>,
    written: u64,
    entries: u64,
    limit: u64,
}

/// How long a zip without the 64-bit extension can be, in bytes.
pub(super) const LONGEST: u64 = u32::MAX as u64 - 1;
/// Names are UTF-8.
const UTF8_NAMES: u16 = 1 << 11;
/// What a reader must know: version 1.0.
const VERSION: u16 = 10;
/// The first day that a zip can tell.
const DATE: u16 = (1 << 5) | 1;

impl<W: Write> StoredZip<W> {
    /// A zip of at most so many bytes.
    pub(super) fn new(to: W, limit: u64) -> Self {
        let limit = limit.min(LONGEST);
        Self { to, directory: Vec::new(), written: 0, entries: 0, limit }
    }

    /// Adds a file.
    pub(super) fn add(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        let too_large = || io::Error::from(io::ErrorKind::FileTooLarge);
        let size = u32::try_from(content.len()).map_err(|_| too_large())?;
        let name_length = u16::try_from(name.len()).map_err(|_| too_large())?;
        let offset = u32::try_from(self.written).map_err(|_| too_large())?;
        // What the two headers of an entry have in common.
        let mut common = Vec::with_capacity(26);
        for field in [VERSION, UTF8_NAMES, 0, 0, DATE] {
            common.extend(field.to_le_bytes());
        }
        for field in [crc32fast::hash(content), size, size] {
            common.extend(field.to_le_bytes());
        }
        common.extend(name_length.to_le_bytes());
        common.extend(0_u16.to_le_bytes());

        for part in [&b"PK\x03\x04"[..], &common, name.as_bytes(), content] {
            self.write(part)?;
        }
        self.directory.extend(b"PK\x01\x02");
        self.directory.extend(VERSION.to_le_bytes());
        self.directory.extend(&common);
        // No comment, the first disk, no attributes.
        self.directory.extend([0; 10]);
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.entries += 1;
        Ok(())
    }

    fn write(&mut self, part: &[u8]) -> io::Result<()> {
        self.written += part.len() as u64;
        if self.written > self.limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.to.write_all(part)
    }

    /// Writes the directory, and gives back what was written to.
    pub(super) fn finish(mut self) -> io::Result<W> {
        let too_large = |_| io::Error::from(io::ErrorKind::FileTooLarge);
        let entries = u16::try_from(self.entries).map_err(too_large)?;
        let offset = u32::try_from(self.written).map_err(too_large)?;
        let length = u32::try_from(self.directory.len()).map_err(too_large)?;
        let directory = std::mem::take(&mut self.directory);
        self.write(&directory)?;
        self.write(b"PK\x05\x06\0\0\0\0")?;
        self.write(&[entries.to_le_bytes(), entries.to_le_bytes()].concat())?;
        self.write(&[length.to_le_bytes(), offset.to_le_bytes()].concat())?;
        self.write(&[0; 2])?;
        self.to.flush()?;
        Ok(self.to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Read as _};

    #[test]
    fn what_is_written_can_be_read() {
        let mut writer = StoredZip::new(Vec::new(), 1000);
        writer.add("trunk/go.mod", b"module m\n").expect("written");
        writer.add("trunk/\u{e9}", b"").expect("written");
        let written = writer.finish().expect("written");
        let length = written.len() as u64;
        let mut archive = zip::ZipArchive::new(Cursor::new(written)).expect("a zip");
        assert_eq!(archive.len(), 2);
        archive.by_name("trunk/\u{e9}").expect("an entry");
        let mut content = String::new();
        let mut entry = archive.by_name("trunk/go.mod").expect("an entry");
        entry.read_to_string(&mut content).expect("read");
        assert_eq!(content, "module m\n");

        for (limit, fits) in [(length, true), (length - 1, false)] {
            let mut writer = StoredZip::new(Vec::new(), limit);
            writer.add("trunk/go.mod", b"module m\n").expect("written");
            writer.add("trunk/\u{e9}", b"").expect("written");
            assert_eq!(writer.finish().is_ok(), fits);
        }
    }
}
