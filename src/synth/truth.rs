//! Metrics of the true click probabilities.

use super::Planted;

/// A test row: true click probability, and whether it was clicked.
pub(crate) type Outcome = (f64, bool);

/// Computes the metrics of the true probabilities on test rows.
pub(crate) fn planted(test: &[Outcome]) -> Planted {
    let outcomes = || test.iter().copied();
    Planted {
        metrics: vec![("auc", auc(outcomes())), ("logloss", logloss(outcomes()))],
        popularity: Vec::new(),
        rows: test.len(),
    }
}

/// Area under the ROC curve; ties count half.
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

/// Mean cross-entropy.
pub(crate) fn logloss(outcomes: impl IntoIterator<Item = Outcome>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0_f64);
    for (probability, clicked) in outcomes {
        let given = if clicked { probability } else { 1.0 - probability };
        sum -= given.max(1e-12).ln();
        count += 1.0;
    }
    sum / count.max(1.0)
}
