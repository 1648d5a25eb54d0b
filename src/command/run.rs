//! `turret train`, `eval`, `predict`, `recommend`, `export` and `inspect`: compile a spec and run its program.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::ArgMatches;
use clap::parser::ValueSource;
use turret_dsl::plan::Plan;
use turret_runtime::cli::TrainArgs;

use super::cache::Cache;
use super::compile::{Options, compile};
use super::flags::{self, Flag};
use super::look::{Extent, look};
use super::output::{Error, note};
use super::spec::{Settings, Spec};
use super::synth;

/// Arguments of `turret train`.
#[derive(clap::Args)]
pub(super) struct Train {
    /// The spec; a run that goes on has its own.
    #[arg(required_unless_present = "resume")]
    spec: Option<PathBuf>,
    #[command(flatten)]
    program: TrainArgs,
    #[command(flatten)]
    common: Common,
}

/// Arguments of verbs for a run; `A` are those of the program.
#[derive(clap::Args)]
pub(super) struct Args<A: clap::Args> {
    /// The spec of the run, which has its own; `turret eval SPEC RUN` is `turret eval --spec SPEC RUN`.
    #[arg(long)]
    spec: Option<PathBuf>,
    #[command(flatten)]
    program: A,
    #[command(flatten)]
    common: Common,
}

/// Options of compilation.
#[derive(clap::Args)]
#[group(id = "built")]
struct Common {
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    options: Options,
}

impl Train {
    /// Trains a new model, or resumes a run.
    pub(super) fn run(self, verb: &str, matches: &ArgMatches) -> Result<ExitCode, Error> {
        let spec = find_spec(self.spec, &["resume"], &self.common.settings, matches)?;
        let planned = spec.planned()?;
        let cache = Cache::open()?;
        // A resumed run knows its data, and its program compares them.
        if let Some(data) = matches.get_one::<PathBuf>("data").filter(|_| !matches.contains_id("resume")) {
            let folder = synth::folder_of(data, &planned.plan, || Ok(cache.clone()))?;
            look(&planned, &folder, Extent::Beginnings)?.remarks.iter().for_each(|remark| note(remark));
        }
        let (plan, flags) = flags::split(&spec, planned.plan);
        if matches.contains_id("resume") {
            flags::refuse_in_run(&spec)?;
        }
        start(program::<TrainArgs>(&plan, &flags, &cache, self.common.options, verb, matches)?.0)
    }
}

impl<A: clap::Args> Args<A> {
    /// Runs a verb of the program of a run.
    pub(super) fn run(self, verb: &str, matches: &ArgMatches) -> Result<ExitCode, Error> {
        // `eval` may name the folder as `train` does.
        let spec = find_spec(self.spec, &["run", "out"], &self.common.settings, matches)?;
        let (cache, options) = (Cache::open()?, self.common.options);
        let other = other_plan(matches)?;
        let (mut command, program) = program::<A>(&spec.plan()?, &[], &cache, options, verb, matches)?;
        if let Some(other) = other {
            let other = compile(&other, &cache, options)?;
            if other != program {
                command.arg("--program").arg(other);
            }
        }
        start(command)
    }
}

/// Names the spec before a run, for verbs that may name one: `eval x.dm RUN` becomes `eval --spec x.dm RUN`.
pub(super) fn name_spec(command: &clap::Command, words: &mut Vec<OsString>) {
    let verb = words.get(1).and_then(|verb| command.find_subcommand(verb));
    let of_run = verb.is_some_and(|verb| verb.get_arguments().any(|arg| arg.get_long() == Some("spec")));
    if of_run && words.get(2).is_some_and(|word| Path::new(word).extension().is_some_and(|end| end == "dm")) {
        words.insert(2, "--spec".into());
    }
}

/// Returns the given spec, else the spec of the run in one of `arguments`.
fn find_spec(
    named: Option<PathBuf>,
    arguments: &[&str],
    settings: &Settings,
    matches: &ArgMatches,
) -> Result<Spec, Error> {
    let run = arguments.iter().find_map(|argument| matches.get_one::<PathBuf>(argument));
    match (named, run) {
        (Some(path), _) => Spec::read(&path, settings),
        (None, Some(run)) => Spec::read_run(run, settings),
        (None, None) => Err(Error::Usage("name the folder of the run".to_owned())),
    }
}

/// Returns the plan of the run that `eval` compares with, unless its program is given.
fn other_plan(matches: &ArgMatches) -> Result<Option<Plan>, Error> {
    // Other verbs do not have these arguments.
    let given = |name: &str| matches.try_get_one::<PathBuf>(name).ok().flatten();
    match (given("against"), given("program")) {
        (Some(run), None) => Spec::read_run(run, &Settings::default())?.plan().map(Some),
        _ => Ok(None),
    }
}

/// Compiles a plan. Returns the command of its program, with the arguments `A` and with flags that the command line does not
/// set, and the path of the program.
fn program<A: clap::Args>(
    plan: &Plan,
    flags: &[Flag],
    cache: &Cache,
    options: Options,
    verb: &str,
    matches: &ArgMatches,
) -> Result<(Command, PathBuf), Error> {
    let program = compile(plan, cache, options)?;
    let mut command = Command::new(&program);
    command.arg(verb);
    for arg in A::augment_args(clap::Command::new("program")).get_arguments() {
        let name = arg.get_id().as_str();
        if matches.value_source(name) != Some(ValueSource::CommandLine) {
            continue;
        }
        let flag = arg.get_long().map(|long| format!("--{long}"));
        if !arg.get_action().takes_values() {
            command.args(flag);
            continue;
        }
        for value in matches.get_raw(name).into_iter().flatten() {
            let value = match name {
                "data" => synth::folder_of(Path::new(value), plan, || Ok(cache.clone()))?.into(),
                _ => value.to_owned(),
            };
            match &flag {
                // A value may begin with a hyphen.
                Some(flag) => {
                    let mut word = OsString::from(format!("{flag}="));
                    word.push(value);
                    command.arg(word)
                }
                None => command.arg(value),
            };
        }
    }
    let is_given = |name: &str| matches.value_source(name) == Some(ValueSource::CommandLine);
    for (name, value) in flags.iter().filter(|(name, _)| !is_given(name)) {
        command.arg(format!("--{name}")).arg(value);
    }
    Ok((command, program))
}

/// Replaces this process by a program, whose exit status is that of the command.
#[cfg(unix)]
fn start(mut command: Command) -> Result<ExitCode, Error> {
    use std::os::unix::process::CommandExt;
    // Returns only if the program cannot be started.
    let error = command.exec();
    Err(Error::io("run", Path::new(command.get_program()), &error))
}

#[cfg(not(unix))]
fn start(mut command: Command) -> Result<ExitCode, Error> {
    let status =
        command.status().map_err(|error| Error::io("run", Path::new(command.get_program()), &error))?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::super::Cli;
    use super::name_spec;

    #[test]
    fn specs_before_runs_are_named() {
        let named = |line: &str| {
            let mut words = line.split(' ').map(Into::into).collect();
            name_spec(&Cli::command(), &mut words);
            words.join(" ".as_ref()).into_string().unwrap()
        };
        assert_eq!(named("turret eval a.dm runs/a --json"), "turret eval --spec a.dm runs/a --json");
        assert_eq!(named("turret inspect a.dm runs/a"), "turret inspect --spec a.dm runs/a");
        assert_eq!(named("turret eval runs/a"), "turret eval runs/a");
        assert_eq!(named("turret train a.dm"), "turret train a.dm");
    }
}
