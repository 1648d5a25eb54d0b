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

/// Probability that a score (logit) stands for.
pub fn probability(score: f32) -> f64 {
    1.0 / (1.0 + (-f64::from(score)).exp())
}

/// A spec as it was compiled.
#[derive(Clone, Copy, Debug)]
pub struct SpecInfo {
    /// Name of the model.
    pub name: &'static str,
    /// The doc comment of the model; may be empty.
    pub about: &'static str,
    /// Columns named otherwise than the field they read: column and field.
    pub renamed: &'static [(&'static str, &'static str)],
    /// The text that was compiled, overrides included.
    pub text: &'static str,
    /// Changes whenever the text's meaning does; stored in the run folder and checked on loading.
    pub fingerprint: &'static str,
    /// Version of the compiler.
    pub compiler: &'static str,
}

/// A tower, by what leaves it.
#[derive(Clone, Copy, Debug)]
pub struct TowerInfo {
    /// Name in the spec.
    pub name: &'static str,
    /// Width of a row of its output, all its vectors side by side; 1 for a score.
    pub width: usize,
    /// Number of vectors of a row: 1, or the number of interests, of which those that a record lacks are zeros.
    pub vectors: usize,
    /// Index into `Features::INPUTS` of the columns it reads.
    pub input: usize,
    /// True if the spec's `export` block names it.
    pub exported: bool,
}

impl TowerInfo {
    /// A tower that gives one vector, or a score, of this width.
    pub const fn new(name: &'static str, width: usize, input: usize) -> Self {
        Self { name, width, vectors: 1, input, exported: false }
    }

    /// One that gives so many vectors, its width being that of all of them.
    #[must_use]
    pub const fn interests(self, vectors: usize) -> Self {
        Self { vectors, ..self }
    }

    /// One that the spec's `export` block names.
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
    /// The layer or loss that learns from the other records of a batch, so that a batch has two at least; none where records
    /// are on their own.
    const COMPANY: Option<&'static str> = None;

    /// Sources, joins, split and catalog.
    fn data() -> DataSpec;
    /// Optimizer, batch size and epochs.
    fn training() -> TrainSpec;
    /// Memory of training, with tables of as many rows as the fitted vocabularies say, and a catalog of this many candidates.
    fn footprint(features: &Self::Features, candidates: usize) -> Footprint;
    /// Negatives of the batch of a step, beside the candidates of its records; none where the objective needs none.
    fn negatives() -> Option<NegativesSpec> {
        None
    }
    /// The numbers of the candidates that `Sampler::Given` draws by.
    fn sampling_weights(_: &<Self::Features as Features>::Batch) -> &[f32] {
        &[]
    }
    /// The negatives that records list, as rows of [`Program::listed_vocabulary`].
    fn listed_negatives(_: &<Self::Features as Features>::Batch) -> Option<&Bags> {
        None
    }
    /// The keys of the catalog that records list as negatives.
    fn listed_vocabulary(_: &Self::Features) -> Option<&Vocabulary> {
        None
    }
    /// Builds the model: tables sized by the fitted vocabularies, everything initialised from the seed.
    /// `pretrained` files are found in `folder`.
    fn build(
        features: &Self::Features,
        folder: Option<&std::path::Path>,
        train: &TrainSpec,
        device: D,
        seed: u64,
    ) -> Result<Self, BuildError>;
    /// One training step. Returns the loss as the objective reduces it.
    fn step(
        &mut self,
        batch: &<Self::Features as Features>::Batch,
        pass: &mut Pass<D>,
    ) -> Result<f32, D::Err>;
    /// The output of a tower: one row per record.
    fn tower(
        &self,
        tower: usize,
        batch: &<Self::Features as Features>::Batch,
        pass: &mut Pass<D>,
    ) -> Result<Matrix, D::Err>;
    /// Scores (logits) of the records: what `Metric::Auc` ranks and the sigmoid of which is predicted. Empty for retrieval.
    fn score(
        &self,
        batch: &<Self::Features as Features>::Batch,
        pass: &mut Pass<D>,
    ) -> Result<Vec<f32>, D::Err>;
    /// Scores of each record of `queries` with each of `candidates`, a row a query: the higher, the better.
    fn pair_scores(
        &self,
        _queries: &<Self::Features as Features>::Batch,
        _candidates: &<Self::Features as Features>::Batch,
        _pass: &mut Pass<D>,
    ) -> Result<Matrix, D::Err> {
        Ok(Matrix::default())
    }
    /// Labels of the records, empty where the objective has none.
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
