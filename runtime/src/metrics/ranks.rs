//! Where each query's positive stands among all candidates, by dot product.

use rayon::prelude::*;

use crate::data::NONE;
use crate::ops::{View, matmul, vectorized};
use crate::program::Matrix;

/// Queries and candidates scored at once: a tile of scores stays in the cache of a core.
const QUERIES: usize = 64;
const CANDIDATES: usize = 1024;

/// For each query, how many other candidates score at least what its positive does; `u32::MAX` where the positive is `NONE`,
/// is no candidate, or has no number for a score.
pub fn ranks(queries: &Matrix, candidates: &Matrix, positive: &[u32]) -> Vec<u32> {
    let width = queries.width;
    let total = candidates.rows();
    let mut ranks = vec![u32::MAX; positive.len().min(queries.rows())];
    if width == 0 || width != candidates.width {
        return ranks;
    }
    ranks.par_chunks_mut(QUERIES).enumerate().for_each(|(tile, ranks)| {
        let first = tile * QUERIES;
        let count = ranks.len();
        let rows = View::new(&queries.values[first * width..(first + count) * width], count, width);
        let mut thresholds = vec![f32::NAN; count];
        let mut scores = vec![0.0; count * CANDIDATES];
        // Positives are scored by the same product as the others, so that equal vectors tie to the last bit.
        let mut own = vec![0.0; count * width];
        let known =
            |index: usize| Some(positive[first + index]).filter(|&id| id != NONE && (id as usize) < total);
        for (index, row) in own.chunks_exact_mut(width).enumerate() {
            if let Some(id) = known(index) {
                row.copy_from_slice(candidates.row(id as usize));
            }
        }
        matmul(1.0, rows, View::new(&own, count, width).transposed(), 0.0, &mut scores[..count * count]);
        for (index, rank) in ranks.iter_mut().enumerate() {
            let score = scores[index * count + index];
            if known(index).is_some() && !score.is_nan() {
                (thresholds[index], *rank) = (score, 0);
            }
        }
        for (block, values) in candidates.values.chunks(CANDIDATES * width).enumerate() {
            let columns = values.len() / width;
            let scores = &mut scores[..count * columns];
            matmul(1.0, rows, View::new(values, columns, width).transposed(), 0.0, scores);
            for (index, scores) in scores.chunks_exact(columns).enumerate() {
                let id = positive[first + index] as usize;
                let own = id.checked_sub(block * CANDIDATES).filter(|&at| at < columns);
                let threshold = thresholds[index];
                let at_least =
                    vectorized(|| scores.iter().map(|&score| u32::from(score >= threshold)).sum::<u32>());
                let counted = own.map_or(0, |at| u32::from(scores[at] >= threshold));
                ranks[index] = ranks[index].saturating_add(at_least - counted);
            }
        }
    });
    ranks
}

/// Share of queries whose positive is among the first `k`; `None` without queries.
pub fn top_k_accuracy(ranks: &[u32], k: usize) -> Option<f64> {
    let hits = ranks.iter().filter(|&&rank| (rank as usize) < k && rank != u32::MAX).count();
    (!ranks.is_empty()).then(|| hits as f64 / ranks.len() as f64)
}
