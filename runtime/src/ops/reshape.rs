//! Reshapes. Shapes become dynamic before the reshape, so that it is compiled once for all sizes.

use dfdx::shapes::Shape;
use dfdx::tensor::{Tape, Tensor};
use dfdx::tensor_ops::{Device as Tensors, RealizeTo, ReshapeTo};

/// Sizes of the dimensions of a shape.
pub(crate) trait Sizes {
    /// Dynamic shape with these sizes.
    type Shape: Shape<Concrete = Self>;

    /// Returns the dynamic shape.
    fn shape(self) -> Self::Shape;
}

impl Sizes for [usize; 1] {
    type Shape = (usize,);

    fn shape(self) -> Self::Shape {
        (self[0],)
    }
}

impl Sizes for [usize; 2] {
    type Shape = (usize, usize);

    fn shape(self) -> Self::Shape {
        (self[0], self[1])
    }
}

impl Sizes for [usize; 3] {
    type Shape = (usize, usize, usize);

    fn shape(self) -> Self::Shape {
        (self[0], self[1], self[2])
    }
}

impl Sizes for [usize; 4] {
    type Shape = (usize, usize, usize, usize);

    fn shape(self) -> Self::Shape {
        (self[0], self[1], self[2], self[3])
    }
}

/// Tensors that can be reshaped.
pub(crate) trait Reshape<D: Tensors<f32>, T> {
    /// Returns the same values in another shape of equal size.
    fn reshaped<R: Shape<Concrete: Sizes>>(self, shape: R) -> Result<Tensor<R, f32, D, T>, D::Err>;
}

impl<S: Shape<Concrete: Sizes>, D: Tensors<f32>, T: Tape<f32, D>> Reshape<D, T> for Tensor<S, f32, D, T> {
    fn reshaped<R: Shape<Concrete: Sizes>>(self, shape: R) -> Result<Tensor<R, f32, D, T>, D::Err> {
        let x: Tensor<<S::Concrete as Sizes>::Shape, f32, D, T> = retyped(self);
        let y: Tensor<<R::Concrete as Sizes>::Shape, f32, D, T> =
            x.try_reshape_like(&shape.concrete().shape())?;
        Ok(retyped(y))
    }
}

/// Converts between static and dynamic sizes of the same shape.
pub(crate) fn retyped<S: Shape, R: Shape<Concrete = S::Concrete>, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Tensor<S, f32, D, T>,
) -> Tensor<R, f32, D, T> {
    match x.try_realize::<R>() {
        Ok(x) => x,
        Err(_) => unreachable!("the sizes are the same"),
    }
}
