//! A column of the main source whose keys are needed at any row: by joins, users, groups and the catalog.

use std::collections::HashMap;

use super::chunk::Chunk;
use crate::data::encoded::NONE;
use crate::data::field::Field;
use crate::data::interned::Interned;

/// Keys of all rows, as numbers of distinct keys.
#[derive(Clone, Debug, Default)]
pub(in crate::data) struct KeyColumn {
    column: usize,
    /// Number of the key of each row; [`NONE`] for a row without one.
    numbers: Vec<u32>,
    keys: Interned,
    /// First texts of keys, where they differ from the key.
    given: HashMap<u32, String>,
}

impl KeyColumn {
    /// A column without rows.
    pub(super) fn new(column: usize) -> Self {
        Self { column, ..Self::default() }
    }

    /// Index of the column.
    pub(super) fn column(&self) -> usize {
        self.column
    }

    /// Appends the rows of a chunk.
    pub(super) fn append(&mut self, chunk: &Chunk) {
        self.numbers.reserve(chunk.rows());
        for row in 0..chunk.rows() {
            let field = chunk.field(row, self.column);
            let Some(key) = field.key() else {
                self.numbers.push(NONE);
                continue;
            };
            let (number, is_new) = self.keys.add(&key);
            if is_new
                && let Field::Text(text) = &field
                && **text != *key
            {
                self.given.insert(number, text.to_string());
            }
            self.numbers.push(number);
        }
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

#[cfg(test)]
mod tests {
    use super::super::chunk::TextCells;
    use super::super::lines::Lines;
    use super::*;

    #[test]
    fn rows_of_a_key_have_its_number() {
        let cells = TextCells::new("7.0 8  7a".to_owned(), vec![(0, 3), (4, 5), (5, 6), (7, 8), (8, 9)], 1);
        let mut column = KeyColumn::new(0);
        column.append(&Chunk::new(Box::new(cells), Lines::default()));
        assert_eq!(column.numbers(), [0, 1, NONE, 0, 2]);
        assert!(column.keys().iter().eq(["7", "8", "a"]));
        assert_eq!((column.given(0), column.given(2)), ("7.0", "a"));
    }
}
