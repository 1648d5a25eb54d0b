//! Errors of generating data.

use std::{fmt, io, path::PathBuf};
use turret_runtime::printable::printable;

/// Error of generating a dataset.
#[derive(Debug)]
pub enum Error {
    /// Inconsistent sizes, with valid ones.
    Sizes(String),
    /// A file or folder could not be written.
    Io(PathBuf, io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Sizes(message) => f.write_str(message),
            Error::Io(path, error) => write!(f, "cannot write `{}`: {error}", printable(path.display())),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Sizes(_) => None,
            Error::Io(_, error) => Some(error),
        }
    }
}
