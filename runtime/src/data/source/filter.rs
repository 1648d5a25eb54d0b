//! Filters of the rows of the main source.

use std::collections::HashSet;

use super::rows::SourceRows;
use crate::data::error::{DataError, FieldError, FieldFault};
use crate::data::field::Field;
use crate::data::key::canonical;
use crate::data::number::exact;
use turret_schema::FilterSpec;

/// A filter of a column of the main source.
pub(super) struct Filter<'s> {
    spec: &'s FilterSpec,
    column: usize,
    only: Option<HashSet<&'s str>>,
}

impl<'s> Filter<'s> {
    pub(super) fn new(spec: &'s FilterSpec, column: usize) -> Self {
        let only = spec.only.as_ref().map(|only| only.iter().map(|key| canonical(key)).collect());
        Self { spec, column, only }
    }

    /// Returns whether a row passes the filter. An error if the filter compares numbers and the row has none.
    pub(super) fn keeps(&self, main: &SourceRows, row: u32) -> Result<bool, DataError> {
        let FilterSpec { field: name, min, max, .. } = self.spec;
        let text = main.text(row, self.column);
        let listed = self.only.as_ref().is_none_or(|only| only.contains(canonical(text)));
        if min.is_none() && max.is_none() {
            return Ok(listed);
        }
        let field = Field::from(text);
        let value = exact(name, &field)
            .and_then(|value| value.ok_or_else(|| FieldError::new(name, &field, FieldFault::MissingFilter)));
        let value = value.map_err(|error| DataError::Row { place: main.place(row), error })?;
        Ok(listed && min.is_none_or(|min| value >= min) && max.is_none_or(|max| value <= max))
    }
}
