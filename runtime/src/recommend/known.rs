//! Records of which a model knows something: a known key, or another value than that of a missing field.

use crate::data::{
    AnyBatch, AnyFeatures, Batch, Counting, Features, Field, Reads, StoredFeatures, Vocabulary,
};

/// Columns of the queries, with the values that they have for missing fields.
pub(super) struct Known<'a> {
    features: &'a AnyFeatures,
    inputs: Vec<(usize, Vec<Reads>)>,
    /// One record without fields, in the columns that accept it.
    missing: AnyBatch,
}

impl<'a> Known<'a> {
    pub(super) fn new(features: &'a AnyFeatures, inputs: &[usize]) -> Self {
        let inputs: Vec<_> = inputs.iter().map(|&input| (input, features.reads(input))).collect();
        let (parts, mut missing) = (features.parts(), features.batch());
        for (input, reads) in &inputs {
            for (read, column) in reads.iter().zip(missing.columns_mut(*input)) {
                let keys = read.keys.and_then(|keys| parts[keys].1.vocabulary());
                let part = parts[read.column].1;
                if part.encode(&Field::Missing, keys, &mut *column, Counting::Uncounted).is_err() {
                    column.truncate(0);
                }
            }
        }
        Self { features, inputs, missing }
    }

    /// Returns for each of the first records of a batch whether something is known of it.
    pub(super) fn of(&self, batch: &AnyBatch, records: usize) -> Vec<bool> {
        let mut record = self.features.batch();
        (0..records as u32).map(|row| self.is_known(batch, row, &mut record)).collect()
    }

    fn is_known(&self, batch: &AnyBatch, row: u32, record: &mut AnyBatch) -> bool {
        let parts = self.features.parts();
        self.inputs.iter().any(|(input, reads)| {
            batch.gather(*input, &[row], record);
            let columns = record.columns(*input).into_iter().zip(self.missing.columns(*input));
            columns.zip(reads).any(|((column, missing), read)| {
                let keys: Option<&Vocabulary> = read.keys.and_then(|keys| parts[keys].1.vocabulary());
                let has_key = |keys: &Vocabulary| column.table_rows().iter().any(|&row| keys.is_known(row));
                keys.is_none_or(has_key) && !column.equals(missing)
            })
        })
    }
}
