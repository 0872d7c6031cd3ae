//! gomod: a Go module fetcher that needs no Go toolchain.
pub mod spec;
pub mod store;
pub mod verify;
