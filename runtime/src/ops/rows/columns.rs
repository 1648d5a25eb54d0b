//! Scale and shift of each column.

use std::ops::Range;

use dfdx::shapes::{HasShape, Rank1};
use dfdx::tensor::{PutTape, SplitTape, Tensor};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, TryAdd, TryMul};

use crate::ops::call::Call;
use crate::ops::op::{Forward, Op, Saved, Scratch};
use crate::ops::parallel::{add_scaled, vectorized};
use crate::ops::{Device, Rows, Tape};

/// `x * scale + shift` by column; inputs are `x` and those of `scale` and `shift` that there are.
struct Columns {
    width: usize,
    scales: bool,
    shifts: bool,
}

impl Op for Columns {
    fn cost(&self) -> usize {
        2 * self.width
    }

    fn saved(&self) -> Saved {
        if self.scales { Saved::INPUTS } else { Saved::NOTHING }
    }

    fn forward(
        &self,
        _: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        _: &mut [f32],
        _: &mut Scratch,
    ) {
        output.copy_from_slice(inputs[0]);
        vectorized(|| {
            for y in output.chunks_exact_mut(self.width) {
                if self.scales {
                    y.iter_mut().zip(inputs[1]).for_each(|(y, scale)| *y *= scale);
                }
                if self.shifts {
                    add_scaled(y, 1.0, inputs[1 + usize::from(self.scales)]);
                }
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
        let Some((of_x, others)) = into.split_first_mut() else { return };
        let rows = g.chunks_exact(self.width).zip(of_x.chunks_exact_mut(self.width));
        vectorized(|| {
            for (row, (g, of_x)) in rows.enumerate() {
                if self.scales {
                    let x = &forward.inputs[0][row * self.width..][..self.width];
                    others[0].iter_mut().zip(g.iter().zip(x)).for_each(|(into, (g, x))| *into += g * x);
                    let scaled = of_x.iter_mut().zip(g.iter().zip(forward.inputs[1]));
                    scaled.for_each(|(into, (g, scale))| *into += g * scale);
                } else {
                    add_scaled(of_x, 1.0, g);
                }
                if self.shifts {
                    add_scaled(others[usize::from(self.scales)], 1.0, g);
                }
            }
        });
    }
}

/// Plain formulation of scale and shift.
pub(crate) fn plain<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Rows<W, D, T>,
    scale: Option<&Tensor<Rank1<W>, f32, D>>,
    shift: Option<&Tensor<Rank1<W>, f32, D>>,
) -> Result<Rows<W, D, T>, D::Err> {
    let shape = *x.shape();
    let scaled = match scale {
        Some(scale) => x.try_mul(scale.retaped::<T>().try_broadcast_like(&shape)?)?,
        None => x,
    };
    match shift {
        Some(shift) => scaled.try_add(shift.retaped::<T>().try_broadcast_like(&shape)?),
        None => Ok(scaled),
    }
}

/// `x * scale + shift` by column.
pub(crate) fn scale_and_shift<const W: usize, D: Device, T: Tape<f32, D>>(
    x: Rows<W, D, T>,
    scale: Option<&Tensor<Rank1<W>, f32, D>>,
    shift: Option<&Tensor<Rank1<W>, f32, D>>,
) -> Result<Rows<W, D, T>, D::Err> {
    let (x, tape) = x.split_tape();
    let shape = *x.shape();
    let op = Columns { width: W, scales: scale.is_some(), shifts: shift.is_some() };
    let mut call = Call::new(x.device(), op, shape.0).of(&x);
    for weight in [scale, shift].into_iter().flatten() {
        call = call.shared(weight);
    }
    D::call(call, tape, shape, |tape| plain(x.put_tape(tape), scale, shift))
}
