//! Costs of a training step that do not depend on the data.

use std::iter::Sum;
use std::ops::Mul;

written! {
    /// The sizes of a model, in numbers, without its tables.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Costs {
        /// Trained numbers other than the tables.
        pub weights: u64,
        /// Numbers that the optimizer keeps for those.
        pub state: u64,
        /// Numbers that the layers keep for the backward pass.
        pub activations: Each,
        /// Numbers of the widest value that a layer makes.
        pub widest: Each,
        /// The terms of the objective that score every record with every one of some candidates.
        pub softmaxes: Vec<SoftmaxCost>,
        /// The candidates drawn for a step.
        pub drawn: Drawn,
    }

    /// An amount for each record of a batch, and one for each candidate drawn in addition to those of the records.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Each by new(record, drawn) {
        /// For each record.
        pub record: u64,
        /// For each drawn candidate.
        pub drawn: u64,
    }

    /// Largest number of candidates that are drawn for a step in addition to those of its records.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Drawn {
        /// None.
        #[default]
        Nothing,
        /// Number for each record.
        ForEach(count: u64),
        /// Number for all records.
        ForAll(count: u64),
        /// All of the catalog.
        Catalog,
    }

    /// A term of the objective that scores every record with every one of some candidates.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct SoftmaxCost by new(width, in_batch, drawn) {
        /// Width of the vectors that it compares.
        pub width: u64,
        /// True if the candidates of the other records are among those scored.
        pub in_batch: bool,
        /// True if the drawn candidates are.
        pub drawn: bool,
    }
}

impl Each {
    /// For each record, and for each drawn candidate.
    pub const fn new(record: u64, drawn: u64) -> Self {
        Self { record, drawn }
    }

    /// Amount for a number of both.
    pub fn of(self, records: u64, drawn: u64) -> u64 {
        self.record.saturating_mul(records).saturating_add(self.drawn.saturating_mul(drawn))
    }
}

impl Mul<u64> for Each {
    type Output = Each;

    fn mul(self, by: u64) -> Each {
        Each::new(self.record * by, self.drawn * by)
    }
}

impl Sum for Each {
    fn sum<I: Iterator<Item = Each>>(all: I) -> Each {
        all.fold(Each::default(), |sum, each| Each::new(sum.record + each.record, sum.drawn + each.drawn))
    }
}

impl Drawn {
    /// Number for a number of records, with a catalog of this size.
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
    /// A softmax over vectors of this width: with the candidates of the other records, with those that are drawn, or with both.
    pub const fn new(width: u64, in_batch: bool, drawn: bool) -> Self {
        Self { width, in_batch, drawn }
    }

    /// Candidates that a record is scored with.
    pub fn candidates(self, records: u64, drawn: u64) -> u64 {
        let own = if self.in_batch { records } else { 1 };
        if self.drawn { own + drawn } else { own }
    }
}
