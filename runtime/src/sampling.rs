//! Negative sampling from the catalog.

mod distribution;
mod negative_sampler;
mod unseen;

pub use distribution::Distribution;
pub(crate) use negative_sampler::{NegativeSampler, negative_sampler};
