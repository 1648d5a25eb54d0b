//! Weighted sums of the vectors of a sequence, the last step of every attention. The weights come from other
//! layers.

use std::ops::Range;

use dfdx::shapes::{Axes3, Axis, Const, HasShape, Shape as _};
use dfdx::tensor::{PutTape, SplitTape};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, PermuteTo, TryAdd, TryMatMul, TryMul, TrySub};

use super::dropped::{drop_gradients, drop_weights, saved_weights, used_weights};
use crate::ops::call::Call;
use crate::ops::loss::exp_negative;
use crate::ops::op::{Forward, Op, Saved, Scratch, records, records_mut};
use crate::ops::parallel::{add_scaled, inner, vectorized};
use crate::ops::sequence::both;
use crate::ops::{
    Device, DropoutMask, Mask, Rows, Sequence, Tape, Vectors, Weighting, flatten, positions, sequence,
};

/// Plain formulation of the weighted sums.
pub(crate) fn plain<const L: usize, const W: usize, const K: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Vectors<L, W, D, T>,
    scores: Vectors<L, K, D, T>,
    mask: &Mask<L, D>,
    weighting: Weighting,
    dropout: Option<DropoutMask>,
) -> Result<Vectors<K, W, D, T>, D::Err> {
    let valid: Vectors<L, K, D> = mask.clone().try_broadcast_like(scores.shape())?;
    let mut weights = match weighting {
        Weighting::Scores => scores.try_mul(valid)?,
        Weighting::Softmax => {
            let absent = valid.clone().try_sub(1.0)?.try_mul(1e30)?;
            scores.try_mul(valid.clone())?.try_add(absent)?.try_softmax::<Axis<1>>()?.try_mul(valid)?
        }
    };
    if let Some(mask) = dropout {
        let mut factors = vec![0.0; weights.shape().num_elements()];
        mask.fill(0, &mut factors);
        let factors: Vectors<L, K, D> = weights.device().try_tensor_from_vec(factors, *weights.shape())?;
        weights = weights.try_mul(factors)?;
    }
    weights.try_permute::<_, Axes3<0, 2, 1>>()?.try_matmul(x)
}

/// Converts scores `[L, K]` to weights `[L, K]`; zero where masked.
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

/// Weighted sums; inputs are the vectors `x`, `scores` and the mask. Saves the weights of each record and, with dropout,
/// after them those that are not dropped.
struct WeightedSums {
    length: usize,
    kinds: usize,
    width: usize,
    weighting: Weighting,
    dropout: Option<DropoutMask>,
}

impl WeightedSums {
    /// Number of weights of a record.
    fn weights(&self) -> usize {
        self.length * self.kinds
    }
}

impl Op for WeightedSums {
    fn cost(&self) -> usize {
        2 * self.length * self.kinds * self.width
    }

    fn saved(&self) -> Saved {
        Saved::INPUTS.numbers(saved_weights(self.weights(), self.dropout))
    }

    fn forward(
        &self,
        rows: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        saved: &mut [f32],
        _: &mut Scratch,
    ) {
        let first = rows.start;
        let rows = rows.len();
        output.fill(0.0);
        let [x, scores, mask] = [0, 1, 2].map(|input| records(inputs[input], rows));
        let found = records_mut(saved, rows).zip(x.zip(scores).zip(mask)).zip(records_mut(output, rows));
        vectorized(|| {
            for (row, ((saved, ((x, scores), mask)), output)) in (first..).zip(found) {
                let (weights, used) = saved.split_at_mut(self.weights());
                weights.copy_from_slice(scores);
                weigh(weights, mask, self.kinds, self.weighting);
                let weights = drop_weights(self.dropout, row, weights, used);
                for (x, weights) in x.chunks_exact(self.width).zip(weights.chunks_exact(self.kinds)) {
                    let sums = output.chunks_exact_mut(self.width).zip(weights);
                    sums.filter(|(_, weight)| **weight != 0.0)
                        .for_each(|(sum, weight)| add_scaled(sum, *weight, x));
                }
            }
        });
    }

    fn backward(
        &self,
        rows: usize,
        forward: &Forward<'_>,
        g: &mut [f32],
        into: &mut [&mut [f32]],
        scratch: &mut Scratch,
    ) {
        let (width, kinds) = (self.width, self.kinds);
        let [of_x, of_scores, _] = into else { return };
        let inputs = records(forward.inputs[0], rows).zip(records(forward.inputs[2], rows));
        let inputs = inputs.zip(records(forward.saved, rows)).zip(records(g, rows));
        let gradients = records_mut(of_x, rows).zip(records_mut(of_scores, rows));
        let (_, [found, means]) = scratch.split([self.length * kinds, kinds]);
        vectorized(
            #[inline(always)]
            || {
                for ((((x, mask), saved), g), (of_x, of_scores)) in inputs.zip(gradients) {
                    let (weights, used) = (&saved[..self.weights()], used_weights(saved, self.weights()));
                    found.fill(0.0);
                    let positions = x.chunks_exact(width).zip(of_x.chunks_exact_mut(width)).zip(mask);
                    let scored = found.chunks_exact_mut(kinds).zip(used.chunks_exact(kinds));
                    for (((x, into), valid), (found, weights)) in positions.zip(scored) {
                        for (weight, g) in weights.iter().zip(g.chunks_exact(width)) {
                            add_scaled(into, *weight, g);
                        }
                        if *valid != 0.0 {
                            let sums = g.chunks_exact(width).map(|g| inner(g, x));
                            found.iter_mut().zip(sums).for_each(|(found, sum)| *found = sum);
                        }
                    }
                    drop_gradients(self.dropout, used, found);
                    if self.weighting == Weighting::Softmax {
                        center(found, weights, means);
                    }
                    add_scaled(of_scores, 1.0, found);
                }
            },
        );
    }
}

/// `sum_t w_tk x_t` for each `k`, over the valid positions `t`.
pub(crate) fn attend<const L: usize, const W: usize, const K: usize, D: Device, T: Tape<f32, D>>(
    x: Vectors<L, W, D, T>,
    scores: Vectors<L, K, D, T>,
    mask: &Mask<L, D>,
    weighting: Weighting,
    dropout: Option<DropoutMask>,
) -> Result<Vectors<K, W, D, T>, D::Err> {
    let (x, tape) = x.split_tape();
    let (scores, other) = scores.split_tape();
    let rows = x.shape().0;
    let op = WeightedSums { length: L, kinds: K, width: W, weighting, dropout };
    let call = Call::new(x.device(), op, rows).of(&x).of(&scores).constant(mask);
    let plain = |tape| plain(x.put_tape(tape), scores.retaped(), mask, weighting, dropout);
    D::call(call, tape.merge(other), (rows, Const, Const), plain)
}

/// Converts gradients of softmax weights to gradients of the scores: `w (g - sum w g)`. `means` is a buffer of a
/// number for each kind.
#[inline(always)]
fn center(gradients: &mut [f32], weights: &[f32], means: &mut [f32]) {
    let kinds = means.len();
    means.fill(0.0);
    for (g, weights) in gradients.chunks_exact(kinds).zip(weights.chunks_exact(kinds)) {
        means.iter_mut().zip(g.iter().zip(weights)).for_each(|(mean, (g, weight))| *mean += g * weight);
    }
    for (g, weights) in gradients.chunks_exact_mut(kinds).zip(weights.chunks_exact(kinds)) {
        g.iter_mut()
            .zip(weights.iter().zip(&*means))
            .for_each(|(g, (weight, mean))| *g = weight * (*g - mean));
    }
}

/// `sum_t w_t x_t` over the valid positions `t` of a history, with weights `w` from a score for each
/// position, as in deep interest networks (Zhou et al., KDD 2018), where a network scores `x_t` and a target.
/// Zero for an empty history.
pub fn target_attention<const L: usize, const W: usize, D: Device, T: Tape<f32, D>>(
    history: Sequence<L, W, D, T>,
    scores: Sequence<L, 1, D, T>,
    weighting: Weighting,
) -> Result<Rows<W, D, T>, D::Err> {
    let mask = both(history.mask, &scores.mask)?;
    flatten(attend(history.values, scores.values, &mask, weighting, None)?)
}

/// `target_attention` whose weights are a softmax, with their dropout.
pub fn dropped_target_attention<const L: usize, const W: usize, D: Device, T: Tape<f32, D>>(
    history: Sequence<L, W, D, T>,
    scores: Sequence<L, 1, D, T>,
    dropout: Option<DropoutMask>,
) -> Result<Rows<W, D, T>, D::Err> {
    let mask = both(history.mask, &scores.mask)?;
    flatten(attend(history.values, scores.values, &mask, Weighting::Softmax, dropout)?)
}

/// `sum_t w_tk x_t` for each interest `k`, where `w_k` is the softmax of the scores of that interest over the
/// valid positions `t`: self-attentive interests of ComiRec (Cen et al., KDD 2020). Zero for an empty
/// sequence.
pub fn multi_interest_attention<const L: usize, const W: usize, const K: usize, D, T>(
    x: Sequence<L, W, D, T>,
    scores: Sequence<L, K, D, T>,
) -> Result<Sequence<K, W, D, T>, D::Err>
where
    D: Device,
    T: Tape<f32, D>,
{
    let interests = attend(x.values, scores.values, &x.mask, Weighting::Softmax, None)?;
    sequence(positions(interests)?, &[])
}
