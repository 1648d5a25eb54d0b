//! The main source: rows that are scanned in order, as often as needed. Long files are read again for each
//! scan.

use std::path::Path;

use turret_schema::SourceSpec;

use super::chunk::Chunk;
use super::file::SourceFile;
use super::read::{Receive, read};
use super::row_index::RowIndex;
use super::stamp::FileStamp;
use super::table::stamps;
use crate::data::error::DataError;

/// Parts of the main source that stay in memory after the first scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retained {
    /// The rows of a short source, and the distinct texts of columns.
    Usual,
    /// No rows, which are read again for each scan, and fewer distinct texts.
    Least,
}

/// Number of rows up to which a source is short.
const SHORT: u32 = 1 << 17;

impl Retained {
    /// Returns the maximum number of rows that stay in memory.
    pub(super) fn most_rows(self) -> u32 {
        match self {
            Self::Usual => SHORT,
            Self::Least => 0,
        }
    }

    /// Returns the maximum memory of the distinct texts of columns in bytes.
    pub(super) fn most_texts(self) -> usize {
        match self {
            Self::Usual => 1 << 30,
            Self::Least => 1 << 26,
        }
    }
}

/// Consecutive rows with the number of the first.
pub(in crate::data) type Numbered = (u32, Chunk);

/// Takes the next rows of a scan.
pub(in crate::data) type Each<'a> = &'a mut dyn FnMut(&[Numbered]) -> Result<(), DataError>;

/// Receiver of the rows of the first scan.
pub(super) trait FirstScan {
    /// Decides whether a row that cannot be read is an error. The number is that of the next row that can be.
    fn refuse(&mut self, row: u32, error: DataError) -> Result<(), DataError>;
    /// Takes the next rows. The index has the columns, and the places of the rows so far.
    fn take(&mut self, index: &RowIndex, chunks: &[Numbered]) -> Result<(), DataError>;
}

/// Rows of the main source.
pub(super) struct MainRows {
    spec: SourceSpec,
    files: Vec<SourceFile>,
    index: RowIndex,
    /// All rows, if there are few.
    held: Option<Vec<Numbered>>,
    is_whole: bool,
}

impl MainRows {
    /// Reads the rows for the first time. With a limit, only about this number of bytes of each file. At most
    /// `hold` rows stay in memory.
    pub(super) fn read(
        spec: &SourceSpec,
        files: Vec<SourceFile>,
        limit: Option<usize>,
        hold: u32,
        scan: &mut dyn FirstScan,
    ) -> Result<Self, DataError> {
        let mut first = Reading { index: RowIndex::default(), held: Some(Vec::new()), hold, scan };
        let is_whole = read(spec, &files, limit, &mut first)?;
        let Reading { index, held, .. } = first;
        Ok(Self { spec: spec.clone(), files, index, held, is_whole })
    }

    /// Columns and places.
    pub(super) fn index(&self) -> &RowIndex {
        &self.index
    }

    /// Returns the stamps of the files, with the numbers of their rows.
    pub(super) fn stamps(&self) -> impl Iterator<Item = FileStamp> {
        stamps(&self.files, &self.index)
    }

    /// Ends of the rows of the files of each path: of each part of the split, if it names files.
    pub(super) fn ends_of_paths(&self) -> Vec<u32> {
        let paths = self.files.iter().map(|file| file.of_path() + 1).max().unwrap_or(0);
        let mut ends = vec![0; paths];
        for (file, rows) in self.files.iter().zip(self.index.rows_of_files()) {
            ends[file.of_path()..].iter_mut().for_each(|end| *end += rows);
        }
        ends
    }

    /// True if the rows are read again for each scan.
    pub(super) fn is_long(&self) -> bool {
        self.held.is_none()
    }

    /// True if the files were read completely.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Passes all rows to `each` in order, some chunks at a time.
    pub(super) fn scan(&self, each: Each<'_>) -> Result<(), DataError> {
        if let Some(held) = &self.held {
            return held.chunks(2 * rayon::current_num_threads()).try_for_each(each);
        }
        let mut again = Again { next: 0, each };
        read(&self.spec, &self.files, None, &mut again)?;
        if again.next == self.index.rows() {
            Ok(())
        } else {
            Err(DataError::Changed { path: self.index.place(0).path })
        }
    }
}

/// Numbers the rows of chunks from `next` on.
fn numbered(chunks: Vec<Chunk>, next: &mut u32) -> Vec<Numbered> {
    let number = |chunk: Chunk| {
        let rows = chunk.rows() as u32;
        (std::mem::replace(next, next.saturating_add(rows)), chunk)
    };
    chunks.into_iter().filter(|chunk| chunk.rows() > 0).map(number).collect()
}

struct Reading<'a> {
    index: RowIndex,
    held: Option<Vec<Numbered>>,
    hold: u32,
    scan: &'a mut dyn FirstScan,
}

impl Receive for Reading<'_> {
    fn begin_file(&mut self, path: &Path, columns: &[String]) -> Result<(), DataError> {
        self.index.begin_file(path, columns)
    }

    fn take(&mut self, mut chunks: Vec<Chunk>) -> Result<(), DataError> {
        let mut next = self.index.rows();
        let mut refuse = |row, error| self.scan.refuse(row, error);
        chunks.iter_mut().try_for_each(|chunk| self.index.append(chunk, &mut refuse))?;
        let chunks = numbered(chunks, &mut next);
        self.scan.take(&self.index, &chunks)?;
        match &mut self.held {
            Some(held) if self.index.rows() <= self.hold => held.extend(chunks),
            _ => self.held = None,
        }
        Ok(())
    }

    fn end_file(&mut self) -> Result<(), DataError> {
        self.index.end_file()
    }
}

struct Again<'a> {
    next: u32,
    each: Each<'a>,
}

impl Receive for Again<'_> {
    fn begin_file(&mut self, _: &Path, _: &[String]) -> Result<(), DataError> {
        Ok(())
    }

    fn take(&mut self, chunks: Vec<Chunk>) -> Result<(), DataError> {
        (self.each)(&numbered(chunks, &mut self.next))
    }

    fn end_file(&mut self) -> Result<(), DataError> {
        Ok(())
    }
}
