//! Errors of a program, with data and causes. Only the command line maps them to exit statuses.

mod comparison;
mod device;
mod export;
mod load;
mod records;
mod run;
mod sampling;
mod stopped;
mod training;
mod usage;

use std::fmt;
use std::io;

pub use comparison::ComparisonError;
pub use device::{DeviceCause, DeviceError};
pub use export::ExportError;
pub use load::{LoadError, ModelError};
pub use records::{JsonError, RecordFault, RecordsError, RefusedRecord};
pub use run::{DataChange, RunError, SpecDifference, Unconfirmed};
pub use sampling::SamplingError;
pub use stopped::{Stopped, StoppedAt};
pub use training::{Divergence, TrainingError};
pub use usage::UsageError;

use crate::data::DataError;
use crate::finite::NotFinite;
use crate::footprint::MemoryError;
use crate::kernels::UnknownKernels;
use crate::printable::printable_lines;
use crate::state::StateError;

/// Error of training, evaluation, prediction or export.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Options contradict each other, the model or the run.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// `TURRET_KERNELS` is not an instruction set of this machine.
    #[error(transparent)]
    Kernels(#[from] UnknownKernels),
    /// The data cannot be read, or do not fit the spec.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Data, tables or training exceed the memory.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The folder of a run cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A file of tensors or vectors cannot be read or written.
    #[error(transparent)]
    State(#[from] StateError),
    /// A run cannot be opened, or cannot answer a record.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Negatives cannot be sampled.
    #[error(transparent)]
    Sampling(#[from] SamplingError),
    /// Training failed.
    #[error(transparent)]
    Training(#[from] TrainingError),
    /// Records for prediction cannot be read, or are rejected.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// Vectors cannot be exported.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The evaluations of two runs cannot be compared.
    #[error(transparent)]
    Comparison(#[from] ComparisonError),
    /// An answer of the model is not finite.
    #[error(transparent)]
    NotFinite(#[from] NotFinite),
    /// The device failed.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// A signal ended it.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The thread pool cannot be started.
    #[error("the threads cannot be started: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// Signals cannot be listened to.
    #[error("signals cannot be listened to: {0}")]
    Signals(#[source] io::Error),
    /// Results cannot be written to standard output. Files have their own errors.
    #[error("standard output cannot be written: {0}")]
    Output(#[from] io::Error),
}

impl Error {
    /// Device error, as reported by dfdx.
    pub fn device(error: impl fmt::Debug + Send + Sync + 'static) -> Self {
        Self::Device(DeviceError::failed(error))
    }

    /// Remedy, if known.
    pub fn help(&self) -> Option<String> {
        match self {
            Error::Usage(error) => error.help(),
            Error::Kernels(error) => Some(error.help()),
            Error::Memory(error) => Some(error.help()),
            Error::Run(error) => error.help(),
            Error::State(error) => error.help().map(str::to_owned),
            Error::Load(error) => error.help(),
            Error::Sampling(error) => Some(error.help().to_owned()),
            Error::Training(error) => error.help().map(str::to_owned),
            Error::Records(error) => error.help().map(str::to_owned),
            Error::Export(error) => error.help().map(str::to_owned),
            Error::Comparison(error) => error.help().map(str::to_owned),
            Error::NotFinite(error) => Some(error.help().to_owned()),
            Error::Device(error) => error.help().map(str::to_owned),
            Error::Stopped(stopped) => stopped.help(),
            Error::Data(error) => error.help().map(str::to_owned),
            Error::Threads(_) | Error::Signals(_) | Error::Output(_) => None,
        }
    }
}

/// Message and remedy, as printed by `fn main() -> Result<(), Error>` after `Error: `. Names are escaped.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_for_people(f, self, self.help())
    }
}

fn write_for_people(
    f: &mut fmt::Formatter<'_>,
    error: impl fmt::Display,
    help: Option<String>,
) -> fmt::Result {
    write!(f, "{}", printable_lines(error))?;
    match help {
        Some(help) => write!(f, "\nhelp: {}", printable_lines(help)),
        None => Ok(()),
    }
}

impl From<ModelError> for Error {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::State(error) => error.into(),
            ModelError::Device(error) => error.into(),
            ModelError::Usage(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;
    use std::path::Path;

    use super::*;

    /// A `main` that returns the error prints its `Debug`.
    #[test]
    fn debug_has_message_and_remedy() {
        let error = Error::from(RunError::NotARun { path: "no\u{1b}where".into() });
        assert_eq!(
            format!("{error:?}"),
            "no\\u{1b}where is not the folder of a run: it has no run.json\nhelp: a run is made by `train`, which prints its folder"
        );
        assert_eq!(error.to_string(), "no\\u{1b}where is not the folder of a run: it has no run.json");
    }

    #[test]
    fn the_error_of_the_system_is_the_source() {
        let lost = || io::Error::from(io::ErrorKind::StorageFull);
        let file = || StateError::write(Path::new("weights.safetensors"), lost());
        for error in [
            Error::from(file()),
            RunError::from(file()).into(),
            LoadError::from(RunError::from(file())).into(),
        ] {
            let source = error.source().and_then(|source| source.downcast_ref::<io::Error>());
            assert_eq!(source.map(io::Error::kind), Some(io::ErrorKind::StorageFull), "{error}");
        }
    }
}
