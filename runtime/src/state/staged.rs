//! Staged files: written completely under a temporary name, so that files that belong together can be
//! replaced together.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::StateError;
use super::atomic::beside;
use super::disk::Disk;
use crate::checksum::Checksum;

/// A file that is written and synced under a temporary name. It is removed when dropped. Only one process may
/// stage files in a folder.
#[derive(Debug)]
pub(crate) struct Staged<'d> {
    disk: &'d dyn Disk,
    path: PathBuf,
    beside: PathBuf,
    checksum: Checksum,
}

impl<'d> Staged<'d> {
    /// Writes the content of the future file at a path.
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

    /// Returns the path of the future file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the temporary path.
    pub(crate) fn beside(&self) -> &Path {
        &self.beside
    }

    /// Returns the checksum of the content.
    pub(crate) fn checksum(&self) -> Checksum {
        self.checksum
    }

    /// Renames the file to its name.
    pub(crate) fn put(self) -> Result<PathBuf, StateError> {
        let put = self.disk.rename(&self.beside, &self.path);
        put.map_err(|source| StateError::write(&self.path, source))?;
        Ok(self.path.clone())
    }
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        // After the rename there is nothing to remove.
        if self.beside.exists() {
            let _ = self.disk.remove(&self.beside);
        }
    }
}
