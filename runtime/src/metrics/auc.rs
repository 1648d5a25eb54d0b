//! Area under the ROC curve by the rank sum. Ties count half.

/// Rows of two classes, sorted by score.
pub struct RocCurve {
    rows: Vec<u32>,
    positive: Vec<bool>,
    runs: Vec<Run>,
}

/// Successive rows of a curve.
struct Run {
    rows: usize,
    /// True if their scores are equal; otherwise each score differs from all others of the curve.
    is_tied: bool,
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
        let mut runs: Vec<Run> = Vec::new();
        // `==` also ties -0 with 0.
        for equal in rows.chunk_by(|&a, &b| score(a) == score(b)) {
            let is_tied = equal.len() > 1;
            match runs.last_mut() {
                Some(last) if !is_tied && !last.is_tied => last.rows += 1,
                _ => runs.push(Run { rows: equal.len(), is_tied }),
            }
        }
        Some(Self { rows, positive, runs })
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
        // Multiplicities of the rows so far.
        let (mut positives, mut negatives) = (0u64, 0u64);
        let mut place = 0;
        for run in &self.runs {
            let places = place..place + run.rows;
            place = places.end;
            // Products instead of branches: classes follow each other at random.
            let classes = |place: usize| {
                let weight = u64::from(weight(place));
                let positive = weight * u64::from(self.positive[place]);
                (positive, weight - positive)
            };
            if run.is_tied {
                let equal = places.map(classes).fold((0, 0), |sum, row| (sum.0 + row.0, sum.1 + row.1));
                twice += u128::from(equal.0) * u128::from(2 * negatives + equal.1);
                positives += equal.0;
                negatives += equal.1;
            } else {
                for (positive, negative) in places.map(classes) {
                    twice += u128::from(positive) * u128::from(2 * negatives);
                    positives += positive;
                    negatives += negative;
                }
            }
        }
        let pairs = 2 * u128::from(positives) * u128::from(negatives);
        (pairs > 0).then(|| twice as f64 / pairs as f64)
    }
}

impl RocCurve {
    /// Average precision: the mean over positives of the share of positives among the rows that score as high or higher. Each row
    /// of [`RocCurve::rows`] has the multiplicity `weight`. `None` without a positive.
    pub fn average_precision(&self, weight: impl Fn(usize) -> u32) -> Option<f64> {
        let (mut positives, mut all, mut sum) = (0u64, 0u64, 0.0);
        let mut add = |rows: &mut dyn Iterator<Item = usize>| {
            let mut found = 0;
            for place in rows {
                let weight = u64::from(weight(place));
                found += weight * u64::from(self.positive[place]);
                all += weight;
            }
            positives += found;
            if found > 0 {
                sum += found as f64 * positives as f64 / all as f64;
            }
        };
        let mut end = self.rows.len();
        for run in self.runs.iter().rev() {
            let places = end - run.rows..end;
            end = places.start;
            match run.is_tied {
                true => add(&mut places.rev()),
                false => places.rev().for_each(|place| add(&mut std::iter::once(place))),
            }
        }
        (positives > 0).then(|| sum / positives as f64)
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
    fn average_precision_is_that_of_every_threshold() {
        let precision = |scores: &[f32], labels: &[f32]| {
            let curve = RocCurve::new(scores, labels).unwrap();
            curve.average_precision(|_| 1)
        };
        // The example of scikit-learn: thresholds 0.8, 0.4, 0.35 and 0.1.
        let found = precision(&[0.1, 0.4, 0.35, 0.8], &[0.0, 0.0, 1.0, 1.0]).unwrap();
        assert!((found - (1.0 + 2.0 / 3.0) / 2.0).abs() < 1e-12, "{found}");
        // Tied rows have one threshold.
        assert_eq!(precision(&[1.0, 1.0, 0.0], &[1.0, 0.0, 1.0]), Some((0.5 + 2.0 / 3.0) / 2.0));
        assert_eq!(precision(&[1.0], &[0.0]), None);
        let curve = RocCurve::new(&[1.0, 0.0], &[0.0, 1.0]).unwrap();
        let doubled = curve.average_precision(|place| 1 + place as u32);
        assert_eq!(doubled, precision(&[1.0, 1.0, 0.0], &[0.0, 0.0, 1.0]));
    }

    #[test]
    fn equals_the_count_over_all_pairs() {
        let stream = crate::rng::Stream::new(3, "auc");
        // Many ties, few, and hardly any.
        for (size, levels) in
            [0usize, 1, 2, 3, 10, 57].into_iter().flat_map(|size| [9, 60, 5000].map(|levels| (size, levels)))
        {
            let scores: Vec<f32> = (0..size).map(|i| stream.below(i as u64, levels) as f32 - 4.0).collect();
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
