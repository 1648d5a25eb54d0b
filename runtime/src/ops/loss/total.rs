//! Weighted sums of losses.

use dfdx::tensor::{PutTape, SplitTape};
use dfdx::tensor_ops::{TryAdd, TryMul};

use super::Loss;
use crate::ops::{Device, Tape};

/// Sum of two losses.
pub fn add_losses<D: Device, T: Tape<f32, D>>(a: Loss<D, T>, b: Loss<D, T>) -> Result<Loss<D, T>, D::Err> {
    let (a, tape) = a.split_tape();
    let (b, other) = b.split_tape();
    let mut tape = tape.merge(other);
    match tape.total(&[(1.0, &a), (1.0, &b)]) {
        Some(total) => Ok(total?.put_tape(tape)),
        None => a.put_tape(tape).try_add(b.retaped::<T>()),
    }
}

/// A loss times a constant.
pub fn scale_loss<D: Device, T: Tape<f32, D>>(loss: Loss<D, T>, factor: f32) -> Result<Loss<D, T>, D::Err> {
    let (loss, mut tape) = loss.split_tape();
    match tape.total(&[(factor, &loss)]) {
        Some(total) => Ok(total?.put_tape(tape)),
        None => loss.put_tape(tape).try_mul(factor),
    }
}
