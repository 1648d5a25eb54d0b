//! Columns and vocabularies that cannot be fitted.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::{DataError, Place};
use crate::printable::printable;

/// A column or vocabulary cannot be fitted.
#[derive(Debug)]
pub struct FitError {
    /// Name of the column or vocabulary.
    pub name: String,
    /// Reason.
    pub fault: FitFault,
}

impl FitError {
    /// An error of a column or vocabulary.
    pub fn new(name: &str, fault: FitFault) -> Self {
        Self { name: name.to_owned(), fault }
    }
}

impl fmt::Display for FitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.name, self.fault)
    }
}

impl std::error::Error for FitError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.fault)
    }
}

/// Reason why a column or vocabulary cannot be fitted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FitFault {
    /// No numbers for statistics.
    #[error("the training split holds no number to learn from")]
    NoNumbers,
    /// Numbers whose statistics are not finite.
    #[error("the numbers are too large for their mean and deviation; scale them")]
    NumbersTooLarge,
    /// No numbers for boundaries.
    #[error("the training split holds no number to learn boundaries from")]
    NoNumbersForBoundaries,
    /// Boundaries of the spec that are not finite or not ascending.
    #[error("boundaries must be finite and ascending, each once")]
    Boundaries,
    /// A key file that must not be read.
    #[error(transparent)]
    KeysPath(Box<DataError>),
    /// A key file that cannot be read.
    #[error("cannot read its keys from {}: {error}", printable(.path.display()))]
    KeysUnread {
        /// The file.
        path: PathBuf,
        /// Error of the system.
        #[source]
        error: io::Error,
    },
    /// An empty line in a key file.
    #[error("{place}: the line is empty where a key is expected; remove it")]
    EmptyLine {
        /// The line.
        place: Place,
    },
    /// A duplicate key in a key file.
    #[error("{place}: the key `{key}` occurs twice; remove one")]
    KeyTwice {
        /// The second line.
        place: Place,
        /// The key.
        key: String,
    },
    /// An empty key file.
    #[error("{} holds no keys", printable(.path.display()))]
    NoKeys {
        /// The file.
        path: PathBuf,
    },
    /// Two listed keys with the same canonical form.
    #[error("`{other}` and `{key}` are one key; remove one")]
    OneKey {
        /// The first.
        other: String,
        /// The second.
        key: String,
    },
    /// A duplicate key in the spec.
    #[error("the key `{key}` is listed twice; remove one")]
    ListedTwice {
        /// The key.
        key: String,
    },
    /// A key range that is empty or too large.
    #[error("range({low}, {high}) is empty or too large; give low < high")]
    Range {
        /// First key.
        low: i64,
        /// Key after the last one.
        high: i64,
    },
    /// A hash without buckets.
    #[error("a hash needs at least one bucket")]
    NoBuckets,
}
