//! Sum, product, scaling and shifting of rows.

use dfdx::shapes::{Const, HasShape, Shape};
use dfdx::tensor::{Cpu, CpuError, PutTape, SplitTape, Tape, Tensor};
use dfdx::tensor_ops::{Device as Tensors, TryAdd, TryMul};

use super::host::{add_gradient, take_gradient, tensor, values};
use super::parallel::vectorized;
use super::{Device, Recorder, Rows};

/// Element-wise arithmetic of a device.
pub trait ElementwiseKernel: Tensors<f32> {
    /// `a + b`.
    fn sum<const W: usize, T: Tape<f32, Self>>(
        a: Rows<W, Self, T>,
        b: Rows<W, Self, T>,
    ) -> Result<Rows<W, Self, T>, Self::Err> {
        plain_sum(a, b)
    }

    /// `a * b`.
    fn product<const W: usize, T: Tape<f32, Self>>(
        a: Rows<W, Self, T>,
        b: Rows<W, Self, T>,
    ) -> Result<Rows<W, Self, T>, Self::Err> {
        plain_product(a, b)
    }

    /// `factor * x`.
    fn scaled<S: Shape, T: Tape<f32, Self>>(
        x: Tensor<S, f32, Self, T>,
        factor: f32,
    ) -> Result<Tensor<S, f32, Self, T>, Self::Err> {
        x.try_mul(factor)
    }

    /// `x + addend`.
    fn shifted<S: Shape, T: Tape<f32, Self>>(
        x: Tensor<S, f32, Self, T>,
        addend: f32,
    ) -> Result<Tensor<S, f32, Self, T>, Self::Err> {
        x.try_add(addend)
    }
}

#[cfg(feature = "cuda")]
impl ElementwiseKernel for dfdx::tensor::Cuda {}

/// The same values under another identity: dfdx refuses an operation on two views of one tensor.
pub(crate) fn distinct<S: Shape, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Tensor<S, f32, D, T>,
) -> Result<Tensor<S, f32, D, T>, D::Err> {
    x.try_mul(1.0)
}

/// The sum in dfdx's own ops.
pub(crate) fn plain_sum<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    a: Rows<W, D, T>,
    b: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    distinct(a)?.try_add(b)
}

/// The product in dfdx's own ops.
pub(crate) fn plain_product<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    a: Rows<W, D, T>,
    b: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    distinct(a)?.try_mul(b)
}

impl ElementwiseKernel for Cpu {
    fn sum<const W: usize, T: Tape<f32, Self>>(
        a: Rows<W, Self, T>,
        b: Rows<W, Self, T>,
    ) -> Result<Rows<W, Self, T>, CpuError> {
        let (a, tape) = a.split_tape();
        let (b, other) = b.split_tape();
        let mut tape = tape.merge(other);
        let mut output = values(&a);
        let addend = values(&b);
        vectorized(|| output.iter_mut().zip(&addend).for_each(|(x, y)| *x += y));
        let y = tensor(a.device(), output, (a.shape().0, Const))?;
        let result = y.clone();
        tape.add_backward_op(move |gradients| {
            let g = take_gradient(gradients, &y)?;
            add_gradient(gradients, &a, &g)?;
            add_gradient(gradients, &b, &g)
        });
        Ok(result.put_tape(tape))
    }

    fn product<const W: usize, T: Tape<f32, Self>>(
        a: Rows<W, Self, T>,
        b: Rows<W, Self, T>,
    ) -> Result<Rows<W, Self, T>, CpuError> {
        let (a, tape) = a.split_tape();
        let (b, other) = b.split_tape();
        let mut tape = tape.merge(other);
        let (left, right) = (values(&a), values(&b));
        let output = vectorized(|| left.iter().zip(&right).map(|(x, y)| x * y).collect());
        let y = tensor(a.device(), output, (a.shape().0, Const))?;
        let result = y.clone();
        tape.add_backward_op(move |gradients| {
            let g = take_gradient(gradients, &y)?;
            add_products(gradients.get_or_alloc_mut(&a)?, &g, &right);
            add_products(gradients.get_or_alloc_mut(&b)?, &g, &left);
            Ok(())
        });
        Ok(result.put_tape(tape))
    }

    fn scaled<S: Shape, T: Tape<f32, Self>>(
        x: Tensor<S, f32, Self, T>,
        factor: f32,
    ) -> Result<Tensor<S, f32, Self, T>, CpuError> {
        let (x, mut tape) = x.split_tape();
        let mut output = values(&x);
        vectorized(|| output.iter_mut().for_each(|x| *x *= factor));
        let y = tensor(x.device(), output, *x.shape())?;
        let result = y.clone();
        tape.add_backward_op(move |gradients| {
            let mut g = take_gradient(gradients, &y)?;
            vectorized(|| g.iter_mut().for_each(|g| *g *= factor));
            add_gradient(gradients, &x, &g)
        });
        Ok(result.put_tape(tape))
    }

    fn shifted<S: Shape, T: Tape<f32, Self>>(
        x: Tensor<S, f32, Self, T>,
        addend: f32,
    ) -> Result<Tensor<S, f32, Self, T>, CpuError> {
        let (x, mut tape) = x.split_tape();
        let mut output = values(&x);
        vectorized(|| output.iter_mut().for_each(|x| *x += addend));
        let y = tensor(x.device(), output, *x.shape())?;
        let result = y.clone();
        tape.add_backward_op(move |gradients| {
            let g = take_gradient(gradients, &y)?;
            add_gradient(gradients, &x, &g)
        });
        Ok(result.put_tape(tape))
    }
}

fn add_products(into: &mut [f32], a: &[f32], b: &[f32]) {
    vectorized(|| into.iter_mut().zip(a.iter().zip(b)).for_each(|(into, (x, y))| *into += x * y));
}

/// Element-wise sum.
pub fn add<const W: usize, D: Device, T: Recorder<D>>(
    a: Rows<W, D, T>,
    b: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    D::sum(a, b)
}

/// Element-wise product.
pub fn mul<const W: usize, D: Device, T: Recorder<D>>(
    a: Rows<W, D, T>,
    b: Rows<W, D, T>,
) -> Result<Rows<W, D, T>, D::Err> {
    D::product(a, b)
}

/// Every element times a constant.
pub fn scale<S: Shape, D: Device, T: Recorder<D>>(
    x: Tensor<S, f32, D, T>,
    factor: f32,
) -> Result<Tensor<S, f32, D, T>, D::Err> {
    D::scaled(x, factor)
}

/// A constant added to every element.
pub fn shift<S: Shape, D: Device, T: Recorder<D>>(
    x: Tensor<S, f32, D, T>,
    addend: f32,
) -> Result<Tensor<S, f32, D, T>, D::Err> {
    D::shifted(x, addend)
}
