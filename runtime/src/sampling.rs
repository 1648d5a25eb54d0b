//! Draws the negatives of each step from the catalogue.

mod distribution;
mod negative_sampler;

pub use distribution::Distribution;
pub(crate) use negative_sampler::{NegativeSampler, negative_sampler};
