//! Early stopping.

use serde::Serialize;

use crate::metric::Metric;

written! {
    /// Early stopping by a metric on the validation rows. The weights of the best evaluation are kept.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
    pub struct StopSpec by patience(metric, evaluations) {
        /// The metric.
        pub metric: Metric,
        /// Number of evaluations in a row without a better value after which training stops.
        pub evaluations: usize,
    }
}

impl StopSpec {
    /// Stops after this number of evaluations in a row without a better value.
    pub const fn patience(metric: Metric, evaluations: usize) -> Self {
        Self { metric, evaluations }
    }
}
