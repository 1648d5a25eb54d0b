//! Terms of the objective.

use super::{AccidentalHits, ColumnId, NodeId, Prediction, Reduction};
use crate::losses::Rule;
use crate::span::Span;

/// A task of the objective.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Name; empty if the objective has only one task and does not name it.
    pub name: String,
    /// Place of its name, or of the objective.
    pub span: Span,
    /// Weighted terms; their sum is its loss.
    pub terms: Vec<(f64, Loss)>,
}

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
#[derive(Clone, Debug, PartialEq)]
pub enum Compared {
    /// A score with the label of the record.
    Label(Labelled),
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

impl Task {
    /// Returns its first score and label.
    pub fn label(&self) -> Option<&Labelled> {
        self.terms.iter().find_map(|(_, loss)| loss.label())
    }
}

/// A score and its label.
#[derive(Clone, Debug, PartialEq)]
pub struct Labelled {
    /// Score, or scores of classes.
    pub score: NodeId,
    /// Label.
    pub label: ColumnId,
    /// Prediction of the score.
    pub prediction: Prediction,
    /// Weight of each class; empty if all weigh 1.
    pub class_weights: Vec<f64>,
    /// Share of a label that is divided among all of its values.
    pub smoothing: f64,
    /// Column of weights of its own.
    pub weight: Option<ColumnId>,
    /// Column of labels above 0.5 for the records that count.
    pub counted: Option<ColumnId>,
}

impl Loss {
    /// Nodes that the term reads.
    pub fn operands(&self) -> Vec<NodeId> {
        match self.compares {
            Compared::Label(Labelled { score, .. }) | Compared::SampledPairs { score, .. } => vec![score],
            Compared::Pair { positive, negative } => vec![positive, negative],
            Compared::Candidates { query, candidate, .. } => vec![query, candidate],
        }
    }

    /// Columns that the term reads directly.
    pub fn columns(&self) -> Vec<ColumnId> {
        match self.compares {
            Compared::Label(Labelled { label, weight, counted, .. }) => {
                [Some(label), weight, counted].into_iter().flatten().collect()
            }
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
    pub fn label(&self) -> Option<&Labelled> {
        let Compared::Label(labelled) = &self.compares else { return None };
        Some(labelled)
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
