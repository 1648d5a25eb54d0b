//! Logs: the rows that are used, whose they are, when they were made, and the rows before them.

use crate::number::Number;
use crate::text::Text;

written! {
    /// Keeps the rows of the main source for which all that is said of a field holds.
    #[derive(Clone, Debug, PartialEq)]
    pub struct FilterSpec by new(field) {
        /// The column of the main source.
        pub field: Text,
        /// Smallest number.
        pub min: Option<Number>,
        /// Largest number.
        pub max: Option<Number>,
        /// Keys.
        pub only: Option<Vec<Text>>,
    }

    /// Columns of the main source by which rows belong together and follow each other.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TimelineSpec by new(user, time) {
        /// The column that names the user.
        pub user: Text,
        /// The column of numbers that ascend with time.
        pub time: Text,
    }

    /// Rows as examples, each with the rows of its user that are earlier.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct HistorySpec {
        /// Rows that are examples.
        pub examples: Examples,
        /// Fewest earlier rows of an example.
        pub min: usize,
        /// True if rows of the same time are earlier where they stand before in the file.
        pub same_time: bool,
    }

    /// Rows that are examples.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Examples {
        /// All.
        #[default]
        Sliding,
        /// Of each user the last training row and the last test row.
        Last,
    }
}

impl FilterSpec {
    /// All rows.
    pub fn new(field: impl Into<Text>) -> Self {
        Self { field: field.into(), min: None, max: None, only: None }
    }

    /// Rows with at least this number.
    #[must_use]
    pub fn min(self, min: impl Into<Number>) -> Self {
        Self { min: Some(min.into()), ..self }
    }

    /// Rows with at most this number.
    #[must_use]
    pub fn max(self, max: impl Into<Number>) -> Self {
        Self { max: Some(max.into()), ..self }
    }

    /// Rows with one of these keys.
    #[must_use]
    pub fn only(self, keys: impl IntoIterator<Item = impl Into<Text>>) -> Self {
        Self { only: Some(keys.into_iter().map(Into::into).collect()), ..self }
    }
}

impl TimelineSpec {
    /// The columns of users and of times.
    pub fn new(user: impl Into<Text>, time: impl Into<Text>) -> Self {
        Self { user: user.into(), time: time.into() }
    }
}
