//! The encoded dataset, for training and evaluation.

use std::collections::HashMap;

use turret_schema::{CatalogSpec, HistorySpec};

use super::NONE;
use super::repeated::repeated;
use crate::data::error::{DataError, FieldError, SpecError};
use crate::data::features::{Batch, Features, InputInfo};
use crate::data::fit::keyless;
use crate::data::history::{ExampleRows, Histories, HistorySummary};
use crate::data::row::{Cell, Row};
use crate::data::source::{RawTable, Skipped};

/// Number of rows per forward pass outside of training.
pub const ROWS_AT_ONCE: usize = 4096;

/// Encoded records. The inputs of each source are encoded once: a joined row that many records share is
/// encoded a single time.
#[derive(Debug)]
pub struct EncodedDataset<B> {
    inputs: &'static [InputInfo<'static>],
    columns: B,
    /// For each source, the encoded row of each row of the main source. `None` if they are the same.
    indexes: Vec<Option<Vec<u32>>>,
    /// Training rows of the main source.
    pub train: Vec<u32>,
    /// Test rows of the main source.
    pub test: Vec<u32>,
    /// All rows of the training split, including rows that only occur in histories.
    pub train_split: Vec<u32>,
    /// Summary of the histories, if there are any.
    pub histories: Option<HistorySummary>,
    /// Candidates of retrieval.
    pub catalog: Option<Catalog<B>>,
    /// For each of `DataSpec::groups`, the group of each row of the main source.
    pub groups: Vec<Vec<u32>>,
    /// Number of test rows that equal a training row in every value.
    pub repeated: usize,
    /// Rows that were skipped because a column rejected them.
    pub skipped: Skipped,
}

/// The candidates of retrieval, distinct by key.
#[derive(Debug)]
pub struct Catalog<B> {
    /// Key of each candidate, as in its first row.
    pub keys: Vec<String>,
    /// Encoded candidates. Only the inputs of the catalog are filled.
    pub columns: B,
    /// Candidate of each row of the main source. [`NONE`] if the catalog lacks it.
    pub candidate_of_row: Vec<u32>,
    /// For rows whose item is not in the catalog: the number of the item, by key.
    pub absent: HashMap<u32, u32>,
}

impl<B: Batch> EncodedDataset<B> {
    /// Groups of columns of the batches.
    pub fn inputs(&self) -> &'static [InputInfo<'static>] {
        self.inputs
    }

    /// Gathers the columns of some rows of the main source, for all inputs.
    pub fn batch(&self, rows: &[u32]) -> B {
        let mut batch = B::default();
        self.batch_into(rows, &mut batch);
        batch
    }

    /// Gathers a batch like [`EncodedDataset::batch`] into `into`, reusing its memory.
    pub fn batch_into(&self, rows: &[u32], into: &mut B) {
        let mut encoded = Vec::new();
        for (input, info) in self.inputs.iter().enumerate() {
            match &self.indexes[info.source] {
                None => self.columns.gather(input, rows, into),
                Some(index) => {
                    encoded.clear();
                    encoded.extend(rows.iter().map(|&row| index[row as usize]));
                    self.columns.gather(input, &encoded, into);
                }
            }
        }
    }
}

/// Encodes the training and test rows, the joined rows and the catalog.
pub fn encode<F: Features>(features: &F, data: &RawTable) -> Result<EncodedDataset<F::Batch>, DataError> {
    let sources = 1 + features.inputs().iter().map(|input| input.source).max().unwrap_or(0);
    let mut columns = F::Batch::default();
    let mut skipped = Skipped::default();
    let mut encoded_rows = Vec::with_capacity(sources);
    for join in 0..sources {
        encoded_rows.push(encode_source(features, data, join, &mut columns, &mut skipped)?);
    }
    let mut indexes = Vec::with_capacity(sources);
    for (join, encoded) in encoded_rows.iter().enumerate() {
        indexes.push(match (join, encoded) {
            (0, None) => None,
            (0, Some(encoded)) => Some(encoded.clone()),
            (_, encoded) => {
                let of =
                    |&row: &u32| encoded.as_ref().map_or(Some(row), |rows| rows.get(row as usize).copied());
                let partners = data.partners(data.joined_source(join)?);
                Some(partners.iter().map(|row| of(row).unwrap_or(NONE)).collect::<Vec<u32>>())
            }
        });
    }
    let whole = |&row: &u32| indexes.iter().flatten().all(|index| index[row as usize] != NONE);
    count_lost(data, &indexes, &mut skipped)?;
    let train_split: Vec<u32> = data.train.iter().copied().filter(whole).collect();
    let mut train = train_split.clone();
    let mut test: Vec<u32> = data.test.iter().copied().filter(whole).collect();
    let mut summary = None;
    if let Some(spec) = &data.spec().history {
        let examples = look_back(features, data, spec, encoded_rows[0].as_deref(), &mut columns)?;
        train = examples.train.into_iter().filter(whole).collect();
        test = examples.test.into_iter().filter(whole).collect();
        summary = Some(examples.summary);
    }
    if train.is_empty() {
        let why = match (&summary, &data.spec().history) {
            (Some(summary), Some(spec)) if skipped.count == 0 => summary.no_examples(spec.min),
            _ => SpecError::AllRefused { skipped }.into(),
        };
        return Err(why);
    }
    let catalog = match &data.spec().catalog {
        Some(spec) => {
            Some(catalog(features, data, spec, &columns, &encoded_rows, &train_split, &mut skipped)?)
        }
        None => None,
    };
    let groups = data.spec().groups.iter().map(|field| data.groups(field)).collect::<Result<_, _>>()?;
    let repeated = repeated(data.table(0), &train_split, &test);
    Ok(EncodedDataset {
        inputs: features.inputs(),
        columns,
        indexes,
        train,
        test,
        train_split,
        histories: summary,
        catalog,
        groups,
        repeated,
        skipped,
    })
}

/// Counts the rows of the split that are removed because a joined row is.
fn count_lost(data: &RawTable, indexes: &[Option<Vec<u32>>], skipped: &mut Skipped) -> Result<(), DataError> {
    let is_encoded = |row: u32| indexes[0].as_ref().is_none_or(|index| index[row as usize] != NONE);
    for &row in data.train.iter().chain(&data.test).filter(|&&row| is_encoded(row)) {
        let lost = |&join: &usize| indexes[join].as_ref().is_some_and(|index| index[row as usize] == NONE);
        if let Some(join) = (1..indexes.len()).find(lost) {
            let source = data.joined_source(join)?;
            let partner = data.table(source).place(data.partners(source)[row as usize]);
            skipped.take(data.spec().on_error, DataError::Partner { place: data.place(row), partner })?;
        }
    }
    Ok(())
}

/// Returns the checked histories of encoded rows, and the rows that are examples.
fn histories_of(
    data: &RawTable,
    spec: &HistorySpec,
    encoded: &[u32],
) -> Result<(Histories, ExampleRows), DataError> {
    let histories = Histories::new(spec, data.timeline(), encoded);
    let mut is_test = vec![false; data.rows()];
    data.test.iter().for_each(|&row| is_test[row as usize] = true);
    let place = |row| data.place(row);
    let examples = histories.examples(spec, data.timeline(), encoded, &is_test, place)?;
    Ok((histories, examples))
}

/// Checks the histories of data without rejected rows: that they contain only earlier rows, and that some
/// training row has a history that is long enough.
pub fn check_histories(data: &RawTable) -> Result<(), DataError> {
    let Some(spec) = &data.spec().history else { return Ok(()) };
    // Encoded rows if no column rejects a row.
    let usable = usable_rows(data);
    let order = data.timeline().events().iter().map(|event| event.row);
    let mut encoded = vec![NONE; data.rows()];
    for (row, number) in order.filter(|&row| usable[row as usize]).zip(0..) {
        encoded[row as usize] = number;
    }
    let (_, examples) = histories_of(data, spec, &encoded)?;
    if examples.train.is_empty() { Err(examples.summary.no_examples(spec.min)) } else { Ok(()) }
}

/// Marks the training and test rows of the main source.
fn usable_rows(data: &RawTable) -> Vec<bool> {
    let mut usable = vec![false; data.rows()];
    data.train.iter().chain(&data.test).for_each(|&row| usable[row as usize] = true);
    usable
}

/// Assigns histories to the encoded rows of the main source. Returns the rows that are examples.
fn look_back<F: Features>(
    features: &F,
    data: &RawTable,
    spec: &HistorySpec,
    encoded: Option<&[u32]>,
    columns: &mut F::Batch,
) -> Result<ExampleRows, DataError> {
    let all: Vec<u32>;
    let encoded = match encoded {
        Some(encoded) => encoded,
        None => {
            all = (0..data.rows() as u32).collect();
            &all
        }
    };
    let (histories, examples) = histories_of(data, spec, encoded)?;
    for (input, _) in features.inputs().iter().enumerate().filter(|(_, info)| info.source == 0) {
        columns.look_back(input, &histories);
    }
    Ok(examples)
}

/// Encodes the inputs of a source; rows with histories in timeline order. Returns the encoded row of each
/// row, with [`NONE`] for removed rows. `None` if no row was removed.
fn encode_source<F: Features>(
    features: &F,
    data: &RawTable,
    join: usize,
    columns: &mut F::Batch,
    skipped: &mut Skipped,
) -> Result<Option<Vec<u32>>, DataError> {
    let source = data.joined_source(join)?;
    let mut inputs = Vec::new();
    for (input, info) in features.inputs().iter().enumerate().filter(|(_, info)| info.source == join) {
        inputs.push((input, data.cells(info)?));
    }
    let total = data.table(source).rows();
    let usable = (join == 0).then(|| usable_rows(data));
    let order: Vec<u32> = match join {
        0 if data.spec().history.is_some() => {
            data.timeline().events().iter().map(|event| event.row).collect()
        }
        _ => (0..total as u32).collect(),
    };
    let mut encoded = vec![NONE; total];
    let mut next = 0;
    for row in order {
        let mut kept = match &usable {
            Some(usable) => usable[row as usize],
            None => !data.is_left_out(source, row),
        };
        if kept && let Err(error) = encode_row(features, data, &inputs, join, row, columns) {
            inputs.iter().for_each(|(input, _)| columns.truncate(*input, next as usize));
            skipped.take(data.spec().on_error, data.refused(source, row, error))?;
            kept = false;
        }
        if kept {
            encoded[row as usize] = next;
            next += 1;
        }
    }
    let is_as_read = encoded.iter().zip(0..).all(|(&encoded, row)| encoded == row);
    Ok((!is_as_read).then_some(encoded))
}

fn encode_row<F: Features>(
    features: &F,
    data: &RawTable,
    inputs: &[(usize, Vec<Cell>)],
    join: usize,
    row: u32,
    columns: &mut F::Batch,
) -> Result<(), FieldError> {
    for (input, cells) in inputs {
        let fields = if join == 0 { Row::joined(data, cells, row) } else { Row::source(data, cells, row) };
        features.encode(*input, &fields, columns)?;
    }
    Ok(())
}

/// Returns the distinct candidates, in the order of their first rows.
fn catalog<F: Features>(
    features: &F,
    data: &RawTable,
    spec: &CatalogSpec,
    columns: &F::Batch,
    encoded_rows: &[Option<Vec<u32>>],
    train: &[u32],
    skipped: &mut Skipped,
) -> Result<Catalog<F::Batch>, DataError> {
    let source = data.source(&spec.source)?;
    let key = data.column(source, &spec.key)?;
    let mut join = 0;
    let mut cells = Vec::with_capacity(spec.inputs.len());
    for &input in &spec.inputs {
        let info = features
            .inputs()
            .get(input)
            .filter(|info| info.fields.iter().all(|field| field.source == spec.source));
        let Some(info) = info else {
            return Err(SpecError::CandidateColumns { catalog: spec.source.to_string() }.into());
        };
        join = join.max(info.source);
        cells.push((input, data.cells(info)?));
    }
    let is_encoded = data.joined_source(join)? == source;
    let table = data.table(source);
    let all: Vec<u32> = match source {
        0 => train.to_vec(),
        _ => (0..table.rows() as u32).filter(|&row| !data.is_left_out(source, row)).collect(),
    };

    let mut keys = Vec::new();
    let mut by_key: HashMap<&str, u32> = HashMap::new();
    let mut rows = Vec::new();
    let mut fresh = F::Batch::default();
    for row in all {
        let Some(form) = table.key(row, key) else {
            skipped.take(data.spec().on_error, data.refused(source, row, keyless(spec)))?;
            continue;
        };
        let encoded =
            if is_encoded { encoded_rows[join].as_ref().map_or(row, |rows| rows[row as usize]) } else { row };
        if encoded == NONE || by_key.contains_key(form) {
            continue;
        }
        if !is_encoded
            && let Err(error) = encode_row(features, data, &cells, usize::from(source != 0), row, &mut fresh)
        {
            spec.inputs.iter().for_each(|&input| fresh.truncate(input, keys.len()));
            skipped.take(data.spec().on_error, data.refused(source, row, error))?;
            continue;
        }
        by_key.insert(form, keys.len() as u32);
        keys.push(table.text(row, key).to_owned());
        rows.push(encoded);
    }
    if is_encoded {
        spec.inputs.iter().for_each(|&input| columns.gather(input, &rows, &mut fresh));
    }
    let (mut absent, mut absent_by_key) = (HashMap::new(), HashMap::new());
    let candidate = |row: u32| {
        let of_source =
            if source == 0 { row } else { data.partners(source).get(row as usize).copied().unwrap_or(NONE) };
        let form = if of_source == NONE { None } else { table.key(of_source, key) };
        form.and_then(|form| by_key.get(form)).copied().unwrap_or_else(|| {
            let next = absent_by_key.len() as u32;
            absent.insert(row, *absent_by_key.entry(form).or_insert(next));
            NONE
        })
    };
    let candidate_of_row = (0..data.rows() as u32).map(candidate).collect();
    Ok(Catalog { keys, columns: fresh, candidate_of_row, absent })
}
