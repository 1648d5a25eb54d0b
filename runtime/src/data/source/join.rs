//! Joins: the matching row in a joined source.

use super::table::Table;
use crate::data::encoded::NONE;
use crate::data::error::{DataError, SpecError};
use crate::data::interned::Interned;
use turret_schema::{JoinSpec, KeepRow};

/// Rows of a joined source by key.
#[derive(Debug)]
pub(super) struct JoinedKeys {
    keys: Interned,
    /// Row of each key.
    rows: Vec<u32>,
    /// Kept row of several with the same key. None: they must be equal.
    pub(super) keep: Option<KeepRow>,
    /// Rows that equal the row of their key in every field (as canonical keys), ascending.
    pub(super) repeated: Vec<u32>,
    /// Other rows that are not the row of their key, ascending.
    pub(super) replaced: Vec<u32>,
}

impl JoinedKeys {
    /// Keys in a column of a source.
    pub(super) fn new(source: &Table, right: usize, spec: &JoinSpec) -> Result<Self, DataError> {
        let mut found = Self {
            keys: Interned::default(),
            rows: Vec::new(),
            keep: spec.keep,
            repeated: Vec::new(),
            replaced: Vec::new(),
        };
        for row in 0..source.rows() {
            let Some(key) = source.key(row, right) else { continue };
            let (number, is_new) = found.keys.add(&key);
            if is_new {
                found.rows.push(row);
                continue;
            }
            let kept = &mut found.rows[number as usize];
            let first = *kept;
            match (0..source.index().columns().len()).find(|&column| !are_equal(source, column, row, first)) {
                None => found.repeated.push(row),
                Some(_) if spec.keep == Some(KeepRow::First) => found.replaced.push(row),
                Some(_) if spec.keep == Some(KeepRow::Last) => {
                    *kept = row;
                    found.replaced.push(first);
                }
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
        found.replaced.sort_unstable();
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
