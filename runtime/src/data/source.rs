//! Reading of sources into tables.

mod compression;
mod drawn_rows;
mod files;
mod filter;
mod folder;
mod format;
mod head;
mod input;
mod join;
mod quotes;
mod raw_table;
mod rows;
mod separated;
mod size;
mod split;
mod stamp;
mod utf16;

pub(crate) use folder::inside;
pub(crate) use format::foreign_format;
pub use head::Head;
pub(crate) use input::Input;
pub use raw_table::{RawTable, Skipped};
pub(crate) use rows::SourceRows;
pub use size::{DataMemory, FileSize, file_sizes};
pub use split::random_split;
pub(crate) use stamp::changes;
pub use stamp::{ChangeKind, FileChange, FileRole, FileStamp};

use std::io::{Cursor, Read as _};
use std::path::Path;

use turret_schema::{FileForm, SourceSpec};

use super::error::DataError;

/// Returns the reader of a form. Each has a file next to this one.
fn form(form: FileForm) -> &'static dyn Form {
    match form {
        FileForm::Separated => &separated::Separated,
    }
}

/// Decides whether a row that cannot be read is an error.
pub(crate) type Refuse<'a> = &'a mut dyn FnMut(DataError) -> Result<(), DataError>;

/// A form of files of rows.
trait Form {
    /// Appends the rows of a file to a table.
    fn read(
        &self,
        spec: &SourceSpec,
        path: &Path,
        bytes: Vec<u8>,
        table: &mut SourceRows,
        refuse: Refuse<'_>,
    ) -> Result<(), DataError>;

    /// Returns the end of the last row in the first bytes of a file. Without one the file is read as a whole.
    fn end_of_rows(&self, _spec: &SourceSpec, _bytes: &[u8]) -> Option<usize> {
        None
    }

    /// Counts the rows and cells in the first bytes of a file, by which those of the file are estimated.
    fn size(&self, spec: &SourceSpec, bytes: &[u8]) -> Size;
}

/// Rows and cells in some bytes.
struct Size {
    rows: u64,
    /// Cells besides the first of each row.
    further_cells: u64,
}

/// Returns the text of a file with these bytes, decompressed.
fn unpacked(bytes: Vec<u8>, spec: &SourceSpec, path: &Path) -> Result<Vec<u8>, DataError> {
    let read = || {
        let mut plain = Vec::new();
        Input::new(Cursor::new(bytes), spec.encoding)?.read_to_end(&mut plain)?;
        Ok(plain)
    };
    read().map_err(|error| DataError::Read {
        what: FileRole::Source(spec.name.to_string()).to_string(),
        path: path.to_owned(),
        error,
    })
}

/// Appends the rows of the file at `path` with these bytes to `table`.
pub(crate) fn parse_source(
    spec: &SourceSpec,
    path: &Path,
    bytes: Vec<u8>,
    table: &mut SourceRows,
    refuse: Refuse<'_>,
) -> Result<(), DataError> {
    let before = table.rows();
    form(spec.form).read(spec, path, bytes, table, refuse)?;
    if table.rows() == before { Err(DataError::Empty { path: path.to_owned() }) } else { Ok(()) }
}
