//! Matrix products of slices on one thread: a safe face of `matrixmultiply`.

/// A row-major matrix, or its transpose.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> View<'a> {
    /// The matrix as it is stored. Missing values are a bug of the caller.
    pub(crate) fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        assert!(values.len() >= rows * columns, "matrix of {rows}x{columns} over {} values", values.len());
        Self { values, rows, columns, row_stride: columns, column_stride: 1 }
    }

    /// Rows of `columns` values that begin `row_stride` values apart, and may overlap.
    pub(crate) fn strided(values: &'a [f32], rows: usize, columns: usize, row_stride: usize) -> Self {
        let last = rows.saturating_sub(1) * row_stride + columns;
        assert!(rows == 0 || values.len() >= last, "{rows} rows of {columns} over {} values", values.len());
        Self { values, rows, columns, row_stride, column_stride: 1 }
    }

    /// The same values read the other way.
    pub(crate) fn transposed(self) -> Self {
        Self {
            values: self.values,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }
}

/// `into = alpha * a b + beta * into`, `into` row-major.
pub(crate) fn matmul(alpha: f32, a: View<'_>, b: View<'_>, beta: f32, into: &mut [f32]) {
    assert_eq!(a.columns, b.rows, "inner dimensions of a matrix product");
    assert!(into.len() >= a.rows * b.columns, "room for a matrix product");
    if a.rows == 0 || b.columns == 0 {
        return;
    }
    // SAFETY: `View` only spans values that its slice holds, `into` was checked to hold the
    // product, and it is borrowed mutably, so it overlaps neither factor.
    unsafe {
        matrixmultiply::sgemm(
            a.rows,
            a.columns,
            b.columns,
            alpha,
            a.values.as_ptr(),
            a.row_stride as isize,
            a.column_stride as isize,
            b.values.as_ptr(),
            b.row_stride as isize,
            b.column_stride as isize,
            beta,
            into.as_mut_ptr(),
            b.columns as isize,
            1,
        );
    }
}
