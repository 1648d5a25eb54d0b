//! Training: data in, a run folder out. Saved as it goes, stopped by Ctrl-C between steps, continued as if it had not been.

mod epoch;
mod interrupt;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::data::Dataset;
use crate::error::Error;
use crate::ops::{Device, Pass};
use crate::optim::TrainSpec;
use crate::prepare::{BatchOf, prepare_fitted, prepare_fitting};
use crate::program::Program;
use crate::progress::{Progress, rounded, say};
use crate::run::{Position, RunFolder, RunInfo};

use epoch::{Then, for_each_batch, shuffled};
pub use interrupt::Interrupt;

/// Epochs that end sooner after the last save are not saved, the last one aside.
const SAVE_EVERY: Duration = Duration::from_secs(10);

/// What the caller of `train` asks for.
#[derive(Clone, Debug, Default)]
pub struct TrainOptions {
    /// Folder of the data.
    pub data: PathBuf,
    /// Folder of the run; made up where it is not given.
    pub out: Option<PathBuf>,
    /// Instead of the spec's epochs.
    pub epochs: Option<usize>,
    /// Instead of the spec's rows a step.
    pub batch: Option<usize>,
    /// Instead of the spec's learning rate.
    pub lr: Option<f32>,
    /// Seed of everything random.
    pub seed: u64,
    /// Threads that compute.
    pub threads: usize,
}

/// A trained model with all that evaluation and export need.
pub struct Trained<D: Device, P: Program<D>> {
    /// The model.
    pub model: P,
    /// What was learned from the data.
    pub features: P::Features,
    /// The data, as text.
    pub data: crate::data::Data,
    /// The data, encoded.
    pub dataset: Dataset<BatchOf<D, P>>,
    /// Where the run is stored.
    pub folder: RunFolder,
    /// What it was made of.
    pub info: RunInfo,
    /// Rows a second of this sitting, saving not counted.
    pub samples_per_s: f64,
}

/// Trains a new model.
pub fn train<D: Device, P: Program<D>>(
    options: &TrainOptions,
    device: &D,
    interrupt: &Interrupt,
) -> Result<Trained<D, P>, Error> {
    let spec = settings(P::training(), options)?;
    let (data, features, dataset) = prepare_fitting::<D, P>(&options.data)?;
    let folder = RunFolder::create(&P::SPEC, options.out.as_deref())?;
    folder.save_features(&features)?;
    let info = RunInfo {
        name: P::SPEC.name.to_owned(),
        fingerprint: P::SPEC.fingerprint.to_owned(),
        compiler: P::SPEC.compiler.to_owned(),
        data: options.data.clone(),
        seed: options.seed,
        threads: options.threads,
        batch: spec.batch,
        lr: options.lr,
        epochs: spec.epochs,
        rows: dataset.train.len(),
        steps: 0,
        position: Position::default(),
        seconds: 0.0,
    };
    let model = P::build(&features, Some(&options.data), &spec, device.clone(), options.seed)?;
    finish(Trained { model, features, data, dataset, folder, info, samples_per_s: 0.0 }, device, interrupt)
}

/// Goes on with a run that was stopped, or trains it for more epochs.
pub fn resume<D: Device, P: Program<D>>(
    run: &Path,
    data: Option<&Path>,
    epochs: Option<usize>,
    device: &D,
    interrupt: &Interrupt,
) -> Result<Trained<D, P>, Error> {
    let (folder, mut info) = RunFolder::open(run, &P::SPEC)?;
    info.epochs = epochs.unwrap_or(info.epochs);
    if let Some(data) = data {
        info.data = data.to_owned();
    }
    let features: P::Features = folder.features()?;
    let (data, dataset) = prepare_fitted::<D, P>(&info.data, &features)?;
    if dataset.train.len() != info.rows {
        return Err(Error::input(format_args!(
            "{} has {} rows to train on, the run began with {}: it would not go on as it began",
            info.data.display(),
            dataset.train.len(),
            info.rows
        )));
    }
    let options = TrainOptions {
        epochs: Some(info.epochs),
        batch: Some(info.batch),
        lr: info.lr,
        seed: info.seed,
        ..Default::default()
    };
    let spec = settings(P::training(), &options)?;
    let mut model = P::build(&features, Some(&info.data), &spec, device.clone(), info.seed)?;
    folder.load_weights(&mut model, &info)?;
    folder.load_optimizer(&mut model, &info)?;
    folder.metrics().keep(info.position.epochs)?;
    finish(Trained { model, features, data, dataset, folder, info, samples_per_s: 0.0 }, device, interrupt)
}

/// The spec's settings with what the command line puts in their place.
fn settings(mut spec: TrainSpec, options: &TrainOptions) -> Result<TrainSpec, Error> {
    spec.batch = options.batch.unwrap_or(spec.batch);
    spec.epochs = options.epochs.unwrap_or(spec.epochs);
    spec.seed = options.seed;
    if spec.batch == 0 {
        return Err(Error::usage("a batch needs at least one row").help("write `--batch 256`"));
    }
    if let Some(lr) = options.lr {
        if !(lr.is_finite() && lr > 0.0) {
            return Err(Error::usage(format_args!("the learning rate is {lr}; it must be above 0")));
        }
        spec.set_lr(lr);
    }
    Ok(spec)
}

/// Trains from where the run is to its last epoch.
fn finish<D: Device, P: Program<D>>(
    mut trained: Trained<D, P>,
    device: &D,
    interrupt: &Interrupt,
) -> Result<Trained<D, P>, Error> {
    let mut sitting = Sitting { rows: 0, seconds: 0.0, saved: Instant::now() };
    // A run that is stopped in its first epoch can be continued too.
    trained.folder.save(&trained.model, &trained.info)?;
    while trained.info.position.epochs < trained.info.epochs {
        train_epoch(&mut trained, device, interrupt, &mut sitting)?;
        let last = trained.info.position.epochs == trained.info.epochs;
        if last || sitting.saved.elapsed() >= SAVE_EVERY {
            trained.folder.save(&trained.model, &trained.info)?;
            sitting.saved = Instant::now();
        }
    }
    trained.samples_per_s = if sitting.seconds > 0.0 { sitting.rows as f64 / sitting.seconds } else { 0.0 };
    Ok(trained)
}

/// What this process has trained, apart from what the run has in all.
struct Sitting {
    rows: usize,
    seconds: f64,
    saved: Instant,
}

fn train_epoch<D: Device, P: Program<D>>(
    trained: &mut Trained<D, P>,
    device: &D,
    interrupt: &Interrupt,
    sitting: &mut Sitting,
) -> Result<(), Error> {
    let Trained { model, dataset, info, .. } = trained;
    let (epoch, first) = (info.position.epochs, info.position.step);
    let (batch, seed, began) = (info.batch, info.seed, info.steps);
    let order =
        if P::training().shuffle { shuffled(&dataset.train, seed, epoch) } else { dataset.train.clone() };
    let mut loss_sum = f64::from_bits(info.position.loss_bits);
    let mut rows_done = 0;
    let label = format!("epoch {}/{}", epoch + 1, info.epochs);
    let mut progress = Progress::start(label, order.len(), (first * batch).min(order.len()));
    let started = Instant::now();
    let mut next = first;
    let steps = for_each_batch(
        &order,
        batch,
        first,
        |rows, into| dataset.batch_into(rows, into),
        |batch, rows| {
            // Step 0 is inference.
            let step = began + (next - first) as u64 + 1;
            let loss = model.step(batch, &Pass::training(device, seed, step)).map_err(Error::device)?;
            if !loss.is_finite() {
                return Err(Error::input(format_args!("the loss is {loss} at step {step} (epoch {})", epoch + 1))
                    .help("a lower learning rate (`--lr`) often helps; the run folder has the model as it was last saved"));
            }
            next += 1;
            rows_done += rows;
            loss_sum += f64::from(loss);
            progress.add(rows, || format!("loss {:.5}", loss_sum / next as f64));
            Ok(if interrupt.is_asked() { Then::Stop } else { Then::Next })
        },
    )?;
    let seconds = started.elapsed().as_secs_f64();
    sitting.rows += rows_done;
    sitting.seconds += seconds;
    info.seconds += seconds;
    info.steps += (steps - first) as u64;
    let mean = loss_sum / steps.max(1) as f64;
    if steps < order.len().div_ceil(batch) {
        progress.clear();
        info.position = Position { epochs: epoch, step: steps, loss_bits: loss_sum.to_bits() };
        return Err(stopped(trained)?);
    }
    progress.finish(|| format!("loss {mean:.5}"));
    info.position = Position { epochs: epoch + 1, ..Position::default() };
    let line =
        json!({"epoch": epoch + 1, "step": info.steps, "loss": mean, "rows": rows_done, "seconds": seconds});
    trained.folder.metrics().append(&line)?;
    if interrupt.is_asked() && epoch + 1 < trained.info.epochs {
        return Err(stopped(trained)?);
    }
    Ok(())
}

/// Saves a run that Ctrl-C ends, and says how to go on.
fn stopped<D: Device, P: Program<D>>(trained: &Trained<D, P>) -> Result<Error, Error> {
    trained.folder.save(&trained.model, &trained.info)?;
    let steps = rounded(trained.info.steps as f64);
    say(format_args!("saved after {steps} steps"));
    let run = trained.folder.path().display();
    Ok(Error::interrupted(format_args!("Ctrl-C; the run is saved in {run}"))
        .help(format_args!("go on with `train --resume {run}`")))
}
