//! Columns of a long source, which are written to files while they are encoded.

use std::io;
use std::path::Path;

use tempfile::TempDir;

use super::array_file::ArrayWriter;
use super::stored::{StoredBatch, StoredColumn};
use crate::data::error::{DataError, SpecError};
use crate::data::features::{Batch, Features};
use crate::data::source::{RowFiles, failed, made_in};

/// Files of the columns of some inputs, in a folder that is removed with them.
pub(super) struct ColumnFiles {
    folder: TempDir,
    /// Columns of each input. Empty before the first record.
    inputs: Vec<Vec<ColumnWriter>>,
    files: u32,
}

struct ColumnWriter {
    rows: usize,
    arrays: Vec<ArrayWriter>,
}

/// Place of encoded rows.
pub(super) enum Destination<'b, B> {
    Memory(&'b mut B),
    Files(ColumnFiles, &'b mut B),
}

impl<'b, B: Batch> Destination<'b, B> {
    /// Files in a folder, if there is one, for this number of inputs.
    pub(super) fn new(batch: &'b mut B, folder: Option<&Path>, inputs: usize) -> Result<Self, DataError> {
        Ok(match folder {
            None => Self::Memory(batch),
            Some(folder) => Self::Files(ColumnFiles::new(folder, inputs)?, batch),
        })
    }

    /// Ends the columns. Those in files are mapped, and need the files as long as they are used.
    pub(super) fn end<F: Features<Batch = B>>(self, features: &F) -> Result<RowFiles, DataError> {
        let Self::Files(files, batch) = self else { return Ok(RowFiles::new(None)) };
        let (mapped, files) = files.mapped(features)?;
        *batch = mapped;
        Ok(files)
    }

    /// Appends the records of an input, which has a name.
    pub(super) fn append(&mut self, input: usize, name: &str, from: &B) -> Result<(), DataError> {
        let is_counted = match self {
            Self::Memory(batch) => batch.append(input, from),
            Self::Files(files, _) => files.append(input, from).map_err(|error| files.failed(error))?,
        };
        if is_counted { Ok(()) } else { Err(SpecError::TooManyItems { input: name.to_owned() }.into()) }
    }
}

impl ColumnFiles {
    /// Makes a folder in another one.
    pub(super) fn new(parent: &Path, inputs: usize) -> Result<Self, DataError> {
        let folder = made_in(parent).map_err(|error| failed(parent, error))?;
        Ok(Self { folder, inputs: std::iter::repeat_with(Vec::new).take(inputs).collect(), files: 0 })
    }

    /// Appends the records of an input. Returns `false` if a column has too many values for 32-bit offsets.
    fn append<B: Batch>(&mut self, input: usize, from: &B) -> io::Result<bool> {
        let columns = from.columns(input);
        if self.inputs[input].is_empty() {
            for column in &columns {
                let create = |_| {
                    self.files += 1;
                    ArrayWriter::create(self.folder.path(), self.files)
                };
                let arrays = (0..column.arrays()).map(create).collect::<io::Result<_>>()?;
                self.inputs[input].push(ColumnWriter { rows: 0, arrays });
            }
        }
        for (column, into) in columns.into_iter().zip(&mut self.inputs[input]) {
            if !column.store(&mut into.arrays)? {
                return Ok(false);
            }
            into.rows += column.rows();
        }
        Ok(true)
    }

    /// Maps the columns. The files must stay as long as they are used.
    pub(super) fn mapped<F: Features>(self, features: &F) -> Result<(F::Batch, RowFiles), DataError> {
        let Self { folder, inputs, files } = self;
        let open = || {
            let stored = |column: ColumnWriter| {
                let arrays = column.arrays.into_iter().map(ArrayWriter::finish);
                Ok(StoredColumn { rows: column.rows, arrays: arrays.collect::<io::Result<_>>()? })
            };
            let inputs = inputs.into_iter().map(|columns| columns.into_iter().map(stored).collect());
            let batch = StoredBatch(inputs.collect::<io::Result<_>>()?);
            batch.open(features, folder.path()).ok_or_else(|| io::Error::other("the files changed"))
        };
        match open() {
            Ok(batch) => Ok((batch, RowFiles::of_folder(folder, files))),
            Err(error) => Err(failed(folder.path(), error)),
        }
    }

    fn failed(&self, error: io::Error) -> DataError {
        failed(self.folder.path(), error)
    }
}
