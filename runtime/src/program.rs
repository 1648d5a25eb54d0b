//! The one interface between generated code and training, evaluation, export and prediction.

use crate::data::{Bags, Features, StoredFeatures, Vocabulary};
use crate::error::ModelError;
use crate::footprint::Footprint;
use crate::matrix::Matrix;
use crate::ops::{Device, Pass};
use crate::optim::TrainSpec;
use crate::state::{NamedTensor, StateError, StateReader};

pub use turret_schema::{
    Candidates, Description, Evaluation, LabelMetric, Metric, Protocol, Query, Similarity, SpecInfo,
    TowerInfo,
};

/// Probability of a score (logit).
pub fn probability(score: f32) -> f64 {
    1.0 / (1.0 + (-f64::from(score)).exp())
}

/// Batch that records of a program are encoded into.
pub type BatchOf<D, P> = <<P as Program<D>>::Features as Features>::Batch;

/// A model with its tables, weights and optimizer on a device.
pub trait Program<D: Device>: Sized + 'static {
    /// Columns that turn its records into numbers.
    type Features: StoredFeatures + Default;
    /// Description of the program.
    fn description() -> &'static Description;
    /// Memory of training, with tables of as many rows as the fitted vocabularies say, and a catalog of this many candidates.
    fn footprint(features: &Self::Features, candidates: usize) -> Footprint;
    /// The numbers of the candidates that `Sampler::Given` draws by.
    fn sampling_weights(_: &<Self::Features as Features>::Batch) -> &[f32] {
        &[]
    }
    /// Negatives that records list, as rows of [`Program::listed_vocabulary`].
    fn listed_negatives(_: &<Self::Features as Features>::Batch) -> Option<&Bags> {
        None
    }
    /// Vocabulary of the negatives that records list.
    fn listed_vocabulary(_: &Self::Features) -> Option<&Vocabulary> {
        None
    }
    /// Builds the model. Vocabularies determine the sizes of tables, the seed all first values. Pretrained vectors are read from
    /// `folder`.
    fn build(
        features: &Self::Features,
        folder: Option<&std::path::Path>,
        train: &TrainSpec,
        device: D,
        seed: u64,
    ) -> Result<Self, ModelError>;
    /// Takes a training step. Returns the loss of the batch.
    fn step(
        &mut self,
        batch: &<Self::Features as Features>::Batch,
        pass: &mut Pass<D>,
    ) -> Result<f32, D::Err>;
    /// Output of a tower: one row per record.
    fn tower(
        &self,
        tower: usize,
        batch: &<Self::Features as Features>::Batch,
        pass: &mut Pass<D>,
    ) -> Result<Matrix, D::Err>;
    /// Scores (logits) of the records. `Metric::Auc` ranks them, and their sigmoid is predicted. Empty for retrieval.
    fn score(
        &self,
        batch: &<Self::Features as Features>::Batch,
        pass: &mut Pass<D>,
    ) -> Result<Vec<f32>, D::Err>;
    /// Scores of all pairs of `queries` and `candidates`, a row per query: the higher, the better.
    fn pair_scores(
        &self,
        _queries: &<Self::Features as Features>::Batch,
        _candidates: &<Self::Features as Features>::Batch,
        _pass: &mut Pass<D>,
    ) -> Result<Matrix, D::Err> {
        Ok(Matrix::default())
    }
    /// Labels of the records; empty if the objective has none.
    fn labels<'b>(&self, batch: &'b <Self::Features as Features>::Batch) -> &'b [f32];
    /// Tables and dense weights by stable names, for `weights.safetensors`.
    fn weights(&self) -> Vec<NamedTensor<'_>>;
    /// Reads what `weights` names.
    fn load_weights(&mut self, reader: &mut StateReader<'_>) -> Result<(), StateError>;
    /// State of the optimizer by stable names, for `optimizer.safetensors`.
    fn optimizer_state(&self) -> Vec<NamedTensor<'_>>;
    /// Reads what `optimizer_state` names.
    fn load_optimizer_state(&mut self, reader: &mut StateReader<'_>) -> Result<(), StateError>;
}
