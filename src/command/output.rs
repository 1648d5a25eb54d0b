//! Output of the command: its texts, its streams, and its reasons to stop.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use turret_runtime::cli::{STATUS_INPUT, STATUS_USAGE, shown, status};
use turret_runtime::printable::{printable, printable_lines};

/// Reason for the early end of a verb.
#[derive(Debug)]
pub(crate) enum Error {
    /// The input is wrong.
    Input(String),
    /// The command line is wrong.
    Usage(String),
    /// The runtime refuses a run or data.
    Runtime(turret_runtime::Error),
    /// The input is wrong, and that has been said.
    Shown,
    /// Nobody reads the results any more.
    Pipe,
}

impl Error {
    /// A file or folder that something could not be done with.
    pub(crate) fn io(doing: &str, path: &Path, error: &io::Error) -> Self {
        Error::Input(format!("cannot {doing} `{}`: {error}", printable(path.display())))
    }

    /// Says what is wrong, where that is left to do; gives the exit status.
    pub(crate) fn report(&self) -> ExitCode {
        match self {
            Error::Input(message) | Error::Usage(message) => {
                note(&format!("error: {}", printable_lines(message)))
            }
            Error::Runtime(error) => note(&shown(error).to_string()),
            Error::Shown | Error::Pipe => {}
        }
        match self {
            Error::Input(_) | Error::Shown => ExitCode::from(STATUS_INPUT),
            Error::Usage(_) => ExitCode::from(STATUS_USAGE),
            Error::Runtime(error) => ExitCode::from(status(error)),
            // As if all of it had been read.
            Error::Pipe => ExitCode::SUCCESS,
        }
    }
}

/// Turns a refusal of the runtime into an error of the command.
pub(crate) fn refused(error: impl Into<turret_runtime::Error>) -> Error {
    Error::Runtime(error.into())
}

/// Does something with each file, whatever is wrong with the first: `Ok(false)` and errors end in exit status 1.
pub(crate) fn each(files: &[PathBuf], act: impl Fn(&Path) -> Result<bool, Error>) -> Result<ExitCode, Error> {
    let mut code = ExitCode::SUCCESS;
    for file in files {
        match act(file) {
            Ok(true) => {}
            Ok(false) => code = ExitCode::from(STATUS_INPUT),
            Err(Error::Pipe) => return Err(Error::Pipe),
            Err(error) => code = error.report(),
        }
    }
    Ok(code)
}

/// Writes results.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Error::Pipe,
        _ => Error::Input(format!("standard output cannot be written: {error}")),
    })
}

/// Writes a line of anything but results; colours stay where the terminal has them.
pub(crate) fn note(line: &str) {
    // Nobody is left to tell when this fails.
    let _ = writeln!(anstream::stderr().lock(), "{line}");
}
