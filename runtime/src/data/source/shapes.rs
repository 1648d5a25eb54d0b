//! Shapes of the values in the first rows of a source.

use turret_schema::ValueShape;

use crate::data::field::Field;

/// Number of rows that are looked at.
pub(super) const ROWS: usize = 1000;

/// Shape of the first value of each column.
pub(super) struct Shapes {
    /// `None` for a column without values so far.
    found: Vec<Option<ValueShape>>,
    rows: usize,
}

impl Shapes {
    /// Shapes of this number of columns.
    pub(super) fn new(columns: usize) -> Self {
        Self { found: vec![None; columns], rows: 0 }
    }

    /// Looks at the next row. Returns false if no more are needed.
    pub(super) fn look_at<'f>(&mut self, field: impl Fn(usize) -> Field<'f>) -> bool {
        self.rows += 1;
        for (column, found) in self.found.iter_mut().enumerate().filter(|(_, found)| found.is_none()) {
            *found = match field(column) {
                Field::Missing => None,
                Field::List(_) | Field::UpTo(_) | Field::WeightedBy(_) => Some(ValueShape::List),
                Field::Pairs(_) => Some(ValueShape::Object),
                Field::Text(_) | Field::Bool(_) | Field::Int(_) | Field::Float(_) => Some(ValueShape::Scalar),
            };
        }
        self.rows < ROWS
    }

    /// Returns the shapes.
    pub(super) fn into_found(self) -> Vec<Option<ValueShape>> {
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_value_of_a_column_counts() {
        let rows = [
            [Field::Missing, Field::Int(1), Field::Missing],
            [Field::List(Vec::new()), Field::List(Vec::new()), Field::Missing],
            [Field::Int(1), Field::Int(1), Field::Missing],
        ];
        let mut shapes = Shapes::new(3);
        assert!(rows.iter().all(|row| shapes.look_at(|column| row[column].borrowed())));
        assert_eq!(shapes.into_found(), [Some(ValueShape::List), Some(ValueShape::Scalar), None]);
    }
}
