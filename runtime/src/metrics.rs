//! What evaluation computes, exactly: area under the curve, log loss, and ranks among all candidates.

mod auc;
mod log_loss;
mod ranks;
#[cfg(test)]
mod tests;

pub use auc::auc;
pub use log_loss::log_loss;
pub use ranks::{ranks, top_k_accuracy};
