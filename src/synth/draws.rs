//! Counter-based random numbers: they depend only on seed, purpose and index, so adding users does not change
//! the items.

/// Purpose of random numbers. Each has its own stream.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    Genre,
    Word,
    Item,
    User,
    Occupation,
    Vogue,
    Activity,
    Interaction,
    Order,
    Topic,
    Client,
    Projection,
    Row,
    Key,
    Number,
}

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub(crate) struct Draws {
    key: u64,
    counter: u64,
}

impl Draws {
    /// Stream of the `index`-th entity of a purpose.
    pub(crate) fn new(seed: u64, purpose: Purpose, index: usize) -> Self {
        let key = mix(mix(mix(seed) ^ (purpose as u64 + 1)) ^ index as u64);
        Draws { key, counter: 0 }
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.counter += 1;
        mix(self.key.wrapping_add(self.counter.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    /// Uniform in the open interval (0, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// Uniform in `0..end`; 0 if `end` is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        ((self.uniform() * end as f64) as usize).min(end.saturating_sub(1))
    }

    /// Standard normal.
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Standard Gumbel. The argmax of scores plus Gumbel noise is a sample from their softmax.
    pub(crate) fn gumbel(&mut self) -> f64 {
        -(-self.uniform().ln()).ln()
    }

    /// Samples an index in proportion to its weight, given cumulative weights.
    pub(crate) fn weighted(&mut self, sums: &[f64]) -> usize {
        let total = sums.last().copied().unwrap_or(0.0);
        let at = self.uniform() * total;
        sums.partition_point(|&sum| sum <= at).min(sums.len().saturating_sub(1))
    }
}

/// Cumulative weights for [`Draws::weighted`].
pub(crate) fn running_sums(weights: impl IntoIterator<Item = f64>) -> Vec<f64> {
    weights
        .into_iter()
        .scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        })
        .collect()
}

/// Finalizer of SplitMix64.
fn mix(mut bits: u64) -> u64 {
    bits = bits.wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::{Draws, Purpose, running_sums};

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut draws = Draws::new(7, Purpose::User, 0);
        let normals: Vec<f64> = (0..20_000).map(|_| draws.normal()).collect();
        let mean = normals.iter().sum::<f64>() / 20_000.0;
        let variance = normals.iter().map(|x| x * x).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
        let gumbel = (0..20_000).map(|_| draws.gumbel()).sum::<f64>() / 20_000.0;
        assert!((gumbel - 0.5772).abs() < 0.04, "{gumbel}");
    }

    #[test]
    fn weighted_draws_follow_the_weights() {
        let sums = running_sums([1.0, 0.0, 3.0]);
        let mut draws = Draws::new(1, Purpose::Item, 3);
        let mut counts = [0; 3];
        (0..8_000).for_each(|_| counts[draws.weighted(&sums)] += 1);
        assert_eq!(counts[1], 0);
        assert!((1_800..2_200).contains(&counts[0]), "{counts:?}");
    }

    #[test]
    fn streams_differ_by_purpose_and_index() {
        let first = |purpose, index| Draws::new(5, purpose, index).bits();
        assert_eq!(first(Purpose::Item, 1), first(Purpose::Item, 1));
        assert_ne!(first(Purpose::Item, 1), first(Purpose::Item, 2));
        assert_ne!(first(Purpose::Item, 1), first(Purpose::User, 1));
    }
}
