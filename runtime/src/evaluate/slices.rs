//! Slices of held-out rows, within which metrics are measured.

use std::any::Any;
use std::collections::HashMap;
use std::hash::Hash;

use turret_schema::SliceSpec;

use crate::data::{
    AnyBatch, AnyFeatures, Bags, Batch, DataError, EncodedColumn, EncodedDataset, Features, NONE,
    ROWS_AT_ONCE, Reads, Sequences, StoredFeatures,
};
use crate::error::{Error, UsageError};
use crate::program::Description;

use super::divisions::Division;

/// A slice of held-out rows.
pub(super) struct Slice {
    /// Name of the division.
    pub(super) by: String,
    /// Values that its rows have in common.
    pub(super) value: String,
    /// Rows, ascending.
    pub(super) rows: Vec<u32>,
}

impl Slice {
    /// Returns the places of its rows among some rows.
    pub(super) fn places(&self, rows: &[u32]) -> Vec<usize> {
        (0..rows.len()).filter(|&place| self.rows.binary_search(&rows[place]).is_ok()).collect()
    }
}

/// Divides held-out rows by each of the divisions of a spec. Slices without rows are left out.
pub(super) fn slices(
    description: &Description,
    dataset: &EncodedDataset<AnyBatch>,
    features: &AnyFeatures,
    rows: &[u32],
) -> Result<Vec<Slice>, Error> {
    let mut slices = Vec::new();
    for spec in &description.slices {
        let division = divide(spec, description, dataset, features, rows)?;
        for (value, places) in division.slices() {
            let mut rows: Vec<u32> = places.into_iter().map(|place| rows[place]).collect();
            rows.sort_unstable();
            slices.push(Slice { by: spec.to_string(), value, rows });
        }
    }
    Ok(slices)
}

fn divide(
    spec: &SliceSpec,
    description: &Description,
    dataset: &EncodedDataset<AnyBatch>,
    features: &AnyFeatures,
    rows: &[u32],
) -> Result<Division, Error> {
    let encoded = |input, place| Encoded { dataset, rows, input, place };
    Ok(match spec {
        SliceSpec::Column(name) => {
            let (input, place, reads) = find(features, name)?;
            let values = encoded(input, place).each(|column| column.table_rows().to_vec());
            let parts = features.parts();
            let keys = reads.keys.and_then(|keys| parts[keys].1.vocabulary());
            match (parts[reads.column].1.buckets(), keys) {
                (Some(buckets), _) => Division::by_bucket(values, buckets),
                (None, Some(keys)) => Division::by_key(values, keys),
                (None, None) => return Err(UsageError::OtherFeatures.into()),
            }
        }
        SliceSpec::Length { column, boundaries } => {
            let (input, place, _) = find(features, column)?;
            Division::by_range(&encoded(input, place).each(lengths), boundaries)
        }
        SliceSpec::UserRows(boundaries) => {
            let users = description.protocol.user.and_then(|user| dataset.groups.get(user));
            let users = users.ok_or(UsageError::OtherFeatures)?;
            Division::by_range(&training_rows(dataset, rows, |row| Some(users[row as usize])), boundaries)
        }
        SliceSpec::ItemRows(boundaries) => {
            let catalog = dataset.catalog.as_ref().ok_or(DataError::NoCatalog { to: "retrieve" })?;
            // Items that are not in the catalog have numbers of their own.
            let item = |row: u32| match catalog.candidate_of_row[row as usize] {
                NONE => catalog.absent.get(&row).map(|&item| (NONE, item)),
                candidate => Some((candidate, NONE)),
            };
            Division::by_range(&training_rows(dataset, rows, item), boundaries)
        }
    })
}

/// Returns an input that reads a column, and the place of the column in its batches.
fn find(features: &AnyFeatures, name: &str) -> Result<(usize, usize, Reads), UsageError> {
    let parts = features.parts();
    let of_input = |input| {
        let reads = features.reads(input);
        let place = reads.iter().position(|reads| parts[reads.column].1.name() == name)?;
        Some((input, place, reads[place]))
    };
    (0..features.inputs().len()).find_map(of_input).ok_or(UsageError::OtherFeatures)
}

/// A column of an input, encoded for some rows of the main source.
struct Encoded<'a> {
    dataset: &'a EncodedDataset<AnyBatch>,
    rows: &'a [u32],
    input: usize,
    place: usize,
}

impl Encoded<'_> {
    /// Returns a value for each row.
    fn each<T>(&self, values: impl Fn(&dyn EncodedColumn) -> Vec<T>) -> Vec<T> {
        let mut batch = AnyBatch::default();
        let mut all = Vec::with_capacity(self.rows.len());
        for rows in self.rows.chunks(ROWS_AT_ONCE) {
            self.dataset.input_into(self.input, rows, &mut batch);
            all.extend(values(batch.columns(self.input)[self.place]));
        }
        all
    }
}

/// Number of keys of each record.
fn lengths(column: &dyn EncodedColumn) -> Vec<u64> {
    let any = column as &dyn Any;
    let length = |row| match (any.downcast_ref::<Bags>(), any.downcast_ref::<Sequences>()) {
        (Some(bags), _) => bags.bag(row).len(),
        (None, Some(sequences)) => sequences.record(row).len(),
        (None, None) => 1,
    };
    (0..column.rows()).map(|row| length(row) as u64).collect()
}

/// Number of training rows with what each row has. Rows that have nothing have no training rows.
fn training_rows<K: Eq + Hash>(
    dataset: &EncodedDataset<AnyBatch>,
    rows: &[u32],
    of: impl Fn(u32) -> Option<K>,
) -> Vec<u64> {
    let mut counts: HashMap<K, u64> = HashMap::new();
    for found in dataset.train_split().iter().filter_map(|&row| of(row)) {
        *counts.entry(found).or_default() += 1;
    }
    let count = |&row: &u32| of(row).and_then(|found| counts.get(&found).copied());
    rows.iter().map(|row| count(row).unwrap_or(0)).collect()
}
