//! Runs. A run is a folder with the compiled spec, fitted features, weights, and a log of training.

mod begin;
mod commit;
mod data_files;
mod events;
mod info;
mod log;
mod record;
mod save_every;
mod weights;
mod writer;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub use begin::NewRun;
pub use info::{Best, EarlierData, Position, RunInfo};
pub use log::{EpochLine, TrainingLog};
pub use save_every::SaveEvery;
pub use weights::{Chosen, Weights};
pub use writer::RunWriter;

use crate::checksum::Checksum;
use crate::data::AnyFeatures;
use crate::erased::AnyModel;
use crate::error::{RunError, SpecDifference};
use crate::printable::printable;
use crate::program::SpecInfo;
use crate::progress::say;
use crate::regular;
use crate::state::{StateError, StateErrorKind, StateFile};
use record::Record;

const SPEC: &str = "spec.dm";
const INFO: &str = "run.json";
const FEATURES: &str = "features.json";
const METRICS: &str = "metrics.jsonl";
const WEIGHTS: &str = "weights.safetensors";
const EXPORT: &str = "export";
const OPTIMIZER: &str = "optimizer.safetensors";
/// Prefix of the folder of a save's tensors, which ends with its number of steps, and of the best weights. `run.json`
/// has the checksums of those that the run keeps. It is replaced last, so until then the previous save is valid and complete.
const CHECKPOINT: &str = "checkpoint-";

/// A run folder, for reading.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
    /// Checksums of the files listed in `run.json`, by path in the folder. Empty for runs of versions without
    /// checksums.
    checksums: BTreeMap<String, Checksum>,
}

impl RunFolder {
    /// Opens the folder of a run of this spec.
    pub fn open(path: &Path, spec: &SpecInfo) -> Result<(Self, RunInfo), RunError> {
        Self::check(path)?;
        let (folder, info, is_as_written) = Self::read(path)?;
        if info.fingerprint != spec.fingerprint
            && let Some(difference) = difference(&folder.text(SPEC)?, &spec.text)
        {
            return Err(RunError::OtherSpec { path: folder.path, difference });
        }
        if !is_as_written {
            return Err(folder.damaged(INFO, StateErrorKind::Altered));
        }
        folder.verified(SPEC)?;
        if info.fingerprint != spec.fingerprint {
            let difference =
                SpecDifference::Compiler { run: info.compiler, program: spec.compiler.to_string() };
            return Err(RunError::OtherSpec { path: folder.path, difference });
        }
        if folder.checksums.is_empty() {
            say(format_args!(
                "note: {} was saved by an earlier version, without checksums: a damaged file may go unnoticed",
                printable(path.display())
            ));
        }
        Ok((folder, info))
    }

    /// Reads the spec of a run.
    pub fn spec(path: &Path) -> Result<String, RunError> {
        Self::check(path)?;
        Self::read(path)?.0.verified(SPEC)
    }

    /// Returns whether a folder has a run.
    pub fn is_run(path: &Path) -> bool {
        path.join(INFO).is_file()
    }

    /// Checks that a folder has a run.
    fn check(path: &Path) -> Result<(), RunError> {
        if Self::is_run(path) {
            return Ok(());
        }
        Err(RunError::NotARun { path: path.to_owned() })
    }

    /// Reads `run.json`. The last value is false if its text was altered.
    fn read(path: &Path) -> Result<(Self, RunInfo, bool), RunError> {
        let mut folder = Self { path: path.to_owned(), checksums: BTreeMap::new() };
        let text = folder.text(INFO)?;
        let record: Record = folder.parse(INFO, &text)?;
        let is_as_written = record.is_as_written(&text);
        folder.checksums = record.checksums;
        Ok((folder, record.info, is_as_written))
    }

    /// Returns the path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path of a file in the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Returns the folder of exports. A symbolic link is an error.
    pub fn exports(&self) -> Result<PathBuf, RunError> {
        let path = self.file(EXPORT);
        if path.is_symlink() {
            return Err(RunError::Link { path });
        }
        Ok(path)
    }

    /// Reads the fitted features.
    pub fn features(&self, declared: AnyFeatures) -> Result<AnyFeatures, RunError> {
        let text = self.verified(FEATURES)?;
        declared.restored(&text).map_err(|source| RunError::Unreadable { path: self.file(FEATURES), source })
    }

    /// Returns the weights of a run of any model, and its number of candidates.
    pub fn sizes_of(path: &Path) -> Result<(StateFile, Option<usize>), RunError> {
        let (folder, info, _) = Self::read(path)?;
        Ok((StateFile::read(&folder.file(&info.checkpoint()).join(WEIGHTS))?, info.candidates))
    }

    /// Loads weights into a model built from the same features.
    pub fn load_weights(
        &self,
        model: &mut dyn AnyModel,
        info: &RunInfo,
        weights: Weights,
    ) -> Result<(), RunError> {
        let (folder, steps) = weights.of(info);
        if let Weights::After(steps) = weights
            && !self.checkpoints().contains(&folder)
        {
            let kept = self.checkpoints().iter().filter_map(|folder| weights::steps_of(folder)).collect();
            return Err(RunError::NotKept { path: self.path.clone(), steps, kept });
        }
        let file = self.state(&folder, WEIGHTS, &info.stamp(steps))?;
        let mut reader = file.tensors()?;
        model.load_weights(&mut reader)?;
        Ok(reader.finish()?)
    }

    /// Loads weights of the current save. It may be later than `info`, because a training process can
    /// replace it at any time. Returns the info of that save.
    pub fn load_current_weights(
        &mut self,
        model: &mut dyn AnyModel,
        mut info: RunInfo,
        weights: Weights,
    ) -> Result<RunInfo, RunError> {
        loop {
            let Err(error) = self.load_weights(model, &info, weights) else { return Ok(info) };
            let (folder, later, is_as_written) = Self::read(&self.path)?;
            let is_same = (later.steps, &later.chosen) == (info.steps, &info.chosen);
            if is_same || !is_as_written {
                return Err(error);
            }
            (*self, info) = (folder, later);
        }
    }

    /// Loads the state of the optimizer.
    pub fn load_optimizer(&self, model: &mut dyn AnyModel, info: &RunInfo) -> Result<(), RunError> {
        // An optimizer without state has no file. Otherwise the file must exist.
        if model.optimizer_state().is_empty() {
            return Ok(());
        }
        let file = self.state(&info.checkpoint(), OPTIMIZER, &info.stamp(info.steps))?;
        let mut reader = file.tensors()?;
        model.load_optimizer_state(&mut reader)?;
        Ok(reader.finish()?)
    }

    /// Reads a file of tensors and verifies its stamp and checksum.
    fn state(&self, folder: &str, name: &str, stamp: &str) -> Result<StateFile, RunError> {
        let name = format!("{folder}/{name}");
        let path = self.file(&name);
        let file = StateFile::read(&path).map_err(RunError::Damaged)?;
        let found = file.stamp();
        if found.as_deref() != Some(stamp) {
            let expected = stamp.to_owned();
            return Err(self.damaged(&name, StateErrorKind::Stamp { found, expected }));
        }
        if let Some(expected) = self.checksum(&name)? {
            file.verify(expected).map_err(RunError::Damaged)?;
        }
        Ok(file)
    }

    /// Folders of tensors.
    fn checkpoints(&self) -> BTreeSet<String> {
        checkpoints_of(&self.checksums)
    }

    /// Reads a text file and verifies its checksum.
    fn verified(&self, name: &str) -> Result<String, RunError> {
        let text = self.text(name)?;
        let found = Checksum::of(text.as_bytes());
        match self.checksum(name)? {
            Some(expected) if found != expected => {
                Err(self.damaged(name, StateErrorKind::Changed { found, expected }))
            }
            _ => Ok(text),
        }
    }

    /// Returns the checksum of a file. `None` for runs of versions without checksums.
    fn checksum(&self, name: &str) -> Result<Option<Checksum>, RunError> {
        match self.checksums.get(name) {
            None if !self.checksums.is_empty() => Err(self.damaged(name, StateErrorKind::Unvouched)),
            checksum => Ok(checksum.copied()),
        }
    }

    fn text(&self, name: &str) -> Result<String, RunError> {
        let path = self.file(name);
        regular::read_to_string(&path).map_err(|source| RunError::Damaged(StateError::read(&path, source)))
    }

    fn parse<T: serde::de::DeserializeOwned>(&self, name: &str, text: &str) -> Result<T, RunError> {
        serde_json::from_str(text).map_err(|source| RunError::Unreadable { path: self.file(name), source })
    }

    /// Error for a damaged file.
    fn damaged(&self, name: &str, kind: StateErrorKind) -> RunError {
        RunError::Damaged(StateError { path: self.file(name), kind })
    }
}

/// Folders of the tensors with checksums.
fn checkpoints_of(checksums: &BTreeMap<String, Checksum>) -> BTreeSet<String> {
    checksums.keys().filter_map(|name| Some(name.split_once('/')?.0.to_owned())).collect()
}

/// Finds the first line that differs between two specs.
fn difference(stored: &str, compiled: &str) -> Option<SpecDifference> {
    let (mut old, mut new) = (stored.lines(), compiled.lines());
    for number in 1.. {
        match (old.next(), new.next()) {
            (None, None) => break,
            (a, b) if a == b => {}
            (a, b) => {
                let [run, program] = [a, b].map(|line| line.map(str::to_owned));
                return Some(SpecDifference::Line { number, run, program });
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_differs_is_shown() {
        let message = difference("a\nb\nc", "a\nx\nc").unwrap().to_string();
        assert!(
            message.contains("line 2") && message.contains("  b\n") && message.ends_with(" x"),
            "{message}"
        );
        assert!(difference("a\nb", "a").unwrap().to_string().contains("(the text ends)"));
        assert_eq!(difference("a", "a"), None);
    }
}
