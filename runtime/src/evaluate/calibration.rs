//! Calibration of probabilities by bins of rows.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Report;
use super::label_statistics::Scored;
use super::units::Units;
use crate::metrics::Statistic;

/// Number of bins.
const BINS: usize = 10;

/// Probabilities and labels in bins of equal numbers of rows with ascending probability.
pub(super) struct CalibrationBins {
    /// Probability and label of each row.
    rows: Vec<(f64, f64)>,
    /// Bin of each row.
    bins: Vec<usize>,
}

/// Rows of a bin of [`CalibrationReport`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct CalibrationBin {
    /// Number of rows.
    pub rows: usize,
    /// Mean of their probabilities.
    pub probability: f64,
    /// Mean of their labels: the share of positives, if labels are 0 and 1.
    pub label: f64,
}

/// Probabilities and labels of a task, for rows of ascending probability.
#[derive(Clone, Debug, PartialEq)]
pub struct CalibrationReport {
    /// Name of the metric in results, with that of its task.
    pub name: String,
    /// Bins of rows, by ascending probability.
    pub bins: Vec<CalibrationBin>,
}

impl Report {
    /// Returns the bins of each `calibration_error`, as `<name>_bins`.
    pub fn calibration_to_json(&self) -> Map<String, Value> {
        self.calibration.iter().map(|found| (format!("{}_bins", found.name), json!(found.bins))).collect()
    }
}

impl CalibrationBins {
    pub(super) fn new(scored: &Scored) -> Self {
        let rows: Vec<(f64, f64)> = scored.probabilities().collect();
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by(|&a, &b| rows[a].0.total_cmp(&rows[b].0));
        let mut bins = vec![0; rows.len()];
        for (place, &row) in order.iter().enumerate() {
            bins[row] = place * BINS / rows.len();
        }
        Self { rows, bins }
    }

    /// Mean over rows of the difference of mean probability and mean label in the bin of the row. Nguyen & O'Connor,
    /// "Posterior calibration and exploratory analysis for natural language processing models", EMNLP 2015.
    pub(super) fn error(self, units: &Units) -> Statistic<'_> {
        Box::new(move |counts| {
            let (mut differences, mut all) = ([0.0; BINS], 0.0);
            for ((&unit, &bin), (probability, label)) in units.of.iter().zip(&self.bins).zip(&self.rows) {
                let count = f64::from(counts[unit as usize]);
                differences[bin] += count * (probability - label);
                all += count;
            }
            (all > 0.0).then(|| differences.iter().map(|difference| difference.abs()).sum::<f64>() / all)
        })
    }

    /// Returns the bins that have rows.
    pub(super) fn table(&self) -> Vec<CalibrationBin> {
        let mut table = [CalibrationBin::default(); BINS];
        for (&bin, (probability, label)) in self.bins.iter().zip(&self.rows) {
            let bin = &mut table[bin];
            bin.rows += 1;
            bin.probability += probability;
            bin.label += label;
        }
        let filled = table.into_iter().filter(|bin| bin.rows > 0);
        filled
            .map(|CalibrationBin { rows, probability, label }| {
                let mean = |sum: f64| sum / rows as f64;
                CalibrationBin { rows, probability: mean(probability), label: mean(label) }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::types::Inverse;
    use crate::matrix::Matrix;
    use crate::program::Prediction;

    fn bins(scores: Vec<f32>, labels: Vec<f32>) -> CalibrationBins {
        CalibrationBins::new(&Scored {
            prediction: Prediction::Probability,
            scores: Matrix { width: 1, values: scores },
            labels,
            inverse: Inverse::default(),
        })
    }

    #[test]
    fn bins_have_equal_numbers_of_rows_with_ascending_probability() {
        // Rows 0 to 24 in another order, of which each other is positive.
        let row = |at: u32| at * 7 % 25;
        let scores = (0..25).map(|at| row(at) as f32 / 25.0).collect();
        let labels = (0..25).map(|at| (row(at) % 2) as f32).collect();
        let bins = bins(scores, labels);
        let table = bins.table();
        assert_eq!(table.iter().map(|bin| bin.rows).collect::<Vec<_>>(), [3, 2, 3, 2, 3, 2, 3, 2, 3, 2]);
        assert!(table.is_sorted_by(|a, b| a.probability < b.probability), "{table:?}");
        let sigmoid = |score: f64| 1.0 / (1.0 + (-score / 25.0).exp());
        assert!((table[1].probability - (sigmoid(3.0) + sigmoid(4.0)) / 2.0).abs() < 1e-7, "{table:?}");
        assert_eq!([table[0].label, table[1].label], [1.0 / 3.0, 0.5]);
        // The metric is the mean over rows of the differences in the table.
        let units = Units { of: (0..25).collect(), count: 25, what: "row" };
        let exact: f64 = table.iter().map(|bin| bin.rows as f64 * (bin.probability - bin.label).abs()).sum();
        let found = bins.error(&units)(&[1; 25]).unwrap();
        assert!((found - exact / 25.0).abs() < 1e-12, "{found} is not {exact}");
    }

    #[test]
    fn few_rows_have_few_bins() {
        let table = bins(vec![0.0, 4.0], vec![1.0, 1.0]).table();
        assert_eq!(table.len(), 2);
        assert_eq!(table[0], CalibrationBin { rows: 1, probability: 0.5, label: 1.0 });
        assert_eq!(bins(Vec::new(), Vec::new()).table(), []);
    }
}
