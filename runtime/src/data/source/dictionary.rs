//! Columns of the main source as distinct texts, so that a text is fitted and encoded once, however often it
//! occurs. A value that is no text is one as JSON. Texts that hardly repeat are cut into items, if a column does so.

use std::collections::BTreeSet;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use tempfile::TempDir;

use super::chunk::{Chunk, Reading};
use super::main_rows::Numbered;
use super::row_files::{failed, made_in};
use super::row_numbers::RowNumbers;
use crate::data::cut::Cut;
use crate::data::encoded::{NONE, Values};
use crate::data::error::DataError;
use crate::data::field::Field;
use crate::data::interned::Interned;
use crate::data::learn::ROWS_IN_CACHE;

/// Number of texts that decide whether those of a column repeat.
const TRIAL: usize = 1 << 16;
/// Number of texts that decide it for a column whose items are numbered too.
const SHORT_TRIAL: usize = 1 << 13;

/// A column of the main source, whole or cut.
pub(super) type ColumnCut = (usize, Option<Cut>);

/// The distinct texts of a column, and the number of the text of each row; or those of its items.
pub(in crate::data) struct Dictionary {
    column: ColumnCut,
    texts: Interned,
    reading: Reading,
    numbers: Values<u32>,
    /// End of the numbers of each row, if the column is cut.
    ends: Values<u64>,
}

impl Dictionary {
    /// Number of distinct texts.
    pub(in crate::data) fn len(&self) -> usize {
        self.texts.len()
    }

    /// Returns a distinct value of a column that is not cut.
    pub(in crate::data) fn value(&self, number: u32) -> Field<'_> {
        self.texts.get(number).map_or(Field::Missing, |text| self.reading.field(text))
    }

    /// Number of the value of each row of a column that is not cut.
    pub(in crate::data) fn numbers(&self) -> &[u32] {
        &self.numbers
    }

    /// Returns the distinct items of a column that is cut.
    pub(in crate::data) fn items(&self) -> impl Iterator<Item = &str> {
        self.texts.iter()
    }

    /// Returns the numbers of the items of a row of a column that is cut. `None` if the value is missing.
    #[inline]
    pub(in crate::data) fn items_of(&self, row: u32) -> Option<&[u32]> {
        let row = row as usize;
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        match &self.numbers[start as usize..self.ends[row] as usize] {
            [NONE] => None,
            items => Some(items),
        }
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
    pub(super) fn of(&self, column: ColumnCut) -> Option<&Dictionary> {
        self.columns.iter().find(|dictionary| dictionary.column == column)
    }
}

/// A dictionary to which rows are appended.
struct Growing {
    column: ColumnCut,
    texts: Interned,
    numbers: RowNumbers<u32>,
    /// End of the numbers of each row, if the column is cut.
    ends: RowNumbers<u64>,
    /// Number of the file of the numbers. The ends are in the next one.
    file: u32,
    /// Number of texts that decide whether they repeat.
    trial: usize,
    /// True if a value has no text, or cannot be cut.
    is_irregular: bool,
}

impl Growing {
    fn new(file: u32, column: ColumnCut, trial: usize) -> Self {
        Self {
            column,
            texts: Interned::default(),
            numbers: RowNumbers::default(),
            ends: RowNumbers::default(),
            file,
            trial,
            is_irregular: false,
        }
    }

    fn append(&mut self, chunk: &Chunk, rows: Range<usize>, buffer: &mut Vec<u8>) {
        match self.column {
            (column, None) => self.append_values(chunk, rows, column, buffer),
            (column, Some(cut)) => self.append_items(chunk, rows, column, cut),
        }
    }

    fn append_values(&mut self, chunk: &Chunk, rows: Range<usize>, column: usize, buffer: &mut Vec<u8>) {
        if let Some(cells) = chunk.texts() {
            self.numbers.extend(rows.map(|row| self.texts.add(cells.text(row, column)).0));
            return;
        }
        for row in rows {
            match chunk.written(row, column, buffer) {
                Some(text) => self.numbers.push(self.texts.add(text).0),
                None => self.is_irregular = true,
            }
        }
    }

    fn append_items(&mut self, chunk: &Chunk, rows: Range<usize>, column: usize, cut: Cut) {
        for row in rows {
            if self.is_irregular {
                return;
            }
            let field = chunk.field(row, column);
            if field.is_missing() {
                self.numbers.push(NONE);
            } else if !cut.each(&field, |item| self.numbers.push(self.texts.add(item).0)) {
                self.is_irregular = true;
            }
            self.ends.push(self.numbers.len() as u64);
        }
    }

    /// Returns whether every value has a text, and at least each tenth is not the first of its kind, as far as is known.
    fn repeats(&self) -> bool {
        !self.is_irregular && (self.is_on_trial() || 10 * self.texts.len() <= 9 * self.numbers.len())
    }

    fn is_on_trial(&self) -> bool {
        self.numbers.len() < self.trial
    }

    fn spill(&mut self, folder: &Path) -> io::Result<()> {
        self.numbers.spill(folder, self.file)?;
        self.ends.spill(folder, self.file + 1)
    }

    fn finish(self, folder: Option<&Path>, reading: Reading) -> io::Result<Dictionary> {
        let Self { column, texts, numbers, ends, file, .. } = self;
        let (numbers, ends) = (numbers.finish(folder, file)?, ends.finish(folder, file + 1)?);
        Ok(Dictionary { column, texts, reading, numbers, ends })
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
    pub(super) fn new(columns: impl IntoIterator<Item = ColumnCut>, parent: &Path, most: usize) -> Self {
        let columns: Vec<ColumnCut> = columns.into_iter().collect();
        let has_items = |of: usize| columns.iter().any(|&(column, cut)| column == of && cut.is_some());
        let new = |(file, &(column, cut)): (u32, &ColumnCut)| {
            let trial = if cut.is_none() && has_items(column) { SHORT_TRIAL } else { TRIAL };
            Growing::new(file, (column, cut), trial)
        };
        let columns = (0..).step_by(2).zip(&columns).map(new).collect();
        Self { columns, reading: Reading::Text, most, parent: parent.to_owned(), folder: None }
    }

    /// Appends the next rows.
    pub(super) fn append(&mut self, chunks: &[Numbered]) -> Result<(), DataError> {
        if let Some((0, first)) = chunks.first() {
            // All files of a source have one form.
            self.reading = first.reading();
        }
        self.shares().par_iter_mut().for_each(|share| {
            let mut buffer = Vec::new();
            for (_, chunk) in chunks {
                // The text of some rows stays in the cache while all columns read it.
                for start in (0..chunk.rows()).step_by(ROWS_IN_CACHE) {
                    let rows = start..chunk.rows().min(start + ROWS_IN_CACHE);
                    share.iter_mut().for_each(|column| column.append(chunk, rows.clone(), &mut buffer));
                }
            }
        });
        self.columns.retain(Growing::repeats);
        self.keep_whole(|whole| !whole.is_on_trial());
        self.keep_below_most();
        self.spill().map_err(|error| failed(&self.parent, error))
    }

    /// Returns the columns in a share for each thread, of similar numbers of texts.
    fn shares(&mut self) -> Vec<Vec<&mut Growing>> {
        let mut shares: Vec<(usize, Vec<&mut Growing>)> = Vec::new();
        shares.resize_with(rayon::current_num_threads().max(1), Default::default);
        let mut columns: Vec<&mut Growing> = self.columns.iter_mut().collect();
        columns.sort_by_key(|column| std::cmp::Reverse(column.numbers.len()));
        for column in columns {
            if let Some((texts, share)) = shares.iter_mut().min_by_key(|(texts, share)| (*texts, share.len()))
            {
                *texts += column.numbers.len();
                share.push(column);
            }
        }
        shares.into_iter().map(|(_, share)| share).collect()
    }

    /// Gives up the items of columns that are kept whole for certain.
    fn keep_whole(&mut self, is_certain: impl Fn(&Growing) -> bool) {
        let whole = self.columns.iter().filter(|column| column.column.1.is_none() && is_certain(column));
        let whole: BTreeSet<usize> = whole.map(|column| column.column.0).collect();
        self.columns.retain(|Growing { column: (column, cut), .. }| cut.is_none() || !whole.contains(column));
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
        let is_long = |column: &Growing| column.numbers.is_long() || column.ends.is_long();
        if self.folder.is_none() && self.columns.iter().any(is_long) {
            self.folder = Some(made_in(&self.parent)?);
        }
        let Some(folder) = &self.folder else { return Ok(()) };
        self.columns.par_iter_mut().try_for_each(|column| column.spill(folder.path()))
    }

    /// Ends the dictionaries.
    pub(super) fn finish(mut self) -> Result<Dictionaries, DataError> {
        self.keep_whole(|_| true);
        let Self { columns, reading, folder, parent, .. } = self;
        let files = folder.as_ref().map(TempDir::path);
        let columns = columns.into_iter().map(|column| column.finish(files, reading.clone()));
        let columns = columns.collect::<io::Result<_>>().map_err(|error| failed(&parent, error))?;
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
            (0..TRIAL).map(|row| [(row % 100).to_string(), (row * 19 / 20).to_string()]).collect();
        let mut dictionaries =
            GrowingDictionaries::new([(0, None), (1, None)], Path::new("nowhere"), usize::MAX);
        for (at, rows) in rows.chunks(1000).enumerate() {
            let rows: Vec<Vec<&str>> =
                rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
            let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
            dictionaries.append(&[(1000 * at as u32, chunk(&rows))]).unwrap();
        }
        let dictionaries = dictionaries.finish().unwrap();
        assert!(dictionaries.of((1, None)).is_none());
        let few = dictionaries.of((0, None)).unwrap();
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
            let mut dictionaries =
                GrowingDictionaries::new([(0, None), (1, None)], Path::new("nowhere"), most);
            dictionaries.append(&[(0, chunk(&rows))]).unwrap();
            let dictionaries = dictionaries.finish().unwrap();
            [0, 1].map(|column| dictionaries.of((column, None)).is_some())
        };
        assert_eq!([kept(1 << 20), kept(10_000), kept(10)], [[true; 2], [false, true], [false; 2]]);
    }
}
