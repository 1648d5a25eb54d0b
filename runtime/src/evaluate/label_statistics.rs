//! Metrics of scores and labels as statistics of resampled units.

use std::collections::HashMap;

use crate::data::types::Inverse;
use crate::matrix::Matrix;
use crate::metrics::{RocCurve, Statistic, class_cross_entropy, cross_entropy, of_sums};
use crate::program::{LabelMetric, Prediction, level, most_probable, number, probability};

use super::calibration::CalibrationBins;
use super::units::Units;

/// Rows with their scores and labels, of one task.
pub(super) struct Scored {
    pub(super) prediction: Prediction,
    /// One row per record.
    pub(super) scores: Matrix,
    pub(super) labels: Vec<f32>,
    /// Inverse of the transform of the labels.
    pub(super) inverse: Inverse,
}

impl Scored {
    /// Returns the scores of each row with its label.
    fn rows(&self) -> impl Iterator<Item = (&[f32], f32)> {
        self.scores.values.chunks_exact(self.scores.width.max(1)).zip(self.labels.iter().copied())
    }

    /// Returns a number for each label in an order of the rows. Equal labels have one number, whatever the transform or the
    /// numbers of classes of a model.
    pub(super) fn label_numbers(&self, order: &[usize]) -> impl Iterator<Item = u64> {
        let is_as_read = matches!(self.prediction, Prediction::Probability | Prediction::Levels(_));
        let mut numbers = HashMap::new();
        order.iter().map(move |&place| {
            let bits = u64::from(self.labels[place].to_bits());
            let next = numbers.len() as u64;
            if is_as_read { bits } else { *numbers.entry(bits).or_insert(next) }
        })
    }

    /// Returns the probability of each row with its label.
    pub(super) fn probabilities(&self) -> impl Iterator<Item = (f64, f64)> {
        self.rows().map(|(scores, label)| (probability(scores[0]), f64::from(label)))
    }

    /// Cross-entropy of each row.
    fn entropies(&self) -> impl Iterator<Item = f64> {
        let is_classes = matches!(self.prediction, Prediction::Classes(_));
        self.rows().map(move |(scores, label)| match is_classes {
            true => class_cross_entropy(scores, label as usize),
            false => cross_entropy(scores[0], label),
        })
    }

    /// Returns whether the predicted class of each row is its label.
    fn hits(&self) -> impl Iterator<Item = f64> {
        let class = |scores: &[f32]| match self.prediction {
            Prediction::Classes(_) => most_probable(scores),
            Prediction::Levels(_) => level(scores),
            Prediction::Probability | Prediction::Number | Prediction::Count => usize::from(scores[0] >= 0.0),
        };
        let is_binary = self.prediction == Prediction::Probability;
        self.rows().map(move |(scores, label)| {
            let label = if is_binary { usize::from(label > 0.5) } else { label as usize };
            f64::from(u8::from(class(scores) == label))
        })
    }

    /// Difference of the predicted number of each row and its label.
    fn errors(&self) -> impl Iterator<Item = f64> {
        self.rows().map(|(scores, label)| match self.prediction {
            Prediction::Levels(_) => level(scores) as f64 - f64::from(label),
            Prediction::Probability | Prediction::Number | Prediction::Count | Prediction::Classes(_) => {
                number(self.prediction, scores[0], self.inverse) - self.inverse.of(label)
            }
        })
    }

    /// True positives, false positives and false negatives of each row, at the probability 0.5.
    fn confusion(&self) -> impl Iterator<Item = [f64; 3]> {
        self.rows().map(|(scores, label)| match (scores[0] >= 0.0, label > 0.5) {
            (true, true) => [1.0, 0.0, 0.0],
            (true, false) => [0.0, 1.0, 0.0],
            (false, true) => [0.0, 0.0, 1.0],
            (false, false) => [0.0; 3],
        })
    }
}

/// Returns a metric as a statistic of units, except for those of groups. `None` if a score is not a number.
pub(super) fn statistic<'a>(
    metric: LabelMetric,
    scored: &'a Scored,
    units: &'a Units,
) -> Option<Statistic<'a>> {
    let quotient = |[a, b]: [f64; 2]| (b > 0.0).then(|| a / b);
    Some(match metric {
        LabelMetric::Auc | LabelMetric::PrAuc => {
            let curve = RocCurve::new(&scored.scores.values, &scored.labels)?;
            let of = units.of_places(curve.rows());
            Box::new(move |counts| {
                let weight = |place: usize| counts[of[place] as usize].into();
                match metric {
                    LabelMetric::PrAuc => curve.average_precision(weight),
                    _ => curve.area(weight),
                }
            })
        }
        LabelMetric::LogLoss => units.mean(scored.entropies()),
        LabelMetric::NormalizedEntropy => {
            let rows = scored.entropies().zip(&scored.labels);
            let sums = units.sums(rows.map(|(entropy, &label)| [entropy, f64::from(label), 1.0]));
            of_sums(sums, |[entropy, labels, rows]| {
                let share = labels / rows;
                let of_mean = -share * share.ln() - (1.0 - share) * (1.0 - share).ln();
                (of_mean > 0.0).then(|| entropy / rows / of_mean)
            })
        }
        LabelMetric::Calibration => of_sums(
            units.sums(scored.probabilities().map(|(probability, label)| [probability, label])),
            quotient,
        ),
        LabelMetric::CalibrationError => CalibrationBins::new(scored).error(units),
        LabelMetric::Accuracy => units.mean(scored.hits()),
        LabelMetric::Precision => {
            of_sums(units.sums(scored.confusion()), move |[hits, wrong, _]| quotient([hits, hits + wrong]))
        }
        LabelMetric::Recall => {
            of_sums(units.sums(scored.confusion()), move |[hits, _, missed]| quotient([hits, hits + missed]))
        }
        LabelMetric::F1 => of_sums(units.sums(scored.confusion()), move |[hits, wrong, missed]| {
            quotient([2.0 * hits, 2.0 * hits + wrong + missed])
        }),
        LabelMetric::Rmse => {
            let squares = units.sums(scored.errors().map(|error| [error * error, 1.0]));
            of_sums(squares, move |sums| quotient(sums).map(f64::sqrt))
        }
        LabelMetric::Mae => units.mean(scored.errors().map(f64::abs)),
        LabelMetric::Gauc(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(metric: LabelMetric, scored: &Scored) -> Option<f64> {
        let rows = scored.labels.len();
        let units = Units { of: (0..rows as u32).collect(), count: rows, what: "row" };
        let found = statistic(metric, scored, &units).unwrap()(&vec![1; rows]);
        // A row of multiplicity 2 is two rows.
        let doubled = statistic(metric, scored, &units).unwrap()(&vec![2; rows]);
        assert!(found.zip(doubled).is_none_or(|(a, b)| (a - b).abs() < 1e-12));
        found
    }

    fn scored(prediction: Prediction, scores: &[f32], labels: &[f32]) -> Scored {
        let scores = Matrix { width: prediction.scores(), values: scores.to_vec() };
        Scored { prediction, scores, labels: labels.to_vec(), inverse: Inverse::default() }
    }

    #[track_caller]
    fn near(found: Option<f64>, expected: f64) {
        assert!(found.is_some_and(|found| (found - expected).abs() < 1e-9), "{found:?} is not {expected}");
    }

    #[test]
    fn of_probabilities() {
        let logit = |share: f64| (share / (1.0 - share)).ln() as f32;
        let shares = [0.9, 0.6, 0.4, 0.2, 0.6];
        let logits: Vec<f32> = shares.iter().map(|&share| logit(share)).collect();
        let scored = scored(Prediction::Probability, &logits, &[1.0, 0.0, 1.0, 0.0, 1.0]);
        near(measured(LabelMetric::Accuracy, &scored), 3.0 / 5.0);
        near(measured(LabelMetric::Precision, &scored), 2.0 / 3.0);
        near(measured(LabelMetric::Recall, &scored), 2.0 / 3.0);
        near(measured(LabelMetric::F1, &scored), 2.0 / 3.0);
        let close = |metric, expected: f64| {
            let found = measured(metric, &scored).unwrap();
            assert!((found - expected).abs() < 1e-6, "{metric:?}: {found} is not {expected}");
        };
        close(LabelMetric::Calibration, 2.7 / 3.0);
        let entropy = -(0.9f64.ln() + 0.4f64.ln() + 0.4f64.ln() + 0.8f64.ln() + 0.6f64.ln()) / 5.0;
        close(LabelMetric::LogLoss, entropy);
        close(LabelMetric::NormalizedEntropy, entropy / -(0.6 * 0.6f64.ln() + 0.4 * 0.4f64.ln()));
        // Each row is a bin of its own.
        close(LabelMetric::CalibrationError, (0.1 + 0.6 + 0.6 + 0.2 + 0.4) / 5.0);
        let none = self::scored(Prediction::Probability, &[-1.0, -2.0], &[0.0, 0.0]);
        for metric in [LabelMetric::Precision, LabelMetric::Recall, LabelMetric::F1, LabelMetric::PrAuc] {
            assert_eq!(measured(metric, &none), None, "{metric:?}");
        }
    }

    #[test]
    fn of_numbers_classes_and_levels() {
        let numbers = scored(Prediction::Number, &[1.0, 4.0], &[2.0, 1.0]);
        near(measured(LabelMetric::Rmse, &numbers), 5.0f64.sqrt());
        near(measured(LabelMetric::Mae, &numbers), 2.0);
        let counts = scored(Prediction::Count, &[0.0, 0.0], &[2.0, 1.0]);
        near(measured(LabelMetric::Mae, &counts), 0.5);
        let classes = scored(Prediction::Classes(3), &[0.0, 2.0, 1.0, 1.0, 1.0, 1.0], &[1.0, 2.0]);
        near(measured(LabelMetric::Accuracy, &classes), 0.5);
        let exact = ((1.0 + 2f64.exp() + 1f64.exp()).ln() - 2.0 + 3f64.ln()) / 2.0;
        near(measured(LabelMetric::LogLoss, &classes), exact);
        // Above two levels, and above none.
        let levels = scored(Prediction::Levels(3), &[2.0, 0.0, -1.0, -3.0], &[2.0, 2.0]);
        near(measured(LabelMetric::Accuracy, &levels), 0.5);
        near(measured(LabelMetric::Mae, &levels), 1.0);
    }
}
