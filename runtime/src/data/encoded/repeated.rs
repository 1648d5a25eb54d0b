//! Held-out rows that repeat a training row.

use std::collections::HashSet;

use crate::data::source::RawTable;

/// Returns the number of held-out rows whose sum is that of a training row.
pub(super) fn repeated(sums: &[u64], train: &[u32], held_out: &[u32]) -> usize {
    let sum = |&row: &u32| sums[row as usize];
    let wanted: HashSet<u64> = held_out.iter().map(sum).collect();
    if wanted.is_empty() {
        return 0;
    }
    let trained: HashSet<u64> = train.iter().map(sum).filter(|sum| wanted.contains(sum)).collect();
    held_out.iter().map(sum).filter(|sum| trained.contains(sum)).count()
}

/// Returns the number of these rows of the test split that equal a training row in every field.
pub fn repeated_rows(data: &RawTable, test: &[u32]) -> usize {
    repeated(data.sums(), &data.train, test)
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::chunk;
    use super::*;

    #[test]
    fn cells_are_compared_one_by_one() {
        let rows = chunk(&[&["a", "bc"], &["ab", "c"], &["a", "bc"], &["x", ""], &["", "x"]]);
        let mut bytes = Vec::new();
        let sums: Vec<u64> = (0..5).map(|row| rows.sum(row, 2, &mut bytes).bits()).collect();
        assert_eq!(repeated(&sums, &[0], &[1, 2]), 1);
        assert_eq!(repeated(&sums, &[3], &[4]), 0);
        assert_eq!(repeated(&sums, &[0, 1, 2], &[0, 1, 2]), 3);
        assert_eq!(repeated(&sums, &[], &[0]), 0);
    }
}
