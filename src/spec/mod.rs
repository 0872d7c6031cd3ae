//! Layer 0: the Go module reference as pure functions.
//!
//! Nothing here reads a file, the environment, the clock or the network. Every
//! public item names the rule it implements: a section of the Go Modules
//! Reference ("ref/mod"), an RFC, or a file of the go command.

pub mod address;
mod decimal;
pub mod duration;
pub mod go_import;
pub mod godebug;
pub mod govcs;
pub mod goversion;
pub mod graph;
pub mod modfile;
pub mod netrc;
pub mod path;
pub mod pattern;
pub mod repository_root;
pub mod source;
pub mod standard_library;
pub mod sums;
pub mod tokens;
pub mod unicode;
pub mod user_auth;
pub mod vendor;
pub mod version;
pub mod version_names;
pub mod zip;

pub use path::ModulePath;
pub use version::{ModuleVersion, Version};
pub use version_names::VersionNames;
