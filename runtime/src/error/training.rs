//! Errors of training that are caused by the model or its data.

use std::path::PathBuf;

use crate::printable::printable;

/// Error of training.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TrainingError {
    /// The model depends on the other rows of a batch, and there is only one row.
    #[error("there is 1 row to train on, and `{word}` learns from the other rows of a batch")]
    OneRow {
        /// Layer or loss that depends on them, by its name in the spec.
        word: &'static str,
    },
    /// A number of the model is not finite.
    #[error("{found} at step {step} (epoch {epoch}): training diverges; {}", kept(.run, *.saved))]
    Diverged {
        /// Number that is not finite.
        found: Divergence,
        /// Step.
        step: u64,
        /// Epoch, from 1.
        epoch: usize,
        /// Folder of the run.
        run: PathBuf,
        /// Step of the last save. None if the run was not saved yet.
        saved: Option<u64>,
    },
}

/// A number of a model that is not finite.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Divergence {
    /// The loss of a step.
    #[error("the loss is {0}")]
    Loss(f32),
    /// A number of a tensor.
    #[error("the tensor `{name}` holds {value}")]
    Tensor {
        /// Name of the tensor.
        name: String,
        /// The number.
        value: f32,
    },
    /// An output of a tower for a training row.
    #[error("a value of the tower `{tower}` is {value}")]
    Tower {
        /// Name of the tower.
        tower: &'static str,
        /// The number.
        value: f32,
    },
    /// A score of a training row.
    #[error("a score is {0}")]
    Score(f32),
}

impl TrainingError {
    /// Remedy, if known.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            TrainingError::OneRow { .. } => None,
            TrainingError::Diverged { .. } => Some("train again with a lower learning rate"),
        }
    }
}

/// State of the run after the failure.
fn kept(run: &std::path::Path, saved: Option<u64>) -> String {
    let run = printable(run.display());
    match saved {
        Some(saved) => format!("{run} keeps the save after step {saved}"),
        None => format!("nothing was saved in {run}"),
    }
}
