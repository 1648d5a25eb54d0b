//! Ranks of the relevant candidates of a query among those that compete with them.

use std::borrow::Cow;

use rayon::prelude::*;

use super::scorer::Scorer;
use crate::ops::vectorized;

/// Queries and candidates scored at once: a tile of scores stays in the cache of a core.
const QUERIES: usize = 64;
const CANDIDATES: usize = 1024;

/// Who competes for the first ranks of a query. Candidates go by their number in the catalogue.
#[derive(Clone, Debug)]
pub struct Contest<'a> {
    /// Relevant candidates, ascending, each once.
    pub relevant: Vec<u32>,
    /// Who else competes.
    pub others: Others<'a>,
}

/// Candidates that are not relevant.
#[derive(Clone, Debug)]
pub enum Others<'a> {
    /// All but these, ascending.
    AllBut(Cow<'a, [u32]>),
    /// These.
    Only(Vec<u32>),
}

/// For each query of the scorer the ranks of what is relevant to it, from 0 on, ascending. A candidate that scores the same
/// comes before what is relevant, and what has no number for a score after everything, with the rank `u32::MAX`. The other
/// candidates that are relevant keep their order and count too.
pub fn ranks<S: Scorer>(scorer: &S, contests: &[Contest<'_>]) -> Vec<Vec<u32>> {
    let tiles: Vec<Vec<Vec<u32>>> = contests
        .par_chunks(QUERIES)
        .enumerate()
        .map(|(tile, contests)| ranks_of_tile(scorer, tile * QUERIES, contests))
        .collect();
    tiles.concat()
}

/// Scores of what is relevant to a query, highest first, and how many others score at least that.
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

    /// Counts scores of others; what is no number does not count.
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

fn ranks_of_tile<S: Scorer>(scorer: &S, first: usize, contests: &[Contest<'_>]) -> Vec<Vec<u32>> {
    let scored = |query: usize, candidates: &[u32]| {
        let mut scores = vec![f32::NAN; candidates.len()];
        scorer.score(first + query, candidates, &mut scores);
        scores
    };
    let mut thresholds: Vec<Thresholds> = contests
        .iter()
        .enumerate()
        .map(|(query, contest)| Thresholds::new(scored(query, &contest.relevant)))
        .collect();
    for (query, contest) in contests.iter().enumerate() {
        if let Others::Only(others) = &contest.others {
            thresholds[query].count(&scored(query, others));
        }
    }
    if contests.iter().any(|contest| matches!(contest.others, Others::AllBut(_))) {
        let mut scores = vec![0.0; contests.len() * CANDIDATES];
        for start in (0..scorer.candidates()).step_by(CANDIDATES) {
            let block = start..scorer.candidates().min(start + CANDIDATES);
            let scores = &mut scores[..contests.len() * block.len()];
            scorer.score_block(first..first + contests.len(), block.clone(), scores);
            let rows = scores.chunks_exact_mut(block.len());
            for ((contest, scores), thresholds) in contests.iter().zip(rows).zip(&mut thresholds) {
                let Others::AllBut(left_out) = &contest.others else { continue };
                for ids in [left_out.as_ref(), &contest.relevant] {
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
