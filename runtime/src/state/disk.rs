//! File operations of a run, behind a trait, so that tests can make each of them fail.

use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::checksum::{Checksum, Summing};
use crate::regular::{Links, open_with};

use super::StateError;

/// Operations on files and folders.
pub(crate) trait Disk: Debug + Send + Sync {
    /// Creates a folder that does not exist.
    fn make_folder(&self, path: &Path) -> io::Result<()>;
    /// Creates or truncates a file. Rejects links and everything that is not a regular file.
    fn create(&self, path: &Path) -> io::Result<Box<dyn Synced>>;
    /// Renames a file, replacing the target.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Makes the entries of a folder durable.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
    /// Removes a file, or a folder with its contents.
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// A file that is being written.
pub(crate) trait Synced: Write + Send {
    /// Makes its content durable.
    fn sync(&self) -> io::Result<()>;
}

/// The file system.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileSystem;

impl Disk for FileSystem {
    fn make_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn Synced>> {
        let file =
            open_with(OpenOptions::new().write(true).create(true).truncate(true), Links::Refuse, path)?;
        Ok(Box::new(file))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    /// Folders can be synced only on Unix.
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        if path.symlink_metadata()?.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
    }
}

impl Synced for File {
    fn sync(&self) -> io::Result<()> {
        self.sync_all()
    }
}

impl dyn Disk + '_ {
    /// Writes a file and syncs it. Returns the checksum of its contents.
    pub(crate) fn write(
        &self,
        path: &Path,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<Checksum, StateError> {
        let (file, checksum) = self.write_unsynced(path, fill)?;
        file.sync().map_err(|source| StateError::write(path, source))?;
        Ok(checksum)
    }

    /// Writes a file. Returns it, to be synced, and the checksum of its contents.
    pub(crate) fn write_unsynced(
        &self,
        path: &Path,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(Box<dyn Synced>, Checksum), StateError> {
        let write = || {
            let file = self.create(path)?;
            let mut writer = BufWriter::with_capacity(1 << 18, Summing::new(file));
            fill(&mut writer)?;
            let summing = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
            let checksum = summing.checksum();
            Ok((summing.into_inner(), checksum))
        };
        write().map_err(|source| StateError::write(path, source))
    }
}
