//! Descriptions of data that contradict themselves or the data.

use turret_schema::SplitSpec;

use super::Place;
use crate::data::Skipped;
use crate::printable::printable;
use crate::progress::{counted, rounded};

/// A description of data that contradicts itself or the data.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SpecError {
    /// No source.
    #[error("the model names no source; give it one in `data`")]
    NoSource,
    /// A source that is not declared.
    #[error("there is no source `{name}`; the sources are {}", .sources.join(", "))]
    UnknownSource {
        /// The name.
        name: String,
        /// Names of the sources.
        sources: Vec<String>,
    },
    /// An input that is encoded for a join that is not declared.
    #[error("an input reads joined source {join}, but no source is joined as such")]
    UnknownJoin {
        /// Number of the join, from 1.
        join: usize,
    },
    /// An input that reads a field which is not joined to its source.
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
    #[error("the candidates come from `{catalog}`, so their tower may read columns of `{catalog}` alone")]
    CandidateColumns {
        /// Source of the candidates.
        catalog: String,
    },
    /// Different rows of a joined source with one key.
    #[error(
        "{place}: `{joined}` is joined by `{column}`, but `{}` stands there already on line {first} with another `{}`; keys of a joined \
         source must differ, unless the rows are equal in every field",
        printable(.key), printable(.differs)
    )]
    JoinKeyTwice {
        /// The second row.
        place: Place,
        /// The joined source.
        joined: String,
        /// Column of the key.
        column: String,
        /// The key.
        key: String,
        /// Line of the first row.
        first: u64,
        /// A column in which the rows differ.
        differs: String,
    },
    /// A share of test rows that is not a share.
    #[error("a test share of {share} is not possible; give a number from 0 to below 1")]
    TestShare {
        /// The share.
        share: f64,
    },
    /// A split that leaves no row to train on.
    #[error("the split leaves no row to train on: {}", remedy(.split))]
    EmptySplit {
        /// The split.
        split: SplitSpec,
    },
    /// Filters and refusals that leave no row to train on.
    #[error("no row is left to train on: {}", losses(.filters, *.filtered, .skipped))]
    NoRow {
        /// Fields that rows are filtered by.
        filters: Vec<String>,
        /// Number of rows that filters leave out.
        filtered: usize,
        /// Rows that are refused.
        skipped: Skipped,
    },
    /// Columns that refuse all training rows.
    #[error("no row is left to train on: {skipped}")]
    AllRefused {
        /// Rows that are refused.
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
        /// Earlier rows that an example needs.
        min: usize,
    },
    /// A history that would hold a row which is not earlier.
    #[error("{place}: its history would hold a row that is not earlier")]
    LaterRow {
        /// Row of the history.
        place: Place,
    },
    /// A history of a training row that would hold a test row.
    #[error(
        "{place}: the history of this training row would hold a test row; split by time (`leave_last_out` or `by_time` with the field \
         of `history`)"
    )]
    TestRow {
        /// Row of the history.
        place: Place,
    },
}

/// Remedy for a split that leaves no row to train on.
fn remedy(split: &SplitSpec) -> &'static str {
    match split {
        SplitSpec::Random { .. } | SplitSpec::ByTime { .. } => "make its test share smaller",
        SplitSpec::Given { .. } => "the rows of the file that trains are all left out",
        SplitSpec::LeaveLastOut { .. } => "no user has so many rows; leave fewer out",
        SplitSpec::None => "there is none",
    }
}

/// Rows that are no longer there, by the reason.
fn losses(filters: &[String], filtered: usize, skipped: &Skipped) -> String {
    let filtered = (filtered > 0).then(|| {
        let fields = filters.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", ");
        format!("filters by {fields} left {} out", counted(filtered, "row"))
    });
    let skipped = (skipped.count > 0).then(|| skipped.to_string());
    let losses: Vec<String> = filtered.into_iter().chain(skipped).collect();
    if losses.is_empty() { "the source has none".to_owned() } else { losses.join("; ") }
}
