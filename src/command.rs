//! The `turret` command: compiles specs, and builds and runs the programs they become.
//!
//! One file a verb; exit status 0 on success, 1 where the input is wrong, 2 for wrong usage.

mod build;
mod cache;
mod check;
mod compile;
mod expand;
mod explain;
mod fmt;
mod new;
mod output;
mod package;
mod run;
mod spec;
mod synth;
mod toolchain;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use output::Error;

/// A compiler for recommender models: a spec becomes a statically shaped program that trains, evaluates and exports.
#[derive(Debug, Parser)]
#[command(name = "turret", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Makes a folder with a spec to start from.
    New(new::Args),
    /// Reports what is wrong with specs.
    Check(check::Args),
    /// Formats specs.
    Fmt(fmt::Args),
    /// Prints the Rust that a spec becomes.
    Expand(expand::Args),
    /// Explains the code of an error, or the shapes and sizes of a spec.
    Explain(explain::Args),
    /// Makes a data set with a planted structure.
    Synth(synth::Args),
    /// Compiles a spec to a program.
    Build(build::Args),
    /// Compiles a spec and trains it.
    Train(run::Args),
    /// Evaluates a run.
    Eval(run::Args),
    /// Predicts with a run.
    Predict(run::Args),
    /// Writes the vectors of a run's towers.
    Export(run::Args),
    /// Shows what a run holds.
    Inspect(run::Args),
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let result = match Cli::parse().verb {
        Verb::New(args) => args.run(),
        Verb::Check(args) => args.run(),
        Verb::Fmt(args) => args.run(),
        Verb::Expand(args) => args.run(),
        Verb::Explain(args) => args.run(),
        Verb::Synth(args) => args.run(),
        Verb::Build(args) => args.run(),
        Verb::Train(args) => args.run("train"),
        Verb::Eval(args) => args.run("eval"),
        Verb::Predict(args) => args.run("predict"),
        Verb::Export(args) => args.run("export"),
        Verb::Inspect(args) => args.run("inspect"),
    };
    match result {
        Ok(code) => code,
        Err(Error::Pipe) => ExitCode::SUCCESS,
        Err(Error::Shown) => ExitCode::from(1),
        Err(Error::Input(message)) => {
            output::note(&format!("error: {message}"));
            ExitCode::from(1)
        }
        Err(Error::Usage(message)) => {
            output::note(&format!("error: {message}"));
            ExitCode::from(2)
        }
    }
}
