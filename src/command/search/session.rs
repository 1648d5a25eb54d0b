//! A session of a search: trains its trials one after the other, and measures the chosen one on the test rows.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use serde_json::{Map, Value};
use turret_runtime::cli::status;
use turret_runtime::error::{Stopped, StoppedAt};
use turret_runtime::interrupt::Interrupt;
use turret_runtime::printable::printable;
use turret_runtime::state::Lock;

use super::process::{self, End, Files, Work};
use super::record::{Measured, Measurement, Outcome, Record};
use super::report;
use super::{Reading, Trials};
use crate::command::cache::Cache;
use crate::command::compile::{Options, compile};
use crate::command::files::write_file;
use crate::command::output::{Error, note, print, refused};

/// Name of the checksum of the data in what a program prints.
const DATA: &str = "data";

/// A search, and what its trials need.
pub(super) struct Session {
    pub(super) folder: PathBuf,
    pub(super) record: Record,
    pub(super) trials: Trials,
    pub(super) cache: Cache,
    pub(super) options: Options,
    pub(super) reading: Reading,
    pub(super) json: bool,
    pub(super) interrupt: Interrupt,
    /// One process writes the folder.
    pub(super) _lock: Lock,
}

impl Session {
    /// Measures the trials that were not measured yet, and prints the result.
    pub(super) fn run(mut self) -> Result<ExitCode, Error> {
        self.interrupt.after_step();
        let metric = self.trials.metric;
        let is_better = |one, other| metric.is_better(one, other);
        for (round, at) in self.trials.rounds.clone().into_iter().zip(1..) {
            for trial in self.record.trials_of(at, round, is_better) {
                if self.record.found(trial, at).is_some() {
                    continue;
                }
                if let Some(status) = stopped(&self.interrupt) {
                    return Ok(self.end(status));
                }
                let (end, seconds) = self.process(trial, Work::Train(round.epochs))?;
                let outcome = match end {
                    End::Measured(line) => self.outcome(self.on_same_data(line)?),
                    End::Failed(error) => Outcome::Failed { error },
                    End::Stopped(status) => return Ok(self.end(status)),
                };
                self.add(trial, at, outcome, seconds)?;
            }
        }
        let rounds = (1..=self.trials.rounds.len()).rev();
        let best =
            rounds.flat_map(|round| self.record.ranking(round, is_better)).map(|best| best.trial).next();
        let Some(chosen) = best else { return Err(self.all_failed()) };
        self.record.chosen = Some(chosen);
        if self.record.test.is_none() {
            match self.process(chosen, Work::Test)?.0 {
                End::Measured(line) => self.record.test = Some(line),
                End::Failed(error) => return Err(Error::Input(error)),
                End::Stopped(status) => return Ok(self.end(status)),
            }
        }
        self.record.write(&self.folder)?;
        print(&report::result(&self.record, &self.trials, &self.folder, self.json))?;
        Ok(ExitCode::SUCCESS)
    }

    /// Runs the program of the shape of a trial, which is compiled once. Returns the seconds that it took, too.
    fn process(&self, trial: usize, work: Work) -> Result<(End, f64), Error> {
        let plan = match &self.trials.each[trial - 1].1 {
            Ok(plan) => plan,
            Err(refusal) => return Ok((End::Failed(refusal.clone()), 0.0)),
        };
        let files = Files::of(&self.folder, trial);
        if files.run.is_dir() {
            // A process of a session that was killed may still train.
            Lock::check(&files.run).map_err(refused)?;
        }
        let settings = serde_json::to_vec(&plan.trial())
            .map_err(|error| Error::io("write", &files.settings, &error.into()))?;
        let program = compile(&plan.of_shape(), &self.cache, self.options)?;
        write_file(&files.settings, &settings)?;
        let started = Instant::now();
        let end = process::run(&program, &files, &self.record.setup.data, work, &self.reading)?;
        Ok((end, started.elapsed().as_secs_f64()))
    }

    /// Refuses what a program printed if its data were not those of the first trial.
    fn on_same_data(&self, line: Map<String, Value>) -> Result<Map<String, Value>, Error> {
        let first = self.record.results.iter().find_map(Measurement::measured);
        match first.is_none_or(|first| first.validate.get(DATA) == line.get(DATA)) {
            true => Ok(line),
            false => Err(Error::Input(format!(
                "the data in `{}` have changed since the search began, so trials cannot be compared\nhelp: restore the data, or begin another search",
                printable(self.record.setup.data.display())
            ))),
        }
    }

    /// Reads what a program printed.
    fn outcome(&self, line: Map<String, Value>) -> Outcome {
        let name = self.trials.metric_name();
        let number = |name: &str| line.get(name).and_then(Value::as_f64);
        let Some(value) = number(&name) else {
            return Outcome::Failed { error: format!("{name} is not defined on the validation rows") };
        };
        let interval = number(&format!("{name}_low")).zip(number(&format!("{name}_high")));
        let epochs = line.get("epochs").and_then(Value::as_u64).unwrap_or(0) as usize;
        Outcome::Measured(Measured { value, interval, epochs, validate: line })
    }

    /// Records a measurement, and prints it.
    fn add(&mut self, trial: usize, round: usize, outcome: Outcome, seconds: f64) -> Result<(), Error> {
        let settings = self.trials.each[trial - 1].0.iter().cloned().collect();
        let measurement = Measurement { trial, round, settings, outcome, seconds };
        note(&report::line(&measurement, &self.trials));
        if self.json {
            print(&report::json(&measurement))?;
        }
        self.record.results.push(measurement);
        self.record.write(&self.folder)
    }

    /// Ends a session that was stopped. Returns the exit status.
    fn end(&self, status: u8) -> ExitCode {
        let folder = printable(self.folder.display());
        note(&format!(
            "stopped: the search is saved in {folder}\nhelp: go on with `turret search --resume {folder}`"
        ));
        ExitCode::from(status)
    }

    fn all_failed(&self) -> Error {
        let first = self.record.results.iter().find_map(|result| match &result.outcome {
            Outcome::Failed { error } => Some(error.as_str()),
            Outcome::Measured(_) => None,
        });
        Error::Input(format!("no trial has a result; the first failed: {}", first.unwrap_or_default()))
    }
}

/// Returns the exit status if a signal asked to stop.
fn stopped(interrupt: &Interrupt) -> Option<u8> {
    let at = StoppedAt::BeforeTraining;
    interrupt.asked().map(|signal| status(&Stopped { signal, at }.into()))
}
