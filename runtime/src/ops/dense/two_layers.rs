//! Two dense layers, to a width and back: as the residual unit of Deep Crossing (Shan et al., KDD 2016), and
//! as a feed-forward block.

use dfdx::tensor::{Storage, WithEmptyTape};

use crate::ops::{Activation, Device, Linear, Rows, Tape, activate, add, dense};

/// Two layers, from `W` to `H` and back.
#[derive(Clone, Debug)]
pub struct ResidualUnit<const W: usize, const H: usize, D: Storage<f32>> {
    /// Layer of `H` units.
    pub hidden: Linear<W, H, D>,
    /// Layer back to the input width.
    pub output: Linear<H, W, D>,
}

weights!(ResidualUnit<W, H> { hidden: layer, output: layer });

/// `activation(x + output(activation(hidden(x))))`.
pub fn residual_unit<const W: usize, const H: usize, D: Device, T: Tape<f32, D>>(
    layer: &ResidualUnit<W, H, D>,
    x: Rows<W, D, T>,
    activation: Activation,
) -> Result<Rows<W, D, T>, D::Err> {
    activate(add(x.with_empty_tape(), feed_forward(layer, x, activation)?)?, activation)
}

/// `output(activation(hidden(x)))`: position-wise feed-forward network of a transformer (Vaswani et al.,
/// NeurIPS 2017).
pub fn feed_forward<const W: usize, const H: usize, D: Device, T: Tape<f32, D>>(
    layer: &ResidualUnit<W, H, D>,
    x: Rows<W, D, T>,
    activation: Activation,
) -> Result<Rows<W, D, T>, D::Err> {
    dense(&layer.output, dense(&layer.hidden, x, activation)?, Activation::Linear)
}
