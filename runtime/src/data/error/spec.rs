//! Inconsistent descriptions of data.

use std::fmt;

use turret_schema::SplitSpec;

use crate::data::held_out::HeldOut;

use super::Place;
use crate::data::Skipped;
use crate::printable::printable;
use crate::progress::{counted, rounded};

/// A description of data that is inconsistent, in itself or with the data.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SpecError {
    /// No source.
    #[error("the model names no source; give it one in `data`")]
    NoSource,
    /// An undeclared source.
    #[error("there is no source `{name}`; the sources are {}", .sources.join(", "))]
    UnknownSource {
        /// The name.
        name: String,
        /// Names of the sources.
        sources: Vec<String>,
    },
    /// An input of an undeclared join.
    #[error("an input reads joined source {join}, but no source is joined as such")]
    UnknownJoin {
        /// Index of the join, from 1.
        join: usize,
    },
    /// An input that reads a field of a source that is not joined to its own.
    #[error("`{input}` reads {field}, which is not joined to `{joined_to}`")]
    NotJoined {
        /// Name of the input.
        input: String,
        /// Source and name of the field.
        field: String,
        /// Source of the input.
        joined_to: String,
    },
    /// Candidates whose tower reads fields of another source.
    #[error("the candidates come from `{catalog}`, so their tower can only read columns of `{catalog}`")]
    CandidateColumns {
        /// Source of the candidates.
        catalog: String,
    },
    /// A name for the items of lists that another column has.
    #[error(
        "the items of `{field}` in `{source_name}` cannot be named `{name}`, because the file has another column of this name; choose one in `as = ...` of `explode`"
    )]
    ExplodedName {
        /// Name of the source.
        source_name: String,
        /// Field with the lists.
        field: String,
        /// Name of the items, or of their weights.
        name: String,
    },
    /// Keys of a field that the description does not name for joins, users, groups or candidates.
    #[error("the keys of `{field}` are not read; name it among the groups of the data")]
    NoKeys {
        /// The field.
        field: String,
    },
    /// An input whose bags and sequences have too many items.
    #[error(
        "the bags and sequences of `{input}` have more than 2^32 items in all rows; use fewer rows, or keep fewer items of each"
    )]
    TooManyItems {
        /// Name of the input.
        input: String,
    },
    /// Different rows with the same key in a joined source.
    #[error(
        "{place}: `{joined}` is joined by `{column}`, but `{}` is already on line {first} with another `{}`; keys of a joined \
         source must differ, unless the rows are equal in every field; `keep = first` or `keep = last` of `join` chooses one",
        printable(.key), printable(.differs)
    )]
    JoinKeyTwice {
        /// Second row.
        place: Place,
        /// Joined source.
        joined: String,
        /// Key column.
        column: String,
        /// Key.
        key: String,
        /// Line of the first row.
        first: u64,
        /// A column in which the rows differ.
        differs: String,
    },
    /// Shares of validation and test rows that leave no training rows.
    #[error(
        "shares of {validate} to validate and {test} to test are not possible; give numbers from 0 that are below 1 together"
    )]
    Shares {
        /// Share of validation rows.
        validate: f64,
        /// Share of test rows.
        test: f64,
    },
    /// A limit of a filter that is not a time.
    #[error("the filter by `{field}` is limited by \"{limit}\", which is not a time")]
    Limit {
        /// Field of the filter.
        field: String,
        /// The limit.
        limit: String,
    },
    /// A split without training rows.
    #[error("the split leaves no row to train on: {}", remedy(.split, *.left, .losses))]
    EmptySplit {
        /// The split.
        split: SplitSpec,
        /// Number of rows that are split.
        left: usize,
        /// Other rows.
        losses: Losses,
    },
    /// Filters and errors that leave no training rows.
    #[error("no row is left to train on: {0}")]
    NoRow(Losses),
    /// Columns that reject all training rows.
    #[error("no row is left to train on: {skipped}")]
    AllRefused {
        /// Skipped rows.
        skipped: Skipped,
    },
    /// Histories that are all too short.
    #[error(
        "no row is left to train on: of {} training rows none has {min} earlier rows of its user; make `min` of `history` smaller",
        rounded(*.rows as f64)
    )]
    ShortHistories {
        /// Number of training rows.
        rows: usize,
        /// Minimum number of earlier rows of an example.
        min: usize,
    },
    /// A history that contains a row that is not earlier.
    #[error("{place}: its history would hold a row that is not earlier")]
    LaterRow {
        /// Row with the history.
        place: Place,
    },
    /// A history that contains a row of a later part of the split.
    #[error(
        "{place}: the history of this {} row would hold a {} row; split by time (`leave_last_out` or `by_time` with the field \
         of `history`)",
        part_of(.of),
        .holds.of_rows()
    )]
    LaterPart {
        /// Row with the history.
        place: Place,
        /// Part of the row. `None` for a training row.
        of: Option<HeldOut>,
        /// Part of the other row.
        holds: HeldOut,
    },
}

/// Rows of the main source that filters and errors remove.
#[derive(Clone, Debug, PartialEq)]
pub struct Losses {
    /// Fields of the filters.
    pub filters: Vec<String>,
    /// Number of rows that filters remove.
    pub filtered: usize,
    /// Skipped rows.
    pub skipped: Skipped,
}

impl Losses {
    fn is_empty(&self) -> bool {
        self.filtered == 0 && self.skipped.is_empty()
    }
}

impl fmt::Display for Losses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("the source has none");
        }
        if self.filtered > 0 {
            let fields = self.filters.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", ");
            write!(f, "filters by {fields} left {} out", counted(self.filtered, "row"))?;
        }
        match self.skipped.is_empty() {
            true => Ok(()),
            _ if self.filtered > 0 => write!(f, "; {}", self.skipped),
            _ => self.skipped.fmt(f),
        }
    }
}

/// Word for the rows of a part.
fn part_of(part: &Option<HeldOut>) -> &'static str {
    part.map_or("training", HeldOut::of_rows)
}

/// Remedy for a split of this number of rows that leaves no training rows. If rows were removed before, they are the reason.
fn remedy(split: &SplitSpec, left: usize, losses: &Losses) -> String {
    if !losses.is_empty() {
        return format!("{losses}; {} left", counted(left, "row"));
    }
    match split {
        SplitSpec::Random { .. } | SplitSpec::ByTime { .. } if split.has_validation() => {
            "make its shares smaller"
        }
        SplitSpec::Random { .. } | SplitSpec::ByTime { .. } => "make its test share smaller",
        SplitSpec::Given { .. } => "the file that trains has none",
        SplitSpec::LeaveLastOut { .. } | SplitSpec::None => "there is none",
    }
    .to_owned()
}
