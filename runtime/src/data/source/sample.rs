//! First rows of one file, for a look at data before there is a spec.

use std::io::{self, Read};
use std::path::Path;

use super::file::SourceFile;
use super::folder::inside;
use super::input::Input;
use super::table::Table;
use super::{Skipped, SourceSpec};
use crate::data::error::{DataError, SpecError};
use crate::data::field::Field;
use turret_schema::{Encoding, OnError};

/// First rows of the files of a source.
pub struct Sample {
    table: Table,
    /// True if these are all rows.
    pub is_whole: bool,
    /// Rows that could not be read.
    pub skipped: Skipped,
}

impl Sample {
    /// Reads the rows in about the first `limit` bytes of each file, or all rows of a shorter one.
    pub fn read(source: &SourceSpec, folder: &Path, limit: usize) -> Result<Self, DataError> {
        let mut skipped = Skipped::default();
        let file = |path: &str| Ok(SourceFile::at(&inside(folder, path)?));
        let files = source.paths.iter().map(|path| file(path)).collect::<Result<_, DataError>>()?;
        let mut refuse = |row, error| skipped.take(OnError::Skip, (0, row), error);
        let table = Table::read(source, files, Some(limit), &mut refuse)?;
        if table.rows() == 0 {
            return Err(SpecError::AllRefused { skipped }.into());
        }
        Ok(Self { is_whole: table.is_whole(), table, skipped })
    }

    /// Names of the columns.
    pub fn columns(&self) -> &[String] {
        self.table.index().columns()
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.table.rows() as usize
    }

    /// Value of a column in a row.
    pub fn field(&self, row: usize, column: usize) -> Field<'_> {
        self.table.field(row as u32, column)
    }
}

/// Returns the first `limit` bytes of a file, decompressed, or all of a shorter one.
pub fn first_bytes(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    Input::open(path, Encoding::Utf8)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::tests::folder;

    #[test]
    fn a_sample_ends_with_a_row_and_counts_what_it_cannot_read() {
        let rows: String = (0..100).map(|row| format!("u{row},i{row}\n")).collect();
        let folder = folder(&[("log.csv", format!("user,item\nu,b,c\n{rows}").as_bytes())]);
        let read = |limit| Sample::read(&SourceSpec::csv("log", "log.csv"), folder.path(), limit).unwrap();
        let whole = read(10_000);
        assert_eq!((whole.rows(), whole.skipped.count(), whole.is_whole), (100, 1, true));
        assert_eq!(whole.columns(), ["user", "item"]);
        assert_eq!(whole.field(99, 1), Field::from("i99"));
        let cut = read(100);
        assert!(!cut.is_whole && (1..30).contains(&cut.rows()), "{}", cut.rows());
    }
}
