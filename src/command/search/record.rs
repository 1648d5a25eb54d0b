//! `search.json`: what a search was asked, and what its trials gave.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use turret_runtime::printable::printable;
use turret_runtime::serde::{Deserialize, Serialize};

use super::rounds::Round;
use super::sampling::Strategy;
use crate::command::files::write_file;
use crate::command::output::Error;

/// Name of the record in the folder of a search.
const RECORD: &str = "search.json";

/// Contents of the record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "turret_runtime::serde")]
pub(super) struct Record {
    /// Settings of the search.
    #[serde(flatten)]
    pub(super) setup: Setup,
    /// Measurements in their order.
    pub(super) results: Vec<Measurement>,
    /// Number of the chosen trial, at the end.
    pub(super) chosen: Option<usize>,
    /// Metrics of the chosen trial on the test rows.
    pub(super) test: Option<Map<String, Value>>,
}

/// Settings of a search, which determine its trials.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "turret_runtime::serde")]
pub(super) struct Setup {
    /// File of the spec.
    pub(super) spec: PathBuf,
    /// Overrides of the command line.
    pub(super) set: Vec<String>,
    /// Folder of the data.
    pub(super) data: PathBuf,
    /// The strategy.
    pub(super) by: Strategy,
    /// Number of trials, if given.
    pub(super) trials: Option<usize>,
    /// Seed of the draws.
    pub(super) seed: u64,
    /// Metric by its name in results, or as written in a spec. None: the first of the spec.
    pub(super) metric: Option<String>,
    /// Number of epochs, if given.
    pub(super) epochs: Option<usize>,
    /// One trial of this number goes on to the next round of halving.
    pub(super) eta: usize,
    /// True if programs compute on a GPU.
    pub(super) cuda: bool,
}

/// A trial, trained and measured in a round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "turret_runtime::serde")]
pub(super) struct Measurement {
    /// Number of the trial, from 1.
    pub(super) trial: usize,
    /// Number of the round, from 1.
    pub(super) round: usize,
    /// Values of the searched settings.
    pub(super) settings: BTreeMap<String, String>,
    /// The result.
    #[serde(flatten)]
    pub(super) outcome: Outcome,
    /// Seconds from the start of the program to its end.
    pub(super) seconds: f64,
}

/// Result of a trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "turret_runtime::serde", untagged)]
pub(super) enum Outcome {
    /// It was measured on the validation rows.
    Measured(Measured),
    /// It has no result.
    Failed {
        /// The reason.
        error: String,
    },
}

/// Metric of a trial on the validation rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "turret_runtime::serde")]
pub(super) struct Measured {
    /// Value of the metric of the search.
    pub(super) value: f64,
    /// 95% interval, if there are enough rows.
    pub(super) interval: Option<(f64, f64)>,
    /// Epochs of training so far.
    pub(super) epochs: usize,
    /// All metrics.
    pub(super) validate: Map<String, Value>,
}

impl Measurement {
    /// The result, unless the trial failed.
    pub(super) fn measured(&self) -> Option<&Measured> {
        match &self.outcome {
            Outcome::Measured(measured) => Some(measured),
            Outcome::Failed { .. } => None,
        }
    }
}

impl Record {
    /// A record without results.
    pub(super) fn new(setup: Setup) -> Self {
        Record { setup, results: Vec::new(), chosen: None, test: None }
    }

    /// Returns whether a folder has a record.
    pub(super) fn is_in(folder: &Path) -> bool {
        folder.join(RECORD).exists()
    }

    /// Reads the record of a folder.
    pub(super) fn read(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(RECORD);
        let text = fs::read_to_string(&path).map_err(|error| Error::io("read", &path, &error))?;
        serde_json::from_str(&text).map_err(|error| {
            Error::Input(format!("`{}` is not the record of a search: {error}", printable(path.display())))
        })
    }

    /// Writes the record into a folder, atomically.
    pub(super) fn write(&self, folder: &Path) -> Result<(), Error> {
        let path = folder.join(RECORD);
        let text = serde_json::to_string_pretty(self).map_err(|error| {
            Error::Input(format!("`{}` cannot be written: {error}", printable(path.display())))
        })?;
        write_file(&path, format!("{text}\n").as_bytes())
    }

    /// Returns the measurement of a trial in a round.
    pub(super) fn found(&self, trial: usize, round: usize) -> Option<&Measurement> {
        self.results.iter().find(|result| (result.trial, result.round) == (trial, round))
    }

    /// Returns the measured trials of a round, the best first. `is_better` compares values of the metric. Of equal values the
    /// first trial is the best.
    pub(super) fn ranking(&self, round: usize, is_better: impl Fn(f64, f64) -> bool) -> Vec<&Measurement> {
        let of_round = self.results.iter().filter(|result| result.round == round);
        let mut measured: Vec<(&Measurement, f64)> =
            of_round.filter_map(|result| Some((result, result.measured()?.value))).collect();
        measured.sort_by(|(one, value), (other, than)| {
            let order = is_better(*than, *value).cmp(&is_better(*value, *than));
            order.then(one.trial.cmp(&other.trial))
        });
        measured.into_iter().map(|(result, _)| result).collect()
    }

    /// Returns the trials of a round: all in the first, and the best of the round before in later ones.
    pub(super) fn trials_of(
        &self,
        round: usize,
        Round { trials, .. }: Round,
        is_better: impl Fn(f64, f64) -> bool,
    ) -> Vec<usize> {
        if round == 1 {
            return (1..=trials).collect();
        }
        let mut best: Vec<usize> =
            self.ranking(round - 1, is_better).into_iter().take(trials).map(|result| result.trial).collect();
        best.sort_unstable();
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setup() -> Setup {
        Setup {
            spec: "m.dm".into(),
            set: vec!["train.batch=8".to_owned()],
            data: "data".into(),
            by: Strategy::Halving,
            trials: Some(4),
            seed: 1,
            metric: None,
            epochs: Some(4),
            eta: 2,
            cuda: false,
        }
    }

    fn measurement(trial: usize, round: usize, value: Option<f64>) -> Measurement {
        let outcome = match value {
            Some(value) => {
                let interval = Some((value - 0.1, value + 0.1));
                Outcome::Measured(Measured { value, interval, epochs: round, validate: Map::new() })
            }
            None => Outcome::Failed { error: "the loss is NaN".to_owned() },
        };
        let settings = BTreeMap::from([("width".to_owned(), trial.to_string())]);
        Measurement { trial, round, settings, outcome, seconds: 0.5 }
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let mut record = Record::new(setup());
        record.results = vec![measurement(1, 1, Some(1.0 / 3.0)), measurement(2, 1, None)];
        assert!(!Record::is_in(folder.path()));
        record.write(folder.path()).unwrap();
        assert!(Record::is_in(folder.path()));
        assert_eq!(Record::read(folder.path()).unwrap(), record);
    }

    #[test]
    fn the_best_go_on_in_the_direction_of_the_metric() {
        let mut record = Record::new(setup());
        let values = [Some(0.5), None, Some(0.7), Some(0.5), Some(0.1)];
        record.results =
            values.iter().enumerate().map(|(at, value)| measurement(at + 1, 1, *value)).collect();
        let round = |trials| Round { trials, epochs: None };
        assert_eq!(record.trials_of(1, round(5), |a, b| a > b), [1, 2, 3, 4, 5]);
        assert_eq!(record.trials_of(2, round(2), |a, b| a > b), [1, 3]);
        assert_eq!(record.trials_of(2, round(2), |a, b| a < b), [1, 5]);
        // A trial that failed does not go on, even if there is room.
        assert_eq!(record.trials_of(2, round(9), |a, b| a > b), [1, 3, 4, 5]);
        let best: Vec<usize> = record.ranking(1, |a, b| a > b).iter().map(|result| result.trial).collect();
        assert_eq!(best, [3, 1, 4, 5]);
    }
}
