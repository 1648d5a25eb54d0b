//! Lock of a folder whose files belong together, such as a run: only one process writes it. The system
//! releases the lock when the process ends.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;

use crate::printable::printable;
use crate::progress::say;
use crate::regular::open_to_lock;

use super::{StateError, StateErrorKind};

/// Locked file. It stays in the folder and contains the id of the last process that locked it.
const LOCK: &str = ".lock";

/// Guard of a locked folder.
#[derive(Debug)]
pub struct Lock {
    /// Closing the file releases the lock.
    _file: File,
}

impl Lock {
    /// Locks a folder. An error if another process has locked it.
    pub fn take(folder: &Path) -> Result<Self, StateError> {
        let path = folder.join(LOCK);
        let failed = |source| StateError::write(&path, source);
        let mut file = open_to_lock(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held(folder, &mut file)),
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                say(format_args!(
                    "warning: {}: this file system has no locks: make sure that only one process writes there",
                    printable(folder.display())
                ))
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(failed)?;
        Ok(Self { _file: file })
    }

    /// Returns whether a folder was locked before.
    pub(crate) fn was_taken(folder: &Path) -> bool {
        folder.join(LOCK).exists()
    }

    /// Returns an error if another process writes the folder.
    pub fn check(folder: &Path) -> Result<(), StateError> {
        if Self::was_taken(folder) { Self::take(folder).map(drop) } else { Ok(()) }
    }
}

fn held(folder: &Path, file: &mut File) -> StateError {
    let mut id = String::new();
    // If the file cannot be read, the message has no process id.
    let by = match file.read_to_string(&mut id) {
        Ok(_) if !id.trim().is_empty() => Some(id.trim().to_owned()),
        _ => None,
    };
    StateError::new(folder, StateErrorKind::Locked { by })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_link_in_place_of_the_lock_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let victim = folder.path().join("victim");
        std::fs::write(&victim, "important").unwrap();
        std::os::unix::fs::symlink("victim", folder.path().join(LOCK)).unwrap();
        assert!(Lock::take(folder.path()).is_err());
        assert_eq!(std::fs::read_to_string(victim).unwrap(), "important");
    }

    #[test]
    fn a_folder_is_locked_once_and_the_holder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        Lock::check(folder.path()).unwrap();
        assert!(!folder.path().join(LOCK).exists());
        let lock = Lock::take(folder.path()).unwrap();
        let refused = [Lock::take(folder.path()).map(drop), Lock::check(folder.path())];
        for refused in refused {
            let message = refused.unwrap_err().to_string();
            assert!(message.contains(&format!("process {}", std::process::id())), "{message}");
        }
        drop(lock);
        Lock::check(folder.path()).unwrap();
        Lock::take(folder.path()).unwrap();
    }
}
