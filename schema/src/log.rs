//! Logs: filters, users, times, and histories of earlier rows.

use std::fmt;

use crate::names::Names;
use crate::number::Number;
use crate::text::Text;

written! {
    /// A filter of the rows of the main source. A row is kept if its field satisfies every condition.
    #[derive(Clone, Debug, PartialEq)]
    pub struct FilterSpec by new(field) {
        /// Column of the main source.
        pub field: Text,
        /// Minimum.
        pub min: Option<Limit>,
        /// Maximum. A date without a time includes its day.
        pub max: Option<Limit>,
        /// Accepted keys.
        pub only: Option<Vec<Text>>,
    }

    /// Columns of the main source that group and order rows.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TimelineSpec by in_file_order(user) | new(user, order) {
        /// User column.
        pub user: Text,
        /// Time columns, which ascend with time; later ones decide between rows with equal earlier ones.
        /// Empty: rows are in the order of the file.
        pub order: Names,
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

/// Limit of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Limit {
    /// A number.
    Number(Number),
    /// A date or a time, which limits times.
    Time(Text),
}

impl<N: Into<Number>> From<N> for Limit {
    fn from(number: N) -> Self {
        Self::Number(number.into())
    }
}

impl From<&'static str> for Limit {
    fn from(time: &'static str) -> Self {
        Self::Time(time.into())
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Limit::Number(number) => number.fmt(f),
            Limit::Time(text) => write!(f, "\"{text}\""),
        }
    }
}

#[cfg(feature = "code")]
impl crate::code::Code for Limit {
    fn code(&self) -> proc_macro2::TokenStream {
        let limit = self.argument();
        quote::quote!(Limit::from(#limit))
    }

    fn argument(&self) -> proc_macro2::TokenStream {
        match self {
            Limit::Number(number) => number.argument(),
            Limit::Time(text) => text.argument(),
        }
    }
}

impl FilterSpec {
    /// A filter without conditions.
    pub fn new(field: impl Into<Text>) -> Self {
        Self { field: field.into(), min: None, max: None, only: None }
    }

    /// Sets the minimum.
    #[must_use]
    pub fn min(self, min: impl Into<Limit>) -> Self {
        Self { min: Some(min.into()), ..self }
    }

    /// Sets the maximum.
    #[must_use]
    pub fn max(self, max: impl Into<Limit>) -> Self {
        Self { max: Some(max.into()), ..self }
    }

    /// Sets the accepted keys.
    #[must_use]
    pub fn only(self, keys: impl IntoIterator<Item = impl Into<Text>>) -> Self {
        Self { only: Some(keys.into_iter().map(Into::into).collect()), ..self }
    }
}

impl TimelineSpec {
    /// A timeline over a user column and time columns.
    pub fn new(user: impl Into<Text>, order: impl Into<Names>) -> Self {
        Self { user: user.into(), order: order.into() }
    }

    /// A timeline over a user column, in the order of the file.
    pub fn in_file_order(user: impl Into<Text>) -> Self {
        Self { user: user.into(), order: Names::default() }
    }
}
