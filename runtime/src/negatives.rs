//! Negatives of a training step: their specification, and the candidates of a step.

pub use turret_schema::{NegativeSource, NegativesSpec, Sampler};

/// Candidates of a step, as rows of the catalog. Candidate towers process them in this order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepCandidates {
    /// Positives of all records, then the negatives.
    pub rows: Vec<u32>,
    /// Log expected count of each candidate among the negatives; empty if it is not needed.
    pub log_q: Vec<f32>,
    /// Query of each negative: the index of its record, ascending. Empty if all records share the negatives.
    pub query_index: Vec<u32>,
}

impl StepCandidates {
    /// Candidate ids, by which `Softmax::ids` recognizes positives among negatives.
    pub fn ids(&self) -> Option<&[u32]> {
        (!self.rows.is_empty()).then_some(&self.rows)
    }

    /// Log expected counts for `Softmax::log_q`.
    pub fn log_q(&self) -> Option<&[f32]> {
        (!self.log_q.is_empty()).then_some(&self.log_q)
    }
}

/// All pairs of records and candidates, grouped by record.
pub fn all_pairs(records: usize, candidates: usize) -> Vec<(u32, u32)> {
    let with_all = |record| (0..candidates as u32).map(move |candidate| (record, candidate));
    (0..records as u32).flat_map(with_all).collect()
}
