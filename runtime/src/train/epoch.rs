//! One epoch: a separate thread gathers batches while the previous one trains.

use std::ops::Range;
use std::sync::mpsc::{channel, sync_channel};

use super::order::EpochOrder;
use crate::error::Error;

/// Number of batches gathered ahead.
const AHEAD: usize = 2;

/// Decision after a step.
pub(super) enum Then {
    /// Continue with the next batch.
    Next,
    /// End the epoch.
    Stop,
}

/// Batches of the rows of an epoch, by their places in it. The last batch has the remaining rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Batches {
    rows: usize,
    size: usize,
    count: usize,
}

impl Batches {
    /// Batches of `size` rows, at least one. With `in_company`, a single remaining row joins the previous
    /// batch.
    pub(super) fn new(rows: usize, size: usize, in_company: bool) -> Self {
        let count = rows.div_ceil(size);
        let is_alone = in_company && count > 1 && rows % size == 1;
        Self { rows, size, count: count - usize::from(is_alone) }
    }

    /// Number of batches.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Places of the rows of a batch.
    fn places(&self, index: usize) -> Range<usize> {
        let end = if index + 1 == self.count { self.rows } else { (index + 1) * self.size };
        index * self.size..end
    }

    /// Returns whether a batch is the first after each number of rows of an epoch.
    pub(super) fn begins(&self, index: usize, each: usize) -> bool {
        let before = |batch: usize| self.places(batch).start / each;
        index == 0 || before(index) > before(index - 1)
    }

    /// Returns the number of rows before a batch.
    pub(super) fn rows_before(&self, index: usize) -> usize {
        if index < self.count { index * self.size } else { self.rows }
    }

    /// Returns the maximum batch size, or the requested size.
    pub(super) fn largest(&self) -> usize {
        (0..self.count).map(|index| self.places(index).len()).max().unwrap_or(0).max(self.size)
    }
}

/// Calls `step` with the batches of an epoch, starting at `first`. `gather` gathers a batch of rows. Returns
/// the number of steps.
pub(super) fn for_each_batch<B: Default + Send>(
    batches: Batches,
    mut order: EpochOrder<'_>,
    first: usize,
    gather: impl Fn(usize, &[u32], &mut B) + Send,
    mut step: impl FnMut(&mut B, usize) -> Result<Then, Error>,
) -> Result<usize, Error> {
    let (full, ready) = sync_channel::<B>(AHEAD);
    let (used, empty) = channel::<B>();
    std::thread::scope(|scope| {
        // Moved, so that the thread ends when this closure returns early.
        let ready = ready;
        scope.spawn(move || {
            let mut rows = Vec::new();
            for index in first..batches.count {
                let mut batch = empty.try_recv().unwrap_or_default();
                order.read(batches.places(index), &mut rows);
                gather(index, &rows, &mut batch);
                if full.send(batch).is_err() {
                    break;
                }
            }
        });
        let mut done = first;
        for index in first..batches.count {
            // The thread sends all batches unless it panicked; the scope propagates the panic.
            let Ok(mut batch) = ready.recv() else { break };
            let then = step(&mut batch, batches.places(index).len())?;
            done += 1;
            if matches!(then, Then::Stop) {
                break;
            }
            // The thread may have sent its last batch and need no more buffers.
            let _ = used.send(batch);
        }
        Ok(done)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [u32; 10] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

    fn order() -> EpochOrder<'static> {
        EpochOrder::shuffled(&ROWS, 3, 1, 0)
    }

    fn seen(first: usize, stop_at: usize) -> (usize, Vec<Vec<u32>>) {
        let mut seen = Vec::new();
        let done = for_each_batch(
            Batches::new(ROWS.len(), 4, false),
            order(),
            first,
            |_, rows, batch: &mut Vec<u32>| {
                batch.clear();
                batch.extend_from_slice(rows);
            },
            |batch, rows| {
                assert_eq!(batch.len(), rows);
                seen.push(batch.clone());
                Ok(if seen.len() == stop_at { Then::Stop } else { Then::Next })
            },
        );
        (done.unwrap(), seen)
    }

    #[test]
    fn batches_come_in_order_and_the_last_partial_one_is_kept() {
        let (done, all) = seen(0, usize::MAX);
        assert_eq!(done, 3);
        let mut whole = Vec::new();
        order().read(0..ROWS.len(), &mut whole);
        assert_eq!(all.concat(), whole);
        assert_eq!(all[2].len(), 2);
        // A resumed epoch has the same batches.
        for stop_at in 1..3 {
            let (at, mut halves) = seen(0, stop_at);
            halves.extend(seen(at, usize::MAX).1);
            assert_eq!((at, &halves), (stop_at, &all));
        }
    }

    #[test]
    fn in_company_no_row_is_alone() {
        let sizes = |rows, size, in_company| -> Vec<usize> {
            let batches = Batches::new(rows, size, in_company);
            (0..batches.count()).map(|index| batches.places(index).len()).collect()
        };
        assert_eq!(sizes(9, 4, false), [4, 4, 1]);
        assert_eq!(sizes(9, 4, true), [4, 5]);
        assert_eq!(sizes(9, 2, true), [2, 2, 2, 3]);
        assert_eq!(sizes(9, 8, true), [9]);
        assert_eq!(sizes(9, 9, true), [9]);
        assert_eq!(sizes(8, 4, true), [4, 4]);
        assert_eq!(sizes(0, 4, true), [0; 0]);
        let batches = Batches::new(9, 4, true);
        assert_eq!([0, 1, 2].map(|index| batches.rows_before(index)), [0, 4, 9]);
        let begins = |each| [0, 1].map(|index| batches.begins(index, each));
        assert_eq!((begins(4), begins(5)), ([true, true], [true, false]));
        assert_eq!((batches.largest(), Batches::new(3, 4, true).largest()), (5, 4));
    }

    #[test]
    fn an_error_ends_the_epoch_and_its_thread() {
        let order: Vec<u32> = (0..1000).collect();
        let result = for_each_batch(
            Batches::new(order.len(), 1, false),
            EpochOrder::as_given(&order),
            0,
            |_, _, _: &mut ()| {},
            |_, _| Err(crate::error::UsageError::EmptyBatch.into()),
        );
        assert!(result.is_err());
    }
}
