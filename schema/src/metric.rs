//! Metrics of evaluation.

use std::fmt;

written! {
    /// A metric of evaluation.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Metric {
        /// Area under the ROC curve.
        Auc,
        /// AUC within each group of a field, averaged with the group sizes as weights.
        Gauc(group: usize),
        /// Mean binary cross-entropy.
        LogLoss,
        /// Share of queries with a relevant candidate in the top `k`.
        HitRate(k: usize),
        /// Same as [`HitRate`](Self::HitRate), under the Keras name.
        TopK(k: usize),
        /// Mean share of a query's relevant candidates that are in the top `k`.
        Recall(k: usize),
        /// Mean normalized discounted cumulative gain of the top `k`.
        Ndcg(k: usize),
        /// Mean reciprocal rank of the first relevant candidate; 0 if it is not in the top `k`.
        Mrr(k: usize),
    }
}

impl Metric {
    /// Returns whether `value` is better than `other`.
    pub fn is_better(self, value: f64, other: f64) -> bool {
        match self {
            Metric::LogLoss => value < other,
            Metric::Auc
            | Metric::Gauc(_)
            | Metric::HitRate(_)
            | Metric::TopK(_)
            | Metric::Recall(_)
            | Metric::Ndcg(_)
            | Metric::Mrr(_) => value > other,
        }
    }

    /// Returns whether it compares scores with labels. The others rank candidates.
    pub fn is_of_labels(self) -> bool {
        match self {
            Metric::Auc | Metric::Gauc(_) | Metric::LogLoss => true,
            Metric::HitRate(_) | Metric::TopK(_) | Metric::Recall(_) | Metric::Ndcg(_) | Metric::Mrr(_) => {
                false
            }
        }
    }
}

/// Name in results.
impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Metric::Auc => f.write_str("auc"),
            Metric::Gauc(_) => f.write_str("gauc"),
            Metric::LogLoss => f.write_str("logloss"),
            Metric::HitRate(k) => write!(f, "hit_rate_{k}"),
            Metric::TopK(k) => write!(f, "top_{k}_accuracy"),
            Metric::Recall(k) => write!(f, "recall_{k}"),
            Metric::Ndcg(k) => write!(f, "ndcg_{k}"),
            Metric::Mrr(k) => write!(f, "mrr_{k}"),
        }
    }
}
