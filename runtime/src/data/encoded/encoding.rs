//! Encoding of the rows of a source, in parts that are encoded side by side.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rayon::prelude::*;

use super::column_files::Destination;
use super::{EncodedColumn, NONE, Records};
use crate::data::columns::Counting;
use crate::data::distinct_values::DistinctValues;
use crate::data::error::{DataError, FieldError};
use crate::data::features::{Batch, Features};
use crate::data::fitted::{Fitted, Parts};
use crate::data::item_values::EncodedItems;
use crate::data::known::Known;
use crate::data::learn::ROWS_IN_CACHE;
use crate::data::reads::Reads;
use crate::data::row::{Cell, Row};
use crate::data::source::{RawTable, Skipped};
use crate::data::vocabulary::Vocabulary;

/// Inputs that are encoded for the rows of one source.
pub(super) struct Encoding<'a, F: Features> {
    features: &'a F,
    parts: Parts<'a>,
    inputs: Vec<EncodedInput<'a>>,
    /// Distinct values of fields, encoded. The columns have different lengths.
    values: F::Batch,
}

/// An input: its number, the cells of its fields, and the columns that read them.
struct EncodedInput<'a> {
    input: usize,
    cells: Vec<Cell>,
    reads: Vec<(Reads, By<'a>)>,
}

/// Way in which a column is encoded.
enum By<'a> {
    /// By distinct values of its field.
    Values(Places<'a>),
    /// By distinct items of its field.
    Items(EncodedItems<'a>),
    /// By the field of each row.
    Rows,
}

/// Places of the distinct values of a field in an encoded column.
struct Places<'a> {
    values: DistinctValues<'a>,
    /// Place of each value, by its number.
    places: Vec<u32>,
    /// Values that the column rejects.
    rejected: BTreeMap<u32, FieldError>,
}

/// Place of a column: in the inputs of an encoding, and in the columns of the input.
type Order = (usize, usize);

/// Encoded rows of a part of a source.
pub(super) struct Part<B> {
    columns: B,
    /// Rows that are encoded, ascending.
    pub(super) rows: Vec<u32>,
    /// Rejected rows, each with the first column that rejects it.
    refused: Vec<(u32, Order, FieldError)>,
}

impl<'a, F: Features> Encoding<'a, F> {
    /// The inputs of a joined source; 0 is the main source, of which these rows are encoded.
    pub(super) fn new(
        features: &'a F,
        data: &'a RawTable,
        join: usize,
        main_rows: &[u32],
    ) -> Result<Self, DataError> {
        let own = features.inputs().iter().enumerate().filter(|(_, info)| info.source == join);
        let (mut values, parts, mut inputs) = (features.batch(), features.parts(), Vec::new());
        for (input, info) in own {
            let cells = data.cells(info)?;
            let reads = features.reads(input);
            let mut columns = values.columns_mut(input);
            let by = reads.par_iter().zip(&mut columns[..]).map(|(read, into)| {
                if join > 0 {
                    return By::Rows;
                }
                let (part, keys) = part_of(&parts, read);
                match Known::of(data, cells.get(read.field), part) {
                    Known::Values(values) => {
                        By::Values(Places::encoded(values, main_rows, &parts, read, &mut **into))
                    }
                    Known::Items(items) => {
                        let column = part.items().zip(keys);
                        let items = column
                            .and_then(|(column, keys)| EncodedItems::new(column, items, main_rows, keys));
                        items.map_or(By::Rows, By::Items)
                    }
                    Known::Rows => By::Rows,
                }
            });
            let by: Vec<_> = by.collect();
            inputs.push(EncodedInput { input, cells, reads: reads.into_iter().zip(by).collect() });
        }
        Ok(Self { features, parts, inputs, values })
    }

    /// Returns whether some columns are encoded from the fields of each row.
    pub(super) fn reads_fields(&self) -> bool {
        self.inputs.iter().flat_map(|input| &input.reads).any(|(_, by)| matches!(by, By::Rows))
    }

    /// Encodes rows, each with its fields.
    pub(super) fn part<'r>(
        &'r self,
        rows: impl Iterator<Item = u32>,
        fields: impl Fn(u32, &'r [Cell]) -> Row<'r>,
    ) -> Part<F::Batch> {
        let rows: Vec<u32> = rows.collect();
        let mut columns = self.features.batch();
        // Places of rejected rows: with the first reason, and for each column those that it rejects.
        let mut refused = Refused::default();
        let mut rejected: Vec<Vec<Vec<usize>>> = Vec::new();
        for (order, EncodedInput { input, cells, reads }) in self.inputs.iter().enumerate() {
            let values = self.values.columns(*input);
            let mut into = columns.columns_mut(*input);
            let mut own = vec![Vec::new(); into.len()];
            for (at, (read, by)) in reads.iter().enumerate() {
                let mut refuse = |row: usize, error: FieldError| {
                    own[at].push(row);
                    refused.add(row, (order, at), error);
                };
                match by {
                    By::Values(places) => {
                        let found = places.values.rows_with(&places.rejected, &rows);
                        found.for_each(|(row, _, error)| refuse(row, error.clone()));
                        values[at].gather(&places.of(&rows), &mut *into[at]);
                    }
                    By::Items(items) => items.append(&rows, &mut *into[at], read.counting, refuse),
                    By::Rows => {}
                }
            }
            // The text of some rows stays in the cache while all columns read it.
            for (block, rows) in rows.chunks(ROWS_IN_CACHE).enumerate() {
                for (at, (read, _)) in reads.iter().enumerate().filter(|(_, (_, by))| matches!(by, By::Rows))
                {
                    let (part, keys) = part_of(&self.parts, read);
                    for (place, &row) in (block * ROWS_IN_CACHE..).zip(rows) {
                        let field = fields(row, cells).field(read.field);
                        if let Err(error) = part.encode(&field, keys, &mut *into[at], read.counting) {
                            // Items of an open record may be left.
                            let whole = into[at].rows();
                            into[at].truncate(whole);
                            own[at].push(place);
                            refused.add(place, (order, at), error);
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
        let Refused(refused) = refused;
        if refused.is_empty() {
            return Part { columns, rows, refused: Vec::new() };
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
        let refused = refused.into_iter().map(|(at, (order, error))| (rows[at], order, error)).collect();
        Part { columns: kept, rows: kept_rows, refused }
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
        for (row, (input, place), error) in part.refused {
            let EncodedInput { cells, reads, .. } = &self.inputs[input];
            let error = data.refused_value(source, row, &cells[reads[place].0.field], error);
            skipped.take(data.spec().on_error, (source, row), error)?;
        }
        Ok(part.rows)
    }
}

/// Returns the column that reads a field, and its vocabulary.
fn part_of<'p>(parts: &Parts<'p>, read: &Reads) -> (&'p dyn Fitted, Option<&'p Vocabulary>) {
    (parts[read.column].1, read.keys.and_then(|keys| parts[keys].1.vocabulary()))
}

impl<'a> Places<'a> {
    /// Encodes the values of rows.
    fn encoded(
        values: DistinctValues<'a>,
        rows: &[u32],
        parts: &Parts<'_>,
        read: &Reads,
        into: &mut dyn EncodedColumn,
    ) -> Self {
        let (part, keys) = part_of(parts, read);
        let mut places = vec![NONE; values.count()];
        let rejected = values.each(rows, |number, value, times| {
            let counting = match read.counting {
                Counting::Uncounted => Counting::Uncounted,
                Counting::Counted | Counting::Times(_) => Counting::Times(times),
            };
            let place = into.rows();
            let encoded = part.encode(value, keys, into, counting);
            match encoded {
                Ok(()) => places[number as usize] = place as u32,
                // Items of an open record may be left.
                Err(_) => into.truncate(place),
            }
            encoded
        });
        Self { values, places, rejected }
    }

    /// Returns the places of the values of rows, without rejected ones.
    fn of(&self, rows: &[u32]) -> Vec<u32> {
        let places = rows.iter().map(|&row| self.places[self.values.number(row) as usize]);
        match self.rejected.is_empty() {
            true => places.collect(),
            false => places.filter(|&place| place != NONE).collect(),
        }
    }
}

/// Places of rejected rows, each with the reason of its first column.
#[derive(Default)]
struct Refused(BTreeMap<usize, (Order, FieldError)>);

impl Refused {
    fn add(&mut self, at: usize, order: Order, error: FieldError) {
        match self.0.entry(at) {
            Entry::Vacant(entry) => drop(entry.insert((order, error))),
            Entry::Occupied(mut entry) if order < entry.get().0 => drop(entry.insert((order, error))),
            Entry::Occupied(_) => {}
        }
    }
}

/// Returns the places of rows that no column rejects in a column without those that it rejects itself.
fn places_of_kept(
    rows: usize,
    rejected: &[usize],
    refused: &BTreeMap<usize, (Order, FieldError)>,
) -> Vec<u32> {
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
        let error = || ((0, 0), FieldError::new("x", &Field::Missing, FieldFault::MissingTime));
        let refused = BTreeMap::from([(1, error()), (3, error())]);
        assert_eq!(places_of_kept(5, &[], &refused), [0, 2, 4]);
        assert_eq!(places_of_kept(5, &[1], &refused), [0, 1, 3]);
        assert_eq!(places_of_kept(5, &[1, 3], &refused), [0, 1, 2]);
    }
}
