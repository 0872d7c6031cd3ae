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

/// How long a huge answer is, in bytes: more than any look-up or tile has.
const HUGE: usize = 4 << 20;

type Hash = [u8; 32];

/// What the database says that is not so, or not as a database should say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lie {
    /// The record of this `path@version` holds other hashes; tree and signature agree
    /// with it.
    WrongHash(String),
    /// The record of this `path@version` has lines that it should not have; tree and
    /// signature agree with it.
    ExtraLines(Extra, String),
    /// Look-ups are answered with the number and text of the first record.
    OtherRecord,
    /// Look-ups are answered with the right text under the first record's number.
    WrongNumber,
    /// Look-ups are answered with a number that no record has yet.
    OutsideTree,
    /// The text of a look-up's answer is one that the tree does not hold.
    ChangedRecord,
    /// The answer to a look-up does not have the form of a record.
    MalformedRecord(RecordFlaw),
    /// The record's number begins with this: a plus sign, or zeros.
    OddNumber(&'static str),
    /// A longer tree with another first record, well signed: not a continuation of
    /// what was signed before.
    ForkedTree,
    /// Signed trees are those of a time before any fixture was recorded.
    OldTree,
    /// The signed tree has 2^62 records.
    HugeTree,
    /// The signed tree has no record.
    EmptyTree,
    /// The text that is signed is no tree.
    MalformedTree(TreeFlaw),
    /// The text that is signed is a tree, written as no database writes it.
    OddTree(TreeForm),
    /// Signed trees come without a signature.
    MissingSignature,
    /// Signed trees are signed with a key of the same name that nobody knows.
    ForeignKey,
    /// Signed trees are signed with the right key under another name.
    OtherName,
    /// The signature is that of another text.
    OtherText,
    /// Signed trees have two signatures.
    TwoSignatures(Second),
    /// The signed tree does not have the form of a note.
    MalformedNote(NoteFlaw),
    /// One bit of every tile is turned.
    BadTile,
    /// Tiles have another size than their name says.
    TileSize(TileFlaw),
    /// Tiles are those of a tree with another first record.
    OtherTiles,
    /// Since the tree was signed the database has grown, and keeps full tiles only where
    /// there was a partial one of the lowest level.
    PartialTilesGone,
    /// Look-ups or tiles are followed by megabytes.
    HugeAnswer(Part),
}

/// Where the lines that are too many stand in a record, and what they say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extra {
    /// Another hash after the right one.
    GoodBad,
    /// Another hash before the right one.
    BadGood,
    /// Lines of another module before the right ones.
    Foreign,
    /// Hashes of an algorithm to come before the right ones.
    UnknownAlgorithm,
    /// Hashes of an algorithm to come, alone.
    OnlyUnknownAlgorithm,
}

/// What is wrong with the form of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordFlaw {
    /// It ends where the tree begins, without the newline of its last line.
    NoNewline,
    /// It has a blank line before the one that ends it.
    BlankLine,
    /// Nothing stands before the first newline.
    NoNumber,
    /// The number is negative.
    Negative,
    /// The number is not decimal.
    Hexadecimal,
    /// Lines end in CR LF.
    CarriageReturns,
    /// It holds a NUL.
    Nul,
    /// It is not UTF-8.
    Binary,
    /// It ends in its middle, and nothing follows.
    CutOff,
}

/// What is wrong with the text of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeFlaw {
    /// It is that of another kind of database.
    Title,
    /// The number of records is negative.
    Negative,
    /// The hash has too few bytes.
    ShortHash,
    /// There is no hash.
    NoHash,
}

/// What is unusual about the text of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeForm {
    /// The number of records begins with a plus sign.
    Plus,
    /// A line follows the hash.
    ExtraLine,
}

/// Which signature stands beside the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Second {
    /// A witness's, before it.
    Witness,
    /// The same one again.
    Again,
    /// A wrong one of the same key, after it.
    GoodBad,
    /// A wrong one of the same key, before it.
    BadGood,
}

/// What is wrong with the form of a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteFlaw {
    /// Lines end in CR LF.
    CarriageReturns,
    /// It holds a NUL.
    Nul,
    /// It is not UTF-8.
    Binary,
    /// No blank line parts text and signature.
    NoBlankLine,
    /// Text follows the signature.
    Trailing,
    /// It is signed a thousand times.
    Signatures,
}

/// How the size of a tile is not the one that its name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TileFlaw {
    /// It has nothing in it.
    Empty,
    /// It lacks a byte.
    Short,
    /// It has a hash more.
    Long,
}

/// The answers that a lie is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Those to look-ups.
    Lookups,
    /// Tiles.
    Tiles,
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
        if let Some(Lie::WrongHash(key) | Lie::ExtraLines(_, key)) = &lie
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
            Some(Lie::ExtraLines(extra, key)) => {
                for record in records.iter_mut().filter(|record| record.key == *key) {
                    record.text = extra.added_to(record);
                }
            }
            Some(Lie::ForkedTree) => {
                records[0].text = made_up_record(&records[0].key, "another history");
                // Longer by a whole tile, so that no tile of the old tree that a client
                // keeps gives the fork away before the trees themselves are compared.
                let from = records.len();
                records.extend((from..from + TILE_WIDTH).map(padding));
            }
            Some(Lie::PartialTilesGone) => {
                let from = records.len();
                records.extend((from..from.next_multiple_of(TILE_WIDTH)).map(padding));
            }
            _ => {}
        }
        records
    }

    fn look_up(&self, escaped: &str) -> Option<Answer> {
        let key = unescape(escaped)?;
        let records = self.told();
        let id = records.iter().position(|record| record.key == key)?;
        let (mut number, mut text) = (id.to_string(), records[id].text.clone());
        match &self.lie {
            Some(Lie::OtherRecord) => {
                number = "0".to_owned();
                text.clone_from(&records[0].text);
            }
            Some(Lie::WrongNumber) => number = "0".to_owned(),
            Some(Lie::OutsideTree) => number = records.len().to_string(),
            Some(Lie::ChangedRecord) => text = made_up_record(&key, "not in the tree"),
            Some(Lie::OddNumber(prefix)) => number.insert_str(0, prefix),
            _ => {}
        }
        let mut body = match self.lie {
            Some(Lie::MalformedRecord(flaw)) => flaw.applied_to(&number, &text),
            _ => format!("{number}\n{text}\n").into_bytes(),
        };
        if self.lie != Some(Lie::MalformedRecord(RecordFlaw::CutOff)) {
            body.extend(self.signed_tree());
        }
        if self.lie == Some(Lie::HugeAnswer(Part::Lookups)) {
            body.resize(HUGE, b'x');
        }
        Some(Answer::ok("text/plain; charset=utf-8", body))
    }

    fn signed_tree(&self) -> Vec<u8> {
        let size = match self.lie {
            Some(Lie::OldTree) => PADDING,
            Some(Lie::EmptyTree) => 0,
            Some(Lie::PartialTilesGone) => self.records.len(),
            _ => self.levels[0].len(),
        };
        let mut root = STANDARD.encode(self.root(size));
        let mut title = "go.sum database tree";
        let mut count = size.to_string();
        let mut rest = "";
        match self.lie {
            Some(Lie::HugeTree) => count = (1u64 << 62).to_string(),
            Some(Lie::MalformedTree(TreeFlaw::Title)) => title = "other.example.com database tree",
            Some(Lie::MalformedTree(TreeFlaw::Negative)) => count.insert(0, '-'),
            Some(Lie::MalformedTree(TreeFlaw::ShortHash)) => root = STANDARD.encode([0; 31]),
            Some(Lie::MalformedTree(TreeFlaw::NoHash)) => root.clear(),
            Some(Lie::OddTree(TreeForm::Plus)) => count.insert(0, '+'),
            Some(Lie::OddTree(TreeForm::ExtraLine)) => rest = "for what may come\n",
            _ => {}
        }
        let text = format!("{title}\n{count}\n{root}\n{rest}");
        let right = signature(&signing_key(), NAME, &text);
        let wrong = signature(&signing_key(), NAME, "another text\n");
        let signatures = match self.lie {
            Some(Lie::MissingSignature) => String::new(),
            Some(Lie::ForeignKey) => signature(&stranger(), NAME, &text),
            Some(Lie::OtherName) => signature(&signing_key(), "other.example.com", &text),
            Some(Lie::OtherText) => wrong,
            Some(Lie::TwoSignatures(Second::Witness)) => {
                signature(&stranger(), "witness.example.com", &text) + &right
            }
            Some(Lie::TwoSignatures(Second::Again)) => right.repeat(2),
            Some(Lie::TwoSignatures(Second::GoodBad)) => right + &wrong,
            Some(Lie::TwoSignatures(Second::BadGood)) => wrong + &right,
            _ => right,
        };
        match self.lie {
            Some(Lie::MalformedNote(flaw)) => flaw.applied_to(&text, &signatures),
            _ => format!("{text}\n{signatures}").into_bytes(),
        }
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
        if self.lie == Some(Lie::PartialTilesGone)
            && name.starts_with("8/0/")
            && name.contains(".p/")
        {
            return None;
        }
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
            let other;
            let levels = if self.lie == Some(Lie::OtherTiles) {
                let mut records = self.records.clone();
                records[0].text = made_up_record(&records[0].key, "another history");
                other = levels(&records);
                &other
            } else {
                &self.levels
            };
            levels.get(height)?.get(range)?.concat()
        };
        match self.lie {
            Some(Lie::BadTile) => body.iter_mut().take(1).for_each(|byte| *byte ^= 1),
            Some(Lie::TileSize(TileFlaw::Empty)) => body.clear(),
            Some(Lie::TileSize(TileFlaw::Short)) => drop(body.pop()),
            Some(Lie::TileSize(TileFlaw::Long)) => body.extend([0; 32]),
            Some(Lie::HugeAnswer(Part::Tiles)) => body.resize(HUGE, 0),
            _ => {}
        }
        Some(Answer::ok("application/octet-stream", body))
    }
}

impl Lie {
    /// The first words that [`Lie::parse`] knows.
    pub const VERBS: [&str; 25] = [
        "wrong-hash",
        "extra-lines",
        "other-record",
        "wrong-number",
        "outside-tree",
        "changed-record",
        "malformed-record",
        "odd-number",
        "forked-tree",
        "old-tree",
        "huge-tree",
        "empty-tree",
        "malformed-tree",
        "odd-tree",
        "missing-signature",
        "foreign-key",
        "other-name",
        "other-text",
        "two-signatures",
        "malformed-note",
        "bad-tile",
        "tile-size",
        "other-tiles",
        "partial-tiles-gone",
        "huge-answer",
    ];

    /// Reads the words of the script command `sumdb`.
    pub fn parse(words: &[&str]) -> Result<Self, String> {
        Ok(match words {
            ["wrong-hash", key] => Self::WrongHash((*key).to_owned()),
            ["extra-lines", extra, key] => {
                let extra = match *extra {
                    "good-bad" => Extra::GoodBad,
                    "bad-good" => Extra::BadGood,
                    "foreign" => Extra::Foreign,
                    "h2" => Extra::UnknownAlgorithm,
                    "only-h2" => Extra::OnlyUnknownAlgorithm,
                    _ => return Err(format!("unknown lines {extra:?}")),
                };
                Self::ExtraLines(extra, (*key).to_owned())
            }
            ["other-record"] => Self::OtherRecord,
            ["wrong-number"] => Self::WrongNumber,
            ["outside-tree"] => Self::OutsideTree,
            ["changed-record"] => Self::ChangedRecord,
            ["malformed-record", "no-newline"] => Self::MalformedRecord(RecordFlaw::NoNewline),
            ["malformed-record", "blank-line"] => Self::MalformedRecord(RecordFlaw::BlankLine),
            ["malformed-record", "no-number"] => Self::MalformedRecord(RecordFlaw::NoNumber),
            ["malformed-record", "negative"] => Self::MalformedRecord(RecordFlaw::Negative),
            ["malformed-record", "hexadecimal"] => Self::MalformedRecord(RecordFlaw::Hexadecimal),
            ["malformed-record", "crlf"] => Self::MalformedRecord(RecordFlaw::CarriageReturns),
            ["malformed-record", "nul"] => Self::MalformedRecord(RecordFlaw::Nul),
            ["malformed-record", "binary"] => Self::MalformedRecord(RecordFlaw::Binary),
            ["malformed-record", "cut-off"] => Self::MalformedRecord(RecordFlaw::CutOff),
            ["odd-number", "plus"] => Self::OddNumber("+"),
            ["odd-number", "zeros"] => Self::OddNumber("00"),
            ["forked-tree"] => Self::ForkedTree,
            ["old-tree"] => Self::OldTree,
            ["huge-tree"] => Self::HugeTree,
            ["empty-tree"] => Self::EmptyTree,
            ["malformed-tree", "title"] => Self::MalformedTree(TreeFlaw::Title),
            ["malformed-tree", "negative"] => Self::MalformedTree(TreeFlaw::Negative),
            ["malformed-tree", "short-hash"] => Self::MalformedTree(TreeFlaw::ShortHash),
            ["malformed-tree", "no-hash"] => Self::MalformedTree(TreeFlaw::NoHash),
            ["odd-tree", "plus"] => Self::OddTree(TreeForm::Plus),
            ["odd-tree", "extra-line"] => Self::OddTree(TreeForm::ExtraLine),
            ["missing-signature"] => Self::MissingSignature,
            ["foreign-key"] => Self::ForeignKey,
            ["other-name"] => Self::OtherName,
            ["other-text"] => Self::OtherText,
            ["two-signatures", "witness"] => Self::TwoSignatures(Second::Witness),
            ["two-signatures", "again"] => Self::TwoSignatures(Second::Again),
            ["two-signatures", "good-bad"] => Self::TwoSignatures(Second::GoodBad),
            ["two-signatures", "bad-good"] => Self::TwoSignatures(Second::BadGood),
            ["malformed-note", "crlf"] => Self::MalformedNote(NoteFlaw::CarriageReturns),
            ["malformed-note", "nul"] => Self::MalformedNote(NoteFlaw::Nul),
            ["malformed-note", "binary"] => Self::MalformedNote(NoteFlaw::Binary),
            ["malformed-note", "no-blank-line"] => Self::MalformedNote(NoteFlaw::NoBlankLine),
            ["malformed-note", "trailing"] => Self::MalformedNote(NoteFlaw::Trailing),
            ["malformed-note", "signatures"] => Self::MalformedNote(NoteFlaw::Signatures),
            ["bad-tile"] => Self::BadTile,
            ["tile-size", "empty"] => Self::TileSize(TileFlaw::Empty),
            ["tile-size", "short"] => Self::TileSize(TileFlaw::Short),
            ["tile-size", "long"] => Self::TileSize(TileFlaw::Long),
            ["other-tiles"] => Self::OtherTiles,
            ["partial-tiles-gone"] => Self::PartialTilesGone,
            ["huge-answer", "lookups"] => Self::HugeAnswer(Part::Lookups),
            ["huge-answer", "tiles"] => Self::HugeAnswer(Part::Tiles),
            _ => return Err(format!("unknown lie {:?}", words.join(" "))),
        })
    }
}

impl Extra {
    /// The text of a record with these lines.
    fn added_to(self, record: &Record) -> String {
        let good = &record.text;
        let other_algorithm = good.replace(" h1:", " h2:");
        match self {
            Self::GoodBad => good.clone() + &made_up_record(&record.key, "another content"),
            Self::BadGood => made_up_record(&record.key, "another content") + good,
            Self::Foreign => made_up_record("other.example.com/m@v1.0.0", "foreign") + good,
            Self::UnknownAlgorithm => other_algorithm + good,
            Self::OnlyUnknownAlgorithm => other_algorithm,
        }
    }
}

impl RecordFlaw {
    /// What is sent before the signed tree.
    fn applied_to(self, number: &str, text: &str) -> Vec<u8> {
        let record = format!("{number}\n{text}\n");
        match self {
            Self::NoNewline => format!("{number}\n{}", text.trim_end()).into(),
            Self::BlankLine => format!("{number}\n\n{text}\n").into(),
            Self::NoNumber => format!("\n{text}\n").into(),
            Self::Negative => format!("-{record}").into(),
            Self::Hexadecimal => format!("0x{record}").into(),
            Self::CarriageReturns => record.replace('\n', "\r\n").into(),
            Self::Nul => format!("{number}\n{text}\0\n\n").into(),
            Self::Binary => [number.as_bytes(), b"\n", text.as_bytes(), b"\xff\n\n"].concat(),
            Self::CutOff => record.as_bytes()[..record.len() / 2].to_vec(),
        }
    }
}

impl NoteFlaw {
    /// The note of a text and lines of signatures.
    fn applied_to(self, text: &str, signatures: &str) -> Vec<u8> {
        let note = format!("{text}\n{signatures}");
        match self {
            Self::CarriageReturns => note.replace('\n', "\r\n").into(),
            Self::Nul => format!("{text}\0\n\n{signatures}").into(),
            Self::Binary => [text.as_bytes(), b"\xff\n\n", signatures.as_bytes()].concat(),
            Self::NoBlankLine => format!("{text}{signatures}").into(),
            Self::Trailing => format!("{note}and more\n").into(),
            Self::Signatures => format!("{text}\n{}", signatures.repeat(1000)).into(),
        }
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

/// A key that no client was told of.
fn stranger() -> SigningKey {
    SigningKey::from_bytes(&[9; 32])
}

/// The line with the signature of a text.
fn signature(key: &SigningKey, name: &str, text: &str) -> String {
    let mut bytes = key_hash(name, &encoded_public_key(key)).to_vec();
    bytes.extend(key.sign(text.as_bytes()).to_bytes());
    format!("\u{2014} {name} {}\n", STANDARD.encode(bytes))
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
