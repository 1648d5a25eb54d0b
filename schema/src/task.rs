//! Tasks with labels, and their predictions.

use crate::names::Names;
use crate::text::Text;

written! {
    /// Prediction of a task, from its scores.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Prediction {
        /// Probability of the label 1: the sigmoid of the score.
        #[default]
        Probability,
        /// A number: the score.
        Number,
        /// Expected count: the exponential of the score.
        Count,
        /// Probability of each class: the softmax of the scores, one for each class.
        Classes(count: usize),
        /// Probability that the level is above each but the last: the sigmoids of the scores.
        Levels(count: usize),
    }

    /// A task with labels.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TaskInfo by new(name, prediction) {
        /// Name in the spec; empty if the objective has only one and does not name it.
        pub name: Text,
        /// Prediction.
        pub prediction: Prediction,
        /// Names of its classes or levels.
        pub classes: Names,
    }
}

impl Prediction {
    /// Number of scores of a record.
    pub const fn scores(self) -> usize {
        match self {
            Self::Probability | Self::Number | Self::Count => 1,
            Self::Classes(count) => count,
            Self::Levels(count) => count - 1,
        }
    }
}

impl TaskInfo {
    /// A task without classes.
    pub fn new(name: impl Into<Text>, prediction: Prediction) -> Self {
        Self { name: name.into(), prediction, classes: Names::default() }
    }

    /// Sets the names of its classes or levels.
    #[must_use]
    pub fn classes(self, classes: impl Into<Names>) -> Self {
        Self { classes: classes.into(), ..self }
    }
}
