//! Failure of a program: message on standard error, and exit status.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use super::help::help;
use crate::error::{Error, LoadError, Stopped};
use crate::interrupt::Interrupt;
use crate::printable::printable_lines;
use crate::signals::Signal;

/// Exit status for wrong input.
pub const STATUS_INPUT: u8 = 1;
/// Exit status for wrong usage.
pub const STATUS_USAGE: u8 = 2;

/// Returns the exit status of an error.
pub fn status(error: &Error) -> u8 {
    match error {
        Error::Usage(_) | Error::Kernels(_) | Error::Load(LoadError::Usage(_) | LoadError::Kernels(_)) => {
            STATUS_USAGE
        }
        Error::Stopped(Stopped { signal, .. }) => status_of_signal(*signal),
        // A closed pipe is not an error.
        Error::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
        Error::Data(_)
        | Error::Memory(_)
        | Error::Run(_)
        | Error::State(_)
        | Error::Load(_)
        | Error::Sampling(_)
        | Error::Training(_)
        | Error::Records(_)
        | Error::Export(_)
        | Error::Comparison(_)
        | Error::NotFinite(_)
        | Error::Device(_)
        | Error::Threads(_)
        | Error::Signals(_)
        | Error::Output(_) => STATUS_INPUT,
    }
}

/// Returns the exit status of a program that a signal ends, as shells report it.
fn status_of_signal(signal: Signal) -> u8 {
    128 + signal.number()
}

/// Formats an error for the command line: message and remedy, with names escaped.
pub fn shown(error: &Error) -> impl fmt::Display {
    let word = if matches!(error, Error::Stopped(_)) { "stopped" } else { "error" };
    let mut text = format!("{word}: {}", printable_lines(error));
    if let Some(help) = help(error) {
        text.push_str(&format!("\nhelp: {}", printable_lines(help)));
    }
    text
}

/// Prints an error. Returns the exit status.
pub fn report(error: &Error) -> ExitCode {
    let status = status(error);
    if status != 0 {
        // A closed standard error cannot be reported.
        let _ = writeln!(io::stderr(), "{}", shown(error));
    }
    ExitCode::from(status)
}

/// Returns an interrupt for signals that end training after the current step. With nothing to save, or for a
/// repeated signal, it ends the process. Call this once per process, before it starts threads.
pub fn interrupt() -> Result<Interrupt, Error> {
    Interrupt::on_signals(|stopped| {
        let error = Error::from(stopped);
        report(&error);
        std::process::exit(status(&error).into());
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{RunError, StoppedAt, UsageError};

    #[test]
    fn each_end_has_its_status() {
        let broken = || io::Error::from(io::ErrorKind::BrokenPipe);
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        let stopped = Stopped { signal: Signal::Interrupt, at: StoppedAt::BeforeTraining };
        for (error, expected) in [
            (RunError::NotARun { path: "runs".into() }.into(), 1),
            (UsageError::NoThreads.into(), 2),
            (Error::Load(UsageError::NoScores.into()), 2),
            (Error::Load(RunError::NotARun { path: "runs".into() }.into()), 1),
            (stopped.into(), 130),
            (Error::Output(broken()), 0),
            (Error::Output(full()), 1),
            (Error::Signals(broken()), 1),
        ] {
            assert_eq!(status(&error), expected, "{error}");
        }
    }

    #[test]
    fn message_and_remedy_are_shown() {
        let error = UsageError::NoThreads.into();
        assert_eq!(
            shown(&error).to_string(),
            "error: the number of threads must be at least 1\nhelp: write `--threads 1`, or leave it out"
        );
        let run = "runs/\u{1b}[1m".into();
        let stopped = Stopped { signal: Signal::Terminate, at: StoppedAt::Training { run } }.into();
        assert_eq!(
            shown(&stopped).to_string(),
            "stopped: SIGTERM; the run is saved in runs/\\u{1b}[1m\nhelp: go on with `train --resume runs/\\u{1b}[1m`"
        );
    }
}
