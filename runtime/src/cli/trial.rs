//! `trial`: a trial of a search. `turret search` calls it in the program of a shape.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use turret_schema::Trial;

use super::bar::progress_form;
use super::reading::Reading;
use super::report::shown_json;
use super::verbs::measured;
use super::{StartProgram, interrupt, set_threads};
use crate::checksum::Checksum;
use crate::data::HeldOut;
use crate::erased::AnyProgram;
use crate::error::{Error, RunError};
use crate::evaluate::{EvaluateOptions, Report, evaluate};
use crate::interrupt::Interrupt;
use crate::loaded::StoredModel;
use crate::prepare::DataOptions;
use crate::regular;
use crate::run::{RunFolder, RunInfo, RunWriter, Weights};
use crate::state::StateError;
use crate::train::{ResumeOptions, TrainOptions, resume_program, train_program};

/// Arguments of `trial`.
#[derive(Args)]
pub(super) struct TrialArgs {
    /// File of the trial, which `turret search` writes.
    trial: PathBuf,
    /// Folder of the run. A run that was begun continues.
    #[arg(long)]
    run: PathBuf,
    /// Folder of the data.
    #[arg(long)]
    data: PathBuf,
    /// Total number of epochs, instead of the spec's.
    #[arg(long)]
    epochs: Option<usize>,
    /// Measures the trained run on the test rows.
    #[arg(long)]
    test: bool,
    /// Number of threads [default: one per core].
    #[arg(long)]
    threads: Option<usize>,
    #[command(flatten)]
    reading: Reading,
}

/// Trains a run and measures it on the validation rows, or measures a trained run on the test rows. Prints one JSON
/// object.
pub(super) fn trial(start: StartProgram<'_>, args: TrialArgs) -> Result<(), Error> {
    let interrupt = interrupt()?;
    let threads = set_threads(args.threads)?;
    let mut program = start()?;
    program.take_trial(read(&args.trial)?);
    let reading = args.reading.options();
    let (report, info) = match args.test {
        true => tested(program.as_ref(), &args.run, args.data, &reading)?,
        false => trained(program.as_ref(), &args, threads, reading, &interrupt)?,
    };
    let mut line = report.to_json();
    line.extend([
        ("rows".to_owned(), json!(report.rows)),
        ("epochs".to_owned(), json!(info.position.epochs)),
        ("protocol".to_owned(), json!(report.protocol)),
        ("notes".to_owned(), json!(report.notes)),
        ("data".to_owned(), json!(contents(&info))),
    ]);
    Ok(writeln!(io::stdout(), "{}", shown_json(&line.into())?)?)
}

/// Checksum of the contents of the data files, by which trials on other data are recognized.
fn contents(info: &RunInfo) -> String {
    let files = info.files.iter().flatten();
    let text: String =
        files.map(|file| format!("{} {} {} {}\n", file.role, file.path, file.bytes, file.checksum)).collect();
    Checksum::of(text.as_bytes()).to_string()
}

fn read(path: &Path) -> Result<Trial, Error> {
    let text = regular::read_to_string(path).map_err(|source| StateError::read(path, source))?;
    let unreadable = |source| RunError::Unreadable { path: path.to_owned(), source };
    Ok(serde_json::from_str(&text).map_err(unreadable)?)
}

fn trained(
    program: &dyn AnyProgram,
    args: &TrialArgs,
    threads: usize,
    reading: DataOptions,
    interrupt: &Interrupt,
) -> Result<(Report, RunInfo), Error> {
    let (epochs, progress) = (args.epochs, progress_form());
    let description = program.description();
    let mut trained = match RunFolder::is_run(&args.run) {
        true => {
            let (folder, info) = RunWriter::open(&args.run, &description.spec)?;
            let options = ResumeOptions { epochs, threads, progress, reading, ..Default::default() };
            resume_program(program, folder, info, &options, interrupt)?
        }
        false => {
            let (data, out) = (args.data.clone(), Some(args.run.clone()));
            let seed = description.training.seed;
            let options =
                TrainOptions { data, out, epochs, seed, threads, progress, reading, ..Default::default() };
            train_program(program, &options, interrupt)?
        }
    };
    let report = measured(&mut trained, HeldOut::Validate, false, interrupt)?;
    Ok((report, trained.info))
}

fn tested(
    program: &dyn AnyProgram,
    run: &Path,
    data: PathBuf,
    reading: &DataOptions,
) -> Result<(Report, RunInfo), Error> {
    let mut loaded = StoredModel::open_with(program, run, Weights::Best)?;
    let (_, dataset) = loaded.prepare(Some(data), reading)?;
    let options = EvaluateOptions { progress: progress_form(), ..Default::default() };
    let report = evaluate(loaded.model.as_ref(), &dataset, options, &Interrupt::default())?;
    Ok((report, loaded.info))
}
