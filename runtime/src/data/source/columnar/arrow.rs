//! Arrow IPC: files (Feather) and streams. Their batches are decoded in order: most of a batch is used as it
//! lies in the file.

use std::io::{self, BufReader};
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{ArrowError, SchemaRef};

use super::super::{Block, Blocks, Form, Opening, Size, SourceSpec};
use super::{Columns, ROWS, TEXT, chunk, open, other, parquet, size};
use crate::data::error::DataError;
use crate::data::source::chunk::Chunk;
use crate::data::source::missing::Missing;

/// First bytes of files.
pub(super) const MARK: &[u8] = b"ARROW1";
/// First bytes of streams.
const STREAM: &[u8] = b"\xff\xff\xff\xff";

/// The form of Arrow files and streams.
pub(in crate::data::source) struct Arrow;

impl Form for Arrow {
    fn open(&self, opening: &Opening<'_>) -> Result<Box<dyn Blocks>, DataError> {
        let (file, first) = open(opening)?;
        let failed = |error: ArrowError| opening.failed(io::Error::other(error).into());
        let file = BufReader::new(file.reader(0));
        if first.starts_with(MARK) {
            let batches = FileReader::try_new(file, None).map_err(failed)?;
            let schema = batches.schema();
            return Ok(Box::new(Batches::new(opening, &schema, Box::new(batches))));
        }
        if !first.starts_with(STREAM) {
            let remedy = if first.starts_with(parquet::MARK) { "write `parquet(...)`" } else { TEXT };
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
        let columns = Columns::new(schema, Missing::of(opening.spec));
        let path = opening.file.path().to_owned();
        Self { path, source: opening.what(), columns, batches, rest: None, row: 1 }
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
        self.columns.bytes(self.batch.num_rows())
    }

    fn parse(self: Box<Self>) -> Result<Vec<Chunk>, DataError> {
        Ok(vec![chunk(&self.columns, &self.batch, self.row)])
    }
}
