//! Quantiles of numbers: of all of them while there are few, then of a uniform sample with a fixed seed.

use turret_runtime::rng::Stream;

/// Number of sampled numbers.
const SAMPLED: usize = 1 << 14;
/// Seed of the sample.
const SEED: u64 = 42;

/// Numbers, their extremes and a sample of them.
#[derive(Clone, Debug)]
pub(in crate::command) struct Quantiles {
    count: u64,
    least: f64,
    greatest: f64,
    sum: f64,
    sample: Vec<f64>,
    draws: Stream,
}

impl Default for Quantiles {
    fn default() -> Self {
        let draws = Stream::new(SEED, "quantiles of a column");
        Self {
            count: 0,
            least: f64::INFINITY,
            greatest: f64::NEG_INFINITY,
            sum: 0.0,
            sample: Vec::new(),
            draws,
        }
    }
}

impl Quantiles {
    /// Adds a number.
    pub(in crate::command) fn add(&mut self, number: f64) {
        if self.sample.len() < SAMPLED {
            self.sample.push(number);
        } else {
            let place = self.draws.below(self.count, self.count + 1) as usize;
            if let Some(sampled) = self.sample.get_mut(place) {
                *sampled = number;
            }
        }
        self.count += 1;
        self.sum += number;
        (self.least, self.greatest) = (self.least.min(number), self.greatest.max(number));
    }

    /// Number of numbers.
    pub(in crate::command) fn count(&self) -> u64 {
        self.count
    }

    /// Smallest number.
    pub(in crate::command) fn least(&self) -> Option<f64> {
        (self.count > 0).then_some(self.least)
    }

    /// Largest number.
    pub(in crate::command) fn greatest(&self) -> Option<f64> {
        (self.count > 0).then_some(self.greatest)
    }

    /// Mean.
    pub(in crate::command) fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }

    /// Returns quantiles of the numbers, each the number at its place in ascending order.
    pub(in crate::command) fn at(&self, shares: &[f64]) -> Option<Vec<f64>> {
        let mut sorted = self.sample.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let last = sorted.len().checked_sub(1)?;
        Some(shares.iter().map(|share| sorted[(share * last as f64).round() as usize]).collect())
    }

    /// Returns whether quantiles are exact.
    pub(in crate::command) fn is_exact(&self) -> bool {
        self.count as usize <= SAMPLED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_few_numbers_are_exact_and_of_many_are_close() {
        let mut few = Quantiles::default();
        (0..101).rev().for_each(|number| few.add(f64::from(number)));
        assert_eq!(few.at(&[0.0, 0.5, 0.99, 1.0]), Some(vec![0.0, 50.0, 99.0, 100.0]));
        assert_eq!((few.least(), few.greatest(), few.mean()), (Some(0.0), Some(100.0), Some(50.0)));
        assert!(few.is_exact());
        let mut many = Quantiles::default();
        (0..1_000_000).for_each(|number| many.add(f64::from(number)));
        let median = many.at(&[0.5]).unwrap()[0];
        assert!((480_000.0..520_000.0).contains(&median) && !many.is_exact(), "{median}");
        assert_eq!(Quantiles::default().at(&[0.5]), None);
    }
}
