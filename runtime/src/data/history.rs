//! Histories: the earlier rows of the user of each row, as spans of a log that is ordered by user and time.

mod timeline;

pub(in crate::data) use timeline::Timeline;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::encoded::NONE;
use super::error::{DataError, Place, SpecError};
use crate::progress::rounded;
use timeline::Event;
use turret_schema::{Examples, HistorySpec};

/// Span of the history of each encoded row. Rows are encoded in the order of the timeline; the history of a
/// row is `starts..ends`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histories {
    /// First encoded row of the same user, for each encoded row.
    pub starts: Vec<u32>,
    /// First row that is not earlier, for each encoded row.
    pub ends: Vec<u32>,
}

/// Summary of the histories of a dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistorySummary {
    users: usize,
    examples: usize,
    /// Number of training and test rows with too few earlier rows.
    too_short: [usize; 2],
    /// Shortest, median and longest history of the examples.
    lengths: [u32; 3],
}

/// Rows of a split that are examples.
pub(super) struct ExampleRows {
    pub(super) train: Vec<u32>,
    pub(super) test: Vec<u32>,
    pub(super) summary: HistorySummary,
}

impl Histories {
    /// Histories of rows. `encoded` has the encoded row of each row, or [`NONE`] for removed rows.
    pub(super) fn new(spec: &HistorySpec, timeline: &Timeline, encoded: &[u32]) -> Self {
        let mut histories = Self::default();
        let mut last: Option<Event> = None;
        for event in timeline.events().iter().filter(|event| encoded[event.row as usize] != NONE) {
            let at = histories.starts.len() as u32;
            let (start, end) = match (last, histories.starts.last(), histories.ends.last()) {
                (Some(last), Some(&start), Some(&end)) if last.user == event.user => {
                    let is_of_same_time = last.time == event.time && !spec.same_time;
                    (start, if is_of_same_time { end } else { at })
                }
                _ => (at, at),
            };
            histories.starts.push(start);
            histories.ends.push(end);
            last = Some(*event);
        }
        histories
    }

    /// Number of encoded rows before a row.
    fn length(&self, encoded: u32) -> u32 {
        self.ends[encoded as usize] - self.starts[encoded as usize]
    }

    /// Checks that every history contains only earlier rows of the same user, and no test row if it belongs
    /// to a training row.
    fn check(
        &self,
        spec: &HistorySpec,
        events: &[(Event, bool)],
        place: impl Fn(u32) -> Place,
    ) -> Result<(), DataError> {
        // Number of test rows before each encoded row.
        let mut tests_before = vec![0u32];
        for (_, is_test) in events {
            tests_before.push(tests_before[tests_before.len() - 1] + u32::from(*is_test));
        }
        for (at, (event, is_test)) in events.iter().enumerate() {
            let (start, end) = (self.starts[at] as usize, self.ends[at] as usize);
            let earlier = |(other, _): &(Event, bool)| {
                let in_time = other.time < event.time || spec.same_time && other.time == event.time;
                other.user == event.user && in_time
            };
            // Events of a user ascend, so checking the ends of a span is sufficient.
            let span = &events[start..end.min(at)];
            let ascends = span.first().is_none_or(earlier) && span.last().is_none_or(earlier);
            if end > at || !ascends {
                return Err(SpecError::LaterRow { place: place(event.row) }.into());
            }
            if !is_test && tests_before[end] > tests_before[start] {
                return Err(SpecError::TestRow { place: place(event.row) }.into());
            }
        }
        Ok(())
    }

    /// Returns the rows that are examples, after a check of all histories.
    pub(super) fn examples(
        &self,
        spec: &HistorySpec,
        timeline: &Timeline,
        encoded: &[u32],
        is_test: &[bool],
        place: impl Fn(u32) -> Place,
    ) -> Result<ExampleRows, DataError> {
        let known = timeline.events().iter().filter(|event| encoded[event.row as usize] != NONE);
        let events: Vec<_> = known.map(|event| (*event, is_test[event.row as usize])).collect();
        self.check(spec, &events, place)?;
        let (mut train, mut test, mut too_short, mut users) = (Vec::new(), Vec::new(), [0; 2], 0);
        for events in events.chunk_by(|a, b| a.0.user == b.0.user) {
            users += 1;
            for (rows, of_test) in [(&mut train, false), (&mut test, true)] {
                let mut own: Vec<u32> = events
                    .iter()
                    .filter(|(_, is_test)| *is_test == of_test)
                    .map(|(event, _)| event.row)
                    .collect();
                if spec.examples == Examples::Last {
                    own.drain(..own.len().saturating_sub(1));
                }
                let before = own.len();
                own.retain(|&row| self.length(encoded[row as usize]) as usize >= spec.min);
                too_short[usize::from(of_test)] += before - own.len();
                rows.extend(own);
            }
        }
        let rows = || train.iter().chain(&test);
        let mut lengths: Vec<u32> = rows().map(|&row| self.length(encoded[row as usize])).collect();
        lengths.sort_unstable();
        let at = |place: usize| lengths.get(place).copied().unwrap_or(0);
        let quantiles = [at(0), at(lengths.len() / 2), at(lengths.len().saturating_sub(1))];
        let summary = HistorySummary { users, examples: lengths.len(), too_short, lengths: quantiles };
        Ok(ExampleRows { train, test, summary })
    }
}

impl HistorySummary {
    /// Error of a training split without examples.
    pub(super) fn no_examples(&self, min: usize) -> DataError {
        SpecError::ShortHistories { rows: self.too_short[0], min }.into()
    }
}

impl fmt::Display for HistorySummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [shortest, median, longest] = self.lengths.map(|length| rounded(f64::from(length)));
        let (users, examples) = (rounded(self.users as f64), rounded(self.examples as f64));
        write!(
            f,
            "histories of {users} users: {examples} examples with {shortest} to {longest} earlier rows, {median} in the median; \
             none holds a row that is not earlier"
        )?;
        match self.too_short {
            [0, 0] => Ok(()),
            [train, test] => write!(
                f,
                "; {} training and {} test rows have too few",
                rounded(train as f64),
                rounded(test as f64)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(user: u32, time: f64, row: u32) -> Event {
        Event { user, time: time.into(), row }
    }

    #[test]
    fn a_history_that_is_not_earlier_is_found() {
        let spec = HistorySpec { examples: Examples::Sliding, min: 0, same_time: false };
        let events = [event(0, 1.0, 0), event(0, 2.0, 1), event(0, 2.0, 2), event(1, 1.0, 3)];
        let check = |spec: &HistorySpec, starts: [u32; 4], ends: [u32; 4], tests: [bool; 4]| {
            let histories = Histories { starts: starts.to_vec(), ends: ends.to_vec() };
            let events: Vec<_> = events.into_iter().zip(tests).collect();
            let place = |row| Place { path: "log.csv".into(), line: u64::from(row) };
            histories.check(spec, &events, place).map_err(|error| error.to_string())
        };
        let starts = [0, 0, 0, 3];
        let last = [false, false, true, false];
        assert_eq!(check(&spec, starts, [0, 1, 1, 3], last), Ok(()));
        // Same time, another user, or later than the row.
        for (starts, ends) in [(starts, [0, 1, 2, 3]), ([0, 0, 0, 2], [0, 1, 1, 3]), (starts, [0, 1, 4, 3])] {
            let message = check(&spec, starts, ends, last).unwrap_err();
            assert!(message.contains("not earlier"), "{message}");
        }
        let lenient = HistorySpec { same_time: true, ..spec };
        assert_eq!(check(&lenient, starts, [0, 1, 2, 3], last), Ok(()));
        let message = check(&spec, starts, [0, 1, 1, 3], [true, false, false, false]).unwrap_err();
        assert!(message.starts_with("log.csv:1: ") && message.contains("test row"), "{message}");
    }
}
