//! Cells of rows that were made of the items of lists.

use std::borrow::Cow;

use super::super::chunk::{Cells, Reading, TextCells, in_json};
use super::Item;
use crate::data::field::Field;

/// Rows of text: spans of the text of the lists.
pub(super) struct ExplodedText<'c> {
    lists: &'c TextCells,
    /// Column of the lists.
    column: usize,
    is_weighted: bool,
    spans: Vec<(u32, u32)>,
    /// Items that are written otherwise in the text, which they follow.
    further: String,
}

impl<'c> ExplodedText<'c> {
    /// No rows yet of the lists in this column.
    pub(super) fn new(lists: &'c TextCells, column: usize, is_weighted: bool) -> Self {
        Self { lists, column, is_weighted, spans: Vec::new(), further: String::new() }
    }

    /// Appends the row of an item of a list.
    pub(super) fn push(&mut self, row: usize, (item, weight): Item<'_>) {
        let place = self.spans.len() + self.column;
        self.spans.extend_from_slice(self.lists.spans(row));
        self.spans[place] = self.span(&item);
        if self.is_weighted {
            let span = self.span(&weight);
            self.spans.push(span);
        }
    }

    /// Returns the place of a value of a list.
    fn span(&mut self, value: &Field<'_>) -> (u32, u32) {
        // Values of a text are texts.
        let Field::Text(value) = value else { return (0, 0) };
        let text = self.lists.all();
        let start = match value {
            Cow::Borrowed(part) if text.as_bytes().as_ptr_range().contains(&part.as_ptr()) => {
                part.as_ptr() as usize - text.as_ptr() as usize
            }
            other => {
                self.further.push_str(other);
                text.len() + self.further.len() - other.len()
            }
        };
        (start as u32, (start + value.len()) as u32)
    }

    /// Returns the cells of the rows.
    pub(super) fn into_cells(self) -> TextCells {
        let width = self.lists.width() + usize::from(self.is_weighted);
        TextCells::new([self.lists.all(), &self.further].concat(), self.spans, width)
    }
}

/// Cells of any values, and the items of the lists in one of the columns.
pub(super) struct ExplodedCells {
    cells: Box<dyn Cells>,
    /// Column of the lists.
    column: usize,
    /// Number of columns of the lists. The next column has the weights.
    width: usize,
    rows: ItemRows,
}

/// Items with their weights, and the rows of their lists.
#[derive(Default)]
pub(super) struct ItemRows {
    rows: Vec<u32>,
    items: Vec<Scalar>,
    weights: Vec<Scalar>,
    text: String,
}

/// A value that is no list.
#[derive(Clone, Copy)]
enum Scalar {
    Missing,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// Start and end of a text.
    Text(u32, u32),
}

impl ItemRows {
    /// Appends the row of an item of a list.
    pub(super) fn push(&mut self, row: usize, (item, weight): Item<'_>) {
        self.rows.push(row as u32);
        let (item, weight) = (self.scalar(&item), self.scalar(&weight));
        self.items.push(item);
        self.weights.push(weight);
    }

    fn scalar(&mut self, value: &Field<'_>) -> Scalar {
        match value {
            Field::Text(text) => {
                let start = self.text.len() as u32;
                self.text.push_str(text);
                Scalar::Text(start, self.text.len() as u32)
            }
            Field::Bool(value) => Scalar::Bool(*value),
            Field::Int(value) => Scalar::Int(*value),
            Field::Float(value) => Scalar::Float(*value),
            // Items are no lists.
            Field::Missing | Field::List(_) | Field::Pairs(_) | Field::UpTo(_) | Field::WeightedBy(_) => {
                Scalar::Missing
            }
        }
    }

    fn field(&self, value: Scalar) -> Field<'_> {
        match value {
            Scalar::Missing => Field::Missing,
            Scalar::Bool(value) => Field::Bool(value),
            Scalar::Int(value) => Field::Int(value),
            Scalar::Float(value) => Field::Float(value),
            Scalar::Text(start, end) => self.text[start as usize..end as usize].into(),
        }
    }
}

impl ExplodedCells {
    /// The rows of the items of the lists in a column. `width` is the number of columns of the lists.
    pub(super) fn new(cells: Box<dyn Cells>, column: usize, width: usize, rows: ItemRows) -> Self {
        Self { cells, column, width, rows }
    }

    /// Returns the item or the weight of a row. `None` in another column.
    fn made(&self, row: usize, column: usize) -> Option<Field<'_>> {
        let of_column = match column {
            column if column == self.column => &self.rows.items,
            column if column == self.width => &self.rows.weights,
            _ => return None,
        };
        Some(self.rows.field(of_column[row]))
    }
}

impl Cells for ExplodedCells {
    fn rows(&self) -> usize {
        self.rows.rows.len()
    }

    fn field(&self, row: usize, column: usize) -> Field<'_> {
        self.made(row, column).unwrap_or_else(|| self.cells.field(self.rows.rows[row] as usize, column))
    }

    fn written<'c>(&'c self, row: usize, column: usize, buffer: &'c mut Vec<u8>) -> Option<&'c str> {
        match self.made(row, column) {
            Some(field) => in_json(&field, buffer),
            None => self.cells.written(self.rows.rows[row] as usize, column, buffer),
        }
    }

    fn reading(&self) -> Reading {
        self.cells.reading()
    }
}
