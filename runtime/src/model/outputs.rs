//! The values that towers give, as plain numbers.

use dfdx::tensor::NoneTape;

use crate::matrix::Matrix;
use crate::ops::{Device, Rows, Sequence, masked};

/// The value of a tower: a vector or several for each record.
pub trait TowerOutput<D: Device> {
    /// Numbers, one row per record.
    fn matrix(self) -> Result<Matrix, D::Err>;
}

impl<const W: usize, D: Device> TowerOutput<D> for Rows<W, D, NoneTape> {
    fn matrix(self) -> Result<Matrix, D::Err> {
        Ok(Matrix { width: W, values: self.as_vec() })
    }
}

/// Absent vectors of a record are zeros.
impl<const N: usize, const W: usize, D: Device> TowerOutput<D> for Sequence<N, W, D, NoneTape> {
    fn matrix(self) -> Result<Matrix, D::Err> {
        Ok(Matrix { width: N * W, values: masked(self)?.as_vec() })
    }
}

/// The numbers that a tower gives.
pub fn matrix<D: Device>(output: impl TowerOutput<D>) -> Result<Matrix, D::Err> {
    output.matrix()
}
