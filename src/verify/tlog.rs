//! The transparency log of a checksum database: its hashes, where they are stored,
//! proofs over them, and the text of signed trees and records.
//!
//! Every function that needs stored hashes takes a reader from stored hash index to
//! hash, so that it runs over an array, over tiles or over a failing source alike.
//!
//! Source: RFC 6962 section 2.1; golang.org/x/mod/sumdb/tlog; for the order of stored
//! hashes, Crosby and Wallach, "Efficient Data Structures for Tamper-Evident Logging".

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::note::decode_base64;

/// The size of a [`struct@Hash`] in bytes.
pub const HASH_SIZE: usize = 32;

/// The most records that a tree may have. The stored hash indexes of a larger one exceed
/// 63 bits; the go command would never return from it.
pub const MAX_TREE_SIZE: u64 = (1 << 62) - 1;

/// A SHA-256 hash of a record or of a node. Printed as padded base64.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; HASH_SIZE]);

impl Hash {
    /// The hash of the empty tree: SHA-256 of nothing.
    pub const EMPTY_TREE: Self = Self([
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9,
        0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52,
        0xb8, 0x55,
    ]);

    /// The hash of a record's text: SHA-256 of a zero byte and the text.
    pub fn of_record(text: &[u8]) -> Self {
        Self(Sha256::new().chain_update([0]).chain_update(text).finalize().into())
    }

    /// The hash of an inner node: SHA-256 of a one byte and the two hashes below it.
    pub fn of_node(left: Self, right: Self) -> Self {
        Self(
            Sha256::new()
                .chain_update([1])
                .chain_update(left.0)
                .chain_update(right.0)
                .finalize()
                .into(),
        )
    }

    /// Reads padded base64 of 32 bytes.
    pub fn parse(text: &str) -> Option<Self> {
        decode_base64(text)?.try_into().ok().map(Self)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The place of node `n` (from zero) of a level in the order in which hashes are stored;
/// level 0 holds the records' hashes. The node's last record must be one that a tree of
/// at most [`MAX_TREE_SIZE`] records can hold.
pub fn stored_hash_index(level: u32, n: u64) -> u64 {
    // A node is stored after the last record below it and that record's lower nodes.
    let record = ((n + 1) << level) - 1;
    // Record r is preceded by r records and by r - popcount(r) nodes that they completed.
    2 * record - u64::from(record.count_ones()) + u64::from(level)
}

/// The level and number of the node stored at an index: the inverse of [`stored_hash_index`].
pub fn split_stored_hash_index(index: u64) -> (u32, u64) {
    // Record r lies between r and 2r, so the one that stored this index is at least half of
    // it, and less than its bit length further.
    let mut record = index / 2;
    while stored_hash_index(0, record + 1) <= index {
        record += 1;
    }
    // What is left over counts the nodes that the record completed.
    let level = (index - stored_hash_index(0, record)) as u32;
    (level, record >> level)
}

/// The hashes that a log stores on adding record `n`, from [`stored_hash_index`]`(0, n)`
/// on: the record's own and those of the nodes it completes.
///
/// Fails as `read` fails.
pub fn stored_hashes<E>(
    n: u64,
    record: Hash,
    mut read: impl FnMut(u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let mut hashes = vec![record];
    let mut hash = record;
    for level in 0..n.trailing_ones() {
        let left = read(stored_hash_index(level, (n >> level) - 1))?;
        hash = Hash::of_node(left, hash);
        hashes.push(hash);
    }
    Ok(hashes)
}

/// The largest power of two that is at most `n`, which is not zero, and its exponent.
fn power_at_most(n: u64) -> (u64, u32) {
    let level = n.ilog2();
    (1 << level, level)
}

/// Where the tree over records `low..high` divides: after the largest power of two of
/// records that leaves something on the right.
fn middle(low: u64, high: u64) -> u64 {
    low + power_at_most(high - low - 1).0
}

/// The stored hashes that make up the tree over records `low..high`, left to right.
/// `low` is a multiple of every power of two up to `high - low`.
fn subtree_indexes(mut low: u64, high: u64) -> impl Iterator<Item = u64> {
    std::iter::from_fn(move || {
        let (width, level) = power_at_most(high.checked_sub(low).filter(|&left| left > 0)?);
        let index = stored_hash_index(level, low >> level);
        low += width;
        Some(index)
    })
}

fn subtree_hash<E>(
    low: u64,
    high: u64,
    read: &mut impl FnMut(u64) -> Result<Hash, E>,
) -> Result<Hash, E> {
    let hashes = subtree_indexes(low, high).map(read).collect::<Result<Vec<_>, E>>()?;
    Ok(fold_right(&hashes))
}

/// Joins the hashes of complete subtrees of falling size into that of the tree over them all.
fn fold_right(hashes: &[Hash]) -> Hash {
    hashes
        .iter()
        .rev()
        .copied()
        .reduce(|right, left| Hash::of_node(left, right))
        .unwrap_or(Hash::EMPTY_TREE)
}

/// The indexes of the stored hashes that [`tree_hash`] reads: one for each bit set in the size.
pub fn tree_indexes(size: u64) -> Vec<u64> {
    subtree_indexes(0, size).collect()
}

/// The hash of the tree over the first `size` records, at most [`MAX_TREE_SIZE`].
///
/// Fails as `read` fails.
pub fn tree_hash<E>(size: u64, mut read: impl FnMut(u64) -> Result<Hash, E>) -> Result<Hash, E> {
    subtree_hash(0, size, &mut read)
}

/// Why no proof could be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ProveError<E> {
    /// The record or the older tree is not part of the tree.
    #[error("tlog: invalid inputs in proof")]
    InvalidInputs,
    /// A stored hash could not be read.
    #[error(transparent)]
    Read(E),
}

/// A proof that does not show what it should.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("invalid transparency proof")]
pub struct ProofFailed;

/// The proof that record `id` is in the tree of `size` records: the hashes beside the way
/// from the record to the root, lowest first (RFC 6962's audit path).
pub fn prove_record<E>(
    size: u64,
    id: u64,
    mut read: impl FnMut(u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, ProveError<E>> {
    if id >= size || size > MAX_TREE_SIZE {
        return Err(ProveError::InvalidInputs);
    }
    let mut proof = Vec::new();
    let (mut low, mut high) = (0, size);
    while high - low > 1 {
        let middle = middle(low, high);
        let beside = if id < middle { (middle, high) } else { (low, middle) };
        proof.push(subtree_hash(beside.0, beside.1, &mut read).map_err(ProveError::Read)?);
        (low, high) = if id < middle { (low, middle) } else { (middle, high) };
    }
    proof.reverse();
    Ok(proof)
}

/// Checks that the tree of `size` records with hash `root` has `record` as the hash of its
/// record `id`.
pub fn check_record(
    proof: &[Hash],
    size: u64,
    root: Hash,
    id: u64,
    record: Hash,
) -> Result<(), ProofFailed> {
    if id >= size || size > MAX_TREE_SIZE {
        return Err(ProofFailed);
    }
    let implied = implied_root(proof, 0, size, id, record)?;
    if implied == root { Ok(()) } else { Err(ProofFailed) }
}

fn implied_root(
    proof: &[Hash],
    low: u64,
    high: u64,
    id: u64,
    record: Hash,
) -> Result<Hash, ProofFailed> {
    if high - low == 1 {
        return if proof.is_empty() { Ok(record) } else { Err(ProofFailed) };
    }
    let (&beside, below) = proof.split_last().ok_or(ProofFailed)?;
    let middle = middle(low, high);
    Ok(if id < middle {
        Hash::of_node(implied_root(below, low, middle, id, record)?, beside)
    } else {
        Hash::of_node(beside, implied_root(below, middle, high, id, record)?)
    })
}

/// The proof that the tree of `size` records begins with the tree of its first `older`
/// records (RFC 6962's consistency proof).
pub fn prove_tree<E>(
    size: u64,
    older: u64,
    mut read: impl FnMut(u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, ProveError<E>> {
    if older < 1 || older > size || size > MAX_TREE_SIZE {
        return Err(ProveError::InvalidInputs);
    }
    let mut proof = Vec::new();
    let (mut low, mut high) = (0, size);
    while high != older {
        let middle = middle(low, high);
        let beside = if older <= middle { (middle, high) } else { (low, middle) };
        proof.push(subtree_hash(beside.0, beside.1, &mut read).map_err(ProveError::Read)?);
        (low, high) = if older <= middle { (low, middle) } else { (middle, high) };
    }
    // The whole older tree needs no hash: who checks the proof knows it.
    if low > 0 {
        proof.push(subtree_hash(low, high, &mut read).map_err(ProveError::Read)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Checks that the tree of `size` records with hash `root` begins with the tree of `older`
/// records with hash `older_root`.
pub fn check_tree(
    proof: &[Hash],
    size: u64,
    root: Hash,
    older: u64,
    older_root: Hash,
) -> Result<(), ProofFailed> {
    if older < 1 || older > size || size > MAX_TREE_SIZE {
        return Err(ProofFailed);
    }
    let implied = implied_roots(proof, 0, size, older, older_root)?;
    if implied == (older_root, root) { Ok(()) } else { Err(ProofFailed) }
}

/// The hashes of the older and of the whole tree over `low..high` that a proof implies.
fn implied_roots(
    proof: &[Hash],
    low: u64,
    high: u64,
    older: u64,
    older_root: Hash,
) -> Result<(Hash, Hash), ProofFailed> {
    if high == older {
        return match proof {
            [] if low == 0 => Ok((older_root, older_root)),
            &[shared] if low > 0 => Ok((shared, shared)),
            _ => Err(ProofFailed),
        };
    }
    let (&beside, below) = proof.split_last().ok_or(ProofFailed)?;
    let middle = middle(low, high);
    Ok(if older <= middle {
        let (old, new) = implied_roots(below, low, middle, older, older_root)?;
        (old, Hash::of_node(new, beside))
    } else {
        let (old, new) = implied_roots(below, middle, high, older, older_root)?;
        (Hash::of_node(beside, old), Hash::of_node(beside, new))
    })
}

/// A tree as a checksum database signs it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tree {
    /// The number of records, at most [`MAX_TREE_SIZE`].
    pub size: u64,
    /// The hash of its root.
    pub hash: Hash,
}

/// Why the text of a signed note is no tree.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InvalidTree {
    /// Not three lines with a size and a hash.
    #[error("malformed tree note")]
    Malformed,
    /// More records than any log can hold.
    #[error("tree of size {size} is too large")]
    TooLarge {
        /// The number of records claimed.
        size: u64,
    },
}

const TREE_HEADER: &str = "go.sum database tree";

impl Tree {
    /// The tree without records.
    pub const EMPTY: Self = Self { size: 0, hash: Hash::EMPTY_TREE };

    /// A signed tree's text is read up to this many bytes.
    const MAX_TEXT: usize = 1_000_000;

    /// Reads the text of a signed tree. Lines after the third are for later formats, and
    /// are ignored.
    pub fn parse(text: &str) -> Result<Self, InvalidTree> {
        let malformed = InvalidTree::Malformed;
        let mut lines = text.split('\n');
        let (Some(TREE_HEADER), Some(digits), Some(hash), Some(_)) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(malformed);
        };
        // Only the canonical form: no sign, no leading zero, within an i64.
        let size = digits.parse::<i64>().ok().filter(|size| size.to_string() == digits);
        let size = size.and_then(|size| u64::try_from(size).ok()).ok_or(malformed)?;
        let hash = Hash::parse(hash).ok_or(malformed)?;
        if text.len() > Self::MAX_TEXT {
            return Err(malformed);
        }
        if size > MAX_TREE_SIZE {
            return Err(InvalidTree::TooLarge { size });
        }
        Ok(Self { size, hash })
    }
}

/// The text that is signed: header, size and hash, a line each.
impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{TREE_HEADER}\n{}\n{}\n", self.size, self.hash)
    }
}

/// Text that is no record.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("malformed record data")]
pub struct MalformedRecord;

/// A record as a look-up answers it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record<'a> {
    /// Its number in the log, from zero.
    pub id: u64,
    /// Its text: lines, none of them blank, each ending in a newline.
    pub text: &'a str,
}

impl<'a> Record<'a> {
    /// Reads the record at the start of an answer and returns it with what follows, the
    /// signed tree. Go's integers may carry a plus sign and leading zeros, so the id may.
    pub fn parse(answer: &'a [u8]) -> Result<(Self, &'a [u8]), MalformedRecord> {
        let line = answer.iter().position(|&b| b == b'\n').ok_or(MalformedRecord)?;
        let (id, body) = (&answer[..line], &answer[line + 1..]);
        let id = std::str::from_utf8(id).ok().and_then(|id| id.parse::<i64>().ok());
        let id = id.and_then(|id| u64::try_from(id).ok()).ok_or(MalformedRecord)?;
        let blank = body.windows(2).position(|pair| pair == b"\n\n").ok_or(MalformedRecord)?;
        let text = std::str::from_utf8(&body[..blank + 1]).map_err(|_| MalformedRecord)?;
        if !is_record_text(text) {
            return Err(MalformedRecord);
        }
        Ok((Self { id, text }, &body[blank + 2..]))
    }

    /// The record in the form that a look-up answers, up to its blank line.
    pub fn format(&self) -> Result<String, MalformedRecord> {
        if !is_record_text(self.text) {
            return Err(MalformedRecord);
        }
        Ok(format!("{}\n{}\n", self.id, self.text))
    }
}

fn is_record_text(text: &str) -> bool {
    text.ends_with('\n') && !text.contains("\n\n") && !text.contains(|c: char| c < ' ' && c != '\n')
}

#[cfg(test)]
pub(super) mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    /// A log in memory: its stored hashes.
    #[derive(Clone, Default)]
    pub(crate) struct Log {
        pub(crate) size: u64,
        pub(crate) stored: Vec<Hash>,
    }

    impl Log {
        pub(crate) fn new(records: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
            let mut log = Self::default();
            for record in records {
                log.push(record.as_ref());
            }
            log
        }

        pub(crate) fn push(&mut self, record: &[u8]) {
            assert_eq!(stored_hash_index(0, self.size), self.stored.len() as u64);
            let Ok(hashes) = stored_hashes(self.size, Hash::of_record(record), |i| self.read(i));
            self.stored.extend(hashes);
            self.size += 1;
        }

        pub(crate) fn read(&self, index: u64) -> Result<Hash, Infallible> {
            Ok(self.stored[index as usize])
        }

        pub(crate) fn tree(&self, size: u64) -> Tree {
            let Ok(hash) = tree_hash(size, |index| self.read(index));
            Tree { size, hash }
        }
    }

    fn numbered(count: u64) -> Log {
        Log::new((0..count).map(|n| format!("record {n}\n")))
    }

    fn hex(hash: Hash) -> String {
        hash.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The test data of Certificate Transparency, whose log this is.
    #[test]
    fn certificate_transparency_roots() {
        let leaves: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let log = Log::new(leaves);
        for (size, root) in roots.iter().enumerate() {
            assert_eq!(hex(log.tree(size as u64).hash), *root, "{size} records");
        }
        assert_eq!(hex(Hash::EMPTY_TREE), roots[0]);
    }

    #[test]
    fn stored_hashes_follow_each_record() {
        // Levels and numbers in the order of storage for the first eight records.
        let order = [
            (0, 0),
            (0, 1),
            (1, 0),
            (0, 2),
            (0, 3),
            (1, 1),
            (2, 0),
            (0, 4),
            (0, 5),
            (1, 2),
            (0, 6),
            (0, 7),
            (1, 3),
            (2, 1),
            (3, 0),
        ];
        for (index, &(level, n)) in order.iter().enumerate() {
            assert_eq!(stored_hash_index(level, n), index as u64);
            assert_eq!(split_stored_hash_index(index as u64), (level, n));
        }
    }

    #[test]
    fn every_proof_of_small_trees() {
        let log = numbered(40);
        for size in 1..=40 {
            let root = log.tree(size).hash;
            for id in 0..size {
                let record = log.stored[stored_hash_index(0, id) as usize];
                let proof = prove_record(size, id, |index| log.read(index)).unwrap();
                assert_eq!(check_record(&proof, size, root, id, record), Ok(()));
                let other = id ^ 1;
                if other < size {
                    assert_eq!(check_record(&proof, size, root, other, record), Err(ProofFailed));
                }
            }
            for older in 1..=size {
                let old = log.tree(older).hash;
                let proof = prove_tree(size, older, |index| log.read(index)).unwrap();
                assert_eq!(check_tree(&proof, size, root, older, old), Ok(()));
                let wrong = log.tree(older - 1).hash;
                assert_eq!(check_tree(&proof, size, root, older, wrong), Err(ProofFailed));
                assert_eq!(check_tree(&proof, size, wrong, older, old), Err(ProofFailed));
            }
        }
    }

    #[test]
    fn proofs_outside_the_tree() {
        let read = |index| -> Result<Hash, &str> { panic!("read {index}") };
        let huge = MAX_TREE_SIZE + 1;
        for (size, n) in [(0, 0), (5, 5), (5, 6), (huge, 1), (u64::MAX, 1)] {
            assert_eq!(prove_record(size, n, read), Err(ProveError::InvalidInputs));
            let h = Hash::EMPTY_TREE;
            assert_eq!(check_record(&[], size, h, n, h), Err(ProofFailed));
        }
        for (size, n) in [(0, 0), (5, 0), (5, 6), (huge, 1), (u64::MAX, 1)] {
            assert_eq!(prove_tree(size, n, read), Err(ProveError::InvalidInputs));
            let h = Hash::EMPTY_TREE;
            assert_eq!(check_tree(&[], size, h, n, h), Err(ProofFailed));
        }
        let failing = |_| Err("no disk");
        assert_eq!(prove_tree(5, 3, failing), Err(ProveError::Read("no disk")));
        assert_eq!(prove_record(5, 3, failing), Err(ProveError::Read("no disk")));
        assert_eq!(tree_hash(5, failing), Err("no disk"));
    }

    #[test]
    fn tree_text() {
        let tree = numbered(5).tree(5);
        let text = tree.to_string();
        assert_eq!(Tree::parse(&text), Ok(tree));
        assert_eq!(Tree::parse(&format!("{text}more\n\nand more")), Ok(tree));
        let hash = tree.hash.to_string();
        let with_size = |size: &str| format!("go.sum database tree\n{size}\n{hash}\n");
        let largest = Tree { size: MAX_TREE_SIZE, hash: tree.hash };
        assert_eq!(Tree::parse(&with_size("4611686018427387903")), Ok(largest));
        for size in ["4611686018427387904", "9223372036854775807"] {
            let too_large = Err(InvalidTree::TooLarge { size: size.parse().unwrap() });
            assert_eq!(Tree::parse(&with_size(size)), too_large);
        }
        for size in ["", "+5", "05", "-5", "-0", " 5", "5 ", "0x5", "9223372036854775808"] {
            assert_eq!(Tree::parse(&with_size(size)), Err(InvalidTree::Malformed), "{size:?}");
        }
        for bad in [
            "",
            text.trim_end(),
            &text.replace("tree", "tree v2"),
            &text.replace('=', ""),
            &format!(" {text}"),
            &text.replacen(&hash[..4], "", 1),
            &format!("{text}{}", "x".repeat(1_000_000)),
        ] {
            assert_eq!(Tree::parse(bad), Err(InvalidTree::Malformed));
        }
    }

    #[test]
    fn record_text() {
        let parse = |answer: &str| {
            Record::parse(answer.as_bytes())
                .map(|(record, rest)| (record.id, record.text.to_owned(), rest.to_vec()))
        };
        for (id, number) in [("150", 150), ("+150", 150), ("0150", 150), ("0", 0), ("-0", 0)] {
            let want = Ok((number, "a b\nc\n".to_owned(), b"rest\n\nof it".to_vec()));
            assert_eq!(parse(&format!("{id}\na b\nc\n\nrest\n\nof it")), want, "{id}");
        }
        let record = Record { id: 7, text: "a\u{e9}\n" };
        assert_eq!(parse(&record.format().unwrap()), Ok((7, record.text.to_owned(), vec![])));
        for bad in ["", "1", "1\n", "1\n\n", "1\na", "1\na\n", "\na\n\n", "+\na\n\n", "-1\na\n\n"] {
            assert_eq!(parse(bad), Err(MalformedRecord), "{bad:?}");
        }
        for bad in ["1 \na\n\n", "0x1\na\n\n", "1_0\na\n\n", "1\na\tb\n\n", "1\na\r\n\n"] {
            assert_eq!(parse(bad), Err(MalformedRecord), "{bad:?}");
        }
        assert_eq!(parse("9223372036854775808\na\n\n"), Err(MalformedRecord));
        assert_eq!(Record::parse(b"1\na\xff\n\n"), Err(MalformedRecord));
        for text in ["", "a", "a\n\n", "a\n\nb\n", "a\x00\n"] {
            assert_eq!(Record { id: 1, text }.format(), Err(MalformedRecord), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn stored_hash_indexes_invert(level in 0u32..40, n in 0u64..1 << 21) {
            prop_assert_eq!(split_stored_hash_index(stored_hash_index(level, n)), (level, n));
        }

        #[test]
        fn stored_hash_indexes_are_dense(index in 0u64..1 << 62) {
            let (level, n) = split_stored_hash_index(index);
            prop_assert_eq!(stored_hash_index(level, n), index);
        }

        /// No bit of a proof may change, and none of its hashes be lost or added.
        #[test]
        fn changed_proofs_fail(
            size in 2u64..70,
            n in any::<prop::sample::Index>(),
            at in any::<prop::sample::Index>(),
            bit in 0usize..256,
        ) {
            let log = numbered(size);
            let root = log.tree(size).hash;
            let n = n.index(size as usize - 1) as u64;
            let record = log.stored[stored_hash_index(0, n) as usize];
            let older = n + 1;
            let old = log.tree(older).hash;

            let of_record = prove_record(size, n, |index| log.read(index)).unwrap();
            let of_tree = prove_tree(size, older, |index| log.read(index)).unwrap();
            let change = |proof: &[Hash]| {
                let at = at.index(proof.len());
                let (mut flipped, mut shorter, mut longer) = (proof.to_vec(), proof.to_vec(), proof.to_vec());
                flipped[at].0[bit / 8] ^= 1 << (bit % 8);
                shorter.remove(at);
                longer.insert(at, proof[at]);
                [flipped, shorter, longer]
            };
            for proof in change(&of_record) {
                prop_assert_eq!(check_record(&proof, size, root, n, record), Err(ProofFailed));
            }
            for proof in change(&of_tree) {
                prop_assert_eq!(check_tree(&proof, size, root, older, old), Err(ProofFailed));
            }
        }

        #[test]
        fn parsing_never_panics(data in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = Record::parse(&data);
            let _ = Tree::parse(&format!("go.sum database tree\n{}", String::from_utf8_lossy(&data)));
        }
    }
}
