//! State of a run, as stored in `run.json`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use turret_schema::StopSpec;

use super::save_every::SaveEvery;
use super::weights::{Chosen, after, best};
use crate::data::{FileStamp, HeldOut};
use crate::evaluate::{Measured, Report};
use crate::kernels::Kernels;
use crate::negatives::Draws;

/// Position of training.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Completed epochs.
    pub epochs: usize,
    /// Completed steps of the current epoch; 0 at the end of an epoch.
    pub step: usize,
    /// Bits of the loss sum over these steps, so that it continues exactly.
    pub loss_bits: u64,
    /// Bits of the sums of the losses of tasks over these steps, if the objective names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub task_loss_bits: Vec<u64>,
    /// Draws of negatives in these steps, if seen items are excluded.
    #[serde(default, skip_serializing_if = "Draws::is_empty")]
    pub draws: Draws,
    /// Last epoch after which the model was evaluated; 0 if none.
    pub evaluated: usize,
}

/// Best value of a metric during training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// Epoch after which it was measured.
    pub epoch: usize,
    /// Value of the metric.
    pub value: f64,
    /// Rows that it was measured on.
    #[serde(default)]
    pub on: HeldOut,
}

/// Earlier training data of a run, since replaced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EarlierData {
    /// Stamps of the files. `None` for versions that did not record them.
    pub files: Option<Vec<FileStamp>>,
    /// Rows of the training split.
    pub rows: usize,
    /// Steps of the run when the data were replaced.
    pub steps: u64,
    /// Completed epochs when the data were replaced.
    pub epochs: usize,
}

/// Settings, data and position of a run.
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
    /// Random seed.
    pub seed: u64,
    /// Number of consecutive training rows that are shuffled together. `None` in runs of versions that shuffled
    /// all together.
    #[serde(default)]
    pub window: Option<usize>,
    /// Number of threads.
    pub threads: usize,
    /// Instruction set of the kernels, if recorded. A change of [`Kernels::is_fused`] may change the last
    /// bits.
    #[serde(default)]
    pub kernels: Option<Kernels>,
    /// Batch size.
    pub batch: usize,
    /// Learning rate, if the command line overrode the spec's.
    pub lr: Option<f32>,
    /// Requested epochs.
    pub epochs: usize,
    /// Requested steps, in place of epochs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_steps: Option<u64>,
    /// Number of epochs between evaluations, if requested.
    pub eval_every: Option<usize>,
    /// Interval between saves within an epoch, if requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub save_every: Option<SaveEvery>,
    /// Number of saves that are kept, if requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<usize>,
    /// Stamps of the data files. `None` for runs of versions that did not record them.
    #[serde(default)]
    pub files: Option<Vec<FileStamp>>,
    /// Earlier training data, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<EarlierData>,
    /// Rows of the training split.
    pub rows: usize,
    /// Rows of the catalog, if there is one.
    pub candidates: Option<usize>,
    /// Total number of steps.
    pub steps: u64,
    /// Position of training.
    pub position: Position,
    /// Best value of each metric, if the model was evaluated during training.
    pub best: BTreeMap<String, Best>,
    /// Best evaluation by the metric of early stopping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<Chosen>,
    /// Seconds spent in training steps, in all sessions.
    pub seconds: f64,
    /// Seconds spent in the steps of the current epoch. 0 in runs of versions that did not record them.
    #[serde(default)]
    pub epoch_seconds: f64,
}

impl RunInfo {
    /// Returns the stamp of tensor files after this number of steps. It prevents mixing files of different saves.
    pub(super) fn stamp(&self, steps: u64) -> String {
        format!("{} {steps}", self.fingerprint)
    }

    /// Returns the name of the folder of the tensors.
    pub(super) fn checkpoint(&self) -> String {
        after(self.steps)
    }

    /// Returns the name of the folder of the best weights, if they are those of the last step.
    pub(super) fn new_best(&self) -> Option<String> {
        self.chosen.as_ref().filter(|chosen| chosen.steps == self.steps).map(|chosen| best(chosen.steps))
    }

    /// Returns the epoch of the last step, from 1.
    pub(super) fn epoch(&self) -> usize {
        self.position.epochs + usize::from(self.position.step > 0)
    }

    /// Adds seconds spent in training steps.
    pub(crate) fn took(&mut self, seconds: f64) {
        self.seconds += seconds;
        self.epoch_seconds += seconds;
    }

    /// Returns whether the model should be evaluated before training continues.
    pub(crate) fn is_eval_due(&self) -> bool {
        let &Position { epochs, step, evaluated, .. } = &self.position;
        let every = self.eval_every.unwrap_or(0);
        step == 0 && epochs > 0 && evaluated != epochs && every > 0 && epochs.is_multiple_of(every)
    }

    /// Returns the epoch of the best evaluation, else the last one.
    pub(crate) fn epoch_of_weights(&self) -> usize {
        self.chosen.as_ref().map_or(self.position.epochs, |chosen| chosen.epoch)
    }

    /// Returns whether training ends: after its epochs or steps, or by early stopping.
    pub(crate) fn is_done(&self, stop: Option<StopSpec>) -> bool {
        match self.max_steps {
            _ if self.is_stopped(stop) => true,
            Some(steps) => self.steps >= steps,
            None => self.position.epochs >= self.epochs,
        }
    }

    /// Returns whether no better evaluation was found for long enough.
    pub(crate) fn is_stopped(&self, stop: Option<StopSpec>) -> bool {
        let patience = stop.map_or(usize::MAX, |stop| stop.evaluations);
        self.chosen.as_ref().is_some_and(|chosen| chosen.waited >= patience)
    }

    /// Compares an evaluation with the best one so far. Returns whether it is better.
    pub(crate) fn choose(&mut self, stop: StopSpec, report: &Report) -> bool {
        let found = report.metrics.iter().find(|found| found.metric == stop.metric);
        let found = found.filter(|found| !found.value.is_nan());
        match (found, &mut self.chosen) {
            (Some(found), chosen)
                if chosen.as_ref().is_none_or(|best| stop.metric.is_better(found.value, best.value)) =>
            {
                let (epoch, steps) = (self.position.epochs, self.steps);
                let Measured { name, value, .. } = found.clone();
                *chosen = Some(Chosen { metric: name, value, epoch, steps, waited: 0 });
                true
            }
            (_, Some(chosen)) => {
                chosen.waited += 1;
                false
            }
            (_, None) => false,
        }
    }

    /// Records an evaluation after the last epoch.
    pub(crate) fn evaluated(&mut self, report: &Report) {
        let epoch = self.position.epochs;
        self.position.evaluated = epoch;
        for &Measured { metric, ref name, value, .. } in &report.metrics {
            let found = Best { epoch, value, on: report.part };
            let best = self.best.entry(name.clone()).or_insert(found);
            if metric.is_better(value, best.value) {
                *best = found;
            }
        }
    }
}

#[cfg(test)]
impl RunInfo {
    /// A run after some steps.
    pub(super) fn example(steps: u64) -> Self {
        Self {
            name: "Clicks".to_owned(),
            fingerprint: "f00d".to_owned(),
            compiler: "0.1.0".to_owned(),
            data: "data".into(),
            seed: 1,
            window: None,
            threads: 2,
            batch: 32,
            lr: Some(0.1),
            epochs: 9,
            max_steps: None,
            eval_every: None,
            save_every: None,
            keep: None,
            kernels: None,
            files: None,
            earlier: Vec::new(),
            rows: 100,
            candidates: None,
            steps,
            position: Position::default(),
            best: BTreeMap::new(),
            chosen: None,
            seconds: 1.5,
            epoch_seconds: 0.5,
        }
    }
}
