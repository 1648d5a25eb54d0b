//! Cross layers of DCN (Wang et al., ADKDD 2017), with a weight vector, and of DCN-v2 (Wang et al., WWW
//! 2021), with a weight matrix of full or low rank.

use std::ops::Range;

use dfdx::shapes::{Axis, HasShape, Rank1, Rank2};
use dfdx::tensor::{PutTape, SplitTape, Storage, Tensor, WithEmptyTape};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, PermuteTo, TryAdd, TryMatMul, TryMul};

use crate::ops::call::Call;
use crate::ops::op::{Forward, Op, Scratch};
use crate::ops::parallel::{add_scaled, inner, vectorized};
use crate::ops::reshape::Reshape as _;
use crate::ops::{Activation, Device, Linear, Rows, Tape, UnbiasedLinear, add, dense, mul};

/// Weight vector and bias of a DCN cross layer.
#[derive(Clone, Debug)]
pub struct Cross<const W: usize, D: Storage<f32>> {
    /// Initially Glorot-uniform.
    pub weight: Tensor<Rank2<1, W>, f32, D>,
    /// Initially 0.
    pub bias: Tensor<Rank1<W>, f32, D>,
}

weights!(Cross<W> { weight: GlorotUniform, bias: Zeros });

/// A DCN-v2 cross layer whose matrix has rank `R`.
#[derive(Clone, Debug)]
pub struct LowRankCross<const W: usize, const R: usize, D: Storage<f32>> {
    /// Projection to width `R`.
    pub down: UnbiasedLinear<W, R, D>,
    /// Projection back to the input width.
    pub up: Linear<R, W, D>,
}

weights!(LowRankCross<W, R> { down: layer, up: layer });

/// `first * <x, weight> + bias + x` of the inputs `first`, `x`, `weight` and `bias`.
struct CrossLayer {
    width: usize,
}

impl Op for CrossLayer {
    fn cost(&self) -> usize {
        4 * self.width
    }

    fn forward(
        &self,
        _: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        _: &mut [f32],
        _: &mut Scratch,
    ) {
        vectorized(|| {
            let rows = inputs[0].chunks_exact(self.width).zip(inputs[1].chunks_exact(self.width));
            for (y, (first, x)) in output.chunks_exact_mut(self.width).zip(rows) {
                let along = inner(x, inputs[2]);
                let terms = first.iter().zip(x.iter().zip(inputs[3]));
                y.iter_mut().zip(terms).for_each(|(y, (first, (x, b)))| *y = first * along + b + x);
            }
        });
    }

    fn backward(
        &self,
        _: usize,
        forward: &Forward<'_>,
        g: &mut [f32],
        into: &mut [&mut [f32]],
        _: &mut Scratch,
    ) {
        let [of_first, of_x, of_weight, of_bias] = into else { return };
        let weight = forward.inputs[2];
        vectorized(|| {
            let inputs =
                forward.inputs[0].chunks_exact(self.width).zip(forward.inputs[1].chunks_exact(self.width));
            let gradients = of_first.chunks_exact_mut(self.width).zip(of_x.chunks_exact_mut(self.width));
            for (g, ((first, x), (of_first, of_x))) in g.chunks_exact(self.width).zip(inputs.zip(gradients)) {
                let along = inner(g, first);
                add_scaled(of_weight, along, x);
                add_scaled(of_bias, 1.0, g);
                add_scaled(of_first, inner(x, weight), g);
                add_scaled(of_x, along, weight);
                add_scaled(of_x, 1.0, g);
            }
        });
    }
}

/// Plain formulation of the layer.
pub(crate) fn plain<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    layer: &Cross<W, D>,
    first: Rows<W, D, T>,
    x: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let shape = *x.shape();
    let (x, tape) = x.split_tape();
    let along = x.retaped::<T>().try_matmul(layer.weight.retaped::<T>().try_permute()?)?;
    let along = along.reshaped((shape.0,))?.try_broadcast_like::<_, Axis<1>>(&shape)?;
    let bias = layer.bias.retaped::<T>().try_broadcast_like(&shape)?;
    first.try_mul(along)?.try_add(bias)?.try_add(x.put_tape(tape))
}

/// DCN cross layer: `first * <x, weight> + bias + x`, where `first` is the input of the first layer.
pub fn cross<const W: usize, D: Device, T: Tape<f32, D>>(
    layer: &Cross<W, D>,
    first: Rows<W, D, T>,
    x: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let (first, tape) = first.split_tape();
    let (x, other) = x.split_tape();
    let shape = *x.shape();
    let call = Call::new(x.device(), CrossLayer { width: W }, shape.0).of(&first).of(&x);
    let call = call.shared(&layer.weight).shared(&layer.bias);
    D::call(call, tape.merge(other), shape, |tape| plain(layer, first.put_tape(tape), x.retaped()))
}

/// DCN-v2 cross layer: `first * (weight x + bias) + x`, where `first` is the input of the first layer.
pub fn cross_v2<const W: usize, D: Device, T: Tape<f32, D>>(
    layer: &Linear<W, W, D>,
    first: Rows<W, D, T>,
    x: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let (copy, x) = (x.with_empty_tape(), x);
    add(mul(first, dense(layer, copy, Activation::Linear)?)?, x)
}

/// DCN-v2 cross layer of rank `R`: `first * (up (down x) + bias) + x`, where `first` is the input of the
/// first layer.
pub fn cross_low_rank<const W: usize, const R: usize, D: Device, T: Tape<f32, D>>(
    layer: &LowRankCross<W, R, D>,
    first: Rows<W, D, T>,
    x: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let small = dense(&layer.down, x.with_empty_tape(), Activation::Linear)?;
    add(mul(first, dense(&layer.up, small, Activation::Linear)?)?, x)
}
