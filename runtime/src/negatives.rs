//! Negatives of a training step: how a program wants them, and those that a step has.

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
    /// The whole catalogue.
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
    /// for the most frequent; of equals the first in the catalogue comes first.
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

/// The candidates of a step, by their rows of the catalogue.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draw {
    /// The own candidate of each record, then those drawn. The towers of candidates are given them in this order.
    pub candidates: Vec<u32>,
    /// For each of the candidates the logarithm of how often it is expected among the negatives; empty where it is not wanted.
    pub log_q: Vec<f32>,
    /// For each drawn candidate the record that it is a negative of, ascending; empty where they are negatives of all.
    pub owners: Vec<u32>,
}

impl Draw {
    /// Returns what `Softmax::ids` is.
    pub fn ids(&self) -> Option<&[u32]> {
        (!self.candidates.is_empty()).then_some(&self.candidates)
    }

    /// Returns what `Softmax::log_q` is.
    pub fn log_q(&self) -> Option<&[f32]> {
        (!self.log_q.is_empty()).then_some(&self.log_q)
    }
}

/// The pairs of each of so many records with each of so many candidates, a record after the other.
pub fn all_pairs(records: usize, candidates: usize) -> Vec<(u32, u32)> {
    let with_all = |record| (0..candidates as u32).map(move |candidate| (record, candidate));
    (0..records as u32).flat_map(with_all).collect()
}
