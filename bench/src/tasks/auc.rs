//! Area under the ROC curve with its interval, as `turret eval` computes it from scores, with rows as units.

use std::path::Path;
use std::time::Instant;

use turret_runtime::metrics::{RocCurve, Statistic, interval, resampled};
use turret_runtime::rng::Stream;

use super::{Found, found, read, timed, write};
use crate::Failure;

/// Share of positive rows.
const POSITIVE: f32 = 0.25;
/// Mean score of a positive row; negative rows have mean 0, and both a deviation of 1.
const APART: f32 = 0.8;
/// Rows from which an interval takes seconds and is computed once.
const MANY: usize = 500_000;

pub(super) fn prepare(rows: u64, inputs: &Path) -> Result<(), Failure> {
    let (classes, noise) = (Stream::new(1, "labels"), Stream::new(1, "scores"));
    let labels: Vec<f32> =
        (0..rows).map(|row| f32::from(u8::from(classes.uniform(row) < POSITIVE))).collect();
    let scores: Vec<f32> =
        (0..rows).zip(&labels).map(|(row, label)| APART * label + noise.normal(row)).collect();
    write(inputs, "scores.f32", &scores, f32::to_le_bytes)?;
    write(inputs, "labels.f32", &labels, f32::to_le_bytes)
}

pub(super) fn measure(inputs: &Path, started: Instant) -> Result<Found, Failure> {
    let scores = read(inputs, "scores.f32", f32::from_le_bytes)?;
    let labels = read(inputs, "labels.f32", f32::from_le_bytes)?;
    let times = if scores.len() < MANY { 3 } else { 1 };
    let ((area, (low, high)), seconds, startup) = timed(started, times, || area(&scores, &labels))?;
    Ok(found([
        ("auc", area),
        ("auc_low", low),
        ("auc_high", high),
        ("seconds", seconds),
        ("startup_to_first_step_s", startup),
    ]))
}

fn area(scores: &[f32], labels: &[f32]) -> Result<(f64, (f64, f64)), Failure> {
    let curve = RocCurve::new(scores, labels).ok_or("a score is not a number")?;
    let units: Vec<u32> = (0..scores.len() as u32).collect();
    let statistic: Statistic<'_> =
        Box::new(move |counts| curve.area(|place| counts[units[place] as usize].into()));
    let whole = statistic(&vec![1; scores.len()]).ok_or("only one class has rows")?;
    let interval = interval(&resampled(scores.len(), &[statistic], || ())[0]).ok_or("AUC has no interval")?;
    Ok((whole, interval))
}
