//! Dense layers: matmul, bias and activation in one pass over the rows.

use dfdx::shapes::{Const, HasShape};
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Tape};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, PermuteTo, TryAdd, TryMatMul};

use super::activation::{self, Activation};
use super::host::{add_gradient, take_gradient, tensor, values};
use super::linear::Affine;
use super::matmul::{View, add_matmul, matmul};
use super::parallel::{add_scaled, for_rows, map_rows, vectorized};
use super::{Device, Recorder, Rows};

/// Dense layers of a device.
pub trait DenseKernel: Tensors<f32> {
    /// `activation(x weight^T + bias)`, the bias where the layer has one.
    fn dense<const I: usize, const O: usize, T: Tape<f32, Self>>(
        layer: &impl Affine<I, O, Self>,
        x: Rows<I, Self, T>,
        activation: Activation,
    ) -> Result<Rows<O, Self, T>, Self::Err> {
        plain(layer, x, activation)
    }
}

#[cfg(feature = "cuda")]
impl DenseKernel for dfdx::tensor::Cuda {}

/// The layer in dfdx's own ops.
pub(crate) fn plain<const I: usize, const O: usize, D: Tensors<f32>, T: Tape<f32, D>>(
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

impl DenseKernel for Cpu {
    fn dense<const I: usize, const O: usize, T: Tape<f32, Self>>(
        layer: &impl Affine<I, O, Self>,
        x: Rows<I, Self, T>,
        activation: Activation,
    ) -> Result<Rows<O, Self, T>, CpuError> {
        let (x, mut tape) = x.split_tape();
        let rows = x.shape().0;
        let (input, weight, bias) = (values(&x), values(layer.weight()), layer.bias().map(values));
        let keep_sums = T::OWNS_TAPE && activation.needs_input();
        let mut sums = vec![0.0; if keep_sums { rows * O } else { 0 }];
        let mut output = vec![0.0; rows * O];
        for_rows(&mut output, O, 2 * I * O, |first, part| {
            let count = part.len() / O;
            if let Some(bias) = &bias {
                part.chunks_exact_mut(O).for_each(|row| row.copy_from_slice(bias));
            }
            let x = View::new(&input[first * I..(first + count) * I], count, I);
            add_matmul(1.0, x, View::new(&weight, O, I).transposed(), part, O);
            if !keep_sums {
                activation.apply(part);
            }
        });
        if keep_sums {
            sums.copy_from_slice(&output);
            for_rows(&mut output, O, 16 * O, |_, part| activation.apply(part));
        }
        let y = tensor(x.device(), output, (rows, Const))?;
        let result = y.clone();
        let (layer_weight, layer_bias) = (layer.weight().clone(), layer.bias().cloned());
        tape.add_backward_op(move |gradients| {
            let saved = if keep_sums { sums } else { values(&y) };
            let mut g = take_gradient(gradients, &y)?;
            drop(y);
            let parts = map_rows(&mut g, O, 2 * I * O, |first, g| {
                let count = g.len() / O;
                activation.differentiate(g, &saved[first * O..(first + count) * O]);
                let mut weight = vec![0.0; O * I];
                let mut bias = vec![0.0; if bias.is_some() { O } else { 0 }];
                let x = View::new(&input[first * I..(first + count) * I], count, I);
                matmul(1.0, View::new(g, count, O).transposed(), x, &mut weight);
                vectorized(|| g.chunks_exact(O).for_each(|row| add_scaled(&mut bias, 1.0, row)));
                (weight, bias)
            });
            for (weight, bias) in &parts {
                add_gradient(gradients, &layer_weight, weight)?;
                if let Some(layer_bias) = &layer_bias {
                    add_gradient(gradients, layer_bias, bias)?;
                }
            }
            for_rows(gradients.get_or_alloc_mut(&x)?, I, 2 * I * O, |first, part| {
                let count = part.len() / I;
                let g = View::new(&g[first * O..(first + count) * O], count, O);
                add_matmul(1.0, g, View::new(&weight, O, I), part, I);
            });
            Ok(())
        });
        Ok(result.put_tape(tape))
    }
}

/// A dense layer: `activation(x weight^T + bias)`, the bias where the layer has one.
pub fn dense<const I: usize, const O: usize, D: Device, T: Recorder<D>>(
    layer: &impl Affine<I, O, D>,
    x: Rows<I, D, T>,
    activation: Activation,
) -> Result<Rows<O, D, T>, D::Err> {
    D::dense(layer, x, activation)
}
