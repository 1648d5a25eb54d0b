//! First values of tables.

/// First values of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Initializer {
    /// Between minus this and this.
    Uniform(f64),
    /// Mean 0 and this standard deviation.
    Normal(f64),
    /// Uniform by Glorot's rule.
    Glorot,
    /// Zero.
    Zeros,
}

impl Default for Initializer {
    /// As Keras.
    fn default() -> Self {
        Initializer::Uniform(0.05)
    }
}
