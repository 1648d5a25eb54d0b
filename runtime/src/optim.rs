//! Optimizers: settings, update rules, schedules and limits of gradients, and the optimizer of dense weights. Tables update
//! themselves.

mod clip;
mod dense;
mod module;
mod schedule;
#[cfg(test)]
mod tests;
mod update_rule;

pub use dense::DenseOptimizer;
pub use module::{build_weights, build_weights_by, load_module_weights, module_weights};
pub use schedule::rate_factor;
pub use turret_schema::{OptimizerSpec, TrainSpec};

pub(crate) use clip::clip_gradients;
pub(crate) use dense::{named_step, take_step};
pub(crate) use update_rule::{UpdateRule, penalized};
