//! Learning from rows, and the rows that are refused.

use std::collections::BTreeSet;

use turret_schema::{CatalogSpec, OnError};

use super::error::{DataError, FieldError, FieldFault};
use super::field::Field;
use super::row::Row;
use super::source::RawTable;
use crate::data::{Features, InputInfo};

/// Lets features learn: from the training rows, and for inputs that are encoded once per row of a joined source from all
/// its rows, since a catalog is known before training.
pub fn fit<F: Features>(features: &mut F, data: &RawTable) -> Result<(), DataError> {
    let policy = data.spec().on_error;
    observe(features, data, &data.train, |_, _, error| match policy {
        OnError::Stop => Err(error),
        OnError::Skip | OnError::Substitute => Ok(()),
    })?;
    Ok(features.finish(data.folder())?)
}

/// Removes rows that a column refuses, rows of candidates without a key, and rows whose partner is removed,
/// and splits the others, where the spec leaves such rows out; else the first of them ends [`fit`]. What is left out so is in no
/// split, history, vocabulary or catalog.
pub fn leave_out_refused<F: Features>(data: &mut RawTable) -> Result<(), DataError> {
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
    observe(&mut F::declared(), data, data.usable(), &mut refuse)?;
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

/// Tells `refuse` the rows that candidates come from and that lack the key of one.
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

/// Reason why a row without a key is no candidate.
pub(super) fn keyless(spec: &CatalogSpec) -> FieldError {
    FieldError::new(&spec.key, &Field::Missing, FieldFault::MissingCandidate)
}

/// Lets features learn from rows of the main source and from all rows of the joined ones. `refuse` is told the source and the
/// row that a column refuses; rows that are refused teach what they gave until then.
fn observe<F: Features>(
    features: &mut F,
    data: &RawTable,
    rows: &[u32],
    mut refuse: impl FnMut(usize, u32, DataError) -> Result<(), DataError>,
) -> Result<(), DataError> {
    for (input, info) in F::INPUTS.iter().enumerate() {
        observe_input(data, info, rows, usize::MAX, &mut refuse, |row| features.observe(input, row))?;
    }
    Ok(())
}

/// Shows the rows that an input is encoded for to `observe`: `rows` of the main source, or the first `limit` of a joined one.
/// `refuse` is told the source and the number of a row that is refused, and decides whether it ends there.
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
