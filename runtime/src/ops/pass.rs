//! Context of passes over batches: device, mode, random numbers, and recorded statistics.

use std::ops::{Deref, DerefMut};

use turret_schema::Clip;

use super::loss::QUEUED;
use super::memory::keep_freed;
use super::{Device, DistinctRows, StepMemory};
use crate::negatives::{CandidateQueue, StepCandidates};
use crate::rng::Stream;

/// Mean and variance of a batch, computed by a batch norm in training.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchStatistics {
    /// Name of the layer.
    pub layer: &'static str,
    /// Mean of each column.
    pub mean: Vec<f32>,
    /// Biased variance of each column.
    pub variance: Vec<f32>,
}

impl BatchStatistics {
    /// Statistics of a layer, from the means followed by the variances.
    pub(crate) fn new(layer: &'static str, moments: &[f32]) -> Self {
        let (mean, variance) = moments.split_at(moments.len() / 2);
        Self { layer, mean: mean.to_vec(), variance: variance.to_vec() }
    }
}

/// Settings of the update that follows the gradients of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepUpdate {
    /// Factor of all learning rates.
    pub rate_factor: f64,
    /// Limit of the gradients.
    pub clip: Option<Clip>,
}

impl Default for StepUpdate {
    fn default() -> Self {
        Self { rate_factor: 1.0, clip: None }
    }
}

/// State of one or several passes over batches, without the device.
#[derive(Debug, Default)]
pub struct PassState {
    /// Seed of the run.
    pub seed: u64,
    /// Number of the training step; 0 in inference.
    pub step: u64,
    /// Update of the step.
    pub update: StepUpdate,
    training: bool,
    gradients: bool,
    candidates: StepCandidates,
    statistics: Vec<BatchStatistics>,
    distinct_rows: Vec<DistinctRows>,
    step_memory: StepMemory,
    /// Candidates of earlier batches, in a training step whose objective queues them.
    pub queue: Option<CandidateQueue>,
    /// Loss of each task of the last step, if the objective names them.
    pub task_losses: Vec<f32>,
    /// Weight of each task in the last step, if the weights are learned.
    pub task_weights: Vec<f32>,
}

impl PassState {
    /// State of a training step.
    pub fn training(seed: u64, step: u64) -> Self {
        keep_freed();
        Self { seed, step, training: true, gradients: true, ..Self::default() }
    }

    /// State for inference: no dropout, running statistics.
    pub fn inference() -> Self {
        keep_freed();
        Self::default()
    }

    /// Returns whether table rows get gradients.
    pub(crate) fn has_gradients(&self) -> bool {
        self.gradients
    }

    /// Begins a step with the given candidates.
    pub fn begin_step(&mut self, step: u64, candidates: StepCandidates) {
        self.step = step;
        self.candidates = candidates;
    }

    /// Returns the positives and negatives of the step, if the objective needs negatives.
    pub fn candidates(&self) -> &StepCandidates {
        &self.candidates
    }

    /// Returns whether dropout is active and batch norm uses batch statistics.
    pub fn is_training(&self) -> bool {
        self.training
    }

    /// Returns the random numbers of a layer in this pass.
    pub fn stream(&self, purpose: &str) -> Stream {
        Stream::new(self.seed, purpose).part(self.step)
    }

    /// Returns buffers for numbering the rows of a batch, one for each table.
    pub(crate) fn distinct_rows(&mut self, tables: usize) -> &mut [DistinctRows] {
        self.distinct_rows.resize_with(tables.max(self.distinct_rows.len()), DistinctRows::default);
        &mut self.distinct_rows[..tables]
    }

    /// Calls `run` with the memory of planned steps, then records the statistics that the step found.
    pub(crate) fn with_step_memory<R>(&mut self, run: impl FnOnce(&mut StepMemory) -> R) -> R {
        let result = run(&mut self.step_memory);
        let found = self.step_memory.take_observed();
        for (name, values) in found {
            match &mut self.queue {
                Some(queue) if name == QUEUED => queue.batch.vectors = values,
                _ => self.statistics.push(BatchStatistics::new(name, &values)),
            }
        }
        if !self.step_memory.task_losses().is_empty() {
            self.task_losses.clear();
            self.task_losses.extend_from_slice(self.step_memory.task_losses());
            self.task_weights.clear();
            self.task_weights.extend_from_slice(self.step_memory.task_weights());
        }
        result
    }

    /// Records the statistics of a batch, for the running statistics of the layer.
    pub(crate) fn record(&mut self, statistics: BatchStatistics) {
        self.statistics.push(statistics);
    }

    /// Removes and returns the first recorded statistics of a layer.
    pub(crate) fn take_statistics(&mut self, layer: &str) -> Option<BatchStatistics> {
        let first = self.statistics.iter().position(|one| one.layer == layer)?;
        Some(self.statistics.remove(first))
    }
}

/// Context of one or several passes over batches, on a device.
#[derive(Debug)]
pub struct Pass<D: Device> {
    /// Device of the tensors.
    pub device: D,
    state: PassState,
}

impl<D: Device> Pass<D> {
    /// Context of a training step.
    pub fn training(device: &D, seed: u64, step: u64) -> Self {
        Self { device: device.clone(), state: PassState::training(seed, step) }
    }

    /// Context for inference: no dropout, running statistics.
    pub fn inference(device: &D) -> Self {
        Self { device: device.clone(), state: PassState::inference() }
    }

    /// Calls `run` with a context that has this state.
    pub(crate) fn resumed<R>(device: &D, state: &mut PassState, run: impl FnOnce(&mut Self) -> R) -> R {
        let mut pass = Self { device: device.clone(), state: std::mem::take(state) };
        let result = run(&mut pass);
        *state = pass.state;
        result
    }

    /// Enables gradients of table rows in inference.
    #[must_use]
    pub fn with_gradients(mut self) -> Self {
        self.state.gradients = true;
        self
    }
}

impl<D: Device> Deref for Pass<D> {
    type Target = PassState;

    fn deref(&self) -> &PassState {
        &self.state
    }
}

impl<D: Device> DerefMut for Pass<D> {
    fn deref_mut(&mut self) -> &mut PassState {
        &mut self.state
    }
}
