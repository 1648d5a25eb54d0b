//! Scaled dot-product attention with several heads over sequences (Vaswani et al., NeurIPS 2017).

mod dropped;
mod interests;
mod label_aware;
pub(crate) mod routing;
pub(crate) mod weighted_sum;

use std::ops::Range;

use dfdx::shapes::{Axes2, Axes4, Axis, Const, HasShape};
use dfdx::tensor::{PutTape, SplitTape, Tensor};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, PermuteTo, TryAdd, TryMatMul, TryMul, TrySub};

pub use interests::{Capsules, InterestCount, capsule_routing, capsule_routing_from};
pub use label_aware::label_aware_attention;
pub use routing::routing_weights;
pub use weighted_sum::{dropped_target_attention, multi_interest_attention, target_attention};

use self::dropped::{drop_gradients, drop_weights, saved_weights, used_weights};
use super::call::Call;
use super::loss::{exponentiate, largest};
use super::matmul::{Products, View};
use super::op::{Forward, Op, Saved, Scratch, records, records_mut};
use super::parallel::{inner, vectorized};
use super::sequence::both;
use super::{Device, DropoutMask, Mask, Sequence, Tape, Vectors};
use crate::ops::reshape::Reshape as _;

/// Subtracted from the scores of excluded keys; below every score.
const EXCLUDED: f32 = 1e30;

/// Rule for the keys that a position attends to, in addition to the mask.
#[derive(Clone, Copy, Debug)]
pub struct Attention {
    /// Number of heads. Queries, keys and values are divided into blocks of equal width.
    pub heads: usize,
    /// True if position `i` attends only to positions up to `i`.
    pub causal: bool,
    /// True if position `i` attends to itself.
    pub diagonal: bool,
    /// Dropout of the weights.
    pub dropout: Option<DropoutMask>,
}

impl Attention {
    /// Full attention with this number of heads.
    pub const fn new(heads: usize) -> Self {
        Self { heads, causal: false, diagonal: true, dropout: None }
    }

    /// Restricts attention to earlier positions and the position itself.
    #[must_use]
    pub const fn causal(self) -> Self {
        Self { causal: true, ..self }
    }

    /// Excludes attention of a position to itself.
    #[must_use]
    pub const fn to_others(self) -> Self {
        Self { diagonal: false, ..self }
    }

    /// Sets the dropout of the weights.
    #[must_use]
    pub const fn dropout(self, dropout: Option<DropoutMask>) -> Self {
        Self { dropout, ..self }
    }

    fn allows(self, query: usize, key: usize) -> bool {
        (key <= query || !self.causal) && (key != query || self.diagonal)
    }
}

type Heads<D, T> = Tensor<(usize, usize, usize, usize), f32, D, T>;

/// `[B, N, W]` as `[B, heads, N, W / heads]`.
fn split<const N: usize, const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Vectors<N, W, D, T>,
    heads: usize,
) -> Result<Heads<D, T>, D::Err> {
    let rows = x.shape().0;
    let x: Heads<D, T> = x.reshaped((rows, N, heads, W / heads))?;
    x.try_permute::<_, Axes4<0, 2, 1, 3>>()
}

/// Plain formulation of attention.
pub(crate) fn plain_attention<const N: usize, const M: usize, const A: usize, const V: usize, D, T>(
    query: Vectors<N, A, D, T>,
    key: Vectors<M, A, D, T>,
    value: Vectors<M, V, D, T>,
    mask: &Mask<M, D>,
    rule: Attention,
) -> Result<Vectors<N, V, D, T>, D::Err>
where
    D: Tensors<f32>,
    T: Tape<f32, D>,
{
    let (device, rows) = (query.device().clone(), query.shape().0);
    let shape = (rows, rule.heads, N, M);
    let allowed = (0..N * M).map(|at| if rule.allows(at / M, at % M) { 1.0 } else { 0.0 }).collect();
    let allowed: Tensor<(usize, usize), f32, D> = device.try_tensor_from_vec(allowed, (N, M))?;
    let allowed: Heads<D, _> = allowed.try_broadcast_like::<_, Axes2<0, 1>>(&shape)?;
    let mask: Tensor<(usize, usize), f32, D> = mask.clone().reshaped((rows, M))?;
    let allowed = allowed.try_mul(mask.try_broadcast_like::<_, Axes2<1, 2>>(&shape)?)?;
    let scale = 1.0 / ((A / rule.heads) as f32).sqrt();
    let keys = split(key, rule.heads)?.try_permute::<_, Axes4<0, 1, 3, 2>>()?;
    let scores = split(query, rule.heads)?.try_matmul(keys)?.try_mul(scale)?;
    let absent = allowed.clone().try_sub(1.0)?.try_mul(EXCLUDED)?;
    let scores = scores.try_mul(allowed.clone())?.try_add(absent)?;
    let mut weights = scores.try_softmax::<Axis<3>>()?.try_mul(allowed)?;
    if let Some(mask) = rule.dropout {
        let mut factors = vec![0.0; rows * rule.heads * N * M];
        mask.fill(0, &mut factors);
        let factors: Heads<D, _> = device.try_tensor_from_vec(factors, shape)?;
        weights = weights.try_mul(factors)?;
    }
    let found = weights.try_matmul(split(value, rule.heads)?)?;
    found.try_permute::<_, Axes4<0, 2, 1, 3>>()?.reshaped((rows, Const, Const))
}

/// Columns of a head, in rows of `width`.
fn head_of(x: &[f32], width: usize, heads: usize, head: usize) -> View<'_> {
    let columns = width / heads;
    View::strided(&x[head * columns..], x.len() / width, columns, width)
}

/// `into = alpha * a b^T` for each head: all pairs of rows of `a` and `b`.
fn pair(
    products: &mut Products,
    into: &mut [f32],
    alpha: f32,
    (a, b, width): (&[f32], &[f32], usize),
    heads: usize,
) {
    for (head, into) in into.chunks_exact_mut(a.len() / width * (b.len() / width)).enumerate() {
        let (left, right) = (head_of(a, width, heads, head), head_of(b, width, heads, head));
        products.set(alpha, left, right.transposed(), into);
    }
}

/// `into += alpha * weights x` for each head: weighted sums of rows of `x`. The backward pass uses
/// `transposed` weights.
fn mix(
    products: &mut Products,
    into: &mut [f32],
    alpha: f32,
    weights: &[f32],
    transposed: bool,
    (x, width): (&[f32], usize),
    heads: usize,
) {
    let (columns, rows, others) = (width / heads, into.len() / width, x.len() / width);
    for (head, weights) in weights.chunks_exact(rows * others).enumerate() {
        let weights = match transposed {
            false => View::new(weights, rows, others),
            true => View::new(weights, others, rows).transposed(),
        };
        products.add(alpha, weights, head_of(x, width, heads, head), &mut into[head * columns..], width);
    }
}

/// Softmax of a query's scores over the allowed keys; zeros if there are none.
#[inline(always)]
fn softmax(scores: &mut [f32], allowed: impl Fn(usize) -> bool) {
    let keys = scores.iter_mut().enumerate();
    keys.for_each(|(key, score)| *score = if allowed(key) { *score } else { f32::NEG_INFINITY });
    let largest = largest(scores);
    if largest == f32::NEG_INFINITY {
        return scores.fill(0.0);
    }
    let scale = 1.0 / exponentiate(scores, largest);
    scores.iter_mut().for_each(|weight| *weight *= scale);
}

/// Attention; inputs are queries, keys, values and the mask of the keys. Saves the weights of each record and, with
/// dropout, after them those that are not dropped.
struct MultiHead {
    rule: Attention,
    queries: usize,
    keys: usize,
    width: usize,
    values: usize,
}

impl MultiHead {
    fn scale(&self) -> f32 {
        1.0 / ((self.width / self.rule.heads) as f32).sqrt()
    }

    /// Number of weights of a record.
    fn weights(&self) -> usize {
        self.rule.heads * self.queries * self.keys
    }
}

impl Op for MultiHead {
    fn cost(&self) -> usize {
        2 * self.queries * self.keys * (self.width + self.values)
    }

    fn saved(&self) -> Saved {
        Saved::INPUTS.numbers(saved_weights(self.weights(), self.rule.dropout))
    }

    fn forward(
        &self,
        rows: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        saved: &mut [f32],
        scratch: &mut Scratch,
    ) {
        let first = rows.start;
        let rows = rows.len();
        let products = scratch.products();
        output.fill(0.0);
        let [q, k, v, mask] = [0, 1, 2, 3].map(|input| records(inputs[input], rows));
        let outputs = records_mut(output, rows).zip(records_mut(saved, rows));
        for (row, ((output, saved), (((q, k), v), mask))) in
            (first..).zip(outputs.zip(q.zip(k).zip(v).zip(mask)))
        {
            let (weights, used) = saved.split_at_mut(self.weights());
            pair(products, weights, self.scale(), (q, k, self.width), self.rule.heads);
            vectorized(|| {
                for (query, scores) in weights.chunks_exact_mut(self.keys).enumerate() {
                    let allows = |key| self.rule.allows(query % self.queries, key);
                    softmax(scores, |key| mask[key] != 0.0 && allows(key));
                }
            });
            let weights = drop_weights(self.rule.dropout, row, weights, used);
            mix(products, output, 1.0, weights, false, (v, self.values), self.rule.heads);
        }
    }

    fn backward(
        &self,
        rows: usize,
        forward: &Forward<'_>,
        g: &mut [f32],
        into: &mut [&mut [f32]],
        scratch: &mut Scratch,
    ) {
        let [of_q, of_k, of_v, _] = into else { return };
        let heads = self.rule.heads;
        let [q, k, v] = [0, 1, 2].map(|input| records(forward.inputs[input], rows));
        let inputs = q.zip(k).zip(v).zip(records(forward.saved, rows)).zip(records(g, rows));
        let gradients = records_mut(of_q, rows).zip(records_mut(of_k, rows)).zip(records_mut(of_v, rows));
        let (products, [of_scores]) = scratch.split([self.weights()]);
        for (((((q, k), v), saved), g), ((of_q, of_k), of_v)) in inputs.zip(gradients) {
            let (weights, used) = (&saved[..self.weights()], used_weights(saved, self.weights()));
            mix(products, of_v, 1.0, used, true, (g, self.values), heads);
            pair(products, of_scores, 1.0, (g, v, self.values), heads);
            drop_gradients(self.rule.dropout, used, of_scores);
            vectorized(|| {
                let weights = weights.chunks_exact(self.keys);
                for (found, weights) in of_scores.chunks_exact_mut(self.keys).zip(weights) {
                    let mean = inner(found, weights);
                    found.iter_mut().zip(weights).for_each(|(g, weight)| *g = weight * (*g - mean));
                }
            });
            mix(products, of_q, self.scale(), of_scores, false, (k, self.width), heads);
            mix(products, of_k, self.scale(), of_scores, true, (q, self.width), heads);
        }
    }
}

/// Attention to unmasked keys.
pub(crate) fn multi_head<const N: usize, const M: usize, const A: usize, const V: usize, D, T>(
    query: Vectors<N, A, D, T>,
    key: Vectors<M, A, D, T>,
    value: Vectors<M, V, D, T>,
    mask: &Mask<M, D>,
    rule: Attention,
) -> Result<Vectors<N, V, D, T>, D::Err>
where
    D: Device,
    T: Tape<f32, D>,
{
    let (query, tape) = query.split_tape();
    let (key, second) = key.split_tape();
    let (value, third) = value.split_tape();
    let rows = query.shape().0;
    let op = MultiHead { rule, queries: N, keys: M, width: A, values: V };
    let call = Call::new(query.device(), op, rows).of(&query).of(&key).of(&value).constant(mask);
    let plain = |tape| plain_attention(query.put_tape(tape), key.retaped(), value.retaped(), mask, rule);
    D::call(call, tape.merge(second).merge(third), (rows, Const, Const), plain)
}

/// For each head and query `i`, `sum_j softmax_j(<q_i, k_j> / sqrt(A / heads)) v_j` over the keys `j` that
/// are valid and that `rule` allows; heads are concatenated. Zeros if there is no such key. The result has
/// the mask of the queries.
pub fn attention<const N: usize, const M: usize, const A: usize, const V: usize, D, T>(
    query: Sequence<N, A, D, T>,
    key: Sequence<M, A, D, T>,
    value: Sequence<M, V, D, T>,
    rule: Attention,
) -> Result<Sequence<N, V, D, T>, D::Err>
where
    D: Device,
    T: Tape<f32, D>,
{
    let mask = both(key.mask, &value.mask)?;
    let values = multi_head(query.values, key.values, value.values, &mask, rule)?;
    Ok(Sequence { values, mask: query.mask })
}
