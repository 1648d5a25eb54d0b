//! The rows of a source besides their cells: columns, files and lines.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::Refuse;
use super::chunk::Chunk;
use super::lines::Lines;
use super::quotes::RunsOn;
use crate::data::error::{DataError, Place};
use crate::printable::printable;
use crate::progress::counted;

/// Maximum number of columns of a source.
pub(super) const MOST_COLUMNS: usize = 1 << 16;

/// Columns of a source, and the places of its rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowIndex {
    columns: Vec<String>,
    /// Files, with the index of their first row.
    files: Vec<(PathBuf, u32)>,
    lines: Lines,
    /// Quoted fields of the last file that run over rows.
    runs_on: RunsOn,
    /// True if the last file has rows, even if none of them can be read.
    has_rows: bool,
    /// Rows of the last file whose list is empty.
    without_items: u64,
    notes: Vec<String>,
}

impl RowIndex {
    /// Begins a file with these columns, which must equal those of earlier files.
    pub(super) fn begin_file(&mut self, path: &Path, columns: &[String]) -> Result<(), DataError> {
        if columns.len() > MOST_COLUMNS {
            return Err(DataError::ManyColumns { path: path.to_owned(), most: MOST_COLUMNS });
        }
        let mut names = HashSet::with_capacity(columns.len());
        if let Some(twice) = columns.iter().find(|name| !names.insert(name.as_str())) {
            return Err(DataError::ColumnTwice { path: path.to_owned(), column: twice.clone() });
        }
        match self.files.first() {
            Some((first, _)) if self.columns != columns => {
                let first = Box::new((first.clone(), self.columns.clone()));
                return Err(DataError::OtherColumns {
                    path: path.to_owned(),
                    columns: columns.to_vec(),
                    first,
                });
            }
            _ => self.columns = columns.to_vec(),
        }
        self.files.push((path.to_owned(), self.rows()));
        Ok(())
    }

    /// Appends the rows of a chunk. `refuse` decides on those that cannot be read.
    pub(super) fn append(&mut self, chunk: &mut Chunk, refuse: Refuse<'_>) -> Result<(), DataError> {
        if u64::from(self.rows()) + chunk.rows() as u64 >= u64::from(u32::MAX) {
            return Err(DataError::TooManyRows);
        }
        self.runs_on.append(&chunk.runs_on);
        self.has_rows |= chunk.rows() > 0 || !chunk.refused.is_empty() || chunk.without_items > 0;
        self.without_items += chunk.without_items;
        for (line, error) in chunk.refused.drain(..) {
            let row = self.rows() + chunk.lines.before(line);
            refuse(row, error).map_err(|error| error.with_remarks(self.note()))?;
        }
        self.lines.append(&chunk.lines);
        Ok(())
    }

    /// Ends a file.
    pub(super) fn end_file(&mut self) -> Result<(), DataError> {
        self.notes.extend(self.note());
        self.runs_on = RunsOn::default();
        let without_items = std::mem::take(&mut self.without_items);
        let has_rows = std::mem::take(&mut self.has_rows);
        match self.files.last() {
            Some((path, _)) if !has_rows => Err(DataError::Empty { path: path.clone() }),
            Some((path, _)) if without_items > 0 => {
                let (path, rows) = (printable(path.display()), counted(without_items as usize, "row"));
                self.notes.push(format!(
                    "{path}: {rows} with an empty list left out: a list without items gives no row"
                ));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn note(&self) -> Option<String> {
        self.files.last().and_then(|(path, _)| self.runs_on.note(path))
    }

    /// Notes on the files.
    pub(crate) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> u32 {
        self.lines.rows()
    }

    /// Number of rows of each file.
    pub(super) fn rows_of_files(&self) -> impl Iterator<Item = u32> {
        let ends = self.files.iter().skip(1).map(|&(_, first)| first).chain([self.rows()]);
        self.files.iter().zip(ends).map(|(&(_, first), end)| end - first)
    }

    /// Names of the columns.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Returns the index of a column.
    pub(in crate::data) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// Returns the index of a column that the spec wants of this source.
    pub(in crate::data) fn wanted(&self, source: &str, name: &str) -> Result<usize, DataError> {
        self.column(name).ok_or_else(|| DataError::Header {
            source: source.to_owned(),
            wanted: name.to_owned(),
            names: self.columns.clone(),
        })
    }

    /// Returns the place of a row.
    pub(crate) fn place(&self, row: u32) -> Place {
        let file = self.files.iter().rev().find(|&&(_, first)| first <= row);
        Place { path: file.map_or_else(PathBuf::new, |(path, _)| path.clone()), line: self.lines.line(row) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::chunk::TextCells;
    use super::*;

    #[test]
    fn rows_are_found_by_file_and_line() {
        let mut index = RowIndex::default();
        let columns = ["a".to_owned()];
        for (path, lines) in [("a.csv", &[2, 3, 7][..]), ("b.csv", &[1, 2])] {
            index.begin_file(Path::new(path), &columns).unwrap();
            let mut own = Lines::default();
            lines.iter().for_each(|&line| own.push(line));
            let cells = TextCells::new("x".repeat(lines.len()), vec![(0, 1); lines.len()], 1);
            index.append(&mut Chunk::new(Box::new(cells), own), &mut |_, error| Err(error)).unwrap();
            index.end_file().unwrap();
        }
        let places: Vec<String> = (0..5).map(|row| index.place(row).to_string()).collect();
        assert_eq!(places, ["a.csv:2", "a.csv:3", "a.csv:7", "b.csv:1", "b.csv:2"]);
        assert!(index.rows_of_files().eq([3, 2]));
        index.begin_file(Path::new("c.csv"), &columns).unwrap();
        assert!(matches!(index.end_file(), Err(DataError::Empty { .. })));
        let others = ["b".to_owned()];
        assert!(matches!(index.begin_file(Path::new("d.csv"), &others), Err(DataError::OtherColumns { .. })));
    }
}
