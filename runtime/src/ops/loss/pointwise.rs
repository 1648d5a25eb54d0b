//! Losses of single scores and of pairs of them.

use dfdx::shapes::HasShape;
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Tape};
use dfdx::tensor_ops::{Device as Tensors, SumTo, TryAdd, TryMul, TrySub};

use super::{Loss, Reduction};
use crate::ops::host::{tensor, values};
use crate::ops::logistic::{sigmoid, softplus};
use crate::ops::{Device, Recorder, Scores};

/// Softplus losses of a device.
pub trait PointwiseKernel: Tensors<f32> {
    /// `sum_i positive_i softplus(-z_i) + negative_i softplus(z_i)`.
    fn softplus_loss<T: Tape<f32, Self>>(
        scores: Scores<Self, T>,
        positive: Vec<f32>,
        negative: Vec<f32>,
    ) -> Result<Loss<Self, T>, Self::Err> {
        plain(scores, positive, negative)
    }
}

#[cfg(feature = "cuda")]
impl PointwiseKernel for dfdx::tensor::Cuda {}

/// The loss in dfdx's own ops.
pub(crate) fn plain<D: Tensors<f32>, T: Tape<f32, D>>(
    scores: Scores<D, T>,
    positive: Vec<f32>,
    negative: Vec<f32>,
) -> Result<Loss<D, T>, D::Err> {
    let device = scores.device().clone();
    let (scores, tape) = scores.split_tape();
    let shape = *scores.shape();
    // softplus(z) = (z + |z|) / 2 + log(1 + e^-|z|), which has the right slope at 0 too, and softplus(-z) = softplus(z) - z.
    let tail = scores.retaped::<T>().try_abs()?.try_negate()?.try_exp()?.try_add(1.0)?.try_ln()?;
    let above = scores.retaped::<T>().try_abs()?.try_add(scores.retaped::<T>())?.try_mul(0.5)?;
    let softplus = above.try_add(tail)?;
    let both = positive.iter().zip(&negative).map(|(p, n)| p + n).collect();
    let both = device.try_tensor_from_vec(both, shape)?.put_tape(T::default());
    let positive = device.try_tensor_from_vec(positive, shape)?.put_tape(T::default());
    let linear = scores.put_tape(tape).try_mul(positive)?;
    softplus.try_mul(both)?.try_sub(linear)?.try_sum()
}

impl PointwiseKernel for Cpu {
    fn softplus_loss<T: Tape<f32, Self>>(
        scores: Scores<Self, T>,
        positive: Vec<f32>,
        negative: Vec<f32>,
    ) -> Result<Loss<Self, T>, CpuError> {
        let (scores, mut tape) = scores.split_tape();
        let z = values(&scores);
        let coefficients = || z.iter().zip(positive.iter().zip(&negative));
        let total: f64 =
            coefficients().map(|(&z, (p, n))| f64::from(p * softplus(-z)) + f64::from(n * softplus(z))).sum();
        let loss = tensor(scores.device(), vec![total as f32], ())?;
        let result = loss.clone();
        if T::OWNS_TAPE {
            let slopes: Vec<f32> =
                coefficients().map(|(&z, (p, n))| n * sigmoid(z) - p * sigmoid(-z)).collect();
            tape.add_backward_op(move |gradients| {
                let g = gradients.get_or_alloc_mut(&loss)?[0];
                for (target, slope) in gradients.get_or_alloc_mut(&scores)?.iter_mut().zip(&slopes) {
                    *target += g * slope;
                }
                Ok(())
            });
        }
        Ok(result.put_tape(tape))
    }
}

/// Binary cross-entropy of scores (logits) against labels between 0 and 1, with a weight per row where given.
pub fn bce<D: Device, T: Recorder<D>>(
    scores: Scores<D, T>,
    labels: &[f32],
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    weighted_bce(scores, labels, 1.0, weights, reduction)
}

/// Binary cross-entropy in which positive labels count `pos_weight` times.
pub fn weighted_bce<D: Device, T: Recorder<D>>(
    scores: Scores<D, T>,
    labels: &[f32],
    pos_weight: f32,
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    let factors = row_factors(labels.len(), weights, reduction);
    let positive = labels.iter().zip(&factors).map(|(label, factor)| factor * pos_weight * label).collect();
    let negative = labels.iter().zip(&factors).map(|(label, factor)| factor * (1.0 - label)).collect();
    D::softplus_loss(scores, positive, negative)
}

/// Bayesian personalised ranking: `softplus(negative - positive)`.
pub fn bpr<D: Device, T: Recorder<D>>(
    positive: Scores<D, T>,
    negative: Scores<D, T>,
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    let factors = row_factors(positive.shape().0, weights, reduction);
    let zeros = vec![0.0; factors.len()];
    D::softplus_loss(positive.try_sub(negative)?, factors, zeros)
}

/// `max(0, positive - negative + margin)` of two distances: the negative is to be the farther one, by the margin.
pub fn hinge<D: Device, T: Recorder<D>>(
    positive: Scores<D, T>,
    negative: Scores<D, T>,
    margin: f32,
    weights: Option<&[f32]>,
    reduction: Reduction,
) -> Result<Loss<D, T>, D::Err> {
    let (device, shape) = (positive.device().clone(), *positive.shape());
    let excess = positive.try_sub(negative)?.try_add(margin)?.try_relu()?;
    if shape.0 == 0 {
        return Ok(device.try_zeros()?.put_tape(excess.split_tape().1));
    }
    let factors = device.try_tensor_from_vec(row_factors(shape.0, weights, reduction), shape)?;
    excess.try_mul(factors.put_tape(T::default()))?.try_sum()
}

fn row_factors(rows: usize, weights: Option<&[f32]>, reduction: Reduction) -> Vec<f32> {
    let factor = reduction.factor(rows);
    weights
        .map_or_else(|| vec![factor; rows], |weights| weights.iter().map(|weight| weight * factor).collect())
}
