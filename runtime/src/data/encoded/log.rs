//! Encoded rows in the order of a log, and the histories of users among them.

use std::path::Path;

use turret_schema::HistorySpec;

use super::NONE;
use super::column_files::Destination;
use crate::data::error::DataError;
use crate::data::features::{Batch, Features};
use crate::data::held_out::HeldOut;
use crate::data::history::{ExampleRows, Histories};
use crate::data::source::{RawTable, RowFiles};

/// Number of rows that are gathered at once when encoded rows are put in order.
const ROWS_OF_BLOCK: usize = 1 << 16;

/// Returns the checked histories of encoded rows, and the rows that are examples.
fn histories_of<'f>(
    data: &RawTable,
    spec: &HistorySpec,
    encoded: &[u32],
    files: &'f mut RowFiles,
) -> Result<(Histories<'f>, ExampleRows), DataError> {
    let histories = Histories::new(spec, data.timeline(), encoded, files)?;
    let mut parts = vec![None; data.rows()];
    for part in [HeldOut::Validate, HeldOut::Test] {
        data.held_out(part).iter().for_each(|&row| parts[row as usize] = Some(part));
    }
    let place = |row| data.place(row);
    let examples = histories.examples(spec, data.timeline(), encoded, &parts, place)?;
    Ok((histories, examples))
}

/// Histories of data without rejected rows, as training will look back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogHistories {
    /// Places of the rows among those of the split, by user and time.
    pub rows: Vec<u32>,
    /// Examples of the training split.
    pub train: Vec<Example>,
    /// Examples of the validation split.
    pub validate: Vec<Example>,
    /// Examples of the test split.
    pub test: Vec<Example>,
}

/// A row with a history that is long enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// The row of the main source.
    pub row: u32,
    /// First and end of its history, among the rows by user and time.
    pub history: [u32; 2],
}

/// Returns the histories of data without rejected rows, after a check that they contain only earlier rows, and that
/// some training row has a history that is long enough. `None` if the spec has no histories.
pub fn log_histories(data: &RawTable) -> Result<Option<LogHistories>, DataError> {
    let Some(spec) = &data.spec().history else { return Ok(None) };
    // Encoded rows if no column rejects a row.
    let mut encoded = vec![NONE; data.rows()];
    data.split_rows().iter().enumerate().for_each(|(place, &row)| encoded[row as usize] = place as u32);
    let rows = in_time(data, &mut encoded);
    let mut files = RowFiles::new(None);
    let (histories, examples) = histories_of(data, spec, &encoded, &mut files)?;
    if examples.train.is_empty() {
        return Err(examples.summary.no_examples(spec.min));
    }
    let example = |row: u32| Example { row, history: histories.span(encoded[row as usize]) };
    let of = |rows: Vec<u32>| rows.into_iter().map(example).collect();
    let ExampleRows { train, validate, test, .. } = examples;
    Ok(Some(LogHistories { rows, train: of(train), validate: of(validate), test: of(test) }))
}

/// Numbers the encoded rows of the main source in the order of the timeline. Returns the earlier numbers in
/// this order.
pub(super) fn in_time(data: &RawTable, encoded: &mut [u32]) -> Vec<u32> {
    let mut order = Vec::new();
    for &row in data.timeline().rows() {
        let number = &mut encoded[row as usize];
        if *number != NONE {
            order.push(std::mem::replace(number, order.len() as u32));
        }
    }
    order
}

/// Assigns histories to the encoded rows of the main source. Returns the rows that are examples.
pub(super) fn look_back<F: Features>(
    features: &F,
    data: &RawTable,
    spec: &HistorySpec,
    encoded: Option<&[u32]>,
    columns: &mut F::Batch,
    files: &mut RowFiles,
) -> Result<ExampleRows, DataError> {
    let all: Vec<u32>;
    let encoded = match encoded {
        Some(encoded) => encoded,
        None => {
            all = (0..data.rows() as u32).collect();
            &all
        }
    };
    let (mut histories, examples) = histories_of(data, spec, encoded, files)?;
    for (input, _) in features.inputs().iter().enumerate().filter(|(_, info)| info.source == 0) {
        columns.look_back(input, &mut histories)?;
    }
    Ok(examples)
}

/// Puts the encoded rows of the main source in another order. With a folder they are written to files, some rows
/// at a time.
pub(super) fn put_in_order<F: Features>(
    features: &F,
    order: &[u32],
    columns: &mut F::Batch,
    folder: Option<&Path>,
) -> Result<RowFiles, DataError> {
    let inputs = features.inputs();
    let own = || (0..inputs.len()).filter(|&input| inputs[input].source == 0);
    let mut ordered = F::Batch::default();
    let mut into = Destination::new(&mut ordered, folder, inputs.len())?;
    for rows in order.chunks(ROWS_OF_BLOCK) {
        let mut block = features.batch();
        for input in own() {
            columns.gather(input, rows, &mut block);
            into.append(input, inputs[input].name, &block)?;
        }
    }
    let files = into.end(features)?;
    *columns = ordered;
    Ok(files)
}
