//! Losses of classes and of ordered levels.

use dfdx::shapes::{Axis, HasShape};
use dfdx::tensor::PutTape;
use dfdx::tensor_ops::{Device as Tensors, ReshapeTo, SumTo, TryMul};

use super::call::{Objective, of_rows};
use super::pointwise::{plain_softplus, row_factors};
use super::{Loss, exponentiate, largest};
use crate::ops::logistic::{sigmoid, softplus};
use crate::ops::scratch::Scratch;
use crate::ops::{Device, Reduction, Rows, Tape};

/// Cross-entropy of the softmax of `width` logits and smoothed classes.
struct Classes {
    width: usize,
    labels: Vec<f32>,
    smoothing: f32,
    factors: Vec<f32>,
}

impl Objective for Classes {
    fn cost(&self) -> usize {
        4 * self.width
    }

    fn sum(
        &self,
        first: usize,
        rows: usize,
        inputs: &[&[f32]],
        into: &mut [&mut [f32]],
        scratch: &mut Scratch,
    ) -> f64 {
        let rows = first..first + rows;
        let known = self.labels[rows.clone()].iter().zip(&self.factors[rows]);
        let mut into = into[0].chunks_exact_mut(self.width);
        let (_, [shares]) = scratch.split([self.width]);
        let (rest, own) = (self.smoothing / self.width as f32, 1.0 - self.smoothing);
        let mut total = 0.0;
        for (logits, (&label, &factor)) in inputs[0].chunks_exact(self.width).zip(known) {
            let most = largest(logits);
            shares.copy_from_slice(logits);
            let sum = exponentiate(shares, most);
            let label = label as usize;
            let mean: f32 = logits.iter().map(|logit| logit - most).sum::<f32>() * rest;
            let loss = sum.ln() - own * (logits[label] - most) - mean;
            total += f64::from(factor * loss);
            if let Some(into) = into.next() {
                for (into, share) in into.iter_mut().zip(&*shares) {
                    *into += factor * (share / sum - rest);
                }
                into[label] -= factor * own;
            }
        }
        total
    }
}

/// Cross-entropy of the softmax of logits, one for each class, and labels that are indices of classes. A share `smoothing` of
/// each label is divided among all classes. Szegedy et al., "Rethinking the inception architecture", CVPR 2016.
pub fn class_softmax<const C: usize, D: Device, T: Tape<f32, D>>(
    logits: Rows<C, D, T>,
    labels: &[f32],
    smoothing: f32,
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    let factors = row_factors(labels.len(), weights, reduction);
    let objective = Classes { width: C, labels: labels.to_vec(), smoothing, factors: factors.clone() };
    of_rows(logits, objective, |logits| plain_classes(logits, labels, smoothing, &factors))
}

/// Plain formulation of the cross-entropy.
pub(crate) fn plain_classes<const C: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    logits: Rows<C, D, T>,
    labels: &[f32],
    smoothing: f32,
    factors: &[f32],
) -> Result<Loss<D, T>, D::Err> {
    let wanted = labels.iter().zip(factors).flat_map(|(&label, factor)| {
        let of_class = move |class: usize| {
            let own = if class == label as usize { 1.0 - smoothing } else { 0.0 };
            -factor * (own + smoothing / C as f32)
        };
        (0..C).map(of_class)
    });
    let wanted = logits.device().try_tensor_from_vec(wanted.collect(), *logits.shape())?;
    logits.try_log_softmax::<Axis<1>>()?.try_mul(wanted.put_tape(T::default()))?.try_sum()
}

/// Cross-entropy of each logit and whether the level is above its own.
struct Levels {
    width: usize,
    labels: Vec<f32>,
    factors: Vec<f32>,
}

impl Objective for Levels {
    fn cost(&self) -> usize {
        2 * self.width
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
        let known = self.labels[rows.clone()].iter().zip(&self.factors[rows]);
        let mut into = into[0].chunks_exact_mut(self.width);
        let mut total = 0.0;
        for (logits, (&label, &factor)) in inputs[0].chunks_exact(self.width).zip(known) {
            let above = |level: usize| f32::from(u8::from(label > level as f32));
            let losses = logits.iter().enumerate().map(|(level, &z)| softplus(z) - above(level) * z);
            total += f64::from(factor * losses.sum::<f32>());
            if let Some(into) = into.next() {
                for (level, (into, &z)) in into.iter_mut().zip(logits).enumerate() {
                    *into += factor * (sigmoid(z) - above(level));
                }
            }
        }
        total
    }
}

/// Sum of the binary cross-entropies of logits, one for each level but the last, and whether the label is above that level.
/// Cao, Mirjalili & Raschka, "Rank consistent ordinal regression for neural networks", Pattern Recognition Letters 2020.
pub fn ordinal<const L: usize, D: Device, T: Tape<f32, D>>(
    logits: Rows<L, D, T>,
    labels: &[f32],
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    let factors = row_factors(labels.len(), weights, reduction);
    let objective = Levels { width: L, labels: labels.to_vec(), factors: factors.clone() };
    of_rows(logits, objective, |logits| plain_levels(logits, labels, &factors))
}

/// Plain formulation of the cross-entropies of levels.
pub(crate) fn plain_levels<const L: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    logits: Rows<L, D, T>,
    labels: &[f32],
    factors: &[f32],
) -> Result<Loss<D, T>, D::Err> {
    let rows = logits.shape().0;
    let of_levels = |is_wanted: fn(f32, f32) -> bool| {
        let rows = labels.iter().zip(factors);
        let factor = move |(&label, &factor): (&f32, &f32)| {
            (0..L).map(move |level| if is_wanted(label, level as f32) { factor } else { 0.0 })
        };
        rows.flat_map(factor).collect()
    };
    let (above, below) = (of_levels(|label, level| label > level), of_levels(|label, level| label <= level));
    plain_softplus(logits.try_reshape_like(&(rows * L,))?, above, below)
}
