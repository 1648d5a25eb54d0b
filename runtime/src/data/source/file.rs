//! A file of a source.

use std::fs::Metadata;
#[cfg(feature = "columnar")]
use std::io::Seek as _;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use turret_schema::{DataSpec, Encoding, STANDARD_INPUT};

use super::FileRole;
#[cfg(feature = "columnar")]
use super::compression::is_compressed;
use super::files::source_files;
use super::folder::inside;
use super::input::Input;
use super::open_file::OpenFile;
use super::stamp::FileStamp;
use super::standard_input;
use crate::data::error::DataError;
use crate::regular;

/// A file of rows, which is read from its beginning as often as needed.
#[derive(Clone, Debug)]
pub(crate) struct SourceFile {
    /// Path, or the name of standard input.
    path: PathBuf,
    source: String,
    /// Number of the path of the spec that the file is found by.
    of_path: usize,
    stamp: Option<FileStamp>,
    /// The file, if it has no path.
    open: Option<OpenFile>,
}

/// Decision on the stamps of files, which take a pass over them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stamped<'s> {
    /// Files are stamped, unless they are among those with a stamp.
    Yes(&'s [FileStamp]),
    /// Files are not stamped.
    No,
}

impl SourceFile {
    /// The files of a source in the data folder.
    pub(super) fn all(
        spec: &DataSpec,
        source: usize,
        folder: &Path,
        stamped: Stamped<'_>,
    ) -> Result<Vec<Self>, DataError> {
        let name = &*spec.sources[source].name;
        let role = FileRole::Source(name.to_owned());
        let file = |(of_path, path): &(usize, String)| {
            let file = Self { of_path: *of_path, ..Self::of_source(name, folder, path)? };
            let stamp = match stamped {
                Stamped::Yes(known) => {
                    let known = known.iter().find(|known| known.role == role && known.path == *path);
                    Some(known.map_or_else(|| file.make_stamp(path), |known| Ok(known.clone()))?)
                }
                Stamped::No => None,
            };
            Ok(Self { stamp, ..file })
        };
        source_files(spec, source, folder)?.iter().map(file).collect()
    }

    /// The file at a path of a source: in the data folder, or standard input.
    pub(super) fn of_source(name: &str, folder: &Path, path: &str) -> Result<Self, DataError> {
        let source = name.to_owned();
        if path == STANDARD_INPUT {
            let open = Some(standard_input::open(&FileRole::Source(source.clone()).to_string())?);
            return Ok(Self { source, open, ..Self::at(Path::new(standard_input::NAME)) });
        }
        Ok(Self { source, ..Self::at(&inside(folder, path)?) })
    }

    /// A file anywhere.
    pub(crate) fn at(path: &Path) -> Self {
        Self { path: path.to_owned(), source: String::new(), of_path: 0, stamp: None, open: None }
    }

    /// Standard input, for records.
    pub(crate) fn standard_input() -> Result<Self, DataError> {
        let open = Some(standard_input::open("records")?);
        Ok(Self { open, ..Self::at(Path::new(standard_input::NAME)) })
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

    /// Metadata of the file.
    pub(super) fn metadata(&self) -> Result<Metadata, DataError> {
        match &self.open {
            None => self.path.metadata(),
            Some(open) => open.metadata(),
        }
        .map_err(|error| self.failed(error))
    }

    /// Opens the file as it is.
    pub(super) fn bytes(&self) -> io::Result<Box<dyn Read>> {
        Ok(match &self.open {
            None => Box::new(regular::open(&self.path)?),
            Some(open) => Box::new(open.reader(0)),
        })
    }

    /// Opens the file. Its rows are decompressed and converted to UTF-8.
    pub(super) fn input(&self, encoding: Encoding) -> Result<Input, DataError> {
        match &self.open {
            None => Input::open(&self.path, encoding),
            Some(open) => Input::new(open.reader(0), encoding),
        }
        .map_err(|error| self.failed(error))
    }

    /// Opens the file for reading at any place. A compressed file is decompressed to a temporary one.
    #[cfg(feature = "columnar")]
    pub(super) fn seekable(&self) -> io::Result<OpenFile> {
        let open = match &self.open {
            None => OpenFile::new(regular::open(&self.path)?),
            Some(open) => open.clone(),
        };
        if !is_compressed(&mut open.reader(0))? {
            return Ok(open);
        }
        let mut plain = tempfile::tempfile()?;
        io::copy(&mut Input::new(open.reader(0), Encoding::Latin1)?, &mut plain)?;
        plain.rewind()?;
        Ok(OpenFile::new(plain))
    }

    /// Checks that the file is as it was when it was stamped.
    pub(super) fn check_unchanged(&self) -> Result<(), DataError> {
        match &self.stamp {
            Some(stamp) if !self.metadata().is_ok_and(|metadata| stamp.is_of(&metadata)) => {
                Err(DataError::Changed { path: self.path.clone() })
            }
            _ => Ok(()),
        }
    }

    /// Computes the stamp of the file, which has this path in the spec.
    fn make_stamp(&self, path: &str) -> Result<FileStamp, DataError> {
        let (role, metadata) = (FileRole::Source(self.source.clone()), self.metadata()?);
        self.bytes()
            .and_then(|bytes| FileStamp::of_bytes(role, path, &metadata, bytes))
            .map_err(|error| self.failed(error))
    }

    /// Error of a failed read.
    pub(super) fn failed(&self, error: io::Error) -> DataError {
        let what = FileRole::Source(self.source.clone()).to_string();
        DataError::Read { what, path: self.path.clone(), error }
    }
}
