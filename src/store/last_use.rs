//! When something in the cache was last used, as far as the file system tells.
//!
//! Nobody records uses: what shows one is the time at which a file was last read. go reads
//! `.mod`, `.info` and `.ziphash` of the modules that a command loads, and the go.mod file in
//! the folder. How much of that is recorded depends on how the file system is mounted.
//!
//! Source: checkMod and Download in cmd/go/internal/modfetch/fetch.go, mount(8).

use std::fs::Metadata;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// How long a read may go unrecorded after one that was recorded, with `relatime`.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What a file system records of reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AccessTimes {
    /// Every one (`strictatime`).
    Exact,
    /// One a day, and the first after a change (`relatime`, the usual).
    Daily,
    /// The same of files that were written in this container, none of those in its image.
    Partly,
    /// None (`noatime`, read-only); or it is not known which.
    Never,
}

impl AccessTimes {
    /// Those of the file system that a folder lies on.
    #[cfg(target_os = "linux")]
    pub fn of(folder: &Path) -> Self {
        use rustix::fs::{StatVfsMountFlags as Flags, statfs, statvfs};
        const OVERLAY: u32 = 0x794c_7630;
        let Ok(mount) = statvfs(folder) else { return Self::Never };
        // The field's type is another on each architecture; the number has 32 bits.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let is_overlay = statfs(folder).is_ok_and(|system| system.f_type as u32 == OVERLAY);
        if mount.f_flag.intersects(Flags::NOATIME | Flags::RDONLY) {
            Self::Never
        } else if is_overlay {
            Self::Partly
        } else if mount.f_flag.contains(Flags::RELATIME) {
            Self::Daily
        } else {
            Self::Exact
        }
    }

    /// Those of the file system that a folder lies on: other systems do not say.
    #[cfg(not(target_os = "linux"))]
    pub fn of(_folder: &Path) -> Self {
        Self::Never
    }

    /// How long after a recorded read another may have gone unrecorded.
    fn gap(self) -> Duration {
        match self {
            Self::Daily | Self::Partly => DAY,
            Self::Exact | Self::Never => Duration::ZERO,
        }
    }
}

/// The last use of something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LastUse {
    /// The last one that is recorded: a file was read or written.
    pub seen: SystemTime,
    /// After this there was none that would have been recorded. It may lie in the future:
    /// then there may be one at this moment.
    pub bound: SystemTime,
}

impl LastUse {
    /// What a file tells. A folder's own access time says nothing: looking for modules
    /// changes it.
    pub(super) fn of(metadata: &Metadata, access: AccessTimes) -> Self {
        let written = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        let read = metadata.accessed().ok().filter(|_| metadata.is_file()).unwrap_or(written);
        // A read after the last change would have been recorded whatever the time.
        let bound = if read <= written { written } else { read + access.gap() };
        Self { seen: read.max(written), bound }
    }

    /// The later of two.
    #[must_use]
    pub(super) fn max(self, other: Self) -> Self {
        Self { seen: self.seen.max(other.seen), bound: self.bound.max(other.bound) }
    }

    /// For how long it has not been used, at the least. Zero where it may be used right now.
    pub fn idle(&self) -> Duration {
        SystemTime::now().duration_since(self.bound).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};

    const NOW: u64 = 1_700_000_000;

    fn metadata(read: u64, written: u64) -> Metadata {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let at = |seconds: u64| Timespec { tv_sec: seconds.cast_signed(), tv_nsec: 0 };
        let times = Timestamps { last_access: at(read), last_modification: at(written) };
        utimensat(CWD, file.path(), &times, AtFlags::empty()).expect("times set");
        file.as_file().metadata().expect("metadata")
    }

    fn seconds(time: SystemTime) -> u64 {
        time.duration_since(SystemTime::UNIX_EPOCH).expect("later").as_secs()
    }

    #[test]
    fn what_is_seen_and_what_can_have_been_missed() {
        let day = DAY.as_secs();
        for (access, read, written, seen, bound) in [
            (AccessTimes::Exact, NOW, NOW - 9, NOW, NOW),
            (AccessTimes::Daily, NOW, NOW - 9, NOW, NOW + day),
            (AccessTimes::Partly, NOW, NOW - 9, NOW, NOW + day),
            (AccessTimes::Never, NOW, NOW - 9, NOW, NOW),
            // Never read since it was written.
            (AccessTimes::Daily, NOW, NOW, NOW, NOW),
            (AccessTimes::Daily, NOW - 9, NOW, NOW, NOW),
        ] {
            let last_use = LastUse::of(&metadata(read, written), access);
            let found = (seconds(last_use.seen), seconds(last_use.bound));
            assert_eq!(found, (seen, bound), "{access:?} {read} {written}");
        }
    }

    #[test]
    fn the_later_of_two_counts_for_each() {
        let early = LastUse::of(&metadata(NOW - 9, NOW - 10), AccessTimes::Daily);
        let late = LastUse::of(&metadata(NOW, NOW), AccessTimes::Daily);
        let both = early.max(late);
        assert_eq!((both.seen, both.bound), (late.seen, early.bound));
        assert!(both.idle() > Duration::ZERO);
        let future = LastUse { seen: late.seen, bound: SystemTime::now() + DAY };
        assert_eq!(future.idle(), Duration::ZERO);
    }
}
