//! Counter-based random number generator: each number of a stream is computed independently.

/// Random numbers, keyed by seed and purpose and indexed by a counter.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    key: u64,
}

impl Stream {
    /// Stream of a purpose.
    pub fn new(seed: u64, purpose: &str) -> Self {
        let name = purpose.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self { key: mix(mix(seed) ^ name) }
    }

    /// Separate stream for a `part`: an epoch, a step, a row.
    #[must_use]
    pub fn part(self, part: u64) -> Self {
        Self { key: mix(self.key ^ mix(part.wrapping_add(0x9e37_79b9_7f4a_7c15))) }
    }

    /// 64 random bits.
    #[inline]
    pub fn bits(&self, counter: u64) -> u64 {
        mix(self.key.wrapping_add(counter.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// Uniform in `[0, 1)`.
    #[inline]
    pub fn uniform(&self, counter: u64) -> f32 {
        (self.bits(counter) >> 40) as f32 * (1.0 / (1u64 << 24) as f32)
    }

    /// Uniform in `0..bound`; 0 if `bound` is 0.
    #[inline]
    pub fn below(&self, counter: u64, bound: u64) -> u64 {
        ((u128::from(self.bits(counter)) * u128::from(bound)) >> 64) as u64
    }

    /// Standard normal, by the Box-Muller transform.
    pub fn normal(&self, counter: u64) -> f32 {
        let bits = self.bits(counter);
        let scale = 1.0 / (1u64 << 32) as f64;
        let radius = (-2.0 * (((bits >> 32) as f64 + 1.0) * scale).ln()).sqrt();
        let angle = std::f64::consts::TAU * (bits & 0xffff_ffff) as f64 * scale;
        (radius * angle.cos()) as f32
    }
}

/// Finalizer of SplitMix64.
#[inline]
fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_uniform_normal_and_apart() {
        let stream = Stream::new(7, "test");
        let count = 20_000u64;
        let mean: f64 = (0..count).map(|i| f64::from(stream.uniform(i))).sum::<f64>() / count as f64;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
        let (sum, squares) =
            (0..count).map(|i| f64::from(stream.normal(i))).fold((0.0, 0.0), |(s, q), x| (s + x, q + x * x));
        assert!((sum / count as f64).abs() < 0.03 && (squares / count as f64 - 1.0).abs() < 0.05);
        assert_ne!(stream.bits(1), Stream::new(8, "test").bits(1));
        assert_ne!(stream.bits(1), Stream::new(7, "other").bits(1));
        assert_ne!(stream.part(0).bits(0), stream.part(1).bits(0));
        assert!((0..1000).all(|i| stream.below(i, 3) < 3));
    }
}
