//! What a compiled spec is to the driver: the one interface between generated code and training, evaluation, export and prediction.

mod evaluation;

use serde::{Serialize, de::DeserializeOwned};

use crate::data::{
    Bags, DataSpec, FieldError, FieldName, FileSpec, FitError, Histories, PolicyCount, Row, Vocabulary,
};
use crate::footprint::Footprint;
use crate::negatives::NegativesSpec;
use crate::ops::{Device, Pass};
use crate::optim::TrainSpec;
use crate::state::{NamedTensor, StateError, StateReader};

pub use evaluation::{Candidates, Evaluation, Measure, Metric, Protocol, Query};

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

/// A group of columns that one tower (or the objective) reads together.
#[derive(Clone, Copy, Debug)]
pub struct InputInfo {
    /// Name of the tower, or `target` for what the objective reads.
    pub name: &'static str,
    /// 0: encoded once per row of the main source; `i`: once per row of the `i`-th joined source.
    pub part: usize,
    /// The raw fields its record holds, in the order of `Row::field`.
    pub fields: &'static [FieldName],
}

/// A tower, by what leaves it.
#[derive(Clone, Copy, Debug)]
pub struct TowerInfo {
    /// Name in the spec.
    pub name: &'static str,
    /// Width of a row of its output, all its vectors side by side; 1 for a score.
    pub width: usize,
    /// How many vectors a row has: 1, or the number of interests, of which those that a record lacks are zeros.
    pub vectors: usize,
    /// Index into `Features::INPUTS` of the columns it reads.
    pub input: usize,
    /// Whether the spec's `export` block names it.
    pub exported: bool,
}

/// The encoded columns of some records, for all inputs of the model.
pub trait Batch: Clone + Default + Send + Sync + 'static {
    /// Number of records encoded for an input (index into `Features::INPUTS`).
    fn rows(&self, input: usize) -> usize;
    /// Copies the given rows of an input into `into`, replacing what it held.
    fn gather(&self, input: usize, rows: &[u32], into: &mut Self);
    /// Forgets all records of an input from `rows` on.
    fn truncate(&mut self, input: usize, rows: usize);
    /// Gives each record of an input its history in place of its own item, in the columns that read earlier rows.
    fn look_back(&mut self, _input: usize, _histories: &Histories) {}
}

/// The fitted columns and vocabularies of a model: how a record becomes numbers.
pub trait Features: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// What records are encoded into.
    type Batch: Batch;
    /// The groups of columns, targets last.
    const INPUTS: &'static [InputInfo];

    /// As the spec declares them, nothing learned yet.
    fn declared() -> Self;
    /// Lets the columns of an input learn from a row of the training split.
    fn observe(&mut self, input: usize, row: &Row<'_>) -> Result<(), FieldError>;
    /// Ends learning: vocabularies, boundaries and statistics are fixed from here on.
    fn finish(&mut self) -> Result<(), FitError>;
    /// Encodes a row for an input, appending to the batch. On an error the batch may hold a part of the row: truncate it.
    fn encode(&self, input: usize, row: &Row<'_>, batch: &mut Self::Batch) -> Result<(), FieldError>;
    /// How often each policy (unknown, missing, too long) was applied since the last call.
    fn take_counts(&self) -> Vec<PolicyCount>;
}

/// Several rows of equal width, row-major.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matrix {
    /// Values per row.
    pub width: usize,
    /// `rows * width` values.
    pub values: Vec<f32>,
}

impl Matrix {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    /// One row.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.width..(index + 1) * self.width]
    }

    /// The vectors of a row of a tower that gives so many, each with its number, but for those that the record lacks.
    pub fn vectors(&self, index: usize, count: usize) -> impl Iterator<Item = (usize, &[f32])> {
        let vectors = self.row(index).chunks_exact((self.width / count.max(1)).max(1)).enumerate();
        vectors.filter(move |(_, vector)| count == 1 || vector.iter().any(|x| *x != 0.0))
    }
}

/// A model with its tables, weights and optimizer on a device.
pub trait Program<D: Device>: Sized + 'static {
    /// How its records become numbers.
    type Features: Features;
    /// The spec.
    const SPEC: SpecInfo;
    /// Its towers.
    const TOWERS: &'static [TowerInfo];
    /// How it is evaluated.
    const EVALUATION: Evaluation;
    /// What evaluation computes.
    const METRICS: &'static [Metric];
    /// How candidates are ranked.
    const PROTOCOL: Protocol = Protocol::FULL;
    /// Files of data besides the sources.
    const FILES: &'static [FileSpec] = &[];
    /// The layer or loss that learns from the other records of a batch, so that a batch has two at least; none where records
    /// are on their own.
    const COMPANY: Option<&'static str> = None;

    /// Sources, joins, split and catalogue.
    fn data() -> DataSpec;
    /// Optimizer, batch size and epochs.
    fn training() -> TrainSpec;
    /// What training takes in memory, with tables of as many rows as the fitted vocabularies say, and a catalogue of so many candidates.
    fn footprint(features: &Self::Features, candidates: usize) -> Footprint;
    /// How the batch of a step is given candidates beside those of its records; none where the objective needs none.
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
    /// The keys of the catalogue that records list as negatives.
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
    ) -> Result<Self, StateError>;
    /// One training step. Returns the loss as the objective reduces it.
    fn step(&mut self, batch: &<Self::Features as Features>::Batch, pass: &Pass<D>) -> Result<f32, D::Err>;
    /// The output of a tower: one row per record.
    fn tower(
        &self,
        tower: usize,
        batch: &<Self::Features as Features>::Batch,
        pass: &Pass<D>,
    ) -> Result<Matrix, D::Err>;
    /// Scores (logits) of the records: what `Metric::Auc` ranks and the sigmoid of which is predicted. Empty for retrieval.
    fn score(&self, batch: &<Self::Features as Features>::Batch, pass: &Pass<D>) -> Result<Vec<f32>, D::Err>;
    /// Scores of each record of `queries` with each of `candidates`, a row a query: the higher, the better.
    fn pair_scores(
        &self,
        _queries: &<Self::Features as Features>::Batch,
        _candidates: &<Self::Features as Features>::Batch,
        _pass: &Pass<D>,
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
