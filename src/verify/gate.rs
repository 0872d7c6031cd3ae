//! The gate between downloaded bytes and the cache: go.sum first, then the checksum
//! database. [`Checked`] says that bytes were hashed, [`Admitted`] that the hash is
//! trusted; only [`Gate::admit`] turns the one into the other.
//!
//! Source: ref/mod#authenticating, cmd/go/internal/modfetch/fetch.go (checkModSum).

use std::sync::{Mutex, MutexGuard, PoisonError};

use foldhash::{HashMap, HashSet};

use crate::spec::ModuleVersion;
use crate::spec::goversion::TOOLCHAIN_MODULE;
use crate::spec::path::matches_prefix_patterns;
use crate::spec::sums::{GoSum, H1, Kind};

use super::gosumdb::InvalidSumdbSetting;
use super::sumdb::{SumdbClient, SumdbError, SumdbOperations};

/// What go.sum and the database list a hash for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct SumKey {
    /// The module version.
    pub module: ModuleVersion,
    /// Its zip or its go.mod file.
    pub kind: Kind,
}

impl SumKey {
    /// The hash of a module's zip.
    pub fn zip(module: &ModuleVersion) -> Self {
        Self { module: module.clone(), kind: Kind::Zip }
    }

    /// The hash of a module's go.mod file.
    pub fn go_mod(module: &ModuleVersion) -> Self {
        Self { module: module.clone(), kind: Kind::GoMod }
    }

    /// The version as go.sum writes it: with `/go.mod` for a go.mod file.
    fn written_version(&self) -> String {
        match self.kind {
            Kind::Zip => self.module.version.to_string(),
            Kind::GoMod => format!("{}/go.mod", self.module.version),
        }
    }

    fn noun(&self) -> &'static str {
        match self.kind {
            Kind::Zip => "module",
            Kind::GoMod => "go.mod",
        }
    }
}

impl std::fmt::Display for SumKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.module.path, self.written_version())
    }
}

/// Content whose hash is known and not yet trusted.
#[derive(Debug)]
pub struct Checked<T> {
    key: SumKey,
    hash: H1,
    content: T,
}

/// Stands for content that the cache already holds under a recorded hash.
#[derive(Debug, Clone, Copy)]
pub struct Recorded;

impl<T: AsRef<[u8]>> Checked<T> {
    /// Hashes a go.mod file.
    pub fn go_mod(module: &ModuleVersion, content: T) -> Self {
        let hash = H1::of_go_mod(content.as_ref());
        Self { key: SumKey::go_mod(module), hash, content }
    }
}

impl<T> Checked<T> {
    /// Takes the hash of a zip from the pass that read every file of it.
    pub fn zip(module: &ModuleVersion, hash: H1, content: T) -> Self {
        Self { key: SumKey::zip(module), hash, content }
    }
}

impl Checked<Recorded> {
    /// Takes the hash that the cache recorded when it admitted a zip.
    pub fn recorded_zip(module: &ModuleVersion, hash: H1) -> Self {
        Self { key: SumKey::zip(module), hash, content: Recorded }
    }
}

/// Content whose hash go.sum or the checksum database vouches for, or which the
/// user's settings exempt from both.
#[derive(Debug)]
pub struct Admitted<T> {
    key: SumKey,
    hash: H1,
    content: T,
}

impl<T> Admitted<T> {
    /// The module version that was admitted.
    pub fn module(&self) -> &ModuleVersion {
        &self.key.module
    }

    /// The trusted hash.
    pub fn hash(&self) -> &H1 {
        &self.hash
    }

    /// Borrows the content.
    pub fn content(&self) -> &T {
        &self.content
    }

    /// Takes the content out.
    pub fn into_content(self) -> T {
        self.content
    }
}

/// When the checksum database is asked.
/// Source: useSumDB in cmd/go/internal/modfetch/sumdb.go.
#[derive(Clone, Debug)]
pub struct SumPolicy {
    /// GONOSUMDB: globs of module paths that the database is not asked about.
    pub gonosumdb: String,
    /// Whether toolchain modules may pass as others do: GOPROXY is a single file
    /// tree, or this is the mirror's own first download.
    pub toolchain_exempt: bool,
}

/// Why bytes were not let in.
#[derive(Clone, Debug, thiserror::Error)]
pub enum VerifyError {
    /// go.sum lists another hash.
    #[error(
        "verifying {key}: checksum mismatch\n\tdownloaded: {downloaded}\n\t{file}:     {recorded}{GO_SUM_MISMATCH}"
    )]
    GoSumMismatch {
        /// What was verified.
        key: SumKey,
        /// The hash of the downloaded bytes.
        downloaded: H1,
        /// The base name of the sum file.
        file: String,
        /// The hash that the file lists.
        recorded: String,
    },
    /// The checksum database lists another hash.
    #[error(
        "verifying {noun}: checksum mismatch\n\tdownloaded: {downloaded}\n\t{database}: {recorded}{DATABASE_MISMATCH}"
    )]
    DatabaseMismatch {
        /// `module` or `go.mod`.
        noun: &'static str,
        /// The hash of the downloaded bytes.
        downloaded: H1,
        /// The database's name.
        database: String,
        /// The hash that it lists.
        recorded: String,
    },
    /// The checksum database answered without a line for this file.
    #[error("verifying {noun}: checksum missing from sumdb response{DATABASE_ABSENT}")]
    DatabaseAbsent {
        /// `module` or `go.mod`.
        noun: &'static str,
    },
    /// The checksum database could not be asked, or it lied.
    #[error("verifying {}: {key}: {error}", key.noun())]
    Database {
        /// What was verified.
        key: SumKey,
        /// What went wrong.
        error: SumdbError,
    },
    /// The checksum database has signed two histories.
    #[error("{report}")]
    Fork {
        /// Both signed trees and the proof.
        report: String,
    },
    /// GOSUMDB cannot be used.
    #[error("verifying {noun}: {reason}")]
    Setting {
        /// `module` or `go.mod`.
        noun: &'static str,
        /// What is wrong with it.
        reason: InvalidSumdbSetting,
    },
}

impl VerifyError {
    /// Whether something was wrong with the bytes or the database, rather than that
    /// it could not be asked.
    pub fn is_security(&self) -> bool {
        match self {
            Self::Database { error, .. } => error.is_security(),
            Self::Setting { .. } => false,
            Self::GoSumMismatch { .. }
            | Self::DatabaseMismatch { .. }
            | Self::DatabaseAbsent { .. }
            | Self::Fork { .. } => true,
        }
    }
}

const GO_SUM_MISMATCH: &str = "

SECURITY ERROR
This download does NOT match an earlier download recorded in go.sum.
The bits may have been replaced on the origin server, or an attacker may
have intercepted the download attempt.

For more information, see 'go help module-auth'.
";

const DATABASE_MISMATCH: &str = "

SECURITY ERROR
This download does NOT match the one reported by the checksum server.
The bits may have been replaced on the origin server, or an attacker may
have intercepted the download attempt.

For more information, see 'go help module-auth'.
";

const DATABASE_ABSENT: &str = "

SECURITY ERROR
This download does NOT match one reported by the checksum server.
The checksum server has provided checksums, but the checksums do
not contain an entry for the download.
The checksum server may be malfunctioning, or an attacker may have
intercepted the checksum request.
The download cannot be verified.

For more information, see 'go help module-auth'.
";

const UNKNOWN_HASHES: &str = "

SECURITY WARNING
This download is listed in go.sum, but using an unknown hash algorithm.
The download cannot be verified.

For more information, see 'go help module-auth'.
";

/// What this run knows of one hash.
#[derive(Clone, Copy, Default)]
struct Status {
    /// Something downloaded or read had this hash.
    used: bool,
    /// The hash is not in the file; it is written only where it is kept.
    added: bool,
}

/// The sum files of a run.
#[derive(Clone, Debug, Default)]
pub struct SumFiles {
    /// The file that is written: go.sum, or go.work.sum in a workspace; `None` outside a module.
    pub table: Option<GoSum>,
    /// Its base name.
    pub file_name: String,
    /// Those of a workspace's modules, with their paths.
    pub members: Vec<(String, GoSum)>,
}

#[derive(Default)]
struct Sums {
    /// `None` outside a module: then nothing is looked up and nothing recorded.
    table: Option<GoSum>,
    file_name: String,
    /// What the go.sum files of a workspace's modules list, with their names. They vouch as the
    /// table does, are never written, and what they list is not written beside them.
    members: Vec<(String, GoSum)>,
    status: HashMap<(SumKey, String), Status>,
    /// Whether the table has anything that the file did not list.
    has_added: bool,
    /// The first hash that was not the recorded one, or a forked database: whoever met it
    /// may have gone on, but the run must not end well.
    violation: Option<VerifyError>,
    warnings: Vec<String>,
}

impl Sums {
    /// Whether the table lists this hash; an error where it lists another one.
    fn lists(&self, key: &SumKey, hash: &H1) -> Result<bool, VerifyError> {
        let Some(table) = &self.table else { return Ok(false) };
        let written = hash.to_string();
        let mismatch = |file: &String, recorded: &String| VerifyError::GoSumMismatch {
            key: key.clone(),
            downloaded: *hash,
            file: file.clone(),
            recorded: recorded.clone(),
        };
        for recorded in table.hashes(&key.module, key.kind) {
            if *recorded == written {
                return Ok(true);
            }
            if recorded.starts_with("h1:") {
                return Err(mismatch(&self.file_name, recorded));
            }
        }
        // All of them are asked: they may disagree.
        let mut is_listed = false;
        for (file, table) in &self.members {
            for recorded in table.hashes(&key.module, key.kind) {
                if *recorded == written {
                    is_listed = true;
                } else if recorded.starts_with("h1:") {
                    return Err(mismatch(file, recorded));
                }
            }
        }
        Ok(is_listed)
    }

    /// Whether the go.sum of one of the workspace's modules lists this, by whatever hash.
    fn is_of_member(&self, key: &SumKey) -> bool {
        self.members.iter().any(|(_, table)| !table.hashes(&key.module, key.kind).is_empty())
    }

    /// Remembers an error after which nothing may be believed any more.
    fn noted(&mut self, error: VerifyError) -> VerifyError {
        if matches!(error, VerifyError::GoSumMismatch { .. } | VerifyError::Fork { .. }) {
            self.violation.get_or_insert_with(|| error.clone());
        }
        error
    }

    fn add(&mut self, key: &SumKey, hash: &H1) -> Result<(), VerifyError> {
        if self.lists(key, hash)? {
            return Ok(());
        }
        let file_name = &self.file_name;
        let Some(table) = &mut self.table else { return Ok(()) };
        let others = table.hashes(&key.module, key.kind);
        if !others.is_empty() {
            self.warnings.push(format!(
                "warning: verifying {key}: unknown hashes in {file_name}: {}; adding {hash}{UNKNOWN_HASHES}",
                others.join(", ")
            ));
        }
        table.insert(&key.module, key.kind, &hash.to_string());
        Ok(())
    }
}

/// What is recorded of a hash, and whether it is the same.
#[derive(Debug)]
pub struct Comparison {
    /// Whether the sum file lists this hash; `None` where it lists none of the content.
    pub sum_file: Option<bool>,
    /// What the checksum database says; `None` where it must not be asked.
    pub database: Option<Result<(), VerifyError>>,
}

/// The gate of one run.
pub struct Gate<O: SumdbOperations> {
    sums: Mutex<Sums>,
    policy: SumPolicy,
    /// The database's client; or why there is none, `off` included.
    database: Result<SumdbClient<O>, InvalidSumdbSetting>,
}

impl<O: SumdbOperations> Gate<O> {
    /// A gate over parsed sum files, and the client of the checksum database that GOSUMDB
    /// names.
    pub fn new(
        SumFiles { table, file_name, members }: SumFiles,
        policy: SumPolicy,
        database: Result<SumdbClient<O>, InvalidSumdbSetting>,
    ) -> Self {
        let sums = Sums { table, file_name, members, ..Sums::default() };
        Self { sums: Mutex::new(sums), policy, database }
    }

    fn sums(&self) -> MutexGuard<'_, Sums> {
        // A panic elsewhere leaves the table whole: each change is one insertion.
        self.sums.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn asks_database(&self, module: &ModuleVersion) -> bool {
        if module.path.as_str() == TOOLCHAIN_MODULE && !self.policy.toolchain_exempt {
            return true;
        }
        let is_off = matches!(self.database, Err(InvalidSumdbSetting::Off));
        !is_off && !matches_prefix_patterns(&self.policy.gonosumdb, &module.path)
    }

    /// Lets checked content in: its hash is in go.sum, or the checksum database has
    /// it, or the user's settings ask for neither. A hash that was not in go.sum is
    /// remembered for [`Gate::updated`].
    ///
    /// # Errors
    /// A hash that differs from the recorded one, or a database that cannot vouch.
    pub async fn admit<T>(&self, checked: Checked<T>) -> Result<Admitted<T>, VerifyError> {
        let Checked { key, hash, content } = match self.admit_listed(checked)? {
            Ok(admitted) => return Ok(admitted),
            Err(checked) => checked,
        };
        if self.asks_database(&key.module) {
            let asked = self.ask_database(&key, &hash).await;
            asked.map_err(|error| self.sums().noted(error))?;
        }
        let mut sums = self.sums();
        if sums.table.is_some() {
            let added = sums.add(&key, &hash);
            added.map_err(|error| sums.noted(error))?;
            sums.status.entry((key.clone(), hash.to_string())).or_default().added = true;
            sums.has_added = true;
        }
        drop(sums);
        Ok(Admitted { key, hash, content })
    }

    /// Lets checked content in where its hash is in go.sum, for which nothing has to be
    /// waited for; otherwise gives it back.
    ///
    /// # Errors
    /// A hash that differs from the recorded one.
    pub fn admit_listed<T>(
        &self,
        checked: Checked<T>,
    ) -> Result<Result<Admitted<T>, Checked<T>>, VerifyError> {
        let mut sums = self.sums();
        let listed = sums.lists(&checked.key, &checked.hash);
        let listed = listed.map_err(|error| sums.noted(error))?;
        if sums.table.is_some() {
            let (key, hash) = (checked.key.clone(), checked.hash.to_string());
            sums.status.entry((key, hash)).or_default().used = true;
        }
        let Checked { key, hash, content } = checked;
        Ok(match listed {
            true => Ok(Admitted { key, hash, content }),
            false => Err(Checked { key, hash, content }),
        })
    }

    /// Compares a hash with everything that is recorded of it. Nothing is admitted by it, and
    /// go.sum is not added to.
    pub async fn compare(&self, key: &SumKey, hash: &H1) -> Comparison {
        let sum_file = self.recorded(key, |hashes| match hashes {
            [] => None,
            hashes => Some(hashes.iter().any(|recorded| **recorded == hash.to_string())),
        });
        let database = match self.asks_database(&key.module) {
            true => Some(self.ask_database(key, hash).await),
            false => None,
        };
        Comparison { sum_file, database }
    }

    async fn ask_database(&self, key: &SumKey, hash: &H1) -> Result<(), VerifyError> {
        let noun = key.noun();
        let client = self
            .database
            .as_ref()
            .map_err(|reason| VerifyError::Setting { noun, reason: reason.clone() })?;
        let version = key.written_version();
        let lines =
            client.lookup(&key.module.path, &version).await.map_err(|error| match error {
                SumdbError::Fork { report } => VerifyError::Fork { report },
                error => VerifyError::Database { key: key.clone(), error },
            })?;
        let prefix = format!("{} {version} ", key.module.path);
        for line in lines {
            let recorded = line.strip_prefix(&prefix).unwrap_or_default();
            if recorded == hash.to_string() {
                return Ok(());
            }
            if recorded.starts_with("h1:") {
                return Err(VerifyError::DatabaseMismatch {
                    noun,
                    downloaded: *hash,
                    database: client.name().to_owned(),
                    recorded: recorded.to_owned(),
                });
            }
        }
        Err(VerifyError::DatabaseAbsent { noun })
    }

    /// Whether the sum file listed an `h1:` hash of this before this run.
    /// Source: HaveSum in cmd/go/internal/modfetch/fetch.go.
    pub fn lists(&self, key: &SumKey) -> bool {
        self.recorded(key, |hashes| !hashes.is_empty())
    }

    /// The `h1:` hash of this that the sum file listed before this run; `None` where it lists
    /// none, or several that differ. Source: RecordedSum.
    pub fn recorded_sum(&self, key: &SumKey) -> Option<String> {
        self.recorded(key, |hashes| {
            let (first, others) = hashes.split_first()?;
            others.iter().all(|other| other == first).then(|| (*first).clone())
        })
    }

    fn recorded<T>(&self, key: &SumKey, look: impl FnOnce(&[&String]) -> T) -> T {
        let sums = self.sums();
        let Some(table) = &sums.table else { return look(&[]) };
        let is_added = |hash: &&String| {
            sums.status.get(&(key.clone(), (*hash).clone())).is_some_and(|status| status.added)
        };
        let tables = sums.members.iter().map(|(_, table)| table).chain([table]);
        let hashes = tables.flat_map(|table| table.hashes(&key.module, key.kind));
        let recorded: Vec<&String> = hashes
            .filter(|hash| hash.starts_with("h1:") && !(sums.has_added && is_added(hash)))
            .collect();
        look(&recorded)
    }

    /// Every module version whose go.mod hash the sum file lists: what may be fetched
    /// ahead. Empty outside a module.
    pub fn listed_go_mods(&self) -> Vec<ModuleVersion> {
        let sums = self.sums();
        let Some(table) = &sums.table else { return Vec::new() };
        let mut listed: Vec<ModuleVersion> = table.modules(Kind::GoMod).collect();
        for (_, table) in &sums.members {
            listed.extend(table.modules(Kind::GoMod));
        }
        if !sums.members.is_empty() {
            listed.sort_by(ModuleVersion::compare);
            listed.dedup();
        }
        listed
    }

    /// Warnings about unknown hash algorithms, in the order they arose; each once.
    pub fn take_warnings(&self) -> Vec<String> {
        std::mem::take(&mut self.sums().warnings)
    }

    /// Checks that nothing was met in this run which is not what was recorded, also where
    /// whoever met it could do without. go ends at once then.
    ///
    /// # Errors
    /// The first mismatch with the sum file, or a fork of the checksum database.
    pub fn check(&self) -> Result<(), VerifyError> {
        self.sums().violation.clone().map_or(Ok(()), Err)
    }

    /// Whether this run admitted anything that the sum file did not list.
    pub fn has_news(&self) -> bool {
        self.sums().has_added
    }

    /// Whether the sum file must be written so that it lists what this run admitted
    /// and `keep` asks for. Source: `WriteGoSum`.
    pub fn needs_update(&self, keep: &HashSet<SumKey>) -> bool {
        let sums = self.sums();
        sums.status.iter().any(|((key, _), status)| status.added && keep.contains(key))
    }

    /// Whether the sum file must be written so that it lists what this run admitted and `keep`
    /// asks for, and nothing else. Source: `TrimGoSum`.
    pub fn needs_tidying(&self, keep: &HashSet<SumKey>) -> bool {
        self.has_others(keep) || self.needs_update(keep)
    }

    fn has_others(&self, keep: &HashSet<SumKey>) -> bool {
        let of_kind = |module, kind| SumKey { module, kind };
        self.sums().table.as_ref().is_some_and(|table| {
            [Kind::Zip, Kind::GoMod].into_iter().any(|kind| {
                table.modules(kind).any(|module| !keep.contains(&of_kind(module, kind)))
            })
        })
    }

    /// The new content of the sum file where that is to list nothing but what `keep` asks for.
    /// Where there was anything else, what the file has come to list since it was read is
    /// not looked at. Source: `tidyGoSum`.
    ///
    /// # Errors
    /// As for [`Self::updated`].
    pub fn tidied(&self, current: GoSum, keep: &HashSet<SumKey>) -> Result<Vec<u8>, VerifyError> {
        if !self.has_others(keep) {
            return self.updated(current, keep);
        }
        let mut table = self.sums().table.clone().unwrap_or_default();
        table.retain(|module, kind, _| keep.contains(&SumKey { module: module.clone(), kind }));
        Ok(table.format().into_bytes())
    }

    /// The new content of the sum file: what it lists now (it may have changed since
    /// it was read, and its lines stay) and what this run admitted and `keep` asks
    /// for. Source: `tidyGoSum`.
    ///
    /// # Errors
    /// The file has come to list another hash for something that this run admitted.
    pub fn updated(&self, current: GoSum, keep: &HashSet<SumKey>) -> Result<Vec<u8>, VerifyError> {
        let sums = self.sums();
        let mut merged =
            Sums { table: Some(current), file_name: sums.file_name.clone(), ..Sums::default() };
        if let (Some(table), false) = (&mut merged.table, sums.members.is_empty()) {
            table.retain(|module, kind, _| {
                !sums.is_of_member(&SumKey { module: module.clone(), kind })
            });
        }
        for ((key, hash), status) in &sums.status {
            let Ok(hash) = hash.parse::<H1>() else { continue };
            if sums.is_of_member(key) {
                continue;
            }
            if status.used && (keep.contains(key) || !status.added) {
                merged.add(key, &hash)?;
            }
        }
        Ok(merged.table.map_or_else(Vec::new, |table| table.format().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use bytes::Bytes;
    use futures_util::FutureExt as _;

    use super::*;
    use crate::verify::sumdb::WriteOutcome;

    /// A database that must not be asked.
    struct Unasked;

    impl SumdbOperations for Unasked {
        type Error = Infallible;

        async fn read_remote(&self, path: &str) -> Result<Bytes, Infallible> {
            unreachable!("{path}")
        }

        async fn read_latest(&self) -> Result<Vec<u8>, Infallible> {
            unreachable!()
        }

        async fn write_latest(&self, _: &[u8], _: &[u8]) -> Result<WriteOutcome, Infallible> {
            unreachable!()
        }

        async fn read_cache(&self, file: &str) -> Option<Vec<u8>> {
            unreachable!("{file}")
        }

        async fn write_cache(&self, file: &str, _: &[u8]) {
            unreachable!("{file}")
        }
    }

    const GO_MOD: &str = "module example.com/new\n";

    fn table(text: &str) -> GoSum {
        GoSum::parse("go.sum", text.as_bytes()).expect("well-formed")
    }

    /// A gate that has read this go.sum, and asks no database.
    fn gate(go_sum: &str) -> Gate<Unasked> {
        let policy = SumPolicy { gonosumdb: String::new(), toolchain_exempt: false };
        let files = SumFiles {
            table: Some(table(go_sum)),
            file_name: "go.sum".to_owned(),
            members: Vec::new(),
        };
        Gate::new(files, policy, Err(InvalidSumdbSetting::Off))
    }

    fn module(path: &str) -> ModuleVersion {
        ModuleVersion::new(path, "v1.0.0")
    }

    fn admit_new(gate: &Gate<Unasked>) -> SumKey {
        let module = module("example.com/new");
        let admitted = gate.admit(Checked::go_mod(&module, GO_MOD)).now_or_never();
        admitted.expect("nothing is waited for").expect("nothing is known of it");
        SumKey::go_mod(&module)
    }

    fn tidied(gate: &Gate<Unasked>, current: &str, keep: &HashSet<SumKey>) -> String {
        let tidied = gate.tidied(table(current), keep).expect("nothing contradicts");
        String::from_utf8(tidied).expect("UTF-8")
    }

    /// A hash of the right form.
    const HASH: &str = "h1:pyD/QM5GW5ghAk2oqgtm83CUhsQVtcB0I5kndxlco8E=";

    #[test]
    fn a_sum_file_is_tidied_where_it_lists_too_much_or_too_little() {
        let kept = format!("example.com/kept v1.0.0 {HASH}\n");
        let unused = format!("example.com/unused v1.0.0/go.mod {HASH}\n");
        let keep = HashSet::from_iter([SumKey::zip(&module("example.com/kept"))]);

        let as_it_should_be = gate(&kept);
        assert!(!as_it_should_be.needs_tidying(&keep));
        assert_eq!(tidied(&as_it_should_be, &kept, &keep), kept);

        let too_much = gate(&format!("{kept}{unused}"));
        assert!(too_much.needs_tidying(&keep) && !too_much.needs_update(&keep));
        assert_eq!(tidied(&too_much, &format!("{kept}{unused}"), &keep), kept);
        assert!(too_much.needs_tidying(&HashSet::default()));
        assert_eq!(tidied(&too_much, "", &HashSet::default()), "");

        let too_little = gate(&kept);
        let new = admit_new(&too_little);
        // What was admitted on the way, and is not kept, is no line to take away either.
        assert_eq!(tidied(&too_little, &kept, &keep), kept);
        let keep_both = keep.iter().cloned().chain([new]).collect();
        assert!(too_little.needs_tidying(&keep_both));
        let line = format!("example.com/new v1.0.0/go.mod {}\n", H1::of_go_mod(GO_MOD.as_bytes()));
        assert_eq!(tidied(&too_little, &kept, &keep_both), format!("{kept}{line}"));
    }

    /// As go does: what another process has added since is kept only where no line goes.
    #[test]
    fn what_was_added_meanwhile_stays_where_nothing_is_taken_away() {
        let kept = format!("example.com/kept v1.0.0 {HASH}\n");
        let unused = format!("example.com/unused v1.0.0 {HASH}\n");
        let keep = HashSet::from_iter([SumKey::zip(&module("example.com/kept"))]);
        let added = format!("example.com/added v1.0.0 {HASH}\n");
        assert_eq!(
            tidied(&gate(&kept), &format!("{kept}{added}"), &keep),
            format!("{added}{kept}")
        );
        let too_much = gate(&format!("{kept}{unused}"));
        assert_eq!(tidied(&too_much, &format!("{kept}{unused}{added}"), &keep), kept);
    }

    /// A zip and a go.mod file of one version are kept for themselves.
    #[test]
    fn kinds_are_told_apart() {
        let zip = format!("example.com/kept v1.0.0 {HASH}\n");
        let go_mod = format!("example.com/kept v1.0.0/go.mod {HASH}\n");
        let both = format!("{zip}{go_mod}");
        let module = module("example.com/kept");
        for (key, line) in [(SumKey::zip(&module), zip), (SumKey::go_mod(&module), go_mod)] {
            let keep = HashSet::from_iter([key]);
            assert!(gate(&both).needs_tidying(&keep));
            assert_eq!(tidied(&gate(&both), &both, &keep), line);
        }
    }
}
