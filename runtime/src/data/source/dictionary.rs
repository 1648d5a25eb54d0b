//! Columns of the main source as distinct texts, so that a text is fitted and encoded once, however often it
//! occurs. A value that is no text is one as JSON.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use tempfile::TempDir;

use super::chunk::{Chunk, Reading};
use super::main_rows::Numbered;
use super::row_numbers::RowNumbers;
use crate::data::encoded::{PREFIX, Values};
use crate::data::field::Field;
use crate::data::interned::Interned;
use crate::data::learn::ROWS_IN_CACHE;

/// Number of rows that decide whether the texts of a column repeat.
const TRIAL: usize = 1 << 16;

/// The distinct texts of a column, and the number of the text of each row.
pub(in crate::data) struct Dictionary {
    column: usize,
    texts: Interned,
    reading: Reading,
    numbers: Values<u32>,
}

impl Dictionary {
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
pub(super) struct Dictionaries {
    columns: Vec<Dictionary>,
    /// Files of the numbers, if there are many.
    _folder: Option<TempDir>,
}

impl Dictionaries {
    /// Returns the dictionary of a column.
    pub(super) fn of(&self, column: usize) -> Option<&Dictionary> {
        self.columns.iter().find(|dictionary| dictionary.column == column)
    }
}

/// A dictionary to which rows are appended.
struct Growing {
    column: usize,
    texts: Interned,
    numbers: RowNumbers,
    /// True if a value has no text.
    is_irregular: bool,
}

impl Growing {
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
        !self.is_irregular && (is_trial || 2 * self.texts.len() <= self.numbers.len())
    }
}

/// Dictionaries while the rows are read.
#[derive(Default)]
pub(super) struct GrowingDictionaries {
    columns: Vec<Growing>,
    reading: Reading,
    /// Maximum memory of the texts in bytes.
    most: usize,
    /// Folder for the files of numbers, and these, once there are many.
    parent: PathBuf,
    folder: Option<TempDir>,
}

impl GrowingDictionaries {
    /// Dictionaries of these columns, without rows. Files are in a folder of their own in `parent`. The texts take at
    /// most `most` bytes.
    pub(super) fn new(columns: impl IntoIterator<Item = usize>, parent: &Path, most: usize) -> Self {
        let new = |column| Growing {
            column,
            texts: Interned::default(),
            numbers: RowNumbers::default(),
            is_irregular: false,
        };
        let columns = columns.into_iter().map(new).collect();
        Self { columns, reading: Reading::Text, most, parent: parent.to_owned(), folder: None }
    }

    /// Appends the next rows. After an error there are no dictionaries.
    pub(super) fn append(&mut self, chunks: &[Numbered]) -> io::Result<()> {
        if let Some((0, first)) = chunks.first() {
            // All files of a source have one form.
            self.reading = first.reading();
        }
        let share = self.columns.len().div_ceil(rayon::current_num_threads().max(1)).max(1);
        self.columns.par_chunks_mut(share).for_each(|share| {
            let mut buffer = Vec::new();
            for (_, chunk) in chunks {
                for start in (0..chunk.rows()).step_by(ROWS_IN_CACHE) {
                    let rows = start..chunk.rows().min(start + ROWS_IN_CACHE);
                    share.iter_mut().for_each(|column| column.append(chunk, rows.clone(), &mut buffer));
                }
            }
        });
        self.columns.retain(Growing::repeats);
        self.keep_below_most();
        self.spill().inspect_err(|_| self.columns.clear())
    }

    /// Gives up the largest dictionaries until the others have room.
    fn keep_below_most(&mut self) {
        loop {
            let sizes = self.columns.iter().map(|column| column.texts.memory());
            let largest = sizes.clone().enumerate().max_by_key(|&(_, bytes)| bytes);
            match largest {
                Some((at, _)) if sizes.sum::<usize>() > self.most => drop(self.columns.swap_remove(at)),
                _ => return,
            }
        }
    }

    fn spill(&mut self) -> io::Result<()> {
        if self.folder.is_none() && self.columns.iter().any(|column| column.numbers.is_long()) {
            std::fs::create_dir_all(&self.parent)?;
            self.folder = Some(tempfile::Builder::new().prefix(PREFIX).tempdir_in(&self.parent)?);
        }
        let Some(folder) = &self.folder else { return Ok(()) };
        let spill = |column: &mut Growing| column.numbers.spill(folder.path(), column.column as u32);
        self.columns.par_iter_mut().try_for_each(spill)
    }

    /// Ends the dictionaries.
    pub(super) fn finish(self) -> io::Result<Dictionaries> {
        let Self { columns, reading, folder, .. } = self;
        let files = folder.as_ref().map(TempDir::path);
        let finish = |Growing { column, texts, numbers, .. }: Growing| {
            let numbers = numbers.finish(files, column as u32)?;
            Ok(Dictionary { column, texts, reading: reading.clone(), numbers })
        };
        let columns = columns.into_iter().map(finish).collect::<io::Result<_>>()?;
        Ok(Dictionaries { columns, _folder: folder })
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
        let mut dictionaries = GrowingDictionaries::new([0, 1], Path::new("nowhere"), usize::MAX);
        for (at, rows) in rows.chunks(1000).enumerate() {
            let rows: Vec<Vec<&str>> =
                rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
            let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
            dictionaries.append(&[(1000 * at as u32, chunk(&rows))]).unwrap();
        }
        let dictionaries = dictionaries.finish().unwrap();
        assert!(dictionaries.of(1).is_none());
        let few = dictionaries.of(0).unwrap();
        assert_eq!((few.len(), few.numbers().len()), (100, TRIAL));
        for (row, &number) in few.numbers().iter().enumerate() {
            assert_eq!(few.value(number), Field::from(&*rows[row][0]));
        }
    }

    #[test]
    fn the_largest_dictionary_is_given_up_first() {
        let rows: Vec<[String; 2]> = (0..1000).map(|row| [row.to_string(), (row % 10).to_string()]).collect();
        let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
        let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
        let kept = |most| {
            let mut dictionaries = GrowingDictionaries::new([0, 1], Path::new("nowhere"), most);
            dictionaries.append(&[(0, chunk(&rows))]).unwrap();
            let dictionaries = dictionaries.finish().unwrap();
            [0, 1].map(|column| dictionaries.of(column).is_some())
        };
        assert_eq!([kept(1 << 20), kept(10_000), kept(10)], [[true; 2], [false, true], [false; 2]]);
    }
}
