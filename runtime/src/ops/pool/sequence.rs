//! Pooling of a sequence to one vector: sum, mean, sum over the square root of the length, or maximum.

use std::ops::Range;

use dfdx::shapes::{Axis, Const, HasShape};
use dfdx::tensor::{PutTape, SplitTape, Tensor};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, GatherTo, SumTo, TryMul};

use crate::data::NONE;
use crate::ops::Combiner;
use crate::ops::call::Call;
use crate::ops::op::{Forward, Op, Saved, Scratch};
use crate::ops::parallel::{add_scaled, vectorized};
use crate::ops::reshape::Reshape as _;
use crate::ops::sequence::{Sequence, plain_masked};
use crate::ops::{Device, Rows, Tape};

/// Pooled vectors of a sequence; inputs are the vectors and the mask. A sum saves the factor of each
/// position. A maximum saves the 1-based position of each column, 0 for none.
struct Pool {
    length: usize,
    width: usize,
    combiner: Combiner,
}

impl Pool {
    /// Index in `x` of each saved position, and index in the output.
    fn winners<'a>(&'a self, saved: &'a [f32]) -> impl Iterator<Item = (usize, usize)> + 'a {
        let found = saved.iter().enumerate().filter(|(_, number)| **number > 0.0);
        found.map(|(at, number)| {
            let (record, column) = (at / self.width, at % self.width);
            (((record * self.length) + *number as usize - 1) * self.width + column, at)
        })
    }
}

impl Op for Pool {
    fn cost(&self) -> usize {
        self.length * self.width
    }

    fn saved(&self) -> Saved {
        Saved::NOTHING.numbers(if self.combiner == Combiner::Max { self.width } else { self.length })
    }

    fn forward(
        &self,
        _: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        saved: &mut [f32],
        _: &mut Scratch,
    ) {
        let (x, mask) = (inputs[0], inputs[1]);
        output.fill(0.0);
        if self.combiner == Combiner::Max {
            saved.fill(0.0);
            let winners = winners(x, mask, self.length, self.width);
            for (number, &at) in saved.iter_mut().zip(&winners).filter(|(_, at)| **at != NONE) {
                *number = (at as usize / self.width % self.length + 1) as f32;
            }
            self.winners(saved).for_each(|(from, to)| output[to] = x[from]);
            return;
        }
        let factors = coefficients(mask, self.length, self.combiner);
        vectorized(|| {
            let positions = mask.iter().zip(saved).zip(x.chunks_exact(self.width));
            for (at, ((mask, factor), x)) in positions.enumerate() {
                let record = at / self.length;
                *factor = mask * factors[record];
                add_scaled(&mut output[record * self.width..][..self.width], *factor, x);
            }
        });
    }

    fn backward(
        &self,
        _: usize,
        forward: &Forward<'_>,
        g: &mut [f32],
        into: &mut [&mut [f32]],
        _: &mut Scratch,
    ) {
        if self.combiner == Combiner::Max {
            self.winners(forward.saved).for_each(|(from, to)| into[0][from] += g[to]);
            return;
        }
        vectorized(|| {
            let positions = forward.saved.iter().zip(into[0].chunks_exact_mut(self.width));
            for (at, (factor, into)) in positions.enumerate() {
                add_scaled(into, *factor, &g[at / self.length * self.width..][..self.width]);
            }
        });
    }
}

/// Factors of the vectors of each record, so that each combiner except max is a sum.
fn coefficients(mask: &[f32], length: usize, combiner: Combiner) -> Vec<f32> {
    let coefficient = |mask: &[f32]| match mask.iter().sum::<f32>() {
        0.0 => 0.0,
        count if combiner == Combiner::Mean => 1.0 / count,
        count if combiner == Combiner::Sqrtn => 1.0 / count.sqrt(),
        _ => 1.0,
    };
    mask.chunks_exact(length).map(coefficient).collect()
}

/// Index of the first maximum for each record and column; `NONE` for an empty record.
fn winners(values: &[f32], mask: &[f32], length: usize, width: usize) -> Vec<u32> {
    let mut winners = vec![NONE; values.len() / length];
    for (record, winners) in winners.chunks_exact_mut(width).enumerate() {
        for position in (record * length..(record + 1) * length).filter(|&position| mask[position] != 0.0) {
            for (column, winner) in winners.iter_mut().enumerate() {
                let at = position * width + column;
                if *winner == NONE || values[at] > values[*winner as usize] {
                    *winner = at as u32;
                }
            }
        }
    }
    winners
}

/// Plain formulation of pooling. Winners of a maximum are found on the host, so that a tie has one.
pub(crate) fn plain<const N: usize, const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Sequence<N, W, D, T>,
    combiner: Combiner,
) -> Result<Rows<W, D, T>, D::Err> {
    let device = x.values.device().clone();
    let rows = x.values.shape().0;
    let mask = x.mask.as_vec();
    if combiner != Combiner::Max {
        let coefficients = device.try_tensor_from_vec(coefficients(&mask, N, combiner), (rows,))?;
        let sum = plain_masked(x)?.try_sum::<_, Axis<1>>()?;
        let coefficients = coefficients.put_tape(T::default()).try_broadcast_like(sum.shape())?;
        return sum.try_mul(coefficients);
    }
    let winners = winners(&x.values.as_vec(), &mask, N, W);
    let found = winners.iter().map(|&at| if at == NONE { 0.0 } else { 1.0 }).collect();
    let indices = winners.iter().map(|&at| if at == NONE { 0 } else { at as usize }).collect();
    let indices: Tensor<(usize,), usize, D> = device.try_tensor_from_vec(indices, (winners.len(),))?;
    let flat: Tensor<(usize, Const<1>), f32, D, T> = x.values.reshaped((rows * N * W, Const::<1>))?;
    let largest: Tensor<(usize, Const<1>), f32, D, T> = flat.try_gather(indices)?;
    let largest: Rows<W, D, T> = largest.reshaped((rows, Const))?;
    largest.try_mul(device.try_tensor_from_vec(found, (rows, Const))?.put_tape(T::default()))
}

/// Pooled vectors of each record. In a tie the first maximum gets the gradient.
pub fn pool<const N: usize, const W: usize, D: Device, T: Tape<f32, D>>(
    x: Sequence<N, W, D, T>,
    combiner: Combiner,
) -> Result<Rows<W, D, T>, D::Err> {
    let (values, tape) = x.values.split_tape();
    let rows = values.shape().0;
    let op = Pool { length: N, width: W, combiner };
    let call = Call::new(values.device(), op, rows).of(&values).constant(&x.mask);
    D::call(call, tape, (rows, Const), |tape| {
        plain(Sequence { values: values.put_tape(tape), mask: x.mask }, combiner)
    })
}
