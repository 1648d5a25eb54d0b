//! Ranking queries from held-out rows, and their candidate sets.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::data::{Catalog, NONE, SeenItems};
use crate::metrics::{CandidateSet, RankingQuery};
use crate::program::Candidates;
use crate::rng::Stream;

/// Queries in row order.
#[derive(Default)]
pub(crate) struct Queries {
    /// Row of each query.
    pub(crate) rows: Vec<u32>,
    /// Relevant candidates of each query, ascending.
    pub(crate) relevant: Vec<Vec<u32>>,
    /// Relevant items of each query that are not in the catalog, ascending.
    pub(crate) absent: Vec<Vec<u32>>,
}

impl Queries {
    /// Queries of rows: one per row or, with groups, one per group, with the first row of the group.
    pub(crate) fn new<B>(rows: &[u32], groups: Option<&[u32]>, catalog: &Catalog<B>) -> Self {
        let mut places: HashMap<u32, usize> = HashMap::new();
        let mut queries = Self::default();
        for (at, &row) in rows.iter().enumerate() {
            let key = groups.map_or(at as u32, |groups| groups[row as usize]);
            let query = *places.entry(key).or_insert(queries.rows.len());
            if query == queries.rows.len() {
                queries.rows.push(row);
                queries.relevant.push(Vec::new());
                queries.absent.push(Vec::new());
            }
            match catalog.candidate_of_row[row as usize] {
                NONE => queries.absent[query].extend(catalog.absent.get(&row)),
                candidate => queries.relevant[query].push(candidate),
            }
        }
        for relevant in queries.relevant.iter_mut().chain(&mut queries.absent) {
            relevant.sort_unstable();
            relevant.dedup();
        }
        queries
    }

    /// Queries at some places.
    pub(super) fn at(&self, places: &[usize]) -> Self {
        let lists = |of: &[Vec<u32>]| places.iter().map(|&place| of[place].clone()).collect();
        Self {
            rows: places.iter().map(|&place| self.rows[place]).collect(),
            relevant: lists(&self.relevant),
            absent: lists(&self.absent),
        }
    }

    /// Adds a last rank for each relevant item that is not in the catalog to the ranks of the queries.
    pub(super) fn add_absent(&self, ranks: &mut [Vec<u32>]) {
        for (ranks, absent) in ranks.iter_mut().zip(&self.absent) {
            ranks.extend(absent.iter().map(|_| u32::MAX));
        }
    }
}

/// Candidate sets of queries.
pub(crate) struct CandidateSets<'a> {
    candidates: Candidates,
    /// Number of candidates.
    total: usize,
    /// User of each row, and items of each user in the rows before those that are measured on, if seen items are excluded.
    seen: Option<(&'a [u32], SeenItems)>,
}

impl<'a> CandidateSets<'a> {
    /// Candidate sets over `total` candidates. If `users` has the user of each row, items in the user's
    /// `earlier` rows are excluded.
    pub(crate) fn new(
        candidates: Candidates,
        total: usize,
        users: Option<&'a [u32]>,
        earlier: &[u32],
        candidate_of_row: &[u32],
    ) -> Self {
        let seen = users.map(|users| (users, SeenItems::new(earlier, users, candidate_of_row)));
        Self { candidates, total, seen }
    }

    /// Returns the query of a row with its candidate set.
    pub(crate) fn query(&self, row: u32, relevant: Vec<u32>) -> RankingQuery<'_> {
        let seen: &[u32] = self.seen.as_ref().map_or(&[], |(users, seen)| seen.of(users[row as usize]));
        let candidates = match self.candidates {
            Candidates::All => CandidateSet::AllBut(Cow::Borrowed(seen)),
            Candidates::Sampled { count, seed } => {
                let stream = Stream::new(seed, "negatives").part(u64::from(row));
                CandidateSet::Only(draw(stream, self.total, count, &relevant, seen))
            }
        };
        RankingQuery { relevant, candidates }
    }

    /// Returns whether a query has fewer candidates than the sample size.
    pub(crate) fn is_short(&self, query: &RankingQuery<'_>) -> bool {
        match (self.candidates, &query.candidates) {
            (Candidates::Sampled { count, .. }, CandidateSet::Only(ids)) => ids.len() < count,
            _ => false,
        }
    }
}

/// Samples `count` of `total` candidates without replacement, except the excluded ones. Returns all others if
/// there are not enough.
fn draw(stream: Stream, total: usize, count: usize, relevant: &[u32], seen: &[u32]) -> Vec<u32> {
    let is_out = |id: &u32| relevant.binary_search(id).is_ok() || seen.binary_search(id).is_ok();
    let out = seen.len() + relevant.iter().filter(|id| seen.binary_search(id).is_err()).count();
    if total - out <= count {
        return (0..total as u32).filter(|id| !is_out(id)).collect();
    }
    let mut drawn = HashSet::new();
    let ids = (0..).map(|at| stream.below(at, total as u64) as u32);
    ids.filter(|id| !is_out(id) && drawn.insert(*id)).take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_rows_or_users() {
        // Rows 0 to 7 have the users 4, 2, 4, 4, 2, 4, 4, 4. Rows 3, 6 and 7 have two keys outside of the
        // catalog.
        let users = [4, 2, 4, 4, 2, 4, 4, 4];
        let catalog = Catalog {
            keys: Vec::new(),
            rows: Vec::new().into(),
            columns: (),
            candidate_of_row: vec![7, 0, 5, NONE, 1, 7, NONE, NONE].into(),
            absent: HashMap::from([(3, 0), (6, 1), (7, 0)]),
        };
        let rows = Queries::new(&[5, 1, 3], None, &catalog);
        assert_eq!((rows.rows, rows.relevant), (vec![5, 1, 3], vec![vec![7], vec![0], vec![]]));
        assert_eq!(rows.absent, [vec![], vec![], vec![0]]);
        let whole = Queries::new(&[0, 1, 2, 3, 4, 5, 6, 7], Some(&users), &catalog);
        assert_eq!((whole.rows, whole.relevant), (vec![0, 1], vec![vec![5, 7], vec![0, 1]]));
        assert_eq!(whole.absent, [vec![0, 1], vec![]]);
    }

    #[test]
    fn what_a_user_has_seen_is_left_out() {
        let (users, candidates) = ([1, 0, 1, 1, 0], [7, 0, 5, NONE, 7]);
        let candidate_sets = CandidateSets::new(Candidates::All, 9, Some(&users), &[0, 2, 3, 4], &candidates);
        for (row, seen) in [(1, &[7][..]), (3, &[5, 7])] {
            let query = candidate_sets.query(row, vec![5]);
            assert!(
                matches!(&query.candidates, CandidateSet::AllBut(out) if out.as_ref() == seen),
                "{query:?}"
            );
        }
        let sampled = Candidates::Sampled { count: 6, seed: 1 };
        let drawn = |users| match CandidateSets::new(sampled, 9, users, &[0, 2], &candidates)
            .query(2, vec![5])
            .candidates
        {
            CandidateSet::Only(ids) => ids,
            CandidateSet::AllBut(_) => Vec::new(),
        };
        let (unseen, others) = (drawn(Some(&users[..])), drawn(None));
        assert!(unseen.len() == 6 && !unseen.contains(&7) && !unseen.contains(&5), "{unseen:?}");
        assert!(others.len() == 6 && !others.contains(&5), "{others:?}");
        let few = CandidateSets::new(
            Candidates::Sampled { count: 8, seed: 1 },
            9,
            Some(&users),
            &[0, 2],
            &candidates,
        );
        assert!(few.is_short(&few.query(2, vec![5])) && !few.is_short(&few.query(1, vec![5])));
    }

    #[test]
    fn draws_leave_out_what_they_must_and_are_even() {
        let (relevant, seen) = ([3, 9], [0, 3, 4]);
        let mut hits = [0u32; 12];
        for row in 0..4000 {
            let drawn = draw(Stream::new(1, "negatives").part(row), 12, 4, &relevant, &seen);
            assert_eq!(drawn.iter().collect::<HashSet<_>>().len(), 4);
            drawn.iter().for_each(|&id| hits[id as usize] += 1);
        }
        for (id, &hits) in hits.iter().enumerate() {
            let out = [0, 3, 4, 9].contains(&id);
            assert!(if out { hits == 0 } else { (1850..2150).contains(&hits) }, "{id}: {hits}");
        }
        assert_eq!(draw(Stream::new(1, "x"), 12, 8, &relevant, &seen), [1, 2, 5, 6, 7, 8, 10, 11]);
        assert!(draw(Stream::new(1, "x"), 3, 8, &[0, 1, 2], &[1]).is_empty());
    }
}
