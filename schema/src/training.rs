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
        /// Passes over the training rows.
        pub epochs: usize,
        /// Seed of everything random.
        pub seed: u64,
        /// True if each epoch has an order of its own.
        pub shuffle: bool,
    }
}

impl Default for TrainSpec {
    fn default() -> Self {
        Self::new(OptimizerSpec::adam(0.001))
    }
}

impl TrainSpec {
    /// One epoch of batches of 256, in an order of its own.
    pub const fn new(optimizer: OptimizerSpec) -> Self {
        Self { optimizer, batch: 256, epochs: 1, seed: 42, shuffle: true }
    }

    /// Sets the rows per step.
    #[must_use]
    pub const fn batch(self, batch: usize) -> Self {
        Self { batch, ..self }
    }

    /// Sets the passes over the training rows.
    #[must_use]
    pub const fn epochs(self, epochs: usize) -> Self {
        Self { epochs, ..self }
    }

    /// Sets the seed.
    #[must_use]
    pub const fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Sets whether each epoch has an order of its own.
    #[must_use]
    pub const fn shuffle(self, shuffle: bool) -> Self {
        Self { shuffle, ..self }
    }
}
