//! Layers and losses that generated code calls, on dfdx tensors. Each wraps an `Op`, a value that computes on
//! slices, and has a plain formulation in dfdx operations, which runs on any device and is the reference in
//! tests.

#[macro_use]
mod weights;

#[cfg(test)]
mod agreement;
mod attention;
mod call;
mod dense;
mod distinct_rows;
mod gather;
mod interaction;
mod logistic;
mod loss;
mod matmul;
mod memory;
mod norm;
mod op;
mod parallel;
mod pass;
mod pool;
mod recurrent;
mod reshape;
mod rows;
mod sequence;
mod widths;

use dfdx::shapes::{Const, Shape};
use dfdx::tensor::{Cpu, CpuError, HasErr, NoneTape, Tensor};

pub use attention::{
    Attention, Capsules, InterestCount, attention, capsule_routing, capsule_routing_from,
    label_aware_attention, multi_interest_attention, routing_weights, target_attention,
};
pub use call::{Call, Operand};
pub use dense::{
    Activation, Affine, Dice, Linear, NumberEmbedding, Prelu, ResidualUnit, UnbiasedLinear, activate, dense,
    dice, dropout, embed_numbers, feed_forward, prelu, residual_unit,
};
/// Tape of a training step, or `NoneTape` for inference. Forward passes are generic over it.
pub use dfdx::tensor::Tape;
pub use distinct_rows::DistinctRows;
pub use gather::Gathering;
pub use interaction::{
    Bias, Coefficients, Cross, LowRankCross, add_bias, bi_interaction, cin, column, cosine, cross,
    cross_low_rank, cross_v2, distance, dot, field_aware, inner_product, outer_product, pairs, row_sum,
    scores, vector_sums, weighted_sum,
};
pub use loss::call::LossCall;
pub use loss::{
    Logits, Loss, Softmax, bce, bpr, hinge, log_probabilities, sampled_bce, sampled_bpr, sampled_hinge,
    softmax, softmax_logits, weighted_bce,
};
pub use norm::{BatchNorm, LayerNorm, batch_norm, clip_norm, l2_normalize, layer_norm};
pub use pass::{BatchStatistics, Pass};
pub use pool::{
    AttentionPool, attention_pool, attention_pool_masked, last, max_fields, mean_fields, pool,
    pool_by_scores, softmax_pool, sum_fields,
};
pub use recurrent::{Gru, Lstm, gru, lstm};
pub use rows::{
    IntoPart, Part, add, concat, flatten, floats, mul, negatives, positives, scale, shift, slice, stack, take,
};
pub use sequence::{
    AtPositions, Mask, OfPositions, PositionEmbedding, Sequence, each, each_pair, horizontal_convolution,
    masked, position_embedding, positions, repeat, sequence, sinusoids, vectors, vertical_convolution,
};

pub use turret_schema::{Combiner, Pad, Reduction, Weighting};
pub use weights::{Initial, Module, Parameter, Weight};

pub(crate) use loss::SOFTMAX_TILE;
pub(crate) use matmul::{Products, View};
pub(crate) use parallel::vectorized;
pub(crate) use pool::{Bagged, Source, lookup, pool_bags};
pub(crate) use weights::{weights, weights_mut};

/// `[B, W]`: rows of a static width.
pub type Rows<const W: usize, D, T = NoneTape> = Tensor<(usize, Const<W>), f32, D, T>;

/// `[B, N, W]`: `N` vectors of width `W` per record, or fields.
pub type Vectors<const N: usize, const W: usize, D, T = NoneTape> =
    Tensor<(usize, Const<N>, Const<W>), f32, D, T>;

/// `[B]`: one number per row.
pub type Scores<D, T = NoneTape> = Tensor<(usize,), f32, D, T>;

/// A device that programs run on. A device without kernels runs the plain formulation of every op. Kernels
/// give dfdx newly allocated memory, and its CPU cache never frees memory, so leave that cache off.
pub trait Device: dfdx::tensor_ops::Device<f32> + HasErr<Err: Send + Sync + 'static> {
    /// Returns the output of an op, from its kernel or from its plain formulation. The latter receives the
    /// tape.
    ///
    /// # Errors
    /// The device has no memory left.
    fn call<S: Shape, T: Tape<f32, Self>>(
        call: Call<Self>,
        tape: T,
        shape: S,
        plain: impl FnOnce(T) -> Result<Tensor<S, f32, Self, T>, Self::Err>,
    ) -> Result<Tensor<S, f32, Self, T>, Self::Err>;

    /// Returns the output of a gather.
    ///
    /// # Errors
    /// The device has no memory left.
    fn gather<S: Shape, T: Tape<f32, Self>>(
        gathering: Gathering<Self>,
        tape: T,
        shape: S,
        plain: impl FnOnce(T) -> Result<Tensor<S, f32, Self, T>, Self::Err>,
    ) -> Result<Tensor<S, f32, Self, T>, Self::Err>;

    /// Returns the value of a loss.
    ///
    /// # Errors
    /// The device has no memory left.
    fn loss<T: Tape<f32, Self>>(
        call: LossCall<'_, Self>,
        tape: T,
        plain: impl FnOnce(T) -> Result<Loss<Self, T>, Self::Err>,
    ) -> Result<Loss<Self, T>, Self::Err>;
}

impl Device for Cpu {
    fn call<S: Shape, T: Tape<f32, Self>>(
        call: Call<Self>,
        tape: T,
        shape: S,
        _: impl FnOnce(T) -> Result<Tensor<S, f32, Self, T>, CpuError>,
    ) -> Result<Tensor<S, f32, Self, T>, CpuError> {
        call::run(call, tape, shape)
    }

    fn gather<S: Shape, T: Tape<f32, Self>>(
        gathering: Gathering<Self>,
        tape: T,
        shape: S,
        _: impl FnOnce(T) -> Result<Tensor<S, f32, Self, T>, CpuError>,
    ) -> Result<Tensor<S, f32, Self, T>, CpuError> {
        gather::run(gathering, tape, shape)
    }

    fn loss<T: Tape<f32, Self>>(
        call: LossCall<'_, Self>,
        tape: T,
        _: impl FnOnce(T) -> Result<Loss<Self, T>, CpuError>,
    ) -> Result<Loss<Self, T>, CpuError> {
        loss::call::run(call, tape)
    }
}

#[cfg(feature = "cuda")]
impl Device for dfdx::tensor::Cuda {
    fn call<S: Shape, T: Tape<f32, Self>>(
        _: Call<Self>,
        tape: T,
        _: S,
        plain: impl FnOnce(T) -> Result<Tensor<S, f32, Self, T>, Self::Err>,
    ) -> Result<Tensor<S, f32, Self, T>, Self::Err> {
        plain(tape)
    }

    fn gather<S: Shape, T: Tape<f32, Self>>(
        _: Gathering<Self>,
        tape: T,
        _: S,
        plain: impl FnOnce(T) -> Result<Tensor<S, f32, Self, T>, Self::Err>,
    ) -> Result<Tensor<S, f32, Self, T>, Self::Err> {
        plain(tape)
    }

    fn loss<T: Tape<f32, Self>>(
        _: LossCall<'_, Self>,
        tape: T,
        plain: impl FnOnce(T) -> Result<Loss<Self, T>, Self::Err>,
    ) -> Result<Loss<Self, T>, Self::Err> {
        plain(tape)
    }
}
