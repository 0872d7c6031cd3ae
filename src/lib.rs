//! gomod: a Go module fetcher that needs no Go toolchain.
pub mod config;
pub mod fetch;
pub mod resolve;
pub mod spec;
pub mod store;
pub mod verify;
