//! Saves of a run. Each save checks first that the model did not diverge.

use std::time::{Duration, Instant};

use crate::data::{AnyBatch, EncodedDataset};
use crate::erased::AnyModel;
use crate::error::{Divergence, Error};
use crate::finite::first_not_finite;
use crate::ops::PassState;
use crate::run::{RunInfo, RunWriter, SaveEvery};

/// Default time between saves within an epoch.
const WITHIN_EPOCH: Duration = Duration::from_secs(5 * 60);
/// Minimum time between saves after epochs. The last epoch is always saved.
const AFTER_EPOCH: Duration = Duration::from_secs(10);
/// Default minimum time between saves within an epoch, as a multiple of the time for which one stops training.
const TRAINING_PER_SAVING: u32 = 20;
/// Number of rows for the divergence check.
const SAMPLE: usize = 256;

/// Saves of a session.
pub(super) struct Saving {
    /// Sample of the training rows.
    sample: AnyBatch,
    /// Interval between saves within an epoch, if given.
    within_epoch: Option<SaveEvery>,
    last: Instant,
    /// Time for which the last save stopped training.
    took: Duration,
}

impl Saving {
    /// Begins the saves of a session.
    pub(super) fn new(dataset: &EncodedDataset<AnyBatch>, within_epoch: Option<SaveEvery>) -> Self {
        let sample = dataset.batch(&dataset.train[..dataset.train.len().min(SAMPLE)]);
        Self { sample, within_epoch, last: Instant::now(), took: Duration::ZERO }
    }

    /// Returns whether a save is due after an epoch that is not the last one and ends with this step.
    pub(super) fn is_due_after_epoch(&self, step: u64) -> bool {
        match self.within_epoch {
            Some(SaveEvery::Steps(steps)) => step.is_multiple_of(steps),
            Some(SaveEvery::Time(_)) | None => self.last.elapsed() >= AFTER_EPOCH,
        }
    }

    /// Returns whether a save is due after this step of an epoch.
    pub(super) fn is_due_within_epoch(&self, step: u64) -> bool {
        match self.within_epoch {
            Some(SaveEvery::Steps(steps)) => step.is_multiple_of(steps),
            Some(SaveEvery::Time(time)) => self.last.elapsed() >= time,
            None => {
                let least = self.took.saturating_mul(TRAINING_PER_SAVING);
                self.last.elapsed() >= WITHIN_EPOCH.max(least)
            }
        }
    }

    /// Saves the model, unless it diverged.
    pub(super) fn save(
        &mut self,
        folder: &mut RunWriter,
        model: &dyn AnyModel,
        info: &RunInfo,
    ) -> Result<(), Error> {
        self.begin_save(folder, model, info)?;
        Ok(folder.end_save()?)
    }

    /// Saves the model like [`Saving::save`], but returns as soon as training can go on.
    pub(super) fn begin_save(
        &mut self,
        folder: &mut RunWriter,
        model: &dyn AnyModel,
        info: &RunInfo,
    ) -> Result<(), Error> {
        let started = Instant::now();
        self.refuse_diverged(folder, model, info)?;
        folder.begin_save(model, info)?;
        (self.last, self.took) = (Instant::now(), started.elapsed());
        Ok(())
    }

    /// Rejects a model with non-finite weights or with non-finite outputs on the sample.
    pub(super) fn refuse_diverged(
        &self,
        folder: &mut RunWriter,
        model: &dyn AnyModel,
        info: &RunInfo,
    ) -> Result<(), Error> {
        if folder.saved() == Some(info.steps) || info.steps == 0 {
            return Ok(());
        }
        folder.refuse_not_finite(&model.weights(), info)?;
        let mut pass = PassState::inference();
        let mut refuse = |found: &dyn Fn(f32) -> Divergence, values: &[f32]| match first_not_finite(values) {
            Some(at) => Err(folder.diverged(found(values[at]), info)),
            None => Ok(()),
        };
        for (tower, tower_info) in model.description().towers.iter().enumerate() {
            let output = model.tower(tower, &self.sample, &mut pass)?;
            refuse(&|value| Divergence::Tower { tower: &tower_info.name, value }, &output.values)?;
        }
        refuse(&Divergence::Score, &model.scores(&self.sample, &mut pass)?.values)?;
        Ok(())
    }
}
