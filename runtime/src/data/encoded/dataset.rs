//! The encoded dataset, for training and evaluation.

use std::borrow::Cow;
use std::path::Path;

use super::NONE;
use super::catalog::{Catalog, catalog};
use super::column_files::Destination;
use super::log::{in_time, look_back, put_in_order};
use super::newest::order;
use super::repeated::repeated;
use super::rows::{count_policies, encode_joined, encode_main};
use super::values::Values;
use crate::data::error::{DataError, SpecError};
use crate::data::features::{Batch, Features, InputInfo};
use crate::data::held_out::HeldOut;
use crate::data::history::HistorySummary;
use crate::data::source::{RawTable, RowFiles, Skipped};

/// Number of rows per forward pass outside of training.
pub const ROWS_AT_ONCE: usize = 4096;
/// Number of batches after which the memory of mapped columns is freed. Their rows may be far apart.
const BATCHES_IN_MEMORY: usize = 16;

/// Encoded records. The inputs of each source are encoded once: a joined row that many records share is
/// encoded a single time.
#[derive(Debug)]
pub struct EncodedDataset<B> {
    pub(super) inputs: &'static [InputInfo<'static>],
    pub(super) columns: B,
    /// For each source, the encoded row of each row of the main source. `None` if they are the same.
    pub(super) indexes: Vec<Option<Values<u32>>>,
    /// Training rows of the main source.
    pub train: Values<u32>,
    /// Validation rows of the main source.
    pub validate: Values<u32>,
    /// Test rows of the main source.
    pub test: Values<u32>,
    /// Rows of the training split, if some of them only occur in histories.
    pub(super) train_split: Option<Values<u32>>,
    /// Order of the rows in time, if the spec has one and the encoded rows do not have it.
    pub(super) order: Option<Values<u32>>,
    /// Rows of the validation split, if some of them only occur in histories.
    pub(super) validate_split: Option<Values<u32>>,
    /// Summary of the histories, if there are any.
    pub histories: Option<HistorySummary>,
    /// Candidates of retrieval.
    pub catalog: Option<Catalog<B>>,
    /// For each of `DataSpec::groups`, the group of each row of the main source.
    pub groups: Vec<Values<u32>>,
    /// Numbers of validation and test rows that equal a training row in every value.
    pub(in crate::data) repeated: [usize; 2],
    /// Rows that were skipped while the data were read, fitted and encoded.
    pub skipped: Skipped,
    /// Files of mapped columns, which are removed with the dataset.
    pub(super) files: RowFiles,
}

impl<B: Batch> EncodedDataset<B> {
    /// Groups of columns of the batches.
    pub fn inputs(&self) -> &'static [InputInfo<'static>] {
        self.inputs
    }

    /// All rows of the training split, including rows that only occur in histories.
    pub fn train_split(&self) -> &[u32] {
        self.train_split.as_ref().unwrap_or(&self.train)
    }

    /// Rows of a held-out part.
    pub fn held_out(&self, part: HeldOut) -> &[u32] {
        match part {
            HeldOut::Validate => &self.validate,
            HeldOut::Test => &self.test,
        }
    }

    /// All rows of the parts before a held-out part, including rows that only occur in histories.
    pub fn rows_before(&self, part: HeldOut) -> Cow<'_, [u32]> {
        let validated: &[u32] = self.validate_split.as_ref().unwrap_or(&self.validate);
        match part {
            HeldOut::Test if !validated.is_empty() => [self.train_split(), validated].concat().into(),
            HeldOut::Validate | HeldOut::Test => self.train_split().into(),
        }
    }

    /// Number of rows of a held-out part that equal a training row in every value.
    pub fn repeated(&self, part: HeldOut) -> usize {
        self.repeated[part as usize]
    }

    /// Frees the memory of mapped columns. Rows that are gathered later are read from the files again, so the memory of
    /// a long dataset is that of the rows gathered since.
    pub fn forget(&self) {
        for input in 0..self.inputs.len() {
            self.columns.columns(input).into_iter().for_each(|column| column.forget());
        }
        self.indexes.iter().flatten().for_each(Values::forget);
    }

    /// Gathers the columns of batches of rows, one batch after the other.
    ///
    /// # Errors
    /// An error of `take`.
    pub fn for_each_batch<E>(
        &self,
        rows: &[u32],
        size: usize,
        mut take: impl FnMut(&B, &[u32]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut batch = B::default();
        for (number, rows) in rows.chunks(size.max(1)).enumerate() {
            self.batch_into(rows, &mut batch);
            take(&batch, rows)?;
            if number % BATCHES_IN_MEMORY == BATCHES_IN_MEMORY - 1 {
                self.forget();
            }
        }
        Ok(())
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
        for input in 0..self.inputs.len() {
            self.gather(input, rows, &mut encoded, into);
        }
    }

    /// Gathers the columns of one input into `into`, like [`EncodedDataset::batch_into`].
    pub(crate) fn input_into(&self, input: usize, rows: &[u32], into: &mut B) {
        self.gather(input, rows, &mut Vec::new(), into);
    }

    /// Gathers the columns of an input. `encoded` is reused.
    fn gather(&self, input: usize, rows: &[u32], encoded: &mut Vec<u32>, into: &mut B) {
        match &self.indexes[self.inputs[input].source] {
            None => self.columns.gather(input, rows, into),
            Some(index) => {
                let index: &[u32] = index;
                encoded.clear();
                encoded.extend(rows.iter().map(|&row| index[row as usize]));
                self.columns.gather(input, encoded, into);
            }
        }
    }
}

/// Encodes the rows of the split, the joined rows and the catalog.
pub fn encode<F: Features>(features: &F, data: &RawTable) -> Result<EncodedDataset<F::Batch>, DataError> {
    encode_in(features, data, None)
}

/// Encodes rows like [`encode`]. Columns of a long main source are written to files in a folder while they are
/// encoded, if there is one.
pub(crate) fn encode_in<F: Features>(
    features: &F,
    data: &RawTable,
    folder: Option<&Path>,
) -> Result<EncodedDataset<F::Batch>, DataError> {
    let sources = 1 + features.inputs().iter().map(|input| input.source).max().unwrap_or(0);
    let mut columns = F::Batch::default();
    let mut skipped = data.skipped.clone();
    let folder = folder.filter(|_| data.is_long());
    let mut main = Destination::new(&mut columns, folder, features.inputs().len())?;
    let numbering = encode_main(features, data, &mut main, &mut skipped)?;
    let mut files = main.end(features)?;
    let first = match data.spec().history {
        None => numbering.unless_as_read(),
        Some(_) => {
            let mut encoded = numbering.into_rows();
            let order = in_time(data, &mut encoded);
            if !order.is_sorted() {
                files = put_in_order(features, &order, &mut columns, folder)?;
            }
            unless_as_read(encoded)
        }
    };
    let mut encoded_rows = vec![first.map(|encoded| files.collect(encoded)).transpose()?];
    for join in 1..sources {
        let encoded = encode_joined(features, data, join, &mut columns, &mut skipped)?;
        encoded_rows.push(encoded.map(Values::from));
    }
    let mut joined = Vec::with_capacity(sources - 1);
    for (join, encoded) in encoded_rows.iter().enumerate().skip(1) {
        let partners = data.partners(data.joined_source(join)?);
        joined.push(Some(match encoded {
            None => partners.clone(),
            Some(encoded) => {
                let of = |&row: &u32| encoded.get(row as usize).copied().unwrap_or(NONE);
                files.collect(partners.iter().map(of))?
            }
        }));
    }
    let indexes: Vec<Option<&[u32]>> =
        encoded_rows.iter().take(1).chain(&joined).map(Option::as_deref).collect();
    let whole = |&row: &u32| indexes.iter().flatten().all(|index| index[row as usize] != NONE);
    count_lost(data, &indexes, &mut skipped)?;
    if skipped != data.skipped {
        count_policies(features, data, &encoded_rows, whole)?;
    }
    let kept = |rows: &[u32]| rows.iter().copied().filter(whole).collect::<Vec<u32>>();
    let (mut train, mut validate, mut test) = (kept(&data.train), kept(&data.validate), kept(&data.test));
    let (mut train_split, mut validate_split, mut summary) = (None, None, None);
    if let Some(spec) = &data.spec().history {
        let examples = look_back(features, data, spec, encoded_rows[0].as_deref(), &mut columns, &mut files)?;
        train_split = Some(std::mem::replace(&mut train, kept(&examples.train)));
        validate_split = Some(std::mem::replace(&mut validate, kept(&examples.validate)));
        test = kept(&examples.test);
        summary = Some(examples.summary);
    }
    if train.is_empty() {
        let why = match (&summary, &data.spec().history) {
            (Some(summary), Some(spec)) if skipped == data.skipped => summary.no_examples(spec.min),
            _ => SpecError::AllRefused { skipped }.into(),
        };
        return Err(why);
    }
    let catalog = match &data.spec().catalog {
        Some(spec) => {
            let train = train_split.as_ref().unwrap_or(&train);
            let found = catalog(features, data, spec, &columns, &encoded_rows, train, &mut skipped)?;
            let candidate_of_row = files.collect(found.candidate_of_row.iter().copied())?;
            Some(Catalog { candidate_of_row, ..found })
        }
        None => None,
    };
    let order = order(data, &mut files)?;
    let groups = data.spec().groups.iter().map(|field| data.groups(field, &mut files));
    let groups = groups.collect::<Result<_, DataError>>()?;
    let trained = train_split.as_ref().unwrap_or(&train);
    let repeated = [&validate, &test].map(|rows| repeated(data.sums(), trained, rows));
    Ok(EncodedDataset {
        inputs: features.inputs(),
        columns,
        indexes: encoded_rows.into_iter().take(1).chain(joined).collect(),
        train: train.into(),
        validate: validate.into(),
        test: test.into(),
        train_split: train_split.map(Values::from),
        order,
        validate_split: validate_split.map(Values::from),
        histories: summary,
        catalog,
        groups,
        repeated,
        skipped,
        files,
    })
}

/// Counts the rows of the split that are removed because a joined row is.
fn count_lost(data: &RawTable, indexes: &[Option<&[u32]>], skipped: &mut Skipped) -> Result<(), DataError> {
    let is_encoded = |row: u32| indexes[0].as_ref().is_none_or(|index| index[row as usize] != NONE);
    let rows = data.train.iter().chain(&data.validate).chain(&data.test);
    for &row in rows.filter(|&&row| is_encoded(row)) {
        let lost = |&join: &usize| indexes[join].as_ref().is_some_and(|index| index[row as usize] == NONE);
        if let Some(join) = (1..indexes.len()).find(lost) {
            let source = data.joined_source(join)?;
            let partner = data.index(source).place(data.partners(source)[row as usize]);
            let error = DataError::Partner { place: data.place(row), partner };
            skipped.take(data.spec().on_error, (0, row), error)?;
        }
    }
    Ok(())
}

/// Returns the encoded row of each row, unless they are the same.
fn unless_as_read(encoded: Vec<u32>) -> Option<Vec<u32>> {
    let is_as_read = encoded.iter().zip(0..).all(|(&encoded, row)| encoded == row);
    (!is_as_read).then_some(encoded)
}
