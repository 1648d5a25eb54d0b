//! Joins: the matching row in a joined source.

use super::table::Table;
use crate::data::encoded::NONE;
use crate::data::error::{DataError, SpecError};
use crate::data::interned::Interned;
use turret_schema::JoinSpec;

/// Rows of a joined source by key.
#[derive(Debug)]
pub(super) struct JoinedKeys {
    keys: Interned,
    /// First row of each key.
    rows: Vec<u32>,
    /// Rows that equal an earlier row in every field (as canonical keys), ascending.
    pub(super) repeated: Vec<u32>,
}

impl JoinedKeys {
    /// Keys in a column of a source. Rows with the same key must be equal.
    pub(super) fn new(source: &Table, right: usize, spec: &JoinSpec) -> Result<Self, DataError> {
        let mut found = Self { keys: Interned::default(), rows: Vec::new(), repeated: Vec::new() };
        for row in 0..source.rows() {
            let Some(key) = source.key(row, right) else { continue };
            let (number, is_new) = found.keys.add(&key);
            if is_new {
                found.rows.push(row);
                continue;
            }
            let first = found.rows[number as usize];
            match (0..source.index().columns().len()).find(|&column| !are_equal(source, column, row, first)) {
                None => found.repeated.push(row),
                Some(other) => {
                    return Err(SpecError::JoinKeyTwice {
                        place: source.index().place(row),
                        joined: spec.source.to_string(),
                        column: spec.right.to_string(),
                        key: source.field(row, right).to_string(),
                        first: source.index().place(first).line,
                        differs: source.index().columns()[other].clone(),
                    }
                    .into());
                }
            }
        }
        Ok(found)
    }

    /// Returns the row with a key; [`NONE`] if there is none.
    pub(super) fn row(&self, key: &str) -> u32 {
        self.keys.find(key).map_or(NONE, |number| self.rows[number as usize])
    }
}

/// Returns whether two rows have equal keys in a column, or equal values that are no keys.
fn are_equal(source: &Table, column: usize, row: u32, other: u32) -> bool {
    match (source.key(row, column), source.key(other, column)) {
        (None, None) => source.field(row, column) == source.field(other, column),
        (key, other) => key == other,
    }
}
