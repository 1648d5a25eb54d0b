//! Matrix products of slices on one thread. Each element is summed in the order of the inner dimension,
//! independent of other dimensions, so a record has bitwise equal results in any batch.
//!
//! Sums of some rows and columns are kept in registers. The second factor is copied block by block in the
//! order in which it is read, in blocks that fit the cache of a core (Goto & van de Geijn, "Anatomy of
//! high-performance matrix multiplication", ACM TOMS 2008), unless it can be read efficiently in place. Some
//! panels of it stay in the innermost cache while they are multiplied with many rows.

mod view;

use std::array::from_fn;
use std::ops::Range;

use pulp::{Simd, WithSimd};

pub use view::View;
pub(crate) use view::{transpose_into, transpose_matrix};

use crate::kernels::dispatch;

/// Rows of the result that are summed in 16 and in 32 registers.
const ROWS: [usize; 2] = [6, 12];
/// Vector registers per row. A last panel that fits one uses one.
const VECTORS: usize = 2;
/// Block size of the inner dimension.
const DEPTH: usize = 256;
/// Columns of the second factor that are copied at once.
const COLUMNS: usize = 512;
/// Rows of the first factor that are multiplied with some panels of the second one, before the next panels.
const ROWS_OF_BLOCK: usize = 16 * ROWS[1];
/// Floats of the second factor that stay in the innermost cache.
const NEAREST: usize = 1 << 14;
/// Panels of the second factor up to which rows of the transpose of the first one are read in place: a copy of them
/// would cost more.
const FEW_PANELS: usize = 4;
/// Maximum stride, in floats, with which columns of the second factor, or rows of the transpose of the first one, are
/// read in place.
pub(crate) const NEAR: usize = 256;

/// Matrix products with reused buffers for copied blocks.
#[derive(Debug, Default)]
pub struct Products {
    left: Vec<f32>,
    right: Vec<f32>,
}

impl Products {
    /// `into = alpha * a b`, row-major.
    pub fn set(&mut self, alpha: f32, a: View<'_>, b: View<'_>, into: &mut [f32]) {
        self.set_strided(alpha, a, b, into, b.columns);
    }

    /// `into = alpha * a b`; rows of `into` have a stride of `row_stride`.
    pub(crate) fn set_strided(
        &mut self,
        alpha: f32,
        a: View<'_>,
        b: View<'_>,
        into: &mut [f32],
        row_stride: usize,
    ) {
        assert_eq!(a.columns, b.rows, "inner dimensions of a matrix product");
        if a.columns == 0 {
            let rows = into.chunks_mut(row_stride.max(1)).take(a.rows);
            return rows.for_each(|row| row[..b.columns].fill(0.0));
        }
        dispatch(Product { alpha, a, b, into, row_stride, replaces: true, copies: self });
    }

    /// `into += alpha * a b`; rows of `into` have a stride of `row_stride`.
    pub(crate) fn add(&mut self, alpha: f32, a: View<'_>, b: View<'_>, into: &mut [f32], row_stride: usize) {
        assert_eq!(a.columns, b.rows, "inner dimensions of a matrix product");
        dispatch(Product { alpha, a, b, into, row_stride, replaces: false, copies: self });
    }
}

struct Product<'a> {
    alpha: f32,
    a: View<'a>,
    b: View<'a>,
    into: &'a mut [f32],
    row_stride: usize,
    /// True if the products replace the numbers of `into`.
    replaces: bool,
    copies: &'a mut Products,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let (inner, columns) = (self.a.columns, self.b.columns);
        for from in (0..inner).step_by(DEPTH) {
            let depth = from..inner.min(from + DEPTH);
            for first in (0..columns).step_by(COLUMNS) {
                self.block(simd, depth.clone(), first..columns.min(first + COLUMNS));
            }
        }
    }
}

impl Product<'_> {
    /// Adds the products of a block of the inner dimension to some columns.
    #[inline(always)]
    fn block<S: Simd>(&mut self, simd: S, depth: Range<usize>, columns: Range<usize>) {
        let lanes = VECTORS * S::F32_LANES;
        let panels = columns.len().div_ceil(lanes);
        let size = lanes * depth.len();
        let panel = |index: usize| {
            columns.start + index * lanes..columns.end.min(columns.start + (index + 1) * lanes)
        };
        // Full panels that are read in place come before those that are copied.
        let in_place = if self.b.is_near() { columns.len() / lanes } else { 0 };
        let Products { left, right: copies } = &mut *self.copies;
        let copied = (panels - in_place) * size;
        copies.resize(copies.len().max(copied), 0.0);
        for (index, copy) in (in_place..panels).zip(copies.chunks_exact_mut(size)) {
            self.b.copy(depth.clone(), panel(index), copy, lanes);
        }
        let together = (NEAREST / size.max(1)).max(1);
        for rows in blocks(self.a.rows, ROWS_OF_BLOCK) {
            let copies_rows =
                self.a.column_stride > NEAR || (self.a.column_stride > 1 && panels > FEW_PANELS);
            if copies_rows {
                self.a.copy_rows::<S>(rows.clone(), depth.clone(), left);
            }
            for panels in blocks(panels, together) {
                let mut row = 0;
                while row < rows.len() {
                    let taken = rows_in_registers::<S>(rows.len() - row);
                    let View { values, row_stride, column_stride, .. } = self.a;
                    let start = (rows.start + row) * row_stride + depth.start * column_stride;
                    let (left, left_stride) = match column_stride {
                        1 => (&values[start..], Stride::OfRows(row_stride)),
                        _ if copies_rows => (&left[row * depth.len()..], Stride::OfColumns(taken)),
                        _ => (&values[start..], Stride::OfColumns(column_stride)),
                    };
                    for index in panels.clone() {
                        let (right, right_stride) = match index.checked_sub(in_place) {
                            None => (
                                &self.b.values[depth.start * self.b.row_stride + panel(index).start..],
                                self.b.row_stride,
                            ),
                            Some(copied) => (&copies[copied * size..][..size], lanes),
                        };
                        let at = (rows.start + row) * self.row_stride + panel(index).start;
                        let tile = Tile {
                            alpha: self.alpha,
                            left,
                            left_stride,
                            depth: depth.len(),
                            right,
                            right_stride,
                            into: &mut self.into[at..],
                            row_stride: self.row_stride,
                            columns: panel(index).len(),
                            replaces: self.replaces && depth.start == 0,
                        };
                        tile.add_rows(simd, taken);
                    }
                    row += taken;
                }
            }
        }
    }
}

/// Rows of the result that are summed in registers next, of those that remain.
fn rows_in_registers<S: Simd>(remaining: usize) -> usize {
    match S::REGISTER_COUNT >= 32 && remaining >= ROWS[1] {
        true => ROWS[1],
        false => ROWS[0].min(remaining),
    }
}

/// Returns blocks of this length of a range from 0.
#[inline(always)]
fn blocks(end: usize, length: usize) -> impl Iterator<Item = Range<usize>> {
    (0..end).step_by(length).map(move |start| start..end.min(start + length))
}

/// Order of a matrix: number of values from a row to the next, or from a column to the next.
#[derive(Clone, Copy)]
enum Stride {
    OfRows(usize),
    OfColumns(usize),
}

/// Some rows of the result; their width is that of the registers.
struct Tile<'a> {
    alpha: f32,
    /// Rows of the first factor, in a block of the inner dimension.
    left: &'a [f32],
    left_stride: Stride,
    /// Length of the block.
    depth: usize,
    /// Columns of the second factor: one row for each column of `left`, with a stride of `right_stride`.
    right: &'a [f32],
    right_stride: usize,
    into: &'a mut [f32],
    row_stride: usize,
    columns: usize,
    /// True if the products replace the numbers of `into`.
    replaces: bool,
}

impl Tile<'_> {
    /// Computes this number of rows and adds them, or writes them.
    #[inline(always)]
    fn add_rows<S: Simd>(self, simd: S, rows: usize) {
        match self.columns <= S::F32_LANES {
            true => self.add_vectors::<S, 1>(simd, rows),
            false => self.add_vectors::<S, VECTORS>(simd, rows),
        }
    }

    /// Computes this number of rows of `V` vectors.
    #[inline(always)]
    fn add_vectors<S: Simd, const V: usize>(self, simd: S, rows: usize) {
        match rows {
            12 if S::REGISTER_COUNT >= 32 => self.add::<S, V, 12>(simd),
            6 => self.add::<S, V, 6>(simd),
            5 => self.add::<S, V, 5>(simd),
            4 => self.add::<S, V, 4>(simd),
            3 => self.add::<S, V, 3>(simd),
            2 => self.add::<S, V, 2>(simd),
            _ => self.add::<S, V, 1>(simd),
        }
    }

    /// Computes `R` rows.
    #[inline(always)]
    fn add<S: Simd, const V: usize, const R: usize>(self, simd: S) {
        let (left, depth) = (self.left, self.depth);
        match self.left_stride {
            Stride::OfRows(stride) => {
                let rows: [&[f32]; R] = from_fn(|at| &left[at * stride..][..depth]);
                self.add_products::<S, V, R>(simd, |place, at| rows[at][place]);
            }
            Stride::OfColumns(stride) => {
                self.add_products::<S, V, R>(simd, |place, at| left[place * stride..][..R][at]);
            }
        }
    }

    /// Sums the products of `R` rows with the second factor.
    #[inline(always)]
    fn add_products<S: Simd, const V: usize, const R: usize>(
        self,
        simd: S,
        number: impl Fn(usize, usize) -> f32,
    ) {
        let mut sums = [[simd.splat_f32s(0.0); V]; R];
        let rows = self.right.chunks(self.right_stride).take(self.depth);
        for (place, row) in rows.enumerate() {
            let (row, _) = S::as_simd_f32s(&row[..V * S::F32_LANES]);
            let vectors: [S::f32s; V] = from_fn(|at| row[at]);
            for (at, sums) in sums.iter_mut().enumerate() {
                let number = simd.splat_f32s(number(place, at));
                for (sum, vector) in sums.iter_mut().zip(vectors) {
                    *sum = simd.mul_add_e_f32s(number, vector, *sum);
                }
            }
        }
        // Taking the sums by value keeps them in registers in the loop above.
        let alpha = simd.splat_f32s(self.alpha);
        for (row, sums) in sums.into_iter().enumerate() {
            let into = &mut self.into[row * self.row_stride..][..self.columns];
            if self.columns == V * S::F32_LANES {
                let (into, _) = S::as_mut_simd_f32s(into);
                for (into, sum) in into.iter_mut().zip(sums) {
                    let product = simd.mul_f32s(alpha, sum);
                    *into = if self.replaces { product } else { simd.add_f32s(*into, product) };
                }
            } else {
                let found: &[f32] = pulp::bytemuck::cast_slice(&sums);
                for (into, sum) in into.iter_mut().zip(found) {
                    *into = if self.replaces { 0.0 } else { *into } + self.alpha * sum;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that vary by position.
    fn numbers(count: usize) -> Vec<f32> {
        (0..count).map(|at| ((at * 37 + 11) % 101) as f32 / 50.0 - 1.0).collect()
    }

    fn at(view: View<'_>, row: usize, column: usize) -> f32 {
        view.values[row * view.row_stride + column * view.column_stride]
    }

    #[test]
    fn products_of_any_size_are_the_plain_sums() {
        let alpha = 0.5;
        for rows in [0, 1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 13, NEAR + 9] {
            for columns in [0, 1, 3, 16, 33, COLUMNS + 5] {
                for inner in [0, 1, 7, 64, DEPTH + 3] {
                    let (left, right) = (numbers(2 * rows * inner), numbers(inner * (columns + 3)));
                    let kinds = [
                        (View::new(&left, rows, inner), View::new(&right, inner, columns)),
                        (
                            View::new(&left, inner, rows).transposed(),
                            View::strided(&right, inner, columns, columns + 3),
                        ),
                        (
                            View::strided(&left, rows, inner, 2 * inner),
                            View::new(&right, columns, inner).transposed(),
                        ),
                    ];
                    for (a, b) in kinds {
                        let before = numbers(rows * (columns + 2));
                        let mut found = before.clone();
                        Products::default().add(alpha, a, b, &mut found, columns + 2);
                        let mut set = vec![f32::NAN; before.len()];
                        Products::default().set_strided(alpha, a, b, &mut set, columns + 2);
                        for (place, (found, before)) in found.iter().zip(&before).enumerate() {
                            let (row, column) = (place / (columns + 2), place % (columns + 2));
                            let sum = match column < columns {
                                true => (0..inner).map(|i| at(a, row, i) * at(b, i, column)).sum(),
                                false => 0.0,
                            };
                            let (expected, set) = (before + alpha * sum, set[place]);
                            let is_set = if column < columns {
                                (set - alpha * sum).abs() < 1e-4
                            } else {
                                set.is_nan()
                            };
                            assert!(is_set, "{rows} {inner} {columns}: {set}");
                            assert!(
                                (found - expected).abs() < 1e-4,
                                "{rows} {inner} {columns}: {found} {expected}"
                            );
                        }
                    }
                }
            }
        }
    }

    /// The order of sums does not depend on the vector width, so only fused rounding can differ.
    #[test]
    fn instruction_sets_that_round_alike_give_the_same_bits() {
        use crate::kernels::Kernels;

        let (rows, inner, columns) = (13, DEPTH + 45, COLUMNS + 37);
        let (left, right) = (numbers(rows * inner), numbers(inner * columns));
        let product = |kernels: Kernels| {
            let mut into = vec![0.0; rows * columns];
            let (a, b) = (View::new(&left, rows, inner), View::new(&right, inner, columns));
            let copies = &mut Products::default();
            let row_stride = columns;
            kernels.run(Product {
                alpha: 1.0,
                a,
                b,
                into: &mut into,
                row_stride,
                replaces: false,
                copies,
            })?;
            Some(into)
        };
        let products: Vec<_> =
            Kernels::available().into_iter().map(|kernels| (kernels, product(kernels).unwrap())).collect();
        for (a, one) in &products {
            for (b, other) in &products {
                let same = one.iter().zip(other).all(|(x, y)| x.to_bits() == y.to_bits());
                assert_eq!(same, a.is_fused() == b.is_fused(), "{a} and {b}");
                assert!(one.iter().zip(other).all(|(x, y)| (x - y).abs() < 1e-3), "{a} and {b}");
            }
        }
    }

    #[test]
    fn what_was_there_is_replaced() {
        let mut found = [f32::NAN; 4];
        Products::default().set(2.0, View::new(&[1.0, 2.0], 2, 1), View::new(&[3.0, 4.0], 1, 2), &mut found);
        assert_eq!(found, [6.0, 8.0, 12.0, 16.0]);
    }

    #[test]
    fn a_number_is_the_same_whatever_stands_beside_it() {
        let (inner, rows, columns) = (301, 14, 75);
        let (left, right) = (numbers(rows * inner), numbers(inner * columns));
        let mut all = vec![0.0; rows * columns];
        let (a, b) = (View::new(&left, rows, inner), View::new(&right, columns, inner));
        Products::default().set(1.0, a, b.transposed(), &mut all);
        for row in 0..rows {
            for column in 0..columns {
                let a = View::new(&left[row * inner..], 1, inner);
                let b = View::new(&right[column * inner..], 1, inner);
                let mut alone = [0.0];
                Products::default().set(1.0, a, b.transposed(), &mut alone);
                assert_eq!(alone[0].to_bits(), all[row * columns + column].to_bits());
            }
        }
    }
}
