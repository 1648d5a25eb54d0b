//! Matrices of products, and their copies in the order in which they are read.

use std::array::from_fn;
use std::ops::Range;

use pulp::Simd;

use super::{NEAR, rows_in_registers};
use crate::kernels::vectorized;

/// Columns that are transposed at once.
const TRANSPOSED: usize = 4;

/// A row-major matrix, or its transpose.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    pub(super) values: &'a [f32],
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) row_stride: usize,
    pub(super) column_stride: usize,
}

impl<'a> View<'a> {
    /// A matrix in row-major order. Too few values are a bug of the caller.
    pub fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        Self::strided(values, rows, columns, columns)
    }

    /// Rows of `columns` values with a stride of `row_stride`. Rows may overlap.
    pub(crate) fn strided(values: &'a [f32], rows: usize, columns: usize, row_stride: usize) -> Self {
        let last = rows.saturating_sub(1) * row_stride + columns;
        assert!(rows == 0 || values.len() >= last, "{rows} rows of {columns} over {} values", values.len());
        Self { values, rows, columns, row_stride, column_stride: 1 }
    }

    /// Returns the transpose, as a view of the same values.
    pub fn transposed(self) -> Self {
        Self {
            values: self.values,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }

    /// Returns whether rows are close enough that reading columns in place is as fast as reading a copy.
    pub(super) fn is_near(self) -> bool {
        self.column_stride == 1 && (self.columns..=NEAR).contains(&self.row_stride)
    }

    /// Copies a block of a transpose: first some rows that are summed together, column by column, then the next ones. Read
    /// in place, its columns would compete for the same places of the cache.
    #[inline(always)]
    pub(super) fn copy_rows<S: Simd>(self, rows: Range<usize>, columns: Range<usize>, into: &mut Vec<f32>) {
        let (count, depth) = (rows.len(), columns.len());
        into.resize(into.len().max(count * depth), 0.0);
        let mut row = 0;
        while row < count {
            let taken = rows_in_registers::<S>(count - row);
            let panel = into[row * depth..(row + taken) * depth].chunks_exact_mut(taken);
            for (column, into) in columns.clone().zip(panel) {
                into.copy_from_slice(&self.values[column * self.column_stride + rows.start + row..][..taken]);
            }
            row += taken;
        }
    }

    /// Copies a block of rows and columns to `tile`, whose rows have `width` values.
    #[inline(always)]
    pub(super) fn copy(self, rows: Range<usize>, columns: Range<usize>, tile: &mut [f32], width: usize) {
        let Self { values, row_stride, column_stride, .. } = self;
        if column_stride == 1 {
            for (row, tile) in rows.zip(tile.chunks_exact_mut(width)) {
                let from = &values[row * row_stride..];
                tile[..columns.len()].copy_from_slice(&from[columns.clone()]);
            }
        } else {
            let mut place = 0;
            while place < columns.len() {
                let column =
                    |at: usize| &values[(columns.start + place + at) * column_stride..][rows.clone()];
                let tile = tile.chunks_exact_mut(width).map(|row| &mut row[place..]);
                place += match columns.len() - place {
                    TRANSPOSED.. => transpose::<TRANSPOSED>(from_fn(column), tile),
                    _ => transpose::<1>(from_fn(column), tile),
                };
            }
        }
    }
}

/// Writes the values of `N` columns to the beginning of rows. Returns `N`. Storing some values at once keeps the
/// compiler from scatter instructions, which are slow.
#[inline(always)]
fn transpose<'t, const N: usize>(columns: [&[f32]; N], rows: impl Iterator<Item = &'t mut [f32]>) -> usize {
    for (at, row) in rows.take(columns[0].len()).enumerate() {
        let values: [f32; N] = from_fn(|column| columns[column][at]);
        row[..N].copy_from_slice(&values);
    }
    N
}

/// Replaces `into` by the transpose of a row-major matrix.
pub(crate) fn transpose_into(matrix: &[f32], columns: usize, into: &mut Vec<f32>) {
    into.resize(matrix.len(), 0.0);
    vectorized(
        #[inline(always)]
        || transpose_matrix(matrix, columns, into),
    );
}

/// Fills `into` with the transpose of a row-major matrix. It is vectorized in the caller.
#[inline(always)]
pub(crate) fn transpose_matrix(matrix: &[f32], columns: usize, into: &mut [f32]) {
    let rows = matrix.len().checked_div(columns).unwrap_or(0);
    View::new(matrix, rows, columns).transposed().copy(0..columns, 0..rows, into, rows.max(1));
}
