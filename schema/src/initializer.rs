//! Initial values of embedding tables.

written! {
    /// Initial values of an embedding table.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Initializer {
        /// Uniform in `[-bound, bound]`.
        Uniform(bound: f32),
        /// Normal with mean 0 and this standard deviation.
        Normal(deviation: f32),
        /// Uniform in `±sqrt(6 / (rows + width))`.
        Glorot,
        /// Zeros.
        Zeros,
    }
}

impl Default for Initializer {
    /// Uniform in `[-0.05, 0.05]`, as in Keras.
    fn default() -> Self {
        Self::Uniform(0.05)
    }
}
