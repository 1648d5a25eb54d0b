//! What a verb of the program fails with: one message, perhaps a help line, and an exit status.

use std::fmt;
use std::io;

use crate::data::DataError;
use crate::state::StateError;

/// The input is wrong.
pub const STATUS_INPUT: u8 = 1;
/// The program was called the wrong way.
pub const STATUS_USAGE: u8 = 2;
/// Ctrl-C, as shells report it.
pub const STATUS_INTERRUPTED: u8 = 130;

/// Why a verb ended early.
pub struct Error {
    message: String,
    help: Option<String>,
    status: u8,
}

impl Error {
    /// Something is wrong with what was given.
    pub fn input(message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), help: None, status: STATUS_INPUT }
    }

    /// The command line is wrong.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), help: None, status: STATUS_USAGE }
    }

    /// Stopped by Ctrl-C, everything saved.
    pub fn interrupted(message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), help: None, status: STATUS_INTERRUPTED }
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

    /// The exit status it leads to.
    pub fn status(&self) -> u8 {
        self.status
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.status == STATUS_INTERRUPTED { "stopped" } else { "error" };
        write!(f, "{word}: {self:?}")
    }
}

/// Message and help, as `fn main() -> Result<(), Error>` prints them after `Error: `.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, "\nhelp: {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

impl From<StateError> for Error {
    fn from(error: StateError) -> Self {
        Self::input(error)
    }
}

impl From<DataError> for Error {
    fn from(error: DataError) -> Self {
        Self::input(error)
    }
}

/// Reading and writing the standard streams; files have errors of their own that name them.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            // Whoever read our output has seen enough, which is no failure.
            return Self { message: String::new(), help: None, status: 0 };
        }
        Self::input(error)
    }
}

#[cfg(test)]
mod tests {
    use super::Error;

    /// A `main` that returns the error shows its `Debug`.
    #[test]
    fn debug_tells_what_display_does() {
        let error = Error::input("no run here").help("name its folder");
        assert_eq!(format!("{error:?}"), "no run here\nhelp: name its folder");
        assert_eq!(error.to_string(), "error: no run here\nhelp: name its folder");
        assert_eq!(Error::interrupted("all is saved").to_string(), "stopped: all is saved");
    }
}
