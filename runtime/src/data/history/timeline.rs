//! Timeline: the rows of the main source by user and time.

use std::collections::HashMap;

use crate::data::error::{DataError, FieldError, FieldFault};
use crate::data::field::Field;
use crate::data::number::exact;
use crate::data::source::SourceRows;
use turret_schema::Number;
use turret_schema::TimelineSpec;

/// Rows grouped by user, in the order of the users' first rows; rows of a user in ascending time. Rows with
/// equal times keep the order of the file.
#[derive(Clone, Debug, Default)]
pub(in crate::data) struct Timeline {
    events: Vec<Event>,
}

/// A row of the main source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::data) struct Event {
    pub(in crate::data) user: u32,
    pub(in crate::data) time: Number,
    pub(in crate::data) row: u32,
}

impl Timeline {
    /// Orders rows. `refuse` decides whether a row without a user or a time is an error.
    pub(in crate::data) fn new(
        spec: &TimelineSpec,
        main: &SourceRows,
        (user, time): (usize, usize),
        rows: Vec<u32>,
        mut refuse: impl FnMut(DataError) -> Result<(), DataError>,
    ) -> Result<Self, DataError> {
        let mut users = HashMap::new();
        let mut events = Vec::with_capacity(rows.len());
        for row in rows {
            let at = time_of(main, &spec.time, time, row);
            let named = main.key(row, user).ok_or_else(|| {
                let error = FieldError::new(&spec.user, &Field::Missing, FieldFault::MissingUser);
                DataError::Row { place: main.place(row), error }
            });
            match named.and_then(|name| Ok((name, at?))) {
                Ok((name, time)) => {
                    let next = users.len() as u32;
                    events.push(Event { user: *users.entry(name).or_insert(next), time, row });
                }
                Err(error) => refuse(error)?,
            }
        }
        // The sort is stable, so equal times keep the order of the file.
        events.sort_by(|a, b| a.user.cmp(&b.user).then(a.time.cmp(&b.time)));
        Ok(Self { events })
    }

    /// Removes rows.
    pub(in crate::data) fn leave_out(&mut self, refused: &[bool]) {
        self.events.retain(|event| !refused[event.row as usize]);
    }

    /// Returns all rows in order.
    pub(in crate::data) fn events(&self) -> &[Event] {
        &self.events
    }

    /// Returns the rows of each user.
    pub(in crate::data) fn users(&self) -> impl Iterator<Item = &[Event]> {
        self.events.chunk_by(|a, b| a.user == b.user)
    }
}

/// Returns the time in a cell.
pub(in crate::data) fn time_of(
    main: &SourceRows,
    name: &str,
    column: usize,
    row: u32,
) -> Result<Number, DataError> {
    let field = Field::from(main.text(row, column));
    let value = match exact(name, &field) {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(FieldError::new(name, &field, FieldFault::MissingTime)),
        Err(error) => {
            let fault = FieldFault::NotATime(Box::new(error.fault));
            Err(FieldError { fault, ..error })
        }
    };
    value.map_err(|error| DataError::Row { place: main.place(row), error })
}
