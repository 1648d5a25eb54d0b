//! What the `data` and `catalogue` blocks of a spec say.

use super::source::SourceSpec;

/// Sources, how they are joined and split, and what the candidates are.
#[derive(Clone, Debug)]
pub struct DataSpec {
    /// The sources; the first is the main one, a row of which is a training record.
    pub sources: Vec<SourceSpec>,
    /// What is joined to the main source; the `i`-th (from 1) is part `i` of the inputs.
    pub joins: Vec<JoinSpec>,
    /// Which rows are kept for evaluation.
    pub split: SplitSpec,
    /// What is retrieved.
    pub catalogue: Option<CatalogueSpec>,
    /// Fields of the main source by whose text rows belong together, as those of a user.
    pub groups: Vec<&'static str>,
    /// What happens to rows that columns or joins refuse.
    pub on_error: OnError,
}

/// Joins a source to the main one where two columns hold the same text. Keys of the joined source stand there once.
#[derive(Clone, Copy, Debug)]
pub struct JoinSpec {
    /// The source that is joined.
    pub source: &'static str,
    /// The column of the main source.
    pub left: &'static str,
    /// The column of the joined source.
    pub right: &'static str,
}

/// Which rows of the main source are kept for evaluation.
#[derive(Clone, Copy, Debug)]
pub enum SplitSpec {
    /// A share of the rows, drawn at random: exactly `round(rows * test)` of them, the same for the same seed.
    Random {
        /// The share, from 0 to 1.
        test: f64,
        /// What the draw depends on.
        seed: u64,
    },
    /// The latest rows by a column of numbers; among equals, the later in the file.
    ByTime {
        /// The column of the main source.
        field: &'static str,
        /// The share, from 0 to 1.
        test: f64,
    },
    /// Two files in place of the main source's path, with its columns.
    Given {
        /// The path of the training rows.
        train: &'static str,
        /// The path of the test rows.
        test: &'static str,
    },
    /// None: all rows train.
    None,
}

/// The candidates of retrieval: the distinct keys of a source.
#[derive(Clone, Copy, Debug)]
pub struct CatalogueSpec {
    /// The source that holds them: a joined one, all rows of which are candidates, or the main one, the training rows of which are.
    pub source: &'static str,
    /// The column that tells candidates apart; of equal ones the first row counts.
    pub key: &'static str,
    /// Index of the input (`Features::INPUTS`) that describes a candidate; its fields come from this source alone.
    pub input: usize,
}

/// What happens to a row that a column or a join refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// The run stops and names it.
    Stop,
    /// It is left out and counted.
    Skip,
}
