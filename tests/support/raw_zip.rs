//! Writes zips byte by byte, so that they can lie about everything.

/// An entry; every field that is written twice can differ in the two places.
#[derive(Clone, Default)]
pub struct Entry {
    pub name: Vec<u8>,
    /// The local header's name, where it differs.
    pub local_name: Option<Vec<u8>>,
    pub flags: u16,
    pub method: u16,
    pub crc32: u32,
    /// In the central directory.
    pub compressed_size: u32,
    /// In the central directory.
    pub size: u32,
    pub extra: Vec<u8>,
    pub local_extra: Vec<u8>,
    pub comment: Vec<u8>,
    pub attributes: u32,
    /// What follows the local header, descriptor included.
    pub body: Vec<u8>,
    /// The offset in the central directory, where it is not that of the local header.
    pub offset: Option<u32>,
    /// Whether the central directory leaves it out.
    pub hidden: bool,
    /// Overrides the local header's signature.
    pub local_signature: Option<u32>,
    /// The local header's flags, where they differ.
    pub local_flags: Option<u16>,
    /// The local header's method, where it differs.
    pub local_method: Option<u16>,
    /// The local header's CRC-32, where it differs.
    pub local_crc32: Option<u32>,
    /// The local header's compressed and full size, where they differ.
    pub local_sizes: Option<(u32, u32)>,
}

impl Entry {
    pub fn stored(name: impl AsRef<[u8]>, data: &[u8]) -> Self {
        let length = u32::try_from(data.len()).unwrap();
        Self {
            name: name.as_ref().to_vec(),
            crc32: crc32fast::hash(data),
            compressed_size: length,
            size: length,
            body: data.to_vec(),
            ..Self::default()
        }
    }

    pub fn deflated(name: impl AsRef<[u8]>, data: &[u8]) -> Self {
        use std::io::Write as _;
        let mut encoder =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(data).unwrap();
        let body = encoder.finish().unwrap();
        let compressed_size = u32::try_from(body.len()).unwrap();
        Self { method: 8, compressed_size, body, ..Self::stored(name, data) }
    }

    /// A deflate stream of so many MiB of zeros, made without compressing them all.
    pub fn zeros(name: impl AsRef<[u8]>, mebibytes: u32) -> Self {
        use std::io::Write as _;
        let mut encoder =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        // A flush ends a block at a whole byte, and what it encoded leans on nothing before it.
        encoder.write_all(&vec![0; 1 << 20]).unwrap();
        encoder.flush().unwrap();
        let mut body = encoder.get_ref().repeat(usize::try_from(mebibytes).unwrap());
        // The last block, without content.
        body.extend([3, 0]);
        let zeros = vec![0; 1 << 20];
        let mut crc32 = crc32fast::Hasher::new();
        (0..mebibytes).for_each(|_| crc32.update(&zeros));
        Self {
            name: name.as_ref().to_vec(),
            method: 8,
            crc32: crc32.finalize(),
            compressed_size: u32::try_from(body.len()).unwrap(),
            size: mebibytes << 20,
            body,
            ..Self::default()
        }
    }

    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

/// The fields of the end record, as far as they matter.
#[derive(Clone, Copy)]
pub struct End {
    pub records: u16,
    pub size: u32,
    pub offset: u32,
    pub comment: u16,
}

/// Writes entries, central directory and end record; `change` edits the latter.
pub fn write_with(entries: &[Entry], change: impl FnOnce(&mut End)) -> Vec<u8> {
    let mut zip = Vec::new();
    let mut offsets = Vec::new();
    let length = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap().to_le_bytes();
    for entry in entries {
        offsets.push(u32::try_from(zip.len()).unwrap());
        let name = entry.local_name.as_ref().unwrap_or(&entry.name);
        zip.extend(entry.local_signature.unwrap_or(0x0403_4b50).to_le_bytes());
        let (compressed_size, size) =
            entry.local_sizes.unwrap_or((entry.compressed_size, entry.size));
        zip.extend([20, 0]);
        zip.extend(entry.local_flags.unwrap_or(entry.flags).to_le_bytes());
        zip.extend(entry.local_method.unwrap_or(entry.method).to_le_bytes());
        zip.extend([0; 4]);
        zip.extend(entry.local_crc32.unwrap_or(entry.crc32).to_le_bytes());
        zip.extend(compressed_size.to_le_bytes());
        zip.extend(size.to_le_bytes());
        zip.extend(length(name));
        zip.extend(length(&entry.local_extra));
        zip.extend(name);
        zip.extend(&entry.local_extra);
        zip.extend(&entry.body);
    }
    let start = zip.len();
    let mut records = 0;
    for (entry, offset) in entries.iter().zip(offsets).filter(|(entry, _)| !entry.hidden) {
        records += 1;
        zip.extend(*b"PK\x01\x02\x14\x03\x14\0");
        zip.extend(entry.flags.to_le_bytes());
        zip.extend(entry.method.to_le_bytes());
        zip.extend([0; 4]);
        zip.extend(entry.crc32.to_le_bytes());
        zip.extend(entry.compressed_size.to_le_bytes());
        zip.extend(entry.size.to_le_bytes());
        zip.extend(length(&entry.name));
        zip.extend(length(&entry.extra));
        zip.extend(length(&entry.comment));
        zip.extend([0; 4]);
        zip.extend(entry.attributes.to_le_bytes());
        zip.extend(entry.offset.unwrap_or(offset).to_le_bytes());
        zip.extend(&entry.name);
        zip.extend(&entry.extra);
        zip.extend(&entry.comment);
    }
    let mut end = End {
        records,
        size: u32::try_from(zip.len() - start).unwrap(),
        offset: u32::try_from(start).unwrap(),
        comment: 0,
    };
    change(&mut end);
    zip.extend(*b"PK\x05\x06\0\0\0\0");
    zip.extend(end.records.to_le_bytes());
    zip.extend(end.records.to_le_bytes());
    zip.extend(end.size.to_le_bytes());
    zip.extend(end.offset.to_le_bytes());
    zip.extend(end.comment.to_le_bytes());
    zip
}

pub fn write(entries: &[Entry]) -> Vec<u8> {
    write_with(entries, |_| {})
}
