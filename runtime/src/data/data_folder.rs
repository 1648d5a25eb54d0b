//! The data folder of a run: stamps of its files, and their rows, which are read when they are needed.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use turret_schema::{DataSpec, FilterSpec, SplitSpec};

use super::error::{DataError, Place};
use super::field::{Field, FieldName};
use super::source::{FileStamp, Filter, RawTable, Retained, temporary_folder};

/// Files of a run, with access to the texts of their rows.
pub struct DataFolder {
    spec: DataSpec,
    folder: PathBuf,
    files: Vec<FileStamp>,
    /// Rows, once they are read.
    rows: OnceLock<RawTable>,
}

impl DataFolder {
    /// A folder whose rows were read. Those of a long source are read again when they are needed.
    pub(crate) fn read(mut rows: RawTable) -> Self {
        rows.forget_dictionaries();
        let (spec, folder, files) = (rows.spec().clone(), rows.folder().to_owned(), rows.files().to_vec());
        let rows = if rows.is_long() { OnceLock::new() } else { rows.into() };
        Self { spec, folder, files, rows }
    }

    /// A folder whose rows need not be read.
    pub(crate) fn unread(spec: &DataSpec, folder: &Path, files: Vec<FileStamp>) -> Self {
        Self { spec: spec.clone(), folder: folder.to_owned(), files, rows: OnceLock::new() }
    }

    /// Description of the data.
    pub fn spec(&self) -> &DataSpec {
        &self.spec
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Stamps of the files.
    pub fn files(&self) -> &[FileStamp] {
        &self.files
    }

    /// Returns the place of a row of the main source.
    ///
    /// # Errors
    /// The files cannot be read again.
    pub fn place(&self, row: u32) -> Result<Place, DataError> {
        Ok(self.rows()?.place(row))
    }

    /// Returns the texts of fields of rows, as [`RawTable::texts`] does.
    ///
    /// # Errors
    /// The files cannot be read again, or changed.
    pub fn texts(&self, rows: &[u32], fields: &[FieldName<'_>]) -> Result<Vec<Vec<String>>, DataError> {
        self.rows()?.texts(rows, fields)
    }

    /// Returns the texts of columns of rows of a source, in the order of `rows`.
    ///
    /// # Errors
    /// The source has no such column, or the files cannot be read again, or changed.
    pub fn texts_of(
        &self,
        source: &str,
        rows: &[u32],
        columns: &[&str],
    ) -> Result<Vec<Vec<String>>, DataError> {
        let data = self.rows()?;
        let number = data.source(source)?;
        if number == 0 {
            let fields: Vec<_> = columns.iter().map(|column| FieldName::of(source, column)).collect();
            return data.texts(rows, &fields);
        }
        let columns = columns.iter().map(|column| data.column(number, column));
        let (table, columns) = (data.table(number), columns.collect::<Result<Vec<_>, _>>()?);
        let texts = |&row: &u32| columns.iter().map(|&column| table.field(row, column).to_string()).collect();
        Ok(rows.iter().map(texts).collect())
    }

    /// Returns whether rows of a source pass filters. A row without a value does not.
    ///
    /// # Errors
    /// A value cannot be compared with a limit, or as [`DataFolder::texts_of`].
    pub fn passing(
        &self,
        source: &str,
        rows: &[u32],
        filters: &[FilterSpec],
    ) -> Result<Vec<bool>, DataError> {
        let columns: Vec<&str> = filters.iter().map(|filter| &*filter.field).collect();
        let texts = self.texts_of(source, rows, &columns)?;
        let number = self.rows()?.source(source)?;
        let dates = self.spec.sources[number].dates;
        let filters = filters.iter().map(|filter| Filter::new(filter, 0, dates));
        let filters = filters.collect::<Result<Vec<_>, _>>()?;
        let passes = |(texts, &row): (&Vec<String>, &u32)| {
            for (filter, text) in filters.iter().zip(texts) {
                let field = Field::from(text.as_str());
                let refused = |error| match self.rows() {
                    Ok(rows) => DataError::Row { place: rows.index(number).place(row), error },
                    Err(error) => error,
                };
                if field.is_missing() || !filter.keeps(&field).map_err(refused)? {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        texts.iter().zip(rows).map(passes).collect()
    }

    fn rows(&self) -> Result<&RawTable, DataError> {
        if let Some(rows) = self.rows.get() {
            return Ok(rows);
        }
        // Texts and places depend on the files alone, which a split may name.
        let split = match &self.spec.split {
            given @ SplitSpec::Given { .. } => given.clone(),
            _ => SplitSpec::None,
        };
        let spec = DataSpec { timeline: None, distinct: None, split, ..self.spec.clone() };
        let read = RawTable::open_stamped(
            &spec,
            &self.folder,
            &[],
            &temporary_folder(),
            &self.files,
            Retained::Usual,
        )?;
        Ok(self.rows.get_or_init(|| read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::SourceSpec;
    use crate::data::tests::{folder, spec};

    #[test]
    fn rows_are_read_when_they_are_needed() {
        let folder = folder(&[("log.csv", b"a,b\n1,x\n2,y\n")]);
        let spec = spec(vec![SourceSpec::csv("log", "log.csv")]);
        let read = RawTable::open(&spec, folder.path()).unwrap();
        let unread = || DataFolder::unread(&spec, folder.path(), read.files().to_vec());
        let later = unread();
        let texts = |data: &DataFolder| data.texts(&[1, 0], &[FieldName::of("log", "b")]);
        assert_eq!(texts(&later).unwrap(), [["y"], ["x"]]);
        assert_eq!(later.place(1).unwrap().line, 3);
        // Changed files are not those of the run.
        std::fs::write(folder.path().join("log.csv"), "a,b\n1,x\n2,y\n3,z\n").unwrap();
        assert!(matches!(texts(&unread()), Err(DataError::Changed { .. })));
    }

    #[test]
    fn files_that_a_split_names_are_read_again() {
        let folder = folder(&[("log.csv", b"a,b\n1,x\n2,y\n"), ("later.csv", b"a,b\n3,z\n")]);
        let split = SplitSpec::given("log.csv", "later.csv");
        let spec = DataSpec { split, ..spec(vec![SourceSpec::csv("log", "log.csv")]) };
        let read = RawTable::open(&spec, folder.path()).unwrap();
        let data = DataFolder::unread(&spec, folder.path(), read.files().to_vec());
        let texts = data.texts(&[2, 0], &[FieldName::of("log", "b")]);
        assert_eq!((texts.unwrap(), read.test), (vec![vec!["z".to_owned()], vec!["x".to_owned()]], vec![2]));
    }
}
