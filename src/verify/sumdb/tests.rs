//! The client against a database in memory, honest or lying in one way at a time.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;
use tokio::task::JoinSet;

use super::super::note::Signer;
use super::super::tile::FULL_WIDTH;
use super::super::tlog::tests::Log;
use super::*;

const NAME: &str = "sum.example.com";

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}: 404 Not Found")]
struct NotFound(String);

/// The database and the disk of one user.
struct World {
    signer: Signer,
    log: Log,
    records: Vec<String>,
    /// The size of the tree that look-ups answer.
    signed_size: u64,
    /// What is answered in place of the truth, by path; nothing stands for not found.
    lies: Mutex<HashMap<String, Option<Vec<u8>>>>,
    offline: AtomicBool,
    requests: Mutex<Vec<String>>,
    cache: Mutex<BTreeMap<String, Vec<u8>>>,
    latest: Mutex<Vec<u8>>,
    /// What other processes write to `latest` just before this one does, last first.
    rivals: Mutex<Vec<Vec<u8>>>,
}

fn record_text(n: u64, seed: &str) -> String {
    let module = format!("example.com/m{n} v1.0.0");
    format!("{module} h1:zip{n}{seed}=\n{module}/go.mod h1:mod{n}{seed}=\n")
}

fn module(n: u64) -> String {
    format!("example.com/m{n}")
}

fn lookup_path(n: u64) -> String {
    format!("/lookup/example.com/m{n}@v1.0.0")
}

impl World {
    fn new(size: u64) -> Self {
        Self::forked(size, size)
    }

    /// A database whose records differ from those of others from number `fork` on.
    fn forked(size: u64, fork: u64) -> Self {
        let text = |n| record_text(n, if n < fork { "" } else { "fork" });
        Self::with_records((0..size).map(text).collect())
    }

    fn with_records(records: Vec<String>) -> Self {
        Self {
            signer: Signer::from_seed(NAME, &[1; 32]).unwrap(),
            log: Log::new(&records),
            signed_size: records.len() as u64,
            records,
            lies: Mutex::default(),
            offline: AtomicBool::new(false),
            requests: Mutex::default(),
            cache: Mutex::default(),
            latest: Mutex::default(),
            rivals: Mutex::default(),
        }
    }

    /// The same disk, with another database behind it.
    fn with_disk_of(self, other: &Self) -> Self {
        *lock(&self.cache) = lock(&other.cache).clone();
        *lock(&self.latest) = lock(&other.latest).clone();
        self
    }

    fn signed(&self, size: u64) -> Vec<u8> {
        self.sign(self.log.tree(size))
    }

    fn sign(&self, tree: Tree) -> Vec<u8> {
        self.signer.sign(&tree.to_string()).unwrap().into()
    }

    fn answer(&self, n: u64, signed_tree: &[u8]) -> Vec<u8> {
        let record = Record { id: n, text: &self.records[n as usize] };
        [record.format().unwrap().as_bytes(), signed_tree].concat()
    }

    fn lie(&self, path: &str, answer: impl Into<Vec<u8>>) {
        lock(&self.lies).insert(path.to_owned(), Some(answer.into()));
    }

    fn lose(&self, path: &str) {
        lock(&self.lies).insert(path.to_owned(), None);
    }

    fn tile(&self, path: &str) -> Vec<u8> {
        let Ok(data) = Tile::parse(path).unwrap().data(|index| self.log.read(index));
        data
    }

    fn truth(&self, path: &str) -> Option<Vec<u8>> {
        if let Some(module) = path.strip_prefix("/lookup/example.com/m") {
            let n = module.strip_suffix("@v1.0.0")?.parse().ok()?;
            (n < self.log.size).then(|| self.answer(n, &self.signed(self.signed_size)))
        } else {
            let tile = Tile::parse(path.strip_prefix('/')?).unwrap();
            let last = tile.number * u64::from(FULL_WIDTH) + u64::from(tile.width);
            let exists = last <= self.log.size.checked_shr(8 * tile.level).unwrap_or(0);
            exists.then(|| self.tile(&tile.to_string()))
        }
    }

    fn requests(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.requests))
    }

    fn cached(&self) -> Vec<String> {
        lock(&self.cache).keys().cloned().collect()
    }

    fn latest(&self) -> Vec<u8> {
        lock(&self.latest).clone()
    }

    fn client(self: &Arc<Self>) -> SumdbClient<Arc<Self>> {
        SumdbClient::new(Verifier::parse(&self.signer.verifier_key()).unwrap(), Arc::clone(self))
    }

    /// Looks a module up as a new process would.
    async fn lookup(self: &Arc<Self>, n: u64) -> Result<Vec<String>, SumdbError> {
        self.client().lookup(&module(n), "v1.0.0").await
    }

    async fn failure(self: &Arc<Self>, n: u64) -> SumdbError {
        self.lookup(n).await.expect_err("the lie was believed")
    }
}

impl SumdbOperations for Arc<World> {
    type Error = NotFound;

    async fn read_remote(&self, path: &str) -> Result<Bytes, NotFound> {
        lock(&self.requests).push(path.to_owned());
        tokio::task::yield_now().await;
        let lie = lock(&self.lies).get(path).cloned();
        let answer = lie.unwrap_or_else(|| self.truth(path));
        let answer = answer.filter(|_| !self.offline.load(Ordering::Relaxed));
        answer.map(Bytes::from).ok_or_else(|| NotFound(path.to_owned()))
    }

    async fn read_latest(&self) -> Result<Vec<u8>, NotFound> {
        tokio::task::yield_now().await;
        Ok(self.latest())
    }

    async fn write_latest(&self, old: &[u8], new: &[u8]) -> Result<WriteOutcome, NotFound> {
        if let Some(rival) = lock(&self.rivals).pop() {
            *lock(&self.latest) = rival;
        }
        let mut latest = lock(&self.latest);
        if *latest != old {
            return Ok(WriteOutcome::Conflict);
        }
        *latest = new.to_vec();
        Ok(WriteOutcome::Written)
    }

    async fn read_cache(&self, file: &str) -> Option<Vec<u8>> {
        lock(&self.cache).get(file).cloned()
    }

    async fn write_cache(&self, file: &str, data: &[u8]) {
        assert!(!self.offline.load(Ordering::Relaxed), "{file} came from the cache");
        lock(&self.cache).insert(file.to_owned(), data.to_vec());
    }
}

fn lines(n: u64) -> Vec<String> {
    vec![format!("{} v1.0.0 h1:zip{n}=", module(n))]
}

#[tokio::test]
async fn one_record_serves_zip_and_go_mod_and_later_runs() {
    let world = Arc::new(World::new(600));
    let client = world.client();
    assert_eq!(client.name(), NAME);
    assert_eq!(world.requests(), [""; 0], "asked before the first look-up");
    assert_eq!(client.lookup("example.com/m3", "v1.0.0").await.unwrap(), lines(3));
    let go_mod = client.lookup("example.com/m3", "v1.0.0/go.mod").await.unwrap();
    assert_eq!(go_mod, ["example.com/m3 v1.0.0/go.mod h1:mod3="]);

    let path = lookup_path(3);
    let tiles = ["/tile/8/1/000.p/2", "/tile/8/0/002.p/88", "/tile/8/0/000"];
    assert_eq!(world.requests(), [&[&*path][..], &tiles].concat());
    let mut cached = [path.as_str()]
        .into_iter()
        .chain(tiles)
        .map(|path| NAME.to_owned() + path)
        .collect::<Vec<_>>();
    cached.sort();
    assert_eq!(world.cached(), cached);
    for (file, data) in &*lock(&world.cache) {
        assert_eq!(Some(data), world.truth(&file[NAME.len()..]).as_ref(), "{file}");
    }
    assert_eq!(world.latest(), world.signed(600));

    world.offline.store(true, Ordering::Relaxed);
    assert_eq!(world.lookup(3).await.unwrap(), lines(3));
    assert_eq!(world.requests(), [""; 0]);
}

#[tokio::test]
async fn capital_letters_are_escaped_and_bad_names_never_asked_for() {
    let mut records: Vec<String> = (0..5).map(|n| record_text(n, "")).collect();
    records[2] = "example.com/M v1.0.0-RC h1:x=\n".into();
    let world = Arc::new(World::with_records(records));
    world.lie("/lookup/example.com/!m@v1.0.0-!r!c", world.answer(2, &world.signed(5)));
    let client = world.client();
    let found = client.lookup("example.com/M", "v1.0.0-RC").await.unwrap();
    assert_eq!(found, ["example.com/M v1.0.0-RC h1:x="]);
    world.requests();
    let error = client.lookup("example.com/a b", "v1.0.0").await.unwrap_err();
    assert!(matches!(error, SumdbError::Path(_)) && !error.is_security(), "{error}");
    let error = client.lookup("example.com/a", "v1/2").await.unwrap_err();
    assert!(matches!(error, SumdbError::Version(_)) && !error.is_security(), "{error}");
    assert_eq!(world.requests(), [""; 0]);
}

#[tokio::test]
async fn what_the_database_does_not_have_is_the_operations_error() {
    let world = Arc::new(World::new(5));
    let error = world.failure(9).await;
    assert!(!error.is_security());
    let cause = error.operation().and_then(|error| error.downcast_ref::<NotFound>());
    assert_eq!(cause, Some(&NotFound(lookup_path(9))));
    assert_eq!(error.to_string(), cause.unwrap().to_string());
}

#[tokio::test]
async fn all_lines_with_the_prefix_and_no_others() {
    let mut records: Vec<String> = (0..5).map(|n| record_text(n, "")).collect();
    records[2] = "example.com/m2 v1.0.0 h2:new\nexample.com/m2 v1.0.0 h1:old\n\
                  example.com/m2 v1.0.00 h1:no\nexample.com/m22 v1.0.0 h1:no\n"
        .into();
    records[3] = "something else\n".into();
    let world = Arc::new(World::with_records(records));
    let found = world.lookup(2).await.unwrap();
    assert_eq!(found, ["example.com/m2 v1.0.0 h2:new", "example.com/m2 v1.0.0 h1:old"]);
    assert_eq!(world.lookup(3).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn record_numbers_as_go_reads_integers() {
    for id in ["+150", "0150", "150"] {
        let world = Arc::new(World::new(200));
        let answer = String::from_utf8(world.answer(150, &world.signed(200))).unwrap();
        world.lie(&lookup_path(150), answer.replacen("150", id, 1));
        assert_eq!(world.lookup(150).await.unwrap(), lines(150), "{id}");
    }
    let world = Arc::new(World::new(200));
    world.lie(&lookup_path(0), [b"-", &*world.answer(1, &world.signed(200))].concat());
    assert_eq!(world.failure(0).await.to_string(), "malformed record data");
}

#[tokio::test]
async fn lying_records() {
    for (says, want) in [
        // The log holds another text under this number.
        (record_text(3, "evil"), "cannot authenticate record data in server response"),
        (
            format!("{}x\n", record_text(3, "")),
            "cannot authenticate record data in server response",
        ),
        ("\n".into(), "cannot authenticate record data in server response"),
    ] {
        let world = Arc::new(World::new(600));
        let record = Record { id: 3, text: &says }.format().unwrap();
        world.lie(&lookup_path(3), [record.as_bytes(), &world.signed(600)].concat());
        let error = world.failure(3).await;
        assert!(matches!(error, SumdbError::RecordMismatch) && error.is_security());
        assert_eq!(error.to_string(), want);
        assert!(!world.cached().iter().any(|file| file.contains("lookup")));
    }
    // The right text under another's number.
    let world = Arc::new(World::new(600));
    let record = Record { id: 4, text: &record_text(3, "") }.format().unwrap();
    world.lie(&lookup_path(3), [record.as_bytes(), &world.signed(600)].concat());
    assert!(matches!(world.failure(3).await, SumdbError::RecordMismatch));
    // The record of another module has no lines for this one.
    world.lie(&lookup_path(5), world.answer(6, &world.signed(600)));
    assert_eq!(world.lookup(5).await.unwrap(), [""; 0]);
    // A page of a captive portal.
    world.lie(&lookup_path(7), "<html>\n\n</html>");
    let error = world.failure(7).await;
    assert!(matches!(error, SumdbError::Record(_)) && error.is_security());
}

#[tokio::test]
async fn records_outside_the_tree() {
    let world = Arc::new(World::new(600));
    world.lie(&lookup_path(599), world.answer(599, &world.signed(599)));
    let error = world.failure(599).await;
    assert!(error.is_security());
    assert_eq!(error.to_string(), "cannot validate record 599 in tree of size 599");
    let huge = [b"9223372036854775807\na\n\n", &*world.signed(600)].concat();
    world.lie(&lookup_path(1), huge);
    let want = "cannot validate record 9223372036854775807 in tree of size 600";
    assert_eq!(world.failure(1).await.to_string(), want);
}

#[tokio::test]
async fn an_empty_note_is_the_empty_tree() {
    let world = Arc::new(World::new(600));
    world.lie(&lookup_path(3), world.answer(3, b""));
    let error = world.failure(3).await;
    assert_eq!(error.to_string(), "cannot validate record 3 in tree of size 0");
    // Once a tree is known, the record is judged by that.
    world.lookup(4).await.unwrap();
    assert_eq!(world.lookup(3).await.unwrap(), lines(3));
    // So it is where the empty tree is signed.
    world.lie(&lookup_path(5), world.answer(5, &world.signed(0)));
    assert_eq!(world.lookup(5).await.unwrap(), lines(5));
}

#[tokio::test]
async fn signatures() {
    let world = Arc::new(World::new(600));
    let text = world.log.tree(600).to_string();
    let stranger = Signer::from_seed("other.example.com", &[1; 32]).unwrap();
    let impostor = Signer::from_seed(NAME, &[2; 32]).unwrap();
    let ours = world.signer.signature_line(&text);
    let both = format!("{text}\n{}\n{ours}\n", stranger.signature_line(&text));
    world.lie(&lookup_path(1), world.answer(1, both.as_bytes()));
    assert_eq!(world.lookup(1).await.unwrap(), lines(1));

    let other_tree = world.signer.signature_line(&world.log.tree(599).to_string());
    let hash = world.signer.verifier_key()[NAME.len() + 1..][..8].to_owned();
    for (note, reason) in [
        (stranger.sign(&text).unwrap(), "note has no verifiable signatures".to_owned()),
        (impostor.sign(&text).unwrap(), "note has no verifiable signatures".to_owned()),
        (text.clone(), "malformed note".to_owned()),
        (format!("{text}\n{other_tree}\n"), format!("invalid signature for key {NAME}+{hash}")),
    ] {
        world.lie(&lookup_path(2), world.answer(2, note.as_bytes()));
        let error = world.failure(2).await;
        assert!(error.is_security());
        assert_eq!(error.to_string(), format!("reading tree note: {reason}\nnote:\n{note}"));
    }
    assert!(!world.cached().iter().any(|file| file.contains("lookup/example.com/m2@")));
}

#[tokio::test]
async fn trees_that_no_log_can_have() {
    let world = Arc::new(World::new(600));
    let hash = world.log.tree(600).hash;
    for size in [1 << 62, (1 << 63) - 1] {
        let tree = Tree { size, hash };
        world.lie(&lookup_path(1), world.answer(1, &world.sign(tree)));
        world.requests();
        let error = world.failure(1).await;
        assert!(error.is_security());
        let want = format!("reading tree: tree of size {size} is too large\ntree:\n{tree}");
        assert_eq!(error.to_string(), want);
        assert_eq!(world.requests(), [lookup_path(1)]);
    }
    let odd = world.signer.sign("go.sum database tree v2\n1\n\n").unwrap();
    world.lie(&lookup_path(1), world.answer(1, odd.as_bytes()));
    let want = "reading tree: malformed tree note\ntree:\ngo.sum database tree v2\n1\n\n";
    assert_eq!(world.failure(1).await.to_string(), want);
    // The largest that could be is asked for its few tiles, which are not there.
    let tree = Tree { size: (1 << 62) - 1, hash };
    world.lie(&lookup_path(1), world.answer(1, &world.sign(tree)));
    world.requests();
    let error = world.failure(1).await;
    assert!(error.operation().is_some(), "{error}");
    assert!(world.requests().len() < 50);
}

#[tokio::test]
async fn older_trees_on_the_timeline_are_accepted() {
    let world = World { signed_size: 500, ..World::new(600) };
    world.lie(&lookup_path(3), world.answer(3, &world.signed(600)));
    let world = Arc::new(world);
    assert_eq!(world.lookup(3).await.unwrap(), lines(3));
    assert_eq!(world.latest(), world.signed(600));
    // Here the database rolls back, in this run and in the next.
    let client = world.client();
    assert_eq!(client.lookup("example.com/m3", "v1.0.0").await.unwrap(), lines(3));
    assert_eq!(client.lookup("example.com/m4", "v1.0.0").await.unwrap(), lines(4));
    assert_eq!(world.lookup(5).await.unwrap(), lines(5));
    // A record newer than the tree that came with it, but not than the one known.
    assert_eq!(world.lookup(550).await.unwrap(), lines(550));
    assert_eq!(world.latest(), world.signed(600));
}

#[tokio::test]
async fn the_timeline_moves_on() {
    let old = Arc::new(World::new(300));
    old.lookup(3).await.unwrap();
    let new = Arc::new(World::new(900).with_disk_of(&old));
    assert_eq!(new.lookup(800).await.unwrap(), lines(800));
    assert_eq!(new.latest(), new.signed(900));
}

/// The report that a fork must yield, from the whole logs.
fn expected_report(old: &World, old_size: u64, new: &World, new_size: u64) -> String {
    let proof = tlog::prove_tree(new_size, old_size, |index| new.log.read(index)).unwrap();
    let (old_tree, new_tree) = (old.log.tree(old_size), new.log.tree(new_size));
    let implied = new.log.tree(old_size).hash;
    tlog::check_tree(&proof, new_size, new_tree.hash, old_size, implied).unwrap();
    assert_ne!(implied, old_tree.hash);
    let note = |world: &World, tree: Tree| {
        let line = world.signer.signature_line(&tree.to_string());
        format!("\tgo.sum database tree\n\t{}\n\t{}\n\t\n\t{line}\n\t\n", tree.size, tree.hash)
    };
    let hashes: String = proof.iter().map(|hash| format!("\n\t{hash}")).collect();
    format!(
        "SECURITY ERROR\ngo.sum database server misbehavior detected!\n\nold database:\n{}\
         new database:\n{}proof of misbehavior:\n\t{implied}{hashes}",
        note(old, old_tree),
        note(new, new_tree),
    )
}

/// Fails with the report on a fork, which is not dressed up, and changes nothing on disk.
async fn assert_forks(world: &Arc<World>, n: u64, report: &str) {
    let disk = || (lock(&world.cache).clone(), world.latest());
    let before = disk();
    for _ in 0..2 {
        let error = world.failure(n).await;
        assert!(matches!(error, SumdbError::Fork { .. }) && error.is_security(), "{error}");
        assert_eq!(error.to_string(), report);
        assert!(disk() == before, "the disk has changed");
    }
}

#[tokio::test]
async fn a_fork_in_tiles_not_seen_before() {
    for (old_size, new_size) in [(300, 900), (256, 600), (1, 2), (255, 256)] {
        let old = Arc::new(World::new(old_size));
        old.lookup(0).await.unwrap();
        let new = Arc::new(World::forked(new_size, old_size - 1).with_disk_of(&old));
        let report = expected_report(&old, old_size, &new, new_size);
        assert_forks(&new, new_size - 1, &report).await;
    }
}

#[tokio::test]
async fn a_fork_of_the_same_or_a_smaller_size() {
    for (known_size, forked_size) in [(600, 600), (900, 300), (900, 512)] {
        let world = Arc::new(World::new(known_size));
        let fork = World::forked(forked_size, forked_size - 1);
        world.lie(&lookup_path(4), world.answer(4, &fork.signed(forked_size)));
        let report = expected_report(&fork, forked_size, &world, known_size);

        let client = world.client();
        client.lookup(&module(3), "v1.0.0").await.unwrap();
        let error = client.lookup(&module(4), "v1.0.0").await.unwrap_err();
        assert_eq!(error.to_string(), report);
        assert_forks(&world, 4, &report).await;
    }
}

#[tokio::test]
async fn a_fork_between_concurrent_look_ups() {
    for fork_first in [true, false] {
        let world = Arc::new(World { signed_size: 300, ..World::new(600) });
        let client = world.client();
        client.lookup(&module(0), "v1.0.0").await.unwrap();
        // Both trees continue the known one, but not each other.
        let fork = World::forked(700, 550);
        world.lie(&lookup_path(1), world.answer(1, &world.signed(600)));
        world.lie(&lookup_path(2), world.answer(2, &fork.signed(700)));
        world.lie("/tile/8/0/002.p/188", fork.tile("tile/8/0/002.p/188"));
        let (first, second) = if fork_first { (2, 1) } else { (1, 2) };
        let (first, second) = (module(first), module(second));
        let both = [client.lookup(&first, "v1.0.0"), client.lookup(&second, "v1.0.0")];
        let errors: Vec<_> = join_all(both).await.into_iter().filter_map(Result::err).collect();
        assert!(!errors.is_empty(), "two forks were believed");
        for error in errors {
            assert_eq!(error.to_string(), expected_report(&world, 600, &fork, 700));
        }
    }
}

#[tokio::test]
async fn a_fork_that_another_process_remembered() {
    let world = Arc::new(World::new(600));
    let fork = World::forked(500, 400);
    lock(&world.rivals).push(fork.signed(500));
    let error = world.failure(3).await;
    assert_eq!(error.to_string(), expected_report(&fork, 500, &world, 600));
    assert_eq!(world.latest(), fork.signed(500));
}

#[tokio::test]
async fn a_fork_of_the_empty_tree_has_no_proof() {
    let world = Arc::new(World::new(600));
    let tree = Tree { size: 0, hash: world.log.tree(600).hash };
    world.lie(&lookup_path(3), world.answer(3, &world.sign(tree)));
    world.lookup(4).await.unwrap();
    let error = world.failure(3).await.to_string();
    assert!(error.starts_with("SECURITY ERROR\n"), "{error}");
    assert!(error.ends_with("\tinternal error: tlog: invalid inputs in proof\n"), "{error}");
    // Remembered, it is found at the start, and still reported as a fork is.
    *lock(&world.latest) = world.sign(tree);
    let error = world.failure(4).await;
    assert!(matches!(error, SumdbError::Fork { .. }), "{error}");
}

#[tokio::test]
async fn a_fork_in_tiles_seen_before_is_an_inconsistent_tile() {
    let old = Arc::new(World::new(520));
    old.lookup(0).await.unwrap();
    let new = Arc::new(World::forked(530, 100).with_disk_of(&old));
    let error = new.failure(525).await;
    assert!(error.is_security());
    let want = "checking tree#520 against tree#530: downloaded inconsistent tile";
    assert_eq!(error.to_string(), want);
    assert_eq!(new.latest(), old.signed(520));

    // Without a cache, the remembered tree itself cannot be proven.
    lock(&new.cache).clear();
    let error = new.failure(525).await;
    assert!(error.is_security());
    let want = "initializing sumdb.Client: checking tree#520: downloaded inconsistent tile";
    assert_eq!(error.to_string(), want);
    assert_eq!(new.cached(), [""; 0]);
}

#[tokio::test]
async fn a_remembered_tree_must_be_one() {
    let world = Arc::new(World::new(600));
    *lock(&world.latest) = b"junk".to_vec();
    let error = world.failure(3).await;
    assert!(error.is_security());
    let want = "initializing sumdb.Client: reading tree note: malformed note\nnote:\njunk";
    assert_eq!(error.to_string(), want);
    assert_eq!(world.latest(), b"junk");
    // It is proven from tiles at every start, before anything else is asked for.
    *lock(&world.latest) = world.signed(600);
    world.requests();
    world.lose("/tile/8/0/002.p/88");
    world.lose("/tile/8/0/002");
    let error = world.failure(3).await;
    assert!(error.operation().is_some() && !error.is_security());
    let want = "initializing sumdb.Client: checking tree#600: /tile/8/0/002.p/88: 404 Not Found";
    assert_eq!(error.to_string(), want);
    assert!(!world.requests().iter().any(|path| path.contains("lookup")));
}

#[tokio::test]
async fn latest_is_compared_and_swapped() {
    // Others were there first, with an older tree and then with a newer one.
    let world = Arc::new(World::new(600));
    lock(&world.rivals).extend([world.signed(200), world.signed(100)]);
    assert_eq!(world.lookup(3).await.unwrap(), lines(3));
    assert_eq!(world.latest(), world.signed(600));

    let world = Arc::new(World { signed_size: 500, ..World::new(600) });
    lock(&world.rivals).push(world.signed(600));
    let client = world.client();
    assert_eq!(client.lookup(&module(3), "v1.0.0").await.unwrap(), lines(3));
    assert_eq!(world.latest(), world.signed(600));
    // The newer tree is now this client's too.
    assert_eq!(client.lookup(&module(550), "v1.0.0").await.unwrap(), lines(550));
}

#[tokio::test]
async fn lying_tiles() {
    for path in ["tile/8/1/000.p/2", "tile/8/0/002.p/88", "tile/8/0/000"] {
        let good = World::new(600).tile(path);
        let mut flipped = good.clone();
        flipped[40] ^= 1;
        let short = good[..good.len() - 1].to_vec();
        let size = good.len();
        for (lie, want) in [
            (flipped, "downloaded inconsistent tile".to_owned()),
            (short, format!("{path} has {} bytes, not {size}", size - 1)),
            (vec![], format!("{path} has 0 bytes, not {size}")),
            ([&*good, b"x"].concat(), format!("{path} has {} bytes, not {size}", size + 1)),
        ] {
            let world = Arc::new(World::new(600));
            world.lie(&format!("/{path}"), lie);
            let error = world.failure(3).await;
            assert!(error.is_security());
            assert_eq!(error.to_string(), want);
            assert_eq!(world.cached(), [""; 0]);
        }
    }
}

#[tokio::test]
async fn a_partial_tile_is_cut_from_the_full_one() {
    let world = Arc::new(World { signed_size: 300, ..World::new(600) });
    world.lose("/tile/8/0/001.p/44");
    assert_eq!(world.lookup(3).await.unwrap(), lines(3));
    // Only what is proven is cached.
    assert_eq!(
        lock(&world.cache)["sum.example.com/tile/8/0/001.p/44"],
        world.tile("tile/8/0/001.p/44")
    );
    assert!(!lock(&world.cache).contains_key("sum.example.com/tile/8/0/001"));
    // A full tile in the cache serves as well, and no part of it is written again.
    lock(&world.cache).retain(|file, _| !file.contains("/tile/8/0/"));
    let full = world.tile("tile/8/0/001");
    lock(&world.cache).insert("sum.example.com/tile/8/0/001".into(), full);
    world.requests();
    assert_eq!(world.lookup(4).await.unwrap(), lines(4));
    assert_eq!(world.requests(), [lookup_path(4).as_str(), "/tile/8/0/000"]);
    assert!(!lock(&world.cache).contains_key("sum.example.com/tile/8/0/001.p/44"));

    // Neither is there: the error is that of the tile that was wanted.
    let world = Arc::new(World { signed_size: 300, ..World::new(600) });
    world.lose("/tile/8/0/001.p/44");
    world.lose("/tile/8/0/001");
    let error = world.failure(3).await;
    assert!(error.operation().is_some());
    assert_eq!(error.to_string(), "/tile/8/0/001.p/44: 404 Not Found");
    // The full one lies.
    lock(&world.latest).clear();
    let mut lie = world.tile("tile/8/0/001");
    lie[0] ^= 1;
    world.lie("/tile/8/0/001", lie);
    assert_eq!(world.failure(3).await.to_string(), "downloaded inconsistent tile");
    lock(&world.latest).clear();
    world.lie("/tile/8/0/001", "not found");
    assert_eq!(world.failure(3).await.to_string(), "tile/8/0/001.p/44 has 9 bytes, not 1408");
    assert_eq!(world.cached(), [""; 0]);
}

#[tokio::test]
async fn damaged_caches() {
    let world = Arc::new(World::new(600));
    world.lookup(3).await.unwrap();
    let whole = lock(&world.cache).clone();
    // What was cut off while it was written is fetched again.
    for file in whole.keys() {
        lock(&world.cache).insert(file.clone(), vec![]);
        assert_eq!(world.lookup(3).await.unwrap(), lines(3), "{file}");
        assert!(*lock(&world.cache) == whole, "{file} was not repaired");
        if file.contains("/tile/") {
            lock(&world.cache).insert(file.clone(), vec![1; 31]);
            assert_eq!(world.lookup(3).await.unwrap(), lines(3), "{file}");
            assert!(*lock(&world.cache) == whole, "{file} was not repaired");
        }
    }
    // What was changed is not believed.
    for (file, data) in &whole {
        let mut changed = data.clone();
        changed[5] ^= 1;
        lock(&world.cache).insert(file.clone(), changed);
        assert!(world.failure(3).await.is_security(), "{file}");
        lock(&world.cache).insert(file.clone(), data.clone());
    }
}

#[tokio::test]
async fn concurrent_look_ups_share_their_fetches() {
    let world = Arc::new(World { signed_size: 600, ..World::new(900) });
    // Some are told of a newer tree.
    for n in (0..100).step_by(7) {
        world.lie(&lookup_path(n), world.answer(n, &world.signed(900)));
    }
    let client = Arc::new(world.client());
    let mut tasks = JoinSet::new();
    for n in 0..100 {
        for version in ["v1.0.0", "v1.0.0/go.mod"] {
            let client = Arc::clone(&client);
            tasks.spawn(async move { client.lookup(&module(n), version).await });
        }
    }
    while let Some(found) = tasks.join_next().await {
        assert_eq!(found.unwrap().unwrap().len(), 1);
    }
    let mut requests = world.requests();
    let total = requests.len();
    requests.sort();
    requests.dedup();
    assert_eq!(requests.len(), total, "something was fetched twice");
    assert_eq!(requests.iter().filter(|path| path.contains("lookup")).count(), 100);
    assert_eq!(world.latest(), world.signed(900));
}

#[tokio::test]
async fn an_older_tree_does_not_replace_one_that_arrived_meanwhile() {
    let world = Arc::new(World { signed_size: 300, ..World::new(900) });
    let client = world.client();
    client.lookup(&module(0), "v1.0.0").await.unwrap();
    world.lie(&lookup_path(800), world.answer(800, &world.signed(900)));
    world.lie(&lookup_path(1), world.answer(1, &world.signed(600)));
    let (newer, older) = (module(800), module(1));
    let found = join_all([client.lookup(&newer, "v1.0.0"), client.lookup(&older, "v1.0.0")]).await;
    assert_eq!(found[0].as_ref().unwrap(), &lines(800));
    assert_eq!(found[1].as_ref().unwrap(), &lines(1));
    assert_eq!(world.latest(), world.signed(900));
}

#[tokio::test]
async fn failures_are_shared_too() {
    let world = Arc::new(World::new(600));
    world.lose("/tile/8/1/000.p/2");
    world.lose("/tile/8/1/000");
    let client = world.client();
    let found = join_all((0..20).map(|n| {
        client.lookup("example.com/m1", if n % 2 == 0 { "v1.0.0" } else { "v1.0.0/go.mod" })
    }))
    .await;
    assert!(
        found.iter().all(|found| found.as_ref().is_err_and(|error| error.operation().is_some()))
    );
    assert_eq!(world.requests().iter().filter(|path| path.contains("/tile/8/1/")).count(), 2);
}

/// Who began a fetch may go away, or never be polled again: the others get it all the same.
#[tokio::test]
async fn nobody_waits_for_an_idle_leader() {
    for leader_lives in [true, false] {
        // The leader stops while it waits for the remembered tree, the record or the tiles.
        for steps in 0..4 {
            let world = Arc::new(World::new(600));
            let client = world.client();
            let mut leader = Box::pin(client.lookup("example.com/m3", "v1.0.0"));
            for _ in 0..=steps {
                assert!(futures_util::poll!(&mut leader).is_pending());
            }
            let leader = leader_lives.then_some(leader);
            let others = [
                client.lookup("example.com/m3", "v1.0.0"),
                client.lookup("example.com/m4", "v1.0.0"),
            ];
            let found = join_all(others).await;
            assert_eq!(found[0].as_ref().unwrap(), &lines(3));
            assert_eq!(found[1].as_ref().unwrap(), &lines(4));
            drop(leader);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever bit of whatever answer is changed, nothing false is believed.
    #[test]
    fn a_changed_bit_is_never_believed(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        bit in 0..8u8,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let world = Arc::new(World::new(300));
        let lookup = lookup_path(3);
        let paths = [&lookup, "/tile/8/1/000.p/1", "/tile/8/0/001.p/44", "/tile/8/0/000"];
        let path = paths[which.index(paths.len())];
        let mut answer = world.truth(path).unwrap();
        let byte = at.index(answer.len());
        answer[byte] ^= 1 << bit;
        world.lie(path, answer);
        let found = runtime.block_on(world.lookup(3));
        if path == lookup {
            // The last character of a signature has bits that mean nothing.
            prop_assert!(found.as_ref().map_or_else(SumdbError::is_security, |found| *found == lines(3)));
        } else {
            prop_assert!(found.is_err_and(|error| error.is_security()));
            prop_assert!(!world.cached().iter().any(|file| file.ends_with(path)));
        }
    }
}
