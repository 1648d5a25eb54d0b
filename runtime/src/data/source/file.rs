//! A file of a source.

#[cfg(feature = "columnar")]
use std::io::Seek as _;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::NamedTempFile;
use turret_schema::{DataSpec, Encoding};

use super::FileRole;
#[cfg(feature = "columnar")]
use super::compression::is_compressed;
use super::files::source_files;
use super::folder::inside;
use super::input::Input;
use super::stamp::FileStamp;
use crate::data::error::DataError;

/// A file of rows, which is read from its beginning as often as needed.
#[derive(Clone, Debug)]
pub(crate) struct SourceFile {
    path: PathBuf,
    source: String,
    /// Number of the path of the spec that the file is found by.
    of_path: usize,
    stamp: Option<FileStamp>,
    /// Copy of an input that can be read only once.
    spooled: Option<Arc<NamedTempFile>>,
}

/// Decision on the stamps of files, which take a pass over them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stamped {
    /// Files are stamped.
    Yes,
    /// Files are not stamped.
    No,
}

impl SourceFile {
    /// The files of a source in the data folder.
    pub(super) fn all(
        spec: &DataSpec,
        source: usize,
        folder: &Path,
        stamped: Stamped,
    ) -> Result<Vec<Self>, DataError> {
        let name = &*spec.sources[source].name;
        let file = |(of_path, path): &(usize, String)| {
            let stamp = match stamped {
                Stamped::Yes => Some(FileStamp::of_source(name, folder, path)?),
                Stamped::No => None,
            };
            let (path, source) = (inside(folder, path)?, name.to_owned());
            Ok(Self { path, source, of_path: *of_path, stamp, spooled: None })
        };
        source_files(spec, source, folder)?.iter().map(file).collect()
    }

    /// A file anywhere.
    pub(crate) fn at(path: &Path) -> Self {
        Self { path: path.to_owned(), source: String::new(), of_path: 0, stamp: None, spooled: None }
    }

    /// An input that can be read only once, copied to a temporary file. It has the path in messages.
    pub(crate) fn spooled(path: &Path, input: &mut dyn Read) -> io::Result<Self> {
        let mut copy = NamedTempFile::new()?;
        io::copy(input, &mut copy)?;
        Ok(Self { spooled: Some(Arc::new(copy)), ..Self::at(path) })
    }

    /// Path of the file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Number of the path of the spec that the file is found by.
    pub(super) fn of_path(&self) -> usize {
        self.of_path
    }

    /// The stamp, if it was made.
    pub(super) fn stamp(&self) -> Option<&FileStamp> {
        self.stamp.as_ref()
    }

    /// Opens the file.
    pub(super) fn reader(&self, encoding: Encoding) -> Result<Box<dyn Read + Send>, DataError> {
        let input = match &self.spooled {
            None => Input::open(&self.path, encoding),
            Some(copy) => copy.reopen().and_then(|copy| Input::new(copy, encoding)),
        };
        match input {
            Ok(input) => Ok(Box::new(input)),
            Err(error) => {
                let what = FileRole::Source(self.source.clone()).to_string();
                Err(DataError::Read { what, path: self.path.clone(), error })
            }
        }
    }

    /// Opens the file for reading at any place. A compressed file is decompressed to a temporary one.
    #[cfg(feature = "columnar")]
    pub(super) fn seekable(&self) -> io::Result<std::fs::File> {
        let open = || match &self.spooled {
            None => crate::regular::open(&self.path),
            Some(copy) => copy.reopen(),
        };
        let mut file = open()?;
        if !is_compressed(&mut file)? {
            file.rewind()?;
            return Ok(file);
        }
        let mut plain = tempfile::tempfile()?;
        io::copy(&mut Input::new(open()?, Encoding::Latin1)?, &mut plain)?;
        plain.rewind()?;
        Ok(plain)
    }

    /// Checks that the file is as it was when it was stamped.
    pub(super) fn check_unchanged(&self) -> Result<(), DataError> {
        match &self.stamp {
            Some(stamp) if !stamp.is_of(&self.path) => Err(DataError::Changed { path: self.path.clone() }),
            _ => Ok(()),
        }
    }
}
