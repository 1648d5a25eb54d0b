//! The first scan of the main source: the rows that are used, their joined rows, users, groups and times.

use std::collections::BTreeSet;
use std::io;

use rayon::prelude::*;
use turret_schema::{DataSpec, FilterSpec, JoinSpec, KeepRow, Number, SplitSpec, Text};

use super::chunk::Chunk;
use super::dictionary::{ColumnCut, Dictionaries, Dictionary, GrowingDictionaries};
use super::distinct::repeated;
use super::filter::Filter;
use super::join::JoinedKeys;
use super::key_column::KeyColumn;
use super::main_rows::Numbered;
use super::raw_table::Skipped;
use super::row_index::RowIndex;
use crate::checksum::Checksum;
use crate::data::encoded::NONE;
use crate::data::error::{DataError, FieldError, FieldFault, NoPartner, Place};
use crate::data::field::Field;
use crate::data::order::{self, Order};

/// A join of the main source.
pub(super) struct Join {
    /// Index of the joined source.
    pub(super) source: usize,
    /// Rows of the joined source by key.
    pub(super) keys: JoinedKeys,
    /// True if the source was not read completely, so that a missing row is no error.
    pub(super) is_cut: bool,
}

/// Properties of the rows of the main source after the first scan.
#[derive(Default)]
pub(super) struct Structure {
    /// Columns with keys, ascending.
    pub(super) keys: Vec<KeyColumn>,
    /// Joined row of each row, for each join; [`NONE`] if there is none.
    pub(super) partners: Vec<Vec<u32>>,
    /// Rows that are split, ascending.
    pub(super) usable: Vec<u32>,
    /// Usable rows with their times in the timeline, ascending.
    pub(super) timeline: Vec<(u32, Number)>,
    /// Usable rows with their times for a split by time, ascending.
    pub(super) split_times: Vec<(u32, Number)>,
    /// Notes on times.
    pub(super) notes: Vec<String>,
    /// Number of rows that filters removed.
    pub(super) filtered: usize,
    /// Rows that are not used because another one has the same keys, ascending.
    pub(super) repeated: Vec<u32>,
    /// Distinct texts of columns that are fitted and encoded.
    dictionaries: Dictionaries,
    /// Sum of the cells of each row, if there may be test rows.
    pub(super) sums: Vec<Checksum>,
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
    pub(super) fn leave_out(&mut self, refused: &[bool]) {
        self.retain(|row| !refused[row as usize]);
    }

    fn retain(&mut self, is_kept: impl Fn(u32) -> bool) {
        self.usable.retain(|&row| is_kept(row));
        self.timeline.retain(|&(row, _)| is_kept(row));
        self.split_times.retain(|&(row, _)| is_kept(row));
    }

    /// Keeps one row of those with the same keys. `keys` are the indices of the key columns.
    fn keep_distinct(&mut self, keep: KeepRow, keys: &[usize]) {
        let times: Vec<Number> = match (&self.timeline, &self.split_times) {
            (times, _) | (_, times) if !times.is_empty() => times.iter().map(|&(_, time)| time).collect(),
            _ => order::times(&self.usable, &[]),
        };
        let keys: Vec<&[u32]> = keys.iter().map(|&at| self.keys[at].numbers()).collect();
        let repeated = repeated(keep, &self.usable, &times, &keys);
        self.retain(|row| repeated.binary_search(&row).is_err());
        self.repeated = repeated;
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
    /// For each join, the joined row of each distinct key.
    partners: Vec<Vec<u32>>,
    dictionaries: GrowingDictionaries,
    found: Structure,
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
    /// A scan of a source with these columns. `dictionaries` are those of the columns that are fitted and encoded.
    pub(super) fn new(
        spec: &'s DataSpec,
        joins: &'s [Join],
        index: &RowIndex,
        dictionaries: GrowingDictionaries,
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
        let times = |names: &'s [Text]| -> Result<_, DataError> {
            let columns = names.iter().map(|name| column(name)).collect::<Result<_, _>>()?;
            Ok(Times { order: Order::new(names, dates), columns })
        };
        let split = match &spec.split {
            SplitSpec::ByTime { order, .. } => Some(times(order)?),
            _ => None,
        };
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
            timeline: spec.timeline.as_ref().map(|timeline| times(&timeline.order)).transpose()?,
            split,
            partners: vec![Vec::new(); joins.len()],
            found: Structure {
                partners: vec![Vec::new(); joins.len()],
                keys: columns.into_iter().map(KeyColumn::new).collect(),
                ..Structure::default()
            },
            dictionaries,
            spec,
            joins,
        })
    }

    /// Notes that there are no dictionaries, because their files cannot be written.
    fn note_failed(&mut self, error: &io::Error) {
        self.found.notes.push(format!(
            "warning: distinct values cannot be kept in files ({error}); the rows are read again to fit and to encode"
        ));
    }

    /// Takes the next rows. `skipped` counts those that are rejected.
    pub(super) fn take(
        &mut self,
        index: &RowIndex,
        chunks: &[Numbered],
        skipped: &mut Skipped,
    ) -> Result<(), DataError> {
        self.dictionaries.append(chunks).unwrap_or_else(|error| self.note_failed(&error));
        if !matches!(self.spec.split, SplitSpec::None) {
            let width = index.columns().len();
            let sums = chunks.par_iter().flat_map_iter(|(_, chunk)| {
                let mut bytes = Vec::new();
                (0..chunk.rows()).map(move |row| chunk.sum(row, width, &mut bytes))
            });
            self.found.sums.par_extend(sums);
        }
        let keys = &mut self.found.keys;
        keys.par_iter_mut().for_each(|keys| chunks.iter().for_each(|(_, chunk)| keys.append(chunk)));
        self.join();
        for (first, chunk) in chunks {
            for at in 0..chunk.rows() {
                let row = first + at as u32;
                match self.examine(&ScannedRow { chunk, at, row, index }) {
                    Ok(Use::Usable) => self.found.usable.push(row),
                    Ok(Use::Filtered) => self.found.filtered += 1,
                    Ok(Use::Unknown) => {}
                    Err(error) => skipped.take(self.spec.on_error, error)?,
                }
            }
        }
        Ok(())
    }

    /// Finds the joined rows of new rows.
    fn join(&mut self) {
        for (at, join) in self.joins.iter().enumerate() {
            let keys = &self.found.keys[self.left[at]];
            let of_keys = &mut self.partners[at];
            for number in of_keys.len()..keys.keys().len() {
                of_keys.push(keys.keys().get(number as u32).map_or(NONE, |key| join.keys.row(key)));
            }
            let partners = &mut self.found.partners[at];
            let new = &keys.numbers()[partners.len()..];
            partners.extend(new.iter().map(|&number| of_keys.get(number as usize).copied().unwrap_or(NONE)));
        }
    }

    /// Checks that a row passes the filters and has its joined rows, its user and its times.
    fn examine(&mut self, row: &ScannedRow<'_>) -> Result<Use, DataError> {
        for filter in &self.filters {
            if !filter.keeps(&row.field(filter.column())).map_err(|error| row.refused(error))? {
                return Ok(Use::Filtered);
            }
        }
        for (at, join) in self.joins.iter().enumerate() {
            if self.found.partners[at][row.row as usize] == NONE {
                let left = row.field(self.found.keys[self.left[at]].column());
                return match join.is_cut {
                    true => Ok(Use::Unknown),
                    false => Err(row.refused(no_partner(&self.spec.joins[at], &left))),
                };
            }
        }
        if let (Some(user), Some(timeline)) = (self.user, &self.spec.timeline)
            && self.found.keys[user].numbers()[row.row as usize] == NONE
        {
            let fault = FieldFault::MissingUser;
            return Err(row.refused(FieldError::new(&timeline.user, &Field::Missing, fault)));
        }
        for Times { order, columns } in self.split.iter_mut().chain(&mut self.timeline) {
            order.push(row.row, |at| row.field(columns[at]), || row.place())?;
        }
        Ok(Use::Usable)
    }

    /// Ends the scan.
    pub(super) fn end(mut self) -> Structure {
        match std::mem::take(&mut self.dictionaries).finish() {
            Ok(dictionaries) => self.found.dictionaries = dictionaries,
            Err(error) => self.note_failed(&error),
        }
        let mut found = self.found;
        let usable = &found.usable;
        // A row may have one time and lack the other.
        let mut times = |times: Option<Times<'_>>| {
            let Some(Times { order, .. }) = times else { return Vec::new() };
            found.notes.extend(order.notes());
            let mut usable = usable.iter().copied().peekable();
            let mut is_usable = |row| {
                while usable.next_if(|&usable| usable < row).is_some() {}
                usable.peek() == Some(&row)
            };
            order.into_times().filter(|&(row, _)| is_usable(row)).collect()
        };
        (found.split_times, found.timeline) = (times(self.split), times(self.timeline));
        if let Some(distinct) = &self.spec.distinct {
            found.keep_distinct(distinct.keep, &self.distinct);
        }
        let mut seen = BTreeSet::new();
        found.notes.retain(|note| seen.insert(note.clone()));
        found
    }
}

fn no_partner(join: &JoinSpec, value: &Field<'_>) -> FieldError {
    let partner = NoPartner { joined: join.source.to_string(), column: join.right.to_string() };
    FieldError::new(&join.left, value, FieldFault::NoPartner(Box::new(partner)))
}
