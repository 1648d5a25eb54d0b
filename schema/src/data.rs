//! The `data` and `catalog` blocks of a spec.

use crate::log::{FilterSpec, HistorySpec, TimelineSpec};
use crate::source::SourceSpec;
use crate::split::SplitSpec;
use crate::text::Text;

written! {
    /// Sources, how they are joined and split, and the candidates.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct DataSpec {
        /// The sources; the first is the main one, a row of which is a training record.
        pub sources: Vec<SourceSpec>,
        /// Joins to the main source; the `i`-th (from 1) is source `i` of the inputs.
        pub joins: Vec<JoinSpec>,
        /// Filters of the rows of the main source; all rows are used where there are none.
        pub filters: Vec<FilterSpec>,
        /// Users and times of the rows, by which histories and [`SplitSpec::LeaveLastOut`] go.
        pub timeline: Option<TimelineSpec>,
        /// Rows that are examples of what a user does after others.
        pub history: Option<HistorySpec>,
        /// Split of the rows into those that train and those that test.
        pub split: SplitSpec,
        /// Candidates of retrieval.
        pub catalog: Option<CatalogSpec>,
        /// Fields of the main source by whose key rows belong together, as those of a user.
        pub groups: Vec<Text>,
        /// Policy for values that columns or joins refuse.
        pub on_error: OnError,
    }

    /// Joins a source to the main one where two columns hold the same key. Rows of the joined source with one key are equal.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct JoinSpec by new(source, left, right) {
        /// The source that is joined.
        pub source: Text,
        /// The column of the main source.
        pub left: Text,
        /// The column of the joined source.
        pub right: Text,
    }

    /// The candidates of retrieval: the distinct keys of a source.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CatalogSpec by new(source, key, inputs) {
        /// The source that holds them: a joined one, all rows of which are candidates, or the main one, the training rows of which are.
        pub source: Text,
        /// The column that tells candidates apart; of equal ones the first row counts.
        pub key: Text,
        /// Indices of the inputs that describe a candidate; their fields come from this source alone.
        pub inputs: Vec<usize>,
    }

    /// Policy for a value that a column or a join refuses.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum OnError {
        /// The run stops and names it.
        #[default]
        Stop,
        /// The row is left out and counted.
        Skip,
        /// It counts as missing; a row that this does not mend is left out and counted.
        Substitute,
    }
}

impl DataSpec {
    /// Number of a source.
    pub fn source(&self, name: &str) -> Option<usize> {
        self.sources.iter().position(|source| source.name == name)
    }

    /// Paths of a source in the data folder: two of a main source whose parts are given.
    pub fn paths(&self, source: usize) -> Vec<&str> {
        match &self.split {
            SplitSpec::Given { train, test } if source == 0 => Vec::from([&**train, &**test]),
            SplitSpec::Given { .. }
            | SplitSpec::Random { .. }
            | SplitSpec::ByTime { .. }
            | SplitSpec::LeaveLastOut { .. }
            | SplitSpec::None => Vec::from([&*self.sources[source].path]),
        }
    }
}

impl JoinSpec {
    /// Joins `source` where its column `right` holds the key of the main source's column `left`.
    pub fn new(source: impl Into<Text>, left: impl Into<Text>, right: impl Into<Text>) -> Self {
        Self { source: source.into(), left: left.into(), right: right.into() }
    }
}

impl CatalogSpec {
    /// The distinct keys of a source, described by these inputs.
    pub fn new(source: impl Into<Text>, key: impl Into<Text>, inputs: impl Into<Vec<usize>>) -> Self {
        Self { source: source.into(), key: key.into(), inputs: inputs.into() }
    }
}
