//! Matrix products by other crates, on one thread. `faer` is left out: its products are those of `gemm`.

/// Name of the crate.
pub(super) const GEMM: &str = "gemm";
/// Name of the crate.
pub(super) const MATRIXMULTIPLY: &str = "matrixmultiply";

/// A row-major matrix, or its transpose.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    pub(super) values: &'a [f32],
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// True if `values` are the transpose, row-major.
    pub(super) is_transposed: bool,
}

impl<'a> Matrix<'a> {
    /// A matrix in row-major order.
    pub(super) fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(values.len(), rows * columns, "values of a matrix");
        Self { values, rows, columns, is_transposed: false }
    }

    /// Returns the transpose, of the same values.
    pub(super) fn transposed(self) -> Self {
        Self { rows: self.columns, columns: self.rows, is_transposed: !self.is_transposed, ..self }
    }

    /// Distance of rows and of columns.
    fn strides(self) -> (isize, isize) {
        if self.is_transposed { (1, self.rows as isize) } else { (self.columns as isize, 1) }
    }
}

fn check(left: Matrix<'_>, right: Matrix<'_>, into: &[f32]) {
    assert_eq!(left.columns, right.rows, "inner dimensions of a matrix product");
    assert_eq!(into.len(), left.rows * right.columns, "values of a matrix product");
}

/// `into = left right`.
pub(super) fn gemm(left: Matrix<'_>, right: Matrix<'_>, into: &mut [f32]) {
    check(left, right, into);
    let ((left_row, left_column), (right_row, right_column)) = (left.strides(), right.strides());
    // SAFETY: a matrix has `rows * columns` values by `Matrix::new`, which its strides stay within, and `check`
    // compared the dimensions. `into` is row-major, borrowed mutably, and not read.
    unsafe {
        gemm::gemm(
            left.rows,
            right.columns,
            left.columns,
            into.as_mut_ptr(),
            1,
            right.columns as isize,
            false,
            left.values.as_ptr(),
            left_column,
            left_row,
            right.values.as_ptr(),
            right_column,
            right_row,
            0.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

/// `into = left right`.
pub(super) fn matrixmultiply(left: Matrix<'_>, right: Matrix<'_>, into: &mut [f32]) {
    check(left, right, into);
    let ((left_row, left_column), (right_row, right_column)) = (left.strides(), right.strides());
    // SAFETY: as for `gemm`.
    unsafe {
        matrixmultiply::sgemm(
            left.rows,
            left.columns,
            right.columns,
            1.0,
            left.values.as_ptr(),
            left_row,
            left_column,
            right.values.as_ptr(),
            right_row,
            right_column,
            0.0,
            into.as_mut_ptr(),
            right.columns as isize,
            1,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_the_plain_sums() {
        let numbers = |count: usize| -> Vec<f32> { (0..count).map(|at| (at % 5) as f32 - 2.0).collect() };
        let (rows, inner, columns) = (3, 4, 5);
        let (left, right) = (numbers(rows * inner), numbers(inner * columns));
        let at = |matrix: Matrix<'_>, row: usize, column: usize| {
            let (rows, columns) = matrix.strides();
            matrix.values[row * rows as usize + column * columns as usize]
        };
        for left in [Matrix::new(&left, rows, inner), Matrix::new(&left, inner, rows).transposed()] {
            for right in
                [Matrix::new(&right, inner, columns), Matrix::new(&right, columns, inner).transposed()]
            {
                let sum = |row, column| (0..inner).map(|k| at(left, row, k) * at(right, k, column)).sum();
                let all: Vec<f32> = (0..rows * columns).map(|k| sum(k / columns, k % columns)).collect();
                for multiply in [gemm as fn(Matrix<'_>, Matrix<'_>, &mut [f32]), matrixmultiply] {
                    let mut into = vec![f32::NAN; rows * columns];
                    multiply(left, right, &mut into);
                    assert_eq!(into, all);
                }
            }
        }
    }
}
