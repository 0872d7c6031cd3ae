//! Layer 1: trust without I/O.
pub mod gosumdb;
pub mod note;
pub mod sumdb;
pub mod tile;
pub mod tlog;
