//! Random sample of rows by position, so that appended rows do not change the sample of earlier ones.

/// Sampled rows, ascending: one for each `1 / share` rows.
///
/// Row `i` covers the interval `[i * share, (i + 1) * share)`. One row is drawn from each unit interval, with
/// probabilities proportional to the covered part of the interval. A row across two intervals is drawn at
/// most once: the second draw is conditional on the first, so that every row is drawn with probability
/// `share` (systematic sampling after Deville, 1998). The count in the first `n` rows differs from `n *
/// share` by less than 1.
#[derive(Clone, Debug)]
pub(super) struct DrawnRows {
    share: f64,
    seed: u64,
    unit: u64,
    last: Option<u64>,
}

impl DrawnRows {
    /// A sample with a share above 0 and below 1.
    pub(super) fn new(share: f64, seed: u64) -> Self {
        Self { share, seed, unit: 0, last: None }
    }

    /// First row that ends in or after a unit interval.
    fn first_row(&self, unit: u64) -> u64 {
        (unit as f64 / self.share) as u64
    }
}

impl Iterator for DrawnRows {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let unit = self.unit;
        self.unit += 1;
        let (first, end) = (self.first_row(unit), self.first_row(unit + 1));
        // Parts of the first row in the previous interval and in this one.
        let before = (unit as f64 - first as f64 * self.share).clamp(0.0, self.share);
        let here = self.share - before;
        let chance = if self.last == Some(first) { 0.0 } else { here / (1.0 - before) };
        let drawn = uniform(self.seed, unit);
        let row = if drawn < chance {
            first
        } else {
            // Uniform over the part that the other rows cover.
            let rest = (drawn - chance) / (1.0 - chance);
            let at = unit as f64 + here + rest * (1.0 - here);
            ((at / self.share) as u64).clamp(first + 1, end.max(first + 1))
        };
        self.last = Some(row);
        Some(row)
    }
}

/// The `counter`-th number in [0, 1) of a SplitMix64 sequence, with a state mixed from `seed`.
fn uniform(seed: u64, counter: u64) -> f64 {
    let state = mix(seed).wrapping_add(counter.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    (mix(state) >> 11) as f64 / (1_u64 << 53) as f64
}

/// SplitMix64's finalizer.
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn below(rows: u64, share: f64, seed: u64) -> Vec<u64> {
        DrawnRows::new(share, seed).take_while(|&row| row < rows).collect()
    }

    proptest! {
        #[test]
        fn ascending_and_as_many_as_the_share_says(rows in 0_u64..5_000, share in 0.0001_f64..0.9999, seed: u64) {
            let drawn = below(rows, share, seed);
            prop_assert!(drawn.is_sorted_by(|a, b| a < b), "{drawn:?}");
            let expected = rows as f64 * share;
            prop_assert!((drawn.len() as f64 - expected).abs() < 1.0 + 1e-9, "{} of {expected}", drawn.len());
        }
    }

    #[test]
    fn a_share_of_one_in_k_draws_one_of_each_k_rows() {
        for k in 2..60_u64 {
            let drawn = below(k * 500, 1.0 / k as f64, k);
            assert!(drawn.iter().map(|row| row / k).eq(0..500), "1 in {k}: {drawn:?}");
        }
    }

    #[test]
    fn every_row_is_drawn_as_often() {
        const SEEDS: u64 = 40_000;
        for share in [0.1, 0.3, 0.37, 0.5, 0.55, 0.85] {
            let mut hits = [0_u32; 24];
            for seed in 0..SEEDS {
                below(24, share, seed).into_iter().for_each(|row| hits[row as usize] += 1);
            }
            let deviation = (share * (1.0 - share) * SEEDS as f64).sqrt();
            for (row, &count) in hits.iter().enumerate() {
                let expected = share * SEEDS as f64;
                assert!((f64::from(count) - expected).abs() < 5.0 * deviation, "{share}, row {row}: {count}");
            }
        }
    }
}
