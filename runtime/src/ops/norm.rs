//! Normalization of rows: by row statistics, by batch statistics, and to norm 1.

pub(crate) mod batch;
pub(crate) mod l2;
pub(crate) mod layer;

pub use batch::{BatchNorm, batch_norm};
pub use l2::{clip_norm, l2_normalize};
pub use layer::{LayerNorm, layer_norm};
