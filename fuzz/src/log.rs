//! The laws of the checksum database: signed notes, trees, records, tiles and proofs.

use std::sync::LazyLock;

use gomod::verify::note::{NoteError, Signer, Verifier};
use gomod::verify::tile::{self, ProvenTiles, Tile};
use gomod::verify::tlog::{self, Hash, Record, Tree};

use super::Verdict;

static SIGNER: LazyLock<Signer> = LazyLock::new(|| signer("sum.example.com", 1));
static VERIFIER: LazyLock<Verifier> =
    LazyLock::new(|| Verifier::parse(&SIGNER.verifier_key()).expect("the signer's own key"));
/// Another key of the same name, and one of another name.
static STRANGERS: LazyLock<[Signer; 2]> =
    LazyLock::new(|| [signer("sum.example.com", 2), signer("other.example.com", 3)]);

fn signer(name: &str, seed: u8) -> Signer {
    Signer::from_seed(name, &[seed; 32]).expect("a server's name")
}

/// Nothing opens but what the key has signed: where the input opens, it has the very signature
/// that the key gives that text. Where the input is a text that can be signed, it opens signed,
/// among strangers' signatures too, but not by them alone, nor behind a wrong one of the key's own;
/// and no byte of it may change: three bytes before the text say which byte changes how.
pub fn note(data: &[u8]) -> Verdict {
    let opened = VERIFIER.open(data);
    if let Ok(text) = opened {
        assert!(text.ends_with('\n') && data.starts_with(text.as_bytes()), "{text:?}");
        let ours = SIGNER.signature_line(text);
        let lines = String::from_utf8_lossy(&data[text.len()..]);
        // The last character may have bits that mean nothing.
        let line = ours.trim_end_matches('=');
        assert!(lines.contains(&line[..line.len() - 1]), "a signature that we never gave");
    }
    let signed = match data {
        [high, low, change, text @ ..] => signed(text, u16::from_be_bytes([*high, *low]), *change),
        _ => false,
    };
    Verdict::of(opened.is_ok() || signed)
}

fn signed(text: &[u8], at: u16, change: u8) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let Ok(note) = SIGNER.sign(text) else {
        assert!(!text.ends_with('\n'));
        return false;
    };
    if text.contains(|c: char| c < ' ' && c != '\n') {
        assert_eq!(VERIFIER.open(note.as_bytes()), Err(NoteError::Malformed));
        return false;
    }
    assert_eq!(VERIFIER.open(note.as_bytes()), Ok(text));
    let [first, second] = STRANGERS.each_ref().map(|stranger| stranger.signature_line(text));
    let ours = SIGNER.signature_line(text);
    let among = format!("{text}\n{first}\n{ours}\n{second}\n");
    assert_eq!(VERIFIER.open(among.as_bytes()), Ok(text));
    let without = format!("{text}\n{first}\n{second}\n");
    assert_eq!(VERIFIER.open(without.as_bytes()), Err(NoteError::Unverified));

    // The first of our own decides.
    let wrong = SIGNER.signature_line(&format!("{text}\n"));
    let wrong_first = format!("{text}\n{wrong}\n{ours}\n");
    let refused = VERIFIER.open(wrong_first.as_bytes());
    assert!(matches!(refused, Err(NoteError::InvalidSignature { .. })), "{refused:?}");

    let mut changed = note.into_bytes();
    let at = usize::from(at) % changed.len();
    changed[at] ^= change;
    let opened = VERIFIER.open(&changed);
    if at < text.len() && change != 0 {
        assert!(opened.is_err(), "byte {at} changed by {change:#04x}");
    } else if let Ok(opened) = opened {
        assert_eq!(opened, text, "byte {at} changed by {change:#04x}");
    }
    true
}

/// A tile's path is the only one that names it, stays below its folder, and every tile has one.
/// Ten bytes of the input are taken for a tile.
pub fn tile_path(data: &[u8]) -> Verdict {
    if let [level, width, number @ ..] = data
        && let Some(number) = number.first_chunk()
    {
        let tile = Tile {
            level: u32::from(level % 8),
            number: u64::from_be_bytes(*number),
            width: u16::from(*width) + 1,
        };
        assert_tile(tile);
        assert_tile(tile.full());
    }
    let Ok(text) = std::str::from_utf8(data) else { return Verdict::Refused };
    match Tile::parse(text) {
        Ok(tile) => {
            assert_eq!(tile.to_string(), text);
            assert!(tile.level < 8, "{text}");
            assert!((1..=tile::FULL_WIDTH).contains(&tile.width), "{text}");
            assert_tile(tile);
            Verdict::Accepted
        }
        Err(error) => {
            assert_eq!(error.path, text);
            Verdict::Refused
        }
    }
}

fn assert_tile(tile: Tile) {
    let path = tile.to_string();
    assert_eq!(Tile::parse(&path), Ok(tile), "{path}");
    assert_eq!(tile.size(), usize::from(tile.width) * 32);
    assert_eq!(tile.is_partial(), path.contains(".p/"), "{path}");
    assert!(path.split('/').all(|element| !element.is_empty() && !element.starts_with('.')));
    // What the last three digits of a number say is said by the last element.
    let (start, _) = path.split_once(".p/").unwrap_or((&path, ""));
    let digits: String =
        start.split('/').skip(3).map(|part| part.trim_start_matches('x')).collect();
    assert_eq!(digits.parse(), Ok(tile.number), "{path}");
}

/// A tree that is read prints as a text that is read the same, and was written like that
/// but for what follows its third line and for surplus bits of the hash.
pub fn tree(data: &[u8]) -> Verdict {
    let Ok(text) = std::str::from_utf8(data) else { return Verdict::Refused };
    let Ok(tree) = Tree::parse(text) else { return Verdict::Refused };
    let printed = tree.to_string();
    assert_eq!(Tree::parse(&printed), Ok(tree), "{text:?}");
    assert!(tree.size <= tlog::MAX_TREE_SIZE, "{text:?}");
    let lines: Vec<&str> = text.split('\n').collect();
    let own: Vec<&str> = printed.split('\n').collect();
    assert_eq!(lines[..2], own[..2]);
    assert_eq!(lines[2].len(), own[2].len());
    assert_eq!(lines[2][..42], own[2][..42]);
    assert!(lines.len() > 3, "{text:?}");
    Verdict::Accepted
}

/// A record that is read has lines without control characters, of which only the first may be
/// blank, as in go; it prints as what is read the same, with what follows it left over.
pub fn record(data: &[u8]) -> Verdict {
    let Ok((record, rest)) = Record::parse(data) else { return Verdict::Refused };
    assert!(data.ends_with(rest));
    assert!(record.text.ends_with('\n'), "{record:?}");
    assert!(record.text.lines().skip(1).all(|line| !line.is_empty()), "{record:?}");
    assert!(record.text.chars().all(|c| c >= ' ' || c == '\n'), "{record:?}");
    let mut printed = record.format().expect("a record that was read").into_bytes();
    let head = &data[..data.len() - rest.len()];
    let without_id = |text: &[u8]| {
        let newline = text.iter().position(|&byte| byte == b'\n').expect("a line");
        text[newline..].to_vec()
    };
    assert_eq!(without_id(head), without_id(&printed));
    printed.extend_from_slice(rest);
    assert_eq!(Record::parse(&printed), Ok((record, rest)));
    Verdict::Accepted
}

/// The records of the log that proofs and tiles are about.
const RECORDS: u64 = 300;

/// The stored hashes of that log.
static STORED: LazyLock<Vec<Hash>> = LazyLock::new(|| {
    let mut stored: Vec<Hash> = Vec::new();
    for n in 0..RECORDS {
        let record = Hash::of_record(format!("record {n}\n").as_bytes());
        let read = |index: u64| stored.get(index as usize).copied().ok_or(index);
        let new = tlog::stored_hashes(n, record, read).expect("hashes of earlier records");
        stored.extend(new);
    }
    stored
});

fn stored(index: u64) -> Result<Hash, u64> {
    STORED.get(index as usize).copied().ok_or(index)
}

/// The roots of the log's trees, by their sizes.
static ROOTS: LazyLock<Vec<Hash>> =
    LazyLock::new(|| (0..=RECORDS).map(|size| root(0, size)).collect());

/// The root of a tree as RFC 6962 defines it.
fn root(from: u64, to: u64) -> Hash {
    match to - from {
        0 => Hash::EMPTY_TREE,
        1 => Hash::of_record(format!("record {from}\n").as_bytes()),
        count => {
            let half = count.next_power_of_two() / 2;
            Hash::of_node(root(from, from + half), root(from + half, to))
        }
    }
}

/// A proof shows what is so, and changed in any way it shows nothing. Tiles that were changed
/// yield the tree's own hashes or none. The input is the sizes of two trees, the number of a
/// record, and what is done to proofs and tiles: each pair of bytes changes one byte.
pub fn proof(data: &[u8]) -> Verdict {
    let [a, b, id, changes @ ..] = data else { return Verdict::Refused };
    let size = u64::from(*a) + 1 + u64::from(*b & 1) * 44;
    let older = u64::from(*b) % size + 1;
    let id = u64::from(*id) % size;
    let (root, older_root) = (ROOTS[size as usize], ROOTS[older as usize]);
    assert_eq!(tlog::tree_hash(size, stored), Ok(root));
    assert_eq!(tlog::tree_hash(older, stored), Ok(older_root));

    let proof = tlog::prove_record(size, id, stored).expect("a record of the tree");
    let record = Hash::of_record(format!("record {id}\n").as_bytes());
    assert_eq!(tlog::check_record(&proof, size, root, id, record), Ok(()));
    let bent = bend(&proof, changes);
    let holds = tlog::check_record(&bent, size, root, id, record).is_ok();
    assert_eq!(holds, bent == proof);
    if older != size {
        assert!(tlog::check_record(&proof, size, older_root, id, record).is_err());
    }

    let proof = tlog::prove_tree(size, older, stored).expect("an older tree");
    assert_eq!(tlog::check_tree(&proof, size, root, older, older_root), Ok(()));
    let bent = bend(&proof, changes);
    let holds = tlog::check_tree(&bent, size, root, older, older_root).is_ok();
    assert_eq!(holds, bent == proof);

    Verdict::of(tiles(Tree { size, hash: root }, id, changes))
}

/// Changes a proof: an odd place flips bits of a byte, an even one drops or repeats a hash.
fn bend(proof: &[Hash], changes: &[u8]) -> Vec<Hash> {
    let mut bent = proof.to_vec();
    for pair in changes.as_chunks::<2>().0 {
        let [place, how] = pair.map(usize::from);
        if bent.is_empty() {
            bent.push(Hash([pair[1]; 32]));
            continue;
        }
        let at = place / 2 % bent.len();
        match (place % 2, how) {
            (1, _) => bent[at].0[place % 32] ^= pair[1],
            (_, 0) => {}
            (_, how) if how % 2 == 1 => drop(bent.remove(at)),
            (_, _) => bent.insert(at, bent[at]),
        }
    }
    bent
}

/// Whether tiles changed like that yield the hash of a record.
fn tiles(tree: Tree, id: u64, changes: &[u8]) -> bool {
    let wanted = tlog::stored_hash_index(0, id);
    let mut proven = ProvenTiles::new(tree);
    let missing = proven.missing(&[wanted]).expect("a record of the tree");
    let mut is_changed = false;
    let mut loaded = Vec::new();
    for (at, tile) in missing.into_iter().enumerate() {
        let mut bytes = tile.data(stored).expect("a tile of the tree");
        let honest = bytes.clone();
        for pair in changes.as_chunks::<2>().0 {
            let place = usize::from(pair[0]);
            if place % 4 == at {
                let index = place * 37 % bytes.len();
                bytes[index] ^= pair[1];
            }
        }
        is_changed |= bytes != honest;
        loaded.push((tile, bytes.into()));
    }
    let supplied = proven.supply(&loaded);
    assert_eq!(supplied.is_err(), is_changed, "{supplied:?}");
    match proven.hash(wanted) {
        Ok(hash) => {
            assert_eq!(Ok(hash), stored(wanted));
            true
        }
        Err(_) => {
            assert!(is_changed);
            false
        }
    }
}
