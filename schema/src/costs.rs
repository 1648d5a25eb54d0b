//! Costs of a training step that are independent of the data.

use std::iter::Sum;
use std::ops::Mul;

use serde::{Deserialize, Serialize};

written! {
    /// Sizes of a model without its embedding tables, in floats.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Costs {
        /// Dense weights.
        pub weights: u64,
        /// Optimizer state of the dense weights.
        pub state: u64,
        /// Activations saved for the backward pass.
        pub activations: Each,
        /// Largest output of a layer.
        pub widest: Each,
        /// Softmax terms of the objective.
        pub softmaxes: Vec<SoftmaxCost>,
        /// Number of sampled candidates per step.
        pub sampled: SampledCount,
    }

    /// An amount per record of a batch and per sampled candidate.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Each by new(record, sampled) {
        /// Per record.
        pub record: u64,
        /// Per sampled candidate.
        pub sampled: u64,
    }

    /// Maximum number of sampled candidates per step, in addition to the positives of the records.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub enum SampledCount {
        /// None.
        #[default]
        Nothing,
        /// This many for each record.
        ForEach(count: u64),
        /// This many, shared by all records.
        ForAll(count: u64),
        /// The whole catalog.
        Catalog,
    }

    /// A term of the objective that scores each record against a set of candidates.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct SoftmaxCost by new(width, in_batch, sampled) {
        /// Width of the compared vectors.
        pub width: u64,
        /// True if the candidates of the other records are scored.
        pub in_batch: bool,
        /// True if the sampled candidates are scored.
        pub sampled: bool,
        /// Maximum number of queued candidates of earlier batches that are scored.
        pub queue: u64,
    }
}

impl Each {
    /// Amounts per record and per sampled candidate.
    pub const fn new(record: u64, sampled: u64) -> Self {
        Self { record, sampled }
    }

    /// Total for these numbers of records and sampled candidates.
    pub fn of(self, records: u64, sampled: u64) -> u64 {
        self.record.saturating_mul(records).saturating_add(self.sampled.saturating_mul(sampled))
    }
}

impl Mul<u64> for Each {
    type Output = Each;

    fn mul(self, by: u64) -> Each {
        Each::new(self.record * by, self.sampled * by)
    }
}

impl Sum for Each {
    fn sum<I: Iterator<Item = Each>>(all: I) -> Each {
        all.fold(Each::default(), |sum, each| Each::new(sum.record + each.record, sum.sampled + each.sampled))
    }
}

impl SampledCount {
    /// Number of candidates for a batch of `records` and a catalog of `candidates`.
    pub fn of(self, records: u64, candidates: u64) -> u64 {
        match self {
            Self::Nothing => 0,
            Self::ForEach(count) => count.saturating_mul(records),
            Self::ForAll(count) => count,
            Self::Catalog => candidates,
        }
    }
}

impl SoftmaxCost {
    /// A softmax over vectors of this width: over the candidates of the batch, the sampled candidates, or
    /// both.
    pub const fn new(width: u64, in_batch: bool, sampled: bool) -> Self {
        Self { width, in_batch, sampled, queue: 0 }
    }

    /// With a queue of candidates of earlier batches.
    #[must_use]
    pub const fn queue(self, queue: u64) -> Self {
        Self { queue, ..self }
    }

    /// Number of candidates that each record is scored against.
    pub fn candidates(self, records: u64, sampled: u64) -> u64 {
        let own = if self.in_batch { records } else { 1 };
        own.saturating_add(if self.sampled { sampled } else { 0 }).saturating_add(self.queue)
    }
}
