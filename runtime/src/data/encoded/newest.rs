//! Newest states of users: the latest row of each, with all encoded rows of the user as its history.

use super::values::Values;
use super::{EncodedDataset, NONE};
use crate::data::error::DataError;
use crate::data::features::Batch;
use crate::data::source::{RawTable, RowFiles};

/// Rows of the users that a group of a dataset numbers.
#[derive(Clone, Debug, Default)]
pub struct NewestRows {
    /// First row of each user in the main source, or [`NONE`] for a user without an encoded row.
    pub first: Vec<u32>,
    /// Latest row of each user.
    pub latest: Vec<u32>,
    /// First encoded row of each user and the one after the last. Empty without histories.
    encoded: Vec<[u32; 2]>,
}

/// Returns the place of each row in time. `None` if the spec has no times, or if the encoded rows are in this order.
pub(super) fn order(data: &RawTable, files: &mut RowFiles) -> Result<Option<Values<u32>>, DataError> {
    let spec = data.spec();
    if spec.history.is_none() && spec.timeline.is_some() {
        let mut places = vec![NONE; data.rows()];
        (0..).zip(data.timeline().rows()).for_each(|(place, &row)| places[row as usize] = place);
        return Ok(Some(files.collect(places)?));
    }
    Ok(Some(data.split_times()).filter(|times| spec.history.is_none() && !times.is_empty()).cloned())
}

impl<B: Batch> EncodedDataset<B> {
    /// Returns all encoded rows of the main source, ascending: those of the split, and those that only occur in
    /// histories.
    pub fn encoded_rows(&self) -> Vec<u32> {
        // Without an index, all rows are encoded.
        let own = || self.main_inputs().next().map_or(0, |input| self.columns.rows(input));
        let rows = self.indexes.iter().flatten().next().map_or_else(own, |index| index.len());
        let is_encoded = |row: &u32| self.indexes.iter().flatten().all(|index| index[*row as usize] != NONE);
        (0..rows as u32).filter(is_encoded).collect()
    }

    /// Inputs that are encoded for the main source.
    fn main_inputs(&self) -> impl Iterator<Item = usize> {
        let inputs = self.inputs.iter().enumerate();
        inputs.filter(|(_, info)| info.source == 0).map(|(input, _)| input)
    }

    /// Finds the rows of the users that a group numbers. `rows` are the encoded ones. With histories the group must be
    /// that of their users.
    pub fn newest_rows(&self, group: &[u32], rows: &[u32]) -> NewestRows {
        let users = group.iter().max().map_or(0, |&last| last as usize + 1);
        let mut found =
            NewestRows { first: vec![NONE; users], latest: vec![NONE; users], encoded: Vec::new() };
        let encoded = |row: u32| self.indexes[0].as_ref().map_or(row, |index| index[row as usize]);
        let place = |row: u32| match (&self.histories, &self.order) {
            (Some(_), _) => encoded(row),
            (None, Some(order)) => order[row as usize],
            (None, None) => row,
        };
        for &row in rows {
            let user = group[row as usize] as usize;
            let (first, latest) = (&mut found.first[user], &mut found.latest[user]);
            if *first == NONE {
                *first = row;
            }
            if *latest == NONE || (place(*latest), *latest) < (place(row), row) {
                *latest = row;
            }
        }
        if self.histories.is_some() {
            found.encoded = vec![[NONE, 0]; users];
            // Rows whose joined row is rejected are in histories too.
            for (row, &user) in (0..).zip(group) {
                let encoded = encoded(row);
                if encoded != NONE {
                    let [first, end] = &mut found.encoded[user as usize];
                    (*first, *end) = ((*first).min(encoded), (*end).max(encoded + 1));
                }
            }
        }
        found
    }

    /// Gathers the newest states of some users into `into`, reusing its memory.
    pub fn newest_into(&self, newest: &NewestRows, users: &[u32], into: &mut B) {
        let latest: Vec<u32> = users.iter().map(|&user| newest.latest[user as usize]).collect();
        self.batch_into(&latest, into);
        if self.histories.is_some() {
            let encoded: Vec<[u32; 2]> = users.iter().map(|&user| newest.encoded[user as usize]).collect();
            self.main_inputs().for_each(|input| self.columns.newest_into(input, &encoded, into));
        }
    }
}
