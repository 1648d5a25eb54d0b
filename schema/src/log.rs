//! Logs: filters, users, times, and histories of earlier rows.

use crate::number::Number;
use crate::text::Text;

written! {
    /// A filter of the rows of the main source. A row is kept if its field satisfies every condition.
    #[derive(Clone, Debug, PartialEq)]
    pub struct FilterSpec by new(field) {
        /// Column of the main source.
        pub field: Text,
        /// Minimum.
        pub min: Option<Number>,
        /// Maximum.
        pub max: Option<Number>,
        /// Accepted keys.
        pub only: Option<Vec<Text>>,
    }

    /// Columns of the main source that group and order rows.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TimelineSpec by new(user, time) {
        /// User column.
        pub user: Text,
        /// Time column; numbers that ascend with time.
        pub time: Text,
    }

    /// Examples with a history: each has the earlier rows of its user.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct HistorySpec {
        /// Rows that are examples.
        pub examples: Examples,
        /// Minimum number of earlier rows of an example.
        pub min: usize,
        /// True if a row with the same time, earlier in the file, counts as earlier.
        pub same_time: bool,
    }

    /// Rows that are examples.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Examples {
        /// All rows.
        #[default]
        Sliding,
        /// The last training row and the last test row of each user.
        Last,
    }
}

impl FilterSpec {
    /// A filter without conditions.
    pub fn new(field: impl Into<Text>) -> Self {
        Self { field: field.into(), min: None, max: None, only: None }
    }

    /// Sets the minimum.
    #[must_use]
    pub fn min(self, min: impl Into<Number>) -> Self {
        Self { min: Some(min.into()), ..self }
    }

    /// Sets the maximum.
    #[must_use]
    pub fn max(self, max: impl Into<Number>) -> Self {
        Self { max: Some(max.into()), ..self }
    }

    /// Sets the accepted keys.
    #[must_use]
    pub fn only(self, keys: impl IntoIterator<Item = impl Into<Text>>) -> Self {
        Self { only: Some(keys.into_iter().map(Into::into).collect()), ..self }
    }
}

impl TimelineSpec {
    /// A timeline over a user column and a time column.
    pub fn new(user: impl Into<Text>, time: impl Into<Text>) -> Self {
        Self { user: user.into(), time: time.into() }
    }
}
