//! Order of the rows of a log: by time columns, or as in the file.

use turret_schema::{Number, Text};

use super::error::{DataError, Place};
use super::field::Field;
use super::time::TimeColumn;

/// Reads the times of rows.
#[derive(Clone, Debug)]
pub(in crate::data) struct Order<'s> {
    /// Time columns. Empty: rows are in the order of the file.
    columns: Vec<TimeColumn<'s>>,
    /// Rows, and the values of all columns for each.
    rows: Vec<u32>,
    values: Vec<Number>,
}

impl<'s> Order<'s> {
    /// The order by these columns.
    pub(in crate::data) fn new(names: &'s [Text]) -> Self {
        let columns = names.iter().map(|name| TimeColumn::new(name)).collect();
        Self { columns, rows: Vec::new(), values: Vec::new() }
    }

    /// Adds a row. `field` returns its field of a column, by the index of the column.
    pub(in crate::data) fn push<'f>(
        &mut self,
        row: u32,
        field: impl Fn(usize) -> Field<'f>,
        place: impl Fn() -> Place,
    ) -> Result<(), DataError> {
        let before = self.values.len();
        for (index, column) in self.columns.iter_mut().enumerate() {
            match column.ascending(&field(index), &place) {
                Ok(value) => self.values.push(value),
                Err(error) => {
                    self.values.truncate(before);
                    return Err(error);
                }
            }
        }
        self.rows.push(row);
        Ok(())
    }

    /// Returns notes on the columns.
    pub(in crate::data) fn notes(&self) -> impl Iterator<Item = String> {
        self.columns.iter().filter_map(TimeColumn::note)
    }

    /// Returns all rows with their times. Times ascend with the values of the first column, between equal ones
    /// with those of the second, and so on; they are equal if all values are.
    pub(in crate::data) fn into_times(self) -> impl Iterator<Item = (u32, Number)> {
        let times = match self.columns.len() {
            0 => self.rows.iter().map(|&row| i64::from(row).into()).collect(),
            1 => self.values,
            width => ranks(&self.values, width),
        };
        self.rows.into_iter().zip(times)
    }
}

/// Returns the rank of each group of `width` values among all groups, in lexicographic order.
fn ranks(values: &[Number], width: usize) -> Vec<Number> {
    let groups: Vec<&[Number]> = values.chunks_exact(width).collect();
    let mut sorted: Vec<usize> = (0..groups.len()).collect();
    sorted.sort_unstable_by_key(|&group| groups[group]);
    let mut ranks = vec![Number::default(); groups.len()];
    let (mut rank, mut last) = (0_i64, None);
    for group in sorted {
        rank += i64::from(last.is_some_and(|last: &[Number]| last != groups[group]));
        last = Some(groups[group]);
        ranks[group] = rank.into();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn times(names: &[Text], rows: &[Vec<&str>]) -> Vec<(u32, Number)> {
        let mut order = Order::new(names);
        for (row, fields) in (0..).zip(rows) {
            let place = || Place { path: "log.csv".into(), line: u64::from(row) };
            // Rows without a time are left out.
            let _ = order.push(row, |index| Field::from(fields[index]), place);
        }
        order.into_times().collect()
    }

    #[test]
    fn rows_without_a_time_have_none() {
        let names = ["day".into(), "hour".into()];
        let rows = [
            vec!["2018-09-21", "9"],
            vec!["2018-09-20", ""],
            vec!["2018-09-20", "10"],
            vec!["2018-09-20", "9"],
        ];
        let expected = [(0, 2_i64), (2, 1), (3, 0)].map(|(row, time)| (row, time.into()));
        assert_eq!(times(&names, &rows), expected);
        assert_eq!(times(&[], &[vec![], vec![]]), [(0, 0_i64.into()), (1, 1_i64.into())]);
    }

    proptest! {
        #[test]
        fn several_columns_compare_one_after_the_other(keys in prop::collection::vec((0_i64..4, -2_i64..3, 0_i64..2), 1..20)) {
            let texts: Vec<[String; 3]> =
                keys.iter().map(|&(a, b, c)| [a.to_string(), b.to_string(), c.to_string()]).collect();
            let rows: Vec<Vec<&str>> = texts.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
            let times = times(&["a".into(), "b".into(), "c".into()], &rows);
            for (left, right) in times.iter().flat_map(|left| times.iter().map(move |right| (left, right))) {
                let expected = keys[left.0 as usize].cmp(&keys[right.0 as usize]);
                prop_assert_eq!(left.1.cmp(&right.1), expected);
            }
        }
    }
}
