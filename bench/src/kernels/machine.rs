//! Limits of the machine: multiply-adds in registers, and reads of memory.

use std::hint::black_box;

use pulp::{Simd, WithSimd};
use turret_runtime::kernels::dispatch;

use super::{Rates, TURRET, Work};

/// Multiply-adds per sum and call.
const TIMES: usize = 100_000;
/// Sums that hide the latency of two units, and fit 16 registers.
const SUMS: usize = 12;
/// Sums of single floats, which the compiler joins to vectors of four.
const SINGLE_SUMS: usize = 32;
/// Floats of a buffer that no cache holds: 512 MiB.
const BEYOND_CACHES: usize = 1 << 27;

/// Independent multiply-adds in registers. Returns the number of operations.
struct MultiplyAdds;

impl WithSimd for MultiplyAdds {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> usize {
        if S::F32_LANES == 1 { multiply_add::<S, SINGLE_SUMS>(simd) } else { multiply_add::<S, SUMS>(simd) }
    }
}

#[inline(always)]
fn multiply_add<S: Simd, const N: usize>(simd: S) -> usize {
    let mut sums = [simd.splat_f32s(black_box(1.0)); N];
    let (factor, term) = (simd.splat_f32s(black_box(0.5)), simd.splat_f32s(black_box(0.25)));
    for _ in 0..TIMES {
        for sum in &mut sums {
            *sum = simd.mul_add_e_f32s(*sum, factor, term);
        }
    }
    // Reducing the sums, where `black_box` would take their address, keeps them in registers.
    let total = sums.into_iter().fold(simd.splat_f32s(0.0), |total, sum| simd.add_f32s(total, sum));
    black_box(simd.reduce_sum_f32s(total));
    2 * TIMES * N * S::F32_LANES
}

/// Sum of a buffer.
struct Read<'a>(&'a [f32]);

impl WithSimd for Read<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let mut sums = [simd.splat_f32s(0.0); SUMS];
        let (vectors, _) = S::as_simd_f32s(self.0);
        for chunk in vectors.chunks_exact(SUMS) {
            for (sum, vector) in sums.iter_mut().zip(chunk) {
                *sum = simd.add_f32s(*sum, *vector);
            }
        }
        let total = sums.into_iter().fold(simd.splat_f32s(0.0), |total, sum| simd.add_f32s(total, sum));
        simd.reduce_sum_f32s(total)
    }
}

pub(super) fn measure(rates: &mut Rates) {
    let operations = dispatch(MultiplyAdds);
    rates.time(TURRET, "the machine: multiply-adds", Work::Operations(operations), || {
        black_box(dispatch(MultiplyAdds));
    });
    let values = vec![1.0f32; BEYOND_CACHES];
    rates.time(TURRET, "the machine: reads of memory", Work::Bytes(size_of_val(&values[..])), || {
        black_box(dispatch(Read(black_box(&values))));
    });
}
