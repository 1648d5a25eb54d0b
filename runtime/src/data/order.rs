//! Order of the rows of a log: by time columns, or as in the file.

use turret_schema::{DateOrder, Number, Text};

use super::error::{DataError, Place};
use super::field::Field;
use super::time::{TimeColumn, time_of};

/// Reads the times of rows.
#[derive(Clone, Debug)]
pub(in crate::data) struct Order<'s> {
    names: &'s [Text],
    dates: Option<DateOrder>,
    columns: Vec<TimeColumn>,
    rows: Vec<u32>,
    /// Values of the rows in each column.
    values: Vec<Vec<Number>>,
}

impl<'s> Order<'s> {
    /// The order by these columns of a source with these dates.
    pub(in crate::data) fn new(names: &'s [Text], dates: Option<DateOrder>) -> Self {
        let columns = names.iter().map(|name| TimeColumn::new(name)).collect();
        Self { names, dates, columns, rows: Vec::new(), values: vec![Vec::new(); names.len()] }
    }

    /// Adds a row. `field` returns its field of a column, by the index of the column.
    pub(in crate::data) fn push<'f>(
        &mut self,
        row: u32,
        field: impl Fn(usize) -> Field<'f>,
        place: impl Fn() -> Place,
    ) -> Result<(), DataError> {
        let mut values = Vec::with_capacity(self.names.len());
        for (index, (name, column)) in self.names.iter().zip(&mut self.columns).enumerate() {
            let field = field(index);
            let value = time_of(name, &field, self.dates).and_then(|value| {
                column.add(value, &field, &place)?;
                Ok(value.ascending())
            });
            values.push(value.map_err(|error| DataError::Row { place: place(), error })?);
        }
        self.values.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
        self.rows.push(row);
        Ok(())
    }

    /// Returns notes on the columns.
    pub(in crate::data) fn notes(&self) -> impl Iterator<Item = String> {
        self.columns.iter().filter_map(TimeColumn::note)
    }

    /// Returns all rows with their [`times`].
    pub(in crate::data) fn into_times(self) -> impl Iterator<Item = (u32, Number)> {
        let columns: Vec<&[Number]> = self.values.iter().map(Vec::as_slice).collect();
        let times = times(&self.rows, &columns);
        self.rows.into_iter().zip(times)
    }
}

/// Returns a time for each row from its values in the time columns. Times ascend with the values of the first
/// column, between equal ones with those of the second, and so on; they are equal if all values are. Without
/// columns the times are the numbers of the rows, which are in the order of the file.
pub(in crate::data) fn times(rows: &[u32], columns: &[&[Number]]) -> Vec<Number> {
    match columns {
        [] => rows.iter().map(|&row| i64::from(row).into()).collect(),
        [only] => only.to_vec(),
        several => ranks(rows.len(), several),
    }
}

/// Returns the rank of each row in lexicographic order.
fn ranks(rows: usize, columns: &[&[Number]]) -> Vec<Number> {
    let key = |row: usize| columns.iter().map(move |column| column[row]);
    let mut sorted: Vec<usize> = (0..rows).collect();
    sorted.sort_unstable_by(|&left, &right| key(left).cmp(key(right)));
    let mut ranks = vec![Number::default(); rows];
    let (mut rank, mut last) = (0_i64, None);
    for row in sorted {
        rank += i64::from(last.is_some_and(|last| key(last).ne(key(row))));
        last = Some(row);
        ranks[row] = rank.into();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(names: &[Text], rows: &[Vec<&str>]) -> Vec<(u32, Number)> {
        let mut order = Order::new(names, None);
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
        assert_eq!(read(&names, &rows), expected);
        assert_eq!(read(&[], &[vec![], vec![]]), [(0, 0_i64.into()), (1, 1_i64.into())]);
    }

    proptest! {
        #[test]
        fn several_columns_compare_one_after_the_other(keys in prop::collection::vec((0_i64..4, -2_i64..3, 0_i64..2), 1..20)) {
            let texts: Vec<[String; 3]> =
                keys.iter().map(|&(a, b, c)| [a.to_string(), b.to_string(), c.to_string()]).collect();
            let rows: Vec<Vec<&str>> = texts.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
            let times = read(&["a".into(), "b".into(), "c".into()], &rows);
            for (left, right) in times.iter().flat_map(|left| times.iter().map(move |right| (left, right))) {
                let expected = keys[left.0 as usize].cmp(&keys[right.0 as usize]);
                prop_assert_eq!(left.1.cmp(&right.1), expected);
            }
        }
    }
}
