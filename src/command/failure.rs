//! Why a verb did not succeed, and the exit status that says so.

use std::{fmt, io, path::Path};

/// What ends the command.
#[derive(Debug)]
pub(super) enum Failure {
    /// The arguments do not go together.
    Usage(String),
    /// The input is wrong, or the machine does not allow it.
    Input(String),
    /// Diagnostics, rendered.
    Diagnostics(String),
}

impl Failure {
    /// Wrong input.
    pub(super) fn input(message: impl fmt::Display) -> Self {
        Failure::Input(message.to_string())
    }

    /// A file that could not be read, written or run; `what` is the verb.
    pub(super) fn io(what: &str, path: &Path, error: &io::Error) -> Self {
        Failure::Input(format!("cannot {what} `{}`: {error}", path.display()))
    }

    /// Says it on standard error.
    pub(super) fn report(&self) {
        match self {
            Failure::Usage(message) | Failure::Input(message) => eprintln!("error: {message}"),
            Failure::Diagnostics(text) => eprint!("{text}"),
        }
    }

    /// The exit status.
    pub(super) fn status(&self) -> u8 {
        match self {
            Failure::Usage(_) => 2,
            Failure::Input(_) | Failure::Diagnostics(_) => 1,
        }
    }
}
