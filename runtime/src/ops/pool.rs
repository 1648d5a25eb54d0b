//! Pooled rows of a leaf: what a bag of ids becomes, gathered and combined in one pass.

use std::sync::Arc;

use dfdx::shapes::{Axis, Const, HasShape};
use dfdx::tensor::{Cpu, CpuError, PutTape, Tape, Tensor};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, GatherTo, ReshapeTo, SumTo, TryMul};

use super::Rows;
use super::host::{take_gradient, tensor};
use super::lookup::{Source, row_of};
use super::parallel::{add_scaled, for_rows, vectorized};
use crate::data::NONE;

/// Combination of the rows of a bag into one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combiner {
    /// `sum w e`.
    Sum,
    /// `sum w e / sum w`.
    Mean,
    /// `sum w e / sqrt(sum w^2)`.
    Sqrtn,
    /// The largest value of each column; weights do not matter.
    Max,
}

/// The bags of a batch: which rows of the source each has, and what each counts.
#[derive(Debug)]
pub struct Bagged {
    pub(crate) slots: Arc<Vec<u32>>,
    /// One more than there are bags.
    pub(crate) offsets: Vec<u32>,
    /// One per slot, so that each combiner but max is a sum.
    pub(crate) coefficients: Vec<f32>,
}

impl Bagged {
    pub(crate) fn new(slots: &Arc<Vec<u32>>, offsets: &[u32], weights: &[f32], combiner: Combiner) -> Self {
        let mut coefficients = if weights.is_empty() { vec![1.0; slots.len()] } else { weights.to_vec() };
        for bag in offsets.windows(2) {
            let bag = &mut coefficients[bag[0] as usize..bag[1] as usize];
            let divisor = match combiner {
                Combiner::Sum | Combiner::Max => continue,
                Combiner::Mean => bag.iter().sum::<f32>(),
                Combiner::Sqrtn => bag.iter().map(|w| w * w).sum::<f32>().sqrt(),
            };
            let scale = if divisor == 0.0 { 0.0 } else { 1.0 / divisor };
            bag.iter_mut().for_each(|w| *w *= scale);
        }
        let offsets = if offsets.is_empty() { vec![0] } else { offsets.to_vec() };
        Self { slots: slots.clone(), offsets, coefficients }
    }

    fn bags(&self) -> usize {
        self.offsets.len() - 1
    }

    fn bag(&self, index: usize) -> std::ops::Range<usize> {
        self.offsets[index] as usize..self.offsets[index + 1] as usize
    }

    /// For each bag and column, the slot of the first largest value; `NONE` where that is the zero of an absent row.
    fn winners(&self, width: usize, host: &[f32]) -> Vec<u32> {
        let mut winners = vec![NONE; self.bags() * width];
        for (index, winners) in winners.chunks_exact_mut(width).enumerate() {
            let mut best = vec![f32::NEG_INFINITY; width];
            for &slot in &self.slots[self.bag(index)] {
                for column in 0..width {
                    let value = if slot == NONE { 0.0 } else { host[slot as usize * width + column] };
                    if value > best[column] {
                        best[column] = value;
                        winners[column] = slot;
                    }
                }
            }
        }
        winners
    }
}

/// Pooled lookups of a device.
pub trait PoolKernel: Tensors<f32> {
    /// Sum of the rows of each bag times their coefficients.
    fn pool_sum<const W: usize, T: Tape<f32, Self>>(
        source: &Source<W, Self>,
        bags: Bagged,
    ) -> Result<Rows<W, Self, T>, Self::Err> {
        plain_sum(source, &bags)
    }

    /// Largest value of each column among the rows of each bag.
    fn pool_max<const W: usize, T: Tape<f32, Self>>(
        source: &Source<W, Self>,
        bags: Bagged,
    ) -> Result<Rows<W, Self, T>, Self::Err> {
        plain_max(source, &bags)
    }
}

#[cfg(feature = "cuda")]
impl PoolKernel for dfdx::tensor::Cuda {}

fn leaf_of<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(source: &Source<W, D>) -> Rows<W, D, T> {
    if source.trained {
        source.rows.retaped()
    } else {
        // A tensor of another name: gradients that reach it reach nobody.
        let device = source.rows.device();
        device.tensor_from_vec(source.host.to_vec(), *source.rows.shape()).put_tape(T::default())
    }
}

/// The weighted sum in dfdx's own ops: bags padded to the longest.
pub(crate) fn plain_sum<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    source: &Source<W, D>,
    bags: &Bagged,
) -> Result<Rows<W, D, T>, D::Err> {
    let device = source.rows.device();
    let rows = bags.bags();
    let longest = (0..rows).map(|index| bags.bag(index).len()).max().unwrap_or(0);
    if longest == 0 || source.rows.shape().0 == 0 {
        return Ok(device.try_zeros_like(&(rows, Const::<W>))?.put_tape(T::default()));
    }
    let (mut indices, mut coefficients) = (vec![0usize; rows * longest], vec![0.0; rows * longest]);
    for index in 0..rows {
        for (position, item) in bags.bag(index).enumerate() {
            if bags.slots[item] != NONE {
                indices[index * longest + position] = bags.slots[item] as usize;
                coefficients[index * longest + position] = bags.coefficients[item];
            }
        }
    }
    let indices: Tensor<(usize, usize), usize, D> = device.try_tensor_from_vec(indices, (rows, longest))?;
    let found: Tensor<(usize, usize, Const<W>), f32, D, T> = leaf_of(source).try_gather(indices)?;
    let coefficients = device.try_tensor_from_vec(coefficients, (rows, longest))?;
    let coefficients =
        coefficients.put_tape(T::default()).try_broadcast_like(&(rows, longest, Const::<W>))?;
    found.try_mul(coefficients)?.try_sum::<_, Axis<1>>()
}

/// The maximum in dfdx's own ops: winners are found on the host, their values gathered on the device.
pub(crate) fn plain_max<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    source: &Source<W, D>,
    bags: &Bagged,
) -> Result<Rows<W, D, T>, D::Err> {
    let device = source.rows.device();
    let shape = (bags.bags(), Const::<W>);
    let leaf_rows = source.rows.shape().0;
    if leaf_rows == 0 || shape.0 == 0 {
        return Ok(device.try_zeros_like(&shape)?.put_tape(T::default()));
    }
    let winners = bags.winners(W, &source.host);
    let mask = winners.iter().map(|&slot| if slot == NONE { 0.0 } else { 1.0 }).collect();
    let indices = winners.iter().enumerate();
    let indices = indices
        .map(|(at, &slot)| if slot == NONE { 0 } else { slot as usize * W + at % W })
        .collect::<Vec<_>>();
    let count = indices.len();
    let indices: Tensor<(usize,), usize, D> = device.try_tensor_from_vec(indices, (count,))?;
    let flat: Tensor<(usize, Const<1>), f32, D, T> =
        leaf_of(source).try_reshape_like(&(leaf_rows * W, Const::<1>))?;
    let found: Tensor<(usize, Const<1>), f32, D, T> = flat.try_gather(indices)?;
    let found = found.try_reshape_like(&shape)?;
    found.try_mul(device.try_tensor_from_vec(mask, shape)?.put_tape(T::default()))
}

impl PoolKernel for Cpu {
    fn pool_sum<const W: usize, T: Tape<f32, Self>>(
        source: &Source<W, Self>,
        bags: Bagged,
    ) -> Result<Rows<W, Self, T>, CpuError> {
        let rows = bags.bags();
        let mean_length = bags.slots.len() / rows.max(1);
        let mut output = vec![0.0; rows * W];
        for_rows(&mut output, W, 2 * W * (1 + mean_length), |first, part| {
            vectorized(|| {
                for (index, row) in part.chunks_exact_mut(W).enumerate() {
                    for item in bags.bag(first + index) {
                        let slot = bags.slots[item];
                        if slot != NONE {
                            let found = &source.host[slot as usize * W..(slot as usize + 1) * W];
                            add_scaled(row, bags.coefficients[item], found);
                        }
                    }
                }
            })
        });
        let y = tensor(source.rows.device(), output, (rows, Const))?;
        let result = y.clone();
        let mut tape = T::default();
        if source.trained {
            let leaf = source.rows.clone();
            tape.add_backward_op(move |gradients| {
                let g = take_gradient(gradients, &y)?;
                let work = bags.slots.len() * W / leaf.shape().0.max(1);
                for_rows(gradients.get_or_alloc_mut(&leaf)?, W, work, |first, part| {
                    vectorized(|| {
                        for (index, g) in g.chunks_exact(W).enumerate() {
                            for item in bags.bag(index) {
                                if let Some(row) = row_of(part, first, bags.slots[item], W) {
                                    add_scaled(row, bags.coefficients[item], g);
                                }
                            }
                        }
                    })
                });
                Ok(())
            });
        }
        Ok(result.put_tape(tape))
    }

    fn pool_max<const W: usize, T: Tape<f32, Self>>(
        source: &Source<W, Self>,
        bags: Bagged,
    ) -> Result<Rows<W, Self, T>, CpuError> {
        let winners = bags.winners(W, &source.host);
        let value = |(at, &slot): (usize, &u32)| {
            if slot == NONE { 0.0 } else { source.host[slot as usize * W + at % W] }
        };
        let output = winners.iter().enumerate().map(value).collect();
        let y = tensor(source.rows.device(), output, (bags.bags(), Const))?;
        let result = y.clone();
        let mut tape = T::default();
        if source.trained {
            let leaf = source.rows.clone();
            tape.add_backward_op(move |gradients| {
                let g = take_gradient(gradients, &y)?;
                let target = gradients.get_or_alloc_mut(&leaf)?;
                for (at, (&slot, g)) in winners.iter().zip(&g).enumerate() {
                    if slot != NONE {
                        target[slot as usize * W + at % W] += g;
                    }
                }
                Ok(())
            });
        }
        Ok(result.put_tape(tape))
    }
}
