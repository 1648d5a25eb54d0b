//! Scores of candidates for queries.

use std::ops::Range;

use crate::ops::{View, matmul};
use crate::program::Matrix;

/// Scores the candidates of a catalogue for some queries: the higher, the better; not a number for what cannot be scored.
pub trait Scorer: Sync {
    /// Number of queries.
    fn queries(&self) -> usize;
    /// Number of candidates.
    fn candidates(&self) -> usize;
    /// Scores of some queries with a block of candidates, a row a query.
    fn score_block(&self, queries: Range<usize>, candidates: Range<usize>, scores: &mut [f32]);
    /// Scores of one query with the given candidates. The same as in a block to the last bit, so that ties are ties.
    fn score(&self, query: usize, candidates: &[u32], scores: &mut [f32]);
}

/// The dot product of vectors of one width.
pub struct DotProduct<'a> {
    /// A row a query.
    pub queries: &'a Matrix,
    /// A row a candidate.
    pub candidates: &'a Matrix,
}

impl Scorer for DotProduct<'_> {
    fn queries(&self) -> usize {
        self.queries.rows()
    }

    fn candidates(&self) -> usize {
        self.candidates.rows()
    }

    fn score_block(&self, queries: Range<usize>, candidates: Range<usize>, scores: &mut [f32]) {
        products(block(self.queries, queries), block(self.candidates, candidates), scores);
    }

    fn score(&self, query: usize, candidates: &[u32], scores: &mut [f32]) {
        let width = self.candidates.width;
        let mut rows = Vec::with_capacity(candidates.len() * width);
        candidates.iter().for_each(|&id| rows.extend_from_slice(self.candidates.row(id as usize)));
        let rows = View::new(&rows, candidates.len(), width);
        products(block(self.queries, query..query + 1), rows, scores);
    }
}

/// Scores that were computed before: a row a query, a column a candidate.
pub struct Scores<'a>(pub &'a Matrix);

impl Scorer for Scores<'_> {
    fn queries(&self) -> usize {
        self.0.rows()
    }

    fn candidates(&self) -> usize {
        self.0.width
    }

    fn score_block(&self, queries: Range<usize>, candidates: Range<usize>, scores: &mut [f32]) {
        for (query, scores) in queries.zip(scores.chunks_exact_mut(candidates.len().max(1))) {
            scores.copy_from_slice(&self.0.row(query)[candidates.clone()]);
        }
    }

    fn score(&self, query: usize, candidates: &[u32], scores: &mut [f32]) {
        let row = self.0.row(query);
        scores.iter_mut().zip(candidates).for_each(|(score, &candidate)| *score = row[candidate as usize]);
    }
}

fn block(matrix: &Matrix, rows: Range<usize>) -> View<'_> {
    let width = matrix.width;
    View::new(&matrix.values[rows.start * width..rows.end * width], rows.len(), width)
}

fn products(queries: View<'_>, candidates: View<'_>, scores: &mut [f32]) {
    matmul(1.0, queries, candidates.transposed(), 0.0, scores);
}
