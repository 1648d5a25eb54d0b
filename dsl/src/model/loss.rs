//! Terms of the objective.

use super::{AccidentalHits, ColumnId, NodeId, Reduction};
use crate::losses::Rule;

/// A loss of the objective.
#[derive(Clone, Debug, PartialEq)]
pub struct Loss {
    /// Rule.
    pub rule: &'static Rule,
    /// Function of the runtime that computes it.
    pub function: &'static str,
    /// Settings of the function.
    pub settings: Vec<f64>,
    /// Operands.
    pub compares: Compared,
    /// Reduction of the losses of the records.
    pub reduction: Reduction,
}

/// Operands of a loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Compared {
    /// A score with the label of the record.
    Label {
        /// Score.
        score: NodeId,
        /// Label.
        label: ColumnId,
    },
    /// The score of a positive with that of a negative.
    Pair {
        /// Score of the positive.
        positive: NodeId,
        /// Score of the negative.
        negative: NodeId,
    },
    /// The score of the record's own candidate with those of sampled candidates.
    SampledPairs {
        /// Score, which is applied to both.
        score: NodeId,
        /// Number of sampled candidates that count, if not all do: those with the hardest scores.
        hardest: Option<usize>,
    },
    /// A query with candidates of the batch, sampled candidates, or both.
    Candidates {
        /// Query vector.
        query: NodeId,
        /// Candidate vector.
        candidate: NodeId,
        /// Divisor of the scores.
        temperature: f64,
        /// Column of sampling probabilities, for the logQ correction.
        probability: Option<ColumnId>,
        /// Treatment of negatives that equal the record's own candidate.
        hits: AccidentalHits,
    },
}

impl Loss {
    /// Nodes that the term reads.
    pub fn operands(&self) -> Vec<NodeId> {
        match self.compares {
            Compared::Label { score, .. } | Compared::SampledPairs { score, .. } => vec![score],
            Compared::Pair { positive, negative } => vec![positive, negative],
            Compared::Candidates { query, candidate, .. } => vec![query, candidate],
        }
    }

    /// Columns that the term reads directly.
    pub fn columns(&self) -> Vec<ColumnId> {
        match self.compares {
            Compared::Label { label, .. } => vec![label],
            Compared::Candidates { probability, hits, .. } => {
                let ids = match hits {
                    AccidentalHits::Column(ids) => Some(ids),
                    AccidentalHits::Kept | AccidentalHits::Catalog => None,
                };
                probability.into_iter().chain(ids).collect()
            }
            Compared::Pair { .. } | Compared::SampledPairs { .. } => Vec::new(),
        }
    }

    /// Score and label, if it compares them.
    pub fn label(&self) -> Option<(NodeId, ColumnId)> {
        let Compared::Label { score, label } = self.compares else { return None };
        Some((score, label))
    }

    /// Score of the record's own candidate, if it is compared with those of sampled candidates.
    pub fn pair_score(&self) -> Option<NodeId> {
        let Compared::SampledPairs { score, .. } = self.compares else { return None };
        Some(score)
    }

    /// Candidate vector, if it compares a query with candidates.
    pub fn candidate(&self) -> Option<NodeId> {
        let Compared::Candidates { candidate, .. } = self.compares else { return None };
        Some(candidate)
    }

    /// Returns whether it ranks the candidates of a catalog or a batch.
    pub fn ranks_candidates(&self) -> bool {
        self.pair_score().or(self.candidate()).is_some()
    }
}
