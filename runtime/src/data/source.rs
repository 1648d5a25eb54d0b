//! Reading of sources, block by block.

mod adjacency;
mod chunk;
#[cfg(feature = "columnar")]
mod columnar;
mod compression;
mod dictionary;
mod distinct;
mod drawn_rows;
mod explode;
mod file;
mod files;
mod filter;
mod folder;
mod format;
mod head;
mod input;
mod join;
mod json_lines;
mod key_column;
mod lines;
mod main_rows;
mod missing;
mod open_file;
mod opening;
mod pairs;
mod quotes;
mod raw_table;
mod read;
mod rejection;
mod row_files;
mod row_index;
mod row_numbers;
mod sample;
mod separated;
mod shapes;
mod size;
mod skip_spaces;
mod skipped;
mod split;
mod stamp;
mod standard_input;
mod structure;
mod table;
mod text_blocks;
mod text_file;
mod utf16;

pub(crate) use chunk::Chunk;
pub(in crate::data) use dictionary::Dictionary;
pub(crate) use file::SourceFile;
pub(in crate::data) use files::source_files;
pub(in crate::data) use filter::Filter;
pub(crate) use folder::inside;
pub(crate) use format::foreign_format;
pub use head::Head;
pub(crate) use input::Input;
pub(in crate::data) use main_rows::Numbered;
pub(crate) use main_rows::Retained;
pub use raw_table::RawTable;
pub(crate) use row_files::temporary_folder;
pub(in crate::data) use row_files::{PREFIX, RowFile, RowFiles, failed, made_in};
pub(in crate::data) use row_numbers::RowNumbers;
pub use sample::{Sample, first_bytes};
pub use size::{DataMemory, FileSize, file_sizes};
pub use skipped::Skipped;
pub use split::random_split;
pub(crate) use stamp::changes;
pub use stamp::{ChangeKind, FileChange, FileRole, FileStamp};
pub(crate) use table::Table;
#[cfg(test)]
pub(in crate::data) use {chunk::TextCells, lines::Lines, row_numbers::PIECE};

use std::io::Read;

use turret_schema::{FileForm, SourceSpec};

use super::error::DataError;
use text_blocks::BlockError;

/// Returns the reader of a form. Each has a file next to this one.
fn form(form: FileForm) -> &'static dyn Form {
    match form {
        FileForm::Separated => &separated::Separated,
        FileForm::JsonLines => &json_lines::JsonLines,
        FileForm::LibSvm => &pairs::LibSvm,
        FileForm::LibFfm => &pairs::LibFfm,
        FileForm::Adjacency => &adjacency::Adjacency,
        #[cfg(feature = "columnar")]
        FileForm::Parquet => &columnar::Parquet,
        #[cfg(feature = "columnar")]
        FileForm::Arrow => &columnar::Arrow,
        #[cfg(not(feature = "columnar"))]
        FileForm::Parquet | FileForm::Arrow => &NoColumnar,
    }
}

/// Decides whether a row that cannot be read is an error. The number is that of the next row that can be.
pub(crate) type Refuse<'a> = &'a mut dyn FnMut(u32, DataError) -> Result<(), DataError>;

/// A form of files of rows.
trait Form: Sync {
    /// Opens a file: reads the names of its columns and prepares to read its rows.
    fn open(&self, opening: &Opening<'_>) -> Result<Box<dyn Blocks>, DataError>;

    /// Returns the memory of the blocks of a file of this number of bytes while a number of threads read it.
    fn blocks(&self, bytes: u64, threads: u64) -> u64 {
        size::text_blocks(bytes, threads)
    }

    /// Counts the rows and cells in the first bytes of a file, by which those of the file are estimated.
    fn size(&self, spec: &SourceSpec, bytes: &[u8]) -> Size;
}

/// A file to open.
struct Opening<'a> {
    /// Source that it belongs to.
    spec: &'a SourceSpec,
    file: &'a SourceFile,
    /// Columns of the first file of the source, if this is a later one.
    columns: Option<&'a [String]>,
    /// Number of bytes of a block.
    block: usize,
}

impl Opening<'_> {
    /// Reader of the file.
    fn reader(&self) -> Result<Box<dyn Read + Send>, DataError> {
        Ok(Box::new(self.file.input(self.spec.encoding)?))
    }

    /// The source in messages.
    fn what(&self) -> String {
        FileRole::Source(self.spec.name.to_string()).to_string()
    }

    /// Error of a failed read.
    fn failed(&self, error: BlockError) -> DataError {
        match error {
            BlockError::Row(error) => error,
            BlockError::Read(error) => {
                DataError::Read { what: self.what(), path: self.file.path().to_owned(), error }
            }
        }
    }
}

/// An open file, which one thread reads block by block.
trait Blocks: Send {
    /// Names of the columns.
    fn columns(&self) -> &[String];
    /// Reads the next block of whole rows. `None` at the end.
    fn next(&mut self) -> Result<Option<Box<dyn Block>>, DataError>;
}

/// A block of rows, which any thread parses.
trait Block: Send {
    /// Size in bytes.
    fn bytes(&self) -> usize;
    /// Parses the rows, as one or several chunks.
    fn parse(self: Box<Self>) -> Result<Vec<Chunk>, DataError>;
}

/// Form of files that this build does not read.
#[cfg(not(feature = "columnar"))]
struct NoColumnar;

#[cfg(not(feature = "columnar"))]
impl Form for NoColumnar {
    fn open(&self, opening: &Opening<'_>) -> Result<Box<dyn Blocks>, DataError> {
        Err(DataError::NoColumnar { path: opening.file.path().to_owned() })
    }

    fn size(&self, _: &SourceSpec, _: &[u8]) -> Size {
        Size { rows: 0, further_cells: 0 }
    }
}

/// Rows and cells in some bytes.
struct Size {
    rows: u64,
    /// Cells besides the first of each row.
    further_cells: u64,
}
