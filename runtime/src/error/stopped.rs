//! End by a signal, which is not a failure.

use std::path::PathBuf;

use crate::printable::printable;
use crate::signals::Signal;

/// End of a program by a signal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{signal}{at}")]
pub struct Stopped {
    /// The signal.
    pub signal: Signal,
    /// State at the end.
    pub at: StoppedAt,
}

/// State of the work that a signal ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoppedAt {
    /// Before training.
    #[error(" before training began; nothing was written")]
    BeforeTraining,
    /// In a training step that did not end in time.
    #[error(" again; the run is as it was last saved")]
    WithinStep,
    /// In training; the state was saved.
    #[error("; the run is saved in {}", printable(.run.display()))]
    Training {
        /// Folder of the run.
        run: PathBuf,
    },
    /// In evaluation outside of training.
    #[error(" while the model was evaluated")]
    Evaluation,
    /// After training; the run is saved.
    #[error(" after training; the run is saved in {}", printable(.run.display()))]
    AfterTraining {
        /// Folder of the run.
        run: PathBuf,
    },
}

impl Stopped {
    /// Way to continue, if there is one.
    pub fn help(&self) -> Option<String> {
        match &self.at {
            StoppedAt::BeforeTraining | StoppedAt::WithinStep | StoppedAt::Evaluation => None,
            StoppedAt::Training { run } => Some(format!("resume {} to go on", printable(run.display()))),
            StoppedAt::AfterTraining { run } => {
                Some(format!("evaluate {} to go on", printable(run.display())))
            }
        }
    }
}
