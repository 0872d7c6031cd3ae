//! gomod: a Go module fetcher that needs no Go toolchain.
//!
//! `gomod download`, `get`, `list -m`, `graph` and others do what the go command does for
//! modules: read go.mod, select versions, fetch along GOPROXY, verify against go.sum and the
//! checksum database, and extract into a GOMODCACHE that a running go shares. The library is
//! the whole of it; the binary only parses, runs and exits.
//!
//! # Layers
//!
//! Data walks down once. A layer uses those below it, never one above; `tests/it/house.rs`
//! holds this, and that no layer does what is another's.
//!
//! | layer | room | what it owns |
//! |---|---|---|
//! | 6 | [`cli`] | what the user types and sees: one flag table, messages, hints, exit codes |
//! | 5 | [`commands`] | one file a verb: options in, summary out |
//! | 4 | [`resolve`] | which versions: main module, module graph, queries, packages, edits, the solver |
//! | 3 | [`fetch`] | the bytes of one module: GOPROXY walk, HTTP, version control, the pipeline |
//! | 2 | [`store`] | the disk: cache layout, locks, staging, publishing, go.mod and go.sum |
//! | 1 | [`verify`] | trust without I/O: the gate, go.sum policy, checksum database |
//! | 0 | [`spec`] | the Go module reference as pure functions |
//!
//! Beside them stand [`config`], the only reader of the environment, and [`ui`], the only
//! printer; every layer may use their plain types. [`ui::template`], Go's template language, is
//! a form of printing, and knows nothing of modules.
//!
//! # Doors
//!
//! - **The cache has one door.** Whoever hashes bytes makes a [`Checked`](verify::gate::Checked);
//!   [`Gate::admit`](verify::gate::Gate::admit) alone makes it
//!   [`Admitted`](verify::gate::Admitted); [`LockedModule::publish`] and
//!   [`Cache::publish_go_mod`] take nothing else. Code that skips verification does not
//!   compile.
//! - **Protocol logic asks, a thin shell performs.** [`spec::graph`], the checksum database's
//!   client and the walk over GOPROXY do no I/O of their own.
//! - **One pass over a zip** judges the raw directory, inflates, hashes and writes.
//!
//! - **Trust has a memory.** The gate remembers a mismatch with go.sum, and a fork, whoever met
//!   it: commands ask before they write or show anything.
//!
//! # From a path to a repository
//!
//! Where the GOPROXY list says `direct`, [`fetch::direct::discovery`] finds the repository of a
//! module path, or the proxy that its page names; [`fetch::vcs`] runs the user's git, hg, svn
//! or fossil in the folders that go uses, and answers what tags, revisions and files there are;
//! [`fetch::direct`] makes versions, go.mod files and zips of that, by rules that know nothing of
//! how a repository answers. What it makes passes the gate like the answer of a proxy. Several
//! queries to one host are asked in order: what git says of a revision depends on what was
//! fetched before, and go asks one after the other.
//!
//! # Workspaces
//!
//! Commands ask [`resolve::main_modules`] for all main modules; where no go.work is in force there
//! is one, or none. In a workspace they, and what go.work requires, are where the module graph
//! begins; each module's own requirements follow its own pruning, and of what is not selected
//! the selected version is read again. What one module replaces holds for all, unless go.work
//! says something else. Their go.mod and go.sum files are read and vouch, but are not written:
//! the sums that they lack go to go.work.sum. Commands about one module (`get`, `tidy`, `edit`)
//! pass go.work over, but `get` looks for nothing that a neighbour provides, and checks what it
//! has come to in the workspace. `work sync` is `get` and `tidy` in each module after the other,
//! as if there were no workspace.
//!
//! # On disk
//!
//! [`store`] lists what lies where below GOMODCACHE and GOPATH. gomod's own files there are
//! undo copies, and what programs write for a run, in `cache/gomod`; everything else has go's names, modes and locks. In the user's
//! folder for caches (`$XDG_CACHE_HOME/gomod`) it is kept what packages of cached modules import,
//! by the hash of the module's zip, as go keeps its module index in GOCACHE: `clean -modcache`
//! removes it, and so does another version of gomod.
//!
//! Modules leave the cache by one door, too: [`store::removal`] says in which order, so that a
//! go that looks at the same moment finds a module whole, or not there.
//!
//! # From an argument of `get` to go.mod
//!
//! [`resolve::solver`] goes round until nothing changes. In each round an
//! [argument](resolve::argument) gets candidates from [queries](resolve::packages) (which
//! modules have the package?), those that agree are decided, the [edit](resolve::edit) makes the
//! decided versions selected and says which requirements forbid it, and the
//! [loader](resolve::load) follows the imports of what was asked for and names what no module
//! provides. [`resolve::roots`] keeps requirements consistent with their graph, which is read
//! when a question needs it and not before: what go.sum lists depends on that. The solver
//! decides nothing by what arrives first; its answers are in the order of arguments and imports.
//!
//! # From imports to a tidy go.mod
//!
//! [`tidy`](commands::tidy) begins with the roots: what go.mod requires. The
//! [loader](resolve::load) goes round. From the packages of the main module and their tests it
//! follows imports as far as the pattern `all` reaches, each to the module of the roots, or of
//! their graph, that provides it. Modules that provide packages of `all` become roots; where
//! the graph of these selects other versions, or has packages that were missing, packages are
//! loaded again. When nothing changes by that any more, the sources are asked for what is still
//! missing, the modules that have it become roots, and it begins anew. The versions of roots only
//! go up in it, so it ends.
//!
//! Then comes the cut. Of the packages, and of nothing else, [`resolve::tidy`] builds the fewest
//! roots with which each is provided by the module version that it was loaded from. From go 1.17
//! on these are the modules of all packages in `all`, and besides those without which a package
//! that only tests elsewhere import would have a lower version or be found twice; before that,
//! what is imported by the main module or is not brought along by the others. go.sum keeps what
//! this graph and these packages need, and what the Go version of `-compat` needs, which looks
//! for all packages once more in a graph of its own.
//!
//! # A vendor folder
//!
//! [`spec::vendor`] says what modules.txt is to hold, [`store::vendor_folder`] which files go where
//! and whether what is there differs, and makes the folder beside the old one; the two names are
//! exchanged at the end. While it is made it is locked, so that what nobody holds is what a dead
//! run left.
//!
//! # Choices
//!
//! - *Zips are read by our own reader* (`spec::zip`), not by a crate: what go accepts is decided
//!   by details of its own reader, such as where the directory begins and what a CRC of 0 means,
//!   and no crate agrees in all of them.
//! - *What the cache has and go.sum lists is read without waiting*, some files in a task; only
//!   what has to be waited for is a flight of its own. A graph of thousands of cached modules
//!   costs little more than reading their files.
//! - *The standard library is a list*, of the newest release that gomod knows, and of the GOROOT
//!   at hand. Its packages import nothing that matters to modules, so they are not read.
//! - *Packages are put together in one place.* go marks them from many goroutines; here files are
//!   read side by side and one loop takes in what was found, so that flags need no locks.
//! - *A get that goes in circles ends.* The solver remembers what its rounds began with; go has no
//!   such memory, and there are requirements with which it never ends.
//! - *A host's name is looked up once a run*: many connections are opened at once, and a name
//!   server that drops one of as many questions costs seconds.
//! - *A session is not taken apart*: the process ends with its one command.
//! - *Tiles and records of the checksum database get their names when they are whole*, other than
//!   with go, which writes them in place: a part of one would be taken for the database's lie.
//! - *A zip that the rules refuse is hashed only where it declares no more than may be hashed*: go
//!   hashes it first, however much that is.
//! - *The go/env file is written in place*, as go does it, so that its owner, links and mounts
//!   stay; the main module's files are, too, with copies that undo a torn write.
//! - *Zips of more than a few megabytes are staged on disk and mapped*; smaller ones travel
//!   through memory, whose total is bounded.
//!
//! [`LockedModule::publish`]: store::module_folder::LockedModule::publish
//! [`Cache::publish_go_mod`]: store::cache::Cache::publish_go_mod

#![warn(clippy::expect_used, clippy::print_stderr, clippy::print_stdout, clippy::unwrap_used)]

#[cfg(not(unix))]
compile_error!("gomod shares its cache by the locks and modes of Unix systems");

pub mod cli;
pub mod commands;
pub mod config;
pub mod fetch;
pub mod resolve;
pub mod spec;
pub mod store;
pub mod ui;
pub mod verify;
