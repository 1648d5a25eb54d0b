//! Failures of an export.

use std::path::PathBuf;

use crate::printable::printable;

/// Failure of a file of vectors that was just written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The file cannot be read in its format.
    #[error("{}: {source}", printable(.path.display()))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Reason, of the reader of its format.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file holds other numbers than the ones written.
    #[error("{}: what was read back is not what was written", printable(.path.display()))]
    ReadBack {
        /// The file.
        path: PathBuf,
    },
}

impl ExportError {
    /// Remedy, where one is known.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            ExportError::Unreadable { .. } => None,
            ExportError::ReadBack { .. } => {
                Some("is the disk failing, or is another program writing to the file?")
            }
        }
    }
}
