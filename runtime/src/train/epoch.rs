//! One epoch: a separate thread gathers batches while the previous one trains.

use std::sync::mpsc::{channel, sync_channel};

use crate::error::Error;
use crate::rng::Stream;

/// Number of batches gathered ahead.
const AHEAD: usize = 2;

/// Returns the training rows in the order of an epoch.
pub(super) fn shuffled(rows: &[u32], seed: u64, epoch: usize) -> Vec<u32> {
    let stream = Stream::new(seed, "shuffle").part(epoch as u64);
    let mut order = rows.to_vec();
    for last in (1..order.len()).rev() {
        let other = stream.below(last as u64, last as u64 + 1) as usize;
        order.swap(last, other);
    }
    order
}

/// Decision after a step.
pub(super) enum Then {
    /// Continue with the next batch.
    Next,
    /// End the epoch.
    Stop,
}

/// Batches of the rows of an epoch. The last batch has the remaining rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Batches<'a> {
    order: &'a [u32],
    size: usize,
    count: usize,
}

impl<'a> Batches<'a> {
    /// Batches of `size` rows, at least one. With `in_company`, a single remaining row joins the previous
    /// batch.
    pub(super) fn new(order: &'a [u32], size: usize, in_company: bool) -> Self {
        let count = order.len().div_ceil(size);
        let is_alone = in_company && count > 1 && order.len() % size == 1;
        Self { order, size, count: count - usize::from(is_alone) }
    }

    /// Number of batches.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Rows of a batch.
    fn rows(&self, index: usize) -> &'a [u32] {
        let end = if index + 1 == self.count { self.order.len() } else { (index + 1) * self.size };
        &self.order[index * self.size..end]
    }

    /// Returns the number of rows before a batch.
    pub(super) fn rows_before(&self, index: usize) -> usize {
        if index < self.count { index * self.size } else { self.order.len() }
    }

    /// Returns the maximum batch size for any order of these rows, or the requested size.
    pub(super) fn largest(&self) -> usize {
        (0..self.count).map(|index| self.rows(index).len()).max().unwrap_or(0).max(self.size)
    }
}

/// Calls `step` with the batches of an epoch, starting at `first`. `gather` gathers a batch. Returns the
/// number of steps.
pub(super) fn for_each_batch<B: Default + Send>(
    batches: Batches<'_>,
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
            for index in first..batches.count {
                let mut batch = empty.try_recv().unwrap_or_default();
                gather(index, batches.rows(index), &mut batch);
                if full.send(batch).is_err() {
                    break;
                }
            }
        });
        let mut done = first;
        for index in first..batches.count {
            // The thread sends all batches unless it panicked; the scope propagates the panic.
            let Ok(mut batch) = ready.recv() else { break };
            let then = step(&mut batch, batches.rows(index).len())?;
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

    fn seen(order: &[u32], first: usize, stop_at: usize) -> (usize, Vec<Vec<u32>>) {
        let mut seen = Vec::new();
        let done = for_each_batch(
            Batches::new(order, 4, false),
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
        let order = shuffled(&(0..10).collect::<Vec<_>>(), 1, 0);
        let (done, all) = seen(&order, 0, usize::MAX);
        assert_eq!(done, 3);
        assert_eq!(all.concat(), order);
        assert_eq!(all[2].len(), 2);
        // A resumed epoch has the same batches.
        let (at, mut halves) = seen(&order, 0, 2);
        halves.extend(seen(&order, at, usize::MAX).1);
        assert_eq!(halves, all);
    }

    #[test]
    fn in_company_no_row_is_alone() {
        let rows: Vec<u32> = (0..9).collect();
        let sizes = |order: &[u32], size, in_company| -> Vec<usize> {
            let batches = Batches::new(order, size, in_company);
            (0..batches.count()).map(|index| batches.rows(index).len()).collect()
        };
        assert_eq!(sizes(&rows, 4, false), [4, 4, 1]);
        assert_eq!(sizes(&rows, 4, true), [4, 5]);
        assert_eq!(sizes(&rows, 2, true), [2, 2, 2, 3]);
        assert_eq!(sizes(&rows, 8, true), [9]);
        assert_eq!(sizes(&rows, 9, true), [9]);
        assert_eq!(sizes(&rows[..8], 4, true), [4, 4]);
        assert_eq!(sizes(&[], 4, true), [0; 0]);
        let batches = Batches::new(&rows, 4, true);
        assert_eq!([0, 1, 2].map(|index| batches.rows_before(index)), [0, 4, 9]);
        assert_eq!((batches.largest(), Batches::new(&rows[..3], 4, true).largest()), (5, 4));
    }

    #[test]
    fn an_error_ends_the_epoch_and_its_thread() {
        let order: Vec<u32> = (0..1000).collect();
        let result = for_each_batch(
            Batches::new(&order, 1, false),
            0,
            |_, _, _: &mut ()| {},
            |_, _| Err(crate::error::UsageError::EmptyBatch.into()),
        );
        assert!(result.is_err());
    }

    #[test]
    fn epochs_are_shuffled_differently_and_repeatably() {
        let rows: Vec<u32> = (0..50).collect();
        assert_eq!(shuffled(&rows, 3, 1), shuffled(&rows, 3, 1));
        assert_ne!(shuffled(&rows, 3, 1), shuffled(&rows, 3, 2));
        let mut sorted = shuffled(&rows, 3, 1);
        sorted.sort_unstable();
        assert_eq!(sorted, rows);
    }
}
