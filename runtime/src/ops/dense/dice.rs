//! Data-adaptive activation of DIN (Zhou et al., KDD 2018): a gate that depends on the batch mean of its
//! column.

use dfdx::shapes::Rank1;
use dfdx::tensor::{Storage, Tensor, WithEmptyTape};

use crate::ops::norm::batch::{standardize, update_running_statistics};
use crate::ops::rows::columns::scale_and_shift;
use crate::ops::rows::difference;
use crate::ops::{Activation, Device, Pass, Rows, Tape, activate, add, mul};

/// Slope of closed gates, and running statistics.
#[derive(Clone, Debug)]
pub struct Dice<const W: usize, D: Storage<f32>> {
    /// Slope of each column for a closed gate; initially 0.
    pub alpha: Tensor<Rank1<W>, f32, D>,
    /// Running mean of each column, for inference.
    pub running_mean: Tensor<Rank1<W>, f32, D>,
    /// Running variance of each column, for inference.
    pub running_var: Tensor<Rank1<W>, f32, D>,
}

weights!(Dice<W> { alpha: Zeros, running_mean: FixedZeros, running_var: FixedOnes });

impl<const W: usize, D: Device> Dice<W, D> {
    /// Updates the running statistics: `momentum * old + (1 - momentum) * batch`.
    pub fn update_running_statistics(&mut self, layer: &str, momentum: f32, pass: &mut Pass<D>) {
        update_running_statistics(&mut self.running_mean, &mut self.running_var, layer, momentum, pass);
    }
}

/// `p x + (1 - p) alpha x` with `p = sigmoid((x - mean) / sqrt(variance + epsilon))`; batch statistics in
/// training, running statistics otherwise.
pub fn dice<const W: usize, D: Device, T: Tape<f32, D>>(
    layer: &Dice<W, D>,
    name: &'static str,
    x: Rows<W, D, T>,
    epsilon: f32,
    pass: &mut Pass<D>,
) -> Result<Rows<W, D, T>, D::Err> {
    let running = (&layer.running_mean, &layer.running_var);
    let gate =
        activate(standardize(running, name, x.with_empty_tape(), epsilon, pass)?, Activation::Sigmoid)?;
    let open = mul(gate, x.with_empty_tape())?;
    let closed = difference(x, open.with_empty_tape())?;
    let leaked = scale_and_shift(closed, Some(&layer.alpha), None)?;
    add(open, leaked)
}
