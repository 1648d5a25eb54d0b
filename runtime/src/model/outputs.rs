//! Outputs of towers as matrices.

use dfdx::tensor::NoneTape;

use crate::matrix::Matrix;
use crate::ops::{Device, Rows, Sequence, masked};

/// Output of a tower: one or several vectors per record.
pub trait TowerOutput<D: Device> {
    /// Returns a matrix with one row per record.
    fn matrix(self) -> Result<Matrix, D::Err>;
}

impl<const W: usize, D: Device> TowerOutput<D> for Rows<W, D, NoneTape> {
    fn matrix(self) -> Result<Matrix, D::Err> {
        Ok(Matrix { width: W, values: self.as_vec() })
    }
}

/// Absent vectors of a record become zeros.
impl<const N: usize, const W: usize, D: Device> TowerOutput<D> for Sequence<N, W, D, NoneTape> {
    fn matrix(self) -> Result<Matrix, D::Err> {
        Ok(Matrix { width: N * W, values: masked(self)?.as_vec() })
    }
}

/// Returns the output of a tower as a matrix.
pub fn matrix<D: Device>(output: impl TowerOutput<D>) -> Result<Matrix, D::Err> {
    output.matrix()
}
