//! Scores between two towers: dot product, cosine and squared Euclidean distance.

use dfdx::shapes::{Axis, Const, HasShape};
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Tape, WithEmptyTape};
use dfdx::tensor_ops::{Device as Tensors, ReshapeTo, SumTo};

use super::elementwise::plain_product;
use super::host::{take_gradient, tensor, values};
use super::parallel::{add_scaled, for_rows, inner, vectorized};
use super::{Device, Recorder, Rows, Scores, add, l2_normalize, scale};

/// Dot products of a device.
pub trait DotKernel: Tensors<f32> {
    /// Inner product of each pair of rows.
    fn dot<const W: usize, T: Tape<f32, Self>>(
        a: Rows<W, Self, T>,
        b: Rows<W, Self, T>,
    ) -> Result<Scores<Self, T>, Self::Err> {
        plain(a, b)
    }
}

#[cfg(feature = "cuda")]
impl DotKernel for dfdx::tensor::Cuda {}

/// The dot product in dfdx's own ops.
pub(crate) fn plain<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    a: Rows<W, D, T>,
    b: Rows<W, D, T>,
) -> Result<Scores<D, T>, D::Err> {
    plain_product(a, b)?.try_sum::<_, Axis<1>>()
}

impl DotKernel for Cpu {
    fn dot<const W: usize, T: Tape<f32, Self>>(
        a: Rows<W, Self, T>,
        b: Rows<W, Self, T>,
    ) -> Result<Scores<Self, T>, CpuError> {
        let (a, tape) = a.split_tape();
        let (b, other) = b.split_tape();
        let mut tape = tape.merge(other);
        let rows = a.shape().0;
        let (left, right) = (values(&a), values(&b));
        let mut output = vec![0.0; rows];
        for_rows(&mut output, 1, 2 * W, |first, part| {
            vectorized(|| {
                let pairs = left[first * W..].chunks_exact(W).zip(right[first * W..].chunks_exact(W));
                for (score, (a, b)) in part.iter_mut().zip(pairs) {
                    *score = inner(a, b);
                }
            })
        });
        let y = tensor(a.device(), output, (rows,))?;
        let result = y.clone();
        tape.add_backward_op(move |gradients| {
            let g = take_gradient(gradients, &y)?;
            for (target, other) in [(&a, &right), (&b, &left)] {
                for_rows(gradients.get_or_alloc_mut(target)?, W, 2 * W, |first, part| {
                    vectorized(|| {
                        for (index, row) in part.chunks_exact_mut(W).enumerate() {
                            let at = first + index;
                            add_scaled(row, g[at], &other[at * W..(at + 1) * W]);
                        }
                    })
                });
            }
            Ok(())
        });
        Ok(result.put_tape(tape))
    }
}

/// Inner product of each pair of rows.
pub fn dot<const W: usize, D: Device, T: Recorder<D>>(
    a: Rows<W, D, T>,
    b: Rows<W, D, T>,
) -> Result<Scores<D, T>, D::Err> {
    D::dot(a, b)
}

/// Inner product of each pair of rows, both scaled to length one.
pub fn cosine<const W: usize, D: Device, T: Recorder<D>>(
    a: Rows<W, D, T>,
    b: Rows<W, D, T>,
) -> Result<Scores<D, T>, D::Err> {
    D::dot(l2_normalize(a)?, l2_normalize(b)?)
}

/// Sum of the squared differences of each pair of rows.
pub fn distance<const W: usize, D: Device, T: Recorder<D>>(
    a: Rows<W, D, T>,
    b: Rows<W, D, T>,
) -> Result<Scores<D, T>, D::Err> {
    let difference = add(a, scale(b, -1.0)?)?;
    D::dot(difference.with_empty_tape(), difference)
}

/// The numbers of rows that hold one each.
pub fn scores<D: Device, T: Recorder<D>>(x: Rows<1, D, T>) -> Result<Scores<D, T>, D::Err> {
    let rows = x.shape().0;
    x.try_reshape_like(&(rows,))
}

/// Each number as a row of its own.
pub fn column<D: Device, T: Recorder<D>>(x: Scores<D, T>) -> Result<Rows<1, D, T>, D::Err> {
    let rows = x.shape().0;
    x.try_reshape_like(&(rows, Const::<1>))
}
