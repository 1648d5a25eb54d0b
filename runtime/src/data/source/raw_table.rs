//! The sources of a run: read, joined and split, but not encoded.

mod remarks;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::data::{Compound, InputInfo};

pub(super) use remarks::notes;

use super::dictionary::Dictionary;
use super::key_column::KeyColumn;
use super::main_rows::{Each, MainRows};
use super::opening::ReadSources;
use super::row_files::RowFiles;
use super::row_index::RowIndex;
use super::skipped::Skipped;
use super::split::split;
use super::stamp::{FileRole, FileStamp};
use super::structure::{Join, Structure};
use super::table::Table;
use crate::data::cut::Cut;
use crate::data::encoded::{NONE, Values};
use crate::data::error::{DataError, Losses, Place, SpecError};
use crate::data::field::{FieldName, HISTORY};
use crate::data::held_out::HeldOut;
use crate::data::history::Timeline;
use crate::data::row::{Cell, Row};
use turret_schema::{DataSpec, FileSpec};

/// Rows of all sources, their joins, and their split. Joined sources are in memory; the main source is
/// scanned in order.
pub struct RawTable {
    spec: DataSpec,
    folder: PathBuf,
    /// Files that were read.
    files: Vec<FileStamp>,
    main: MainRows,
    /// The other sources.
    tables: Vec<Table>,
    structure: Structure,
    /// For each source, the matching row of each row of the main source. Empty for a source that is not
    /// joined.
    partners: Vec<Values<u32>>,
    /// Training rows of the main source, ascending.
    pub train: Vec<u32>,
    /// Validation rows of the main source, ascending.
    pub validate: Vec<u32>,
    /// Test rows of the main source, ascending.
    pub test: Vec<u32>,
    /// Number of rows of the main source that filters removed.
    pub filtered: usize,
    /// Order of the rows, if the spec has user and time columns.
    timeline: Timeline,
    /// Rows that were skipped: with a wrong number of columns, without a matching row, or rejected by a
    /// column.
    pub skipped: Skipped,
    /// Warnings and notes about the data.
    pub notes: Vec<String>,
    /// For each source, the rows that are rejected or duplicates. Empty if there are none.
    left_out: Vec<Vec<bool>>,
}

impl RawTable {
    /// Data of sources whose main rows were scanned. They are not split yet.
    pub(super) fn of_structure(
        spec: DataSpec,
        folder: &Path,
        sources: ReadSources,
        structure: Structure,
        joins: Vec<Join>,
    ) -> Result<Self, DataError> {
        let ReadSources { main, tables, skipped, .. } = sources;
        let warnings = notes(&main, &tables).into_iter().map(|note| format!("warning: {note}"));
        let mut data = Self {
            files: main.stamps().chain(tables.iter().flat_map(Table::stamps)).collect(),
            notes: warnings.collect(),
            left_out: vec![Vec::new(); spec.sources.len()],
            partners: vec![Values::default(); spec.sources.len()],
            folder: folder.to_owned(),
            filtered: structure.filtered,
            structure,
            timeline: Timeline::default(),
            train: Vec::new(),
            validate: Vec::new(),
            test: Vec::new(),
            spec,
            main,
            tables,
            skipped,
        };
        data.note_missing_keys()?;
        data.notes.append(&mut data.structure.notes);
        data.note_repeated();
        for (join, partners) in joins.into_iter().zip(std::mem::take(&mut data.structure.partners)) {
            data.leave_out_repeated(&join);
            data.partners[join.source] = partners;
        }
        if let Some(timeline) = &data.spec.timeline {
            let mut files = std::mem::take(&mut data.structure.files);
            let times = std::mem::take(&mut data.structure.timeline);
            let users = data.keys(&timeline.user)?.numbers();
            data.timeline = Timeline::new(data.usable(), users, &times, &mut files)?;
            data.structure.files = files;
        }
        Ok(data)
    }

    /// Adds notes on the files to an error.
    pub fn remarked(&self, error: DataError) -> DataError {
        error.with_remarks(notes(&self.main, &self.tables))
    }

    pub(in crate::data) fn split(&mut self) -> Result<(), DataError> {
        let rows = self.usable().to_vec();
        let left = rows.len();
        if left == 0 {
            return Err(SpecError::NoRow(self.losses()).into());
        }
        let times = &self.structure.split_times;
        let parts = split(&self.spec.split, rows, times, &self.main.ends_of_paths(), &self.timeline)?;
        (self.train, self.validate, self.test) = (parts.train, parts.validate, parts.test);
        if self.train.is_empty() {
            let (split, losses) = (self.spec.split.clone(), self.losses());
            return Err(SpecError::EmptySplit { split, left, losses }.into());
        }
        Ok(())
    }

    /// Returns the rows of the main source that are not split.
    fn losses(&self) -> Losses {
        Losses {
            filters: self.spec.filters.iter().map(|filter| filter.field.to_string()).collect(),
            filtered: self.filtered,
            skipped: self.skipped.clone(),
        }
    }

    /// Removes the rejected rows of all sources and repeats the split.
    pub(in crate::data) fn leave_out(
        &mut self,
        refused: &[bool],
        joined: &BTreeSet<(usize, u32)>,
        errors: Vec<(usize, u32, DataError)>,
    ) -> Result<(), DataError> {
        self.skip(joined, errors)?;
        self.structure.leave_out(|row| refused[row as usize])?;
        self.timeline = self.timeline.without(refused, &mut self.structure.files)?;
        self.split()
    }

    /// Removes the rejected rows of all sources from the split.
    pub(in crate::data) fn leave_out_of_split(
        &mut self,
        refused: &[bool],
        joined: &BTreeSet<(usize, u32)>,
        errors: Vec<(usize, u32, DataError)>,
    ) -> Result<(), DataError> {
        self.skip(joined, errors)?;
        for part in [&mut self.train, &mut self.validate, &mut self.test] {
            part.retain(|&row| !refused[row as usize]);
        }
        match self.train.is_empty() {
            true => Err(SpecError::AllRefused { skipped: self.skipped.clone() }.into()),
            false => Ok(()),
        }
    }

    /// Counts rejected rows, and removes those of joined sources.
    fn skip(
        &mut self,
        joined: &BTreeSet<(usize, u32)>,
        errors: Vec<(usize, u32, DataError)>,
    ) -> Result<(), DataError> {
        for (source, row, error) in errors {
            self.skipped.take(self.spec.on_error, (source, row), error)?;
        }
        joined.iter().for_each(|&(source, row)| self.leave_out_row(source, row));
        Ok(())
    }

    fn leave_out_row(&mut self, source: usize, row: u32) {
        let rows = self.index(source).rows() as usize;
        self.left_out[source].resize(rows, false);
        self.left_out[source][row as usize] = true;
    }

    /// Returns whether a row of a joined source was removed.
    pub(in crate::data) fn is_left_out(&self, source: usize, row: u32) -> bool {
        self.left_out[source].get(row as usize).copied().unwrap_or(false)
    }

    /// Rows of a held-out part, ascending.
    pub fn held_out(&self, part: HeldOut) -> &[u32] {
        match part {
            HeldOut::Validate => &self.validate,
            HeldOut::Test => &self.test,
        }
    }

    /// Number of rows that are in no part of the split: those after the test row of a user.
    pub fn unused(&self) -> usize {
        self.usable().len() - self.train.len() - self.validate.len() - self.test.len()
    }

    /// Rows of the main source in any part of the split, ascending.
    pub fn split_rows(&self) -> Cow<'_, [u32]> {
        if self.unused() == 0 {
            return self.usable().into();
        }
        let mut rows = [&self.train[..], &self.validate, &self.test].concat();
        rows.sort_unstable();
        rows.into()
    }

    /// Rows of the main source that are split, ascending.
    pub fn usable(&self) -> &[u32] {
        &self.structure.usable
    }

    /// Passes the rows of the main source to `each` in order, some chunks at a time.
    pub(in crate::data) fn scan(&self, each: Each<'_>) -> Result<(), DataError> {
        self.main.scan(each)
    }

    /// Returns the texts of fields of rows of the main source, or of the rows joined to them, in the order of
    /// `rows`. A row without a joined row has an empty text.
    pub fn texts(&self, rows: &[u32], fields: &[FieldName<'_>]) -> Result<Vec<Vec<String>>, DataError> {
        let info = InputInfo::new("", 0, fields);
        let cells = self.cells(&info)?;
        let mut order: Vec<u32> = (0..rows.len() as u32).collect();
        order.sort_by_key(|&at| rows[at as usize]);
        let mut next = order.iter().copied().peekable();
        let mut texts = vec![Vec::new(); rows.len()];
        self.scan(&mut |chunks| {
            for (first, chunk) in chunks {
                let end = first + chunk.rows() as u32;
                while let Some(at) = next.next_if(|&at| rows[at as usize] < end) {
                    let row = Row::joined(self, &cells, chunk, *first, rows[at as usize]);
                    texts[at as usize] =
                        (0..fields.len()).map(|field| row.field(field).to_string()).collect();
                }
            }
            Ok(())
        })?;
        Ok(texts)
    }

    /// Returns the description of the data.
    pub fn spec(&self) -> &DataSpec {
        &self.spec
    }

    /// Returns the data folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the stamps of the files that were read.
    pub fn files(&self) -> &[FileStamp] {
        &self.files
    }

    /// Adds stamps of files other than sources, some of which may be known. A missing file is reported by its
    /// reader.
    pub(crate) fn stamp(&mut self, files: &[FileSpec], known: &[FileStamp]) {
        let stamp = |file: &FileSpec| {
            let (role, path) = FileRole::of(file);
            let known = known.iter().find(|known| known.role == role && known.path == path);
            known.cloned().or_else(|| FileStamp::of_file(role, &self.folder, path).ok())
        };
        let stamps: Vec<FileStamp> = files.iter().filter_map(stamp).collect();
        self.files.extend(stamps);
    }

    /// Returns whether the main source is too long to stay in memory.
    pub(crate) fn is_long(&self) -> bool {
        self.main.is_long()
    }

    /// Returns whether the numbers of the rows of a long main source are in memory, because no files can be written.
    pub(crate) fn is_in_memory(&self) -> bool {
        self.is_long() && !self.structure.files.can_be_written()
    }

    /// Number of rows of the main source.
    pub fn rows(&self) -> usize {
        self.main.index().rows() as usize
    }

    /// Place of a row of the main source.
    pub fn place(&self, row: u32) -> Place {
        self.main.index().place(row)
    }

    /// Returns the timeline of the split rows. Empty if the spec has none.
    pub(in crate::data) fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// Columns and places of a source.
    pub(in crate::data) fn index(&self, source: usize) -> &RowIndex {
        source.checked_sub(1).map_or(self.main.index(), |joined| self.tables[joined].index())
    }

    /// A joined source.
    pub(in crate::data) fn table(&self, source: usize) -> &Table {
        &self.tables[source - 1]
    }

    /// Keys of a column of the main source that joins, users, groups or the catalog read.
    pub(in crate::data) fn keys(&self, name: &str) -> Result<&KeyColumn, DataError> {
        let keys = self.structure.keys(self.column(0, name)?);
        keys.ok_or_else(|| SpecError::NoKeys { field: name.to_owned() }.into())
    }

    /// Distinct texts of a column of the main source or of its items, if they were kept and repeat.
    pub(in crate::data) fn dictionary(&self, column: usize, cut: Option<Cut>) -> Option<&Dictionary> {
        self.structure.dictionary((column, cut))
    }

    /// Frees the distinct texts of columns, which only fitting and encoding read.
    pub(crate) fn forget_dictionaries(&mut self) {
        self.structure.forget_dictionaries();
    }

    /// Sum of the cells of each row of the main source. Empty if there is no split.
    pub(in crate::data) fn sums(&self) -> &[u64] {
        &self.structure.sums
    }

    /// Times of the rows for a split by time. Empty for another split.
    pub(in crate::data) fn split_times(&self) -> &Values<u32> {
        &self.structure.split_times
    }

    /// Returns the matching row of a joined source for each row of the main source. Empty for a source that
    /// is not joined.
    pub(in crate::data) fn partners(&self, source: usize) -> &Values<u32> {
        &self.partners[source]
    }

    /// Returns the index of a source.
    pub(in crate::data) fn source(&self, name: &str) -> Result<usize, DataError> {
        self.spec.source(name).ok_or_else(|| {
            let sources = self.spec.sources.iter().map(|source| source.name.to_string()).collect();
            SpecError::UnknownSource { name: name.to_owned(), sources }.into()
        })
    }

    /// Returns the first source with a column, else the main one.
    fn source_with(&self, column: &str) -> usize {
        (0..self.spec.sources.len()).find(|&source| self.index(source).column(column).is_some()).unwrap_or(0)
    }

    /// Returns the index of a column of a source.
    pub(in crate::data) fn column(&self, source: usize, name: &str) -> Result<usize, DataError> {
        self.index(source).wanted(&self.spec.sources[source].name, name)
    }

    /// Returns the group of each row of the main source by the key in a field. Groups are numbered by their
    /// first rows. A row without a key is its own group.
    pub(in crate::data) fn groups(
        &self,
        field: &str,
        files: &mut RowFiles,
    ) -> Result<Values<u32>, DataError> {
        let keys = self.keys(field)?;
        let (mut groups, mut next) = (vec![NONE; keys.keys().len()], 0);
        let mut fresh = || {
            next += 1;
            next - 1
        };
        let group = |&number: &u32| match groups.get_mut(number as usize) {
            None => fresh(),
            Some(group) => {
                if *group == NONE {
                    *group = fresh();
                }
                *group
            }
        };
        files.collect(keys.numbers().iter().map(group))
    }

    /// Returns the index of the `join`-th joined source; 0 is the main source.
    pub(in crate::data) fn joined_source(&self, join: usize) -> Result<usize, DataError> {
        match join.checked_sub(1).map(|join| self.spec.joins.get(join)) {
            None => Ok(0),
            Some(Some(join)) => self.source(&join.source),
            Some(None) => Err(SpecError::UnknownJoin { join }.into()),
        }
    }

    /// Returns the places of the fields of an input.
    pub(in crate::data) fn cells(&self, input: &InputInfo<'_>) -> Result<Vec<Cell>, DataError> {
        let own = self.joined_source(input.source)?;
        let mut cells = Vec::with_capacity(input.fields.len());
        for field in input.fields {
            let earlier = field.source == HISTORY && self.spec.history.is_some();
            let source = if earlier { self.source_with(field.name) } else { self.source(field.source)? };
            let reachable = if input.source == 0 {
                source == 0 || !self.partners[source].is_empty()
            } else {
                source == own
            };
            if !reachable {
                let joined_to = self.spec.sources[own].name.to_string();
                let (input, field) = (input.name.to_owned(), field.to_string());
                return Err(SpecError::NotJoined { input, field, joined_to }.into());
            }
            cells.push(Cell { source, column: self.column(source, field.name)?, earlier, compound: None });
        }
        for Compound { kind, fields } in input.compounds {
            let [first, further @ ..] = fields else { continue };
            let place = |field: &FieldName<'_>| input.fields.iter().position(|other| other == field);
            let columns = further.iter().filter_map(place).map(|at| cells[at].column).collect();
            if let Some(at) = place(first) {
                cells[at].compound = Some((*kind, columns));
            }
        }
        Ok(cells)
    }
}
