//! Files that are whole under another name before they take theirs, so that those that belong together can be swapped together.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::StateError;
use super::atomic::beside;
use super::disk::Disk;
use crate::checksum::Checksum;

/// A file that is written and synced, but has not got its name yet. Dropped, it is removed. Only one process may stage files in a
/// folder.
#[derive(Debug)]
pub(crate) struct Staged<'d> {
    disk: &'d dyn Disk,
    path: PathBuf,
    beside: PathBuf,
    checksum: Checksum,
}

impl<'d> Staged<'d> {
    /// Writes what is to become the file at a path.
    pub(crate) fn write(
        disk: &'d dyn Disk,
        path: &Path,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<Self, StateError> {
        let beside = beside(path);
        match disk.write(&beside, fill) {
            Ok(checksum) => Ok(Self { disk, path: path.to_owned(), beside, checksum }),
            Err(error) => {
                let _ = disk.remove(&beside);
                Err(StateError { path: path.to_owned(), ..error })
            }
        }
    }

    /// The file that it is to become.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The file until then.
    pub(crate) fn beside(&self) -> &Path {
        &self.beside
    }

    /// Checksum of its contents.
    pub(crate) fn checksum(&self) -> Checksum {
        self.checksum
    }

    /// Gives the file its name.
    pub(crate) fn put(self) -> Result<PathBuf, StateError> {
        let put = self.disk.rename(&self.beside, &self.path);
        put.map_err(|source| StateError::write(&self.path, source))?;
        Ok(self.path.clone())
    }
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        // Nothing is there after it was put.
        if self.beside.exists() {
            let _ = self.disk.remove(&self.beside);
        }
    }
}
