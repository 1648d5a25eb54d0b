//! Files with typed columns: Parquet and Arrow (Feather).

mod value;

use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, cast::AsArray};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{ArrowError, DataType, Fields, SchemaRef};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use self::value::{is_read, value};
use super::chunk::{Cells, Chunk};
use super::format::{Foreign, foreign_format, foreign_text};
use super::lines::Lines;
use super::missing::Missing;
use super::text_file::refused;
use super::{Block, Blocks, Form, Opening, Size, SourceSpec};
use crate::data::error::DataError;
use crate::data::field::Field;

/// Number of rows of a block.
const ROWS: usize = 8192;
/// First bytes of Parquet files.
const PARQUET: &[u8] = b"PAR1";
/// First bytes of Arrow files.
const ARROW: &[u8] = b"ARROW1";
/// First bytes of streams of Arrow.
const STREAM: &[u8] = b"\xff\xff\xff\xff";
/// Assumed bytes of a cell, for estimates. Columns are compressed.
const CELL: usize = 4;
/// Assumed number of columns, for estimates.
const COLUMNS: usize = 16;

/// The form of Parquet files.
pub(super) struct Parquet;

/// The form of Arrow files and streams.
pub(super) struct Arrow;

impl Form for Parquet {
    fn open(&self, opening: &Opening<'_>) -> Result<Box<dyn Blocks>, DataError> {
        let (file, first) = open(opening)?;
        if !first.starts_with(PARQUET) {
            let remedy = if first.starts_with(ARROW) { "write `arrow(...)`" } else { TEXT };
            return Err(other(opening, &first, "no Parquet file", remedy));
        }
        let batches = ParquetRecordBatchReaderBuilder::try_new(file)
            .and_then(|builder| builder.with_batch_size(ROWS).build())
            .map_err(|error| opening.failed(io::Error::other(error).into()))?;
        let schema = arrow_array::RecordBatchReader::schema(&batches);
        Ok(Box::new(Batches::new(opening, &schema, Box::new(batches))))
    }

    fn size(&self, _: &SourceSpec, bytes: &[u8]) -> Size {
        size(bytes)
    }
}

impl Form for Arrow {
    fn open(&self, opening: &Opening<'_>) -> Result<Box<dyn Blocks>, DataError> {
        let (file, first) = open(opening)?;
        let failed = |error: ArrowError| opening.failed(io::Error::other(error).into());
        let file = BufReader::new(file);
        if first.starts_with(ARROW) {
            let batches = FileReader::try_new(file, None).map_err(failed)?;
            let schema = batches.schema();
            return Ok(Box::new(Batches::new(opening, &schema, Box::new(batches))));
        }
        if !first.starts_with(STREAM) {
            let remedy = if first.starts_with(PARQUET) { "write `parquet(...)`" } else { TEXT };
            return Err(other(opening, &first, "no Arrow file", remedy));
        }
        let batches = StreamReader::try_new(file, None).map_err(failed)?;
        let schema = batches.schema();
        Ok(Box::new(Batches::new(opening, &schema, Box::new(batches))))
    }

    fn size(&self, _: &SourceSpec, bytes: &[u8]) -> Size {
        size(bytes)
    }
}

/// Remedy for a text in place of typed columns.
const TEXT: &str = "text is read by `csv(...)`, `tsv(...)` or `jsonl(...)`";

/// Opens a file at its beginning. Returns also its first bytes.
fn open(opening: &Opening<'_>) -> Result<(File, Vec<u8>), DataError> {
    let read = || {
        let mut file = opening.file.seekable()?;
        let mut first = Vec::new();
        file.by_ref().take(1 << 12).read_to_end(&mut first)?;
        file.rewind()?;
        Ok::<_, io::Error>((file, first))
    };
    read().map_err(|error| opening.failed(error.into()))
}

/// Error of a file of another form.
fn other(opening: &Opening<'_>, first: &[u8], format: &'static str, remedy: &'static str) -> DataError {
    let is_columnar = [PARQUET, ARROW].iter().any(|mark| first.starts_with(mark));
    let found = foreign_format(first).or_else(|| foreign_text(&String::from_utf8_lossy(first)));
    refused(opening.file.path(), found.filter(|_| !is_columnar).unwrap_or(Foreign { format, remedy }))
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
    fn new(schema: &SchemaRef, missing: Missing) -> Self {
        let mut columns = Self { names: Vec::new(), paths: Vec::new(), missing };
        columns.add(schema.fields(), "", &[]);
        columns
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

/// Batches of rows of a file.
struct Batches {
    path: PathBuf,
    source: String,
    columns: Arc<Columns>,
    batches: Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>,
    /// Rows of a batch that are not passed on yet.
    rest: Option<RecordBatch>,
    /// Number of the next row, from 1.
    row: u64,
}

impl Batches {
    fn new(
        opening: &Opening<'_>,
        schema: &SchemaRef,
        batches: Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>,
    ) -> Self {
        let columns = Arc::new(Columns::new(schema, Missing::of(opening.spec)));
        let path: &Path = opening.file.path();
        Self { path: path.to_owned(), source: opening.what(), columns, batches, rest: None, row: 1 }
    }
}

impl Blocks for Batches {
    fn columns(&self) -> &[String] {
        &self.columns.names
    }

    fn next(&mut self) -> Result<Option<Box<dyn Block>>, DataError> {
        let batch = loop {
            match self.rest.take().map_or_else(|| self.batches.next(), |rest| Some(Ok(rest))) {
                None => return Ok(None),
                Some(Ok(batch)) if batch.num_rows() == 0 => {}
                Some(Ok(batch)) => break batch,
                Some(Err(error)) => {
                    let error = io::Error::other(error);
                    return Err(DataError::Read {
                        what: self.source.clone(),
                        path: self.path.clone(),
                        error,
                    });
                }
            }
        };
        let rows = batch.num_rows().min(ROWS);
        if rows < batch.num_rows() {
            self.rest = Some(batch.slice(rows, batch.num_rows() - rows));
        }
        let block = Batch { batch: batch.slice(0, rows), columns: Arc::clone(&self.columns), row: self.row };
        self.row += rows as u64;
        Ok(Some(Box::new(block)))
    }
}

/// Rows of a file.
struct Batch {
    batch: RecordBatch,
    columns: Arc<Columns>,
    row: u64,
}

impl Block for Batch {
    fn bytes(&self) -> usize {
        self.batch.num_rows() * self.columns.names.len() * size_of::<f64>()
    }

    fn parse(self: Box<Self>) -> Result<Chunk, DataError> {
        let Self { batch, columns, row } = *self;
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
        let cells = ArrowCells { rows: batch.num_rows(), arrays, columns };
        Ok(Chunk::new(Box::new(cells), lines))
    }
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
