//! Fields of the rows of the main source by their distinct values.

use std::collections::BTreeMap;

use super::error::FieldError;
use super::field::Field;
use super::row::Cell;
use super::source::{Dictionary, RawTable, Table};

/// Distinct values of a field, numbered, and the number of the value of each row of the main source.
pub(super) struct DistinctValues<'a> {
    values: Values<'a>,
    numbers: &'a [u32],
    cell: Cell,
}

enum Values<'a> {
    /// Values of a column of the main source.
    Column(&'a Dictionary),
    /// Rows of a joined source.
    Rows(&'a Table),
}

impl<'a> DistinctValues<'a> {
    /// Values of a field. `None` if its values are known only by a scan.
    pub(super) fn of(data: &'a RawTable, cell: &Cell) -> Option<Self> {
        let (values, numbers) = match (cell.source, &cell.compound) {
            (0, None) => {
                let dictionary = data.dictionary(cell.column, None)?;
                (Values::Column(dictionary), dictionary.numbers())
            }
            (0, Some(_)) => return None,
            (source, _) => (Values::Rows(data.table(source)), &**data.partners(source)),
        };
        Some(Self { values, numbers, cell: cell.clone() })
    }

    /// Number of values: the distinct ones, and the missing value of a row without a joined row.
    pub(super) fn count(&self) -> usize {
        1 + match self.values {
            Values::Column(dictionary) => dictionary.len(),
            Values::Rows(table) => table.rows() as usize,
        }
    }

    /// Returns the value with a number.
    fn value(&self, number: usize) -> Field<'a> {
        let own = match self.values {
            Values::Column(dictionary) => dictionary.value(number as u32),
            Values::Rows(table) if number < table.rows() as usize => {
                self.cell.read(|column| table.field(number as u32, column))
            }
            Values::Rows(_) => Field::Missing,
        };
        self.cell.of_row(own)
    }

    /// Number of the value of a row.
    #[inline]
    pub(super) fn number(&self, row: u32) -> u32 {
        self.numbers[row as usize].min(self.count() as u32 - 1)
    }

    /// Calls `take` with each value of the rows, with its number and the number of its rows. Returns the values that
    /// it rejects, with the reasons.
    pub(super) fn each(
        &self,
        rows: &[u32],
        mut take: impl FnMut(u32, &Field<'a>, u32) -> Result<(), FieldError>,
    ) -> BTreeMap<u32, FieldError> {
        let mut counts = vec![0_u32; self.count()];
        rows.iter().for_each(|&row| counts[self.number(row) as usize] += 1);
        let mut rejected = BTreeMap::new();
        for (number, times) in (0..).zip(counts).filter(|&(_, times)| times > 0) {
            if let Err(error) = take(number, &self.value(number as usize), times) {
                rejected.insert(number, error);
            }
        }
        rejected
    }

    /// Returns the rows with one of these values, each with its place among all of them.
    pub(super) fn rows_with<'r>(
        &'r self,
        rejected: &'r BTreeMap<u32, FieldError>,
        rows: &'r [u32],
    ) -> impl Iterator<Item = (usize, u32, &'r FieldError)> {
        let rows = if rejected.is_empty() { &[] } else { rows };
        let error = |(at, &row): (usize, &u32)| Some((at, row, rejected.get(&self.number(row))?));
        rows.iter().enumerate().filter_map(error)
    }
}
