//! Writing a run: the checkpoint first, then `run.json`, which names it. The rename that gives `run.json` its name is the point of
//! commit: before it the run is the one saved before, after it the new one, and nothing is taken back.

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

/// The folder of a run that this process alone writes.
#[derive(Debug)]
pub struct RunWriter {
    folder: RunFolder,
    /// Steps of the last save; none of a run that was not saved yet.
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
    /// Opens the folder of a run that this program's spec has made, to go on with it.
    pub fn open(path: &Path, spec: &SpecInfo) -> Result<(Self, RunInfo), RunError> {
        RunFolder::check(path)?;
        let lock = Lock::take(path)?;
        let (mut folder, info) = RunFolder::open(path, spec)?;
        if folder.checksums.is_empty() {
            // The next save vouches for them as they are now.
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

    /// Fills the folder of a new run with what does not change any more.
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

    /// Steps of the last save; none of a run that was not saved yet.
    pub fn saved(&self) -> Option<u64> {
        self.saved
    }

    /// Stores the model as it is at a position of training. Numbers that are not finite are refused. Until all is stored, the run
    /// stays as it was saved before.
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
        // After as many steps the tensors are the same.
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
            // What could not be stored whole is of no use, and the disk may be full. The error to report is the first.
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
            // Of a save that was cut short.
            self.disk.remove(&folder).map_err(failed)?;
        }
        self.disk.make_folder(&folder).map_err(failed)?;
        self.folder.checksums.retain(|name, _| !name.starts_with(CHECKPOINT));
        let stamp = info.stamp();
        self.write(&format!("{checkpoint}/{WEIGHTS}"), |file| write_tensors(file, weights, &stamp))?;
        // An optimizer without memory has no file.
        if !optimizer.is_empty() {
            self.write(&format!("{checkpoint}/{OPTIMIZER}"), |file| write_tensors(file, optimizer, &stamp))?;
        }
        self.disk.sync_folder(&folder).map_err(failed)?;
        Ok(self.sync()?)
    }

    /// Writes what is to become `run.json`.
    fn write_record(&self, path: &Path, info: &RunInfo) -> Result<(), RunError> {
        let record = Record { info: info.clone(), checksums: self.folder.checksums.clone() };
        let text = record.to_text().map_err(|error| StateError::write(path, error.into()))?;
        let written = self.disk.write(path, |file| file.write_all(text.as_bytes()));
        written.map_err(|error| StateError { path: self.file(INFO), ..error })?;
        Ok(())
    }

    /// Replaces `run.json`. Whatever fails from here on, both checkpoints stay.
    fn commit(&self, beside: &Path, info: &RunInfo) -> Result<(), RunError> {
        let path = self.file(INFO);
        self.disk.rename(beside, &path).map_err(|source| StateError::write(&path, source))?;
        self.sync().map_err(|source| {
            let path = self.path().to_owned();
            RunError::Unconfirmed(Box::new(Unconfirmed { source, path, steps: info.steps }))
        })
    }

    /// Writes a file of the run, for which `run.json` is to vouch.
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

    /// Removes what no save needs any more: older checkpoints, and what processes left that were killed. A failure is no more than
    /// a waste of room.
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

    /// Refuses tensors that hold numbers which are not finite.
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

    /// Training that has come to a number which is not finite, at a position, and what is left of the run.
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

/// Returns whether a name is `checkpoint-` and a number of steps.
fn is_checkpoint(name: &str) -> bool {
    name.strip_prefix(CHECKPOINT).is_some_and(|steps| steps.parse::<u64>().is_ok())
}

#[cfg(test)]
mod tests;
