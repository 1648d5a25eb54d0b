//! Interface to the fitted columns of a compiled spec.

use super::compound::Compound;
use super::encoded::EncodedColumn;
use super::error::{DataError, FieldError};
use super::field::FieldName;
use super::fitted::StoredFeatures;
use super::history::Histories;
use super::reads::Reads;
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
    /// Fields that are read together.
    pub compounds: &'a [Compound<'a>],
}

impl<'a> InputInfo<'a> {
    /// Input that is encoded for each row of a source.
    pub const fn new(name: &'a str, source: usize, fields: &'a [FieldName<'a>]) -> Self {
        Self { name, source, fields, compounds: &[] }
    }

    /// Sets the fields that are read together.
    #[must_use]
    pub const fn compounds(self, compounds: &'a [Compound<'a>]) -> Self {
        Self { compounds, ..self }
    }
}

/// Encoded columns of some records, for all inputs of the model.
pub trait Batch: Default + Send + Sync + 'static {
    /// Returns the columns of an input (an index into `Features::inputs`).
    fn columns(&self, input: usize) -> Vec<&dyn EncodedColumn>;
    /// Returns the columns of an input, mutable.
    fn columns_mut(&mut self, input: usize) -> Vec<&mut dyn EncodedColumn>;

    /// Gives an empty batch the columns of another one, if it has none before its first record.
    fn take_type(&mut self, _of: &Self) {}

    /// Number of encoded records of an input.
    fn rows(&self, input: usize) -> usize {
        self.columns(input).first().map_or(0, |column| column.rows())
    }

    /// Copies these rows of an input to `into`, replacing its contents.
    fn gather(&self, input: usize, rows: &[u32], into: &mut Self) {
        into.take_type(self);
        let columns = self.columns(input).into_iter().zip(into.columns_mut(input));
        columns.for_each(|(column, into)| column.gather(rows, into));
    }

    /// Removes the records of an input from index `rows` on.
    fn truncate(&mut self, input: usize, rows: usize) {
        self.columns_mut(input).into_iter().for_each(|column| column.truncate(rows));
    }

    /// Appends the records of an input. Returns `false` if a column has too many values for 32-bit offsets.
    #[must_use]
    fn append(&mut self, input: usize, from: &Self) -> bool {
        self.take_type(from);
        let mut columns = self.columns_mut(input).into_iter().zip(from.columns(input));
        columns.all(|(column, from)| column.append(from))
    }

    /// Replaces each record's own item by its history, in the columns that read earlier rows.
    ///
    /// # Errors
    /// A file of a long log cannot be written.
    fn look_back(&mut self, _input: usize, _histories: &mut Histories<'_>) -> Result<(), DataError> {
        Ok(())
    }

    /// Replaces the histories of the records of `into` by whole histories of users, in the columns that read earlier
    /// rows. A user is given by the first encoded row and the row after the last.
    fn newest_into(&self, _input: usize, _users: &[[u32; 2]], _into: &mut Self) {}
}

/// The fitted columns and vocabularies of a model. They encode records.
pub trait Features: StoredFeatures {
    /// Batch that records are encoded into.
    type Batch: Batch;

    /// Groups of columns; targets are last.
    fn inputs(&self) -> &'static [InputInfo<'static>];
    /// Returns the columns that an input reads, in the order of its columns in a batch.
    fn reads(&self, input: usize) -> Vec<Reads>;
    /// Returns a batch without records.
    fn batch(&self) -> Self::Batch {
        Self::Batch::default()
    }
    /// Encodes a row for an input and appends it to the batch. After an error, the batch may hold a part of
    /// the row and must be truncated.
    fn encode(&self, input: usize, row: &Row<'_>, batch: &mut Self::Batch) -> Result<(), FieldError>;
}
