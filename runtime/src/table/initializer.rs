//! Where the rows of a table begin.

use rayon::prelude::*;

use crate::rng::Stream;

/// Distribution of the initial values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Initializer {
    /// Between `-bound` and `bound`.
    Uniform(f32),
    /// Mean 0 and this standard deviation.
    Normal(f32),
    /// Uniform between `±sqrt(6 / (rows + width))`.
    Glorot,
    /// Zeros.
    Zeros,
}

impl Default for Initializer {
    /// As Keras: between -0.05 and 0.05.
    fn default() -> Self {
        Self::Uniform(0.05)
    }
}

impl Initializer {
    /// Values of a table; those of a row depend on seed, name and row only.
    pub(crate) fn values(self, name: &str, rows: usize, width: usize, seed: u64) -> Vec<f32> {
        let mut values = vec![0.0; rows * width];
        if self == Self::Zeros || values.is_empty() {
            return values;
        }
        let stream = Stream::new(seed, name);
        let glorot = (6.0 / (rows + width) as f32).sqrt();
        values.par_chunks_mut(width).enumerate().for_each(|(row, values)| {
            let stream = stream.part(row as u64);
            for (counter, value) in (0..).zip(values) {
                *value = match self {
                    Self::Uniform(bound) => (2.0 * stream.uniform(counter) - 1.0) * bound,
                    Self::Glorot => (2.0 * stream.uniform(counter) - 1.0) * glorot,
                    Self::Normal(deviation) => stream.normal(counter) * deviation,
                    Self::Zeros => 0.0,
                };
            }
        });
        values
    }
}
