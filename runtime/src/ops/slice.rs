//! Some of the columns of rows.

use dfdx::shapes::{Const, HasShape};
use dfdx::tensor::{Cpu, CpuError, Tape};
use dfdx::tensor_ops::{Device as Tensors, ReshapeTo};

use super::parallel::add_scaled;
use super::per_record::{RecordFunction, per_record};
use super::{Device, Recorder, Rows};

/// Slices of a device.
pub trait SliceKernel: Tensors<f32> {
    /// The `C` columns from `from` on.
    fn slice<const W: usize, const C: usize, T: Tape<f32, Self>>(
        x: Rows<W, Self, T>,
        from: usize,
    ) -> Result<Rows<C, Self, T>, Self::Err> {
        plain(x, from)
    }
}

#[cfg(feature = "cuda")]
impl SliceKernel for dfdx::tensor::Cuda {}

/// The slice in dfdx's own ops.
pub(crate) fn plain<const W: usize, const C: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Rows<W, D, T>,
    from: usize,
) -> Result<Rows<C, D, T>, D::Err> {
    let rows = x.shape().0;
    x.try_slice((.., from..from + C))?.try_reshape_like(&(rows, Const))
}

#[derive(Clone, Copy)]
struct Slice {
    from: usize,
    count: usize,
}

impl RecordFunction for Slice {
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

impl SliceKernel for Cpu {
    fn slice<const W: usize, const C: usize, T: Tape<f32, Self>>(
        x: Rows<W, Self, T>,
        from: usize,
    ) -> Result<Rows<C, Self, T>, CpuError> {
        let shape = (x.shape().0, Const);
        per_record(x, shape, Slice { from, count: C })
    }
}

/// The `C` columns of each row from `from` on; `from + C` is at most `W`.
pub fn slice<const W: usize, const C: usize, D: Device, T: Recorder<D>>(
    x: Rows<W, D, T>,
    from: usize,
) -> Result<Rows<C, D, T>, D::Err> {
    D::slice(x, from)
}
