//! Joins: the matching row in a joined source.

use std::collections::HashMap;

use super::rows::SourceRows;
use crate::data::encoded::NONE;
use crate::data::error::{DataError, SpecError};
use turret_schema::JoinSpec;

/// Matching rows of a joined source.
pub(super) struct Partners {
    /// Matching row for each row of the main source; [`NONE`] if there is none.
    pub(super) of_rows: Vec<u32>,
    /// Rows of the joined source that equal an earlier row in every field (as canonical keys), ascending.
    pub(super) repeated: Vec<u32>,
}

/// Finds the matching rows of all rows of `main`. A missing key matches nothing. Rows of `source` with the
/// same key must be equal.
pub(super) fn partners(
    main: &SourceRows,
    left: usize,
    source: &SourceRows,
    right: usize,
    spec: &JoinSpec,
) -> Result<Partners, DataError> {
    let mut by_key = HashMap::with_capacity(source.rows());
    let mut repeated = Vec::new();
    for row in 0..source.rows() as u32 {
        let Some(key) = source.key(row, right) else { continue };
        let first = *by_key.entry(key).or_insert(row);
        if first == row {
            continue;
        }
        let mut columns = 0..source.width();
        match columns.find(|&column| source.key(row, column) != source.key(first, column)) {
            None => repeated.push(row),
            Some(other) => {
                return Err(SpecError::JoinKeyTwice {
                    place: source.place(row),
                    joined: spec.source.to_string(),
                    column: spec.right.to_string(),
                    key: source.text(row, right).to_owned(),
                    first: source.place(first).line,
                    differs: source.columns()[other].clone(),
                }
                .into());
            }
        }
    }
    let partner = |row| main.key(row, left).and_then(|key| by_key.get(key)).copied().unwrap_or(NONE);
    Ok(Partners { of_rows: (0..main.rows() as u32).map(partner).collect(), repeated })
}
