//! The sources of a run: read, joined and split, but not encoded.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::data::InputInfo;
use crate::progress::rounded;

use super::files::source_files;
use super::filter::Filter;
use super::join::{Partners, partners};
use super::rows::SourceRows;
use super::split::split;
use super::stamp::FileStamp;
use super::{parse_source, unpacked};
use crate::data::encoded::NONE;
use crate::data::error::{DataError, FieldError, FieldFault, NoPartner, Place, SpecError};
use crate::data::field::{Field, HISTORY};
use crate::data::history::Timeline;
use crate::data::key::{TAKEN_AS_KEYS, looks_missing};
use crate::data::order::Order;
use crate::data::row::Cell;
use turret_schema::{DataSpec, FileSpec, OnError, SplitSpec, Text};

/// Rows of all sources, their joins, and their split.
pub struct RawTable {
    spec: DataSpec,
    folder: PathBuf,
    /// Files that were read.
    files: Vec<FileStamp>,
    tables: Vec<SourceRows>,
    /// For each source, the matching row of each row of the main source. Empty for a source that is not
    /// joined.
    partners: Vec<Vec<u32>>,
    /// Rows of the main source that are split, ascending.
    usable: Vec<u32>,
    /// Training rows of the main source, ascending.
    pub train: Vec<u32>,
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
    /// For each joined source, the rows that are rejected or duplicates. Empty if there are none.
    left_out: Vec<Vec<bool>>,
}

/// Number of skipped rows, and the reason for the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Number.
    pub count: u64,
    /// Message of the first.
    pub first: Option<String>,
}

impl Skipped {
    /// Skips and counts a row, or returns the error, depending on the policy.
    pub(in crate::data) fn take(&mut self, policy: OnError, error: DataError) -> Result<(), DataError> {
        if policy == OnError::Stop {
            return Err(error);
        }
        self.count += 1;
        self.first.get_or_insert_with(|| error.to_string());
        Ok(())
    }
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.first {
            Some(first) => write!(f, "{} rows skipped, the first because {first}", self.count),
            None => f.write_str("no rows left out"),
        }
    }
}

impl RawTable {
    /// Reads, joins and splits the sources in the data folder.
    pub fn open(spec: &DataSpec, folder: &Path) -> Result<Self, DataError> {
        let mut tables = Vec::with_capacity(spec.sources.len());
        let mut skipped = Skipped::default();
        let mut files = Vec::new();
        for (index, source) in spec.sources.iter().enumerate() {
            let mut table = SourceRows::default();
            for path in source_files(spec, index, folder)? {
                let mut refuse = |error| skipped.take(spec.on_error, error);
                let (path, bytes, stamp) = FileStamp::read(&source.name, folder, &path)?;
                let bytes = unpacked(bytes, source, &path)?;
                let before = table.rows();
                parse_source(source, &path, bytes, &mut table, &mut refuse)?;
                files.push(FileStamp { rows: Some((table.rows() - before) as u64), ..stamp });
            }
            tables.push(table);
        }
        let mut data = Self::of_tables(spec.clone(), folder.to_owned(), tables, files, skipped)?;
        data.arrange(&[]).and_then(|()| data.split()).map_err(|error| data.remarked(error))?;
        Ok(data)
    }

    /// Adds notes on the files to an error.
    pub fn remarked(&self, error: DataError) -> DataError {
        error.with_remarks(self.tables.iter().flat_map(SourceRows::notes).cloned())
    }

    /// Data of tables that were read but not joined or split.
    pub(super) fn of_tables(
        spec: DataSpec,
        folder: PathBuf,
        tables: Vec<SourceRows>,
        files: Vec<FileStamp>,
        skipped: Skipped,
    ) -> Result<Self, DataError> {
        if tables.is_empty() {
            return Err(SpecError::NoSource.into());
        }
        let notes =
            tables.iter().flat_map(SourceRows::notes).map(|note| format!("warning: {note}")).collect();
        Ok(Self {
            spec,
            folder,
            files,
            partners: vec![Vec::new(); tables.len()],
            left_out: vec![Vec::new(); tables.len()],
            tables,
            usable: Vec::new(),
            train: Vec::new(),
            test: Vec::new(),
            filtered: 0,
            timeline: Timeline::default(),
            skipped,
            notes,
        })
    }

    /// Finds the rows to split: filtered, joined and ordered. Missing rows of a source in `is_cut` are not
    /// errors.
    pub(super) fn arrange(&mut self, is_cut: &[bool]) -> Result<(), DataError> {
        self.note_missing_keys()?;
        let rows = self.filter()?;
        let rows = self.join(rows, is_cut)?;
        let rows = self.check_times(rows)?;
        self.usable = self.order(rows)?;
        Ok(())
    }

    pub(in crate::data) fn split(&mut self) -> Result<(), DataError> {
        if self.usable.is_empty() {
            return Err(SpecError::NoRow {
                filters: self.spec.filters.iter().map(|filter| filter.field.to_string()).collect(),
                filtered: self.filtered,
                skipped: self.skipped.clone(),
            }
            .into());
        }
        let rows = self.usable.clone();
        let times = match &self.spec.split {
            SplitSpec::ByTime { order, .. } => self.times(order)?,
            _ => Vec::new(),
        };
        (self.train, self.test) = split(&self.spec.split, &self.tables[0], &times, &self.timeline, rows)?;
        Ok(())
    }

    /// Removes the rejected rows of all sources and repeats the split.
    pub(in crate::data) fn leave_out(
        &mut self,
        refused: &[bool],
        of_sources: &[(usize, u32)],
        errors: Vec<DataError>,
    ) -> Result<(), DataError> {
        errors.into_iter().try_for_each(|error| self.skipped.take(self.spec.on_error, error))?;
        of_sources.iter().for_each(|&(source, row)| self.leave_out_row(source, row));
        self.usable.retain(|&row| !refused[row as usize]);
        self.timeline.leave_out(refused);
        self.split()
    }

    fn leave_out_row(&mut self, source: usize, row: u32) {
        let rows = self.tables[source].rows();
        self.left_out[source].resize(rows, false);
        self.left_out[source][row as usize] = true;
    }

    /// Returns whether a row of a joined source was removed.
    pub(in crate::data) fn is_left_out(&self, source: usize, row: u32) -> bool {
        self.left_out[source].get(row as usize).copied().unwrap_or(false)
    }

    /// Adds a note if grouping columns contain common spellings of missing values.
    fn note_missing_keys(&mut self) -> Result<(), DataError> {
        let mut columns: Vec<(usize, &str)> = self.spec.groups.iter().map(|group| (0, &**group)).collect();
        columns.extend(self.spec.timeline.iter().map(|timeline| (0, &*timeline.user)));
        columns.extend(self.spec.joins.iter().map(|join| (0, &*join.left)));
        if let Some(catalog) = &self.spec.catalog {
            columns.push((self.source(&catalog.source)?, &catalog.key));
        }
        columns.sort_unstable();
        columns.dedup();
        for (source, name) in columns {
            let (table, column) = (&self.tables[source], self.column(source, name)?);
            let rows = 0..table.rows() as u32;
            let mut found = rows.filter(|&row| looks_missing(table.text(row, column).trim()));
            if let Some(first) = found.next() {
                let (place, count) = (table.place(first), rounded(1.0 + found.count() as f64));
                self.notes.push(format!("warning: {place}: column `{name}`: {count} values {TAKEN_AS_KEYS}"));
            }
        }
        Ok(())
    }

    /// Returns the rows that pass all filters.
    fn filter(&mut self) -> Result<Vec<u32>, DataError> {
        let mut rows: Vec<u32> = (0..self.rows() as u32).collect();
        for spec in self.spec.filters.clone() {
            let filter = Filter::new(&spec, self.column(0, &spec.field)?)?;
            rows = self.kept(rows, |main, row| {
                let keeps = filter.keeps(&main.text(row, filter.column()).into());
                keeps.map_err(|error| DataError::Row { place: main.place(row), error })
            })?;
        }
        Ok(rows)
    }

    /// Returns the rows with a valid time, if the split needs one.
    fn check_times(&mut self, rows: Vec<u32>) -> Result<Vec<u32>, DataError> {
        let SplitSpec::ByTime { order: names, .. } = self.spec.split.clone() else { return Ok(rows) };
        let (mut order, columns) = (Order::new(&names), self.times(&names)?);
        let rows = self.kept(rows, |main, row| {
            order.push(row, |at| main.text(row, columns[at]).into(), || main.place(row)).map(|()| true)
        })?;
        self.note(order.notes());
        Ok(rows)
    }

    /// Returns the indices of time columns.
    fn times(&self, names: &[Text]) -> Result<Vec<usize>, DataError> {
        names.iter().map(|name| self.column(0, name)).collect()
    }

    /// Adds notes that are new.
    fn note(&mut self, notes: impl IntoIterator<Item = String>) {
        for note in notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }

    /// Returns the rows that pass a check. Others count as filtered; errors are handled by the policy.
    fn kept(
        &mut self,
        rows: Vec<u32>,
        mut keeps: impl FnMut(&SourceRows, u32) -> Result<bool, DataError>,
    ) -> Result<Vec<u32>, DataError> {
        let mut kept = Vec::with_capacity(rows.len());
        for row in rows {
            match keeps(&self.tables[0], row) {
                Ok(true) => kept.push(row),
                Ok(false) => self.filtered += 1,
                Err(error) => self.skipped.take(self.spec.on_error, error)?,
            }
        }
        Ok(kept)
    }

    /// Builds the timeline, if there is one, and returns its rows.
    fn order(&mut self, rows: Vec<u32>) -> Result<Vec<u32>, DataError> {
        let Some(spec) = &self.spec.timeline else { return Ok(rows) };
        let (user, times) = (self.column(0, &spec.user)?, self.times(&spec.order)?);
        let refuse = |error| self.skipped.take(self.spec.on_error, error);
        let (timeline, notes) = Timeline::new(spec, &self.tables[0], (user, &times), rows, refuse)?;
        self.timeline = timeline;
        self.note(notes);
        let mut rows: Vec<u32> = self.timeline.events().iter().map(|event| event.row).collect();
        rows.sort_unstable();
        Ok(rows)
    }

    /// Finds the matching rows of all rows. Returns the given rows that have all of them.
    fn join(&mut self, rows: Vec<u32>, is_cut: &[bool]) -> Result<Vec<u32>, DataError> {
        let mut usable = vec![false; self.rows()];
        rows.iter().for_each(|&row| usable[row as usize] = true);
        let mut left_out = Vec::new();
        for join in &self.spec.joins {
            let source = self.source(&join.source)?;
            let (left, right) = (self.column(0, &join.left)?, self.column(source, &join.right)?);
            let Partners { of_rows: found, repeated } =
                partners(&self.tables[0], left, &self.tables[source], right, join)?;
            if let Some(&first) = repeated.first() {
                self.notes.push(format!(
                    "note: {} rows of `{}` equal an earlier one and count once, the first of them on line {}",
                    rounded(repeated.len() as f64),
                    join.source,
                    self.tables[source].place(first).line
                ));
            }
            left_out.extend(repeated.into_iter().map(|row| (source, row)));
            for &row in rows.iter().filter(|&&row| found[row as usize] == NONE) {
                let value = Field::from(self.tables[0].text(row, left));
                let partner = NoPartner { joined: join.source.to_string(), column: join.right.to_string() };
                let error = DataError::Row {
                    place: self.tables[0].place(row),
                    error: FieldError::new(&join.left, &value, FieldFault::NoPartner(Box::new(partner))),
                };
                let was_usable = std::mem::replace(&mut usable[row as usize], false);
                if was_usable && !is_cut.get(source).is_some_and(|&is_cut| is_cut) {
                    self.skipped.take(self.spec.on_error, error)?;
                }
            }
            self.partners[source] = found;
        }
        left_out.into_iter().for_each(|(source, row)| self.leave_out_row(source, row));
        Ok(rows.into_iter().filter(|&row| usable[row as usize]).collect())
    }

    /// Number of rows that are neither training nor test rows: those after the test row of a user.
    pub fn unused(&self) -> usize {
        self.usable.len() - self.train.len() - self.test.len()
    }

    /// Rows of the main source that are split, ascending.
    pub(in crate::data) fn usable(&self) -> &[u32] {
        &self.usable
    }

    /// Adds the place of a row to an error.
    pub(in crate::data) fn refused(&self, source: usize, row: u32, error: FieldError) -> DataError {
        DataError::Row { place: self.tables[source].place(row), error }
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

    /// Adds stamps of files other than sources. A missing file is reported by its reader.
    pub(crate) fn stamp(&mut self, files: &[FileSpec]) {
        let stamps = files.iter().filter_map(|file| FileStamp::of(file, &self.folder).ok());
        self.files.extend(stamps);
    }

    /// Number of rows of the main source.
    pub fn rows(&self) -> usize {
        self.tables[0].rows()
    }

    /// Returns the text of a field of a row of the main source, or of the joined row. `None` if either does
    /// not exist.
    pub fn raw(&self, row: u32, source: &str, name: &str) -> Option<&str> {
        let source = self.spec.source(source)?;
        let column = self.tables[source].column(name)?;
        let row = if source == 0 { row } else { *self.partners[source].get(row as usize)? };
        ((row as usize) < self.tables[source].rows()).then(|| self.tables[source].text(row, column))
    }

    /// Place of a row of the main source.
    pub fn place(&self, row: u32) -> Place {
        self.tables[0].place(row)
    }

    /// Returns the timeline of the split rows. Empty if the spec has none.
    pub(in crate::data) fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    pub(in crate::data) fn table(&self, source: usize) -> &SourceRows {
        &self.tables[source]
    }

    pub(in crate::data) fn joined_text(&self, cell: Cell, row: u32) -> &str {
        let row = if cell.source == 0 { row } else { self.partners[cell.source][row as usize] };
        self.tables[cell.source].text(row, cell.column)
    }

    pub(in crate::data) fn source_text(&self, cell: Cell, row: u32) -> &str {
        self.tables[cell.source].text(row, cell.column)
    }

    /// Returns the matching row of a joined source for each row of the main source.
    pub(in crate::data) fn partners(&self, source: usize) -> &[u32] {
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
        self.tables.iter().position(|table| table.column(column).is_some()).unwrap_or(0)
    }

    /// Returns the index of a column of a source.
    pub(in crate::data) fn column(&self, source: usize, name: &str) -> Result<usize, DataError> {
        self.tables[source].column(name).ok_or_else(|| DataError::Header {
            source: self.spec.sources[source].name.to_string(),
            wanted: name.to_owned(),
            names: self.tables[source].columns().to_vec(),
        })
    }

    /// Returns the group of each row of the main source by the key in a field. Groups are numbered by their
    /// first rows. A row without a key is its own group.
    pub(in crate::data) fn groups(&self, field: &str) -> Result<Vec<u32>, DataError> {
        let column = self.column(0, field)?;
        let (mut numbers, mut next) = (HashMap::new(), 0);
        let mut number = |row: u32| {
            let fresh = |number: &mut u32| std::mem::replace(number, *number + 1);
            match self.tables[0].key(row, column) {
                None => fresh(&mut next),
                Some(key) => *numbers.entry(key).or_insert_with(|| fresh(&mut next)),
            }
        };
        Ok((0..self.rows() as u32).map(&mut number).collect())
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
            cells.push(Cell { source, column: self.column(source, field.name)?, earlier });
        }
        Ok(cells)
    }
}
