//! The first scan of the main source: the rows that are used, their joined rows, users, groups and times.

use std::collections::BTreeSet;

use rayon::prelude::*;
use turret_schema::{DataSpec, FilterSpec, JoinSpec, KeepRow, SplitSpec, Text};

use super::chunk::Chunk;
use super::dictionary::{ColumnCut, Dictionaries, Dictionary, GrowingDictionaries};
use super::distinct::repeated;
use super::filter::Filter;
use super::join::JoinedKeys;
use super::key_column::{GrowingKeys, KeyColumn};
use super::main_rows::Numbered;
use super::row_files::{RowFile, RowFiles};
use super::row_index::RowIndex;
use super::row_numbers::RowNumbers;
use super::skipped::Skipped;
use crate::data::encoded::{NONE, Values};
use crate::data::error::{DataError, FieldError, FieldFault, NoPartner, Place};
use crate::data::field::Field;
use crate::data::order::Order;

/// A join of the main source.
pub(super) struct Join {
    /// Index of the joined source.
    pub(super) source: usize,
    /// Rows of the joined source by key.
    pub(super) keys: JoinedKeys,
    /// True if the source was not read completely, so that a missing row is no error.
    pub(super) is_cut: bool,
}

/// Properties of the rows of the main source after the first scan. The numbers of a long source are in files.
#[derive(Default)]
pub(super) struct Structure {
    /// Columns with keys, ascending.
    pub(super) keys: Vec<KeyColumn>,
    /// Joined row of each row, for each join; [`NONE`] if there is none.
    pub(super) partners: Vec<Values<u32>>,
    /// Rows that are split, ascending.
    pub(super) usable: Values<u32>,
    /// Time of each row in the timeline. Empty without one.
    pub(super) timeline: Values<u32>,
    /// Time of each row for a split by time. Empty for another split.
    pub(super) split_times: Values<u32>,
    /// Notes on times.
    pub(super) notes: Vec<String>,
    /// Number of rows that filters removed.
    pub(super) filtered: usize,
    /// Rows that are not used because another one has the same keys, ascending.
    pub(super) repeated: Vec<u32>,
    /// Distinct texts of columns that are fitted and encoded.
    dictionaries: Dictionaries,
    /// Sum of the cells of each row, if there may be test rows.
    pub(super) sums: Values<u64>,
    /// Files of the numbers.
    pub(super) files: RowFiles,
}

impl Structure {
    /// Keys of a column, if they were read.
    pub(super) fn keys(&self, column: usize) -> Option<&KeyColumn> {
        self.keys.iter().find(|keys| keys.column() == column)
    }

    /// Distinct texts of a column or of its items, if they repeat.
    pub(super) fn dictionary(&self, column: ColumnCut) -> Option<&Dictionary> {
        self.dictionaries.of(column)
    }

    /// Removes the distinct texts.
    pub(super) fn forget_dictionaries(&mut self) {
        self.dictionaries = Dictionaries::default();
    }

    /// Removes rows from those that are split.
    pub(super) fn leave_out(&mut self, is_refused: impl Fn(u32) -> bool) -> Result<(), DataError> {
        let kept = self.usable.iter().copied().filter(|&row| !is_refused(row));
        self.usable = self.files.collect(kept)?;
        Ok(())
    }

    /// Keeps one row of those with the same keys. `keys` are the indices of the key columns.
    fn keep_distinct(&mut self, keep: KeepRow, keys: &[usize]) -> Result<(), DataError> {
        let keys: Vec<&[u32]> = keys.iter().map(|&at| self.keys[at].numbers()).collect();
        let times: Option<&[u32]> = [&self.timeline, &self.split_times]
            .into_iter()
            .find(|times| !times.is_empty())
            .map(|times| &**times);
        let repeated = repeated(keep, &self.usable, times, &keys);
        self.leave_out(|row| repeated.binary_search(&row).is_ok())?;
        self.repeated = repeated;
        Ok(())
    }
}

/// Fields of the main source whose keys are needed at any row.
pub(super) fn key_fields(spec: &DataSpec) -> Vec<&str> {
    let mut fields: Vec<&str> = spec.groups.iter().map(|group| &**group).collect();
    fields.extend(spec.timeline.iter().map(|timeline| &*timeline.user));
    fields.extend(spec.distinct.iter().flat_map(|distinct| distinct.fields.iter()).map(|field| &**field));
    fields.extend(spec.joins.iter().map(|join| &*join.left));
    fields.extend(
        spec.catalog
            .iter()
            .filter(|catalog| spec.source(&catalog.source) == Some(0))
            .map(|catalog| &*catalog.key),
    );
    fields
}

/// The first scan.
pub(super) struct Scan<'s> {
    spec: &'s DataSpec,
    joins: &'s [Join],
    filters: Vec<Filter<'s>>,
    /// Index of the key column of each join, and of the user.
    left: Vec<usize>,
    user: Option<usize>,
    /// Indices of the key columns of `distinct`.
    distinct: Vec<usize>,
    timeline: Option<Times<'s>>,
    split: Option<Times<'s>>,
    keys: Vec<GrowingKeys>,
    joined: Vec<JoinedRows>,
    usable: (RowNumbers, RowFile),
    sums: (RowNumbers<u64>, RowFile),
    dictionaries: GrowingDictionaries,
    found: Structure,
}

/// Rows of a joined source.
struct JoinedRows {
    /// Row of each distinct key of the main source.
    of_keys: Vec<u32>,
    /// Row of each row of the main source.
    of_rows: RowNumbers,
    file: RowFile,
}

/// Times of rows, with the columns that they are read from.
struct Times<'s> {
    order: Order<'s>,
    columns: Vec<usize>,
}

/// A row that is scanned.
struct ScannedRow<'a> {
    chunk: &'a Chunk,
    at: usize,
    row: u32,
    index: &'a RowIndex,
}

impl ScannedRow<'_> {
    fn field(&self, column: usize) -> Field<'_> {
        self.chunk.field(self.at, column)
    }

    fn place(&self) -> Place {
        self.index.place(self.row)
    }

    fn refused(&self, error: FieldError) -> DataError {
        DataError::Row { place: self.place(), error }
    }
}

/// Use of a row.
enum Use {
    Usable,
    Filtered,
    /// The joined row may be in the part of a file that was not read.
    Unknown,
}

impl<'s> Scan<'s> {
    /// A scan of a source with these columns. `dictionaries` are those of the columns that are fitted and encoded; other
    /// numbers of many rows are in `files`.
    pub(super) fn new(
        spec: &'s DataSpec,
        joins: &'s [Join],
        index: &RowIndex,
        dictionaries: GrowingDictionaries,
        mut files: RowFiles,
    ) -> Result<Self, DataError> {
        let (source, dates) = (&spec.sources[0].name, spec.sources[0].dates);
        let column = |name: &str| index.wanted(source, name);
        let mut columns = key_fields(spec).into_iter().map(column).collect::<Result<Vec<_>, _>>()?;
        columns.sort_unstable();
        columns.dedup();
        let place = |name: &str| {
            let column = column(name)?;
            Ok(columns.partition_point(|&other| other < column))
        };
        let filter = |filter: &'s FilterSpec| Filter::new(filter, column(&filter.field)?, dates);
        let mut times = |names: &'s [Text]| -> Result<_, DataError> {
            let columns = names.iter().map(|name| column(name)).collect::<Result<_, _>>()?;
            Ok(Times { order: Order::new(names, dates, &mut files), columns })
        };
        let split = match &spec.split {
            SplitSpec::ByTime { order, .. } => Some(times(order)?),
            _ => None,
        };
        let timeline = spec.timeline.as_ref().map(|timeline| times(&timeline.order)).transpose()?;
        let joined =
            |_: &Join| JoinedRows { of_keys: Vec::new(), of_rows: RowNumbers::default(), file: files.next() };
        let joined = joins.iter().map(joined).collect();
        Ok(Self {
            filters: spec.filters.iter().map(filter).collect::<Result<_, DataError>>()?,
            left: spec.joins.iter().map(|join| place(&join.left)).collect::<Result<_, DataError>>()?,
            user: spec.timeline.as_ref().map(|timeline| place(&timeline.user)).transpose()?,
            distinct: spec
                .distinct
                .iter()
                .flat_map(|distinct| distinct.fields.iter())
                .map(|field| place(field))
                .collect::<Result<_, DataError>>()?,
            timeline,
            split,
            joined,
            usable: (RowNumbers::default(), files.next()),
            sums: (RowNumbers::default(), files.next()),
            keys: columns.into_iter().map(|column| GrowingKeys::new(column, &mut files)).collect(),
            found: Structure { files, ..Structure::default() },
            dictionaries,
            spec,
            joins,
        })
    }

    /// Takes the next rows. `skipped` counts those that are rejected.
    pub(super) fn take(
        &mut self,
        index: &RowIndex,
        chunks: &[Numbered],
        skipped: &mut Skipped,
    ) -> Result<(), DataError> {
        self.dictionaries.append(chunks)?;
        if !matches!(self.spec.split, SplitSpec::None) {
            let width = index.columns().len();
            let sums = chunks.par_iter().flat_map_iter(|(_, chunk)| {
                let mut bytes = Vec::new();
                (0..chunk.rows()).map(move |row| chunk.sum(row, width, &mut bytes).bits())
            });
            self.sums.0.extend(sums.collect::<Vec<u64>>());
        }
        self.keys.par_iter_mut().for_each(|keys| chunks.iter().for_each(|(_, chunk)| keys.append(chunk)));
        if let Some((first, _)) = chunks.first() {
            self.join(*first as usize);
        }
        for (first, chunk) in chunks {
            for at in 0..chunk.rows() {
                let row = first + at as u32;
                match self.examine(&ScannedRow { chunk, at, row, index }) {
                    Ok(Use::Usable) => self.usable.0.push(row),
                    Ok(Use::Filtered) => self.found.filtered += 1,
                    Ok(Use::Unknown) => {}
                    Err(error) => skipped.take(self.spec.on_error, (0, row), error)?,
                }
            }
        }
        self.spill()
    }

    /// Finds the joined rows of the rows from one on, which are new.
    fn join(&mut self, first: usize) {
        for ((join, joined), &left) in self.joins.iter().zip(&mut self.joined).zip(&self.left) {
            let JoinedRows { of_keys, of_rows, .. } = joined;
            let keys = &self.keys[left];
            for number in of_keys.len()..keys.keys().len() {
                of_keys.push(keys.keys().get(number as u32).map_or(NONE, |key| join.keys.row(key)));
            }
            let row = |&number: &u32| of_keys.get(number as usize).copied().unwrap_or(NONE);
            of_rows.extend(keys.since(first).iter().map(row));
        }
    }

    /// Moves the numbers of many rows to files.
    fn spill(&mut self) -> Result<(), DataError> {
        let files = &mut self.found.files;
        self.keys.iter_mut().try_for_each(|keys| keys.spill(files))?;
        for JoinedRows { of_rows, file, .. } in &mut self.joined {
            files.spill(of_rows, *file)?;
        }
        files.spill(&mut self.usable.0, self.usable.1)?;
        files.spill(&mut self.sums.0, self.sums.1)?;
        let mut times = self.split.iter_mut().chain(&mut self.timeline);
        times.try_for_each(|times| times.order.spill(files))
    }

    /// Checks that a row passes the filters and has its joined rows, its user and its times.
    fn examine(&mut self, row: &ScannedRow<'_>) -> Result<Use, DataError> {
        for filter in &self.filters {
            if !filter.keeps(&row.field(filter.column())).map_err(|error| row.refused(error))? {
                return Ok(Use::Filtered);
            }
        }
        let at_row = row.row as usize;
        for (at, join) in self.joins.iter().enumerate() {
            if self.joined[at].of_rows.since(at_row)[0] == NONE {
                let left = row.field(self.keys[self.left[at]].column());
                return match join.is_cut {
                    true => Ok(Use::Unknown),
                    false => Err(row.refused(no_partner(&self.spec.joins[at], &left))),
                };
            }
        }
        if let (Some(user), Some(timeline)) = (self.user, &self.spec.timeline)
            && self.keys[user].since(at_row)[0] == NONE
        {
            let fault = FieldFault::MissingUser;
            return Err(row.refused(FieldError::new(&timeline.user, &Field::Missing, fault)));
        }
        for Times { order, columns } in self.split.iter_mut().chain(&mut self.timeline) {
            order.push(row.row, |at| row.field(columns[at]), || row.place())?;
        }
        Ok(Use::Usable)
    }

    /// Ends the scan of this number of rows.
    pub(super) fn end(self, rows: u32) -> Result<Structure, DataError> {
        let Self { spec, keys, joined, usable, sums, dictionaries, mut found, .. } = self;
        found.dictionaries = dictionaries.finish()?;
        let files = &mut found.files;
        found.keys = keys.into_iter().map(|keys| keys.finish(files)).collect::<Result<_, _>>()?;
        let partners = joined.into_iter().map(|joined| files.finish(joined.of_rows, joined.file));
        found.partners = partners.collect::<Result<_, _>>()?;
        found.usable = files.finish(usable.0, usable.1)?;
        found.sums = files.finish(sums.0, sums.1)?;
        for (times, into) in [(self.split, &mut found.split_times), (self.timeline, &mut found.timeline)] {
            let Some(Times { order, .. }) = times else { continue };
            found.notes.extend(order.notes());
            *into = order.into_times(rows, files)?;
        }
        if let Some(distinct) = &spec.distinct {
            found.keep_distinct(distinct.keep, &self.distinct)?;
        }
        let mut seen = BTreeSet::new();
        found.notes.retain(|note| seen.insert(note.clone()));
        Ok(found)
    }
}

fn no_partner(join: &JoinSpec, value: &Field<'_>) -> FieldError {
    let partner = NoPartner { joined: join.source.to_string(), column: join.right.to_string() };
    FieldError::new(&join.left, value, FieldFault::NoPartner(Box::new(partner)))
}
