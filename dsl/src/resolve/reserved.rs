//! Words that mean something as values: a constant of such a name would take the place of the word wherever it stands.

use super::{KINDS, LOSSES, METRICS, OPTIMIZERS};
use crate::layers::LAYERS;

/// Words of settings and policies.
const POLICIES: [&str; 45] = [
    "all",
    "back",
    "before",
    "after",
    "bucket",
    "by_time",
    "csv",
    "drop",
    "empty",
    "equal_width",
    "error",
    "exclude",
    "false",
    "first",
    "front",
    "frequency",
    "given",
    "glorot",
    "include",
    "inf",
    "latin1",
    "learned",
    "leave_last_out",
    "linear",
    "log1p",
    "log_uniform",
    "min_max",
    "normal",
    "none",
    "oov",
    "quantiles",
    "random",
    "raw",
    "sampled",
    "skip",
    "sliding",
    "standardize",
    "stop",
    "substitute",
    "true",
    "tsv",
    "uniform",
    "utf8",
    "zero",
    "zeros",
];

/// Returns the meaning of a word of the language, if it is one that stands as a value.
pub fn meaning(word: &str) -> Option<&'static str> {
    Some(match word {
        _ if KINDS.contains(&word) => "a kind of column",
        _ if LAYERS.iter().any(|layer| layer.name() == word) => "a layer",
        _ if LOSSES.contains(&word) => "an objective",
        _ if METRICS.contains(&word) => "a metric",
        _ if OPTIMIZERS.contains(&word) => "an optimizer",
        _ if POLICIES.contains(&word) => "a word of the language",
        _ => return None,
    })
}
