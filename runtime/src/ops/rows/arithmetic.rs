//! Sum, product, scaling and shifting of rows.

use std::ops::Range;

use dfdx::shapes::{HasShape, Shape};
use dfdx::tensor::{PutTape, SplitTape, Tensor};
use dfdx::tensor_ops::{Device as Tensors, TryAdd, TryMul};

use crate::ops::call::Call;
use crate::ops::op::{Forward, Op, Saved, Scratch};
use crate::ops::parallel::{add_scaled, vectorized};
use crate::ops::{Device, Rows, Sizes, Tape};

/// `a + b` of two inputs.
struct Sum {
    width: usize,
}

impl Op for Sum {
    fn cost(&self) -> usize {
        self.width
    }

    fn saved(&self) -> Saved {
        Saved::NOTHING
    }

    fn forward(
        &self,
        _: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        _: &mut [f32],
        _: &mut Scratch,
    ) {
        let terms = inputs[0].iter().zip(inputs[1]);
        vectorized(|| output.iter_mut().zip(terms).for_each(|(y, (a, b))| *y = a + b));
    }

    fn backward(&self, _: usize, _: &Forward<'_>, g: &mut [f32], into: &mut [&mut [f32]], _: &mut Scratch) {
        vectorized(|| into.iter_mut().for_each(|into| add_scaled(into, 1.0, g)));
    }
}

/// `a * b` of two inputs.
struct Product {
    width: usize,
}

impl Op for Product {
    fn cost(&self) -> usize {
        self.width
    }

    fn forward(
        &self,
        _: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        _: &mut [f32],
        _: &mut Scratch,
    ) {
        let factors = inputs[0].iter().zip(inputs[1]);
        vectorized(|| output.iter_mut().zip(factors).for_each(|(y, (a, b))| *y = a * b));
    }

    fn backward(
        &self,
        _: usize,
        forward: &Forward<'_>,
        g: &mut [f32],
        into: &mut [&mut [f32]],
        _: &mut Scratch,
    ) {
        vectorized(|| {
            for (into, other) in into.iter_mut().zip(forward.inputs.iter().rev()) {
                into.iter_mut().zip(g.iter().zip(*other)).for_each(|(into, (g, x))| *into += g * x);
            }
        });
    }
}

/// `factor * x + addend`.
struct Line {
    width: usize,
    factor: f32,
    addend: f32,
}

impl Op for Line {
    fn cost(&self) -> usize {
        self.width
    }

    fn saved(&self) -> Saved {
        Saved::NOTHING
    }

    fn forward(
        &self,
        _: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        _: &mut [f32],
        _: &mut Scratch,
    ) {
        let pairs = output.iter_mut().zip(inputs[0]);
        vectorized(|| pairs.for_each(|(y, x)| *y = self.factor * x + self.addend));
    }

    fn backward(&self, _: usize, _: &Forward<'_>, g: &mut [f32], into: &mut [&mut [f32]], _: &mut Scratch) {
        vectorized(|| add_scaled(into[0], self.factor, g));
    }
}

/// Same values with a new tensor id, because dfdx rejects operations on two views of one tensor.
pub(crate) fn distinct<S: Shape, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Tensor<S, f32, D, T>,
) -> Result<Tensor<S, f32, D, T>, D::Err> {
    x.try_mul(1.0)
}

/// Plain formulation of the sum.
pub(crate) fn plain_sum<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    a: Rows<W, D, T>,
    b: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    distinct(a)?.try_add(b)
}

/// Plain formulation of the product.
pub(crate) fn plain_product<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    a: Rows<W, D, T>,
    b: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    distinct(a)?.try_mul(b)
}

/// Elementwise sum.
pub fn add<const W: usize, D: Device, T: Tape<f32, D>>(
    a: Rows<W, D, T>,
    b: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let (a, tape) = a.split_tape();
    let (b, other) = b.split_tape();
    let shape = *a.shape();
    let call = Call::new(a.device(), Sum { width: W }, shape.0).of(&a).of(&b);
    D::call(call, tape.merge(other), shape, |tape| plain_sum(a.put_tape(tape), b.retaped()))
}

/// Elementwise product.
pub fn mul<const W: usize, D: Device, T: Tape<f32, D>>(
    a: Rows<W, D, T>,
    b: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    let (a, tape) = a.split_tape();
    let (b, other) = b.split_tape();
    let shape = *a.shape();
    let call = Call::new(a.device(), Product { width: W }, shape.0).of(&a).of(&b);
    D::call(call, tape.merge(other), shape, |tape| plain_product(a.put_tape(tape), b.retaped()))
}

/// Every element times a constant.
pub fn scale<S: Shape<Concrete: Sizes>, D: Device, T: Tape<f32, D>>(
    x: Tensor<S, f32, D, T>,
    factor: f32,
) -> Result<Tensor<S, f32, D, T>, D::Err> {
    line(x, factor, 0.0)
}

/// A constant added to every element.
pub fn shift<S: Shape<Concrete: Sizes>, D: Device, T: Tape<f32, D>>(
    x: Tensor<S, f32, D, T>,
    addend: f32,
) -> Result<Tensor<S, f32, D, T>, D::Err> {
    line(x, 1.0, addend)
}

/// `a - b`, elementwise.
pub(crate) fn difference<S: Shape<Concrete: Sizes>, D: Device, T: Tape<f32, D>>(
    a: Tensor<S, f32, D, T>,
    b: Tensor<S, f32, D, T>,
) -> Result<Tensor<S, f32, D, T>, D::Err> {
    let (a, tape) = a.split_tape();
    let (b, other) = scale(b, -1.0)?.split_tape();
    let shape = *a.shape();
    let rows = first_dimension(shape);
    let call = Call::new(a.device(), Sum { width: shape.num_elements() / rows.max(1) }, rows).of(&a).of(&b);
    D::call(call, tape.merge(other), shape, |tape| distinct(a.put_tape(tape))?.try_add(b.retaped::<T>()))
}

/// First dimension of a shape.
pub(crate) fn first_dimension(shape: impl Shape) -> usize {
    shape.concrete().into_iter().next().unwrap_or(1)
}

fn line<S: Shape<Concrete: Sizes>, D: Device, T: Tape<f32, D>>(
    x: Tensor<S, f32, D, T>,
    factor: f32,
    addend: f32,
) -> Result<Tensor<S, f32, D, T>, D::Err> {
    let (x, tape) = x.split_tape();
    let shape = *x.shape();
    let rows = first_dimension(shape);
    let op = Line { width: shape.num_elements() / rows.max(1), factor, addend };
    D::call(Call::new(x.device(), op, rows).of(&x), tape, shape, |tape| {
        x.put_tape(tape).try_mul(factor)?.try_add(addend)
    })
}
