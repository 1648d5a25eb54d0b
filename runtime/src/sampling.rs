//! Negative sampling from the catalog.

mod distribution;
mod negative_sampler;

pub use distribution::Distribution;
pub(crate) use negative_sampler::{NegativeSampler, negative_sampler};
