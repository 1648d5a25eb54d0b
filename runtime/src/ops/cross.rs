//! The layers of cross networks: of DCN (Wang et al., ADKDD 2017), whose weights are a vector, and of DCN-v2 (Wang et al., WWW
//! 2021), whose weights are a matrix, of full or of low rank.

use dfdx::shapes::{Axis, Const, Dtype, HasShape, Rank1, Rank2};
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Storage, Tape, Tensor, WithEmptyTape};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, PermuteTo, ReshapeTo, TryAdd, TryMatMul, TryMul};

use super::host::{add_gradient, take_gradient, tensor, values};
use super::parallel::{add_scaled, for_rows, inner, map_rows, vectorized};
use super::{Activation, Device, Linear, Recorder, Rows, UnbiasedLinear, add, dense, mul};

/// Weight and bias of a cross layer of DCN.
#[derive(Clone, Debug)]
pub struct Cross<const W: usize, E: Dtype, D: Storage<E>> {
    /// Glorot-uniform at first.
    pub weight: Tensor<Rank2<1, W>, E, D>,
    /// 0 at first.
    pub bias: Tensor<Rank1<W>, E, D>,
}

weights!(Cross<W> { weight: glorot_uniform, bias: zeros });

/// A cross layer of DCN-v2 whose matrix has rank `R`.
#[derive(Clone, Debug)]
pub struct LowRankCross<const W: usize, const R: usize, E: Dtype, D: Storage<E>> {
    /// To `R` numbers.
    pub down: UnbiasedLinear<W, R, E, D>,
    /// Back to the width of the input.
    pub up: Linear<R, W, E, D>,
}

weights!(LowRankCross<W, R> { down: layer, up: layer });

/// Cross layers of a device.
pub trait CrossKernel: Tensors<f32> {
    /// `first * <x, weight> + bias + x`.
    fn cross<const W: usize, T: Tape<f32, Self>>(
        layer: &Cross<W, f32, Self>,
        first: Rows<W, Self, T>,
        x: Rows<W, Self, T>,
    ) -> Result<Rows<W, Self, T>, Self::Err> {
        plain(layer, first, x)
    }
}

#[cfg(feature = "cuda")]
impl CrossKernel for dfdx::tensor::Cuda {}

/// The layer in dfdx's own ops.
pub(crate) fn plain<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    layer: &Cross<W, f32, D>,
    first: Rows<W, D, T>,
    x: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let shape = *x.shape();
    let (x, tape) = x.split_tape();
    let along = x.retaped::<T>().try_matmul(layer.weight.retaped::<T>().try_permute()?)?;
    let along = along.try_reshape_like(&(shape.0,))?.try_broadcast_like::<_, Axis<1>>(&shape)?;
    let bias = layer.bias.retaped::<T>().try_broadcast_like(&shape)?;
    first.try_mul(along)?.try_add(bias)?.try_add(x.put_tape(tape))
}

impl CrossKernel for Cpu {
    fn cross<const W: usize, T: Tape<f32, Self>>(
        layer: &Cross<W, f32, Self>,
        first: Rows<W, Self, T>,
        x: Rows<W, Self, T>,
    ) -> Result<Rows<W, Self, T>, CpuError> {
        let (first, tape) = first.split_tape();
        let (x, other) = x.split_tape();
        let mut tape = tape.merge(other);
        let rows = x.shape().0;
        let (weight, bias) = (values(&layer.weight), values(&layer.bias));
        let (starts, inputs) = (values(&first), values(&x));
        let mut output = vec![0.0; rows * W];
        for_rows(&mut output, W, 4 * W, |begin, part| {
            vectorized(|| {
                let inputs = starts[begin * W..].chunks_exact(W).zip(inputs[begin * W..].chunks_exact(W));
                for (y, (start, x)) in part.chunks_exact_mut(W).zip(inputs) {
                    let along = inner(x, &weight);
                    let terms = start.iter().zip(x.iter().zip(&bias));
                    y.iter_mut().zip(terms).for_each(|(y, (start, (x, b)))| *y = start * along + b + x);
                }
            })
        });
        let y = tensor(x.device(), output, (rows, Const))?;
        let (result, layer) = (y.clone(), layer.clone());
        tape.add_backward_op(move |gradients| {
            let mut g = take_gradient(gradients, &y)?;
            let parts = map_rows(&mut g, W, 4 * W, |begin, g| {
                let (mut weight, mut bias) = (vec![0.0; W], vec![0.0; W]);
                vectorized(|| {
                    let inputs = starts[begin * W..].chunks_exact(W).zip(inputs[begin * W..].chunks_exact(W));
                    for (g, (start, x)) in g.chunks_exact(W).zip(inputs) {
                        add_scaled(&mut weight, inner(g, start), x);
                        add_scaled(&mut bias, 1.0, g);
                    }
                });
                (weight, bias)
            });
            for (weight, bias) in &parts {
                add_gradient(gradients, &layer.weight, weight)?;
                add_gradient(gradients, &layer.bias, bias)?;
            }
            for_rows(gradients.get_or_alloc_mut(&first)?, W, 2 * W, |begin, part| {
                vectorized(|| {
                    let inputs = inputs[begin * W..].chunks_exact(W).zip(g[begin * W..].chunks_exact(W));
                    let parts = part.chunks_exact_mut(W).zip(inputs);
                    parts.for_each(|(into, (x, g))| add_scaled(into, inner(x, &weight), g));
                })
            });
            for_rows(gradients.get_or_alloc_mut(&x)?, W, 2 * W, |begin, part| {
                vectorized(|| {
                    let inputs = starts[begin * W..].chunks_exact(W).zip(g[begin * W..].chunks_exact(W));
                    for (into, (start, g)) in part.chunks_exact_mut(W).zip(inputs) {
                        add_scaled(into, inner(g, start), &weight);
                        add_scaled(into, 1.0, g);
                    }
                })
            });
            Ok(())
        });
        Ok(result.put_tape(tape))
    }
}

/// A cross layer of DCN: `first * <x, weight> + bias + x`, where `first` is the input of the first layer.
pub fn cross<const W: usize, D: Device, T: Recorder<D>>(
    layer: &Cross<W, f32, D>,
    first: Rows<W, D, T>,
    x: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    D::cross(layer, first, x)
}

/// A cross layer of DCN-v2: `first * (weight x + bias) + x`, where `first` is the input of the first layer.
pub fn cross_v2<const W: usize, D: Device, T: Recorder<D>>(
    layer: &Linear<W, W, f32, D>,
    first: Rows<W, D, T>,
    x: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let (copy, x) = (x.with_empty_tape(), x);
    add(mul(first, dense(layer, copy, Activation::Linear)?)?, x)
}

/// A cross layer of DCN-v2 of rank `R`: `first * (up (down x) + bias) + x`, where `first` is the input of the first layer.
pub fn cross_low_rank<const W: usize, const R: usize, D: Device, T: Recorder<D>>(
    layer: &LowRankCross<W, R, f32, D>,
    first: Rows<W, D, T>,
    x: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let small = dense(&layer.down, x.with_empty_tape(), Activation::Linear)?;
    add(mul(first, dense(&layer.up, small, Activation::Linear)?)?, x)
}
