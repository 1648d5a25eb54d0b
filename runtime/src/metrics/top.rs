//! The best candidates of a query, exact.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use rayon::prelude::*;

use super::ranks::{CANDIDATES, CandidateSet, QUERIES, RankingQuery};
use super::scorer::Scorer;

/// A candidate and its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// Row of the catalog.
    pub candidate: u32,
    /// Score.
    pub score: f32,
}

/// Best `k` candidates of each query, best first; relevant ones compete. Of equal scores relevant candidates come last, as
/// [`ranks`](super::ranks) has it, and others in the order of the catalog. Candidates without a number for a score, and
/// those that `left_out` marks, are in no list. An empty `left_out` marks none.
pub fn top<S: Scorer + ?Sized>(
    scorer: &S,
    queries: &[RankingQuery<'_>],
    k: usize,
    left_out: &[bool],
) -> Vec<Vec<Scored>> {
    let tile = |(tile, queries): (usize, &[RankingQuery<'_>])| {
        let mut lists: Vec<Best> = queries.iter().map(|query| Best::new(k, &query.relevant)).collect();
        take_tile(scorer, tile * QUERIES, queries, left_out, &mut lists);
        lists.into_iter().map(Best::list).collect::<Vec<_>>()
    };
    let tiles: Vec<Vec<Vec<Scored>>> = queries.par_chunks(QUERIES).enumerate().map(tile).collect();
    tiles.concat()
}

fn take_tile<S: Scorer + ?Sized>(
    scorer: &S,
    first: usize,
    queries: &[RankingQuery<'_>],
    left_out: &[bool],
    lists: &mut [Best<'_>],
) {
    let is_left_out = |id: u32| left_out.get(id as usize).copied().unwrap_or(false);
    for ((index, query), list) in queries.iter().enumerate().zip(&mut *lists) {
        if let CandidateSet::Only(others) = &query.candidates {
            let mut ids: Vec<u32> = others.iter().chain(&query.relevant).copied().collect();
            ids.sort_unstable();
            ids.retain(|&id| !is_left_out(id));
            let mut scores = vec![f32::NAN; ids.len()];
            scorer.score(first + index, &ids, &mut scores);
            ids.into_iter().zip(scores).for_each(|(id, score)| list.take(id, score));
        }
    }
    if !queries.iter().any(|query| matches!(query.candidates, CandidateSet::AllBut(_))) {
        return;
    }
    let mut scores = vec![0.0; queries.len() * CANDIDATES];
    for start in (0..scorer.candidates()).step_by(CANDIDATES) {
        let block = start..scorer.candidates().min(start + CANDIDATES);
        let scores = &mut scores[..queries.len() * block.len()];
        scorer.score_block(first..first + queries.len(), block.clone(), scores);
        for ((query, scores), list) in queries.iter().zip(scores.chunks_exact(block.len())).zip(&mut *lists) {
            let CandidateSet::AllBut(others) = &query.candidates else { continue };
            for (id, &score) in (block.start as u32..).zip(scores) {
                if list.may_take(score)
                    && !is_left_out(id)
                    && (others.binary_search(&id).is_err() || list.is_relevant(id))
                {
                    list.take(id, score);
                }
            }
        }
    }
}

/// Best candidates so far.
struct Best<'q> {
    k: usize,
    relevant: &'q [u32],
    /// The last of them on top.
    heap: BinaryHeap<Reverse<Place>>,
}

impl<'q> Best<'q> {
    fn new(k: usize, relevant: &'q [u32]) -> Self {
        Self { k, relevant, heap: BinaryHeap::new() }
    }

    fn is_relevant(&self, id: u32) -> bool {
        self.relevant.binary_search(&id).is_ok()
    }

    /// Returns false for a score that no list has or that is below all of a full one.
    fn may_take(&self, score: f32) -> bool {
        match self.heap.peek() {
            Some(Reverse(last)) if self.heap.len() >= self.k => score >= last.score,
            _ => !score.is_nan(),
        }
    }

    fn take(&mut self, candidate: u32, score: f32) {
        if score.is_nan() {
            return;
        }
        self.heap.push(Reverse(Place { score, is_relevant: self.is_relevant(candidate), candidate }));
        if self.heap.len() > self.k {
            self.heap.pop();
        }
    }

    fn list(self) -> Vec<Scored> {
        let places = self.heap.into_sorted_vec().into_iter();
        places.map(|Reverse(Place { candidate, score, .. })| Scored { candidate, score }).collect()
    }
}

/// Place of a candidate in a list. The greater comes first.
#[derive(Debug)]
struct Place {
    score: f32,
    is_relevant: bool,
    candidate: u32,
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        // No score is NaN, and -0 equals 0.
        let scores = self.score.partial_cmp(&other.score).unwrap_or(Ordering::Equal);
        scores
            .then_with(|| other.is_relevant.cmp(&self.is_relevant))
            .then_with(|| other.candidate.cmp(&self.candidate))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Place {}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::matrix::Matrix;
    use crate::metrics::tests::some_of;
    use crate::metrics::{Scores, ranks};
    use crate::rng::Stream;

    /// Scores of few values, so that ties abound; some are no numbers, and zeros have both signs.
    fn scores(queries: u64, candidates: u64) -> Matrix {
        let stream = Stream::new(3, "top");
        let value = |at| match stream.below(at, 9) {
            0 => f32::NAN,
            1 => -0.0,
            value => value as f32 - 4.0,
        };
        Matrix { width: candidates as usize, values: (0..queries * candidates).map(value).collect() }
    }

    #[test]
    fn lists_equal_those_of_a_full_sort_and_hits_those_of_ranks() {
        let (queries, candidates) = (130, 2500);
        let scores = scores(queries, candidates);
        let left_out: Vec<bool> = (0..candidates).map(|id| id % 7 == 3).collect();
        for (sampled, marked) in [(false, &[][..]), (true, &[]), (false, &left_out[..])] {
            let ranking = |query: u64| {
                let stream = |purpose| Stream::new(4, purpose).part(query);
                let relevant = some_of(stream("relevant"), 3, candidates);
                let mut others = some_of(stream("others"), 90, candidates);
                if sampled {
                    others.retain(|id| !relevant.contains(id));
                    return RankingQuery { relevant, candidates: CandidateSet::Only(others) };
                }
                RankingQuery { relevant, candidates: CandidateSet::AllBut(Cow::Owned(others)) }
            };
            let ranking: Vec<RankingQuery<'_>> = (0..queries).map(ranking).collect();
            let ranks = ranks(&Scores(&scores), &ranking);
            for k in [1, 10, 3000] {
                let lists = top(&Scores(&scores), &ranking, k, marked);
                for (query, (list, ranking)) in lists.iter().zip(&ranking).enumerate() {
                    let competes = |id: &u32| {
                        ranking.relevant.contains(id)
                            || match &ranking.candidates {
                                CandidateSet::AllBut(others) => !others.contains(id),
                                CandidateSet::Only(others) => others.contains(id),
                            }
                    };
                    let is_marked = |id: u32| marked.get(id as usize) == Some(&true);
                    let score = |id: u32| scores.row(query)[id as usize];
                    let mut all: Vec<u32> = (0..candidates as u32)
                        .filter(|id| competes(id) && !is_marked(*id) && !score(*id).is_nan())
                        .collect();
                    let is_relevant = |id: &u32| ranking.relevant.contains(id);
                    all.sort_by(|a, b| {
                        let by_score = score(*b).partial_cmp(&score(*a)).unwrap();
                        by_score.then(is_relevant(a).cmp(&is_relevant(b)))
                    });
                    all.truncate(k);
                    assert_eq!(list.iter().map(|item| item.candidate).collect::<Vec<_>>(), all);
                    if marked.is_empty() {
                        let hits = all.iter().filter(|id| is_relevant(id)).count();
                        assert_eq!(hits, ranks[query].iter().filter(|&&rank| (rank as usize) < k).count());
                    }
                }
            }
        }
    }
}
