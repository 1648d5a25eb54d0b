//! Fitting of columns in parallel: each column, or group of columns that share a vocabulary, observes all rows
//! in order on one thread, so that results do not depend on the number of threads.

use std::ops::Range;

use rayon::prelude::*;

use super::error::FieldError;
use super::features::Features;
use super::field::Field;
use super::fitted::Fitted;
use super::vocabulary::Vocabulary;

/// Number of rows whose text fits into the cache of a core.
const ROWS_IN_CACHE: usize = 256;

/// A column that an input fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Learns {
    /// Index of the column among the parts of the features.
    pub column: usize,
    /// Index of the field that it reads among those of the input.
    pub field: usize,
    /// Index of its vocabulary among the parts.
    pub keys: Option<usize>,
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
pub fn learns(
    parts: &[(&str, usize)],
    fields: &[(&str, usize)],
    column: &str,
    (field, field_at): (&str, usize),
    keys: Option<(&str, usize)>,
) -> impl Iterator<Item = Learns> {
    let (columns, field) = (range(parts, column), range(fields, field).start + field_at);
    let keys = keys.map(|(name, at)| (range(parts, name), at));
    columns.enumerate().map(move |(at, column)| {
        let of_column = |(keys, first): &(Range<usize>, usize)| {
            // A shared vocabulary is not a range.
            keys.start + if keys.len() == 1 { 0 } else { first + at }
        };
        Learns { column, field: field + at, keys: keys.as_ref().map(of_column) }
    })
}

/// Columns that are fitted together, with the fields that they read.
struct Group<'f> {
    keys: Option<&'f mut Vocabulary>,
    /// Order in the input, field, and column.
    columns: Vec<(usize, usize, &'f mut dyn Fitted)>,
}

impl Group<'_> {
    /// Observes rows in order, column by column.
    fn observe<'a, R: Copy + Into<u32>>(
        &mut self,
        rows: &[R],
        field: &impl Fn(R, usize) -> Field<'a>,
        rejected: Rejected,
        rejections: &mut Vec<Rejection>,
    ) {
        for (order, own, column) in &mut self.columns {
            for &row in rows {
                let Err(error) = column.observe(&field(row, *own), self.keys.as_deref_mut()) else {
                    continue;
                };
                rejections.push((row.into(), *order, error));
                if rejected == Rejected::First {
                    break;
                }
            }
        }
    }
}

/// The columns of an input, while they are fitted.
pub(super) struct Learning<'f> {
    groups: Vec<Group<'f>>,
}

/// Rejected values that are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rejected {
    /// The first.
    First,
    /// One of each row.
    All,
}

/// Rejection of a value: row, order of the column in the input, and reason.
pub(super) type Rejection = (u32, usize, FieldError);

impl<'f> Learning<'f> {
    /// The columns that an input fits.
    pub(super) fn new<F: Features>(features: &'f mut F, input: usize) -> Self {
        let learns = features.learns(input);
        let mut parts: Vec<Option<&mut dyn Fitted>> =
            features.parts_mut().into_iter().map(|(_, part)| Some(part)).collect();
        let mut take = |at: usize| parts.get_mut(at).and_then(Option::take);
        let mut groups: Vec<(Option<usize>, Group<'f>)> = Vec::new();
        for (order, learned) in learns.into_iter().enumerate() {
            let Some(column) = take(learned.column) else { continue };
            let known = groups.iter_mut().find(|(keys, _)| keys.is_some() && *keys == learned.keys);
            match known {
                Some((_, group)) => group.columns.push((order, learned.field, column)),
                None => {
                    let keys = learned.keys.and_then(&mut take).and_then(|keys| keys.vocabulary());
                    groups
                        .push((learned.keys, Group { keys, columns: vec![(order, learned.field, column)] }));
                }
            }
        }
        Self { groups: groups.into_iter().map(|(_, group)| group).collect() }
    }

    /// Observes rows in order. `field` returns a field of a row. Returns rejected values by row, then by order
    /// of the columns: at most one of each row, and the first of all.
    pub(super) fn observe<'a, R: Copy + Into<u32> + Send + Sync>(
        &mut self,
        rows: impl Iterator<Item = R>,
        field: impl Fn(R, usize) -> Field<'a> + Send + Sync,
        rejected: Rejected,
    ) -> Vec<Rejection> {
        let rows: Vec<R> = rows.collect();
        let mut shares: Vec<Vec<&mut Group<'f>>> = Vec::new();
        shares.resize_with(rayon::current_num_threads().max(1), Vec::new);
        let threads = shares.len();
        self.groups.iter_mut().enumerate().for_each(|(at, group)| shares[at % threads].push(group));
        let of_share = |groups: &mut Vec<&mut Group<'f>>| {
            let mut rejections = Vec::new();
            // The text of some rows stays in the cache while all columns read it.
            for rows in rows.chunks(ROWS_IN_CACHE) {
                groups.iter_mut().for_each(|group| group.observe(rows, &field, rejected, &mut rejections));
            }
            rejections
        };
        let mut rejections: Vec<Rejection> = shares.par_iter_mut().flat_map_iter(of_share).collect();
        rejections.sort_by_key(|&(row, order, _)| (row, order));
        rejections.dedup_by_key(|&mut (row, ..)| row);
        rejections
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_fitted_member_by_member() {
        let parts = [("keys", 1), ("C_keys", 2), ("x", 1), ("C", 2), ("shared", 2)];
        let fields = [("x", 1), ("C", 2)];
        let found = |column, field, keys| learns(&parts, &fields, column, field, keys).collect::<Vec<_>>();
        assert_eq!(found("x", ("x", 0), None), [Learns { column: 3, field: 0, keys: None }]);
        assert_eq!(
            found("x", ("C", 1), Some(("C_keys", 1))),
            [Learns { column: 3, field: 2, keys: Some(2) }]
        );
        assert_eq!(
            found("C", ("C", 0), Some(("C_keys", 0))),
            [Learns { column: 4, field: 1, keys: Some(1) }, Learns { column: 5, field: 2, keys: Some(2) }]
        );
        assert_eq!(
            found("shared", ("C", 0), Some(("keys", 0))),
            [Learns { column: 6, field: 1, keys: Some(0) }, Learns { column: 7, field: 2, keys: Some(0) }]
        );
    }
}
