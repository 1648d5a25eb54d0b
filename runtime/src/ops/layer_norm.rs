//! Layer normalisation of rows.

use dfdx::shapes::{Axis, Const, Dtype, HasShape, Rank1};
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Storage, Tape, Tensor};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, TryAdd, TryMul};

use super::host::{add_gradient, take_gradient, tensor, values};
use super::parallel::{for_rows, inner, map_rows, vectorized};
use super::{Device, Recorder, Rows};

/// Scale and shift of a layer normalisation.
#[derive(Clone, Debug)]
pub struct LayerNorm<const W: usize, E: Dtype, D: Storage<E>> {
    /// Scale of each column, 1 at first.
    pub weight: Tensor<Rank1<W>, E, D>,
    /// Shift of each column, 0 at first.
    pub bias: Tensor<Rank1<W>, E, D>,
}

weights!(LayerNorm<W> { weight: ones, bias: zeros });

/// Layer normalisation of a device.
pub trait LayerNormKernel: Tensors<f32> {
    /// `(x - mean) / sqrt(variance + epsilon) * weight + bias`, over each row.
    fn layer_norm<const W: usize, T: Tape<f32, Self>>(
        layer: &LayerNorm<W, f32, Self>,
        x: Rows<W, Self, T>,
        epsilon: f32,
    ) -> Result<Rows<W, Self, T>, Self::Err> {
        plain(layer, x, epsilon)
    }
}

#[cfg(feature = "cuda")]
impl LayerNormKernel for dfdx::tensor::Cuda {}

/// Layer normalisation in dfdx's own ops.
pub(crate) fn plain<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    layer: &LayerNorm<W, f32, D>,
    x: Rows<W, D, T>,
    epsilon: f32,
) -> Result<Rows<W, D, T>, D::Err> {
    let shape = *x.shape();
    let unit = x.try_normalize::<Axis<1>>(epsilon)?;
    let scaled = unit.try_mul(layer.weight.retaped::<T>().try_broadcast_like(&shape)?)?;
    scaled.try_add(layer.bias.retaped::<T>().try_broadcast_like(&shape)?)
}

impl LayerNormKernel for Cpu {
    fn layer_norm<const W: usize, T: Tape<f32, Self>>(
        layer: &LayerNorm<W, f32, Self>,
        x: Rows<W, Self, T>,
        epsilon: f32,
    ) -> Result<Rows<W, Self, T>, CpuError> {
        let (x, mut tape) = x.split_tape();
        let rows = x.shape().0;
        let (weight, bias) = (values(&layer.weight), values(&layer.bias));
        let mut unit = values(&x);
        let scales: Vec<Vec<f32>> = map_rows(&mut unit, W, 8 * W, |_, part| {
            vectorized(|| part.chunks_exact_mut(W).map(|row| standardize(row, epsilon)).collect())
        });
        let scales = scales.concat();
        let mut output = unit.clone();
        for_rows(&mut output, W, 2 * W, |_, part| {
            vectorized(|| {
                for row in part.chunks_exact_mut(W) {
                    row.iter_mut().zip(weight.iter().zip(&bias)).for_each(|(y, (w, b))| *y = *y * w + b);
                }
            })
        });
        let y = tensor(x.device(), output, (rows, Const))?;
        let result = y.clone();
        let layer = layer.clone();
        tape.add_backward_op(move |gradients| {
            let g = take_gradient(gradients, &y)?;
            let (mut weight_gradient, mut bias_gradient) = (vec![0.0; W], vec![0.0; W]);
            vectorized(|| {
                for (g, unit) in g.chunks_exact(W).zip(unit.chunks_exact(W)) {
                    for column in 0..W {
                        weight_gradient[column] += g[column] * unit[column];
                        bias_gradient[column] += g[column];
                    }
                }
            });
            add_gradient(gradients, &layer.weight, &weight_gradient)?;
            add_gradient(gradients, &layer.bias, &bias_gradient)?;
            for_rows(gradients.get_or_alloc_mut(&x)?, W, 8 * W, |first, part| {
                vectorized(|| {
                    let mut scaled = vec![0.0; W];
                    for (index, row) in part.chunks_exact_mut(W).enumerate() {
                        let at = first + index;
                        let unit = &unit[at * W..(at + 1) * W];
                        let g = g[at * W..(at + 1) * W].iter().zip(&weight);
                        scaled.iter_mut().zip(g).for_each(|(s, (g, w))| *s = g * w);
                        let mean = scaled.iter().sum::<f32>() / W as f32;
                        let along = inner(&scaled, unit) / W as f32;
                        for (target, (s, u)) in row.iter_mut().zip(scaled.iter().zip(unit)) {
                            *target += scales[at] * (s - mean - along * u);
                        }
                    }
                })
            });
            Ok(())
        });
        Ok(result.put_tape(tape))
    }
}

/// Shifts and scales a row to mean 0 and variance 1. Returns the scale.
#[inline(always)]
fn standardize(row: &mut [f32], epsilon: f32) -> f32 {
    let count = row.len() as f32;
    let mean = row.iter().sum::<f32>() / count;
    row.iter_mut().for_each(|x| *x -= mean);
    let scale = 1.0 / (inner(row, row) / count + epsilon).sqrt();
    row.iter_mut().for_each(|x| *x *= scale);
    scale
}

/// Normalises each row to mean 0 and variance 1, then scales and shifts its columns.
pub fn layer_norm<const W: usize, D: Device, T: Recorder<D>>(
    layer: &LayerNorm<W, f32, D>,
    x: Rows<W, D, T>,
    epsilon: f32,
) -> Result<Rows<W, D, T>, D::Err> {
    D::layer_norm(layer, x, epsilon)
}
