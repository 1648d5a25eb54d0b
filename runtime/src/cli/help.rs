//! Remedies of the command line, with the options to use.

use std::io;

use crate::data::DataError;
use crate::error::{
    DeviceError, Error, LoadError, RecordFault, RecordsError, RunError, StoppedAt, TrainingError, UsageError,
};
use crate::footprint::{MemoryError, MemoryLimit, MemoryRemedy};
use crate::printable::printable;
use crate::state::{StateError, StateErrorKind};

/// Returns the remedy of an error: an option, or the error's own help.
pub(super) fn help(error: &Error) -> Option<String> {
    option(error).or_else(|| error.help())
}

/// Returns the option that remedies an error, if there is one.
fn option(error: &Error) -> Option<String> {
    let option = match error {
        Error::Usage(error) | Error::Load(LoadError::Usage(error)) => of_usage(error)?,
        Error::Run(error) | Error::Load(LoadError::Run(error)) => return of_run(error),
        Error::State(error) => of_state(error)?,
        Error::Memory(MemoryError::Data { limit: MemoryLimit::Budget(_), .. }) => {
            "train on fewer rows, leave out columns that the spec does not read, or raise `--budget`"
        }
        Error::Memory(MemoryError::Data { limit: MemoryLimit::Reading(_), .. }) => {
            "train on fewer rows, leave out columns that the spec does not read, or raise `--memory`"
        }
        Error::Memory(MemoryError::Training { remedy: MemoryRemedy::Batch(batch), .. }) => {
            return Some(format!("batches of {batch} fit: `--batch {batch}`"));
        }
        Error::Training(TrainingError::Diverged { .. }) => "train again with a lower learning rate (`--lr`)",
        Error::Records(RecordsError::Refused { first, .. }) => match first.fault {
            RecordFault::Json { .. } => {
                "each line is a JSON object with the fields of a record; `--format csv` reads rows under a header"
            }
            RecordFault::NotFinite { .. } => NOT_FINITE,
            _ => return None,
        },
        Error::NotFinite(_) | Error::Load(LoadError::NotFinite { .. }) => NOT_FINITE,
        Error::Device(DeviceError::NoGpu { .. })
        | Error::Load(LoadError::Device(DeviceError::NoGpu { .. })) => {
            "`nvidia-smi` lists the devices; a program compiled without `--cuda` computes on the CPU"
        }
        Error::Data(error) => of_data(error.cause())?,
        Error::Stopped(stopped) => {
            return match &stopped.at {
                StoppedAt::Training { run } => {
                    Some(format!("go on with `train --resume {}`", printable(run.display())))
                }
                StoppedAt::AfterTraining { run } => {
                    Some(format!("go on with `eval {}`", printable(run.display())))
                }
                StoppedAt::BeforeTraining | StoppedAt::WithinStep | StoppedAt::Evaluation => None,
            };
        }
        _ => return None,
    };
    Some(option.to_owned())
}

/// Remedies for a non-finite answer.
const NOT_FINITE: &str = "weights have grown too large in training (lower `--lr`), or a raw number of the record is too large (`transform = standardize`)";

fn of_data(error: &DataError) -> Option<&'static str> {
    match error {
        DataError::Outside { .. } => {
            Some("give a path relative to it and without `..`; `--data` chooses the folder")
        }
        DataError::Link { .. } => Some("put the file there, or choose the folder with `--data`"),
        DataError::Read { error, .. } if error.kind() == io::ErrorKind::NotFound => {
            Some("put it there, or choose the data folder with `--data`")
        }
        _ => None,
    }
}

fn of_usage(error: &UsageError) -> Option<&'static str> {
    Some(match error {
        UsageError::NoThreads => "write `--threads 1`, or leave it out",
        UsageError::TooManyThreads { .. } => "leave out `--threads` for one thread per core",
        UsageError::EmptyBatch => "write `--batch 256`, or leave it out",
        UsageError::BatchOfOne { .. } => "write `--batch 256`",
        UsageError::EvaluationEvery => "leave `--eval-every` out",
        UsageError::EpochsDone { .. } => "`--epochs` includes the epochs of earlier sessions",
        UsageError::StepsDone { .. } => "`--steps` includes the steps of earlier sessions",
        UsageError::NoSaves => "write `--keep 3`, or leave it out",
        UsageError::NoRun => "name its folder: `eval RUN`",
        UsageError::SameRun => "name another run with `--against`",
        UsageError::OtherProgram { .. } => {
            "name its program with `--program`, or call `turret eval`, which finds it"
        }
        UsageError::NothingExported => "name one with `--tower`",
        UsageError::NoItems => "write `--k 10`",
        UsageError::NoUser => "name it with `--by FIELD`, or write `user = field` in `metrics` of the spec",
        UsageError::HistoryUser { .. } => "leave out `--by`",
        UsageError::UnknownUser { .. } => {
            "`--all` lists the users of the data; `--records` gives items for new ones by their features or history"
        }
        _ => return None,
    })
}

fn of_run(error: &RunError) -> Option<String> {
    let option = match error {
        RunError::Exists { path } => {
            let path = printable(path.display());
            return Some(format!("continue it with `--resume {path}`, or choose another folder"));
        }
        RunError::Occupied { .. } => "choose a folder of its own for the run with `--out`",
        RunError::OtherSpec { path, .. } => {
            let path = printable(path.display());
            return Some(format!(
                "use the program of {path}/spec.dm; settings of `--set` are part of a spec"
            ));
        }
        RunError::State(error) => of_state(error)?,
        RunError::Link { .. } => "remove it, or name a folder for the vectors with `export --out`",
        RunError::OtherData { .. } => {
            "use the original data (`--data`), train a new run, or continue with the changed data (`--allow-changed-data`)"
        }
        RunError::Setting { setting, .. } => {
            return Some(format!("leave `--{setting}` out, or give another run"));
        }
        _ => return None,
    };
    Some(option.to_owned())
}

fn of_state(error: &StateError) -> Option<&'static str> {
    match error.kind {
        StateErrorKind::Locked { .. } => Some("wait until it ends, or give another folder with `--out`"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_named_and_other_advice_is_that_of_the_error() {
        let help = |error: Error| help(&error).unwrap_or_default();
        let exists = || RunError::Exists { path: "runs/\u{1b}".into() };
        assert_eq!(
            help(exists().into()),
            "continue it with `--resume runs/\\u{1b}`, or choose another folder"
        );
        assert_eq!(help(LoadError::from(exists()).into()), help(exists().into()));
        assert!(Error::from(exists()).help().is_some_and(|help| !help.contains("--")));
        let lost = || DataError::Read {
            what: "source `log`".to_owned(),
            path: "log.csv".into(),
            error: io::ErrorKind::NotFound.into(),
        };
        assert_eq!(
            help(lost().with_remarks(["a remark".to_owned()]).into()),
            "put it there, or choose the data folder with `--data`"
        );
        assert_eq!(Error::from(lost()).help().as_deref(), Some("put it there"));
        let not_a_run = || Error::from(RunError::NotARun { path: "runs".into() });
        assert_eq!(Some(help(not_a_run())), not_a_run().help());
        assert_eq!(help(UsageError::LearningRate { lr: 0.0 }.into()), "");
    }
}
