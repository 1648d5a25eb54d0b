//! Scaling of rows to length one, or to a length at most.

use dfdx::shapes::{Axis, Const, HasShape};
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Tape};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, SumTo, TryDiv};

use super::host::{take_gradient, tensor, values};
use super::parallel::{for_rows, inner, vectorized};
use super::{Device, Recorder, Rows, scale};

/// Squared lengths below this count as this, so that a zero row stays zero.
const EPSILON: f32 = 1e-12;

/// L2 normalisation of a device.
pub trait NormalizeKernel: Tensors<f32> {
    /// `x / sqrt(max(sum x^2, floor))`.
    fn l2_normalize<const W: usize, T: Tape<f32, Self>>(
        x: Rows<W, Self, T>,
        floor: f32,
    ) -> Result<Rows<W, Self, T>, Self::Err> {
        plain(x, floor)
    }
}

#[cfg(feature = "cuda")]
impl NormalizeKernel for dfdx::tensor::Cuda {}

/// L2 normalisation in dfdx's own ops.
pub(crate) fn plain<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Rows<W, D, T>,
    floor: f32,
) -> Result<Rows<W, D, T>, D::Err> {
    let shape = *x.shape();
    let (x, tape) = x.split_tape();
    let squares = x.retaped::<T>().try_square()?.try_sum::<_, Axis<1>>()?;
    let lengths = squares.try_clamp(floor, f32::MAX)?.try_sqrt()?;
    x.put_tape(tape).try_div(lengths.try_broadcast_like(&shape)?)
}

impl NormalizeKernel for Cpu {
    fn l2_normalize<const W: usize, T: Tape<f32, Self>>(
        x: Rows<W, Self, T>,
        floor: f32,
    ) -> Result<Rows<W, Self, T>, CpuError> {
        let (x, mut tape) = x.split_tape();
        let rows = x.shape().0;
        let mut output = values(&x);
        // The reciprocal length of each row, negative where the floor was used and no gradient flows through the length.
        let mut scales = vec![0.0; rows];
        for_rows(&mut scales, 1, 2 * W, |first, part| {
            vectorized(|| {
                for (scale, row) in part.iter_mut().zip(output[first * W..].chunks_exact(W)) {
                    let square = inner(row, row);
                    *scale = if square > floor { 1.0 / square.sqrt() } else { -1.0 / floor.sqrt() };
                }
            })
        });
        for_rows(&mut output, W, 2 * W, |first, part| {
            vectorized(|| {
                for (row, scale) in part.chunks_exact_mut(W).zip(&scales[first..]) {
                    row.iter_mut().for_each(|x| *x *= scale.abs());
                }
            })
        });
        let saved = if T::OWNS_TAPE { output.clone() } else { Vec::new() };
        let y = tensor(x.device(), output, (rows, Const))?;
        let result = y.clone();
        tape.add_backward_op(move |gradients| {
            let g = take_gradient(gradients, &y)?;
            for_rows(gradients.get_or_alloc_mut(&x)?, W, 4 * W, |first, part| {
                vectorized(|| {
                    for (index, row) in part.chunks_exact_mut(W).enumerate() {
                        let at = first + index;
                        let (g, y) = (&g[at * W..(at + 1) * W], &saved[at * W..(at + 1) * W]);
                        let along = if scales[at] > 0.0 { inner(g, y) } else { 0.0 };
                        let scale = scales[at].abs();
                        for (target, (g, y)) in row.iter_mut().zip(g.iter().zip(y)) {
                            *target += scale * (g - along * y);
                        }
                    }
                })
            });
            Ok(())
        });
        Ok(result.put_tape(tape))
    }
}

/// Scales each row to length one; a zero row stays zero.
pub fn l2_normalize<const W: usize, D: Device, T: Recorder<D>>(
    x: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    D::l2_normalize(x, EPSILON)
}

/// `x / max(1, |x| / max)`: scales rows that are longer than `max`, which is above 0, to that length.
pub fn clip_norm<const W: usize, D: Device, T: Recorder<D>>(
    x: Rows<W, D, T>,
    max: f32,
) -> Result<Rows<W, D, T>, D::Err> {
    scale(D::l2_normalize(x, max * max)?, max)
}
