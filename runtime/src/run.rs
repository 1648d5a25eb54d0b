//! A run is a folder: the spec as compiled, what was learned from the data, the weights, and how training went.

mod data_files;
mod events;
mod info;
mod log;

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

pub use info::{Best, Position, RunInfo};
pub use log::{EpochLine, TrainingLog};

use crate::error::Error;
use crate::ops::Device;
use crate::program::{Features, Program, SpecInfo};
use crate::state::{StateError, StateFile, write_atomically, write_state};

const SPEC: &str = "spec.dm";
const INFO: &str = "run.json";
const FEATURES: &str = "features.json";
const WEIGHTS: &str = "weights.safetensors";
const OPTIMIZER: &str = "optimizer.safetensors";
/// The tensors stand in a folder of their own for each save, and `run.json` tells by its steps which it is: until it is
/// replaced, as the last file of a save, the save before counts and is whole.
const CHECKPOINT: &str = "checkpoint-";

/// The folder of a run.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Chooses the folder of a new run: `out`, or `runs/<name>-<time>`. One that holds a run is refused. Nothing is written yet.
    pub fn choose(spec: &SpecInfo, out: Option<&Path>) -> Result<Self, Error> {
        let Some(path) = out else { return Ok(Self { path: unused(spec.name) }) };
        if path.join(INFO).exists() {
            return Err(Error::input(format_args!("{} holds a run already", path.display())).help(
                format_args!("continue it with `--resume {}`, or choose another folder", path.display()),
            ));
        }
        Ok(Self { path: path.to_owned() })
    }

    /// Makes the folder, with the spec and what was learned from the data.
    pub fn begin<F: Features>(&self, spec: &SpecInfo, features: &F) -> Result<(), Error> {
        std::fs::create_dir_all(&self.path).map_err(|source| StateError::write(&self.path, source))?;
        write_atomically(&self.file(SPEC), |file| file.write_all(spec.text.as_bytes()))?;
        self.write_json(FEATURES, features)
    }

    /// Opens the folder of a run that this program's spec has made.
    pub fn open(path: &Path, spec: &SpecInfo) -> Result<(Self, RunInfo), Error> {
        let folder = Self { path: path.to_owned() };
        if !folder.file(INFO).is_file() {
            return Err(Error::input(format_args!(
                "{} is not the folder of a run: it has no {INFO}",
                path.display()
            ))
            .help("a run is made by `train`, which prints its folder"));
        }
        let info: RunInfo = folder.read_json(INFO)?;
        if info.fingerprint != spec.fingerprint {
            let spec_file = folder.file(SPEC);
            let stored =
                std::fs::read_to_string(&spec_file).map_err(|source| StateError::read(&spec_file, source))?;
            let differs = difference(&stored, spec.text).unwrap_or_else(|| {
                format!(
                    "the texts are equal, so the compilers differ: {} and {}",
                    info.compiler, spec.compiler
                )
            });
            return Err(Error::input(format_args!(
                "{} was trained by another spec than this program was compiled from\n{differs}",
                path.display()
            ))
            .help(format_args!(
                "use the program of {}; what `--set` changes is part of a spec",
                spec_file.display()
            )));
        }
        Ok((folder, info))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file of that name in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// What was learned from the data.
    pub fn features<F: Features>(&self) -> Result<F, Error> {
        self.read_json(FEATURES)
    }

    /// Stores the model as it is at a position of training. Until all is stored, the run stays as it was saved before.
    pub fn save<D: Device, P: Program<D>>(&self, model: &P, info: &RunInfo) -> Result<(), Error> {
        let last = self.read_json::<RunInfo>(INFO).ok().map(|info| info.checkpoint());
        let checkpoint = self.file(&info.checkpoint());
        self.write_checkpoint(&checkpoint, model, info).inspect_err(|_| {
            if last.as_ref() != Some(&info.checkpoint()) {
                // What could not be stored whole is of no use, and the disk may be full. The error to report is the first.
                let _ = std::fs::remove_dir_all(&checkpoint);
            }
        })?;
        self.remove_checkpoints_but(&info.checkpoint())
    }

    fn write_checkpoint<D: Device, P: Program<D>>(
        &self,
        folder: &Path,
        model: &P,
        info: &RunInfo,
    ) -> Result<(), Error> {
        std::fs::create_dir_all(folder).map_err(|source| StateError::write(folder, source))?;
        let stamp = info.stamp();
        write_state(&folder.join(WEIGHTS), &model.weights(), &stamp)?;
        // An optimizer without memory has no file.
        let optimizer = model.optimizer_state();
        if !optimizer.is_empty() {
            write_state(&folder.join(OPTIMIZER), &optimizer, &stamp)?;
        }
        self.write_json(INFO, info)
    }

    fn remove_checkpoints_but(&self, kept: &str) -> Result<(), Error> {
        let failed = |source| StateError::read(&self.path, source);
        for entry in std::fs::read_dir(&self.path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            let is_checkpoint = name.to_str().is_some_and(|name| name.starts_with(CHECKPOINT));
            if is_checkpoint && name != kept {
                let path = entry.path();
                std::fs::remove_dir_all(&path).map_err(|error| {
                    Error::input(format_args!("{}: cannot be removed: {error}", path.display()))
                })?;
            }
        }
        Ok(())
    }

    /// The weights of a run, of whatever model, and the rows of its catalogue.
    pub fn sizes_of(path: &Path) -> Result<(StateFile, Option<usize>), Error> {
        let folder = RunFolder { path: path.to_owned() };
        let info: RunInfo = folder.read_json(INFO)?;
        Ok((StateFile::read(&folder.file(&info.checkpoint()).join(WEIGHTS))?, info.candidates))
    }

    /// Reads the weights into a model built from the same features.
    pub fn load_weights<D: Device, P: Program<D>>(&self, model: &mut P, info: &RunInfo) -> Result<(), Error> {
        let file = self.state(WEIGHTS, info)?;
        let mut reader = file.tensors()?;
        model.load_weights(&mut reader)?;
        Ok(reader.finish()?)
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

    /// A file of tensors, which must be of the step that `run.json` tells of.
    fn state(&self, name: &str, info: &RunInfo) -> Result<StateFile, Error> {
        let path = self.file(&info.checkpoint()).join(name);
        let file = StateFile::read(&path).map_err(|error| damaged(error.into()))?;
        match file.stamp() {
            Some(stamp) if stamp == info.stamp() => Ok(file),
            stamp => {
                let stamp =
                    stamp.map_or("has no stamp of a run".to_owned(), |stamp| format!("is of `{stamp}`"));
                let reason = format!("{stamp}, {INFO} of `{}` (fingerprint and step)", info.stamp());
                Err(damaged(StateError::other(path, reason).into()))
            }
        }
    }

    fn write_json(&self, name: &str, value: &impl serde::Serialize) -> Result<(), Error> {
        Ok(write_atomically(&self.file(name), |file| {
            serde_json::to_writer_pretty(&mut *file, value)?;
            file.write_all(b"\n")
        })?)
    }

    fn read_json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, Error> {
        let path = self.file(name);
        let text = std::fs::read_to_string(&path).map_err(|source| StateError::read(&path, source))?;
        serde_json::from_str(&text)
            .map_err(|error| damaged(Error::input(format_args!("{}: {error}", path.display()))))
    }
}

/// A file of a run that cannot be used any more.
fn damaged(error: Error) -> Error {
    error.help("restore the file from a copy, or train again into another folder")
}

/// `runs/<name>-<time>`, with a number where that is taken.
fn unused(name: &str) -> PathBuf {
    let path = Path::new("runs").join(format!("{name}-{}", timestamp()));
    let numbered = (2..).map(|number| path.with_added_extension(number.to_string()));
    std::iter::once(path.clone()).chain(numbered).find(|path| !path.exists()).unwrap_or(path)
}

/// The first line in which two specs differ.
fn difference(stored: &str, compiled: &str) -> Option<String> {
    let (mut old, mut new) = (stored.lines(), compiled.lines());
    for number in 1.. {
        match (old.next(), new.next()) {
            (None, None) => break,
            (a, b) if a == b => {}
            (a, b) => {
                let show = |line: Option<&str>| line.map_or("(the text ends)".to_owned(), str::to_owned);
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

/// `20260131-174500`, in UTC.
fn timestamp() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
    let (days, time) = (seconds / 86_400, seconds % 86_400);
    // Civil date from days since 1970-01-01, with years that begin in March (Howard Hinnant's algorithm).
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}-{:02}{:02}{:02}", time / 3_600, time / 60 % 60, time % 60)
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

    #[test]
    fn a_timestamp_has_a_date_and_a_time() {
        let now = timestamp();
        assert_eq!(now.len(), 15);
        assert!(now.starts_with("20"), "{now}");
    }
}
