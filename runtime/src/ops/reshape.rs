//! Reshapes. Shapes become dynamic before the reshape, so that it is compiled once for all sizes.

use crate::ops::{Loss, Tape};
use dfdx::shapes::Shape;
use dfdx::tensor::{PutTape, SplitTape, Tensor};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, RealizeTo, ReshapeTo};

/// Sizes of the dimensions of a shape.
pub trait Sizes: Sized {
    /// Dynamic shape with these sizes.
    type Shape: Shape<Concrete = Self>;

    /// Returns the dynamic shape.
    fn shape(self) -> Self::Shape;

    /// Returns a tensor with one number for all of its values.
    fn spread<D: Tensors<f32>>(self, one: Loss<D>) -> Result<Tensor<Self::Shape, f32, D>, D::Err>;
}

impl Sizes for [usize; 0] {
    type Shape = ();

    fn shape(self) -> Self::Shape {}

    fn spread<D: Tensors<f32>>(self, one: Loss<D>) -> Result<Tensor<(), f32, D>, D::Err> {
        Ok(one)
    }
}

impl Sizes for [usize; 1] {
    type Shape = (usize,);

    fn shape(self) -> Self::Shape {
        (self[0],)
    }

    fn spread<D: Tensors<f32>>(self, one: Loss<D>) -> Result<Tensor<Self::Shape, f32, D>, D::Err> {
        one.try_broadcast_like(&self.shape())
    }
}

impl Sizes for [usize; 2] {
    type Shape = (usize, usize);

    fn shape(self) -> Self::Shape {
        (self[0], self[1])
    }

    fn spread<D: Tensors<f32>>(self, one: Loss<D>) -> Result<Tensor<Self::Shape, f32, D>, D::Err> {
        one.try_broadcast_like(&self.shape())
    }
}

impl Sizes for [usize; 3] {
    type Shape = (usize, usize, usize);

    fn shape(self) -> Self::Shape {
        (self[0], self[1], self[2])
    }

    fn spread<D: Tensors<f32>>(self, one: Loss<D>) -> Result<Tensor<Self::Shape, f32, D>, D::Err> {
        one.try_broadcast_like(&self.shape())
    }
}

impl Sizes for [usize; 4] {
    type Shape = (usize, usize, usize, usize);

    fn shape(self) -> Self::Shape {
        (self[0], self[1], self[2], self[3])
    }

    fn spread<D: Tensors<f32>>(self, one: Loss<D>) -> Result<Tensor<Self::Shape, f32, D>, D::Err> {
        one.try_broadcast_like(&self.shape())
    }
}

/// Tensors that can be reshaped.
pub(crate) trait Reshape<D: Tensors<f32>, T> {
    /// Returns the same values in another shape of equal size.
    fn reshaped<R: Shape<Concrete: Sizes>>(self, shape: R) -> Result<Tensor<R, f32, D, T>, D::Err>;
}

impl<S: Shape<Concrete: Sizes>, D: Tensors<f32>, T: Tape<f32, D>> Reshape<D, T> for Tensor<S, f32, D, T> {
    fn reshaped<R: Shape<Concrete: Sizes>>(self, shape: R) -> Result<Tensor<R, f32, D, T>, D::Err> {
        let (x, mut tape) = self.split_tape();
        if let Some(view) = tape.view(&x, shape) {
            return Ok(view?.put_tape(tape));
        }
        let x: Tensor<<S::Concrete as Sizes>::Shape, f32, D, T> = retyped(x.put_tape(tape));
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
