//! Timeline: the rows of the main source by user and time.

use std::collections::HashMap;

use turret_schema::Number;

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
    /// Orders rows, each with the number of its user and its time.
    pub(in crate::data) fn new(rows: impl Iterator<Item = (u32, u32, Number)>) -> Self {
        let mut users = HashMap::new();
        let event = |(row, user, time)| {
            let next = users.len() as u32;
            Event { user: *users.entry(user).or_insert(next), time, row }
        };
        let mut events: Vec<Event> = rows.map(event).collect();
        // The sort is stable, so equal times keep the order of the file.
        events.sort_by(|a, b| a.user.cmp(&b.user).then(a.time.cmp(&b.time)));
        Self { events }
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
