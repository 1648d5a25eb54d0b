//! A record as its fields are found: cells of the sources, or values given by a caller.

use super::field::Field;
use super::source::RawTable;

/// Access to the raw fields of a record, in the order of `InputInfo::fields`.
#[derive(Clone, Copy)]
pub struct Row<'a>(Cells<'a>);

#[derive(Clone, Copy)]
enum Cells<'a> {
    /// Cells of a row of the main source and of the rows joined to it.
    Joined {
        data: &'a RawTable,
        cells: &'a [Cell],
        row: u32,
    },
    /// Cells of a row of one source.
    Source {
        data: &'a RawTable,
        cells: &'a [Cell],
        row: u32,
    },
    Given(&'a [Field<'a>]),
}

/// A column of a source, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) source: usize,
    pub(super) column: usize,
    /// True for a field that histories of later rows will hold.
    pub(super) earlier: bool,
}

impl<'a> Row<'a> {
    /// A record of these values.
    pub fn of(fields: &'a [Field<'a>]) -> Self {
        Self(Cells::Given(fields))
    }

    pub(super) fn joined(data: &'a RawTable, cells: &'a [Cell], row: u32) -> Self {
        Self(Cells::Joined { data, cells, row })
    }

    pub(super) fn source(data: &'a RawTable, cells: &'a [Cell], row: u32) -> Self {
        Self(Cells::Source { data, cells, row })
    }

    /// A field by its place; missing where the record has no such field.
    pub fn field(&self, index: usize) -> Field<'a> {
        match self.0 {
            Cells::Joined { data, cells, row } => {
                cells.get(index).map_or(Field::Missing, |&cell| match data.joined_text(cell, row).into() {
                    // What a row adds to the histories of later ones, one item whatever its text.
                    own if cell.earlier => Field::List(vec![own]),
                    own => own,
                })
            }
            Cells::Source { data, cells, row } => {
                cells.get(index).map_or(Field::Missing, |&cell| data.source_text(cell, row).into())
            }
            Cells::Given(fields) => fields.get(index).map_or(Field::Missing, Field::borrowed),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;

    /// A record as the compiler writes it.
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    struct Query<'a> {
        #[serde(borrow)]
        user: Field<'a>,
        #[serde(borrow)]
        time: Field<'a>,
    }

    impl<'a> Query<'a> {
        fn from_row(row: &Row<'a>) -> Self {
            Self { user: row.field(0), time: row.field(1) }
        }
    }

    #[test]
    fn records_of_rows_and_of_json() {
        let fields = [Field::from("u"), Field::Int(3)];
        let query = Query::from_row(&Row::of(&fields));
        assert_eq!(query, Query { user: "u".into(), time: Field::Int(3) });
        assert_eq!(serde_json::from_str::<Query>(r#"{"time": 3, "user": "u"}"#).unwrap(), query);
        assert_eq!(serde_json::from_str::<Query>("{}").unwrap(), Query::default());
        assert!(Row::of(&fields).field(2).is_missing());
    }
}
