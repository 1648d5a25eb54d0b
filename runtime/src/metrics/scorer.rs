//! Scores of candidates for queries.

use std::ops::Range;

use crate::matrix::Matrix;
use crate::ops::{Products, View};

/// Scores of the candidates of a catalog for some queries: the higher, the better; NaN if there is none.
pub trait Scorer: Sync {
    /// Number of queries.
    fn queries(&self) -> usize;
    /// Number of candidates.
    fn candidates(&self) -> usize;
    /// Scores of some queries with a block of candidates, one row per query.
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
        let rows = gathered(self.candidates, candidates);
        let rows = View::new(&rows, candidates.len(), self.candidates.width);
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

/// The dot product of the one of a query's vectors that suits a candidate best: of the interests of a user (Li et al., CIKM 2019).
pub struct BestInterest<'a> {
    /// A row per query with all its vectors side by side. Absent vectors are zeros.
    pub queries: &'a Matrix,
    /// Number of vectors in a row.
    pub interests: usize,
    /// A row a candidate.
    pub candidates: &'a Matrix,
}

impl BestInterest<'_> {
    /// The largest score of each candidate, a row of `rows`, over the vectors of a query; a row of `scores` a query.
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

/// The rows of some candidates.
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
