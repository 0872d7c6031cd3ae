//! A checksum database that signs a real Merkle tree, and that can lie.
//!
//! Written against RFC 6962 and ref/mod#checksum-database, apart from the library's
//! own verifier.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey};
use sha2::{Digest, Sha256};

use super::fixture::{Answer, Catalogue, hex, unescape};

/// The name of the fixture database.
pub const NAME: &str = "sum.example.com";

/// Records that belong to no module come first, so that the tree has full tiles, a
/// partial one, and a second level, as every real database has.
const PADDING: usize = 300;

const TILE_WIDTH: usize = 256;
const TILE_HEIGHT: usize = 8;

type Hash = [u8; 32];

/// What the database says that is not so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lie {
    /// The record of this `path@version` holds other hashes; tree and signature agree
    /// with it.
    WrongHash(String),
    /// A longer tree with another first record, well signed: not a continuation of
    /// what was signed before.
    ForkedTree,
    /// Signed trees are those of a time before any fixture was recorded.
    OldTree,
    /// One bit of every tile is turned.
    BadTile,
    /// Signed trees come without a signature.
    MissingSignature,
    /// Signed trees are signed with a key of the same name that nobody knows.
    ForeignKey,
}

/// The database: records, the tree over them, and the lie being told.
#[derive(Debug)]
pub struct Database {
    records: Vec<Record>,
    /// `levels[h][n]` is the hash of the n-th complete subtree of height h.
    levels: Vec<Vec<Hash>>,
    lie: Option<Lie>,
}

#[derive(Clone, Debug)]
struct Record {
    /// `path@version`.
    key: String,
    text: String,
}

impl Database {
    /// An honest database of all fixtures.
    pub fn new(catalogue: &Catalogue) -> Self {
        let mut records: Vec<Record> = (0..PADDING).map(padding).collect();
        records.extend(catalogue.iter().map(|module| Record {
            key: format!("{}@{}", module.path, module.version),
            text: module.sum_record(),
        }));
        let levels = levels(&records);
        Self { records, levels, lie: None }
    }

    /// The value of GOSUMDB that trusts this database: its verifier key.
    pub fn verifier_key() -> String {
        let key = signing_key();
        let public = encoded_public_key(&key);
        format!("{NAME}+{}+{}", hex(&key_hash(NAME, &public)), STANDARD.encode(public))
    }

    /// Tells a lie from now on, or (`None`) the truth again.
    pub fn tell(&mut self, lie: Option<Lie>) -> Result<(), String> {
        if let Some(Lie::WrongHash(key)) = &lie
            && !self.records.iter().any(|record| record.key == *key)
        {
            return Err(format!("the database holds no {key}"));
        }
        self.lie = lie;
        self.levels = levels(&self.told());
        Ok(())
    }

    /// Adds this many records, as a database does while time passes.
    pub fn grow(&mut self, count: usize) {
        let from = self.records.len();
        self.records.extend((from..from + count).map(padding));
        self.levels = levels(&self.told());
    }

    /// Answers `/sumdb/NAME/…`, given what comes after the name and its slash.
    pub fn answer(&self, request: &str) -> Answer {
        let found = match request {
            "supported" => Some(Answer::ok("text/plain", "")),
            "latest" => Some(Answer::ok("text/plain; charset=utf-8", self.signed_tree())),
            _ => request
                .strip_prefix("lookup/")
                .map(|key| self.look_up(key))
                .or_else(|| request.strip_prefix("tile/").map(|tile| self.tile(tile)))
                .unwrap_or(None),
        };
        found.unwrap_or_else(|| Answer::failed(404, "not found"))
    }

    /// The records as the lie has them.
    fn told(&self) -> Vec<Record> {
        let mut records = self.records.clone();
        match &self.lie {
            Some(Lie::WrongHash(key)) => {
                for record in records.iter_mut().filter(|record| record.key == *key) {
                    record.text = made_up_record(key, "another content");
                }
            }
            Some(Lie::ForkedTree) => {
                records[0].text = made_up_record(&records[0].key, "another history");
                // Longer by a whole tile, so that no tile of the old tree that a client
                // keeps gives the fork away before the trees themselves are compared.
                let from = records.len();
                records.extend((from..from + TILE_WIDTH).map(padding));
            }
            Some(Lie::OldTree | Lie::BadTile | Lie::MissingSignature | Lie::ForeignKey) | None => {}
        }
        records
    }

    fn look_up(&self, escaped: &str) -> Option<Answer> {
        let key = unescape(escaped)?;
        let records = self.told();
        let id = records.iter().position(|record| record.key == key)?;
        let body = format!("{id}\n{}\n{}", records[id].text, self.signed_tree());
        Some(Answer::ok("text/plain; charset=utf-8", body))
    }

    fn signed_tree(&self) -> String {
        let size = if self.lie == Some(Lie::OldTree) { PADDING } else { self.levels[0].len() };
        let root = STANDARD.encode(self.root(size));
        let text = format!("go.sum database tree\n{size}\n{root}\n");
        let key = match self.lie {
            Some(Lie::MissingSignature) => return format!("{text}\n"),
            Some(Lie::ForeignKey) => SigningKey::from_bytes(&[9; 32]),
            _ => signing_key(),
        };
        let mut signature = key_hash(NAME, &encoded_public_key(&key)).to_vec();
        signature.extend(key.sign(text.as_bytes()).to_bytes());
        format!("{text}\n\u{2014} {NAME} {}\n", STANDARD.encode(signature))
    }

    /// The root of the first `size` records: the complete subtrees of the size's binary
    /// digits, from the right.
    fn root(&self, size: usize) -> Hash {
        let mut root = None;
        let mut start = size;
        for (height, level) in self.levels.iter().enumerate() {
            if size >> height & 1 == 1 {
                start -= 1 << height;
                let peak = level[start >> height];
                root = Some(root.map_or(peak, |right| interior(&peak, &right)));
            }
        }
        // The tree of no records hashes the empty string (RFC 6962, section 2.1).
        root.unwrap_or_else(|| Sha256::digest([]).into())
    }

    /// `8/L/N` or `8/L/N.p/W`, N in groups of three digits, all but the last with `x`.
    fn tile(&self, name: &str) -> Option<Answer> {
        let (name, width) = match name.split_once(".p/") {
            Some((name, width)) => (name, width.parse().ok()?),
            None => (name, TILE_WIDTH),
        };
        let mut parts = name.split('/');
        if parts.next()?.parse() != Ok(TILE_HEIGHT) {
            return None;
        }
        let level = parts.next()?;
        let mut number = 0;
        for group in parts {
            let group = group.strip_prefix('x').unwrap_or(group);
            number = number * 1000 + group.parse::<usize>().ok().filter(|_| group.len() == 3)?;
        }
        let range = number * TILE_WIDTH..number * TILE_WIDTH + width;
        let mut body = if level == "data" {
            let records = self.told();
            let records = records.get(range)?.iter();
            records.map(|record| record.text.clone() + "\n").collect::<String>().into_bytes()
        } else {
            let height = level.parse::<usize>().ok()? * TILE_HEIGHT;
            self.levels.get(height)?.get(range)?.concat()
        };
        if self.lie == Some(Lie::BadTile)
            && let Some(byte) = body.first_mut()
        {
            *byte ^= 1;
        }
        Some(Answer::ok("application/octet-stream", body))
    }
}

impl Lie {
    /// The first words that [`Lie::parse`] knows.
    pub const VERBS: [&str; 6] =
        ["wrong-hash", "forked-tree", "old-tree", "bad-tile", "missing-signature", "foreign-key"];

    /// Reads the words of the script command `sumdb`.
    pub fn parse(words: &[&str]) -> Result<Self, String> {
        Ok(match words {
            ["wrong-hash", key] => Self::WrongHash((*key).to_owned()),
            ["forked-tree"] => Self::ForkedTree,
            ["old-tree"] => Self::OldTree,
            ["bad-tile"] => Self::BadTile,
            ["missing-signature"] => Self::MissingSignature,
            ["foreign-key"] => Self::ForeignKey,
            _ => return Err(format!("unknown lie {:?}", words.join(" "))),
        })
    }
}

fn padding(number: usize) -> Record {
    let key = format!("padding.example.com/m{number}@v1.0.0");
    let text = made_up_record(&key, "padding");
    Record { key, text }
}

/// A record of the right form whose hashes are those of no files.
fn made_up_record(key: &str, salt: &str) -> String {
    let sum = |what: &str| STANDARD.encode(Sha256::digest(format!("{key} {salt} {what}")));
    let (path, version) = key.split_once('@').expect("keys are path@version");
    let (zip, go_mod) = (sum("zip"), sum("go.mod"));
    format!("{path} {version} h1:{zip}\n{path} {version}/go.mod h1:{go_mod}\n")
}

fn levels(records: &[Record]) -> Vec<Vec<Hash>> {
    let leaf = |record: &Record| -> Hash {
        Sha256::new().chain_update([0]).chain_update(&record.text).finalize().into()
    };
    let mut levels: Vec<Vec<Hash>> = vec![records.iter().map(leaf).collect()];
    while let Some(below) = levels.last().filter(|level| level.len() > 1) {
        levels.push(below.chunks_exact(2).map(|pair| interior(&pair[0], &pair[1])).collect());
    }
    levels
}

fn interior(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// The algorithm number of Ed25519, then the key.
fn encoded_public_key(key: &SigningKey) -> Vec<u8> {
    let mut encoded = vec![1];
    encoded.extend(key.verifying_key().to_bytes());
    encoded
}

fn key_hash(name: &str, public: &[u8]) -> [u8; 4] {
    let digest = Sha256::new().chain_update(name).chain_update("\n").chain_update(public);
    let digest: Hash = digest.finalize().into();
    [digest[0], digest[1], digest[2], digest[3]]
}
