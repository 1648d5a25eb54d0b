//! Division of rows among threads: one contiguous chunk per thread, so results depend only on the number of
//! threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::vigil::keep_awake;
pub(crate) use crate::kernels::vectorized;

/// Minimum number of operations for which a kernel uses several threads.
pub(crate) const WORTH_SPLITTING: usize = 1 << 17;

/// Number of rows per chunk if each row costs about `cost` operations. At least 1.
pub(crate) fn chunk_rows(rows: usize, cost: usize) -> usize {
    let workers =
        if rows.saturating_mul(cost.max(1)) < WORTH_SPLITTING { 1 } else { rayon::current_num_threads() };
    rows.div_ceil(workers.max(1)).max(1)
}

/// Runs `work(first_row, chunk)` for the chunks of a row-major buffer.
pub(crate) fn for_rows(
    values: &mut [f32],
    width: usize,
    cost: usize,
    work: &(dyn Fn(usize, &mut [f32]) + Sync),
) {
    if values.is_empty() || width == 0 {
        return;
    }
    let rows = values.len() / width;
    let chunk = chunk_rows(rows, cost);
    if chunk >= rows {
        work(0, values);
    } else {
        values.par_chunks_mut(chunk * width).enumerate().for_each(|(index, part)| work(index * chunk, part));
    }
}

/// Dot product, in an order that does not depend on the machine.
#[inline(always)]
pub(crate) fn inner(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 16];
    let (a_chunks, b_chunks) = (a.chunks_exact(16), b.chunks_exact(16));
    let rest: f32 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a_chunks.zip(b_chunks) {
        for lane in 0..16 {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    lanes.iter().sum::<f32>() + rest
}

/// Sum, in an order that does not depend on the machine.
#[inline(always)]
pub(crate) fn total(x: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 16];
    let chunks = x.chunks_exact(16);
    let rest: f32 = chunks.remainder().iter().sum();
    for chunk in chunks {
        for lane in 0..16 {
            lanes[lane] += chunk[lane];
        }
    }
    lanes.iter().sum::<f32>() + rest
}

/// `into += scale * x`.
#[inline(always)]
pub(crate) fn add_scaled(into: &mut [f32], scale: f32, x: &[f32]) {
    for (target, value) in into.iter_mut().zip(x) {
        *target += scale * value;
    }
}

/// Runs `run` on each piece of work, on all threads. The calling thread takes part.
pub(crate) fn share<W: Send>(work: &mut [W], run: impl Fn(&mut W) + Sync) {
    let helpers = rayon::current_num_threads().min(work.len()).saturating_sub(1);
    if helpers == 0 {
        return work.iter_mut().for_each(run);
    }
    keep_awake(helpers);
    let (rest, done) = (Mutex::new(work.iter_mut()), AtomicUsize::new(0));
    let take = || rest.lock().unwrap_or_else(PoisonError::into_inner).next();
    let help = || {
        while let Some(piece) = take() {
            run(piece);
        }
        done.fetch_add(1, Ordering::Release);
    };
    rayon::in_place_scope(|scope| {
        (0..helpers).for_each(|_| scope.spawn(|_| help()));
        help();
        // The scope would sleep, and waking takes longer than most waits.
        let mut spins = 0;
        while done.load(Ordering::Acquire) <= helpers && spins < 20_000 {
            spins += 1;
            std::hint::spin_loop();
        }
    });
}
