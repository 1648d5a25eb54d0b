//! Evaluation: metrics on the test rows, with their protocol and intervals.

mod baselines;
mod labelled;
mod queries;
mod report;
mod retrieval;
mod scoring;
mod units;

pub(crate) use queries::CandidateSets;
pub use report::{BaselineReport, Measured, Report};
pub(crate) use retrieval::{TestQueries, candidates, test_row};
pub(crate) use scoring::Scoring;

pub use crate::data::ROWS_AT_ONCE;
use crate::data::{AnyBatch, EncodedDataset};
use crate::erased::AnyModel;
use crate::error::{Error, Stopped, StoppedAt};
use crate::interrupt::Interrupt;
use crate::program::Evaluation;
use crate::progress::{Progress, ProgressForm, rounded};

/// Options of [`evaluate`].
#[derive(Clone, Copy, Debug)]
pub struct EvaluateOptions {
    /// Number of rows per pass.
    pub rows_at_once: usize,
    /// Form of progress.
    pub progress: ProgressForm,
    /// True if rankings of candidates without a model are measured too. A query takes as long as reading all
    /// training rows.
    pub baselines: bool,
}

impl Default for EvaluateOptions {
    fn default() -> Self {
        Self { rows_at_once: ROWS_AT_ONCE, progress: ProgressForm::default(), baselines: false }
    }
}

/// Evaluates a model on the test rows. An interrupt ends it with an error.
pub fn evaluate(
    model: &dyn AnyModel,
    dataset: &EncodedDataset<AnyBatch>,
    options: EvaluateOptions,
    interrupt: &Interrupt,
) -> Result<Report, Error> {
    let nothing = |why: &str| Ok(Report { notes: vec![why.to_owned()], ..Report::default() });
    if dataset.test.is_empty() {
        return nothing("the split keeps no rows for a test");
    }
    if model.description().metrics.is_empty() {
        return nothing("the spec names no metrics");
    }
    let test = TestRows { dataset, options, interrupt };
    let mut report = Report { rows: dataset.test.len(), ..Report::default() };
    if model.description().metrics.iter().any(|metric| metric.is_of_labels()) {
        labelled::evaluate(model, &test, &mut report)?;
    }
    if model.description().evaluation != Evaluation::Ranking
        && model.description().metrics.iter().any(|metric| !metric.is_of_labels())
    {
        retrieval::evaluate(model, &test, &mut report)?;
    } else if options.baselines {
        report.notes.push("there are no baselines for metrics of labels".to_owned());
    }
    if dataset.repeated > 0 {
        report.notes.push(format!(
            "test rows that equal a training row in every value, so that the model has seen their answer: {} of {}",
            rounded(dataset.repeated as f64),
            rounded(report.rows as f64)
        ));
    }
    report
        .metrics
        .sort_by_key(|found| model.description().metrics.iter().position(|&metric| metric == found.metric));
    Ok(report)
}

/// Batches of the test rows.
struct TestRows<'a> {
    dataset: &'a EncodedDataset<AnyBatch>,
    options: EvaluateOptions,
    interrupt: &'a Interrupt,
}

impl TestRows<'_> {
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
