//! Split of rows into those that train and those that test.

use crate::text::Text;

written! {
    /// Split of the rows of the main source.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub enum SplitSpec {
        /// A share of the rows of the file, `rows * test` of them to within one. Whether a row tests depends on its place in the file,
        /// the share and the seed alone.
        Random {
            /// The share, from 0 to 1.
            test: f64,
            /// Seed of the draw.
            seed: u64,
        } by random(test, seed),
        /// The latest rows by a column of numbers; among equals, the later in the file.
        ByTime {
            /// The column of the main source.
            field: Text,
            /// The share, from 0 to 1.
            test: f64,
        } by by_time(field, test),
        /// One row of each user: the `nth` from the end of those in the order of the timeline. Later ones are not used, and
        /// all rows of a user with no earlier one train.
        LeaveLastOut {
            /// 1 for the last.
            nth: usize,
        } by leave_last_out(nth),
        /// Two files in place of the main source's path, with its columns.
        Given {
            /// The path of the training rows.
            train: Text,
            /// The path of the test rows.
            test: Text,
        } by given(train, test),
        /// None: all rows train.
        #[default]
        None,
    }
}

impl SplitSpec {
    /// A share of the rows, drawn by a seed.
    pub fn random(test: f64, seed: u64) -> Self {
        Self::Random { test, seed }
    }

    /// A share of the rows, the latest by a column.
    pub fn by_time(field: impl Into<Text>, test: f64) -> Self {
        Self::ByTime { field: field.into(), test }
    }

    /// One row of each user.
    pub fn leave_last_out(nth: usize) -> Self {
        Self::LeaveLastOut { nth }
    }

    /// A file of rows that train, and one of rows that test.
    pub fn given(train: impl Into<Text>, test: impl Into<Text>) -> Self {
        Self::Given { train: train.into(), test: test.into() }
    }
}
