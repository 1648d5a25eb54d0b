//! Weighted sums of losses.

use dfdx::tensor::{PutTape, SplitTape};
use dfdx::tensor_ops::{TryAdd, TryMul};

use super::Loss;
use crate::ops::{Device, Pass, Tape};

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

/// Sum of the losses of tasks, whose values the pass keeps.
pub fn total<const N: usize, D: Device, T: Tape<f32, D>>(
    losses: [Loss<D, T>; N],
    pass: &mut Pass<D>,
) -> Result<Loss<D, T>, D::Err> {
    let (losses, mut tape) = split_losses(losses);
    if let Some(total) = tape.tasks(&losses) {
        return Ok(total?.put_tape(tape));
    }
    pass.task_losses = losses.iter().map(|loss| loss.as_vec()[0]).collect();
    let mut sum: Loss<D, T> = losses[0].clone().put_tape(tape);
    for loss in &losses[1..] {
        sum = sum.try_add(loss.retaped::<T>())?;
    }
    Ok(sum)
}

/// Losses without their tapes, which are merged.
pub(super) fn split_losses<const N: usize, D: Device, T: Tape<f32, D>>(
    losses: [Loss<D, T>; N],
) -> ([Loss<D>; N], T) {
    let mut tape = Some(T::default());
    let losses = losses.map(|loss| {
        let (loss, other) = loss.split_tape();
        tape = tape.take().map(|tape| tape.merge(other));
        loss
    });
    (losses, tape.unwrap_or_default())
}
