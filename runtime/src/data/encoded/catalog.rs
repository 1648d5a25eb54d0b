//! The candidates of retrieval.

use std::collections::HashMap;

use turret_schema::CatalogSpec;

use super::NONE;
use super::values::Values;
use crate::data::error::{DataError, SpecError};
use crate::data::features::{Batch, Features};
use crate::data::interned::Interned;
use crate::data::refused::keyless;
use crate::data::row::{Cell, Row};
use crate::data::source::{RawTable, Skipped};

/// The candidates of retrieval, distinct by key.
#[derive(Debug)]
pub struct Catalog<B> {
    /// Key of each candidate, as in its first row.
    pub keys: Vec<String>,
    /// Row of each candidate in its source.
    pub rows: Values<u32>,
    /// Encoded candidates. Only the inputs of the catalog are filled.
    pub columns: B,
    /// Candidate of each row of the main source. [`NONE`] if the catalog lacks it.
    pub candidate_of_row: Values<u32>,
    /// For rows whose item is not in the catalog: the number of the item, by key.
    pub absent: HashMap<u32, u32>,
}

/// Number of rows of each of `total` candidates. Rows without a candidate do not count.
pub(crate) fn candidate_counts(rows: &[u32], candidate_of_row: &[u32], total: usize) -> Vec<u64> {
    let mut counts = vec![0; total];
    let candidates = rows.iter().map(|&row| candidate_of_row[row as usize]);
    candidates.filter(|&candidate| candidate != NONE).for_each(|candidate| counts[candidate as usize] += 1);
    counts
}

/// Returns the rows whose item is a candidate.
pub(crate) fn rows_with_candidate(rows: &[u32], candidate_of_row: &[u32]) -> Vec<u32> {
    rows.iter().copied().filter(|&row| candidate_of_row[row as usize] != NONE).collect()
}

/// Distinct candidates in the order of their first rows.
#[derive(Default)]
struct Found<B> {
    keys: Vec<String>,
    /// Row of each candidate in its source.
    source_rows: Vec<u32>,
    /// Encoded row of each candidate among those of its source.
    rows: Vec<u32>,
    /// Encoded candidates, unless the rows of the source are.
    columns: B,
}

/// Returns the distinct candidates. `encoded_rows` has the encoded row of each row of each joined source.
pub(super) fn catalog<F: Features>(
    features: &F,
    data: &RawTable,
    spec: &CatalogSpec,
    columns: &F::Batch,
    encoded_rows: &[Option<Values<u32>>],
    train: &[u32],
    skipped: &mut Skipped,
) -> Result<Catalog<F::Batch>, DataError> {
    let source = data.source(&spec.source)?;
    let mut join = 0;
    let mut inputs = Vec::with_capacity(spec.inputs.len());
    for &input in &spec.inputs {
        let info = features.inputs().get(input);
        let own = info.filter(|info| info.fields.iter().all(|field| field.source == spec.source));
        let Some(info) = own else {
            return Err(SpecError::CandidateColumns { catalog: spec.source.to_string() }.into());
        };
        join = join.max(info.source);
        inputs.push((input, data.cells(info)?));
    }
    let is_encoded = data.joined_source(join)? == source;
    let encoded = |row: u32| match &encoded_rows[join] {
        Some(rows) if is_encoded => rows[row as usize],
        _ => row,
    };
    let (mut found, candidate_of_row, absent) = match source {
        0 => of_main(data, spec, train, encoded, skipped)?,
        _ => of_joined(features, data, spec, source, (!is_encoded).then_some(&inputs[..]), encoded, skipped)?,
    };
    if is_encoded {
        spec.inputs.iter().for_each(|&input| columns.gather(input, &found.rows, &mut found.columns));
    }
    Ok(Catalog {
        keys: found.keys,
        rows: found.source_rows.into(),
        columns: found.columns,
        candidate_of_row: candidate_of_row.into(),
        absent,
    })
}

/// Candidates with the candidate of each row of the main source, and the numbers of items that are none.
type OfRows<B> = (Found<B>, Vec<u32>, HashMap<u32, u32>);

/// Candidates of the training rows.
fn of_main<B: Batch>(
    data: &RawTable,
    spec: &CatalogSpec,
    train: &[u32],
    encoded: impl Fn(u32) -> u32,
    skipped: &mut Skipped,
) -> Result<OfRows<B>, DataError> {
    let keys = data.keys(&spec.key)?;
    let mut candidates = vec![NONE; keys.keys().len()];
    let mut found = Found::default();
    for &row in train {
        let number = keys.numbers()[row as usize];
        if number == NONE {
            skipped.take(data.spec().on_error, (0, row), data.refused(0, row, keyless(spec)))?;
        } else if candidates[number as usize] == NONE && encoded(row) != NONE {
            candidates[number as usize] = found.keys.len() as u32;
            found.keys.push(keys.given(number).to_owned());
            found.source_rows.push(row);
            found.rows.push(encoded(row));
        }
    }
    let item = |row: u32| {
        let number = keys.numbers()[row as usize];
        (candidates.get(number as usize).copied().unwrap_or(NONE), number)
    };
    let (candidate_of_row, absent) = of_rows((0..data.rows() as u32).map(item));
    Ok((found, candidate_of_row, absent))
}

/// Candidates of a joined source. `inputs` encode them, unless the rows of the source are encoded.
fn of_joined<F: Features>(
    features: &F,
    data: &RawTable,
    spec: &CatalogSpec,
    source: usize,
    inputs: Option<&[(usize, Vec<Cell>)]>,
    encoded: impl Fn(u32) -> u32,
    skipped: &mut Skipped,
) -> Result<OfRows<F::Batch>, DataError> {
    let (table, key) = (data.table(source), data.column(source, &spec.key)?);
    let mut found = Found::<F::Batch>::default();
    let mut by_key = Interned::default();
    'rows: for row in (0..table.rows()).filter(|&row| !data.is_left_out(source, row)) {
        let Some(form) = table.key(row, key) else {
            skipped.take(data.spec().on_error, (source, row), data.refused(source, row, keyless(spec)))?;
            continue;
        };
        if encoded(row) == NONE || by_key.find(&form).is_some() {
            continue;
        }
        for (input, cells) in inputs.unwrap_or_default() {
            if let Err(error) = features.encode(*input, &Row::source(table, cells, row), &mut found.columns) {
                spec.inputs.iter().for_each(|&input| found.columns.truncate(input, found.keys.len()));
                skipped.take(data.spec().on_error, (source, row), data.refused(source, row, error))?;
                continue 'rows;
            }
        }
        by_key.add(&form);
        found.keys.push(table.field(row, key).to_string());
        found.source_rows.push(row);
        found.rows.push(encoded(row));
    }
    let mut others = Interned::default();
    // The candidate of a row of the source, and the number of its item among those that are none.
    let item = |row: u32| match table.key(row, key) {
        None => (NONE, NONE),
        Some(form) => match by_key.find(&form) {
            Some(candidate) => (candidate, NONE),
            None => (NONE, others.add(&form).0),
        },
    };
    let items: Vec<(u32, u32)> = (0..table.rows()).map(item).collect();
    let partners = data.partners(source);
    let partner = |row: u32| partners.get(row as usize).copied().unwrap_or(NONE);
    let item = |row: u32| items.get(partner(row) as usize).copied().unwrap_or((NONE, NONE));
    let (candidate_of_row, absent) = of_rows((0..data.rows() as u32).map(item));
    Ok((found, candidate_of_row, absent))
}

/// Returns the candidate of each row, and numbers the items of the rows without one in their order.
fn of_rows(items: impl Iterator<Item = (u32, u32)>) -> (Vec<u32>, HashMap<u32, u32>) {
    let (mut absent, mut numbers) = (HashMap::new(), HashMap::new());
    let candidate = |(row, (candidate, item)): (u32, (u32, u32))| {
        if candidate == NONE {
            let next = numbers.len() as u32;
            absent.insert(row, *numbers.entry(item).or_insert(next));
        }
        candidate
    };
    let candidates = (0..).zip(items).map(candidate).collect();
    (candidates, absent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_that_are_no_candidates_are_numbered() {
        let items = [(0, 5), (NONE, 7), (1, 6), (NONE, NONE), (NONE, 7)];
        let (candidates, absent) = of_rows(items.into_iter());
        assert_eq!(candidates, [0, NONE, 1, NONE, NONE]);
        assert_eq!(absent, HashMap::from([(1, 0), (3, 1), (4, 0)]));
    }
}
