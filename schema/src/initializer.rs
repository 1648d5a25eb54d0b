//! Initial values of embedding tables and of dense weights.

use serde::{Deserialize, Serialize};

written! {
    /// Initial values of an embedding table, or of a matrix of dense weights.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub enum Initializer {
        /// Uniform in `[-bound, bound]`.
        Uniform(bound: f32),
        /// Normal with mean 0 and this standard deviation.
        Normal(deviation: f32),
        /// Uniform in `±sqrt(6 / (rows + width))` (Glorot & Bengio 2010).
        Glorot,
        /// Uniform in `±sqrt(6 / width)` (He et al. 2015). The width of a matrix is the number of inputs.
        He,
        /// Zeros.
        Zeros,
    }
}

impl Default for Initializer {
    /// Uniform in `[-0.05, 0.05]`, as Keras initializes tables.
    fn default() -> Self {
        Self::Uniform(0.05)
    }
}
