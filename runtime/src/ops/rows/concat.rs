//! Concatenation of any number of inputs along their width, in one copy; also as vectors of equal width.

use dfdx::shapes::{Const, HasShape, Shape};
use dfdx::tensor::{NoneTape, PutTape, SplitTape, Tape, Tensor};
use dfdx::tensor_ops::{Device as Tensors, RealizeTo, ReshapeTo};

use super::arithmetic::distinct;
use crate::ops::call::Call;
use crate::ops::op::{Forward, Op, Saved};
use crate::ops::parallel::{add_scaled, vectorized};
use crate::ops::widths::common_widths;
use crate::ops::{Device, Rows, Vectors};

/// Rows with a dynamic width: an input of `concat`.
#[derive(Debug)]
pub struct Part<D: Tensors<f32>, T = NoneTape>(Tensor<(usize, usize), f32, D, T>);

/// Input of `concat`.
pub trait IntoPart<D: Tensors<f32>, T> {
    /// Removes the static width.
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

/// Concatenation of inputs with these widths.
struct Concat {
    widths: Vec<usize>,
}

impl Concat {
    fn width(&self) -> usize {
        self.widths.iter().sum()
    }

    /// Index, offset in the output, and width of each input.
    fn parts(&self) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        let parts = self.widths.iter().enumerate().scan(0, |offset, (input, &width)| {
            *offset += width;
            Some((input, *offset - width, width))
        });
        parts.filter(|(_, _, width)| *width > 0)
    }
}

impl Op for Concat {
    fn cost(&self) -> usize {
        self.width()
    }

    fn saved(&self) -> Saved {
        Saved::NOTHING
    }

    fn forward(&self, _: usize, inputs: &[&[f32]], output: &mut [f32], _: &mut [f32]) {
        let whole = self.width();
        for (input, offset, width) in self.parts() {
            common_widths!(width => {
                let rows = output.chunks_exact_mut(whole).zip(inputs[input].chunks_exact(width));
                rows.for_each(|(row, part)| row[offset..offset + width].copy_from_slice(part));
            });
        }
    }

    fn backward(&self, _: usize, _: &Forward<'_>, g: &mut [f32], into: &mut [&mut [f32]]) {
        let whole = self.width();
        vectorized(|| {
            for (input, offset, width) in self.parts() {
                common_widths!(width => {
                    let rows = into[input].chunks_exact_mut(width).zip(g.chunks_exact(whole));
                    rows.for_each(|(into, g)| add_scaled(into, 1.0, &g[offset..offset + width]));
                });
            }
        });
    }
}

/// Plain formulation of concatenation. Neighbors are joined first, so no element is copied more than
/// log(parts) times.
pub(crate) fn plain<S: Shape, D: Tensors<f32>, T: Tape<f32, D>>(
    device: &D,
    parts: Vec<Part<D, T>>,
    shape: S,
) -> Result<Tensor<S, f32, D, T>, D::Err> {
    use dfdx::shapes::Axis;
    use dfdx::tensor_ops::TryConcatAlong;

    // A tensor can be joined with itself only if it is a new tensor.
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

/// Concatenates parts; their widths sum to that of the shape.
fn join<S: Shape, D: Device, T: Tape<f32, D>>(
    parts: Vec<Part<D, T>>,
    shape: S,
) -> Result<Tensor<S, f32, D, T>, D::Err> {
    let (device, rows) = (device(&parts), rows(&parts));
    let mut tape = T::default();
    let mut inputs = Vec::with_capacity(parts.len());
    for Part(part) in parts {
        let (part, other) = part.split_tape();
        tape = tape.merge(other);
        assert_eq!(part.shape().0, rows, "rows of the parts of a concat");
        inputs.push(part);
    }
    let op = Concat { widths: inputs.iter().map(|part| part.shape().1).collect() };
    assert_eq!(op.width() * rows, shape.num_elements(), "width of the parts of a concat");
    let call = inputs.iter().fold(Call::new(&device, op, rows), Call::of);
    D::call(call, tape, shape, |tape| {
        let mut parts: Vec<_> = inputs.into_iter().map(|part| Part(part.retaped())).collect();
        if let Some(first) = parts.pop() {
            parts.push(Part(first.0.split_tape().0.put_tape(tape)));
        }
        plain(&device, parts, shape)
    })
}

/// Concatenates parts; `C` is the sum of their widths. Without parts there are no rows.
pub fn concat<const C: usize, D: Device, T: Tape<f32, D>>(
    parts: impl IntoIterator<Item = Part<D, T>>,
) -> Result<Rows<C, D, T>, D::Err> {
    let parts: Vec<_> = parts.into_iter().collect();
    let shape = (rows(&parts), Const);
    join(parts, shape)
}

/// Stacks parts of width `W` into `N` vectors.
pub fn stack<const N: usize, const W: usize, D: Device, T: Tape<f32, D>>(
    parts: impl IntoIterator<Item = Part<D, T>>,
) -> Result<Vectors<N, W, D, T>, D::Err> {
    let parts: Vec<_> = parts.into_iter().collect();
    let shape = (rows(&parts), Const, Const);
    join(parts, shape)
}

/// Concatenates the vectors of each record; `C` is `N * W`.
pub fn flatten<const N: usize, const W: usize, const C: usize, D: Device, T: Tape<f32, D>>(
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
