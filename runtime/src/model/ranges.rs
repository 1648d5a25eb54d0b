//! Values of ranges of columns, which are arrays in generated code.

use crate::data::Floats;
use crate::ops::{Device, IntoPart, Part, Pass, Rows, Tape, floats};
use crate::table::EmbeddingRows;

/// Gathered rows of the tables of a range.
pub trait LookupEach<const W: usize, D: Device> {
    /// Rows of each table for its column of single ids with this index.
    fn lookup_each<T: Tape<f32, D>>(&self, column: usize) -> Result<Vec<Rows<W, D, T>>, D::Err>;
}

impl<const W: usize, D: Device> LookupEach<W, D> for [EmbeddingRows<W, D>] {
    fn lookup_each<T: Tape<f32, D>>(&self, column: usize) -> Result<Vec<Rows<W, D, T>>, D::Err> {
        self.iter().map(|rows| rows.lookup(column)).collect()
    }
}

/// Float columns of a range.
pub trait FloatsEach<const W: usize> {
    /// Values of each column.
    fn floats_each<D: Device, T: Tape<f32, D>>(&self, pass: &Pass<D>) -> Result<Vec<Rows<W, D, T>>, D::Err>;
}

impl<const W: usize> FloatsEach<W> for [Floats<W>] {
    fn floats_each<D: Device, T: Tape<f32, D>>(&self, pass: &Pass<D>) -> Result<Vec<Rows<W, D, T>>, D::Err> {
        self.iter().map(|column| floats(column, pass)).collect()
    }
}

/// Values of a range, as parts of a concatenation.
pub trait IntoParts<D: Device, T> {
    /// Returns the parts.
    fn parts(self) -> impl Iterator<Item = Part<D, T>>;
}

impl<D: Device, T, P: IntoPart<D, T>> IntoParts<D, T> for Vec<P> {
    fn parts(self) -> impl Iterator<Item = Part<D, T>> {
        self.into_iter().map(IntoPart::part)
    }
}

#[cfg(test)]
mod tests {
    use dfdx::tensor::{Cpu, NoneTape};

    use super::*;

    #[test]
    fn a_range_is_read_column_by_column() {
        let columns = [vec![1.0, 2.0], vec![3.0, 4.0]].map(Floats::<1>::new);
        let pass = Pass::inference(&Cpu::default());
        let values: Vec<Rows<1, Cpu, NoneTape>> = columns.floats_each(&pass).unwrap();
        assert_eq!(values.iter().map(|rows| rows.as_vec()).collect::<Vec<_>>(), [[1.0, 2.0], [3.0, 4.0]]);
        assert_eq!(values.parts().count(), 2);
    }
}
