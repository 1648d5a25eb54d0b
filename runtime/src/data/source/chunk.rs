//! Rows that were parsed together.

use super::lines::Lines;
use super::missing::Missing;
use super::quotes::RunsOn;
use crate::checksum::Checksum;
use crate::data::error::DataError;
use crate::data::field::Field;
use crate::data::json::field_of_json;

/// Cells of rows. Each form of files has its own.
pub(crate) trait Cells: Send + Sync {
    /// Number of rows.
    fn rows(&self) -> usize;
    /// Returns a cell.
    fn field(&self, row: usize, column: usize) -> Field<'_>;
    /// Returns the cells if all of them are text.
    fn texts(&self) -> Option<&TextCells> {
        None
    }
    /// Returns a cell as a text, from which [`Cells::reading`] makes the field again. `buffer` may be used for it.
    /// `None` if the cell has no such text.
    fn written<'c>(&'c self, row: usize, column: usize, buffer: &'c mut Vec<u8>) -> Option<&'c str> {
        in_json(&self.field(row, column), buffer)
    }
    /// Returns the way in which written cells are read.
    fn reading(&self) -> Reading {
        Reading::Json(Missing::default())
    }
}

/// Returns a field as JSON, in the buffer. `None` if it would be read as another one.
pub(super) fn in_json<'b>(field: &Field<'_>, buffer: &'b mut Vec<u8>) -> Option<&'b str> {
    buffer.clear();
    if !survives_json(field) || serde_json::to_writer(&mut *buffer, field).is_err() {
        return None;
    }
    std::str::from_utf8(buffer).ok()
}

/// Returns whether JSON of a field is read as the same field.
fn survives_json(field: &Field<'_>) -> bool {
    match field {
        Field::Float(value) => value.is_finite(),
        Field::List(items) => items.iter().all(survives_json),
        // Names may be equal.
        Field::Pairs(_) | Field::UpTo(_) | Field::WeightedBy(_) => false,
        Field::Missing | Field::Text(_) | Field::Bool(_) | Field::Int(_) => true,
    }
}

/// Way in which a written cell is read.
#[derive(Clone, Debug, Default)]
pub(crate) enum Reading {
    /// The text is the value.
    #[default]
    Text,
    /// The text is JSON. Some values count as missing.
    Json(Missing),
}

impl Reading {
    /// Returns the field of a written cell.
    pub(in crate::data) fn field<'t>(&self, written: &'t str) -> Field<'t> {
        match self {
            Reading::Text => Field::from(written),
            Reading::Json(_) if written.is_empty() => Field::Missing,
            Reading::Json(missing) => missing.applied(field_of_json(written)),
        }
    }
}

/// Parsed rows of a file.
pub(crate) struct Chunk {
    /// Cells of the rows.
    pub(super) cells: Box<dyn Cells>,
    /// Line of each row.
    pub(super) lines: Lines,
    /// Errors of rows that are not among the cells, in order, each with the line of the row.
    pub(super) refused: Vec<(u64, DataError)>,
    /// Quoted fields that seem to run over rows.
    pub(super) runs_on: RunsOn,
    /// Number of rows of the file that are not among the cells, because their list is empty.
    pub(super) without_items: u64,
}

impl Chunk {
    /// Rows without faults.
    pub(in crate::data) fn new(cells: Box<dyn Cells>, lines: Lines) -> Self {
        Self { cells, lines, refused: Vec::new(), runs_on: RunsOn::default(), without_items: 0 }
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

    /// Returns the cells if all of them are text.
    pub(super) fn texts(&self) -> Option<&TextCells> {
        self.cells.texts()
    }

    /// Returns a cell as a text, like [`Cells::written`].
    pub(super) fn written<'c>(
        &'c self,
        row: usize,
        column: usize,
        buffer: &'c mut Vec<u8>,
    ) -> Option<&'c str> {
        self.cells.written(row, column, buffer)
    }

    /// Returns the way in which written cells are read.
    pub(super) fn reading(&self) -> Reading {
        self.cells.reading()
    }

    /// Returns the sum of the first `width` cells of a row, by their texts. `bytes` is reused.
    pub(in crate::data) fn sum(&self, row: usize, width: usize, bytes: &mut Vec<u8>) -> Checksum {
        if let Some(plain) = self.texts().and_then(|cells| cells.plain_row(row)) {
            return Checksum::of(plain.as_bytes());
        }
        let joint = self.texts().map_or(JOINT, |cells| cells.joint);
        bytes.clear();
        let mut lengths = Vec::new();
        for column in 0..width {
            bytes.extend((column > 0).then_some(joint));
            let start = bytes.len();
            match self.field(row, column) {
                Field::Text(text) => bytes.extend_from_slice(text.as_bytes()),
                field => bytes.extend_from_slice(field.to_string().as_bytes()),
            }
            if bytes[start..].contains(&joint) {
                lengths.extend([column, bytes.len() - start]);
            }
        }
        // Cells that contain the joint are told from several by their lengths.
        bytes.extend(lengths.iter().flat_map(|length| length.to_le_bytes()));
        Checksum::of(bytes)
    }
}

/// Cells of rows of text: spans of one text.
#[derive(Debug, Default)]
pub(in crate::data) struct TextCells {
    text: String,
    /// Start and end of each cell, row by row.
    spans: Vec<(u32, u32)>,
    width: usize,
    /// Byte between the cells of a row without quotes.
    joint: u8,
}

/// Joins the cells of a row if no single byte separates them in the file.
const JOINT: u8 = 0x1f;

impl TextCells {
    /// Cells of rows with `width` cells each. The spans lie in the text, which is shorter than 4 GiB.
    pub(in crate::data) fn new(text: String, spans: Vec<(u32, u32)>, width: usize) -> Self {
        Self { text, spans, width: width.max(1), joint: JOINT }
    }

    /// Sets the byte that separates the cells of a row without quotes.
    pub(super) fn separated_by(self, joint: u8) -> Self {
        Self { joint, ..self }
    }

    /// Number of cells of a row.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Text in which all cells lie.
    pub(super) fn all(&self) -> &str {
        &self.text
    }

    /// Start and end of each cell of a row in the text.
    pub(super) fn spans(&self, row: usize) -> &[(u32, u32)] {
        &self.spans[row * self.width..(row + 1) * self.width]
    }

    /// Returns the text of a row if it is that of its cells, with single bytes between them.
    fn plain_row(&self, row: usize) -> Option<&str> {
        let spans = self.spans(row);
        let cells: u32 = spans.iter().map(|(start, end)| end - start).sum();
        let (start, end) = (spans[0].0, spans[self.width - 1].1);
        (self.joint != JOINT && end - start == cells + self.width as u32 - 1)
            .then(|| &self.text[start as usize..end as usize])
    }

    /// Returns a cell as it is written.
    #[inline]
    pub(super) fn text(&self, row: usize, column: usize) -> &str {
        let (start, end) = self.spans[row * self.width + column];
        &self.text[start as usize..end as usize]
    }
}

impl Cells for TextCells {
    fn rows(&self) -> usize {
        self.spans.len() / self.width
    }

    fn field(&self, row: usize, column: usize) -> Field<'_> {
        Field::from(self.text(row, column))
    }

    fn texts(&self) -> Option<&TextCells> {
        Some(self)
    }

    fn written<'c>(&'c self, row: usize, column: usize, _: &'c mut Vec<u8>) -> Option<&'c str> {
        Some(self.text(row, column))
    }

    fn reading(&self) -> Reading {
        Reading::Text
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

    #[test]
    fn rows_have_one_sum_however_they_are_written() {
        let sums = |text: &str, spans: &[(u32, u32)]| {
            let cells = TextCells::new(text.to_owned(), spans.to_vec(), 2).separated_by(b',');
            let chunk = Chunk::new(Box::new(cells), Lines::default());
            (0..chunk.rows()).map(|row| chunk.sum(row, 2, &mut Vec::new())).collect::<Vec<_>>()
        };
        let plain = sums("a,b\n,\n", &[(0, 1), (2, 3), (4, 4), (5, 5)]);
        // Quoted cells, and a missing value.
        let written = sums("\"a\",b NA,", &[(1, 2), (4, 5), (6, 6), (9, 9)]);
        assert_eq!(plain, written);
        assert_ne!(plain[0], plain[1]);
        // A cell with the separator is not two cells.
        let quoted = sums("\"a,b\",c \"a\",\"b,c\"", &[(1, 4), (6, 7), (9, 10), (13, 16)]);
        assert_ne!(quoted[0], quoted[1]);
    }
}
