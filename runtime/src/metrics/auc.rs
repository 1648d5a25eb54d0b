//! Area under the ROC curve by the rank sum, ties counted half.

/// Probability that a positive scores above a negative; labels above one half are positive. `None` unless both kinds occur
/// and all scores are numbers.
pub fn auc(scores: &[f32], labels: &[f32]) -> Option<f64> {
    if scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    let mut order: Vec<(f32, bool)> =
        scores.iter().copied().zip(labels.iter().map(|&label| label > 0.5)).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let positives = order.iter().filter(|(_, positive)| *positive).count() as u128;
    let negatives = order.len() as u128 - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    // Twice the number of pairs in which the positive wins, so that halves stay integers. `==` also ties -0 with 0.
    let (mut twice, mut negatives_below) = (0u128, 0u128);
    for ties in order.chunk_by(|a, b| a.0 == b.0) {
        let positive = ties.iter().filter(|(_, positive)| *positive).count() as u128;
        let negative = ties.len() as u128 - positive;
        twice += positive * (2 * negatives_below + negative);
        negatives_below += negative;
    }
    Some(twice as f64 / (2 * positives * negatives) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_count_over_all_pairs() {
        let stream = crate::rng::Stream::new(3, "auc");
        for size in [2usize, 3, 10, 57] {
            let scores: Vec<f32> = (0..size).map(|i| stream.below(i as u64, 9) as f32 - 4.0).collect();
            let mut labels: Vec<f32> = (0..size).map(|i| stream.below(1000 + i as u64, 2) as f32).collect();
            (labels[0], labels[1]) = (0.0, 1.0);
            let (mut wins, mut pairs) = (0.0, 0.0);
            for i in (0..size).filter(|&i| labels[i] == 1.0) {
                for j in (0..size).filter(|&j| labels[j] == 0.0) {
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
            assert_eq!(auc(&scores, &labels), Some(wins / pairs));
        }
        assert_eq!(auc(&[1.0, 2.0], &[1.0, 1.0]), None);
        assert_eq!(auc(&[0.0, -0.0], &[1.0, 0.0]), Some(0.5));
        assert_eq!(auc(&[f32::NAN, 0.0], &[1.0, 0.0]), None);
    }
}
