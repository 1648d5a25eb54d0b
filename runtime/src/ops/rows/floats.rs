//! Float columns as tensors.

use dfdx::shapes::Const;
use dfdx::tensor::PutTape;

use crate::data::Floats;
use crate::ops::{Device, Pass, Rows, Tape};

/// Rows of a float column, without gradient.
pub fn floats<const W: usize, D: Device, T: Tape<f32, D>>(
    column: &Floats<W>,
    pass: &Pass<D>,
) -> Result<Rows<W, D, T>, D::Err> {
    let values = column.as_slice().to_vec();
    let rows = values.len() / W.max(1);
    Ok(pass.device.try_tensor_from_vec(values, (rows, Const))?.put_tape(T::default()))
}
