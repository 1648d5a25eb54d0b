//! The element-wise products of all pairs of vectors of a record, summed: the second-order part of a factorization machine
//! (Rendle, ICDM 2010), in the linear time that He & Chua (SIGIR 2017) call bi-interaction pooling.

use dfdx::shapes::{Axis, Const, HasShape};
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Tape};
use dfdx::tensor_ops::{Device as Tensors, SumTo, TryMul, TrySub};

use super::host::{take_gradient, tensor, values};
use super::parallel::{add_scaled, for_rows, vectorized};
use super::{Device, Recorder, Rows, Vectors};

/// Bi-interaction of a device.
pub trait BiInteractionKernel: Tensors<f32> {
    /// `((sum v)^2 - sum v^2) / 2` over the vectors `v` of each record.
    fn bi_interaction<const N: usize, const W: usize, T: Tape<f32, Self>>(
        x: Vectors<N, W, Self, T>,
    ) -> Result<Rows<W, Self, T>, Self::Err> {
        plain(x)
    }
}

#[cfg(feature = "cuda")]
impl BiInteractionKernel for dfdx::tensor::Cuda {}

/// Bi-interaction in dfdx's own ops.
pub(crate) fn plain<const N: usize, const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Vectors<N, W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let (x, tape) = x.split_tape();
    let squares = x.retaped::<T>().try_square()?.try_sum::<_, Axis<1>>()?;
    let square = x.put_tape(tape).try_sum::<_, Axis<1>>()?.try_square()?;
    square.try_sub(squares)?.try_mul(0.5)
}

impl BiInteractionKernel for Cpu {
    fn bi_interaction<const N: usize, const W: usize, T: Tape<f32, Self>>(
        x: Vectors<N, W, Self, T>,
    ) -> Result<Rows<W, Self, T>, CpuError> {
        let (x, mut tape) = x.split_tape();
        let rows = x.shape().0;
        let input = values(&x);
        // The sum of the vectors of each record, which the gradient needs too.
        let mut sums = vec![0.0; rows * W];
        for_rows(&mut sums, W, N * W, |first, part| {
            vectorized(|| {
                let vectors = input[first * N * W..].chunks_exact(N * W);
                for (sum, vectors) in part.chunks_exact_mut(W).zip(vectors) {
                    vectors.chunks_exact(W).for_each(|vector| add_scaled(sum, 1.0, vector));
                }
            })
        });
        let mut output = vec![0.0; rows * W];
        for_rows(&mut output, W, 2 * N * W, |first, part| {
            vectorized(|| {
                let records =
                    input[first * N * W..].chunks_exact(N * W).zip(sums[first * W..].chunks_exact(W));
                for (output, (vectors, sum)) in part.chunks_exact_mut(W).zip(records) {
                    for vector in vectors.chunks_exact(W) {
                        output.iter_mut().zip(vector).for_each(|(y, x)| *y -= x * x);
                    }
                    output.iter_mut().zip(sum).for_each(|(y, sum)| *y = 0.5 * (sum * sum + *y));
                }
            })
        });
        let y = tensor(x.device(), output, (rows, Const))?;
        let result = y.clone();
        tape.add_backward_op(move |gradients| {
            let g = take_gradient(gradients, &y)?;
            for_rows(gradients.get_or_alloc_mut(&x)?, N * W, 2 * N * W, |first, part| {
                vectorized(|| {
                    for (index, into) in part.chunks_exact_mut(N * W).enumerate() {
                        let at = first + index;
                        let (g, sum) = (&g[at * W..(at + 1) * W], &sums[at * W..(at + 1) * W]);
                        let vectors = input[at * N * W..(at + 1) * N * W].chunks_exact(W);
                        for (into, vector) in into.chunks_exact_mut(W).zip(vectors) {
                            let numbers = g.iter().zip(sum.iter().zip(vector));
                            into.iter_mut()
                                .zip(numbers)
                                .for_each(|(into, (g, (sum, x)))| *into += g * (sum - x));
                        }
                    }
                })
            });
            Ok(())
        });
        Ok(result.put_tape(tape))
    }
}

/// `((sum v)^2 - sum v^2) / 2` over the vectors `v` of each record: the sum of the products of all pairs.
pub fn bi_interaction<const N: usize, const W: usize, D: Device, T: Recorder<D>>(
    x: Vectors<N, W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    D::bi_interaction(x)
}
