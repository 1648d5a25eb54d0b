//! Access of the CPU kernels to the numbers of a tensor and of its gradient.

use dfdx::shapes::{HasShape, Shape};
use dfdx::tensor::{Cpu, CpuError, Gradients, Tensor, TensorFromVec};

/// Copy of the values of a contiguous tensor.
pub(crate) fn values<S: Shape, T>(tensor: &Tensor<S, f32, Cpu, T>) -> Vec<f32> {
    let mut values = vec![0.0; tensor.shape().num_elements()];
    tensor.copy_into(&mut values);
    values
}

/// A tensor that owns `values`.
pub(crate) fn tensor<S: Shape>(
    device: &Cpu,
    values: Vec<f32>,
    shape: S,
) -> Result<Tensor<S, f32, Cpu>, CpuError> {
    device.try_tensor_from_vec(values, shape)
}

/// Takes the gradient of an op's output. Every reader of the output has run by then, so nobody misses it.
pub(crate) fn take_gradient<S: Shape>(
    gradients: &mut Gradients<f32, Cpu>,
    tensor: &Tensor<S, f32, Cpu>,
) -> Result<Vec<f32>, CpuError> {
    Ok(std::mem::take(&mut **gradients.get_or_alloc_mut(tensor)?))
}

/// Adds to the gradient of an op's input.
pub(crate) fn add_gradient<S: Shape>(
    gradients: &mut Gradients<f32, Cpu>,
    tensor: &Tensor<S, f32, Cpu>,
    addend: &[f32],
) -> Result<(), CpuError> {
    for (gradient, value) in gradients.get_or_alloc_mut(tensor)?.iter_mut().zip(addend) {
        *gradient += value;
    }
    Ok(())
}
