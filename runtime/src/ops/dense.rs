//! Dense layers: matrix product, bias and activation in one pass.

pub(crate) mod activation;
mod dice;
mod dropout;
mod linear;
pub(crate) mod number_embedding;
pub(crate) mod prelu;
mod two_layers;

use std::ops::Range;

use dfdx::shapes::{Const, HasShape};
use dfdx::tensor::{PutTape, SplitTape};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, PermuteTo, TryAdd, TryMatMul};

pub use activation::{Activation, activate};
pub use dice::{Dice, dice};
pub use dropout::{DropoutMask, dropout};
pub use linear::{Affine, Linear, UnbiasedLinear};
pub use number_embedding::{NumberEmbedding, embed_numbers};
pub use prelu::{Prelu, prelu};
pub use two_layers::{ResidualUnit, feed_forward, residual_unit};

use super::call::Call;
use super::matmul::View;
use super::op::{Forward, Op, Saved, Scratch};
use super::parallel::{add_scaled, vectorized};
use super::{Device, Rows, Tape};

/// `activation(x weight^T + bias)`; inputs are `x`, `weight^T`, `weight` and, if the layer has it, `bias`.
#[derive(Clone, Copy)]
struct Dense {
    inputs: usize,
    outputs: usize,
    activation: Activation,
}

impl Op for Dense {
    fn cost(&self) -> usize {
        2 * self.inputs * self.outputs
    }

    fn saved(&self) -> Saved {
        match self.activation {
            Activation::Linear => Saved::INPUTS,
            activation if activation.needs_input() => Saved::INPUTS.numbers(self.outputs),
            _ => Saved::INPUTS.output(),
        }
    }

    fn forward(
        &self,
        rows: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        saved: &mut [f32],
        scratch: &mut Scratch,
    ) {
        let rows = rows.len();
        let x = View::new(inputs[0], rows, self.inputs);
        let weight = View::new(inputs[1], self.inputs, self.outputs);
        let products = scratch.products();
        match inputs.get(3) {
            Some(bias) => output.chunks_exact_mut(self.outputs).for_each(|row| row.copy_from_slice(bias)),
            None => output.fill(0.0),
        }
        products.add(1.0, x, weight, output, self.outputs);
        if self.activation.needs_input() {
            saved.copy_from_slice(output);
        }
        activation::apply(self.activation, output);
    }

    fn backward(
        &self,
        rows: usize,
        forward: &Forward<'_>,
        g: &mut [f32],
        into: &mut [&mut [f32]],
        scratch: &mut Scratch,
    ) {
        let saved = if self.activation.needs_input() { forward.saved } else { forward.output };
        activation::differentiate(self.activation, g, saved);
        let x = View::new(forward.inputs[0], rows, self.inputs);
        let gradient = View::new(g, rows, self.outputs);
        let products = scratch.products();
        products.add(1.0, gradient.transposed(), x, into[2], self.inputs);
        if let Some(bias) = into.get_mut(3) {
            vectorized(|| g.chunks_exact(self.outputs).for_each(|row| add_scaled(bias, 1.0, row)));
        }
        let weight = View::new(forward.inputs[2], self.outputs, self.inputs);
        products.add(1.0, gradient, weight, into[0], self.inputs);
    }
}

/// Plain formulation of the layer.
pub(crate) fn plain_dense<const I: usize, const O: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    layer: &impl Affine<I, O, D>,
    x: Rows<I, D, T>,
    activation: Activation,
) -> Result<Rows<O, D, T>, D::Err> {
    let product = x.try_matmul(layer.weight().retaped::<T>().try_permute()?)?;
    let shape = *product.shape();
    let sum = match layer.bias() {
        Some(bias) => product.try_add(bias.retaped::<T>().try_broadcast_like(&shape)?)?,
        None => product,
    };
    activation::plain(sum, activation)
}

/// Dense layer: `activation(x weight^T + bias)`, with or without bias.
pub fn dense<const I: usize, const O: usize, D: Device, T: Tape<f32, D>>(
    layer: &impl Affine<I, O, D>,
    x: Rows<I, D, T>,
    activation: Activation,
) -> Result<Rows<O, D, T>, D::Err> {
    let (x, tape) = x.split_tape();
    let rows = x.shape().0;
    let op = Dense { inputs: I, outputs: O, activation };
    let call = Call::new(x.device(), op, rows).of(&x);
    let call = call.transposed(layer.weight()).shared_backward(layer.weight());
    let call = match layer.bias() {
        Some(bias) => call.shared(bias),
        None => call,
    };
    D::call(call, tape, (rows, Const), |tape| plain_dense(layer, x.put_tape(tape), activation))
}
