//! Options and calls that cannot be followed.

use crate::data::nearest;
use crate::progress::counted;

/// Options that contradict each other, the model or the run.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UsageError {
    /// No threads.
    #[error("0 threads compute nothing")]
    NoThreads,
    /// More threads than a program starts.
    #[error("{asked} threads are more than the {most} that a program starts")]
    TooManyThreads {
        /// Threads that were asked for.
        asked: usize,
        /// Most threads.
        most: usize,
    },
    /// A batch without rows.
    #[error("a batch needs at least one row")]
    EmptyBatch,
    /// A batch of one row, where the model learns from the other rows of it.
    #[error("`{word}` learns from the other rows of a batch, and a batch of 1 has none")]
    BatchOfOne {
        /// Word of the spec for the layer or loss that learns from them.
        word: &'static str,
    },
    /// A learning rate that is not above 0.
    #[error("the learning rate is {lr}; it must be above 0")]
    LearningRate {
        /// The learning rate.
        lr: f32,
    },
    /// An evaluation after every 0 epochs.
    #[error("an evaluation every 0 epochs is none")]
    EvaluationEvery,
    /// Fewer epochs than the run has done.
    #[error("the run has done {done} epochs, more than {asked}")]
    EpochsDone {
        /// Epochs of the run.
        done: usize,
        /// Epochs that were asked for.
        asked: usize,
    },
    /// No run is named.
    #[error("which run is not said")]
    NoRun,
    /// No tower is named, and the spec exports none.
    #[error("the spec exports no tower")]
    NothingExported,
    /// A tower that the spec has not.
    #[error("there is no tower `{name}`")]
    UnknownTower {
        /// The name.
        name: String,
        /// The towers of the spec.
        towers: Vec<&'static str>,
    },
    /// Records of one tower are more or fewer than those of another.
    #[error("{} of `{tower}` for {others} of another tower", counted(*.records, "record"))]
    RecordCount {
        /// Name of the tower.
        tower: &'static str,
        /// Records of the tower.
        records: usize,
        /// Records of the towers before.
        others: usize,
    },
    /// Records of one tower are given twice.
    #[error("records of `{tower}` are given twice")]
    RecordsTwice {
        /// Name of the tower.
        tower: &'static str,
    },
    /// Records of a tower that the score reads are not given.
    #[error("the score needs records of `{tower}` too")]
    RecordsLack {
        /// Name of the tower.
        tower: &'static str,
    },
    /// Scores of a model that has none.
    #[error("a model of retrieval gives vectors and no scores")]
    NoScores,
}

impl UsageError {
    /// Remedy, where one is known.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            UsageError::NoThreads => "give at least one",
            UsageError::TooManyThreads { .. } => "give as many as the machine has cores",
            UsageError::EmptyBatch => "give it one row or more",
            UsageError::BatchOfOne { .. } => "give it two rows or more",
            UsageError::EvaluationEvery => "give one or more, or none",
            UsageError::EpochsDone { .. } => "the number includes the epochs that were done before",
            UsageError::NoRun => "name its folder",
            UsageError::NothingExported => "name one",
            UsageError::UnknownTower { name, towers } => {
                return Some(match nearest(name, towers.iter().copied()) {
                    Some(similar) => format!("did you mean `{similar}`?"),
                    None => format!("the towers are {}", towers.join(", ")),
                });
            }
            UsageError::RecordCount { .. } => "give as many records of each tower",
            UsageError::RecordsLack { .. } => "add them with `encoded(..)?.and(..)`",
            UsageError::NoScores => "call `vectors`",
            UsageError::LearningRate { .. } | UsageError::RecordsTwice { .. } => return None,
        };
        Some(help.to_owned())
    }
}
