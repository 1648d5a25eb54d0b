//! `turret train`, `eval`, `predict`, `export` and `inspect`: compile a spec and run its program.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use super::cache::Cache;
use super::compile::{Options, compile};
use super::output::Error;
use super::spec::{Setting, Spec, setting};
use super::synth;

/// Arguments of a verb of the program.
#[derive(Debug, clap::Args)]
#[command(override_usage = "turret <VERB> [--set NAME=VALUE] [--portable] [-v] <SPEC|RUN> [ARGS]...")]
pub(super) struct Args {
    /// A spec, or the folder of a run; then arguments of the program, which `SPEC --help` lists. `--data synth` stands for
    /// synthetic data that suits the spec. `--set NAME=VALUE`, `--portable` and `-v` are about compiling.
    #[arg(
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "SPEC|RUN [ARGS]"
    )]
    args: Vec<OsString>,
}

/// Arguments sorted by whom they are for.
#[derive(Debug, Default)]
struct Sorted {
    options: Options,
    settings: Vec<Setting>,
    rest: Vec<OsString>,
}

impl Args {
    /// Runs a verb of the program; its exit status is ours.
    pub(super) fn run(self, verb: &str) -> Result<ExitCode, Error> {
        let Sorted { options, settings, mut rest } = sort(self.args)?;
        if rest.first().is_none_or(|first| first.as_encoded_bytes().starts_with(b"-")) {
            return Err(Error::Usage(format!(
                "a spec or the folder of a run comes first: turret {verb} SPEC ..."
            )));
        }
        let subject = PathBuf::from(&rest[0]);
        let spec = if is_run(&subject) {
            Spec::read_run(&subject.join("spec.dm"), &settings)?
        } else if subject.is_dir() {
            return Err(Error::Input(format!(
                "`{}` is not the folder of a run: `spec.dm` or `run.json` is missing",
                subject.display()
            )));
        } else {
            rest.remove(0);
            Spec::read(&subject, &settings)?
        };
        let plan = spec.plan()?;
        let cache = Cache::open()?;
        if let Some(data) = synth_place(&rest) {
            rest[data] = match rest[data].to_str() {
                Some("synth") => synth::cached(&plan, &cache)?.into_os_string(),
                _ => {
                    let mut option = OsString::from("--data=");
                    option.push(synth::cached(&plan, &cache)?);
                    option
                }
            };
        }
        let program = compile(&spec, &plan, &cache, options)?;
        execute(&program, verb, &rest)
    }
}

/// Whether a path is the folder of a run.
fn is_run(path: &Path) -> bool {
    path.join("spec.dm").is_file() && path.join("run.json").is_file()
}

/// Takes out what is for the compiler; after `--` all is for the program.
fn sort(args: Vec<OsString>) -> Result<Sorted, Error> {
    let mut sorted = Sorted::default();
    let mut args = args.into_iter();
    let set = |value: &OsStr| {
        let text = value.to_str().ok_or_else(|| "not UTF-8".to_owned());
        text.and_then(setting).map_err(|error| Error::Usage(format!("--set: {error}")))
    };
    while let Some(arg) = args.next() {
        match arg.to_str() {
            Some("--") => {
                sorted.rest.push(arg);
                sorted.rest.extend(args);
                break;
            }
            Some("--portable") => sorted.options.portable = true,
            Some("-v" | "--verbose") => sorted.options.verbose = true,
            Some("--set") => sorted.settings.push(set(&args.next().unwrap_or_default())?),
            Some(text) if text.starts_with("--set=") => {
                sorted.settings.push(set(OsStr::new(&text["--set=".len()..]))?);
            }
            _ => sorted.rest.push(arg),
        }
    }
    Ok(sorted)
}

/// The argument that asks for synthetic data.
fn synth_place(args: &[OsString]) -> Option<usize> {
    args.iter().enumerate().find_map(|(index, arg)| match arg.to_str()? {
        "--data=synth" => Some(index),
        "synth" if index > 0 && args[index - 1] == "--data" => Some(index),
        _ => None,
    })
}

#[cfg(unix)]
fn execute(program: &Path, verb: &str, args: &[OsString]) -> Result<ExitCode, Error> {
    use std::os::unix::process::CommandExt;
    // Comes back only if the program cannot be started.
    let error = Command::new(program).arg(verb).args(args).exec();
    Err(Error::io("run", program, &error))
}

#[cfg(not(unix))]
fn execute(program: &Path, verb: &str, args: &[OsString]) -> Result<ExitCode, Error> {
    let status = Command::new(program).arg(verb).args(args).status();
    let status = status.map_err(|error| Error::io("run", program, &error))?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

#[cfg(test)]
mod tests {
    use super::{sort, synth_place};

    fn words(text: &str) -> Vec<std::ffi::OsString> {
        text.split(' ').map(Into::into).collect()
    }

    #[test]
    fn arguments_find_their_reader() {
        let sorted = sort(words("m.dm --set a=1 --epochs 3 --portable --set=b=2 -- -v")).unwrap();
        assert_eq!(sorted.rest, words("m.dm --epochs 3 -- -v"));
        assert!(sorted.options.portable && !sorted.options.verbose);
        assert_eq!(sorted.settings.len(), 2);
        assert!(sort(words("m.dm --set")).is_err());
    }

    #[test]
    fn synthetic_data_is_asked_for_in_both_forms() {
        assert_eq!(synth_place(&words("--data synth")), Some(1));
        assert_eq!(synth_place(&words("--seed 1 --data=synth")), Some(2));
        assert_eq!(synth_place(&words("synth --data other")), None);
    }
}
