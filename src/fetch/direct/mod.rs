//! Modules straight from where they are developed.

pub mod discovery;
