//! Metrics of evaluation.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use crate::task::Prediction;

/// Declares the metrics from one list: of each its doc, its word in the language, its name in results and the direction in which it
/// gets better. Metrics of labels have a task, and the predictions that they measure; metrics of groups also have a group of rows;
/// metrics of ranks and of lists have a cut-off.
macro_rules! metrics {
    (
        of_labels {$(
            $(#[$label_doc:meta])*
            $label:ident: $label_word:literal, of $measured:pat => $label_better:ident;
        )*}
        of_groups {$(
            $(#[$group_doc:meta])*
            $group:ident by $grouped:ident: $group_word:literal, of $of_group:pat => $group_better:ident;
        )*}
        of_ranks {$(
            $(#[$rank_doc:meta])*
            $rank:ident ($k:ident): $rank_word:literal, $rank_name:literal, $rank_better:ident;
        )*}
        of_lists {$(
            $(#[$list_doc:meta])*
            $list:ident ($length:ident): $list_word:literal, $list_name:literal, $list_better:ident;
        )*}
    ) => {
        written! {
            /// A metric of evaluation.
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub enum Metric {
                $($(#[$label_doc])* $label(task: usize),)*
                $(
                    $(#[$group_doc])*
                    $group {
                        /// Index of the task.
                        task: usize,
                        /// Index of the group of rows.
                        group: usize,
                    } by $grouped(task, group),
                )*
                $($(#[$rank_doc])* $rank($k: usize),)*
                $($(#[$list_doc])* $list($length: usize),)*
            }
        }

        /// A metric that compares scores with labels, without its task.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum LabelMetric {
            $($(#[$label_doc])* $label,)*
            $($(#[$group_doc])* $group(usize),)*
        }

        /// A metric of the ranks of relevant candidates, without its cut-off.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum RankMetric {
            $($(#[$rank_doc])* $rank,)*
        }

        /// A metric of the lists of the best candidates, without its cut-off.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ListMetric {
            $($(#[$list_doc])* $list,)*
        }

        impl Metric {
            /// The metrics by their words in the language. Metrics of labels and of ranks may share a word.
            pub const WORDS: [(&'static str, MetricForm); [$($label_word,)* $($group_word,)* $($rank_word,)* $($list_word),*].len()] = [
                $(($label_word, MetricForm::Labelled(Metric::$label)),)*
                $(($group_word, MetricForm::Grouped(Metric::$grouped)),)*
                $(($rank_word, MetricForm::Ranked(Metric::$rank)),)*
                $(($list_word, MetricForm::Ranked(Metric::$list)),)*
            ];

            $(
                $(#[$group_doc])*
                pub const fn $grouped(task: usize, group: usize) -> Self {
                    Self::$group { task, group }
                }
            )*

            /// The metric and the index of its task, if it compares scores with labels.
            pub const fn of_labels(self) -> Option<(LabelMetric, usize)> {
                match self {
                    $(Self::$label(task) => Some((LabelMetric::$label, task)),)*
                    $(Self::$group { task, group } => Some((LabelMetric::$group(group), task)),)*
                    $(Self::$rank(_) => None,)*
                    $(Self::$list(_) => None,)*
                }
            }

            /// The metric and its cut-off, if it is one of the ranks of relevant candidates.
            pub const fn of_ranks(self) -> Option<(RankMetric, usize)> {
                match self {
                    $(Self::$label { .. } => None,)*
                    $(Self::$group { .. } => None,)*
                    $(Self::$rank(k) => Some((RankMetric::$rank, k)),)*
                    $(Self::$list(_) => None,)*
                }
            }

            /// The metric and its cut-off, if it is one of the lists of the best candidates.
            pub const fn of_lists(self) -> Option<(ListMetric, usize)> {
                match self {
                    $(Self::$label { .. } => None,)*
                    $(Self::$group { .. } => None,)*
                    $(Self::$rank(_) => None,)*
                    $(Self::$list(k) => Some((ListMetric::$list, k)),)*
                }
            }

            /// Number of the best candidates that it counts, if it ranks candidates.
            pub const fn cutoff(self) -> Option<usize> {
                match self {
                    $(Self::$label { .. } => None,)*
                    $(Self::$group { .. } => None,)*
                    $(Self::$rank(k) => Some(k),)*
                    $(Self::$list(k) => Some(k),)*
                }
            }

            /// Word in the language.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$label { .. } => $label_word,)*
                    $(Self::$group { .. } => $group_word,)*
                    $(Self::$rank(_) => $rank_word,)*
                    $(Self::$list(_) => $list_word,)*
                }
            }

            /// Direction in which the metric gets better.
            pub const fn better(self) -> Better {
                match self {
                    $(Self::$label { .. } => Better::$label_better,)*
                    $(Self::$group { .. } => Better::$group_better,)*
                    $(Self::$rank(_) => Better::$rank_better,)*
                    $(Self::$list(_) => Better::$list_better,)*
                }
            }
        }

        impl LabelMetric {
            /// Returns whether it measures predictions of this kind.
            pub const fn measures(self, prediction: Prediction) -> bool {
                match self {
                    $(Self::$label => matches!(prediction, $measured),)*
                    $(Self::$group(_) => matches!(prediction, $of_group),)*
                }
            }
        }

        /// Name in results, without that of a task.
        impl fmt::Display for Metric {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$label { .. } => f.write_str($label_word),)*
                    $(Self::$group { .. } => f.write_str($group_word),)*
                    $(Self::$rank($k) => write!(f, $rank_name),)*
                    $(Self::$list($length) => write!(f, $list_name),)*
                }
            }
        }
    };
}

metrics! {
    of_labels {
        /// Area under the ROC curve.
        Auc: "auc", of Prediction::Probability => Larger;
        /// Area under the curve of precision and recall: the mean precision at each positive (average precision).
        PrAuc: "pr_auc", of Prediction::Probability => Larger;
        /// Mean cross-entropy of the probabilities.
        LogLoss: "logloss", of Prediction::Probability | Prediction::Classes(_) => Smaller;
        /// Cross-entropy divided by that of the mean label as the probability of all rows.
        NormalizedEntropy: "normalized_entropy", of Prediction::Probability => Smaller;
        /// Sum of the probabilities divided by the sum of the labels.
        Calibration: "calibration", of Prediction::Probability => NearestOne;
        /// Mean difference of probability and label over ten bins of rows with ascending probability.
        CalibrationError: "calibration_error", of Prediction::Probability => Smaller;
        /// Share of rows whose predicted class is the label.
        Accuracy: "accuracy", of Prediction::Probability | Prediction::Classes(_) | Prediction::Levels(_) => Larger;
        /// Share of positives among the rows with a probability of at least 0.5.
        Precision: "precision", of Prediction::Probability => Larger;
        /// Share of the positives that have a probability of at least 0.5.
        Recall: "recall", of Prediction::Probability => Larger;
        /// Harmonic mean of precision and recall.
        F1: "f1", of Prediction::Probability => Larger;
        /// Root of the mean squared difference of prediction and label.
        Rmse: "rmse", of Prediction::Number | Prediction::Count | Prediction::Levels(_) => Smaller;
        /// Mean absolute difference of prediction and label.
        Mae: "mae", of Prediction::Number | Prediction::Count | Prediction::Levels(_) => Smaller;
    }
    of_groups {
        /// AUC within each group of a field, averaged with the group sizes as weights.
        Gauc by gauc: "gauc", of Prediction::Probability => Larger;
    }
    of_ranks {
        /// Share of queries with a relevant candidate in the top `k`.
        HitRate(k): "hit_rate", "hit_rate_{k}", Larger;
        /// Same as [`HitRate`](Self::HitRate), under the Keras name.
        TopK(k): "top_k_accuracy", "top_{k}_accuracy", Larger;
        /// Mean share of a query's relevant candidates that are in the top `k`.
        RecallAt(k): "recall", "recall_{k}", Larger;
        /// Mean share of the top `k` that is relevant.
        PrecisionAt(k): "precision", "precision_{k}", Larger;
        /// Mean normalized discounted cumulative gain of the top `k`.
        Ndcg(k): "ndcg", "ndcg_{k}", Larger;
        /// Mean reciprocal rank of the first relevant candidate; 0 if it is not in the top `k`.
        Mrr(k): "mrr", "mrr_{k}", Larger;
        /// Mean over queries of the precision at each relevant candidate in the top `k`, divided by the largest possible number of
        /// them.
        Map(k): "map", "map_{k}", Larger;
    }
    of_lists {
        /// Share of the candidates of the catalog that are in the top `k` of at least one query.
        Coverage(k): "coverage", "coverage_{k}", Larger;
        /// Mean number of training rows of the candidates in the top `k` of all queries.
        Popularity(k): "popularity", "popularity_{k}", Smaller;
        /// Mean self-information of the candidates in the top `k` of all queries: `-log2` of the share of training users who have
        /// the candidate.
        Novelty(k): "novelty", "novelty_{k}", Larger;
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
    /// A word, with the name of a task.
    Labelled(fn(usize) -> Metric),
    /// A word with the name of a task, or a call that names the field of groups.
    Grouped(fn(usize, usize) -> Metric),
    /// A call with cut-offs.
    Ranked(fn(usize) -> Metric),
}

/// Direction in which a metric gets better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Larger values are better.
    Larger,
    /// Smaller values are better.
    Smaller,
    /// Values nearer to 1 are better.
    NearestOne,
}

impl Metric {
    /// Returns whether `value` is better than `other`.
    pub fn is_better(self, value: f64, other: f64) -> bool {
        match self.better() {
            Better::Larger => value > other,
            Better::Smaller => value < other,
            Better::NearestOne => (value - 1.0).abs() < (other - 1.0).abs(),
        }
    }

    /// Returns the name in results of the metric of a task, which is empty if the objective names none.
    pub fn name_in(self, task: &str) -> String {
        if task.is_empty() { self.to_string() } else { format!("{task}_{self}") }
    }

    /// Returns whether it compares scores with labels. The others rank candidates.
    pub fn is_of_labels(self) -> bool {
        self.of_labels().is_some()
    }

    /// Returns whether weights can be chosen by it. Metrics of lists do not know what is relevant: lists that are drawn at random
    /// cover the most candidates.
    pub fn can_choose(self) -> bool {
        self.of_lists().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_named_and_compared() {
        let named = Metric::WORDS.map(|(word, form)| match form {
            MetricForm::Labelled(metric) => (word, metric(1).to_string()),
            MetricForm::Grouped(metric) => (word, metric(1, 7).to_string()),
            MetricForm::Ranked(metric) => (word, metric(7).to_string()),
        });
        for (word, name) in named {
            assert_eq!(name.replacen("_7", "", 1), word.replacen("_k", "", 1));
        }
        assert!(Metric::LogLoss(0).is_better(0.1, 0.2) && Metric::Auc(0).is_better(0.2, 0.1));
        assert!(!Metric::LogLoss(0).is_better(f64::NAN, 0.2) && !Metric::Auc(0).is_better(0.2, 0.2));
        assert!(Metric::Calibration(0).is_better(1.1, 0.8) && !Metric::Calibration(0).is_better(1.3, 0.8));
        assert_eq!(Metric::gauc(2, 3).of_labels(), Some((LabelMetric::Gauc(3), 2)));
        assert_eq!(Metric::Mrr(10).of_ranks(), Some((RankMetric::Mrr, 10)));
        assert_eq!(Metric::Novelty(10).of_lists(), Some((ListMetric::Novelty, 10)));
        assert_eq!((Metric::Mrr(10).cutoff(), Metric::Novelty(5).cutoff()), (Some(10), Some(5)));
        assert!(Metric::Popularity(5).is_better(1.0, 2.0) && Metric::Coverage(5).is_better(0.2, 0.1));
        assert!(Metric::Mrr(10).can_choose() && !Metric::Coverage(10).can_choose());
        assert!(
            LabelMetric::Rmse.measures(Prediction::Count)
                && !LabelMetric::Rmse.measures(Prediction::Probability)
        );
    }
}
