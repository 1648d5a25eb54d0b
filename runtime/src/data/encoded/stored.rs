//! The encoded dataset in files: arrays in a folder, and a description of them.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::array_file::{Array, ArrayWriter, StoredArray};
use super::values::Values;
use super::{Catalog, EncodedColumn, EncodedDataset};
use crate::data::features::{Batch, Features};
use crate::data::history::HistorySummary;
use crate::data::source::{RowFiles, Skipped};

/// Description of a dataset whose arrays are in a folder.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::data) struct StoredDataset {
    columns: StoredBatch,
    indexes: Vec<Option<StoredArray>>,
    train: StoredArray,
    validate: StoredArray,
    test: StoredArray,
    train_split: Option<StoredArray>,
    order: Option<StoredArray>,
    validate_split: Option<StoredArray>,
    histories: Option<HistorySummary>,
    catalog: Option<StoredCatalog>,
    groups: Vec<StoredArray>,
    repeated: [usize; 2],
    skipped: Skipped,
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredCatalog {
    keys: Vec<String>,
    rows: StoredArray,
    columns: StoredBatch,
    candidate_of_row: StoredArray,
    /// Rows without a candidate, ascending, and the numbers of their items.
    absent: [StoredArray; 2],
}

/// Columns of each input.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredBatch(pub(super) Vec<Vec<StoredColumn>>);

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredColumn {
    pub(super) rows: usize,
    pub(super) arrays: Vec<StoredArray>,
}

impl StoredDataset {
    /// Writes the arrays of a dataset into a folder.
    pub(in crate::data) fn write<B: Batch>(dataset: &EncodedDataset<B>, folder: &Path) -> io::Result<Self> {
        let mapped = dataset.files.folder();
        let mut writing = Writing { folder, mapped, files: 0 };
        let inputs = dataset.inputs.len();
        let mut values = |values: &Values<u32>| writing.values(values);
        let indexes = dataset.indexes.iter().map(|index| index.as_ref().map(&mut values).transpose());
        Ok(Self {
            indexes: indexes.collect::<io::Result<_>>()?,
            train: values(&dataset.train)?,
            validate: values(&dataset.validate)?,
            test: values(&dataset.test)?,
            train_split: dataset.train_split.as_ref().map(&mut values).transpose()?,
            order: dataset.order.as_ref().map(&mut values).transpose()?,
            validate_split: dataset.validate_split.as_ref().map(&mut values).transpose()?,
            groups: dataset.groups.iter().map(&mut values).collect::<io::Result<_>>()?,
            columns: writing.batch(&dataset.columns, inputs)?,
            catalog: dataset.catalog.as_ref().map(|catalog| writing.catalog(catalog, inputs)).transpose()?,
            histories: dataset.histories.clone(),
            repeated: dataset.repeated,
            skipped: dataset.skipped.clone(),
        })
    }

    /// Maps the arrays. `None` if a file is not the one that was written, or does not fit the features.
    pub(in crate::data) fn open<F: Features>(
        &self,
        features: &F,
        folder: &Path,
    ) -> Option<EncodedDataset<F::Batch>> {
        let values = |array: &StoredArray| array.open(folder)?.values::<u32>();
        let all = |arrays: &[StoredArray]| arrays.iter().map(values).collect::<Option<Vec<_>>>();
        let index = |index: &Option<StoredArray>| match index {
            None => Some(None),
            Some(index) => values(index).map(Some),
        };
        let catalog = match &self.catalog {
            None => None,
            Some(catalog) => {
                let [rows, numbers] = &catalog.absent;
                let absent: HashMap<u32, u32> =
                    values(rows)?.iter().copied().zip(values(numbers)?.iter().copied()).collect();
                Some(Catalog {
                    keys: catalog.keys.clone(),
                    rows: values(&catalog.rows)?,
                    columns: catalog.columns.open(features, folder)?,
                    candidate_of_row: values(&catalog.candidate_of_row)?,
                    absent,
                })
            }
        };
        Some(EncodedDataset {
            inputs: features.inputs(),
            columns: self.columns.open(features, folder)?,
            indexes: self.indexes.iter().map(index).collect::<Option<_>>()?,
            train: values(&self.train)?,
            validate: values(&self.validate)?,
            test: values(&self.test)?,
            train_split: index(&self.train_split)?,
            order: index(&self.order)?,
            validate_split: index(&self.validate_split)?,
            histories: self.histories.clone(),
            catalog,
            groups: all(&self.groups)?,
            repeated: self.repeated,
            skipped: self.skipped.clone(),
            files: RowFiles::new(None),
        })
    }
}

impl StoredBatch {
    pub(super) fn open<F: Features>(&self, features: &F, folder: &Path) -> Option<F::Batch> {
        let mut batch = features.batch();
        if self.0.len() != features.inputs().len() {
            return None;
        }
        for (input, stored) in self.0.iter().enumerate() {
            let columns = batch.columns_mut(input);
            // A batch that was not filled has no type, and therefore no columns.
            if !stored.is_empty() && columns.len() != stored.len() {
                return None;
            }
            for (column, StoredColumn { rows, arrays }) in columns.into_iter().zip(stored) {
                let arrays: Option<Vec<Array>> = arrays.iter().map(|array| array.open(folder)).collect();
                if !column.restore(*rows, &arrays?) {
                    return None;
                }
            }
        }
        Some(batch)
    }
}

/// Writes arrays to numbered files.
struct Writing<'f> {
    folder: &'f Path,
    /// Folder of columns that are in files.
    mapped: Option<&'f Path>,
    files: u32,
}

impl Writing<'_> {
    fn create(&mut self) -> io::Result<ArrayWriter> {
        self.files += 1;
        ArrayWriter::create(self.folder, self.files)
    }

    fn values(&mut self, values: &[u32]) -> io::Result<StoredArray> {
        let mut array = self.create()?;
        array.append(values)?;
        self.end(array)
    }

    fn end(&self, array: ArrayWriter) -> io::Result<StoredArray> {
        let array = array.finish()?;
        array.sync(self.folder)?;
        Ok(array)
    }

    fn link(&mut self, array: &StoredArray, from: &Path) -> io::Result<StoredArray> {
        self.files += 1;
        let array = array.link(from, self.folder, self.files)?;
        array.sync(self.folder)?;
        Ok(array)
    }

    fn column(&mut self, column: &dyn EncodedColumn) -> io::Result<StoredColumn> {
        if let (Some(from), Some(arrays)) = (self.mapped, column.stored()) {
            let arrays = arrays.iter().map(|array| self.link(array, from)).collect::<io::Result<_>>()?;
            return Ok(StoredColumn { rows: column.rows(), arrays });
        }
        let arrays = (0..column.arrays()).map(|_| self.create());
        let mut arrays = arrays.collect::<io::Result<Vec<_>>>()?;
        if !column.store(&mut arrays)? {
            return Err(io::Error::other("a column has more values than it can count"));
        }
        let arrays = arrays.into_iter().map(|array| self.end(array)).collect::<io::Result<_>>()?;
        Ok(StoredColumn { rows: column.rows(), arrays })
    }

    fn batch<B: Batch>(&mut self, batch: &B, inputs: usize) -> io::Result<StoredBatch> {
        let of_input = |input| {
            let columns = batch.columns(input).into_iter();
            columns.map(|column| self.column(column)).collect::<io::Result<Vec<_>>>()
        };
        Ok(StoredBatch((0..inputs).map(of_input).collect::<io::Result<_>>()?))
    }

    fn catalog<B: Batch>(&mut self, catalog: &Catalog<B>, inputs: usize) -> io::Result<StoredCatalog> {
        let mut absent: Vec<(u32, u32)> =
            catalog.absent.iter().map(|(&row, &number)| (row, number)).collect();
        absent.sort_unstable();
        let (rows, numbers): (Vec<u32>, Vec<u32>) = absent.into_iter().unzip();
        Ok(StoredCatalog {
            keys: catalog.keys.clone(),
            rows: self.values(&catalog.rows)?,
            columns: self.batch(&catalog.columns, inputs)?,
            candidate_of_row: self.values(&catalog.candidate_of_row)?,
            absent: [self.values(&rows)?, self.values(&numbers)?],
        })
    }
}
