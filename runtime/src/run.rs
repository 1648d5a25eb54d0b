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
use crate::data::Features;
use crate::error::Error;
use crate::ops::Device;
use crate::printable::printable;
use crate::program::{Program, SpecInfo};
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
/// The tensors stand in a folder of their own for each save, and `run.json` tells by its steps which it is: until it is
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
    pub fn open(path: &Path, spec: &SpecInfo) -> Result<(Self, RunInfo), Error> {
        Self::check(path)?;
        let (folder, info, is_as_written) = Self::read(path)?;
        if info.fingerprint != spec.fingerprint
            && let Some(differs) = difference(&folder.text(SPEC)?, spec.text)
        {
            return Err(folder.of_another_spec(&differs));
        }
        if !is_as_written {
            return Err(folder.changed());
        }
        folder.verified(SPEC)?;
        if info.fingerprint != spec.fingerprint {
            let differs = format!(
                "the texts are equal, so the compilers differ: {} and {}",
                info.compiler, spec.compiler
            );
            return Err(folder.of_another_spec(&differs));
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
    pub fn spec(path: &Path) -> Result<String, Error> {
        Self::check(path)?;
        Self::read(path)?.0.verified(SPEC)
    }

    /// Checks that a folder is that of a run.
    fn check(path: &Path) -> Result<(), Error> {
        if path.join(INFO).is_file() {
            return Ok(());
        }
        Err(Error::input(format_args!(
            "{} is not the folder of a run: it has no {INFO}",
            printable(path.display())
        ))
        .help("a run is made by `train`, which prints its folder"))
    }

    /// Reads `run.json`, and says whether it is as it was written.
    fn read(path: &Path) -> Result<(Self, RunInfo, bool), Error> {
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
    pub fn exports(&self) -> Result<PathBuf, Error> {
        let path = self.file(EXPORT);
        if path.is_symlink() {
            return Err(Error::input(format_args!(
                "{} is a link, which is not followed",
                printable(path.display())
            ))
            .help("remove it, or name a folder for the vectors with `export --out`"));
        }
        Ok(path)
    }

    /// Reads the columns that were fitted to the data.
    pub fn features<F: Features>(&self) -> Result<F, Error> {
        self.parse(FEATURES, &self.verified(FEATURES)?)
    }

    /// The weights of a run, of whatever model, and the rows of its catalogue.
    pub fn sizes_of(path: &Path) -> Result<(StateFile, Option<usize>), Error> {
        let (folder, info, _) = Self::read(path)?;
        Ok((StateFile::read(&folder.file(&info.checkpoint()).join(WEIGHTS))?, info.candidates))
    }

    /// Reads the weights into a model built from the same features.
    pub fn load_weights<D: Device, P: Program<D>>(&self, model: &mut P, info: &RunInfo) -> Result<(), Error> {
        let file = self.state(WEIGHTS, info)?;
        let mut reader = file.tensors()?;
        model.load_weights(&mut reader)?;
        Ok(reader.finish()?)
    }

    /// Reads the weights of the save that is there, which may be a later one than `info` is of: a process that trains the run
    /// replaces it at any time. Returns what that save says of the run.
    pub fn load_last_weights<D: Device, P: Program<D>>(
        &mut self,
        model: &mut P,
        mut info: RunInfo,
    ) -> Result<RunInfo, Error> {
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
    pub fn load_optimizer<D: Device, P: Program<D>>(
        &self,
        model: &mut P,
        info: &RunInfo,
    ) -> Result<(), Error> {
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
    fn state(&self, name: &str, info: &RunInfo) -> Result<StateFile, Error> {
        let name = format!("{}/{name}", info.checkpoint());
        let path = self.file(&name);
        let file = StateFile::read(&path).map_err(|error| damaged(error.into()))?;
        match file.stamp() {
            Some(stamp) if stamp == info.stamp() => {}
            stamp => {
                let stamp =
                    stamp.map_or("has no stamp of a run".to_owned(), |stamp| format!("is of `{stamp}`"));
                let reason = format!("{stamp}, {INFO} of `{}` (fingerprint and step)", info.stamp());
                return Err(damaged(StateError::other(path, reason).into()));
            }
        }
        if let Some(expected) = self.checksum(&name)? {
            file.verify(expected).map_err(|error| damaged(error.into()))?;
        }
        Ok(file)
    }

    /// The text of a file, which must be the one that `run.json` vouches for.
    fn verified(&self, name: &str) -> Result<String, Error> {
        let text = self.text(name)?;
        let found = Checksum::of(text.as_bytes());
        match self.checksum(name)? {
            Some(expected) if found != expected => {
                let kind = StateErrorKind::Changed { found, expected };
                Err(damaged(StateError { path: self.file(name), kind }.into()))
            }
            _ => Ok(text),
        }
    }

    /// The checksum of a file; none in runs of versions that stored none.
    fn checksum(&self, name: &str) -> Result<Option<Checksum>, Error> {
        match self.checksums.get(name) {
            None if !self.checksums.is_empty() => {
                let reason = format!("{INFO} does not vouch for it");
                Err(damaged(StateError::other(self.file(name), reason).into()))
            }
            checksum => Ok(checksum.copied()),
        }
    }

    fn text(&self, name: &str) -> Result<String, Error> {
        let path = self.file(name);
        regular::read_to_string(&path).map_err(|source| damaged(StateError::read(&path, source).into()))
    }

    fn parse<T: serde::de::DeserializeOwned>(&self, name: &str, text: &str) -> Result<T, Error> {
        serde_json::from_str(text).map_err(|error| {
            damaged(Error::input(format_args!("{}: {error}", printable(self.file(name).display()))))
        })
    }

    fn of_another_spec(&self, differs: &str) -> Error {
        let path = printable(self.path.display());
        Error::input(format_args!(
            "{path} was trained by another spec than this program was compiled from\n{differs}"
        ))
        .help(format_args!("use the program of {path}/{SPEC}; what `--set` changes is part of a spec",))
    }

    fn changed(&self) -> Error {
        let reason =
            "the contents are not those that were written: they do not have the checksum that stands in them";
        damaged(StateError::other(self.file(INFO), reason).into())
    }
}

/// A file of a run that cannot be used any more.
fn damaged(error: Error) -> Error {
    error.help("restore the file from a copy, or train again into another folder")
}

/// The first line in which two specs differ.
fn difference(stored: &str, compiled: &str) -> Option<String> {
    let (mut old, mut new) = (stored.lines(), compiled.lines());
    for number in 1.. {
        match (old.next(), new.next()) {
            (None, None) => break,
            (a, b) if a == b => {}
            (a, b) => {
                let show = |line: Option<&str>| printable(line.unwrap_or("(the text ends)")).to_string();
                return Some(format!(
                    "  line {number} of the run's spec:  {}\n  line {number} of this program's: {}",
                    show(a),
                    show(b)
                ));
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
        let message = difference("a\nb\nc", "a\nx\nc").unwrap();
        assert!(
            message.contains("line 2") && message.contains("  b\n") && message.ends_with(" x"),
            "{message}"
        );
        assert!(difference("a\nb", "a").unwrap().contains("(the text ends)"));
        assert_eq!(difference("a", "a"), None);
    }
}
