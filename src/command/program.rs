//! `turret train` and the other verbs of a compiled program: build it, then become it.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use super::{
    Failure,
    build::{self, How},
    cache, spec, synth,
};

/// Arguments of the verbs that a compiled program has.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(super) struct Arguments {
    /// The spec; but for train, the folder of a run may stand for it. What follows is for the program, but for
    /// --set, --portable, --cuda and --verbose.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "SPEC")]
    words: Vec<OsString>,
}

/// What the words mean.
#[derive(Debug, Default)]
struct Request {
    overrides: Vec<String>,
    how: How,
    spec: Option<PathBuf>,
    rest: Vec<OsString>,
}

/// Builds the program and runs it with what is left of the arguments.
pub(super) fn run(verb: &str, arguments: &Arguments, overrides: spec::Overrides) -> Result<ExitCode, Failure> {
    let mut request = split(&arguments.words)?;
    let mut all = overrides;
    all.extend(spec::overrides(&request.overrides)?);
    let subject = request.spec.take().ok_or_else(|| Failure::Usage(format!("`turret {verb}` needs a spec")))?;
    let spec = if verb != "train" && subject.is_dir() {
        request.rest.insert(0, subject.clone().into_os_string());
        subject.join("spec.dm")
    } else {
        subject
    };
    let cache = cache::folder()?;
    if verb == "train" {
        replace_synth(&mut request.rest, &spec, &all, &cache)?;
    }
    let program = build::program(&spec, &all, request.how, &cache)?;
    execute(&program, verb, &request.rest)
}

/// Takes out what is meant for us; the first word that is no option is the spec.
fn split(words: &[OsString]) -> Result<Request, Failure> {
    let mut request = Request::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.to_str() {
            Some("--") => request.rest.extend(words.by_ref().cloned()),
            Some("--set") => {
                let value = words.next().and_then(|value| value.to_str());
                let value = value.ok_or_else(|| Failure::Usage("`--set` needs name=value".to_owned()))?;
                request.overrides.push(value.to_owned());
            }
            Some("--portable") => request.how.portable = true,
            Some("--cuda") => request.how.cuda = true,
            Some("--verbose" | "-v") => request.how.verbose = true,
            Some(text) if text.starts_with("--set=") => request.overrides.push(text[6..].to_owned()),
            Some(text) if text.starts_with('-') && request.spec.is_none() => {
                return Err(Failure::Usage(format!("`{text}` stands before the spec")));
            }
            _ if request.spec.is_none() => request.spec = Some(PathBuf::from(word)),
            _ => request.rest.push(word.clone()),
        }
    }
    Ok(request)
}

/// Puts a folder with made data where the arguments say `--data synth`.
fn replace_synth(
    rest: &mut [OsString],
    spec: &Path,
    overrides: &spec::Overrides,
    cache: &Path,
) -> Result<(), Failure> {
    let pair = rest.windows(2).position(|pair| pair[0] == "--data" && pair[1] == "synth");
    let Some(at) = pair.map(|at| at + 1).or_else(|| rest.iter().position(|word| word == "--data=synth")) else {
        return Ok(());
    };
    let plan = spec::compiler(spec, overrides)?.plan().map_err(|failure| spec::refused(&failure))?;
    let folder = synth::data_for(spec, &plan, cache)?;
    rest[at] = if pair.is_some() {
        folder.into_os_string()
    } else {
        let mut word = OsString::from("--data=");
        word.push(folder);
        word
    };
    Ok(())
}

/// Becomes the program where the system can do that, so that signals reach it; runs it elsewhere.
fn execute(program: &Path, verb: &str, rest: &[OsString]) -> Result<ExitCode, Failure> {
    let mut command = Command::new(program);
    command.arg(OsStr::new(verb)).args(rest);
    #[cfg(unix)]
    {
        let error = std::os::unix::process::CommandExt::exec(&mut command);
        Err(Failure::io("run", program, &error))
    }
    #[cfg(not(unix))]
    {
        let status = command.status().map_err(|error| Failure::io("run", program, &error))?;
        Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn our_options_are_taken_out() {
        let words = ["x.dm", "--data", "d", "--set", "a=1", "--portable", "--set=b=2", "--", "--set"];
        let request = super::split(&words.map(Into::into)).unwrap();
        assert_eq!(request.spec.as_deref(), Some(Path::new("x.dm")));
        assert_eq!(request.rest, ["--data", "d", "--set"]);
        assert_eq!(request.overrides, ["a=1", "b=2"]);
        assert!(request.how.portable && !request.how.cuda);
    }
}
