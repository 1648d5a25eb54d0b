//! Encoding of the rows of a source, in parts that are encoded side by side.

use std::collections::BTreeMap;

use super::Records;
use super::column_files::Destination;
use crate::checksum::Checksum;
use crate::data::error::{DataError, FieldError};
use crate::data::features::{Batch, Features};
use crate::data::fitted::Parts;
use crate::data::learn::ROWS_IN_CACHE;
use crate::data::reads::Reads;
use crate::data::row::{Cell, Row};
use crate::data::source::{RawTable, Skipped};

/// Inputs that are encoded for the rows of one source.
pub(super) struct Encoding<'a, F> {
    features: &'a F,
    parts: Parts<'a>,
    inputs: Vec<EncodedInput>,
}

/// An input: its number, the cells of its fields, and the columns that read them.
struct EncodedInput {
    input: usize,
    cells: Vec<Cell>,
    reads: Vec<Reads>,
}

/// Encoded rows of a part of a source.
pub(super) struct Part<B> {
    columns: B,
    /// Rows that are encoded, ascending.
    pub(super) rows: Vec<u32>,
    /// Sum of the cells of each encoded row, if sums are wanted.
    pub(super) sums: Vec<Checksum>,
    /// Rejected rows.
    refused: Vec<(u32, FieldError)>,
}

impl<'a, F: Features> Encoding<'a, F> {
    /// The inputs of a joined source; 0 is the main source.
    pub(super) fn new(features: &'a F, data: &RawTable, join: usize) -> Result<Self, DataError> {
        let own = features.inputs().iter().enumerate().filter(|(_, info)| info.source == join);
        let inputs = own.map(|(input, info)| {
            Ok(EncodedInput { input, cells: data.cells(info)?, reads: features.reads(input) })
        });
        Ok(Self { features, parts: features.parts(), inputs: inputs.collect::<Result<_, DataError>>()? })
    }

    /// Encodes rows, each with its fields: blocks of rows that stay in the cache, column by column.
    pub(super) fn part<'r>(
        &'r self,
        rows: impl Iterator<Item = u32>,
        fields: impl Fn(u32, &'r [Cell]) -> Row<'r>,
    ) -> Part<F::Batch> {
        let rows: Vec<u32> = rows.collect();
        let mut columns = self.features.batch();
        // Places of rejected rows: with the first reason, and for each column those that it rejects.
        let mut refused: BTreeMap<usize, FieldError> = BTreeMap::new();
        let mut rejected: Vec<Vec<Vec<usize>>> = Vec::new();
        for EncodedInput { input, cells, reads } in &self.inputs {
            let mut own = vec![Vec::new(); reads.len().max(1)];
            let mut into = columns.columns_mut(*input);
            for (block, rows) in rows.chunks(ROWS_IN_CACHE).enumerate() {
                for ((read, into), own) in reads.iter().zip(&mut into).zip(&mut own) {
                    let part = self.parts[read.column].1;
                    let keys = read.keys.and_then(|keys| self.parts[keys].1.vocabulary());
                    for (at, &row) in rows.iter().enumerate() {
                        let field = fields(row, cells).field(read.field);
                        let encoded = part.encode(&field, keys, &mut **into, read.counting);
                        if let Err(error) = encoded {
                            // Items of an open record may be left.
                            let whole = into.rows();
                            into.truncate(whole);
                            own.push(block * ROWS_IN_CACHE + at);
                            refused.entry(block * ROWS_IN_CACHE + at).or_insert(error);
                        }
                    }
                }
            }
            if reads.is_empty() {
                // An input without columns counts its records, and there is room for any number.
                for column in &mut into {
                    let _ = column.append(&Records::new(rows.len()));
                }
            }
            rejected.push(own);
        }
        if refused.is_empty() {
            return Part { columns, rows, sums: Vec::new(), refused: Vec::new() };
        }
        let mut kept = self.features.batch();
        for (EncodedInput { input, .. }, rejected) in self.inputs.iter().zip(&rejected) {
            let own = columns.columns(*input).into_iter().zip(kept.columns_mut(*input)).zip(rejected);
            for ((column, into), rejected) in own {
                column.gather(&places_of_kept(rows.len(), rejected, &refused), into);
            }
        }
        let is_kept = |(at, _): &(usize, &u32)| !refused.contains_key(at);
        let kept_rows = rows.iter().enumerate().filter(is_kept).map(|(_, &row)| row).collect();
        let refused = refused.into_iter().map(|(at, error)| (rows[at], error)).collect();
        Part { columns: kept, rows: kept_rows, sums: Vec::new(), refused }
    }

    /// Appends the rows of a part to the encoded ones. Returns those that are encoded.
    pub(super) fn append(
        &self,
        data: &RawTable,
        source: usize,
        part: Part<F::Batch>,
        into: &mut Destination<'_, F::Batch>,
        skipped: &mut Skipped,
    ) -> Result<Vec<u32>, DataError> {
        for EncodedInput { input, .. } in &self.inputs {
            into.append(*input, self.features.inputs()[*input].name, &part.columns)?;
        }
        for (row, error) in part.refused {
            skipped.take(data.spec().on_error, data.refused(source, row, error))?;
        }
        Ok(part.rows)
    }
}

/// Returns the places of rows that no column rejects in a column without those that it rejects itself.
fn places_of_kept(rows: usize, rejected: &[usize], refused: &BTreeMap<usize, FieldError>) -> Vec<u32> {
    let mut own = rejected.iter().peekable();
    let mut place = 0;
    let mut places = Vec::new();
    for at in 0..rows {
        if own.next_if(|&&rejected| rejected == at).is_some() {
            continue;
        }
        if !refused.contains_key(&at) {
            places.push(place);
        }
        place += 1;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::error::FieldFault;
    use crate::data::field::Field;

    #[test]
    fn kept_rows_are_found_in_columns_that_lack_others() {
        let error = || FieldError::new("x", &Field::Missing, FieldFault::MissingTime);
        let refused = BTreeMap::from([(1, error()), (3, error())]);
        assert_eq!(places_of_kept(5, &[], &refused), [0, 2, 4]);
        assert_eq!(places_of_kept(5, &[1], &refused), [0, 1, 3]);
        assert_eq!(places_of_kept(5, &[1, 3], &refused), [0, 1, 2]);
    }
}
