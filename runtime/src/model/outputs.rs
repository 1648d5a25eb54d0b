//! Outputs of towers as matrices.

use dfdx::shapes::Shape;
use dfdx::tensor::Tensor;

use crate::matrix::Matrix;
use crate::ops::{Device, Pass, Rows, Sequence, masked};

/// Output of a tower: one or several vectors per record.
pub trait TowerOutput<D: Device> {
    /// Returns a matrix with one row per record.
    fn matrix(self, pass: &mut Pass<D>) -> Result<Matrix, D::Err>;
}

impl<const W: usize, D: Device> TowerOutput<D> for Rows<W, D, D::Inference> {
    fn matrix(self, pass: &mut Pass<D>) -> Result<Matrix, D::Err> {
        Ok(Matrix { width: W, values: values(self, pass)? })
    }
}

/// Absent vectors of a record become zeros.
impl<const N: usize, const W: usize, D: Device> TowerOutput<D> for Sequence<N, W, D, D::Inference> {
    fn matrix(self, pass: &mut Pass<D>) -> Result<Matrix, D::Err> {
        Ok(Matrix { width: N * W, values: values(masked(self)?, pass)? })
    }
}

/// Returns the output of a tower as a matrix.
pub fn matrix<D: Device>(output: impl TowerOutput<D>, pass: &mut Pass<D>) -> Result<Matrix, D::Err> {
    output.matrix(pass)
}

/// Returns the values of an output.
pub fn values<S: Shape, D: Device>(
    output: Tensor<S, f32, D, D::Inference>,
    pass: &mut Pass<D>,
) -> Result<Vec<f32>, D::Err> {
    pass.with_step_memory(|memory| D::values(output, memory))
}
