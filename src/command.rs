//! The `turret` command: compiles specs, and builds and runs their programs.
//!
//! Each verb has a file. The exit status is 0 on success, 1 if the input is wrong, and 2 for wrong usage.

mod build;
mod cache;
mod cargo;
mod check;
mod checkout;
mod clean;
mod compile;
mod convert;
mod draft;
mod expand;
mod explain;
mod files;
mod flags;
mod fmt;
mod look;
mod new;
mod output;
mod package;
mod profile;
mod run;
mod runtime;
mod search;
mod spec;
mod synth;

use std::env;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use turret_runtime::cli::{EvalArgs, ExportArgs, InspectArgs, PredictArgs, RecommendArgs};

/// A compiler for recommender models: a spec becomes a statically shaped program that trains, evaluates and exports.
#[derive(Parser)]
#[command(name = "turret", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

/// Help of the verbs that read data.
const SYNTHETIC: &str =
    "`--data synth` makes synthetic data for the spec. `--data ./synth` is a folder of this name.";

#[derive(Subcommand)]
enum Verb {
    /// Makes a folder with a spec to start from.
    New(new::Args),
    /// Writes a spec for a model of DeepCTR, DeepMatch, FuxiCTR or RecBole.
    Convert(convert::Args),
    /// Checks specs and reports errors.
    Check(check::Args),
    /// Formats specs.
    Fmt(fmt::Args),
    /// Prints the generated Rust of a spec.
    Expand(expand::Args),
    /// Explains the code of an error, or the shapes and sizes of a spec.
    Explain(explain::Args),
    /// Makes a data set with a planted structure.
    Synth(synth::Args),
    /// Compiles a spec to a program.
    Build(build::Args),
    /// Compiles a spec and trains it.
    #[command(after_help = SYNTHETIC)]
    Train(run::Train),
    /// Trains a spec with the values of its `search(..)`, and chooses by the validation rows.
    #[command(after_help = SYNTHETIC)]
    Search(search::Args),
    /// Evaluates a run.
    #[command(after_help = SYNTHETIC)]
    Eval(run::Args<EvalArgs>),
    /// Predicts with a run.
    Predict(run::Args<PredictArgs>),
    /// Lists the best items of the catalog for users.
    #[command(after_help = SYNTHETIC)]
    Recommend(run::Args<RecommendArgs>),
    /// Writes the vectors of a run's towers.
    #[command(after_help = SYNTHETIC)]
    Export(run::Args<ExportArgs>),
    /// Shows the contents of a run.
    Inspect(run::Args<InspectArgs>),
    /// Removes encoded data from the cache.
    Clean(clean::Args),
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let mut words = env::args_os().collect();
    run::name_spec(&Cli::command(), &mut words);
    let matches = Cli::command().get_matches_from(words);
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    // Arguments of the verb, some of which are passed to the program.
    let (verb, given) = matches.subcommand().unwrap_or(("", &matches));
    let result = match cli.verb {
        Verb::New(args) => args.run(),
        Verb::Convert(args) => args.run(),
        Verb::Check(args) => args.run(),
        Verb::Fmt(args) => args.run(),
        Verb::Expand(args) => args.run(),
        Verb::Explain(args) => args.run(),
        Verb::Synth(args) => args.run(),
        Verb::Build(args) => args.run(),
        Verb::Train(args) => args.run(verb, given),
        Verb::Search(args) => args.run(),
        Verb::Eval(args) => args.run(verb, given),
        Verb::Predict(args) => args.run(verb, given),
        Verb::Recommend(args) => args.run(verb, given),
        Verb::Export(args) => args.run(verb, given),
        Verb::Inspect(args) => args.run(verb, given),
        Verb::Clean(args) => args.run(),
    };
    result.unwrap_or_else(|error| error.report())
}
