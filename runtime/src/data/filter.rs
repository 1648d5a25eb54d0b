//! Which rows of the main source are kept, by the values of fields.

use super::data_spec::FilterSpec;
use super::error::{DataError, FieldError};
use super::field::Field;
use super::number::number;
use super::table::Table;

/// Whether a filter keeps a row. A row without a number where one is compared is refused.
pub(super) fn keeps(filter: &FilterSpec, main: &Table, column: usize, row: u32) -> Result<bool, DataError> {
    let text = main.text(row, column);
    let listed = filter.only.is_none_or(|only| only.contains(&text));
    if filter.min.is_none() && filter.max.is_none() {
        return Ok(listed);
    }
    let field = Field::from(text);
    let value = number(filter.field, &field).and_then(|value| {
        value.ok_or_else(|| FieldError::new(filter.field, &field, "is missing, but rows are filtered by it"))
    });
    let value = value.map_err(|error| DataError::Row { place: main.place(row), error })?;
    Ok(listed && filter.min.is_none_or(|min| value >= min) && filter.max.is_none_or(|max| value <= max))
}
