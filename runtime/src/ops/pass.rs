//! State of passes over batches: the device, the mode, the source of random numbers, and what layers note down.

use super::memory::keep_freed;
use super::{Device, DistinctRows};
use crate::negatives::StepCandidates;
use crate::rng::Stream;

/// Mean and variance of a batch, found by a batch norm while training.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchStatistics {
    /// Name of the layer.
    pub layer: &'static str,
    /// Mean of each column.
    pub mean: Vec<f32>,
    /// Biased variance of each column.
    pub variance: Vec<f32>,
}

/// State of a pass over a batch, or of several in turn.
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
    /// A step of training.
    pub fn training(device: &D, seed: u64, step: u64) -> Self {
        Self::new(device, seed, step, true)
    }

    /// A pass that changes nothing: no dropout, running statistics.
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

    /// The same, with gradients for the rows of tables, as when all but batch norm's running statistics is trained.
    pub fn with_gradients(self) -> Self {
        Self { gradients: true, ..self }
    }

    /// Returns whether the rows of tables get gradients.
    pub(crate) fn has_gradients(&self) -> bool {
        self.gradients
    }

    /// Begins a step, whose batch also holds these candidates.
    pub fn begin_step(&mut self, step: u64, candidates: StepCandidates) {
        self.step = step;
        self.candidates = candidates;
    }

    /// Positives and negatives of the step, if the objective needs negatives.
    pub fn candidates(&self) -> &StepCandidates {
        &self.candidates
    }

    /// Returns whether dropout drops and batch norm uses the batch.
    pub fn is_training(&self) -> bool {
        self.training
    }

    /// The random numbers of a layer in this pass.
    pub fn stream(&self, purpose: &str) -> Stream {
        Stream::new(self.seed, purpose).part(self.step)
    }

    /// Memory for numbering the rows that a batch looks up.
    pub(crate) fn distinct_rows(&mut self) -> &mut DistinctRows {
        &mut self.distinct_rows
    }

    /// Notes down the statistics of a batch, for the running ones of the layer.
    pub(crate) fn record(&mut self, statistics: BatchStatistics) {
        self.statistics.push(statistics);
    }

    /// Returns the first statistics that a layer noted down, and forgets them.
    pub(crate) fn take_statistics(&mut self, layer: &str) -> Option<BatchStatistics> {
        let first = self.statistics.iter().position(|one| one.layer == layer)?;
        Some(self.statistics.remove(first))
    }
}
