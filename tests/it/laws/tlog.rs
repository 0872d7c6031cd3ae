//! The transparency log: hashes, proofs and tiles of random logs.
//!
//! The oracle is RFC 6962 section 2.1, as recursive as it is written there, over the
//! records themselves; it stores nothing.

use std::convert::Infallible;
use std::fmt;

use bytes::Bytes;
use gomod::verify::tile::{FULL_WIDTH, ProvenTiles, Tile};
use gomod::verify::tlog::{
    Hash, Record, Tree, check_record, check_tree, prove_record, prove_tree, stored_hash_index,
    stored_hashes, tree_hash, tree_indexes,
};
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::{census, config, that_hold};

/// A log of distinct records, with its hashes in the order in which they are stored.
#[derive(Clone)]
struct Log {
    records: Vec<String>,
    stored: Vec<Hash>,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} records, the first {:?}", self.records.len(), self.records[0])
    }
}

impl Log {
    fn new(records: Vec<String>) -> Self {
        let mut stored: Vec<Hash> = Vec::new();
        for (n, record) in records.iter().enumerate() {
            let hash = Hash::of_record(record.as_bytes());
            let read = |index: u64| Ok::<_, Infallible>(stored[index as usize]);
            let Ok(hashes) = stored_hashes(n as u64, hash, read);
            stored.extend(hashes);
        }
        Self { records, stored }
    }

    fn size(&self) -> u64 {
        self.records.len() as u64
    }

    fn read(&self, index: u64) -> Result<Hash, Infallible> {
        Ok(self.stored[index as usize])
    }

    /// MTH of the first records.
    fn root(&self, size: u64) -> Hash {
        Hash(merkle(&self.records[..size as usize]))
    }
}

/// The largest power of two below n, which is at least two.
fn split(n: usize) -> usize {
    let mut k = 1;
    while k * 2 < n {
        k *= 2;
    }
    k
}

/// MTH(D[n]).
fn merkle(records: &[String]) -> [u8; 32] {
    let mut sha256 = Sha256::new();
    match records {
        [] => {}
        [one] => {
            sha256.update(b"\x00");
            sha256.update(one.as_bytes());
        }
        more => {
            let (left, right) = more.split_at(split(more.len()));
            sha256.update(b"\x01");
            sha256.update(merkle(left));
            sha256.update(merkle(right));
        }
    }
    sha256.finalize().into()
}

/// PATH(m, D[n]).
fn audit_path(m: usize, records: &[String]) -> Vec<Hash> {
    if records.len() == 1 {
        return vec![];
    }
    let (left, right) = records.split_at(split(records.len()));
    let (mut path, beside) = match m.checked_sub(left.len()) {
        None => (audit_path(m, left), right),
        Some(m) => (audit_path(m, right), left),
    };
    path.push(Hash(merkle(beside)));
    path
}

/// SUBPROOF(m, D[n], whole).
fn consistency(m: usize, records: &[String], whole: bool) -> Vec<Hash> {
    if m == records.len() {
        return if whole { vec![] } else { vec![Hash(merkle(records))] };
    }
    let (left, right) = records.split_at(split(records.len()));
    let (mut proof, beside) = match m.checked_sub(left.len()).filter(|m| *m > 0) {
        None => (consistency(m, left, whole), right),
        Some(m) => (consistency(m, right, false), left),
    };
    proof.push(Hash(merkle(beside)));
    proof
}

/// The turns, left or right, from the root to a record, or to the end of an older tree.
/// What lies beside the way is a hash of anything to who checks, so that a proof shows the
/// same for two sizes that have these turns in common: which size it was, the signed tree
/// says.
fn turns(id: u64, size: u64, ends_whole: bool) -> Vec<bool> {
    if size == 1 || (ends_whole && id + 1 == size) {
        return vec![];
    }
    let k = split(usize::try_from(size).expect("small")) as u64;
    let below = match id.checked_sub(k) {
        None => turns(id, k, ends_whole),
        Some(id) => turns(id, size - k, ends_whole),
    };
    [vec![id >= k], below].concat()
}

fn turns_to_record(id: u64, size: u64) -> Option<Vec<bool>> {
    (id < size).then(|| turns(id, size, false))
}

fn turns_to_older(older: u64, size: u64) -> Option<Vec<bool>> {
    (1..=size).contains(&older).then(|| turns(older - 1, size, true))
}

/// Sizes around the powers of two, and any other up to the given one.
fn size(most: u64) -> impl Strategy<Value = u64> {
    let around =
        (0..10u32, 0..3u64).prop_map(|(power, more)| ((1 << power) + more).saturating_sub(1));
    prop_oneof![1 => around.prop_map(move |size| size.clamp(1, most)), 2 => 1..=most]
}

fn log(most: u64) -> impl Strategy<Value = Log> {
    (size(most), "[a-z]{0,3}").prop_map(|(size, word)| {
        Log::new((0..size).map(|n| format!("{word}.test/{n} v1.0.0\n")).collect())
    })
}

/// A log and one of its record numbers.
fn log_and_record(most: u64) -> impl Strategy<Value = (Log, u64)> {
    log(most).prop_flat_map(|log| {
        let last = log.size() - 1;
        (Just(log), prop_oneof![4 => 0..=last, 1 => Just(last)])
    })
}

/// Every hash of a list with one bit turned.
fn with_a_bit_turned(hashes: &[Hash], bit: usize) -> impl Iterator<Item = Vec<Hash>> + '_ {
    (0..hashes.len()).map(move |at| {
        let mut changed = hashes.to_vec();
        changed[at] = turned(changed[at], bit);
        changed
    })
}

fn turned(mut hash: Hash, bit: usize) -> Hash {
    hash.0[bit / 8] ^= 1 << (bit % 8);
    hash
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn roots_and_nodes_are_those_of_the_rfc((log, n) in log_and_record(600)) {
        let Ok(hash) = tree_hash(n + 1, |index| log.read(index));
        prop_assert_eq!(hash, log.root(n + 1));
        prop_assert_eq!(tree_indexes(n + 1).len(), (n + 1).count_ones() as usize);
        // Every complete node, where it should be stored.
        for level in 0..10u32 {
            let (number, width) = (n >> level, 1usize << level);
            let first = (number << level) as usize;
            if let Some(records) = log.records.get(first..first + width) {
                let index = stored_hash_index(level, number) as usize;
                prop_assert_eq!(log.stored[index], Hash(merkle(records)), "{} {}", level, number);
            }
        }
        // A record brings as many hashes as it completes nodes.
        prop_assert_eq!(log.stored.len() as u64, stored_hash_index(0, log.size()));
    }

    #[test]
    fn a_record_is_proven_by_its_audit_path((log, id) in log_and_record(300), bit in 0..256usize, size_bit in 0..12u32) {
        let (size, root) = (log.size(), log.root(log.size()));
        let record = Hash::of_record(log.records[id as usize].as_bytes());
        let Ok(proof) = prove_record(size, id, |index| log.read(index)) else {
            return Err(TestCaseError::fail("no proof"));
        };
        prop_assert_eq!(&proof, &audit_path(id as usize, &log.records));
        let holds = |proof: &[Hash], size, root, id, record| check_record(proof, size, root, id, record).is_ok();
        prop_assert!(holds(&proof, size, root, id, record));
        for proof in with_a_bit_turned(&proof, bit) {
            prop_assert!(!holds(&proof, size, root, id, record));
        }
        prop_assert!(!holds(&proof, size, turned(root, bit), id, record));
        prop_assert!(!holds(&proof, size, root, id, turned(record, bit)));
        let mut longer = proof.clone();
        longer.insert(bit % (proof.len() + 1), record);
        prop_assert!(!holds(&longer, size, root, id, record));
        if let Some((_, shorter)) = proof.split_last() {
            prop_assert!(!holds(shorter, size, root, id, record));
            prop_assert!(!holds(&proof[1..], size, root, id, record));
        }
        for other in (0..64).map(|bit| id ^ (1 << bit)) {
            prop_assert!(!holds(&proof, size, root, other, record), "as record {}", other);
        }
        let other = size ^ (1 << size_bit);
        let same = turns_to_record(id, other) == turns_to_record(id, size);
        prop_assert_eq!(holds(&proof, other, root, id, record), same, "of {} records", other);
        for other in (13..64).map(|bit| size ^ (1 << bit)) {
            prop_assert!(!holds(&proof, other, root, id, record), "of {} records", other);
        }
    }

    #[test]
    fn an_older_tree_is_proven_by_its_consistency_proof((log, older) in log_and_record(300), bit in 0..256usize, size_bit in 0..12u32) {
        let older = older + 1;
        let (size, root, old_root) = (log.size(), log.root(log.size()), log.root(older));
        let Ok(proof) = prove_tree(size, older, |index| log.read(index)) else {
            return Err(TestCaseError::fail("no proof"));
        };
        prop_assert_eq!(&proof, &consistency(older as usize, &log.records, true));
        let holds = |proof: &[Hash], size, root, older, old_root| check_tree(proof, size, root, older, old_root).is_ok();
        prop_assert!(holds(&proof, size, root, older, old_root));
        for proof in with_a_bit_turned(&proof, bit) {
            prop_assert!(!holds(&proof, size, root, older, old_root));
        }
        prop_assert!(!holds(&proof, size, turned(root, bit), older, old_root));
        prop_assert!(!holds(&proof, size, root, older, turned(old_root, bit)));
        let mut longer = proof.clone();
        longer.insert(bit % (proof.len() + 1), root);
        prop_assert!(!holds(&longer, size, root, older, old_root));
        if let Some((_, shorter)) = proof.split_last() {
            prop_assert!(!holds(shorter, size, root, older, old_root));
            prop_assert!(!holds(&proof[1..], size, root, older, old_root));
        }
        let turns = turns_to_older(older, size);
        for (other_older, other) in [(older ^ (1 << size_bit), size), (older, size ^ (1 << size_bit))] {
            let same = turns_to_older(other_older, other) == turns;
            prop_assert_eq!(holds(&proof, other, root, other_older, old_root), same, "{} of {}", other_older, other);
        }
    }

    /// A tree's text says its size and hash, and every bit of it counts, but for the two in
    /// the last digit of base64 that no byte of the hash is left for: go reads past them, too.
    #[test]
    fn the_text_of_a_tree_is_read_back((log, n) in log_and_record(40), at in any::<prop::sample::Index>(), bit in 0..8) {
        let tree = Tree { size: n + 1, hash: log.root(n + 1) };
        let text = tree.to_string();
        prop_assert_eq!(Tree::parse(&text), Ok(tree));
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1u8 << bit;
        if let Ok(changed) = String::from_utf8(bytes) {
            let last_digit = changed.len() - "u=\n".len();
            if at != last_digit || bit > 1 {
                prop_assert_ne!(Tree::parse(&changed), Ok(tree), "{}", changed);
            }
        }
        let record = Record { id: n, text: &log.records[n as usize] };
        let signed = tree.to_string();
        let answer = record.format().expect("a record") + &signed;
        let read = Record::parse(answer.as_bytes());
        prop_assert_eq!(read, Ok((record, signed.as_bytes())));
    }

    /// What tiles give back are the log's hashes; one turned bit anywhere and they give none.
    #[test]
    fn tiles_hold_the_log(
        (log, id) in log_and_record(600), wanted in any::<prop::sample::Index>(),
        victim in any::<prop::sample::Index>(), bit in any::<prop::sample::Index>(), size_bit in 0..11u32,
    ) {
        let tree = Tree { size: log.size(), hash: log.root(log.size()) };
        let indexes = [stored_hash_index(0, id), wanted.index(log.stored.len()) as u64];
        let supplies = |tree: Tree| {
            let missing = ProvenTiles::new(tree).missing(&indexes).ok()?;
            let data = |tile: &Tile| {
                let data = tile.data(|index| log.stored.get(index as usize).copied().ok_or(()));
                Some((*tile, Bytes::from(data.ok()?)))
            };
            missing.iter().map(data).collect::<Option<Vec<_>>>()
        };
        let good = supplies(tree).expect("tiles of the log");
        let mut tiles = ProvenTiles::new(tree);
        tiles.supply(&good).expect("good tiles");
        for index in indexes {
            prop_assert_eq!(tiles.hash(index), Ok(log.stored[index as usize]));
        }
        prop_assert_eq!(tiles.missing(&indexes), Ok(vec![]));
        for (tile, data) in &good {
            prop_assert_eq!(Tile::parse(&tile.to_string()), Ok(*tile));
            prop_assert_eq!(data.len(), tile.size());
            prop_assert_eq!(tile.is_partial(), tile.width < FULL_WIDTH);
        }

        let mut bad = good.clone();
        let victim = victim.index(bad.len());
        let mut data = bad[victim].1.to_vec();
        let at = bit.index(data.len() * 8);
        data[at / 8] ^= 1u8 << (at % 8);
        bad[victim].1 = data.into();
        prop_assert!(ProvenTiles::new(tree).supply(&bad).is_err());

        let forged = Tree { hash: turned(tree.hash, at % 256), ..tree };
        prop_assert!(ProvenTiles::new(forged).supply(&good).is_err());
        let forged = Tree { size: tree.size ^ (1 << size_bit), ..tree };
        prop_assert!(ProvenTiles::new(forged).supply(&good).is_err());
        if let Some(of_forged) = supplies(forged) {
            prop_assert!(ProvenTiles::new(forged).supply(&of_forged).is_err());
        }
    }
}

#[test]
fn the_generator_reaches_every_kind_of_tree() {
    let expected = [
        ("one record", 10),
        ("complete tree", 30),
        ("one short of complete", 20),
        ("one more than complete", 20),
        ("more than one tile", 100),
        ("two full tiles", 10),
        ("last record", 60),
        ("empty record proof", 10),
        ("long record proof", 100),
        ("proof with another size of the same turns", 50),
        ("whole tree as the older one", 60),
        ("older tree is complete", 5),
        ("older tree ends within a subtree", 100),
    ];
    census(log_and_record(600), 400, &expected, |(log, id)| {
        let (size, older) = (log.size(), id + 1);
        let depth = turns_to_record(*id, size).map_or(0, |turns| turns.len());
        let same =
            |bit: &u32| turns_to_record(*id, size ^ (1 << bit)) == turns_to_record(*id, size);
        that_hold(&[
            ("one record", size == 1),
            ("complete tree", size.is_power_of_two()),
            ("one short of complete", (size + 1).is_power_of_two()),
            ("one more than complete", (size - 1).is_power_of_two()),
            ("more than one tile", size > 256),
            ("two full tiles", size >= 512),
            ("last record", older == size),
            ("empty record proof", depth == 0),
            ("long record proof", depth >= 9),
            ("proof with another size of the same turns", (0..12).any(|bit| same(&bit))),
            ("whole tree as the older one", older == size),
            ("older tree is complete", older < size && older.is_power_of_two()),
            ("older tree ends within a subtree", older < size && !older.is_power_of_two()),
        ])
    });
}
