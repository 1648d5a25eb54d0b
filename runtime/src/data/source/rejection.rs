//! Places of rejected rows and values.

use super::RawTable;
use crate::data::NONE;
use crate::data::error::{DataError, FieldError};
use crate::data::row::Cell;

impl RawTable {
    /// Adds the place of a row to an error.
    pub(in crate::data) fn refused(&self, source: usize, row: u32, error: FieldError) -> DataError {
        DataError::Row { place: self.index(source).place(row), error }
    }

    /// Adds the place of a rejected value to an error: that of a row of a source, or of the row joined to it that has
    /// the value.
    pub(in crate::data) fn refused_value(
        &self,
        source: usize,
        row: u32,
        cell: &Cell,
        error: FieldError,
    ) -> DataError {
        if cell.source == source {
            return self.refused(source, row, error);
        }
        match self.partners(cell.source)[row as usize] {
            NONE => self.refused(source, row, error),
            partner => self.refused(cell.source, partner, error),
        }
    }
}
