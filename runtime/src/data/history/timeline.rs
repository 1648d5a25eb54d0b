//! Timeline: the rows of the main source by user and time.

use std::collections::HashMap;

use turret_schema::{Number, TimelineSpec};

use crate::data::error::{DataError, FieldError, FieldFault};
use crate::data::field::Field;
use crate::data::order::Order;
use crate::data::source::SourceRows;

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
    /// Orders rows, and returns notes on their times. `refuse` decides whether a row without a user or a time is
    /// an error.
    pub(in crate::data) fn new(
        spec: &TimelineSpec,
        main: &SourceRows,
        (user, times): (usize, &[usize]),
        rows: Vec<u32>,
        mut refuse: impl FnMut(DataError) -> Result<(), DataError>,
    ) -> Result<(Self, Vec<String>), DataError> {
        let mut numbers = HashMap::new();
        let mut users = Vec::with_capacity(rows.len());
        let mut order = Order::new(&spec.order);
        for row in rows {
            let place = || main.place(row);
            let named = main.key(row, user).ok_or_else(|| {
                let error = FieldError::new(&spec.user, &Field::Missing, FieldFault::MissingUser);
                DataError::Row { place: place(), error }
            });
            let timed = named.and_then(|name| {
                order.push(row, |at| main.text(row, times[at]).into(), place).map(|()| name)
            });
            match timed {
                Ok(name) => {
                    let next = numbers.len() as u32;
                    users.push(*numbers.entry(name).or_insert(next));
                }
                Err(error) => refuse(error)?,
            }
        }
        let notes = order.notes().collect();
        let events = users.into_iter().zip(order.into_times());
        let mut events: Vec<Event> = events.map(|(user, (row, time))| Event { user, time, row }).collect();
        // The sort is stable, so equal times keep the order of the file.
        events.sort_by(|a, b| a.user.cmp(&b.user).then(a.time.cmp(&b.time)));
        Ok((Self { events }, notes))
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
