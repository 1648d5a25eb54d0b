//! Settings of training.

use serde::Serialize;

use crate::optimizer::OptimizerSpec;

written! {
    /// Optimizer, batches and epochs.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize)]
    pub struct TrainSpec by new(optimizer) {
        /// The optimizer.
        pub optimizer: OptimizerSpec,
        /// Rows per step.
        pub batch: usize,
        /// Number of epochs.
        pub epochs: usize,
        /// Random seed.
        pub seed: u64,
        /// True if rows are shuffled in each epoch.
        pub shuffle: bool,
    }
}

impl Default for TrainSpec {
    fn default() -> Self {
        Self::new(OptimizerSpec::adam(0.001))
    }
}

impl TrainSpec {
    /// One epoch of shuffled batches of 256.
    pub const fn new(optimizer: OptimizerSpec) -> Self {
        Self { optimizer, batch: 256, epochs: 1, seed: 42, shuffle: true }
    }

    /// Sets the batch size.
    #[must_use]
    pub const fn batch(self, batch: usize) -> Self {
        Self { batch, ..self }
    }

    /// Sets the number of epochs.
    #[must_use]
    pub const fn epochs(self, epochs: usize) -> Self {
        Self { epochs, ..self }
    }

    /// Sets the seed.
    #[must_use]
    pub const fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Sets whether rows are shuffled in each epoch.
    #[must_use]
    pub const fn shuffle(self, shuffle: bool) -> Self {
        Self { shuffle, ..self }
    }
}
