//! Columns of numbers as tensors.

use dfdx::shapes::Const;
use dfdx::tensor::PutTape;

use super::{Device, Pass, Recorder, Rows};

/// Rows of `W` numbers each, without a gradient.
pub fn floats<const W: usize, D: Device, T: Recorder<D>>(
    values: impl AsRef<[f32]>,
    pass: &Pass<D>,
) -> Result<Rows<W, D, T>, D::Err> {
    let values = values.as_ref();
    let rows = values.len() / W.max(1);
    Ok(pass.device.try_tensor_from_vec(values.to_vec(), (rows, Const))?.put_tape(T::default()))
}
