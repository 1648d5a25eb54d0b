//! Distinct table rows among the ids of a batch, numbered in order of first use.

use crate::data::NONE;

/// Rows per id up to which an array over all rows is used.
const ROWS_PER_ID: usize = 8;

/// Numbers the distinct rows of ids. Uses an array over all table rows if there are enough ids, else a hash
/// table. The memory is reused for the next batch.
#[derive(Debug, Default)]
pub struct DistinctRows {
    /// 1 plus the number of each row; all zero between calls.
    by_row: Vec<u32>,
    /// Hash table with linear probing. Each entry has the row in its upper half and 1 plus its number in the
    /// lower half; 0 is empty. All entries are empty between calls.
    by_hash: Vec<u64>,
    /// Number of ids so far.
    ids: usize,
}

impl DistinctRows {
    /// Returns the distinct rows of the ids in order of first use, and the number of each id's row. Ids from
    /// `limit` on have none ([`NONE`]).
    pub(crate) fn number(&mut self, columns: &[&[u32]], limit: usize) -> (Vec<u32>, Vec<Vec<u32>>) {
        let ids: usize = columns.iter().map(|column| column.len()).sum();
        self.ids = self.ids.saturating_add(ids);
        let mut rows = Vec::new();
        let numbers = if limit <= self.ids.saturating_mul(ROWS_PER_ID) {
            let by_row = first(&mut self.by_row, limit);
            let numbers = numbered(columns, |id| number_by_row(by_row, &mut rows, id));
            rows.iter().for_each(|&row| by_row[row as usize] = 0);
            numbers
        } else {
            // At most half full, so probes are short.
            let by_hash = first(&mut self.by_hash, (2 * ids).next_power_of_two().max(2));
            let below = |id: u32| (id as usize) < limit;
            let numbers = numbered(columns, |id| match below(id) {
                true => number_by_hash(by_hash, &mut rows, id),
                false => NONE,
            });
            by_hash.fill(0);
            numbers
        };
        (rows, numbers)
    }
}

/// Returns the first `count` values of a buffer, extended by zeros.
fn first<T: Clone + Default>(memory: &mut Vec<T>, count: usize) -> &mut [T] {
    if memory.len() < count {
        memory.resize(count, T::default());
    }
    &mut memory[..count]
}

#[inline(always)]
fn numbered(columns: &[&[u32]], mut number: impl FnMut(u32) -> u32) -> Vec<Vec<u32>> {
    columns.iter().map(|column| column.iter().map(|&id| number(id)).collect()).collect()
}

#[inline(always)]
fn number_by_row(by_row: &mut [u32], rows: &mut Vec<u32>, id: u32) -> u32 {
    let Some(number) = by_row.get_mut(id as usize) else { return NONE };
    if *number == 0 {
        rows.push(id);
        *number = rows.len() as u32;
    }
    *number - 1
}

#[inline(always)]
fn number_by_hash(by_hash: &mut [u64], rows: &mut Vec<u32>, id: u32) -> u32 {
    let shift = u32::BITS - by_hash.len().trailing_zeros();
    let mut at = (id.wrapping_mul(0x9e37_79b9) >> shift) as usize;
    loop {
        let entry = &mut by_hash[at];
        if *entry == 0 {
            rows.push(id);
            *entry = u64::from(id) << 32 | rows.len() as u64;
        }
        if (*entry >> 32) as u32 == id {
            return *entry as u32 - 1;
        }
        at = (at + 1) & (by_hash.len() - 1);
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

    /// Tables smaller and larger than the batch, and ids with similar hashes.
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
            assert_eq!(
                DistinctRows::default().number(&[&column], limit),
                (rows, numbers),
                "by hash or by row"
            );
        }
        assert!(distinct.by_hash.iter().all(|&entry| entry == 0) && distinct.by_hash.len() > 1000);
        assert!(distinct.by_row.iter().all(|&number| number == 0) && distinct.by_row.len() >= 2000);
    }
}
