//! Encoded columns of one table row per record.

use std::io;

use super::array_file::{Array, ArrayWriter, StoredArray};
use super::values::Values;

/// One table row per record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ids(Values<u32>);

impl Ids {
    /// A column of these ids.
    pub fn new(ids: Vec<u32>) -> Self {
        Self(ids.into())
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
        self.0.to_mut().push(id);
    }

    /// Appends the records of another column.
    pub(super) fn append(&mut self, from: &Self) -> bool {
        self.0.to_mut().extend_from_slice(&from.0);
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
        let (ids, into) = (self.as_slice(), into.0.to_mut());
        into.clear();
        if !ids.is_empty() {
            into.extend(rows.iter().map(|&row| ids[row as usize]));
        }
    }

    /// Removes all records from `rows` on.
    pub fn truncate(&mut self, rows: usize) {
        self.0.to_mut().truncate(rows);
    }

    /// Appends the records to stored arrays.
    pub(super) fn store(&self, arrays: &mut [ArrayWriter]) -> io::Result<bool> {
        let [ids] = arrays else { return Ok(false) };
        ids.append(&self.0)?;
        Ok(true)
    }

    /// Frees the memory of values in files.
    pub(super) fn forget(&self) {
        self.0.forget();
    }

    /// Returns the arrays of a column in files.
    pub(super) fn stored(&self) -> Option<Vec<StoredArray>> {
        self.0.stored().map(|ids| vec![ids])
    }

    /// Replaces the records by stored ones. Returns whether the arrays are such a column.
    pub(super) fn restore(&mut self, rows: usize, arrays: &[Array]) -> bool {
        let [ids] = arrays else { return false };
        ids.values().filter(|ids| ids.len() == rows).map(|ids| self.0 = ids).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_gathered() {
        assert_eq!(Ids::new(vec![4, 5]).gather(&[1]).as_slice(), [5]);
        assert_eq!(Ids::default().gather(&[7]).rows(), 0);
    }
}
