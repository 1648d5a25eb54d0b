//! Attention pooling as in AFM (Xiao et al., IJCAI 2017): vectors weighted by scores of a small network.

use dfdx::shapes::{Const, HasShape};
use dfdx::tensor::{Storage, WithEmptyTape};

use crate::ops::reshape::Reshape as _;
use crate::ops::{
    Activation, Device, Linear, Rows, Sequence, Tape, UnbiasedLinear, Vectors, dense, softmax_pool,
};

/// Scoring network for vectors of width `W`, with `U` hidden units.
#[derive(Clone, Debug)]
pub struct AttentionPool<const W: usize, const U: usize, D: Storage<f32>> {
    /// Layer of `U` units.
    pub hidden: Linear<W, U, D>,
    /// Score layer. A bias would cancel in the softmax.
    pub score: UnbiasedLinear<U, 1, D>,
}

weights!(AttentionPool<W, U> { hidden: layer, score: layer });

/// `sum_p softmax_p(score(activation(hidden(x_p)))) x_p` over the unmasked vectors of each record; zero if
/// there are none.
pub fn attention_pool<const N: usize, const W: usize, const U: usize, D: Device, T: Tape<f32, D>>(
    layer: &AttentionPool<W, U, D>,
    x: Vectors<N, W, D, T>,
    activation: Activation,
    mask: Option<&Rows<N, D>>,
) -> Result<Rows<W, D, T>, D::Err> {
    let batch = x.shape().0;
    let each: Rows<W, D, T> = x.with_empty_tape().reshaped((batch * N, Const))?;
    let hidden = dense(&layer.hidden, each, activation)?;
    let scores = dense(&layer.score, hidden, Activation::Linear)?.reshaped((batch, Const))?;
    softmax_pool(scores, x, mask)
}

/// Same as [`attention_pool`], over the vectors of a sequence.
pub fn attention_pool_masked<const N: usize, const W: usize, const U: usize, D: Device, T: Tape<f32, D>>(
    layer: &AttentionPool<W, U, D>,
    x: Sequence<N, W, D, T>,
    activation: Activation,
) -> Result<Rows<W, D, T>, D::Err> {
    attention_pool(layer, x.values, activation, Some(&x.mask))
}
