//! Sum of the elementwise products of all pairs of a record's vectors: the second-order part of a
//! factorization machine (Rendle, ICDM 2010), in linear time; He & Chua (SIGIR 2017) call it bi-interaction
//! pooling.

use std::ops::Range;

use dfdx::shapes::{Axis, Const, HasShape};
use dfdx::tensor::{PutTape, SplitTape};
use dfdx::tensor_ops::{Device as Tensors, SumTo, TryMul, TrySub};

use crate::ops::call::Call;
use crate::ops::op::{Forward, Op, Saved, Scratch, records, records_mut};
use crate::ops::parallel::{add_scaled, vectorized};
use crate::ops::widths::common_widths;
use crate::ops::{Device, Rows, Tape, Vectors};

/// Bi-interaction of the vectors of its input. Saves their sum.
struct BiInteraction {
    count: usize,
    width: usize,
}

impl Op for BiInteraction {
    fn cost(&self) -> usize {
        2 * self.count * self.width
    }

    fn saved(&self) -> Saved {
        Saved::INPUTS.numbers(self.width)
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
        let width = self.width;
        common_widths!(width => vectorized(|| {
            let outputs = output.chunks_exact_mut(width).zip(saved.chunks_exact_mut(width));
            for (vectors, (output, sum)) in records(inputs[0], rows).zip(outputs) {
                sum.fill(0.0);
                output.fill(0.0);
                for vector in vectors.chunks_exact(width) {
                    add_scaled(sum, 1.0, vector);
                    output.iter_mut().zip(vector).for_each(|(y, x)| *y -= x * x);
                }
                output.iter_mut().zip(sum).for_each(|(y, sum)| *y = 0.5 * (*sum * *sum + *y));
            }
        }));
    }

    fn backward(
        &self,
        rows: usize,
        forward: &Forward<'_>,
        g: &mut [f32],
        into: &mut [&mut [f32]],
        _: &mut Scratch,
    ) {
        let width = self.width;
        common_widths!(width => vectorized(|| {
            let found = records(forward.inputs[0], rows).zip(forward.saved.chunks_exact(width));
            let gradients = g.chunks_exact(width).zip(records_mut(into[0], rows));
            for ((vectors, sum), (g, into)) in found.zip(gradients) {
                let vectors = vectors.chunks_exact(width);
                for (into, vector) in into.chunks_exact_mut(width).zip(vectors) {
                    let numbers = g.iter().zip(sum.iter().zip(vector));
                    into.iter_mut().zip(numbers).for_each(|(into, (g, (sum, x)))| *into += g * (sum - x));
                }
            }
        }));
    }
}

/// Plain formulation.
pub(crate) fn plain<const N: usize, const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Vectors<N, W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let (x, tape) = x.split_tape();
    let squares = x.retaped::<T>().try_square()?.try_sum::<_, Axis<1>>()?;
    let square = x.put_tape(tape).try_sum::<_, Axis<1>>()?.try_square()?;
    square.try_sub(squares)?.try_mul(0.5)
}

/// `((sum v)^2 - sum v^2) / 2` over the vectors `v` of each record: the sum of the products of all pairs.
pub fn bi_interaction<const N: usize, const W: usize, D: Device, T: Tape<f32, D>>(
    x: Vectors<N, W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let (x, tape) = x.split_tape();
    let rows = x.shape().0;
    let call = Call::new(x.device(), BiInteraction { count: N, width: W }, rows).of(&x);
    D::call(call, tape, (rows, Const), |tape| plain(x.put_tape(tape)))
}
