//! Weights of a dense layer, with or without bias.

use dfdx::shapes::{Dtype, HasShape, Rank1, Rank2, Shape};
use dfdx::tensor::{Storage, Tensor};
use dfdx::tensor_ops::Device as Tensors;

use crate::rng::Stream;

/// Weight `[O, I]`, initially Glorot-uniform, and bias `[O]`, initially 0.
#[derive(Clone, Debug)]
pub struct Linear<const I: usize, const O: usize, E: Dtype, D: Storage<E>> {
    /// One row per output.
    pub weight: Tensor<Rank2<O, I>, E, D>,
    /// Bias of each output.
    pub bias: Tensor<Rank1<O>, E, D>,
}

weights!(Linear<I, O> { weight: glorot_uniform, bias: zeros });

/// Weight `[O, I]` of a layer without bias; initially Glorot-uniform.
#[derive(Clone, Debug)]
pub struct UnbiasedLinear<const I: usize, const O: usize, E: Dtype, D: Storage<E>> {
    /// One row per output.
    pub weight: Tensor<Rank2<O, I>, E, D>,
}

weights!(UnbiasedLinear<I, O> { weight: glorot_uniform });

/// An affine map `weight x + bias` from width `I` to width `O`.
pub trait Affine<const I: usize, const O: usize, D: Storage<f32>> {
    /// `[O, I]`.
    fn weight(&self) -> &Tensor<Rank2<O, I>, f32, D>;
    /// `[O]`, if there is a bias.
    fn bias(&self) -> Option<&Tensor<Rank1<O>, f32, D>>;
}

impl<const I: usize, const O: usize, D: Storage<f32>> Affine<I, O, D> for Linear<I, O, f32, D> {
    fn weight(&self) -> &Tensor<Rank2<O, I>, f32, D> {
        &self.weight
    }

    fn bias(&self) -> Option<&Tensor<Rank1<O>, f32, D>> {
        Some(&self.bias)
    }
}

impl<const I: usize, const O: usize, D: Storage<f32>> Affine<I, O, D> for UnbiasedLinear<I, O, f32, D> {
    fn weight(&self) -> &Tensor<Rank2<O, I>, f32, D> {
        &self.weight
    }

    fn bias(&self) -> Option<&Tensor<Rank1<O>, f32, D>> {
        None
    }
}

/// Fills a matrix `[out, in]` with uniform values in `±sqrt(6 / (in + out))`.
pub(crate) fn glorot_uniform<S: Shape, E: Dtype, D: Tensors<E>>(
    weight: &mut Tensor<S, E, D>,
    stream: &Stream,
) -> Result<(), D::Err> {
    let shape = weight.shape().concrete();
    let fans: usize = shape.as_ref().iter().sum();
    let bound = (6.0 / fans.max(1) as f64).sqrt();
    let count = weight.shape().num_elements();
    let values: Vec<E> = (0..count as u64)
        .map(|index| E::from_f64((2.0 * f64::from(stream.uniform(index)) - 1.0) * bound).unwrap_or_default())
        .collect();
    weight.copy_from(&values);
    Ok(())
}
