//! Metrics of evaluation and its protocol.

use std::fmt;

/// Probability that a score (logit) stands for.
pub fn probability(score: f32) -> f64 {
    1.0 / (1.0 + (-f64::from(score)).exp())
}

/// Metrics of evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Area under the ROC curve of the score against the label.
    Auc,
    /// The same within each group of a field (index into `DataSpec::groups`), weighted by the rows of the groups.
    Gauc(usize),
    /// Mean binary cross-entropy of the score against the label.
    LogLoss,
    /// Share of queries with a relevant candidate among the first `k`.
    HitRate(usize),
    /// The same, by the name that Keras has for it.
    TopK(usize),
    /// Mean share of a query's relevant candidates that are among the first `k`.
    Recall(usize),
    /// Mean normalized discounted cumulative gain of the first `k`.
    Ndcg(usize),
    /// Mean reciprocal rank of the first relevant candidate, 0 where it is not among the first `k`.
    Mrr(usize),
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

    /// Returns whether it compares scores with labels; the others rank candidates.
    pub fn is_of_labels(self) -> bool {
        matches!(self, Metric::Auc | Metric::Gauc(_) | Metric::LogLoss)
    }
}

/// The name that results go by.
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

/// Queries made of test rows, and the candidates that compete with the relevant ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protocol {
    /// Index into `DataSpec::groups` of the field that names the user of a row.
    pub user: Option<usize>,
    /// Kind of query.
    pub query: Query,
    /// Candidates that compete.
    pub candidates: Candidates,
    /// True if what the user has in training rows does not compete, unless it is relevant. Needs `user`.
    pub exclude_seen: bool,
}

/// Kind of query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Query {
    /// A test row, to which its own candidate is relevant.
    Row,
    /// The first test row of a user, to which the candidates of all test rows of the user are relevant.
    User,
}

/// Candidates that compete with those that are relevant to a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Candidates {
    /// All of the catalogue.
    All,
    /// So many, drawn from the catalogue for each query without replacement; the same for the same seed and data.
    Sampled {
        /// Number of them.
        count: usize,
        /// Seed of the draw.
        seed: u64,
    },
}

impl Protocol {
    /// Each row against the whole catalogue.
    pub const FULL: Self =
        Self { user: None, query: Query::Row, candidates: Candidates::All, exclude_seen: false };
}

/// Comparison of the vectors of a query and of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The larger their inner product, the better.
    Dot,
    /// The larger the cosine of the angle between them, the better.
    Cosine,
    /// The smaller their Euclidean distance, the better.
    Distance,
}

impl Evaluation {
    /// The tower of queries over all that the tower of candidates gives.
    pub const fn retrieval(query: usize, candidate: usize, measure: Measure) -> Self {
        Self::Retrieval { query, candidate, measure }
    }
}

/// Source of the scores of evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evaluation {
    /// Rows carry labels: `Program::score` against `Program::labels`.
    Ranking,
    /// Each row's positive is one of the catalogue: these towers over all candidates.
    Retrieval {
        /// Index of the tower of queries.
        query: usize,
        /// Index of the tower of candidates; its input is encoded for every row of the catalogue.
        candidate: usize,
        /// Comparison of the two.
        measure: Measure,
    },
    /// Each row's positive is one of the catalogue: `Program::pair_scores` of all candidates.
    PairScores,
}
