//! Opening of the sources of a run: they are read, joined and split.

use std::collections::BTreeSet;
use std::path::Path;

use turret_schema::{DataSpec, JoinSpec};

use super::dictionary::{ColumnCut, GrowingDictionaries};
use super::file::{SourceFile, Stamped};
use super::join::JoinedKeys;
use super::main_rows::{FirstScan, MainRows, Numbered, Retained};
use super::raw_table::{RawTable, notes};
use super::row_files::{RowFiles, temporary_folder};
use super::row_index::RowIndex;
use super::skipped::Skipped;
use super::stamp::FileStamp;
use super::structure::{Join, Scan};
use super::table::Table;
use crate::data::error::{DataError, SpecError};
use crate::data::features::Features;
use crate::data::reads::{FieldRead, fields_read};

/// Sources whose rows are read, but not joined.
pub(super) struct ReadSources {
    pub(super) main: MainRows,
    /// The other sources.
    pub(super) tables: Vec<Table>,
    pub(super) skipped: Skipped,
}

impl ReadSources {
    /// True if all files were read completely.
    pub(super) fn are_whole(&self) -> bool {
        self.main.is_whole() && self.tables.iter().all(Table::is_whole)
    }
}

impl RawTable {
    /// Reads, joins and splits the sources in the data folder.
    pub fn open(spec: &DataSpec, folder: &Path) -> Result<Self, DataError> {
        Self::open_stamped(spec, folder, &[], &temporary_folder(), &[], Retained::Usual)
    }

    /// Reads the sources like [`RawTable::open`], and keeps the distinct texts of fields that these features read.
    pub fn open_for<F: Features>(spec: &DataSpec, folder: &Path, features: &F) -> Result<Self, DataError> {
        let fields = fields_read(features);
        Self::open_stamped(spec, folder, &fields, &temporary_folder(), &[], Retained::Usual)
    }

    /// Reads the sources like [`RawTable::open_for`], for these fields. Values of a long source are in files in
    /// `files`, or in memory if these cannot be written. Files with a stamp are not stamped again.
    pub(crate) fn open_stamped(
        spec: &DataSpec,
        folder: &Path,
        fields: &[FieldRead],
        files: &Path,
        stamps: &[FileStamp],
        retained: Retained,
    ) -> Result<Self, DataError> {
        match Self::open_in(spec, folder, fields, Some(files), stamps, retained) {
            Err(error @ DataError::EncodedFiles { .. }) => {
                let mut data = Self::open_in(spec, folder, fields, None, stamps, retained)?;
                data.notes.push(format!("warning: {error}; they stay in memory"));
                Ok(data)
            }
            result => result,
        }
    }

    fn open_in(
        spec: &DataSpec,
        folder: &Path,
        fields: &[FieldRead],
        files: Option<&Path>,
        stamps: &[FileStamp],
        retained: Retained,
    ) -> Result<Self, DataError> {
        let mut skipped = Skipped::default();
        let stamped = Stamped::Yes(stamps);
        let tables = joined_tables(spec, folder, None, stamped, &mut skipped)?;
        let joins = joins(spec, &tables)?;
        let most = retained.most_texts();
        let mut first = ScanWhileReading { spec, joins: &joins, fields, files, most, scan: None, skipped };
        let sources = SourceFile::all(spec, 0, folder, stamped)?;
        let main = MainRows::read(&spec.sources[0], sources, None, retained.most_rows(), &mut first)?;
        let ScanWhileReading { scan, skipped, .. } = first;
        let structure = scan.map(|scan| scan.end(main.index().rows())).transpose()?.unwrap_or_default();
        let sources = ReadSources { main, tables, skipped };
        let mut data = Self::of_structure(spec.clone(), folder, sources, structure, joins)?;
        data.split().map_err(|error| data.remarked(error))?;
        Ok(data)
    }

    /// Joins sources whose main rows are in memory. They are split if all were read completely; otherwise
    /// all are training rows.
    pub(super) fn of_read(
        spec: DataSpec,
        folder: &Path,
        mut sources: ReadSources,
    ) -> Result<Self, DataError> {
        let notes = notes(&sources.main, &sources.tables);
        let remarked = |error: DataError| error.with_remarks(notes.iter().cloned());
        let joins = joins(&spec, &sources.tables).map_err(remarked)?;
        let index = sources.main.index();
        let (dictionaries, files) = (GrowingDictionaries::default(), RowFiles::new(None));
        let mut scan = Scan::new(&spec, &joins, index, dictionaries, files).map_err(remarked)?;
        let skipped = &mut sources.skipped;
        sources.main.scan(&mut |chunks| scan.take(index, chunks, skipped)).map_err(remarked)?;
        let structure = scan.end(index.rows())?;
        let are_whole = sources.are_whole();
        let mut data = Self::of_structure(spec.clone(), folder, sources, structure, joins)?;
        if are_whole {
            data.split().map_err(|error| data.remarked(error))?;
        } else {
            data.train = data.usable().to_vec();
        }
        Ok(data)
    }
}

/// The scan of the main source while it is read for the first time.
struct ScanWhileReading<'s> {
    spec: &'s DataSpec,
    joins: &'s [Join],
    fields: &'s [FieldRead],
    files: Option<&'s Path>,
    /// Maximum memory of distinct texts.
    most: usize,
    /// `None` until the columns are known.
    scan: Option<Scan<'s>>,
    skipped: Skipped,
}

impl FirstScan for ScanWhileReading<'_> {
    fn refuse(&mut self, row: u32, error: DataError) -> Result<(), DataError> {
        self.skipped.take(self.spec.on_error, (0, row), error)
    }

    fn take(&mut self, index: &RowIndex, chunks: &[Numbered]) -> Result<(), DataError> {
        let scan = match &mut self.scan {
            Some(scan) => scan,
            None => {
                let new =
                    |files| GrowingDictionaries::new(columns_read(self.fields, index), files, self.most);
                let dictionaries = self.files.map(new).unwrap_or_default();
                let files = RowFiles::new(self.files);
                self.scan.insert(Scan::new(self.spec, self.joins, index, dictionaries, files)?)
            }
        };
        scan.take(index, chunks, &mut self.skipped)
    }
}

/// Returns the columns of fields. Fields of other sources may have the same names.
fn columns_read(fields: &[FieldRead], index: &RowIndex) -> BTreeSet<ColumnCut> {
    fields.iter().filter_map(|field| Some((index.column(field.name)?, field.cut))).collect()
}

/// Reads the joined sources, with a limit only about this number of bytes of each file.
pub(super) fn joined_tables(
    spec: &DataSpec,
    folder: &Path,
    limit: Option<usize>,
    stamped: Stamped<'_>,
    skipped: &mut Skipped,
) -> Result<Vec<Table>, DataError> {
    let mut tables = Vec::new();
    for (index, source) in spec.sources.iter().enumerate().skip(1) {
        let files = SourceFile::all(spec, index, folder, stamped)?;
        let mut refuse = |row, error| skipped.take(spec.on_error, (index, row), error);
        tables.push(Table::read(source, files, limit, &mut refuse)?);
    }
    if tables.iter().any(|table| table.rows() == 0) {
        return Err(SpecError::AllRefused { skipped: std::mem::take(skipped) }.into());
    }
    Ok(tables)
}

/// Returns the joins of a spec.
fn joins(spec: &DataSpec, tables: &[Table]) -> Result<Vec<Join>, DataError> {
    let join = |join: &JoinSpec| {
        let source = spec.source(&join.source).filter(|&source| source > 0).ok_or_else(|| {
            let sources = spec.sources.iter().map(|source| source.name.to_string()).collect();
            SpecError::UnknownSource { name: join.source.to_string(), sources }
        })?;
        let table = &tables[source - 1];
        let right = table.index().wanted(&join.source, &join.right)?;
        Ok(Join { source, keys: JoinedKeys::new(table, right, join)?, is_cut: !table.is_whole() })
    };
    spec.joins.iter().map(join).collect()
}
