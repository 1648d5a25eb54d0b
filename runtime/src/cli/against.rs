//! `eval --against`: comparison of a run with another, which may have another program.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::report::WIDTH;
use super::verbs::{Evaluated, evaluated, evaluator};
use super::{EvalArgs, StartProgram};
use crate::erased::AnyProgram;
use crate::error::{ComparisonError, Error, LoadError, RunError, UsageError};
use crate::evaluate::{Comparison, Difference, Figures, Report};
use crate::loaded::StoredModel;
use crate::printable::printable;
use crate::run::RunFolder;

/// Comparison with another run.
pub(super) struct Against<'a> {
    other: &'a Path,
    comparison: Comparison,
    /// Notes on the comparison, and those of the other run alone.
    pub(super) notes: Vec<String>,
}

/// Prints the figures of a run.
pub(super) fn figures(start: StartProgram<'_>, args: EvalArgs) -> Result<(), Error> {
    let run = args.run.as_ref().ok_or(UsageError::NoRun)?;
    let program = evaluator(start, &args)?;
    let loaded = StoredModel::open_with(program.as_ref(), run, args.weights)?;
    let Evaluated { report, .. } = evaluated(loaded, &args, false)?;
    let mut stdout = io::stdout().lock();
    serde_json::to_writer(&mut stdout, &report.figures()).map_err(io::Error::from)?;
    Ok(writeln!(stdout)?)
}

/// Checks that two folders are different runs.
pub(super) fn check(run: &Path, other: &Path) -> Result<(), Error> {
    for path in [run, other] {
        if !RunFolder::is_run(path) {
            return Err(RunError::NotARun { path: path.to_owned() }.into());
        }
    }
    match (fs::canonicalize(run), fs::canonicalize(other)) {
        (Ok(run), Ok(other)) if run == other => Err(UsageError::SameRun.into()),
        _ => Ok(()),
    }
}

impl<'a> Against<'a> {
    /// Evaluates another run as a report was measured, and compares them.
    pub(super) fn new(
        program: &dyn AnyProgram,
        report: &Report,
        other: &'a Path,
        args: &EvalArgs,
    ) -> Result<Self, Error> {
        let figures = match &args.program {
            Some(program) => figures_of(program, other, args)?,
            None => {
                let loaded = StoredModel::open_with(program, other, args.weights).map_err(of_other)?;
                evaluated(loaded, args, false)?.report.figures()
            }
        };
        let mut comparison = report.figures().against(&figures)?;
        let mut notes = std::mem::take(&mut comparison.notes);
        let of_other = figures.notes.into_iter().filter(|note| !report.notes.contains(note));
        notes.extend(of_other.map(|note| format!("{}: {note}", printable(other.display()))));
        Ok(Self { other, comparison, notes })
    }

    /// Prints the differences.
    pub(super) fn write(&self, stdout: &mut impl Write) -> io::Result<()> {
        writeln!(stdout, "against {}", printable(self.other.display()))?;
        for Difference { name, other, difference, test, verdict } in &self.comparison.differences {
            write!(stdout, "  {name:<width$} {other:.4}, difference {difference:+.4}", width = WIDTH - 2)?;
            match test.zip(*verdict) {
                Some((test, verdict)) => {
                    let (low, high) = test.interval;
                    writeln!(stdout, " [{low:+.4}, {high:+.4}], p = {:.3}: {}", test.p, verdict.words())?;
                }
                None => writeln!(stdout, ", with too few resamples for an interval")?,
            }
        }
        Ok(())
    }

    /// Object of the comparison.
    pub(super) fn to_json(&self) -> Value {
        json!({"run": self.other.to_string_lossy(), "metrics": self.comparison.to_json(), "notes": self.notes})
    }
}

/// Error of opening the other run. A program evaluates runs of its own spec.
fn of_other(error: LoadError) -> Error {
    match error {
        LoadError::Run(RunError::OtherSpec { path, .. }) => UsageError::OtherProgram { run: path }.into(),
        error => error.into(),
    }
}

/// Figures of a run of another program, on the rows and with the options of `args`. The program writes notes and errors itself.
fn figures_of(program: &Path, run: &Path, args: &EvalArgs) -> Result<Figures, Error> {
    let mut command = Command::new(program);
    command.arg("figures").arg(run);
    command.args([format!("--on={}", args.on), format!("--weights={}", args.weights)]);
    command.arg(format!("--batch={}", args.batch)).args(args.reading.arguments());
    command.args(args.common.threads.map(|threads| format!("--threads={threads}")));
    if let Some(data) = &args.data {
        let mut word = OsString::from("--data=");
        word.push(data);
        command.arg(word);
    }
    let failed = |source| ComparisonError::Process { program: program.to_owned(), source };
    // It may read its data from the standard input of this process.
    let process = command.stdin(Stdio::inherit()).stdout(Stdio::piped()).spawn().map_err(failed)?;
    let output = process.wait_with_output().map_err(failed)?;
    if !output.status.success() {
        return Err(ComparisonError::Failed { program: program.to_owned(), status: output.status }.into());
    }
    let unreadable = |source| ComparisonError::Unreadable { program: program.to_owned(), source };
    Ok(serde_json::from_slice(&output.stdout).map_err(unreadable)?)
}
