//! Scaled dot-product attention with several heads over sequences (Vaswani et al., NeurIPS 2017).

use dfdx::shapes::{Axes2, Axes4, Axis, Const, HasShape};
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Tape, Tensor};
use dfdx::tensor_ops::{
    BroadcastTo, Device as Tensors, PermuteTo, ReshapeTo, TryAdd, TryMatMul, TryMul, TrySub,
};

use super::host::{take_gradient, tensor, values};
use super::loss::exp_negative;
use super::matmul::{View, add_matmul, matmul};
use super::parallel::{for_rows, inner, vectorized};
use super::{Device, Mask, Recorder, Sequence, Vectors};

/// Below every score: added where a key may not be attended to.
const EXCLUDED: f32 = 1e30;

/// Keys that a position attends to, masked ones aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attention {
    /// Into how many blocks of equal width queries, keys and values are split.
    pub heads: usize,
    /// True if position `i` attends to positions up to `i` only.
    pub causal: bool,
    /// True if position `i` attends to position `i`.
    pub diagonal: bool,
}

impl Attention {
    /// Every position attends to all, in so many blocks of equal width.
    pub const fn new(heads: usize) -> Self {
        Self { heads, causal: false, diagonal: true }
    }

    /// Positions attend to themselves and earlier ones only.
    #[must_use]
    pub const fn causal(self) -> Self {
        Self { causal: true, ..self }
    }

    /// Positions do not attend to themselves.
    #[must_use]
    pub const fn to_others(self) -> Self {
        Self { diagonal: false, ..self }
    }

    fn allows(self, query: usize, key: usize) -> bool {
        (key <= query || !self.causal) && (key != query || self.diagonal)
    }
}

/// Attention of a device.
pub trait AttentionKernel: Tensors<f32> {
    /// For each head and query `i`, `sum_j softmax_j(<q_i, k_j> / sqrt(width of a head)) v_j` over the keys it may attend to.
    fn attention<const N: usize, const M: usize, const A: usize, const V: usize, T: Tape<f32, Self>>(
        query: Vectors<N, A, Self, T>,
        key: Vectors<M, A, Self, T>,
        value: Vectors<M, V, Self, T>,
        mask: &Mask<M, Self>,
        rule: Attention,
    ) -> Result<Vectors<N, V, Self, T>, Self::Err> {
        plain(query, key, value, mask, rule)
    }
}

#[cfg(feature = "cuda")]
impl AttentionKernel for dfdx::tensor::Cuda {}

type Heads<D, T> = Tensor<(usize, usize, usize, usize), f32, D, T>;

/// `[B, N, W]` as `[B, heads, N, W / heads]`.
fn split<const N: usize, const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Vectors<N, W, D, T>,
    heads: usize,
) -> Result<Heads<D, T>, D::Err> {
    let rows = x.shape().0;
    let x: Heads<D, T> = x.try_reshape_like(&(rows, N, heads, W / heads))?;
    x.try_permute::<_, Axes4<0, 2, 1, 3>>()
}

/// Attention in dfdx's own ops.
pub(crate) fn plain<const N: usize, const M: usize, const A: usize, const V: usize, D, T>(
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
    let mask: Tensor<(usize, usize), f32, D> = mask.clone().try_reshape_like(&(rows, M))?;
    let allowed = allowed.try_mul(mask.try_broadcast_like::<_, Axes2<1, 2>>(&shape)?)?;
    let scale = 1.0 / ((A / rule.heads) as f32).sqrt();
    let keys = split(key, rule.heads)?.try_permute::<_, Axes4<0, 1, 3, 2>>()?;
    let scores = split(query, rule.heads)?.try_matmul(keys)?.try_mul(scale)?;
    let absent = allowed.clone().try_sub(1.0)?.try_mul(EXCLUDED)?;
    let scores = scores.try_mul(allowed.clone())?.try_add(absent)?;
    let weights = scores.try_softmax::<Axis<3>>()?.try_mul(allowed)?;
    let found = weights.try_matmul(split(value, rule.heads)?)?;
    found.try_permute::<_, Axes4<0, 2, 1, 3>>()?.try_reshape_like(&(rows, Const, Const))
}

/// The numbers of a record, of which each has `size`.
fn of(x: &[f32], size: usize, record: usize) -> &[f32] {
    &x[record * size..(record + 1) * size]
}

/// The columns of a head, of rows of `width`.
fn head_of(x: &[f32], width: usize, heads: usize, head: usize) -> View<'_> {
    let columns = width / heads;
    View::strided(&x[head * columns..], x.len() / width, columns, width)
}

/// For each head, `into = alpha * a b^T`, all pairs of a row of `a` and a row of `b`.
fn pair(into: &mut [f32], alpha: f32, (a, b, width): (&[f32], &[f32], usize), heads: usize) {
    for (head, into) in into.chunks_exact_mut(a.len() / width * (b.len() / width)).enumerate() {
        let (left, right) = (head_of(a, width, heads, head), head_of(b, width, heads, head));
        matmul(alpha, left, right.transposed(), into);
    }
}

/// For each head, `into += alpha * weights x`, sums of the rows of `x`; with `transposed` weights where they lead the other way.
fn mix(
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
        add_matmul(alpha, weights, head_of(x, width, heads, head), &mut into[head * columns..], width);
    }
}

/// Turns the scores of a query into weights: a softmax over the allowed keys, zeros where none is.
#[inline(always)]
fn softmax(scores: &mut [f32], allowed: impl Fn(usize) -> bool) {
    let mut largest = f32::NEG_INFINITY;
    for (key, score) in scores.iter_mut().enumerate() {
        *score = if allowed(key) { *score } else { f32::NEG_INFINITY };
        largest = largest.max(*score);
    }
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = if *score == f32::NEG_INFINITY { 0.0 } else { exp_negative(*score - largest) };
        sum += *score;
    }
    let scale = if sum == 0.0 { 0.0 } else { 1.0 / sum };
    scores.iter_mut().for_each(|weight| *weight *= scale);
}

impl AttentionKernel for Cpu {
    fn attention<const N: usize, const M: usize, const A: usize, const V: usize, T: Tape<f32, Self>>(
        query: Vectors<N, A, Self, T>,
        key: Vectors<M, A, Self, T>,
        value: Vectors<M, V, Self, T>,
        mask: &Mask<M, Self>,
        rule: Attention,
    ) -> Result<Vectors<N, V, Self, T>, CpuError> {
        let (query, tape) = query.split_tape();
        let (key, second) = key.split_tape();
        let (value, third) = value.split_tape();
        let mut tape = tape.merge(second).merge(third);
        let (heads, rows) = (rule.heads, query.shape().0);
        let scale = 1.0 / ((A / heads) as f32).sqrt();
        let (q, k, v, mask) = (values(&query), values(&key), values(&value), values(mask));
        let cost = 2 * N * M * (A + V);
        let mut weights = vec![0.0; rows * heads * N * M];
        for_rows(&mut weights, heads * N * M, cost, |first, part| {
            for (index, weights) in part.chunks_exact_mut(heads * N * M).enumerate() {
                let at = first + index;
                let (q, k) = (of(&q, N * A, at), of(&k, M * A, at));
                pair(weights, scale, (q, k, A), heads);
                let mask = of(&mask, M, at);
                vectorized(|| {
                    for (query, scores) in weights.chunks_exact_mut(M).enumerate() {
                        softmax(scores, |key| mask[key] != 0.0 && rule.allows(query % N, key));
                    }
                });
            }
        });
        let mut output = vec![0.0; rows * N * V];
        for_rows(&mut output, N * V, cost, |first, part| {
            for (index, output) in part.chunks_exact_mut(N * V).enumerate() {
                let at = first + index;
                let weights = of(&weights, heads * N * M, at);
                mix(output, 1.0, weights, false, (of(&v, M * V, at), V), heads);
            }
        });
        let y = tensor(query.device(), output, (rows, Const, Const))?;
        let result = y.clone();
        tape.add_backward_op(move |gradients| {
            let g = take_gradient(gradients, &y)?;
            for_rows(gradients.get_or_alloc_mut(&value)?, M * V, cost, |first, part| {
                for (index, into) in part.chunks_exact_mut(M * V).enumerate() {
                    let at = first + index;
                    let (weights, g) = (of(&weights, heads * N * M, at), of(&g, N * V, at));
                    mix(into, 1.0, weights, true, (g, V), heads);
                }
            });
            // The gradients of the scores, and from them those of queries and keys.
            let mut found = vec![0.0; rows * heads * N * M];
            for_rows(&mut found, heads * N * M, cost, |first, part| {
                for (index, found) in part.chunks_exact_mut(heads * N * M).enumerate() {
                    let at = first + index;
                    let (g, v) = (of(&g, N * V, at), of(&v, M * V, at));
                    pair(found, 1.0, (g, v, V), heads);
                    let weights = of(&weights, heads * N * M, at).chunks_exact(M);
                    vectorized(|| {
                        for (found, weights) in found.chunks_exact_mut(M).zip(weights) {
                            let mean = inner(found, weights);
                            found.iter_mut().zip(weights).for_each(|(g, weight)| *g = weight * (*g - mean));
                        }
                    });
                }
            });
            for_rows(gradients.get_or_alloc_mut(&query)?, N * A, cost, |first, part| {
                for (index, into) in part.chunks_exact_mut(N * A).enumerate() {
                    let at = first + index;
                    let (found, k) = (of(&found, heads * N * M, at), of(&k, M * A, at));
                    mix(into, scale, found, false, (k, A), heads);
                }
            });
            for_rows(gradients.get_or_alloc_mut(&key)?, M * A, cost, |first, part| {
                for (index, into) in part.chunks_exact_mut(M * A).enumerate() {
                    let at = first + index;
                    let (found, q) = (of(&found, heads * N * M, at), of(&q, N * A, at));
                    mix(into, scale, found, true, (q, A), heads);
                }
            });
            Ok(())
        });
        Ok(result.put_tape(tape))
    }
}

/// For each head and each query `i`, `sum_j softmax_j(<q_i, k_j> / sqrt(A / heads)) v_j` over the keys `j` that are valid and that
/// `rule` allows, the heads side by side; zeros where there is no such key. The result is masked as the queries are.
pub fn attention<const N: usize, const M: usize, const A: usize, const V: usize, D, T>(
    query: Sequence<N, A, D, T>,
    key: Sequence<M, A, D, T>,
    value: Sequence<M, V, D, T>,
    rule: Attention,
) -> Result<Sequence<N, V, D, T>, D::Err>
where
    D: Device,
    T: Recorder<D>,
{
    let mask = D::both(key.mask, &value.mask)?;
    let values = D::attention(query.values, key.values, value.values, &mask, rule)?;
    Ok(Sequence { values, mask: query.mask })
}
