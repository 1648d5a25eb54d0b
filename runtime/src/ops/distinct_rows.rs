//! Distinct rows of a table among the ids of a batch, numbered in order of first use.

use crate::data::NONE;

/// Numbers the rows that ids refer to. Its memory grows with the batch, not with the table, and is kept for the next one.
#[derive(Debug, Default)]
pub struct DistinctRows {
    /// Hash table with linear probing. An entry has the row in its upper half and 1 plus its number in the lower; 0 is free.
    entries: Vec<u64>,
}

impl DistinctRows {
    /// Rows that the ids of columns refer to, in order of first use, and for each id its number among them. Ids from `limit` on
    /// have none ([`NONE`]).
    pub(crate) fn number(&mut self, columns: &[&[u32]], limit: usize) -> (Vec<u32>, Vec<Vec<u32>>) {
        let ids: usize = columns.iter().map(|column| column.len()).sum();
        // At most half full, so that a probe ends soon.
        let size = (2 * ids.min(limit)).next_power_of_two().max(2);
        if self.entries.len() < size {
            self.entries.resize(size, 0);
        }
        let entries = &mut self.entries[..size];
        let shift = u32::BITS - size.trailing_zeros();
        let mut rows: Vec<u32> = Vec::new();
        let mut number = |&id: &u32| {
            if id as usize >= limit {
                return NONE;
            }
            let mut at = (id.wrapping_mul(0x9e37_79b9) >> shift) as usize;
            loop {
                let entry = &mut entries[at];
                if *entry == 0 {
                    rows.push(id);
                    *entry = u64::from(id) << 32 | rows.len() as u64;
                }
                if (*entry >> 32) as u32 == id {
                    return *entry as u32 - 1;
                }
                at = (at + 1) & (size - 1);
            }
        };
        let numbers = columns.iter().map(|column| column.iter().map(&mut number).collect()).collect();
        entries.fill(0);
        (rows, numbers)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::rng::Stream;

    #[test]
    fn rows_are_numbered_by_first_use() {
        let mut distinct = DistinctRows::default();
        let (rows, numbers) = distinct.number(&[&[7, 2, 7, NONE], &[], &[9, 2, 0]], 9);
        assert_eq!(rows, [7, 2, 0]);
        assert_eq!(numbers, [vec![0, 1, 0, NONE], vec![], vec![NONE, 1, 2]]);
        assert_eq!(distinct.number(&[&[2]], 9), (vec![2], vec![vec![0]]));
        assert_eq!(distinct.number(&[&[0, 3]], 0), (vec![], vec![vec![NONE; 2]]));
        assert_eq!(distinct.number(&[], 9), (vec![], vec![]));
    }

    /// Tables smaller and larger than the batch, and ids whose hashes are near each other.
    #[test]
    fn numbers_are_those_of_a_map() {
        let mut distinct = DistinctRows::default();
        for (case, (ids, limit, step)) in
            [(5000, 3, 1), (4096, 100_000, 1), (300, 1 << 31, 1 << 20), (1, 1, 1), (2000, 2000, 2)]
                .into_iter()
                .enumerate()
        {
            let stream = Stream::new(1, "ids").part(case as u64);
            let column: Vec<u32> =
                (0..ids).map(|at| stream.below(at, limit as u64 / step + 1) as u32 * step as u32).collect();
            let mut expected = HashMap::new();
            let (rows, numbers) = distinct.number(&[&column], limit);
            for (&id, &number) in column.iter().zip(&numbers[0]) {
                let next = expected.len() as u32;
                let known = if (id as usize) < limit { *expected.entry(id).or_insert(next) } else { NONE };
                assert_eq!(number, known, "{id}");
            }
            assert_eq!(rows.len(), expected.len());
            assert!(rows.iter().zip(0..).all(|(row, number)| expected[row] == number));
        }
        assert!(distinct.entries.iter().all(|&entry| entry == 0));
    }
}
