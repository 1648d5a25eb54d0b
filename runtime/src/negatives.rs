//! Negatives of a training step: the specification of a program, and the candidates of one step.

/// Source of the negatives of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NegativeSource {
    /// So many candidates, drawn at random.
    Drawn {
        /// Number of them: for all records, or for each.
        count: usize,
        /// With which probabilities.
        sampler: Sampler,
        /// True if candidates are drawn until so many distinct ones were seen.
        unique: bool,
    },
    /// The whole catalog.
    All,
    /// Those that the records list, `Program::listed_negatives`.
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
    /// In proportion to numbers given with the candidates, `Program::sampling_weights`.
    Given,
}

/// Negatives that a program asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NegativesSpec {
    /// Kind of them.
    pub source: NegativeSource,
    /// True if each record has its own, instead of all the same.
    pub per_record: bool,
    /// True if the candidates of the other records are negatives too.
    pub in_batch: bool,
    /// True if the logarithms of expected counts are wanted.
    pub log_q: bool,
    /// Inputs of the towers of candidates.
    pub inputs: &'static [usize],
}

/// The candidates of a step, by their rows of the catalog. The towers of candidates process them in this order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepCandidates {
    /// The positive of each record, then the negatives.
    pub rows: Vec<u32>,
    /// Logarithm of the expected count of each candidate among the negatives; empty if it is not needed.
    pub log_q: Vec<f32>,
    /// Query of each negative: the index of its record, ascending. Empty if all records share the negatives.
    pub query_index: Vec<u32>,
}

impl StepCandidates {
    /// Candidates by which `Softmax::ids` recognizes positives among negatives.
    pub fn ids(&self) -> Option<&[u32]> {
        (!self.rows.is_empty()).then_some(&self.rows)
    }

    /// Expected counts for `Softmax::log_q`.
    pub fn log_q(&self) -> Option<&[f32]> {
        (!self.log_q.is_empty()).then_some(&self.log_q)
    }
}

/// The pairs of each of so many records with each of so many candidates, a record after the other.
pub fn all_pairs(records: usize, candidates: usize) -> Vec<(u32, u32)> {
    let with_all = |record| (0..candidates as u32).map(move |candidate| (record, candidate));
    (0..records as u32).flat_map(with_all).collect()
}
