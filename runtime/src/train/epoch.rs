//! One epoch: batches are put together on a thread of their own while the last one is trained on.

use std::sync::mpsc::{channel, sync_channel};

use crate::error::Error;
use crate::rng::Stream;

/// Batches that wait to be trained on.
const AHEAD: usize = 2;

/// The rows of the training split in the order of an epoch.
pub(super) fn shuffled(rows: &[u32], seed: u64, epoch: usize) -> Vec<u32> {
    let stream = Stream::new(seed, "shuffle").part(epoch as u64);
    let mut order = rows.to_vec();
    for last in (1..order.len()).rev() {
        let other = stream.below(last as u64, last as u64 + 1) as usize;
        order.swap(last, other);
    }
    order
}

/// What a step says of how to go on.
pub(super) enum Then {
    /// With the next batch.
    Next,
    /// Not at all.
    Stop,
}

/// Calls `step` with the batches of an epoch from `first` on, the last one partial; `gather` puts one together. Returns the number of steps done.
pub(super) fn for_each_batch<B: Default + Send>(
    order: &[u32],
    size: usize,
    first: usize,
    gather: impl Fn(usize, &[u32], &mut B) + Send,
    mut step: impl FnMut(&mut B, usize) -> Result<Then, Error>,
) -> Result<usize, Error> {
    let (full, batches) = sync_channel::<B>(AHEAD);
    let (used, empty) = channel::<B>();
    std::thread::scope(|scope| {
        // Moved in, so that the thread ends when this closure returns early.
        let batches = batches;
        scope.spawn(move || {
            for (index, rows) in order.chunks(size).enumerate().skip(first) {
                let mut batch = empty.try_recv().unwrap_or_default();
                gather(index, rows, &mut batch);
                if full.send(batch).is_err() {
                    break;
                }
            }
        });
        let mut done = first;
        for rows in order.chunks(size).skip(first) {
            // The thread sends as many batches as there are chunks, unless it panicked, which the scope passes on.
            let Ok(mut batch) = batches.recv() else { break };
            let then = step(&mut batch, rows.len())?;
            done += 1;
            if matches!(then, Then::Stop) {
                break;
            }
            // The thread may be past its last batch, and then needs no more room.
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
            order,
            4,
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
        // A stop and going on from there see the same batches.
        let (at, mut halves) = seen(&order, 0, 2);
        halves.extend(seen(&order, at, usize::MAX).1);
        assert_eq!(halves, all);
    }

    #[test]
    fn an_error_ends_the_epoch_and_its_thread() {
        let order: Vec<u32> = (0..1000).collect();
        let result = for_each_batch(&order, 1, 0, |_, _, _: &mut ()| {}, |_, _| Err(Error::input("no")));
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
