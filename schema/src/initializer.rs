//! First values of tables.

written! {
    /// First values of a table.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Initializer {
        /// Between `-bound` and `bound`.
        Uniform(bound: f32),
        /// Mean 0 and this standard deviation.
        Normal(deviation: f32),
        /// Uniform between `±sqrt(6 / (rows + width))`.
        Glorot,
        /// Zeros.
        Zeros,
    }
}

impl Default for Initializer {
    /// Uniform between -0.05 and 0.05, as in Keras.
    fn default() -> Self {
        Self::Uniform(0.05)
    }
}
