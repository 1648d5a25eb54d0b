//! Columns that inputs read, by the places of their parts and fields.

use std::ops::Range;

use super::columns::Counting;
use super::cut::Cut;
use super::features::Features;
use super::field::HISTORY;

/// A column that an input reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reads {
    /// Index of the column among the parts of the features.
    pub column: usize,
    /// Index of the field that it reads among those of the input.
    pub field: usize,
    /// Index of its vocabulary among the parts.
    pub keys: Option<usize>,
    /// Uncounted for a column that another input fits and counts.
    pub counting: Counting,
}

/// A field of the main source that columns read, whole or cut into items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldRead {
    /// Name of the field.
    pub name: &'static str,
    /// Way in which a column cuts it. `None` for the whole value.
    pub cut: Option<Cut>,
}

/// Returns the fields of the main source that columns read: each whole, and as columns cut it.
pub(crate) fn fields_read<F: Features>(features: &F) -> Vec<FieldRead> {
    let parts = features.parts();
    let mut found = Vec::new();
    for (input, info) in features.inputs().iter().enumerate().filter(|(_, info)| info.source == 0) {
        found.extend(info.fields.iter().map(|field| FieldRead { name: field.name, cut: None }));
        for read in features.reads(input) {
            let field = info.fields.get(read.field).filter(|field| field.source != HISTORY);
            let cut = parts[read.column].1.items().map(|column| column.cut());
            found.extend(field.filter(|_| cut.is_some()).map(|field| FieldRead { name: field.name, cut }));
        }
    }
    found
}

/// Finds a name among named ranges, and the range in the list of all their members.
fn range(named: &[(&str, usize)], wanted: &str) -> Range<usize> {
    let mut start = 0;
    for &(name, count) in named {
        if name == wanted {
            return start..start + count;
        }
        start += count;
    }
    start..start
}

/// Returns the columns with this name, one for each member of a range. `parts` and `fields` have the names and
/// sizes of all parts and fields. A place gives the member of a range of fields or vocabularies that a single
/// column reads.
pub fn reads(
    parts: &[(&str, usize)],
    fields: &[(&str, usize)],
    column: &str,
    (field, field_at): (&str, usize),
    keys: Option<(&str, usize)>,
    counting: Counting,
) -> impl Iterator<Item = Reads> {
    let (columns, field) = (range(parts, column), range(fields, field).start + field_at);
    let keys = keys.map(|(name, at)| (range(parts, name), at));
    columns.enumerate().map(move |(at, column)| {
        let of_column = |(keys, first): &(Range<usize>, usize)| {
            // A shared vocabulary is not a range.
            keys.start + if keys.len() == 1 { 0 } else { first + at }
        };
        Reads { column, field: field + at, keys: keys.as_ref().map(of_column), counting }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_member_by_member() {
        let parts = [("keys", 1), ("C_keys", 2), ("x", 1), ("C", 2), ("shared", 2)];
        let fields = [("x", 1), ("C", 2)];
        let found = |column, field, keys| {
            reads(&parts, &fields, column, field, keys, Counting::Counted).collect::<Vec<_>>()
        };
        assert_eq!(
            found("x", ("x", 0), None),
            [Reads { column: 3, field: 0, keys: None, counting: Counting::Counted }]
        );
        assert_eq!(
            found("x", ("C", 1), Some(("C_keys", 1))),
            [Reads { column: 3, field: 2, keys: Some(2), counting: Counting::Counted }]
        );
        assert_eq!(
            found("C", ("C", 0), Some(("C_keys", 0))),
            [
                Reads { column: 4, field: 1, keys: Some(1), counting: Counting::Counted },
                Reads { column: 5, field: 2, keys: Some(2), counting: Counting::Counted }
            ]
        );
        assert_eq!(
            found("shared", ("C", 0), Some(("keys", 0))),
            [
                Reads { column: 6, field: 1, keys: Some(0), counting: Counting::Counted },
                Reads { column: 7, field: 2, keys: Some(0), counting: Counting::Counted }
            ]
        );
    }
}
