//! Split into training, validation and test rows.

use crate::names::Names;
use crate::text::Text;

written! {
    /// Split of the rows of the main source.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub enum SplitSpec {
        /// A random share of the rows: `rows * test`, to within one. The split of a row depends only on its
        /// position in the file, the shares and the seed.
        Random {
            /// Share of validation rows, from 0 to 1.
            validate: f64,
            /// Share of test rows, from 0 to 1.
            test: f64,
            /// Seed of the split.
            seed: u64,
        } by random(test, seed),
        /// The latest rows, by time columns; validation rows are the latest before them. Ties are ordered by
        /// position in the file.
        ByTime {
            /// Time columns of the main source, as in [`TimelineSpec`](crate::TimelineSpec).
            order: Names,
            /// Share of validation rows, from 0 to 1.
            validate: f64,
            /// Share of test rows, from 0 to 1.
            test: f64,
        } by by_time(order, test),
        /// One row per user: the `nth` from the end of the user's timeline. Later rows are unused. All rows
        /// of a user without an earlier row are training rows.
        LeaveLastOut {
            /// Position from the end; 1 is the last.
            nth: usize,
            /// True if the row before the test row is a validation row, unless it is the first of its user.
            validate: bool,
        } by leave_last_out(nth),
        /// Separate files for the rows of each part, with the columns of the main source.
        Given {
            /// Path of the training rows.
            train: Text,
            /// Path of the validation rows.
            validate: Option<Text>,
            /// Path of the test rows.
            test: Text,
        } by given(train, test),
        /// No split: all rows are training rows.
        #[default]
        None,
    }
}

impl SplitSpec {
    /// A random share of the rows.
    pub fn random(test: f64, seed: u64) -> Self {
        Self::Random { validate: 0.0, test, seed }
    }

    /// The latest share of the rows by time columns; without one, the last rows of the file.
    pub fn by_time(order: impl Into<Names>, test: f64) -> Self {
        Self::ByTime { order: order.into(), validate: 0.0, test }
    }

    /// One row per user.
    pub fn leave_last_out(nth: usize) -> Self {
        Self::LeaveLastOut { nth, validate: false }
    }

    /// Separate files for training and test rows.
    pub fn given(train: impl Into<Text>, test: impl Into<Text>) -> Self {
        Self::Given { train: train.into(), validate: None, test: test.into() }
    }

    /// Returns whether it has a validation part.
    pub fn has_validation(&self) -> bool {
        match self {
            Self::Random { validate, .. } | Self::ByTime { validate, .. } => *validate > 0.0,
            Self::LeaveLastOut { validate, .. } => *validate,
            Self::Given { validate, .. } => validate.is_some(),
            Self::None => false,
        }
    }
}
