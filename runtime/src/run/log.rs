//! Training log: `metrics.jsonl` with one JSON object per line, and the same as TensorBoard events.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::events::Events;
use super::{METRICS, Position, RunFolder};
use crate::data::HeldOut;
use crate::evaluate::{Measured, Report};
use crate::progress::say;
use crate::regular::{self, Links, open_with};
use crate::state::{StateError, write_atomically};

/// Log of a run, open for one session. If a write fails, one warning is printed and training continues.
#[derive(Debug)]
pub struct TrainingLog {
    path: PathBuf,
    /// None if the log cannot be written.
    events: Option<Events>,
    /// Folder of the run.
    folder: PathBuf,
    /// Curves by step, if there are any.
    steps: Option<Events>,
}

/// Folder of the curves by step.
const STEPS: &str = "steps";

/// One epoch of training.
#[derive(Clone, Debug)]
pub struct EpochLine<'a> {
    /// Number of completed epochs.
    pub epoch: usize,
    /// Total number of steps.
    pub step: u64,
    /// Mean loss of its steps.
    pub loss: f64,
    /// Mean loss of each task, if the objective names them.
    pub losses: Vec<(&'a str, f64)>,
    /// Weight of each task in its last step, if the weights are learned.
    pub weights: Vec<(&'a str, f64)>,
    /// Rows of the epoch.
    pub rows: usize,
    /// Seconds spent in its steps, in all sessions.
    pub seconds: f64,
    /// Share of rejected draws of negatives, if seen items are excluded.
    pub rejected: Option<f64>,
    /// Learning rate of its last step, if it depends on the step.
    pub rate: Option<f64>,
}

impl TrainingLog {
    /// Opens the log of a run at a position. Removes later lines, which belong to training that was not
    /// saved.
    pub fn open(folder: &RunFolder, position: &Position) -> Self {
        let path = folder.file(METRICS);
        let open = || {
            keep(&path, position)?;
            Events::begin(folder.path(), position.epochs + 1)
        };
        let events = open().map_err(warn).ok();
        Self { path, events, folder: folder.path().to_owned(), steps: None }
    }

    /// Logs an epoch of training.
    pub fn epoch(&mut self, line: EpochLine<'_>) {
        let EpochLine { epoch, step, loss, losses, weights, rows, seconds, rejected, rate } = line;
        let mut line = json!({"epoch": epoch, "step": step, "loss": loss, "rows": rows, "seconds": seconds});
        let mut scalars = vec![("train/loss".to_owned(), loss)];
        for (name, curve, of_tasks) in [("losses", "loss", losses), ("weights", "weight", weights)] {
            if !of_tasks.is_empty() {
                line[name] = json!(of_tasks.iter().copied().collect::<BTreeMap<_, _>>());
                scalars
                    .extend(of_tasks.iter().map(|(task, value)| (format!("train/{curve}/{task}"), *value)));
            }
        }
        if let Some(share) = rejected {
            line["rejected"] = share.into();
            scalars.push(("train/rejected".to_owned(), share));
        }
        if let Some(rate) = rate {
            line["lr"] = json!(rate);
        }
        self.write(&line, |events| events.scalars(epoch, &scalars));
    }

    /// Logs the learning rate of a step, in a folder of its own: other curves are by epoch.
    pub fn rate(&mut self, step: u64, rate: f64) {
        if self.events.is_none() {
            return;
        }
        let step = step as usize;
        let begin = || {
            let folder = self.folder.join(STEPS);
            std::fs::create_dir_all(&folder).map_err(|source| StateError::write(&folder, source))?;
            Events::begin(&folder, step)
        };
        let events = match self.steps.take() {
            Some(events) => Ok(events),
            None => begin(),
        };
        let written = events.and_then(|mut events| {
            events.scalars(step, &[("train/lr".to_owned(), rate)])?;
            Ok(events)
        });
        match written {
            Ok(events) => self.steps = Some(events),
            Err(error) => {
                warn(error);
                self.events = None;
            }
        }
    }

    /// Logs an evaluation after an epoch.
    pub fn evaluation(&mut self, epoch: usize, report: &Report) {
        let name = curve(report.part);
        let line = json!({"epoch": epoch, name: report.to_json(), "protocol": report.protocol});
        let scalar = |found: &Measured| (format!("{name}/{}", found.name), found.value);
        let scalars: Vec<_> = report.metrics.iter().map(scalar).collect();
        self.write(&line, |events| events.scalars(epoch, &scalars));
    }

    /// Appends another line.
    pub fn append(&mut self, line: &Value) {
        self.write(line, |_| Ok(()));
    }

    fn write(&mut self, line: &Value, event: impl FnOnce(&mut Events) -> Result<(), StateError>) {
        let Some(events) = &mut self.events else { return };
        let appended = open_with(OpenOptions::new().create(true).append(true), Links::Refuse, &self.path)
            .and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()))
            .map_err(|source| StateError::write(&self.path, source));
        if let Err(error) = appended.and_then(|()| event(events)) {
            warn(error);
            self.events = None;
        }
    }
}

/// Name of the curves of a part.
fn curve(part: HeldOut) -> &'static str {
    match part {
        HeldOut::Validate => "validate",
        HeldOut::Test => "eval",
    }
}

fn warn(error: StateError) {
    say(format_args!("warning: {error}; training continues without its log"));
}

/// Keeps the lines up to a position.
fn keep(path: &std::path::Path, position: &Position) -> Result<(), StateError> {
    let text = match regular::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(StateError::read(path, source)),
    };
    let kept = |line: &&str| {
        // The last line may be incomplete.
        let Ok(line) = serde_json::from_str::<Value>(line) else { return false };
        let is_evaluation =
            [HeldOut::Validate, HeldOut::Test].iter().any(|&part| line.get(curve(part)).is_some());
        let last = if is_evaluation { position.evaluated } else { position.epochs };
        line.get("epoch").and_then(Value::as_u64).is_some_and(|epoch| epoch <= last as u64)
    };
    write_atomically(path, |file| text.lines().filter(kept).try_for_each(|line| writeln!(file, "{line}")))
}
