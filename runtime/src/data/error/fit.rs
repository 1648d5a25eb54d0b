//! Columns and vocabularies that cannot learn from the data.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::{DataError, Place};
use crate::printable::printable;

/// Failure of a column or vocabulary to learn.
#[derive(Debug)]
pub struct FitError {
    /// Name of the column or vocabulary.
    pub name: String,
    /// Fault of the data, or of the spec.
    pub fault: FitFault,
}

impl FitError {
    /// The error of a column or vocabulary with a fault.
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

/// Fault of the data or the spec that keeps a column or vocabulary from learning.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FitFault {
    /// No number to learn statistics from.
    #[error("the training split holds no number to learn from")]
    NoNumbers,
    /// Numbers whose statistics are not finite.
    #[error("the numbers are too large for their mean and deviation; scale them")]
    NumbersTooLarge,
    /// No number to learn boundaries from.
    #[error("the training split holds no number to learn boundaries from")]
    NoNumbersForBoundaries,
    /// Boundaries of the spec that do not ascend, or are not finite.
    #[error("boundaries must be finite and ascending, each once")]
    Boundaries,
    /// A file of keys that may not be read.
    #[error(transparent)]
    KeysPath(Box<DataError>),
    /// A file of keys that cannot be read.
    #[error("cannot read its keys from {}: {error}", printable(.path.display()))]
    KeysUnread {
        /// The file.
        path: PathBuf,
        /// Error of the system.
        #[source]
        error: io::Error,
    },
    /// An empty line in a file of keys.
    #[error("{place}: the line is empty where a key is expected; remove it")]
    EmptyLine {
        /// The line.
        place: Place,
    },
    /// A key that a file of keys has twice.
    #[error("{place}: the key `{key}` stands twice; remove one")]
    KeyTwice {
        /// The second line.
        place: Place,
        /// The key.
        key: String,
    },
    /// An empty file of keys.
    #[error("{} holds no keys", printable(.path.display()))]
    NoKeys {
        /// The file.
        path: PathBuf,
    },
    /// Two listed keys that are compared as one.
    #[error("`{other}` and `{key}` are one key; remove one")]
    OneKey {
        /// The first.
        other: String,
        /// The second.
        key: String,
    },
    /// A key that the spec lists twice.
    #[error("the key `{key}` is listed twice; remove one")]
    ListedTwice {
        /// The key.
        key: String,
    },
    /// A range of keys without keys, or with too many.
    #[error("range({low}, {high}) is empty or too large; give low < high")]
    Range {
        /// First key.
        low: i64,
        /// Key after the last.
        high: i64,
    },
    /// A hash without buckets.
    #[error("a hash needs at least one bucket")]
    NoBuckets,
}
