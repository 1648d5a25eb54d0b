//! Histories: the earlier rows of the user of each row, as spans of a log that is ordered by user and time.

mod timeline;

pub(in crate::data) use timeline::Timeline;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::encoded::{NONE, Values};
use super::error::{DataError, Place, SpecError};
use super::held_out::HeldOut;
use super::source::RowFiles;
use crate::progress::{counted, rounded};
use timeline::Event;
use turret_schema::{Examples, HistorySpec};

/// Span of the history of each encoded row. Rows are encoded in the order of the timeline.
#[derive(Debug)]
pub struct Histories<'f> {
    /// First encoded row of the same user, and first row that is not earlier, for each encoded row.
    spans: Values<[u32; 2]>,
    files: &'f mut RowFiles,
}

/// Summary of the histories of a dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistorySummary {
    users: usize,
    examples: usize,
    /// Number of training, validation and test rows with too few earlier rows.
    too_short: [usize; 3],
    /// Shortest, median and longest history of the examples.
    lengths: [u32; 3],
}

/// Rows of a split that are examples.
pub(super) struct ExampleRows {
    pub(super) train: Vec<u32>,
    pub(super) validate: Vec<u32>,
    pub(super) test: Vec<u32>,
    pub(super) summary: HistorySummary,
}

impl<'f> Histories<'f> {
    /// Histories of rows. `encoded` has the encoded row of each row, or [`NONE`] for removed rows.
    pub(super) fn new(
        spec: &HistorySpec,
        timeline: &Timeline,
        encoded: &[u32],
        files: &'f mut RowFiles,
    ) -> Result<Self, DataError> {
        let mut at = 0;
        let spans = timeline.events_of_users().flat_map(|events| {
            let (start, mut last, mut spans) = (at, None, Vec::new());
            for event in events.filter(|event| encoded[event.row as usize] != NONE) {
                let end = match last {
                    Some((time, end)) if time == event.time && !spec.same_time => end,
                    _ => at,
                };
                spans.push([start, end]);
                last = Some((event.time, end));
                at += 1;
            }
            spans
        });
        Ok(Self { spans: files.collect(spans)?, files })
    }

    /// Returns the spans that a function makes of the first and the end of each history.
    pub(super) fn spans(
        &mut self,
        span: impl Fn([u32; 2]) -> [u32; 2],
    ) -> Result<Values<[u32; 2]>, DataError> {
        self.files.collect(self.spans.iter().copied().map(span))
    }

    /// First and end of the encoded rows that are the history of one.
    pub(super) fn span(&self, encoded: u32) -> [u32; 2] {
        self.spans[encoded as usize]
    }

    /// Number of encoded rows before a row.
    fn length(&self, encoded: u32) -> usize {
        let [start, end] = self.span(encoded);
        (end - start) as usize
    }

    /// Checks that every history of a user contains only earlier rows of the same user, and no row of a later part of
    /// the split. `first` is the first encoded row of the user.
    fn check(
        &self,
        spec: &HistorySpec,
        first: usize,
        events: &[(Event, Option<HeldOut>)],
        place: impl Fn(u32) -> Place,
    ) -> Result<(), DataError> {
        const PARTS: [HeldOut; 2] = [HeldOut::Validate, HeldOut::Test];
        // Number of rows of each part before each row.
        let mut before = vec![[0u32; 2]];
        for (_, part) in events {
            let counts = before[before.len() - 1];
            before.push([0, 1].map(|at| counts[at] + u32::from(*part == Some(PARTS[at]))));
        }
        for (at, (event, part)) in events.iter().enumerate() {
            let [start, end] = self.spans[first + at].map(|row| (row as usize).checked_sub(first));
            let earlier = |(other, _): &(Event, Option<HeldOut>)| {
                other.time < event.time || spec.same_time && other.time == event.time
            };
            let (Some(start), Some(end)) = (start, end.filter(|&end| end <= at)) else {
                return Err(SpecError::LaterRow { place: place(event.row) }.into());
            };
            // Events of a user ascend, so checking the ends of a span is sufficient.
            let span = events.get(start..end).unwrap_or_default();
            if !span.first().is_none_or(earlier) || !span.last().is_none_or(earlier) {
                return Err(SpecError::LaterRow { place: place(event.row) }.into());
            }
            let is_held = |at: &usize| Some(PARTS[*at]) > *part && before[end][*at] > before[start][*at];
            if let Some(at) = [0, 1].into_iter().rfind(is_held) {
                let (place, of, holds) = (place(event.row), *part, PARTS[at]);
                return Err(SpecError::LaterPart { place, of, holds }.into());
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
        parts: &[Option<HeldOut>],
        place: impl Fn(u32) -> Place,
    ) -> Result<ExampleRows, DataError> {
        let (mut of_parts, mut too_short, mut users) = ([const { Vec::new() }; 3], [0; 3], 0);
        // Number of examples with a history of each length.
        let mut lengths: Vec<usize> = Vec::new();
        let mut first = 0;
        for events in timeline.events_of_users() {
            let known = events.filter(|event| encoded[event.row as usize] != NONE);
            let events: Vec<_> = known.map(|event| (event, parts[event.row as usize])).collect();
            self.check(spec, first, &events, &place)?;
            first += events.len();
            users += usize::from(!events.is_empty());
            lengths.resize(lengths.len().max(events.len()), 0);
            let each = [None, Some(HeldOut::Validate), Some(HeldOut::Test)];
            for ((rows, part), too_short) in of_parts.iter_mut().zip(each).zip(&mut too_short) {
                let mut own: Vec<u32> =
                    events.iter().filter(|(_, of)| *of == part).map(|(event, _)| event.row).collect();
                if spec.examples == Examples::Last {
                    own.drain(..own.len().saturating_sub(1));
                }
                let before = own.len();
                own.retain(|&row| self.length(encoded[row as usize]) >= spec.min);
                *too_short += before - own.len();
                own.iter().for_each(|&row| lengths[self.length(encoded[row as usize])] += 1);
                rows.extend(own);
            }
        }
        let [train, validate, test] = of_parts;
        let examples = train.len() + validate.len() + test.len();
        let length_at = |place: usize| {
            let mut before = 0;
            let holds = |&count: &usize| {
                before += count;
                before > place
            };
            lengths.iter().position(holds).unwrap_or(0) as u32
        };
        let quantiles = [0, examples / 2, examples.saturating_sub(1)].map(length_at);
        let summary = HistorySummary { users, examples, too_short, lengths: quantiles };
        Ok(ExampleRows { train, validate, test, summary })
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
        let (users, examples) = (counted(self.users, "user"), counted(self.examples, "example"));
        write!(
            f,
            "histories of {users}: {examples} with {shortest} to {longest} earlier rows, {median} in the median; \
             none holds a row that is not earlier"
        )?;
        let [train, validate, test] = self.too_short.map(|rows| rounded(rows as f64));
        match self.too_short {
            [0, 0, 0] => Ok(()),
            [_, 0, _] => write!(f, "; {train} training and {test} test rows have too few"),
            _ => write!(f, "; {train} training, {validate} validation and {test} test rows have too few"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_that_is_not_earlier_is_found() {
        let spec = HistorySpec { examples: Examples::Sliding, min: 0, same_time: false };
        // Rows of a user whose first encoded row is 2.
        let events = [(1, 0), (2, 1), (2, 2), (3, 3)].map(|(time, row)| Event { time, row });
        let check = |spec: &HistorySpec, spans: [[u32; 2]; 4], parts: [Option<HeldOut>; 4]| {
            let spans = [&[[0, 0]; 2][..], &spans].concat().into();
            let histories = Histories { spans, files: &mut RowFiles::new(None) };
            let events: Vec<_> = events.into_iter().zip(parts).collect();
            let place = |row| Place { path: "log.csv".into(), line: u64::from(row) };
            histories.check(spec, 2, &events, place).map_err(|error| error.to_string())
        };
        let (validate, test) = (Some(HeldOut::Validate), Some(HeldOut::Test));
        let last = [None, None, validate, test];
        assert_eq!(check(&spec, [[2, 2], [2, 3], [2, 3], [2, 5]], last), Ok(()));
        // Same time, another user, or later than the row.
        for spans in [
            [[2, 2], [2, 3], [2, 4], [2, 5]],
            [[2, 2], [1, 3], [2, 3], [2, 5]],
            [[2, 2], [2, 3], [2, 6], [2, 5]],
            [[2, 2], [2, 9], [2, 3], [2, 5]],
        ] {
            let message = check(&spec, spans, last).unwrap_err();
            assert!(message.contains("not earlier"), "{message}");
        }
        let lenient = HistorySpec { same_time: true, ..spec };
        assert_eq!(check(&lenient, [[2, 2], [2, 3], [2, 4], [2, 5]], last), Ok(()));
        for (parts, line, expected) in [
            ([test, None, None, None], 1, "this training row would hold a test row"),
            ([validate, validate, None, None], 2, "this training row would hold a validation row"),
            ([test, validate, test, test], 1, "this validation row would hold a test row"),
        ] {
            let message = check(&spec, [[2, 2], [2, 3], [2, 3], [2, 5]], parts).unwrap_err();
            assert!(
                message.starts_with(&format!("log.csv:{line}: ")) && message.contains(expected),
                "{message}"
            );
        }
    }
}
