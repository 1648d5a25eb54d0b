//! In-batch softmax: each query against all candidates of the batch, its own being the right one.

use dfdx::shapes::{Axis, HasShape};
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Tape, Tensor};
use dfdx::tensor_ops::{
    BroadcastTo, Device as Tensors, LogSumExpTo, PermuteTo, SumTo, TryMatMul, TryMul, TrySub,
};

use super::exp::exp_negative;
use super::{Loss, Reduction};
use crate::data::NONE;
use crate::ops::host::{tensor, values};
use crate::ops::matmul::{View, matmul};
use crate::ops::parallel::{add_scaled, map_rows, vectorized};
use crate::ops::{Device, Recorder, Rows};

/// Queries scored at once: their scores against all candidates should stay in the cache of a core.
const TILE: usize = 64;

/// Options of the in-batch softmax.
#[derive(Clone, Copy, Debug)]
pub struct InBatchSoftmax<'a> {
    /// Scores are divided by this.
    pub temperature: f32,
    /// Logarithm of each candidate's sampling probability, subtracted from its scores.
    pub log_q: Option<&'a [f32]>,
    /// Each candidate's id: another one with the id of a query's own candidate does not count against it.
    pub ids: Option<&'a [u32]>,
    /// What each query's loss counts.
    pub weights: Option<&'a [f32]>,
    /// How the losses of the queries become one.
    pub reduction: Reduction,
}

impl Default for InBatchSoftmax<'_> {
    fn default() -> Self {
        Self { temperature: 0.05, log_q: None, ids: None, weights: None, reduction: Reduction::Mean }
    }
}

impl InBatchSoftmax<'_> {
    fn factor(&self, row: usize, rows: usize) -> f32 {
        self.reduction.factor(rows) * self.weights.map_or(1.0, |weights| weights[row])
    }

    /// The id whose other candidates a query ignores.
    fn id(&self, row: usize) -> Option<(&[u32], u32)> {
        self.ids.and_then(|ids| (ids[row] != NONE).then_some((ids, ids[row])))
    }
}

/// Logarithms of sampling probabilities, clipped to between 1e-6 and 1: what `log_q` holds.
pub fn log_probabilities(probabilities: &[f32]) -> Vec<f32> {
    probabilities.iter().map(|probability| probability.clamp(1e-6, 1.0).ln()).collect()
}

/// In-batch softmax of a device.
pub trait InBatchKernel: Tensors<f32> {
    /// `sum_i factor_i (logsumexp_j s_ij - s_ii)`.
    fn in_batch_softmax<const W: usize, T: Tape<f32, Self>>(
        queries: Rows<W, Self, T>,
        candidates: Rows<W, Self, T>,
        options: &InBatchSoftmax<'_>,
    ) -> Result<Loss<Self, T>, Self::Err> {
        plain(queries, candidates, options)
    }
}

#[cfg(feature = "cuda")]
impl InBatchKernel for dfdx::tensor::Cuda {}

/// The loss in dfdx's own ops, with the matrix of all scores in memory.
pub(crate) fn plain<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    queries: Rows<W, D, T>,
    candidates: Rows<W, D, T>,
    options: &InBatchSoftmax<'_>,
) -> Result<Loss<D, T>, D::Err> {
    let device = queries.device().clone();
    let shape = (queries.shape().0, candidates.shape().0);
    let (rows, columns) = shape;
    if rows == 0 {
        let (_, tape) = queries.split_tape();
        let (_, other) = candidates.split_tape();
        return Ok(device.try_zeros()?.put_tape(tape.merge(other)));
    }
    let (mut offsets, mut factors) = (vec![0.0; rows * columns], vec![0.0; rows * columns]);
    for row in 0..rows {
        let offsets = &mut offsets[row * columns..(row + 1) * columns];
        if let Some(log_q) = options.log_q {
            offsets.copy_from_slice(log_q);
        }
        if let Some((ids, own)) = options.id(row) {
            let others = offsets.iter_mut().zip(ids).enumerate();
            others
                .filter(|(at, (_, id))| *at != row && **id == own)
                .for_each(|(_, (offset, _))| *offset = 1e30);
        }
        factors[row * columns + row] = -options.factor(row, rows);
    }
    let products: Tensor<(usize, usize), f32, D, T> = queries.try_matmul(candidates.try_permute()?)?;
    let offsets = device.try_tensor_from_vec(offsets, shape)?.put_tape(T::default());
    let scores = products.try_mul(1.0 / options.temperature)?.try_sub(offsets)?;
    let (scores, tape) = scores.split_tape();
    let totals: Tensor<(usize,), f32, D, T> = scores.retaped::<T>().try_logsumexp::<_, Axis<1>>()?;
    let totals = totals.try_broadcast_like::<_, Axis<1>>(&shape)?;
    let log_shares = scores.put_tape(tape).try_sub(totals)?;
    log_shares.try_mul(device.try_tensor_from_vec(factors, shape)?.put_tape(T::default()))?.try_sum()
}

impl InBatchKernel for Cpu {
    fn in_batch_softmax<const W: usize, T: Tape<f32, Self>>(
        queries: Rows<W, Self, T>,
        candidates: Rows<W, Self, T>,
        options: &InBatchSoftmax<'_>,
    ) -> Result<Loss<Self, T>, CpuError> {
        let (queries, tape) = queries.split_tape();
        let (candidates, other) = candidates.split_tape();
        let mut tape = tape.merge(other);
        let (rows, columns) = (queries.shape().0, candidates.shape().0);
        assert!(columns >= rows, "{rows} queries with {columns} candidates");
        let q = values(&queries);
        let c = values(&candidates);
        let mut query_gradient = vec![0.0; rows * W];
        let cost = 8 * columns * W;
        let parts = map_rows(&mut query_gradient, W, cost, |first, gradient| {
            let mut worker = Worker::new(&q, &c, W, rows, options);
            for (index, gradient) in gradient.chunks_mut(TILE * W).enumerate() {
                worker.tile(first + index * TILE, gradient, T::OWNS_TAPE);
            }
            (worker.loss, worker.candidate_gradient)
        });
        let total: f64 = parts.iter().map(|(loss, _)| loss).sum();
        let loss = tensor(queries.device(), vec![total as f32], ())?;
        let result = loss.clone();
        tape.add_backward_op(move |gradients| {
            let g = gradients.get_or_alloc_mut(&loss)?[0];
            vectorized(|| -> Result<(), CpuError> {
                add_scaled(gradients.get_or_alloc_mut(&queries)?, g, &query_gradient);
                for (_, gradient) in &parts {
                    add_scaled(gradients.get_or_alloc_mut(&candidates)?, g, gradient);
                }
                Ok(())
            })
        });
        Ok(result.put_tape(tape))
    }
}

/// One thread's share of the loss.
struct Worker<'a> {
    queries: &'a [f32],
    candidates: &'a [f32],
    width: usize,
    rows: usize,
    columns: usize,
    options: &'a InBatchSoftmax<'a>,
    loss: f64,
    candidate_gradient: Vec<f32>,
    scores: Vec<f32>,
    scaled: Vec<f32>,
}

impl<'a> Worker<'a> {
    fn new(
        queries: &'a [f32],
        candidates: &'a [f32],
        width: usize,
        rows: usize,
        options: &'a InBatchSoftmax<'a>,
    ) -> Self {
        let columns = candidates.len() / width;
        Self {
            queries,
            candidates,
            width,
            rows,
            columns,
            options,
            loss: 0.0,
            candidate_gradient: vec![0.0; candidates.len()],
            scores: vec![0.0; TILE * columns],
            scaled: vec![0.0; TILE * width],
        }
    }

    /// Adds the losses of the queries from `first` on, as many as `gradient` has rows, and where `record` their gradients.
    fn tile(&mut self, first: usize, gradient: &mut [f32], record: bool) {
        let (width, columns) = (self.width, self.columns);
        let count = gradient.len() / width;
        let queries = &self.queries[first * width..(first + count) * width];
        let candidates = View::new(self.candidates, columns, width);
        let inverse = 1.0 / self.options.temperature;
        let scores = &mut self.scores[..count * columns];
        matmul(inverse, View::new(queries, count, width), candidates.transposed(), 0.0, scores);
        // Of each query: what its exponentials must be multiplied by to be gradients of the scores.
        let mut shares = [0.0; TILE];
        for (index, scores) in scores.chunks_exact_mut(columns).enumerate() {
            let row = first + index;
            let factor = self.options.factor(row, self.rows);
            let (loss, sum) = exponentials(scores, row, self.options);
            self.loss += f64::from(factor) * f64::from(loss);
            shares[index] = factor * inverse / sum;
        }
        if !record {
            return;
        }
        // The gradient of score ij is share_i e_ij, less factor_i / temperature where j is i.
        matmul(1.0, View::new(scores, count, columns), candidates, 0.0, gradient);
        let scaled = &mut self.scaled[..count * width];
        vectorized(|| {
            for (index, share) in shares[..count].iter().enumerate() {
                let row = first + index;
                let own = inverse * self.options.factor(row, self.rows);
                let span = index * width..(index + 1) * width;
                let candidate = row * width..(row + 1) * width;
                gradient[span.clone()].iter_mut().for_each(|g| *g *= share);
                add_scaled(&mut gradient[span.clone()], -own, &self.candidates[candidate.clone()]);
                add_scaled(&mut self.candidate_gradient[candidate], -own, &queries[span.clone()]);
                let scaled = scaled[span.clone()].iter_mut().zip(&queries[span]);
                scaled.for_each(|(scaled, query)| *scaled = share * query);
            }
        });
        let scores = View::new(scores, count, columns).transposed();
        matmul(1.0, scores, View::new(scaled, count, width), 1.0, &mut self.candidate_gradient);
    }
}

/// Turns a row of scores into exponentials relative to the largest. Returns the loss of the row and their sum.
fn exponentials(scores: &mut [f32], row: usize, options: &InBatchSoftmax<'_>) -> (f32, f32) {
    vectorized(
        #[inline(always)]
        || {
            if let Some(log_q) = options.log_q {
                scores.iter_mut().zip(log_q).for_each(|(score, log_q)| *score -= log_q);
            }
            let own = scores[row];
            if let Some((ids, id)) = options.id(row) {
                let pairs = scores.iter_mut().zip(ids);
                pairs.for_each(|(score, other)| {
                    *score = if *other == id { f32::NEG_INFINITY } else { *score }
                });
                scores[row] = own;
            }
            let mut lanes = [f32::NEG_INFINITY; 16];
            let chunks = scores.chunks_exact(16);
            let rest = chunks.remainder().iter().fold(f32::NEG_INFINITY, |a, &b| a.max(b));
            for chunk in chunks {
                lanes
                    .iter_mut()
                    .zip(chunk)
                    .for_each(|(lane, &score)| *lane = if score > *lane { score } else { *lane });
            }
            let largest = lanes.iter().fold(rest, |a, &b| a.max(b));
            let mut sums = [0.0f32; 16];
            let mut chunks = scores.chunks_exact_mut(16);
            for chunk in &mut chunks {
                for (sum, score) in sums.iter_mut().zip(chunk) {
                    *score = exp_negative(*score - largest);
                    *sum += *score;
                }
            }
            let mut sum = sums.iter().sum::<f32>();
            for score in chunks.into_remainder() {
                *score = exp_negative(*score - largest);
                sum += *score;
            }
            (sum.ln() + largest - own, sum)
        },
    )
}

/// `logsumexp_j s_ij - s_ii` with `s_ij = <query_i, candidate_j> / temperature`. Candidates beyond the number of queries are
/// negatives for all.
pub fn in_batch_softmax<const W: usize, D: Device, T: Recorder<D>>(
    queries: Rows<W, D, T>,
    candidates: Rows<W, D, T>,
    options: &InBatchSoftmax<'_>,
) -> Result<Loss<D, T>, D::Err> {
    D::in_batch_softmax(queries, candidates, options)
}
