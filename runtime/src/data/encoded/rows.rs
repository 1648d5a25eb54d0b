//! Encoding of the rows of each source, in parts that are encoded side by side and taken in order.

use rayon::prelude::*;

use super::NONE;
use super::column_files::Destination;
use super::dataset::ROWS_AT_ONCE;
use super::encoding::{Encoding, Part};
use super::numbering::Numbering;
use super::values::Values;
use crate::data::error::DataError;
use crate::data::features::Features;
use crate::data::fit::in_chunk;
use crate::data::overlap::overlapped;
use crate::data::row::Row;
use crate::data::source::{Numbered, RawTable, Skipped};

/// Number of rows that a thread encodes at once.
const ROWS_OF_PART: usize = 1 << 14;

/// Encodes the rows of the main source. Returns their numbers.
pub(super) fn encode_main<F: Features>(
    features: &F,
    data: &RawTable,
    into: &mut Destination<'_, F::Batch>,
    skipped: &mut Skipped,
) -> Result<Numbering, DataError> {
    let mut numbering = Numbering::new(data.rows());
    each_main(features, data, &data.split_rows(), |encoding, part| {
        let rows = encoding.append(data, 0, part, into, skipped)?;
        rows.into_iter().for_each(|row| numbering.push(row));
        Ok(())
    })?;
    Ok(numbering)
}

/// Encodes rows of the main source in parts, which are taken in order.
fn each_main<F: Features>(
    features: &F,
    data: &RawTable,
    rows: &[u32],
    mut take: impl FnMut(&Encoding<'_, F>, Part<F::Batch>) -> Result<(), DataError> + Send,
) -> Result<(), DataError> {
    let encoding = Encoding::new(features, data, 0, rows)?;
    let mut take_all =
        |parts: Vec<Part<F::Batch>>| parts.into_iter().try_for_each(|part| take(&encoding, part));
    if encoding.reads_fields() {
        return data.scan(&mut |chunks| {
            let part = |(first, chunk): &Numbered| {
                let rows = in_chunk(rows, *first, chunk.rows()).iter().copied();
                encoding.part(rows, |row, cells| Row::joined(data, cells, chunk, *first, row))
            };
            take_all(chunks.par_iter().map(part).collect())
        });
    }
    let at_once = ROWS_OF_PART * 2 * rayon::current_num_threads();
    let mut groups = rows.chunks(at_once);
    let part = |rows: &[u32]| encoding.part(rows.iter().copied(), |_, _| Row::of(&[]));
    let parts = |rows: &[u32]| rows.par_chunks(ROWS_OF_PART).map(part).collect::<Vec<_>>();
    overlapped(|| groups.next().map(parts), take_all)
}

/// Encodes the rows of a joined source. Returns the encoded row of each row, with [`NONE`] for others,
/// or `None` if they are the same.
pub(super) fn encode_joined<F: Features>(
    features: &F,
    data: &RawTable,
    join: usize,
    columns: &mut F::Batch,
    skipped: &mut Skipped,
) -> Result<Option<Vec<u32>>, DataError> {
    let source = data.joined_source(join)?;
    let mut numbering = Numbering::new(data.table(source).rows() as usize);
    let mut into = Destination::Memory(columns);
    let is_kept = |row: u32| !data.is_left_out(source, row);
    each_joined(features, data, join, is_kept, |encoding, part| {
        let rows = encoding.append(data, source, part, &mut into, skipped)?;
        rows.into_iter().for_each(|row| numbering.push(row));
        Ok(())
    })?;
    Ok(numbering.unless_as_read())
}

/// Encodes rows of a joined source in parts, which are taken in order.
fn each_joined<F: Features>(
    features: &F,
    data: &RawTable,
    join: usize,
    is_kept: impl Fn(u32) -> bool + Sync,
    mut take: impl FnMut(&Encoding<'_, F>, Part<F::Batch>) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let source = data.joined_source(join)?;
    let (encoding, table) = (Encoding::new(features, data, join, &[])?, data.table(source));
    let starts: Vec<u32> = (0..table.rows()).step_by(ROWS_AT_ONCE).collect();
    let part = |&start: &u32| {
        let rows = (start..table.rows().min(start + ROWS_AT_ONCE as u32)).filter(|&row| is_kept(row));
        encoding.part(rows, |row, cells| Row::source(table, cells, row))
    };
    starts.par_iter().map(part).collect::<Vec<_>>().into_iter().try_for_each(|part| take(&encoding, part))
}

/// Counts the policies that columns apply to rows, in place of those that were counted while rows were encoded which
/// are left out: to the whole rows of the main source, and to the encoded ones of joined sources. `encoded` has the
/// encoded row of each row of each source.
pub(super) fn count_policies<F: Features>(
    features: &F,
    data: &RawTable,
    encoded: &[Option<Values<u32>>],
    is_whole: impl Fn(&u32) -> bool,
) -> Result<(), DataError> {
    features.take_counts();
    let rows: Vec<u32> = data.split_rows().iter().copied().filter(is_whole).collect();
    each_main(features, data, &rows, |_, _| Ok(()))?;
    for (join, encoded) in encoded.iter().enumerate().skip(1) {
        let source = data.joined_source(join)?;
        let is_encoded = |row: u32| match encoded {
            Some(encoded) => encoded[row as usize] != NONE,
            None => !data.is_left_out(source, row),
        };
        each_joined(features, data, join, is_encoded, |_, _| Ok(()))?;
    }
    Ok(())
}
