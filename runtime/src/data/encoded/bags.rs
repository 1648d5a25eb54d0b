//! Encoded columns of several table rows per record.

use std::io;

use super::array_file::{Array, ArrayWriter, StoredArray};
use super::values::Values;

/// Any number of table rows per record, optionally weighted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bags {
    /// Offsets of the items: record `i` has items `offsets[i]..offsets[i + 1]`. Empty if there are no
    /// records.
    offsets: Values<u32>,
    ids: Values<u32>,
    /// Weights of the items. Empty if they have none.
    weights: Values<f32>,
}

impl Bags {
    /// Offsets of the items: `rows() + 1` numbers, or none if there are no records.
    pub fn offsets(&self) -> &[u32] {
        &self.offsets
    }

    /// The items of all records.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// Weights of all items. Empty if they have none.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// Number of records.
    pub fn rows(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Items of a record.
    pub fn bag(&self, row: usize) -> &[u32] {
        &self.ids[self.offsets[row] as usize..self.offsets[row + 1] as usize]
    }

    /// Appends an item to the open record, which [`Bags::close`] ends.
    pub fn push(&mut self, id: u32) {
        self.ids.to_mut().push(id);
    }

    /// Appends a weighted item. Either all items of a column have weights or none.
    pub fn push_weighted(&mut self, id: u32, weight: f32) {
        self.ids.to_mut().push(id);
        self.weights.to_mut().push(weight);
    }

    /// Number of items of the open record.
    pub fn open_items(&self) -> usize {
        self.ids.len() - self.offsets.last().map_or(0, |&end| end as usize)
    }

    /// Ends the open record. Returns `false`, without ending it, if the column has too many items for 32-bit
    /// offsets.
    #[must_use]
    pub fn close(&mut self) -> bool {
        let Ok(end) = u32::try_from(self.ids.len()) else { return false };
        let offsets = self.offsets.to_mut();
        if offsets.is_empty() {
            offsets.push(0);
        }
        offsets.push(end);
        true
    }

    /// Appends the records of another column. Returns `false`, without doing so, if the column would have too
    /// many items for 32-bit offsets.
    pub(super) fn append(&mut self, from: &Self) -> bool {
        let before = self.ids.len();
        if u32::try_from(before + from.ids.len()).is_err() {
            return false;
        }
        let offsets = self.offsets.to_mut();
        let known = if offsets.is_empty() { 0 } else { 1 };
        offsets.extend(from.offsets.iter().skip(known).map(|&end| before as u32 + end));
        self.ids.to_mut().extend_from_slice(&from.ids);
        self.weights.to_mut().extend_from_slice(&from.weights);
        true
    }

    /// Gathers these records. Empty if the column is empty.
    pub fn gather(&self, rows: &[u32]) -> Self {
        let mut into = Self::default();
        self.gather_into(rows, &mut into);
        into
    }

    /// Gathers rows like [`Bags::gather`] into `into`, reusing its memory.
    pub fn gather_into(&self, rows: &[u32], into: &mut Self) {
        let (offsets, ids, weights) = (self.offsets(), self.ids(), self.weights());
        let (into_offsets, into_ids) = (into.offsets.to_mut(), into.ids.to_mut());
        let into_weights = into.weights.to_mut();
        into_offsets.clear();
        into_ids.clear();
        into_weights.clear();
        if self.rows() == 0 {
            return;
        }
        into_offsets.push(0);
        for &row in rows {
            let items = offsets[row as usize] as usize..offsets[row as usize + 1] as usize;
            into_ids.extend_from_slice(&ids[items.clone()]);
            if !weights.is_empty() {
                into_weights.extend_from_slice(&weights[items]);
            }
            into_offsets.push(into_ids.len() as u32);
        }
    }

    /// Removes all records from `rows` on, and the open record.
    pub fn truncate(&mut self, rows: usize) {
        self.offsets.to_mut().truncate(rows + 1);
        let end = self.offsets.last().map_or(0, |&end| end as usize);
        self.ids.to_mut().truncate(end);
        self.weights.to_mut().truncate(end);
    }

    /// Appends the records to stored arrays. Returns `false`, without doing so, if there are too many items for
    /// 32-bit offsets.
    pub(super) fn store(&self, arrays: &mut [ArrayWriter]) -> io::Result<bool> {
        let [offsets, ids, weights] = arrays else { return Ok(false) };
        let before = ids.words();
        if u32::try_from(before + self.ids.len() as u64).is_err() {
            return Ok(false);
        }
        let known = if offsets.words() == 0 { 0 } else { 1 };
        let moved: Vec<u32> = self.offsets.iter().skip(known).map(|&end| before as u32 + end).collect();
        offsets.append(&moved)?;
        ids.append(&self.ids)?;
        weights.append(&self.weights)?;
        Ok(true)
    }

    /// Frees the memory of values in files.
    pub(super) fn forget(&self) {
        self.offsets.forget();
        self.ids.forget();
        self.weights.forget();
    }

    /// Returns the arrays of a column in files.
    pub(super) fn stored(&self) -> Option<Vec<StoredArray>> {
        Some(vec![self.offsets.stored()?, self.ids.stored()?, self.weights.stored()?])
    }

    /// Replaces the records by stored ones. Returns whether the arrays are such a column.
    pub(super) fn restore(&mut self, rows: usize, arrays: &[Array]) -> bool {
        let [offsets, ids, weights] = arrays else { return false };
        let (Some(offsets), Some(ids), Some(weights)) = (offsets.values(), ids.values(), weights.values())
        else {
            return false;
        };
        let found = Self { offsets, ids, weights };
        let ends = &found.offsets;
        let is_whole = ends.first().is_none_or(|&start| start == 0)
            && ends.is_sorted()
            && ends.last().map_or(0, |&end| end as usize) == found.ids.len()
            && (found.weights.is_empty() || found.weights.len() == found.ids.len());
        let is_column = found.rows() == rows && is_whole;
        if is_column {
            *self = found;
        }
        is_column
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bags_gather_and_truncate() {
        let mut bags = Bags::default();
        for bag in [&[(1, 0.5), (2, 1.0)][..], &[], &[(3, 2.0)]] {
            for &(id, weight) in bag {
                bags.push_weighted(id, weight);
            }
            assert!(bags.close());
        }
        let gathered = bags.gather(&[2, 0, 1, 2]);
        assert_eq!(gathered.offsets(), [0, 1, 3, 3, 4]);
        assert_eq!(gathered.ids(), [3, 1, 2, 3]);
        assert_eq!(gathered.weights(), [2.0, 0.5, 1.0, 2.0]);
        bags.push_weighted(9, 9.0);
        bags.truncate(2);
        assert_eq!((bags.rows(), bags.ids(), bags.weights()), (2, &[1, 2][..], &[0.5, 1.0][..]));
        assert_eq!(Bags::default().gather(&[0, 1]).rows(), 0);
        bags.truncate(0);
        assert_eq!((bags.rows(), bags.open_items()), (0, 0));
    }
}
