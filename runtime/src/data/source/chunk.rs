//! Rows that were parsed together.

use super::lines::Lines;
use super::quotes::RunsOn;
use crate::data::error::DataError;
use crate::data::field::Field;

/// Cells of rows. Each form of files has its own.
pub(crate) trait Cells: Send + Sync {
    /// Number of rows.
    fn rows(&self) -> usize;
    /// Returns a cell.
    fn field(&self, row: usize, column: usize) -> Field<'_>;
}

/// Parsed rows of a file.
pub(crate) struct Chunk {
    /// Cells of the rows.
    pub(super) cells: Box<dyn Cells>,
    /// Line of each row.
    pub(super) lines: Lines,
    /// Errors of rows that are not among the cells, in order.
    pub(super) refused: Vec<DataError>,
    /// Quoted fields that seem to run over rows.
    pub(super) runs_on: RunsOn,
}

impl Chunk {
    /// Rows without faults.
    pub(in crate::data) fn new(cells: Box<dyn Cells>, lines: Lines) -> Self {
        Self { cells, lines, refused: Vec::new(), runs_on: RunsOn::default() }
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.cells.rows()
    }

    /// Returns a cell.
    #[inline]
    pub(crate) fn field(&self, row: usize, column: usize) -> Field<'_> {
        self.cells.field(row, column)
    }
}

/// Cells of rows of text: spans of one text.
#[derive(Debug, Default)]
pub(in crate::data) struct TextCells {
    text: String,
    /// Start and end of each cell, row by row.
    spans: Vec<(u32, u32)>,
    width: usize,
}

impl TextCells {
    /// Cells of rows with `width` cells each. The spans lie in the text, which is shorter than 4 GiB.
    pub(in crate::data) fn new(text: String, spans: Vec<(u32, u32)>, width: usize) -> Self {
        Self { text, spans, width: width.max(1) }
    }
}

impl Cells for TextCells {
    fn rows(&self) -> usize {
        self.spans.len() / self.width
    }

    fn field(&self, row: usize, column: usize) -> Field<'_> {
        let (start, end) = self.spans[row * self.width + column];
        Field::from(&self.text[start as usize..end as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_a_text() {
        let cells = TextCells::new("a, ,cc".to_owned(), vec![(0, 1), (2, 3), (4, 6), (6, 6)], 2);
        assert_eq!(cells.rows(), 2);
        assert_eq!(cells.field(0, 0), Field::from("a"));
        assert!(cells.field(0, 1).is_missing() && cells.field(1, 1).is_missing());
        assert_eq!(cells.field(1, 0), Field::from("cc"));
    }
}
