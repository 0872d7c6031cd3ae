//! How many files this process may have open, and what share of them each kind of work gets.
//!
//! A connection is an open file, as is each lock that is held, each file that is written and each
//! pipe to a program. Where the system allows plenty, only the limits of the work itself count.

use std::sync::OnceLock;

use rustix::process::{Pid, Resource, Rlimit, getrlimit, setrlimit};

/// From so many on nothing needs to be limited for them.
const PLENTY: usize = 768;

/// What is open whatever is done: the standard streams, the runtime's own, the cache's folder,
/// and a few for what other libraries open for a moment.
const ALWAYS: usize = 20;

/// What a blocking thread, or one that extracts, has open at a time: a file and its folder.
const OF_THREAD: usize = 2;

/// What a module version between lock and publication has open: its lock and its zip, and while
/// it is published one more.
const OF_VERSION: usize = 3;

/// What a program takes: three pipes, the lock of its repository.
const OF_PROGRAM: usize = 4;

/// The limit that this process was started with.
static ORIGINAL: OnceLock<Rlimit> = OnceLock::new();

/// Lets this process open as many files as it may, as go does at its start. Where that fails
/// the limit stays what it was.
pub fn raise_limit() {
    let original = getrlimit(Resource::Nofile);
    let Rlimit { maximum, .. } = *ORIGINAL.get_or_init(|| original);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}

/// Gives a program that was just started the limit that this process was started with, as go
/// does: some go through all numbers that a file may have, or take none above 1023.
pub fn restore_limit_of(program: u32) {
    #[cfg(target_os = "linux")]
    if let (Some(original), Some(program)) = (ORIGINAL.get(), Pid::from_raw(program.cast_signed()))
    {
        // One that has ended needs none, and the rest do with more.
        let _ = rustix::process::prlimit(Some(program), Resource::Nofile, *original);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (program, Pid::from_raw);
}

/// How many files may be open; how they are shared follows from that alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenFiles(usize);

impl OpenFiles {
    /// What this process may have open now.
    pub fn allowed() -> Self {
        let current = getrlimit(Resource::Nofile).current;
        Self(current.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX)))
    }

    fn is_plenty(self) -> bool {
        self.0 >= PLENTY
    }

    /// A quarter of those that nothing else has for sure.
    fn quarter(self) -> usize {
        self.0.saturating_sub(ALWAYS) / 4
    }

    /// How many threads there may be that read or write files, of so many that are wished for.
    pub fn threads(self, wished: usize) -> usize {
        match self.is_plenty() {
            true => wished,
            // One half for blocking work, one for what is extracted.
            false => wished.min(self.quarter() / OF_THREAD / 2).max(1),
        }
    }

    /// How many connections there may be at a time; `None` where that need not be limited. As
    /// many may stay open that nobody uses.
    pub fn connections(self) -> Option<usize> {
        (!self.is_plenty()).then(|| (self.quarter() / 2).max(1))
    }

    /// How many module versions may be worked on, of so many that are wished for.
    pub fn versions(self, wished: usize) -> usize {
        match self.is_plenty() {
            true => wished,
            false => wished.min(self.quarter() / OF_VERSION).max(1),
        }
    }

    /// How many programs may run, of so many that are wished for.
    pub fn programs(self, wished: usize) -> usize {
        match self.is_plenty() {
            true => wished,
            false => wished.min(self.quarter() / OF_PROGRAM).max(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_stay_within_the_limit() {
        for limit in [40, 64, 100, 256, 512, PLENTY - 1] {
            let files = OpenFiles(limit);
            let threads = files.threads(1000);
            let taken = ALWAYS
                + 2 * OF_THREAD * threads
                + 2 * files.connections().expect("a limit")
                + OF_VERSION * files.versions(1000)
                + OF_PROGRAM * files.programs(1000);
            assert!(taken <= limit, "{taken} of {limit}");
        }
        let none = OpenFiles(0);
        assert_eq!((none.threads(8), none.versions(8), none.programs(8)), (1, 1, 1));
        assert_eq!(none.connections(), Some(1));
        let plenty = OpenFiles(PLENTY);
        assert_eq!((plenty.threads(8), plenty.versions(48), plenty.programs(9)), (8, 48, 9));
        assert_eq!(plenty.connections(), None);
        assert_eq!(OpenFiles(256).versions(1), 1);
    }
}
