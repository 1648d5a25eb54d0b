//! Negatives of a training step: their specification, and the candidates of a step.

mod queue;

use std::ops::AddAssign;

pub use queue::{CandidateQueue, QueuedBatch};
use serde::{Deserialize, Serialize};
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
    /// Number of sampled negatives of a record, divided by the number of candidates other than its own. At most 1.
    pub sampling_rate: f32,
    /// Candidates that the user of a query has seen, if all records share the negatives.
    pub excluded: Excluded,
    /// Draws of the negatives, if seen items are excluded.
    pub draws: Draws,
}

/// Candidates that are not negatives of a query, by their places among those of the step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excluded {
    /// End of the candidates of each query.
    ends: Vec<u32>,
    candidates: Vec<u32>,
}

/// Number of draws of negatives, and of those that were rejected because the user has seen the candidate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draws {
    /// Draws, including the rejected ones. A candidate that all records share is a draw for each of them.
    pub all: u64,
    /// Rejected draws.
    pub rejected: u64,
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

impl Excluded {
    /// Adds a query with its excluded candidates, ascending.
    pub fn push(&mut self, candidates: &[u32]) {
        self.candidates.extend_from_slice(candidates);
        self.ends.push(self.candidates.len() as u32);
    }

    /// Excluded candidates of a query, ascending.
    pub fn of(&self, query: usize) -> &[u32] {
        let Some(&end) = self.ends.get(query) else { return &[] };
        let start = query.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.candidates[start as usize..end as usize]
    }
}

impl Draws {
    /// Returns whether there were none.
    pub fn is_empty(&self) -> bool {
        self.all == 0
    }

    /// Share of the rejected ones, if there were any.
    pub fn rejected_share(&self) -> Option<f64> {
        (!self.is_empty()).then(|| self.rejected as f64 / self.all as f64)
    }
}

impl AddAssign for Draws {
    fn add_assign(&mut self, other: Self) {
        self.all += other.all;
        self.rejected += other.rejected;
    }
}

/// All pairs of records and candidates, grouped by record.
pub fn all_pairs(records: usize, candidates: usize) -> Vec<(u32, u32)> {
    let with_all = |record| (0..candidates as u32).map(move |candidate| (record, candidate));
    (0..records as u32).flat_map(with_all).collect()
}
