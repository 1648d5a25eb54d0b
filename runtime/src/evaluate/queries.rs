//! From test rows to queries, and who competes with what is relevant to them.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use crate::data::{Catalogue, Dataset, NONE};
use crate::metrics::{Contest, Others};
use crate::program::{Candidates, Protocol, Query};
use crate::rng::Stream;

/// Queries in the order of their rows.
#[derive(Default)]
pub(super) struct Queries {
    /// The row each is asked with.
    pub(super) rows: Vec<u32>,
    /// The candidates that are relevant to each, ascending.
    pub(super) relevant: Vec<Vec<u32>>,
    /// How many more are relevant to each, but not in the catalogue.
    pub(super) absent: Vec<usize>,
}

impl Queries {
    /// The queries of test rows.
    pub(super) fn new<B>(
        protocol: &Protocol,
        dataset: &Dataset<B>,
        catalogue: &Catalogue<B>,
        rows: &[u32],
    ) -> Self {
        let groups = match (protocol.query, protocol.user) {
            (Query::User, Some(user)) => dataset.groups.get(user),
            _ => None,
        };
        // By the user's first row, else by the row.
        let mut places: BTreeMap<u32, usize> = BTreeMap::new();
        let mut queries = Self::default();
        for (at, &row) in rows.iter().enumerate() {
            let key = groups.map_or(at as u32, |groups| groups[row as usize]);
            let query = *places.entry(key).or_insert(queries.rows.len());
            if query == queries.rows.len() {
                queries.rows.push(row);
                queries.relevant.push(Vec::new());
                queries.absent.push(0);
            }
            match catalogue.candidate_of_row[row as usize] {
                NONE => queries.absent[query] += 1,
                candidate => queries.relevant[query].push(candidate),
            }
        }
        for relevant in &mut queries.relevant {
            relevant.sort_unstable();
            relevant.dedup();
        }
        queries
    }
}

/// Draws the opponents of what is relevant.
pub(super) struct Opponents<'a> {
    candidates: Candidates,
    /// Number of candidates.
    total: usize,
    /// The user of each row, where what was seen is left out.
    users: Option<&'a [u32]>,
    /// What each user has in training rows, ascending.
    seen: Vec<Vec<u32>>,
}

impl<'a> Opponents<'a> {
    pub(super) fn new<B>(protocol: &Protocol, dataset: &'a Dataset<B>, catalogue: &Catalogue<B>) -> Self {
        let users = protocol.user.filter(|_| protocol.exclude_seen);
        let users = users.and_then(|user| dataset.groups.get(user)).map(Vec::as_slice);
        let mut seen = Vec::new();
        if let Some(users) = users {
            seen.resize(users.iter().max().map_or(0, |&last| last as usize + 1), Vec::new());
            for &row in &dataset.train_split {
                let candidate = catalogue.candidate_of_row[row as usize];
                if candidate != NONE {
                    seen[users[row as usize] as usize].push(candidate);
                }
            }
            for items in &mut seen {
                items.sort_unstable();
                items.dedup();
            }
        }
        Self { candidates: protocol.candidates, total: catalogue.keys.len(), users, seen }
    }

    /// Who competes with what is relevant to the query of a row.
    pub(super) fn contest(&self, row: u32, relevant: Vec<u32>) -> Contest<'_> {
        let seen: &[u32] = self.users.map_or(&[], |users| &self.seen[users[row as usize] as usize]);
        let others = match self.candidates {
            Candidates::All => Others::AllBut(Cow::Borrowed(seen)),
            Candidates::Sampled { count, seed } => {
                let stream = Stream::new(seed, "negatives").part(u64::from(row));
                Others::Only(draw(stream, self.total, count, &relevant, seen))
            }
        };
        Contest { relevant, others }
    }
}

/// `count` of `total` candidates in the order they are drawn, none twice and none of those left out; all others where there are
/// no more.
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
