//! The sum of each row, plain or weighted, and a bias: what first-order terms are made of.

use dfdx::shapes::{Axis, Dtype, HasShape, Rank1};
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Storage, Tape, Tensor};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, SumTo, TryAdd, TryMul};

use super::host::{add_gradient, take_gradient, tensor, values};
use super::parallel::{add_scaled, for_rows, inner, map_rows, vectorized};
use super::{Device, Recorder, Rows, Scores, column};

/// A weight for each number of a row, all 0 at first.
#[derive(Clone, Debug)]
pub struct Coefficients<const W: usize, E: Dtype, D: Storage<E>> {
    /// The weights.
    pub weight: Tensor<Rank1<W>, E, D>,
}

/// Bias that is added to each row, 0 at first.
#[derive(Clone, Debug)]
pub struct Bias<const W: usize, E: Dtype, D: Storage<E>> {
    /// The addend.
    pub bias: Tensor<Rank1<W>, E, D>,
}

weights!(Coefficients<W> { weight: zeros });

weights!(Bias<W> { bias: zeros });

/// Weighted sums of a device.
pub trait WeightedSumKernel: Tensors<f32> {
    /// `sum_i weight_i x_i` of each row.
    fn weighted_sum<const W: usize, T: Tape<f32, Self>>(
        weight: &Tensor<Rank1<W>, f32, Self>,
        x: Rows<W, Self, T>,
    ) -> Result<Scores<Self, T>, Self::Err> {
        plain(weight, x)
    }
}

#[cfg(feature = "cuda")]
impl WeightedSumKernel for dfdx::tensor::Cuda {}

/// The weighted sum in dfdx's own ops.
pub(crate) fn plain<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    weight: &Tensor<Rank1<W>, f32, D>,
    x: Rows<W, D, T>,
) -> Result<Scores<D, T>, D::Err> {
    let shape = *x.shape();
    x.try_mul(weight.retaped::<T>().try_broadcast_like(&shape)?)?.try_sum::<_, Axis<1>>()
}

impl WeightedSumKernel for Cpu {
    fn weighted_sum<const W: usize, T: Tape<f32, Self>>(
        weight: &Tensor<Rank1<W>, f32, Self>,
        x: Rows<W, Self, T>,
    ) -> Result<Scores<Self, T>, CpuError> {
        let (x, mut tape) = x.split_tape();
        let rows = x.shape().0;
        let (input, factors) = (values(&x), values(weight));
        let mut output = vec![0.0; rows];
        for_rows(&mut output, 1, 2 * W, |first, part| {
            vectorized(|| {
                for (sum, row) in part.iter_mut().zip(input[first * W..].chunks_exact(W)) {
                    *sum = inner(row, &factors);
                }
            })
        });
        let y = tensor(x.device(), output, (rows,))?;
        let (result, weight) = (y.clone(), weight.clone());
        tape.add_backward_op(move |gradients| {
            let mut g = take_gradient(gradients, &y)?;
            let parts = map_rows(&mut g, 1, 2 * W, |first, g| {
                let mut sum = vec![0.0; W];
                vectorized(|| {
                    let rows = input[first * W..].chunks_exact(W);
                    g.iter().zip(rows).for_each(|(g, row)| add_scaled(&mut sum, *g, row));
                });
                sum
            });
            for part in &parts {
                add_gradient(gradients, &weight, part)?;
            }
            for_rows(gradients.get_or_alloc_mut(&x)?, W, 2 * W, |first, part| {
                vectorized(|| {
                    let rows = part.chunks_exact_mut(W).zip(&g[first..]);
                    rows.for_each(|(row, g)| add_scaled(row, *g, &factors));
                })
            });
            Ok(())
        });
        Ok(result.put_tape(tape))
    }
}

/// `sum_i weight_i x_i` of each row.
pub fn weighted_sum<const W: usize, D: Device, T: Recorder<D>>(
    layer: &Coefficients<W, f32, D>,
    x: Rows<W, D, T>,
) -> Result<Rows<1, D, T>, D::Err> {
    column(D::weighted_sum(&layer.weight, x)?)
}

/// The sum of the numbers of each row.
pub fn row_sum<const W: usize, D: Device, T: Recorder<D>>(x: Rows<W, D, T>) -> Result<Rows<1, D, T>, D::Err> {
    column(D::weighted_sum(&x.device().try_ones()?, x)?)
}

/// `x + bias`.
pub fn add_bias<const W: usize, D: Device, T: Recorder<D>>(
    layer: &Bias<W, f32, D>,
    x: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let shape = *x.shape();
    x.try_add(layer.bias.retaped::<T>().try_broadcast_like(&shape)?)
}
