//! Facts of a run that `run.json` holds.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::data::FileStamp;
use crate::evaluate::{Measured, Report};
use crate::kernels::Kernels;

/// Position of training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Epochs done.
    pub epochs: usize,
    /// Steps done of the epoch that was cut short; 0 at the end of one.
    pub step: usize,
    /// Sum over the steps of that epoch of the loss, as bits, so that it goes on exactly.
    pub loss_bits: u64,
    /// The last epoch after which the model was evaluated; 0 where none was.
    pub evaluated: usize,
}

/// The best value of a metric during training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// The epoch after which it was found.
    pub epoch: usize,
    /// The metric's value then.
    pub value: f64,
}

/// Data that trained a run before others took their place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EarlierData {
    /// Files as they were read; none where a version trained that did not store them.
    pub files: Option<Vec<FileStamp>>,
    /// Rows of the training split.
    pub rows: usize,
    /// Steps of the run when the data changed.
    pub steps: u64,
    /// Epochs of the run that were done then.
    pub epochs: usize,
}

/// Settings and data of a run, and its position.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// Name of the model.
    pub name: String,
    /// Fingerprint of its spec.
    pub fingerprint: String,
    /// Version of the compiler.
    pub compiler: String,
    /// Folder of the data.
    pub data: PathBuf,
    /// Seed of everything random.
    pub seed: u64,
    /// Threads that computed; other counts may give other last bits.
    pub threads: usize,
    /// Instruction set of the kernels, where it was noted; a change of [`Kernels::is_fused`] may give other last bits.
    #[serde(default)]
    pub kernels: Option<Kernels>,
    /// Rows a step.
    pub batch: usize,
    /// Learning rate, where the command line overrode the spec's.
    pub lr: Option<f32>,
    /// Epochs asked for.
    pub epochs: usize,
    /// Epochs between evaluations, where they were asked for.
    pub eval_every: Option<usize>,
    /// Files of the data as they were read; none in a run of a version that did not store them.
    #[serde(default)]
    pub files: Option<Vec<FileStamp>>,
    /// Data of the steps before, the first ones first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<EarlierData>,
    /// Rows of the training split.
    pub rows: usize,
    /// Rows of the catalog, where there is one.
    pub candidates: Option<usize>,
    /// Steps done in all.
    pub steps: u64,
    /// Position of training.
    pub position: Position,
    /// The best of each metric, where the model was evaluated during training.
    pub best: BTreeMap<String, Best>,
    /// Seconds spent in training steps, over all sessions.
    pub seconds: f64,
}

impl RunInfo {
    /// Stamp of the files of tensors, so that files of different saves are not mixed.
    pub(super) fn stamp(&self) -> String {
        format!("{} {}", self.fingerprint, self.steps)
    }

    /// The folder of the tensors, within that of the run.
    pub(super) fn checkpoint(&self) -> String {
        format!("{}{}", super::CHECKPOINT, self.steps)
    }

    /// Number of the epoch that the last step was of, from 1 on.
    pub(super) fn epoch(&self) -> usize {
        self.position.epochs + usize::from(self.position.step > 0)
    }

    /// Returns whether the model is to be evaluated before training goes on.
    pub(crate) fn is_eval_due(&self) -> bool {
        let Position { epochs, step, evaluated, .. } = self.position;
        let every = self.eval_every.unwrap_or(0);
        step == 0 && epochs > 0 && evaluated != epochs && every > 0 && epochs.is_multiple_of(every)
    }

    /// Takes note of an evaluation after the last epoch.
    pub(crate) fn evaluated(&mut self, report: &Report) {
        let epoch = self.position.epochs;
        self.position.evaluated = epoch;
        for &Measured { metric, value, .. } in &report.metrics {
            let best = self.best.entry(metric.to_string()).or_insert(Best { epoch, value });
            if metric.is_better(value, best.value) {
                *best = Best { epoch, value };
            }
        }
    }
}

#[cfg(test)]
impl RunInfo {
    /// A run of some steps.
    pub(super) fn example(steps: u64) -> Self {
        Self {
            name: "Clicks".to_owned(),
            fingerprint: "f00d".to_owned(),
            compiler: "0.1.0".to_owned(),
            data: "data".into(),
            seed: 1,
            threads: 2,
            batch: 32,
            lr: Some(0.1),
            epochs: 9,
            eval_every: None,
            kernels: None,
            files: None,
            earlier: Vec::new(),
            rows: 100,
            candidates: None,
            steps,
            position: Position::default(),
            best: BTreeMap::new(),
            seconds: 1.5,
        }
    }
}
