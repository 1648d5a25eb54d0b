//! Columns of the main source as distinct texts, so that a text is fitted and encoded once, however often it
//! occurs. A value that is no text is one as JSON.

use rayon::prelude::*;

use std::ops::Range;

use super::chunk::{Chunk, Reading};
use super::main_rows::Numbered;
use crate::data::field::Field;
use crate::data::interned::Interned;
use crate::data::learn::ROWS_IN_CACHE;

/// Number of rows that decide whether the texts of a column repeat.
const TRIAL: usize = 1 << 16;
/// Maximum size of the distinct texts of a column in bytes.
pub(super) const MOST_BYTES: usize = 1 << 28;

/// The distinct texts of a column, and the number of the text of each row.
pub(in crate::data) struct Dictionary {
    column: usize,
    texts: Interned,
    reading: Reading,
    numbers: Vec<u32>,
    /// True if a value has no text.
    is_irregular: bool,
}

impl Dictionary {
    fn append(&mut self, chunk: &Chunk, rows: Range<usize>, buffer: &mut Vec<u8>) {
        if let Some(cells) = chunk.texts() {
            self.numbers.extend(rows.map(|row| self.texts.add(cells.text(row, self.column)).0));
            return;
        }
        for row in rows {
            match chunk.written(row, self.column, buffer) {
                Some(text) => self.numbers.push(self.texts.add(text).0),
                None => self.is_irregular = true,
            }
        }
    }

    /// Returns whether every value has a text, and texts occur twice on average, as far as is known.
    fn repeats(&self) -> bool {
        let is_trial = self.numbers.len() < TRIAL;
        !self.is_irregular
            && (is_trial || 2 * self.texts.len() <= self.numbers.len())
            && self.texts.bytes() <= MOST_BYTES
    }

    /// Number of distinct values.
    pub(in crate::data) fn len(&self) -> usize {
        self.texts.len()
    }

    /// Returns a distinct value.
    pub(in crate::data) fn value(&self, number: u32) -> Field<'_> {
        self.texts.get(number).map_or(Field::Missing, |text| self.reading.field(text))
    }

    /// Number of the value of each row.
    pub(in crate::data) fn numbers(&self) -> &[u32] {
        &self.numbers
    }
}

/// Dictionaries of columns. A column whose texts hardly repeat has none.
#[derive(Default)]
pub(super) struct Dictionaries(Vec<Dictionary>);

impl Dictionaries {
    /// Dictionaries of these columns, without rows.
    pub(super) fn new(columns: impl IntoIterator<Item = usize>) -> Self {
        let new = |column| Dictionary {
            column,
            texts: Interned::default(),
            reading: Reading::Text,
            numbers: Vec::new(),
            is_irregular: false,
        };
        Self(columns.into_iter().map(new).collect())
    }

    /// Appends the next rows.
    pub(super) fn append(&mut self, chunks: &[Numbered]) {
        if let Some((0, first)) = chunks.first() {
            // All files of a source have one form.
            self.0.iter_mut().for_each(|dictionary| dictionary.reading = first.reading());
        }
        let share = self.0.len().div_ceil(rayon::current_num_threads().max(1)).max(1);
        self.0.par_chunks_mut(share).for_each(|share| {
            let mut buffer = Vec::new();
            for (_, chunk) in chunks {
                for start in (0..chunk.rows()).step_by(ROWS_IN_CACHE) {
                    let end = chunk.rows().min(start + ROWS_IN_CACHE);
                    share.iter_mut().for_each(|dictionary| dictionary.append(chunk, start..end, &mut buffer));
                }
            }
        });
        self.0.retain(Dictionary::repeats);
    }

    /// Removes all dictionaries.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Returns the dictionary of a column.
    pub(super) fn of(&self, column: usize) -> Option<&Dictionary> {
        self.0.iter().find(|dictionary| dictionary.column == column)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::chunk;
    use super::*;

    #[test]
    fn texts_that_hardly_repeat_have_no_dictionary() {
        let rows: Vec<[String; 2]> =
            (0..TRIAL).map(|row| [(row % 100).to_string(), (row * 2 / 3).to_string()]).collect();
        let mut dictionaries = Dictionaries::new([0, 1]);
        for (at, rows) in rows.chunks(1000).enumerate() {
            let rows: Vec<Vec<&str>> =
                rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
            let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
            dictionaries.append(&[(1000 * at as u32, chunk(&rows))]);
        }
        assert!(dictionaries.of(1).is_none());
        let few = dictionaries.of(0).unwrap();
        assert_eq!((few.len(), few.numbers().len()), (100, TRIAL));
        for (row, &number) in few.numbers().iter().enumerate() {
            assert_eq!(few.value(number), Field::from(&*rows[row][0]));
        }
    }
}
