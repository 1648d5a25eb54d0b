//! Metrics of evaluation, and their protocol.

/// A metric of evaluation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Metric {
    /// Area under the ROC curve.
    Auc,
    /// The same within each group of a field, an index into [`Model::groups`](super::Model::groups).
    Gauc(usize),
    /// Mean cross-entropy.
    LogLoss,
    /// Share of queries with a relevant candidate among the first `k`.
    HitRate(u64),
    /// The same, by the name that Keras has for it.
    TopK(u64),
    /// Share of the relevant candidates that are among the first `k`.
    Recall(u64),
    /// Normalized discounted cumulative gain of the first `k`.
    Ndcg(u64),
    /// Reciprocal rank of the first relevant candidate.
    Mrr(u64),
}

impl Metric {
    /// Returns whether it compares scores with labels; the others rank candidates.
    pub fn is_of_labels(self) -> bool {
        matches!(self, Metric::Auc | Metric::Gauc(_) | Metric::LogLoss)
    }
}

/// Protocol by which candidates are ranked.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Protocol {
    /// The field that names the user of a row, an index into [`Model::groups`](super::Model::groups).
    pub user: Option<usize>,
    /// True where all test rows of a user are one query.
    pub per_user: bool,
    /// Number of candidates that compete, and the seed they are drawn by; all where none are drawn.
    pub sampled: Option<(u64, u64)>,
    /// True where what the user has in training rows is left out.
    pub exclude_seen: bool,
}
