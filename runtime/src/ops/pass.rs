//! State of one pass over a batch: the device, the mode, and the source of its random numbers.

use std::sync::{Mutex, PoisonError};

use super::Device;
use super::memory::keep_freed;
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

/// One pass over a batch.
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
    statistics: Mutex<Vec<BatchStatistics>>,
}

impl<D: Device> Pass<D> {
    /// A step of training.
    pub fn training(device: &D, seed: u64, step: u64) -> Self {
        keep_freed();
        Self {
            device: device.clone(),
            seed,
            step,
            training: true,
            gradients: true,
            candidates: StepCandidates::default(),
            statistics: Mutex::default(),
        }
    }

    /// A pass that changes nothing: no dropout, running statistics.
    pub fn inference(device: &D) -> Self {
        keep_freed();
        Self {
            device: device.clone(),
            seed: 0,
            step: 0,
            training: false,
            gradients: false,
            candidates: StepCandidates::default(),
            statistics: Mutex::default(),
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

    /// A step whose batch also holds negatives.
    #[must_use]
    pub fn with_candidates(self, candidates: StepCandidates) -> Self {
        Self { candidates, ..self }
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

    /// Keeps the statistics of a batch for `BatchNorm::update_running_statistics`.
    pub(crate) fn record(&self, statistics: BatchStatistics) {
        self.statistics.lock().unwrap_or_else(PoisonError::into_inner).push(statistics);
    }

    /// Takes what the layer recorded, in order.
    pub(crate) fn take(&self, layer: &str) -> Vec<BatchStatistics> {
        let mut all = self.statistics.lock().unwrap_or_else(PoisonError::into_inner);
        let (taken, kept) = std::mem::take(&mut *all).into_iter().partition(|one| one.layer == layer);
        *all = kept;
        taken
    }
}
