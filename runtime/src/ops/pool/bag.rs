//! Pooling of table rows: a bag of ids is gathered and pooled in one pass.

use std::sync::Arc;

use dfdx::shapes::{Axis, Const, HasShape};
use dfdx::tensor::{PutTape, Tensor};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, GatherTo, SumTo, TryMul};

use super::lookup::Source;
use crate::data::NONE;
use crate::ops::gather::{Gather, row_of};
use crate::ops::parallel::{add_scaled, vectorized};
use crate::ops::reshape::Reshape as _;
use crate::ops::widths::common_widths;
use crate::ops::{Combiner, Device, Rows, Tape};

/// Bags of a batch: source rows and their weights.
#[derive(Debug)]
pub(crate) struct Bagged {
    pub(crate) slots: Arc<Vec<u32>>,
    /// Offsets of the bags; one more than there are bags.
    pub(crate) offsets: Vec<u32>,
    /// Weight per slot; 1 if empty.
    weights: Vec<f32>,
    combiner: Combiner,
}

impl Bagged {
    pub(crate) fn new(slots: &Arc<Vec<u32>>, offsets: &[u32], weights: &[f32], combiner: Combiner) -> Self {
        let offsets = if offsets.is_empty() { vec![0] } else { offsets.to_vec() };
        Self { slots: slots.clone(), offsets, weights: weights.to_vec(), combiner }
    }

    /// Slots of a bag, with the coefficients that make each combiner except max a sum.
    #[inline(always)]
    fn terms(&self, index: usize) -> Terms<'_> {
        let bag = self.bag(index);
        let (slots, weights) = (&self.slots[bag.clone()], self.weights.get(bag).unwrap_or_default());
        let sum = |of: fn(f32) -> f32| match weights {
            [] => slots.len() as f32,
            weights => weights.iter().map(|weight| of(*weight)).sum(),
        };
        let divisor = match self.combiner {
            Combiner::Sum | Combiner::Max => 1.0,
            Combiner::Mean => sum(|weight| weight),
            Combiner::Sqrtn => sum(|weight| weight * weight).sqrt(),
        };
        Terms { slots, weights, scale: if divisor == 0.0 { 0.0 } else { 1.0 / divisor } }
    }

    fn bags(&self) -> usize {
        self.offsets.len() - 1
    }

    fn bag(&self, index: usize) -> std::ops::Range<usize> {
        self.offsets[index] as usize..self.offsets[index + 1] as usize
    }

    /// Slot of the first maximum for each bag and column; `NONE` if it is the zero of an absent row.
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

/// Weighted sum of the rows of each bag.
struct Sum {
    bags: Arc<Bagged>,
    width: usize,
}

impl Gather for Sum {
    fn width(&self) -> usize {
        self.width
    }

    fn rows(&self) -> usize {
        self.bags.bags()
    }

    fn reads(&self) -> usize {
        self.bags.slots.len()
    }

    fn forward(&self, source: &[f32], first: usize, output: &mut [f32]) {
        let Self { bags, width } = self;
        vectorized(
            #[inline(always)]
            || {
                for (index, row) in output.chunks_exact_mut(*width).enumerate() {
                    let bag = Bag { terms: bags.terms(first + index), source, width: *width };
                    let mut column = 0;
                    while column < *width {
                        let row = &mut row[column..];
                        column += match row.len() {
                            32.. => bag.sum::<32>(column, row),
                            16.. => bag.sum::<16>(column, row),
                            4.. => bag.sum::<4>(column, row),
                            _ => bag.sum::<1>(column, row),
                        };
                    }
                }
            },
        );
    }

    fn backward(&self, g: &[f32], first: usize, into: &mut [f32]) {
        let (bags, width) = (&self.bags, self.width);
        common_widths!(width => vectorized(|| {
            for (index, g) in g.chunks_exact(width).enumerate() {
                for (slot, coefficient) in bags.terms(index).each() {
                    if let Some(row) = row_of(into, first, slot, width) {
                        add_scaled(row, coefficient, g);
                    }
                }
            }
        }));
    }
}

/// Terms of the weighted sum of a bag.
#[derive(Clone, Copy)]
struct Terms<'a> {
    slots: &'a [u32],
    /// Weight of each slot; 1 if empty.
    weights: &'a [f32],
    /// Factor of all weights.
    scale: f32,
}

impl<'a> Terms<'a> {
    /// Slots with their coefficients.
    #[inline(always)]
    fn each(self) -> impl Iterator<Item = (u32, f32)> + use<'a> {
        let Self { slots, weights, scale } = self;
        let coefficient = move |at: usize| weights.get(at).map_or(scale, |weight: &f32| *weight * scale);
        slots.iter().enumerate().map(move |(at, &slot)| (slot, coefficient(at)))
    }
}

/// A bag with the rows that it selects.
struct Bag<'a> {
    terms: Terms<'a>,
    source: &'a [f32],
    width: usize,
}

impl Bag<'_> {
    /// Writes `N` columns of the weighted sum to the beginning of `row`. Returns `N`. The sum stays in registers.
    #[inline(always)]
    fn sum<const N: usize>(&self, column: usize, row: &mut [f32]) -> usize {
        let mut sum = [0.0; N];
        for (slot, coefficient) in self.terms.each() {
            if slot != NONE {
                let found = &self.source[slot as usize * self.width + column..][..N];
                for at in 0..N {
                    sum[at] += coefficient * found[at];
                }
            }
        }
        row[..N].copy_from_slice(&sum);
        N
    }
}

/// Value of the winning slot for each bag and column; zero for `NONE`.
struct Winners {
    winners: Vec<u32>,
    width: usize,
}

impl Gather for Winners {
    fn width(&self) -> usize {
        self.width
    }

    fn rows(&self) -> usize {
        self.winners.len() / self.width
    }

    fn reads(&self) -> usize {
        self.rows()
    }

    fn forward(&self, source: &[f32], first: usize, output: &mut [f32]) {
        let winners = self.winners[first * self.width..].iter().enumerate();
        for (y, (at, &slot)) in output.iter_mut().zip(winners) {
            *y = if slot == NONE { 0.0 } else { source[slot as usize * self.width + at % self.width] };
        }
    }

    fn backward(&self, g: &[f32], first: usize, into: &mut [f32]) {
        for (at, (&slot, g)) in self.winners.iter().zip(g).enumerate() {
            if let Some(row) = row_of(into, first, slot, self.width) {
                row[at % self.width] += g;
            }
        }
    }
}

fn gathered_rows<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(source: &Source<W, D>) -> Rows<W, D, T> {
    if source.trained {
        source.rows.retaped()
    } else {
        // A tensor with a new id receives gradients that are not read.
        let device = source.rows.device();
        device.tensor_from_vec(source.host.to_vec(), *source.rows.shape()).put_tape(T::default())
    }
}

/// Plain formulation of the weighted sum; bags are padded to the longest.
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
        for (position, (slot, coefficient)) in bags.terms(index).each().enumerate() {
            if slot != NONE {
                indices[index * longest + position] = slot as usize;
                coefficients[index * longest + position] = coefficient;
            }
        }
    }
    let indices: Tensor<(usize, usize), usize, D> = device.try_tensor_from_vec(indices, (rows, longest))?;
    let found: Tensor<(usize, usize, Const<W>), f32, D, T> = gathered_rows(source).try_gather(indices)?;
    let coefficients = device.try_tensor_from_vec(coefficients, (rows, longest))?;
    let coefficients =
        coefficients.put_tape(T::default()).try_broadcast_like(&(rows, longest, Const::<W>))?;
    found.try_mul(coefficients)?.try_sum::<_, Axis<1>>()
}

/// Plain formulation of the maximum; winners are found on the host, their values gathered on the device.
pub(crate) fn plain_max<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    source: &Source<W, D>,
    bags: &Bagged,
) -> Result<Rows<W, D, T>, D::Err> {
    let device = source.rows.device();
    let shape = (bags.bags(), Const::<W>);
    let row_count = source.rows.shape().0;
    if row_count == 0 || shape.0 == 0 {
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
        gathered_rows(source).reshaped((row_count * W, Const::<1>))?;
    let found: Tensor<(usize, Const<1>), f32, D, T> = flat.try_gather(indices)?;
    let found = found.reshaped(shape)?;
    found.try_mul(device.try_tensor_from_vec(mask, shape)?.put_tape(T::default()))
}

/// Pooled rows of each bag.
pub(crate) fn pool_bags<const W: usize, D: Device, T: Tape<f32, D>>(
    source: &Source<W, D>,
    bags: Bagged,
    combiner: Combiner,
) -> Result<Rows<W, D, T>, D::Err> {
    let shape = (bags.bags(), Const);
    match combiner {
        Combiner::Max => {
            let gathering = source.gathering(Winners { winners: bags.winners(W, &source.host), width: W });
            D::gather(gathering, T::default(), shape, |_| plain_max(source, &bags))
        }
        Combiner::Sum | Combiner::Mean | Combiner::Sqrtn => {
            let bags = Arc::new(bags);
            let gathering = source.gathering(Sum { bags: bags.clone(), width: W });
            D::gather(gathering, T::default(), shape, |_| plain_sum(source, &bags))
        }
    }
}
