//! Evaluation: metrics on held-out rows, with their protocol and intervals.

mod baselines;
mod divisions;
mod label_statistics;
mod labelled;
mod list_statistics;
mod queries;
mod rankings;
mod report;
mod retrieval;
mod scoring;
mod slices;
mod units;

pub(crate) use queries::CandidateSets;
pub use report::{BaselineReport, Measured, Report, SliceReport};
pub(crate) use retrieval::{HeldOutQueries, candidates, test_row};
pub(crate) use scoring::Scoring;

pub use crate::data::ROWS_AT_ONCE;
use crate::data::{AnyBatch, AnyFeatures, EncodedDataset, HeldOut};
use crate::erased::AnyModel;
use crate::error::{Error, Stopped, StoppedAt};
use crate::interrupt::Interrupt;
use crate::program::Evaluation;
use crate::progress::{Progress, ProgressForm, rounded};
use slices::Slice;

/// Options of [`evaluate`].
#[derive(Clone, Copy, Debug)]
pub struct EvaluateOptions<'a> {
    /// Rows to measure on.
    pub part: HeldOut,
    /// Number of rows per pass.
    pub rows_at_once: usize,
    /// Form of progress.
    pub progress: ProgressForm,
    /// True if rankings of candidates without a model are measured too. A query takes as long as reading all
    /// training rows.
    pub baselines: bool,
    /// Features of the model, by which the rows are divided into the slices of the spec. `None` if only all rows together are
    /// measured.
    pub slices: Option<&'a AnyFeatures>,
}

impl Default for EvaluateOptions<'_> {
    fn default() -> Self {
        Self {
            part: HeldOut::default(),
            rows_at_once: ROWS_AT_ONCE,
            progress: ProgressForm::default(),
            baselines: false,
            slices: None,
        }
    }
}

/// Evaluates a model on held-out rows. An interrupt ends it with an error.
pub fn evaluate(
    model: &dyn AnyModel,
    dataset: &EncodedDataset<AnyBatch>,
    options: EvaluateOptions<'_>,
    interrupt: &Interrupt,
) -> Result<Report, Error> {
    let part = options.part;
    let nothing = |why: &str| Ok(Report { part, notes: vec![why.to_owned()], ..Report::default() });
    if dataset.held_out(part).is_empty() {
        return nothing(match part {
            HeldOut::Validate => "the split keeps no rows for validation",
            HeldOut::Test => "the split keeps no rows for a test",
        });
    }
    if model.description().metrics.is_empty() {
        return nothing("the spec names no metrics");
    }
    let rows = dataset.held_out(part);
    let slices = match options.slices {
        Some(features) => slices::slices(model.description(), dataset, features, rows)?,
        None => Vec::new(),
    };
    let measured = MeasuredRows { dataset, options, slices: &slices, interrupt };
    let mut report = Report {
        part,
        rows: rows.len(),
        slices: slices.iter().map(SliceReport::new).collect(),
        ..Report::default()
    };
    if model.description().metrics.iter().any(|metric| metric.is_of_labels()) {
        labelled::evaluate(model, &measured, &mut report)?;
    }
    if model.description().evaluation != Evaluation::Ranking
        && model.description().metrics.iter().any(|metric| !metric.is_of_labels())
    {
        retrieval::evaluate(model, &measured, &mut report)?;
    } else if options.baselines {
        report.notes.push("there are no baselines for metrics of labels".to_owned());
    }
    if dataset.repeated(part) > 0 {
        report.notes.push(format!(
            "{} rows that equal a training row in every value, so that the model has seen their answer: {} of {}",
            part.of_rows(),
            rounded(dataset.repeated(part) as f64),
            rounded(report.rows as f64)
        ));
    }
    let place =
        |found: &Measured| model.description().metrics.iter().position(|&metric| metric == found.metric);
    report.metrics.sort_by_key(place);
    report.slices.iter_mut().for_each(|slice| slice.metrics.sort_by_key(place));
    Ok(report)
}

/// Rows that are measured on.
struct MeasuredRows<'a> {
    dataset: &'a EncodedDataset<AnyBatch>,
    options: EvaluateOptions<'a>,
    /// Slices within which the metrics are measured too.
    slices: &'a [Slice],
    interrupt: &'a Interrupt,
}

impl MeasuredRows<'_> {
    fn part(&self) -> HeldOut {
        self.options.part
    }

    fn rows(&self) -> &[u32] {
        self.dataset.held_out(self.part())
    }

    /// Describes the row at a place of the source in messages.
    fn name(&self, row: u32) -> String {
        format!("{} row {}", self.part().of_rows(), row + 1)
    }

    /// Calls `take` with batches of the given rows.
    fn for_each(
        &self,
        rows: &[u32],
        mut take: impl FnMut(&AnyBatch, &[u32]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut progress = Progress::start(self.options.progress, "evaluating", rows.len(), 0);
        let result = self.dataset.for_each_batch(rows, self.options.rows_at_once, |batch, rows| {
            if let Some(signal) = self.interrupt.asked() {
                return Err(Stopped { signal, at: StoppedAt::Evaluation }.into());
            }
            take(batch, rows)?;
            progress.add(rows.len(), String::new);
            Ok(())
        });
        progress.clear();
        result
    }
}
