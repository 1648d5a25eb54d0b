//! What `run.json` says of a run.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// How far training came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Epochs done.
    pub epochs: usize,
    /// Steps done of the epoch that was cut short; 0 at the end of one.
    pub step: usize,
    /// Sum over the steps of that epoch of loss times rows, as bits, so that it goes on exactly.
    pub loss_bits: u64,
}

/// What a run was made of and how far it came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// Name of the model.
    pub name: String,
    /// Fingerprint of its spec.
    pub fingerprint: String,
    /// Version of the compiler.
    pub compiler: String,
    /// Where the data were.
    pub data: PathBuf,
    /// Seed of everything random.
    pub seed: u64,
    /// Threads that computed; other counts may give other last bits.
    pub threads: usize,
    /// Rows a step.
    pub batch: usize,
    /// Learning rate, where the command line overrode the spec's.
    pub lr: Option<f32>,
    /// Epochs asked for.
    pub epochs: usize,
    /// Rows of the training split.
    pub rows: usize,
    /// Steps done in all.
    pub steps: u64,
    /// How far training came.
    pub position: Position,
    /// Seconds spent in training steps, over all sittings.
    pub seconds: f64,
}

impl RunInfo {
    /// What the files of tensors carry, so that files of different saves are not mixed.
    pub(super) fn stamp(&self) -> String {
        format!("{} {}", self.fingerprint, self.steps)
    }
}
