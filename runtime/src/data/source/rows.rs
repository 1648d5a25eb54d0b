//! Rows of a source in memory: one text, and the offsets of its cells.

use std::path::{Path, PathBuf};

use crate::data::error::{DataError, Place};
use crate::data::key::key;

/// Cells of a source.
#[derive(Clone, Debug, Default)]
pub(crate) struct SourceRows {
    columns: Vec<String>,
    /// Files, with the index of their first row.
    files: Vec<(PathBuf, usize)>,
    text: String,
    /// Start of each row in the text.
    starts: Vec<usize>,
    /// End of each cell, relative to the start of its row.
    ends: Vec<u32>,
    /// Line of its file on which each row begins.
    lines: Vec<u32>,
    /// Notes on problems that are not errors.
    notes: Vec<String>,
}

impl SourceRows {
    /// Begins a file with these columns, which must equal those of earlier files. Reserves memory.
    pub(in crate::data) fn begin_file(
        &mut self,
        path: &Path,
        columns: Vec<String>,
        bytes: usize,
        rows: usize,
    ) -> Result<(), DataError> {
        if let Some(twice) = columns.iter().enumerate().find(|(at, name)| columns[..*at].contains(name)) {
            return Err(DataError::ColumnTwice { path: path.to_owned(), column: twice.1.clone() });
        }
        match self.files.first() {
            Some((first, _)) if self.columns != columns => {
                let first = Box::new((first.clone(), self.columns.clone()));
                return Err(DataError::OtherColumns { path: path.to_owned(), columns, first });
            }
            _ => self.columns = columns,
        }
        self.files.push((path.to_owned(), self.rows()));
        let cells = rows.saturating_mul(self.width());
        let room = self.text.try_reserve(bytes).and_then(|()| self.starts.try_reserve(rows));
        let room =
            room.and_then(|()| self.lines.try_reserve(rows)).and_then(|()| self.ends.try_reserve(cells));
        room.map_err(|_| DataError::NoRoom { path: path.to_owned(), rows, bytes })
    }

    /// Appends a row with one cell per column.
    pub(in crate::data) fn push<'c>(
        &mut self,
        cells: impl Iterator<Item = &'c str>,
        line: u64,
    ) -> Result<(), DataError> {
        if self.starts.len() + 1 >= u32::MAX as usize {
            return Err(DataError::TooManyRows);
        }
        let start = self.text.len();
        for cell in cells {
            self.text.push_str(cell);
            let Ok(end) = u32::try_from(self.text.len() - start) else {
                return Err(DataError::LongRow { line });
            };
            self.ends.push(end);
        }
        self.starts.push(start);
        self.lines.push(u32::try_from(line).unwrap_or(u32::MAX));
        Ok(())
    }

    /// Adds a note, if there is one.
    pub(in crate::data) fn note(&mut self, note: Option<String>) {
        self.notes.extend(note);
    }

    /// Returns the notes on the files.
    pub(crate) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Number of columns.
    pub(in crate::data) fn width(&self) -> usize {
        self.columns.len()
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.starts.len()
    }

    /// Number of rows of the first file.
    pub(super) fn rows_of_first_file(&self) -> usize {
        self.files.get(1).map_or(self.rows(), |&(_, first)| first)
    }

    /// Names of the columns.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Returns the index of a column.
    pub(in crate::data) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// Returns the text of a cell.
    pub(crate) fn text(&self, row: u32, column: usize) -> &str {
        let start = self.starts[row as usize];
        let first = row as usize * self.width();
        let from = if column == 0 { 0 } else { self.ends[first + column - 1] };
        &self.text[start + from as usize..start + self.ends[first + column] as usize]
    }

    /// Returns the canonical key in a cell. `None` if it is empty.
    pub(in crate::data) fn key(&self, row: u32, column: usize) -> Option<&str> {
        key(self.text(row, column))
    }

    /// Returns the place of a row.
    pub(crate) fn place(&self, row: u32) -> Place {
        let file = self.files.iter().rev().find(|&&(_, first)| first <= row as usize);
        Place {
            path: file.map_or_else(PathBuf::new, |(path, _)| path.clone()),
            line: self.lines[row as usize].into(),
        }
    }
}
