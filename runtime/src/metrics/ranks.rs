//! Ranks of the relevant candidates of a query in its candidate set.

use std::borrow::Cow;

use rayon::prelude::*;

use super::scorer::Scorer;
use crate::ops::vectorized;

/// Queries and candidates per tile, so that a tile of scores fits the cache of a core.
pub(super) const QUERIES: usize = 64;
pub(super) const CANDIDATES: usize = 1024;

/// A query and its candidates. Candidates are rows of the catalog.
#[derive(Clone, Debug)]
pub struct RankingQuery<'a> {
    /// Relevant candidates, ascending and distinct.
    pub relevant: Vec<u32>,
    /// Candidates that compete with the relevant ones.
    pub candidates: CandidateSet<'a>,
}

/// Candidates that compete with the relevant ones of a query. Relevant ones in it are ignored.
#[derive(Clone, Debug)]
pub enum CandidateSet<'a> {
    /// All candidates of the catalog except these, ascending.
    AllBut(Cow<'a, [u32]>),
    /// Listed candidates, none of which is relevant.
    Only(Vec<u32>),
}

/// Ranks of the relevant candidates of each query, from 0, ascending. Ties rank ahead of relevant candidates.
/// Relevant candidates with a NaN score rank last, as `u32::MAX`. Other relevant candidates count too.
pub fn ranks<S: Scorer + ?Sized>(scorer: &S, queries: &[RankingQuery<'_>]) -> Vec<Vec<u32>> {
    let tiles: Vec<Vec<Vec<u32>>> = queries
        .par_chunks(QUERIES)
        .enumerate()
        .map(|(tile, queries)| ranks_of_tile(scorer, tile * QUERIES, queries))
        .collect();
    tiles.concat()
}

/// Scores of the relevant candidates of a query, highest first, each with the number of other candidates that
/// score at least as high.
struct Thresholds {
    scores: Vec<f32>,
    counts: Vec<u32>,
    unranked: usize,
}

impl Thresholds {
    fn new(mut scores: Vec<f32>) -> Self {
        let all = scores.len();
        scores.retain(|score| !score.is_nan());
        scores.sort_unstable_by(|a, b| b.total_cmp(a));
        Self { counts: vec![0; scores.len()], unranked: all - scores.len(), scores }
    }

    /// Counts scores of other candidates. NaN does not count.
    fn count(&mut self, others: &[f32]) {
        for (&threshold, count) in self.scores.iter().zip(&mut self.counts) {
            *count += vectorized(|| others.iter().map(|&score| u32::from(score >= threshold)).sum::<u32>());
        }
    }

    fn ranks(self) -> Vec<u32> {
        let ranked = self.counts.iter().zip(0..).map(|(&others, before)| others + before);
        ranked.chain(std::iter::repeat_n(u32::MAX, self.unranked)).collect()
    }
}

fn ranks_of_tile<S: Scorer + ?Sized>(
    scorer: &S,
    first: usize,
    queries: &[RankingQuery<'_>],
) -> Vec<Vec<u32>> {
    let scored = |query: usize, candidates: &[u32]| {
        let mut scores = vec![f32::NAN; candidates.len()];
        scorer.score(first + query, candidates, &mut scores);
        scores
    };
    let mut thresholds: Vec<Thresholds> = queries
        .iter()
        .enumerate()
        .map(|(index, query)| Thresholds::new(scored(index, &query.relevant)))
        .collect();
    for (index, query) in queries.iter().enumerate() {
        if let CandidateSet::Only(others) = &query.candidates {
            thresholds[index].count(&scored(index, others));
        }
    }
    if queries.iter().any(|query| matches!(query.candidates, CandidateSet::AllBut(_))) {
        let mut scores = vec![0.0; queries.len() * CANDIDATES];
        for start in (0..scorer.candidates()).step_by(CANDIDATES) {
            let block = start..scorer.candidates().min(start + CANDIDATES);
            let scores = &mut scores[..queries.len() * block.len()];
            scorer.score_block(first..first + queries.len(), block.clone(), scores);
            let rows = scores.chunks_exact_mut(block.len());
            for ((query, scores), thresholds) in queries.iter().zip(rows).zip(&mut thresholds) {
                let CandidateSet::AllBut(left_out) = &query.candidates else { continue };
                for ids in [left_out.as_ref(), &query.relevant] {
                    let from = ids.partition_point(|&id| (id as usize) < block.start);
                    let inside = ids[from..].iter().map(|&id| id as usize).take_while(|&id| id < block.end);
                    inside.for_each(|id| scores[id - block.start] = f32::NAN);
                }
                thresholds.count(scores);
            }
        }
    }
    thresholds.into_iter().map(Thresholds::ranks).collect()
}
