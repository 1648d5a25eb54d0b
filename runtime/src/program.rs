//! Interface between generated code and training, evaluation, export and prediction.

use crate::data::types::Inverse;
use crate::data::{Bags, Features, Vocabulary};
use crate::error::ModelError;
use crate::footprint::Footprint;
use crate::matrix::Matrix;
use crate::ops::{Device, Pass};
use crate::optim::TrainSpec;
use crate::state::{NamedTensor, StateError, StateReader};

pub use turret_schema::{
    Better, Candidates, Description, Evaluation, LabelMetric, ListMetric, Metric, Prediction, Protocol,
    Query, Similarity, SpecInfo, TaskInfo, TowerInfo, Trial,
};

/// Returns the probability for a score (logit).
pub fn probability(score: f32) -> f64 {
    1.0 / (1.0 + (-f64::from(score)).exp())
}

/// Index of the most probable class: that of the largest score, the first of equal ones.
pub(crate) fn most_probable(scores: &[f32]) -> usize {
    (1..scores.len()).fold(0, |best, at| if scores[at] > scores[best] { at } else { best })
}

/// Level of several logits: the number of levels that it is above with a probability of at least 0.5.
pub(crate) fn level(scores: &[f32]) -> usize {
    scores.iter().filter(|score| **score >= 0.0).count()
}

/// Number that a score predicts: the expected count, or the number whose transform it is.
pub(crate) fn number(prediction: Prediction, score: f32, inverse: Inverse) -> f64 {
    match prediction {
        Prediction::Count => f64::from(score).exp(),
        Prediction::Probability | Prediction::Number | Prediction::Classes(_) | Prediction::Levels(_) => {
            inverse.of(score)
        }
    }
}

/// Batch type of a program.
pub type BatchOf<D, P> = <<P as Program<D>>::Features as Features>::Batch;

/// A model with its tables, weights and optimizer on a device.
pub trait Program<D: Device>: Sized + 'static {
    /// Fitted columns of the records.
    type Features: Features + Default;
    /// Description of the program.
    fn description() -> &'static Description;
    /// Returns the memory of training as described, for the fitted vocabularies and a catalog of this many
    /// candidates.
    fn footprint(description: &Description, features: &Self::Features, candidates: usize) -> Footprint;
    /// Weights of the candidates for `Sampler::Given`.
    fn sampling_weights(_: &<Self::Features as Features>::Batch) -> &[f32] {
        &[]
    }
    /// Negatives listed by records, as rows of [`Program::listed_vocabulary`].
    fn listed_negatives(_: &<Self::Features as Features>::Batch) -> Option<&Bags> {
        None
    }
    /// Vocabulary of the negatives listed by records.
    fn listed_vocabulary(_: &Self::Features) -> Option<&Vocabulary> {
        None
    }
    /// Builds the model. Vocabularies determine the sizes of tables, and the seed determines initial values.
    /// `folder` has the pretrained vectors.
    fn build(
        features: &Self::Features,
        folder: Option<&std::path::Path>,
        train: &TrainSpec,
        device: D,
        seed: u64,
    ) -> Result<Self, ModelError>;
    /// Takes a training step and returns the loss of the batch.
    fn step(
        &mut self,
        batch: &<Self::Features as Features>::Batch,
        pass: &mut Pass<D>,
    ) -> Result<f32, D::Err>;
    /// Returns the loss of a batch.
    fn loss(&self, batch: &<Self::Features as Features>::Batch, pass: &mut Pass<D>) -> Result<f32, D::Err>;
    /// Output of a tower: one row per record.
    fn tower(
        &self,
        tower: usize,
        batch: &<Self::Features as Features>::Batch,
        pass: &mut Pass<D>,
    ) -> Result<Matrix, D::Err>;
    /// Scores of the records, those of all tasks with labels: one row per record. Empty without such tasks.
    fn scores(
        &self,
        batch: &<Self::Features as Features>::Batch,
        pass: &mut Pass<D>,
    ) -> Result<Matrix, D::Err>;
    /// Scores of all pairs of `queries` and `candidates`, one row per query. Higher is better.
    fn pair_scores(
        &self,
        _queries: &<Self::Features as Features>::Batch,
        _candidates: &<Self::Features as Features>::Batch,
        _pass: &mut Pass<D>,
    ) -> Result<Matrix, D::Err> {
        Ok(Matrix::default())
    }
    /// Labels of the records for a task; empty if no task has labels.
    fn labels<'b>(&self, task: usize, batch: &'b <Self::Features as Features>::Batch) -> &'b [f32];
    /// Labels above 0.5 for the records that count for a task; empty if all count.
    fn counted<'b>(&self, _task: usize, _: &'b <Self::Features as Features>::Batch) -> &'b [f32] {
        &[]
    }
    /// Inverse of the transform of the labels of a task.
    fn inverse(&self, _task: usize) -> Inverse {
        Inverse::default()
    }
    /// Tables and dense weights by stable names, for `weights.safetensors`.
    fn weights(&self) -> Vec<NamedTensor<'_>>;
    /// Loads the tensors of `weights`.
    fn load_weights(&mut self, reader: &mut StateReader<'_>) -> Result<(), StateError>;
    /// State of the optimizer by stable names, for `optimizer.safetensors`.
    fn optimizer_state(&self) -> Vec<NamedTensor<'_>>;
    /// Loads the tensors of `optimizer_state`.
    fn load_optimizer_state(&mut self, reader: &mut StateReader<'_>) -> Result<(), StateError>;
}
