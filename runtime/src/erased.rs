//! Type-erased programs and models. Training, evaluation, export and prediction are compiled once for all
//! programs.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::path::Path;

use turret_schema::Trial;

use crate::data::types::Inverse;
use crate::data::{AnyBatch, AnyFeatures, Bags, Vocabulary};
use crate::error::{DeviceError, ModelError, UsageError};
use crate::footprint::Footprint;
use crate::matrix::Matrix;
use crate::ops::{Device, Pass, PassState};
use crate::optim::TrainSpec;
use crate::program::{BatchOf, Description, Program};
use crate::state::{NamedTensor, StateError, StateReader};

/// A program with its device.
pub trait AnyProgram {
    /// Returns the description of the program.
    fn description(&self) -> &'static Description;
    /// Makes this program, that of a shape, the program of a trial.
    fn take_trial(&mut self, trial: Trial);
    /// Features as declared in the spec, before fitting.
    fn declared(&self) -> AnyFeatures;
    /// Memory of training; see [`Program::footprint`].
    ///
    /// # Errors
    /// The features belong to another program.
    fn footprint(&self, features: &AnyFeatures, candidates: usize) -> Result<Footprint, ModelError>;
    /// Builds the model; see [`Program::build`].
    ///
    /// # Errors
    /// The device has no memory left, a file of pretrained vectors does not fit, or the features belong to
    /// another program.
    fn build(
        &self,
        features: &AnyFeatures,
        folder: Option<&Path>,
        train: &TrainSpec,
        seed: u64,
    ) -> Result<Box<dyn AnyModel>, ModelError>;
}

/// A model of a program on its device. The methods correspond to those of [`Program`].
pub trait AnyModel {
    /// Returns the description of the program.
    fn description(&self) -> &'static Description;
    /// Weights of the candidates for `Sampler::Given`.
    fn sampling_weights<'b>(&self, columns: &'b AnyBatch) -> &'b [f32];
    /// Returns the function that reads the negatives listed by records, as rows of
    /// [`AnyModel::listed_vocabulary`].
    fn listed_negatives(&self) -> fn(&AnyBatch) -> Option<&Bags>;
    /// Vocabulary of the negatives listed by records.
    fn listed_vocabulary<'f>(&self, features: &'f AnyFeatures) -> Option<&'f Vocabulary>;
    /// Takes a training step and returns the loss of the batch.
    ///
    /// # Errors
    /// The device has no memory left, or the batch belongs to another program.
    fn step(&mut self, batch: &AnyBatch, pass: &mut PassState) -> Result<f32, ModelError>;
    /// Output of a tower: one row per record.
    ///
    /// # Errors
    /// The device has no memory left, or the batch belongs to another program.
    fn tower(&self, tower: usize, batch: &AnyBatch, pass: &mut PassState) -> Result<Matrix, ModelError>;
    /// Scores of the records, those of all tasks with labels: one row per record.
    ///
    /// # Errors
    /// The device has no memory left, or the batch belongs to another program.
    fn scores(&self, batch: &AnyBatch, pass: &mut PassState) -> Result<Matrix, ModelError>;
    /// Scores of all pairs of `queries` and `candidates`, one row per query.
    ///
    /// # Errors
    /// The device has no memory left, or the batch belongs to another program.
    fn pair_scores(
        &self,
        queries: &AnyBatch,
        candidates: &AnyBatch,
        pass: &mut PassState,
    ) -> Result<Matrix, ModelError>;
    /// Labels of the records for a task; empty if no task has labels.
    fn labels<'b>(&self, task: usize, batch: &'b AnyBatch) -> &'b [f32];
    /// Labels above 0.5 for the records that count for a task; empty if all count.
    fn counted<'b>(&self, task: usize, batch: &'b AnyBatch) -> &'b [f32];
    /// Inverse of the transform of the labels of a task.
    fn inverse(&self, task: usize) -> Inverse;
    /// Tables and dense weights by stable names.
    fn weights(&self) -> Vec<NamedTensor<'_>>;
    /// Loads the weights.
    ///
    /// # Errors
    /// The file does not fit the model.
    fn load_weights(&mut self, reader: &mut StateReader<'_>) -> Result<(), StateError>;
    /// State of the optimizer by stable names.
    fn optimizer_state(&self) -> Vec<NamedTensor<'_>>;
    /// Loads the state of the optimizer.
    ///
    /// # Errors
    /// The file does not fit the model.
    fn load_optimizer_state(&mut self, reader: &mut StateReader<'_>) -> Result<(), StateError>;
}

/// Erases the types of a program on a device.
pub fn on_device<D: Device, P: Program<D>>(device: &D) -> impl AnyProgram + use<D, P> {
    OnDevice { device: device.clone(), description: P::description(), of: PhantomData::<fn() -> P> }
}

struct OnDevice<D, P> {
    device: D,
    description: &'static Description,
    of: PhantomData<fn() -> P>,
}

/// Returns the features of this program.
fn typed<D: Device, P: Program<D>>(features: &AnyFeatures) -> Result<&P::Features, UsageError> {
    features.get().ok_or(UsageError::OtherFeatures)
}

impl<D: Device, P: Program<D>> AnyProgram for OnDevice<D, P> {
    fn description(&self) -> &'static Description {
        self.description
    }

    fn take_trial(&mut self, trial: Trial) {
        // A process has one program, and runs one trial.
        self.description = Box::leak(Box::new(trial.describe(self.description.clone())));
    }

    fn declared(&self) -> AnyFeatures {
        AnyFeatures::new(P::Features::default())
    }

    fn footprint(&self, features: &AnyFeatures, candidates: usize) -> Result<Footprint, ModelError> {
        Ok(P::footprint(self.description, typed::<D, P>(features)?, candidates))
    }

    fn build(
        &self,
        features: &AnyFeatures,
        folder: Option<&Path>,
        train: &TrainSpec,
        seed: u64,
    ) -> Result<Box<dyn AnyModel>, ModelError> {
        let model = P::build(typed::<D, P>(features)?, folder, train, self.device.clone(), seed)?;
        Ok(Box::new(Running { model, description: self.description, device: self.device.clone() }))
    }
}

/// Returns the result of a computation on a batch. An error if the batch belongs to another program.
fn computed<T, E: Debug + Send + Sync + 'static>(result: Option<Result<T, E>>) -> Result<T, ModelError> {
    Ok(result.ok_or(UsageError::OtherBatch)?.map_err(DeviceError::failed)?)
}

struct Running<D, P> {
    model: P,
    description: &'static Description,
    device: D,
}

impl<D: Device, P: Program<D>> AnyModel for Running<D, P> {
    fn description(&self) -> &'static Description {
        self.description
    }

    fn sampling_weights<'b>(&self, columns: &'b AnyBatch) -> &'b [f32] {
        columns.get().map_or(&[], P::sampling_weights)
    }

    fn listed_negatives(&self) -> fn(&AnyBatch) -> Option<&Bags> {
        |batch| batch.get().and_then(P::listed_negatives)
    }

    fn listed_vocabulary<'f>(&self, features: &'f AnyFeatures) -> Option<&'f Vocabulary> {
        features.get().and_then(P::listed_vocabulary)
    }

    fn step(&mut self, batch: &AnyBatch, pass: &mut PassState) -> Result<f32, ModelError> {
        let Self { model, device, .. } = self;
        computed(batch.with(|batch| Pass::resumed(device, pass, |pass| model.step(batch, pass))))
    }

    fn tower(&self, tower: usize, batch: &AnyBatch, pass: &mut PassState) -> Result<Matrix, ModelError> {
        let Self { model, device, .. } = self;
        computed(batch.with(|batch| Pass::resumed(device, pass, |pass| model.tower(tower, batch, pass))))
    }

    fn scores(&self, batch: &AnyBatch, pass: &mut PassState) -> Result<Matrix, ModelError> {
        let Self { model, device, .. } = self;
        computed(batch.with(|batch| Pass::resumed(device, pass, |pass| model.scores(batch, pass))))
    }

    fn pair_scores(
        &self,
        queries: &AnyBatch,
        candidates: &AnyBatch,
        pass: &mut PassState,
    ) -> Result<Matrix, ModelError> {
        let Self { model, device, .. } = self;
        let scores = queries.with(|queries: &BatchOf<D, P>| {
            candidates.with(|candidates| {
                Pass::resumed(device, pass, |pass| model.pair_scores(queries, candidates, pass))
            })
        });
        computed(scores.flatten())
    }

    fn labels<'b>(&self, task: usize, batch: &'b AnyBatch) -> &'b [f32] {
        batch.get().map_or(&[], |batch| self.model.labels(task, batch))
    }

    fn counted<'b>(&self, task: usize, batch: &'b AnyBatch) -> &'b [f32] {
        batch.get().map_or(&[], |batch| self.model.counted(task, batch))
    }

    fn inverse(&self, task: usize) -> Inverse {
        self.model.inverse(task)
    }

    fn weights(&self) -> Vec<NamedTensor<'_>> {
        self.model.weights()
    }

    fn load_weights(&mut self, reader: &mut StateReader<'_>) -> Result<(), StateError> {
        self.model.load_weights(reader)
    }

    fn optimizer_state(&self) -> Vec<NamedTensor<'_>> {
        self.model.optimizer_state()
    }

    fn load_optimizer_state(&mut self, reader: &mut StateReader<'_>) -> Result<(), StateError> {
        self.model.load_optimizer_state(reader)
    }
}
