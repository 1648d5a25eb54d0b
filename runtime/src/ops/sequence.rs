//! Sequences: up to `N` vectors per record, with a mask. Vector layers see the `B` records of `N` positions
//! as `B * N` rows, which is the same memory.

pub(crate) mod convolution;
mod each;
pub(crate) mod position_embedding;

use std::ops::Range;

use dfdx::shapes::{Const, HasShape};
use dfdx::tensor::{NoneTape, PutTape, SplitTape, Storage, Tensor, WithEmptyTape};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, TryMul};

pub use convolution::{horizontal_convolution, vertical_convolution};
pub use each::{AtPositions, OfPositions, each, each_pair};
pub use position_embedding::{PositionEmbedding, position_embedding, sinusoids};

use super::call::Call;
use super::op::{Forward, Op, Saved, Scratch, records, records_mut};
use super::parallel::{add_scaled, vectorized};
use super::{Device, Rows, Tape, Vectors, mul};
use crate::ops::reshape::Reshape as _;

/// Mask of positions: 1 for valid, 0 for absent.
pub type Mask<const N: usize, D> = Tensor<(usize, Const<N>), f32, D>;

/// Up to `N` vectors of width `W` per record. Values at masked positions are finite but arbitrary: an op that
/// combines positions masks its input, so padding never affects a result or gradient.
#[derive(Clone, Debug)]
pub struct Sequence<const N: usize, const W: usize, D: Storage<f32>, T = NoneTape> {
    /// Vectors, `[B, N, W]`.
    pub values: Vectors<N, W, D, T>,
    /// Mask, `[B, N]`.
    pub mask: Mask<N, D>,
}

impl<const N: usize, const W: usize, D: Storage<f32>, T: Default> WithEmptyTape for Sequence<N, W, D, T> {
    fn with_empty_tape(&self) -> Self {
        Self { values: self.values.with_empty_tape(), mask: self.mask.clone() }
    }
}

/// Repetition of each row of its input.
struct Repeat {
    count: usize,
    width: usize,
}

impl Op for Repeat {
    fn cost(&self) -> usize {
        self.count * self.width
    }

    fn saved(&self) -> Saved {
        Saved::NOTHING
    }

    fn forward(
        &self,
        rows: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        _: &mut [f32],
        _: &mut Scratch,
    ) {
        let rows = rows.len();
        for (copies, row) in records_mut(output, rows).zip(records(inputs[0], rows)) {
            copies.chunks_exact_mut(self.width).for_each(|copy| copy.copy_from_slice(row));
        }
    }

    fn backward(
        &self,
        rows: usize,
        _: &Forward<'_>,
        g: &mut [f32],
        into: &mut [&mut [f32]],
        _: &mut Scratch,
    ) {
        vectorized(|| {
            for (into, g) in records_mut(into[0], rows).zip(records(g, rows)) {
                g.chunks_exact(self.width).for_each(|g| add_scaled(into, 1.0, g));
            }
        });
    }
}

/// Vectors of the first input where the mask (second input) is 1; zeros elsewhere. Saves the mask.
struct Masked {
    length: usize,
    width: usize,
}

impl Masked {
    fn valid<'a>(&self, mask: &'a [f32]) -> impl Iterator<Item = usize> + 'a {
        mask.iter().enumerate().filter(|(_, mask)| **mask != 0.0).map(|(position, _)| position)
    }
}

impl Op for Masked {
    fn cost(&self) -> usize {
        self.length * self.width
    }

    fn saved(&self) -> Saved {
        Saved::NOTHING.numbers(self.length)
    }

    fn forward(
        &self,
        _: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        saved: &mut [f32],
        _: &mut Scratch,
    ) {
        saved.copy_from_slice(inputs[1]);
        output.fill(0.0);
        for at in self.valid(inputs[1]).map(|position| position * self.width) {
            output[at..at + self.width].copy_from_slice(&inputs[0][at..at + self.width]);
        }
    }

    fn backward(
        &self,
        _: usize,
        forward: &Forward<'_>,
        g: &mut [f32],
        into: &mut [&mut [f32]],
        _: &mut Scratch,
    ) {
        vectorized(|| {
            for at in self.valid(forward.saved).map(|position| position * self.width) {
                add_scaled(&mut into[0][at..at + self.width], 1.0, &g[at..at + self.width]);
            }
        });
    }
}

/// Plain formulation of repetition.
pub(crate) fn plain_repeat<const N: usize, const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let rows = x.shape().0;
    let repeated: Vectors<N, W, D, T> = x.try_broadcast_like(&(rows, Const, Const))?;
    repeated.reshaped((rows * N, Const))
}

/// Plain formulation of masking.
pub(crate) fn plain_masked<const N: usize, const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Sequence<N, W, D, T>,
) -> Result<Vectors<N, W, D, T>, D::Err> {
    let shape = *x.values.shape();
    x.values.try_mul(x.mask.put_tape(T::default()).try_broadcast_like(&shape)?)
}

/// Positions that are valid in both.
pub(crate) fn both<const N: usize, D: Device>(a: Mask<N, D>, b: &Mask<N, D>) -> Result<Mask<N, D>, D::Err> {
    mul(a, b.clone())
}

/// Vectors of all records as rows.
pub fn positions<const N: usize, const W: usize, D: Device, T: Tape<f32, D>>(
    x: Vectors<N, W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let rows = x.shape().0;
    x.reshaped((rows * N, Const))
}

/// Rows as `N` vectors per record: inverse of [`positions`].
pub fn vectors<const N: usize, const W: usize, D: Device, T: Tape<f32, D>>(
    x: Rows<W, D, T>,
) -> Result<Vectors<N, W, D, T>, D::Err> {
    let rows = x.shape().0 / N;
    x.reshaped((rows, Const, Const))
}

/// Rows as a sequence. A position is valid if it is valid in all sequences that it was computed from. Without
/// masks every position is valid.
pub fn sequence<const N: usize, const W: usize, D: Device, T: Tape<f32, D>>(
    x: Rows<W, D, T>,
    masks: &[&Mask<N, D>],
) -> Result<Sequence<N, W, D, T>, D::Err> {
    let values: Vectors<N, W, D, T> = vectors(x)?;
    let mut mask: Option<Mask<N, D>> = None;
    for &other in masks {
        mask = Some(match mask {
            Some(mask) => both(mask, other)?,
            None => other.clone(),
        });
    }
    let mask = match mask {
        Some(mask) => mask,
        None => values.device().try_ones_like(&(values.shape().0, Const))?,
    };
    Ok(Sequence { values, mask })
}

/// Repeats each row `N` times: one vector for each position of a sequence.
pub fn repeat<const N: usize, const W: usize, D: Device, T: Tape<f32, D>>(
    x: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let (x, tape) = x.split_tape();
    let rows = x.shape().0;
    let call = Call::new(x.device(), Repeat { count: N, width: W }, rows).of(&x);
    D::call(call, tape, (rows * N, Const), |tape| plain_repeat::<N, W, D, T>(x.put_tape(tape)))
}

/// Vectors of a sequence, with zeros at masked positions.
pub fn masked<const N: usize, const W: usize, D: Device, T: Tape<f32, D>>(
    x: Sequence<N, W, D, T>,
) -> Result<Vectors<N, W, D, T>, D::Err> {
    let (values, tape) = x.values.split_tape();
    let shape = *values.shape();
    let op = Masked { length: N, width: W };
    let call = Call::new(values.device(), op, shape.0).of(&values).constant(&x.mask);
    D::call(call, tape, shape, |tape| plain_masked(Sequence { values: values.put_tape(tape), mask: x.mask }))
}
