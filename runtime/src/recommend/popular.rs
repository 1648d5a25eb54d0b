//! The most popular items of the training rows.

use crate::data::{Catalog, candidate_counts};
use crate::metrics::{CandidateSet, RankingQuery, Scored};

/// Candidates with training rows, the most popular first; of equal ones in the order of the catalog.
pub(super) struct Popular(Vec<Scored>);

impl Popular {
    /// Counts the candidates of training rows.
    pub(super) fn new<B>(train: &[u32], catalog: &Catalog<B>) -> Self {
        let counts = candidate_counts(train, &catalog.candidate_of_row, catalog.keys.len());
        let mut candidates: Vec<u32> = (0..).take(counts.len()).collect();
        candidates.retain(|&candidate| counts[candidate as usize] > 0);
        candidates.sort_by_key(|&candidate| std::cmp::Reverse(counts[candidate as usize]));
        let scored = |candidate: u32| Scored { candidate, score: counts[candidate as usize] as f32 };
        Self(candidates.into_iter().map(scored).collect())
    }

    /// Most popular `k` items that compete for a query.
    pub(super) fn list(&self, query: &RankingQuery<'_>, k: usize, left_out: &[bool]) -> Vec<Scored> {
        let competes = |item: &&Scored| {
            let is_in = match &query.candidates {
                CandidateSet::AllBut(others) => others.binary_search(&item.candidate).is_err(),
                CandidateSet::Only(others) => others.contains(&item.candidate),
            };
            is_in && left_out.get(item.candidate as usize) != Some(&true)
        };
        self.0.iter().filter(competes).take(k).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::collections::HashMap;

    use super::*;
    use crate::data::NONE;

    #[test]
    fn items_are_ordered_by_their_training_rows() {
        let catalog = Catalog {
            keys: ["a", "b", "c", "d"].map(str::to_owned).to_vec(),
            rows: vec![0, 1, 2, 3].into(),
            columns: (),
            candidate_of_row: vec![1, 2, 2, 0, NONE, 3, 3, 3].into(),
            absent: HashMap::new(),
        };
        // The last three rows are for testing.
        let popular = Popular::new(&[0, 1, 2, 3, 4], &catalog);
        let list = |others: Vec<u32>, k, left_out: &[bool]| {
            let candidates = CandidateSet::AllBut(Cow::Owned(others));
            let items = popular.list(&RankingQuery { relevant: Vec::new(), candidates }, k, left_out);
            items.iter().map(|item| (item.candidate, item.score)).collect::<Vec<_>>()
        };
        assert_eq!(list(vec![], 9, &[]), [(2, 2.0), (0, 1.0), (1, 1.0)]);
        assert_eq!(list(vec![], 2, &[]), [(2, 2.0), (0, 1.0)]);
        assert_eq!(list(vec![2], 9, &[true, false, false, false]), [(1, 1.0)]);
    }
}
