//! Loss functions of scores or vectors.

pub(crate) mod call;
mod classes;
mod exp;
mod hardest;
mod pointwise;
mod queue;
mod regression;
mod row_weights;
mod sampled;
mod softmax;
mod total;
mod uncertainty;

use dfdx::shapes::Rank0;
use dfdx::tensor::{NoneTape, Tensor};

pub use classes::{class_softmax, ordinal};
#[cfg(test)]
pub(crate) use classes::{plain_classes, plain_levels};
pub(crate) use exp::{exp_negative, exponentiate, largest};
#[cfg(test)]
pub(crate) use hardest::plain as plain_hardest;
pub use hardest::{largest_scores, query_index, smallest_scores};
pub use pointwise::*;
pub(in crate::ops) use queue::QUEUED;
pub use queue::queued_softmax;
#[cfg(test)]
pub(crate) use regression::{Regression, plain as plain_regression};
pub use regression::{huber, mae, mse, poisson};
pub use row_weights::{smoothed, weights_of_classes, weights_of_counted};
pub use sampled::*;
pub(crate) use softmax::TILE as SOFTMAX_TILE;
#[cfg(test)]
pub(crate) use softmax::plain as plain_softmax;
pub use softmax::{Logits, Softmax, log_probabilities, softmax, softmax_logits};
pub use total::{add_losses, scale_loss, total};
#[cfg(test)]
pub(crate) use uncertainty::plain as plain_uncertainty;
pub use uncertainty::{TaskWeights, total_by_uncertainty};

/// A loss.
pub type Loss<D, T = NoneTape> = Tensor<Rank0, f32, D, T>;
