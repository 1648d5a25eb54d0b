//! Sampling from a discrete distribution, and expected counts.

use std::ops::Range;

use crate::negatives::Sampler;
use crate::rng::Stream;

/// Maximum number of rejected draws of a candidate. The next one is from the candidates that are not excluded.
const MOST_REJECTED: u64 = 16;

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
        let uniform = unit(stream, counter) * last;
        self.cumulative.partition_point(|&sum| sum <= uniform) as u32
    }

    /// Samples a candidate other than `excluded`, which are ascending: from the distribution that is truncated to
    /// those that [remain](Distribution::remaining). Also returns the number of rejected draws.
    pub fn draw_except(&self, stream: &Stream, excluded: &[u32]) -> (u32, u64) {
        for rejected in 0..MOST_REJECTED {
            let candidate = self.draw(stream, rejected);
            if excluded.binary_search(&candidate).is_err() {
                return (candidate, rejected);
            }
        }
        (self.draw_remaining(stream, MOST_REJECTED, excluded), MOST_REJECTED)
    }

    /// Samples a candidate other than `excluded`. If none remains, all candidates are sampled.
    fn draw_remaining(&self, stream: &Stream, counter: u64, excluded: &[u32]) -> u32 {
        let mut target = unit(stream, counter) * self.remaining(excluded);
        // The target may exceed the sum by a rounding error.
        let mut last = 0..self.cumulative.len();
        for gap in self.gaps(excluded) {
            let probability = self.probability(&gap);
            if target < probability {
                return self.place(gap, target);
            }
            if probability > 0.0 {
                last = gap;
            }
            target -= probability;
        }
        self.place(last, f64::INFINITY)
    }

    /// Probability of all candidates other than `excluded`, which are ascending. 0 if none of them can be sampled.
    pub fn remaining(&self, excluded: &[u32]) -> f64 {
        self.gaps(excluded).map(|gap| self.probability(&gap)).sum()
    }

    /// Ranges of candidates between the excluded ones.
    fn gaps(&self, excluded: &[u32]) -> impl Iterator<Item = Range<usize>> {
        let starts = [0].into_iter().chain(excluded.iter().map(|&candidate| candidate as usize + 1));
        let ends = excluded.iter().map(|&candidate| candidate as usize).chain([self.cumulative.len()]);
        starts.zip(ends).map(|(start, end)| start..end)
    }

    /// Sum of the probabilities before a candidate.
    fn before(&self, candidate: usize) -> f64 {
        candidate.checked_sub(1).map_or(0.0, |last| self.cumulative[last])
    }

    fn probability(&self, span: &Range<usize>) -> f64 {
        self.before(span.end) - self.before(span.start)
    }

    /// The first candidate of a range up to which its probabilities exceed `target`, or the last one that has any.
    fn place(&self, span: Range<usize>, target: f64) -> u32 {
        let (before, all) = (self.before(span.start), self.before(span.end));
        let sums = &self.cumulative[span.clone()];
        let found = sums.partition_point(|sum| sum - before <= target);
        (span.start + found.min(sums.partition_point(|&sum| sum < all))) as u32
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

/// Uniform in `[0, 1)`, with 52 bits.
fn unit(stream: &Stream, counter: u64) -> f64 {
    (stream.bits(counter) >> 12) as f64 / (1u64 << 52) as f64
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
        drawn_by(distribution, &distribution.draw_many(&Stream::new(seed, "chi-square"), 200_000));
    }

    #[track_caller]
    fn drawn_by(distribution: &Distribution, drawn: &[u32]) {
        let count = drawn.len();
        let mut seen = vec![0.0; distribution.probabilities.len()];
        for &candidate in drawn {
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

    /// Draws by rejection, and draws from the rest alone, follow the truncated distribution.
    #[test]
    fn draws_of_the_rest_follow_its_probabilities() {
        let counts: Vec<u64> = (0..50).map(|at| at * at).collect();
        let most: Vec<u32> = (0..97).filter(|at| at % 8 != 3).collect();
        for (number, (all, excluded)) in [
            (Distribution::uniform(97), most.clone()),
            (Distribution::uniform(97), vec![0, 5, 96]),
            (Distribution::uniform(97), vec![]),
            (Distribution::log_uniform(&ranks(100)), most),
            (Distribution::frequency(&counts, 0.75), (10..50).collect()),
            (Distribution::new(vec![0.1, 0.0, 0.7, 0.2, 0.0]), vec![2]),
            (Distribution::new(vec![0.0, 0.5, 0.0, 1e-9, 0.0, 0.5, 3e-9, 0.0]), vec![1, 5]),
        ]
        .into_iter()
        .enumerate()
        {
            let is_out = |at: usize| excluded.binary_search(&(at as u32)).is_ok();
            let weights = all.probabilities.iter().enumerate();
            let rest = Distribution::new(weights.map(|(at, p)| if is_out(at) { 0.0 } else { *p }).collect());
            let remaining = all.remaining(&excluded);
            let exact: f64 =
                (0..all.probabilities.len()).filter(|at| !is_out(*at)).map(|at| all.probabilities[at]).sum();
            assert!((remaining - exact).abs() < 1e-14, "{remaining} {exact}");
            let stream = Stream::new(number as u64, "rest");
            let drawn: Vec<(u32, u64)> =
                (0..100_000).map(|slot| all.draw_except(&stream.part(slot), &excluded)).collect();
            drawn_by(&rest, &drawn.iter().map(|(candidate, _)| *candidate).collect::<Vec<_>>());
            let rejected: u64 = drawn.iter().map(|(_, rejected)| rejected).sum();
            assert_eq!(rejected == 0, excluded.is_empty());
            let exact: Vec<u32> =
                (0..100_000).map(|counter| all.draw_remaining(&stream, counter, &excluded)).collect();
            drawn_by(&rest, &exact);
        }
        assert_eq!(Distribution::uniform(3).remaining(&[0, 1, 2]), 0.0);
        assert_eq!(Distribution::new(vec![0.5, 0.0, 0.5]).remaining(&[0, 2]), 0.0);
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
