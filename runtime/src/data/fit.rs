//! Fitting of features, and removal of rejected rows.

use std::collections::BTreeSet;

use turret_schema::{CatalogSpec, OnError};

use super::error::{DataError, FieldError, FieldFault};
use super::field::Field;
use super::row::Row;
use super::source::RawTable;
use crate::data::{Features, InputInfo};

/// Fits features on the training rows. Inputs of a joined source are fitted on all rows of the source,
/// because a catalog is known before training.
pub fn fit<F: Features>(features: &mut F, data: &RawTable) -> Result<(), DataError> {
    let policy = data.spec().on_error;
    observe(features, data, &data.train, |_, _, error| match policy {
        OnError::Stop => Err(error),
        OnError::Skip | OnError::Substitute => Ok(()),
    })?;
    Ok(features.finish(data.folder())?)
}

/// Removes rows that a column rejects, candidate rows without a key, and rows whose joined row was removed,
/// and splits the rest, if the policy is to skip such rows. Otherwise the first of them is an error of
/// [`fit`]. Removed rows are in no split, history, vocabulary or catalog.
pub fn leave_out_refused<F: Features>(declared: &F, data: &mut RawTable) -> Result<(), DataError> {
    if data.spec().on_error == OnError::Stop {
        return Ok(());
    }
    let mut refused = vec![false; data.rows()];
    let mut errors = Vec::new();
    let mut of_sources = BTreeSet::new();
    let mut refuse = |source, row: u32, error| {
        let is_new = match source {
            0 => !std::mem::replace(&mut refused[row as usize], true),
            _ => of_sources.insert((source, row)),
        };
        errors.extend(is_new.then_some(error));
        Ok(())
    };
    observe(&mut declared.clone(), data, data.usable(), &mut refuse)?;
    without_candidate(data, refuse)?;
    for source in 1..data.spec().sources.len() {
        for &row in data.usable() {
            let Some(&partner) = data.partners(source).get(row as usize) else { break };
            if of_sources.contains(&(source, partner)) && !std::mem::replace(&mut refused[row as usize], true)
            {
                let (place, partner) = (data.place(row), data.table(source).place(partner));
                errors.push(DataError::Partner { place, partner });
            }
        }
    }
    let of_sources: Vec<_> = of_sources.into_iter().collect();
    data.leave_out(&refused, &of_sources, errors)
}

/// Calls `refuse` with each candidate row without a key.
fn without_candidate(
    data: &RawTable,
    mut refuse: impl FnMut(usize, u32, DataError) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let Some(spec) = &data.spec().catalog else { return Ok(()) };
    let source = data.source(&spec.source)?;
    let column = data.column(source, &spec.key)?;
    let all: Vec<u32>;
    let rows = match source {
        0 => data.usable(),
        _ => {
            all = (0..data.table(source).rows() as u32).collect();
            &all
        }
    };
    rows.iter()
        .filter(|&&row| !data.is_left_out(source, row) && data.table(source).key(row, column).is_none())
        .try_for_each(|&row| refuse(source, row, data.refused(source, row, keyless(spec))))
}

/// Error of a candidate row without a key.
pub(super) fn keyless(spec: &CatalogSpec) -> FieldError {
    FieldError::new(&spec.key, &Field::Missing, FieldFault::MissingCandidate)
}

/// Observes rows of the main source and all rows of joined sources. `refuse` is called with the source and
/// row of each rejected value. The values of a rejected row before the rejected one are still observed.
fn observe<F: Features>(
    features: &mut F,
    data: &RawTable,
    rows: &[u32],
    mut refuse: impl FnMut(usize, u32, DataError) -> Result<(), DataError>,
) -> Result<(), DataError> {
    for (input, info) in features.inputs().iter().enumerate() {
        observe_input(data, info, rows, usize::MAX, &mut refuse, |row| features.observe(input, row))?;
    }
    Ok(())
}

/// Calls `observe` with each row of an input: `rows` of the main source, or the first `limit` of a joined
/// one. `refuse` is called with the source and index of a rejected row, and decides whether to stop.
pub fn observe_input(
    data: &RawTable,
    info: &InputInfo<'_>,
    rows: &[u32],
    limit: usize,
    mut refuse: impl FnMut(usize, u32, DataError) -> Result<(), DataError>,
    mut observe: impl FnMut(&Row<'_>) -> Result<(), FieldError>,
) -> Result<(), DataError> {
    let cells = data.cells(info)?;
    let source = data.joined_source(info.source)?;
    let mut observe = |row: u32, fields: Row<'_>| {
        observe(&fields).or_else(|error| refuse(source, row, data.refused(source, row, error)))
    };
    if info.source == 0 {
        rows.iter().try_for_each(|&row| observe(row, Row::joined(data, &cells, row)))
    } else {
        let rows = data.table(source).rows().min(limit) as u32;
        let mut kept = (0..rows).filter(|&row| !data.is_left_out(source, row));
        kept.try_for_each(|row| observe(row, Row::source(data, &cells, row)))
    }
}
