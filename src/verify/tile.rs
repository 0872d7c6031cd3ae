//! Tiles: the form in which a log's hashes are fetched and cached, and the proof that
//! they belong to a signed tree.
//!
//! A tile holds up to 256 neighbouring hashes of one level; the levels up to the next
//! tile's follow by hashing. A tile is proven either by the tree's own hash, or by its
//! root, which stands in the tile above it.
//!
//! Source: golang.org/x/mod/sumdb/tlog/tile.go; golang.org/design/25530-sumdb.

use std::collections::{HashMap, HashSet};
use std::fmt;

use bytes::Bytes;

use super::tlog::{self, HASH_SIZE, Hash, Tree, split_stored_hash_index, stored_hash_index};

/// How many levels of the tree one tile spans. The go command's databases use no other.
pub const HEIGHT: u32 = 8;

/// The number of hashes in a full tile.
pub const FULL_WIDTH: u16 = 1 << HEIGHT;

/// Tile numbers are written three digits to a path element.
const PATH_BASE: u64 = 1000;

/// The levels of tiles that a tree of at most [`tlog::MAX_TREE_SIZE`] records has.
const LEVELS: u32 = 8;

/// The place of a tile: it holds the hashes of tree level `8 * level` from number
/// `256 * number` on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Tile {
    /// The level in the tiling, from 0 to 7.
    pub level: u32,
    /// The number within the level.
    pub number: u64,
    /// How many hashes it holds: 1 to [`FULL_WIDTH`].
    pub width: u16,
}

/// A path that names no tile of hashes.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("malformed tile path {path:?}")]
pub struct InvalidTilePath {
    /// The path as given.
    pub path: String,
}

impl Tile {
    /// Reads a path `tile/8/LEVEL/NUMBER` or `tile/8/LEVEL/NUMBER.p/WIDTH`, in the one
    /// form that [`Tile`] prints.
    pub fn parse(path: &str) -> Result<Self, InvalidTilePath> {
        Self::parse_loosely(path)
            .filter(|tile| tile.to_string() == path)
            .ok_or_else(|| InvalidTilePath { path: path.to_owned() })
    }

    /// Reads every tile path, and some texts that are none.
    fn parse_loosely(path: &str) -> Option<Self> {
        let (level, rest) = path.strip_prefix("tile/8/")?.split_once('/')?;
        let level = level.parse().ok().filter(|&level| level < LEVELS)?;
        let (number, width) = match rest.split_once(".p/") {
            Some((number, width)) => (number, width.parse().ok()?),
            None => (rest, FULL_WIDTH),
        };
        if !(1..=FULL_WIDTH).contains(&width) {
            return None;
        }
        let number = number.split('/').try_fold(0u64, |number, element| {
            let digits = element.trim_start_matches('x').parse::<u64>().ok()?;
            number.checked_mul(PATH_BASE)?.checked_add(digits)
        })?;
        Some(Self { level, number, width })
    }

    /// The narrowest tile with the stored hash of an index, and which of its hashes lie
    /// under that one.
    fn for_index(index: u64) -> (Self, std::ops::Range<usize>) {
        let (level, n) = split_stored_hash_index(index);
        let (tile_level, within) = (level / HEIGHT, level % HEIGHT);
        let first = n << within;
        let start = first % u64::from(FULL_WIDTH);
        let end = start + (1 << within);
        let tile = Self {
            level: tile_level,
            number: first / u64::from(FULL_WIDTH),
            width: end as u16, // at most 256
        };
        (tile, start as usize..end as usize)
    }

    /// This tile with all its hashes.
    pub fn full(self) -> Self {
        Self { width: FULL_WIDTH, ..self }
    }

    /// Whether the tile holds fewer hashes than it has room for.
    pub fn is_partial(self) -> bool {
        self.width != FULL_WIDTH
    }

    /// The size of the tile's data in bytes.
    pub fn size(self) -> usize {
        usize::from(self.width) * HASH_SIZE
    }

    /// This tile as wide as it is in a tree of `size` records; `None` where that has none
    /// of its hashes.
    fn in_tree(self, size: u64) -> Option<Self> {
        let published = size.checked_shr(self.level * HEIGHT)?;
        let first = self.number.checked_mul(u64::from(FULL_WIDTH))?;
        let width = published.saturating_sub(first).min(u64::from(FULL_WIDTH));
        (width > 0).then_some(Self { width: width as u16, ..self })
    }

    /// The tile that holds the root of this one, where the tree of `size` records has it.
    fn above(self, size: u64) -> Option<Self> {
        Self { level: self.level + 1, number: self.number / u64::from(FULL_WIDTH), ..self }
            .in_tree(size)
    }

    /// The data of this tile, which is what a database serves under its path.
    ///
    /// Fails as `read`, which yields stored hashes, fails.
    pub fn data<E>(self, mut read: impl FnMut(u64) -> Result<Hash, E>) -> Result<Vec<u8>, E> {
        let mut data = Vec::with_capacity(self.size());
        for within in 0..u64::from(self.width) {
            let n = self.number * u64::from(FULL_WIDTH) + within;
            data.extend_from_slice(&read(stored_hash_index(self.level * HEIGHT, n))?.0);
        }
        Ok(data)
    }
}

/// The path of the tile, without a leading slash: `tile/8/0/x001/x234/067.p/5`.
impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/{HEIGHT}/{}/", self.level)?;
        let mut place = 1;
        while self.number / place >= PATH_BASE {
            place *= PATH_BASE;
        }
        while place > 1 {
            write!(f, "x{:03}/", self.number / place % PATH_BASE)?;
            place /= PATH_BASE;
        }
        write!(f, "{:03}", self.number % PATH_BASE)?;
        if self.is_partial() {
            write!(f, ".p/{}", self.width)?;
        }
        Ok(())
    }
}

/// The hash that follows from a power of two of neighbouring hashes.
fn root_of(data: &[u8]) -> Option<Hash> {
    let (hashes, rest) = data.as_chunks::<HASH_SIZE>();
    if !rest.is_empty() || !hashes.len().is_power_of_two() {
        return None;
    }
    let mut row: Vec<Hash> = hashes.iter().copied().map(Hash).collect();
    while row.len() > 1 {
        row = row.chunks_exact(2).map(|pair| Hash::of_node(pair[0], pair[1])).collect();
    }
    row.pop()
}

/// Why tiles do not yield a proven hash.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TileError {
    /// The stored hash is not one of the tree's.
    #[error("indexes not in tree")]
    OutsideTree {
        /// Its stored hash index.
        index: u64,
    },
    /// Data that cannot be this tile's.
    #[error("{tile} has {size} bytes, not {}", .tile.size())]
    WrongSize {
        /// The tile.
        tile: Tile,
        /// The number of bytes received.
        size: usize,
    },
    /// The data does not hash to what the tree demands.
    #[error("downloaded inconsistent tile")]
    Inconsistent,
    /// The tile, or what proves it, has not been given to [`ProvenTiles::supply`].
    #[error("{tile} cannot be proven by the tiles loaded")]
    NotLoaded {
        /// The tile.
        tile: Tile,
    },
}

/// The tiles of one signed tree that have been proven to belong to it.
///
/// Ask [`missing`](Self::missing) which tiles some hashes need, hand their data to
/// [`supply`](Self::supply), then read the hashes: nothing unproven ever comes out.
#[derive(Clone, Debug)]
pub struct ProvenTiles {
    tree: Tree,
    tiles: HashMap<Tile, Bytes>,
}

impl ProvenTiles {
    /// Starts with no tiles. The tree's size is at most [`tlog::MAX_TREE_SIZE`].
    pub fn new(tree: Tree) -> Self {
        Self { tree, tiles: HashMap::new() }
    }

    /// The tree to which the tiles belong.
    pub fn tree(&self) -> Tree {
        self.tree
    }

    /// Whether the tree's own hash has been computed from tiles and found right.
    pub fn has_root(&self) -> bool {
        !self.tiles.is_empty()
    }

    /// The tiles still needed to read the stored hashes of `indexes`, those that prove
    /// others before the others.
    pub fn missing(&self, indexes: &[u64]) -> Result<Vec<Tile>, TileError> {
        let mut missing = Vec::new();
        let mut listed = HashSet::new();
        if !self.has_root() {
            for index in tlog::tree_indexes(self.tree.size) {
                let tile = self.tile_of(index)?.0;
                if listed.insert(tile) {
                    missing.push(tile);
                }
            }
        }
        for &index in indexes {
            let mut tile = self.tile_of(index)?.0;
            let mut chain = Vec::new();
            while !self.tiles.contains_key(&tile) && listed.insert(tile) {
                chain.push(tile);
                // Only full tiles have one above; the others prove the tree's own hash.
                tile = tile.above(self.tree.size).ok_or(TileError::OutsideTree { index })?;
            }
            missing.extend(chain.into_iter().rev());
        }
        Ok(missing)
    }

    /// Takes the data of the tiles that [`missing`](Self::missing) named, in its order, and
    /// proves them. On an error none of them is kept.
    pub fn supply(&mut self, loaded: &[(Tile, Bytes)]) -> Result<(), TileError> {
        for (tile, data) in loaded {
            if data.len() != tile.size() {
                return Err(TileError::WrongSize { tile: *tile, size: data.len() });
            }
        }
        let size = self.tree.size;
        let mut proven = Self::new(self.tree);
        if !self.has_root() {
            // The tree's hash covers every hash of these tiles, and nothing of any other.
            let mut roots = HashSet::new();
            for index in tlog::tree_indexes(size) {
                roots.insert(self.tile_of(index)?.0);
            }
            proven.tiles.extend(loaded.iter().filter(|(tile, _)| roots.contains(tile)).cloned());
            if tlog::tree_hash(size, |index| proven.hash(index))? != self.tree.hash {
                return Err(TileError::Inconsistent);
            }
        }
        for (tile, data) in loaded {
            if self.tiles.contains_key(tile) || proven.tiles.contains_key(tile) {
                continue;
            }
            // Any other tile is full, and its root stands in the tile above, proven before it.
            if tile.in_tree(size) != Some(*tile) || tile.above(size).is_none() {
                return Err(TileError::NotLoaded { tile: *tile });
            }
            let root = stored_hash_index((tile.level + 1) * HEIGHT, tile.number);
            let expected = proven.hash(root).or_else(|_| self.hash(root))?;
            if root_of(data) != Some(expected) {
                return Err(TileError::Inconsistent);
            }
            proven.tiles.insert(*tile, data.clone());
        }
        self.tiles.extend(proven.tiles);
        Ok(())
    }

    /// The stored hash of an index, proven to be the tree's.
    pub fn hash(&self, index: u64) -> Result<Hash, TileError> {
        let (tile, under) = self.tile_of(index)?;
        self.tiles
            .get(&tile)
            .and_then(|data| data.get(under.start * HASH_SIZE..under.end * HASH_SIZE))
            .and_then(root_of)
            .ok_or(TileError::NotLoaded { tile })
    }

    /// The tree's tile with a stored hash, and which of the tile's hashes lie under it.
    fn tile_of(&self, index: u64) -> Result<(Tile, std::ops::Range<usize>), TileError> {
        let outside = TileError::OutsideTree { index };
        // The next record's place is the number of hashes stored so far.
        if index >= stored_hash_index(0, self.tree.size) {
            return Err(outside);
        }
        let (tile, under) = Tile::for_index(index);
        Ok((tile.in_tree(self.tree.size).ok_or(outside)?, under))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tlog::tests::Log;
    use super::*;

    #[test]
    fn paths() {
        for (level, number, width, path) in [
            (0, 0, FULL_WIDTH, "tile/8/0/000"),
            (0, 0, 1, "tile/8/0/000.p/1"),
            (7, 999, 255, "tile/8/7/999.p/255"),
            (1, 1000, FULL_WIDTH, "tile/8/1/x001/000"),
            (4, 1_234_067, 5, "tile/8/4/x001/x234/067.p/5"),
        ] {
            let tile = Tile { level, number, width };
            assert_eq!(tile.to_string(), path);
            assert_eq!(Tile::parse(path), Ok(tile));
        }
        for bad in [
            "",
            "/tile/8/0/000",
            "tile/8/0",
            "tile/8/0/",
            "tile/8/0/0",
            "tile/8/00/000",
            "tile/8/8/000",
            "tile/8/-1/000",
            "tile/8/data/000",
            "tile/4/0/000",
            "tile/8/0/x000/000",
            "tile/8/0/001/000",
            "tile/8/0/x001",
            "tile/8/0/+00",
            "tile/8/0/1000",
            "tile/8/0/000.p/0",
            "tile/8/0/000.p/256",
            "tile/8/0/000.p/01",
            "tile/8/0/000.p/",
            "tile/8/0/000.p/1/",
            "tile/8/0/x999/x999/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(Tile::parse(bad), Err(InvalidTilePath { path: bad.to_owned() }), "{bad}");
        }
    }

    fn log(size: u64) -> Log {
        Log::new((0..size).map(|n| format!("record {n}\n")))
    }

    fn supplies(log: &Log, tiles: &[Tile]) -> Vec<(Tile, Bytes)> {
        let data = |tile: &Tile| {
            let Ok(data) = tile.data(|index| log.read(index));
            assert_eq!(data.len(), tile.size());
            (*tile, Bytes::from(data))
        };
        tiles.iter().map(data).collect()
    }

    fn paths_of(tiles: &[Tile]) -> Vec<String> {
        tiles.iter().map(Tile::to_string).collect()
    }

    #[test]
    fn tiles_of_a_tree_are_asked_for_once_and_parents_first() {
        let log = log(600);
        let mut proven = ProvenTiles::new(log.tree(600));
        let index = stored_hash_index(0, 3);
        assert_eq!(proven.hash(index), Err(TileError::NotLoaded { tile: tile("tile/8/0/000") }));
        let missing = proven.missing(&[index, stored_hash_index(0, 599)]).unwrap();
        // 600 = 2 * 256 + 88: the edge of the tree, then what hangs below it.
        assert_eq!(paths_of(&missing), ["tile/8/1/000.p/2", "tile/8/0/002.p/88", "tile/8/0/000"]);
        assert!(!proven.has_root());
        proven.supply(&supplies(&log, &missing)).unwrap();
        assert!(proven.has_root());
        for index in
            [0, 3, stored_hash_index(7, 1), stored_hash_index(8, 1), stored_hash_index(3, 70)]
        {
            assert_eq!(proven.hash(index), Ok(log.stored[index as usize]), "{index}");
        }
        let next = proven.missing(&[index, stored_hash_index(0, 256)]).unwrap();
        assert_eq!(paths_of(&next), ["tile/8/0/001"]);
    }

    fn tile(path: &str) -> Tile {
        Tile::parse(path).unwrap()
    }

    #[test]
    fn every_hash_of_small_trees() {
        for size in [1, 2, 255, 256, 257, 511, 512, 700] {
            let log = log(size);
            let mut proven = ProvenTiles::new(log.tree(size));
            let indexes: Vec<u64> = (0..log.stored.len() as u64).collect();
            let missing = proven.missing(&indexes).unwrap();
            proven.supply(&supplies(&log, &missing)).unwrap();
            for &index in &indexes {
                assert_eq!(proven.hash(index), Ok(log.stored[index as usize]));
            }
            let outside = log.stored.len() as u64;
            let error = TileError::OutsideTree { index: outside };
            assert_eq!(proven.hash(outside), Err(error.clone()));
            assert_eq!(proven.missing(&[outside]), Err(error));
        }
    }

    #[test]
    fn the_empty_tree_has_no_tiles() {
        let proven = ProvenTiles::new(Tree::EMPTY);
        assert_eq!(proven.missing(&[]), Ok(vec![]));
        assert_eq!(proven.missing(&[0]), Err(TileError::OutsideTree { index: 0 }));
    }

    #[test]
    fn the_largest_tree_needs_few_tiles() {
        let hash = Hash::EMPTY_TREE;
        let mut proven = ProvenTiles::new(Tree { size: tlog::MAX_TREE_SIZE, hash });
        let index = stored_hash_index(0, tlog::MAX_TREE_SIZE - 1000);
        let missing = proven.missing(&[0, index]).unwrap();
        assert_eq!(missing.len(), 8 + 7 + 1);
        let zeros = |tile: &Tile| (*tile, Bytes::from(vec![0; tile.size()]));
        let loaded: Vec<_> = missing.iter().map(zeros).collect();
        assert_eq!(proven.supply(&loaded), Err(TileError::Inconsistent));
    }

    #[test]
    fn nothing_is_believed_without_what_proves_it() {
        let log = log(600);
        let tree = log.tree(600);
        let index = stored_hash_index(0, 3);
        let all = supplies(&log, &ProvenTiles::new(tree).missing(&[index]).unwrap());
        // A tile of the tree's edge is left out, or the tile above another.
        for left_out in 0..2 {
            let mut some = all.clone();
            let (tile, _) = some.remove(left_out);
            let mut proven = ProvenTiles::new(tree);
            assert_eq!(proven.supply(&some), Err(TileError::NotLoaded { tile }));
            assert!(!proven.has_root());
        }
        // Tiles that the tree does not have.
        let mut proven = ProvenTiles::new(tree);
        proven.supply(&all).unwrap();
        for path in ["tile/8/0/000.p/5", "tile/8/0/002", "tile/8/7/000", "tile/8/7/x999/999"] {
            let tile = tile(path);
            let data = Bytes::from(vec![0; tile.size()]);
            assert_eq!(proven.supply(&[(tile, data)]), Err(TileError::NotLoaded { tile }));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn paths_round_trip(level in 0u32..8, number in 0u64..1 << 54, width in 1u16..=256) {
            let tile = Tile { level, number, width };
            prop_assert_eq!(Tile::parse(&tile.to_string()), Ok(tile));
        }

        #[test]
        fn parsing_never_panics(path in "(tile/8/[0-9]/)?[x0-9/.p+]{0,30}") {
            if let Ok(tile) = Tile::parse(&path) {
                prop_assert_eq!(tile.to_string(), path);
            }
        }

        /// No bit of any tile may change, and no tile change its length.
        #[test]
        fn changed_tiles_fail(
            size in 2u64..600,
            record in any::<prop::sample::Index>(),
            victim in any::<prop::sample::Index>(),
            at in any::<prop::sample::Index>(),
            bit in 0..8u8,
        ) {
            let log = log(size);
            let fresh = ProvenTiles::new(log.tree(size));
            let index = stored_hash_index(0, record.index(size as usize) as u64);
            let good = supplies(&log, &fresh.missing(&[index]).unwrap());
            prop_assert_eq!(fresh.clone().supply(&good), Ok(()));

            let victim = victim.index(good.len());
            let mut bad = good.clone();
            let mut data = bad[victim].1.to_vec();
            let byte = at.index(data.len());
            data[byte] ^= 1 << bit;
            bad[victim].1 = data.into();
            let mut proven = fresh.clone();
            prop_assert_eq!(proven.supply(&bad), Err(TileError::Inconsistent));
            prop_assert!(!proven.has_root());

            bad[victim].1 = good[victim].1.slice(..byte);
            let wrong = TileError::WrongSize { tile: good[victim].0, size: byte };
            prop_assert_eq!(fresh.clone().supply(&bad), Err(wrong));
        }
    }
}
