//! Lock of the cache: one process at a time moves data into it and removes data from it. Readers need no lock,
//! because the data that they have mapped stay.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::regular::open_to_lock;

/// Locked file. It stays in the folder.
const LOCK: &str = ".lock";

/// Guard of a locked cache.
pub(super) struct Lock {
    /// Closing the file releases the lock.
    _file: File,
}

impl Lock {
    /// Waits until no other process has the lock of a folder. On a file system without locks, processes are not
    /// kept apart: data may be written twice, and read again.
    pub(super) fn wait(folder: &Path) -> io::Result<Self> {
        let file = open_to_lock(&folder.join(LOCK))?;
        match file.lock() {
            Err(error) if error.kind() != io::ErrorKind::Unsupported => Err(error),
            Ok(()) | Err(_) => Ok(Self { _file: file }),
        }
    }
}
