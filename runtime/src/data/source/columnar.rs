//! Files with typed columns: Parquet and Arrow (Feather).

mod arrow;
mod arrow_file;
mod parquet;
mod value;

use std::io::{self, Read as _};
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, cast::AsArray};
use arrow_schema::{DataType, Fields, SchemaRef};

pub(super) use self::arrow::Arrow;
pub(super) use self::parquet::Parquet;
use self::value::{is_read, value};
use super::chunk::{Cells, Chunk};
use super::format::{Foreign, foreign_format, foreign_text};
use super::lines::Lines;
use super::missing::Missing;
use super::open_file::OpenFile;
use super::read::BLOCK;
use super::text_file::refused;
use super::{Opening, Size};
use crate::data::error::DataError;
use crate::data::field::Field;

/// Number of rows of a chunk.
const ROWS: usize = 8192;
/// Size of a decoded block as a multiple of that of a block of text. A page of Parquet that two blocks share is
/// decoded for each.
const DECODED: usize = 16;
/// Decoded blocks at once, for each thread: those that are parsed, and those that are fitted or encoded.
const AT_ONCE: u64 = 4;
/// Assumed bytes of a cell, for estimates. Columns are compressed.
const CELL: usize = 4;
/// Assumed number of columns, for estimates.
const COLUMNS: usize = 16;
/// Remedy for a text in place of typed columns.
const TEXT: &str = "text is read by `csv(...)`, `tsv(...)` or `jsonl(...)`";

/// Opens a file. Returns also its first bytes.
fn open(opening: &Opening<'_>) -> Result<(OpenFile, Vec<u8>), DataError> {
    let read = || {
        let (file, mut first) = (opening.file.seekable()?, Vec::new());
        file.reader(0).take(1 << 12).read_to_end(&mut first)?;
        Ok::<_, io::Error>((file, first))
    };
    read().map_err(|error| opening.failed(error.into()))
}

/// Error of a file of another form.
fn other(opening: &Opening<'_>, first: &[u8], format: &'static str, remedy: &'static str) -> DataError {
    let is_columnar = [parquet::MARK, arrow::MARK].iter().any(|mark| first.starts_with(mark));
    let found = foreign_format(first).or_else(|| foreign_text(&String::from_utf8_lossy(first)));
    refused(opening.file.path(), found.filter(|_| !is_columnar).unwrap_or(Foreign { format, remedy }))
}

/// Memory of the blocks of a file while it is read.
fn blocks(bytes: u64, threads: u64) -> u64 {
    bytes.min(AT_ONCE * BLOCK as u64 * threads).saturating_mul(DECODED as u64)
}

fn size(bytes: &[u8]) -> Size {
    let cells = bytes.len() / CELL;
    Size { rows: (cells / COLUMNS) as u64, further_cells: (cells - cells / COLUMNS) as u64 }
}

/// Columns of a file: fields, and fields of structs by their paths.
struct Columns {
    names: Vec<String>,
    /// Index of each column, and of each struct that it is in, from outside to inside.
    paths: Vec<Vec<usize>>,
    missing: Missing,
}

impl Columns {
    fn new(schema: &SchemaRef, missing: Missing) -> Arc<Self> {
        let mut columns = Self { names: Vec::new(), paths: Vec::new(), missing };
        columns.add(schema.fields(), "", &[]);
        Arc::new(columns)
    }

    /// Number of rows of a block.
    fn rows_of(&self, block: usize) -> usize {
        (DECODED * block / self.bytes(1).max(1)).max(1)
    }

    /// Assumed size of rows in memory.
    fn bytes(&self, rows: usize) -> usize {
        rows * self.names.len() * size_of::<f64>()
    }

    fn add(&mut self, fields: &Fields, above: &str, path: &[usize]) {
        for (index, field) in fields.iter().enumerate() {
            let name =
                if above.is_empty() { field.name().clone() } else { format!("{above}.{}", field.name()) };
            let path = [path, &[index]].concat();
            if let DataType::Struct(fields) = field.data_type() {
                self.add(fields, &name, &path);
            }
            if is_read(field.data_type()) {
                self.names.push(name);
                self.paths.push(path);
            }
        }
    }
}

/// Returns the rows of a batch, of which the first has this number.
fn chunk(columns: &Arc<Columns>, batch: &RecordBatch, row: u64) -> Chunk {
    let mut lines = Lines::default();
    (row..row + batch.num_rows() as u64).for_each(|row| lines.push(row));
    // Arrays of each column, from outside to inside.
    let arrays = columns.paths.iter().map(|path| {
        let mut inside = batch.columns();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(path.len());
        for &index in path {
            arrays.push(Arc::clone(&inside[index]));
            inside = inside[index].as_struct_opt().map_or(&[], |of| of.columns());
        }
        arrays
    });
    let arrays = arrays.collect();
    let cells = ArrowCells { rows: batch.num_rows(), arrays, columns: Arc::clone(columns) };
    Chunk::new(Box::new(cells), lines)
}

struct ArrowCells {
    rows: usize,
    arrays: Vec<Vec<ArrayRef>>,
    columns: Arc<Columns>,
}

impl Cells for ArrowCells {
    fn rows(&self) -> usize {
        self.rows
    }

    fn field(&self, row: usize, column: usize) -> Field<'_> {
        let arrays = &self.arrays[column];
        match arrays.last() {
            Some(array) if !arrays.iter().any(|array| array.is_null(row)) => {
                self.columns.missing.applied(value(array, row))
            }
            _ => Field::Missing,
        }
    }
}

#[cfg(test)]
mod tests;
