//! Concatenation of any number of inputs along their width, in one copy; the same as vectors of one width.

use dfdx::shapes::{Const, HasShape, Shape};
use dfdx::tensor::{Cpu, CpuError, NoneTape, PutTape, SplitTape, Tape, Tensor};
use dfdx::tensor_ops::{Device as Tensors, RealizeTo, ReshapeTo};

use super::elementwise::distinct;
use super::host::{take_gradient, tensor, values};
use super::parallel::for_rows;
use super::{Device, Recorder, Rows, Vectors};

/// Rows whose width is known at run time only: an input of `concat`.
#[derive(Debug)]
pub struct Part<D: Tensors<f32>, T = NoneTape>(Tensor<(usize, usize), f32, D, T>);

/// Input of `concat`.
pub trait IntoPart<D: Tensors<f32>, T> {
    /// Forgets the static width.
    fn part(self) -> Part<D, T>;
}

impl<const W: usize, D: Tensors<f32>, T: Tape<f32, D>> IntoPart<D, T> for Rows<W, D, T> {
    fn part(self) -> Part<D, T> {
        match self.try_realize::<(usize, usize)>() {
            Ok(part) => Part(part),
            Err(_) => unreachable!("a static width is also a width"),
        }
    }
}

impl<const N: usize, const W: usize, D: Tensors<f32>, T: Tape<f32, D>> IntoPart<D, T>
    for Vectors<N, W, D, T>
{
    fn part(self) -> Part<D, T> {
        let rows = (self.shape().0, N * W);
        match self.try_reshape_like(&rows) {
            Ok(part) => Part(part),
            Err(_) => unreachable!("a static width is also a width"),
        }
    }
}

/// Concatenation of a device.
pub trait ConcatKernel: Tensors<f32> {
    /// Puts the parts side by side; their widths sum to what the shape has for each row.
    fn concat<S: Shape, T: Tape<f32, Self>>(
        device: &Self,
        parts: Vec<Part<Self, T>>,
        shape: S,
    ) -> Result<Tensor<S, f32, Self, T>, Self::Err> {
        plain(device, parts, shape)
    }
}

#[cfg(feature = "cuda")]
impl ConcatKernel for dfdx::tensor::Cuda {}

/// Concatenation in dfdx's own ops: neighbours first, so that no element is copied more than log(parts) times.
pub(crate) fn plain<S: Shape, D: Tensors<f32>, T: Tape<f32, D>>(
    device: &D,
    parts: Vec<Part<D, T>>,
    shape: S,
) -> Result<Tensor<S, f32, D, T>, D::Err> {
    use dfdx::shapes::Axis;
    use dfdx::tensor_ops::TryConcatAlong;

    // A part may be the neighbour of itself; what was joined is a tensor of its own.
    let parts = parts.into_iter().enumerate();
    let parts = parts.map(|(at, Part(part))| if at % 2 == 0 { distinct(part) } else { Ok(part) });
    let mut parts = parts.collect::<Result<Vec<_>, _>>()?;
    while parts.len() > 1 {
        let mut joined = Vec::with_capacity(parts.len().div_ceil(2));
        let mut rest = parts.into_iter();
        while let Some(left) = rest.next() {
            joined.push(match rest.next() {
                Some(right) => (left, right).try_concat_along(Axis::<1>)?,
                None => left,
            });
        }
        parts = joined;
    }
    match parts.pop() {
        Some(joined) => joined.try_reshape_like(&shape),
        None => Ok(device.try_zeros_like(&shape)?.put_tape(T::default())),
    }
}

impl ConcatKernel for Cpu {
    fn concat<S: Shape, T: Tape<f32, Self>>(
        device: &Self,
        parts: Vec<Part<Self, T>>,
        shape: S,
    ) -> Result<Tensor<S, f32, Self, T>, CpuError> {
        let rows = rows(&parts);
        let width_of_row = shape.num_elements() / rows.max(1);
        let mut tape = T::default();
        let mut inputs = Vec::with_capacity(parts.len());
        let mut output = vec![0.0; shape.num_elements()];
        let mut offset = 0;
        for Part(part) in parts {
            let (part, other) = part.split_tape();
            tape = tape.merge(other);
            let (count, width) = *part.shape();
            assert_eq!(count, rows, "rows of the parts of a concat");
            let source = values(&part);
            for_rows(&mut output, width_of_row, width_of_row, |first, target| {
                let source = source[first * width..].chunks_exact(width.max(1));
                for (target, source) in target.chunks_exact_mut(width_of_row).zip(source) {
                    target[offset..offset + width].copy_from_slice(source);
                }
            });
            inputs.push((part, offset, width));
            offset += width;
        }
        assert_eq!(offset * rows, output.len(), "width of the parts of a concat");
        let y = tensor(device, output, shape)?;
        let result = y.clone();
        tape.add_backward_op(move |gradients| {
            let g = take_gradient(gradients, &y)?;
            for (part, offset, width) in &inputs {
                let (offset, width) = (*offset, *width);
                for_rows(gradients.get_or_alloc_mut(part)?, width, width_of_row, |first, target| {
                    let source = g[first * width_of_row..].chunks_exact(width_of_row);
                    for (target, source) in target.chunks_exact_mut(width).zip(source) {
                        for (target, value) in target.iter_mut().zip(&source[offset..offset + width]) {
                            *target += value;
                        }
                    }
                });
            }
            Ok(())
        });
        Ok(result.put_tape(tape))
    }
}

/// Puts parts side by side; `C` is the sum of their widths. No parts give no rows.
pub fn concat<const C: usize, D: Device, T: Recorder<D>>(
    parts: impl IntoIterator<Item = Part<D, T>>,
) -> Result<Rows<C, D, T>, D::Err> {
    let parts: Vec<_> = parts.into_iter().collect();
    let shape = (rows(&parts), Const);
    D::concat(&device(&parts), parts, shape)
}

/// Makes `N` vectors of width `W` of parts of that width.
pub fn stack<const N: usize, const W: usize, D: Device, T: Recorder<D>>(
    parts: impl IntoIterator<Item = Part<D, T>>,
) -> Result<Vectors<N, W, D, T>, D::Err> {
    let parts: Vec<_> = parts.into_iter().collect();
    let shape = (rows(&parts), Const, Const);
    D::concat(&device(&parts), parts, shape)
}

/// Puts the vectors of each record side by side; `C` is `N * W`.
pub fn flatten<const N: usize, const W: usize, const C: usize, D: Device, T: Recorder<D>>(
    x: Vectors<N, W, D, T>,
) -> Result<Rows<C, D, T>, D::Err> {
    let rows = x.shape().0;
    x.try_reshape_like(&(rows, Const))
}

fn rows<D: Tensors<f32>, T>(parts: &[Part<D, T>]) -> usize {
    parts.first().map_or(0, |part| part.0.shape().0)
}

fn device<D: Tensors<f32>, T>(parts: &[Part<D, T>]) -> D {
    parts.first().map(|part| part.0.device().clone()).unwrap_or_default()
}
