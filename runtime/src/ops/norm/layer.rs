//! Layer normalization of rows.

use std::ops::Range;

use dfdx::shapes::{Axis, HasShape, Rank1};
use dfdx::tensor::{PutTape, SplitTape, Storage, Tensor};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, TryAdd, TryMul};

use crate::ops::call::Call;
use crate::ops::op::{Forward, Op, Saved, Scratch};
use crate::ops::parallel::{add_scaled, inner, total, vectorized};
use crate::ops::{Device, Rows, Tape};

/// Scale and shift of a layer normalization.
#[derive(Clone, Debug)]
pub struct LayerNorm<const W: usize, D: Storage<f32>> {
    /// Scale of each column; initially 1.
    pub weight: Tensor<Rank1<W>, f32, D>,
    /// Shift of each column; initially 0.
    pub bias: Tensor<Rank1<W>, f32, D>,
}

weights!(LayerNorm<W> { weight: Ones, bias: Zeros });

/// `(x - mean) / sqrt(variance + epsilon) * weight + bias` for each row of the first input. Saves the
/// normalized rows and their scale factors.
struct Standardize {
    width: usize,
    epsilon: f32,
}

impl Standardize {
    /// Saved rows and their factors.
    fn parts<'a>(&self, saved: &'a [f32], rows: usize) -> impl Iterator<Item = (&'a [f32], f32)> {
        let (units, scales) = saved.split_at(rows * self.width);
        units.chunks_exact(self.width).zip(scales.iter().copied())
    }
}

impl Op for Standardize {
    fn cost(&self) -> usize {
        8 * self.width
    }

    fn saved(&self) -> Saved {
        Saved::NOTHING.numbers(self.width + 1)
    }

    fn forward(
        &self,
        rows: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        saved: &mut [f32],
        _: &mut Scratch,
    ) {
        let rows = rows.len();
        let (units, scales) = saved.split_at_mut(rows * self.width);
        units.copy_from_slice(inputs[0]);
        vectorized(|| {
            let saved = units.chunks_exact_mut(self.width).zip(scales);
            for (y, (unit, scale)) in output.chunks_exact_mut(self.width).zip(saved) {
                *scale = standardize(unit, self.epsilon);
                let terms = unit.iter().zip(inputs[1].iter().zip(inputs[2]));
                y.iter_mut().zip(terms).for_each(|(y, (x, (w, b)))| *y = x * w + b);
            }
        });
    }

    fn backward(
        &self,
        rows: usize,
        forward: &Forward<'_>,
        g: &mut [f32],
        into: &mut [&mut [f32]],
        _: &mut Scratch,
    ) {
        let [x, weight, bias] = into else { return };
        let mut scaled = vec![0.0; self.width];
        vectorized(|| {
            let gradients = g.chunks_exact(self.width).zip(x.chunks_exact_mut(self.width));
            for ((unit, scale), (g, into)) in self.parts(forward.saved, rows).zip(gradients) {
                weight.iter_mut().zip(g.iter().zip(unit)).for_each(|(w, (g, unit))| *w += g * unit);
                add_scaled(bias, 1.0, g);
                let products = g.iter().zip(forward.inputs[1]);
                scaled.iter_mut().zip(products).for_each(|(s, (g, w))| *s = g * w);
                let mean = total(&scaled) / self.width as f32;
                let along = inner(&scaled, unit) / self.width as f32;
                for (into, (s, u)) in into.iter_mut().zip(scaled.iter().zip(unit)) {
                    *into += scale * (s - mean - along * u);
                }
            }
        });
    }
}

/// Plain formulation of layer normalization.
pub(crate) fn plain<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    layer: &LayerNorm<W, D>,
    x: Rows<W, D, T>,
    epsilon: f32,
) -> Result<Rows<W, D, T>, D::Err> {
    let shape = *x.shape();
    let unit = x.try_normalize::<Axis<1>>(epsilon)?;
    let scaled = unit.try_mul(layer.weight.retaped::<T>().try_broadcast_like(&shape)?)?;
    scaled.try_add(layer.bias.retaped::<T>().try_broadcast_like(&shape)?)
}

/// Normalizes a row to mean 0 and variance 1. Returns the scale factor.
#[inline(always)]
fn standardize(row: &mut [f32], epsilon: f32) -> f32 {
    let count = row.len() as f32;
    let mean = total(row) / count;
    row.iter_mut().for_each(|x| *x -= mean);
    let scale = 1.0 / (inner(row, row) / count + epsilon).sqrt();
    row.iter_mut().for_each(|x| *x *= scale);
    scale
}

/// Normalizes each row to mean 0 and variance 1, then scales and shifts its columns.
pub fn layer_norm<const W: usize, D: Device, T: Tape<f32, D>>(
    layer: &LayerNorm<W, D>,
    x: Rows<W, D, T>,
    epsilon: f32,
) -> Result<Rows<W, D, T>, D::Err> {
    let (x, tape) = x.split_tape();
    let shape = *x.shape();
    let op = Standardize { width: W, epsilon };
    let call = Call::new(x.device(), op, shape.0).of(&x).shared(&layer.weight).shared(&layer.bias);
    D::call(call, tape, shape, |tape| plain(layer, x.put_tape(tape), epsilon))
}
