//! A stored model for inference: vectors and probabilities of records.

mod passes;
mod recommend;

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};

use turret_schema::Text;

use crate::data::{AnyBatch, AnyFeatures, DataFolder, EncodedDataset, Field, encode_fields};
use crate::erased::{AnyModel, AnyProgram, on_device};
use crate::error::{Error, UsageError};
use crate::finite::first_not_finite;
use crate::kernels::Kernels;
use crate::matrix::Matrix;
use crate::ops::Device;
use crate::predict::{Predicted, Predictor};
use crate::prepare::{DataOptions, prepare_with};
use crate::program::{Description, Prediction, Program, TaskInfo, TowerInfo, probability};
use crate::run::{RunFolder, RunInfo, Weights};

use passes::Passes;
pub use recommend::Queries;

pub use crate::error::LoadError;

/// A Rust value that a tower of the program `P` reads.
pub trait Record<P> {
    /// Index of the tower in [`Description::towers`](crate::program::Description::towers).
    const TOWER: usize;

    /// Raw fields, in the order of the input's [`fields`](crate::data::InputInfo::fields).
    fn fields(&self) -> Vec<Field<'_>>;
}

/// A stored model with its run.
pub struct StoredModel {
    /// Folder of the run.
    pub folder: RunFolder,
    /// Settings and data of the run.
    pub info: RunInfo,
    /// Features as declared in the spec, before fitting.
    pub declared: AnyFeatures,
    /// Fitted columns.
    pub features: AnyFeatures,
    /// The model.
    pub model: Box<dyn AnyModel>,
    passes: Passes,
}

impl StoredModel {
    /// Opens a run of a program, with the weights of its best evaluation if it has them. A run of another spec is an
    /// error.
    pub fn open(program: &dyn AnyProgram, run: &Path) -> Result<Self, LoadError> {
        Self::open_with(program, run, Weights::default())
    }

    /// Opens a run of a program with some of its weights. A run of another spec is an error.
    pub fn open_with(program: &dyn AnyProgram, run: &Path, weights: Weights) -> Result<Self, LoadError> {
        Kernels::chosen()?;
        let (mut folder, info) = RunFolder::open(run, &program.description().spec)?;
        let declared = program.declared();
        let features = folder.features(declared.clone())?;
        // Pretrained vectors are part of the weights, so the data folder is not needed.
        let mut model = program.build(&features, None, &program.description().training, info.seed)?;
        let info = folder.load_current_weights(model.as_mut(), info, weights)?;
        Ok(Self { folder, info, declared, features, model, passes: Passes::default() })
    }

    /// Reads and encodes the data of the run, or of another folder.
    pub fn prepare(
        &mut self,
        folder: Option<PathBuf>,
        options: &DataOptions,
    ) -> Result<(DataFolder, EncodedDataset<AnyBatch>), Error> {
        self.prepare_as(self.model.description(), folder, options)
    }

    /// Reads and encodes the data like [`StoredModel::prepare`], for recommendations to users that a field of the main
    /// source names.
    pub fn prepare_users(
        &mut self,
        field: &Text,
        folder: Option<PathBuf>,
        options: &DataOptions,
    ) -> Result<(DataFolder, EncodedDataset<AnyBatch>), Error> {
        let description = self.model.description();
        if description.data.groups.contains(field) {
            return self.prepare_as(description, folder, options);
        }
        let mut grouped = description.clone();
        grouped.data.groups.push(field.clone());
        self.prepare_as(&grouped, folder, options)
    }

    fn prepare_as(
        &mut self,
        description: &Description,
        folder: Option<PathBuf>,
        options: &DataOptions,
    ) -> Result<(DataFolder, EncodedDataset<AnyBatch>), Error> {
        if let Some(folder) = folder {
            self.info.data = folder;
        }
        prepare_with(description, &self.declared, &self.features, &self.info.data, options)
    }

    /// Encodes records for a tower. Item `i` is record `i`.
    fn encode(
        &self,
        tower: usize,
        records: &mut dyn Iterator<Item = Vec<Field<'_>>>,
        batch: &mut AnyBatch,
    ) -> Result<(), LoadError> {
        let input = self.model.description().towers[tower].input;
        for (index, fields) in records.enumerate() {
            encode_fields(&self.features, input, &fields, batch)
                .map_err(|source| LoadError::Record { index, source })?;
        }
        Ok(())
    }

    fn vectors(&self, tower: usize, batch: &AnyBatch) -> Result<Matrix, LoadError> {
        let vectors = self.passes.with(|pass| self.model.tower(tower, batch, pass))?;
        refuse_not_finite("vector", &vectors)?;
        Ok(vectors)
    }
}

/// A stored model of the program `P`.
pub struct Loaded<D, P> {
    stored: StoredModel,
    of: PhantomData<fn() -> (D, P)>,
}

impl<D, P> Deref for Loaded<D, P> {
    type Target = StoredModel;

    fn deref(&self) -> &StoredModel {
        &self.stored
    }
}

impl<D, P> DerefMut for Loaded<D, P> {
    fn deref_mut(&mut self) -> &mut StoredModel {
        &mut self.stored
    }
}

impl<D: Device, P: Program<D>> Loaded<D, P> {
    /// Opens a run of this program, with the weights of its best evaluation if it has them. A run of another spec is an
    /// error.
    pub fn open(run: &Path, device: &D) -> Result<Self, LoadError> {
        Ok(Self { stored: StoredModel::open(&on_device::<D, P>(device), run)?, of: PhantomData })
    }

    /// Vectors of records from a tower, one row per record. Several interests are concatenated
    /// ([`Matrix::vectors`]).
    ///
    /// # Errors
    /// [`LoadError::Record`] if the columns reject a record, [`LoadError::NotFinite`] if its vector is not
    /// finite. Both have the index of the record. The other records can be tried without it.
    pub fn vectors<R: Record<P>>(&self, records: &[R]) -> Result<Matrix, LoadError> {
        let mut batch = AnyBatch::default();
        self.stored.encode(R::TOWER, &mut records.iter().map(Record::fields), &mut batch)?;
        self.stored.vectors(R::TOWER, &batch)
    }

    /// Probabilities of records, for a ranking model with one tower.
    pub fn probabilities<R: Record<P>>(&self, records: &[R]) -> Result<Vec<f64>, LoadError> {
        self.encoded(records)?.probabilities()
    }

    /// Encodes records for one tower of a ranking model. [`Encoded::and`] adds the records of other towers.
    pub fn encoded<R: Record<P>>(&self, records: &[R]) -> Result<Encoded<'_, P>, LoadError> {
        let encoded = Encoded {
            loaded: &self.stored,
            batch: AnyBatch::default(),
            rows: records.len(),
            inputs: Vec::new(),
            of: PhantomData,
        };
        encoded.and(records)
    }
}

/// Encoded records for the towers of a ranking model. Record `i` of a tower belongs to record `i`
/// of the others.
pub struct Encoded<'l, P> {
    loaded: &'l StoredModel,
    batch: AnyBatch,
    rows: usize,
    /// Inputs that have their records.
    inputs: Vec<usize>,
    of: PhantomData<fn() -> P>,
}

impl<P> Encoded<'_, P> {
    /// Adds the records of another tower.
    pub fn and<R: Record<P>>(mut self, records: &[R]) -> Result<Self, LoadError> {
        let TowerInfo { name, input, .. } = &self.loaded.model.description().towers[R::TOWER];
        if records.len() != self.rows {
            let (records, others) = (records.len(), self.rows);
            return Err(UsageError::RecordCount { tower: name, records, others }.into());
        }
        if self.inputs.contains(input) {
            return Err(UsageError::RecordsTwice { tower: name }.into());
        }
        self.loaded.encode(R::TOWER, &mut records.iter().map(Record::fields), &mut self.batch)?;
        self.inputs.push(*input);
        Ok(self)
    }

    /// Scores of the records, one for each of a task with one score: the logit of a probability.
    pub fn scores(&self) -> Result<Vec<f32>, LoadError> {
        let scores = self.all_scores()?;
        match scores.width {
            1 => Ok(scores.values),
            scores => Err(UsageError::SeveralScores { scores }.into()),
        }
    }

    /// Predictions of the records: for each those of all tasks, in their order.
    pub fn predictions(&self) -> Result<Vec<Vec<Predicted>>, LoadError> {
        let (scores, predictor) = (self.all_scores()?, Predictor::new(self.loaded.model.as_ref()));
        Ok((0..scores.rows()).map(|row| predictor.predict(scores.row(row))).collect())
    }

    /// Probabilities of the records, as `predict` prints them, for a model of one task that predicts them.
    pub fn probabilities(&self) -> Result<Vec<f64>, LoadError> {
        match &self.loaded.model.description().tasks[..] {
            [TaskInfo { prediction: Prediction::Probability, .. }] | [] => {
                Ok(self.scores()?.into_iter().map(probability).collect())
            }
            _ => Err(UsageError::NoProbabilities.into()),
        }
    }

    fn all_scores(&self) -> Result<Matrix, LoadError> {
        let StoredModel { model, passes, .. } = self.loaded;
        if model.description().tasks.is_empty() {
            return Err(UsageError::NoScores.into());
        }
        let lacks = |tower: &&TowerInfo| !self.inputs.contains(&tower.input);
        if let Some(tower) = model.description().towers.iter().find(lacks) {
            return Err(UsageError::RecordsLack { tower: &tower.name }.into());
        }
        let scores = passes.with(|pass| model.scores(&self.batch, pass))?;
        refuse_not_finite("score", &scores)?;
        Ok(scores)
    }
}

/// Rejects non-finite answers. They have one row per record.
fn refuse_not_finite(what: &'static str, answers: &Matrix) -> Result<(), LoadError> {
    match first_not_finite(&answers.values) {
        Some(at) => {
            Err(LoadError::NotFinite { index: at / answers.width.max(1), what, value: answers.values[at] })
        }
        None => Ok(()),
    }
}
