//! A source in memory, with access to any row.

use std::borrow::Cow;
use std::path::Path;

use turret_schema::SourceSpec;

use super::Refuse;
use super::chunk::Chunk;
use super::file::SourceFile;
use super::read::{Receive, read};
use super::row_index::RowIndex;
use super::stamp::FileStamp;
use crate::data::error::DataError;
use crate::data::field::Field;

/// Rows of a source.
#[derive(Default)]
pub(crate) struct Table {
    index: RowIndex,
    /// Chunks, with their first rows.
    chunks: Vec<(u32, Chunk)>,
    files: Vec<SourceFile>,
    is_whole: bool,
}

impl Table {
    /// Reads files of a source. With a limit, only about this number of bytes of each file.
    pub(crate) fn read(
        spec: &SourceSpec,
        files: Vec<SourceFile>,
        limit: Option<usize>,
        refuse: Refuse<'_>,
    ) -> Result<Self, DataError> {
        let mut table = Self::default();
        let is_whole = read(spec, &files, limit, &mut Reading { table: &mut table, refuse })?;
        Ok(Self { files, is_whole, ..table })
    }

    /// Columns and places.
    pub(crate) fn index(&self) -> &RowIndex {
        &self.index
    }

    /// True if the files were read completely.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> u32 {
        self.index.rows()
    }

    /// Returns a cell.
    pub(crate) fn field(&self, row: u32, column: usize) -> Field<'_> {
        let at = self.chunks.partition_point(|&(first, _)| first <= row);
        let (first, chunk) = &self.chunks[at - 1];
        chunk.field((row - first) as usize, column)
    }

    /// Returns the canonical key in a cell. `None` if it is missing or no key.
    pub(in crate::data) fn key(&self, row: u32, column: usize) -> Option<Cow<'_, str>> {
        self.field(row, column).into_key()
    }

    /// Returns the stamps of the files, with the numbers of their rows.
    pub(super) fn stamps(&self) -> impl Iterator<Item = FileStamp> {
        stamps(&self.files, &self.index)
    }
}

/// Returns the stamps of files, with the numbers of their rows.
pub(super) fn stamps(files: &[SourceFile], index: &RowIndex) -> impl Iterator<Item = FileStamp> {
    let files = files.iter().zip(index.rows_of_files());
    files.filter_map(|(file, rows)| Some(FileStamp { rows: Some(rows.into()), ..file.stamp()?.clone() }))
}

struct Reading<'a, 'r> {
    table: &'a mut Table,
    refuse: Refuse<'r>,
}

impl Receive for Reading<'_, '_> {
    fn begin_file(&mut self, path: &Path, columns: &[String]) -> Result<(), DataError> {
        self.table.index.begin_file(path, columns)
    }

    fn take(&mut self, chunks: Vec<Chunk>) -> Result<(), DataError> {
        for mut chunk in chunks {
            let first = self.table.rows();
            self.table.index.append(&mut chunk, self.refuse)?;
            if chunk.rows() > 0 {
                self.table.chunks.push((first, chunk));
            }
        }
        Ok(())
    }

    fn end_file(&mut self) -> Result<(), DataError> {
        self.table.index.end_file()
    }
}
