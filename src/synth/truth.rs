//! Metrics of whoever knows the true probabilities of clicks.

use super::Planted;

/// A row of a test: the true probability of a click, and whether there was one.
pub(crate) type Outcome = (f64, bool);

/// Computes the metrics that are planted in test rows of clicks.
pub(crate) fn planted(test: &[Outcome]) -> Planted {
    let outcomes = || test.iter().copied();
    Planted {
        metrics: vec![("auc", auc(outcomes())), ("logloss", logloss(outcomes()))],
        popularity: Vec::new(),
        rows: test.len(),
    }
}

/// The area under the ROC curve; a tie counts half.
pub(crate) fn auc(outcomes: impl IntoIterator<Item = Outcome>) -> f64 {
    let mut order: Vec<Outcome> = outcomes.into_iter().collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut wins, mut negatives) = (0.0, 0.0);
    for tied in order.chunk_by(|a, b| a.0 == b.0) {
        let positive = tied.iter().filter(|(_, clicked)| *clicked).count() as f64;
        let negative = tied.len() as f64 - positive;
        wins += positive * (negatives + negative / 2.0);
        negatives += negative;
    }
    let positives = order.len() as f64 - negatives;
    if positives == 0.0 || negatives == 0.0 { 0.5 } else { wins / (positives * negatives) }
}

/// The mean cross-entropy.
pub(crate) fn logloss(outcomes: impl IntoIterator<Item = Outcome>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0_f64);
    for (probability, clicked) in outcomes {
        let given = if clicked { probability } else { 1.0 - probability };
        sum -= given.max(1e-12).ln();
        count += 1.0;
    }
    sum / count.max(1.0)
}
