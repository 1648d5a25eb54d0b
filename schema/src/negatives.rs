//! Negatives of a training step.

written! {
    /// Negatives that a program asks for.
    #[derive(Clone, Debug, PartialEq)]
    pub struct NegativesSpec by new(source, inputs) {
        /// Source of them.
        pub source: NegativeSource,
        /// Inputs of the towers of candidates.
        pub inputs: Vec<usize>,
        /// True if each record has its own, instead of all the same.
        pub per_record: bool,
        /// True if the candidates of the other records are negatives too.
        pub in_batch: bool,
        /// True if the logarithms of expected counts are wanted.
        pub log_q: bool,
    }

    /// Source of the negatives of a step.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum NegativeSource {
        /// Candidates drawn at random.
        Drawn {
            /// Number of them: for all records, or for each.
            count: usize,
            /// With which probabilities.
            sampler: Sampler,
            /// True if candidates are drawn until this number of distinct ones was seen.
            unique: bool,
        } by drawn(count, sampler),
        /// The whole catalog.
        All,
        /// Candidates that the records list in a column.
        Listed,
    }

    /// With which probability a candidate is drawn.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Sampler {
        /// The same for all.
        Uniform,
        /// `(ln(r + 2) - ln(r + 1)) / ln(C + 1)` for the candidate of rank `r` among `C` by how many training rows are about it, from 0
        /// for the most frequent; of equals the first in the catalog comes first.
        LogUniform,
        /// In proportion to a power of the number of training rows about it.
        Frequency {
            /// The power.
            power: f64,
        },
        /// In proportion to numbers given with the candidates in a column.
        Given,
    }
}

impl NegativesSpec {
    /// The same negatives for all records, which are given to these inputs.
    pub fn new(source: NegativeSource, inputs: impl Into<Vec<usize>>) -> Self {
        Self { source, inputs: inputs.into(), per_record: false, in_batch: false, log_q: false }
    }

    /// Sets whether each record has its own.
    #[must_use]
    pub fn per_record(self, per_record: bool) -> Self {
        Self { per_record, ..self }
    }

    /// Sets whether the candidates of the other records are negatives too.
    #[must_use]
    pub fn in_batch(self, in_batch: bool) -> Self {
        Self { in_batch, ..self }
    }

    /// Sets whether the logarithms of expected counts are wanted.
    #[must_use]
    pub fn log_q(self, log_q: bool) -> Self {
        Self { log_q, ..self }
    }
}

impl NegativeSource {
    /// A number of candidates, drawn independently.
    pub const fn drawn(count: usize, sampler: Sampler) -> Self {
        Self::Drawn { count, sampler, unique: false }
    }
}
