//! The layers and losses generated code calls, on dfdx tensors. Each has a formulation in dfdx's own ops, which any device can
//! run, and a fused kernel for the CPU behind a trait of the device.

#[macro_use]
mod weights;

mod activation;
#[cfg(test)]
mod agreement;
mod attend;
mod attention;
mod attention_pool;
mod batch_norm;
mod bi_interaction;
mod capsules;
mod cin;
mod concat;
mod convolution;
mod cross;
mod dense;
mod dice;
mod dot;
mod dropout;
mod each;
mod elementwise;
mod field_aware;
mod field_pool;
mod floats;
mod gru;
mod host;
mod label_aware;
mod last;
mod layer_norm;
mod linear;
mod logistic;
mod lookup;
mod loss;
mod lstm;
mod matmul;
mod memory;
mod normalize;
mod number_embedding;
mod pair_products;
mod parallel;
mod pass;
mod per_record;
mod pool;
mod position_embedding;
mod prelu;
mod recurrent;
mod residual_unit;
mod row_sum;
mod sequence;
mod sequence_pool;
mod slice;
mod softmax_pool;
mod take;

use dfdx::shapes::Const;
use dfdx::tensor::{NoneTape, Tape, Tensor};

pub use activation::{Activation, ActivationKernel, activate};
pub use attend::{AttendKernel, Weighting, multi_interest_attention, target_attention};
pub use attention::{Attention, AttentionKernel, attention};
pub use attention_pool::{AttentionPool, attention_pool, attention_pool_masked};
pub use batch_norm::{BatchNorm, batch_norm};
pub use bi_interaction::{BiInteractionKernel, bi_interaction};
pub use capsules::{CapsuleKernel, Capsules, InterestCount, capsule_routing, capsule_routing_from};
pub use cin::{CinKernel, cin, vector_sums};
pub use concat::{ConcatKernel, IntoPart, Part, concat, flatten, stack};
pub use convolution::{ConvolutionKernel, horizontal_convolution, vertical_convolution};
pub use cross::{Cross, CrossKernel, LowRankCross, cross, cross_low_rank, cross_v2};
pub use dense::{DenseKernel, dense};
pub use dice::{Dice, dice};
pub use dot::{DotKernel, column, cosine, distance, dot, scores};
pub use dropout::dropout;
pub use each::{AtPositions, OfPositions, each, each_pair};
pub use elementwise::{ElementwiseKernel, add, mul, scale, shift};
pub use field_aware::{FieldAwareKernel, field_aware};
pub use field_pool::{FieldPoolKernel, max_fields, mean_fields, sum_fields};
pub use floats::floats;
pub use gru::{Gru, GruKernel, gru};
pub use label_aware::label_aware_attention;
pub use last::{LastKernel, last};
pub use layer_norm::{LayerNorm, LayerNormKernel, layer_norm};
pub use linear::{Affine, Linear, UnbiasedLinear};
pub use lookup::{LookupKernel, Source};
pub use loss::{
    Logits, Loss, PointwiseKernel, Reduction, Softmax, SoftmaxKernel, bce, bpr, hinge, log_probabilities,
    sampled_bce, sampled_bpr, sampled_hinge, softmax, softmax_logits, weighted_bce,
};
pub use lstm::{Lstm, LstmKernel, lstm};
pub use normalize::{NormalizeKernel, clip_norm, l2_normalize};
pub use number_embedding::{NumberEmbedding, NumberEmbeddingKernel, embed_numbers};
pub use pair_products::{PairProductsKernel, inner_product, outer_product, pairs};
pub use pass::{BatchStatistics, Pass};
pub use pool::{Bagged, Combiner, PoolKernel};
pub use position_embedding::{PositionEmbedding, TileKernel, position_embedding, sinusoids};
pub use prelu::{Prelu, PreluKernel, prelu};
pub use residual_unit::{ResidualUnit, feed_forward, residual_unit};
pub use row_sum::{Bias, Coefficients, WeightedSumKernel, add_bias, row_sum, weighted_sum};
pub use sequence::{Mask, Pad, Sequence, SequenceKernel, masked, positions, repeat, sequence, vectors};
pub use sequence_pool::{SequencePoolKernel, pool};
pub use slice::{SliceKernel, slice};
pub use softmax_pool::{pool_by_scores, softmax_pool};
pub use take::{TakeKernel, drawn_candidates, own_candidates, take};

pub(crate) use linear::glorot_uniform;
pub(crate) use loss::SOFTMAX_TILE;
pub(crate) use matmul::{View, matmul};
pub(crate) use parallel::vectorized;
pub(crate) use prelu::fill_with_quarters;

/// Rows of a static width, as many as the batch has.
pub type Rows<const W: usize, D, T = NoneTape> = Tensor<(usize, Const<W>), f32, D, T>;

/// Vectors of a static width, as many a record: fields.
pub type Vectors<const N: usize, const W: usize, D, T = NoneTape> =
    Tensor<(usize, Const<N>, Const<W>), f32, D, T>;

/// One number a row.
pub type Scores<D, T = NoneTape> = Tensor<(usize,), f32, D, T>;

/// A tape, or the absence of one: what a forward pass is generic over.
pub trait Recorder<D: Device>: Tape<f32, D> {}
impl<D: Device, T: Tape<f32, D>> Recorder<D> for T {}

/// A device programs run on. Kernels hand freshly allocated memory to dfdx, whose cache for the CPU never gives memory back:
/// leave that cache off.
pub trait Device:
    dfdx::tensor_ops::Device<f32>
    + ActivationKernel
    + AttendKernel
    + AttentionKernel
    + BiInteractionKernel
    + CapsuleKernel
    + CinKernel
    + ConcatKernel
    + ConvolutionKernel
    + CrossKernel
    + DenseKernel
    + DotKernel
    + ElementwiseKernel
    + FieldAwareKernel
    + FieldPoolKernel
    + GruKernel
    + LastKernel
    + LayerNormKernel
    + LookupKernel
    + LstmKernel
    + NormalizeKernel
    + NumberEmbeddingKernel
    + PairProductsKernel
    + PointwiseKernel
    + PoolKernel
    + PreluKernel
    + SequenceKernel
    + SliceKernel
    + TileKernel
    + SequencePoolKernel
    + SoftmaxKernel
    + TakeKernel
    + WeightedSumKernel
{
}

impl Device for dfdx::tensor::Cpu {}
#[cfg(feature = "cuda")]
impl Device for dfdx::tensor::Cuda {}
