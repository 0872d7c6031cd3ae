//! The test bench: what the test targets share.
//!
//! It stands apart from the code under test: hashes, trees, signatures and archives
//! are made here a second time, so that a mistake in the library cannot hide in its
//! own oracle.

// Each test target compiles this tree for itself and uses a part of it; what one
// target leaves unused another needs, so the lint has nothing to say here.
#![allow(dead_code)]

pub mod fixture;
pub mod forge;
pub mod program;
pub mod proxy;
pub mod raw_zip;
pub mod repositories;
pub mod script;
pub mod sumdb;
pub mod tree;
pub mod txtar;
