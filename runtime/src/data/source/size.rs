//! Estimates of the sizes of data files, and of the memory needed to read them.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::data::InputInfo;

use super::chunk::Chunk;
use super::file::{SourceFile, Stamped};
use super::main_rows::Retained;
use super::read::{BLOCK, Receive, read};
use super::row_numbers::PIECE;
use super::structure::key_fields;
use super::{Size, SourceSpec, form};
use crate::data::error::DataError;
use turret_schema::{DataSpec, FileForm, SplitSpec};

/// Number of bytes from which rows and cells of a file are estimated.
const SAMPLE: u64 = 1 << 20;
/// Bytes per cell of a source in memory in addition to its text: where it begins and ends.
const SPAN: u64 = 8;
/// Bytes per encoded value, per number of a row, and per key of a row.
const NUMBER: u64 = 4;
/// Bytes per time of a row: the value with its row, and numbers while rows are ordered by it.
const TIME: u64 = 36;
/// Numbers per row of a long main source that are in memory at once. The others are in files.
const AT_ONCE: u64 = 5;
/// Bytes per row that tell a repeated one.
const SUM: u64 = 8;
/// Blocks of text that are read, parsed, and fitted or encoded at once, for each thread. A parsed block takes two to
/// three times its text.
const BLOCKS: u64 = 6 * 3;

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
    fn of(source: &SourceSpec, file: &SourceFile) -> Result<Self, DataError> {
        let mut sample = Vec::new();
        let bytes = file.metadata()?.len();
        let mut input = file.input(source.encoding)?;
        input.by_ref().take(SAMPLE).read_to_end(&mut sample).map_err(|error| file.failed(error))?;
        let Size { rows, further_cells } = form(source.form).size(source, &sample);
        let items = match &source.explode {
            Some(_) => Items::of(source, file)?,
            None => Items { lists: 1, rows: 1 },
        };
        let of_all = |count: u64| {
            // The rest of a file is compressed as its beginning.
            let all = u128::from(count) * u128::from(bytes) / u128::from(input.bytes_read()).max(1);
            u64::try_from(all).unwrap_or(u64::MAX)
        };
        let rows = items.of_lists(of_all(rows)).max(1);
        Ok(Self {
            source: source.name.to_string(),
            bytes: of_all(sample.len() as u64),
            path: file.path().to_owned(),
            rows,
            cells: items.of_lists(of_all(further_cells)).saturating_add(rows),
        })
    }
}

/// Numbers of lists and of their items, each of which is a row, at the beginning of a file.
struct Items {
    lists: u64,
    rows: u64,
}

impl Items {
    /// Reads the first rows of a file.
    fn of(source: &SourceSpec, file: &SourceFile) -> Result<Self, DataError> {
        let mut items = Self { lists: 1, rows: 0 };
        read(source, std::slice::from_ref(file), Some(SAMPLE as usize), &mut items)?;
        Ok(items)
    }

    /// Number of rows of a number of lists.
    fn of_lists(&self, lists: u64) -> u64 {
        let rows = u128::from(lists) * u128::from(self.rows) / u128::from(self.lists);
        u64::try_from(rows).unwrap_or(u64::MAX)
    }
}

impl Receive for Items {
    fn begin_file(&mut self, _: &Path, _: &[String]) -> Result<(), DataError> {
        Ok(())
    }

    fn take(&mut self, chunks: Vec<Chunk>) -> Result<(), DataError> {
        for chunk in chunks.iter().filter(|chunk| chunk.rows() > 0) {
            self.rows += chunk.rows() as u64;
            // A list is a line.
            self.lists = chunk.lines.line(chunk.rows() as u32 - 1);
        }
        Ok(())
    }

    fn end_file(&mut self) -> Result<(), DataError> {
        Ok(())
    }
}

/// Returns the memory of the blocks of a file of text while it is read.
pub(super) fn text_blocks(bytes: u64, threads: u64) -> u64 {
    bytes.min(BLOCK as u64 * threads).saturating_mul(BLOCKS)
}

/// Returns the sizes of all source files.
pub fn file_sizes(spec: &DataSpec, folder: &Path) -> Result<Vec<FileSize>, DataError> {
    let mut sizes = Vec::new();
    for (index, source) in spec.sources.iter().enumerate() {
        for file in SourceFile::all(spec, index, folder, Stamped::No)? {
            sizes.push(FileSize::of(source, &file)?);
        }
    }
    Ok(sizes)
}

/// Memory for reading and encoding the data, in bytes. The text of a long main source is not held, and its encoded
/// columns are in files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DataMemory {
    /// Text of the joined sources, and of a short main source.
    pub text: u64,
    /// Places of the cells in the text.
    pub places: u64,
    /// Keys, times and splits of the rows of the main source.
    pub rows: u64,
    /// Blocks of files while they are read.
    pub blocks: u64,
    /// Encoded columns: at least one number per field. Those of a long main source are in files.
    pub encoded: u64,
    /// Encoded columns again, while they are put in the order of a log.
    pub ordered: u64,
    /// Distinct texts of columns, at most, and the numbers of some rows; those of others are in files.
    pub distinct: u64,
}

impl DataMemory {
    /// Estimates the memory of files of these sizes for a model with these inputs. `retained` decides
    /// on the main source.
    pub(crate) fn of(
        sizes: &[FileSize],
        spec: &DataSpec,
        inputs: &[InputInfo<'_>],
        retained: Retained,
    ) -> Self {
        let Some(main) = spec.sources.first().map(|source| &*source.name) else { return Self::default() };
        let rows_of = |source: &str| -> u64 {
            sizes.iter().filter(|size| size.source == source).map(|size| size.rows).sum()
        };
        let main_rows = rows_of(main);
        let is_long = main_rows > u64::from(retained.most_rows());
        let held = || sizes.iter().filter(|size| size.source != main || !is_long);
        let of_input = |input: &InputInfo<'_>| {
            let joined = input.source.checked_sub(1).and_then(|join| spec.joins.get(join));
            let own_rows = if is_long { 0 } else { main_rows };
            let rows = joined.map_or(own_rows, |join| rows_of(&join.source));
            rows.saturating_mul(input.fields.len() as u64 * NUMBER)
        };
        let own = inputs.iter().filter(|input| input.source == 0).flat_map(|input| input.fields);
        let columns = own.map(|field| (field.source, field.name)).collect::<BTreeSet<_>>().len() as u64;
        let text: u64 = sizes.iter().filter(|size| size.source == main).map(|size| size.bytes).sum();
        let texts = text.min(retained.most_texts() as u64);
        let distinct = main_rows.min(PIECE as u64).saturating_mul(columns * NUMBER).saturating_add(texts);
        let encoded = inputs.iter().map(of_input).fold(0, u64::saturating_add);
        let keys = key_fields(spec).len() + spec.joins.len();
        let times = usize::from(spec.timeline.is_some())
            + usize::from(matches!(spec.split, SplitSpec::ByTime { .. }));
        let of_row = if is_long {
            AT_ONCE * NUMBER
        } else {
            // A row is usable, in a split, and encoded.
            (keys as u64 + 3) * NUMBER + times as u64 * TIME + SUM
        };
        let blocks = |size: &FileSize| {
            let source = spec.source(&size.source).map_or(FileForm::default(), |at| spec.sources[at].form);
            form(source).blocks(size.bytes, rayon::current_num_threads() as u64)
        };
        Self {
            text: held().map(|size| size.bytes).sum(),
            places: held().map(|size| size.cells * SPAN).sum(),
            rows: main_rows.saturating_mul(of_row),
            blocks: sizes.iter().map(blocks).max().unwrap_or(0),
            encoded,
            ordered: if spec.history.is_some() && !is_long { encoded } else { 0 },
            distinct,
        }
    }

    /// Memory that stays allocated after reading.
    pub fn kept(&self) -> u64 {
        [self.text, self.places, self.rows, self.encoded].into_iter().fold(0, u64::saturating_add)
    }

    /// Peak memory until the data are encoded.
    pub fn total(&self) -> u64 {
        self.kept().saturating_add(self.distinct).saturating_add(self.blocks.max(self.ordered))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::FieldName;
    use turret_schema::{ExplodeSpec, OnError};

    const FIELDS: &[FieldName] = &[FieldName::of("clicks", "a"), FieldName::of("clicks", "b")];

    #[test]
    fn each_item_of_a_list_is_counted_as_a_row() {
        let folder = tempfile::tempdir().unwrap();
        let row = "U1\tN1 N2 N3\tN1-0 N2-1 N3-0 N4-0 N5-0\n";
        std::fs::write(folder.path().join("shown.tsv"), row.repeat(100_000)).unwrap();
        let explode = ExplodeSpec::new("shown", "news").separator(' ').weight("click").weight_separator('-');
        let source = SourceSpec::tsv("log", "shown.tsv").columns(["user", "read", "shown"]).explode(explode);
        let file = SourceFile::of_source("log", folder.path(), "shown.tsv").unwrap();
        let size = FileSize::of(&source, &file).unwrap();
        assert!(size.rows.abs_diff(500_000) < 500 && size.cells.abs_diff(1_500_000) < 1500, "{size:?}");
    }

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
            split: SplitSpec::random(0.1, 1),
            catalog: None,
            groups: Vec::new(),
            on_error: OnError::Stop,
        };
        let sizes = file_sizes(&spec, folder.path()).unwrap();
        assert_eq!(sizes[0].bytes, 200_000 * row.len() as u64);
        assert!(sizes[0].rows.abs_diff(200_000) < 50 && sizes[0].cells.abs_diff(600_000) < 150, "{sizes:?}");
        let inputs = [InputInfo::new("ctr", 0, FIELDS)];
        let memory = DataMemory::of(&sizes, &spec, &inputs, Retained::Usual);
        // A long main source is not held, and its columns are in files.
        assert_eq!((memory.text, memory.places, memory.encoded), (0, 0, 0));
        assert!(memory.rows.abs_diff(200_000 * 20) < 2000, "{memory:?}");
        assert!(memory.blocks >= 18 << 20 && memory.kept() < memory.total(), "{memory:?}");
        let short = FileSize { rows: 1000, bytes: 19_000, cells: 3000, ..sizes[0].clone() };
        let of_short = |retained| DataMemory::of(std::slice::from_ref(&short), &spec, &inputs, retained);
        let memory = of_short(Retained::Usual);
        assert_eq!((memory.text, memory.places, memory.ordered), (19_000, 24_000, 0));
        assert_eq!(memory.encoded, 1000 * 2 * 4);
        assert_eq!(memory.distinct, 1000 * 2 * 4 + 19_000);
        let memory = of_short(Retained::Least);
        assert_eq!((memory.text, memory.places, memory.encoded), (0, 0, 0));
        // A long log has no more numbers in memory than a shorter one, and bounded texts.
        let long = FileSize { rows: 1 << 30, bytes: 1 << 36, ..short };
        let memory = DataMemory::of(&[long], &spec, &inputs, Retained::Least);
        assert_eq!(memory.distinct, PIECE as u64 * 2 * 4 + Retained::Least.most_texts() as u64);
        assert!(file_sizes(&spec, &folder.path().join("nowhere")).is_err());
    }
}
