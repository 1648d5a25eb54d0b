//! A run is a folder: the spec as compiled, what was learned from the data, the weights, and how training went.

mod info;
mod log;

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

pub use info::{Position, RunInfo};
pub use log::MetricsLog;

use crate::error::Error;
use crate::ops::Device;
use crate::program::{Features, Program, SpecInfo};
use crate::state::{StateError, StateFile, write_atomically, write_state};

const SPEC: &str = "spec.dm";
const INFO: &str = "run.json";
const FEATURES: &str = "features.json";
const WEIGHTS: &str = "weights.safetensors";
const OPTIMIZER: &str = "optimizer.safetensors";
const METRICS: &str = "metrics.jsonl";

/// The folder of a run.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Makes the folder of a new run: `out`, or `runs/<name>-<time>`. A folder that holds a run is not written over.
    pub fn create(spec: &SpecInfo, out: Option<&Path>) -> Result<Self, Error> {
        let path = out
            .map_or_else(|| Path::new("runs").join(format!("{}-{}", spec.name, timestamp())), Path::to_owned);
        if path.join(INFO).exists() {
            return Err(Error::input(format_args!("{} holds a run already", path.display())).help(
                format_args!("continue it with `--resume {}`, or choose another folder", path.display()),
            ));
        }
        std::fs::create_dir_all(&path).map_err(|source| StateError::write(&path, source))?;
        let folder = Self { path };
        write_atomically(&folder.file(SPEC), |file| file.write_all(spec.text.as_bytes()))?;
        Ok(folder)
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
            let stored = std::fs::read_to_string(folder.file(SPEC)).unwrap_or_default();
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
            .help(format_args!("compile {} and use that program", folder.file(SPEC).display())));
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

    /// The lines of its metrics.
    pub fn metrics(&self) -> MetricsLog {
        MetricsLog::at(self.file(METRICS))
    }

    /// Stores what was learned from the data.
    pub fn save_features<F: Features>(&self, features: &F) -> Result<(), Error> {
        self.write_json(FEATURES, features)
    }

    /// What was learned from the data.
    pub fn features<F: Features>(&self) -> Result<F, Error> {
        self.read_json(FEATURES)
    }

    /// Stores the model as it is at a position of training. What describes it comes last.
    pub fn save<D: Device, P: Program<D>>(&self, model: &P, info: &RunInfo) -> Result<(), Error> {
        let stamp = info.stamp();
        write_state(&self.file(WEIGHTS), &model.weights(), &stamp)?;
        // An optimizer without memory has no file.
        let optimizer = model.optimizer_state();
        if !optimizer.is_empty() {
            write_state(&self.file(OPTIMIZER), &optimizer, &stamp)?;
        }
        self.write_json(INFO, info)
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
        let path = self.file(name);
        let file = StateFile::read(&path)?;
        match file.stamp() {
            Some(stamp) if stamp != info.stamp() => Err(Error::input(format_args!(
                "{}: is of `{stamp}` (fingerprint and step), {INFO} of `{}`: the run was cut off while it was saved",
                path.display(),
                info.stamp()
            ))),
            // Without a stamp the file is damaged or foreign: taking its tensors says which.
            _ => Ok(file),
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
        serde_json::from_str(&text).map_err(|error| Error::input(format_args!("{}: {error}", path.display())))
    }
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
