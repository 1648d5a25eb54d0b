//! Matrices of tower outputs and of pair scores.

/// Rows of equal width, row-major.
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

    /// A row.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.width..(index + 1) * self.width]
    }

    /// Vectors of a row with `count` vectors, with their index. Absent vectors are skipped.
    pub fn vectors(&self, index: usize, count: usize) -> impl Iterator<Item = (usize, &[f32])> {
        let vectors = self.row(index).chunks_exact((self.width / count.max(1)).max(1)).enumerate();
        vectors.filter(move |(_, vector)| count == 1 || vector.iter().any(|x| *x != 0.0))
    }
}
