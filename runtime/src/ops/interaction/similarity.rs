//! Similarities of two vectors: dot product, cosine and squared Euclidean distance.

use std::ops::Range;

use dfdx::shapes::{Axis, Const, HasShape};
use dfdx::tensor::{PutTape, SplitTape, WithEmptyTape};
use dfdx::tensor_ops::{Device as Tensors, SumTo};

use crate::ops::call::Call;
use crate::ops::op::{Forward, Op, Scratch};
use crate::ops::parallel::{add_scaled, inner, vectorized};
use crate::ops::reshape::Reshape as _;
use crate::ops::rows::arithmetic::plain_product;
use crate::ops::{Device, Rows, Scores, Tape, add, l2_normalize, scale};

/// Dot product of the rows of two inputs.
struct Dot {
    width: usize,
}

impl Op for Dot {
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
        vectorized(|| {
            let pairs = inputs[0].chunks_exact(self.width).zip(inputs[1].chunks_exact(self.width));
            output.iter_mut().zip(pairs).for_each(|(score, (a, b))| *score = inner(a, b));
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
        vectorized(|| {
            for (into, other) in into.iter_mut().zip(forward.inputs.iter().rev()) {
                let rows = into.chunks_exact_mut(self.width).zip(other.chunks_exact(self.width));
                rows.zip(g.iter()).for_each(|((into, other), g)| add_scaled(into, *g, other));
            }
        });
    }
}

/// Plain formulation of the dot product.
pub(crate) fn plain<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    a: Rows<W, D, T>,
    b: Rows<W, D, T>,
) -> Result<Scores<D, T>, D::Err> {
    plain_product(a, b)?.try_sum::<_, Axis<1>>()
}

/// Dot product of each pair of rows.
pub fn dot<const W: usize, D: Device, T: Tape<f32, D>>(
    a: Rows<W, D, T>,
    b: Rows<W, D, T>,
) -> Result<Scores<D, T>, D::Err> {
    let (a, tape) = a.split_tape();
    let (b, other) = b.split_tape();
    let rows = a.shape().0;
    let call = Call::new(a.device(), Dot { width: W }, rows).of(&a).of(&b);
    D::call(call, tape.merge(other), (rows,), |tape| plain(a.put_tape(tape), b.retaped()))
}

/// Cosine of each pair of rows.
pub fn cosine<const W: usize, D: Device, T: Tape<f32, D>>(
    a: Rows<W, D, T>,
    b: Rows<W, D, T>,
) -> Result<Scores<D, T>, D::Err> {
    dot(l2_normalize(a)?, l2_normalize(b)?)
}

/// Squared Euclidean distance of each pair of rows.
pub fn distance<const W: usize, D: Device, T: Tape<f32, D>>(
    a: Rows<W, D, T>,
    b: Rows<W, D, T>,
) -> Result<Scores<D, T>, D::Err> {
    let difference = add(a, scale(b, -1.0)?)?;
    dot(difference.with_empty_tape(), difference)
}

/// Converts rows of width 1 to scores.
pub fn scores<D: Device, T: Tape<f32, D>>(x: Rows<1, D, T>) -> Result<Scores<D, T>, D::Err> {
    let rows = x.shape().0;
    x.reshaped((rows,))
}

/// Converts scores to rows of width 1.
pub fn column<D: Device, T: Tape<f32, D>>(x: Scores<D, T>) -> Result<Rows<1, D, T>, D::Err> {
    let rows = x.shape().0;
    x.reshaped((rows, Const::<1>))
}
