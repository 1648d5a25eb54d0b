//! Encoded columns, from which batches are gathered.

mod catalog;
mod column;
mod dataset;
mod encoding;
mod repeated;
mod sequences;

pub use catalog::Catalog;
pub use column::{EncodedColumn, Records};
pub use dataset::{EncodedDataset, ROWS_AT_ONCE, check_histories, encode};
pub use repeated::repeated_rows;
pub use sequences::{OpenRecord, Sequences};

/// Row id that means no row: a zero vector without gradient.
pub const NONE: u32 = u32::MAX;

/// One table row per record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ids(Vec<u32>);

impl Ids {
    /// A column of these ids.
    pub fn new(ids: Vec<u32>) -> Self {
        Self(ids)
    }

    /// The ids.
    pub fn as_slice(&self) -> &[u32] {
        &self.0
    }

    /// Number of records.
    pub fn rows(&self) -> usize {
        self.0.len()
    }

    /// Appends a record.
    pub fn push(&mut self, id: u32) {
        self.0.push(id);
    }

    /// Appends the records of another column.
    pub(super) fn append(&mut self, from: &Self) -> bool {
        self.0.extend_from_slice(&from.0);
        true
    }

    /// Gathers these records. Empty if the column is empty.
    pub fn gather(&self, rows: &[u32]) -> Self {
        let mut into = Self::default();
        self.gather_into(rows, &mut into);
        into
    }

    /// Gathers rows like [`Ids::gather`] into `into`, reusing its memory.
    pub fn gather_into(&self, rows: &[u32], into: &mut Self) {
        into.0.clear();
        if !self.0.is_empty() {
            into.0.extend(rows.iter().map(|&row| self.0[row as usize]));
        }
    }

    /// Removes all records from `rows` on.
    pub fn truncate(&mut self, rows: usize) {
        self.0.truncate(rows);
    }
}

/// Any number of table rows per record, optionally weighted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bags {
    /// Offsets of the items: record `i` has items `offsets[i]..offsets[i + 1]`. Empty if there are no
    /// records.
    offsets: Vec<u32>,
    ids: Vec<u32>,
    /// Weights of the items. Empty if they have none.
    weights: Vec<f32>,
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
        self.ids.push(id);
    }

    /// Appends a weighted item. Either all items of a column have weights or none.
    pub fn push_weighted(&mut self, id: u32, weight: f32) {
        self.ids.push(id);
        self.weights.push(weight);
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
        if self.offsets.is_empty() {
            self.offsets.push(0);
        }
        self.offsets.push(end);
        true
    }

    /// Appends the records of another column. Returns `false`, without doing so, if the column would have too
    /// many items for 32-bit offsets.
    pub(super) fn append(&mut self, from: &Self) -> bool {
        let before = self.ids.len();
        if u32::try_from(before + from.ids.len()).is_err() {
            return false;
        }
        if self.offsets.is_empty() && !from.offsets.is_empty() {
            self.offsets.push(0);
        }
        self.offsets.extend(from.offsets.iter().skip(1).map(|&end| before as u32 + end));
        self.ids.extend_from_slice(&from.ids);
        self.weights.extend_from_slice(&from.weights);
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
        into.offsets.clear();
        into.ids.clear();
        into.weights.clear();
        if self.rows() == 0 {
            return;
        }
        into.offsets.push(0);
        for &row in rows {
            let items = self.offsets[row as usize] as usize..self.offsets[row as usize + 1] as usize;
            into.ids.extend_from_slice(&self.ids[items.clone()]);
            if !self.weights.is_empty() {
                into.weights.extend_from_slice(&self.weights[items]);
            }
            into.offsets.push(into.ids.len() as u32);
        }
    }

    /// Removes all records from `rows` on, and the open record.
    pub fn truncate(&mut self, rows: usize) {
        self.offsets.truncate(rows + 1);
        let end = self.offsets.last().map_or(0, |&end| end as usize);
        self.ids.truncate(end);
        self.weights.truncate(end);
    }
}

/// `W` floats per record, row-major.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Floats<const W: usize>(Vec<f32>);

impl<const W: usize> Floats<W> {
    /// A column of these values. An incomplete last row is dropped.
    pub fn new(mut values: Vec<f32>) -> Self {
        values.truncate(values.len() / W.max(1) * W);
        Self(values)
    }

    /// Values, `rows() * W` of them.
    pub fn as_slice(&self) -> &[f32] {
        &self.0
    }

    /// Number of records.
    pub fn rows(&self) -> usize {
        self.0.len() / W.max(1)
    }

    /// Appends a record.
    pub fn push(&mut self, values: [f32; W]) {
        self.0.extend_from_slice(&values);
    }

    /// Appends the records of another column.
    pub(super) fn append(&mut self, from: &Self) -> bool {
        self.0.extend_from_slice(&from.0);
        true
    }

    /// Gathers these records. Empty if the column is empty.
    pub fn gather(&self, rows: &[u32]) -> Self {
        let mut into = Self::default();
        self.gather_into(rows, &mut into);
        into
    }

    /// Gathers rows like [`Floats::gather`] into `into`, reusing its memory.
    pub fn gather_into(&self, rows: &[u32], into: &mut Self) {
        into.0.clear();
        if self.0.is_empty() {
            return;
        }
        for &row in rows {
            into.0.extend_from_slice(&self.0[row as usize * W..(row as usize + 1) * W]);
        }
    }

    /// Removes all records from `rows` on.
    pub fn truncate(&mut self, rows: usize) {
        self.0.truncate(rows * W);
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

    #[test]
    fn floats_and_ids() {
        let mut floats = Floats::<2>::default();
        floats.push([1.0, 2.0]);
        floats.push([3.0, 4.0]);
        assert_eq!(floats.gather(&[1, 1]).as_slice(), [3.0, 4.0, 3.0, 4.0]);
        floats.truncate(1);
        assert_eq!(floats.rows(), 1);
        assert_eq!(Ids::new(vec![4, 5]).gather(&[1]).as_slice(), [5]);
        assert_eq!(Ids::default().gather(&[7]).rows(), 0);
    }
}
