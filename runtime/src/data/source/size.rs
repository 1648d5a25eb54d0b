//! Sizes of the files of a data set, and what reading them takes in memory, told before any is read.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::data::InputInfo;

use super::SourceSpec;
use super::folder::inside;
use crate::data::error::DataError;
use turret_schema::DataSpec;

/// Bytes from which the numbers of rows and cells of a file are estimated.
const SAMPLE: u64 = 1 << 20;
/// Bytes per row of a table besides its cells: its beginning and its line.
const ROW: u64 = 12;
/// Bytes per cell of a table besides its text, and bytes of an encoded value: one number.
const NUMBER: u64 = 4;

/// The size of a file of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSize {
    /// Name of the source.
    pub source: String,
    /// The file.
    pub path: PathBuf,
    /// Bytes.
    pub bytes: u64,
    /// Rows, estimated from its beginning.
    pub rows: u64,
    /// The cells of all its rows, estimated likewise.
    pub cells: u64,
}

impl FileSize {
    fn of(source: &SourceSpec, folder: &Path, path: &str) -> Result<Self, DataError> {
        let path = inside(folder, path)?;
        let failed =
            |error| DataError::Read { what: format!("source `{}`", source.name), path: path.clone(), error };
        let mut sample = Vec::new();
        let file = File::open(&path).map_err(failed)?;
        let bytes = file.metadata().map_err(failed)?.len();
        file.take(SAMPLE).read_to_end(&mut sample).map_err(failed)?;
        let count = |wanted: u8| sample.iter().filter(|&&byte| byte == wanted).count() as u64;
        let (lines, separators) = (count(b'\n'), count(source.separator));
        let of_all = |count: u64| {
            let all = u128::from(count) * u128::from(bytes) / (sample.len() as u128).max(1);
            u64::try_from(all).unwrap_or(u64::MAX)
        };
        let rows = of_all(lines).max(1);
        Ok(Self {
            source: source.name.to_string(),
            path,
            bytes,
            rows,
            cells: of_all(separators).saturating_add(rows),
        })
    }
}

/// The sizes of all files of the sources.
pub fn file_sizes(spec: &DataSpec, folder: &Path) -> Result<Vec<FileSize>, DataError> {
    let mut sizes = Vec::new();
    for (index, source) in spec.sources.iter().enumerate() {
        for path in spec.paths(index) {
            sizes.push(FileSize::of(source, folder, path)?);
        }
    }
    Ok(sizes)
}

/// Memory that reading and encoding data takes, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DataMemory {
    /// The text of all rows.
    pub text: u64,
    /// Places of rows and cells in it.
    pub places: u64,
    /// Largest file, while it is read, besides its rows.
    pub file: u64,
    /// Encoded columns, a number a field at least.
    pub encoded: u64,
}

impl DataMemory {
    /// Memory that files take, of which a model has such inputs.
    pub fn of(sizes: &[FileSize], spec: &DataSpec, inputs: &[InputInfo<'_>]) -> Self {
        let rows_of = |source: &str| -> u64 {
            sizes.iter().filter(|size| size.source == source).map(|size| size.rows).sum()
        };
        let encoded = inputs.iter().map(|input| {
            let joined = input.source.checked_sub(1).and_then(|join| spec.joins.get(join));
            let main = spec.sources.first().map(|source| &*source.name);
            joined
                .map(|join| &*join.source)
                .or(main)
                .map_or(0, rows_of)
                .saturating_mul(input.fields.len() as u64 * NUMBER)
        });
        Self {
            text: sizes.iter().map(|size| size.bytes).sum(),
            places: sizes.iter().map(|size| size.rows * ROW + size.cells * NUMBER).sum(),
            file: sizes.iter().map(|size| size.bytes).max().unwrap_or(0),
            encoded: encoded.fold(0, u64::saturating_add),
        }
    }

    /// Memory that is kept once the data are read.
    pub fn kept(&self) -> u64 {
        self.text.saturating_add(self.places).saturating_add(self.encoded)
    }

    /// The most there is at a time until the data are encoded.
    pub fn total(&self) -> u64 {
        let read = self.text.saturating_add(self.places).saturating_add(self.file);
        read.max(self.kept())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::FieldName;
    use turret_schema::{OnError, SplitSpec};

    const FIELDS: &[FieldName] = &[FieldName::of("clicks", "a"), FieldName::of("clicks", "b")];

    #[test]
    fn what_data_take_is_known_before_they_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let row = "first,second,third\n";
        std::fs::write(folder.path().join("clicks.csv"), row.repeat(200_000)).unwrap();
        let spec = DataSpec {
            sources: vec![SourceSpec::csv("clicks", "clicks.csv")],
            joins: Vec::new(),
            filters: Vec::new(),
            timeline: None,
            history: None,
            split: SplitSpec::Random { test: 0.1, seed: 1 },
            catalog: None,
            groups: Vec::new(),
            on_error: OnError::Stop,
        };
        let sizes = file_sizes(&spec, folder.path()).unwrap();
        let bytes = 200_000 * row.len() as u64;
        assert_eq!(sizes[0].bytes, bytes);
        assert!(sizes[0].rows.abs_diff(200_000) < 50 && sizes[0].cells.abs_diff(600_000) < 150, "{sizes:?}");
        let inputs = [InputInfo { name: "ctr", source: 0, fields: FIELDS }];
        let memory = DataMemory::of(&sizes, &spec, &inputs);
        assert_eq!((memory.text, memory.file), (bytes, bytes));
        assert!(memory.encoded.abs_diff(200_000 * 2 * 4) < 1000, "{memory:?}");
        assert!(memory.total() > 2 * bytes && memory.kept() < memory.total());
        assert!(file_sizes(&spec, &folder.path().join("nowhere")).is_err());
    }
}
