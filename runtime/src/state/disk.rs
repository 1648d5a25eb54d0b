//! The operations on files that storing a run is made of, behind a trait, so that tests can let each of them fail.

use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::checksum::{Checksum, Summing};
use crate::regular::{Links, open_with};

use super::StateError;

/// Operations on files and folders.
pub(crate) trait Disk: Debug + Send + Sync {
    /// Makes a folder that is not there yet.
    fn make_folder(&self, path: &Path) -> io::Result<()>;
    /// Creates a file, or empties the one that is there. What is no file, and a link, is refused.
    fn create(&self, path: &Path) -> io::Result<Box<dyn Synced>>;
    /// Gives a file the name of another, which it replaces.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Makes the names in a folder survive a crash of the system.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
    /// Removes a file, or a folder with all that is in it.
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// A file that is being written.
pub(crate) trait Synced: Write {
    /// Makes its contents survive a crash of the system.
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

    /// Only Unix lets a folder be synced.
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
        let write = || {
            let file = self.create(path)?;
            let mut writer = BufWriter::with_capacity(1 << 18, Summing::new(file));
            fill(&mut writer)?;
            let summing = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
            let checksum = summing.checksum();
            summing.into_inner().sync()?;
            Ok(checksum)
        };
        write().map_err(|source| StateError::write(path, source))
    }
}
