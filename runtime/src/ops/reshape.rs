//! Reshapes. Static sizes are forgotten before and checked after, so that a reshape is compiled once for all sizes.

use dfdx::shapes::Shape;
use dfdx::tensor::{Tape, Tensor};
use dfdx::tensor_ops::{Device as Tensors, RealizeTo, ReshapeTo};

/// Sizes of the dimensions of a shape.
pub(crate) trait Sizes {
    /// The shape with these sizes, none of which is static.
    type Shape: Shape<Concrete = Self>;
}

impl Sizes for [usize; 1] {
    type Shape = (usize,);
}

impl Sizes for [usize; 2] {
    type Shape = (usize, usize);
}

impl Sizes for [usize; 3] {
    type Shape = (usize, usize, usize);
}

impl Sizes for [usize; 4] {
    type Shape = (usize, usize, usize, usize);
}

/// Tensors that can be reshaped.
pub(crate) trait Reshape<D: Tensors<f32>, T> {
    /// The same numbers in another shape, which has as many.
    fn reshaped<R: Shape<Concrete: Sizes>>(self, shape: R) -> Result<Tensor<R, f32, D, T>, D::Err>;
}

impl<S: Shape<Concrete: Sizes>, D: Tensors<f32>, T: Tape<f32, D>> Reshape<D, T> for Tensor<S, f32, D, T> {
    fn reshaped<R: Shape<Concrete: Sizes>>(self, shape: R) -> Result<Tensor<R, f32, D, T>, D::Err> {
        let sizes = <<R::Concrete as Sizes>::Shape as Shape>::from_concrete(&shape.concrete());
        let (Ok(x), Some(sizes)) = (self.try_realize::<<S::Concrete as Sizes>::Shape>(), sizes) else {
            unreachable!("a static size is also a size")
        };
        match x.try_reshape_like(&sizes)?.try_realize::<R>() {
            Ok(y) => Ok(y),
            Err(_) => unreachable!("the sizes are those of the shape"),
        }
    }
}
