//! The columns of a compiled spec, for those who read, fit and encode data.

use std::path::Path;

use serde::{Serialize, de::DeserializeOwned};

use super::columns::PolicyCount;
use super::error::{FieldError, FitError};
use super::field::FieldName;
use super::history::Histories;
use super::row::Row;

/// A group of columns that one tower (or the objective) reads together.
#[derive(Clone, Copy, Debug)]
pub struct InputInfo<'a> {
    /// Name of the tower, or `target` for the columns of the objective.
    pub name: &'a str,
    /// 0: encoded once per row of the main source; `i`: once per row of the `i`-th joined source.
    pub source: usize,
    /// The raw fields its record holds, in the order of `Row::field`.
    pub fields: &'a [FieldName<'a>],
}

impl<'a> InputInfo<'a> {
    /// An input that is encoded for each row of a source.
    pub const fn new(name: &'a str, source: usize, fields: &'a [FieldName<'a>]) -> Self {
        Self { name, source, fields }
    }
}

/// The encoded columns of some records, for all inputs of the model.
pub trait Batch: Clone + Default + Send + Sync + 'static {
    /// Number of records encoded for an input (index into `Features::INPUTS`).
    fn rows(&self, input: usize) -> usize;
    /// Copies the given rows of an input into `into`, replacing what it held.
    fn gather(&self, input: usize, rows: &[u32], into: &mut Self);
    /// Forgets all records of an input from `rows` on.
    fn truncate(&mut self, input: usize, rows: usize);
    /// Gives each record of an input its history in place of its own item, in the columns that read earlier rows.
    fn look_back(&mut self, _input: usize, _histories: &Histories) {}
}

/// All that is learned of the training rows.
pub trait Fitting: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// Ends learning: vocabularies, boundaries and statistics are fixed from here on. Files of keys are read in the folder of the data.
    fn finish(&mut self, folder: &Path) -> Result<(), FitError>;
    /// Returns how often each policy (unknown, missing, too long) was applied since the last call.
    fn take_counts(&self) -> Vec<PolicyCount>;
}

/// The fitted columns and vocabularies of a model: how a record becomes numbers.
pub trait Features: Fitting {
    /// Batch that records are encoded into.
    type Batch: Batch;
    /// The groups of columns, targets last.
    const INPUTS: &'static [InputInfo<'static>];

    /// Features as declared by the spec, before they learn.
    fn declared() -> Self;
    /// Lets the columns of an input learn from a row of the training split.
    fn observe(&mut self, input: usize, row: &Row<'_>) -> Result<(), FieldError>;
    /// Encodes a row for an input, appending to the batch. On an error the batch may hold a part of the row: truncate it.
    fn encode(&self, input: usize, row: &Row<'_>, batch: &mut Self::Batch) -> Result<(), FieldError>;
}
