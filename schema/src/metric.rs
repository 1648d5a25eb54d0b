//! Metrics of evaluation.

use std::fmt;

use serde::{Serialize, Serializer};

/// Declares the metrics from one list: of each its doc, its word in the language, its name in results and the direction in which it
/// gets better. Metrics of labels may have a group of rows, metrics of ranks have a cut-off.
macro_rules! metrics {
    (
        of_labels {$(
            $(#[$label_doc:meta])*
            $label:ident $(($group:ident))?: $label_word:literal, $label_better:ident;
        )*}
        of_ranks {$(
            $(#[$rank_doc:meta])*
            $rank:ident ($k:ident): $rank_word:literal, $rank_name:literal, $rank_better:ident;
        )*}
    ) => {
        written! {
            /// A metric of evaluation.
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub enum Metric {
                $($(#[$label_doc])* $label $(($group: usize))?,)*
                $($(#[$rank_doc])* $rank($k: usize),)*
            }
        }

        /// A metric that compares scores with labels.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum LabelMetric {
            $($(#[$label_doc])* $label $((metrics!(@usize $group)))?,)*
        }

        /// A metric of the ranks of relevant candidates, without its cut-off.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum RankMetric {
            $($(#[$rank_doc])* $rank,)*
        }

        impl Metric {
            /// The metrics by their words in the language.
            pub const WORDS: [(&'static str, MetricForm); [$($label_word,)* $($rank_word),*].len()] = [
                $(($label_word, metrics!(@form $label $($group)?)),)*
                $(($rank_word, MetricForm::Ranked(Metric::$rank)),)*
            ];

            /// The metric, if it compares scores with labels.
            pub const fn of_labels(self) -> Option<LabelMetric> {
                match self {
                    $(Self::$label $(($group))? => Some(LabelMetric::$label $(($group))?),)*
                    $(Self::$rank(_) => None,)*
                }
            }

            /// The metric and its cut-off, if it ranks candidates.
            pub const fn of_ranks(self) -> Option<(RankMetric, usize)> {
                match self {
                    $(Self::$label { .. } => None,)*
                    $(Self::$rank(k) => Some((RankMetric::$rank, k)),)*
                }
            }

            /// Word in the language.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$label { .. } => $label_word,)*
                    $(Self::$rank(_) => $rank_word,)*
                }
            }

            /// Direction in which the metric gets better.
            pub const fn better(self) -> Better {
                match self {
                    $(Self::$label { .. } => Better::$label_better,)*
                    $(Self::$rank(_) => Better::$rank_better,)*
                }
            }
        }

        /// Name in results.
        impl fmt::Display for Metric {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$label { .. } => f.write_str($label_word),)*
                    $(Self::$rank($k) => write!(f, $rank_name),)*
                }
            }
        }
    };
    (@usize $group:ident) => { usize };
    (@form $label:ident) => { MetricForm::Plain(Metric::$label) };
    (@form $label:ident $group:ident) => { MetricForm::Grouped(Metric::$label) };
}

metrics! {
    of_labels {
        /// Area under the ROC curve.
        Auc: "auc", Larger;
        /// AUC within each group of a field, averaged with the group sizes as weights.
        Gauc(group): "gauc", Larger;
        /// Mean binary cross-entropy.
        LogLoss: "logloss", Smaller;
    }
    of_ranks {
        /// Share of queries with a relevant candidate in the top `k`.
        HitRate(k): "hit_rate", "hit_rate_{k}", Larger;
        /// Same as [`HitRate`](Self::HitRate), under the Keras name.
        TopK(k): "top_k_accuracy", "top_{k}_accuracy", Larger;
        /// Mean share of a query's relevant candidates that are in the top `k`.
        Recall(k): "recall", "recall_{k}", Larger;
        /// Mean normalized discounted cumulative gain of the top `k`.
        Ndcg(k): "ndcg", "ndcg_{k}", Larger;
        /// Mean reciprocal rank of the first relevant candidate; 0 if it is not in the top `k`.
        Mrr(k): "mrr", "mrr_{k}", Larger;
    }
}

/// Serialized by its name in results.
impl Serialize for Metric {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Form of a metric in the language.
#[derive(Clone, Copy, Debug)]
pub enum MetricForm {
    /// A word.
    Plain(Metric),
    /// A word, or a call that names the field of groups.
    Grouped(fn(usize) -> Metric),
    /// A call with cut-offs.
    Ranked(fn(usize) -> Metric),
}

/// Direction in which a metric gets better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Larger values are better.
    Larger,
    /// Smaller values are better.
    Smaller,
}

impl Metric {
    /// Returns whether `value` is better than `other`.
    pub fn is_better(self, value: f64, other: f64) -> bool {
        match self.better() {
            Better::Larger => value > other,
            Better::Smaller => value < other,
        }
    }

    /// The metric as it is written in the language, without a field of groups.
    pub fn written(self) -> String {
        match self.of_ranks() {
            Some((_, k)) => format!("{}({k})", self.word()),
            None => self.word().to_owned(),
        }
    }

    /// Returns whether it compares scores with labels. The others rank candidates.
    pub fn is_of_labels(self) -> bool {
        self.of_labels().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_named_and_compared() {
        let named = Metric::WORDS.map(|(word, form)| match form {
            MetricForm::Plain(metric) => (word, metric.to_string()),
            MetricForm::Grouped(metric) | MetricForm::Ranked(metric) => (word, metric(7).to_string()),
        });
        for (word, name) in named {
            assert_eq!(name.replacen("_7", "", 1), word.replacen("_k", "", 1));
        }
        assert!(Metric::LogLoss.is_better(0.1, 0.2) && Metric::Auc.is_better(0.2, 0.1));
        assert!(!Metric::LogLoss.is_better(f64::NAN, 0.2) && !Metric::Auc.is_better(0.2, 0.2));
        assert_eq!(Metric::Gauc(3).of_labels(), Some(LabelMetric::Gauc(3)));
        assert_eq!(Metric::Mrr(10).of_ranks(), Some((RankMetric::Mrr, 10)));
    }
}
