//! Layer 1: trust without I/O. What downloaded bytes must prove before the cache takes
//! them: a hash in go.sum, or a record of the checksum database that its signed,
//! append-only tree contains.

pub mod gate;
pub mod gosumdb;
pub mod note;
pub mod once;
pub mod sumdb;
pub mod tile;
pub mod tlog;
