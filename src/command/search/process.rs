//! Trials as processes: the program of a shape with the settings of a trial.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use serde_json::{Map, Value};
use turret_runtime::printable::printable;

use super::Reading;
use crate::command::output::Error;

/// End of the process of a trial.
pub(super) enum End {
    /// The object that it printed: metrics, and the number of epochs.
    Measured(Map<String, Value>),
    /// The error that it reported.
    Failed(String),
    /// A signal stopped it, after which it saved its run. Its exit status.
    Stopped(u8),
}

/// Files of a trial.
pub(super) struct Files {
    /// Folder of the run.
    pub(super) run: PathBuf,
    /// Settings, which the program reads.
    pub(super) settings: PathBuf,
    /// Notes and errors of the program.
    pub(super) log: PathBuf,
}

impl Files {
    /// Files of a trial in the folder of a search.
    pub(super) fn of(folder: &Path, trial: usize) -> Self {
        let file = |ending: &str| folder.join(format!("trial-{trial}{ending}"));
        Files { run: file(""), settings: file(".json"), log: file(".log") }
    }
}

/// Part of a run that a process does.
#[derive(Clone, Copy)]
pub(super) enum Work {
    /// Trains up to a total number of epochs, by default the spec's, and measures the validation rows.
    Train(Option<usize>),
    /// Measures the test rows.
    Test,
}

/// Runs a program to its end.
pub(super) fn run(
    program: &Path,
    files: &Files,
    data: &Path,
    work: Work,
    reading: &Reading,
) -> Result<End, Error> {
    let log = File::options().create(true).append(true).open(&files.log);
    let log = log.map_err(|error| Error::io("write", &files.log, &error))?;
    let mut command = Command::new(program);
    command.arg("trial").arg(&files.settings).arg("--run").arg(&files.run).arg("--data").arg(data);
    match work {
        Work::Train(epochs) => {
            epochs.map(|epochs| command.arg("--epochs").arg(epochs.to_string()));
        }
        Work::Test => {
            command.arg("--test");
        }
    }
    command.args(reading.arguments()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
    let output = command.spawn().and_then(|process| process.wait_with_output());
    let output = output.map_err(|error| Error::io("run", program, &error))?;
    let printed = || serde_json::from_slice(&output.stdout).ok();
    Ok(match (output.status.code().map(u8::try_from), printed()) {
        (Some(Ok(0)), Some(Value::Object(line))) => End::Measured(line),
        (Some(Ok(status)), _) if status > 128 => End::Stopped(status),
        _ => End::Failed(failure(&files.log, output.status)),
    })
}

/// Returns the error that a program wrote last, else its exit status.
fn failure(log: &Path, status: ExitStatus) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let error = text.lines().rev().find_map(|line| line.strip_prefix("error: "));
    match error.filter(|_| status.code().is_some()) {
        Some(error) => error.to_owned(),
        None => format!("the program ended with {status}; see `{}`", printable(log.display())),
    }
}
