//! A column of the main source whose keys are needed at any row: by joins, users, groups and the catalog.

use std::collections::HashMap;

use super::chunk::Chunk;
use super::row_files::{RowFile, RowFiles};
use super::row_numbers::RowNumbers;
use crate::data::encoded::{NONE, Values};
use crate::data::error::DataError;
use crate::data::field::Field;
use crate::data::interned::Interned;

/// Keys of all rows, as numbers of distinct keys.
#[derive(Clone, Debug, Default)]
pub(in crate::data) struct KeyColumn {
    column: usize,
    /// Number of the key of each row; [`NONE`] for a row without one.
    numbers: Values<u32>,
    keys: Interned,
    /// First texts of keys, where they differ from the key.
    given: HashMap<u32, String>,
}

/// A column to which rows are appended.
pub(super) struct GrowingKeys {
    /// The column, without the numbers.
    found: KeyColumn,
    numbers: RowNumbers,
    file: RowFile,
}

impl KeyColumn {
    /// Index of the column.
    pub(super) fn column(&self) -> usize {
        self.column
    }

    /// Number of the key of each row.
    pub(in crate::data) fn numbers(&self) -> &[u32] {
        &self.numbers
    }

    /// The distinct keys.
    pub(in crate::data) fn keys(&self) -> &Interned {
        &self.keys
    }

    /// Returns a key as in its first row.
    pub(in crate::data) fn given(&self, number: u32) -> &str {
        self.given.get(&number).map_or_else(|| self.keys.get(number).unwrap_or_default(), String::as_str)
    }
}

impl GrowingKeys {
    /// A column without rows.
    pub(super) fn new(column: usize, files: &mut RowFiles) -> Self {
        let found = KeyColumn { column, ..KeyColumn::default() };
        Self { found, numbers: RowNumbers::default(), file: files.next() }
    }

    /// Index of the column.
    pub(super) fn column(&self) -> usize {
        self.found.column
    }

    /// Appends the rows of a chunk.
    pub(super) fn append(&mut self, chunk: &Chunk) {
        let KeyColumn { column, keys, given, .. } = &mut self.found;
        for row in 0..chunk.rows() {
            let field = chunk.field(row, *column);
            let Some(key) = field.key() else {
                self.numbers.push(NONE);
                continue;
            };
            let (number, is_new) = keys.add(&key);
            if is_new
                && let Field::Text(text) = &field
                && **text != *key
            {
                given.insert(number, text.to_string());
            }
            self.numbers.push(number);
        }
    }

    /// The distinct keys so far.
    pub(super) fn keys(&self) -> &Interned {
        &self.found.keys
    }

    /// Numbers of the keys of the rows from one on, all of which were appended since the last spill.
    pub(super) fn since(&self, row: usize) -> &[u32] {
        self.numbers.since(row)
    }

    /// Moves the numbers of many rows to a file.
    pub(super) fn spill(&mut self, files: &mut RowFiles) -> Result<(), DataError> {
        files.spill(&mut self.numbers, self.file)
    }

    /// Ends the column.
    pub(super) fn finish(self, files: &RowFiles) -> Result<KeyColumn, DataError> {
        Ok(KeyColumn { numbers: files.finish(self.numbers, self.file)?, ..self.found })
    }
}

#[cfg(test)]
mod tests {
    use super::super::chunk::TextCells;
    use super::super::lines::Lines;
    use super::*;

    #[test]
    fn rows_of_a_key_have_its_number() {
        let cells = TextCells::new("7.0 8  7a".to_owned(), vec![(0, 3), (4, 5), (5, 6), (7, 8), (8, 9)], 1);
        let mut files = RowFiles::new(None);
        let mut column = GrowingKeys::new(0, &mut files);
        column.append(&Chunk::new(Box::new(cells), Lines::default()));
        assert_eq!(column.since(3), [0, 2]);
        let column = column.finish(&files).unwrap();
        assert_eq!(column.numbers(), [0, 1, NONE, 0, 2]);
        assert!(column.keys().iter().eq(["7", "8", "a"]));
        assert_eq!((column.given(0), column.given(2)), ("7.0", "a"));
    }
}
