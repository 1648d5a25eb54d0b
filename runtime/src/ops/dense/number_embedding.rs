//! Numbers as fields: each is multiplied by its trained vector.

use std::ops::Range;

use dfdx::shapes::{Axis, Const, HasShape, Rank2};
use dfdx::tensor::{PutTape, SplitTape, Storage, Tensor};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, TryMul};

use crate::ops::call::Call;
use crate::ops::op::{Forward, Op, Scratch};
use crate::ops::parallel::{add_scaled, inner, vectorized};
use crate::ops::widths::common_widths;
use crate::ops::{Device, Rows, Tape, Vectors};

/// A trained vector of width `W` for each of `N` numbers; initially Glorot-uniform.
#[derive(Clone, Debug)]
pub struct NumberEmbedding<const N: usize, const W: usize, D: Storage<f32>> {
    /// One row per number.
    pub weight: Tensor<Rank2<N, W>, f32, D>,
}

weights!(NumberEmbedding<N, W> { weight: GlorotUniform });

/// Each number of the first input times its vector in the second.
struct EmbedNumbers {
    count: usize,
    width: usize,
}

impl Op for EmbedNumbers {
    fn cost(&self) -> usize {
        2 * self.count * self.width
    }

    fn forward(
        &self,
        _: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        _: &mut [f32],
        _: &mut Scratch,
    ) {
        let width = self.width;
        common_widths!(width => vectorized(|| {
            let numbers = inputs[0].iter().zip(inputs[1].chunks_exact(width).cycle());
            let vectors = output.chunks_exact_mut(width).zip(numbers);
            vectors.for_each(|(y, (x, vector))| y.iter_mut().zip(vector).for_each(|(y, v)| *y = x * v));
        }));
    }

    fn backward(
        &self,
        _: usize,
        forward: &Forward<'_>,
        g: &mut [f32],
        into: &mut [&mut [f32]],
        _: &mut Scratch,
    ) {
        let [numbers, vectors] = into else { return };
        let (x, weight) = (forward.inputs[0].chunks_exact(self.count), forward.inputs[1]);
        let width = self.width;
        common_widths!(width => vectorized(|| {
            let records = x.zip(numbers.chunks_exact_mut(self.count));
            for (g, (x, into)) in g.chunks_exact(self.count * width).zip(records) {
                let weights = weight.chunks_exact(width).zip(vectors.chunks_exact_mut(width));
                let numbers = x.iter().zip(into).zip(weights);
                for (g, ((x, into), (vector, sum))) in g.chunks_exact(width).zip(numbers) {
                    add_scaled(sum, *x, g);
                    *into += inner(g, vector);
                }
            }
        }));
    }
}

/// Plain formulation of the embedding.
pub(crate) fn plain<const N: usize, const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    layer: &NumberEmbedding<N, W, D>,
    x: Rows<N, D, T>,
) -> Result<Vectors<N, W, D, T>, D::Err> {
    let shape = (x.shape().0, Const::<N>, Const::<W>);
    let weight = layer.weight.retaped::<T>().try_broadcast_like::<_, Axis<0>>(&shape)?;
    x.try_broadcast_like::<_, Axis<2>>(&shape)?.try_mul(weight)
}

/// Each number of a row times its vector.
pub fn embed_numbers<const N: usize, const W: usize, D: Device, T: Tape<f32, D>>(
    layer: &NumberEmbedding<N, W, D>,
    x: Rows<N, D, T>,
) -> Result<Vectors<N, W, D, T>, D::Err> {
    let (x, tape) = x.split_tape();
    let rows = x.shape().0;
    let op = EmbedNumbers { count: N, width: W };
    let call = Call::new(x.device(), op, rows).of(&x).shared(&layer.weight);
    D::call(call, tape, (rows, Const, Const), |tape| plain(layer, x.put_tape(tape)))
}
