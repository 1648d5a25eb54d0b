//! Beginnings of the sources, to find problems in data quickly.

use std::path::{Path, PathBuf};

use super::file::{SourceFile, Stamped};
use super::main_rows::{FirstScan, MainRows, Numbered};
use super::opening::{ReadSources, joined_tables};
use super::raw_table::RawTable;
use super::row_index::RowIndex;
use super::shapes::Shapes;
use super::skipped::Skipped;
use super::table::Table;
use crate::data::error::{DataError, SpecError};
use turret_schema::{DataSpec, OnError, ValueShape};

/// Number of bytes that are read of the main source.
const MAIN: usize = 1 << 20;
/// Number of bytes that are read of a joined source. Joins are checked if it is not longer.
const JOINED: usize = 32 << 20;

/// First rows of the sources.
pub struct Head {
    spec: DataSpec,
    folder: PathBuf,
    sources: ReadSources,
}

impl Head {
    /// Reads the first rows of each source, or all rows of a short file.
    pub fn read(spec: &DataSpec, folder: &Path) -> Result<Self, DataError> {
        Self::read_limited(spec, folder, MAIN, JOINED)
    }

    fn read_limited(spec: &DataSpec, folder: &Path, main: usize, joined: usize) -> Result<Self, DataError> {
        let Some(source) = spec.sources.first() else { return Err(SpecError::NoSource.into()) };
        let mut skipped = Skipped::default();
        let files = SourceFile::all(spec, 0, folder, Stamped::No)?;
        let mut only = Only { skipped: &mut skipped, on_error: spec.on_error };
        let main = MainRows::read(source, files, Some(main), u32::MAX, &mut only)?;
        let tables = joined_tables(spec, folder, Some(joined), Stamped::No, &mut skipped)?;
        let sources = ReadSources { main, tables, skipped };
        Ok(Self { spec: spec.clone(), folder: folder.to_owned(), sources })
    }

    /// Returns the column names of each source.
    pub fn columns(&self) -> Vec<&[String]> {
        let joined = self.sources.tables.iter().map(Table::index);
        [self.sources.main.index()].into_iter().chain(joined).map(|index| index.columns()).collect()
    }

    /// Returns the shapes of the values of each column of each source, by the first rows. `None` for a column
    /// without values there.
    pub fn shapes(&self) -> Result<Vec<Vec<Option<ValueShape>>>, DataError> {
        let main = &self.sources.main;
        let mut of_main = Shapes::new(main.index().columns().len());
        let mut goes_on = true;
        main.scan(&mut |chunks| {
            for (_, chunk) in chunks {
                let mut rows = 0..chunk.rows();
                goes_on = goes_on && rows.all(|row| of_main.look_at(|column| chunk.field(row, column)));
            }
            Ok(())
        })?;
        let mut all = vec![of_main.into_found()];
        for table in &self.sources.tables {
            let mut shapes = Shapes::new(table.index().columns().len());
            let mut rows = 0..table.rows();
            rows.all(|row| shapes.look_at(|column| table.field(row, column)));
            all.push(shapes.into_found());
        }
        Ok(all)
    }

    /// Returns whether all files were read completely.
    pub fn is_whole(&self) -> bool {
        self.sources.are_whole()
    }

    /// Joins and filters the rows as in training. Splits them if they are complete; otherwise all are
    /// training rows.
    pub fn into_data(self) -> Result<RawTable, DataError> {
        RawTable::of_read(self.spec, &self.folder, self.sources)
    }
}

/// A scan of which only the rows are kept.
struct Only<'a> {
    skipped: &'a mut Skipped,
    on_error: OnError,
}

impl FirstScan for Only<'_> {
    fn refuse(&mut self, row: u32, error: DataError) -> Result<(), DataError> {
        self.skipped.take(self.on_error, (0, row), error)
    }

    fn take(&mut self, _: &RowIndex, _: &[Numbered]) -> Result<(), DataError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::tests::{folder, spec};
    use crate::data::{FieldName, JoinSpec, SourceSpec, SplitSpec};

    #[test]
    fn rows_beyond_the_head_are_not_missed() {
        let rows: String = (0..100).map(|row| format!("{row},{}\n", row % 50)).collect();
        let items: String = (0..50).map(|item| format!("{item},name {item}\n")).collect();
        let (log, items) = (format!("user,item\n{rows}"), format!("item,name\n{items}"));
        let folder = folder(&[("log.csv", log.as_bytes()), ("items.csv", items.as_bytes())]);
        let spec = DataSpec {
            joins: vec![JoinSpec::new("items", "item", "item")],
            on_error: OnError::Stop,
            split: SplitSpec::random(0.5, 1),
            ..spec(vec![SourceSpec::csv("log", "log.csv"), SourceSpec::csv("items", "items.csv")])
        };
        let look = |main, joined| Head::read_limited(&spec, folder.path(), main, joined).unwrap();

        let whole = look(10_000, 10_000);
        assert!(whole.is_whole());
        assert_eq!(whole.columns()[1], ["item", "name"]);
        let (data, all) = (whole.into_data().unwrap(), RawTable::open(&spec, folder.path()).unwrap());
        assert_eq!((&data.train, &data.test), (&all.train, &all.test));

        let cut = look(100, 10_000);
        assert!(!cut.is_whole());
        let data = cut.into_data().unwrap();
        assert!(data.test.is_empty() && data.train.len() < 30, "{:?}", data.train);
        let names =
            |data: &RawTable, rows: &[u32]| data.texts(rows, &[FieldName::of("items", "name")]).unwrap();
        assert_eq!(names(&data, &[7]), [["name 7"]]);

        // A matching row may be after the part that was read, so it is not reported as missing.
        let data = look(10_000, 100).into_data().unwrap();
        assert!((1..50).contains(&data.train.len()), "{:?}", data.train);
        assert!(names(&data, &data.train).iter().all(|names| !names[0].is_empty()));
    }
}
