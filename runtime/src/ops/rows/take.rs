//! Selection of rows, in any order and with repetition.

use std::sync::Arc;

use dfdx::shapes::{Const, HasShape};
use dfdx::tensor::{PutTape, SplitTape, Tensor};
use dfdx::tensor_ops::{Device as Tensors, GatherTo};

use crate::ops::gather::Gathering;
use crate::ops::pool::lookup::Slots;
use crate::ops::{Device, Rows, Tape};

/// Plain formulation of the selection.
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

/// Row `rows[i]` of `x` for each `i`.
pub fn take<const W: usize, D: Device, T: Tape<f32, D>>(
    x: Rows<W, D, T>,
    rows: impl IntoIterator<Item = u32>,
) -> Result<Rows<W, D, T>, D::Err> {
    let rows: Vec<u32> = rows.into_iter().collect();
    let (x, tape) = x.split_tape();
    let (slots, shape) = (Arc::new(rows.clone()), (rows.len(), Const));
    let gathering = Gathering::new(Slots { slots, width: W }, &x);
    D::gather(gathering, tape, shape, |tape| plain(x.put_tape(tape), rows))
}

/// Positives of a step's candidates, one per record. They come first.
pub fn positives<const W: usize, D: Device, T: Tape<f32, D>>(
    candidates: Rows<W, D, T>,
    records: usize,
) -> Result<Rows<W, D, T>, D::Err> {
    take(candidates, 0..records as u32)
}

/// Negatives of a step's candidates. They come after the positives.
pub fn negatives<const W: usize, D: Device, T: Tape<f32, D>>(
    candidates: Rows<W, D, T>,
    records: usize,
) -> Result<Rows<W, D, T>, D::Err> {
    let rows = records as u32..candidates.shape().0 as u32;
    take(candidates, rows)
}
