//! Lookup of gathered table rows for a column of ids.

use std::sync::Arc;

use dfdx::shapes::Const;
use dfdx::tensor::{PutTape, Tensor};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, GatherTo, TryMul};

use crate::data::NONE;
use crate::ops::gather::{Gather, Gathering, row_of};
use crate::ops::parallel::{add_scaled, vectorized};
use crate::ops::widths::common_widths;
use crate::ops::{Device, Rows, Tape};

/// Gathered table rows, on the device and in host memory.
#[derive(Debug)]
pub(crate) struct Source<const W: usize, D: Tensors<f32>> {
    /// Rows on the device, which receive gradients.
    pub(crate) rows: Rows<W, D>,
    /// Same values in host memory.
    pub(crate) host: Arc<Vec<f32>>,
    /// True if gradients are needed.
    pub(crate) trained: bool,
}

impl<const W: usize, D: Device> Source<W, D> {
    /// A gather of the rows.
    pub(crate) fn gathering(&self, op: impl Gather) -> Gathering<D> {
        Gathering::new(op, &self.rows).at_hand(&self.host, self.trained)
    }
}

/// Row `slots[i]` of the source for each `i`; zeros for `NONE`.
pub(crate) struct Slots {
    pub(crate) slots: Arc<Vec<u32>>,
    pub(crate) width: usize,
}

impl Gather for Slots {
    fn width(&self) -> usize {
        self.width
    }

    fn rows(&self) -> usize {
        self.slots.len()
    }

    fn reads(&self) -> usize {
        self.slots.len()
    }

    fn forward(&self, source: &[f32], first: usize, output: &mut [f32]) {
        let width = self.width;
        common_widths!(width => {
            for (row, &slot) in output.chunks_exact_mut(width).zip(&self.slots[first..]) {
                match slot {
                    NONE => row.fill(0.0),
                    slot => row.copy_from_slice(&source[slot as usize * width..][..width]),
                }
            }
        });
    }

    fn backward(&self, g: &[f32], first: usize, into: &mut [f32]) {
        let width = self.width;
        common_widths!(width => vectorized(|| {
            for (&slot, g) in self.slots.iter().zip(g.chunks_exact(width)) {
                if let Some(row) = row_of(into, first, slot, width) {
                    add_scaled(row, 1.0, g);
                }
            }
        }));
    }
}

/// Plain formulation of the lookup.
pub(crate) fn plain<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    source: &Source<W, D>,
    slots: &Arc<Vec<u32>>,
) -> Result<Rows<W, D, T>, D::Err> {
    let device = source.rows.device();
    let shape = (slots.len(), Const::<W>);
    if slots.iter().all(|&slot| slot == NONE) {
        return Ok(device.try_zeros_like(&shape)?.put_tape(T::default()));
    }
    let mask: Vec<f32> = slots.iter().map(|&slot| if slot == NONE { 0.0 } else { 1.0 }).collect();
    let indices = slots.iter().map(|&slot| if slot == NONE { 0 } else { slot as usize }).collect();
    let indices: Tensor<(usize,), usize, D> = device.try_tensor_from_vec(indices, (slots.len(),))?;
    let found = if source.trained {
        source.rows.retaped::<T>().try_gather(indices)?
    } else {
        source.rows.clone().try_gather(indices)?.put_tape(T::default())
    };
    let mask = device.try_tensor_from_vec(mask, (slots.len(),))?;
    found.try_mul(mask.put_tape(T::default()).try_broadcast_like(&shape)?)
}

/// Row `slots[i]` of the source for each `i`; zeros for `NONE`.
pub(crate) fn lookup<const W: usize, D: Device, T: Tape<f32, D>>(
    source: &Source<W, D>,
    slots: &Arc<Vec<u32>>,
) -> Result<Rows<W, D, T>, D::Err> {
    let gathering = source.gathering(Slots { slots: slots.clone(), width: W });
    D::gather(gathering, T::default(), (slots.len(), Const), |_| plain(source, slots))
}
