//! The `data` and `catalogue` blocks of a spec.

use super::error::FieldError;
use super::field::Field;
use super::number::Number;
use super::source::SourceSpec;

/// Sources, how they are joined and split, and what the candidates are.
#[derive(Clone, Debug, Default)]
pub struct DataSpec {
    /// The sources; the first is the main one, a row of which is a training record.
    pub sources: Vec<SourceSpec>,
    /// Joins to the main source; the `i`-th (from 1) is part `i` of the inputs.
    pub joins: Vec<JoinSpec>,
    /// Filters of the rows of the main source; all rows are used where there are none.
    pub filters: Vec<FilterSpec>,
    /// Whose rows they are, and when they were made: what histories and [`SplitSpec::LeaveLastOut`] go by.
    pub timeline: Option<TimelineSpec>,
    /// Rows that are examples of what a user does after others.
    pub history: Option<HistorySpec>,
    /// Split of the rows into those that train and those that test.
    pub split: SplitSpec,
    /// Candidates of retrieval.
    pub catalogue: Option<CatalogueSpec>,
    /// Fields of the main source by whose key rows belong together, as those of a user.
    pub groups: Vec<&'static str>,
    /// Policy for rows that columns or joins refuse.
    pub on_error: OnError,
}

/// Joins a source to the main one where two columns hold the same key. Rows of the joined source with one key are equal.
#[derive(Clone, Copy, Debug)]
pub struct JoinSpec {
    /// The source that is joined.
    pub source: &'static str,
    /// The column of the main source.
    pub left: &'static str,
    /// The column of the joined source.
    pub right: &'static str,
}

impl JoinSpec {
    /// Joins `source` where its column `right` holds the key of the main source's column `left`.
    pub const fn new(source: &'static str, left: &'static str, right: &'static str) -> Self {
        Self { source, left, right }
    }
}

/// Keeps the rows of the main source for which all that is said of a field holds.
#[derive(Clone, Copy, Debug)]
pub struct FilterSpec {
    /// The column of the main source.
    pub field: &'static str,
    /// Smallest number.
    pub min: Option<Number>,
    /// Largest number.
    pub max: Option<Number>,
    /// Keys.
    pub only: Option<&'static [&'static str]>,
}

/// Columns of the main source by which rows belong together and follow each other.
#[derive(Clone, Copy, Debug)]
pub struct TimelineSpec {
    /// The column that names the user.
    pub user: &'static str,
    /// The column of numbers that ascend with time.
    pub time: &'static str,
}

/// Rows as examples, each with the rows of its user that are earlier.
#[derive(Clone, Copy, Debug)]
pub struct HistorySpec {
    /// Rows that are examples.
    pub examples: Examples,
    /// Fewest earlier rows of an example.
    pub min: usize,
    /// True if rows of the same time are earlier where they stand before in the file.
    pub same_time: bool,
}

/// Rows that are examples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Examples {
    /// All.
    Sliding,
    /// Of each user the last training row and the last test row.
    Last,
}

/// Split of the rows of the main source.
#[derive(Clone, Copy, Debug, Default)]
pub enum SplitSpec {
    /// A share of the rows of the file, `rows * test` of them to within one. Whether a row tests depends on its place in the file, the share and the seed alone.
    Random {
        /// The share, from 0 to 1.
        test: f64,
        /// Seed of the draw.
        seed: u64,
    },
    /// The latest rows by a column of numbers; among equals, the later in the file.
    ByTime {
        /// The column of the main source.
        field: &'static str,
        /// The share, from 0 to 1.
        test: f64,
    },
    /// One row of each user: the `nth` from the end of those in the order of [`DataSpec::timeline`]. Later ones are not used, and
    /// all rows of a user with no earlier one train.
    LeaveLastOut {
        /// 1 for the last.
        nth: usize,
    },
    /// Two files in place of the main source's path, with its columns.
    Given {
        /// The path of the training rows.
        train: &'static str,
        /// The path of the test rows.
        test: &'static str,
    },
    /// None: all rows train.
    #[default]
    None,
}

impl SplitSpec {
    /// A share of the rows, drawn by a seed.
    pub const fn random(test: f64, seed: u64) -> Self {
        Self::Random { test, seed }
    }
}

/// The candidates of retrieval: the distinct keys of a source.
#[derive(Clone, Copy, Debug)]
pub struct CatalogueSpec {
    /// The source that holds them: a joined one, all rows of which are candidates, or the main one, the training rows of which are.
    pub source: &'static str,
    /// The column that tells candidates apart; of equal ones the first row counts.
    pub key: &'static str,
    /// Indices of the inputs (`Features::INPUTS`) that describe a candidate; their fields come from this source alone.
    pub inputs: &'static [usize],
}

impl CatalogueSpec {
    /// The distinct keys of a source, described by these inputs.
    pub const fn new(source: &'static str, key: &'static str, inputs: &'static [usize]) -> Self {
        Self { source, key, inputs }
    }

    /// Why a row without a key is no candidate.
    pub(super) fn keyless(&self) -> FieldError {
        FieldError::new(self.key, &Field::Missing, "is missing; a candidate needs its key")
    }
}

/// Policy for a row that a column or a join refuses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// The run stops and names it.
    #[default]
    Stop,
    /// It is left out and counted.
    Skip,
}
