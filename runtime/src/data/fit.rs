//! What features learn from rows, and which rows they refuse.

use crate::program::{Features, InputInfo};

use super::data_set::Data;
use super::data_spec::OnError;
use super::encoded::NONE;
use super::error::{DataError, FieldError};
use super::folder::with_folder;
use super::row::Row;

/// Lets features learn: from the training rows, and for inputs that are encoded once per row of a joined source from all
/// its rows, since a catalogue is known before training.
pub fn fit<F: Features>(features: &mut F, data: &Data) -> Result<(), DataError> {
    let policy = data.spec().on_error;
    observe(features, data, &data.train, |_, _, error| match policy {
        OnError::Stop => Err(error),
        OnError::Skip => Ok(()),
    })?;
    Ok(with_folder(data.folder(), || features.finish())?)
}

/// Takes away the rows that a column refuses and those whose partner is refused, and splits the others, where the spec leaves
/// such rows out; else the first of them ends [`fit`]. What is left out so teaches nothing, and no split depends on it.
pub fn leave_out_refused<F: Features>(data: &mut Data) -> Result<(), DataError> {
    if data.spec().on_error == OnError::Stop {
        return Ok(());
    }
    let mut refused = vec![false; data.rows()];
    let mut errors = Vec::new();
    let mut of_sources: Vec<(usize, u32)> = Vec::new();
    observe(&mut F::declared(), data, data.usable(), |source, row, error| {
        if source != 0 {
            of_sources.push((source, row));
        } else if !std::mem::replace(&mut refused[row as usize], true) {
            errors.push(error);
        }
        Ok(())
    })?;
    of_sources.sort_unstable();
    for source in 1..data.spec().sources.len() {
        for (row, &partner) in data.partners(source).iter().enumerate() {
            refused[row] |= partner != NONE && of_sources.binary_search(&(source, partner)).is_ok();
        }
    }
    data.leave_out(&refused, errors)
}

/// Lets features learn from rows of the main source and from all rows of the joined ones. `refuse` is told the source and the
/// row that a column refuses; rows that are refused teach what they gave until then.
fn observe<F: Features>(
    features: &mut F,
    data: &Data,
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
    data: &Data,
    info: &InputInfo,
    rows: &[u32],
    limit: usize,
    mut refuse: impl FnMut(usize, u32, DataError) -> Result<(), DataError>,
    mut observe: impl FnMut(&Row<'_>) -> Result<(), FieldError>,
) -> Result<(), DataError> {
    let cells = data.cells(info)?;
    let source = data.source_of_part(info.part)?;
    let mut observe = |row: u32, fields: Row<'_>| {
        observe(&fields).or_else(|error| refuse(source, row, data.refused(source, row, error)))
    };
    if info.part == 0 {
        rows.iter().try_for_each(|&row| observe(row, Row::joined(data, &cells, row)))
    } else {
        let rows = data.table(source).rows().min(limit) as u32;
        (0..rows).try_for_each(|row| observe(row, Row::source(data, &cells, row)))
    }
}
