//! A run is a folder: the spec as compiled, what was learned from the data, the weights, and how training went.

mod begin;
mod data_files;
mod events;
mod info;
mod log;
mod record;
mod writer;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use begin::NewRun;
pub use info::{Best, EarlierData, Position, RunInfo};
pub use log::{EpochLine, TrainingLog};
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
/// The tensors of each save are in a folder of their own, and `run.json` tells by its steps which it is: until it is
/// replaced, as the last file of a save, the save before counts and is whole.
const CHECKPOINT: &str = "checkpoint-";

/// The folder of a run, to read.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
    /// Checksums of the files that `run.json` vouches for, by their paths in the folder; none in runs of versions that stored none.
    checksums: BTreeMap<String, Checksum>,
}

impl RunFolder {
    /// Opens the folder of a run that this program's spec has made.
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

    /// Reads the spec that a run was compiled from.
    pub fn spec(path: &Path) -> Result<String, RunError> {
        Self::check(path)?;
        Self::read(path)?.0.verified(SPEC)
    }

    /// Checks that a folder is that of a run.
    fn check(path: &Path) -> Result<(), RunError> {
        if path.join(INFO).is_file() {
            return Ok(());
        }
        Err(RunError::NotARun { path: path.to_owned() })
    }

    /// Reads `run.json`, and says whether it is as it was written.
    fn read(path: &Path) -> Result<(Self, RunInfo, bool), RunError> {
        let mut folder = Self { path: path.to_owned(), checksums: BTreeMap::new() };
        let text = folder.text(INFO)?;
        let record: Record = folder.parse(INFO, &text)?;
        let is_as_written = record.is_as_written(&text);
        folder.checksums = record.checksums;
        Ok((folder, record.info, is_as_written))
    }

    /// Path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file of that name in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Folder of its exports. A link in its place is refused, as everywhere in the folder of a run.
    pub fn exports(&self) -> Result<PathBuf, RunError> {
        let path = self.file(EXPORT);
        if path.is_symlink() {
            return Err(RunError::Link { path });
        }
        Ok(path)
    }

    /// Reads the columns that were fitted to the data.
    pub fn features(&self, declared: AnyFeatures) -> Result<AnyFeatures, RunError> {
        let text = self.verified(FEATURES)?;
        declared.restored(&text).map_err(|source| RunError::Unreadable { path: self.file(FEATURES), source })
    }

    /// The weights of a run, of whatever model, and the rows of its catalog.
    pub fn sizes_of(path: &Path) -> Result<(StateFile, Option<usize>), RunError> {
        let (folder, info, _) = Self::read(path)?;
        Ok((StateFile::read(&folder.file(&info.checkpoint()).join(WEIGHTS))?, info.candidates))
    }

    /// Reads the weights into a model built from the same features.
    pub fn load_weights(&self, model: &mut dyn AnyModel, info: &RunInfo) -> Result<(), RunError> {
        let file = self.state(WEIGHTS, info)?;
        let mut reader = file.tensors()?;
        model.load_weights(&mut reader)?;
        Ok(reader.finish()?)
    }

    /// Reads the weights of the save that is there, which may be a later one than `info` is of: a process that trains the run
    /// replaces it at any time. Returns what that save says of the run.
    pub fn load_last_weights(
        &mut self,
        model: &mut dyn AnyModel,
        mut info: RunInfo,
    ) -> Result<RunInfo, RunError> {
        loop {
            let Err(error) = self.load_weights(model, &info) else { return Ok(info) };
            let (folder, later, is_as_written) = Self::read(&self.path)?;
            if later.steps == info.steps || !is_as_written {
                return Err(error);
            }
            (*self, info) = (folder, later);
        }
    }

    /// Reads the optimizer's state.
    pub fn load_optimizer(&self, model: &mut dyn AnyModel, info: &RunInfo) -> Result<(), RunError> {
        // The program knows whether its optimizer has a memory; where it has, the file must be there.
        if model.optimizer_state().is_empty() {
            return Ok(());
        }
        let file = self.state(OPTIMIZER, info)?;
        let mut reader = file.tensors()?;
        model.load_optimizer_state(&mut reader)?;
        Ok(reader.finish()?)
    }

    /// A file of tensors, which must be the one that `run.json` vouches for.
    fn state(&self, name: &str, info: &RunInfo) -> Result<StateFile, RunError> {
        let name = format!("{}/{name}", info.checkpoint());
        let path = self.file(&name);
        let file = StateFile::read(&path).map_err(RunError::Damaged)?;
        let (found, expected) = (file.stamp(), info.stamp());
        if found.as_ref() != Some(&expected) {
            return Err(self.damaged(&name, StateErrorKind::Stamp { found, expected }));
        }
        if let Some(expected) = self.checksum(&name)? {
            file.verify(expected).map_err(RunError::Damaged)?;
        }
        Ok(file)
    }

    /// The text of a file, which must be the one that `run.json` vouches for.
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

    /// The checksum of a file; none in runs of versions that stored none.
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

    /// A file that is not as it was written.
    fn damaged(&self, name: &str, kind: StateErrorKind) -> RunError {
        RunError::Damaged(StateError { path: self.file(name), kind })
    }
}

/// The first line in which two specs differ.
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
