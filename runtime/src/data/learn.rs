//! Fitting of columns in parallel: each column, or group of columns that share a vocabulary, observes all rows
//! in order on one thread, so that results do not depend on the number of threads.

use rayon::prelude::*;

use super::columns::Counting;
use super::error::FieldError;
use super::features::Features;
use super::field::Field;
use super::fitted::Fitted;
use super::vocabulary::Vocabulary;

/// Number of rows whose text fits into the cache of a core.
pub(super) const ROWS_IN_CACHE: usize = 256;

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
        let reads = features.reads(input);
        let mut parts: Vec<Option<&mut dyn Fitted>> =
            features.parts_mut().into_iter().map(|(_, part)| Some(part)).collect();
        let mut take = |at: usize| parts.get_mut(at).and_then(Option::take);
        let mut groups: Vec<(Option<usize>, Group<'f>)> = Vec::new();
        for (order, learned) in
            reads.into_iter().filter(|read| read.counting == Counting::Counted).enumerate()
        {
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
        let mut rejections: Vec<Rejection> = shares.par_iter_mut().flat_map_iter(of_share).collect();
        rejections.sort_by_key(|&(row, order, _)| (row, order));
        rejections.dedup_by_key(|&mut (row, ..)| row);
        rejections
    }
}
