//! Errors of opening a stored model and of answering records.

use std::fmt;

use super::{DeviceError, RunError, UsageError, write_for_people};
use crate::data::FieldError;
use crate::finite::NOT_FINITE;
use crate::kernels::UnknownKernels;
use crate::state::StateError;

/// Error of building a model, or of a computation of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A file of vectors cannot be read, or does not fit a table.
    #[error(transparent)]
    State(#[from] StateError),
    /// Not enough device memory for the model.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// Features or a batch of another program.
    #[error(transparent)]
    Usage(#[from] UsageError),
}

/// Error of opening a run or of answering records.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The folder is not a run of this program, or a file of it cannot be read. No record can be answered.
    #[error(transparent)]
    Run(#[from] RunError),
    /// `TURRET_KERNELS` is not an instruction set of this machine.
    #[error(transparent)]
    Kernels(#[from] UnknownKernels),
    /// A column rejects a value of a record. Other records can be answered.
    #[error("record {}: {source}", .index + 1)]
    Record {
        /// Index of the record in the call.
        index: usize,
        /// Column, value and reason.
        source: FieldError,
    },
    /// The answer for a record is not finite. Other records can be answered.
    #[error("the {what} of record {} is not finite: {value}", .index + 1)]
    NotFinite {
        /// Index of the record in the call.
        index: usize,
        /// `vector` or `score`.
        what: &'static str,
        /// The value.
        value: f32,
    },
    /// The call does not fit the model: a bug of the calling program.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// The device failed.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

impl From<ModelError> for LoadError {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::State(error) => LoadError::Run(error.into()),
            ModelError::Device(error) => error.into(),
            ModelError::Usage(error) => error.into(),
        }
    }
}

impl LoadError {
    /// Remedy, if known.
    pub fn help(&self) -> Option<String> {
        match self {
            LoadError::Run(error) => error.help(),
            LoadError::Kernels(error) => Some(error.help()),
            LoadError::Record { .. } => None,
            LoadError::NotFinite { .. } => Some(NOT_FINITE.to_owned()),
            LoadError::Usage(error) => error.help(),
            LoadError::Device(error) => error.help().map(str::to_owned),
        }
    }
}

/// Message and remedy, as printed by `fn main() -> Result<(), LoadError>` after `Error: `.
impl fmt::Debug for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_for_people(f, self, self.help())
    }
}
