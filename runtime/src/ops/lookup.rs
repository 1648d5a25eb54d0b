//! Rows of a leaf by position: what an id column becomes.

use std::sync::Arc;

use dfdx::shapes::{Const, HasShape};
use dfdx::tensor::{Cpu, CpuError, PutTape, Tape, Tensor};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, GatherTo, TryMul};

use super::Rows;
use super::host::{take_gradient, tensor};
use super::parallel::{add_scaled, for_rows, vectorized};
use crate::data::NONE;

/// The gathered rows of a table, on the device and in host memory.
#[derive(Debug)]
pub struct Source<const W: usize, D: Tensors<f32>> {
    /// Rows that gradients flow to.
    pub(crate) rows: Rows<W, D>,
    /// The same values.
    pub(crate) host: Arc<Vec<f32>>,
    /// True if gradients are wanted.
    pub(crate) trained: bool,
}

/// Lookups of a device.
pub trait LookupKernel: Tensors<f32> {
    /// Row `slots[i]` of the source for each `i`; zeros for `NONE`.
    fn lookup<const W: usize, T: Tape<f32, Self>>(
        source: &Source<W, Self>,
        slots: &Arc<Vec<u32>>,
    ) -> Result<Rows<W, Self, T>, Self::Err> {
        plain(source, slots)
    }
}

#[cfg(feature = "cuda")]
impl LookupKernel for dfdx::tensor::Cuda {}

/// The lookup in dfdx's own ops.
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

impl LookupKernel for Cpu {
    fn lookup<const W: usize, T: Tape<f32, Self>>(
        source: &Source<W, Self>,
        slots: &Arc<Vec<u32>>,
    ) -> Result<Rows<W, Self, T>, CpuError> {
        let mut output = vec![0.0; slots.len() * W];
        for_rows(&mut output, W, 2 * W, |first, part| {
            for (row, &slot) in part.chunks_exact_mut(W).zip(&slots[first..]) {
                if slot != NONE {
                    row.copy_from_slice(&source.host[slot as usize * W..(slot as usize + 1) * W]);
                }
            }
        });
        let y = tensor(source.rows.device(), output, (slots.len(), Const))?;
        let result = y.clone();
        let mut tape = T::default();
        if source.trained {
            let (leaf, slots) = (source.rows.clone(), slots.clone());
            tape.add_backward_op(move |gradients| {
                let g = take_gradient(gradients, &y)?;
                let work = slots.len() * W / leaf.shape().0.max(1);
                for_rows(gradients.get_or_alloc_mut(&leaf)?, W, work, |first, part| {
                    vectorized(|| {
                        for (&slot, g) in slots.iter().zip(g.chunks_exact(W)) {
                            if let Some(row) = row_of(part, first, slot, W) {
                                add_scaled(row, 1.0, g);
                            }
                        }
                    })
                });
                Ok(())
            });
        }
        Ok(result.put_tape(tape))
    }
}

/// The row of a slot, where a worker's chunk of the rows holds it.
#[inline(always)]
pub(crate) fn row_of(part: &mut [f32], first: usize, slot: u32, width: usize) -> Option<&mut [f32]> {
    if slot == NONE {
        return None;
    }
    let start = (slot as usize).checked_sub(first)? * width;
    part.get_mut(start..start + width)
}
