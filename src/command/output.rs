//! Output of the command: texts, streams, and errors.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use turret_runtime::cli::{STATUS_INPUT, STATUS_USAGE, shown, status};
use turret_runtime::printable::{printable, printable_lines};

/// Reason for ending a verb early.
#[derive(Debug)]
pub(crate) enum Error {
    /// The input is wrong.
    Input(String),
    /// The command line is wrong.
    Usage(String),
    /// The runtime rejects a run or data.
    Runtime(turret_runtime::Error),
    /// The input is wrong, and the message was already printed.
    Shown,
    /// The reader of the output closed the pipe.
    Pipe,
}

impl Error {
    /// A failed operation on a file or folder.
    pub(crate) fn io(doing: &str, path: &Path, error: &io::Error) -> Self {
        Error::Input(format!("cannot {doing} `{}`: {error}", printable(path.display())))
    }

    /// Prints the message if it was not printed yet. Returns the exit status.
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
            // Same as if all output had been read.
            Error::Pipe => ExitCode::SUCCESS,
        }
    }
}

/// Converts an error of the runtime.
pub(crate) fn refused(error: impl Into<turret_runtime::Error>) -> Error {
    Error::Runtime(error.into())
}

/// Runs an action for each file, even after a failure. `Ok(false)` and errors give exit status 1.
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

/// Writes results to standard output.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Error::Pipe,
        _ => Error::Input(format!("standard output cannot be written: {error}")),
    })
}

/// Writes a line to standard error. Colors are kept if it is a terminal.
pub(crate) fn note(line: &str) {
    // A failure cannot be reported.
    let _ = writeln!(anstream::stderr().lock(), "{line}");
}
