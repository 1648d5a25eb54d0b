//! Values of many columns at once, and what towers give as plain numbers.

use dfdx::tensor::NoneTape;

use crate::data::Floats;
use crate::matrix::Matrix;
use crate::ops::{Device, IntoPart, Part, Pass, Recorder, Rows, Sequence, floats, masked};
use crate::table::EmbeddingRows;

/// The rows of each table of a range, by its column of single ids of this number.
pub fn lookup_each<const W: usize, D: Device, T: Recorder<D>>(
    rows: &[EmbeddingRows<W, D>],
    column: usize,
) -> Result<Vec<Rows<W, D, T>>, D::Err> {
    rows.iter().map(|rows| rows.lookup(column)).collect()
}

/// The numbers of each column of a range.
pub fn floats_each<const W: usize, D: Device, T: Recorder<D>>(
    columns: &[Floats<W>],
    pass: &Pass<D>,
) -> Result<Vec<Rows<W, D, T>>, D::Err> {
    columns.iter().map(|column| floats(column, pass)).collect()
}

/// The values of a range as parts of a wider one.
pub fn parts<D: Device, T, P: IntoPart<D, T>>(range: Vec<P>) -> impl Iterator<Item = Part<D, T>> {
    range.into_iter().map(IntoPart::part)
}

/// The value of a tower: a vector or several for each record.
pub trait TowerOutput<D: Device> {
    /// Numbers, a row a record.
    fn matrix(self) -> Result<Matrix, D::Err>;
}

impl<const W: usize, D: Device> TowerOutput<D> for Rows<W, D, NoneTape> {
    fn matrix(self) -> Result<Matrix, D::Err> {
        Ok(Matrix { width: W, values: self.as_vec() })
    }
}

/// Zeros stand for the vectors that a record lacks.
impl<const N: usize, const W: usize, D: Device> TowerOutput<D> for Sequence<N, W, D, NoneTape> {
    fn matrix(self) -> Result<Matrix, D::Err> {
        Ok(Matrix { width: N * W, values: masked(self)?.as_vec() })
    }
}

/// The numbers that a tower gives.
pub fn matrix<D: Device>(output: impl TowerOutput<D>) -> Result<Matrix, D::Err> {
    output.matrix()
}
