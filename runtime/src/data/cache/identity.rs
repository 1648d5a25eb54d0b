//! Identity of a file, by which unchanged contents are recognized without reading them.

use std::fs::Metadata;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Time after a change within which another one may leave the same times.
const RACY: Duration = Duration::from_secs(2);

/// Length, times and place of a file. Times are in nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    bytes: u64,
    modified: i64,
    changed: i64,
    file: u64,
    device: u64,
}

impl Identity {
    /// Returns the identity of a file. `None` if the system does not tell when it was changed.
    pub(super) fn of(metadata: &Metadata) -> Option<Self> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let nanoseconds =
                |seconds: i64, further: i64| seconds.checked_mul(1_000_000_000)?.checked_add(further);
            Some(Self {
                bytes: metadata.len(),
                modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec())?,
                changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec())?,
                file: metadata.ino(),
                device: metadata.dev(),
            })
        }
        #[cfg(not(unix))]
        {
            let _ = metadata;
            None
        }
    }

    /// Returns whether any later change has other times than this one, seen at a time.
    pub(super) fn is_settled(&self, now: SystemTime) -> bool {
        let until = now.checked_sub(RACY).and_then(|until| until.duration_since(UNIX_EPOCH).ok());
        let until = until.and_then(|until| i64::try_from(until.as_nanos()).ok());
        until.is_some_and(|until| self.modified.max(self.changed) < until)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_settled_after_some_time() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let identity = || Identity::of(&file.path().metadata().unwrap()).unwrap();
        let (before, now) = (identity(), SystemTime::now());
        assert!(!before.is_settled(now) && before.is_settled(now + 2 * RACY));
        // Another time of modification can be given; the time of the change cannot.
        let modified = file.path().metadata().unwrap().modified().unwrap();
        std::fs::write(file.path(), "other").unwrap();
        std::fs::write(file.path(), "").unwrap();
        file.as_file().set_modified(modified).unwrap();
        assert_ne!(identity(), before);
        file.as_file().set_modified(UNIX_EPOCH).unwrap();
        assert!(!identity().is_settled(SystemTime::now()));
    }
}
