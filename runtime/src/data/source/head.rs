//! Beginnings of the sources, to find problems in data quickly.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::files::source_files;
use super::folder::inside;
use super::raw_table::{RawTable, Skipped};
use super::rows::SourceRows;
use super::stamp::FileRole;
use super::{Input, SourceSpec, form, parse_source};
use crate::data::error::DataError;
use turret_schema::DataSpec;

/// Number of bytes that are read of the main source.
const MAIN: u64 = 1 << 20;
/// Number of bytes that are read of a joined source. Joins are checked if it is not longer.
const JOINED: u64 = 32 << 20;

/// First rows of the sources.
#[derive(Debug)]
pub struct Head {
    spec: DataSpec,
    folder: PathBuf,
    tables: Vec<SourceRows>,
    /// True for each source that was not read completely.
    is_cut: Vec<bool>,
    skipped: Skipped,
}

impl Head {
    /// Reads the first rows of each source, or all rows of a short file.
    pub fn read(spec: &DataSpec, folder: &Path) -> Result<Self, DataError> {
        Self::read_limited(spec, folder, MAIN, JOINED)
    }

    fn read_limited(spec: &DataSpec, folder: &Path, main: u64, joined: u64) -> Result<Self, DataError> {
        let (mut tables, mut is_cut) = (Vec::new(), Vec::new());
        let mut skipped = Skipped::default();
        for (index, source) in spec.sources.iter().enumerate() {
            let (mut table, mut cut) = (SourceRows::default(), false);
            let limit = if index == 0 { main } else { joined };
            for path in source_files(spec, index, folder)? {
                let (path, bytes, is_whole) = read_head(source, folder, &path, limit)?;
                let mut refuse = |error| skipped.take(spec.on_error, error);
                parse_source(source, &path, bytes, &mut table, &mut refuse)?;
                cut |= !is_whole;
            }
            tables.push(table);
            is_cut.push(cut);
        }
        Ok(Self { spec: spec.clone(), folder: folder.to_owned(), tables, is_cut, skipped })
    }

    /// Returns the column names of each source.
    pub fn columns(&self) -> Vec<&[String]> {
        self.tables.iter().map(SourceRows::columns).collect()
    }

    /// Returns whether all files were read completely.
    pub fn is_whole(&self) -> bool {
        !self.is_cut.contains(&true)
    }

    /// Joins and filters the rows as in training. Splits them if they are complete; otherwise all are
    /// training rows.
    pub fn into_data(self) -> Result<RawTable, DataError> {
        let is_whole = self.is_whole();
        let mut data = RawTable::of_tables(self.spec, self.folder, self.tables, Vec::new(), self.skipped)?;
        data.arrange(&self.is_cut).map_err(|error| data.remarked(error))?;
        if is_whole {
            data.split().map_err(|error| data.remarked(error))?;
        } else {
            data.train = data.usable().to_vec();
        }
        Ok(data)
    }
}

/// Returns path and first bytes of a file, up to the end of a row, and whether they are the whole file.
fn read_head(
    source: &SourceSpec,
    folder: &Path,
    path: &str,
    limit: u64,
) -> Result<(PathBuf, Vec<u8>, bool), DataError> {
    let path = inside(folder, path)?;
    let read = || -> io::Result<(Vec<u8>, bool)> {
        let mut bytes = Vec::new();
        let mut file = Input::open(&path, source.encoding)?;
        file.by_ref().take(limit + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            let first = &bytes[..bytes.len() - 1];
            if let Some(end) =
                form(source.form).end_of_rows(source, first).filter(|&end| end > first.len() / 2)
            {
                bytes.truncate(end);
                return Ok((bytes, false));
            }
        }
        file.read_to_end(&mut bytes)?;
        Ok((bytes, true))
    };
    match read() {
        Ok((bytes, is_whole)) => Ok((path, bytes, is_whole)),
        Err(error) => {
            let what = FileRole::Source(source.name.to_string()).to_string();
            Err(DataError::Read { what, path, error })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::tests::{folder, spec};
    use crate::data::{JoinSpec, OnError, SplitSpec};

    #[test]
    fn rows_beyond_the_head_are_not_missed() {
        let rows: String = (0..100).map(|row| format!("{row},{}\n", row % 50)).collect();
        let items: String = (0..50).map(|item| format!("{item},name {item}\n")).collect();
        let (log, items) = (format!("user,item\n{rows}"), format!("item,name\n{items}"));
        let folder = folder(&[("log.csv", log.as_bytes()), ("items.csv", items.as_bytes())]);
        let spec = DataSpec {
            joins: vec![JoinSpec::new("items", "item", "item")],
            on_error: OnError::Stop,
            split: SplitSpec::Random { test: 0.5, seed: 1 },
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
        assert_eq!(data.raw(7, "items", "name"), Some("name 7"));

        // A matching row may be after the part that was read, so it is not reported as missing.
        let data = look(10_000, 100).into_data().unwrap();
        assert!((1..50).contains(&data.train.len()), "{:?}", data.train);
        assert!(data.train.iter().all(|&row| data.raw(row, "items", "name").is_some()));
    }
}
