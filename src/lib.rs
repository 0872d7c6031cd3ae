//! gomod: a Go module fetcher that needs no Go toolchain.
pub mod cli;
pub mod commands;
pub mod config;
pub mod fetch;
pub mod resolve;
pub mod spec;
pub mod store;
pub mod ui;
pub mod verify;
