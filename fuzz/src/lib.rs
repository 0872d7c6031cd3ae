//! The laws that fuzzing tries to break: one function for each target in `fuzz_targets`.
//!
//! A law takes any bytes and panics where gomod does not keep it; it answers what gomod
//! made of the input. `fuzz/run` looks for inputs that break one; `seeds/TARGET.txt`
//! holds the inputs to start from, among them those that once did, and
//! `tests/it/fuzz_seeds.rs` includes this file and replays them with every `cargo test`.
//!
//! What a law compares with is written here a second time, and simply.

mod direct;
mod go_files;
mod log;
mod modfile;
mod names;
mod sources;
mod sums;
mod templates;
mod workfile;
mod zips;

pub use direct::{go_import, netrc, user_auth};
pub use go_files::source;
pub use log::{note, proof, record, tile_path, tree};
pub use modfile::modfile;
pub use names::{path, version};
pub use sources::{goproxy, gosumdb, info, list};
pub use sums::gosum;
pub use templates::template;
pub use workfile::workfile;
pub use zips::{unzip, zip_directory};

/// What gomod made of an input.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Verdict {
    /// It was read, and what was read keeps the law.
    Accepted,
    /// It was refused as it should be, or is nothing that the law speaks of.
    Refused,
}

impl Verdict {
    fn of(accepted: bool) -> Self {
        if accepted { Self::Accepted } else { Self::Refused }
    }
}

/// A law.
pub type Law = fn(&[u8]) -> Verdict;

/// Every law, under the name of its target.
pub const LAWS: [(&str, Law); 21] = [
    ("go_import", go_import),
    ("goproxy", goproxy),
    ("gosum", gosum),
    ("gosumdb", gosumdb),
    ("info", info),
    ("list", list),
    ("modfile", modfile),
    ("netrc", netrc),
    ("note", note),
    ("path", path),
    ("proof", proof),
    ("record", record),
    ("source", source),
    ("template", template),
    ("tile_path", tile_path),
    ("tree", tree),
    ("unzip", unzip),
    ("user_auth", user_auth),
    ("version", version),
    ("workfile", workfile),
    ("zip_directory", zip_directory),
];
