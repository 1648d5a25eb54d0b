//! Training: data in, a run folder out. Saved as it goes, stopped by a signal between steps, continued as if it had not been.

mod epoch;
mod saving;
mod session;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::data::{AnyBatch, AnyFeatures, EncodedDataset, RawTable};
use crate::erased::{AnyModel, AnyProgram, on_device};
use crate::error::{Error, RunError, TrainingError, UsageError};
use crate::evaluate::Report;
use crate::footprint::{ByteSize, check_data};
pub use crate::interrupt::Interrupt;
use crate::kernels::Kernels;
use crate::ops::Device;
use crate::optim::TrainSpec;
use crate::prepare::{measured, prepare_fitted, prepare_measured};
use crate::program::Program;
use crate::progress::{ProgressForm, say};
use crate::run::{NewRun, Position, RunInfo, RunWriter, TrainingLog};
use epoch::Batches;

/// Options of [`train`].
#[derive(Clone, Debug, Default)]
pub struct TrainOptions {
    /// Folder of the data.
    pub data: PathBuf,
    /// Folder of the run; made up where it is not given.
    pub out: Option<PathBuf>,
    /// Number of epochs, instead of the spec's.
    pub epochs: Option<usize>,
    /// Rows per step, instead of the spec's.
    pub batch: Option<usize>,
    /// Learning rate, instead of the spec's.
    pub lr: Option<f32>,
    /// Most memory that data and training may take.
    pub budget: Option<ByteSize>,
    /// Seed of everything random.
    pub seed: u64,
    /// Threads that compute.
    pub threads: usize,
    /// Epochs between evaluations during training; none without.
    pub eval_every: Option<usize>,
    /// Time between saves within an epoch; 5 minutes where it is not given.
    pub save_every: Option<Duration>,
    /// Form in which progress is shown.
    pub progress: ProgressForm,
}

/// Options of [`resume`].
#[derive(Clone, Debug, Default)]
pub struct ResumeOptions {
    /// Folder of the data, where it has moved.
    pub data: Option<PathBuf>,
    /// Epochs in all.
    pub epochs: Option<usize>,
    /// Threads that compute; others than the run began with may give other last bits.
    pub threads: usize,
    /// Epochs between evaluations.
    pub eval_every: Option<usize>,
    /// Time between saves within an epoch; 5 minutes where it is not given.
    pub save_every: Option<Duration>,
    /// Goes on with data that are not those the run began with.
    pub allow_changed_data: bool,
    /// Form in which progress is shown.
    pub progress: ProgressForm,
}

/// A trained model with all that evaluation and export need.
pub struct Trained {
    /// The model.
    pub model: Box<dyn AnyModel>,
    /// Columns fitted to the data.
    pub features: AnyFeatures,
    /// The data, as text.
    pub data: RawTable,
    /// The data, encoded.
    pub dataset: EncodedDataset<AnyBatch>,
    /// Folder of the run.
    pub folder: RunWriter,
    /// Settings and data of the run.
    pub info: RunInfo,
    /// Log of training.
    pub log: TrainingLog,
    /// Results of evaluation after the last epoch, where one was due then.
    pub report: Option<Report>,
    /// Rows a second of this session, saving and evaluation not counted.
    pub samples_per_s: f64,
}

/// Trains a new model.
pub fn train<D: Device, P: Program<D>>(
    options: &TrainOptions,
    device: &D,
    interrupt: &Interrupt,
) -> Result<Trained, Error> {
    train_program(&on_device::<D, P>(device), options, interrupt)
}

/// Trains a new model of a program.
pub fn train_program(
    program: &dyn AnyProgram,
    options: &TrainOptions,
    interrupt: &Interrupt,
) -> Result<Trained, Error> {
    let description = program.description();
    let kernels = Kernels::chosen()?;
    let data_folder = absolute(&options.data)?;
    let spec = settings(description.training, options, description.company.as_deref())?;
    let declared = program.declared();
    let new = NewRun::choose(&description.spec, options.out.as_deref())?;
    let memory = measured(description, &declared, &options.data)?;
    if let Some(budget) = options.budget {
        check_data(&memory, budget.as_u64())?;
    }
    let (data, features, dataset) = prepare_measured(description, declared, &options.data)?;
    keep_company(description.company.as_deref(), dataset.train.len())?;
    let candidates = dataset.catalog.as_ref().map(|catalog| catalog.keys.len());
    let footprint = program.footprint(&features, candidates.unwrap_or(0))?;
    footprint.check_room()?;
    if let Some(budget) = options.budget {
        let largest = Batches::new(&dataset.train, spec.batch, description.company.is_some()).largest();
        footprint.check_beside(memory.kept(), largest as u64, options.threads as u64, budget.as_u64())?;
    }
    let model = program.build(&features, Some(&options.data), &spec, options.seed)?;
    let folder = new.begin(&description.spec, &features)?;
    let info = RunInfo {
        name: description.spec.name.to_string(),
        fingerprint: description.spec.fingerprint.to_string(),
        compiler: description.spec.compiler.to_string(),
        data: data_folder,
        seed: options.seed,
        threads: options.threads,
        kernels: Some(kernels),
        batch: spec.batch,
        lr: options.lr,
        epochs: spec.epochs,
        eval_every: options.eval_every,
        files: Some(data.files().to_vec()),
        earlier: Vec::new(),
        rows: dataset.train.len(),
        candidates,
        steps: 0,
        position: Position::default(),
        best: Default::default(),
        seconds: 0.0,
    };
    let log = TrainingLog::open(&folder, &info.position);
    let trained =
        Trained { model, features, data, dataset, folder, info, log, report: None, samples_per_s: 0.0 };
    session::train(trained, interrupt, options.save_every, options.progress)
}

/// Goes on with a run that was stopped, or trains it for more epochs.
pub fn resume<D: Device, P: Program<D>>(
    folder: RunWriter,
    info: RunInfo,
    options: &ResumeOptions,
    device: &D,
    interrupt: &Interrupt,
) -> Result<Trained, Error> {
    resume_program(&on_device::<D, P>(device), folder, info, options, interrupt)
}

/// Goes on with a run of a program, like [`resume`].
pub fn resume_program(
    program: &dyn AnyProgram,
    folder: RunWriter,
    mut info: RunInfo,
    options: &ResumeOptions,
    interrupt: &Interrupt,
) -> Result<Trained, Error> {
    let description = program.description();
    let kernels = Kernels::chosen()?;
    info.epochs = options.epochs.unwrap_or(info.epochs);
    if info.epochs < info.position.epochs {
        let done = info.position.epochs;
        return Err(UsageError::EpochsDone { done, asked: info.epochs }.into());
    }
    info.eval_every = options.eval_every.or(info.eval_every);
    if options.threads != info.threads {
        say(format_args!(
            "warning: the run began with {} threads and continues with {}: it may differ in the last bits from one that was \
             not stopped",
            info.threads, options.threads
        ));
        info.threads = options.threads;
    }
    if let Some(began) = info.kernels.replace(kernels).filter(|began| began.is_fused() != kernels.is_fused())
    {
        say(format_args!(
            "warning: the run began with {began} kernels and continues with {kernels} kernels, which round differently: it may \
             differ in the last bits from one that was not stopped"
        ));
    }
    if let Some(data) = &options.data {
        info.data = absolute(data)?;
    }
    let declared = program.declared();
    let features = folder.features(declared.clone())?;
    let (data, dataset) = prepare_fitted(description, &declared, &features, &info.data)?;
    keep_company(description.company.as_deref(), dataset.train.len())?;
    info.recognize(&data, &dataset, options.allow_changed_data)?;
    let stored = TrainOptions {
        epochs: Some(info.epochs),
        batch: Some(info.batch),
        lr: info.lr,
        seed: info.seed,
        ..Default::default()
    };
    let spec = settings(description.training, &stored, description.company.as_deref())?;
    let mut model = program.build(&features, None, &spec, info.seed)?;
    folder.load_weights(model.as_mut(), &info)?;
    folder.load_optimizer(model.as_mut(), &info)?;
    let log = TrainingLog::open(&folder, &info.position);
    let trained =
        Trained { model, features, data, dataset, folder, info, log, report: None, samples_per_s: 0.0 };
    session::train(trained, interrupt, options.save_every, options.progress)
}

/// Refuses to learn from the other rows of a batch where there are none.
fn keep_company(company: Option<&'static str>, rows: usize) -> Result<(), TrainingError> {
    match company {
        Some(word) if rows == 1 => Err(TrainingError::OneRow { word }),
        _ => Ok(()),
    }
}

/// Path by which the data of a run are found from any working directory. It is stored in JSON, which holds no other text than UTF-8.
fn absolute(data: &Path) -> Result<PathBuf, RunError> {
    let path = || data.to_owned();
    if data.to_str().is_none() {
        return Err(RunError::DataPath { path: path() });
    }
    std::path::absolute(data).map_err(|source| RunError::NoAbsolutePath { path: path(), source })
}

/// Settings of the spec, replaced by the options that are given.
fn settings(
    mut spec: TrainSpec,
    options: &TrainOptions,
    company: Option<&'static str>,
) -> Result<TrainSpec, UsageError> {
    spec.batch = options.batch.unwrap_or(spec.batch);
    spec.epochs = options.epochs.unwrap_or(spec.epochs);
    spec.seed = options.seed;
    if options.eval_every == Some(0) {
        return Err(UsageError::EvaluationEvery);
    }
    if spec.batch == 0 {
        return Err(UsageError::EmptyBatch);
    }
    if let Some(word) = company.filter(|_| spec.batch == 1) {
        return Err(UsageError::BatchOfOne { word });
    }
    if let Some(lr) = options.lr {
        if !(lr.is_finite() && lr > 0.0) {
            return Err(UsageError::LearningRate { lr });
        }
        spec.optimizer = spec.optimizer.with_lr(lr);
    }
    Ok(spec)
}
