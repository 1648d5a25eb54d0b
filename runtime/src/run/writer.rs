//! Writer of a run. A save copies the tensors into files; another thread ends it ([`Commit`]) while training goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use serde::Serialize;

use super::checkpoints_of;
use super::commit::{Checkpoint, Commit, sweep};
use super::record::Record;
use super::weights::{after, best, steps_of};
use super::{FEATURES, OPTIMIZER, RunFolder, RunInfo, SPEC, WEIGHTS};
use crate::checksum::Checksum;
use crate::erased::AnyModel;
use crate::error::{Divergence, Error, RunError, TrainingError};
use crate::program::SpecInfo;
use crate::progress::say;
use crate::regular;
use crate::state::{Disk, FileSystem, Lock, NamedTensor, StateError, write_tensors};

/// A run folder for writing, locked by this process.
#[derive(Debug)]
pub struct RunWriter {
    folder: RunFolder,
    /// Steps of the last save. `None` before the first.
    saved: Option<u64>,
    /// Number of saves that are kept.
    keep: usize,
    disk: Arc<dyn Disk>,
    /// Thread that ends a save.
    ending: Option<JoinHandle<Result<Record, RunError>>>,
    _lock: Lock,
}

impl Deref for RunWriter {
    type Target = RunFolder;

    fn deref(&self) -> &RunFolder {
        &self.folder
    }
}

impl RunWriter {
    /// Opens the folder of a run of this spec, to continue it.
    pub fn open(path: &Path, spec: &SpecInfo) -> Result<(Self, RunInfo), RunError> {
        RunFolder::check(path)?;
        let lock = Lock::take(path)?;
        let (mut folder, info) = RunFolder::open(path, spec)?;
        if folder.checksums.is_empty() {
            // A run without checksums gets those of its current files.
            let tensors = [WEIGHTS, OPTIMIZER].map(|name| format!("{}/{name}", info.checkpoint()));
            for name in [SPEC, FEATURES].map(str::to_owned).into_iter().chain(tensors) {
                let path = folder.file(&name);
                if path.exists() {
                    let sum = regular::open(&path).and_then(Checksum::of_all);
                    folder.checksums.insert(name, sum.map_err(|source| StateError::read(&path, source))?);
                }
            }
        }
        let writer = Self::new(folder, Some(&info), lock);
        Ok((writer, info))
    }

    /// Begins a new run with the files that do not change.
    pub(super) fn begin(
        path: PathBuf,
        lock: Lock,
        spec: &SpecInfo,
        features: &impl Serialize,
    ) -> Result<Self, RunError> {
        let folder = RunFolder { path, checksums: BTreeMap::new() };
        let mut writer = Self::new(folder, None, lock);
        writer.write(SPEC, |file| file.write_all(spec.text.as_bytes()))?;
        writer.write(FEATURES, |file| {
            serde_json::to_writer_pretty(&mut *file, features)?;
            file.write_all(b"\n")
        })?;
        Ok(writer)
    }

    fn new(folder: RunFolder, saved: Option<&RunInfo>, lock: Lock) -> Self {
        sweep(&FileSystem, &folder.path, &folder.checkpoints());
        let keep = saved.and_then(|info| info.keep).unwrap_or(1);
        let saved = saved.map(|info| info.steps);
        Self { folder, saved, keep, disk: Arc::new(FileSystem), ending: None, _lock: lock }
    }

    /// Returns the steps of the last save. `None` before the first.
    pub fn saved(&self) -> Option<u64> {
        self.saved
    }

    /// Saves the model at a position of training. Non-finite values are rejected. Until everything is stored,
    /// the previous save is the valid one.
    pub fn save(&mut self, model: &dyn AnyModel, info: &RunInfo) -> Result<(), Error> {
        self.begin_save(model, info)?;
        Ok(self.end_save()?)
    }

    /// Saves the model like [`RunWriter::save`], but returns as soon as its tensors are copied to files. The next save
    /// and [`RunWriter::end_save`] wait until everything is stored, and return its error.
    pub fn begin_save(&mut self, model: &dyn AnyModel, info: &RunInfo) -> Result<(), Error> {
        self.begin_store(&model.weights(), &model.optimizer_state(), info)
    }

    /// Waits until a save that was begun is stored.
    pub fn end_save(&mut self) -> Result<(), RunError> {
        if let Some(ending) = self.ending.take() {
            let Record { info, checksums } = ending.join().unwrap_or_else(|panic| resume_unwind(panic))?;
            (self.saved, self.folder.checksums) = (Some(info.steps), checksums);
        }
        Ok(())
    }

    fn begin_store(
        &mut self,
        weights: &[NamedTensor<'_>],
        optimizer: &[NamedTensor<'_>],
        info: &RunInfo,
    ) -> Result<(), Error> {
        self.end_save()?;
        self.refuse_not_finite(weights, info)?;
        self.refuse_not_finite(optimizer, info)?;
        self.keep = info.keep.unwrap_or(self.keep);
        let mut checksums = self.folder.checksums.clone();
        let mut checkpoints = Vec::new();
        // The tensors after the same number of steps are the same.
        if self.saved != Some(info.steps) {
            let files = [(WEIGHTS, weights), (OPTIMIZER, optimizer)];
            checkpoints.push(self.write_checkpoint(info.checkpoint(), &files, info, &mut checksums)?);
        }
        if let Some(best) = info.new_best().filter(|best| !self.folder.checkpoints().contains(best)) {
            match self.write_checkpoint(best, &[(WEIGHTS, weights)], info, &mut checksums) {
                Ok(checkpoint) => checkpoints.push(checkpoint),
                Err(error) => {
                    checkpoints.iter().for_each(|checkpoint| checkpoint.discard(&*self.disk));
                    return Err(error.into());
                }
            }
        }
        let kept = self.kept(info, &checksums);
        checksums.retain(|name, _| name.split_once('/').is_none_or(|(folder, _)| kept.contains(folder)));
        let record = Record { info: info.clone(), checksums };
        let (disk, path) = (self.disk.clone(), self.path().to_owned());
        let commit = Commit { disk, path, checkpoints, record };
        let thread = thread::Builder::new().spawn(|| commit.run());
        self.ending = Some(thread.map_err(|source| RunError::from(StateError::write(self.path(), source)))?);
        Ok(())
    }

    /// Folders that a save keeps, of those with checksums: the last ones, and that of the best weights.
    fn kept(&self, info: &RunInfo, checksums: &BTreeMap<String, Checksum>) -> BTreeSet<String> {
        let steps: BTreeSet<u64> =
            checkpoints_of(checksums).iter().filter_map(|folder| steps_of(folder)).collect();
        let last = steps.into_iter().rev().take(self.keep.max(1)).map(after);
        last.chain(info.chosen.as_ref().map(|chosen| best(chosen.steps))).collect()
    }

    /// Writes tensors to a folder that `run.json` does not name yet. Nothing is left of it after an error.
    fn write_checkpoint(
        &self,
        name: String,
        files_of: &[(&str, &[NamedTensor<'_>])],
        info: &RunInfo,
        checksums: &mut BTreeMap<String, Checksum>,
    ) -> Result<Checkpoint, RunError> {
        let path = self.file(&name);
        let failed = |source| StateError::write(&path, source);
        if path.exists() {
            // Left over from an interrupted save.
            self.disk.remove(&path).map_err(failed)?;
        }
        self.disk.make_folder(&path).map_err(failed)?;
        let (mut files, stamp) = (Vec::new(), info.stamp(info.steps));
        for &(file, tensors) in files_of {
            // An optimizer without state has no file.
            if file == OPTIMIZER && tensors.is_empty() {
                continue;
            }
            let own = path.join(file);
            match self.disk.write_unsynced(&own, |into| write_tensors(into, tensors, &stamp)) {
                Ok((written, checksum)) => {
                    checksums.insert(format!("{name}/{file}"), checksum);
                    files.push((own, written));
                }
                Err(error) => {
                    // The disk may be full.
                    let _ = self.disk.remove(&path);
                    return Err(error.into());
                }
            }
        }
        Ok(Checkpoint { path, files })
    }

    /// Writes a file of the run and records its checksum.
    fn write(
        &mut self,
        name: &str,
        fill: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>,
    ) -> Result<(), StateError> {
        let checksum = self.disk.write(&self.file(name), fill)?;
        self.folder.checksums.insert(name.to_owned(), checksum);
        Ok(())
    }

    /// Rejects tensors with non-finite values.
    pub(crate) fn refuse_not_finite(
        &mut self,
        tensors: &[NamedTensor<'_>],
        info: &RunInfo,
    ) -> Result<(), TrainingError> {
        tensors.iter().try_for_each(|tensor| match tensor.not_finite() {
            Some(value) => Err(self.diverged(Divergence::Tensor { name: tensor.name.clone(), value }, info)),
            None => Ok(()),
        })
    }

    /// Returns the error for diverged training: the position, and the last save.
    pub(crate) fn diverged(&mut self, found: Divergence, info: &RunInfo) -> TrainingError {
        self.settle();
        TrainingError::Diverged {
            found,
            step: info.steps,
            epoch: info.epoch(),
            run: self.path().to_owned(),
            saved: self.saved,
        }
    }

    /// Waits until a save that was begun is stored. Another error is on its way to the user, so that of the save is a
    /// warning.
    fn settle(&mut self) {
        if let Err(error) = self.end_save() {
            say(format_args!("warning: {error}"));
        }
    }
}

impl Drop for RunWriter {
    fn drop(&mut self) {
        self.settle();
    }
}

#[cfg(test)]
mod tests;
