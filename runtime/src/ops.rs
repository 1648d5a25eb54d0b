//! The layers and losses generated code calls, on dfdx tensors. Each has a formulation in dfdx's own ops, which any device can
//! run, and a fused kernel for the CPU behind a trait of the device.

mod activation;
#[cfg(test)]
mod agreement;
mod batch_norm;
mod bi_interaction;
mod concat;
mod dense;
mod dot;
mod dropout;
mod elementwise;
mod floats;
mod host;
mod layer_norm;
mod linear;
mod lookup;
mod loss;
mod matmul;
mod memory;
mod normalize;
mod parallel;
mod pass;
mod pool;
mod row_sum;
mod sequence;

use dfdx::shapes::Const;
use dfdx::tensor::{NoneTape, Tape, Tensor};

pub use activation::{Activation, ActivationKernel, activate};
pub use batch_norm::{BatchNorm, batch_norm};
pub use bi_interaction::{BiInteractionKernel, bi_interaction};
pub use concat::{ConcatKernel, IntoPart, Part, concat, flatten, stack};
pub use dense::{DenseKernel, dense};
pub use dot::{DotKernel, column, cosine, dot, scores};
pub use dropout::dropout;
pub use elementwise::{ElementwiseKernel, add, mul, scale};
pub use floats::floats;
pub use layer_norm::{LayerNorm, LayerNormKernel, layer_norm};
pub use linear::Linear;
pub use lookup::{LookupKernel, Source};
pub use loss::{
    InBatchKernel, InBatchSoftmax, Loss, PointwiseKernel, Reduction, bce, bpr, in_batch_softmax,
    log_probabilities, weighted_bce,
};
pub use normalize::{NormalizeKernel, l2_normalize};
pub use pass::{BatchStatistics, Pass};
pub use pool::{Bagged, Combiner, PoolKernel};
pub use row_sum::{Bias, Coefficients, WeightedSumKernel, add_bias, row_sum, weighted_sum};
pub use sequence::{Mask, Sequence, SequenceKernel, masked, positions, repeat, sequence, vectors};

pub(crate) use linear::glorot_uniform;
pub(crate) use matmul::{View, matmul};
pub(crate) use parallel::vectorized;

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
    + BiInteractionKernel
    + ConcatKernel
    + DenseKernel
    + DotKernel
    + ElementwiseKernel
    + InBatchKernel
    + LayerNormKernel
    + LookupKernel
    + NormalizeKernel
    + PointwiseKernel
    + PoolKernel
    + SequenceKernel
    + WeightedSumKernel
{
}

impl Device for dfdx::tensor::Cpu {}
#[cfg(feature = "cuda")]
impl Device for dfdx::tensor::Cuda {}
