//! Estimates of the sizes of data files, and of the memory needed to read them.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::data::InputInfo;

use super::files::source_files;
use super::folder::inside;
use super::input::Input;
use super::{Size, SourceSpec, form};
use crate::data::error::DataError;
use turret_schema::DataSpec;

/// Number of bytes from which rows and cells of a file are estimated.
const SAMPLE: u64 = 1 << 20;
/// Bytes per row of a table in addition to its cells: start offset and line number.
const ROW: u64 = 12;
/// Bytes per cell of a table in addition to its text; also bytes per encoded value.
const NUMBER: u64 = 4;

/// Size of a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSize {
    /// Name of the source.
    pub source: String,
    /// The file.
    pub path: PathBuf,
    /// Size in bytes, decompressed; an estimate if it is compressed.
    pub bytes: u64,
    /// Number of rows, estimated from the beginning.
    pub rows: u64,
    /// Number of cells, estimated from the beginning.
    pub cells: u64,
}

impl FileSize {
    fn of(source: &SourceSpec, folder: &Path, path: &str) -> Result<Self, DataError> {
        let path = inside(folder, path)?;
        let failed =
            |error| DataError::Read { what: format!("source `{}`", source.name), path: path.clone(), error };
        let mut sample = Vec::new();
        let bytes = fs::metadata(&path).map_err(failed)?.len();
        let mut input = Input::open(&path, source.encoding).map_err(failed)?;
        input.by_ref().take(SAMPLE).read_to_end(&mut sample).map_err(failed)?;
        let Size { rows, further_cells } = form(source.form).size(source, &sample);
        let of_all = |count: u64| {
            // The rest of a file is compressed as its beginning.
            let all = u128::from(count) * u128::from(bytes) / u128::from(input.bytes_read()).max(1);
            u64::try_from(all).unwrap_or(u64::MAX)
        };
        let rows = of_all(rows).max(1);
        Ok(Self {
            source: source.name.to_string(),
            bytes: of_all(sample.len() as u64),
            path,
            rows,
            cells: of_all(further_cells).saturating_add(rows),
        })
    }
}

/// Returns the sizes of all source files.
pub fn file_sizes(spec: &DataSpec, folder: &Path) -> Result<Vec<FileSize>, DataError> {
    let mut sizes = Vec::new();
    for (index, source) in spec.sources.iter().enumerate() {
        for path in source_files(spec, index, folder)? {
            sizes.push(FileSize::of(source, folder, &path)?);
        }
    }
    Ok(sizes)
}

/// Memory for reading and encoding the data, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DataMemory {
    /// Text of all rows.
    pub text: u64,
    /// Offsets of rows and cells.
    pub places: u64,
    /// Largest file while it is read, without its rows.
    pub file: u64,
    /// Encoded columns: at least one number per field.
    pub encoded: u64,
}

impl DataMemory {
    /// Estimates the memory of files of these sizes for a model with these inputs.
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

    /// Memory that stays allocated after reading.
    pub fn kept(&self) -> u64 {
        self.text.saturating_add(self.places).saturating_add(self.encoded)
    }

    /// Peak memory until the data are encoded.
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
            distinct: None,
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
        let inputs = [InputInfo::new("ctr", 0, FIELDS)];
        let memory = DataMemory::of(&sizes, &spec, &inputs);
        assert_eq!((memory.text, memory.file), (bytes, bytes));
        assert!(memory.encoded.abs_diff(200_000 * 2 * 4) < 1000, "{memory:?}");
        assert!(memory.total() > 2 * bytes && memory.kept() < memory.total());
        assert!(file_sizes(&spec, &folder.path().join("nowhere")).is_err());
    }
}
