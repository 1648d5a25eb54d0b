//! Parquet: each block is a part of a row group, which any thread decodes.

use std::io::{self, BufReader, Read as _};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::PageIndexPolicy;
use parquet::file::reader::{ChunkReader, Length};

use super::super::{Block, Blocks, Form, Opening, Size, SourceSpec};
use super::{Columns, ROWS, TEXT, arrow, blocks, chunk, open, other, size};
use crate::data::error::DataError;
use crate::data::source::chunk::Chunk;
use crate::data::source::missing::Missing;
use crate::data::source::open_file::{OpenFile, OpenFileReader};

/// First bytes of files.
pub(super) const MARK: &[u8] = b"PAR1";

/// The form of Parquet files.
pub(in crate::data::source) struct Parquet;

impl Form for Parquet {
    fn open(&self, opening: &Opening<'_>) -> Result<Box<dyn Blocks>, DataError> {
        let (file, first) = open(opening)?;
        if !first.starts_with(MARK) {
            let remedy = if first.starts_with(arrow::MARK) { "write `arrow(...)`" } else { TEXT };
            return Err(other(opening, &first, "no Parquet file", remedy));
        }
        let bytes = file.metadata().map_err(|error| opening.failed(error.into()))?.len();
        let file = ParquetFile { file, bytes };
        // Offsets of pages, if the file has them, save the reading of pages without rows of a block.
        let options = ArrowReaderOptions::new().with_offset_index_policy(PageIndexPolicy::Optional);
        let metadata = ArrowReaderMetadata::load(&file, options)
            .map_err(|error| opening.failed(io::Error::other(error).into()))?;
        let columns = Columns::new(metadata.schema(), Missing::of(opening.spec));
        let groups = metadata.metadata().row_groups().iter().map(|group| group.num_rows() as usize).collect();
        let rows = columns.rows_of(opening.block);
        let (path, source) = (opening.file.path().to_owned(), opening.what());
        let open = Open { file, metadata, columns, path, source };
        Ok(Box::new(Parts { open: Arc::new(open), groups, rows, group: 0, offset: 0, row: 1 }))
    }

    fn blocks(&self, bytes: u64, threads: u64) -> u64 {
        blocks(bytes, threads)
    }

    fn size(&self, _: &SourceSpec, bytes: &[u8]) -> Size {
        size(bytes)
    }
}

/// Bytes of a file, with their number.
#[derive(Clone)]
struct ParquetFile {
    file: OpenFile,
    bytes: u64,
}

impl Length for ParquetFile {
    fn len(&self) -> u64 {
        self.bytes
    }
}

impl ChunkReader for ParquetFile {
    type T = BufReader<OpenFileReader>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        Ok(BufReader::new(self.file.reader(start)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let mut bytes = Vec::with_capacity(length);
        let read = self.file.reader(start).take(length as u64).read_to_end(&mut bytes)?;
        match read == length {
            true => Ok(bytes.into()),
            false => Err(ParquetError::EOF(format!(
                "{length} bytes are expected at {start}, and {read} are there"
            ))),
        }
    }
}

/// An open file, which several threads read.
struct Open {
    file: ParquetFile,
    metadata: ArrowReaderMetadata,
    columns: Arc<Columns>,
    path: PathBuf,
    source: String,
}

/// Parts of the row groups of a file, in order.
struct Parts {
    open: Arc<Open>,
    /// Number of rows of each row group.
    groups: Vec<usize>,
    /// Maximum number of rows of a part.
    rows: usize,
    /// Row group of the next part.
    group: usize,
    /// Number of rows of the row group before the next part.
    offset: usize,
    /// Number of the first row of the next part in the file, from 1.
    row: u64,
}

impl Blocks for Parts {
    fn columns(&self) -> &[String] {
        &self.open.columns.names
    }

    fn next(&mut self) -> Result<Option<Box<dyn Block>>, DataError> {
        while let Some(&rows) = self.groups.get(self.group) {
            let part = (rows - self.offset).min(self.rows);
            if part == 0 {
                (self.group, self.offset) = (self.group + 1, 0);
                continue;
            }
            let Self { group, offset, row, .. } = *self;
            self.offset += part;
            self.row += part as u64;
            return Ok(Some(Box::new(Part { open: Arc::clone(&self.open), group, offset, rows: part, row })));
        }
        Ok(None)
    }
}

/// Consecutive rows of a row group.
struct Part {
    open: Arc<Open>,
    group: usize,
    offset: usize,
    rows: usize,
    row: u64,
}

impl Part {
    fn decode(&self) -> ParquetResult<Vec<Chunk>> {
        let Open { file, metadata, columns, .. } = &*self.open;
        let batches = ParquetRecordBatchReaderBuilder::new_with_metadata(file.clone(), metadata.clone())
            .with_row_groups(vec![self.group])
            .with_offset(self.offset)
            .with_limit(self.rows)
            .with_batch_size(ROWS)
            .build()?;
        let mut row = self.row;
        let mut chunks = Vec::new();
        for batch in batches {
            let batch = batch?;
            chunks.push(chunk(columns, &batch, row));
            row += batch.num_rows() as u64;
        }
        Ok(chunks)
    }
}

impl Block for Part {
    fn bytes(&self) -> usize {
        self.open.columns.bytes(self.rows)
    }

    fn parse(self: Box<Self>) -> Result<Vec<Chunk>, DataError> {
        self.decode().map_err(|error| DataError::Read {
            what: self.open.source.clone(),
            path: self.open.path.clone(),
            error: io::Error::other(error),
        })
    }
}
