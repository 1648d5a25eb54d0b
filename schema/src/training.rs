//! Settings of training.

use serde::{Deserialize, Serialize};

use crate::clip::Clip;
use crate::optimizer::OptimizerSpec;
use crate::schedule::{Decay, ScheduleSpec};
use crate::stop::StopSpec;

written! {
    /// Optimizer, batches and epochs.
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    pub struct TrainSpec by new(optimizer) {
        /// The optimizer.
        pub optimizer: OptimizerSpec,
        /// Rows per step.
        pub batch: usize,
        /// Number of epochs.
        pub epochs: usize,
        /// Number of steps, in place of epochs.
        pub steps: Option<usize>,
        /// Random seed.
        pub seed: u64,
        /// True if rows are shuffled in each epoch.
        pub shuffle: bool,
        /// Schedule of the learning rate.
        pub schedule: ScheduleSpec,
        /// Limit of the gradients.
        pub clip: Option<Clip>,
        /// Early stopping. Its metric is written by a name in results, which is not read.
        #[serde(skip_deserializing)]
        pub stop: Option<StopSpec>,
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
        Self {
            optimizer,
            batch: 256,
            epochs: 1,
            steps: None,
            seed: 42,
            shuffle: true,
            schedule: ScheduleSpec::new(Decay::Constant),
            clip: None,
            stop: None,
        }
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

    /// Sets the number of steps.
    #[must_use]
    pub const fn steps(self, steps: usize) -> Self {
        Self { steps: Some(steps), ..self }
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

    /// Sets the schedule of the learning rate.
    #[must_use]
    pub const fn schedule(self, schedule: ScheduleSpec) -> Self {
        Self { schedule, ..self }
    }

    /// Sets the limit of the gradients.
    #[must_use]
    pub const fn clip(self, clip: Clip) -> Self {
        Self { clip: Some(clip), ..self }
    }

    /// Sets early stopping.
    #[must_use]
    pub const fn stop(self, stop: StopSpec) -> Self {
        Self { stop: Some(stop), ..self }
    }
}
