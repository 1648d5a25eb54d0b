//! Scaling of rows to norm 1, or to a maximum norm.

use std::ops::Range;

use dfdx::shapes::{Axis, HasShape};
use dfdx::tensor::{PutTape, SplitTape};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, SumTo, TryDiv};

use crate::ops::call::Call;
use crate::ops::op::{Forward, Op, Saved, Scratch};
use crate::ops::parallel::{inner, vectorized};
use crate::ops::{Device, Rows, Tape, scale};

/// Minimum squared norm, so that a zero row stays zero.
const EPSILON: f32 = 1e-12;

/// `x / sqrt(max(sum x^2, floor))` for each row. Saves the reciprocal norm, negated where the floor applies
/// and the norm has no gradient.
struct Normalize {
    width: usize,
    floor: f32,
}

impl Op for Normalize {
    fn cost(&self) -> usize {
        4 * self.width
    }

    fn saved(&self) -> Saved {
        Saved::NOTHING.output().numbers(1)
    }

    fn forward(
        &self,
        _: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        saved: &mut [f32],
        _: &mut Scratch,
    ) {
        vectorized(|| {
            let rows = inputs[0].chunks_exact(self.width).zip(output.chunks_exact_mut(self.width));
            for ((x, y), scale) in rows.zip(saved) {
                let square = inner(x, x);
                *scale = if square > self.floor { 1.0 / square.sqrt() } else { -1.0 / self.floor.sqrt() };
                y.iter_mut().zip(x).for_each(|(y, x)| *y = x * scale.abs());
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
        vectorized(|| {
            let found = forward.output.chunks_exact(self.width).zip(forward.saved);
            let gradients = g.chunks_exact(self.width).zip(into[0].chunks_exact_mut(self.width));
            for ((y, scale), (g, into)) in found.zip(gradients) {
                let along = if *scale > 0.0 { inner(g, y) } else { 0.0 };
                let terms = g.iter().zip(y);
                into.iter_mut().zip(terms).for_each(|(into, (g, y))| *into += scale.abs() * (g - along * y));
            }
        });
    }
}

/// Plain formulation of L2 normalization.
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

/// `x / sqrt(max(sum x^2, floor))` for each row.
fn at_least<const W: usize, D: Device, T: Tape<f32, D>>(
    x: Rows<W, D, T>,
    floor: f32,
) -> Result<Rows<W, D, T>, D::Err> {
    let (x, tape) = x.split_tape();
    let shape = *x.shape();
    let call = Call::new(x.device(), Normalize { width: W, floor }, shape.0).of(&x);
    D::call(call, tape, shape, |tape| plain(x.put_tape(tape), floor))
}

/// Scales each row to norm 1; a zero row stays zero.
pub fn l2_normalize<const W: usize, D: Device, T: Tape<f32, D>>(
    x: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    at_least(x, EPSILON)
}

/// `x / max(1, |x| / max)`: scales rows with a norm above `max` (> 0) to that norm.
pub fn clip_norm<const W: usize, D: Device, T: Tape<f32, D>>(
    x: Rows<W, D, T>,
    max: f32,
) -> Result<Rows<W, D, T>, D::Err> {
    scale(at_least(x, max * max)?, max)
}
