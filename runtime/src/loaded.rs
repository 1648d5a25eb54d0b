//! A stored model, ready to answer: records in, vectors out.

use std::path::Path;

use crate::data::{Field, encode_fields};
use crate::error::{BuildError, DeviceError, UsageError};
use crate::finite::first_not_finite;
use crate::kernels::Kernels;
use crate::matrix::Matrix;
use crate::ops::{Device, Pass};
use crate::prepare::BatchOf;
use crate::program::{Evaluation, Program, TowerInfo, probability};
use crate::run::{RunFolder, RunInfo};

pub use crate::error::LoadError;

/// A value of Rust that a tower of the program `P` reads.
pub trait Record<P> {
    /// Index into [`Description::towers`](crate::program::Description::towers) of the tower.
    const TOWER: usize;

    /// Raw fields, in the order of the input's [`fields`](crate::data::InputInfo::fields).
    fn fields(&self) -> Vec<Field<'_>>;
}

/// A model from the folder of its run.
pub struct Loaded<D: Device, P: Program<D>> {
    /// Folder of the run.
    pub folder: RunFolder,
    /// Settings and data of the run.
    pub info: RunInfo,
    /// Columns that turn records into numbers.
    pub features: P::Features,
    /// The model.
    pub model: P,
    device: D,
}

impl<D: Device, P: Program<D>> Loaded<D, P> {
    /// Opens a run of this program; one of another spec is refused.
    pub fn open(run: &Path, device: &D) -> Result<Self, LoadError> {
        Kernels::chosen()?;
        let (mut folder, info) = RunFolder::open(run, &P::description().spec)?;
        let features: P::Features = folder.features()?;
        // Pretrained vectors are among the weights, so the data folder is not needed any more.
        let mut model = P::build(&features, None, &P::description().training, device.clone(), info.seed)
            .map_err(|error| match error {
                BuildError::State(error) => LoadError::Run(error.into()),
                BuildError::Device(error) => error.into(),
            })?;
        let info = folder.load_last_weights(&mut model, info)?;
        Ok(Self { folder, info, features, model, device: device.clone() })
    }

    /// Vectors that a tower gives for records: a row each, of interests all side by side ([`Matrix::vectors`]).
    ///
    /// # Errors
    /// [`LoadError::Record`] where the columns refuse a record, [`LoadError::NotFinite`] where its vector is not finite. Both have the
    /// index of the record; nothing else is wrong then, and the others can be asked without it.
    pub fn vectors<R: Record<P>>(&self, records: &[R]) -> Result<Matrix, LoadError> {
        let mut batch = BatchOf::<D, P>::default();
        self.encode(records, &mut batch)?;
        let vectors = self
            .model
            .tower(R::TOWER, &batch, &mut Pass::inference(&self.device))
            .map_err(DeviceError::failed)?;
        refuse_not_finite("vector", &vectors)?;
        Ok(vectors)
    }

    /// Probabilities that a ranking model of one tower gives for records.
    pub fn probabilities<R: Record<P>>(&self, records: &[R]) -> Result<Vec<f64>, LoadError> {
        self.encoded(records)?.probabilities()
    }

    /// Encodes records of one tower of a ranking model. [`Encoded::and`] adds those of the others.
    pub fn encoded<R: Record<P>>(&self, records: &[R]) -> Result<Encoded<'_, D, P>, LoadError> {
        let encoded =
            Encoded { loaded: self, batch: Default::default(), rows: records.len(), inputs: Vec::new() };
        encoded.and(records)
    }

    fn encode<R: Record<P>>(&self, records: &[R], batch: &mut BatchOf<D, P>) -> Result<(), LoadError> {
        for (index, record) in records.iter().enumerate() {
            encode_fields(&self.features, P::description().towers[R::TOWER].input, &record.fields(), batch)
                .map_err(|source| LoadError::Record { index, source })?;
        }
        Ok(())
    }
}

/// Encoded records of the towers of a ranking model: record `i` of each belongs to record `i` of the others.
pub struct Encoded<'l, D: Device, P: Program<D>> {
    loaded: &'l Loaded<D, P>,
    batch: BatchOf<D, P>,
    rows: usize,
    /// Inputs of the model that have their records.
    inputs: Vec<usize>,
}

impl<D: Device, P: Program<D>> Encoded<'_, D, P> {
    /// Adds the records of another tower.
    pub fn and<R: Record<P>>(mut self, records: &[R]) -> Result<Self, LoadError> {
        let TowerInfo { name, input, .. } = &P::description().towers[R::TOWER];
        if records.len() != self.rows {
            let (records, others) = (records.len(), self.rows);
            return Err(UsageError::RecordCount { tower: name, records, others }.into());
        }
        if self.inputs.contains(input) {
            return Err(UsageError::RecordsTwice { tower: name }.into());
        }
        self.loaded.encode(records, &mut self.batch)?;
        self.inputs.push(*input);
        Ok(self)
    }

    /// Scores of the records, before the sigmoid.
    pub fn scores(&self) -> Result<Vec<f32>, LoadError> {
        if let Evaluation::Retrieval { .. } = P::description().evaluation {
            return Err(UsageError::NoScores.into());
        }
        if let Some(tower) = P::description().towers.iter().find(|tower| !self.inputs.contains(&tower.input))
        {
            return Err(UsageError::RecordsLack { tower: &tower.name }.into());
        }
        let mut pass = Pass::inference(&self.loaded.device);
        let values = self.loaded.model.score(&self.batch, &mut pass).map_err(DeviceError::failed)?;
        let scores = Matrix { width: 1, values };
        refuse_not_finite("score", &scores)?;
        Ok(scores.values)
    }

    /// Probabilities of the records, as `predict` prints them.
    pub fn probabilities(&self) -> Result<Vec<f64>, LoadError> {
        Ok(self.scores()?.into_iter().map(probability).collect())
    }
}

/// Refuses answers, one row per record, if a number is not finite.
fn refuse_not_finite(what: &'static str, answers: &Matrix) -> Result<(), LoadError> {
    match first_not_finite(&answers.values) {
        Some(at) => {
            Err(LoadError::NotFinite { index: at / answers.width.max(1), what, value: answers.values[at] })
        }
        None => Ok(()),
    }
}
