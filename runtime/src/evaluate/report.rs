//! Results of evaluation.

use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value, json};

use crate::data::HeldOut;
use crate::metrics::{RESAMPLES, Statistic, interval, resampled};
use crate::program::{Description, ListMetric, Metric};
use crate::progress::{Progress, ProgressForm, counted, rounded};

use super::calibration::CalibrationReport;
use super::list_statistics::centered;
use super::sample::Sample;
use super::slices::Slice;
use super::units::Units;

/// Results of evaluation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Part that was measured on.
    pub part: HeldOut,
    /// Metrics in the order of the spec.
    pub metrics: Vec<Measured>,
    /// Number of rows of this part.
    pub rows: usize,
    /// Results of baselines.
    pub baselines: Vec<BaselineReport>,
    /// Probabilities and labels by bins of rows, for each `calibration_error`.
    pub calibration: Vec<CalibrationReport>,
    /// Results within the slices of the spec, if they were asked for.
    pub slices: Vec<SliceReport>,
    /// Protocol as a sentence.
    pub protocol: String,
    /// Notes on the results.
    pub notes: Vec<String>,
}

/// Results of a ranking without a model.
#[derive(Clone, Debug, PartialEq)]
pub struct BaselineReport {
    /// Name.
    pub name: &'static str,
    /// Metrics of retrieval in the order of the spec.
    pub metrics: Vec<Measured>,
}

/// Results within a slice of the rows.
#[derive(Clone, Debug, PartialEq)]
pub struct SliceReport {
    /// Name of the division, such as `gender` or `length(history)`.
    pub by: String,
    /// Values that its rows have in common, such as `F` or `5 to 19`.
    pub value: String,
    /// Number of rows.
    pub rows: usize,
    /// Metrics in the order of the spec, without those that are not defined on its rows.
    pub metrics: Vec<Measured>,
}

/// Value of a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Metric.
    pub metric: Metric,
    /// Name in results, with that of its task.
    pub name: String,
    /// Value on the rows of the part.
    pub value: f64,
    /// 95% interval, if there are enough rows.
    pub interval: Option<(f64, f64)>,
    /// Values over resamples, by which figures of two runs are [compared](Report::against).
    pub resampled: Vec<Option<f64>>,
    /// Rows and protocol that it was measured on.
    pub sample: Sample,
}

impl Report {
    /// Computes statistics over all units with their intervals, and adds the intervals to the protocol.
    pub(super) fn measure(
        &mut self,
        description: &Description,
        (units, sample): (&Units, &Sample),
        statistics: Vec<(Metric, Statistic<'_>)>,
        progress: ProgressForm,
    ) {
        if statistics.is_empty() {
            return;
        }
        for (name, measured) in measured(description, (units, sample), statistics, progress) {
            match measured {
                Some(measured) => self.metrics.push(measured),
                None => {
                    self.notes.push(format!("{name} is not defined on these {} rows", self.part.of_rows()))
                }
            }
        }
        let units = counted(units.count, units.what);
        let resamples = rounded(RESAMPLES as f64);
        self.say(format!("95% intervals from {resamples} resamples of {units}"));
    }

    /// Computes the statistics of a baseline over all units, with their intervals.
    pub(super) fn measure_baseline(
        &mut self,
        name: &'static str,
        description: &Description,
        (units, sample): (&Units, &Sample),
        statistics: Vec<(Metric, Statistic<'_>)>,
        progress: ProgressForm,
    ) {
        let metrics = measured(description, (units, sample), statistics, progress);
        let metrics = metrics.into_iter().filter_map(|(_, measured)| measured).collect();
        self.baselines.push(BaselineReport { name, metrics });
    }

    /// Adds what `measure` finds within each slice. It receives the places of the slice in `rows`, unless there are none.
    pub(super) fn measure_slices(
        &mut self,
        slices: &[Slice],
        rows: &[u32],
        mut measure: impl FnMut(&[usize], &mut Report),
    ) {
        for (slice, into) in slices.iter().zip(&mut self.slices) {
            let places = slice.places(rows);
            if places.is_empty() {
                continue;
            }
            let mut found = Report { part: self.part, ..Report::default() };
            measure(&places, &mut found);
            into.metrics.append(&mut found.metrics);
        }
    }

    /// Adds a sentence to the protocol, unless it is already there.
    pub(super) fn say(&mut self, how: String) {
        if !self.protocol.split("; ").any(|said| said == how) {
            let gap = if self.protocol.is_empty() { "" } else { "; " };
            self.protocol.push_str(gap);
            self.protocol.push_str(&how);
        }
    }

    /// Returns the metrics by name, with the bounds of their intervals as `<name>_low` and `<name>_high`.
    pub fn to_json(&self) -> Map<String, Value> {
        json_of(&self.metrics)
    }
}

impl SliceReport {
    /// A slice without results.
    pub(super) fn new(slice: &Slice) -> Self {
        let Slice { by, value, rows } = slice;
        Self { by: by.clone(), value: value.clone(), rows: rows.len(), metrics: Vec::new() }
    }

    /// Returns `by`, `value`, `rows`, and the metrics as [`Report::to_json`] does.
    pub fn to_json(&self) -> Map<String, Value> {
        let slice = [
            ("by".to_owned(), json!(self.by)),
            ("value".to_owned(), json!(self.value)),
            ("rows".to_owned(), json!(self.rows)),
        ];
        slice.into_iter().chain(json_of(&self.metrics)).collect()
    }
}

impl BaselineReport {
    /// Returns the metrics as [`Report::to_json`] does.
    pub fn to_json(&self) -> Map<String, Value> {
        json_of(&self.metrics)
    }
}

/// Values of statistics over all units with their intervals. `None` if one is not defined.
fn measured(
    description: &Description,
    (units, sample): (&Units, &Sample),
    statistics: Vec<(Metric, Statistic<'_>)>,
    progress: ProgressForm,
) -> Vec<(String, Option<Measured>)> {
    let (metrics, statistics): (Vec<Metric>, Vec<_>) = statistics.into_iter().unzip();
    let whole = vec![1; units.count];
    let progress = Mutex::new(Progress::start(progress, "resampling", RESAMPLES as usize * units.count, 0));
    let drawn = || progress.lock().unwrap_or_else(PoisonError::into_inner).add(units.count, String::new);
    let resampled = resampled(units.count, &statistics, drawn);
    progress.into_inner().unwrap_or_else(PoisonError::into_inner).clear();
    let found = metrics.into_iter().zip(&statistics).zip(resampled);
    found
        .map(|((metric, statistic), resampled)| {
            let name = description.metric_name(metric);
            let value = statistic(&whole);
            let resampled = match (metric.of_lists(), value) {
                (Some((ListMetric::Coverage, _)), Some(value)) => centered(&resampled, value),
                _ => resampled,
            };
            let (interval, sample) = (interval(&resampled), sample.clone());
            (name.clone(), value.map(|value| Measured { metric, name, value, interval, resampled, sample }))
        })
        .collect()
}

fn json_of(metrics: &[Measured]) -> Map<String, Value> {
    let ends = |measured: &Measured| {
        let name = &measured.name;
        let end = |which: &str, value: f64| (format!("{name}_{which}"), json!(value));
        let interval = measured.interval.map(|(low, high)| [end("low", low), end("high", high)]);
        std::iter::once((name.clone(), json!(measured.value))).chain(interval.into_iter().flatten())
    };
    metrics.iter().flat_map(|measured| ends(measured).collect::<Vec<_>>()).collect()
}
