//! Timeline: the rows of the main source by user and time.

use std::ops::Range;

use crate::data::encoded::{NONE, Values};
use crate::data::error::DataError;
use crate::data::order::sorted_by;
use crate::data::source::RowFiles;

/// Rows grouped by user, in the order of the users' first rows; rows of a user in ascending time. Rows with
/// equal times keep the order of the file.
#[derive(Clone, Debug, Default)]
pub(in crate::data) struct Timeline {
    rows: Values<u32>,
    /// Time of each of the rows.
    times: Values<u32>,
    /// End of the rows of each user.
    ends: Vec<usize>,
}

/// A row of the main source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::data) struct Event {
    pub(in crate::data) time: u32,
    pub(in crate::data) row: u32,
}

impl Timeline {
    /// Orders rows, which ascend, by the numbers of their users and by their times. Both are those of all rows of the
    /// source.
    pub(in crate::data) fn new(
        rows: &[u32],
        users: &[u32],
        times: &[u32],
        files: &mut RowFiles,
    ) -> Result<Self, DataError> {
        let user = |row: u32| users[row as usize] as usize;
        // Users in the order of their first rows.
        let (mut places, mut counts) = (Vec::new(), Vec::new());
        for &row in rows {
            if places.len() <= user(row) {
                places.resize(user(row) + 1, NONE);
            }
            let place = &mut places[user(row)];
            if *place == NONE {
                *place = counts.len() as u32;
                counts.push(0_usize);
            }
            counts[*place as usize] += 1;
        }
        let by_time = sorted_by(rows, |row| times[row as usize]);
        let by_user = sorted_by(&by_time, |row| places[user(row)]);
        drop(by_time);
        Ok(Self {
            times: files.collect(by_user.iter().map(|&row| times[row as usize]))?,
            rows: files.collect(by_user)?,
            ends: ends(counts.into_iter()),
        })
    }

    /// Returns the timeline without some rows.
    pub(in crate::data) fn without(&self, refused: &[bool], files: &mut RowFiles) -> Result<Self, DataError> {
        let is_kept = |row: &u32| !refused[*row as usize];
        let kept = self.users().map(|rows| rows.iter().filter(|row| is_kept(row)).count());
        let times = self.events(0..self.rows.len()).filter(|event| is_kept(&event.row));
        Ok(Self {
            ends: ends(kept.filter(|&rows| rows > 0)),
            times: files.collect(times.map(|event| event.time))?,
            rows: files.collect(self.rows.iter().copied().filter(is_kept))?,
        })
    }

    /// All rows in order.
    pub(in crate::data) fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Returns the rows of each user.
    pub(in crate::data) fn users(&self) -> impl Iterator<Item = &[u32]> {
        let rows = self.rows();
        self.spans().map(|span| &rows[span])
    }

    /// Returns the rows of each user, with their times.
    pub(in crate::data) fn events_of_users(&self) -> impl Iterator<Item = impl Iterator<Item = Event>> {
        self.spans().map(|span| self.events(span))
    }

    fn events(&self, places: Range<usize>) -> impl Iterator<Item = Event> {
        let events = self.rows[places.clone()].iter().zip(&self.times[places]);
        events.map(|(&row, &time)| Event { time, row })
    }

    fn spans(&self) -> impl Iterator<Item = Range<usize>> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| start..end)
    }
}

/// Returns the ends of spans of these lengths.
fn ends(lengths: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut end = 0;
    lengths
        .map(|length| {
            end += length;
            end
        })
        .collect()
}
