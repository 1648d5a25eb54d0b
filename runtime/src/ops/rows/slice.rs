//! Slices of the columns of rows.

use dfdx::shapes::{Const, HasShape};
use dfdx::tensor_ops::Device as Tensors;

use crate::ops::call::of_records;
use crate::ops::op::RecordFunction;
use crate::ops::parallel::add_scaled;
use crate::ops::reshape::Reshape as _;
use crate::ops::{Device, Rows, Tape};

/// Plain formulation of the slice.
pub(crate) fn plain<const W: usize, const C: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Rows<W, D, T>,
    from: usize,
) -> Result<Rows<C, D, T>, D::Err> {
    let rows = x.shape().0;
    x.try_slice((.., from..from + C))?.reshaped((rows, Const))
}

#[derive(Clone, Copy)]
struct Slice {
    from: usize,
    count: usize,
}

impl RecordFunction for Slice {
    const READS_INPUT: bool = false;

    fn cost(&self) -> usize {
        self.count
    }

    #[inline(always)]
    fn forward(&self, x: &[f32], y: &mut [f32]) {
        y.copy_from_slice(&x[self.from..][..self.count]);
    }

    #[inline(always)]
    fn backward(&self, _: &[f32], g: &[f32], into: &mut [f32]) {
        add_scaled(&mut into[self.from..], 1.0, g);
    }
}

/// Columns `from..from + C` of each row; `from + C` is at most `W`.
pub fn slice<const W: usize, const C: usize, D: Device, T: Tape<f32, D>>(
    x: Rows<W, D, T>,
    from: usize,
) -> Result<Rows<C, D, T>, D::Err> {
    let shape = (x.shape().0, Const);
    of_records(x, shape, Slice { from, count: C }, |x| plain(x, from))
}
