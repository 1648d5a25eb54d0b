//! Division of rows among threads: one contiguous chunk per thread, so results depend only on the number of
//! threads.

use rayon::prelude::*;

pub(crate) use crate::kernels::vectorized;

/// Minimum number of operations for which a kernel uses several threads.
const WORTH_SPLITTING: usize = 1 << 17;

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

/// `into += scale * x`.
#[inline(always)]
pub(crate) fn add_scaled(into: &mut [f32], scale: f32, x: &[f32]) {
    for (target, value) in into.iter_mut().zip(x) {
        *target += scale * value;
    }
}
