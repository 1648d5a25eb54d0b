//! Two layers from a width to another and back: alone, and as the residual unit of Deep Crossing (Shan et al., KDD 2016).

use dfdx::shapes::Dtype;
use dfdx::tensor::{Storage, WithEmptyTape};

use crate::ops::{Activation, Device, Linear, Rows, Tape, activate, add, dense};

/// Two layers, from `W` to `H` and back.
#[derive(Clone, Debug)]
pub struct ResidualUnit<const W: usize, const H: usize, E: Dtype, D: Storage<E>> {
    /// Layer of `H` units.
    pub hidden: Linear<W, H, E, D>,
    /// Back to the width of the input.
    pub output: Linear<H, W, E, D>,
}

weights!(ResidualUnit<W, H> { hidden: layer, output: layer });

/// `activation(x + output(activation(hidden(x))))`.
pub fn residual_unit<const W: usize, const H: usize, D: Device, T: Tape<f32, D>>(
    layer: &ResidualUnit<W, H, f32, D>,
    x: Rows<W, D, T>,
    activation: Activation,
) -> Result<Rows<W, D, T>, D::Err> {
    activate(add(x.with_empty_tape(), feed_forward(layer, x, activation)?)?, activation)
}

/// `output(activation(hidden(x)))`: what transformers do at each position (Vaswani et al., NeurIPS 2017).
pub fn feed_forward<const W: usize, const H: usize, D: Device, T: Tape<f32, D>>(
    layer: &ResidualUnit<W, H, f32, D>,
    x: Rows<W, D, T>,
    activation: Activation,
) -> Result<Rows<W, D, T>, D::Err> {
    dense(&layer.output, dense(&layer.hidden, x, activation)?, Activation::Linear)
}
