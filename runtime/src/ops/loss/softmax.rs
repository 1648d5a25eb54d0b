//! Softmax loss over candidates of the batch, sampled candidates, or both, and queued ones; the target is each query's own
//! candidate.

use std::sync::Arc;

use dfdx::shapes::{Axis, Const, HasShape};
use dfdx::tensor::{NoneTape, PutTape, SplitTape, Tensor};
use dfdx::tensor_ops::{
    BroadcastTo, Device as Tensors, LogSumExpTo, PermuteTo, SumTo, TryConcatAlong, TryMatMul, TryMul, TrySub,
};

use super::Loss;
use super::call::{LossCall, Objective};
use super::exp::{exp_negative, exponentiate, largest};
use crate::data::NONE;
use crate::negatives::Excluded;
use crate::ops::matmul::{NEAR, Products, View, transpose_matrix};
use crate::ops::parallel::{add_scaled, inner, vectorized};
use crate::ops::scratch::Scratch;
use crate::ops::{Device, Reduction, Rows, Tape};

/// Queries per tile. Their scores for all candidates should fit the cache of a core.
pub(crate) const TILE: usize = 64;

/// Options of the softmax. In values per candidate, the queries' own candidates come first, then the sampled
/// ones, then the queued ones.
#[derive(Clone, Copy, Debug)]
pub struct Softmax<'a> {
    /// True if positives of other queries are negatives.
    pub in_batch: bool,
    /// Divisor of the scores.
    pub temperature: f32,
    /// Log expected count of each candidate among the negatives; subtracted from its scores.
    pub log_q: Option<&'a [f32]>,
    /// Id of each candidate. Negatives with the id of the query's own candidate are excluded.
    pub ids: Option<&'a [u32]>,
    /// Further candidates that are excluded for each query.
    pub excluded: Option<&'a Excluded>,
    /// Weight of each query's loss.
    pub weights: Option<&'a [f32]>,
    /// Reduction of the losses of the queries.
    pub reduction: Reduction,
}

impl Default for Softmax<'_> {
    fn default() -> Self {
        Self {
            in_batch: true,
            temperature: 0.05,
            log_q: None,
            ids: None,
            excluded: None,
            weights: None,
            reduction: Reduction::Mean,
        }
    }
}

impl Softmax<'_> {
    fn factor(&self, row: usize, rows: usize) -> f32 {
        self.reduction.factor(rows) * self.weights.map_or(1.0, |weights| weights[row])
    }

    /// Ids, and the id that a query's negatives must not have.
    fn id(&self, row: usize) -> Option<(&[u32], u32)> {
        self.ids.and_then(|ids| (ids[row] != NONE).then_some((ids, ids[row])))
    }

    /// Further candidates that are excluded for a query, ascending.
    fn excluded(&self, row: usize) -> &[u32] {
        self.excluded.map_or(&[], |excluded| excluded.of(row))
    }

    /// Returns whether a candidate is excluded from the softmax of a query.
    fn is_left_out(&self, row: usize, rows: usize, candidate: usize) -> bool {
        let other = candidate != row;
        let outside = !self.in_batch && candidate < rows;
        let is_own = || self.id(row).is_some_and(|(ids, own)| ids[candidate] == own);
        let is_excluded = || self.excluded(row).binary_search(&(candidate as u32)).is_ok();
        other && (outside || is_own() || is_excluded())
    }
}

/// Log sampling probabilities, with probabilities clipped to [1e-6, 1]: values of `log_q` for candidates of
/// the batch.
pub fn log_probabilities(probabilities: &[f32]) -> Vec<f32> {
    probabilities.iter().map(|probability| probability.clamp(1e-6, 1.0).ln()).collect()
}

/// Scores `[queries, candidates]`.
pub type Logits<D, T = NoneTape> = Tensor<(usize, usize), f32, D, T>;

/// Scores `s_ij` of all queries and candidates, `[B, B + S]`; about -1e30 for excluded candidates.
pub fn softmax_logits<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    queries: Rows<W, D, T>,
    candidates: Rows<W, D, T>,
    options: &Softmax<'_>,
) -> Result<Logits<D, T>, D::Err> {
    let device = queries.device().clone();
    let shape = (queries.shape().0, candidates.shape().0);
    let (rows, columns) = shape;
    let offset = |at: usize| match (at / columns, at % columns) {
        (row, candidate) if options.is_left_out(row, rows, candidate) => 1e30,
        (_, candidate) => options.log_q.map_or(0.0, |log_q| log_q[candidate]),
    };
    let offsets = (0..rows * columns).map(offset).collect();
    let products: Logits<D, T> = queries.try_matmul(candidates.try_permute()?)?;
    let offsets = device.try_tensor_from_vec(offsets, shape)?.put_tape(T::default());
    products.try_mul(1.0 / options.temperature)?.try_sub(offsets)
}

/// Plain formulation of the loss, with the matrix of all scores in memory.
pub(crate) fn plain<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    queries: Rows<W, D, T>,
    candidates: Rows<W, D, T>,
    queue: &[f32],
    options: &Softmax<'_>,
) -> Result<Loss<D, T>, D::Err> {
    let device = queries.device().clone();
    let candidates = match queue.len() / W {
        0 => candidates,
        count => {
            let queue: Rows<W, D> = device.try_tensor_from_vec(queue.to_vec(), (count, Const))?;
            (candidates, queue.put_tape(T::default())).try_concat_along(Axis::<0>)?
        }
    };
    let shape = (queries.shape().0, candidates.shape().0);
    let (rows, columns) = shape;
    if rows == 0 {
        let (_, tape) = queries.split_tape();
        let (_, other) = candidates.split_tape();
        return Ok(device.try_zeros()?.put_tape(tape.merge(other)));
    }
    let mut factors = vec![0.0; rows * columns];
    (0..rows).for_each(|row| factors[row * columns + row] = -options.factor(row, rows));
    let (scores, tape) = softmax_logits(queries, candidates, options)?.split_tape();
    let totals: Tensor<(usize,), f32, D, T> = scores.retaped::<T>().try_logsumexp::<_, Axis<1>>()?;
    let totals = totals.try_broadcast_like::<_, Axis<1>>(&shape)?;
    let log_shares = scores.put_tape(tape).try_sub(totals)?;
    log_shares.try_mul(device.try_tensor_from_vec(factors, shape)?.put_tape(T::default()))?.try_sum()
}

/// Softmax over rows of width `width`; inputs are queries and candidates.
struct InTiles {
    options: Owned,
    rows: usize,
    candidates: usize,
    width: usize,
    /// Vectors of queued candidates.
    queue: Arc<Vec<f32>>,
}

/// Options of a softmax with their values.
struct Owned {
    plain: Softmax<'static>,
    log_q: Option<Vec<f32>>,
    ids: Option<Vec<u32>>,
    excluded: Option<Excluded>,
    weights: Option<Vec<f32>>,
}

impl Owned {
    fn of(options: &Softmax<'_>) -> Self {
        let Softmax { in_batch, temperature, log_q, ids, excluded, weights, reduction } = *options;
        let plain = Softmax { in_batch, temperature, reduction, ..Softmax::default() };
        let numbers = |values: Option<&[f32]>| values.map(<[f32]>::to_vec);
        let (ids, excluded) = (ids.map(<[u32]>::to_vec), excluded.cloned());
        Self { plain, log_q: numbers(log_q), ids, excluded, weights: numbers(weights) }
    }

    fn options(&self) -> Softmax<'_> {
        let (log_q, ids) = (self.log_q.as_deref(), self.ids.as_deref());
        let (excluded, weights) = (self.excluded.as_ref(), self.weights.as_deref());
        Softmax { log_q, ids, excluded, weights, ..self.plain }
    }
}

impl Objective for InTiles {
    fn cost(&self) -> usize {
        8 * (self.candidates * self.width + self.queue.len())
    }

    fn sum(
        &self,
        first: usize,
        rows: usize,
        inputs: &[&[f32]],
        into: &mut [&mut [f32]],
        scratch: &mut Scratch,
    ) -> f64 {
        let [queries, candidates] = inputs else { return 0.0 };
        let [query_gradient, candidate_gradient] = into else { return 0.0 };
        let options = self.options.options();
        let first_negative = if options.in_batch { 0 } else { self.rows };
        let columns = candidates.len() / self.width - first_negative;
        let queued = self.queue.len() / self.width;
        let of_columns = columns * self.width;
        let lengths = [TILE * (columns + queued), TILE * self.width, of_columns, queued * self.width];
        let (products, [scores, scaled, transposed, transposed_queue]) = scratch.split(lengths);
        let negatives = &candidates[first_negative * self.width..];
        for (vectors, transposed) in
            [(negatives, &mut *transposed), (&self.queue[..], &mut *transposed_queue)]
        {
            let blocks = vectors.chunks(NEAR * self.width).zip(transposed.chunks_mut(NEAR * self.width));
            vectorized(|| blocks.for_each(|(block, into)| transpose_matrix(block, self.width, into)));
        }
        let mut worker = Worker {
            queries,
            candidates,
            width: self.width,
            rows: self.rows,
            first: first_negative,
            columns,
            queue: &self.queue,
            queued,
            options: &options,
            loss: 0.0,
            candidate_gradient,
            transposed: [&*transposed, &*transposed_queue],
            scores,
            scaled,
            products,
        };
        for start in (0..rows).step_by(TILE) {
            let count = TILE.min(rows - start);
            let gradient = match query_gradient.is_empty() {
                true => None,
                false => Some(&mut query_gradient[start * self.width..(start + count) * self.width]),
            };
            worker.tile(first, start, count, gradient);
        }
        worker.loss
    }
}

/// Work of one thread.
struct Worker<'a> {
    queries: &'a [f32],
    candidates: &'a [f32],
    width: usize,
    rows: usize,
    /// First shared negative, and number of shared negatives.
    first: usize,
    columns: usize,
    /// Vectors and number of queued negatives.
    queue: &'a [f32],
    queued: usize,
    options: &'a Softmax<'a>,
    loss: f64,
    candidate_gradient: &'a mut [f32],
    /// Transposes of blocks of [`NEAR`] shared negatives, and of queued ones, which products read in place.
    transposed: [&'a [f32]; 2],
    /// Scores of a tile of queries, and its queries times factors.
    scores: &'a mut [f32],
    scaled: &'a mut [f32],
    products: &'a mut Products,
}

impl Worker<'_> {
    /// Adds the losses of `count` queries from `start` on, and their gradients if there is a buffer. The
    /// first of `queries` is row `first` of the batch.
    fn tile(&mut self, first: usize, start: usize, count: usize, gradient: Option<&mut [f32]>) {
        let (width, columns) = (self.width, self.columns + self.queued);
        if columns == 0 {
            return;
        }
        let queries = &self.queries[start * width..(start + count) * width];
        let first = first + start;
        let negatives = View::new(&self.candidates[self.first * width..], self.columns, width);
        let inverse = 1.0 / self.options.temperature;
        let scores = &mut self.scores[..count * columns];
        for (transposed, before) in self.transposed.into_iter().zip([0, self.columns]) {
            for (block, first) in transposed.chunks(NEAR * width).zip((before..).step_by(NEAR)) {
                let negatives = View::new(block, width, block.len() / width);
                let queries = View::new(queries, count, width);
                self.products.set_strided(inverse, queries, negatives, &mut scores[first..], columns);
            }
        }
        // For each query: factor from exponentials to gradients, and gradient of its own score.
        let (mut shares, mut owns) = ([0.0; TILE], [0.0; TILE]);
        for (index, scores) in scores.chunks_exact_mut(columns).enumerate() {
            let row = first + index;
            let own = inverse
                * inner(
                    &queries[index * width..(index + 1) * width],
                    &self.candidates[row * width..(row + 1) * width],
                );
            let factor = self.options.factor(row, self.rows);
            let row = exponentials(scores, own, row, self.first, self.options);
            self.loss += f64::from(factor) * f64::from(row.loss);
            shares[index] = factor * inverse / row.sum;
            owns[index] = -shares[index] * row.others;
        }
        let Some(gradient) = gradient else { return };
        let shared = View::strided(scores, count, self.columns, columns);
        self.products.set(1.0, shared, negatives, gradient);
        if self.queued > 0 {
            let of_queue = View::strided(&scores[self.columns..], count, self.queued, columns);
            self.products.add(1.0, of_queue, View::new(self.queue, self.queued, width), gradient, width);
        }
        let scaled = &mut self.scaled[..count * width];
        vectorized(|| {
            for (index, (share, own)) in shares[..count].iter().zip(&owns).enumerate() {
                let row = first + index;
                let span = index * width..(index + 1) * width;
                let candidate = row * width..(row + 1) * width;
                gradient[span.clone()].iter_mut().for_each(|g| *g *= share);
                add_scaled(&mut gradient[span.clone()], *own, &self.candidates[candidate.clone()]);
                add_scaled(&mut self.candidate_gradient[candidate], *own, &queries[span.clone()]);
                let scaled = scaled[span.clone()].iter_mut().zip(&queries[span]);
                scaled.for_each(|(scaled, query)| *scaled = share * query);
            }
        });
        let gradient = &mut self.candidate_gradient[self.first * width..];
        self.products.add(1.0, shared.transposed(), View::new(scaled, count, width), gradient, width);
    }
}

/// Softmax terms of a query, relative to the maximum score.
struct Exponentials {
    loss: f32,
    /// Sum over the negatives.
    others: f32,
    /// Sum over the negatives and the own candidate.
    sum: f32,
}

/// Converts the scores of the negatives, from candidate `first` on, to exponentials relative to the maximum
/// of them and `own`.
fn exponentials(
    scores: &mut [f32],
    own: f32,
    row: usize,
    first: usize,
    options: &Softmax<'_>,
) -> Exponentials {
    vectorized(
        #[inline(always)]
        || {
            let mut own = own;
            if let Some(log_q) = options.log_q {
                scores.iter_mut().zip(&log_q[first..]).for_each(|(score, log_q)| *score -= log_q);
                own -= log_q[row];
            }
            if let Some((ids, id)) = options.id(row) {
                let pairs = scores.iter_mut().zip(&ids[first..]);
                pairs.for_each(|(score, other)| {
                    *score = if *other == id { f32::NEG_INFINITY } else { *score }
                });
            }
            for &candidate in options.excluded(row) {
                if let Some(place) = (candidate as usize).checked_sub(first) {
                    scores[place] = f32::NEG_INFINITY;
                }
            }
            if first <= row {
                scores[row - first] = f32::NEG_INFINITY;
            }
            let largest = largest(scores).max(own);
            let others = exponentiate(scores, largest);
            let sum = others + exp_negative(own - largest);
            let loss = if own == largest { others.ln_1p() } else { sum.ln() + (largest - own) };
            Exponentials { loss, others, sum }
        },
    )
}

/// `logsumexp_j s_ij - s_ii` with `s_ij = <query_i, candidate_j> / temperature - log_q_j`, summed or averaged
/// over the queries. Candidate `i` is the own one of query `i`; further candidates are sampled, and are
/// negatives of all queries.
pub fn softmax<const W: usize, D: Device, T: Tape<f32, D>>(
    queries: Rows<W, D, T>,
    candidates: Rows<W, D, T>,
    options: &Softmax<'_>,
) -> Result<Loss<D, T>, D::Err> {
    softmax_with(queries, candidates, &Arc::default(), options)
}

/// [`softmax`] with further candidates, the vectors of `queue`, which are negatives of all queries and have no gradient.
pub(super) fn softmax_with<const W: usize, D: Device, T: Tape<f32, D>>(
    queries: Rows<W, D, T>,
    candidates: Rows<W, D, T>,
    queue: &Arc<Vec<f32>>,
    options: &Softmax<'_>,
) -> Result<Loss<D, T>, D::Err> {
    let (queries, tape) = queries.split_tape();
    let (candidates, other) = candidates.split_tape();
    let (rows, columns) = (queries.shape().0, candidates.shape().0);
    assert!(columns >= rows, "{rows} queries with {columns} candidates");
    let (owned, queued) = (Owned::of(options), Arc::clone(queue));
    let objective = InTiles { options: owned, rows, candidates: columns, width: W, queue: queued };
    let call = LossCall::new(queries.device(), objective, rows).of(&queries).of(&candidates);
    D::loss(call, tape.merge(other), |tape| {
        plain(queries.put_tape(tape), candidates.retaped(), queue, options)
    })
}
