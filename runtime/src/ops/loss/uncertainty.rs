//! Sum of the losses of tasks with learned weights.

use dfdx::shapes::{Const, Rank1};
use dfdx::tensor::{PutTape, Storage, Tensor};
use dfdx::tensor_ops::{Device as Tensors, SumTo, TryAdd, TryMul, TryStack};

use super::Loss;
use super::total::split_losses;
use crate::ops::{Device, Pass, Tape};

/// Log variance of each task; initially 0.
#[derive(Clone, Debug)]
pub struct TaskWeights<const N: usize, D: Storage<f32>> {
    /// Log variances.
    pub log_variance: Tensor<Rank1<N>, f32, D>,
}

weights!(TaskWeights<N> { log_variance: Zeros });

/// Plain formulation of the sum.
pub(crate) fn plain<const N: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    weights: &TaskWeights<N, D>,
    losses: [Loss<D, T>; N],
    factors: [f32; N],
) -> Result<Loss<D, T>, D::Err> {
    let log_variances = || weights.log_variance.retaped::<T>();
    let losses: Tensor<Rank1<N>, f32, D, T> = losses.try_stack()?;
    let factors = weights.log_variance.device().try_tensor_from_vec(factors.to_vec(), (Const::<N>,))?;
    let precisions = log_variances().try_negate()?.try_exp()?;
    let weighted = losses.try_mul(precisions.try_mul(factors.put_tape(T::default()))?)?;
    weighted.try_add(log_variances().try_mul(0.5)?)?.try_sum()
}

/// Sum of `factor_t exp(-s_t) L_t + s_t / 2` over tasks with the losses `L_t` and the trained log variances `s_t`. The pass
/// keeps the losses, and their weights `factor_t exp(-s_t)`. Kendall, Gal & Cipolla, "Multi-task learning using uncertainty to
/// weigh losses for scene geometry and semantics", CVPR 2018.
pub fn total_by_uncertainty<const N: usize, D: Device, T: Tape<f32, D>>(
    weights: &TaskWeights<N, D>,
    losses: [Loss<D, T>; N],
    factors: [f32; N],
    pass: &mut Pass<D>,
) -> Result<Loss<D, T>, D::Err> {
    let (losses, mut tape) = split_losses(losses);
    if let Some(total) = tape.weighted_tasks(&losses, &weights.log_variance, &factors) {
        return Ok(total?.put_tape(tape));
    }
    pass.task_losses = losses.iter().map(|loss| loss.as_vec()[0]).collect();
    let log_variances = weights.log_variance.as_vec();
    pass.task_weights = factors.iter().zip(&log_variances).map(|(factor, s)| factor * (-s).exp()).collect();
    let mut tape = Some(tape);
    let losses = losses.map(|loss| loss.put_tape(tape.take().unwrap_or_default()));
    plain(weights, losses, factors)
}
