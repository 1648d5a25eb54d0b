//! Test rows that repeat a training row.

use std::collections::HashSet;

use crate::checksum::Checksum;
use crate::data::error::DataError;
use crate::data::field::Field;
use crate::data::source::{Chunk, RawTable};

/// Returns the sum of the cells of a row, by its texts. `bytes` is reused.
pub(super) fn sum_of(chunk: &Chunk, row: usize, width: usize, bytes: &mut Vec<u8>) -> Checksum {
    bytes.clear();
    for column in 0..width {
        let start = bytes.len();
        match chunk.field(row, column) {
            Field::Text(text) => bytes.extend_from_slice(text.as_bytes()),
            field => bytes.extend_from_slice(field.to_string().as_bytes()),
        }
        // Lengths separate the cells.
        bytes.extend_from_slice(&((bytes.len() - start) as u64).to_le_bytes());
    }
    Checksum::of(bytes)
}

/// Returns the number of test rows whose sum is that of a training row.
pub(super) fn repeated(sums: &[Checksum], train: &[u32], test: &[u32]) -> usize {
    let sum = |&row: &u32| sums[row as usize];
    let wanted: HashSet<Checksum> = test.iter().map(sum).collect();
    if wanted.is_empty() {
        return 0;
    }
    let trained: HashSet<Checksum> = train.iter().map(sum).filter(|sum| wanted.contains(sum)).collect();
    test.iter().map(sum).filter(|sum| trained.contains(sum)).count()
}

/// Returns the number of test rows that equal a training row in every field, by a scan of the main source.
pub fn repeated_rows(data: &RawTable) -> Result<usize, DataError> {
    let width = data.index(0).columns().len();
    let (mut sums, mut bytes) = (Vec::with_capacity(data.rows()), Vec::new());
    data.scan(&mut |chunks| {
        for (_, chunk) in chunks {
            sums.extend((0..chunk.rows()).map(|row| sum_of(chunk, row, width, &mut bytes)));
        }
        Ok(())
    })?;
    Ok(repeated(&sums, &data.train, &data.test))
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::chunk;
    use super::*;

    #[test]
    fn cells_are_compared_one_by_one() {
        let rows = chunk(&[&["a", "bc"], &["ab", "c"], &["a", "bc"], &["x", ""], &["", "x"]]);
        let mut bytes = Vec::new();
        let sums: Vec<Checksum> = (0..5).map(|row| sum_of(&rows, row, 2, &mut bytes)).collect();
        assert_eq!(repeated(&sums, &[0], &[1, 2]), 1);
        assert_eq!(repeated(&sums, &[3], &[4]), 0);
        assert_eq!(repeated(&sums, &[0, 1, 2], &[0, 1, 2]), 3);
        assert_eq!(repeated(&sums, &[], &[0]), 0);
    }
}
