//! Scores of held-out rows with all candidates, by similarity of vectors or pair by pair.

use crate::data::{AnyBatch, Batch, Catalog, HeldOut};
use crate::erased::AnyModel;
use crate::error::Error;
use crate::finite::{finite_scores, finite_vectors};
use crate::matrix::Matrix;
use crate::metrics::{BestInterest, DotProduct, RankingQuery, Scores, ranks};
use crate::ops::PassState;
use crate::printable::printable;
use crate::program::{Evaluation, Similarity};

use super::retrieval::candidates;

/// Numbers of queries and candidates whose pairs are scored at once.
const QUERIES: usize = 64;
const CANDIDATES: usize = 512;

/// Scoring of the candidates of a catalog.
pub(super) struct Scoring<'a> {
    model: &'a dyn AnyModel,
    catalog: &'a Catalog<AnyBatch>,
    /// Part of the rows, for messages.
    part: HeldOut,
    /// Tower of queries, similarity, and vectors of the candidates, if vectors are compared.
    vectors: Option<(usize, Similarity, Matrix)>,
}

impl<'a> Scoring<'a> {
    pub(super) fn new(
        model: &'a dyn AnyModel,
        catalog: &'a Catalog<AnyBatch>,
        part: HeldOut,
    ) -> Result<Self, Error> {
        let vectors = match model.description().evaluation {
            Evaluation::Retrieval { query, candidate, similarity } => {
                let candidates = candidates(model, catalog, candidate)?;
                Some((query, similarity, prepared(candidates, similarity, Side::Candidates)))
            }
            Evaluation::PairScores | Evaluation::Ranking => None,
        };
        Ok(Self { model, catalog, part, vectors })
    }

    /// Number of queries that are scored at once. `rows` is the limit for a tower.
    pub(super) fn rows_at_once(&self, rows: usize) -> usize {
        if self.vectors.is_some() { rows } else { QUERIES }
    }

    /// Ranks of the relevant candidates of the queries of a batch.
    pub(super) fn ranks(
        &self,
        batch: &AnyBatch,
        rows: &[u32],
        ranking: &[RankingQuery<'_>],
        pass: &mut PassState,
    ) -> Result<Vec<Vec<u32>>, Error> {
        let Some((query, similarity, candidates)) = &self.vectors else {
            return Ok(ranks(&Scores(&self.pair_scores(batch, rows, pass)?), ranking));
        };
        let queries = self.model.tower(*query, batch, pass)?;
        finite_vectors(&queries, |at| format!("{} row {}", self.part.of_rows(), rows[at] + 1))?;
        let interests = self.model.description().towers[*query].vectors;
        if interests > 1 {
            return Ok(ranks(&BestInterest { queries: &queries, interests, candidates }, ranking));
        }
        let queries = prepared(queries, *similarity, Side::Queries);
        Ok(ranks(&DotProduct { queries: &queries, candidates }, ranking))
    }

    /// Scores of the queries of a batch with all candidates.
    fn pair_scores(&self, batch: &AnyBatch, rows: &[u32], pass: &mut PassState) -> Result<Matrix, Error> {
        let all: Vec<u32> = (0..self.catalog.keys.len() as u32).collect();
        let mut scores = Matrix { width: all.len(), values: vec![0.0; rows.len() * all.len()] };
        let mut candidates = AnyBatch::default();
        let inputs =
            self.model.description().data.catalog.as_ref().map_or(&[][..], |catalog| &catalog.inputs);
        for (index, some) in all.chunks(CANDIDATES).enumerate() {
            inputs.iter().for_each(|&input| self.catalog.columns.gather(input, some, &mut candidates));
            let part = self.model.pair_scores(batch, &candidates, pass)?;
            let pair = |at: usize| {
                let key = &self.catalog.keys[index * CANDIDATES + at % some.len()];
                let row = rows[at / some.len()] + 1;
                format!("{} row {row} with candidate `{}`", self.part.of_rows(), printable(key))
            };
            finite_scores(&part.values, pair)?;
            for (row, scores) in scores.values.chunks_exact_mut(all.len()).enumerate() {
                scores[index * CANDIDATES..][..some.len()].copy_from_slice(part.row(row));
            }
        }
        Ok(scores)
    }
}

/// Side of the vectors.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Queries,
    Candidates,
}

/// Transforms vectors so that dot products rank as the similarity does. Cosine: unit length. Distance: one
/// more dimension, since `|a - b|^2 = |a|^2 - 2 (a b - |b|^2 / 2)`.
fn prepared(mut vectors: Matrix, similarity: Similarity, side: Side) -> Matrix {
    let square = |row: &[f32]| row.iter().map(|x| x * x).sum::<f32>();
    match similarity {
        Similarity::Dot => vectors,
        Similarity::Cosine => {
            for row in vectors.values.chunks_exact_mut(vectors.width) {
                let scale = 1.0 / square(row).max(1e-12).sqrt();
                row.iter_mut().for_each(|x| *x *= scale);
            }
            vectors
        }
        Similarity::Distance => {
            let last = |row: &[f32]| if side == Side::Queries { 1.0 } else { -0.5 * square(row) };
            let rows = vectors.values.chunks_exact(vectors.width);
            let values = rows.flat_map(|row| row.iter().copied().chain([last(row)])).collect();
            Matrix { width: vectors.width + 1, values }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dot_products_of_what_is_prepared_rank_as_the_measure_does() {
        let queries = || Matrix { width: 2, values: vec![1.0, 2.0] };
        let candidates = || Matrix { width: 2, values: vec![9.0, 3.0, 1.0, 2.5, 0.5, 1.0, -1.0, 2.0] };
        let order = |similarity| {
            let (queries, candidates) = (
                prepared(queries(), similarity, Side::Queries),
                prepared(candidates(), similarity, Side::Candidates),
            );
            let score = |at: &usize| -> f32 {
                queries.row(0).iter().zip(candidates.row(*at)).map(|(a, b)| a * b).sum()
            };
            let mut order: Vec<usize> = (0..4).collect();
            order.sort_by(|a, b| score(b).total_cmp(&score(a)));
            order
        };
        assert_eq!(order(Similarity::Dot), [0, 1, 3, 2]);
        assert_eq!(order(Similarity::Cosine), [2, 1, 0, 3]);
        assert_eq!(order(Similarity::Distance), [1, 2, 3, 0]);
    }
}
