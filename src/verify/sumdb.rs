//! The checksum database client: looks up go.sum lines and believes none that the
//! database's signed, append-only log does not hold.
//!
//! A look-up answers a numbered record and a signed tree. The tree must lie on one
//! timeline with the newest tree ever seen, which is remembered across runs, and the
//! record must be in it; tiles of hashes prove both. A database that shows different
//! logs to different people, or at different times, is found out by the first rule.
//!
//! The client does no I/O: [`SumdbOperations`] performs what it asks for. Only proven
//! data is handed back to be cached, under the names and in the form of the go command.
//!
//! Source: golang.org/x/mod/sumdb/client.go; golang.org/design/25530-sumdb; ref/mod#checksum-database.

use std::collections::HashSet;
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::join_all;

use super::note::{NoteError, Verifier};
use super::once::{Flight, OnceMap};
use super::tile::{ProvenTiles, Tile, TileError};
use super::tlog::{self, Hash, InvalidTree, MalformedRecord, Record, Tree};
use crate::spec::path::{self, InvalidPath};
use crate::spec::version::InvalidVersion;

#[cfg(test)]
mod tests;

/// Whether [`SumdbOperations::write_latest`] took place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WriteOutcome {
    /// The new tree is now the remembered one.
    Written,
    /// Another process has replaced the old one in between; nothing was written.
    Conflict,
}

/// What the client needs of the world. Methods are called concurrently.
pub trait SumdbOperations: Send + Sync + 'static {
    /// Why an operation failed. Callers of the client find it again by
    /// [`SumdbError::operation`].
    type Error: Error + Send + Sync + 'static;

    /// Fetches `path`, which begins with `/lookup/` or `/tile/` and is escaped, from the
    /// database. Any answer but success is an error.
    fn read_remote(&self, path: &str) -> impl Future<Output = Result<Bytes, Self::Error>> + Send;

    /// Reads the remembered signed tree; empty where there is none yet.
    fn read_latest(&self) -> impl Future<Output = Result<Vec<u8>, Self::Error>> + Send;

    /// Replaces the remembered signed tree in one step, provided that it still is `old`.
    fn write_latest(
        &self,
        old: &[u8],
        new: &[u8],
    ) -> impl Future<Output = Result<WriteOutcome, Self::Error>> + Send;

    /// Reads a cached file, `NAME/lookup/PATH@VERSION` or `NAME/tile/8/…`. What cannot be
    /// read, or is empty, is `None`: the client then asks the database.
    fn read_cache(&self, file: &str) -> impl Future<Output = Option<Vec<u8>>> + Send;

    /// Caches a file of proven data. A cache that cannot be written is no error.
    fn write_cache(&self, file: &str, data: &[u8]) -> impl Future<Output = ()> + Send;
}

/// Why a look-up failed. The go command puts `PATH@VERSION: ` before all of these texts
/// but a fork's report, which it prints alone.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SumdbError {
    /// The module path has no place in the database.
    #[error(transparent)]
    Path(#[from] InvalidPath),
    /// The version has no place in the database.
    #[error(transparent)]
    Version(#[from] InvalidVersion),
    /// An operation failed.
    #[error(transparent)]
    Operation(Arc<dyn Error + Send + Sync>),
    /// The remembered tree could not be read or proven.
    #[error("initializing sumdb.Client: {0}")]
    Initializing(Box<SumdbError>),
    /// The signed tree is not one that the database signed.
    #[error("reading tree note: {reason}\nnote:\n{note}")]
    Note {
        /// What is wrong with it.
        reason: NoteError,
        /// The note as received; what is not UTF-8 is replaced.
        note: String,
    },
    /// What the database signed is no tree.
    #[error("reading tree: {reason}\ntree:\n{text}")]
    Tree {
        /// What is wrong with it.
        reason: InvalidTree,
        /// The text that was signed.
        text: String,
    },
    /// The look-up's answer does not begin with a record.
    #[error(transparent)]
    Record(#[from] MalformedRecord),
    /// The tree's size does not allow the record's number.
    #[error("cannot validate record {id} in tree of size {size}")]
    RecordOutsideTree {
        /// The record's number.
        id: u64,
        /// The number of records in the newest tree.
        size: u64,
    },
    /// The log holds another record under this number.
    #[error("cannot authenticate record data in server response")]
    RecordMismatch,
    /// A tile does not prove what it should.
    #[error(transparent)]
    Tile(#[from] TileError),
    /// Two signed trees could not be compared.
    #[error("checking tree#{older}{}: {reason}", against(*.older, *.newer))]
    Comparing {
        /// The size of the older tree.
        older: u64,
        /// The size of the newer tree.
        newer: u64,
        /// Why.
        reason: Box<SumdbError>,
    },
    /// The database has signed two trees of which neither continues the other.
    #[error("{report}")]
    Fork {
        /// Both signed trees and the proof, for all the world to check.
        report: String,
    },
}

fn against(older: u64, newer: u64) -> String {
    if older == newer { String::new() } else { format!(" against tree#{newer}") }
}

impl SumdbError {
    fn operation_failed(error: impl Error + Send + Sync + 'static) -> Self {
        Self::Operation(Arc::new(error))
    }

    /// The failed operation's own error, where that is the cause.
    pub fn operation(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        match self {
            Self::Operation(error) => Some(&**error),
            Self::Initializing(reason) | Self::Comparing { reason, .. } => reason.operation(),
            _ => None,
        }
    }

    /// Whether data arrived and was not what it must be: no reason to try again, nor to
    /// ask elsewhere. The other errors are failed operations and names that have no record.
    pub fn is_security(&self) -> bool {
        match self {
            Self::Path(_) | Self::Version(_) | Self::Operation(_) => false,
            Self::Initializing(reason) | Self::Comparing { reason, .. } => reason.is_security(),
            Self::Note { .. }
            | Self::Tree { .. }
            | Self::Record(_)
            | Self::RecordOutsideTree { .. }
            | Self::RecordMismatch
            | Self::Tile(_)
            | Self::Fork { .. } => true,
        }
    }
}

/// Work on a record or tile; the result, or the error, is kept.
type Flights<K, T> = OnceMap<K, Result<T, SumdbError>>;

/// No data guarded here is left half changed by a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A client of one checksum database. Look-ups may run concurrently: they share the
/// fetches of records and of tiles.
pub struct SumdbClient<O> {
    timeline: Arc<Timeline<O>>,
    started: Flight<Result<(), SumdbError>>,
    records: Flights<String, Arc<str>>,
}

impl<O: SumdbOperations> SumdbClient<O> {
    /// A client of the database that signs with a key. Nothing is read before the first
    /// look-up.
    pub fn new(verifier: Verifier, operations: O) -> Self {
        let timeline = Arc::new(Timeline {
            verifier,
            operations: Arc::new(operations),
            head: Mutex::new(Arc::new(Head::new(Tree::EMPTY, Vec::new()))),
            tiles: Flights::default(),
            saved: Mutex::new(HashSet::new()),
        });
        let started = Arc::clone(&timeline).start().boxed().shared();
        Self { timeline, started, records: Flights::default() }
    }

    /// The database's name.
    pub fn name(&self) -> &str {
        self.timeline.verifier.name()
    }

    /// The go.sum lines, without newlines and in the record's order, for a module version;
    /// for its go.mod alone where the version ends in `/go.mod`. One record serves both.
    ///
    /// Lines of every hash algorithm are returned, and a module that the record does not
    /// mention has none.
    pub async fn lookup(&self, path: &str, version: &str) -> Result<Vec<String>, SumdbError> {
        self.started.clone().await?;
        let module_version = version.strip_suffix("/go.mod").unwrap_or(version);
        let key = format!("{}@{}", path::escape_path(path)?, path::escape_version(module_version)?);
        let fetch = || Arc::clone(&self.timeline).record(format!("/lookup/{key}"));
        let text = self.records.get(key.clone(), fetch).await?;
        let prefix = format!("{path} {version} ");
        Ok(text.lines().filter(|line| line.starts_with(&prefix)).map(str::to_owned).collect())
    }
}

/// A signed tree and what has been proven of it.
struct Head {
    tree: Tree,
    /// The note as signed; empty for the empty tree that nobody signed.
    note: Vec<u8>,
    tiles: Mutex<HeadTiles>,
}

struct HeadTiles {
    proven: ProvenTiles,
    /// Proven tiles not yet handed out to be cached.
    unsaved: Vec<(Tile, Bytes)>,
}

impl Head {
    fn new(tree: Tree, note: Vec<u8>) -> Self {
        let tiles = HeadTiles { proven: ProvenTiles::new(tree), unsaved: Vec::new() };
        Self { tree, note, tiles: Mutex::new(tiles) }
    }
}

/// Where a signed tree lies on the timeline, seen from the newest one known before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moment {
    Past,
    Present,
    Future,
}

#[derive(Clone)]
struct LoadedTile {
    data: Bytes,
    cached: bool,
}

/// The newest tree, to which every other tree seen must be a predecessor.
struct Timeline<O> {
    verifier: Verifier,
    operations: Arc<O>,
    head: Mutex<Arc<Head>>,
    tiles: Flights<Tile, LoadedTile>,
    /// Tiles that need not be cached: they came from there, or have been written.
    saved: Mutex<HashSet<Tile>>,
}

impl<O: SumdbOperations> Timeline<O> {
    fn head(&self) -> Arc<Head> {
        Arc::clone(&lock(&self.head))
    }

    /// Reads the remembered tree and proves it.
    async fn start(self: Arc<Self>) -> Result<(), SumdbError> {
        let started = async {
            let latest = self.operations.read_latest().await;
            self.merge(&latest.map_err(SumdbError::operation_failed)?).await
        };
        started.await.map_err(|error| match error {
            fork @ SumdbError::Fork { .. } => fork,
            error => SumdbError::Initializing(Box::new(error)),
        })
    }

    /// Fetches and proves the text of a record.
    async fn record(self: Arc<Self>, remote: String) -> Result<Arc<str>, SumdbError> {
        let file = format!("{}{remote}", self.verifier.name());
        let (answer, cached) = match self.operations.read_cache(&file).await {
            Some(data) if !data.is_empty() => (Bytes::from(data), true),
            _ => {
                let answer = self.operations.read_remote(&remote).await;
                (answer.map_err(SumdbError::operation_failed)?, false)
            }
        };
        let (record, signed_tree) = Record::parse(&answer)?;
        self.merge(signed_tree).await?;
        self.check_record(&record).await?;
        if !cached {
            self.operations.write_cache(&file, &answer).await;
        }
        Ok(Arc::from(record.text))
    }

    async fn check_record(&self, record: &Record<'_>) -> Result<(), SumdbError> {
        let head = self.head();
        if record.id >= head.tree.size {
            return Err(SumdbError::RecordOutsideTree { id: record.id, size: head.tree.size });
        }
        let index = tlog::stored_hash_index(0, record.id);
        self.load(&head, &[index]).await?;
        let hash = lock(&head.tiles).proven.hash(index)?;
        self.save(&head).await;
        if hash == Hash::of_record(record.text.as_bytes()) {
            Ok(())
        } else {
            Err(SumdbError::RecordMismatch)
        }
    }

    /// Places a signed tree on the timeline and, where it is the newest, has it remembered.
    async fn merge(&self, note: &[u8]) -> Result<(), SumdbError> {
        if self.place(note).await? != Moment::Future {
            return Ok(());
        }
        loop {
            // Another process may have seen a newer tree; ours must agree with that too.
            let latest = self.operations.read_latest().await;
            let latest = latest.map_err(SumdbError::operation_failed)?;
            if self.place(&latest).await? != Moment::Past {
                return Ok(());
            }
            let written = self.operations.write_latest(&latest, &self.head().note).await;
            match written.map_err(SumdbError::operation_failed)? {
                WriteOutcome::Written => return Ok(()),
                WriteOutcome::Conflict => {}
            }
        }
    }

    /// Places a signed tree on the timeline, in memory alone.
    async fn place(&self, note: &[u8]) -> Result<Moment, SumdbError> {
        if note.is_empty() {
            let empty = self.head().tree.size == 0;
            return Ok(if empty { Moment::Present } else { Moment::Past });
        }
        let text = self.verifier.open(note).map_err(|reason| SumdbError::Note {
            reason,
            note: String::from_utf8_lossy(note).into_owned(),
        })?;
        let tree = Tree::parse(text)
            .map_err(|reason| SumdbError::Tree { reason, text: text.to_owned() })?;
        let placed = Arc::new(Head::new(tree, note.to_vec()));
        loop {
            let head = self.head();
            if tree.size <= head.tree.size {
                self.check_trees(&placed, &head).await?;
                let past = tree.size < head.tree.size;
                return Ok(if past { Moment::Past } else { Moment::Present });
            }
            self.check_trees(&head, &placed).await?;
            let mut newest = lock(&self.head);
            if Arc::ptr_eq(&newest, &head) {
                *newest = placed;
                return Ok(Moment::Future);
            }
            // Another look-up has moved the timeline on: judge again from there.
        }
    }

    /// Checks that the newer tree begins with the older one.
    async fn check_trees(&self, older: &Head, newer: &Head) -> Result<(), SumdbError> {
        if older.tree == newer.tree && lock(&newer.tiles).proven.has_root() {
            return Ok(());
        }
        let size = older.tree.size;
        let hash = async {
            if size > 0 {
                self.load(newer, &tlog::tree_indexes(size)).await?;
            }
            let tiles = lock(&newer.tiles);
            Ok(tlog::tree_hash(size, |index| tiles.proven.hash(index))?)
        };
        let hash = hash.await.map_err(|reason| SumdbError::Comparing {
            older: size,
            newer: newer.tree.size,
            reason: Box::new(reason),
        })?;
        if hash != older.tree.hash {
            let report = fork_report(older, newer, hash, &lock(&newer.tiles).proven);
            return Err(SumdbError::Fork { report });
        }
        self.save(newer).await;
        Ok(())
    }

    /// Fetches and proves the tiles that the stored hashes of `indexes` still need.
    async fn load(&self, head: &Head, indexes: &[u64]) -> Result<(), SumdbError> {
        let missing = lock(&head.tiles).proven.missing(indexes)?;
        if missing.is_empty() {
            return Ok(());
        }
        let flights = missing.iter().map(|&tile| {
            self.tiles.get(tile, || {
                let name = self.verifier.name().to_owned();
                load_tile(Arc::clone(&self.operations), name, tile)
            })
        });
        // All are awaited, so that the error does not depend on which fails first.
        let mut loaded = Vec::with_capacity(missing.len());
        for (&tile, result) in missing.iter().zip(join_all(flights).await) {
            let LoadedTile { data, cached } = result?;
            if cached {
                lock(&self.saved).insert(tile);
            }
            loaded.push((tile, data));
        }
        let mut tiles = lock(&head.tiles);
        tiles.proven.supply(&loaded)?;
        tiles.unsaved.append(&mut loaded);
        Ok(())
    }

    /// Caches what has been proven of a tree that lies on the timeline.
    async fn save(&self, head: &Head) {
        let unsaved = std::mem::take(&mut lock(&head.tiles).unsaved);
        for (tile, data) in unsaved {
            if lock(&self.saved).insert(tile) {
                let file = format!("{}/{tile}", self.verifier.name());
                self.operations.write_cache(&file, &data).await;
            }
        }
    }
}

/// Reads a tile from the cache or the database. A database need not keep a partial tile
/// once it has the full one, of which the partial one is the beginning.
async fn load_tile<O: SumdbOperations>(
    operations: Arc<O>,
    name: String,
    tile: Tile,
) -> Result<LoadedTile, SumdbError> {
    let full = tile.full();
    let beginning =
        |data: Bytes| if data.len() == full.size() { data.slice(..tile.size()) } else { data };

    // A cached tile of the wrong length was cut off while it was written.
    let cached = |data: Vec<u8>, of: Tile| (data.len() == of.size()).then(|| Bytes::from(data));
    let file = format!("{name}/{tile}");
    if let Some(data) = operations.read_cache(&file).await.and_then(|data| cached(data, tile)) {
        return Ok(LoadedTile { data, cached: true });
    }
    if tile.is_partial() {
        let file = format!("{name}/{full}");
        if let Some(data) = operations.read_cache(&file).await.and_then(|data| cached(data, full)) {
            return Ok(LoadedTile { data: beginning(data), cached: true });
        }
    }
    let error = match operations.read_remote(&format!("/{tile}")).await {
        Ok(data) => return Ok(LoadedTile { data, cached: false }),
        Err(error) => error,
    };
    if tile.is_partial()
        && let Ok(data) = operations.read_remote(&format!("/{full}")).await
    {
        // The rest of the full tile is not proven by this, so only the beginning is cached.
        return Ok(LoadedTile { data: beginning(data), cached: false });
    }
    Err(SumdbError::operation_failed(error))
}

/// The report on a fork: both notes, and the proof that the newer tree begins with a tree
/// of the older one's size whose hash is not `hash` but the older note's.
///
/// The proof's hashes stand in tiles that `hash` was computed from, so it can be made now,
/// whatever the database answers from here on.
fn fork_report(older: &Head, newer: &Head, hash: Hash, tiles: &ProvenTiles) -> String {
    let indented = |note: &[u8]| String::from_utf8_lossy(note).replace('\n', "\n\t");
    let mut report = format!(
        "SECURITY ERROR\n\
         go.sum database server misbehavior detected!\n\n\
         old database:\n\t{}\n\
         new database:\n\t{}\n\
         proof of misbehavior:\n\t{hash}",
        indented(&older.note),
        indented(&newer.note),
    );
    let (size, older_size) = (newer.tree.size, older.tree.size);
    match tlog::prove_tree(size, older_size, |index| tiles.hash(index)) {
        Err(error) => report += &format!("\tinternal error: {error}\n"),
        Ok(proof) => {
            if tlog::check_tree(&proof, size, newer.tree.hash, older_size, hash).is_err() {
                report += "\tinternal error: generated inconsistent proof\n";
            } else {
                report.extend(proof.iter().map(|hash| format!("\n\t{hash}")));
            }
        }
    }
    report
}
