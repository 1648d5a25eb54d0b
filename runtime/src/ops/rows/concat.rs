//! Concatenation of any number of inputs along their width, in one copy; also as vectors of equal width.

use std::ops::Range;

use dfdx::shapes::{Const, HasShape, Shape};
use dfdx::tensor::{NoneTape, PutTape, SplitTape, Tensor};
use dfdx::tensor_ops::Device as Tensors;

use super::arithmetic::distinct;
use crate::ops::call::Call;
use crate::ops::op::{Forward, Op, Saved, Scratch};
use crate::ops::parallel::{add_scaled, vectorized};
use crate::ops::reshape::{Reshape as _, Sizes, retyped};
use crate::ops::widths::common_widths;
use crate::ops::{Device, Rows, Tape, Vectors};

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
        Part(retyped(self))
    }
}

impl<const N: usize, const W: usize, D: Tensors<f32>, T: Tape<f32, D>> IntoPart<D, T>
    for Vectors<N, W, D, T>
{
    fn part(self) -> Part<D, T> {
        let rows = (self.shape().0, N * W);
        match self.reshaped(rows) {
            Ok(part) => Part(part),
            Err(_) => unreachable!("a static width is also a width"),
        }
    }
}

/// Concatenation of inputs with these widths.
#[derive(Debug)]
pub(crate) struct Concat {
    pub(crate) widths: Vec<usize>,
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

    fn joined(&self) -> Option<&[usize]> {
        Some(&self.widths)
    }

    fn forward(
        &self,
        _: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        _: &mut [f32],
        _: &mut Scratch,
    ) {
        let whole = self.width();
        for (input, offset, width) in self.parts() {
            common_widths!(width => {
                let rows = output.chunks_exact_mut(whole).zip(inputs[input].chunks_exact(width));
                rows.for_each(|(row, part)| row[offset..offset + width].copy_from_slice(part));
            });
        }
    }

    fn backward(&self, _: usize, _: &Forward<'_>, g: &mut [f32], into: &mut [&mut [f32]], _: &mut Scratch) {
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
pub(crate) fn plain<S: Shape<Concrete: Sizes>, D: Tensors<f32>, T: Tape<f32, D>>(
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
        Some(joined) => joined.reshaped(shape),
        None => Ok(device.try_zeros_like(&shape)?.put_tape(T::default())),
    }
}

/// The parts without their tape, and their number of rows.
struct Joined<D: Device, T> {
    inputs: Vec<Tensor<(usize, usize), f32, D>>,
    tape: T,
    rows: usize,
}

impl<D: Device, T: Tape<f32, D>> Joined<D, T> {
    fn new(parts: Vec<Part<D, T>>) -> Self {
        let mut joined = Self { inputs: Vec::with_capacity(parts.len()), tape: T::default(), rows: 0 };
        joined.rows = parts.first().map_or(0, |Part(part)| part.shape().0);
        for Part(part) in parts {
            let (part, tape) = part.split_tape();
            joined.tape = joined.tape.merge(tape);
            assert_eq!(part.shape().0, joined.rows, "rows of the parts of a concat");
            joined.inputs.push(part);
        }
        joined
    }

    /// The call that makes `numbers` numbers of them.
    fn call(&self, numbers: usize) -> Call<D> {
        let op = Concat { widths: self.inputs.iter().map(|part| part.shape().1).collect() };
        assert_eq!(op.width() * self.rows, numbers, "width of the parts of a concat");
        self.inputs.iter().fold(Call::new(&self.device(), op, self.rows), Call::of)
    }

    fn device(&self) -> D {
        self.inputs.first().map(|part| part.device().clone()).unwrap_or_default()
    }

    /// Their concatenation, whose shape has the sum of their widths.
    fn run<S: Shape<Concrete: Sizes>>(self, shape: S) -> Result<Tensor<S, f32, D, T>, D::Err> {
        let (call, device) = (self.call(shape.num_elements()), self.device());
        let Self { inputs, tape, .. } = self;
        D::call(call, tape, shape, |tape| {
            let mut parts: Vec<_> = inputs.into_iter().map(|part| Part(part.retaped())).collect();
            if let Some(first) = parts.pop() {
                parts.push(Part(first.0.split_tape().0.put_tape(tape)));
            }
            plain(&device, parts, shape)
        })
    }
}

/// Concatenates parts; `C` is the sum of their widths. Without parts there are no rows.
pub fn concat<const C: usize, D: Device, T: Tape<f32, D>>(
    parts: impl IntoIterator<Item = Part<D, T>>,
) -> Result<Rows<C, D, T>, D::Err> {
    let joined = Joined::new(parts.into_iter().collect());
    let shape = (joined.rows, Const);
    joined.run(shape)
}

/// Stacks parts of width `W` into `N` vectors.
pub fn stack<const N: usize, const W: usize, D: Device, T: Tape<f32, D>>(
    parts: impl IntoIterator<Item = Part<D, T>>,
) -> Result<Vectors<N, W, D, T>, D::Err> {
    let joined = Joined::new(parts.into_iter().collect());
    let shape = (joined.rows, Const, Const);
    joined.run(shape)
}

/// Divides each row into `N` vectors; `C` is `N * W`.
pub fn unflatten<const C: usize, const N: usize, const W: usize, D: Device, T: Tape<f32, D>>(
    x: Rows<C, D, T>,
) -> Result<Vectors<N, W, D, T>, D::Err> {
    let rows = x.shape().0;
    x.reshaped((rows, Const, Const))
}

/// Concatenates the vectors of each record; `C` is `N * W`.
pub fn flatten<const N: usize, const W: usize, const C: usize, D: Device, T: Tape<f32, D>>(
    x: Vectors<N, W, D, T>,
) -> Result<Rows<C, D, T>, D::Err> {
    let rows = x.shape().0;
    x.reshaped((rows, Const))
}
