//! Sampling from a discrete distribution, and expected counts.

use crate::negatives::Sampler;
use crate::rng::Stream;

/// Sampling probabilities of candidates.
#[derive(Clone, Debug)]
pub struct Distribution {
    probabilities: Vec<f64>,
    /// Cumulative probabilities.
    cumulative: Vec<f64>,
}

impl Distribution {
    /// Probabilities of a sampler, for candidates with these numbers of training rows. `given` has a number for each candidate if the
    /// sampler names a column.
    pub fn of(sampler: Sampler, counts: &[u64], given: &[f32]) -> Self {
        match sampler {
            Sampler::Uniform => Self::uniform(counts.len()),
            Sampler::LogUniform => Self::log_uniform(&by_count(counts)),
            Sampler::Frequency { power } => Self::frequency(counts, power),
            Sampler::Given => Self::new(given.iter().map(|&weight| f64::from(weight)).collect()),
        }
    }

    /// Probabilities proportional to weights, which are non-negative and not all zero.
    pub fn new(weights: Vec<f64>) -> Self {
        let total: f64 = weights.iter().sum();
        let probabilities: Vec<f64> = weights.iter().map(|weight| weight / total).collect();
        let mut sum = 0.0;
        let cumulative = probabilities
            .iter()
            .map(|probability| {
                sum += probability;
                sum
            })
            .collect();
        Self { probabilities, cumulative }
    }

    /// Uniform over `candidates`.
    pub fn uniform(candidates: usize) -> Self {
        Self::new(vec![1.0; candidates])
    }

    /// `(ln(r + 2) - ln(r + 1)) / ln(candidates + 1)` for rank `r`; `ranks` are the candidates by rank.
    pub fn log_uniform(ranks: &[u32]) -> Self {
        let mut weights = vec![0.0; ranks.len()];
        for (rank, &candidate) in ranks.iter().enumerate() {
            weights[candidate as usize] = (1.0 / (rank as f64 + 1.0)).ln_1p();
        }
        Self::new(weights)
    }

    /// Probabilities proportional to a power of counts; 0 for a count of 0.
    pub fn frequency(counts: &[u64], power: f64) -> Self {
        let weight = |&count: &u64| if count == 0 { 0.0 } else { (count as f64).powf(power) };
        Self::new(counts.iter().map(weight).collect())
    }

    /// Number of candidates with a positive probability.
    pub fn support(&self) -> usize {
        self.probabilities.iter().filter(|&&probability| probability > 0.0).count()
    }

    /// Samples a candidate, by a counter of a stream.
    pub fn draw(&self, stream: &Stream, counter: u64) -> u32 {
        let last = self.cumulative.last().copied().unwrap_or(0.0);
        let uniform = (stream.bits(counter) >> 12) as f64 / (1u64 << 52) as f64 * last;
        self.cumulative.partition_point(|&sum| sum <= uniform) as u32
    }

    /// Samples `count` candidates with replacement.
    pub fn draw_many(&self, stream: &Stream, count: usize) -> Vec<u32> {
        (0..count as u64).map(|counter| self.draw(stream, counter)).collect()
    }

    /// Samples `count` distinct candidates (at most [`Distribution::support`]), in order of their first draw.
    /// Also returns the number of draws.
    pub fn draw_unique(&self, stream: &Stream, count: usize) -> (Vec<u32>, u64) {
        let mut seen = std::collections::HashSet::with_capacity(count);
        let mut drawn = Vec::with_capacity(count);
        let mut tries = 0;
        while drawn.len() < count {
            let candidate = self.draw(stream, tries);
            tries += 1;
            if seen.insert(candidate) {
                drawn.push(candidate);
            }
        }
        (drawn, tries)
    }

    /// Estimates the number of draws for `count` distinct candidates: the smallest power of 2 that is
    /// expected to suffice.
    pub fn tries_for_unique(&self, count: usize) -> f64 {
        let expected = |tries: f64| -> f64 {
            self.probabilities.iter().map(|probability| at_least_once(*probability, tries)).sum()
        };
        let mut tries = 1.0;
        while expected(tries) < count as f64 - 0.5 && tries < 1e18 {
            tries *= 2.0;
        }
        tries
    }

    /// Expected count of a candidate among `drawn` that took this many tries: `drawn * p` if both are equal,
    /// as with replacement, else `1 - (1 - p)^tries`.
    pub fn expected_count(&self, candidate: u32, drawn: usize, tries: u64) -> f64 {
        let probability = self.probabilities[candidate as usize];
        if tries == drawn as u64 {
            drawn as f64 * probability
        } else {
            at_least_once(probability, tries as f64)
        }
    }
}

/// Candidates by their number of training rows, most first.
fn by_count(counts: &[u64]) -> Vec<u32> {
    let mut ranks: Vec<u32> = (0..counts.len() as u32).collect();
    ranks.sort_by_key(|&candidate| std::cmp::Reverse(counts[candidate as usize]));
    ranks
}

/// `1 - (1 - p)^tries`.
fn at_least_once(probability: f64, tries: f64) -> f64 {
    -(tries * (-probability).ln_1p()).exp_m1()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranks(candidates: u32) -> Vec<u32> {
        (0..candidates).collect()
    }

    /// Checks that Pearson's statistic of samples is below the 99.99% quantile for its degrees of freedom, by
    /// the Wilson-Hilferty approximation.
    #[track_caller]
    fn fits(distribution: &Distribution, seed: u64) {
        let count = 200_000;
        let mut seen = vec![0.0; distribution.probabilities.len()];
        for candidate in distribution.draw_many(&Stream::new(seed, "chi-square"), count) {
            seen[candidate as usize] += 1.0;
        }
        let pairs = seen.iter().zip(&distribution.probabilities);
        let statistic: f64 = pairs
            .map(|(seen, probability)| match probability * count as f64 {
                0.0 => {
                    assert_eq!(*seen, 0.0, "what has no probability is never drawn");
                    0.0
                }
                expected => (seen - expected).powi(2) / expected,
            })
            .sum();
        let freedom = distribution.support() as f64 - 1.0;
        let spread = 2.0 / (9.0 * freedom);
        let bound = freedom * (1.0 - spread + 3.72 * spread.sqrt()).powi(3);
        assert!(statistic < bound, "{statistic} is above {bound}");
    }

    #[test]
    fn draws_follow_their_probabilities() {
        let counts: Vec<u64> = (0..50).map(|at| at * at).collect();
        for seed in 0..3 {
            fits(&Distribution::uniform(97), seed);
            fits(&Distribution::log_uniform(&ranks(100)), seed);
            fits(&Distribution::frequency(&counts, 0.75), seed);
            fits(&Distribution::new(vec![0.1, 0.0, 0.7, 0.2]), seed);
        }
        assert_eq!(Distribution::uniform(1).draw_many(&Stream::new(1, "one"), 3), [0, 0, 0]);
        assert_eq!(Distribution::uniform(1).draw_many(&Stream::new(1, "one"), 0), Vec::<u32>::new());
    }

    #[test]
    fn samplers_read_counts_or_given_numbers() {
        let share = |sampler, candidate| {
            Distribution::of(sampler, &[1, 1, 0, 4], &[1.0, 2.0, 3.0, 4.0]).expected_count(candidate, 1, 1)
        };
        assert_eq!(by_count(&[1, 1, 0, 4]), [3, 0, 1, 2]);
        assert_eq!(share(Sampler::Uniform, 2), 0.25);
        assert!(share(Sampler::LogUniform, 3) > share(Sampler::LogUniform, 0));
        assert_eq!(share(Sampler::Frequency { power: 0.5 }, 3), 0.5);
        assert_eq!(share(Sampler::Given, 1), 0.2);
    }

    #[test]
    fn log_uniform_is_that_of_tensorflow() {
        let distribution = Distribution::log_uniform(&[2, 0, 1]);
        for (rank, candidate) in [(0.0f64, 2), (1.0, 0), (2.0, 1)] {
            let exact = ((rank + 2.0).ln() - (rank + 1.0).ln()) / 4f64.ln();
            let probability = distribution.expected_count(candidate, 1, 1);
            assert!((probability - exact).abs() < 1e-15, "{probability} {exact}");
            let expected = distribution.expected_count(candidate, 2, 5);
            assert!((expected - (1.0 - (1.0 - exact).powi(5))).abs() < 1e-14);
            assert!((distribution.expected_count(candidate, 5, 5) - 5.0 * exact).abs() < 1e-14);
        }
    }

    /// The frequency of a candidate in distinct samples equals its expectation for the number of tries.
    #[test]
    fn unique_draws_are_unique_and_as_frequent_as_expected() {
        let distribution = Distribution::log_uniform(&ranks(40));
        let (rounds, count) = (4000, 10);
        let (mut seen, mut expected) = (vec![0.0; 40], vec![0.0; 40]);
        for round in 0..rounds {
            let (drawn, tries) = distribution.draw_unique(&Stream::new(3, "unique").part(round), count);
            assert_eq!(drawn.iter().collect::<std::collections::BTreeSet<_>>().len(), count);
            drawn.iter().for_each(|&candidate| seen[candidate as usize] += 1.0);
            (0..40).for_each(|at| expected[at as usize] += distribution.expected_count(at, count, tries));
        }
        for (seen, expected) in seen.iter().zip(&expected) {
            assert!((seen - expected).abs() < 0.1 * expected + 5.0 * expected.sqrt(), "{seen} {expected}");
        }
        let (all, _) = distribution.draw_unique(&Stream::new(3, "all"), 40);
        assert_eq!(all.len(), 40);
        assert!(distribution.tries_for_unique(40) < 10_000.0);
        assert!(Distribution::new(vec![1.0, 1e-30]).tries_for_unique(2) > 1e17);
    }
}
