//! Errors of an export.

use std::path::PathBuf;

use crate::printable::printable;

/// A newly written file of vectors is wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The file cannot be read in its format.
    #[error("{}: {source}", printable(.path.display()))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Reason given by the reader of the format.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file contains different values than were written.
    #[error("{}: the values that were read back differ from those that were written", printable(.path.display()))]
    ReadBack {
        /// The file.
        path: PathBuf,
    },
}

impl ExportError {
    /// Remedy, if known.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            ExportError::Unreadable { .. } => None,
            ExportError::ReadBack { .. } => {
                Some("is the disk failing, or is another program writing to the file?")
            }
        }
    }
}
