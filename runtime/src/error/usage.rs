//! Invalid options and calls.

use std::path::PathBuf;

use crate::data::nearest;
use crate::printable::printable;
use crate::progress::counted;

/// Options that contradict each other, the model or the run.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UsageError {
    /// No threads.
    #[error("the number of threads must be at least 1")]
    NoThreads,
    /// Too many threads.
    #[error("{asked} threads are more than the maximum of {most}")]
    TooManyThreads {
        /// Requested threads.
        asked: usize,
        /// Maximum.
        most: usize,
    },
    /// A batch without rows.
    #[error("a batch needs at least one row")]
    EmptyBatch,
    /// A batch of one row, although the model depends on the other rows of a batch.
    #[error("`{word}` learns from the other rows of a batch, and a batch of 1 has none")]
    BatchOfOne {
        /// Layer or loss that depends on them, by its name in the spec.
        word: &'static str,
    },
    /// A learning rate that is not positive.
    #[error("the learning rate is {lr}; it must be above 0")]
    LearningRate {
        /// The learning rate.
        lr: f32,
    },
    /// An evaluation interval of 0 epochs.
    #[error("the number of epochs between evaluations must be at least 1")]
    EvaluationEvery,
    /// Fewer epochs than the run already has.
    #[error("the run has done {done} epochs, more than {asked}")]
    EpochsDone {
        /// Epochs of the run.
        done: usize,
        /// Requested epochs.
        asked: usize,
    },
    /// Fewer steps than the run already has.
    #[error("the run has done {done} steps, more than {asked}")]
    StepsDone {
        /// Steps of the run.
        done: u64,
        /// Requested steps.
        asked: u64,
    },
    /// Training of no steps.
    #[error("the number of steps must be at least 1")]
    NoSteps,
    /// A run that keeps no save.
    #[error("a run keeps at least its last save")]
    NoSaves,
    /// No run was given.
    #[error("no run is given")]
    NoRun,
    /// A run is compared with itself.
    #[error("the run is compared with itself")]
    SameRun,
    /// A run of another spec, without its program.
    #[error("{} is a run of another spec, which this program does not evaluate", printable(.run.display()))]
    OtherProgram {
        /// Folder of the run.
        run: PathBuf,
    },
    /// Validation rows of a split without them.
    #[error("the split has no validation rows")]
    NoValidation,
    /// No tower was given, and the spec exports none.
    #[error("the spec exports no tower")]
    NothingExported,
    /// An unknown tower.
    #[error("there is no tower `{name}`")]
    UnknownTower {
        /// The name.
        name: String,
        /// The towers of the spec.
        towers: Vec<&'static str>,
    },
    /// Towers with different numbers of records.
    #[error("{} of `{tower}` for {others} of another tower", counted(*.records, "record"))]
    RecordCount {
        /// Name of the tower.
        tower: &'static str,
        /// Records of the tower.
        records: usize,
        /// Number of records of the previous towers.
        others: usize,
    },
    /// Records of a tower were given twice.
    #[error("records of `{tower}` are given twice")]
    RecordsTwice {
        /// Name of the tower.
        tower: &'static str,
    },
    /// Records of a tower that the score needs are missing.
    #[error("the score needs records of `{tower}` too")]
    RecordsLack {
        /// Name of the tower.
        tower: &'static str,
    },
    /// Features of another program.
    #[error("the features are those of another program")]
    OtherFeatures,
    /// A batch of another program.
    #[error("the batch is one of another program")]
    OtherBatch,
    /// Lists without items.
    #[error("a list has at least one item")]
    NoItems,
    /// Items of a model that ranks none.
    #[error("the model ranks no items: its spec has no catalog, or it scores records with labels")]
    NoCandidates,
    /// The field of users is not known.
    #[error("the spec does not say which field names the users")]
    NoUser,
    /// Users by another field than that of the histories.
    #[error("the histories are those of `{user}`, so `{field}` cannot name the users")]
    HistoryUser {
        /// Requested field.
        field: String,
        /// Field of the histories.
        user: String,
    },
    /// A user without a row.
    #[error("no row of the data has the user `{user}` in `{field}`", user = printable(.user))]
    UnknownUser {
        /// Key of the user.
        user: String,
        /// Field of the users.
        field: String,
    },
    /// Records of a tower that describes no query.
    #[error("`{tower}` is not a tower of queries")]
    NoQuery {
        /// Name of the tower.
        tower: &'static str,
    },
    /// Scores of a model without scores.
    #[error("a retrieval model has vectors but no scores")]
    NoScores,
    /// Predictions of a model without labels.
    #[error("the model has no labels, so there is nothing to predict for a record")]
    NoPredictions,
    /// One score of a record was asked for, and the tasks of the model have several.
    #[error("the tasks of the model have {scores} scores for each record")]
    SeveralScores {
        /// Number of scores.
        scores: usize,
    },
    /// Probabilities of a model whose only task does not predict them, or of several tasks.
    #[error("the model does not predict one probability for each record")]
    NoProbabilities,
}

impl UsageError {
    /// Remedy, if known.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            UsageError::NoThreads => "give at least one",
            UsageError::TooManyThreads { .. } => "give as many as the machine has cores",
            UsageError::EmptyBatch => "give it one row or more",
            UsageError::BatchOfOne { .. } => "give it two rows or more",
            UsageError::EvaluationEvery => "give one or more, or none",
            UsageError::EpochsDone { .. } => "the number includes the epochs of earlier sessions",
            UsageError::StepsDone { .. } => "the number includes the steps of earlier sessions",
            UsageError::NoSteps | UsageError::NoSaves => "give one or more",
            UsageError::NoRun => "name its folder",
            UsageError::SameRun => "name another run",
            UsageError::OtherProgram { .. } => "give its program",
            UsageError::NoValidation => {
                "give the split such a part (`split = random(validate = 0.1, test = 0.1)`) and train again"
            }
            UsageError::NothingExported => "name one",
            UsageError::UnknownTower { name, towers } => {
                return Some(match nearest(name, towers.iter().copied()) {
                    Some(similar) => format!("did you mean `{similar}`?"),
                    None => format!("the towers are {}", towers.join(", ")),
                });
            }
            UsageError::RecordCount { .. } => "give as many records of each tower",
            UsageError::RecordsLack { .. } => "add them with `encoded(..)?.and(..)`",
            UsageError::OtherFeatures => "give those that the program declared, or that its run holds",
            UsageError::OtherBatch => "encode the records with the features of this program",
            UsageError::NoScores => "call `vectors`",
            UsageError::NoPredictions => "ask for the vectors of one of its towers, or for recommendations",
            UsageError::SeveralScores { .. } | UsageError::NoProbabilities => "call `predictions`",
            UsageError::NoItems => "ask for one item or more",
            UsageError::NoCandidates => "`predict` answers records with the probabilities of such a model",
            UsageError::NoUser => "name the field, or write `user = field` in `metrics` of the spec",
            UsageError::HistoryUser { user, .. } => return Some(format!("name the users by `{user}`")),
            UsageError::UnknownUser { .. } => {
                "a record with features or a history gives items for a new user"
            }
            UsageError::NoQuery { .. } => "give records of the towers that describe a query",
            UsageError::LearningRate { .. } | UsageError::RecordsTwice { .. } => return None,
        };
        Some(help.to_owned())
    }
}
