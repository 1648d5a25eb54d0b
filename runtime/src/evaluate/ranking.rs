//! Scores of the test rows against their labels.

use crate::data::Dataset;
use crate::error::Error;
use crate::metrics::{auc, log_loss};
use crate::ops::{Device, Pass};
use crate::prepare::BatchOf;
use crate::program::{Metric, Program};
use crate::progress::Progress;

use super::{ROWS_AT_ONCE, Report};

pub(super) fn evaluate<D: Device, P: Program<D>>(
    model: &P,
    dataset: &Dataset<BatchOf<D, P>>,
    device: &D,
) -> Result<Report, Error> {
    let rows = dataset.test.len();
    let (mut scores, mut labels) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    let mut batch = BatchOf::<D, P>::default();
    let mut progress = Progress::start("evaluating", rows, 0);
    for chunk in dataset.test.chunks(ROWS_AT_ONCE) {
        dataset.batch_into(chunk, &mut batch);
        scores.extend(model.score(&batch, &Pass::inference(device)).map_err(Error::device)?);
        labels.extend_from_slice(model.labels(&batch));
        progress.add(chunk.len(), String::new);
    }
    progress.clear();
    let mut report =
        Report { rows, protocol: format!("score against label on {rows} test rows"), ..Report::default() };
    for metric in P::METRICS {
        match metric {
            Metric::Auc => match auc(&scores, &labels) {
                Some(value) => report.metrics.push(("auc".to_owned(), value)),
                None => report.notes.push("auc is undefined: the test rows are all of one class".to_owned()),
            },
            Metric::LogLoss => report.metrics.push(("logloss".to_owned(), log_loss(&scores, &labels))),
            Metric::TopK(_) => report.notes.push("top-k accuracy needs a catalogue".to_owned()),
        }
    }
    Ok(report)
}
