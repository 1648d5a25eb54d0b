//! Encoded columns of numbers.

use std::io;

use super::array_file::{Array, ArrayWriter, StoredArray};
use super::values::Values;

/// `W` floats per record, row-major.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Floats<const W: usize>(Values<f32>);

impl<const W: usize> Floats<W> {
    /// A column of these values. An incomplete last row is dropped.
    pub fn new(mut values: Vec<f32>) -> Self {
        values.truncate(values.len() / W.max(1) * W);
        Self(values.into())
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
        self.0.to_mut().extend_from_slice(&values);
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

    /// Gathers rows like [`Floats::gather`] into `into`, reusing its memory.
    pub fn gather_into(&self, rows: &[u32], into: &mut Self) {
        let (values, into) = (self.as_slice(), into.0.to_mut());
        into.clear();
        if values.is_empty() {
            return;
        }
        for &row in rows {
            into.extend_from_slice(&values[row as usize * W..(row as usize + 1) * W]);
        }
    }

    /// Removes all records from `rows` on.
    pub fn truncate(&mut self, rows: usize) {
        self.0.to_mut().truncate(rows * W);
    }

    /// Appends the records to stored arrays.
    pub(super) fn store(&self, arrays: &mut [ArrayWriter]) -> io::Result<bool> {
        let [values] = arrays else { return Ok(false) };
        values.append(&self.0)?;
        Ok(true)
    }

    /// Frees the memory of values in files.
    pub(super) fn forget(&self) {
        self.0.forget();
    }

    /// Returns the arrays of a column in files.
    pub(super) fn stored(&self) -> Option<Vec<StoredArray>> {
        self.0.stored().map(|values| vec![values])
    }

    /// Replaces the records by stored ones. Returns whether the arrays are such a column.
    pub(super) fn restore(&mut self, rows: usize, arrays: &[Array]) -> bool {
        let [values] = arrays else { return false };
        values.values().filter(|values| values.len() == rows * W).map(|values| self.0 = values).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_gathered_and_removed() {
        let mut floats = Floats::<2>::default();
        floats.push([1.0, 2.0]);
        floats.push([3.0, 4.0]);
        assert_eq!(floats.gather(&[1, 1]).as_slice(), [3.0, 4.0, 3.0, 4.0]);
        floats.truncate(1);
        assert_eq!(floats.rows(), 1);
    }
}
