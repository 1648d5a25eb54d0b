//! Saves of a run, each after a check: a model that diverged does not replace a good one.

use std::time::{Duration, Instant};

use crate::data::{AnyBatch, EncodedDataset};
use crate::erased::AnyModel;
use crate::error::{Divergence, Error};
use crate::finite::first_not_finite;
use crate::ops::PassState;
use crate::run::{RunInfo, RunWriter};

/// Time between two saves within an epoch, unless the caller says otherwise.
const WITHIN_EPOCH: Duration = Duration::from_secs(5 * 60);
/// Epochs that end sooner after the last save are not saved, the last one aside.
const AFTER_EPOCH: Duration = Duration::from_secs(10);
/// Shortest time between saves within an epoch, as a multiple of the time that a save takes.
const TRAINING_PER_SAVING: u32 = 20;
/// Rows that a model is tried on.
const SAMPLE: usize = 256;

/// The saves of a session.
pub(super) struct Saving {
    /// Some of the rows that train.
    sample: AnyBatch,
    /// Time between saves within an epoch, where the caller says it.
    within_epoch: Option<Duration>,
    last: Instant,
    /// Duration of the last save.
    took: Duration,
}

impl Saving {
    /// Saves of a session that begins, with the time between saves within an epoch.
    pub(super) fn new(dataset: &EncodedDataset<AnyBatch>, within_epoch: Option<Duration>) -> Self {
        let sample = dataset.batch(&dataset.train[..dataset.train.len().min(SAMPLE)]);
        Self { sample, within_epoch, last: Instant::now(), took: Duration::ZERO }
    }

    /// Returns whether to save at the end of an epoch that is not the last one.
    pub(super) fn is_due_after_epoch(&self) -> bool {
        self.last.elapsed() >= AFTER_EPOCH
    }

    /// Returns whether to save at the end of a step.
    pub(super) fn is_due_within_epoch(&self) -> bool {
        let unsaid = || WITHIN_EPOCH.max(self.took.saturating_mul(TRAINING_PER_SAVING));
        self.last.elapsed() >= self.within_epoch.unwrap_or_else(unsaid)
    }

    /// Saves the model, unless it diverged.
    pub(super) fn save(
        &mut self,
        folder: &mut RunWriter,
        model: &dyn AnyModel,
        info: &RunInfo,
    ) -> Result<(), Error> {
        let started = Instant::now();
        self.refuse_diverged(folder, model, info)?;
        folder.save(model, info)?;
        (self.last, self.took) = (Instant::now(), started.elapsed());
        Ok(())
    }

    /// Refuses a model which, though its weights may be finite, gives numbers for a sample of rows that are not.
    pub(super) fn refuse_diverged(
        &self,
        folder: &RunWriter,
        model: &dyn AnyModel,
        info: &RunInfo,
    ) -> Result<(), Error> {
        if folder.saved() == Some(info.steps) || info.steps == 0 {
            return Ok(());
        }
        folder.refuse_not_finite(&model.weights(), info)?;
        let mut pass = PassState::inference();
        let refuse = |found: &dyn Fn(f32) -> Divergence, values: &[f32]| match first_not_finite(values) {
            Some(at) => Err(folder.diverged(found(values[at]), info)),
            None => Ok(()),
        };
        for (tower, tower_info) in model.description().towers.iter().enumerate() {
            let output = model.tower(tower, &self.sample, &mut pass)?;
            refuse(&|value| Divergence::Tower { tower: &tower_info.name, value }, &output.values)?;
        }
        refuse(&Divergence::Score, &model.score(&self.sample, &mut pass)?)?;
        Ok(())
    }
}
