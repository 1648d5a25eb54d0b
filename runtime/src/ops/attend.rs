//! Weighted sums of the vectors of a sequence, with weights that other layers computed: the last step of every attention.

use dfdx::shapes::{Axes3, Axis, Const, HasShape};
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Tape};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, PermuteTo, TryAdd, TryMatMul, TryMul, TrySub};

use super::host::{add_gradient, take_gradient, tensor, values};
use super::loss::exp_negative;
use super::parallel::{add_scaled, for_rows, inner, vectorized};
use super::{Device, Mask, Recorder, Rows, Sequence, Vectors, flatten, positions, sequence};

/// Weights of the positions of a sequence by their scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weighting {
    /// A softmax over the valid positions.
    Softmax,
    /// The scores of the valid positions themselves.
    Scores,
}

/// Weighted sums of a device.
pub trait AttendKernel: Tensors<f32> {
    /// `sum_t w_tk x_t` for each `k`, over the positions `t` that are valid.
    fn attend<const L: usize, const W: usize, const K: usize, T: Tape<f32, Self>>(
        x: Vectors<L, W, Self, T>,
        scores: Vectors<L, K, Self, T>,
        mask: &Mask<L, Self>,
        weighting: Weighting,
    ) -> Result<Vectors<K, W, Self, T>, Self::Err> {
        plain(x, scores, mask, weighting)
    }
}

#[cfg(feature = "cuda")]
impl AttendKernel for dfdx::tensor::Cuda {}

/// The weighted sums in dfdx's own ops.
pub(crate) fn plain<const L: usize, const W: usize, const K: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Vectors<L, W, D, T>,
    scores: Vectors<L, K, D, T>,
    mask: &Mask<L, D>,
    weighting: Weighting,
) -> Result<Vectors<K, W, D, T>, D::Err> {
    let valid: Vectors<L, K, D> = mask.clone().try_broadcast_like(scores.shape())?;
    let weights = match weighting {
        Weighting::Scores => scores.try_mul(valid)?,
        Weighting::Softmax => {
            let absent = valid.clone().try_sub(1.0)?.try_mul(1e30)?;
            scores.try_mul(valid.clone())?.try_add(absent)?.try_softmax::<Axis<1>>()?.try_mul(valid)?
        }
    };
    weights.try_permute::<_, Axes3<0, 2, 1>>()?.try_matmul(x)
}

/// Turns scores `[L, K]` into weights `[L, K]`, zero where masked.
#[inline(always)]
fn weigh(weights: &mut [f32], mask: &[f32], kinds: usize, weighting: Weighting) {
    for (row, valid) in weights.chunks_exact_mut(kinds).zip(mask) {
        if *valid == 0.0 {
            let absent = if weighting == Weighting::Softmax { f32::NEG_INFINITY } else { 0.0 };
            row.fill(absent);
        }
    }
    if weighting == Weighting::Scores {
        return;
    }
    for kind in 0..kinds {
        let largest = weights.iter().skip(kind).step_by(kinds).fold(f32::NEG_INFINITY, |a, b| a.max(*b));
        let mut sum = 0.0;
        for weight in weights.iter_mut().skip(kind).step_by(kinds) {
            *weight = if *weight == f32::NEG_INFINITY { 0.0 } else { exp_negative(*weight - largest) };
            sum += *weight;
        }
        let scale = if sum == 0.0 { 0.0 } else { 1.0 / sum };
        weights.iter_mut().skip(kind).step_by(kinds).for_each(|weight| *weight *= scale);
    }
}

impl AttendKernel for Cpu {
    fn attend<const L: usize, const W: usize, const K: usize, T: Tape<f32, Self>>(
        x: Vectors<L, W, Self, T>,
        scores: Vectors<L, K, Self, T>,
        mask: &Mask<L, Self>,
        weighting: Weighting,
    ) -> Result<Vectors<K, W, Self, T>, CpuError> {
        let (x, tape) = x.split_tape();
        let (scores, other) = scores.split_tape();
        let mut tape = tape.merge(other);
        let rows = x.shape().0;
        let (input, mask) = (values(&x), values(mask));
        let mut weights = values(&scores);
        for_rows(&mut weights, L * K, 8 * L * K, |first, part| {
            let masks = mask[first * L..].chunks_exact(L);
            vectorized(|| {
                let records = part.chunks_exact_mut(L * K).zip(masks);
                records.for_each(|(weights, mask)| weigh(weights, mask, K, weighting));
            })
        });
        let mut output = vec![0.0; rows * K * W];
        for_rows(&mut output, K * W, 2 * L * K * W, |first, part| {
            vectorized(|| {
                let (inputs, weights) = (&input[first * L * W..], &weights[first * L * K..]);
                let records = inputs.chunks_exact(L * W).zip(weights.chunks_exact(L * K));
                for (output, (input, weights)) in part.chunks_exact_mut(K * W).zip(records) {
                    for (input, weights) in input.chunks_exact(W).zip(weights.chunks_exact(K)) {
                        for (output, weight) in output.chunks_exact_mut(W).zip(weights) {
                            if *weight != 0.0 {
                                add_scaled(output, *weight, input);
                            }
                        }
                    }
                }
            })
        });
        let y = tensor(x.device(), output, (rows, Const, Const))?;
        let result = y.clone();
        tape.add_backward_op(move |gradients| {
            let g = take_gradient(gradients, &y)?;
            for_rows(gradients.get_or_alloc_mut(&x)?, L * W, 2 * L * K * W, |first, part| {
                vectorized(|| {
                    let (weights, g) = (&weights[first * L * K..], &g[first * K * W..]);
                    let records = weights.chunks_exact(L * K).zip(g.chunks_exact(K * W));
                    for (into, (weights, g)) in part.chunks_exact_mut(L * W).zip(records) {
                        for (into, weights) in into.chunks_exact_mut(W).zip(weights.chunks_exact(K)) {
                            for (weight, g) in weights.iter().zip(g.chunks_exact(W)) {
                                add_scaled(into, *weight, g);
                            }
                        }
                    }
                })
            });
            let mut found = vec![0.0; rows * L * K];
            for_rows(&mut found, L * K, 2 * L * K * W, |first, part| {
                vectorized(
                    #[inline(always)]
                    || {
                        for (index, found) in part.chunks_exact_mut(L * K).enumerate() {
                            let at = first + index;
                            let (input, g) = (&input[at * L * W..], &g[at * K * W..(at + 1) * K * W]);
                            let mask = &mask[at * L..(at + 1) * L];
                            let positions = found.chunks_exact_mut(K).zip(input.chunks_exact(W)).zip(mask);
                            for ((found, input), valid) in positions {
                                if *valid != 0.0 {
                                    let sums = g.chunks_exact(W).map(|g| inner(g, input));
                                    found.iter_mut().zip(sums).for_each(|(found, sum)| *found = sum);
                                }
                            }
                            if weighting == Weighting::Softmax {
                                center(found, &weights[at * L * K..(at + 1) * L * K], K);
                            }
                        }
                    },
                )
            });
            add_gradient(gradients, &scores, &found)
        });
        Ok(result.put_tape(tape))
    }
}

/// Turns the gradients of the weights of a softmax into those of its scores: `w (g - sum w g)`.
#[inline(always)]
fn center(gradients: &mut [f32], weights: &[f32], kinds: usize) {
    let mut means = vec![0.0; kinds];
    for (g, weights) in gradients.chunks_exact(kinds).zip(weights.chunks_exact(kinds)) {
        means.iter_mut().zip(g.iter().zip(weights)).for_each(|(mean, (g, weight))| *mean += g * weight);
    }
    for (g, weights) in gradients.chunks_exact_mut(kinds).zip(weights.chunks_exact(kinds)) {
        g.iter_mut()
            .zip(weights.iter().zip(&means))
            .for_each(|(g, (weight, mean))| *g = weight * (*g - mean));
    }
}

/// `sum_t w_t x_t` over the valid positions `t` of a history, with weights `w` from a score for each position: those that a
/// network gives to `x_t` beside a target in deep interest networks (Zhou et al., KDD 2018). Zero for an empty history.
pub fn target_attention<const L: usize, const W: usize, D: Device, T: Recorder<D>>(
    history: Sequence<L, W, D, T>,
    scores: Sequence<L, 1, D, T>,
    weighting: Weighting,
) -> Result<Rows<W, D, T>, D::Err> {
    let mask = D::both(history.mask, &scores.mask)?;
    flatten(D::attend(history.values, scores.values, &mask, weighting)?)
}

/// `sum_t w_tk x_t` for each interest `k`, with `w_k` the softmax over the valid positions `t` of the scores for that interest:
/// the self-attentive interests of ComiRec (Cen et al., KDD 2020). Zero for an empty sequence.
pub fn multi_interest_attention<const L: usize, const W: usize, const K: usize, D, T>(
    x: Sequence<L, W, D, T>,
    scores: Sequence<L, K, D, T>,
) -> Result<Sequence<K, W, D, T>, D::Err>
where
    D: Device,
    T: Recorder<D>,
{
    let interests = D::attend(x.values, scores.values, &x.mask, Weighting::Softmax)?;
    sequence(positions(interests)?, &[])
}
