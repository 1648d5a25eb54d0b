//! Scores of candidates for queries.

use std::ops::Range;

use crate::matrix::Matrix;
use crate::ops::{Products, View};

/// Scores of the candidates of a catalog for some queries; higher is better; NaN if there is none.
pub trait Scorer: Sync {
    /// Number of queries.
    fn queries(&self) -> usize;
    /// Number of candidates.
    fn candidates(&self) -> usize;
    /// Computes scores of some queries with a block of candidates, one row per query.
    fn score_block(&self, queries: Range<usize>, candidates: Range<usize>, scores: &mut [f32]);
    /// Computes scores of one query with these candidates. Bitwise equal to those of a block, so that ties
    /// are detected.
    fn score(&self, query: usize, candidates: &[u32], scores: &mut [f32]);
}

/// Dot product of vectors of equal width.
pub struct DotProduct<'a> {
    /// One row per query.
    pub queries: &'a Matrix,
    /// One row per candidate.
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
        let rows = gathered(self.candidates, candidates);
        let rows = View::new(&rows, candidates.len(), self.candidates.width);
        products(block(self.queries, query..query + 1), rows, scores);
    }
}

/// Precomputed scores: one row per query, one column per candidate.
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

/// Maximum dot product over the vectors of a query: the best interest of a user (Li et al., CIKM 2019).
pub struct BestInterest<'a> {
    /// One row per query, with all its vectors concatenated. Absent vectors are zeros.
    pub queries: &'a Matrix,
    /// Number of vectors per row.
    pub interests: usize,
    /// One row per candidate.
    pub candidates: &'a Matrix,
}

impl BestInterest<'_> {
    /// Maximum score of each candidate (a row of `rows`) over the vectors of a query; `scores` has one row
    /// per query.
    fn best(&self, queries: Range<usize>, rows: View<'_>, scores: &mut [f32]) {
        let count = scores.len() / queries.len().max(1);
        scores.fill(f32::NAN);
        let mut found = vec![0.0; scores.len() * self.interests];
        let (width, vectors) = (self.candidates.width, queries.len() * self.interests);
        let first = queries.start * self.queries.width;
        products(View::new(&self.queries.values[first..], vectors, width), rows, &mut found);
        for (index, query) in queries.enumerate() {
            let scores = &mut scores[index * count..(index + 1) * count];
            for (interest, _) in self.queries.vectors(query, self.interests) {
                let found = found[(index * self.interests + interest) * count..].iter();
                scores.iter_mut().zip(found).for_each(|(score, found)| *score = score.max(*found));
            }
        }
    }
}

impl Scorer for BestInterest<'_> {
    fn queries(&self) -> usize {
        self.queries.rows()
    }

    fn candidates(&self) -> usize {
        self.candidates.rows()
    }

    fn score_block(&self, queries: Range<usize>, candidates: Range<usize>, scores: &mut [f32]) {
        self.best(queries, block(self.candidates, candidates), scores);
    }

    fn score(&self, query: usize, candidates: &[u32], scores: &mut [f32]) {
        let rows = gathered(self.candidates, candidates);
        self.best(query..query + 1, View::new(&rows, candidates.len(), self.candidates.width), scores);
    }
}

/// Gathers the rows of some candidates.
fn gathered(matrix: &Matrix, rows: &[u32]) -> Vec<f32> {
    rows.iter().flat_map(|&row| matrix.row(row as usize)).copied().collect()
}

fn block(matrix: &Matrix, rows: Range<usize>) -> View<'_> {
    let width = matrix.width;
    View::new(&matrix.values[rows.start * width..rows.end * width], rows.len(), width)
}

fn products(queries: View<'_>, candidates: View<'_>, scores: &mut [f32]) {
    Products::default().set(1.0, queries, candidates.transposed(), scores);
}
