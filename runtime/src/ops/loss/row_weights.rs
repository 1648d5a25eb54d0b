//! Labels and weights of rows, before a loss reads them.

use crate::ops::Reduction;

/// Labels from 0 to 1 of which a share is divided between 0 and 1.
pub fn smoothed(labels: &[f32], share: f32) -> Vec<f32> {
    labels.iter().map(|label| label * (1.0 - share) + 0.5 * share).collect()
}

/// Weights of rows by their classes, times other weights.
pub fn weights_of_classes(labels: &[f32], classes: &[f32], weights: Option<&[f32]>) -> Vec<f32> {
    let weight =
        |(row, &label): (usize, &f32)| classes[label as usize] * weights.map_or(1.0, |weights| weights[row]);
    labels.iter().enumerate().map(weight).collect()
}

/// Weights of rows of which only those with a label above 0.5 count: 0 for the others. With these weights the mean over all
/// rows is the mean over those that count.
pub fn weights_of_counted(counted: &[f32], weights: Option<&[f32]>, reduction: Reduction) -> Vec<f32> {
    let is_counted = |label: &f32| *label > 0.5;
    let count = counted.iter().filter(|label| is_counted(label)).count();
    let factor = match reduction {
        Reduction::Mean => counted.len() as f32 / count.max(1) as f32,
        Reduction::Sum => 1.0,
    };
    let weight = |(row, label): (usize, &f32)| match is_counted(label) {
        true => factor * weights.map_or(1.0, |weights| weights[row]),
        false => 0.0,
    };
    counted.iter().enumerate().map(weight).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_products() {
        assert_eq!(smoothed(&[0.0, 1.0, 0.5], 0.5), [0.25, 0.75, 0.5]);
        assert_eq!(weights_of_classes(&[1.0, 0.0], &[2.0, 3.0], None), [3.0, 2.0]);
        assert_eq!(weights_of_classes(&[1.0, 0.0], &[2.0, 3.0], Some(&[0.5, 4.0])), [1.5, 8.0]);
        let counted = [1.0, 0.0, 0.0, 1.0];
        assert_eq!(weights_of_counted(&counted, None, Reduction::Mean), [2.0, 0.0, 0.0, 2.0]);
        let weights = [0.5, 9.0, 9.0, 3.0];
        assert_eq!(weights_of_counted(&counted, Some(&weights), Reduction::Sum), [0.5, 0.0, 0.0, 3.0]);
        assert_eq!(weights_of_counted(&[0.0], None, Reduction::Mean), [0.0]);
    }
}
