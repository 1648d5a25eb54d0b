//! Fitting of features.

use turret_schema::OnError;

use super::error::{DataError, FieldError};
use super::known::Known;
use super::learn::{Learning, Order, Rejected, Rejection, in_order};
use super::row::{Cell, Row};
use super::source::{Numbered, RawTable};
use crate::data::{Features, InputInfo};

/// Fits features on the training rows. Inputs of a joined source are fitted on all rows of the source,
/// because a catalog is known before training.
pub fn fit<F: Features>(features: &mut F, data: &RawTable) -> Result<(), DataError> {
    let rejected = match data.spec().on_error {
        OnError::Stop => Rejected::First,
        OnError::Skip | OnError::Substitute => Rejected::All,
    };
    observe(features, data, &data.train, rejected, &mut |_, _, error| match rejected {
        Rejected::First => Err(error),
        Rejected::All => Ok(()),
    })?;
    Ok(features.finish(data.folder())?)
}

/// Decides on a rejected value of a row of a source.
pub type RefuseRow<'a> = &'a mut dyn FnMut(usize, u32, DataError) -> Result<(), DataError>;

/// A row of the main source, and the place of its chunk.
#[derive(Clone, Copy)]
struct ChunkRow {
    row: u32,
    chunk: usize,
}

impl From<ChunkRow> for u32 {
    fn from(at: ChunkRow) -> Self {
        at.row
    }
}

/// Observes rows of the main source and all rows of joined sources. `refuse` is called with the source and
/// row of rejected values. The other values of a rejected row are still observed.
pub(super) fn observe<F: Features>(
    features: &mut F,
    data: &RawTable,
    rows: &[u32],
    rejected: Rejected,
    refuse: RefuseRow<'_>,
) -> Result<(), DataError> {
    let all = features.inputs();
    let inputs = || all.iter().enumerate();
    let mut main = Vec::new();
    for (input, info) in inputs().filter(|(_, info)| info.source == 0) {
        main.push((input, data.cells(info)?));
    }
    let mut scanned = Vec::new();
    let mut rejections = Vec::new();
    for (input, cells) in &main {
        let parts = features.parts();
        let reads = features.reads(*input);
        let known = reads.iter().map(|read| Known::of(data, cells.get(read.field), parts[read.column].1));
        let known: Vec<Known<'_>> = known.collect();
        let (found, unread) = Learning::new(features, *input, |_| true).observe_known(rows, &known, rejected);
        rejections.extend(found);
        if !unread.is_empty() {
            scanned.push((*input, cells, unread));
        }
    }
    // Inputs ascend, and so do their numbers.
    let reads: Vec<_> = main.iter().map(|(input, _)| features.reads(*input)).collect();
    let cell = |(input, place): Order| {
        let at = main.partition_point(|&(own, _)| own < input);
        &main[at].1[reads[at][place].field]
    };
    let mut rejections = in_order(rejections);
    if !scanned.is_empty() {
        data.scan(&mut |chunks| {
            let rows = rows_of(chunks, rows);
            for (input, cells, unread) in &scanned {
                let field = |at: ChunkRow, field: usize| {
                    let (first, chunk) = &chunks[at.chunk];
                    Row::joined(data, cells, chunk, *first, at.row).field(field)
                };
                let mut learning = Learning::new(features, *input, |place| unread.contains(&place));
                rejections.extend(learning.observe(rows.iter().copied(), field, rejected));
            }
            let end = chunks.last().map_or(0, |(first, chunk)| first + chunk.rows() as u32);
            rejections = in_order(std::mem::take(&mut rejections));
            let later = rejections.split_off(rejections.partition_point(|&(row, ..)| row < end));
            refuse_all(data, 0, std::mem::replace(&mut rejections, later), &cell, refuse)
        })?;
    }
    refuse_all(data, 0, rejections, &cell, refuse)?;
    for (input, info) in inputs().filter(|(_, info)| info.source > 0) {
        let (cells, source) = (data.cells(info)?, data.joined_source(info.source)?);
        let table = data.table(source);
        let rows = (0..table.rows()).filter(|&row| !data.is_left_out(source, row));
        let field = |row: u32, at: usize| Row::source(table, &cells, row).field(at);
        let reads = features.reads(input);
        let rejections = Learning::new(features, input, |_| true).observe(rows, field, rejected);
        refuse_all(data, source, rejections, &|(_, place)| &cells[reads[place].field], refuse)?;
    }
    Ok(())
}

/// Calls `refuse` with rejected values of rows of a source. `cell` returns the cell that a column reads.
fn refuse_all<'c>(
    data: &RawTable,
    source: usize,
    rejections: Vec<Rejection>,
    cell: &dyn Fn(Order) -> &'c Cell,
    refuse: RefuseRow<'_>,
) -> Result<(), DataError> {
    let mut rejections = rejections.into_iter();
    rejections.try_for_each(|(row, order, error)| {
        refuse(source, row, data.refused_value(source, row, cell(order), error))
    })
}

/// Returns the rows that lie in some chunks. Both ascend.
fn rows_of(chunks: &[Numbered], rows: &[u32]) -> Vec<ChunkRow> {
    let mut found = Vec::new();
    for (at, (first, chunk)) in chunks.iter().enumerate() {
        let own = in_chunk(rows, *first, chunk.rows());
        found.extend(own.iter().map(|&row| ChunkRow { row, chunk: at }));
    }
    found
}

/// Returns the rows, which ascend, that lie in a chunk.
pub(super) fn in_chunk(rows: &[u32], first: u32, count: usize) -> &[u32] {
    let from = rows.partition_point(|&row| row < first);
    let until = rows.partition_point(|&row| row < first + count as u32);
    &rows[from..until]
}

/// Calls `observe` with each row of an input: `rows` of the main source, which ascend, or the first `limit` of
/// a joined one. It returns the field of a rejected value with the reason. `refuse` is called with the source and
/// index of a rejected row, and decides whether to stop.
pub fn observe_input(
    data: &RawTable,
    info: &InputInfo<'_>,
    rows: &[u32],
    limit: usize,
    refuse: RefuseRow<'_>,
    mut observe: impl FnMut(&Row<'_>) -> Result<(), (usize, FieldError)>,
) -> Result<(), DataError> {
    let cells: Vec<Cell> = data.cells(info)?;
    let source = data.joined_source(info.source)?;
    let mut observe = |row: u32, fields: Row<'_>| {
        observe(&fields).or_else(|(field, error)| {
            refuse(source, row, data.refused_value(source, row, &cells[field], error))
        })
    };
    if info.source == 0 {
        return data.scan(&mut |chunks| {
            for (first, chunk) in chunks {
                let mut rows = in_chunk(rows, *first, chunk.rows()).iter();
                rows.try_for_each(|&row| observe(row, Row::joined(data, &cells, chunk, *first, row)))?;
            }
            Ok(())
        });
    }
    let rows = (data.table(source).rows() as usize).min(limit) as u32;
    let mut kept = (0..rows).filter(|&row| !data.is_left_out(source, row));
    kept.try_for_each(|row| observe(row, Row::source(data.table(source), &cells, row)))
}
