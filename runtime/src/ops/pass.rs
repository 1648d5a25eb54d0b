//! Context of passes over batches: device, mode, random numbers, and recorded statistics.

use super::memory::keep_freed;
use super::{Device, DistinctRows};
use crate::negatives::StepCandidates;
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

/// Context of a pass over a batch, or of several passes in sequence.
#[derive(Debug)]
pub struct Pass<D: Device> {
    /// Device of the tensors.
    pub device: D,
    /// Seed of the run.
    pub seed: u64,
    /// Number of the training step, 0 for inference.
    pub step: u64,
    training: bool,
    gradients: bool,
    candidates: StepCandidates,
    statistics: Vec<BatchStatistics>,
    distinct_rows: DistinctRows,
}

impl<D: Device> Pass<D> {
    /// A training step.
    pub fn training(device: &D, seed: u64, step: u64) -> Self {
        Self::new(device, seed, step, true)
    }

    /// Inference: no dropout, running statistics.
    pub fn inference(device: &D) -> Self {
        Self::new(device, 0, 0, false)
    }

    fn new(device: &D, seed: u64, step: u64, training: bool) -> Self {
        keep_freed();
        Self {
            device: device.clone(),
            seed,
            step,
            training,
            gradients: training,
            candidates: StepCandidates::default(),
            statistics: Vec::new(),
            distinct_rows: DistinctRows::default(),
        }
    }

    /// Enables gradients of table rows in a pass that otherwise is inference.
    pub fn with_gradients(self) -> Self {
        Self { gradients: true, ..self }
    }

    /// Returns whether table rows get gradients.
    pub(crate) fn has_gradients(&self) -> bool {
        self.gradients
    }

    /// Begins a step with these candidates.
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

    /// Returns the buffers for numbering the rows of a batch.
    pub(crate) fn distinct_rows(&mut self) -> &mut DistinctRows {
        &mut self.distinct_rows
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
