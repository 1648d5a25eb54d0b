//! Concatenation of any number of inputs along their width, in one copy.

use dfdx::shapes::{Const, HasShape};
use dfdx::tensor::{Cpu, CpuError, NoneTape, PutTape, SplitTape, Tape, Tensor};
use dfdx::tensor_ops::{Device as Tensors, RealizeTo};

use super::host::{take_gradient, tensor, values};
use super::parallel::for_rows;
use super::{Device, Recorder, Rows};

/// Rows whose width is known at run time only: an input of `concat`.
#[derive(Debug)]
pub struct Part<D: Tensors<f32>, T = NoneTape>(Tensor<(usize, usize), f32, D, T>);

/// What can be an input of `concat`.
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

/// Concatenation of a device.
pub trait ConcatKernel: Tensors<f32> {
    /// Puts the parts side by side; their widths sum to `C`.
    fn concat<const C: usize, T: Tape<f32, Self>>(
        device: &Self,
        parts: Vec<Part<Self, T>>,
    ) -> Result<Rows<C, Self, T>, Self::Err> {
        plain(device, parts)
    }
}

#[cfg(feature = "cuda")]
impl ConcatKernel for dfdx::tensor::Cuda {}

/// Concatenation in dfdx's own ops: neighbours first, so that no element is copied more than log(parts) times.
pub(crate) fn plain<const C: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    device: &D,
    parts: Vec<Part<D, T>>,
) -> Result<Rows<C, D, T>, D::Err> {
    use dfdx::shapes::Axis;
    use dfdx::tensor_ops::TryConcatAlong;

    let mut parts: Vec<_> = parts.into_iter().map(|part| part.0).collect();
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
        Some(joined) => match joined.try_realize::<(usize, Const<C>)>() {
            Ok(rows) => Ok(rows),
            Err(joined) => panic!("concat of width {C} over parts of width {}", joined.shape().1),
        },
        None => Ok(device.try_zeros_like(&(0, Const::<C>))?.put_tape(T::default())),
    }
}

impl ConcatKernel for Cpu {
    fn concat<const C: usize, T: Tape<f32, Self>>(
        device: &Self,
        parts: Vec<Part<Self, T>>,
    ) -> Result<Rows<C, Self, T>, CpuError> {
        let rows = parts.first().map_or(0, |part| part.0.shape().0);
        let mut tape = T::default();
        let mut inputs = Vec::with_capacity(parts.len());
        let mut output = vec![0.0; rows * C];
        let mut offset = 0;
        for Part(part) in parts {
            let (part, other) = part.split_tape();
            tape = tape.merge(other);
            let (count, width) = *part.shape();
            assert_eq!(count, rows, "rows of the parts of a concat");
            let source = values(&part);
            for_rows(&mut output, C, C, |first, target| {
                let source = source[first * width..].chunks_exact(width.max(1));
                for (target, source) in target.chunks_exact_mut(C).zip(source) {
                    target[offset..offset + width].copy_from_slice(source);
                }
            });
            inputs.push((part, offset, width));
            offset += width;
        }
        assert!(offset == C || rows == 0, "concat of width {C} over parts of width {offset}");
        let y = tensor(device, output, (rows, Const))?;
        let result = y.clone();
        tape.add_backward_op(move |gradients| {
            let g = take_gradient(gradients, &y)?;
            for (part, offset, width) in &inputs {
                let (offset, width) = (*offset, *width);
                for_rows(gradients.get_or_alloc_mut(part)?, width, C, |first, target| {
                    let source = g[first * C..].chunks_exact(C);
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
    let device = parts.first().map(|part| part.0.device().clone()).unwrap_or_default();
    D::concat(&device, parts)
}
