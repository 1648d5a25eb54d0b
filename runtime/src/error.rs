//! Error of a verb of the program: one message, perhaps a help line, and an exit status.

use std::fmt;
use std::io;

use crate::data::DataError;
use crate::finite::{NOT_FINITE, NotFinite};
use crate::kernels::UnknownKernels;
use crate::printable::printable_lines;
use crate::signals::Signal;
use crate::state::StateError;

/// The input is wrong.
pub const STATUS_INPUT: u8 = 1;
/// The program was called the wrong way.
pub const STATUS_USAGE: u8 = 2;
/// Why a verb ended early.
pub struct Error {
    message: String,
    help: Option<String>,
    cause: Cause,
}

/// Kind of end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    Input,
    Usage,
    Stopped(Signal),
    /// Whoever read our output has seen enough, which is no failure.
    Unread,
}

impl Error {
    /// Something is wrong with what was given.
    pub fn input(message: impl fmt::Display) -> Self {
        Self::of(Cause::Input, message)
    }

    /// The command line is wrong.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self::of(Cause::Usage, message)
    }

    /// Stopped by a signal, everything saved.
    pub fn stopped(by: Signal, message: impl fmt::Display) -> Self {
        Self::of(Cause::Stopped(by), message)
    }

    fn of(cause: Cause, message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), help: None, cause }
    }

    /// A device that failed.
    pub fn device(error: impl fmt::Debug) -> Self {
        Self::input(format_args!("the device failed: {error:?}"))
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl fmt::Display) -> Self {
        self.help = Some(help.to_string());
        self
    }

    /// The signal that it was stopped by, if it was.
    pub fn signal(&self) -> Option<Signal> {
        match self.cause {
            Cause::Stopped(by) => Some(by),
            _ => None,
        }
    }

    /// The exit status it leads to.
    pub fn status(&self) -> u8 {
        match self.cause {
            Cause::Input => STATUS_INPUT,
            Cause::Usage => STATUS_USAGE,
            Cause::Stopped(by) => by.status(),
            Cause::Unread => 0,
        }
    }
}

/// The message, printable whatever names are in it.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.signal().is_some() { "stopped" } else { "error" };
        write!(f, "{word}: {self:?}")
    }
}

/// Message and help, as `fn main() -> Result<(), Error>` prints them after `Error: `; printable as well.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", printable_lines(&self.message))?;
        match &self.help {
            Some(help) => write!(f, "\nhelp: {}", printable_lines(help)),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

impl From<StateError> for Error {
    fn from(error: StateError) -> Self {
        match error.help() {
            Some(help) => Self::input(&error).help(help),
            None => Self::input(error),
        }
    }
}

impl From<UnknownKernels> for Error {
    fn from(error: UnknownKernels) -> Self {
        Self::usage(&error).help(error.help())
    }
}

impl From<NotFinite> for Error {
    fn from(error: NotFinite) -> Self {
        Self::input(&error).help(NOT_FINITE)
    }
}

impl From<DataError> for Error {
    fn from(error: DataError) -> Self {
        Self::input(error)
    }
}

/// Writing to standard output; files have errors of their own that name them.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::of(Cause::Unread, ""),
            _ => Self::input(format_args!("standard output cannot be written: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Error, Signal};

    /// A `main` that returns the error shows its `Debug`.
    #[test]
    fn debug_tells_what_display_does() {
        let error = Error::input("no run here").help("name its folder");
        assert_eq!(format!("{error:?}"), "no run here\nhelp: name its folder");
        assert_eq!(error.to_string(), "error: no run here\nhelp: name its folder");
        assert_eq!(Error::stopped(Signal::Interrupt, "all is saved").to_string(), "stopped: all is saved");
    }
}
