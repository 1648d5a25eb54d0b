//! Dropout with a mask that depends on seed, layer, step and element.

use dfdx::shapes::HasShape;
use dfdx::tensor::PutTape;

use crate::ops::{Device, Pass, Rows, Tape, mul};

/// In training, zeroes each element with probability `rate` and scales the others by `1 / (1 - rate)`.
pub fn dropout<const W: usize, D: Device, T: Tape<f32, D>>(
    x: Rows<W, D, T>,
    rate: f32,
    layer: &str,
    pass: &Pass<D>,
) -> Result<Rows<W, D, T>, D::Err> {
    if !pass.is_training() || rate <= 0.0 {
        return Ok(x);
    }
    let stream = pass.stream(layer);
    let kept = if rate < 1.0 { 1.0 / (1.0 - rate) } else { 0.0 };
    let count = x.shape().0 * W;
    let mask =
        (0..count as u64).map(|element| if stream.uniform(element) < rate { 0.0 } else { kept }).collect();
    let mask = pass.device.try_tensor_from_vec(mask, *x.shape())?;
    mul(x, mask.put_tape(T::default()))
}
