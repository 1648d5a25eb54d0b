//! Removal of rejected rows.

use std::collections::BTreeSet;

use turret_schema::{CatalogSpec, OnError};

use super::encoded::NONE;
use super::error::{DataError, FieldError, FieldFault};
use super::features::Features;
use super::field::Field;
use super::fit::{RefuseRow, observe};
use super::learn::Rejected;
use super::source::RawTable;

/// Removes rows that a column rejects, candidate rows without a key, and rows whose joined row was removed,
/// and splits the rest, if the policy is to skip such rows. Otherwise the first of them is an error of
/// [`fit`](super::fit()). Removed rows are in no split, history, vocabulary or catalog.
pub fn leave_out_refused<F: Features>(declared: &F, data: &mut RawTable) -> Result<(), DataError> {
    leave_out(data, |data, refuse| observe(&mut declared.clone(), data, data.usable(), Rejected::All, refuse))
}

/// Removes rows like [`leave_out_refused`]. `observe` passes the usable rows of the main source and all rows of the
/// others through the columns.
pub fn leave_out(
    data: &mut RawTable,
    observe: impl FnOnce(&RawTable, RefuseRow<'_>) -> Result<(), DataError>,
) -> Result<(), DataError> {
    if data.spec().on_error == OnError::Stop {
        return Ok(());
    }
    let mut refused = Refused::new(data);
    observe(data, &mut |source, row, error| refused.add(source, row, error))?;
    without_candidate(data, data.usable(), |source, row, error| refused.add(source, row, error))?;
    refused.add_joined(data, data.usable())?;
    data.leave_out(&refused.main, &refused.joined, refused.errors)
}

/// Removes rows that columns reject only when they encode them from the training and test rows, which stay as they are
/// split, as encoding does. `encode` passes these rows, and all rows of joined sources, through the fitted columns.
pub fn leave_out_unknown(
    data: &mut RawTable,
    encode: impl FnOnce(&RawTable, RefuseRow<'_>) -> Result<(), DataError>,
) -> Result<(), DataError> {
    if data.spec().on_error == OnError::Stop {
        return Ok(());
    }
    let mut refused = Refused::new(data);
    encode(data, &mut |source, row, error| refused.add(source, row, error))?;
    refused.add_joined(data, &data.split_rows())?;
    data.leave_out_of_split(&refused.main, &refused.joined, refused.errors)
}

/// Rejected rows.
struct Refused {
    /// For each row of the main source, whether it is rejected.
    main: Vec<bool>,
    /// Source and row of others.
    joined: BTreeSet<(usize, u32)>,
    /// Reason for each row.
    errors: Vec<(usize, u32, DataError)>,
}

impl Refused {
    fn new(data: &RawTable) -> Self {
        Self { main: vec![false; data.rows()], joined: BTreeSet::new(), errors: Vec::new() }
    }

    /// Adds a row. Its first reason counts.
    fn add(&mut self, source: usize, row: u32, error: DataError) -> Result<(), DataError> {
        let is_new = match source {
            0 => !std::mem::replace(&mut self.main[row as usize], true),
            _ => self.joined.insert((source, row)),
        };
        self.errors.extend(is_new.then_some((source, row, error)));
        Ok(())
    }

    /// Adds those of some rows of the main source to which a rejected row is joined.
    fn add_joined(&mut self, data: &RawTable, rows: &[u32]) -> Result<(), DataError> {
        for source in 1..data.spec().sources.len() {
            for &row in rows {
                let Some(&partner) = data.partners(source).get(row as usize) else { break };
                if self.joined.contains(&(source, partner)) {
                    let (place, partner) = (data.place(row), data.index(source).place(partner));
                    self.add(0, row, DataError::Partner { place, partner })?;
                }
            }
        }
        Ok(())
    }
}

/// Checks that each candidate has a key, as encoding does.
pub fn check_candidates(data: &RawTable) -> Result<(), DataError> {
    without_candidate(data, &data.train, |_, _, error| Err(error))
}

/// Calls `refuse` with each candidate row without a key: of these rows of the main source, or of all rows of a joined one.
fn without_candidate(
    data: &RawTable,
    rows: &[u32],
    mut refuse: impl FnMut(usize, u32, DataError) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let Some(spec) = &data.spec().catalog else { return Ok(()) };
    let source = data.source(&spec.source)?;
    let column = data.column(source, &spec.key)?;
    let mut refuse = |row: u32| refuse(source, row, data.refused(source, row, keyless(spec)));
    if source == 0 {
        let numbers = data.keys(&spec.key)?.numbers();
        let mut keyless = rows.iter().filter(|&&row| numbers[row as usize] == NONE);
        return keyless.try_for_each(|&row| refuse(row));
    }
    let table = data.table(source);
    let is_keyless = |&row: &u32| !data.is_left_out(source, row) && table.key(row, column).is_none();
    (0..table.rows()).filter(is_keyless).try_for_each(&mut refuse)
}

/// Error of a candidate row without a key.
pub(super) fn keyless(spec: &CatalogSpec) -> FieldError {
    FieldError::new(&spec.key, &Field::Missing, FieldFault::MissingCandidate)
}
