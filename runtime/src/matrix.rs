//! Rows of numbers, as towers give them and as scores of pairs.

/// Several rows of equal width, row-major.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matrix {
    /// Values per row.
    pub width: usize,
    /// `rows * width` values.
    pub values: Vec<f32>,
}

impl Matrix {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    /// One row.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.width..(index + 1) * self.width]
    }

    /// Vectors of a row of `count` vectors, each with its number, without absent ones.
    pub fn vectors(&self, index: usize, count: usize) -> impl Iterator<Item = (usize, &[f32])> {
        let vectors = self.row(index).chunks_exact((self.width / count.max(1)).max(1)).enumerate();
        vectors.filter(move |(_, vector)| count == 1 || vector.iter().any(|x| *x != 0.0))
    }
}
