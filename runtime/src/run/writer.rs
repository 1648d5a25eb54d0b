//! Writer of a run. It writes the checkpoint first, then renames the new `run.json`, which names it. The
//! rename is the commit point: before it, the run is the previous save; after it, the new one.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::record::Record;
use super::{CHECKPOINT, FEATURES, INFO, METRICS, OPTIMIZER, RunFolder, RunInfo, SPEC, WEIGHTS};
use crate::checksum::Checksum;
use crate::erased::AnyModel;
use crate::error::{Divergence, Error, RunError, TrainingError, Unconfirmed};
use crate::printable::printable;
use crate::program::SpecInfo;
use crate::progress::say;
use crate::regular;
use crate::state::{Disk, FileSystem, Lock, NamedTensor, StateError, is_temporary, write_tensors};

/// A run folder for writing, locked by this process.
#[derive(Debug)]
pub struct RunWriter {
    folder: RunFolder,
    /// Steps of the last save. `None` before the first.
    saved: Option<u64>,
    disk: Box<dyn Disk>,
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
        let writer = Self { folder, saved: Some(info.steps), disk: Box::new(FileSystem), _lock: lock };
        writer.sweep();
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
        let mut writer = Self { folder, saved: None, disk: Box::new(FileSystem), _lock: lock };
        writer.sweep();
        writer.write(SPEC, |file| file.write_all(spec.text.as_bytes()))?;
        writer.write(FEATURES, |file| {
            serde_json::to_writer_pretty(&mut *file, features)?;
            file.write_all(b"\n")
        })?;
        Ok(writer)
    }

    /// Returns the steps of the last save. `None` before the first.
    pub fn saved(&self) -> Option<u64> {
        self.saved
    }

    /// Saves the model at a position of training. Non-finite values are rejected. Until everything is stored,
    /// the previous save is the valid one.
    pub fn save(&mut self, model: &dyn AnyModel, info: &RunInfo) -> Result<(), Error> {
        self.store(&model.weights(), &model.optimizer_state(), info)
    }

    fn store(
        &mut self,
        weights: &[NamedTensor<'_>],
        optimizer: &[NamedTensor<'_>],
        info: &RunInfo,
    ) -> Result<(), Error> {
        self.refuse_not_finite(weights, info)?;
        self.refuse_not_finite(optimizer, info)?;
        // The tensors after the same number of steps are the same.
        let is_stored = self.saved == Some(info.steps);
        let beside = self.file(&format!(".{INFO}.tmp"));
        let checksums = self.folder.checksums.clone();
        let written = match is_stored {
            true => Ok(()),
            false => self.write_checkpoint(weights, optimizer, info),
        }
        .and_then(|()| self.write_record(&beside, info));
        if let Err(error) = written {
            self.folder.checksums = checksums;
            // Removes incomplete files, since the disk may be full. The first error is reported.
            let _ = self.disk.remove(&beside);
            if !is_stored {
                let _ = self.disk.remove(&self.file(&info.checkpoint()));
            }
            return Err(error.into());
        }
        self.commit(&beside, info)?;
        self.saved = Some(info.steps);
        self.sweep();
        Ok(())
    }

    /// Writes the tensors to a folder that `run.json` does not name yet.
    fn write_checkpoint(
        &mut self,
        weights: &[NamedTensor<'_>],
        optimizer: &[NamedTensor<'_>],
        info: &RunInfo,
    ) -> Result<(), RunError> {
        let checkpoint = info.checkpoint();
        let folder = self.file(&checkpoint);
        let failed = |source| StateError::write(&folder, source);
        if folder.exists() {
            // Left over from an interrupted save.
            self.disk.remove(&folder).map_err(failed)?;
        }
        self.disk.make_folder(&folder).map_err(failed)?;
        self.folder.checksums.retain(|name, _| !name.starts_with(CHECKPOINT));
        let stamp = info.stamp();
        self.write(&format!("{checkpoint}/{WEIGHTS}"), |file| write_tensors(file, weights, &stamp))?;
        // An optimizer without state has no file.
        if !optimizer.is_empty() {
            self.write(&format!("{checkpoint}/{OPTIMIZER}"), |file| write_tensors(file, optimizer, &stamp))?;
        }
        self.disk.sync_folder(&folder).map_err(failed)?;
        Ok(self.sync()?)
    }

    /// Writes the next `run.json` under a temporary name.
    fn write_record(&self, path: &Path, info: &RunInfo) -> Result<(), RunError> {
        let record = Record { info: info.clone(), checksums: self.folder.checksums.clone() };
        let text = record.to_text().map_err(|error| StateError::write(path, error.into()))?;
        let written = self.disk.write(path, |file| file.write_all(text.as_bytes()));
        written.map_err(|error| StateError { path: self.file(INFO), ..error })?;
        Ok(())
    }

    /// Replaces `run.json`. From here on, both checkpoints are kept after an error.
    fn commit(&self, beside: &Path, info: &RunInfo) -> Result<(), RunError> {
        let path = self.file(INFO);
        self.disk.rename(beside, &path).map_err(|source| StateError::write(&path, source))?;
        self.sync().map_err(|source| {
            let path = self.path().to_owned();
            RunError::Unconfirmed(Box::new(Unconfirmed { source, path, steps: info.steps }))
        })
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

    fn sync(&self) -> Result<(), StateError> {
        self.disk.sync_folder(self.path()).map_err(|source| StateError::write(self.path(), source))
    }

    /// Removes older checkpoints and temporary files of killed processes. A failure only wastes space.
    fn sweep(&self) {
        let named = self.saved.map(|steps| format!("{CHECKPOINT}{steps}"));
        for entry in std::fs::read_dir(self.path()).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let is_old = is_checkpoint(name) && named.as_deref() != Some(name);
            if (is_old || is_temporary(name, &[SPEC, FEATURES, INFO, METRICS]))
                && let Err(error) = self.disk.remove(&entry.path())
            {
                say(format_args!(
                    "warning: {}: cannot be removed: {error}",
                    printable(entry.path().display())
                ));
            }
        }
    }

    /// Rejects tensors with non-finite values.
    pub(crate) fn refuse_not_finite(
        &self,
        tensors: &[NamedTensor<'_>],
        info: &RunInfo,
    ) -> Result<(), TrainingError> {
        tensors.iter().try_for_each(|tensor| match tensor.not_finite() {
            Some(value) => Err(self.diverged(Divergence::Tensor { name: tensor.name.clone(), value }, info)),
            None => Ok(()),
        })
    }

    /// Returns the error for diverged training: the position, and the last save.
    pub(crate) fn diverged(&self, found: Divergence, info: &RunInfo) -> TrainingError {
        TrainingError::Diverged {
            found,
            step: info.steps,
            epoch: info.epoch(),
            run: self.path().to_owned(),
            saved: self.saved,
        }
    }
}

/// Returns whether a name is `checkpoint-` followed by a number.
fn is_checkpoint(name: &str) -> bool {
    name.strip_prefix(CHECKPOINT).is_some_and(|steps| steps.parse::<u64>().is_ok())
}

#[cfg(test)]
mod tests;
