//! Terms of the objective.

use super::{AccidentalHits, ColumnId, NodeId, Reduction};
use crate::layers::Sense;
use crate::losses::{PairRule, PointwiseRule, SoftmaxRule};

/// A term of the objective.
#[derive(Clone, Debug, PartialEq)]
pub enum Loss {
    /// Loss of a score and a label.
    Pointwise {
        /// Rule.
        rule: &'static PointwiseRule,
        /// Settings of the rule.
        settings: Vec<f64>,
        /// Score.
        score: NodeId,
        /// Label.
        label: ColumnId,
        /// Reduction of the losses of the records.
        reduction: Reduction,
    },
    /// Softmax over the candidates of the batch, the sampled candidates, or both.
    Softmax {
        /// Rule.
        rule: &'static SoftmaxRule,
        /// Query vector.
        query: NodeId,
        /// Candidate vector.
        candidate: NodeId,
        /// Divisor of the scores.
        temperature: f64,
        /// True if candidates are sampled.
        sampled: bool,
        /// Column of sampling probabilities, for the logQ correction.
        probability: Option<ColumnId>,
        /// Treatment of negatives that equal the record's own candidate.
        hits: AccidentalHits,
        /// Reduction of the losses of the records.
        reduction: Reduction,
    },
    /// Compared of the scores of a positive and a negative.
    Pairwise {
        /// Rule.
        rule: &'static PairRule,
        /// Settings of the rule.
        settings: Vec<f64>,
        /// Score of the positive.
        positive: NodeId,
        /// Score of the negative. None: the score of the positive, applied to sampled candidates.
        negative: Option<NodeId>,
        /// Reduction of the losses of the records.
        reduction: Reduction,
    },
}

/// Operands of a loss. They decide which towers encode candidates, what evaluation ranks, and which columns are secret.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Compared {
    /// A score with the label of the record.
    Label {
        /// Name of the score in messages.
        name: &'static str,
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
        /// Score.
        score: NodeId,
        /// True if a smaller score is better.
        ascending: bool,
    },
    /// A query with candidates.
    Candidates {
        /// Query vector.
        query: NodeId,
        /// Candidate vector.
        candidate: NodeId,
        /// True if candidates are sampled.
        sampled: bool,
    },
}

impl Loss {
    /// Operands.
    pub fn compares(&self) -> Compared {
        match *self {
            Loss::Pointwise { rule, score, label, .. } => Compared::Label { name: rule.score, score, label },
            Loss::Softmax { query, candidate, sampled, .. } => {
                Compared::Candidates { query, candidate, sampled }
            }
            Loss::Pairwise { positive, negative: Some(negative), .. } => {
                Compared::Pair { positive, negative }
            }
            Loss::Pairwise { rule, positive, negative: None, .. } => {
                Compared::SampledPairs { score: positive, ascending: rule.sense == Sense::Distance }
            }
        }
    }

    /// Nodes that the term reads.
    pub fn operands(&self) -> Vec<NodeId> {
        match self.compares() {
            Compared::Label { score, .. } | Compared::SampledPairs { score, .. } => vec![score],
            Compared::Pair { positive, negative } => vec![positive, negative],
            Compared::Candidates { query, candidate, .. } => vec![query, candidate],
        }
    }

    /// Score and label, if it compares them.
    pub fn label(&self) -> Option<(NodeId, ColumnId)> {
        match self.compares() {
            Compared::Label { score, label, .. } => Some((score, label)),
            Compared::Pair { .. } | Compared::SampledPairs { .. } | Compared::Candidates { .. } => None,
        }
    }

    /// Score of the record's own candidate, if it is compared with those of sampled candidates.
    pub fn pair_score(&self) -> Option<NodeId> {
        match self.compares() {
            Compared::SampledPairs { score, .. } => Some(score),
            Compared::Label { .. } | Compared::Pair { .. } | Compared::Candidates { .. } => None,
        }
    }

    /// Query and candidate vectors, if it compares them.
    pub fn towers(&self) -> Option<(NodeId, NodeId)> {
        match self.compares() {
            Compared::Candidates { query, candidate, .. } => Some((query, candidate)),
            Compared::Label { .. } | Compared::Pair { .. } | Compared::SampledPairs { .. } => None,
        }
    }

    /// Returns whether it ranks the candidates of a catalog or a batch.
    pub fn ranks_candidates(&self) -> bool {
        self.pair_score().is_some() || self.towers().is_some()
    }

    /// Returns whether all of its negatives are candidates of other records of the batch.
    pub fn needs_company(&self) -> bool {
        match *self {
            Loss::Softmax { rule, sampled, .. } => rule.in_batch && !sampled,
            Loss::Pointwise { .. } | Loss::Pairwise { .. } => false,
        }
    }

    /// Columns that the term reads directly.
    pub fn columns(&self) -> Vec<ColumnId> {
        match *self {
            Loss::Pointwise { label, .. } => vec![label],
            Loss::Softmax { probability, hits, .. } => {
                let ids = match hits {
                    AccidentalHits::Column(ids) => Some(ids),
                    AccidentalHits::Kept | AccidentalHits::Catalog => None,
                };
                probability.into_iter().chain(ids).collect()
            }
            Loss::Pairwise { .. } => Vec::new(),
        }
    }

    /// Name of the loss in the language.
    pub fn word(&self) -> &'static str {
        match self {
            Loss::Pointwise { rule, .. } => rule.word,
            Loss::Softmax { rule, .. } => rule.word,
            Loss::Pairwise { rule, .. } => rule.word,
        }
    }
}
