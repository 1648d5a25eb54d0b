//! Some of the rows, in any order and any number of times.

use dfdx::shapes::{Const, HasShape};
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Tape, Tensor};
use dfdx::tensor_ops::{Device as Tensors, GatherTo};

use super::host::{take_gradient, tensor, values};
use super::lookup::row_of;
use super::parallel::{add_scaled, for_rows, vectorized};
use super::{Device, Recorder, Rows};

/// Taking rows on a device.
pub trait TakeKernel: Tensors<f32> {
    /// Row `rows[i]` of `x` for each `i`.
    fn take<const W: usize, T: Tape<f32, Self>>(
        x: Rows<W, Self, T>,
        rows: Vec<u32>,
    ) -> Result<Rows<W, Self, T>, Self::Err> {
        plain(x, rows)
    }
}

#[cfg(feature = "cuda")]
impl TakeKernel for dfdx::tensor::Cuda {}

/// The rows in dfdx's own ops.
pub(crate) fn plain<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Rows<W, D, T>,
    rows: Vec<u32>,
) -> Result<Rows<W, D, T>, D::Err> {
    let device = x.device().clone();
    if rows.is_empty() {
        let (_, tape) = x.split_tape();
        return Ok(device.try_zeros_like(&(0, Const))?.put_tape(tape));
    }
    let count = rows.len();
    let rows = rows.into_iter().map(|row| row as usize).collect();
    let rows: Tensor<(usize,), usize, D> = device.try_tensor_from_vec(rows, (count,))?;
    x.try_gather(rows)
}

impl TakeKernel for Cpu {
    fn take<const W: usize, T: Tape<f32, Self>>(
        x: Rows<W, Self, T>,
        rows: Vec<u32>,
    ) -> Result<Rows<W, Self, T>, CpuError> {
        let (x, mut tape) = x.split_tape();
        let input = values(&x);
        let mut output = vec![0.0; rows.len() * W];
        for_rows(&mut output, W, 2 * W, |first, part| {
            for (into, &row) in part.chunks_exact_mut(W).zip(&rows[first..]) {
                into.copy_from_slice(&input[row as usize * W..(row as usize + 1) * W]);
            }
        });
        let y = tensor(x.device(), output, (rows.len(), Const))?;
        let result = y.clone();
        tape.add_backward_op(move |gradients| {
            let g = take_gradient(gradients, &y)?;
            let work = rows.len() * W / x.shape().0.max(1);
            for_rows(gradients.get_or_alloc_mut(&x)?, W, work, |first, part| {
                vectorized(|| {
                    for (&row, g) in rows.iter().zip(g.chunks_exact(W)) {
                        if let Some(into) = row_of(part, first, row, W) {
                            add_scaled(into, 1.0, g);
                        }
                    }
                })
            });
            Ok(())
        });
        Ok(result.put_tape(tape))
    }
}

/// Row `rows[i]` of `x` for each `i`.
pub fn take<const W: usize, D: Device, T: Recorder<D>>(
    x: Rows<W, D, T>,
    rows: impl IntoIterator<Item = u32>,
) -> Result<Rows<W, D, T>, D::Err> {
    D::take(x, rows.into_iter().collect())
}

/// The own candidates of so many records, which stand before those drawn.
pub fn own_candidates<const W: usize, D: Device, T: Recorder<D>>(
    candidates: Rows<W, D, T>,
    records: usize,
) -> Result<Rows<W, D, T>, D::Err> {
    take(candidates, 0..records as u32)
}

/// The drawn candidates, which stand behind the own ones of so many records.
pub fn drawn_candidates<const W: usize, D: Device, T: Recorder<D>>(
    candidates: Rows<W, D, T>,
    records: usize,
) -> Result<Rows<W, D, T>, D::Err> {
    let rows = records as u32..candidates.shape().0 as u32;
    take(candidates, rows)
}
