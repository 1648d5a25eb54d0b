//! Pointwise losses and losses of pairs of scores.

use dfdx::shapes::HasShape;
use dfdx::tensor::{PutTape, SplitTape};
use dfdx::tensor_ops::{Device as Tensors, SumTo, TryAdd, TryMul, TrySub};

use super::Loss;
use super::call::{Objective, of_rows};
use crate::ops::logistic::{sigmoid, softplus};
use crate::ops::rows::difference;
use crate::ops::scratch::Scratch;
use crate::ops::{Device, Reduction, Scores, Tape, shift};

/// `sum_i positive_i softplus(-z_i) + negative_i softplus(z_i)` of scores `z`.
struct Softplus {
    positive: Vec<f32>,
    negative: Vec<f32>,
}

impl Objective for Softplus {
    fn cost(&self) -> usize {
        1
    }

    fn sum(
        &self,
        first: usize,
        rows: usize,
        inputs: &[&[f32]],
        into: &mut [&mut [f32]],
        _: &mut Scratch,
    ) -> f64 {
        let rows = first..first + rows;
        let coefficients = self.positive[rows.clone()].iter().zip(&self.negative[rows]);
        let scores = inputs[0].iter().zip(coefficients);
        for (into, (&z, (p, n))) in into[0].iter_mut().zip(scores.clone()) {
            *into += n * sigmoid(z) - p * sigmoid(-z);
        }
        scores.map(|(&z, (p, n))| f64::from(p * softplus(-z)) + f64::from(n * softplus(z))).sum()
    }
}

/// `sum_i positive_i softplus(-z_i) + negative_i softplus(z_i)` of scores `z`.
pub(crate) fn softplus_loss<D: Device, T: Tape<f32, D>>(
    scores: Scores<D, T>,
    positive: Vec<f32>,
    negative: Vec<f32>,
) -> Result<Loss<D, T>, D::Err> {
    let objective = Softplus { positive: positive.clone(), negative: negative.clone() };
    of_rows(scores, objective, |scores| plain_softplus(scores, positive, negative))
}

/// Plain formulation of the loss.
pub(crate) fn plain_softplus<D: Tensors<f32>, T: Tape<f32, D>>(
    scores: Scores<D, T>,
    positive: Vec<f32>,
    negative: Vec<f32>,
) -> Result<Loss<D, T>, D::Err> {
    let device = scores.device().clone();
    let (scores, tape) = scores.split_tape();
    let shape = *scores.shape();
    // softplus(-z) = softplus(z) - z.
    let softplus = softplus_of(scores.retaped::<T>())?;
    let both = positive.iter().zip(&negative).map(|(p, n)| p + n).collect();
    let both = device.try_tensor_from_vec(both, shape)?.put_tape(T::default());
    let positive = device.try_tensor_from_vec(positive, shape)?.put_tape(T::default());
    let linear = scores.put_tape(tape).try_mul(positive)?;
    softplus.try_mul(both)?.try_sub(linear)?.try_sum()
}

/// `softplus(z) = (z + |z|) / 2 + log(1 + e^-|z|)`, which also has the right slope at 0.
fn softplus_of<D: Tensors<f32>, T: Tape<f32, D>>(z: Scores<D, T>) -> Result<Scores<D, T>, D::Err> {
    let (z, tape) = z.split_tape();
    let tail = z.retaped::<T>().try_abs()?.try_negate()?.try_exp()?.try_add(1.0)?.try_ln()?;
    let above = z.retaped::<T>().try_abs()?.try_add(z.put_tape(tape))?.try_mul(0.5)?;
    above.try_add(tail)
}

/// Factors of positives and of negatives of rows with labels from 0 to 1.
fn label_factors(labels: &[f32], pos_weight: f32, factors: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let rows = labels.iter().zip(factors);
    rows.map(|(label, factor)| (factor * pos_weight * label, factor * (1.0 - label))).unzip()
}

/// Binary cross-entropy of scores (logits) and labels from 0 to 1, with optional row weights.
pub fn bce<D: Device, T: Tape<f32, D>>(
    scores: Scores<D, T>,
    labels: &[f32],
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    weighted_bce(scores, labels, 1.0, weights, reduction)
}

/// Binary cross-entropy with weight `pos_weight` for positive labels.
pub fn weighted_bce<D: Device, T: Tape<f32, D>>(
    scores: Scores<D, T>,
    labels: &[f32],
    pos_weight: f32,
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    let factors = row_factors(labels.len(), weights, reduction);
    let (positive, negative) = label_factors(labels, pos_weight, &factors);
    softplus_loss(scores, positive, negative)
}

/// Bayesian personalized ranking: `softplus(negative - positive)`.
pub fn bpr<D: Device, T: Tape<f32, D>>(
    positive: Scores<D, T>,
    negative: Scores<D, T>,
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    let factors = row_factors(positive.shape().0, weights, reduction);
    let zeros = vec![0.0; factors.len()];
    softplus_loss(difference(positive, negative)?, factors, zeros)
}

/// `sum_i factor_i max(0, x_i)`.
struct Positive {
    factors: Vec<f32>,
}

impl Objective for Positive {
    fn cost(&self) -> usize {
        1
    }

    fn sum(
        &self,
        first: usize,
        rows: usize,
        inputs: &[&[f32]],
        into: &mut [&mut [f32]],
        _: &mut Scratch,
    ) -> f64 {
        let above = inputs[0].iter().zip(&self.factors[first..first + rows]);
        for (into, (_, factor)) in into[0].iter_mut().zip(above.clone()).filter(|(_, (x, _))| **x > 0.0) {
            *into += factor;
        }
        above.map(|(x, factor)| f64::from(factor * x.max(0.0))).sum()
    }
}

/// Plain formulation of the sum of positive parts.
pub(crate) fn plain_positive<D: Tensors<f32>, T: Tape<f32, D>>(
    x: Scores<D, T>,
    factors: Vec<f32>,
) -> Result<Loss<D, T>, D::Err> {
    let factors = x.device().try_tensor_from_vec(factors, *x.shape())?;
    x.try_relu()?.try_mul(factors.put_tape(T::default()))?.try_sum()
}

/// `max(0, margin - positive + negative)` of two scores: the positive should be larger by the margin.
pub fn hinge<D: Device, T: Tape<f32, D>>(
    positive: Scores<D, T>,
    negative: Scores<D, T>,
    margin: f32,
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    triplet(negative, positive, margin, weights, reduction)
}

/// `max(0, positive - negative + margin)` of two distances: the negative should be farther by the margin.
pub fn triplet<D: Device, T: Tape<f32, D>>(
    positive: Scores<D, T>,
    negative: Scores<D, T>,
    margin: f32,
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    let excess = shift(difference(positive, negative)?, margin)?;
    let factors = row_factors(excess.shape().0, weights, reduction);
    let objective = Positive { factors: factors.clone() };
    of_rows(excess, objective, |excess| plain_positive(excess, factors))
}

/// Binary cross-entropy in which a row weighs less the better its probability `p` is: `pos_weight (1 - p)^gamma` for a
/// positive and `p^gamma` for a negative. Lin et al., "Focal loss for dense object detection", ICCV 2017.
pub fn focal<D: Device, T: Tape<f32, D>>(
    scores: Scores<D, T>,
    labels: &[f32],
    gamma: f32,
    pos_weight: f32,
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    let factors = row_factors(labels.len(), weights, reduction);
    let (positive, negative) = label_factors(labels, pos_weight, &factors);
    let objective = Focal { gamma, positive: positive.clone(), negative: negative.clone() };
    of_rows(scores, objective, |scores| plain_focal(scores, gamma, positive, negative))
}

/// `sum_i positive_i sigmoid(-z_i)^gamma softplus(-z_i) + negative_i sigmoid(z_i)^gamma softplus(z_i)` of scores `z`.
struct Focal {
    gamma: f32,
    positive: Vec<f32>,
    negative: Vec<f32>,
}

impl Focal {
    /// Returns `sigmoid(z)^gamma softplus(z)` and its slope.
    #[inline(always)]
    fn of(&self, z: f32) -> (f32, f32) {
        let (log_loss, log_share) = (softplus(z), softplus(-z));
        let share = (-self.gamma * log_share).exp();
        (share * log_loss, share * (self.gamma * sigmoid(-z) * log_loss + sigmoid(z)))
    }
}

impl Objective for Focal {
    fn cost(&self) -> usize {
        4
    }

    fn sum(
        &self,
        first: usize,
        rows: usize,
        inputs: &[&[f32]],
        into: &mut [&mut [f32]],
        _: &mut Scratch,
    ) -> f64 {
        let rows = first..first + rows;
        let coefficients = self.positive[rows.clone()].iter().zip(&self.negative[rows]);
        let scores = inputs[0].iter().zip(coefficients);
        for (into, (&z, (p, n))) in into[0].iter_mut().zip(scores.clone()) {
            *into += n * self.of(z).1 - p * self.of(-z).1;
        }
        scores.map(|(&z, (p, n))| f64::from(p * self.of(-z).0) + f64::from(n * self.of(z).0)).sum()
    }
}

/// Plain formulation of the loss.
pub(crate) fn plain_focal<D: Tensors<f32>, T: Tape<f32, D>>(
    scores: Scores<D, T>,
    gamma: f32,
    positive: Vec<f32>,
    negative: Vec<f32>,
) -> Result<Loss<D, T>, D::Err> {
    let (device, shape) = (scores.device().clone(), *scores.shape());
    let (scores, tape) = scores.split_tape();
    let half = |z: Scores<D, T>, factors: Vec<f32>| {
        let (z, tape) = z.split_tape();
        let share = softplus_of(z.retaped::<T>().try_negate()?)?.try_mul(-gamma)?.try_exp()?;
        let factors = device.try_tensor_from_vec(factors, shape)?.put_tape(T::default());
        softplus_of(z.put_tape(tape))?.try_mul(share)?.try_mul(factors)
    };
    let of_negatives = half(scores.retaped::<T>(), negative)?;
    let of_positives = half(scores.put_tape(tape).try_negate()?, positive)?;
    of_positives.try_add(of_negatives)?.try_sum()
}

/// Factors of the losses of rows.
pub(super) fn row_factors(rows: usize, weights: Option<&[f32]>, reduction: Reduction) -> Vec<f32> {
    let factor = reduction.factor(rows);
    weights
        .map_or_else(|| vec![factor; rows], |weights| weights.iter().map(|weight| weight * factor).collect())
}
