//! Lookup of the rows of a batch in all tables of a model, on all threads. Outside of training, rows of small tables are
//! read in place.

use std::sync::Arc;

use super::Embedding;
use crate::data::NONE;
use crate::ops::{Device, DistinctRows, Pass, share};

/// Rows whose values are read at once.
const ROWS_AT_ONCE: usize = 256;

/// Number of ids from which threads divide the tables.
const WORTH_SHARING: usize = 1 << 13;

/// Columns of ids that are looked up in a table.
#[derive(Debug)]
pub struct Lookup<'a> {
    /// The table.
    pub table: &'a Embedding,
    /// Rows of the table by column. Ids beyond the table count as `NONE`; the reader of the data checks bounds.
    pub columns: Vec<&'a [u32]>,
}

/// Rows of a lookup.
#[derive(Debug, Default)]
pub struct FoundRows {
    /// Distinct table rows in order of first use. Empty if the table is read in place.
    pub(super) rows: Vec<u32>,
    /// Number of the row in `values` of each id of each column.
    pub(super) slots: Vec<Arc<Vec<u32>>>,
    /// Values of the distinct rows, or of the whole table.
    pub(super) values: Arc<Vec<f32>>,
    pub(super) trained: bool,
}

impl Lookup<'_> {
    /// Returns the rows of a table that is read in place.
    fn in_place(&self) -> Option<FoundRows> {
        let values = self.table.settled()?.clone();
        let limit = self.table.rows() as u32;
        let slots = |ids: &&[u32]| ids.iter().map(|&id| if id < limit { id } else { NONE }).collect();
        let slots = self.columns.iter().map(|ids| Arc::new(slots(ids))).collect();
        Some(FoundRows { rows: Vec::new(), slots, values, trained: false })
    }

    /// Numbers the rows; their values are zeros.
    fn find(&self, distinct: &mut DistinctRows, has_gradients: bool) -> FoundRows {
        let (rows, slots) = distinct.number(&self.columns, self.table.rows());
        let values = Arc::new(vec![0.0; rows.len() * self.table.width()]);
        let trained = !self.table.is_frozen() && has_gradients;
        FoundRows { rows, slots: slots.into_iter().map(Arc::new).collect(), values, trained }
    }
}

/// Finds the rows of each lookup.
pub fn find_rows<D: Device>(lookups: Vec<Lookup<'_>>, pass: &mut Pass<D>) -> Vec<FoundRows> {
    let has_gradients = pass.has_gradients();
    let reads_in_place = D::READS_HOST_MEMORY && !has_gradients;
    let ids = |lookup: &Lookup<'_>| lookup.columns.iter().map(|column| column.len()).sum::<usize>();
    let is_worth = lookups.iter().map(ids).sum::<usize>() >= WORTH_SHARING;
    let memory = pass.distinct_rows(lookups.len());
    let mut work: Vec<_> = lookups
        .into_iter()
        .zip(memory)
        .map(|(lookup, memory)| (lookup, memory, FoundRows::default()))
        .collect();
    let find = |(lookup, memory, found): &mut (Lookup<'_>, &mut DistinctRows, FoundRows)| {
        let in_place = if reads_in_place { lookup.in_place() } else { None };
        *found = in_place.unwrap_or_else(|| lookup.find(memory, has_gradients));
    };
    run(is_worth, &mut work, find);
    let reads = work.iter_mut().flat_map(|(lookup, _, FoundRows { rows, values, .. })| {
        // Values that the table shares are read in place.
        let values = Arc::get_mut(values).map_or(&mut [][..], |values| &mut values[..]);
        let parts = values.chunks_mut(ROWS_AT_ONCE * lookup.table.width().max(1));
        rows.chunks(ROWS_AT_ONCE).zip(parts).map(|(rows, values)| (lookup.table, rows, values))
    });
    run(is_worth, &mut reads.collect::<Vec<_>>(), |(table, rows, values)| {
        table.read(rows, has_gradients, values);
    });
    work.into_iter().map(|(_, _, found)| found).collect()
}

/// Calls `each` for each piece of work, on all threads if it is worth sharing.
fn run<W: Send>(is_worth: bool, work: &mut [W], each: impl Fn(&mut W) + Sync) {
    match is_worth {
        true => share(work, each),
        false => work.iter_mut().for_each(each),
    }
}
