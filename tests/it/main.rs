//! Tests of the house and of the bench, and runs that a script cannot tell: among
//! them the same work by go and by gomod.

// Tests arrange and read the disk and the environment directly; the bans are for the
// program's own rooms.
#![allow(clippy::disallowed_methods)]

#[path = "../support/mod.rs"]
mod support;

mod at_terminal;
mod bench;
mod bounds;
mod cache;
mod completions;
mod crash;
mod credentials;
mod cut_short;
mod differential;
mod faults;
mod fuzz_seeds;
mod house;
mod interrupted;
mod laws;
mod obstacles;
mod offline;
mod programs;
mod repositories;
mod sharing;
mod waiting;
