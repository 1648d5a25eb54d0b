//! Order of the training rows in an epoch: windows of consecutive rows in random order, and the rows of each
//! window in random order. Batches therefore touch a bounded part of the data at a time.

use std::ops::Range;

use crate::rng::Stream;

/// Default number of consecutive rows that are shuffled together.
pub(super) const WINDOW: usize = 1 << 20;

/// Rows of an epoch in their order. The order of one window is in memory at a time.
pub(super) struct EpochOrder<'r> {
    rows: &'r [u32],
    shuffled: Option<Windows>,
}

/// Windows in the order of an epoch.
struct Windows {
    stream: Stream,
    rows: usize,
    /// Each window, and the place of its first row in the epoch.
    places: Vec<(usize, usize)>,
    /// Index in `places` of the window whose order is known.
    known: Option<usize>,
    order: Vec<u32>,
}

impl<'r> EpochOrder<'r> {
    /// The rows as they are.
    pub(super) fn as_given(rows: &'r [u32]) -> Self {
        Self { rows, shuffled: None }
    }

    /// Rows shuffled in windows of this size.
    pub(super) fn shuffled(rows: &'r [u32], window: usize, seed: u64, epoch: usize) -> Self {
        let window = window.max(1);
        let count = rows.len().div_ceil(window);
        let mut windows: Vec<usize> = (0..count).collect();
        shuffle(&mut windows, Stream::new(seed, "shuffle of windows").part(epoch as u64));
        let mut next = 0;
        let place = |number: usize| {
            let first = next;
            next += window.min(rows.len() - number * window);
            (number, first)
        };
        let places = windows.into_iter().map(place).collect();
        let stream = Stream::new(seed, "shuffle").part(epoch as u64);
        Self {
            rows,
            shuffled: Some(Windows { stream, rows: window, places, known: None, order: Vec::new() }),
        }
    }

    /// Replaces `into` by the rows at these places of the epoch.
    pub(super) fn read(&mut self, places: Range<usize>, into: &mut Vec<u32>) {
        into.clear();
        let Some(windows) = &mut self.shuffled else {
            into.extend_from_slice(&self.rows[places]);
            return;
        };
        let mut at = places.start;
        while at < places.end {
            let (first, order) = windows.holding(at, self.rows);
            let end = places.end.min(first + order.len());
            into.extend_from_slice(&order[at - first..end - first]);
            at = end;
        }
    }
}

impl Windows {
    /// Returns the order of the window that holds a place of the epoch, with its first place.
    fn holding(&mut self, place: usize, rows: &[u32]) -> (usize, &[u32]) {
        let at = self.places.partition_point(|&(_, first)| first <= place) - 1;
        let (number, first) = self.places[at];
        if self.known != Some(at) {
            let end = rows.len().min((number + 1) * self.rows);
            self.order.clear();
            self.order.extend_from_slice(&rows[number * self.rows..end]);
            // The rows of a single window are in the order of the epoch's own stream.
            let stream = if number == 0 { self.stream } else { self.stream.part(number as u64) };
            shuffle(&mut self.order, stream);
            self.known = Some(at);
        }
        (first, &self.order)
    }
}

fn shuffle<T>(values: &mut [T], stream: Stream) {
    for last in (1..values.len()).rev() {
        let other = stream.below(last as u64, last as u64 + 1) as usize;
        values.swap(last, other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut order: EpochOrder<'_>) -> Vec<u32> {
        let mut rows = Vec::new();
        order.read(0..order.rows.len(), &mut rows);
        rows
    }

    #[test]
    fn epochs_are_shuffled_differently_and_repeatably() {
        let rows: Vec<u32> = (100..150).collect();
        for window in [7, 10, 25, 49, 50, 1000] {
            let order = |epoch| all(EpochOrder::shuffled(&rows, window, 3, epoch));
            assert_eq!(order(1), order(1));
            assert_ne!(order(1), order(2));
            let mut sorted = order(1);
            sorted.sort_unstable();
            assert_eq!(sorted, rows);
        }
        assert_eq!(all(EpochOrder::as_given(&rows)), rows);
        assert_eq!(all(EpochOrder::shuffled(&[], 4, 3, 0)), [0; 0]);
    }

    #[test]
    fn rows_of_one_window_are_shuffled_as_a_whole() {
        // The order of versions without windows.
        let rows: Vec<u32> = (0..10).collect();
        let expected = [2, 4, 7, 1, 9, 0, 3, 6, 5, 8];
        assert_eq!(all(EpochOrder::shuffled(&rows, 10, 1, 0)), expected);
        assert_eq!(all(EpochOrder::shuffled(&rows, WINDOW, 1, 0)), expected);
        assert_ne!(all(EpochOrder::shuffled(&rows, 9, 1, 0)), expected);
    }

    #[test]
    fn windows_follow_each_other_in_random_order() {
        let rows: Vec<u32> = (0..1003).collect();
        let order = all(EpochOrder::shuffled(&rows, 100, 5, 2));
        let mut windows: Vec<u32> = order.iter().map(|row| row / 100).collect();
        windows.dedup();
        assert_eq!(windows.len(), 11, "each window is whole");
        assert!(!windows.is_sorted());
        assert!(
            order
                .chunk_by(|a, b| a / 100 == b / 100)
                .filter(|rows| rows.len() > 3)
                .all(|rows| !rows.is_sorted())
        );
    }

    #[test]
    fn any_place_is_read_alone() {
        let rows: Vec<u32> = (0..53).collect();
        let whole = all(EpochOrder::shuffled(&rows, 10, 5, 2));
        for size in [1, 4, 10, 23] {
            for start in (0..rows.len()).step_by(size) {
                let (places, mut batch) = (start..rows.len().min(start + size), vec![9; 3]);
                EpochOrder::shuffled(&rows, 10, 5, 2).read(places.clone(), &mut batch);
                assert_eq!(batch, whole[places]);
            }
        }
    }
}
