//! The one interface between generated code and training, evaluation, export and prediction.

use crate::data::{Bags, DataSpec, Features, FileSpec, Vocabulary};
use crate::error::BuildError;
use crate::footprint::Footprint;
use crate::matrix::Matrix;
use crate::negatives::NegativesSpec;
use crate::ops::{Device, Pass};
use crate::optim::TrainSpec;
use crate::state::{NamedTensor, StateError, StateReader};

pub use turret_schema::{Candidates, Evaluation, Metric, Protocol, Query, Similarity};

/// Probability of a score (logit).
pub fn probability(score: f32) -> f64 {
    1.0 / (1.0 + (-f64::from(score)).exp())
}

/// Description of a compiled spec.
#[derive(Clone, Copy, Debug)]
pub struct SpecInfo {
    /// Name of the model.
    pub name: &'static str,
    /// Doc comment of the model; may be empty.
    pub about: &'static str,
    /// Columns named otherwise than the field they read: column and field.
    pub renamed: &'static [(&'static str, &'static str)],
    /// The text that was compiled, overrides included.
    pub text: &'static str,
    /// Hash of the meaning of the text. Runs store it, and loading compares it.
    pub fingerprint: &'static str,
    /// Version of the compiler.
    pub compiler: &'static str,
}

/// Description of a tower.
#[derive(Clone, Copy, Debug)]
pub struct TowerInfo {
    /// Name in the spec.
    pub name: &'static str,
    /// Width of a row of its output, all its vectors side by side; 1 for a score.
    pub width: usize,
    /// Number of vectors of a row: 1, or the number of interests. Absent ones are zeros.
    pub vectors: usize,
    /// Index of its columns in `Features::INPUTS`.
    pub input: usize,
    /// True for a tower of the spec's `export` block.
    pub exported: bool,
}

impl TowerInfo {
    /// A tower that gives one vector, or a score, of this width.
    pub const fn new(name: &'static str, width: usize, input: usize) -> Self {
        Self { name, width, vectors: 1, input, exported: false }
    }

    /// Tower of several vectors. Its width is that of all of them.
    #[must_use]
    pub const fn interests(self, vectors: usize) -> Self {
        Self { vectors, ..self }
    }

    /// Tower that the spec's `export` block names.
    #[must_use]
    pub const fn exported(self) -> Self {
        Self { exported: true, ..self }
    }
}

/// A model with its tables, weights and optimizer on a device.
pub trait Program<D: Device>: Sized + 'static {
    /// Columns that turn its records into numbers.
    type Features: Features;
    /// The spec.
    const SPEC: SpecInfo;
    /// Towers.
    const TOWERS: &'static [TowerInfo];
    /// Kind of evaluation.
    const EVALUATION: Evaluation;
    /// Metrics of evaluation.
    const METRICS: &'static [Metric];
    /// Protocol of ranking candidates.
    const PROTOCOL: Protocol = Protocol::FULL;
    /// Files of data besides the sources.
    fn files() -> Vec<FileSpec> {
        Vec::new()
    }
    /// Layer or loss that learns from the other records of a batch, which then needs at least two; none if records are
    /// independent.
    const COMPANY: Option<&'static str> = None;

    /// Sources, joins, split and catalog.
    fn data() -> DataSpec;
    /// Optimizer, batch size and epochs.
    fn training() -> TrainSpec;
    /// Memory of training, with tables of as many rows as the fitted vocabularies say, and a catalog of this many candidates.
    fn footprint(features: &Self::Features, candidates: usize) -> Footprint;
    /// Negatives of a step; none if the objective needs none.
    fn negatives() -> Option<NegativesSpec> {
        None
    }
    /// Weights of candidates for `Sampler::Given`.
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
    ) -> Result<Self, BuildError>;
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
