//! Loss functions of scores or vectors.

pub(crate) mod call;
mod exp;
mod hardest;
mod pointwise;
mod sampled;
mod softmax;
mod total;

use dfdx::shapes::Rank0;
use dfdx::tensor::{NoneTape, Tensor};

pub(crate) use exp::{exp_negative, exponentiate, largest};
#[cfg(test)]
pub(crate) use hardest::plain as plain_hardest;
pub use hardest::{largest_scores, query_index, smallest_scores};
pub use pointwise::*;
pub use sampled::*;
pub(crate) use softmax::TILE as SOFTMAX_TILE;
#[cfg(test)]
pub(crate) use softmax::plain as plain_softmax;
pub use softmax::{Logits, Softmax, log_probabilities, softmax, softmax_logits};
pub use total::{add_losses, scale_loss};

/// A loss.
pub type Loss<D, T = NoneTape> = Tensor<Rank0, f32, D, T>;
