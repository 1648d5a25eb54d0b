//! Benchmarks of Turret as users run it, in whole processes. Prints Markdown tables.
//!
//! `cargo run --release -p turret-bench -- --help`

mod cases;
mod comparison;
mod edit;
mod kernels;
mod process;
mod reading;
mod table;
mod tasks;
mod turret;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

/// Error of a benchmark.
type Failure = Box<dyn std::error::Error>;

/// Measures Turret and the Python systems that it is compared with. Prints Markdown tables.
#[derive(Debug, Parser)]
struct Args {
    /// The `turret` command [default: the one next to this program].
    #[arg(long)]
    turret: Option<PathBuf>,
    /// Folder of the specs.
    #[arg(long, default_value = "specs")]
    specs: PathBuf,
    /// Folder of MovieLens 100K; without it, ratings are made up.
    #[arg(long, value_name = "DIR")]
    movielens: Option<PathBuf>,
    /// Times that each process is run; medians are printed.
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Epochs of training that is timed.
    #[arg(long, default_value_t = 20)]
    epochs: usize,
    /// Python with pandas, polars and TensorFlow, for `--reading`: its programs are timed too.
    #[arg(long)]
    python: Option<PathBuf>,
    /// Measures kernels alone, one by one on one thread, with each instruction set.
    #[arg(long)]
    kernels: bool,
    /// Prints the rates of the kernels of this process, medians of this number, as a JSON object.
    #[arg(long, value_name = "RUNS", hide = true)]
    rates: Option<usize>,
    /// Does a task on the inputs in `--inputs` and prints its figures and results as a JSON object.
    #[arg(long, hide = true, requires = "inputs")]
    task: Option<tasks::Task>,
    /// Folder of the inputs of `--task`.
    #[arg(long, value_name = "DIR", hide = true)]
    inputs: Option<PathBuf>,
    /// Number of threads of `--task`.
    #[arg(long, default_value_t = 1, hide = true)]
    threads: usize,
    /// Measures compile times alone.
    #[arg(long)]
    compile: bool,
    /// Measures reading alone, of a made log of this number of rows.
    #[arg(long, value_name = "ROWS")]
    reading: Option<usize>,
    /// Compares training, evaluation and inference with Python systems, and nothing else, by the programs in this folder. Their Pythons are
    /// `PEERS_TF` and `PEERS_TORCH`, and their data are in `PEERS_DATA`.
    #[arg(long, value_name = "DIR")]
    peers: Option<PathBuf>,
    /// Folder of the programs of other systems that belong to Turret, for `--peers`.
    #[arg(long, value_name = "DIR", default_value = "bench/peers")]
    own_peers: PathBuf,
    /// Case of `--peers` that is measured; may be repeated [default: all].
    #[arg(long, value_name = "NAME", requires = "peers")]
    case: Vec<String>,
    /// Prints a JSON object for each case of `--peers`.
    #[arg(long, requires = "peers")]
    json: bool,
}

fn main() -> ExitCode {
    let started = Instant::now();
    match measure(&Args::parse(), started) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(args: &Args, started: Instant) -> Result<(), Failure> {
    if let (Some(task), Some(inputs)) = (args.task, &args.inputs) {
        return task.measure(inputs, args.threads, started);
    }
    if let Some(runs) = args.rates {
        return kernels::rates(runs);
    }
    if !args.json {
        println!("{}", table::machine());
    }
    if let Some(peers) = &args.peers {
        return comparison::compare(args, peers);
    }
    if let Some(rows) = args.reading {
        return reading::reading(args, rows);
    }
    if args.kernels {
        return kernels::compare(args.runs);
    }
    let folder = tempfile::tempdir()?;
    let turret = turret::Turret::new(args, folder.path())?;
    turret.compiling()?;
    turret.editing()?;
    turret.compiling_edits()?;
    if args.compile {
        return Ok(());
    }
    turret.sizes()?;
    turret.training()?;
    turret.kernels()?;
    kernels::compare(args.runs)?;
    Ok(())
}
