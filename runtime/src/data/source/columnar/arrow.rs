//! Arrow IPC: files (Feather), whose batches any thread decodes, and streams, whose batches are decoded in order.

use std::io::{self, BufReader};
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_schema::{ArrowError, SchemaRef};

use super::super::{Block, Blocks, Form, Opening, Size, SourceSpec};
use super::arrow_file::{FileBatch, FileBatches};
use super::{Columns, ROWS, TEXT, blocks, chunk, open, other, parquet, size};
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
        if first.starts_with(MARK) {
            let (schema, batches) = FileBatches::open(file).map_err(failed)?;
            let batches = batches.map(|batch| batch.map(Content::InFile));
            return Ok(Box::new(Batches::new(opening, &schema, Box::new(batches))));
        }
        if !first.starts_with(STREAM) {
            let remedy = if first.starts_with(parquet::MARK) { "write `parquet(...)`" } else { TEXT };
            return Err(other(opening, &first, "no Arrow file", remedy));
        }
        let batches = StreamReader::try_new(BufReader::new(file.reader(0)), None).map_err(failed)?;
        let schema = batches.schema();
        let batches = batches.map(|batch| batch.map(Content::Decoded));
        Ok(Box::new(Batches::new(opening, &schema, Box::new(batches))))
    }

    fn blocks(&self, bytes: u64, threads: u64) -> u64 {
        blocks(bytes, threads)
    }

    fn size(&self, _: &SourceSpec, bytes: &[u8]) -> Size {
        size(bytes)
    }
}

/// Batches of rows of a file or a stream.
struct Batches {
    place: Arc<Place>,
    batches: Box<dyn Iterator<Item = Result<Content, ArrowError>> + Send>,
    /// Maximum number of rows of a block.
    most: usize,
    /// Rows of a batch that are not passed on yet.
    rest: Option<RecordBatch>,
    /// Number of the next row, from 1.
    row: u64,
}

/// Columns of a file, and its names in messages.
struct Place {
    columns: Arc<Columns>,
    path: PathBuf,
    source: String,
}

impl Place {
    fn failed(&self, error: ArrowError) -> DataError {
        let error = io::Error::other(error);
        DataError::Read { what: self.source.clone(), path: self.path.clone(), error }
    }
}

/// A batch of rows.
enum Content {
    InFile(FileBatch),
    Decoded(RecordBatch),
}

impl Content {
    fn rows(&self) -> usize {
        match self {
            Content::InFile(batch) => batch.rows(),
            Content::Decoded(batch) => batch.num_rows(),
        }
    }

    fn decode(self) -> Result<RecordBatch, ArrowError> {
        match self {
            Content::InFile(batch) => batch.decode(),
            Content::Decoded(batch) => Ok(batch),
        }
    }
}

impl Batches {
    fn new(
        opening: &Opening<'_>,
        schema: &SchemaRef,
        batches: Box<dyn Iterator<Item = Result<Content, ArrowError>> + Send>,
    ) -> Self {
        let columns = Columns::new(schema, Missing::of(opening.spec));
        let most = columns.rows_of(opening.block);
        let (path, source) = (opening.file.path().to_owned(), opening.what());
        Self { place: Arc::new(Place { columns, path, source }), batches, most, rest: None, row: 1 }
    }

    /// Returns the rows of the next block. A longer batch is decoded here, and its rest is kept.
    fn next_rows(&mut self) -> Result<Option<Content>, ArrowError> {
        let content = match self.rest.take() {
            Some(rest) => Content::Decoded(rest),
            None => match self.batches.next().transpose()? {
                Some(batch) => batch,
                None => return Ok(None),
            },
        };
        let rows = content.rows();
        if rows <= self.most {
            return Ok(Some(content));
        }
        let batch = content.decode()?;
        self.rest = Some(batch.slice(self.most, rows - self.most));
        Ok(Some(Content::Decoded(batch.slice(0, self.most))))
    }
}

impl Blocks for Batches {
    fn columns(&self) -> &[String] {
        &self.place.columns.names
    }

    fn next(&mut self) -> Result<Option<Box<dyn Block>>, DataError> {
        while let Some(content) = self.next_rows().map_err(|error| self.place.failed(error))? {
            let (rows, row) = (content.rows(), self.row);
            self.row += rows as u64;
            if rows > 0 {
                return Ok(Some(Box::new(Batch { content, place: Arc::clone(&self.place), row })));
            }
        }
        Ok(None)
    }
}

/// Rows of a file.
struct Batch {
    content: Content,
    place: Arc<Place>,
    row: u64,
}

impl Block for Batch {
    fn bytes(&self) -> usize {
        self.place.columns.bytes(self.content.rows())
    }

    fn parse(self: Box<Self>) -> Result<Vec<Chunk>, DataError> {
        let Self { content, place, row } = *self;
        let batch = content.decode().map_err(|error| place.failed(error))?;
        let part = |first: usize| {
            let part = batch.slice(first, ROWS.min(batch.num_rows() - first));
            chunk(&place.columns, &part, row + first as u64)
        };
        Ok((0..batch.num_rows()).step_by(ROWS).map(part).collect())
    }
}
