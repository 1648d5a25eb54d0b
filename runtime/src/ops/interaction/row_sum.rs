//! First-order terms: plain or weighted sums of rows, and a bias.

use std::ops::Range;

use dfdx::shapes::{Axis, HasShape, Rank1};
use dfdx::tensor::{PutTape, SplitTape, Storage, Tensor};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, SumTo, TryMul};

use crate::ops::call::Call;
use crate::ops::op::{Forward, Op, Scratch};
use crate::ops::parallel::{add_scaled, inner, vectorized};
use crate::ops::rows::columns::scale_and_shift;
use crate::ops::{Device, Rows, Scores, Tape, column};

/// One weight per column; initially 0.
#[derive(Clone, Debug)]
pub struct Coefficients<const W: usize, D: Storage<f32>> {
    /// Weights.
    pub weight: Tensor<Rank1<W>, f32, D>,
}

/// Bias vector; initially 0.
#[derive(Clone, Debug)]
pub struct Bias<const W: usize, D: Storage<f32>> {
    /// Bias.
    pub bias: Tensor<Rank1<W>, f32, D>,
}

weights!(Coefficients<W> { weight: ZeroWeights });

weights!(Bias<W> { bias: Zeros });

/// `sum_i weight_i x_i` for each row; inputs are `x` and `weight`.
struct WeightedSum {
    width: usize,
}

impl Op for WeightedSum {
    fn cost(&self) -> usize {
        2 * self.width
    }

    fn forward(
        &self,
        _: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        _: &mut [f32],
        _: &mut Scratch,
    ) {
        let rows = output.iter_mut().zip(inputs[0].chunks_exact(self.width));
        vectorized(|| rows.for_each(|(sum, row)| *sum = inner(row, inputs[1])));
    }

    fn backward(
        &self,
        _: usize,
        forward: &Forward<'_>,
        g: &mut [f32],
        into: &mut [&mut [f32]],
        _: &mut Scratch,
    ) {
        let [x, weight] = into else { return };
        let rows = forward.inputs[0].chunks_exact(self.width).zip(x.chunks_exact_mut(self.width));
        vectorized(|| {
            for ((row, into), g) in rows.zip(g) {
                add_scaled(weight, *g, row);
                add_scaled(into, *g, forward.inputs[1]);
            }
        });
    }
}

/// Plain formulation of the weighted sum.
pub(crate) fn plain<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    weight: &Tensor<Rank1<W>, f32, D>,
    x: Rows<W, D, T>,
) -> Result<Scores<D, T>, D::Err> {
    let shape = *x.shape();
    x.try_mul(weight.retaped::<T>().try_broadcast_like(&shape)?)?.try_sum::<_, Axis<1>>()
}

fn weighted<const W: usize, D: Device, T: Tape<f32, D>>(
    weight: &Tensor<Rank1<W>, f32, D>,
    x: Rows<W, D, T>,
) -> Result<Scores<D, T>, D::Err> {
    let (x, tape) = x.split_tape();
    let rows = x.shape().0;
    let call = Call::new(x.device(), WeightedSum { width: W }, rows).of(&x).shared(weight);
    D::call(call, tape, (rows,), |tape| plain(weight, x.put_tape(tape)))
}

/// `sum_i weight_i x_i` for each row.
pub fn weighted_sum<const W: usize, D: Device, T: Tape<f32, D>>(
    layer: &Coefficients<W, D>,
    x: Rows<W, D, T>,
) -> Result<Rows<1, D, T>, D::Err> {
    column(weighted(&layer.weight, x)?)
}

/// Sum of each row.
pub fn row_sum<const W: usize, D: Device, T: Tape<f32, D>>(
    x: Rows<W, D, T>,
) -> Result<Rows<1, D, T>, D::Err> {
    column(weighted(&x.device().try_ones()?, x)?)
}

/// `x + bias`.
pub fn add_bias<const W: usize, D: Device, T: Tape<f32, D>>(
    layer: &Bias<W, D>,
    x: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    scale_and_shift(x, None, Some(&layer.bias))
}
