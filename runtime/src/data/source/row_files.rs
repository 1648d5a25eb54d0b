//! Files for the numbers of the rows of a long log.

use std::io;
use std::path::{Path, PathBuf};

use bytemuck::Pod;
use tempfile::TempDir;

use super::row_numbers::RowNumbers;
use crate::data::encoded::Values;
use crate::data::error::DataError;

/// Beginning of the names of folders of arrays.
pub(in crate::data) const PREFIX: &str = "new-";

/// Numbered files of arrays, in a folder of their own that is made with the first of them and removed with this value.
#[derive(Debug, Default)]
pub(in crate::data) struct RowFiles {
    /// Folder in which the folder is made. None: all numbers stay in memory.
    parent: Option<PathBuf>,
    folder: Option<TempDir>,
    files: u32,
}

/// Number of the file of an array.
#[derive(Clone, Copy, Debug)]
pub(in crate::data) struct RowFile(u32);

impl RowFiles {
    /// Files in a folder of their own in `parent`. Without it there are no files, and all numbers stay in memory.
    pub(in crate::data) fn new(parent: Option<&Path>) -> Self {
        Self { parent: parent.map(Path::to_owned), ..Self::default() }
    }

    /// Files in a folder that has `files` arrays.
    pub(in crate::data) fn of_folder(folder: TempDir, files: u32) -> Self {
        Self { parent: folder.path().parent().map(Path::to_owned), folder: Some(folder), files }
    }

    /// Returns whether numbers may be in files.
    pub(in crate::data) fn can_be_written(&self) -> bool {
        self.parent.is_some()
    }

    /// The folder, if it was made.
    pub(in crate::data) fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().map(TempDir::path)
    }

    /// Chooses the file of another array.
    pub(in crate::data) fn next(&mut self) -> RowFile {
        self.files += 1;
        RowFile(self.files)
    }

    /// Returns whether [`RowFiles::spill`] moves numbers to a file.
    pub(in crate::data) fn spills<T: Pod>(&self, numbers: &RowNumbers<T>) -> bool {
        self.parent.is_some() && numbers.is_long()
    }

    /// Moves numbers to their file, if there are many.
    pub(in crate::data) fn spill<T: Pod>(
        &mut self,
        numbers: &mut RowNumbers<T>,
        RowFile(file): RowFile,
    ) -> Result<(), DataError> {
        let Some(parent) = self.parent.as_deref().filter(|_| numbers.is_long()) else { return Ok(()) };
        let folder = match &mut self.folder {
            Some(folder) => Ok(&*folder),
            none => made_in(parent).map(|folder| &*none.insert(folder)),
        };
        let spilled = folder.and_then(|folder| numbers.spill(folder.path(), file));
        spilled.map_err(|error| failed(parent, error))
    }

    /// Ends an array.
    pub(in crate::data) fn finish<T: Pod>(
        &self,
        numbers: RowNumbers<T>,
        RowFile(file): RowFile,
    ) -> Result<Values<T>, DataError> {
        let parent = self.parent.as_deref().unwrap_or(Path::new(""));
        numbers.finish(self.folder(), file).map_err(|error| failed(parent, error))
    }

    /// Returns the numbers of an iterator as an array.
    pub(in crate::data) fn collect<T: Pod>(
        &mut self,
        numbers: impl IntoIterator<Item = T>,
    ) -> Result<Values<T>, DataError> {
        let (mut array, file) = (RowNumbers::default(), self.next());
        for number in numbers {
            array.push(number);
            if array.is_long() {
                self.spill(&mut array, file)?;
            }
        }
        self.finish(array, file)
    }
}

/// Folder for temporary files of any size: that of `TMPDIR`, or else `/var/tmp`, because `/tmp` may be in memory.
pub(crate) fn temporary_folder() -> PathBuf {
    let lasting = Path::new("/var/tmp");
    let is_chosen = std::env::var_os("TMPDIR").is_some_and(|folder| !folder.is_empty());
    if cfg!(unix) && !is_chosen && lasting.is_dir() { lasting.to_owned() } else { std::env::temp_dir() }
}

/// Makes a folder of arrays in another one.
pub(in crate::data) fn made_in(parent: &Path) -> io::Result<TempDir> {
    std::fs::create_dir_all(parent)?;
    tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)
}

/// Error of files in a folder.
pub(in crate::data) fn failed(folder: &Path, error: io::Error) -> DataError {
    DataError::EncodedFiles { folder: folder.to_owned(), error }
}
