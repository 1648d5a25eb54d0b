//! Values of the fields of columns, as far as the first scan of the main source has numbered them.

use super::distinct_values::DistinctValues;
use super::fitted::Fitted;
use super::item_values::items_of;
use super::row::Cell;
use super::source::{Dictionary, RawTable};

/// Values that a column reads from the main source.
pub(super) enum Known<'a> {
    /// Distinct values, and their numbers of each row.
    Values(DistinctValues<'a>),
    /// Distinct items, and their numbers of each row.
    Items(&'a Dictionary),
    /// The value of each row is known only by a scan.
    Rows,
}

impl<'a> Known<'a> {
    /// Values of a field, as a column reads it.
    pub(super) fn of(data: &'a RawTable, cell: Option<&Cell>, column: &dyn Fitted) -> Self {
        let Some(cell) = cell else { return Known::Rows };
        if let Some(values) = DistinctValues::of(data, cell) {
            return Known::Values(values);
        }
        let items = column.items().and_then(|column| items_of(data, cell, column));
        items.map_or(Known::Rows, Known::Items)
    }
}
