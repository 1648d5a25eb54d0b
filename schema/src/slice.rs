//! Slices of held-out rows, within which evaluation measures.

use std::fmt;

use crate::text::Text;

written! {
    /// A division of held-out rows into slices.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum SliceSpec {
        /// By the key or the bucket of a column.
        Column(name: Text) by column(name),
        /// By the number of keys of a column, in ranges that begin at 0 and at these numbers.
        Length {
            /// Name of the column.
            column: Text,
            /// First numbers of the ranges after the first, ascending.
            boundaries: Vec<u64>,
        } by length(column, boundaries),
        /// By the number of training rows of the user, in such ranges.
        UserRows(boundaries: Vec<u64>) by user_rows(boundaries),
        /// By the number of training rows of the candidate of the row, in such ranges.
        ItemRows(boundaries: Vec<u64>) by item_rows(boundaries),
    }
}

impl SliceSpec {
    /// A division by the key or the bucket of a column.
    pub fn column(name: impl Into<Text>) -> Self {
        Self::Column(name.into())
    }

    /// A division by the number of keys of a column.
    pub fn length(column: impl Into<Text>, boundaries: impl Into<Vec<u64>>) -> Self {
        Self::Length { column: column.into(), boundaries: boundaries.into() }
    }

    /// A division by the number of training rows of the user.
    pub fn user_rows(boundaries: impl Into<Vec<u64>>) -> Self {
        Self::UserRows(boundaries.into())
    }

    /// A division by the number of training rows of the candidate of the row.
    pub fn item_rows(boundaries: impl Into<Vec<u64>>) -> Self {
        Self::ItemRows(boundaries.into())
    }
}

/// Name in results.
impl fmt::Display for SliceSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column(name) => f.write_str(name),
            Self::Length { column, .. } => write!(f, "length({column})"),
            Self::UserRows(_) => f.write_str("user_rows"),
            Self::ItemRows(_) => f.write_str("item_rows"),
        }
    }
}
