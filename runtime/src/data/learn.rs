//! Fitting of columns in parallel: each column, or group of columns that share a vocabulary, observes all rows
//! in order on one thread, so that results do not depend on the number of threads.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::columns::Counting;
use super::distinct_values::DistinctValues;
use super::error::FieldError;
use super::features::Features;
use super::field::Field;
use super::fitted::Fitted;
use super::item_values::observe_items;
use super::known::Known;
use super::vocabulary::Vocabulary;

/// Number of rows whose text fits into the cache of a core.
pub(super) const ROWS_IN_CACHE: usize = 256;

/// Columns that are fitted together, with the fields that they read.
struct Group<'f> {
    keys: Option<&'f mut Vocabulary>,
    /// Order, field, and column.
    columns: Vec<(Order, usize, &'f mut dyn Fitted)>,
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
                let Err(error) = column.observe(&field(row, *own), self.keys.as_deref_mut(), 1) else {
                    continue;
                };
                rejections.push((row.into(), *order, error));
                if rejected == Rejected::First {
                    break;
                }
            }
        }
    }

    /// Observes each distinct value or item of the rows once, unless a column learns in order. `known` has the values
    /// of the fields of the input's columns. `unread` gets the columns that have to read each row.
    fn observe_known(
        &mut self,
        rows: &[u32],
        known: &[Known<'_>],
        rejected: Rejected,
        rejections: &mut Vec<Rejection>,
        unread: &mut Vec<usize>,
    ) {
        for (order, _, column) in &mut self.columns {
            let keys = self.keys.as_deref_mut();
            match &known[order.1] {
                Known::Values(values) => {
                    let reasons = observe_values(*column, keys, values, rows);
                    let limit = if rejected == Rejected::First { 1 } else { usize::MAX };
                    let found = values.rows_with(&reasons, rows).take(limit);
                    rejections.extend(found.map(|(_, row, error)| (row, *order, error.clone())));
                }
                Known::Items(items) => {
                    let column = column.items().zip(keys);
                    if !column.is_some_and(|(column, keys)| observe_items(column, items, rows, keys)) {
                        unread.push(order.1);
                    }
                }
                Known::Rows => unread.push(order.1),
            }
        }
    }
}

/// Observes each distinct value of the rows once, unless the column learns in order. Returns the values that it
/// rejects.
fn observe_values(
    column: &mut dyn Fitted,
    mut keys: Option<&mut Vocabulary>,
    values: &DistinctValues<'_>,
    rows: &[u32],
) -> BTreeMap<u32, FieldError> {
    let Some(column) = column.learns_in_order() else {
        return values.each(rows, |_, value, times| column.observe(value, keys.as_deref_mut(), times.into()));
    };
    let mut numbers = vec![None; values.count()];
    let reasons = values.each(rows, |number, value, _| {
        numbers[number as usize] = column.observed(value)?;
        Ok(())
    });
    let number = |&row: &u32| numbers[values.number(row) as usize];
    rows.iter().filter_map(number).for_each(|number| column.learn(number));
    reasons
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

/// Order of a column: its input, and its place among the columns of the input.
pub(super) type Order = (usize, usize);

/// Rejection of a value: row, order of the column, and reason.
pub(super) type Rejection = (u32, Order, FieldError);

impl<'f> Learning<'f> {
    /// The columns that an input fits, of those that are wanted by their places among the columns of the input.
    pub(super) fn new<F: Features>(
        features: &'f mut F,
        input: usize,
        is_wanted: impl Fn(usize) -> bool,
    ) -> Self {
        let reads = features.reads(input).into_iter().enumerate();
        let mut parts: Vec<Option<&mut dyn Fitted>> =
            features.parts_mut().into_iter().map(|(_, part)| Some(part)).collect();
        let mut take = |at: usize| parts.get_mut(at).and_then(Option::take);
        let mut groups: Vec<(Option<usize>, Group<'f>)> = Vec::new();
        let counted = reads.filter(|(_, read)| read.counting == Counting::Counted);
        for (place, learned) in counted.filter(|(place, _)| is_wanted(*place)) {
            let order = (input, place);
            let Some(column) = take(learned.column) else { continue };
            let known = groups.iter_mut().find(|(keys, _)| keys.is_some() && *keys == learned.keys);
            match known {
                Some((_, group)) => group.columns.push((order, learned.field, column)),
                None => {
                    let keys = learned.keys.and_then(&mut take).and_then(|keys| keys.vocabulary_mut());
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
        in_order(shares.par_iter_mut().flat_map_iter(of_share).collect())
    }

    /// Observes rows of the main source like [`Learning::observe`], by the values of each column that are known. Returns
    /// the places of the columns that have to read each row, too.
    pub(super) fn observe_known(
        &mut self,
        rows: &[u32],
        known: &[Known<'_>],
        rejected: Rejected,
    ) -> (Vec<Rejection>, Vec<usize>) {
        let of_group = |group: &mut Group<'f>| {
            let (mut rejections, mut unread) = (Vec::new(), Vec::new());
            group.observe_known(rows, known, rejected, &mut rejections, &mut unread);
            (rejections, unread)
        };
        let (rejections, unread): (Vec<_>, Vec<_>) = self.groups.par_iter_mut().map(of_group).unzip();
        (in_order(rejections.concat()), unread.concat())
    }
}

/// Returns rejected values by row, then by order of the columns, one of each row.
pub(super) fn in_order(mut rejections: Vec<Rejection>) -> Vec<Rejection> {
    rejections.sort_by_key(|&(row, order, _)| (row, order));
    rejections.dedup_by_key(|&mut (row, ..)| row);
    rejections
}
