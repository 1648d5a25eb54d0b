//! Weights of a run: those of the best evaluation, of the last save, or of an earlier one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{CHECKPOINT, RunInfo};

/// Weights of the best evaluation, by the metric of early stopping.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chosen {
    /// Name of the metric.
    pub metric: String,
    /// Value of the metric on the validation rows.
    pub value: f64,
    /// Epoch after which it was measured.
    pub epoch: usize,
    /// Steps of the run at that time.
    pub steps: u64,
    /// Number of evaluations since then.
    pub waited: usize,
}

/// Selection of the weights of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weights {
    /// Weights of the best evaluation, if the run has them, else the last.
    #[default]
    Best,
    /// Weights of the last save.
    Last,
    /// Weights of a save that is kept, after this number of steps.
    After(u64),
}

impl Weights {
    /// Returns the folder of these weights of a run, and their steps.
    pub(super) fn of(self, info: &RunInfo) -> (String, u64) {
        match (self, &info.chosen) {
            (Self::Best, Some(chosen)) => (best(chosen.steps), chosen.steps),
            (Self::Best, None) | (Self::Last, _) => (after(info.steps), info.steps),
            (Self::After(steps), _) => (after(steps), steps),
        }
    }
}

/// Folder of the save after this number of steps.
pub(super) fn after(steps: u64) -> String {
    format!("{CHECKPOINT}{steps}")
}

/// Folder of the weights of the best evaluation.
pub(super) fn best(steps: u64) -> String {
    format!("{CHECKPOINT}best-{steps}")
}

/// Returns the steps of a folder of a save.
pub(super) fn steps_of(folder: &str) -> Option<u64> {
    folder.strip_prefix(CHECKPOINT)?.parse().ok()
}

/// Returns whether a name is that of a folder of tensors.
pub(super) fn is_checkpoint(name: &str) -> bool {
    let steps = name.strip_prefix(CHECKPOINT).map(|name| name.strip_prefix("best-").unwrap_or(name));
    steps.is_some_and(|steps| steps.parse::<u64>().is_ok())
}

impl FromStr for Weights {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "best" => Ok(Self::Best),
            "last" => Ok(Self::Last),
            steps => match steps.parse() {
                Ok(steps) => Ok(Self::After(steps)),
                Err(_) => {
                    Err("write `best`, `last`, or the number of steps of a save that is kept".to_owned())
                }
            },
        }
    }
}

impl fmt::Display for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Best => f.write_str("best"),
            Self::Last => f.write_str("last"),
            Self::After(steps) => write!(f, "{steps}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_told_from_others() {
        assert_eq!(steps_of(&after(12)), Some(12));
        assert_eq!(steps_of(&best(12)), None);
        assert!([after(0), best(7)].iter().all(|name| is_checkpoint(name)));
        assert!(
            ["checkpoint-", "checkpoint-best", "checkpoint-best-x", "best-3"]
                .iter()
                .all(|name| !is_checkpoint(name))
        );
        for weights in [Weights::Best, Weights::Last, Weights::After(9)] {
            assert_eq!(weights.to_string().parse(), Ok(weights));
        }
        assert!("better".parse::<Weights>().is_err());
    }
}
