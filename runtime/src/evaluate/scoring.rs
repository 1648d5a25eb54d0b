//! Scores of queries with all candidates, by similarity of vectors or pair by pair.

use crate::data::{AnyBatch, Batch, Catalog};
use crate::erased::AnyModel;
use crate::error::Error;
use crate::finite::{finite_scores, finite_vectors};
use crate::matrix::Matrix;
use crate::metrics::{BestInterest, DotProduct, RankingQuery, Scored, Scorer, Scores, top};
use crate::ops::PassState;
use crate::printable::printable;
use crate::program::{Evaluation, Similarity};

use super::rankings::Rankings;
use super::retrieval::candidates;

/// Numbers of queries and candidates whose pairs are scored at once.
pub(super) const QUERIES: usize = 64;
const CANDIDATES: usize = 512;

/// Names a record of a batch in messages.
pub(crate) type Whose<'w> = &'w dyn Fn(usize) -> String;

/// Side of the queries in a comparison with the candidates.
enum Compared {
    /// Scores of all pairs.
    Pairs(Matrix),
    /// Several vectors per query, and their number.
    Interests(Matrix, usize),
    /// Vectors whose dot products rank as the similarity does.
    Vectors(Matrix),
}

/// Scoring of the candidates of a catalog.
pub(crate) struct Scoring<'a> {
    model: &'a dyn AnyModel,
    catalog: &'a Catalog<AnyBatch>,
    /// Tower of queries, similarity, and vectors of the candidates, if vectors are compared.
    vectors: Option<(usize, Similarity, Matrix)>,
}

impl<'a> Scoring<'a> {
    pub(crate) fn new(model: &'a dyn AnyModel, catalog: &'a Catalog<AnyBatch>) -> Result<Self, Error> {
        let vectors = match model.description().evaluation {
            Evaluation::Retrieval { query, candidate, similarity } => {
                let candidates = candidates(model, catalog, candidate)?;
                Some((query, similarity, prepared(candidates, similarity, Side::Candidates)))
            }
            Evaluation::PairScores | Evaluation::Ranking => None,
        };
        Ok(Self { model, catalog, vectors })
    }

    /// Number of queries that are scored at once. `rows` is the limit for a tower.
    pub(crate) fn rows_at_once(&self, rows: usize) -> usize {
        if self.vectors.is_some() { rows } else { QUERIES }
    }

    /// Ranks the candidates of the queries of a batch. `whose` names a record.
    pub(super) fn rank(
        &self,
        batch: &AnyBatch,
        whose: Whose<'_>,
        ranking: &[RankingQuery<'_>],
        into: &mut Rankings,
        pass: &mut PassState,
    ) -> Result<(), Error> {
        let compared = self.compared(batch, ranking.len(), whose, pass)?;
        into.add(&*self.scorer(&compared), ranking);
        Ok(())
    }

    /// Best `k` candidates of the queries of a batch, as [`top`] selects them. Their scores are those of the objective, with
    /// the negative squared distance for distances.
    pub(crate) fn top(
        &self,
        batch: &AnyBatch,
        whose: Whose<'_>,
        ranking: &[RankingQuery<'_>],
        (k, left_out): (usize, &[bool]),
        pass: &mut PassState,
    ) -> Result<Vec<Vec<Scored>>, Error> {
        let compared = self.compared(batch, ranking.len(), whose, pass)?;
        let mut lists = top(&*self.scorer(&compared), ranking, k, left_out);
        if let (Compared::Vectors(queries), Some((_, Similarity::Distance, candidates))) =
            (&compared, &self.vectors)
        {
            score_by_distance(&mut lists, queries, candidates);
        }
        Ok(lists)
    }

    /// Computes what is compared with the candidates, for the records of a batch.
    fn compared(
        &self,
        batch: &AnyBatch,
        rows: usize,
        whose: Whose<'_>,
        pass: &mut PassState,
    ) -> Result<Compared, Error> {
        let Some((query, similarity, _)) = &self.vectors else {
            return Ok(Compared::Pairs(self.pair_scores(batch, rows, whose, pass)?));
        };
        let queries = self.model.tower(*query, batch, pass)?;
        finite_vectors(&queries, whose)?;
        Ok(match self.model.description().towers[*query].vectors {
            1 => Compared::Vectors(prepared(queries, *similarity, Side::Queries)),
            interests => Compared::Interests(queries, interests),
        })
    }

    fn scorer<'s>(&'s self, compared: &'s Compared) -> Box<dyn Scorer + 's> {
        match (compared, &self.vectors) {
            (Compared::Vectors(queries), Some((.., candidates))) => {
                Box::new(DotProduct { queries, candidates })
            }
            (Compared::Interests(queries, interests), Some((.., candidates))) => {
                Box::new(BestInterest { queries, interests: *interests, candidates })
            }
            (Compared::Pairs(scores) | Compared::Vectors(scores) | Compared::Interests(scores, _), _) => {
                Box::new(Scores(scores))
            }
        }
    }

    /// Scores of the queries of a batch with all candidates.
    fn pair_scores(
        &self,
        batch: &AnyBatch,
        rows: usize,
        whose: Whose<'_>,
        pass: &mut PassState,
    ) -> Result<Matrix, Error> {
        let all: Vec<u32> = (0..self.catalog.keys.len() as u32).collect();
        let mut scores = Matrix { width: all.len(), values: vec![0.0; rows * all.len()] };
        let mut candidates = AnyBatch::default();
        let inputs =
            self.model.description().data.catalog.as_ref().map_or(&[][..], |catalog| &catalog.inputs);
        for (index, some) in all.chunks(CANDIDATES).enumerate() {
            inputs.iter().for_each(|&input| self.catalog.columns.gather(input, some, &mut candidates));
            let part = self.model.pair_scores(batch, &candidates, pass)?;
            let pair = |at: usize| {
                let key = &self.catalog.keys[index * CANDIDATES + at % some.len()];
                format!("{} with candidate `{}`", whose(at / some.len()), printable(key))
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

/// Replaces the scores of vectors that are prepared for distances by negative squared distances.
fn score_by_distance(lists: &mut [Vec<Scored>], queries: &Matrix, candidates: &Matrix) {
    // The last dimension is that of `prepared`.
    let width = queries.width.saturating_sub(1);
    let distance = |query: usize, candidate: usize| -> f32 {
        let pairs = queries.row(query).iter().zip(candidates.row(candidate));
        pairs.take(width).map(|(a, b)| (a - b) * (a - b)).sum()
    };
    for (query, list) in lists.iter_mut().enumerate() {
        list.iter_mut().for_each(|item| item.score = -distance(query, item.candidate as usize));
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
        let both = |vectors, side| prepared(vectors, Similarity::Distance, side);
        let mut lists = vec![vec![Scored { candidate: 1, score: 9.0 }, Scored { candidate: 0, score: 9.0 }]];
        score_by_distance(&mut lists, &both(queries(), Side::Queries), &both(candidates(), Side::Candidates));
        assert_eq!([lists[0][0].score, lists[0][1].score], [-0.25, -65.0]);
    }
}
