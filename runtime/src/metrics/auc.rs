//! Area under the ROC curve by the rank sum. Ties count half.

/// Rows of two classes, sorted by score.
pub struct RocCurve {
    rows: Vec<u32>,
    positive: Vec<bool>,
    /// True if the score equals the previous one.
    tied: Vec<bool>,
}

impl RocCurve {
    /// Sorts rows by score. Labels above 0.5 are positive. `None` if a score is NaN.
    pub fn new(scores: &[f32], labels: &[f32]) -> Option<Self> {
        if scores.iter().any(|score| score.is_nan()) {
            return None;
        }
        let mut rows: Vec<u32> = (0..scores.len().min(labels.len()) as u32).collect();
        let score = |row: u32| scores[row as usize];
        rows.sort_unstable_by(|&a, &b| score(a).total_cmp(&score(b)));
        let positive = rows.iter().map(|&row| labels[row as usize] > 0.5).collect();
        // `==` also ties -0 with 0.
        let tied = (0..rows.len()).map(|at| at > 0 && score(rows[at]) == score(rows[at - 1])).collect();
        Some(Self { rows, positive, tied })
    }

    /// Returns the rows by ascending score.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Probability that a positive scores above a negative. Each row of [`RocCurve::rows`] has the
    /// multiplicity `weight`. `None` unless both classes occur.
    pub fn area(&self, weight: impl Fn(usize) -> u32) -> Option<f64> {
        // Twice the number of pairs won by the positive, so that halves are integers.
        let mut twice = 0u128;
        let (mut positives, mut negatives) = (0u64, 0u64);
        // Negatives with lower scores, and with equal scores.
        let mut negatives_below = 0u64;
        let mut equal = (0u64, 0u64);
        let wins = |(positive, negative): (u64, u64), below: u64| {
            u128::from(positive) * u128::from(2 * below + negative)
        };
        for (place, (&positive, &tied)) in self.positive.iter().zip(&self.tied).enumerate() {
            if !tied {
                twice += wins(equal, negatives_below);
                negatives_below += equal.1;
                equal = (0, 0);
            }
            let weight = u64::from(weight(place));
            if positive {
                equal.0 += weight;
                positives += weight;
            } else {
                equal.1 += weight;
                negatives += weight;
            }
        }
        twice += wins(equal, negatives_below);
        let pairs = 2 * u128::from(positives) * u128::from(negatives);
        (pairs > 0).then(|| twice as f64 / pairs as f64)
    }
}

/// Probability that a positive scores above a negative. Labels above 0.5 are positive. `None` unless both
/// classes occur and no score is NaN.
pub fn auc(scores: &[f32], labels: &[f32]) -> Option<f64> {
    RocCurve::new(scores, labels)?.area(|_| 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By counting all pairs.
    fn counted(scores: &[f32], labels: &[f32]) -> Option<f64> {
        let (mut wins, mut pairs) = (0.0, 0.0);
        for i in (0..scores.len()).filter(|&i| labels[i] == 1.0) {
            for j in (0..scores.len()).filter(|&j| labels[j] == 0.0) {
                pairs += 1.0;
                wins += if scores[i] > scores[j] {
                    1.0
                } else if scores[i] == scores[j] {
                    0.5
                } else {
                    0.0
                };
            }
        }
        (pairs > 0.0).then(|| wins / pairs)
    }

    #[test]
    fn equals_the_count_over_all_pairs() {
        let stream = crate::rng::Stream::new(3, "auc");
        for size in [0usize, 1, 2, 3, 10, 57] {
            let scores: Vec<f32> = (0..size).map(|i| stream.below(i as u64, 9) as f32 - 4.0).collect();
            let labels: Vec<f32> = (0..size).map(|i| stream.below(1000 + i as u64, 2) as f32).collect();
            assert_eq!(auc(&scores, &labels), counted(&scores, &labels));
            // A weight is a number of copies of the row.
            let weight = |row: u32| stream.below(2000 + u64::from(row), 4) as u32;
            let copied = |of: &[f32]| -> Vec<f32> {
                (0..size as u32).flat_map(|row| vec![of[row as usize]; weight(row) as usize]).collect()
            };
            let area = RocCurve::new(&scores, &labels)
                .and_then(|curve| curve.area(|place| weight(curve.rows()[place])));
            assert_eq!(area, counted(&copied(&scores), &copied(&labels)));
        }
        assert_eq!(auc(&[1.0, 2.0], &[1.0, 1.0]), None);
        assert_eq!(auc(&[0.0, -0.0], &[1.0, 0.0]), Some(0.5));
        assert_eq!(auc(&[f32::NAN, 0.0], &[1.0, 0.0]), None);
    }
}
