//! Command line of a compiled spec: train, eval, predict, recommend, export, inspect. The `turret` command checks the
//! same arguments before it compiles.

mod bar;
mod failure;
mod help;
mod reading;
mod recommend;
mod report;
mod slices;
mod trial;
mod verbs;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

pub use failure::{STATUS_INPUT, STATUS_USAGE, interrupt, report, shown, status};
pub use reading::{cache_folder, encoded_cache};
pub use recommend::RecommendArgs;
pub use report::peak_rss_bytes;

use clap::{Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::data::{HeldOut, ROWS_AT_ONCE};
use crate::device::Start;
use crate::erased::{AnyProgram, on_device};
use crate::error::{Error, UsageError};
use crate::export::{Format, RowSet};
use crate::footprint::ByteSize;
use crate::predict::{AnswerFormat, RecordFormat};
use crate::program::{Description, Program, SpecInfo};
use crate::run::{SaveEvery, Weights};
use reading::Reading;
use trial::TrialArgs;

/// A model compiled by Turret.
#[derive(Parser)]
#[command(version = concat!("(turret ", env!("CARGO_PKG_VERSION"), ")"))]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Trains the model and evaluates it on the test rows.
    ///
    /// The run is saved every 5 minutes, after an epoch if 10 seconds have passed since the last save, after the last epoch,
    /// and when Ctrl-C, SIGTERM or SIGHUP stops training. `--resume` continues to the same result as without the stop.
    Train(TrainArgs),
    /// Evaluates a trained model.
    Eval(EvalArgs),
    /// Predicts records in JSON lines, CSV or another form of files.
    Predict(PredictArgs),
    /// Lists the best items of the catalog for users.
    Recommend(RecommendArgs),
    /// Writes the vectors of a tower, with their keys.
    Export(ExportArgs),
    /// Shows the contents of a run.
    Inspect(InspectArgs),
    /// Runs a trial of `turret search`, which calls the programs of shapes.
    #[command(hide = true)]
    Trial(TrialArgs),
}

/// Arguments of `train`.
#[derive(Args)]
pub struct TrainArgs {
    /// Folder of the data.
    #[arg(long, required_unless_present = "resume")]
    data: Option<PathBuf>,
    /// Folder of the run [default: runs/NAME-TIME].
    #[arg(long, conflicts_with = "resume")]
    out: Option<PathBuf>,
    /// Passes over the training rows, instead of the spec's.
    #[arg(long)]
    epochs: Option<usize>,
    /// Steps, instead of epochs.
    #[arg(long, conflicts_with = "epochs")]
    steps: Option<u64>,
    /// Rows per step, instead of the spec's.
    #[arg(long, conflicts_with = "resume")]
    batch: Option<usize>,
    /// Learning rate, instead of the spec's.
    #[arg(long, conflicts_with = "resume")]
    lr: Option<f32>,
    /// Seed of all random numbers, instead of the spec's.
    #[arg(long, conflicts_with = "resume")]
    seed: Option<u64>,
    /// Refuses to start if data and training need more memory than this, such as `8GiB`.
    #[arg(long, value_name = "SIZE", conflicts_with = "resume")]
    budget: Option<ByteSize>,
    /// Also evaluates after every EPOCHS epochs, like Keras's `validation_freq`: on the validation rows if the split has them, else on
    /// the test rows.
    #[arg(long, value_name = "EPOCHS")]
    eval_every: Option<usize>,
    /// Saves the run after every INTERVAL, a number of steps (`1000`) or a time (`10min`), also within an epoch [default: 5min].
    #[arg(long, value_name = "INTERVAL")]
    save_every: Option<SaveEvery>,
    /// Number of saves that are kept; the weights of the best evaluation always are [default: 1].
    #[arg(long, value_name = "COUNT")]
    keep: Option<usize>,
    /// Continues this run, by default on the number of threads that it began with.
    #[arg(long, value_name = "RUN")]
    resume: Option<PathBuf>,
    /// Continues a run although its data have changed.
    #[arg(long, requires = "resume")]
    allow_changed_data: bool,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    common: Common,
}

/// Arguments of `eval`.
#[derive(Args)]
pub struct EvalArgs {
    /// Folder of the run.
    run: Option<PathBuf>,
    /// Folder of the run, under the name that `train` uses.
    #[arg(long, value_name = "RUN", conflicts_with = "run")]
    out: Option<PathBuf>,
    /// Folder of the data [default: the folder that the run was trained on].
    #[arg(long)]
    data: Option<PathBuf>,
    /// Rows to measure on.
    #[arg(long, value_enum, default_value = "test")]
    on: HeldOut,
    /// Weights: `best`, those of the best evaluation if the run has them, else the last; `last`; or the steps of a save that is kept.
    #[arg(long, default_value_t = Weights::Best)]
    weights: Weights,
    /// Refuses a run with another number of epochs.
    #[arg(long)]
    epochs: Option<usize>,
    /// Rows evaluated at once.
    #[arg(long, default_value_t = ROWS_AT_ONCE)]
    batch: usize,
    /// Also measures rankings by popularity, and by co-occurrence with the items of the user.
    #[arg(long)]
    baselines: bool,
    /// Refuses a run with another seed.
    #[arg(long)]
    seed: Option<u64>,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    common: Common,
}

/// Arguments of `predict`.
#[derive(Args)]
pub struct PredictArgs {
    /// Folder of the run.
    run: PathBuf,
    /// Tower whose vectors are written [default: the score, or the tower of queries].
    #[arg(long)]
    tower: Option<String>,
    /// Weights, as of `eval`.
    #[arg(long, default_value_t = Weights::Best)]
    weights: Weights,
    /// File of records [default: standard input].
    #[arg(long)]
    input: Option<PathBuf>,
    /// Format of the records; CSV and TSV begin with a header [default: by the extension of the file, else jsonl].
    #[arg(long, value_enum)]
    format: Option<RecordFormat>,
    /// Format of the answers.
    #[arg(long, value_enum, default_value = "jsonl")]
    output_format: AnswerFormat,
    /// Number of threads [default: one per core].
    #[arg(long)]
    threads: Option<usize>,
}

/// Arguments of `export`.
#[derive(Args)]
pub struct ExportArgs {
    /// Folder of the run.
    run: PathBuf,
    /// Tower to export [default: the towers of `export` in the spec].
    #[arg(long)]
    tower: Option<String>,
    /// Weights, as of `eval`.
    #[arg(long, default_value_t = Weights::Best)]
    weights: Weights,
    /// Format of exported vectors.
    #[arg(long, value_enum, default_value = "npy")]
    format: Format,
    /// Records to export. The tower of candidates always exports the catalog.
    #[arg(long, value_enum, default_value = "test")]
    rows: RowSet,
    /// Folder to write into [default: RUN/export].
    #[arg(long)]
    out: Option<PathBuf>,
    /// Folder of the data [default: the folder that the run was trained on].
    #[arg(long)]
    data: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    common: Common,
}

/// Arguments of `inspect`.
#[derive(Args)]
pub struct InspectArgs {
    /// Folder of the run.
    run: PathBuf,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Common {
    /// Number of threads [default: one per core].
    #[arg(long)]
    threads: Option<usize>,
    /// Ends standard output with one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs the verb of the command line on the device that the program was compiled for.
pub fn main<D: Start, P: Program<D>>() -> ExitCode {
    run(P::description(), &|| Ok(Box::new(on_device::<D, P>(&D::start()?))))
}

/// Starts the device of a program.
type StartProgram<'a> = &'a dyn Fn() -> Result<Box<dyn AnyProgram>, Error>;

fn run(description: &'static Description, start: StartProgram<'_>) -> ExitCode {
    // Prints help and errors itself. Exits with 2 for wrong usage.
    let matches = command(&description.spec).get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let result = match cli.verb {
        Verb::Train(args) => verbs::train(description, start, args),
        Verb::Eval(args) => verbs::eval(start, args),
        Verb::Predict(args) => verbs::predict(start, args),
        Verb::Recommend(args) => recommend::recommend(start, args),
        Verb::Export(args) => verbs::export(start, args),
        Verb::Inspect(args) => verbs::inspect(start, args),
        Verb::Trial(args) => trial::trial(start, args),
    };
    match result.and_then(|()| Ok(io::stdout().flush()?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report(&error),
    }
}

/// Command line with the name and doc comment of the model.
fn command(spec: &'static SpecInfo) -> Command {
    let command = Cli::command().name(&*spec.name);
    match spec.about.split_once("\n\n") {
        _ if spec.about.is_empty() => command,
        Some((first, _)) => command.about(first).long_about(&*spec.about),
        None => command.about(&*spec.about),
    }
}

/// Maximum number of threads.
const MAX_THREADS: usize = 1024;

/// Sets the size of the thread pool and returns it. This thread belongs to the pool, so work needs no
/// handover.
fn set_threads(threads: Option<usize>) -> Result<usize, Error> {
    if threads == Some(0) {
        return Err(UsageError::NoThreads.into());
    }
    if let Some(asked) = threads.filter(|&threads| threads > MAX_THREADS) {
        return Err(UsageError::TooManyThreads { asked, most: MAX_THREADS }.into());
    }
    rayon::ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0)).use_current_thread().build_global()?;
    Ok(rayon::current_num_threads())
}

#[cfg(test)]
mod tests {
    use super::command;
    use turret_schema::Text;

    use crate::program::SpecInfo;

    static SPEC: SpecInfo = SpecInfo {
        name: Text::Borrowed("Clicks"),
        about: Text::Borrowed("Clicks of a shop.\n\nTrained nightly."),
        renamed: Vec::new(),
        text: Text::Borrowed(""),
        fingerprint: Text::Borrowed(""),
        compiler: Text::Borrowed(""),
    };

    #[test]
    fn help_is_about_the_model() {
        let mut command = command(&SPEC);
        let (short, long) = (command.render_help().to_string(), command.render_long_help().to_string());
        assert!(short.starts_with("Clicks of a shop.\n") && !short.contains("nightly"), "{short}");
        assert!(long.contains("Trained nightly."), "{long}");
        let version = command.render_version();
        assert_eq!(version, concat!("Clicks (turret ", env!("CARGO_PKG_VERSION"), ")\n"));
    }

    #[test]
    fn threads_are_bounded() {
        let refused = super::set_threads(Some(20_000)).unwrap_err().to_string();
        assert!(refused.contains("20000 threads are more than the maximum of 1024"), "{refused}");
    }

    #[test]
    fn a_model_without_docs_has_help_too() {
        let spec = SpecInfo { about: "".into(), ..SPEC.clone() };
        let help = command(Box::leak(Box::new(spec))).render_help().to_string();
        assert!(help.starts_with("A model compiled by Turret"), "{help}");
    }
}
