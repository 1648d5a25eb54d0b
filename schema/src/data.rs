//! The `data` and `catalog` blocks of a spec.

use crate::log::{FilterSpec, HistorySpec, TimelineSpec};
use crate::names::Names;
use crate::source::SourceSpec;
use crate::split::SplitSpec;
use crate::text::Text;

written! {
    /// Sources, joins, filters, splits and the candidates of retrieval.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct DataSpec {
        /// Sources. The first is the main one; its rows are the training records.
        pub sources: Vec<SourceSpec>,
        /// Joins to the main source; the `i`-th (from 1) is source `i` of the inputs.
        pub joins: Vec<JoinSpec>,
        /// Filters of the rows of the main source. Empty: all rows are used.
        pub filters: Vec<FilterSpec>,
        /// Fields of which each combination of keys occurs in one row only.
        pub distinct: Option<DistinctSpec>,
        /// User and time columns, for histories and [`SplitSpec::LeaveLastOut`].
        pub timeline: Option<TimelineSpec>,
        /// Rows that are examples with the earlier rows of their user.
        pub history: Option<HistorySpec>,
        /// Split into training, validation and test rows.
        pub split: SplitSpec,
        /// Candidates of retrieval.
        pub catalog: Option<CatalogSpec>,
        /// Fields of the main source that group rows, such as those of one user.
        pub groups: Vec<Text>,
        /// Policy for values that a column or a join rejects.
        pub on_error: OnError,
    }

    /// Fields of the main source of which each combination of keys occurs in one row only.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct DistinctSpec by new(fields, keep) {
        /// Columns of the main source. Rows without a key in one of them are kept.
        pub fields: Names,
        /// Kept row of those with the same keys, in the order of the timeline, else of a split by time, else of
        /// the file.
        pub keep: KeepRow,
    }

    /// Kept row of several with the same key.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum KeepRow {
        /// The first.
        #[default]
        First,
        /// The last.
        Last,
    }

    /// A join of a source to the main one by equal keys.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct JoinSpec by new(source, left, right) {
        /// Joined source.
        pub source: Text,
        /// Column of the main source.
        pub left: Text,
        /// Column of the joined source.
        pub right: Text,
        /// Kept row of several with the same key, in the order of the file. None: they must be equal.
        pub keep: Option<KeepRow>,
    }

    /// The candidates of retrieval: the distinct keys of a source.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CatalogSpec by new(source, key, inputs) {
        /// Source of the candidates: all rows of a joined source, or the training rows of the main one.
        pub source: Text,
        /// Key column of the candidates. If a key repeats, its first row is used.
        pub key: Text,
        /// Indices of the inputs that describe a candidate. All their fields come from this source.
        pub inputs: Vec<usize>,
    }

    /// Policy for a value that a column or a join rejects.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum OnError {
        /// Training stops with an error.
        #[default]
        Stop,
        /// The row is skipped and counted.
        Skip,
        /// The value counts as missing. If it is still rejected, the row is skipped and counted.
        Substitute,
    }
}

impl DataSpec {
    /// Time columns that order the rows of the main source: those of the timeline, else those of a split by time.
    /// Empty: rows are in the order of the file.
    pub fn order(&self) -> &[Text] {
        match (&self.timeline, &self.split) {
            (Some(timeline), _) => &timeline.order,
            (None, SplitSpec::ByTime { order, .. }) => order,
            (None, _) => &[],
        }
    }

    /// Returns the index of a source.
    pub fn source(&self, name: &str) -> Option<usize> {
        self.sources.iter().position(|source| source.name == name)
    }

    /// Paths and patterns of a source in the data folder. Those of a main source with a file for each part of the
    /// split are these: training, validation if there is one, test.
    pub fn paths(&self, source: usize) -> Vec<&str> {
        match &self.split {
            SplitSpec::Given { train, validate, test } if source == 0 => {
                [Some(train), validate.as_ref(), Some(test)]
                    .into_iter()
                    .flatten()
                    .map(|path| &**path)
                    .collect()
            }
            SplitSpec::Given { .. }
            | SplitSpec::Random { .. }
            | SplitSpec::ByTime { .. }
            | SplitSpec::LeaveLastOut { .. }
            | SplitSpec::None => self.sources[source].paths.iter().map(|path| &**path).collect(),
        }
    }
}

impl JoinSpec {
    /// A join of `source` where its column `right` equals the column `left` of the main source.
    pub fn new(source: impl Into<Text>, left: impl Into<Text>, right: impl Into<Text>) -> Self {
        Self { source: source.into(), left: left.into(), right: right.into(), keep: None }
    }

    /// Sets the kept row of several with the same key.
    #[must_use]
    pub fn keep(self, keep: KeepRow) -> Self {
        Self { keep: Some(keep), ..self }
    }
}

impl DistinctSpec {
    /// One row for each combination of keys of these fields.
    pub fn new(fields: impl Into<Names>, keep: KeepRow) -> Self {
        Self { fields: fields.into(), keep }
    }
}

impl CatalogSpec {
    /// The distinct keys of a source, described by these inputs.
    pub fn new(source: impl Into<Text>, key: impl Into<Text>, inputs: impl Into<Vec<usize>>) -> Self {
        Self { source: source.into(), key: key.into(), inputs: inputs.into() }
    }
}
