//! Encoded columns of any kind, so that code that moves records is compiled once.

use std::any::Any;
use std::io;

use super::array_file::{Array, ArrayWriter, StoredArray};
use super::{Bags, Floats, Ids, Sequences};

/// Encoded values of some records.
pub trait EncodedColumn: Any + Send + Sync {
    /// Number of records.
    fn rows(&self) -> usize;
    /// Copies these records to a column of the same kind, replacing its contents. Leaves it empty if this
    /// column is empty.
    fn gather(&self, rows: &[u32], into: &mut dyn EncodedColumn);
    /// Removes all records from `rows` on.
    fn truncate(&mut self, rows: usize);
    /// Appends the records of a column of the same kind. Returns `false`, without doing so, if there are too
    /// many values for 32-bit offsets.
    #[must_use]
    fn append(&mut self, from: &dyn EncodedColumn) -> bool;
    /// Number of arrays that the column is stored as.
    fn arrays(&self) -> usize;
    /// Appends the records to stored arrays. Returns `false`, without doing so, if there are too many values
    /// for 32-bit offsets.
    ///
    /// # Errors
    /// A file cannot be written.
    fn store(&self, arrays: &mut [ArrayWriter]) -> io::Result<bool>;
    /// Returns the arrays of a column in files, in the order of [`EncodedColumn::store`]. `None` if one of them is
    /// in memory.
    fn stored(&self) -> Option<Vec<StoredArray>>;
    /// Frees the memory of values in files. They are read again when they are used.
    fn forget(&self);
    /// Table rows of all records. Empty for numbers.
    fn table_rows(&self) -> &[u32];
    /// Returns whether another column has the same records.
    fn equals(&self, other: &dyn EncodedColumn) -> bool;
    /// Replaces the records by this number of stored ones. Returns whether the arrays are such a column.
    #[must_use]
    fn restore(&mut self, rows: usize, arrays: &[Array]) -> bool;
}

macro_rules! columns {
    ($($column:ty [$arrays:literal, $table_rows:expr] $(where $width:ident)?),*) => {$(
        impl $(<const $width: usize>)? EncodedColumn for $column {
            fn rows(&self) -> usize {
                <$column>::rows(self)
            }
            fn gather(&self, rows: &[u32], into: &mut dyn EncodedColumn) {
                if let Some(into) = (into as &mut dyn Any).downcast_mut() {
                    <$column>::gather_into(self, rows, into);
                }
            }
            fn truncate(&mut self, rows: usize) {
                <$column>::truncate(self, rows);
            }
            fn append(&mut self, from: &dyn EncodedColumn) -> bool {
                (from as &dyn Any).downcast_ref().is_some_and(|from| <$column>::append(self, from))
            }
            fn arrays(&self) -> usize {
                $arrays
            }
            fn store(&self, arrays: &mut [ArrayWriter]) -> io::Result<bool> {
                <$column>::store(self, arrays)
            }
            fn stored(&self) -> Option<Vec<StoredArray>> {
                <$column>::stored(self)
            }
            fn forget(&self) {
                <$column>::forget(self);
            }
            fn table_rows(&self) -> &[u32] {
                let table_rows: fn(&Self) -> &[u32] = $table_rows;
                table_rows(self)
            }
            fn equals(&self, other: &dyn EncodedColumn) -> bool {
                (other as &dyn Any).downcast_ref() == Some(self)
            }
            fn restore(&mut self, rows: usize, arrays: &[Array]) -> bool {
                <$column>::restore(self, rows, arrays)
            }
        }
    )*};
}

columns!(
    Ids[1, Self::as_slice],
    Bags[3, Self::ids],
    Sequences[2, Self::ids],
    Records[0, |_| &[]],
    Floats<W>[1, |_| &[]] where W
);

/// Records without values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Records(usize);

impl Records {
    /// This number of records.
    pub(super) fn new(records: usize) -> Self {
        Self(records)
    }

    /// Number of records.
    pub fn rows(&self) -> usize {
        self.0
    }

    /// Adds a record.
    pub fn push(&mut self) {
        self.0 += 1;
    }

    fn gather_into(&self, rows: &[u32], into: &mut Self) {
        into.0 = rows.len();
    }

    fn truncate(&mut self, rows: usize) {
        self.0 = self.0.min(rows);
    }

    fn append(&mut self, from: &Self) -> bool {
        self.0 += from.0;
        true
    }

    fn store(&self, _: &mut [ArrayWriter]) -> io::Result<bool> {
        Ok(true)
    }

    fn stored(&self) -> Option<Vec<StoredArray>> {
        Some(Vec::new())
    }

    fn forget(&self) {}

    fn restore(&mut self, rows: usize, _: &[Array]) -> bool {
        self.0 = rows;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::OpenRecord;
    use super::*;

    fn bags(records: &[&[u32]], weight: Option<f32>) -> Bags {
        let mut bags = Bags::default();
        for record in records {
            record.iter().for_each(|&id| bags.push_item(id, weight));
            assert!(bags.close());
        }
        bags
    }

    /// Every way to cut a column gives the whole when its parts are appended.
    fn check<C: EncodedColumn + Clone + Default + PartialEq + std::fmt::Debug>(whole: &C) {
        let rows = EncodedColumn::rows(whole) as u32;
        for cut in 0..=rows {
            let (mut first, mut second) = (C::default(), C::default());
            whole.gather(&(0..cut).collect::<Vec<_>>(), &mut first);
            whole.gather(&(cut..rows).collect::<Vec<_>>(), &mut second);
            assert!(first.append(&second));
            let mut again = C::default();
            first.gather(&(0..rows).collect::<Vec<_>>(), &mut again);
            assert_eq!(again, *whole);
            assert!(
                again.equals(whole) && (cut == rows || !EncodedColumn::equals(&second, whole) || cut == 0)
            );
            EncodedColumn::truncate(&mut first, cut as usize);
            assert_eq!(EncodedColumn::rows(&first), cut as usize);
        }
    }

    #[test]
    fn parts_of_a_column_are_appended() {
        check(&Ids::new(vec![3, 1, 2]));
        check(&Floats::<2>::new(vec![1.0, 2.0, 3.0, 4.0]));
        check(&bags(&[&[1, 2], &[], &[3]], None));
        check(&bags(&[&[], &[4], &[5, 6]], Some(0.5)));
        let mut sequences = Sequences::default();
        for record in [&[1_u32, 2][..], &[], &[3]] {
            record.iter().for_each(|&id| sequences.push_item(id, None));
            assert!(sequences.close());
        }
        check(&sequences);
        let mut records = Records::default();
        (0..3).for_each(|_| records.push());
        check(&records);
        // Columns of another kind are not mixed up.
        assert!(!EncodedColumn::append(&mut records, &Ids::new(vec![1])));
    }
}
