//! The latest vector of a sequence.

use std::ops::Range;

use dfdx::shapes::{Axis, Const, HasShape};
use dfdx::tensor::{PutTape, SplitTape};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, SumTo, TryMul};

use crate::ops::call::Call;
use crate::ops::op::{Forward, Op, Saved, Scratch};
use crate::ops::parallel::add_scaled;
use crate::ops::{Device, Mask, Rows, Sequence, Tape};

/// Vector at the last unmasked position of a sequence; inputs are the vectors and the mask. Saves the 1-based
/// position, 0 for none.
struct Last {
    length: usize,
    width: usize,
}

impl Last {
    /// Offset of the vector of each record that has one, and of its output.
    fn places<'a>(&'a self, saved: &'a [f32]) -> impl Iterator<Item = (usize, usize)> + 'a {
        let records = saved.iter().enumerate().filter(|(_, number)| **number > 0.0);
        records.map(|(record, number)| {
            ((record * self.length + *number as usize - 1) * self.width, record * self.width)
        })
    }
}

impl Op for Last {
    fn cost(&self) -> usize {
        self.length + self.width
    }

    fn saved(&self) -> Saved {
        Saved::NOTHING.numbers(1)
    }

    fn forward(
        &self,
        _: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        saved: &mut [f32],
        _: &mut Scratch,
    ) {
        for (number, position) in saved.iter_mut().zip(positions(inputs[1], self.length)) {
            *number = position.map_or(0.0, |position| (position + 1) as f32);
        }
        output.fill(0.0);
        for (from, to) in self.places(saved) {
            output[to..to + self.width].copy_from_slice(&inputs[0][from..from + self.width]);
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
        for (from, to) in self.places(forward.saved) {
            add_scaled(&mut into[0][from..from + self.width], 1.0, &g[to..to + self.width]);
        }
    }
}

/// Last unmasked position of each record.
fn positions(mask: &[f32], length: usize) -> impl Iterator<Item = Option<usize>> + '_ {
    mask.chunks_exact(length).map(|mask| mask.iter().rposition(|&mask| mask != 0.0))
}

/// Plain formulation: a sum with weights 0 and 1.
pub(crate) fn plain<const N: usize, const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Sequence<N, W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let mut chosen = vec![0.0; x.mask.shape().0 * N];
    for (record, position) in positions(&x.mask.as_vec(), N).enumerate() {
        if let Some(position) = position {
            chosen[record * N + position] = 1.0;
        }
    }
    let chosen: Mask<N, D> = x.mask.device().try_tensor_from_vec(chosen, *x.mask.shape())?;
    let chosen = chosen.put_tape(T::default()).try_broadcast_like::<_, Axis<2>>(x.values.shape())?;
    x.values.try_mul(chosen)?.try_sum::<_, Axis<1>>()
}

/// Last vector of each record; zeros for an empty sequence.
pub fn last<const N: usize, const W: usize, D: Device, T: Tape<f32, D>>(
    x: Sequence<N, W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let (values, tape) = x.values.split_tape();
    let rows = values.shape().0;
    let op = Last { length: N, width: W };
    let call = Call::new(values.device(), op, rows).of(&values).constant(&x.mask);
    D::call(call, tape, (rows, Const), |tape| plain(Sequence { values: values.put_tape(tape), mask: x.mask }))
}
