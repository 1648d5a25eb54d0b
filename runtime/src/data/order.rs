//! Order of the rows of a log: by time columns, or as in the file.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use rayon::prelude::*;
use turret_schema::{DateOrder, Number, Text};

use super::encoded::Values;
use super::error::{DataError, Place};
use super::field::Field;
use super::source::{RowFile, RowFiles, RowNumbers};
use super::time::{TimeColumn, time_of};

/// A value with its row, of which the words compare as the value and then the row do.
type Entry = [u32; 5];

/// Reads the times of rows.
pub(in crate::data) struct Order<'s> {
    names: &'s [Text],
    dates: Option<DateOrder>,
    columns: Vec<TimeColumn>,
    values: Vec<SortedRuns>,
}

/// Values of rows in a column, in runs that ascend.
struct SortedRuns {
    entries: RowNumbers<Entry>,
    file: RowFile,
    /// End of each run.
    ends: Vec<usize>,
}

impl<'s> Order<'s> {
    /// The order by these columns of a source with these dates.
    pub(in crate::data) fn new(names: &'s [Text], dates: Option<DateOrder>, files: &mut RowFiles) -> Self {
        let columns = names.iter().map(|name| TimeColumn::new(name)).collect();
        let runs = |_| SortedRuns { entries: RowNumbers::default(), file: files.next(), ends: Vec::new() };
        Self { names, dates, columns, values: names.iter().map(runs).collect() }
    }

    /// Adds a row. `field` returns its field of a column, by the index of the column.
    pub(in crate::data) fn push<'f>(
        &mut self,
        row: u32,
        field: impl Fn(usize) -> Field<'f>,
        place: impl Fn() -> Place,
    ) -> Result<(), DataError> {
        for (index, (name, column)) in self.names.iter().zip(&mut self.columns).enumerate() {
            let field = field(index);
            let value = time_of(name, &field, self.dates).and_then(|value| {
                column.add(value, &field, &place)?;
                Ok(value.ascending())
            });
            // A row without one of the values is not used, so its others do not matter.
            let value = value.map_err(|error| DataError::Row { place: place(), error })?;
            self.values[index].entries.push(entry(value, row));
        }
        Ok(())
    }

    /// Moves the values of many rows to files.
    pub(in crate::data) fn spill(&mut self, files: &mut RowFiles) -> Result<(), DataError> {
        self.values.iter_mut().try_for_each(|values| values.spill(files))
    }

    /// Returns notes on the columns.
    pub(in crate::data) fn notes(&self) -> impl Iterator<Item = String> {
        self.columns.iter().filter_map(TimeColumn::note)
    }

    /// Returns a time for each of `rows` rows. Times ascend with the values of the first column, between equal ones with
    /// those of the second, and so on; they are equal if all values are. Without columns the times are the numbers of
    /// the rows, which are in the order of the file. A row without values has any time.
    pub(in crate::data) fn into_times(
        self,
        rows: u32,
        files: &mut RowFiles,
    ) -> Result<Values<u32>, DataError> {
        let mut times: Option<Values<u32>> = None;
        for values in self.values.into_iter().rev() {
            let ranks = values.ranks(rows, files)?;
            times = Some(match times {
                None => ranks,
                Some(times) => files.collect(joint(&ranks, &times))?,
            });
        }
        times.map_or_else(|| files.collect(0..rows), Ok)
    }
}

impl SortedRuns {
    fn end_run(&mut self) {
        self.entries.in_memory().par_sort_unstable();
        self.ends.push(self.entries.len());
    }

    fn spill(&mut self, files: &mut RowFiles) -> Result<(), DataError> {
        if !files.spills(&self.entries) {
            return Ok(());
        }
        self.end_run();
        files.spill(&mut self.entries, self.file)
    }

    /// Returns the rank of the value of each row among the distinct ones.
    fn ranks(mut self, rows: u32, files: &mut RowFiles) -> Result<Values<u32>, DataError> {
        self.end_run();
        let entries = files.finish(self.entries, self.file)?;
        let mut ranks = vec![0; rows as usize];
        let (mut rank, mut last) = (0, None);
        for [value @ .., row] in merged(&entries, &self.ends) {
            rank += u32::from(last.is_some_and(|last| last != value));
            last = Some(value);
            ranks[row as usize] = rank;
        }
        drop(entries);
        files.collect(ranks)
    }
}

fn entry(value: Number, row: u32) -> Entry {
    let [a, b, c, d] = value.ascending_words();
    [a, b, c, d, row]
}

/// Returns the entries of several runs in order.
fn merged<'e>(entries: &'e [Entry], ends: &[usize]) -> impl Iterator<Item = Entry> + 'e {
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let mut runs: Vec<_> = starts.zip(ends).map(|(start, &end)| entries[start..end].iter()).collect();
    let mut next: BinaryHeap<Reverse<(Entry, usize)>> = BinaryHeap::new();
    next.extend(
        runs.iter_mut().enumerate().filter_map(|(run, entries)| Some(Reverse((*entries.next()?, run)))),
    );
    std::iter::from_fn(move || {
        let mut first = next.peek_mut()?;
        let Reverse((entry, run)) = *first;
        match runs[run].next() {
            Some(&following) => *first = Reverse((following, run)),
            None => drop(PeekMut::pop(first)),
        }
        Some(entry)
    })
}

/// Returns the ranks of the rows in lexicographic order of two numbers.
fn joint(first: &[u32], second: &[u32]) -> Vec<u32> {
    let mut sorted: Vec<u32> = (0..first.len() as u32).collect();
    for numbers in [second, first] {
        sorted = sorted_by(&sorted, |row| numbers[row as usize]);
    }
    let numbers = |row: u32| (first[row as usize], second[row as usize]);
    let mut ranks = vec![0; first.len()];
    let mut rank = 0;
    for pair in sorted.windows(2) {
        rank += u32::from(numbers(pair[0]) != numbers(pair[1]));
        ranks[pair[1] as usize] = rank;
    }
    ranks
}

/// Returns rows in the order of a number of each, which is below their count or little more. Rows with equal numbers
/// keep their order.
pub(in crate::data) fn sorted_by(rows: &[u32], number: impl Fn(u32) -> u32) -> Vec<u32> {
    let mut starts: Vec<u32> = Vec::new();
    for &row in rows {
        let number = number(row) as usize;
        if starts.len() <= number {
            starts.resize(number + 1, 0);
        }
        starts[number] += 1;
    }
    let mut start = 0;
    for count in &mut starts {
        start += std::mem::replace(count, start);
    }
    let mut sorted = vec![0; rows.len()];
    for &row in rows {
        let place = &mut starts[number(row) as usize];
        sorted[*place as usize] = row;
        *place += 1;
    }
    sorted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::source::PIECE;
    use super::*;

    fn read(names: &[Text], rows: &[Vec<&str>]) -> Vec<u32> {
        let mut files = RowFiles::new(None);
        let mut order = Order::new(names, None, &mut files);
        for (row, fields) in (0..).zip(rows) {
            let place = || Place { path: "log.csv".into(), line: u64::from(row) };
            // Rows without a time are left out.
            let _ = order.push(row, |index| Field::from(fields[index]), place);
        }
        order.into_times(rows.len() as u32, &mut files).unwrap().to_vec()
    }

    #[test]
    fn rows_without_a_time_do_not_move_others() {
        let names = ["day".into(), "hour".into()];
        let rows = [
            vec!["2018-09-21", "9"],
            vec!["2018-09-20", ""],
            vec!["2018-09-20", "10"],
            vec!["2018-09-20", "9"],
        ];
        let times = read(&names, &rows);
        assert!(times[3] < times[2] && times[2] < times[0], "{times:?}");
        assert_eq!(read(&[], &[vec![], vec![]]), [0, 1]);
    }

    #[test]
    fn times_in_files_are_those_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["day".into(), "second".into()];
        let rows = 2 * PIECE as u32 + 1000;
        let times = |mut files: RowFiles| {
            let mut order = Order::new(&names, None, &mut files);
            for row in 0..rows {
                let fields = [(row % 3).to_string(), (row.wrapping_mul(2_654_435_761) % 999_983).to_string()];
                let place = || Place { path: "log.csv".into(), line: u64::from(row) };
                order.push(row, |index| Field::from(&*fields[index]), place).unwrap();
                order.spill(&mut files).unwrap();
            }
            order.into_times(rows, &mut files).unwrap()
        };
        let memory = times(RowFiles::new(None));
        assert_eq!(memory, times(RowFiles::new(Some(folder.path()))));
        let of = |row: u32| (row % 3, row.wrapping_mul(2_654_435_761) % 999_983);
        let sorted = sorted_by(&(0..rows).collect::<Vec<_>>(), |row| memory[row as usize]);
        assert!(sorted.is_sorted_by_key(|&row| (of(row), row)));
    }

    proptest! {
        #[test]
        fn several_columns_compare_one_after_the_other(keys in prop::collection::vec((0_i64..4, -2_i64..3, 0_i64..2), 1..20)) {
            let texts: Vec<[String; 3]> =
                keys.iter().map(|&(a, b, c)| [a.to_string(), b.to_string(), c.to_string()]).collect();
            let rows: Vec<Vec<&str>> = texts.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
            let times = read(&["a".into(), "b".into(), "c".into()], &rows);
            for (left, right) in (0..keys.len()).flat_map(|left| (0..keys.len()).map(move |right| (left, right))) {
                prop_assert_eq!(times[left].cmp(&times[right]), keys[left].cmp(&keys[right]));
            }
        }
    }
}
