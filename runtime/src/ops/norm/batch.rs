//! Batch normalization of rows.

use dfdx::shapes::{Axis, HasShape, Rank1};
use dfdx::tensor::{PutTape, SplitTape, Storage, Tensor};
use dfdx::tensor_ops::{BroadcastTo, MeanTo, TryAdd, TryDiv, TryMul, TrySub};

use crate::ops::{BatchStatistics, Device, Pass, Rows, Tape};

/// Scale, shift and running statistics of a batch normalization.
#[derive(Clone, Debug)]
pub struct BatchNorm<const W: usize, D: Storage<f32>> {
    /// Scale of each column; initially 1.
    pub weight: Tensor<Rank1<W>, f32, D>,
    /// Shift of each column; initially 0.
    pub bias: Tensor<Rank1<W>, f32, D>,
    /// Running mean of each column, for inference.
    pub running_mean: Tensor<Rank1<W>, f32, D>,
    /// Running variance of each column, for inference.
    pub running_var: Tensor<Rank1<W>, f32, D>,
}

weights!(BatchNorm<W> { weight: Ones, bias: Zeros, running_mean: FixedZeros, running_var: FixedOnes });

impl<const W: usize, D: Device> BatchNorm<W, D> {
    /// Updates the running statistics: `momentum * old + (1 - momentum) * batch`.
    pub fn update_running_statistics(&mut self, layer: &str, momentum: f32, pass: &mut Pass<D>) {
        update_running_statistics(&mut self.running_mean, &mut self.running_var, layer, momentum, pass);
    }
}

/// Updates running statistics.
pub(crate) fn update_running_statistics<const W: usize, D: Device>(
    mean: &mut Tensor<Rank1<W>, f32, D>,
    variance: &mut Tensor<Rank1<W>, f32, D>,
    layer: &str,
    momentum: f32,
    pass: &mut Pass<D>,
) {
    while let Some(batch) = pass.take_statistics(layer) {
        blend(mean, &batch.mean, momentum);
        blend(variance, &batch.variance, momentum);
    }
}

fn blend<const W: usize, D: Device>(running: &mut Tensor<Rank1<W>, f32, D>, batch: &[f32], momentum: f32) {
    let mut values = running.as_vec();
    for (old, new) in values.iter_mut().zip(batch) {
        *old = momentum * *old + (1.0 - momentum) * new;
    }
    running.copy_from(&values);
}

/// Normalizes each column, in training by batch statistics, otherwise by running statistics.
pub(crate) fn standardize<const W: usize, D: Device, T: Tape<f32, D>>(
    (running_mean, running_var): (&Tensor<Rank1<W>, f32, D>, &Tensor<Rank1<W>, f32, D>),
    name: &'static str,
    x: Rows<W, D, T>,
    epsilon: f32,
    pass: &mut Pass<D>,
) -> Result<Rows<W, D, T>, D::Err> {
    let shape = *x.shape();
    let (x, tape) = x.split_tape();
    // An empty batch has no statistics.
    let (centered, variance) = if pass.is_training() && shape.0 > 0 {
        let mean = x.retaped::<T>().try_mean::<_, Axis<0>>()?;
        let mean_values = mean.as_vec();
        let centered = x.put_tape(tape).try_sub(mean.try_broadcast_like(&shape)?)?;
        let variance = centered.retaped::<T>().try_square()?.try_mean::<_, Axis<0>>()?;
        pass.record(BatchStatistics { layer: name, mean: mean_values, variance: variance.as_vec() });
        (centered, variance)
    } else {
        let mean = running_mean.retaped::<T>().try_broadcast_like(&shape)?;
        (x.put_tape(tape).try_sub(mean)?, running_var.retaped::<T>())
    };
    let deviation = variance.try_add(epsilon)?.try_sqrt()?;
    centered.try_div(deviation.try_broadcast_like(&shape)?)
}

/// Normalizes each column, in training by batch statistics, otherwise by running statistics; then scales and
/// shifts it.
pub fn batch_norm<const W: usize, D: Device, T: Tape<f32, D>>(
    layer: &BatchNorm<W, D>,
    name: &'static str,
    x: Rows<W, D, T>,
    epsilon: f32,
    pass: &mut Pass<D>,
) -> Result<Rows<W, D, T>, D::Err> {
    let shape = *x.shape();
    let unit = standardize((&layer.running_mean, &layer.running_var), name, x, epsilon, pass)?;
    let scaled = unit.try_mul(layer.weight.retaped::<T>().try_broadcast_like(&shape)?)?;
    scaled.try_add(layer.bias.retaped::<T>().try_broadcast_like(&shape)?)
}
