//! Weights of a dense layer, with or without bias.

use dfdx::shapes::{Rank1, Rank2};
use dfdx::tensor::{Storage, Tensor};

/// Weight `[O, I]`, initially Glorot-uniform, and bias `[O]`, initially 0.
#[derive(Clone, Debug)]
pub struct Linear<const I: usize, const O: usize, D: Storage<f32>> {
    /// One row per output.
    pub weight: Tensor<Rank2<O, I>, f32, D>,
    /// Bias of each output.
    pub bias: Tensor<Rank1<O>, f32, D>,
}

weights!(Linear<I, O> { weight: GlorotUniform, bias: Zeros });

/// Weight `[O, I]` of a layer without bias; initially Glorot-uniform.
#[derive(Clone, Debug)]
pub struct UnbiasedLinear<const I: usize, const O: usize, D: Storage<f32>> {
    /// One row per output.
    pub weight: Tensor<Rank2<O, I>, f32, D>,
}

weights!(UnbiasedLinear<I, O> { weight: GlorotUniform });

/// An affine map `weight x + bias` from width `I` to width `O`.
pub trait Affine<const I: usize, const O: usize, D: Storage<f32>> {
    /// `[O, I]`.
    fn weight(&self) -> &Tensor<Rank2<O, I>, f32, D>;
    /// `[O]`, if there is a bias.
    fn bias(&self) -> Option<&Tensor<Rank1<O>, f32, D>>;
}

impl<const I: usize, const O: usize, D: Storage<f32>> Affine<I, O, D> for Linear<I, O, D> {
    fn weight(&self) -> &Tensor<Rank2<O, I>, f32, D> {
        &self.weight
    }

    fn bias(&self) -> Option<&Tensor<Rank1<O>, f32, D>> {
        Some(&self.bias)
    }
}

impl<const I: usize, const O: usize, D: Storage<f32>> Affine<I, O, D> for UnbiasedLinear<I, O, D> {
    fn weight(&self) -> &Tensor<Rank2<O, I>, f32, D> {
        &self.weight
    }

    fn bias(&self) -> Option<&Tensor<Rank1<O>, f32, D>> {
        None
    }
}
