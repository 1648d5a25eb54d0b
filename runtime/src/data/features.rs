//! Interface to the fitted columns of a compiled spec.

use std::path::Path;

use super::columns::PolicyCount;
use super::error::{FieldError, FitError};
use super::field::FieldName;
use super::history::Histories;
use super::row::Row;

/// A group of columns that a tower or the objective reads.
#[derive(Clone, Copy, Debug)]
pub struct InputInfo<'a> {
    /// Name of the tower; `target` for the objective.
    pub name: &'a str,
    /// Source of its rows: 0 for the main source, `i` for the `i`-th joined source. Encoded once per row of
    /// the source.
    pub source: usize,
    /// Raw fields of its record, in the order of `Row::field`.
    pub fields: &'a [FieldName<'a>],
}

impl<'a> InputInfo<'a> {
    /// Input that is encoded for each row of a source.
    pub const fn new(name: &'a str, source: usize, fields: &'a [FieldName<'a>]) -> Self {
        Self { name, source, fields }
    }
}

/// Encoded columns of some records, for all inputs of the model.
pub trait Batch: Default + Send + Sync + 'static {
    /// Number of encoded records of an input (an index into `Features::inputs`).
    fn rows(&self, input: usize) -> usize;
    /// Copies these rows of an input to `into`, replacing its contents.
    fn gather(&self, input: usize, rows: &[u32], into: &mut Self);
    /// Removes the records of an input from index `rows` on.
    fn truncate(&mut self, input: usize, rows: usize);
    /// Replaces each record's own item by its history, in the columns that read earlier rows.
    fn look_back(&mut self, _input: usize, _histories: &Histories) {}
}

/// State that is fitted on the training rows.
pub trait Fitting: Clone + Send + Sync + 'static {
    /// Finishes fitting: vocabularies, boundaries and statistics become fixed. Key files are read from the
    /// data folder.
    fn finish(&mut self, folder: &Path) -> Result<(), FitError>;
    /// Returns how often each policy (unknown, missing, too long) was applied since the last call.
    fn take_counts(&self) -> Vec<PolicyCount>;
}

/// The fitted columns and vocabularies of a model. They encode records.
pub trait Features: Fitting {
    /// Batch that records are encoded into.
    type Batch: Batch;

    /// Groups of columns; targets are last.
    fn inputs(&self) -> &'static [InputInfo<'static>];
    /// Updates the columns of an input with a training row.
    fn observe(&mut self, input: usize, row: &Row<'_>) -> Result<(), FieldError>;
    /// Encodes a row for an input and appends it to the batch. After an error, the batch may hold a part of
    /// the row and must be truncated.
    fn encode(&self, input: usize, row: &Row<'_>, batch: &mut Self::Batch) -> Result<(), FieldError>;
}
